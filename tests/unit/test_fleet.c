/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A fleet of servers: spreading, CPU, queue, scaling, credits and billing. Requests come from the
 * test, at times that it chooses. */
#include "aws/fleet_internal.h"

#include "harness.h"

#include <math.h>
#include <string.h>

static struct simulation simulation;
static struct fleet_config config;
static struct fleet_port_config port;
static struct fleet *fleet;
static double next_minute_s;

/* m5.large-like: 2 vCPUs, two workers each; a request is one second of one vCPU. */
static void begin(uint32_t instances)
{
    simulation = (struct simulation){.seed = 1};
    event_queue_init(&simulation.queue);
    config = (struct fleet_config){.name = "b",
                                   .instance_type = "m5.large",
                                   .price_detail = "m5.large",
                                   .vcpus = 2,
                                   .workers = 2,
                                   .cpu_speed = 1,
                                   .min_size = 1,
                                   .max_size = 20,
                                   .desired_capacity = instances,
                                   .target_utilization = 0.5,
                                   .high_datapoints = 3,
                                   .low_datapoints = 15,
                                   .low_fraction = 0.9,
                                   .warmup_ns = 300 * NS_PER_S,
                                   .cooldown_ns = 300 * NS_PER_S,
                                   .queue_capacity = 1000000,
                                   .billing_step_ns = NS_PER_S,
                                   .billing_minimum_ns = 60 * NS_PER_S,
                                   .ebs_mb = 8192,
                                   .ebs_type = "gp2"};
    distribution_constant(&config.boot_ns, 120e9);
    port = (struct fleet_port_config){.function = "f",
                                      .cpu = {.mb_per_vcpu = 1769,
                                              .max_vcpu = 6,
                                              .memory_mb = 1769,
                                              .reference_mb = 1769,
                                              .cpu_fraction = 1,
                                              .threads = 1}};
    distribution_constant(&port.duration_ns, 1e9);
    fleet = NULL;
    next_minute_s = 60;
}

/* Requests at even distances until a time. */
static struct load {
    int64_t gap_ns, until_ns;
    uint64_t chain; /* the present one of run_load */
    uint64_t offered, refused, done, failed;
} load;

static void on_done(void *source, uint64_t token, enum outcome outcome, int64_t now_ns)
{
    struct load *const l = source;
    (void)token;
    (void)now_ns;
    l->done++;
    l->failed += outcome != OUTCOME_SUCCESS;
}

static void send(int64_t now_ns)
{
    const struct request request = {
        .arrival_ns = now_ns, .duration_ns = -1, .records = 1, .done = on_done, .source = &load};
    load.offered++;
    load.refused += !target_invoke(fleet_port(fleet, 0), &request);
}

static void on_request(void *self, int64_t now_ns, uint64_t arg)
{
    struct load *const l = self;
    if (now_ns >= l->until_ns || arg != l->chain)
        return;
    event_schedule(&simulation.queue, now_ns + l->gap_ns, on_request, l, arg);
    send(now_ns);
}

static void start(void)
{
    if (fleet != NULL)
        return;
    load = (struct load){0};
    fleet = fleet_create(&simulation, &config, &port, 1);
}

static void run(double until_s)
{
    start();
    for (;;) {
        const double to_s = fmin(next_minute_s, until_s);
        event_queue_run(&simulation.queue, (int64_t)(to_s * 1e9 + 0.5));
        if (to_s >= next_minute_s) {
            fleet_class.tick(fleet);
            next_minute_s += 60;
        }
        if (to_s >= until_s)
            return;
    }
}

/* `rate_per_s` from now on for a time. */
static void run_load(double rate_per_s, double seconds)
{
    start();
    const int64_t now_ns = simulation_now(&simulation);
    load.gap_ns = (int64_t)(1e9 / rate_per_s);
    load.until_ns = now_ns + (int64_t)(seconds * 1e9);
    event_schedule(&simulation.queue, now_ns, on_request, &load, ++load.chain);
    run((double)now_ns / 1e9 + seconds);
}

static void audit(void)
{
    fleet_class.audit(fleet);
    ck_assert_str_eq(simulation.failure, "");
    ck_assert_uint_eq(load.offered,
                      load.refused + load.done + (uint64_t)fleet->busy.level + fleet->queued);
}

static void finish(void)
{
    audit();
    fleet_class.destroy(fleet);
    event_queue_finish(&simulation.queue);
}

struct wanted {
    const char *metric;
    double value;
    bool found;
};

static void put(void *context, const char *entity, const char *metric, const char *unit,
                double value)
{
    struct wanted *const w = context;
    (void)unit;
    if (strcmp(entity, "baseline:b") == 0 && strcmp(metric, w->metric) == 0) {
        w->value = value;
        w->found = true;
    }
}

