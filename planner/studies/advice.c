/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/advice.h"

#include "core/lookup.h"
#include "core/memory.h"
#include "engine/evaluate.h"
#include "plan/loops.h"
#include "plan/plan.h"
#include "scenario/kinds.h"
#include "studies/advice_case.h"
#include "studies/advice_queues.h"
#include "support/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A loop goes on without end when of so many events of long chains, on the mean of the
 * replications, this share was sent round again: the rest is what errors and timeouts end. Where
 * batches thin them out it is the rounds that count, if the loop alone is the cause of some
 * invocations. */
#define FEWEST_CHAINED 20
#define ENDLESS_SHARE 0.98
#define LEAST_SHARE 0.01

static void add_fact(struct result *result, char *text)
{
    result->fact = mem_resize(result->fact, result->facts + 1, sizeof *result->fact);
    result->fact[result->facts++] = text;
}

static const char *process_name(enum arrival_process process)
{
    static const char *const names[] = {
        [ARRIVALS_POISSON] = "Poisson arrivals", [ARRIVALS_CONSTANT] = "a constant rate",
        [ARRIVALS_PROFILE] = "a rate profile",   [ARRIVALS_BURSTS] = "two-state bursts",
        [ARRIVALS_COUNTS] = "counts per bin",    [ARRIVALS_TRACE] = "a trace's arrivals",
        [ARRIVALS_SCHEDULE] = "a schedule"};
    return names[process];
}

/* With the first of its outages; free() it. */
static char *describe_downstream(const struct downstream_spec *d)
{
    static const char *const modes[] = {
        [OUTAGE_FAILS] = "fails", [OUTAGE_IS_SLOW] = "is slow", [OUTAGE_HANGS] = "hangs"};
    char limit[60] = "as many calls as come", outage[120] = "";
    if (d->max_concurrency > 0)
        snprintf(limit, sizeof limit, "%u calls at once", d->max_concurrency);
    if (d->outages > 0)
        snprintf(outage, sizeof outage, ", %s from %.10g s to %.10g s%s", modes[d->outage[0].mode],
                 d->outage[0].from_s, d->outage[0].until_s, d->outages > 1 ? " and later" : "");
    return text_format("downstream %s: %s%s", d->name, limit, outage);
}

static void facts(struct result *result, const struct scenario *s)
{
    for (size_t i = 0; i < s->workloads; i++) {
        const struct workload_spec *const w = &s->workload[i];
        const char *const file = w->arrivals.file, *const schedule = w->arrivals.expression;
        const char *const slash = file != NULL ? strrchr(file, '/') : NULL;
        char *const scaled = w->arrivals.rate_scale != 1.0
                                 ? text_format(", x %.6g", w->arrivals.rate_scale)
                                 : mem_strdup("");
        add_fact(result,
                 text_format("workload %s: %s%s%s%s%s%s to %s %s", w->name,
                             process_name(w->arrivals.process),
                             file != NULL       ? " from "
                             : schedule != NULL ? " "
                                                : "",
                             schedule != NULL ? schedule
                             : file == NULL   ? ""
                             : slash != NULL  ? slash + 1
                                              : file,
                             scaled, w->through != DOOR_NONE ? " through " : "",
                             w->through != DOOR_NONE ? scenario_front_doors[w->through] : "",
                             scenario_kinds[w->to.kind].prefix, w->to.name));
        free(scaled);
    }
    for (size_t i = 0; i < s->streams; i++) {
        const struct stream_spec *const t = &s->stream[i];
        add_fact(result,
                 text_format("stream %s: %u shard%s%s, kept %g h", t->name, t->shard_count,
                             t->shard_count == 1 ? "" : "s",
                             t->on_demand ? " at first, on demand" : "", t->retention_period_h));
    }
    for (size_t i = 0; i < s->tables; i++)
        add_fact(result,
                 text_format("table %s: %u partition%s", s->table[i].name, s->table[i].partitions,
                             s->table[i].partitions == 1 ? "" : "s"));
    for (size_t i = 0; i < s->queues; i++) {
        const struct queue_spec *const q = &s->queue[i];
        add_fact(result,
                 text_format("queue %s: %s, visibility timeout %g s%s%s", q->name,
                             q->fifo ? "FIFO" : "standard", q->visibility_timeout_s,
                             q->dead_letters.kind != ENTITY_NONE ? ", dead letters to " : "",
                             q->dead_letters.kind != ENTITY_NONE ? q->dead_letters.name : ""));
    }
    for (size_t i = 0; i < s->functions; i++) {
        const struct function_spec *const f = &s->function[i];
        add_fact(result, text_format("function %s: %g MB %s%s%s", f->name, f->memory_size,
                                     f->arm64 ? "arm64" : "x86_64", f->runtime != NULL ? ", " : "",
                                     f->runtime != NULL ? f->runtime : ""));
    }
    for (size_t i = 0; i < s->downstreams; i++)
        add_fact(result, describe_downstream(&s->downstream[i]));
    static const char *const machine_types[] = {[STATE_MACHINE_STANDARD_TYPE] = "STANDARD",
                                                [STATE_MACHINE_EXPRESS_TYPE] = "EXPRESS",
                                                [STATE_MACHINE_CALLER_TYPE] =
                                                    "a program that calls and joins"};
    for (size_t i = 0; i < s->state_machines; i++)
        add_fact(result,
                 text_format("state machine %s: %s, %zu step%s", s->state_machine[i].name,
                             machine_types[s->state_machine[i].type], s->state_machine[i].steps,
                             s->state_machine[i].steps == 1 ? "" : "s"));
    static const char *const positions[] = {[START_TRIM_HORIZON] = "TRIM_HORIZON",
                                            [START_LATEST] = "LATEST",
                                            [START_AT_TIMESTAMP] = "AT_TIMESTAMP"};
    for (size_t i = 0; i < s->mappings; i++)
        if (s->mapping[i].created_s > 0)
            add_fact(result, text_format("mapping %s: begins after %.10g s, %s", s->mapping[i].name,
                                         s->mapping[i].created_s,
                                         positions[s->mapping[i].starting_position]));
}

