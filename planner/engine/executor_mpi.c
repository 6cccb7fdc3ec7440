/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/executor_mpi.h"

#include <stdlib.h>

/* Several processes, by what mpirun and srun tell them. */
static bool started_by_mpi(void)
{
    static const char *const sizes[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const char *const size = getenv(sizes[i]);
        if (size != NULL && atoi(size) > 1)
            return true;
    }
    return false;
}

#ifdef HAVE_MPI

#include "core/memory.h"
#include "engine/batch.h"
#include "engine/wire.h"
#include "support/text.h"

#include <mpi.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define CHUNKS 2        /* that a rank has at a time */
#define CHUNK_S 0.1     /* of work */
#define CHUNK_MAX 2048u /* tasks */
#define EAGER 3500u     /* bytes: below all limits that MPIs have for sending at once */
#define NAP_LEAST_NS 100000L
#define NAP_MOST_NS 3000000L /* little of a chunk, and a rank has another one to go on with */

enum tag { TAG_TASKS = 1, TAG_RESULTS, TAG_STOP, TAG_END };

struct chunk {
    size_t first, count; /* of the batch's `left`; count 0: none */
    struct wire wire;    /* while it is being sent */
    MPI_Request request;
};

/* Another rank, as the first sees it. */
struct peer {
    struct chunk chunk[CHUNKS]; /* in order of sending */
    size_t chunks;
    double task_s; /* what a task takes there */
};

struct ranks {
    int rank, size;
    char name[MPI_MAX_PROCESSOR_NAME + 32];
    struct peer *peer;           /* by rank; [0] is not used */
    struct wire in, out[CHUNKS]; /* out in turn: one may be on its way while the next is filled */
    MPI_Request sent[CHUNKS];
    unsigned turn;
    long nap_ns;  /* the last one; 0: a message came since */
    bool agreed;  /* the others serve */
    bool stopped; /* the others were told to stop, or this one was */
};

int ranks_open(struct ranks **ret, struct diagnostics *diagnostics)
{
    int provided, length;
    char host[MPI_MAX_PROCESSOR_NAME] = "";
    (void)diagnostics;
    *ret = NULL;
    if (!started_by_mpi())
        return 0;
    MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided); /* its errors end the program */
    struct ranks *const r = mem_alloc(1, sizeof *r);
    MPI_Comm_rank(MPI_COMM_WORLD, &r->rank);
    MPI_Comm_size(MPI_COMM_WORLD, &r->size);
    MPI_Get_processor_name(host, &length);
    snprintf(r->name, sizeof r->name, "rank %d (%s)", r->rank, host);
    r->peer = mem_alloc((size_t)r->size, sizeof *r->peer);
    for (size_t k = 0; k < CHUNKS; k++)
        r->sent[k] = MPI_REQUEST_NULL;
    *ret = r;
    return 0;
}

void ranks_close(struct ranks *ranks)
{
    if (ranks == NULL)
        return;
    for (int i = 1; ranks->rank == 0 && i < ranks->size; i++) {
        if (ranks->agreed)
            MPI_Send(NULL, 0, MPI_BYTE, i, TAG_END, MPI_COMM_WORLD);
        for (size_t k = 0; k < CHUNKS; k++)
            wire_finish(&ranks->peer[i].chunk[k].wire);
    }
    MPI_Waitall(CHUNKS, ranks->sent, MPI_STATUSES_IGNORE);
    MPI_Finalize();
    wire_finish(&ranks->in);
    for (size_t k = 0; k < CHUNKS; k++)
        wire_finish(&ranks->out[k]);
    free(ranks->peer);
    free(ranks);
}

bool ranks_is_first(const struct ranks *ranks)
{
    return ranks->rank == 0;
}

const char *ranks_name(const struct ranks *ranks)
{
    return ranks->name;
}

