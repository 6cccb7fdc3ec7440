/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a good scenario becomes: values, defaults by era, distributions, overrides, the schema. */
#include "harness.h"

#include "core/memory.h"
#include "scenario/internal.h"
#include "support/date.h"
#include "support/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define EVERY_KEY TESTS_DIR "/data/scenarios/every-key.json"
#define MINIMAL TESTS_DIR "/data/scenarios/minimal.json"

static struct scenario *load(const char *path, const struct scenario_overrides *overrides)
{
    struct diagnostics d;
    diagnostics_init(&d);
    struct limits *const limits = limits_load(DATA_DIR, &d);
    ck_assert_ptr_nonnull(limits);
    const struct scenario_data data = {.limits = limits};
    struct scenario *const scenario = scenario_load(path, &data, overrides, &d);
    ck_assert_msg(scenario != NULL, "%s", d.count > 0 ? d.item[0].text : "no error");
    ck_assert_msg(d.count == 0, "%s", d.count > 0 ? d.item[0].text : "");
    limits_destroy(limits);
    diagnostics_finish(&d);
    return scenario;
}

START_TEST(every_value_arrives)
{
    struct scenario *const s = load(EVERY_KEY, NULL);
    ck_assert_str_eq(s->path, EVERY_KEY);
    ck_assert_str_eq(s->name, "every key");
    ck_assert_str_eq(s->description, "All that can be said.");
    ck_assert_str_eq(s->region, "eu-west-1");
    ck_assert_int_eq(s->as_of_day, date_from_civil(2023, 2, 1));
    ck_assert_double_eq(s->account.concurrent_executions, 2000);
    ck_assert_double_eq(s->account.api_rate_limit, 20000);
    ck_assert_double_eq(s->account.api_burst_limit, 8000);
    ck_assert(!s->account.free_tier && s->account.count_logs);
    ck_assert_double_eq(s->account.month_hours, 744);
    ck_assert_double_eq(s->run.duration_s, 7200);
    ck_assert_double_eq(s->run.warm_up_s, 600);
    ck_assert_uint_eq(s->run.replications, 3);
    ck_assert_uint_eq(s->run.seed, UINT64_C(9007199254740992));
    ck_assert_double_eq(s->run.timeseries_period_s, 300);
    ck_assert_uint_eq(s->workloads, 13);
    ck_assert_uint_eq(s->streams, 2);
    ck_assert_uint_eq(s->functions, 3);
    ck_assert_uint_eq(s->mappings, 4);
    ck_assert_uint_eq(s->baselines, 3);

    const struct function_spec *const web = &s->function[0];
    ck_assert_str_eq(web->name, "web");
    ck_assert_double_eq(web->memory_size, 1024);
    ck_assert_double_eq(web->timeout_s, 30);
    ck_assert(web->arm64 && !web->image);
    ck_assert_str_eq(web->runtime, "python3.9");
    ck_assert_double_eq(web->ephemeral_storage_mb, 1024);
    ck_assert_double_eq(web->reserved_concurrent_executions, 100);
    ck_assert_double_eq(web->provisioned_concurrent_executions, 10);
    ck_assert_uint_eq(web->scheduled_actions, 2);
    ck_assert_double_eq(web->scheduled_action[0].at_s, 1800);
    ck_assert(!web->scheduled_action[0].daily);
    ck_assert_double_eq(web->scheduled_action[1].value, 20);
    ck_assert_double_eq(scenario_provisioned_at_start(web), 10);
    ck_assert_double_eq(scenario_provisioned_at_most(web), 50);
    ck_assert_double_eq(web->reference_memory_size, 512);
    ck_assert_double_eq(web->cpu_fraction, 0.8);
    ck_assert_double_eq(web->threads, 2);
    ck_assert_double_eq(web->cpu_period_ms, 20);
    ck_assert_int_eq(web->cold_duration_ms->kind, DISTRIBUTION_WEIBULL);
    ck_assert_int_eq(web->init_duration_ms->kind, DISTRIBUTION_UNIFORM);
    ck_assert_int_eq(web->keep_alive_s->kind, DISTRIBUTION_EXPONENTIAL);
    ck_assert_double_eq(web->max_lifetime_s->a, 7200);
    ck_assert_double_eq(web->max_memory_used_mb->b, 20);
    ck_assert_double_eq(web->error_rate, 0.01);
    ck_assert_double_eq(web->log_bytes_per_invocation, 500);
    const struct function_spec *const image = &s->function[1];
    ck_assert(image->scheduled_action[0].daily);
    ck_assert_double_eq(image->scheduled_action[0].at_s, 8.5 * 3600);
    ck_assert_double_eq(scenario_provisioned_at_start(image), 1); /* since the day before */
    ck_assert(image->image);
    ck_assert_str_eq(image->keep_alive_profile, "ten-minutes-2019");
    ck_assert_uint_eq(image->duration_points, 2);
    ck_assert_double_eq(image->duration_point[0].memory_size, 1024); /* sorted */
    ck_assert_double_eq(image->duration_point[0].duration_ms, 580);
    ck_assert_double_eq(image->duration_point[1].duration_ms, 300);
    ck_assert_double_eq(image->reference_memory_size, 2048);
    ck_assert_double_eq(s->function[2].per_record_ms, 0.5);

    const struct mapping_spec *const index = &s->mapping[0];
    ck_assert_str_eq(index->event_source.name, "clicks");
    ck_assert_str_eq(index->function.name, "index");
    ck_assert_uint_eq(index->batch_size, 500);
    ck_assert_double_eq(index->maximum_batching_window_s, 5);
    ck_assert_uint_eq(index->parallelization_factor, 2);
    ck_assert_double_eq(index->created_s, 600.5);
    ck_assert_int_eq(index->starting_position, START_AT_TIMESTAMP);
    ck_assert_double_eq(index->starting_position_timestamp_s, 300);
    ck_assert(index->bisect_batch_on_function_error);
    ck_assert_int_eq(index->maximum_retry_attempts, 3);
    ck_assert_double_eq(index->maximum_record_age_s, 3600);
    ck_assert(index->report_batch_item_failures && index->enhanced_fan_out);
    ck_assert_str_eq(index->on_failure.name, "arn:aws:sqs:eu-west-1:123456789012:given-up");
    ck_assert_int_eq(index->on_failure.kind, ENTITY_QUEUE);
    ck_assert_uint_eq(index->on_failure.index, 2);

    const struct baseline_spec *const group = &s->baseline[0];
    ck_assert_str_eq(group->instance_type, "m5.large");
    ck_assert_int_eq(group->sizing, FLEET_TARGET_TRACKING);
    ck_assert_uint_eq(group->min_size, 2);
    ck_assert_uint_eq(group->max_size, 16);
    ck_assert_uint_eq(group->desired_capacity, 4);
    ck_assert_double_eq(group->target_cpu_utilization, 60);
    ck_assert_double_eq(group->default_instance_warmup_s, 120);
    ck_assert_double_eq(group->default_cooldown_s, 60);
    ck_assert_double_eq(s->baseline[1].default_instance_warmup_s, 200); /* the cooldown */
    ck_assert_double_eq(group->boot_s.b, 180);
    ck_assert_uint_eq(group->workers_per_instance, 8);
    ck_assert_double_eq(group->queue_capacity, 500);
    ck_assert_double_eq(group->cpu_speed, 1.1);
    ck_assert_double_eq(group->ebs_gb, 20);
    ck_assert_str_eq(group->ebs_type, "gp3");
    ck_assert(!group->detailed_monitoring && group->load_balancer);
    ck_assert_str_eq(group->purchase, "1yr-no-upfront");

    ck_assert_uint_eq(s->objectives, 2);
    ck_assert_str_eq(s->objective[0].metric, "iterator_age_ms");
    ck_assert_str_eq(s->objective[0].entity, "esm:index");
    ck_assert_str_eq(s->objective[0].statistic, "p99");
    ck_assert(s->objective[0].at_most && !s->objective[1].at_most);
    ck_assert_double_eq(s->objective[0].bound, 5000);
    ck_assert_double_eq(s->objective[1].bound, 0.2);
    ck_assert_ptr_null(s->objective[1].statistic);
    ck_assert_int_eq(s->objective[1].line, s->objective[0].line + 1);
    ck_assert_str_eq(s->price[0].price_usd, "0.00000018");
    ck_assert_uint_eq(s->mapping[1].batch_size, 100);
    ck_assert_uint_eq(s->mapping[2].batch_size, 5);
    ck_assert_uint_eq(s->mapping[2].maximum_concurrency, 50);
    ck_assert_int_eq(s->mapping[2].event_source.kind, ENTITY_QUEUE);
    ck_assert_uint_eq(s->queues, 4);
    ck_assert_uint_eq(s->tables, 1);
    ck_assert_double_eq(s->baseline[2].task_cpu, 512);
    ck_assert_double_eq(s->baseline[2].task_memory_mb, 1024);
    ck_assert_double_eq(s->table[0].write_capacity, 500);
    ck_assert_double_eq(s->table[0].size_gb, 25);
    ck_assert_uint_eq(s->table[0].partitions, 6);
    ck_assert_int_eq(s->mapping[3].event_source.kind, ENTITY_TABLE);
    ck_assert_double_eq(s->queue[0].visibility_timeout_s, 5400);
    ck_assert_double_eq(s->queue[0].message_retention_s, 3600);
    ck_assert_double_eq(s->queue[0].delay_s, 5);
    ck_assert_str_eq(s->queue[0].dead_letters.name, "dead");
    ck_assert_uint_eq(s->queue[0].dead_letters.index, 1);
    ck_assert_uint_eq(s->queue[0].max_receive_count, 7);
    ck_assert(s->queue[1].fifo);
    ck_assert_uint_eq(s->alarms, 2);
    ck_assert_str_eq(s->alarm[0].statistic, "Maximum");
    ck_assert_double_nan(s->alarm[0].percentile);
    ck_assert_str_eq(s->alarm[1].extended_statistic, "p99.9");
    ck_assert_double_eq_tol(s->alarm[1].percentile, 0.999, 1e-12);
    ck_assert_str_eq(s->alarm[0].name, "late");
    ck_assert_str_eq(s->alarm[0].metric_name, "IteratorAge");
    ck_assert_uint_eq(s->alarm[0].period_s, 120);
    ck_assert_uint_eq(s->alarm[0].datapoints_to_alarm, 3);
    ck_assert_uint_eq(s->alarm[0].evaluation_periods, 5);
    ck_assert_int_eq(s->alarm[0].comparison, ALARM_AT_LEAST);
    ck_assert_int_eq(s->alarm[0].treat_missing_data, ALARM_NOT_BREACHING);
    ck_assert_uint_eq(s->uncertains, 1);
    ck_assert_str_eq(s->uncertain[0].path, "functions.index.memory_size");
    ck_assert_double_eq(s->uncertain[0].low, 128);
    ck_assert_double_eq(s->uncertain[0].mid, 256);
    ck_assert_double_eq(s->uncertain[0].high, 1024);
    ck_assert_int_eq(s->uncertain[0].distribution, UNCERTAIN_PERT);
    scenario_destroy(s);
}
END_TEST

