/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/plan_internal.h"

#include "core/memory.h"
#include "scenario/kinds.h"
#include "support/text.h"
#include "traces/trace.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- functions ------------------------------------------------------------------------------ */

static struct cpu_config cpu_of(struct plan *p, const struct function_spec *f)
{
    struct cpu_config cpu = {.mb_per_vcpu = limit(p, "lambda.cpu.mb_per_vcpu"),
                             .max_vcpu = limit(p, "lambda.cpu.max_vcpu"),
                             .memory_mb = f->memory_size,
                             .reference_mb = f->reference_memory_size,
                             .cpu_fraction = f->cpu_fraction,
                             .threads = f->threads,
                             .period_ms = f->cpu_period_ms,
                             .points = f->duration_points};
    if (f->duration_points > 0) {
        double *const mb = own(p, f->duration_points, sizeof *mb);
        double *const ms = own(p, f->duration_points, sizeof *ms);
        for (size_t i = 0; i < f->duration_points; i++) {
            mb[i] = f->duration_point[i].memory_size;
            ms[i] = f->duration_point[i].duration_ms;
        }
        cpu.point_mb = mb;
        cpu.point_ms = ms;
    }
    return cpu;
}

/* A fixed age; in an era whose environments also go by chance, at an even rate, up to that age. */
static void era_lifetime(struct plan *p, double lifetime_s, struct distribution *ret_ns)
{
    enum { POINTS = 9 }; /* a line between them is at most 4 s off */
    const double interval_s = limit_or(p, "lambda.environment.recycling_interval", 0);
    double probability[POINTS + 1], value[POINTS + 1];
    if (interval_s <= 0) {
        distribution_constant(ret_ns, lifetime_s * 1e9);
        return;
    }
    for (int i = 0; i < POINTS; i++) {
        const double age_s = lifetime_s * i / (POINTS - 1);
        probability[i] = -expm1(-age_s / interval_s);
        value[i] = age_s * 1e9;
    }
    probability[POINTS] = 1;
    value[POINTS] = lifetime_s * 1e9;
    distribution_empirical(ret_ns, probability, value, POINTS + 1);
}

/* How long environments take to start and are kept. */
static void environments_of(struct plan *p, const struct function_spec *f,
                            struct function_config *c)
{
    const int32_t day = p->scenario->as_of_day;
    if (f->init_duration_ms != NULL) {
        c->init_ns = scaled_copy(f->init_duration_ms, 1e6);
    } else {
        struct distribution ms;
        const char *source;
        const int status = runtimes_init(p->world->runtimes, f->runtime, f->image, f->arm64,
                                         f->memory_size, day, &ms, &source);
        assert(status >= 0); /* the scenario was checked against the same runtimes */
        c->init_ns = scaled_copy(&ms, 1e6);
        distribution_finish(&ms);
    }
    if (f->keep_alive_s != NULL) {
        c->keep_alive_ns = scaled_copy(f->keep_alive_s, 1e9);
    } else {
        struct distribution s;
        const int status =
            runtimes_keep_alive(p->world->runtimes, f->keep_alive_profile, day, &s, NULL);
        assert(status == 0); /* the same */
        c->keep_alive_ns = scaled_copy(&s, 1e9);
        distribution_finish(&s);
    }
    /* Who states how long environments are kept states their whole life. */
    if (f->keep_alive_s == NULL && f->keep_alive_profile == NULL)
        c->in_use_keep_alive_ns = seconds(limit_or(p, "lambda.environment.keep_alive_in_use", 0));
    const double lifetime_s = limit_or(p, "lambda.environment.max_lifetime", 0);
    if (f->max_lifetime_s != NULL) {
        c->lifetime_ns = scaled_copy(f->max_lifetime_s, 1e9);
        c->has_lifetime = true;
    } else if (f->keep_alive_s == NULL && lifetime_s > 0) {
        era_lifetime(p, lifetime_s, &c->lifetime_ns);
        c->has_lifetime = true;
    }
}

