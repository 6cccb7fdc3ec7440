/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The files of a folder and of the folders in it, in the order of their names' bytes: the same in
 * every locale. Hidden ones (".git") are left out without a word; links to folders, folders that
 * lie too deep in each other, and what is neither file nor folder with a warning.
 */
#ifndef SUPPORT_FOLDER_H
#define SUPPORT_FOLDER_H

#include <lambdaplan/diagnostics.h>

#include <stdbool.h>
#include <stddef.h>

struct folder {
    char **path;
    size_t count, capacity;
};

/* Whether a user's argument names a folder; "-" does not. */
bool folder_is(const char *path);

/* 0, or -1 after an error: it cannot be read, or there is no file in it. folder_finish in both
 * cases. */
int folder_list(struct folder *ret, const char *path, struct diagnostics *diagnostics);
void folder_finish(struct folder *folder);

#endif
