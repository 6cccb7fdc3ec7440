/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/trace_events.h"

#include "core/memory.h"
#include "support/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct process {
    char *name;
    bool *named; /* environments that have a name in the file */
    size_t environments;
};

struct trace_events {
    struct output *output;
    struct process *process;
    size_t processes, capacity;
    uint64_t requests, left_out;
    bool begun;
};

struct trace_events *trace_events_open(const char *path, struct diagnostics *diagnostics)
{
    struct output *const output = output_open_file(path, diagnostics);
    if (output == NULL)
        return NULL;
    struct trace_events *const trace = mem_alloc(1, sizeof *trace);
    trace->output = output;
    output_text(output, "[");
    return trace;
}

/* Microseconds, to the nanosecond. */
static void put_time(struct trace_events *t, const char *key, int64_t ns)
{
    output_format(t->output, ",\"%s\":%" PRId64 ".%03d", key, ns / 1000, (int)(ns % 1000));
}

static void begin_event(struct trace_events *t, const char *phase, size_t process, const char *name)
{
    output_format(t->output, "%s\n{\"ph\":\"%s\",\"pid\":%zu,\"name\":\"%s\"", t->begun ? "," : "",
                  phase, process, name);
    t->begun = true;
}

static void put_name(struct trace_events *t, size_t process, const char *what, const char *name)
{
    begin_event(t, "M", process, what);
    output_format(t->output, ",\"args\":{\"name\":\"%s\"}", name);
}

static size_t process_of(struct trace_events *t, const char *name)
{
    for (size_t i = 0; i < t->processes; i++)
        if (strcmp(t->process[i].name, name) == 0)
            return i;
    t->process = mem_grow(t->process, &t->capacity, t->processes, sizeof *t->process);
    t->process[t->processes] = (struct process){.name = mem_strdup(name)};
    put_name(t, t->processes, "process_name", name);
    output_text(t->output, "}");
    return t->processes++;
}

static void name_environment(struct trace_events *t, size_t process,
                             const struct trace_events_request *r)
{
    struct process *const p = &t->process[process];
    if (r->environment >= p->environments) {
        const size_t before = p->environments, wanted = 2 * (size_t)r->environment + 16;
        p->named = mem_resize(p->named, wanted, sizeof *p->named);
        memset(p->named + before, 0, (wanted - before) * sizeof *p->named);
        p->environments = wanted;
    }
    if (p->named[r->environment])
        return;
    p->named[r->environment] = true;
    char *const name = text_format("environment %" PRIu32 "%s", r->environment,
                                   r->provisioned ? ", provisioned" : "");
    put_name(t, process, "thread_name", name);
    output_format(t->output, ",\"tid\":%" PRIu32 "}", r->environment);
    free(name);
}

/* A slice on an environment's track. */
static void put_slice(struct trace_events *t, size_t process, const struct trace_events_request *r,
                      const char *name, int64_t from_ns, int64_t until_ns)
{
    begin_event(t, "X", process, name);
    output_format(t->output, ",\"tid\":%" PRIu32, r->environment);
    put_time(t, "ts", from_ns);
    put_time(t, "dur", until_ns - from_ns);
    output_format(t->output, ",\"args\":{\"request\":%" PRIu64 ",\"outcome\":\"%s\"", t->requests,
                  r->outcome);
    if (r->throttled_ns > 0)
        output_format(t->output, ",\"throttled_ms\":%.6f", (double)r->throttled_ns / 1e6);
    if (r->retried_ns > 0)
        output_format(t->output, ",\"failed_tries_ms\":%.6f", (double)r->retried_ns / 1e6);
    output_text(t->output, "}}");
}

/* A part of a request's wait. */
static void put_wait(struct trace_events *t, size_t process, const char *name, int64_t from_ns,
                     int64_t until_ns)
{
    if (until_ns <= from_ns)
        return;
    for (int end = 0; end < 2; end++) {
        begin_event(t, end ? "e" : "b", process, name);
        output_format(t->output, ",\"cat\":\"request\",\"id\":%" PRIu64 ",\"tid\":0", t->requests);
        put_time(t, "ts", end ? until_ns : from_ns);
        output_text(t->output, "}");
    }
}

void trace_events_put(struct trace_events *trace, const struct trace_events_request *request)
{
    const struct trace_events_request *const r = request;
    if (trace->requests == TRACE_EVENTS_REQUESTS_MAX) {
        trace->left_out++;
        return;
    }
    const size_t process = process_of(trace, r->function);
    name_environment(trace, process, r);
    trace->requests++;
    const bool again = r->failed_ns > r->arrival_ns;
    const int64_t since_ns = again ? r->failed_ns : r->arrival_ns;
    const int64_t refused_ns = r->refused_ns >= since_ns ? r->refused_ns : r->invoked_ns;
    put_wait(trace, process, again ? "wait after a failed try" : "wait in the source", since_ns,
             refused_ns);
    put_wait(trace, process, "throttled", refused_ns, r->invoked_ns);
    if (r->began_ns > r->invoked_ns)
        put_slice(trace, process, r, "init", r->invoked_ns, r->began_ns);
    put_slice(trace, process, r, "run", r->began_ns, r->end_ns);
    if (r->calling_ns > 0)
        put_slice(trace, process, r, "wait for downstreams", r->end_ns - r->calling_ns, r->end_ns);
}

static void finish(struct trace_events *t)
{
    for (size_t i = 0; i < t->processes; i++) {
        free(t->process[i].name);
        free(t->process[i].named);
    }
    free(t->process);
    free(t);
}

int trace_events_close(struct trace_events *trace, struct diagnostics *diagnostics)
{
    struct output *const output = trace->output;
    const uint64_t left_out = trace->left_out;
    output_text(output, "\n]\n");
    finish(trace);
    const int status = output_commit(&output, 1, diagnostics);
    if (status == 0 && left_out > 0)
        diagnostics_warning(diagnostics, NULL, 0,
                            "--trace-events: the file has the first %d requests, %" PRIu64
                            " more were left out; take fewer with --trace-every",
                            TRACE_EVENTS_REQUESTS_MAX, left_out);
    return status;
}

void trace_events_abandon(struct trace_events *trace)
{
    if (trace == NULL)
        return;
    output_abandon(trace->output);
    finish(trace);
}
