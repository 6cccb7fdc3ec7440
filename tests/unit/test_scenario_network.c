/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VPCs, traces and data transfer: from a scenario to the model, by era, and what may not be said.
 */
#include "harness.h"

#include "core/distribution.h"
#include "plan/plan.h"
#include "plan/world.h"

#include <stdio.h>

static struct world world;
static struct diagnostics diagnostics;
static struct scenario *scenario;
static struct plan *plan;
static char through[100]; /* more members of the workload */

static void forget(void)
{
    plan_destroy(plan);
    scenario_destroy(scenario);
    plan = NULL;
    scenario = NULL;
    diagnostics_finish(&diagnostics);
    diagnostics_init(&diagnostics);
}

/* With these members of the function and of the account; false after errors. */
static bool read_function(const char *as_of, const char *function, const char *account)
{
    char text[2000];
    forget();
    if (world.limits == NULL)
        ck_assert_int_eq(world_load(&world, DATA_DIR, &diagnostics), 0);
    const int size = snprintf(
        text, sizeof text,
        "{\"as_of\": \"%s\", \"run\": {\"duration_s\": 60},\n"
        "\"workloads\": {\"w\": {\"to\": \"function:f\"%s,\n"
        "  \"arrivals\": {\"process\": \"poisson\", \"rate_per_s\": 1}}},\n"
        "\"account\": {%s},\n"
        "\"baselines\": {\"b\": {\"instance_type\": \"m4.large\", \"desired_capacity\": 1}},\n"
        "\"functions\": {\"f\": {\"duration_ms\": 1, \"init_duration_ms\": 1%s}}}\n",
        as_of, through, account, function);
    const struct scenario_data data = world_scenario_data(&world);
    scenario = scenario_parse(text, (size_t)size, "s.json", &data, NULL, &diagnostics);
    return scenario != NULL;
}

static const struct model_config *make_plan(bool servers)
{
    plan_destroy(plan);
    plan = plan_create(scenario, &world, servers ? &scenario->baseline[0] : NULL, 0, &diagnostics);
    return plan_model(plan);
}

#define VPC ", \"vpc_config\": {}"

START_TEST(a_vpc_by_era)
{
    ck_assert(read_function("2018-06-01", VPC, ""));
    const struct function_config *f = make_plan(false)->function;
    ck_assert(f->has_attach);
    ck_assert_double_eq_tol(distribution_mean(&f->attach_ns), 11.5e9, 1e6);
    ck_assert(read_function("2019-09-03", VPC, ""));
    ck_assert(!make_plan(false)->function->has_attach);
    ck_assert(read_function("2018-06-01", "", ""));
    ck_assert(!make_plan(false)->function->has_attach);
    ck_assert(read_function("2024-01-01", ", \"vpc_config\": {\"attach_s\": 0.4}", ""));
    f = make_plan(false)->function;
    ck_assert(f->has_attach);
    ck_assert_double_eq_tol(distribution_mean(&f->attach_ns), 0.4e9, 1);
    ck_assert(!read_function("2015-12-01", VPC, ""));
    ck_assert_str_eq(diagnostics.item[0].text, "s.json:6: functions.f.vpc_config: functions can be "
                                               "in a VPC since 2016-02-01");
    forget();
}
END_TEST

START_TEST(traces)
{
    ck_assert(read_function("2024-01-01", "", ""));
    ck_assert(!make_plan(false)->function->tracing.active);
    ck_assert(read_function("2024-01-01", ", \"tracing_config\": {\"mode\": \"Active\"}", ""));
    const struct function_config *f = make_plan(false)->function;
    ck_assert(f->tracing.active);
    ck_assert_uint_eq(f->tracing.reservoir, 1);
    ck_assert_double_eq(f->tracing.rate, 0.05);
    ck_assert(read_function("2024-01-01",
                            ", \"tracing_config\": {\"mode\": \"PassThrough\", "
                            "\"reservoir_size\": 7, \"fixed_rate\": 1}",
                            ""));
    f = make_plan(false)->function;
    ck_assert(!f->tracing.active);
    ck_assert_uint_eq(f->tracing.reservoir, 7);
    ck_assert_double_eq(f->tracing.rate, 1);
    ck_assert(!read_function("2017-01-01", ", \"tracing_config\": {\"mode\": \"Active\"}", ""));
    forget();
}
END_TEST

START_TEST(answers)
{
    static const struct {
        const char *through;
        bool internet;
    } door[] = {{"api_gateway_rest", true},
                {"api_gateway_http", true},
                {"alb", true},
                {"function_url", true},
                {"sdk", false},
                {"cognito", false}};
    for (size_t i = 0; i < sizeof door / sizeof *door; i++) {
        snprintf(through, sizeof through, ", \"through\": \"%s\", \"response_bytes\": 100",
                 door[i].through);
        ck_assert_msg(read_function("2024-01-01", "", ""), "%s", diagnostics.item[0].text);
        ck_assert(make_plan(false)->direct->client.internet == door[i].internet);
        ck_assert(make_plan(true)->direct->client.internet == door[i].internet);
    }
    through[0] = '\0';
    forget();
}
END_TEST

#define BYTES                                                                                      \
    ", \"bytes_per_invocation\": {\"internet\": 1, \"other_region\": 2, \"other_zone\": 3, "       \
    "\"nat\": 4}"

START_TEST(transfer)
{
    ck_assert(read_function("2024-01-01", VPC BYTES, ""));
    const struct model_config *model = make_plan(false);
    const struct transfer_config *t = &model->function->transfer;
    ck_assert(t->internet == 1 && t->other_region == 2 && t->other_zone == 3 && t->nat == 4);
    ck_assert_int_eq(model->account.nat_gateways, 1);
    ck_assert(!model->account.public_addresses_cost); /* before 2024-02 */
    t = &make_plan(true)->fleet_port->transfer;
    ck_assert(t->internet == 1 && t->other_region == 2 && t->other_zone == 3 && t->nat == 0);
    ck_assert(read_function("2024-01-01", VPC BYTES, "\"nat_gateways\": 3"));
    ck_assert_int_eq(make_plan(false)->account.nat_gateways, 3);
    ck_assert(read_function("2024-02-01", VPC BYTES, ""));
    ck_assert(make_plan(false)->account.public_addresses_cost);
    ck_assert(read_function("2024-01-01", VPC, ""));
    ck_assert_int_eq(make_plan(false)->account.nat_gateways, 0);
    ck_assert(!read_function("2024-01-01", BYTES, ""));
    ck_assert_str_eq(diagnostics.item[0].text,
                     "s.json:6: functions.f.bytes_per_invocation: nat: only a function with "
                     "vpc_config sends through a NAT gateway");
    forget();
    world_finish(&world);
}
END_TEST

TEST_MAIN("scenario_network", a_vpc_by_era, traces, answers, transfer)
