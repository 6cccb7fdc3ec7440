/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/output_file.h"

#include "core/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TEMPORARIES_MAX 32
#define BUFFER_SIZE 65536
#define NAME_ATTEMPTS 1000
#define SUFFIX 6 /* letters of a temporary's name */

static const char suffix_letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";

enum slot_state { SLOT_FREE, SLOT_FILLING, SLOT_USED };

/* The mutable globals: a signal handler has no other way to know what to remove. */
static struct {
    atomic_int state;
    char path[PATH_MAX];
} temporaries[TEMPORARIES_MAX];

/* The folder that was made here: what `path` has beyond its first `kept` bytes. */
static struct {
    atomic_int state;
    size_t kept;
    char path[PATH_MAX];
} made;

struct output {
    FILE *stream;
    bool owned;
    bool device; /* opened, but no file that could be replaced */
    int error;
    int slot; /* of the temporary; -1: a stream of the caller or a device */
    char *dir;
    char *target; /* path, or the caller's label */
};

/* Up from the innermost, as long as they are empty. */
static void remove_made_folder(void)
{
    if (atomic_load(&made.state) != SLOT_USED)
        return;
    char path[PATH_MAX];
    strcpy(path, made.path);
    for (size_t length = strlen(path); length > made.kept;) {
        if (path[length - 1] != '/' && rmdir(path) != 0 && errno != ENOENT)
            return;
        while (length > made.kept && path[length - 1] != '/')
            path[--length] = '\0';
        while (length > made.kept && path[length - 1] == '/')
            path[--length] = '\0';
    }
    atomic_store(&made.state, SLOT_FREE);
}

void output_remove_temporaries(void)
{
    for (size_t i = 0; i < TEMPORARIES_MAX; i++)
        if (atomic_load(&temporaries[i].state) == SLOT_USED)
            unlink(temporaries[i].path);
    remove_made_folder();
}

static void free_slot(int slot)
{
    if (slot >= 0)
        atomic_store(&temporaries[slot].state, SLOT_FREE);
}

static int take_slot(void)
{
    for (int i = 0; i < TEMPORARIES_MAX; i++) {
        int expected = SLOT_FREE;
        if (atomic_compare_exchange_strong(&temporaries[i].state, &expected, SLOT_FILLING))
            return i;
    }
    return -1;
}

static char *join(const char *dir, const char *name)
{
    const size_t size = strlen(dir) + strlen(name) + 2;
    char *const path = mem_alloc(size, 1);
    snprintf(path, size, "%s/%s", dir, name);
    return path;
}

/* Before it is there, so that a signal finds it; of several only the first is remembered. */
static void remember_folder(const char *dir, size_t kept)
{
    int expected = SLOT_FREE;
    if (strlen(dir) >= PATH_MAX ||
        !atomic_compare_exchange_strong(&made.state, &expected, SLOT_FILLING))
        return;
    strcpy(made.path, dir);
    made.kept = kept;
    atomic_store(&made.state, SLOT_USED);
}

int output_make_directory(const char *dir, struct diagnostics *diagnostics)
{
    char *const path = mem_strdup(dir);
    bool missing = false;
    int result = 0;
    for (char *end = path; result == 0 && *end != '\0';) {
        struct stat found;
        const size_t before = (size_t)(end - path);
        end += strspn(end, "/");
        end += strcspn(end, "/");
        const char saved = *end;
        *end = '\0';
        if (!missing && *path != '\0' && lstat(path, &found) != 0) {
            missing = true;
            remember_folder(dir, before);
        }
        if (*path != '\0' && mkdir(path, 0777) != 0) {
            const int error = errno;
            struct stat info;
            if (stat(path, &info) != 0) {
                diagnostics_error(diagnostics, NULL, 0, "%s: cannot create this directory: %s",
                                  path, strerror(error));
                result = -1;
            } else if (!S_ISDIR(info.st_mode)) {
                diagnostics_error(diagnostics, NULL, 0,
                                  "%s: is a file; the reports need a directory", path);
                result = -1;
            }
        }
        *end = saved;
    }
    free(path);
    return result;
}

/* The kernel's umask and default access lists apply, which mkstemp would not let them; the letters
 * need not be hard to guess, because an existing file or link is never opened. */
