/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/count_bins.h"

/* Readers give times from 1970 on, so that no difference overflows. */
static void note_gap(struct count_bins *bins, int64_t before_ns, int64_t after_ns)
{
    const int64_t gap = after_ns > before_ns ? after_ns - before_ns : before_ns - after_ns;
    if (gap > 0 && (bins->length_ns == 0 || gap < bins->length_ns))
        bins->length_ns = gap;
}

void count_bins_merge(struct count_bins *bins, const struct count_bins *part)
{
    if (!part->any)
        return;
    if (!bins->any) {
        *bins = *part;
        return;
    }
    note_gap(bins, bins->last_read_ns, part->first_read_ns);
    note_gap(bins, 0, part->length_ns);
    bins->last_read_ns = part->last_read_ns;
    if (part->from_ns < bins->from_ns)
        bins->from_ns = part->from_ns;
    if (part->last_ns > bins->last_ns)
        bins->last_ns = part->last_ns;
}

void count_bins_add(struct count_bins *bins, const struct invocation_record *record)
{
    const int64_t time_ns = record->time_ns;
    const struct count_bins one = {true, time_ns, time_ns, time_ns, time_ns, 0};
    if (record->span_ns == UNKNOWN_VALUE && time_ns >= 0)
        count_bins_merge(bins, &one);
}

int64_t count_bins_end(const struct count_bins *bins)
{
    return bins->last_ns > INT64_MAX - bins->length_ns ? INT64_MAX
                                                       : bins->last_ns + bins->length_ns;
}
