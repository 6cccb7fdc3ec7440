/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Limits against arithmetic: what a shard takes, Little's law, quantities of a month of 730 h. */
#include "harness.h"

#include "studies/headroom.h"

#include <math.h>
#include <string.h>

struct fixture {
    struct world world;
    cJSON *root;
    struct task_base base;
    struct scenario *scenario;
    struct traffic traffic;
    struct sights sights;
    struct executor *executor;
    struct headroom_request request;
    struct headroom_result result;
    struct diagnostics diagnostics;
    double first_best, last_best; /* what progress says; INFINITY: nothing yet */
};

static void setup(struct fixture *f, const char *text)
{
    const struct scenario_overrides none = {0};
    *f = (struct fixture){0};
    diagnostics_init(&f->diagnostics);
    ck_assert_int_eq(world_load(&f->world, DATA_DIR, &f->diagnostics), 0);
    f->root = json_parse(text, strlen(text), "s.json", &f->diagnostics);
    ck_assert_int_eq(task_base_init(&f->base, f->root, "s.json", &f->world, &none, &f->diagnostics),
                     0);
    f->scenario = design_read(&f->base.design, NULL, &f->diagnostics);
    ck_assert_msg(f->scenario != NULL, "%s",
                  f->diagnostics.count > 0 ? f->diagnostics.item[0].text : "");
    world_apply_prices(&f->world, f->scenario);
    ck_assert_int_eq(
        traffic_init(&f->traffic, &f->base, f->scenario, NULL, "--workload", &f->diagnostics), 0);
    sights_init(&f->sights, &f->base, f->scenario, &f->world);
    ck_assert_int_eq(task_base_describe(&f->base, &f->diagnostics), 0);
    f->executor = executor_create(&f->base, 2, NULL, (struct study_shard){0, 0}, NULL);
    f->request = (struct headroom_request){.scenario = f->scenario,
                                           .world = &f->world,
                                           .traffic = &f->traffic,
                                           .sights = &f->sights,
                                           .replications = 2,
                                           .up_to = 4,
                                           .run_most = 1e7,
                                           .from_day = f->scenario->as_of_day};
}

