/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/runtimes.h"

#include "scenario/json.h"
#include "support/csv.h"
#include "support/date.h"
#include "temp_data.h"

#include "harness.h"

#include <math.h>

static struct diagnostics diagnostics;

static struct runtimes *shipped(void)
{
    diagnostics_init(&diagnostics);
    struct runtimes *const runtimes = runtimes_load(DATA_DIR, &diagnostics);
    ck_assert_msg(runtimes != NULL, "%s", diagnostics.count > 0 ? diagnostics.item[0].text : "?");
    return runtimes;
}

static void done(struct runtimes *runtimes)
{
    runtimes_destroy(runtimes);
    diagnostics_finish(&diagnostics);
}

/* P(value > x), written down here again from the definition of the two kinds. */
static double survival(const struct distribution *d, double x)
{
    if (d->kind == DISTRIBUTION_CONSTANT)
        return d->a > x ? 1 : 0;
    if (d->kind == DISTRIBUTION_MIXTURE) {
        double sum = 0;
        for (size_t i = 0; i < d->count; i++)
            sum += (d->weight[i] - (i > 0 ? d->weight[i - 1] : 0)) * survival(&d->component[i], x);
        return sum / d->weight[d->count - 1];
    }
    ck_assert_int_eq(d->kind, DISTRIBUTION_EMPIRICAL);
    if (x < d->value[0])
        return 1;
    for (size_t i = 1; i < d->count; i++)
        if (x < d->value[i]) {
            const double share = (x - d->value[i - 1]) / (d->value[i] - d->value[i - 1]);
            return 1 - d->weight[i - 1] - share * (d->weight[i] - d->weight[i - 1]);
        }
    return 0;
}

/* Every measured row of init.csv, read here by itself, is met in mean, median, minimum, maximum. */
START_TEST(init_agrees_with_the_measurements)
{
    struct runtimes *const runtimes = shipped();
    char *const path = text_format("%s/runtimes/init.csv", DATA_DIR);
    struct csv_reader *const reader = csv_open(path, &diagnostics);
    ck_assert_ptr_nonnull(reader);
    static const char *const name[] = {"runtime", "package", "architecture", "memory_mb",
                                       "mean_ms", "min_ms",  "median_ms",    "max_ms"};
    long column[8];
    for (size_t i = 0; i < 8; i++)
        column[i] = csv_find_column(reader, name[i]);
    const char *const *field;
    long line;
    size_t rows = 0;
    const int32_t day = date_from_civil(2026, 9, 1);
    while (csv_next(reader, &field, &line) > 0) {
        double memory, mean, min, median, max;
        if (!csv_to_double(field[column[4]], &mean))
            continue;
        ck_assert(csv_to_double(field[column[3]], &memory));
        ck_assert(csv_to_double(field[column[5]], &min));
        ck_assert(csv_to_double(field[column[6]], &median));
        ck_assert(csv_to_double(field[column[7]], &max));
        const char *const runtime = field[column[0]];
        struct distribution init;
        const char *source;
        const int got =
            runtimes_init(runtimes, strcmp(runtime, "*") == 0 ? NULL : runtime,
                          strcmp(field[column[1]], "image") == 0,
                          strcmp(field[column[2]], "arm64") == 0, memory, day, &init, &source);
        ck_assert_int_eq(got, 0);
        ck_assert_ptr_nonnull(strstr(source, "maxday/lambda-perf"));
        ck_assert_ptr_null(distribution_check(&init));
        ck_assert_msg(fabs(distribution_mean(&init) / mean - 1) < 1e-6, "%s %g MB: %g, not %g",
                      runtime, memory, distribution_mean(&init), mean);
        ck_assert_double_eq_tol(distribution_quantile(&init, 0.5), median, 1e-6 * median);
        ck_assert_double_eq_tol(distribution_quantile(&init, 1e-12), min, 1e-6 * max);
        ck_assert_double_eq_tol(distribution_quantile(&init, 1 - 1e-12), max, 1e-6 * max);
        distribution_finish(&init);
        rows++;
    }
    ck_assert_uint_eq(rows, 668);
    csv_close(reader);
    free(path);
    done(runtimes);
}
END_TEST

