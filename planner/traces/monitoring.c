/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traces/monitoring.h"

#include "support/csv.h"
#include "traces/formats.h"
#include "traces/lambda_log.h"

#include <string.h>

#define FIELDS_MAX 5
#define EPOCH_MS_MIN 100000000000.0 /* in seconds it would be the year 5138 */
#define EPOCH_MS_MAX 9000000000000.0

static bool is_type(const char *word)
{
    static const char *const type[] = {"count", "gauge", "histogram", "check"};
    for (size_t i = 0; i < sizeof type / sizeof *type; i++)
        if (strcmp(word, type[i]) == 0)
            return true;
    return false;
}

/* Ends each field with a NUL; the last one keeps what further bars it has. */
static size_t split(char *text, char *field[FIELDS_MAX])
{
    size_t fields = 0;
    for (char *s = text; s != NULL && fields < FIELDS_MAX;) {
        char *const bar = fields + 1 < FIELDS_MAX ? strchr(s, '|') : NULL;
        field[fields++] = s;
        if (bar != NULL)
            *bar = '\0';
        s = bar != NULL ? bar + 1 : NULL;
    }
    return fields;
}

/* "#functionname:ingest,env:prod": the function's own tag, cut out of the text. */
static const char *find_function(char *tags)
{
    static const char *const key[] = {"functionname:", "function_name:", "function:"};
    char *s = tags + (*tags == '#');
    while (s != NULL) {
        char *const comma = strchr(s, ',');
        for (size_t i = 0; i < sizeof key / sizeof *key; i++) {
            const size_t length = strlen(key[i]);
            if (strncmp(s, key[i], length) == 0 && s[length] != '\0' && s[length] != ',') {
                if (comma != NULL)
                    *comma = '\0';
                return s + length;
            }
        }
        s = comma != NULL ? comma + 1 : NULL;
    }
    return NULL;
}

bool monitoring_parse(const char *text, size_t size, struct monitoring_line *ret,
                      const char **ret_reason)
{
    const size_t mark = sizeof MONITORING_MARK - 1;
    char *field[FIELDS_MAX];
    double epoch;
    while (size > mark && strchr(" \t\r\n\"", text[size - 1]) != NULL && text[size - 1] != '\0')
        size--;
    *ret_reason = NULL;
    if (size - mark > MONITORING_LINE_MAX) {
        *ret_reason = "a MONITORING line has more than 1,024 bytes";
        return false;
    }
    memcpy(ret->text, text + mark, size - mark);
    ret->text[size - mark] = '\0';
    const size_t fields = split(ret->text, field);
    ret->point = (struct metric_point){.period_ns = UNKNOWN_VALUE};
    if (memchr(text, '\0', size) != NULL)
        *ret_reason = "there is a NUL byte in a MONITORING line";
    else if (fields < 4)
        *ret_reason = "a MONITORING line has fewer than four fields";
    else if (!csv_to_double(field[0], &epoch) || epoch < 0 || epoch > EPOCH_MS_MAX ||
             !csv_to_scaled(field[0], epoch < EPOCH_MS_MIN ? 9 : 6, &ret->point.time_ns, NULL))
        *ret_reason = "the time of a MONITORING line is not a number of seconds or milliseconds";
    else if (!csv_to_double(field[1], &ret->point.value))
        *ret_reason = "the value of a MONITORING line is not a number";
    else if (field[2][0] == '\0' || field[3][0] == '\0')
        *ret_reason = "a MONITORING line has no name or no type";
    if (*ret_reason != NULL)
        return false;
    const bool name_first = is_type(field[3]) && !is_type(field[2]);
    ret->point.statistic = field[name_first ? 3 : 2];
    ret->point.metric = field[name_first ? 2 : 3];
    ret->point.entity = fields > 4 ? find_function(field[4]) : NULL;
    return true;
}

static bool recognise(const char *head, size_t size)
{
    return formats_contains(head, size, MONITORING_MARK);
}

const struct trace_format monitoring_format = {
    .name = "monitoring",
    .description = "MONITORING|time|value|type|name|#tags lines in any log",
    .recognise = recognise,
    .read = lambda_log_read,
};
