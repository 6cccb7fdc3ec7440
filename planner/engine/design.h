/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A design: a scenario with some of its values set by path, "functions.ingest.memory_size" = 512.
 * The scenario's tree stays one for all; a design is the short list of what differs, so that a
 * study may hold a million of them and send them to other machines. Reading one applies the list to
 * a copy of the tree and gives it to the ordinary strict reader, whose sentences come with the
 * design's name before them.
 *
 * A setting that chooses (`arrivals.process`, `sizing`) takes the keys of other choices away.
 *
 * A path goes through objects by key, through maps by the entity's name (which may contain dots)
 * and through lists by index from 0: "objectives.0.at_most".
 */
#ifndef ENGINE_DESIGN_H
#define ENGINE_DESIGN_H

#include "plan/world.h"
#include "scenario/fields.h"
#include "scenario/json.h"
#include "scenario/scenario.h"

enum setting_kind { SETTING_NUMBER, SETTING_BOOLEAN, SETTING_STRING };

struct setting {
    const char *path;
    const char *text; /* from design_value: the shortest number, "true", "false", or any text */
    enum setting_kind kind;
};

struct design {
    const struct setting *setting; /* in order: a later one wins */
    size_t settings;
};

/* What the designs of a study are made from; read-only, so that any number of threads may. */
struct design_base {
    const cJSON *root; /* the scenario as json_parse gave it */
    const char *path;  /* of its file, for messages and for the files that it names */
    const struct world *world;
    struct scenario_overrides overrides; /* of the command line */
};

/* The field that a path of the scenario names; its value need not be there yet. NULL after an error
 * whose place is `place` ("--vary"): no such key (with the nearest one), no such entity, or no
 * single value. */
const struct field *design_field(const cJSON *root, const char *path, const char *place,
                                 struct diagnostics *diagnostics);

/* What stands at such a path; NULL: nothing, the default holds. */
const cJSON *design_node(const cJSON *root, const char *path);

/* A value as a user writes it ("512", "arm64", "true") as a setting's text and kind; free() the
 * text. NULL after an error at `place`. Ranges are the reader's to check. */
char *design_value(const struct field *field, const char *path, const char *text, const char *place,
                   enum setting_kind *ret_kind, struct diagnostics *diagnostics);

/* "functions.f.memory_size=512 functions.f.architecture=arm64"; "as written" for no setting. free()
 * it. */
char *design_name(const struct design *design);

/* The design as a scenario, as scenario_load would read it. NULL after errors, each beginning with
 * the design's name (warnings do not, so that a thousand designs give the same one once). `design`
 * NULL: the scenario as it is. */
struct scenario *design_read(const struct design_base *base, const struct design *design,
                             struct diagnostics *diagnostics);

#endif
