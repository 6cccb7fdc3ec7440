/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The limits that a scenario's traffic grows towards, and how a replication tells that one is met:
 *
 *   account concurrency     a function is throttled by it, or it is used up
 *   reserved concurrency    the same of one function's
 *   provisioned concurrency invocations spill over
 *   scaling rate            a function is throttled by it; so too the rate of synchronous requests
 *   event age               asynchronous events expire
 *   shard writes            writes are refused, or the hottest shard takes all it can in the mean
 *   shard reads             reads are refused, or readers share 2 MB/s of each shard in the mean
 *   partition writes        the same of a table's partitions; so too their streams' reads
 *   pollers                 a mapping's are busy 99 % of the time (in a run that begins with them
 *                           idle, 100 % is never reached)
 *   downstream              calls or connections are refused, or it is busy 99 % of the time
 *   front door              requests are throttled, or reach the API's rate in the mean; so too the
 *                           rate of all APIs of the account
 *   retention               records or messages expire
 *   messages in flight      as many of a queue's as may be
 *   execution time          executions of a state machine time out
 *   objectives              one is missed
 *   losses                  anything is lost
 *   free tiers, price tiers the month's quantity is beyond; reckoned of the bill
 */
#ifndef STUDIES_LIMITS_IN_SIGHT_H
#define STUDIES_LIMITS_IN_SIGHT_H

#include "engine/task.h"

struct sight {
    char *what, *entity;
    char *now;          /* how much there is, where `what` does not say; NULL */
    const char *remedy; /* what raises it; NULL: nothing needs to */
    bool price;
    /* Figures of a result. Any of `refused` above 0: met. The sum of `level` x scale (over `of`, if
     * it is not SIZE_MAX) is the load, met at `full`; no levels: no load. */
    size_t *refused, *level;
    size_t refuseds, levels;
    double scale, full;
    bool bends;   /* the load does not grow with traffic as a line would */
    bool clipped; /* the load is of what comes through mappings: their maxima cut it */
    /* A mapping's maximum_concurrency: beyond traffic at which so many of its batches run at once
     * others see no more. 0: none. */
    double most;
    size_t most_figure;
    size_t of;
    const struct objective_spec *objective; /* NULL: none */
    size_t objective_figure;
};

struct sights {
    struct sight *item;
    size_t count, capacity;
};

/* Wants the metrics, before the session starts; prices are of `world`. */
void sights_init(struct sights *ret, struct task_base *base, const struct scenario *scenario,
                 const struct world *world);
void sights_finish(struct sights *sights);

/* Of one replication's numbers. */
bool sight_reported(const struct sight *sight, const double *value); /* false: not in this model */
double sight_load(const struct sight *sight, const double *value);   /* NAN: it has none */
bool sight_met(const struct sight *sight, const double *value);
bool sight_clips(const struct sight *sight, const double *value); /* holds back others' load */

#endif
