/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness.h"

#include "files.h"
#include "support/csv.h"

#include <float.h>
#include <math.h>
#include <pthread.h>
#include <sys/stat.h>

#define LONGEST 1000000

/* What a whole file gave: rows as "line:a|b;" in one text, and how it ended. */
struct reading {
    struct diagnostics d;
    char *text;
    size_t rows;
    int end;
};

static void read_path(struct reading *ret, const char *path)
{
    size_t size;
    FILE *const out = open_memstream(&ret->text, &size);
    diagnostics_init(&ret->d);
    ret->rows = 0;
    ret->end = -2; /* csv_open failed */
    struct csv_reader *const reader = csv_open(path, &ret->d);
    if (reader != NULL) {
        const char *const *field;
        long line;
        while ((ret->end = csv_next(reader, &field, &line)) == 1) {
            ret->rows++;
            fprintf(out, "%ld:", line);
            for (size_t i = 0; i < csv_columns(reader); i++)
                fprintf(out, "%s%s", i > 0 ? "|" : "", field[i]);
            fprintf(out, ";");
        }
        ck_assert_int_eq(csv_next(reader, &field, &line), ret->end); /* it stays so */
    }
    csv_close(reader);
    fclose(out);
}

static void read_bytes(struct reading *ret, const char *bytes, size_t size)
{
    struct temporary file;
    temporary_write(&file, bytes, size);
    read_path(ret, file.path);
    temporary_remove(&file);
}

static void reading_finish(struct reading *reading)
{
    diagnostics_finish(&reading->d);
    free(reading->text);
}

static void assert_rows(const char *bytes, const char *expected)
{
    struct reading r;
    read_bytes(&r, bytes, strlen(bytes));
    ck_assert_uint_eq(r.d.errors, 0);
    ck_assert_int_eq(r.end, 0);
    ck_assert_str_eq(r.text, expected);
    reading_finish(&r);
}

/* The rows before the error are delivered; the error names file and line. */
static void assert_error(const char *bytes, size_t size, const char *rows, const char *sentence)
{
    struct reading r;
    read_bytes(&r, bytes, size);
    ck_assert_str_eq(r.text, rows);
    ck_assert_int_lt(r.end, 0);
    assert_one_error(&r.d, sentence);
    reading_finish(&r);
}

static void assert_text_error(const char *text, const char *rows, const char *sentence)
{
    assert_error(text, strlen(text), rows, sentence);
}

START_TEST(plain_rows_and_columns)
{
    struct diagnostics d;
    struct temporary file;
    diagnostics_init(&d);
    temporary_write(&file, "a,b c,\n1,2,3\n", 13);
    struct csv_reader *const reader = csv_open(file.path, &d);
    ck_assert_uint_eq(csv_columns(reader), 3);
    ck_assert_str_eq(csv_column_name(reader, 1), "b c");
    ck_assert_int_eq(csv_find_column(reader, "b c"), 1);
    ck_assert_int_eq(csv_find_column(reader, "B c"), -1);
    ck_assert_int_eq(csv_find_column(reader, ""), 2);
    csv_close(reader);
    temporary_remove(&file);
    assert_rows("a,b\n1,2\n,\n", "2:1|2;3:|;");
    assert_rows("a,b\n 1 , 2\t\n\" x \",y\n", "2:1|2;3: x |y;");
}
END_TEST

START_TEST(quoted_line_ends_keep_line_numbers_right)
{
    assert_rows("a,b\n\"1\n2\r\n3\",\"say \"\"hi\"\"\"\nx,\"1,2\"\n",
                "2:1\n2\r\n3|say \"hi\";5:x|1,2;");
    assert_rows("\"a\nb\",c\n1,2\n", "3:1|2;");
}
END_TEST

START_TEST(line_ends_may_be_mixed)
{
    assert_rows("a,b\r\n1,2\n3,4\r\n5,6\r7,8\r\r9,10", "2:1|2;3:3|4;4:5|6;5:7|8;7:9|10;");
}
END_TEST

START_TEST(blank_lines_are_skipped_and_counted)
{
    assert_rows("\n  \na,b\n\n\r\n \t \n1,2\n\n\n3,4\n\n", "7:1|2;10:3|4;");
}
END_TEST