START_TEST(state_machines_arrive)
{
    struct scenario *const s = load(EVERY_KEY, NULL);
    ck_assert_uint_eq(s->state_machines, 1);
    const struct state_machine_spec *const m = &s->state_machine[0];
    ck_assert_str_eq(m->name, "order");
    ck_assert_int_eq(m->type, STATE_MACHINE_EXPRESS_TYPE);
    ck_assert_double_eq(m->memory_mb, 128);
    ck_assert_double_eq(m->transition_ms, 10);
    ck_assert_uint_eq(m->max_attempts, 2);
    ck_assert_double_eq(m->interval_s, 3);
    ck_assert_double_eq(m->backoff_rate, 1.5);
    ck_assert_double_eq(m->max_delay_s, 30);
    ck_assert_uint_eq(m->steps, 5);
    ck_assert_str_eq(m->step[0].task.name, "web");
    ck_assert(!scenario_step_is_map(&m->step[0]));
    ck_assert_uint_eq(m->step[0].branches, 0);
    ck_assert_str_eq(m->step[1].map.task.name, "image");
    ck_assert_double_eq(m->step[1].map.items.b, 9);
    ck_assert_uint_eq(m->step[1].map.max_concurrency, 5);
    ck_assert_double_eq(m->step[1].map.work_ms->a, 9000);
    ck_assert_double_eq(m->step[2].wait_s, 2);
    ck_assert_int_eq(m->step[2].task.kind, ENTITY_NONE);
    ck_assert_uint_eq(m->step[3].branches, 2);
    ck_assert_str_eq(m->step[3].branch[0].task.name, "web");
    const struct branch_spec *const branch = &m->step[3].branch[1];
    ck_assert_int_eq(branch->task.kind, ENTITY_NONE);
    ck_assert_uint_eq(branch->steps, 4);
    ck_assert_str_eq(branch->step[0].task.name, "index");
    ck_assert_uint_eq(branch->step[0].task.index, 2);
    ck_assert_double_eq(branch->step[1].wait_s, 1);
    ck_assert_uint_eq(branch->step[2].branches, 1);
    ck_assert_str_eq(branch->step[2].branch[0].task.name, "web");
    ck_assert_str_eq(branch->step[3].map.task.name, "index");
    ck_assert_uint_eq(branch->step[3].map.task.index, 2);
    ck_assert_uint_eq(branch->step[3].map.max_concurrency, 1);
    ck_assert_double_eq(branch->step[3].map.work_ms->a, 100);
    ck_assert_uint_eq(m->step[4].map.steps, 1);
    ck_assert_str_eq(m->step[4].map.step[0].task.name, "web");
    scenario_destroy(s);
}
END_TEST

