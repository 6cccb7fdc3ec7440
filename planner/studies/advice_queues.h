/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Queues, and Lambda's own queues of asynchronous events, that are not worked off: how much of what
 * came is still there, and why. */
#ifndef STUDIES_ADVICE_QUEUES_H
#define STUDIES_ADVICE_QUEUES_H

#include "studies/advice_case.h"

/* Adds to the result's notes. */
void advise_on_queues(const struct advice *advice);

#endif
