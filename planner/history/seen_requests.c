/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/seen_requests.h"

#include "core/memory.h"
#include "support/text.h"

#include <stdlib.h>
#include <string.h>

#define KEPT ((size_t)1 << 19) /* ids of a generation */
#define SLOTS (2 * KEPT)

struct request {
    uint64_t id, when; /* id 0: empty */
};

/* Two generations: when the young one is full, the old one goes and the young one grows old. */
struct seen_requests {
    struct request *young, *old;
    size_t count; /* in the young one */
};

struct seen_requests *seen_requests_create(void)
{
    return mem_alloc(1, sizeof(struct seen_requests));
}

void seen_requests_destroy(struct seen_requests *seen)
{
    if (seen == NULL)
        return;
    free(seen->young);
    free(seen->old);
    free(seen);
}

uint64_t seen_requests_mix(uint64_t value)
{
    value ^= value >> 33;
    value *= UINT64_C(0xff51afd7ed558ccd);
    value ^= value >> 33;
    value *= UINT64_C(0xc4ceb9fe1a85ec53);
    return value ^ value >> 33;
}

uint64_t seen_requests_hash(const char *text)
{
    const size_t length = strlen(text);
    uint64_t hash = length * UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = 0; i < length; i += sizeof hash) {
        uint64_t word = 0;
        memcpy(&word, text + i, length - i < sizeof word ? length - i : sizeof word);
        hash = (hash ^ word) * UINT64_C(0xd6e8feb86659fd93);
        hash ^= hash >> 32;
    }
    hash *= UINT64_C(0xd6e8feb86659fd93);
    return hash ^ hash >> 32;
}

void seen_requests_expect(const struct seen_requests *seen, uint64_t id)
{
    const size_t at = (size_t)(id | 1) & (SLOTS - 1);
    if (seen->young != NULL)
        __builtin_prefetch(&seen->young[at], 1);
    if (seen->old != NULL)
        __builtin_prefetch(&seen->old[at]);
}

/* The slot of the id, or the empty one where it belongs. */
static struct request *find(struct request *table, uint64_t id)
{
    size_t at = (size_t)id & (SLOTS - 1);
    while (table[at].id != 0 && table[at].id != id)
        at = (at + 1) & (SLOTS - 1);
    return &table[at];
}

/* A sum of odd multiples, mixed once: this is done for every record. */
uint64_t seen_requests_when(const struct invocation_record *record)
{
    const uint64_t function = record->function == NULL ? 0 : seen_requests_hash(record->function);
    return seen_requests_mix((uint64_t)record->time_ns * UINT64_C(0x9e3779b97f4a7c15) +
                             (uint64_t)record->duration_ns * UINT64_C(0xbf58476d1ce4e5b9) +
                             (uint64_t)record->billed_ns * UINT64_C(0x94d049bb133111eb) +
                             (uint64_t)record->init_ns * UINT64_C(0xd6e8feb86659fd93) +
                             (uint64_t)record->memory_mb * UINT64_C(0xff51afd7ed558ccd) + function);
}

static enum seen add(struct seen_requests *seen, uint64_t id, uint64_t when)
{
    const uint64_t hash = id | 1; /* never 0 */
    if (seen->young == NULL)
        seen->young = mem_alloc(SLOTS, sizeof *seen->young);
    if (seen->count == KEPT) {
        struct request *const gone = seen->old;
        seen->old = seen->young;
        seen->young = gone != NULL ? gone : mem_alloc(SLOTS, sizeof *seen->young);
        memset(seen->young, 0, SLOTS * sizeof *seen->young);
        seen->count = 0;
    }
    struct request *const here = find(seen->young, hash);
    if (here->id != 0)
        return here->when == when ? SEEN_AT_THAT_TIME : SEEN_BEFORE;
    const struct request *const before = seen->old == NULL ? NULL : find(seen->old, hash);
    *here = (struct request){hash, when};
    seen->count++;
    if (before == NULL || before->id == 0)
        return SEEN_NEVER;
    return before->when == when ? SEEN_AT_THAT_TIME : SEEN_BEFORE;
}

enum seen seen_requests_add(struct seen_requests *seen, uint64_t id, uint64_t when)
{
    const enum seen found = add(seen, id, when);
    if (found != SEEN_BEFORE)
        return found;
    /* Beside the first attempt each retry is remembered by itself. */
    return add(seen, seen_requests_mix(id ^ seen_requests_mix(when)), when) == SEEN_AT_THAT_TIME
               ? SEEN_AT_THAT_TIME
               : SEEN_BEFORE;
}

bool seen_requests_again(struct seen_requests *seen, const struct invocation_record *record)
{
    const bool dated = !record->relative && record->time_ns != UNKNOWN_VALUE;
    if (!dated || record->count != 1 || record->request_id == NULL || *record->request_id == '\0')
        return false;
    return seen_requests_add(seen, seen_requests_hash(record->request_id),
                             seen_requests_when(record)) == SEEN_AT_THAT_TIME;
}

void seen_requests_tell(uint64_t again, struct diagnostics *diagnostics)
{
    char count[TEXT_NUMBER_SIZE];
    if (again > 0)
        diagnostics_warning(diagnostics, NULL, 0,
                            "%s invocation%s again with the same request id, time and durations: "
                            "each is counted once; is a file given twice, or do exports overlap?",
                            text_number((double)again, 0, count), again == 1 ? " comes" : "s come");
}
