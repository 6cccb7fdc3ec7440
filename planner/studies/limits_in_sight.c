/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/limits_in_sight.h"

#include "core/memory.h"
#include "engine/evaluate.h"
#include "plan/plan.h"
#include "pricing/meters.h"
#include "support/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BUSY 0.99

struct look {
    struct sights *sights;
    struct task_base *base;
    const struct scenario *scenario;
    const struct world *world;
    double measured_s;
};

/* --- making them ---------------------------------------------------------------------------- */

static struct sight *add(struct look *look, char *what, char *entity)
{
    struct sights *const s = look->sights;
    s->item = mem_grow(s->item, &s->capacity, s->count, sizeof *s->item);
    s->item[s->count] =
        (struct sight){.what = what, .entity = entity, .scale = 1, .full = 1, .of = SIZE_MAX};
    return &s->item[s->count++];
}

static struct sight *add_of(struct look *look, const char *what, const char *kind, const char *name)
{
    return add(look, mem_strdup(what), text_format("%s:%s", kind, name));
}

/* What it is today, where its name does not say ("2 shards"), and what raises it. */
static void explain(struct sight *sight, char *now, const char *remedy)
{
    sight->now = now;
    sight->remedy = remedy;
}

static char *counted(double count, const char *unit)
{
    char number[TEXT_NUMBER_SIZE];
    return text_format("%s %s%s", text_number(count, 0, number), unit, count == 1 ? "" : "s");
}

static size_t want(struct look *look, const char *entity, const char *metric)
{
    return task_metric_at(task_base_want(look->base, entity, metric));
}

static void refused_by(struct look *look, struct sight *sight, const char *entity,
                       const char *metric)
{
    sight->refused = mem_resize(sight->refused, sight->refuseds + 1, sizeof *sight->refused);
    sight->refused[sight->refuseds++] = want(look, entity, metric);
}

static void loaded_by(struct look *look, struct sight *sight, const char *entity,
                      const char *metric)
{
    sight->level = mem_resize(sight->level, sight->levels + 1, sizeof *sight->level);
    sight->level[sight->levels++] = want(look, entity, metric);
}

static double limit(const struct look *look, const char *key)
{
    return limits_at(look->world->limits, key, look->scenario->as_of_day);
}

/* --- Lambda --------------------------------------------------------------------------------- */

static bool reserves(const struct function_spec *f)
{
    return f->reserved_concurrent_executions >= 0 || f->provisioned_concurrent_executions > 0;
}

/* Where some functions have concurrency of their own, the others' maxima together: at least what
 * they use at once. */
static void account(struct look *look)
{
    const struct scenario *const s = look->scenario;
    char number[TEXT_NUMBER_SIZE];
    bool any = false;
    for (size_t i = 0; i < s->functions; i++)
        any = any || reserves(&s->function[i]);
    struct sight *const sight =
        add(look,
            text_format("account concurrency of %s",
                        text_number(s->account.concurrent_executions, 0, number)),
            mem_strdup("account"));
    explain(sight, NULL,
            "ask AWS for a higher quota (account.concurrent_executions), or shorten what runs "
            "longest");
    sight->of = want(look, "account", "unreserved_concurrent_executions.limit");
    sight->clipped = true;
    if (!any)
        loaded_by(look, sight, "account", "concurrent_executions.max");
    for (size_t i = 0; i < s->functions; i++) {
        char *const entity = text_format("function:%s", s->function[i].name);
        refused_by(look, sight, entity, "throttles.account_concurrency");
        if (any && !reserves(&s->function[i]))
            loaded_by(look, sight, entity, "concurrent_executions.max");
        free(entity);
    }
}

static void concurrency(struct look *look, const struct function_spec *f, const char *entity)
{
    char number[TEXT_NUMBER_SIZE];
    const double reserved = f->reserved_concurrent_executions;
    const double provisioned = f->provisioned_concurrent_executions;
    if (reserved >= 0) {
        struct sight *const s =
            add(look, text_format("reserved concurrency of %s", text_number(reserved, 0, number)),
                mem_strdup(entity));
        explain(s, NULL, "raise reserved_concurrent_executions, or shorten the function's runs");
        refused_by(look, s, entity, "throttles.reserved_concurrency");
        loaded_by(look, s, entity, "concurrent_executions.max");
        s->scale = reserved > 0 ? 1 / reserved : INFINITY;
        s->clipped = true;
    }
    if (provisioned > 0) {
        struct sight *const s = add(
            look, text_format("provisioned concurrency of %s", text_number(provisioned, 0, number)),
            mem_strdup(entity));
        explain(s, NULL,
                "raise provisioned_concurrent_executions or give it a schedule; what spills over "
                "still runs, with cold starts");
        refused_by(look, s, entity, "provisioned_concurrency_spillover");
        loaded_by(look, s, entity, "concurrent_executions.max");
        s->scale = 1 / provisioned;
        s->clipped = true;
        s->full = 1 + 0.5 / provisioned; /* all of it at work is what it is for */
    }
}

