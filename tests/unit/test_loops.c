/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Work that comes back to the functions that made it, from the scenario to the end of the run: what
 * may go on without end is found, by every way that there is; what feeds itself ends the run at
 * once, what goes on for ever is counted, what dies out is left alone.
 */
#include "harness.h"
#include "model_case.h"

#include "plan/loops.h"
#include "plan/plan.h"
#include "plan/world.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

struct planned {
    struct diagnostics said;
    struct world world;
    struct scenario *scenario;
    struct plan *plan;
};

/* A way from function f back to itself. */
struct way {
    const char *to, *rest, *shown;
    bool seen; /* by Lambda */
};

#define MAPPING(source, more)                                                                      \
    ", \"event_source_mappings\": {\"m\": {\"event_source\": \"" source                            \
    "\", \"function_name\": \"f\"" more "}}"

static const struct way ways[] = {
    {"function:f", "", "function:f -> function:f", true},
    {"queue:q", ", \"queues\": {\"q\": {}}" MAPPING("queue:q", ""),
     "function:f -> queue:q -> function:f", true},
    {"topic:t", ", \"topics\": {\"t\": {\"subscriptions\": [{\"endpoint\": \"function:f\"}]}}",
     "function:f -> topic:t -> function:f", true},
    {"event_bus:e", ", \"event_buses\": {\"e\": {\"rules\": [{\"target\": \"function:f\"}]}}",
     "function:f -> event_bus:e -> function:f", false},
    {"stream:s", ", \"streams\": {\"s\": {\"shard_count\": 4}}" MAPPING("stream:s", ""),
     "function:f -> stream:s -> function:f", false},
    {"table:t", ", \"tables\": {\"t\": {}}" MAPPING("table:t", ", \"parallelization_factor\": 10"),
     "function:f -> table:t -> function:f", false},
    {"state_machine:m", ", \"state_machines\": {\"m\": {\"steps\": [{\"task\": \"function:f\"}]}}",
     "function:f -> state_machine:m -> function:f", false},
};
#define WAYS (sizeof ways / sizeof *ways)

static void begin(struct planned *p, const char *as_of, const char *functions, const char *rest)
{
    char text[4000];
    diagnostics_init(&p->said);
    ck_assert_int_eq(world_load(&p->world, DATA_DIR, &p->said), 0);
    const int length =
        snprintf(text, sizeof text,
                 "{\"as_of\": \"%s\", \"run\": {\"duration_s\": 600},\n"
                 "\"workloads\": {\"w\": {\"to\": \"function:%s\", \"invocation_type\": \"Event\", "
                 "\"arrivals\": {\"process\": \"profile\", \"points\": [[0, 1], [60, 1], [61, 0]]}"
                 "}},\n\"functions\": {%s}%s}",
                 as_of, strstr(functions, "\"g\"") == functions ? "g" : "f", functions, rest);
    const struct scenario_data data = world_scenario_data(&p->world);
    p->scenario = scenario_parse(text, (size_t)length, "s.json", &data, NULL, &p->said);
    ck_assert_msg(p->scenario != NULL, "%s: %s", text,
                  p->said.count > 0 ? p->said.item[0].text : "?");
    p->plan = plan_create(p->scenario, &p->world, NULL, 0, &p->said);
}

static void end(struct planned *p)
{
    plan_destroy(p->plan);
    scenario_destroy(p->scenario);
    world_finish(&p->world);
    diagnostics_finish(&p->said);
}

#define FUNCTION "{\"duration_ms\": 100, \"init_duration_ms\": 0, \"runtime\": \"python3.9\", "

/* f sends `count` for each record. */
static void begin_way(struct planned *p, const struct way *way, double count, const char *as_of,
                      const char *more)
{
    char functions[500];
    snprintf(functions, sizeof functions,
             "\"f\": " FUNCTION "\"emits\": [{\"to\": \"%s\", \"per\": \"record\", \"count\": %g, "
             "\"bytes\": 100}]%s}",
             way->to, count, more);
    begin(p, as_of, functions, way->rest);
}

static struct case_result run(const struct planned *p, double end_s)
{
    struct case_result r = case_run(plan_model(p->plan), 1, 0, 0, end_s);
    ck_assert_msg(r.status == MODEL_DONE, "%s", r.failure);
    return r;
}

