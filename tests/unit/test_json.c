/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness.h"

#include "scenario/json.h"

#include <stdio.h>
#include <string.h>

static cJSON *parse(const char *text, struct diagnostics *diagnostics)
{
    diagnostics_init(diagnostics);
    return json_parse(text, strlen(text), "s.json", diagnostics);
}

static void expect_canonical(const char *text, const char *expected)
{
    struct diagnostics d;
    cJSON *const root = parse(text, &d);
    ck_assert_msg(root != NULL, "%s: %s", text, d.count > 0 ? d.item[0].text : "no error");
    char *const canonical = json_canonical(root);
    ck_assert_str_eq(canonical, expected);
    free(canonical);
    cJSON_Delete(root);
    diagnostics_finish(&d);
}

static void expect_error_of(const char *text, size_t size, const char *expected)
{
    struct diagnostics d;
    diagnostics_init(&d);
    cJSON *const root = json_parse(text, size, "s.json", &d);
    ck_assert_msg(root == NULL, "accepted: %s", text);
    ck_assert_uint_eq(d.errors, 1);
    ck_assert_str_eq(d.item[0].text, expected);
    diagnostics_finish(&d);
}

static void expect_error(const char *text, const char *expected)
{
    expect_error_of(text, strlen(text), expected);
}

START_TEST(canonical_form)
{
    expect_canonical("{\"b\": 1, \"a\": [true, false, null, \"x\"], \"\": {}}",
                     "{\"\":{},\"a\":[true,false,null,\"x\"],\"b\":1}");
    expect_canonical("[0.1, 1e2, -0, 1E-7, 123456789012345680000.0, 2.50, 0.30000000000000004]",
                     "[0.1,100,0,1e-07,1.2345678901234568e+20,2.5,0.30000000000000004]");
    expect_canonical("\"\\u00e9\\n\\u0001\\\\\\\"\\/\\ud83d\\ude00\"", "\"é\\n\\u0001\\\\\\\"/😀\"");
    expect_canonical("\xef\xbb\xbf{}", "{}");
    expect_canonical("9007199254740992", "9007199254740992");
    expect_canonical("-9007199254740992", "-9007199254740992");
}
END_TEST

START_TEST(comments)
{
    expect_canonical("// first\n{ /* a \n b */ \"a\": /**/ 1 // last\n, "
                     "\"b\": \"// no /* comment\"}",
                     "{\"a\":1,\"b\":\"// no /* comment\"}");
    expect_canonical("1//", "1");
    expect_canonical("/* \" */1/***/", "1");
    expect_error("{} /* no end *", "s.json:1: column 4: this comment has no end");
    expect_error("/*/", "s.json:1: column 1: this comment has no end");
    expect_error("{} / 1", "s.json:1: column 4: unexpected `/`; expected the end of the file");
}
END_TEST

START_TEST(numbers_that_cjson_lets_through)
{
    expect_error("[007]", "s.json:1: column 2: a number must not begin with 0");
    expect_error("[-01]", "s.json:1: column 2: a number must not begin with 0");
    expect_error("[1.]", "s.json:1: column 2: a number needs digits after its point");
    expect_error("[1e]", "s.json:1: column 2: a number needs digits in its exponent");
    expect_error("[1e+]", "s.json:1: column 2: a number needs digits in its exponent");
    expect_error("[-]", "s.json:1: column 2: a minus sign without a number");
    expect_error("[1e999]", "s.json:1: column 2: 1e999 is too large");
    expect_error("[-1e999]", "s.json:1: column 2: -1e999 is too large");
    expect_error("[9007199254740993]", "s.json:1: column 2: 9007199254740993 cannot be kept "
                                       "exactly; whole numbers end at 9007199254740992");
    expect_error("[+1]", "s.json:1: column 2: unexpected `+`; expected a value");
    expect_error("[.5]", "s.json:1: column 2: unexpected `.`; expected a value");
    expect_error("[0x10]", "s.json:1: column 3: unexpected `x10`; expected a comma or `]`");
    expect_error("[NaN]", "s.json:1: column 2: unexpected `NaN`; expected a value");
    expect_error("[Infinity]", "s.json:1: column 2: unexpected `Infinity`; expected a value");
    expect_error("[0.0000000000000000000000000000000000000000000000000000000000000000001]",
                 "s.json:1: column 2: a number of more than 60 characters");
}
END_TEST

