/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/advice_queues.h"

#include "support/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What came to a queue, and what of it was left at the end. */
struct balance {
    double left, done, in;
    double waits_s; /* so long each one may be there without any backlog */
};

static bool is_behind(const struct advice *a, const struct balance *b)
{
    const double run_s = a->scenario->run.duration_s - a->scenario->run.warm_up_s;
    const double per_s = b->in / run_s;
    return b->left > (60 + b->waits_s) * per_s && (b->left > 1000 || b->done == 0);
}

/* `noun`: one of what is in the queue; `reason`: why, and what to do. */
static void tell(const struct advice *a, const char *who, const struct balance *b, const char *noun,
                 const char *reason)
{
    const double run_s = a->scenario->run.duration_s - a->scenario->run.warm_up_s;
    if (b->done == 0)
        advice_note(a, "%s processed none of its %s %s%s, and %s %s still there at the end; %s",
                    who, ADVICE_COUNT(b->in), noun, ADVICE_PLURAL(b->in), ADVICE_COUNT(b->left),
                    b->left == 1 ? "was" : "were", reason);
    else
        advice_note(a,
                    "%s does not keep up or has a backlog: %s of %s %ss were still there at "
                    "the end, %.0f s of arrivals; %s",
                    who, ADVICE_COUNT(b->left), ADVICE_COUNT(b->in), noun, b->left / b->in * run_s,
                    reason);
}

/* "its price is for the 90 % of …"; "" where that is nearly all. Free it. */
static char *price_is_for(const struct balance *b, const char *noun, const char *who)
{
    if (b->left <= 0.05 * b->in)
        return text_format("%s", "");
    if (b->done == 0)
        return text_format("its price is for tries that processed none of the %ss of %s", noun,
                           who);
    return text_format("its price is for the %.3g %% of the %ss of %s that it processed",
                       100 * b->done / b->in, noun, who);
}

static void tell_if_behind(const struct advice *a, const char *who, const struct balance *b,
                           const char *noun, const char *reason)
{
    if (!is_behind(a, b))
        return;
    char *const price = price_is_for(b, noun, who);
    tell(a, who, b, noun, reason);
    if (price[0] != '\0')
        advice_note(a, "lambda: %s", price);
    free(price);
}

static double limit(const struct advice *a, const char *key)
{
    return limits_at(a->world->limits, key, a->scenario->as_of_day);
}

/* Free it. */
static char *reason_of_failures(const struct advice *a, const struct mapping_spec *e,
                                const struct queue_spec *q)
{
    const double timeouts = advice_metric(a, "function", e->function.name, "timeouts");
    const double runs = advice_metric(a, "function", e->function.name, "invocations");
    return text_format(
        "its runs %s, and the messages come back after the visibility timeout of %g "
        "s, billed again each time; mend the function%s",
        timeouts > 0.5 * runs ? "end at the function's timeout" : "fail", q->visibility_timeout_s,
        q->max_receive_count == 0 ? ", and give the queue a redrive_policy so that it ends" : "");
}

