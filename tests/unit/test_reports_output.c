/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that appear whole or not at all, and what happens when writing fails. */
#include "reports/exporters.h"
#include "test_reports_sample.h"

#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static struct output *open_with(const char *dir, const char *name, const char *text)
{
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    struct output *const output = output_open(dir, name, &diagnostics);
    ck_assert_ptr_nonnull(output);
    ck_assert_uint_eq(diagnostics.errors, 0);
    output_text(output, text);
    diagnostics_finish(&diagnostics);
    return output;
}

static void commit(struct output *output)
{
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    ck_assert_int_eq(output_commit(&output, 1, &diagnostics), 0);
    ck_assert_uint_eq(diagnostics.errors, 0);
    diagnostics_finish(&diagnostics);
}

static void check_file(const char *dir, const char *name, const char *wanted)
{
    char *const path = sample_path(dir, name);
    char *const text = sample_read(path);
    if (wanted == NULL) {
        ck_assert_ptr_null(text);
    } else {
        ck_assert_ptr_nonnull(text);
        ck_assert_str_eq(text, wanted);
    }
    free(text);
    free(path);
}

static void check_error(const struct diagnostics *diagnostics, const char *place, const char *why)
{
    ck_assert_uint_eq(diagnostics->errors, 1);
    ck_assert_msg(strstr(diagnostics->item[0].text, place) != NULL, "%s",
                  diagnostics->item[0].text);
    ck_assert_msg(strstr(diagnostics->item[0].text, why) != NULL, "%s", diagnostics->item[0].text);
}

START_TEST(a_file_appears_when_it_is_committed)
{
    char *const dir = sample_directory();
    struct output *const output = open_with(dir, "a.csv", "new\n");
    check_file(dir, "a.csv", NULL);
    ck_assert_uint_eq(sample_count_files(dir), 1);
    commit(output);
    check_file(dir, "a.csv", "new\n");
    ck_assert_uint_eq(sample_count_files(dir), 1);
    sample_remove_directory(dir);
}
END_TEST

START_TEST(an_older_file_stays_until_then)
{
    char *const dir = sample_directory();
    commit(open_with(dir, "a.csv", "old\n"));
    struct output *const second = open_with(dir, "a.csv", "new\n");
    check_file(dir, "a.csv", "old\n");
    output_abandon(second);
    check_file(dir, "a.csv", "old\n");
    ck_assert_uint_eq(sample_count_files(dir), 1);
    commit(open_with(dir, "a.csv", "newer\n"));
    check_file(dir, "a.csv", "newer\n");
    sample_remove_directory(dir);
}
END_TEST

START_TEST(the_umask_holds)
{
    char *const dir = sample_directory();
    const mode_t old = umask(027);
    commit(open_with(dir, "a.csv", "x"));
    umask(old);
    char *const path = sample_path(dir, "a.csv");
    struct stat info;
    ck_assert_int_eq(stat(path, &info), 0);
    ck_assert_uint_eq(info.st_mode & 0777, 0640);
    free(path);
    sample_remove_directory(dir);
}
END_TEST

START_TEST(one_failure_keeps_all_files_back)
{
    char *const dir = sample_directory();
    commit(open_with(dir, "a.csv", "old\n"));
    struct output *const files[] = {open_with(dir, "a.csv", "new\n"), open_with(dir, "b.csv", "x")};
    output_fail(files[1], ENOSPC);
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    ck_assert_int_eq(output_commit(files, 2, &diagnostics), -1);
    check_error(&diagnostics, "b.csv: cannot be written", "No space left");
    check_file(dir, "a.csv", "old\n");
    check_file(dir, "b.csv", NULL);
    ck_assert_uint_eq(sample_count_files(dir), 1);
    diagnostics_finish(&diagnostics);
    sample_remove_directory(dir);
}
END_TEST

START_TEST(a_directory_in_the_place_of_a_file_keeps_all_files_back)
{
    char *const dir = sample_directory();
    char *const blocked = sample_path(dir, "b.csv");
    ck_assert_int_eq(mkdir(blocked, 0777), 0);
    struct output *const files[] = {open_with(dir, "a.csv", "x"), open_with(dir, "b.csv", "x")};
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    ck_assert_int_eq(output_commit(files, 2, &diagnostics), -1);
    check_error(&diagnostics, "b.csv", "Is a directory");
    check_file(dir, "a.csv", NULL);
    ck_assert_uint_eq(sample_count_files(dir), 1);
    diagnostics_finish(&diagnostics);
    free(blocked);
    sample_remove_directory(dir);
}
END_TEST