int ranks_agree(struct ranks *ranks, bool good, const uint8_t key[TASK_KEY_SIZE], bool *ret_first,
                struct diagnostics *diagnostics)
{
    uint8_t first[TASK_KEY_SIZE + 1] = {good};
    memcpy(first + 1, key, TASK_KEY_SIZE);
    MPI_Bcast(first, sizeof first, MPI_BYTE, 0, MPI_COMM_WORLD);
    *ret_first = first[0] != 0;
    int here = good;
    if (good && *ret_first && memcmp(first + 1, key, TASK_KEY_SIZE) != 0) {
        diagnostics_error(diagnostics, NULL, 0,
                          "reads another scenario, other data or is another build than rank 0");
        here = 0;
    }
    int all;
    MPI_Allreduce(&here, &all, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    ranks->agreed = all != 0;
    return all ? 0 : -1;
}

/* Longer each time until a message comes: MPI_Probe would keep a processor busy, and every wake-up
 * takes a few microseconds from the task that runs on this one. */
static void nap(struct ranks *r)
{
    const long longer_ns = r->nap_ns == 0 ? NAP_LEAST_NS : 2 * r->nap_ns;
    r->nap_ns = longer_ns < NAP_MOST_NS ? longer_ns : NAP_MOST_NS;
    nanosleep(&(struct timespec){.tv_nsec = r->nap_ns}, NULL);
}

/* A message, if there is one. */
static bool receive(struct ranks *r, int from, int tag, MPI_Status *ret)
{
    int there, size;
    MPI_Iprobe(from, tag, MPI_COMM_WORLD, &there, ret);
    if (!there)
        return false;
    r->nap_ns = 0;
    MPI_Get_count(ret, MPI_BYTE, &size);
    wire_clear(&r->in);
    if ((size_t)size > r->in.capacity) {
        r->in.capacity = (size_t)size;
        r->in.data = mem_resize(r->in.data, r->in.capacity, 1);
    }
    MPI_Recv(r->in.data, size, MPI_BYTE, ret->MPI_SOURCE, ret->MPI_TAG, MPI_COMM_WORLD, ret);
    r->in.size = (size_t)size;
    return true;
}

/* --- the first rank ------------------------------------------------------------------------- */

struct loop {
    struct ranks *ranks;
    struct batch *batch;
    size_t outstanding; /* chunks */
};

/* Some hundredths of a second of work, and no rank has more than its part of what is left. */
static size_t chunk_size(const struct loop *l, const struct peer *peer)
{
    const size_t part = batch_left(l->batch) / (2 * CHUNKS * (size_t)l->ranks->size);
    double size = peer->task_s > 0 ? CHUNK_S / peer->task_s : 1;
    if (size > (double)part)
        size = (double)part;
    return size < 1 ? 1 : size > CHUNK_MAX ? CHUNK_MAX : (size_t)size;
}

static bool send_chunk(struct loop *l, int rank)
{
    struct peer *const peer = &l->ranks->peer[rank];
    struct batch *const batch = l->batch;
    struct chunk *const chunk = &peer->chunk[peer->chunks];
    chunk->count = batch_take(batch, chunk_size(l, peer), &chunk->first);
    if (chunk->count == 0)
        return false;
    wire_clear(&chunk->wire);
    wire_put_u32(&chunk->wire, (uint32_t)chunk->count);
    const struct task *before = NULL;
    for (size_t i = 0; i < chunk->count; i++) {
        const struct task *const task = &batch->task[batch->left[chunk->first + i]];
        wire_put_task(&chunk->wire, task, before);
        before = task;
    }
    /* Not MPI_Send: both ends could wait for each other to receive. */
    MPI_Isend(chunk->wire.data, (int)chunk->wire.size, MPI_BYTE, rank, TAG_TASKS, MPI_COMM_WORLD,
              &chunk->request);
    peer->chunks++;
    l->outstanding++;
    return true;
}

static void put_failure(struct batch *batch, size_t index, const char *text)
{
    struct diagnostics errors;
    diagnostics_init(&errors);
    for (const char *line = text; line != NULL && *line != '\0';) {
        const size_t length = strcspn(line, "\n");
        diagnostics_error(&errors, NULL, 0, "%.*s", (int)length, line);
        line += length + (line[length] == '\n');
    }
    batch_put(batch, index, &(struct batch_outcome){.status = STUDY_FAILED, .errors = &errors});
    diagnostics_finish(&errors);
}

/* The results of a rank's oldest chunk. */
static void take_results(struct loop *l, int rank)
{
    struct peer *const peer = &l->ranks->peer[rank];
    struct wire *const in = &l->ranks->in;
    struct chunk oldest = peer->chunk[0];
    const size_t width = l->batch->results->width;
    double *const value = mem_alloc(width, sizeof *value);
    peer->task_s = wire_get_double(in);
    for (size_t i = 0; i < oldest.count && !in->bad; i++) {
        const size_t index = l->batch->left[oldest.first + i];
        const uint32_t status = wire_get_u32(in);
        const char *const text = wire_get_text(in);
        if (status == STUDY_FAILED)
            put_failure(l->batch, index, text);
        if (status != STUDY_DONE)
            continue;
        for (size_t k = 0; k < width; k++)
            value[k] = wire_get_double(in);
        if (!in->bad)
            batch_put(l->batch, index,
                      &(struct batch_outcome){.status = STUDY_DONE,
                                              .value = value,
                                              .notes = mem_strdup(text),
                                              .seconds = NAN});
    }
    free(value);
    if (in->bad)
        MPI_Abort(MPI_COMM_WORLD, 1); /* another build: ranks_agree would have found it */
    MPI_Wait(&oldest.request, MPI_STATUS_IGNORE); /* it has arrived */
    for (size_t i = 1; i < CHUNKS; i++)
        peer->chunk[i - 1] = peer->chunk[i];
    peer->chunk[CHUNKS - 1] = (struct chunk){.wire = oldest.wire}; /* its memory is used again */
    peer->chunks--;
    l->outstanding--;
}

static void stop_all(struct ranks *r)
{
    if (r->stopped)
        return;
    r->stopped = true;
    for (int i = 1; i < r->size; i++)
        MPI_Send(NULL, 0, MPI_BYTE, i, TAG_STOP, MPI_COMM_WORLD);
}

static void exchange(void *context)
{
    struct loop *const l = context;
    for (;;) {
        MPI_Status status;
        for (int rank = 1; rank < l->ranks->size; rank++)
            while (l->ranks->peer[rank].chunks < CHUNKS && send_chunk(l, rank))
                ;
        if (l->outstanding == 0)
            return; /* what is left others have taken, here */
        if (!batch_tick(l->batch))
            stop_all(l->ranks);
        if (receive(l->ranks, MPI_ANY_SOURCE, TAG_RESULTS, &status))
            take_results(l, status.MPI_SOURCE);
        else
            nap(l->ranks);
    }
}

void ranks_run(struct ranks *ranks, struct batch *batch)
{
    struct loop loop = {.ranks = ranks, .batch = batch};
    for (int i = 1; i < ranks->size; i++)
        ranks->peer[i].task_s = 0; /* another batch, other tasks */
    batch_run_threads(batch, exchange, &loop);
}

/* --- the others ----------------------------------------------------------------------------- */

static bool keep_on(void *context, const struct executor_progress *progress)
{
    struct ranks *const r = context;
    int there;
    (void)progress;
    MPI_Iprobe(0, TAG_STOP, MPI_COMM_WORLD, &there, MPI_STATUS_IGNORE);
    r->stopped = r->stopped || there; /* the message itself is received by the loop */
    return !r->stopped;
}

/* MPI_Send would spin until the first rank wakes up and looks. What is not sent at once is waited
 * for nevertheless: the first rank would spin, until this one comes back from its next chunk. */
static void send_results(struct ranks *r, unsigned turn)
{
    const struct wire *const out = &r->out[turn];
    MPI_Isend(out->data, (int)out->size, MPI_BYTE, 0, TAG_RESULTS, MPI_COMM_WORLD, &r->sent[turn]);
    if (out->size > EAGER)
        MPI_Wait(&r->sent[turn], MPI_STATUS_IGNORE);
    r->turn = (turn + 1) % CHUNKS;
}

static void put_results(struct ranks *r, const struct batch *batch, double task_s)
{
    const struct results *const results = batch->results;
    struct wire *const out = &r->out[r->turn];
    MPI_Wait(&r->sent[r->turn], MPI_STATUS_IGNORE);
    wire_clear(out);
    wire_put_double(out, task_s);
    for (size_t i = 0; i < batch->tasks; i++) {
        const bool failed = batch->status == STUDY_FAILED && batch->failed == i;
        wire_put_u32(out, batch->there[i] ? STUDY_DONE : failed ? STUDY_FAILED : STUDY_STOPPED);
        if (failed) {
            char *const text = batch_errors(batch);
            wire_put_text(out, text);
            free(text);
        } else {
            wire_put_text(out, batch->notes[i]);
        }
        for (size_t k = 0; batch->there[i] && k < results->width; k++)
            wire_put_double(out, results->value[i * results->width + k]);
    }
    send_results(r, r->turn);
}

static void run_chunk(struct ranks *r, const struct task_base *base, unsigned jobs)
{
    struct executor here = {.base = base, .jobs = jobs};
    const struct executor_hooks hooks = {keep_on, NULL, r};
    const size_t count = wire_get_u32(&r->in);
    const double start_s = MPI_Wtime();
    struct wire_tasks tasks;
    struct results results = {0};
    struct batch batch;
    if (!wire_get_tasks(&r->in, count, &tasks) || count == 0)
        MPI_Abort(MPI_COMM_WORLD, 1); /* another build: ranks_agree would have found it */
    results_init(&results, base, count);
    batch_init(&batch, &here, tasks.task, count, &hooks, &results);
    batch.stop = r->stopped;
    batch_run_threads(&batch, NULL, NULL);
    put_results(r, &batch, (MPI_Wtime() - start_s) / (double)count);
    batch_finish(&batch);
    results_finish(&results);
    wire_tasks_finish(&tasks);
}

void ranks_serve(struct ranks *ranks, const struct task_base *base, unsigned jobs)
{
    for (;;) {
        MPI_Status status;
        if (!receive(ranks, 0, MPI_ANY_TAG, &status))
            nap(ranks);
        else if (status.MPI_TAG == TAG_END)
            return;
        else if (status.MPI_TAG == TAG_STOP)
            ranks->stopped = true;
        else
            run_chunk(ranks, base, jobs);
    }
}

#else

int ranks_open(struct ranks **ret, struct diagnostics *diagnostics)
{
    *ret = NULL;
    if (!started_by_mpi())
        return 0;
    diagnostics_error(
        diagnostics, NULL, 0,
        "mpirun started several processes, but this lambdaplan was built without MPI: "
        "install libopenmpi-dev and build it anew");
    return -1;
}

void ranks_close(struct ranks *ranks)
{
    (void)ranks;
}

bool ranks_is_first(const struct ranks *ranks)
{
    return ranks == NULL;
}

const char *ranks_name(const struct ranks *ranks)
{
    (void)ranks;
    return "rank 0";
}

int ranks_agree(struct ranks *ranks, bool good, const uint8_t key[TASK_KEY_SIZE], bool *ret_first,
                struct diagnostics *diagnostics)
{
    (void)ranks;
    (void)key;
    (void)diagnostics;
    *ret_first = good;
    return good ? 0 : -1;
}

void ranks_run(struct ranks *ranks, struct batch *batch)
{
    (void)ranks;
    (void)batch;
}

void ranks_serve(struct ranks *ranks, const struct task_base *base, unsigned jobs)
{
    (void)ranks;
    (void)base;
    (void)jobs;
}

#endif
