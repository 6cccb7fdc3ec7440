/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a scenario is told about runtimes, instance types and prices that it names. */
#include "scenario/scenario.h"

#include "support/text.h"
#include "temp_data.h"

#include "harness.h"

#include <stdlib.h>
#include <string.h>

static struct diagnostics diagnostics;

static const char *const priced[] = {"eu-west-1", "us-east-1"};

static bool billed(const char *service, const char *sku)
{
    return strcmp(service, "lambda") == 0 && strcmp(sku, "request") == 0;
}

/* A scenario of a day, with more of its function in line 5 and more of everything in line 6, is
 * checked against the runtimes of `data_dir`. */
static void check(const char *data_dir, const char *day, const char *function, const char *more)
{
    diagnostics_init(&diagnostics);
    struct limits *const limits = limits_load(DATA_DIR, &diagnostics);
    struct runtimes *const runtimes = runtimes_load(data_dir, &diagnostics);
    struct instances *const instances = instances_load(DATA_DIR, &diagnostics);
    const struct scenario_data data = {limits, runtimes, instances, billed, priced, 2};
    ck_assert_uint_eq(diagnostics.count, 0);
    char *const text =
        text_format("{\"as_of\": \"%s\", \"run\": {\"duration_s\": 60},\n"
                    "\"workloads\": {\"w\": {\"to\": \"function:f\",\n"
                    "  \"arrivals\": {\"process\": \"poisson\", \"rate_per_s\": 1}}},\n"
                    "\"functions\": {\"f\": {\"duration_ms\": 10, \"memory_size\": 512,\n"
                    "  \"comment\": \"\"%s}}\n"
                    "%s}\n",
                    day, function, more);
    struct scenario *const scenario =
        scenario_parse(text, strlen(text), "s.json", &data, NULL, &diagnostics);
    ck_assert_int_eq(scenario == NULL, diagnostics.errors > 0);
    scenario_destroy(scenario);
    free(text);
    limits_destroy(limits);
    runtimes_destroy(runtimes);
    instances_destroy(instances);
}

static void said(size_t errors, size_t warnings, const char *text)
{
    const char *const first = diagnostics.count > 0 ? diagnostics.item[0].text : "";
    ck_assert_msg(diagnostics.errors == errors && diagnostics.warnings == warnings,
                  "%zu errors, %zu warnings: %s", diagnostics.errors, diagnostics.warnings, first);
    ck_assert_str_eq(first, text);
    diagnostics_finish(&diagnostics);
}

static void good(const char *day, const char *function, const char *more)
{
    check(DATA_DIR, day, function, more);
    said(0, 0, "");
}

static void bad(const char *day, const char *function, const char *more, const char *text)
{
    check(DATA_DIR, day, function, more);
    said(1, 0, text);
}

#define INIT ", \"init_duration_ms\": 100"

START_TEST(a_runtime_before_its_day_is_an_error)
{
    bad("2016-04-01", ", \"runtime\": \"nodejs22.x\"" INIT, "",
        "s.json:5: functions.f.runtime: runtime nodejs22.x exists since 2024-11-22; as_of is "
        "2016-04-01");
    bad("2016-04-06", ", \"runtime\": \"nodejs4.3\"" INIT, "",
        "s.json:5: functions.f.runtime: runtime nodejs4.3 exists since 2016-04-07; as_of is "
        "2016-04-06");
    good("2016-04-07", ", \"runtime\": \"nodejs4.3\"" INIT, "");
    bad("2024-10-31", ", \"runtime\": \"provided.al2023:dotnet9-aot\"" INIT, "",
        "s.json:5: functions.f.runtime: runtime provided.al2023:dotnet9-aot exists since "
        "2024-11-01; as_of is 2024-10-31");
    good("2024-11-01", ", \"runtime\": \"provided.al2023:dotnet9-aot\"" INIT, "");
}
END_TEST

