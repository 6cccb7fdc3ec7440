/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/traffic_options.h"

#include "commands/command.h"
#include "core/memory.h"
#include "engine/axis.h"
#include "support/csv.h"
#include "support/date.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define VALUES_MAX 1000 /* each is simulated */
#define UP_TO_MOST 1e6

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Rising, each once. */
static void take_values(const struct axis *axis, struct numbers *ret)
{
    double *const value = mem_alloc(axis->values, sizeof *value);
    size_t n = 0;
    for (size_t i = 0; i < axis->values; i++)
        value[i] = strtod(axis->value[i].text, NULL);
    qsort(value, axis->values, sizeof *value, compare);
    for (size_t i = 0; i < axis->values; i++)
        if (i == 0 || value[i] > value[n - 1])
            value[n++] = value[i];
    free(ret->value); /* of an option that is given twice the last holds */
    *ret = (struct numbers){value, n};
}

static int take_numbers(const char *name, const char *text, struct numbers *ret)
{
    struct diagnostics diagnostics;
    struct axis axis;
    diagnostics_init(&diagnostics);
    if (axis_parse_numbers(&axis, text, name, &diagnostics) == 0) {
        if (axis.open)
            diagnostics_error(&diagnostics, name, 0,
                              "needs steps: FROM:TO:STEP or FROM:TO:*FACTOR");
        else if (axis.values > VALUES_MAX)
            diagnostics_error(&diagnostics, name, 0, "%zu values; at most %d", axis.values,
                              VALUES_MAX);
        else
            take_values(&axis, ret);
    }
    const int status = diagnostics.errors > 0 ? -1 : 0;
    for (size_t i = 0; i < diagnostics.count; i++)
        complain("%s", diagnostics.item[i].text);
    diagnostics_finish(&diagnostics);
    axis_finish(&axis);
    return status;
}

static int take_traffic(const char *text, struct numbers *ret)
{
    if (take_numbers("--traffic", text, ret) < 0)
        return -1;
    if (ret->value[0] > 0 && ret->count >= 2)
        return 0;
    if (ret->count < 2)
        complain("--traffic: a curve needs two traffics at least");
    else
        complain("--traffic: %g is not above 0", ret->value[0]);
    return -1;
}

static int take_burstiness(const char *text, struct numbers *ret)
{
    if (take_numbers("--burstiness", text, ret) < 0)
        return -1;
    if (ret->value[0] >= 1)
        return 0;
    complain("--burstiness: is the rate in a burst over the mean rate, so at least 1");
    return -1;
}

/* "5%/month", "80%/year": a month's part. */
static int take_growth(const char *text, double *ret)
{
    char number[40] = "";
    const char *const percent = strchr(text, '%');
    if (percent != NULL && percent - text < (long)sizeof number)
        memcpy(number, text, (size_t)(percent - text));
    const bool month = percent != NULL && strcmp(percent, "%/month") == 0;
    const bool year = percent != NULL && strcmp(percent, "%/year") == 0;
    double value;
    if ((month || year) && csv_to_double(number, &value) && value > 0 && value <= 1e6) {
        *ret = month ? value / 100 : expm1(log1p(value / 100) / 12);
        return 0;
    }
    complain("--growth: %s is no growth such as 5%%/month or 80%%/year, above 0", text);
    return -1;
}

static int take_from(const char *text, const char **ret)
{
    int32_t day;
    *ret = text;
    if (date_parse(text, &day))
        return 0;
    complain("--from: %s is not a date (YYYY-MM-DD)", text);
    return -1;
}

static int take_up_to(const char *text, double *ret)
{
    if (csv_to_double(text, ret) && *ret >= 1 && *ret <= UP_TO_MOST)
        return 0;
    complain("--up-to: %s is no factor from 1 to %g", text, UP_TO_MOST);
    return -1;
}

int traffic_option_take(struct study_options *options, char letter, const char *value)
{
    switch (letter) {
    case 'y':
        return take_traffic(value, &options->traffic);
    case 'b':
        return take_burstiness(value, &options->burstiness);
    case 'g':
        return take_growth(value, &options->growth);
    case 'Q':
        return take_from(value, &options->from);
    case 'Z':
        return take_up_to(value, &options->up_to);
    case 'H':
        options->scale_shards = true;
        return 0;
    default:
        options->workload = value;
        return 0;
    }
}
