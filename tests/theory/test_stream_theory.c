/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A stream's cost must not depend on its records, so a shard's log holds cohorts. Here they are
 * held against single records: the same Poisson process by stretches and record by record, and both
 * against closed forms. Tolerances are the runs' own intervals (99.99 %).
 */
#include "stream_case.h"

#include "harness.h"

#include <math.h>
#include <stdio.h>

#define REPLICATIONS 16

static struct stream_case c;

/* A reader that polls once a second takes all that came in it: the last of them is
 * 1/rate - 1/(exp(rate) - 1) old, and a record waits half a second. */
START_TEST(polling_a_poisson_stream)
{
    static const double rates[] = {0.2, 1, 3, 10, 40};
    for (size_t k = 0; k < sizeof rates / sizeof *rates; k++) {
        const double rate = rates[k];
        for (int exact = 0; exact < 2; exact++) {
            double age[REPLICATIONS], latency[REPLICATIONS], batches[REPLICATIONS],
                size[REPLICATIONS];
            const double length_s = 20000;
            for (uint64_t r = 0; r < REPLICATIONS; r++) {
                stream_case_init(&c, 1, rate, r);
                if (exact)
                    stream_case_exact(&c, rate, 1);
                stream_case_run(&c, length_s);
                age[r] = stream_case_metric(&c, "esm:m0", "iterator_age_ms.mean");
                latency[r] = stream_case_metric(&c, "esm:m0", "latency_ms.mean");
                batches[r] = stream_case_metric(&c, "esm:m0", "batches") / length_s;
                size[r] = stream_case_metric(&c, "esm:m0", "batch_records.mean");
                stream_case_finish(&c);
            }
            const double some = -expm1(-rate);
            assert_mean("iterator age", age, REPLICATIONS, 1e3 * (1 / rate - 1 / expm1(rate)),
                        0.03);
            assert_mean("latency", latency, REPLICATIONS, 500 + 20, 0.03);
            assert_mean("batches a second", batches, REPLICATIONS, some, 0.03);
            assert_mean("records a batch", size, REPLICATIONS, rate / some, 0.03);
        }
    }
}
END_TEST

struct question {
    const char *metric;
    double width, resolution;
};

/* Quantiles come in steps of their histogram. */
static const struct question questions[] = {
    {"iterator_age_ms.mean", 0.1, 0}, {"iterator_age_ms.p99", 0.5, 0.01},
    {"batch_records.mean", 0.1, 0},   {"batches", 0.1, 0},
    {"latency_ms.mean", 0.1, 0},      {"latency_ms.p50", 0.1, 0.01},
    {"latency_ms.p99", 0.1, 0.01},    {"records_processed", 0.1, 0}};

#define QUESTIONS (sizeof questions / sizeof *questions)

struct setting {
    const char *name;
    double rate;
    uint32_t shards, batch_size, factor;
    double window_s, duration_s, per_record_s;
    uint32_t keys; /* Zipf's law; 0: spread evenly */
    bool errors;
};

static void compare(const struct setting *s)
{
    static struct stream_key_weight key[1000];
    double sum = 0;
    for (uint32_t k = 0; k < s->keys; k++) {
        char name[16];
        const int length = snprintf(name, sizeof name, "k-%u", (unsigned)k);
        stream_hash_key(name, (size_t)length, &key[k].hash_high, &key[k].hash_low);
        key[k].weight = 1.0 / (k + 1);
        sum += key[k].weight;
    }
    for (uint32_t k = 0; k < s->keys; k++)
        key[k].weight /= sum;
    static double value[2][QUESTIONS][REPLICATIONS];
    for (int exact = 0; exact < 2; exact++)
        for (uint64_t r = 0; r < REPLICATIONS; r++) {
            stream_case_init(&c, s->shards, s->rate, r + (exact ? 1000 : 0));
            if (exact)
                stream_case_exact(&c, s->rate, 2);
            if (s->keys > 0) {
                c.workload[0].key = key;
                c.workload[0].keys = s->keys;
            }
            c.mapping[0].batch_size = s->batch_size;
            c.mapping[0].parallelization_factor = s->factor;
            c.mapping[0].batching_window_ns = (int64_t)(s->window_s * 1e9);
            c.target[0].duration_s = s->duration_s;
            c.target[0].per_record_s = s->per_record_s;
            c.target[0].error_rate = s->errors ? 0.02 : 0;
            stream_case_run(&c, 60);
            stream_case_reset(&c);
            stream_case_run(&c, 660);
            for (size_t q = 0; q < QUESTIONS; q++)
                value[exact][q][r] = stream_case_metric(&c, "esm:m0", questions[q].metric);
            stream_case_finish(&c);
        }
    for (size_t q = 0; q < QUESTIONS; q++) {
        char what[128];
        snprintf(what, sizeof what, "%s: %s", s->name, questions[q].metric);
        assert_same(what, value[0][q], value[1][q], REPLICATIONS,
                    questions[q].width * (s->errors ? 3 : 1), questions[q].resolution);
    }
}

