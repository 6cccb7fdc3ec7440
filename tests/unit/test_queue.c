/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SQS queues and their pollers, message by message: a target of the test's own notes every batch.
 */
#include "aws/queue.h"
#include "aws/queue_poller.h"
#include "aws/series.h"
#include "harness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define S NS_PER_S
#define RUNS 4096

struct run {
    struct request request;
    int64_t start_ns;
    bool ended;
};

/* Every batch takes `run_ns`; batches from number `refuse_from` up to `refuse_to` are throttled. */
struct rig {
    struct target target;
    struct simulation simulation;
    struct queue_config config, dead_config;
    struct queue_poller_config mapping;
    struct queue *queue, *dead;
    struct queue_poller *poller;
    struct run run[RUNS];
    int runs, refused, refuse_to, running, most;
    int capacity; /* more at a time are throttled; 0: never */
    int64_t run_ns;
    int64_t last_start[4], last_end[4]; /* by group */
};

static void on_end(void *self, int64_t now_ns, uint64_t index)
{
    struct rig *const r = self;
    const struct request *const request = &r->run[index].request;
    r->run[index].ended = true;
    r->running--;
    request->done(request->source, request->token, request->fails ? OUTCOME_ERROR : OUTCOME_SUCCESS,
                  now_ns);
}

static bool invoke(struct target *self, const struct request *request)
{
    struct rig *const r = (struct rig *)self;
    const int64_t now_ns = simulation_now(&r->simulation);
    if (r->refused < r->refuse_to || (r->capacity > 0 && r->running >= r->capacity)) {
        r->refused++;
        return false;
    }
    ck_assert_int_lt(r->runs, RUNS);
    r->run[r->runs] = (struct run){*request, now_ns, false};
    event_schedule(&r->simulation.queue, now_ns + r->run_ns, on_end, r, (uint64_t)r->runs++);
    if (++r->running > r->most)
        r->most = r->running;
    return true;
}

static struct rig *rig_new(void)
{
    struct rig *const r = calloc(1, sizeof *r);
    r->target.invoke = invoke;
    r->run_ns = NS_PER_S;
    event_queue_init(&r->simulation.queue);
    r->config = (struct queue_config){.name = "q",
                                      .visibility_timeout_ns = 30 * S,
                                      .retention_ns = 4 * 24 * NS_PER_HOUR,
                                      .in_flight_max = 120000,
                                      .chunk_bytes = 65536};
    r->dead_config = r->config;
    r->dead_config.name = "dead";
    r->mapping = (struct queue_poller_config){.name = "m",
                                              .batch_size = 10,
                                              .pollers_initial = 5,
                                              .pollers_max = 1250,
                                              .pollers_idle = 2,
                                              .ramp_per_minute = 300,
                                              .long_poll_ns = 20 * S,
                                              .receive_ns = 10 * NS_PER_MS,
                                              .throttle_backoff_min_ns = S,
                                              .throttle_backoff_max_ns = 10 * S,
                                              .throttle_pause_ns = 60 * S,
                                              .payload_bytes = 6 << 20};
    return r;
}

static void begin(struct rig *r)
{
    r->queue = queue_create(&r->simulation, &r->config);
    r->dead = queue_create(&r->simulation, &r->dead_config);
    queue_redrive(r->queue, r->dead);
    r->mapping.visibility_timeout_ns = r->config.visibility_timeout_ns;
    r->poller = queue_poller_create(&r->simulation, &r->mapping, r->queue, &r->target);
}

static void send(struct rig *r, const struct message *message, int count)
{
    for (int i = 0; i < count; i++) {
        struct message m = *message;
        m.duration_ns = -1;
        m.origin_ns = simulation_now(&r->simulation);
        destination_send(queue_destination(r->queue), &m);
    }
}

static void run_until(struct rig *r, int64_t end_ns)
{
    while (simulation_now(&r->simulation) < end_ns) {
        const int64_t now_ns = simulation_now(&r->simulation);
        const int64_t minute_ns = (now_ns / NS_PER_MINUTE + 1) * NS_PER_MINUTE;
        event_queue_run(&r->simulation.queue, minute_ns < end_ns ? minute_ns : end_ns);
        if (minute_ns <= end_ns) {
            queue_class.tick(r->queue);
            queue_poller_class.tick(r->poller);
        }
    }
}

struct wanted {
    const char *metric;
    double value;
};

static void take(void *context, const char *entity, const char *metric, const char *unit,
                 double value)
{
    struct wanted *const wanted = context;
    (void)entity;
    (void)unit;
    if (strcmp(metric, wanted->metric) == 0)
        wanted->value = value;
}

static double metric_of(struct queue *queue, const char *metric)
{
    struct wanted wanted = {metric, -1};
    queue_class.report(queue, &(struct metric_sink){.put = take, .context = &wanted});
    return wanted.value;
}

