/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/price_import.h"

#include "core/int128.h"
#include "core/memory.h"
#include "support/csv.h"
#include "support/date.h"
#include "support/text.h"
#include "traces/billing.h"
#include "traces/input.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define METADATA_LINES_MAX 20 /* five today */
#define FAMILIES_MAX 60       /* product families that are named; further ones are added up */
#define FAMILY_SIZE 80
#define NAME_MAX_BYTES 60
#define HOURS_PER_YEAR 8760

enum column {
    TERM_TYPE,
    EFFECTIVE_DATE,
    STARTING_RANGE,
    ENDING_RANGE,
    UNIT,
    PRICE_PER_UNIT,
    CURRENCY,
    LEASE,
    PURCHASE_OPTION,
    OFFERING_CLASS,
    FAMILY,
    SERVICE_CODE,
    LOCATION_TYPE,
    INSTANCE_TYPE,
    TENANCY,
    OPERATING_SYSTEM,
    SOFTWARE,
    CAPACITY_STATUS,
    USAGE_TYPE,
    OPERATION,
    REGION_CODE,
    COLUMNS
};

static const struct {
    const char *name;
    bool needed;
} columns[COLUMNS] = {
    [TERM_TYPE] = {"TermType", true},
    [EFFECTIVE_DATE] = {"EffectiveDate", true},
    [STARTING_RANGE] = {"StartingRange", false},
    [ENDING_RANGE] = {"EndingRange", false},
    [UNIT] = {"Unit", true},
    [PRICE_PER_UNIT] = {"PricePerUnit", true},
    [CURRENCY] = {"Currency", true},
    [LEASE] = {"LeaseContractLength", false},
    [PURCHASE_OPTION] = {"PurchaseOption", false},
    [OFFERING_CLASS] = {"OfferingClass", false},
    [FAMILY] = {"Product Family", false},
    [SERVICE_CODE] = {"serviceCode", false},
    [LOCATION_TYPE] = {"Location Type", false},
    [INSTANCE_TYPE] = {"Instance Type", false},
    [TENANCY] = {"Tenancy", false},
    [OPERATING_SYSTEM] = {"Operating System", false},
    [SOFTWARE] = {"Pre Installed S/W", false},
    [CAPACITY_STATUS] = {"CapacityStatus", false},
    [USAGE_TYPE] = {"usageType", true},
    [OPERATION] = {"operation", false},
    [REGION_CODE] = {"Region Code", false},
};

/* Parts of a price: a reservation has one or two, everything else the first. */
enum part { PART_HOURLY = 1, PART_UPFRONT = 2 };

struct offer_row {
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
    struct offer_row *row;
    size_t count, capacity;
    struct skipped *skipped;
    size_t skips, skip_capacity;
    char **text; /* paths and sources, which rows point to */
    size_t texts, text_capacity;
};

