/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files, folders and the choice of a format. */
#include "harness.h"

#include "records.h"
#include "support/text.h"
#include "traces/file_names.h"
#include "traces/formats.h"

#include <sys/stat.h>
#ifdef HAVE_ZLIB
#include <zlib.h>
#endif

#define REPORT(id)                                                                                 \
    "REPORT RequestId: " id "\tDuration: 1.50 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\n"
#define RECORD(id) " - - " id " 1.5 2 - - 128 -1 0 ?\n"

struct tree {
    char root[64];
    char *path[16];
    size_t paths;
};

static struct tree tree_create(void)
{
    struct tree tree = {.root = "/tmp/lambdaplan-test-XXXXXX"};
    ck_assert_ptr_nonnull(mkdtemp(tree.root));
    return tree;
}

static const char *tree_folder(struct tree *tree, const char *name)
{
    char *const path = text_format("%s/%s", tree->root, name);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    return tree->path[tree->paths++] = path;
}

static const char *tree_file(struct tree *tree, const char *name, const char *text)
{
    char *const path = text_format("%s/%s", tree->root, name);
    FILE *const out = fopen(path, "w");
    ck_assert_ptr_nonnull(out);
    ck_assert_int_ge(fputs(text, out), 0);
    ck_assert_int_eq(fclose(out), 0);
    return tree->path[tree->paths++] = path;
}

static void tree_destroy(struct tree *tree)
{
    while (tree->paths > 0) {
        remove(tree->path[--tree->paths]);
        free(tree->path[tree->paths]);
    }
    rmdir(tree->root);
}

START_TEST(test_folder)
{
    struct tree tree = tree_create();
    const struct read_options options = {0};
    struct records r = {0};
    tree_file(&tree, "b.log", REPORT("b"));
    tree_file(&tree, "a.log", REPORT("a"));
    tree_file(&tree, ".hidden", REPORT("hidden"));
    tree_folder(&tree, "aa");
    tree_file(&tree, "aa/c.json",
              "[{\"message\": \"REPORT RequestId: c Duration: 1.50 ms Billed "
              "Duration: 2 ms Memory Size: 128 MB\", \"timestamp\": 0}]");
    tree_file(&tree, "aa/empty.log", "");
    tree_file(&tree, "aa/idle.log", "START RequestId: z Version: 1\n");
    tree_file(&tree, "readme", "nothing of use\n");
    records_read(&r, tree.root, &options, NULL);
    ck_assert_int_eq(r.result, 0);
    ck_assert_str_eq(r.text, RECORD("a") RECORD("c") RECORD("b")); /* by name */
    ck_assert_uint_eq(r.d.errors, 0);
    ck_assert_uint_eq(r.d.warnings, 3);
    ck_assert_ptr_nonnull(strstr(r.d.item[0].text, "/aa/empty.log: the file is empty"));
    ck_assert_ptr_nonnull(strstr(r.d.item[1].text, "/aa/idle.log: there is no REPORT line"));
    ck_assert_ptr_nonnull(strstr(r.d.item[2].text, "/readme: left out: not a format"));
    records_finish(&r);
    tree_destroy(&tree);
}
END_TEST

#ifdef HAVE_ZLIB
/* An archive that is being written, or a broken one, among others. */
START_TEST(test_a_cut_archive_in_a_folder)
{
    struct tree tree = tree_create();
    struct read_options options = {0};
    unsigned char packed[400];
    for (int broken = 0; broken < 2; broken++) {
        struct records r = {0};
        tree_file(&tree, "z.log", REPORT("z"));
        const char *const path = tree_file(&tree, "a.log.gz", "");
        gzFile out = gzopen(path, "wb0"); /* stored: nothing of it is lost but what is cut */
        gzputs(out, REPORT("a") REPORT("b"));
        gzclose(out);
        FILE *file = fopen(path, "rb");
        const size_t size = fread(packed, 1, sizeof packed, file);
        fclose(file);
        file = fopen(path, "wb");
        packed[size - 5] ^= broken; /* of the check sum */
        fwrite(packed, 1, broken ? size : size - 20, file);
        fclose(file);
        options.strict = false;
        records_read(&r, tree.root, &options, NULL);
        ck_assert_int_eq(r.result, 0);
        ck_assert_str_eq(r.text,
                         broken ? RECORD("a") RECORD("b") RECORD("z") : RECORD("a") RECORD("z"));
        ck_assert_ptr_nonnull(strstr(r.d.item[0].text, "/a.log.gz: the gzip archive is "));
        ck_assert_ptr_nonnull(strstr(r.d.item[0].text, broken ? "broken at byte" : "cut: it ends"));
        ck_assert_ptr_nonnull(strstr(r.d.item[0].text, ": what stands before that is read"));
        records_finish(&r);

        r = (struct records){0};
        options.strict = true;
        records_read(&r, tree.root, &options, NULL);
        ck_assert_int_eq(r.result, -1);
        ck_assert_uint_eq(r.d.errors, 1);
        records_finish(&r);
    }
    tree_destroy(&tree);
}
END_TEST
#else
#define test_a_cut_archive_in_a_folder test_folder
#endif

