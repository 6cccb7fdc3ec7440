/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/runtimes.h"

#include "core/memory.h"
#include "scenario/data_table.h"
#include "scenario/keep_alive.h"
#include "support/text.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GENERIC "*"
#define QUANTILES 5
#define INIT_MAX_MS 3.6e6
#define MEMORY_MAX_MB 1e6

static const double quantile[QUANTILES] = {0, 0.2, 0.5, 0.8, 1};

enum init_column {
    INIT_RUNTIME,
    INIT_PACKAGE,
    INIT_ARCHITECTURE,
    INIT_MEMORY,
    INIT_FROM,
    INIT_TO,
    INIT_MIN,
    INIT_MEDIAN,
    INIT_MEAN,
    INIT_MAX,
    INIT_SD,
    INIT_SOURCE,
    INIT_CONFIDENCE,
    INIT_COLUMNS
};

static const char *const init_column_name[INIT_COLUMNS] = {
    [INIT_RUNTIME] = "runtime",
    [INIT_PACKAGE] = "package",
    [INIT_ARCHITECTURE] = "architecture",
    [INIT_MEMORY] = "memory_mb",
    [INIT_FROM] = "effective_from",
    [INIT_TO] = "effective_to",
    [INIT_MIN] = "min_ms",
    [INIT_MEDIAN] = "median_ms",
    [INIT_MEAN] = "mean_ms",
    [INIT_MAX] = "max_ms",
    [INIT_SD] = "sd_ms",
    [INIT_SOURCE] = "source",
    [INIT_CONFIDENCE] = "confidence",
};

enum name_column {
    NAME_RUNTIME,
    NAME_LIKE,
    NAME_INTRODUCED,
    NAME_DEPRECATED,
    NAME_SOURCE,
    NAME_CONFIDENCE,
    NAME_COLUMNS
};

static const char *const name_column_name[NAME_COLUMNS] = {
    [NAME_RUNTIME] = "runtime",       [NAME_LIKE] = "like",     [NAME_INTRODUCED] = "introduced",
    [NAME_DEPRECATED] = "deprecated", [NAME_SOURCE] = "source", [NAME_CONFIDENCE] = "confidence",
};

struct name_row {
    char *like; /* NULL: none */
    int32_t introduced, deprecated;
};

struct init_row {
    char *runtime, *source;
    char *stand_in; /* "init durations of …", when it serves for something else */
    bool image, arm64, lognormal;
    double memory_mb;
    int32_t from_day, to_day;
    double parameter[QUANTILES]; /* quantiles in ms, or mu and sigma */
    long line;
};

struct runtimes {
    char **name;
    struct name_row *named; /* by the same index */
    size_t names, name_capacity, named_capacity;
    struct init_row *row; /* by runtime, package, architecture, from_day, memory */
    size_t rows, row_capacity;
    struct keep_alive keep_alive;
};

static long find_name(const struct runtimes *runtimes, const char *runtime)
{
    for (size_t i = 0; i < runtimes->names; i++)
        if (strcmp(runtimes->name[i], runtime) == 0)
            return (long)i;
    return -1;
}

static void read_name(struct runtimes *runtimes, const struct data_table *table)
{
    const char *name, *introduced, *note;
    struct name_row row = {0};
    bool ok = data_table_text(table, NAME_RUNTIME, &name);
    ok &= data_table_text(table, NAME_INTRODUCED, &introduced);
    ok &= data_table_validity(table, NAME_INTRODUCED, &row.introduced, &row.deprecated);
    ok &= data_table_text(table, NAME_SOURCE, &note);
    ok &= data_table_text(table, NAME_CONFIDENCE, &note);
    if (!ok)
        return;
    if (find_name(runtimes, name) >= 0) {
        diagnostics_error(table->diagnostics, table->path, table->line, "%s appears twice", name);
        return;
    }
    const char *const like = data_table_cell(table, NAME_LIKE);
    const size_t n = runtimes->names++;
    row.like = *like != '\0' ? mem_strdup(like) : NULL;
    runtimes->name = mem_grow(runtimes->name, &runtimes->name_capacity, n, sizeof *runtimes->name);
    runtimes->named =
        mem_grow(runtimes->named, &runtimes->named_capacity, n, sizeof *runtimes->named);
    runtimes->name[n] = mem_strdup(name);
    runtimes->named[n] = row;
}