static void functions(struct look *look)
{
    const struct scenario *const s = look->scenario;
    for (size_t i = 0; i < s->functions; i++) {
        char *const entity = text_format("function:%s", s->function[i].name);
        concurrency(look, &s->function[i], entity);
        struct sight *const scaling = add(look, mem_strdup("scaling rate"), mem_strdup(entity));
        refused_by(look, scaling, entity, "throttles.scaling_rate");
        explain(scaling, NULL,
                "it cannot be raised: put a queue before the function, or provision concurrency "
                "for the surge");
        const double rps = limits_or(look->world->limits, "lambda.rps.sync", s->as_of_day, 0);
        if (rps > 0) {
            struct sight *const rate = add(look, mem_strdup("request rate"), mem_strdup(entity));
            refused_by(look, rate, entity, "throttles.request_rate");
            explain(rate, text_format("%g requests/s for each of its concurrency", rps),
                    "raise the concurrency of the account or the function: the rate goes with it");
        }
        struct sight *const age = add(look, mem_strdup("event age"), mem_strdup(entity));
        refused_by(look, age, entity, "async_events_expired");
        explain(age, NULL,
                "give the function more concurrency; a longer maximum_event_age_in_seconds bridges "
                "a surge only");
        free(entity);
    }
}

/* --- event sources -------------------------------------------------------------------------- */

static size_t readers(const struct scenario *s, enum entity_kind kind, size_t index)
{
    size_t count = 0;
    for (size_t i = 0; i < s->mappings; i++)
        count += s->mapping[i].event_source.kind == kind &&
                 s->mapping[i].event_source.index == index && !s->mapping[i].enhanced_fan_out;
    return count;
}

static void streams(struct look *look)
{
    const struct scenario *const s = look->scenario;
    for (size_t i = 0; i < s->streams; i++) {
        const struct stream_spec *const spec = &s->stream[i];
        char *const entity = text_format("stream:%s", spec->name);
        const size_t shared = readers(s, ENTITY_STREAM, i);
        struct sight *const writes = add(look, mem_strdup("shard writes"), mem_strdup(entity));
        refused_by(look, writes, entity, "write_throttles");
        loaded_by(look, writes, entity, "utilization.hottest_shard");
        explain(writes,
                spec->on_demand ? mem_strdup("on demand") : counted(spec->shard_count, "shard"),
                spec->on_demand ? "it doubles its peak of 30 days only: begin with more shards, or "
                                  "spread keys more evenly"
                                : "more shards (shard_count), keys that spread more evenly, or "
                                  "records put together");
        if (shared > 0) {
            struct sight *const reads = add(look, mem_strdup("shard reads"), mem_strdup(entity));
            refused_by(look, reads, entity, "read_throttles");
            loaded_by(look, reads, entity, "bytes_in");
            explain(reads, counted((double)shared, "reader"),
                    "enhanced_fan_out for some of its readers, or more shards");
            reads->of = want(look, entity, "shards.mean");
            reads->scale =
                (double)shared / look->measured_s / limit(look, "kinesis.shard.read_bytes");
        }
        free(entity);
    }
}

static void tables(struct look *look)
{
    const struct scenario *const s = look->scenario;
    for (size_t i = 0; i < s->tables; i++) {
        const struct table_spec *const spec = &s->table[i];
        const size_t shared = readers(s, ENTITY_TABLE, i);
        char *const entity = text_format("table:%s", spec->name);
        struct sight *const writes = add(look, mem_strdup("partition writes"), mem_strdup(entity));
        refused_by(look, writes, entity, "write_throttles");
        loaded_by(look, writes, entity, "utilization.hottest_shard");
        explain(writes,
                spec->write_capacity > 0 ? counted(spec->write_capacity, "write unit")
                                         : mem_strdup("on demand"),
                "more write_capacity, or keys that spread more evenly over the partitions");
        if (shared > 0) {
            struct sight *const reads =
                add(look, mem_strdup("partition reads"), mem_strdup(entity));
            refused_by(look, reads, entity, "read_throttles");
            explain(reads, counted((double)shared, "reader"),
                    "let one function read the stream and pass on what the others need");
        }
        free(entity);
    }
}

