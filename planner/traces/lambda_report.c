/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traces/lambda_report.h"

#include <string.h>

#define NS_PER_MS INT64_C(1000000)
#define DURATION_MAX_NS                                                                            \
    (INT64_C(366) * 86400 * 1000 * NS_PER_MS) /* durable ones run for a year                       \
                                               */
#define MEMORY_MAX_MB 10000000
#define DIGITS_MAX 12
/* "Init Duration" appeared in the first months of 2019: from here on its absence means warm. */
#define INIT_PRINTED_NS (INT64_C(1559347200) * 1000 * NS_PER_MS) /* 2019-06-01 */

enum field {
    FIELD_DURATION,
    FIELD_BILLED,
    FIELD_INIT,
    FIELD_RESTORE,
    FIELD_BILLED_RESTORE,
    FIELD_MEMORY,
    FIELD_MAX_MEMORY,
    FIELDS, /* numbers end here */
    FIELD_STATUS,
    FIELD_ERROR_TYPE,
    FIELD_OTHER, /* known, of no use here */
    FIELD_NONE,
};

struct wrong {
    const char *missing, *number, *plain, *unit, *range;
};

#define WRONG(name, unit)                                                                          \
    {                                                                                              \
        name " is missing: is the line cut?", name " is not a number",                             \
            name " is not a plain decimal number", name " has no unit or another one than " unit,  \
            name " is out of range"                                                                \
    }

static const struct wrong wrong[FIELDS] = {
    [FIELD_DURATION] = WRONG("Duration", "ms"),
    [FIELD_BILLED] = WRONG("Billed Duration", "ms"),
    [FIELD_INIT] = WRONG("Init Duration", "ms"),
    [FIELD_RESTORE] = WRONG("Restore Duration", "ms"),
    [FIELD_BILLED_RESTORE] = WRONG("Billed Restore Duration", "ms"),
    [FIELD_MEMORY] = WRONG("Memory Size", "MB"),
    [FIELD_MAX_MEMORY] = WRONG("Max Memory Used", "MB"),
};

/* The text that is left. */
struct rest {
    const char *s, *end;
};

/* How long the separator here is; 0: none. Exports escape tabs once too often. */
static inline size_t gap(const struct rest *rest)
{
    switch (*rest->s) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
    case '"': /* the line was a quoted field */
        return 1;
    case '\\':
        return rest->end - rest->s >= 2 &&
                       (rest->s[1] == 't' || rest->s[1] == 'n' || rest->s[1] == 'r')
                   ? 2
                   : 0;
    default:
        return 0;
    }
}

static inline void skip_gap(struct rest *rest)
{
    size_t length;
    while (rest->s < rest->end && (length = gap(rest)) > 0)
        rest->s += length;
}

static inline size_t skip_token(struct rest *rest)
{
    const char *const start = rest->s;
    while (rest->s < rest->end && gap(rest) == 0)
        rest->s++;
    return (size_t)(rest->s - start);
}

static inline bool take(struct rest *rest, const char *text, size_t length)
{
    if ((size_t)(rest->end - rest->s) < length || memcmp(rest->s, text, length) != 0)
        return false;
    rest->s += length;
    return true;
}

#define TAKE(rest, text) take(rest, text, sizeof(text) - 1)

static inline enum field take_label(struct rest *rest)
{
    switch (*rest->s) {
    case 'D':
        return TAKE(rest, "Duration:") ? FIELD_DURATION : FIELD_NONE;
    case 'B':
        return TAKE(rest, "Billed Duration:")           ? FIELD_BILLED
               : TAKE(rest, "Billed Restore Duration:") ? FIELD_BILLED_RESTORE
                                                        : FIELD_NONE;
    case 'M':
        return TAKE(rest, "Memory Size:")       ? FIELD_MEMORY
               : TAKE(rest, "Max Memory Used:") ? FIELD_MAX_MEMORY
                                                : FIELD_NONE;
    case 'I':
        return TAKE(rest, "Init Duration:") ? FIELD_INIT : FIELD_NONE;
    case 'R':
        return TAKE(rest, "Restore Duration:") ? FIELD_RESTORE : FIELD_NONE;
    case 'E':
        return TAKE(rest, "Error Type:") ? FIELD_ERROR_TYPE : FIELD_NONE;
    case 'S':
        return TAKE(rest, "Status:")                                ? FIELD_STATUS
               : TAKE(rest, "SegmentId:") || TAKE(rest, "Sampled:") ? FIELD_OTHER
                                                                    : FIELD_NONE;
    case 'X':
        return TAKE(rest, "XRAY TraceId:") ? FIELD_OTHER : FIELD_NONE;
    default:
        return FIELD_NONE;
    }
}

