/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/text.h"

#include "core/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORD_MAX 64 /* nobody mistypes longer words; hostile ones cost no time */

char *text_format(const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *const text = mem_alloc(length < 0 ? 1 : (size_t)length + 1, 1);
    if (length > 0)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Damerau-Levenshtein with adjacent swaps, each place edited once (optimal string alignment). */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t row[3][WORD_MAX + 1];
    size_t *before = row[0], *last = row[1], *now = row[2];
    for (size_t j = 0; j <= b_length; j++)
        last[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        now[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            const size_t change = last[j - 1] + (a[i - 1] != b[j - 1]);
            now[j] = least(change, least(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], before[j - 2] + 1);
        }
        size_t *const reused = before;
        before = last;
        last = now;
        now = reused;
    }
    return last[b_length];
}

const char *text_near_miss(const char *word, const char *const *candidate, size_t count)
{
    const size_t length = strlen(word);
    if (length == 0 || length > WORD_MAX)
        return NULL;
    size_t best = (length < 3 ? 1 : length / 3) + 1;
    const char *ret = NULL;
    for (size_t i = 0; i < count; i++) {
        const size_t other = strlen(candidate[i]);
        if (other == 0 || other > WORD_MAX)
            continue;
        const size_t distance = edit_distance(word, length, candidate[i], other);
        if (distance < best && distance < length) { /* not by changing every letter */
            best = distance;
            ret = candidate[i];
        }
    }
    return ret;
}

static ssize_t read_some(int fd, char *into, size_t size)
{
    ssize_t got;
    do
        got = read(fd, into, size);
    while (got < 0 && errno == EINTR);
    return got;
}

char *text_read_file(const char *path, size_t limit, size_t *ret_size,
                     struct diagnostics *diagnostics)
{
    const bool standard_input = strcmp(path, "-") == 0;
    const char *const name = standard_input ? "standard input" : path;
    char *text = NULL;
    size_t size = 0, capacity = 0;
    const int fd = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        diagnostics_error(diagnostics, NULL, 0, "cannot read %s: %s", name, strerror(errno));
        return NULL;
    }
    for (;;) {
        if (size + 1 >= capacity) {
            capacity = capacity == 0 ? 4096 : capacity * 2;
            text = mem_resize(text, capacity, 1);
        }
        const ssize_t got = read_some(fd, text + size, capacity - size - 1);
        if (got < 0) {
            diagnostics_error(diagnostics, NULL, 0, "cannot read %s: %s", name, strerror(errno));
            goto fail;
        }
        if (got == 0)
            break;
        size += (size_t)got;
        if (size > limit) {
            diagnostics_error(diagnostics, NULL, 0, "cannot read %s: it has more than %zu bytes",
                              name, limit);
            goto fail;
        }
    }
    if (!standard_input)
        close(fd);
    text[size] = '\0';
    if (ret_size != NULL)
        *ret_size = size;
    return text;
fail:
    if (!standard_input)
        close(fd);
    free(text);
    return NULL;
}

char *text_number(double value, int decimals, char text[TEXT_NUMBER_SIZE])
{
    char plain[TEXT_NUMBER_SIZE];
    if (isnan(value)) {
        snprintf(text, TEXT_NUMBER_SIZE, "–");
        return text;
    }
    if (isinf(value)) {
        snprintf(text, TEXT_NUMBER_SIZE, "%s∞", value < 0 ? "-" : "");
        return text;
    }
    const int places = decimals < 0 ? 0 : decimals > 18 ? 18 : decimals;
    if (fabs(value) >= 1e18) { /* digits beyond a double's 17 would say nothing */
        snprintf(text, TEXT_NUMBER_SIZE, "%.6e", value);
        return text;
    }
    snprintf(plain, sizeof plain, "%.*f", places, fabs(value));
    const bool negative = value < 0 && strspn(plain, "0.") < strlen(plain); /* no "-0.0" */
    const size_t whole = strcspn(plain, ".");
    size_t n = 0;
    if (negative)
        text[n++] = '-';
    for (size_t i = 0; i < whole; i++) {
        if (i > 0 && (whole - i) % 3 == 0)
            text[n++] = ',';
        text[n++] = plain[i];
    }
    memcpy(text + n, plain + whole, strlen(plain + whole) + 1);
    return text;
}

char *text_significant(double value, int digits, char text[TEXT_NUMBER_SIZE])
{
    const double magnitude = fabs(value);
    int decimals = 0;
    if (magnitude > 0 && !isinf(magnitude))
        decimals = digits - 1 - (int)floor(log10(magnitude));
    text_number(value, decimals < 0 ? 0 : decimals > 12 ? 12 : decimals, text);
    char *const point = strchr(text, '.');
    if (point != NULL && strchr(text, 'e') == NULL) {
        char *end = text + strlen(text);
        while (end[-1] == '0')
            end--;
        *(end[-1] == '.' ? end - 1 : end) = '\0';
    }
    return text;
}

char *text_count(double value, char text[TEXT_NUMBER_SIZE])
{
    return text_significant(value, 3, text);
}
