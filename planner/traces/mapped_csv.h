/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any CSV of invocations, by telling which column is what: "start=client_start_time,
 * duration_ms=aws_duration,cold=is_cold". A row is an invocation.
 *
 * start, end          when: _s, _ms, _us, _ns since 1970 (or since the trace's beginning: times in
 *                     the first three years are taken as relative) or _iso; without a unit it is
 *                     recognised: ISO 8601 text, or by magnitude (1e9 s, 1e12 ms, 1e15 us, 1e18 ns)
 * duration, billed, init   _s, _ms (the default), _us; init > 0 is a cold start
 * memory, max_memory  _mb (the default), _bytes (1 MB = 1,048,576)
 * function, request_id
 * status              success, ok, error, failure, timeout, an HTTP code, true (success) or false
 * cold                true, false, 1, 0, cold, warm
 * bytes
 * count               of a bin that begins at the row's time; how long it is, the other rows tell
 *
 * A field that is empty, "-", NaN, null or None is unknown; where the row's time or count would be
 * that, the row is rejected. Without a start or end column the records have time 0, relative.
 */
#ifndef TRACES_MAPPED_CSV_H
#define TRACES_MAPPED_CSV_H

#include "traces/record.h"
#include "traces/table.h"

/* "FIELD=COLUMN,…"; a column's name may be in double quotes, doubled inside. 0, or -1 with a
 * sentence in `ret_error` (free it). Free the mapping with column_mapping_free. */
int column_mapping_parse(const char *text, struct column_mapping **ret, size_t *ret_count,
                         char **ret_error);
/* "start[_s|_ms|…], end[…], …, function, …": all that there are; free() it. */
char *column_mapping_fields(void);
void column_mapping_free(struct column_mapping *mapping, size_t count);

extern const struct table_format mapped_csv_table;
extern const struct trace_format mapped_csv_format; /* used whenever there is a mapping */

#endif