static double mean_of(const struct runtimes *runtimes, const char *runtime, double memory,
                      int32_t day, int expected)
{
    struct distribution init;
    const char *source;
    ck_assert_int_eq(runtimes_init(runtimes, runtime, false, false, memory, day, &init, &source),
                     expected);
    const double mean = distribution_mean(&init);
    distribution_finish(&init);
    return mean;
}

START_TEST(init_interpolates_in_memory)
{
    struct runtimes *const runtimes = shipped();
    const int32_t day = date_from_civil(2026, 9, 1);
    const double at_256 = mean_of(runtimes, "java21", 256, day, 0);
    const double at_512 = mean_of(runtimes, "java21", 512, day, 0);
    ck_assert_double_gt(fabs(at_256 - at_512), 1);
    ck_assert_double_eq_tol(mean_of(runtimes, "java21", 320, day, 0), 0.75 * at_256 + 0.25 * at_512,
                            1e-9);
    ck_assert_double_eq(mean_of(runtimes, "java21", 10240, day, 0),
                        mean_of(runtimes, "java21", 1024, day, 0));
    ck_assert_double_eq(mean_of(runtimes, "java21", 64, day, 0),
                        mean_of(runtimes, "java21", 128, day, 0));
    done(runtimes);
}
END_TEST

/* Wang et al. 2018: median 265 ms at 128 MB with deviation 354, 250 ms and 274 at 1536 MB. */
START_TEST(generic_init_of_2017_has_median_and_deviation)
{
    struct runtimes *const runtimes = shipped();
    const int32_t day = date_from_civil(2017, 6, 1);
    static const struct {
        double memory, median, sd;
    } point[] = {{128, 265, 354}, {1536, 250, 274}};
    for (size_t i = 0; i < 2; i++) {
        struct distribution init;
        const char *source;
        ck_assert_int_eq(
            runtimes_init(runtimes, NULL, false, false, point[i].memory, day, &init, &source), 0);
        ck_assert_ptr_nonnull(strstr(source, "Wang"));
        ck_assert_int_eq(init.kind, DISTRIBUTION_LOGNORMAL);
        ck_assert_double_eq_tol(distribution_quantile(&init, 0.5), point[i].median, 1e-6);
        const double mean = distribution_mean(&init);
        ck_assert_double_eq_tol(mean * sqrt(exp(init.b * init.b) - 1), point[i].sd, 1e-6);
        distribution_finish(&init);
    }
    done(runtimes);
}
END_TEST

START_TEST(what_stands_in_is_said)
{
    struct runtimes *const runtimes = shipped();
    static const struct {
        const char *runtime;
        int year;
        bool image, arm64;
        const char *part; /* of the source */
    } lookup[] = {
        {"python3.12", 2024, false, false, "python3.12 (zip, x86_64, valid from 2026-08-22"},
        {"python3.8", 2027, true, false, "python3.9 (image, x86_64"},
        {"nodejs6.10", 2017, false, false, "a generic runtime (zip, x86_64, valid from 2014-11"},
        {"nodejs20.x", 2016, false, false, "a generic runtime"},
        {NULL, 2021, false, false, "a generic runtime (zip, x86_64, valid from 2014-11"},
        {NULL, 2012, false, false, "a generic runtime (zip, x86_64, valid from 2014-11"},
        {"provided.al2:quarkus", 2027, true, true, "provided.al2:quarkus (image, x86_64"},
        {"provided.al2:bun-layer", 2027, true, true, "provided.al2:bun-layer (zip, x86_64"},
    };
    for (size_t i = 0; i < sizeof lookup / sizeof *lookup; i++) {
        struct distribution init;
        const char *source;
        ck_assert_int_eq(runtimes_init(runtimes, lookup[i].runtime, lookup[i].image,
                                       lookup[i].arm64, 512, date_from_civil(lookup[i].year, 6, 1),
                                       &init, &source),
                         1);
        ck_assert_msg(strstr(source, lookup[i].part) != NULL, "%zu: %s", i, source);
        distribution_finish(&init);
    }
    struct distribution init;
    const char *source;
    ck_assert_int_eq(runtimes_init(runtimes, "python3.99", false, false, 512, 0, &init, &source),
                     -1);
    ck_assert_int_eq(runtimes_init(runtimes, "*", false, false, 512, 0, &init, &source), -1);
    done(runtimes);
}
END_TEST

