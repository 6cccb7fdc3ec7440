/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "imports/price_offer.h"

#include "core/memory.h"
#include "scenario/json.h"
#include "support/csv.h"
#include "support/date.h"
#include "support/input.h"
#include "traces/json_items.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define METADATA_LINES_MAX 20 /* five today */

/* The columns of a CSV file, and where a JSON file has the same: attributes of the product or, for
 * a term, its attributes or the price's. */
static const struct {
    const char *column;
    bool needed;
    const char *json;
} names[OFFER_FIELDS] = {
    [OFFER_TERM_TYPE] = {"TermType", true, NULL},
    [OFFER_EFFECTIVE_DATE] = {"EffectiveDate", true, "effectiveDate"},
    [OFFER_STARTING_RANGE] = {"StartingRange", false, "beginRange"},
    [OFFER_ENDING_RANGE] = {"EndingRange", false, "endRange"},
    [OFFER_UNIT] = {"Unit", true, "unit"},
    [OFFER_PRICE_PER_UNIT] = {"PricePerUnit", true, NULL},
    [OFFER_CURRENCY] = {"Currency", true, NULL},
    [OFFER_LEASE] = {"LeaseContractLength", false, "LeaseContractLength"},
    [OFFER_PURCHASE_OPTION] = {"PurchaseOption", false, "PurchaseOption"},
    [OFFER_OFFERING_CLASS] = {"OfferingClass", false, "OfferingClass"},
    [OFFER_FAMILY] = {"Product Family", false, "productFamily"},
    [OFFER_SERVICE_CODE] = {"serviceCode", false, "servicecode"},
    [OFFER_LOCATION_TYPE] = {"Location Type", false, "locationType"},
    [OFFER_INSTANCE_TYPE] = {"Instance Type", false, "instanceType"},
    [OFFER_TENANCY] = {"Tenancy", false, "tenancy"},
    [OFFER_OPERATING_SYSTEM] = {"Operating System", false, "operatingSystem"},
    [OFFER_SOFTWARE] = {"Pre Installed S/W", false, "preInstalledSw"},
    [OFFER_CAPACITY_STATUS] = {"CapacityStatus", false, "capacitystatus"},
    [OFFER_USAGE_TYPE] = {"usageType", true, "usagetype"},
    [OFFER_OPERATION] = {"operation", false, "operation"},
    [OFFER_REGION_CODE] = {"Region Code", false, "regionCode"},
};

/* One file while it is read. */
struct reading {
    struct offer offer;
    struct input *input;
    const struct offer_sink *sink;
    struct diagnostics *diagnostics;
    size_t metadata; /* CSV: bytes before the header that are still to be left out */
    /* JSON: the products that are wanted, each its SKU and behind that its fields, with a NUL at
     * every end; sorted by SKU when the terms come. */
    char **product;
    size_t products, capacity;
    bool sorted;
};

static void set_code(struct offer *offer, const char *text, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length && count < sizeof offer->code - 1; i++)
        offer->code[count++] = isprint((unsigned char)text[i]) ? text[i] : '?';
    offer->code[count] = '\0';
}

/* "2026-09-06T18:13:31Z", or with a blank; false when it is no day. */
static bool set_published(struct offer *offer, const char *text, size_t length)
{
    char day[16];
    int32_t number;
    const size_t size = strcspn(text, "T ");
    snprintf(day, sizeof day, "%.*s", (int)(size < length ? size : length), text);
    if (size > 10 || !date_parse(day, &number))
        return false;
    date_format(number, offer->published);
    return true;
}

/* The rows about the file are read from its head; here only their line ends are left of them, so
 * that the header is the first row that the CSV reader sees and line numbers stay right. */
static ssize_t read_behind_metadata(void *context, char *buffer, size_t size)
{
    struct reading *const reading = context;
    for (;;) {
        const ssize_t got = input_csv_read(reading->input, buffer, size);
        if (got <= 0 || reading->metadata == 0)
            return got;
        const size_t out = (size_t)got < reading->metadata ? (size_t)got : reading->metadata;
        size_t kept = 0;
        for (size_t i = 0; i < out; i++)
            if (buffer[i] == '\n')
                buffer[kept++] = '\n';
        memmove(buffer + kept, buffer + out, (size_t)got - out);
        reading->metadata -= out;
        if (kept + (size_t)got - out > 0)
            return (ssize_t)(kept + (size_t)got - out);
    }
}

