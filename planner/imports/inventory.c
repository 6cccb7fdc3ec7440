/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "imports/inventory.h"

#include "core/memory.h"
#include "scenario/json.h"
#include "support/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LENGTH 64 /* of a scenario's entity */
#define NOTES_MAX 1800     /* a comment ends at 2,000 */
#define REGION_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

void inventory_init(struct inventory *inventory, struct diagnostics *diagnostics)
{
    *inventory = (struct inventory){.diagnostics = diagnostics};
}

static void destroy_item(struct item *item)
{
    for (size_t i = 0; i < item->properties; i++) {
        free(item->property[i].key);
        cJSON_Delete(item->property[i].value);
    }
    free(item->property);
    free(item->id);
    free(item->name);
    free(item->notes);
    free(item);
}

void inventory_finish(struct inventory *inventory)
{
    for (size_t kind = 0; kind < ITEM_KINDS; kind++) {
        for (size_t i = 0; i < inventory->items[kind]; i++)
            destroy_item(inventory->item[kind][i]);
        free(inventory->item[kind]);
        lookup_finish(&inventory->by_id[kind]);
        lookup_finish(&inventory->by_name[kind]);
    }
    for (size_t i = 0; i < inventory->nameless_count; i++)
        destroy_item(inventory->nameless[i].item);
    free(inventory->nameless);
    free(inventory->region);
    free(inventory->other_regions);
    for (size_t i = 0; i < inventory->files; i++)
        free(inventory->file[i]);
    free(inventory->file);
}

const char *inventory_file(struct inventory *inventory, const char *name)
{
    inventory->file = mem_grow(inventory->file, &inventory->file_capacity, inventory->files,
                               sizeof *inventory->file);
    return inventory->file[inventory->files++] = mem_strdup(name);
}

void inventory_forget_file(struct inventory *inventory)
{
    free(inventory->file[--inventory->files]);
}

const char *inventory_kind(enum item_kind kind)
{
    static const char *const names[] = {"function",
                                        "stream",
                                        "queue",
                                        "table",
                                        "topic",
                                        "event bus",
                                        "rule",
                                        "subscription",
                                        "state machine",
                                        "event source mapping",
                                        "auto scaling group",
                                        "launch configuration"};
    return names[kind];
}

void inventory_warning(struct inventory *inventory, struct place place, const char *format, ...)
{
    char text[900];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    diagnostics_warning(inventory->diagnostics, place.file, place.line, "%s", text);
}

/* --- items ---------------------------------------------------------------------------------- */

static struct item *new_item(enum item_kind kind, const char *id, struct place place)
{
    struct item *const item = mem_alloc(1, sizeof *item);
    *item = (struct item){.kind = kind, .id = mem_strdup(id), .place = place};
    return item;
}

struct item *inventory_find(const struct inventory *inventory, enum item_kind kind, const char *id)
{
    return lookup_find(&inventory->by_id[kind], NULL, id);
}

struct item *inventory_item(struct inventory *inventory, enum item_kind kind, const char *id,
                            struct place place)
{
    struct item *const known = inventory_find(inventory, kind, id);
    size_t *const count = &inventory->items[kind];
    inventory->understood++;
    if (known != NULL)
        return known;
    if (*count == INVENTORY_MAX_ITEMS) {
        if (!inventory->too_many[kind])
            inventory_warning(inventory, place, "more than %d %ss: the others are left out",
                              INVENTORY_MAX_ITEMS, inventory_kind(kind));
        inventory->too_many[kind] = true;
        return NULL;
    }
    inventory->item[kind] = mem_grow(inventory->item[kind], &inventory->capacity[kind], *count,
                                     sizeof *inventory->item[kind]);
    struct item *const item = new_item(kind, id, place);
    lookup_add(&inventory->by_id[kind], NULL, item->id, item);
    return inventory->item[kind][(*count)++] = item;
}

struct item *inventory_nameless(struct inventory *inventory, enum item_kind kind, const char *what,
                                struct place place)
{
    inventory->understood++;
    inventory->nameless = mem_grow(inventory->nameless, &inventory->nameless_capacity,
                                   inventory->nameless_count, sizeof *inventory->nameless);
    struct nameless *const nameless = &inventory->nameless[inventory->nameless_count++];
    *nameless = (struct nameless){kind, what, new_item(kind, "", place)};
    return nameless->item;
}

