/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model_case.h"

#include "core/memory.h"

#include <check.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct distribution case_constant(double ns)
{
    return (struct distribution){.kind = DISTRIBUTION_CONSTANT, .a = ns};
}

struct distribution case_exponential(double mean_ns)
{
    return (struct distribution){.kind = DISTRIBUTION_EXPONENTIAL, .a = mean_ns};
}

struct distribution case_lognormal(double mean_ns, double sigma)
{
    return (struct distribution){
        .kind = DISTRIBUTION_LOGNORMAL, .a = log(mean_ns) - 0.5 * sigma * sigma, .b = sigma};
}

struct function_config case_function(const char *name, struct distribution duration_ns)
{
    return (struct function_config){.name = name,
                                    .cpu = {.mb_per_vcpu = 1769,
                                            .max_vcpu = 6,
                                            .memory_mb = 128,
                                            .reference_mb = 128,
                                            .cpu_fraction = 1,
                                            .threads = 1},
                                    .memory_mb = 128,
                                    .timeout_ns = 900 * NS_PER_S,
                                    .duration_ns = duration_ns,
                                    .init_ns = case_constant(0),
                                    .keep_alive_ns = case_constant(600e9),
                                    .reserved = -1,
                                    .init_timeout_ns = 10 * NS_PER_S,
                                    .billing_granularity_ns = NS_PER_MS,
                                    .init_billed = true};
}

static struct model_direct direct(const char *name, enum arrivals_kind kind, double rate_per_s)
{
    return (struct model_direct){.config = {.name = name,
                                            .arrivals = {.kind = kind,
                                                         .rate_per_s = rate_per_s,
                                                         .rate_scale = 1,
                                                         .time_scale = 1}},
                                 .to = {MODEL_FUNCTION, 0}};
}

struct model_direct case_poisson(const char *name, double rate_per_s)
{
    return direct(name, ARRIVALS_RATE_POISSON, rate_per_s);
}

struct model_direct case_every(const char *name, double rate_per_s)
{
    return direct(name, ARRIVALS_RATE_CONSTANT, rate_per_s);
}

struct model_direct case_source(const char *name)
{
    return direct(name, ARRIVALS_FROM_SOURCE, 0);
}

struct model_config case_model(struct function_config *function, size_t functions,
                               struct model_direct *workload, size_t directs)
{
    return (struct model_config){.account = {.concurrent_executions = 1000},
                                 .async = {.max_retry_attempts = 2,
                                           .max_event_age_ns = 6 * NS_PER_HOUR,
                                           .retry_delay_ns = {60 * NS_PER_S, 120 * NS_PER_S},
                                           .throttle_backoff_min_ns = NS_PER_S,
                                           .throttle_backoff_max_ns = 300 * NS_PER_S},
                                 .load_balancer = {25, 3000, 1e9, 10},
                                 .function = function,
                                 .functions = functions,
                                 .direct = workload,
                                 .directs = directs,
                                 .open_source = case_open_source};
}

void case_add_stream(struct model_config *model, struct case_stream *ret)
{
    ret->writer = (struct stream_workload_config){.name = "w",
                                                  .arrivals = {.kind = ARRIVALS_RATE_CONSTANT,
                                                               .rate_per_s = 10,
                                                               .rate_scale = 1,
                                                               .time_scale = 1},
                                                  .record_bytes = case_constant(100),
                                                  .records_per_put = 1,
                                                  .producer_max_age_ns = 30 * NS_PER_S};
    ret->stream = (struct stream_config){.name = "s",
                                         .shard_count = 1,
                                         .retention_ns = 24 * NS_PER_HOUR,
                                         .workload = &ret->writer,
                                         .workloads = 1,
                                         .write_records_per_s = 1000,
                                         .write_bytes_per_s = 1048576,
                                         .read_calls_per_s = 5,
                                         .read_bytes_per_s = 2097152,
                                         .read_max_records = 10000,
                                         .read_max_bytes = 10485760,
                                         .put_unit_bytes = 25600,
                                         .retry_delay_ns = NS_PER_S};
    ret->mapping = (struct model_mapping){.config = {.name = "m",
                                                     .batch_size = 100,
                                                     .parallelization_factor = 1,
                                                     .maximum_retry_attempts = -1,
                                                     .maximum_record_age_ns = -1,
                                                     .poll_period_ns = NS_PER_S,
                                                     .read_throttle_backoff_ns = NS_PER_S,
                                                     .backoff_min_ns = NS_PER_S,
                                                     .backoff_max_ns = NS_PER_MINUTE,
                                                     .payload_bytes = 6 * 1048576}};
    model->stream = &ret->stream;
    model->streams = 1;
    model->mapping = &ret->mapping;
    model->mappings = 1;
}

