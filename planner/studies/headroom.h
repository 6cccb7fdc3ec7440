/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The growth of traffic at which each limit of a scenario is met (limits_in_sight.h).
 *
 * Traffic is doubled from today's until all replications meet a limit that was not met before, or
 * up to a bound: the one that is asked for; or ten times today's, and on to 100,000 times while a
 * run has at most so many arrivals and so many invocations; ten times where today's traffic meets a
 * limit already. What was met is then bisected in the logarithm of growth to one part in a hundred:
 * where the first of the replications meets it, and where all do. Beyond its first limit a system
 * is another one (a stream that refuses records keeps them from the functions behind it), so that
 * the other limits are found by the line through their loads at the least and the greatest traffic
 * that met none; through 0 where these are close together or today's traffic meets a limit already.
 * They stand behind what was simulated, whatever the line says. Limits without a load, or whose
 * load makes no line (pollers that gather batches), are not met up to that traffic. Tiers of prices
 * are reckoned in the same way: the month's quantities are on the bill at any traffic.
 */
#ifndef STUDIES_HEADROOM_H
#define STUDIES_HEADROOM_H

#include "studies/limits_in_sight.h"
#include "studies/traffic.h"

#include <lambdaplan/headroom.h>

struct headroom_request {
    const struct scenario *scenario;
    const struct world *world;
    const struct traffic *traffic;
    const struct sights *sights;
    unsigned replications;
    double up_to;     /* growth that is simulated at most, at least 1; 0: until a limit is met */
    double run_most;  /* arrivals, invocations: of a run beyond ten times today's traffic */
    double growth;    /* a month: 0.05; 0: no dates */
    int32_t from_day; /* when growth begins */
};

struct headroom_hooks {
    /* `best`: the least growth that is known to meet a limit so far; NAN: none yet. */
    bool (*keep_on)(void *context, const struct executor_progress *progress, double best);
    void *context;
};

/* Fills `ret` (headroom_result_finish it in every case). */
enum study_status headroom_run(struct headroom_result *ret, struct executor *executor,
                               const struct headroom_request *request,
                               const struct headroom_hooks *hooks, struct diagnostics *diagnostics);

#endif
