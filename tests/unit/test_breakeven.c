/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Crossings against arithmetic. A request takes 10 ms at 1 GB: 0.01 GB-s at $0.0001 and the request
 * at $0.0000002 are $0.0000012; 20 a second are 52.56 million and $63.072 in a month of 730 h. */
#include "harness.h"

#include "studies/breakeven.h"
#include "studies/curve.h"
#include "studies/fleet_search.h"
#include "studies/hidden.h"

#include <math.h>
#include <string.h>

#define MONTH_USD 63.072
#define BASIC "\"detailed_monitoring\": false, "

static const char head[] =
    "{ \"as_of\": \"2024-01-01\", \"run\": { \"duration_s\": 500 },\n"
    " \"account\": { \"free_tier\": %s, \"savings_plan\": \"1yr-no-upfront\" },\n"
    " \"workloads\": { \"w\": { \"to\": \"function:f\",\n"
    "   \"arrivals\": { \"process\": \"%s\", \"rate_per_s\": 20 } } },\n"
    " \"functions\": { \"f\": { \"memory_size\": 1024, \"timeout\": 30, \"init_duration_ms\": "
    "200,\n"
    "   \"runtime\": \"python3.12\", \"cpu_fraction\": %s, \"duration_ms\": 10 } },\n"
    " \"prices\": [ { \"service\": \"lambda\", \"sku\": \"duration-x86\", \"price_usd\": "
    "\"0.0001\" },\n"
    "   { \"service\": \"lambda\", \"sku\": \"request\", \"price_usd\": \"0.0000002\" },\n"
    "   { \"service\": \"lambda\", \"sku\": \"savings-plan-duration-x86:1yr-no-upfront\",\n"
    "     \"price_usd\": \"0.00008\" },\n"
    "   { \"service\": \"ec2\", \"sku\": \"linux-ondemand:m5.large\", \"price_usd\": \"%s\" },\n"
    "   { \"service\": \"ec2\", \"sku\": \"linux-reserved:m5.large:1yr-no-upfront\",\n"
    "     \"price_usd\": \"0.06\" } ],\n"
    " \"objectives\": [ { \"metric\": \"latency_ms\", \"entity\": \"function:f\",\n"
    "   \"statistic\": \"p95\", \"at_most\": 50 } ],\n"
    " \"baselines\": { \"b\": { \"instance_type\": \"m5.large\", \"ebs_gb\": 0,\n"
    "   \"load_balancer\": \"none\", %s } } }\n";

struct fixture {
    struct world world;
    cJSON *root;
    struct task_base base;
    struct scenario *scenario;
    size_t *metric;
    struct traffic traffic;
    struct executor *executor;
    struct breakeven_request request;
    struct breakeven_result result;
    struct diagnostics diagnostics;
    double first_best, last_best; /* what progress says; INFINITY: nothing yet */
};

struct given {
    const char *free_tier, *process, *cpu_fraction, *usd_per_hour, *baseline;
};

/* `seed` NULL: the scenario's. */
static void setup_seed(struct fixture *f, const struct given *g, const char *seed)
{
    static const double as_it_is[] = {NAN};
    char text[4000];
    const struct scenario_overrides changed = {.seed = seed};
    *f = (struct fixture){0};
    diagnostics_init(&f->diagnostics);
    snprintf(text, sizeof text, head, g->free_tier, g->process, g->cpu_fraction, g->usd_per_hour,
             g->baseline);
    ck_assert_int_eq(world_load(&f->world, DATA_DIR, &f->diagnostics), 0);
    f->root = json_parse(text, strlen(text), "s.json", &f->diagnostics);
    ck_assert_int_eq(
        task_base_init(&f->base, f->root, "s.json", &f->world, &changed, &f->diagnostics), 0);
    f->scenario = design_read(&f->base.design, NULL, &f->diagnostics);
    ck_assert_msg(f->scenario != NULL, "%s",
                  f->diagnostics.count > 0 ? f->diagnostics.item[0].text : "");
    world_apply_prices(&f->world, f->scenario);
    f->metric = task_base_want_objectives(&f->base, f->scenario);
    breakeven_want(&f->base, f->scenario);
    ck_assert_int_eq(
        traffic_init(&f->traffic, &f->base, f->scenario, NULL, "--workload", &f->diagnostics), 0);
    ck_assert_int_eq(task_base_describe(&f->base, &f->diagnostics), 0);
    f->executor = executor_create(&f->base, 2, NULL, (struct study_shard){0, 0}, NULL);
    f->request = (struct breakeven_request){.scenario = f->scenario,
                                            .root = f->root,
                                            .world = &f->world,
                                            .traffic = &f->traffic,
                                            .metric = f->metric,
                                            .burstiness = as_it_is,
                                            .burstinesses = 1,
                                            .replications = 2};
}