/* ", 97 % of it by function f" where another function held most of it; else "". */
static const char *largest_holder(const struct advice *a, const struct function_spec *victim,
                                  char *ret, size_t size)
{
    static const char prefix[] = "throttled_while.";
    ret[0] = '\0';
    for (const struct result_metric *m = advice_first(a, "function", victim->name); m != NULL;
         m = advice_next(a, m)) {
        const char *const holder = m->metric + sizeof prefix - 1;
        if (m->value.mean > 0.5 && strncmp(m->metric, prefix, sizeof prefix - 1) == 0 &&
            strcmp(holder, victim->name) != 0)
            snprintf(ret, size, ", %.0f %% of it by function %s", 100 * m->value.mean, holder);
    }
    return ret;
}

static void about_downstream(const struct advice *a, const struct downstream_spec *d)
{
    const double refused = advice_metric(a, "downstream", d->name, "connections_refused");
    const double queue = advice_metric(a, "downstream", d->name, "calls_refused");
    if (refused > 0)
        advice_note(
            a,
            "downstream %s: %s connection%s refused, as each execution environment keeps its "
            "own and max_connections is %.0f; reserve less concurrency, or put a pool between",
            d->name, ADVICE_COUNT(refused), ADVICE_WERE(refused), d->max_connections);
    if (queue > 0)
        advice_note(a, "downstream %s: %s call%s refused because %.0f already waited", d->name,
                    ADVICE_COUNT(queue), ADVICE_WERE(queue), d->queue_capacity);
}

