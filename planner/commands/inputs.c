/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a command needs before it can simulate: the dated data and a scenario that fits them. */
#include "commands/inputs.h"

#include "core/memory.h"
#include "studies/price_check.h"
#include "support/text.h"

#include <stdlib.h>
#include <string.h>

/* From its file, or from the journal that is merged. */
static int read_tree(struct inputs *inputs, const struct study_options *study,
                     struct diagnostics *diagnostics)
{
    if (study->scenario != NULL) {
        inputs->size = study->scenario_size;
        inputs->text = mem_alloc(inputs->size + 1, 1);
        memcpy(inputs->text, study->scenario, inputs->size);
    } else {
        inputs->text = text_read_file(inputs->path, JSON_MAX_BYTES, &inputs->size, diagnostics);
    }
    if (inputs->text == NULL)
        return -1;
    const char *const shown = strcmp(inputs->path, "-") == 0 ? "standard input" : inputs->path;
    inputs->root = json_parse(inputs->text, inputs->size, shown, diagnostics);
    return inputs->root == NULL ? -1 : 0;
}

int inputs_load_world(struct inputs *ret, const struct options *options,
                      struct diagnostics *diagnostics)
{
    *ret = (struct inputs){.path = options->argument[0],
                           .overrides = {.as_of = options->as_of,
                                         .region = options->region,
                                         .seed = options->seed}};
    if (world_load(&ret->world, options->data_dir, diagnostics) < 0)
        return -1;
    if (options->prices != NULL &&
        price_book_add_file(ret->world.prices, options->prices, diagnostics) < 0)
        return -1;
    ret->world.prices_file = options->prices;
    return 0;
}

int inputs_load(struct inputs *ret, const struct options *options, struct diagnostics *diagnostics)
{
    if (inputs_load_world(ret, options, diagnostics) < 0)
        return -1;
    if (read_tree(ret, &options->study, diagnostics) < 0)
        return -1;
    const struct scenario_data data = world_scenario_data(&ret->world);
    ret->scenario = scenario_read(cJSON_Duplicate(ret->root, true), ret->path, &data,
                                  &ret->overrides, diagnostics);
    if (ret->scenario == NULL)
        return -1;
    world_apply_prices(&ret->world, ret->scenario);
    price_check(ret->scenario, &ret->world, diagnostics);
    return diagnostics->errors > 0 ? -1 : 0;
}

void inputs_finish(struct inputs *inputs)
{
    scenario_destroy(inputs->scenario);
    cJSON_Delete(inputs->root);
    free(inputs->text);
    world_finish(&inputs->world);
}
