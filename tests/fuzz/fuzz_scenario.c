/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as a scenario. Either there are errors, each with a sentence, or there is a scenario in
 * which everything can be drawn and that reads back the same from its canonical form.
 */
#include "fuzz.h"
#include "scenario/json.h"
#include "scenario/scenario.h"

static const char *path;
static struct limits *limits;
static struct runtimes *runtimes;
static struct instances *instances;

/* What the example reads. */
static const char *const csv[][2] = {
    {"profile.csv", "when,rate\n2022-06-01T00:00:00Z,10\n2022-06-01T00:10:00Z,20.5\n"},
    {"counts.csv", "timestamp,value\n2014-04-10 00:04:00,94.0\n2014-04-10 00:09:00,56.0\n"},
    {"trace.csv", "t,bytes,who,took\n0,100,a,0.5\n1500,200,b,0.25\n"},
    {"samples.csv", "id,duration_ms\n1,30\n2,10\n3,20\n"},
};
#define CSV_FILES (sizeof csv / sizeof *csv)

static void clean_up(void)
{
    limits_destroy(limits);
    runtimes_destroy(runtimes);
    instances_destroy(instances);
}

static void set_up(void)
{
    struct diagnostics d;
    if (path != NULL)
        return;
    diagnostics_init(&d);
    limits = limits_load(DATA_DIR, &d);
    runtimes = runtimes_load(DATA_DIR, &d);
    instances = instances_load(DATA_DIR, &d);
    REQUIRE(limits != NULL && runtimes != NULL && instances != NULL);
    diagnostics_finish(&d);
    for (size_t i = 0; i < CSV_FILES; i++)
        fuzz_write(fuzz_path(csv[i][0]), csv[i][1], strlen(csv[i][1]));
    path = fuzz_path("s.json");
    atexit(clean_up);
}

static const char *const regions[] = {"eu-west-1", "us-east-1"};

static bool billed(const char *service, const char *sku)
{
    return service[0] == 'l' && sku[0] != '\0';
}

static void require_drawable(const struct distribution *distribution)
{
    if (distribution != NULL)
        REQUIRE(distribution_check(distribution) == NULL);
}

static void require_sound(const struct scenario *scenario)
{
    REQUIRE(scenario->run.duration_s > scenario->run.warm_up_s && scenario->workloads > 0);
    for (size_t i = 0; i < scenario->workloads; i++) {
        const struct workload_spec *const workload = &scenario->workload[i];
        REQUIRE(workload->to.kind != ENTITY_NONE && workload->to.name != NULL);
        REQUIRE(workload->arrivals.rate_per_s >= 0 && workload->arrivals.rate_scale > 0);
        REQUIRE(workload->arrivals.process != ARRIVALS_PROFILE || workload->arrivals.points > 0);
        require_drawable(&workload->record_bytes);
    }
    for (size_t i = 0; i < scenario->functions; i++) {
        const struct function_spec *const function = &scenario->function[i];
        REQUIRE(function->memory_size >= 128 && function->timeout_s >= 1);
        require_drawable(&function->duration_ms);
        require_drawable(function->cold_duration_ms);
        require_drawable(function->init_duration_ms);
        require_drawable(function->keep_alive_s);
        require_drawable(function->max_lifetime_s);
        require_drawable(function->max_memory_used_mb);
    }
    for (size_t i = 0; i < scenario->streams; i++)
        REQUIRE(scenario->stream[i].shard_count > 0);
    for (size_t i = 0; i < scenario->tables; i++)
        REQUIRE(scenario->table[i].partitions > 0);
    for (size_t i = 0; i < scenario->mappings; i++)
        REQUIRE((scenario->mapping[i].event_source.kind == ENTITY_STREAM ||
                 scenario->mapping[i].event_source.kind == ENTITY_TABLE ||
                 scenario->mapping[i].event_source.kind == ENTITY_QUEUE) &&
                scenario->mapping[i].function.kind == ENTITY_FUNCTION &&
                scenario->mapping[i].batch_size > 0);
    for (size_t i = 0; i < scenario->baselines; i++)
        REQUIRE(scenario->baseline[i].max_size >= scenario->baseline[i].min_size &&
                scenario->baseline[i].max_size > 0);
}

static void require_canonical(const char *text)
{
    struct diagnostics d;
    diagnostics_init(&d);
    cJSON *const again = json_parse(text, strlen(text), "again", &d);
    REQUIRE(again != NULL);
    char *const canonical = json_canonical(again);
    REQUIRE(strcmp(canonical, text) == 0);
    free(canonical);
    cJSON_Delete(again);
    diagnostics_finish(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct diagnostics d;
    set_up();
    fuzz_write(path, data, size);
    diagnostics_init(&d);
    const struct scenario_data known = {limits, runtimes, instances, billed, regions, 2};
    struct scenario *const scenario = scenario_load(path, &known, NULL, &d);
    REQUIRE((scenario == NULL) == (d.errors > 0));
    if (scenario != NULL) {
        require_sound(scenario);
        require_canonical(scenario->canonical_json);
    }
    scenario_destroy(scenario);
    diagnostics_finish(&d);
    return 0;
}
