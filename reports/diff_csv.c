/* SPDX-License-Identifier: GPL-3.0-or-later */
/* diff.csv: everything that was compared, one row each, changed or not; settings only if changed.
 */
#include "reports/diff_exporters.h"

#include "reports/csv_fields.h"
#include "reports/verdict.h"
#include "support/text.h"

#include <math.h>
#include <stdlib.h>

static void begin(struct csv_row *row, const char *kind, const char *option, const char *entity,
                  const char *name, const char *unit)
{
    csv_put_text(row, kind);
    csv_put_text(row, option);
    csv_put_text(row, entity);
    csv_put_text(row, name);
    csv_put_text(row, unit);
}

static void put_difference(struct csv_row *row, const struct result_estimate *difference)
{
    csv_put_number(row, difference->mean);
    csv_put_number(row, difference->low);
    csv_put_number(row, difference->high);
}

static void put_nothing(struct csv_row *row, size_t fields)
{
    for (size_t i = 0; i < fields; i++)
        csv_put_text(row, "");
}

static void put_money_if(struct csv_row *row, bool there, money_pusd amount)
{
    if (there)
        csv_put_money(row, amount);
    else
        csv_put_text(row, "");
}

static void put_settings(struct csv_row *row, const struct diff_result *result)
{
    for (size_t i = 0; i < result->settings; i++) {
        const struct diff_setting *const s = &result->setting[i];
        begin(row, "setting", "", "", s->path, "");
        csv_put_text(row, s->before == NULL ? "" : s->before);
        csv_put_text(row, s->after == NULL ? "" : s->after);
        put_nothing(row, 3);
        csv_put_text(row, s->before == NULL ? "added" : s->after == NULL ? "removed" : "changed");
        csv_end_row(row);
    }
}

static void put_options(struct csv_row *row, const struct diff_result *result)
{
    for (size_t i = 0; i < result->options; i++) {
        const struct diff_option *const o = &result->option[i];
        begin(row, "total", o->name, "", "monthly_cost_usd", "USD");
        put_money_if(row, o->before != NULL, o->before != NULL ? o->before->bill.total : 0);
        put_money_if(row, o->after != NULL, o->after != NULL ? o->after->bill.total : 0);
        put_difference(row, &o->difference);
        csv_put_text(row, i > 0                   ? ""
                          : result->over_budget   ? "over budget"
                          : result->over_increase ? "over max-increase"
                                                  : "");
        csv_end_row(row);
    }
}

static void put_line(struct csv_row *row, const struct diff_line *l)
{
    char *const name = text_format("%s %s %s", l->service, l->sku, l->region);
    begin(row, "cost", l->option, l->entity, name, "USD");
    put_money_if(row, l->is_before, l->before);
    put_money_if(row, l->is_after, l->after);
    csv_put_money(row, l->after - l->before);
    put_nothing(row, 2);
    csv_put_text(row, !l->is_before ? "added" : !l->is_after ? "removed" : "");
    csv_end_row(row);
    begin(row, "quantity", l->option, l->entity, name, l->unit);
    csv_put_number(row, l->is_before ? l->quantity_before : NAN);
    csv_put_number(row, l->is_after ? l->quantity_after : NAN);
    csv_put_number(row, l->quantity_after - l->quantity_before);
    put_nothing(row, 3);
    csv_end_row(row);
    free(name);
}

static void put_objective(struct csv_row *row, const struct diff_objective *o)
{
    const struct result_objective *const any = o->after != NULL ? o->after : o->before;
    begin(row, "objective", o->option, "", any->text, any->unit);
    csv_put_text(row, o->before == NULL ? "" : verdict_text(objective_verdict(o->before)));
    csv_put_text(row, o->after == NULL ? "" : verdict_text(objective_verdict(o->after)));
    put_nothing(row, 3);
    csv_put_text(row, o->newly_failing ? "newly failing" : o->newly_met ? "newly met" : "");
    csv_end_row(row);
}

static void put_metric(struct csv_row *row, const struct diff_metric *m)
{
    const struct result_metric *const any = m->after != NULL ? m->after : m->before;
    begin(row, "metric", m->option, any->entity, any->metric, any->unit);
    csv_put_number(row, m->before != NULL ? m->before->value.mean : NAN);
    csv_put_number(row, m->after != NULL ? m->after->value.mean : NAN);
    put_difference(row, &m->difference);
    csv_put_text(row, m->before == NULL  ? "added"
                      : m->after == NULL ? "removed"
                      : m->moved         ? "moved"
                                         : "");
    csv_end_row(row);
}

void diff_csv_write(const struct diff_result *result, struct output *output)
{
    struct csv_row row = {.output = output};
    output_text(output, "kind,option,entity,name,unit,before,after,difference,"
                        "difference_ci95_low,difference_ci95_high,verdict\n");
    put_options(&row, result);
    put_settings(&row, result);
    for (size_t i = 0; i < result->lines; i++)
        put_line(&row, &result->line[i]);
    for (size_t i = 0; i < result->objectives; i++)
        put_objective(&row, &result->objective[i]);
    for (size_t i = 0; i < result->metrics; i++)
        put_metric(&row, &result->metric[i]);
}
