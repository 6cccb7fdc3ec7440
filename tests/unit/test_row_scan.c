/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/memory.h"
#include "harness.h"
#include "support/csv.h"
#include "traces/row_scan.h"
#include "unit/files.h"

#include <stdint.h>

#define CASES 40000
#define TEXT_MAX 4096

struct text {
    const char *byte;
    size_t size, at;
    size_t step; /* at most so many at once; 0: all that fit */
};

static ssize_t read_text(void *context, char *buffer, size_t size)
{
    struct text *const text = context;
    size_t got = text->size - text->at;
    if (got > size)
        got = size;
    if (text->step > 0 && got > text->step)
        got = text->step;
    memcpy(buffer, text->byte + text->at, got);
    text->at += got;
    return (ssize_t)got;
}

static uint64_t next_random(uint64_t *state) /* xorshift64 (Marsaglia 2003) */
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static size_t below(uint64_t *state, size_t bound)
{
    return (size_t)((next_random(state) >> 11) % bound);
}

static void put(char *text, size_t *size, const char *bytes, size_t length)
{
    if (*size + length > TEXT_MAX)
        return;
    memcpy(text + *size, bytes, length);
    *size += length;
}

/* Rows of three columns, mostly; `wild`: with stray quotes, NULs and ragged rows. */
static size_t make_text(char *text, uint64_t *state, bool wild)
{
    static const char *const plain[] = {
        "a",           "xyz", " ",
        "\t",          "1.5", "",
        "caf\xc3\xa9", "-",   "a longer field of more than sixteen bytes"};
    static const char *const inside[] = {"\"\"",   ",",        "\n",
                                         "\r\n",   "\r",       " ",
                                         "REPORT", "\"\"\"\"", "0123456789abcdef0123456789abcdef"};
    static const char *const stray[] = {"\"",   "\"\"",         ",",    "\n",   "\r",
                                        "\r\n", "\xef\xbb\xbf", "\xff", "x\"y", "\"x\"y"};
    static const char *const line_end[] = {"\n", "\r\n", "\r", "\n\n", "\n \t\n", "\r\r\n"};
    size_t size = 0;
    if (below(state, 4) == 0)
        put(text, &size, "\xef\xbb\xbf", 3);
    put(text, &size, "a,b,c\n", 6);
    for (size_t rows = below(state, 12); rows > 0; rows--) {
        for (size_t column = 0; column < 3; column++) {
            const bool quoted = below(state, 3) == 0;
            put(text, &size, ",", column > 0);
            put(text, &size, "\"", quoted);
            for (size_t n = below(state, 4); n > 0; n--) {
                const char *const piece = quoted
                                              ? inside[below(state, sizeof inside / sizeof *inside)]
                                              : plain[below(state, sizeof plain / sizeof *plain)];
                put(text, &size, piece, strlen(piece));
            }
            put(text, &size, "\"  ", quoted ? 1 + below(state, 3) : 0);
            if (wild && below(state, 10) == 0) {
                const char *const piece = stray[below(state, sizeof stray / sizeof *stray)];
                put(text, &size, piece, strlen(piece));
            }
            put(text, &size, "", wild && below(state, 60) == 0); /* NUL */
        }
        const char *const end = line_end[below(state, sizeof line_end / sizeof *line_end)];
        if (rows > 1 || below(state, 2) == 0)
            put(text, &size, end, strlen(end));
    }
    return size;
}

struct totals {
    unsigned long rows, broken, ragged, unreadable;
};

