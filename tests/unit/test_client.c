/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Callers that wait, try by try, and the gateways between them and a target of the test's own. */
#include "aws/client.h"
#include "harness.h"
#include "model_case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TRIES 64

/* Refuses the first `refusals` tries; each of the others takes `run_ns` and fails `failures` times.
 */
struct rig {
    struct target target;
    struct simulation simulation;
    struct client_config config;
    struct gateway_config door;
    struct gateway *gateway;
    struct client *client;
    struct request request[TRIES];
    int64_t try_ns[TRIES], run_ns;
    int tries, refusals, failures;
};

static void on_end(void *self, int64_t now_ns, uint64_t index)
{
    const struct rig *const r = self;
    const struct request *const request = &r->request[index >> 1];
    request->done(request->source, request->token, index & 1 ? OUTCOME_ERROR : OUTCOME_SUCCESS,
                  now_ns);
}

static bool rig_invoke(struct target *self, const struct request *request)
{
    struct rig *const r = (struct rig *)self;
    ck_assert_int_lt(r->tries, TRIES);
    const int i = r->tries++;
    r->request[i] = *request;
    r->try_ns[i] = simulation_now(&r->simulation);
    ck_assert(!request->queued);
    if (r->refusals > 0) {
        r->refusals--;
        return false;
    }
    event_schedule(&r->simulation.queue, r->try_ns[i] + r->run_ns, on_end, r,
                   (uint64_t)i << 1 | (r->failures > 0));
    r->failures -= r->failures > 0;
    return true;
}

/* Without retries, through the Invoke API. */
static struct rig *rig_new(void)
{
    struct rig *const r = calloc(1, sizeof *r);
    ck_assert_ptr_nonnull(r);
    r->target.invoke = rig_invoke;
    r->run_ns = NS_PER_S;
    r->config.budget = -1;
    event_queue_init(&r->simulation.queue);
    return r;
}

/* One request at time 0, watched until `end_s`. */
static void put_one(struct rig *r, double end_s)
{
    r->gateway = gateway_create(&r->simulation, &r->door, "w", NULL);
    r->client = client_create(&r->simulation, &r->config, "w", &r->target, r->gateway, NULL);
    destination_send(client_destination(r->client),
                     &(struct message){.duration_ns = -1, .bytes = 100});
    event_queue_run(&r->simulation.queue, SECONDS(end_s));
    client_class.audit(r->client);
    ck_assert_str_eq(r->simulation.failure, "");
}

struct wanted {
    const char *metric;
    double value;
};

static void compare(void *context, const char *entity, const char *metric, const char *unit,
                    double value)
{
    struct wanted *const wanted = context;
    (void)unit;
    ck_assert_str_eq(entity, "workload:w");
    if (strcmp(metric, wanted->metric) == 0)
        wanted->value = value;
}

static double metric(const struct rig *r, const char *name)
{
    struct wanted wanted = {name, NAN};
    client_class.report(r->client, &(struct metric_sink){.put = compare, .context = &wanted});
    return wanted.value;
}

static void rig_free(struct rig *r)
{
    client_class.destroy(r->client);
    gateway_class.destroy(r->gateway);
    event_queue_finish(&r->simulation.queue);
    free(r);
}

START_TEST(fixed_retries)
{
    struct rig *const r = rig_new();
    r->config.retries = 3;
    r->config.base_ns = SECONDS(0.5);
    r->door = (struct gateway_config){.kind = GATEWAY_REST, .overhead_ns = SECONDS(0.25)};
    r->refusals = 1;
    r->failures = 1;
    put_one(r, 100);
    /* Refused at once, answered after the overhead; an error after a second; then success. */
    ck_assert_int_eq(r->tries, 3);
    ck_assert_int_eq(r->try_ns[1], SECONDS(0.75));
    ck_assert_int_eq(r->try_ns[2], SECONDS(0.75 + 1 + 0.75));
    ck_assert_int_eq(r->request[2].arrival_ns, 0);
    ck_assert_double_eq(metric(r, "attempts"), 3);
    ck_assert_double_eq(metric(r, "attempts_per_request"), 3);
    ck_assert_double_eq(metric(r, "retries"), 2);
    ck_assert_double_eq(metric(r, "delivered"), 2);
    ck_assert_double_eq(metric(r, "succeeded"), 1);
    ck_assert_double_eq(metric(r, "failed"), 0);
    ck_assert_double_eq_tol(metric(r, "latency_ms.max"), 3750, 1e-9);
    ck_assert_uint_eq(client_class.lost(r->client), 0);
    rig_free(r);
}
END_TEST

