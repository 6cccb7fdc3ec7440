/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a scenario says of asynchronous invocation: its values, and the sentences about mistakes. */
#include "harness.h"

#include "scenario/scenario.h"

#include <stdio.h>
#include <string.h>

static struct diagnostics said;

/* A scenario with one workload; `function` is what function f says more, `rest` further sections.
 */
static struct scenario *read_scenario(const char *as_of, const char *function, const char *rest)
{
    char text[4000];
    snprintf(text, sizeof text,
             "{\"as_of\": \"%s\", \"run\": {\"duration_s\": 60},\n"
             "\"workloads\": {\"w\": {\"to\": \"function:f\", \"invocation_type\": \"Event\",\n"
             "  \"arrivals\": {\"process\": \"poisson\", \"rate_per_s\": 1}}},\n"
             "\"functions\": {\"f\": {\"duration_ms\": 10%s}}%s}\n",
             as_of, function, rest);
    diagnostics_init(&said);
    struct limits *const limits = limits_load(DATA_DIR, &said);
    struct scenario *const scenario = scenario_parse(
        text, strlen(text), "s.json", &(struct scenario_data){.limits = limits}, NULL, &said);
    limits_destroy(limits);
    return scenario;
}

static void finish(struct scenario *scenario)
{
    scenario_destroy(scenario);
    diagnostics_finish(&said);
}

START_TEST(an_event_invoke_config_is_read)
{
    struct scenario *s =
        read_scenario("2026-01-01",
                      ", \"event_invoke_config\": {\"maximum_event_age_in_seconds\": 90,"
                      " \"maximum_retry_attempts\": 0, \"destination_config\":"
                      " {\"on_success\": {\"destination\": \"function:f\"},"
                      " \"on_failure\": {\"destination\": \"queue:q\"}}},"
                      " \"dead_letter_config\": {\"target\": \"queue:r\"}",
                      ", \"queues\": {\"q\": {}, \"r\": {}}");
    ck_assert_ptr_nonnull(s);
    ck_assert_uint_eq(said.count, 0); /* nobody need read what is left over */
    const struct function_spec *const f = &s->function[0];
    ck_assert_double_eq(f->maximum_event_age_s, 90);
    ck_assert_uint_eq(f->event_retry_attempts, 0);
    ck_assert_int_eq(f->on_success.kind, ENTITY_FUNCTION);
    ck_assert_int_eq(f->on_failure.kind, ENTITY_QUEUE);
    ck_assert_uint_eq(f->on_failure.index, 0);
    ck_assert_uint_eq(f->dead_letters.index, 1);
    finish(s);
    s = read_scenario("2016-01-01", "", "");
    ck_assert_ptr_nonnull(s);
    ck_assert_double_eq(s->function[0].maximum_event_age_s, 21600);
    ck_assert_uint_eq(s->function[0].event_retry_attempts, 2);
    ck_assert_int_eq(s->function[0].on_failure.kind, ENTITY_NONE);
    finish(s);
}
END_TEST

static void refused(const char *as_of, const char *function, const char *rest, const char *sentence)
{
    struct scenario *const s = read_scenario(as_of, function, rest);
    ck_assert_msg(s == NULL, "%s", sentence);
    ck_assert_uint_eq(said.errors, 1);
    ck_assert_str_eq(said.item[0].text, sentence);
    finish(s);
}

static void taken(const char *function, const char *rest)
{
    struct scenario *const s = read_scenario("2026-01-01", function, rest);
    ck_assert_msg(s != NULL, "%s", said.count > 0 ? said.item[0].text : function);
    finish(s);
}

START_TEST(mistakes_are_told)
{
    refused("2019-11-24", ", \"event_invoke_config\": {}", "",
            "s.json:4: functions.f.event_invoke_config: event_invoke_config exists since "
            "2019-11-25; as_of is 2019-11-24");
    refused("2016-11-30", ", \"dead_letter_config\": {\"target\": \"queue:q\"}",
            ", \"queues\": {\"q\": {}}",
            "s.json:4: functions.f.dead_letter_config: dead_letter_config exists since "
            "2016-12-01; as_of is 2016-11-30");
    refused("2026-01-01", ", \"event_invoke_config\": {\"maximum_event_age_in_seconds\": 59}", "",
            "s.json:4: functions.f.event_invoke_config.maximum_event_age_in_seconds: 59 is below "
            "60 s");
    refused("2026-01-01", ", \"dead_letter_config\": {\"target\": \"queue:q\"}", "",
            "s.json:4: functions.f.dead_letter_config: there is no queue `q`");
    refused("2026-01-01", ", \"dead_letter_config\": {\"target\": \"queue:q\"}",
            ", \"queues\": {\"q\": {\"fifo_queue\": true}}",
            "s.json:4: functions.f.dead_letter_config: Lambda sends events to standard queues "
            "only; that one is FIFO");
}
END_TEST

