/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * State machines by the Amazon States Language (states-language.net), JSONPath or JSONata. A
 * scenario's machine is a line of steps: tasks that are Lambda functions, maps, parallel ones and
 * waits; items and branches have such steps, too, but those inside of theirs are single tasks. What
 * branches, loops or calls other services is told, and what stands for it.
 */
#include "imports/readers.h"

#include "core/memory.h"
#include "scenario/json.h"
#include "support/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATES_MOST 1000 /* steps of a scenario's machine, and branches of a step */

struct machine {
    const struct source *source;
    const char *id;
    long line;                  /* of a definition in a text; 0: its states have their own */
    const cJSON *substitutions; /* of SAM and CloudFormation */
    cJSON *steps;               /* into which states are read */
    bool inner;                 /* they are of an item or branch */
    cJSON *retry;               /* of the first task that has one; NULL: none yet */
    bool elsewhere;             /* the definition is in another file */
    bool retry_differs;
    size_t idle; /* states that call nothing */
};

/* States that follow each other. */
struct walk {
    const cJSON *states, *state;
    const cJSON *seen[STATES_MOST];
    size_t count;
};

static struct place place_of(const struct machine *machine, const cJSON *state)
{
    struct place place = source_place(machine->source, state);
    place.line = machine->line > 0 ? machine->line : place.line;
    return place;
}