/* A note in a folder, unless every row counts; UTF-16 is read like any text. */
START_TEST(test_what_others_packed_in_a_folder)
{
    struct tree tree = tree_create();
    struct read_options options = {0};
    struct records r = {0};
    tree_file(&tree, "a.zip", "PK\x03\x04\x14");
    tree_file(&tree, "b.bz2", "BZh91AY&SY");
    tree_file(&tree, "z.log", REPORT("z"));
    FILE *const wide = fopen(tree_file(&tree, "w.log", ""), "wb");
    fputs("\xff\xfe", wide);
    for (const char *c = REPORT("w"); *c != '\0'; c++) {
        fputc(*c, wide);
        fputc(0, wide);
    }
    ck_assert_int_eq(fclose(wide), 0);
    records_read(&r, tree.root, &options, NULL);
    ck_assert_int_eq(r.result, 0);
    ck_assert_str_eq(r.text, RECORD("w") RECORD("z"));
    ck_assert_uint_eq(r.d.warnings, 2);
    ck_assert_ptr_nonnull(strstr(r.d.item[0].text, "/a.zip: left out: this is a zip archive"));
    ck_assert_ptr_nonnull(strstr(r.d.item[1].text, "/b.bz2: left out: this is a bzip2 archive"));
    records_finish(&r);

    r = (struct records){0};
    options.strict = true;
    records_read(&r, tree.root, &options, NULL);
    ck_assert_int_eq(r.result, -1);
    assert_one_error(&r.d,
                     "/a.zip: this is a zip archive, which cannot be read here: unpack it first");
    records_finish(&r);
    tree_destroy(&tree);
}
END_TEST

START_TEST(test_links_in_a_circle)
{
    struct tree tree = tree_create();
    const struct read_options options = {0};
    struct records r = {0};
    tree_file(&tree, "a.log", REPORT("a"));
    tree.path[tree.paths] = text_format("%s/circle", tree.root);
    ck_assert_int_eq(symlink(tree.root, tree.path[tree.paths++]), 0);
    tree.path[tree.paths] = text_format("%s/link.log", tree.root);
    ck_assert_int_eq(symlink(tree.path[0], tree.path[tree.paths++]), 0);
    records_read(&r, tree.root, &options, NULL);
    ck_assert_int_eq(r.result, 0);
    ck_assert_str_eq(r.text, RECORD("a") RECORD("a"));
    ck_assert_uint_eq(r.d.warnings, 1);
    ck_assert_ptr_nonnull(strstr(r.d.item[0].text, "/circle: left out: a link to a folder"));
    records_finish(&r);
    tree_destroy(&tree);
}
END_TEST

START_TEST(test_a_folder_of_nothing)
{
    struct tree tree = tree_create();
    const struct read_options options = {0};
    struct records r = {0};
    records_read(&r, tree.root, &options, NULL);
    ck_assert_int_eq(r.result, -1);
    assert_one_error(&r.d, "there is no file in this folder");
    records_finish(&r);

    r = (struct records){0};
    tree_file(&tree, "readme", "nothing of use\n");
    records_read(&r, tree.root, &options, NULL);
    ck_assert_int_eq(r.result, -1);
    ck_assert_uint_eq(r.d.errors, 1);
    ck_assert_ptr_nonnull(strstr(r.d.item[1].text, "nothing was read"));
    records_finish(&r);

    r = (struct records){0};
    const struct read_options strict = {.strict = true};
    records_read(&r, tree.root, &strict, NULL);
    ck_assert_int_eq(r.result, -1);
    assert_one_error(&r.d, "/readme: not a format that is known; known are ");
    records_finish(&r);
    tree_destroy(&tree);
}
END_TEST

START_TEST(test_another_kind)
{
    struct records r = {0};
    const char png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    records_read_bytes(&r, png, sizeof png - 1, NULL);
    ck_assert_int_eq(r.result, -1);
    assert_one_error(&r.d, ": not a format that is known; known are ");
    ck_assert_ptr_nonnull(strstr(r.d.item[0].text, "lambda-log"));
    ck_assert_ptr_nonnull(strstr(r.d.item[0].text, "; name it with --input-format"));
    records_finish(&r);
    r = (struct records){0};
    records_read_bytes(&r, "", 0, NULL);
    ck_assert_int_eq(r.result, -1);
    assert_one_error(&r.d, ": the file is empty");
    records_finish(&r);
}
END_TEST