static void explain_pollers(struct sight *pollers, const struct mapping_spec *m)
{
    if (m->event_source.kind != ENTITY_QUEUE)
        explain(
            pollers,
            text_format("parallelization_factor %u",
                        m->parallelization_factor > 1 ? m->parallelization_factor : 1),
            "a higher parallelization_factor, larger batches, a faster function, or more shards");
    else
        explain(pollers,
                m->maximum_concurrency > 0
                    ? text_format("maximum_concurrency %u", m->maximum_concurrency)
                    : NULL,
                m->maximum_concurrency > 0
                    ? "a higher maximum_concurrency, larger batches, or a faster function"
                    : "larger batches, a faster function, or several queues");
}

static void mappings(struct look *look)
{
    const struct scenario *const s = look->scenario;
    static const char slow[] = "let the readers keep up; a longer retention bridges a surge only";
    for (size_t i = 0; i < s->mappings; i++) {
        const struct mapping_spec *const m = &s->mapping[i];
        char *const entity = text_format("esm:%s", m->name);
        struct sight *const pollers = add_of(look, "pollers", "esm", m->name);
        loaded_by(look, pollers, entity, "utilization");
        explain_pollers(pollers, m);
        pollers->full = BUSY;
        if (m->event_source.kind == ENTITY_QUEUE && m->maximum_concurrency > 0) {
            pollers->most = m->maximum_concurrency;
            pollers->most_figure = want(look, entity, "concurrent_batches.max");
        }
        /* More records fill batches before they make more of them; a queue's pollers are added as
         * it grows. */
        pollers->bends = m->batch_size > 1 || m->event_source.kind == ENTITY_QUEUE;
        if (m->event_source.kind != ENTITY_QUEUE) {
            struct sight *const retention = add_of(look, "retention", "esm", m->name);
            refused_by(look, retention, entity, "records_expired");
            explain(retention, NULL, slow);
        }
        free(entity);
    }
    for (size_t i = 0; i < s->queues; i++) {
        const struct queue_spec *const spec = &s->queue[i];
        char *const entity = text_format("queue:%s", spec->name);
        struct sight *const retention = add_of(look, "retention", "queue", spec->name);
        refused_by(look, retention, entity, "messages_expired");
        explain(retention, NULL, slow);
        char number[TEXT_NUMBER_SIZE];
        const double most =
            limit(look, spec->fifo ? "sqs.in_flight.fifo" : "sqs.in_flight.standard");
        struct sight *const in_flight =
            add(look, text_format("messages in flight of %s", text_number(most, 0, number)),
                mem_strdup(entity));
        loaded_by(look, in_flight, entity, "messages_in_flight.max");
        in_flight->scale = 1 / most;
        in_flight->clipped = true;
        explain(in_flight, NULL,
                "finish messages sooner (a faster function, shorter waits for batches), or "
                "several queues");
        free(entity);
    }
}

/* --- what is called, and who calls ---------------------------------------------------------- */

static void downstreams(struct look *look)
{
    const struct scenario *const s = look->scenario;
    for (size_t i = 0; i < s->downstreams; i++) {
        const struct downstream_spec *const d = &s->downstream[i];
        char *const entity = text_format("downstream:%s", d->name);
        if (d->max_concurrency > 0) {
            struct sight *const calls = add_of(look, "concurrent calls", "downstream", d->name);
            refused_by(look, calls, entity, "calls_refused");
            loaded_by(look, calls, entity, "utilization");
            calls->full = BUSY;
            calls->clipped = true;
            explain(calls, counted(d->max_concurrency, "call"),
                    "a larger downstream, fewer or batched calls, or a reserved concurrency of its "
                    "callers that it bears");
        }
        if (d->max_connections > 0) {
            struct sight *const open = add_of(look, "connections", "downstream", d->name);
            refused_by(look, open, entity, "connections_refused");
            loaded_by(look, open, entity, "connections.max");
            open->scale = 1 / d->max_connections;
            open->clipped = true;
            explain(open, counted(d->max_connections, "connection"),
                    "a proxy that shares connections (RDS Proxy), or less concurrency of its "
                    "callers");
        }
        free(entity);
    }
}