__attribute__((format(printf, 3, 4))) static void tell(const struct machine *machine,
                                                       const cJSON *state, const char *format, ...)
{
    char text[400], shown[JSON_SHOWN_SIZE], shown_state[JSON_SHOWN_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const bool is_state = state->string != NULL && tree_member(state, "States") == NULL;
    inventory_warning(machine->source->inventory, place_of(machine, state),
                      "state machine %s: %s%s%s", json_shown(machine->id, shown),
                      is_state ? json_shown(state->string, shown_state) : "", is_state ? ": " : "",
                      text);
}

/* Those of `keys` (NULL ends them) that say something. */
static void tell_unused(const struct machine *machine, const cJSON *state, const char *const *keys)
{
    for (; *keys != NULL; keys++)
        if (!tree_is_empty(tree_member(state, *keys)))
            tell(machine, state, "%s is not simulated", *keys);
}

/* --- from state to state ---------------------------------------------------------------------- */

static const cJSON *state_named(const struct walk *walk, const char *name)
{
    const cJSON *const state = name == NULL ? NULL : tree_member(walk->states, name);
    return cJSON_IsObject(state) ? state : NULL;
}

static const char *chosen_next(const cJSON *state)
{
    const char *const otherwise = tree_text(state, "Default");
    const cJSON *const choices = tree_member(state, "Choices");
    return otherwise != NULL ? otherwise
                             : tree_text(choices == NULL ? NULL : choices->child, "Next");
}

static const char *next_of(const cJSON *state)
{
    const char *const type = tree_text(state, "Type");
    return type != NULL && strcmp(type, "Choice") == 0 ? chosen_next(state)
                                                       : tree_text(state, "Next");
}

/* The state to begin with; `definition` is a machine's, a branch's or a map's. */
static const cJSON *walk_first(struct walk *walk, const cJSON *definition)
{
    *walk = (struct walk){.states = tree_member(definition, "States")};
    return walk->state = state_named(walk, tree_text(definition, "StartAt"));
}

static const cJSON *walk_next(const struct machine *machine, struct walk *walk)
{
    const char *const name = next_of(walk->state);
    const cJSON *const next = state_named(walk, name);
    char shown[JSON_SHOWN_SIZE];
    walk->seen[walk->count++] = walk->state;
    if (name != NULL && next == NULL)
        tell(machine, walk->state, "it goes on with %s, which is not there: it ends here",
             json_shown(name, shown));
    if (next != NULL && walk->count == STATES_MOST) {
        tell(machine, next, "more than %d states: the others are left out", STATES_MOST);
        return walk->state = NULL;
    }
    for (size_t i = 0; next != NULL && i < walk->count; i++)
        if (walk->seen[i] == next) {
            tell(machine, walk->state,
                 "it goes back to %s: a loop is not simulated; what is in it "
                 "is taken to run once",
                 json_shown(name, shown));
            return walk->state = NULL;
        }
    return walk->state = next;
}

/* --- tasks ------------------------------------------------------------------------------------ */

/* "${Key}" of a template's DefinitionSubstitutions. */
static const char *substituted(const struct machine *machine, const char *text)
{
    const size_t length = strlen(text);
    if (length < 4 || strncmp(text, "${", 2) != 0 || text[length - 1] != '}')
        return text;
    char *const key = text_format("%.*s", (int)length - 3, text + 2);
    const char *const value = tree_text(machine->substitutions, key);
    free(key);
    return value != NULL ? value : text;
}

/* What a task calls, as an ARN or a function's name; NULL: nothing that is told. */
static const char *called_by(const struct machine *machine, const cJSON *task, bool *ret_function)
{
    static const char invoke[] = "arn:aws:states:::lambda:invoke";
    const char *const resource = tree_text(task, "Resource");
    const char *const named = resource == NULL ? NULL : substituted(machine, resource);
    const cJSON *const parameters = tree_member(task, "Parameters") != NULL
                                        ? tree_member(task, "Parameters")
                                        : tree_member(task, "Arguments");
    *ret_function = named != NULL && strncmp(named, invoke, sizeof invoke - 1) == 0;
    if (!*ret_function)
        return named;
    const char *const function = tree_text(parameters, "FunctionName");
    return function == NULL ? NULL : substituted(machine, function);
}

/* "function:ID", in new memory; NULL after a warning. */
static char *function_of(const struct machine *machine, const cJSON *task)
{
    bool is_name;
    char shown[JSON_SHOWN_SIZE];
    struct arn arn;
    const char *const called = called_by(machine, task, &is_name);
    const bool is_arn = called != NULL && arn_parse(called, &arn);
    if (called == NULL || strstr(called, "${") != NULL || called[0] == '{') {
        tell(machine, task, "which function it calls cannot be told from the file: left out");
        return NULL;
    }
    if (is_arn ? strcmp(arn.service, "lambda") != 0 : !is_name) {
        tell(machine, task, "%s is no function, which is not simulated: left out",
             json_shown(called, shown));
        return NULL;
    }
    const struct place place = place_of(machine, task);
    char *const id = function_name_of(called, NULL);
    struct item *const item = inventory_item(machine->source->inventory, ITEM_FUNCTION, id, place);
    if (is_arn)
        inventory_region(machine->source->inventory, arn.region, place);
    if (item != NULL && item->notes == NULL)
        item_note(item, "Named by a state in %s:%ld.", place.file, place.line);
    char *const target = item == NULL ? NULL : text_format("function:%s", id);
    free(id);
    return target;
}

/* The first retrier speaks for all of a machine. */
static cJSON *retry_of(const cJSON *task)
{
    static const struct {
        const char *from, *to;
        double otherwise, least, most;
    } keys[] = {{"MaxAttempts", "max_attempts", 3, 0, 1000},
                {"IntervalSeconds", "interval_seconds", 1, 0, 86400},
                {"BackoffRate", "backoff_rate", 2, 1, 100},
                {"MaxDelaySeconds", "max_delay_seconds", 31536000, 0, 31536000}};
    const cJSON *const retriers = tree_member(task, "Retry");
    const cJSON *const first = retriers == NULL ? NULL : retriers->child;
    cJSON *const retry = cJSON_CreateObject();
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        double value = first == NULL ? 0 : keys[i].otherwise;
        const cJSON *const given = tree_member(first, keys[i].from);
        const bool known = tree_number(given, &value);
        if (i == 0 || known)
            cJSON_AddNumberToObject(retry, keys[i].to,
                                    i == 0 ? floor(fmin(fmax(value, 0), keys[i].most))
                                           : fmin(fmax(value, keys[i].least), keys[i].most));
    }
    return retry;
}