static double queue_metric(struct rig *r, const char *metric)
{
    return metric_of(r->queue, metric);
}

static double dead_metric(struct rig *r, const char *metric)
{
    return metric_of(r->dead, metric);
}

static double poller_metric(struct rig *r, const char *metric)
{
    struct wanted wanted = {metric, -1};
    queue_poller_class.report(
        r->poller, &(struct metric_sink){.put = take, .context = &wanted, .put_rounded = NULL});
    return wanted.value;
}

static void rig_free(struct rig *r)
{
    queue_poller_class.close(r->poller);
    queue_class.audit(r->queue);
    queue_class.audit(r->dead);
    queue_poller_class.audit(r->poller);
    ck_assert_str_eq(r->simulation.failure, "");
    queue_poller_class.destroy(r->poller);
    queue_class.destroy(r->queue);
    queue_class.destroy(r->dead);
    event_queue_finish(&r->simulation.queue);
    free(r);
}

START_TEST(a_message_costs_three_requests)
{
    struct rig *const r = rig_new();
    begin(r);
    send(r, &(struct message){.bytes = 1000}, 1);
    run_until(r, 3 * S);
    ck_assert_int_eq(r->runs, 1);
    ck_assert_int_eq(r->run[0].start_ns, 0);
    ck_assert_double_eq(queue_metric(r, "messages_deleted"), 1);
    ck_assert_double_eq(queue_metric(r, "requests"), 3); /* send, receive, delete */
    send(r, &(struct message){.bytes = 65537}, 1);       /* sent and received as two chunks */
    run_until(r, 6 * S);
    ck_assert_double_eq(queue_metric(r, "requests"), 3 + 2 + 2 + 1);
    send(r, &(struct message){.bytes = 1000, .in_call = 10}, 1); /* a tenth of a call */
    run_until(r, 9 * S);
    ck_assert_double_eq_tol(queue_metric(r, "requests"), 8 + 0.1 + 2, 1e-9);
    rig_free(r);
}
END_TEST

/* Facts: 5 pollers x long polls of 20 s are 15 calls a minute; two of them, later, 6. */
START_TEST(an_idle_queue_is_polled_and_costs_no_events)
{
    struct rig *const r = rig_new();
    begin(r);
    run_until(r, NS_PER_MINUTE);
    ck_assert_double_eq_tol(queue_metric(r, "empty_receives"), 15, 1e-9);
    run_until(r, 11 * NS_PER_MINUTE);
    ck_assert_double_eq_tol(queue_metric(r, "empty_receives"), 15 + 10 * 6, 1e-9);
    ck_assert_uint_eq(r->simulation.queue.events, 0);
    rig_free(r);
}
END_TEST

START_TEST(a_poison_message_comes_back_and_is_buried)
{
    struct rig *const r = rig_new();
    r->config.max_receives = 3;
    begin(r);
    send(r, &(struct message){.poison = true}, 1);
    run_until(r, 200 * S);
    ck_assert_int_eq(r->runs, 3);
    for (int i = 0; i < 3; i++) /* at each end of the visibility timeout */
        ck_assert_int_eq(r->run[i].start_ns, i * 30 * S);
    ck_assert_double_eq(queue_metric(r, "messages_dead_lettered"), 1);
    ck_assert_uint_eq(queue_visible(r->dead), 1);
    rig_free(r);
}
END_TEST

START_TEST(partial_responses_bring_back_the_failed_ones_only)
{
    for (int partial = 0; partial < 2; partial++) {
        struct rig *const r = rig_new();
        r->config.max_receives = 2;
        r->config.delay_ns = 5 * S; /* so that they come together */
        r->mapping.report_item_failures = partial;
        begin(r);
        send(r, &(struct message){0}, 4);
        send(r, &(struct message){.poison = true}, 1);
        send(r, &(struct message){0}, 4);
        run_until(r, 100 * S);
        ck_assert_int_eq(r->run[0].request.records, 9);
        ck_assert_int_eq(r->run[1].request.records, partial ? 1 : 9);
        ck_assert_double_eq(queue_metric(r, "messages_dead_lettered"), partial ? 1 : 9);
        ck_assert_double_eq(queue_metric(r, "messages_deleted"), partial ? 8 : 0);
        rig_free(r);
    }
}
END_TEST

struct point {
    const char *metric;
    double value;
};

static void find_point(void *context, int64_t time_ns, const char *entity, const char *metric,
                       const char *statistic, const char *unit, double value)
{
    struct point *const point = context;
    (void)time_ns, (void)entity, (void)unit, (void)statistic;
    if (strcmp(metric, point->metric) == 0)
        point->value = value;
}

/* NAN: nothing. */
static double told(const struct series *told, const char *metric)
{
    struct series copy = {0};
    struct point point = {metric, NAN};
    series_add(&copy, told);
    series_end_period(&copy, 0, &(struct series_sink){find_point, &point}, NULL);
    series_finish(&copy);
    return point.value;
}

