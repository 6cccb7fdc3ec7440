/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as a file, packed or not. Its lines, its blocks and all of it at once are the same
 * content, or the same error.
 */
#include "fuzz.h"
#include "support/input.h"

#define CONTENT_MAX 2000000 /* a small archive may hold much */

struct content {
    char *text;
    size_t size;
    bool failed, too_much;
};

static struct input *open_input(const char *path, struct diagnostics *d)
{
    diagnostics_init(d);
    struct input *const input = input_open(path, d);
    REQUIRE_TEXT((input == NULL) == (d->errors > 0), fuzz_first_error(d));
    return input;
}

static void close_input(struct input *input, struct diagnostics *d, bool failed)
{
    REQUIRE((d->errors > 0) == failed && d->errors <= 1 && d->warnings == 0);
    input_close(input);
    diagnostics_finish(d);
}

static struct content by_blocks(const char *path, size_t step)
{
    struct diagnostics d;
    struct content ret = {.text = malloc(CONTENT_MAX)};
    struct input *const input = open_input(path, &d);
    ssize_t got = -1;
    REQUIRE(ret.text != NULL);
    if (input != NULL) {
        const char *head;
        if (step % 2 == 0)
            REQUIRE(input_head(input, &head) <= 65536);
        while (ret.size + step < CONTENT_MAX &&
               (got = input_read(input, ret.text + ret.size, step)) > 0)
            ret.size += (size_t)got;
        ret.too_much = got > 0;
    }
    ret.failed = input == NULL || (!ret.too_much && input_failed(input));
    REQUIRE(ret.too_much || (got < 0) == ret.failed);
    close_input(input, &d, input == NULL || input_failed(input));
    return ret;
}

/* The lines against the content: with their ends they are it. */
static void check_lines(const char *path, const struct content *content)
{
    struct diagnostics d;
    struct input *const input = open_input(path, &d);
    const char *line;
    size_t length, at = 0;
    long number, last = 0;
    bool cut, lone = false; /* a "\r" that ends a line, which editors do not count */
    int result;
    if (input == NULL) {
        diagnostics_finish(&d);
        return;
    }
    while ((result = input_line(input, &line, &length, &number, &cut)) == 1) {
        REQUIRE(number == last + !lone && line[length] == '\0' && length <= INPUT_LINE_MAX);
        REQUIRE(content->too_much || at + length <= content->size);
        if (at + length <= content->size)
            REQUIRE(memcmp(content->text + at, line, length) == 0);
        last = number;
        if (cut)
            break;
        at += length;
        lone = at < content->size && content->text[at] == '\r' &&
               (at + 1 == content->size || content->text[at + 1] != '\n');
        at += !lone && at < content->size && content->text[at] == '\r';
        REQUIRE(content->too_much || lone || at == content->size || content->text[at] == '\n');
        at++;
    }
    REQUIRE(result == 1 || content->too_much || (result < 0) == content->failed);
    REQUIRE(result != 0 || content->too_much || at >= content->size);
    close_input(input, &d, input_failed(input));
}

static void check_all(const char *path, const struct content *content)
{
    struct diagnostics d;
    struct input *const input = open_input(path, &d);
    size_t size;
    if (input != NULL) {
        char *const text = input_read_all(input, CONTENT_MAX / 2, &size);
        REQUIRE((text == NULL) == (d.errors > 0));
        if (text != NULL && !content->too_much)
            REQUIRE(size == content->size && memcmp(text, content->text, size) == 0);
        free(text);
    }
    input_close(input);
    diagnostics_finish(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *const path = fuzz_file(data, size);
    const struct content some = by_blocks(path, 4096), other = by_blocks(path, 1 + size % 61);
    REQUIRE(some.failed == other.failed || some.too_much || other.too_much);
    REQUIRE(some.too_much || other.too_much || some.size == other.size);
    REQUIRE(memcmp(some.text, other.text, some.size < other.size ? some.size : other.size) == 0);
    check_lines(path, &some);
    check_all(path, &some);
    free(some.text);
    free(other.text);
    return 0;
}
