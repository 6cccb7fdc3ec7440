/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/starts.h"

#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>

struct waiting {
    struct message message;
    uint32_t retries; /* that it has had */
};

struct start_counts {
    uint64_t asked, begun, refused, throttled; /* throttled: each try */
};

struct starts {
    struct destination destination; /* first */
    struct simulation *simulation;
    const struct starts_config *config;
    struct rate_limiter *limiter;
    struct destination *machine;
    struct waiting *slot;
    uint32_t *free_slot;
    size_t slots, free_slots;
    uint64_t waiting_at_reset;
    struct start_counts count;
    char entity[96];
};

static uint64_t waiting(const struct starts *s)
{
    return s->slots - s->free_slots;
}

static uint32_t take_slot(struct starts *s)
{
    if (s->free_slots == 0) {
        const size_t wanted = s->slots == 0 ? 16 : s->slots * 2;
        s->slot = mem_resize(s->slot, wanted, sizeof *s->slot);
        s->free_slot = mem_resize(s->free_slot, wanted, sizeof *s->free_slot);
        for (size_t i = wanted; i-- > s->slots;)
            s->free_slot[s->free_slots++] = (uint32_t)i;
        s->slots = wanted;
    }
    return s->free_slot[--s->free_slots];
}

static bool begin(struct starts *s, const struct message *message, int64_t now_ns)
{
    if (!rate_limiter_take(s->limiter, now_ns)) {
        s->count.throttled++;
        return false;
    }
    s->count.begun++;
    destination_send(s->machine, message);
    return true;
}

static void on_retry(void *self, int64_t now_ns, uint64_t index);

/* False: it gives up. */
static bool again_later(struct starts *s, uint32_t index, int64_t now_ns)
{
    const uint32_t retries = s->slot[index].retries++;
    if (retries >= s->config->retries)
        return false;
    event_schedule(&s->simulation->queue, now_ns + (s->config->retry_ns << retries), on_retry, s,
                   index);
    return true;
}

static void on_retry(void *self, int64_t now_ns, uint64_t index)
{
    struct starts *const s = self;
    const struct message message = s->slot[index].message; /* starting may move the slots */
    const bool begun = begin(s, &message, now_ns);
    if (!begun && again_later(s, (uint32_t)index, now_ns))
        return;
    s->count.refused += !begun;
    s->free_slot[s->free_slots++] = (uint32_t)index;
}

static void receive(struct destination *self, const struct message *message)
{
    struct starts *const s = (struct starts *)self;
    const int64_t now_ns = simulation_now(s->simulation);
    s->count.asked++;
    if (begin(s, message, now_ns))
        return;
    const uint32_t index = take_slot(s);
    s->slot[index] = (struct waiting){.message = *message};
    if (again_later(s, index, now_ns))
        return;
    s->count.refused++;
    s->free_slot[s->free_slots++] = index;
}

struct starts *starts_create(struct simulation *simulation, const struct starts_config *config,
                             const char *name, struct rate_limiter *limiter,
                             struct destination *machine)
{
    struct starts *const s = mem_alloc(1, sizeof *s);
    s->destination.send = receive;
    s->simulation = simulation;
    s->config = config;
    s->limiter = limiter;
    s->machine = machine;
    snprintf(s->entity, sizeof s->entity, "state_machine:%s", name);
    return s;
}

struct destination *starts_destination(struct starts *starts)
{
    return &starts->destination;
}

static void starts_destroy(void *self)
{
    struct starts *const s = self;
    free(s->slot);
    free(s->free_slot);
    free(s);
}

static void starts_reset(void *self)
{
    struct starts *const s = self;
    s->count = (struct start_counts){0};
    s->waiting_at_reset = waiting(s);
}

static void starts_audit(const void *self)
{
    const struct starts *const s = self;
    const struct start_counts *const n = &s->count;
    if (s->waiting_at_reset + n->asked != n->begun + n->refused + waiting(s))
        simulation_fail(s->simulation, "%s: starts do not balance", s->entity);
}

static void starts_report(const void *self, const struct metric_sink *sink)
{
    const struct starts *const s = self;
#define PUT(metric, value) sink->put(sink->context, s->entity, metric, "count", (double)(value))
    PUT("starts_throttled", s->count.throttled);
    PUT("starts_refused", s->count.refused);
    PUT("starts_waiting", waiting(s));
#undef PUT
}

static uint64_t starts_lost(const void *self)
{
    const struct starts *const s = self;
    return s->count.refused;
}

const struct part_class starts_class = {
    .destroy = starts_destroy,
    .reset = starts_reset,
    .audit = starts_audit,
    .report = starts_report,
    .lost = starts_lost,
};
