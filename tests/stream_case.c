/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stream_case.h"

#include "core/memory.h"
#include "harness.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct case_pending {
    struct case_target *target;
    struct request request;
    bool fails, poison;
    struct case_pending *next, *previous;
};

static void on_end(void *self, int64_t now_ns, uint64_t arg)
{
    struct case_pending *const pending = self;
    struct case_target *const t = pending->target;
    const struct request request = pending->request;
    const enum outcome outcome = !pending->fails                         ? OUTCOME_SUCCESS
                                 : pending->poison && !t->answers_poison ? OUTCOME_TIMEOUT
                                                                         : OUTCOME_ERROR;
    (void)arg;
    t->running--;
    if (pending->previous != NULL)
        pending->previous->next = pending->next;
    else
        t->pending = pending->next;
    if (pending->next != NULL)
        pending->next->previous = pending->previous;
    free(pending);
    request.done(request.source, request.token, outcome, now_ns);
}

static bool within(double t, double from, double until)
{
    return t >= from && t < until;
}

static bool take(struct target *self, const struct request *request)
{
    struct case_target *const t = (struct case_target *)self;
    const int64_t now_ns = simulation_now(t->simulation);
    const double now_s = (double)now_ns / 1e9;
    const bool refused = within(now_s, t->refuses_from_s, t->refuses_until_s);
    const bool poison = request->fails || (request->item_failures > 0 && !t->answers_poison);
    const bool fails = poison || within(now_s, t->fails_from_s, t->fails_until_s) ||
                       (t->error_rate > 0 && random_uniform(&t->random) < t->error_rate);
    const double length_s = t->duration_s + t->per_record_s * request->records;
    if (t->calls + t->refusals < CASE_CALLS)
        t->call[t->calls + t->refusals] = (struct case_call){
            now_s, (double)request->arrival_ns / 1e9, now_s + length_s, request->records, refused,
            fails};
    if (refused) {
        t->refusals++;
        return false;
    }
    t->calls++;
    t->records += request->records;
    t->failures += fails;
    if (++t->running > t->running_max)
        t->running_max = t->running;
    struct case_pending *const pending = mem_alloc(1, sizeof *pending);
    *pending = (struct case_pending){
        .target = t, .request = *request, .fails = fails, .poison = poison, .next = t->pending};
    if (t->pending != NULL)
        t->pending->previous = pending;
    t->pending = pending;
    event_schedule(&t->simulation->queue, now_ns + (int64_t)(length_s * 1e9 + 0.5), on_end, pending,
                   0);
    return true;
}

void stream_case_init(struct stream_case *c, uint32_t shards, double rate_per_s,
                      uint64_t replication)
{
    *c = (struct stream_case){.next_minute_s = 60};
    event_queue_init(&c->simulation.queue);
    c->simulation.seed = 1;
    c->simulation.replication = replication;
    for (size_t i = 0; i < CASE_WORKLOADS; i++) {
        static const char *const names[CASE_WORKLOADS] = {"w", "w1", "w2"};
        c->workload[i] = (struct stream_workload_config){.name = names[i],
                                                         .arrivals = {.kind = ARRIVALS_RATE_POISSON,
                                                                      .rate_per_s = rate_per_s,
                                                                      .rate_scale = 1,
                                                                      .time_scale = 1,
                                                                      .horizon_ns = TIME_NEVER},
                                                         .records_per_put = 1,
                                                         .producer_max_age_ns = 30 * NS_PER_S};
        distribution_constant(&c->workload[i].record_bytes, 100);
    }
    c->config = (struct stream_config){.name = "s",
                                       .shard_count = shards,
                                       .retention_ns = 24 * NS_PER_HOUR,
                                       .workload = c->workload,
                                       .workloads = 1,
                                       .write_records_per_s = 1000,
                                       .write_bytes_per_s = 1048576,
                                       .read_calls_per_s = 5,
                                       .read_bytes_per_s = 2097152,
                                       .on_demand_multiple = 2,
                                       .read_max_records = 10000,
                                       .read_max_bytes = 10485760,
                                       .put_unit_bytes = 25600,
                                       .retry_delay_ns = NS_PER_S,
                                       .reshard_ns_per_shard = 30 * NS_PER_S,
                                       .reshard_delay_ns = 15 * NS_PER_MINUTE};
    stream_case_add_mapping(c);
}

void stream_case_even(struct stream_case *c, uint32_t shards, double rate_per_s)
{
    stream_case_init(c, shards, rate_per_s, 0);
    c->workload[0].arrivals.kind = ARRIVALS_RATE_CONSTANT;
    c->config.write_records_per_s = 1e7;
    c->config.write_bytes_per_s = 1e11;
}

