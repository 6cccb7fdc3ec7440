/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/wire.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

#define SETTINGS_MAX 10000u

enum task_flag {
    FLAG_SAME_DESIGN = 1, /* as the task before: its settings do not follow */
    FLAG_DESIGN = 2,
    FLAG_CHECK_ONLY = 4,
    FLAG_MAY_FAIL = 8
};

void wire_finish(struct wire *wire)
{
    free(wire->data);
    *wire = (struct wire){0};
}

void wire_clear(struct wire *wire)
{
    wire->size = wire->at = 0;
    wire->bad = false;
}

/* --- out ------------------------------------------------------------------------------------ */

static void put(struct wire *wire, const void *bytes, size_t size)
{
    if (wire->size + size > wire->capacity) {
        wire->capacity = 2 * (wire->size + size);
        wire->data = mem_resize(wire->data, wire->capacity, 1);
    }
    memcpy(wire->data + wire->size, bytes, size);
    wire->size += size;
}

void wire_put_u32(struct wire *wire, uint32_t value)
{
    const uint8_t bytes[] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                             (uint8_t)(value >> 24)};
    put(wire, bytes, sizeof bytes);
}

void wire_put_double(struct wire *wire, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    wire_put_u32(wire, (uint32_t)bits);
    wire_put_u32(wire, (uint32_t)(bits >> 32));
}

void wire_put_text(struct wire *wire, const char *text)
{
    wire_put_u32(wire, text == NULL ? 0 : (uint32_t)strlen(text) + 1);
    if (text != NULL)
        put(wire, text, strlen(text) + 1);
}

void wire_put_task(struct wire *wire, const struct task *task, const struct task *before)
{
    const bool same = before != NULL && before->design == task->design;
    wire_put_u32(wire, (same ? FLAG_SAME_DESIGN : 0u) | (task->design != NULL ? FLAG_DESIGN : 0u) |
                           (task->check_only ? FLAG_CHECK_ONLY : 0u) |
                           (task->may_fail ? FLAG_MAY_FAIL : 0u));
    wire_put_text(wire, task->option);
    wire_put_u32(wire, task->fleet_size);
    wire_put_u32(wire, task->replication);
    if (same || task->design == NULL)
        return;
    wire_put_u32(wire, (uint32_t)task->design->settings);
    for (size_t i = 0; i < task->design->settings; i++) {
        const struct setting *const s = &task->design->setting[i];
        wire_put_text(wire, s->path);
        wire_put_text(wire, s->text);
        wire_put_u32(wire, (uint32_t)s->kind);
    }
}

/* --- in ------------------------------------------------------------------------------------- */

static const uint8_t *get(struct wire *wire, size_t size)
{
    if (wire->bad || wire->size - wire->at < size) {
        wire->bad = true;
        return NULL;
    }
    wire->at += size;
    return wire->data + wire->at - size;
}

uint32_t wire_get_u32(struct wire *wire)
{
    const uint8_t *const b = get(wire, 4);
    return b == NULL
               ? 0
               : (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

double wire_get_double(struct wire *wire)
{
    const uint64_t low = wire_get_u32(wire), bits = low | (uint64_t)wire_get_u32(wire) << 32;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

const char *wire_get_text(struct wire *wire)
{
    const uint32_t size = wire_get_u32(wire);
    const uint8_t *const text = size == 0 ? NULL : get(wire, size);
    if (text != NULL && text[size - 1] != '\0')
        wire->bad = true;
    return wire->bad ? NULL : (const char *)text;
}

static const struct design *get_design(struct wire *wire, struct wire_tasks *tasks,
                                       struct design *design, size_t *settings, size_t *capacity)
{
    const uint32_t count = wire_get_u32(wire);
    if (count > SETTINGS_MAX)
        wire->bad = true;
    /* Where it begins, until the array has stopped moving. */
    *design = (struct design){NULL, wire->bad ? 0 : count};
    for (size_t i = 0; i < design->settings && !wire->bad; i++) {
        tasks->setting = mem_grow(tasks->setting, capacity, *settings, sizeof *tasks->setting);
        struct setting *const s = &tasks->setting[(*settings)++];
        s->path = wire_get_text(wire);
        s->text = wire_get_text(wire);
        const uint32_t kind = wire_get_u32(wire);
        s->kind = (enum setting_kind)kind;
        if (s->path == NULL || s->text == NULL || kind > SETTING_STRING)
            wire->bad = true;
    }
    return design;
}

bool wire_get_tasks(struct wire *wire, size_t count, struct wire_tasks *ret)
{
    size_t settings = 0, capacity = 0, designs = 0;
    *ret = (struct wire_tasks){0};
    if (count > wire->size - wire->at) /* each has some bytes */
        wire->bad = true;
    if (wire->bad)
        return false;
    ret->task = mem_alloc(count, sizeof *ret->task);
    ret->design = mem_alloc(count, sizeof *ret->design);
    for (size_t i = 0; i < count && !wire->bad; i++) {
        struct task *const t = &ret->task[i];
        const uint32_t flags = wire_get_u32(wire);
        t->option = wire_get_text(wire);
        t->fleet_size = wire_get_u32(wire);
        t->replication = wire_get_u32(wire);
        t->check_only = (flags & FLAG_CHECK_ONLY) != 0;
        t->may_fail = (flags & FLAG_MAY_FAIL) != 0;
        if ((flags & FLAG_SAME_DESIGN) != 0 && i > 0) {
            t->design = ret->task[i - 1].design;
            if (t->option != NULL && ret->task[i - 1].option != NULL &&
                strcmp(t->option, ret->task[i - 1].option) == 0)
                t->option = ret->task[i - 1].option; /* one text for one plan */
        } else if ((flags & FLAG_DESIGN) != 0) {
            t->design = get_design(wire, ret, &ret->design[designs++], &settings, &capacity);
        }
    }
    ret->count = wire->bad ? 0 : count;
    for (size_t i = 0, at = 0; i < designs && !wire->bad; i++) {
        ret->design[i].setting = ret->setting + at;
        at += ret->design[i].settings;
    }
    return !wire->bad;
}

void wire_tasks_finish(struct wire_tasks *tasks)
{
    free(tasks->task);
    free(tasks->design);
    free(tasks->setting);
    *tasks = (struct wire_tasks){0};
}
