/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/lookup.h"

#include "core/memory.h"

#include <search.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct named_thing {
    const void *scope;
    const char *text;
    size_t length;
    void *thing;
};

static int by_text(const void *a, const void *b)
{
    const struct named_thing *const x = a, *const y = b;
    if (x == y)
        return 0; /* lookup_finish: the texts may be gone */
    if (x->scope != y->scope)
        return (uintptr_t)x->scope < (uintptr_t)y->scope ? -1 : 1;
    if (x->length != y->length)
        return x->length < y->length ? -1 : 1;
    return memcmp(x->text, y->text, x->length);
}

static struct named_thing *find(const struct lookup *lookup, const void *scope, const char *text,
                                size_t length)
{
    const struct named_thing wanted = {scope, text, length, NULL};
    void *const node = tfind(&wanted, &lookup->root, by_text);
    return node == NULL ? NULL : *(struct named_thing **)node;
}

bool lookup_add_part(struct lookup *lookup, const void *scope, const char *text, size_t length,
                     void *thing)
{
    struct named_thing *const entry = mem_alloc(1, sizeof *entry);
    *entry = (struct named_thing){scope, text, length, thing};
    void *const node = tsearch(entry, &lookup->root, by_text);
    if (node == NULL)
        mem_exhausted();
    const bool added = *(struct named_thing **)node == entry;
    if (!added)
        free(entry);
    return added;
}

bool lookup_add(struct lookup *lookup, const void *scope, const char *text, void *thing)
{
    return lookup_add_part(lookup, scope, text, strlen(text), thing);
}

void *lookup_find_part(const struct lookup *lookup, const void *scope, const char *text,
                       size_t length)
{
    const struct named_thing *const entry = find(lookup, scope, text, length);
    return entry == NULL ? NULL : entry->thing;
}

void *lookup_find(const struct lookup *lookup, const void *scope, const char *text)
{
    return lookup_find_part(lookup, scope, text, strlen(text));
}

static void remove_entry(struct lookup *lookup, struct named_thing *entry)
{
    tdelete(entry, &lookup->root, by_text);
    free(entry);
}

void lookup_remove(struct lookup *lookup, const void *scope, const char *text)
{
    struct named_thing *const entry = find(lookup, scope, text, strlen(text));
    if (entry != NULL)
        remove_entry(lookup, entry);
}

void lookup_finish(struct lookup *lookup)
{
    while (lookup->root != NULL)
        remove_entry(lookup, *(struct named_thing **)lookup->root);
}
