/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "imports/rules.h"

#include "core/memory.h"
#include "scenario/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct place source_place(const struct source *source, const cJSON *at)
{
    return (struct place){source->file, json_line(at)};
}

const cJSON *tree_member(const cJSON *object, const char *key)
{
    const cJSON *const member = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNull(member) ? NULL : member;
}

const char *tree_text(const cJSON *object, const char *key)
{
    const cJSON *const member = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsString(member) && member->valuestring[0] != '\0' ? member->valuestring : NULL;
}

bool tree_number(const cJSON *value, double *ret)
{
    if (cJSON_IsNumber(value)) {
        *ret = value->valuedouble;
        return true;
    }
    if (!cJSON_IsString(value) || value->valuestring[0] == '\0' ||
        strspn(value->valuestring, "0123456789.-") != strlen(value->valuestring))
        return false;
    char *end;
    *ret = strtod(value->valuestring, &end);
    return *end == '\0' && isfinite(*ret);
}

static bool tree_boolean(const cJSON *value, bool *ret)
{
    if (cJSON_IsBool(value)) {
        *ret = cJSON_IsTrue(value);
        return true;
    }
    if (!cJSON_IsString(value))
        return false;
    *ret = strcasecmp(value->valuestring, "true") == 0;
    return *ret || strcasecmp(value->valuestring, "false") == 0;
}

bool tree_is_empty(const cJSON *value)
{
    static const char *const nothing[] = {"",         "None", "Off", "PassThrough",
                                          "DISABLED", "0",    "NONE"};
    if (value == NULL || cJSON_IsNull(value) || cJSON_IsFalse(value))
        return true;
    if (cJSON_IsNumber(value))
        return value->valuedouble == 0;
    for (size_t i = 0; cJSON_IsString(value) && i < sizeof nothing / sizeof *nothing; i++)
        if (strcmp(value->valuestring, nothing[i]) == 0)
            return true;
    if (!cJSON_IsArray(value) && !cJSON_IsObject(value))
        return false;
    for (const cJSON *child = value->child; child != NULL; child = child->next)
        if (!tree_is_empty(child))
            return false;
    return true;
}

void tree_become_text(cJSON *value, const char *text)
{
    cJSON *const text_value = cJSON_CreateString(text);
    if (text_value == NULL)
        mem_exhausted();
    cJSON_Delete(value->child);
    value->child = NULL;
    value->type = cJSON_String | (value->type & cJSON_StringIsConst);
    value->valuestring = text_value->valuestring; /* of a value that had none */
    text_value->valuestring = NULL;
    cJSON_Delete(text_value);
}

const char *tree_show(const cJSON *value, char *text)
{
    char shown[JSON_SHOWN_SIZE], number[JSON_NUMBER_SIZE];
    if (cJSON_IsString(value))
        snprintf(text, TREE_SHOWN_SIZE, "\"%s\"", json_shown(value->valuestring, shown));
    else if (cJSON_IsNumber(value))
        snprintf(text, TREE_SHOWN_SIZE, "%s", json_number(value->valuedouble, number));
    else if (cJSON_IsObject(value) && value->child != NULL)
        snprintf(text, TREE_SHOWN_SIZE, "{%s …}", json_shown(value->child->string, shown));
    else
        snprintf(text, TREE_SHOWN_SIZE, "%s",
                 cJSON_IsObject(value)  ? "an object"
                 : cJSON_IsArray(value) ? "a list"
                 : cJSON_IsTrue(value)  ? "true"
                 : cJSON_IsFalse(value) ? "false"
                                        : "null");
    return text;
}

/* --- one key -------------------------------------------------------------------------------- */

struct target {
    const struct source *source;
    struct item *item;
    const char *what;
};

static void refuse(const struct target *target, const cJSON *value, const char *reason)
{
    char shown[TREE_SHOWN_SIZE];
    inventory_warning(target->source->inventory, source_place(target->source, value),
                      "%s: %s %s %s: left out", target->what,
                      value->string != NULL ? value->string : "value", tree_show(value, shown),
                      reason);
}

/* {"Ref": …} and the like that nothing in the file resolves. */
static bool is_intrinsic(const cJSON *value)
{
    if (cJSON_IsString(value) && strstr(value->valuestring, "${") != NULL)
        return true;
    return cJSON_IsObject(value) && value->child != NULL && value->child->next == NULL &&
           (strncmp(value->child->string, "Fn::", 4) == 0 ||
            strcmp(value->child->string, "Ref") == 0);
}

static void set(const struct target *target, const struct rule *rule, const cJSON *at, cJSON *value)
{
    item_set(target->source->inventory, target->item, rule->to, value,
             source_place(target->source, at));
}