/* A label of a later year: words up to one that ends in a colon, then its value. Whether there was
 * all of it before the end. */
static bool skip_unknown(struct rest *rest)
{
    bool label = false;
    while (rest->s < rest->end && !label) {
        if (skip_token(rest) == 0)
            rest->s++;
        label = rest->s[-1] == ':';
        if (rest->s < rest->end && *rest->s == '\t' && !label)
            return true;
        skip_gap(rest);
    }
    return skip_token(rest) > 0;
}

/* Decimal digits times 10^power, exactly; what is beyond is rounded half up. */
static inline bool take_scaled(struct rest *rest, int power, int64_t *ret)
{
    int64_t value = 0;
    const char *s = rest->s;
    for (; s < rest->end && *s >= '0' && *s <= '9'; s++) {
        if (s - rest->s >= DIGITS_MAX)
            return false;
        value = value * 10 + (*s - '0');
    }
    if (s == rest->s)
        return false;
    if (s < rest->end && *s == '.') {
        bool first = true;
        const char *const point = s++;
        for (; s < rest->end && *s >= '0' && *s <= '9'; s++) {
            if (power > 0) {
                value = value * 10 + (*s - '0');
                power--;
            } else {
                value += first && *s >= '5';
                first = false;
            }
        }
        if (s == point + 1)
            return false;
    }
    for (; power > 0; power--)
        value *= 10;
    rest->s = s;
    *ret = value;
    return true;
}

/* Whether there are more digits than any quantity has. */
static bool is_endless(const struct rest *rest)
{
    const char *s = rest->s;
    while (s < rest->end && *s >= '0' && *s <= '9')
        s++;
    return s - rest->s > DIGITS_MAX;
}

static inline const char *take_number(struct rest *rest, enum field field, int64_t *ret)
{
    const bool memory = field >= FIELD_MEMORY;
    int64_t value;
    skip_gap(rest);
    if (!take_scaled(rest, memory ? 0 : 6, &value))
        return is_endless(rest) ? wrong[field].range : wrong[field].number;
    if (rest->s < rest->end && (*rest->s == 'e' || *rest->s == 'E' || *rest->s == ','))
        return wrong[field].plain; /* 1e308, 1,5 */
    skip_gap(rest);
    if (memory ? !TAKE(rest, "MB") : !TAKE(rest, "ms"))
        return wrong[field].unit;
    if (rest->s < rest->end && gap(rest) == 0)
        return wrong[field].unit;
    if (value > (memory ? MEMORY_MAX_MB : DURATION_MAX_NS))
        return wrong[field].range;
    *ret = value;
    return NULL;
}

static enum invocation_status take_status(struct rest *rest)
{
    skip_gap(rest);
    const char *const word = rest->s;
    const size_t length = skip_token(rest);
    if (length == 7 && memcmp(word, "success", 7) == 0)
        return INVOCATION_SUCCESS;
    if (length == 7 && memcmp(word, "timeout", 7) == 0)
        return INVOCATION_TIMEOUT;
    if ((length == 5 && memcmp(word, "error", 5) == 0) ||
        (length == 7 && memcmp(word, "failure", 7) == 0))
        return INVOCATION_ERROR;
    return INVOCATION_UNKNOWN;
}

