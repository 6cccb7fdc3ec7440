/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tables from the keys of an AWS answer or template to the scenario's vocabulary. Every key of an
 * object is either taken over, known to say nothing about capacity or cost, known but not simulated
 * (a warning when it says something), or unknown (a warning): nothing is dropped in silence.
 */
#ifndef IMPORTS_RULES_H
#define IMPORTS_RULES_H

#include "imports/inventory.h"

enum rule_kind {
    RULE_IGNORED,
    RULE_NUMBER,  /* a number, or text that is one, from minimum to maximum */
    RULE_BOOLEAN, /* true or false, or text that is one */
    RULE_CHOICE,  /* one of `choice` */
    RULE_FIRST,   /* a list: its first is one of `choice` */
    RULE_WORDS,   /* a list of texts, each one of `choice` */
    RULE_TEXT,
    RULE_PRESENT,       /* true where the value says anything */
    RULE_INSIDE,        /* an object with rules of its own */
    RULE_NOT_SIMULATED, /* `why` says what that means */
};

struct rule {
    const char *from;
    enum rule_kind kind;
    const char *to;
    double minimum, maximum;
    const char *const *choice;
    const struct rule *inside; /* ends with a row without `from` */
    const char *why;
};

/* What is being read. */
struct source {
    struct inventory *inventory;
    const char *file;
    const char *name; /* NAME of NAME=FILE, or NULL; does not outlive the reading */
};

struct place source_place(const struct source *source, const cJSON *at);

/* Reads the members of `object` into `item`. `what` stands for it in messages: "function x". */
void rules_apply(const struct source *source, const struct rule *rules, const cJSON *object,
                 struct item *item, const char *what);

/* A warning at `at` for each of `keys` (NULL ends them) that says something in `object`: it is not
 * simulated. */
void warn_unused(const struct source *source, const cJSON *at, const cJSON *object,
                 const char *const *keys, const char *what);

/* Helpers of the readers. */
const cJSON *tree_member(const cJSON *object, const char *key); /* NULL: none, or null */
const char *tree_text(const cJSON *object, const char *key);    /* NULL: none, no text, or empty */
/* A number or text that is one. */
bool tree_number(const cJSON *value, double *ret);
/* Whether a value says nothing: null, "", 0, false, "None", "Off", or made of such. */
bool tree_is_empty(const cJSON *value);
/* Makes an object or null that text, in its place. */
void tree_become_text(cJSON *value, const char *text);
/* A value for a message: "Fn::If …", a text, a number. `text` has TREE_SHOWN_SIZE bytes. */
#define TREE_SHOWN_SIZE 80
const char *tree_show(const cJSON *value, char *text);

#endif
