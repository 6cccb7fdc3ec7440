/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The vocabulary of faults, and what they name. */
#include "scenario/internal.h"

#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = {[TROUBLE_ERROR_RATE] = "error_rate",
                                    [TROUBLE_SCALING] = "scaling_slowed",
                                    [TROUBLE_DEPLOY] = "deploy",
                                    [TROUBLE_POISON] = "poison",
                                    [TROUBLE_CONSUMER] = "consumer_stopped",
                                    [TROUBLE_SURGE] = "surge",
                                    [TROUBLE_ZONE] = "az_lost",
                                    NULL};

#define LASTING                                                                                    \
    (BIT(TROUBLE_ERROR_RATE) | BIT(TROUBLE_SCALING) | BIT(TROUBLE_CONSUMER) | BIT(TROUBLE_SURGE))

#define F(member) AT(struct fault_spec, member)
static const struct field fault_fields[] = {
    {"kind", FIELD_CHOICE, STORE_ENUM, F(kind), .choice = kinds, .mandatory = true,
     .doc =
         "error_rate: a function fails more often; scaling_slowed: environments come more slowly; "
         "deploy: a function's environments are replaced, all are cold; poison: a record or "
         "message that always fails; consumer_stopped: a mapping is disabled; surge: "
         "nothing, but what the arrivals say: the drain after it is measured as after the others; "
         "az_lost: a zone "
         "with its share of a baseline's servers."},
    {"at_s", FIELD_NUMBER, F(at_s), .maximum = LONGEST_S, .unit = "s", .mandatory = true,
     .doc = "When of the run it happens or begins."},
    {"until_s", FIELD_NUMBER, F(until_s), .maximum = LONGEST_S, .unit = "s", .dynamic = true,
     .needed = LASTING, .allowed = LASTING, .doc = "When it is over."},
    {"function_name", FIELD_STRING, F(function), .kind = TEXT_NAME,
     .needed = BIT(TROUBLE_ERROR_RATE) | BIT(TROUBLE_DEPLOY),
     .allowed = BIT(TROUBLE_ERROR_RATE) | BIT(TROUBLE_DEPLOY), .doc = "Whose."},
    {"error_rate", FIELD_NUMBER, F(error_rate), .maximum = 1, .dynamic = true,
     .needed = BIT(TROUBLE_ERROR_RATE), .allowed = BIT(TROUBLE_ERROR_RATE),
     .doc = "Share of invocations that fail, instead of the function's own."},
    {"factor", FIELD_NUMBER, F(factor), .minimum = 0.001, .maximum = 1, .dynamic = true,
     .needed = BIT(TROUBLE_SCALING), .allowed = BIT(TROUBLE_SCALING),
     .doc = "Of the usual scaling rate."},
    {"event_source_mapping", FIELD_STRING, F(mapping), .kind = TEXT_NAME,
     .needed = BIT(TROUBLE_CONSUMER), .allowed = BIT(TROUBLE_CONSUMER),
     .doc = "Which is disabled, then enabled again; drain_s tells how long it takes to catch up."},
    {"workload", FIELD_STRING, F(workload), .kind = TEXT_NAME, .needed = BIT(TROUBLE_POISON),
     .allowed = BIT(TROUBLE_POISON), .doc = "Who sends it, to a stream, a table or a queue."},
    {"partition_key", FIELD_STRING, F(partition_key), .dynamic = true,
     .allowed = BIT(TROUBLE_POISON), .doc = "Its key; default: any place."},
    {"baseline", FIELD_STRING, F(baseline), .kind = TEXT_NAME, .dynamic = true,
     .allowed = BIT(TROUBLE_ZONE), .doc = "Whose servers; default: those of every baseline."},
    {"zones", FIELD_INTEGER, STORE_UNSIGNED, F(zones), .initial = 3, .minimum = 1, .maximum = 10,
     .allowed = BIT(TROUBLE_ZONE), .doc = "Over so many is the group spread."},
    {"replaced_after_s", FIELD_NUMBER, F(replaced_after_s), .initial = 60, .maximum = LONGEST_S,
     .unit = "s", .allowed = BIT(TROUBLE_ZONE),
     .doc = "The group notices, and launches as many elsewhere."},
};
const struct object object_fault = {.name = "fault",
                                    .doc = "Something that goes wrong at a given time.",
                                    FIELDS(fault_fields),
                                    .selector = "kind",
                                    .size = sizeof(struct fault_spec)};

