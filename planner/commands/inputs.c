/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a command needs before it can simulate: the dated data and a scenario that fits them. */
#include "commands/inputs.h"

#include "core/memory.h"
#include "engine/alarms.h"
#include "engine/price_check.h"
#include "engine/warm_up.h"
#include "scenario/fields.h"
#include "scenario/json.h"
#include "studies/uncertainty.h"
#include "support/folder.h"
#include "support/text.h"
#include "traces/trace.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is most often given instead of a scenario. */
static int refuse_folder(const char *path, struct diagnostics *diagnostics)
{
    char *const run = text_format("%s/run.json", path);
    if (access(run, F_OK) == 0)
        diagnostics_error(diagnostics, path, 0,
                          "is a folder of results; a scenario is a file, and `lambdaplan report "
                          "%s` prints the results",
                          path);
    else
        diagnostics_error(diagnostics, path, 0, "is a folder; a scenario is a file");
    free(run);
    return -1;
}

static void explain_text(const struct inputs *inputs, const char *shown,
                         struct diagnostics *diagnostics)
{
    const char first = inputs->text[strspn(inputs->text, " \t\r\n")];
    if (first != '{' && first != '/' && first != '\0')
        diagnostics_error(diagnostics, shown, 0,
                          "a scenario is a JSON object; `lambdaplan fit` makes one of logs, "
                          "`lambdaplan import` of AWS's own files");
}

/* 0, or -1 after an error: nothing in it is of a scenario. */
static int check_object(const cJSON *root, const char *shown, struct diagnostics *diagnostics)
{
    size_t known = 0;
    for (const cJSON *m = root->child; m != NULL; m = m->next)
        known += fields_find(&object_scenario, m->string) >= 0;
    if (cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(root, "command")))
        diagnostics_error(diagnostics, shown, 0, "is the run.json of results, no scenario");
    else if (known == 0 && root->child != NULL)
        diagnostics_error(diagnostics, shown, json_line(root),
                          "is no scenario: it has none of its keys (`as_of`, `run`, `workloads` "
                          "…); `lambdaplan import` makes one of AWS's own files");
    else
        return 0;
    return -1;
}

/* From its file, or from the journal that is merged. */
static int read_tree(struct inputs *inputs, const struct study_options *study,
                     struct diagnostics *diagnostics)
{
    if (study->scenario == NULL && folder_is(inputs->path))
        return refuse_folder(inputs->path, diagnostics);
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
    if (inputs->root == NULL) {
        explain_text(inputs, shown, diagnostics);
        return -1;
    }
    return cJSON_IsObject(inputs->root) ? check_object(inputs->root, shown, diagnostics) : 0;
}

int inputs_load_world(struct inputs *ret, const struct options *options,
                      struct diagnostics *diagnostics)
{
    *ret = (struct inputs){
        .path = options->argument[0],
        .overrides = {.as_of = options->as_of, .region = options->region, .seed = options->seed}};
    if (world_load(&ret->world, options->data_dir, diagnostics) < 0)
        return -1;
    if (options->prices != NULL &&
        price_book_add_file(ret->world.prices, options->prices, diagnostics) < 0)
        return -1;
    ret->world.prices_file = options->prices;
    return 0;
}

/* In the tree, so that designs have it too. */
static void set_warm_up(struct inputs *inputs, double seconds)
{
    cJSON *const run = cJSON_GetObjectItemCaseSensitive(inputs->root, "run");
    if (!cJSON_IsObject(run))
        return; /* its reader will say so */
    cJSON_DeleteItemFromObjectCaseSensitive(run, "warm_up_s");
    cJSON_AddNumberToObject(run, "warm_up_s", seconds)->valueint = 0; /* it stands in no line */
}

static int read_scenario(struct inputs *inputs, struct diagnostics *diagnostics)
{
    const struct scenario_data data = world_scenario_data(&inputs->world);
    scenario_destroy(inputs->scenario);
    inputs->scenario = scenario_read(cJSON_Duplicate(inputs->root, true), inputs->path, &data,
                                     &inputs->overrides, diagnostics);
    return inputs->scenario == NULL ? -1 : 0;
}

static int find_warm_up(struct inputs *inputs, struct diagnostics *diagnostics)
{
    double seconds = 0;
    if (warm_up_find(inputs->scenario, &inputs->world, &seconds, diagnostics) < 0)
        return -1;
    set_warm_up(inputs, seconds);
    return read_scenario(inputs, diagnostics); /* what was a warning before is the same one */
}

static bool is_auto(const struct options *options)
{
    return options->study.warm_up != NULL && strcmp(options->study.warm_up, "auto") == 0;
}

/* A run may end before the row that is wrong, and its result is wrong then. */
static void check_traces(const struct scenario *s, struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < s->workloads; i++)
        trace_check(&s->workload[i].arrivals, diagnostics);
}

int inputs_check(struct inputs *ret, const struct options *options, struct diagnostics *diagnostics)
{
    const char *const warm_up = options->study.warm_up;
    if (inputs_load_world(ret, options, diagnostics) < 0)
        return -1;
    if (read_tree(ret, &options->study, diagnostics) < 0)
        return -1;
    if (warm_up != NULL)
        set_warm_up(ret, is_auto(options) ? 0 : strtod(warm_up, NULL));
    if (read_scenario(ret, diagnostics) < 0)
        return -1;
    uncertain_from_scenario(NULL, ret->scenario, ret->root, diagnostics);
    world_apply_prices(&ret->world, ret->scenario);
    price_check(ret->scenario, &ret->world, diagnostics);
    alarms_check(ret->scenario, &ret->world, diagnostics);
    check_traces(ret->scenario, diagnostics);
    return diagnostics->errors > 0 ? -1 : 0;
}

int inputs_load(struct inputs *ret, const struct options *options, struct diagnostics *diagnostics)
{
    if (inputs_check(ret, options, diagnostics) < 0)
        return -1;
    return is_auto(options) || ret->scenario->run.warm_up_auto ? find_warm_up(ret, diagnostics) : 0;
}

void inputs_finish(struct inputs *inputs)
{
    scenario_destroy(inputs->scenario);
    cJSON_Delete(inputs->root);
    free(inputs->text);
    world_finish(&inputs->world);
}
