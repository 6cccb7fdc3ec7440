/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A stream's event source mapping: reads shards, makes batches, invokes the function, and decides
 * what happens after an error.
 *
 * Polling: each shard is read once a second, and at once while the last read left something behind;
 * it is not read while every lane of it has a batch to do, nor before its own last answer is paid
 * off (a mapping alone on a shard is never refused). A read that is refused (another reader
 * used the shard's calls or bytes up) is tried again after about `read_throttle_backoff_ns`. An
 * idle shard's empty reads are skipped: the next read is the first one of the one-second grid after
 * the next arrival. They are simulated when the stream has more than five shared readers, because
 * then they cost others their reads, and come after half a period to one and a half: exact periods
 * would be in step with the shard's limit, which then refuses some readers and never others. With
 * enhanced fan-out each record is pushed `fan_out_latency_ns` after its arrival.
 *
 * Beginning: at created_ns with the oldest record that is still kept and came at starting_ns or
 * later. Those before are none of this mapping's: they are counted as skipped, and not in
 * records_in. Shards that were closed before are read first, as parents of the open ones.
 *
 * Batches: a lane (one, or parallelization_factor by key) invokes with what it has when it has
 * batch_size records or an event of 6 MB (data in base64, and an envelope for each record), when
 * the batching window ends, or at once without a window; one batch is in flight per lane, in order.
 * Windows follow one another from the end of the last invocation; that an empty one is followed by
 * another is an inference. A record that is larger alone goes to the on-failure destination, or is
 * dropped. A throttled invocation is tried again with back-off and uses no attempt.
 *
 * After an error the lane is blocked: the batch is tried again with back-off until it succeeds, its
 * records pass maximum_record_age or the retention, or attempts are used up; then it goes to the
 * on-failure destination, which gets one message about it, or is dropped. With bisection a failed
 * batch is halved instead of using an attempt. With partial responses records before the failed one
 * count as done, and the invocation is a success; with both it is bisected at the failed record.
 * Records that got too old together are told in messages of at most a batch each; that is an
 * inference.
 *
 * Source: AWS Lambda developer guide, "Process records from streams"; Kinesis developer guide,
 * "Handle large records". The shape of the back-off is not documented: doubling from backoff_min_ns
 * to backoff_max_ns is an inference.
 */
#ifndef AWS_STREAM_POLLER_H
#define AWS_STREAM_POLLER_H

#include "aws/destination.h"
#include "aws/part.h"
#include "aws/simulation.h"
#include "aws/stream.h"
#include "aws/target.h"

struct stream_poller_config {
    const char *name;
    const char *function; /* that it invokes; NULL: servers work in its place */
    int64_t created_ns;   /* it begins to read; before, it takes and pays for nothing */
    int64_t starting_ns; /* records that came before are not read: created_ns for LATEST, an earlier
                            time for AT_TIMESTAMP, 0 for TRIM_HORIZON */
    uint32_t batch_size;
    int64_t batching_window_ns;
    uint32_t parallelization_factor;
    int64_t maximum_retry_attempts; /* -1: no end */
    int64_t maximum_record_age_ns;  /* -1: no end */
    bool bisect_on_error;
    bool report_item_failures;
    bool on_failure_destination; /* inside of the system: stream_poller_connect, or outside */
    bool enhanced_fan_out;
    unsigned loop; /* number (loop.h) of that which the mapping is in */
    int64_t poll_period_ns;
    int64_t read_throttle_backoff_ns;
    int64_t backoff_min_ns, backoff_max_ns;
    int64_t payload_bytes;  /* most of a batch's event: 6 MB */
    int64_t envelope_bytes; /* what an event takes for a record beside its data … */
    bool plain_data;        /* … which are in base64, but of a table */
    int64_t fan_out_latency_ns;
    double fan_out_bytes_per_s;   /* of each shard */
    int64_t failure_record_bytes; /* of a message to the on-failure destination */
};

struct stream_poller;

extern const struct part_class stream_poller_class; /* struct stream_poller */

struct stream_poller *stream_poller_create(struct simulation *simulation,
                                           const struct stream_poller_config *config,
                                           struct stream *stream, struct target *target);
/* Before anything runs: where what is given up is reported. */
void stream_poller_connect(struct stream_poller *poller, struct destination *on_failure);

#endif