START_TEST(exponential_retries_double_up_to_a_maximum)
{
    struct rig *const r = rig_new();
    r->config = (struct client_config){.retries = 6,
                                       .base_ns = NS_PER_S,
                                       .max_ns = 5 * NS_PER_S,
                                       .exponential = true,
                                       .budget = -1};
    r->refusals = TRIES;
    put_one(r, 1000);
    static const double gap_s[] = {1, 2, 4, 5, 5, 5};
    ck_assert_int_eq(r->tries, 7);
    for (int i = 0; i < 6; i++)
        ck_assert_int_eq(r->try_ns[i + 1] - r->try_ns[i], SECONDS(gap_s[i]));
    ck_assert_double_eq(metric(r, "failed"), 1);
    ck_assert_double_eq(metric(r, "failed.429"), 1);
    ck_assert_uint_eq(client_class.lost(r->client), 1);
    rig_free(r);
}
END_TEST

START_TEST(full_jitter_draws_a_part)
{
    double sum = 0;
    for (uint64_t seed = 0; seed < 400; seed++) {
        struct rig *const r = rig_new();
        r->simulation.seed = seed;
        r->config = (struct client_config){.retries = 2,
                                           .base_ns = 4 * NS_PER_S,
                                           .max_ns = 60 * NS_PER_S,
                                           .exponential = true,
                                           .jitter = true,
                                           .budget = -1};
        r->refusals = TRIES;
        put_one(r, 1000);
        ck_assert_int_le(r->try_ns[1], 4 * NS_PER_S);
        ck_assert_int_le(r->try_ns[2] - r->try_ns[1], 8 * NS_PER_S);
        sum += (double)r->try_ns[2] / 1e9;
        rig_free(r);
    }
    /* Mean 6 s; the deviation of a mean of 400 is sqrt(4^2 + 8^2) / sqrt(12 x 400). */
    ck_assert_double_eq_tol(sum / 400, 6, 4 * 0.129);
}
END_TEST

/* 29 s, and the function is still at it. */
START_TEST(a_gateway_stops_waiting)
{
    struct rig *const r = rig_new();
    r->door = (struct gateway_config){.kind = GATEWAY_REST, .timeout_ns = 29 * NS_PER_S};
    r->run_ns = 40 * NS_PER_S;
    put_one(r, 35);
    ck_assert_double_eq(metric(r, "failed.504"), 1);
    ck_assert_double_eq(metric(r, "in_flight"), 0);
    ck_assert_double_eq(metric(r, "abandoned"), 1);
    event_queue_run(&r->simulation.queue, 60 * NS_PER_S);
    client_class.audit(r->client);
    ck_assert_str_eq(r->simulation.failure, "");
    ck_assert_double_eq(metric(r, "succeeded"), 0);
    rig_free(r);
    /* A retry runs beside it; the first one's late success helps nobody. */
    struct rig *const q = rig_new();
    q->door = (struct gateway_config){.kind = GATEWAY_HTTP, .timeout_ns = 30 * NS_PER_S};
    q->config.retries = 1;
    q->run_ns = 40 * NS_PER_S;
    put_one(q, 200);
    ck_assert_int_eq(q->tries, 2);
    ck_assert_int_eq(q->try_ns[1], 30 * NS_PER_S);
    ck_assert_double_eq(metric(q, "failed.503"), 1);
    ck_assert_double_eq(metric(q, "abandoned"), 2);
    rig_free(q);
}
END_TEST