static bool is_api(const struct workload_spec *w)
{
    return w->through == DOOR_API_GATEWAY_REST || w->through == DOOR_API_GATEWAY_HTTP;
}

/* An API's own rate. Its burst is for moments: in the mean the rate is all. */
static void front_door(struct look *look, const struct workload_spec *w, const char *entity)
{
    const double rate = w->gateway.throttling_rate_limit;
    struct sight *const door = add(look, mem_strdup("front door"), mem_strdup(entity));
    refused_by(look, door, entity, "throttled");
    explain(door, rate > 0 ? text_format("%.10g requests/s", rate) : NULL,
            rate > 0
                ? "a higher throttling_rate_limit or throttling_burst_limit of the API"
                : "ask AWS for a higher quota (account.api_rate_limit, account.api_burst_limit)");
    if (rate > 0) {
        loaded_by(look, door, entity, "attempts");
        door->scale = 1 / (rate * look->measured_s);
    }
}

static void doors(struct look *look)
{
    const struct scenario *const s = look->scenario;
    char number[TEXT_NUMBER_SIZE];
    bool any = false;
    for (size_t i = 0; i < s->workloads; i++) {
        char *const entity = text_format("workload:%s", s->workload[i].name);
        if (s->workload[i].through != DOOR_NONE)
            front_door(look, &s->workload[i], entity);
        any = any || is_api(&s->workload[i]);
        free(entity);
    }
    if (!any)
        return;
    struct sight *const rate =
        add(look,
            text_format("API requests of %s/s", text_number(s->account.api_rate_limit, 0, number)),
            mem_strdup("account"));
    rate->scale = 1 / (s->account.api_rate_limit * look->measured_s);
    explain(rate, NULL, "ask AWS for a higher quota (account.api_rate_limit)");
    for (size_t i = 0; i < s->workloads; i++) {
        char *const entity = text_format("workload:%s", s->workload[i].name);
        if (is_api(&s->workload[i]))
            loaded_by(look, rate, entity, "attempts");
        free(entity);
    }
}

/* The account's StartExecution calls. As with an API the bucket is for moments. */
static void starts(struct look *look, enum state_machine_spec_type type, const char *name)
{
    const struct scenario *const s = look->scenario;
    const double rate = plan_start_limit(s, look->world, type).rate_per_s;
    struct sight *sight = NULL;
    char number[TEXT_NUMBER_SIZE];
    for (size_t i = 0; i < s->state_machines && rate > 0; i++) {
        if (s->state_machine[i].type != type)
            continue;
        if (sight == NULL) {
            sight = add(look, text_format("%s starts of %s/s", name, text_number(rate, 0, number)),
                        mem_strdup("account"));
            sight->scale = 1 / (rate * look->measured_s);
            explain(sight, NULL,
                    "ask AWS for a higher quota of StartExecution, or start fewer with more work "
                    "each");
        }
        char *const entity = text_format("state_machine:%s", s->state_machine[i].name);
        loaded_by(look, sight, entity, "executions_started");
        refused_by(look, sight, entity, "starts_throttled");
        free(entity);
    }
}

static void state_machines(struct look *look)
{
    const struct scenario *const s = look->scenario;
    starts(look, STATE_MACHINE_STANDARD_TYPE, "STANDARD");
    starts(look, STATE_MACHINE_EXPRESS_TYPE, "EXPRESS");
    for (size_t i = 0; i < s->state_machines; i++) {
        char *const entity = text_format("state_machine:%s", s->state_machine[i].name);
        struct sight *const time = add(look, mem_strdup("execution time"), mem_strdup(entity));
        refused_by(look, time, entity, "executions_timed_out");
        explain(time, NULL,
                "give its tasks the concurrency that they wait for, or make it STANDARD if it is "
                "EXPRESS");
        free(entity);
    }
}

/* --- what the scenario wants ---------------------------------------------------------------- */