/* In time that grows with their number, not with its square. */
START_TEST(a_machine_of_many_tasks_is_read)
{
    enum { BRANCHES = 1000, TASKS = 400 };
    static const struct scenario_overrides none = {NULL, NULL, NULL};
    struct diagnostics d;
    char *text = NULL;
    size_t size = 0;
    diagnostics_init(&d);
    struct limits *const limits = limits_load(DATA_DIR, &d);
    FILE *const out = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(out);
    fputs("{\"region\": \"us-east-1\", \"as_of\": \"2024-05-01\", \"run\": {\"duration_s\": 60},"
          "\"functions\": {\"f\": {\"duration_ms\": 1, \"init_duration_ms\": 1},"
          "\"last\": {\"duration_ms\": 1, \"init_duration_ms\": 1}},"
          "\"state_machines\": {\"m\": {\"type\": \"EXPRESS\", \"steps\": [{\"parallel\": [",
          out);
    for (int i = 0; i < BRANCHES; i++) {
        fprintf(out, "%s{\"steps\": [", i > 0 ? "," : "");
        for (int k = 1; k < TASKS; k++)
            fputs("{\"task\": \"function:f\"},", out);
        fputs("{\"task\": \"function:last\"}]}", out);
    }
    fputs("]}]}}, \"workloads\": {\"w\": {\"to\": \"state_machine:m\", "
          "\"arrivals\": {\"process\": \"poisson\", \"rate_per_s\": 1}}}}",
          out);
    fclose(out);
    struct scenario *const s = scenario_parse(text, size, "many.json",
                                              &(struct scenario_data){.limits = limits}, &none, &d);
    ck_assert_msg(s != NULL && d.count == 0, "%s", d.count > 0 ? d.item[0].text : "");
    const struct branch_spec *const branch = s->state_machine[0].step[0].branch;
    for (size_t i = 0; i < BRANCHES; i++) {
        ck_assert_uint_eq(branch[i].steps, TASKS);
        ck_assert_uint_eq(branch[i].step[0].task.index, 0);
        ck_assert_uint_eq(branch[i].step[TASKS - 1].task.index, 1);
    }
    scenario_destroy(s);
    limits_destroy(limits);
    diagnostics_finish(&d);
    free(text);
}
END_TEST

