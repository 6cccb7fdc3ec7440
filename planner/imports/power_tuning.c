/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the state machine of aws-lambda-power-tuning returns: the mean duration at several memory
 * sizes, warm invocations only (its documentation says that it leaves out the slowest and the
 * fastest fifth).
 */
#include "imports/readers.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

struct point {
    double memory_mb, duration_ms;
};

static int by_memory(const void *a, const void *b)
{
    const struct point *const x = a, *const y = b;
    return (x->memory_mb > y->memory_mb) - (x->memory_mb < y->memory_mb);
}

/* The points that can be used, by rising memory, each memory size once; free() them. */
static struct point *read_points(const struct source *source, const cJSON *stats, size_t *ret_count)
{
    struct point *point = NULL;
    size_t count = 0, capacity = 0, kept = 0;
    for (const cJSON *row = stats->child; row != NULL; row = row->next) {
        struct point p;
        if (!tree_number(tree_member(row, "value"), &p.memory_mb) ||
            !tree_number(tree_member(row, "averageDuration"), &p.duration_ms) || p.memory_mb < 64 ||
            p.memory_mb > 10240 || floor(p.memory_mb) != p.memory_mb ||
            !(p.duration_ms >= 0.001 && p.duration_ms <= 1e9)) {
            inventory_warning(source->inventory, source_place(source, row),
                              "power tuning: this has no value from 64 to 10240 MB with an "
                              "averageDuration above 0 ms: left out");
            continue;
        }
        point = mem_grow(point, &capacity, count, sizeof *point);
        point[count++] = p;
    }
    if (count > 1)
        qsort(point, count, sizeof *point, by_memory);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && point[kept - 1].memory_mb == point[i].memory_mb)
            inventory_warning(source->inventory, source_place(source, stats),
                              "power tuning: %.0f MB is there twice: %g ms is taken",
                              point[i].memory_mb, point[kept - 1].duration_ms);
        else
            point[kept++] = point[i];
    }
    *ret_count = kept > 1000 ? 1000 : kept;
    return point;
}

static struct item *owner(const struct source *source, const cJSON *tree)
{
    const struct place place = source_place(source, tree);
    return source->name != NULL
               ? inventory_item(source->inventory, ITEM_FUNCTION, source->name, place)
               : inventory_nameless(source->inventory, ITEM_FUNCTION, "power tuning", place);
}

int read_power_tuning(const struct source *source, const cJSON *tree)
{
    const cJSON *const stats = tree_member(tree, "stats");
    const struct place place = source_place(source, stats);
    size_t count;
    if (!cJSON_IsArray(stats) || tree_member(stats->child, "averageDuration") == NULL)
        return 0;
    struct item *const item = owner(source, tree);
    struct point *const point = read_points(source, stats, &count);
    if (item == NULL || count == 0) {
        free(point);
        return 1;
    }
    if (count > 1) {
        cJSON *const points = cJSON_CreateArray();
        for (size_t i = 0; i < count; i++) {
            const double pair[] = {point[i].memory_mb, point[i].duration_ms};
            cJSON_AddItemToArray(points, cJSON_CreateDoubleArray(pair, 2));
        }
        item_set(source->inventory, item, "duration_points", points, place);
    }
    /* The middle one, so that rounding at the ends does not rule. */
    const struct point *const reference = &point[(count - 1) / 2];
    item_set_number(source->inventory, item, "reference_memory_size", reference->memory_mb, place);
    item_set_number(source->inventory, item, "duration_ms", reference->duration_ms, place);
    item_note(item, "Durations by memory: means of aws-lambda-power-tuning, %s:%ld.", source->file,
              place.line);
    free(point);
    return 1;
}
