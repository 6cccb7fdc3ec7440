/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/keep_alive.h"

#include "core/memory.h"
#include "scenario/data_table.h"
#include "support/date.h"

#include <stdlib.h>
#include <string.h>

#define IDLE_MAX_S (10.0 * 365 * 86400)

enum column {
    COLUMN_PROFILE,
    COLUMN_FROM,
    COLUMN_TO,
    COLUMN_IDLE,
    COLUMN_FRACTION,
    COLUMN_SHAPE,
    COLUMN_SOURCE,
    COLUMN_CONFIDENCE,
    COLUMNS
};

static const char *const column_name[COLUMNS] = {
    [COLUMN_PROFILE] = "profile", [COLUMN_FROM] = "effective_from",    [COLUMN_TO] = "effective_to",
    [COLUMN_IDLE] = "idle_s",     [COLUMN_FRACTION] = "fraction_warm", [COLUMN_SHAPE] = "shape",
    [COLUMN_SOURCE] = "source",   [COLUMN_CONFIDENCE] = "confidence",
};

static bool read_shape(const struct data_table *table, bool *ret_step)
{
    const char *const shape = data_table_cell(table, COLUMN_SHAPE);
    *ret_step = strcmp(shape, "step") == 0;
    if (*ret_step || strcmp(shape, "linear") == 0)
        return true;
    diagnostics_error(table->diagnostics, table->path, table->line,
                      "shape: \"%s\" is neither step nor linear", shape);
    return false;
}

static struct keep_alive_profile *last_profile(const struct keep_alive *table)
{
    return table->count > 0 ? &table->profile[table->count - 1] : NULL;
}

/* NULL after an error: the rows of a profile stand together and agree. */
static struct keep_alive_profile *profile_of(struct keep_alive *keep_alive,
                                             const struct data_table *table,
                                             const struct keep_alive_profile *row)
{
    struct keep_alive_profile *const last = last_profile(keep_alive);
    if (last != NULL && strcmp(last->name, row->name) == 0) {
        if (last->step == row->step && last->from_day == row->from_day &&
            last->to_day == row->to_day)
            return last;
        diagnostics_error(table->diagnostics, table->path, table->line,
                          "%s: shape and validity differ from line %ld", row->name, last->line);
        return NULL;
    }
    const struct keep_alive_profile *const earlier = keep_alive_find(keep_alive, row->name, 0);
    if (earlier != NULL) {
        diagnostics_error(table->diagnostics, table->path, table->line,
                          "%s: its rows must follow those from line %ld on", row->name,
                          earlier->line);
        return NULL;
    }
    keep_alive->profile = mem_grow(keep_alive->profile, &keep_alive->capacity, keep_alive->count,
                                   sizeof *keep_alive->profile);
    struct keep_alive_profile *const profile = &keep_alive->profile[keep_alive->count++];
    *profile = *row;
    profile->name = mem_strdup(row->name);
    profile->line = table->line;
    return profile;
}

static void add_point(struct keep_alive_profile *profile, const struct data_table *table,
                      double idle_s, double fraction)
{
    const size_t n = profile->count;
    const char *wrong = NULL;
    if (n == 0 && fraction != 1)
        wrong = "the first fraction_warm of a profile must be 1";
    else if (n > 0 && idle_s <= profile->idle_s[n - 1])
        wrong = "idle_s must rise";
    else if (n > 0 && fraction > profile->fraction_warm[n - 1])
        wrong = "fraction_warm must not rise";
    if (wrong != NULL) {
        diagnostics_error(table->diagnostics, table->path, table->line, "%s: %s", profile->name,
                          wrong);
        return;
    }
    profile->idle_s =
        mem_grow(profile->idle_s, &profile->idle_capacity, n, sizeof *profile->idle_s);
    profile->fraction_warm = mem_grow(profile->fraction_warm, &profile->fraction_capacity, n,
                                      sizeof *profile->fraction_warm);
    profile->idle_s[n] = idle_s;
    profile->fraction_warm[n] = fraction;
    profile->count++;
}