START_TEST(a_last_line_without_its_end_is_a_row)
{
    assert_rows("a,b\n1,2", "2:1|2;");
    assert_rows("a,b\n1,", "2:1|;");
    assert_rows("a,b\n1,\"2\"", "2:1|2;");
    assert_rows("a,b", "");
    assert_rows("a,b\n1,2\n   ", "2:1|2;");
}
END_TEST

START_TEST(a_byte_order_mark_is_no_part_of_the_first_name)
{
    assert_rows("\xef\xbb\xbf"
                "a,b\n1,2\n",
                "2:1|2;");
    struct diagnostics d;
    struct temporary file;
    diagnostics_init(&d);
    temporary_write(&file, "\xef\xbb\xbf\"a\"\n1\n", 9);
    struct csv_reader *const reader = csv_open(file.path, &d);
    ck_assert_ptr_nonnull(reader);
    ck_assert_int_eq(csv_find_column(reader, "a"), 0);
    csv_close(reader);
    temporary_remove(&file);
}
END_TEST

START_TEST(a_file_without_a_header_is_an_error)
{
    assert_text_error("", "", ": the file is empty");
    assert_text_error("\n \n\r\n", "", ": the file is empty");
    assert_text_error("\xef\xbb\xbf", "", ": the file is empty");
}
END_TEST

START_TEST(a_header_alone_is_no_row)
{
    assert_rows("a,b\n", "");
}
END_TEST

START_TEST(a_name_that_appears_twice_is_an_error)
{
    assert_text_error("a,b,c,b\n1,2,3,4\n", "", ":1: the header has the column \"b\" twice");
    assert_rows(",a,\n1,2,3\n", "2:1|2|3;"); /* nameless columns cannot be confused */
}
END_TEST

START_TEST(ragged_rows_are_errors)
{
    assert_text_error("a,b\n1,2\n3\n4,5\n", "2:1|2;",
                      ":3: this row has 1 column, but the header has 2");
    assert_text_error("a,b\n1,2,3\n", "", ":2: this row has 3 columns, but the header has 2");
    assert_text_error("a,b\n1,2\n3,4\n5", "2:1|2;3:3|4;", ":4: this row has 1 column");
}
END_TEST

START_TEST(misplaced_quotes_are_errors)
{
    assert_text_error("a,b\n1,2\n1,x\"y\n3,4\n", "2:1|2;", ":3: a quote is misplaced");
    assert_text_error("a,b\n1,\"x\"y\n", "", ":2: a quote is misplaced");
    assert_text_error("a,b\n\"1\n2\" 3,4\n", "", ":3: a quote is misplaced");
    assert_text_error("a,b\"\n", "", ":1: a quote is misplaced");
}
END_TEST

START_TEST(an_unterminated_quote_is_an_error_where_its_row_begins)
{
    assert_text_error("a,b\n1,2\n3,\"4\n5,6\n7,8\n", "2:1|2;",
                      ":3: the file ends inside a quoted field");
    assert_text_error("\"a", "", ":1: the file ends inside a quoted field");
}
END_TEST

START_TEST(an_unterminated_quote_does_not_buffer_the_file)
{
    const size_t size = 3 * LONGEST;
    char *const bytes = malloc(size);
    memcpy(bytes, "a,b\n1,\"", 7);
    for (size_t i = 7; i < size; i++)
        bytes[i] = i % 10 == 0 ? '\n' : 'x';
    assert_error(bytes, size, "",
                 ":2: field 2 has more than 1,000,000 bytes; is a closing quote missing?");
    free(bytes);
}
END_TEST

START_TEST(a_nul_byte_is_an_error)
{
    assert_error("a,b\n1,2\n3,\0"
                 "4\n",
                 14, "2:1|2;", ":3: there is a NUL byte");
    assert_error("a\0,b\n", 5, "", ":1: there is a NUL byte");
    assert_error("\0", 1, "", ":1: there is a NUL byte");
}
END_TEST

static char *row_with_field(size_t length, bool quoted, size_t *ret_size)
{
    char *const bytes = malloc(length + 16);
    char *end = stpcpy(bytes, quoted ? "a,b\n1,\"" : "a,b\n1,");
    memset(end, 'x', length);
    end = stpcpy(end + length, quoted ? "\"\n" : "\n");
    *ret_size = (size_t)(end - bytes);
    return bytes;
}

