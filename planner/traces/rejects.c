/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traces/rejects.h"

#include "core/memory.h"
#include "support/output_file.h"
#include "support/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REASONS_MAX 100 /* a reader has far fewer; further ones are counted as "other reasons" */
#define ROW_MAX 1000
#define KEPT_MAX 1000 /* rows of a file that is read ahead */

static const char header[] = "file,line,reason,row\n";

struct reason {
    const char *text;
    uint64_t count;
    char *file; /* where it was first */
    long line;
};

struct kept_row {
    long line;
    const char *reason;
    char *file, *row;
    size_t size;
};

struct rejects {
    bool keeps; /* and does nothing else */
    struct kept_row *kept;
    size_t kept_rows, kept_capacity;

    struct diagnostics *diagnostics;
    bool strict;
    uint64_t count;
    struct reason reason[REASONS_MAX];
    size_t reasons;

    char *path;         /* NULL: no file */
    struct output *out; /* opened by the first row */
    FILE *device;       /* where `path` is one, or a pipe: it is written to, not replaced */
    bool failed;        /* it could not be opened, which was reported */
};

struct rejects *rejects_open(const char *path, bool strict, struct diagnostics *diagnostics)
{
    struct stat info;
    if (path != NULL && stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        diagnostics_error(diagnostics, NULL, 0,
                          "%s is a folder: the rows that cannot be read need a file", path);
        return NULL;
    }
    struct rejects *const rejects = mem_alloc(1, sizeof *rejects);
    rejects->diagnostics = diagnostics;
    rejects->strict = strict;
    rejects->path = mem_strdup(path);
    return rejects;
}

static void open_device(struct rejects *rejects)
{
    rejects->device = fopen(rejects->path, "w");
    if (rejects->device != NULL)
        rejects->out = output_to_stream(rejects->device, rejects->path);
    else
        diagnostics_error(rejects->diagnostics, NULL, 0, "%s: cannot be written: %s", rejects->path,
                          strerror(errno));
}

static void open_file(struct rejects *rejects)
{
    struct stat info;
    if (stat(rejects->path, &info) == 0 && !S_ISREG(info.st_mode))
        open_device(rejects);
    else
        rejects->out = output_open_file(rejects->path, rejects->diagnostics);
    rejects->failed = rejects->out == NULL;
    if (!rejects->failed)
        output_text(rejects->out, header);
}

/* The row as far as it is shown: whole UTF-8 characters. */
static size_t shown_size(const char *row, size_t size)
{
    if (size <= ROW_MAX)
        return size;
    size_t end = ROW_MAX;
    while (end > ROW_MAX - 4 && ((unsigned char)row[end] & 0xc0) == 0x80)
        end--;
    return end;
}

