/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/csv.h"

#include "core/memory.h"

#include <csv.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_SIZE 65536
#define FIELD_MAX 1000000
#define ROW_MAX 16000000
#define COLUMNS_MAX 10000
#define FIELD_SLACK 4096 /* libcsv keeps the closing quote and blanks behind it in its buffer */

struct csv_reader {
    struct diagnostics *diagnostics;
    char *name;                    /* for messages */
    csv_read_function *read_bytes; /* NULL: from `fd` */
    void *read_context;
    int fd;
    bool own_fd;
    struct csv_parser parser;

    unsigned char *buffer;
    size_t begin, end; /* what is left of the buffer */
    size_t line_feed;  /* the first "\n" from `begin` on, or `end`; stale when before it */
    bool read_all, finished, failed;

    long line;     /* of buffer[begin] */
    long row_line; /* of the row's first character */
    bool after_cr; /* the last byte was "\r": a "\n" now belongs to it */
    bool in_row;   /* a row has begun and not ended */
    bool row_done;

    char *text; /* the row's fields, each NUL-terminated */
    size_t text_size, text_capacity;
    size_t *offset; /* of each field in `text` */
    size_t fields, offset_capacity;
    const char **field;

    char *header_text;
    const char **column;
    size_t columns; /* 0: the header is still to come */
};

static int fail(struct csv_reader *reader)
{
    reader->failed = true;
    return -1;
}

/* libcsv grows its buffer through this: the only way to bound a field, which may be the rest of
 * the file behind an unterminated quote. */
static void *bounded_realloc(void *old, size_t size)
{
    return size > FIELD_MAX + FIELD_SLACK ? NULL : realloc(old, size);
}

/* Fields after a problem are ignored: the callbacks cannot stop libcsv before the line's end. */
static void on_field(void *data, size_t length, void *context)
{
    struct csv_reader *const reader = context;
    if (reader->failed)
        return;
    if (length > FIELD_MAX) {
        diagnostics_error(reader->diagnostics, reader->name, reader->row_line,
                          "field %zu has more than 1,000,000 bytes", reader->fields + 1);
        reader->failed = true;
        return;
    }
    if (reader->text_size + length > ROW_MAX) {
        diagnostics_error(reader->diagnostics, reader->name, reader->row_line,
                          "this row has more than 16,000,000 bytes");
        reader->failed = true;
        return;
    }
    if (reader->fields == COLUMNS_MAX) {
        diagnostics_error(reader->diagnostics, reader->name, reader->row_line,
                          "this row has more than 10,000 columns");
        reader->failed = true;
        return;
    }
    reader->text = mem_grow(reader->text, &reader->text_capacity, reader->text_size + length, 1);
    reader->offset =
        mem_grow(reader->offset, &reader->offset_capacity, reader->fields, sizeof *reader->offset);
    reader->offset[reader->fields++] = reader->text_size;
    if (length > 0)
        memcpy(reader->text + reader->text_size, data, length);
    reader->text_size += length;
    reader->text[reader->text_size++] = '\0';
}

static void on_row(int terminator, void *context)
{
    (void)terminator;
    struct csv_reader *const reader = context;
    reader->row_done = true;
    reader->in_row = false;
}

/* Behind what is there already; -1 after an error. */
static ssize_t read_bytes(struct csv_reader *reader, size_t have)
{
    unsigned char *const to = reader->buffer + have;
    if (reader->read_bytes != NULL) {
        const ssize_t got = reader->read_bytes(reader->read_context, (char *)to, READ_SIZE - have);
        return got < 0 ? fail(reader) : got;
    }
    ssize_t got;
    do
        got = read(reader->fd, to, READ_SIZE - have);
    while (got < 0 && errno == EINTR);
    if (got < 0) {
        diagnostics_error(reader->diagnostics, NULL, 0, "cannot read %s: %s", reader->name,
                          strerror(errno));
        return fail(reader);
    }
    return got;
}

static int fill(struct csv_reader *reader)
{
    const ssize_t got = read_bytes(reader, 0);
    if (got < 0)
        return -1;
    reader->begin = 0;
    reader->end = reader->line_feed = (size_t)got;
    const unsigned char *const first = got > 0 ? memchr(reader->buffer, '\n', (size_t)got) : NULL;
    if (first != NULL)
        reader->line_feed = (size_t)(first - reader->buffer);
    reader->read_all = got == 0;
    return 0;
}

/* How much of the buffer to give to libcsv: up to and with the line's end, so that at most one row
 * ends and the line number is known. */