START_TEST(delayed_messages_are_in_the_series)
{
    struct rig *const r = rig_new();
    r->config.delay_ns = 60 * S;
    begin(r);
    for (int i = 0; i < 3; i++) { /* the first three become visible after a minute */
        struct series series = {0};
        send(r, &(struct message){0}, i == 0 ? 3 : i == 1 ? 4 : 0);
        run_until(r, i == 0 ? 30 * S : i == 1 ? 61 * S : 200 * S);
        queue_class.series(r->queue, &series);
        const double delayed = told(&series, "ApproximateNumberOfMessagesDelayed");
        ck_assert_msg(i == 2 ? isnan(delayed) : delayed == (i == 0 ? 3 : 4), "%g", delayed);
        series_finish(&series);
    }
    rig_free(r);
}
END_TEST

static const char *const sqs_metrics[] = {"NumberOfMessagesSent",
                                          "NumberOfMessagesReceived",
                                          "NumberOfMessagesDeleted",
                                          "NumberOfEmptyReceives",
                                          "ApproximateNumberOfMessagesVisible",
                                          "ApproximateNumberOfMessagesNotVisible",
                                          "ApproximateNumberOfMessagesDelayed",
                                          "ApproximateAgeOfOldestMessage"};

/* `values` in the order above; NAN: missing. */
static void check_told(struct queue *queue, const double values[8])
{
    struct series series = {0};
    queue_class.series(queue, &series);
    for (size_t i = 0; i < 8; i++) {
        const double value = told(&series, sqs_metrics[i]);
        ck_assert_msg(isnan(values[i]) ? isnan(value) : value == values[i], "%s: %g, not %g",
                      sqs_metrics[i], value, values[i]);
    }
    series_finish(&series);
}

START_TEST(the_series_tells_what_sqs_reports)
{
    struct rig *const r = rig_new();
    begin(r);
    run_until(r, 60 * S); /* five pollers, three empty polls of 20 s each */
    check_told(r->queue, (double[]){NAN, 0, NAN, 15, 0, NAN, NAN, NAN});
    check_told(r->dead, (double[]){NAN, NAN, NAN, NAN, 0, NAN, NAN, NAN});
    destination_send(queue_destination(r->dead), &(struct message){.duration_ns = -1});
    run_until(r, 120 * S);
    queue_class.tick(r->dead);
    check_told(r->dead, (double[]){1, NAN, NAN, NAN, 1, NAN, NAN, 60});
    r->run_ns = 25 * S; /* two messages one after the other: one is at work, one is done */
    send(r, &(struct message){0}, 1);
    run_until(r, 150 * S);
    send(r, &(struct message){0}, 1);
    run_until(r, 170 * S);
    struct series series = {0};
    queue_class.series(r->queue, &series);
    ck_assert_double_eq(told(&series, "NumberOfMessagesSent"), 2);
    ck_assert_double_eq(told(&series, "NumberOfMessagesReceived"), 2);
    ck_assert_double_eq(told(&series, "NumberOfMessagesDeleted"), 1);
    ck_assert_double_eq(told(&series, "ApproximateNumberOfMessagesNotVisible"), 1);
    series_finish(&series);
    rig_free(r);
}
END_TEST

/* It comes at 0 and 30 s and is moved at 60 s. Of a standard queue it keeps its age, of a FIFO
 * queue it does not; as a metric it has none in either. Nobody pays for the move, or counts it as
 * sent. */
START_TEST(a_dead_letter_is_as_old_as_it_was)
{
    for (int fifo = 0; fifo < 2; fifo++) {
        struct rig *const r = rig_new();
        r->config.fifo = r->dead_config.fifo = fifo;
        r->config.max_receives = 2;
        r->dead_config.retention_ns = 130 * S;
        begin(r);
        send(r, &(struct message){.poison = true, .group = 1}, 1);
        run_until(r, 120 * S);
        queue_class.tick(r->dead);
        ck_assert_uint_eq(queue_visible(r->dead), 1);
        check_told(r->dead, (double[]){NAN, NAN, NAN, NAN, 1, NAN, NAN, 60});
        for (int minute = 3; minute <= 4; minute++) {
            run_until(r, minute * 60 * S);
            queue_class.tick(r->dead);
            ck_assert_uint_eq(queue_visible(r->dead), fifo && minute == 3);
        }
        ck_assert_double_eq(dead_metric(r, "messages_sent"), 0);
        ck_assert_double_eq(dead_metric(r, "messages_moved_in"), 1);
        ck_assert_double_eq(dead_metric(r, "messages_expired"), 1);
        ck_assert_double_eq(dead_metric(r, "requests"), 0);
        queue_class.audit(r->dead);
        rig_free(r);
    }
}
END_TEST

/* A message each 30 s for two hours to two queues, whose dead letters come after 30 s and after an
 * hour: in the dead-letter queue old and young ones alternate, and each goes four hours after it
 * was sent. */
