/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness.h"

#include "files.h"
#include "support/input.h"

#include <pthread.h>
#ifdef HAVE_ZLIB
#include <zlib.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

/* A whole input's lines as "NUMBER:TEXT;" ("~" behind one that was cut), and how it ended. */
struct reading {
    struct diagnostics d;
    char *text;
    int end;
};

static void read_path(struct reading *ret, const char *path)
{
    size_t size;
    FILE *const out = open_memstream(&ret->text, &size);
    diagnostics_init(&ret->d);
    ret->end = -2; /* input_open failed */
    struct input *const input = input_open(path, &ret->d);
    if (input != NULL) {
        const char *line;
        size_t length;
        long number;
        bool cut;
        while ((ret->end = input_line(input, &line, &length, &number, &cut)) == 1) {
            REQUIRE(line[length] == '\0');
            fprintf(out, "%ld:", number);
            fwrite(line, 1, length, out);
            fprintf(out, "%s;", cut ? "~" : "");
        }
        ck_assert_int_eq(input_line(input, &line, &length, &number, &cut), ret->end);
        ck_assert_int_eq(input_failed(input), ret->end < 0);
    }
    input_close(input);
    fclose(out);
}

static void read_bytes(struct reading *ret, const void *bytes, size_t size)
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

static void assert_lines(const void *bytes, size_t size, const char *expected)
{
    struct reading r;
    read_bytes(&r, bytes, size);
    ck_assert_str_eq(r.text, expected);
    ck_assert_int_eq(r.end, 0);
    ck_assert_uint_eq(r.d.errors, 0);
    reading_finish(&r);
}

static void assert_broken(const void *bytes, size_t size, const char *part)
{
    struct reading r;
    read_bytes(&r, bytes, size);
    ck_assert_int_lt(r.end, 0);
    assert_one_error(&r.d, part);
    reading_finish(&r);
}

#define ASSERT_LINES(text, expected) assert_lines(text, sizeof(text) - 1, expected)

START_TEST(test_line_ends)
{
    ASSERT_LINES("", "");
    ASSERT_LINES("\n", "1:;");
    ASSERT_LINES("a\nb\r\n\nc", "1:a;2:b;3:;4:c;");
    ASSERT_LINES("a\rb\r\nc\r\rd\n", "1:a;1:b;2:c;2:;2:d;"); /* a lone "\r" is not counted */
    ASSERT_LINES("a\r", "1:a;");
    ASSERT_LINES("\r\n\r", "1:;2:;");
}
END_TEST

START_TEST(test_bom)
{
    ASSERT_LINES("\xef\xbb\xbf"
                 "a\n\xef\xbb\xbf",
                 "1:a;2:\xef\xbb\xbf;");
    ASSERT_LINES("\xef\xbb", "1:\xef\xbb;");
}
END_TEST

/* As PowerShell's ">" writes it: "é" and a character beyond 16 bits, in both orders. */
START_TEST(test_utf16)
{
    static const char little[] = "\xff\xfe"
                                 "R\0\xe9\0\r\0\n\0"
                                 "\x3d\xd8\x00\xde"
                                 "b\0";
    static const char big[] = "\xfe\xff"
                              "\0R\0\xe9\0\r\0\n"
                              "\xd8\x3d\xde\x00"
                              "\0b";
    static const char expected[] = "1:R\xc3\xa9;2:\xf0\x9f\x98\x80"
                                   "b;";
    assert_lines(little, sizeof little - 1, expected);
    assert_lines(big, sizeof big - 1, expected);
    assert_lines("\xff\xfe", 2, "");
    assert_broken("\xff\xfe"
                  "a\0b",
                  5, "the UTF-16 text is broken at byte 4: it ends within");
    assert_broken("\xff\xfe"
                  "a\0\x00\xdc"
                  "b\0",
                  8, "the UTF-16 text is broken at byte 4: this is no");
}
END_TEST

