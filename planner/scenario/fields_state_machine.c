/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The vocabulary of state machines (Terraform's aws_sfn_state_machine; steps as Amazon States
 * Language names them). */
#include "scenario/internal.h"

#include "support/date.h"

#include <stdio.h>

static const char *const task_or_steps[] = {"task", "steps", NULL};
static const char *const only_task[] = {"task", NULL};
static const char *const step_kinds[] = {"task", "map", "parallel", "wait_s", NULL};
static const struct object object_inner_step; /* of an item or branch; below */

#define M(member) AT(struct map_spec, member)
static const struct field map_fields[] = {
    {"items", FIELD_DISTRIBUTION, M(items), .mandatory = true, .unit = "items",
     .doc = "How many there are; a fraction is rounded."},
    {"max_concurrency", FIELD_INTEGER, STORE_UNSIGNED, M(max_concurrency), .minimum = 1,
     .maximum = 1e6, .unit = "items", .dynamic = true,
     .doc = "So many at once; default: 40, of a caller all. More than 40 are a distributed map."},
    {"task", FIELD_REFERENCE, M(task), .references = BIT(ENTITY_FUNCTION),
     .doc = "The function that each item invokes."},
    {"work_ms", FIELD_DISTRIBUTION, STORE_POINTER, M(work_ms), .unit = "ms", .dynamic = true,
     .doc = "What one function would take for all, at its reference memory; each item draws it "
            "and does its share; default: each takes the function's duration."},
    /* The last one: */
    {"steps", FIELD_LIST, M(step), COUNT_AT(struct map_spec, steps), .minimum = 1, .maximum = 1000,
     .object = &object_inner_step, .doc = "What each item goes through, in this order."},
};
static const struct object object_map = {.name = "map",
                                         .doc = "The same for each of many items.",
                                         FIELDS(map_fields),
                                         .exactly_one = task_or_steps};

#define B(member) AT(struct branch_spec, member)
static const struct field branch_fields[] = {
    {"task", FIELD_REFERENCE, B(task), .references = BIT(ENTITY_FUNCTION),
     .doc = "The function that it invokes."},
    /* The last one: */
    {"steps", FIELD_LIST, B(step), COUNT_AT(struct branch_spec, steps), .minimum = 1,
     .maximum = 1000, .object = &object_inner_step, .doc = "What it goes through, in this order."},
};
static const struct object object_branch = {.name = "branch",
                                            .doc = "One of those that run beside each other.",
                                            FIELDS(branch_fields),
                                            .size = sizeof(struct branch_spec),
                                            .exactly_one = task_or_steps};

/* Inside of an item or branch these have no steps: there it ends. */
static const struct object object_inner_map = {.name = "inner_map",
                                               .doc = "A function for each of many items.",
                                               .field = map_fields,
                                               .fields = LENGTH(map_fields) - 1,
                                               .exactly_one = only_task};
static const struct object object_inner_branch = {
    .name = "inner_branch",
    .doc = "One of the tasks that run beside each other.",
    .field = branch_fields,
    .fields = LENGTH(branch_fields) - 1,
    .size = sizeof(struct branch_spec),
    .exactly_one = only_task};

#define S(member) AT(struct step_spec, member)
#define TASK                                                                                       \
    {                                                                                              \
        "task", FIELD_REFERENCE, S(task), .references = BIT(ENTITY_FUNCTION),                      \
                                          .doc = "Invokes a function and waits for it."            \
    }
#define BRANCHES S(branch), COUNT_AT(struct step_spec, branches), .minimum = 1, .maximum = 1000
#define WAIT                                                                                       \
    {                                                                                              \
        "wait_s", FIELD_NUMBER, S(wait_s), .initial = UNSET_NUMBER, .maximum = 31536000,           \
                                           .unit = "s", .dynamic = true, .doc = "Waits so long."   \
    }
static const struct field inner_step_fields[] = {
    TASK,
    {"map", FIELD_OBJECT, S(map), .object = &object_inner_map,
     .doc = "A function for each of many items."},
    {"parallel", FIELD_LIST, BRANCHES, .object = &object_inner_branch,
     .doc = "Tasks that run beside each other."},
    WAIT,
};
static const struct field step_fields[] = {
    TASK,
    {"map", FIELD_OBJECT, S(map), .object = &object_map,
     .doc = "A function, or steps, for each of many items."},
    {"parallel", FIELD_LIST, BRANCHES, .object = &object_branch,
     .doc = "Functions, or steps, that run beside each other."},
    WAIT,
};
static const struct object object_inner_step = {.name = "inner_step",
                                                .doc = "What an item or branch goes through.",
                                                FIELDS(inner_step_fields),
                                                .size = sizeof(struct step_spec),
                                                .exactly_one = step_kinds};
static const struct object object_step = {.name = "step",
                                          .doc = "What an execution goes through.",
                                          FIELDS(step_fields),
                                          .size = sizeof(struct step_spec),
                                          .exactly_one = step_kinds};

static const char *const types[] = {"STANDARD", "EXPRESS", "caller", NULL};

#define T(member) AT(struct state_machine_spec, member)
static const struct field retry_fields[] = {
    {"max_attempts", FIELD_INTEGER, STORE_UNSIGNED, T(max_attempts), .initial = 3, .maximum = 1000,
     .doc = "Tries after the first; 0: none."},
    {"interval_seconds", FIELD_NUMBER, T(interval_s), .initial = 1, .maximum = 86400, .unit = "s",
     .doc = "Before the first of them."},
    {"backoff_rate", FIELD_NUMBER, T(backoff_rate), .initial = 2, .minimum = 1, .maximum = 100,
     .doc = "The interval grows by this from try to try."},
    {"max_delay_seconds", FIELD_NUMBER, T(max_delay_s), .initial = 31536000, .maximum = 31536000,
     .unit = "s", .doc = "And is never longer."},
};
static const struct object object_retry = {.name = "retry",
                                           .doc =
                                               "What happens to tasks that fail or are throttled.",
                                           FIELDS(retry_fields)};

