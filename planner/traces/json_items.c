/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traces/json_items.h"

#include "core/memory.h"
#include "support/input.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ITEM_MAX ((size_t)16 << 20)
#define LEVELS_MAX 6 /* of objects and arrays that paths lead through */

/* What may come next in an object or array that a path leads through. */
enum expected { FIRST, KEY, COLON, VALUE, COMMA };

struct level {
    char close; /* its closing bracket */
    enum expected expected;
    uint32_t paths; /* those that lead through it */
    bool in_key, escaped;
    char key[JSON_ITEMS_KEY_MAX + 1]; /* of the present member */
    size_t key_size;
};

struct json_items {
    struct input *input;
    const char *const *path;
    size_t paths;
    struct diagnostics *diagnostics;
    const char *chunk; /* of the input */
    size_t left;
    long line;
    bool ended, begun;
    struct level level[LEVELS_MAX];
    size_t levels;
    uint32_t found;
    /* A value that is read as a whole, wanted or not. */
    bool in_value, wanted, is_string, in_string, escaped;
    long depth;
    struct json_item item;
    char *text;
    size_t size, capacity;
};

struct json_items *json_items_create(struct input *input, const char *const *path, size_t paths,
                                     struct diagnostics *diagnostics)
{
    struct json_items *const items = mem_alloc(1, sizeof *items);
    items->input = input;
    items->path = path;
    items->paths = paths;
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

bool json_items_found(const struct json_items *items, size_t path)
{
    return (items->found >> path & 1) != 0;
}

static int fail(const struct json_items *items, const char *what)
{
    diagnostics_error(items->diagnostics, input_path(items->input), items->line, "%s", what);
    return -1;
}

static int fail_expected(const struct json_items *items, const char *what)
{
    diagnostics_error(items->diagnostics, input_path(items->input), items->line,
                      "this JSON is broken: expected %s", what);
    return -1;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The name of a path that stands for what is `depth` levels deep; NULL when it is not so long. */
static const char *name_at(const char *path, size_t depth, size_t *ret_length)
{
    for (; depth > 0; depth--) {
        path = strchr(path, '/');
        if (path == NULL)
            return NULL;
        path++;
    }
    *ret_length = strcspn(path, "/");
    return path;
}

/* Whether the path goes on from this level to its present member. */
static bool leads_on(const char *path, const struct level *level, size_t depth)
{
    size_t length = 0;
    const char *const name = name_at(path, depth, &length);
    if (name == NULL)
        return false;
    if (level->close == ']')
        return length == 1 && *name == '#';
    return (length == 1 && *name == '*') ||
           (length == level->key_size && memcmp(name, level->key, length) == 0);
}

static int append(struct json_items *items, const char *text, size_t size)
{
    if (size > ITEM_MAX - items->size)
        return fail(items, "a value of this JSON has more than 16 MB");
    items->text = mem_grow(items->text, &items->capacity, items->size + size, 1);
    memcpy(items->text + items->size, text, size);
    items->size += size;
    return 0;
}

static void push(struct json_items *items, char open, uint32_t paths)
{
    struct level *const level = &items->level[items->levels];
    *level = (struct level){.close = open == '{' ? '}' : ']', .expected = FIRST, .paths = paths};
    for (size_t i = 0; i < items->paths; i++) {
        size_t length;
        const char *const name =
            (paths >> i & 1) != 0 ? name_at(items->path[i], items->levels, &length) : NULL;
        if (name != NULL && name[length] == '\0' && (*name == '#') == (open == '['))
            items->found |= UINT32_C(1) << i;
    }
    items->levels++;
}

/* The first byte of a value, which is not consumed unless a level opens. */
static int begin_value(struct json_items *items, char c)
{
    const struct level *const level = items->levels == 0 ? NULL : &items->level[items->levels - 1];
    const bool container = c == '{' || c == '[';
    uint32_t on = 0;
    size_t ends = items->paths;
    if (level == NULL) {
        if (!container)
            return fail(items, "this is no JSON object or array");
        items->begun = true;
        on = UINT32_MAX;
    }
    for (size_t i = 0; level != NULL && i < items->paths; i++) {
        size_t length;
        if ((level->paths >> i & 1) == 0 || !leads_on(items->path[i], level, items->levels - 1))
            continue;
        on |= UINT32_C(1) << i;
        if (ends == items->paths && name_at(items->path[i], items->levels, &length) == NULL)
            ends = i;
    }
    if (level != NULL)
        items->level[items->levels - 1].expected = COMMA;
    if (ends == items->paths && on != 0 && container && items->levels < LEVELS_MAX) {
        items->chunk++;
        items->left--;
        push(items, c, on);
        return 0;
    }
    items->in_value = true;
    items->wanted = ends < items->paths;
    items->is_string = c == '"';
    items->in_string = items->escaped = false;
    items->depth = 0;
    items->size = 0;
    items->item = (struct json_item){
        .path = ends, .key = level == NULL ? "" : level->key, .line = items->line};
    return 0;
}

/* How many bytes of the chunk belong to the value; `ret_end`: it ends behind them. */
static size_t measure_value(struct json_items *items, bool *ret_end)
{
    const char *const chunk = items->chunk;
    size_t i = 0;
    *ret_end = false;
    while (i < items->left && !*ret_end) {
        const char c = chunk[i];
        if (items->in_string) {
            items->in_string = c != '"' || items->escaped;
            items->escaped = c == '\\' && !items->escaped;
            *ret_end = !items->in_string && items->depth == 0;
        } else if (c == '"') {
            if (items->depth == 0 && !items->is_string) { /* 1"a": the scalar is over */
                *ret_end = true;
                break;
            }
            items->in_string = true;
        } else if (c == '{' || c == '[') {
            items->depth++;
        } else if (c == '}' || c == ']') {
            if (items->depth == 0) {
                *ret_end = true;
                break;
            }
            *ret_end = --items->depth == 0;
        } else if (items->depth == 0 && (c == ',' || is_space(c))) {
            *ret_end = true;
            break;
        }
        items->line += c == '\n';
        i++;
    }
    return i;
}

/* 1: a wanted value is complete. */
static int take_value(struct json_items *items, struct json_item *ret)
{
    bool end;
    const size_t size = measure_value(items, &end);
    if (items->wanted && append(items, items->chunk, size) < 0)
        return -1;
    items->chunk += size;
    items->left -= size;
    if (!end)
        return 0;
    items->in_value = false;
    if (!items->wanted)
        return 0;
    items->text[items->size] = '\0';
    *ret = items->item;
    ret->text = items->text;
    ret->size = items->size;
    return 1;
}

static int take_key_byte(struct json_items *items, struct level *level, char c)
{
    const bool end = c == '"' && !level->escaped;
    level->escaped = c == '\\' && !level->escaped;
    if (end) {
        level->in_key = false;
        level->key[level->key_size] = '\0';
        level->expected = COLON;
    } else if (level->key_size == JSON_ITEMS_KEY_MAX) {
        return fail(items, "a key of this JSON is longer than 200 bytes");
    } else {
        level->key[level->key_size++] = c;
    }
    return 0;
}

/* A byte around the values of a level; it is consumed unless it begins a value. */
static int take_byte(struct json_items *items, struct level *level, char c)
{
    const bool object = level->close == '}';
    const bool begins = level->expected == VALUE || (level->expected == FIRST && !object);
    if (begins && c != ']' && c != '}' && c != ',' && c != ':')
        return begin_value(items, c);
    items->chunk++;
    items->left--;
    if (c == level->close && (level->expected == FIRST || level->expected == COMMA)) {
        items->levels--;
        return 0;
    }
    switch (level->expected) {
    case FIRST:
    case KEY:
        if (!object || c != '"')
            return fail_expected(items, object ? "a key in quotes" : "a value");
        level->in_key = true;
        level->key_size = 0;
        return 0;
    case COLON:
        level->expected = VALUE;
        return c == ':' ? 0 : fail_expected(items, "a colon behind a key");
    case COMMA:
        level->expected = object ? KEY : VALUE;
        return c == ',' ? 0 : fail_expected(items, "a comma or a closing bracket");
    default:
        return fail_expected(items, "a value");
    }
}

static int step(struct json_items *items, struct json_item *ret)
{
    struct level *const level = items->levels == 0 ? NULL : &items->level[items->levels - 1];
    const char c = *items->chunk;
    if (items->in_value)
        return take_value(items, ret);
    if ((level == NULL || !level->in_key) && is_space(c)) {
        items->line += c == '\n';
        items->chunk++;
        items->left--;
        return 0;
    }
    if (level == NULL)
        return items->begun ? fail(items, "there is more behind the end of this JSON")
                            : begin_value(items, c);
    if (!level->in_key)
        return take_byte(items, level, c);
    items->line += c == '\n';
    items->chunk++;
    items->left--;
    return take_key_byte(items, level, c);
}

int json_items_next(struct json_items *items, struct json_item *ret)
{
    while (!items->ended) {
        if (items->left == 0) {
            const ssize_t got = input_chunk(items->input, &items->chunk);
            if (got < 0)
                return -1;
            items->left = (size_t)got;
            items->ended = got == 0;
            continue;
        }
        const int result = step(items, ret);
        if (result != 0)
            return result;
    }
    if (items->levels > 0 || items->in_value)
        return fail(items, "the file ends inside of its JSON: it is cut");
    return 0;
}