START_TEST(test_named_format)
{
    struct records r = {0};
    records_read_bytes(&r, REPORT("a"), sizeof REPORT("a") - 1, "lamda-log");
    ck_assert_int_eq(r.result, -1);
    assert_one_error(&r.d, "there is no input format \"lamda-log\": did you mean lambda-log?");
    records_finish(&r);
    r = (struct records){0};
    records_read_bytes(&r, REPORT("a"), sizeof REPORT("a") - 1, "tea");
    assert_one_error(&r.d, "there is no input format \"tea\"; known are ");
    records_finish(&r);
    /* Its reports begin behind what is looked at: only the name helps. */
    char *const text = malloc(200000);
    memset(text, '\n', 100000);
    strcpy(text + 100000, REPORT("a"));
    assert_records(text, "lambda-log", RECORD("a"));
    r = (struct records){0};
    records_read_bytes(&r, text, strlen(text), NULL);
    assert_one_error(&r.d, "not a format that is known");
    records_finish(&r);
    free(text);
}
END_TEST

START_TEST(test_several_files)
{
    struct tree tree = tree_create();
    struct records r = {0};
    const struct read_options options = {0};
    const struct record_sink sink = {.invocation = records_add, .context = &r};
    const char *path[3] = {tree_file(&tree, "b", REPORT("b")), tree_file(&tree, "a", REPORT("a")),
                           "/nowhere"};
    r.out = open_memstream(&r.text, &r.size);
    diagnostics_init(&r.d);
    ck_assert_int_eq(read_records(path, 3, &options, &sink, NULL, &r.d), -1);
    fclose(r.out);
    ck_assert_str_eq(r.text, RECORD("b") RECORD("a")); /* as named */
    assert_one_error(&r.d, "cannot read /nowhere");
    records_finish(&r);
    tree_destroy(&tree);
}
END_TEST

/* NAME=FILE, an export to S3, and files that nobody names. */
START_TEST(test_names_of_files)
{
    struct tree tree = tree_create();
    struct records r = {0};
    struct read_counts counts;
    const struct read_options options = {.counts = &counts};
    const struct record_sink sink = {
        .invocation = records_add, .point = records_add_point, .context = &r};
    const char *const a = tree_file(&tree, "a", REPORT("a") "/aws/lambda/own " REPORT("o"));
    const char *const b = tree_file(&tree, "b=c", REPORT("b"));
    const char *const metric =
        tree_file(&tree, "m", "MONITORING|1489795335|27.4|gauge|user.latency|\n");
    const char *const exported = tree_folder(&tree, "export");
    tree_folder(&tree, "export/checkout");
    tree_folder(&tree, "export/checkout/task");
    tree_folder(&tree, "export/checkout/task/2026-08-01-[$LATEST]0f");
    tree_file(&tree, "export/checkout/task/2026-08-01-[$LATEST]0f/000000", REPORT("e"));
    char *const named = text_format("shop=%s", a), *const point = text_format("shop=%s", metric),
                *const folder = text_format("all=%s", exported);
    const char *argument[] = {named, b, point, exported, folder, a};
    r.out = open_memstream(&r.text, &r.size);
    diagnostics_init(&r.d);
    ck_assert_int_eq(read_records(argument, 6, &options, &sink, NULL, &r.d), 0);
    fclose(r.out);
    ck_assert_str_eq(r.text, " - shop a 1.5 2 - - 128 -1 0 ?\n"
                             " - own o 1.5 2 - - 128 -1 0 ?\n" RECORD(
                                 "b") "point 1489795335000 shop user.latency gauge 27.4\n"
                                      " - checkout e 1.5 2 - - 128 -1 0 ?\n"
                                      " - all e 1.5 2 - - 128 -1 0 ?\n" RECORD(
                                          "a") " - own o 1.5 2 - - 128 -1 0 ?\n");
    ck_assert_uint_eq(counts.unnamed_files, 2);
    records_finish(&r);
    free(named);
    free(point);
    free(folder);
    tree_destroy(&tree);
}
END_TEST