static bool init_is_billed(const struct plan *p, const struct function_spec *f)
{
    const bool custom = f->image || (f->runtime != NULL && strncmp(f->runtime, "provided", 8) == 0);
    return limit_or(p, "lambda.init.billed_zip_managed_ondemand", 0) > 0 ||
           (custom && limit_or(p, "lambda.init.billed_container_custom_provisioned", 0) > 0);
}

static void schedule_of(struct plan *p, const struct function_spec *f, struct function_config *c)
{
    struct provisioned_action *const action = own(p, f->scheduled_actions, sizeof *action);
    for (size_t i = 0; i < f->scheduled_actions; i++)
        action[i] = (struct provisioned_action){seconds(f->scheduled_action[i].at_s),
                                                f->scheduled_action[i].daily,
                                                (int64_t)f->scheduled_action[i].value};
    c->provisioned = (int64_t)scenario_provisioned_at_start(f);
    c->schedule = action;
    c->scheduled = f->scheduled_actions;
    c->preparation_ns = seconds(limit(p, "lambda.provisioned.preparation"));
    c->provisioned_step_ns = seconds(limit(p, "lambda.provisioned.bill_granularity"));
}

static void function_of(struct plan *p, const struct function_spec *f, struct function_config *c)
{
    const double overhead = 3 * limit(p, "logs.bytes.overhead_per_event");
    const double per_10s = limit_or(p, "lambda.scale.per_function_per_10s", 0);
    const double excess_mb = f->ephemeral_storage_mb - limit(p, "lambda.tmp.default");
    *c = (struct function_config){
        .name = f->name,
        .cpu = cpu_of(p, f),
        .memory_mb = (int64_t)f->memory_size,
        .arm64 = f->arm64,
        .timeout_ns = seconds(f->timeout_s),
        .duration_ns = scaled_copy(&f->duration_ms, 1e6),
        .per_record_ns = f->per_record_ms * 1e6,
        .error_rate = f->error_rate,
        .reserved = (int64_t)f->reserved_concurrent_executions,
        .scale_burst = per_10s,
        .scale_per_s = per_10s / 10,
        .rate_multiple = limit_or(p, "lambda.rps.sync", 0),
        .provisioned_multiple = limit_or(p, "lambda.rps.provisioned", 0),
        .init_timeout_ns = seconds(limit(p, "lambda.init.timeout")),
        .billing_granularity_ns = (int64_t)(limit(p, "lambda.bill.granularity") * 1e6),
        .init_billed = init_is_billed(p, f),
        .idle_at_start = (int64_t)f->idle_at_start,
        .ephemeral_excess_mb = excess_mb > 0 ? (int64_t)excess_mb : 0,
        .count_logs = p->scenario->account.count_logs,
        .log_bytes =
            (int64_t)(limit(p, "logs.bytes.start") + limit(p, "logs.bytes.end") +
                      limit(p, "logs.bytes.report") + overhead + f->log_bytes_per_invocation + 0.5),
        .log_bytes_cold =
            (int64_t)(limit(p, "logs.bytes.report_cold") - limit(p, "logs.bytes.report")),
    };
    plan_network(p, f, c);
    if (f->cold_duration_ms != NULL) {
        c->cold_duration_ns = scaled_copy(f->cold_duration_ms, 1e6);
        c->has_cold_duration = true;
    }
    if (f->max_memory_used_mb != NULL) {
        distribution_copy(&c->memory_used_mb, f->max_memory_used_mb);
        c->has_memory_used = true;
    }
    schedule_of(p, f, c);
    environments_of(p, f, c);
}

