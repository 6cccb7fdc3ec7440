/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/earlier.h"

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
#define FILES_MAX 6
#define JOURNAL "journal"
#define RUN "run.json" /* of every command: where it is, the rest is whole */

static const char *const commands[][FILES_MAX] = {
    {"summary.csv", "cost.csv", "comparison.csv", "timeseries.csv"},
    {"bill.csv", "functions.csv", "waste.csv", "what_if.csv", "charges.csv"},
    {"backtest.csv"},
    {"diff.csv"},
    {"sweep.csv"},
    {"optimize.csv", "optimize.json"},
    {"breakeven.csv", "crossings.csv"},
    {"headroom.csv"},
    {"sensitivity.csv", "distribution.csv", "regret.csv"},
};
#define COMMANDS (sizeof commands / sizeof *commands)

static bool is_of(size_t command, const char *name)
{
    for (size_t i = 0; i < FILES_MAX && commands[command][i] != NULL; i++)
        if (strcmp(commands[command][i], name) == 0)
            return true;
    return strcmp(name, RUN) == 0;
}

static size_t command_of(const char *file)
{
    size_t command = 0;
    while (!is_of(command, file))
        command++;
    return command;
}

static bool is_there(const char *dir, const char *name)
{
    struct stat info;
    char *const path = text_format("%s/%s", dir, name);
    const bool there = lstat(path, &info) == 0 && !S_ISDIR(info.st_mode);
    free(path);
    return there;
}

static bool has_files(const char *dir, size_t command)
{
    for (size_t i = 0; i < FILES_MAX && commands[command][i] != NULL; i++)
        if (is_there(dir, commands[command][i]))
            return true;
    return false;
}

static bool has_files_of_others(const char *dir, size_t mine)
{
    for (size_t c = 0; c < COMMANDS; c++)
        if (c != mine && has_files(dir, c))
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
    for (size_t c = 0; c < COMMANDS; c++)
        for (size_t i = 0; i < FILES_MAX && commands[c][i] != NULL && status == 0; i++)
            status = move(from, to, commands[c][i]);
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

static bool is_in_the_way(const char *dir, size_t mine, enum earlier_what what)
{
    const bool old = has_files(dir, mine);
    if (is_there(dir, RUN))
        return has_files_of_others(dir, mine) || (old && what != EARLIER_OTHERS);
    return old && what != EARLIER_RESUMED && (what == EARLIER_ALL || !is_there(dir, JOURNAL));
}

int earlier_begin(struct earlier *ret, const char *dir, const char *mine, enum earlier_what what,
                  bool tell, struct diagnostics *diagnostics)
{
    *ret = (struct earlier){.dir = dir, .command = command_of(mine)};
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

/* Removes a folder of earlier results of this command; one with anything else stays. */
static void remove_replaced(const char *path, size_t mine)
{
    bool other = !is_there(path, RUN);
    DIR *const folder = opendir(path);
    if (folder == NULL)
        return;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        other = other || (entry->d_name[0] != '.' && !is_of(mine, entry->d_name));
    for (size_t i = 0; i < FILES_MAX && commands[mine][i] != NULL && !other; i++)
        unlinkat(dirfd(folder), commands[mine][i], 0);
    if (!other)
        unlinkat(dirfd(folder), RUN, 0);
    closedir(folder);
    if (!other)
        rmdir(path);
}

static void remove_all_replaced(const char *dir, size_t mine)
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