struct reader {
    struct case_arrivals *list;
    size_t next;
    int64_t shift_ns;
    int given;
};

static int given_next(void *context, struct arrival *ret)
{
    struct reader *const reader = context;
    struct case_arrivals *const list = reader->list;
    if (list->fail_at > 0 && reader->given >= list->fail_at - 1)
        return -1;
    if (reader->next == list->count && list->repeat_ns > 0) {
        reader->next = 0;
        reader->shift_ns += list->repeat_ns;
    }
    if (reader->next == list->count)
        return 0;
    *ret = list->arrival[reader->next++];
    ret->start_ns += reader->shift_ns;
    ret->end_ns += reader->shift_ns;
    reader->given++;
    return 1;
}

static void given_close(void *context)
{
    struct reader *const reader = context;
    reader->list->closed++;
    free(reader);
}

int case_open_source(void *context, const char *workload, struct arrival_source *ret)
{
    (void)workload;
    struct reader *const reader = mem_alloc(1, sizeof *reader);
    reader->list = context;
    *ret = (struct arrival_source){given_next, given_close, reader};
    return 0;
}

static void keep_metric(void *context, const char *entity, const char *metric, const char *unit,
                        double value)
{
    struct case_result *const result = context;
    (void)unit;
    result->metric = mem_resize(result->metric, result->metrics + 1, sizeof *result->metric);
    result->metric[result->metrics++] =
        (struct case_metric){mem_strdup(entity), mem_strdup(metric), value};
}

struct case_result case_finish_run(struct model *model, double warm_up_s,
                                   const struct model_hooks *hooks)
{
    const struct model_hooks none = {0};
    struct case_result result = {0};
    result.status = model_run(model, SECONDS(warm_up_s), hooks != NULL ? hooks : &none);
    snprintf(result.failure, sizeof result.failure, "%s", model_failure(model));
    const struct metric_sink sink = {.put = keep_metric, .context = &result};
    model_report(model, &sink);
    usage_init(&result.usage);
    model_usage(model, &result.usage);
    struct model_summary summary;
    model_summarize(model, &summary);
    result.events = summary.events;
    result.invocations = summary.invocations;
    result.lost = summary.lost;
    result.latencies = summary.latency.count;
    result.utilization = summary.utilization;
    histogram_finish(&summary.latency);
    model_destroy(model);
    return result;
}

struct case_result case_run(const struct model_config *config, uint64_t seed, uint64_t replication,
                            double warm_up_s, double end_s)
{
    struct model *const model = model_create(config, seed, replication, SECONDS(end_s));
    ck_assert_ptr_nonnull(model);
    return case_finish_run(model, warm_up_s, NULL);
}

void case_result_finish(struct case_result *result)
{
    for (size_t i = 0; i < result->metrics; i++) {
        free(result->metric[i].entity);
        free(result->metric[i].metric);
    }
    free(result->metric);
    usage_finish(&result->usage);
}

double case_metric(const struct case_result *result, const char *entity, const char *metric)
{
    for (size_t i = 0; i < result->metrics; i++)
        if (strcmp(result->metric[i].entity, entity) == 0 &&
            strcmp(result->metric[i].metric, metric) == 0)
            return result->metric[i].value;
    ck_abort_msg("no metric %s of %s", metric, entity);
}

int64_t case_usage(const struct case_result *result, const char *entity, enum meter meter)
{
    for (size_t i = 0; i < result->usage.count; i++)
        if (result->usage.line[i].meter == meter &&
            strcmp(result->usage.line[i].entity, entity) == 0)
            return (int64_t)result->usage.line[i].quantity;
    return 0;
}

void case_replicate(const struct model_config *config, uint64_t seed, size_t replications,
                    double warm_up_s, double end_s, const char *entity, const char *metric,
                    double *ret)
{
    for (size_t i = 0; i < replications; i++) {
        struct case_result result = case_run(config, seed, i, warm_up_s, end_s);
        ck_assert_msg(result.status == MODEL_DONE, "%s", result.failure);
        ret[i] = case_metric(&result, entity, metric);
        case_result_finish(&result);
    }
}

void case_agrees(const double *value, size_t count, double theory, double narrow, const char *what)
{
    const struct estimate e = estimate_of(value, count);
    const double freedom = (double)count - 1;
    const double half =
        e.half_width * gsl_cdf_tdist_Qinv(0.0005, freedom) / gsl_cdf_tdist_Qinv(0.025, freedom);
    ck_assert_msg(fabs(e.mean - theory) <= half && half <= narrow * fabs(theory),
                  "%s: %.8g +- %.2g (99.9 %%), theory %.8g, wanted within %.2g of it", what, e.mean,
                  half, theory, narrow * fabs(theory));
}