static void setup(struct fixture *f, const struct given *g)
{
    setup_seed(f, g, NULL);
}

static void finish(struct fixture *f)
{
    breakeven_result_finish(&f->result);
    executor_destroy(f->executor);
    traffic_finish(&f->traffic);
    free(f->metric);
    scenario_destroy(f->scenario);
    task_base_finish(&f->base);
    cJSON_Delete(f->root);
    world_finish(&f->world);
    diagnostics_finish(&f->diagnostics);
}

static bool keep_on(void *context, const struct executor_progress *progress, double best)
{
    struct fixture *const f = context;
    ck_assert_uint_le(progress->done, progress->tasks);
    if (f->first_best == INFINITY)
        f->first_best = best;
    f->last_best = best;
    return true;
}

static void run(struct fixture *f, const double *factor, size_t factors)
{
    const struct breakeven_hooks hooks = {keep_on, f};
    f->first_best = f->last_best = INFINITY;
    breakeven_result_finish(&f->result);
    f->request.factor = factor;
    f->request.factors = factors;
    const enum study_status status =
        breakeven_run(&f->result, f->executor, &f->request, &hooks, &f->diagnostics);
    ck_assert_msg(status == STUDY_DONE, "%s",
                  f->diagnostics.count > 0 ? f->diagnostics.item[0].text : "");
}

/* The crossing number `index` of that way to pay; NULL: there are fewer. */
static const struct breakeven_crossing *crossing_with(const struct fixture *f, const char *purchase,
                                                      const char *lambda, size_t index)
{
    const struct breakeven_result *const r = &f->result;
    for (size_t i = 0; i < r->crossings; i++)
        if (strcmp(r->baseline[0].purchase[r->crossing[i].purchase].name, purchase) == 0 &&
            strcmp(r->baseline[0].purchase[r->crossing[i].purchase].lambda_name, lambda) == 0 &&
            index-- == 0)
            return &r->crossing[i];
    return NULL;
}

static const struct breakeven_crossing *crossing(const struct fixture *f, const char *purchase,
                                                 size_t index)
{
    return crossing_with(f, purchase, "on-demand", index);
}

