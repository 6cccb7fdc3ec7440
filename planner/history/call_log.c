/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/call_log.h"

#include "core/memory.h"
#include "history/count_bins.h"
#include "history/seen_requests.h"
#include "support/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FUNCTIONS_MAX 100000
#define NS_PER_S INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)
#define TIME_MOST (INT64_C(4500000000) * NS_PER_S) /* the year 2112: sums cannot overflow */
#define LENGTH_MOST (INT64_C(366) * 86400 * NS_PER_S)
#define COUNT_MOST UINT64_C(1000000000000)
#define OVER_TIMEOUT NS_PER_S

struct function {
    char *name;
    size_t first, count; /* of the calls, when they are sorted */
    struct throttle_point *throttle;
    size_t throttles, capacity;
};

struct call_log {
    struct function *function;
    size_t functions, capacity;
    size_t *slot; /* index + 1 of a function by its name's hash; a power of two of them */
    size_t slots;
    FILE *file;
    int error; /* of writing */
    bool too_many, sorted, any, relative, absolute;
    struct call last;
    struct call *call; /* the file, when finished */
    size_t calls;
    struct seen_requests *seen;
    uint64_t again, untimed, without_duration, impossible;
    int64_t first_ns, last_ns, end_ns;
    struct count_bins bins;
};

/* A file without a name. NULL with errno set. */
static FILE *open_temporary(void)
{
    const char *const given = getenv("TMPDIR");
    char *const path =
        text_format("%s/lambdaplan-XXXXXX", given != NULL && *given != '\0' ? given : "/tmp");
    const int fd = mkstemp(path);
    if (fd >= 0)
        unlink(path);
    FILE *const file = fd < 0 ? NULL : fdopen(fd, "w+b");
    free(path);
    return file;
}

struct call_log *call_log_create(void)
{
    struct call_log *const log = mem_alloc(1, sizeof *log);
    log->slots = 256;
    log->slot = mem_alloc(log->slots, sizeof *log->slot);
    log->sorted = true;
    log->seen = seen_requests_create();
    log->file = open_temporary();
    log->error = log->file == NULL ? errno : 0;
    return log;
}

void call_log_destroy(struct call_log *log)
{
    if (log == NULL)
        return;
    for (size_t i = 0; i < log->functions; i++) {
        free(log->function[i].name);
        free(log->function[i].throttle);
    }
    free(log->function);
    free(log->slot);
    seen_requests_destroy(log->seen);
    if (log->call != NULL)
        munmap(log->call, log->calls * sizeof *log->call);
    if (log->file != NULL)
        fclose(log->file);
    free(log);
}

static size_t *slot_of(const struct call_log *log, const char *name)
{
    size_t at = (size_t)seen_requests_hash(name) & (log->slots - 1);
    while (log->slot[at] != 0 && strcmp(log->function[log->slot[at] - 1].name, name) != 0)
        at = (at + 1) & (log->slots - 1);
    return &log->slot[at];
}

static void grow_slots(struct call_log *log)
{
    log->slots *= 2;
    free(log->slot);
    log->slot = mem_alloc(log->slots, sizeof *log->slot);
    for (size_t i = 0; i < log->functions; i++)
        *slot_of(log, log->function[i].name) = i + 1;
}

/* NULL: there are too many. */
static struct function *function_of(struct call_log *log, const char *name)
{
    size_t *const slot = slot_of(log, name != NULL ? name : "");
    if (*slot != 0)
        return &log->function[*slot - 1];
    if (log->functions == FUNCTIONS_MAX) {
        log->too_many = true;
        return NULL;
    }
    log->function = mem_grow(log->function, &log->capacity, log->functions, sizeof *log->function);
    log->function[log->functions] = (struct function){.name = mem_strdup(name != NULL ? name : "")};
    *slot = ++log->functions;
    if (log->functions * 2 > log->slots)
        grow_slots(log);
    return &log->function[log->functions - 1];
}

static int64_t known(int64_t value)
{
    return value > 0 ? value : 0;
}

int64_t call_busy_ns(const struct call *call)
{
    return known(call->duration_ns) + known(call->init_ns);
}

static bool possible(int64_t length_ns)
{
    return length_ns >= UNKNOWN_VALUE && length_ns <= LENGTH_MOST;
}