static size_t piece_length(struct csv_reader *reader)
{
    const unsigned char *const start = reader->buffer + reader->begin;
    if (reader->line_feed < reader->begin) {
        const unsigned char *const found = memchr(start, '\n', reader->end - reader->begin);
        reader->line_feed = found == NULL ? reader->end : (size_t)(found - reader->buffer);
    }
    const bool has_feed = reader->line_feed < reader->end;
    const size_t length = reader->line_feed - reader->begin + has_feed;
    const unsigned char *const cr = memchr(start, '\r', length);
    if (cr == NULL)
        return length;
    const size_t to_cr = (size_t)(cr - start) + 1;
    return to_cr < length && cr[1] == '\n' ? to_cr + 1 : to_cr;
}

static int report_parser(struct csv_reader *reader)
{
    const int status = csv_error(&reader->parser);
    const long start = reader->row_line;
    if (status == CSV_ENOMEM || status == CSV_ETOOBIG)
        diagnostics_error(reader->diagnostics, reader->name, start,
                          "field %zu has more than 1,000,000 bytes%s", reader->fields + 1,
                          reader->line > start ? "; is a closing quote missing?" : "");
    else
        diagnostics_error(reader->diagnostics, reader->name, reader->line,
                          "a quote is misplaced: a field with quotes, commas or line ends must be "
                          "quoted as a whole, and quotes in it doubled");
    return fail(reader);
}

static void count_line_ends(struct csv_reader *reader, const unsigned char *piece, size_t length)
{
    if (piece[length - 1] == '\r')
        reader->line++;
    else if (piece[length - 1] == '\n' && !(length == 1 && reader->after_cr))
        reader->line++;
    reader->after_cr = piece[length - 1] == '\r';
}

static bool is_blank(const unsigned char *piece, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (piece[i] != ' ' && piece[i] != '\t' && piece[i] != '\r' && piece[i] != '\n')
            return false;
    return true;
}

static int parse_piece(struct csv_reader *reader)
{
    const unsigned char *const piece = reader->buffer + reader->begin;
    const size_t length = piece_length(reader);
    if (!reader->in_row && !is_blank(piece, length)) {
        reader->in_row = true;
        reader->row_line = reader->line;
    }
    if (memchr(piece, '\0', length) != NULL) {
        diagnostics_error(reader->diagnostics, reader->name, reader->line,
                          "there is a NUL byte: this is no text file");
        return fail(reader);
    }
    if (csv_parse(&reader->parser, piece, length, on_field, on_row, reader) != length)
        return reader->failed ? -1 : report_parser(reader);
    count_line_ends(reader, piece, length);
    reader->begin += length;
    return reader->failed ? -1 : 0;
}

/* The last row may lack a line end. Not called after an error: libcsv would then deliver the
 * broken field as a good one. */
static int parse_end(struct csv_reader *reader)
{
    reader->finished = true;
    if (csv_fini(&reader->parser, on_field, on_row, reader) != 0) {
        if (!reader->failed)
            diagnostics_error(reader->diagnostics, reader->name, reader->row_line,
                              "the file ends inside a quoted field of the row that begins here");
        return fail(reader);
    }
    return reader->failed ? -1 : 0;
}

