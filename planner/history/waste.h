/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is paid for nothing, and what another memory size or architecture would cost.
 *
 * A kind of waste is priced as the difference of two bills: all usage, and all usage without it; so
 * what the free tier gives anyway is not counted as a saving. Each month's sum is shared among its
 * functions in proportion to their waste at list prices. Kinds overlap (a timeout is rounded up,
 * too): they do not add up.
 *
 *   memory       bought above the most that was ever used plus 20 % headroom, at the same duration
 *   rounding     billed above the duration (and the init, where it is billed)
 *   cold starts  init that is billed
 *   timeouts, errors, retries   whole invocations
 */
#ifndef HISTORY_WASTE_H
#define HISTORY_WASTE_H

#include "history/log_bill.h"

/* Fills ret->waste and ret->what_if of a bill whose months are there. 0, or -1 after errors. */
int waste_find(const struct log_bill *log, struct price_book *book, struct bill_result *ret,
               struct diagnostics *diagnostics);

#endif
