/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asynchronous invocation. */
#include "studies/plan_internal.h"

struct model_reference reference_of(const struct reference *reference)
{
    static const enum model_kind kinds[ENTITY_KINDS] = {[ENTITY_FUNCTION] = MODEL_FUNCTION,
                                                        [ENTITY_QUEUE] = MODEL_QUEUE};
    return (struct model_reference){kinds[reference->kind], reference->index};
}

static struct async_config async_of(struct plan *p, const struct function_spec *f)
{
    return (struct async_config){
        .max_retry_attempts = (int)f->event_retry_attempts,
        .max_event_age_ns = seconds(f->maximum_event_age_s),
        .retry_delay_ns = {seconds(limit(p, "async.retry_delay_1", 60)),
                           seconds(limit(p, "async.retry_delay_2", 120))},
        .throttle_backoff_min_ns = seconds(limit(p, "async.throttle_backoff_min", 1)),
        .throttle_backoff_max_ns = seconds(limit(p, "async.throttle_backoff_max", 300)),
        .duplicate_probability = limit(p, "async.duplicates", 0),
        .record_bytes = (int64_t)limit(p, "async.record", 1000)};
}

void plan_events(struct plan *p)
{
    const struct scenario *const s = p->scenario;
    struct model_event *const event = own(p, s->functions, sizeof *event);
    for (size_t i = 0; i < s->functions; i++) {
        const struct function_spec *const f = &s->function[i];
        event[i] = (struct model_event){.async = async_of(p, f),
                                        .on_success = reference_of(&f->on_success),
                                        .on_failure = reference_of(&f->on_failure),
                                        .dead_letters = reference_of(&f->dead_letters)};
    }
    p->model.event = event;
}