START_TEST(strings_that_cjson_lets_through)
{
    expect_error("[\"a\tb\"]",
                 "s.json:1: column 4: control character 0x09 in a string; write \\u0009");
    expect_error("[\"a\nb\"]", "s.json:1: column 2: this string has no closing quote on its line");
    expect_error("[\"a", "s.json:1: column 2: this string has no closing quote");
    expect_error("[\"\\x\"]", "s.json:1: column 3: unknown escape after a backslash");
    expect_error("[\"\\", "s.json:1: column 3: unknown escape after a backslash");
    expect_error("[\"\\u12g4\"]", "s.json:1: column 3: \\u needs four hexadecimal digits");
    expect_error("[\"\\u0000\"]", "s.json:1: column 3: \\u0000 is not allowed in a string");
    expect_error("[\"\\ud800\"]", "s.json:1: column 3: half of a surrogate pair");
    expect_error("[\"\\ud800\\u0041\"]", "s.json:1: column 3: half of a surrogate pair");
    expect_error("[\"\\udc00\\ud800\"]", "s.json:1: column 3: half of a surrogate pair");
    expect_error("[\"\xff\"]", "s.json:1: column 3: invalid UTF-8 (byte 0xff)");
    expect_error("[\"\xc0\xaf\"]", "s.json:1: column 3: invalid UTF-8 (byte 0xc0)");
    expect_error("[\"\xe0\x80\x80\"]", "s.json:1: column 3: invalid UTF-8 (byte 0xe0)");
    expect_error("[\"\xed\xa0\x80\"]", "s.json:1: column 3: invalid UTF-8 (byte 0xed)");
    expect_error("[\"\xf4\x90\x80\x80\"]", "s.json:1: column 3: invalid UTF-8 (byte 0xf4)");
    expect_error("[\"\xe2\x82", "s.json:1: column 3: invalid UTF-8 (byte 0xe2)");
    expect_error("[\"é\xe9\"]", "s.json:1: column 4: invalid UTF-8 (byte 0xe9)");
    expect_error_of("[\"a\0b\"]", 7,
                    "s.json:1: column 4: control character 0x00 in a string; write \\u0000");
}
END_TEST

START_TEST(structure)
{
    expect_error("", "s.json:1: column 1: the file ends here; expected a value");
    expect_error("{\"a\": 1,\n  \"b\": 2,\n}",
                 "s.json:3: column 1: a comma before the closing `}`");
    expect_error("[1, 2, ]", "s.json:1: column 6: a comma before the closing `]`");
    expect_error("[1 2]", "s.json:1: column 4: unexpected `2`; expected a comma or `]`");
    expect_error("{\"a\" 1}", "s.json:1: column 6: unexpected `1`; expected a colon after the key");
    expect_error("{a: 1}", "s.json:1: column 2: unexpected `a`; expected a key in double quotes");
    expect_error("{'a': 1}", "s.json:1: column 2: unexpected `'`; expected a key in double quotes");
    expect_error("{\"a\": 1", "s.json:1: column 8: the file ends here; expected a comma or `}`");
    expect_error("{\"a\": }", "s.json:1: column 7: unexpected `}`; expected a value");
    expect_error("[truth]", "s.json:1: column 2: unexpected `truth`; expected a value");
    expect_error("{}\n\n{}", "s.json:3: column 1: unexpected `{`; expected the end of the file");
    expect_error("{}\n\x01",
                 "s.json:2: column 1: unexpected byte 0x01; expected the end of the file");
    expect_error_of("{}\0", 3,
                    "s.json:1: column 3: unexpected byte 0x00; expected the end of the file");
    expect_error("[\xff]", "s.json:1: column 2: unexpected byte 0xff; expected a value");
    expect_error("{\"a\": 1,\n\"b\": 2,\n\"\\u0061\": 3}",
                 "s.json:3: key `a` appears twice in one object (first in line 1)");
    expect_canonical("[{\"a\": 1}, {\"a\": 1, \"A\": 2}]", "[{\"a\":1},{\"A\":2,\"a\":1}]");
}
END_TEST

START_TEST(every_duplicate_is_reported)
{
    struct diagnostics d;
    ck_assert_ptr_null(parse("{\"a\": {\"x\": 1,\n\"x\": 2},\n\"a\": 2}", &d));
    ck_assert_uint_eq(d.errors, 2);
    diagnostics_finish(&d);
}
END_TEST