static void assert_runs_away(const struct planned *p, double by_s, const char *said)
{
    struct model *const model = model_create(plan_model(p->plan), 1, 0, SECONDS(1e6));
    const struct model_hooks none = {0};
    ck_assert_int_eq(model_run(model, 0, &none), MODEL_RUNAWAY);
    ck_assert_msg(model_now_s(model) <= by_s, "%s: %g s", said, model_now_s(model));
    ck_assert_msg(strstr(model_runaway(model), said) != NULL, "%s", model_runaway(model));
    model_destroy(model);
}

START_TEST(what_feeds_itself_ends_the_run)
{
    static const double counts[] = {1.5, 2, 20, 1000, 10000};
    for (size_t i = 0; i < WAYS; i++)
        for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
            char said[200];
            struct planned p;
            begin_way(&p, &ways[i], counts[k], "2022-06-01", "");
            snprintf(said, sizeof said, "loop %s: %s", ways[i].shown,
                     counts[k] < 100 ? "each event that went round it sent" : "");
            assert_runs_away(&p, 300, said);
            end(&p);
        }
}
END_TEST

/* A map that calls a function for each of its items, which starts the machine again: the items are
 * too many before any chain is long. */
START_TEST(maps_of_many_items_end_the_run)
{
    struct planned p;
    begin(&p, "2022-06-01", "\"f\": " FUNCTION "\"emits\": [{\"to\": \"state_machine:m\"}]}",
          ", \"state_machines\": {\"m\": {\"steps\": [{\"map\": {\"task\": \"function:f\", "
          "\"items\": 100000}}]}}");
    assert_runs_away(&p, 60, "more than 1,000,000 events went round it in a minute");
    end(&p);
}
END_TEST

/* Each of 60 events goes round for ever: all that is worked on is sent on, and counted apart. */
START_TEST(what_never_ends_is_counted)
{
    for (size_t i = 0; i < WAYS; i++) {
        struct planned p;
        begin_way(&p, &ways[i], 1, "2022-06-01", "");
        struct case_result r = run(&p, 300);
        const double worked = case_metric(&r, "loop:f", "long_chain_events");
        ck_assert_double_gt(worked, 60 * 50);
        ck_assert_double_eq_tol(case_metric(&r, "loop:f", "long_chain_events_sent"), worked, 1e-6);
        ck_assert_double_eq(case_metric(&r, "loop:f", "rounds"),
                            case_metric(&r, "loop:f", "rounds_followed"));
        const double calls = case_metric(&r, "function:f", "invocations");
        const double chained = case_metric(&r, "function:f", "long_chain_invocations");
        ck_assert_double_gt(chained, 0.8 * calls);
        ck_assert_double_lt(chained, calls);
        ck_assert_double_eq_tol(case_metric(&r, "function:f", "long_chain_billed_ms"),
                                100 * chained, 100);
        case_result_finish(&r);
        end(&p);
    }
}
END_TEST

