/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exact shares and ratios of large integers: what a bill divides, it divides here. */
#ifndef PRICING_APPORTION_H
#define PRICING_APPORTION_H

#include "core/int128.h"

#include <stdbool.h>
#include <stddef.h>

/* a x b / c through 256 bits: quotient and remainder. False when c is 0 or the quotient does not
 * fit 127 bits. */
bool ratio_divide(uint128 a, uint128 b, uint128 c, uint128 *ret_quotient, uint128 *ret_remainder);
/* The same, rounded half up. */
bool ratio_round(uint128 a, uint128 b, uint128 c, uint128 *ret);

/* Divides `amount` in proportion to `weight` by the method of the largest remainder (ties: the
 * first ones win): shares add up to `amount`, and none is above its weight when `amount` is at most
 * the sum of weights. All are at least 0, the sum of weights is above 0 and below 2^126, and
 * `amount` is at most that sum. */
void apportion(int128 amount, const int128 *weight, int128 *share, size_t count);

#endif
