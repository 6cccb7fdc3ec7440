/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Batches on the way: every record keeps the time at which its own chain began. */
#include "aws/chains.h"
#include "harness.h"
#include "model_case.h"
#include "stream_case.h"

enum { A, B, C, FUNCTIONS };

static const char *const entity[FUNCTIONS] = {"function:a", "function:b", "function:c"};

/* Functions a, b, c of 10 ms. Events to a; what each sends on is the test's, one message a record.
 */
struct pipe {
    struct function_config function[FUNCTIONS];
    struct model_emitter emitter[FUNCTIONS];
    struct emit_config emit[FUNCTIONS];
    struct model_reference to[FUNCTIONS];
    struct model_direct direct;
    struct stream_workload_config sent;
    struct stream_config stream;
    struct model_mapping mapping;
    struct model_queue queue;
    struct model_queue_mapping queue_mapping;
    struct model_config model;
};

static void sends(struct pipe *p, int from, enum model_kind kind, size_t to)
{
    p->emitter[from].config.emits = 1;
    p->to[from] = (struct model_reference){kind, to};
}

static void init(struct pipe *p, double rate_per_s)
{
    static const char *const names[FUNCTIONS] = {"a", "b", "c"};
    *p = (struct pipe){.direct = case_every("w", rate_per_s)};
    p->direct.async = true;
    p->model = case_model(p->function, FUNCTIONS, &p->direct, 1);
    for (int i = 0; i < FUNCTIONS; i++) {
        p->function[i] = case_function(names[i], case_constant(10e6));
        p->emit[i] = (struct emit_config){.per_record = true,
                                          .probability = 1,
                                          .count = case_constant(1),
                                          .bytes = case_constant(100),
                                          .in_call = 1};
        p->emitter[i] = (struct model_emitter){
            {.function = names[i], .emit = &p->emit[i], .end_to_end = true}, &p->to[i]};
    }
    p->model.emitter = p->emitter;
    p->sent = (struct stream_workload_config){
        .name = "sent",
        .arrivals = {.kind = ARRIVALS_RATE_CONSTANT, .rate_scale = 1, .time_scale = 1},
        .record_bytes = case_constant(100),
        .records_per_put = 1,
        .producer_max_age_ns = 30 * NS_PER_S};
    p->stream = (struct stream_config){.name = "s",
                                       .shard_count = 1,
                                       .retention_ns = 24 * NS_PER_HOUR,
                                       .workload = &p->sent,
                                       .workloads = 1,
                                       .write_records_per_s = 1000,
                                       .write_bytes_per_s = 1048576,
                                       .read_calls_per_s = 5,
                                       .read_bytes_per_s = 2 * 1048576,
                                       .read_max_records = 10000,
                                       .read_max_bytes = 10 * 1048576,
                                       .put_unit_bytes = 25600,
                                       .retry_delay_ns = NS_PER_S};
    p->mapping = (struct model_mapping){.config = {.name = "m",
                                                   .batch_size = 1000,
                                                   .parallelization_factor = 1,
                                                   .maximum_retry_attempts = -1,
                                                   .maximum_record_age_ns = -1,
                                                   .poll_period_ns = NS_PER_S,
                                                   .read_throttle_backoff_ns = NS_PER_S,
                                                   .backoff_min_ns = NS_PER_S,
                                                   .backoff_max_ns = NS_PER_S,
                                                   .payload_bytes = 6 * 1048576,
                                                   .envelope_bytes = 532},
                                        .function = B};
    p->queue = (struct model_queue){.config = {.name = "q",
                                               .visibility_timeout_ns = NS_PER_HOUR,
                                               .retention_ns = 96 * NS_PER_HOUR,
                                               .in_flight_max = 120000,
                                               .chunk_bytes = 65536}};
    p->queue_mapping =
        (struct model_queue_mapping){.config = {.name = "n",
                                                .batch_size = 10,
                                                .pollers_initial = 1,
                                                .pollers_max = 1,
                                                .pollers_idle = 1,
                                                .ramp_per_minute = 300,
                                                .long_poll_ns = 20 * NS_PER_S,
                                                .receive_ns = 10 * NS_PER_MS,
                                                .payload_bytes = 6 << 20,
                                                .visibility_timeout_ns = NS_PER_HOUR},
                                     .function = B};
    sends(p, B, MODEL_FUNCTION, C);
}

