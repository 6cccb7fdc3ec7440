/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A queue's event source mapping: Lambda's pollers receive messages, make batches and invoke the
 * function.
 *
 * Pollers. There are `pollers_initial` at first; while messages are left waiting because all are at
 * work, their number grows by `ramp_per_minute` up to `pollers_max` (or maximum_concurrency). In a
 * minute that needed fewer it falls to what the minute needed, never below the initial number; that
 * speed is an inference. Each runs one invocation at a time, or holds a batch that was throttled.
 * Those that wait make long polls of `long_poll_ns`: how many end empty follows from how often
 * messages come, so that an idle queue costs no events.
 *
 * Batches. Without a window a poller invokes with what one look gives it, up to batch_size (10 a
 * call). With a window each gathers a batch until it is full, the next message does not fit into
 * 6 MB or the window ends. Messages go to idle pollers first, then to those that gather in turn, up
 * to ten each `receive_ns`; that is an inference. They are at work, too: their number grows while
 * more is left than their next receives take.
 *
 * maximum_concurrency limits the invocations. Without a window it so limits the pollers. With one
 * as many gather besides those that run; while as many run as may, nothing is received (as was
 * observed when it was new), and what has been gathered waits for the end of a run.
 *
 * Failures. What an invocation that fails had comes back, each message when the visibility timeout
 * since its own receive ends, and its receives count. With partial responses only poison messages
 * do, and to the function it is a success: it has caught what they throw. What is still gathered or
 * worked on then is delivered twice. A throttled batch is tried again by the poller that holds it,
 * with back-off, until its messages' visibility timeouts end; they come back then and count as
 * received. With each throttle, and when as many runs in a row have failed as
 * there are pollers, the pollers become fewer, as fast as they grow: down to what runs, and to
 * those of an idle queue; they grow again `throttle_pause_ns` after the last throttle, and after a
 * success. That Lambda does so is documented; how fast, how far, for how long, and from how many
 * errors on, are inferences.
 *
 * Source: AWS Lambda developer guide, "Using Lambda with Amazon SQS", "Configuring scaling behavior
 * for SQS event source mappings"; Lambda operator guide, "Handling errors for an SQS event source".
 */
#ifndef AWS_QUEUE_POLLER_H
#define AWS_QUEUE_POLLER_H

#include "aws/part.h"
#include "aws/queue.h"
#include "aws/simulation.h"
#include "aws/target.h"

struct queue_poller_config {
    const char *name;
    uint32_t batch_size;
    int64_t batching_window_ns;
    bool report_item_failures;
    int64_t maximum_concurrency;                         /* 0: pollers_max only */
    uint32_t pollers_initial, pollers_max, pollers_idle; /* idle: while nothing comes */
    double ramp_per_minute;
    int64_t long_poll_ns;
    int64_t receive_ns; /* a poller's pause between two receives while it gathers */
    int64_t throttle_backoff_min_ns, throttle_backoff_max_ns; /* doubles; 0: no other try */
    int64_t throttle_pause_ns;     /* from a throttle until pollers may grow again */
    int64_t payload_bytes;         /* most of a batch */
    int64_t visibility_timeout_ns; /* the queue's */
};

struct queue_poller;

extern const struct part_class queue_poller_class; /* struct queue_poller */

struct queue_poller *queue_poller_create(struct simulation *simulation,
                                         const struct queue_poller_config *config,
                                         struct queue *queue, struct target *target);

#endif
