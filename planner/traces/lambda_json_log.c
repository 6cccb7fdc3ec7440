/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traces/lambda_json_log.h"

#include "support/date.h"
#include "traces/formats.h"
#include "traces/lambda_log.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#define NS_PER_MS 1e6
#define DURATION_MAX_MS (366.0 * 86400e3)
#define MEMORY_MAX_MB 1e7

static const char *text_of(const cJSON *object, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

/* `scale` makes our unit of the member's. Absent or null: UNKNOWN_VALUE. */
static bool take_number(const cJSON *metrics, const char *key, double limit, double scale,
                        int64_t *ret)
{
    const cJSON *const item = cJSON_GetObjectItemCaseSensitive(metrics, key);
    *ret = UNKNOWN_VALUE;
    if (item == NULL || cJSON_IsNull(item))
        return true;
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0 && item->valuedouble <= limit))
        return false;
    *ret = llround(item->valuedouble * scale);
    return true;
}

static const char *take_metrics(const cJSON *metrics, struct invocation_record *ret)
{
    if (!take_number(metrics, "durationMs", DURATION_MAX_MS, NS_PER_MS, &ret->duration_ns))
        return "durationMs is not a number of milliseconds";
    if (!take_number(metrics, "billedDurationMs", DURATION_MAX_MS, NS_PER_MS, &ret->billed_ns))
        return "billedDurationMs is not a number of milliseconds";
    if (!take_number(metrics, "initDurationMs", DURATION_MAX_MS, NS_PER_MS, &ret->init_ns))
        return "initDurationMs is not a number of milliseconds";
    if (!take_number(metrics, "restoreDurationMs", DURATION_MAX_MS, NS_PER_MS, &ret->restore_ns))
        return "restoreDurationMs is not a number of milliseconds";
    if (!take_number(metrics, "billedRestoreDurationMs", DURATION_MAX_MS, NS_PER_MS,
                     &ret->billed_restore_ns))
        return "billedRestoreDurationMs is not a number of milliseconds";
    if (!take_number(metrics, "memorySizeMB", MEMORY_MAX_MB, 1, &ret->memory_mb))
        return "memorySizeMB is not a number of megabytes";
    if (!take_number(metrics, "maxMemoryUsedMB", MEMORY_MAX_MB, 1, &ret->max_memory_mb))
        return "maxMemoryUsedMB is not a number of megabytes";
    return ret->duration_ns < 0 ? "durationMs is missing" : record_memory_problem(ret);
}

static enum invocation_status status_of(const char *status)
{
    if (status == NULL)
        return INVOCATION_UNKNOWN;
    if (strcmp(status, "success") == 0)
        return INVOCATION_SUCCESS;
    if (strcmp(status, "timeout") == 0)
        return INVOCATION_TIMEOUT;
    if (strcmp(status, "error") == 0 || strcmp(status, "failure") == 0)
        return INVOCATION_ERROR;
    return INVOCATION_UNKNOWN;
}

/* "on-demand", "provisioned-concurrency" or "snap-start" (Lambda Telemetry API, schema of
 * platform.initStart). */
static bool is_provisioned(const cJSON *record)
{
    const char *const type = text_of(record, "initializationType");
    return type != NULL && strcmp(type, "provisioned-concurrency") == 0;
}

static const char *take_event(const cJSON *event, const cJSON *record, bool report,
                              struct lambda_report *ret)
{
    const char *const time = text_of(event, "time");
    const char *const id = text_of(record, "requestId");
    ret->record = (struct invocation_record){
        .time_ns = UNKNOWN_VALUE, .bytes = UNKNOWN_VALUE, .cold = UNKNOWN_VALUE, .count = 1};
    if (time != NULL && !timestamp_parse_iso(time, &ret->record.time_ns))
        return "time is not a timestamp";
    if (id == NULL || id[0] == '\0')
        return "requestId is missing";
    ret->id_length = strlen(id);
    if (ret->id_length > LAMBDA_ID_MAX)
        return "requestId has more than 128 bytes";
    memcpy(ret->request_id, id, ret->id_length + 1);
    if (!report)
        return NULL;
    ret->record.status = status_of(text_of(record, "status"));
    ret->record.provisioned = is_provisioned(record);
    return take_metrics(cJSON_GetObjectItemCaseSensitive(record, "metrics"), &ret->record);
}

/* cJSON ends a string there, so that an id would silently be another. */
static bool has_nul(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL || formats_contains(text, size, "\\u0000");
}

enum lambda_json_kind lambda_json_parse(const char *text, size_t size, struct lambda_report *ret,
                                        const char **ret_reason)
{
    cJSON *const event = cJSON_ParseWithLength(text, size);
    if (event == NULL) {
        *ret_reason = "this is no valid JSON";
        return LAMBDA_JSON_BAD;
    }
    const char *const type = text_of(event, "type");
    const bool report = type != NULL && strcmp(type, "platform.report") == 0;
    const bool start = type != NULL && strcmp(type, "platform.start") == 0;
    enum lambda_json_kind kind = LAMBDA_JSON_OTHER;
    if (type != NULL && strcmp(type, "platform.initStart") == 0) {
        ret->record.provisioned = is_provisioned(cJSON_GetObjectItemCaseSensitive(event, "record"));
        kind = LAMBDA_JSON_INIT;
    }
    if (report || start) {
        const cJSON *const record = cJSON_GetObjectItemCaseSensitive(event, "record");
        *ret_reason = has_nul(text, size) ? "there is a NUL byte in it"
                                          : take_event(event, record, report, ret);
        kind = *ret_reason != NULL ? LAMBDA_JSON_BAD
               : report            ? LAMBDA_JSON_REPORT
                                   : LAMBDA_JSON_START;
    }
    cJSON_Delete(event);
    return kind;
}

static bool recognise(const char *head, size_t size)
{
    return formats_contains(head, size, "\"platform.report\"") ||
           formats_contains(head, size, "\"platform.start\"") ||
           formats_contains(head, size, "\"platform.initStart\"");
}

const struct trace_format lambda_json_log_format = {
    .name = "lambda-json-log",
    .description = "Lambda logs in JSON, an event a line (platform.report)",
    .recognise = recognise,
    .read = lambda_log_read,
};