/* The value behind `name` in a row of two fields; NULL when the row is another. */
static const char *metadata_value(const char *line, size_t length, const char *name,
                                  size_t *ret_length)
{
    const char *const end = line + length;
    const size_t wanted = strlen(name);
    const char *at = line < end && *line == '"' ? line + 1 : line;
    if ((size_t)(end - at) <= wanted || memcmp(at, name, wanted) != 0)
        return NULL;
    at += wanted;
    if (at < end && *at == '"')
        at++;
    if (at == end || *at != ',')
        return NULL;
    at++;
    if (at < end && *at == '"')
        at++;
    *ret_length = 0;
    while (at + *ret_length < end && at[*ret_length] != '"' && at[*ret_length] != '\r')
        ++*ret_length;
    return at;
}

static bool begins_header(const char *line, size_t length)
{
    return (length > 4 && memcmp(line, "SKU,", 4) == 0) ||
           (length > 6 && memcmp(line, "\"SKU\",", 6) == 0);
}

/* Where the header begins, when the file was published, and of which service it is. */
static int read_metadata(struct reading *reading, const char *head, size_t size)
{
    size_t at = 0;
    bool found = false, dated = false;
    for (int line = 0; line <= METADATA_LINES_MAX && at < size && !found; line++) {
        const char *const end = memchr(head + at, '\n', size - at);
        const size_t length = end == NULL ? size - at : (size_t)(end - head) - at;
        size_t value_length;
        found = begins_header(head + at, length);
        if (found)
            break;
        const char *value = metadata_value(head + at, length, "Publication Date", &value_length);
        if (value != NULL)
            dated = set_published(&reading->offer, value, value_length);
        value = metadata_value(head + at, length, "OfferCode", &value_length);
        if (value != NULL)
            set_code(&reading->offer, value, value_length);
        at += length + (end != NULL);
    }
    if (!found) {
        diagnostics_error(reading->diagnostics, reading->offer.path, 0,
                          "this is no offer file of AWS's Price List: it is no JSON, and none of "
                          "its first %d lines is a header that begins with SKU",
                          METADATA_LINES_MAX + 1);
        return -1;
    }
    if (!dated) {
        diagnostics_error(reading->diagnostics, reading->offer.path, 0,
                          "the rows above the header do not say when the offer was published "
                          "(\"Publication Date\",\"2026-09-06T…\")");
        return -1;
    }
    reading->metadata = at;
    return 0;
}

static int find_columns(const struct reading *reading, const struct csv_reader *reader,
                        long column[OFFER_FIELDS])
{
    int status = 0;
    for (int i = 0; i < OFFER_FIELDS; i++) {
        column[i] = csv_find_column(reader, names[i].column);
        if (column[i] >= 0 || !names[i].needed)
            continue;
        diagnostics_error(reading->diagnostics, reading->offer.path, 0, "column %s is missing",
                          names[i].column);
        status = -1;
    }
    return status;
}

static int read_csv(struct reading *reading)
{
    struct csv_reader *const reader =
        csv_open_over(reading->offer.path, read_behind_metadata, reading, reading->diagnostics);
    const struct offer_sink *const sink = reading->sink;
    struct offer_row row = {.offer = &reading->offer};
    long column[OFFER_FIELDS];
    const char *const *field = NULL;
    int status = -1;
    if (reader == NULL || find_columns(reading, reader, column) < 0)
        goto out;
    while ((status = csv_next(reader, &field, &row.line)) > 0) {
        for (int i = 0; i < OFFER_FIELDS; i++)
            row.field[i] = column[i] < 0 ? "" : field[column[i]];
        if (sink->wanted(sink->context, &row) && sink->row(sink->context, &row) < 0) {
            status = -1;
            break;
        }
    }
out:
    csv_close(reader);
    return status;
}

static void free_products(struct reading *reading)
{
    for (size_t i = 0; i < reading->products; i++)
        free(reading->product[i]);
    free(reading->product);
}

