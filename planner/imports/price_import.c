/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "imports/price_import.h"

#include "core/int128.h"
#include "core/memory.h"
#include "imports/price_offer.h"
#include "support/csv.h"
#include "support/date.h"
#include "support/text.h"
#include "traces/billing.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAMILIES_MAX 60 /* product families that are named; further ones are added up */
#define FAMILY_SIZE 80
#define NAME_MAX_BYTES 60
#define HOURS_PER_YEAR 8760

/* Parts of a price: a reservation has one or two, everything else the first. */
enum part { PART_HOURLY = 1, PART_UPFRONT = 2 };

struct taken_row {
    struct price price; /* sku, region and effective_from are owned */
    int parts;
    bool left_out;
    const char *file; /* owned by the import */
    long line;
};

/* What is not taken, in the order of the messages. */
enum skip { SKIP_FAMILY, SKIP_VARIANT, SKIP_UNIT, SKIP_REGION, SKIP_PLACE, SKIP_CURRENCY, SKIPS };

struct skipped {
    enum skip why;
    char family[FAMILY_SIZE];
    size_t rows;
};

/* How our SKUs are counted; `sku` ends behind its first ':'. */
struct sku_unit {
    const char *service, *sku, *unit;
    size_t length;
};

struct price_import {
    const char *region, *service;
    struct sku_unit *unit;
    size_t units, unit_capacity;
    struct taken_row *row;
    size_t count, capacity;
    struct skipped *skipped;
    size_t skips, skip_capacity;
    char **text; /* paths and sources, which rows point to */
    size_t texts, text_capacity;
    /* Of the file that is read. */
    const char *file, *source;
    struct diagnostics *diagnostics;
};

static size_t kind_length(const char *sku)
{
    const char *const colon = strchr(sku, ':');
    return colon == NULL ? strlen(sku) : (size_t)(colon - sku) + 1;
}

static const char *unit_of(const struct price_import *import, const char *service, const char *sku)
{
    const size_t length = kind_length(sku);
    for (size_t i = 0; i < import->units; i++)
        if (import->unit[i].length == length && memcmp(import->unit[i].sku, sku, length) == 0 &&
            strcmp(import->unit[i].service, service) == 0)
            return import->unit[i].unit;
    return NULL;
}

struct price_import *price_import_create(const struct price_book *book, const char *region,
                                         const char *service)
{
    struct price_import *const import = mem_alloc(1, sizeof *import);
    import->region = region;
    import->service = service;
    for (size_t i = 0; i < price_book_count(book); i++) {
        const struct price *const price = price_book_at(book, i);
        if (unit_of(import, price->service, price->sku) != NULL)
            continue;
        import->unit =
            mem_grow(import->unit, &import->unit_capacity, import->units, sizeof *import->unit);
        import->unit[import->units++] =
            (struct sku_unit){price->service, price->sku, price->unit, kind_length(price->sku)};
    }
    return import;
}

static void free_text(const char *text)
{
    free((void *)(uintptr_t)text);
}

static void free_row(const struct taken_row *row)
{
    free_text(row->price.sku);
    free_text(row->price.region);
    free_text(row->price.effective_from);
}

void price_import_destroy(struct price_import *import)
{
    if (import == NULL)
        return;
    for (size_t i = 0; i < import->count; i++)
        free_row(&import->row[i]);
    for (size_t i = 0; i < import->texts; i++)
        free(import->text[i]);
    free(import->text);
    free(import->row);
    free(import->unit);
    free(import->skipped);
    free(import);
}

/* Takes the text over; it lives as long as the import. */
static const char *keep(struct price_import *import, char *text)
{
    import->text =
        mem_grow(import->text, &import->text_capacity, import->texts, sizeof *import->text);
    import->text[import->texts++] = text;
    return text;
}

static void skip(struct price_import *import, enum skip why, const char *family)
{
    char name[FAMILY_SIZE];
    size_t i = 0;
    snprintf(name, sizeof name, "%.*s", FAMILY_SIZE - 1, *family == '\0' ? "none" : family);
    while (i < import->skips &&
           (import->skipped[i].why != why || strcmp(import->skipped[i].family, name) != 0))
        i++;
    if (i == import->skips && import->skips >= FAMILIES_MAX) {
        static const char others[] = "others";
        if (strcmp(name, others) != 0) {
            skip(import, why, others);
            return;
        }
    }
    if (i == import->skips) {
        import->skipped = mem_grow(import->skipped, &import->skip_capacity, import->skips,
                                   sizeof *import->skipped);
        import->skipped[import->skips++] = (struct skipped){.why = why};
        memcpy(import->skipped[i].family, name, sizeof name);
    }
    import->skipped[i].rows++;
}

