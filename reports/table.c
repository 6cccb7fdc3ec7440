/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The terminal report: what a tired reader needs, within a screen and 100 columns. */
#include "reports/alarms.h"
#include "reports/exporters.h"
#include "reports/human.h"
#include "reports/verdict.h"
#include "reports/text_table.h"

#include "core/memory.h"
#include "support/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RIGHT_EDGE 100
#define FACTS_MAX 8
#define LINES_FIRST 6  /* bill lines of the Lambda design */
#define LINES_OTHER 2  /* of a baseline */
#define OPTIONS_MANY 5 /* then the baselines' lines are left to cost.csv */
#define ENTITIES_MAX 8
#define WARNINGS_MAX 8
#define ENTITY_WIDTH 28

struct page {
    struct output *output;
    bool color;
};

static void heading(const struct page *page, const char *text)
{
    output_text(page->output, "\n");
    text_print(page->output, text, STYLE_BOLD, 0, false, page->color);
    output_text(page->output, "\n");
}

static void put_headline(const struct page *page, const struct result *result)
{
    char duration[HUMAN_SIZE];
    char *const name = human_clean(result->scenario_name);
    text_print(page->output, name, STYLE_BOLD, 0, false, page->color);
    free(name);
    output_text(page->output, "\n");
    output_format(page->output, "%s as of %s; %s simulated", result->region, result->as_of,
                  human_duration(result->duration_s, duration));
    if (result->warm_up_s > 0)
        output_format(page->output, " after %s of warm-up",
                      human_duration(result->warm_up_s, duration));
    output_format(page->output, "; %zu replication%s; seed %llu\n", result->replications,
                  result->replications == 1 ? "" : "s", (unsigned long long)result->seed);
    for (size_t i = 0; i < result->facts && i < FACTS_MAX; i++) {
        output_text(page->output, "  ");
        text_print_wrapped(page->output, result->fact[i], 2, 4, RIGHT_EDGE);
    }
}

static void put_rest(const struct page *page, const struct result_option *option, size_t count,
                     money_pusd cost)
{
    char money[HUMAN_SIZE], share[HUMAN_SIZE];
    const money_pusd total = option->bill.total;
    output_text(page->output, "  ");
    text_print(
        page->output,
        human_percent(total == 0 ? 0 : money_to_double(cost) / money_to_double(total), share),
        STYLE_PLAIN, 7, true, page->color);
    output_format(page->output, "  %zu more line%s, %s together\n", count, count == 1 ? "" : "s",
                  human_money(cost, money));
}

static void put_bill(const struct page *page, const struct result_option *option, size_t limit)
{
    size_t *const order = bill_by_cost(&option->bill);
    const double total = money_to_double(option->bill.total);
    size_t width = 0, shown = 0;
    for (size_t i = 0; i < option->bill.count && i < limit; i++) {
        const size_t wanted = human_width(option->bill.line[order[i]].entity);
        width = wanted > width ? wanted : width;
    }
    width = width > ENTITY_WIDTH ? ENTITY_WIDTH : width;
    for (; shown < option->bill.count && shown < limit; shown++) {
        const struct bill_line *const line = &option->bill.line[order[shown]];
        char text[BILL_EXPLAIN_SIZE], share[HUMAN_SIZE];
        output_text(page->output, "  ");
        text_print(page->output,
                   human_percent(total == 0 ? 0 : money_to_double(line->cost) / total, share),
                   STYLE_PLAIN, 7, true, page->color);
        output_text(page->output, "  ");
        char *const entity = human_clean(line->entity);
        text_print(page->output, entity, STYLE_PLAIN, width, false, page->color);
        const size_t used = human_width(entity);
        free(entity);
        output_text(page->output, "  ");
        text_print_wrapped(page->output, bill_explain(line, text),
                           13 + (used > width ? used : width), 13 + width, RIGHT_EDGE);
    }
    money_pusd rest = 0;
    for (size_t i = shown; i < option->bill.count; i++)
        rest += option->bill.line[order[i]].cost;
    if (shown > 0 && shown < option->bill.count)
        put_rest(page, option, option->bill.count - shown, rest);
    free(order);
}

