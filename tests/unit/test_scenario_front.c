/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mistakes in what calls functions from outside: front doors and callers. */
#include "harness.h"

#include "scenario/scenario.h"
#include "support/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW "2026-09-25"

/* All diagnostics of a text, one a line; free() it. */
static char *complaints(const char *text)
{
    char *said = NULL;
    size_t size = 0;
    struct diagnostics d;
    diagnostics_init(&d);
    struct limits *const limits = limits_load(DATA_DIR, &d);
    ck_assert_ptr_nonnull(limits);
    struct scenario *const scenario = scenario_parse(
        text, strlen(text), "s.json", &(struct scenario_data){.limits = limits}, NULL, &d);
    ck_assert_int_eq(scenario == NULL, d.errors > 0);
    scenario_destroy(scenario);
    limits_destroy(limits);
    FILE *const out = open_memstream(&said, &size);
    for (size_t i = 0; i < d.count; i++)
        fprintf(out, "%s%s%s", i > 0 ? "\n" : "", d.item[i].warning ? "warning: " : "",
                d.item[i].text);
    fclose(out);
    diagnostics_finish(&d);
    return said;
}

struct mistake {
    const char *as_of, *text, *expected; /* in line 2; "": nothing is wrong */
};

/* `text` goes on after a workload's "to". */
static void expect_of_workload(const struct mistake *mistake, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *const text =
            text_format("{\"as_of\": \"%s\", \"run\": {\"duration_s\": 60}, \"workloads\": {\n"
                        "\"w\": {\"to\": \"function:f\"%s%s}},\n"
                        "\"functions\": {\"f\": {\"duration_ms\": 10}}}\n",
                        mistake[i].as_of,
                        strstr(mistake[i].text, "arrivals") != NULL
                            ? ""
                            : ", \"arrivals\": {\"process\": \"poisson\", \"rate_per_s\": 1}",
                        mistake[i].text);
        char *const expected = text_format(
            "%s%s", mistake[i].expected[0] == '\0' ? "" : "s.json:2: ", mistake[i].expected);
        char *const said = complaints(text);
        const char *const shown = strncmp(said, "warning: ", 9) == 0 ? said + 9 : said;
        ck_assert_msg(strcmp(shown, expected) == 0, "%s\nsaid:     %s\nexpected: %s\n", text, shown,
                      expected);
        free(said);
        free(expected);
        free(text);
    }
}

#define EXPECT(...)                                                                                \
    expect_of_workload((const struct mistake[]){__VA_ARGS__},                                      \
                       sizeof((const struct mistake[]){__VA_ARGS__}) / sizeof(struct mistake))

START_TEST(doors)
{
    EXPECT({NOW, ", \"through\": \"api_gateway_rest\"", ""},
           {NOW, ", \"through\": \"api_gateway\"",
            "workloads.w.through: \"api_gateway\" is not known; there is \"none\", \"alb\", "
            "\"api_gateway_rest\", \"api_gateway_http\", \"function_url\", \"sdk\", \"cognito\", "
            "\"alexa\""},
           {"2015-07-08", ", \"through\": \"api_gateway_rest\"",
            "workloads.w.through: \"api_gateway_rest\" exists since 2015-07-09; as_of is "
            "2015-07-08"},
           {"2018-11-28", ", \"through\": \"alb\"",
            "workloads.w.through: \"alb\" exists since 2018-11-29; as_of is 2018-11-28"},
           {"2022-04-05", ", \"through\": \"function_url\"",
            "workloads.w.through: \"function_url\" exists since 2022-04-06; as_of is 2022-04-05"},
           {"2014-12-01", ", \"through\": \"sdk\"", ""},
           {NOW, ", \"through\": \"cognito\", \"invocation_type\": \"Event\"",
            "workloads.w.through: \"cognito\" waits for the function: invocation_type must be "
            "RequestResponse"},
           {NOW, ", \"through\": \"alb\", \"record_bytes\": 1048577",
            "workloads.w.record_bytes: 1048577 is above the 1048576 bytes that a load balancer "
            "passes to and from a function (ELB limit since 2018-11-29)"},
           {NOW, ", \"through\": \"alb\", \"response_bytes\": 2000000",
            "workloads.w.response_bytes: 2000000 is above the 1048576 bytes that a load balancer "
            "passes to and from a function (ELB limit since 2018-11-29)"});
}
END_TEST

