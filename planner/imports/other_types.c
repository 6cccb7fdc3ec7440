/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "imports/other_types.h"

#include "scenario/json.h"

#include <string.h>

void other_types_count(struct other_types *others, const char *type, struct place place)
{
    size_t i = 0;
    while (i < others->items && strcmp(others->item[i].type, type) != 0)
        i++;
    if (i < others->items) {
        others->item[i].count++;
    } else if (i < OTHER_TYPES_MAX) {
        others->item[others->items++] = (struct other_type){type, place, 1};
    } else if (others->beyond++ == 0) {
        others->beyond_place = place;
    }
}

void other_types_report(const struct other_types *others, struct inventory *inventory,
                        const char *why)
{
    char shown[JSON_SHOWN_SIZE];
    for (size_t i = 0; i < others->items; i++) {
        const struct other_type *const other = &others->item[i];
        inventory_warning(inventory, other->place, "%s %s: left out (%zu resource%s)",
                          json_shown(other->type, shown), why, other->count,
                          other->count == 1 ? "" : "s");
    }
    if (others->beyond > 0)
        inventory_warning(inventory, others->beyond_place,
                          "%zu resources of yet other types are left out", others->beyond);
}