START_TEST(dead_letters_of_two_queues_expire_in_time)
{
    struct rig *const r = rig_new();
    r->config.max_receives = 1;
    r->dead_config.retention_ns = 4 * NS_PER_HOUR;
    begin(r);
    struct queue_config slow = r->config;
    slow.visibility_timeout_ns = NS_PER_HOUR;
    struct queue_poller_config mapping = r->mapping;
    mapping.visibility_timeout_ns = slow.visibility_timeout_ns;
    struct queue *const other = queue_create(&r->simulation, &slow);
    struct queue_poller *const poller =
        queue_poller_create(&r->simulation, &mapping, other, &r->target);
    queue_redrive(other, r->dead);
    for (int i = 0; i < 240; i++) {
        run_until(r, i * 30 * S);
        send(r, &(struct message){.poison = true}, 1);
        destination_send(queue_destination(other),
                         &(struct message){.poison = true, .duration_ns = -1});
    }
    for (int quarter = 16; quarter <= 24; quarter++) {
        run_until(r, quarter * NS_PER_HOUR / 4);
        queue_class.tick(r->dead);
        ck_assert_double_eq(dead_metric(r, "messages_moved_in"), 480);
        ck_assert_double_eq_tol(dead_metric(r, "messages_expired"), (quarter - 16) * 2 * 30, 4);
    }
    queue_poller_class.destroy(poller);
    queue_class.destroy(other);
    rig_free(r);
}
END_TEST

START_TEST(a_queue_is_active_for_six_hours)
{
    struct rig *const r = rig_new();
    begin(r);
    run_until(r, 6 * NS_PER_HOUR);
    check_told(r->dead, (double[]){NAN, NAN, NAN, NAN, 0, NAN, NAN, NAN});
    run_until(r, 6 * NS_PER_HOUR + NS_PER_MINUTE);
    check_told(r->dead, (double[]){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN});
    rig_free(r);
}
END_TEST

/* Tries after 1, 2, 4 and 8 s, then after 10, until the visibility timeout of 30 s: at 0, 1, 3, 7,
 * 15 and 25 s. Servers, that do not try again, get a receive of its own for each. */
START_TEST(throttled_receives_count)
{
    for (int tries = 1; tries <= 6; tries += 5) {
        struct rig *const r = rig_new();
        r->config.max_receives = 2;
        r->refuse_to = 1000;
        if (tries == 1)
            r->mapping.throttle_backoff_min_ns = 0;
        begin(r);
        send(r, &(struct message){0}, 1);
        run_until(r, 59 * S);
        ck_assert_double_eq(queue_metric(r, "messages_dead_lettered"), 0);
        ck_assert_double_eq(poller_metric(r, "records_in"), 2);
        run_until(r, 100 * S);
        ck_assert_int_eq(r->runs, 0);
        ck_assert_double_eq(poller_metric(r, "batch_throttles"), 2 * tries);
        ck_assert_double_eq(poller_metric(r, "batches"), 2);
        ck_assert_double_eq(queue_metric(r, "messages_dead_lettered"), 1);
        rig_free(r);
    }
}
END_TEST

START_TEST(a_throttled_batch_is_tried_again_by_its_poller)
{
    struct rig *const r = rig_new();
    r->config.max_receives = 1;
    r->refuse_to = 3;
    begin(r);
    send(r, &(struct message){0}, 1);
    run_until(r, 60 * S);
    ck_assert_int_eq(r->runs, 1);
    ck_assert_int_eq(r->run[0].start_ns, 7 * S);
    ck_assert_int_eq(r->run[0].request.throttled_ns, 7 * S);
    ck_assert_int_eq(r->run[0].request.retried_ns, 0);
    ck_assert_int_eq(r->run[0].request.refused_ns, 0);
    ck_assert_double_eq(queue_metric(r, "messages_deleted"), 1);
    ck_assert_double_eq(queue_metric(r, "messages_received"), 1);
    rig_free(r);
    struct rig *const late = rig_new(); /* the fifth try is at 25 s, and the run ends at 35 s */
    late->run_ns = 10 * S;
    late->refuse_to = 5;
    begin(late);
    send(late, &(struct message){0}, 1);
    run_until(late, 100 * S);
    ck_assert_int_eq(late->runs, 2);
    ck_assert_int_eq(late->run[0].start_ns, 25 * S);
    ck_assert_int_eq(late->run[1].start_ns, 30 * S); /* visible again: delivered twice */
    ck_assert_double_eq(poller_metric(late, "records_duplicated"), 1);
    rig_free(late);
}
END_TEST

/* Messages of 0 and 9 s in a window that ends at 10 s; tries at 10, 11, 13 and 17 s. The first one
 * is back at 15 s; the only poller is free at 18 s, and gathers it. */
