/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several threads and any split give the records, the rejects and the warnings of one thread. */
#include "core/memory.h"
#include "harness.h"
#include "support/text.h"
#include "traces/insights.h"
#include "traces/parallel.h"
#include "traces/rejects.h"
#include "unit/files.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdint.h>

struct list { /* records as text, in order */
    char *text;
    size_t size, capacity;
};

struct whole {
    struct list list;
    uint64_t merges;
    atomic_ulong parts; /* created: more than are merged where a chunk was read again */
    int stop_after;     /* merges; 0: never */
};

static void add(struct list *list, const char *text, size_t size)
{
    list->text = mem_grow(list->text, &list->capacity, list->size + size, 1);
    if (size > 0)
        memcpy(list->text + list->size, text, size);
    list->size += size;
    list->text[list->size] = '\0';
}

static int on_invocation(void *context, const struct invocation_record *r)
{
    char line[400];
    const int size =
        snprintf(line, sizeof line, "%" PRId64 " %s %s %" PRId64 " %" PRId64 "\n", r->time_ns,
                 r->function == NULL ? "-" : r->function,
                 r->request_id == NULL ? "-" : r->request_id, r->duration_ns, r->memory_mb);
    add(context, line, (size_t)size < sizeof line ? (size_t)size : sizeof line - 1);
    return 0;
}

static void *create_part(void *context)
{
    ((struct whole *)context)->parts++;
    return mem_alloc(1, sizeof(struct list));
}

static struct record_sink sink_of(void *part)
{
    return (struct record_sink){.invocation = on_invocation, .context = part};
}

static void destroy_part(void *part)
{
    free(((struct list *)part)->text);
    free(part);
}

static int merge_part(void *context, void *part)
{
    struct whole *const whole = context;
    const struct list *const list = part;
    add(&whole->list, list->text, list->size);
    destroy_part(part);
    whole->merges++;
    return whole->stop_after > 0 && whole->merges == (uint64_t)whole->stop_after ? 7 : 0;
}

struct outcome {
    struct whole whole;
    char *rejects, *told;
    struct record_tally tally;
    int result;
};

static void finish(struct outcome *outcome)
{
    free(outcome->whole.list.text);
    free(outcome->rejects);
    free(outcome->told);
}

static struct outcome read_split(const char *path, unsigned threads, size_t chunk, bool strict,
                                 int stop_after)
{
    struct outcome outcome = {.whole.stop_after = stop_after};
    struct diagnostics d;
    struct temporary to;
    const struct read_options options = {.strict = strict};
    const struct record_parts parts = {create_part, sink_of, merge_part, destroy_part,
                                       &outcome.whole};
    temporary_write(&to, "", 0);
    diagnostics_init(&d);
    struct rejects *const rejects = rejects_open(to.path, strict, &d);
    outcome.result = parallel_read_table(path, &insights_csv_table, &options, threads, chunk,
                                         &parts, rejects, &d, &outcome.tally);
    rejects_finish(rejects);
    outcome.rejects = text_read_file(to.path, SIZE_MAX / 4, NULL, &d);
    outcome.told = mem_strdup("");
    for (size_t i = 0; i < d.count; i++) {
        char *const longer = text_format("%s%s\n", outcome.told, d.item[i].text);
        free(outcome.told);
        outcome.told = longer;
    }
    temporary_remove(&to);
    diagnostics_finish(&d);
    return outcome;
}

static uint64_t next_random(uint64_t *state) /* xorshift64 (Marsaglia 2003) */
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static size_t below(uint64_t *state, size_t bound)
{
    return (size_t)((next_random(state) >> 11) % bound);
}