static void about_function(const struct advice *a, const struct function_spec *f)
{
    const double calls = advice_metric(a, "function", f->name, "invocations");
    const double account = advice_metric(a, "function", f->name, "throttles.account_concurrency");
    const double reserved = advice_metric(a, "function", f->name, "throttles.reserved_concurrency");
    const double scaling = advice_metric(a, "function", f->name, "throttles.scaling_rate");
    const double rate = advice_metric(a, "function", f->name, "throttles.request_rate");
    const double timeouts = advice_metric(a, "function", f->name, "timeouts");
    const double memory = advice_metric(a, "function", f->name, "out_of_memory");
    const double waiting = advice_metric(a, "function", f->name, "timeouts.calls");
    if (account > 0) {
        char holder[120];
        advice_note(
            a,
            "function %s: %s request%s throttled because the account's concurrency (%s) "
            "was used up%s; ask for a higher quota, shorten the run time, or reserve concurrency",
            f->name, ADVICE_COUNT(account), ADVICE_WERE(account),
            ADVICE_COUNT(a->scenario->account.concurrent_executions),
            largest_holder(a, f, holder, sizeof holder));
    }
    if (reserved > 0)
        advice_note(a,
                    "function %s: %s request%s throttled at its reserved concurrency of %s; raise "
                    "reserved_concurrent_executions if that was not the intention",
                    f->name, ADVICE_COUNT(reserved), ADVICE_WERE(reserved),
                    ADVICE_COUNT(f->reserved_concurrent_executions));
    if (scaling > 0)
        advice_note(a,
                    "function %s: %s request%s throttled while environments could not start fast "
                    "enough; provisioned concurrency before the burst avoids that",
                    f->name, ADVICE_COUNT(scaling), ADVICE_WERE(scaling));
    if (rate > 0)
        advice_note(a,
                    "function %s: %s request%s throttled by the rate of 10 requests/s per unit of "
                    "concurrency; batch requests, or raise the concurrency",
                    f->name, ADVICE_COUNT(rate), ADVICE_WERE(rate));
    if (waiting > 0)
        advice_note(
            a,
            "function %s: %.2f %% of invocations waited for what they call until the timeout of %g "
            "s, billed in full; give its calls a timeout_ms",
            f->name, 100 * waiting / calls, f->timeout_s);
    if (timeouts > waiting)
        advice_note(
            a,
            "function %s: %.2f %% of invocations ended at the timeout of %g s, billed in full; "
            "raise timeout or memory_size",
            f->name, 100 * (timeouts - waiting) / calls, f->timeout_s);
    if (memory > 0)
        advice_note(
            a, "function %s: %.2f %% of invocations ran out of memory at %g MB; raise memory_size",
            f->name, 100 * memory / calls, f->memory_size);
}

/* The largest one that stood for minutes, of the mean run. One that grows to the end has a warning
 * of its own: nothing keeps up. */
static void about_backlog(const struct advice *a, const char *kind, const char *said,
                          const char *name, const char *what)
{
    const double most = advice_metric(a, kind, name, "backlog.max");
    const double peak_s = advice_metric(a, kind, name, "backlog_peak_at_s");
    const double after_s = a->result->warm_up_s + a->result->duration_s - peak_s;
    const bool stays = advice_metric(a, kind, name, "backlogs_unfinished") > 0;
    char gone[60] = "a backlog is there at the run's end, too";
    if (most < 1 || (stays && after_s < 600))
        return;
    if (!stays)
        snprintf(gone, sizeof gone, "it was gone %.0f s later",
                 advice_metric(a, kind, name, "backlog_drain_s"));
    advice_note(a, "%s %s: the largest backlog was %s %s, %.0f s after the run's beginning; %s",
                said, name, ADVICE_COUNT(most), what, peak_s, gone);
}

/* Asynchronous events that nobody will see again. */
static void about_events(const struct advice *a, const struct function_spec *f)
{
    const double dropped = advice_metric(a, "function", f->name, "async_events_dropped");
    const double expired = advice_metric(a, "function", f->name, "async_events_expired");
    const double loops = advice_metric(a, "function", f->name, "recursive_invocations_dropped") +
                         advice_metric(a, "function", f->name, "recursive_records_dropped");
    if (dropped + expired > 0)
        advice_note(
            a,
            "function %s: of its asynchronous events %s were dropped after their tries and %s "
            "became too old, and nothing keeps them; give event_invoke_config an on_failure "
            "destination, or dead_letter_config",
            f->name, ADVICE_COUNT(dropped), ADVICE_COUNT(expired));
    if (loops > 0)
        advice_note(
            a,
            "function %s: Lambda stopped %s event%s because their chain had called it 16 times; "
            "let the loop end sooner, or say recursive_loop \"Allow\" (since 2024-08-29)",
            f->name, ADVICE_COUNT(loops), ADVICE_PLURAL(loops));
    about_backlog(a, "function", "function", f->name, "asynchronous events");
}

/* What functions do and cost, and of it what long chains make them do: all functions together, or
 * those of a loop. */
struct chain_work {
    double calls, chains;    /* invocations */
    double cost, chain_cost; /* USD a month */
};

static double cost_of_chains(const struct advice *a, const char *name, const struct bill_line *line)
{
    const bool request = line->meter == METER_LAMBDA_REQUESTS;
    const bool duration =
        line->meter == METER_LAMBDA_X86_MB_MS || line->meter == METER_LAMBDA_ARM64_MB_MS;
    if (!request && !duration)
        return 0;
    const double all = advice_metric(a, "function", name, request ? "invocations" : "billed_ms");
    return money_to_double(line->cost) / fmax(all, 1) *
           advice_metric(a, "function", name,
                         request ? "long_chain_invocations" : "long_chain_billed_ms");
}

