/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A model that never runs uses nothing, but its usage has a line for everything that it can use
 * (see usage.h): each of these is billed alone, at one unit.
 */
#include "engine/price_check.h"

#include "engine/evaluate.h"
#include "plan/plan.h"

#include <lambdaplan/bill.h>

#include <stdlib.h>

struct check {
    const struct scenario *scenario;
    const struct world *world;
    struct diagnostics *diagnostics;
    struct usage seen; /* without entities: each price is looked up once */
};

static bool is_new(struct check *check, const struct usage_line *line)
{
    const size_t before = check->seen.count;
    usage_add(&check->seen, "", line->meter, line->detail, 0);
    return check->seen.count > before;
}

static void report(struct check *check, const char *entity, const struct diagnostics *said)
{
    char path[SCENARIO_PLACE_SIZE];
    const long at = scenario_place(check->scenario, entity, path);
    for (size_t i = 0; i < said->count; i++)
        if (!said->item[i].warning) /* the bill itself warns */
            diagnostics_error(check->diagnostics, check->scenario->path, at, "%s: %s", path,
                              said->item[i].text);
}

static void check_line(struct check *check, const struct usage_line *line)
{
    struct bill_options options = evaluate_bill_options(check->scenario);
    struct usage usage;
    struct bill bill;
    struct diagnostics said;
    options.run_ms = options.month_ms;
    diagnostics_init(&said);
    usage_init(&usage);
    usage_add(&usage, line->entity, line->meter, line->detail, 1);
    if (bill_compute(&bill, &usage, check->world->prices, &options, &said) == 0)
        bill_finish(&bill);
    report(check, line->entity, &said);
    usage_finish(&usage);
    diagnostics_finish(&said);
}

static void check_option(struct check *check, const struct baseline_spec *baseline)
{
    const struct scenario *const s = check->scenario;
    struct plan *const plan = plan_create(s, check->world, baseline, 0, check->diagnostics);
    struct model *const model =
        model_create(plan_model(plan), s->run.seed, 0, (int64_t)(s->run.duration_s * 1e9));
    if (model != NULL) { /* else a trace has said what is wrong with it */
        struct usage usage;
        usage_init(&usage);
        model_usage(model, &usage);
        for (size_t i = 0; i < usage.count; i++)
            if (is_new(check, &usage.line[i]))
                check_line(check, &usage.line[i]);
        usage_finish(&usage);
    }
    model_destroy(model);
    plan_destroy(plan);
}

void price_check(const struct scenario *scenario, const struct world *world,
                 struct diagnostics *diagnostics)
{
    struct check check = {.scenario = scenario, .world = world, .diagnostics = diagnostics};
    usage_init(&check.seen);
    check_option(&check, NULL);
    for (size_t i = 0; i < scenario->baselines; i++)
        check_option(&check, &scenario->baseline[i]);
    usage_finish(&check.seen);
}
