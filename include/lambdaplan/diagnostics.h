/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is wrong with the user's input, in sentences with a place. Libraries collect, commands
 * print: so that all errors of a file are reported in one go.
 */
#ifndef LAMBDAPLAN_DIAGNOSTICS_H
#define LAMBDAPLAN_DIAGNOSTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define DIAGNOSTICS_MAX 100 /* further ones are only counted */

struct diagnostic {
    bool warning;
    char *text; /* "scenario.json:12: functions.ingest.memory_size: 20000 is above 10240 MB (…)" */
};

struct diagnostics {
    struct diagnostic *item;
    size_t count;    /* items kept */
    size_t errors;   /* all, kept or not */
    size_t usage;    /* those of them that the command line alone is to blame for */
    size_t warnings; /* all, kept or not */
};

void diagnostics_init(struct diagnostics *diagnostics);
void diagnostics_finish(struct diagnostics *diagnostics);

/* `file` and `line` make the prefix: NULL or 0 leave it out. Control characters in the text are
 * shown as '?', and a text is cut at 1,000 bytes: input may be hostile. The same sentence is kept
 * once. */
__attribute__((format(printf, 4, 5))) void diagnostics_error(struct diagnostics *diagnostics,
                                                             const char *file, long line,
                                                             const char *format, ...);
__attribute__((format(printf, 4, 5))) void diagnostics_warning(struct diagnostics *diagnostics,
                                                               const char *file, long line,
                                                               const char *format, ...);
/* An error of the command line; `option` ("--vary") stands before it. */
__attribute__((format(printf, 3, 4))) void
diagnostics_usage(struct diagnostics *diagnostics, const char *option, const char *format, ...);

/* Adds what `from` has kept, in order: errors to `errors`, with "BEFORE: " in front unless `before`
 * is NULL, and warnings to `warnings`. NULL drops them; both may be the same. */
void diagnostics_pass_on(const struct diagnostics *from, const char *before,
                         struct diagnostics *errors, struct diagnostics *warnings);

/* "error: …" and "warning: …", one a line; with the number of those not kept. */
void diagnostics_print(const struct diagnostics *diagnostics, FILE *out);
void diagnostics_print_errors(const struct diagnostics *diagnostics, FILE *out); /* no warnings */

#endif