static double metric(const char *name)
{
    struct wanted wanted = {.metric = name};
    const struct metric_sink sink = {.put = put, .context = &wanted};
    fleet_class.report(fleet, &sink);
    ck_assert_msg(wanted.found, "no %s", name);
    return wanted.value;
}

static double used(enum meter meter)
{
    struct usage usage;
    usage_init(&usage);
    fleet_class.usage(fleet, &usage);
    const double quantity = (double)usage_total(&usage, meter);
    usage_finish(&usage);
    return quantity;
}

START_TEST(least_outstanding_spreads_evenly)
{
    begin(10);
    run_load(8, 1000.5); /* 8 of 20 workers: every instance is next in its turn */
    double least = 1e18, most = 0;
    for (size_t i = 0; i < fleet->instances; i++) {
        const struct instance *const n = fleet->instance[i];
        const double used_ns = n->cpu_used_ns;
        least = fmin(least, used_ns);
        most = fmax(most, used_ns);
        ck_assert_uint_le(n->busy, 1); /* nobody has two while others have none */
    }
    fleet_class.tick(fleet);
    ck_assert_double_eq_tol(metric("busy_workers.mean"), 8, 0.01);
    ck_assert_double_eq_tol(metric("cpu_utilization.mean"), 0.4, 0.001);
    ck_assert_double_eq_tol(metric("latency_ms.p50"), 1000, 5);
    finish();
    /* By the work that each has done over the whole run. */
    ck_assert_double_gt(least, 0);
    ck_assert_double_le(most / least, 1.1);
}
END_TEST

/* Four workers on two vCPUs: alone a request takes 1 s, with three others 2 s. */
START_TEST(workers_share_the_cpus)
{
    begin(1);
    config.workers = 4;
    start();
    send(0);
    run(5);
    ck_assert_double_eq_tol(metric("latency_ms.max"), 1000, 1e-3);
    for (int i = 0; i < 4; i++) /* speeds 1, 1, 2/3, 1/2, as they start */
        send(simulation_now(&simulation));
    run(20);
    ck_assert_double_eq_tol(metric("latency_ms.max"), 2000, 1e-3);
    ck_assert_double_eq_tol(metric("latency_ms.mean"), (1 + 1 + 1 + 1.5 + 2) / 5 * 1000, 1e-3);
    ck_assert_double_eq_tol(metric("cpu_utilization.mean") * 2 * 20, 5, 1e-3); /* vCPU-s */
    finish();
    begin(1); /* a faster CPU, half of the work waiting for others */
    config.cpu_speed = 2;
    port.cpu.cpu_fraction = 0.5;
    start();
    send(0);
    run(5);
    ck_assert_double_eq_tol(metric("latency_ms.max"), 500 + 250, 1e-3);
    finish();
}
END_TEST

START_TEST(the_queue_overflows)
{
    begin(2);
    config.queue_capacity = 3;
    start();
    for (int i = 0; i < 10; i++)
        send(0);
    ck_assert_uint_eq(load.refused, 10 - 4 - 3);
    ck_assert_uint_eq(fleet_lost(fleet), 3);
    audit();
    run(10);
    ck_assert_uint_eq(load.done, 7);
    ck_assert_double_eq_tol(metric("latency_ms.max"), 2000, 1e-3);
    ck_assert_double_eq(metric("queue_length.max"), 3);
    finish();
    begin(1);
    config.queue_capacity = 0;
    start();
    for (int i = 0; i < 3; i++)
        send(0);
    ck_assert_uint_eq(load.refused, 1);
    run(10);
    finish();
}
END_TEST

START_TEST(failures_are_counted)
{
    begin(2);
    port.error_rate = 0.25;
    run_load(2, 4000);
    run(4010);
    ck_assert_double_eq_tol((double)load.failed / (double)load.done, 0.25, 0.02);
    ck_assert_double_eq(metric("errors"), (double)load.failed);
    ck_assert_uint_eq(fleet_served(fleet), load.done - load.failed);
    finish();
}
END_TEST

/* From half of 8 vCPUs to nearly all of them at once: three datapoints above 0.5, then twice the
 * instances 120 s later, in one step. */
START_TEST(a_step_of_load_scales_out)
{
    begin(4); /* 8 vCPUs: 4 are used */
    config.target_tracking = true;
    config.workers = 8;
    run_load(3.9, 1200);
    ck_assert_double_eq(metric("instances.max"), 4);
    run_load(7.5, 175);                      /* 94 % */
    ck_assert_int_eq(fleet->alive.level, 4); /* two datapoints */
    run_load(7.5, 10);
    ck_assert_int_eq(fleet->alive.level, 8); /* ceil(4 x 0.94 / 0.5) */
    ck_assert_int_eq(fleet->in_service.level, 4);
    run_load(7.5, 100);
    ck_assert_int_eq(fleet->in_service.level, 4);
    run_load(7.5, 20);
    ck_assert_int_eq(fleet->in_service.level, 8); /* booted */
    ck_assert_double_eq(metric("instances.max"), 8);
    run_load(7.5, 1200);
    ck_assert_int_eq(fleet->in_service.level, 8);
    ck_assert_double_eq(metric("instances.max"), 8);
    finish();
}
END_TEST

