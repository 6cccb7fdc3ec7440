/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Faults at given times, by hand-computed cases: who is struck, for how long, and how a backlog
 * drains. */
#include "harness.h"
#include "model_case.h"

#include <math.h>

#define MS(ms) ((int64_t)((ms)*1e6 + 0.5))
#define CALL(at_s, lasts_ms)                                                                       \
    {                                                                                              \
        .start_ns = SECONDS(at_s), .end_ns = SECONDS(at_s), .count = 1, .bytes = -1,               \
        .duration_ns = MS(lasts_ms)                                                                \
    }
#define COUNT(list) (sizeof(list) / sizeof *(list))
#define FUNCTION "function:f"

static void is(const struct case_result *r, const char *entity, const char *metric, double value)
{
    const double seen = case_metric(r, entity, metric);
    ck_assert_msg(fabs(seen - value) < 1e-6 * (1 + fabs(value)), "%s %s is %.9g, not %.9g", entity,
                  metric, seen, value);
}

static struct case_result run(struct model_config *model, double end_s)
{
    struct case_result r = case_run(model, 1, 0, 0, end_s);
    ck_assert_msg(r.status == MODEL_DONE, "%s", r.failure);
    return r;
}

/* Ten calls a second; all of those between 20 and 50 s fail, and none of another function's. */
START_TEST(an_error_rate_has_a_beginning_and_an_end)
{
    struct function_config f[] = {case_function("f", case_constant(1e6)),
                                  case_function("g", case_constant(1e6))};
    struct model_direct direct[] = {case_every("w", 10), case_every("x", 10)};
    struct fault_config fault = {.kind = FAULT_ERROR_RATE,
                                 .at_ns = SECONDS(20),
                                 .until_ns = SECONDS(50),
                                 .value = 1,
                                 .name = "f"};
    direct[1].to.index = 1;
    struct model_config model = case_model(f, 2, direct, 2);
    model.fault = &fault;
    model.faults = 1;
    struct case_result r = run(&model, 100);
    is(&r, FUNCTION, "invocations", 1000);
    is(&r, FUNCTION, "errors", 300);
    is(&r, "function:g", "errors", 0);
    case_result_finish(&r);
}
END_TEST

/* So do those of the very time at which it begins, and those of the time at which it ends do not.
 */
START_TEST(a_fault_comes_before_the_requests_of_its_time)
{
    for (int begin_s = 0; begin_s < 2; begin_s++) {
        struct function_config f = case_function("f", case_constant(1e6));
        struct fault_config fault = {.kind = FAULT_ERROR_RATE,
                                     .at_ns = SECONDS(begin_s),
                                     .until_ns = SECONDS(3),
                                     .value = 1,
                                     .name = "f"};
        const struct arrival at[] = {CALL(begin_s, 100), CALL(2, 100), CALL(3, 100)};
        struct model_direct direct = case_source("w");
        struct case_arrivals list = {.arrival = at, .count = COUNT(at)};
        struct model_config model = case_model(&f, 1, &direct, 1);
        model.context = &list;
        model.fault = &fault;
        model.faults = 1;
        struct case_result r = run(&model, 10);
        is(&r, FUNCTION, "invocations", 3);
        is(&r, FUNCTION, "errors", 2);
        case_result_finish(&r);
    }
}
END_TEST

/* Called each 10 s and kept for 600 s, twice at once: two environments. The deployment at 25.5 s
 * ends the idle one now, and the one that runs until 27 s with its request; at 30 s both are cold.
 */
