/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The message groups of a FIFO queue, by the calls of a consumer of the test's own. */
#include "aws/queue.h"
#include "harness.h"

#include <string.h>

#define GROUPS 3000
#define EACH 5

static struct simulation simulation;

static struct queue *begin(void)
{
    static const struct queue_config config = {.name = "q",
                                               .fifo = true,
                                               .visibility_timeout_ns = 30 * NS_PER_S,
                                               .retention_ns = 4 * 24 * NS_PER_HOUR,
                                               .in_flight_max = 20000,
                                               .chunk_bytes = 65536};
    memset(&simulation, 0, sizeof simulation);
    event_queue_init(&simulation.queue);
    return queue_create(&simulation, &config);
}

static void end(struct queue *queue)
{
    queue_class.audit(queue);
    ck_assert_str_eq(simulation.failure, "");
    queue_class.destroy(queue);
    event_queue_finish(&simulation.queue);
}

/* Keys that differ in their high halves only; a message's size says which of its group it is. */
static void send(struct queue *queue, uint64_t group, int64_t number)
{
    const struct message message = {.group = group << 32, .bytes = 1 + number, .duration_ns = -1};
    destination_send(queue_destination(queue), &message);
}

/* Takes up to `most` of whichever group is next: they are the ones that it waits for. */
static void take(struct queue *queue, uint32_t most, int64_t *next, int turn)
{
    struct queue_batch batch = {0};
    const uint32_t taken = queue_receive(queue, &batch, most, 1 << 20);
    const uint64_t group = batch.group >> 32;
    ck_assert_uint_ge(taken, 1);
    ck_assert_uint_le(group, GROUPS);
    for (size_t i = 0; i < batch.parts; i++)
        ck_assert_int_eq(batch.part[i].bytes, 1 + next[group] + (int64_t)i);
    if (turn % 3 == 0) { /* come back, to the front */
        queue_return(queue, &batch, false);
    } else {
        next[group] += taken;
        queue_delete(queue, &batch);
    }
    queue_batch_finish(&batch);
}

/* With one message, with several, after some came back, and when a group begins anew. */
START_TEST(each_group_gives_its_messages_once_and_in_order)
{
    for (uint32_t most = 1; most <= 3; most++) {
        struct queue *const queue = begin();
        static int64_t next[GROUPS + 1];
        memset(next, 0, sizeof next);
        int turn = 0;
        for (int64_t k = 0; k < EACH; k++) {
            for (uint64_t group = 1; group <= GROUPS; group++)
                send(queue, group, k);
            for (int i = 0; i < GROUPS; i++)
                take(queue, most, next, ++turn);
        }
        while (queue_visible(queue) > 0)
            take(queue, most, next, ++turn);
        for (int group = 1; group <= GROUPS; group++)
            ck_assert_int_eq(next[group], EACH);
        ck_assert_uint_eq(queue_backlog(queue), 0);
        end(queue);
    }
}
END_TEST

/* Nobody else gets of a group while its messages are in flight; all others do. */
START_TEST(a_group_in_flight_is_locked)
{
    struct queue *const queue = begin();
    struct queue_batch batch = {0}, other = {0};
    for (int64_t k = 0; k < 3; k++)
        send(queue, 7, k);
    ck_assert_uint_eq(queue_receive(queue, &batch, 2, 1 << 20), 2);
    ck_assert_uint_eq(queue_receive(queue, &other, 2, 1 << 20), 0);
    send(queue, 8, 0);
    ck_assert_uint_eq(queue_receive(queue, &other, 2, 1 << 20), 1);
    ck_assert_uint_eq(other.group >> 32, 8);
    queue_return(queue, &batch, false); /* two before one that stayed */
    ck_assert_uint_eq(queue_receive(queue, &batch, 10, 1 << 20), 3);
    for (size_t i = 0; i < batch.parts; i++)
        ck_assert_int_eq(batch.part[i].bytes, 1 + (int64_t)i);
    queue_delete(queue, &batch);
    queue_delete(queue, &other);
    queue_batch_finish(&batch);
    queue_batch_finish(&other);
    end(queue);
}
END_TEST

TEST_MAIN("unit_queue_groups", each_group_gives_its_messages_once_and_in_order,
          a_group_in_flight_is_locked)