static void load_names(struct runtimes *runtimes, const char *path, struct diagnostics *diagnostics)
{
    struct data_table table;
    if (!data_table_open(&table, path, name_column_name, NAME_COLUMNS, diagnostics))
        return;
    while (data_table_next(&table) > 0)
        read_name(runtimes, &table);
    data_table_close(&table);
    for (size_t i = 0; i < runtimes->names; i++)
        if (runtimes->named[i].like != NULL && find_name(runtimes, runtimes->named[i].like) < 0)
            diagnostics_error(diagnostics, path, 0, "%s is like %s, which is not listed",
                              runtimes->name[i], runtimes->named[i].like);
}

/* One of two words. */
static bool read_choice(const struct data_table *table, size_t column, const char *no,
                        const char *yes, bool *ret)
{
    const char *const text = data_table_cell(table, column);
    *ret = strcmp(text, yes) == 0;
    if (*ret || strcmp(text, no) == 0)
        return true;
    diagnostics_error(table->diagnostics, table->path, table->line,
                      "%s: \"%s\" is neither %s nor %s", table->name[column], text, no, yes);
    return false;
}

static double table_mean(const double value[QUANTILES])
{
    double sum = 0;
    for (size_t i = 1; i < QUANTILES; i++)
        sum += (quantile[i] - quantile[i - 1]) * (value[i] + value[i - 1]) / 2;
    return sum;
}

/* The inner points between where they can lie lowest (share -1), on straight lines (0) and
 * highest (1). The mean is linear in the share on either side of 0. */
static void bend(double value[QUANTILES], double share)
{
    const double min = value[0];
    const double median = value[2];
    const double max = value[4];
    const double y = min + 0.4 * (median - min);
    const double x = median + 0.6 * (max - median);
    value[1] = y + share * (share < 0 ? y - min : median - y);
    value[3] = x + share * (share < 0 ? x - median : max - x);
}

static bool match_mean(double value[QUANTILES], double mean)
{
    bend(value, 0);
    const double straight = table_mean(value);
    if (mean == straight)
        return true;
    bend(value, mean < straight ? -1 : 1);
    const double extreme = table_mean(value);
    const double share = (mean - straight) / fabs(extreme - straight);
    if (!(fabs(share) <= 1 + 1e-9)) /* NaN too: all values are equal, the mean is not */
        return false;
    bend(value, fmin(1, fmax(-1, share)));
    return true;
}

static bool read_quantiles(const struct data_table *table, struct init_row *row)
{
    double min, median, mean, max;
    bool ok = data_table_number(table, INIT_MIN, 0, INIT_MAX_MS, &min);
    ok &= data_table_number(table, INIT_MEDIAN, 0, INIT_MAX_MS, &median);
    ok &= data_table_number(table, INIT_MEAN, 0, INIT_MAX_MS, &mean);
    ok &= data_table_number(table, INIT_MAX, 0, INIT_MAX_MS, &max);
    if (!ok)
        return false;
    if (!(min <= median && median <= max)) {
        diagnostics_error(table->diagnostics, table->path, table->line,
                          "min_ms, median_ms and max_ms must rise");
        return false;
    }
    row->parameter[0] = min;
    row->parameter[2] = median;
    row->parameter[4] = max;
    if (match_mean(row->parameter, mean))
        return true;
    diagnostics_error(table->diagnostics, table->path, table->line,
                      "mean_ms: %g cannot be the mean with minimum %g, median %g and maximum %g",
                      mean, min, median, max);
    return false;
}

static bool read_lognormal(const struct data_table *table, struct init_row *row)
{
    double median, sd;
    bool ok = data_table_number(table, INIT_MEDIAN, 1e-3, INIT_MAX_MS, &median);
    ok &= data_table_number(table, INIT_SD, 0, INIT_MAX_MS, &sd);
    if (!ok)
        return false;
    /* sd^2 = median^2 u (u - 1) with u = exp(sigma^2) */
    const double ratio = sd / median;
    const double u = (1 + sqrt(1 + 4 * ratio * ratio)) / 2;
    row->lognormal = true;
    row->parameter[0] = log(median);
    row->parameter[1] = sqrt(log(u));
    return true;
}

