/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traces/json_items.h"

#include "core/memory.h"
#include "traces/input.h"

#include <stdlib.h>
#include <string.h>

#define ITEM_MAX ((size_t)16 << 20)
#define KEY_MAX 64

struct json_items {
    struct input *input;
    const char *member;
    struct diagnostics *diagnostics;
    const char *chunk; /* of the input */
    size_t left;
    long line;
    long depth;      /* of open brackets */
    long list_depth; /* of the array's elements; 0: not in it */
    bool in_string, escaped, found, begun, ended;
    char key[KEY_MAX + 1]; /* the last string in the outermost object */
    size_t key_size;
    char *text; /* the element so far */
    size_t size, capacity;
    long item_line;
};

struct json_items *json_items_create(struct input *input, const char *member,
                                     struct diagnostics *diagnostics)
{
    struct json_items *const items = mem_alloc(1, sizeof *items);
    items->input = input;
    items->member = member;
    items->diagnostics = diagnostics;
    items->line = 1;
    return items;
}

void json_items_destroy(struct json_items *items)
{
    if (items == NULL)
        return;
    free(items->text);
    free(items);
}

bool json_items_found(const struct json_items *items)
{
    return items->found;
}

static int fail(const struct json_items *items, const char *what)
{
    diagnostics_error(items->diagnostics, input_path(items->input), items->line, "%s", what);
    return -1;
}

static int add(struct json_items *items, char c)
{
    if (items->size == ITEM_MAX)
        return fail(items, "an element of this JSON has more than 16 MB");
    if (items->size == 0)
        items->item_line = items->line;
    if (items->size + 1 >= items->capacity)
        items->text = mem_grow(items->text, &items->capacity, items->size + 1, 1);
    items->text[items->size++] = c;
    return 0;
}

/* A byte of a string of the outermost object, which may be a key. */
static void note_key(struct json_items *items, char c)
{
    if (items->depth == 1 && items->list_depth == 0 && items->key_size <= KEY_MAX)
        items->key[items->key_size++] = c;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int open_bracket(struct json_items *items, char c)
{
    const bool top = items->depth == 0;
    const bool named = items->depth == 1 && items->key_size == strlen(items->member) &&
                       memcmp(items->key, items->member, items->key_size) == 0;
    if (top && items->begun)
        return fail(items, "there is more behind the end of this JSON");
    items->begun = true;
    items->depth++;
    if (items->list_depth == 0 && !items->found && c == '[' && (top || named)) {
        items->found = true;
        items->list_depth = items->depth;
    }
    return 0;
}

/* One byte: 1 when an element has ended, else 0 or -1. */
static int take(struct json_items *items, char c)
{
    const bool inside = items->list_depth > 0;
    items->line += c == '\n';
    if (items->in_string) {
        const bool end = c == '"' && !items->escaped;
        items->escaped = c == '\\' && !items->escaped;
        items->in_string = !end;
        if (!end)
            note_key(items, c);
        return inside ? add(items, c) : 0;
    }
    if (c == '"') {
        items->in_string = true;
        if (items->depth == 1)
            items->key_size = 0;
        return inside ? add(items, c) : 0;
    }
    if (c == ']' || c == '}') {
        if (items->depth == 0)
            return fail(items, "a bracket is closed that was not opened");
        const bool last = inside && items->depth == items->list_depth;
        items->depth--;
        if (last) {
            items->list_depth = 0;
            return items->size > 0;
        }
        return inside ? add(items, c) : 0;
    }
    if (c == ',' && inside && items->depth == items->list_depth)
        return items->size > 0;
    if (c == ',' && items->depth == 1)
        items->key_size = 0;
    if (inside && (items->size > 0 || !is_space(c)) && add(items, c) != 0)
        return -1;
    if (c == '[' || c == '{')
        return open_bracket(items, c);
    if (items->depth == 0 && !is_space(c))
        return fail(items, "this is no JSON object or array");
    return 0;
}

int json_items_next(struct json_items *items, const char **ret, size_t *ret_size, long *ret_line)
{
    items->size = 0;
    while (!items->ended) {
        if (items->left == 0) {
            const ssize_t got = input_chunk(items->input, &items->chunk);
            if (got < 0)
                return -1;
            items->left = (size_t)got;
            items->ended = got == 0;
            continue;
        }
        const char c = *items->chunk++;
        items->left--;
        const int result = take(items, c);
        if (result < 0)
            return -1;
        if (result > 0) {
            while (is_space(items->text[items->size - 1]))
                items->size--;
            items->text[items->size] = '\0';
            *ret = items->text;
            *ret_size = items->size;
            *ret_line = items->item_line;
            return 1;
        }
    }
    if (items->depth > 0)
        return fail(items, "the file ends inside of its JSON: it is cut");
    return 0;
}
