/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/instances.h"

#include "temp_data.h"

#include "harness.h"

static struct diagnostics diagnostics;

static struct instances *shipped(void)
{
    diagnostics_init(&diagnostics);
    struct instances *const instances = instances_load(DATA_DIR, &diagnostics);
    ck_assert_msg(instances != NULL, "%s", diagnostics.count > 0 ? diagnostics.item[0].text : "?");
    return instances;
}

static void done(struct instances *instances)
{
    instances_destroy(instances);
    diagnostics_finish(&diagnostics);
}

START_TEST(known_types_have_their_figures)
{
    struct instances *const instances = shipped();
    const struct instance_type *const m5 = instances_find(instances, "m5.large");
    ck_assert_ptr_nonnull(m5);
    ck_assert_str_eq(m5->name, "m5.large");
    ck_assert_uint_eq(m5->vcpu, 2);
    ck_assert_double_eq(m5->memory_gib, 8);
    ck_assert(!m5->arm64);
    ck_assert_int_eq(m5->burst, BURST_NONE);
    ck_assert_double_eq(m5->baseline_fraction, 1);
    ck_assert_double_eq(m5->cpu_speed, 1);
    ck_assert_double_eq(m5->network_baseline_mbps, 750);
    const struct instance_type *const t2 = instances_find(instances, "t2.micro");
    ck_assert_int_eq(t2->burst, BURST_STANDARD);
    ck_assert_double_eq(t2->credits_per_hour, 6);
    ck_assert_double_eq(t2->max_credits, 144);
    ck_assert_double_eq_tol(t2->baseline_fraction, 0.1, 1e-12);
    ck_assert_double_lt(t2->network_baseline_mbps, 0);
    const struct instance_type *const t3 = instances_find(instances, "t3.micro");
    ck_assert_int_eq(t3->burst, BURST_UNLIMITED);
    ck_assert_uint_eq(t3->vcpu, 2);
    ck_assert_double_eq(t3->max_credits, 288);
    ck_assert(instances_find(instances, "c7g.large")->arm64);
    ck_assert_ptr_null(instances_find(instances, "m5.larg"));
    done(instances);
}
END_TEST

START_TEST(names_serve_near_misses)
{
    struct instances *const instances = shipped();
    size_t count;
    const char *const *const name = instances_names(instances, &count);
    ck_assert_uint_eq(count, 67);
    for (size_t i = 0; i < count; i++)
        ck_assert_str_eq(instances_find(instances, name[i])->name, name[i]);
    ck_assert_str_eq(text_near_miss("m5.larg", name, count), "m5.large");
    done(instances);
}
END_TEST

#define HEADER                                                                                     \
    "instance_type,vcpu,memory_gib,architecture,burstable,credits_per_hour,max_credits,"           \
    "baseline_pct_per_vcpu,cpu_speed,network_baseline_mbps,source,confidence\n"

static struct instances *load_text(const char *text)
{
    struct temp_data temp = temp_data_create("instances");
    temp_data_write(&temp, "instances.csv", text);
    diagnostics_init(&diagnostics);
    struct instances *const instances = instances_load(temp.root, &diagnostics);
    temp_data_destroy(&temp);
    return instances;
}

START_TEST(broken_rows_are_errors_with_a_place)
{
    ck_assert_ptr_null(load_text(HEADER "a.large,2,8,x86_64,none,,,,1,,me,doc\n"
                                        "a.large,2,8,x86_64,none,,,,1,,me,doc\n"
                                        "b,1.5,8,x86_64,none,,,,1,,me,doc\n"
                                        "c,2,8,sparc,none,,,,1,,me,doc\n"
                                        "d,2,8,x86_64,maybe,,,,1,,me,doc\n"
                                        "e,2,8,x86_64,none,6,,,1,,me,doc\n"
                                        "f,2,8,x86_64,standard,6,144,,1,,me,doc\n"
                                        "g,2,8,x86_64,standard,6,144,10,1,,me,doc\n"
                                        "h,2,8,x86_64,none,,,,0,,me,doc\n"
                                        "i,2,-8,x86_64,none,,,,1,fast,me,doc\n"));
    assert_reported(&diagnostics, "instances.csv:3: a.large appears twice");
    assert_reported(&diagnostics, "instances.csv:4:", "vcpu", "not whole");
    assert_reported(&diagnostics, "instances.csv:5:", "architecture", "sparc");
    assert_reported(&diagnostics, "instances.csv:6:", "burstable", "maybe");
    assert_reported(&diagnostics, "instances.csv:7:", "credits_per_hour", "not burstable");
    assert_reported(&diagnostics, "instances.csv:8:", "baseline_pct_per_vcpu", "not a number");
    assert_reported(&diagnostics, "instances.csv:9:", "does not follow");
    assert_reported(&diagnostics, "instances.csv:10:", "cpu_speed");
    assert_reported(&diagnostics, "instances.csv:11:", "memory_gib", "-8");
    assert_reported(&diagnostics, "instances.csv:11:", "network_baseline_mbps", "fast");
    ck_assert_uint_eq(diagnostics.errors, 10);
    done(NULL);
}
END_TEST

START_TEST(empty_and_missing_files_are_errors)
{
    ck_assert_ptr_null(load_text(HEADER));
    assert_reported(&diagnostics, "no instance type");
    done(NULL);
    diagnostics_init(&diagnostics);
    ck_assert_ptr_null(instances_load("/nonexistent", &diagnostics));
    assert_reported(&diagnostics, "/nonexistent/instances/instances.csv");
    done(NULL);
}
END_TEST

TEST_MAIN("instances", known_types_have_their_figures, names_serve_near_misses,
          broken_rows_are_errors_with_a_place, empty_and_missing_files_are_errors)
