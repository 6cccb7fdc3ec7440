/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/advice_queues.h"

#include "engine/evaluate.h"
#include "support/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What came to a queue, and what of it was left at the end. */
struct balance {
    double left, done, in;
    double waits_s; /* so long each one may be there without any backlog */
};

struct case_of {
    struct result *result;
    const struct scenario *scenario;
    const struct world *world;
};

static double metric(const struct case_of *c, const char *kind, const char *name, const char *what)
{
    char entity[96];
    snprintf(entity, sizeof entity, "%s:%s", kind, name);
    const double value = option_metric(&c->result->option[0], entity, what);
    return isnan(value) ? 0 : value;
}

static bool is_behind(const struct case_of *c, const struct balance *b)
{
    const double run_s = c->scenario->run.duration_s - c->scenario->run.warm_up_s;
    const double per_s = b->in / run_s;
    return b->left > (60 + b->waits_s) * per_s && (b->left > 1000 || b->done == 0);
}

/* `noun`: what is in the queue; `reason`: why, and what to do. */
static void tell(const struct case_of *c, const char *who, const struct balance *b,
                 const char *noun, const char *reason)
{
    char left[TEXT_NUMBER_SIZE], in[TEXT_NUMBER_SIZE];
    const double run_s = c->scenario->run.duration_s - c->scenario->run.warm_up_s;
    text_number(b->left, 0, left);
    text_number(b->in, 0, in);
    if (b->done == 0)
        diagnostics_warning(
            &c->result->notes, NULL, 0,
            "%s processed none of its %s %s, and %s were still there at the end; %s", who, in, noun,
            left, reason);
    else
        diagnostics_warning(&c->result->notes, NULL, 0,
                            "%s does not keep up or has a backlog: %s of %s %s were still there at "
                            "the end, %.0f s of arrivals; %s",
                            who, left, in, noun, b->left / b->in * run_s, reason);
}

/* "its price is for the 90 % of …"; "" where that is nearly all. Free it. */
static char *price_is_for(const struct balance *b, const char *noun, const char *who)
{
    if (b->left <= 0.05 * b->in)
        return text_format("%s", "");
    return text_format("its price is for the %.3g %% of the %s of %s that it processed",
                       100 * (1 - b->left / b->in), noun, who);
}

static void tell_if_behind(const struct case_of *c, const char *who, const struct balance *b,
                           const char *noun, const char *reason)
{
    if (!is_behind(c, b))
        return;
    char *const price = price_is_for(b, noun, who);
    tell(c, who, b, noun, reason);
    if (price[0] != '\0')
        diagnostics_warning(&c->result->notes, NULL, 0, "lambda: %s", price);
    free(price);
}

static double limit(const struct case_of *c, const char *key, double otherwise)
{
    return limits_or(c->world->limits, key, c->scenario->as_of_day, otherwise);
}

/* Free it. */
static char *reason_of_failures(const struct case_of *c, const struct mapping_spec *e,
                                const struct queue_spec *q)
{
    const double timeouts = metric(c, "function", e->function.name, "timeouts");
    const double runs = metric(c, "function", e->function.name, "invocations");
    return text_format(
        "its runs %s, and the messages come back after the visibility timeout of %g "
        "s, billed again each time; mend the function%s",
        timeouts > 0.5 * runs ? "end at the function's timeout" : "fail", q->visibility_timeout_s,
        q->max_receive_count == 0 ? ", and give the queue a redrive_policy so that it ends" : "");
}

static char *reason_of_limits(const struct case_of *c, const struct mapping_spec *e,
                              const struct queue_spec *q)
{
    char number[TEXT_NUMBER_SIZE];
    const double most = (double)e->maximum_concurrency, pollers = limit(c, "esm.sqs.max", 1000);
    const double busy = metric(c, "esm", e->name, "concurrent_batches.mean");
    const double stood = metric(c, "esm", e->name, "concurrent_batches.max");
    if (most > 0 && (busy > 0.9 * most || stood >= most))
        return text_format("maximum_concurrency lets %s batches run at once: raise it, or "
                           "batch_size, or shorten the function's runs",
                           text_number(most, 0, number));
    if (metric(c, "esm", e->name, "pollers.max") >= pollers)
        return text_format("all %s pollers that a mapping may have are at work: raise batch_size, "
                           "or shorten the function's runs",
                           text_number(pollers, 0, number));
    if (q->fifo)
        return text_format(
            "a FIFO queue gives out one batch of a message group at a time: use more "
            "groups, or shorten the function's runs");
    return text_format("its pollers grow slowly with the backlog: raise batch_size, or shorten the "
                       "function's runs, or wait longer (run.duration_s) to see it drained");
}

/* Why a mapping does not work off its queue: the first thing that holds it back. Free it. */
static char *reason(const struct case_of *c, const struct mapping_spec *e,
                    const struct queue_spec *q)
{
    char number[TEXT_NUMBER_SIZE];
    const double batches = metric(c, "esm", e->name, "batches");
    const double most = limit(c, q->fifo ? "sqs.in_flight.fifo" : "sqs.in_flight.standard", 120000);
    if (metric(c, "queue", q->name, "messages_in_flight.max") >= most)
        return text_format(
            "a queue has at most %s messages in flight, and these wait for the end of "
            "their visibility timeout of %g s: shorten it, or the function's runs, "
            "and mend what fails",
            text_number(most, 0, number), q->visibility_timeout_s);
    const double throttles = metric(c, "esm", e->name, "batch_throttles");
    if (throttles > 0)
        return text_format("its function took no more (%s throttles), and Lambda polls less then: "
                           "raise the concurrency that is there for it, or batch_size, or shorten "
                           "its runs",
                           text_number(throttles, 0, number));
    if (metric(c, "esm", e->name, "batch_errors") > 0.1 * batches)
        return reason_of_failures(c, e, q);
    if (metric(c, "esm", e->name, "records_duplicated") >
        metric(c, "esm", e->name, "records_processed"))
        return text_format(
            "messages become visible again before their batch is done: let the "
            "visibility timeout (%g s) be longer than the batching window and the run",
            q->visibility_timeout_s);
    return reason_of_limits(c, e, q);
}