START_TEST(gateways)
{
    EXPECT({NOW, ", \"gateway\": {\"overhead_ms\": 1}",
            "workloads.w.gateway: has no effect without `through`"},
           {NOW, ", \"through\": \"sdk\", \"gateway\": {\"throttling_rate_limit\": 1}",
            "workloads.w.gateway.throttling_rate_limit: only API Gateway throttles"},
           {NOW,
            ", \"through\": \"api_gateway_http\", \"gateway\": {\"throttling_burst_limit\": 1}",
            "workloads.w.gateway.throttling_burst_limit: needs throttling_rate_limit"},
           {"2024-01-01",
            ", \"through\": \"api_gateway_rest\", \"gateway\": "
            "{\"timeout_milliseconds\": 29001}",
            "workloads.w.gateway.timeout_milliseconds: 29001 is above 29000 ms (API Gateway limit "
            "since 2015-07-09)"},
           {NOW,
            ", \"through\": \"api_gateway_rest\", \"gateway\": "
            "{\"timeout_milliseconds\": 29001}",
            ""});
}
END_TEST

START_TEST(callers)
{
    EXPECT({NOW, ", \"client\": {\"retries\": 3}",
            "workloads.w.client.retries: policy \"none\" does not use it"},
           {NOW, ", \"client\": {\"policy\": \"fixed\", \"jitter\": \"full\"}",
            "workloads.w.client.jitter: policy \"fixed\" does not use it"},
           {NOW, ", \"client\": {\"policy\": \"fixed\", \"retries\": 1001}",
            "workloads.w.client.retries: 1001 is above 1000"},
           {NOW, ", \"client\": {\"policy\": \"exponential\", \"budget\": 1.5}",
            "workloads.w.client.budget: 1.5 is above 1"},
           {NOW, ", \"client\": {\"timeout_s\": 0}",
            "workloads.w.client.timeout_s: 0 is below 0.001 s"},
           {NOW, ", \"invocation_type\": \"Event\", \"client\": {\"timeout_s\": 3}",
            "workloads.w.client: has no effect on asynchronous calls: Lambda's queue tries again"});
}
END_TEST

START_TEST(nobody_waits_so_long)
{
    static const struct {
        const char *through, *warning;
        int timeout_s;
    } cases[] = {
        {"\"api_gateway_rest\"", "", 29},
        {"\"api_gateway_rest\"",
         "warning: s.json:2: workloads.w.through: \"api_gateway_rest\" waits 29 s for the "
         "function, "
         "whose timeout is 30 s: longer runs are billed and reach nobody",
         30},
        {"\"api_gateway_rest\", \"gateway\": {\"timeout_milliseconds\": 2500}",
         "warning: s.json:2: workloads.w.through: \"api_gateway_rest\" waits 2.5 s for the "
         "function, "
         "whose timeout is 3 s: longer runs are billed and reach nobody",
         3},
        {"\"function_url\"", "", 900},
        {"\"none\"", "", 900},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *const text = text_format(
            "{\"as_of\": \"" NOW "\", \"run\": {\"duration_s\": 60}, \"workloads\": {\n"
            "\"w\": {\"to\": \"function:f\", \"through\": %s, \"arrivals\": {\"process\": "
            "\"poisson\", \"rate_per_s\": 1}}}, \"functions\": {\"f\": {\"duration_ms\": 10, "
            "\"timeout\": %d}}}",
            cases[i].through, cases[i].timeout_s);
        char *const said = complaints(text);
        ck_assert_str_eq(said, cases[i].warning);
        free(said);
        free(text);
    }
}
END_TEST

#define SCHEDULE(more) ", \"arrivals\": {\"process\": \"schedule\", " more "}"