START_TEST(a_deployment_makes_all_cold)
{
    struct function_config f = case_function("f", case_constant(1e6));
    struct fault_config fault = {
        .kind = FAULT_DEPLOY, .at_ns = SECONDS(25.5), .until_ns = SECONDS(25.5), .name = "f"};
    const struct arrival at[] = {CALL(10, 100), CALL(10, 100), CALL(25, 2000), CALL(30, 100),
                                 CALL(30, 100), CALL(40, 100), CALL(40, 100)};
    struct model_direct direct = case_source("w");
    struct case_arrivals list = {.arrival = at, .count = COUNT(at)};
    struct model_config model = case_model(&f, 1, &direct, 1);
    model.context = &list;
    model.fault = &fault;
    struct case_result r = run(&model, 60);
    is(&r, FUNCTION, "cold_starts", 2);
    case_result_finish(&r);
    model.faults = 1;
    r = run(&model, 60);
    is(&r, FUNCTION, "cold_starts", 4);
    is(&r, FUNCTION, "environment_lifespan_s.mean", (15.5 + 17) / 2);
    case_result_finish(&r);
    f.provisioned = 2; /* those stay */
    r = run(&model, 60);
    is(&r, FUNCTION, "cold_starts", 0);
    case_result_finish(&r);
}
END_TEST

/* Ten at once where ten environments may come at once, or one of them in the fault. */
START_TEST(scaling_slows_down)
{
    struct function_config f = case_function("f", case_constant(1e6));
    struct fault_config fault = {
        .kind = FAULT_SCALING, .at_ns = SECONDS(20), .until_ns = SECONDS(50), .value = 0.1};
    struct arrival at[30];
    for (size_t i = 0; i < 30; i++)
        at[i] = (struct arrival)CALL(i < 10 ? 10 : i < 20 ? 30 : 60, 100);
    struct model_direct direct = case_source("w");
    struct case_arrivals list = {.arrival = at, .count = COUNT(at)};
    struct model_config model = case_model(&f, 1, &direct, 1);
    model.context = &list;
    model.fault = &fault;
    model.faults = 1;
    f.keep_alive_ns = case_constant(1e9);
    for (int region = 0; region < 2; region++) { /* by function, or as it was until 2023 */
        f.scale_burst = region ? 0 : 10;
        f.scale_per_s = 10;
        model.account.burst_initial = region ? 10 : 0;
        model.account.burst_per_minute = 600;
        struct case_result r = run(&model, 100);
        is(&r, FUNCTION, "throttles.scaling_rate", 9);
        is(&r, FUNCTION, "cold_starts", 21);
        case_result_finish(&r);
    }
}
END_TEST

/* --- consumers ------------------------------------------------------------------------------ */

static struct case_stream reading;
static struct model_queue queue;
static struct model_queue_mapping queue_mapping;

/* Ten records a second, in batches of up to 100 that take a second. */
static struct model_config with_stream(struct function_config *f)
{
    *f = case_function("f", case_constant(1e9));
    struct model_config model = case_model(f, 1, NULL, 0);
    case_add_stream(&model, &reading);
    return model;
}

/* The same through a queue, one at a time. */
static struct model_config with_queue(struct function_config *f, struct model_direct *direct)
{
    *f = case_function("f", case_constant(1e9));
    *direct = case_every("w", 10);
    direct->to = (struct model_reference){MODEL_QUEUE, 0};
    queue = (struct model_queue){.config = {.name = "q",
                                            .visibility_timeout_ns = 60 * NS_PER_S,
                                            .retention_ns = 24 * NS_PER_HOUR,
                                            .in_flight_max = 120000,
                                            .chunk_bytes = 65536}};
    queue_mapping =
        (struct model_queue_mapping){.config = {.name = "m",
                                                .batch_size = 100,
                                                .maximum_concurrency = 1,
                                                .pollers_initial = 1,
                                                .pollers_max = 1,
                                                .pollers_idle = 1,
                                                .ramp_per_minute = 60,
                                                .long_poll_ns = 20 * NS_PER_S,
                                                .receive_ns = MS(10),
                                                .payload_bytes = 6 * 1048576,
                                                .visibility_timeout_ns = 60 * NS_PER_S}};
    struct model_config model = case_model(f, 1, direct, 1);
    model.queue = &queue;
    model.queues = 1;
    model.queue_mapping = &queue_mapping;
    model.queue_mappings = 1;
    return model;
}

