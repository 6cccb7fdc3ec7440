/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/folder.h"

#include "core/memory.h"
#include "support/text.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MAX 32

bool folder_is(const char *path)
{
    struct stat info;
    return strcmp(path, "-") != 0 && stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static void add_file(struct folder *folder, char *path)
{
    folder->path = mem_grow(folder->path, &folder->capacity, folder->count, sizeof *folder->path);
    folder->path[folder->count++] = path;
}

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int list(struct folder *ret, const char *folder, int depth, struct diagnostics *diagnostics)
{
    struct dirent **entry = NULL;
    const int entries = scandir(folder, &entry, not_hidden, by_name);
    if (entries < 0) {
        diagnostics_error(diagnostics, NULL, 0, "cannot read the folder %s: %s", folder,
                          strerror(errno));
        return -1;
    }
    int result = 0;
    for (int i = 0; i < entries; i++) {
        const size_t length = strlen(folder);
        const bool slash = length > 0 && folder[length - 1] == '/';
        char *const path = text_format("%s%s%s", folder, slash ? "" : "/", entry[i]->d_name);
        struct stat info, link;
        free(entry[i]);
        if (result != 0 || stat(path, &info) != 0 || lstat(path, &link) != 0) {
            if (result == 0)
                diagnostics_error(diagnostics, NULL, 0, "cannot read %s: %s", path,
                                  strerror(errno));
            result = -1;
            free(path);
        } else if (S_ISREG(info.st_mode)) {
            add_file(ret, path);
        } else if (S_ISDIR(info.st_mode) && !S_ISLNK(link.st_mode) && depth < DEPTH_MAX) {
            result = list(ret, path, depth + 1, diagnostics);
            free(path);
        } else {
            diagnostics_warning(diagnostics, path, 0, "left out: %s",
                                S_ISDIR(info.st_mode) && depth >= DEPTH_MAX
                                    ? "folders lie too deep in each other"
                                : S_ISDIR(info.st_mode) ? "a link to a folder, perhaps in a circle"
                                                        : "neither a file nor a folder");
            free(path);
        }
    }
    free(entry);
    return result;
}

int folder_list(struct folder *ret, const char *path, struct diagnostics *diagnostics)
{
    *ret = (struct folder){0};
    if (list(ret, path, 0, diagnostics) != 0)
        return -1;
    if (ret->count > 0)
        return 0;
    diagnostics_error(diagnostics, NULL, 0, "%s: there is no file in this folder", path);
    return -1;
}

void folder_finish(struct folder *folder)
{
    for (size_t i = 0; i < folder->count; i++)
        free(folder->path[i]);
    free(folder->path);
}
