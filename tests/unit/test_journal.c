/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness.h"

#include "engine/journal.h"
#include "unit/files.h"

#include <math.h>
#include <sys/stat.h>

#define RECORDS 20

struct fixture {
    char path[64];
    struct diagnostics diagnostics;
};

static void setup(struct fixture *f)
{
    struct temporary temporary;
    temporary_write(&temporary, "", 0);
    strcpy(f->path, temporary.path);
    diagnostics_init(&f->diagnostics);
}

static void finish(struct fixture *f)
{
    unlink(f->path);
    diagnostics_finish(&f->diagnostics);
}

static struct journal *open_journal(struct fixture *f)
{
    return journal_open(f->path, "the title", 9, &f->diagnostics);
}

static void key_of(unsigned index, uint8_t key[JOURNAL_KEY_SIZE])
{
    memset(key, 1 + (int)(index % 7), JOURNAL_KEY_SIZE);
    key[31] = (uint8_t)index;
    key[30] = (uint8_t)(index >> 8);
}

static int put(struct fixture *f, struct journal *journal, unsigned index, const char *notes)
{
    uint8_t key[JOURNAL_KEY_SIZE];
    const double value[3] = {index + 0.1, -INFINITY, NAN};
    key_of(index, key);
    return journal_append(journal, key, &(struct journal_payload){value, 3, notes},
                          &f->diagnostics);
}

static bool has(const struct journal *journal, unsigned index, const char *notes)
{
    uint8_t key[JOURNAL_KEY_SIZE];
    double value[3];
    const char *found = NULL;
    key_of(index, key);
    if (!journal_find(journal, key, value, 3, &found))
        return false;
    ck_assert_double_eq(value[0], index + 0.1);
    ck_assert(isinf(value[1]) && value[1] < 0 && isnan(value[2]));
    ck_assert_pstr_eq(found, notes);
    return true;
}

static void fill(struct fixture *f)
{
    struct journal *const journal = open_journal(f);
    ck_assert_ptr_nonnull(journal);
    for (unsigned i = 0; i < RECORDS; i++)
        ck_assert_int_eq(put(f, journal, i, i == 3 ? "a note" : NULL), 0);
    ck_assert_uint_eq(journal_count(journal), RECORDS);
    journal_close(journal);
}

static size_t file_size(const struct fixture *f)
{
    struct stat info;
    ck_assert_int_eq(stat(f->path, &info), 0);
    return (size_t)info.st_size;
}

static void spoil(const struct fixture *f, long at, int with)
{
    FILE *const file = fopen(f->path, "r+b");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fseek(file, at, SEEK_SET), 0);
    const int was = getc(file);
    ck_assert_int_eq(fseek(file, at, SEEK_SET), 0);
    ck_assert_int_ne(putc(was ^ with, file), EOF);
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(what_was_put_is_found)
{
    struct fixture f;
    setup(&f);
    fill(&f);
    struct journal *const journal = open_journal(&f);
    size_t size;
    const char *const title = journal_title(journal, &size);
    ck_assert_uint_eq(size, 9);
    ck_assert_int_eq(memcmp(title, "the title", 9), 0);
    ck_assert_uint_eq(journal_count(journal), RECORDS);
    for (unsigned i = 0; i < RECORDS; i++)
        ck_assert(has(journal, i, i == 3 ? "a note" : NULL));
    ck_assert(!has(journal, RECORDS, NULL));
    uint8_t key[JOURNAL_KEY_SIZE];
    double value[4];
    const char *notes;
    key_of(0, key);
    ck_assert(!journal_find(journal, key, value, 4, &notes)); /* of another width */
    journal_close(journal);
    ck_assert_uint_eq(f.diagnostics.count, 0);
    finish(&f);
}
END_TEST

START_TEST(a_journal_without_results_becomes_another)
{
    struct fixture f;
    size_t size;
    setup(&f);
    journal_close(open_journal(&f));
    journal_close(journal_open(f.path, "another title", 13, &f.diagnostics));
    struct journal *journal = journal_read(f.path, &f.diagnostics);
    const char *title = journal_title(journal, &size);
    ck_assert(size == 13 && memcmp(title, "another title", 13) == 0);
    journal_close(journal);
    journal = open_journal(&f);
    ck_assert_int_eq(put(&f, journal, 0, NULL), 0);
    journal_close(journal); /* with a result it stays what it is */
    journal = journal_open(f.path, "another title", 13, &f.diagnostics);
    title = journal_title(journal, &size);
    ck_assert(size == 9 && memcmp(title, "the title", 9) == 0);
    ck_assert(has(journal, 0, NULL));
    journal_close(journal);
    ck_assert_uint_eq(f.diagnostics.count, 0);
    finish(&f);
}
END_TEST

START_TEST(one_process_at_a_time)
{
    struct fixture f;
    setup(&f);
    struct journal *const first = open_journal(&f);
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_null(open_journal(&f)); /* flock is of the open file: also inside a process */
    assert_one_error(&f.diagnostics, "another process is at this study");
    journal_close(first);
    finish(&f);
}
END_TEST