/* What a task says beside its function. */
static void read_task_details(struct machine *machine, const cJSON *task)
{
    static const char *const unused[] = {"Catch", "TimeoutSeconds", "TimeoutSecondsPath",
                                         "HeartbeatSeconds", NULL};
    const char *const resource = tree_text(task, "Resource");
    cJSON *const retry = retry_of(task);
    tell_unused(machine, task, unused);
    if (resource != NULL && strstr(resource, ".waitForTaskToken") != NULL)
        tell(machine, task, "waiting for a task token is not simulated: only the call is");
    if (machine->retry != NULL && !machine->retry_differs &&
        !cJSON_Compare(machine->retry, retry, 1)) {
        tell(machine, task,
             "its Retry differs from that of the machine's first task, which is "
             "taken for all");
        machine->retry_differs = true;
    }
    if (machine->retry == NULL)
        machine->retry = retry;
    else
        cJSON_Delete(retry);
}

static bool put_task(struct machine *machine, const cJSON *task, cJSON *into)
{
    char *const function = function_of(machine, task);
    if (function == NULL)
        return false;
    cJSON_AddStringToObject(into, "task", function);
    read_task_details(machine, task);
    free(function);
    return true;
}

/* Each task of the states of an item or branch that is inside of one, as {"task": …}; others are
 * told. */
static void put_inner_tasks(struct machine *machine, const cJSON *definition, cJSON *list)
{
    struct walk *const walk = mem_alloc(1, sizeof *walk);
    for (const cJSON *state = walk_first(walk, definition); state != NULL;
         state = walk_next(machine, walk)) {
        const char *const type = tree_text(state, "Type");
        cJSON *const entry = cJSON_CreateObject();
        if (type != NULL && strcmp(type, "Task") == 0 && cJSON_GetArraySize(list) < STATES_MOST &&
            put_task(machine, state, entry)) {
            cJSON_AddItemToArray(list, entry);
            continue;
        }
        cJSON_Delete(entry);
        if (type == NULL || strcmp(type, "Task") != 0)
            tell(machine, state, "a %s within a map or branch inside of another is not simulated",
                 type != NULL ? type : "state without Type");
    }
    free(walk);
}

/* --- steps ------------------------------------------------------------------------------------ */

static cJSON *add_step(struct machine *machine)
{
    cJSON *const step = cJSON_CreateObject();
    cJSON_AddItemToArray(machine->steps, step);
    return step;
}

static void read_task(struct machine *machine, const cJSON *state)
{
    cJSON *const step = cJSON_CreateObject();
    if (put_task(machine, state, step))
        cJSON_AddItemToArray(machine->steps, step);
    else
        cJSON_Delete(step);
}

static size_t read_states_of(struct machine *machine, const cJSON *definition);

/* What an item or branch goes through, in new memory. */
static cJSON *inner_steps(struct machine *machine, const cJSON *definition)
{
    cJSON *const outer = machine->steps, *const list = cJSON_CreateArray();
    if (machine->inner) {
        put_inner_tasks(machine, definition, list);
        return list;
    }
    machine->steps = list;
    machine->inner = true;
    read_states_of(machine, definition);
    machine->inner = false;
    machine->steps = outer;
    return list;
}

static bool is_single_task(const cJSON *steps)
{
    return cJSON_GetArraySize(steps) == 1 && tree_text(steps->child, "task") != NULL;
}

/* A map or branch with all `steps`, which it takes. */
static void put_steps(cJSON *into, cJSON *steps)
{
    if (is_single_task(steps)) {
        cJSON_AddItemToObject(into, "task", cJSON_DetachItemFromObject(steps->child, "task"));
        cJSON_Delete(steps);
    } else {
        cJSON_AddItemToObject(into, "steps", steps);
    }
}

static cJSON *add_map(struct machine *machine, int known, double concurrency)
{
    cJSON *const map = cJSON_AddObjectToObject(add_step(machine), "map");
    cJSON_AddNumberToObject(map, "items", known > 0 ? known : 1);
    if (known == 0)
        cJSON_AddStringToObject(map, "comment", "To fill in: how many items there are.");
    if (concurrency > 0)
        cJSON_AddNumberToObject(map, "max_concurrency", floor(fmin(concurrency, 1e6)));
    return map;
}

