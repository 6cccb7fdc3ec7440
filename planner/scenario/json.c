/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/json.h"

#include "core/memory.h"
#include "support/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cJSON copies a number into 64 bytes and reads no further. */
#define NUMBER_MAX 60

struct scanner {
    unsigned char *text; /* comments are blanked out in place, so that cJSON can read the rest */
    size_t size, at;
    long line;
    size_t line_start;
    int depth;
    long *value_line; /* of every value in document order */
    size_t count, capacity;
    const char *file;
    struct diagnostics *diagnostics;
};

static long column_of(const struct scanner *scanner, size_t at)
{
    long column = 1;
    for (size_t i = scanner->line_start; i < at; i++)
        column += (scanner->text[i] & 0xc0) != 0x80;
    return column;
}

__attribute__((format(printf, 3, 4))) static bool fail_at(struct scanner *scanner, size_t at,
                                                          const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    diagnostics_error(scanner->diagnostics, scanner->file, scanner->line, "column %ld: %s",
                      column_of(scanner, at), text);
    return false;
}

static bool is_word(int c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A byte for which there is no place here; `expected` says what there is a place for. */
static bool fail_unexpected(struct scanner *scanner, const char *expected)
{
    const size_t at = scanner->at;
    if (at >= scanner->size)
        return fail_at(scanner, at, "the file ends here; expected %s", expected);
    const unsigned char c = scanner->text[at];
    if (c < 0x20 || c == 0x7f)
        return fail_at(scanner, at, "unexpected byte 0x%02x; expected %s", c, expected);
    size_t length = 0;
    while (length < 20 && at + length < scanner->size && is_word(scanner->text[at + length]))
        length++;
    if (length == 0) {
        if (c >= 0x80)
            return fail_at(scanner, at, "unexpected byte 0x%02x; expected %s", c, expected);
        length = 1;
    }
    return fail_at(scanner, at, "unexpected `%.*s`; expected %s", (int)length,
                   (const char *)scanner->text + at, expected);
}

static int peek(const struct scanner *scanner)
{
    return scanner->at < scanner->size ? scanner->text[scanner->at] : -1;
}

static void new_line(struct scanner *scanner)
{
    scanner->line++;
    scanner->line_start = scanner->at + 1;
}

static bool skip_block_comment(struct scanner *scanner)
{
    unsigned char *const text = scanner->text;
    size_t end = scanner->at + 2;
    while (end + 1 < scanner->size && (text[end] != '*' || text[end + 1] != '/'))
        end++;
    if (end + 1 >= scanner->size)
        return fail_at(scanner, scanner->at, "this comment has no end");
    for (; scanner->at < end + 2; scanner->at++) {
        if (text[scanner->at] == '\n')
            new_line(scanner);
        else
            text[scanner->at] = ' ';
    }
    return true;
}

static bool skip_blanks(struct scanner *scanner)
{
    for (; scanner->at < scanner->size; scanner->at++) {
        const unsigned char c = scanner->text[scanner->at];
        if (c == '\n') {
            new_line(scanner);
        } else if (c == '/') {
            const int next = scanner->at + 1 < scanner->size ? scanner->text[scanner->at + 1] : -1;
            if (next == '/') {
                while (scanner->at < scanner->size && scanner->text[scanner->at] != '\n')
                    scanner->text[scanner->at++] = ' ';
            } else if (next != '*') {
                return true;
            } else if (!skip_block_comment(scanner)) {
                return false;
            }
            scanner->at--; /* the loop's step */
        } else if (c != ' ' && c != '\t' && c != '\r') {
            break;
        }
    }
    return true;
}

/* The length of the UTF-8 sequence at `text`, 0 when it is none (overlong, surrogate, cut …):
 * table 3-7 of the Unicode standard. */
static size_t utf8_length(const unsigned char *text, size_t size)
{
    const unsigned char c = text[0];
    const size_t length = c < 0x80 ? 1 : c < 0xc2 || c > 0xf4 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (length > size)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    if ((c == 0xe0 && text[1] < 0xa0) || (c == 0xed && text[1] > 0x9f) ||
        (c == 0xf0 && text[1] < 0x90) || (c == 0xf4 && text[1] > 0x8f))
        return 0;
    return length;
}

/* Four hexadecimal digits after "\u" at `at`; -1 when they are not. */
static long hex4(const struct scanner *scanner, size_t at)
{
    long code = 0;
    for (size_t i = at; i < at + 4; i++) {
        const int c = i < scanner->size ? scanner->text[i] : -1;
        const int lower = c | 0x20;
        if (c >= '0' && c <= '9')
            code = code * 16 + (c - '0');
        else if (c > 0 && lower >= 'a' && lower <= 'f')
            code = code * 16 + (lower - 'a' + 10);
        else
            return -1;
    }
    return code;
}

static bool scan_escape(struct scanner *scanner)
{
    const size_t at = scanner->at; /* of the backslash */
    const int c = at + 1 < scanner->size ? scanner->text[at + 1] : 0;
    if (c != 'u') {
        if (c == 0 || strchr("\"\\/bfnrt", c) == NULL)
            return fail_at(scanner, at, "unknown escape after a backslash");
        scanner->at += 2;
        return true;
    }
    const long code = hex4(scanner, at + 2);
    if (code < 0)
        return fail_at(scanner, at, "\\u needs four hexadecimal digits");
    if (code == 0)
        return fail_at(scanner, at, "\\u0000 is not allowed in a string");
    scanner->at += 6;
    if (code < 0xd800 || code > 0xdfff)
        return true;
    const bool paired = code < 0xdc00 && scanner->at + 1 < scanner->size &&
                        scanner->text[scanner->at] == '\\' && scanner->text[scanner->at + 1] == 'u';
    const long low = paired ? hex4(scanner, scanner->at + 2) : -1;
    if (low < 0xdc00 || low > 0xdfff)
        return fail_at(scanner, at, "half of a surrogate pair");
    scanner->at += 6;
    return true;
}

static bool scan_string(struct scanner *scanner)
{
    const size_t start = scanner->at++;
    while (scanner->at < scanner->size) {
        const unsigned char c = scanner->text[scanner->at];
        if (c == '"') {
            scanner->at++;
            return true;
        }
        if (c == '\n' || c == '\r')
            return fail_at(scanner, start, "this string has no closing quote on its line");
        if (c < 0x20)
            return fail_at(scanner, scanner->at,
                           "control character 0x%02x in a string; write \\u%04x", c, c);
        if (c == '\\') {
            if (!scan_escape(scanner))
                return false;
            continue;
        }
        const size_t length = utf8_length(scanner->text + scanner->at, scanner->size - scanner->at);
        if (length == 0)
            return fail_at(scanner, scanner->at, "invalid UTF-8 (byte 0x%02x)", c);
        scanner->at += length;
    }
    return fail_at(scanner, start, "this string has no closing quote");
}

static size_t skip_digits(struct scanner *scanner)
{
    const size_t start = scanner->at;
    while (scanner->at < scanner->size && scanner->text[scanner->at] >= '0' &&
           scanner->text[scanner->at] <= '9')
        scanner->at++;
    return scanner->at - start;
}

static bool scan_number(struct scanner *scanner)
{
    const size_t start = scanner->at;
    const unsigned char *const text = scanner->text;
    scanner->at += text[start] == '-';
    const size_t first = scanner->at;
    const size_t whole = skip_digits(scanner);
    if (whole == 0)
        return fail_at(scanner, start, "a minus sign without a number");
    if (whole > 1 && text[first] == '0')
        return fail_at(scanner, start, "a number must not begin with 0");
    bool plain = true;
    if (peek(scanner) == '.') {
        plain = false;
        scanner->at++;
        if (skip_digits(scanner) == 0)
            return fail_at(scanner, start, "a number needs digits after its point");
    }
    if (peek(scanner) == 'e' || peek(scanner) == 'E') {
        plain = false;
        scanner->at++;
        scanner->at += peek(scanner) == '+' || peek(scanner) == '-';
        if (skip_digits(scanner) == 0)
            return fail_at(scanner, start, "a number needs digits in its exponent");
    }
    const size_t length = scanner->at - start;
    if (length > NUMBER_MAX)
        return fail_at(scanner, start, "a number of more than %d characters", NUMBER_MAX);
    char copy[NUMBER_MAX + 1];
    memcpy(copy, text + start, length);
    copy[length] = '\0';
    if (!isfinite(strtod(copy, NULL)))
        return fail_at(scanner, start, "%s is too large", copy);
    const size_t exact = strlen(JSON_MAX_WHOLE);
    if (plain &&
        (whole > exact || (whole == exact && memcmp(text + first, JSON_MAX_WHOLE, exact) > 0)))
        return fail_at(scanner, start, "%s cannot be kept exactly; whole numbers end at %s", copy,
                       JSON_MAX_WHOLE);
    return true;
}

static bool scan_word(struct scanner *scanner, const char *word)
{
    const size_t length = strlen(word);
    if (scanner->size - scanner->at < length ||
        memcmp(scanner->text + scanner->at, word, length) != 0)
        return fail_unexpected(scanner, "a value");
    scanner->at += length;
    return true;
}

static bool scan_value(struct scanner *scanner, long line);

static bool scan_member(struct scanner *scanner)
{
    const long line = scanner->line;
    if (peek(scanner) != '"')
        return fail_unexpected(scanner, "a key in double quotes");
    if (!scan_string(scanner) || !skip_blanks(scanner))
        return false;
    if (peek(scanner) != ':')
        return fail_unexpected(scanner, "a colon after the key");
    scanner->at++;
    return skip_blanks(scanner) && scan_value(scanner, line);
}

static bool scan_container(struct scanner *scanner, bool object)
{
    const int close = object ? '}' : ']';
    if (++scanner->depth > JSON_MAX_DEPTH)
        return fail_at(scanner, scanner->at, "nested more than %d levels deep", JSON_MAX_DEPTH);
    scanner->at++;
    if (!skip_blanks(scanner))
        return false;
    if (peek(scanner) != close) {
        for (;;) {
            const bool good = object ? scan_member(scanner) : scan_value(scanner, scanner->line);
            if (!good || !skip_blanks(scanner))
                return false;
            if (peek(scanner) != ',')
                break;
            const size_t comma = scanner->at++;
            if (!skip_blanks(scanner))
                return false;
            if (peek(scanner) == close)
                return fail_at(scanner, comma < scanner->line_start ? scanner->at : comma,
                               "a comma before the closing `%c`", close);
        }
        if (peek(scanner) != close)
            return fail_unexpected(scanner, object ? "a comma or `}`" : "a comma or `]`");
    }
    scanner->at++;
    scanner->depth--;
    return true;
}

static bool scan_value(struct scanner *scanner, long line)
{
    if (scanner->count == scanner->capacity)
        scanner->value_line = mem_grow(scanner->value_line, &scanner->capacity, scanner->count,
                                       sizeof *scanner->value_line);
    scanner->value_line[scanner->count++] = line;
    const int c = peek(scanner);
    switch (c) {
    case '{':
    case '[':
        return scan_container(scanner, c == '{');
    case '"':
        return scan_string(scanner);
    case 't':
        return scan_word(scanner, "true");
    case 'f':
        return scan_word(scanner, "false");
    case 'n':
        return scan_word(scanner, "null");
    default:
        if (c == '-' || (c >= '0' && c <= '9'))
            return scan_number(scanner);
        return fail_unexpected(scanner, "a value");
    }
}

static bool scan_document(struct scanner *scanner)
{
    if (scanner->size >= 3 && memcmp(scanner->text, "\xef\xbb\xbf", 3) == 0)
        memset(scanner->text, ' ', 3);
    if (!skip_blanks(scanner) || !scan_value(scanner, scanner->line) || !skip_blanks(scanner))
        return false;
    if (scanner->at < scanner->size)
        return fail_unexpected(scanner, "the end of the file");
    return true;
}

static void put_lines(cJSON *value, const long *line, size_t *index)
{
    value->valueint = (int)line[(*index)++];
    for (cJSON *child = value->child; child != NULL; child = child->next)
        put_lines(child, line, index);
}

static int by_key(const void *a, const void *b)
{
    const cJSON *const left = *(const cJSON *const *)a, *const right = *(const cJSON *const *)b;
    const int order = strcmp(left->string, right->string);
    if (order != 0)
        return order;
    return (left->valueint > right->valueint) - (left->valueint < right->valueint);
}

/* The members of an object by key; free() it. */
static const cJSON **sorted_members(const cJSON *object, size_t *ret_count)
{
    size_t count = 0;
    for (const cJSON *child = object->child; child != NULL; child = child->next)
        count++;
    const cJSON **const member = mem_alloc(count + 1, sizeof *member);
    size_t i = 0;
    for (const cJSON *child = object->child; child != NULL; child = child->next)
        member[i++] = child;
    qsort(member, count, sizeof *member, by_key);
    *ret_count = count;
    return member;
}

static void find_duplicates(const struct scanner *scanner, const cJSON *value)
{
    if (cJSON_IsObject(value)) {
        size_t count;
        char shown[JSON_SHOWN_SIZE];
        const cJSON **const member = sorted_members(value, &count);
        for (size_t i = 1; i < count; i++)
            if (strcmp(member[i - 1]->string, member[i]->string) == 0)
                diagnostics_error(scanner->diagnostics, scanner->file, json_line(member[i]),
                                  "key `%s` appears twice in one object (first in line %ld)",
                                  json_shown(member[i]->string, shown), json_line(member[i - 1]));
        free(member);
    }
    for (const cJSON *child = value->child; child != NULL; child = child->next)
        find_duplicates(scanner, child);
}

cJSON *json_parse(const char *text, size_t size, const char *file, struct diagnostics *diagnostics)
{
    return json_parse_part(text, size, file, 1, diagnostics);
}

cJSON *json_parse_part(const char *text, size_t size, const char *file, long line,
                       struct diagnostics *diagnostics)
{
    struct scanner scanner = {.size = size, .line = line, .file = file, .diagnostics = diagnostics};
    cJSON *root = NULL;
    if (size > JSON_MAX_BYTES) {
        diagnostics_error(diagnostics, file, 0, "more than %zu bytes of JSON", JSON_MAX_BYTES);
        return NULL;
    }
    scanner.text = mem_alloc(size + 1, 1);
    memcpy(scanner.text, text, size);
    if (!scan_document(&scanner))
        goto out;
    root = cJSON_ParseWithLengthOpts((const char *)scanner.text, size + 1, NULL, 1);
    if (root == NULL) {
        diagnostics_error(diagnostics, file, 0, "cannot be held in memory as JSON");
        goto out;
    }
    size_t index = 0;
    put_lines(root, scanner.value_line, &index);
    const size_t before = diagnostics->errors;
    find_duplicates(&scanner, root);
    if (diagnostics->errors != before) {
        cJSON_Delete(root);
        root = NULL;
    }
out:
    free(scanner.value_line);
    free(scanner.text);
    return root;
}

cJSON *json_read_file(const char *path, struct diagnostics *diagnostics)
{
    size_t size;
    char *const text = text_read_file(path, JSON_MAX_BYTES, &size, diagnostics);
    if (text == NULL)
        return NULL;
    const char *const shown = strcmp(path, "-") == 0 ? "standard input" : path;
    cJSON *const root = json_parse(text, size, shown, diagnostics);
    free(text);
    return root;
}

long json_line(const cJSON *value)
{
    return value == NULL ? 0 : value->valueint;
}

char *json_shown(const char *string, char text[JSON_SHOWN_SIZE])
{
    size_t length = strlen(string);
    const bool cut = length > JSON_SHOWN_SIZE - 4;
    if (cut) {
        length = JSON_SHOWN_SIZE - 4;
        while (length > 0 && ((unsigned char)string[length] & 0xc0) == 0x80)
            length--;
    }
    memcpy(text, string, length);
    memcpy(text + length, cut ? "…" : "", cut ? 4 : 1);
    return text;
}

char *json_number(double number, char text[JSON_NUMBER_SIZE])
{
    if (number == 0)
        return memcpy(text, "0", 2);
    if (fabs(number) < 1e15 && floor(number) == number) {
        snprintf(text, JSON_NUMBER_SIZE, "%.0f", number);
        return text;
    }
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(text, JSON_NUMBER_SIZE, "%.*g", precision, number);
        if (strtod(text, NULL) == number)
            break;
    }
    return text;
}