START_TEST(workloads_arrive)
{
    struct scenario *const s = load(EVERY_KEY, NULL);
    const struct workload_spec *w = &s->workload[0];
    ck_assert_str_eq(w->name, "api");
    ck_assert_str_eq(w->to.name, "web");
    ck_assert_int_eq(w->to.kind, ENTITY_FUNCTION);
    ck_assert_int_eq(w->through, DOOR_ALB);
    ck_assert_int_eq(w->arrivals.process, ARRIVALS_CONSTANT);
    ck_assert_double_eq(w->arrivals.rate_per_s, 2.5);
    ck_assert_double_eq(w->arrivals.rate_scale, 2);
    ck_assert_double_eq(w->arrivals.time_scale, 0.5);
    ck_assert_double_eq_tol(w->record_bytes.a, log(900), 1e-12);
    ck_assert_double_eq(w->record_bytes.shift, 100);
    ck_assert_double_eq(w->response_bytes, 20000);
    ck_assert_int_eq(w->client.policy, RETRY_NONE);
    ck_assert_double_eq(w->client.timeout_s, UNSET_NUMBER);
    w = &s->workload[s->workloads - 1];
    ck_assert_str_eq(w->name, "warmer");
    ck_assert_int_eq(w->arrivals.process, ARRIVALS_SCHEDULE);
    ck_assert_str_eq(w->arrivals.expression, "rate(5 minutes)");
    ck_assert_int_eq(w->arrivals.cron.period_s, 300);
    ck_assert_uint_eq(w->arrivals.concurrency, 4);
    ck_assert_int_eq(w->invocation_type, INVOKE_EVENT);
    ck_assert_double_eq(w->duration_ms->a, 50);
    w--;
    ck_assert_str_eq(w->name, "flow");
    ck_assert_int_eq(w->to.kind, ENTITY_STATE_MACHINE);
    w--;
    ck_assert_str_eq(w->name, "rest");
    ck_assert_ptr_null(w->duration_ms);
    ck_assert_int_eq(w->through, DOOR_API_GATEWAY_REST);
    ck_assert_double_eq(w->gateway.timeout_ms, 10000);
    ck_assert_double_eq(w->gateway.overhead_ms, 12);
    ck_assert_double_eq(w->gateway.throttling_rate_limit, 500);
    ck_assert_double_eq(w->gateway.throttling_burst_limit, 250);
    ck_assert_int_eq(w->client.policy, RETRY_EXPONENTIAL);
    ck_assert_uint_eq(w->client.retries, 4);
    ck_assert_double_eq(w->client.base_s, 0.2);
    ck_assert_double_eq(w->client.max_s, 8);
    ck_assert(!w->client.full_jitter);
    ck_assert_double_eq(w->client.budget, 0.1);
    ck_assert_double_eq(w->client.timeout_s, 6);
    w = &s->workload[1];
    ck_assert_int_eq(w->invocation_type, INVOKE_EVENT);
    w = &s->workload[2];
    ck_assert_str_eq(w->to.name, "clicks");
    ck_assert_uint_eq(w->arrivals.points, 2);
    ck_assert_double_eq(w->arrivals.point[1].time_s, 43200);
    ck_assert_double_eq(w->arrivals.point[1].rate_per_s, 50);
    ck_assert_double_eq(w->arrivals.period_s, 86400);
    ck_assert_int_eq(w->partition_keys.kind, KEYS_ZIPF);
    ck_assert_uint_eq(w->partition_keys.count, 1000);
    ck_assert_double_eq(w->partition_keys.zipf_exponent, 1.2);
    ck_assert_str_eq(w->partition_keys.prefix, "user-");
    ck_assert_uint_eq(w->records_per_put, 100);
    ck_assert(w->drop_on_throttle);
    ck_assert_double_eq(w->producer_max_age_s, 10);
    ck_assert_uint_eq(w->poisons, 2);
    ck_assert_str_eq(w->poison[0].key, "user-7");
    ck_assert_ptr_null(w->poison[1].key);
    ck_assert_double_eq(w->poison[1].at_s, 200);
    w = &s->workload[3]; /* its profile comes from a file, by the wall clock */
    ck_assert_uint_eq(w->arrivals.points, 2);
    ck_assert_double_eq(w->arrivals.point[0].time_s, 0);
    ck_assert_double_eq_tol(w->arrivals.point[1].time_s, 600, 1e-6);
    ck_assert_double_eq(w->arrivals.point[1].rate_per_s, 20.5);
    w = &s->workload[4];
    ck_assert_double_eq(w->arrivals.burst_rate_per_s, 50);
    ck_assert_double_eq(w->arrivals.mean_burst_s, 30);
    ck_assert_uint_eq(w->partition_keys.keys, 3);
    ck_assert_str_eq(w->partition_keys.key[2], "c");
    w = &s->workload[5];
    ck_assert_str_eq(w->arrivals.file, TESTS_DIR "/data/scenarios/counts.csv");
    ck_assert_str_eq(w->arrivals.time_column, "timestamp");
    ck_assert_str_eq(w->arrivals.value_column, "value");
    ck_assert_int_eq(w->arrivals.time_unit, TIME_UNIT_ISO8601);
    ck_assert_double_eq(w->arrivals.bin_s, 300);
    ck_assert_int_eq(w->arrivals.spread, SPREAD_EVEN);
    ck_assert(w->arrivals.repeat);
    w = &s->workload[6];
    ck_assert_int_eq(w->arrivals.time_unit, TIME_UNIT_MS);
    ck_assert_int_eq(w->arrivals.duration_unit, TIME_UNIT_S);
    ck_assert_str_eq(w->arrivals.time_column, "t");
    ck_assert_str_eq(w->arrivals.size_column, "bytes");
    ck_assert_str_eq(w->arrivals.key_column, "who");
    ck_assert_str_eq(w->arrivals.duration_column, "took");
    ck_assert_ptr_null(w->arrivals.value_column);
    const struct stream_spec *const clicks = &s->stream[0];
    ck_assert_uint_eq(clicks->shard_count, 4);
    ck_assert_double_eq(clicks->retention_period_h, 168);
    ck_assert_uint_eq(clicks->updates, 2);
    ck_assert_uint_eq(clicks->update[0].target_shard_count, 8);
    ck_assert_double_eq(clicks->update[1].at_s, 3600);
    ck_assert(!clicks->on_demand && s->stream[1].on_demand);
    ck_assert_uint_eq(s->stream[1].shard_count, 4);
    scenario_destroy(s);
}
END_TEST

