/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A fleet of fixed size with exponential service is an M/M/c/K queue: how many wait (Erlang C), for
 * how long, and how many are lost when the queue is short. Formulas: Kleinrock, Queueing Systems,
 * volume 1 (1975). Tolerances are the runs' own 99.99 % intervals.
 */
#include "aws/fleet_internal.h"
#include "stream_case.h"

#include "harness.h"

#define REPLICATIONS 16

struct run {
    struct simulation simulation;
    struct fleet *fleet;
    struct random_stream arrivals;
    double gap_ns;
    uint64_t offered, waited, refused;
};

static void on_arrival(void *self, int64_t now_ns, uint64_t arg)
{
    struct run *const r = self;
    event_schedule(&r->simulation.queue,
                   now_ns + (int64_t)(random_exponential(&r->arrivals) * r->gap_ns), on_arrival, r,
                   arg);
    const size_t queued = r->fleet->queued;
    const struct request request = {.arrival_ns = now_ns, .duration_ns = -1, .records = 1};
    r->offered++;
    r->refused += !target_invoke(fleet_port(r->fleet, 0), &request);
    r->waited += r->fleet->queued > queued;
}

struct seen {
    double waited, lost; /* shares of those that came */
    double wait;         /* mean of those served, in service times */
    double busy, queued; /* means over time */
};

/* Service takes a second in the mean; `load` requests come in one. */
static struct seen replicate(double load, uint32_t instances, uint32_t workers, uint64_t places,
                             enum distribution_kind service, double requests, uint64_t replication)
{
    struct run r = {.simulation = {.seed = 3, .replication = replication}, .gap_ns = 1e9 / load};
    event_queue_init(&r.simulation.queue);
    random_init(&r.arrivals, 3, replication, "test", "arrivals");
    const struct fleet_config config = {.name = "b",
                                        .instance_type = "m5.large",
                                        .reserved_detail = "",
                                        .ebs_type = "gp2",
                                        .vcpus = 2,
                                        .workers = workers,
                                        .cpu_speed = 1,
                                        .min_size = instances,
                                        .max_size = instances,
                                        .desired_capacity = instances,
                                        .queue_capacity = places,
                                        .billing_step_ns = NS_PER_S};
    const struct fleet_port_config port = {
        .function = "f",
        .cpu = {.mb_per_vcpu = 1769,
                .max_vcpu = 6,
                .memory_mb = 1769,
                .reference_mb = 1769,
                .threads = 1}, /* waits only: workers do not slow each other down */
        .duration_ns = {.kind = service, .a = 1e9}};
    r.fleet = fleet_create(&r.simulation, &config, &port, 1);
    event_schedule(&r.simulation.queue, 0, on_arrival, &r, 0);
    event_queue_run(&r.simulation.queue, 50 * NS_PER_S); /* from empty to the steady state */
    fleet_class.reset(r.fleet);
    r.offered = r.waited = r.refused = 0;
    event_queue_run(&r.simulation.queue, (int64_t)((50 + requests / load) * 1e9));
    const int64_t now_ns = simulation_now(&r.simulation);
    const struct histogram *const latency = fleet_port_latency(r.fleet, 0);
    const struct seen seen = {
        .waited = (double)r.waited / (double)r.offered,
        .lost = (double)r.refused / (double)r.offered,
        .wait = (histogram_mean(latency) - histogram_mean(&r.fleet->service)) / 1e9,
        .busy = time_average_mean(&r.fleet->busy, now_ns),
        .queued = time_average_mean(&r.fleet->waiting, now_ns)};
    fleet_class.audit(r.fleet);
    ck_assert_str_eq(r.simulation.failure, "");
    fleet_class.destroy(r.fleet);
    event_queue_finish(&r.simulation.queue);
    return seen;
}

static double erlang_b(uint32_t servers, double load)
{
    double b = 1;
    for (uint32_t k = 1; k <= servers; k++)
        b = load * b / (k + load * b);
    return b;
}

static double erlang_c(uint32_t servers, double load)
{
    const double b = erlang_b(servers, load);
    return b / (1 - load / servers * (1 - b));
}