START_TEST(what_comes_back_leaves_its_throttled_batch)
{
    struct rig *const r = rig_new();
    r->config.visibility_timeout_ns = 15 * S;
    r->mapping.batching_window_ns = 10 * S;
    r->refuse_to = 3;
    r->mapping.pollers_initial = r->mapping.pollers_idle = 1;
    begin(r);
    send(r, &(struct message){0}, 1);
    run_until(r, 9 * S);
    send(r, &(struct message){0}, 1);
    run_until(r, 60 * S);
    ck_assert_int_eq(r->runs, 2);
    ck_assert_int_eq(r->run[0].start_ns, 17 * S);
    ck_assert_int_eq(r->run[0].request.records, 1);
    ck_assert_int_eq(r->run[1].start_ns, 28 * S);
    ck_assert_int_eq(r->run[1].request.records, 1);
    ck_assert_double_eq(poller_metric(r, "records_duplicated"), 0);
    ck_assert_double_eq(queue_metric(r, "messages_deleted"), 2);
    rig_free(r);
}
END_TEST

/* Two runs of a second at a time, whatever waits: the pollers come down to them, nothing is
 * received in vain, and when there is room again they grow. */
START_TEST(pollers_back_off_from_throttles)
{
    struct rig *const r = rig_new();
    r->mapping.batch_size = 1;
    r->capacity = 2;
    begin(r);
    send(r, &(struct message){0}, 3000);
    run_until(r, 300 * S);
    ck_assert_double_eq(poller_metric(r, "records_returned"), 0);
    ck_assert_double_ge(queue_metric(r, "messages_deleted"), 570); /* nearly all of 600 */
    ck_assert_double_lt(poller_metric(r, "pollers.mean"), 3);
    ck_assert_double_lt(poller_metric(r, "batch_throttles"), 50);
    r->capacity = 0;
    run_until(r, 420 * S); /* a minute's pause, then 5 more each second */
    ck_assert_double_ge(poller_metric(r, "pollers.max"), 50);
    ck_assert_double_eq(queue_metric(r, "messages_deleted"), 3000);
    rig_free(r);
    struct rig *const old =
        rig_new(); /* before 2023 five pollers were the least: three wait in vain */
    old->mapping.pollers_idle = 5;
    old->run_ns = NS_PER_S * 97 / 100; /* never ends when somebody tries again */
    old->mapping.batch_size = 1;
    old->capacity = 2;
    begin(old);
    send(old, &(struct message){0}, 3000);
    run_until(old, 300 * S);
    ck_assert_double_ge(poller_metric(old, "records_returned"), 20);
    ck_assert_double_le(poller_metric(old, "records_returned"), 30); /* three each 30 s */
    rig_free(old);
}
END_TEST

/* When every run fails, two pollers are left soon; when one in a hundred does, they grow as ever.
 */
START_TEST(pollers_back_off_from_errors)
{
    for (int all = 0; all < 2; all++) {
        struct rig *const r = rig_new();
        r->config.visibility_timeout_ns = NS_PER_HOUR;
        r->mapping.batch_size = 1;
        begin(r);
        for (int i = 0; i < 4000; i++)
            send(r, &(struct message){.poison = all || i % 100 == 7}, 1);
        run_until(r, 20 * S);
        if (all) {
            ck_assert_int_le(r->runs, 90);
            ck_assert_int_eq(r->running, 2);
        } else {
            ck_assert_double_ge(poller_metric(r, "pollers.max"), 100);
        }
        rig_free(r);
    }
}
END_TEST

/* 300 a minute are one each 200 ms. */
START_TEST(pollers_grow_while_messages_wait)
{
    for (int limited = 0; limited < 2; limited++) {
        struct rig *const r = rig_new();
        r->run_ns = 1000 * S;
        r->config.visibility_timeout_ns = 2000 * S;
        r->mapping.batch_size = 1;
        r->mapping.maximum_concurrency = limited ? 7 : 0;
        begin(r);
        send(r, &(struct message){0}, 1000);
        ck_assert_int_eq(r->runs, 5);
        run_until(r, 10 * S);
        ck_assert_int_eq(r->runs, limited ? 7 : 5 + 50);
        run_until(r, 60 * S);
        ck_assert_int_eq(r->runs, limited ? 7 : 5 + 300);
        rig_free(r);
    }
}
END_TEST

START_TEST(a_group_never_runs_twice_at_a_time_and_in_order)
{
    struct rig *const r = rig_new();
    r->config.fifo = true;
    r->mapping.batch_size = 2;
    begin(r);
    for (int i = 0; i < 12; i++)
        send(r, &(struct message){.group = 1 + (uint64_t)i % 3, .bytes = i, .poison = i == 4}, 1);
    ck_assert_int_eq(r->runs, 3); /* one message of each group */
    run_until(r, 29 * S);
    ck_assert_int_eq(r->most, 3);
    /* Group 2 (messages 1, 4, 7, 10) is blocked behind the poison one, whose batch it shares. */
    ck_assert_double_eq(queue_metric(r, "messages_deleted"), 9);
    run_until(r, 40 * S);
    ck_assert_int_gt(r->runs, 8);
    ck_assert_int_eq(r->run[r->runs - 1].start_ns,
                     31 * S); /* received at 1 s, visible 30 s later */
    ck_assert_int_eq(r->run[r->runs - 1].request.records, 2);
    ck_assert(r->run[r->runs - 1].request.fails); /* the same first: it stays in its place */
    rig_free(r);
}
END_TEST