static const char *take_id(struct rest *rest, struct lambda_report *ret)
{
    skip_gap(rest);
    const char *const id = rest->s;
    const size_t length = skip_token(rest);
    if (length == 0 || id[length - 1] == ':')
        return "the request id is missing";
    if (length > LAMBDA_ID_MAX)
        return "the request id has more than 128 bytes";
    if (memchr(id, '\0', length) != NULL)
        return "there is a NUL byte in the request id";
    memcpy(ret->request_id, id, length);
    ret->request_id[length] = '\0';
    ret->id_length = length;
    return NULL;
}

static const char *take_fields(struct rest *rest, int64_t value[FIELDS],
                               enum invocation_status *ret_status, bool *ret_whole)
{
    *ret_whole = true;
    for (skip_gap(rest); rest->s < rest->end; skip_gap(rest)) {
        const enum field field = take_label(rest);
        if (field < FIELDS) {
            int64_t number = UNKNOWN_VALUE;
            const char *const reason = take_number(rest, field, &number);
            if (reason != NULL)
                return reason;
            if (value[field] == UNKNOWN_VALUE)
                value[field] = number;
        } else if (field == FIELD_STATUS) {
            *ret_status = take_status(rest);
        } else if (field == FIELD_NONE) {
            *ret_whole = skip_unknown(rest);
        } else {
            if (field == FIELD_ERROR_TYPE && *ret_status == INVOCATION_UNKNOWN)
                *ret_status = INVOCATION_ERROR;
            skip_gap(rest);
            *ret_whole = skip_token(rest) > 0;
        }
    }
    *ret_whole = *ret_whole && value[FIELD_MAX_MEMORY] != UNKNOWN_VALUE;
    return NULL;
}

bool lambda_report_parse(const char *text, size_t size, struct lambda_report *ret,
                         const char **ret_reason)
{
    static const char start[] = "REPORT RequestId:";
    struct rest rest = {text, text + size};
    int64_t value[FIELDS];
    enum invocation_status status = INVOCATION_UNKNOWN;
    for (int i = 0; i < FIELDS; i++)
        value[i] = UNKNOWN_VALUE;
    *ret_reason = take(&rest, start, sizeof start - 1) ? take_id(&rest, ret)
                                                       : "it does not begin with REPORT";
    if (*ret_reason == NULL)
        *ret_reason = take_fields(&rest, value, &status, &ret->whole);
    for (enum field f = FIELD_DURATION; *ret_reason == NULL && f < FIELDS; f++)
        if (value[f] == UNKNOWN_VALUE &&
            (f == FIELD_DURATION || f == FIELD_BILLED || f == FIELD_MEMORY))
            *ret_reason = wrong[f].missing;
    if (*ret_reason != NULL)
        return false;
    ret->record = (struct invocation_record){
        .time_ns = UNKNOWN_VALUE,
        .duration_ns = value[FIELD_DURATION],
        .billed_ns = value[FIELD_BILLED],
        .init_ns = value[FIELD_INIT],
        .restore_ns = value[FIELD_RESTORE],
        .billed_restore_ns = value[FIELD_BILLED_RESTORE],
        .memory_mb = value[FIELD_MEMORY],
        .max_memory_mb = value[FIELD_MAX_MEMORY],
        .bytes = UNKNOWN_VALUE,
        .cold = UNKNOWN_VALUE,
        .status = status,
        .count = 1,
    };
    *ret_reason = record_memory_problem(&ret->record);
    return *ret_reason == NULL;
}

void lambda_report_judge_cold(struct invocation_record *record)
{
    /* Billing in steps of 1 ms began on 2020-12-01 (AWS, "New for AWS Lambda: 1ms billing
     * granularity"): a line that shows it is of a time that prints Init Duration. */
    const bool recent = record->time_ns >= INIT_PRINTED_NS ||
                        (record->billed_ns > 0 && record->billed_ns % (100 * NS_PER_MS) != 0);
    if (record->init_ns >= 0 || record->restore_ns >= 0)
        record->cold = 1;
    else
        record->cold = recent ? 0 : UNKNOWN_VALUE;
}