static void functions_of(struct plan *p)
{
    const struct scenario *const s = p->scenario;
    struct model_config *const m = &p->model;
    char key[64];
    snprintf(key, sizeof key, "lambda.burst.initial.%.40s", s->region);
    const double burst = limit_or(p, key, limit_or(p, "lambda.burst.initial.other", 0));
    m->account = (struct account_config){
        .concurrent_executions = (int64_t)s->account.concurrent_executions,
        .burst_initial = burst,
        .burst_per_minute = limit(p, "lambda.burst.per_minute"),
        .rate_multiple = limit_or(p, "lambda.rps.sync", 0),
        .nat_gateways = plan_nat_gateways(s),
        .public_addresses_cost = limit_or(p, "since.public_ipv4_charge", 0) > 0};
    m->functions = s->functions;
    m->function = mem_alloc(s->functions, sizeof *m->function);
    for (size_t i = 0; i < s->functions; i++) {
        function_of(p, &s->function[i], &m->function[i]);
        m->account.set_aside +=
            m->function[i].reserved >= 0 ? m->function[i].reserved : m->function[i].provisioned;
    }
}

/* --- workloads ------------------------------------------------------------------------------ */

static struct arrivals_config arrivals_of(struct plan *p, const struct arrivals_spec *a)
{
    static const enum arrivals_kind kinds[] = {
        [ARRIVALS_POISSON] = ARRIVALS_RATE_POISSON, [ARRIVALS_CONSTANT] = ARRIVALS_RATE_CONSTANT,
        [ARRIVALS_PROFILE] = ARRIVALS_RATE_PROFILE, [ARRIVALS_BURSTS] = ARRIVALS_RATE_BURSTS,
        [ARRIVALS_COUNTS] = ARRIVALS_FROM_SOURCE,   [ARRIVALS_TRACE] = ARRIVALS_FROM_SOURCE,
        [ARRIVALS_SCHEDULE] = ARRIVALS_FROM_SOURCE};
    struct arrivals_point *const point = own(p, a->points, sizeof *point);
    for (size_t i = 0; i < a->points; i++)
        point[i] = (struct arrivals_point){seconds(a->point[i].time_s), a->point[i].rate_per_s};
    return (struct arrivals_config){.kind = kinds[a->process],
                                    .rate_per_s = a->rate_per_s,
                                    .point = point,
                                    .points = a->points,
                                    .period_ns = seconds(a->period_s),
                                    .base_rate_per_s = a->base_rate_per_s,
                                    .burst_rate_per_s = a->burst_rate_per_s,
                                    .mean_base_s = a->mean_base_s,
                                    .mean_burst_s = a->mean_burst_s,
                                    .even = a->spread == SPREAD_EVEN,
                                    .rate_scale = a->rate_scale,
                                    .time_scale = a->time_scale};
}

static struct stream_key_weight hashed(const char *key, double weight)
{
    struct stream_key_weight k = {.weight = weight};
    stream_hash_key(key, strlen(key), &k.hash_high, &k.hash_low);
    return k;
}

/* Known keys with their shares; NULL where keys spread evenly. */
static const struct stream_key_weight *keys_of(struct plan *p, const struct key_spec *spec,
                                               size_t *ret_count)
{
    *ret_count = 0;
    if (spec->kind == KEYS_UNIFORM)
        return NULL;
    const size_t n = spec->kind == KEYS_LIST ? spec->keys : spec->count;
    struct stream_key_weight *const key = own(p, n, sizeof *key);
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (spec->kind == KEYS_LIST) {
            key[i] = hashed(spec->key[i], 1.0);
        } else {
            char *const name = text_format("%s%zu", spec->prefix != NULL ? spec->prefix : "", i);
            key[i] = hashed(name, pow((double)i + 1.0, -spec->zipf_exponent));
            free(name);
        }
        sum += key[i].weight;
    }
    for (size_t i = 0; i < n; i++)
        key[i].weight /= sum;
    *ret_count = n;
    return key;
}

static int by_time(const void *a, const void *b)
{
    const struct poison_spec *const x = a, *const y = b;
    return (x->at_s > y->at_s) - (x->at_s < y->at_s);
}

static const struct poison_spec *sorted_poison(struct plan *p, const struct workload_spec *w)
{
    struct poison_spec *const sorted = own(p, w->poisons, sizeof *sorted);
    for (size_t i = 0; i < w->poisons; i++)
        sorted[i] = w->poison[i];
    if (w->poisons > 1)
        qsort(sorted, w->poisons, sizeof *sorted, by_time);
    return sorted;
}