START_TEST(a_field_has_at_most_a_million_bytes)
{
    for (int quoted = 0; quoted <= 1; quoted++) {
        struct reading r;
        size_t size;
        char *bytes = row_with_field(LONGEST, quoted != 0, &size);
        read_bytes(&r, bytes, size);
        ck_assert_uint_eq(r.d.errors, 0);
        ck_assert_uint_eq(r.rows, 1);
        ck_assert_uint_eq(strlen(r.text), strlen("2:1|;") + LONGEST);
        reading_finish(&r);
        free(bytes);
        bytes = row_with_field(LONGEST + 1, quoted != 0, &size);
        assert_error(bytes, size, "", ":2: field 2 has more than 1,000,000 bytes");
        free(bytes);
        bytes = row_with_field(5 * LONGEST, quoted != 0, &size);
        assert_error(bytes, size, "", ":2: field 2 has more than 1,000,000 bytes");
        free(bytes);
    }
}
END_TEST

static char *header_of(size_t columns)
{
    char *text;
    size_t size;
    FILE *const out = open_memstream(&text, &size);
    for (size_t i = 0; i < columns; i++)
        fprintf(out, "%sc%zu", i > 0 ? "," : "", i);
    fputc('\n', out);
    fclose(out);
    return text;
}

START_TEST(there_are_at_most_ten_thousand_columns)
{
    char *text = header_of(10000);
    assert_rows(text, "");
    free(text);
    text = header_of(10001);
    assert_text_error(text, "", ":1: this row has more than 10,000 columns");
    free(text);
    char *const commas = malloc(200005);
    memcpy(commas, "a,b\n", 4);
    memset(commas + 4, ',', 200000);
    commas[200004] = '\0';
    assert_text_error(commas, "", ":2: this row has more than 10,000 columns");
    free(commas);
}
END_TEST

START_TEST(a_row_of_many_large_fields_is_bounded)
{
    char *text;
    size_t size;
    FILE *const out = open_memstream(&text, &size);
    for (int i = 0; i < 20; i++)
        fprintf(out, "%sc%d", i > 0 ? "," : "", i);
    for (int i = 0; i < 20; i++)
        fprintf(out, "%s%0*d", i > 0 ? "," : "\n", LONGEST, i);
    fclose(out);
    assert_error(text, size, "", ":2: this row has more than 16,000,000 bytes");
    free(text);
}
END_TEST

/* Rows, quotes and line ends cut by the 64 KB reads in every place. */
START_TEST(rows_that_span_reads_stay_whole)
{
    for (size_t shift = 0; shift < 24; shift++) {
        char *text;
        size_t size;
        FILE *const out = open_memstream(&text, &size);
        fprintf(out, "%0*d,b\r\n", (int)(65536 - 12 - shift), 1);
        for (int i = 0; i < 8000; i++)
            fprintf(out, "%d,\"x\r\ny\"\"\"\r\n\r\n", i);
        fclose(out);
        struct temporary file;
        struct diagnostics d;
        diagnostics_init(&d);
        temporary_write(&file, text, size);
        struct csv_reader *const reader = csv_open(file.path, &d);
        const char *const *field;
        long line, rows = 0;
        int result;
        while ((result = csv_next(reader, &field, &line)) == 1) {
            long long number;
            REQUIRE_MSG(line == 2 + 3 * rows, "row %ld: line %ld", rows, line);
            REQUIRE(csv_to_int64(field[0], &number) && number == rows);
            REQUIRE(strcmp(field[1], "x\r\ny\"") == 0);
            rows++;
        }
        ck_assert_int_eq(result, 0);
        ck_assert_int_eq(rows, 8000);
        ck_assert_uint_eq(d.errors, 0);
        csv_close(reader);
        temporary_remove(&file);
        free(text);
    }
}
END_TEST

/* To look for the next line end must not cost the rest of the buffer each time. */
START_TEST(a_file_of_carriage_returns_is_read_in_linear_time)
{
    const size_t size = 4000000;
    char *const bytes = malloc(size);
    for (size_t i = 0; i < size; i += 2)
        memcpy(bytes + i, "1\r", 2);
    bytes[0] = 'a';
    struct temporary file;
    struct diagnostics d;
    diagnostics_init(&d);
    temporary_write(&file, bytes, size);
    struct csv_reader *const reader = csv_open(file.path, &d);
    const char *const *field;
    long line = 0;
    while (csv_next(reader, &field, &line) == 1)
        ;
    ck_assert_int_eq(line, 2000000);
    csv_close(reader);
    temporary_remove(&file);
    free(bytes);
}
END_TEST

