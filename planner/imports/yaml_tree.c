/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "imports/yaml_tree.h"

#include "core/memory.h"
#include "scenario/json.h"
#include "support/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct anchor {
    char *name;
    const cJSON *value; /* NULL while it is being read */
    size_t cost;
    int depth;
};

#define MERGE_MAX_WORK 200000000.0 /* comparisons of keys: seconds, not hours */

struct loader {
    yaml_parser_t parser;
    const char *text, *file;
    size_t size;
    struct diagnostics *diagnostics;
    struct anchor *anchor;
    size_t anchors, anchor_capacity;
    size_t expanded;
    double merge_work;
    int depth;
    cJSON *merged; /* what merge keys brought: anchors may lie inside */
};

__attribute__((format(printf, 3, 4))) static cJSON *fail(struct loader *loader, yaml_mark_t mark,
                                                         const char *format, ...)
{
    char text[300];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    diagnostics_error(loader->diagnostics, loader->file, (long)mark.line + 1, "column %zu: %s",
                      mark.column + 1, text);
    return NULL;
}

static long line_at(const struct loader *loader, size_t offset)
{
    long line = 1;
    for (size_t i = 0; i < offset && i < loader->size; i++)
        line += loader->text[i] == '\n';
    return line;
}

/* What libyaml says, with the line that it leaves out where bytes are no text. */
static cJSON *fail_parser(struct loader *loader)
{
    const yaml_parser_t *const parser = &loader->parser;
    const char *const problem = parser->problem != NULL ? parser->problem : "cannot be read";
    if (parser->error == YAML_READER_ERROR)
        diagnostics_error(loader->diagnostics, loader->file,
                          line_at(loader, parser->problem_offset),
                          "this is not UTF-8 text: %s (byte 0x%02x)", problem,
                          (unsigned)parser->problem_value & 0xff);
    else if (parser->error == YAML_MEMORY_ERROR)
        diagnostics_error(loader->diagnostics, loader->file, 0, "cannot be held in memory as YAML");
    else
        fail(loader, parser->problem_mark, "%s%s%s", parser->context != NULL ? parser->context : "",
             parser->context != NULL ? ", " : "", problem);
    return NULL;
}

static bool next_event(struct loader *loader, yaml_event_t *ret)
{
    if (yaml_parser_parse(&loader->parser, ret))
        return true;
    fail_parser(loader);
    return false;
}

static cJSON *with_line(cJSON *value, yaml_mark_t mark)
{
    if (value != NULL)
        value->valueint = (int)mark.line + 1;
    return value;
}

/* --- scalars -------------------------------------------------------------------------------- */

/* JSON's grammar of a number, so that 0123 and 1_000 stay text. */
static bool looks_like_number(const char *text)
{
    text += *text == '-';
    const size_t whole = strspn(text, "0123456789");
    if (whole == 0 || (whole > 1 && text[0] == '0'))
        return false;
    text += whole;
    if (*text == '.') {
        const size_t decimals = strspn(text + 1, "0123456789");
        if (decimals == 0)
            return false;
        text += 1 + decimals;
    }
    if (*text == 'e' || *text == 'E') {
        text += 1 + (text[1] == '+' || text[1] == '-');
        const size_t digits = strspn(text, "0123456789");
        if (digits == 0)
            return false;
        text += digits;
    }
    return *text == '\0';
}

static bool is_one_of(const char *text, const char *const *word)
{
    for (; *word != NULL; word++)
        if (strcmp(text, *word) == 0)
            return true;
    return false;
}