/* One server: $0.10 x 730 h = $73.00 on demand, $43.80 reserved. */
START_TEST(a_fixed_group_against_requests)
{
    static const double factor[] = {0.25, 0.5, 1, 2};
    struct fixture f;
    setup(&f, &(struct given){"false", "constant", "0", "0.1",
                              BASIC "\"sizing\": \"fixed\", \"desired_capacity\": 1, "
                                    "\"purchase\": \"3yr-all-upfront\""});
    run(&f, factor, 4);
    const struct breakeven_crossing *const od = crossing(&f, "on-demand", 0);
    const struct breakeven_crossing *const reserved = crossing(&f, "1yr-no-upfront", 0);
    ck_assert_ptr_nonnull(od);
    ck_assert_ptr_nonnull(reserved);
    ck_assert_ptr_null(crossing(&f, "on-demand", 1));
    ck_assert_double_eq_tol(od->traffic.mean, 73 / MONTH_USD, 2e-4);
    ck_assert_double_eq_tol(reserved->traffic.mean, 43.8 / MONTH_USD, 2e-4);
    /* Under a plan at $0.00008 a GB-second a request costs $0.0000010. */
    const struct breakeven_crossing *const planned =
        crossing_with(&f, "1yr-no-upfront", "1yr-no-upfront", 0);
    ck_assert_ptr_nonnull(planned);
    ck_assert_double_eq_tol(planned->traffic.mean, 43.8 / 52.56, 2e-4);
    ck_assert_ptr_null(crossing_with(&f, "on-demand", "1yr-no-upfront", 0));
    ck_assert(od->lambda_dearer_above && !od->jump);
    ck_assert_double_eq_tol(od->monthly_cost_usd, 73, 0.02);
    ck_assert_double_eq_tol(od->arrivals, 52.56e6 * 73 / MONTH_USD, 2e4);
    ck_assert_uint_ge(f.result.crossings, 3);
    ck_assert_uint_eq(f.result.points, 4); /* costs are a line: they tell all */
    for (size_t i = 0; i < f.result.points; i++)
        ck_assert(f.result.point[i].scanned && f.result.point[i].traffic == factor[i]);
    ck_assert_double_eq_tol(f.result.point[0].lambda_usd.mean, MONTH_USD / 4, 0.02);
    f.traffic.shards = true; /* with them there may be steps: it is looked */
    run(&f, factor, 4);
    ck_assert_uint_gt(f.result.points, 4);
    finish(&f);
    setup(&f, &(struct given){"false", "constant", "0", "0.1",
                              BASIC "\"sizing\": \"target_tracking\", \"min_size\": 1, "
                                    "\"max_size\": 1, \"desired_capacity\": 1"});
    run(&f, factor, 4); /* so it is at a group that scales, though this one does not */
    ck_assert_uint_gt(f.result.points, 4);
    ck_assert_double_eq_tol(crossing(&f, "on-demand", 0)->traffic.mean, 73 / MONTH_USD, 2e-4);
    finish(&f);
}
END_TEST

/* A million requests and 400,000 GB-seconds are free: the cost is $0.0000012 a request less $0.20
 * and $40, so that $73 are reached at 94.3333 million requests. */
START_TEST(the_free_tier_moves_it)
{
    static const double factor[] = {0.5, 1, 2, 4};
    struct fixture f;
    setup(&f, &(struct given){"true", "constant", "0", "0.1",
                              BASIC "\"sizing\": \"fixed\", \"desired_capacity\": 1"});
    run(&f, factor, 4);
    const struct breakeven_crossing *const c = crossing(&f, "on-demand", 0);
    ck_assert_ptr_nonnull(c);
    ck_assert_double_eq_tol(c->traffic.mean, (73 + 40.2) / MONTH_USD, 5e-4);
    finish(&f);
}
END_TEST

/* By luck it is somewhere near, and the interval says how near. */
START_TEST(luck_makes_an_interval)
{
    static const double factor[] = {0.5, 1, 2};
    struct fixture f;
    setup(&f, &(struct given){"false", "poisson", "0", "0.1",
                              BASIC "\"sizing\": \"fixed\", \"desired_capacity\": 1"});
    f.request.replications = 8;
    run(&f, factor, 3);
    const struct breakeven_crossing *const c = crossing(&f, "on-demand", 0);
    ck_assert_ptr_nonnull(c);
    const struct result_estimate *const t = &c->traffic;
    ck_assert(t->low < 73 / MONTH_USD && 73 / MONTH_USD < t->high);
    ck_assert(t->low < t->mean && t->mean < t->high);
    /* The curve: what was asked for, and what the bisection looked at; rising. */
    size_t scanned = 0;
    for (size_t i = 0; i < f.result.points; i++) {
        scanned += f.result.point[i].scanned;
        ck_assert(i == 0 || f.result.point[i].traffic > f.result.point[i - 1].traffic);
    }
    ck_assert_uint_eq(scanned, 3);
    ck_assert_uint_le(f.result.points, 3 + 2 * f.result.crossings);
    /* 11,600 requests, one part in 108 each; eight of them, t = 2.36: ± 0.8 %. */
    const double part = (t->high - t->low) / 2 / t->mean;
    ck_assert_msg(part > 0.003 && part < 0.016, "%g", part);
    finish(&f);
}
END_TEST

