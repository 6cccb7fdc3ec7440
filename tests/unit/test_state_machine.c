/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Executions step by step: times, transitions, retries; and the slowest of N against theory. */
#include "harness.h"
#include "model_case.h"

#define STEPS 3

/* Functions "a" of one second and "b" of three, a machine "m" and a workload that starts it. */
struct rig {
    struct function_config function[2];
    struct model_direct direct;
    struct step_config step[STEPS];
    struct state_machine_config machine;
    struct model_config model;
};

static const size_t index_of_a[] = {0}, a_and_b[] = {0, 1};

static struct step_config task(void)
{
    return (struct step_config){.kind = STEP_TASK, .function = index_of_a, .functions = 1};
}

static struct step_config map(double items, uint64_t max_concurrency)
{
    return (struct step_config){.kind = STEP_MAP,
                                .function = index_of_a,
                                .functions = 1,
                                .items = case_constant(items),
                                .max_concurrency = max_concurrency};
}

static struct step_config wait(double s)
{
    return (struct step_config){.kind = STEP_WAIT, .wait_ns = SECONDS(s)};
}

/* An execution every 1,000 s, from 500 s on. */
static void rig_init(struct rig *r, size_t steps)
{
    r->function[0] = case_function("a", case_constant(1e9));
    r->function[1] = case_function("b", case_constant(3e9));
    r->direct = case_every("w", 0.001);
    r->direct.to = (struct model_reference){MODEL_STATE_MACHINE, 0};
    r->machine = (struct state_machine_config){.name = "m",
                                               .step = r->step,
                                               .steps = steps,
                                               .retry_interval_ns = NS_PER_S,
                                               .retry_max_ns = 3600 * NS_PER_S,
                                               .backoff_rate = 2};
    r->model = case_model(r->function, 2, &r->direct, 1);
    r->model.state_machine = &r->machine;
    r->model.state_machines = 1;
}

static double of(const struct case_result *result, const char *metric)
{
    return case_metric(result, "state_machine:m", metric);
}

START_TEST(steps_follow_each_other)
{
    struct rig r;
    rig_init(&r, 3);
    r.step[0] = task();
    r.step[1] = wait(10);
    r.step[2] = (struct step_config){.kind = STEP_PARALLEL, .function = a_and_b, .functions = 2};
    struct case_result result = case_run(&r.model, 1, 0, 0, 10000);
    ck_assert_int_eq(result.status, MODEL_DONE);
    ck_assert_double_eq(of(&result, "executions_started"), 10);
    ck_assert_double_eq(of(&result, "executions_succeeded"), 10);
    ck_assert_double_eq(of(&result, "execution_time_ms.min"), 14000);
    ck_assert_double_eq(of(&result, "execution_time_ms.max"), 14000);
    ck_assert_double_eq(of(&result, "step_0_ms.max"), 1000);
    ck_assert_double_eq(of(&result, "step_1_ms.max"), 10000);
    ck_assert_double_eq(of(&result, "step_2_ms.max"), 3000);
    ck_assert_double_eq(of(&result, "tasks"), 30);
    /* Three steps and two branches each. */
    ck_assert_int_eq(case_usage(&result, "state_machine:m", METER_STEP_FUNCTIONS_TRANSITIONS), 50);
    case_result_finish(&result);
    /* With 25 ms before each step and branch. */
    r.machine.transition_ns = 25 * NS_PER_MS;
    result = case_run(&r.model, 1, 0, 0, 10000);
    ck_assert_double_eq(of(&result, "execution_time_ms.max"), 14075);
    case_result_finish(&result);
}
END_TEST