START_TEST(scaling_respects_its_ends)
{
    begin(2);
    config.target_tracking = true;
    config.max_size = 3;
    config.workers = 8;
    run_load(20, 1800); /* far too much for three */
    ck_assert_double_eq(metric("instances.max"), 3);
    ck_assert_double_eq_tol(fleet->minute_utilization, 1, 1e-3);
    finish();
    begin(6);
    config.target_tracking = true;
    config.min_size = 4;
    run_load(0.1, 7200);
    ck_assert_int_eq(fleet->alive.level, 4);
    finish();
    begin(6); /* without target tracking nothing changes */
    run_load(0.1, 7200);
    ck_assert_int_eq(fleet->alive.level, 6);
    finish();
}
END_TEST

START_TEST(scaling_in_is_slow)
{
    begin(10); /* 20 vCPUs, 2 used: wants 2 instances */
    config.target_tracking = true;
    run_load(2, 14.5 * 60);
    ck_assert_int_eq(fleet->alive.level, 10);
    run_load(2, 60); /* the fifteenth datapoint */
    ck_assert_int_eq(fleet->alive.level, 2);
    run_load(2, 3600); /* 50 %: neither above the target nor below 0.9 of it */
    ck_assert_int_eq(fleet->alive.level, 2);
    finish();
    begin(2); /* 46 % is above 0.9 x 50 %: no scale-in; 44 % is below */
    config.target_tracking = true;
    config.min_size = 1;
    run_load(1.84, 3600);
    ck_assert_int_eq(fleet->alive.level, 2);
    finish();
}
END_TEST

/* Not while an instance warms up, not within the cooldown of the last removal. */
START_TEST(scaling_in_waits)
{
    begin(10);
    config.target_tracking = true;
    config.cooldown_ns = 1800 * NS_PER_S;
    run_load(4, 1800.5); /* to 4 when the cooldown of the group's start is over */
    ck_assert_int_eq(fleet->alive.level, 4);
    run_load(0.5, 1700);
    ck_assert_int_eq(fleet->alive.level, 4);
    run_load(0.5, 150);
    ck_assert_int_eq(fleet->alive.level, 1);
    finish();
    begin(4);
    config.target_tracking = true;
    config.warmup_ns = 2 * NS_PER_HOUR;
    config.workers = 8;
    run_load(7, 600); /* new ones, which warm up for two hours */
    ck_assert_int_gt(fleet->alive.level, 4);
    const int64_t grown = fleet->alive.level;
    run_load(1, 3600);
    ck_assert_int_eq(fleet->alive.level, grown);
    run_load(1, 3600);
    ck_assert_int_lt(fleet->alive.level, grown);
    finish();
}
END_TEST

/* An instance that leaves ends its requests first. */
START_TEST(draining_ends_its_work)
{
    begin(3);
    port.cpu.cpu_fraction = 0; /* waits: no CPU is used, so the group scales in */
    distribution_constant(&port.duration_ns, 3600e9);
    config.target_tracking = true;
    start();
    run(14 * 60);
    for (int i = 0; i < 6; i++)
        send(simulation_now(&simulation));
    run(20 * 60);
    ck_assert_int_eq(fleet->in_service.level, 1);
    ck_assert_int_eq(fleet->alive.level, 3);
    ck_assert_int_eq(fleet->busy.level, 6);
    audit();
    send(simulation_now(&simulation)); /* no free worker: those that leave take no more */
    ck_assert_uint_eq(fleet->queued, 1);
    run(14 * 60 + 3601);
    ck_assert_uint_eq(load.done, 6);
    ck_assert_int_eq(fleet->alive.level, 1);
    ck_assert_uint_eq(fleet->queued, 0);
    ck_assert_double_eq(used(METER_EC2_INSTANCE_MS), 1e3 * (2 * (14 * 60 + 3600) + 14 * 60 + 3601));
    finish();
}
END_TEST

/* Two instances are removed when the fifteenth datapoint is low, at 900 s. */
static void assert_billed(int64_t step_s, int64_t minimum_s, double each_s)
{
    begin(3);
    config.target_tracking = true;
    config.billing_step_ns = step_s * NS_PER_S;
    config.billing_minimum_ns = minimum_s * NS_PER_S;
    run(1000);
    ck_assert_int_eq(fleet->alive.level, 1);
    ck_assert_double_eq(used(METER_EC2_INSTANCE_MS), 1e3 * (2 * each_s + 1000));
    ck_assert_double_eq(used(METER_EBS_MB_MS), 1e3 * 8192 * (2 * 900 + 1000));
    ck_assert_double_eq(used(METER_EC2_CREDIT_VCPU_MS), 0);
    finish();
}

