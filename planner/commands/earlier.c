/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/earlier.h"

#include "reports/exporters.h"
#include "support/text.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ASIDE "previous"
#define ASIDES_MAX 1000
#define JOURNAL "journal"
#define RUN "run.json" /* of every command: where it is, the rest is whole */

/* A result's name; NULL beyond the last before run.json. */
static const char *file_of(const struct command *command, size_t index)
{
    const char *const name = command->exports            ? reports_file(index)
                             : index < COMMAND_FILES_MAX ? command->files[index]
                                                         : NULL;
    return name == NULL || strcmp(name, RUN) == 0 ? NULL : name;
}

static bool is_of(const struct command *command, const char *name)
{
    for (size_t i = 0; file_of(command, i) != NULL; i++)
        if (strcmp(file_of(command, i), name) == 0)
            return true;
    return strcmp(name, RUN) == 0;
}

static bool is_there(const char *dir, const char *name)
{
    struct stat info;
    char *const path = text_format("%s/%s", dir, name);
    const bool there = lstat(path, &info) == 0 && !S_ISDIR(info.st_mode);
    free(path);
    return there;
}

static bool has_files(const char *dir, const struct command *command)
{
    for (size_t i = 0; file_of(command, i) != NULL; i++)
        if (is_there(dir, file_of(command, i)))
            return true;
    return false;
}

static bool has_files_of_others(const char *dir, const struct command *mine)
{
    for (size_t c = 0; command_list[c] != NULL; c++)
        if (command_list[c] != mine && has_files(dir, command_list[c]))
            return true;
    return false;
}

static int move(const char *from, const char *to, const char *name)
{
    char *const before = text_format("%s/%s", from, name);
    char *const after = text_format("%s/%s", to, name);
    const int status = rename(before, after) == 0 || errno == ENOENT ? 0 : -1;
    free(before);
    free(after);
    return status;
}

/* All results of whatever command. run.json goes first and comes last: it says that all is there.
 */
static int move_all(const char *from, const char *to, bool back)
{
    int status = back ? 0 : move(from, to, RUN);
    for (size_t c = 0; command_list[c] != NULL; c++)
        for (size_t i = 0; file_of(command_list[c], i) != NULL && status == 0; i++)
            status = move(from, to, file_of(command_list[c], i));
    return status == 0 && back ? move(from, to, RUN) : status;
}

static char *make_folder(const char *dir)
{
    for (int n = 1; n <= ASIDES_MAX; n++) {
        char *const path =
            n == 1 ? text_format("%s/" ASIDE, dir) : text_format("%s/" ASIDE "-%d", dir, n);
        if (mkdir(path, 0777) == 0)
            return path;
        const bool taken = errno == EEXIST;
        free(path);
        if (!taken)
            break;
    }
    return NULL;
}

static bool is_in_the_way(const char *dir, const struct command *mine, enum earlier_what what)
{
    const bool old = has_files(dir, mine);
    if (is_there(dir, RUN))
        return has_files_of_others(dir, mine) || (old && what != EARLIER_OTHERS);
    return old && what != EARLIER_RESUMED && (what == EARLIER_ALL || !is_there(dir, JOURNAL));
}

int earlier_begin(struct earlier *ret, const char *dir, const struct command *mine,
                  enum earlier_what what, bool tell, struct diagnostics *diagnostics)
{
    *ret = (struct earlier){.dir = dir, .command = mine};
    if (dir == NULL || !is_in_the_way(dir, ret->command, what))
        return 0;
    const bool whole = is_there(dir, RUN), others = has_files_of_others(dir, ret->command);
    ret->aside = make_folder(dir);
    if (ret->aside == NULL || move_all(dir, ret->aside, false) < 0) {
        diagnostics_error(diagnostics, dir, 0,
                          "has the results of an earlier run, which cannot be moved to " ASIDE
                          ": %s",
                          strerror(errno));
        earlier_end(ret, false);
        return -1;
    }
    if (tell)
        fprintf(stderr, "the %s that were in %s are in %s %s\n",
                whole ? "results" : "files of the same names", dir, ret->aside,
                others || !whole ? "now" : "until the new ones are whole");
    return 0;
}

/* Removes a folder of earlier results of this command, or what a killed run left empty; one with
 * anything else stays. */
static void remove_replaced(const char *path, const struct command *mine)
{
    bool other = !is_there(path, RUN);
    DIR *const folder = opendir(path);
    if (folder == NULL)
        return;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        other = other || (entry->d_name[0] != '.' && !is_of(mine, entry->d_name));
    for (size_t i = 0; file_of(mine, i) != NULL && !other; i++)
        unlinkat(dirfd(folder), file_of(mine, i), 0);
    if (!other)
        unlinkat(dirfd(folder), RUN, 0);
    closedir(folder);
    rmdir(path); /* if it is empty */
}

static void remove_all_replaced(const char *dir, const struct command *mine)
{
    DIR *const folder = opendir(dir);
    if (folder == NULL)
        return;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        const char *const name = entry->d_name;
        const size_t length = strlen(ASIDE);
        if (strncmp(name, ASIDE, length) != 0 || (name[length] != '\0' && name[length] != '-') ||
            name[length + strspn(name + length, "-0123456789")] != '\0')
            continue;
        char *const path = text_format("%s/%s", dir, name);
        remove_replaced(path, mine);
        free(path);
    }
    closedir(folder);
}

void earlier_end(struct earlier *earlier, bool whole)
{
    if (whole && earlier->dir != NULL) {
        remove_all_replaced(earlier->dir, earlier->command);
    } else if (earlier->aside != NULL) {
        move_all(earlier->aside, earlier->dir, true);
        rmdir(earlier->aside);
    }
    free(earlier->aside);
    *earlier = (struct earlier){0};
}
