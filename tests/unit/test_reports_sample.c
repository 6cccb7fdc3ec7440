/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test_reports_sample.h"

#include "core/memory.h"
#include "support/text.h"

#include <check.h>
#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct result_estimate estimate(double mean, double half)
{
    return (struct result_estimate){mean, mean - half, mean + half, 5};
}

static struct result_estimate never(void)
{
    return (struct result_estimate){NAN, NAN, NAN, 0};
}

static void add_metric(struct result_option *option, const char *entity, const char *metric,
                       const char *unit, struct result_estimate value)
{
    option->metric = mem_resize(option->metric, option->metrics + 1, sizeof *option->metric);
    option->metric[option->metrics++] =
        (struct result_metric){mem_strdup(entity), mem_strdup(metric), mem_strdup(unit), value};
}

static void add_objective(struct result_option *option, const char *metric, double bound_ms,
                          struct result_estimate value, bool known, bool met, bool sure)
{
    option->objective =
        mem_resize(option->objective, option->objectives + 1, sizeof *option->objective);
    option->objective[option->objectives++] =
        (struct result_objective){text_format("%s <= %g", metric, bound_ms),
                                  mem_strdup(metric),
                                  mem_strdup("ms"),
                                  bound_ms,
                                  true,
                                  value,
                                  known,
                                  met,
                                  sure};
}

static void add_line(struct result_option *option, struct bill_line line, bool common)
{
    struct bill *const bill = &option->bill;
    option->common = mem_resize(option->common, bill->count + 1, sizeof *option->common);
    option->common[bill->count] = common;
    bill->line = mem_grow(bill->line, &bill->capacity, bill->count, sizeof *bill->line);
    line.entity = mem_strdup(line.entity);
    line.detail = mem_strdup("");
    bill->line[bill->count++] = line;
    bill->total += line.cost;
}

static struct bill_line shard_line(void)
{
    return (struct bill_line){.entity = "stream:events",
                              .service = "kinesis",
                              .sku = "shard-hour",
                              .region = "us-east-1",
                              .unit = "shard-hour",
                              .meter = METER_KINESIS_SHARD_MS,
                              .quantity = (usage_quantity)2920 * 3600000,
                              .per_unit = 3600000,
                              .unit_price = 15000000000,
                              .cost = 43800000000000,
                              .effective_from = "2013-12-17"};
}

static void fill_lambda(struct result_option *option)
{
    option->name = mem_strdup("lambda");
    option->kind = "lambda";
    option->note = mem_strdup("");
    add_line(option,
             (struct bill_line){.entity = "function:index",
                                .service = "lambda",
                                .sku = "request",
                                .region = "us-east-1",
                                .unit = "request",
                                .meter = METER_LAMBDA_REQUESTS,
                                .quantity = 1412345,
                                .free_quantity = 1000000,
                                .per_unit = 1,
                                .unit_price = 200000,
                                .cost = 82469000000,
                                .effective_from = "2014-11-13"},
             false);
    add_line(option,
             (struct bill_line){.entity = "function:index",
                                .service = "lambda",
                                .sku = "duration-x86",
                                .region = "us-east-1",
                                .unit = "GB-second",
                                .meter = METER_LAMBDA_X86_MB_MS,
                                .quantity = (usage_quantity)1234567890123,
                                .free_quantity = (usage_quantity)409600000000,
                                .per_unit = 1024000,
                                .unit_price = 16666700,
                                .cost = 13427106000000,
                                .effective_from = "2020-02"},
             false);
    add_line(option, shard_line(), true);
    option->monthly_cost_usd = estimate(57.309575, 1.25);
    option->relative_cost = 1;
    option->latency_ms_p50 = estimate(812.5, 3);
    option->latency_ms_p95 = estimate(1860, 20);
    option->latency_ms_p99 = estimate(2405.1234567, 55);
    option->lost = estimate(0, 0);
    option->utilization = never();
    option->meets_objectives = false;
    add_objective(option, "esm:index iterator_age_ms.p99", 5000, estimate(3210.4, 90), true, true,
                  true);
    add_objective(option, "function:index latency_ms.p99", 2400, estimate(2405.1, 55), true, false,
                  false);
    add_metric(option, "stream:events", "records_in", "records", estimate(3612345678.0, 1234.5));
    add_metric(option, "stream:events", "write_throttles", "records", estimate(0, 0));
    add_metric(option, "esm:index", "records_processed", "records", estimate(3612345000.0, 1200));
    add_metric(option, "esm:index", "iterator_age_ms.p99", "ms", estimate(3210.4, 90));
    add_metric(option, "esm:index", "iterator_age_ms.max", "ms", estimate(93000, 4000));
    add_metric(option, "function:index", "invocations", "invocations", estimate(46433.2, 17.25));
    add_metric(option, "function:index", "cold_start_ratio", "ratio",
               estimate(0.00123456789, 1e-5));
    add_metric(option, "function:index", "errors", "invocations", estimate(12, 2));
    add_metric(option, "function:index", "duration_ms.p50", "ms", estimate(155.5, 0.25));
    add_metric(option, "function:index", "duration_ms.p99", "ms", estimate(1860.25, 12));
    add_metric(option, "function:index", "init_duration_ms.p99", "ms", never());
}