START_TEST(a_map_runs_so_many_at_once)
{
    static const struct {
        double items;
        uint64_t most;
        double ms;
    } cases[] = {{10, 0, 1000}, {10, 4, 3000}, {10, 1, 10000},
                 {12, 4, 3000}, {1, 40, 1000}, {0, 4, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rig r;
        rig_init(&r, 1);
        r.step[0] = map(cases[i].items, cases[i].most);
        struct case_result result = case_run(&r.model, 1, 0, 0, 10000);
        ck_assert_double_eq(of(&result, "executions_succeeded"), 10);
        ck_assert_double_eq(of(&result, "execution_time_ms.min"), cases[i].ms);
        ck_assert_double_eq(of(&result, "execution_time_ms.max"), cases[i].ms);
        ck_assert_double_eq(of(&result, "state_transitions"), 10 * (1 + cases[i].items));
        ck_assert_double_eq(case_metric(&result, "function:a", "invocations"), 10 * cases[i].items);
        case_result_finish(&result);
    }
}
END_TEST

static const struct step_config a_and_b_beside = {
    .kind = STEP_PARALLEL, .function = a_and_b, .functions = 2};

/* Beside b's 3 s a branch of 1 + 10 + 1 s; four items, two at once, of 3 + 1 s; a map of none. */
START_TEST(items_and_branches_have_steps)
{
    struct rig r;
    const struct step_config branch[] = {map(3, 0), wait(10), task()},
                             item[] = {a_and_b_beside, task()};
    const struct step_list branches[2] = {{branch, 3}, {NULL, 0}}, items[1] = {{item, 2}};
    rig_init(&r, 3);
    r.step[0] = a_and_b_beside;
    r.step[0].inner = branches;
    r.step[1] = map(4, 2);
    r.step[1].inner = items;
    r.step[2] = map(0, 0);
    r.step[2].inner = items;
    struct case_result result = case_run(&r.model, 1, 0, 0, 10000);
    ck_assert_msg(result.status == MODEL_DONE, "%s", result.failure);
    ck_assert_double_eq(of(&result, "executions_succeeded"), 10);
    ck_assert_double_eq(of(&result, "step_0_ms.min"), 12000);
    ck_assert_double_eq(of(&result, "step_0_ms.max"), 12000);
    ck_assert_double_eq(of(&result, "step_1_ms.max"), 8000);
    ck_assert_double_eq(of(&result, "step_2_ms.max"), 0);
    ck_assert_double_eq(of(&result, "execution_time_ms.max"), 20000);
    ck_assert_double_eq(of(&result, "tasks"), 10 * (3 + 1 + 1 + 4 * 3));
    /* The outer steps, b's branch, and what each inner step counts. */
    ck_assert_double_eq(of(&result, "state_transitions"), 10 * (3 + 1 + (4 + 1 + 1) + 4 * (3 + 1)));
    case_result_finish(&result);
    r.machine.transition_ns = 25 * NS_PER_MS;
    result = case_run(&r.model, 1, 0, 0, 10000);
    ck_assert_double_eq(of(&result, "step_0_ms.max"), 12000 + 3 * 25);
    ck_assert_double_eq(of(&result, "step_1_ms.max"), 8000 + 2 * 2 * 25);
    case_result_finish(&result);
}
END_TEST

/* A machine whose items have the task b as their step, and calls of a beside it: ten executions and
 * 20 calls are told, none of the 40 tasks. */
START_TEST(inner_tasks_are_told_by_the_machine)
{
    static const size_t index_of_b[] = {1};
    const struct step_config item[] = {{.kind = STEP_TASK, .function = index_of_b, .functions = 1}};
    const struct step_list items[1] = {{item, 1}};
    struct rig r;
    rig_init(&r, 1);
    r.step[0] = map(4, 0);
    r.step[0].inner = items;
    struct model_direct direct[] = {r.direct, case_every("v", 0.002)};
    r.model.direct = direct;
    r.model.directs = 2;
    struct case_result result = case_run(&r.model, 1, 0, 0, 10000);
    ck_assert_msg(result.status == MODEL_DONE, "%s", result.failure);
    ck_assert_double_eq(case_metric(&result, "function:b", "invocations"), 40);
    ck_assert_uint_eq(result.latencies, 10 + 20);
    case_result_finish(&result);
}
END_TEST

/* Of items of which half or all fail at once, or wait for longer than an execution may take; and
 * empty maps in maps: what an execution held is given back in the end (audit). */
START_TEST(inner_steps_are_given_back)
{
    static const double rates[] = {0, 0.5, 1};
    static const struct arrival at[] = {
        {.end_ns = 100 * NS_PER_S, .count = 50, .bytes = -1, .duration_ns = -1}};
    for (int i = 0; i < 24; i++) {
        struct rig r;
        const struct step_config item[] = {map(i % 2 == 0 ? 2 : 0, 1), a_and_b_beside, wait(i % 5)};
        const struct step_config branch[] = {wait(2), map(i % 4, 0)};
        const struct step_list items[1] = {{item, 3}}, branches[2] = {{branch, 2}, {NULL, 0}};
        rig_init(&r, 2);
        r.direct = case_source("w");
        r.direct.to = (struct model_reference){MODEL_STATE_MACHINE, 0};
        struct case_arrivals list = {.arrival = at, .count = 1};
        r.model.context = &list;
        r.function[0].error_rate = rates[i % 3];
        r.function[1].reserved = i % 2 == 0 ? 0 : 3; /* b refuses all, or some */
        r.machine.retries = (uint32_t)(i / 6 % 2);
        r.machine.longest_ns = i < 12 ? 0 : SECONDS(8);
        r.machine.transition_ns = i / 2 % 2 * NS_PER_MS;
        r.step[0] = a_and_b_beside;
        r.step[0].inner = branches;
        r.step[1] = map(3, i % 3 == 0 ? 0 : 2);
        r.step[1].inner = items;
        struct case_result result = case_run(&r.model, 1, 0, 0, 1000);
        ck_assert_msg(result.status == MODEL_DONE, "%d: %s", i, result.failure);
        ck_assert_double_eq(of(&result, "executions_started"), 50);
        ck_assert_double_eq(of(&result, "executions_in_flight"), 0);
        case_result_finish(&result);
    }
}
END_TEST

START_TEST(items_share_the_work)
{
    struct rig r;
    rig_init(&r, 2);
    r.step[0] = map(8, 0);
    r.step[0].has_work = true;
    r.step[0].work_ns = case_constant(20e9);
    r.step[1] = task(); /* has its function's duration again */
    struct case_result result = case_run(&r.model, 1, 0, 0, 10000);
    ck_assert_double_eq(of(&result, "step_0_ms.max"), 2500);
    ck_assert_double_eq(of(&result, "step_1_ms.max"), 1000);
    ck_assert_double_eq(case_metric(&result, "function:a", "billed_ms"), 10 * (20000 + 1000));
    case_result_finish(&result);
}
END_TEST

/* The slowest of N exponentials takes (1 + 1/2 + … + 1/N) / mu on the average. */
START_TEST(the_slowest_of_n_decides)
{
    static const int n[] = {1, 10, 100};
    for (size_t i = 0; i < 3; i++) {
        struct rig r;
        rig_init(&r, 1);
        r.function[0].duration_ns = case_exponential(1e9);
        r.direct = case_poisson("w", n[i] == 1 ? 6 : 2);
        r.direct.to = (struct model_reference){MODEL_STATE_MACHINE, 0};
        r.step[0] = map(n[i], 0);
        r.step[0].has_work = i == 1; /* each item its share of what it draws */
        r.step[0].work_ns = case_exponential(n[i] * 1e9);
        r.model.account.concurrent_executions = 100000;
        double harmonic = 0, value[10];
        for (int k = 1; k <= n[i]; k++)
            harmonic += 1.0 / k;
        case_replicate(&r.model, 3, 10, 100, 1100, "state_machine:m", "execution_time_ms.mean",
                       value);
        case_agrees(value, 10, 1000 * harmonic, 0.04, "the slowest");
    }
}
END_TEST

/* One at a time: the others are throttled, after 1 and 2 s again; the third comes in at 3 s. */
START_TEST(throttled_tasks_come_again)
{
    struct rig r;
    rig_init(&r, 1);
    r.function[0].reserved = 1;
    r.function[0].duration_ns = case_constant(0.9e9);
    r.step[0] = map(2, 0);
    r.machine.retries = 3;
    struct case_result result = case_run(&r.model, 1, 0, 0, 10000);
    ck_assert_double_eq(of(&result, "executions_succeeded"), 10);
    ck_assert_double_eq(of(&result, "task_retries"), 10);
    ck_assert_double_eq(of(&result, "execution_time_ms.max"), 1900);
    ck_assert_double_eq(of(&result, "state_transitions"), 10 * (1 + 2 + 1));
    /* Half of the tasks were refused once and came again after a second. */
    ck_assert_double_eq(case_metric(&result, "function:a", "stage_throttle_ms.mean"), 500);
    ck_assert_double_eq_tol(case_metric(&result, "function:a", "stage_throttle_ms.p99"), 1000, 4);
    ck_assert_double_eq_tol(case_metric(&result, "function:a", "stage_retry_ms.p99"), 0, 1e-9);
    ck_assert_double_eq(case_metric(&result, "function:a", "stage_run_ms.mean"), 900);
    ck_assert_double_eq(case_metric(&result, "function:a", "latency_ms.mean"), 1400);
    case_result_finish(&result);
    /* Without retries the execution fails; the first item runs to its end for nothing. */
    r.machine.retries = 0;
    result = case_run(&r.model, 1, 0, 0, 10000);
    ck_assert_int_eq(result.status, MODEL_DONE);
    ck_assert_double_eq(of(&result, "executions_failed"), 10);
    ck_assert_double_eq(case_metric(&result, "function:a", "invocations"), 10);
    ck_assert_uint_eq(result.lost, 10);
    case_result_finish(&result);
}
END_TEST

START_TEST(errors_back_off_and_fail)
{
    struct rig r;
    rig_init(&r, 2);
    r.function[0].error_rate = 1;
    r.step[0] = task();
    r.step[1] = task();
    r.machine.retries = 4;
    r.machine.retry_max_ns = 3 * NS_PER_S;
    struct case_result result = case_run(&r.model, 1, 0, 0, 10000);
    /* Five runs of a second, pauses of 1, 2, 3 and 3 s; the second step is never reached. */
    ck_assert_double_eq(of(&result, "executions_failed"), 10);
    ck_assert_double_eq(case_metric(&result, "function:a", "invocations"), 50);
    ck_assert_double_eq(of(&result, "state_transitions"), 10 * (1 + 4));
    case_result_finish(&result);
    r.machine.type = STATE_MACHINE_EXPRESS;
    r.machine.memory_mb = 64;
    result = case_run(&r.model, 1, 0, 0, 10000);
    ck_assert_int_eq(case_usage(&result, "state_machine:m", METER_STEP_FUNCTIONS_EXPRESS_MB_MS),
                     INT64_C(10) * 14000 * 64);
    case_result_finish(&result);
}
END_TEST

/* The first task's first run of a second fails and it comes again a second later. */
START_TEST(failed_tries_are_a_stage)
{
    struct rig r;
    rig_init(&r, 1);
    r.step[0] = task();
    r.machine.retries = 3;
    struct fault_config fault = {
        .kind = FAULT_ERROR_RATE, .at_ns = 0, .until_ns = SECONDS(501.5), .value = 1, .name = "a"};
    r.model.fault = &fault;
    r.model.faults = 1;
    struct case_result result = case_run(&r.model, 1, 0, 0, 10000);
    ck_assert_double_eq(of(&result, "executions_succeeded"), 10);
    ck_assert_double_eq(of(&result, "task_retries"), 1);
    ck_assert_double_eq(case_metric(&result, "function:a", "stage_retry_ms.mean"), 200);
    ck_assert_double_eq_tol(case_metric(&result, "function:a", "stage_retry_ms.p99"), 2000, 8);
    ck_assert_double_eq_tol(case_metric(&result, "function:a", "stage_throttle_ms.p99"), 0, 1e-9);
    ck_assert_double_eq(case_metric(&result, "function:a", "latency_ms.max"), 3000);
    case_result_finish(&result);
}
END_TEST

START_TEST(express_has_a_bill_and_an_end)
{
    struct rig r;
    rig_init(&r, 2);
    r.step[0] = task();
    r.step[1] = wait(0.25);
    r.machine.type = STATE_MACHINE_EXPRESS;
    r.machine.longest_ns = 300 * NS_PER_S;
    r.machine.memory_mb = 128;
    struct case_result result = case_run(&r.model, 1, 0, 0, 10000);
    ck_assert_int_eq(case_usage(&result, "state_machine:m", METER_STEP_FUNCTIONS_EXPRESS_REQUESTS),
                     10);
    ck_assert_int_eq(case_usage(&result, "state_machine:m", METER_STEP_FUNCTIONS_EXPRESS_MB_MS),
                     10 * 1300 * 128);
    ck_assert_int_eq(case_usage(&result, "state_machine:m", METER_STEP_FUNCTIONS_TRANSITIONS), 0);
    case_result_finish(&result);
    r.step[1] = wait(299.5);
    result = case_run(&r.model, 1, 0, 0, 10000);
    ck_assert_double_eq(of(&result, "executions_timed_out"), 10);
    ck_assert_int_eq(case_usage(&result, "state_machine:m", METER_STEP_FUNCTIONS_EXPRESS_MB_MS),
                     INT64_C(10) * 300000 * 128);
    case_result_finish(&result);
    r.machine.type = STATE_MACHINE_CALLER;
    r.machine.longest_ns = 0;
    result = case_run(&r.model, 1, 0, 0, 10000);
    ck_assert_double_eq(of(&result, "executions_succeeded"), 10);
    ck_assert_int_eq(case_usage(&result, "state_machine:m", METER_STEP_FUNCTIONS_EXPRESS_MB_MS) +
                         case_usage(&result, "state_machine:m", METER_STEP_FUNCTIONS_TRANSITIONS),
                     0);
    case_result_finish(&result);
}
END_TEST

/* Function b starts the machine twice at each of its ends. */
START_TEST(a_function_starts_it)
{
    struct rig r;
    rig_init(&r, 1);
    r.step[0] = task();
    struct model_reference to = {MODEL_STATE_MACHINE, 0};
    struct emit_config emit = {
        .probability = 1, .count = case_constant(2), .bytes = case_constant(100), .in_call = 1};
    struct model_emitter emitter[2] = {
        {.config = {.function = "a"}},
        {.config = {.function = "b", .emit = &emit, .emits = 1}, .to = &to}};
    r.direct.to = (struct model_reference){MODEL_FUNCTION, 1};
    r.model.emitter = emitter;
    struct case_result result = case_run(&r.model, 1, 0, 0, 10000);
    ck_assert_msg(result.status == MODEL_DONE, "%s", result.failure);
    ck_assert_double_eq(of(&result, "executions_succeeded"), 20);
    ck_assert_double_eq(case_metric(&result, "function:a", "invocations"), 20);
    case_result_finish(&result);
}
END_TEST

/* An execution calls a function that starts two: seen by the guard, though Lambda's own stop after
 * so many of a chain does not follow it through the machine. */
START_TEST(a_loop_through_it_runs_away)
{
    struct rig r;
    rig_init(&r, 1);
    r.step[0] = task();
    struct model_reference to = {MODEL_STATE_MACHINE, 0};
    struct emit_config emit = {.probability = 1,
                               .count = case_constant(2),
                               .loops = true,
                               .bytes = case_constant(100),
                               .in_call = 1};
    struct model_emitter emitter[2] = {
        {.config = {.function = "a", .emit = &emit, .emits = 1, .max_hops = 15, .loop = 1},
         .to = &to},
        {.config = {.function = "b"}}};
    r.function[0].duration_ns = case_constant(0.01e9);
    r.direct.to = (struct model_reference){MODEL_FUNCTION, 0};
    r.model.emitter = emitter;
    const struct loop_config loop = {.name = "a", .way = "function:a -> state_machine:m"};
    r.machine.loop = 1;
    r.model.loop = &loop;
    r.model.loops = 1;
    struct case_result result = case_run(&r.model, 1, 0, 0, 1000);
    ck_assert_int_eq(result.status, MODEL_RUNAWAY); /* though the account allows 1,000 at once */
    case_result_finish(&result);
    emit.count = case_constant(1);
    result = case_run(&r.model, 1, 0, 0, 510);
    ck_assert_msg(result.status == MODEL_DONE, "%s", result.failure);
    ck_assert_double_gt(of(&result, "executions_succeeded"), 100);
    ck_assert_double_eq(case_metric(&result, "function:a", "recursive_records_dropped"), 0);
    case_result_finish(&result);
}
END_TEST

/* The warm-up and the run end in the middle of executions, some of them failing. */
START_TEST(executions_balance)
{
    struct rig r;
    rig_init(&r, 2);
    r.function[0].duration_ns = case_exponential(1e9);
    r.function[0].error_rate = 0.05;
    r.function[0].reserved = 40;
    r.direct = case_poisson("w", 3);
    r.direct.to = (struct model_reference){MODEL_STATE_MACHINE, 0};
    r.step[0] = map(10, 3);
    r.step[0].items = case_exponential(8);
    r.step[1] = a_and_b_beside;
    const struct step_config branch[] = {map(3, 2), task()};
    const struct step_list branches[2] = {{branch, 2}, {NULL, 0}};
    r.step[1].inner = branches;
    r.machine.retries = 1;
    r.machine.transition_ns = NS_PER_MS;
    struct case_result result = case_run(&r.model, 5, 0, 101, 1003);
    ck_assert_msg(result.status == MODEL_DONE, "%s", result.failure);
    ck_assert_double_gt(of(&result, "executions_failed"), 100);
    ck_assert_double_gt(of(&result, "executions_succeeded"), 100);
    ck_assert_double_gt(of(&result, "executions_in_flight"), 1);
    case_result_finish(&result);
}
END_TEST

/* Two machines of a type share 5 a second and 10 at once. Of 20 starts a second each is tried
 * thrice, at 0, 1 and 3 s. */
START_TEST(starts_share_a_token_bucket)
{
    for (int express = 0; express < 2; express++) {
        struct rig r;
        struct state_machine_config machine[2];
        struct model_direct direct[2];
        rig_init(&r, 1);
        r.step[0] = wait(1);
        for (int i = 0; i < 2; i++) {
            machine[i] = r.machine;
            machine[i].name = i == 0 ? "m" : "n";
            direct[i] = case_every(i == 0 ? "v" : "w", 10);
            direct[i].to = (struct model_reference){MODEL_STATE_MACHINE, (size_t)i};
        }
        machine[1].type = express ? STATE_MACHINE_EXPRESS : STATE_MACHINE_STANDARD;
        r.model.state_machine = machine;
        r.model.state_machines = 2;
        r.model.direct = direct;
        r.model.directs = 2;
        r.model.start_limit[STATE_MACHINE_STANDARD] = (struct model_api_limit){5, 10};
        r.model.sdk = (struct api_calls_config){.retries = 2, .retry_ns = NS_PER_S};
        struct case_result result = case_run(&r.model, 1, 0, 0, 1000);
        ck_assert_int_eq(result.status, MODEL_DONE);
        const double m = of(&result, "executions_started");
        const double n = case_metric(&result, "state_machine:n", "executions_started");
        if (express) { /* the other has no limit */
            ck_assert_double_eq(n, 10000);
            ck_assert_double_eq(m, 10 + 4999); /* refilled since the first, at 0.05 s */
        } else {
            ck_assert_double_eq(m + n, 10 + 4999);
        }
        const double waiting = of(&result, "starts_waiting"),
                     refused = of(&result, "starts_refused");
        ck_assert_double_eq(m + refused + waiting, 10000);
        ck_assert_double_gt(of(&result, "starts_throttled"), 3 * refused);
        ck_assert_double_ge((double)result.lost, refused);
        case_result_finish(&result);
    }
}
END_TEST

/* Three at once, one token a second: the second starts after 1 s, the third after 1 + 2 s. */
START_TEST(a_throttled_start_is_tried_again)
{
    static const struct arrival at[] = {{.start_ns = SECONDS(10),
                                         .end_ns = SECONDS(10),
                                         .count = 4,
                                         .bytes = -1,
                                         .duration_ns = -1}};
    struct rig r;
    rig_init(&r, 1);
    r.step[0] = wait(1);
    r.direct = case_source("w");
    r.direct.to = (struct model_reference){MODEL_STATE_MACHINE, 0};
    struct case_arrivals list = {.arrival = at, .count = 1};
    r.model.context = &list;
    r.model.start_limit[STATE_MACHINE_STANDARD] = (struct model_api_limit){1, 1};
    r.model.sdk = (struct api_calls_config){.retries = 2, .retry_ns = NS_PER_S};
    struct case_result result = case_run(&r.model, 1, 0, 0, 60);
    ck_assert_int_eq(result.status, MODEL_DONE);
    /* 0 s: one of four; 1 s: one of three; 3 s: one of two. */
    ck_assert_double_eq(of(&result, "executions_started"), 3);
    ck_assert_double_eq(of(&result, "starts_throttled"), 3 + 2 + 1);
    ck_assert_double_eq(of(&result, "starts_refused"), 1);
    ck_assert_double_eq(of(&result, "starts_waiting"), 0);
    ck_assert_double_eq((double)result.lost, 1);
    case_result_finish(&result);
}
END_TEST

TEST_MAIN("unit_state_machine", steps_follow_each_other, a_map_runs_so_many_at_once,
          items_share_the_work, items_and_branches_have_steps, inner_tasks_are_told_by_the_machine,
          inner_steps_are_given_back, the_slowest_of_n_decides, throttled_tasks_come_again,
          errors_back_off_and_fail, failed_tries_are_a_stage, express_has_a_bill_and_an_end,
          a_function_starts_it, starts_share_a_token_bucket, a_throttled_start_is_tried_again,
          a_loop_through_it_runs_away, executions_balance)
