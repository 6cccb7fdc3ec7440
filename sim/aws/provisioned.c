/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/provisioned.h"

#include "core/event_queue.h"
#include "core/memory.h"

#include <stdlib.h>

static void push(struct provisioned *p, struct provisioned_layer layer)
{
    if (layer.count == 0)
        return;
    p->layer = mem_grow(p->layer, &p->capacity, p->layers, sizeof *p->layer);
    p->layer[p->layers++] = layer;
}

void provisioned_init(struct provisioned *provisioned, int64_t count, int64_t step_ns)
{
    *provisioned = (struct provisioned){.step_ns = step_ns, .amount = {.level = count}};
    push(provisioned, (struct provisioned_layer){.count = count, .ready = true});
}

void provisioned_finish(struct provisioned *provisioned)
{
    free(provisioned->layer);
    *provisioned = (struct provisioned){0};
}

void provisioned_reset(struct provisioned *provisioned, int64_t now_ns)
{
    time_average_reset(&provisioned->amount, now_ns);
    provisioned->measure_ns = now_ns;
    provisioned->given_back_ns = 0;
}

void provisioned_raise(struct provisioned *provisioned, int64_t now_ns, int64_t count)
{
    push(provisioned, (struct provisioned_layer){.since_ns = now_ns, .count = count});
    time_average_add(&provisioned->amount, now_ns, count);
}

int64_t provisioned_prepare(struct provisioned *provisioned, int64_t since_ns)
{
    for (size_t i = 0; i < provisioned->layers; i++) {
        struct provisioned_layer *const layer = &provisioned->layer[i];
        if (layer->ready || layer->since_ns != since_ns)
            continue;
        layer->ready = true;
        return layer->count;
    }
    return 0;
}

/* Since the warm-up, of one environment. */
static int64_t span(const struct provisioned *p, const struct provisioned_layer *layer,
                    int64_t end_ns)
{
    const int64_t from = layer->since_ns > p->measure_ns ? layer->since_ns : p->measure_ns;
    return end_ns > from ? end_ns - from : 0;
}

static int64_t billed_until(const struct provisioned *p, const struct provisioned_layer *layer,
                            int64_t end_ns)
{
    const int64_t beyond = p->step_ns > 0 ? (end_ns - layer->since_ns) % p->step_ns : 0;
    return beyond > 0 ? end_ns + p->step_ns - beyond : end_ns;
}

int64_t provisioned_lower(struct provisioned *provisioned, int64_t now_ns, int64_t count)
{
    struct provisioned *const p = provisioned;
    int64_t left = count, ready = 0;
    while (left > 0 && p->layers > 0) {
        struct provisioned_layer *const top = &p->layer[p->layers - 1];
        const int64_t part = top->count < left ? top->count : left;
        p->given_back_ns += (int128)part * span(p, top, billed_until(p, top, now_ns));
        ready += top->ready ? part : 0;
        top->count -= part;
        left -= part;
        if (top->count == 0)
            p->layers--;
    }
    time_average_add(&p->amount, now_ns, left - count);
    return ready;
}

int128 provisioned_billed_ms(const struct provisioned *provisioned, int64_t now_ns)
{
    int128 ns = provisioned->given_back_ns;
    for (size_t i = 0; i < provisioned->layers; i++)
        ns +=
            (int128)provisioned->layer[i].count * span(provisioned, &provisioned->layer[i], now_ns);
    return ns / NS_PER_MS;
}
