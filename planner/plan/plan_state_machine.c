/* SPDX-License-Identifier: GPL-3.0-or-later */
/* State machines. */
#include "plan/plan_internal.h"

#include <stdio.h>

#define EXPRESS_MEMORY_STEP 64

static struct step_list list_of(struct plan *p, const struct step_spec *spec, size_t steps);

/* What its items or branches do: functions, or steps of their own. */
static void fill_step(struct plan *p, struct step_config *c, const struct step_spec *spec)
{
    const size_t count = spec->branches > 0 ? spec->branches : 1;
    size_t *const function = own(p, count, sizeof *function);
    struct step_list *const inner = own(p, count, sizeof *inner);
    c->function = function;
    c->inner = inner;
    c->functions = count;
    for (size_t i = 0; i < spec->branches; i++) {
        function[i] = spec->branch[i].task.index;
        inner[i] = list_of(p, spec->branch[i].step, spec->branch[i].steps);
    }
    if (spec->branches > 0)
        return;
    const bool map = c->kind == STEP_MAP;
    function[0] = map ? spec->map.task.index : spec->task.index;
    inner[0] = list_of(p, spec->map.step, spec->map.steps);
}

static struct step_config step_of(struct plan *p, const struct step_spec *spec)
{
    struct step_config c = {.kind = spec->branches > 0               ? STEP_PARALLEL
                                    : spec->task.kind != ENTITY_NONE ? STEP_TASK
                                    : scenario_step_is_map(spec)     ? STEP_MAP
                                                                     : STEP_WAIT};
    if (c.kind == STEP_WAIT)
        c.wait_ns = seconds(spec->wait_s);
    else
        fill_step(p, &c, spec);
    if (c.kind != STEP_MAP)
        return c;
    c.max_concurrency = spec->map.max_concurrency;
    distribution_copy(&c.items, &spec->map.items);
    c.has_work = spec->map.work_ms != NULL;
    if (c.has_work)
        c.work_ns = scaled_copy(spec->map.work_ms, 1e6);
    return c;
}

static struct step_list list_of(struct plan *p, const struct step_spec *spec, size_t steps)
{
    struct step_config *const step = steps > 0 ? own(p, steps, sizeof *step) : NULL;
    for (size_t i = 0; i < steps; i++)
        step[i] = step_of(p, &spec[i]);
    return (struct step_list){step, steps};
}

static struct state_machine_config machine_of(struct plan *p, const struct state_machine_spec *s)
{
    static const enum state_machine_type types[] = {
        [STATE_MACHINE_STANDARD_TYPE] = STATE_MACHINE_STANDARD,
        [STATE_MACHINE_EXPRESS_TYPE] = STATE_MACHINE_EXPRESS,
        [STATE_MACHINE_CALLER_TYPE] = STATE_MACHINE_CALLER};
    static const char *const overhead[] = {
        [STATE_MACHINE_STANDARD] = "stepfunctions.transition.standard",
        [STATE_MACHINE_EXPRESS] = "stepfunctions.transition.express",
        [STATE_MACHINE_CALLER] = "stepfunctions.transition.caller"};
    static const char *const longest[] = {
        [STATE_MACHINE_STANDARD] = "stepfunctions.standard.max_duration",
        [STATE_MACHINE_EXPRESS] = "stepfunctions.express.max_duration"};
    const enum state_machine_type type = types[s->type];
    const int64_t steps = ((int64_t)s->memory_mb + EXPRESS_MEMORY_STEP - 1) / EXPRESS_MEMORY_STEP;
    const struct step_list list = list_of(p, s->step, s->steps);
    return (struct state_machine_config){
        .name = s->name,
        .type = type,
        .step = list.step,
        .steps = list.steps,
        .retries = s->max_attempts,
        .retry_interval_ns = seconds(s->interval_s),
        .retry_max_ns = seconds(s->max_delay_s),
        .backoff_rate = s->backoff_rate,
        .transition_ns =
            seconds((s->transition_ms >= 0 ? s->transition_ms : limit(p, overhead[type])) / 1e3),
        .longest_ns = type == STATE_MACHINE_CALLER ? 0 : seconds(limit(p, longest[type])),
        .memory_mb = steps * EXPRESS_MEMORY_STEP,
        .loop =
            loops_of(&p->loops, ENTITY_STATE_MACHINE, (size_t)(s - p->scenario->state_machine))};
}

struct model_api_limit plan_start_limit(const struct scenario *scenario, const struct world *world,
                                        enum state_machine_spec_type type)
{
    if (type == STATE_MACHINE_CALLER_TYPE)
        return (struct model_api_limit){0};
    return plan_api_limit(scenario, world,
                          type == STATE_MACHINE_EXPRESS_TYPE ? "stepfunctions.start.express"
                                                             : "stepfunctions.start.standard");
}

static void limit_starts(struct plan *p)
{
    p->model.start_limit[STATE_MACHINE_STANDARD] =
        plan_start_limit(p->scenario, p->world, STATE_MACHINE_STANDARD_TYPE);
    p->model.start_limit[STATE_MACHINE_EXPRESS] =
        plan_start_limit(p->scenario, p->world, STATE_MACHINE_EXPRESS_TYPE);
}

void plan_state_machines(struct plan *p)
{
    const struct scenario *const s = p->scenario;
    limit_starts(p);
    struct state_machine_config *const machine = own(p, s->state_machines, sizeof *machine);
    for (size_t i = 0; i < s->state_machines; i++)
        machine[i] = machine_of(p, &s->state_machine[i]);
    p->model.state_machine = machine;
    p->model.state_machines = s->state_machines;
}

static void finish_steps(const struct step_config *list, size_t steps)
{
    for (size_t i = 0; i < steps; i++) {
        struct step_config *const step = (struct step_config *)(uintptr_t)&list[i];
        for (size_t k = 0; k < step->functions; k++)
            finish_steps(step->inner[k].step, step->inner[k].steps);
        distribution_finish(&step->items);
        distribution_finish(&step->work_ns);
    }
}

void plan_state_machines_finish(struct plan *p)
{
    for (size_t i = 0; i < p->model.state_machines; i++)
        finish_steps(p->model.state_machine[i].step, p->model.state_machine[i].steps);
}