struct stream_poller_config *stream_case_add_mapping(struct stream_case *c)
{
    const size_t i = c->mappings++;
    snprintf(c->name[i], sizeof c->name[i], "m%u", (unsigned)i % 100);
    c->mapping[i] = (struct stream_poller_config){.name = c->name[i],
                                                  .batch_size = 100,
                                                  .parallelization_factor = 1,
                                                  .maximum_retry_attempts = -1,
                                                  .maximum_record_age_ns = -1,
                                                  .poll_period_ns = NS_PER_S,
                                                  .read_throttle_backoff_ns = NS_PER_S,
                                                  .backoff_min_ns = NS_PER_S,
                                                  .backoff_max_ns = NS_PER_MINUTE,
                                                  .payload_bytes = 6 * 1048576,
                                                  .fan_out_latency_ns = 70 * NS_PER_MS,
                                                  .fan_out_bytes_per_s = 2097152};
    struct case_target *const t = &c->target[i];
    *t = (struct case_target){.target = {take},
                              .simulation = &c->simulation,
                              .duration_s = 0.02,
                              .answers_poison = true,
                              .call = mem_alloc(CASE_CALLS, sizeof *t->call)};
    char entity[32];
    snprintf(entity, sizeof entity, "target:%u", (unsigned)i);
    random_init(&t->random, 1, c->simulation.replication, entity, "errors");
    return &c->mapping[i];
}

struct exact {
    struct random_stream random;
    double rate_per_s, now_s;
};

static int next_exact(void *context, struct arrival *ret)
{
    struct exact *const e = context;
    e->now_s += random_exponential(&e->random) / e->rate_per_s;
    const int64_t at_ns = (int64_t)(e->now_s * 1e9);
    *ret = (struct arrival){at_ns, at_ns, 1, .bytes = -1, .duration_ns = -1};
    return 1;
}

void stream_case_exact(struct stream_case *c, double rate_per_s, uint64_t seed)
{
    struct exact *const e = mem_alloc(1, sizeof *e);
    random_init(&e->random, seed, c->simulation.replication, "exact", "gaps");
    e->rate_per_s = rate_per_s;
    c->workload[0].arrivals.kind = ARRIVALS_FROM_SOURCE;
    c->workload[0].arrivals.source = (struct arrival_source){next_exact, free, e};
}

struct trace {
    const double *time_s;
    const char *key;
    uint64_t copies;
    size_t next, count;
};

static int next_of_trace(void *context, struct arrival *ret)
{
    struct trace *const t = context;
    if (t->next == t->count)
        return 0;
    const int64_t at_ns = (int64_t)(t->time_s[t->next++] * 1e9);
    *ret = (struct arrival){.start_ns = at_ns,
                            .end_ns = at_ns,
                            .count = t->copies,
                            .bytes = -1,
                            .duration_ns = -1,
                            .key = t->key,
                            .key_length = t->key == NULL ? 0 : strlen(t->key)};
    return 1;
}

void stream_case_trace(struct stream_case *c, const double *time_s, size_t count, const char *key,
                       uint64_t copies)
{
    struct trace *const t = mem_alloc(1, sizeof *t);
    *t = (struct trace){time_s, key, copies, 0, count};
    c->workload[0].arrivals.kind = ARRIVALS_FROM_SOURCE;
    c->workload[0].arrivals.source = (struct arrival_source){next_of_trace, free, t};
}

static void create(struct stream_case *c)
{
    c->stream = stream_create(&c->simulation, &c->config);
    for (size_t i = 0; i < c->mappings; i++) {
        c->poller[i] =
            stream_poller_create(&c->simulation, &c->mapping[i], c->stream, &c->target[i].target);
        stream_poller_connect(c->poller[i], c->on_failure[i]);
    }
    stream_start(c->stream);
}

void stream_case_run(struct stream_case *c, double until_s)
{
    if (c->stream == NULL)
        create(c);
    for (;;) {
        const double to_s = fmin(c->next_minute_s, until_s);
        event_queue_run(&c->simulation.queue, (int64_t)(to_s * 1e9 + 0.5));
        stream_class.tick(c->stream);
        if (to_s < c->next_minute_s)
            return;
        for (size_t i = 0; i < c->mappings; i++)
            stream_poller_class.tick(c->poller[i]);
        c->next_minute_s += 60;
        if (to_s >= until_s)
            return;
    }
}