/* By loop, as loops_of numbers them; 0: functions of none. */
static struct chain_work *work_by_loop(const struct advice *a, const struct loops *loops)
{
    static const char prefix[] = "function:";
    const struct scenario *const s = a->scenario;
    const struct bill *const bill = &a->result->option[0].bill;
    struct chain_work *const work = mem_alloc(loops->count + 1, sizeof *work);
    struct lookup functions = {NULL};
    for (size_t i = 0; i < s->functions; i++) {
        const char *const name = s->function[i].name;
        struct chain_work *const w = &work[loops_of(loops, ENTITY_FUNCTION, i)];
        lookup_add(&functions, NULL, name, w);
        w->calls += advice_metric(a, "function", name, "invocations");
        w->chains += advice_metric(a, "function", name, "long_chain_invocations");
    }
    for (size_t i = 0; i < bill->count; i++) {
        const struct bill_line *const line = &bill->line[i];
        const char *const name = line->entity + sizeof prefix - 1;
        struct chain_work *const w = strncmp(line->entity, prefix, sizeof prefix - 1) != 0
                                         ? NULL
                                         : lookup_find(&functions, NULL, name);
        if (w == NULL)
            continue;
        w->cost += money_to_double(line->cost);
        w->chain_cost += cost_of_chains(a, name, line);
    }
    lookup_finish(&functions);
    return work;
}

/* A loop of which the scenario allows, and the simulation counted, that chains never end. */
static void about_loop(const struct advice *a, const struct endless_loop *loop,
                       const struct chain_work *own, const struct chain_work *all)
{
    const double worked = advice_metric(a, "loop", loop->name, "long_chain_events");
    const double sent = advice_metric(a, "loop", loop->name, "long_chain_events_sent");
    const double rounds = advice_metric(a, "loop", loop->name, "rounds");
    const double followed = advice_metric(a, "loop", loop->name, "rounds_followed");
    char text[4][TEXT_NUMBER_SIZE];
    if (worked < FEWEST_CHAINED ||
        !(sent >= ENDLESS_SHARE * worked ||
          (followed >= ENDLESS_SHARE * rounds && own->chains >= LEAST_SHARE * all->calls)))
        return;
    advice_note(
        a,
        "loop %s: it does not end by itself: of 100 rounds %.0f were followed by another. Until "
        "the end of the run %.0f %% of all invocations (%s of %s) and $%s of the $%s a month for "
        "functions came from chains of more than four functions; the longer it runs the more there "
        "are, so that this bill is less than what a month costs; " LOOP_REMEDY,
        loop->way, 100 * fmin(fmax(sent / worked, followed / fmax(rounds, 1)), 1),
        100 * own->chains / fmax(all->calls, 1), text_number(own->chains, 0, text[0]),
        text_number(all->calls, 0, text[1]), text_number(own->chain_cost, 2, text[2]),
        text_number(all->cost, 2, text[3]));
}

static void about_loops(const struct advice *a)
{
    struct loops loops;
    struct chain_work all = {0};
    loops_find(&loops, a->scenario, plan_lambda_stops_loops(a->scenario, a->world));
    struct chain_work *const work = work_by_loop(a, &loops);
    for (size_t i = 0; i <= loops.count; i++) {
        all.calls += work[i].calls;
        all.cost += work[i].cost;
    }
    for (size_t i = 0; i < loops.count; i++)
        about_loop(a, &loops.loop[i], &work[i + 1], &all);
    free(work);
    loops_finish(&loops);
}

static void about_queue(const struct advice *a, const struct queue_spec *q)
{
    const double expired = advice_metric(a, "queue", q->name, "messages_expired");
    if (expired > 0)
        advice_note(a, "queue %s: %s message%s older than message_retention_seconds and are gone",
                    q->name, ADVICE_COUNT(expired), ADVICE_WERE(expired));
}

/* `first_s`: so much later than another trace's its dates begin. A trace that is shorter than the
 * run is followed by silence. */
static void about_workload(const struct advice *a, const struct workload_spec *w, double first_s)
{
    const double duration_s = a->scenario->run.duration_s;
    const double last_s = advice_metric(a, "workload", w->name, "last_arrival_s");
    if (first_s >= duration_s)
        advice_note(
            a,
            "workload %s: its file begins %.0f s after that of another workload and the run has "
            "%.0f s, so nothing of it arrives; shift its times if they do not belong together",
            w->name, first_s, duration_s);
    if (w->arrivals.file != NULL && last_s > 0 && last_s < 0.95 * duration_s)
        advice_note(
            a,
            "workload %s: its file ends after %.0f s and the run has %.0f s; the rest is silence "
            "that the month's bill counts too: shorten run.duration_s or give repeat",
            w->name, last_s, duration_s);
}

