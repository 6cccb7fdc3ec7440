/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a scenario says of events and messages, in the simulator's words; and who stands in a loop.
 */
#include "harness.h"

#include "plan/plan.h"
#include "plan/world.h"

#include <stdio.h>

struct planned {
    struct diagnostics said;
    struct world world;
    struct scenario *scenario;
    struct plan *plan;
    const struct model_config *model;
};

/* Functions a to d, each of 100 ms with a timeout of 60 s, and what else they say. */
static void begin(struct planned *p, const char *as_of, const char *const function[4],
                  const char *rest)
{
    char text[8000];
    diagnostics_init(&p->said);
    ck_assert_int_eq(world_load(&p->world, DATA_DIR, &p->said), 0);
    int length = snprintf(text, sizeof text,
                          "{\"as_of\": \"%s\", \"run\": {\"duration_s\": 60},\n"
                          "\"workloads\": {\"w\": {\"to\": \"function:a\",\n"
                          "  \"arrivals\": {\"process\": \"poisson\", \"rate_per_s\": 1}}},\n"
                          "\"functions\": {",
                          as_of);
    for (int i = 0; i < 4; i++)
        length += snprintf(text + length, sizeof text - (size_t)length,
                           "%s\"%c\": {\"duration_ms\": 100, \"timeout\": 60, \"runtime\": "
                           "\"python3.9\"%s}",
                           i > 0 ? "," : "", 'a' + i, function[i]);
    length += snprintf(text + length, sizeof text - (size_t)length, "}%s}", rest);
    const struct scenario_data data = world_scenario_data(&p->world);
    p->scenario = scenario_parse(text, (size_t)length, "s.json", &data, NULL, &p->said);
    ck_assert_msg(p->scenario != NULL, "%s", p->said.count > 0 ? p->said.item[0].text : "?");
    p->plan = plan_create(p->scenario, &p->world, NULL, 0, &p->said);
    p->model = plan_model(p->plan);
}

static void end(struct planned *p)
{
    plan_destroy(p->plan);
    scenario_destroy(p->scenario);
    world_finish(&p->world);
    diagnostics_finish(&p->said);
}

#define TO(name) ", \"emits\": [{\"to\": \"" name "\"}]"

START_TEST(emits_arrive)
{
    const char *const function[4] = {
        ", \"emits\": [{\"to\": \"function:b\", \"per\": \"record\", \"on\": \"failure\", "
        "\"count\": {\"distribution\": \"uniform\", \"min\": 1, \"max\": 3}, "
        "\"probability\": 0.25, \"bytes\": 5000}, "
        "{\"to\": \"queue:q\", \"records_per_put\": 10}], \"hand_on\": {\"after_ms\": 20000, "
        "\"overhead_ms\": 500}, \"memory_size\": 512, \"reference_memory_size\": 256",
        "", "", ""};
    struct planned p;
    begin(&p, "2026-01-01", function, ", \"queues\": {\"q\": {}}");
    const struct model_emitter *const a = &p.model->emitter[0];
    ck_assert_uint_eq(a->config.emits, 2);
    ck_assert(a->config.emit[0].per_record && a->config.emit[0].on_failure);
    ck_assert_double_eq(a->config.emit[0].probability, 0.25);
    ck_assert_int_eq(a->config.emit[0].count.kind, DISTRIBUTION_UNIFORM);
    ck_assert_double_eq(a->config.emit[0].bytes.a, 5000);
    ck_assert_int_eq(a->to[0].kind, MODEL_FUNCTION);
    ck_assert_uint_eq(a->to[0].index, 1);
    ck_assert(!a->config.emit[1].per_record && !a->config.emit[1].on_failure);
    ck_assert_double_eq(a->config.emit[1].probability, 1);
    ck_assert_double_eq(a->config.emit[1].count.a, 1);
    ck_assert_uint_eq(a->config.emit[1].in_call, 10);
    ck_assert_int_eq(a->to[1].kind, MODEL_QUEUE);
    /* Twice the CPU does twice the work until the clock says 20 s. */
    ck_assert_int_eq(a->config.hand_on_after_ns, 40 * NS_PER_S);
    ck_assert_int_eq(a->config.hand_on_overhead_ns, NS_PER_S);
    ck_assert_ptr_nonnull(p.model->emitter[1].config.function); /* it is reached */
    ck_assert(p.model->emitter[1].config.end_to_end);
    ck_assert_ptr_null(p.model->emitter[2].config.function);
    end(&p);
}
END_TEST