/* Both must see the same rows up to libcsv's first error; there the scanner has a broken row. */
static void compare(const char *bytes, size_t size, size_t step, struct totals *totals)
{
    struct diagnostics d;
    struct text one = {bytes, size, 0, 0}, other = {bytes, size, 0, step};
    struct row row;
    const char *const *field;
    size_t count;
    long line;
    int expected;
    diagnostics_init(&d);
    struct csv_reader *const reader = csv_open_over("text", read_text, &one, &d);
    if (reader == NULL) {
        totals->unreadable++;
        diagnostics_finish(&d);
        return;
    }
    struct row_scanner *const scanner = row_scanner_create(read_text, &other, true);
    REQUIRE(row_scanner_next(scanner, UINT64_MAX, &row) == 1 && row.problem == NULL);
    REQUIRE(row.fields == csv_columns(reader));
    for (size_t i = 0; i < row.fields; i++)
        REQUIRE(strcmp(row.field[i], csv_column_name(reader, i)) == 0);
    while ((expected = csv_next_any(reader, &field, &count, &line)) > 0) {
        REQUIRE(row_scanner_next(scanner, UINT64_MAX, &row) == 1);
        REQUIRE_MSG(row.problem == NULL, "line %ld: %s", row.line, row.problem);
        REQUIRE((row.fields == csv_columns(reader)) == (expected == 1));
        REQUIRE(row.line == line);
        for (size_t i = 0; i < count; i++) {
            REQUIRE(strcmp(row.field[i], field[i]) == 0);
            REQUIRE(row.length[i] == strlen(field[i]));
        }
        totals->rows++;
        totals->ragged += expected == 2;
    }
    if (expected == 0) {
        REQUIRE(row_scanner_next(scanner, UINT64_MAX, &row) == 0);
        REQUIRE(row_scanner_offset(scanner) <= size);
    } else {
        REQUIRE(row_scanner_next(scanner, UINT64_MAX, &row) == 1 && row.problem != NULL);
        totals->broken++;
    }
    row_scanner_destroy(scanner);
    csv_close(reader);
    diagnostics_finish(&d);
}

START_TEST(equals_libcsv_on_hostile_bytes)
{
    static char text[TEXT_MAX];
    struct totals totals = {0};
    uint64_t state = 0x9e3779b97f4a7c15;
    for (int i = 0; i < CASES; i++) {
        const size_t size = make_text(text, &state, i % 2 == 1);
        compare(text, size, i % 3 == 0 ? 0 : 1 + below(&state, 40), &totals);
    }
    /* The cases are what they should be. */
    ck_assert_uint_gt(totals.rows, 100000);
    ck_assert_uint_gt(totals.ragged, 1000);
    ck_assert_uint_gt(totals.broken, 5000);
    ck_assert_uint_lt(totals.unreadable, CASES / 10);
}
END_TEST

/* Every row of the text, read from the beginning of each row: what follows is always the same. */
START_TEST(any_row_is_a_place_to_begin)
{
    static char text[TEXT_MAX];
    uint64_t state = 42;
    unsigned long compared = 0;
    for (int i = 0; i < 600; i++) {
        const size_t size = make_text(text, &state, true);
        struct text all = {text, size, 0, 0};
        struct row row, again;
        struct row_scanner *const scanner = row_scanner_create(read_text, &all, true);
        for (uint64_t at = 0; row_scanner_next(scanner, UINT64_MAX, &row) == 1;) {
            if (at > 0) {
                struct text rest = {text + at, size - at, 0, 7};
                struct row_scanner *const from = row_scanner_create(read_text, &rest, false);
                REQUIRE(row_scanner_next(from, UINT64_MAX, &again) == 1);
                REQUIRE(again.problem == row.problem && again.fields == row.fields);
                for (size_t k = 0; k < row.fields; k++)
                    REQUIRE(strcmp(again.field[k], row.field[k]) == 0);
                REQUIRE(at + row_scanner_offset(from) == row_scanner_offset(scanner));
                row_scanner_destroy(from);
                compared++;
            }
            at = row_scanner_offset(scanner);
        }
        row_scanner_destroy(scanner);
    }
    ck_assert_uint_gt(compared, 2000);
}
END_TEST

static struct row_scanner *scan(struct text *text, const char *bytes, size_t size)
{
    *text = (struct text){bytes, size, 0, 0};
    return row_scanner_create(read_text, text, true);
}

START_TEST(a_broken_row_is_its_first_line)
{
    static const char bytes[] = "a,b\n1,x\"y\n2,\"two\nlines\",3\n4,\"open\n5,6\n";
    struct text text;
    struct row row;
    const char *raw;
    size_t size;
    struct row_scanner *const scanner = scan(&text, bytes, sizeof bytes - 1);
    ck_assert_int_eq(row_scanner_next(scanner, UINT64_MAX, &row), 1);
    ck_assert_int_eq(row_scanner_next(scanner, UINT64_MAX, &row), 1);
    ck_assert_ptr_nonnull(strstr(row.problem, "a quote is misplaced"));
    ck_assert_int_eq(row.line, 2);
    row_scanner_raw(scanner, &raw, &size);
    ck_assert_uint_eq(size, 5);
    ck_assert_mem_eq(raw, "1,x\"y", 5);
    ck_assert_int_eq(row_scanner_next(scanner, UINT64_MAX, &row), 1);
    ck_assert_ptr_null(row.problem);
    ck_assert_uint_eq(row.fields, 3);
    ck_assert_str_eq(row.field[1], "two\nlines");
    row_scanner_raw(scanner, &raw, &size);
    ck_assert_uint_eq(size, strlen("2,\"two\nlines\",3"));
    ck_assert_mem_eq(raw, "2,\"two\nlines\",3", size);
    ck_assert_int_eq(row_scanner_next(scanner, UINT64_MAX, &row), 1);
    ck_assert_ptr_nonnull(strstr(row.problem, "ends inside a quoted field"));
    ck_assert_int_eq(row.line, 5);
    ck_assert_int_eq(row_scanner_next(scanner, UINT64_MAX, &row), 1);
    ck_assert_str_eq(row.field[0], "5");
    ck_assert_int_eq(row.line, 6);
    ck_assert_int_eq(row_scanner_next(scanner, UINT64_MAX, &row), 0);
    ck_assert_int_eq(row_scanner_line(scanner), 7);
    row_scanner_destroy(scanner);
}
END_TEST

