/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/fit.h"

#include "core/memory.h"
#include "history/count_bins.h"
#include "history/seen_requests.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 16384
#define UNNAMED "function"
#define NS_PER_HOUR INT64_C(3600000000000)
#define MONDAY_HOURS 72 /* 1970-01-01 was a Thursday: three days after a Monday */

/* What each function may keep when there are FIT_FUNCTIONS: cells of sketches, as powers of two,
 * and calls. It is twice as much for half as many functions, and so on. */
enum { WARM_BITS = 7, RARE_BITS = 4, GAP_BITS = 5, MOST_BITS = 13 };
#define LEAST_PENDING 16
#define LEAST_RUNNING 64
#define MOST_EASE 13 /* one function */

/* A call by its start, or the end of one that runs. */
struct item {
    int64_t key_ns, end_ns; /* of a record of several: until when they came */
    uint64_t count : 60;
    uint64_t cold : 2;     /* UNKNOWN_COLD: the record does not say */
    uint64_t followed : 1; /* a single call whose end is known */
    uint64_t binned : 1;   /* of a bin that does not tell how long it is */
};
#define UNKNOWN_COLD 2

struct heap {
    struct item *item;
    size_t count, capacity;
};

struct fit_calls {
    struct heap waiting, running;
    bool any, any_ended;
    int64_t last_start_ns, last_end_ns;
};

struct fit {
    struct fit_function **function;
    size_t functions, capacity;
    size_t sets;        /* of sketches: sizes of all functions */
    size_t slot[SLOTS]; /* index plus 1 of a chain's first */
    unsigned ease;      /* FIT_FUNCTIONS >> ease sets are not more than there are */
    uint64_t records, untimed, again;
    struct seen_requests *seen;
    bool any, relative, absolute, too_many;
    int64_t first_ns, last_ns, end_ns; /* last: the latest start */
    struct count_bins bins;
};

static void heap_push(struct heap *heap, const struct item *item)
{
    if (heap->count == heap->capacity)
        heap->item = mem_grow(heap->item, &heap->capacity, heap->count, sizeof *heap->item);
    size_t at = heap->count++;
    for (; at > 0 && heap->item[(at - 1) / 2].key_ns > item->key_ns; at = (at - 1) / 2)
        heap->item[at] = heap->item[(at - 1) / 2];
    heap->item[at] = *item;
}

static struct item heap_pop(struct heap *heap)
{
    const struct item top = heap->item[0], last = heap->item[--heap->count];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= heap->count)
            break;
        if (child + 1 < heap->count && heap->item[child + 1].key_ns < heap->item[child].key_ns)
            child++;
        if (heap->item[child].key_ns >= last.key_ns)
            break;
        heap->item[at] = heap->item[child];
        at = child;
    }
    heap->item[at] = last;
    return top;
}

static void heap_finish(struct heap *heap)
{
    free(heap->item);
    *heap = (struct heap){0};
}

struct fit *fit_create(void)
{
    struct fit *const fit = mem_alloc(1, sizeof *fit);
    fit->ease = MOST_EASE;
    fit->seen = seen_requests_create();
    return fit;
}

static void size_finish(struct fit_size *size)
{
    fit_sketch_finish(&size->warm_ms);
    fit_sketch_finish(&size->cold_ms);
    fit_sketch_finish(&size->init_ms);
    fit_sketch_finish(&size->max_memory_mb);
}

void fit_function_forget(struct fit_function *f)
{
    for (size_t i = 0; i < f->sizes; i++)
        size_finish(&f->size[i]);
    fit_sketch_finish(&f->bytes);
    fit_sketch_finish(&f->gaps.warm);
    fit_sketch_finish(&f->gaps.cold);
}

static void function_destroy(struct fit_function *f)
{
    heap_finish(&f->order->waiting);
    heap_finish(&f->order->running);
    free(f->order);
    fit_function_forget(f);
    free(f->name);
    free(f);
}