/* One worker does 100 requests a second: five times the traffic. $0.40 x 730 h = $292 a server:
 * dearer than Lambda until 4.6296; a second one from 5 on, dearer until 9.2593. */
static void assert_saw_tooth(const double *factor, size_t factors)
{
    struct fixture f;
    setup(&f, &(struct given){"false", "constant", "0", "0.4",
                              BASIC "\"sizing\": \"smallest\", \"workers_per_instance\": 1"});
    run(&f, factor, factors);
    const struct breakeven_crossing *const first = crossing(&f, "on-demand", 0);
    const struct breakeven_crossing *const jump = crossing(&f, "on-demand", 1);
    const struct breakeven_crossing *const last = crossing(&f, "on-demand", 2);
    ck_assert(first != NULL && jump != NULL && last != NULL);
    ck_assert_ptr_null(crossing(&f, "on-demand", 3));
    ck_assert_double_eq_tol(first->traffic.mean, 292 / MONTH_USD, 2e-3);
    ck_assert(first->lambda_dearer_above && !first->jump);
    ck_assert_double_eq_tol(jump->traffic.mean, 5, 0.03);
    ck_assert(!jump->lambda_dearer_above && jump->jump);
    ck_assert_double_eq_tol(last->traffic.mean, 584 / MONTH_USD, 4e-3);
    ck_assert(last->lambda_dearer_above && !last->jump);
    /* Progress knew nothing at first, and in the end nearly that. */
    ck_assert(isnan(f.first_best));
    ck_assert_double_eq_tol(f.last_best, first->traffic.mean, 0.05);
    const struct breakeven_point *const end = &f.result.point[f.result.points - 1];
    ck_assert_double_eq(end->sample[0].instances, 2);
    ck_assert(end->sample[0].serves && end->lambda_serves);
    finish(&f);
}

START_TEST(a_group_that_grows_crosses_several_times)
{
    static const double fine[] = {4, 4.8, 5.5, 9.5};
    assert_saw_tooth(fine, 4);
}
END_TEST

/* Lambda is the cheaper one at 4 and at 5.1, at 4.8 and 9.5 the dearer one: only the sizes tell
 * that there is more between. */
START_TEST(crossings_that_hide_each_other_are_found)
{
    static const double coarse[] = {4, 9.5}, same_side[] = {4, 5.1}, other_side[] = {4.8, 9.5};
    struct fixture f;
    assert_saw_tooth(coarse, 2);
    for (int i = 0; i < 2; i++) {
        setup(&f, &(struct given){"false", "constant", "0", "0.4",
                                  BASIC "\"sizing\": \"smallest\", \"workers_per_instance\": 1"});
        run(&f, i == 0 ? same_side : other_side, 2);
        ck_assert_ptr_nonnull(crossing(&f, "on-demand", 1));
        ck_assert_ptr_null(crossing(&f, "on-demand", 2));
        ck_assert_uint_eq(f.result.run.notes.count, 0);
        finish(&f);
    }
}
END_TEST

/* Lambda at `slope` USD against a group of one server of 1 USD for each traffic begun of `room`. */
struct saw {
    double slope, room;
};

static struct hidden_end saw_at(const struct saw *saw, double traffic)
{
    const unsigned size = (unsigned)ceil(traffic / saw->room);
    return (struct hidden_end){traffic, saw->slope * traffic, size, size};
}

static bool is_lambda_dearer(const struct hidden_end *end)
{
    return end->lambda_usd > end->baseline_usd;
}

/* Looks wherever something may hide between both ends; the number of looks, and of changes of the
 * cheaper one that neighbours show. */
static unsigned look_through(const struct saw *saw, const struct hidden_end *low,
                             const struct hidden_end *high, unsigned *looks)
{
    const double at = hidden_next(low, high, true);
    if (isnan(at))
        return is_lambda_dearer(low) != is_lambda_dearer(high);
    ck_assert_msg(low->traffic < at && at < high->traffic, "%g of %g to %g", at, low->traffic,
                  high->traffic);
    ++*looks;
    const struct hidden_end middle = saw_at(saw, at);
    return look_through(saw, low, &middle, looks) + look_through(saw, &middle, high, looks);
}