/* Limits: a field of 1,000,000 bytes is well, one more is not; nor is a row of 16 MB. */
START_TEST(limits)
{
    const size_t size = 18000000;
    char *const bytes = mem_alloc(size + 100, 1);
    struct text text;
    struct row row;
    for (int quoted = 0; quoted < 2; quoted++)
        for (size_t extra = 0; extra < 2; extra++) {
            size_t n = 0;
            bytes[n++] = quoted ? '"' : 'x';
            memset(bytes + n, 'x', 1000000 + extra - !quoted);
            n += 1000000 + extra - !quoted;
            if (quoted)
                bytes[n++] = '"';
            memcpy(bytes + n, ",1\n2,3\n", 7);
            struct row_scanner *const scanner = scan(&text, bytes, n + 7);
            ck_assert_int_eq(row_scanner_next(scanner, UINT64_MAX, &row), 1);
            ck_assert_int_eq(row.problem == NULL, extra == 0);
            ck_assert_int_eq(row_scanner_next(scanner, UINT64_MAX, &row), 1);
            ck_assert_str_eq(row.field[0], "2");
            row_scanner_destroy(scanner);
        }
    for (int kind = 0; kind < 2; kind++) {
        for (size_t i = 0; i < size; i++)
            bytes[i] = i % (kind == 0 ? 900000 : 1000) == 7 ? ',' : 'y';
        memcpy(bytes + size, "\nafter\n", 7);
        struct row_scanner *const scanner = scan(&text, bytes, size + 7);
        ck_assert_int_eq(row_scanner_next(scanner, UINT64_MAX, &row), 1);
        ck_assert_ptr_nonnull(strstr(row.problem, kind == 0 ? "16,000,000" : "10,000 columns"));
        ck_assert_int_eq(row_scanner_next(scanner, UINT64_MAX, &row), 1);
        ck_assert_str_eq(row.field[0], "after");
        ck_assert_int_eq(row.line, 2);
        row_scanner_destroy(scanner);
    }
    free(bytes);
}
END_TEST

START_TEST(stops_before_its_limit)
{
    static const char bytes[] = "a\n\n  \nbb\r\n\"c\nc\"\nd";
    struct text text;
    struct row row;
    struct row_scanner *const scanner = scan(&text, bytes, sizeof bytes - 1);
    ck_assert_int_eq(row_scanner_next(scanner, 1, &row), 1);
    ck_assert_int_eq(row_scanner_next(scanner, 2, &row), 0);
    ck_assert_uint_eq(row_scanner_offset(scanner), 2);
    ck_assert_int_eq(row_scanner_next(scanner, 3, &row), 0);
    ck_assert_uint_eq(row_scanner_offset(scanner), 3);
    ck_assert_int_eq(row_scanner_next(scanner, 7, &row), 1);
    ck_assert_str_eq(row.field[0], "bb");
    ck_assert_uint_eq(row_scanner_offset(scanner), 10);
    ck_assert_int_eq(row_scanner_next(scanner, 11, &row), 1);
    ck_assert_str_eq(row.field[0], "c\nc");
    ck_assert_int_eq(row_scanner_next(scanner, 11, &row), 0);
    ck_assert_int_eq(row_scanner_next(scanner, UINT64_MAX, &row), 1);
    ck_assert_str_eq(row.field[0], "d");
    ck_assert_int_eq(row.line, 7);
    row_scanner_destroy(scanner);
}
END_TEST

TEST_MAIN("row_scan", equals_libcsv_on_hostile_bytes, any_row_is_a_place_to_begin,
          a_broken_row_is_its_first_line, limits, stops_before_its_limit)