#define NOW "2026-01-01"

#define FAILURES(destination)                                                                      \
    ", \"streams\": {\"s\": {\"shard_count\": 1}}, \"queues\": {\"q\": {}},"                       \
    "\"topics\": {\"t\": {\"subscriptions\": [{\"endpoint\": \"queue:q\"}]}},\n"                   \
    "\"event_source_mappings\": {\"m\": {\"event_source\": \"stream:s\", "                         \
    "\"function_name\": \"f\",\n\"destination_config\": {\"on_failure\": {\"destination_arn\": "   \
    "\"" destination "\"}}}}"

static void goes_to(const char *rest, enum entity_kind kind, const char *name)
{
    struct scenario *const s = read_scenario("2024-11-15", "", rest);
    ck_assert_msg(s != NULL, "%s", said.item[0].text);
    ck_assert_int_eq(s->mapping[0].on_failure.kind, kind);
    ck_assert_str_eq(s->mapping[0].on_failure.name, name);
    finish(s);
}

START_TEST(a_mapping_names_its_destination)
{
#define ACCOUNT ":us-east-1:123456789012:"
    goes_to(FAILURES("queue:q"), ENTITY_QUEUE, "q");
    goes_to(FAILURES("topic:t"), ENTITY_TOPIC, "t");
    goes_to(FAILURES("arn:aws:sqs" ACCOUNT "q"), ENTITY_QUEUE, "arn:aws:sqs" ACCOUNT "q");
    goes_to(FAILURES("arn:aws-cn:sns:::t"), ENTITY_TOPIC, "arn:aws-cn:sns:::t");
    /* Outside of the scenario. */
    goes_to(FAILURES("arn:aws:sqs" ACCOUNT "t"), ENTITY_NONE, "arn:aws:sqs" ACCOUNT "t");
    goes_to(FAILURES("arn:aws:s3:::q"), ENTITY_NONE, "arn:aws:s3:::q");
    refused("2024-10-31", "", FAILURES("arn:aws:s3:::q"),
            "s.json:6: event_source_mappings.m.destination_config: a bucket may be the destination "
            "since 2024-11-01");
    refused(NOW, "", FAILURES("queue:r"),
            "s.json:6: event_source_mappings.m.destination_config: there is no queue `r`; there "
            "is `q`");
    refused(NOW, "", FAILURES("arn:aws:sqs:q"),
            "s.json:6: event_source_mappings.m.destination_config.on_failure.destination_arn: "
            "\"arn:aws:sqs:q\" must be \"queue:NAME\" or \"topic:NAME\", or an ARN");
    refused(NOW, "", FAILURES("function:f"),
            "s.json:6: event_source_mappings.m.destination_config.on_failure.destination_arn: "
            "\"function:f\" must be \"queue:NAME\" or \"topic:NAME\", or an ARN");
    refused(NOW, "", FAILURES(""),
            "s.json:6: event_source_mappings.m.destination_config.on_failure.destination_arn: "
            "\"\" must not be empty");
    refused(NOW, "",
            ", \"streams\": {\"s\": {\"shard_count\": 1}}, \"queues\": {\"q\": {\"fifo_queue\": "
            "true}},\n\"event_source_mappings\": {\"m\": {\"event_source\": \"stream:s\", "
            "\"function_name\": \"f\",\n\"destination_config\": {\"on_failure\": "
            "{\"destination_arn\": \"queue:q\"}}}}",
            "s.json:6: event_source_mappings.m.destination_config: Lambda sends to standard queues "
            "only; that one is FIFO");
}
END_TEST

#define BATCHES                                                                                    \
    ", \"streams\": {\"s\": {\"shard_count\": 1}}, \"queues\": {\"q\": {}}, "                      \
    "\"event_source_mappings\": {\"m\": {\"event_source\": \"stream:s\", "                         \
    "\"function_name\": \"f\", \"batch_size\": 10000}}"