START_TEST(a_caller_stops_waiting)
{
    struct rig *const r = rig_new();
    r->config.timeout_ns = 2 * NS_PER_S;
    r->door = (struct gateway_config){
        .kind = GATEWAY_REST, .timeout_ns = 29 * NS_PER_S, .overhead_ns = SECONDS(0.1)};
    r->run_ns = 3 * NS_PER_S;
    put_one(r, 10);
    ck_assert_double_eq(metric(r, "failed.timeout"), 1);
    ck_assert_double_eq(metric(r, "abandoned"), 1);
    rig_free(r);
    /* The run ends in time, its answer comes too late. */
    struct rig *const q = rig_new();
    q->config.timeout_ns = 2 * NS_PER_S;
    q->door.overhead_ns = SECONDS(0.1);
    q->run_ns = SECONDS(1.95);
    put_one(q, 10);
    ck_assert_double_eq(metric(q, "failed.timeout"), 1);
    ck_assert_double_eq(metric(q, "abandoned"), 0);
    rig_free(q);
}
END_TEST

/* What is heard of a refusal, of an error and of silence, and whether it is tried again. */
START_TEST(doors_answer_in_their_own_words)
{
    static const struct {
        enum gateway_kind kind;
        const char *refused, *error, *silence;
        int refused_tries, error_tries, silent_tries;
    } door[] = {
        {GATEWAY_INVOKE, "failed.429", "failed.function_error", "failed.timeout", 2, 1, 2},
        {GATEWAY_REST, "failed.500", "failed.502", "failed.504", 2, 2, 2},
        {GATEWAY_HTTP, "failed.500", "failed.502", "failed.503", 2, 2, 2},
        {GATEWAY_ALB, "failed.502", "failed.502", "failed.504", 2, 2, 2},
        {GATEWAY_FUNCTION_URL, "failed.429", "failed.502", "failed.timeout", 2, 2, 2},
        {GATEWAY_COGNITO, "failed.429", "failed.function_error", "failed.timeout", 1, 1, 2},
        {GATEWAY_ALEXA, "failed.429", "failed.function_error", "failed.timeout", 2, 1, 2},
    };
    for (size_t i = 0; i < sizeof door / sizeof *door; i++)
        for (int what = 0; what < 3; what++) {
            struct rig *const r = rig_new();
            r->config.retries = 1;
            r->door = (struct gateway_config){.kind = door[i].kind, .timeout_ns = 5 * NS_PER_S};
            r->refusals = what == 0 ? TRIES : 0;
            r->failures = what == 1 ? TRIES : 0;
            r->run_ns = what == 2 ? 10 * NS_PER_S : NS_PER_S;
            put_one(r, 100);
            ck_assert_int_eq(r->tries, what == 0   ? door[i].refused_tries
                                       : what == 1 ? door[i].error_tries
                                                   : door[i].silent_tries);
            ck_assert_double_eq(metric(r, what == 0   ? door[i].refused
                                          : what == 1 ? door[i].error
                                                      : door[i].silence),
                                1);
            rig_free(r);
        }
}
END_TEST

/* In a model */

static struct model_direct called(double rate_per_s, enum gateway_kind kind, uint32_t retries)
{
    struct model_direct d = case_every("w", rate_per_s);
    d.waits = true;
    d.client = (struct client_config){.retries = retries, .budget = -1, .budget_most = 100};
    d.gateway.kind = kind;
    return d;
}

/* Each try fails with probability p, so that a request takes (1 - p^(n+1)) / (1 - p) tries. */
START_TEST(tries_per_request_have_a_closed_form)
{
    static const double p[] = {0.1, 0.5, 0.9};
    for (size_t i = 0; i < 3; i++)
        for (uint32_t n = 1; n <= 4; n += 3) {
            struct function_config function = case_function("f", case_constant(1e6));
            function.error_rate = p[i];
            struct model_direct direct = called(200, GATEWAY_REST, n);
            direct.client.base_ns = NS_PER_MS;
            const struct model_config config = case_model(&function, 1, &direct, 1);
            double value[10];
            case_replicate(&config, 7, 10, 0, 100, "workload:w", "attempts_per_request", value);
            case_agrees(value, 10, (1 - pow(p[i], n + 1)) / (1 - p[i]), 0.02, "tries");
        }
}
END_TEST