static void by_stream(struct pipe *p)
{
    p->model.stream = &p->stream;
    p->model.mapping = &p->mapping;
    p->model.streams = p->model.mappings = 1;
    sends(p, A, MODEL_STREAM, 0);
}

static void by_queue(struct pipe *p)
{
    p->model.queue = &p->queue;
    p->model.queue_mapping = &p->queue_mapping;
    p->model.queues = p->model.queue_mappings = 1;
    sends(p, A, MODEL_QUEUE, 0);
}

static struct case_result run(struct pipe *p, double end_s)
{
    struct case_result r = case_run(&p->model, 5, 0, 0, end_s);
    ck_assert_msg(r.status == MODEL_DONE, "%s", r.failure);
    return r;
}

static double ms(const struct case_result *r, int function, const char *metric)
{
    char name[32];
    snprintf(name, sizeof name, "end_to_end_ms.%s", metric);
    return case_metric(r, entity[function], name);
}

START_TEST(stretches_are_found_by_index)
{
    struct chains chains = {0}, copy = {0};
    chains_add(&chains, 100, 400, 0, 4);
    chains_add(&chains, 50, 50, 3, 2);
    chains_add(&chains, 50, 50, 3, 1); /* becomes part of the one before */
    chains_add(&chains, 50, 50, 7, 1); /* does not: it came farther */
    chains_add(&chains, 900, 800, 0, 2);
    ck_assert_uint_eq(chains.count, 4);
    chains_copy(&copy, &chains);
    chains_clear(&chains);
    static const int64_t began[] = {100, 200, 300, 400, 50, 50, 50, 50, 900, 800, 800};
    static const uint32_t hops[] = {0, 0, 0, 0, 3, 3, 3, 7, 0, 0, 0};
    struct chains_cursor cursor = {0}, jump = {0};
    for (uint64_t i = 0; i < 11; i++) {
        ck_assert_int_eq(chains_began(&copy, &cursor, i), began[i]);
        ck_assert_uint_eq(chains_hops(&copy, &cursor), hops[i]);
    }
    ck_assert_int_eq(chains_began(&copy, &jump, 9), 800);
    chains_finish(&chains);
    chains_finish(&copy);
}
END_TEST

/* A poll a second: a record waits between 0 and 1 s, on average half of one, whatever its batch. */
START_TEST(records_of_a_stream_batch_keep_their_own)
{
    struct pipe p;
    init(&p, 100);
    by_stream(&p);
    struct case_result r = run(&p, 1000);
    for (int i = B; i <= C; i++) {
        const double work_ms = i == B ? 20 : 30;
        ck_assert_double_eq_tol(ms(&r, i, "mean"), work_ms + 500, 10);
        ck_assert_double_eq_tol(ms(&r, i, "p50"), work_ms + 500, 10);
        ck_assert_double_gt(ms(&r, i, "min"), work_ms - 1);
        ck_assert_double_lt(ms(&r, i, "min"), work_ms + 15);
        ck_assert_double_lt(ms(&r, i, "max"), work_ms + 1001);
        ck_assert_double_gt(ms(&r, i, "p99"), work_ms + 970);
    }
    case_result_finish(&r);
}
END_TEST

/* Those that go on are anywhere in their batch; two messages of a record are as old as each other.
 */
START_TEST(chance_takes_records_from_all_of_a_batch)
{
    struct pipe p;
    init(&p, 100);
    by_stream(&p);
    p.emit[B].probability = 0.3;
    p.emit[B].count = case_constant(2);
    struct case_result r = run(&p, 1000);
    ck_assert_double_eq_tol(case_metric(&r, entity[C], "invocations"), 0.6 * 99900, 1500);
    ck_assert_double_eq_tol(ms(&r, C, "mean"), 530, 10);
    ck_assert_double_lt(ms(&r, C, "min"), 45);
    ck_assert_double_gt(ms(&r, C, "max"), 1020);
    case_result_finish(&r);
    p.emit[B].per_record = false; /* for the batch: its first record's, which waited longest */
    p.emit[B].probability = 1;
    r = run(&p, 1000);
    ck_assert_double_gt(ms(&r, C, "p50"), 1000);
    case_result_finish(&r);
}
END_TEST