START_TEST(a_deprecated_runtime_is_a_warning)
{
    good("2020-03-05", ", \"runtime\": \"nodejs4.3\"" INIT, "");
    check(DATA_DIR, "2020-03-06", ", \"runtime\": \"nodejs4.3\"" INIT, "");
    said(0, 1,
         "s.json:5: functions.f.runtime: runtime nodejs4.3 is deprecated since 2020-03-06: "
         "functions that have it keep running, but are patched no more, and in time AWS blocks new "
         "ones");
}
END_TEST

START_TEST(an_unknown_runtime_needs_a_cold_start)
{
    bad("2024-06-01", ", \"runtime\": \"python3.21\"", "",
        "s.json:5: functions.f.runtime: `python3.21` is not known; did you mean `python3.11`?; "
        "give init_duration_ms, or one of data/runtimes/names.csv");
    good("2024-06-01", ", \"runtime\": \"python3.21\"" INIT, "");
}
END_TEST

START_TEST(stand_ins_are_named)
{
    check(DATA_DIR, "2018-06-01", ", \"runtime\": \"nodejs8.10\"", "");
    said(0, 1,
         "s.json:4: functions.f: no cold start was measured for nodejs8.10 on this date, so init "
         "durations of a generic runtime (zip, x86_64, valid from 2014-11; Wang et al., Peeking "
         "Behind the Curtains of Serverless Platforms (USENIX ATC 2018); measured 2017) stands in; "
         "give init_duration_ms if you know yours");
    good("2018-06-01", ", \"runtime\": \"nodejs8.10\"" INIT, "");
}
END_TEST

START_TEST(keep_alive_profiles)
{
    bad("2024-06-01", INIT ", \"keep_alive_profile\": \"staircase2020\"", "",
        "s.json:5: functions.f.keep_alive_profile: there is no profile `staircase2020`; did you "
        "mean `staircase-2020`? in data/runtimes/keep_alive.csv");
    good("2024-06-01", INIT ", \"keep_alive_profile\": \"staircase-2020\"", "");
    struct temp_data temp = temp_data_create("runtimes");
    temp_data_write(&temp, "names.csv", "runtime,like,introduced,deprecated,source,confidence\n");
    temp_data_write(&temp, "init.csv",
                    "runtime,package,architecture,memory_mb,effective_from,effective_to,min_ms,"
                    "median_ms,mean_ms,max_ms,sd_ms,source,confidence\n"
                    "*,zip,x86_64,128,,,,100,,,10,me,doc\n");
    temp_data_write(&temp, "keep_alive.csv",
                    "profile,effective_from,effective_to,idle_s,fraction_warm,shape,source,"
                    "confidence\np,2020,,0,1,step,me,doc\np,2020,,60,0,step,me,doc\n");
    check(temp.root, "2019-12-31", INIT, "");
    said(1, 0,
         "s.json:4: functions.f: data/runtimes/keep_alive.csv has no profile for 2019-12-31; give "
         "keep_alive_s");
    check(temp.root, "2019-12-31", INIT ", \"keep_alive_s\": 60", "");
    said(0, 0, "");
    temp_data_destroy(&temp);
}
END_TEST

START_TEST(instance_types_and_skus)
{
    bad("2024-06-01", INIT,
        ", \"baselines\": {\"b\": {\"instance_type\": \"m5.lage\", \"desired_capacity\": 1}}",
        "s.json:6: baselines.b.instance_type: `m5.lage` is not in data/instances; did you mean "
        "`m5.large`?");
    bad("2024-06-01", INIT,
        ", \"prices\": [{\"service\": \"lambda\", \"sku\": \"nix\", \"price_usd\": \"1\"}]",
        "s.json:6: prices[0]: no usage is billed by the SKU `nix` of service `lambda`; `lambdaplan "
        "prices list` names what is");
    good("2024-06-01", INIT,
         ", \"prices\": [{\"service\": \"lambda\", \"sku\": \"request\", \"price_usd\": \"1\"}]");
}
END_TEST

