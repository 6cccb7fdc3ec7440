/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Faults. Poison records are the workloads' already. */
#include "plan/plan_internal.h"

static struct fault_config fault_of(const struct fault_spec *spec)
{
    struct fault_config fault = {.at_ns = seconds(spec->at_s), .until_ns = seconds(spec->at_s)};
    switch (spec->kind) {
    case TROUBLE_ERROR_RATE:
        fault.kind = FAULT_ERROR_RATE;
        fault.value = spec->error_rate;
        fault.name = spec->function;
        fault.until_ns = seconds(spec->until_s);
        break;
    case TROUBLE_SCALING:
        fault.kind = FAULT_SCALING;
        fault.value = spec->factor;
        fault.until_ns = seconds(spec->until_s);
        break;
    case TROUBLE_DEPLOY:
        fault.kind = FAULT_DEPLOY;
        fault.name = spec->function;
        break;
    case TROUBLE_CONSUMER:
        fault.kind = FAULT_CONSUMER;
        fault.name = spec->mapping;
        fault.until_ns = seconds(spec->until_s);
        break;
    case TROUBLE_SURGE:
        fault.kind = FAULT_NONE;
        fault.until_ns = seconds(spec->until_s);
        break;
    case TROUBLE_ZONE:
        fault.kind = FAULT_ZONE;
        fault.value = spec->zones;
        fault.delay_ns = seconds(spec->replaced_after_s);
        fault.name = spec->baseline;
        break;
    case TROUBLE_POISON:
        break;
    }
    return fault;
}

void plan_faults(struct plan *p)
{
    const struct scenario *const s = p->scenario;
    struct model_config *const m = &p->model;
    m->fault = own(p, s->faults, sizeof *m->fault);
    for (size_t i = 0; i < s->faults; i++)
        if (s->fault[i].kind != TROUBLE_POISON)
            m->fault[m->faults++] = fault_of(&s->fault[i]);
}