/* a -> b -> a is a round of two, c calls itself, d is only called. */
START_TEST(loops_are_found)
{
    const char *const function[4] = {
        ", \"emits\": [{\"to\": \"function:b\"}, {\"to\": \"function:d\"}]", TO("queue:q"),
        TO("function:c"), ""};
    static const char rest[] = ", \"queues\": {\"q\": {\"visibility_timeout_seconds\": 360}}, "
                               "\"event_source_mappings\": {\"m\": {\"event_source\": "
                               "\"queue:q\", \"function_name\": \"a\"}}";
    struct planned p;
    begin(&p, "2026-01-01", function, rest);
    const struct model_emitter *const e = p.model->emitter;
    ck_assert(e[0].config.emit[0].loops);
    ck_assert(!e[0].config.emit[1].loops);
    ck_assert(e[1].config.emit[0].loops && e[2].config.emit[0].loops);
    ck_assert_uint_eq(e[0].config.max_hops, 31);
    ck_assert_uint_eq(e[1].config.max_hops, 31);
    ck_assert_uint_eq(e[2].config.max_hops, 15);
    ck_assert_uint_eq(e[3].config.max_hops, 0);
    ck_assert_uint_eq(p.model->event[2].async.max_hops, 15);
    ck_assert(p.model->event[0].async.loop == 1 && p.model->event[3].async.loop == 0);
    ck_assert_uint_eq(p.model->queue[0].config.loop, 1);
    ck_assert(p.model->loop[0].stopped);
    end(&p);
    begin(&p, "2023-07-12", function, rest); /* before Lambda looked for them */
    ck_assert_uint_eq(p.model->emitter[2].config.max_hops, 0);
    ck_assert(p.model->emitter[2].config.emit[0].loops);
    ck_assert(!p.model->loop[0].stopped);
    end(&p);
}
END_TEST

START_TEST(state_machines_make_loops)
{
    const char *const function[4] = {TO("state_machine:m"), TO("state_machine:m"), "", ""};
    struct planned p;
    begin(&p, "2026-01-01", function,
          ", \"state_machines\": {\"m\": {\"steps\": [{\"wait_s\": 1}, {\"parallel\": "
          "[{\"task\": \"function:c\"}, {\"task\": \"function:a\"}]}]}}");
    const struct model_emitter *const e = p.model->emitter;
    ck_assert_int_eq(e[0].to[0].kind, MODEL_STATE_MACHINE);
    ck_assert(e[0].config.emit[0].loops && !e[1].config.emit[0].loops);
    ck_assert_uint_eq(e[0].config.max_hops, 0); /* AWS does not see this one */
    end(&p);
}
END_TEST

START_TEST(who_allows_loops_has_them)
{
    const char *const function[4] = {TO("function:a") ", \"recursive_loop\": \"Allow\"", "", "",
                                     ""};
    struct planned p;
    begin(&p, "2026-01-01", function, "");
    ck_assert_uint_eq(p.model->emitter[0].config.max_hops, 0);
    ck_assert_uint_eq(p.model->event[0].async.max_hops, 0);
    end(&p);
}
END_TEST