/* 1: a row is there; 0: the end; -1: an error. */
static int read_row(struct csv_reader *reader)
{
    if (reader->failed)
        return -1;
    reader->fields = reader->text_size = 0;
    reader->row_done = false;
    while (!reader->row_done && !reader->finished) {
        int result;
        if (reader->begin < reader->end)
            result = parse_piece(reader);
        else if (reader->read_all)
            result = parse_end(reader);
        else
            result = fill(reader);
        if (result != 0)
            return -1;
    }
    return reader->row_done ? 1 : 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int check_names(struct csv_reader *reader)
{
    const char **const sorted = mem_alloc(reader->columns, sizeof *sorted);
    const char *twice = NULL;
    memcpy(sorted, reader->column, reader->columns * sizeof *sorted);
    qsort(sorted, reader->columns, sizeof *sorted, compare_names);
    for (size_t i = 1; i < reader->columns && twice == NULL; i++)
        if (sorted[i][0] != '\0' && strcmp(sorted[i - 1], sorted[i]) == 0)
            twice = sorted[i];
    free(sorted);
    if (twice == NULL)
        return 0;
    diagnostics_error(reader->diagnostics, reader->name, reader->row_line,
                      "the header has the column \"%.100s\" twice", twice);
    return fail(reader);
}

static int read_header(struct csv_reader *reader)
{
    const int result = read_row(reader);
    if (result < 0)
        return -1;
    if (result == 0) {
        diagnostics_error(reader->diagnostics, reader->name, 0,
                          "the file is empty: a first row with the columns' names is missing");
        return fail(reader);
    }
    reader->columns = reader->fields;
    reader->header_text = mem_alloc(reader->text_size, 1);
    memcpy(reader->header_text, reader->text, reader->text_size);
    reader->column = mem_alloc(reader->columns, sizeof *reader->column);
    reader->field = mem_alloc(reader->columns, sizeof *reader->field);
    for (size_t i = 0; i < reader->columns; i++)
        reader->column[i] = reader->header_text + reader->offset[i];
    return check_names(reader);
}

/* A pipe may deliver a BOM's three bytes one by one. */
static int skip_bom(struct csv_reader *reader)
{
    static const unsigned char bom[] = {0xef, 0xbb, 0xbf};
    size_t have = 0;
    while (have < sizeof bom) {
        const ssize_t got = read_bytes(reader, have);
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        have += (size_t)got;
    }
    reader->end = have;
    reader->begin = have >= sizeof bom && memcmp(reader->buffer, bom, sizeof bom) == 0 ? 3 : 0;
    const unsigned char *const first = memchr(reader->buffer, '\n', have);
    reader->line_feed = first == NULL ? have : (size_t)(first - reader->buffer);
    return 0;
}

static struct csv_reader *start(struct csv_reader *reader)
{
    reader->buffer = mem_alloc(READ_SIZE, 1);
    reader->line = 1;
    reader->row_line = 1;
    csv_init(&reader->parser, CSV_STRICT | CSV_STRICT_FINI);
    csv_set_realloc_func(&reader->parser, bounded_realloc);
    csv_set_blk_size(&reader->parser, READ_SIZE);
    if (skip_bom(reader) != 0 || read_header(reader) != 0) {
        csv_close(reader);
        return NULL;
    }
    return reader;
}

struct csv_reader *csv_open(const char *path, struct diagnostics *diagnostics)
{
    const bool standard_input = strcmp(path, "-") == 0;
    const char *const name = standard_input ? "standard input" : path;
    const int fd = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        diagnostics_error(diagnostics, NULL, 0, "cannot read %s: %s", name, strerror(errno));
        return NULL;
    }
    struct csv_reader *const reader = mem_alloc(1, sizeof *reader);
    reader->diagnostics = diagnostics;
    reader->name = mem_strdup(name);
    reader->fd = fd;
    reader->own_fd = !standard_input;
    return start(reader);
}

struct csv_reader *csv_open_over(const char *name, csv_read_function *read_bytes_of, void *context,
                                 struct diagnostics *diagnostics)
{
    struct csv_reader *const reader = mem_alloc(1, sizeof *reader);
    reader->diagnostics = diagnostics;
    reader->name = mem_strdup(name);
    reader->read_bytes = read_bytes_of;
    reader->read_context = context;
    return start(reader);
}

void csv_close(struct csv_reader *reader)
{
    if (reader == NULL)
        return;
    csv_free(&reader->parser);
    if (reader->own_fd)
        close(reader->fd);
    free(reader->buffer);
    free(reader->text);
    free(reader->offset);
    free(reader->field);
    free(reader->header_text);
    free(reader->column);
    free(reader->name);
    free(reader);
}

size_t csv_columns(const struct csv_reader *reader)
{
    return reader->columns;
}

const char *csv_column_name(const struct csv_reader *reader, size_t index)
{
    return reader->column[index];
}

long csv_find_column(const struct csv_reader *reader, const char *name)
{
    for (size_t i = 0; i < reader->columns; i++)
        if (strcmp(reader->column[i], name) == 0)
            return (long)i;
    return -1;
}

int csv_next_any(struct csv_reader *reader, const char *const **ret_field, size_t *ret_count,
                 long *ret_line)
{
    const int result = read_row(reader);
    if (result <= 0)
        return result;
    const size_t count = reader->fields < reader->columns ? reader->fields : reader->columns;
    for (size_t i = 0; i < count; i++)
        reader->field[i] = reader->text + reader->offset[i];
    *ret_field = reader->field;
    *ret_count = count;
    *ret_line = reader->row_line;
    return reader->fields == reader->columns ? 1 : 2;
}

int csv_next(struct csv_reader *reader, const char *const **ret_field, long *ret_line)
{
    size_t count;
    long line;
    const int result = csv_next_any(reader, ret_field, &count, &line);
    if (result <= 0)
        return result;
    if (result > 1) {
        diagnostics_error(reader->diagnostics, reader->name, reader->row_line,
                          "this row has %zu column%s, but the header has %zu", reader->fields,
                          reader->fields == 1 ? "" : "s", reader->columns);
        return fail(reader);
    }
    if (ret_line != NULL)
        *ret_line = line;
    return 1;
}