START_TEST(defaults)
{
    struct scenario *const s = load(MINIMAL, NULL);
    ck_assert_str_eq(s->name, "minimal");
    ck_assert_str_eq(s->description, "");
    ck_assert_str_eq(s->region, "us-east-1");
    ck_assert_double_eq(s->account.concurrent_executions, 100); /* of 2016 */
    ck_assert(s->account.free_tier && !s->account.count_logs);
    ck_assert_double_eq(s->account.month_hours, 730);
    ck_assert_uint_eq(s->run.replications, 5);
    ck_assert_uint_eq(s->run.seed, 1);
    ck_assert_double_eq(s->run.warm_up_s, 0);
    ck_assert_double_eq(s->run.timeseries_period_s, 60);
    const struct function_spec *const f = &s->function[0];
    ck_assert_double_eq(f->memory_size, 128);
    ck_assert_double_eq(f->reference_memory_size, 128);
    ck_assert_double_eq(f->timeout_s, 3);
    ck_assert_double_eq(f->ephemeral_storage_mb, 512);
    ck_assert_double_eq(f->reserved_concurrent_executions, UNSET_NUMBER);
    ck_assert_double_eq(f->provisioned_concurrent_executions, 0);
    ck_assert_double_eq(f->cpu_fraction, 1);
    ck_assert_double_eq(f->threads, 1);
    ck_assert_ptr_null(f->runtime);
    ck_assert_ptr_null(f->init_duration_ms);
    ck_assert_ptr_null(f->keep_alive_s);
    ck_assert_int_eq(f->duration_ms.kind, DISTRIBUTION_CONSTANT);
    ck_assert_double_eq(f->duration_ms.a, 10);
    const struct workload_spec *const w = &s->workload[0];
    ck_assert_double_eq(w->record_bytes.a, 1024);
    ck_assert_uint_eq(w->records_per_put, 1);
    ck_assert_double_eq(w->producer_max_age_s, 30);
    ck_assert_double_eq(w->arrivals.rate_scale, 1);
    ck_assert_double_eq(w->arrivals.bin_s, UNSET_NUMBER);
    ck_assert_int_eq(w->arrivals.duration_unit, TIME_UNIT_MS);
    ck_assert_int_eq(w->partition_keys.kind, KEYS_UNIFORM);
    scenario_destroy(s);
}
END_TEST

