/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness.h"

#include "files.h"
#include "support/csv.h"
#include "support/text.h"
#include "traces/rejects.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static char folder[] = "/tmp/lambdaplan-test-XXXXXX";

static char *in_folder(const char *name)
{
    if (strstr(folder, "XXXXXX") != NULL)
        ck_assert_ptr_nonnull(mkdtemp(folder));
    return text_format("%s/%s", folder, name);
}

static size_t files_in_folder(void)
{
    DIR *const dir = opendir(folder);
    size_t count = 0;
    ck_assert_ptr_nonnull(dir);
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(dir);
    return count;
}

static char *read_back(const char *path)
{
    struct diagnostics d;
    size_t size;
    diagnostics_init(&d);
    char *const text = text_read_file(path, 1000000, &size, &d);
    ck_assert_uint_eq(d.errors, 0);
    diagnostics_finish(&d);
    return text;
}

static int add(struct rejects *rejects, long line, const char *reason, const char *row)
{
    return rejects_add(rejects, "a.log", line, reason, row, strlen(row));
}

START_TEST(test_counts_and_writes)
{
    struct diagnostics d;
    char *const path = in_folder("rejects.csv");
    diagnostics_init(&d);
    struct rejects *const rejects = rejects_open(path, false, &d);
    ck_assert_int_eq(add(rejects, 3, "Duration is missing", "REPORT \"x\", y"), 0);
    ck_assert_int_eq(add(rejects, 9, "Duration is missing", "REPORT"), 0);
    ck_assert_int_eq(rejects_add(rejects, "b.log", 7, "a NUL", "1\0002\033", 4), 0);
    ck_assert_uint_eq(rejects_count(rejects), 3);
    ck_assert_int_eq(access(path, F_OK), -1); /* not before it is whole */
    ck_assert_int_eq(rejects_finish(rejects), 0);
    char *const text = read_back(path);
    ck_assert_str_eq(text, "file,line,reason,row\n"
                           "\"a.log\",3,\"Duration is missing\",\"REPORT \"\"x\"\", y\"\n"
                           "\"a.log\",9,\"Duration is missing\",\"REPORT\"\n"
                           "\"b.log\",7,\"a NUL\",\"1?2?\"\n");
    ck_assert_uint_eq(d.errors, 0);
    ck_assert_uint_eq(d.warnings, 2);
    ck_assert_str_eq(d.item[0].text,
                     "a.log:3: 2 rows were left out, this one first: Duration is missing");
    ck_assert_str_eq(d.item[1].text, "b.log:7: this row was left out: a NUL");
    ck_assert_uint_eq(files_in_folder(), 1);
    unlink(path);
    free(text);
    rmdir(folder);
    free(path);
    diagnostics_finish(&d);
}
END_TEST

START_TEST(test_rows_are_cut_between_characters)
{
    struct diagnostics d;
    char *const path = in_folder("rejects.csv");
    char row[2000];
    diagnostics_init(&d);
    memset(row, 'x', sizeof row);
    memcpy(row + 998, "\xe2\x82\xac", 3); /* the 1,000th byte is in the middle of it */
    struct rejects *const rejects = rejects_open(path, false, &d);
    ck_assert_int_eq(rejects_add(rejects, "a", 1, "r", row, sizeof row), 0);
    ck_assert_int_eq(rejects_finish(rejects), 0);
    char *const text = read_back(path);
    ck_assert_uint_eq(strlen(text), strlen("file,line,reason,row\n\"a\",1,\"r\",\"\"\n") + 998);
    unlink(path);
    free(text);
    rmdir(folder);
    free(path);
    diagnostics_finish(&d);
}
END_TEST

START_TEST(test_nothing_rejected)
{
    struct diagnostics d;
    char *const path = in_folder("rejects.csv");
    diagnostics_init(&d);
    ck_assert_int_eq(rejects_finish(rejects_open(path, false, &d)), 0);
    ck_assert_int_eq(access(path, F_OK), -1);

    /* What an older run left would mislead; what is no file of rejects is not ours to remove. */
    FILE *out = fopen(path, "w");
    fputs("file,line,reason,row\nold\n", out);
    fclose(out);
    ck_assert_int_eq(rejects_finish(rejects_open(path, false, &d)), 0);
    ck_assert_int_eq(access(path, F_OK), -1);
    out = fopen(path, "w");
    fputs("precious\n", out);
    fclose(out);
    ck_assert_int_eq(rejects_finish(rejects_open(path, false, &d)), 0);
    ck_assert_int_eq(access(path, F_OK), 0);
    ck_assert_uint_eq(d.errors + d.warnings, 0);
    unlink(path);
    rmdir(folder);
    free(path);
    diagnostics_finish(&d);
}
END_TEST