/* More than a buffer, with characters of three bytes that do not fit its end. */
START_TEST(test_long_utf16)
{
    const size_t lines = 3000, length = 101;
    char *const text = malloc(2 + lines * (length + 1) * 2);
    size_t size = 2, count = 0;
    memcpy(text, "\xff\xfe", 2);
    for (size_t i = 0; i < lines * (length + 1); i++) {
        const bool end = i % (length + 1) == length;
        memcpy(text + size, end ? "\n\0" : "\xac\x20", 2); /* U+20AC */
        size += 2;
    }
    struct temporary file;
    struct diagnostics d;
    temporary_write(&file, text, size);
    diagnostics_init(&d);
    struct input *const input = input_open(file.path, &d);
    const char *line;
    size_t got;
    long number;
    bool cut;
    ck_assert_ptr_nonnull(input);
    while (input_line(input, &line, &got, &number, &cut) == 1) {
        REQUIRE(got == 3 * length && memcmp(line + got - 3, "\xe2\x82\xac", 3) == 0);
        count++;
    }
    ck_assert_uint_eq(count, lines);
    ck_assert_uint_eq(d.errors, 0);
    input_close(input);
    diagnostics_finish(&d);
    temporary_remove(&file);
    free(text);
}
END_TEST

START_TEST(test_nul_stays_inside)
{
    struct temporary file;
    struct diagnostics d;
    const char *line;
    size_t length;
    long number;
    bool cut;
    temporary_write(&file, "a\0b\nc", 5);
    diagnostics_init(&d);
    struct input *const input = input_open(file.path, &d);
    ck_assert_int_eq(input_line(input, &line, &length, &number, &cut), 1);
    ck_assert_uint_eq(length, 3);
    ck_assert_mem_eq(line, "a\0b", 4);
    input_close(input);
    temporary_remove(&file);
    diagnostics_finish(&d);
}
END_TEST

/* `rest` behind a first line of so many bytes: its length as read, cut or not, and the next. */
static void assert_long_line(size_t length, const char *line_end, bool expect_cut)
{
    const size_t size = length + strlen(line_end) + 5;
    char *const bytes = malloc(size + 1);
    memset(bytes, 'x', length);
    sprintf(bytes + length, "%snext\n", line_end);
    struct temporary file;
    struct diagnostics d;
    const char *line;
    size_t got;
    long number;
    bool cut;
    temporary_write(&file, bytes, size);
    diagnostics_init(&d);
    struct input *const input = input_open(file.path, &d);
    ck_assert_int_eq(input_line(input, &line, &got, &number, &cut), 1);
    ck_assert_uint_eq(got, length < INPUT_LINE_MAX ? length : INPUT_LINE_MAX);
    ck_assert_int_eq(cut, expect_cut);
    ck_assert_int_eq(input_line(input, &line, &got, &number, &cut), 1);
    ck_assert_str_eq(line, "next");
    ck_assert_int_eq(number, 2);
    ck_assert_int_eq(cut, false);
    ck_assert_int_eq(input_line(input, &line, &got, &number, &cut), 0);
    input_close(input);
    temporary_remove(&file);
    diagnostics_finish(&d);
    free(bytes);
}

START_TEST(test_long_lines)
{
    assert_long_line(INPUT_LINE_MAX - 1, "\n", false);
    assert_long_line(INPUT_LINE_MAX, "\n", false);
    assert_long_line(INPUT_LINE_MAX, "\r\n", false);
    assert_long_line(INPUT_LINE_MAX + 1, "\n", true);
    assert_long_line(INPUT_LINE_MAX + 1, "\r\n", true);
    assert_long_line(7 * INPUT_LINE_MAX, "\n", true);
}
END_TEST

/* 3 MB without a "\n", one without anything: every line is there, and in time that is linear. */
START_TEST(test_many_lone_returns)
{
    const size_t size = 3 * INPUT_LINE_MAX;
    char *const bytes = malloc(size);
    struct temporary file;
    struct diagnostics d;
    const char *line;
    size_t length, lines = 0, total = 0;
    long number;
    bool cut;
    for (size_t i = 0; i < size; i++)
        bytes[i] = i % 7 == 6 ? '\r' : 'x';
    memset(bytes + 7, 'x', 2 * INPUT_LINE_MAX);
    temporary_write(&file, bytes, size);
    diagnostics_init(&d);
    struct input *const input = input_open(file.path, &d);
    while (input_line(input, &line, &length, &number, &cut) == 1) {
        REQUIRE(number == 1 && cut == (lines == 1));
        total += length;
        lines++;
    }
    const size_t rest = 7 * (1 + (2 * INPUT_LINE_MAX + 6) / 7); /* behind the long line */
    ck_assert_uint_eq(lines, 2 + (size - rest + 6) / 7);
    ck_assert_uint_eq(total, 6 + INPUT_LINE_MAX + (size - rest) / 7 * 6 + (size - rest) % 7);
    input_close(input);
    temporary_remove(&file);
    diagnostics_finish(&d);
    free(bytes);
}
END_TEST