START_TEST(instances_are_billed_by_era)
{
    assert_billed(3600, 0, 3600); /* a started hour, before 2017-10 */
    assert_billed(1, 60, 900);
    assert_billed(1, 1200, 1200); /* a minimum */
    begin(2); /* reserved ones have their own line; after the warm-up only what comes then */
    config.purchase = FLEET_RESERVED;
    config.monitoring_metrics = 7;
    run(600);
    fleet_class.reset(fleet);
    run(1000);
    ck_assert_double_eq(used(METER_EC2_RESERVED_INSTANCE_MS), 1e3 * 2 * 400);
    ck_assert_double_eq(used(METER_CLOUDWATCH_METRIC_MS), 1e3 * 2 * 400 * 7);
    finish();
}
END_TEST

/* t3.micro: 12 credits an hour, at most 288; 10 % of each of two vCPUs. */
static void micro(bool unlimited, double utilization)
{
    begin(1);
    config.burstable = true;
    config.unlimited = unlimited;
    config.credits_per_hour = 12;
    config.max_credits = 288;
    config.baseline_fraction = 0.1;
    distribution_constant(&port.duration_ns, 2e9 * utilization);
}

START_TEST(unlimited_instances_pay_for_surplus)
{
    static const double utilizations[] = {0.05, 0.1, 0.3, 0.6, 0.95};
    for (size_t i = 0; i < 5; i++)
        for (int64_t hours = 2; hours <= 200; hours *= 10) {
            micro(true, utilizations[i]);
            run_load(1, 3600.0 * (double)hours);
            fleet_class.tick(fleet);
            const double surplus_vcpu_s =
                fmax(2 * (utilizations[i] - 0.1) * 3600 * (double)hours, 0);
            ck_assert_double_eq_tol(used(METER_EC2_CREDIT_VCPU_MS) / 1e3, surplus_vcpu_s,
                                    1e-3 * surplus_vcpu_s + 3);
            ck_assert_double_eq_tol(metric("cpu_utilization.mean"), utilizations[i], 1e-3);
            finish();
        }
    /* What was spent before the warm-up's end is not charged after it. */
    micro(true, 0.6);
    run_load(1, 7200);
    fleet_class.reset(fleet);
    run_load(1, 7200);
    fleet_class.tick(fleet);
    ck_assert_double_eq_tol(used(METER_EC2_CREDIT_VCPU_MS) / 1e3, 2 * 0.5 * 7200, 10);
    finish();
    /* A busy hour is paid back by a quiet night: nothing is charged. */
    micro(true, 0.6);
    run_load(1, 3600);
    ck_assert_double_gt(used(METER_EC2_CREDIT_VCPU_MS), 0);
    run(12 * 3600);
    ck_assert_double_eq(used(METER_EC2_CREDIT_VCPU_MS), 0);
    finish();
}
END_TEST

START_TEST(standard_instances_slow_down_to_the_baseline)
{
    micro(false, 0.5); /* 1 vCPU-s a second */
    config.workers = 8;
    run_load(1, 3600);
    /* 60 launch credits last 60 / (60 - 12) hours; until then it is at full speed. */
    ck_assert_double_eq_tol(metric("cpu_utilization.mean"), 0.5, 1e-3);
    ck_assert_double_eq_tol(metric("latency_ms.p99"), 1000, 10);
    run_load(1, 3600);
    fleet_class.reset(fleet);
    run_load(1, 36000);
    ck_assert_double_eq_tol(metric("cpu_utilization.mean"), 0.1, 0.002);
    ck_assert_double_gt(metric("queue_length.mean"), 1000);
    ck_assert_double_eq(used(METER_EC2_CREDIT_VCPU_MS), 0);
    finish();
    micro(false, 0.09); /* below the baseline it never slows down */
    config.workers = 8;
    run_load(1, 100 * 3600);
    ck_assert_double_eq_tol(metric("latency_ms.max"), 180, 1);
    ck_assert_double_le(fleet->instance[0]->credits, 288);
    finish();
}
END_TEST

TEST_MAIN("fleet", least_outstanding_spreads_evenly, workers_share_the_cpus, the_queue_overflows,
          failures_are_counted, a_step_of_load_scales_out, scaling_respects_its_ends,
          scaling_in_is_slow, scaling_in_waits, draining_ends_its_work, instances_are_billed_by_era,
          unlimited_instances_pay_for_surplus, standard_instances_slow_down_to_the_baseline)