static int open_temporary(int slot, const char *dir, const char *name)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t seed = (uint64_t)now.tv_nsec ^ (uint64_t)now.tv_sec << 30 ^ (uint64_t)getpid() << 44 ^
                    (uint64_t)slot;
    char *const path = temporaries[slot].path;
    for (int attempt = 0; attempt < NAME_ATTEMPTS; attempt++) {
        char suffix[SUFFIX + 1] = "";
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint64_t bits = seed >> 24;
        for (size_t i = 0; i < sizeof suffix - 1; i++, bits /= sizeof suffix_letters - 1)
            suffix[i] = suffix_letters[bits % (sizeof suffix_letters - 1)];
        const int length = snprintf(path, PATH_MAX, "%s/.%s.%s", dir, name, suffix);
        if (length < 0 || length >= PATH_MAX) {
            errno = ENAMETOOLONG;
            return -1;
        }
        /* Listed before it exists: a signal in between must not leave it behind. */
        atomic_store(&temporaries[slot].state, SLOT_USED);
        const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (fd < 0)
            atomic_store(&temporaries[slot].state, SLOT_FILLING);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

/* ".sweep.csv.k3v0ax" */
static bool is_leftover(const char *name)
{
    const size_t length = strlen(name);
    const char *const suffix = strrchr(name, '.');
    if (*name != '.' || length < strlen(".x.csv.") + SUFFIX || suffix != name + length - SUFFIX - 1)
        return false;
    return strspn(suffix + 1, suffix_letters) == SUFFIX &&
           (memcmp(suffix - 4, ".csv", 4) == 0 || memcmp(suffix - 5, ".json", 5) == 0);
}

void output_remove_leftovers(const char *dir)
{
    DIR *const folder = opendir(dir);
    if (folder == NULL)
        return;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (is_leftover(entry->d_name))
            unlinkat(dirfd(folder), entry->d_name, 0);
    closedir(folder);
}

static struct output *open_in(const char *place, const char *name, struct diagnostics *diagnostics)
{
    const int slot = take_slot();
    errno = EMFILE;
    const int fd = slot < 0 ? -1 : open_temporary(slot, place, name);
    FILE *const stream = fd < 0 ? NULL : fdopen(fd, "w");
    if (stream == NULL) {
        diagnostics_error(diagnostics, NULL, 0, "%s/%s: cannot be written: %s", place, name,
                          strerror(errno));
        if (fd >= 0) {
            close(fd);
            unlink(temporaries[slot].path);
        }
        free_slot(slot);
        remove_made_folder();
        return NULL;
    }
    setvbuf(stream, NULL, _IOFBF, BUFFER_SIZE);
    struct output *const output = mem_alloc(1, sizeof *output);
    *output = (struct output){stream, true, false, 0, slot, mem_strdup(place), join(place, name)};
    return output;
}

struct output *output_open(const char *dir, const char *name, struct diagnostics *diagnostics)
{
    const char *const place = *dir == '\0' ? "." : dir;
    if (output_make_directory(place, diagnostics) == 0)
        return open_in(place, name, diagnostics);
    remove_made_folder();
    return NULL;
}

/* The folder of a file, free() it; `ret_name` is the rest of `path`. */
static char *folder_of(const char *path, const char **ret_name)
{
    const char *const slash = strrchr(path, '/');
    *ret_name = slash == NULL ? path : slash + 1;
    if (slash == NULL)
        return mem_strdup(".");
    char *const folder = mem_strdup(path);
    folder[slash == path ? 1 : slash - path] = '\0';
    return folder;
}

bool output_has_folder(const char *path, struct diagnostics *diagnostics)
{
    const char *name;
    struct stat info;
    char *const folder = folder_of(path, &name);
    const bool there = stat(folder, &info) == 0;
    const bool good = there && S_ISDIR(info.st_mode);
    if (!there && errno == ENOENT)
        diagnostics_error(diagnostics, NULL, 0, "%s: cannot be written: there is no folder %s",
                          path, folder);
    else if (!there)
        diagnostics_error(diagnostics, NULL, 0, "%s: cannot be written: %s: %s", path, folder,
                          strerror(errno));
    else if (!good)
        diagnostics_error(diagnostics, NULL, 0, "%s: cannot be written: %s is no folder", path,
                          folder);
    free(folder);
    return good;
}

/* A device or pipe is written to: a rename would put a file in its place. */
static struct output *open_device(const char *path, struct diagnostics *diagnostics)
{
    const int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    FILE *const stream = fd < 0 ? NULL : fdopen(fd, "w");
    if (stream == NULL) {
        diagnostics_error(diagnostics, NULL, 0, "%s: cannot be written: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    struct output *const output = output_to_stream(stream, path);
    output->device = true;
    return output;
}

struct output *output_open_file(const char *path, struct diagnostics *diagnostics)
{
    struct stat info;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode))
        return open_device(path, diagnostics);
    const char *name;
    char *const folder = folder_of(path, &name);
    struct output *const output =
        output_has_folder(path, diagnostics) ? open_in(folder, name, diagnostics) : NULL;
    free(folder);
    return output;
}

struct output *output_to_stream(FILE *stream, const char *label)
{
    struct output *const output = mem_alloc(1, sizeof *output);
    *output = (struct output){stream, false, false, 0, -1, NULL, mem_strdup(label)};
    return output;
}

void output_fail(struct output *output, int error)
{
    if (output->error == 0)
        output->error = error == 0 ? EIO : error;
}

int output_error(const struct output *output)
{
    return output->error;
}

void output_write(struct output *output, const char *data, size_t size)
{
    if (output->error != 0 || size == 0)
        return;
    errno = 0;
    if (fwrite(data, 1, size, output->stream) != size)
        output_fail(output, errno);
}

void output_text(struct output *output, const char *text)
{
    output_write(output, text, strlen(text));
}

void output_format(struct output *output, const char *format, ...)
{
    if (output->error != 0)
        return;
    va_list arguments;
    va_start(arguments, format);
    errno = 0;
    if (vfprintf(output->stream, format, arguments) < 0)
        output_fail(output, errno);
    va_end(arguments);
}

/* Everything to the disk, while the target is still the old file. */
static void settle(struct output *output)
{
    errno = 0;
    if (output->error == 0 && (fflush(output->stream) != 0 || ferror(output->stream)))
        output_fail(output, errno);
    if (!output->owned)
        return;
    if (output->error == 0 && fsync(fileno(output->stream)) != 0 && errno != EINVAL)
        output_fail(output, errno);
    if (fclose(output->stream) != 0)
        output_fail(output, errno);
    output->stream = NULL;
    struct stat info;
    if (output->error == 0 && stat(output->target, &info) == 0 && S_ISDIR(info.st_mode))
        output_fail(output, EISDIR);
}

static void report_failure(const struct output *output, struct diagnostics *diagnostics)
{
    diagnostics_error(diagnostics, NULL, 0, "%s: cannot be written: %s", output->target,
                      strerror(output->error));
}

/* A rename is on the disk when its directory is. Some file systems cannot: then it is in the
 * kernel's hands, and the file is whole all the same. */
static int sync_directory(const char *dir, struct diagnostics *diagnostics)
{
    const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    const bool failed = fsync(fd) != 0 && errno != EINVAL && errno != EROFS;
    if (failed)
        diagnostics_error(diagnostics, NULL, 0, "%s: cannot be written: %s", dir, strerror(errno));
    close(fd);
    return failed ? -1 : 0;
}

int output_commit(struct output *const *output, size_t count, struct diagnostics *diagnostics)
{
    int result = 0;
    for (size_t i = 0; i < count; i++) {
        settle(output[i]);
        if (output[i]->error != 0) {
            report_failure(output[i], diagnostics);
            result = -1;
        }
    }
    const char *synced = NULL;
    for (size_t i = 0; i < count && result == 0; i++) {
        if (!output[i]->owned)
            continue;
        if (rename(temporaries[output[i]->slot].path, output[i]->target) != 0) {
            output_fail(output[i], errno);
            report_failure(output[i], diagnostics);
            result = -1;
            break;
        }
        free_slot(output[i]->slot);
        output[i]->slot = -1;
    }
    for (size_t i = 0; i < count && result == 0; i++) {
        const char *const dir = output[i]->dir;
        if (dir == NULL || (synced != NULL && strcmp(synced, dir) == 0))
            continue;
        synced = dir;
        result = sync_directory(dir, diagnostics);
    }
    for (size_t i = 0; i < count; i++) {
        if (result == 0 && output[i]->owned)
            atomic_store(&made.state, SLOT_FREE); /* it has a file: it stays */
        output_abandon(output[i]);
    }
    return result;
}

void output_abandon(struct output *output)
{
    if (output == NULL)
        return;
    if ((output->owned || output->device) && output->stream != NULL)
        fclose(output->stream);
    if (output->slot >= 0) {
        unlink(temporaries[output->slot].path);
        free_slot(output->slot);
        remove_made_folder();
    }
    free(output->dir);
    free(output->target);
    free(output);
}