void fit_destroy(struct fit *fit)
{
    if (fit == NULL)
        return;
    for (size_t i = 0; i < fit->functions; i++)
        function_destroy(fit->function[i]);
    free(fit->function);
    seen_requests_destroy(fit->seen);
    free(fit);
}

static unsigned bits_of(const struct fit *fit, unsigned least)
{
    return least + fit->ease < MOST_BITS ? least + fit->ease : MOST_BITS;
}

static size_t pending_of(const struct fit *fit)
{
    const size_t most = (size_t)LEAST_PENDING << fit->ease;
    return most < FIT_PENDING ? most : FIT_PENDING;
}

static void take_in_order(struct fit *fit, struct fit_function *f, const struct item *call);

static void take_waiting(struct fit *fit, struct fit_function *f, size_t left)
{
    while (f->order->waiting.count > left) {
        const struct item next = heap_pop(&f->order->waiting);
        take_in_order(fit, f, &next);
    }
}

static void heap_shrink(struct heap *heap)
{
    heap->capacity = heap->count;
    heap->item = mem_resize(heap->item, heap->capacity, sizeof *heap->item);
}

/* To what so many functions may keep. */
static void make_room(struct fit *fit)
{
    if (fit->ease == 0 || fit->sets <= FIT_FUNCTIONS >> fit->ease)
        return;
    while (fit->ease > 0 && fit->sets > FIT_FUNCTIONS >> fit->ease)
        fit->ease--;
    for (size_t i = 0; i < fit->functions; i++) {
        struct fit_function *const f = fit->function[i];
        for (size_t k = 0; k < f->sizes; k++) {
            fit_sketch_limit(&f->size[k].warm_ms, bits_of(fit, WARM_BITS));
            fit_sketch_limit(&f->size[k].cold_ms, bits_of(fit, RARE_BITS));
            fit_sketch_limit(&f->size[k].init_ms, bits_of(fit, RARE_BITS));
            fit_sketch_limit(&f->size[k].max_memory_mb, bits_of(fit, RARE_BITS));
        }
        fit_sketch_limit(&f->bytes, bits_of(fit, RARE_BITS));
        fit_sketch_limit(&f->gaps.warm, bits_of(fit, GAP_BITS));
        fit_sketch_limit(&f->gaps.cold, bits_of(fit, GAP_BITS));
        take_waiting(fit, f, pending_of(fit));
        heap_shrink(&f->order->waiting);
        heap_shrink(&f->order->running);
    }
}

/* NULL: there are too many. */
static struct fit_function *find(struct fit *fit, const char *name)
{
    size_t *const slot = &fit->slot[seen_requests_hash(name) % SLOTS];
    for (size_t i = *slot; i != 0; i = fit->function[i - 1]->next)
        if (strcmp(fit->function[i - 1]->name, name) == 0)
            return fit->function[i - 1];
    if (fit->functions == FIT_FUNCTIONS) {
        fit->too_many = true;
        return NULL;
    }
    if (fit->functions == fit->capacity)
        fit->function =
            mem_grow(fit->function, &fit->capacity, fit->functions, sizeof(struct fit_function *));
    struct fit_function *const f = mem_alloc(1, sizeof *f);
    f->name = mem_strdup(name);
    f->memory_mb = UNKNOWN_VALUE;
    f->order = mem_alloc(1, sizeof *f->order);
    f->next = *slot;
    fit->function[fit->functions++] = f;
    *slot = fit->functions;
    return f;
}

/* The one whose calls ended first. */
static struct fit_size *oldest(struct fit_function *f)
{
    struct fit_size *ret = &f->size[0];
    for (size_t i = 1; i < f->sizes; i++)
        if (f->size[i].last_ns < ret->last_ns)
            ret = &f->size[i];
    return ret;
}

/* Where a record's durations belong. A record that tells no size has that of the others. NULL:
 * there are enough sizes that are later. */
