/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The comparison that replay and forecast share: replications, intervals, the verdict. */
#include "history/backtest_internal.h"

#include "core/memory.h"
#include "support/date.h"
#include "support/text.h"

#include <lambdaplan/bill.h>

#include <gsl/gsl_cdf.h>
#include <inttypes.h>
#include <math.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_RANK 5 /* the ends of intervals of rank 1 are twice as uncertain */
#define NS_PER_DAY INT64_C(86400000000000)
#define NS_PER_MS INT64_C(1000000)

static const struct {
    const char *name, *unit;
    bool whole; /* its values are whole numbers: so are the ends of its interval */
} metric[BACKTEST_METRICS] = {
    [BACKTEST_INVOCATIONS] = {"invocations", "count", true},
    [BACKTEST_COLD_STARTS] = {"cold_starts", "count", true},
    [BACKTEST_BILLED_MS] = {"billed_ms", "ms", false},
    [BACKTEST_P50] = {"duration_ms.p50", "ms", false},
    [BACKTEST_P95] = {"duration_ms.p95", "ms", false},
    [BACKTEST_P99] = {"duration_ms.p99", "ms", false},
    [BACKTEST_CONCURRENCY] = {"concurrent_executions.max", "executions", true},
    [BACKTEST_THROTTLES] = {"throttles", "count", true},
    [BACKTEST_COST] = {"cost_usd", "USD", false},
};

/* Figures of all pairs in all replications. */
struct prediction {
    const struct backtest_run *run;
    size_t replications, replication;
    double *value; /* [pair][metric][replication]; NAN: not observed */
    double *error; /* [pair][metric]: how far rounding may put a value off */
    size_t cursor; /* the pair that reported last: the model reports entity by entity */
};

const char *backtest_metric_name(enum backtest_metric which)
{
    return metric[which].name;
}

unsigned backtest_replications(double confidence, unsigned rank)
{
    return (unsigned)ceil(2 * rank / (1 - confidence) - 1 - 1e-9);
}

unsigned backtest_wanted_replications(const struct backtest_options *options)
{
    return options->replications > 0 ? options->replications
                                     : backtest_replications(options->confidence, DEFAULT_RANK);
}

void backtest_pairs_finish(struct backtest_pair *pair, size_t pairs)
{
    for (size_t i = 0; i < pairs; i++) {
        free(pair[i].entity);
        backtest_seen_finish(&pair[i].seen);
    }
    free(pair);
}

/* --- one replication ------------------------------------------------------------------------ */

static double *place(const struct prediction *p, size_t pair, size_t which)
{
    return &p->value[(pair * BACKTEST_METRICS + which) * p->replications + p->replication];
}

/* False: it is none of the pairs. */
static bool find_pair(struct prediction *p, const char *entity)
{
    for (size_t step = 0; step < p->run->pairs; step++) {
        const size_t i = (p->cursor + step) % p->run->pairs;
        if (strcmp(p->run->pair[i].entity, entity) == 0) {
            p->cursor = i;
            return true;
        }
    }
    return false;
}

/* The metric of that name, or BACKTEST_METRICS; sets the cursor. */
static size_t find_metric(struct prediction *p, const char *entity, const char *name)
{
    if (strncmp(entity, "function:", 9) != 0)
        return BACKTEST_METRICS;
    for (size_t i = 0; i < BACKTEST_METRICS; i++)
        if (strcmp(metric[i].name, name) == 0)
            return find_pair(p, entity) ? i : BACKTEST_METRICS;
    return BACKTEST_METRICS;
}

static void take_rounded(void *context, const char *entity, const char *name, const char *unit,
                         double value, double error)
{
    struct prediction *const p = context;
    (void)unit;
    const size_t which = find_metric(p, entity, name);
    if (which == BACKTEST_METRICS)
        return;
    double *const most = &p->error[p->cursor * BACKTEST_METRICS + which];
    *place(p, p->cursor, which) = value;
    *most = fmax(*most, error);
}

static void take(void *context, const char *entity, const char *name, const char *unit,
                 double value)
{
    take_rounded(context, entity, name, unit, value, 0);
}