/* Twice what the function can do: retries multiply the calls and help nobody; a budget bounds them.
 */
START_TEST(a_retry_storm_shows)
{
    double attempts[3], succeeded[3];
    for (int i = 0; i < 3; i++) {
        struct function_config function = case_function("f", case_constant(1e9));
        function.reserved = 50;
        struct model_direct direct = called(100, GATEWAY_FUNCTION_URL, i == 0 ? 0 : 9);
        direct.client.base_ns = NS_PER_MS;
        direct.client.budget = i == 2 ? 0.1 : -1;
        const struct model_config config = case_model(&function, 1, &direct, 1);
        struct case_result r = case_run(&config, 1, 0, 100, 1100);
        ck_assert_int_eq(r.status, MODEL_DONE);
        attempts[i] = case_metric(&r, "workload:w", "attempts_per_request");
        succeeded[i] = case_metric(&r, "workload:w", "succeeded");
        ck_assert_double_eq_tol(case_metric(&r, "workload:w", "failed") + succeeded[i], 100000,
                                150);
        if (i == 2) {
            ck_assert_double_le(case_metric(&r, "workload:w", "retries"), 0.1 * 100000 + 100);
            ck_assert_double_gt(case_metric(&r, "workload:w", "retries_denied"), 0);
        }
        case_result_finish(&r);
    }
    ck_assert_double_eq(attempts[0], 1);
    ck_assert_double_gt(attempts[1], 4);
    ck_assert_double_le(attempts[2], 1.101);
    for (int i = 0; i < 3; i++)
        ck_assert_double_eq_tol(succeeded[i], 50000, 150);
}
END_TEST

/* 1,000 requests/s against 100/s and a burst of 50: until the last, at 9.999 s after the first, the
 * bucket gives 50 + 999.9 tokens. What is throttled is not billed. */
START_TEST(the_throttle_is_a_token_bucket)
{
    struct function_config function = case_function("f", case_constant(1e6));
    struct model_direct direct[2] = {called(1000, GATEWAY_REST, 0), called(1000, GATEWAY_HTTP, 0)};
    direct[0].gateway.rate_per_s = 100;
    direct[0].gateway.burst = 50;
    struct model_config config = case_model(&function, 1, direct, 1);
    struct case_result r = case_run(&config, 1, 0, 0, 10);
    ck_assert_double_eq(case_metric(&r, "workload:w", "throttled"), 10000 - 1049);
    ck_assert_double_eq(case_metric(&r, "workload:w", "failed.429"), 10000 - 1049);
    ck_assert_double_eq(case_metric(&r, "function:f", "invocations"), 1049);
    ck_assert_int_eq(case_usage(&r, "workload:w", METER_APIGATEWAY_REST_REQUESTS), 1049);
    ck_assert_uint_eq(r.lost, 10000 - 1049);
    case_result_finish(&r);
    /* The account's bucket is one for all APIs, and none of Lambda's own API. */
    direct[0].gateway.rate_per_s = 0;
    direct[1].config.name = "v";
    direct[1].config.request_bytes = 1100000;
    direct[1].gateway.unit_bytes = 524288;
    config.directs = 2;
    config.gateway_limit = (struct model_api_limit){200, 100};
    r = case_run(&config, 1, 0, 0, 10);
    ck_assert_double_eq(case_metric(&r, "function:f", "invocations"), 100 + 1999);
    ck_assert_int_eq(case_usage(&r, "workload:v", METER_APIGATEWAY_HTTP_UNITS) / 3 +
                         case_usage(&r, "workload:w", METER_APIGATEWAY_REST_REQUESTS),
                     100 + 1999);
    case_result_finish(&r);
    direct[0].gateway.kind = GATEWAY_INVOKE;
    config.directs = 1;
    r = case_run(&config, 1, 0, 0, 10);
    ck_assert_double_eq(case_metric(&r, "workload:w", "attempts"), 10000);
    ck_assert_double_eq(case_metric(&r, "workload:w", "failed"), 0);
    case_result_finish(&r);
}
END_TEST