static struct fit_size *find_size(struct fit *fit, struct fit_function *f,
                                  const struct invocation_record *record)
{
    const bool told = record->memory_mb > 0 && !f->memory_is_allocated;
    const int64_t wanted = f->memory_is_allocated ? UNKNOWN_VALUE
                           : told                 ? record->memory_mb
                                                  : f->memory_mb;
    const struct fit_size empty = {.first_ns = record->time_ns, .last_ns = record->time_ns};
    struct fit_size *size = NULL;
    for (size_t i = 0; i < f->sizes && size == NULL; i++)
        if (f->size[i].memory_mb == wanted)
            size = &f->size[i];
    if (size == NULL && f->sizes == 1 && f->size[0].memory_mb == UNKNOWN_VALUE)
        size = &f->size[0]; /* the first that tells one */
    if (size == NULL && f->sizes < FIT_SIZES && (f->sizes == 0 || fit->sets < FIT_FUNCTIONS)) {
        size = &f->size[f->sizes++];
        *size = empty;
        fit->sets++;
        make_room(fit);
    }
    if (size == NULL) {
        size = oldest(f);
        if (record->time_ns < size->last_ns)
            return NULL;
        size_finish(size);
        *size = empty;
    }
    size->memory_mb = wanted;
    return size;
}

/* One call more that runs, and, where none did, the pause before it. */
static void run_call(struct fit *fit, struct fit_function *f, const struct item *call)
{
    struct fit_calls *const order = f->order;
    while (order->running.count > 0 && order->running.item[0].key_ns <= call->key_ns)
        heap_pop(&order->running);
    if (order->running.count == 0 && order->any_ended && call->cold != UNKNOWN_COLD)
        fit_sketch_add(call->cold == 1 ? &f->gaps.cold : &f->gaps.warm,
                       (double)(call->key_ns - order->last_end_ns) / 1e9, 1,
                       bits_of(fit, GAP_BITS));
    if (order->running.count < (size_t)LEAST_RUNNING << fit->ease) {
        const struct item end = {.key_ns = call->end_ns};
        heap_push(&order->running, &end);
    } else {
        f->perhaps_more = true;
    }
    if (order->running.count > f->most_at_once)
        f->most_at_once = order->running.count;
    if (!order->any_ended || call->end_ns > order->last_end_ns)
        order->last_end_ns = call->end_ns;
    order->any_ended = true;
}

/* The next call by its start: gaps, overlap, counts. */
static void take_in_order(struct fit *fit, struct fit_function *f, const struct item *call)
{
    struct fit_calls *const order = f->order;
    if (order->any && call->key_ns < order->last_start_ns) {
        f->out_of_order++;
        return;
    }
    order->any = true;
    order->last_start_ns = call->key_ns;
    fit_counts_add(&f->counts, call->key_ns,
                   call->followed ? 0
                   : call->binned ? fit->bins.length_ns
                                  : call->end_ns - call->key_ns,
                   call->count);
    if (call->followed)
        run_call(fit, f, call);
    else
        f->perhaps_more = true;
}

static int64_t known(int64_t value)
{
    return value > 0 ? value : 0;
}

/* Clocks differ: a second early is not the minute before. */
static void note_clock(struct fit_function *f, int64_t start_ns)
{
    const int64_t minute_ns = NS_PER_HOUR / 60, week = 60 * FIT_HOURS;
    const int64_t ns = start_ns + NS_PER_HOUR / 3600;
    const int64_t minutes = ns / minute_ns - (ns % minute_ns < 0) + 60 * MONDAY_HOURS;
    const int64_t minute = (minutes % week + week) % week;
    f->minutes |= UINT64_C(1) << minute % 60;
    f->hours |= UINT32_C(1) << minute / 60 % 24;
    f->days |= UINT32_C(1) << minute / (60 * 24);
}

