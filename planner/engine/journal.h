/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The journal of a study: results by task key, in a file that only grows, so that a study survives
 * whatever ends it. A record is its length, key, payload and a checksum; numbers are little-endian,
 * so that machines may exchange journals. What a crash tore off at the end is cut; a record that is
 * damaged is dropped, reported and run again.
 *
 * The first record says what the study is: the command that made it and its scenario's text.
 * One process at a time may write a journal: it is locked.
 */
#ifndef ENGINE_JOURNAL_H
#define ENGINE_JOURNAL_H

#include <lambdaplan/diagnostics.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOURNAL_KEY_SIZE 32
#define JOURNAL_TITLE_MAX ((size_t)64 << 20) /* bytes; a scenario has at most 16 MB */

struct journal;

/* Opens the journal to read and append, making it where there is none; `title` is what it gets as
 * its first record then, or when it has no results. NULL after an error: it cannot be written, is
 * no journal, is of another version, or another process has it. Damage is a warning. */
struct journal *journal_open(const char *path, const char *title, size_t title_size,
                             struct diagnostics *diagnostics);
/* To read only. */
struct journal *journal_read(const char *path, struct diagnostics *diagnostics);
void journal_close(struct journal *journal);

/* Of its first record; owned by the journal. */
const char *journal_title(const struct journal *journal, size_t *ret_size);
const char *journal_path(const struct journal *journal);
/* Records that it had when it was opened, or took in since. */
size_t journal_count(const struct journal *journal);

/* Takes in the records of another journal, which outlives it, in memory only. -1 after an error:
 * both know a key by different results. */
int journal_add(struct journal *journal, const struct journal *other,
                struct diagnostics *diagnostics);

struct journal_payload {
    const double *value;
    size_t values;
    const char *notes; /* text; NULL: none */
};

/* The record of a key among those that were there when it was opened (or added). Values go to
 * `ret`; `ret_notes` is the journal's. False where there is none, or none of this width. */
bool journal_find(const struct journal *journal, const uint8_t key[JOURNAL_KEY_SIZE], double *ret,
                  size_t values, const char **ret_notes);

/* Appends a record: in the kernel's hands when it returns, so that it survives the process. 0, or
 * -1 after an error (a full disk); what is there stays good. By one thread at a time. */
int journal_append(struct journal *journal, const uint8_t key[JOURNAL_KEY_SIZE],
                   const struct journal_payload *payload, struct diagnostics *diagnostics);
/* To the disk, so that it survives the machine, too. 0, or -1 after an error. */
int journal_sync(struct journal *journal, struct diagnostics *diagnostics);

#endif
