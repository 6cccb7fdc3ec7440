/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/memory.h"
#include "csv_difference.h"
#include "harness.h"
#include "traces/row_scan.h"
#include "unit/files.h"

#include <stdint.h>

#define CASES 40000
#define TEXT_MAX 4096

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
    if (!wild || below(state, 8) > 0) /* else the first row is what it is */
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

START_TEST(equals_libcsv_on_hostile_bytes)
{
    static char text[TEXT_MAX];
    struct csv_totals totals = {0};
    uint64_t state = 0x9e3779b97f4a7c15;
    for (int i = 0; i < CASES; i++) {
        const size_t size = make_text(text, &state, i % 2 == 1);
        const size_t step = i % 3 == 0 ? 0 : 1 + below(&state, 40);
        const char *const difference = csv_difference(text, size, step, &totals);
        REQUIRE_MSG(difference == NULL, "case %d: %s", i, difference);
    }
    /* The cases are what they should be. */
    ck_assert_uint_gt(totals.rows, 100000);
    ck_assert_uint_gt(totals.ragged, 1000);
    ck_assert_uint_gt(totals.broken, 5000);
    ck_assert_uint_lt(totals.unreadable, CASES / 10);
}
END_TEST

/* Longer than any buffer: quoted fields, line ends and marks lie across every edge there is. */
START_TEST(equals_libcsv_across_buffers)
{
    static const size_t size = 700000;
    char *const text = mem_alloc(size, 1);
    struct csv_totals totals = {0};
    uint64_t state = 7;
    for (int i = 0; i < 60; i++) {
        static char piece[TEXT_MAX];
        size_t length = 6;
        memcpy(text, "a,b,c\n", length);
        for (;;) {
            const size_t got = make_text(piece, &state, i % 4 == 3 && length > size / 2);
            const size_t skipped = got >= 3 && memcmp(piece, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
            const size_t field = below(&state, 20) == 0 ? below(&state, 150000) : 0;
            if (length + got + field + 10 > size)
                break;
            memcpy(text + length, piece + skipped, got - skipped);
            length += got - skipped;
            text[length++] = '\n';
            if (field == 0)
                continue;
            text[length] = '"';
            for (size_t k = 1; k <= field; k++)
                text[length + k] = k % 70 == 0 ? '\n' : k % 97 == 0 ? '\r' : 'x';
            memcpy(text + length + field + 1, "\",\"\"\n", 5);
            length += field + 6;
        }
        const char *const difference =
            csv_difference(text, length, i % 2 == 0 ? 0 : 1000 + below(&state, 100000), &totals);
        REQUIRE_MSG(difference == NULL, "case %d: %s", i, difference);
    }
    ck_assert_uint_gt(totals.rows, 50000);
    ck_assert_uint_gt(totals.broken, 5);
    ck_assert_uint_eq(totals.unreadable, 0);
    free(text);
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
        struct csv_bytes all = {text, size, 0, 0};
        struct row row, again;
        struct row_scanner *const scanner = row_scanner_create(csv_bytes_read, &all, true);
        for (uint64_t at = 0; row_scanner_next(scanner, UINT64_MAX, &row) == 1;) {
            if (at > 0) {
                struct csv_bytes rest = {text + at, size - at, 0, 7};
                struct row_scanner *const from = row_scanner_create(csv_bytes_read, &rest, false);
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

static struct row_scanner *scan(struct csv_bytes *text, const char *bytes, size_t size)
{
    *text = (struct csv_bytes){bytes, size, 0, 0};
    return row_scanner_create(csv_bytes_read, text, true);
}

START_TEST(a_broken_row_is_its_first_line)
{
    static const char bytes[] = "a,b\n1,x\"y\n2,\"two\nlines\",3\n4,\"open\n5,6\n";
    struct csv_bytes text;
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
    struct csv_bytes text;
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
    struct csv_bytes text;
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

TEST_MAIN("row_scan", equals_libcsv_on_hostile_bytes, equals_libcsv_across_buffers,
          any_row_is_a_place_to_begin, a_broken_row_is_its_first_line, limits,
          stops_before_its_limit)
