/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a scenario says of trouble: downstreams and the calls to them, faults. Each mistake has its
 * sentence. */
#include "harness.h"

#include "scenario/scenario.h"
#include "support/text.h"

#include <stdio.h>
#include <string.h>

#define PATH "s.json"

/* With holes for the whole, for the function and for the downstream. */
static char *compose(const char *top, const char *function, const char *downstream)
{
    return text_format("{\"as_of\": \"2024-06-01\", \"run\": {\"duration_s\": 3600}%s,\n"
                       "\"workloads\": {\"w\": {\"to\": \"function:f\", \"arrivals\": "
                       "{\"process\": \"poisson\", \"rate_per_s\": 1}}},\n"
                       "\"functions\": {\"f\": {\"duration_ms\": 10%s}},\n"
                       "\"downstreams\": {\"db\": {\"latency_ms\": 5%s}}}\n",
                       top, function, downstream);
}

/* With all diagnostics as lines; free() them. */
static struct scenario *read_scenario(const char *text, char **said)
{
    size_t size = 0;
    struct diagnostics d;
    diagnostics_init(&d);
    struct limits *const limits = limits_load(DATA_DIR, &d);
    ck_assert_ptr_nonnull(limits);
    struct scenario *const scenario = scenario_parse(
        text, strlen(text), PATH, &(struct scenario_data){.limits = limits}, NULL, &d);
    ck_assert_int_eq(scenario == NULL, d.errors > 0);
    limits_destroy(limits);
    FILE *const out = open_memstream(said, &size);
    for (size_t i = 0; i < d.count; i++)
        fprintf(out, "%s%s: %s", i > 0 ? "\n" : "", d.item[i].warning ? "warning" : "error",
                d.item[i].text);
    fclose(out);
    diagnostics_finish(&d);
    return scenario;
}

static void expect(const char *top, const char *function, const char *downstream,
                   const char *expected)
{
    char *said;
    char *const text = compose(top, function, downstream);
    scenario_destroy(read_scenario(text, &said));
    ck_assert_msg(strcmp(said, expected) == 0, "%s\nsaid:     %s\nexpected: %s\n", text, said,
                  expected);
    free(said);
    free(text);
}

#define CALLS(what) ", \"calls\": [{" what "}]"
#define CALL CALLS("\"to\": \"downstream:db\"")
#define OUTAGES(what) ", \"outages\": [" what "]"

START_TEST(downstreams_are_read)
{
    char *said;
    char *const text = compose(
        "", CALLS("\"to\": \"downstream:db\", \"count\": 3, \"share\": 0.5, \"timeout_ms\": 200"),
        ", \"max_concurrency\": 7" OUTAGES("{\"from_s\": 1, \"until_s\": 2}, {\"from_s\": 2, "
                                           "\"until_s\": 3, \"mode\": \"slow\", \"factor\": 9}"));
    struct scenario *const s = read_scenario(text, &said);
    ck_assert_msg(s != NULL && *said == '\0', "%s", said);
    const struct call_spec *const call = &s->function[0].call[0];
    ck_assert_uint_eq(s->function[0].calls, 1);
    ck_assert_uint_eq(call->to.index, 0);
    ck_assert_uint_eq(call->count, 3);
    ck_assert_double_eq(call->share, 0.5);
    ck_assert_double_eq(call->timeout_ms, 200);
    ck_assert_uint_eq(call->connections, 1);
    ck_assert_uint_eq(s->downstream[0].max_concurrency, 7);
    ck_assert_double_eq(s->downstream[0].queue_capacity, 10000);
    ck_assert_uint_eq(s->downstream[0].outages, 2);
    ck_assert_int_eq(s->downstream[0].outage[0].mode, OUTAGE_FAILS);
    ck_assert_int_eq(s->downstream[0].outage[1].mode, OUTAGE_IS_SLOW);
    ck_assert_double_eq(s->downstream[0].outage[1].factor, 9);
    scenario_destroy(s);
    free(said);
    free(text);
}
END_TEST