/* Quoted, quotes doubled; control characters could not be read back: '?'. */
static void put_field(struct output *out, const char *text, size_t size)
{
    char buffer[1024] = "\"";
    size_t used = 1;
    for (size_t i = 0; i < size; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (used > sizeof buffer - 3) {
            output_write(out, buffer, used);
            used = 0;
        }
        if (c == '"')
            buffer[used++] = '"';
        buffer[used++] =
            (char)((c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 0x7f ? '?' : c);
    }
    buffer[used++] = '"';
    output_write(out, buffer, used);
}

static void write_row(struct rejects *rejects, const char *file, long line, const char *reason,
                      const char *row, size_t size)
{
    if (rejects->out == NULL && !rejects->failed)
        open_file(rejects);
    if (rejects->failed)
        return;
    put_field(rejects->out, file, strlen(file));
    output_format(rejects->out, ",%ld,", line);
    put_field(rejects->out, reason, strlen(reason));
    output_text(rejects->out, ",");
    put_field(rejects->out, row, shown_size(row, size));
    output_text(rejects->out, "\n");
}

static void count_reason(struct rejects *rejects, const char *file, long line, const char *text)
{
    struct reason *r = rejects->reason;
    while (r < rejects->reason + rejects->reasons && strcmp(r->text, text) != 0)
        r++;
    if (r == rejects->reason + REASONS_MAX) {
        r--;
        r->text = "other reasons";
    } else if (r == rejects->reason + rejects->reasons) {
        rejects->reasons++;
        *r = (struct reason){.text = text, .file = mem_strdup(file), .line = line};
    }
    r->count++;
}

struct rejects *rejects_keep(void)
{
    struct rejects *const kept = mem_alloc(1, sizeof *kept);
    kept->keeps = true;
    return kept;
}

static int keep_row(struct rejects *rejects, const char *file, long line, const char *reason,
                    const char *row, size_t size)
{
    if (rejects->kept_rows == KEPT_MAX)
        return -1;
    const size_t shown = size <= ROW_MAX ? size : ROW_MAX + 1; /* one more: it is cut */
    struct kept_row kept = {line, reason, mem_strdup(file), mem_alloc(shown + 1, 1), shown};
    memcpy(kept.row, row, shown);
    rejects->kept =
        mem_grow(rejects->kept, &rejects->kept_capacity, rejects->kept_rows, sizeof *rejects->kept);
    rejects->kept[rejects->kept_rows++] = kept;
    return 0;
}

int rejects_replay(struct rejects *rejects, const struct rejects *kept)
{
    int result = 0;
    for (size_t i = 0; i < kept->kept_rows && result == 0; i++)
        result = rejects_add(rejects, kept->kept[i].file, kept->kept[i].line, kept->kept[i].reason,
                             kept->kept[i].row, kept->kept[i].size);
    return result;
}

void rejects_drop(struct rejects *kept)
{
    for (size_t i = 0; i < kept->kept_rows; i++) {
        free(kept->kept[i].file);
        free(kept->kept[i].row);
    }
    free(kept->kept);
    free(kept);
}

int rejects_add(struct rejects *rejects, const char *file, long line, const char *reason,
                const char *row, size_t size)
{
    rejects->count++;
    if (rejects->keeps)
        return keep_row(rejects, file, line, reason, row, size);
    if (rejects->strict) {
        diagnostics_error(rejects->diagnostics, file, line, "%s", reason);
        return -1;
    }
    count_reason(rejects, file, line, reason);
    if (rejects->path != NULL)
        write_row(rejects, file, line, reason, row, size);
    return 0;
}

uint64_t rejects_count(const struct rejects *rejects)
{
    return rejects->count;
}

static void warn(struct rejects *rejects, const struct reason *r)
{
    char count[TEXT_NUMBER_SIZE];
    const char *const file = r->file;
    text_number((double)r->count, 0, count);
    if (r->count == 1)
        diagnostics_warning(rejects->diagnostics, file, r->line, "this row was left out: %s",
                            r->text);
    else
        diagnostics_warning(rejects->diagnostics, file, r->line,
                            "%s rows were left out, this one first: %s", count, r->text);
}

static int close_file(struct rejects *rejects)
{
    const int result = output_commit(&rejects->out, 1, rejects->diagnostics);
    if (rejects->device != NULL)
        fclose(rejects->device); /* it was flushed */
    return result;
}

/* An older run's file would tell of rows that are read now; anything else there is left alone. */
static void remove_stale(const char *path)
{
    char begin[sizeof header] = "";
    struct stat info;
    if (lstat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return;
    FILE *const in = fopen(path, "r");
    if (in == NULL)
        return;
    const size_t got = fread(begin, 1, sizeof header - 1, in);
    fclose(in);
    if (got == sizeof header - 1 && memcmp(begin, header, got) == 0)
        unlink(path);
}

int rejects_finish(struct rejects *rejects)
{
    if (rejects == NULL)
        return 0;
    int result = 0;
    for (size_t i = 0; i < rejects->reasons; i++)
        warn(rejects, &rejects->reason[i]);
    if (rejects->path != NULL) {
        if (rejects->failed)
            result = -1;
        else if (rejects->out != NULL)
            result = close_file(rejects);
        else if (rejects->count == 0)
            remove_stale(rejects->path);
    }
    for (size_t i = 0; i < rejects->reasons; i++)
        free(rejects->reason[i].file);
    free(rejects->path);
    free(rejects);
    return result;
}