static void about_caller(const struct advice *a, const struct workload_spec *w)
{
    const double tries = advice_metric(a, "workload", w->name, "attempts_per_request");
    const double failed = advice_metric(a, "workload", w->name, "failed");
    const double nobody = advice_metric(a, "workload", w->name, "abandoned");
    const double throttled = advice_metric(a, "workload", w->name, "throttled");
    const double ended = failed + advice_metric(a, "workload", w->name, "succeeded");
    if (tries > 1.5 && failed > 0)
        advice_note(
            a,
            "workload %s: %.3g tries a request, and %s request%s failed even so: retries add to "
            "an overload; give the client a budget, fewer retries or longer pauses",
            w->name, tries, ADVICE_COUNT(failed), ADVICE_PLURAL(failed));
    if (failed > 0 && failed == ended)
        advice_note(a, "workload %s: none of its requests were answered, and the price is for all",
                    w->name);
    else if (failed > 0.01 * ended)
        advice_note(
            a,
            "workload %s: only %.3g %% of its requests were answered, the others failed; latencies "
            "are of those that were, and the price is for all of them",
            w->name, 100 * (1 - failed / ended));
    if (throttled > 0)
        advice_note(a, "workload %s: API Gateway throttled %s request%s (429) %s", w->name,
                    ADVICE_COUNT(throttled), ADVICE_PLURAL(throttled),
                    w->gateway.throttling_rate_limit > 0
                        ? "at the API's own limits; raise its throttling_rate_limit or "
                          "throttling_burst_limit if that was not the intention"
                        : "at the limits of the account's APIs; ask for a higher quota "
                          "(account.api_rate_limit, account.api_burst_limit)");
    if (nobody > 0)
        advice_note(a,
                    "workload %s: %s invocation%s ran on, billed, after nobody waited for them "
                    "any longer; shorten the function's timeout, or call it asynchronously",
                    w->name, ADVICE_COUNT(nobody), ADVICE_PLURAL(nobody));
}

static void about_workloads(const struct advice *a)
{
    const struct scenario *const s = a->scenario;
    int64_t *const first_ns = mem_alloc(s->workloads, sizeof *first_ns), zero_ns;
    const bool dated = plan_zero(s, first_ns, &zero_ns);
    for (size_t i = 0; i < s->workloads; i++) {
        const struct workload_spec *const w = &s->workload[i];
        const double first_s =
            dated && first_ns[i] != PLAN_NO_DATE
                ? ((double)first_ns[i] - (double)zero_ns) / 1e9 * w->arrivals.time_scale
                : 0;
        about_workload(a, w, first_s);
        about_caller(a, w);
    }
    free(first_ns);
}

/* Of its busiest minute, its hottest shard at 80 %; a hundredth is noise. */
static double shards_needed(const struct advice *a, const char *name)
{
    return ceil(0.99 * advice_metric(a, "stream", name, "shard_demand.max") *
                fmax(advice_metric(a, "stream", name, "shard_skew"), 1) / 0.8);
}

static void about_refusals(const struct advice *a, const struct stream_spec *t, double refused)
{
    const double mean = advice_metric(a, "stream", t->name, "utilization");
    const double skew = advice_metric(a, "stream", t->name, "shard_skew");
    const double needed = shards_needed(a, t->name);
    const char *const times = ADVICE_COUNT(refused), *const shards = ADVICE_COUNT(needed);
    if (skew > 1.5 && mean < 0.8)
        advice_note(a,
                    "stream %s: writes were refused %s times and its hottest shard carries %.1f "
                    "times the mean; spread the partition keys, more shards alone do not help a "
                    "hot key",
                    t->name, times, skew);
    else if (t->on_demand)
        advice_note(a,
                    "stream %s: writes were refused %s times: on demand it takes twice its peak of "
                    "the last 30 days, and what goes beyond only some minutes later; let traffic "
                    "rise more slowly or producers try longer, or begin with about %s shard%s",
                    t->name, times, shards, ADVICE_PLURAL(needed));
    else if (needed <= advice_metric(a, "stream", t->name, "shards.mean"))
        advice_note(a,
                    "stream %s: writes were refused %s times in bursts of less than a minute, of "
                    "which none asks for more than 80 %% of its shards; let producers spread or "
                    "repeat their writes, or add shards",
                    t->name, times);
    else
        advice_note(a,
                    "stream %s: writes were refused %s times; about %s shard%s would carry its "
                    "busiest minute at 80 %%",
                    t->name, times, shards, ADVICE_PLURAL(needed));
}

