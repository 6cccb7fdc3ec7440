/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/instances.h"

#include "core/memory.h"
#include "scenario/data_table.h"
#include "support/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum column {
    COLUMN_NAME,
    COLUMN_VCPU,
    COLUMN_MEMORY,
    COLUMN_ARCHITECTURE,
    COLUMN_BURSTABLE,
    COLUMN_CREDITS,
    COLUMN_MAX_CREDITS,
    COLUMN_BASELINE,
    COLUMN_SPEED,
    COLUMN_NETWORK,
    COLUMN_SOURCE,
    COLUMN_CONFIDENCE,
    COLUMNS
};

static const char *const column_name[COLUMNS] = {
    [COLUMN_NAME] = "instance_type",      [COLUMN_VCPU] = "vcpu",
    [COLUMN_MEMORY] = "memory_gib",       [COLUMN_ARCHITECTURE] = "architecture",
    [COLUMN_BURSTABLE] = "burstable",     [COLUMN_CREDITS] = "credits_per_hour",
    [COLUMN_MAX_CREDITS] = "max_credits", [COLUMN_BASELINE] = "baseline_pct_per_vcpu",
    [COLUMN_SPEED] = "cpu_speed",         [COLUMN_NETWORK] = "network_baseline_mbps",
    [COLUMN_SOURCE] = "source",           [COLUMN_CONFIDENCE] = "confidence",
};

static const char *const architecture_name[] = {"x86_64", "arm64"};
static const char *const burst_name[] = {
    [BURST_NONE] = "none", [BURST_STANDARD] = "standard", [BURST_UNLIMITED] = "unlimited"};

struct instances {
    struct instance_type *type;
    char **name; /* of each type */
    size_t count, type_capacity, name_capacity;
};

/* The index of a cell's word, or -1 after an error. */
static int read_word(const struct data_table *table, size_t column, const char *const *word,
                     size_t count)
{
    const char *const text = data_table_cell(table, column);
    for (size_t i = 0; i < count; i++)
        if (strcmp(text, word[i]) == 0)
            return (int)i;
    diagnostics_error(table->diagnostics, table->path, table->line, "%s: \"%s\" is not known here",
                      column_name[column], text);
    return -1;
}

static bool read_vcpu(const struct data_table *table, unsigned *ret)
{
    double vcpu;
    if (!data_table_number(table, COLUMN_VCPU, 1, 1024, &vcpu))
        return false;
    *ret = (unsigned)vcpu;
    if (vcpu == floor(vcpu))
        return true;
    diagnostics_error(table->diagnostics, table->path, table->line, "vcpu: %g is not whole", vcpu);
    return false;
}

static bool read_credits(const struct data_table *table, struct instance_type *type)
{
    static const size_t column[] = {COLUMN_CREDITS, COLUMN_MAX_CREDITS, COLUMN_BASELINE};
    if (type->burst == BURST_NONE) {
        type->baseline_fraction = 1;
        for (size_t i = 0; i < sizeof column / sizeof *column; i++)
            if (*data_table_cell(table, column[i]) != '\0') {
                diagnostics_error(table->diagnostics, table->path, table->line,
                                  "%s is given for a type that is not burstable",
                                  column_name[column[i]]);
                return false;
            }
        return true;
    }
    double percent;
    bool ok = data_table_number(table, COLUMN_CREDITS, 0, 1e6, &type->credits_per_hour);
    ok &= data_table_number(table, COLUMN_MAX_CREDITS, 0, 1e9, &type->max_credits);
    ok &= data_table_number(table, COLUMN_BASELINE, 0, 100, &percent);
    if (!ok)
        return false;
    type->baseline_fraction = percent / 100;
    /* A credit is a vCPU-minute, so the baseline is what the earned credits pay for. */
    const double earned = type->credits_per_hour / 60 / type->vcpu;
    if (fabs(earned - type->baseline_fraction) < 0.001)
        return true;
    diagnostics_error(table->diagnostics, table->path, table->line,
                      "baseline_pct_per_vcpu: %g does not follow from %g credits an hour on %u "
                      "vCPU",
                      percent, type->credits_per_hour, type->vcpu);
    return false;
}

static void read_row(struct instances *instances, const struct data_table *table)
{
    struct instance_type type = {.network_baseline_mbps = -1};
    const char *name, *note;
    bool ok = data_table_text(table, COLUMN_NAME, &name);
    const bool vcpu_ok = read_vcpu(table, &type.vcpu);
    ok &= data_table_number(table, COLUMN_MEMORY, 0.01, 1e6, &type.memory_gib);
    const int architecture = read_word(table, COLUMN_ARCHITECTURE, architecture_name, 2);
    const int burst = read_word(table, COLUMN_BURSTABLE, burst_name, 3);
    ok &= data_table_number(table, COLUMN_SPEED, 0.01, 100, &type.cpu_speed);
    if (*data_table_cell(table, COLUMN_NETWORK) != '\0')
        ok &= data_table_number(table, COLUMN_NETWORK, 0, 1e7, &type.network_baseline_mbps);
    ok &= data_table_text(table, COLUMN_SOURCE, &note);
    ok &= data_table_text(table, COLUMN_CONFIDENCE, &note);
    if (!ok || !vcpu_ok || architecture < 0 || burst < 0)
        return;
    type.arm64 = architecture == 1;
    type.burst = (enum instance_burst)burst;
    if (!read_credits(table, &type))
        return;
    if (instances_find(instances, name) != NULL) {
        diagnostics_error(table->diagnostics, table->path, table->line, "%s appears twice", name);
        return;
    }
    const size_t n = instances->count++;
    instances->type =
        mem_grow(instances->type, &instances->type_capacity, n, sizeof *instances->type);
    instances->name =
        mem_grow(instances->name, &instances->name_capacity, n, sizeof *instances->name);
    instances->name[n] = mem_strdup(name);
    type.name = instances->name[n];
    instances->type[n] = type;
}

struct instances *instances_load(const char *data_dir, struct diagnostics *diagnostics)
{
    const size_t errors = diagnostics->errors;
    struct instances *const instances = mem_alloc(1, sizeof *instances);
    char *const path = text_format("%s/instances/instances.csv", data_dir);
    struct data_table table;
    if (data_table_open(&table, path, column_name, COLUMNS, diagnostics)) {
        while (data_table_next(&table) > 0)
            read_row(instances, &table);
        data_table_close(&table);
        if (instances->count == 0 && diagnostics->errors == errors)
            diagnostics_error(diagnostics, path, 0, "there is no instance type");
    }
    free(path);
    if (diagnostics->errors == errors)
        return instances;
    instances_destroy(instances);
    return NULL;
}

void instances_destroy(struct instances *instances)
{
    if (instances == NULL)
        return;
    for (size_t i = 0; i < instances->count; i++)
        free(instances->name[i]);
    free(instances->name);
    free(instances->type);
    free(instances);
}

const struct instance_type *instances_find(const struct instances *instances, const char *name)
{
    for (size_t i = 0; i < instances->count; i++)
        if (strcmp(instances->name[i], name) == 0)
            return &instances->type[i];
    return NULL;
}

const char *const *instances_names(const struct instances *instances, size_t *ret_count)
{
    *ret_count = instances->count;
    return (const char *const *)instances->name;
}