START_TEST(a_window_gathers_and_the_initial_pollers_share)
{
    struct rig *const r = rig_new();
    r->mapping.batch_size = 100;
    r->mapping.batching_window_ns = 10 * S;
    begin(r);
    for (int i = 0; i < 10; i++) {
        send(r, &(struct message){0}, 1);
        run_until(r, (i + 1) * S);
    }
    ck_assert_int_eq(r->runs, 1); /* the first window has just ended */
    run_until(r, 20 * S);
    ck_assert_int_eq(r->runs, 5);
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(r->run[i].request.records, 2);
        ck_assert_int_eq(r->run[i].start_ns, (10 + i) * S);
    }
    rig_free(r);
}
END_TEST

START_TEST(a_batch_that_outlives_its_visibility_is_delivered_twice)
{
    struct rig *const r = rig_new();
    r->mapping.batching_window_ns = 20 * S;
    r->run_ns = 15 * S;
    begin(r);
    send(r, &(struct message){0}, 1);
    run_until(r, 34 * S); /* gathered until 20 s, visible again at 30 s while it runs */
    ck_assert_double_eq(queue_metric(r, "messages_redelivered"), 1);
    run_until(r, 36 * S);
    ck_assert_double_eq(poller_metric(r, "records_duplicated"), 1);
    ck_assert_double_eq(queue_metric(r, "messages_deleted"), 0);
    rig_free(r);
}
END_TEST

/* 122 messages of 50 KB fit into 6 MB: the first one as it comes, then ten each 10 ms, then one.
 * What is left waits for the window. */
START_TEST(a_batch_is_closed_when_the_next_message_does_not_fit)
{
    struct rig *const r = rig_new();
    r->mapping.batch_size = 10000;
    r->mapping.batching_window_ns = 10 * S;
    r->mapping.maximum_concurrency = 1;
    begin(r);
    send(r, &(struct message){.bytes = 50 * 1024}, 200);
    run_until(r, 30 * S);
    ck_assert_int_eq(r->runs, 2);
    ck_assert_int_eq(r->run[0].start_ns, 130 * NS_PER_MS);
    ck_assert_int_eq(r->run[0].request.records, 122);
    ck_assert_int_eq(r->run[1].start_ns, 1130 * NS_PER_MS + 10 * S);
    ck_assert_int_eq(r->run[1].request.records, 78);
    rig_free(r);
}
END_TEST

/* Each gathers 1,000 a second: 20,000 need 20, which are there after 3 s; what was left until then
 * takes 15 more. For 2,000 five are enough. */
START_TEST(pollers_grow_while_what_comes_is_more_than_they_gather)
{
    for (int many = 0; many < 2; many++) {
        struct rig *const r = rig_new();
        r->mapping.batch_size = 10000;
        r->mapping.batching_window_ns = 2 * S;
        r->run_ns = 10 * NS_PER_MS;
        begin(r);
        for (int i = 0; i < 6000; i++) {
            run_until(r, i * 10 * NS_PER_MS);
            send(r, &(struct message){0}, many ? 200 : 20);
        }
        ck_assert_double_ge(poller_metric(r, "pollers.max"), many ? 20 : 5);
        ck_assert_double_le(poller_metric(r, "pollers.max"), many ? 40 : 5);
        ck_assert_uint_le(queue_visible(r->queue), 1000);
        rig_free(r);
    }
}
END_TEST

START_TEST(grown_gatherers_go_when_nothing_needs_them)
{
    struct rig *const r = rig_new();
    r->mapping.batch_size = 10000;
    r->mapping.batching_window_ns = 10 * S;
    begin(r);
    send(r, &(struct message){0}, 100000);
    run_until(r, 5 * NS_PER_MINUTE);
    ck_assert_double_gt(poller_metric(r, "pollers.max"), 20);
    const int before = r->runs;
    for (int i = 0; i < 20; i++) {
        send(r, &(struct message){0}, 1);
        run_until(r, 5 * NS_PER_MINUTE + (i + 1) * S / 2);
    }
    run_until(r, 6 * NS_PER_MINUTE);
    ck_assert_int_eq(r->runs, before + 5); /* the twenty are shared by five again */
    rig_free(r);
}
END_TEST

/* Two may run, for 15 s, and as many gather besides, for 10 s: those of 0 and 1 s run at 10 and 11
 * s, that of 10 s when the first has ended. Nothing is received while two run. */