static bool read_durations(const struct data_table *table, struct init_row *row)
{
    if (*data_table_cell(table, INIT_SD) == '\0')
        return read_quantiles(table, row);
    static const enum init_column other[] = {INIT_MIN, INIT_MEAN, INIT_MAX};
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        if (*data_table_cell(table, other[i]) != '\0') {
            diagnostics_error(table->diagnostics, table->path, table->line,
                              "%s is given beside sd_ms: a row has median_ms and sd_ms, or "
                              "min_ms, median_ms, mean_ms and max_ms",
                              table->name[other[i]]);
            return false;
        }
    return read_lognormal(table, row);
}

static void read_init(struct runtimes *runtimes, const struct data_table *table)
{
    struct init_row row = {.line = table->line};
    const char *runtime, *source, *note;
    bool ok = data_table_text(table, INIT_RUNTIME, &runtime);
    ok &= read_choice(table, INIT_PACKAGE, "zip", "image", &row.image);
    ok &= read_choice(table, INIT_ARCHITECTURE, "x86_64", "arm64", &row.arm64);
    ok &= data_table_number(table, INIT_MEMORY, 1, MEMORY_MAX_MB, &row.memory_mb);
    ok &= data_table_validity(table, INIT_FROM, &row.from_day, &row.to_day);
    ok &= read_durations(table, &row);
    ok &= data_table_text(table, INIT_SOURCE, &source);
    ok &= data_table_text(table, INIT_CONFIDENCE, &note);
    if (!ok)
        return;
    const bool generic = strcmp(runtime, GENERIC) == 0;
    if (!generic && find_name(runtimes, runtime) < 0) {
        diagnostics_error(table->diagnostics, table->path, table->line,
                          "%s is not listed in names.csv", runtime);
        return;
    }
    const char *const from = data_table_cell(table, INIT_FROM);
    row.runtime = mem_strdup(runtime);
    row.source = mem_strdup(source);
    row.stand_in =
        text_format("init durations of %s (%s, %s, valid from %s; %s)",
                    generic ? "a generic runtime" : runtime, row.image ? "image" : "zip",
                    row.arm64 ? "arm64" : "x86_64", *from != '\0' ? from : "the beginning", source);
    runtimes->row =
        mem_grow(runtimes->row, &runtimes->row_capacity, runtimes->rows, sizeof *runtimes->row);
    runtimes->row[runtimes->rows++] = row;
}

/* The order of what belongs together: runtime, package, architecture. */
static int compare_kind(const struct init_row *a, const struct init_row *b)
{
    const int order = strcmp(a->runtime, b->runtime);
    if (order != 0)
        return order;
    if (a->image != b->image)
        return a->image ? 1 : -1;
    return (int)a->arm64 - (int)b->arm64;
}

static int by_kind_day_memory(const void *x, const void *y)
{
    const struct init_row *const a = x;
    const struct init_row *const b = y;
    const int order = compare_kind(a, b);
    if (order != 0)
        return order;
    if (a->from_day != b->from_day)
        return a->from_day < b->from_day ? -1 : 1;
    if (a->memory_mb != b->memory_mb)
        return a->memory_mb < b->memory_mb ? -1 : 1;
    return a->line < b->line ? -1 : a->line > b->line;
}

