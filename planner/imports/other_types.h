/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Resources of types that no reader knows: counted by type, and each type named once, at its first
 * resource. Of a template made of nothing else only the first types are told apart.
 */
#ifndef IMPORTS_OTHER_TYPES_H
#define IMPORTS_OTHER_TYPES_H

#include "imports/inventory.h"

#define OTHER_TYPES_MAX 200 /* that are told apart */

struct other_types {
    struct other_type {
        const char *type;
        struct place place; /* of the first */
        size_t count;
    } item[OTHER_TYPES_MAX];
    size_t items, beyond; /* `beyond`: resources of yet other types */
    struct place beyond_place;
};

/* `type` must outlive the counts. */
void other_types_count(struct other_types *others, const char *type, struct place place);
/* A warning for each type; `why` ("is not simulated") follows its name. */
void other_types_report(const struct other_types *others, struct inventory *inventory,
                        const char *why);

#endif
