/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/near_paths.h"

#include "core/memory.h"
#include "scenario/fields.h"
#include "support/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SHOWN 3
#define STEP_ENDS ".:/" /* as in "function:f.timeout", and as others write paths */

struct search {
    const char *path, *last; /* what was written, and its last step */
    bool (*like)(const char *key, const char *last);
    size_t score, found; /* of the best ones, and how many are as good */
    char *best[SHOWN];
};

static bool is_same(const char *key, const char *last)
{
    return strcasecmp(key, last) == 0;
}

/* "memory" or "memorysize" of memory_size. */
static bool is_near(const char *key, const char *last)
{
    const size_t length = strlen(last);
    return text_near_miss(last, &key, 1) != NULL ||
           (length > 2 && strncasecmp(key, last, length) == 0 && key[length] == '_');
}

/* The length of the step that `at` begins with; *ret_next is what follows it. */
static size_t step_length(const char *at, const char *ends, const char **ret_next)
{
    const size_t length = strcspn(at, ends);
    *ret_next = at + length + (at[length] != '\0');
    return length;
}

/* How many steps before the last one `to` has as well, in the same order. */
static size_t shared_steps(const struct search *s, const char *to)
{
    size_t shared = 0;
    for (const char *at = s->path, *next; at < s->last; at = next) {
        const size_t length = step_length(at, STEP_ENDS, &next);
        for (const char *step = to, *behind; *step != '\0'; step = behind) {
            if (step_length(step, ".", &behind) == length && strncasecmp(step, at, length) == 0) {
                shared++;
                to = behind;
                break;
            }
        }
    }
    return shared;
}

static void drop(struct search *s)
{
    for (size_t i = 0; i < SHOWN; i++) {
        free(s->best[i]);
        s->best[i] = NULL;
    }
    s->found = 0;
}

static void consider(struct search *s, const char *path)
{
    const size_t score = shared_steps(s, path);
    if (score > s->score)
        drop(s);
    if (s->found > 0 && score < s->score)
        return;
    s->score = score;
    if (s->found < SHOWN)
        s->best[s->found] = mem_strdup(path);
    s->found++;
}

/* What the selector of an object says now: the bit of its choice. */
static unsigned chosen(const struct object *object, const cJSON *node)
{
    const struct field *const selector = &object->field[fields_find(object, object->selector)];
    const cJSON *const said = cJSON_GetObjectItemCaseSensitive(node, selector->key);
    unsigned bit = 0;
    while (cJSON_IsString(said) && selector->choice[bit] != NULL &&
           strcmp(selector->choice[bit], said->valuestring) != 0)
        bit++;
    return said == NULL ? (unsigned)selector->initial : bit;
}

static void look_into(struct search *s, const struct object *object, const cJSON *node,
                      const char *path);

/* The entries of a list or map. */
static void look_at_entries(struct search *s, const struct field *field, const cJSON *node,
                            const char *path)
{
    int index = 0;
    for (const cJSON *child = node == NULL ? NULL : node->child; child != NULL;
         child = child->next, index++) {
        char *const entry = field->type == FIELD_LIST ? text_format("%s.%d", path, index)
                                                      : text_format("%s.%s", path, child->string);
        if (cJSON_IsObject(child))
            look_into(s, field->object, child, entry);
        free(entry);
    }
}

static void look_at(struct search *s, const struct field *field, const cJSON *node,
                    const char *path)
{
    switch (field->type) {
    case FIELD_OBJECT:
        look_into(s, field->object, node, path);
        return;
    case FIELD_LIST:
    case FIELD_MAP:
        look_at_entries(s, field, node, path);
        return;
    case FIELD_STRINGS:
    case FIELD_WORD:
        return; /* cannot be set by path */
    case FIELD_DISTRIBUTION:
        if (cJSON_IsObject(node))
            look_into(s, &object_distribution, node, path);
        break;
    default:
        break;
    }
    if (s->like(field->key, s->last))
        consider(s, path);
}

static void look_into(struct search *s, const struct object *object, const cJSON *node,
                      const char *path)
{
    const unsigned choice = object->selector == NULL ? 0 : chosen(object, node);
    for (size_t i = 0; i < object->fields; i++) {
        const struct field *const field = &object->field[i];
        if (field->allowed != 0 && (field->allowed >> choice & 1) == 0)
            continue;
        char *const longer = text_format("%s%s%s", path, *path == '\0' ? "" : ".", field->key);
        look_at(s, field, cJSON_GetObjectItemCaseSensitive(node, field->key), longer);
        free(longer);
    }
}

static char *sentence(const struct search *s)
{
    char *text = mem_strdup("; did you mean ");
    for (size_t i = 0; i < s->found && i < SHOWN; i++) {
        const bool last = i + 1 == s->found;
        char *const longer = text_format("%s%s`%s`", text,
                                         i == 0 ? ""
                                         : last ? " or "
                                                : ", ",
                                         s->best[i]);
        free(text);
        text = longer;
    }
    char *const whole = text_format("%s%s?", text, s->found > SHOWN ? ", …" : "");
    free(text);
    return whole;
}

char *near_paths(const cJSON *root, const char *path)
{
    struct search s = {.path = path, .last = path, .like = is_same};
    for (const char *at = path; *at != '\0'; at++)
        if (strchr(STEP_ENDS, *at) != NULL)
            s.last = at + 1;
    look_into(&s, &object_scenario, root, "");
    if (s.found == 0) {
        s.like = is_near;
        look_into(&s, &object_scenario, root, "");
    }
    char *const text = s.found > 0 ? sentence(&s) : NULL;
    drop(&s);
    return text;
}
