/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The vocabulary of a scenario as tables: for each object its keys, and for each key its type,
 * range, dated limit, unit, default, one line of documentation and the place of its value in the
 * structs of scenario.h. The reader (reader.c), its messages and the JSON Schema (schema.c) come
 * from here; what a table cannot say is in the `finish` functions of checks.c and
 * distribution_reader.c. Adding a key: one line in the table of its object (fields.c, fields_*.c),
 * a member of its struct in scenario.h, and the schema again (CONTRIBUTING.md).
 */
#ifndef SCENARIO_FIELDS_H
#define SCENARIO_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cJSON;
struct reader;

enum field_type {
    FIELD_NUMBER,
    FIELD_INTEGER,
    FIELD_BOOLEAN,
    FIELD_STRING,       /* char *; with `choice`: one of those */
    FIELD_CHOICE,       /* one of `choice`, stored as its index, or as `choice_value` */
    FIELD_DATE,         /* int32_t day */
    FIELD_REFERENCE,    /* "stream:NAME": struct reference to one of `references` */
    FIELD_DISTRIBUTION, /* a number or a distribution object */
    FIELD_STRINGS,      /* list: char ** at `offset`, count at `extra` */
    FIELD_WORD,         /* list of words out of one; stored as "is it there" */
    FIELD_BOUND,        /* a number at `offset`; bool at `extra`: whether this key is at_most */
    FIELD_OBJECT,       /* part of the same struct: `offset` is where its own struct begins */
    FIELD_LIST,         /* array of structs at `offset`, count at `extra` */
    FIELD_MAP,          /* the same, by name; the struct begins with `char *name` */
};

enum field_store {
    STORE_DOUBLE,
    STORE_UNSIGNED,
    STORE_LONG,
    STORE_UINT64,
    STORE_ENUM,
    STORE_BOOL,
    STORE_POINTER, /* distribution: allocated, NULL when not given */
};

enum text_kind {
    TEXT_ANY,
    TEXT_NAME, /* of an entity */
    TEXT_RUNTIME,
    TEXT_REGION,
    TEXT_INSTANCE_TYPE,
    TEXT_MONEY,       /* digits with at most 12 decimals */
    TEXT_TIME_OF_DAY, /* "HH:MM" */
    TEXT_FILE,        /* resolved against the scenario's folder */
    TEXT_KINDS,
};

struct field {
    const char *key;
    enum field_type type;
    enum field_store store;
    size_t offset, extra;
    const char *unit, *doc;
    double initial;          /* default: number, boolean or index of the choice */
    const char *text;        /* default of a string */
    double minimum, maximum; /* of a number, or of a list's length; maximum 0: 1e15 or 100,000 */
    const char *minimum_key, *maximum_key, *initial_key; /* of limits; narrower, by era */
    const char *since_key;     /* first day, for any value but the default … */
    unsigned since_choices;    /* … or only for these choices (bits) */
    unsigned references;       /* bits of enum entity_kind */
    bool plain;                /* of one kind only, and written without it: "NAME" */
    bool arn;                  /* an ARN will do: a reference without a kind until it is resolved */
    const char *const *choice; /* NULL-terminated */
    const double *choice_value; /* by index; NULL: the index itself */
    enum text_kind kind;
    const struct object *object;
    const char *word;    /* is accepted for a number; then a bool at `extra` is true */
    const char *wrapped; /* {"size": 512} is accepted for 512 */
    bool mandatory;
    bool dynamic;     /* the default is no constant: `doc` tells it */
    unsigned needed;  /* bits of the selector's choices for which the key must be there … */
    unsigned allowed; /* … or may be there; 0: always */
};

struct object {
    const char *name; /* of its schema */
    const char *doc;
    const struct field *field;
    size_t fields;        /* at most 64 */
    size_t size;          /* of one struct in a list or map */
    const char *selector; /* the key of the FIELD_CHOICE that decides which others apply */
    const char *const *exactly_one; /* NULL-terminated keys */
    bool tuple;                     /* [a, b] is accepted for an object of its fields in order */
    bool has_line;                  /* a `long` at `line_offset` gets the line */
    size_t line_offset;
    /* What is left to check and fill in; bit i of `given`: field i was there and readable. */
    void (*finish)(struct reader *reader, const struct cJSON *json, void *base, uint64_t given);
};

extern const struct object object_scenario;     /* struct scenario */
extern const struct object object_distribution; /* struct distribution_input */

struct text_rule {
    const char *pattern;  /* for the schema, ECMA 262 */
    const char *sentence; /* what a text must be: "must be …" */
    size_t longest;
    bool (*check)(const char *text); /* NULL: anything but empty */
};
extern const struct text_rule text_rules[TEXT_KINDS];

/* The index of a key in the object's table; -1: not there. */
int fields_find(const struct object *object, const char *key);
/* Frees what the fields of the struct at `base` own. */
void fields_finish(const struct object *object, void *base);

/* A number's range without regard to the era. */
double field_maximum(const struct field *field);

#endif