START_TEST(all_in_one_go)
{
    check(DATA_DIR, "2016-04-01",
          ", \"runtime\": \"nodejs22.x\", \"timeout\": 5000, \"keep_alive_profile\": \"x\"" INIT,
          ", \"baselines\": {\"b\": {\"instance_type\": \"x.y\", \"desired_capacity\": 1}}");
    ck_assert_uint_eq(diagnostics.errors, 4);
    assert_reported(&diagnostics, "functions.f.timeout: 5000");
    assert_reported(&diagnostics, "functions.f.runtime: runtime nodejs22.x exists since");
    assert_reported(&diagnostics, "functions.f.keep_alive_profile: ");
    assert_reported(&diagnostics, "baselines.b.instance_type: ");
    diagnostics_finish(&diagnostics);
}
END_TEST

START_TEST(regions)
{
    bad("2024-06-01", INIT, ", \"region\": \"eu-wset-1\"",
        "s.json:6: region: no price is known in `eu-wset-1`; did you mean `eu-west-1`?");
    bad("2024-06-01", INIT, ", \"region\": \"moon-base-1\"",
        "s.json:6: region: no price is known in `moon-base-1`; there is `eu-west-1`, `us-east-1`");
    good("2024-06-01", INIT, ", \"region\": \"eu-west-1\"");
    good("2024-06-01", INIT,
         ", \"region\": \"moon-base-1\", "
         "\"prices\": [{\"service\": \"lambda\", \"sku\": \"request\", \"price_usd\": \"1\"}]");
}
END_TEST

START_TEST(places_of_entities)
{
    static const char text[] =
        "{\"as_of\": \"2024-06-01\", \"run\": {\"duration_s\": 60},\n"
        "\"workloads\": {\n"
        "  \"w\": {\"to\": \"stream:s\",\n"
        "    \"arrivals\": {\"process\": \"poisson\", \"rate_per_s\": 1}}},\n"
        "\"streams\": {\"s\": {\"shard_count\": 1}},\n"
        "\"functions\": {\"a.b\":\n"
        "  {\"duration_ms\": 10}},\n"
        "\"event_source_mappings\": {\n"
        "  \"m\": {\"event_source\": \"stream:s\", \"function_name\": \"a.b\"}}}\n";
    static const struct {
        const char *entity, *path;
        long line;
    } cases[] = {
        {"workload:w", "workloads.w", 3},
        {"stream:s", "streams.s", 5},
        {"function:a.b", "functions.a.b", 6},
        {"esm:m", "event_source_mappings.m", 9},
        {"function:c", "function:c", 0},
        {"event_source_mapping:m", "event_source_mappings.m", 9},
        {"account", "account", 0},
        {"fun:a", "fun:a", 0},
        {"", "", 0},
        {":", ":", 0},
    };
    char path[SCENARIO_PLACE_SIZE];
    diagnostics_init(&diagnostics);
    struct limits *const limits = limits_load(DATA_DIR, &diagnostics);
    const struct scenario_data data = {.limits = limits};
    struct scenario *const scenario =
        scenario_parse(text, strlen(text), "s.json", &data, NULL, &diagnostics);
    ck_assert_ptr_nonnull(scenario);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_int_eq(scenario_place(scenario, cases[i].entity, path), cases[i].line);
        ck_assert_str_eq(path, cases[i].path);
    }
    scenario_destroy(scenario);
    limits_destroy(limits);
    diagnostics_finish(&diagnostics);
}
END_TEST

TEST_MAIN("scenario_data", a_runtime_before_its_day_is_an_error, a_deprecated_runtime_is_a_warning,
          an_unknown_runtime_needs_a_cold_start, stand_ins_are_named, keep_alive_profiles,
          instance_types_and_skus, regions, places_of_entities, all_in_one_go)