/* What the schema calls a default is one: an instance type alone is a group. */
START_TEST(a_baseline_needs_no_size)
{
    static const char text[] = "{\"as_of\": \"2020-11-30\", \"run\": {\"duration_s\": 60},\n"
                               "\"workloads\": {\"w\": {\"to\": \"function:f\",\n"
                               "  \"arrivals\": {\"process\": \"poisson\", \"rate_per_s\": 1}}},\n"
                               "\"functions\": {\"f\": {\"duration_ms\": 10}},\n"
                               "\"baselines\": {\"a\": {\"instance_type\": \"m5.large\"},\n"
                               "  \"b\": {\"instance_type\": \"m5.large\", \"min_size\": 3}}}\n";
    struct diagnostics d;
    diagnostics_init(&d);
    struct limits *const limits = limits_load(DATA_DIR, &d);
    const struct scenario_data data = {.limits = limits};
    for (int later = 0; later < 2; later++) {
        const struct scenario_overrides overrides = {.as_of = later > 0 ? "2020-12-01" : NULL};
        struct scenario *const s =
            scenario_parse(text, strlen(text), "s.json", &data, &overrides, &d);
        ck_assert_msg(s != NULL, "%s", d.count > 0 ? d.item[0].text : "no error");
        for (size_t i = 0; i < 2; i++) {
            const struct baseline_spec *const b = &s->baseline[i];
            const unsigned size = i == 0 ? 1 : 3;
            ck_assert_int_eq(b->sizing, FLEET_FIXED);
            ck_assert_uint_eq(b->desired_capacity, size);
            ck_assert_uint_eq(b->min_size, size);
            ck_assert_uint_eq(b->max_size, size);
            ck_assert_str_eq(b->ebs_type, later > 0 ? "gp3" : "gp2");
        }
        scenario_destroy(s);
    }
    limits_destroy(limits);
    diagnostics_finish(&d);
}
END_TEST

START_TEST(overrides_replace_what_is_written)
{
    const struct scenario_overrides overrides = {
        .as_of = "2024-02", .region = "eu-central-1", .seed = "9007199254740992"};
    struct scenario *const s = load(MINIMAL, &overrides);
    ck_assert_int_eq(s->as_of_day, date_from_civil(2024, 2, 1));
    ck_assert_double_eq(s->account.concurrent_executions, 1000); /* of 2024 */
    ck_assert_str_eq(s->region, "eu-central-1");
    ck_assert_uint_eq(s->run.seed, UINT64_C(9007199254740992));
    scenario_destroy(s);
}
END_TEST

START_TEST(wrong_overrides_are_named)
{
    const struct scenario_overrides overrides = {.as_of = "soon", .region = "mars", .seed = "-1"};
    struct diagnostics d;
    diagnostics_init(&d);
    struct limits *const limits = limits_load(DATA_DIR, &d);
    const struct scenario_data data = {.limits = limits};
    ck_assert_ptr_null(scenario_load(MINIMAL, &data, &overrides, &d));
    ck_assert_uint_eq(d.errors, 3);
    ck_assert_str_eq(d.item[0].text,
                     "--as-of: \"soon\" is not a date from 2006 to 2099 (YYYY-MM-DD)");
    ck_assert_str_eq(d.item[1].text, "--region: \"mars\" is not a region such as \"us-east-1\"");
    ck_assert_str_eq(d.item[2].text,
                     "--seed: \"-1\" is not a whole number from 0 to 9007199254740992");
    limits_destroy(limits);
    diagnostics_finish(&d);
}
END_TEST