/* Rows of one kind and start are points of one curve; curves of one kind follow one another. */
static void check_inits(const struct runtimes *runtimes, const char *path,
                        struct diagnostics *diagnostics)
{
    for (size_t i = 1; i < runtimes->rows; i++) {
        const struct init_row *const before = &runtimes->row[i - 1];
        const struct init_row *const row = &runtimes->row[i];
        if (compare_kind(before, row) != 0)
            continue;
        if (row->from_day != before->from_day) {
            if (row->from_day < before->to_day)
                diagnostics_error(diagnostics, path, row->line,
                                  "%s: valid at the same time as line %ld", row->runtime,
                                  before->line);
        } else if (row->memory_mb == before->memory_mb) {
            diagnostics_error(diagnostics, path, row->line, "%s: %g MB appears twice (line %ld)",
                              row->runtime, row->memory_mb, before->line);
        } else if (row->to_day != before->to_day || row->lognormal != before->lognormal) {
            diagnostics_error(diagnostics, path, row->line,
                              "%s: effective_to or the kind of figures differ from line %ld",
                              row->runtime, before->line);
        }
    }
    for (size_t i = 0; i < runtimes->rows; i++)
        if (strcmp(runtimes->row[i].runtime, GENERIC) == 0)
            return;
    diagnostics_error(diagnostics, path, 0, "the generic runtime %s is missing", GENERIC);
}

static void load_inits(struct runtimes *runtimes, const char *path, struct diagnostics *diagnostics)
{
    struct data_table table;
    if (!data_table_open(&table, path, init_column_name, INIT_COLUMNS, diagnostics))
        return;
    while (data_table_next(&table) > 0)
        read_init(runtimes, &table);
    data_table_close(&table);
    if (runtimes->rows > 0)
        qsort(runtimes->row, runtimes->rows, sizeof *runtimes->row, by_kind_day_memory);
    check_inits(runtimes, path, diagnostics);
}

struct runtimes *runtimes_load(const char *data_dir, struct diagnostics *diagnostics)
{
    const size_t errors = diagnostics->errors;
    struct runtimes *const runtimes = mem_alloc(1, sizeof *runtimes);
    char *const names = text_format("%s/runtimes/names.csv", data_dir);
    char *const inits = text_format("%s/runtimes/init.csv", data_dir);
    char *const keep_alive = text_format("%s/runtimes/keep_alive.csv", data_dir);
    load_names(runtimes, names, diagnostics);
    load_inits(runtimes, inits, diagnostics);
    keep_alive_load(&runtimes->keep_alive, keep_alive, diagnostics);
    free(keep_alive);
    free(inits);
    free(names);
    if (diagnostics->errors == errors)
        return runtimes;
    runtimes_destroy(runtimes);
    return NULL;
}

void runtimes_destroy(struct runtimes *runtimes)
{
    if (runtimes == NULL)
        return;
    for (size_t i = 0; i < runtimes->names; i++) {
        free(runtimes->name[i]);
        free(runtimes->named[i].like);
    }
    for (size_t i = 0; i < runtimes->rows; i++) {
        free(runtimes->row[i].runtime);
        free(runtimes->row[i].source);
        free(runtimes->row[i].stand_in);
    }
    keep_alive_finish(&runtimes->keep_alive);
    free(runtimes->name);
    free(runtimes->named);
    free(runtimes->row);
    free(runtimes);
}

bool runtimes_dates(const struct runtimes *runtimes, const char *runtime, int32_t *ret_introduced,
                    int32_t *ret_deprecated)
{
    const long name = find_name(runtimes, runtime);
    if (name < 0)
        return false;
    *ret_introduced = runtimes->named[name].introduced;
    *ret_deprecated = runtimes->named[name].deprecated;
    return true;
}

const char *const *runtimes_names(const struct runtimes *runtimes, size_t *ret_count)
{
    *ret_count = runtimes->names;
    return (const char *const *)runtimes->name;
}

const char *const *runtimes_profile_names(const struct runtimes *runtimes, size_t *ret_count)
{
    *ret_count = runtimes->keep_alive.count;
    return runtimes->keep_alive.name;
}

enum when { WHEN_NOW, WHEN_EARLIER, WHEN_LATER };

static enum when when(const struct init_row *row, int32_t day)
{
    if (day < row->from_day)
        return WHEN_LATER;
    return day < row->to_day ? WHEN_NOW : WHEN_EARLIER;
}

/* Whether `a` lies nearer to the day than `b`, both of the same `when`; then whether its package
 * and architecture fit better. */
static bool nearer(const struct init_row *a, const struct init_row *b, enum when at, bool image,
                   bool arm64)
{
    if (at == WHEN_EARLIER && a->to_day != b->to_day)
        return a->to_day > b->to_day;
    if (at == WHEN_LATER && a->from_day != b->from_day)
        return a->from_day < b->from_day;
    const int a_misfit = 2 * (a->image != image) + (a->arm64 != arm64);
    const int b_misfit = 2 * (b->image != image) + (b->arm64 != arm64);
    return a_misfit < b_misfit;
}

