/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The workloads of an imported scenario: callers that the files name, and placeholders. */
#include "imports/skeleton.h"

static const struct place nowhere = {NULL, 0};

/* Names of entities, sorted; free the list, not its words. */
struct words {
    const char **word;
    size_t count, capacity;
};

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_word(struct words *words, const cJSON *value, const char *prefix)
{
    const size_t length = strlen(prefix);
    if (!cJSON_IsString(value) || strncmp(value->valuestring, prefix, length) != 0)
        return;
    words->word = mem_grow(words->word, &words->capacity, words->count, sizeof *words->word);
    words->word[words->count++] = value->valuestring + length;
}

/* What members of a section name under a key. */
static void add_named(struct words *words, const cJSON *section_json, const char *key,
                      const char *prefix)
{
    for (const cJSON *m = section_json == NULL ? NULL : section_json->child; m != NULL; m = m->next)
        add_word(words, member(m, key), prefix);
}

/* Whatever gets something from another entity. */
static void add_fed(struct words *words, const cJSON *value, const char *prefix)
{
    static const char *const keys[] = {"to",   "endpoint",          "target",         "destination",
                                       "task", "dead_letter_queue", "destination_arn"};
    for (const cJSON *child = value == NULL ? NULL : value->child; child != NULL;
         child = child->next) {
        for (size_t i = 0; child->string != NULL && i < sizeof keys / sizeof *keys; i++)
            if (strcmp(child->string, keys[i]) == 0)
                add_word(words, child, prefix);
        add_fed(words, child, prefix);
    }
}

static void sort_words(struct words *words)
{
    if (words->count > 1)
        qsort(words->word, words->count, sizeof *words->word, by_text);
}

static struct words called_by_workloads(const struct building *b, const char *prefix)
{
    struct words words = {0};
    add_named(&words, member(b->root, "workloads"), "to", prefix);
    sort_words(&words);
    return words;
}

static struct words fed_by_others(const struct building *b, const char *prefix)
{
    static const char *const sections[] = {
        "functions", "queues", "topics", "event_buses", "state_machines", "event_source_mappings"};
    struct words words = {0};
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        add_fed(&words, member(b->root, sections[i]), prefix);
    if (strcmp(prefix, "function:") == 0)
        add_named(&words, member(b->root, "event_source_mappings"), "function_name", "");
    sort_words(&words);
    return words;
}

static bool contains(const struct words *words, const char *word)
{
    return words->count > 0 &&
           bsearch(&word, words->word, words->count, sizeof *words->word, by_text) != NULL;
}

/* A workload of a name of its own. */
static cJSON *new_workload(struct building *b, const char *prefix, const char *entity)
{
    cJSON *const workloads = section(b->root, "workloads");
    char *const to = text_format("%s%s", prefix, entity);
    char *name = mem_strdup(entity);
    for (unsigned n = 2; member(workloads, name) != NULL; n++) {
        free(name);
        name = text_format("%.53s-%u", entity, n);
    }
    cJSON *const workload = section(workloads, name);
    put_text(workload, "to", to);
    free(to);
    free(name);
    return workload;
}

static cJSON *put_placeholder(struct building *b, const char *prefix, const char *entity)
{
    cJSON *const workload = new_workload(b, prefix, entity);
    put_text(workload, "comment",
             b->request->rate_per_s > 0
                 ? "Assumption: how much arrives was given with --assume-rate."
                 : "To fill in: how much arrives. Nothing does until then.");
    put_text(section(workload, "arrivals"), "process", "poisson");
    put_number(section(workload, "arrivals"), "rate_per_s", b->request->rate_per_s);
    b->placeholders++;
    return workload;
}

/* --- callers that the files name -------------------------------------------------------------- */

/* Whoever stands before a function, and since when; NULL: as long as there is Lambda. */
static const struct {
    const char *name, *key, *since;
} callers[] = {
    {"api_gateway_rest", "through", "since.api_gateway"},
    {"api_gateway_http", "through", "since.http_api"},
    {"function_url", "through", "since.function_url"},
    {"alb", "through", "since.alb_lambda_target"},
    {"cognito", "through", "since.cognito_triggers"},
    {"alexa", "through", "since.alexa"},
    {"s3", "source", NULL},
    {"logs", "source", NULL},
    {"eventbridge", "source", "since.schedule"}, /* CloudWatch Events, then */
};

static void put_caller(struct building *b, const struct item *function, const char *name)
{
    size_t i = 0;
    while (strcmp(callers[i].name, name) != 0) /* callers.c gives no other */
        i++;
    if (callers[i].since != NULL && !building_has(b, callers[i].since))
        inventory_warning(b->inventory, function->place,
                          "function %s: %s did not exist on the scenario's date: left out",
                          function->name, name);
    else
        put_text(put_placeholder(b, "function:", function->name), callers[i].key, name);
}