/* All that is further apart than the resolution, by counting through; what is closer may be found,
 * too. A look or two settle each tooth that Lambda's line touches. */
START_TEST(a_look_where_costs_are_the_same_settles_it)
{
    const double low = 1.05, high = 9.37, step = 1.00001;
    unsigned teeth_found = 0;
    for (double slope = 0.7; slope < 1.4; slope += 0.0173)
        for (double room = 0.71; room < 1.3; room += 0.0291) {
            const struct saw saw = {slope, room};
            const struct hidden_end from = saw_at(&saw, low), to = saw_at(&saw, high);
            unsigned least = 0, changes = 0, looks = 0;
            double since = low; /* the last change */
            bool dearer = is_lambda_dearer(&from);
            for (double x = low; x < high; x *= step) {
                const struct hidden_end here = saw_at(&saw, x);
                if (is_lambda_dearer(&here) == dearer)
                    continue;
                dearer = !dearer;
                changes++;
                least += changes == 1 || x > CURVE_RESOLUTION * since ? 1 : 0;
                if (changes > 1 && x <= CURVE_RESOLUTION * since)
                    least -= least > 0; /* nor is the one before */
                since = x;
            }
            const unsigned found = look_through(&saw, &from, &to, &looks);
            ck_assert_msg(found >= least && found <= changes, "%g, %g: %u of %u to %u", slope, room,
                          found, least, changes);
            ck_assert_msg(looks <= 2 * to.size, "%g, %g: %u looks", slope, room, looks);
            teeth_found += found > 2;
        }
    ck_assert_uint_gt(teeth_found, 20);
}
END_TEST

/* Where Lambda's cost only rises, all that is known is that something may hide. */
START_TEST(without_a_line_the_middle_is_looked_at)
{
    const struct hidden_end low = {1, 0.5, 1, 1}, dear = {4, 3, 2, 2}, cheap = {4, 0.9, 2, 2};
    const struct hidden_end late = {4, 1.001, 2, 2}, near = {1.004, 3, 2, 2};
    ck_assert_double_eq(hidden_next(&low, &dear, false), 2);
    ck_assert_double_nan(hidden_next(&low, &cheap, false));
    ck_assert_double_nan(hidden_next(&low, &cheap, true));
    ck_assert_double_eq(hidden_next(&low, &late, false), 2);
    ck_assert_double_nan(hidden_next(&low, &late, true)); /* at x 3.994: too near the end */
    ck_assert_double_nan(hidden_next(&low, &near, false));
    ck_assert_double_eq_tol(hidden_next(&low, &dear, true), 1.6, 0.005); /* as dear as one server */
}
END_TEST

/* Between neighbours Lambda's cost is a line: it runs only on both sides of what becomes a
 * crossing, not wherever the number of servers is looked for. */
START_TEST(lambda_is_not_run_where_its_line_is_known)
{
    static const double factor[] = {1, 2, 4, 9.5, 12};
    struct fixture f;
    setup(&f, &(struct given){"false", "constant", "0", "0.4",
                              BASIC "\"sizing\": \"smallest\", \"workers_per_instance\": 1"});
    run(&f, factor, 5);
    ck_assert_double_eq_tol(crossing(&f, "on-demand", 0)->traffic.mean, 292 / MONTH_USD, 2e-3);
    const struct breakeven_crossing *const jump = crossing(&f, "on-demand", 1);
    ck_assert_double_eq_tol(jump->traffic.mean, 5, 0.03);
    double last = 0; /* that one server is known to serve */
    for (size_t i = 0; i < f.result.points; i++) {
        const struct breakeven_point *const p = &f.result.point[i];
        ck_assert(p->lambda_usd.count == 2 && p->sample[0].there);
        if (p->sample[0].instances == 1)
            last = p->traffic;
    }
    ck_assert_double_eq(jump->traffic.low, last); /* without luck that is sure */
    ck_assert_msg(f.result.points <= 5 + 2 * f.result.crossings, "%zu points, %zu crossings",
                  f.result.points, f.result.crossings);
    finish(&f);
}
END_TEST

