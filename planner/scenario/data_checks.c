/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What only the program's data can tell about a scenario: runtimes, keep-alive profiles, instance
 * types, SKUs and regions that are not there, runtimes before their day or past it, measurements
 * that something else stands in for.
 */
#include "scenario/internal.h"

#include "support/date.h"
#include "support/text.h"

#include <stdio.h>
#include <string.h>

#define NEAR_SIZE 100

/* "; did you mean `x`?" or nothing: the whole list would be long. */
static const char *near_name(const struct reader *reader, const char *word,
                             const char *const *names, size_t count, char text[NEAR_SIZE])
{
    const char *const near = reader->diagnostics->errors >= DIAGNOSTICS_MAX
                                 ? NULL /* nobody will read it, and it is dear */
                                 : text_near_miss(word, names, count);
    snprintf(text, NEAR_SIZE, near != NULL ? "; did you mean `%s`?" : "%s",
             near != NULL ? near : "");
    return text;
}

/* A deprecated runtime still runs; one that is not there yet cannot. */
static void check_dates(struct reader *reader, const cJSON *at, const char *runtime,
                        int32_t introduced, int32_t deprecated)
{
    char date[16], day[16];
    if (reader->day < introduced)
        reader_error(reader, at, "runtime", "runtime %s exists since %s; as_of is %s", runtime,
                     date_format(introduced, date), date_format(reader->day, day));
    else if (reader->day >= deprecated)
        reader_warning(reader, at, "runtime",
                       "runtime %s is deprecated since %s: functions that have it keep running, "
                       "but are patched no more, and in time AWS blocks new ones",
                       runtime, date_format(deprecated, date));
}

/* A runtime of the user's own is good enough when he says how long it takes to start. */
static void check_runtime(struct reader *reader, const cJSON *json,
                          const struct function_spec *function)
{
    const cJSON *const at = reader_member(json, "runtime");
    int32_t introduced, deprecated;
    char near[NEAR_SIZE];
    size_t count;
    if (runtimes_dates(reader->data->runtimes, function->runtime, &introduced, &deprecated)) {
        check_dates(reader, at, function->runtime, introduced, deprecated);
    } else if (function->init_duration_ms == NULL) {
        const char *const *const names = runtimes_names(reader->data->runtimes, &count);
        reader_error(reader, at, "runtime",
                     "`%s` is not known%s; give init_duration_ms, or one of "
                     "data/runtimes/names.csv",
                     function->runtime, near_name(reader, function->runtime, names, count, near));
    }
}

static void check_init(struct reader *reader, const cJSON *json,
                       const struct function_spec *function)
{
    struct distribution ms;
    const char *source = "";
    const int status =
        runtimes_init(reader->data->runtimes, function->runtime, function->image, function->arm64,
                      function->memory_size, reader->day, &ms, &source);
    if (status > 0)
        reader_warning(reader, json, NULL,
                       "no cold start was measured for %s on this date, so %s stands in; give "
                       "init_duration_ms if you know yours",
                       function->runtime != NULL ? function->runtime : "an unnamed runtime",
                       source);
    if (status >= 0)
        distribution_finish(&ms);
}

static void check_keep_alive(struct reader *reader, const cJSON *json, const char *profile)
{
    struct distribution s;
    char near[NEAR_SIZE], day[16];
    size_t count;
    const char *const *const names = runtimes_profile_names(reader->data->runtimes, &count);
    if (runtimes_keep_alive(reader->data->runtimes, profile, reader->day, &s, NULL) == 0)
        distribution_finish(&s);
    else if (profile != NULL)
        reader_error(reader, reader_member(json, "keep_alive_profile"), "keep_alive_profile",
                     "there is no profile `%s`%s in data/runtimes/keep_alive.csv", profile,
                     near_name(reader, profile, names, count, near));
    else
        reader_error(reader, json, NULL,
                     "data/runtimes/keep_alive.csv has no profile for %s; give keep_alive_s",
                     date_format(reader->day, day));
}

void checks_environments(struct reader *reader, const cJSON *json,
                         const struct function_spec *function)
{
    if (reader->data->runtimes == NULL || !reader->day_known)
        return;
    if (function->runtime != NULL)
        check_runtime(reader, json, function);
    if (function->init_duration_ms == NULL)
        check_init(reader, json, function);
    if (function->keep_alive_s == NULL)
        check_keep_alive(reader, json, function->keep_alive_profile);
}

void checks_instance_type(struct reader *reader, const cJSON *json, const char *type)
{
    size_t count;
    char near[NEAR_SIZE];
    if (reader->data->instances == NULL || type == NULL ||
        instances_find(reader->data->instances, type) != NULL)
        return;
    const char *const *const names = instances_names(reader->data->instances, &count);
    reader_error(reader, reader_member(json, "instance_type"), "instance_type",
                 "`%s` is not in data/instances%s", type,
                 near_name(reader, type, names, count, near));
}

/* A price that nothing asks for would be ignored in silence. */
void finish_price(struct reader *reader, const cJSON *json, void *base, uint64_t given)
{
    const struct price_override_spec *const price = base;
    char service[JSON_SHOWN_SIZE], sku[JSON_SHOWN_SIZE];
    (void)given;
    if (reader->data->billed == NULL || price->service == NULL || price->sku == NULL ||
        reader->data->billed(price->service, price->sku))
        return;
    reader_error(
        reader, json, NULL,
        "no usage is billed by the SKU `%s` of service `%s`; `lambdaplan prices list` names "
        "what is",
        json_shown(price->sku, sku), json_shown(price->service, service));
}

void checks_region(struct reader *reader, const struct scenario *scenario, bool option)
{
    const struct scenario_data *const data = reader->data;
    const cJSON *const at = reader_member(reader->root, "region");
    char suggestion[300];
    if (data->regions == 0 || scenario->prices > 0 || scenario->region == NULL)
        return; /* who gives prices of his own is told which are missing */
    for (size_t i = 0; i < data->regions; i++)
        if (strcmp(data->region[i], scenario->region) == 0)
            return;
    reader_suggest(reader, scenario->region, data->region, data->regions, '`', suggestion,
                   sizeof suggestion);
    if (option)
        diagnostics_error(reader->diagnostics, NULL, 0, "--region: no price is known in `%s`%s",
                          scenario->region, suggestion);
    else
        reader_error(reader, at == NULL ? reader->root : at, "region",
                     "no price is known in `%s`%s", scenario->region, suggestion);
}
