/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Streams and mappings of all kinds at random: whatever they are told to do, no record is lost,
 * doubled or delivered before its time, and nothing is paid for that was not there. */
#include "stream_case.h"

#include "aws/stream_poller_internal.h"
#include "harness.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define END_S 3000.0

static struct stream_case c;
static struct random_stream dice;
static int64_t update_ns[4], poison_ns[3];
static uint32_t targets[4];
static const struct stream_key_weight nowhere[3];

static bool chance(double p)
{
    return random_uniform(&dice) < p;
}

static double between(double low, double high)
{
    return low + (high - low) * random_uniform(&dice);
}

static double of_mapping(size_t i, const char *name)
{
    char entity[32];
    snprintf(entity, sizeof entity, "esm:m%u", (unsigned)i);
    return stream_case_metric(&c, entity, name);
}

static void draw_stream(uint64_t seed)
{
    stream_case_init(&c, 1 + (uint32_t)between(0, 5), between(0, 400), seed);
    if (chance(0.3))
        c.workload[0].arrivals.kind = ARRIVALS_RATE_CONSTANT;
    else if (chance(0.3))
        stream_case_exact(&c, between(1, 50), seed);
    c.workload[0].record_bytes = (struct distribution){
        .kind = DISTRIBUTION_LOGNORMAL, .a = between(3, 12), .b = between(0.1, 2)};
    c.config.workloads = 1 + chance(0.5);
    c.workload[1].arrivals.rate_per_s = between(0, 20);
    c.workload[1].records_per_put = chance(0.5) ? 1 : 100;
    c.workload[1].drop_on_throttle = chance(0.5);
    c.config.retention_ns = (int64_t)(between(200, 2500) * 1e9);
    c.config.on_demand = chance(0.2);
    c.config.reshard_ns_per_shard = chance(0.5) ? 0 : 10 * NS_PER_S;
    double at_s = 0;
    for (c.config.updates = 0; c.config.updates < 4 && chance(0.6); c.config.updates++) {
        update_ns[c.config.updates] = (int64_t)((at_s += between(1, 800)) * 1e9);
        targets[c.config.updates] = 1 + (uint32_t)between(0, 8);
    }
    c.config.update_ns = update_ns;
    c.config.update_shard_count = targets;
    c.workload[0].poisons = (size_t)between(0, 3.5);
    for (size_t i = 0; i < c.workload[0].poisons; i++)
        poison_ns[i] = (int64_t)(between(0, END_S) * 1e9);
    c.workload[0].poison_ns = poison_ns;
    c.workload[0].poison_key = nowhere;
}

static void draw_mapping(struct stream_poller_config *m, struct case_target *t)
{
    m->batch_size = chance(0.2) ? 1 : 1 + (uint32_t)between(0, chance(0.5) ? 100 : 9999);
    m->batching_window_ns = chance(0.3) ? (int64_t)(between(1, 300) * 1e9) : 0;
    m->parallelization_factor = chance(0.5) ? 1 : 1 + (uint32_t)between(0, 10);
    m->maximum_retry_attempts = chance(0.5) ? -1 : (int64_t)between(0, 5);
    m->maximum_record_age_ns = chance(0.5) ? -1 : (int64_t)(between(60, 2000) * 1e9);
    m->bisect_on_error = chance(0.4);
    m->report_item_failures = chance(0.4);
    m->on_failure_destination = chance(0.4);
    m->enhanced_fan_out = chance(0.3);
    m->envelope_bytes = 532;
    if (chance(0.2)) /* many are oversized */
        m->payload_bytes = 4000;
    if (chance(0.4)) {
        m->created_ns = (int64_t)(between(0, END_S) * 1e9);
        m->starting_ns = chance(0.4)   ? m->created_ns
                         : chance(0.5) ? (int64_t)((double)m->created_ns * between(0, 1))
                                       : 0;
    }
    t->duration_s = chance(0.2) ? between(1, 30) : between(0.001, 1);
    t->per_record_s = chance(0.2) ? between(0, 0.01) : 0;
    t->error_rate = chance(0.3) ? between(0, 0.5) : 0;
    t->answers_poison = chance(0.5);
    t->refuses_from_s = between(0, END_S);
    t->refuses_until_s = chance(0.3) ? t->refuses_from_s + between(0, 1500) : 0;
}

