/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What Lambda bills of an invocation by the rules of a day.
 *
 * Durations are rounded up to 100 ms before 2020-12-01, to 1 ms since (docs.aws.amazon.com/lambda,
 * "AWS Lambda changes duration billing granularity from 100ms down to 1ms"); the init is billed
 * since 2025-08-01 ("AWS Lambda standardizes billing for INIT Phase"), that of container images and
 * own runtimes always was. A Billed Duration has the Billed Restore Duration of a snapshot in it
 * (logs of 2023 and 2024: 306.34 ms and 303 ms restored are billed as 610 ms), so a restore is only
 * added where a record tells no Billed Duration.
 */
#ifndef HISTORY_BILLING_RULES_H
#define HISTORY_BILLING_RULES_H

#include "scenario/limits.h"
#include "traces/record.h"

#include <stdbool.h>
#include <stdint.h>

struct billing_rules {
    int32_t day;
    int64_t granularity_ns, timeout_ns; /* the longest that Lambda lets an invocation run */
    bool init_is_billed;
};

struct billing_rules billing_rules_of(const struct limits *limits, int32_t day);

/* Billed Duration in ns of a record that tells none, but its duration. */
int64_t billing_rules_compute(const struct billing_rules *rules,
                              const struct invocation_record *record);

enum billing_conversion {
    BILLING_AS_PRINTED,       /* both rules bill it alike */
    BILLING_COMPUTED,         /* from Duration and Init Duration */
    BILLING_WITHOUT_DURATION, /* it tells none: as printed, rounded up */
};

/* Billed Duration in ns by other rules than those that it was printed by; `own` NULL: those are not
 * known. A timeout stays cut off where it was. */
int64_t billing_rules_convert(const struct billing_rules *rules, const struct billing_rules *own,
                              const struct invocation_record *record,
                              enum billing_conversion *ret_how);

/* The part of a Billed Duration that is the init or the restored snapshot, in ns: nothing where the
 * duration alone rounds up to it, in steps of 1 ms or of 100 ms. */
int64_t billing_rules_start(const struct invocation_record *record, int64_t billed_ns);

/* Whether it ran for longer, by what was billed of it without its start. A second is allowed: logs
 * print what an invocation ran until it was stopped. */
bool billing_rules_overlong(const struct billing_rules *rules,
                            const struct invocation_record *record, int64_t billed_ns);

/* The smallest memory size of that day with at least so many MB; `memory_mb` itself above the
 * greatest. */
int64_t billing_rules_memory(const struct limits *limits, int32_t day, int64_t memory_mb);

#endif