static void objectives(struct look *look)
{
    const struct scenario *const s = look->scenario;
    for (size_t i = 0; i < s->objectives; i++) {
        const struct objective_spec *const o = &s->objective[i];
        if (!objective_applies(o, NULL))
            continue;
        char *const metric = o->statistic != NULL ? text_format("%s.%s", o->metric, o->statistic)
                                                  : mem_strdup(o->metric);
        struct sight *const sight = add(look,
                                        text_format("objective %s %s %.10g", metric,
                                                    o->at_most ? "at most" : "at least", o->bound),
                                        mem_strdup(o->entity));
        sight->objective = o;
        explain(sight, NULL, "`lambdaplan optimize` finds the cheapest design that meets it there");
        sight->objective_figure = want(look, o->entity, metric);
        free(metric);
    }
    struct sight *const lost = add(look, mem_strdup("losses"), mem_strdup("anywhere"));
    explain(lost, NULL, "`simulate` at that traffic: its summary.csv says where they are lost");
    lost->refused = mem_alloc(1, sizeof *lost->refused);
    lost->refused[lost->refuseds++] = TASK_REFUSED;
}

/* --- prices --------------------------------------------------------------------------------- */

/* Beyond `quantity` units of these SKUs together another price holds. */
static void add_tier(struct look *look, char *what, char *entity, double quantity, char *const *sku,
                     size_t skus)
{
    struct sight *const sight = add(look, what, entity);
    sight->price = true;
    sight->scale = 1 / quantity;
    for (size_t i = 0; i < skus; i++) {
        char *const metric = text_format("quantity:%s", sku[i]);
        loaded_by(look, sight, TASK_BILL, metric);
        free(metric);
    }
}

static size_t find_price(const struct look *look, const char *service, const char *sku,
                         const struct price *const **ret)
{
    return price_book_find(look->world->prices, service, sku, look->scenario->region,
                           look->scenario->as_of_day, ret);
}

/* What is free of a pool, in units of its price; 0: nothing. */
static double free_units(const struct look *look, enum free_pool pool)
{
    const struct price *const *row;
    if (pool == POOL_NONE || !look->scenario->account.free_tier)
        return 0;
    const struct pool_price *const p = pool_price_of(pool);
    const bool known = find_price(look, p->service, p->sku, &row) > 0 && !row[0]->unknown &&
                       row[0]->tier_to != INT64_MAX;
    return known ? (double)row[0]->tier_to : 0;
}

static char *amount(double units, const char *unit)
{
    char number[TEXT_NUMBER_SIZE];
    const size_t word = strcspn(unit, "("); /* "request(512KB)" */
    const bool plural = word > 0 && unit[word - 1] != 'B';
    return text_format("%s %.*s%s%s%s", text_number(units, 0, number), (int)word, unit,
                       plural ? "s" : "", unit[word] != '\0' ? " " : "", unit + word);
}

/* Service and SKU of everything that the Lambda design may be billed for, each once. */
struct billed {
    struct sku {
        enum meter meter;
        char *sku, *name; /* "duration-x86", "lambda:duration-x86" */
    } * item;
    size_t count, capacity;
};

static void note_sku(struct billed *billed, const struct usage_line *line, const char *plan)
{
    char *const sku = meter_sku(line->meter, line->detail, plan);
    char *const name = text_format("%s:%s", meter_price_of(line->meter)->service, sku);
    for (size_t i = 0; i < billed->count; i++)
        if (strcmp(billed->item[i].name, name) == 0) {
            free(sku);
            free(name);
            return;
        }
    billed->item = mem_grow(billed->item, &billed->capacity, billed->count, sizeof *billed->item);
    billed->item[billed->count++] = (struct sku){line->meter, sku, name};
}

/* A model that never runs has a line for everything that it can use (see usage.h). */
static void find_billed(struct look *look, struct billed *ret)
{
    const struct bill_options options = evaluate_bill_options(look->scenario);
    struct diagnostics unheard; /* what traces say they say again in the run */
    diagnostics_init(&unheard);
    struct plan *const plan = plan_create(look->scenario, look->world, NULL, 0, &unheard);
    struct model *const model = model_create(plan_model(plan), look->scenario->run.seed, 0, 1);
    if (model != NULL) {
        struct usage usage;
        usage_init(&usage);
        model_usage(model, &usage);
        for (size_t i = 0; i < usage.count; i++)
            note_sku(ret, &usage.line[i], options.savings_plan);
        usage_finish(&usage);
    }
    model_destroy(model);
    plan_destroy(plan);
    diagnostics_finish(&unheard);
}