static void check_mapping(size_t i)
{
    const struct stream_poller_config *const m = &c.mapping[i];
    const struct case_target *const t = &c.target[i];
    ck_assert_double_eq(of_mapping(i, "records_in"),
                        of_mapping(i, "records_processed") + of_mapping(i, "records_discarded") +
                            of_mapping(i, "records_expired") + of_mapping(i, "records_in_flight"));
    const double utilization = of_mapping(i, "utilization");
    ck_assert(isnan(utilization) || (utilization >= 0 && utilization <= 1 + 1e-9));
    ck_assert(t->calls == 0 || of_mapping(i, "batch_records.max") <= m->batch_size);
    /* Cohorts of two workloads may overlap by a minute, or by 1/512 of their age. */
    const double blur_s = m->starting_ns == m->created_ns ? 0 : 60 + END_S / 512;
    const uint64_t seen = t->calls + t->refusals < CASE_CALLS ? t->calls + t->refusals : CASE_CALLS;
    const int64_t oldest_ns =
        m->maximum_record_age_ns >= 0 && m->maximum_record_age_ns < c.config.retention_ns
            ? m->maximum_record_age_ns
            : c.config.retention_ns;
    for (uint64_t k = 0; k < seen; k++) {
        const struct case_call *const call = &t->call[k];
        ASSERT_QUIETLY(call->at_s >= (double)m->created_ns / 1e9);
        ASSERT_QUIETLY(call->first_arrival_s >= (double)m->starting_ns / 1e9 - blur_s - 1e-6);
        ASSERT_QUIETLY(call->first_arrival_s <= call->at_s);
        ASSERT_QUIETLY(call->at_s - call->first_arrival_s <= (double)oldest_ns / 1e9 + 1e-6);
    }
    const double lag_s = m->enhanced_fan_out ? 0.07 : 0;
    ck_assert(t->calls == 0 || of_mapping(i, "iterator_age_ms.min") >= lag_s * 1e3 - 1e-3);
}

static void one_system(uint64_t seed)
{
    random_init(&dice, seed, 0, "test", "dice");
    draw_stream(seed);
    while (c.mappings < CASE_MAPPINGS && chance(0.6))
        stream_case_add_mapping(&c);
    for (size_t i = 0; i < c.mappings; i++)
        draw_mapping(&c.mapping[i], &c.target[i]);
    const double warm_s = chance(0.5) ? between(0, END_S) : END_S;
    bool whole = true;
    for (double t = between(0, 60); t < END_S; t += between(0, 200)) {
        stream_case_run(&c, t);
        if (whole && t > warm_s) {
            stream_case_reset(&c);
            whole = false;
        }
        stream_case_audit(&c);
    }
    stream_case_run(&c, END_S);
    for (size_t i = 0; i < c.mappings && whole; i++)
        check_mapping(i);
    stream_case_finish(&c);
}

START_TEST(random_systems_keep_their_books)
{
    const char *const from = getenv("FIRST_SEED"), *const count = getenv("SEEDS"); /* by hand */
    const uint64_t first = from != NULL ? strtoull(from, NULL, 10) : 0;
    const uint64_t seeds = count != NULL ? strtoull(count, NULL, 10) : 40;
    for (uint64_t seed = first; seed < first + seeds; seed++) {
        fprintf(stderr, "# seed %llu\n", (unsigned long long)seed);
        one_system(seed);
    }
}
END_TEST

TEST_MAIN("stream_random", random_systems_keep_their_books)
