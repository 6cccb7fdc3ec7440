/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/limits_in_sight.h"

#include "core/memory.h"
#include "pricing/meters.h"
#include "studies/plan.h"
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
    s->item[s->count] = (struct sight){
        .what = what, .entity = entity, .scale = 1, .full = 1, .of = SIZE_MAX};
    return &s->item[s->count++];
}

static struct sight *add_of(struct look *look, const char *what, const char *kind, const char *name)
{
    return add(look, mem_strdup(what), text_format("%s:%s", kind, name));
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

static double limit(const struct look *look, const char *key, double otherwise)
{
    return limits_or(look->world->limits, key, look->scenario->as_of_day, otherwise);
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
    sight->of = want(look, "account", "unreserved_concurrent_executions.limit");
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
        refused_by(look, s, entity, "throttles.reserved_concurrency");
        loaded_by(look, s, entity, "concurrent_executions.max");
        s->scale = reserved > 0 ? 1 / reserved : INFINITY;
    }
    if (provisioned > 0) {
        struct sight *const s = add(
            look, text_format("provisioned concurrency of %s", text_number(provisioned, 0, number)),
            mem_strdup(entity));
        refused_by(look, s, entity, "provisioned_concurrency_spillover");
        loaded_by(look, s, entity, "concurrent_executions.max");
        s->scale = 1 / provisioned;
        s->full = 1 + 0.5 / provisioned; /* all of it at work is what it is for */
    }
}

static void functions(struct look *look)
{
    const struct scenario *const s = look->scenario;
    for (size_t i = 0; i < s->functions; i++) {
        char *const entity = text_format("function:%s", s->function[i].name);
        concurrency(look, &s->function[i], entity);
        refused_by(look, add(look, mem_strdup("scaling rate"), mem_strdup(entity)), entity,
                   "throttles.scaling_rate");
        if (limit(look, "lambda.rps.sync", 0) > 0)
            refused_by(look, add(look, mem_strdup("request rate"), mem_strdup(entity)), entity,
                       "throttles.request_rate");
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
        char *const entity = text_format("stream:%s", s->stream[i].name);
        const size_t shared = readers(s, ENTITY_STREAM, i);
        struct sight *const writes = add(look, mem_strdup("shard writes"), mem_strdup(entity));
        refused_by(look, writes, entity, "write_throttles");
        loaded_by(look, writes, entity, "utilization.hottest_shard");
        if (shared > 0) {
            struct sight *const reads = add(look, mem_strdup("shard reads"), mem_strdup(entity));
            refused_by(look, reads, entity, "read_throttles");
            loaded_by(look, reads, entity, "bytes_in");
            reads->of = want(look, entity, "shards.mean");
            reads->scale = (double)shared / look->measured_s /
                           limit(look, "kinesis.shard.read_bytes", 2 * 1048576.0);
        }
        free(entity);
    }
}

static void tables(struct look *look)
{
    const struct scenario *const s = look->scenario;
    for (size_t i = 0; i < s->tables; i++) {
        char *const entity = text_format("table:%s", s->table[i].name);
        struct sight *const writes = add(look, mem_strdup("partition writes"), mem_strdup(entity));
        refused_by(look, writes, entity, "write_throttles");
        loaded_by(look, writes, entity, "utilization.hottest_shard");
        if (readers(s, ENTITY_TABLE, i) > 0)
            refused_by(look, add(look, mem_strdup("partition reads"), mem_strdup(entity)), entity,
                       "read_throttles");
        free(entity);
    }
}

static void mappings(struct look *look)
{
    const struct scenario *const s = look->scenario;
    for (size_t i = 0; i < s->mappings; i++) {
        const struct mapping_spec *const m = &s->mapping[i];
        char *const entity = text_format("esm:%s", m->name);
        struct sight *const pollers = add_of(look, "pollers", "esm", m->name);
        loaded_by(look, pollers, entity, "utilization");
        pollers->full = BUSY;
        /* More records fill batches before they make more of them; a queue's pollers are added as
         * it grows. */
        pollers->bends = m->batch_size > 1 || m->event_source.kind == ENTITY_QUEUE;
        if (m->event_source.kind != ENTITY_QUEUE)
            refused_by(look, add_of(look, "retention", "esm", m->name), entity, "records_expired");
        free(entity);
    }
    for (size_t i = 0; i < s->queues; i++) {
        char *const entity = text_format("queue:%s", s->queue[i].name);
        refused_by(look, add_of(look, "retention", "queue", s->queue[i].name), entity,
                   "messages_expired");
        free(entity);
    }
}

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
        }
        if (d->max_connections > 0) {
            struct sight *const open = add_of(look, "connections", "downstream", d->name);
            refused_by(look, open, entity, "connections_refused");
            loaded_by(look, open, entity, "connections.max");
            open->scale = 1 / d->max_connections;
        }
        free(entity);
    }
    for (size_t i = 0; i < s->workloads; i++) {
        if (s->workload[i].through == DOOR_NONE)
            continue;
        char *const entity = text_format("workload:%s", s->workload[i].name);
        refused_by(look, add_of(look, "front door", "workload", s->workload[i].name), entity,
                   "throttled");
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
        struct sight *const sight =
            add(look, text_format("objective %s %s %.10g", metric,
                                  o->at_most ? "at most" : "at least", o->bound),
                mem_strdup(o->entity));
        sight->objective = o;
        sight->objective_figure = want(look, o->entity, metric);
        free(metric);
    }
    struct sight *const lost = add(look, mem_strdup("losses"), mem_strdup("anywhere"));
    lost->refused = mem_alloc(1, sizeof *lost->refused);
    lost->refused[lost->refuseds++] = TASK_LOST;
}

/* --- prices --------------------------------------------------------------------------------- */

/* Beyond `quantity` units of these SKUs together another price holds. */
static void add_tier(struct look *look, char *what, char *entity, double quantity,
                     char *const *sku, size_t skus)
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
    const bool plural = unit[0] != '\0' && unit[strlen(unit) - 1] != 'B';
    return text_format("%s %s%s", text_number(units, 0, number), unit, plural ? "s" : "");
}

/* Service and SKU of everything that the Lambda design may be billed for, each once. */
struct billed {
    struct sku {
        enum meter meter;
        char *sku, *name; /* "duration-x86", "lambda:duration-x86" */
    } *item;
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
    struct model *const model =
        model_create(plan_model(plan), look->scenario->run.seed, 0, 1);
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
        free(sights->item[i].refused);
        free(sights->item[i].level);
    }
    free(sights->item);
    *sights = (struct sights){0};
}

double sight_load(const struct sight *sight, const double *value)
{
    double sum = sight->levels > 0 ? 0 : NAN;
    for (size_t i = 0; i < sight->levels; i++)
        if (isfinite(value[sight->level[i]])) /* what is not reported is not there */
            sum += value[sight->level[i]];
    return sum * sight->scale / (sight->of == SIZE_MAX ? 1 : value[sight->of]);
}

static bool misses(const struct objective_spec *o, double value)
{
    return isfinite(value) && (o->at_most ? value > o->bound : value < o->bound);
}

bool sight_met(const struct sight *sight, const double *value)
{
    for (size_t i = 0; i < sight->refuseds; i++)
        if (value[sight->refused[i]] > 0)
            return true;
    if (sight->objective != NULL && misses(sight->objective, value[sight->objective_figure]))
        return true;
    return sight_load(sight, value) >= sight->full;
}