static const int64_t *poison_times(struct plan *p, const struct poison_spec *sorted, size_t count)
{
    int64_t *const at_ns = own(p, count, sizeof *at_ns);
    for (size_t i = 0; i < count; i++)
        at_ns[i] = seconds(sorted[i].at_s);
    return at_ns;
}

static void stream_workload_of(struct plan *p, const struct workload_spec *w,
                               struct stream_workload_config *c)
{
    *c = (struct stream_workload_config){
        .name = w->name,
        .arrivals = arrivals_of(p, &w->arrivals),
        .records_per_put = w->records_per_put,
        .drop_on_throttle = w->drop_on_throttle,
        .producer_max_age_ns = seconds(w->producer_max_age_s),
        .poisons = w->poisons,
    };
    distribution_copy(&c->record_bytes, &w->record_bytes);
    c->key = keys_of(p, &w->partition_keys, &c->keys);
    const struct poison_spec *const sorted = sorted_poison(p, w);
    struct stream_key_weight *const key = own(p, w->poisons, sizeof *key);
    for (size_t i = 0; i < w->poisons; i++)
        if (sorted[i].key != NULL)
            key[i] = hashed(sorted[i].key, 1.0);
    c->poison_ns = poison_times(p, sorted, w->poisons);
    c->poison_key = key;
}

/* What functions send is tried again like what a producer's library sends, and for as long as
 * EventBridge does where a bus sends, too (user guide, "How EventBridge retries delivering
 * events"). */
static struct stream_workload_config sent_workload(struct plan *p, const struct reference *to)
{
    const double max_age_s =
        plan_bus_sends_to(p, to) ? limit(p, "eventbridge.retry_age") : limit(p, "producer.max_age");
    struct stream_workload_config sent = {
        .arrivals = {.kind = ARRIVALS_RATE_CONSTANT, .rate_scale = 1, .time_scale = 1},
        .records_per_put = 1,
        .producer_max_age_ns = seconds(max_age_s)};
    distribution_constant(&sent.record_bytes, 1);
    return sent;
}

void plan_add_stream(struct plan *p, struct stream_config config, struct reference to)
{
    const struct scenario *const s = p->scenario;
    const size_t i = p->model.streams++;
    p->stream_workload[i] = mem_alloc(s->workloads + 1, sizeof **p->stream_workload);
    for (size_t k = 0; k < s->workloads; k++) {
        const struct workload_spec *const w = &s->workload[k];
        if (w->to.kind == to.kind && w->to.index == to.index)
            stream_workload_of(p, w, &p->stream_workload[i][config.workloads++]);
    }
    if (plan_is_sent_to(p, &to)) { /* a workload whose records come from elsewhere */
        config.sent = config.workloads++;
        p->stream_workload[i][config.sent] = sent_workload(p, &to);
    }
    config.workload = p->stream_workload[i];
    p->model.stream[i] = config;
}

static void streams_of(struct plan *p)
{
    const struct scenario *const s = p->scenario;
    struct model_config *const m = &p->model;
    m->stream = mem_alloc(s->streams + s->tables, sizeof *m->stream);
    p->stream_workload = mem_alloc(s->streams + s->tables, sizeof *p->stream_workload);
    for (size_t i = 0; i < s->streams; i++) {
        const struct stream_spec *const spec = &s->stream[i];
        int64_t *const update_ns = own(p, spec->updates, sizeof *update_ns);
        uint32_t *const update_count = own(p, spec->updates, sizeof *update_count);
        for (size_t k = 0; k < spec->updates; k++) {
            update_ns[k] = seconds(spec->update[k].at_s);
            update_count[k] = spec->update[k].target_shard_count;
        }
        const struct stream_config c = {
            .name = spec->name,
            .shard_count = spec->shard_count,
            .retention_ns = seconds(spec->retention_period_h * 3600),
            .on_demand = spec->on_demand,
            .on_demand_multiple = limit(p, "kinesis.ondemand.scale_factor"),
            .update_ns = update_ns,
            .update_shard_count = update_count,
            .updates = spec->updates,
            .write_records_per_s = limit(p, "kinesis.shard.write_records"),
            .write_bytes_per_s = limit(p, "kinesis.shard.write_bytes"),
            .read_calls_per_s = limit(p, "kinesis.shard.get_tps"),
            .read_bytes_per_s = limit(p, "kinesis.shard.read_bytes"),
            .read_max_records = (uint32_t)limit(p, "kinesis.GetRecords.max_records"),
            .read_max_bytes = (int64_t)limit(p, "kinesis.GetRecords.max_bytes"),
            .put_unit_bytes = (int64_t)limit(p, "kinesis.put_unit_bytes"),
            .retry_delay_ns = seconds(limit(p, "producer.retry_delay")),
            .reshard_ns_per_shard = seconds(limit(p, "kinesis.reshard.seconds_per_shard")),
            .reshard_delay_ns = seconds(limit(p, "kinesis.ondemand.reshard_delay")),
        };
        plan_add_stream(p, c, (struct reference){.kind = ENTITY_STREAM, .index = i});
    }
}

