/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long something takes, for progress and `wall_time_s`; no result depends on it. */
#ifndef SUPPORT_CLOCK_H
#define SUPPORT_CLOCK_H

#include <stdint.h>

/* Nanoseconds since an arbitrary moment; never goes back. */
int64_t clock_now_ns(void);
/* Seconds since a clock_now_ns. */
double clock_since_s(int64_t began_ns);

#endif