/* An export with messages over several lines; `wild`: of 100 rows so many are spoilt. */
static void write_export(struct temporary *ret, uint64_t *state, size_t rows, unsigned wild)
{
    static const char *const spoilt[] = {"x\"y\n",          "\"open\n", "1,2,3\n",
                                         "a,b,c,d,e,\"f\n", "\r",       "\"\"\"\n"};
    static const char inner[] = "one\n\"\"two\"\"\n,2024-01-01 00:00:00.000,id,REPORT,1,1,\n";
    struct list text = {0};
    const char header[] = "@timestamp,@requestId,@type,@duration,@memorySize,@message\n";
    add(&text, header, sizeof header - 1);
    for (size_t i = 0; i < rows; i++) {
        char row[300];
        const bool report = below(state, 3) > 0;
        int size = snprintf(row, sizeof row, "2024-01-01 00:00:%02zu.%03zu,id-%zu,%s,%s,1.28E8,",
                            below(state, 60), below(state, 1000), i, report ? "REPORT" : "START",
                            below(state, 50) == 0 ? "x" : "12.5");
        add(&text, row, (size_t)size);
        if (below(state, 2) == 0) {
            add(&text, "\"", 1);
            for (size_t n = below(state, 6); n > 0; n--)
                add(&text, inner, sizeof inner - 1);
            add(&text, "\"", 1);
        }
        const bool crlf = below(state, 4) == 0;
        add(&text, crlf ? "\r\n" : "\n", crlf ? 2 : 1);
        if (below(state, 100) < wild) {
            const char *const bad = spoilt[below(state, sizeof spoilt / sizeof *spoilt)];
            add(&text, bad, strlen(bad));
        }
    }
    temporary_write(ret, text.text, text.size);
    free(text.text);
}

static void assert_same(const struct outcome *a, const struct outcome *b)
{
    REQUIRE(a->result == b->result && a->tally.records == b->tally.records);
    REQUIRE(a->whole.list.size == b->whole.list.size);
    REQUIRE(memcmp(a->whole.list.text, b->whole.list.text, a->whole.list.size) == 0);
    REQUIRE(strcmp(a->rejects, b->rejects) == 0);
    REQUIRE_MSG(strcmp(a->told, b->told) == 0, "\"%s\" differs from \"%s\"", a->told, b->told);
}

START_TEST(any_split_gives_the_same)
{
    static const unsigned wild[] = {0, 1, 10, 60};
    uint64_t state = 7;
    for (size_t i = 0; i < 24; i++) {
        struct temporary file;
        write_export(&file, &state, 100 + below(&state, 400), wild[i % 4]);
        struct outcome one = read_split(file.path, 1, SIZE_MAX / 4, false, 0);
        REQUIRE(one.result == 0 && one.tally.records > 20 && one.whole.merges == 1);
        REQUIRE((one.rejects[0] != '\0') || wild[i % 4] == 0);
        for (size_t k = 0; k < 5; k++) {
            const size_t chunk = 40 + below(&state, k == 0 ? 100 : 20000);
            struct outcome split =
                read_split(file.path, 1 + (unsigned)below(&state, 4), chunk, false, 0);
            assert_same(&one, &split);
            REQUIRE(k > 0 || split.whole.merges > 50);
            finish(&split);
        }
        finish(&one);
        temporary_remove(&file);
    }
}
END_TEST

/* More rejects in a chunk than are kept: it is read again when it is merged. */
START_TEST(many_rejects)
{
    struct list text = {0};
    struct temporary file;
    add(&text, "@duration,@type\n", 16);
    for (int i = 0; i < 3000; i++)
        add(&text, i % 3 == 0 ? "1,REPORT\n" : "broken\n", i % 3 == 0 ? 9 : 7);
    temporary_write(&file, text.text, text.size);
    struct outcome one = read_split(file.path, 1, SIZE_MAX / 4, false, 0);
    struct outcome split = read_split(file.path, 3, 12000, false, 0);
    ck_assert_int_eq((int)one.tally.records, 1000);
    ck_assert_ptr_nonnull(strstr(one.rejects, ",3001,"));
    assert_same(&one, &split);
    finish(&one);
    finish(&split);
    one = read_split(file.path, 1, SIZE_MAX / 4, true, 0);
    split = read_split(file.path, 4, 1000, true, 0);
    ck_assert_int_eq(one.result, -1);
    ck_assert_int_eq(split.result, -1);
    ck_assert_str_eq(one.told, split.told);
    finish(&one);
    finish(&split);
    temporary_remove(&file);
    free(text.text);
}
END_TEST

/* A row begins behind a line end: chunks are read once. Where lines lie within quotes the guess
 * fails for the chunks that are under way, six more than threads, and for no others. */