/* Five million events are enough, though the work grows no more; chance makes no difference. */
START_TEST(what_never_ends_is_ended_in_the_end)
{
    static const struct {
        double sent;
        bool stopped, ends;
    } cases[] = {{1, false, true}, {0.99, false, true}, {0.97, false, false}, {1, true, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct loop_config config = {"f", "function:f -> function:f", cases[i].stopped, 1};
        struct simulation simulation = {0};
        event_queue_init(&simulation.queue);
        struct loop *const loop = loop_create(&simulation, &config);
        for (int k = 0; k <= 6000; k++) {
            ck_assert_msg(!simulation_is_running_away(&simulation) || k * cases[i].sent > 5000,
                          "after %d,000", k);
            loop_worked(loop, 1000);
            loop_sent(loop, 1000 * cases[i].sent);
            loop_class.tick(loop);
        }
        ck_assert_int_eq(simulation_is_running_away(&simulation), cases[i].ends);
        loop_class.destroy(loop);
        event_queue_finish(&simulation.queue);
    }
}
END_TEST

/* A million a minute is a runaway of what came back, not of what only passes through. */
START_TEST(passing_forward_is_no_round)
{
    const struct loop_config config = {"f", "function:f -> function:g -> function:f", false, 2};
    for (uint32_t hops = 1; hops <= 2; hops++) {
        struct simulation simulation = {0};
        event_queue_init(&simulation.queue);
        struct loop *const loop = loop_create(&simulation, &config);
        for (int i = 0; i < 1000001; i++)
            loop_came(loop, hops);
        ck_assert_int_eq(simulation_is_running_away(&simulation), hops == 2);
        loop_class.destroy(loop);
        event_queue_finish(&simulation.queue);
    }
}
END_TEST

#define WIDE "{\"to\": \"queue:q\", \"count\": 10000, \"bytes\": 50}"

/* 60 tasks of f make 20,000 messages each, and g reports hardly any failure back to f. */
START_TEST(a_wide_pass_runs_to_its_end)
{
    struct planned p;
    begin(&p, "2022-06-01",
          "\"f\": " FUNCTION "\"emits\": [" WIDE ", " WIDE "]}, \"g\": " FUNCTION
          "\"error_rate\": 0.1, \"emits\": [{\"to\": \"function:f\", \"on\": \"failure\", "
          "\"probability\": 0.001}]}",
          ", \"queues\": {\"q\": {}}, \"event_source_mappings\": {\"m\": {\"event_source\": "
          "\"queue:q\", \"function_name\": \"g\", \"batch_size\": 10000, "
          "\"maximum_batching_window_in_seconds\": 1}}");
    ck_assert_uint_eq(plan_model(p.plan)->loops, 1);
    ck_assert_uint_eq(plan_model(p.plan)->loop[0].functions, 2);
    struct case_result r = run(&p, 120);
    ck_assert_double_ge(case_metric(&r, "function:f", "messages_emitted"), 1e6);
    case_result_finish(&r);
    end(&p);
}
END_TEST

/* 0.9 for each one: nothing of it is called a loop. */
START_TEST(what_dies_out_is_left_alone)
{
    for (size_t i = 0; i < WAYS; i++) {
        struct planned p;
        begin_way(&p, &ways[i], 0.9, "2022-06-01", "");
        ck_assert_uint_eq(plan_model(p.plan)->loops, 0);
        ck_assert(!plan_model(p.plan)->emitter[0].config.emit[0].loops);
        struct case_result r = run(&p, 600);
        for (size_t k = 0; k < r.metrics; k++)
            ck_assert_msg(strstr(r.metric[k].metric, "long_chain") == NULL, "%s",
                          r.metric[k].metric);
        case_result_finish(&r);
        end(&p);
    }
}
END_TEST

/* Since 2023-07, over what it sees, and unless it is allowed. */
START_TEST(what_lambda_stops_is_no_runaway)
{
    for (size_t i = 0; i < WAYS; i++) {
        struct planned p;
        begin_way(&p, &ways[i], 1, "2025-01-01", "");
        ck_assert_int_eq(plan_model(p.plan)->loop[0].stopped, ways[i].seen);
        struct case_result r = run(&p, 300);
        const double calls = case_metric(&r, "function:f", "invocations");
        ck_assert(ways[i].seen ? calls <= 16 * 70 : calls > 16 * 70);
        case_result_finish(&r);
        end(&p);
        begin_way(&p, &ways[i], 1, "2025-01-01", ", \"recursive_loop\": \"Allow\"");
        ck_assert(!plan_model(p.plan)->loop[0].stopped);
        end(&p);
    }
}
END_TEST

/* f's own way round over the queue is allowed, that over g is not: Lambda ends what comes to g, and
 * nothing else. */
static void begin_rings(struct planned *p, double count, const char *f, const char *g)
{
    char functions[900];
    snprintf(
        functions, sizeof functions,
        "\"f\": " FUNCTION "\"emits\": [{\"to\": \"queue:q\", \"per\": \"record\", \"count\": "
        "%g, \"bytes\": 100}, {\"to\": \"function:g\", \"probability\": 0.01}]%s}, \"g\": " FUNCTION
        "\"emits\": [{\"to\": \"function:f\"}]%s}",
        count, f, g);
    begin(p, "2025-01-01", functions, ", \"queues\": {\"q\": {}}" MAPPING("queue:q", ""));
}

#define ALLOW ", \"recursive_loop\": \"Allow\""
#define ROUND_Q "function:f -> queue:q -> function:f"

START_TEST(an_allowed_ring_inside_a_stopped_loop_is_watched)
{
    struct planned p;
    begin_rings(&p, 1, ALLOW, "");
    const struct model_config *const m = plan_model(p.plan);
    ck_assert_uint_eq(m->loops, 2);
    ck_assert(m->loop[0].stopped && !m->loop[1].stopped);
    ck_assert_str_eq(m->loop[1].way, ROUND_Q);
    ck_assert_uint_eq(m->loop[1].functions, 1);
    ck_assert_uint_eq(m->event[0].async.loop, 2);
    ck_assert_uint_eq(m->event[1].async.loop, 1);
    ck_assert_uint_eq(m->queue[0].config.loop, 2);
    ck_assert(m->emitter[0].config.emit[0].loops && !m->emitter[0].config.emit[1].loops);
    ck_assert(m->emitter[1].config.emit[0].loops);
    struct case_result r = run(&p, 300);
    const double worked = case_metric(&r, "loop:f", "long_chain_events");
    ck_assert_double_gt(worked, 60 * 50);
    ck_assert_double_eq_tol(case_metric(&r, "loop:f", "long_chain_events_sent"), worked, 1e-6);
    case_result_finish(&r);
    end(&p);
    begin_rings(&p, 2, ALLOW, "");
    assert_runs_away(&p, 300, "loop " ROUND_Q ": each event that went round it sent");
    end(&p);
    begin_rings(&p, 0.995, ALLOW, ""); /* the way over the queue alone dies out */
    ck_assert_uint_eq(plan_model(p.plan)->loops, 1);
    ck_assert(plan_model(p.plan)->loop[0].stopped);
    end(&p);
    begin_rings(&p, 1, "", ALLOW); /* Lambda ends chains at f, which is on both */
    ck_assert_uint_eq(plan_model(p.plan)->loops, 1);
    ck_assert(plan_model(p.plan)->loop[0].stopped);
    end(&p);
    begin_rings(&p, 1, ALLOW, ALLOW);
    ck_assert_uint_eq(plan_model(p.plan)->loops, 1);
    ck_assert(!plan_model(p.plan)->loop[0].stopped);
    end(&p);
}
END_TEST

static void assert_found(const struct planned *p, size_t count, const char *way)
{
    struct loops loops;
    loops_find(&loops, p->scenario, true);
    ck_assert_uint_eq(loops.count, count);
    if (way != NULL)
        ck_assert_str_eq(loops.loop[0].way, way);
    loops_finish(&loops);
}

/* Those of the shipped scenarios that call themselves have an end, and none is warned of. */
START_TEST(shipped_scenarios_end)
{
    struct diagnostics said;
    struct world world;
    glob_t found;
    size_t sending = 0;
    diagnostics_init(&said);
    ck_assert_int_eq(world_load(&world, DATA_DIR, &said), 0);
    ck_assert_int_eq(glob(DATA_DIR "/scenarios/*.json", 0, NULL, &found), 0);
    const struct scenario_data data = world_scenario_data(&world);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct scenario *const s = scenario_load(found.gl_pathv[i], &data, NULL, &said);
        struct loops loops;
        ck_assert_msg(s != NULL, "%s", found.gl_pathv[i]);
        loops_find(&loops, s, true);
        ck_assert_msg(loops.count == 0, "%s: %s", s->name, loops.loop[0].way);
        for (size_t k = 0; k < s->functions; k++)
            sending += loops.function[k].round > 0;
        loops_finish(&loops);
        scenario_destroy(s);
    }
    ck_assert_uint_ge(sending, 2); /* long-task-recursion and queue-by-recursion */
    globfree(&found);
    world_finish(&world);
    diagnostics_finish(&said);
}
END_TEST