/* Earlier calls first; of one start, as they were read. */
static int compare(const void *left, const void *right)
{
    const struct call *const a = left, *const b = right;
    if (a->function != b->function)
        return a->function < b->function ? -1 : 1;
    if (a->start_ns != b->start_ns)
        return a->start_ns < b->start_ns ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

static int write_call(struct call_log *log, const struct call *call)
{
    const int64_t last_ns = call->start_ns + known(call->span_ns);
    const int64_t end_ns = last_ns + call_busy_ns(call);
    log->sorted = log->sorted && (log->calls == 0 || compare(&log->last, call) < 0);
    log->last = *call;
    if (!log->any || call->start_ns < log->first_ns)
        log->first_ns = call->start_ns;
    if (!log->any || last_ns > log->last_ns)
        log->last_ns = last_ns;
    if (!log->any || end_ns > log->end_ns)
        log->end_ns = end_ns;
    log->any = true;
    log->calls++;
    if (log->error == 0 && fwrite(call, sizeof *call, 1, log->file) != 1)
        log->error = errno;
    return log->error != 0 ? -1 : 0;
}

int call_log_add(void *context, const struct invocation_record *record)
{
    struct call_log *const log = context;
    const struct function *const function = function_of(log, record->function);
    if (function == NULL || log->error != 0)
        return -1;
    const bool timed = record->relative || record->time_ns != UNKNOWN_VALUE;
    if (timed && record->time_ns <= TIME_MOST)
        count_bins_add(&log->bins, record);
    if (record->count == 0)
        return 0;
    if (seen_requests_again(log->seen, record)) {
        log->again++;
        return 0;
    }
    if (timed && (record->time_ns < -TIME_MOST || record->time_ns > TIME_MOST ||
                  !possible(record->duration_ns) || !possible(record->init_ns) ||
                  !possible(record->billed_ns) || !possible(record->span_ns) ||
                  record->count > COUNT_MOST)) {
        log->impossible += record->count;
        return 0;
    }
    log->untimed += timed ? 0 : record->count;
    log->without_duration += timed && record->duration_ns < 0 ? record->count : 0;
    if (!timed || record->duration_ns < 0)
        return 0;
    log->relative = log->relative || record->relative;
    log->absolute = log->absolute || !record->relative;
    struct call call;
    memset(&call, 0, sizeof call); /* padding is written too */
    call.duration_ns = record->duration_ns;
    call.billed_ns = record->billed_ns;
    call.init_ns = record->init_ns;
    call.span_ns = record->count == 1 ? known(record->span_ns) : record->span_ns;
    call.count = record->count;
    call.order = log->calls;
    call.memory_mb = record->memory_mb;
    call.memory_is_allocated = record->memory_is_allocated;
    call.max_memory_mb = record->max_memory_mb;
    call.function = (uint32_t)(function - log->function);
    call.cold = (int8_t)(record->cold == UNKNOWN_VALUE && record->init_ns > 0 ? 1 : record->cold);
    call.status = (uint8_t)record->status;
    call.start_ns = record->time_ns - (record->at_start ? 0 : call_busy_ns(&call));
    /* A call that ran into its timeout prints what it took to end it, which is not billed. */
    if (call.billed_ns > 0 && call.duration_ns > call.billed_ns &&
        call.duration_ns - call.billed_ns < OVER_TIMEOUT)
        call.duration_ns = call.billed_ns;
    /* Durations are printed in steps of 0.01 ms: one that is billed a step more was a bit longer.
     */
    if (call.init_ns <= 0 && call.billed_ns > call.duration_ns && call.duration_ns % NS_PER_MS == 0)
        call.duration_ns++;
    return write_call(log, &call);
}

int call_log_add_point(void *context, const struct metric_point *point)
{
    struct call_log *const log = context;
    const bool sum = point->statistic == NULL || strcmp(point->statistic, "Sum") == 0;
    if (point->metric == NULL || strcmp(point->metric, "Throttles") != 0 || !sum ||
        !(point->value >= 0))
        return 0;
    struct function *const f = function_of(log, point->entity);
    if (f == NULL)
        return -1;
    f->throttle = mem_grow(f->throttle, &f->capacity, f->throttles, sizeof *f->throttle);
    f->throttle[f->throttles++] = (struct throttle_point){point->time_ns, point->value};
    return 0;
}

static void tell_what_is_left_out(const struct call_log *log, struct diagnostics *diagnostics)
{
    const struct {
        uint64_t count;
        const char *why;
    } what[] = {{log->untimed, "do not say when they were"},
                {log->without_duration, "do not say how long they took"},
                {log->impossible, "have a time, duration or count that is impossible"}};
    for (size_t i = 0; i < sizeof what / sizeof *what; i++)
        if (what[i].count > 0)
            diagnostics_warning(diagnostics, NULL, 0, "%" PRIu64 " calls %s: they are left out",
                                what[i].count, what[i].why);
}

/* The calls of a function stand together: where they begin. */
static void index_functions(struct call_log *log)
{
    for (size_t i = 0; i < log->calls; i++) {
        struct function *const f = &log->function[log->call[i].function];
        if (f->count++ == 0)
            f->first = i;
    }
}

/* Where one function has calls and one has throttles, and one of both names none, they are one. */
static void find_owner_of_throttles(struct call_log *log, struct diagnostics *diagnostics)
{
    struct function *owner = NULL, *throttled = NULL;
    size_t owners = 0, throttles = 0;
    bool nameless = false;
    for (size_t i = 0; i < log->functions; i++) {
        struct function *const f = &log->function[i];
        owner = f->count > 0 ? f : owner;
        throttled = f->throttles > 0 ? f : throttled;
        owners += f->count > 0;
        throttles += f->throttles > 0;
        nameless = nameless || (f->throttles > 0 && f->count == 0 && *f->name == '\0');
    }
    if (owners == 1 && throttles == 1 && owner != throttled &&
        (*owner->name == '\0' || *throttled->name == '\0')) {
        owner->throttle = throttled->throttle;
        owner->throttles = throttled->throttles;
        throttled->throttle = NULL;
        throttled->throttles = 0;
    } else if (nameless) {
        diagnostics_warning(diagnostics, NULL, 0,
                            "Throttles that name no function are left out: they could be of any "
                            "of %zu",
                            owners);
    }
}

static int map_calls(struct call_log *log, struct diagnostics *diagnostics)
{
    if (log->error == 0 && fflush(log->file) != 0)
        log->error = errno;
    if (log->error == 0) {
        void *const at = mmap(NULL, log->calls * sizeof *log->call, PROT_READ | PROT_WRITE,
                              MAP_SHARED, fileno(log->file), 0);
        if (at == MAP_FAILED)
            log->error = errno;
        else
            log->call = at;
    }
    if (log->error == 0)
        return 0;
    diagnostics_error(diagnostics, NULL, 0,
                      "the temporary file of the calls cannot be written: %s; TMPDIR names another "
                      "folder than /tmp",
                      strerror(log->error));
    return -1;
}

/* Counts are spread over their bins, now that it is known how long these are. */
static void spread_counts(struct call_log *log)
{
    if (!log->bins.any)
        return;
    for (size_t i = 0; i < log->calls; i++) {
        struct call *const call = &log->call[i];
        if (call->span_ns != UNKNOWN_VALUE)
            continue;
        call->span_ns = log->bins.length_ns;
        const int64_t end_ns = call->start_ns + call->span_ns + call_busy_ns(call);
        log->end_ns = end_ns > log->end_ns ? end_ns : log->end_ns;
    }
    const int64_t last_ns = count_bins_end(&log->bins);
    log->first_ns = log->bins.from_ns < log->first_ns ? log->bins.from_ns : log->first_ns;
    log->last_ns = last_ns > log->last_ns ? last_ns : log->last_ns;
    log->end_ns = last_ns > log->end_ns ? last_ns : log->end_ns;
}

int call_log_finish(struct call_log *log, struct diagnostics *diagnostics)
{
    tell_what_is_left_out(log, diagnostics);
    seen_requests_tell(log->again, diagnostics);
    if (log->too_many)
        diagnostics_error(diagnostics, NULL, 0,
                          "more than %d functions: is the column of functions the right one?",
                          FUNCTIONS_MAX);
    else if (log->relative && log->absolute)
        diagnostics_error(diagnostics, NULL, 0,
                          "some times count from 1970 and some from the trace's beginning");
    else if (log->calls == 0 && log->error == 0)
        diagnostics_error(diagnostics, NULL, 0,
                          "there is no call that says when it was and how long it took: that takes "
                          "logs, or a CSV file with --map start_s=COLUMN,duration_ms=COLUMN");
    else if (map_calls(log, diagnostics) == 0) {
        if (!log->sorted)
            qsort(log->call, log->calls, sizeof *log->call, compare);
        spread_counts(log);
        index_functions(log);
        find_owner_of_throttles(log, diagnostics);
        return 0;
    }
    return -1;
}

size_t call_log_functions(const struct call_log *log)
{
    return log->functions;
}

const char *call_log_name(const struct call_log *log, size_t function)
{
    return log->function[function].name;
}

const struct call *call_log_calls(const struct call_log *log, size_t function, size_t *ret_count)
{
    *ret_count = log->function[function].count;
    return log->call + log->function[function].first;
}

const struct throttle_point *call_log_throttles(const struct call_log *log, size_t function,
                                                size_t *ret_count)
{
    *ret_count = log->function[function].throttles;
    return log->function[function].throttle;
}

bool call_log_relative(const struct call_log *log)
{
    return log->relative;
}

int64_t call_log_first_ns(const struct call_log *log)
{
    return log->first_ns;
}

int64_t call_log_last_ns(const struct call_log *log)
{
    return log->last_ns;
}

int64_t call_log_end_ns(const struct call_log *log)
{
    return log->end_ns;
}