static cJSON *plain_value(const char *text)
{
    static const char *const nothing[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const yes[] = {"true", "True", "TRUE", NULL};
    static const char *const no[] = {"false", "False", "FALSE", NULL};
    if (is_one_of(text, nothing))
        return cJSON_CreateNull();
    if (is_one_of(text, yes))
        return cJSON_CreateTrue();
    if (is_one_of(text, no))
        return cJSON_CreateFalse();
    /* What a double cannot hold exactly, account numbers say, is better off as text. */
    if (looks_like_number(text) && strlen(text) <= 15 && isfinite(strtod(text, NULL)))
        return cJSON_CreateNumber(strtod(text, NULL));
    return cJSON_CreateString(text);
}

/* --- tags ----------------------------------------------------------------------------------- */

static bool is_standard_tag(const char *tag)
{
    return tag == NULL || tag[0] == '\0' || strcmp(tag, "!") == 0 ||
           strncmp(tag, "tag:yaml.org,2002:", 18) == 0;
}

static cJSON *split_attribute(cJSON *value)
{
    const char *const dot = cJSON_IsString(value) ? strchr(value->valuestring, '.') : NULL;
    if (dot == NULL)
        return value;
    char *const resource = text_format("%.*s", (int)(dot - value->valuestring), value->valuestring);
    cJSON *const pair = cJSON_CreateArray();
    cJSON_AddItemToArray(pair, cJSON_CreateString(resource));
    cJSON_AddItemToArray(pair, cJSON_CreateString(dot + 1));
    for (cJSON *part = pair->child; part != NULL; part = part->next)
        part->valueint = value->valueint;
    pair->valueint = value->valueint;
    free(resource);
    cJSON_Delete(value);
    return pair;
}

/* Takes `value`. */
static cJSON *tagged(const char *tag, cJSON *value)
{
    if (value == NULL || is_standard_tag(tag))
        return value;
    const char *const name = tag + (tag[0] == '!');
    const bool bare = strcmp(name, "Ref") == 0 || strcmp(name, "Condition") == 0;
    char *const key = text_format("%s%.100s", bare ? "" : "Fn::", name);
    cJSON *const object = cJSON_CreateObject();
    object->valueint = value->valueint;
    if (strcmp(name, "GetAtt") == 0)
        value = split_attribute(value);
    cJSON_AddItemToObject(object, key, value);
    free(key);
    return object;
}

/* --- anchors -------------------------------------------------------------------------------- */

static int depth_of(const cJSON *value)
{
    int deepest = 0;
    for (const cJSON *child = value->child; child != NULL; child = child->next) {
        const int depth = depth_of(child);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + 1;
}

static size_t cost_of(const cJSON *value)
{
    size_t cost = sizeof *value;
    if (value->valuestring != NULL)
        cost += strlen(value->valuestring);
    if (value->string != NULL)
        cost += strlen(value->string);
    for (const cJSON *child = value->child; child != NULL; child = child->next)
        cost += cost_of(child);
    return cost;
}

/* The place of a new anchor, or -1. */
static long open_anchor(struct loader *loader, const yaml_char_t *name)
{
    if (name == NULL)
        return -1;
    loader->anchor =
        mem_grow(loader->anchor, &loader->anchor_capacity, loader->anchors, sizeof *loader->anchor);
    loader->anchor[loader->anchors] = (struct anchor){.name = mem_strdup((const char *)name)};
    return (long)loader->anchors++;
}

static void close_anchor(struct loader *loader, long place, const cJSON *value)
{
    if (place < 0 || value == NULL)
        return;
    loader->anchor[place].value = value;
    loader->anchor[place].cost = cost_of(value);
    loader->anchor[place].depth = depth_of(value);
}

static cJSON *expand(struct loader *loader, const yaml_event_t *event)
{
    const char *const name = (const char *)event->data.alias.anchor;
    for (size_t i = loader->anchors; i-- > 0;) {
        const struct anchor *const anchor = &loader->anchor[i];
        if (strcmp(anchor->name, name) != 0)
            continue;
        if (anchor->value == NULL)
            return fail(loader, event->start_mark, "*%.60s stands inside what it refers to", name);
        if (anchor->cost > YAML_MAX_EXPANSION - loader->expanded)
            return fail(loader, event->start_mark,
                        "the aliases of this file expand to more than %zu MB",
                        YAML_MAX_EXPANSION >> 20);
        if (loader->depth + anchor->depth > 3 * JSON_MAX_DEPTH) /* tags add levels */
            return fail(loader, event->start_mark, "aliases are nested too deep");
        loader->expanded += anchor->cost;
        cJSON *const copy = cJSON_Duplicate(anchor->value, 1);
        if (copy != NULL && copy->string != NULL) {
            cJSON_free(copy->string); /* the copy gets its own key */
            copy->string = NULL;
        }
        return with_line(copy, event->start_mark);
    }
    return fail(loader, event->start_mark, "there is no anchor &%.60s before this alias", name);
}

/* --- collections ---------------------------------------------------------------------------- */

static cJSON *load(struct loader *loader, yaml_event_t *event);

static int by_key(const void *a, const void *b)
{
    const cJSON *const left = *(const cJSON *const *)a, *const right = *(const cJSON *const *)b;
    const int order = strcmp(left->string, right->string);
    return order != 0 ? order
                      : (left->valueint > right->valueint) - (left->valueint < right->valueint);
}

static bool keys_differ(struct loader *loader, const cJSON *object)
{
    const size_t count = (size_t)cJSON_GetArraySize(object);
    const cJSON **const member = mem_alloc(count + 1, sizeof *member);
    const size_t before = loader->diagnostics->errors;
    char shown[JSON_SHOWN_SIZE];
    size_t n = 0;
    for (const cJSON *child = object->child; child != NULL; child = child->next)
        member[n++] = child;
    qsort(member, n, sizeof *member, by_key);
    for (size_t i = 1; i < n; i++)
        if (strcmp(member[i - 1]->string, member[i]->string) == 0)
            diagnostics_error(loader->diagnostics, loader->file, json_line(member[i]),
                              "key `%s` appears twice in one mapping (first in line %ld)",
                              json_shown(member[i]->string, shown), json_line(member[i - 1]));
    free(member);
    return loader->diagnostics->errors == before;
}

/* Adds the members of `from` that `object` lacks; earlier ones win. */
static bool merge(struct loader *loader, cJSON *object, const cJSON *from)
{
    if (cJSON_IsArray(from)) {
        for (const cJSON *child = from->child; child != NULL; child = child->next)
            if (!merge(loader, object, child))
                return false;
        return true;
    }
    if (!cJSON_IsObject(from)) {
        diagnostics_error(loader->diagnostics, loader->file, json_line(from),
                          "`<<` takes a mapping, or a list of mappings");
        return false;
    }
    loader->merge_work += ((double)cJSON_GetArraySize(object) + 1) * cJSON_GetArraySize(from);
    const size_t cost = cost_of(from);
    if (loader->merge_work > MERGE_MAX_WORK || cost > YAML_MAX_EXPANSION - loader->expanded) {
        diagnostics_error(loader->diagnostics, loader->file, json_line(from),
                          "the merge keys (<<) of this file expand to too much");
        return false;
    }
    loader->expanded += cost;
    for (const cJSON *child = from->child; child != NULL; child = child->next)
        if (cJSON_GetObjectItemCaseSensitive(object, child->string) == NULL)
            cJSON_AddItemToObject(object, child->string, cJSON_Duplicate(child, 1));
    return true;
}

/* A key as text: scalars only, as in JSON. */
static char *load_key(struct loader *loader, yaml_event_t *event)
{
    char *key = NULL;
    if (event->type == YAML_SCALAR_EVENT) {
        if (memchr(event->data.scalar.value, '\0', event->data.scalar.length) != NULL)
            fail(loader, event->start_mark, "a NUL character in a key");
        else
            key = mem_strdup((const char *)event->data.scalar.value);
    } else {
        fail(loader, event->start_mark, "a key must be a word");
    }
    if (event->type == YAML_SCALAR_EVENT && event->data.scalar.anchor != NULL && key != NULL) {
        fail(loader, event->start_mark, "an anchor on a key is not supported");
        free(key);
        key = NULL;
    }
    return key;
}

static cJSON *load_mapping(struct loader *loader)
{
    cJSON *const object = cJSON_CreateObject();
    cJSON *const inherited = cJSON_CreateArray();
    yaml_event_t event;
    bool good = true;
    while (good) {
        good = next_event(loader, &event);
        if (!good)
            break;
        if (event.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&event);
            break;
        }
        const yaml_mark_t mark = event.start_mark;
        char *const key = load_key(loader, &event);
        const bool merging = key != NULL && strcmp(key, "<<") == 0 &&
                             event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
        yaml_event_delete(&event);
        good = key != NULL && next_event(loader, &event);
        cJSON *const value = good ? load(loader, &event) : NULL;
        if (good)
            yaml_event_delete(&event);
        good = value != NULL;
        if (good && merging) {
            cJSON_AddItemToArray(inherited, value);
        } else if (good) {
            with_line(value, mark);
            cJSON_AddItemToObject(object, key, value);
        }
        free(key);
    }
    good = good && keys_differ(loader, object) && merge(loader, object, inherited);
    if (inherited->child == NULL)
        cJSON_Delete(inherited);
    else
        cJSON_AddItemToArray(loader->merged, inherited);
    if (good)
        return object;
    cJSON_Delete(object);
    return NULL;
}

static cJSON *load_sequence(struct loader *loader)
{
    cJSON *const array = cJSON_CreateArray();
    yaml_event_t event;
    while (next_event(loader, &event)) {
        if (event.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&event);
            return array;
        }
        cJSON *const value = load(loader, &event);
        yaml_event_delete(&event);
        if (value == NULL)
            break;
        cJSON_AddItemToArray(array, value);
    }
    cJSON_Delete(array);
    return NULL;
}