/* 100 s without a consumer leave 1,000 records; 100 go and 10 come in a second: 11 s, and up to a
 * poll, two short batches and a look (4 s) until no more than those of a usual moment are there. */
static void check_drain(struct model_config *model, bool of_queue)
{
    struct fault_config fault[] = {
        {.kind = FAULT_CONSUMER, .at_ns = SECONDS(100), .until_ns = SECONDS(200), .name = "m"},
        {.kind = FAULT_CONSUMER, .at_ns = SECONDS(300), .until_ns = SECONDS(310), .name = "other"}};
    model->fault = fault;
    model->faults = 2;
    struct case_result r = run(model, 400);
    ck_assert_double_ge(case_metric(&r, "esm:m", "drain_s"), 9);
    ck_assert_double_le(case_metric(&r, "esm:m", "drain_s"), 16);
    ck_assert_double_ge(case_metric(&r, "esm:m", "drain_backlog.max"), 850);
    ck_assert_double_le(case_metric(&r, "esm:m", "drain_backlog.max"), 1030);
    is(&r, "esm:m", "drains_unfinished", 0);
    is(&r, "esm:m", "drain_s.consumer_stopped@100", case_metric(&r, "esm:m", "drain_s"));
    ck_assert_double_lt(case_metric(&r, "esm:m", "drain_s.consumer_stopped@300"), 5);
    ck_assert_double_ge(case_metric(&r, "esm:m", "records_processed"), 3970);
    ck_assert_double_ge(case_metric(&r, "esm:m", "latency_ms.max"), 100e3);
    ck_assert_double_le(case_metric(&r, "esm:m", "latency_ms.max"), 103e3);
    if (!of_queue) /* some 100 batches of every second in 100 s would be more */
        ck_assert_double_le(case_metric(&r, "esm:m", "batches"), 305);
    else /* nobody polls, nobody pays: 20 s polls would be five more */
        ck_assert_double_lt(case_metric(&r, "queue:q", "empty_receives"), 1);
    case_result_finish(&r);
    fault[0].until_ns = SECONDS(395); /* it cannot catch up in 5 s */
    model->faults = 1;
    r = run(model, 400);
    is(&r, "esm:m", "drains_unfinished", 1);
    is(&r, "esm:m", "drain_s", 5);
    case_result_finish(&r);
    fault[0].at_ns = SECONDS(5); /* before it there is no usual level */
    fault[0].until_ns = SECONDS(90);
    r = run(model, 400);
    for (size_t i = 0; i < r.metrics; i++)
        ck_assert_str_ne(r.metric[i].metric, "drain_s");
    case_result_finish(&r);
    model->faults = 0; /* without trouble nothing is watched */
    r = run(model, 400);
    for (size_t i = 0; i < r.metrics; i++)
        ck_assert_str_ne(r.metric[i].metric, "drain_s");
    case_result_finish(&r);
}

START_TEST(a_stopped_reader_of_a_stream_catches_up)
{
    struct function_config f;
    struct model_config model = with_stream(&f);
    check_drain(&model, false);
}
END_TEST

START_TEST(a_stopped_reader_of_a_queue_catches_up)
{
    struct function_config f;
    struct model_direct direct;
    struct model_config model = with_queue(&f, &direct);
    check_drain(&model, true);
}
END_TEST