START_TEST(what_functions_send_is_checked)
{
    refused(NOW, ", \"emits\": [{\"to\": \"function:g\"}]", "",
            "s.json:4: functions.f.emits: there is no function `g`; there is `f`");
    refused(NOW, ", \"emits\": [{}]", "", "s.json:4: functions.f.emits[0]: to is missing");
    refused(NOW, ", \"emits\": [{\"to\": \"function:f\", \"probability\": 1.5}]", "",
            "s.json:4: functions.f.emits[0].probability: 1.5 is above 1");
    refused(NOW, ", \"emits\": [{\"to\": \"function:f\", \"count\": 10001}]", "",
            "s.json:4: functions.f.emits: emits[0]: 10001 messages of one invocation are more than "
            "10000");
    refused(NOW, ", \"emits\": [{\"to\": \"queue:q\", \"count\": 101, \"per\": \"record\"}]",
            BATCHES,
            "s.json:4: functions.f.emits: emits[0]: 101 messages of each of a batch's 10000 "
            "records are more than 1000000 of one invocation");
    taken(", \"emits\": [{\"to\": \"queue:q\", \"count\": 100, \"per\": \"record\"}]", BATCHES);
    taken(", \"emits\": [{\"to\": \"queue:q\", \"count\": 101}]", BATCHES);
    struct scenario *const s =
        read_scenario(NOW,
                      ", \"emits\": [{\"to\": \"function:f\", \"count\": 3}, {\"to\": "
                      "\"function:f\", \"count\": 3, \"probability\": 0.3}]",
                      "");
    ck_assert_ptr_nonnull(s);
    ck_assert_uint_eq(said.count, 1);
    ck_assert_str_eq(said.item[0].text,
                     "s.json:4: functions.f.emits: emits[0]: each call makes 3 more of the same "
                     "function: nothing in the scenario ends this loop");
    finish(s);
    struct scenario *const through = read_scenario(
        NOW, ", \"emits\": [{\"to\": \"state_machine:m\"}, {\"to\": \"state_machine:n\"}]",
        ", \"state_machines\": {\"m\": {\"steps\": [{\"wait_s\": 1}, {\"task\": \"function:f\"}]}, "
        "\"n\": {\"steps\": [{\"map\": {\"items\": 0, \"task\": \"function:f\"}}]}}");
    ck_assert_ptr_nonnull(through);
    ck_assert_uint_eq(said.count, 1);
    ck_assert_str_eq(said.item[0].text,
                     "s.json:4: functions.f.emits: emits[0]: each call makes 1 more of the same "
                     "function: nothing in the scenario ends this loop");
    finish(through);
    refused(NOW, ", \"hand_on\": {\"after_ms\": 3000}", "",
            "s.json:4: functions.f.hand_on: after_ms 3000 is not below the timeout of 3 s");
    refused(NOW, ", \"hand_on\": {\"after_ms\": 500, \"overhead_ms\": 500}", "",
            "s.json:4: functions.f.hand_on: overhead_ms 500 is not below after_ms 500: such a "
            "task never ends");
    refused(
        "2024-08-28", ", \"recursive_loop\": \"Allow\"", "",
        "s.json:4: functions.f.recursive_loop: recursive_loop \"Allow\" exists since 2024-08-29; "
        "as_of is 2024-08-28");
}
END_TEST

START_TEST(a_polled_queue_has_one_reader)
{
    static const char polls[] = ", \"polls\": {\"queue\": \"queue:q\"}";
    struct scenario *const s = read_scenario(NOW, polls, ", \"queues\": {\"q\": {}}");
    ck_assert_ptr_nonnull(s);
    ck_assert_uint_eq(said.count, 1); /* nobody writes to it; somebody reads it */
    ck_assert_ptr_nonnull(strstr(said.item[0].text, "queues.q: nobody writes to this queue"));
    ck_assert_uint_eq(s->function[0].polls.call_messages, 10);
    ck_assert_uint_eq(s->function[0].polls.calls, 1);
    ck_assert_int_eq(s->function[0].polls.again, CALLS_WHILE_MESSAGES);
    finish(s);
    refused(NOW, polls,
            ", \"queues\": {\"q\": {}}, \"event_source_mappings\": {\"m\": {\"event_source\": "
            "\"queue:q\", \"function_name\": \"f\"}}",
            "s.json:4: functions.f.polls: another function or mapping reads this queue; how they "
            "share is not modelled");
    refused(NOW, polls, ", \"queues\": {\"q\": {\"visibility_timeout_seconds\": 2}}",
            "s.json:4: functions.f.polls: visibility_timeout_seconds of the queue is below the "
            "function's timeout");
}
END_TEST