static void about_stream(const struct advice *a, const struct stream_spec *t)
{
    const double refused = advice_metric(a, "stream", t->name, "write_throttles");
    const double offered = advice_metric(a, "stream", t->name, "records_offered");
    const double lost = advice_metric(a, "stream", t->name, "records_lost");
    if (refused > 0.001 * offered)
        about_refusals(a, t, refused);
    if (lost > 0)
        advice_note(a, "stream %s: producers gave up on %s record%s, refused too long", t->name,
                    ADVICE_COUNT(lost), ADVICE_PLURAL(lost));
}

static void about_mapping(const struct advice *a, const struct mapping_spec *e)
{
    const double in = advice_metric(a, "esm", e->name, "records_in");
    const double left = advice_metric(a, "esm", e->name, "records_in_flight");
    const double expired = advice_metric(a, "esm", e->name, "records_expired");
    const double discarded = advice_metric(a, "esm", e->name, "records_discarded");
    const double oversized = advice_metric(a, "esm", e->name, "records_oversized");
    const double throttles = advice_metric(a, "esm", e->name, "read_throttles");
    const double reads = advice_metric(a, "esm", e->name, "reads");
    const double retries = advice_metric(a, "esm", e->name, "retries");
    const double skipped = advice_metric(a, "esm", e->name, "records_skipped");
    const double processed = advice_metric(a, "esm", e->name, "records_processed");
    const bool table = e->event_source.kind == ENTITY_TABLE;
    const double per_s =
        advice_metric(a, table ? "table" : "stream", e->event_source.name, "records_in") /
        (a->scenario->run.duration_s - a->scenario->run.warm_up_s);
    if (skipped > 0)
        advice_note(
            a, "mapping %s: %s record%s %s", e->name, ADVICE_COUNT(skipped), ADVICE_PLURAL(skipped),
            e->starting_position == START_TRIM_HORIZON
                ? "expired before it began; retention_period is too short for them"
                : "came before its starting_position and are not read; TRIM_HORIZON would read "
                  "what the stream keeps");
    if (oversized > 0)
        advice_note(
            a,
            "mapping %s: %s record%s too large for an event (6 MB with the data in base64), "
            "so the function never sees them; %s",
            e->name, ADVICE_COUNT(oversized), oversized == 1 ? " is" : "s are",
            e->on_failure.name != NULL ? "they went to the on-failure destination"
                                       : "they were dropped, give destination_config");
    if (expired > 0)
        advice_note(
            a, "mapping %s: %s record%s expired before they were processed; %s", e->name,
            ADVICE_COUNT(expired), ADVICE_PLURAL(expired),
            retries > 0 && e->maximum_retry_attempts < 0 && e->maximum_record_age_s < 0
                ? "limit maximum_retry_attempts or maximum_record_age_in_seconds, bisect the "
                  "batch and name an on-failure destination (since 2019-11-25), or have the "
                  "function catch its own errors"
            : table ? "the function is too slow for the table's stream, which keeps nothing longer"
                    : "the function is too slow for the stream, or retention_period is too short");
    if (discarded > oversized && e->on_failure.name == NULL)
        advice_note(a,
                    "mapping %s: %s record%s dropped after retries and nothing keeps them; give "
                    "destination_config",
                    e->name, ADVICE_COUNT(discarded - oversized),
                    ADVICE_WERE(discarded - oversized));
    const bool starved = throttles > 0.01 * reads;
    const bool behind = per_s > 0 && left > 60 * per_s && left > 1000;
    char *const waiting =
        behind ? text_format("%s record%s still waiting at the end, %s s of arrivals",
                             ADVICE_COUNT(left), ADVICE_WERE(left), ADVICE_COUNT(left / per_s))
               : NULL;
    if (starved) /* more of anything else would not help it */
        advice_note(a, "mapping %s: %s of its reads were refused because %s%s%s; fewer readers, %s",
                    e->name, ADVICE_COUNT(throttles),
                    table ? "a shard of a table's stream serves two readers"
                          : "all readers of a shard share 5 calls/s and 2 MB/s",
                    behind ? "; " : "", behind ? waiting : "",
                    table ? "or one function that passes the records on"
                          : "fan-out by one function, or enhanced_fan_out");
    else if (behind && retries > 0)
        advice_note(
            a,
            "mapping %s: %s behind a batch that fails again and again (%s retries); limit "
            "maximum_retry_attempts or maximum_record_age_in_seconds, bisect the batch and name "
            "an on-failure destination (since 2019-11-25), or have the function catch its own "
            "errors",
            e->name, waiting, ADVICE_COUNT(retries));
    else if (behind)
        advice_note(a,
                    "mapping %s: %s: it does not keep up or has a backlog; raise batch_size, "
                    "%s; or memory_size if the function is short of CPU",
                    e->name, waiting,
                    table ? "or parallelization_factor"
                          : "parallelization_factor or the number of shards");
    if (behind && left > 0.05 * in)
        advice_note(a,
                    "lambda: its price is for the %.0f %% of the records of %s that it processed",
                    100 * processed / (processed + discarded + expired + left), e->name);
    free(waiting);
}