START_TEST(schedules)
{
    EXPECT(
        {NOW, SCHEDULE("\"expression\": \"cron(* * * * ? *)\""), ""},
        {NOW, SCHEDULE("\"expression\": \"cron(0 12 * * ? *)\""),
         "workloads.w.arrivals.expression: never comes in the 60 s that the run counts, so nothing "
         "of it is on the bill: a month has about 30.4; a run.duration_s of 86400 holds its "
         "period once"},
        {NOW, SCHEDULE("\"concurrency\": 5"),
         "workloads.w.arrivals: process \"schedule\" needs expression"},
        {NOW, SCHEDULE("\"expression\": \"cron(0 25 * * ? *)\""),
         "workloads.w.arrivals.expression: the hours `25` are not from 0 to 23"},
        {NOW, SCHEDULE("\"expression\": \"cron(0 12 1 1 ? 2020)\""),
         "workloads.w.arrivals.expression: there is no such time after as_of"},
        {NOW, SCHEDULE("\"expression\": \"rate(1 minute)\", \"concurrency\": 0"),
         "workloads.w.arrivals.concurrency: 0 is below 1 arrivals"},
        {NOW, SCHEDULE("\"expression\": \"rate(1 minute)\", \"rate_scale\": 2"),
         "workloads.w.arrivals.rate_scale: process \"schedule\" does not use it"},
        {"2015-10-07", SCHEDULE("\"expression\": \"rate(1 minute)\""),
         "workloads.w.arrivals.process: process \"schedule\" exists since 2015-10-08; as_of is "
         "2015-10-07"});
}
END_TEST

/* `steps` of a state machine; expected as above, in line 3. */
static void expect_of_machine(const char *as_of, const char *machine, const char *expected)
{
    char *const text =
        text_format("{\"as_of\": \"%s\", \"run\": {\"duration_s\": 60}, \"workloads\": {\n"
                    "\"w\": {\"to\": \"state_machine:m\", \"arrivals\": {\"process\": \"poisson\", "
                    "\"rate_per_s\": 1}}}, \"state_machines\": {\n"
                    "\"m\": {%s}}, \"functions\": {\"f\": {\"duration_ms\": 10}}}\n",
                    as_of, machine);
    char *const said = complaints(text);
    ck_assert_msg(strcmp(said, expected) == 0, "%s\nsaid:     %s\nexpected: %s\n", text, said,
                  expected);
    free(said);
    free(text);
}

START_TEST(state_machines)
{
    expect_of_machine(NOW, "\"steps\": [{\"task\": \"function:f\"}]", "");
    expect_of_machine("2016-11-30", "\"steps\": [{\"task\": \"function:f\"}]",
                      "s.json:3: state_machines.m: STANDARD state machines exist since 2016-12-01; "
                      "as_of is 2016-11-30");
    expect_of_machine("2016-11-30",
                      "\"type\": \"caller\", \"steps\": [{\"task\": "
                      "\"function:f\"}]",
                      "");
    expect_of_machine("2019-12-02",
                      "\"type\": \"EXPRESS\", \"steps\": [{\"task\": "
                      "\"function:f\"}]",
                      "s.json:3: state_machines.m: EXPRESS state machines exist since 2019-12-03; "
                      "as_of is 2019-12-02");
    expect_of_machine(NOW, "\"steps\": []",
                      "s.json:3: state_machines.m.steps: needs at least 1 entry");
    expect_of_machine(NOW, "\"steps\": [{}]",
                      "s.json:3: state_machines.m.steps[0]: needs exactly one of task and "
                      "map and parallel and wait_s");
    expect_of_machine(NOW, "\"steps\": [{\"task\": \"function:f\", \"wait_s\": 1}]",
                      "s.json:3: state_machines.m.steps[0]: needs exactly one of task and map and "
                      "parallel and wait_s");
    expect_of_machine(NOW, "\"steps\": [{\"parallel\": [{\"task\": \"function:g\"}]}]",
                      "s.json:3: state_machines.m.steps: there is no function `g`; there is `f`");
    expect_of_machine(
        "2022-01-01",
        "\"steps\": [{\"map\": {\"items\": 3, \"task\": "
        "\"function:f\", \"max_concurrency\": 41}}]",
        "s.json:3: state_machines.m.steps[0].map.max_concurrency: 41 is above 40 items "
        "(Step Functions limit since 2019-09-18)");
    expect_of_machine("2019-09-17",
                      "\"steps\": [{\"map\": {\"items\": 3, \"task\": "
                      "\"function:f\"}}]",
                      "s.json:3: state_machines.m.steps[0].map: maps exist since 2019-09-18");
    expect_of_machine("2022-01-01",
                      "\"type\": \"caller\", \"steps\": [{\"map\": {\"items\": 3, "
                      "\"task\": \"function:f\", \"max_concurrency\": 1000}}]",
                      "");
}
END_TEST

