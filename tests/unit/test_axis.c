/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness.h"

#include "engine/axis.h"
#include "studies/pareto.h"
#include "unit/files.h"

#include <math.h>

static const char text[] =
    "{ \"as_of\": \"2024-01-01\", \"run\": { \"duration_s\": 600 },\n"
    " \"workloads\": { \"w\": { \"to\": \"function:f\",\n"
    "   \"arrivals\": { \"process\": \"poisson\", \"rate_per_s\": 5 } } },\n"
    " \"functions\": { \"f\": { \"memory_size\": 512, \"duration_ms\": 10 } } }\n";

static cJSON *root_of(struct diagnostics *diagnostics)
{
    diagnostics_init(diagnostics);
    cJSON *const root = json_parse(text, strlen(text), "s.json", diagnostics);
    ck_assert_ptr_nonnull(root);
    return root;
}

/* The values of an axis, with blanks between. */
static void assert_values(const char *given, const char *values)
{
    struct diagnostics diagnostics;
    struct axis axis;
    char found[1000] = "";
    cJSON *const root = root_of(&diagnostics);
    ck_assert_msg(axis_parse(&axis, root, given, "--vary", &diagnostics) == 0, "%s: %s", given,
                  diagnostics.count > 0 ? diagnostics.item[0].text : "");
    for (size_t i = 0; i < axis.values; i++)
        snprintf(found + strlen(found), sizeof found - strlen(found), "%s%s", i > 0 ? " " : "",
                 axis.value[i].text);
    ck_assert_str_eq(found, values);
    axis_finish(&axis);
    cJSON_Delete(root);
    diagnostics_finish(&diagnostics);
}

START_TEST(lists_and_ranges)
{
    assert_values("functions.f.memory_size=128,256,0512", "128 256 512");
    assert_values("functions.f.memory_size=128", "128");
    assert_values("functions.f.architecture=x86_64,arm64", "x86_64 arm64");
    assert_values("account.free_tier=true,false", "true false");
    assert_values("as_of=2024,2025-06", "2024 2025-06");
    assert_values("functions.f.memory_size=128:320:64", "128 192 256 320");
    assert_values("functions.f.memory_size=128:330:64", "128 192 256 320");
    assert_values("functions.f.memory_size=128:1024:*2", "128 256 512 1024");
    assert_values("functions.f.memory_size=128:300:*1.5", "128 192 288");
    assert_values("functions.f.memory_size=1:4:*1.2", "1 2 3 4"); /* whole; none twice */
    assert_values("workloads.w.arrivals.rate_per_s=0.1:0.6:0.1", "0.1 0.2 0.3 0.4 0.5 0.6");
    assert_values("workloads.w.arrivals.rate_per_s=-1:1:0.5", "-1 -0.5 0 0.5 1");
    assert_values("workloads.w.arrivals.rate_per_s=0.001:1:*10", "0.001 0.01 0.1 1");
    assert_values("workloads.w.to=function:f", "function:f"); /* a colon in a word is no range */
}
END_TEST

START_TEST(mistakes_get_sentences)
{
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        {"functions.f.memory_size", "values are missing; write PATH=VALUES"},
        {"functions.f.memory_sise=1", "did you mean `memory_size`?"},
        {"functions.f.memory_size=", "\"\" is not a number"},
        {"functions.f.memory_size=128,", "\"\" is not a number"},
        {"functions.f.memory_size=128,x", "\"x\" is not a number"},
        {"functions.f.memory_size=128,256,128.0", "128 stands there twice"},
        {"functions.f.memory_size=1:2:3:4", "a range is FROM:TO:STEP, or FROM:TO:*FACTOR"},
        {"functions.f.memory_size=:2:3", "a range is FROM:TO:STEP"},
        {"functions.f.memory_size=1:2:x", "a range is FROM:TO:STEP"},
        {"functions.f.memory_size=5:1:1", "from the smaller to the larger"},
        {"functions.f.memory_size=1:5:0", "the step must be above 0"},
        {"functions.f.memory_size=1:5:-1", "the step must be above 0"},
        {"functions.f.memory_size=1:5:*1", "the factor must be above 1"},
        {"functions.f.memory_size=0:5:*2", "begins above 0"},
        {"functions.f.memory_size=1:10000000:1", "more than 1,000,000 values"},
        {"functions.f.memory_size=1:2:1e-300", "more than 1,000,000 values"},
        {"functions.f.memory_size=1:2:*1.0000000001", "more than 1,000,000 values"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct diagnostics diagnostics;
        struct axis axis;
        cJSON *const root = root_of(&diagnostics);
        ck_assert_int_eq(axis_parse(&axis, root, cases[i].text, "--vary", &diagnostics), -1);
        assert_one_error(&diagnostics, cases[i].sentence);
        axis_finish(&axis);
        cJSON_Delete(root);
        diagnostics_finish(&diagnostics);
    }
}
END_TEST

