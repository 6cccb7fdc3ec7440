/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A downstream against closed forms (Kleinrock, Queueing Systems, volume 1, 1975): with Poisson
 * invocations and an exponential latency it is M/M/c; with so many environments that each work,
 * call and begin again it is the machine repairman's M/M/c//N. Tolerances are the runs' own.
 */
#include "aws/function.h"
#include "harness.h"
#include "model_case.h"

#include <math.h>
#include <stdio.h>

#define REPLICATIONS 12
#ifdef __SANITIZE_ADDRESS__
#define LENGTH 0.3 /* of the runs; intervals grow by its root */
#else
#define LENGTH 1.0
#endif

static struct downstream_config database(uint32_t servers, double mean_s)
{
    return (struct downstream_config){.name = "db",
                                      .max_concurrency = servers,
                                      .queue_capacity = 1000000,
                                      .latency_ns = case_exponential(mean_s * 1e9)};
}

static const struct call_config call = {
    .count = 1, .share = 1, .timeout_ns = TIME_NEVER, .connections = 1};

static double erlang_c(int servers, double load)
{
    double inverse_b = 1;
    for (int n = 1; n <= servers; n++)
        inverse_b = 1 + inverse_b * n / load;
    return 1 / (inverse_b - (inverse_b - 1) * load / servers);
}

START_TEST(poisson_calls_wait_as_erlang_c_says)
{
    static const struct {
        uint32_t servers;
        double load, narrow;
    } cases[] = {{1, 0.5, 0.05}, {2, 1.6, 0.1}, {10, 8, 0.05}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double mean_s = 0.1, load = cases[i].load;
        struct function_config f = case_function("f", case_constant(1e6));
        struct downstream_config db = database(cases[i].servers, mean_s);
        struct model_direct direct = case_poisson("w", load / mean_s);
        struct model_config model = case_model(&f, 1, &direct, 1);
        f.call = &call;
        f.calls = 1;
        model.account.concurrent_executions = 100000;
        model.downstream = &db;
        model.downstreams = 1;
        double wait[REPLICATIONS], busy[REPLICATIONS], queued[REPLICATIONS];
        for (size_t k = 0; k < REPLICATIONS; k++) {
            struct case_result r = case_run(&model, 5, k, 60, 60 + 3000 * LENGTH);
            ck_assert_msg(r.status == MODEL_DONE, "%s", r.failure);
            wait[k] = case_metric(&r, "function:f", "call_wait_ms.mean") / 1e3;
            busy[k] = case_metric(&r, "downstream:db", "concurrency.mean");
            queued[k] = case_metric(&r, "downstream:db", "queue_length.mean");
            case_result_finish(&r);
        }
        char what[60];
        const double waiting = erlang_c((int)cases[i].servers, load);
        const double narrow = cases[i].narrow / sqrt(LENGTH);
        snprintf(what, sizeof what, "C(%u, %g)", cases[i].servers, load);
        case_agrees(wait, REPLICATIONS, mean_s * (1 + waiting / (cases[i].servers - load)), narrow,
                    what);
        case_agrees(busy, REPLICATIONS, load, 0.05, what);
        case_agrees(queued, REPLICATIONS, waiting * load / (cases[i].servers - load), 3 * narrow,
                    what);
    }
}
END_TEST

/* Of 95 calls a second 30 % are struck, whether they find the one server busy or not; the others
 * have it for 10 ms each. */
START_TEST(an_outage_strikes_its_share_of_calls)
{
    const struct downstream_outage outage = {0, SECONDS(100000), OUTAGE_ERROR, 1, 0.3};
    double failed[REPLICATIONS], busy[REPLICATIONS];
    struct function_config f = case_function("f", case_constant(1e6));
    struct downstream_config db = database(1, 0.01);
    struct model_direct direct = case_poisson("w", 95);
    struct model_config model = case_model(&f, 1, &direct, 1);
    f.call = &call;
    f.calls = 1;
    db.outage = &outage;
    db.outages = 1;
    model.downstream = &db;
    model.downstreams = 1;
    for (size_t k = 0; k < REPLICATIONS; k++) {
        struct case_result r = case_run(&model, 7, k, 10, 10 + 1000 * LENGTH);
        ck_assert_msg(r.status == MODEL_DONE, "%s", r.failure);
        failed[k] = case_metric(&r, "downstream:db", "calls_failed") /
                    case_metric(&r, "downstream:db", "calls");
        busy[k] = case_metric(&r, "downstream:db", "utilization");
        case_result_finish(&r);
    }
    case_agrees(failed, REPLICATIONS, 0.3, 0.01 / sqrt(LENGTH), "share of calls that fail");
    case_agrees(busy, REPLICATIONS, 0.7 * 0.95, 0.02 / sqrt(LENGTH), "utilization");
}
END_TEST

/* Customers that think, call and think again: the function's own work is the thinking. */
struct closed {
    struct simulation simulation;
    struct account account;
    struct function *function;
    uint64_t rounds;
};

static void on_done(void *self, uint64_t token, enum outcome outcome, int64_t now_ns)
{
    struct closed *const c = self;
    ck_assert_int_eq(outcome, OUTCOME_SUCCESS);
    c->rounds++;
    const struct request request = {.arrival_ns = now_ns,
                                    .duration_ns = -1,
                                    .records = 1,
                                    .done = on_done,
                                    .source = c,
                                    .token = token};
    ck_assert(target_invoke(&c->function->target, &request));
}

/* Rounds per second of `customers` who think for a second and share `servers` of rate `rate`. */
static double repairman(uint32_t servers, int customers, double rate)
{
    double p = 1, sum = 0, busy = 0;
    for (int n = 0; n <= customers; n++) {
        const double at_work = fmin(n, servers);
        if (n > 0)
            p *= (customers - n + 1.0) / (at_work * rate);
        sum += p;
        busy += p * at_work;
    }
    return busy / sum * rate;
}

START_TEST(environments_that_begin_again_are_repaired_machines)
{
    const uint32_t servers = 3;
    const int customers = 20;
    const double rate = 4, end_s = 4000 * LENGTH;
    double seen[REPLICATIONS];
    for (size_t k = 0; k < REPLICATIONS; k++) {
        struct closed c = {.simulation = {.seed = 9, .replication = k}};
        const struct account_config account = {.concurrent_executions = 1000};
        struct function_config config = case_function("f", case_exponential(1e9));
        const struct downstream_config db = database(servers, 1 / rate);
        config.call = &call;
        config.calls = 1;
        event_queue_init(&c.simulation.queue);
        account_init(&c.account, &c.simulation, &account);
        c.function = function_create(&c.simulation, &c.account, &config);
        struct downstream *const downstream = downstream_create(&c.simulation, &db);
        function_connect(c.function, &downstream);
        for (int i = 0; i < customers; i++)
            on_done(&c, 0, OUTCOME_SUCCESS, 0);
        event_queue_run(&c.simulation.queue, SECONDS(60));
        c.rounds = 0;
        event_queue_run(&c.simulation.queue, SECONDS(60 + end_s));
        seen[k] = (double)c.rounds / end_s;
        downstream_class.destroy(downstream);
        function_class.destroy(c.function);
        event_queue_finish(&c.simulation.queue);
    }
    case_agrees(seen, REPLICATIONS, repairman(servers, customers, rate), 0.01 / sqrt(LENGTH),
                "M/M/3//20");
}
END_TEST

TEST_MAIN("theory_downstream", poisson_calls_wait_as_erlang_c_says,
          an_outage_strikes_its_share_of_calls, environments_that_begin_again_are_repaired_machines)