static void read_row(struct keep_alive *keep_alive, const struct data_table *table)
{
    struct keep_alive_profile row = {0};
    const char *name, *note;
    double idle_s, fraction;
    bool ok = data_table_text(table, COLUMN_PROFILE, &name);
    ok &= data_table_validity(table, COLUMN_FROM, &row.from_day, &row.to_day);
    ok &= data_table_number(table, COLUMN_IDLE, 0, IDLE_MAX_S, &idle_s);
    ok &= data_table_number(table, COLUMN_FRACTION, 0, 1, &fraction);
    ok &= read_shape(table, &row.step);
    ok &= data_table_text(table, COLUMN_SOURCE, &note);
    ok &= data_table_text(table, COLUMN_CONFIDENCE, &note);
    if (!ok)
        return;
    if (row.from_day == DATE_MIN && row.to_day == DATE_MAX)
        row.to_day = DATE_MIN; /* by name only */
    char *const copy = mem_strdup(name);
    row.name = copy;
    struct keep_alive_profile *const profile = profile_of(keep_alive, table, &row);
    if (profile != NULL)
        add_point(profile, table, idle_s, fraction);
    free(copy);
}

static bool overlap(const struct keep_alive_profile *a, const struct keep_alive_profile *b)
{
    return a->from_day < b->to_day && b->from_day < a->to_day;
}

static void check(const struct keep_alive *table, const char *path, struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct keep_alive_profile *const profile = &table->profile[i];
        if (profile->count < 2 || profile->fraction_warm[profile->count - 1] != 0)
            diagnostics_error(diagnostics, path, profile->line,
                              "%s: the last fraction_warm of a profile must be 0", profile->name);
        for (size_t j = 0; j < i; j++)
            if (overlap(profile, &table->profile[j]))
                diagnostics_error(diagnostics, path, profile->line,
                                  "%s is the default at the same time as %s (line %ld)",
                                  profile->name, table->profile[j].name, table->profile[j].line);
    }
    if (table->count == 0)
        diagnostics_error(diagnostics, path, 0, "there is no keep-alive profile");
}

void keep_alive_load(struct keep_alive *ret, const char *path, struct diagnostics *diagnostics)
{
    *ret = (struct keep_alive){0};
    const size_t errors = diagnostics->errors;
    struct data_table table;
    if (!data_table_open(&table, path, column_name, COLUMNS, diagnostics))
        return;
    while (data_table_next(&table) > 0)
        read_row(ret, &table);
    data_table_close(&table);
    if (diagnostics->errors == errors)
        check(ret, path, diagnostics);
    ret->name = mem_alloc(ret->count, sizeof *ret->name);
    for (size_t i = 0; i < ret->count; i++)
        ret->name[i] = ret->profile[i].name;
}

void keep_alive_finish(struct keep_alive *table)
{
    for (size_t i = 0; i < table->count; i++) {
        free(table->profile[i].name);
        free(table->profile[i].idle_s);
        free(table->profile[i].fraction_warm);
    }
    free(table->profile);
    free(table->name);
    *table = (struct keep_alive){0};
}

const struct keep_alive_profile *keep_alive_find(const struct keep_alive *table, const char *name,
                                                 int32_t day)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct keep_alive_profile *const profile = &table->profile[i];
        if (name != NULL ? strcmp(profile->name, name) == 0
                         : profile->from_day <= day && day < profile->to_day)
            return profile;
    }
    return NULL;
}

/* Each drop of the staircase is the share of environments that end exactly there. */
static void step_distribution(const struct keep_alive_profile *profile, struct distribution *ret)
{
    double *const weight = mem_alloc(profile->count, sizeof *weight);
    struct distribution *const component = mem_alloc(profile->count, sizeof *component);
    size_t count = 0;
    for (size_t i = 1; i < profile->count; i++) {
        const double drop = profile->fraction_warm[i - 1] - profile->fraction_warm[i];
        if (drop <= 0)
            continue;
        weight[count] = drop;
        distribution_constant(&component[count++], profile->idle_s[i]);
    }
    if (count == 1)
        *ret = component[0];
    else
        distribution_mixture(ret, weight, component, count);
    free(component);
    free(weight);
}

static void linear_distribution(const struct keep_alive_profile *profile, struct distribution *ret)
{
    double *const probability = mem_alloc(profile->count, sizeof *probability);
    for (size_t i = 0; i < profile->count; i++)
        probability[i] = 1 - profile->fraction_warm[i];
    distribution_empirical(ret, probability, profile->idle_s, profile->count);
    free(probability);
}

void keep_alive_distribution(const struct keep_alive_profile *profile, struct distribution *ret_s)
{
    if (profile->step)
        step_distribution(profile, ret_s);
    else
        linear_distribution(profile, ret_s);
}