/* A message each 4/3 s and windows of 10 s: eight, of 10, 10 - 4/3 … 2/3 s. */
START_TEST(messages_of_a_queue_batch_keep_their_own)
{
    struct pipe p;
    init(&p, 0.75);
    by_queue(&p);
    p.queue_mapping.config.batch_size = 100;
    p.queue_mapping.config.batching_window_ns = 10 * NS_PER_S;
    struct case_result r = run(&p, 10000);
    ck_assert_double_eq_tol(ms(&r, C, "min"), 696.7, 1);
    ck_assert_double_eq_tol(ms(&r, C, "mean"), 5363, 10);
    ck_assert_double_eq_tol(ms(&r, C, "max"), 10030, 1);
    case_result_finish(&r);
}
END_TEST

/* 20 records at once into a shard that takes one a second: the k-th comes in after k s. */
START_TEST(a_producers_retries_count_once)
{
    struct pipe p;
    init(&p, 1);
    by_stream(&p);
    const struct arrival at = {.start_ns = 0, .end_ns = 0, .count = 1, .bytes = -1};
    struct case_arrivals trace = {.arrival = &at, .count = 1};
    p.direct = case_source("w");
    p.direct.async = true;
    p.model.open_source = case_open_source;
    p.model.context = &trace;
    p.emit[A].count = case_constant(20);
    p.stream.write_records_per_s = 1;
    struct case_result r = run(&p, 100);
    ck_assert_double_eq(case_metric(&r, entity[C], "invocations"), 20);
    ck_assert_double_le(ms(&r, B, "max"), 19e3 + 1100);
    ck_assert_double_ge(ms(&r, B, "max"), 19e3);
    ck_assert_double_eq_tol(ms(&r, B, "mean"), 9.5e3 + 500, 600); /* by the mean of 0 to 19 */
    case_result_finish(&r);
}
END_TEST

/* Half of the records go round again: 1 + Geometric(1/2) rounds of half a second and then a second.
 */
START_TEST(a_loop_through_a_stream_has_no_old_records)
{
    struct pipe p;
    init(&p, 50);
    by_stream(&p);
    p.emit[B].probability = 0.5;
    p.emit[B].loops = true;
    sends(&p, B, MODEL_STREAM, 0);
    struct case_result r = run(&p, 2000);
    ck_assert_double_eq_tol(ms(&r, B, "mean"), 20 + 500 + 1000, 60);
    ck_assert_double_eq_tol(ms(&r, B, "p50"), 1020, 60); /* half of all rounds are first ones */
    ck_assert_double_lt(ms(&r, B, "p99"), 7600);         /* 1/128 are the eighth or later */
    ck_assert_double_gt(ms(&r, B, "p99"), 5400);
    case_result_finish(&r);
}
END_TEST

/* Of messages in a long queue every other one's chain is 1,000 s older: cohorts bear one age for
 * all of theirs, and still half of the messages are old. */
START_TEST(a_long_queue_keeps_the_ages_spread)
{
    enum { MESSAGES = 40000 };
    struct simulation simulation = {.seed = 3};
    const struct queue_config config = {.name = "q",
                                        .visibility_timeout_ns = 1,
                                        .retention_ns = 96 * NS_PER_HOUR,
                                        .in_flight_max = MESSAGES,
                                        .chunk_bytes = 65536};
    event_queue_init(&simulation.queue);
    struct queue *const q = queue_create(&simulation, &config);
    for (int i = 0; i < MESSAGES; i++)
        destination_send(
            queue_destination(q),
            &(struct message){.origin_ns = i % 2 == 0 ? 0 : -1000 * NS_PER_S, .duration_ns = -1});
    struct queue_batch batch = {0};
    ck_assert_uint_eq(queue_receive(q, &batch, MESSAGES, INT64_MAX), MESSAGES);
    ck_assert_uint_lt(batch.parts, MESSAGES / 10);
    uint32_t old = 0;
    for (size_t i = 0; i < batch.parts; i++) {
        ck_assert(batch.part[i].age_ns == 0 || batch.part[i].age_ns == 1000 * NS_PER_S);
        old += batch.part[i].age_ns > 0 ? batch.part[i].count : 0;
    }
    ck_assert_double_eq_tol(old / (double)MESSAGES, 0.5, 0.1);
    queue_batch_finish(&batch);
    queue_class.destroy(q);
    event_queue_finish(&simulation.queue);
}
END_TEST