static void put_costs(const struct page *page, const struct result *result)
{
    char text[HUMAN_SIZE], run[HUMAN_SIZE], month[HUMAN_SIZE];
    heading(page, "Cost of a month, and why");
    for (size_t i = 0; i < result->options; i++) {
        const struct result_option *const option = &result->option[i];
        const double half = estimate_half_width(&option->monthly_cost_usd);
        char *const name = human_clean(option->name);
        text_print(page->output, name, STYLE_BOLD, 0, false, page->color);
        free(name);
        output_text(page->output, ": ");
        text_print(page->output, human_money(option->bill.total, text), STYLE_BOLD, 0, false,
                   page->color);
        if (!isnan(half))
            output_format(page->output, " ± %s", human_usd(half, text));
        if (*option->note != '\0') {
            output_text(page->output, "  ");
            text_print_wrapped(page->output, option->note, 30, 4, RIGHT_EDGE);
        } else {
            output_text(page->output, "\n");
        }
        put_bill(page, option,
                 i == 0                           ? LINES_FIRST
                 : result->options < OPTIONS_MANY ? LINES_OTHER
                                                  : 0);
    }
    output_format(page->output, "scaled from %s to a month of %s h; free tier applied: %s%s\n",
                  human_duration(result->duration_s, run), human_count(result->month_hours, month),
                  result->free_tier ? "yes" : "no",
                  result->replications > 1 ? "; ± is the 95 % interval"
                                           : "; one replication gives no interval");
}

/* As the Lambda design has it, or, of an objective for one baseline, as that does. */
static const struct result_objective *best_known(const struct result *result, size_t index)
{
    for (size_t i = 0; i < result->options; i++)
        if (result->option[i].objective[index].known)
            return &result->option[i].objective[index];
    return &result->option[0].objective[index];
}

static void put_objectives(const struct page *page, const struct result *result)
{
    if (result->option[0].objectives == 0)
        return;
    heading(page, "Objectives");
    for (size_t i = 0; i < result->option[0].objectives; i++) {
        const struct result_objective *const objective = best_known(result, i);
        char *const value = objective_value(objective);
        char *const asked = objective_text(objective);
        const enum verdict verdict = objective_verdict(objective);
        output_text(page->output, "  ");
        text_print(page->output, verdict_text(verdict), verdict_style(verdict), 7, false,
                   page->color);
        output_text(page->output, "  ");
        char *const text = text_format("%s: %s", asked, value);
        text_print_wrapped(page->output, text, 11, 11, RIGHT_EDGE);
        free(text);
        free(asked);
        free(value);
    }
}

static void put_alarms(const struct page *page, const struct result *result)
{
    if (result->alarms == 0)
        return;
    heading(page, "Alarms, in the first replication");
    for (size_t i = 0; i < result->alarms; i++) {
        const struct result_alarm *const alarm = &result->alarm[i];
        char *const story = alarm_story(alarm);
        output_text(page->output, "  ");
        text_print(page->output, alarm_verdict(alarm), alarm->fired > 0 ? STYLE_BOLD : STYLE_PLAIN,
                   7, false, page->color);
        output_text(page->output, "  ");
        char *const text = text_format("%s (%s): %s", alarm->name, alarm->text, story);
        text_print_wrapped(page->output, text, 11, 11, RIGHT_EDGE);
        free(text);
        free(story);
    }
}

static void put_comparison(const struct page *page, const struct result *result)
{
    heading(page, "Comparison");
    struct text_table table;
    comparison_table(&table, result);
    text_table_print(&table, page->output, 2, page->color);
    text_table_finish(&table);
    char *const common = common_lines(result);
    if (common != NULL) {
        output_text(page->output, "  both sides pay for ");
        text_print_wrapped(page->output, common, 21, 4, RIGHT_EDGE);
    }
    free(common);
}

enum figure_kind { FIGURE_NAME, FIGURE_COUNT, FIGURE_PERCENT, FIGURE_MS };

struct figure {
    struct text_column column;
    const char *metric;
    enum figure_kind kind;
};