static void directs_of(struct plan *p, const struct baseline_spec *baseline)
{
    const struct scenario *const s = p->scenario;
    struct model_config *const m = &p->model;
    m->direct = mem_alloc(s->workloads, sizeof *m->direct);
    for (size_t i = 0; i < s->workloads; i++) {
        const struct workload_spec *const w = &s->workload[i];
        if (kind_is(w->to.kind, KINDS_SHARDED))
            continue;
        struct model_direct *const d = &m->direct[m->directs++];
        *d = (struct model_direct){.config = {.name = w->name,
                                              .arrivals = arrivals_of(p, &w->arrivals),
                                              .request_bytes = distribution_mean(&w->record_bytes),
                                              .response_bytes = w->response_bytes},
                                   .to = plan_reference(p, &w->to),
                                   .async = w->to.kind == ENTITY_FUNCTION &&
                                            w->invocation_type == INVOKE_EVENT};
        if (w->duration_ms != NULL) {
            d->config.duration_ns = scaled_copy(w->duration_ms, 1e6);
            d->config.has_duration = true;
        }
        const struct model_reference source = plan_source(p, w);
        if (source.kind != MODEL_NONE) {
            d->to = source;
            continue;
        }
        if (w->to.kind == ENTITY_FUNCTION) {
            plan_client(p, w, baseline, d);
            continue;
        }
        d->config.in_call = w->records_per_put;
        d->config.key = keys_of(p, &w->partition_keys, &d->config.keys);
        d->config.poison_ns = poison_times(p, sorted_poison(p, w), w->poisons);
        d->config.poisons = w->poisons;
    }
}

static int64_t starting_ns(const struct mapping_spec *e)
{
    return seconds(e->starting_position == START_LATEST         ? e->created_s
                   : e->starting_position == START_AT_TIMESTAMP ? e->starting_position_timestamp_s
                                                                : 0);
}

