/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/diff.h"

#include "core/memory.h"
#include "core/statistics.h"
#include "support/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool same(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static const struct result_option *find_option(const struct result *result, const char *name)
{
    for (size_t i = 0; i < result->options; i++)
        if (same(result->option[i].name, name))
            return &result->option[i];
    return NULL;
}

/* --- differences with their intervals --------------------------------------------------------- */

static double half_width(const struct result_estimate *e)
{
    return fmax(e->high - e->mean, e->mean - e->low);
}

/* As if the two were independent. */
static struct result_estimate apart(const struct result_estimate *before,
                                    const struct result_estimate *after)
{
    const double mean = after->mean - before->mean;
    const double half = hypot(half_width(before), half_width(after));
    const size_t count = before->count < after->count ? before->count : after->count;
    return (struct result_estimate){mean, mean - half, mean + half, count};
}

/* Replication by replication; both measurements may be off. */
static struct result_estimate paired(const struct result_samples *before, size_t row_before,
                                     const struct result_samples *after, size_t row_after)
{
    const size_t n = before->count < after->count ? before->count : after->count;
    double *const value = mem_alloc(n, sizeof *value);
    for (size_t i = 0; i < n; i++)
        value[i] = after->value[row_after * after->count + i] -
                   before->value[row_before * before->count + i];
    const struct estimate e = estimate_of(value, n);
    const double half = fmax(e.half_width, before->error[row_before] + after->error[row_after]);
    free(value);
    if (isnan(e.half_width))
        return (struct result_estimate){e.mean, NAN, NAN, e.count};
    return (struct result_estimate){e.mean, e.mean - half, e.mean + half, e.count};
}

static bool has_samples(const struct result_option *before, const struct result_option *after)
{
    return before->samples.count > 0 && after->samples.count > 0;
}

/* --- options ---------------------------------------------------------------------------------- */

/* Bills are of mean usage, so the difference is the bills' own; the replications say how sure. */
static struct result_estimate cost_difference(const struct diff_result *diff,
                                              const struct diff_option *option)
{
    const struct result_option *const before = option->before, *const after = option->after;
    if (before == NULL || after == NULL)
        return (struct result_estimate){NAN, NAN, NAN, 0};
    struct result_estimate e = apart(&before->monthly_cost_usd, &after->monthly_cost_usd);
    e.mean = money_to_double(after->bill.total - before->bill.total);
    if (diff->paired && has_samples(before, after)) {
        const struct result_estimate p =
            paired(&before->samples, RESULT_ROW_COST, &after->samples, RESULT_ROW_COST);
        const double half = half_width(&p);
        e = (struct result_estimate){e.mean, e.mean - half, e.mean + half, p.count};
    }
    return e;
}

static void add_option(struct diff_result *diff, const char *name)
{
    for (size_t i = 0; i < diff->options; i++)
        if (same(diff->option[i].name, name))
            return;
    struct diff_option option = {.name = name,
                                 .before = find_option(&diff->before, name),
                                 .after = find_option(&diff->after, name)};
    if (option.before == NULL && option.after == NULL)
        return;
    option.difference = cost_difference(diff, &option);
    diff->option = mem_resize(diff->option, diff->options + 1, sizeof *diff->option);
    diff->option[diff->options++] = option;
}

static void compare_options(struct diff_result *diff)
{
    add_option(diff, diff->limits.option);
    for (size_t i = 0; i < diff->before.options; i++)
        add_option(diff, diff->before.option[i].name);
    for (size_t i = 0; i < diff->after.options; i++)
        add_option(diff, diff->after.option[i].name);
}

/* --- bills ------------------------------------------------------------------------------------ */

static struct diff_line side_of(const char *option, const struct bill_line *line, bool before)
{
    const double quantity = (double)line->quantity / (double)line->per_unit;
    return (struct diff_line){.option = option,
                              .entity = line->entity,
                              .service = line->service,
                              .sku = line->sku,
                              .region = line->region,
                              .unit = line->unit,
                              .quantity_before = before ? quantity : 0,
                              .quantity_after = before ? 0 : quantity,
                              .is_before = before,
                              .is_after = !before,
                              .before = before ? line->cost : 0,
                              .after = before ? 0 : line->cost};
}

static int by_what(const void *a, const void *b)
{
    const struct diff_line *const x = a, *const y = b;
    int order = strcmp(x->entity, y->entity);
    order = order != 0 ? order : strcmp(x->service, y->service);
    order = order != 0 ? order : strcmp(x->sku, y->sku);
    order = order != 0 ? order : strcmp(x->region, y->region);
    return order != 0 ? order : strcmp(x->unit, y->unit);
}

static void add_to(struct diff_line *sum, const struct diff_line *line)
{
    sum->quantity_before += line->quantity_before;
    sum->quantity_after += line->quantity_after;
    sum->is_before = sum->is_before || line->is_before;
    sum->is_after = sum->is_after || line->is_after;
    sum->before += line->before;
    sum->after += line->after;
}