static void note_time(struct fit *fit, struct fit_function *f,
                      const struct invocation_record *record, int cold)
{
    const bool whole = record->count == 1 && record->duration_ns >= 0 && record->span_ns <= 0;
    const int64_t length = known(record->duration_ns) + known(record->init_ns);
    const int64_t start = record->at_start ? record->time_ns : record->time_ns - length;
    const int64_t end = start + known(record->span_ns);
    const int64_t hours =
        start / NS_PER_HOUR - (start % NS_PER_HOUR < 0) + (record->relative ? 0 : MONDAY_HOURS);
    const struct item call = {.key_ns = start,
                              .end_ns = whole ? start + length : end,
                              .count = record->count,
                              .cold = cold == UNKNOWN_VALUE ? UNKNOWN_COLD : (unsigned)cold,
                              .followed = whole,
                              .binned = record->span_ns == UNKNOWN_VALUE};
    if (!fit->any || start < fit->first_ns)
        fit->first_ns = start;
    if (!fit->any || start > fit->last_ns)
        fit->last_ns = start;
    if (!fit->any || end > fit->end_ns)
        fit->end_ns = end;
    fit->any = true;
    fit->relative = fit->relative || record->relative;
    fit->absolute = fit->absolute || !record->relative;
    f->timed += record->count;
    f->hour[(hours % FIT_HOURS + FIT_HOURS) % FIT_HOURS] += record->count;
    note_clock(f, start);
    heap_push(&f->order->waiting, &call);
    take_waiting(fit, f, pending_of(fit));
}

static void note_size(const struct fit *fit, struct fit_size *size,
                      const struct invocation_record *record, int cold)
{
    const uint64_t n = record->count;
    const double ms = (double)record->duration_ns / 1e6;
    if (record->time_ns < size->first_ns)
        size->first_ns = record->time_ns;
    if (record->time_ns > size->last_ns)
        size->last_ns = record->time_ns;
    if (record->duration_ns >= 0) {
        size->calls += n;
        size->sum_ms += ms * (double)n;
        if (cold == 1) {
            fit_sketch_add(&size->cold_ms, ms, n, bits_of(fit, RARE_BITS));
        } else {
            fit_sketch_add(&size->warm_ms, ms, n, bits_of(fit, WARM_BITS));
            size->warm_sum_ms += ms * (double)n;
        }
    }
    if (record->init_ns > 0)
        fit_sketch_add(&size->init_ms, (double)record->init_ns / 1e6, n, bits_of(fit, RARE_BITS));
    if (record->max_memory_mb > 0)
        fit_sketch_add(&size->max_memory_mb, (double)record->max_memory_mb, n,
                       bits_of(fit, RARE_BITS));
}

int fit_add(void *context, const struct invocation_record *record)
{
    struct fit *const fit = context;
    if (record->relative || record->time_ns != UNKNOWN_VALUE)
        count_bins_add(&fit->bins, record);
    if (record->count == 0)
        return 0;
    if (seen_requests_again(fit->seen, record)) {
        fit->again++;
        return 0;
    }
    const bool named = record->function != NULL && record->function[0] != '\0';
    struct fit_function *const f = find(fit, named ? record->function : UNNAMED);
    if (f == NULL)
        return -1;
    const uint64_t n = record->count;
    const int cold = record->cold == UNKNOWN_VALUE && record->init_ns > 0 ? 1 : record->cold;
    const bool timeout = record->status == INVOCATION_TIMEOUT;
    const double ms = (double)record->duration_ns / 1e6;
    fit->records += n;
    f->calls += n;
    f->counted += n > 1 || record->span_ns > 0 ? n : 0;
    f->cold += cold == 1 ? n : 0;
    f->warm += cold == 0 ? n : 0;
    f->with_status += record->status != INVOCATION_UNKNOWN ? n : 0;
    f->errors += record->status == INVOCATION_ERROR ? n : 0;
    f->timeouts += timeout ? n : 0;
    f->memory_is_allocated = f->memory_is_allocated || record->memory_is_allocated;
    struct fit_size *const size = find_size(fit, f, record);
    if (size != NULL)
        note_size(fit, size, record, cold);
    if (record->duration_ns >= 0) {
        f->longest_ms = fmax(f->longest_ms, ms);
        if (timeout)
            f->longest_timeout_ms = fmax(f->longest_timeout_ms, ms);
    }
    if (record->bytes >= 0)
        fit_sketch_add(&f->bytes, (double)record->bytes, n, bits_of(fit, RARE_BITS));
    const bool timed = record->relative || record->time_ns != UNKNOWN_VALUE;
    if (record->memory_mb > 0 &&
        (f->memory_mb == UNKNOWN_VALUE || !timed || record->time_ns >= f->memory_ns)) {
        f->memory_mb = record->memory_mb;
        f->memory_ns = record->time_ns;
    }
    if (timed)
        note_time(fit, f, record, cold);
    else
        fit->untimed += n;
    return 0;
}

