/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/world.h"

#include <gsl/gsl_errno.h>

int world_load(struct world *ret, const char *data_dir, struct diagnostics *diagnostics)
{
    *ret = (struct world){.data_dir = data_dir};
    gsl_set_error_handler_off(); /* GSL would abort on extreme data; its results are checked */
    ret->limits = limits_load(data_dir, diagnostics);
    ret->runtimes = runtimes_load(data_dir, diagnostics);
    ret->instances = instances_load(data_dir, diagnostics);
    ret->prices = price_book_load(data_dir, diagnostics);
    return ret->limits == NULL || ret->runtimes == NULL || ret->instances == NULL ||
                   ret->prices == NULL
               ? -1
               : 0;
}

void world_finish(struct world *world)
{
    limits_destroy(world->limits);
    runtimes_destroy(world->runtimes);
    instances_destroy(world->instances);
    price_book_destroy(world->prices);
    *world = (struct world){0};
}