/* Requests and duration at the prices of the day, without the free tier, which is a month's. */
static int price(const struct backtest_run *run, const char *entity, bool arm64,
                 usage_quantity requests, usage_quantity mb_ms, double *ret,
                 struct diagnostics *diagnostics)
{
    const struct bill_options options = {.region = run->scenario->region,
                                         .day = run->scenario->as_of_day,
                                         .month_ms = 1,
                                         .run_ms = 1};
    struct usage usage;
    struct bill bill;
    usage_init(&usage);
    usage_add(&usage, entity, METER_LAMBDA_REQUESTS, NULL, requests);
    usage_add(&usage, entity, arm64 ? METER_LAMBDA_ARM64_MB_MS : METER_LAMBDA_X86_MB_MS, NULL,
              mb_ms);
    const int status = bill_compute(&bill, &usage, run->world->prices, &options, diagnostics);
    if (status == 0) {
        *ret = money_to_double(bill.total);
        bill_finish(&bill);
    }
    usage_finish(&usage);
    return status;
}

static const struct function_spec *spec_of(const struct backtest_run *run, size_t pair)
{
    return &run->scenario->function[run->pair[pair].function];
}

static int price_replication(struct prediction *p, const struct model *model,
                             struct diagnostics *diagnostics)
{
    const struct backtest_run *const run = p->run;
    usage_quantity *const requests = mem_alloc(run->pairs, sizeof *requests);
    usage_quantity *const mb_ms = mem_alloc(run->pairs, sizeof *mb_ms);
    struct usage usage;
    int status = 0;
    usage_init(&usage);
    model_usage(model, &usage);
    for (size_t i = 0; i < usage.count; i++) {
        const struct usage_line *const line = &usage.line[i];
        const bool duration =
            line->meter == METER_LAMBDA_X86_MB_MS || line->meter == METER_LAMBDA_ARM64_MB_MS;
        if ((duration || line->meter == METER_LAMBDA_REQUESTS) && find_pair(p, line->entity))
            *(duration ? &mb_ms[p->cursor] : &requests[p->cursor]) += line->quantity;
    }
    for (size_t i = 0; i < run->pairs && status == 0; i++)
        status = price(run, run->pair[i].entity, spec_of(run, i)->arm64, requests[i], mb_ms[i],
                       place(p, i, BACKTEST_COST), diagnostics);
    usage_finish(&usage);
    free(requests);
    free(mb_ms);
    return status;
}

static int add_replication(void *context, size_t replication, const struct model *model,
                           struct diagnostics *diagnostics)
{
    struct prediction *const p = context;
    p->replication = replication;
    p->cursor = 0;
    model_report(model,
                 &(struct metric_sink){.put = take, .context = p, .put_rounded = take_rounded});
    return p->run->options->wanted[BACKTEST_COST] ? price_replication(p, model, diagnostics) : 0;
}

/* --- intervals ------------------------------------------------------------------------------ */

/* The least k with P(Poisson <= k) >= p. */
static double poisson_quantile(double mean, double p)
{
    double low = -1, high = ceil(mean + 40 * sqrt(mean) + 40);
    while (high - low > 1) {
        const double middle = floor((low + high) / 2);
        if (gsl_cdf_poisson_P((unsigned)middle, mean) >= p)
            high = middle;
        else
            low = middle;
    }
    return high;
}

static void widen_to_poisson(struct backtest_row *row, double confidence)
{
    const double tail = (1 - confidence) / 2;
    if (!(row->predicted < 1e8)) /* beyond it a percent of a percent: chance is no matter */
        return;
    row->low = fmin(row->low, poisson_quantile(row->predicted, tail));
    row->high = fmax(row->high, poisson_quantile(row->predicted, 1 - tail));
}