uint64_t fit_count(const struct fit *fit)
{
    return fit->records;
}

/* The latest size, if it has durations enough, else the one that has the most. */
static struct fit_size *measured_size(struct fit_function *f)
{
    struct fit_size *latest = &f->size[0], *most = &f->size[0];
    for (size_t i = 1; i < f->sizes; i++) {
        if (f->size[i].memory_mb == f->memory_mb)
            latest = &f->size[i];
        if (f->size[i].calls > most->calls)
            most = &f->size[i];
    }
    return latest->calls < FIT_SIZE_LEAST ? most : latest;
}

/* The recording goes from its first bin to the end of its last, with calls in them or none. */
static void note_bins(struct fit *fit)
{
    if (!fit->any || !fit->bins.any)
        return;
    const int64_t end_ns = count_bins_end(&fit->bins);
    if (fit->bins.from_ns < fit->first_ns)
        fit->first_ns = fit->bins.from_ns;
    if (fit->bins.last_ns > fit->last_ns)
        fit->last_ns = fit->bins.last_ns;
    if (end_ns > fit->end_ns)
        fit->end_ns = end_ns;
}

int fit_finish(struct fit *fit, const struct fit_options *options, struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < fit->functions; i++) {
        struct fit_function *const f = fit->function[i];
        take_waiting(fit, f, 0);
        fit_counts_end(&f->counts);
        f->measured = measured_size(f);
        heap_finish(&f->order->waiting);
        heap_finish(&f->order->running);
    }
    note_bins(fit);
    seen_requests_tell(fit->again, diagnostics);
    if (fit->too_many)
        diagnostics_error(diagnostics, NULL, 0, "more than %u functions: fit fewer at once",
                          FIT_FUNCTIONS);
    else if (fit->records == 0)
        diagnostics_error(diagnostics, NULL, 0,
                          "there is no invocation to fit: fit needs logs, or "
                          "a CSV file with --map");
    else if (!fit->any || fit->end_ns <= fit->first_ns)
        diagnostics_error(diagnostics, NULL, 0,
                          "all invocations are at one time or have none: no rate can be told; name "
                          "a column with --map start_s=COLUMN");
    else if (fit->relative && fit->absolute)
        diagnostics_error(diagnostics, NULL, 0,
                          "some times count from 1970 and some from the "
                          "trace's beginning: fit them apart");
    else if (fit->relative && !options->has_as_of)
        diagnostics_error(diagnostics, NULL, 0, "the times do not tell the date: give --as-of");
    else
        return 0;
    return -1;
}

double fit_span_s(const struct fit *fit)
{
    return (double)(fit->end_ns - fit->first_ns) / 1e9;
}

size_t fit_functions(const struct fit *fit)
{
    return fit->functions;
}

struct fit_function *fit_function(const struct fit *fit, size_t index)
{
    return fit->function[index];
}

int64_t fit_first_ns(const struct fit *fit)
{
    return fit->first_ns;
}

int64_t fit_last_ns(const struct fit *fit)
{
    return fit->last_ns;
}

int64_t fit_end_ns(const struct fit *fit)
{
    return fit->end_ns;
}

bool fit_relative(const struct fit *fit)
{
    return fit->relative;
}
