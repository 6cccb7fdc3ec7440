/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/loop.h"

#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>

/* When a loop is taken for one that has run away: so many events that came back in a minute (a
 * thousand for one are a million after the second round), … */
#define RUNAWAY_A_MINUTE 1e6
#define RUNAWAY_A_MINUTE_SHOWN "1,000,000"
#define RUNAWAY_WAITING UINT64_C(250000) /* … so many of long chains waiting at one place, */
#define RUNAWAY_WAITING_SHOWN "250,000"
#define RUNAWAY_SENT 1e5 /* … or sent, and that is more than were worked on, … */
#define RUNAWAY_SENT_SHOWN "100,000"
#define RUNAWAY_GAIN 1.02   /* … by more than chance makes of a mean of one, … */
#define RUNAWAY_ENDLESS 5e6 /* … or so many, of which hardly one has ended. */
#define RUNAWAY_ENDLESS_SHOWN "5,000,000"
#define ENDLESS_GAIN 0.98
#define ENDLESS_FEWEST 20

struct loop {
    struct simulation *simulation;
    const struct loop_config *config;
    double worked, sent; /* since the beginning: a warm-up does not make it less of a runaway */
    double worked_at_reset, sent_at_reset, minute_came;
    uint64_t rounds, followed; /* since the warm-up */
};

struct loop *loop_create(struct simulation *simulation, const struct loop_config *config)
{
    struct loop *const l = mem_alloc(1, sizeof *l);
    l->simulation = simulation;
    l->config = config;
    return l;
}

struct loop *loop_of(const struct simulation *simulation, unsigned number)
{
    return number > 0 ? simulation->loop[number - 1] : NULL;
}

void loop_came(struct loop *loop, uint32_t hops)
{
    if (loop == NULL || hops < loop->config->functions)
        return;
    loop->minute_came++;
    if (loop->minute_came > RUNAWAY_A_MINUTE)
        simulation_run_away(loop->simulation,
                            "loop %s: more than " RUNAWAY_A_MINUTE_SHOWN " events went round it in "
                            "a minute",
                            loop->config->way);
}

void loop_worked(struct loop *loop, double events)
{
    if (loop != NULL)
        loop->worked += events;
}

void loop_sent(struct loop *loop, double events)
{
    struct loop *const l = loop;
    if (l == NULL || l->config->stopped)
        return;
    l->sent += events;
    if (l->sent > RUNAWAY_SENT && l->sent > RUNAWAY_GAIN * l->worked)
        simulation_run_away(
            l->simulation,
            "loop %s: each event that went round it sent %.3g on, more than " RUNAWAY_SENT_SHOWN
            " in all",
            l->config->way, l->sent / l->worked);
    if (l->sent > RUNAWAY_ENDLESS && l->sent > ENDLESS_GAIN * l->worked)
        simulation_run_away(l->simulation,
                            "loop %s: more than " RUNAWAY_ENDLESS_SHOWN
                            " events went round it, and "
                            "hardly any came to an end",
                            l->config->way);
}

void loop_went_round(struct loop *loop, bool again)
{
    if (loop == NULL)
        return;
    loop->rounds++;
    loop->followed += again;
}

void loop_waiting(struct loop *loop, const char *entity, uint64_t events)
{
    if (loop != NULL && events > RUNAWAY_WAITING)
        simulation_run_away(loop->simulation,
                            "loop %s: more than " RUNAWAY_WAITING_SHOWN " events that went round "
                            "it wait at %s",
                            loop->config->way, entity);
}

bool loop_is_endless(const struct loop *loop)
{
    const double worked = loop->worked - loop->worked_at_reset;
    return !loop->config->stopped && worked >= ENDLESS_FEWEST &&
           loop->sent - loop->sent_at_reset >= ENDLESS_GAIN * worked;
}

static void loop_reset(void *self)
{
    struct loop *const l = self;
    l->worked_at_reset = l->worked;
    l->sent_at_reset = l->sent;
    l->rounds = l->followed = 0;
}

static void loop_tick(void *self)
{
    struct loop *const l = self;
    l->minute_came = 0;
}

static void loop_report(const void *self, const struct metric_sink *sink)
{
    const struct loop *const l = self;
    char entity[96];
    if (l->config->stopped)
        return;
    snprintf(entity, sizeof entity, "loop:%s", l->config->name);
#define PUT(metric, value) sink->put(sink->context, entity, metric, "count", (double)(value))
    PUT("long_chain_events", l->worked - l->worked_at_reset);
    PUT("long_chain_events_sent", l->sent - l->sent_at_reset);
    PUT("rounds", l->rounds);
    PUT("rounds_followed", l->followed);
#undef PUT
}

const struct part_class loop_class = {
    .destroy = free,
    .reset = loop_reset,
    .tick = loop_tick,
    .report = loop_report,
};
