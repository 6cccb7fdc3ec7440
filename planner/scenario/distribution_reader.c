/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From the parameters that people have (mean and standard deviation, median and sigma, quantiles, a
 * column of samples) to those that struct distribution draws from.
 */
#include "scenario/internal.h"

#include "core/memory.h"
#include "support/csv.h"

#include <math.h>
#include <stdlib.h>

#define MOST_NESTED 4 /* mixtures in mixtures */
#define MOST_SAMPLES 1000000
#define MOST_QUANTILES 10001 /* a table of this length is kept of more samples */

/* Whether exactly one of two pairs of parameters is there, whole; `ret_first` says which. */
static bool one_pair(struct reader *reader, const cJSON *json, const char *const pair[2][2],
                     bool *ret_first)
{
    bool there[2][2];
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++)
            there[i][j] = reader_member(json, pair[i][j]) != NULL;
    *ret_first = there[0][0] && there[0][1];
    const bool second = there[1][0] && there[1][1];
    const int count = there[0][0] + there[0][1] + there[1][0] + there[1][1];
    if (count == 2 && (*ret_first || second))
        return true;
    reader_error(reader, json, NULL, "needs either %s and %s or %s and %s", pair[0][0], pair[0][1],
                 pair[1][0], pair[1][1]);
    return false;
}

static bool positive(struct reader *reader, const cJSON *json, const char *key, double number)
{
    if (number > 0)
        return true;
    reader_error(reader, reader_member(json, key), key, "must be above 0");
    return false;
}

static bool convert_lognormal(struct reader *reader, const cJSON *json,
                              const struct distribution_input *input, struct distribution *ret)
{
    static const char *const pair[2][2] = {{"mean", "sd"}, {"median", "sigma"}};
    bool by_mean;
    if (!one_pair(reader, json, pair, &by_mean))
        return false;
    if (!by_mean) {
        ret->a = log(input->median);
        ret->b = input->sigma;
        return positive(reader, json, "median", input->median);
    }
    if (!positive(reader, json, "mean", input->mean))
        return false;
    const double variance = log1p(input->sd / input->mean * (input->sd / input->mean));
    ret->a = log(input->mean) - variance / 2;
    ret->b = sqrt(variance);
    return true;
}