void inventory_settle_nameless(struct inventory *inventory)
{
    for (size_t i = 0; i < inventory->nameless_count; i++) {
        const struct nameless *const nameless = &inventory->nameless[i];
        struct item *const from = nameless->item;
        const char *const kind = inventory_kind(nameless->kind);
        const size_t count = inventory->items[nameless->kind];
        if (count > 1) {
            inventory_warning(
                inventory, from->place,
                "%s: the answer does not say whose it is, and there are %zu %ss: left "
                "out; give it as NAME=FILE",
                nameless->what, count, kind);
            continue;
        }
        struct item *const to = count == 1
                                    ? inventory->item[nameless->kind][0]
                                    : inventory_item(inventory, nameless->kind, kind, from->place);
        inventory_warning(inventory, from->place,
                          "%s: the answer does not say whose it is; taken as that of %s `%s` (give "
                          "it as NAME=FILE to be sure)",
                          nameless->what, kind, to->id);
        for (size_t k = 0; k < from->properties; k++)
            item_set(inventory, to, from->property[k].key,
                     cJSON_Duplicate(from->property[k].value, 1), from->property[k].place);
        if (from->notes != NULL)
            item_note(to, "%s", from->notes);
        item_note(to, "Assumption: %s of %s:%ld is this %s's.", nameless->what, from->place.file,
                  from->place.line, kind);
    }
}

/* --- properties ----------------------------------------------------------------------------- */

static struct property *find_property(const struct item *item, const char *key)
{
    for (size_t i = 0; i < item->properties; i++)
        if (strcmp(item->property[i].key, key) == 0)
            return &item->property[i];
    return NULL;
}

/* A value for a message; `text` has JSON_SHOWN_SIZE bytes. */
static const char *show(const cJSON *value, char *text)
{
    char *const printed = cJSON_PrintUnformatted(value);
    json_shown(printed != NULL ? printed : "", text);
    cJSON_free(printed);
    return text;
}

void item_set(struct inventory *inventory, struct item *item, const char *key, cJSON *value,
              struct place place)
{
    char now[JSON_SHOWN_SIZE], before[JSON_SHOWN_SIZE];
    struct property *const known = find_property(item, key);
    if (known == NULL) {
        item->property =
            mem_grow(item->property, &item->capacity, item->properties, sizeof *item->property);
        item->property[item->properties++] = (struct property){mem_strdup(key), value, place};
        return;
    }
    if (!cJSON_Compare(known->value, value, 1))
        inventory_warning(inventory, place, "%s `%s`: %s is %s here and %s in %s:%ld: %s is taken",
                          inventory_kind(item->kind), item->id, key + (key[0] == '_'),
                          show(value, now), show(known->value, before), known->place.file,
                          known->place.line, now);
    cJSON_Delete(known->value);
    known->value = value;
    known->place = place;
}

void item_set_number(struct inventory *inventory, struct item *item, const char *key, double value,
                     struct place place)
{
    item_set(inventory, item, key, cJSON_CreateNumber(value), place);
}

void item_set_text(struct inventory *inventory, struct item *item, const char *key,
                   const char *value, struct place place)
{
    item_set(inventory, item, key, cJSON_CreateString(value), place);
}

const cJSON *item_get(const struct item *item, const char *key)
{
    const struct property *const property = find_property(item, key);
    return property == NULL ? NULL : property->value;
}

const char *item_text(const struct item *item, const char *key)
{
    const cJSON *const value = item_get(item, key);
    return cJSON_IsString(value) ? value->valuestring : NULL;
}

double item_number(const struct item *item, const char *key, double otherwise)
{
    const cJSON *const value = item_get(item, key);
    return cJSON_IsNumber(value) ? value->valuedouble : otherwise;
}

void item_note(struct item *item, const char *format, ...)
{
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const char *const old = item->notes != NULL ? item->notes : "";
    if (strstr(old, text) != NULL || strlen(old) + strlen(text) > NOTES_MAX)
        return;
    char *const notes = text_format("%s%s%s", old, old[0] != '\0' ? " " : "", text);
    free(item->notes);
    item->notes = notes;
}

/* --- names ---------------------------------------------------------------------------------- */