static void read_map(struct machine *machine, const cJSON *state)
{
    static const char *const unused[] = {
        "MaxConcurrencyPath",         "ItemBatcher",           "Retry", "Catch",
        "ToleratedFailurePercentage", "ToleratedFailureCount", NULL};
    const cJSON *const inner = tree_member(state, "ItemProcessor") != NULL
                                   ? tree_member(state, "ItemProcessor")
                                   : tree_member(state, "Iterator");
    const char *const mode = tree_text(tree_member(inner, "ProcessorConfig"), "Mode");
    const cJSON *const items = tree_member(state, "Items");
    const int known = cJSON_IsArray(items) ? cJSON_GetArraySize(items) : 0;
    double concurrency = 0;
    cJSON *const steps = inner_steps(machine, inner);
    const int count = cJSON_GetArraySize(steps);
    if (!tree_number(tree_member(state, "MaxConcurrency"), &concurrency) || concurrency < 1)
        concurrency = mode != NULL && strcmp(mode, "DISTRIBUTED") == 0 ? 1e6 : 0;
    tell_unused(machine, state, unused);
    if (count == 0)
        tell(machine, state, "a map without a function is not simulated: left out");
    if (count > 0 && known == 0)
        tell(machine, state,
             "how many items it has is not in the definition: 1 is taken; fill it in");
    if (count > 1 && machine->inner)
        tell(machine, state,
             "%d functions follow each other for an item inside of another: each is taken as a map "
             "of its own",
             count);
    if (count > 0 && !machine->inner) {
        put_steps(add_map(machine, known, concurrency), steps);
        return;
    }
    for (const cJSON *task = steps->child; task != NULL; task = task->next)
        cJSON_AddStringToObject(add_map(machine, known, concurrency), "task",
                                tree_text(task, "task"));
    cJSON_Delete(steps);
}

static void read_branch(struct machine *machine, const cJSON *state, const cJSON *definition,
                        cJSON *branches)
{
    cJSON *const steps = inner_steps(machine, definition);
    const int count = cJSON_GetArraySize(steps);
    if (count > 1 && machine->inner)
        tell(machine, state,
             "%d functions follow each other in a branch inside of another: each is taken as a "
             "branch of its own",
             count);
    if (count > 0 && !machine->inner) {
        cJSON *const branch = cJSON_CreateObject();
        cJSON_AddItemToArray(branches, branch);
        put_steps(branch, steps);
        return;
    }
    for (const cJSON *task = steps->child; task != NULL; task = task->next)
        cJSON_AddItemToArray(branches, cJSON_Duplicate(task, 1));
    cJSON_Delete(steps);
}

static void read_parallel(struct machine *machine, const cJSON *state)
{
    static const char *const unused[] = {"Retry", "Catch", NULL};
    const cJSON *const definitions = tree_member(state, "Branches");
    cJSON *const branches = cJSON_CreateArray();
    tell_unused(machine, state, unused);
    for (const cJSON *d = definitions == NULL ? NULL : definitions->child; d != NULL; d = d->next)
        if (cJSON_GetArraySize(branches) < STATES_MOST)
            read_branch(machine, state, d, branches);
    if (branches->child == NULL) {
        tell(machine, state, "branches without a function are not simulated: left out");
        cJSON_Delete(branches);
        return;
    }
    cJSON_AddItemToObject(add_step(machine), "parallel", branches);
}

static void read_wait(struct machine *machine, const cJSON *state)
{
    double seconds;
    if (tree_number(tree_member(state, "Seconds"), &seconds) && seconds >= 0 && seconds <= 31536000)
        cJSON_AddNumberToObject(add_step(machine), "wait_s", seconds);
    else
        tell(machine, state,
             "how long it waits is not a number of seconds in the definition: left "
             "out");
}

static void read_choice(struct machine *machine, const cJSON *state)
{
    const char *const next = chosen_next(state);
    char shown[JSON_SHOWN_SIZE];
    machine->idle++;
    tell(machine, state, "a Choice is not simulated: each execution is taken to go on with %s",
         next != NULL ? json_shown(next, shown) : "nothing");
}

static void read_idle(struct machine *machine, const cJSON *state)
{
    (void)state;
    machine->idle++;
}

static void read_state(struct machine *machine, const cJSON *state)
{
    static const struct {
        const char *type;
        void (*read)(struct machine *machine, const cJSON *state);
    } readers[] = {{"Task", read_task},    {"Map", read_map},       {"Parallel", read_parallel},
                   {"Wait", read_wait},    {"Choice", read_choice}, {"Pass", read_idle},
                   {"Succeed", read_idle}, {"Fail", read_idle}};
    const char *const type = tree_text(state, "Type");
    char shown[JSON_SHOWN_SIZE];
    for (size_t i = 0; type != NULL && i < sizeof readers / sizeof *readers; i++)
        if (strcmp(type, readers[i].type) == 0) {
            readers[i].read(machine, state);
            return;
        }
    tell(machine, state, "its type %s is not known to import: left out",
         type != NULL ? json_shown(type, shown) : "(none)");
}

