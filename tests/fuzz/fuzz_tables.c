/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as each of the tables of data: prices, limits, instances, runtimes and the files beside
 * them. Either there is an error, or what was loaded can be asked.
 */
#include "fuzz.h"
#include "scenario/instances.h"
#include "scenario/limits.h"
#include "scenario/runtimes.h"
#include "support/date.h"

#include <lambdaplan/price_book.h>

static const char *const folders[] = {"prices/", "limits/", "instances/", "runtimes/"};
static const char *const names[] = {"prices/x.csv",
                                    "limits/x.csv",
                                    "instances/instances.csv",
                                    "runtimes/init.csv",
                                    "runtimes/keep_alive.csv",
                                    "runtimes/names.csv"};
#define FILES (sizeof names / sizeof *names)

static void ask_prices(const char *folder)
{
    struct diagnostics d;
    diagnostics_init(&d);
    struct price_book *const book = price_book_load(folder, &d);
    REQUIRE_TEXT((book == NULL) == (d.errors > 0), fuzz_first_error(&d));
    for (size_t i = 0; book != NULL && i < price_book_count(book); i++) {
        const struct price price = *price_book_at(book, i);
        const struct price *const *tier;
        REQUIRE(price.unknown || price.price >= 0);
        REQUIRE(price.tier_to > price.tier_from && price.to_day > price.from_day);
        const int32_t day = price.from_day == INT32_MIN ? price.to_day - 1 : price.from_day;
        const size_t tiers =
            price_book_find(book, price.service, price.sku, price.region, day, &tier);
        REQUIRE(tiers > 0 && tier[0]->tier_from == 0);
        for (size_t k = 1; k < tiers; k++)
            REQUIRE(tier[k]->tier_from == tier[k - 1]->tier_to);
    }
    price_book_destroy(book);
    diagnostics_finish(&d);
}

static void ask_limits(const char *folder)
{
    static const char *const keys[] = {"lambda.memory.max_mb", "lambda.concurrency.account", "x"};
    struct diagnostics d;
    diagnostics_init(&d);
    struct limits *const limits = limits_read(folder, &d);
    REQUIRE_TEXT((limits == NULL) == (d.errors > 0), fuzz_first_error(&d));
    for (int32_t day = 15000; limits != NULL && day < 22000; day += 500)
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
            const double value = limits_or(limits, keys[i], day, -7);
            REQUIRE(value == value);
        }
    limits_destroy(limits);
    diagnostics_finish(&d);
}

static void ask_others(const char *folder)
{
    struct diagnostics d;
    diagnostics_init(&d);
    struct instances *const instances = instances_load(folder, &d);
    REQUIRE_TEXT((instances == NULL) == (d.errors > 0), fuzz_first_error(&d));
    if (instances != NULL)
        instances_find(instances, "m5.large");
    instances_destroy(instances);
    diagnostics_finish(&d);
    diagnostics_init(&d);
    struct runtimes *const runtimes = runtimes_load(folder, &d);
    REQUIRE_TEXT((runtimes == NULL) == (d.errors > 0), fuzz_first_error(&d));
    size_t count = 0;
    const char *const *const name = runtimes == NULL ? NULL : runtimes_names(runtimes, &count);
    for (size_t i = 0; i < count; i++) {
        int32_t introduced, deprecated;
        REQUIRE(runtimes_dates(runtimes, name[i], &introduced, &deprecated));
        REQUIRE(introduced <= deprecated);
    }
    runtimes_destroy(runtimes);
    diagnostics_finish(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char folder[sizeof fuzz_folder];
    static const char *path[FILES];
    if (path[0] == NULL) {
        for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
            fuzz_path(folders[i]);
        for (size_t i = 0; i < FILES; i++)
            path[i] = fuzz_path(names[i]);
        strcpy(folder, fuzz_folder);
    }
    for (size_t i = 0; i < FILES; i++)
        fuzz_write(path[i], data, size);
    ask_prices(folder);
    ask_limits(folder);
    ask_others(folder);
    return 0;
}
