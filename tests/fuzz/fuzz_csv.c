/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as a CSV file: through the reader, through the fast path beside it, and through both
 * trace formats with the columns that its own header names. Whatever comes, what the headers
 * promise must hold.
 */
#include "csv_difference.h"
#include "fuzz.h"
#include "support/csv.h"
#include "traces/trace.h"

#define ARRIVALS_READ 400 /* repeating traces have no end */
#define NAMES 4           /* time, then value or size, key, duration */

static char *path;

/* The names of the first columns, for the traces; returns how many there are. */
static size_t read_rows(char *name[NAMES])
{
    struct diagnostics d;
    size_t names = 0;
    diagnostics_init(&d);
    struct csv_reader *const reader = csv_open(path, &d);
    if (reader == NULL) {
        REQUIRE(d.errors == 1);
        diagnostics_finish(&d);
        return 0;
    }
    const size_t columns = csv_columns(reader);
    REQUIRE(columns >= 1 && columns <= 10000);
    for (size_t i = 0; i < columns && names < NAMES; i++) {
        REQUIRE(csv_column_name(reader, i)[0] == '\0' ||
                csv_find_column(reader, csv_column_name(reader, i)) == (long)i);
        name[names++] = strdup(csv_column_name(reader, i));
    }
    const char *const *field;
    long line, last_line = 0;
    int result;
    while ((result = csv_next(reader, &field, &line)) == 1) {
        REQUIRE(line > last_line);
        last_line = line;
        for (size_t i = 0; i < columns; i++) {
            double number;
            int64_t scaled;
            long long whole;
            bool exact;
            const bool is_number = csv_to_double(field[i], &number);
            REQUIRE(strlen(field[i]) <= 1000000);
            if (csv_to_int64(field[i], &whole))
                REQUIRE(is_number && number == (double)whole);
            if (csv_to_scaled(field[i], 9, &scaled, &exact))
                REQUIRE(is_number && (number >= 0 || scaled <= 0) && (number <= 0 || scaled >= 0));
        }
    }
    REQUIRE(result == 0 ? d.errors == 0 : d.errors == 1);
    REQUIRE(csv_next(reader, &field, &line) == result);
    csv_close(reader);
    diagnostics_finish(&d);
    return names;
}

static void read_trace(const struct arrivals_spec *spec)
{
    struct diagnostics d;
    struct arrival_source source;
    struct arrival arrival;
    int64_t last_ns = 0;
    int result = 1;
    diagnostics_init(&d);
    if (trace_open(&source, spec, &d) != 0) {
        REQUIRE(d.errors > 0);
        diagnostics_finish(&d);
        return;
    }
    for (int i = 0; i < ARRIVALS_READ; i++) {
        result = source.next(source.context, &arrival);
        if (result != 1)
            break;
        REQUIRE(i > 0 || arrival.start_ns == 0);
        REQUIRE(arrival.start_ns >= last_ns && arrival.end_ns >= arrival.start_ns);
        REQUIRE(arrival.bytes >= -1 && arrival.duration_ns >= -1);
        REQUIRE(arrival.key == NULL || (arrival.key_length >= 1 && arrival.key_length <= 256));
        last_ns = spec->process == ARRIVALS_COUNTS ? arrival.end_ns : arrival.start_ns;
    }
    REQUIRE(result < 0 ? d.errors == 1 : d.errors == 0);
    source.close(source.context);
    diagnostics_finish(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *name[NAMES];
    struct csv_totals totals = {0};
    path = fuzz_file(data, size);
    const char *const difference =
        csv_difference((const char *)data, size, size % 3 == 0 ? 0 : 1 + size % 41, &totals);
    REQUIRE_TEXT(difference == NULL, difference);
    const size_t names = read_rows(name);
    for (unsigned i = 0; names > 0 && i < 8; i++) {
        const struct arrivals_spec spec = {
            .process = i % 2 == 0 ? ARRIVALS_COUNTS : ARRIVALS_TRACE,
            .file = path,
            .time_column = name[0],
            .value_column = names > 1 ? name[1] : name[0],
            .size_column = names > 1 ? name[1] : NULL,
            .key_column = names > 2 ? name[2] : NULL,
            .duration_column = names > 3 ? name[3] : NULL,
            .bin_s = i < 4 ? UNSET_NUMBER : 1,
            .time_unit = i % 4 < 2 ? TIME_UNIT_ISO8601 : (enum trace_time_unit)(i / 4),
            .duration_unit = TIME_UNIT_MS,
            .rate_scale = 1,
            .time_scale = 1,
            .repeat = i >= 4,
        };
        read_trace(&spec);
    }
    for (size_t i = 0; i < names; i++)
        free(name[i]);
    return 0;
}