/* Whether a field that a service's files have says so; it says nothing where it is not there. */
static bool is(const struct offer_row *row, enum offer_field field, const char *value)
{
    const char *const text = row->field[field];
    return *text == '\0' || strcmp(text, value) == 0;
}

static bool plain_name(const char *text)
{
    const size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789.-_");
    return length > 0 && length <= NAME_MAX_BYTES && text[length] == '\0';
}

static bool contains(const char *text, const char *word)
{
    const size_t length = strlen(word);
    for (; *text != '\0'; text++) {
        size_t i = 0;
        while (i < length && tolower((unsigned char)text[i]) == word[i])
            i++;
        if (i == length)
            return true;
    }
    return false;
}

/* "Hrs", "ShardHour", "LCU-Hrs", "StreamHr". */
static bool is_hours(const char *unit)
{
    const size_t length = strlen(unit);
    return contains(unit, "hour") || contains(unit, "hrs") ||
           (length >= 2 && contains(unit + length - 2, "hr"));
}

/* Is what AWS counts what we count? Its names vary by service: what matters is time, data or
 * number, and that it is one of them, not a million. */
static bool same_unit(const char *ours, const char *theirs)
{
    enum { MONTH, HOUR, SECOND, DATA, NUMBER } kind[2];
    const char *const text[2] = {ours, theirs};
    for (int i = 0; i < 2; i++)
        kind[i] = contains(text[i], "-mo")                                      ? MONTH
                  : is_hours(text[i])                                           ? HOUR
                  : contains(text[i], "second")                                 ? SECOND
                  : strcmp(text[i], "GB") == 0 || contains(text[i], "gigabyte") ? DATA
                                                                                : NUMBER;
    if (kind[0] != kind[1] || *theirs == '\0')
        return false;
    return kind[0] != NUMBER ||
           (!contains(theirs, "million") && !contains(theirs, "000") && !contains(theirs, "1m") &&
            !contains(theirs, "gb") && !contains(theirs, "byte"));
}

/* "0", "6000000000", "51200.0000000000", "Inf", or nothing. */
static bool parse_range(const char *text, int64_t if_empty, int64_t *ret)
{
    *ret = if_empty;
    if (*text == '\0')
        return true;
    if (strcmp(text, "Inf") == 0) {
        *ret = INT64_MAX;
        return true;
    }
    bool exact = false;
    return isdigit((unsigned char)*text) && csv_to_scaled(text, 0, ret, &exact) && exact;
}

/* What a product is to us. */
struct identity {
    const char *service, *sku, *unit, *region;
    bool instance;
    char buffer[BILLING_SKU_SIZE];
};

/* What belongs to every region has a usage type "Global-…". Else the region has a code, or, in
 * files that are older than that, a prefix of the usage type. */
static const char *region_of(const struct offer_row *row)
{
    const char *region = row->field[OFFER_REGION_CODE];
    if (strncmp(row->field[OFFER_USAGE_TYPE], "Global-", 7) == 0)
        return "global";
    if (*region == '\0')
        billing_strip_prefix(row->field[OFFER_USAGE_TYPE], &region);
    return region != NULL && plain_name(region) ? region : NULL;
}

/* False when the user asked for another region or service. */
static bool identify(const struct price_import *import, const struct offer_row *row,
                     struct identity *ret)
{
    const char *const usage_type = row->field[OFFER_USAGE_TYPE];
    const char *const code = row->field[OFFER_SERVICE_CODE];
    const char *const product = *code != '\0' ? code : row->offer->code;
    const char *prefix;
    ret->region = region_of(row);
    if (import->region != NULL &&
        (ret->region == NULL ||
         (strcmp(ret->region, import->region) != 0 && strcmp(ret->region, "global") != 0)))
        return false;
    /* m1.small, the first type of all, stands as BoxUsage alone. */
    const bool bare = strcmp(billing_strip_prefix(usage_type, &prefix), "BoxUsage") == 0;
    char *const named = bare ? text_format("BoxUsage:%s", row->field[OFFER_INSTANCE_TYPE]) : NULL;
    billing_identify(product, named != NULL ? named : usage_type, row->field[OFFER_OPERATION], NULL,
                     &ret->service, &ret->sku, ret->buffer);
    free(named);
    ret->unit = ret->sku == NULL ? NULL : unit_of(import, ret->service, ret->sku);
    ret->instance = ret->sku != NULL && strncmp(ret->sku, "linux-ondemand:", 15) == 0;
    return import->service == NULL || strcmp(import->service, product) == 0 ||
           (ret->service != NULL && strcmp(import->service, ret->service) == 0);
}