static void finish(struct fixture *f)
{
    headroom_result_finish(&f->result);
    executor_destroy(f->executor);
    sights_finish(&f->sights);
    traffic_finish(&f->traffic);
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

static void run(struct fixture *f)
{
    const struct headroom_hooks hooks = {keep_on, f};
    f->first_best = f->last_best = INFINITY;
    headroom_result_finish(&f->result);
    const enum study_status status =
        headroom_run(&f->result, f->executor, &f->request, &hooks, &f->diagnostics);
    ck_assert_msg(status == STUDY_DONE, "%s",
                  f->diagnostics.count > 0 ? f->diagnostics.item[0].text : "");
    for (size_t i = 1; i < f->result.limits; i++) /* the first first */
        ck_assert(!(f->result.limit[i].factor < f->result.limit[i - 1].factor));
}

static const struct headroom_limit *find(const struct fixture *f, const char *what,
                                         const char *entity)
{
    for (size_t i = 0; i < f->result.limits; i++)
        if (strcmp(f->result.limit[i].what, what) == 0 &&
            strcmp(f->result.limit[i].entity, entity) == 0)
            return &f->result.limit[i];
    ck_abort_msg("no %s of %s", what, entity);
    return NULL;
}

static void assert_near(double value, double wanted, double part)
{
    ck_assert_msg(fabs(value - wanted) <= part * wanted, "%g is not %g ± %g %%", value, wanted,
                  100 * part);
}

static const char stream_text[] =
    "{ \"as_of\": \"2024-01-01\", \"run\": { \"duration_s\": 120 },\n"
    " \"workloads\": { \"w\": { \"to\": \"stream:s\", \"record_bytes\": %g,\n"
    "   \"arrivals\": { \"process\": \"constant\", \"rate_per_s\": %g } } },\n"
    " \"streams\": { \"s\": { \"shard_count\": 1 } },\n"
    " \"functions\": { \"f\": { \"memory_size\": 1024, \"timeout\": 30, \"init_duration_ms\": 0,\n"
    "   \"runtime\": \"python3.12\", \"duration_ms\": %g } },\n"
    " \"event_source_mappings\": { \"m\": { \"event_source\": \"stream:s\", \"function_name\": "
    "\"f\",\n"
    "   \"batch_size\": %d } } }\n";

static void setup_stream(struct fixture *f, double bytes, double rate, double duration_ms,
                         int batch)
{
    char text[2000];
    snprintf(text, sizeof text, stream_text, bytes, rate, duration_ms, batch);
    setup(f, text);
}

/* A shard takes 1,000 records and 1 MiB a second (Kinesis quotas). */
START_TEST(shard_writes)
{
    struct fixture f;
    setup_stream(&f, 500, 800, 5, 1000);
    run(&f);
    const struct headroom_limit *l = find(&f, "shard writes", "stream:s");
    ck_assert_int_eq(l->how, HEADROOM_SIMULATED);
    assert_near(l->factor, 1.25, 0.011);
    assert_near(l->all, 1.25, 0.011);
    assert_near(l->today, 0.8, 0.002);
    ck_assert_str_eq(l->now, "1 shard");
    ck_assert_ptr_nonnull(strstr(l->remedy, "more shards"));
    ck_assert_ptr_eq(l, &f.result.limit[0]);
    ck_assert(!f.result.misses);
    ck_assert(isnan(f.first_best)); /* progress: the least traffic that is known to meet one */
    ck_assert(f.last_best >= 1.25 * 0.99 && f.last_best < 1.4);
    finish(&f);
    setup_stream(&f, 2000, 400, 5, 1000);
    run(&f);
    assert_near(find(&f, "shard writes", "stream:s")->factor, 1048576 / 800e3, 0.011);
    /* One reader takes each byte once, of 2 MiB/s: twice as far, were it not for the writes. */
    l = find(&f, "shard reads", "stream:s");
    ck_assert_int_eq(l->how, HEADROOM_PROPORTION);
    assert_near(l->factor, 2 * 1048576 / 800e3, 0.03);
    finish(&f);
}
END_TEST

/* Items of 1.5 KB take two of a partition's 600 units a second. */
START_TEST(partition_writes)
{
    struct fixture f;
    setup(&f, "{ \"as_of\": \"2024-01-01\", \"run\": { \"duration_s\": 120 },\n"
              " \"workloads\": { \"w\": { \"to\": \"table:t\", \"record_bytes\": 1500,\n"
              "   \"arrivals\": { \"process\": \"constant\", \"rate_per_s\": 200 } } },\n"
              " \"tables\": { \"t\": { \"write_capacity\": 600 } },\n"
              " \"functions\": { \"f\": { \"memory_size\": 1024, \"timeout\": 30,\n"
              "   \"init_duration_ms\": 0, \"runtime\": \"python3.12\", \"duration_ms\": 5 } },\n"
              " \"event_source_mappings\": { \"m\": { \"event_source\": \"table:t\",\n"
              "   \"function_name\": \"f\" } } }\n");
    run(&f);
    const struct headroom_limit *const l = find(&f, "partition writes", "table:t");
    ck_assert_int_eq(l->how, HEADROOM_SIMULATED);
    assert_near(l->factor, 1.5, 0.011);
    assert_near(l->today, 400.0 / 600, 0.002);
    finish(&f);
}
END_TEST

/* A hundredth of a second for a record, one at a time: 100 a second. */
START_TEST(pollers)
{
    struct fixture f;
    setup_stream(&f, 500, 40, 10, 1);
    run(&f);
    const struct headroom_limit *const l = find(&f, "pollers", "esm:m");
    ck_assert_int_eq(l->how, HEADROOM_SIMULATED);
    assert_near(l->factor, 2.5, 0.02);
    ck_assert_ptr_eq(l, &f.result.limit[0]);
    finish(&f);
}
END_TEST

/* A batch of 100 takes 0.4 s: at most 250 records a second, 100 times today's; polls a second apart
 * keep the poller from being busy until batches are full, so that no line leads there. */
START_TEST(pollers_of_batches)
{
    struct fixture f;
    setup_stream(&f, 500, 2.5, 400, 100);
    f.request.up_to = 0; /* until a limit is met */
    run(&f);
    const struct headroom_limit *l = find(&f, "pollers", "esm:m");
    ck_assert_ptr_eq(l, &f.result.limit[0]);
    ck_assert_int_eq(l->how, HEADROOM_SIMULATED);
    ck_assert_msg(l->factor > 40 && l->factor <= 101, "%g", l->factor);
    ck_assert_uint_eq(f.result.run.notes.count, 0);
    for (size_t i = 1; i < f.result.limits; i++)
        ck_assert(!(f.result.limit[i].factor < l->factor));
    finish(&f);
    for (double up_to = 1; up_to <= 8; up_to *= 8) {
        setup_stream(&f, 500, 2.5, 400, 100);
        f.request.up_to = up_to;
        run(&f);
        l = find(&f, "pollers", "esm:m");
        ck_assert_int_eq(l->how, HEADROOM_NOT_MET);
        ck_assert(isnan(l->factor) && l->today > 0);
        ck_assert_double_eq(f.result.up_to, up_to);
        l = find(&f, "shard writes", "stream:s");
        ck_assert_int_eq(l->how, HEADROOM_PROPORTION);
        assert_near(l->factor, 400, 0.02);
        finish(&f);
    }
}
END_TEST

static const char direct_text[] =
    "{ \"as_of\": \"2024-01-01\",\n"
    " \"run\": { \"duration_s\": %g, \"warm_up_s\": 20 },\n"
    " \"account\": { \"concurrent_executions\": %d },\n"
    " \"workloads\": { \"w\": { \"to\": \"function:f\",\n"
    "   \"arrivals\": { \"process\": \"%s\", \"rate_per_s\": %g } } },\n"
    " \"functions\": { \"f\": { \"memory_size\": 1024, \"timeout\": 30, \"init_duration_ms\": 0,\n"
    "   \"runtime\": \"python3.12\", \"duration_ms\": 1000%s } },\n"
    " \"objectives\": [ { \"metric\": \"latency_ms\", \"entity\": \"function:f\",\n"
    "   \"statistic\": \"p50\", \"at_most\": %g } ] }\n";

static void setup_direct(struct fixture *f, int concurrency, const char *process, double rate,
                         const char *more, double bound_ms)
{
    char text[2000];
    snprintf(text, sizeof text, direct_text, rate < 1 ? 10020. : 220., concurrency, process, rate,
             more, bound_ms);
    setup(f, text);
}

/* Little: rate x 1 s are at work at once. */
START_TEST(concurrency)
{
    struct fixture f;
    setup_direct(&f, 200, "constant", 80, "", 2000);
    run(&f);
    const struct headroom_limit *l = find(&f, "account concurrency of 200", "account");
    ck_assert_int_eq(l->how, HEADROOM_SIMULATED);
    assert_near(l->factor, 2.5, 0.015);
    ck_assert_double_eq(l->today, 81 / 200.0); /* one begins as another ends */
    finish(&f);
    setup_direct(&f, 400, "constant", 80, ", \"reserved_concurrent_executions\": 120", 2000);
    run(&f);
    assert_near(find(&f, "reserved concurrency of 120", "function:f")->factor, 1.5, 0.02);
    finish(&f);
    /* What luck adds makes some replications meet it before others. */
    setup_direct(&f, 200, "poisson", 80, "", 2000);
    f.request.replications = 4;
    run(&f);
    l = find(&f, "account concurrency of 200", "account");
    ck_assert(l->factor > 1.5 && l->factor < 2.3);
    ck_assert_double_ge(l->all, l->factor);
    finish(&f);
}
END_TEST

static void assert_first(struct fixture *f, const char *what, const char *entity, double factor,
                         double part)
{
    run(f);
    const struct headroom_limit *const l = find(f, what, entity);
    ck_assert_int_eq(l->how, HEADROOM_SIMULATED);
    ck_assert_msg(l == &f->result.limit[0] || f->result.limit[0].factor == l->factor, "first: %s",
                  f->result.limit[0].what);
    assert_near(l->factor, factor, part);
    ck_assert_str_ne(l->remedy, "");
}

/* 50 messages a second that take 200 s are 10,000 at once (Little), of 120,000. */
START_TEST(messages_in_flight)
{
    struct fixture f;
    setup(&f,
          "{ \"as_of\": \"2024-01-01\", \"run\": { \"duration_s\": 600 },\n"
          " \"account\": { \"concurrent_executions\": 1000 },\n"
          " \"workloads\": { \"w\": { \"to\": \"queue:q\",\n"
          "   \"arrivals\": { \"process\": \"constant\", \"rate_per_s\": 50 } } },\n"
          " \"queues\": { \"q\": { \"visibility_timeout_seconds\": 2400 } },\n"
          " \"functions\": { \"f\": { \"memory_size\": 1024, \"timeout\": 400,\n"
          "   \"init_duration_ms\": 0, \"runtime\": \"python3.12\", \"duration_ms\": 200000 } },\n"
          " \"event_source_mappings\": { \"m\": { \"event_source\": \"queue:q\",\n"
          "   \"function_name\": \"f\", \"batch_size\": 1000,\n"
          "   \"maximum_batching_window_in_seconds\": 1 } } }\n");
    run(&f);
    const struct headroom_limit *const l = find(&f, "messages in flight of 120,000", "queue:q");
    ck_assert_int_eq(l->how, HEADROOM_PROPORTION);
    assert_near(l->today, 50 * 200 / 120000.0, 0.1);
    assert_near(l->factor, 12, 0.15);
    ck_assert_str_ne(l->remedy, "");
    finish(&f);
}
END_TEST

/* 10 messages a second of 0.4 s are four at once; beyond 16 the mapping lets nobody see more.
 * Little: 100 are at work at 25 times the traffic, whatever the clipped maxima say. */
START_TEST(maxima_behind_a_mapping)
{
    for (int most = 22; most <= 75; most += 53) {
        struct fixture f;
        char text[1500];
        snprintf(
            text, sizeof text,
            "{ \"as_of\": \"2024-01-01\", \"run\": { \"duration_s\": 900 },\n"
            " \"account\": { \"concurrent_executions\": 500 },\n"
            " \"workloads\": { \"w\": { \"to\": \"queue:q\",\n"
            "   \"arrivals\": { \"process\": \"constant\", \"rate_per_s\": 50 } } },\n"
            " \"queues\": { \"q\": { \"visibility_timeout_seconds\": 120 } },\n"
            " \"functions\": { \"f\": { \"memory_size\": 1024, \"timeout\": 20,\n"
            "   \"init_duration_ms\": 0, \"runtime\": \"python3.12\", \"duration_ms\": 400 } },\n"
            " \"event_source_mappings\": { \"m\": { \"event_source\": \"queue:q\",\n"
            "   \"function_name\": \"f\", \"batch_size\": 1,\n"
            "   \"scaling_config\": { \"maximum_concurrency\": %d } } } }\n",
            most);
        setup(&f, text);
        run(&f);
        const struct headroom_limit *const l = find(&f, "account concurrency of 500", "account");
        if (most == 22) /* today's maximum is the mapping's already: that is no line */
            ck_assert_int_eq(l->how, HEADROOM_NOT_MET);
        else
            ck_assert_msg(l->how == HEADROOM_PROPORTION && l->factor > 8 && l->factor < 26, "%g",
                          l->factor);
        ck_assert_uint_eq(f.result.run.notes.count, 1);
        ck_assert_ptr_nonnull(strstr(f.result.run.notes.item[0].text, "--warm-up 900"));
        finish(&f);
    }
}
END_TEST

static const char api_text[] =
    "{ \"as_of\": \"2024-01-01\", \"run\": { \"duration_s\": 200 },\n"
    " \"account\": { \"api_rate_limit\": %d, \"api_burst_limit\": 10 },\n"
    " \"workloads\": { \"w\": { \"to\": \"function:f\", \"through\": \"api_gateway_http\"%s,\n"
    "   \"arrivals\": { \"process\": \"constant\", \"rate_per_s\": 40 } } },\n"
    " \"functions\": { \"f\": { \"memory_size\": 1024, \"timeout\": 30, \"init_duration_ms\": 0,\n"
    "   \"runtime\": \"python3.12\", \"duration_ms\": 5 } } }\n";

/* Constant arrivals pass an API's bucket up to its rate. */
START_TEST(api_rates)
{
    struct fixture f;
    char text[1000];
    snprintf(text, sizeof text, api_text, 100, "");
    setup(&f, text);
    assert_first(&f, "front door", "workload:w", 2.5, 0.03);
    const struct headroom_limit *l = find(&f, "API requests of 100/s", "account");
    find(&f, "price tier from 300,000,000 requests (512KB)", "apigateway http-request");
    assert_near(l->today, 0.4, 0.01);
    assert_near(l->factor, 2.5, 0.03);
    finish(&f);
    snprintf(text, sizeof text, api_text, 1000,
             ", \"gateway\": { \"throttling_rate_limit\": 80, \"throttling_burst_limit\": 5 }");
    setup(&f, text);
    assert_first(&f, "front door", "workload:w", 2, 0.04);
    l = find(&f, "front door", "workload:w");
    ck_assert_str_eq(l->now, "80 requests/s");
    assert_near(l->today, 0.5, 0.01);
    l = find(&f, "API requests of 1,000/s", "account");
    ck_assert_int_eq(l->how, HEADROOM_PROPORTION);
    assert_near(l->factor, 25, 0.03);
    finish(&f);
}
END_TEST

/* Five at a time, each 40 s: 0.125 a second; beyond, events grow older than a minute. All five are
 * at work today, so that growth goes on. */
START_TEST(event_age)
{
    struct fixture f;
    setup(&f, "{ \"as_of\": \"2024-01-01\", \"run\": { \"duration_s\": 7200 },\n"
              " \"workloads\": { \"w\": { \"to\": \"function:f\",\n"
              "   \"invocation_type\": \"Event\",\n"
              "   \"arrivals\": { \"process\": \"constant\", \"rate_per_s\": 0.12 } } },\n"
              " \"functions\": { \"f\": { \"memory_size\": 1024, \"timeout\": 60,\n"
              "   \"init_duration_ms\": 0, \"runtime\": \"python3.12\", \"duration_ms\": 40000,\n"
              "   \"event_invoke_config\": { \"maximum_event_age_in_seconds\": 60 },\n"
              "   \"reserved_concurrent_executions\": 5 } } }\n");
    run(&f);
    const struct headroom_limit *const l = find(&f, "event age", "function:f");
    ck_assert_int_eq(l->how, HEADROOM_SIMULATED);
    ck_assert_msg(l->factor > 1.03 && l->factor < 1.3, "%g", l->factor);
    finish(&f);
    setup_direct(&f, 200, "constant", 80, "", 2000); /* synchronous: there is none */
    run(&f);
    for (size_t i = 0; i < f.result.limits; i++)
        ck_assert_str_ne(f.result.limit[i].what, "event age");
    finish(&f);
}
END_TEST

/* An EXPRESS execution has 300 s; its task of 200 s waits for a function that runs one at a time.
 */
START_TEST(execution_time)
{
    struct fixture f;
    setup(&f, "{ \"as_of\": \"2024-01-01\", \"run\": { \"duration_s\": 14400 },\n"
              " \"workloads\": { \"w\": { \"to\": \"state_machine:m\",\n"
              "   \"arrivals\": { \"process\": \"constant\", \"rate_per_s\": 0.002 } } },\n"
              " \"state_machines\": { \"m\": { \"type\": \"EXPRESS\",\n"
              "   \"retry\": { \"max_attempts\": 400, \"interval_seconds\": 1,\n"
              "     \"backoff_rate\": 1 },\n"
              "   \"steps\": [ { \"task\": \"function:f\" } ] } },\n"
              " \"functions\": { \"f\": { \"memory_size\": 1024, \"timeout\": 300,\n"
              "   \"init_duration_ms\": 0, \"runtime\": \"python3.12\", \"duration_ms\": 200000,\n"
              "   \"reserved_concurrent_executions\": 1 } } }\n");
    run(&f);
    const struct headroom_limit *const l = find(&f, "execution time", "state_machine:m");
    ck_assert_int_eq(l->how, HEADROOM_SIMULATED);
    ck_assert_msg(l->factor > 2 && l->factor < 4, "%g", l->factor);
    finish(&f);
}
END_TEST

/* 300 a second, and 1,300 at once, in us-east-1. */
START_TEST(starts_of_state_machines)
{
    struct fixture f;
    setup(&f, "{ \"as_of\": \"2024-01-01\", \"run\": { \"duration_s\": 600 },\n"
              " \"workloads\": { \"w\": { \"to\": \"state_machine:m\",\n"
              "   \"arrivals\": { \"process\": \"constant\", \"rate_per_s\": 100 } } },\n"
              " \"state_machines\": { \"m\": { \"steps\": [ { \"wait_s\": 1 } ] } } }\n");
    assert_first(&f, "STANDARD starts of 300/s", "account", 3, 0.03);
    assert_near(find(&f, "STANDARD starts of 300/s", "account")->today, 1.0 / 3, 0.01);
    finish(&f);
}
END_TEST

/* 0.1 a second are 262,800 requests and GB-seconds a month. */
START_TEST(prices)
{
    struct fixture f;
    for (double up_to = 1; up_to <= 4; up_to += 3) {
        setup_direct(&f, 1000, "constant", 0.1, "", 2000);
        f.request.up_to = up_to;
        f.request.growth = 0.05;
        run(&f);
        const struct headroom_limit *const seconds =
            find(&f, "free tier of 400,000 GB-seconds", "lambda");
        const struct headroom_limit *const requests =
            find(&f, "free tier of 1,000,000 requests", "lambda");
        const struct headroom_limit *const tier =
            find(&f, "price tier from 6,000,000,000 GB-seconds", "lambda duration-x86");
        ck_assert(seconds->price && tier->price);
        assert_near(seconds->factor, 400e3 / 262.8e3, 0.006);
        assert_near(requests->factor, 1e6 / 262.8e3, 0.006);
        assert_near(tier->factor, (6e9 + 400e3) / 262.8e3, 0.006);
        ck_assert_int_eq(seconds->how, up_to > 1 ? HEADROOM_SIMULATED : HEADROOM_PROPORTION);
        ck_assert_int_eq(tier->how, HEADROOM_PROPORTION);
        /* 5 % a month, from 2024-01-01: 8.6 months for the seconds, 17 years for the tier. */
        ck_assert_msg(strncmp(seconds->date, "2024-09-1", 9) == 0, "%s", seconds->date);
        ck_assert_msg(strncmp(tier->date, "2041-0", 6) == 0, "%s", tier->date);
        finish(&f);
    }
}
END_TEST

/* Without a bound growth ends where no limit comes, and the result says so. */
START_TEST(no_limit)
{
    struct fixture f;
    setup_direct(&f, 1000, "constant", 0.0002, "", 2000); /* at the end 20 at once */
    f.request.up_to = 0;
    run(&f);
    ck_assert_double_eq(f.result.up_to, 1e5);
    ck_assert_uint_eq(f.result.run.notes.warnings, 1);
    ck_assert_ptr_nonnull(strstr(f.result.run.notes.item[0].text, "up to x 100,000 today's"));
    for (size_t i = 0; i < f.result.limits; i++)
        ck_assert(f.result.limit[i].price || f.result.limit[i].how == HEADROOM_PROPORTION ||
                  f.result.limit[i].how == HEADROOM_NOT_MET);
    f.request.up_to = 2; /* what is asked for needs no note */
    run(&f);
    ck_assert_uint_eq(f.result.run.notes.count, 0);
    finish(&f);
}
END_TEST

/* 100 requests of which each sends five events on are 600 invocations: they bound the growth, too.
 */
START_TEST(a_run_has_so_many_invocations)
{
    struct fixture f;
    setup_direct(&f, 1000, "constant", 0.01,
                 ", \"emits\": [ { \"to\": \"function:g\", \"count\": 5 } ] },\n"
                 "   \"g\": { \"memory_size\": 128, \"runtime\": \"python3.12\", "
                 "\"duration_ms\": 1",
                 2000);
    f.request.up_to = 0;
    f.request.run_most = 12000;
    run(&f);
    ck_assert_msg(f.result.up_to >= 18 && f.result.up_to <= 20, "%g", f.result.up_to);
    ck_assert_ptr_nonnull(strstr(f.result.run.notes.item[0].text, "invocations there"));
    finish(&f);
}
END_TEST

/* That one run in ten fails is no limit to traffic. */
START_TEST(errors_are_no_limit)
{
    struct fixture f;
    setup_direct(&f, 200, "constant", 80, ", \"error_rate\": 0.1", 2000);
    run(&f);
    ck_assert_int_ne(find(&f, "losses", "anywhere")->how, HEADROOM_ALREADY);
    ck_assert(!f.result.misses);
    finish(&f);
}
END_TEST

START_TEST(met_already)
{
    struct fixture f;
    setup_direct(&f, 50, "constant", 80, "", 500);
    run(&f);
    ck_assert(f.result.misses);
    ck_assert_int_eq(f.result.limit[0].how, HEADROOM_ALREADY);
    ck_assert_int_eq(find(&f, "account concurrency of 50", "account")->how, HEADROOM_ALREADY);
    ck_assert_int_eq(find(&f, "losses", "anywhere")->how, HEADROOM_ALREADY);
    ck_assert_int_eq(find(&f, "objective latency_ms.p50 at most 500", "function:f")->how,
                     HEADROOM_ALREADY);
    /* A free tier that is used up is no limit: it comes last. */
    const struct headroom_limit *const last = &f.result.limit[f.result.limits - 1];
    ck_assert(last->price && last->how == HEADROOM_ALREADY);
    f.request.up_to = 0; /* what is throttled does not grow for ever */
    run(&f);
    ck_assert_double_le(f.result.up_to, 10);
    finish(&f);
    /* An objective alone does not end the growth. */
    setup_direct(&f, 200, "constant", 80, "", 500);
    run(&f);
    ck_assert_int_eq(f.result.limit[0].how, HEADROOM_ALREADY);
    assert_near(find(&f, "account concurrency of 200", "account")->factor, 2.5, 0.015);
    finish(&f);
}
END_TEST

TEST_MAIN("unit_headroom", shard_writes, partition_writes, pollers, pollers_of_batches, concurrency,
          messages_in_flight, maxima_behind_a_mapping, api_rates, event_age, execution_time,
          starts_of_state_machines, prices, no_limit, a_run_has_so_many_invocations, met_already,
          errors_are_no_limit)