static char *reason_of_limits(const struct advice *a, const struct mapping_spec *e,
                              const struct queue_spec *q)
{
    char number[TEXT_NUMBER_SIZE];
    const double most = (double)e->maximum_concurrency, pollers = limit(a, "esm.sqs.max");
    const double busy = advice_metric(a, "esm", e->name, "concurrent_batches.mean");
    const double stood = advice_metric(a, "esm", e->name, "concurrent_batches.max");
    if (most > 0 && (busy > 0.9 * most || stood >= most))
        return text_format("maximum_concurrency lets %s batches run at once: raise it, or "
                           "batch_size, or shorten the function's runs",
                           text_number(most, 0, number));
    if (advice_metric(a, "esm", e->name, "pollers.max") >= pollers)
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
static char *reason(const struct advice *a, const struct mapping_spec *e,
                    const struct queue_spec *q)
{
    char number[TEXT_NUMBER_SIZE];
    const double batches = advice_metric(a, "esm", e->name, "batches");
    const double most = limit(a, q->fifo ? "sqs.in_flight.fifo" : "sqs.in_flight.standard");
    if (advice_metric(a, "queue", q->name, "messages_in_flight.max") >= most)
        return text_format(
            "a queue has at most %s messages in flight, and these wait for the end of "
            "their visibility timeout of %g s: shorten it, or the function's runs, "
            "and mend what fails",
            text_number(most, 0, number), q->visibility_timeout_s);
    const double throttles = advice_metric(a, "esm", e->name, "batch_throttles");
    if (throttles > 0)
        return text_format("its function took no more (%s throttles), and Lambda polls less then: "
                           "raise the concurrency that is there for it, or batch_size, or shorten "
                           "its runs",
                           text_number(throttles, 0, number));
    if (advice_metric(a, "esm", e->name, "batch_errors") > 0.1 * batches)
        return reason_of_failures(a, e, q);
    if (advice_metric(a, "esm", e->name, "records_duplicated") >
        advice_metric(a, "esm", e->name, "records_processed"))
        return text_format(
            "messages become visible again before their batch is done: let the "
            "visibility timeout (%g s) be longer than the batching window and the run",
            q->visibility_timeout_s);
    return reason_of_limits(a, e, q);
}

/* Of a queue and the function that works it off; `window_s`: it waits so long for full batches. */
static struct balance balance_of(const struct advice *a, const struct queue_spec *q,
                                 const char *function, double window_s)
{
    struct balance b = {.left = advice_metric(a, "queue", q->name, "messages_waiting") +
                                advice_metric(a, "queue", q->name, "messages_in_flight"),
                        .done = advice_metric(a, "queue", q->name, "messages_deleted"),
                        .waits_s =
                            q->delay_s + window_s +
                            advice_metric(a, "function", function, "duration_ms.mean") / 1e3};
    b.in = b.left + b.done + advice_metric(a, "queue", q->name, "messages_dead_lettered") +
           advice_metric(a, "queue", q->name, "messages_expired");
    return b;
}

static void about_queue_mapping(const struct advice *a, const struct mapping_spec *e)
{
    char who[96];
    const struct queue_spec *const q = &a->scenario->queue[e->event_source.index];
    const struct balance b = balance_of(a, q, e->function.name, e->maximum_batching_window_s);
    snprintf(who, sizeof who, "mapping %s", e->name);
    char *const why = reason(a, e, q);
    tell_if_behind(a, who, &b, "message", why);
    free(why);
}

/* A function that polls by itself. */
static void about_self_poller(const struct advice *a, const struct function_spec *f)
{
    char who[96];
    const struct balance b = balance_of(a, &a->scenario->queue[f->polls.queue.index], f->name, 0);
    snprintf(who, sizeof who, "function %s", f->name);
    tell_if_behind(
        a, who, &b, "message",
        "call it more often, let it receive more at once, or call itself while there is more");
}

/* What still waits for concurrency, however little it is, is in no bill. */
static void tell_unpaid_events(const struct advice *a, const char *who, const struct balance *b,
                               double waiting, double age_s)
{
    char age[TEXT_NUMBER_SIZE];
    char *const price = price_is_for(b, "asynchronous event", who);
    text_number(age_s, 0, age);
    advice_note(a,
                "lambda: %s%s%s asynchronous event%s still waited at the end because %s "
                "took no more, the oldest for %s s; what they will cost is not in the price",
                price, price[0] != '\0' ? "; " : "", ADVICE_COUNT(waiting), ADVICE_PLURAL(waiting),
                who, age);
    free(price);
}

/* Lambda's queue in front of a function. */
static void about_events(const struct advice *a, const struct function_spec *f)
{
    char who[96];
    struct balance b = {.left = advice_metric(a, "function", f->name, "async_events_in_flight"),
                        .done = advice_metric(a, "function", f->name, "async_events_succeeded"),
                        .waits_s = advice_metric(a, "function", f->name, "duration_ms.mean") / 1e3};
    b.in = b.left + b.done +
           advice_metric(a, "function", f->name, "async_events_failed_to_destination") +
           advice_metric(a, "function", f->name, "async_events_dead_lettered") +
           advice_metric(a, "function", f->name, "async_events_expired") +
           advice_metric(a, "function", f->name, "async_events_dropped");
    const double errors = advice_metric(a, "function", f->name, "errors");
    const bool refused = advice_metric(a, "function", f->name, "throttles") > errors;
    const double waiting = advice_metric(a, "function", f->name, "async_events_waiting");
    const char *const why =
        refused      ? "it took no more of them, and Lambda tries until they are "
                       "maximum_event_age_in_seconds old: raise the concurrency that is there for "
                       "it, or shorten its runs"
        : errors > 0 ? "its runs fail, and Lambda tries again after one and two minutes"
                     : "its runs are long";
    snprintf(who, sizeof who, "function %s", f->name);
    if (waiting == 0) {
        tell_if_behind(a, who, &b, "asynchronous event", why);
        return;
    }
    if (is_behind(a, &b))
        tell(a, who, &b, "asynchronous event", why);
    tell_unpaid_events(a, who, &b, waiting,
                       advice_metric(a, "function", f->name, "async_events_waiting_age_s"));
}

void advise_on_queues(const struct advice *a)
{
    const struct scenario *const s = a->scenario;
    for (size_t i = 0; i < s->mappings; i++)
        if (s->mapping[i].event_source.kind == ENTITY_QUEUE)
            about_queue_mapping(a, &s->mapping[i]);
    for (size_t i = 0; i < s->functions; i++) {
        if (s->function[i].polls.queue.kind == ENTITY_QUEUE)
            about_self_poller(a, &s->function[i]);
        about_events(a, &s->function[i]);
    }
}
