/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traces/file_names.h"

#include "core/memory.h"
#include "support/text.h"

#include <string.h>
#include <unistd.h>

#define PARTS 4 /* of a path: PREFIX, TASK, STREAM, file */

const char *file_named(const char *argument, char **ret_name)
{
    const char *const equals = strchr(argument, '=');
    *ret_name = NULL;
    if (equals == NULL || equals == argument || access(argument, F_OK) == 0)
        return argument;
    *ret_name = text_format("%.*s", (int)(equals - argument), argument);
    return equals + 1;
}

/* Behind "2026SEPARATOR08SEPARATOR01SEPARATOR"; NULL: it does not begin so. */
static const char *skip_day(const char *s, const char *end, char separator)
{
    static const int digits[] = {4, 2, 2};
    for (size_t i = 0; i < sizeof digits / sizeof *digits; i++) {
        if (end - s <= digits[i] || s[digits[i]] != separator)
            return NULL;
        for (int k = 0; k < digits[i]; k++)
            if (s[k] < '0' || s[k] > '9')
                return NULL;
        s += digits[i] + 1;
    }
    return s;
}

const char *stream_function(const char *stream, size_t size, char separator, size_t *ret_length)
{
    const char *const end = stream + size;
    const char *const name = skip_day(stream, end, separator);
    const char *const bracket = name == NULL ? NULL : memchr(name, '[', (size_t)(end - name));
    *ret_length = bracket == NULL ? 0 : (size_t)(bracket - name);
    return *ret_length > 0 ? name : NULL;
}

static bool is_stream(const char *text, size_t size)
{
    const char *const rest = skip_day(text, text + size, '-');
    return rest != NULL && memchr(rest, '[', (size_t)(text + size - rest)) != NULL;
}

static bool is_number(const char *text)
{
    const size_t digits = strspn(text, "0123456789");
    return digits == 6 && (text[digits] == '\0' || text[digits] == '.');
}

static bool is_name(const char *text, size_t size)
{
    static const char unnamed[] = "exportedlogs";
    return size > 0 && text[0] != '.' &&
           (size != sizeof unnamed - 1 || memcmp(text, unnamed, size) != 0);
}

char *export_function(const char *path)
{
    const char *begin[PARTS], *end = path + strlen(path);
    size_t length[PARTS], name_length;
    for (int i = PARTS - 1; i >= 0; i--) {
        begin[i] = end;
        while (begin[i] > path && begin[i][-1] != '/')
            begin[i]--;
        length[i] = (size_t)(end - begin[i]);
        end = begin[i] > path ? begin[i] - 1 : path;
    }
    if (!is_number(begin[3]) || !is_stream(begin[2], length[2]))
        return NULL;
    const char *const name = stream_function(begin[2], length[2], '-', &name_length);
    if (name != NULL)
        return text_format("%.*s", (int)name_length, name);
    if (length[1] == 0 || !is_name(begin[0], length[0]))
        return NULL;
    return text_format("%.*s", (int)length[0], begin[0]);
}
