/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traces/row_scan.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define BUFFER_SIZE ((size_t)256 << 10)
#define FIELD_MAX 1000000
#define QUOTED_MAX (2 * FIELD_MAX + 2) /* every byte may be a doubled quote */
#define ROW_MAX 16000000
#define COLUMNS_MAX 10000
#define PADDING 16 /* a look at 16 bytes may begin at the last one */

struct row_scanner {
    row_scan_read *read;
    void *context;
    bool head; /* nothing was read yet and a BOM may come */
    bool read_all;
    bool line_begun; /* blanks of the line at hand are gone already */

    char *buffer; /* PADDING bytes longer, for a NUL that stops every loop */
    size_t capacity, begin, end;
    uint64_t base;       /* offset of buffer[0] in the file */
    uint64_t line_start; /* offset of the line at hand */
    long line;

    /* The present row. */
    char **field, **stop; /* where each begins; what was overwritten by its NUL */
    size_t *length;
    char *saved;
    bool *doubled; /* it has quotes to undouble */
    size_t fields, field_capacity, stop_capacity, length_capacity, saved_capacity, doubled_capacity;
    char *row_begin, *row_end;
    char *plain; /* undoubled fields */
    size_t plain_capacity;
    char shown[ROW_SCAN_SHOWN];
    size_t shown_size;
    const char *problem;
    long lines; /* that the row spans */
};

/*
 * To the next byte that means something: a quote, a line end, NUL and, outside of quotes, a comma.
 * Fields are short, yet looking at 16 bytes at once pays (bench_parallel measures the whole).
 */
#ifdef __SSE2__
static inline char *find_special(char *p, bool comma)
{
    const __m128i quote = _mm_set1_epi8('"'), lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r');
    for (;; p += 16) {
        const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i found = _mm_or_si128(
            _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, lf)),
            _mm_or_si128(_mm_cmpeq_epi8(bytes, cr), _mm_cmpeq_epi8(bytes, _mm_setzero_si128())));
        if (comma)
            found = _mm_or_si128(found, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(',')));
        const int mask = _mm_movemask_epi8(found);
        if (mask != 0)
            return p + __builtin_ctz((unsigned)mask);
    }
}
#else
static inline char *find_special(char *p, bool comma)
{
    static const bool special[256] = {['\0'] = true, ['\n'] = true, ['\r'] = true, ['"'] = true};
    while (!special[(unsigned char)*p] && !(comma && *p == ','))
        p++;
    return p;
}
#endif

static const char misplaced[] = "a quote is misplaced: a field with quotes, commas or line ends "
                                "must be quoted as a whole, and quotes in it doubled";
static const char endless[] = "the file ends inside a quoted field";
static const char long_field[] = "a field has more than 1,000,000 bytes: is a closing quote "
                                 "missing?";
static const char long_row[] = "it has more than 16,000,000 bytes";
static const char many_columns[] = "it has more than 10,000 columns";
static const char has_nul[] = "there is a NUL byte";

struct row_scanner *row_scanner_create(row_scan_read *read, void *context, bool head)
{
    struct row_scanner *const s = mem_alloc(1, sizeof *s);
    s->read = read;
    s->context = context;
    s->head = head;
    s->capacity = BUFFER_SIZE;
    s->buffer = mem_alloc(s->capacity + PADDING, 1);
    s->line = 1;
    return s;
}