static bool is_our_variant(const struct offer_row *row, const struct identity *product)
{
    if (strchr(product->sku, ':') == NULL)
        return true;
    if (!plain_name(product->sku + kind_length(product->sku)) ||
        !is(row, OFFER_OPERATING_SYSTEM, "Linux")) /* CPU credits of Windows cost more */
        return false;
    return !product->instance ||
           (is(row, OFFER_TENANCY, "Shared") && is(row, OFFER_SOFTWARE, "NA") &&
            is(row, OFFER_CAPACITY_STATUS, "Used"));
}

static bool is_wanted(void *context, const struct offer_row *row)
{
    struct price_import *const import = context;
    struct identity product;
    if (!identify(import, row, &product))
        return false;
    const enum skip why =
        product.unit == NULL     ? SKIP_FAMILY
        : product.region == NULL ? SKIP_REGION
        : strcmp(product.region, "global") != 0 && !is(row, OFFER_LOCATION_TYPE, "AWS Region")
            ? SKIP_PLACE
        : !is_our_variant(row, &product) ? SKIP_VARIANT
                                         : SKIPS;
    if (why != SKIPS)
        skip(import, why, row->field[OFFER_FAMILY]);
    return why == SKIPS;
}

/* A reservation's SKU in new memory, or NULL when it is another than ours. */
static char *reserved_sku(const struct offer_row *row, const char *type, int *ret_parts,
                          int64_t *ret_hours)
{
    static const char *const terms[][2] = {{"No Upfront", "no-upfront"},
                                           {"Partial Upfront", "partial-upfront"},
                                           {"All Upfront", "all-upfront"}};
    const char *const lease = row->field[OFFER_LEASE];
    const char *const option = row->field[OFFER_PURCHASE_OPTION];
    const int years = strcmp(lease, "1yr") == 0 || strcmp(lease, "1 yr") == 0   ? 1
                      : strcmp(lease, "3yr") == 0 || strcmp(lease, "3 yr") == 0 ? 3
                                                                                : 0;
    /* Before there were convertible reservations the class was not named. */
    if (years == 0 || !is(row, OFFER_OFFERING_CLASS, "standard"))
        return NULL;
    if (strcmp(row->field[OFFER_UNIT], "Quantity") == 0) {
        *ret_parts = PART_UPFRONT;
        *ret_hours = (int64_t)HOURS_PER_YEAR * years;
    }
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++)
        if (strcmp(option, terms[i][0]) == 0)
            return text_format("linux-reserved:%s:%dyr-%s", type, years, terms[i][1]);
    return NULL;
}

static int read_numbers(const struct price_import *import, const struct offer_row *row,
                        int64_t hours, struct price *price)
{
    const char *const amount = row->field[OFFER_PRICE_PER_UNIT];
    const char *const date = row->field[OFFER_EFFECTIVE_DATE];
    const char *const from = row->field[OFFER_STARTING_RANGE];
    const char *const to = row->field[OFFER_ENDING_RANGE];
    char day[16];
    int128 pusd;
    if (!billing_decimal(amount, 12, &pusd) || pusd < 0) {
        diagnostics_error(import->diagnostics, import->file, row->line,
                          "PricePerUnit: \"%s\" is no price", amount);
        return -1;
    }
    price->price = (pusd + hours / 2) / hours;
    snprintf(day, sizeof day, "%.10s", date);
    if (!date_parse(day, &price->from_day) || (strlen(date) > 10 && date[10] != 'T')) {
        diagnostics_error(import->diagnostics, import->file, row->line,
                          "EffectiveDate: \"%s\" is no date YYYY-MM-DD", date);
        return -1;
    }
    if (!parse_range(from, 0, &price->tier_from) || !parse_range(to, INT64_MAX, &price->tier_to) ||
        price->tier_from >= price->tier_to) {
        diagnostics_error(import->diagnostics, import->file, row->line,
                          "StartingRange \"%s\" and EndingRange \"%s\" are no range of whole "
                          "numbers",
                          from, to);
        return -1;
    }
    price->to_day = DATE_MAX;
    return 0;
}

