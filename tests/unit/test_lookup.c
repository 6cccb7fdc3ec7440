/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness.h"

#include "core/lookup.h"

#include <stdio.h>
#include <stdlib.h>

START_TEST(texts_belong_to_their_scope)
{
    struct lookup lookup = {NULL};
    int one = 1, two = 2, scope;
    ck_assert(lookup_add(&lookup, NULL, "a", &one));
    ck_assert(!lookup_add(&lookup, NULL, "a", &two)); /* the first one stays */
    ck_assert_ptr_eq(lookup_find(&lookup, NULL, "a"), &one);
    ck_assert_ptr_null(lookup_find(&lookup, &scope, "a"));
    ck_assert(lookup_add(&lookup, &scope, "a", &two));
    ck_assert_ptr_eq(lookup_find(&lookup, &scope, "a"), &two);
    lookup_remove(&lookup, NULL, "a");
    lookup_remove(&lookup, NULL, "a");
    ck_assert_ptr_null(lookup_find(&lookup, NULL, "a"));
    ck_assert_ptr_eq(lookup_find(&lookup, &scope, "a"), &two);
    lookup_finish(&lookup);
    ck_assert_ptr_null(lookup_find(&lookup, &scope, "a"));
}
END_TEST

START_TEST(parts_of_texts)
{
    struct lookup lookup = {NULL};
    int thing;
    ck_assert(lookup_add_part(&lookup, NULL, "queue[0]", 5, &thing));
    ck_assert_ptr_eq(lookup_find(&lookup, NULL, "queue"), &thing);
    ck_assert_ptr_eq(lookup_find_part(&lookup, NULL, "queue.arn", 5), &thing);
    ck_assert_ptr_null(lookup_find(&lookup, NULL, "queue[0]"));
    ck_assert_ptr_null(lookup_find(&lookup, NULL, "que"));
    ck_assert_ptr_null(lookup_find(&lookup, NULL, ""));
    lookup_finish(&lookup);
}
END_TEST

START_TEST(many)
{
    enum { MANY = 20000 };
    static char name[MANY][20];
    struct lookup lookup = {NULL};
    for (int i = 0; i < MANY; i++) {
        snprintf(name[i], sizeof name[i], "name-%d", i);
        ck_assert(lookup_add(&lookup, name, name[i], name[i]));
    }
    for (int i = 0; i < MANY; i += 2)
        lookup_remove(&lookup, name, name[i]);
    for (int i = 0; i < MANY; i++)
        ck_assert_ptr_eq(lookup_find(&lookup, name, name[i]), i % 2 == 0 ? NULL : name[i]);
    lookup_finish(&lookup);
}
END_TEST

START_TEST(it_ends_after_its_texts)
{
    struct lookup lookup = {NULL};
    char *name[50];
    for (int i = 0; i < 50; i++) {
        name[i] = malloc(20);
        ck_assert_ptr_nonnull(name[i]);
        snprintf(name[i], 20, "name-%d", i);
        lookup_add(&lookup, NULL, name[i], name[i]);
    }
    for (int i = 0; i < 50; i++)
        free(name[i]);
    lookup_finish(&lookup); /* a sanitizer would tell */
    ck_assert_ptr_null(lookup.root);
}
END_TEST

TEST_MAIN("unit_lookup", texts_belong_to_their_scope, parts_of_texts, many, it_ends_after_its_texts)
