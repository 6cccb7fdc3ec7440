/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Downstreams, and the functions' calls to them. */
#include "plan/plan_internal.h"

static struct downstream_config downstream_of(struct plan *p, const struct downstream_spec *spec)
{
    static const enum outage_mode modes[] = {[OUTAGE_FAILS] = OUTAGE_ERROR,
                                             [OUTAGE_IS_SLOW] = OUTAGE_SLOW,
                                             [OUTAGE_HANGS] = OUTAGE_HANG};
    struct downstream_outage *const outage = own(p, spec->outages, sizeof *outage);
    for (size_t i = 0; i < spec->outages; i++)
        outage[i] = (struct downstream_outage){.from_ns = seconds(spec->outage[i].from_s),
                                               .until_ns = seconds(spec->outage[i].until_s),
                                               .mode = modes[spec->outage[i].mode],
                                               .factor = spec->outage[i].factor,
                                               .share = spec->outage[i].share};
    return (struct downstream_config){.name = spec->name,
                                      .max_concurrency = spec->max_concurrency,
                                      .queue_capacity = (uint64_t)spec->queue_capacity,
                                      .latency_ns = scaled_copy(&spec->latency_ms, 1e6),
                                      .slowdown = spec->slowdown,
                                      .max_connections = (int64_t)spec->max_connections,
                                      .outage = outage,
                                      .outages = spec->outages};
}

void plan_downstreams(struct plan *p)
{
    const struct scenario *const s = p->scenario;
    struct model_config *const m = &p->model;
    m->downstreams = s->downstreams;
    m->downstream = own(p, s->downstreams, sizeof *m->downstream);
    for (size_t i = 0; i < s->downstreams; i++)
        m->downstream[i] = downstream_of(p, &s->downstream[i]);
    for (size_t i = 0; i < s->functions; i++) {
        const struct function_spec *const f = &s->function[i];
        struct call_config *const call = own(p, f->calls, sizeof *call);
        for (size_t k = 0; k < f->calls; k++)
            call[k] = (struct call_config){.downstream = f->call[k].to.index,
                                           .count = f->call[k].count,
                                           .per_record = f->call[k].per_record,
                                           .share = f->call[k].share,
                                           .timeout_ns = f->call[k].timeout_ms < 0
                                                             ? TIME_NEVER
                                                             : seconds(f->call[k].timeout_ms / 1e3),
                                           .connections = f->call[k].connections};
        m->function[i].call = call;
        m->function[i].calls = f->calls;
    }
}
