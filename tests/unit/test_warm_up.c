/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness.h"

#include "core/random.h"
#include "engine/warm_up.h"
#include "unit/files.h"

#include <math.h>

#define SERIES 400

/* By the definition, sum by sum. */
static size_t by_definition(const double *value, size_t count)
{
    double least = INFINITY;
    size_t best = 0;
    for (size_t d = 0; d <= count / 2; d++) {
        double mean = 0, squares = 0;
        for (size_t i = d; i < count; i++)
            mean += value[i] / (double)(count - d);
        for (size_t i = d; i < count; i++)
            squares += (value[i] - mean) * (value[i] - mean);
        const double mser = squares / (double)(count - d) / (double)(count - d);
        if (mser < least) {
            least = mser;
            best = d;
        }
    }
    return best;
}

START_TEST(it_is_mser)
{
    double value[SERIES];
    struct random_stream random;
    for (unsigned seed = 0; seed < 50; seed++) {
        random_init(&random, seed, 0, "test", "mser");
        for (size_t i = 0; i < SERIES; i++)
            value[i] = 1000 + random_normal(&random) +
                       (seed % 2 == 0 ? 20 * exp(-(double)i / (double)(1 + seed)) : 0);
        ck_assert_uint_eq(warm_up_mser(value, SERIES), by_definition(value, SERIES));
    }
    for (size_t i = 0; i < SERIES; i++)
        value[i] = 0.1;
    ck_assert_uint_eq(warm_up_mser(value, SERIES), 0);
}
END_TEST

/* A transient of height 20 and time constant tau in noise of deviation 1 is gone after some tau; of
 * noise alone little is left out. */
START_TEST(it_finds_transients)
{
    double value[SERIES];
    struct random_stream random;
    size_t quiet = 0;
    for (unsigned seed = 0; seed < 40; seed++) {
        const double tau = 10 + seed % 4 * 5;
        random_init(&random, seed, 0, "test", "transient");
        for (size_t i = 0; i < SERIES; i++)
            value[i] = random_normal(&random) - 20 * exp(-(double)i / tau);
        const double found = (double)warm_up_mser(value, SERIES);
        ck_assert_double_ge(found, 2 * tau); /* e^-2 x 20 is still above the noise */
        ck_assert_double_le(found, 7 * tau + 10);
        for (size_t i = 0; i < SERIES; i++)
            value[i] = random_normal(&random);
        quiet += warm_up_mser(value, SERIES) < SERIES / 10;
    }
    ck_assert_uint_ge(quiet, 30);
}
END_TEST

static const char text[] =
    "{ \"as_of\": \"2024-01-01\", \"run\": { \"duration_s\": %s },\n"
    " \"workloads\": { \"w\": { \"to\": \"function:f\", \"arrivals\": { \"process\": \"poisson\",\n"
    "   \"rate_per_s\": 1 } }, \"x\": { \"to\": \"function:f\", \"arrivals\": %s } },\n"
    " \"functions\": { \"f\": { \"memory_size\": 512, \"timeout\": 900, \"init_duration_ms\": "
    "200,\n"
    "   \"duration_ms\": { \"distribution\": \"uniform\", \"min\": 590000, \"max\": 610000 } } } }";

static int find(const char *duration_s, const char *arrivals, double *ret_s,
                struct diagnostics *diagnostics)
{
    char scenario[sizeof text + 200];
    struct world world;
    diagnostics_init(diagnostics);
    ck_assert_int_eq(world_load(&world, DATA_DIR, diagnostics), 0);
    const struct scenario_data data = world_scenario_data(&world);
    snprintf(scenario, sizeof scenario, text, duration_s, arrivals);
    struct scenario *const s =
        scenario_parse(scenario, strlen(scenario), "s.json", &data, NULL, diagnostics);
    ck_assert_msg(s != NULL, "%s", diagnostics->count > 0 ? diagnostics->item[0].text : "");
    diagnostics_finish(diagnostics);
    diagnostics_init(diagnostics);
    const int status = warm_up_find(s, &world, ret_s, diagnostics);
    scenario_destroy(s);
    world_finish(&world);
    return status;
}

/* Calls of some 10 min: from empty, concurrency rises for 10 min and then stays. */
START_TEST(a_model_fills)
{
    struct diagnostics diagnostics;
    double found_s = -1;
    ck_assert_int_eq(
        find("36000", "{ \"process\": \"constant\", \"rate_per_s\": 0.1 }", &found_s, &diagnostics),
        0);
    ck_assert_double_ge(found_s, 600);
    ck_assert_double_le(found_s, 1200);
    ck_assert_uint_eq(diagnostics.errors, 0);
    diagnostics_finish(&diagnostics);
}
END_TEST

START_TEST(some_runs_have_no_steady_state)
{
    struct diagnostics diagnostics;
    double found_s;
    ck_assert_int_eq(find("36000", "{ \"process\": \"profile\", \"points\": [[0, 1], [3600, 2]] }",
                          &found_s, &diagnostics),
                     -1);
    assert_one_error(&diagnostics,
                     "workloads.x: its rate changes by plan, so that there is no steady "
                     "state to wait for");
    diagnostics_finish(&diagnostics);
    ck_assert_int_eq(
        find("2999", "{ \"process\": \"constant\", \"rate_per_s\": 0.1 }", &found_s, &diagnostics),
        -1);
    assert_one_error(&diagnostics, "a warm-up is seen in runs of 50 min and more");
    diagnostics_finish(&diagnostics);
}
END_TEST

TEST_MAIN("unit_warm_up", it_is_mser, it_finds_transients, a_model_fills,
          some_runs_have_no_steady_state)
