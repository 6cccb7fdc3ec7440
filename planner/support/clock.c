/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/clock.h"

#include <time.h>

int64_t clock_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

double clock_since_s(int64_t began_ns)
{
    return (double)(clock_now_ns() - began_ns) / 1e9;
}