static cJSON *load_scalar(struct loader *loader, const yaml_event_t *event)
{
    const char *const text = (const char *)event->data.scalar.value;
    const char *const tag = (const char *)event->data.scalar.tag;
    const bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && tag == NULL;
    if (memchr(text, '\0', event->data.scalar.length) != NULL)
        return fail(loader, event->start_mark, "a NUL character in a text");
    return plain ? plain_value(text) : cJSON_CreateString(text);
}

/* The value that begins with this event; the caller deletes the event. */
static cJSON *load(struct loader *loader, yaml_event_t *event)
{
    cJSON *value = NULL;
    const char *tag = NULL;
    long anchor = -1;
    if (event->type == YAML_ALIAS_EVENT)
        return expand(loader, event);
    /* A tag adds a level, and so may an attribute's name. */
    loader->depth += 1;
    if (loader->depth > JSON_MAX_DEPTH) {
        fail(loader, event->start_mark, "nested more than %d levels deep", JSON_MAX_DEPTH);
    } else if (event->type == YAML_SCALAR_EVENT) {
        anchor = open_anchor(loader, event->data.scalar.anchor);
        tag = (const char *)event->data.scalar.tag;
        value = load_scalar(loader, event);
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        anchor = open_anchor(loader, event->data.sequence_start.anchor);
        tag = (const char *)event->data.sequence_start.tag;
        value = load_sequence(loader);
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        anchor = open_anchor(loader, event->data.mapping_start.anchor);
        tag = (const char *)event->data.mapping_start.tag;
        value = load_mapping(loader);
    } else {
        fail(loader, event->start_mark, "a value is missing");
    }
    loader->depth--;
    value = tagged(tag, with_line(value, event->start_mark));
    close_anchor(loader, anchor, value);
    return value;
}