START_TEST(test_head_consumes_nothing)
{
    struct temporary file;
    struct diagnostics d;
    const size_t size = 300000;
    char *const bytes = malloc(size), *const back = malloc(size);
    const char *head;
    size_t done = 0;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)('a' + i * 7 % 26);
    temporary_write(&file, bytes, size);
    diagnostics_init(&d);
    struct input *const input = input_open(file.path, &d);
    ck_assert_uint_eq(input_head(input, &head), 65536);
    ck_assert_mem_eq(head, bytes, 65536);
    ck_assert_uint_eq(input_head(input, &head), 65536);
    ck_assert_int_eq(input_read(input, back, 10), 10);
    done = 10;
    for (;;) {
        const char *chunk;
        const ssize_t got = input_chunk(input, &chunk);
        ck_assert_int_ge(got, 0);
        if (got == 0)
            break;
        ck_assert_uint_le(done + (size_t)got, size);
        memcpy(back + done, chunk, (size_t)got);
        done += (size_t)got;
    }
    ck_assert_uint_eq(done, size);
    ck_assert_mem_eq(back, bytes, size);
    ck_assert_int_eq(input_read(input, back, 10), 0);
    input_close(input);
    temporary_remove(&file);
    diagnostics_finish(&d);
    free(bytes);
    free(back);
}
END_TEST

START_TEST(test_what_cannot_be_read)
{
    struct reading r;
    read_path(&r, "/nowhere/at/all.log");
    assert_one_error(&r.d, "cannot read /nowhere/at/all.log: No such file");
    reading_finish(&r);
    read_path(&r, "/tmp");
    assert_one_error(&r.d, "cannot read /tmp: Is a directory");
    reading_finish(&r);
    assert_broken("BZh91AY&SY", 10, "this is a bzip2 archive");
    assert_broken("PK\x03\x04\x14\0", 6, "this is a zip archive");
    assert_broken("\xfd"
                  "7zXZ\0",
                  6, "this is an xz archive");
    ASSERT_LINES("PK is text", "1:PK is text;");
    ASSERT_LINES("\x1f", "1:\x1f;");
}
END_TEST

struct pipe_writer {
    int fd;
    const char *bytes;
};

/* One byte at a time: the slowest pipe there is. */
static void *write_bytes(void *context)
{
    const struct pipe_writer *const writer = context;
    for (const char *s = writer->bytes; *s != '\0'; s++)
        if (write(writer->fd, s, 1) != 1)
            break;
    close(writer->fd);
    return NULL;
}

START_TEST(test_standard_input)
{
    int ends[2];
    pthread_t thread;
    struct reading r;
    const int saved = dup(STDIN_FILENO);
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_ge(dup2(ends[0], STDIN_FILENO), 0);
    close(ends[0]);
    struct pipe_writer writer = {ends[1], "\xef\xbb\xbfone\r\ntwo"};
    ck_assert_int_eq(pthread_create(&thread, NULL, write_bytes, &writer), 0);
    read_path(&r, "-");
    pthread_join(thread, NULL);
    ck_assert_str_eq(r.text, "1:one;2:two;");
    ck_assert_int_eq(r.end, 0);
    reading_finish(&r);
    dup2(saved, STDIN_FILENO);
    close(saved);
}
END_TEST

#if defined HAVE_ZLIB || defined HAVE_ZSTD
/* Lines that compress but not to nothing. */
static char *make_lines(size_t lines, size_t *ret_size, char **ret_expected)
{
    FILE *out = open_memstream(ret_expected, ret_size);
    for (size_t i = 0; i < lines; i++)
        fprintf(out, "%zu:line %zu of %zu;", i + 1, i * 7919 % 10007, lines);
    fclose(out);
    char *text;
    out = open_memstream(&text, ret_size);
    for (size_t i = 0; i < lines; i++)
        fprintf(out, "line %zu of %zu\n", i * 7919 % 10007, lines);
    fclose(out);
    return text;
}

static void assert_cuts(const char *packed, size_t size, size_t step, const char *part)
{
    for (size_t i = step; i + 1 < size; i += step) {
        struct reading r;
        read_bytes(&r, packed, i);
        REQUIRE(r.end < 0 && r.d.errors == 1);
        REQUIRE_MSG(strstr(r.d.item[0].text, part) != NULL, "cut at %zu: %s", i, r.d.item[0].text);
        reading_finish(&r);
    }
}
#endif

#ifdef HAVE_ZLIB
static size_t gzip(const char *bytes, size_t size, char *ret, size_t capacity)
{
    z_stream z = {0};
    ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)bytes;
    z.avail_in = (uInt)size;
    z.next_out = (Bytef *)ret;
    z.avail_out = (uInt)capacity;
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    const size_t packed = capacity - z.avail_out;
    deflateEnd(&z);
    return packed;
}

