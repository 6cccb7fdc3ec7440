/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every harness needs: a promise that is checked loudly, and the bytes as a file. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <lambdaplan/diagnostics.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE_TEXT(condition, text)                                                              \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s does not hold: %s\n", __FILE__, __LINE__, #condition,       \
                    text);                                                                         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)
#define REQUIRE(condition) REQUIRE_TEXT(condition, "")

/* A folder of this process, which is removed at its end with what a harness put there by
 * fuzz_path; folders in it as named. */
#define FUZZ_PATHS 16
static char fuzz_folder[] = "/tmp/lambdaplan-fuzz-XXXXXX";
static char fuzz_made[FUZZ_PATHS][sizeof fuzz_folder + 48];
static size_t fuzz_made_count;

static inline void fuzz_remove(void)
{
    while (fuzz_made_count-- > 0)
        remove(fuzz_made[fuzz_made_count]);
    rmdir(fuzz_folder);
}

/* The path of a file (or, with a '/' at its end, a new folder) of that name; static. */
static inline char *fuzz_path(const char *name)
{
    if (strstr(fuzz_folder, "XXXXXX") != NULL) {
        REQUIRE(mkdtemp(fuzz_folder) != NULL);
        atexit(fuzz_remove);
    }
    REQUIRE(fuzz_made_count < FUZZ_PATHS);
    char *const path = fuzz_made[fuzz_made_count++];
    const int length = snprintf(path, sizeof *fuzz_made, "%s/%s", fuzz_folder, name);
    REQUIRE(length > 0 && (size_t)length < sizeof *fuzz_made);
    if (path[length - 1] == '/')
        REQUIRE(mkdir(path, 0700) == 0);
    return path;
}

static inline void fuzz_write(const char *path, const void *data, size_t size)
{
    FILE *const file = fopen(path, "wb");
    REQUIRE(file != NULL);
    REQUIRE(fwrite(data, 1, size, file) == size);
    REQUIRE(fclose(file) == 0);
}

/* The bytes as a file, always the same one. */
static inline char *fuzz_file(const uint8_t *data, size_t size)
{
    static char *path;
    if (path == NULL)
        path = fuzz_path("input");
    fuzz_write(path, data, size);
    return path;
}

static inline const char *fuzz_first_error(const struct diagnostics *d)
{
    for (size_t i = 0; i < d->count; i++)
        if (!d->item[i].warning)
            return d->item[i].text;
    return "";
}

/* FNV-1a's step: a hash of what was read, to compare two readings. */
static inline void fuzz_mix(uint64_t *hash, uint64_t value)
{
    *hash = (*hash ^ value) * UINT64_C(0x100000001b3);
}

static inline void fuzz_mix_text(uint64_t *hash, const char *text)
{
    for (; text != NULL && *text != '\0'; text++)
        fuzz_mix(hash, (unsigned char)*text);
    fuzz_mix(hash, text == NULL ? 1 : 0);
}

#endif
