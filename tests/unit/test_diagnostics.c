/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness.h"

#include <lambdaplan/diagnostics.h>

#include <stdio.h>
#include <string.h>

START_TEST(prefix_says_where)
{
    struct diagnostics d;
    diagnostics_init(&d);
    diagnostics_error(&d, "a.csv", 12, "%d is above %d", 3, 2);
    diagnostics_error(&d, "a.csv", 0, "is empty");
    diagnostics_error(&d, NULL, 7, "no file");
    diagnostics_warning(&d, NULL, 0, "only words");
    ck_assert_uint_eq(d.count, 4);
    ck_assert_uint_eq(d.errors, 3);
    ck_assert_uint_eq(d.warnings, 1);
    ck_assert_str_eq(d.item[0].text, "a.csv:12: 3 is above 2");
    ck_assert_str_eq(d.item[1].text, "a.csv: is empty");
    ck_assert_str_eq(d.item[2].text, "line 7: no file");
    ck_assert_str_eq(d.item[3].text, "only words");
    ck_assert(d.item[3].warning && !d.item[0].warning);
    diagnostics_finish(&d);
    ck_assert_uint_eq(d.count, 0);
}
END_TEST

START_TEST(terminal_controls_and_broken_utf8_are_shown_as_question_marks)
{
    struct diagnostics d;
    diagnostics_init(&d);
    diagnostics_error(&d, "x\x1b[2J", 1, "a\nb\tc\x7f");
    diagnostics_error(&d, NULL, 0, "%s", "\xff\xc0\x80 \xed\xa0\x80 \xc2\x9b \xe2\x80\xae.");
    diagnostics_error(&d, NULL, 0, "%s", "caf\xc3\xa9 \xe2\x80\xa6 \xf0\x9f\x98\x80");
    diagnostics_error(&d, NULL, 0, "%s", "cut \xe2\x80");
    ck_assert_str_eq(d.item[0].text, "x?[2J:1: a?b?c?");
    ck_assert_str_eq(d.item[1].text, "??? ??? ? ?.");
    ck_assert_str_eq(d.item[2].text, "caf\xc3\xa9 \xe2\x80\xa6 \xf0\x9f\x98\x80");
    ck_assert_str_eq(d.item[3].text, "cut ??");
    diagnostics_finish(&d);
}
END_TEST

START_TEST(long_texts_are_cut_between_characters)
{
    struct diagnostics d;
    char text[5000];
    diagnostics_init(&d);
    for (size_t i = 0; i + 3 < sizeof text; i += 2)
        memcpy(text + i, "\xc3\xa9", 3);
    diagnostics_error(&d, NULL, 0, "x%s", text);
    ck_assert_uint_eq(strlen(d.item[0].text), 999); /* 1,000 would split a character */
    diagnostics_error(&d, NULL, 0, "xx%s", text);
    ck_assert_uint_eq(strlen(d.item[1].text), 1000);
    diagnostics_error(&d, text, 5, "the sentence stays");
    ck_assert_ptr_nonnull(strstr(d.item[2].text, ":5: the sentence stays"));
    diagnostics_finish(&d);
}
END_TEST

START_TEST(the_same_sentence_is_kept_once)
{
    struct diagnostics d;
    diagnostics_init(&d);
    for (int i = 0; i < 5; i++)
        diagnostics_error(&d, "a", 1, "again");
    diagnostics_warning(&d, "a", 1, "again");
    ck_assert_uint_eq(d.count, 2);
    ck_assert_uint_eq(d.errors, 1);
    ck_assert_uint_eq(d.warnings, 1);
    diagnostics_finish(&d);
}
END_TEST

START_TEST(they_are_passed_on_by_kind)
{
    struct diagnostics from, errors, warnings;
    diagnostics_init(&from);
    diagnostics_init(&errors);
    diagnostics_init(&warnings);
    diagnostics_error(&from, "a", 1, "100 %%s");
    diagnostics_warning(&from, "b", 2, "so what");
    diagnostics_pass_on(&from, "memory_size=128", &errors, &warnings);
    ck_assert_uint_eq(errors.count, 1);
    ck_assert_str_eq(errors.item[0].text, "memory_size=128: a:1: 100 %s");
    ck_assert_uint_eq(warnings.count, 1);
    ck_assert_str_eq(warnings.item[0].text, "b:2: so what");
    diagnostics_pass_on(&from, NULL, NULL, &errors);
    diagnostics_pass_on(&from, NULL, &warnings, NULL);
    ck_assert_uint_eq(errors.errors, 1);
    ck_assert_uint_eq(errors.warnings, 1);
    ck_assert_uint_eq(warnings.errors, 1);
    ck_assert_uint_eq(warnings.warnings, 1);
    ck_assert_str_eq(warnings.item[1].text, "a:1: 100 %s");
    diagnostics_finish(&from);
    diagnostics_finish(&errors);
    diagnostics_finish(&warnings);
}
END_TEST

static char *printed_by(void (*print)(const struct diagnostics *, FILE *),
                        const struct diagnostics *d)
{
    char *text = NULL;
    size_t size = 0;
    FILE *const out = open_memstream(&text, &size);
    print(d, out);
    fclose(out);
    return text;
}

static char *printed(const struct diagnostics *d)
{
    return printed_by(diagnostics_print, d);
}

START_TEST(the_rest_is_counted)
{
    struct diagnostics d;
    diagnostics_init(&d);
    diagnostics_warning(&d, NULL, 0, "careful");
    for (int i = 0; i < 120; i++)
        diagnostics_error(&d, "f", i + 1, "bad");
    ck_assert_uint_eq(d.count, DIAGNOSTICS_MAX);
    ck_assert_uint_eq(d.errors, 120);
    char *const text = printed(&d);
    ck_assert_ptr_nonnull(strstr(text, "error: f:1: bad\n"));
    ck_assert_ptr_nonnull(strstr(text, "error: ... and 20 more errors\n"));
    ck_assert_ptr_nonnull(strstr(text, "warning: ... and 1 more warnings\n"));
    free(text);
    diagnostics_finish(&d);
}
END_TEST

START_TEST(warnings_do_not_hide_an_error)
{
    struct diagnostics d;
    diagnostics_init(&d);
    for (int i = 0; i < 150; i++)
        diagnostics_warning(&d, "f", i + 1, "careful");
    diagnostics_error(&d, "f", 1, "bad");
    ck_assert_uint_eq(d.count, DIAGNOSTICS_MAX);
    ck_assert_str_eq(d.item[DIAGNOSTICS_MAX - 1].text, "f:1: bad");
    char *const text = printed(&d);
    ck_assert_ptr_nonnull(strstr(text, "error: f:1: bad\n"));
    ck_assert_ptr_nonnull(strstr(text, "warning: ... and 51 more warnings\n"));
    free(text);
    char *const errors = printed_by(diagnostics_print_errors, &d);
    ck_assert_str_eq(errors, "error: f:1: bad\n");
    free(errors);
    diagnostics_finish(&d);
}
END_TEST

TEST_MAIN("diagnostics", prefix_says_where, they_are_passed_on_by_kind,
          terminal_controls_and_broken_utf8_are_shown_as_question_marks,
          long_texts_are_cut_between_characters, the_same_sentence_is_kept_once,
          the_rest_is_counted, warnings_do_not_hide_an_error)
