/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traces/ahead.h"

#include "core/memory.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#define THREADS_MAX 64
#define SLOTS_MORE 2

struct ahead {
    void *(*work)(void *context, size_t piece);
    void *context;
    size_t pieces;
    pthread_t thread[THREADS_MAX];
    unsigned threads;

    pthread_mutex_t mutex;
    pthread_cond_t change;
    size_t begun, taken;
    bool stopped;
    void *result[THREADS_MAX + SLOTS_MORE]; /* NULL: not there yet */
    size_t slots;
};

/* Holds the lock; false: there is no more. */
static bool next_piece(struct ahead *ahead, size_t *ret)
{
    while (!ahead->stopped && ahead->begun < ahead->pieces &&
           ahead->begun - ahead->taken >= ahead->slots)
        pthread_cond_wait(&ahead->change, &ahead->mutex);
    if (ahead->stopped || ahead->begun == ahead->pieces)
        return false;
    *ret = ahead->begun++;
    return true;
}

static void *run(void *context)
{
    struct ahead *const ahead = context;
    size_t piece;
    pthread_mutex_lock(&ahead->mutex);
    while (next_piece(ahead, &piece)) {
        pthread_mutex_unlock(&ahead->mutex);
        void *const result = ahead->work(ahead->context, piece);
        pthread_mutex_lock(&ahead->mutex);
        ahead->result[piece % ahead->slots] = result;
        pthread_cond_broadcast(&ahead->change);
    }
    pthread_mutex_unlock(&ahead->mutex);
    return NULL;
}

struct ahead *ahead_start(size_t pieces, unsigned threads,
                          void *(*work)(void *context, size_t piece), void *context)
{
    struct ahead *const ahead = mem_alloc(1, sizeof *ahead);
    const unsigned wanted = threads < 1 ? 1 : threads > THREADS_MAX ? THREADS_MAX : threads;
    ahead->work = work;
    ahead->context = context;
    ahead->pieces = pieces;
    ahead->slots = wanted + SLOTS_MORE;
    pthread_mutex_init(&ahead->mutex, NULL);
    pthread_cond_init(&ahead->change, NULL);
    while (ahead->threads < wanted &&
           pthread_create(&ahead->thread[ahead->threads], NULL, run, ahead) == 0)
        ahead->threads++;
    return ahead;
}

void *ahead_take(struct ahead *ahead)
{
    pthread_mutex_lock(&ahead->mutex);
    const size_t piece = ahead->taken, slot = piece % ahead->slots;
    if (ahead->threads == 0) { /* none could be started */
        ahead->begun++;
        ahead->result[slot] = ahead->work(ahead->context, piece);
    }
    while (ahead->result[slot] == NULL)
        pthread_cond_wait(&ahead->change, &ahead->mutex);
    void *const result = ahead->result[slot];
    ahead->result[slot] = NULL;
    ahead->taken++;
    pthread_cond_broadcast(&ahead->change);
    pthread_mutex_unlock(&ahead->mutex);
    return result;
}

void ahead_stop(struct ahead *ahead, void (*drop)(void *context, void *result))
{
    pthread_mutex_lock(&ahead->mutex);
    ahead->stopped = true;
    pthread_cond_broadcast(&ahead->change);
    pthread_mutex_unlock(&ahead->mutex);
    for (unsigned i = 0; i < ahead->threads; i++)
        pthread_join(ahead->thread[i], NULL);
    for (size_t i = 0; i < ahead->slots; i++)
        if (ahead->result[i] != NULL)
            drop(ahead->context, ahead->result[i]);
    pthread_cond_destroy(&ahead->change);
    pthread_mutex_destroy(&ahead->mutex);
    free(ahead);
}