#define NAME(heading_text)                                                                         \
    {                                                                                              \
        {heading_text, false, false}, NULL, FIGURE_NAME                                            \
    }
#define ALWAYS(heading_text, metric, kind)                                                         \
    {                                                                                              \
        {heading_text, true, false}, metric, kind                                                  \
    }
#define WHERE_ANY(heading_text, metric, kind)                                                      \
    {                                                                                              \
        {heading_text, true, true}, metric, kind                                                   \
    }

static const struct figure function_figures[] = {
    NAME("function"),
    ALWAYS("invocations", "invocations", FIGURE_COUNT),
    ALWAYS("cold starts", "cold_start_ratio", FIGURE_PERCENT),
    WHERE_ANY("throttles", "throttles", FIGURE_COUNT),
    WHERE_ANY("errors", "errors", FIGURE_COUNT),
    WHERE_ANY("timeouts", "timeouts", FIGURE_COUNT),
    WHERE_ANY("duration p50", "duration_ms.p50", FIGURE_MS),
    WHERE_ANY("p99", "duration_ms.p99", FIGURE_MS),
    WHERE_ANY("concurrency max", "concurrent_executions.max", FIGURE_COUNT),
};

static const struct figure stream_figures[] = {
    NAME("stream"),
    ALWAYS("records in", "records_in", FIGURE_COUNT),
    WHERE_ANY("expired", "records_expired", FIGURE_COUNT),
    WHERE_ANY("write throttles", "write_throttles", FIGURE_COUNT),
    WHERE_ANY("read throttles", "read_throttles", FIGURE_COUNT),
    WHERE_ANY("utilization", "utilization", FIGURE_PERCENT),
};

static const struct figure mapping_figures[] = {
    NAME("mapping"),
    ALWAYS("processed", "records_processed", FIGURE_COUNT),
    WHERE_ANY("expired", "records_expired", FIGURE_COUNT),
    WHERE_ANY("discarded", "records_discarded", FIGURE_COUNT),
    WHERE_ANY("retries", "retries", FIGURE_COUNT),
    WHERE_ANY("read throttles", "read_throttles", FIGURE_COUNT),
    WHERE_ANY("a batch", "batch_records.mean", FIGURE_COUNT),
    WHERE_ANY("age p99", "iterator_age_ms.p99", FIGURE_MS),
    WHERE_ANY("age max", "iterator_age_ms.max", FIGURE_MS),
};

/* An entity's metrics stand together: from `first` until another entity's. */
static double find_metric(const struct result_option *option, size_t first, const char *metric)
{
    const char *const entity = option->metric[first].entity;
    for (size_t i = first; i < option->metrics; i++) {
        if (strcmp(option->metric[i].entity, entity) != 0)
            break;
        if (strcmp(option->metric[i].metric, metric) == 0)
            return option->metric[i].value.mean;
    }
    return NAN;
}

static void add_figure(struct text_table *table, const struct result_option *option, size_t first,
                       const char *name, const struct figure *figure)
{
    char text[HUMAN_SIZE];
    if (figure->kind == FIGURE_NAME) {
        text_table_add(table, STYLE_PLAIN, name);
        return;
    }
    const double value = find_metric(option, first, figure->metric);
    if (figure->kind == FIGURE_COUNT)
        human_count(value, text);
    else if (figure->kind == FIGURE_PERCENT)
        human_percent(value, text);
    else
        human_duration(value / 1000, text);
    text_table_add(table, STYLE_PLAIN, text);
}

struct ranked_entity {
    size_t first; /* metric */
    double rank;
};

/* The largest first; equal ones and those without the metric as they stand. */
static int compare_ranks(const void *left, const void *right)
{
    const struct ranked_entity *const a = left;
    const struct ranked_entity *const b = right;
    if (a->rank != b->rank)
        return a->rank < b->rank ? 1 : -1;
    return a->first < b->first ? -1 : a->first > b->first;
}

