/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Records of big files by several threads, with the same result whatever their number.
 *
 * A plain CSV file is cut into chunks of a fixed size. Each is read from the first row in it, which
 * is guessed: behind its first line end. Chunks are merged in the order of the file, and when the
 * one before did not end where the guess was (lines within quotes, or quotes that are broken), the
 * chunk is read again from there, and from then on quotes are counted: a line end behind an even
 * number of them is a row's end. So the rows are those that one thread sees, always; a wrong guess
 * costs time only.
 *
 * Other formats, archives and small files are read by one thread each, as one part, several files
 * at once (traces/ahead.h); pipes in their turn.
 *
 * Memory: a part for each thread and six more (of files: two), and per thread the longest row.
 */
#ifndef TRACES_PARALLEL_H
#define TRACES_PARALLEL_H

#include "traces/record.h"

#define PARALLEL_CHUNK ((size_t)4 << 20)

/* A part gathers the records of one chunk or file: sums, tables by function … */
struct record_parts {
    void *(*create)(void *context);         /* an empty part; by any thread, several at once */
    struct record_sink (*sink)(void *part); /* used by one thread at a time */
    /* Adds a part to the whole, in the order of the files, never two at once. Frees the part.
     * Non-zero: stop. */
    int (*merge)(void *context, void *part);
    void (*destroy)(void *part); /* one that is not merged */
    void *context;
};

/* As read_records (traces/record.h). `threads` 0 is 1. */
int read_records_parallel(const char *const *path, size_t paths, const struct read_options *options,
                          unsigned threads, const struct record_parts *parts,
                          const char *rejects_path, struct diagnostics *diagnostics);

struct table_format;

/* Is it a plain file of more than one chunk? */
bool parallel_fits(const char *path, size_t chunk);

/* What a file held: records that were handed on, and how many of each kind nobody wanted. */
struct record_tally {
    uint64_t records, invocations, points;
};

/* One file of those. 0, or -1 after an error (reported), or what a sink or
 * merge returned. */
int parallel_read_table(const char *path, const struct table_format *format,
                        const struct read_options *options, unsigned threads, size_t chunk,
                        const struct record_parts *parts, struct rejects *rejects,
                        struct diagnostics *diagnostics, struct record_tally *ret);

#endif