static const char *text_of(const cJSON *object, const char *name)
{
    const cJSON *const value = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(value) ? value->valuestring : "";
}

static void keep_product(struct reading *reading, const char *sku, const struct offer_row *row)
{
    size_t size = strlen(sku) + 1;
    for (int i = OFFER_PRODUCT_FIELDS; i < OFFER_FIELDS; i++)
        size += strlen(row->field[i]) + 1;
    char *const text = mem_alloc(size, 1);
    char *end = stpcpy(text, sku) + 1;
    for (int i = OFFER_PRODUCT_FIELDS; i < OFFER_FIELDS; i++)
        end = stpcpy(end, row->field[i]) + 1;
    reading->product =
        mem_grow(reading->product, &reading->capacity, reading->products, sizeof *reading->product);
    reading->product[reading->products++] = text;
}

static int read_product(struct reading *reading, const struct json_item *item)
{
    struct offer_row row = {.offer = &reading->offer, .line = item->line};
    if (reading->sorted) {
        diagnostics_error(reading->diagnostics, reading->offer.path, item->line,
                          "a product stands behind the terms; AWS's files have all products first");
        return -1;
    }
    cJSON *const json = json_parse_part(item->text, item->size, reading->offer.path, item->line,
                                        reading->diagnostics);
    if (json == NULL)
        return -1;
    const cJSON *const attributes = cJSON_GetObjectItemCaseSensitive(json, "attributes");
    for (int i = 0; i < OFFER_FIELDS; i++)
        row.field[i] = i < OFFER_PRODUCT_FIELDS ? "" : text_of(attributes, names[i].json);
    row.field[OFFER_FAMILY] = text_of(json, names[OFFER_FAMILY].json);
    if (reading->sink->wanted(reading->sink->context, &row))
        keep_product(reading, item->key, &row);
    cJSON_Delete(json);
    return 0;
}