START_TEST(few_chunks_are_read_again)
{
    struct list plain = {0};
    struct temporary file;
    uint64_t state = 13;
    add(&plain, "@duration,@type\n", 16);
    for (int i = 0; i < 20000; i++)
        add(&plain, "12.5,\"REPORT\"\n", 14);
    temporary_write(&file, plain.text, plain.size);
    struct outcome outcome = read_split(file.path, 2, 2000, false, 0);
    ck_assert_uint_eq(outcome.tally.records, 20000);
    ck_assert_uint_ge(outcome.whole.merges, 130);
    ck_assert_uint_eq(outcome.whole.parts, outcome.whole.merges);
    finish(&outcome);
    temporary_remove(&file);
    free(plain.text);
    write_export(&file, &state, 20000, 0);
    outcome = read_split(file.path, 2, 2000, false, 0);
    ck_assert_uint_ge(outcome.whole.merges, 800);
    ck_assert_uint_gt(outcome.whole.parts, outcome.whole.merges);
    ck_assert_uint_le(outcome.whole.parts, outcome.whole.merges + 8);
    finish(&outcome);
    temporary_remove(&file);
}
END_TEST

START_TEST(merge_can_stop)
{
    uint64_t state = 9;
    struct temporary file;
    write_export(&file, &state, 500, 0);
    struct outcome outcome = read_split(file.path, 4, 500, false, 3);
    ck_assert_int_eq(outcome.result, 7);
    ck_assert_uint_eq(outcome.whole.merges, 3);
    finish(&outcome);
    temporary_remove(&file);
}
END_TEST

/* Through the door: a big file is split, a small one and a folder's are parts of their own. */
START_TEST(by_files)
{
    uint64_t state = 11;
    struct temporary big, small;
    write_export(&big, &state, 90000, 0);
    write_export(&small, &state, 300, 0);
    char *const named = text_format("shop=%s", big.path); /* what names no function is of it */
    const char *const path[] = {named, small.path};
    const struct read_options options = {0};
    char *text[2];
    for (unsigned threads = 1; threads <= 2; threads++) {
        struct diagnostics d;
        struct whole whole = {0};
        const struct record_parts parts = {create_part, sink_of, merge_part, destroy_part, &whole};
        diagnostics_init(&d);
        ck_assert(parallel_fits(big.path, PARALLEL_CHUNK));
        ck_assert(!parallel_fits(small.path, PARALLEL_CHUNK));
        ck_assert_int_eq(read_records_parallel(path, 2, &options, threads, &parts, NULL, &d), 0);
        ck_assert_uint_ge(whole.merges, 3);
        text[threads - 1] = whole.list.text;
        diagnostics_finish(&d);
    }
    ck_assert(strcmp(text[0], text[1]) == 0);
    /* One stream of records gives the same. */
    struct diagnostics d;
    struct list list = {0};
    const struct record_sink sink = sink_of(&list);
    diagnostics_init(&d);
    ck_assert_int_eq(read_records(path, 2, &options, &sink, NULL, &d), 0);
    ck_assert(strcmp(list.text, text[0]) == 0);
    ck_assert(strstr(list.text, "shop") != NULL);
    diagnostics_finish(&d);
    free(named);
    free(list.text);
    free(text[0]);
    free(text[1]);
    temporary_remove(&big);
    temporary_remove(&small);
}
END_TEST

/* Big or small, what there is instead is told. */
START_TEST(metrics_instead)
{
    static const char header[] = "timestamp,value\n", row[] = "2024-01-01T00:00:00Z,17\n";
    struct list text = {0};
    struct temporary file;
    struct diagnostics d;
    struct whole whole = {0};
    const struct read_options options = {0};
    const struct record_parts parts = {create_part, sink_of, merge_part, destroy_part, &whole};
    add(&text, header, sizeof header - 1);
    while (text.size <= PARALLEL_CHUNK)
        add(&text, row, sizeof row - 1);
    temporary_write(&file, text.text, text.size);
    const char *const path = file.path;
    ck_assert(parallel_fits(path, PARALLEL_CHUNK));
    diagnostics_init(&d);
    ck_assert_int_eq(read_records_parallel(&path, 1, &options, 2, &parts, NULL, &d), -1);
    assert_one_error(&d, "nothing was read: there is no invocation: these are metrics");
    diagnostics_finish(&d);
    free(text.text);
    free(whole.list.text);
    temporary_remove(&file);
}
END_TEST