START_TEST(test_names_of_exports)
{
    static const struct {
        const char *path, *function;
    } cases[] = {
        {"s3/checkout/task/2026-08-01-[$LATEST]0f/000000.gz", "checkout"},
        {"checkout/task/2026-08-01-[$LATEST]0f/000000.gz", "checkout"},
        {"shared/task/2026-08-01-one[7]0f/000012.gz", "one"},
        {"task/2026-08-01-one[7]0f/000012.gz", "one"},
        {"exportedlogs/task/2026-08-01-[$LATEST]0f/000000.gz", NULL},
        {"./task/2026-08-01-[$LATEST]0f/000000.gz", NULL},
        {"../task/2026-08-01-[$LATEST]0f/000000.gz", NULL},
        {"/task/2026-08-01-[$LATEST]0f/000000.gz", NULL},
        {"task/2026-08-01-[$LATEST]0f/000000.gz", NULL},
        {"2026-08-01-[$LATEST]0f/000000.gz", NULL},
        {"000000.gz", NULL},
        {"", NULL},
        {"checkout/task/2026-08-01/000000.gz", NULL},
        {"checkout/task/26-08-01-[$LATEST]0f/000000.gz", NULL},
        {"checkout/task/2026-08-01-[$LATEST]0f/0.gz", NULL},
        {"checkout/task/2026-08-01-[$LATEST]0f/aws-logs-write-test", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *const function = export_function(cases[i].path);
        if (cases[i].function == NULL)
            ck_assert_msg(function == NULL, "%s: %s", cases[i].path, function);
        else
            ck_assert_str_eq(function, cases[i].function);
        free(function);
    }
}
END_TEST

static int no_cost(void *context, const struct cost_line *line)
{
    (void)context;
    (void)line;
    return 0;
}

START_TEST(test_nothing_of_use)
{
    struct records r = {0};
    struct temporary file;
    const struct read_options options = {0};
    const struct record_sink sink = {.point = records_add_point, .context = &r};
    temporary_write(&file, REPORT("a"), sizeof REPORT("a") - 1);
    const char *const path = file.path;
    diagnostics_init(&r.d);
    ck_assert_int_eq(read_records(&path, 1, &options, &sink, NULL, &r.d), -1);
    assert_one_error(&r.d, ": nothing was read: there is no metric: these are invocations");
    records_finish(&r);
    temporary_remove(&file);

    const char lines[] = "MONITORING|1489795335|27.4|gauge|user.latency|#functionname:f\n";
    const struct record_sink bill = {.invocation = records_add, .cost = no_cost, .context = &r};
    temporary_write(&file, lines, sizeof lines - 1);
    const char *const metrics = file.path;
    diagnostics_init(&r.d);
    ck_assert_int_eq(read_records(&metrics, 1, &options, &bill, NULL, &r.d), -1);
    assert_one_error(&r.d,
                     ": nothing was read: there is no invocation and no line of a bill: these "
                     "are metrics");
    diagnostics_finish(&r.d);
    temporary_remove(&file);
}
END_TEST

START_TEST(test_rejects_file)
{
    struct tree tree = tree_create();
    struct records r = {0};
    struct diagnostics d;
    size_t size;
    const struct read_options options = {0};
    const char *const log =
        tree_file(&tree, "a.log", REPORT("a") "hello\nREPORT RequestId: b\tDur");
    char *const rejects = text_format("%s/rejects.csv", tree.root);
    tree.path[tree.paths++] = rejects;
    records_read(&r, log, &options, rejects);
    ck_assert_int_eq(r.result, 0);
    diagnostics_init(&d);
    char *const text = text_read_file(rejects, 10000, &size, &d);
    char *const expected =
        text_format("file,line,reason,row\n\"%s\",3,\"Duration is missing: is the line cut?\","
                    "\"REPORT RequestId: b\tDur\"\n",
                    log);
    ck_assert_str_eq(text, expected);
    free(text);
    free(expected);
    diagnostics_finish(&d);
    records_finish(&r);
    tree_destroy(&tree);
}
END_TEST

START_TEST(test_the_table)
{
    for (size_t i = 0; i < formats_count(); i++) {
        const struct trace_format *const format = formats_get(i);
        ck_assert_ptr_eq(formats_find(format->name), format); /* no name twice */
        ck_assert(format->read != NULL);
        ck_assert_uint_gt(strlen(format->description), 10);
        ck_assert(!format->recognise("", 0));
        ck_assert(!format->recognise("\0\0\0\0", 4));
    }
    ck_assert_ptr_null(formats_find("nothing"));
}
END_TEST

TEST_MAIN("read", test_folder, test_a_cut_archive_in_a_folder, test_what_others_packed_in_a_folder,
          test_links_in_a_circle, test_a_folder_of_nothing, test_another_kind, test_named_format,
          test_several_files, test_names_of_files, test_names_of_exports, test_nothing_of_use,
          test_rejects_file, test_the_table)
