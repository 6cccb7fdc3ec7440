/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The vocabulary of what functions call and wait for, and of their calls. */
#include "scenario/internal.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

static const char *const outage_modes[] = {
    [OUTAGE_FAILS] = "error", [OUTAGE_IS_SLOW] = "slow", [OUTAGE_HANGS] = "hang", NULL};

#define O(member) AT(struct outage_spec, member)
static const struct field outage_fields[] = {
    {"from_s", FIELD_NUMBER, O(from_s), .maximum = LONGEST_S, .unit = "s", .mandatory = true,
     .doc = "When of the run it begins."},
    {"until_s", FIELD_NUMBER, O(until_s), .maximum = LONGEST_S, .unit = "s", .mandatory = true,
     .dynamic = true, .doc = "When it is over."},
    {"mode", FIELD_CHOICE, STORE_ENUM, O(mode), .choice = outage_modes,
     .doc = "error: calls fail at once; slow: they take factor times as long; hang: they get no "
            "answer before the end."},
    {"factor", FIELD_NUMBER, O(factor), .initial = 1, .minimum = 1, .maximum = 1e6, .dynamic = true,
     .needed = BIT(OUTAGE_IS_SLOW), .allowed = BIT(OUTAGE_IS_SLOW), .doc = "How much slower."},
    {"share", FIELD_NUMBER, O(share), .initial = 1, .maximum = 1,
     .doc = "Part of the calls that it strikes."},
};
static const struct object object_outage = {.name = "outage",
                                            .doc =
                                                "A time when a downstream fails, is slow or hangs.",
                                            FIELDS(outage_fields),
                                            .selector = "mode",
                                            .size = sizeof(struct outage_spec)};

static void finish_downstream(struct reader *reader, const cJSON *json, void *base, uint64_t given)
{
    const struct downstream_spec *const downstream = base;
    const cJSON *at = reader_member(json, "outages");
    (void)given;
    if (downstream->slowdown > 0 && downstream->max_concurrency == 0 &&
        !reader_is_told(reader, json, "max_concurrency"))
        reader_error(reader, reader_member(json, "slowdown"), "slowdown",
                     "needs max_concurrency: it is for all of it at work");
    at = at == NULL ? NULL : at->child;
    for (size_t i = 0; i < downstream->outages && at != NULL; i++, at = at->next) {
        const size_t mark = reader_enter(reader, "outages");
        reader_enter_index(reader, i);
        if (downstream->outage[i].until_s <= downstream->outage[i].from_s)
            reader_error(reader, at, NULL, "until_s must be after from_s");
        else if (i > 0 && downstream->outage[i].from_s < downstream->outage[i - 1].until_s)
            reader_error(reader, at, NULL, "begins before the end of the one before it");
        reader_leave(reader, mark);
    }
}

#define D(member) AT(struct downstream_spec, member)
static const struct field downstream_fields[] = {
    {"latency_ms", FIELD_DISTRIBUTION, D(latency_ms), .unit = "ms", .mandatory = true,
     .doc = "Of a call while little else is going on."},
    {"max_concurrency", FIELD_INTEGER, STORE_UNSIGNED, D(max_concurrency), .maximum = 1e6,
     .unit = "calls", .doc = "So many are worked on at once, others wait; 0: as many as come."},
    {"queue_capacity", FIELD_INTEGER, D(queue_capacity), .initial = 10000, .maximum = 1e7,
     .unit = "calls", .doc = "So many wait at most; more are refused."},
    {"slowdown", FIELD_NUMBER, D(slowdown), .maximum = 1000,
     .doc = "A call that begins takes latency_ms x (1 + slowdown x share of max_concurrency at "
            "work)."},
    {"max_connections", FIELD_INTEGER, D(max_connections), .maximum = 1e7, .unit = "connections",
     .doc = "Execution environments cannot have more together; 0: no limit."},
    {"outages", FIELD_LIST, D(outage), COUNT_AT(struct downstream_spec, outages), .maximum = 10000,
     .object = &object_outage, .doc = "Times of trouble, one after another."},
};
const struct object object_downstream = {
    .name = "downstream",
    .doc = "A database or an API that functions call and wait for.",
    FIELDS(downstream_fields),
    .size = sizeof(struct downstream_spec),
    .finish = finish_downstream};

#define C(member) AT(struct call_spec, member)
static const struct field call_fields[] = {
    {"to", FIELD_REFERENCE, C(to), .references = BIT(ENTITY_DOWNSTREAM), .mandatory = true,
     .doc = "\"downstream:NAME\"."},
    {"count", FIELD_INTEGER, STORE_UNSIGNED, C(count), .initial = 1, .minimum = 1, .maximum = 10000,
     .unit = "calls", .doc = "One after another."},
    {"per_record", FIELD_BOOLEAN, C(per_record), .doc = "So many for each record of a batch."},
    {"share", FIELD_NUMBER, C(share), .initial = 1, .maximum = 1,
     .doc = "Part of the invocations that make them."},
    {"timeout_ms", FIELD_NUMBER, C(timeout_ms), .initial = UNSET_NUMBER, .minimum = 1,
     .maximum = 1e9, .unit = "ms", .dynamic = true,
     .doc = "The invocation fails when a call takes longer; default: the function's own timeout "
            "ends it."},
    {"connections", FIELD_INTEGER, STORE_UNSIGNED, C(connections), .initial = 1, .maximum = 10000,
     .unit = "connections",
     .doc = "What an execution environment keeps open from its first call to its end."},
};
const struct object object_call = {
    .name = "call",
    .doc = "Calls that a function makes after its own work, and waits for.",
    FIELDS(call_fields),
    .size = sizeof(struct call_spec)};

static void resolve_calls(struct reader *reader, struct scenario *scenario,
                          struct function_spec *function, bool *called)
{
    const struct entities downstreams = ENTITIES(scenario, downstream, "downstreams", "downstream");
    const cJSON *at = reader_member(
        reader_member(reader_member(reader->root, "functions"), function->name), "calls");
    const size_t mark = reader_enter(reader, "functions");
    reader_enter(reader, function->name);
    const size_t calls_mark = reader_enter(reader, "calls");
    at = at == NULL ? NULL : at->child;
    for (size_t i = 0; i < function->calls && at != NULL; i++, at = at->next) {
        struct reference *const to = &function->call[i].to;
        if (to->kind == ENTITY_NONE)
            continue; /* it was said already */
        const size_t index_mark = reader_enter_index(reader, i);
        const long found = checks_find(reader, &downstreams, to->name, at, "to");
        reader_leave(reader, index_mark);
        if (found < 0)
            continue;
        called[found] = true;
        to->index = (size_t)found;
    }
    reader_leave(reader, calls_mark);
    reader_leave(reader, mark);
}

void checks_downstreams(struct reader *reader, struct scenario *scenario)
{
    bool *const called = mem_alloc(scenario->downstreams + 1, sizeof *called);
    const cJSON *const all = reader_member(reader->root, "downstreams");
    for (size_t i = 0; i < scenario->functions; i++)
        if (scenario->function[i].calls > 0)
            resolve_calls(reader, scenario, &scenario->function[i], called);
    const size_t mark = reader_enter(reader, "downstreams");
    for (size_t i = 0; i < scenario->downstreams; i++)
        if (!called[i] && !reader->failed)
            reader_warning(reader, reader_member(all, scenario->downstream[i].name),
                           scenario->downstream[i].name,
                           "no function calls this downstream; add it to a function's calls");
    reader_leave(reader, mark);
    free(called);
}
