/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tasks and results as bytes, for other processes: little-endian numbers, texts with their zero. A
 * reader of bytes that end too soon, or say what cannot be, marks them bad and gives zeros.
 */
#ifndef ENGINE_WIRE_H
#define ENGINE_WIRE_H

#include "engine/task.h"

struct wire {
    uint8_t *data;
    size_t size, capacity;
    size_t at; /* of what is read next */
    bool bad;
};

void wire_finish(struct wire *wire);
/* For new bytes, without giving memory back. */
void wire_clear(struct wire *wire);

void wire_put_u32(struct wire *wire, uint32_t value);
void wire_put_double(struct wire *wire, double value);
void wire_put_text(struct wire *wire, const char *text); /* NULL stays NULL */
void wire_put_task(struct wire *wire, const struct task *task, const struct task *before);

uint32_t wire_get_u32(struct wire *wire);
double wire_get_double(struct wire *wire);
const char *wire_get_text(struct wire *wire); /* in the wire's own memory */

/* Tasks that came by wire; texts are in the wire's memory. */
struct wire_tasks {
    struct task *task;
    size_t count;
    struct design *design; /* consecutive tasks share one */
    struct setting *setting;
};

/* `count` tasks, each put with the one before it. False when the bytes are no tasks;
 * wire_tasks_finish in both cases. */
bool wire_get_tasks(struct wire *wire, size_t count, struct wire_tasks *ret);
void wire_tasks_finish(struct wire_tasks *tasks);

#endif