START_TEST(dead_letters_stay_in_their_type_of_queue)
{
    refused(
        "2024-01-01", "",
        ", \"queues\": {\"q\": {\"fifo_queue\": true, \"redrive_policy\": {\"dead_letter_queue\": "
        "\"queue:d\", \"max_receive_count\": 3}}, \"d\": {}}",
        "s.json:4: queues.q.redrive_policy: the dead-letter queue of a FIFO queue must be a FIFO "
        "queue, too");
    refused(
        "2024-01-01", "",
        ", \"queues\": {\"q\": {\"redrive_policy\": {\"dead_letter_queue\": \"queue:d\", "
        "\"max_receive_count\": 3}}, \"d\": {\"fifo_queue\": true}}",
        "s.json:4: queues.q.redrive_policy: the dead-letter queue of a standard queue must be a "
        "standard queue, too");
}
END_TEST

START_TEST(fifo_queues_are_read_since_their_day)
{
    static const char fifo[] =
        ", \"queues\": {\"q\": {\"fifo_queue\": true}}, \"event_source_mappings\": {\"m\": "
        "{\"event_source\": \"queue:q\", \"function_name\": \"f\"}}";
    static const char sentence[] = "s.json:4: event_source_mappings.m.event_source: Lambda reads "
                                   "FIFO queues since 2019-11-18";
    refused("2018-07-01", "", fifo, sentence);
    refused("2019-11-17", "", fifo, sentence);
    refused("2018-06-27", "", fifo,
            "s.json:4: event_source_mappings.m.event_source: Lambda reads queues since 2018-06-28");
    refused("2020-10-31", "",
            ", \"queues\": {\"q\": {}}, \"event_source_mappings\": {\"m\": {\"event_source\": "
            "\"queue:q\", \"function_name\": \"f\", \"maximum_batching_window_in_seconds\": 5}}",
            "s.json:4: event_source_mappings.m.maximum_batching_window_in_seconds: queues have it "
            "since 2020-11-01");
    struct scenario *const s = read_scenario("2019-11-18", "", fifo);
    ck_assert_ptr_nonnull(s);
    finish(s);
}
END_TEST

START_TEST(topics_and_buses_are_read)
{
    struct scenario *const s = read_scenario(
        NOW, ", \"emits\": [{\"to\": \"event_bus:e\"}]",
        ", \"topics\": {\"t\": {\"subscriptions\": [{\"endpoint\": \"function:f\", "
        "\"filter_fraction\": 0.25}, {\"endpoint\": \"queue:q\"}]}}, \"queues\": {\"q\": {}}, "
        "\"event_buses\": {\"e\": {\"rules\": [{\"target\": \"topic:t\", "
        "\"match_fraction\": 0.5}]}}");
    ck_assert_ptr_nonnull(s);
    ck_assert_uint_eq(s->topics, 1);
    ck_assert_uint_eq(s->topic[0].subscriptions, 2);
    ck_assert_double_eq(s->topic[0].subscription[0].fraction, 0.25);
    ck_assert_double_eq(s->topic[0].subscription[1].fraction, 1);
    ck_assert_int_eq(s->topic[0].subscription[1].endpoint.kind, ENTITY_QUEUE);
    ck_assert_uint_eq(s->buses, 1);
    ck_assert_int_eq(s->bus[0].subscription[0].endpoint.kind, ENTITY_TOPIC);
    ck_assert_double_eq(s->bus[0].subscription[0].fraction, 0.5);
    ck_assert_uint_eq(said.count, 1); /* q has no reader; topic and bus need none */
    ck_assert_ptr_nonnull(strstr(said.item[0].text, "queues.q: nobody reads this queue"));
    finish(s);
    refused(NOW, "", ", \"topics\": {\"t\": {\"subscriptions\": [{\"endpoint\": \"function:g\"}]}}",
            "s.json:4: topics.t.subscriptions: there is no function `g`; there is `f`");
    refused(NOW, "",
            ", \"topics\": {\"t\": {\"subscriptions\": [{\"endpoint\": \"queue:q\"}]}}, "
            "\"queues\": {\"q\": {\"fifo_queue\": true}}",
            "s.json:4: topics.t.subscriptions: a standard topic cannot send to a FIFO queue");
    refused("2019-07-10", "", ", \"event_buses\": {\"e\": {\"rules\": []}}",
            "s.json:1: as_of: EventBridge exists since 2019-07-11; as_of is 2019-07-10");
}
END_TEST