START_TEST(test_gzip)
{
    size_t size;
    char *expected;
    char *const text = make_lines(40000, &size, &expected);
    const size_t half = size / 2, capacity = size + 1000;
    char *const packed = malloc(capacity);
    size_t length = gzip(text, size, packed, capacity);
    assert_lines(packed, length, expected);

    /* Members behind each other, an empty one between them, zeros behind the last. */
    length = gzip(text, half, packed, capacity);
    const size_t first = length;
    length += gzip("", 0, packed + length, capacity - length);
    length += gzip(text + half, size - half, packed + length, capacity - length);
    const size_t end = length;
    memset(packed + length, 0, 512);
    assert_lines(packed, length + 512, expected);

    memcpy(packed + end, "garbage", 7);
    char place[80];
    snprintf(place, sizeof place, "broken at byte %zu: what follows is not gzip", end);
    assert_broken(packed, end + 7, place);

    assert_cuts(packed, first, first / 11, "the gzip archive is cut: it ends at byte ");
    packed[first / 2] ^= 0x55;
    assert_broken(packed, end, "the gzip archive is broken at byte ");
    packed[first / 2] ^= 0x55;
    packed[first - 6] ^= 1; /* the checksum */
    assert_broken(packed, end, "incorrect data check");
    assert_lines(packed, 0, "");
    assert_broken("\x1f\x8b\x07wrong method", 15, "unknown compression method");
    free(packed);
    free(text);
    free(expected);
}
END_TEST

START_TEST(test_gzip_bomb_of_one_line)
{
    /* 50 MB of one line in 50 KB: memory stays at the longest line's. */
    const size_t size = 50 * 1000 * 1000, capacity = 200000;
    char *const bytes = malloc(size), *const packed = malloc(capacity);
    struct reading r;
    memset(bytes, 'x', size);
    const size_t length = gzip(bytes, size, packed, capacity);
    free(bytes);
    read_bytes(&r, packed, length);
    ck_assert_int_eq(r.end, 0);
    ck_assert_uint_eq(strlen(r.text), 2 + INPUT_LINE_MAX + 2); /* "1:", the cut's mark */
    reading_finish(&r);
    free(packed);
}
END_TEST
#else
START_TEST(test_gzip)
{
    assert_broken("\x1f\x8b\x08\0\0\0\0\0", 8, "built without zlib");
}
END_TEST
#define test_gzip_bomb_of_one_line test_gzip
#endif

#ifdef HAVE_ZSTD
START_TEST(test_zstd)
{
    size_t size;
    char *expected;
    char *const text = make_lines(40000, &size, &expected);
    const size_t half = size / 2, capacity = size + 1000;
    char *const packed = malloc(capacity);
    static const char skippable[] = "\x50\x2a\x4d\x18\x03\0\0\0abc";
    memcpy(packed, skippable, 11);
    size_t length = 11;
    length += ZSTD_compress(packed + length, capacity - length, text, half, 3);
    const size_t first = length;
    length += ZSTD_compress(packed + length, capacity - length, text + half, size - half, 19);
    assert_lines(packed, length, expected);
    assert_cuts(packed, first, first / 11, "the Zstandard archive is cut: it ends at byte ");
    memcpy(packed + length, "garbage", 7);
    assert_broken(packed, length + 7, "the Zstandard archive is broken at byte ");
    packed[first / 2] ^= 0x55;
    assert_broken(packed, length, "the Zstandard archive is broken at byte ");
    free(packed);
    free(text);
    free(expected);
}
END_TEST

/* A frame that wants 2 GB of window: an error, not an allocation. */
START_TEST(test_zstd_window)
{
    assert_broken("\x28\xb5\x2f\xfd\x00\xa8\x00\x00\x00", 9, "too much memory");
}
END_TEST
#else
START_TEST(test_zstd)
{
    assert_broken("\x28\xb5\x2f\xfd\0\0\0\0", 8, "built without libzstd");
}
END_TEST
#define test_zstd_window test_zstd
#endif

TEST_MAIN("input", test_line_ends, test_bom, test_utf16, test_long_utf16, test_nul_stays_inside,
          test_long_lines, test_many_lone_returns, test_head_consumes_nothing,
          test_what_cannot_be_read, test_standard_input, test_gzip, test_gzip_bomb_of_one_line,
          test_zstd, test_zstd_window)
