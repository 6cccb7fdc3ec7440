/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/runaway.h"

#include "engine/evaluate.h"
#include "plan/loops.h"
#include "support/text.h"

#include <lambdaplan/bill.h>

#include <stdio.h>

/* "… cost $12.34 at list prices" of what was used until now, no month and no free tier. */
static void cost_so_far(const struct model *model, const struct scenario *scenario,
                        const struct world *world, char *ret, size_t size,
                        struct diagnostics *diagnostics)
{
    struct bill_options options = evaluate_bill_options(scenario);
    struct usage usage;
    struct bill bill;
    char cents[MONEY_TEXT_SIZE];
    options.free_tier = false;
    options.month_ms = options.run_ms; /* as it is */
    usage_init(&usage);
    model_usage(model, &usage);
    if (bill_compute(&bill, &usage, world->prices, &options, diagnostics) == 0)
        snprintf(ret, size, "and all that was used cost $%s at list prices",
                 money_format_cents(bill.total, cents));
    else
        snprintf(ret, size, "at a cost that is not known for want of a price");
    bill_finish(&bill);
    usage_finish(&usage);
}

void runaway_report(const struct model *model, const struct scenario *scenario,
                    const struct world *world, const char *more, struct diagnostics *diagnostics)
{
    struct model_summary summary;
    char cost[200], invocations[TEXT_NUMBER_SIZE], seconds[TEXT_NUMBER_SIZE];
    if (model_runaway(model)[0] == '\0')
        return;
    model_summarize(model, &summary);
    histogram_finish(&summary.latency);
    cost_so_far(model, scenario, world, cost, sizeof cost, diagnostics);
    diagnostics_error(diagnostics, NULL, 0,
                      "%s: it runs away, so the run was ended after %s s; until then there were %s "
                      "invocations, %s; " LOOP_REMEDY "%s",
                      model_runaway(model), text_number(model_now_s(model), 0, seconds),
                      text_number((double)summary.invocations, 0, invocations), cost, more);
}