static const char *source_of(struct price_import *import, const struct offer *offer)
{
    if (import->source != NULL)
        return import->source;
    const char *const slash = strrchr(offer->path, '/');
    char *const source = text_format("AWS Price List%s%s published %s; %s",
                                     *offer->code != '\0' ? " " : "", offer->code, offer->published,
                                     slash != NULL && slash[1] != '\0' ? slash + 1 : offer->path);
    for (char *c = source; *c != '\0'; c++)
        if (iscntrl((unsigned char)*c))
            *c = '?';
    import->source = keep(import, source);
    return import->source;
}

/* 0: taken or counted as not ours; -1: an error. */
static int take_row(void *context, const struct offer_row *row)
{
    struct price_import *const import = context;
    struct identity product;
    struct taken_row taken = {.parts = PART_HOURLY, .line = row->line};
    char *sku = NULL;
    int64_t hours = 1;
    enum skip why = SKIPS;
    if (import->file == NULL)
        import->file = keep(import, mem_strdup(row->offer->path));
    identify(import, row, &product);
    if (strcmp(row->field[OFFER_TERM_TYPE], "Reserved") != 0)
        sku = mem_strdup(product.sku);
    else if (product.instance)
        sku = reserved_sku(row, product.sku + kind_length(product.sku), &taken.parts, &hours);
    else
        why = SKIP_FAMILY;
    if (why == SKIPS && strcmp(row->field[OFFER_CURRENCY], "USD") != 0)
        why = SKIP_CURRENCY;
    else if (why == SKIPS && sku == NULL)
        why = SKIP_VARIANT;
    else if (why == SKIPS && taken.parts == PART_HOURLY &&
             !same_unit(product.unit, row->field[OFFER_UNIT]))
        why = SKIP_UNIT;
    if (why != SKIPS)
        skip(import, why, row->field[OFFER_FAMILY]);
    if (why != SKIPS || read_numbers(import, row, hours, &taken.price) < 0) {
        free(sku);
        return why != SKIPS ? 0 : -1;
    }
    char day[16];
    taken.file = import->file;
    taken.price.service = product.service;
    taken.price.sku = sku;
    taken.price.region = mem_strdup(product.region);
    taken.price.unit = product.unit;
    taken.price.effective_from = mem_strdup(date_format(taken.price.from_day, day));
    taken.price.source = source_of(import, row->offer);
    taken.price.confidence = "doc";
    import->row = mem_grow(import->row, &import->capacity, import->count, sizeof *import->row);
    import->row[import->count++] = taken;
    return 0;
}

int price_import_read(struct price_import *import, const char *path,
                      struct diagnostics *diagnostics)
{
    const struct offer_sink sink = {.wanted = is_wanted, .row = take_row, .context = import};
    import->file = import->source = NULL;
    import->diagnostics = diagnostics;
    return offer_read(path, &sink, diagnostics);
}

static int compare_series(const struct price *a, const struct price *b)
{
    int order = strcmp(a->service, b->service);
    if (order == 0)
        order = strcmp(a->sku, b->sku);
    return order != 0 ? order : strcmp(a->region, b->region);
}