/* The first row of the best curve of `runtime`, or NULL. */
static const struct init_row *find_curve(const struct runtimes *runtimes, const char *runtime,
                                         enum when at, bool image, bool arm64, int32_t day)
{
    const struct init_row *best = NULL;
    for (size_t i = 0; i < runtimes->rows; i++) {
        const struct init_row *const row = &runtimes->row[i];
        if (strcmp(row->runtime, runtime) != 0 || when(row, day) != at)
            continue;
        if (best == NULL || nearer(row, best, at, image, arm64))
            best = row;
    }
    return best;
}

static const struct init_row *choose_curve(const struct runtimes *runtimes, const char *runtime,
                                           bool image, bool arm64, int32_t day)
{
    const struct {
        const char *runtime;
        enum when at;
    } order[] = {
        {runtime, WHEN_NOW},   {runtime, WHEN_EARLIER}, {GENERIC, WHEN_NOW},
        {runtime, WHEN_LATER}, {GENERIC, WHEN_EARLIER}, {GENERIC, WHEN_LATER},
    };
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        const struct init_row *const row =
            find_curve(runtimes, order[i].runtime, order[i].at, image, arm64, day);
        if (row != NULL)
            return row;
    }
    return NULL;
}

static bool same_curve(const struct init_row *a, const struct init_row *b)
{
    return compare_kind(a, b) == 0 && a->from_day == b->from_day;
}

static void interpolate(const struct runtimes *runtimes, const struct init_row *first,
                        double memory_mb, struct distribution *ret)
{
    const struct init_row *const end = runtimes->row + runtimes->rows;
    const struct init_row *low = first;
    while (low + 1 < end && same_curve(first, low + 1) && low[1].memory_mb <= memory_mb)
        low++;
    const struct init_row *const high =
        low->memory_mb < memory_mb && low + 1 < end && same_curve(first, low + 1) ? low + 1 : low;
    const double share =
        high == low ? 0 : (memory_mb - low->memory_mb) / (high->memory_mb - low->memory_mb);
    double parameter[QUANTILES];
    for (size_t i = 0; i < QUANTILES; i++)
        parameter[i] = low->parameter[i] + share * (high->parameter[i] - low->parameter[i]);
    if (first->lognormal)
        *ret = (struct distribution){
            .kind = DISTRIBUTION_LOGNORMAL, .a = parameter[0], .b = parameter[1]};
    else
        distribution_empirical(ret, quantile, parameter, QUANTILES);
}

int runtimes_init(const struct runtimes *runtimes, const char *runtime, bool image, bool arm64,
                  double memory_mb, int32_t day, struct distribution *ret_ms,
                  const char **ret_source)
{
    const char *measured = GENERIC;
    if (runtime != NULL) {
        const long name = find_name(runtimes, runtime);
        if (name < 0)
            return -1;
        measured = runtimes->named[name].like != NULL ? runtimes->named[name].like : runtime;
    }
    const struct init_row *const row = choose_curve(runtimes, measured, image, arm64, day);
    assert(row != NULL); /* the generic runtime always has a curve: check_inits */
    interpolate(runtimes, row, memory_mb, ret_ms);
    const bool exact = strcmp(row->runtime, runtime != NULL ? runtime : GENERIC) == 0 &&
                       when(row, day) == WHEN_NOW && row->image == image && row->arm64 == arm64;
    *ret_source = exact ? row->source : row->stand_in;
    return exact ? 0 : 1;
}

int runtimes_keep_alive(const struct runtimes *runtimes, const char *profile, int32_t day,
                        struct distribution *ret_s, const char **ret_name)
{
    const struct keep_alive_profile *const found =
        keep_alive_find(&runtimes->keep_alive, profile, day);
    if (found == NULL)
        return -1;
    keep_alive_distribution(found, ret_s);
    if (ret_name != NULL)
        *ret_name = found->name;
    return 0;
}