START_TEST(cohorts_agree_with_single_records)
{
    static const struct setting settings[] = {
        {"seldom", 2, 1, 100, 1, 0, 0.02, 0, 0, false},
        {"often", 80, 1, 100, 1, 0, 0.02, 0.001, 0, false},
        {"many batches a read", 700, 1, 100, 1, 0, 0.02, 0.0005, 0, false},
        {"nearly as much as the function takes", 300, 1, 50, 1, 0, 0.1, 0.0008, 0, false},
        {"two shards", 120, 2, 10, 1, 0, 0.05, 0.001, 0, false},
        {"a window", 30, 1, 500, 1, 5, 0.02, 0.001, 0, false},
        {"errors", 50, 1, 100, 1, 0, 0.02, 0, 0, true},
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        compare(&settings[i]);
}
END_TEST

START_TEST(cohorts_agree_in_lanes_and_by_keys)
{
    static const struct setting settings[] = {
        {"four lanes", 200, 1, 100, 4, 0, 0.02, 0.001, 0, false},
        {"four busy lanes", 400, 1, 20, 4, 0, 0.05, 0.005, 0, false},
        {"Zipf keys", 300, 4, 100, 1, 0, 0.02, 0.001, 1000, false},
        {"Zipf keys in lanes", 300, 2, 100, 4, 0, 0.02, 0.002, 200, false},
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        compare(&settings[i]);
}
END_TEST

/* A shard near its limit of writing: what is refused, and how much waits. */
START_TEST(cohorts_agree_at_the_limit_of_writing)
{
    static const double rates[] = {950, 1050};
    for (size_t k = 0; k < 2; k++) {
        double refused[2][REPLICATIONS], lost[2][REPLICATIONS], in[2][REPLICATIONS];
        for (int exact = 0; exact < 2; exact++)
            for (uint64_t r = 0; r < REPLICATIONS; r++) {
                stream_case_init(&c, 1, rates[k], r + (exact ? 1000 : 0));
                if (exact)
                    stream_case_exact(&c, rates[k], 3);
                c.workload[0].drop_on_throttle = true;
                stream_case_run(&c, 60);
                stream_case_reset(&c);
                stream_case_run(&c, 360);
                in[exact][r] = stream_case_metric(&c, "stream:s", "records_in");
                lost[exact][r] = stream_case_metric(&c, "stream:s", "records_lost");
                refused[exact][r] = stream_case_metric(&c, "stream:s", "write_throttles");
                stream_case_finish(&c);
            }
        assert_same("records in", in[0], in[1], REPLICATIONS, 0.02, 0);
        if (k == 1) {
            assert_same("refused", refused[0], refused[1], REPLICATIONS, 0.1, 0);
            assert_same("lost", lost[0], lost[1], REPLICATIONS, 0.1, 0);
            assert_mean("offered less capacity", lost[0], REPLICATIONS, 50 * 300, 0.1);
        }
    }
}
END_TEST

/* Producers that try again: the same deferral. */
START_TEST(cohorts_agree_on_retries)
{
    double waiting[2][REPLICATIONS], in[2][REPLICATIONS];
    for (int exact = 0; exact < 2; exact++)
        for (uint64_t r = 0; r < REPLICATIONS; r++) {
            stream_case_init(&c, 1, 1100, r + (exact ? 1000 : 0));
            if (exact)
                stream_case_exact(&c, 1100, 4);
            c.workload[0].producer_max_age_ns = NS_PER_HOUR;
            stream_case_run(&c, 120);
            in[exact][r] = stream_case_metric(&c, "stream:s", "records_in");
            waiting[exact][r] = stream_case_metric(&c, "stream:s", "records_retrying");
            stream_case_finish(&c);
        }
    for (size_t r = 0; r < REPLICATIONS; r++) /* nearly constant: no interval to compare by */
        ck_assert_double_eq_tol(in[0][r], in[1][r], 5e-4 * in[0][r]);
    assert_same("being tried again", waiting[0], waiting[1], REPLICATIONS, 0.1, 0);
    assert_mean("offered less capacity", waiting[0], REPLICATIONS, 100 * 120 - 1000, 0.1);
}
END_TEST

TEST_MAIN("stream_theory", polling_a_poisson_stream, cohorts_agree_with_single_records,
          cohorts_agree_in_lanes_and_by_keys, cohorts_agree_at_the_limit_of_writing,
          cohorts_agree_on_retries)