/* A program of one's own has no limit. */
static void check_map(struct reader *reader, const cJSON *json, struct map_spec *map)
{
    char limit[READER_LIMIT_SIZE] = "", first[16];
    const double most = reader_limit(reader, "stepfunctions.map.concurrency");
    if (!reader_exists(reader, "since.map_state")) {
        reader_error(reader, json, "map", "maps exist since %s",
                     reader_since(reader, "since.map_state", first));
        return;
    }
    if (map->max_concurrency == 0)
        map->max_concurrency = (unsigned)reader_limit(reader, "stepfunctions.map.inline");
    if (map->max_concurrency > most)
        reader_error(reader, reader_member(json, "max_concurrency"), "map.max_concurrency",
                     "%u is above %.0f items%s", map->max_concurrency, most,
                     reader_limit_text(reader, "stepfunctions.map.concurrency", limit));
}

struct steps_check {
    struct reader *reader;
    bool limited; /* by Step Functions: not a program of one's own */
};

static void check_steps(struct steps_check check, const cJSON *parent, const char *prefix,
                        struct step_spec *step, size_t steps);

static void check_step(struct steps_check check, const cJSON *json, struct step_spec *step)
{
    const cJSON *const map = reader_member(json, "map");
    const cJSON *branch = reader_member(json, "parallel");
    if (map != NULL && check.limited)
        check_map(check.reader, map, &step->map);
    if (map != NULL && step->map.steps > 0 && step->map.work_ms != NULL)
        reader_error(check.reader, reader_member(map, "work_ms"), "map.work_ms",
                     "is shared out to the items of a task, not of steps");
    if (map != NULL)
        check_steps(check, map, "map", step->map.step, step->map.steps);
    branch = branch == NULL ? NULL : branch->child;
    for (size_t k = 0; k < step->branches && branch != NULL; k++, branch = branch->next) {
        char prefix[48];
        snprintf(prefix, sizeof prefix, "parallel[%zu]", k);
        check_steps(check, branch, prefix, step->branch[k].step, step->branch[k].steps);
    }
}

static void check_steps(struct steps_check check, const cJSON *parent, const char *prefix,
                        struct step_spec *step, size_t steps)
{
    const cJSON *const list = reader_member(parent, "steps");
    const cJSON *at = list == NULL ? NULL : list->child;
    for (size_t i = 0; i < steps && at != NULL; i++, at = at->next) {
        char path[96];
        snprintf(path, sizeof path, "%s%ssteps[%zu]", prefix, prefix[0] != '\0' ? "." : "", i);
        const size_t mark = reader_enter(check.reader, path);
        check_step(check, at, &step[i]);
        reader_leave(check.reader, mark);
    }
}

static void finish_state_machine(struct reader *reader, const cJSON *json, void *base,
                                 uint64_t given)
{
    struct state_machine_spec *const machine = base;
    const char *const key = machine->type == STATE_MACHINE_EXPRESS_TYPE ? "since.express_workflows"
                            : machine->type == STATE_MACHINE_STANDARD_TYPE ? "since.step_functions"
                                                                           : NULL;
    char first[16], day[16];
    (void)given;
    if (json != NULL && key != NULL && !reader_exists(reader, key))
        reader_error(reader, json, NULL, "%s state machines exist since %s; as_of is %s",
                     types[machine->type], reader_since(reader, key, first),
                     date_format(reader->day, day));
    check_steps((struct steps_check){.reader = reader, .limited = key != NULL}, json, "",
                machine->step, machine->steps);
}

static const struct field state_machine_fields[] = {
    {"type", FIELD_CHOICE, STORE_ENUM, T(type), .choice = types,
     .doc = "STANDARD is billed by transitions, EXPRESS by requests and duration; caller: a "
            "program of yours that calls and joins, which costs nothing here."},
    {"steps", FIELD_LIST, T(step), COUNT_AT(struct state_machine_spec, steps), .minimum = 1,
     .maximum = 1000, .object = &object_step, .mandatory = true, .doc = "In this order."},
    {"retry", FIELD_OBJECT, .offset = 0, .object = &object_retry,
     .doc = "What happens to tasks that fail or are throttled."},
    {"transition_ms", FIELD_NUMBER, T(transition_ms), .initial = UNSET_NUMBER, .maximum = 60000,
     .unit = "ms", .dynamic = true,
     .doc = "That a step, item or branch takes to begin; default: an assumption by type "
            "(data/limits)."},
    {"memory_mb", FIELD_NUMBER, T(memory_mb), .initial = 64, .minimum = 1, .maximum = 10240,
     .unit = "MB", .doc = "Of an EXPRESS execution; billed in steps of 64 MB."},
};
const struct object object_state_machine = {.name = "state_machine",
                                            .doc = "A state machine of Step Functions.",
                                            FIELDS(state_machine_fields),
                                            .size = sizeof(struct state_machine_spec),
                                            .finish = finish_state_machine};

bool scenario_step_is_map(const struct step_spec *step)
{
    return step->map.task.kind != ENTITY_NONE || step->map.steps > 0;
}
