/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/verdict.h"

#include "core/memory.h"
#include "reports/human.h"
#include "support/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COMMON_MAX 6

enum verdict objective_verdict(const struct result_objective *objective)
{
    if (!objective->known)
        return VERDICT_DOES_NOT_APPLY;
    const struct result_estimate *const value = &objective->value;
    if (isnan(value->mean) || (!objective->met && objective->at_most && result_is_open(value) &&
                               value->mean <= objective->bound))
        return VERDICT_UNKNOWN;
    return objective->met ? VERDICT_MET : VERDICT_NOT_MET;
}

enum verdict option_verdict(const struct result_option *option)
{
    static const enum verdict worst_first[] = {VERDICT_NOT_MET, VERDICT_UNKNOWN, VERDICT_MET,
                                               VERDICT_DOES_NOT_APPLY};
    for (size_t k = 0; k < sizeof worst_first / sizeof *worst_first; k++)
        for (size_t i = 0; i < option->objectives; i++)
            if (objective_verdict(&option->objective[i]) == worst_first[k])
                return worst_first[k];
    return VERDICT_NONE;
}

const char *verdict_text(enum verdict verdict)
{
    static const char *const texts[] = {[VERDICT_NONE] = "",
                                        [VERDICT_MET] = "met",
                                        [VERDICT_NOT_MET] = "NOT MET",
                                        [VERDICT_UNKNOWN] = "unknown",
                                        [VERDICT_DOES_NOT_APPLY] = "n/a"};
    return texts[verdict];
}

enum text_style verdict_style(enum verdict verdict)
{
    static const enum text_style styles[] = {[VERDICT_NONE] = STYLE_PLAIN,
                                             [VERDICT_MET] = STYLE_GOOD,
                                             [VERDICT_NOT_MET] = STYLE_BAD,
                                             [VERDICT_UNKNOWN] = STYLE_BOLD,
                                             [VERDICT_DOES_NOT_APPLY] = STYLE_PLAIN};
    return styles[verdict];
}

char *objective_text(const struct result_objective *objective)
{
    char bound[HUMAN_SIZE];
    return text_format("%s %s %s", objective->metric, objective->at_most ? "at most" : "at least",
                       human_metric(objective->bound, objective->unit, objective->bound, bound));
}

char *objective_value(const struct result_objective *objective)
{
    const struct result_estimate *const value = &objective->value;
    char mean[HUMAN_SIZE], low[HUMAN_SIZE], high[HUMAN_SIZE];
    if (!objective->known)
        return mem_strdup("this design has no such metric");
    if (isnan(value->mean))
        return mem_strdup("nothing was observed");
    human_metric(value->mean, objective->unit, objective->bound, mean);
    if (result_is_open(value))
        return text_format("at least %s: it was not over when the run ended", mean);
    if (isnan(value->low) || isnan(value->high))
        return mem_strdup(mean);
    return text_format("%s (95 %%: %s to %s)%s", mean,
                       human_metric(value->low, objective->unit, objective->bound, low),
                       human_metric(value->high, objective->unit, objective->bound, high),
                       objective->sure ? "" : "; not sure, add replications");
}

static void add_with_interval(struct text_table *table, const struct result_estimate *latency_ms)
{
    char mean[HUMAN_SIZE], half[HUMAN_SIZE];
    const double half_ms = estimate_half_width(latency_ms);
    human_duration(latency_ms->mean / 1000, mean);
    char *const text = isnan(half_ms) || half_ms == 0
                           ? mem_strdup(mean)
                           : text_format("%s ± %s", mean, human_duration(half_ms / 1000, half));
    text_table_add(table, STYLE_PLAIN, text);
    free(text);
}

void comparison_table(struct text_table *ret, const struct result *result)
{
    static const struct text_column columns[] = {
        {"option", false, false},   {"a month", true, false}, {"relative", false, false},
        {"p50", true, true},        {"p95", true, true},      {"p99", true, true},
        {"lost/month", true, true}, {"utilized", true, true}, {"objectives", false, true},
    };
    text_table_init(ret, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < result->options; i++) {
        const struct result_option *const option = &result->option[i];
        char text[HUMAN_SIZE];
        const enum verdict verdict = option_verdict(option);
        text_table_add(ret, STYLE_PLAIN, option->name);
        text_table_add(ret, STYLE_PLAIN, human_money(option->bill.total, text));
        text_table_add(ret, STYLE_PLAIN, human_relative(option->relative_cost, text));
        text_table_add(ret, STYLE_PLAIN, human_duration(option->latency_ms_p50.mean / 1000, text));
        text_table_add(ret, STYLE_PLAIN, human_duration(option->latency_ms_p95.mean / 1000, text));
        add_with_interval(ret, &option->latency_ms_p99);
        text_table_add(ret, STYLE_PLAIN, human_count(option->lost.mean, text));
        text_table_add(ret, STYLE_PLAIN, human_percent(option->utilization.mean, text));
        text_table_add(ret, verdict_style(verdict), verdict_text(verdict));
    }
}

