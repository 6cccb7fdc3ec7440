/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <lambdaplan/diagnostics.h>

#include "core/memory.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 1000
#define PATH_SHOWN 300 /* of a longer path only the end is shown: the sentence matters more */

void diagnostics_init(struct diagnostics *diagnostics)
{
    *diagnostics = (struct diagnostics){0};
}

void diagnostics_finish(struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        free(diagnostics->item[i].text);
    free(diagnostics->item);
    *diagnostics = (struct diagnostics){0};
}

/* Bytes of the well-formed UTF-8 character at `s` (RFC 3629), 0 when it is not one. */
static size_t utf8_length(const unsigned char *s)
{
    if (s[0] < 0x80)
        return 1;
    const size_t length = s[0] >= 0xc2 && s[0] <= 0xdf   ? 2
                          : s[0] >= 0xe0 && s[0] <= 0xef ? 3
                          : s[0] >= 0xf0 && s[0] <= 0xf4 ? 4
                                                         : 0;
    for (size_t i = 1; i < length; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
        return 0;
    return length;
}

/* Nothing that a terminal obeys: C0 and C1 controls, DEL, direction overrides (U+202A-202E,
 * U+2066-2069), broken UTF-8. */
static bool harmless(const unsigned char *s, size_t length)
{
    if (length == 1)
        return s[0] >= 0x20 && s[0] != 0x7f;
    if (length == 2)
        return s[0] != 0xc2 || s[1] >= 0xa0;
    if (length == 3 && s[0] == 0xe2)
        return !(s[1] == 0x80 && s[2] >= 0xaa && s[2] <= 0xae) &&
               !(s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9);
    return length > 0;
}

static void clean(const char *from, char *to, size_t limit)
{
    const unsigned char *s = (const unsigned char *)from;
    size_t n = 0;
    while (*s != '\0') {
        const size_t length = utf8_length(s);
        const size_t step = length == 0 ? 1 : length;
        const bool good = harmless(s, length);
        const size_t size = good ? step : 1;
        if (n + size > limit)
            break;
        if (good)
            memcpy(to + n, s, step);
        else
            to[n] = '?';
        n += size;
        s += step;
    }
    to[n] = '\0';
}

static bool known(const struct diagnostics *diagnostics, bool warning, const char *text)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        if (diagnostics->item[i].warning == warning && strcmp(diagnostics->item[i].text, text) == 0)
            return true;
    return false;
}

static void add(struct diagnostics *diagnostics, bool warning, const char *text)
{
    if (known(diagnostics, warning, text))
        return;
    *(warning ? &diagnostics->warnings : &diagnostics->errors) += 1;
    if (diagnostics->count == DIAGNOSTICS_MAX) {
        /* Full: warnings must not hide an error. */
        size_t i = diagnostics->count;
        while (!warning && i > 0 && !diagnostics->item[i - 1].warning)
            i--;
        if (warning || i == 0)
            return;
        free(diagnostics->item[i - 1].text);
        memmove(&diagnostics->item[i - 1], &diagnostics->item[i],
                (diagnostics->count - i) * sizeof *diagnostics->item);
        diagnostics->count--;
    }
    if (diagnostics->item == NULL)
        diagnostics->item = mem_alloc(DIAGNOSTICS_MAX, sizeof *diagnostics->item);
    diagnostics->item[diagnostics->count++] = (struct diagnostic){warning, mem_strdup(text)};
}

__attribute__((format(printf, 5, 0))) static void report(struct diagnostics *diagnostics,
                                                         bool warning, const char *file, long line,
                                                         const char *format, va_list arguments)
{
    char raw[2 * TEXT_MAX], text[TEXT_MAX + 1];
    size_t n = 0;
    raw[0] = '\0';
    if (file != NULL) {
        const size_t length = strlen(file);
        const bool long_path = length > PATH_SHOWN;
        const int printed = snprintf(raw, sizeof raw, "%s%s: ", long_path ? "..." : "",
                                     long_path ? file + length - PATH_SHOWN : file);
        n = (size_t)printed;
        if (line > 0) {
            const int more = snprintf(raw + n - 2, sizeof raw - n + 2, ":%ld: ", line);
            n += (size_t)more - 2;
        }
    } else if (line > 0) {
        n = (size_t)snprintf(raw, sizeof raw, "line %ld: ", line);
    }
    if (vsnprintf(raw + n, sizeof raw - n, format, arguments) < 0)
        raw[n] = '\0';
    clean(raw, text, TEXT_MAX);
    add(diagnostics, warning, text);
}

void diagnostics_error(struct diagnostics *diagnostics, const char *file, long line,
                       const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    report(diagnostics, false, file, line, format, arguments);
    va_end(arguments);
}

void diagnostics_usage(struct diagnostics *diagnostics, const char *option, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    report(diagnostics, false, option, 0, format, arguments);
    va_end(arguments);
    diagnostics->usage++;
}

void diagnostics_warning(struct diagnostics *diagnostics, const char *file, long line,
                         const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    report(diagnostics, true, file, line, format, arguments);
    va_end(arguments);
}

void diagnostics_pass_on(const struct diagnostics *from, const char *before,
                         struct diagnostics *errors, struct diagnostics *warnings)
{
    for (size_t i = 0; i < from->count; i++) {
        const struct diagnostic *const item = &from->item[i];
        if (item->warning && warnings != NULL)
            diagnostics_warning(warnings, NULL, 0, "%s", item->text);
        else if (!item->warning && errors != NULL)
            diagnostics_error(errors, before, 0, "%s", item->text);
    }
}

static void print_rest(const struct diagnostics *diagnostics, bool warning, FILE *out)
{
    const char *const word = warning ? "warning" : "error";
    size_t kept = 0;
    for (size_t i = 0; i < diagnostics->count; i++)
        kept += diagnostics->item[i].warning == warning;
    const size_t all = warning ? diagnostics->warnings : diagnostics->errors;
    if (all > kept)
        fprintf(out, "%s: ... and %zu more %ss\n", word, all - kept, word);
}

void diagnostics_print(const struct diagnostics *diagnostics, FILE *out)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        fprintf(out, "%s: %s\n", diagnostics->item[i].warning ? "warning" : "error",
                diagnostics->item[i].text);
    print_rest(diagnostics, false, out);
    print_rest(diagnostics, true, out);
}

void diagnostics_print_errors(const struct diagnostics *diagnostics, FILE *out)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        if (!diagnostics->item[i].warning)
            fprintf(out, "error: %s\n", diagnostics->item[i].text);
    print_rest(diagnostics, false, out);
}