static struct distribution read_distribution(const char *text)
{
    struct diagnostics d;
    struct distribution distribution;
    diagnostics_init(&d);
    cJSON *const json = json_parse(text, strlen(text), "s.json", &d);
    ck_assert_ptr_nonnull(json);
    struct reader reader = {.file = "s.json",
                            .folder = mem_strdup(TESTS_DIR "/data/scenarios/"),
                            .diagnostics = &d,
                            .root = json};
    reader_distribution(&reader, json, &distribution);
    ck_assert_msg(d.count == 0, "%s: %s", text, d.count > 0 ? d.item[0].text : "");
    free(reader.folder);
    cJSON_Delete(json);
    diagnostics_finish(&d);
    return distribution;
}

/* Against the textbook moments of what was asked for. */
static void expect_distribution(const char *text, double mean, double median)
{
    struct distribution distribution = read_distribution(text);
    ck_assert_double_eq_tol(distribution_mean(&distribution), mean, 1e-6 * fabs(mean));
    ck_assert_double_eq_tol(distribution_quantile(&distribution, 0.5), median, 1e-6 * fabs(median));
    distribution_finish(&distribution);
}

START_TEST(distributions)
{
    expect_distribution("12.5", 12.5, 12.5);
    expect_distribution("{\"distribution\": \"constant\", \"value\": 3, \"shift\": 2}", 5, 5);
    expect_distribution("{\"distribution\": \"uniform\", \"min\": 2, \"max\": 4}", 3, 3);
    expect_distribution("{\"distribution\": \"exponential\", \"mean\": 10, \"shift\": 1}", 11,
                        1 + 10 * log(2));
    expect_distribution("{\"distribution\": \"normal\", \"mean\": 100, \"sd\": 1}", 100, 100);
    expect_distribution("{\"distribution\": \"lognormal\", \"median\": 20, \"sigma\": 0.5}",
                        20 * exp(0.125), 20);
    expect_distribution("{\"distribution\": \"lognormal\", \"mean\": 20, \"sd\": 15}", 20,
                        20 / sqrt(1 + 0.5625));
    expect_distribution("{\"distribution\": \"gamma\", \"mean\": 5, \"sd\": 5}", 5, 5 * log(2));
    expect_distribution("{\"distribution\": \"gamma\", \"shape\": 1, \"scale\": 3}", 3, 3 * log(2));
    expect_distribution("{\"distribution\": \"weibull\", \"shape\": 1, \"scale\": 3}", 3,
                        3 * log(2));
    expect_distribution("{\"distribution\": \"pareto\", \"minimum\": 2, \"alpha\": 2}", 4,
                        2 * sqrt(2));
    expect_distribution(
        "{\"distribution\": \"empirical\", \"quantiles\": [[0, 0], [0.5, 10], [1, 40]]}", 15, 10);
    expect_distribution(/* five samples: the middle one, and their mean by the trapezium rule */
                        "{\"distribution\": \"empirical\", \"file\": \"samples.csv\", \"column\": "
                        "\"duration_ms\"}",
                        30, 30);
    expect_distribution("{\"distribution\": \"mixture\", \"components\": ["
                        "{\"weight\": 3, \"value\": 10}, {\"weight\": 1, \"value\": 50}]}",
                        20, 10);
}
END_TEST

START_TEST(many_samples_become_few_quantiles)
{
    char path[] = "/tmp/lambdaplan-samples-XXXXXX";
    const int fd = mkstemp(path);
    FILE *const out = fdopen(fd, "w");
    fputs("v\n", out);
    for (int i = 0; i <= 100000; i++)
        fprintf(out, "%d\n", (i * 7919) % 100001); /* 0..100000, shuffled */
    fclose(out);
    char *const text =
        text_format("{\"distribution\": \"empirical\", \"file\": \"%s\", \"column\": \"v\"}", path);
    struct distribution distribution = read_distribution(text);
    ck_assert_uint_eq(distribution.count, 10001);
    for (int i = 1; i < 100; i++)
        ck_assert_double_eq_tol(distribution_quantile(&distribution, i / 100.0), i * 1000, 1e-3);
    ck_assert_double_eq(distribution.value[0], 0);
    ck_assert_double_eq(distribution.value[10000], 100000);
    distribution_finish(&distribution);
    unlink(path);
    free(text);
}
END_TEST

/* Coverage of the vocabulary. */

#define MOST_OBJECTS 64
static struct coverage {
    const struct object *object[MOST_OBJECTS];
    uint64_t used[MOST_OBJECTS];
    size_t count;
} coverage;