START_TEST(names_are_known)
{
    struct runtimes *const runtimes = shipped();
    size_t count;
    const char *const *name = runtimes_names(runtimes, &count);
    ck_assert_uint_gt(count, 40);
    ck_assert_str_eq(text_near_miss("nodejs20x", name, count), "nodejs20.x");
    name = runtimes_profile_names(runtimes, &count);
    ck_assert_uint_eq(count, 6);
    ck_assert_str_eq(text_near_miss("staircase2020", name, count), "staircase-2020");
    done(runtimes);
}
END_TEST

/* A few of AWS's own dates, typed in again from the pages that names.csv cites. */
START_TEST(runtimes_have_their_dates)
{
    static const struct {
        const char *runtime;
        int introduced[3], deprecated[3];
    } known[] = {
        {"nodejs", {2014, 11, 13}, {2016, 10, 31}},
        {"java8", {2015, 6, 15}, {2024, 1, 8}},
        {"python2.7", {2015, 10, 8}, {2021, 7, 15}},
        {"nodejs4.3", {2016, 4, 7}, {2020, 3, 6}},
        {"python3.9", {2021, 8, 16}, {2025, 12, 15}},
        {"nodejs22.x", {2024, 11, 22}, {2027, 4, 30}},
        {"provided.al2:rust", {2020, 8, 12}, {2026, 7, 31}},
    };
    struct runtimes *const runtimes = shipped();
    int32_t introduced, deprecated;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const int *const a = known[i].introduced, *const b = known[i].deprecated;
        ck_assert(runtimes_dates(runtimes, known[i].runtime, &introduced, &deprecated));
        ck_assert_int_eq(introduced, date_from_civil(a[0], a[1], a[2]));
        ck_assert_int_eq(deprecated, date_from_civil(b[0], b[1], b[2]));
    }
    ck_assert(!runtimes_dates(runtimes, "python3.99", &introduced, &deprecated));
    done(runtimes);
}
END_TEST

/* What runs on a custom runtime is neither older than that nor supported for longer. */
START_TEST(languages_live_with_their_runtime)
{
    struct runtimes *const runtimes = shipped();
    size_t count, languages = 0;
    const char *const *const name = runtimes_names(runtimes, &count);
    for (size_t i = 0; i < count; i++) {
        int32_t introduced, deprecated, base_introduced, base_deprecated;
        const char *const colon = strchr(name[i], ':');
        if (colon == NULL)
            continue;
        char *const base = text_format("%.*s", (int)(colon - name[i]), name[i]);
        ck_assert(runtimes_dates(runtimes, name[i], &introduced, &deprecated));
        ck_assert(runtimes_dates(runtimes, base, &base_introduced, &base_deprecated));
        ck_assert_int_ge(introduced, base_introduced);
        ck_assert_int_eq(deprecated, base_deprecated);
        free(base);
        languages++;
    }
    ck_assert_uint_gt(languages, 15);
    done(runtimes);
}
END_TEST

START_TEST(keep_alive_defaults_follow_the_date)
{
    struct runtimes *const runtimes = shipped();
    static const struct {
        int year, month, day;
        const char *name;
        double mean_s;
    } era[] = {
        {2014, 11, 1, "five-minutes-2015", 300}, {2016, 12, 31, "five-minutes-2015", 300},
        {2017, 1, 1, "half-hour-2017", 2550},    {2019, 6, 30, "half-hour-2017", 2550},
        {2019, 7, 1, "ten-minutes-2019", 630},   {2020, 12, 31, "ten-minutes-2019", 630},
        {2021, 1, 1, "measured-2025", 319.05},   {2030, 1, 1, "measured-2025", 319.05},
    };
    for (size_t i = 0; i < sizeof era / sizeof *era; i++) {
        struct distribution keep_alive;
        const char *name;
        ck_assert_int_eq(runtimes_keep_alive(runtimes, NULL,
                                             date_from_civil(era[i].year, era[i].month, era[i].day),
                                             &keep_alive, &name),
                         0);
        ck_assert_str_eq(name, era[i].name);
        ck_assert_double_eq_tol(distribution_mean(&keep_alive), era[i].mean_s, 1e-9);
        distribution_finish(&keep_alive);
    }
    struct distribution keep_alive;
    ck_assert_int_eq(runtimes_keep_alive(runtimes, "forever", 0, &keep_alive, NULL), -1);
    done(runtimes);
}
END_TEST