static void write_string(const char *string, FILE *out)
{
    putc_unlocked('"', out);
    for (const unsigned char *p = (const unsigned char *)string; *p != '\0'; p++) {
        static const char escape[] = "btn_fr"; /* 0x08 to 0x0d */
        if (*p == '"' || *p == '\\')
            fprintf(out, "\\%c", *p);
        else if (*p >= 0x08 && *p <= 0x0d && *p != 0x0b)
            fprintf(out, "\\%c", escape[*p - 0x08]);
        else if (*p < 0x20)
            fprintf(out, "\\u%04x", *p);
        else
            putc_unlocked(*p, out);
    }
    putc_unlocked('"', out);
}

static void write_canonical(const cJSON *value, FILE *out)
{
    char number[JSON_NUMBER_SIZE];
    if (cJSON_IsObject(value)) {
        size_t count;
        const cJSON **const member = sorted_members(value, &count);
        putc_unlocked('{', out);
        for (size_t i = 0; i < count; i++) {
            if (i > 0)
                putc_unlocked(',', out);
            write_string(member[i]->string, out);
            putc_unlocked(':', out);
            write_canonical(member[i], out);
        }
        putc_unlocked('}', out);
        free(member);
    } else if (cJSON_IsArray(value)) {
        putc_unlocked('[', out);
        for (const cJSON *child = value->child; child != NULL; child = child->next) {
            if (child != value->child)
                putc_unlocked(',', out);
            write_canonical(child, out);
        }
        putc_unlocked(']', out);
    } else if (cJSON_IsString(value)) {
        write_string(value->valuestring, out);
    } else if (cJSON_IsNumber(value)) {
        fputs(json_number(value->valuedouble, number), out);
    } else {
        fputs(cJSON_IsTrue(value) ? "true" : cJSON_IsFalse(value) ? "false" : "null", out);
    }
}

char *json_canonical(const cJSON *value)
{
    char *text = NULL;
    size_t size = 0;
    FILE *const out = open_memstream(&text, &size);
    if (out == NULL)
        return mem_strdup("");
    write_canonical(value, out);
    fclose(out);
    return text;
}