/* A batch that failed while the mapping was being stopped is not tried before it is enabled. */
START_TEST(what_failed_before_a_stop_waits_for_its_end)
{
    struct function_config f;
    struct model_config model = with_stream(&f);
    struct fault_config fault[] = {
        {.kind = FAULT_ERROR_RATE,
         .at_ns = SECONDS(90),
         .until_ns = SECONDS(150),
         .value = 1,
         .name = "f"},
        {.kind = FAULT_CONSUMER, .at_ns = SECONDS(100), .until_ns = SECONDS(200), .name = "m"}};
    model.fault = fault;
    model.faults = 2;
    struct case_result r = run(&model, 400);
    ck_assert_double_ge(case_metric(&r, FUNCTION, "errors"), 2);
    ck_assert_double_le(case_metric(&r, FUNCTION, "errors"), 5); /* 1, 2, 4 s apart */
    ck_assert_double_ge(case_metric(&r, "esm:m", "records_processed"), 3970);
    is(&r, "esm:m", "records_expired", 0);
    case_result_finish(&r);
}
END_TEST

/* More than 100 a second, which is what goes: 190 for a minute. */
START_TEST(a_surge_is_watched)
{
    static const struct arrivals_point point[] = {{SECONDS(0), 10},
                                                  {SECONDS(100), 10},
                                                  {SECONDS(100.001), 190},
                                                  {SECONDS(160), 190},
                                                  {SECONDS(160.001), 10}};
    struct function_config f;
    struct model_config model = with_stream(&f);
    struct fault_config fault = {
        .kind = FAULT_NONE, .at_ns = SECONDS(100), .until_ns = SECONDS(160)};
    reading.writer.arrivals.kind = ARRIVALS_RATE_PROFILE;
    reading.writer.arrivals.point = point;
    reading.writer.arrivals.points = COUNT(point);
    model.fault = &fault;
    model.faults = 1;
    struct case_result r = run(&model, 400);
    /* 60 s x (190 - 100) are left, and 90 a second less. */
    ck_assert_double_ge(case_metric(&r, "esm:m", "drain_s"), 55);
    ck_assert_double_le(case_metric(&r, "esm:m", "drain_s"), 72);
    ck_assert_double_ge(case_metric(&r, "esm:m", "drain_backlog.max"), 5000);
    ck_assert_double_le(case_metric(&r, "esm:m", "drain_backlog.max"), 6000);
    case_result_finish(&r);
}
END_TEST

/* An outage of what the function calls is watched as well. */
START_TEST(a_backlog_of_an_outage_drains)
{
    static const struct downstream_outage outage = {SECONDS(100), SECONDS(200), OUTAGE_HANG, 1, 1};
    static const struct call_config call = {.count = 1, .share = 1, .timeout_ns = TIME_NEVER};
    struct function_config f;
    struct model_config model = with_stream(&f);
    struct downstream_config db = {
        .name = "db", .latency_ns = case_constant(1e6), .outage = &outage, .outages = 1};
    f.call = &call;
    f.calls = 1;
    model.downstream = &db;
    model.downstreams = 1;
    struct fault_config deploy[] = {
        /* inside the outage, and long after it */
        {.kind = FAULT_DEPLOY, .at_ns = SECONDS(150), .until_ns = SECONDS(150), .name = "f"},
        {.kind = FAULT_DEPLOY, .at_ns = SECONDS(300), .until_ns = SECONDS(300), .name = "f"}};
    model.fault = deploy;
    for (model.faults = 0; model.faults <= 2; model.faults++) {
        struct case_result r = run(&model, 400);
        ck_assert_double_ge(case_metric(&r, "esm:m", "drain_s"), 9);
        ck_assert_double_le(case_metric(&r, "esm:m", "drain_s"), 16);
        if (model.faults == 2) {
            is(&r, "esm:m", "drain_s.outage@100", case_metric(&r, "esm:m", "drain_s"));
            ck_assert_double_lt(case_metric(&r, "esm:m", "drain_s.deploy@300"), 2);
        }
        case_result_finish(&r);
    }
}
END_TEST

/* --- servers -------------------------------------------------------------------------------- */