START_TEST(ten_minutes_are_ten_to_eleven)
{
    struct runtimes *const runtimes = shipped();
    struct distribution keep_alive;
    ck_assert_int_eq(runtimes_keep_alive(runtimes, "ten-minutes-2019", 0, &keep_alive, NULL), 0);
    ck_assert_double_eq_tol(survival(&keep_alive, 599), 1, 1e-12);
    ck_assert_double_eq_tol(distribution_quantile(&keep_alive, 0.5), 630, 1e-9);
    ck_assert_double_eq(survival(&keep_alive, 660), 0);
    distribution_finish(&keep_alive);
    done(runtimes);
}
END_TEST

START_TEST(half_hour_is_uniform)
{
    struct runtimes *const runtimes = shipped();
    struct distribution keep_alive;
    ck_assert_int_eq(runtimes_keep_alive(runtimes, "half-hour-2017", 0, &keep_alive, NULL), 0);
    ck_assert_double_eq_tol(survival(&keep_alive, 1499), 1, 1e-12);
    ck_assert_double_eq_tol(survival(&keep_alive, 2550), 0.5, 1e-12);
    ck_assert_double_eq_tol(distribution_quantile(&keep_alive, 0.25), 2025, 1e-9);
    ck_assert_double_eq(survival(&keep_alive, 3600), 0);
    distribution_finish(&keep_alive);
    done(runtimes);
}
END_TEST

/* The published measurement: how many calls were cold after so many minutes without one. */
START_TEST(five_to_seven_minutes_are_as_measured)
{
    struct runtimes *const runtimes = shipped();
    struct distribution keep_alive;
    struct diagnostics d;
    diagnostics_init(&d);
    cJSON *const sample =
        json_read_file(TESTS_DIR "/data/coldstart-interval/coldstart_aws_interval.json", &d);
    ck_assert_ptr_nonnull(sample);
    const cJSON *const points = cJSON_GetObjectItemCaseSensitive(sample, "points");
    double cold = 0;
    ck_assert_int_eq(cJSON_GetArraySize(points), 31);
    ck_assert_int_eq(runtimes_keep_alive(runtimes, "five-to-seven-minutes", 0, &keep_alive, NULL),
                     0);
    for (const cJSON *point = points->child; point != NULL; point = point->next) {
        ck_assert_double_eq_tol(survival(&keep_alive, 60 * point->child->valuedouble),
                                1 - point->child->next->valuedouble, 1e-9);
        cold += point->child->next->valuedouble;
    }
    ck_assert_double_eq_tol(cold, 24.412121212121212, 1e-12);
    distribution_finish(&keep_alive);
    cJSON_Delete(sample);
    diagnostics_finish(&d);
    done(runtimes);
}
END_TEST

/* Observed by SeBS in 2020 (warm_container experiments of spcl/serverless-benchmarks-artifact). */
static const struct {
    double idle_s, fraction_warm;
} sebs[] = {
    {1, 0.9706},    {2, 0.9617},    {4, 0.9741},    {8, 0.966},     {15, 0.9704},   {30, 0.9655},
    {60, 0.9756},   {120, 0.9812},  {180, 0.9824},  {240, 0.9834},  {300, 0.9757},  {360, 0.9858},
    {420, 0.5126},  {480, 0.5163},  {540, 0.5134},  {600, 0.5131},  {660, 0.5088},  {720, 0.5079},
    {780, 0.2679},  {840, 0.2667},  {900, 0.2641},  {960, 0.2638},  {1020, 0.2645}, {1080, 0.2654},
    {1140, 0.1409}, {1200, 0.1405}, {1260, 0.1383}, {1320, 0.1402},
};