START_TEST(test_strict)
{
    struct diagnostics d;
    char *const path = in_folder("rejects.csv");
    diagnostics_init(&d);
    struct rejects *const rejects = rejects_open(path, true, &d);
    ck_assert_int_ne(add(rejects, 3, "Duration is missing", "REPORT"), 0);
    ck_assert_int_eq(rejects_finish(rejects), 0);
    assert_one_error(&d, "a.log:3: Duration is missing");
    ck_assert_int_eq(access(path, F_OK), -1);
    rmdir(folder);
    free(path);
    diagnostics_finish(&d);
}
END_TEST

START_TEST(test_many_reasons)
{
    struct diagnostics d;
    char text[150][16];
    diagnostics_init(&d);
    struct rejects *const rejects = rejects_open(NULL, false, &d);
    for (int i = 0; i < 150; i++) {
        snprintf(text[i], sizeof text[i], "r%d", i);
        ck_assert_int_eq(add(rejects, i + 1, text[i], ""), 0);
    }
    ck_assert_int_eq(rejects_finish(rejects), 0);
    ck_assert_uint_eq(d.warnings, 100);
    ck_assert_str_eq(d.item[99].text, "a.log:100: 51 rows were left out, this one first: other "
                                      "reasons");
    diagnostics_finish(&d);
}
END_TEST

START_TEST(test_cannot_be_written)
{
    struct diagnostics d;
    diagnostics_init(&d);
    ck_assert_ptr_null(rejects_open("/tmp", false, &d));
    assert_one_error(&d, "/tmp is a folder");
    diagnostics_finish(&d);

    diagnostics_init(&d);
    struct rejects *rejects = rejects_open("/dev/null/rejects.csv", false, &d);
    ck_assert_int_eq(add(rejects, 1, "r", "row"), 0);
    ck_assert_int_eq(rejects_finish(rejects), -1);
    ck_assert_uint_eq(d.errors, 1);
    diagnostics_finish(&d);

    diagnostics_init(&d);
    rejects = rejects_open("/dev/full", false, &d);
    ck_assert_int_eq(add(rejects, 1, "r", "row"), 0);
    ck_assert_int_eq(rejects_finish(rejects), -1);
    ck_assert_uint_eq(d.errors, 1);
    struct stat info; /* a device is written to, never replaced */
    ck_assert_int_eq(stat("/dev/full", &info), 0);
    ck_assert(S_ISCHR(info.st_mode));
    diagnostics_finish(&d);
}
END_TEST

/* A full disk, by the process's limit on files: neither a part of the file nor its temporary. */
START_TEST(test_full_disk)
{
    struct diagnostics d;
    char *const path = in_folder("full.csv");
    const struct rlimit limit = {.rlim_cur = 100000, .rlim_max = RLIM_INFINITY};
    char row[1000];
    diagnostics_init(&d);
    memset(row, 'x', sizeof row);
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    struct rejects *const rejects = rejects_open(path, false, &d);
    for (long i = 0; i < 1000; i++)
        REQUIRE(rejects_add(rejects, "a", i, "r", row, sizeof row) == 0);
    ck_assert_int_eq(rejects_finish(rejects), -1);
    ck_assert_uint_eq(d.errors, 1);
    ck_assert_ptr_nonnull(strstr(d.item[d.count - 1].text, "File too large"));
    ck_assert_uint_eq(files_in_folder(), 0);
    rmdir(folder);
    free(path);
    diagnostics_finish(&d);
}
END_TEST

TEST_MAIN("rejects", test_counts_and_writes, test_rows_are_cut_between_characters,
          test_nothing_rejected, test_strict, test_many_reasons, test_cannot_be_written,
          test_full_disk)