/* A poison fault is one of its workload's poison records. */
static void add_poison(struct reader *reader, const cJSON *at, struct workload_spec *workload,
                       const struct fault_spec *fault)
{
    if (!kind_is(workload->to.kind, KINDS_READ)) {
        reader_error(
            reader, reader_member(at, "workload"), "workload",
            "sends to no stream, table or queue; a function's errors are kind \"error_rate\"");
        return;
    }
    workload->poison =
        mem_resize(workload->poison, workload->poisons + 1, sizeof *workload->poison);
    workload->poison[workload->poisons++] =
        (struct poison_spec){.at_s = fault->at_s, .key = mem_strdup(fault->partition_key)};
}

static bool same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Two that would undo each other. */
static bool clash(const struct fault_spec *a, const struct fault_spec *b)
{
    return a->kind == b->kind && same(a->function, b->function) && same(a->mapping, b->mapping) &&
           (LASTING >> a->kind & 1) != 0 && a->at_s < b->until_s && b->at_s < a->until_s;
}

static void check_fault(struct reader *reader, struct scenario *scenario, size_t index,
                        const cJSON *at)
{
    const struct fault_spec *const fault = &scenario->fault[index];
    const double end_s = scenario->run.duration_s;
    char time[JSON_NUMBER_SIZE], end[JSON_NUMBER_SIZE];
    if ((LASTING >> fault->kind & 1) != 0 && fault->until_s <= fault->at_s)
        reader_error(reader, at, NULL, "until_s must be after at_s");
    if (end_s > 0 && fault->at_s >= end_s)
        reader_error(reader, reader_member(at, "at_s"), "at_s",
                     "%s s is not before the end of the run, run.duration_s %s s",
                     json_number(fault->at_s, time), json_number(end_s, end));
    for (size_t i = 0; i < index; i++)
        if (clash(&scenario->fault[i], fault))
            reader_error(reader, at, NULL, "overlaps faults[%zu], which is of the same kind", i);
    if (fault->kind == TROUBLE_ZONE && fault->baseline == NULL && scenario->baselines == 0)
        reader_error(reader, at, NULL, "there is no baseline whose servers could be lost");
    if (fault->kind == TROUBLE_SCALING && reader->day_known &&
        reader_limit_or(reader, "lambda.scale.per_function_per_10s", 0) <= 0 &&
        reader_limit_or(reader, "lambda.burst.initial.other", 0) <= 0)
        reader_warning(reader, at, NULL, "has no effect: nothing limits the scaling rate then");
}

/* What the fault names; the poison of a workload becomes that workload's. */
static void resolve(struct reader *reader, struct scenario *scenario,
                    const struct fault_spec *fault, const cJSON *at)
{
    const struct entities functions = ENTITIES(scenario, function, "functions", "function"),
                          mappings = ENTITIES(scenario, mapping, "event_source_mappings",
                                              "event source mapping"),
                          baselines = ENTITIES(scenario, baseline, "baselines", "baseline"),
                          workloads = ENTITIES(scenario, workload, "workloads", "workload");
    if (fault->function != NULL)
        checks_find(reader, &functions, fault->function, at, "function_name");
    if (fault->mapping != NULL)
        checks_find(reader, &mappings, fault->mapping, at, "event_source_mapping");
    if (fault->baseline != NULL)
        checks_find(reader, &baselines, fault->baseline, at, "baseline");
    if (fault->workload == NULL)
        return;
    const long workload = checks_find(reader, &workloads, fault->workload, at, "workload");
    const cJSON *const all = reader_member(reader->root, workloads.section);
    if (workload >= 0 && scenario->workload[workload].to.kind != ENTITY_NONE &&
        !reader_is_unsound(reader, reader_member(all, fault->workload)))
        add_poison(reader, at, &scenario->workload[workload], fault);
}

void checks_faults(struct reader *reader, struct scenario *scenario)
{
    const cJSON *at = reader_member(reader->root, "faults");
    at = at == NULL ? NULL : at->child;
    for (size_t i = 0; i < scenario->faults && at != NULL; i++, at = at->next) {
        const size_t mark = reader_enter(reader, "faults");
        reader_enter_index(reader, i);
        if (!reader_is_unsound(reader, at))
            check_fault(reader, scenario, i, at);
        resolve(reader, scenario, &scenario->fault[i], at);
        reader_leave(reader, mark);
    }
}
