/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness.h"

#include "files.h"
#include "support/input.h"
#include "traces/json_items.h"

/* One line an item: "PATH KEY LINE TEXT"; then "end", or the error without its file. */
static char *items_of(const char *text, size_t size, const char *const *path, size_t paths)
{
    struct temporary file;
    struct diagnostics d;
    struct json_item item;
    char *ret = NULL;
    size_t length;
    int result;
    diagnostics_init(&d);
    temporary_write(&file, text, size);
    FILE *const out = open_memstream(&ret, &length);
    struct input *const input = input_open(file.path, &d);
    struct json_items *const items = json_items_create(input, path, paths, &d);
    while ((result = json_items_next(items, &item)) == 1) {
        REQUIRE(strlen(item.text) == item.size && item.path < paths && item.size > 0);
        REQUIRE(json_items_found(items, item.path) || strchr("#*", path[item.path][0]) == NULL);
        fprintf(out, "%s %s %ld %s\n", path[item.path], item.key, item.line, item.text);
    }
    REQUIRE(d.errors == (result < 0 ? 1u : 0u));
    fputs(result < 0 ? d.item[0].text + strlen(file.path) + 1 : "end", out);
    fclose(out);
    json_items_destroy(items);
    input_close(input);
    temporary_remove(&file);
    diagnostics_finish(&d);
    return ret;
}

static void expect(const char *text, const char *const *path, size_t paths, const char *expected)
{
    char *const got = items_of(text, strlen(text), path, paths);
    ck_assert_str_eq(got, expected);
    free(got);
}

static const char *const some[] = {"#", "list/#", "all/*", "all/b", "a/b/c/*", "single"};
#define SOME (sizeof some / sizeof *some)

START_TEST(paths_choose)
{
    expect("[]", some, SOME, "end");
    expect(" [1, \"a\\\"]\",\n{\"x\":[2,\"}\"]} , -1.5e3]\n", some, SOME,
           "#  1 1\n#  1 \"a\\\"]\"\n#  2 {\"x\":[2,\"}\"]}\n#  2 -1.5e3\nend");
    expect("{\"list\":[[1],[]],\"x\":{\"list\":[3]},\"list\":[null]}", some, SOME,
           "list/#  1 [1]\nlist/#  1 []\nlist/#  1 null\nend");
    expect("{\"all\": {\"b\": 1, \"\\\"\": \"x\"}, \"single\":[{}], \"list\": {\"x\": 1},\n"
           "\"a\": {\"b\": {\"c\": {\"k\": 1}, \"d\": {\"k\": 2}}}}",
           some, SOME, "all/* b 1 1\nall/* \\\" 1 \"x\"\nsingle single 1 [{}]\na/b/c/* k 2 1\nend");
    expect("{\"all\": [1], \"list\": 7, \"a\": {\"b\": \"c\"}, \"lis\": [1], \"listx\": [1]}", some,
           SOME, "end");
}
END_TEST

START_TEST(what_lies_around_is_checked)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "end"},
        {"7", "1: this is no JSON object or array"},
        {"{}{}", "1: there is more behind the end of this JSON"},
        {"{}\n]", "2: there is more behind the end of this JSON"},
        {"{", "1: the file ends inside of its JSON: it is cut"},
        {"{\"single\": tr", "1: the file ends inside of its JSON: it is cut"},
        {"{\"sin", "1: the file ends inside of its JSON: it is cut"},
        {"{]", "1: this JSON is broken: expected a key in quotes"},
        {"{\"x\": 1,}", "1: this JSON is broken: expected a key in quotes"},
        {"{\"x\"}", "1: this JSON is broken: expected a colon behind a key"},
        {"{\"x\":}", "1: this JSON is broken: expected a value"},
        {"{\"x\": \"a\"1}", "1: this JSON is broken: expected a comma or a closing bracket"},
        {"{\"x\": [1}]\n\"y\"", "1: this JSON is broken: expected a comma or a closing bracket"},
        {"{\"list\": [,1]}", "1: this JSON is broken: expected a value"},
        {"{\"list\": [}", "1: this JSON is broken: expected a value"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect(cases[i].text, some, SOME, cases[i].says);
    expect("{\"list\": [1,]}", some, SOME, "list/#  1 1\n1: this JSON is broken: expected a value");
}
END_TEST

/* Memory is bounded whatever a file says. */
START_TEST(limits)
{
    static const size_t big = ((size_t)16 << 20) + 100;
    char *const text = malloc(big);
    ck_assert_ptr_nonnull(text);
    memset(text, 'x', big);
    memcpy(text, "{\"single\":\"", 11);
    char *got = items_of(text, big, some, SOME);
    ck_assert_str_eq(got, "1: a value of this JSON has more than 16 MB");
    free(got);
    memcpy(text, "{\"other_\":\"", 11); /* not wanted: not kept */
    memcpy(text + big - 2, "\"}", 2);
    got = items_of(text, big, some, SOME);
    ck_assert_str_eq(got, "end");
    free(got);
    memset(text + 2, 'x', 20);
    got = items_of(text, big, some, SOME);
    ck_assert_str_eq(got, "1: a key of this JSON is longer than 200 bytes");
    free(got);
    memset(text, '[', big); /* brackets without end are counted, not kept */
    got = items_of(text, big, some + 1, 1);
    ck_assert_str_eq(got, "1: the file ends inside of its JSON: it is cut");
    free(got);
    free(text);
}
END_TEST

/* The input delivers its first 64 KiB, then the rest: whatever lies on the edge, the same comes. */
START_TEST(edges_of_chunks_do_not_show)
{
    static const char json[] =
        "{\"all\": {\"b\": 1, \"\\\"\\\\\": \"x\\\"\", \"\": [{\"}\":\"]\"}, 2]}, \"y\": "
        "[\"\\\\\"],"
        " \"single\": false , \"list\":[ [ 1 ],\"\\\\\",-1.5 ], \"a\":{\"b\":{\"c\":{\"k\":{}}}}}";
    static const size_t chunk = 65536;
    char *const text = malloc(chunk + sizeof json);
    ck_assert_ptr_nonnull(text);
    char *const expected = items_of(json, sizeof json - 1, some, SOME);
    ck_assert_ptr_nonnull(strstr(expected, "a/b/c/* k 1 {}\nend"));
    for (size_t before = 0; before < sizeof json; before++) {
        memset(text, ' ', chunk);
        memcpy(text + chunk - before, json, sizeof json - 1);
        char *const got = items_of(text, chunk - before + sizeof json - 1, some, SOME);
        REQUIRE_MSG(strcmp(got, expected) == 0, "edge at %zu: %s", before, got);
        free(got);
    }
    free(expected);
    free(text);
}
END_TEST

TEST_MAIN("unit_json_items", paths_choose, what_lies_around_is_checked, limits,
          edges_of_chunks_do_not_show)