START_TEST(what_cannot_be_read_says_why)
{
    struct reading r;
    read_path(&r, "/nowhere/at/all.csv");
    assert_one_error(&r.d, "cannot read /nowhere/at/all.csv: No such file or directory");
    reading_finish(&r);
    read_path(&r, "/tmp");
    assert_one_error(&r.d, "cannot read /tmp: Is a directory");
    reading_finish(&r);
}
END_TEST

static void *write_slowly(void *path)
{
    static const char text[] = "\xef\xbb\xbf"
                               "a,b\n1,2\n\"3\n\",4\n";
    FILE *const out = fopen(path, "wb");
    for (size_t i = 0; out != NULL && i + 1 < sizeof text; i++) {
        fputc(text[i], out);
        fflush(out); /* byte by byte: short reads everywhere */
    }
    if (out != NULL)
        fclose(out);
    return NULL;
}

START_TEST(a_fifo_works)
{
    char path[] = "/tmp/lambdaplan-fifo-XXXXXX";
    const int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    close(fd);
    unlink(path);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    pthread_t writer;
    ck_assert_int_eq(pthread_create(&writer, NULL, write_slowly, path), 0);
    struct reading r;
    read_path(&r, path);
    pthread_join(writer, NULL);
    unlink(path);
    ck_assert_uint_eq(r.d.errors, 0);
    ck_assert_str_eq(r.text, "2:1|2;3:3\n|4;");
    reading_finish(&r);
}
END_TEST

START_TEST(standard_input_works)
{
    struct temporary file;
    struct reading r;
    temporary_write(&file, "a\n1\n\"\n", 6);
    ck_assert_ptr_nonnull(freopen(file.path, "rb", stdin));
    temporary_remove(&file);
    read_path(&r, "-");
    ck_assert_str_eq(r.text, "2:1;");
    assert_one_error(&r.d, "standard input:3: the file ends inside a quoted field");
    reading_finish(&r);
}
END_TEST

START_TEST(doubles_are_read_whole_or_not_at_all)
{
    static const char *const bad[] = {"",    " ",     ".",        "1x",           "1 2",   "nan",
                                      "NAN", "inf",   "1e",       "1e+",          "0x10",  "1,5",
                                      "--1", "1e400", "+-1",      "1..",          "1.2.3", "e5",
                                      "- 1", "1e5.",  "infinity", "1e99999999999"};
    double value = 42;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!csv_to_double(bad[i], &value), "\"%s\" was taken for a number", bad[i]);
    ck_assert_double_eq(value, 42);
    static const struct {
        const char *text;
        double value;
    } good[] = {{"0", 0},
                {" 1.5\t", 1.5},
                {"-2.", -2},
                {"+.5", .5},
                {"1e3", 1e3},
                {"1E-3", 1e-3},
                {"0.1", 0.1},
                {"-0", -0.0},
                {"1e-400", 0},
                {"000012.50", 12.5},
                {"1.7976931348623157e308", DBL_MAX},
                {"9007199254740993", 9007199254740992},
                {"0.000000000000000000000000000001", 1e-30},
                {"123456789012345678901234567890", 123456789012345678901234567890.0}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        ck_assert_msg(csv_to_double(good[i].text, &value), "\"%s\" was refused", good[i].text);
        ck_assert_double_eq(value, good[i].value);
    }
    ck_assert(csv_to_double("-0", &value) && signbit(value));
}
END_TEST

/* strtod is the oracle of the fast path. */
START_TEST(doubles_are_correctly_rounded)
{
    uint64_t state = 88172645463325252;
    for (int i = 0; i < 300000; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char text[64];
        const int decimals = (int)(state >> 8 & 31);
        const uint64_t digits = state >> (state & 63);
        snprintf(text, sizeof text, i % 2 == 0 ? "%llu.%0*d" : "%llue-%0*d",
                 (unsigned long long)digits, i % 2 == 0 ? decimals : 2, i % 2 == 0 ? i : decimals);
        double value;
        REQUIRE_MSG(csv_to_double(text, &value), "\"%s\" was refused", text);
        REQUIRE_MSG(value == strtod(text, NULL), "\"%s\" gave %.17g", text, value);
    }
}
END_TEST

