/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Request ids that were there before. Lambda keeps the id of an asynchronous event over its
 * retries, so that an id that comes again is a retry. Fixed memory: the latest half a million ids
 * at least are remembered, as hashes, which is far more than come between an attempt and its
 * retry a few minutes later, but in logs read in another order than time retries can be missed.
 */
#ifndef HISTORY_SEEN_REQUESTS_H
#define HISTORY_SEEN_REQUESTS_H

#include "traces/record.h"

#include <stdbool.h>
#include <stdint.h>

enum seen { SEEN_NEVER, SEEN_BEFORE, SEEN_AT_THAT_TIME };

struct seen_requests;

struct seen_requests *seen_requests_create(void);
void seen_requests_destroy(struct seen_requests *seen); /* NULL does nothing */

/* Remembers the id, by its hash, with `when`, whatever tells one attempt from another.
 * SEEN_AT_THAT_TIME: the same attempt was there before,
 * the first or a retry. */
enum seen seen_requests_add(struct seen_requests *seen, uint64_t id, uint64_t when);

/* That of a record: its time, durations (the init's, too), memory size and function: an id that
 * callers made up may go through several. */
uint64_t seen_requests_when(const struct invocation_record *record);

/* Remembers a record's request. True: the same invocation was there before; never of a record that
 * tells no id or no date. */
bool seen_requests_again(struct seen_requests *seen, const struct invocation_record *record);
/* What to say of so many of them, which were left out; nothing of none. */
void seen_requests_tell(uint64_t again, struct diagnostics *diagnostics);

/* Makes ready for that id, some calls ahead: the table is larger than caches. */
void seen_requests_expect(const struct seen_requests *seen, uint64_t id);

/* Of the text, eight bytes at a time, well mixed. */
uint64_t seen_requests_hash(const char *text);
uint64_t seen_requests_mix(uint64_t value); /* well mixed, one to one */

#endif
