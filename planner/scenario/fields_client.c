/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The vocabulary of callers that wait: what they call, and what they do about failures. */
#include "scenario/internal.h"
#include "support/date.h"

#include <math.h>
#include <stdio.h>

const char *const scenario_front_doors[DOORS + 1] = {[DOOR_NONE] = "none",
                                                     [DOOR_ALB] = "alb",
                                                     [DOOR_API_GATEWAY_REST] = "api_gateway_rest",
                                                     [DOOR_API_GATEWAY_HTTP] = "api_gateway_http",
                                                     [DOOR_FUNCTION_URL] = "function_url",
                                                     [DOOR_SDK] = "sdk",
                                                     [DOOR_COGNITO] = "cognito",
                                                     [DOOR_ALEXA] = "alexa",
                                                     [DOORS] = NULL};

const char *const scenario_front_door_timeouts[DOORS] = {
    [DOOR_ALB] = "alb.idle_timeout",
    [DOOR_API_GATEWAY_REST] = "apigateway.rest.timeout",
    [DOOR_API_GATEWAY_HTTP] = "apigateway.http.timeout",
    [DOOR_COGNITO] = "cognito.trigger.timeout",
    [DOOR_ALEXA] = "alexa.timeout"};

#define RETRIES (BIT(RETRY_FIXED) | BIT(RETRY_EXPONENTIAL))
static const char *const retry_policies[] = {"none", "fixed", "exponential", NULL};
static const char *const jitters[] = {"none", "full", NULL};

#define C(member) AT(struct client_spec, member)
static const struct field client_fields[] = {
    {"policy", FIELD_CHOICE, STORE_ENUM, C(policy), .choice = retry_policies,
     .doc = "Whether it tries again after a throttle, a 5xx or no answer, and how long it waits: "
            "always the same, or twice as long each time."},
    {"retries", FIELD_INTEGER, STORE_UNSIGNED, C(retries), .initial = 2, .maximum = 1000,
     .allowed = RETRIES, .doc = "After the first try."},
    {"base_s", FIELD_NUMBER, C(base_s), .initial = 0.1, .maximum = 86400, .unit = "s",
     .allowed = RETRIES, .doc = "Before the first retry."},
    {"max_s", FIELD_NUMBER, C(max_s), .initial = 20, .maximum = 86400, .unit = "s",
     .allowed = BIT(RETRY_EXPONENTIAL), .doc = "Before any retry, at most."},
    {"jitter", FIELD_CHOICE, STORE_BOOL, C(full_jitter), .choice = jitters, .initial = 1,
     .allowed = BIT(RETRY_EXPONENTIAL), .doc = "full: a random part of that time."},
    {"budget", FIELD_NUMBER, C(budget), .initial = UNSET_NUMBER, .maximum = 1, .dynamic = true,
     .allowed = RETRIES,
     .doc = "Retries per request, over time: a retry budget; default: no budget."},
    {"timeout_s", FIELD_NUMBER, C(timeout_s), .initial = UNSET_NUMBER, .minimum = 0.001,
     .maximum = 86400, .unit = "s", .dynamic = true,
     .doc = "It gives up a try after this, while the function runs on; default: never."},
};
const struct object object_client = {.name = "client",
                                     .doc = "What a caller does that waits for its answer.",
                                     FIELDS(client_fields),
                                     .selector = "policy"};

#define G(member) AT(struct gateway_spec, member)
static const struct field gateway_fields[] = {
    {"timeout_milliseconds", FIELD_NUMBER, G(timeout_ms), .initial = UNSET_NUMBER, .minimum = 50,
     .maximum = 4e6, .unit = "ms", .dynamic = true,
     .doc = "It waits so long for the function; default: 29 s (REST), 30 s (HTTP), 60 s (ALB), 5 s "
            "(Cognito), 8 s (Alexa), else as long as it takes."},
    {"throttling_rate_limit", FIELD_NUMBER, G(throttling_rate_limit), .initial = UNSET_NUMBER,
     .minimum = 0.001, .maximum = MOST_PER_S, .unit = "per s", .dynamic = true,
     .doc = "Requests per second that this API lets through; default: what the account's limit "
            "lets through."},
    {"throttling_burst_limit", FIELD_NUMBER, G(throttling_burst_limit), .initial = UNSET_NUMBER,
     .minimum = 1, .maximum = MOST_PER_S, .unit = "requests", .dynamic = true,
     .doc = "And so many at once; default: one second's."},
    {"overhead_ms", FIELD_NUMBER, G(overhead_ms), .initial = UNSET_NUMBER, .maximum = 60000,
     .unit = "ms", .dynamic = true,
     .doc = "Is added to the time of an answer; default: an assumption by kind (data/limits)."},
};
const struct object object_gateway = {
    .name = "gateway", .doc = "Settings of what stands before a function.", FIELDS(gateway_fields)};

static void check_since(struct reader *reader, const cJSON *at, const struct workload_spec *w)
{
    static const char *const since[DOORS] = {
        [DOOR_ALB] = "since.alb_lambda_target",     [DOOR_API_GATEWAY_REST] = "since.api_gateway",
        [DOOR_API_GATEWAY_HTTP] = "since.http_api", [DOOR_FUNCTION_URL] = "since.function_url",
        [DOOR_COGNITO] = "since.cognito_triggers",  [DOOR_ALEXA] = "since.alexa"};
    const char *const key = since[w->through];
    char first[16], day[16];
    if (key != NULL && !reader_exists(reader, key))
        reader_error(reader, at, "through", "\"%s\" exists since %s; as_of is %s",
                     scenario_front_doors[w->through], reader_since(reader, key, first),
                     date_format(reader->day, day));
}

