/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Trials: designs, each with as many replications as its precision needs, all by the same random
 * numbers: replication k of one design meets the luck of replication k of any other, so that their
 * differences are surer than they are. This is what sweeps and searches compare.
 */
#ifndef STUDIES_TRIALS_H
#define STUDIES_TRIALS_H

#include "core/statistics.h"
#include "engine/executor.h"

/* What is tried. */
struct trial_request {
    const struct design *design; /* NULL: the scenario as written */
    const char *option;          /* a baseline; NULL: the Lambda design */
    unsigned fleet_size;         /* as in struct task */
    const double *first;         /* what replication 0 gave before; NULL: not run yet */
    bool may_fail;               /* as in struct task */
    double work;                 /* as in struct task; trials_check tells it */
};

/* How often. With `precision` 0: `replications` times. Else until the 95 % interval of every
 * watched figure is at most `precision` times its mean to either side (0.01: ± 1 %), beginning with
 * `replications` (at least 3), at most `most` times. */
struct trial_rule {
    unsigned replications;
    double precision;
    unsigned most;
    const size_t *figure; /* watched: enum task_figure, task_metric_at */
    size_t figures;
};

struct trial {
    unsigned replications;
    bool precise;  /* or no precision was asked for */
    double *value; /* `width` of each replication, one after another */
};

struct trials {
    const struct task_base *base;
    struct trial *trial;
    size_t count, width;
    size_t missing; /* tasks that are another shard's: these values are NAN */
};

struct trials_hooks {
    bool (*keep_on)(void *context, const struct executor_progress *progress); /* NULL: go on */
    /* All replications that were asked for so far are there. NULL: nothing to do. */
    void (*finished)(void *context, const struct trials *trials, size_t trial);
    void *context;
};

/* Reads and plans every request and runs none, so that a mistake in the last one is not found after
 * hours: the errors of the first that is wrong. Those that are right get their `work`. */
enum study_status trials_check(struct executor *executor, struct trial_request *request,
                               size_t count, const struct trials_hooks *hooks,
                               struct diagnostics *diagnostics);

/* trials_finish `ret` in every case. The watched figures of a rule that a trial never observes
 * (NAN) are not waited for. */
enum study_status trials_run(struct trials *ret, struct executor *executor,
                             const struct trial_request *request, size_t count,
                             const struct trial_rule *rule, const struct trials_hooks *hooks,
                             struct diagnostics *diagnostics);
void trials_finish(struct trials *trials);

/* Some replication of it failed, and might: it has no figures. */
bool trials_failed(const struct trials *trials, size_t trial);
/* Over the trial's replications; at least as wide as the measurement's error. Of a figure that is
 * not reported (TASK_NOT_REPORTED) the mean is that and there is no interval. */
struct estimate trials_estimate(const struct trials *trials, size_t trial, size_t figure);
/* Of trial `a` less trial `b`, over the replications that both have: a paired interval. */
struct estimate trials_difference(const struct trials *trials, size_t a, size_t b, size_t figure);

/* How a trial stands to an objective of the scenario; `metric` is its index in the task base. */
struct trial_verdict {
    struct estimate value;
    bool known; /* false: this option has no such metric */
    bool met;   /* the mean holds */
    bool sure;  /* so does the whole interval, or the whole interval misses */
};
struct trial_verdict trials_judge(const struct trials *trials, size_t trial,
                                  const struct objective_spec *objective, size_t metric);
/* Invocations run out of memory, and no objective says how many may (a function's out_of_memory):
 * such a design meets none. */
bool trials_lacks_memory(const struct trials *trials, size_t trial,
                         const struct scenario *scenario);
/* All objectives that bind the option are known and met, and it does not lack memory; `metric` from
 * task_base_want_objectives. */
bool trials_meet(const struct trials *trials, size_t trial, const char *option,
                 const struct scenario *scenario, const size_t *metric);

#endif