static void put_schedule(struct building *b, const struct item *item, const char *prefix,
                         const char *expression)
{
    if (!building_has(b, "since.schedule")) {
        inventory_warning(b->inventory, item->place,
                          "%s %s: schedules did not exist on the scenario's date: %s is left out",
                          inventory_kind(item->kind), item->name, expression);
        return;
    }
    cJSON *const arrivals = section(new_workload(b, prefix, item->name), "arrivals");
    put_text(arrivals, "process", "schedule");
    put_text(arrivals, "expression", expression);
}

/* One that could not be simulated is left out, and whoever starts it, too. */
static bool has_machine(const struct building *b, const char *name)
{
    return member(member(b->root, "state_machines"), name) != NULL;
}

/* What the files themselves say of who calls; a fitted workload is better. */
static void put_callers(struct building *b, enum item_kind kind, const char *prefix)
{
    const struct words called = called_by_workloads(b, prefix);
    const size_t schedule = strlen(SCHEDULE_PROPERTY), caller = strlen(CALLER_PROPERTY);
    for (size_t i = 0; i < b->inventory->items[kind]; i++) {
        const struct item *const item = b->inventory->item[kind][i];
        const bool known = contains(&called, item->name) ||
                           (kind == ITEM_STATE_MACHINE && !has_machine(b, item->name));
        for (size_t k = 0; !known && k < item->properties; k++) {
            const char *const key = item->property[k].key;
            if (strncmp(key, CALLER_PROPERTY, caller) == 0)
                put_caller(b, item, key + caller);
            else if (strncmp(key, SCHEDULE_PROPERTY, schedule) == 0)
                put_schedule(b, item, prefix, key + schedule);
        }
    }
    free(called.word);
}

/* --- placeholders ----------------------------------------------------------------------------- */

static void feed(struct building *b, const char *entities, const char *prefix)
{
    const cJSON *const section_json = member(b->root, entities);
    const struct words called = called_by_workloads(b, prefix), fed = fed_by_others(b, prefix);
    for (const cJSON *e = section_json == NULL ? NULL : section_json->child; e != NULL;
         e = e->next) {
        const bool by_workload = cJSON_IsObject(e) && contains(&called, e->string);
        const bool by_other = cJSON_IsObject(e) && contains(&fed, e->string);
        if (by_workload && by_other && b->request->merge != NULL &&
            strcmp(prefix, "function:") == 0)
            inventory_warning(b->inventory, nowhere,
                              "function %s: a workload calls it and a mapping, topic or the like "
                              "does, too; one of them may stand for the other",
                              e->string);
        if (!by_workload && !by_other && cJSON_IsObject(e))
            put_placeholder(b, prefix, e->string);
    }
    free(called.word);
    free(fed.word);
}

void building_put_workloads(struct building *b)
{
    static const struct {
        enum item_kind kind;
        const char *section, *prefix;
    } fed[] = {{ITEM_STREAM, "streams", "stream:"},
               {ITEM_QUEUE, "queues", "queue:"},
               {ITEM_TABLE, "tables", "table:"},
               {ITEM_TOPIC, "topics", "topic:"},
               {ITEM_BUS, "event_buses", "event_bus:"},
               {ITEM_STATE_MACHINE, "state_machines", "state_machine:"},
               {ITEM_FUNCTION, "functions", "function:"}};
    for (size_t i = 0; i < sizeof fed / sizeof *fed; i++) {
        put_callers(b, fed[i].kind, fed[i].prefix);
        feed(b, fed[i].section, fed[i].prefix);
    }
    if (section(b->root, "workloads")->child == NULL) {
        /* A group, or an account, alone: some work must be there to be served. */
        cJSON *const work = section(section(b->root, "functions"), "work");
        put_number(work, "duration_ms", ASSUMED_DURATION_MS);
        put_text(work, "comment", "Assumption: nothing that was imported says what is done.");
        inventory_warning(b->inventory, nowhere,
                          "nothing that was imported does any work: a function `work` is made up");
        feed(b, "functions", "function:");
    }
    const size_t count = b->placeholders;
    if (count > 0 && b->request->rate_per_s == 0)
        inventory_warning(b->inventory, nowhere,
                          "%zu workload%s nothing arrives until you give rates in the scenario, "
                          "merge a fitted one, or give --assume-rate",
                          count, count == 1 ? " is a placeholder:" : "s are placeholders:");
}
