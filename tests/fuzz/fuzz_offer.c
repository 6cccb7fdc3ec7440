/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as an offer of AWS's Price List, CSV or JSON. Either there is an error, or there are
 * prices in order whose tiers join. The same file twice gives the same prices.
 */
#include "fuzz.h"
#include "imports/price_import.h"

static struct price_book *book;

static void clean_up(void)
{
    price_book_destroy(book);
}

static void set_up(void)
{
    struct diagnostics d;
    if (book != NULL)
        return;
    diagnostics_init(&d);
    book = price_book_load(DATA_DIR, &d);
    REQUIRE(book != NULL);
    diagnostics_finish(&d);
    atexit(clean_up);
}

static bool same_series(const struct price *a, const struct price *b)
{
    return strcmp(a->service, b->service) == 0 && strcmp(a->sku, b->sku) == 0 &&
           strcmp(a->region, b->region) == 0;
}

static void require_sound(const struct price *price, const struct price *before)
{
    REQUIRE(price->price >= 0 && !price->unknown && price->tier_to > price->tier_from);
    REQUIRE(price->to_day > price->from_day && price->sku[0] != '\0' && price->region[0] != '\0');
    REQUIRE(strlen(price->unit) > 0 && strlen(price->source) > 0);
    if (before == NULL || !same_series(price, before) || price->from_day != before->from_day) {
        REQUIRE(price->tier_from == 0);
        REQUIRE(before == NULL || !same_series(price, before) || before->to_day == price->from_day);
    } else {
        REQUIRE(price->tier_from == before->tier_to && price->to_day == before->to_day);
    }
}

/* How many times the file is read; a hash of the prices, 0 after an error. */
static uint64_t import(const char *path, int times, const char *region)
{
    struct diagnostics d;
    struct price_import *const prices = price_import_create(book, region, NULL);
    int result = 0;
    uint64_t hash = 1;
    diagnostics_init(&d);
    for (int i = 0; i < times && result == 0; i++)
        result = price_import_read(prices, path, &d);
    if (result == 0)
        result = price_import_finish(prices, &d);
    REQUIRE_TEXT((result != 0) == (d.errors > 0), fuzz_first_error(&d));
    REQUIRE(result != 0 || price_import_count(prices) > 0);
    for (size_t i = 0; result == 0 && i < price_import_count(prices); i++) {
        const struct price *const price = price_import_at(prices, i);
        require_sound(price, i > 0 ? price_import_at(prices, i - 1) : NULL);
        fuzz_mix_text(&hash, price->sku);
        fuzz_mix(&hash, (uint64_t)price->price);
    }
    price_import_destroy(prices);
    diagnostics_finish(&d);
    return result == 0 ? hash : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    set_up();
    const char *const path = fuzz_file(data, size);
    const uint64_t once = import(path, 1, NULL);
    REQUIRE(once == 0 || import(path, 2, NULL) == once);
    import(path, 1, "us-east-1");
    return 0;
}
