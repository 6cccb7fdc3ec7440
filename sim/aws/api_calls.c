/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/api_calls.h"

#include "core/memory.h"
#include "core/slots.h"

#include <stdio.h>
#include <stdlib.h>

struct waiting {
    struct message message;
    uint32_t retries; /* that it has had */
};

struct call_counts {
    uint64_t asked, made, refused, throttled; /* throttled: each try */
};

struct api_calls {
    struct destination destination; /* first */
    struct simulation *simulation;
    struct api_calls_config config;
    struct rate_limiter *limiter;
    struct destination *to;
    struct waiting *slot;
    struct slots slots;
    uint64_t waiting_at_reset;
    struct call_counts count;
    char entity[96];
};

static uint64_t waiting(const struct api_calls *c)
{
    return slots_used(&c->slots);
}

static uint32_t take_slot(struct api_calls *c)
{
    c->slot = slots_room(&c->slots, c->slot, sizeof *c->slot);
    return slots_take(&c->slots);
}

static bool make(struct api_calls *c, const struct message *message, int64_t now_ns)
{
    const double calls = c->config.in_batches && message->in_call > 1 ? 1.0 / message->in_call : 1;
    if (!rate_limiter_take_share(c->limiter, now_ns, calls)) {
        c->count.throttled++;
        return false;
    }
    c->count.made++;
    destination_send(c->to, message);
    return true;
}

static void on_retry(void *self, int64_t now_ns, uint64_t index);

/* False: it gives up. */
static bool again_later(struct api_calls *c, uint32_t index, int64_t now_ns)
{
    const uint32_t retries = c->slot[index].retries++;
    if (retries >= c->config.retries)
        return false;
    event_schedule(&c->simulation->queue, now_ns + (c->config.retry_ns << retries), on_retry, c,
                   index);
    return true;
}

static void on_retry(void *self, int64_t now_ns, uint64_t index)
{
    struct api_calls *const c = self;
    const struct message message = c->slot[index].message; /* the call may move the slots */
    const bool made = make(c, &message, now_ns);
    if (!made && again_later(c, (uint32_t)index, now_ns))
        return;
    c->count.refused += !made;
    slots_give_back(&c->slots, (uint32_t)index);
}

static void receive(struct destination *self, const struct message *message)
{
    struct api_calls *const c = (struct api_calls *)self;
    const int64_t now_ns = simulation_now(c->simulation);
    c->count.asked++;
    if (make(c, message, now_ns))
        return;
    const uint32_t index = take_slot(c);
    c->slot[index] = (struct waiting){.message = *message};
    if (again_later(c, index, now_ns))
        return;
    c->count.refused++;
    slots_give_back(&c->slots, index);
}

struct api_calls *api_calls_create(struct simulation *simulation,
                                   const struct api_calls_config *config,
                                   struct rate_limiter *limiter, struct destination *to)
{
    struct api_calls *const c = mem_alloc(1, sizeof *c);
    c->destination.send = receive;
    c->simulation = simulation;
    c->config = *config;
    snprintf(c->entity, sizeof c->entity, "%s", config->entity);
    c->limiter = limiter;
    c->to = to;
    return c;
}

struct destination *api_calls_destination(struct api_calls *calls)
{
    return &calls->destination;
}

static void api_calls_destroy(void *self)
{
    struct api_calls *const c = self;
    free(c->slot);
    slots_finish(&c->slots);
    free(c);
}

static void api_calls_reset(void *self)
{
    struct api_calls *const c = self;
    c->count = (struct call_counts){0};
    c->waiting_at_reset = waiting(c);
}

static void api_calls_audit(const void *self)
{
    const struct api_calls *const c = self;
    const struct call_counts *const n = &c->count;
    if (c->waiting_at_reset + n->asked != n->made + n->refused + waiting(c))
        simulation_fail(c->simulation, "%s: %s do not balance", c->entity, c->config.noun);
}

static void api_calls_report(const void *self, const struct metric_sink *sink)
{
    const struct api_calls *const c = self;
    const struct {
        const char *what;
        uint64_t count;
    } all[] = {
        {"throttled", c->count.throttled}, {"refused", c->count.refused}, {"waiting", waiting(c)}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char metric[40];
        snprintf(metric, sizeof metric, "%s_%s", c->config.noun, all[i].what);
        sink->put(sink->context, c->entity, metric, "count", (double)all[i].count);
    }
}

static uint64_t api_calls_lost(const void *self)
{
    const struct api_calls *const c = self;
    return c->count.refused;
}

const struct part_class api_calls_class = {
    .destroy = api_calls_destroy,
    .reset = api_calls_reset,
    .audit = api_calls_audit,
    .report = api_calls_report,
    .lost = api_calls_lost,
};