void row_scanner_destroy(struct row_scanner *s)
{
    if (s == NULL)
        return;
    free(s->buffer);
    free(s->field);
    free(s->stop);
    free(s->length);
    free(s->saved);
    free(s->doubled);
    free(s->plain);
    free(s);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/*
 * More bytes behind those that are left, which move to the front: at least as many again, so that
 * looking at a row from its beginning once more costs no more than a constant per byte. 0 or -1.
 */
static int fill(struct row_scanner *s)
{
    const size_t left = s->end - s->begin;
    if (s->begin > 0)
        memmove(s->buffer, s->buffer + s->begin, left);
    s->base += s->begin;
    s->begin = 0;
    s->end = left;
    if (left > s->capacity / 2) {
        s->capacity *= 2;
        s->buffer = mem_resize(s->buffer, s->capacity + PADDING, 1);
    }
    const size_t wanted = left + left + (s->head ? 3 : 1);
    while (s->end < wanted && s->end < s->capacity && !s->read_all) {
        const ssize_t got = s->read(s->context, s->buffer + s->end, s->capacity - s->end);
        if (got < 0)
            return -1;
        s->read_all = got == 0;
        s->end += (size_t)got;
    }
    memset(s->buffer + s->end, 0, PADDING);
    if (s->head && s->end >= 3 && memcmp(s->buffer, "\xef\xbb\xbf", 3) == 0) {
        s->begin = 3;
        s->line_start = 3;
    }
    s->head = false;
    return 0;
}

enum outcome { DONE, MORE, BROKEN };

static enum outcome broken(struct row_scanner *s, const char *problem, const char *field,
                           const char *p)
{
    /* The same reason however much of the field was in the buffer when it was noticed. */
    s->problem = p - s->row_begin > ROW_MAX ? long_row
                 : p - field > QUOTED_MAX   ? long_field
                                            : problem;
    return BROKEN;
}

static void add_field(struct row_scanner *s, char *start, char *stop, bool doubled)
{
    if (s->fields == s->doubled_capacity) { /* the last one that grows: all have room, or none */
        s->field = mem_grow(s->field, &s->field_capacity, s->fields, sizeof *s->field);
        s->stop = mem_grow(s->stop, &s->stop_capacity, s->fields, sizeof *s->stop);
        s->length = mem_grow(s->length, &s->length_capacity, s->fields, sizeof *s->length);
        s->saved = mem_grow(s->saved, &s->saved_capacity, s->fields, 1);
        s->doubled = mem_grow(s->doubled, &s->doubled_capacity, s->fields, sizeof *s->doubled);
    }
    s->field[s->fields] = start;
    s->stop[s->fields] = stop;
    s->length[s->fields] = (size_t)(stop - start);
    s->doubled[s->fields++] = doubled;
}

/* Moves *at from behind an opening quote to the closing one. */
static enum outcome scan_quoted(struct row_scanner *s, char **at, bool *ret_doubled, bool *ret_nul)
{
    char *p = *at;
    const char *const start = p, *const end = s->buffer + s->end;
    *ret_doubled = false;
    for (;;) {
        p = find_special(p, false);
        switch (*p) {
        case '"':
            if (p[1] != '"') { /* at the buffer's end the caller wants more */
                *at = p;
                return DONE;
            }
            *ret_doubled = true;
            p += 2;
            break;
        case '\n':
            s->lines++;
            p++;
            break;
        case '\r':
            s->lines += p[1] != '\n';
            p++;
            break;
        default:
            if (p < end) {
                *ret_nul = true;
                p++;
                break;
            }
            if (s->read_all || p - start > QUOTED_MAX || p - s->row_begin > ROW_MAX)
                return broken(s, endless, start, p);
            return MORE;
        }
    }
}

/* The row at row_begin: its fields' places, nothing is changed yet. */
static enum outcome scan_row(struct row_scanner *s)
{
    char *p = s->row_begin;
    char *const end = s->buffer + s->end;
    bool nul = false;
    s->fields = 0;
    s->lines = 1;
    for (;; p++) {
        bool doubled = false;
        while (is_blank(*p))
            p++;
        char *start = p, *stop;
        if (*p == '"') {
            start = ++p;
            const enum outcome outcome = scan_quoted(s, &p, &doubled, &nul);
            if (outcome != DONE)
                return outcome;
            stop = p++;
            while (is_blank(*p))
                p++;
            if (*p != ',' && *p != '\n' && *p != '\r' && p < end)
                return broken(s, misplaced, start, p);
        } else {
            for (;; p++) {
                p = find_special(p, true);
                if (*p != '\0' || p == end)
                    break;
                nul = true;
            }
            if (*p == '"')
                return broken(s, misplaced, start, p);
            for (stop = p; stop > start && is_blank(stop[-1]);)
                stop--;
        }
        if (p == end && !s->read_all) {
            if (p - s->row_begin > ROW_MAX)
                return broken(s, long_row, start, p);
            return MORE;
        }
        if (s->fields == COLUMNS_MAX)
            return broken(s, many_columns, start, p);
        add_field(s, start, stop, doubled);
        if (stop - start > FIELD_MAX) {
            size_t pairs = 0;
            if (doubled)
                for (const char *q = start; q < stop; q++)
                    if (*q == '"') {
                        pairs++;
                        q++;
                    }
            if ((size_t)(stop - start) - pairs > FIELD_MAX)
                return broken(s, long_field, start, p);
        }
        if (*p != ',')
            break;
    }
    if (p - s->row_begin > ROW_MAX)
        return broken(s, long_row, p, p);
    s->row_end = p;
    if (*p == '\r' && p + 1 == end && !s->read_all)
        return MORE; /* is the next one its "\n"? */
    if (p < end)
        p += *p == '\r' && p[1] == '\n' ? 2 : 1;
    s->begin = (size_t)(p - s->buffer);
    s->problem = nul ? has_nul : NULL;
    return DONE;
}

/* Terminates the fields; what is written over can be restored. */
static void finish_row(struct row_scanner *s)
{
    size_t plain = 0;
    for (size_t i = 0; i < s->fields; i++) {
        s->saved[i] = *s->stop[i];
        *s->stop[i] = '\0';
        plain += s->doubled[i] ? s->length[i] + 1 : 0;
    }
    if (plain == 0)
        return;
    s->plain = mem_grow(s->plain, &s->plain_capacity, plain, 1);
    char *to = s->plain;
    for (size_t i = 0; i < s->fields; i++) {
        if (!s->doubled[i])
            continue;
        char *const begin = to;
        for (const char *q = s->field[i]; q < s->stop[i]; q++) {
            *to++ = *q;
            q += *q == '"';
        }
        *to++ = '\0';
        s->field[i] = begin;
        s->length[i] = (size_t)(to - begin) - 1;
    }
}

/* Past the line that begins at row_begin, which may be longer than the buffer. */
static int drop_line(struct row_scanner *s)
{
    s->begin = (size_t)(s->row_begin - s->buffer);
    s->shown_size = 0;
    s->fields = 0;
    for (;;) {
        size_t p = s->begin;
        while (p < s->end && s->buffer[p] != '\n' && s->buffer[p] != '\r')
            p++;
        const size_t room = sizeof s->shown - s->shown_size, had = p - s->begin;
        memcpy(s->shown + s->shown_size, s->buffer + s->begin, had < room ? had : room);
        s->shown_size += had < room ? had : room;
        s->begin = p;
        const bool unsure = p == s->end || (s->buffer[p] == '\r' && p + 1 == s->end);
        if (unsure && !s->read_all) {
            if (fill(s) != 0)
                return -1;
            continue;
        }
        if (p < s->end)
            s->begin += s->buffer[p] == '\r' && s->buffer[p + 1] == '\n' ? 2 : 1;
        s->lines = 1;
        return 0;
    }
}

/* To the first byte of a row: 1; none before the limit or at all: 0; -1. */
static int find_row(struct row_scanner *s, uint64_t limit)
{
    for (;;) {
        if (!s->line_begun) {
            if (s->line_start >= limit)
                return 0;
            s->line_begun = true;
        }
        while (is_blank(s->buffer[s->begin]))
            s->begin++;
        const char *const p = s->buffer + s->begin;
        const bool unsure = s->begin == s->end || (*p == '\r' && s->begin + 1 == s->end);
        if (unsure && !s->read_all) {
            if (fill(s) != 0)
                return -1;
            continue;
        }
        if (s->begin == s->end)
            return 0;
        if (*p != '\n' && *p != '\r')
            return 1;
        s->begin += *p == '\r' && p[1] == '\n' ? 2 : 1;
        s->line++;
        s->line_begun = false;
        s->line_start = s->base + s->begin;
    }
}

int row_scanner_next(struct row_scanner *s, uint64_t limit, struct row *ret)
{
    if (s->base == 0 && s->end == 0 && !s->read_all && fill(s) != 0)
        return -1;
    const int found = find_row(s, limit);
    if (found <= 0)
        return found;
    enum outcome outcome;
    for (;;) {
        s->row_begin = s->buffer + s->begin;
        outcome = scan_row(s);
        if (outcome != MORE)
            break;
        if (fill(s) != 0)
            return -1;
    }
    if (outcome == BROKEN && drop_line(s) != 0)
        return -1;
    if (outcome == DONE) {
        s->shown_size = 0;
        finish_row(s);
    } else {
        s->row_begin = s->row_end = NULL;
    }
    ret->field = s->field;
    ret->length = s->length;
    ret->fields = s->problem == NULL ? s->fields : 0;
    ret->line = s->line;
    ret->problem = s->problem;
    s->line += s->lines;
    s->line_begun = false;
    s->line_start = s->base + s->begin;
    return 1;
}

void row_scanner_raw(struct row_scanner *s, const char **ret, size_t *ret_size)
{
    if (s->row_begin == NULL) {
        *ret = s->shown;
        *ret_size = s->shown_size;
        return;
    }
    for (size_t i = 0; i < s->fields; i++)
        *s->stop[i] = s->saved[i];
    *ret = s->row_begin;
    *ret_size = (size_t)(s->row_end - s->row_begin);
}

uint64_t row_scanner_offset(const struct row_scanner *s)
{
    return s->line_start;
}

long row_scanner_line(const struct row_scanner *s)
{
    return s->line;
}