static size_t parse(struct axis *axis, size_t count, const char *const *given)
{
    struct diagnostics diagnostics;
    cJSON *const root = root_of(&diagnostics);
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(axis_parse(&axis[i], root, given[i], "--vary", &diagnostics), 0);
    cJSON_Delete(root);
    diagnostics_finish(&diagnostics);
    return count;
}

START_TEST(a_grid_is_every_combination)
{
    static const char *const given[] = {"functions.f.memory_size=128,256",
                                        "functions.f.architecture=x86_64,arm64",
                                        "functions.f.timeout=1:3:1"};
    struct axis axis[3];
    struct designs designs;
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    parse(axis, 3, given);
    ck_assert_int_eq(designs_grid(&designs, axis, 3, &diagnostics), 0);
    ck_assert_uint_eq(designs.count, 12);
    for (size_t i = 0; i < 12; i++) {
        const struct setting *const s = designs.design[i].setting;
        ck_assert_uint_eq(designs.design[i].settings, 3);
        ck_assert_str_eq(s[0].text, i < 6 ? "128" : "256");
        ck_assert_str_eq(s[1].text, i / 3 % 2 == 0 ? "x86_64" : "arm64");
        ck_assert_int_eq(s[2].text[0], (int)('1' + i % 3));
        ck_assert_str_eq(s[2].path, "functions.f.timeout");
    }
    designs_finish(&designs);
    for (size_t i = 0; i < 3; i++)
        axis_finish(&axis[i]);
    static const char *const open_one[] = {"functions.f.memory_size=128:256"};
    parse(axis, 1, open_one);
    ck_assert_int_eq(designs_grid(&designs, axis, 1, &diagnostics), -1);
    assert_one_error(&diagnostics, "a grid needs a step");
    designs_finish(&designs);
    axis_finish(&axis[0]);
    diagnostics_finish(&diagnostics);

    static const char *const many[] = {"functions.f.memory_size=1:10000:1",
                                       "functions.f.timeout=1:10000:1"};
    diagnostics_init(&diagnostics);
    parse(axis, 2, many);
    ck_assert_int_eq(designs_grid(&designs, axis, 2, &diagnostics), -1);
    assert_one_error(&diagnostics, "more than 10,000,000 designs");
    designs_finish(&designs);
    axis_finish(&axis[0]);
    axis_finish(&axis[1]);
    diagnostics_finish(&diagnostics);
}
END_TEST

#define SAMPLE 64

