/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pricing/apportion.h"

#include "core/memory.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

static void multiply(uint128 a, uint128 b, uint128 *ret_high, uint128 *ret_low)
{
    const uint128 a0 = (uint64_t)a, a1 = a >> 64;
    const uint128 b0 = (uint64_t)b, b1 = b >> 64;
    const uint128 low = a0 * b0;
    const uint128 cross = a1 * b0 + (low >> 64); /* at most (2^64-1)^2 + 2^64-1: no carry */
    const uint128 middle = a0 * b1 + (uint64_t)cross;
    *ret_low = middle << 64 | (uint64_t)low;
    *ret_high = a1 * b1 + (cross >> 64) + (middle >> 64);
}

bool ratio_divide(uint128 a, uint128 b, uint128 c, uint128 *ret_quotient, uint128 *ret_remainder)
{
    uint128 high = 0, low = 0, quotient = 0;
    multiply(a, b, &high, &low);
    if (high >= c) /* also when c is 0 */
        return false;
    uint128 remainder = high;
    if (high == 0) {
        quotient = low / c;
        remainder = low % c;
    } else {
        for (int bit = 127; bit >= 0; bit--) {
            const bool carry = remainder >> 127 != 0;
            remainder = remainder << 1 | (low >> bit & 1);
            if (carry || remainder >= c) {
                remainder -= c;
                quotient |= (uint128)1 << bit;
            }
        }
    }
    *ret_quotient = quotient;
    *ret_remainder = remainder;
    return quotient >> 127 == 0;
}

bool ratio_round(uint128 a, uint128 b, uint128 c, uint128 *ret)
{
    uint128 quotient = 0, remainder = 0;
    if (!ratio_divide(a, b, c, &quotient, &remainder))
        return false;
    *ret = quotient + (remainder >= c - remainder ? 1 : 0);
    return *ret >> 127 == 0;
}

struct part {
    uint128 remainder;
    size_t index;
};

static int compare_parts(const void *left, const void *right)
{
    const struct part *const a = left;
    const struct part *const b = right;
    if (a->remainder != b->remainder)
        return a->remainder > b->remainder ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

void apportion(int128 amount, const int128 *weight, int128 *share, size_t count)
{
    uint128 sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (uint128)weight[i];
    assert(sum > 0 && amount >= 0 && (uint128)amount <= sum);

    struct part *const part = mem_alloc(count, sizeof *part);
    uint128 left = (uint128)amount;
    for (size_t i = 0; i < count; i++) {
        uint128 quotient = 0;
        /* The quotient is at most the weight, so it fits. */
        const bool fits =
            ratio_divide((uint128)amount, (uint128)weight[i], sum, &quotient, &part[i].remainder);
        assert(fits);
        (void)fits;
        part[i].index = i;
        share[i] = (int128)quotient;
        left -= quotient;
    }
    if (left > 0)
        qsort(part, count, sizeof *part, compare_parts);
    for (size_t i = 0; i < (size_t)left; i++)
        share[part[i].index]++;
    free(part);
}