START_TEST(a_limit_of_concurrency_is_one_of_runs)
{
    struct rig *const r = rig_new();
    r->config.visibility_timeout_ns = 60 * S;
    r->mapping.batch_size = 100;
    r->mapping.batching_window_ns = 10 * S;
    r->mapping.maximum_concurrency = 2;
    r->run_ns = 15 * S;
    begin(r);
    for (int i = 0; i < 60; i++) {
        run_until(r, i * S + S / 2);
        send(r, &(struct message){0}, 1);
        ck_assert_int_le(r->running, 2);
    }
    ck_assert_int_eq(r->run[0].start_ns, 10 * S + S / 2);
    ck_assert_int_eq(r->run[1].start_ns, 11 * S + S / 2);
    ck_assert_int_eq(r->run[2].start_ns, 25 * S + S / 2);
    ck_assert_int_eq(r->run[2].request.records, 1); /* nothing joined it from 11.5 s on */
    run_until(r, 600 * S);
    ck_assert_int_eq(r->most, 2);
    ck_assert_double_eq(poller_metric(r, "records_processed"), 60);
    ck_assert_double_eq(poller_metric(r, "records_duplicated"), 0);
    rig_free(r);
}
END_TEST

/* Received at 10.8 s, ready at 20.8 s, it runs from 50.5 s on, and is visible again at 62.8 s. */
START_TEST(a_batch_that_waits_for_its_run_may_be_delivered_twice)
{
    static const int64_t sent_ns[] = {S / 2, 3 * S / 2, 54 * S / 5};
    struct rig *const r = rig_new();
    r->config.visibility_timeout_ns = 52 * S;
    r->mapping.batch_size = 100;
    r->mapping.batching_window_ns = 10 * S;
    r->mapping.maximum_concurrency = 2;
    r->run_ns = 40 * S;
    begin(r);
    for (int i = 0; i < 3; i++) {
        run_until(r, sent_ns[i]);
        send(r, &(struct message){0}, 1);
    }
    run_until(r, 50 * S);
    ck_assert_int_eq(r->runs, 2);
    run_until(r, 200 * S);
    ck_assert_int_eq(r->runs, 4);
    ck_assert_int_eq(r->run[2].start_ns, 50 * S + S / 2);
    ck_assert_int_eq(r->run[3].start_ns, 72 * S + 4 * S / 5);
    ck_assert_double_eq(poller_metric(r, "records_duplicated"), 1);
    ck_assert_double_eq(poller_metric(r, "records_processed"), 3);
    ck_assert_double_eq(queue_metric(r, "messages_deleted"), 3);
    rig_free(r);
}
END_TEST

/* Good one at 0 s, poison at 3 s, run at 5 s: it is visible 30 s after its own receive. */
START_TEST(each_message_is_visible_a_timeout_after_its_own_receive)
{
    for (int partial = 0; partial < 2; partial++) {
        struct rig *const r = rig_new();
        r->config.max_receives = 2;
        r->mapping.batching_window_ns = 5 * S;
        r->mapping.maximum_concurrency = 1;
        r->mapping.report_item_failures = partial;
        begin(r);
        send(r, &(struct message){0}, 1);
        run_until(r, 3 * S);
        send(r, &(struct message){.poison = true}, 1);
        run_until(r, 60 * S);
        ck_assert_int_eq(r->runs, 2);
        ck_assert_int_eq(r->run[0].start_ns, 5 * S);
        ck_assert_int_eq(r->run[1].start_ns, (partial ? 33 + 5 : 30 + 5) * S);
        run_until(r, 63 * S - 1);
        ck_assert_double_eq(queue_metric(r, "messages_dead_lettered"), partial ? 0 : 1);
        run_until(r, 64 * S);
        ck_assert_double_eq(queue_metric(r, "messages_dead_lettered"), partial ? 1 : 2);
        rig_free(r);
    }
}
END_TEST

/* Gathered from 0 s, run from 20 s to 23.5 s: only what was received before 1.5 s comes again. */
START_TEST(only_messages_received_early_outlive_their_visibility)
{
    struct rig *const r = rig_new();
    r->config.visibility_timeout_ns = 22 * S;
    r->mapping.batch_size = 100;
    r->mapping.batching_window_ns = 20 * S;
    r->mapping.maximum_concurrency = 1;
    r->run_ns = 7 * S / 2;
    begin(r);
    for (int i = 0; i < 20; i++) {
        send(r, &(struct message){0}, 1);
        run_until(r, (i + 1) * S);
    }
    run_until(r, 24 * S);
    ck_assert_int_eq(r->run[0].request.records, 20);
    ck_assert_double_eq(poller_metric(r, "records_duplicated"), 2);
    ck_assert_double_eq(poller_metric(r, "records_processed"), 18);
    ck_assert_double_eq(queue_metric(r, "messages_redelivered"), 2);
    rig_free(r);
}
END_TEST