static int compare_rows(const void *left, const void *right)
{
    const struct taken_row *const a = left, *const b = right;
    int order = compare_series(&a->price, &b->price);
    if (order == 0)
        order = (a->price.from_day > b->price.from_day) - (a->price.from_day < b->price.from_day);
    if (order == 0)
        order =
            (a->price.tier_from > b->price.tier_from) - (a->price.tier_from < b->price.tier_from);
    if (order == 0)
        order = a->parts - b->parts;
    if (order == 0)
        order = strcmp(a->file, b->file);
    return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

static void leave_out(struct taken_row *row, size_t count)
{
    for (size_t i = 0; i < count; i++)
        row[i].left_out = true;
}

static const char *name_of(const struct price *price, char text[160])
{
    snprintf(text, 160, "%s %s in %s", price->service, price->sku, price->region);
    return text;
}

/* Rows of one SKU, region and day: twice the same is once (x86 and Arm requests; two files). */
static void merge_day(struct taken_row *row, size_t count, struct diagnostics *diagnostics)
{
    const bool reserved = strncmp(row->price.sku, "linux-reserved:", 15) == 0;
    const bool upfront = reserved && strstr(row->price.sku, "-no-upfront") == NULL;
    const bool hourly = reserved && strstr(row->price.sku, "-all-upfront") == NULL;
    struct taken_row *last = NULL;
    int64_t expected = 0;
    char name[160];
    for (size_t i = 0; i < count; i++) {
        if (last != NULL && last->price.tier_from == row[i].price.tier_from &&
            last->parts == row[i].parts) {
            if (last->price.price != row[i].price.price ||
                last->price.tier_to != row[i].price.tier_to) {
                diagnostics_warning(diagnostics, row[i].file, row[i].line,
                                    "%s has another price or range than at %s:%ld for the same "
                                    "day: neither is taken",
                                    name_of(&row->price, name), last->file, last->line);
                leave_out(row, count);
                return;
            }
            row[i].left_out = true;
            continue;
        }
        if (!reserved && row[i].price.tier_from != expected) {
            diagnostics_warning(diagnostics, row[i].file, row[i].line,
                                "%s has tiers that do not join: none of them is taken",
                                name_of(&row->price, name));
            leave_out(row, count);
            return;
        }
        last = &row[i];
        expected = last->price.tier_to;
    }
    if (!reserved)
        return;
    /* The upfront fee over the hours was computed when it was read: what is left is the sum. */
    int parts = 0;
    for (size_t i = 0; i < count; i++) {
        if (row[i].left_out)
            continue;
        parts |= row[i].parts;
        if (i > 0) {
            row[0].price.price += row[i].price.price;
            row[i].left_out = true;
        }
    }
    row[0].price.tier_from = 0;
    row[0].price.tier_to = INT64_MAX;
    if ((upfront && (parts & PART_UPFRONT) == 0) || (hourly && (parts & PART_HOURLY) == 0)) {
        diagnostics_warning(diagnostics, row->file, row->line,
                            "%s: the row with the %s is missing: it is not taken",
                            name_of(&row->price, name),
                            (parts & PART_UPFRONT) == 0 ? "upfront fee" : "price an hour");
        leave_out(row, count);
    }
}

static void report_skipped(const struct price_import *import, struct diagnostics *diagnostics)
{
    static const char *const why[SKIPS] = {
        [SKIP_FAMILY] = "usage types that nothing here is billed by",
        [SKIP_VARIANT] = "other products than Linux on shared tenancy without software, on demand "
                         "or as a standard reservation",
        [SKIP_UNIT] = "another unit than the price book's",
        [SKIP_REGION] = "a region that is not said",
        [SKIP_PLACE] = "places that are no regions",
        [SKIP_CURRENCY] = "another currency than USD",
    };
    for (int kind = 0; kind < SKIPS; kind++)
        for (size_t i = 0; i < import->skips; i++) {
            char rows[TEXT_NUMBER_SIZE];
            const struct skipped *const s = &import->skipped[i];
            if ((int)s->why == kind)
                diagnostics_warning(diagnostics, NULL, 0,
                                    "not imported: %s %s of product family %s: %s",
                                    text_number((double)s->rows, 0, rows),
                                    s->rows == 1 ? "entry" : "entries", s->family, why[kind]);
        }
}

int price_import_finish(struct price_import *import, struct diagnostics *diagnostics)
{
    size_t kept = 0;
    if (import->count > 0)
        qsort(import->row, import->count, sizeof *import->row, compare_rows);
    for (size_t i = 0; i < import->count;) {
        size_t end = i + 1;
        while (end < import->count &&
               compare_series(&import->row[i].price, &import->row[end].price) == 0 &&
               import->row[i].price.from_day == import->row[end].price.from_day)
            end++;
        merge_day(&import->row[i], end - i, diagnostics);
        i = end;
    }
    for (size_t i = 0; i < import->count; i++) {
        if (import->row[i].left_out)
            free_row(&import->row[i]);
        else
            import->row[kept++] = import->row[i];
    }
    import->count = kept;
    /* A price ends where the next one of its SKU and region begins. */
    for (size_t i = kept; i-- > 1;) {
        struct price *const price = &import->row[i - 1].price;
        const struct price *const next = &import->row[i].price;
        if (compare_series(price, next) == 0)
            price->to_day = price->from_day < next->from_day ? next->from_day : next->to_day;
    }
    report_skipped(import, diagnostics);
    if (kept > 0)
        return 0;
    diagnostics_error(
        diagnostics, NULL, 0, "no row of these files is a price that is billed here%s%s%s%s",
        import->region != NULL ? " in " : "", import->region != NULL ? import->region : "",
        import->service != NULL ? " of " : "", import->service != NULL ? import->service : "");
    return -1;
}

size_t price_import_count(const struct price_import *import)
{
    return import->count;
}

const struct price *price_import_at(const struct price_import *import, size_t index)
{
    return index < import->count ? &import->row[index].price : NULL;
}