static void compare_lines(struct diff_result *diff, const struct diff_option *option)
{
    const size_t before = option->before == NULL ? 0 : option->before->bill.count;
    const size_t after = option->after == NULL ? 0 : option->after->bill.count;
    diff->line = mem_resize(diff->line, diff->lines + before + after, sizeof *diff->line);
    struct diff_line *const line = diff->line + diff->lines;
    for (size_t i = 0; i < before; i++)
        line[i] = side_of(option->name, &option->before->bill.line[i], true);
    for (size_t i = 0; i < after; i++)
        line[before + i] = side_of(option->name, &option->after->bill.line[i], false);
    if (before + after > 0)
        qsort(line, before + after, sizeof *line, by_what);
    size_t sums = 0;
    for (size_t i = 0; i < before + after; i++) {
        if (sums > 0 && by_what(&line[sums - 1], &line[i]) == 0)
            add_to(&line[sums - 1], &line[i]);
        else
            line[sums++] = line[i];
    }
    diff->lines += sums;
}

/* --- objectives ------------------------------------------------------------------------------- */

/* Asks the same of the same metric, whatever its bound. */
static bool alike(const struct result_objective *a, const struct result_objective *b)
{
    return a->at_most == b->at_most && same(a->metric, b->metric);
}

/* At the same place in the list, or else the first. */
static const struct result_objective *find_objective(const struct result_option *option,
                                                     const struct result_objective *like,
                                                     size_t place)
{
    if (option != NULL && place < option->objectives && alike(&option->objective[place], like))
        return &option->objective[place];
    for (size_t i = 0; option != NULL && i < option->objectives; i++)
        if (alike(&option->objective[i], like))
            return &option->objective[i];
    return NULL;
}

static bool holds(const struct result_objective *objective)
{
    return objective != NULL && (!objective->known || objective->met);
}

static void add_objective(struct diff_result *diff, const struct diff_option *option,
                          const struct result_objective *before,
                          const struct result_objective *after)
{
    const bool fails = after != NULL && !holds(after);
    const bool judged = same(option->name, diff->limits.option);
    const struct diff_objective objective = {
        .option = option->name,
        .before = before,
        .after = after,
        .newly_failing = fails && (before == NULL || holds(before)),
        .newly_met = after != NULL && holds(after) && before != NULL && !holds(before)};
    diff->objective = mem_resize(diff->objective, diff->objectives + 1, sizeof *diff->objective);
    diff->objective[diff->objectives++] = objective;
    diff->newly_failing += judged && objective.newly_failing;
}

static void compare_objectives(struct diff_result *diff, const struct diff_option *option)
{
    const struct result_option *const before = option->before, *const after = option->after;
    for (size_t i = 0; after != NULL && i < after->objectives; i++) {
        const struct result_objective *const a = &after->objective[i];
        const struct result_objective *const b = find_objective(before, a, i);
        if (a->known || (b != NULL && b->known)) /* else it is not asked of this option */
            add_objective(diff, option, b, a);
    }
    for (size_t i = 0; before != NULL && after != NULL && i < before->objectives; i++) {
        const struct result_objective *const b = &before->objective[i];
        if (b->known && find_objective(after, b, i) == NULL)
            add_objective(diff, option, b, NULL);
    }
}

/* --- metrics ---------------------------------------------------------------------------------- */

struct named {
    const struct result_metric *metric;
    size_t index;
};

static int by_name(const void *a, const void *b)
{
    const struct result_metric *const x = ((const struct named *)a)->metric;
    const struct result_metric *const y = ((const struct named *)b)->metric;
    const int entity = strcmp(x->entity, y->entity);
    return entity != 0 ? entity : strcmp(x->metric, y->metric);
}

/* An option's metrics by name; NULL where it has none. free() it. */
static struct named *index_of(const struct result_option *option)
{
    if (option == NULL || option->metrics == 0)
        return NULL;
    struct named *const named = mem_alloc(option->metrics, sizeof *named);
    for (size_t i = 0; i < option->metrics; i++)
        named[i] = (struct named){&option->metric[i], i};
    qsort(named, option->metrics, sizeof *named, by_name);
    return named;
}

static const struct named *find_metric(const struct named *index, size_t count,
                                       const struct result_metric *like)
{
    const struct named key = {like, 0};
    return index == NULL ? NULL : bsearch(&key, index, count, sizeof *index, by_name);
}

static void add_metric(struct diff_result *diff, const struct diff_option *option,
                       const struct named *before, const struct named *after)
{
    struct diff_metric metric = {.option = option->name,
                                 .before = before == NULL ? NULL : before->metric,
                                 .after = after == NULL ? NULL : after->metric,
                                 .difference = {NAN, NAN, NAN, 0}};
    if (before != NULL && after != NULL)
        metric.difference =
            diff->paired && has_samples(option->before, option->after)
                ? paired(&option->before->samples, RESULT_ROW_METRICS + before->index,
                         &option->after->samples, RESULT_ROW_METRICS + after->index)
                : apart(&before->metric->value, &after->metric->value);
    metric.moved = metric.difference.low > 0 || metric.difference.high < 0;
    diff->moved += metric.moved;
    diff->metric[diff->metrics++] = metric;
}