START_TEST(mistakes_in_downstreams_are_said)
{
    expect("", CALL, "", "");
    expect("", "", "",
           "warning: s.json:4: downstreams.db: no function calls this downstream; add it to a "
           "function's calls");
    expect("", CALLS("\"to\": \"downstream:bd\""), "",
           "error: s.json:3: functions.f.calls[0].to: there is no downstream `bd`; did you mean "
           "`db`?");
    expect("", CALLS("\"to\": \"function:f\""), "",
           "error: s.json:3: functions.f.calls[0].to: \"function:f\" must be \"downstream:NAME\"");
    expect("", CALL, ", \"slowdown\": 1",
           "error: s.json:4: downstreams.db.slowdown: needs max_concurrency: it is for all of it "
           "at work");
    expect("", CALL, OUTAGES("{\"from_s\": 5, \"until_s\": 5}"),
           "error: s.json:4: downstreams.db.outages[0]: until_s must be after from_s");
    expect(
        "", CALL, OUTAGES("{\"from_s\": 5, \"until_s\": 9}, {\"from_s\": 8, \"until_s\": 10}"),
        "error: s.json:4: downstreams.db.outages[1]: begins before the end of the one before it");
    expect("", CALL, OUTAGES("{\"from_s\": 5, \"until_s\": 9, \"mode\": \"slow\"}"),
           "error: s.json:4: downstreams.db.outages[0]: mode \"slow\" needs factor");
    expect("", CALL, OUTAGES("{\"from_s\": 5, \"until_s\": 9, \"factor\": 2}"),
           "error: s.json:4: downstreams.db.outages[0].factor: mode \"error\" does not use it");
}
END_TEST

#define FAULT(what) ", \"faults\": [{" what "}]"
#define SLOW "{\"kind\": \"scaling_slowed\", \"factor\": 0.5, "

START_TEST(faults_are_read)
{
    char *said;
    char *const text = compose(", \"faults\": [{\"kind\": \"deploy\", \"at_s\": 60, "
                               "\"function_name\": \"f\"}, " SLOW "\"at_s\": 5, \"until_s\": 9}]",
                               CALL, "");
    struct scenario *const s = read_scenario(text, &said);
    ck_assert_msg(s != NULL && *said == '\0', "%s", said);
    ck_assert_uint_eq(s->faults, 2);
    ck_assert_int_eq(s->fault[0].kind, TROUBLE_DEPLOY);
    ck_assert_str_eq(s->fault[0].function, "f");
    ck_assert_double_eq(s->fault[0].at_s, 60);
    ck_assert_int_eq(s->fault[1].kind, TROUBLE_SCALING);
    ck_assert_double_eq(s->fault[1].factor, 0.5);
    ck_assert_double_eq(s->fault[1].until_s, 9);
    scenario_destroy(s);
    free(said);
    free(text);
}
END_TEST

START_TEST(mistakes_in_faults_are_said)
{
    expect(FAULT("\"kind\": \"error_rate\", \"at_s\": 1, \"function_name\": \"g\", "
                 "\"error_rate\": 1, \"until_s\": 2"),
           CALL, "",
           "error: s.json:1: faults[0].function_name: there is no function `g`; there is `f`");
    expect(FAULT("\"kind\": \"error_rate\", \"at_s\": 1"), CALL, "",
           "error: s.json:1: faults[0]: kind \"error_rate\" needs until_s\n"
           "error: s.json:1: faults[0]: kind \"error_rate\" needs function_name\n"
           "error: s.json:1: faults[0]: kind \"error_rate\" needs error_rate");
    expect(FAULT("\"kind\": \"deploy\", \"at_s\": 1, \"function_name\": \"f\", "
                 "\"until_s\": 2"),
           CALL, "", "error: s.json:1: faults[0].until_s: kind \"deploy\" does not use it");
    expect(FAULT("\"kind\": \"deploy\", \"at_s\": 3600, \"function_name\": \"f\""), CALL, "",
           "error: s.json:1: faults[0].at_s: 3600 s is not before the end of the run, "
           "run.duration_s 3600 s");
    expect(FAULT("\"kind\": \"consumer_stopped\", \"at_s\": 1, \"until_s\": 2, "
                 "\"event_source_mapping\": \"m\""),
           CALL, "",
           "error: s.json:1: faults[0].event_source_mapping: there is no event source mapping `m`");
    expect(FAULT("\"kind\": \"poison\", \"at_s\": 1, \"workload\": \"w\""), CALL, "",
           "error: s.json:1: faults[0].workload: sends to no stream, table or queue; a function's "
           "errors "
           "are kind \"error_rate\"");
    expect(FAULT("\"kind\": \"az_lost\", \"at_s\": 1"), CALL, "",
           "error: s.json:1: faults[0]: there is no baseline whose servers could be lost");
    expect(", \"faults\": [" SLOW "\"at_s\": 5, \"until_s\": 9}, " SLOW
           "\"at_s\": 9, \"until_s\": 10}, " SLOW "\"at_s\": 8, \"until_s\": 9}]",
           CALL, "", "error: s.json:1: faults[2]: overlaps faults[0], which is of the same kind");
}
END_TEST