static void mappings_of(struct plan *p, bool to_lambda)
{
    const struct scenario *const s = p->scenario;
    struct model_config *const m = &p->model;
    m->mapping = mem_alloc(s->mappings, sizeof *m->mapping);
    for (size_t i = 0; i < s->mappings; i++) {
        const struct mapping_spec *const e = &s->mapping[i];
        const bool table = e->event_source.kind == ENTITY_TABLE;
        if (e->event_source.kind != ENTITY_STREAM && !table)
            continue;
        struct model_mapping *const mapping = &m->mapping[m->mappings++];
        *mapping = (struct model_mapping){
            .config = {.name = e->name,
                       .function = to_lambda && e->function.kind == ENTITY_FUNCTION
                                       ? s->function[e->function.index].name
                                       : NULL,
                       .created_ns = seconds(e->created_s),
                       .starting_ns = starting_ns(e),
                       .batch_size = e->batch_size,
                       .batching_window_ns = seconds(e->maximum_batching_window_s),
                       .parallelization_factor = e->parallelization_factor,
                       .maximum_retry_attempts = e->maximum_retry_attempts,
                       .maximum_record_age_ns =
                           e->maximum_record_age_s < 0 ? -1 : seconds(e->maximum_record_age_s),
                       .bisect_on_error = e->bisect_batch_on_function_error,
                       .report_item_failures = e->report_batch_item_failures,
                       .on_failure_destination = e->on_failure.name != NULL,
                       .enhanced_fan_out = e->enhanced_fan_out,
                       .loop = loops_of(&p->loops, e->event_source.kind, e->event_source.index),
                       .poll_period_ns = seconds(limit(p, "esm.stream.base_poll_period")),
                       .read_throttle_backoff_ns =
                           seconds(limit(p, "esm.stream.read_throttle_backoff")),
                       .backoff_min_ns = seconds(limit(p, "esm.stream.backoff_min")),
                       .backoff_max_ns = seconds(limit(p, "esm.stream.backoff_max")),
                       .payload_bytes =
                           to_lambda ? (int64_t)(limit(p, "esm.stream.payload_limit") * MB_BYTES)
                                     : INT64_MAX, /* nobody invokes servers */
                       .envelope_bytes = (int64_t)limit(p, "esm.stream.record_envelope"),
                       .fan_out_latency_ns = (int64_t)(limit(p, "kinesis.efo.latency") * 1e6),
                       .fan_out_bytes_per_s = limit(p, "kinesis.efo.read_bytes"),
                       .failure_record_bytes = (int64_t)limit(p, "esm.stream.failure_record")},
            .on_failure = plan_reference(p, &e->on_failure),
            .stream = e->event_source.index + (table ? s->streams : 0),
            .function = e->function.index};
        if (table)
            plan_table_mapping(p, &mapping->config);
    }
}

/* --- baselines ------------------------------------------------------------------------------ */

static void fleet_of(struct plan *p, const struct baseline_spec *b, unsigned fleet_size)
{
    const struct scenario *const s = p->scenario;
    const struct instance_type *const found = instances_find(p->world->instances, b->instance_type);
    const bool fargate = b->task_cpu > 0;
    const struct instance_type task = {.name = b->instance_type,
                                       .vcpu =
                                           b->task_cpu < 1024 ? 1 : (unsigned)b->task_cpu / 1024,
                                       .cpu_speed = 1};
    const struct instance_type *const type = fargate ? &task : found;
    assert(type != NULL); /* the scenario was checked against the same instances */
    const bool reserved = strcmp(b->purchase, "on-demand") != 0;
    const bool tracking = b->sizing == FLEET_TARGET_TRACKING && fleet_size == 0;
    const size_t prefix = strlen(SAVINGS_PLAN_PREFIX);
    const bool savings_plan = strncmp(b->purchase, SAVINGS_PLAN_PREFIX, prefix) == 0;
    p->reserved_detail =
        text_format("%s:%s", type->name, b->purchase + (savings_plan ? prefix : 0));
    const unsigned size = fleet_size > 0 ? fleet_size : b->desired_capacity;
    p->fleet = (struct fleet_config){
        .name = b->name,
        .instance_type = type->name,
        .reserved_detail = p->reserved_detail,
        .savings_plan = savings_plan,
        /* What is always there; who tracks a target buys the rest on demand. */
        .reserved = !reserved  ? 0
                    : tracking ? b->min_size
                               : size,
        .vcpus = fargate ? b->task_cpu / 1024 : type->vcpu,
        .task_cpu = (int64_t)b->task_cpu,
        .task_mb = (int64_t)b->task_memory_mb,
        .workers = b->workers_per_instance > 0 ? b->workers_per_instance : type->vcpu,
        .cpu_speed = b->cpu_speed > 0 ? b->cpu_speed : type->cpu_speed,
        .burstable = type->burst != BURST_NONE,
        .unlimited = type->burst == BURST_UNLIMITED,
        .credits_per_hour = type->credits_per_hour,
        .max_credits = type->max_credits,
        .baseline_fraction = type->baseline_fraction,
        .min_size = tracking ? b->min_size : size,
        .max_size = tracking ? b->max_size : size,
        .desired_capacity = size,
        .target_tracking = tracking,
        .target_utilization = b->target_cpu_utilization / 100,
        .high_datapoints = (int)limit(p, "asg.target_tracking.high_datapoints"),
        .low_datapoints = (int)limit(p, "asg.target_tracking.low_datapoints"),
        .low_fraction = limit(p, "asg.target_tracking.low_fraction"),
        .warmup_ns = seconds(b->default_instance_warmup_s),
        .datapoint_ns = seconds(b->detailed_monitoring ? limit(p, "asg.detailed_monitoring")
                                                       : limit(p, "asg.basic_monitoring")),
        .boot_ns = scaled_copy(&b->boot_s, 1e9),
        .queue_capacity = (uint64_t)b->queue_capacity,
        .billing_step_ns = seconds(fargate ? 1 : limit(p, "ec2.bill.granularity")),
        .billing_minimum_ns =
            seconds(limit(p, fargate ? "fargate.bill.minimum" : "ec2.bill.minimum")),
        .ebs_mb = fargate ? 0 : (int64_t)(b->ebs_gb * 1024 + 0.5),
        .ebs_type = b->ebs_type,
        /* Paid metrics of an instance. */
        .monitoring_metrics = b->detailed_monitoring && !fargate ? 7 : 0,
    };
    p->port = mem_alloc(s->functions, sizeof *p->port);
    for (size_t i = 0; i < s->functions; i++) {
        const struct function_spec *const f = &s->function[i];
        p->port[i] = (struct fleet_port_config){
            .function = f->name,
            .cpu = p->model.function[i].cpu,
            .duration_ns = scaled_copy(&f->duration_ms, 1e6),
            .per_record_ns = f->per_record_ms * 1e6,
            .error_rate = f->error_rate,
            .call = p->model.function[i].call,
            .calls = p->model.function[i].calls,
            .transfer = plan_servers_transfer(f),
            .log_bytes = s->account.count_logs ? (int64_t)(f->log_bytes_per_invocation + 0.5) : 0};
    }
    p->model.fleet = &p->fleet;
    p->model.fleet_port = p->port;
    p->model.fleet_load_balancer = b->load_balancer;
}