START_TEST(staircase_halves_every_380_s)
{
    struct runtimes *const runtimes = shipped();
    struct distribution keep_alive;
    ck_assert_int_eq(runtimes_keep_alive(runtimes, "staircase-2020", 0, &keep_alive, NULL), 0);
    ck_assert_ptr_null(distribution_check(&keep_alive));
    for (double idle_s = 0; idle_s < 7600; idle_s += 5)
        ck_assert_double_eq_tol(survival(&keep_alive, idle_s), exp2(-floor(idle_s / 380)), 1e-12);
    distribution_finish(&keep_alive);
    done(runtimes);
}
END_TEST

START_TEST(staircase_agrees_with_sebs)
{
    struct runtimes *const runtimes = shipped();
    struct distribution keep_alive;
    ck_assert_int_eq(runtimes_keep_alive(runtimes, "staircase-2020", 0, &keep_alive, NULL), 0);
    for (size_t i = 0; i < sizeof sebs / sizeof *sebs; i++)
        ck_assert_msg(fabs(survival(&keep_alive, sebs[i].idle_s) - sebs[i].fraction_warm) < 0.04,
                      "%g s: %g", sebs[i].idle_s, survival(&keep_alive, sebs[i].idle_s));
    distribution_finish(&keep_alive);
    done(runtimes);
}
END_TEST

START_TEST(curve_of_2025_meets_its_points)
{
    static const struct {
        double idle_s, fraction_warm;
    } point[] = {{200, 1},    {270, 0.97}, {300, 0.92}, {315, 0.57},
                 {330, 0.32}, {345, 0.06}, {360, 0},    {400, 0}};
    struct runtimes *const runtimes = shipped();
    struct distribution keep_alive;
    ck_assert_int_eq(runtimes_keep_alive(runtimes, "measured-2025", 0, &keep_alive, NULL), 0);
    for (size_t i = 0; i < sizeof point / sizeof *point; i++)
        ck_assert_double_eq_tol(survival(&keep_alive, point[i].idle_s), point[i].fraction_warm,
                                1e-12);
    distribution_finish(&keep_alive);
    done(runtimes);
}
END_TEST

/* What distribution_sample draws has the survival that the file says. */
START_TEST(draws_follow_the_staircase)
{
    struct runtimes *const runtimes = shipped();
    struct distribution keep_alive;
    ck_assert_int_eq(runtimes_keep_alive(runtimes, "staircase-2020", 0, &keep_alive, NULL), 0);
    struct random_stream stream;
    random_init(&stream, 1, 0, "test", "keep-alive");
    enum { DRAWS = 100000 };
    size_t first = 0;
    size_t second = 0;
    for (size_t i = 0; i < DRAWS; i++) {
        const double value = distribution_sample(&keep_alive, &stream);
        first += value == 380;
        second += value == 760;
    }
    ck_assert_double_eq_tol((double)first / DRAWS, 0.5, 5 * sqrt(0.25 / DRAWS));
    ck_assert_double_eq_tol((double)second / DRAWS, 0.25, 5 * sqrt(0.1875 / DRAWS));
    distribution_finish(&keep_alive);
    done(runtimes);
}
END_TEST

#define NAMES "runtime,like,introduced,deprecated,source,confidence\na1,,2015,2016-02,me,doc\n"
#define INIT_HEADER                                                                                \
    "runtime,package,architecture,memory_mb,effective_from,effective_to,min_ms,median_ms,"         \
    "mean_ms,max_ms,sd_ms,source,confidence\n"
#define INIT INIT_HEADER "*,zip,x86_64,128,,,,100,,,10,me,doc\n"
#define KEEP_HEADER                                                                                \
    "profile,effective_from,effective_to,idle_s,fraction_warm,shape,source,confidence\n"
#define KEEP KEEP_HEADER "p,,,0,1,step,me,doc\np,,,60,0,step,me,doc\n"

