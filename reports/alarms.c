/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/alarms.h"

#include "reports/human.h"

#include "core/memory.h"
#include "support/text.h"

#include <stdlib.h>

#define TOLD 3 /* times that it fired, in a sentence */

const char *alarm_verdict(const struct result_alarm *alarm)
{
    return alarm->fired > 0 ? "fired" : "silent";
}

char *alarm_story(const struct result_alarm *alarm)
{
    char at[HUMAN_SIZE], total[HUMAN_SIZE];
    size_t told = 0;
    if (alarm->fired == 0)
        return mem_strdup(alarm->last == RESULT_ALARM_INSUFFICIENT_DATA
                              ? "does not fire; at the end it has insufficient data"
                              : "does not fire");
    char *story = mem_strdup("");
    for (size_t i = 0; i < alarm->changes && told <= TOLD; i++) {
        const struct result_alarm_change *const change = &alarm->change[i];
        const bool fires = change->to == RESULT_ALARM_ALARM;
        if (!fires && change->from != RESULT_ALARM_ALARM)
            continue;
        told += fires;
        if (told > TOLD)
            break;
        char *const longer =
            text_format("%s%s%s at %s", story, *story == '\0' ? "" : ", ",
                        fires                                          ? "fires"
                        : change->to == RESULT_ALARM_INSUFFICIENT_DATA ? "lacks data"
                                                                       : "clears",
                        human_duration(change->time_s, at));
        free(story);
        story = longer;
    }
    char *const whole = text_format(
        "%s%s; %zu time%s, %s in all%s", story, alarm->fired > TOLD ? " …" : "", alarm->fired,
        alarm->fired == 1 ? "" : "s", human_duration(alarm->alarm_s, total),
        alarm->last == RESULT_ALARM_ALARM ? ", still in alarm" : "");
    free(story);
    return whole;
}

void alarms_table(struct text_table *ret, const struct result *result)
{
    static const struct text_column columns[] = {
        {"alarm", false, false}, {"rule", false, false}, {"what it does", false, false}};
    text_table_init(ret, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < result->alarms; i++) {
        char *const story = alarm_story(&result->alarm[i]);
        text_table_add(ret, STYLE_PLAIN, result->alarm[i].name);
        text_table_add(ret, STYLE_PLAIN, result->alarm[i].text);
        text_table_add(ret, STYLE_PLAIN, story);
        free(story);
    }
}

void json_put_alarms(struct json_writer *json, cJSON *parent, const struct result *result)
{
    static const char *const states[] = {[RESULT_ALARM_INSUFFICIENT_DATA] = "INSUFFICIENT_DATA",
                                         [RESULT_ALARM_OK] = "OK",
                                         [RESULT_ALARM_ALARM] = "ALARM"};
    cJSON *const array = json_put_array(json, parent, "alarms");
    for (size_t i = 0; i < result->alarms; i++) {
        const struct result_alarm *const alarm = &result->alarm[i];
        cJSON *const item = json_put_object(json, array, NULL);
        json_put_text(json, item, "name", alarm->name);
        json_put_text(json, item, "rule", alarm->text);
        json_put_integer(json, item, "fired", alarm->fired);
        json_put_number(json, item, "alarm_s", alarm->alarm_s);
        json_put_text(json, item, "state", states[alarm->last]);
        json_put_integer(json, item, "changes_not_listed", alarm->all - alarm->changes);
        cJSON *const changes = json_put_array(json, item, "changes");
        for (size_t k = 0; k < alarm->changes; k++) {
            cJSON *const change = json_put_object(json, changes, NULL);
            json_put_number(json, change, "time_s", alarm->change[k].time_s);
            json_put_text(json, change, "state", states[alarm->change[k].to]);
            json_put_number(json, change, "value", alarm->change[k].value);
        }
    }
}
