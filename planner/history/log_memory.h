/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The memory sizes that a log's entries are billed with: what records do not say is given by
 * --memory or by their function's other records, and what Lambda did not sell becomes the next
 * greater size of the day. Notes say how much that was.
 */
#ifndef HISTORY_LOG_MEMORY_H
#define HISTORY_LOG_MEMORY_H

#include "history/log_bill.h"

struct log_memory {
    struct log_entry *entry; /* their memory_mb is changed */
    size_t entries;
    char *const *name; /* of functions */
    size_t names;
    uint64_t count; /* all invocations */
    const struct log_bill_options *options;
};

/* 0, or -1 after an error: a size is not known. */
int log_memory_resolve(const struct log_memory *log, struct diagnostics *notes,
                       struct diagnostics *diagnostics);

#define LOG_HAVE_SIZE 48
/* "1 invocation has", "2000 invocations have" */
const char *log_have(uint64_t count, char text[LOG_HAVE_SIZE]);

#endif