void stream_case_reset(struct stream_case *c)
{
    stream_class.reset(c->stream);
    for (size_t i = 0; i < c->mappings; i++)
        stream_poller_class.reset(c->poller[i]);
}

void stream_case_audit(struct stream_case *c)
{
    stream_class.audit(c->stream);
    for (size_t i = 0; i < c->mappings; i++)
        stream_poller_class.audit(c->poller[i]);
    ck_assert_str_eq(c->simulation.failure, "");
}

void stream_case_finish(struct stream_case *c)
{
    stream_case_audit(c);
    for (size_t i = 0; i < c->mappings; i++) {
        stream_poller_class.destroy(c->poller[i]);
        free(c->target[i].call);
        while (c->target[i].pending != NULL) {
            struct case_pending *const next = c->target[i].pending->next;
            free(c->target[i].pending);
            c->target[i].pending = next;
        }
    }
    stream_class.destroy(c->stream);
    event_queue_finish(&c->simulation.queue);
}

struct wanted {
    const char *entity, *metric;
    double value;
    bool found;
};

static void put(void *context, const char *entity, const char *metric, const char *unit,
                double value)
{
    struct wanted *const w = context;
    (void)unit;
    if (strcmp(entity, w->entity) == 0 && strcmp(metric, w->metric) == 0) {
        w->value = value;
        w->found = true;
    }
}

double stream_case_metric(const struct stream_case *c, const char *entity, const char *metric)
{
    struct wanted wanted = {.entity = entity, .metric = metric};
    const struct metric_sink sink = {.put = put, .context = &wanted};
    stream_class.report(c->stream, &sink);
    for (size_t i = 0; i < c->mappings; i++)
        stream_poller_class.report(c->poller[i], &sink);
    ck_assert_msg(wanted.found, "%s has no %s", entity, metric);
    return wanted.value;
}

double stream_case_usage(const struct stream_case *c, enum meter meter)
{
    struct usage usage;
    usage_init(&usage);
    stream_class.usage(c->stream, &usage);
    for (size_t i = 0; i < c->mappings; i++)
        stream_poller_class.usage(c->poller[i], &usage);
    const double quantity = (double)usage_total(&usage, meter);
    usage_finish(&usage);
    return quantity;
}

/* How often chance alone may break one assertion: there are hundreds. */
#define MISSES 1e-4

static void mean_and_error(const double *value, size_t n, double *ret_mean, double *ret_error)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        sum += value[i];
    *ret_mean = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (value[i] - *ret_mean) * (value[i] - *ret_mean);
    *ret_error = sqrt(squares / (double)(n - 1) / (double)n);
}

void assert_mean(const char *what, const double *value, size_t count, double expected, double width)
{
    double mean, error;
    mean_and_error(value, count, &mean, &error);
    const double half = gsl_cdf_tdist_Pinv(1 - MISSES / 2, (double)count - 1) * error;
    ck_assert_msg(fabs(mean - expected) <= half + 1e-9 * fabs(expected),
                  "%s: %.9g is not in %.9g +- %.3g", what, expected, mean, half);
    ck_assert_msg(half <= width * fabs(expected), "%s: interval %.3g around %.6g is too wide", what,
                  half, mean);
}

void assert_same(const char *what, const double *a, const double *b, size_t count, double width,
                 double resolution)
{
    double mean_a, mean_b, error_a, error_b;
    mean_and_error(a, count, &mean_a, &error_a);
    mean_and_error(b, count, &mean_b, &error_b);
    const double half =
        gsl_cdf_tdist_Pinv(1 - MISSES / 2, 2 * (double)count - 2) * hypot(error_a, error_b);
    ck_assert_msg(fabs(mean_a - mean_b) <= half + (resolution + 1e-9) * fabs(mean_a),
                  "%s: %.9g and %.9g differ by more than %.3g", what, mean_a, mean_b, half);
    ck_assert_msg(half <= width * fabs(mean_a), "%s: interval %.3g around %.6g is too wide", what,
                  half, mean_a);
}

void assert_in_order(const struct case_target *t)
{
    const uint64_t seen = t->calls + t->refusals;
    ck_assert_uint_lt(seen, CASE_CALLS);
    for (uint64_t i = 1; i < seen; i++) {
        if (!t->call[i - 1].refused)
            ck_assert_double_ge(t->call[i].at_s, t->call[i - 1].end_s - 1e-6);
        ck_assert_double_ge(t->call[i].first_arrival_s, t->call[i - 1].first_arrival_s);
    }
}
