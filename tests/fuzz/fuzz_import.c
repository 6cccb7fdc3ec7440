/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as configuration to import. Either there is an error, or there is a scenario that reads
 * back: import checks that itself, so an error of that check is a fault of import, unless it names
 * one of the sizes of a scenario. What was read is imported a second time beside itself: it must
 * not contradict itself.
 */
#include "fuzz.h"
#include "imports/import.h"
#include "scenario/scenario.h"

static struct limits *limits;
static struct runtimes *runtimes;
static struct instances *instances;

static void clean_up(void)
{
    limits_destroy(limits);
    runtimes_destroy(runtimes);
    instances_destroy(instances);
}

static void set_up(void)
{
    struct diagnostics d;
    if (limits != NULL)
        return;
    diagnostics_init(&d);
    limits = limits_load(DATA_DIR, &d);
    runtimes = runtimes_load(DATA_DIR, &d);
    instances = instances_load(DATA_DIR, &d);
    REQUIRE_TEXT(limits != NULL && runtimes != NULL && instances != NULL, "data");
    diagnostics_finish(&d);
    atexit(clean_up);
}

/* How many times the bytes are read; the scenario's text or NULL. */
static char *import_times(const uint8_t *data, size_t size, int times)
{
    struct diagnostics d;
    struct inventory inventory;
    char *text = NULL;
    diagnostics_init(&d);
    inventory_init(&inventory, &d);
    int status = 0;
    for (int i = 0; i < times && status == 0; i++)
        status = import_text(&inventory, (const char *)data, size, "fuzz", NULL);
    REQUIRE_TEXT((status < 0) == (d.errors > 0), fuzz_first_error(&d));
    REQUIRE_TEXT(status != 1 || d.warnings > 0, "a file of no format goes without a word");
    if (status == 0) {
        const struct import_request request = {
            .data = {.limits = limits, .runtimes = runtimes, .instances = instances},
            .today = "2026-01-01"};
        text = import_scenario(&inventory, &request);
        REQUIRE_TEXT(text != NULL, fuzz_first_error(&d));
    }
    inventory_finish(&inventory);
    diagnostics_finish(&d);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    set_up();
    char *const once = import_times(data, size, 1);
    if (once != NULL) {
        char *const twice = import_times(data, size, 2);
        REQUIRE_TEXT(twice != NULL, "the same file twice is no scenario");
        free(twice);
    }
    free(once);
    return 0;
}