static cJSON *load_document(struct loader *loader)
{
    yaml_event_t event;
    cJSON *root = NULL;
    while (root == NULL && next_event(loader, &event)) {
        const yaml_event_type_t type = event.type;
        if (type == YAML_STREAM_END_EVENT)
            diagnostics_error(loader->diagnostics, loader->file, 0, "there is nothing in it");
        else if (type != YAML_STREAM_START_EVENT && type != YAML_DOCUMENT_START_EVENT)
            root = load(loader, &event);
        yaml_event_delete(&event);
        if (type != YAML_STREAM_START_EVENT && type != YAML_DOCUMENT_START_EVENT)
            break;
    }
    if (root == NULL)
        return NULL;
    /* What follows must be YAML, too: a file that is cut or damaged later is not half a file. */
    for (bool more = true; more;) {
        if (!next_event(loader, &event)) {
            cJSON_Delete(root);
            return NULL;
        }
        if (event.type == YAML_DOCUMENT_START_EVENT)
            diagnostics_warning(loader->diagnostics, loader->file, (long)event.start_mark.line + 1,
                                "only the first document of this file is read");
        more = event.type != YAML_STREAM_END_EVENT && event.type != YAML_DOCUMENT_START_EVENT;
        yaml_event_delete(&event);
    }
    return root;
}

cJSON *yaml_parse(const char *text, size_t size, const char *file, struct diagnostics *diagnostics)
{
    struct loader loader = {
        .text = text, .size = size, .file = file, .diagnostics = diagnostics, .merged = NULL};
    if (size > YAML_MAX_BYTES) {
        diagnostics_error(diagnostics, file, 0, "more than %zu bytes of YAML", YAML_MAX_BYTES);
        return NULL;
    }
    if (!yaml_parser_initialize(&loader.parser)) {
        diagnostics_error(diagnostics, file, 0, "cannot be held in memory as YAML");
        return NULL;
    }
    loader.merged = cJSON_CreateArray();
    yaml_parser_set_input_string(&loader.parser, (const unsigned char *)text, size);
    cJSON *const root = load_document(&loader);
    for (size_t i = 0; i < loader.anchors; i++)
        free(loader.anchor[i].name);
    free(loader.anchor);
    cJSON_Delete(loader.merged);
    yaml_parser_delete(&loader.parser);
    return root;
}
