/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The lines of a bill that AWS sent, summed by month, service, usage type, region, kind of line and
 * rate, what was free apart; and each sum that we price held against the price book: a check of the
 * book by the bill.
 *
 * A rate is held against the tiers that the usage type's paid quantity of the month reaches; a rate
 * of a higher tier agrees, too: other accounts of an organization count towards tiers, and a file
 * may have a part of the lines only. Without rates the sum of a usage type is held against the
 * tiers. Where rates agree, but not the quantities in their tiers, a note says what the tiers make
 * of the whole.
 *
 * A line that comes again with its LineItemId, time and all that it says is counted once: a file is
 * given twice, or exports overlap. That takes 16 to 32 bytes a line, and 64 more of the files that
 * are read at the time. Lines without an id are only told, by a sample.
 */
#ifndef HISTORY_CHARGES_H
#define HISTORY_CHARGES_H

#include "traces/record.h"

#include <lambdaplan/bill_result.h>
#include <lambdaplan/price_book.h>

struct charges;

struct charges *charges_create(void);
void charges_destroy(struct charges *charges);

/* For a record_sink: the context is the charges. 0, or non-zero when there are too many kinds of
 * lines (charges_result reports it). */
int charges_add(void *context, const struct cost_line *line);
/* Adds `part`, which comes behind, and destroys it. 0, or non-zero as charges_add. */
int charges_merge(struct charges *charges, struct charges *part);
uint64_t charges_count(const struct charges *charges); /* lines so far */

/* Fills ret->charge and ret->charged. 0, or -1 after errors. To be called once. `day` unless it is
 * NULL: prices of this day instead of each line's last. */
int charges_result(struct charges *charges, struct price_book *book, const int32_t *day,
                   struct bill_result *ret, struct diagnostics *diagnostics);

#endif