static void about_queue_mapping(const struct case_of *c, const struct mapping_spec *e)
{
    char who[96];
    const struct queue_spec *const q = &c->scenario->queue[e->event_source.index];
    struct balance b = {.left = metric(c, "queue", q->name, "messages_waiting") +
                                metric(c, "queue", q->name, "messages_in_flight"),
                        .done = metric(c, "queue", q->name, "messages_deleted"),
                        .waits_s =
                            q->delay_s + e->maximum_batching_window_s +
                            metric(c, "function", e->function.name, "duration_ms.mean") / 1e3};
    b.in = b.left + b.done + metric(c, "queue", q->name, "messages_dead_lettered") +
           metric(c, "queue", q->name, "messages_expired");
    snprintf(who, sizeof who, "mapping %s", e->name);
    char *const why = reason(c, e, q);
    tell_if_behind(c, who, &b, "messages", why);
    free(why);
}

/* A function that polls by itself. */
static void about_self_poller(const struct case_of *c, const struct function_spec *f)
{
    char who[96];
    const char *const queue = f->polls.queue.name;
    struct balance b = {.left = metric(c, "queue", queue, "messages_waiting") +
                                metric(c, "queue", queue, "messages_in_flight"),
                        .done = metric(c, "queue", queue, "messages_deleted"),
                        .waits_s = c->scenario->queue[f->polls.queue.index].delay_s +
                                   metric(c, "function", f->name, "duration_ms.mean") / 1e3};
    b.in = b.left + b.done + metric(c, "queue", queue, "messages_dead_lettered") +
           metric(c, "queue", queue, "messages_expired");
    snprintf(who, sizeof who, "function %s", f->name);
    tell_if_behind(
        c, who, &b, "messages",
        "call it more often, let it receive more at once, or call itself while there is more");
}

/* What still waits for concurrency, however little it is, is in no bill. */
static void tell_unpaid_events(const struct case_of *c, const char *who, const struct balance *b,
                               double waiting, double age_s)
{
    char number[TEXT_NUMBER_SIZE], age[TEXT_NUMBER_SIZE];
    char *const price = price_is_for(b, "asynchronous events", who);
    text_number(fmax(waiting, 1), 0, number);
    text_number(age_s, 0, age);
    diagnostics_warning(
        &c->result->notes, NULL, 0,
        "lambda: %s%s%s asynchronous event%s still waited at the end because %s "
        "took no more, the oldest for %s s; what they will cost is not in the price",
        price, price[0] != '\0' ? "; " : "", number, waiting < 1.5 ? "" : "s", who, age);
    free(price);
}

/* Lambda's queue in front of a function. */
static void about_events(const struct case_of *c, const struct function_spec *f)
{
    char who[96];
    struct balance b = {.left = metric(c, "function", f->name, "async_events_in_flight"),
                        .done = metric(c, "function", f->name, "async_events_succeeded"),
                        .waits_s = metric(c, "function", f->name, "duration_ms.mean") / 1e3};
    b.in = b.left + b.done + metric(c, "function", f->name, "async_events_failed_to_destination") +
           metric(c, "function", f->name, "async_events_dead_lettered") +
           metric(c, "function", f->name, "async_events_expired") +
           metric(c, "function", f->name, "async_events_dropped");
    const double errors = metric(c, "function", f->name, "errors");
    const bool refused = metric(c, "function", f->name, "throttles") > errors;
    const double waiting = metric(c, "function", f->name, "async_events_waiting");
    const char *const why =
        refused      ? "it took no more of them, and Lambda tries until they are "
                       "maximum_event_age_in_seconds old: raise the concurrency that is there for "
                       "it, or shorten its runs"
        : errors > 0 ? "its runs fail, and Lambda tries again after one and two minutes"
                     : "its runs are long";
    snprintf(who, sizeof who, "function %s", f->name);
    if (waiting == 0) {
        tell_if_behind(c, who, &b, "asynchronous events", why);
        return;
    }
    if (is_behind(c, &b))
        tell(c, who, &b, "asynchronous events", why);
    tell_unpaid_events(c, who, &b, waiting,
                       metric(c, "function", f->name, "async_events_waiting_age_s"));
}

void advise_on_queues(struct result *result, const struct scenario *scenario,
                      const struct world *world)
{
    const struct case_of c = {result, scenario, world};
    for (size_t i = 0; i < scenario->mappings; i++)
        if (scenario->mapping[i].event_source.kind == ENTITY_QUEUE)
            about_queue_mapping(&c, &scenario->mapping[i]);
    for (size_t i = 0; i < scenario->functions; i++) {
        if (scenario->function[i].polls.queue.kind == ENTITY_QUEUE)
            about_self_poller(&c, &scenario->function[i]);
        about_events(&c, &scenario->function[i]);
    }
}