static void about_state_machine(const struct advice *a, const struct state_machine_spec *m)
{
    const double refused = advice_metric(a, "state_machine", m->name, "starts_refused");
    if (refused > 0)
        advice_note(
            a,
            "state machine %s: %s start%s throttled to the end and refused: StartExecution "
            "has a rate for the account; ask for a higher quota, start fewer with more work each, "
            "or use EXPRESS",
            m->name, ADVICE_COUNT(refused), ADVICE_WERE(refused));
}

/* Messages that a quota of their API kept out. */
static void about_calls(const struct advice *a, const char *kind, const char *said,
                        const char *name, const char *noun, const char *remedy)
{
    char metric_name[40];
    snprintf(metric_name, sizeof metric_name, "%s_refused", noun);
    const double refused = advice_metric(a, kind, name, metric_name);
    if (refused > 0)
        advice_note(a, "%s %s: %s message%s throttled to the end and never came in: %s", said, name,
                    ADVICE_COUNT(refused), ADVICE_WERE(refused), remedy);
}

/* Workers that wait for something else can all be busy while the CPU that target tracking looks at
 * is not: then the group never grows. NULL: it is not that. */
static const struct baseline_spec *
never_grows(const struct scenario *s, const struct result_option *option, double cpu_percent)
{
    char *const entity = text_format("baseline:%s", option->name);
    const double most = option_metric(option, entity, "instances.max");
    free(entity);
    for (size_t i = 0; i < s->baselines; i++) {
        const struct baseline_spec *const b = &s->baseline[i];
        if (strcmp(b->name, option->name) == 0)
            return b->sizing == FLEET_TARGET_TRACKING && cpu_percent < b->target_cpu_utilization &&
                           most < b->max_size
                       ? b
                       : NULL;
    }
    return NULL;
}

/* A group that is always busy does not serve what comes: its price is for less than the work. */
static void about_baseline(const struct advice *a, const struct result_option *option)
{
    if (!(option->utilization.mean > 0.98))
        return;
    char *const entity = text_format("baseline:%s", option->name);
    const double cpu = 100 * option_metric(option, entity, "cpu_utilization.mean");
    const struct baseline_spec *const b = never_grows(a->scenario, option, cpu);
    free(entity);
    char *const remedy =
        b == NULL ? mem_strdup("raise its size")
                  : text_format("they wait for more than CPU: at %.0f %% CPU a group that tracks "
                                "%g %% does not grow; raise workers_per_instance, lower "
                                "target_cpu_utilization, or raise min_size",
                                cpu, b->target_cpu_utilization);
    advice_note(
        a,
        "baseline %s: its workers are busy %.0f %% of the time, so it does not keep up and its "
        "price is for less than the whole work; %s",
        option->name, 100 * option->utilization.mean, remedy);
    free(remedy);
}

/* Percentiles speak of what was served. */
static void about_losses(const struct advice *a)
{
    const struct scenario *const s = a->scenario;
    bool asked = s->objectives == 0;
    for (size_t i = 0; i < s->objectives; i++)
        asked = asked || metric_counts_losses(s->objective[i].metric);
    if (!asked && a->result->option[0].lost.mean > 0)
        advice_note(a,
                    "requests or records were lost, and no objective speaks of that: latency and "
                    "iterator age are of what was served; add one such as records_lost at_most 0");
}

/* Times at which something goes wrong that is counted; poison faults are among the workloads'. */
static size_t counted_troubles(const struct scenario *s)
{
    size_t count = 0;
    for (size_t i = 0; i < s->faults; i++)
        count += s->fault[i].kind != TROUBLE_POISON &&
                 fmax(s->fault[i].at_s, s->fault[i].until_s) >= s->run.warm_up_s;
    for (size_t i = 0; i < s->workloads; i++)
        for (size_t k = 0; k < s->workload[i].poisons; k++)
            count += s->workload[i].poison[k].at_s >= s->run.warm_up_s;
    for (size_t i = 0; i < s->downstreams; i++)
        for (size_t k = 0; k < s->downstream[i].outages; k++)
            count += s->downstream[i].outage[k].until_s >= s->run.warm_up_s;
    return count;
}