/* Cut at every byte: never an error, every whole record is there, and what is put next is found. */
START_TEST(a_torn_tail_is_cut)
{
    struct fixture f;
    setup(&f);
    fill(&f);
    const size_t whole = file_size(&f);
    size_t before = RECORDS;
    for (size_t size = whole; size-- > 0;) {
        REQUIRE(truncate(f.path, (off_t)size) == 0);
        struct journal *journal = journal_read(f.path, &f.diagnostics);
        REQUIRE(journal != NULL);
        const size_t count = journal_count(journal);
        REQUIRE(count == before || count + 1 == before);
        for (unsigned i = 0; i < RECORDS; i++)
            REQUIRE(has(journal, i, i == 3 ? "a note" : NULL) == (i < count));
        before = count;
        journal_close(journal);
    }
    ck_assert_uint_eq(before, 0);
    finish(&f);

    setup(&f);
    fill(&f);
    ck_assert_int_eq(truncate(f.path, (off_t)whole - 1), 0);
    struct journal *journal = open_journal(&f);
    ck_assert_uint_eq(journal_count(journal), RECORDS - 1);
    ck_assert_int_eq(put(&f, journal, 77, NULL), 0);
    journal_close(journal);
    journal = open_journal(&f);
    ck_assert_uint_eq(journal_count(journal), RECORDS);
    ck_assert(has(journal, 77, NULL) && !has(journal, RECORDS - 1, NULL));
    journal_close(journal);
    ck_assert_uint_eq(f.diagnostics.count, 0);
    finish(&f);
}
END_TEST

/* Every single byte may be wrong: at most one record is lost, and it is said. */
START_TEST(damage_is_dropped_and_reported)
{
    struct fixture f;
    setup(&f);
    fill(&f);
    const size_t whole = file_size(&f);
    for (size_t at = strlen("lambdaplan journal 1\n"); at < whole; at++) {
        struct diagnostics d;
        spoil(&f, (long)at, 0x41);
        diagnostics_init(&d);
        struct journal *const journal = journal_read(f.path, &d);
        REQUIRE(journal != NULL);
        size_t there = 0, size;
        for (unsigned i = 0; i < RECORDS; i++)
            there += has(journal, i, i == 3 ? "a note" : NULL);
        const bool title = journal_title(journal, &size)[0] == 't';
        REQUIRE(there + title == RECORDS);
        const bool last = !has(journal, RECORDS - 1, NULL); /* as if torn off: nothing to say */
        REQUIRE(d.errors == 0 && d.warnings == (last ? 0 : 1));
        REQUIRE(last || strstr(d.item[0].text, "is damaged in 1 place") != NULL);
        journal_close(journal);
        diagnostics_finish(&d);
        spoil(&f, (long)at, 0x41);
    }
    ck_assert_uint_eq(f.diagnostics.count, 0);
    finish(&f);
}
END_TEST

START_TEST(other_files_are_refused)
{
    static const struct {
        const char *text, *sentence;
    } cases[] = {{"{ \"name\": 1 }", "is no journal of lambdaplan"},
                 {"lambdaplan journal 2\nxyz", "is a journal of another version of lambdaplan"}};
    for (size_t i = 0; i < 2; i++) {
        struct fixture f;
        setup(&f);
        FILE *const file = fopen(f.path, "w");
        fputs(cases[i].text, file);
        fclose(file);
        ck_assert_ptr_null(open_journal(&f));
        assert_one_error(&f.diagnostics, cases[i].sentence);
        ck_assert_uint_eq(file_size(&f), strlen(cases[i].text)); /* nothing was cut */
        finish(&f);
    }
    struct fixture f;
    setup(&f);
    ck_assert_ptr_null(journal_read("/nowhere/at/all", &f.diagnostics));
    assert_one_error(&f.diagnostics, "cannot be read: No such file");
    finish(&f);
}
END_TEST

START_TEST(journals_are_put_together)
{
    struct fixture a, b, c;
    setup(&a);
    setup(&b);
    setup(&c);
    struct journal *const first = open_journal(&a), *second = open_journal(&b);
    for (unsigned i = 0; i < RECORDS; i++)
        ck_assert_int_eq(put(&b, i % 2 == 0 ? first : second, i, NULL), 0);
    ck_assert_int_eq(put(&b, second, 0, NULL), 0); /* both have it: the same, so it does no harm */
    journal_close(first);
    journal_close(second);
    struct journal *const all = journal_read(a.path, &a.diagnostics);
    second = journal_read(b.path, &b.diagnostics);
    ck_assert_int_eq(journal_add(all, second, &a.diagnostics), 0);
    ck_assert_uint_eq(journal_count(all), RECORDS);
    for (unsigned i = 0; i < RECORDS; i++)
        ck_assert(has(all, i, NULL));

    struct journal *third = open_journal(&c);
    uint8_t key[JOURNAL_KEY_SIZE];
    const double value[3] = {1, 2, 3};
    key_of(5, key);
    ck_assert_int_eq(
        journal_append(third, key, &(struct journal_payload){value, 3, NULL}, &c.diagnostics), 0);
    journal_close(third);
    third = journal_read(c.path, &c.diagnostics);
    ck_assert_int_eq(journal_add(all, third, &c.diagnostics), -1);
    assert_one_error(&c.diagnostics, "has other results than the journals before it");
    journal_close(third);
    journal_close(second);
    journal_close(all);
    finish(&a);
    finish(&b);
    finish(&c);
}
END_TEST

/* Records that claim to be long, one in another: no time for ever, no crash. */
START_TEST(hostile_bytes_end)
{
    struct fixture f;
    setup(&f);
    FILE *const file = fopen(f.path, "wb");
    fputs("lambdaplan journal 1\n", file);
    for (int i = 0; i < 60000; i++)
        fwrite("\xffLpR\0\0\x04\0", 1, 8, file); /* a payload of 256 KiB, which is there */
    fclose(file);
    ck_assert_ptr_null(open_journal(&f));
    assert_one_error(&f.diagnostics, "is damaged beyond repair");
    finish(&f);
}
END_TEST

TEST_MAIN("unit_journal", what_was_put_is_found, a_journal_without_results_becomes_another,
          one_process_at_a_time, a_torn_tail_is_cut, damage_is_dropped_and_reported,
          other_files_are_refused, journals_are_put_together, hostile_bytes_end)