static struct {
    double began_s, records; /* of the batches: sum over the records */
    int64_t least_ns;
    size_t stretches;
} seen;

static bool (*run_batch)(struct target *self, const struct request *request);

static bool note_chains(struct target *self, const struct request *request)
{
    if (!run_batch(self, request))
        return false;
    for (size_t i = 0; i < request->chains->count; i++) {
        const struct chain_stretch *const s = &request->chains->stretch[i];
        seen.began_s += s->records * ((double)s->first_ns + (double)s->last_ns) / 2e9;
        seen.records += s->records;
        seen.stretches++;
        seen.least_ns = s->first_ns < seen.least_ns ? s->first_ns : seen.least_ns;
    }
    return true;
}

/* A shard that is blocked for 10 min: every other record's chain began with the run. */
START_TEST(a_backlog_keeps_the_ages_spread)
{
    static struct stream_case c;
    stream_case_even(&c, 1, 0);
    c.workload[0].producer_max_age_ns = NS_PER_S;
    c.mapping[0].batch_size = 10000;
    c.target[0].refuses_from_s = 0;
    c.target[0].refuses_until_s = 700;
    run_batch = c.target[0].target.invoke;
    c.target[0].target.invoke = note_chains;
    seen.began_s = seen.records = 0;
    seen.stretches = 0;
    seen.least_ns = INT64_MAX;
    for (int i = 1; i <= 60000; i++) {
        stream_case_run(&c, i / 100.0);
        destination_send(
            stream_destination(c.stream),
            &(struct message){.origin_ns = i % 2 == 0 ? 0 : simulation_now(&c.simulation),
                              .duration_ns = -1,
                              .bytes = 100});
    }
    stream_case_run(&c, 2000);
    ck_assert_double_eq(seen.records, 60000);
    ck_assert_uint_lt(seen.stretches, 40000);
    ck_assert_int_ge(seen.least_ns, 0);
    ck_assert_double_eq_tol(seen.began_s / 60000, 300 / 2.0, 25);
    stream_case_finish(&c);
}
END_TEST

/* Three times what a shard takes for two minutes: what is refused becomes few cohorts, which keep
 * the units of their records, large and small, and the ages of their chains, old and new. */
START_TEST(refused_records_keep_sizes_and_ages_in_few_cohorts)
{
    static struct stream_case c;
    stream_case_even(&c, 1, 0);
    c.config.write_records_per_s = 1000;
    c.config.write_bytes_per_s = 1e9;
    c.config.put_unit_bytes = 25600;
    c.config.retry_delay_ns = NS_PER_S;
    c.workload[0].producer_max_age_ns = 30 * NS_PER_S;
    c.mapping[0].batch_size = 10000;
    run_batch = c.target[0].target.invoke;
    c.target[0].target.invoke = note_chains;
    seen.began_s = seen.records = 0;
    for (int i = 0; i < 120 * 30; i++) {
        stream_case_run(&c, 1000 + (i + 1) / 30.0);
        for (int k = 0; k < 100; k++)
            destination_send(stream_destination(c.stream),
                             &(struct message){.origin_ns = (k % 2 == 0 ? 500 : 1000) * NS_PER_S,
                                               .duration_ns = -1,
                                               .bytes = i % 2 == 0 ? 100 : 30000});
    }
    const struct shard *const shard = stream_shard(c.stream, 0);
    ck_assert_uint_gt(shard->retry_records, 50000);
    ck_assert_uint_lt(shard->retries, 5000);
    const double large = ((double)shard->bytes_in - 100.0 * (double)shard->records_in) / 29900;
    ck_assert_double_eq_tol(shard->put_units, (double)shard->records_in + large, 1);
    ck_assert_double_gt(large, 0.3 * (double)shard->records_in);
    ck_assert_double_eq_tol(seen.began_s / seen.records, 750, 25);
    stream_case_finish(&c);
}
END_TEST

TEST_MAIN("chains", stretches_are_found_by_index, records_of_a_stream_batch_keep_their_own,
          chance_takes_records_from_all_of_a_batch, messages_of_a_queue_batch_keep_their_own,
          a_producers_retries_count_once, a_loop_through_a_stream_has_no_old_records,
          a_long_queue_keeps_the_ages_spread, a_backlog_keeps_the_ages_spread,
          refused_records_keep_sizes_and_ages_in_few_cohorts)