static bool convert_gamma(struct reader *reader, const cJSON *json,
                          const struct distribution_input *input, struct distribution *ret)
{
    static const char *const pair[2][2] = {{"mean", "sd"}, {"shape", "scale"}};
    bool by_mean;
    if (!one_pair(reader, json, pair, &by_mean))
        return false;
    ret->a = input->shape;
    ret->b = input->scale;
    if (by_mean) {
        if (!positive(reader, json, "mean", input->mean) ||
            !positive(reader, json, "sd", input->sd))
            return false;
        ret->a = input->mean / input->sd * (input->mean / input->sd);
        ret->b = input->sd * (input->sd / input->mean);
    }
    return true;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Samples of a column, sorted; NULL after an error. */
static double *read_samples(struct reader *reader, const cJSON *json, const char *path,
                            const char *column, size_t *ret_count)
{
    double *sample = NULL;
    size_t count = 0, capacity = 0;
    const size_t before = reader->diagnostics->errors;
    if (!checks_file(reader, json, "file", path))
        return NULL;
    struct csv_reader *const csv = csv_open(path, reader->diagnostics);
    if (csv == NULL)
        return NULL;
    const long index = csv_find_column(csv, column);
    if (index < 0)
        checks_no_column(reader, json, "column", csv, path, column);
    const char *const *field;
    long line;
    while (reader->diagnostics->errors == before && csv_next(csv, &field, &line) > 0) {
        double value;
        if (count == MOST_SAMPLES) {
            diagnostics_error(reader->diagnostics, path, line, "more than %d samples",
                              MOST_SAMPLES);
            break;
        }
        if (!csv_to_double(field[index], &value) || value < 0 || value > 1e15) {
            char shown[JSON_SHOWN_SIZE];
            diagnostics_error(reader->diagnostics, path, line,
                              "%s: \"%s\" is not a number from 0 to 1e15", column,
                              json_shown(field[index], shown));
            break;
        }
        sample = mem_grow(sample, &capacity, count, sizeof *sample);
        sample[count++] = value;
    }
    csv_close(csv);
    if (reader->diagnostics->errors == before && count == 0)
        diagnostics_error(reader->diagnostics, path, 0, "has no samples");
    if (reader->diagnostics->errors != before) {
        free(sample);
        return NULL;
    }
    qsort(sample, count, sizeof *sample, by_value);
    *ret_count = count;
    return sample;
}

static bool convert_samples(struct reader *reader, const cJSON *json,
                            const struct distribution_input *input, struct distribution *ret)
{
    size_t count;
    double *const sample = read_samples(reader, json, input->file, input->column, &count);
    if (sample == NULL)
        return false;
    if (count == 1) {
        distribution_constant(ret, sample[0]);
    } else {
        const size_t kept = count < MOST_QUANTILES ? count : MOST_QUANTILES;
        for (size_t i = 0; kept < count && i < kept; i++) { /* in place: reads are at i or beyond */
            const double at = (double)i / (double)(kept - 1) * (double)(count - 1);
            const size_t below = (size_t)at;
            const size_t above = below + 1 < count ? below + 1 : below;
            sample[i] = sample[below] + (at - (double)below) * (sample[above] - sample[below]);
        }
        distribution_empirical(ret, NULL, sample, kept);
    }
    free(sample);
    return true;
}

static bool convert_quantiles(struct reader *reader, const cJSON *json,
                              const struct distribution_input *input, struct distribution *ret)
{
    const struct quantile_point *const point = input->quantile;
    const size_t count = input->quantiles;
    const cJSON *const list = reader_member(json, "quantiles");
    if (count < 2)
        return false;
    if (point[0].probability != 0 || point[count - 1].probability != 1) {
        reader_error(reader, list, "quantiles", "must begin at probability 0 and end at 1");
        return false;
    }
    for (size_t i = 1; i < count; i++)
        if (point[i].probability < point[i - 1].probability ||
            point[i].value < point[i - 1].value) {
            reader_error(reader, cJSON_GetArrayItem(list, (int)i), "quantiles",
                         "point %zu is below the one before it", i);
            return false;
        }
    double *const probability = mem_alloc(2 * count, sizeof *probability);
    double *const value = probability + count;
    for (size_t i = 0; i < count; i++) {
        probability[i] = point[i].probability;
        value[i] = point[i].value;
    }
    distribution_empirical(ret, probability, value, count);
    free(probability);
    return true;
}

static bool convert_empirical(struct reader *reader, const cJSON *json,
                              const struct distribution_input *input, struct distribution *ret)
{
    const bool from_file = input->file != NULL && input->column != NULL;
    if ((reader_member(json, "quantiles") != NULL) + from_file != 1 ||
        (input->file == NULL) != (input->column == NULL)) {
        reader_error(reader, json, NULL, "needs either quantiles or file and column");
        return false;
    }
    return from_file ? convert_samples(reader, json, input, ret)
                     : convert_quantiles(reader, json, input, ret);
}

static bool convert_mixture(struct reader *reader, const cJSON *json,
                            struct distribution_input *input, struct distribution *ret)
{
    const size_t count = input->components;
    double sum = 0;
    if (count == 0)
        return false;
    for (size_t i = 0; i < count; i++)
        sum += input->component[i].weight;
    if (sum <= 0) {
        reader_error(reader, reader_member(json, "components"), "components",
                     "all weights are 0: nothing can be drawn");
        return false;
    }
    double *const weight = mem_alloc(count, sizeof *weight);
    struct distribution *const part = mem_alloc(count, sizeof *part);
    for (size_t i = 0; i < count; i++) {
        weight[i] = input->component[i].weight;
        part[i] = input->component[i].value;
        input->component[i].value = (struct distribution){0}; /* the mixture owns it now */
    }
    distribution_mixture(ret, weight, part, count);
    free(weight);
    free(part);
    return true;
}

static bool convert(struct reader *reader, const cJSON *json, struct distribution_input *input,
                    struct distribution *ret)
{
    ret->kind = input->kind;
    switch (input->kind) {
    case DISTRIBUTION_CONSTANT:
        ret->a = input->value;
        return true;
    case DISTRIBUTION_UNIFORM:
        ret->a = input->min;
        ret->b = input->max;
        return true;
    case DISTRIBUTION_EXPONENTIAL:
        ret->a = input->mean;
        return true;
    case DISTRIBUTION_NORMAL:
        ret->a = input->mean;
        ret->b = input->sd;
        return true;
    case DISTRIBUTION_LOGNORMAL:
        return convert_lognormal(reader, json, input, ret);
    case DISTRIBUTION_GAMMA:
        return convert_gamma(reader, json, input, ret);
    case DISTRIBUTION_WEIBULL:
        ret->a = input->shape;
        ret->b = input->scale;
        return true;
    case DISTRIBUTION_PARETO:
        ret->a = input->minimum;
        ret->b = input->alpha;
        return true;
    case DISTRIBUTION_EMPIRICAL:
        return convert_empirical(reader, json, input, ret);
    case DISTRIBUTION_MIXTURE:
        return convert_mixture(reader, json, input, ret);
    }
    return false;
}

static bool read_object(struct reader *reader, const cJSON *json, struct distribution *ret)
{
    struct distribution_input input = {0};
    const size_t before = reader->diagnostics->errors;
    if (reader->mixtures >= MOST_NESTED) {
        reader_error(reader, json, NULL, "mixtures are nested more than %d deep", MOST_NESTED);
        return false;
    }
    reader->mixtures++;
    reader_object(reader, &object_distribution, json, &input);
    reader->mixtures--;
    bool good = reader->diagnostics->errors == before && convert(reader, json, &input, ret);
    if (good) {
        ret->shift = input.shift;
        const char *const wrong = distribution_check(ret);
        if (wrong != NULL)
            reader_error(reader, json, NULL, "%s", wrong);
        good = wrong == NULL;
    }
    fields_finish(&object_distribution, &input);
    return good;
}

void reader_distribution(struct reader *reader, const cJSON *json, struct distribution *ret)
{
    char shown[JSON_NUMBER_SIZE];
    struct distribution distribution = {0};
    bool good = false;
    if (cJSON_IsNumber(json)) {
        good = json->valuedouble >= 0 && json->valuedouble <= 1e15;
        if (good)
            distribution_constant(&distribution, json->valuedouble);
        else
            reader_error(reader, json, NULL, "%s is not from 0 to 1e15",
                         json_number(json->valuedouble, shown));
    } else if (cJSON_IsObject(json)) {
        good = read_object(reader, json, &distribution);
    } else {
        reader_error(reader, json, NULL,
                     "must be a number or a distribution such as {\"distribution\": "
                     "\"exponential\", \"mean\": 10}");
    }
    if (!good) {
        distribution_finish(&distribution);
        distribution_constant(&distribution, 0);
    }
    *ret = distribution;
}
