/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness.h"

#include "files.h"
#include "support/text.h"

#include <math.h>

START_TEST(format_makes_its_own_memory)
{
    char *const text = text_format("%s-%0*d", "a", 2000, 7);
    ck_assert_uint_eq(strlen(text), 2002);
    ck_assert_int_eq(text[2001], '7');
    free(text);
    char *const empty = text_format("%s", "");
    ck_assert_str_eq(empty, "");
    free(empty);
}
END_TEST

static const char *const words[] = {"batch_size", "memory_size", "timeout", "shard_count", ""};

static const char *near(const char *word)
{
    return text_near_miss(word, words, sizeof words / sizeof *words);
}

START_TEST(slips_of_the_keyboard_are_found)
{
    ck_assert_pstr_eq(near("batch_sise"), "batch_size");
    ck_assert_pstr_eq(near("batchsize"), "batch_size");
    ck_assert_pstr_eq(near("batch_szie"), "batch_size");
    ck_assert_pstr_eq(near("memroy_sizee"), "memory_size");
    ck_assert_pstr_eq(near("tiemout"), "timeout");
    ck_assert_pstr_eq(near("shards_count"), "shard_count");
}
END_TEST

START_TEST(what_is_far_is_not_suggested)
{
    ck_assert_pstr_eq(near("region"), NULL);
    ck_assert_pstr_eq(near(""), NULL);
    ck_assert_pstr_eq(near("x"), NULL);
    ck_assert_pstr_eq(near("tmt"), NULL);
    char *const longest = text_format("%0*d", 100000, 0);
    ck_assert_pstr_eq(near(longest), NULL);
    free(longest);
    static const char *const two[] = {"ab", "ba"};
    ck_assert_pstr_eq(text_near_miss("b", two, 2), NULL);
    ck_assert_pstr_eq(text_near_miss("ac", two, 2), "ab");
}
END_TEST

START_TEST(the_nearest_wins_and_a_swap_is_one_edit)
{
    static const char *const near_ones[] = {"abcdefxyz", "abcdefgih"};
    ck_assert_pstr_eq(text_near_miss("abcdefghi", near_ones, 2), "abcdefgih");
    static const char *const swap[] = {"ba"};
    ck_assert_pstr_eq(text_near_miss("ab", swap, 1), "ba");
}
END_TEST

START_TEST(files_are_read_whole)
{
    struct diagnostics d;
    struct temporary file;
    size_t size;
    diagnostics_init(&d);
    temporary_write(&file, "a\0b\n", 4);
    char *const text = text_read_file(file.path, 4, &size, &d);
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_eq(size, 4);
    ck_assert_mem_eq(text, "a\0b\n", 5);
    free(text);
    ck_assert_uint_eq(d.errors, 0);
    ck_assert_ptr_null(text_read_file(file.path, 3, &size, &d));
    assert_one_error(&d, "it has more than 3 bytes");
    diagnostics_finish(&d);
    temporary_remove(&file);
}
END_TEST

START_TEST(a_large_file_and_an_empty_one)
{
    struct diagnostics d;
    struct temporary file;
    size_t size = 1;
    diagnostics_init(&d);
    char *const large = text_format("%0*d", 100000, 5);
    temporary_write(&file, large, 100000);
    char *const back = text_read_file(file.path, 1000000, &size, &d);
    ck_assert_uint_eq(size, 100000);
    ck_assert_str_eq(back, large);
    free(back);
    free(large);
    temporary_remove(&file);
    temporary_write(&file, "", 0);
    char *const empty = text_read_file(file.path, 10, &size, &d);
    ck_assert_str_eq(empty, "");
    ck_assert_uint_eq(size, 0);
    free(empty);
    temporary_remove(&file);
    ck_assert_uint_eq(d.errors, 0);
    diagnostics_finish(&d);
}
END_TEST

START_TEST(what_cannot_be_read_says_why)
{
    struct diagnostics d;
    diagnostics_init(&d);
    ck_assert_ptr_null(text_read_file("/nowhere/at/all", 10, NULL, &d));
    assert_one_error(&d, "cannot read /nowhere/at/all: No such file or directory");
    diagnostics_finish(&d);
    ck_assert_ptr_null(text_read_file("/tmp", 10, NULL, &d));
    assert_one_error(&d, "cannot read /tmp: Is a directory");
    diagnostics_finish(&d);
    ck_assert_ptr_null(text_read_file("/dev/zero", 1000, NULL, &d));
    assert_one_error(&d, "cannot read /dev/zero: it has more than 1000 bytes");
    diagnostics_finish(&d);
}
END_TEST

START_TEST(numbers_for_readers)
{
    char text[TEXT_NUMBER_SIZE];
    ck_assert_str_eq(text_number(12345.678, 1, text), "12,345.7");
    ck_assert_str_eq(text_number(0, 0, text), "0");
    ck_assert_str_eq(text_number(999, 0, text), "999");
    ck_assert_str_eq(text_number(1000, 0, text), "1,000");
    ck_assert_str_eq(text_number(999.96, 1, text), "1,000.0");
    ck_assert_str_eq(text_number(-1234567, 2, text), "-1,234,567.00");
    ck_assert_str_eq(text_number(-0.001, 2, text), "0.00");
    ck_assert_str_eq(text_number(-0.0, 0, text), "0");
    ck_assert_str_eq(text_number(NAN, 2, text), "–");
    ck_assert_str_eq(text_number(INFINITY, 2, text), "∞");
    ck_assert_str_eq(text_number(-INFINITY, 2, text), "-∞");
    ck_assert_str_eq(text_number(1e300, 2, text), "1.000000e+300");
    ck_assert_str_eq(text_number(1.5, -3, text), "2");
    ck_assert_uint_lt(strlen(text_number(-9e17, 100, text)), TEXT_NUMBER_SIZE);
}
END_TEST

START_TEST(counts_for_readers)
{
    char text[TEXT_NUMBER_SIZE];
    ck_assert_str_eq(text_count(12345.678, text), "12,346");
    ck_assert_str_eq(text_count(0, text), "0");
    ck_assert_str_eq(text_count(1, text), "1");
    ck_assert_str_eq(text_count(0.2, text), "0.2");
    ck_assert_str_eq(text_count(1.0 / 3, text), "0.333");
    ck_assert_str_eq(text_count(-2.5, text), "-2.5");
    ck_assert_str_eq(text_count(99.96, text), "100");
    ck_assert_str_eq(text_count(NAN, text), "–");
    ck_assert_str_eq(text_count(INFINITY, text), "∞");
    ck_assert_str_eq(text_count(1e20, text), "1.000000e+20");
    ck_assert_str_eq(text_significant(1234.5, 5, text), "1,234.5");
    ck_assert_str_eq(text_significant(1e-300, 3, text), "0");
}
END_TEST

TEST_MAIN("text", format_makes_its_own_memory, slips_of_the_keyboard_are_found,
          what_is_far_is_not_suggested, the_nearest_wins_and_a_swap_is_one_edit,
          files_are_read_whole, a_large_file_and_an_empty_one, what_cannot_be_read_says_why,
          numbers_for_readers, counts_for_readers)