/* One file while it is read. */
struct offer {
    struct input *input;
    const char *path, *source;
    size_t metadata; /* bytes before the header that are still to be left out */
    char code[NAME_MAX_BYTES + 1];
    char published[16];
    long column[COLUMNS];
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

static void free_row(const struct offer_row *row)
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

/* The rows about the file are read from its head; here only their line ends are left of them, so
 * that the header is the first row that the CSV reader sees and line numbers stay right. */
static ssize_t read_behind_metadata(void *context, char *buffer, size_t size)
{
    struct offer *const offer = context;
    for (;;) {
        const ssize_t got = input_csv_read(offer->input, buffer, size);
        if (got <= 0 || offer->metadata == 0)
            return got;
        const size_t out = (size_t)got < offer->metadata ? (size_t)got : offer->metadata;
        size_t kept = 0;
        for (size_t i = 0; i < out; i++)
            if (buffer[i] == '\n')
                buffer[kept++] = '\n';
        memmove(buffer + kept, buffer + out, (size_t)got - out);
        offer->metadata -= out;
        if (kept + (size_t)got - out > 0)
            return (ssize_t)(kept + (size_t)got - out);
    }
}

/* The value behind `name` in a row of two fields; false when the row is another. */
static bool metadata_value(const char *line, size_t length, const char *name, char *ret,
                           size_t size)
{
    const char *const end = line + length;
    const size_t wanted = strlen(name);
    const char *at = line < end && *line == '"' ? line + 1 : line;
    if ((size_t)(end - at) <= wanted || memcmp(at, name, wanted) != 0)
        return false;
    at += wanted;
    if (at < end && *at == '"')
        at++;
    if (at == end || *at != ',')
        return false;
    at++;
    if (at < end && *at == '"')
        at++;
    size_t count = 0;
    for (; at < end && count < size - 1 && *at != '"' && *at != '\r'; at++)
        ret[count++] = isprint((unsigned char)*at) ? *at : '?';
    ret[count] = '\0';
    return true;
}

static bool begins_header(const char *line, size_t length)
{
    return (length > 4 && memcmp(line, "SKU,", 4) == 0) ||
           (length > 6 && memcmp(line, "\"SKU\",", 6) == 0);
}

/* Where the header begins, when the file was published, and of which service it is. */
static int read_metadata(struct offer *offer, struct diagnostics *diagnostics)
{
    const char *head = NULL;
    const size_t size = input_head(offer->input, &head);
    size_t at = 0;
    char published[32] = "";
    bool found = false;
    if (input_failed(offer->input))
        return -1;
    while (at < size && isspace((unsigned char)head[at]))
        at++;
    if (at < size && head[at] == '{') {
        diagnostics_error(diagnostics, offer->path, 0,
                          "JSON offer files are not read; take the CSV form of the same offer: "
                          "index.csv instead of index.json at the end of its address");
        return -1;
    }
    at = 0;
    for (int line = 0; line <= METADATA_LINES_MAX && at < size && !found; line++) {
        const char *const end = memchr(head + at, '\n', size - at);
        const size_t length = end == NULL ? size - at : (size_t)(end - head) - at;
        found = begins_header(head + at, length);
        if (found)
            break;
        if (!metadata_value(head + at, length, "Publication Date", published, sizeof published))
            metadata_value(head + at, length, "OfferCode", offer->code, sizeof offer->code);
        at += length + (end != NULL);
    }
    if (!found) {
        diagnostics_error(diagnostics, offer->path, 0,
                          "this is no CSV offer file of AWS's Price List: none of its first %d "
                          "lines is a header that begins with SKU",
                          METADATA_LINES_MAX + 1);
        return -1;
    }
    int32_t day;
    published[strcspn(published, "T ")] = '\0';
    if (!date_parse(published, &day)) {
        diagnostics_error(diagnostics, offer->path, 0,
                          "the rows above the header do not say when the offer was published "
                          "(\"Publication Date\",\"2026-09-06T…\")");
        return -1;
    }
    date_format(day, offer->published);
    offer->metadata = at;
    return 0;
}

static int find_columns(struct offer *offer, const struct csv_reader *reader,
                        struct diagnostics *diagnostics)
{
    int status = 0;
    for (int i = 0; i < COLUMNS; i++) {
        offer->column[i] = csv_find_column(reader, columns[i].name);
        if (offer->column[i] >= 0 || !columns[i].needed)
            continue;
        diagnostics_error(diagnostics, offer->path, 0, "column %s is missing", columns[i].name);
        status = -1;
    }
    return status;
}

static const char *field_of(const struct offer *offer, const char *const *row, enum column column)
{
    return offer->column[column] < 0 ? "" : row[offer->column[column]];
}

/* Whether a column that a service's files have says so; it says nothing where it is not there. */
static bool is(const struct offer *offer, const char *const *row, enum column column,
               const char *value)
{
    const char *const text = field_of(offer, row, column);
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

/* Is what AWS counts what we count? Its names vary by service ("Hrs", "ShardHour", "LCU-Hrs"): what
 * matters is time, data or number, and that it is one of them, not a million. */
static bool same_unit(const char *ours, const char *theirs)
{
    enum { MONTH, HOUR, SECOND, DATA, NUMBER } kind[2];
    const char *const text[2] = {ours, theirs};
    for (int i = 0; i < 2; i++)
        kind[i] = contains(text[i], "-mo")                                     ? MONTH
                  : contains(text[i], "hour") || contains(text[i], "hrs")      ? HOUR
                  : contains(text[i], "second")                                ? SECOND
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

/* Of a row of BoxUsage: our SKU in new memory, or NULL when it is another product than ours. */
static char *instance_sku(const struct offer *offer, const char *const *row, const char *sku,
                          int *ret_parts, int64_t *ret_hours)
{
    static const char *const terms[][2] = {{"No Upfront", "no-upfront"},
                                           {"Partial Upfront", "partial-upfront"},
                                           {"All Upfront", "all-upfront"}};
    const char *const type = sku + kind_length(sku);
    if (!plain_name(type) || !is(offer, row, OPERATING_SYSTEM, "Linux") ||
        !is(offer, row, TENANCY, "Shared") || !is(offer, row, SOFTWARE, "NA") ||
        !is(offer, row, CAPACITY_STATUS, "Used"))
        return NULL;
    if (strcmp(field_of(offer, row, TERM_TYPE), "OnDemand") == 0)
        return mem_strdup(sku);
    const char *const lease = field_of(offer, row, LEASE);
    const char *const option = field_of(offer, row, PURCHASE_OPTION);
    const int years = strcmp(lease, "1yr") == 0 || strcmp(lease, "1 yr") == 0   ? 1
                      : strcmp(lease, "3yr") == 0 || strcmp(lease, "3 yr") == 0 ? 3
                                                                                : 0;
    /* Before there were convertible reservations the class was not named. */
    if (years == 0 || !is(offer, row, OFFERING_CLASS, "standard"))
        return NULL;
    if (strcmp(field_of(offer, row, UNIT), "Quantity") == 0) {
        *ret_parts = PART_UPFRONT;
        *ret_hours = (int64_t)HOURS_PER_YEAR * years;
    }
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++)
        if (strcmp(option, terms[i][0]) == 0)
            return text_format("linux-reserved:%s:%dyr-%s", type, years, terms[i][1]);
    return NULL;
}

/* Region by code, or by the prefix of the usage type in files that are older than the code. */
static const char *region_of(const struct offer *offer, const char *const *row)
{
    const char *region = field_of(offer, row, REGION_CODE);
    if (*region == '\0')
        billing_strip_prefix(field_of(offer, row, USAGE_TYPE), &region);
    return region != NULL && plain_name(region) ? region : NULL;
}

static int read_numbers(struct price *price, const struct offer *offer, const char *const *row,
                        int64_t hours, long line, struct diagnostics *diagnostics)
{
    const char *const amount = field_of(offer, row, PRICE_PER_UNIT);
    const char *const date = field_of(offer, row, EFFECTIVE_DATE);
    const char *const from = field_of(offer, row, STARTING_RANGE);
    const char *const to = field_of(offer, row, ENDING_RANGE);
    char day[16];
    int128 pusd;
    if (!billing_decimal(amount, 12, &pusd) || pusd < 0) {
        diagnostics_error(diagnostics, offer->path, line, "PricePerUnit: \"%s\" is no price",
                          amount);
        return -1;
    }
    price->price = (pusd + hours / 2) / hours;
    snprintf(day, sizeof day, "%.10s", date);
    if (!date_parse(day, &price->from_day) || (strlen(date) > 10 && date[10] != 'T')) {
        diagnostics_error(diagnostics, offer->path, line,
                          "EffectiveDate: \"%s\" is no date YYYY-MM-DD", date);
        return -1;
    }
    if (!parse_range(from, 0, &price->tier_from) || !parse_range(to, INT64_MAX, &price->tier_to) ||
        price->tier_from >= price->tier_to) {
        diagnostics_error(diagnostics, offer->path, line,
                          "StartingRange \"%s\" and EndingRange \"%s\" are no range of whole "
                          "numbers",
                          from, to);
        return -1;
    }
    price->to_day = DATE_MAX;
    return 0;
}

/* 0: taken or counted as not ours; -1: an error. */
static int read_row(struct price_import *import, const struct offer *offer, const char *const *row,
                    long line, struct diagnostics *diagnostics)
{
    const char *const family = field_of(offer, row, FAMILY);
    const char *const usage_type = field_of(offer, row, USAGE_TYPE);
    const char *const code = field_of(offer, row, SERVICE_CODE);
    const char *const product = *code != '\0' ? code : offer->code;
    const char *const region = region_of(offer, row);
    const char *service = NULL, *sku = NULL, *prefix;
    char buffer[BILLING_SKU_SIZE];
    if (import->region != NULL && (region == NULL || strcmp(region, import->region) != 0))
        return 0;
    /* m1.small, the first type of all, stands as BoxUsage alone. */
    const bool bare = strcmp(billing_strip_prefix(usage_type, &prefix), "BoxUsage") == 0;
    char *const named =
        bare ? text_format("BoxUsage:%s", field_of(offer, row, INSTANCE_TYPE)) : NULL;
    billing_identify(product, named != NULL ? named : usage_type, field_of(offer, row, OPERATION),
                     NULL, &service, &sku, buffer);
    free(named);
    if (import->service != NULL && strcmp(import->service, product) != 0 &&
        (service == NULL || strcmp(import->service, service) != 0))
        return 0;
    const bool reserved = strcmp(field_of(offer, row, TERM_TYPE), "Reserved") == 0;
    const bool instance = sku != NULL && strncmp(sku, "linux-ondemand:", 15) == 0;
    const char *const unit = sku == NULL ? NULL : unit_of(import, service, sku);
    if (unit == NULL || (reserved && !instance)) {
        skip(import, SKIP_FAMILY, family);
        return 0;
    }
    if (region == NULL || !is(offer, row, LOCATION_TYPE, "AWS Region")) {
        skip(import, region == NULL ? SKIP_REGION : SKIP_PLACE, family);
        return 0;
    }
    if (strcmp(field_of(offer, row, CURRENCY), "USD") != 0) {
        skip(import, SKIP_CURRENCY, family);
        return 0;
    }
    struct offer_row taken = {.parts = PART_HOURLY, .file = offer->path, .line = line};
    int64_t hours = 1;
    char *our_sku = NULL;
    if (instance)
        our_sku = instance_sku(offer, row, sku, &taken.parts, &hours);
    else if (strchr(sku, ':') == NULL || /* CPU credits of Windows cost more */
             (plain_name(sku + kind_length(sku)) && is(offer, row, OPERATING_SYSTEM, "Linux")))
        our_sku = mem_strdup(sku);
    if (our_sku == NULL) {
        skip(import, SKIP_VARIANT, family);
        return 0;
    }
    if (taken.parts == PART_HOURLY && !same_unit(unit, field_of(offer, row, UNIT))) {
        skip(import, SKIP_UNIT, family);
        free(our_sku);
        return 0;
    }
    if (read_numbers(&taken.price, offer, row, hours, line, diagnostics) < 0) {
        free(our_sku);
        return -1;
    }
    char day[16];
    taken.price.service = service;
    taken.price.sku = our_sku;
    taken.price.region = mem_strdup(region);
    taken.price.unit = unit;
    taken.price.effective_from = mem_strdup(date_format(taken.price.from_day, day));
    taken.price.source = offer->source;
    taken.price.confidence = "doc";
    import->row = mem_grow(import->row, &import->capacity, import->count, sizeof *import->row);
    import->row[import->count++] = taken;
    return 0;
}

static const char *source_of(struct price_import *import, const struct offer *offer)
{
    const char *const slash = strrchr(offer->path, '/');
    char *const source = text_format(
        "AWS Price List%s%s published %s; %s", *offer->code != '\0' ? " " : "", offer->code,
        offer->published, slash != NULL && slash[1] != '\0' ? slash + 1 : offer->path);
    for (char *c = source; *c != '\0'; c++)
        if (iscntrl((unsigned char)*c))
            *c = '?';
    return keep(import, source);
}

int price_import_read(struct price_import *import, const char *path,
                      struct diagnostics *diagnostics)
{
    struct offer offer = {.input = input_open(path, diagnostics)};
    struct csv_reader *reader = NULL;
    int status = -1;
    if (offer.input == NULL)
        return -1;
    offer.path = keep(import, mem_strdup(input_path(offer.input)));
    if (read_metadata(&offer, diagnostics) < 0)
        goto out;
    offer.source = source_of(import, &offer);
    reader = csv_open_over(offer.path, read_behind_metadata, &offer, diagnostics);
    if (reader == NULL || find_columns(&offer, reader, diagnostics) < 0)
        goto out;
    const char *const *row = NULL;
    long line = 0;
    while ((status = csv_next(reader, &row, &line)) > 0)
        if (read_row(import, &offer, row, line, diagnostics) < 0) {
            status = -1;
            break;
        }
out:
    csv_close(reader);
    input_close(offer.input);
    return status;
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
    const struct offer_row *const a = left, *const b = right;
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

static void leave_out(struct offer_row *row, size_t count)
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
static void merge_day(struct offer_row *row, size_t count, struct diagnostics *diagnostics)
{
    const bool reserved = strncmp(row->price.sku, "linux-reserved:", 15) == 0;
    const bool upfront = reserved && strstr(row->price.sku, "-no-upfront") == NULL;
    const bool hourly = reserved && strstr(row->price.sku, "-all-upfront") == NULL;
    struct offer_row *last = NULL;
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
                                    "not imported: %s row%s of product family %s: %s",
                                    text_number((double)s->rows, 0, rows), s->rows == 1 ? "" : "s",
                                    s->family, why[kind]);
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
    diagnostics_error(diagnostics, NULL, 0,
                      "no row of these files is a price that is billed here%s%s%s%s",
                      import->region != NULL ? " in " : "",
                      import->region != NULL ? import->region : "",
                      import->service != NULL ? " of " : "",
                      import->service != NULL ? import->service : "");
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