START_TEST(missing_directories_are_made)
{
    char *const dir = sample_directory();
    char *const outer = sample_path(dir, "x");
    char *const inner = sample_path(dir, "x//y/");
    commit(open_with(inner, "a.csv", "deep\n"));
    check_file(inner, "a.csv", "deep\n");
    sample_remove_directory(inner);
    sample_remove_directory(outer);
    sample_remove_directory(dir);
}
END_TEST

START_TEST(a_file_is_no_directory)
{
    char *const dir = sample_directory();
    commit(open_with(dir, "a.csv", "x"));
    char *const file = sample_path(dir, "a.csv");
    char *const below = sample_path(dir, "a.csv/deeper");
    const char *const places[] = {file, below};
    for (size_t i = 0; i < 2; i++) {
        struct diagnostics diagnostics;
        diagnostics_init(&diagnostics);
        ck_assert_ptr_null(output_open(places[i], "b.csv", &diagnostics));
        check_error(&diagnostics, file, "is a file; the reports need a directory");
        diagnostics_finish(&diagnostics);
    }
    check_file(dir, "a.csv", "x");
    free(file);
    free(below);
    sample_remove_directory(dir);
}
END_TEST

START_TEST(a_directory_that_cannot_be_written_is_named)
{
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    /* Nobody can, not even root. */
    ck_assert_ptr_null(output_open("/proc/self/lambdaplan", "a.csv", &diagnostics));
    check_error(&diagnostics, "/proc/self/lambdaplan", "cannot create this directory");
    diagnostics_finish(&diagnostics);
    diagnostics_init(&diagnostics);
    ck_assert_ptr_null(output_open("/proc/self", "a.csv", &diagnostics));
    check_error(&diagnostics, "/proc/self/a.csv", "cannot be written");
    diagnostics_finish(&diagnostics);
}
END_TEST

/* A folder of results is made, that of a file is not: a mistyped path leaves nothing. */
START_TEST(a_file_needs_its_folder)
{
    char *const dir = sample_directory();
    char *const lost = sample_path(dir, "none/x.json"), *const good = sample_path(dir, "x.json");
    char *const below = sample_path(dir, "x.json/y.json");
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    ck_assert_ptr_null(output_open_file(lost, &diagnostics));
    check_error(&diagnostics, lost, "cannot be written: there is no folder");
    ck_assert_uint_eq(sample_count_files(dir), 0);
    diagnostics_finish(&diagnostics);
    diagnostics_init(&diagnostics);
    struct output *const output = output_open_file(good, &diagnostics);
    ck_assert_ptr_nonnull(output);
    output_text(output, "{}");
    commit(output);
    check_file(dir, "x.json", "{}");
    ck_assert_ptr_null(output_open_file(below, &diagnostics));
    check_error(&diagnostics, below, "is no folder");
    diagnostics_finish(&diagnostics);
    free(below);
    free(good);
    free(lost);
    sample_remove_directory(dir);
}
END_TEST

START_TEST(a_pipe_is_written_to_and_not_replaced)
{
    char *const dir = sample_directory(), *const path = sample_path(dir, "pipe");
    char text[10] = "";
    struct stat info;
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    const int reader = open(path, O_RDONLY | O_NONBLOCK);
    struct output *const output = output_open_file(path, &diagnostics);
    ck_assert_ptr_nonnull(output);
    output_text(output, "through");
    commit(output);
    ck_assert_int_eq(read(reader, text, sizeof text - 1), 7);
    ck_assert_str_eq(text, "through");
    ck_assert_int_eq(stat(path, &info), 0);
    ck_assert(S_ISFIFO(info.st_mode));
    close(reader);
    unlink(path);
    rmdir(dir);
    free(path);
    free(dir);
    diagnostics_finish(&diagnostics);
}
END_TEST

START_TEST(a_name_that_is_too_long_is_an_error)
{
    char name[5000];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    char *const dir = sample_directory();
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    ck_assert_ptr_null(output_open(dir, name, &diagnostics));
    check_error(&diagnostics, dir, "nnnn");
    ck_assert_uint_eq(sample_count_files(dir), 0);
    diagnostics_finish(&diagnostics);
    sample_remove_directory(dir);
}
END_TEST

START_TEST(temporaries_can_be_removed_from_a_handler)
{
    char *const dir = sample_directory();
    commit(open_with(dir, "kept.csv", "kept\n"));
    struct output *const first = open_with(dir, "a.csv", "x");
    struct output *const second = open_with(dir, "b.csv", "x");
    ck_assert_uint_eq(sample_count_files(dir), 3);
    output_remove_temporaries();
    ck_assert_uint_eq(sample_count_files(dir), 1);
    check_file(dir, "kept.csv", "kept\n");
    output_abandon(first);
    output_abandon(second);
    output_abandon(NULL);
    sample_remove_directory(dir);
}
END_TEST