#define TWO(f_sends, g_sends)                                                                      \
    "\"f\": " FUNCTION "\"emits\": [{\"to\": \"function:g\", " f_sends "}]}, \"g\": " FUNCTION     \
    "\"emits\": [{\"to\": \"stream:s\", " g_sends "}]}"
#define BACK ", \"streams\": {\"s\": {\"shard_count\": 1}}" MAPPING("stream:s", "")
#define ROUND_TWO "function:f -> function:g -> stream:s -> function:f"

/* What counts is the whole way round. */
START_TEST(gains_are_multiplied_out)
{
    static const struct {
        const char *functions;
        size_t loops;
    } cases[] = {
        {TWO("\"count\": 4", "\"probability\": 0.25"), 1},
        {TWO("\"count\": 4", "\"probability\": 0.2499"), 0},
        {TWO("\"count\": 100", "\"probability\": 0.0099"), 0},
        {TWO("\"probability\": 0.1", "\"count\": 10"), 1},
        {TWO("\"probability\": 0.5", "\"count\": {\"distribution\": \"uniform\", \"min\": 1, "
                                     "\"max\": 3}"),
         1},
        {TWO("\"probability\": 0", "\"count\": 10"), 0},
        /* As often as a failing batch is tried. */
        {TWO("\"on\": \"failure\", \"probability\": 0.01", "\"count\": 1"), 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct planned p;
        begin(&p, "2025-01-01", cases[i].functions, BACK);
        assert_found(&p, cases[i].loops, cases[i].loops > 0 ? ROUND_TWO : NULL);
        end(&p);
    }
}
END_TEST

/* Two ways of 0.6 together are 1.2; filters and the items of a map count; a task that is handed on
 * has an end. The way that is shown is the one by which the most comes back. */
START_TEST(ways_add_up)
{
    struct planned p;
    begin(&p, "2025-01-01",
          "\"f\": " FUNCTION "\"emits\": [{\"to\": \"function:f\", \"probability\": 0.5}, "
          "{\"to\": \"topic:t\", \"probability\": 0.7}]}",
          ", \"topics\": {\"t\": {\"subscriptions\": [{\"endpoint\": \"function:f\"}]}}");
    assert_found(&p, 1, "function:f -> topic:t -> function:f");
    end(&p);
    begin(&p, "2025-01-01", "\"f\": " FUNCTION "\"emits\": [{\"to\": \"topic:t\", \"count\": 3}]}",
          ", \"topics\": {\"t\": {\"subscriptions\": [{\"endpoint\": \"function:f\", "
          "\"filter_fraction\": 0.33}]}}");
    assert_found(&p, 0, NULL);
    end(&p);
    begin(&p, "2025-01-01",
          "\"f\": " FUNCTION "\"emits\": [{\"to\": \"state_machine:m\", \"probability\": 0.25}]}",
          ", \"state_machines\": {\"m\": {\"steps\": [{\"wait_s\": 1}, {\"map\": {\"task\": "
          "\"function:f\", \"items\": 4}}]}}");
    assert_found(&p, 1, "function:f -> state_machine:m -> function:f");
    end(&p);
    static const char nested[] = ", \"state_machines\": {\"m\": {\"steps\": [{\"parallel\": "
                                 "[{\"steps\": [{\"map\": {\"items\": 3, "
                                 "\"task\": \"function:f\"}}]}, {\"task\": \"function:f\"}]}, "
                                 "{\"map\": {\"items\": 2, \"steps\": "
                                 "[{\"map\": {\"items\": 3, \"task\": \"function:f\"}}]}}]}}";
    for (int i = 0; i < 2; i++) { /* ten of f in all */
        char f[200];
        snprintf(f, sizeof f,
                 "\"f\": " FUNCTION
                 "\"emits\": [{\"to\": \"state_machine:m\", \"probability\": %g}]}",
                 i == 0 ? 0.1 : 0.0999);
        begin(&p, "2025-01-01", f, nested);
        assert_found(&p, i == 0, i == 0 ? "function:f -> state_machine:m -> function:f" : NULL);
        end(&p);
    }
    begin(&p, "2025-01-01",
          "\"f\": " FUNCTION "\"timeout\": 60, \"hand_on\": {\"after_ms\": 50000}, \"emits\": "
          "[{\"to\": \"function:f\", \"probability\": 0.9}]}",
          "");
    assert_found(&p, 0, NULL);
    end(&p);
    begin(&p, "2025-01-01",
          "\"f\": " FUNCTION "\"event_invoke_config\": {\"destination_config\": {\"on_success\": "
          "{\"destination\": \"function:f\"}}}}",
          "");
    assert_found(&p, 1, "function:f -> function:f");
    end(&p);
}
END_TEST

/* Nothing sends to queues that are each other's dead letters what it did not get. */
START_TEST(dead_letters_of_each_other_are_no_loop)
{
    struct planned p;
    begin(&p, "2025-01-01", "\"f\": " FUNCTION "\"emits\": [{\"to\": \"queue:q\"}]}",
          ", \"queues\": {\"q\": {\"redrive_policy\": {\"dead_letter_queue\": \"queue:d\", "
          "\"max_receive_count\": 1}}, \"d\": {\"redrive_policy\": {\"dead_letter_queue\": "
          "\"queue:q\", \"max_receive_count\": 1}}}");
    assert_found(&p, 0, NULL);
    end(&p);
}
END_TEST

/* One message for a batch thins out the chains, and still there is always another round. */
START_TEST(batches_thin_out_chains)
{
    struct planned p;
    begin(&p, "2025-01-01", "\"f\": " FUNCTION "\"emits\": [{\"to\": \"stream:s\"}]}", BACK);
    struct case_result r = run(&p, 600);
    ck_assert_double_lt(case_metric(&r, "loop:f", "long_chain_events_sent"),
                        0.98 * case_metric(&r, "loop:f", "long_chain_events"));
    ck_assert_double_gt(case_metric(&r, "loop:f", "rounds"), 500);
    ck_assert_double_eq(case_metric(&r, "loop:f", "rounds_followed"),
                        case_metric(&r, "loop:f", "rounds"));
    ck_assert_double_gt(case_metric(&r, "function:f", "long_chain_invocations"), 500);
    case_result_finish(&r);
    end(&p);
}
END_TEST

/* g's events go round from f to f for ever, through a backlog that is kept coarsely, a failing
 * function with halved batches, and shards that are replaced: each was worked on three times before
 * its chain was long, and is counted every time after that. */
START_TEST(records_keep_their_chains)
{
    static const struct {
        const char *f, *stream, *mapping;
    } cases[] = {
        {"\"duration_ms\": 400", "\"shard_count\": 1", ""},
        {"\"duration_ms\": 100, \"error_rate\": 0.2", "\"shard_count\": 1",
         ", \"bisect_batch_on_function_error\": true"},
        {"\"duration_ms\": 100",
         "\"shard_count\": 2, \"update_shard_count\": [{\"at_s\": 30, "
         "\"target_shard_count\": 4}, {\"at_s\": 400, "
         "\"target_shard_count\": 2}]",
         ""},
    };
    for (size_t i = 0; i < 3; i++) {
        char functions[600], rest[600];
        struct planned p;
        snprintf(functions, sizeof functions,
                 "\"g\": " FUNCTION "\"emits\": [{\"to\": \"stream:s\", \"count\": 50, \"bytes\": "
                 "50}]}, \"f\": {%s, \"init_duration_ms\": 0, \"runtime\": \"python3.9\", "
                 "\"emits\": [{\"to\": \"stream:s\", \"per\": \"record\", \"bytes\": 50}]}",
                 cases[i].f);
        snprintf(rest, sizeof rest, ", \"streams\": {\"s\": {%s}}" MAPPING("stream:s", "%s"),
                 cases[i].stream, cases[i].mapping);
        begin(&p, "2025-01-01", functions, rest);
        struct case_result r = run(&p, 1200);
        const double sent = case_metric(&r, "function:g", "messages_emitted");
        const double worked = case_metric(&r, "esm:m", "records_processed");
        ck_assert_double_gt(sent, 50 * 40);
        ck_assert_double_gt(worked, 20 * sent);
        ck_assert_double_eq(case_metric(&r, "stream:s", "records_lost"), 0);
        ck_assert_double_eq(case_metric(&r, "loop:f", "long_chain_events"), worked - 3 * sent);
        ck_assert_double_eq(case_metric(&r, "loop:f", "long_chain_events_sent"), worked - 3 * sent);
        case_result_finish(&r);
        end(&p);
    }
}
END_TEST

TEST_MAIN("unit_loops", what_feeds_itself_ends_the_run, maps_of_many_items_end_the_run,
          what_never_ends_is_counted, what_never_ends_is_ended_in_the_end,
          passing_forward_is_no_round, a_wide_pass_runs_to_its_end,
          dead_letters_of_each_other_are_no_loop, what_dies_out_is_left_alone,
          what_lambda_stops_is_no_runaway, an_allowed_ring_inside_a_stopped_loop_is_watched,
          gains_are_multiplied_out, ways_add_up, batches_thin_out_chains, records_keep_their_chains,
          shipped_scenarios_end)
