/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A result made by hand: a stream, a function, a mapping and a fleet to compare with. */
#ifndef TEST_REPORTS_SAMPLE_H
#define TEST_REPORTS_SAMPLE_H

#include <lambdaplan/result.h>

void sample_init(struct result *ret); /* result_finish it */

/* What `write` puts on a stream; free() it. */
char *sample_printed(const struct result *result,
                     int (*write)(const struct result *, FILE *, struct diagnostics *));

/* A new empty directory; removed with what is in it by sample_remove_directory, which frees it. */
char *sample_directory(void);
void sample_remove_directory(char *dir);
char *sample_path(const char *dir, const char *name); /* free() it */
char *sample_read(const char *path);                  /* NULL where there is no file; free() it */
size_t sample_count_files(const char *dir);

#endif