static void set_number(const struct target *target, const struct rule *rule, const cJSON *value)
{
    double number;
    char reason[120], least[JSON_NUMBER_SIZE], most[JSON_NUMBER_SIZE];
    if (!tree_number(value, &number)) {
        refuse(target, value, is_intrinsic(value) ? "is not evaluated" : "is not a number");
        return;
    }
    if (number < rule->minimum || number > rule->maximum || floor(number) != number) {
        snprintf(reason, sizeof reason, "is not a whole number from %s to %s",
                 json_number(rule->minimum, least), json_number(rule->maximum, most));
        refuse(target, value, reason);
        return;
    }
    set(target, rule, value, cJSON_CreateNumber(number));
}

static bool chosen(const struct rule *rule, const char *text)
{
    for (const char *const *choice = rule->choice; choice != NULL && *choice != NULL; choice++)
        if (strcmp(*choice, text) == 0)
            return true;
    return rule->choice == NULL;
}

static void set_text(const struct target *target, const struct rule *rule, const cJSON *value,
                     const cJSON *word)
{
    if (word != NULL && is_intrinsic(word))
        refuse(target, value, "is not evaluated");
    else if (!cJSON_IsString(word))
        refuse(target, value, "is not a text");
    else if (!chosen(rule, word->valuestring))
        refuse(target, value, rule->why != NULL ? rule->why : "is not known to the simulator");
    else if (word->valuestring[0] != '\0')
        set(target, rule, value, cJSON_CreateString(word->valuestring));
}

static void set_words(const struct target *target, const struct rule *rule, const cJSON *value)
{
    cJSON *words;
    if (!cJSON_IsArray(value) && !cJSON_IsString(value)) {
        refuse(target, value, is_intrinsic(value) ? "is not evaluated" : "is not a list");
        return;
    }
    words = cJSON_CreateArray();
    for (const cJSON *word = cJSON_IsArray(value) ? value->child : value; word != NULL;
         word = cJSON_IsArray(value) ? word->next : NULL) {
        if (!cJSON_IsString(word) || !chosen(rule, word->valuestring))
            refuse(target, value, "holds what the simulator does not know");
        else if (words->child == NULL || strcmp(words->child->valuestring, word->valuestring) != 0)
            cJSON_AddItemToArray(words, cJSON_CreateString(word->valuestring));
    }
    if (words->child != NULL)
        set(target, rule, value, words);
    else
        cJSON_Delete(words);
}

static void apply(const struct target *target, const struct rule *rule, const cJSON *value)
{
    bool truth;
    char shown[TREE_SHOWN_SIZE];
    switch (rule->kind) {
    case RULE_IGNORED:
        return;
    case RULE_NUMBER:
        set_number(target, rule, value);
        return;
    case RULE_BOOLEAN:
        if (tree_boolean(value, &truth))
            set(target, rule, value, cJSON_CreateBool(truth));
        else
            refuse(target, value,
                   is_intrinsic(value) ? "is not evaluated" : "is neither true nor false");
        return;
    case RULE_FIRST:
        if (cJSON_IsArray(value) && value->child == NULL)
            return;
        set_text(target, rule, value, cJSON_IsArray(value) ? value->child : value);
        return;
    case RULE_CHOICE:
    case RULE_TEXT:
        set_text(target, rule, value, value);
        return;
    case RULE_WORDS:
        set_words(target, rule, value);
        return;
    case RULE_PRESENT:
        if (!tree_is_empty(value))
            set(target, rule, value, cJSON_CreateTrue());
        return;
    case RULE_INSIDE:
        if (cJSON_IsObject(value) && !is_intrinsic(value))
            rules_apply(target->source, rule->inside, value, target->item, target->what);
        else
            refuse(target, value, is_intrinsic(value) ? "is not evaluated" : "is not an object");
        return;
    case RULE_NOT_SIMULATED:
        if (!tree_is_empty(value))
            inventory_warning(target->source->inventory, source_place(target->source, value),
                              "%s: %s %s is not simulated%s%s", target->what, rule->from,
                              tree_show(value, shown), rule->why != NULL ? ": " : "",
                              rule->why != NULL ? rule->why : "");
        return;
    }
}

void rules_apply(const struct source *source, const struct rule *rules, const cJSON *object,
                 struct item *item, const char *what)
{
    const struct target target = {source, item, what};
    char shown[JSON_SHOWN_SIZE];
    for (const cJSON *child = object->child; child != NULL; child = child->next) {
        const struct rule *rule = rules;
        if (child->string == NULL || cJSON_IsNull(child))
            continue;
        while (rule->from != NULL && strcmp(rule->from, child->string) != 0)
            rule++;
        if (rule->from != NULL)
            apply(&target, rule, child);
        else if (!tree_is_empty(child))
            inventory_warning(source->inventory, source_place(source, child),
                              "%s: `%s` is not known to import: left out", what,
                              json_shown(child->string, shown));
    }
}

void warn_unused(const struct source *source, const cJSON *at, const cJSON *object,
                 const char *const *keys, const char *what)
{
    for (; *keys != NULL; keys++)
        if (!tree_is_empty(tree_member(object, *keys)))
            inventory_warning(source->inventory, source_place(source, at),
                              "%s: %s is not simulated", what, *keys);
}