START_TEST(integers_are_read_whole_or_not_at_all)
{
    static const char *const bad[] = {"",
                                      "1.0",
                                      "1e3",
                                      "x",
                                      "9223372036854775808",
                                      "- 1",
                                      "1-",
                                      "0x1",
                                      "--1",
                                      "-9223372036854775809",
                                      "99999999999999999999999"};
    long long value = 42;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!csv_to_int64(bad[i], &value), "\"%s\" was taken for a number", bad[i]);
    ck_assert_int_eq(value, 42);
    ck_assert(csv_to_int64(" -9223372036854775808 ", &value) && value == INT64_MIN);
    ck_assert(csv_to_int64("+9223372036854775807", &value) && value == INT64_MAX);
    ck_assert(csv_to_int64("007", &value) && value == 7);
}
END_TEST

START_TEST(decimals_become_integers_exactly)
{
    static const struct {
        const char *text;
        int power;
        int64_t value;
        bool exact;
    } good[] = {{"1845.17", 6, 1845170000, true},
                {"1590355883.6199405", 9, INT64_C(1590355883619940500), true},
                {"94.0", 0, 94, true},
                {"94", 0, 94, true},
                {"9.4e1", 0, 94, true},
                {"0.94E2", 0, 94, true},
                {"940e-1", 0, 94, true},
                {"94.5", 0, 95, false},
                {"94.4999999999999999999999", 0, 94, false},
                {"0.0000000005", 9, 1, false},
                {"0.00000000049", 9, 0, false},
                {"0.05", 0, 0, false},
                {"-2.5", 0, -3, false},
                {"-0", 3, 0, true},
                {"0.000", 9, 0, true},
                {"000.100", 3, 100, true},
                {"1e-9999999999", 9, 0, false},
                {"0e9999999999", 9, 0, true},
                {"9223372036.854775807", 9, INT64_MAX, true},
                {"9223372036.8547758074", 9, INT64_MAX, false},
                {"1e18", 0, INT64_C(1000000000000000000), true}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t value = -1;
        bool exact = !good[i].exact;
        ck_assert_msg(csv_to_scaled(good[i].text, good[i].power, &value, &exact),
                      "\"%s\" was refused", good[i].text);
        ck_assert_msg(value == good[i].value && exact == good[i].exact, "\"%s\" gave %lld%s",
                      good[i].text, (long long)value, exact ? "" : ", rounded");
    }
    static const char *const bad[] = {"",
                                      ".",
                                      "nan",
                                      "inf",
                                      "1 s",
                                      "9223372036.8547758075",
                                      "1e10",
                                      "99999999999999999999",
                                      "1e9999999999",
                                      "0x1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t value = 42;
        ck_assert_msg(!csv_to_scaled(bad[i], 9, &value, NULL), "\"%s\" gave %lld", bad[i],
                      (long long)value);
        ck_assert_int_eq(value, 42);
    }
}
END_TEST

TEST_MAIN("csv", plain_rows_and_columns, quoted_line_ends_keep_line_numbers_right,
          line_ends_may_be_mixed, blank_lines_are_skipped_and_counted,
          a_last_line_without_its_end_is_a_row, a_byte_order_mark_is_no_part_of_the_first_name,
          a_file_without_a_header_is_an_error, a_header_alone_is_no_row,
          a_name_that_appears_twice_is_an_error, ragged_rows_are_errors,
          misplaced_quotes_are_errors, an_unterminated_quote_is_an_error_where_its_row_begins,
          an_unterminated_quote_does_not_buffer_the_file, a_nul_byte_is_an_error,
          a_field_has_at_most_a_million_bytes, there_are_at_most_ten_thousand_columns,
          a_row_of_many_large_fields_is_bounded, rows_that_span_reads_stay_whole,
          a_file_of_carriage_returns_is_read_in_linear_time, what_cannot_be_read_says_why,
          a_fifo_works, standard_input_works, doubles_are_read_whole_or_not_at_all,
          doubles_are_correctly_rounded, integers_are_read_whole_or_not_at_all,
          decimals_become_integers_exactly)