static void refused_workload(const char *workload, const char *sentence)
{
    char text[2000];
    snprintf(text, sizeof text,
             "{\"as_of\": \"2026-01-01\", \"run\": {\"duration_s\": 60},\n"
             "\"workloads\": {\"w\": {%s, \"arrivals\": {\"process\": \"poisson\", "
             "\"rate_per_s\": 1}}},\n"
             "\"queues\": {\"q\": {}}, \"functions\": {\"f\": {\"duration_ms\": 10}}}",
             workload);
    diagnostics_init(&said);
    struct limits *const limits = limits_load(DATA_DIR, &said);
    struct scenario *const s = scenario_parse(
        text, strlen(text), "s.json", &(struct scenario_data){.limits = limits}, NULL, &said);
    limits_destroy(limits);
    if (sentence == NULL) {
        ck_assert_msg(s != NULL, "%s", said.item[0].text);
        ck_assert_int_eq(s->workload[0].invocation_type, INVOKE_EVENT);
    } else {
        ck_assert_ptr_null(s);
        ck_assert_str_eq(said.item[0].text, sentence);
    }
    finish(s);
}

START_TEST(a_source_calls_a_function_asynchronously)
{
    refused_workload("\"to\": \"function:f\", \"source\": \"s3\", \"source_billed\": true, "
                     "\"duplicate_probability\": 0.01",
                     NULL);
    refused_workload("\"to\": \"queue:q\", \"source\": \"s3\"",
                     "s.json:2: workloads.w.source: \"s3\" calls functions; this workload goes to "
                     "a queue");
    refused_workload("\"to\": \"function:f\", \"source\": \"sns\", \"invocation_type\": "
                     "\"RequestResponse\"",
                     "s.json:2: workloads.w.invocation_type: \"sns\" invokes asynchronously: "
                     "Event");
    refused_workload("\"to\": \"function:f\", \"source\": \"ses\", \"source_billed\": true",
                     "s.json:2: workloads.w.source_billed: \"ses\" has no charge for an event");
    refused_workload("\"to\": \"function:f\", \"duplicate_probability\": 0.1",
                     "s.json:2: workloads.w: source_billed and duplicate_probability need a source "
                     "that calls the function, such as \"s3\"");
}
END_TEST

/* What a function sends has the limits of where it goes, which are not Lambda's. */
START_TEST(messages_have_a_size)
{
    static const char *const rest =
        ", \"queues\": {\"q\": {}}, \"streams\": {\"s\": {\"shard_count\": 1}},"
        " \"topics\": {\"t\": {}}, \"event_buses\": {\"b\": {}}";
    static const struct {
        const char *as_of, *emit, *said;
    } cases[] = {
        {"2026-01-01", "queue:q\", \"bytes\": 1048577",
         "1048577 is above 1048576 bytes (SQS limit "
         "since 2025-08-01)"},
        {"2026-01-01", "function:f\", \"probability\": 0.1, \"bytes\": 2000000",
         "2000000 is above 1048576 bytes (Lambda limit since 2025-10-01)"},
        {"2026-01-01", "stream:s\", \"bytes\": 30000000",
         "30000000 is above 10485760 bytes (Kinesis limit since 2025-10-01)"},
        {"2026-01-01", "topic:t\", \"bytes\": 262145", "262145 is above 262144 bytes (SNS limit)"},
        {"2026-01-01", "event_bus:b\", \"bytes\": 262145",
         "262145 is above 262144 bytes (EventBridge limit)"},
        {"2026-02-01", "event_bus:b\", \"bytes\": 1048577",
         "1048577 is above 1048576 bytes (EventBridge limit since 2026-01-29)"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char emits[200], expected[200];
        size_t found = 0;
        snprintf(emits, sizeof emits, ", \"emits\": [{\"to\": \"%s}]", cases[i].emit);
        snprintf(expected, sizeof expected, "s.json:4: functions.f.emits: emits[0]: bytes: %s",
                 cases[i].said);
        struct scenario *s = read_scenario(cases[i].as_of, emits, rest);
        ck_assert_ptr_null(s);
        for (size_t k = 0; k < said.count; k++)
            found += strcmp(said.item[k].text, expected) == 0;
        ck_assert_msg(found == 1, "%s, not %s", said.count > 0 ? said.item[0].text : "nothing",
                      expected);
        finish(s);
    }
    struct scenario *fits = read_scenario(
        "2026-01-01", ", \"emits\": [{\"to\": \"queue:q\", \"bytes\": 1048576}]", rest);
    ck_assert_ptr_nonnull(fits);
    finish(fits);
}
END_TEST

TEST_MAIN("unit_scenario_events", messages_have_a_size, an_event_invoke_config_is_read,
          mistakes_are_told, a_mapping_names_its_destination, what_functions_send_is_checked,
          a_polled_queue_has_one_reader, dead_letters_stay_in_their_type_of_queue,
          fifo_queues_are_read_since_their_day, topics_and_buses_are_read,
          a_source_calls_a_function_asynchronously)