static int compare_products(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int compare_sku(const void *sku, const void *product)
{
    return strcmp(sku, *(char *const *)product);
}

/* Before the first term: what it needs. */
static int end_products(struct reading *reading)
{
    if (reading->offer.published[0] == '\0') {
        diagnostics_error(reading->diagnostics, reading->offer.path, 0,
                          "nothing before the terms says when the offer was published "
                          "(\"publicationDate\": \"2026-09-06T…\")");
        return -1;
    }
    if (reading->products > 0)
        qsort(reading->product, reading->products, sizeof *reading->product, compare_products);
    for (size_t i = 1; i < reading->products; i++)
        if (compare_products(&reading->product[i - 1], &reading->product[i]) == 0) {
            diagnostics_error(reading->diagnostics, reading->offer.path, 0,
                              "the product %s is there twice", reading->product[i]);
            return -1;
        }
    reading->sorted = true;
    return 0;
}

/* "pricePerUnit": {"USD": "0.0000002"}: that of several currencies which is billed here. */
static void set_price(struct offer_row *row, const cJSON *price)
{
    const cJSON *const by_currency = cJSON_GetObjectItemCaseSensitive(price, "pricePerUnit");
    const cJSON *const dollars = cJSON_GetObjectItemCaseSensitive(by_currency, "USD");
    const cJSON *const amount = dollars != NULL       ? dollars
                                : by_currency != NULL ? by_currency->child
                                                      : NULL;
    row->field[OFFER_CURRENCY] = amount != NULL && amount->string != NULL ? amount->string : "";
    row->field[OFFER_PRICE_PER_UNIT] = cJSON_IsString(amount) ? amount->valuestring : "";
}

/* The terms of one product: {"SKU.CODE": {"priceDimensions": {"SKU.CODE.RATE": {…}}, …}, …}. */
static int read_terms(const struct reading *reading, struct offer_row *row, const cJSON *terms)
{
    const struct offer_sink *const sink = reading->sink;
    const cJSON *term, *price;
    cJSON_ArrayForEach(term, terms)
    {
        const cJSON *const attributes = cJSON_GetObjectItemCaseSensitive(term, "termAttributes");
        row->field[OFFER_EFFECTIVE_DATE] = text_of(term, names[OFFER_EFFECTIVE_DATE].json);
        for (int i = OFFER_LEASE; i < OFFER_PRODUCT_FIELDS; i++)
            row->field[i] = text_of(attributes, names[i].json);
        cJSON_ArrayForEach(price, cJSON_GetObjectItemCaseSensitive(term, "priceDimensions"))
        {
            row->line = json_line(price);
            for (int i = OFFER_STARTING_RANGE; i <= OFFER_UNIT; i++)
                row->field[i] = text_of(price, names[i].json);
            set_price(row, price);
            if (sink->row(sink->context, row) < 0)
                return -1;
        }
    }
    return 0;
}

static int read_term(struct reading *reading, const struct json_item *item, const char *type)
{
    if (!reading->sorted && end_products(reading) < 0)
        return -1;
    char *const *const product = reading->products == 0
                                     ? NULL
                                     : bsearch(item->key, reading->product, reading->products,
                                               sizeof *reading->product, compare_sku);
    if (product == NULL)
        return 0;
    cJSON *const json = json_parse_part(item->text, item->size, reading->offer.path, item->line,
                                        reading->diagnostics);
    if (json == NULL)
        return -1;
    struct offer_row row = {.offer = &reading->offer};
    const char *field = *product;
    row.field[OFFER_TERM_TYPE] = type;
    for (int i = OFFER_PRODUCT_FIELDS; i < OFFER_FIELDS; i++) {
        field += strlen(field) + 1;
        row.field[i] = field;
    }
    const int status = read_terms(reading, &row, json);
    cJSON_Delete(json);
    return status;
}

static int read_json(struct reading *reading)
{
    enum { CODE, PUBLISHED, PRODUCTS, ON_DEMAND, RESERVED };
    static const char *const path[] = {[CODE] = "offerCode",
                                       [PUBLISHED] = "publicationDate",
                                       [PRODUCTS] = "products/*",
                                       [ON_DEMAND] = "terms/OnDemand/*",
                                       [RESERVED] = "terms/Reserved/*"};
    struct json_items *const items =
        json_items_create(reading->input, path, sizeof path / sizeof *path, reading->diagnostics);
    struct json_item item;
    int status;
    while ((status = json_items_next(items, &item)) > 0) {
        if (item.path == CODE && item.size >= 2)
            set_code(&reading->offer, item.text + 1, item.size - 2);
        else if (item.path == PUBLISHED && item.size >= 2)
            set_published(&reading->offer, item.text + 1, item.size - 2);
        else if (item.path == PRODUCTS && read_product(reading, &item) < 0)
            status = -1;
        else if (item.path == ON_DEMAND && read_term(reading, &item, "OnDemand") < 0)
            status = -1;
        else if (item.path == RESERVED && read_term(reading, &item, "Reserved") < 0)
            status = -1;
        if (status < 0)
            break;
    }
    if (status == 0 &&
        (!json_items_found(items, PRODUCTS) ||
         (!json_items_found(items, ON_DEMAND) && !json_items_found(items, RESERVED)))) {
        diagnostics_error(reading->diagnostics, reading->offer.path, 0,
                          "this is no offer file of AWS's Price List: it has no \"products\", or "
                          "neither \"OnDemand\" nor \"Reserved\" among its \"terms\"");
        status = -1;
    }
    json_items_destroy(items);
    return status;
}

int offer_read(const char *path, const struct offer_sink *sink, struct diagnostics *diagnostics)
{
    struct reading reading = {
        .input = input_open(path, diagnostics), .sink = sink, .diagnostics = diagnostics};
    const char *head = NULL;
    size_t at = 0;
    int status = -1;
    if (reading.input == NULL)
        return -1;
    reading.offer.path = input_path(reading.input);
    const size_t size = input_head(reading.input, &head);
    while (at < size && isspace((unsigned char)head[at]))
        at++;
    if (input_failed(reading.input))
        ; /* reported */
    else if (at < size && head[at] == '{')
        status = read_json(&reading);
    else if (read_metadata(&reading, head, size) == 0)
        status = read_csv(&reading);
    free_products(&reading);
    input_close(reading.input);
    return status;
}
