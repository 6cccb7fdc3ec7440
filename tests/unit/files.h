/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Temporary files and diagnostics for tests of readers; removed by the one who made them. */
#ifndef TESTS_UNIT_FILES_H
#define TESTS_UNIT_FILES_H

#include <lambdaplan/diagnostics.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* For long loops: check writes every assertion that holds to a pipe, which costs a microsecond. */
#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            ck_abort_msg("%s does not hold", #condition);                                          \
    } while (0)
#define REQUIRE_MSG(condition, ...)                                                                \
    do {                                                                                           \
        if (!(condition))                                                                          \
            ck_abort_msg(__VA_ARGS__);                                                             \
    } while (0)

struct temporary {
    char path[64];
};

static inline void temporary_write(struct temporary *ret, const void *bytes, size_t size)
{
    strcpy(ret->path, "/tmp/lambdaplan-test-XXXXXX");
    const int fd = mkstemp(ret->path);
    ck_assert_int_ge(fd, 0);
    FILE *const out = fdopen(fd, "wb");
    ck_assert_ptr_nonnull(out);
    ck_assert_uint_eq(fwrite(bytes, 1, size, out), size);
    ck_assert_int_eq(fclose(out), 0);
}

static inline void temporary_remove(const struct temporary *temporary)
{
    unlink(temporary->path);
}

/* Exactly one error, no warning, and it has this in it. */
static inline void assert_one_error(const struct diagnostics *diagnostics, const char *part)
{
    ck_assert_uint_eq(diagnostics->errors, 1);
    ck_assert_uint_eq(diagnostics->warnings, 0);
    ck_assert_msg(strstr(diagnostics->item[0].text, part) != NULL, "\"%s\" lacks \"%s\"",
                  diagnostics->item[0].text, part);
}

#endif
