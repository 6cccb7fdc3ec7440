/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the imported files say together: functions, streams, queues, topics, mappings, auto scaling
 * groups and launch configurations among others, each a set of properties in the scenario's
 * vocabulary (keys that begin with '_' are for import alone) with the place that each came from.
 * Files are merged by name: a later value wins, and a warning says so. skeleton.c makes a scenario
 * of it.
 */
#ifndef IMPORTS_INVENTORY_H
#define IMPORTS_INVENTORY_H

#include <lambdaplan/diagnostics.h>

#include "core/lookup.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#define INVENTORY_MAX_ITEMS 10000 /* of a kind, as in a scenario */

enum item_kind {
    ITEM_FUNCTION,
    ITEM_STREAM,
    ITEM_QUEUE,
    ITEM_TABLE,
    ITEM_TOPIC,
    ITEM_BUS,
    ITEM_RULE,         /* of EventBridge; its id is BUS/NAME */
    ITEM_SUBSCRIPTION, /* of a topic, or target of a rule */
    ITEM_STATE_MACHINE,
    ITEM_MAPPING,
    ITEM_GROUP,
    ITEM_LAUNCH, /* launch configuration or template */
    ITEM_KINDS
};

struct place {
    const char *file; /* must outlive the inventory */
    long line;        /* 0: not known */
};

struct property {
    char *key;
    cJSON *value;
    struct place place;
};

/* Properties that become workloads: an expression of EventBridge behind the first, who calls a
 * function behind the second. */
#define SCHEDULE_PROPERTY "_schedule:"
#define CALLER_PROPERTY "_caller:"
/* What makes a function's event_invoke_config: its keys behind this. */
#define EVENT_CONFIG_PROPERTY "_event_invoke_config."
#define VPC_PROPERTY "_vpc"
#define TRACING_PROPERTY "_tracing" /* a mode of X-Ray */

struct item {
    enum item_kind kind;
    char *id;           /* as AWS or the template names it */
    char *name;         /* in the scenario: set by inventory_name_items */
    struct place place; /* where it was first */
    cJSON *entity;      /* in the scenario; NULL: it is not there yet */
    struct property *property;
    size_t properties, capacity;
    char *notes; /* sentences for its comment */
};

/* An answer that bears no name (get-function-concurrency, list-shards, power tuning results): it
 * belongs to the one item of its kind that there is. */
struct nameless {
    enum item_kind kind;
    const char *what;
    struct item *item; /* a carrier of its properties */
};

struct inventory {
    struct diagnostics *diagnostics;
    struct item **item[ITEM_KINDS];
    size_t items[ITEM_KINDS], capacity[ITEM_KINDS];
    struct lookup by_id[ITEM_KINDS]; /* the same */
    struct lookup by_name[ITEM_KINDS];
    bool too_many[ITEM_KINDS]; /* and it was said */
    struct nameless *nameless;
    size_t nameless_count, nameless_capacity;
    char *region;
    struct place region_place;
    char *other_regions;          /* that were warned of: ",us-east-1," */
    double concurrent_executions; /* of the account; 0: not known */
    struct place account_place;
    size_t understood; /* things that some reader recognised */
    char **file;       /* names that places point to */
    size_t files, file_capacity;
};

void inventory_init(struct inventory *inventory, struct diagnostics *diagnostics);
void inventory_finish(struct inventory *inventory);

/* Keeps a file's name for the places in it. */
const char *inventory_file(struct inventory *inventory, const char *name);
/* The last one turned out to be none of ours: nothing may point to it. */
void inventory_forget_file(struct inventory *inventory);

/* "function", "stream" … */
const char *inventory_kind(enum item_kind kind);
/* NULL when there is none. */
struct item *inventory_find(const struct inventory *inventory, enum item_kind kind, const char *id);
/* Finds or adds; NULL after a warning when there are too many. */
struct item *inventory_item(struct inventory *inventory, enum item_kind kind, const char *id,
                            struct place place);
struct item *inventory_nameless(struct inventory *inventory, enum item_kind kind, const char *what,
                                struct place place);
/* Gives the nameless answers to whom they belong. */
void inventory_settle_nameless(struct inventory *inventory);
/* Every item gets a name of the scenario's alphabet, unique in its kind. */
void inventory_name_items(struct inventory *inventory);

/* Takes `value`. A different earlier value gives way, with a warning. */
void item_set(struct inventory *inventory, struct item *item, const char *key, cJSON *value,
              struct place place);
void item_set_number(struct inventory *inventory, struct item *item, const char *key, double value,
                     struct place place);
void item_set_text(struct inventory *inventory, struct item *item, const char *key,
                   const char *value, struct place place);
const cJSON *item_get(const struct item *item, const char *key);
const char *item_text(const struct item *item, const char *key); /* NULL: none */
double item_number(const struct item *item, const char *key, double otherwise);
/* A sentence for the comment; the same one is kept once. */
__attribute__((format(printf, 2, 3))) void item_note(struct item *item, const char *format, ...);

__attribute__((format(printf, 3, 4))) void
inventory_warning(struct inventory *inventory, struct place place, const char *format, ...);

/* The first region stays; another is a warning, once for each. */
void inventory_region(struct inventory *inventory, const char *region, struct place place);

/* "arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE" in its parts; false when `text` is no ARN. */
struct arn {
    char service[40], region[40];
    const char *resource; /* the rest, in `text` */
};
bool arn_parse(const char *text, struct arn *ret);
/* "NAME", "NAME:QUALIFIER", "ACCOUNT:function:NAME" or an ARN: the name alone, in new memory; the
 * qualifier (version or alias), if any, too. `ret_qualifier` may be NULL. */
char *function_name_of(const char *text, char **ret_qualifier);

#endif