START_TEST(a_fixed_fleet_is_an_erlang_c_queue)
{
    static const struct {
        double load;
        uint32_t instances, workers; /* together the servers */
        double c;
    } cases[] = {{1, 5, 1, 0.00383142},
                 {10, 5, 3, 0.10204237},
                 {50, 8, 8, 0.03745142},
                 {100, 117, 1, 0.06370977}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const double a = cases[k].load;
        const uint32_t servers = cases[k].instances * cases[k].workers;
        const double c = erlang_c(servers, a);
        ck_assert_double_eq_tol(c, cases[k].c, 1e-8);
        double waited[REPLICATIONS], wait[REPLICATIONS], busy[REPLICATIONS], queued[REPLICATIONS];
        for (uint64_t r = 0; r < REPLICATIONS; r++) {
            const struct seen seen = replicate(a, cases[k].instances, cases[k].workers, 1u << 30,
                                               DISTRIBUTION_EXPONENTIAL, 2e5, r);
            ck_assert_double_eq(seen.lost, 0);
            waited[r] = seen.waited;
            wait[r] = seen.wait;
            busy[r] = seen.busy;
            queued[r] = seen.queued;
        }
        assert_mean("share that waits", waited, REPLICATIONS, c, 0.25);
        assert_mean("mean wait", wait, REPLICATIONS, c / (servers - a),
                    k == 0 ? 0.8 : 0.3); /* seldom and short with five servers */
        assert_mean("queue", queued, REPLICATIONS, c * a / (servers - a), 0.4);
        assert_mean("busy workers", busy, REPLICATIONS, a, 0.01);
    }
}
END_TEST

/* Probability that all places of M/M/c/K are taken, by its birth and death. */
static double all_taken(double load, uint32_t servers, uint32_t places)
{
    double p = 1, sum = 1;
    for (uint32_t n = 1; n <= servers + places; n++) {
        p *= load / (n < servers ? n : servers);
        sum += p;
    }
    return p / sum;
}

START_TEST(a_short_queue_overflows_as_mmck)
{
    static const struct {
        double load;
        uint32_t instances, workers, places;
    } cases[] = {{4, 5, 1, 3}, {10, 4, 2, 5}, {1, 1, 1, 10}, {30, 16, 2, 8}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const double a = cases[k].load;
        const uint32_t servers = cases[k].instances * cases[k].workers;
        const double loss = all_taken(a, servers, cases[k].places);
        double lost[REPLICATIONS], busy[REPLICATIONS];
        for (uint64_t r = 0; r < REPLICATIONS; r++) {
            const struct seen seen = replicate(a, cases[k].instances, cases[k].workers,
                                               cases[k].places, DISTRIBUTION_EXPONENTIAL, 1e5, r);
            lost[r] = seen.lost;
            busy[r] = seen.busy;
        }
        assert_mean("loss", lost, REPLICATIONS, loss, 0.15);
        assert_mean("busy workers", busy, REPLICATIONS, a * (1 - loss), 0.01);
    }
}
END_TEST

/* Without a queue the loss is Erlang B, whatever the shape of service. */
START_TEST(no_queue_is_erlang_b)
{
    static const enum distribution_kind shapes[] = {DISTRIBUTION_EXPONENTIAL,
                                                    DISTRIBUTION_CONSTANT};
    ck_assert_double_eq_tol(erlang_b(15, 10), 0.03649695, 1e-8);
    for (size_t s = 0; s < 2; s++) {
        double lost[REPLICATIONS];
        for (uint64_t r = 0; r < REPLICATIONS; r++)
            lost[r] = replicate(10, 5, 3, 0, shapes[s], 1e5, r).lost;
        assert_mean("loss", lost, REPLICATIONS, erlang_b(15, 10), 0.1);
    }
}
END_TEST

/* Little: the mean queue is rate times mean wait; M/D/1 waits half as long as M/M/1. */
START_TEST(one_server_waits_as_the_formulas_say)
{
    static const struct {
        enum distribution_kind service;
        double factor; /* of load / (1 - load) */
    } cases[] = {{DISTRIBUTION_EXPONENTIAL, 1}, {DISTRIBUTION_CONSTANT, 0.5}};
    static const double loads[] = {0.3, 0.7};
    for (size_t k = 0; k < 2; k++)
        for (size_t l = 0; l < 2; l++) {
            const double a = loads[l];
            double wait[REPLICATIONS], ratio[REPLICATIONS];
            for (uint64_t r = 0; r < REPLICATIONS; r++) {
                const struct seen seen = replicate(a, 1, 1, 1u << 30, cases[k].service, 2e5, r);
                wait[r] = seen.wait;
                ratio[r] = seen.queued / (a * seen.wait);
            }
            assert_mean("mean wait", wait, REPLICATIONS, cases[k].factor * a / (1 - a), 0.05);
            assert_mean("L / (lambda W)", ratio, REPLICATIONS, 1, 0.02);
        }
}
END_TEST

TEST_MAIN("fleet_theory", a_fixed_fleet_is_an_erlang_c_queue, a_short_queue_overflows_as_mmck,
          no_queue_is_erlang_b, one_server_waits_as_the_formulas_say)
