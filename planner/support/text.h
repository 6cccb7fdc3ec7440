/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small things about text and files that several rooms need. */
#ifndef SUPPORT_TEXT_H
#define SUPPORT_TEXT_H

#include <lambdaplan/diagnostics.h>

#include <stdbool.h>
#include <stddef.h>

/* printf into new memory; free() it. */
__attribute__((format(printf, 1, 2))) char *text_format(const char *format, ...);

/* The candidate nearest to `word` by edit distance (Damerau-Levenshtein), or NULL when none is near
 * enough to be a slip of the keyboard: at most a third of the word's length, at least 1. */
const char *text_near_miss(const char *word, const char *const *candidate, size_t count);

/* A whole regular file (at most `limit` bytes), NUL-terminated, in new memory; NULL after an error.
 * "-" is standard input. */
char *text_read_file(const char *path, size_t limit, size_t *ret_size,
                     struct diagnostics *diagnostics);

/* "12,345.7": thousands separated, `decimals` digits; NAN gives "–". Returns `text`. */
#define TEXT_NUMBER_SIZE 64
char *text_number(double value, int decimals, char text[TEXT_NUMBER_SIZE]);
/* "1,234", "12.5", "0.031": three significant digits, but all of whole numbers. */
char *text_count(double value, char text[TEXT_NUMBER_SIZE]);
/* The same with so many significant digits. */
char *text_significant(double value, int digits, char text[TEXT_NUMBER_SIZE]);

#endif
