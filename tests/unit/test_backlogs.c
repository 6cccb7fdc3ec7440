/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Backlogs by what waits and came minute by minute: which count, their peaks, and when they are
 * gone; and what queues say of what came. */
#include "aws/backlogs.h"
#include "aws/queue.h"

#include "harness.h"

#include <math.h>
#include <string.h>

static struct simulation simulation;
static struct backlogs *backlogs;
static struct {
    uint64_t waiting, came;
} now;

static uint64_t waiting(const void *self)
{
    (void)self;
    return now.waiting;
}

static uint64_t came(const void *self)
{
    (void)self;
    return now.came;
}

static void begin(int64_t window_ns)
{
    memset(&simulation, 0, sizeof simulation);
    memset(&now, 0, sizeof now);
    event_queue_init(&simulation.queue);
    backlogs = backlogs_create(&simulation);
    backlogs_watch(backlogs, "esm:m", window_ns, (struct backlog_source){waiting, came, NULL});
}

static void finish(void)
{
    backlogs_class.destroy(backlogs);
    event_queue_finish(&simulation.queue);
}

/* Each minute so many come, and at its end so many wait. */
static void minutes(uint64_t each, const uint64_t *wait, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        event_queue_run(&simulation.queue, simulation_now(&simulation) + NS_PER_MINUTE);
        now.waiting = wait[i];
        now.came += each;
        backlogs_class.tick(backlogs);
    }
}
#define MINUTES(each, ...)                                                                         \
    minutes(each, (const uint64_t[]){__VA_ARGS__},                                                 \
            sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

static const char *wanted;
static double found;

static void put(void *context, const char *entity, const char *metric, const char *unit,
                double value)
{
    (void)context;
    (void)unit;
    ck_assert_str_eq(entity, "esm:m");
    if (strcmp(metric, wanted) == 0)
        found = value;
}

static bool is_open;

static void put_rounded(void *context, const char *entity, const char *name, const char *unit,
                        double value, double error)
{
    put(context, entity, name, unit, value);
    if (strcmp(name, wanted) == 0)
        is_open = isinf(error);
}

static double metric(const char *name)
{
    wanted = name;
    found = -1;
    is_open = false;
    backlogs_class.report(backlogs, &(struct metric_sink){.put = put, .put_rounded = put_rounded});
    return found;
}

/* A metric's value, and whether it is only known to be at least that. */
static void check(const char *name, double value, bool at_least)
{
    ck_assert_double_eq(metric(name), value);
    ck_assert_msg(is_open == at_least, "%s", name);
}

START_TEST(a_backlog_is_more_than_a_minute_brought)
{
    begin(0);
    MINUTES(100, 0, 100, 100, 100, 100, 100, 100, 100,
            0); /* one read a minute would leave as much */
    ck_assert_double_eq(metric("backlogs"), 0);
    ck_assert_double_eq(metric("backlog.max"), 0);
    ck_assert_double_eq(metric("backlog_stood_s"), 0);
    ck_assert_double_eq(metric("backlog_drain_s"), 0);
    ck_assert(isnan(metric("backlog_peak_at_s")));
    MINUTES(100, 101, 300, 900, 500, 0); /* from minute 10 to 14: too short */
    ck_assert_double_eq(metric("backlogs"), 0);
    MINUTES(100, 101, 300, 900, 700, 500, 300, 100); /* from 15, its peak at 17, gone at 21 */
    ck_assert_double_eq(metric("backlogs"), 1);
    ck_assert_double_eq(metric("backlogs_unfinished"), 0);
    ck_assert_double_eq(metric("backlog.max"), 900);
    ck_assert_double_eq(metric("backlog_peak_at_s"), 17 * 60);
    ck_assert_double_eq(metric("backlog_drain_s"), 4 * 60);
    ck_assert_double_eq(metric("backlog_stood_s"), 6 * 60);
    finish();
}
END_TEST

/* The largest is reported, of another the time that it stood. */
START_TEST(the_largest_is_told)
{
    begin(0);
    MINUTES(0, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0); /* nothing comes: a stuck record is a backlog */
    MINUTES(0, 5, 5, 9, 10, 7, 0);
    ck_assert_double_eq(metric("backlogs"), 2);
    ck_assert_double_eq(metric("backlog.max"), 10);
    ck_assert_double_eq(metric("backlog_peak_at_s"), 14 * 60);
    ck_assert_double_eq(metric("backlog_drain_s"), 2 * 60);
    ck_assert_double_eq(metric("backlog_stood_s"), 9 * 60);
    finish();
}
END_TEST

START_TEST(what_stands_at_the_end_is_not_gone)
{
    begin(0);
    MINUTES(10, 0, 20, 30, 40, 50, 60);
    ck_assert_double_eq(metric("backlogs"), 0); /* four minutes so far */
    ck_assert_double_eq(metric("backlogs_unfinished"), 0);
    MINUTES(10, 70, 50);
    ck_assert_double_eq(metric("backlogs"), 1);
    ck_assert_double_eq(metric("backlogs_unfinished"), 1);
    check("backlog.max", 70, false); /* it shrinks */
    check("backlog_drain_s", 60, true);
    check("backlog_stood_s", 6 * 60, true);
    MINUTES(10, 30, 15, 0);
    check("backlog_drain_s", 4 * 60, false);
    finish();
}
END_TEST

/* Its drain has not begun: it counts with its time so far, not with none. */
START_TEST(what_grows_to_the_end_has_not_begun_to_drain)
{
    begin(0);
    MINUTES(10, 0, 50, 90, 60, 40, 30, 20, 0); /* peak at 3, gone at 8 */
    check("backlog_drain_s", 5 * 60, false);
    MINUTES(10, 20, 30, 40, 50, 60, 70);
    check("backlog.max", 90, true); /* the present one may become larger */
    check("backlog_drain_s", 5 * 60, true);
    MINUTES(10, 80, 85, 90, 95);
    check("backlog.max", 95, true);
    check("backlog_drain_s", 9 * 60, true);
    check("backlog_stood_s", 9 * 60, true);
    finish();
}
END_TEST

/* Three minutes may be gathered, and the minute itself. */
START_TEST(a_batching_window_makes_no_backlog)
{
    for (int window = 0; window < 2; window++) {
        begin(window * 180 * NS_PER_S);
        MINUTES(10, 10, 20, 30, 40, 40, 40, 40, 40, 0);
        ck_assert_double_eq(metric("backlogs"), !window);
        MINUTES(10, 41, 41, 41, 41, 41, 41);
        ck_assert_double_eq(metric("backlogs"), 1 + !window);
        finish();
    }
}
END_TEST

START_TEST(the_warm_up_is_forgotten)
{
    begin(0);
    MINUTES(10, 500, 400, 300, 200, 150, 100, 90);
    backlogs_class.reset(backlogs);
    now.came = 0;
    ck_assert_double_eq(metric("backlogs"), 0);
    MINUTES(10, 80, 70, 60, 50, 40, 9);
    ck_assert_double_eq(metric("backlogs"), 1);
    ck_assert_double_eq(metric("backlog.max"), 80);
    ck_assert_double_eq(metric("backlog_stood_s"), 6 * 60);
    finish();
}
END_TEST

/* Messages come when they become visible. */
static void messages_come(bool fifo)
{
    const struct queue_config config = {.name = "q",
                                        .fifo = fifo,
                                        .delay_ns = 90 * NS_PER_S,
                                        .retention_ns = NS_PER_HOUR,
                                        .max_receives = 2,
                                        .in_flight_max = 100,
                                        .chunk_bytes = 65536};
    struct queue_batch batch = {0};
    memset(&simulation, 0, sizeof simulation);
    event_queue_init(&simulation.queue);
    struct queue *const queue = queue_create(&simulation, &config);
    struct queue *const dead = queue_create(&simulation, &config);
    queue_redrive(queue, dead);
    for (int i = 0; i < 8; i++)
        destination_send(queue_destination(queue),
                         &(struct message){.duration_ns = -1, .bytes = 100});
    event_queue_run(&simulation.queue, 89 * NS_PER_S);
    ck_assert_uint_eq(queue_came(queue), 0);
    event_queue_run(&simulation.queue, 90 * NS_PER_S);
    ck_assert_uint_eq(queue_came(queue), 8);
    ck_assert_uint_eq(queue_receive(queue, &batch, 5, 1000), 5);
    queue_undo(queue, &batch); /* as if it had not been */
    ck_assert_uint_eq(queue_came(queue), 8);
    ck_assert_uint_eq(queue_waiting(queue), 8);
    for (uint64_t receive = 1; receive <= 2; receive++) {
        ck_assert_uint_eq(queue_receive(queue, &batch, 8, 1000), 8);
        queue_return(queue, &batch, false);
        ck_assert_uint_eq(queue_came(queue), 8 + 8 * receive);
    }
    ck_assert_uint_eq(queue_came(dead), 0);
    ck_assert_uint_eq(queue_receive(queue, &batch, 8, 1000), 0); /* twice was enough */
    ck_assert_uint_eq(queue_came(dead), 8);
    queue_batch_finish(&batch);
    queue_class.destroy(queue);
    queue_class.destroy(dead);
    event_queue_finish(&simulation.queue);
}

START_TEST(messages_come_when_they_become_visible)
{
    messages_come(false);
    messages_come(true);
}
END_TEST

TEST_MAIN("backlogs", a_backlog_is_more_than_a_minute_brought, the_largest_is_told,
          what_stands_at_the_end_is_not_gone, what_grows_to_the_end_has_not_begun_to_drain,
          a_batching_window_makes_no_backlog, the_warm_up_is_forgotten,
          messages_come_when_they_become_visible)