/* Where poison_records may be, a poison fault may be. */
START_TEST(poison_comes_where_a_mapping_reads)
{
    static const char *const kinds[] = {"stream", "queue", "table"};
    static const char *const sections[] = {"\"streams\": {\"a\": {\"shard_count\": 1}}",
                                           "\"queues\": {\"a\": {}}", "\"tables\": {\"a\": {}}"};
    for (size_t i = 0; i < 3; i++) {
        char *said;
        char *const text = text_format(
            "{\"as_of\": \"2024-06-01\", \"run\": {\"duration_s\": 3600}, \"workloads\": {\"w\": "
            "{\"to\": \"%s:a\", \"arrivals\": {\"process\": \"poisson\", \"rate_per_s\": 1}}},\n"
            "%s, \"functions\": {\"f\": {\"duration_ms\": 10}}, \"event_source_mappings\": {\"m\": "
            "{\"event_source\": \"%s:a\", \"function_name\": \"f\"}},\n"
            "\"faults\": [{\"kind\": \"poison\", \"at_s\": 30, \"workload\": \"w\"}]}",
            kinds[i], sections[i], kinds[i]);
        struct scenario *const s = read_scenario(text, &said);
        ck_assert_msg(s != NULL, "%s", said);
        ck_assert_uint_eq(s->workload[0].poisons, 1);
        ck_assert_ptr_null(s->workload[0].poison[0].key);
        scenario_destroy(s);
        free(said);
        free(text);
    }
}
END_TEST

/* In 2016 environments came as fast as they were wanted. */
START_TEST(an_era_without_a_scaling_rate_has_none_to_slow)
{
    char *said;
    char *const text = text_format(
        "{\"as_of\": \"2016-06-01\", \"run\": {\"duration_s\": 3600},\n"
        "\"workloads\": {\"w\": {\"to\": \"stream:s\", \"arrivals\": "
        "{\"process\": \"poisson\", \"rate_per_s\": 1}}},\n"
        "\"streams\": {\"s\": {\"shard_count\": 1}},\n"
        "\"functions\": {\"f\": {\"duration_ms\": 10}},\n"
        "\"event_source_mappings\": {\"m\": {\"event_source\": \"stream:s\", "
        "\"function_name\": \"f\"}},\n"
        "\"faults\": [" SLOW "\"at_s\": 5, \"until_s\": 9},\n"
        "{\"kind\": \"poison\", \"at_s\": 30, \"workload\": \"w\", \"partition_key\": \"k\"}]}");
    struct scenario *const s = read_scenario(text, &said);
    ck_assert_str_eq(said,
                     "warning: s.json:6: faults[0]: has no effect: nothing limits the scaling "
                     "rate then");
    ck_assert_uint_eq(s->workload[0].poisons, 1); /* as its own poison_records */
    ck_assert_double_eq(s->workload[0].poison[0].at_s, 30);
    ck_assert_str_eq(s->workload[0].poison[0].key, "k");
    scenario_destroy(s);
    free(said);
    free(text);
}
END_TEST

TEST_MAIN("unit_scenario_trouble", downstreams_are_read, mistakes_in_downstreams_are_said,
          faults_are_read, mistakes_in_faults_are_said, poison_comes_where_a_mapping_reads,
          an_era_without_a_scaling_rate_has_none_to_slow)
