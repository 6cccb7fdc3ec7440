/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <lambdaplan/usage.h>

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

void usage_init(struct usage *usage)
{
    *usage = (struct usage){0};
}

void usage_finish(struct usage *usage)
{
    for (size_t i = 0; i < usage->count; i++) {
        free((void *)(uintptr_t)usage->line[i].entity);
        free((void *)(uintptr_t)usage->line[i].detail);
    }
    free(usage->line);
    *usage = (struct usage){0};
}

void usage_add(struct usage *usage, const char *entity, enum meter meter, const char *detail,
               usage_quantity quantity)
{
    const char *const wanted = detail == NULL ? "" : detail;
    for (size_t i = 0; i < usage->count; i++) {
        struct usage_line *const line = &usage->line[i];
        if (line->meter == meter && strcmp(line->entity, entity) == 0 &&
            strcmp(line->detail, wanted) == 0) {
            line->quantity += quantity;
            return;
        }
    }
    usage->line = mem_grow(usage->line, &usage->capacity, usage->count, sizeof *usage->line);
    usage->line[usage->count++] =
        (struct usage_line){mem_strdup(entity), meter, mem_strdup(wanted), quantity};
}

usage_quantity usage_total(const struct usage *usage, enum meter meter)
{
    usage_quantity total = 0;
    for (size_t i = 0; i < usage->count; i++)
        if (usage->line[i].meter == meter)
            total += usage->line[i].quantity;
    return total;
}