/* The lines through the outer places hold it: of x² they meet 1 below the line from 1 to 2. */
START_TEST(how_far_off_a_line)
{
    const struct curve_place square[] = {{0, 0}, {1, 1}, {2, 4}, {3, 9}};
    const struct curve_place kink[] = {{0, 0}, {1, 0}, {3, 2}, {4, 4}};
    const struct curve_place line[] = {{1, 2}, {2, 4}, {4, 8}, {8, 16}};
    const struct curve_place bends_both_ways[] = {{0, 1}, {1, 0}, {2, 0}, {3, -1}};
    struct curve_place one[] = {{0, 0}, {1, 1}, {2, 4}, {NAN, NAN}};
    ck_assert_double_eq(curve_off_line(square), 1);
    ck_assert_double_eq(curve_off_line(kink), 2 * 2 / 4.);
    ck_assert_double_eq(curve_off_line(line), 0);
    ck_assert_double_eq(curve_off_line(bends_both_ways), 1);
    ck_assert_double_eq(curve_off_line(one), 2);
    one[0] = one[3];
    ck_assert_double_eq(curve_off_line(one), INFINITY);
}
END_TEST

/* An M/D/1 queue is too slow for one server somewhere above 3: where it is found is luck, and the
 * interval of each seed knows how much. */
START_TEST(luck_makes_a_jump_an_interval)
{
    enum { SEEDS = 8 };
    static const double factor[] = {2.6, 4};
    struct result_estimate at[SEEDS];
    double mean = 0;
    unsigned holding = 0;
    for (unsigned i = 0; i < SEEDS; i++) {
        struct fixture f;
        char seed[16];
        snprintf(seed, sizeof seed, "%u", i + 1);
        setup_seed(&f,
                   &(struct given){"false", "poisson", "0", "0.24",
                                   BASIC "\"sizing\": \"smallest\", \"workers_per_instance\": 1"},
                   seed);
        f.request.replications = 4;
        run(&f, factor, 2);
        const struct breakeven_crossing *const jump = crossing(&f, "on-demand", 1);
        ck_assert(jump != NULL && jump->jump && !jump->lambda_dearer_above);
        at[i] = jump->traffic;
        mean += at[i].mean / SEEDS;
        finish(&f);
    }
    for (unsigned i = 0; i < SEEDS; i++) {
        ck_assert_double_le(at[i].low, at[i].mean);
        ck_assert_double_ge(at[i].high, at[i].mean);
        ck_assert_double_lt(at[i].high - at[i].low, 0.6);
        holding += at[i].low <= mean && mean <= at[i].high;
    }
    ck_assert_msg(holding >= 7, "%u of %d intervals hold the mean", holding, SEEDS);
}
END_TEST

/* A server that is always busy misses the objective: no crossing, though its cost is a line. */
START_TEST(who_does_not_serve_has_no_crossing)
{
    static const double factor[] = {4, 8};
    struct fixture f;
    setup(&f, &(struct given){"false", "constant", "0", "0.5",
                              BASIC "\"sizing\": \"fixed\", \"desired_capacity\": 1, "
                                    "\"workers_per_instance\": 1"});
    run(&f, factor, 2); /* $365: 5.787 times the traffic; it serves 5 times */
    ck_assert_ptr_null(crossing(&f, "on-demand", 0));
    ck_assert(f.result.point[0].sample[0].serves);
    ck_assert(!f.result.point[f.result.points - 1].sample[0].serves);
    ck_assert(f.result.point[f.result.points - 1].lambda_serves);
    finish(&f);
}
END_TEST