/* --- the whole ------------------------------------------------------------------------------ */

static int open_source(void *context, const char *workload, struct arrival_source *ret)
{
    struct plan *const p = context;
    size_t i = 0;
    while (strcmp(p->scenario->workload[i].name, workload) != 0) /* it is one of them */
        i++;
    const struct arrivals_spec *const arrivals = &p->scenario->workload[i].arrivals;
    if (arrivals->process == ARRIVALS_SCHEDULE)
        return plan_schedule(p, arrivals, ret);
    if (arrivals->open != NULL)
        return arrivals->open(arrivals->open_context, ret);
    if (!p->knows_zero)
        p->has_zero = plan_zero(p->scenario, NULL, &p->zero_ns);
    p->knows_zero = true;
    struct arrivals_spec from = *arrivals;
    from.has_zero = p->has_zero;
    from.zero_ns = p->zero_ns;
    return trace_open(ret, &from, p->diagnostics);
}

bool plan_zero(const struct scenario *s, int64_t *ret_first_ns, int64_t *ret_ns)
{
    size_t traces = 0;
    *ret_ns = PLAN_NO_DATE;
    for (size_t i = 0; i < s->workloads; i++)
        traces += s->workload[i].arrivals.file != NULL;
    for (size_t i = 0; i < s->workloads; i++) {
        int64_t first_ns;
        if (traces < 2 || !trace_first_date(&s->workload[i].arrivals, &first_ns))
            first_ns = PLAN_NO_DATE;
        if (ret_first_ns != NULL)
            ret_first_ns[i] = first_ns;
        *ret_ns = first_ns < *ret_ns ? first_ns : *ret_ns;
    }
    return *ret_ns != PLAN_NO_DATE;
}

