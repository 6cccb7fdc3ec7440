/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/gateway.h"

#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>

#define BIT(answer) (1u << (answer))
#define TRANSIENT                                                                                  \
    (BIT(REPLY_429) | BIT(REPLY_500) | BIT(REPLY_502) | BIT(REPLY_503) | BIT(REPLY_504) |          \
     BIT(REPLY_NONE))

const char *const reply_names[REPLIES] = {[REPLY_FUNCTION_ERROR] = "function_error",
                                          [REPLY_429] = "429",
                                          [REPLY_500] = "500",
                                          [REPLY_502] = "502",
                                          [REPLY_503] = "503",
                                          [REPLY_504] = "504",
                                          [REPLY_NONE] = "timeout"};

/* CloudWatch's names of a door's metrics; NULL: it has none. */
struct series_names {
    const char *count, *client_errors, *server_errors, *latency, *integration, *unit;
    double unit_ns;
};

static const struct door {
    enum gateway_reply refused, error, timed_out;
    unsigned retryable; /* bits of enum gateway_reply */
    struct series_names series;
} doors[GATEWAY_KINDS] = {
    [GATEWAY_INVOKE] = {REPLY_429, REPLY_FUNCTION_ERROR, REPLY_NONE, TRANSIENT, {0}},
    [GATEWAY_REST] = {REPLY_500,
                      REPLY_502,
                      REPLY_504,
                      TRANSIENT,
                      {"Count", "4XXError", "5XXError", "Latency", "IntegrationLatency",
                       "Milliseconds", 1e6}},
    [GATEWAY_HTTP] = {REPLY_500,
                      REPLY_502,
                      REPLY_503,
                      TRANSIENT,
                      {"Count", "4xx", "5xx", "Latency", "IntegrationLatency", "Milliseconds",
                       1e6}},
    [GATEWAY_ALB] = {REPLY_502,
                     REPLY_502,
                     REPLY_504,
                     TRANSIENT,
                     {"RequestCount", "HTTPCode_ELB_4XX_Count", "HTTPCode_ELB_5XX_Count", NULL,
                      "TargetResponseTime", "Seconds", 1e9}},
    [GATEWAY_FUNCTION_URL] = {REPLY_429,
                              REPLY_502,
                              REPLY_NONE,
                              TRANSIENT,
                              {"UrlRequestCount", "Url4xxCount", "Url5xxCount", "UrlRequestLatency",
                               NULL, "Milliseconds", 1e6}},
    [GATEWAY_COGNITO] = {REPLY_429, REPLY_FUNCTION_ERROR, REPLY_NONE, BIT(REPLY_NONE), {0}},
    [GATEWAY_ALEXA] = {REPLY_429, REPLY_FUNCTION_ERROR, REPLY_NONE, TRANSIENT, {0}},
};

struct gateway_counts {
    uint64_t admitted, throttled, units, answers, client_errors, server_errors;
};

struct gateway {
    struct simulation *simulation;
    const struct gateway_config *config;
    struct rate_limiter throttle, *account;
    struct gateway_counts count, minute_start;
    struct series_times minute_latency, minute_integration;
    char entity[96];
};

struct gateway *gateway_create(struct simulation *simulation, const struct gateway_config *config,
                               const char *workload, struct rate_limiter *account)
{
    struct gateway *const g = mem_alloc(1, sizeof *g);
    g->simulation = simulation;
    g->config = config;
    g->account = account;
    if (config->rate_per_s > 0)
        g->throttle = rate_limiter_make(config->burst, config->rate_per_s);
    snprintf(g->entity, sizeof g->entity, "workload:%s", workload);
    return g;
}

const struct gateway_config *gateway_settings(const struct gateway *gateway)
{
    return gateway->config;
}

/* Of the API's own bucket and the account's, or of neither. */
static bool take_tokens(struct gateway *g, int64_t now_ns)
{
    const struct rate_limiter before = g->throttle;
    if (g->throttle.interval_ns > 0 && !rate_limiter_take(&g->throttle, now_ns))
        return false;
    if (g->account == NULL || rate_limiter_take(g->account, now_ns))
        return true;
    g->throttle = before;
    return false;
}