/* What is computed of one simulation is what a simulation of that purchase costs, to the cent. */
START_TEST(purchases_cost_what_they_would)
{
    static const double factor[] = {5, 20};
    static const struct setting bought[] = {
        {"workloads.w.arrivals.rate_scale", "20", SETTING_NUMBER},
        {"baselines.b.purchase", "1yr-no-upfront", SETTING_STRING}};
    static const struct design design = {bought, 2};
    const struct trial_request request = {.design = &design, .option = "b"};
    const struct trial_rule rule = {.replications = 2};
    const struct trials_hooks none = {0};
    struct fixture f;
    struct trials trials;
    setup(&f, &(struct given){"false", "poisson", "1", "0.1",
                              "\"sizing\": \"target_tracking\", \"min_size\": 2, "
                              "\"desired_capacity\": 2, \"max_size\": 8, \"boot_s\": 30, "
                              "\"target_cpu_utilization\": 40, \"workers_per_instance\": 2"});
    run(&f, factor, 2);
    const enum study_status status =
        trials_run(&trials, f.executor, &request, 1, &rule, &none, &f.diagnostics);
    ck_assert_msg(status == STUDY_DONE, "%s", f.diagnostics.item[f.diagnostics.count - 1].text);
    const struct breakeven_point *const p = &f.result.point[f.result.points - 1];
    size_t k = 0;
    while (strcmp(f.result.baseline[0].purchase[k].name, "1yr-no-upfront") != 0)
        k++;
    ck_assert_double_gt(p->sample[0].instances, 2.2); /* some are bought on demand */
    ck_assert_double_eq_tol(p->sample[0].cost[k].baseline_usd.mean,
                            trials_estimate(&trials, 0, TASK_COST).mean, 1e-4);
    ck_assert_double_lt(p->sample[0].cost[k].baseline_usd.mean,
                        p->sample[0].cost[0].baseline_usd.mean);
    trials_finish(&trials);
    finish(&f);
}
END_TEST