/* An API of five tokens that hardly come again, an account of two and one a second. Of five at 1 s
 * the account lets two through, at 10 s two again; at 20 s the API has one left. */
START_TEST(what_the_account_refuses_costs_the_api_no_token)
{
    struct function_config function = case_function("f", case_constant(1e6));
    struct model_direct direct = called(0, GATEWAY_REST, 0);
    const struct arrival at[] = {
        {.start_ns = SECONDS(1), .end_ns = SECONDS(1), .count = 5, .bytes = -1, .duration_ns = -1},
        {.start_ns = SECONDS(10),
         .end_ns = SECONDS(10),
         .count = 2,
         .bytes = -1,
         .duration_ns = -1},
        {.start_ns = SECONDS(20),
         .end_ns = SECONDS(20),
         .count = 2,
         .bytes = -1,
         .duration_ns = -1}};
    struct case_arrivals list = {.arrival = at, .count = 3};
    direct.config.arrivals.kind = ARRIVALS_FROM_SOURCE;
    direct.gateway.rate_per_s = 1e-6;
    direct.gateway.burst = 5;
    struct model_config config = case_model(&function, 1, &direct, 1);
    config.context = &list;
    config.gateway_limit = (struct model_api_limit){1, 2};
    struct case_result r = case_run(&config, 1, 0, 0, 60);
    ck_assert_double_eq(case_metric(&r, "function:f", "invocations"), 2 + 2 + 1);
    case_result_finish(&r);
}
END_TEST

START_TEST(what_nobody_waits_for_is_billed)
{
    struct function_config function = case_function("f", case_constant(40e9));
    struct model_direct direct = called(0.01, GATEWAY_REST, 0);
    direct.gateway.timeout_ns = 29 * NS_PER_S;
    const struct model_config config = case_model(&function, 1, &direct, 1);
    struct case_result r = case_run(&config, 1, 0, 0, 1000);
    ck_assert_double_eq(case_metric(&r, "workload:w", "failed.504"), 10);
    ck_assert_double_eq(case_metric(&r, "function:f", "billed_ms"), 400000);
    case_result_finish(&r);
    /* The warm-up ends while one runs for nobody. */
    r = case_run(&config, 1, 0, 85, 1000);
    ck_assert_int_eq(r.status, MODEL_DONE);
    ck_assert_double_eq(case_metric(&r, "workload:w", "failed.504"), 9);
    case_result_finish(&r);
}
END_TEST

struct points {
    double count, client_errors, server_errors, latency, integration;
};

static void keep_point(void *context, int64_t time_ns, const char *entity, const char *name,
                       const char *statistic, const char *unit, double value)
{
    struct points *const p = context;
    (void)unit;
    (void)statistic;
    if (time_ns != 0 || strcmp(entity, "workload:w") != 0)
        return;
    double *const to = strcmp(name, "Count") == 0                ? &p->count
                       : strcmp(name, "4XXError") == 0           ? &p->client_errors
                       : strcmp(name, "5XXError") == 0           ? &p->server_errors
                       : strcmp(name, "Latency") == 0            ? &p->latency
                       : strcmp(name, "IntegrationLatency") == 0 ? &p->integration
                                                                 : NULL;
    ck_assert_msg(to != NULL, "unexpected metric %s", name);
    *to = value;
}

