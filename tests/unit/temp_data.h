/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A data directory of a test's own, for files that are broken on purpose. */
#ifndef TESTS_UNIT_TEMP_DATA_H
#define TESTS_UNIT_TEMP_DATA_H

#include "support/text.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct temp_data {
    char *root, *folder;
    char *file[16];
    size_t files;
};

static inline struct temp_data temp_data_create(const char *folder)
{
    struct temp_data temp = {.root = text_format("/tmp/lambdaplan-test-XXXXXX")};
    ck_assert_ptr_nonnull(mkdtemp(temp.root));
    temp.folder = text_format("%s/%s", temp.root, folder);
    ck_assert_int_eq(mkdir(temp.folder, 0700), 0);
    return temp;
}

static inline void temp_data_write(struct temp_data *temp, const char *name, const char *text)
{
    ck_assert_uint_lt(temp->files, sizeof temp->file / sizeof *temp->file);
    char *const path = text_format("%s/%s", temp->folder, name);
    FILE *const out = fopen(path, "w");
    ck_assert_ptr_nonnull(out);
    ck_assert_int_ge(fputs(text, out), 0);
    ck_assert_int_eq(fclose(out), 0);
    temp->file[temp->files++] = path;
}

static inline void temp_data_destroy(struct temp_data *temp)
{
    for (size_t i = 0; i < temp->files; i++) {
        unlink(temp->file[i]);
        free(temp->file[i]);
    }
    rmdir(temp->folder);
    rmdir(temp->root);
    free(temp->folder);
    free(temp->root);
}

/* Whether some error contains all of `part`, a NULL-terminated list. */
static inline bool reported(const struct diagnostics *diagnostics, const char *const *part)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        bool all = !diagnostics->item[i].warning;
        for (const char *const *p = part; *p != NULL; p++)
            all = all && strstr(diagnostics->item[i].text, *p) != NULL;
        if (all)
            return true;
    }
    return false;
}

#define assert_reported(diagnostics, ...)                                                          \
    ck_assert_msg(reported(diagnostics, (const char *const[]){__VA_ARGS__, NULL}),                 \
                  "no such error; the first is: %s",                                               \
                  (diagnostics)->count > 0 ? (diagnostics)->item[0].text : "(none)")

#endif