static void free_tiers(struct look *look, const struct billed *billed)
{
    for (int pool = POOL_NONE + 1; pool < POOL_COUNT; pool++) {
        const double units = free_units(look, (enum free_pool)pool);
        char **const name = mem_alloc(billed->count, sizeof *name);
        size_t n = 0;
        for (size_t i = 0; i < billed->count; i++)
            if (meter_price_of(billed->item[i].meter)->pool == (enum free_pool)pool)
                name[n++] = billed->item[i].name;
        const struct pool_price *const p = pool_price_of((enum free_pool)pool);
        char *const quantity = amount(units, p->unit);
        if (n > 0 && units > 0)
            add_tier(look, text_format("free tier of %s", quantity), mem_strdup(p->service), units,
                     name, n);
        free(quantity);
        free(name);
    }
}

static void price_tiers(struct look *look, const struct billed *billed)
{
    for (size_t i = 0; i < billed->count; i++) {
        const struct meter_price *const m = meter_price_of(billed->item[i].meter);
        const double before = free_units(look, m->pool);
        const struct price *const *tier;
        const size_t tiers = find_price(look, m->service, billed->item[i].sku, &tier);
        for (size_t k = 1; k < tiers; k++) {
            char *const from = amount((double)tier[k]->tier_from, m->unit);
            add_tier(look, text_format("price tier from %s", from),
                     text_format("%s %s", m->service, billed->item[i].sku),
                     (double)tier[k]->tier_from + before, &billed->item[i].name, 1);
            free(from);
        }
    }
}

/* --- the whole ------------------------------------------------------------------------------ */

void sights_init(struct sights *ret, struct task_base *base, const struct scenario *scenario,
                 const struct world *world)
{
    struct billed billed = {0};
    struct look look = {ret, base, scenario, world,
                        scenario->run.duration_s - scenario->run.warm_up_s};
    *ret = (struct sights){0};
    account(&look);
    functions(&look);
    streams(&look);
    tables(&look);
    mappings(&look);
    downstreams(&look);
    doors(&look);
    state_machines(&look);
    objectives(&look);
    find_billed(&look, &billed);
    free_tiers(&look, &billed);
    price_tiers(&look, &billed);
    for (size_t i = 0; i < billed.count; i++) {
        free(billed.item[i].sku);
        free(billed.item[i].name);
    }
    free(billed.item);
}

void sights_finish(struct sights *sights)
{
    for (size_t i = 0; i < sights->count; i++) {
        free(sights->item[i].what);
        free(sights->item[i].entity);
        free(sights->item[i].now);
        free(sights->item[i].refused);
        free(sights->item[i].level);
    }
    free(sights->item);
    *sights = (struct sights){0};
}

bool sight_reported(const struct sight *sight, const double *value)
{
    bool any = sight->price || sight->objective != NULL;
    for (size_t i = 0; i < sight->refuseds; i++)
        any = any || value[sight->refused[i]] != TASK_NOT_REPORTED;
    for (size_t i = 0; i < sight->levels; i++)
        any = any || value[sight->level[i]] != TASK_NOT_REPORTED;
    return any;
}

double sight_load(const struct sight *sight, const double *value)
{
    double sum = sight->levels > 0 ? 0 : NAN;
    for (size_t i = 0; i < sight->levels; i++)
        if (isfinite(value[sight->level[i]])) /* what is not reported is not there */
            sum += value[sight->level[i]];
    return sum * sight->scale / (sight->of == SIZE_MAX ? 1 : value[sight->of]);
}

/* `value`: a metric's, with its error behind it: infinite where it had not ended with the run. */
static bool misses(const struct objective_spec *o, const double *value)
{
    return isfinite(value[0]) && !objective_kept(o, value[0], !isinf(value[1]));
}

bool sight_met(const struct sight *sight, const double *value)
{
    for (size_t i = 0; i < sight->refuseds; i++)
        if (value[sight->refused[i]] > 0)
            return true;
    if (sight->objective != NULL && misses(sight->objective, &value[sight->objective_figure]))
        return true;
    return sight_load(sight, value) >= sight->full;
}

bool sight_clips(const struct sight *sight, const double *value)
{
    return sight->most > 0 && value[sight->most_figure] >= sight->most;
}