static struct fleet_config fleet_of(uint32_t instances)
{
    return (struct fleet_config){.name = "b",
                                 .instance_type = "m5.large",
                                 .reserved_detail = "",
                                 .ebs_type = "gp2",
                                 .vcpus = 1,
                                 .workers = 1,
                                 .cpu_speed = 1,
                                 .min_size = instances,
                                 .max_size = instances,
                                 .desired_capacity = instances,
                                 .boot_ns = {.kind = DISTRIBUTION_CONSTANT, .a = 10e9},
                                 .queue_capacity = 100,
                                 .billing_step_ns = NS_PER_S};
}

static struct fleet_port_config port_of(void)
{
    return (struct fleet_port_config){.function = "f",
                                      .cpu = {.mb_per_vcpu = 1769,
                                              .max_vcpu = 6,
                                              .memory_mb = 1769,
                                              .reference_mb = 1769,
                                              .cpu_fraction = 1,
                                              .threads = 1},
                                      .duration_ns = case_constant(10e6)};
}

/* Six instances over three zones at work: two requests die at 5 s. Two more come at 6 s and wait
 * for the replacements, which are launched at 35 s and serve from 45 s on. */
START_TEST(a_lost_zone_takes_its_servers)
{
    struct function_config f = case_function("f", case_constant(1e6));
    struct fleet_config fleet = fleet_of(6);
    const struct fleet_port_config port = port_of();
    struct fault_config fault = {.kind = FAULT_ZONE,
                                 .at_ns = SECONDS(5),
                                 .until_ns = SECONDS(5),
                                 .value = 3,
                                 .delay_ns = SECONDS(30),
                                 .name = "b"};
    const struct arrival at[] = {CALL(1, 80e3), CALL(1, 80e3), CALL(1, 80e3), CALL(1, 80e3),
                                 CALL(1, 80e3), CALL(1, 80e3), CALL(6, 1000), CALL(6, 1000)};
    struct model_direct direct = case_source("w");
    struct case_arrivals list = {.arrival = at, .count = COUNT(at)};
    struct model_config model = case_model(&f, 1, &direct, 1);
    model.context = &list;
    model.fleet = &fleet;
    model.fleet_port = &port;
    model.fault = &fault;
    model.faults = 1;
    struct case_result r = run(&model, 100);
    is(&r, FUNCTION, "errors", 2);
    is(&r, FUNCTION, "latency_ms.min", 45000 - 6000 + 1000);
    is(&r, "baseline:b", "instances.mean", (6 * 5 + 4 * 30 + 6 * 65) / 100.0);
    case_result_finish(&r);
    fault.name = "another";
    r = run(&model, 100);
    is(&r, FUNCTION, "errors", 0);
    case_result_finish(&r);
}
END_TEST

/* Half of six instances go. Requests of `busy` CPUs in the mean; the group may scale between 1 and
 * 12 for 34 % of use. What is lost is replaced 300 s later. */
static struct case_result lose_half_of_a_scaling_group(double busy, double at_s)
{
    struct function_config f = case_function("f", case_constant(1e6));
    struct fleet_config fleet = fleet_of(6);
    struct fleet_port_config port = port_of();
    struct fault_config fault = {.kind = FAULT_ZONE,
                                 .at_ns = SECONDS(at_s),
                                 .until_ns = SECONDS(at_s),
                                 .value = 2,
                                 .delay_ns = SECONDS(300),
                                 .name = "b"};
    struct model_direct direct = case_every("w", busy);
    struct model_config model = case_model(&f, 1, &direct, 1);
    fleet.min_size = 1;
    fleet.max_size = 12;
    fleet.target_tracking = true;
    fleet.target_utilization = 0.34;
    fleet.high_datapoints = 1;
    fleet.low_datapoints = 3;
    fleet.low_fraction = 0.5;
    fleet.datapoint_ns = NS_PER_MINUTE;
    port.duration_ns = case_constant(1e9);
    model.fleet = &fleet;
    model.fleet_port = &port;
    model.fault = &fault;
    model.faults = 1;
    return run(&model, 1000);
}