/* --- the whole -------------------------------------------------------------------------------- */

/* How many there are. */
static size_t read_states_of(struct machine *machine, const cJSON *definition)
{
    struct walk *const walk = mem_alloc(1, sizeof *walk);
    for (const cJSON *state = walk_first(walk, definition);
         state != NULL && cJSON_GetArraySize(machine->steps) < STATES_MOST;
         state = walk_next(machine, walk))
        read_state(machine, state);
    const size_t count = walk->count;
    free(walk);
    return count;
}

static void read_states(struct machine *machine, const cJSON *definition)
{
    if (read_states_of(machine, definition) == 0)
        tell(machine, definition, "it does not say which state it begins with: left out");
    if (machine->idle > 0)
        tell(machine, definition,
             "%zu state%s (Pass, Choice and the like) call nothing: their "
             "transitions are not on the bill",
             machine->idle, machine->idle == 1 ? "" : "s");
}

static void put_machine(struct machine *machine, const struct place place, const char *type)
{
    struct inventory *const inventory = machine->source->inventory;
    char shown[JSON_SHOWN_SIZE];
    struct item *const item = inventory_item(inventory, ITEM_STATE_MACHINE, machine->id, place);
    if (item == NULL)
        return;
    item_note(item, "From %s:%ld.", place.file, place.line);
    if (type != NULL && strcmp(type, "STANDARD") != 0 && strcmp(type, "EXPRESS") != 0)
        inventory_warning(inventory, place,
                          "state machine %s: its type %.40s is not known to import: "
                          "STANDARD is taken",
                          json_shown(machine->id, shown), type);
    else if (type != NULL)
        item_set_text(inventory, item, "type", type, place);
    if (machine->retry != NULL)
        item_set(inventory, item, "retry", cJSON_Duplicate(machine->retry, 1), place);
    if (machine->elsewhere)
        item_set(inventory, item, "_elsewhere", cJSON_CreateTrue(), place);
    if (machine->steps->child != NULL) /* else it has been told why not */
        item_set(inventory, item, "_steps", cJSON_Duplicate(machine->steps, 1), place);
}

struct item *read_state_machine(const struct source *source, const cJSON *object,
                                const cJSON *definition, const char *id, const char *type)
{
    struct machine machine = {.source = source,
                              .id = id,
                              .steps = cJSON_CreateArray(),
                              .substitutions = tree_member(object, "DefinitionSubstitutions")};
    struct diagnostics own;
    cJSON *parsed = NULL;
    diagnostics_init(&own);
    source->inventory->understood++;
    if (cJSON_IsString(definition)) {
        machine.line = json_line(definition);
        parsed = json_parse(definition->valuestring, strlen(definition->valuestring), "", &own);
    }
    const cJSON *const tree = parsed != NULL ? parsed : definition;
    if (cJSON_IsObject(tree) && tree_member(tree, "States") != NULL)
        read_states(&machine, tree);
    else
        machine.elsewhere = true;
    put_machine(&machine, source_place(source, object), type);
    cJSON_Delete(parsed);
    cJSON_Delete(machine.retry);
    cJSON_Delete(machine.steps);
    diagnostics_finish(&own);
    return inventory_find(source->inventory, ITEM_STATE_MACHINE, id);
}

int read_definition(const struct source *source, const cJSON *tree)
{
    if (tree_text(tree, "StartAt") == NULL || !cJSON_IsObject(tree_member(tree, "States")))
        return 0;
    const char *const slash = strrchr(source->file, '/');
    const char *const file = slash != NULL ? slash + 1 : source->file;
    char *const base = text_format("%.*s", (int)strcspn(file, "."), file);
    read_state_machine(source, tree, tree,
                       source->name != NULL ? source->name
                       : base[0] != '\0'    ? base
                                            : "machine",
                       NULL);
    free(base);
    return 1;
}