/* Of 60 requests in the first minute 10 + 29.5 are let through; they take 20 ms and 30 ms more. */
START_TEST(api_gateway_has_cloudwatchs_metrics)
{
    struct function_config function = case_function("f", case_constant(20e6));
    function.error_rate = 1;
    struct model_direct direct = called(1, GATEWAY_REST, 0);
    direct.gateway.rate_per_s = 0.5;
    direct.gateway.burst = 10;
    direct.gateway.overhead_ns = 30 * NS_PER_MS;
    const struct model_config config = case_model(&function, 1, &direct, 1);
    struct model *const model = model_create(&config, 1, 0, 120 * NS_PER_S);
    struct points points = {0};
    const struct series_sink sink = {keep_point, &points};
    const struct model_series series = {.sink = &sink, .period_ns = NS_PER_MINUTE};
    const struct model_hooks hooks = {.series = &series, .series_count = 1};
    struct case_result r = case_finish_run(model, 0, &hooks);
    ck_assert_double_eq(points.count, 60);
    ck_assert_double_eq(points.client_errors, 21);
    ck_assert_double_eq(points.server_errors, 39);
    ck_assert_double_eq_tol(points.latency, 30 + 39 * 20 / 60.0, 1e-9);
    ck_assert_double_eq_tol(points.integration, 39 * 20 / 60.0, 1e-9);
    case_result_finish(&r);
}
END_TEST

#define MINUTES 6

/* By minute: how many points of the caller and of the function, and of those that are 0. */
struct told {
    int caller[MINUTES], function[MINUTES], zeros[MINUTES], account[MINUTES];
};

static void count_point(void *context, int64_t time_ns, const char *entity, const char *name,
                        const char *statistic, const char *unit, double value)
{
    struct told *const told = context;
    const int64_t minute = time_ns / NS_PER_MINUTE;
    (void)name, (void)statistic, (void)unit;
    told->caller[minute] += strcmp(entity, "workload:w") == 0;
    told->function[minute] += strcmp(entity, "function:f") == 0;
    told->account[minute] += strcmp(entity, "account") == 0;
    told->zeros[minute] += value == 0;
}

/* A request every 90 s, the first after 45 s, so none in minutes 1 and 4; zeros are the function's
 * errors and throttles, and the API's 4XXError and 5XXError. */
START_TEST(what_is_silent_tells_nothing)
{
    for (int balancer = 0; balancer < 2; balancer++) {
        struct function_config function = case_function("f", case_constant(20e6));
        struct model_direct direct = called(1.0 / 90, balancer ? GATEWAY_ALB : GATEWAY_REST, 0);
        const struct model_config config = case_model(&function, 1, &direct, 1);
        struct model *const model = model_create(&config, 1, 0, MINUTES * NS_PER_MINUTE);
        struct told told = {0};
        const struct series_sink sink = {count_point, &told};
        const struct model_series series = {.sink = &sink, .period_ns = NS_PER_MINUTE};
        const struct model_hooks hooks = {.series = &series, .series_count = 1};
        struct case_result r = case_finish_run(model, 0, &hooks);
        for (int i = 0; i < MINUTES; i++) {
            const int busy = i != 1 && i != 4;
            ck_assert_int_eq(told.caller[i], !busy ? 0 : balancer ? 2 : 5);
            ck_assert_int_eq(told.function[i], busy ? 6 : 0);
            ck_assert_int_eq(told.account[i], busy);
            ck_assert_int_eq(told.zeros[i], !busy ? 0 : balancer ? 2 : 4);
        }
        case_result_finish(&r);
    }
}
END_TEST

TEST_MAIN("unit_client", fixed_retries, exponential_retries_double_up_to_a_maximum,
          full_jitter_draws_a_part, a_gateway_stops_waiting, a_caller_stops_waiting,
          doors_answer_in_their_own_words, tries_per_request_have_a_closed_form,
          a_retry_storm_shows, the_throttle_is_a_token_bucket,
          what_the_account_refuses_costs_the_api_no_token, what_nobody_waits_for_is_billed,
          api_gateway_has_cloudwatchs_metrics, what_is_silent_tells_nothing)