void objectives_table(struct text_table *ret, const struct result *result)
{
    static const struct text_column columns[] = {{"option", false, false},
                                                 {"objective", false, false},
                                                 {"result", false, false},
                                                 {"value", false, false}};
    text_table_init(ret, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < result->options; i++)
        for (size_t j = 0; j < result->option[i].objectives; j++) {
            const struct result_objective *const objective = &result->option[i].objective[j];
            const enum verdict verdict = objective_verdict(objective);
            char *const text = objective_text(objective);
            char *const value = objective_value(objective);
            text_table_add(ret, STYLE_PLAIN, result->option[i].name);
            text_table_add(ret, STYLE_PLAIN, text);
            text_table_add(ret, verdict == VERDICT_MET ? STYLE_PLAIN : verdict_style(verdict),
                           verdict_text(verdict));
            text_table_add(ret, STYLE_PLAIN, value);
            free(text);
            free(value);
        }
}

static void add_lines(struct text_table *table, const struct result_option *option, size_t most)
{
    size_t *const order = bill_by_cost(&option->bill);
    const double total = money_to_double(option->bill.total);
    for (size_t i = 0; i < option->bill.count && i < most; i++) {
        const struct bill_line *const line = &option->bill.line[order[i]];
        char text[HUMAN_SIZE], explained[BILL_EXPLAIN_SIZE];
        const double share = total == 0 ? 0 : money_to_double(line->cost) / total;
        text_table_add(table, STYLE_PLAIN, option->name);
        text_table_add(table, STYLE_PLAIN, line->entity);
        text_table_add(table, STYLE_PLAIN, human_percent(share, text));
        text_table_add(table, STYLE_PLAIN, bill_explain(line, explained));
    }
    free(order);
}

void bills_table(struct text_table *ret, const struct result *result, size_t most)
{
    static const struct text_column columns[] = {{"option", false, false},
                                                 {"entity", false, false},
                                                 {"share", true, false},
                                                 {"bill line", false, false}};
    text_table_init(ret, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < result->options; i++)
        add_lines(ret, &result->option[i], most);
}

/* Was the same thing named by an earlier common line? */
static bool is_repeated(const struct result *result, size_t option_index, size_t line_index)
{
    const struct bill_line *const line = &result->option[option_index].bill.line[line_index];
    for (size_t i = 0; i <= option_index; i++) {
        const struct result_option *const option = &result->option[i];
        const size_t end = i == option_index ? line_index : option->bill.count;
        for (size_t j = 0; j < end && option->common != NULL; j++) {
            const struct bill_line *const other = &option->bill.line[j];
            if (option->common[j] && strcmp(other->entity, line->entity) == 0 &&
                strcmp(other->service, line->service) == 0 && strcmp(other->sku, line->sku) == 0)
                return true;
        }
    }
    return false;
}

char *common_lines(const struct result *result)
{
    char *text = NULL;
    size_t found = 0;
    for (size_t i = 0; i < result->options; i++) {
        const struct result_option *const option = &result->option[i];
        for (size_t j = 0; option->common != NULL && j < option->bill.count; j++) {
            const struct bill_line *const line = &option->bill.line[j];
            if (!option->common[j] || is_repeated(result, i, j) || found++ >= COMMON_MAX)
                continue;
            char *const longer =
                text_format("%s%s%s %s %s", text == NULL ? "" : text, text == NULL ? "" : ", ",
                            line->entity, line->service, line->sku);
            free(text);
            text = longer;
        }
    }
    if (found > COMMON_MAX) {
        char *const longer = text_format("%s and %zu more", text, found - COMMON_MAX);
        free(text);
        text = longer;
    }
    return text;
}

size_t *bill_by_cost(const struct bill *bill)
{
    size_t *const order = mem_alloc(bill->count + 1, sizeof *order);
    for (size_t i = 0; i < bill->count; i++) {
        size_t place = i;
        for (; place > 0 && bill->line[order[place - 1]].cost < bill->line[i].cost; place--)
            order[place] = order[place - 1];
        order[place] = i;
    }
    return order;
}
