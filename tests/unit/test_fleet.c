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
                                   .reserved_detail = "m5.large:1yr-no-upfront",
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
                                   .datapoint_ns = NS_PER_MINUTE,
                                   .warmup_ns = 300 * NS_PER_S,
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

static void put_cpu(void *context, int64_t time_ns, const char *entity, const char *metric,
                    const char *statistic, const char *unit, double value)
{
    (void)time_ns;
    (void)entity;
    (void)statistic;
    (void)unit;
    if (strcmp(metric, "CPUUtilization") == 0)
        *(double *)context = value / 100;
}

/* The group's metric since this was asked last; NAN: no datapoint. */
static double metric_cpu(void)
{
    double cpu = NAN;
    struct series series = {0};
    fleet_class.series(fleet, &series);
    series_end_period(&series, 0, &(struct series_sink){put_cpu, &cpu}, NULL);
    series_finish(&series);
    return cpu;
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

/* Draws of heavy tails: they take up a CPU, or never boot, for as long as anybody looks. */
START_TEST(work_and_boot_without_end)
{
    static const double endless_ns[] = {1e19, 1e300, INFINITY};
    for (size_t i = 0; i < sizeof endless_ns / sizeof *endless_ns; i++) {
        begin(1);
        config.cpu_speed = 0.01;
        config.target_tracking = true;
        distribution_constant(&config.boot_ns, endless_ns[i]);
        distribution_constant(&port.duration_ns, endless_ns[i]);
        start();
        send(0);
        send(0);
        run(3600);
        ck_assert_uint_eq(load.done, 0);
        ck_assert_double_eq(metric("busy_workers.mean"), 2);
        ck_assert_double_eq_tol((double)fleet->cpu.level, 2e6, 2); /* vCPU x 1e6 */
        ck_assert_int_eq(fleet->in_service.level, 1);
        ck_assert_int_gt(fleet->alive.level, 1);
        finish();
    }
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
    ck_assert_double_eq(metric("requests_lost"), 3);
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
    ck_assert_double_eq_tol(metric_cpu(), 1, 1e-3);
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

/* Not while an instance boots or warms up, which it does from its first request on. */
START_TEST(scaling_in_waits)
{
    begin(4);
    config.target_tracking = true;
    config.warmup_ns = 2 * NS_PER_HOUR;
    config.workers = 8;
    run_load(6.9, 600); /* at 180 s new ones, which serve at 300 s and are warm two hours later */
    ck_assert_int_eq(fleet->alive.level, 7);
    run_load(1, 7500 - 600 - 10);
    ck_assert_int_eq(fleet->alive.level, 7);
    run_load(1, 20);
    ck_assert_int_eq(fleet->alive.level, 1);
    finish();
}
END_TEST

/* One instance of eight that are needed. The datapoints of three periods, then it boots; what is
 * added next is in proportion to the warm ones, so the group doubles (the target is a half) once in
 * three periods, boot and warm-up: never faster, since those that are not warm are neither in the
 * metric nor multiplied, yet count towards what is wanted. */
static void assert_doubles_every(int64_t datapoint_s, int64_t warmup_s, double every_s)
{
    begin(1);
    config.target_tracking = true;
    config.workers = 8;
    config.datapoint_ns = datapoint_s * NS_PER_S;
    config.warmup_ns = warmup_s * NS_PER_S;
    double at_s = 3 * (double)datapoint_s;
    for (int64_t size = 1; size < 8; size *= 2, at_s += every_s) {
        run_load(100, at_s - 1 - (double)simulation_now(&simulation) / 1e9);
        ck_assert_int_eq(fleet->alive.level, size);
        ck_assert_double_eq_tol(metric_cpu(), 1, 0.01);
        run_load(100, 2);
        ck_assert_int_eq(fleet->alive.level, 2 * size);
        ck_assert_int_eq(fleet->in_service.level, size);
        run_load(100, 120);
        ck_assert_int_eq(fleet->in_service.level, 2 * size);
    }
    finish();
}

START_TEST(growth_waits_for_warm_instances)
{
    assert_doubles_every(60, 0, 120 + 60); /* the alarm stays: one datapoint with the new */
    assert_doubles_every(60, 300, 120 + 300 + 60);
    assert_doubles_every(60, 450, 120 + 450 + 30 + 60); /* half a minute is not counted */
}
END_TEST

/* With basic monitoring a datapoint takes five minutes: 15 to scale out, 75 to scale in. */
START_TEST(basic_monitoring_is_slower)
{
    assert_doubles_every(300, 180, 300 + 300); /* warm with the next datapoint's begin */
    begin(10);
    config.target_tracking = true;
    config.datapoint_ns = 300 * NS_PER_S;
    run_load(2, 4490);
    ck_assert_int_eq(fleet->alive.level, 10);
    run_load(2, 20);
    ck_assert_int_eq(fleet->alive.level, 2);
    finish();
}
END_TEST

/* New ones idle while the old ones work: the metric knows of that only when they are warm. */
START_TEST(the_metric_is_of_warm_instances)
{
    begin(4);
    config.target_tracking = true;
    config.target_utilization = 0.3;
    config.workers = 1; /* 50 % of an instance */
    distribution_constant(&port.duration_ns, 7200e9);
    start();
    for (int i = 0; i < 4; i++)
        send(0);
    run(590);
    ck_assert_int_eq(fleet->in_service.level, 7);
    ck_assert_double_eq_tol(metric_cpu(), 0.5, 1e-6);
    run(600); /* warm: from 300 s of service on */
    ck_assert_double_eq_tol(metric_cpu(), 0.5, 1e-6);
    run(660);
    ck_assert_double_eq_tol(metric_cpu(), 0.5 * 4 / 7, 1e-6);
    ck_assert_double_eq(metric("instances.max"), 7);
    finish();
}
END_TEST

/* What leaves works on, and is in the metric with its work and with its size. */
START_TEST(draining_instances_are_in_the_metric)
{
    begin(10);
    config.target_tracking = true;
    port.cpu.cpu_fraction = 0.2;
    distribution_constant(&port.duration_ns, 7200e9);
    start();
    for (int i = 0; i < 10; i++)
        send(0);
    run(901);
    ck_assert_int_eq(fleet->alive.level, 10);
    ck_assert_int_eq(fleet->in_service.level, 2);
    ck_assert_double_eq_tol(metric_cpu(), 0.1, 1e-6);
    run(3600);
    ck_assert_double_eq_tol(metric_cpu(), 0.1, 1e-6);
    ck_assert_double_eq_tol(metric("cpu_utilization.mean"), 0.1, 1e-6);
    run(9000);
    ck_assert_int_eq(fleet->alive.level, 1);
    finish();
}
END_TEST

/* An idle group keeps one instance whatever its least is: a real one is never at 0 %. */
START_TEST(one_instance_stays)
{
    begin(3);
    config.target_tracking = true;
    config.min_size = 0;
    run(3600);
    ck_assert_int_eq(fleet->alive.level, 1);
    run_load(1.9, 3600);
    ck_assert_int_eq(fleet->alive.level, 2);
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
    config.reserved = config.max_size = 2;
    config.monitoring_metrics = 7;
    run(600);
    fleet_class.reset(fleet);
    run(1000);
    ck_assert_double_eq(used(METER_EC2_RESERVED_INSTANCE_MS), 1e3 * 2 * 400);
    ck_assert_double_eq(used(METER_EC2_INSTANCE_MS), 0);
    ck_assert_double_eq(used(METER_CLOUDWATCH_METRIC_MS), 1e3 * 2 * 400 * 7);
    finish();
}
END_TEST

/* Two of three instances end at 900 s, and what came before 600 s is not counted. */
static void assert_billed_after_warm_up(int64_t step_s, int64_t minimum_s, double each_s)
{
    begin(3);
    config.target_tracking = true;
    config.billing_step_ns = step_s * NS_PER_S;
    config.billing_minimum_ns = minimum_s * NS_PER_S;
    run(600);
    fleet_class.reset(fleet);
    run(1000);
    ck_assert_double_eq(used(METER_EC2_INSTANCE_MS), 1e3 * (2 * each_s + 400));
    finish();
}

START_TEST(hours_count_from_the_launch)
{
    /* The rest of a started hour, 3,000 s: at $0.096 an hour $0.08, not $0.096. */
    assert_billed_after_warm_up(3600, 3600, 3600 - 600);
    assert_billed_after_warm_up(800, 0, 1600 - 600);
    assert_billed_after_warm_up(1, 60, 300);
    assert_billed_after_warm_up(1, 1200, 1200 - 600); /* a minimum of the whole life */
}
END_TEST

/* A reservation is paid for whether its instance runs or not; what runs beyond it is on demand. */
START_TEST(reservations_cover_what_runs_and_cost_always)
{
    for (uint32_t reserved = 1; reserved <= 3; reserved++) {
        begin(2);
        config.reserved = reserved;
        run(1000);
        ck_assert_double_eq(used(METER_EC2_RESERVED_INSTANCE_MS), 1e3 * reserved * 1000);
        ck_assert_double_eq(used(METER_EC2_INSTANCE_MS), reserved == 1 ? 1e3 * 1000 : 0);
        finish();
    }
    begin(2);
    config.reserved = 1;
    config.savings_plan = true;
    run(1000);
    ck_assert_double_eq(used(METER_EC2_SAVINGS_PLAN_INSTANCE_MS), 1e3 * 1000);
    ck_assert_double_eq(used(METER_EC2_RESERVED_INSTANCE_MS), 0);
    ck_assert_double_eq(used(METER_EC2_INSTANCE_MS), 1e3 * 1000);
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

TEST_MAIN("fleet", least_outstanding_spreads_evenly, workers_share_the_cpus,
          work_and_boot_without_end, the_queue_overflows, failures_are_counted,
          a_step_of_load_scales_out, scaling_respects_its_ends, scaling_in_is_slow,
          scaling_in_waits, growth_waits_for_warm_instances, basic_monitoring_is_slower,
          the_metric_is_of_warm_instances, draining_instances_are_in_the_metric, one_instance_stays,
          draining_ends_its_work, instances_are_billed_by_era, hours_count_from_the_launch,
          reservations_cover_what_runs_and_cost_always, unlimited_instances_pay_for_surplus,
          standard_instances_slow_down_to_the_baseline)