START_TEST(depth)
{
    char text[2 * (JSON_MAX_DEPTH + 1) + 1] = "";
    memset(text, '[', JSON_MAX_DEPTH);
    memset(text + JSON_MAX_DEPTH, ']', JSON_MAX_DEPTH);
    struct diagnostics d;
    cJSON *const root = parse(text, &d);
    ck_assert_ptr_nonnull(root);
    cJSON_Delete(root);
    diagnostics_finish(&d);
    memset(text, '[', JSON_MAX_DEPTH + 1);
    expect_error(text, "s.json:1: column 101: nested more than 100 levels deep");
    char *const deep = malloc(1000001);
    memset(deep, '[', 1000000);
    deep[1000000] = '\0';
    expect_error(deep, "s.json:1: column 101: nested more than 100 levels deep");
    free(deep);
}
END_TEST

START_TEST(huge_texts)
{
    const size_t size = JSON_MAX_BYTES + 1;
    char *const text = malloc(size + 1);
    memset(text, 'x', size);
    text[0] = text[size - 2] = '"';
    text[size - 1] = ' ';
    expect_error_of(text, size, "s.json: more than 67108864 bytes of JSON");
    struct diagnostics d;
    diagnostics_init(&d);
    cJSON *const root = json_parse(text, size - 1, "s.json", &d);
    ck_assert_ptr_nonnull(root);
    ck_assert_uint_eq(strlen(root->valuestring), size - 3);
    cJSON_Delete(root);
    diagnostics_finish(&d);
    free(text);
}
END_TEST

START_TEST(lines)
{
    struct diagnostics d;
    cJSON *const root = parse("// 1\n{\"a\":\n 1,\n\"b\": [5,\n6, {\n\"c\": /*\n*/ 8}]}", &d);
    ck_assert_ptr_nonnull(root);
    ck_assert_int_eq(json_line(root), 2);
    ck_assert_int_eq(json_line(cJSON_GetObjectItemCaseSensitive(root, "a")), 2);
    const cJSON *const b = cJSON_GetObjectItemCaseSensitive(root, "b");
    ck_assert_int_eq(json_line(b), 4);
    ck_assert_int_eq(json_line(b->child), 4);
    ck_assert_int_eq(json_line(b->child->next), 5);
    const cJSON *const object = b->child->next->next;
    ck_assert_int_eq(json_line(object), 5);
    ck_assert_int_eq(json_line(object->child), 6);
    cJSON_Delete(root);
    diagnostics_finish(&d);
}
END_TEST

START_TEST(numbers_read_back)
{
    static const double number[] = {0.1,       1.0 / 3,     5e-324,   1.7976931348623157e308,
                                    123456.75, 1e15,        1e15 + 2, 1e22,
                                    -2.5,      0.0000166667};
    char text[JSON_NUMBER_SIZE];
    for (size_t i = 0; i < sizeof number / sizeof *number; i++)
        ck_assert(strtod(json_number(number[i], text), NULL) == number[i]);
    ck_assert_str_eq(json_number(0.0000166667, text), "1.66667e-05");
    ck_assert_str_eq(json_number(86400, text), "86400");
    ck_assert_str_eq(json_number(-0.0, text), "0");
}
END_TEST

START_TEST(shown_strings_are_cut_between_characters)
{
    char text[JSON_SHOWN_SIZE], longer[200] = "";
    for (int i = 0; i < 50; i++)
        strcat(longer, "é");
    json_shown(longer, text);
    ck_assert_uint_eq(strlen(text), 64 + 3);
    ck_assert_str_eq(text + 64, "…");
    longer[0] = 'x'; /* now an odd cut */
    memmove(longer + 1, longer + 2, strlen(longer + 2) + 1);
    json_shown(longer, text);
    ck_assert_str_eq(text + 63, "…");
    ck_assert_str_eq(json_shown("short", text), "short");
}
END_TEST

TEST_MAIN("json", canonical_form, comments, numbers_that_cjson_lets_through,
          strings_that_cjson_lets_through, structure, every_duplicate_is_reported, depth,
          huge_texts, lines, numbers_read_back, shown_strings_are_cut_between_characters)