START_TEST(more_files_than_can_be_tracked_are_an_error)
{
    char *const dir = sample_directory();
    struct output *files[200];
    size_t count = 0;
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    while (count < 200) {
        char name[32];
        snprintf(name, sizeof name, "f%zu", count);
        files[count] = output_open(dir, name, &diagnostics);
        if (files[count] == NULL)
            break;
        count++;
    }
    ck_assert_uint_ge(count, 16);
    ck_assert_uint_lt(count, 200);
    check_error(&diagnostics, dir, "Too many open files");
    for (size_t i = 0; i < count; i++)
        output_abandon(files[i]);
    ck_assert_uint_eq(sample_count_files(dir), 0);
    commit(open_with(dir, "again", "x")); /* the slots are free again */
    diagnostics_finish(&diagnostics);
    sample_remove_directory(dir);
}
END_TEST

/* A limit on the size of files stands for a disk that becomes full while a report is written. */
START_TEST(a_full_disk_leaves_the_old_report)
{
    char *const dir = sample_directory();
    struct result result;
    sample_init(&result);
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    ck_assert_int_eq(reports_write(&result, dir, NULL, &diagnostics), 0);
    char *const path = sample_path(dir, "summary.csv");
    char *const before = sample_read(path);
    for (size_t i = 0; i < result.option[0].metrics; i++)
        result.option[0].metric[i].value.mean += 1;

    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    const struct rlimit small = {.rlim_cur = 100, .rlim_max = limit.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    const int status = reports_write(&result, dir, NULL, &diagnostics);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);

    ck_assert_int_eq(status, -1);
    ck_assert_uint_ge(diagnostics.errors, 1);
    ck_assert_ptr_nonnull(strstr(diagnostics.item[0].text, "summary.csv: cannot be written: File "
                                                           "too large"));
    char *const after = sample_read(path);
    ck_assert_str_eq(after, before);
    ck_assert_uint_eq(sample_count_files(dir), 5);
    free(before);
    free(after);
    free(path);
    diagnostics_finish(&diagnostics);
    result_finish(&result);
    sample_remove_directory(dir);
}
END_TEST

typedef int report_function(const struct result *, FILE *, struct diagnostics *);

static int plain_table(const struct result *result, FILE *out, struct diagnostics *diagnostics)
{
    return report_stdout_table(result, out, false, diagnostics);
}

static report_function *const all_reports[] = {plain_table, report_stdout_csv, report_stdout_json,
                                               report_stdout_markdown};

static void check_failure(FILE *stream, report_function *report, const char *why)
{
    struct result result;
    sample_init(&result);
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    ck_assert_int_eq(report(&result, stream, &diagnostics), -1);
    check_error(&diagnostics, "standard output: cannot be written", why);
    diagnostics_finish(&diagnostics);
    result_finish(&result);
    fclose(stream);
}

START_TEST(a_full_device_is_an_error_for_every_format)
{
    for (size_t i = 0; i < 4; i++)
        check_failure(fopen("/dev/full", "w"), all_reports[i], "No space left on device");
}
END_TEST

START_TEST(a_closed_pipe_is_an_error_for_every_format)
{
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < 4; i++) {
        int ends[2];
        ck_assert_int_eq(pipe(ends), 0);
        close(ends[0]);
        check_failure(fdopen(ends[1], "w"), all_reports[i], "Broken pipe");
    }
}
END_TEST

/* More than the stream's buffer: the error comes in the middle and writing goes on without harm. */
START_TEST(a_long_output_to_a_full_device_fails_once)
{
    FILE *const stream = fopen("/dev/full", "w");
    struct output *output = output_to_stream(stream, "standard output");
    for (size_t i = 0; i < 100000; i++)
        output_format(output, "line %zu\n", i);
    ck_assert_int_ne(output_error(output), 0);
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    ck_assert_int_eq(output_commit(&output, 1, &diagnostics), -1);
    check_error(&diagnostics, "standard output", "No space left on device");
    diagnostics_finish(&diagnostics);
    fclose(stream);
}
END_TEST

TEST_MAIN("unit_reports_output", a_file_appears_when_it_is_committed,
          an_older_file_stays_until_then, the_umask_holds, one_failure_keeps_all_files_back,
          a_directory_in_the_place_of_a_file_keeps_all_files_back, missing_directories_are_made,
          a_file_is_no_directory, a_directory_that_cannot_be_written_is_named,
          a_file_needs_its_folder, a_pipe_is_written_to_and_not_replaced,
          a_name_that_is_too_long_is_an_error, temporaries_can_be_removed_from_a_handler,
          more_files_than_can_be_tracked_are_an_error, a_full_disk_leaves_the_old_report,
          a_full_device_is_an_error_for_every_format, a_closed_pipe_is_an_error_for_every_format,
          a_long_output_to_a_full_device_fails_once)