static void compare_metrics(struct diff_result *diff, const struct diff_option *option)
{
    const size_t before = option->before == NULL ? 0 : option->before->metrics;
    const size_t after = option->after == NULL ? 0 : option->after->metrics;
    struct named *const was = index_of(option->before), *const is = index_of(option->after);
    diff->metric = mem_resize(diff->metric, diff->metrics + before + after, sizeof *diff->metric);
    for (size_t i = 0; i < after; i++) {
        const struct named now = {&option->after->metric[i], i};
        add_metric(diff, option, find_metric(was, before, now.metric), &now);
    }
    for (size_t i = 0; i < before; i++) {
        const struct named then = {&option->before->metric[i], i};
        if (find_metric(is, after, then.metric) == NULL)
            add_metric(diff, option, &then, NULL);
    }
    free(was);
    free(is);
}

/* --- verdicts and notes ----------------------------------------------------------------------- */

static int judge(struct diff_result *diff, struct diagnostics *diagnostics)
{
    const struct diff_limits *const limits = &diff->limits;
    const struct diff_option *const option = &diff->option[0];
    if (diff->options == 0 || option->after == NULL || !same(option->name, limits->option)) {
        diagnostics_error(diagnostics, diff->path_after, 0, "there is no option `%s`",
                          limits->option);
        return -1;
    }
    const money_pusd after = option->after->bill.total;
    diff->over_budget = limits->has_budget && after > limits->budget;
    diff->increase = NAN;
    if (option->before == NULL) {
        if (!limits->has_increase)
            return 0;
        diagnostics_error(diagnostics, diff->path_before, 0,
                          "there is no option `%s` that --max-increase could be measured by",
                          limits->option);
        return -1;
    }
    const money_pusd before = option->before->bill.total;
    diff->increase = after == before ? 0 : money_to_double(after) / money_to_double(before) - 1;
    diff->over_increase = limits->has_increase && diff->increase > limits->max_increase;
    return 0;
}

/* A warning without the place that it begins with: lines move. */
static const char *without_place(const char *text)
{
    const char *const end = strstr(text, ": ");
    const bool numbered = end != NULL && end > text && strchr("0123456789", end[-1]) != NULL;
    return numbered ? end + 2 : text;
}

static bool has_note(const struct diagnostics *notes, const char *text)
{
    for (size_t i = 0; i < notes->count; i++)
        if (same(without_place(notes->item[i].text), without_place(text)))
            return true;
    return false;
}

static bool fires(const struct result *result, const char *name)
{
    for (size_t i = 0; i < result->alarms; i++)
        if (same(result->alarm[i].name, name))
            return result->alarm[i].fired > 0;
    return false;
}

static void note_alarms(struct diff_result *diff)
{
    for (size_t i = 0; i < diff->after.alarms; i++) {
        const struct result_alarm *const a = &diff->after.alarm[i];
        if (a->fired > 0 && !fires(&diff->before, a->name))
            diagnostics_warning(&diff->notes, NULL, 0,
                                "new: alarm %s fires, %zu time%s, %.0f s in all: %s", a->name,
                                a->fired, a->fired == 1 ? "" : "s", a->alarm_s, a->text);
    }
}

/* Of bills: what a month was made of. */
static void note_months(struct diff_result *diff)
{
    const struct result *const before = &diff->before, *const after = &diff->after;
    if (before->scaled != after->scaled)
        diagnostics_warning(&diff->notes, NULL, 0,
                            "a month is not the same on both sides: before %s, after %s",
                            before->option[0].note, after->option[0].note);
    if ((before->scaled && before->free_tier) || (after->scaled && after->free_tier))
        diagnostics_warning(&diff->notes, NULL, 0,
                            "the free tier of each calendar month was taken off before the data "
                            "were made a month: --free-tier off (of bill) compares without it");
}

static void note(struct diff_result *diff)
{
    const struct result *const before = &diff->before, *const after = &diff->after;
    for (size_t i = 0; i < after->notes.count; i++)
        if (!has_note(&before->notes, after->notes.item[i].text))
            diagnostics_warning(&diff->notes, NULL, 0, "new: %s", after->notes.item[i].text);
    if (!diff->bills && (before->replications < 2 || after->replications < 2))
        diagnostics_warning(&diff->notes, NULL, 0,
                            "one replication gives no intervals: which metrics moved by more than "
                            "chance is not known");
    if (!same(before->price_book, after->price_book))
        diagnostics_warning(&diff->notes, NULL, 0, "prices are of two books: %s; %s",
                            before->price_book, after->price_book);
}

int diff_compare(struct diff_result *ret, struct diagnostics *diagnostics)
{
    diagnostics_init(&ret->notes);
    compare_options(ret);
    if (judge(ret, diagnostics) < 0)
        return -1;
    diff_settings(ret);
    for (size_t i = 0; i < ret->options; i++) {
        compare_lines(ret, &ret->option[i]);
        compare_objectives(ret, &ret->option[i]);
        compare_metrics(ret, &ret->option[i]);
    }
    note_alarms(ret);
    if (ret->bills)
        note_months(ret);
    note(ret);
    return 0;
}
