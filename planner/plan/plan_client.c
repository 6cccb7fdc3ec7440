/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Callers that wait, and the front doors between them and their functions. */
#include "plan/plan_internal.h"

static const struct door {
    enum gateway_kind kind;
    const char *overhead; /* a limit in ms; NULL: none */
} doors[DOORS] = {
    [DOOR_NONE] = {GATEWAY_INVOKE, NULL},
    [DOOR_ALB] = {GATEWAY_ALB, "gateway.overhead.alb"},
    [DOOR_API_GATEWAY_REST] = {GATEWAY_REST, "gateway.overhead.rest"},
    [DOOR_API_GATEWAY_HTTP] = {GATEWAY_HTTP, "gateway.overhead.http"},
    [DOOR_FUNCTION_URL] = {GATEWAY_FUNCTION_URL, "gateway.overhead.function_url"},
    [DOOR_SDK] = {GATEWAY_INVOKE, "gateway.overhead.sdk"},
    [DOOR_COGNITO] = {GATEWAY_COGNITO, NULL},
    [DOOR_ALEXA] = {GATEWAY_ALEXA, NULL},
};

static struct gateway_config gateway_of(struct plan *p, const struct gateway_spec *g,
                                        enum front_door through)
{
    const struct door *const door = &doors[through];
    struct gateway_config c = {.kind = door->kind,
                               .unit_bytes = (int64_t)limit(p, "apigateway.http.unit_bytes")};
    if (through == DOOR_NONE)
        return c;
    if (g->timeout_ms > 0)
        c.timeout_ns = seconds(g->timeout_ms / 1e3);
    else if (scenario_front_door_timeouts[through] != NULL)
        c.timeout_ns = seconds(limit(p, scenario_front_door_timeouts[through]));
    if (g->overhead_ms >= 0)
        c.overhead_ns = seconds(g->overhead_ms / 1e3);
    else if (door->overhead != NULL)
        c.overhead_ns = seconds(limit(p, door->overhead) / 1e3);
    if ((c.kind == GATEWAY_REST || c.kind == GATEWAY_HTTP) && g->throttling_rate_limit > 0) {
        c.rate_per_s = g->throttling_rate_limit;
        c.burst = g->throttling_burst_limit > 0 ? g->throttling_burst_limit
                  : c.rate_per_s > 1            ? c.rate_per_s
                                                : 1;
    }
    return c;
}

static struct client_config client_of(struct plan *p, const struct workload_spec *w)
{
    const struct client_spec *const c = &w->client;
    return (struct client_config){
        .retries = c->policy == RETRY_NONE ? 0 : c->retries,
        .base_ns = seconds(c->base_s),
        .max_ns = seconds(c->max_s),
        .exponential = c->policy == RETRY_EXPONENTIAL,
        .jitter = c->full_jitter,
        .budget = c->budget,
        .budget_most = limit(p, "client.retry_budget"),
        .timeout_ns = c->timeout_s > 0 ? seconds(c->timeout_s) : 0,
        .response_bytes = w->response_bytes,
        .internet = w->through == DOOR_API_GATEWAY_REST || w->through == DOOR_API_GATEWAY_HTTP ||
                    w->through == DOOR_ALB || w->through == DOOR_FUNCTION_URL};
}

/* Servers are called through a load balancer, or directly: the other doors lead to functions. */
static enum front_door door_of(const struct workload_spec *w, const struct baseline_spec *baseline)
{
    if (baseline == NULL || w->through == DOOR_NONE || w->through == DOOR_ALB)
        return w->through;
    return baseline->load_balancer ? DOOR_ALB : DOOR_NONE;
}

void plan_client(struct plan *p, const struct workload_spec *w,
                 const struct baseline_spec *baseline, struct model_direct *ret)
{
    const enum front_door through = door_of(w, baseline);
    const bool same = through == w->through;
    const struct gateway_spec none = {.timeout_ms = UNSET_NUMBER, .overhead_ms = UNSET_NUMBER};
    ret->waits =
        w->through != DOOR_NONE || w->client.policy != RETRY_NONE || w->client.timeout_s > 0;
    ret->through_load_balancer = w->through == DOOR_ALB;
    ret->client = client_of(p, w);
    ret->gateway = gateway_of(p, same ? &w->gateway : &none, through);
}