/* The stream has as many shards as the traffic takes, on both sides. */
START_TEST(shards_grow_with_traffic)
{
    struct fixture f;
    setup(&f, &(struct given){"false", "constant", "0", "0.1",
                              BASIC "\"sizing\": \"fixed\", \"desired_capacity\": 1"});
    struct stream_spec stream = {.name = (char *)(uintptr_t) "s", .shard_count = 3};
    struct stream_spec elastic = {.name = (char *)(uintptr_t) "e", .on_demand = true};
    struct stream_spec streams[] = {stream, elastic};
    struct scenario changed = *f.scenario;
    changed.stream = streams;
    changed.streams = 2;
    f.traffic.scenario = &changed;
    f.traffic.shards = true;
    static const struct {
        double factor;
        const char *shards;
    } cases[] = {{0.1, "1"}, {0.9, "3"}, {1, "3"}, {1.1, "4"}, {10, "30"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct design *const design = traffic_design(&f.traffic, cases[i].factor, NAN, false);
        const struct setting *const last = &design->setting[design->settings - 1];
        ck_assert_uint_eq(design->settings, 2);
        ck_assert_str_eq(last->path, "streams.s.shard_count");
        ck_assert_str_eq(last->text, cases[i].shards);
        traffic_design_free(design);
    }
    finish(&f);
}
END_TEST

/* The same mean in bursts costs Lambda the same, but a group must be larger for it. */
START_TEST(bursts_need_more_servers)
{
    static const double factor[] = {3, 4}, burstiness[] = {1, 8};
    struct fixture f;
    setup(&f, &(struct given){"false", "constant", "0", "0.1",
                              BASIC "\"sizing\": \"smallest\", \"workers_per_instance\": 1"});
    f.request.burstiness = burstiness;
    f.request.burstinesses = 2;
    f.request.replications = 24; /* 500 s each, a burst every 960 s */
    ck_assert_int_eq(traffic_check_bursts(&f.traffic, "--burstiness", &f.diagnostics), 0);
    run(&f, factor, 2);
    const struct breakeven_point *even = NULL, *bursts = NULL;
    for (size_t i = 0; i < f.result.points; i++)
        if (f.result.point[i].traffic == 4)
            *(f.result.point[i].burstiness == 1 ? &even : &bursts) = &f.result.point[i];
    ck_assert(even != NULL && bursts != NULL);
    ck_assert_double_eq_tol(even->arrivals, 4 * 52.56e6, 0.03 * 4 * 52.56e6);
    ck_assert_double_gt(bursts->arrivals, 2 * 52.56e6);
    ck_assert_double_lt(bursts->arrivals, 8 * 52.56e6);
    ck_assert_double_gt(bursts->sample[0].instances, 2 * even->sample[0].instances);
    finish(&f);
}
END_TEST

/* Sizes that it tries for a need, one replication after the other, as simulate does. */
START_TEST(the_smallest_size_is_searched)
{
    const struct baseline_spec spec = {.min_size = 1, .max_size = 40};
    for (unsigned need = 1; need <= 41; need++) {
        struct fleet_search s;
        unsigned tries = 0;
        fleet_search_begin(&s, &spec, 0);
        for (; !s.done; tries++) {
            ck_assert_uint_le(s.size, 40);
            fleet_search_tell(&s, s.size >= need + (s.all && need == 7)); /* not sure at 7 */
        }
        ck_assert(s.serves == (need <= 40));
        ck_assert_uint_eq(s.size, need > 40 ? 40 : need + (need == 7));
        ck_assert_uint_le(tries, 14);
    }
}
END_TEST

static struct fleet_search search_for(const struct baseline_spec *spec, unsigned need,
                                      unsigned guess, unsigned too_small, unsigned enough,
                                      unsigned *ret_tries)
{
    struct fleet_search s;
    *ret_tries = 0;
    fleet_search_begin(&s, spec, guess);
    for (; !s.done; ++*ret_tries) {
        fleet_search_bound(&s, too_small, enough);
        ck_assert_uint_ge(s.size, spec->min_size);
        ck_assert_uint_le(s.size, spec->max_size);
        fleet_search_tell(&s, s.size >= need);
    }
    return s;
}

/* What other traffic needs and a good guess save tries; bounds that luck has crossed do no harm. */
START_TEST(what_is_known_shortens_the_search)
{
    const struct baseline_spec spec = {.min_size = 2, .max_size = 40};
    unsigned tries;
    ck_assert_uint_eq(search_for(&spec, 33, 0, 32, 33, &tries).size, 33);
    ck_assert_uint_eq(tries, 1); /* with all replications */
    for (unsigned guess = 32; guess <= 33; guess++) {
        ck_assert_uint_eq(search_for(&spec, 33, guess, 0, 0, &tries).size, 33);
        ck_assert_uint_eq(tries, 3); /* enough, too small, all replications */
    }
    ck_assert_uint_eq(search_for(&spec, 33, 33, 32, 0, &tries).size, 33);
    ck_assert_uint_eq(tries, 2);
    ck_assert_uint_eq(search_for(&spec, 1, 99, 0, 0, &tries).size, 2);
    ck_assert(!search_for(&spec, 99, 99, 0, 0, &tries).serves);
    ck_assert_uint_eq(tries, 2);
    ck_assert_uint_eq(search_for(&spec, 21, 0, 20, 12, &tries).size, 21);
    ck_assert_uint_eq(search_for(&spec, 21, 0, 0, 12, &tries).size, 21);
    for (unsigned need = 3; need <= 40; need++)
        for (unsigned guess = 0; guess <= 50; guess++)
            ck_assert_uint_eq(search_for(&spec, need, guess, need / 2, need + 5, &tries).size,
                              need);
}
END_TEST

TEST_MAIN("unit_breakeven", a_fixed_group_against_requests, the_free_tier_moves_it,
          luck_makes_an_interval, a_group_that_grows_crosses_several_times,
          crossings_that_hide_each_other_are_found, a_look_where_costs_are_the_same_settles_it,
          without_a_line_the_middle_is_looked_at, lambda_is_not_run_where_its_line_is_known,
          how_far_off_a_line, luck_makes_a_jump_an_interval, who_does_not_serve_has_no_crossing,
          purchases_cost_what_they_would, shards_grow_with_traffic, bursts_need_more_servers,
          the_smallest_size_is_searched, what_is_known_shortens_the_search)