static struct runtimes *load_text(const char *names, const char *init, const char *keep_alive)
{
    struct temp_data temp = temp_data_create("runtimes");
    temp_data_write(&temp, "names.csv", names);
    temp_data_write(&temp, "init.csv", init);
    temp_data_write(&temp, "keep_alive.csv", keep_alive);
    diagnostics_init(&diagnostics);
    struct runtimes *const runtimes = runtimes_load(temp.root, &diagnostics);
    temp_data_destroy(&temp);
    return runtimes;
}

START_TEST(small_tables_are_enough)
{
    struct runtimes *const runtimes = load_text(NAMES, INIT, KEEP);
    ck_assert_ptr_nonnull(runtimes);
    struct distribution keep_alive;
    ck_assert_int_eq(runtimes_keep_alive(runtimes, NULL, 0, &keep_alive, NULL), -1);
    done(runtimes);
}
END_TEST

START_TEST(broken_inits_are_errors_with_a_place)
{
    ck_assert_ptr_null(load_text(NAMES,
                                 INIT_HEADER "b2,zip,x86_64,128,,,1,2,2,3,,me,doc\n"
                                             "a1,tar,x86_64,128,,,1,2,2,3,,me,doc\n"
                                             "a1,zip,mips,128,,,1,2,2,3,,me,doc\n"
                                             "a1,zip,x86_64,0,,,1,2,2,3,,me,doc\n"
                                             "a1,zip,x86_64,128,,,3,2,2,1,,me,doc\n"
                                             "a1,zip,x86_64,128,,,1,2,2.9,3,,me,doc\n"
                                             "a1,zip,x86_64,128,,,5,5,6,5,,me,doc\n"
                                             "a1,zip,x86_64,128,,,1,2,2,3,4,me,doc\n"
                                             "a1,zip,x86_64,128,,,,0,,,4,me,doc\n"
                                             "a1,zip,x86_64,128,,,,,,,,me,doc\n",
                                 KEEP));
    assert_reported(&diagnostics, "init.csv:2:", "b2", "names.csv");
    assert_reported(&diagnostics, "init.csv:3:", "package", "tar");
    assert_reported(&diagnostics, "init.csv:4:", "architecture", "mips");
    assert_reported(&diagnostics, "init.csv:5:", "memory_mb");
    assert_reported(&diagnostics, "init.csv:6:", "must rise");
    assert_reported(&diagnostics, "init.csv:7:", "mean_ms");
    assert_reported(&diagnostics, "init.csv:8:", "mean_ms");
    assert_reported(&diagnostics, "init.csv:9:", "beside sd_ms");
    assert_reported(&diagnostics, "init.csv:10:", "median_ms");
    assert_reported(&diagnostics, "init.csv:11:", "min_ms");
    assert_reported(&diagnostics, "generic runtime", "missing");
    done(NULL);
}
END_TEST

START_TEST(contradicting_inits_are_errors)
{
    ck_assert_ptr_null(load_text(NAMES, INIT "*,zip,x86_64,128,,,,100,,,10,me,doc\n", KEEP));
    assert_reported(&diagnostics, "init.csv:3:", "appears twice", "line 2");
    done(NULL);
    ck_assert_ptr_null(load_text(NAMES, INIT "*,zip,x86_64,256,,2019,,100,,,10,me,doc\n", KEEP));
    assert_reported(&diagnostics, "init.csv:3:", "effective_to");
    done(NULL);
    ck_assert_ptr_null(load_text(NAMES, INIT "*,zip,x86_64,256,,,1,2,2,3,,me,doc\n", KEEP));
    assert_reported(&diagnostics, "init.csv:3:", "kind of figures");
    done(NULL);
    ck_assert_ptr_null(load_text(NAMES, INIT "*,zip,x86_64,256,2019,,,100,,,10,me,doc\n", KEEP));
    assert_reported(&diagnostics, "init.csv:3:", "same time", "line 2");
    done(NULL);
}
END_TEST

