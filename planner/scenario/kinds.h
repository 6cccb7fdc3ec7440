/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The kinds of entities that references name: a row for each, and which of them are alike. Their
 * sections of a scenario, and what is in them, come from the vocabulary (fields.h).
 */
#ifndef SCENARIO_KINDS_H
#define SCENARIO_KINDS_H

#include "scenario/scenario.h"

struct kind {
    const char *prefix;  /* "event_bus" of "event_bus:NAME"; its section's object has this name */
    const char *words;   /* "event bus" */
    const char *largest; /* limit, in bytes, of what is sent to one; NULL: has none of its own */
    bool followed;       /* by Lambda, when it looks for loops */
};
extern const struct kind scenario_kinds[ENTITY_KINDS]; /* of ENTITY_NONE all is NULL */

/* Sets of kinds, as bits. Where work can be sent: everywhere, but downstreams are called. */
#define KINDS_SENT_TO ((1u << ENTITY_KINDS) - 1 - (1u << ENTITY_NONE) - (1u << ENTITY_DOWNSTREAM))
/* What event source mappings read. */
#define KINDS_READ (1u << ENTITY_STREAM | 1u << ENTITY_QUEUE | 1u << ENTITY_TABLE)
/* Of them those in shards, to which producers put records. */
#define KINDS_SHARDED (1u << ENTITY_STREAM | 1u << ENTITY_TABLE)

static inline bool kind_is(enum entity_kind kind, unsigned set)
{
    return (set >> kind & 1) != 0;
}

/* The entities of a kind that a scenario has: NULL and 0 of ENTITY_NONE. */
struct kind_array {
    const void *first;
    size_t count, size;  /* of one, which begins with its name */
    const char *section; /* "event_buses" */
};
struct kind_array kind_array(const struct scenario *scenario, enum entity_kind kind);
const char *kind_name(const struct scenario *scenario, enum entity_kind kind, size_t index);

#endif