bool gateway_admit(struct gateway *gateway, int64_t bytes, int64_t now_ns)
{
    const int64_t unit = gateway->config->unit_bytes;
    if (!take_tokens(gateway, now_ns)) {
        gateway->count.throttled++;
        return false;
    }
    gateway->count.admitted++;
    gateway->count.units += unit > 0 && bytes > unit ? (uint64_t)((bytes - 1) / unit + 1) : 1;
    return true;
}

void gateway_count(struct gateway *gateway, enum gateway_reply answer, int64_t latency_ns)
{
    struct gateway_counts *const n = &gateway->count;
    const int64_t overhead_ns = gateway->config->overhead_ns;
    n->answers++;
    n->client_errors += answer == REPLY_429;
    n->server_errors += answer >= REPLY_500 && answer <= REPLY_504;
    series_time(&gateway->minute_latency, latency_ns);
    series_time(&gateway->minute_integration,
                latency_ns > overhead_ns ? latency_ns - overhead_ns : 0);
}

enum gateway_reply gateway_refused(enum gateway_kind kind)
{
    return doors[kind].refused;
}

enum gateway_reply gateway_ended(enum gateway_kind kind, enum outcome outcome)
{
    return outcome == OUTCOME_SUCCESS ? REPLY_SUCCESS : doors[kind].error;
}

enum gateway_reply gateway_timed_out(enum gateway_kind kind)
{
    return doors[kind].timed_out;
}

bool gateway_retryable(enum gateway_kind kind, enum gateway_reply answer)
{
    return (doors[kind].retryable >> answer & 1) != 0;
}

static void gateway_reset(void *self)
{
    struct gateway *const g = self;
    g->count = g->minute_start = (struct gateway_counts){0};
}

static void gateway_report(const void *self, const struct metric_sink *sink)
{
    const struct gateway *const g = self;
    if (g->throttle.interval_ns > 0 || g->account != NULL)
        sink->put(sink->context, g->entity, "throttled", "count", (double)g->count.throttled);
}

/* Each answer is a sample of a 0 or a 1 of API Gateway's counts, so that their averages are rates
 * of errors ("Amazon API Gateway dimensions and metrics"); a load balancer tells its counts "only
 * when requests are flowing", and those of errors where "there is a nonzero value" ("CloudWatch
 * metrics for your Application Load Balancer"). */
static void gateway_series(void *self, struct series *series)
{
    struct gateway *const g = self;
    const struct gateway_counts *const n = &g->count, *const old = &g->minute_start;
    const struct series_names *const name = &doors[g->config->kind].series;
    if (name->count == NULL)
        return;
    const bool zeros = g->config->kind != GATEWAY_ALB;
    const uint64_t answers = n->answers - old->answers;
    const uint64_t client_errors = n->client_errors - old->client_errors;
    const uint64_t server_errors = n->server_errors - old->server_errors;
#define EVENTS(metric, count, of) series_events(series, g->entity, metric, "Count", count, of)
    EVENTS(name->count, answers, answers);
    EVENTS(name->client_errors, client_errors, zeros ? answers : client_errors);
    EVENTS(name->server_errors, server_errors, zeros ? answers : server_errors);
#undef EVENTS
    if (name->latency != NULL)
        series_tell_times(series, g->entity, name->latency, name->unit, name->unit_ns,
                          SERIES_BIT(SERIES_AVERAGE), &g->minute_latency);
    if (name->integration != NULL)
        series_tell_times(series, g->entity, name->integration, name->unit, name->unit_ns,
                          SERIES_BIT(SERIES_AVERAGE), &g->minute_integration);
    g->minute_start = *n;
}

static void gateway_usage(const void *self, struct usage *usage)
{
    const struct gateway *const g = self;
    if (g->config->kind == GATEWAY_REST)
        usage_add(usage, g->entity, METER_APIGATEWAY_REST_REQUESTS, NULL, g->count.admitted);
    if (g->config->kind == GATEWAY_HTTP)
        usage_add(usage, g->entity, METER_APIGATEWAY_HTTP_UNITS, NULL, g->count.units);
}

const struct part_class gateway_class = {
    .destroy = free,
    .reset = gateway_reset,
    .report = gateway_report,
    .series = gateway_series,
    .usage = gateway_usage,
};