static size_t cover(const struct object *object)
{
    size_t i = 0;
    while (i < coverage.count && coverage.object[i] != object)
        i++;
    if (i < coverage.count)
        return i;
    ck_assert_uint_lt(coverage.count, MOST_OBJECTS);
    coverage.object[coverage.count++] = object;
    for (size_t k = 0; k < object->fields; k++) {
        if (object->field[k].object != NULL)
            cover(object->field[k].object);
        if (object->field[k].type == FIELD_DISTRIBUTION)
            cover(&object_distribution);
    }
    return i;
}

static void mark(const struct object *object, const cJSON *json)
{
    const size_t at = cover(object);
    for (const cJSON *member = json->child; member != NULL && cJSON_IsObject(json);
         member = member->next) {
        const int index = fields_find(object, member->string);
        if (index < 0)
            continue;
        const struct field *const field = &object->field[index];
        coverage.used[at] |= UINT64_C(1) << index;
        if (field->type == FIELD_OBJECT)
            mark(field->object, member);
        else if (field->type == FIELD_DISTRIBUTION)
            mark(&object_distribution, member);
        else if (field->type == FIELD_LIST || field->type == FIELD_MAP)
            for (const cJSON *item = member->child; item != NULL; item = item->next)
                mark(field->object, item);
    }
}

START_TEST(the_example_uses_every_key)
{
    struct diagnostics d;
    diagnostics_init(&d);
    cJSON *const root = json_read_file(EVERY_KEY, &d);
    ck_assert_ptr_nonnull(root);
    mark(&object_scenario, root);
    ck_assert_uint_gt(coverage.count, 15);
    for (size_t i = 0; i < coverage.count; i++)
        for (size_t k = 0; k < coverage.object[i]->fields; k++)
            ck_assert_msg((coverage.used[i] >> k & 1) != 0, "%s.%s is not used",
                          coverage.object[i]->name, coverage.object[i]->field[k].key);
    cJSON_Delete(root);
    diagnostics_finish(&d);
}
END_TEST

START_TEST(tables_are_sound)
{
    struct diagnostics d;
    diagnostics_init(&d);
    struct limits *const limits = limits_load(DATA_DIR, &d);
    cover(&object_scenario);
    for (size_t i = 0; i < coverage.count; i++) {
        const struct object *const object = coverage.object[i];
        ck_assert_uint_le(object->fields, 64);
        ck_assert(object->selector == NULL || fields_find(object, object->selector) >= 0);
        for (size_t k = 0; k < object->fields; k++) {
            const struct field *const field = &object->field[k];
            const char *const keys[] = {field->minimum_key, field->maximum_key, field->initial_key,
                                        field->since_key};
            ck_assert_int_eq(fields_find(object, field->key), (int)k); /* no key twice */
            ck_assert_msg(strlen(field->doc) > 4, "%s.%s", object->name, field->key);
            for (size_t j = 0; j < 4; j++)
                ck_assert_msg(keys[j] == NULL || limits_first_day(limits, keys[j]) != DATE_MAX,
                              "data/limits lacks %s", keys[j] == NULL ? "" : keys[j]);
            ck_assert_msg(field->initial_key == NULL || field->initial == 0, "%s: two defaults",
                          field->key);
            if (field->store == STORE_UNSIGNED)
                ck_assert_double_le(field_maximum(field), 4294967295.0);
        }
    }
    limits_destroy(limits);
    diagnostics_finish(&d);
}
END_TEST

START_TEST(schema_is_the_committed_file)
{
    struct diagnostics d;
    size_t size;
    diagnostics_init(&d);
    char *const schema = scenario_schema();
    char *const file = text_read_file(DATA_DIR "/schema/scenario.schema.json", 1 << 20, &size, &d);
    ck_assert_ptr_nonnull(file);
    if (getenv("UPDATE_SCHEMA") != NULL) {
        FILE *const out = fopen(DATA_DIR "/schema/scenario.schema.json", "w");
        ck_assert_ptr_nonnull(out);
        fputs(schema, out);
        fclose(out);
    } else {
        ck_assert_msg(strcmp(schema, file) == 0,
                      "data/schema/scenario.schema.json is out of date; run this test with "
                      "UPDATE_SCHEMA=1 in the environment");
    }
    cJSON *const root = json_parse(schema, strlen(schema), "schema", &d);
    ck_assert_ptr_nonnull(root); /* it is strict JSON itself */
    cJSON_Delete(root);
    free(schema);
    free(file);
    diagnostics_finish(&d);
}
END_TEST

TEST_MAIN("scenario", every_value_arrives, workloads_arrive, state_machines_arrive,
          a_machine_of_many_tasks_is_read, defaults, a_baseline_needs_no_size,
          overrides_replace_what_is_written, wrong_overrides_are_named, distributions,
          many_samples_become_few_quantiles, the_example_uses_every_key, tables_are_sound,
          schema_is_the_committed_file)