/* Destinations make loops, too. */
START_TEST(a_failure_may_come_back)
{
    const char *const function[4] = {
        "",
        ", \"event_invoke_config\": {\"destination_config\": {\"on_failure\": "
        "{\"destination\": \"function:b\"}}}",
        "", ""};
    struct planned p;
    begin(&p, "2026-01-01", function, "");
    ck_assert_uint_eq(p.model->event[1].async.max_hops, 15);
    ck_assert(p.model->event[1].async.failure_loops && !p.model->event[1].async.success_loops);
    ck_assert_uint_eq(p.model->event[0].async.max_hops, 0);
    ck_assert_int_eq(p.model->event[1].on_failure.kind, MODEL_FUNCTION);
    end(&p);
}
END_TEST

/* f -> topic -> f is a round of one function; so is one over a bus and a queue. */
START_TEST(topics_make_loops)
{
    const char *const function[4] = {TO("topic:t"), "", TO("stream:s"), ""};
    struct planned p;
    begin(&p, "2026-01-01", function,
          ", \"topics\": {\"t\": {\"subscriptions\": [{\"endpoint\": \"function:a\"}]}}, "
          "\"event_buses\": {\"e\": {\"rules\": [{\"target\": \"stream:s\"}]}}, "
          "\"streams\": {\"s\": {\"shard_count\": 1}}, \"event_source_mappings\": {\"m\": "
          "{\"event_source\": \"stream:s\", \"function_name\": \"c\"}}");
    ck_assert_uint_eq(p.model->topics, 2);
    ck_assert_str_eq(p.model->topic[0].config.entity, "topic:t");
    ck_assert_str_eq(p.model->topic[1].config.entity, "event_bus:e");
    ck_assert_int_eq(p.model->topic[1].config.meter, METER_EVENTBRIDGE_EVENTS);
    ck_assert_int_eq(p.model->topic[1].to[0].kind, MODEL_STREAM);
    ck_assert_uint_eq(p.model->emitter[0].config.max_hops, 15);
    ck_assert_uint_eq(p.model->emitter[2].config.max_hops, 0); /* AWS does not see this one */
    ck_assert(p.model->emitter[2].config.emit[0].loops);
    ck_assert_uint_eq(p.model->stream[0].workloads, 1);
    ck_assert_uint_eq(p.model->stream[0].sent, 0);
    ck_assert_ptr_null(
        p.model->stream[0].workload[0].name); /* no user's workload, whatever its name */
    ck_assert_int_eq(p.model->stream[0].workload[0].producer_max_age_ns,
                     24 * NS_PER_HOUR); /* a bus */
    end(&p);
}
END_TEST

/* A function that writes to a table comes to that table, not to a stream of the same number. */
START_TEST(tables_are_written_to)
{
    const char *const function[4] = {TO("table:t"), "", TO("table:t"), ""};
    struct planned p;
    begin(&p, "2026-01-01", function,
          ", \"streams\": {\"s\": {\"shard_count\": 1}, \"r\": {\"shard_count\": 1}}, "
          "\"tables\": {\"t\": {\"partitions\": 3}}, \"event_source_mappings\": {\"m\": "
          "{\"event_source\": \"table:t\", \"function_name\": \"c\"}}");
    ck_assert_uint_eq(p.model->streams, 3);
    ck_assert_int_eq(p.model->emitter[0].to[0].kind, MODEL_STREAM);
    ck_assert_uint_eq(p.model->emitter[0].to[0].index, 2);
    ck_assert_int_eq(p.model->stream[2].kind, STREAM_DYNAMODB);
    ck_assert_uint_eq(p.model->stream[2].shard_count, 3);
    ck_assert_uint_eq(p.model->stream[2].workloads, 1);
    ck_assert_uint_eq(p.model->stream[1].workloads, 0);
    ck_assert_uint_eq(p.model->mapping[0].stream, 2);
    ck_assert(p.model->emitter[2].config.emit[0].loops);
    ck_assert_uint_eq(p.model->emitter[2].config.max_hops, 0); /* AWS does not see this one */
    const struct stream_config *const table = &p.model->stream[2];
    ck_assert_int_eq(table->retention_ns, 24 * NS_PER_HOUR);
    ck_assert_double_eq(table->write_records_per_s, 1000);
    ck_assert_int_eq(table->put_unit_bytes, 1024);
    ck_assert_int_eq(table->workload[0].producer_max_age_ns, 30 * NS_PER_S); /* a function */
    ck_assert_double_eq(table->read_calls_per_s, 8); /* two readers, four times a second */
    ck_assert_uint_eq(table->read_max_records, 1000);
    ck_assert_int_eq(table->read_max_bytes, 1048576);
    const struct stream_poller_config *const reader = &p.model->mapping[0].config;
    ck_assert_int_eq(reader->poll_period_ns, NS_PER_S / 4);
    ck_assert_int_eq(reader->envelope_bytes, 400);
    ck_assert(reader->plain_data);
    end(&p);
    /* 2,400 WCU are three partitions of 800. */
    begin(&p, "2026-01-01", function,
          ", \"tables\": {\"t\": {\"write_capacity\": 2400}}, \"event_source_mappings\": {\"m\": "
          "{\"event_source\": \"table:t\", \"function_name\": \"c\"}}");
    ck_assert_uint_eq(p.model->stream[0].shard_count, 3);
    ck_assert_double_eq(p.model->stream[0].write_records_per_s, 800);
    ck_assert_double_eq(p.model->stream[0].write_bytes_per_s, 800 * 1024);
    end(&p);
}
END_TEST