/* Two CPUs of work want six instances: tracking has them back at 360 s, so that none are launched
 * at 610 s. Of a fifth of a CPU one is wanted, from 180 s on: at 470 s, too. */
START_TEST(what_scaling_has_replaced_is_not_launched_again)
{
    struct case_result r = lose_half_of_a_scaling_group(2, 310);
    is(&r, "baseline:b", "instances.max", 6);
    is(&r, "baseline:b", "instances.mean", (6 * 310 + 3 * 50 + 6 * 640) / 1000.0);
    case_result_finish(&r);
    r = lose_half_of_a_scaling_group(0.2, 170.1);
    is(&r, "baseline:b", "instances.mean", (6 * 170.1 + 3 * 9.9 + 1 * 820) / 1000.0);
    case_result_finish(&r);
}
END_TEST

/* Zones are lost one after another, of a group that scales, while servers boot and requests wait
 * for a database: books balance, and nobody is answered twice. */
START_TEST(everything_balances_when_zones_are_lost)
{
    static const struct downstream_outage outage = {SECONDS(300), SECONDS(420), OUTAGE_SLOW, 30, 1};
    static const struct call_config call = {.count = 2, .share = 1, .timeout_ns = 3 * NS_PER_S};
    for (uint64_t seed = 0; seed < 10; seed++) {
        struct function_config f = case_function("f", case_constant(1e6));
        struct fleet_config fleet = fleet_of(4);
        struct fleet_port_config port = port_of();
        struct fault_config fault[12];
        struct downstream_config db = {.name = "db",
                                       .max_concurrency = 3,
                                       .queue_capacity = 50,
                                       .latency_ns = case_exponential(30e6),
                                       .outage = &outage,
                                       .outages = 1};
        for (size_t i = 0; i < COUNT(fault); i++)
            fault[i] = (struct fault_config){.kind = i % 4 == 3 ? FAULT_ERROR_RATE : FAULT_ZONE,
                                             .at_ns = SECONDS(200 + 65 * (double)i),
                                             .until_ns = SECONDS(200 + 65 * (double)i + 30),
                                             .value = i % 4 == 3 ? 0.5 : 1 + (double)(i % 3),
                                             .delay_ns = SECONDS(20),
                                             .name = i % 4 == 3 ? "f" : NULL};
        fleet.max_size = 12;
        fleet.workers = 3;
        fleet.target_tracking = true;
        fleet.target_utilization = 0.5;
        fleet.high_datapoints = 1;
        fleet.low_datapoints = 3;
        fleet.low_fraction = 0.9;
        fleet.datapoint_ns = NS_PER_MINUTE;
        fleet.boot_ns = case_exponential(60e9);
        port.call = &call;
        port.calls = 1;
        port.duration_ns = case_exponential(80e6);
        struct model_direct direct = case_poisson("w", 30);
        struct model_config model = case_model(&f, 1, &direct, 1);
        model.fleet = &fleet;
        model.fleet_port = &port;
        model.downstream = &db;
        model.downstreams = 1;
        model.fault = fault;
        model.faults = COUNT(fault);
        struct case_result r = case_run(&model, seed, 0, 333, 1500);
        ck_assert_msg(r.status == MODEL_DONE, "%s", r.failure);
        ck_assert_double_gt(case_metric(&r, FUNCTION, "errors"), 0);
        case_result_finish(&r);
    }
}
END_TEST

TEST_MAIN("unit_faults", an_error_rate_has_a_beginning_and_an_end,
          a_fault_comes_before_the_requests_of_its_time, a_deployment_makes_all_cold,
          scaling_slows_down, a_stopped_reader_of_a_stream_catches_up,
          a_stopped_reader_of_a_queue_catches_up, what_failed_before_a_stop_waits_for_its_end,
          a_surge_is_watched, a_backlog_of_an_outage_drains, a_lost_zone_takes_its_servers,
          what_scaling_has_replaced_is_not_launched_again, everything_balances_when_zones_are_lost)