static int compare(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Moves what was observed to the front, by size; returns how many. */
static size_t sort_observed(double *value, size_t count)
{
    size_t seen = 0;
    for (size_t i = 0; i < count; i++)
        if (!isnan(value[i]))
            value[seen++] = value[i];
    qsort(value, seen, sizeof *value, compare);
    return seen;
}

static bool is_quantile(enum backtest_metric which)
{
    return which == BACKTEST_P50 || which == BACKTEST_P95 || which == BACKTEST_P99;
}

/* An end of an interval, so much farther from the prediction; of durations by ratio, since their
 * quantiles are skewed and never 0. */
static double stretch_to(double predicted, double end, double stretch, bool by_ratio)
{
    return by_ratio && stretch > 1 && end > 0 ? predicted * pow(end / predicted, stretch)
                                              : fmax(0, predicted + stretch * (end - predicted));
}

/* Sorts the replications' values; see backtest.h. */
static void predict(struct backtest_row *row, double *value, size_t count, double confidence,
                    double stretch, enum backtest_metric which)
{
    const size_t seen = sort_observed(value, count);
    const size_t rank = (size_t)((double)(seen + 1) * (1 - confidence) / 2 + 1e-9);
    const size_t cut = rank > 0 ? rank - 1 : 0;
    double sum = 0;
    row->predicted = row->low = row->high = NAN;
    if (seen == 0)
        return;
    for (size_t i = 0; i < seen; i++)
        sum += value[i];
    /* Equal values have no spread by rounding. */
    row->predicted = value[0] == value[seen - 1] ? value[0] : sum / (double)seen;
    row->low = stretch_to(row->predicted, value[cut], stretch, is_quantile(which));
    row->high = stretch_to(row->predicted, value[seen - 1 - cut], stretch, is_quantile(which));
    if (metric[which].whole) {
        row->low = floor(row->low);
        row->high = ceil(row->high);
    }
    /* Where every replication had a call, one at least runs at some time. */
    if (which == BACKTEST_CONCURRENCY && value[0] >= 1)
        row->low = fmax(row->low, 1);
}

/* A p95 is no less than the p50: the ends of their intervals rise, too. Each is only widened. */
static void order_quantiles(struct backtest_row *row, size_t rows)
{
    for (size_t i = 1; i < rows; i++)
        row[i].high = fmax(row[i].high, row[i - 1].high);
    for (size_t i = rows; i-- > 1;)
        row[i - 1].low = fmin(row[i - 1].low, row[i].low);
}

static void judge(struct backtest_result *ret, struct backtest_row *row, double confidence)
{
    row->inside = row->observed >= row->low && row->observed <= row->high;
    ret->outside += row->inside ? 0 : 1;
    ret->outside_by_chance += row->low < row->high ? 1 - confidence : 0;
}

static void add_row(struct backtest_result *ret, const struct prediction *p, size_t pair,
                    enum backtest_metric which, double observed)
{
    const struct backtest_run *const run = p->run;
    struct backtest_row *const row = &ret->row[ret->rows++];
    *row = (struct backtest_row){.entity = mem_strdup(run->pair[pair].entity),
                                 .metric = metric[which].name,
                                 .unit = metric[which].unit,
                                 .observed = observed};
    predict(row, p->value + (pair * BACKTEST_METRICS + which) * p->replications, p->replications,
            run->options->confidence, run->stretch, which);
    if (which == BACKTEST_COLD_STARTS && run->replayed && !isnan(row->predicted))
        widen_to_poisson(row, run->options->confidence);
    if (!run->same_durations) { /* what was observed is rounded too */
        const double error = 2 * p->error[pair * BACKTEST_METRICS + which];
        row->low = fmax(0, row->low - error);
        row->high += error;
    }
    row->error_percent = observed > 0          ? (row->predicted / observed - 1) * 100
                         : row->predicted == 0 ? 0
                                               : NAN;
}

static void add_missing(struct backtest_result *ret, const struct backtest_pair *pair,
                        enum backtest_metric which, const char *why)
{
    ret->missing[ret->missings++] = text_format("%s %s: %s", pair->entity, metric[which].name, why);
}

static int add_pair(struct backtest_result *ret, const struct prediction *p, size_t pair,
                    struct diagnostics *diagnostics)
{
    const struct backtest_run *const run = p->run;
    struct backtest_seen *const seen = &run->pair[pair].seen;
    const bool provisioned = scenario_provisioned_at_most(spec_of(run, pair)) > 0;
    if (run->options->wanted[BACKTEST_COST] && seen->missing[BACKTEST_COST] == NULL &&
        !provisioned &&
        price(run, run->pair[pair].entity, spec_of(run, pair)->arm64, (usage_quantity)seen->calls,
              (seen->billed_mb_ns + NS_PER_MS / 2) / NS_PER_MS, &seen->value[BACKTEST_COST],
              diagnostics) != 0)
        return -1;
    const size_t first = ret->rows;
    size_t quantiles = 0, quantile = 0;
    for (size_t i = 0; i < BACKTEST_METRICS; i++) {
        if (!run->options->wanted[i])
            continue;
        if (i == BACKTEST_COST && provisioned)
            add_missing(ret, &run->pair[pair], i, "provisioned concurrency is not in logs");
        else if (seen->missing[i] != NULL)
            add_missing(ret, &run->pair[pair], i, seen->missing[i]);
        else if (!isnan(seen->value[i])) /* quantiles of no call */
            add_row(ret, p, pair, i, seen->value[i]);
        else
            continue;
        if (is_quantile(i) && seen->missing[i] == NULL && quantiles++ == 0)
            quantile = ret->rows - 1;
    }
    order_quantiles(&ret->row[quantile], quantiles);
    for (size_t i = first; i < ret->rows; i++)
        judge(ret, &ret->row[i], run->options->confidence);
    ret->calls += seen->calls;
    return 0;
}

enum study_status backtest_compare(struct backtest_result *ret, const struct backtest_run *run,
                                   struct diagnostics *diagnostics)
{
    const size_t n = run->scenario->run.replications;
    const size_t rows = run->pairs * BACKTEST_METRICS;
    struct prediction p = {.run = run,
                           .replications = n,
                           .value = mem_alloc(rows * n, sizeof *p.value),
                           .error = mem_alloc(rows, sizeof *p.error)};
    for (size_t i = 0; i < rows * n; i++)
        p.value[i] = NAN;
    enum study_status status = replications_run(run->scenario, run->world, NULL, 0, 0, n,
                                                run->hooks, add_replication, &p, diagnostics);
    ret->row = mem_alloc(rows, sizeof *ret->row);
    ret->missing = mem_alloc(rows, sizeof *ret->missing);
    ret->confidence = run->options->confidence;
    ret->replications = n;
    ret->seed = run->scenario->run.seed;
    ret->functions = run->pairs;
    for (size_t i = 0; i < run->pairs && status == STUDY_DONE; i++)
        if (add_pair(ret, &p, i, diagnostics) != 0)
            status = STUDY_FAILED;
    if (status == STUDY_DONE && ret->rows == 0) {
        diagnostics_error(diagnostics, NULL, 0, "there is nothing to compare: %s",
                          ret->missings > 0 ? ret->missing[0] : "no figure is wanted");
        status = STUDY_FAILED;
    }
    free(p.value);
    free(p.error);
    return status;
}

/* --- the whole ------------------------------------------------------------------------------ */

static void format_time(int64_t time_ns, char text[32])
{
    char day[16];
    const int32_t days = (int32_t)(time_ns / NS_PER_DAY - (time_ns % NS_PER_DAY < 0));
    const int64_t second = (time_ns - days * NS_PER_DAY) / 1000000000;
    snprintf(text, 32, "%s %02d:%02d:%02d", date_format(days, day), (int)(second / 3600),
             (int)(second / 60 % 60), (int)(second % 60));
}

void backtest_describe(struct backtest_result *ret, const struct scenario *scenario,
                       const struct world *world, const struct call_log *log, int64_t from_ns,
                       int64_t to_ns)
{
    char day[16];
    ret->scenario_path = mem_strdup(scenario->path);
    ret->scenario_name = mem_strdup(scenario->name);
    ret->region = mem_strdup(scenario->region);
    ret->scenario_json = mem_strdup(scenario->canonical_json);
    SHA256Data((const uint8_t *)scenario->canonical_json, strlen(scenario->canonical_json),
               ret->scenario_sha256);
    snprintf(ret->as_of, sizeof ret->as_of, "%.10s", date_format(scenario->as_of_day, day));
    ret->price_book =
        text_format("%s/prices, %zu rows", world->data_dir, price_book_count(world->prices));
    ret->span_s = (double)(to_ns - from_ns) / 1e9;
    if (call_log_relative(log))
        return;
    format_time(from_ns, ret->first);
    format_time(to_ns, ret->last);
}
