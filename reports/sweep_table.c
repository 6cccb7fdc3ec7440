/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sweep for a reader, on a terminal or in Markdown: the cheapest design, and the front. */
#include "reports/sweep_exporters.h"

#include "core/memory.h"
#include "reports/human.h"
#include "reports/page.h"
#include "support/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RIGHT_EDGE 100
#define ROWS_MAX 40 /* of the front; all are in sweep.csv */

/* --- words ---------------------------------------------------------------------------------- */

static const char *last_part(const char *path)
{
    const char *const dot = strrchr(path, '.');
    return dot == NULL ? path : dot + 1;
}

/* The last part of a path; the whole where another ends alike. */
static const char *short_path(const struct sweep_result *result, size_t index)
{
    const char *const last = last_part(result->path[index]);
    for (size_t i = 0; i < result->paths; i++)
        if (i != index && strcmp(last_part(result->path[i]), last) == 0)
            return result->path[index];
    return last;
}

/* "latency_ms.p99"; with its entity where another objective has the same metric. */
static char *short_metric(const struct sweep_result *result, size_t index)
{
    const struct sweep_objective *const o = &result->objective[index];
    for (size_t i = 0; i < result->objectives; i++)
        if (i != index && strcmp(result->objective[i].metric, o->metric) == 0)
            return text_format("%s %s", o->entity, o->metric);
    return mem_strdup(o->metric);
}

/* "$41.00 ± $6.00 dearer": of a point against the reference. */
static char *difference_text(const struct result_estimate *e)
{
    if (isnan(e->mean) || e->mean == 0)
        return mem_strdup("–");
    const bool dearer = e->mean > 0;
    const struct result_estimate size = {fabs(e->mean), dearer ? e->low : -e->high,
                                         dearer ? e->high : -e->low, e->count};
    char *const amount = page_amount(&size, "USD", NAN);
    const double width = estimate_half_width(e);
    char *const text = text_format("%s %s%s", amount, dearer ? "dearer" : "cheaper",
                                   !isnan(width) && fabs(e->mean) <= width ? ", perhaps" : "");
    free(amount);
    return text;
}

static char *settings_text(const struct sweep_result *result, const struct sweep_point *point)
{
    char *text = mem_strdup("");
    for (size_t i = 0; i < result->paths; i++) {
        char *const longer =
            text_format("%s%s%s=%s", text, i > 0 ? ", " : "", result->path[i], point->value[i]);
        free(text);
        text = longer;
    }
    char *const clean = human_clean(text);
    free(text);
    return clean;
}

/* --- the front ------------------------------------------------------------------------------ */

struct ranked {
    const struct sweep_point *point;
    size_t index;
};