/* What was simulated is scaled to a month with all that went wrong in it. */
static void about_troubles(const struct advice *a)
{
    const struct scenario *const s = a->scenario;
    const size_t count = counted_troubles(s);
    const double hours = a->result->duration_s / 3600;
    if (count > 0)
        advice_note(
            a,
            "a month's cost and losses are those of this run x %.*f: its %zu fault%s (outages and "
            "poison records, too) count%s as though they came back every %.4g %s; take them out "
            "for an undisturbed month",
            a->result->month_hours < 10 * hours ? 2 : 0, a->result->month_hours / hours, count,
            count == 1 ? "" : "s", count == 1 ? "s" : "", hours < 1 ? 60 * hours : hours,
            hours < 1 ? "min" : "h");
}

static void about_intervals(const struct advice *a)
{
    const struct scenario *const s = a->scenario;
    if (s->run.replications < 2) {
        advice_note(a, "one replication gives no intervals; give run.replications of 5 or more");
        return;
    }
    for (size_t i = 0; i < a->result->options; i++) {
        const struct result_option *const o = &a->result->option[i];
        const struct result_estimate *const cost = &o->monthly_cost_usd;
        const double half = cost->high - cost->mean; /* `low` may have ended at 0 */
        if (half > 0.05 * cost->mean)
            advice_note(a,
                        "%s: the cost is only known to ± %.0f %%; simulate longer or raise "
                        "run.replications (now %u)",
                        o->name, 100 * half / cost->mean, s->run.replications);
        for (size_t k = 0; k < o->objectives; k++)
            if (o->objective[k].met && !o->objective[k].sure)
                advice_note(
                    a,
                    "%s: whether %s holds is not sure, its interval crosses the bound; raise "
                    "run.replications (now %u)",
                    o->name, o->objective[k].text, s->run.replications);
    }
}

void advise(struct result *result, const struct scenario *scenario, const struct world *world)
{
    struct advice advice, *const a = &advice;
    advice_begin(a, result, scenario, world);
    facts(result, scenario);
    about_workloads(a);
    for (size_t i = 0; i < scenario->functions; i++)
        about_function(a, &scenario->function[i]);
    for (size_t i = 0; i < scenario->downstreams; i++)
        about_downstream(a, &scenario->downstream[i]);
    for (size_t i = 0; i < scenario->functions; i++)
        about_events(a, &scenario->function[i]);
    about_loops(a);
    for (size_t i = 0; i < scenario->queues; i++) {
        about_queue(a, &scenario->queue[i]);
        about_calls(a, "queue", "queue", scenario->queue[i].name, "sends",
                    "a FIFO queue takes 300 calls a second; put more messages into one "
                    "(records_per_put), or give fifo_throughput_limit \"perMessageGroupId\"");
        about_backlog(a, "queue", "queue", scenario->queue[i].name, "messages");
    }
    for (size_t i = 0; i < scenario->topics; i++)
        about_calls(a, "topic", "topic", scenario->topic[i].name, "publishes",
                    "Publish has a rate for the account; ask AWS for a higher quota");
    for (size_t i = 0; i < scenario->buses; i++)
        about_calls(a, "event_bus", "event bus", scenario->bus[i].name, "publishes",
                    "PutEvents has a rate for the account; put more events into one call "
                    "(records_per_put), or ask AWS for a higher quota");
    for (size_t i = 0; i < scenario->streams; i++)
        about_stream(a, &scenario->stream[i]);
    for (size_t i = 0; i < scenario->mappings; i++) {
        about_mapping(a, &scenario->mapping[i]);
        about_backlog(a, "esm", "mapping", scenario->mapping[i].name,
                      scenario->mapping[i].event_source.kind == ENTITY_QUEUE ? "messages"
                                                                             : "records");
    }
    for (size_t i = 0; i < scenario->state_machines; i++)
        about_state_machine(a, &scenario->state_machine[i]);
    advise_on_queues(a);
    for (size_t i = 1; i < result->options; i++)
        about_baseline(a, &result->option[i]);
    about_losses(a);
    about_troubles(a);
    about_intervals(a);
    advice_end(a);
}