/* The entities whose name begins with `prefix`, by the metric `rank`; free() them. */
static struct ranked_entity *rank_entities(const struct result_option *option, const char *prefix,
                                           const char *rank, size_t *ret_count)
{
    struct ranked_entity *entity = NULL;
    size_t count = 0, capacity = 0;
    const char *last = "";
    for (size_t i = 0; i < option->metrics; i++) {
        const char *const name = option->metric[i].entity;
        if (strncmp(name, prefix, strlen(prefix)) != 0 || strcmp(name, last) == 0)
            continue;
        last = name;
        const double value = find_metric(option, i, rank);
        entity = mem_grow(entity, &capacity, count, sizeof *entity);
        entity[count++] = (struct ranked_entity){i, isnan(value) ? -1 : value};
    }
    if (count > 0)
        qsort(entity, count, sizeof *entity, compare_ranks);
    *ret_count = count;
    return entity;
}

/* One row an entity whose name begins with `prefix`, the busiest first: figure[1] says how busy.
 * Whether there is a table now, this one or one `above`. */
static bool put_figures(const struct page *page, const struct result_option *option,
                        const char *prefix, const struct figure *figure, size_t figures, bool above)
{
    size_t entities;
    struct ranked_entity *const entity = rank_entities(option, prefix, figure[1].metric, &entities);
    struct text_column *const column = mem_alloc(figures, sizeof *column);
    for (size_t i = 0; i < figures; i++)
        column[i] = figure[i].column;
    struct text_table table;
    text_table_init(&table, column, figures);
    for (size_t i = 0; i < entities && i < ENTITIES_MAX; i++) {
        const char *const name = option->metric[entity[i].first].entity + strlen(prefix);
        for (size_t j = 0; j < figures; j++)
            add_figure(&table, option, entity[i].first, name, &figure[j]);
    }
    if (entities > 0 && above)
        output_text(page->output, "\n");
    if (entities > 0)
        text_table_print(&table, page->output, 2, page->color);
    if (entities > ENTITIES_MAX)
        output_format(page->output, "  … and %zu more in summary.csv\n", entities - ENTITIES_MAX);
    text_table_finish(&table);
    free(column);
    free(entity);
    return above || entities > 0;
}

#define PUT_FIGURES(prefix, figures, any)                                                          \
    put_figures(page, option, prefix, figures, sizeof(figures) / sizeof *(figures), any)

static void put_key_figures(const struct page *page, const struct result *result)
{
    char duration[HUMAN_SIZE];
    const struct result_option *const option = &result->option[0];
    if (option->metrics == 0)
        return;
    human_duration(result->duration_s, duration);
    char *const text = result->replications > 1
                           ? text_format("In the %s simulated (means of %zu replications, of "
                                         "maxima too; intervals: summary.csv)",
                                         duration, result->replications)
                           : text_format("In the %s simulated", duration);
    heading(page, text);
    free(text);
    bool any = false;
    any = PUT_FIGURES("stream:", stream_figures, any);
    any = PUT_FIGURES("esm:", mapping_figures, any);
    PUT_FIGURES("function:", function_figures, any);
}

static void put_warnings(const struct page *page, const struct diagnostics *notes)
{
    if (notes->count == 0)
        return;
    heading(page, "Warnings");
    for (size_t i = 0; i < notes->count && i < WARNINGS_MAX; i++) {
        output_text(page->output, "  - ");
        text_print_wrapped(page->output, notes->item[i].text, 4, 4, RIGHT_EDGE);
    }
    const size_t all = notes->errors + notes->warnings;
    const size_t shown = notes->count < WARNINGS_MAX ? notes->count : WARNINGS_MAX;
    if (all > shown)
        output_format(page->output, "  … and %zu more in run.json (--output DIR)\n", all - shown);
}

int report_stdout_table(const struct result *result, FILE *out, bool color,
                        struct diagnostics *diagnostics)
{
    struct output *const output = output_to_stream(out, "standard output");
    const struct page page = {output, color};
    put_headline(&page, result);
    if (result->options > 0) {
        put_costs(&page, result);
        put_objectives(&page, result);
        put_alarms(&page, result);
        put_comparison(&page, result);
        put_key_figures(&page, result);
    }
    put_warnings(&page, &result->notes);
    return output_commit(&output, 1, diagnostics);
}