static int by_cost(const void *a, const void *b)
{
    const struct ranked *const x = a, *const y = b;
    const double cost = x->point->monthly_cost_usd.mean, other = y->point->monthly_cost_usd.mean;
    if (cost != other)
        return cost < other ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

/* The front's points, cheapest first. free() it. */
static struct ranked *front_of(const struct sweep_result *result, size_t *ret_count)
{
    struct ranked *const front = mem_alloc(result->points, sizeof *front);
    size_t count = 0;
    for (size_t i = 0; i < result->points; i++)
        if (result->point[i].pareto)
            front[count++] = (struct ranked){&result->point[i], i};
    if (count > 0)
        qsort(front, count, sizeof *front, by_cost);
    *ret_count = count;
    return front;
}

static bool front_loses(const struct sweep_result *result)
{
    for (size_t i = 0; i < result->points; i++)
        if (result->point[i].pareto && result->point[i].lost.mean > 0)
            return true;
    return false;
}

static void add_row(struct text_table *table, const struct sweep_result *result,
                    const struct sweep_point *point, bool losses)
{
    for (size_t i = 0; i < result->paths; i++)
        text_table_add(table, STYLE_PLAIN, point->value[i]);
    char *const cost = page_amount(&point->monthly_cost_usd, "USD", NAN);
    char *const difference = difference_text(&point->cost_difference_usd);
    text_table_add(table, STYLE_PLAIN, cost);
    text_table_add(table, STYLE_PLAIN, difference);
    free(cost);
    free(difference);
    for (size_t i = 0; i < result->objectives; i++) {
        const struct sweep_objective *const o = &result->objective[i];
        char *const value = page_amount(&point->objective[i], o->unit, o->bound);
        text_table_add(table, point->met[i] ? STYLE_PLAIN : STYLE_BAD, value);
        free(value);
    }
    if (losses) {
        char *const lost = page_amount(&point->lost, "", NAN);
        text_table_add(table, point->lost.mean > 0 ? STYLE_BAD : STYLE_PLAIN, lost);
        free(lost);
    }
    const bool any = result->objectives > 0;
    text_table_add(table, point->meets_objectives ? STYLE_GOOD : STYLE_BAD,
                   !any                      ? ""
                   : point->meets_objectives ? "met"
                                             : "NOT MET");
}

struct front_table {
    struct text_table table;
    struct text_column *column;
    char **heading; /* of the objectives */
    size_t objectives, rows, left_out;
};

static void front_table_init(struct front_table *ret, const struct sweep_result *result)
{
    const bool losses = front_loses(result);
    const size_t columns = result->paths + result->objectives + losses + 3;
    struct text_column *const column = mem_alloc(columns, sizeof *column);
    size_t n = 0, count;
    ret->objectives = result->objectives;
    ret->heading = mem_alloc(result->objectives, sizeof *ret->heading);
    for (size_t i = 0; i < result->paths; i++)
        column[n++] = (struct text_column){short_path(result, i), true, false};
    column[n++] = (struct text_column){"a month", true, false};
    column[n++] = (struct text_column){"against the cheapest", true, false};
    for (size_t i = 0; i < result->objectives; i++) {
        ret->heading[i] = short_metric(result, i);
        column[n++] = (struct text_column){ret->heading[i], true, false};
    }
    if (losses)
        column[n++] = (struct text_column){"lost a month", true, false};
    column[n++] = (struct text_column){"objectives", false, true};
    ret->column = column;
    text_table_init(&ret->table, column, columns);
    struct ranked *const front = front_of(result, &count);
    ret->rows = count < ROWS_MAX ? count : ROWS_MAX;
    ret->left_out = count - ret->rows;
    for (size_t i = 0; i < ret->rows; i++)
        add_row(&ret->table, result, front[i].point, losses);
    free(front);
}

static void front_table_finish(struct front_table *front)
{
    text_table_finish(&front->table);
    for (size_t i = 0; i < front->objectives; i++)
        free(front->heading[i]);
    free(front->heading);
    free(front->column);
}

/* --- sentences ------------------------------------------------------------------------------ */

/* As it was asked for: 0.05 % is not 0.1 %. */
static const char *precision_text(double part, char text[HUMAN_SIZE])
{
    if (part >= 0.01)
        return human_percent(part, text);
    snprintf(text, HUMAN_SIZE, "%.3g %%", 100 * part);
    return text;
}

/* "12 designs of 2 values that vary; 5 replications each". */
static char *scope_text(const struct sweep_result *result)
{
    char designs[TEXT_NUMBER_SIZE], run[HUMAN_SIZE], precision[HUMAN_SIZE];
    const struct result *const r = &result->run;
    char *const how =
        result->precision > 0
            ? text_format("replicated to ± %s", precision_text(result->precision, precision))
            : text_format("%zu replication%s each", r->replications,
                          r->replications == 1 ? "" : "s");
    char *const after = r->warm_up_s > 0 ? text_format(" after %s of warm-up",
                                                       human_duration(r->warm_up_s, precision))
                                         : mem_strdup("");
    char *const text = text_format(
        "%s as of %s; %s%s; %s designs%s; %s simulated%s, %s; seed %llu", r->region, r->as_of,
        strcmp(result->option, "lambda") == 0 ? "" : "baseline ", result->option,
        text_number((double)result->points, 0, designs),
        result->sample > 0 ? " of a Latin hypercube" : "",
        sweep_result_varies(result, "run.duration_s") ? "run.duration_s"
                                                      : human_duration(r->duration_s, run),
        after, how, (unsigned long long)r->seed);
    free(after);
    free(how);
    return text;
}

static char *verdict_text_of(const struct sweep_result *result)
{
    char meeting[TEXT_NUMBER_SIZE], points[TEXT_NUMBER_SIZE], failed[TEXT_NUMBER_SIZE];
    char *const but = result->failed == 0
                          ? mem_strdup("")
                          : text_format(" (%s without figures, see the warnings)",
                                        text_number((double)result->failed, 0, failed));
    char *text;
    text_number((double)result->meeting, 0, meeting);
    text_number((double)result->points, 0, points);
    if (result->point[result->reference].lacks_memory)
        text = text_format("Every design runs out of memory%s. The cheapest:", but);
    else if (result->objectives == 0)
        text = text_format("No objectives bind%s. The cheapest design:", but);
    else if (result->meeting == 0)
        text = text_format("None of the %s designs meets the objectives%s. The cheapest:", points,
                           but);
    else
        text = text_format("%s of %s designs meet the objectives%s. The cheapest of them:", meeting,
                           points, but);
    free(but);
    return text;
}

static char *objective_sentence(const struct sweep_objective *o)
{
    char bound[HUMAN_SIZE];
    return text_format("objective: %s %s %s %s", o->entity, o->metric,
                       o->at_most ? "at most" : "at least",
                       human_metric(o->bound, o->unit, o->bound, bound));
}

static char *imprecise_text(const struct sweep_result *result)
{
    char number[TEXT_NUMBER_SIZE], precision[HUMAN_SIZE];
    if (result->imprecise == 0)
        return NULL;
    return text_format("%s design%s did not reach ± %s: allow more (--max-replications), run "
                       "longer, or ask for less (percentiles are up to 0.4 %% off)",
                       text_number((double)result->imprecise, 0, number),
                       result->imprecise == 1 ? "" : "s",
                       precision_text(result->precision, precision));
}

/* --- pages ---------------------------------------------------------------------------------- */

static void put_line(struct output *output, char *text, size_t indent)
{
    for (size_t i = 0; i < indent; i++)
        output_text(output, " ");
    text_print_wrapped(output, text, indent, indent + 2, RIGHT_EDGE);
    free(text);
}

static void put_warnings(const struct page *page, const struct sweep_result *result)
{
    const struct diagnostics *const notes = &result->run.notes;
    char *const imprecise = imprecise_text(result);
    struct diagnostics all;
    diagnostics_init(&all);
    if (imprecise != NULL)
        diagnostics_warning(&all, NULL, 0, "%s", imprecise);
    for (size_t i = 0; i < notes->count; i++)
        diagnostics_warning(&all, NULL, 0, "%s", notes->item[i].text);
    page_put_warnings(page, &all);
    diagnostics_finish(&all);
    free(imprecise);
}

void sweep_table_write(const struct sweep_result *result, struct output *output, bool color)
{
    const struct sweep_point *const best = &result->point[result->reference];
    struct front_table front;
    char *const name = human_clean(result->run.scenario_name);
    text_print(output, name, STYLE_BOLD, 0, false, color);
    free(name);
    output_text(output, "\n");
    put_line(output, scope_text(result), 0);
    for (size_t i = 0; i < result->objectives; i++)
        put_line(output, objective_sentence(&result->objective[i]), 2);
    output_text(output, "\n");
    put_line(output, verdict_text_of(result), 0);
    char *const cost = page_amount(&best->monthly_cost_usd, "USD", NAN);
    char *const settings = settings_text(result, best);
    put_line(output, text_format("%s: %s a month", settings, cost), 2);
    free(settings);
    free(cost);
    front_table_init(&front, result);
    output_text(output, "\n");
    text_print(output, "Pareto front", STYLE_BOLD, 0, false, color);
    output_text(output, ": what no other design beats in cost and all objectives\n");
    if (front.rows > 0)
        text_table_print(&front.table, output, 2, color);
    else
        output_text(output, "  none: see the warnings\n");
    if (front.left_out > 0)
        output_format(output, "  … and %zu more in sweep.csv (--output DIR)\n", front.left_out);
    if (best->monthly_cost_usd.count > 1)
        output_text(output, "± is the 95 % interval; of differences the paired one\n");
    else if (best->monthly_cost_usd.count == 1)
        output_text(output, HUMAN_NO_INTERVAL "\n");
    front_table_finish(&front);
    put_warnings(&(struct page){output, false, color}, result);
}

void sweep_markdown_write(const struct sweep_result *result, struct output *output)
{
    struct front_table front;
    char *text = scope_text(result);
    output_text(output, "### ");
    text_print_markdown(output, result->run.scenario_name);
    output_text(output, "\n\n");
    text_print_markdown(output, text);
    free(text);
    output_text(output, "\n\n");
    text = verdict_text_of(result);
    text_print_markdown(output, text);
    free(text);
    output_text(output, " ");
    text = settings_text(result, &result->point[result->reference]);
    text_print_markdown(output, text);
    free(text);
    output_text(output, "\n\n");
    front_table_init(&front, result);
    text_table_print_markdown(&front.table, output);
    front_table_finish(&front);
    put_warnings(&(struct page){output, true, false}, result);
}