static void check_gateway(struct reader *reader, const cJSON *json, const struct workload_spec *w)
{
    static const char *const longest[DOORS] = {
        [DOOR_API_GATEWAY_REST] = "apigateway.rest.timeout.max",
        [DOOR_API_GATEWAY_HTTP] = "apigateway.http.timeout.max"};
    const struct gateway_spec *const gateway = &w->gateway;
    const cJSON *const at = reader_member(json, "gateway");
    const bool api = w->through == DOOR_API_GATEWAY_REST || w->through == DOOR_API_GATEWAY_HTTP;
    char limit[READER_LIMIT_SIZE] = "";
    if (at == NULL)
        return;
    const size_t mark = reader_enter(reader, "gateway");
    if (w->through == DOOR_NONE)
        reader_warning(reader, at, NULL, "has no effect without `through`");
    if (!api && gateway->throttling_rate_limit > 0)
        reader_warning(reader, reader_member(at, "throttling_rate_limit"), "throttling_rate_limit",
                       "only API Gateway throttles");
    if (gateway->throttling_burst_limit > 0 && gateway->throttling_rate_limit < 0 &&
        !reader_is_told(reader, at, "throttling_rate_limit"))
        reader_error(reader, reader_member(at, "throttling_burst_limit"), "throttling_burst_limit",
                     "needs throttling_rate_limit");
    const char *const key = longest[w->through];
    const double most_ms = 1000 * reader_limit_or(reader, key, INFINITY);
    if (gateway->timeout_ms > most_ms)
        reader_error(reader, reader_member(at, "timeout_milliseconds"), "timeout_milliseconds",
                     "%.0f is above %.0f ms%s", gateway->timeout_ms, most_ms,
                     reader_limit_text(reader, key, limit));
    reader_leave(reader, mark);
}

/* A load balancer takes less than Lambda itself. */
static void check_payload(struct reader *reader, const cJSON *json, const struct workload_spec *w)
{
    const double most = 1048576 * reader_limit_or(reader, "alb.lambda.payload", INFINITY);
    const struct {
        const char *key;
        double bytes;
    } payload[] = {{"record_bytes", w->record_bytes.kind == DISTRIBUTION_CONSTANT
                                        ? w->record_bytes.a + w->record_bytes.shift
                                        : 0},
                   {"response_bytes", w->response_bytes}};
    char limit[READER_LIMIT_SIZE] = "";
    for (size_t i = 0; i < LENGTH(payload) && w->through == DOOR_ALB; i++)
        if (payload[i].bytes > most)
            reader_error(reader, reader_member(json, payload[i].key), payload[i].key,
                         "%.0f is above the %.0f bytes that a load balancer passes to and from a "
                         "function%s",
                         payload[i].bytes, most,
                         reader_limit_text(reader, "alb.lambda.payload", limit));
}

void checks_front_door(struct reader *reader, const cJSON *json, struct workload_spec *workload)
{
    const cJSON *const through = reader_member(json, "through");
    const cJSON *const client = reader_member(json, "client");
    struct client_spec *const c = &workload->client;
    check_since(reader, through, workload);
    check_gateway(reader, json, workload);
    check_payload(reader, json, workload);
    if (workload->invocation_type == INVOKE_EVENT) {
        if (workload->through > DOOR_ALB && workload->through != DOOR_SDK)
            reader_error(reader, through, "through",
                         "\"%s\" waits for the function: invocation_type must be "
                         "RequestResponse",
                         scenario_front_doors[workload->through]);
        if (client != NULL)
            reader_warning(reader, client, "client",
                           "has no effect on asynchronous calls: Lambda's queue tries again");
        return;
    }
    if (workload->through == DOOR_COGNITO && client == NULL) {
        c->policy = RETRY_FIXED; /* at once; it has no other caller */
        c->base_s = 0;
        c->retries = (unsigned)reader_limit(reader, "cognito.trigger.attempts") - 1;
    }
}

/* A function that may run longer than anybody waits for it. */
static void check_timeout(struct reader *reader, const struct workload_spec *w,
                          const struct function_spec *function)
{
    const char *const key = scenario_front_door_timeouts[w->through];
    const cJSON *const workload = reader_member(reader_member(reader->root, "workloads"), w->name);
    char has[JSON_NUMBER_SIZE], waits[JSON_NUMBER_SIZE];
    const double most_s = w->gateway.timeout_ms > 0 ? w->gateway.timeout_ms / 1e3
                                                    : reader_limit_or(reader, key, INFINITY);
    if (function->timeout_s <= most_s)
        return;
    const size_t mark = reader_enter(reader, "workloads");
    reader_enter(reader, w->name);
    reader_warning(reader, reader_member(workload, "through"), "through",
                   "\"%s\" waits %s s for the function, whose timeout is %s s: longer runs are "
                   "billed and reach nobody",
                   scenario_front_doors[w->through], json_number(most_s, waits),
                   json_number(function->timeout_s, has));
    reader_leave(reader, mark);
}

void checks_callers(struct reader *reader, const struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->workloads; i++) {
        const struct workload_spec *const w = &scenario->workload[i];
        if (w->to.kind == ENTITY_FUNCTION && w->through != DOOR_NONE &&
            w->invocation_type == INVOKE_REQUEST_RESPONSE)
            check_timeout(reader, w, &scenario->function[w->to.index]);
    }
}