START_TEST(calls_are_limited_by_region)
{
    static const struct {
        const char *region;
        double rate_per_s, burst, publish, put;
    } cases[] = {{"us-east-1", 300, 1300, 30000, 10000},
                 {"eu-central-1", 150, 800, 1500, 2400},
                 {"me-south-1", 150, 800, 300, 400}};
    const char *const function[4] = {"", "", "", ""};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char rest[500];
        struct planned p;
        snprintf(rest, sizeof rest,
                 ", \"region\": \"%s\", \"state_machines\": {\"m\": {\"steps\": [{\"task\": "
                 "\"function:b\"}]}}, \"topics\": {\"t\": {}}, \"queues\": {\"q\": {}, \"f\": "
                 "{\"fifo_queue\": true}, \"h\": {\"fifo_queue\": true, "
                 "\"fifo_throughput_limit\": \"perMessageGroupId\"}}",
                 cases[i].region);
        begin(&p, "2026-01-01", function, rest);
        ck_assert_double_eq(p.model->start_limit[0].rate_per_s, cases[i].rate_per_s);
        ck_assert_double_eq(p.model->start_limit[0].burst, cases[i].burst);
        ck_assert_double_eq(p.model->start_limit[1].rate_per_s, 6000);
        ck_assert_double_eq(p.model->publish_limit[TOPIC_SNS].rate_per_s, cases[i].publish);
        ck_assert_double_eq(p.model->publish_limit[TOPIC_SNS].burst, cases[i].publish);
        ck_assert_double_eq(p.model->publish_limit[TOPIC_EVENTBRIDGE].rate_per_s, cases[i].put);
        ck_assert(p.model->topic[0].published);
        ck_assert_double_eq(p.model->fifo_send_limit.rate_per_s, 300);
        for (size_t k = 0; k < 3; k++) {
            const char *const name = p.model->queue[k].config.name;
            ck_assert_int_eq(p.model->queue[k].sends_limited, strcmp(name, "f") == 0);
        }
        ck_assert_uint_eq(p.model->sdk.retries, 2);
        ck_assert_int_eq(p.model->sdk.retry_ns, NS_PER_S);
        end(&p);
    }
}
END_TEST

TEST_MAIN("unit_plan_events", emits_arrive, loops_are_found, state_machines_make_loops,
          who_allows_loops_has_them, a_failure_may_come_back, topics_make_loops,
          tables_are_written_to, calls_are_limited_by_region)