START_TEST(broken_names_are_errors)
{
    ck_assert_ptr_null(load_text(NAMES "a1,,2015,,me,doc\nb2,c3,2015,,me,doc\nd4,,,,me,doc\n"
                                       "e5,,soon,,me,doc\nf6,,2016,2015,me,doc\n",
                                 INIT, KEEP));
    assert_reported(&diagnostics, "names.csv:3: a1 appears twice");
    assert_reported(&diagnostics, "names.csv", "b2 is like c3");
    assert_reported(&diagnostics, "names.csv:5: introduced is empty");
    assert_reported(&diagnostics, "names.csv:6: introduced: \"soon\" is not a date");
    assert_reported(&diagnostics, "names.csv:7: deprecated 2015 is not after introduced 2016");
    done(NULL);
}
END_TEST

START_TEST(broken_profiles_are_errors_with_a_place)
{
    static const struct {
        const char *rows, *part;
    } broken[] = {
        {"p,,,0,0.9,step,me,doc\n", "keep_alive.csv:2: p: the first fraction_warm"},
        {"p,,,0,1,step,me,doc\np,,,0,0,step,me,doc\n", "keep_alive.csv:3: p: idle_s must rise"},
        {"p,,,0,1,step,me,doc\np,,,1,.5,step,me,doc\np,,,2,.6,step,me,doc\n",
         "keep_alive.csv:4: p: fraction_warm must not rise"},
        {"p,,,0,1,step,me,doc\np,,,1,.5,step,me,doc\n", "keep_alive.csv:2: p: the last"},
        {"p,,,0,1,step,me,doc\n", "keep_alive.csv:2: p: the last"},
        {"p,,,0,1,round,me,doc\n", "keep_alive.csv:2: shape: \"round\""},
        {"p,,,0,1,step,me,doc\np,,,1,0,linear,me,doc\n", "keep_alive.csv:3: p: shape and"},
        {"p,,,0,1,step,me,doc\np,,,1,0,step,me,doc\nq,,,0,1,step,me,doc\nq,,,1,0,step,me,doc\n"
         "p,,,2,0,step,me,doc\n",
         "keep_alive.csv:6: p: its rows must follow"},
        {"p,2015,,0,1,step,me,doc\np,2015,,1,0,step,me,doc\nq,2016,,0,1,step,me,doc\n"
         "q,2016,,1,0,step,me,doc\n",
         "keep_alive.csv:4: q is the default at the same time as p"},
        {"p,,,-1,1,step,me,doc\n", "keep_alive.csv:2: idle_s"},
        {"p,,,0,1.5,step,me,doc\n", "keep_alive.csv:2: fraction_warm"},
        {"", "no keep-alive profile"},
    };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        char *const text = text_format("%s%s", KEEP_HEADER, broken[i].rows);
        ck_assert_ptr_null(load_text(NAMES, INIT, text));
        assert_reported(&diagnostics, broken[i].part);
        free(text);
        done(NULL);
    }
}
END_TEST

START_TEST(missing_files_are_errors)
{
    diagnostics_init(&diagnostics);
    ck_assert_ptr_null(runtimes_load("/nonexistent", &diagnostics));
    assert_reported(&diagnostics, "/nonexistent/runtimes/names.csv");
    assert_reported(&diagnostics, "/nonexistent/runtimes/init.csv");
    assert_reported(&diagnostics, "/nonexistent/runtimes/keep_alive.csv");
    done(NULL);
}
END_TEST

TEST_MAIN("runtimes", init_agrees_with_the_measurements, init_interpolates_in_memory,
          generic_init_of_2017_has_median_and_deviation, what_stands_in_is_said, names_are_known,
          runtimes_have_their_dates, languages_live_with_their_runtime,
          keep_alive_defaults_follow_the_date, ten_minutes_are_ten_to_eleven, half_hour_is_uniform,
          five_to_seven_minutes_are_as_measured, staircase_halves_every_380_s,
          staircase_agrees_with_sebs, curve_of_2025_meets_its_points, draws_follow_the_staircase,
          small_tables_are_enough, broken_inits_are_errors_with_a_place,
          contradicting_inits_are_errors, broken_names_are_errors,
          broken_profiles_are_errors_with_a_place, missing_files_are_errors)