static double region_limit(const struct scenario *s, const struct world *world, const char *key,
                           const char *what, double otherwise)
{
    char here[120], other[120];
    snprintf(here, sizeof here, "%.40s.%s.%.40s", key, what, s->region);
    snprintf(other, sizeof other, "%.40s.%s.other", key, what);
    return limits_or(world->limits, here, s->as_of_day,
                     limits_or(world->limits, other, s->as_of_day, otherwise));
}

struct model_api_limit plan_api_limit(const struct scenario *scenario, const struct world *world,
                                      const char *key)
{
    const double rate = region_limit(scenario, world, key, "rate", 0);
    return (struct model_api_limit){rate, region_limit(scenario, world, key, "burst", rate)};
}

struct plan *plan_create(const struct scenario *scenario, const struct world *world,
                         const struct baseline_spec *baseline, unsigned fleet_size,
                         struct diagnostics *diagnostics)
{
    struct plan *const p = mem_alloc(1, sizeof *p);
    p->scenario = scenario;
    p->world = world;
    p->diagnostics = diagnostics;
    loops_find(&p->loops, scenario, baseline == NULL && plan_lambda_stops_loops(scenario, world));
    p->model.sdk = (struct api_calls_config){.retries = (uint32_t)limit(p, "sdk.retries"),
                                             .retry_ns = seconds(limit(p, "sdk.retry_delay"))};
    p->model.gateway_limit = (struct model_api_limit){scenario->account.api_rate_limit,
                                                      scenario->account.api_burst_limit};
    functions_of(p);
    plan_downstreams(p);
    plan_faults(p);
    const bool to_lambda = baseline == NULL;
    streams_of(p);
    plan_topics(p);
    plan_tables(p, to_lambda);
    directs_of(p, baseline);
    plan_queues(p, to_lambda);
    plan_state_machines(p);
    mappings_of(p, to_lambda);
    plan_events(p, to_lambda);
    p->model.load_balancer = (struct load_balancer_config){
        .new_connections_per_s = limit(p, "alb.lcu.new_connections"),
        .active_connections = limit(p, "alb.lcu.active_connections"),
        .bytes_per_h = limit(p, to_lambda ? "alb.lcu.lambda_gb_per_hour" : "alb.lcu.gb_per_hour") *
                       1024 * MB_BYTES,
        .requests_per_connection = limit(p, "alb.requests_per_connection")};
    p->model.open_source = open_source;
    p->model.context = p;
    if (baseline != NULL)
        fleet_of(p, baseline, fleet_size);
    return p;
}

void plan_destroy(struct plan *plan)
{
    if (plan == NULL)
        return;
    struct model_config *const m = &plan->model;
    for (size_t i = 0; i < m->functions; i++) {
        struct function_config *const f = &m->function[i];
        struct distribution *const all[] = {
            &f->duration_ns, &f->cold_duration_ns, &f->init_ns,  &f->keep_alive_ns,
            &f->lifetime_ns, &f->memory_used_mb,   &f->attach_ns};
        for (size_t k = 0; k < sizeof all / sizeof *all; k++)
            distribution_finish(all[k]);
        if (plan->port != NULL)
            distribution_finish(&plan->port[i].duration_ns);
    }
    for (size_t i = 0; i < m->streams; i++) {
        for (size_t k = 0; k < m->stream[i].workloads; k++)
            distribution_finish(&plan->stream_workload[i][k].record_bytes);
        free(plan->stream_workload[i]);
    }
    plan_state_machines_finish(plan);
    for (size_t i = 0; i < m->directs; i++)
        distribution_finish(&m->direct[i].config.duration_ns);
    for (size_t i = 0; i < m->downstreams; i++)
        distribution_finish(&m->downstream[i].latency_ns);
    distribution_finish(&plan->fleet.boot_ns);
    for (size_t i = 0; i < plan->owned_count; i++)
        free(plan->owned[i]);
    free(plan->owned);
    loops_finish(&plan->loops);
    free(plan->reserved_detail);
    free(plan->stream_workload);
    free(plan->port);
    free(m->function);
    free(m->stream);
    free(m->direct);
    free(m->mapping);
    free(plan);
}

const struct model_config *plan_model(const struct plan *plan)
{
    return &plan->model;
}