#define FILES 40

static void write_log(const char *folder, size_t index)
{
    char path[120];
    snprintf(path, sizeof path, "%s/%02zu.log", folder, index);
    FILE *const out = fopen(path, "w");
    ck_assert_ptr_nonnull(out);
    for (size_t i = 0; i < 200 && index % 10 != 3; i++) /* some have only other lines, or none */
        fprintf(out,
                "REPORT RequestId: r%zu-%zu\tDuration: %zu.5 ms\tBilled Duration: 90 ms\t"
                "Memory Size: 128 MB\n",
                index, i, i);
    for (size_t i = 0; i < 1500 && index == 8; i++) /* more rejects than are kept */
        fputs("REPORT RequestId: x\tDuration: 1e3 ms\n", out);
    if (index % 10 == 5)
        fputs("REPORT RequestId: y\tDuration: 1 ms\nREPORT RequestId: z\tDur", out);
    if (index == 13)
        fputs("START RequestId: a Version: 1\n", out);
    if (index == 17)
        fputs("timestamp,value\n", freopen(path, "w", out)); /* a table of nothing */
    ck_assert_int_eq(fclose(out), 0);
}

static struct outcome read_folder_by(const char *folder, unsigned threads, bool strict)
{
    struct outcome outcome = {0};
    struct diagnostics d;
    struct temporary to;
    struct read_counts counts = {0};
    const struct read_options options = {.strict = strict, .counts = &counts};
    const struct record_parts parts = {create_part, sink_of, merge_part, destroy_part,
                                       &outcome.whole};
    temporary_write(&to, "", 0);
    diagnostics_init(&d);
    outcome.result = read_records_parallel(&folder, 1, &options, threads, &parts, to.path, &d);
    outcome.tally.records = counts.records;
    outcome.rejects = text_read_file(to.path, SIZE_MAX / 4, NULL, &d);
    outcome.told = mem_strdup("");
    for (size_t i = 0; i < d.count; i++) {
        char *const longer = text_format("%s%s\n", outcome.told, d.item[i].text);
        free(outcome.told);
        outcome.told = longer;
    }
    temporary_remove(&to);
    diagnostics_finish(&d);
    return outcome;
}

/* Several files at once: the records, the rejects and the words of one after the other. */
START_TEST(many_files)
{
    char folder[] = "/tmp/lambdaplan-test-XXXXXX", path[120];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    for (size_t i = 0; i < FILES; i++)
        write_log(folder, i);
    for (int strict = 0; strict < 2; strict++) {
        struct outcome one = read_folder_by(folder, 1, strict);
        ck_assert_int_eq(one.result, strict ? -1 : 0);
        if (!strict)
            ck_assert_uint_eq(one.tally.records, 35 * 200);
        ck_assert_ptr_nonnull(
            strstr(one.told, strict ? "/05.log:201: " : "/13.log: there is no REPORT"));
        for (unsigned threads = 2; threads <= 5; threads++) {
            struct outcome other = read_folder_by(folder, threads, strict);
            ck_assert_int_eq(other.result, one.result);
            ck_assert_uint_eq(other.tally.records, one.tally.records);
            ck_assert_uint_eq(other.whole.merges, one.whole.merges);
            ck_assert(strcmp(other.whole.list.text, one.whole.list.text) == 0);
            ck_assert_str_eq(other.told, one.told);
            ck_assert(strcmp(other.rejects, one.rejects) == 0);
            finish(&other);
        }
        finish(&one);
    }
    for (size_t i = 0; i < FILES; i++) {
        snprintf(path, sizeof path, "%s/%02zu.log", folder, i);
        unlink(path);
    }
    rmdir(folder);
}
END_TEST

TEST_MAIN("parallel", any_split_gives_the_same, many_rejects, few_chunks_are_read_again,
          merge_can_stop, by_files, metrics_instead, many_files)