/* Every part of every axis has exactly one value: that is what makes it a Latin hypercube. */
START_TEST(a_sample_covers_every_axis_evenly)
{
    static const char *const given[] = {"functions.f.per_record_ms=10:74",
                                        "workloads.w.arrivals.rate_per_s=1:900:*",
                                        "functions.f.memory_size="
                                        "128,256,512,1024",
                                        "functions.f.ephemeral_storage=513:576"};
    struct axis axis[4];
    struct designs designs, again;
    struct diagnostics diagnostics;
    unsigned seen[4][SAMPLE] = {{0}};
    diagnostics_init(&diagnostics);
    parse(axis, 4, given);
    ck_assert_int_eq(designs_sample(&designs, axis, 4, SAMPLE, 7, &diagnostics), 0);
    for (size_t i = 0; i < SAMPLE; i++) {
        const struct setting *const s = designs.design[i].setting;
        const double rate = atof(s[0].text), per_s = atof(s[1].text), disk = atof(s[3].text);
        ck_assert(rate >= 10 && rate <= 74 && per_s >= 1 && per_s <= 900);
        seen[0][(size_t)fmin(rate - 10, SAMPLE - 1)]++;
        seen[1][(size_t)fmin(SAMPLE * log(per_s) / log(900), SAMPLE - 1)]++;
        seen[2][strcmp(s[2].text, "128") == 0   ? 0
                : strcmp(s[2].text, "256") == 0 ? 1
                : strcmp(s[2].text, "512") == 0 ? 2
                                                : 3]++;
        ck_assert_double_eq(disk, floor(disk)); /* whole megabytes: 64 of them, one each */
        seen[3][(size_t)disk - 513]++;
    }
    for (size_t i = 0; i < SAMPLE; i++) {
        ck_assert_uint_eq(seen[0][i], 1);
        ck_assert_uint_eq(seen[1][i], 1);
        ck_assert_uint_eq(seen[3][i], 1);
    }
    for (size_t i = 0; i < 4; i++)
        ck_assert_uint_eq(seen[2][i], SAMPLE / 4);
    /* The draws of an axis have its name: another order of axes is the same sample. */
    struct axis turned[] = {axis[1], axis[0]};
    ck_assert_int_eq(designs_sample(&again, turned, 2, SAMPLE, 7, &diagnostics), 0);
    for (size_t i = 0; i < SAMPLE; i++)
        ck_assert_str_eq(again.design[i].setting[1].text, designs.design[i].setting[0].text);
    designs_finish(&again);
    ck_assert_int_eq(designs_sample(&again, axis, 4, SAMPLE, 8, &diagnostics), 0);
    size_t same = 0;
    for (size_t i = 0; i < SAMPLE; i++)
        same += strcmp(again.design[i].setting[0].text, designs.design[i].setting[0].text) == 0;
    ck_assert_uint_lt(same, SAMPLE / 4); /* another seed is another sample */
    designs_finish(&again);
    designs_finish(&designs);
    for (size_t i = 0; i < 4; i++)
        axis_finish(&axis[i]);
    diagnostics_finish(&diagnostics);
}
END_TEST

/* Against the definition, by every pair; few values, so that many are equal. */
static void check_front(size_t points, size_t dimensions)
{
    double value[4 * 300];
    bool fast[300];
    uint64_t state = dimensions;
    for (size_t i = 0; i < points * dimensions; i++) {
        state = state * UINT64_C(6364136223846793005) + 1;
        value[i] = (double)(state >> 60);
    }
    pareto_front(value, points, dimensions, fast);
    for (size_t i = 0; i < points; i++) {
        bool beaten = false;
        for (size_t k = 0; k < points && !beaten; k++) {
            bool worse = false, better = false;
            for (size_t d = 0; d < dimensions; d++) {
                worse = worse || value[k * dimensions + d] > value[i * dimensions + d];
                better = better || value[k * dimensions + d] < value[i * dimensions + d];
            }
            beaten = better && !worse;
        }
        REQUIRE(fast[i] == !beaten);
    }
}

/* A million equal points, and a front of a million: no time for ever. */
START_TEST(large_fronts_end)
{
    const size_t points = 1000000;
    double *const value = calloc(2 * points, sizeof *value);
    bool *const front = calloc(points, sizeof *front);
    ck_assert(value != NULL && front != NULL);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < points; i++) {
            value[2 * i] = round == 0 ? 1 : (double)i;
            value[2 * i + 1] = round == 0 ? 2 : -(double)i;
        }
        pareto_front(value, points, 2, front);
        for (size_t i = 0; i < points; i++)
            REQUIRE(front[i]);
    }
    free(value);
    free(front);
}
END_TEST

START_TEST(fronts_are_what_no_point_beats)
{
    static const double value[] = {1, 5,  /* front */ 2,  4, /* front */ 2, 5, /* beaten by both */
                                   3, 4,  /* beaten */ 9, 1, /* front */ 1, 5, /* equal to one */
                                   0, NAN};
    static const bool wanted[] = {true, true, false, false, true, true, false};
    bool front[7];
    pareto_front(value, 7, 2, front);
    for (size_t i = 0; i < 7; i++)
        ck_assert(front[i] == wanted[i]);
    for (size_t dimensions = 1; dimensions <= 4; dimensions++)
        check_front(300, dimensions);
}
END_TEST

TEST_MAIN("unit_axis", lists_and_ranges, mistakes_get_sentences, a_grid_is_every_combination,
          a_sample_covers_every_axis_evenly, fronts_are_what_no_point_beats, large_fronts_end)
