/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The front door between a caller that waits and a function: an API of API Gateway, an Application
 * Load Balancer, a function URL, Lambda's Invoke API itself, Cognito, Alexa. It throttles, waits no
 * longer than its timeout, says in its own words what went wrong, and is metered.
 *
 * What a caller hears of a refused or failed invocation: 500 and 502 from API Gateway (AWS Lambda
 * developer guide, "Handling Lambda errors with an API Gateway API"), 502 from a load balancer (ELB
 * user guide, "HTTP 502"), 429 and 502 from a function URL, 429 and an answer with an error in it
 * from the Invoke API; 504 when a REST API stops waiting, 503 when an HTTP API does. API Gateway
 * does not bill requests that it throttles (its pricing page).
 */
#ifndef AWS_GATEWAY_H
#define AWS_GATEWAY_H

#include "aws/part.h"
#include "aws/rate_limiter.h"
#include "aws/simulation.h"
#include "aws/target.h"

enum gateway_kind {
    GATEWAY_INVOKE, /* the Invoke API, as an SDK calls it */
    GATEWAY_REST,
    GATEWAY_HTTP,
    GATEWAY_ALB,
    GATEWAY_FUNCTION_URL,
    GATEWAY_COGNITO,
    GATEWAY_ALEXA,
    GATEWAY_KINDS
};

/* What comes back to the caller. */
enum gateway_reply {
    REPLY_SUCCESS,
    REPLY_FUNCTION_ERROR, /* "200 OK", and an error of the function in it */
    REPLY_429,
    REPLY_500,
    REPLY_502,
    REPLY_503,
    REPLY_504,
    REPLY_NONE, /* nobody waited for it any longer */
    REPLIES
};
extern const char *const reply_names[REPLIES]; /* "502"; NULL for REPLY_SUCCESS */

struct gateway_config {
    enum gateway_kind kind;
    double rate_per_s, burst; /* of this API's own throttle; 0: none */
    int64_t timeout_ns;       /* 0: waits as long as it takes */
    int64_t overhead_ns;      /* what it adds to an answer's time */
    int64_t unit_bytes;       /* an HTTP API's request counts once for each */
};

struct gateway;

extern const struct part_class gateway_class; /* struct gateway */

/* `account`: the throttle that all APIs of the account share; NULL: none. */
struct gateway *gateway_create(struct simulation *simulation, const struct gateway_config *config,
                               const char *workload, struct rate_limiter *account);

const struct gateway_config *gateway_settings(const struct gateway *gateway);

/* False: throttled, which is to be answered with REPLY_429. */
bool gateway_admit(struct gateway *gateway, int64_t bytes, int64_t now_ns);
/* For the statistics: an answer, and how long after the request it came. */
void gateway_count(struct gateway *gateway, enum gateway_reply answer, int64_t latency_ns);

/* What the caller hears. */
enum gateway_reply gateway_refused(enum gateway_kind kind); /* the function did not take it */
enum gateway_reply gateway_ended(enum gateway_kind kind, enum outcome outcome);
enum gateway_reply gateway_timed_out(enum gateway_kind kind);
/* Whether a caller that tries again does so after this: after throttles, 5xx and silence; an SDK
 * takes an error of the function for an answer; Cognito tries again only what was too slow. */
bool gateway_retryable(enum gateway_kind kind, enum gateway_reply answer);

#endif