static void fill_fleet(struct result_option *option)
{
    option->name = mem_strdup("asg");
    option->kind = "ec2";
    option->note = mem_strdup("target tracking 50 % CPU, 2..16 m5.large");
    add_line(option,
             (struct bill_line){.entity = "baseline:asg",
                                .service = "ec2",
                                .sku = "m5.large",
                                .region = "us-east-1",
                                .unit = "hour",
                                .meter = METER_EC2_INSTANCE_MS,
                                .quantity = (usage_quantity)1460 * 3600000,
                                .per_unit = 3600000,
                                .unit_price = 96000000000,
                                .cost = 140160000000000,
                                .effective_from = "unknown"},
             false);
    add_line(option, shard_line(), true);
    option->monthly_cost_usd = (struct result_estimate){183.96, NAN, NAN, 1};
    option->relative_cost = 183.96 / 57.309575;
    option->latency_ms_p50 = estimate(95.5, 1);
    option->latency_ms_p95 = estimate(400, 3);
    option->latency_ms_p99 = estimate(1200, 20);
    option->lost = estimate(17.5, 2);
    option->utilization = estimate(0.2345, 0.01);
    option->meets_objectives = true;
    add_objective(option, "esm:index iterator_age_ms.p99", 5000, never(), false, false, false);
    add_metric(option, "baseline:asg", "instances.mean", "instances", estimate(2, 0));
}

void sample_init(struct result *ret)
{
    *ret = (struct result){.scenario_path = mem_strdup("hot-stream.json"),
                           .scenario_name = mem_strdup("hot-stream"),
                           .description = mem_strdup(""),
                           .region = mem_strdup("us-east-1"),
                           .scenario_json = mem_strdup("{\"name\":\"hot-stream\",\"n\":1.0}"),
                           .as_of = "2024-06-01",
                           .price_book = mem_strdup("data/prices, 575 rows"),
                           .limits = mem_strdup("batch=1000 records (since 2015-04-09)\n"
                                                "timeout=900 s (since 2018-10-10)\n"),
                           .seed = UINT64_MAX,
                           .replications = 5,
                           .duration_s = 86400,
                           .month_hours = 730,
                           .free_tier = true,
                           .events = 123456789012345678,
                           .invocations = 232166,
                           .wall_time_s = 1.25};
    memset(ret->scenario_sha256, 'a', 64);
    ret->option = mem_alloc(2, sizeof *ret->option);
    ret->options = 2;
    fill_lambda(&ret->option[0]);
    fill_fleet(&ret->option[1]);
    diagnostics_init(&ret->notes);
    diagnostics_warning(&ret->notes, NULL, 0,
                        "function:index: p99 is above its objective in some replications: raise "
                        "memory_size or run more replications");
    ret->fact = mem_alloc(1, sizeof *ret->fact);
    ret->fact[ret->facts++] = mem_strdup("1 stream of 4 shards, 1 function, 1 mapping");
}

char *sample_printed(const struct result *result,
                     int (*write)(const struct result *, FILE *, struct diagnostics *))
{
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    char *text = NULL;
    size_t size = 0;
    FILE *const stream = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(stream);
    ck_assert_int_eq(write(result, stream, &diagnostics), 0);
    fclose(stream);
    ck_assert_uint_eq(diagnostics.errors, 0);
    diagnostics_finish(&diagnostics);
    return text;
}

char *sample_directory(void)
{
    char *const dir = mem_strdup("/tmp/lambdaplan-test.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    return dir;
}

char *sample_path(const char *dir, const char *name)
{
    const size_t size = strlen(dir) + strlen(name) + 2;
    char *const path = mem_alloc(size, 1);
    snprintf(path, size, "%s/%s", dir, name);
    return path;
}

void sample_remove_directory(char *dir)
{
    DIR *const listing = opendir(dir);
    ck_assert_ptr_nonnull(listing);
    for (const struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        char *const path = sample_path(dir, entry->d_name);
        remove(path); /* "." and ".." stay */
        free(path);
    }
    closedir(listing);
    ck_assert_int_eq(rmdir(dir), 0);
    free(dir);
}

size_t sample_count_files(const char *dir)
{
    DIR *const listing = opendir(dir);
    ck_assert_ptr_nonnull(listing);
    size_t count = 0;
    for (const struct dirent *entry; (entry = readdir(listing)) != NULL;)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(listing);
    return count;
}

char *sample_read(const char *path)
{
    FILE *const file = fopen(path, "r");
    if (file == NULL)
        return NULL;
    char *const text = mem_alloc(1 << 20, 1);
    const size_t size = fread(text, 1, (1 << 20) - 1, file);
    text[size] = '\0';
    fclose(file);
    return text;
}
