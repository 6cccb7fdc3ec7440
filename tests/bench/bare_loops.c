/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bare_loops.h"

#include "core/event_queue.h"
#include "core/memory.h"
#include "core/random.h"

#include <stdlib.h>
#include <time.h>

double bench_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int64_t draw_ns(struct random_stream *stream, double mean_ns)
{
    return (int64_t)(random_exponential(stream) * mean_ns);
}

struct hold {
    struct event_queue queue;
    struct random_stream stream;
    uint64_t left;
};

static void hold_event(void *self, int64_t now_ns, uint64_t arg)
{
    struct hold *const hold = self;
    if (hold->left > 0) {
        hold->left--;
        event_schedule(&hold->queue, now_ns + draw_ns(&hold->stream, 1e9), hold_event, hold, arg);
    }
}

uint64_t bare_hold(uint64_t events, unsigned pending, uint64_t seed)
{
    struct hold hold = {.left = events - pending};
    event_queue_init(&hold.queue);
    random_init(&hold.stream, seed, 0, "hold", "delay");
    for (unsigned i = 0; i < pending; i++)
        event_schedule(&hold.queue, draw_ns(&hold.stream, 1e9), hold_event, &hold, i);
    event_queue_run(&hold.queue, INT64_MAX - 1);
    const uint64_t done = hold.queue.events;
    event_queue_finish(&hold.queue);
    return done;
}

struct mm1 {
    struct event_queue queue;
    struct random_stream arrivals, services;
    double interarrival_ns, service_ns;
    int64_t *waiting; /* arrival times, a ring */
    size_t capacity;  /* a power of two */
    size_t first, count;
    bool busy;
    uint64_t started, wanted;
    int64_t wait_ns;
};

static void mm1_departure(void *self, int64_t now_ns, uint64_t arg);

static void mm1_start(struct mm1 *mm1, int64_t now_ns, int64_t arrival_ns)
{
    mm1->wait_ns += now_ns - arrival_ns;
    mm1->started++;
    event_schedule(&mm1->queue, now_ns + draw_ns(&mm1->services, mm1->service_ns), mm1_departure,
                   mm1, 0);
}

static void mm1_departure(void *self, int64_t now_ns, uint64_t arg)
{
    struct mm1 *const mm1 = self;
    (void)arg;
    mm1->busy = mm1->count > 0;
    if (mm1->busy) {
        const int64_t arrival_ns = mm1->waiting[mm1->first];
        mm1->first = (mm1->first + 1) & (mm1->capacity - 1);
        mm1->count--;
        mm1_start(mm1, now_ns, arrival_ns);
    }
}

static void mm1_enlarge(struct mm1 *mm1)
{
    int64_t *const larger = mem_alloc(2 * mm1->capacity, sizeof *larger);
    for (size_t i = 0; i < mm1->count; i++)
        larger[i] = mm1->waiting[(mm1->first + i) & (mm1->capacity - 1)];
    free(mm1->waiting);
    mm1->waiting = larger;
    mm1->first = 0;
    mm1->capacity *= 2;
}

static void mm1_arrival(void *self, int64_t now_ns, uint64_t left)
{
    struct mm1 *const mm1 = self;
    if (left > 1)
        event_schedule(&mm1->queue, now_ns + draw_ns(&mm1->arrivals, mm1->interarrival_ns),
                       mm1_arrival, mm1, left - 1);
    if (!mm1->busy) {
        mm1->busy = true;
        mm1_start(mm1, now_ns, now_ns);
        return;
    }
    if (mm1->count == mm1->capacity)
        mm1_enlarge(mm1);
    mm1->waiting[(mm1->first + mm1->count++) & (mm1->capacity - 1)] = now_ns;
}

struct bare_queue bare_mm1(uint64_t customers, double load, uint64_t seed)
{
    const double service_ns = 1e6;
    struct mm1 mm1 = {
        .interarrival_ns = service_ns / load, .service_ns = service_ns, .capacity = 64};
    event_queue_init(&mm1.queue);
    random_init(&mm1.arrivals, seed, 0, "queue", "arrivals");
    random_init(&mm1.services, seed, 0, "queue", "services");
    mm1.waiting = mem_alloc(mm1.capacity, sizeof *mm1.waiting);
    event_schedule(&mm1.queue, 0, mm1_arrival, &mm1, customers);
    event_queue_run(&mm1.queue, INT64_MAX - 1);
    const struct bare_queue ret = {
        .customers = mm1.started,
        .events = mm1.queue.events,
        .mean_wait = (double)mm1.wait_ns / service_ns / (double)mm1.started,
    };
    free(mm1.waiting);
    event_queue_finish(&mm1.queue);
    return ret;
}

#define KEEP_ALIVE_NS (600 * NS_PER_S)

struct faas {
    struct event_queue queue;
    struct random_stream arrivals, services;
    int64_t *idle; /* since when, the newest last */
    size_t idle_count, capacity;
    uint64_t cold_starts;
};

static void faas_completion(void *self, int64_t now_ns, uint64_t arg)
{
    struct faas *const faas = self;
    (void)arg;
    if (faas->idle_count == faas->capacity)
        faas->idle = mem_grow(faas->idle, &faas->capacity, faas->idle_count, sizeof *faas->idle);
    faas->idle[faas->idle_count++] = now_ns;
}

static void faas_arrival(void *self, int64_t now_ns, uint64_t left)
{
    struct faas *const faas = self;
    if (left > 1)
        event_schedule(&faas->queue, now_ns + draw_ns(&faas->arrivals, 1e9 / 0.9), faas_arrival,
                       faas, left - 1);
    double mean_ns = 1.991e9;
    if (faas->idle_count > 0 && now_ns - faas->idle[faas->idle_count - 1] <= KEEP_ALIVE_NS) {
        faas->idle_count--;
    } else {
        faas->idle_count = 0; /* the newest has expired: so have all */
        faas->cold_starts++;
        mean_ns = 2.244e9;
    }
    event_schedule(&faas->queue, now_ns + draw_ns(&faas->services, mean_ns), faas_completion, faas,
                   0);
}

struct bare_faas bare_simfaas(uint64_t invocations, uint64_t seed)
{
    struct faas faas = {0};
    event_queue_init(&faas.queue);
    random_init(&faas.arrivals, seed, 0, "function", "arrivals");
    random_init(&faas.services, seed, 0, "function", "services");
    event_schedule(&faas.queue, 0, faas_arrival, &faas, invocations);
    event_queue_run(&faas.queue, INT64_MAX - 1);
    const struct bare_faas ret = {invocations, faas.queue.events, faas.cold_starts};
    free(faas.idle);
    event_queue_finish(&faas.queue);
    return ret;
}