#define INNER(step) "\"steps\": [{\"parallel\": [{\"steps\": [" step "]}]}]"
#define IN_MAP(more) "\"steps\": [{\"map\": {\"items\": 2" more "}}]"
#define OF_F "\"task\": \"function:f\""

START_TEST(steps_inside_of_steps)
{
    static const char task_or_steps[] = "needs exactly one of task and steps";
    static const char at_map[] = "s.json:3: state_machines.m.steps[0].map";
    static const char at_inner[] = "s.json:3: state_machines.m.steps[0].parallel[0].steps[0]";
    static const char *const right[] = {
        INNER("{" OF_F "}, {\"wait_s\": 1}, {\"parallel\": [{" OF_F "}]}"),
        INNER("{\"map\": {\"items\": 2, " OF_F ", \"work_ms\": 9}}"),
        IN_MAP(", \"steps\": [{\"parallel\": [{" OF_F "}, {" OF_F "}]}]"),
    };
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        expect_of_machine(NOW, right[i], "");
    char text[800];
    snprintf(text, sizeof text, "%s: %s", at_map, task_or_steps);
    expect_of_machine(NOW, IN_MAP(", " OF_F ", \"steps\": [{" OF_F "}]"), text);
    snprintf(text, sizeof text, "%s.work_ms: is shared out to the items of a task, not of steps",
             at_map);
    expect_of_machine(NOW, IN_MAP(", \"work_ms\": 9, \"steps\": [{" OF_F "}]"), text);
    snprintf(text, sizeof text,
             "%s.map.max_concurrency: 41 is above 40 items (Step Functions limit since 2019-09-18)",
             at_inner);
    expect_of_machine("2022-01-01",
                      INNER("{\"map\": {\"items\": 2, \"max_concurrency\": 41, " OF_F "}}"), text);
    snprintf(
        text, sizeof text,
        "%s.parallel[0]: unknown key `steps`: inside of steps of an item or branch there may only "
        "be a task",
        at_inner);
    expect_of_machine(NOW, INNER("{\"parallel\": [{" OF_F ", \"steps\": [{" OF_F "}]}]}"), text);
}
END_TEST

/* Cognito tries three times, unless the scenario says what happens. */
START_TEST(cognito_tries_again)
{
    static const char *const client[] = {"", ", \"client\": {\"timeout_s\": 4}"};
    struct diagnostics d;
    diagnostics_init(&d);
    struct limits *const limits = limits_load(DATA_DIR, &d);
    for (int i = 0; i < 2; i++) {
        char *const text = text_format(
            "{\"as_of\": \"" NOW "\", \"run\": {\"duration_s\": 60}, \"workloads\": {"
            "\"w\": {\"to\": \"function:f\", \"through\": \"cognito\", \"arrivals\": {\"process\": "
            "\"poisson\", \"rate_per_s\": 1}%s}}, \"functions\": {\"f\": {\"duration_ms\": 10}}}",
            client[i]);
        struct scenario *const s = scenario_parse(
            text, strlen(text), "s.json", &(struct scenario_data){.limits = limits}, NULL, &d);
        ck_assert_ptr_nonnull(s);
        ck_assert_int_eq(s->workload[0].client.policy, i == 0 ? RETRY_FIXED : RETRY_NONE);
        ck_assert_uint_eq(s->workload[0].client.retries, 2);
        scenario_destroy(s);
        free(text);
    }
    limits_destroy(limits);
    diagnostics_finish(&d);
}
END_TEST

TEST_MAIN("scenario_front", doors, gateways, callers, nobody_waits_so_long, schedules,
          state_machines, steps_inside_of_steps, cognito_tries_again)