static char *clean_name(const char *id)
{
    char name[NAME_MAX_LENGTH + 1];
    size_t length = 0;
    for (; *id != '\0' && length < NAME_MAX_LENGTH; id++) {
        const bool fits = (*id >= 'a' && *id <= 'z') || (*id >= 'A' && *id <= 'Z') ||
                          (*id >= '0' && *id <= '9') || strchr("-_.", *id) != NULL;
        const bool repeated = !fits && length > 0 && name[length - 1] == '_';
        if (!repeated)
            name[length++] = fits ? *id : '_';
    }
    name[length] = '\0';
    return mem_strdup(length > 0 ? name : "_");
}

static void name_item(struct inventory *inventory, enum item_kind kind, size_t index)
{
    struct item *const item = inventory->item[kind][index];
    char shown[JSON_SHOWN_SIZE];
    item->name = clean_name(item->id);
    for (size_t n = index + 1; !lookup_add(&inventory->by_name[kind], NULL, item->name, item);
         n++) {
        char *const base = clean_name(item->id);
        free(item->name);
        item->name = text_format("%.*s-%zu", NAME_MAX_LENGTH - 11, base, n);
        free(base);
    }
    if (strcmp(item->name, item->id) != 0 && kind != ITEM_MAPPING && kind != ITEM_SUBSCRIPTION)
        item_note(item, "Its name is \"%s\".", json_shown(item->id, shown));
}

void inventory_name_items(struct inventory *inventory)
{
    for (size_t kind = 0; kind < ITEM_KINDS; kind++)
        for (size_t i = 0; i < inventory->items[kind]; i++)
            if (inventory->item[kind][i]->name == NULL)
                name_item(inventory, (enum item_kind)kind, i);
}

/* --- ARNs ----------------------------------------------------------------------------------- */

bool arn_parse(const char *text, struct arn *ret)
{
    const char *part[6];
    part[0] = text;
    for (size_t i = 1; i < 6; i++) {
        const char *const colon = strchr(part[i - 1], ':');
        if (colon == NULL)
            return false;
        part[i] = colon + 1;
    }
    const size_t service = (size_t)(part[3] - part[2] - 1),
                 region = (size_t)(part[4] - part[3] - 1);
    if (strncmp(text, "arn:", 4) != 0 || service >= sizeof ret->service ||
        region >= sizeof ret->region || part[5][0] == '\0')
        return false;
    *ret = (struct arn){.resource = part[5]};
    memcpy(ret->service, part[2], service);
    memcpy(ret->region, part[3], region);
    return true;
}

char *function_name_of(const char *text, char **ret_qualifier)
{
    struct arn arn;
    const char *rest = arn_parse(text, &arn) ? arn.resource : text;
    const char *const marker = strstr(rest, "function:");
    if (marker != NULL && (marker == rest || marker[-1] == ':'))
        rest = marker + strlen("function:");
    const char *const colon = strchr(rest, ':');
    if (ret_qualifier != NULL)
        *ret_qualifier = colon != NULL && colon[1] != '\0' ? mem_strdup(colon + 1) : NULL;
    return colon != NULL ? text_format("%.*s", (int)(colon - rest), rest) : mem_strdup(rest);
}

/* False when it was noted before: one word for each is enough. */
static bool note_other_region(struct inventory *inventory, const char *region)
{
    const char *const old = inventory->other_regions != NULL ? inventory->other_regions : ",";
    char name[50];
    snprintf(name, sizeof name, ",%s,", region);
    if (strstr(old, name) != NULL)
        return false;
    char *const longer = text_format("%s%s,", old, region);
    free(inventory->other_regions);
    inventory->other_regions = longer;
    return true;
}

void inventory_region(struct inventory *inventory, const char *region, struct place place)
{
    const size_t length = strlen(region);
    if (length == 0 || length > 40 || strspn(region, REGION_LETTERS) != length ||
        strchr(region, '-') == NULL || region[0] == '-' || region[length - 1] == '-')
        return;
    if (inventory->region == NULL) {
        inventory->region = mem_strdup(region);
        inventory->region_place = place;
    } else if (strcmp(inventory->region, region) != 0 && note_other_region(inventory, region)) {
        inventory_warning(inventory, place,
                          "this is of %s, what came before (%s:%ld) of %s: a scenario has one "
                          "region; %s is kept, for all of %s too",
                          region, inventory->region_place.file, inventory->region_place.line,
                          inventory->region, inventory->region, region);
    }
}
