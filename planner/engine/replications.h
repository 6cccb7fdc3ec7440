/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The replications of one option, several at a time. Each is a model of its own with its own random
 * streams and its own traces; finished ones are handed out in order, by the calling thread, so that
 * results do not depend on the number of threads.
 */
#ifndef ENGINE_REPLICATIONS_H
#define ENGINE_REPLICATIONS_H

#include "plan/plan.h"
#include "plan/world.h"
#include "scenario/scenario.h"

/* What happens outside while a study runs. */
struct study_hooks {
    /* `fraction` of this option's work; false: stop. One call at a time, but from any of the
     * threads. NULL: nothing to do. */
    bool (*keep_on)(void *context, double fraction, const char *label, uint64_t events);
    void *context;
    const struct series_sink *series; /* of the first replication; NULL: none */
    const struct model_series *watch; /* further ones of it: alarms */
    size_t watches;
    const struct request_sink *trace; /* of the first replication; NULL: none */
    unsigned jobs;                    /* replications at a time; 0: one a processor */
    double
        precision; /* of the Lambda design's cost and objectives, as in struct precision; 0: none */
    unsigned max_replications; /* for it */
};

enum study_status { STUDY_DONE, STUDY_STOPPED, STUDY_FAILED };

/* Takes what it needs of a finished model. 0, or -1 after errors. */
typedef int replication_finished(void *context, size_t replication, const struct model *model,
                                 struct diagnostics *diagnostics);

/* Replications `first` up to, but without, `end`. `baseline` and `fleet_size` as in plan_create.
 * The first replication that fails ends it all. */
enum study_status replications_run(const struct scenario *scenario, const struct world *world,
                                   const struct baseline_spec *baseline, unsigned fleet_size,
                                   size_t first, size_t end, const struct study_hooks *hooks,
                                   replication_finished *finished, void *context,
                                   struct diagnostics *diagnostics);

#endif