START_TEST(what_outlives_its_visibility_while_it_is_gathered_is_run_twice)
{
    struct rig *const r = rig_new();
    r->config.visibility_timeout_ns = 15 * S;
    r->mapping.batching_window_ns = 20 * S;
    r->mapping.maximum_concurrency = 1;
    begin(r);
    send(r, &(struct message){0}, 1);
    run_until(r, 25 * S); /* the one poller has it a second time at 15 s */
    ck_assert_int_eq(r->runs, 1);
    ck_assert_int_eq(r->run[0].request.records, 2);
    ck_assert_double_eq(poller_metric(r, "records_duplicated"), 1);
    ck_assert_double_eq(poller_metric(r, "records_processed"), 1);
    ck_assert_double_eq(queue_metric(r, "messages_deleted"), 1);
    rig_free(r);
}
END_TEST

START_TEST(no_more_than_the_limit_is_in_flight)
{
    for (int window = 0; window < 2; window++) {
        struct rig *const r = rig_new();
        r->config.in_flight_max = 23; /* not what whole receives of ten come to */
        r->mapping.batch_size = window ? 1000 : 10;
        r->mapping.batching_window_ns = window ? S : 0;
        begin(r);
        send(r, &(struct message){0}, 100);
        run_until(r, S / 2);
        ck_assert_double_eq(queue_metric(r, "messages_in_flight"), 23);
        run_until(r, 60 * S);
        ck_assert_double_eq(queue_metric(r, "messages_deleted"), 100);
        ck_assert_double_eq(queue_metric(r, "messages_in_flight"), 0);
        ck_assert_double_eq(queue_metric(r, "messages_in_flight.max"), 23);
        rig_free(r);
    }
}
END_TEST

START_TEST(what_is_too_old_is_gone)
{
    struct rig *const r = rig_new();
    r->run_ns = 1000 * S;
    r->config.visibility_timeout_ns = 2000 * S;
    r->config.retention_ns = 60 * S;
    r->mapping.batch_size = 1;
    r->mapping.maximum_concurrency = 5;
    begin(r);
    send(r, &(struct message){0}, 25);
    run_until(r, 200 * S);
    ck_assert_double_eq(queue_metric(r, "messages_expired"), 20);
    rig_free(r);
}
END_TEST

/* A million messages wait; batches of ten find each of them, in order, with its own age. */
START_TEST(a_long_queue_is_kept_coarsely_and_loses_nothing)
{
    struct rig *const r = rig_new();
    r->mapping.maximum_concurrency = 5;
    r->run_ns = 100 * S;
    r->config.visibility_timeout_ns = 200 * S;
    begin(r);
    for (int i = 0; i < 1000; i++) {
        send(r, &(struct message){.bytes = 100}, 1000);
        event_queue_run(&r->simulation.queue, (i + 1) * 10 * NS_PER_MS);
    }
    ck_assert_uint_eq(queue_visible(r->queue), 1000000 - 5 - 0 * 10);
    run_until(r, 150 * S);
    /* The second round of five: sent within the first milliseconds. */
    ck_assert_int_eq(r->runs, 10);
    ck_assert_int_eq(r->run[9].request.records, 10);
    ck_assert_int_lt(r->run[9].request.arrival_ns, 10 * NS_PER_MS);
    rig_free(r);
}
END_TEST

TEST_MAIN("unit_queue", a_message_costs_three_requests, an_idle_queue_is_polled_and_costs_no_events,
          a_poison_message_comes_back_and_is_buried,
          partial_responses_bring_back_the_failed_ones_only, throttled_receives_count,
          delayed_messages_are_in_the_series, the_series_tells_what_sqs_reports,
          a_queue_is_active_for_six_hours, a_dead_letter_is_as_old_as_it_was,
          dead_letters_of_two_queues_expire_in_time, a_throttled_batch_is_tried_again_by_its_poller,
          what_comes_back_leaves_its_throttled_batch, pollers_back_off_from_throttles,
          pollers_back_off_from_errors, pollers_grow_while_messages_wait,
          a_group_never_runs_twice_at_a_time_and_in_order,
          a_window_gathers_and_the_initial_pollers_share,
          a_batch_that_outlives_its_visibility_is_delivered_twice,
          a_batch_is_closed_when_the_next_message_does_not_fit,
          pollers_grow_while_what_comes_is_more_than_they_gather,
          grown_gatherers_go_when_nothing_needs_them,
          each_message_is_visible_a_timeout_after_its_own_receive,
          only_messages_received_early_outlive_their_visibility,
          what_outlives_its_visibility_while_it_is_gathered_is_run_twice,
          a_limit_of_concurrency_is_one_of_runs,
          a_batch_that_waits_for_its_run_may_be_delivered_twice,
          no_more_than_the_limit_is_in_flight, what_is_too_old_is_gone,
          a_long_queue_is_kept_coarsely_and_loses_nothing)
