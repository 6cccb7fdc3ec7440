/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <lambdaplan/price_book.h>

#include "core/memory.h"
#include "support/csv.h"
#include "support/date.h"
#include "support/text.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_PER_SERIES 500 /* prices of one SKU in one region, all dates; 30 in real history */

enum column {
    SERVICE,
    SKU,
    REGION,
    UNIT,
    PRICE,
    TIER_FROM,
    TIER_TO,
    EFFECTIVE_FROM,
    EFFECTIVE_TO,
    SOURCE,
    CONFIDENCE,
    COLUMNS
};

static const char *const column_name[COLUMNS] = {
    "service",        "sku",          "region", "unit",      "price_usd", "tier_from", "tier_to",
    "effective_from", "effective_to", "source", "confidence"};

static const char *const confidences[] = {"doc", "measured", "third-party", "inferred", "recalled"};

struct row {
    struct price price; /* service points to the row's text, which holds all strings */
    const char *file;   /* owned by the book */
    long line;
    int layer; /* 0: DIR/prices; files added later stand above it */
};

struct price_book {
    bool borrowed;   /* rows and files belong to the book below */
    struct row *row; /* in the files' order */
    size_t count, capacity;
    const struct row **sorted; /* by service, sku, region, then from_day and tier_from */
    const char **region;       /* with a price of its own, sorted */
    size_t regions, region_capacity;
    const struct price **override;
    size_t overrides, override_capacity;
    size_t inherited; /* the first overrides belong to the book below */
    char **file;
    size_t files, file_capacity;
    int layer; /* of the rows that are being read */
    const struct price **found;
    size_t found_capacity;
};

/* Strings of a row in one block: fields in the order of `enum column`, each NUL-terminated. */
static const char *pack(const char *const *field, const char *packed[COLUMNS])
{
    size_t size = 0;
    for (int i = 0; i < COLUMNS; i++)
        size += strlen(field[i]) + 1;
    char *const block = mem_alloc(size, 1);
    char *at = block;
    for (int i = 0; i < COLUMNS; i++) {
        const size_t length = strlen(field[i]) + 1;
        packed[i] = memcpy(at, field[i], length);
        at += length;
    }
    return block;
}

static bool parse_tier(const char *text, int64_t if_empty, int64_t *ret)
{
    long long value = 0;
    if (*text == '\0') {
        *ret = if_empty;
        return true;
    }
    if (!csv_to_int64(text, &value) || value < 0)
        return false;
    *ret = value;
    return true;
}

static bool parse_day(const char *text, int32_t if_empty, int32_t *ret)
{
    if (*text == '\0') {
        *ret = if_empty;
        return true;
    }
    return date_parse(text, ret);
}

static bool known_confidence(const char *text)
{
    for (size_t i = 0; i < sizeof confidences / sizeof *confidences; i++)
        if (strcmp(text, confidences[i]) == 0)
            return true;
    return false;
}

/* Everything that is wrong with the row is reported. */
static void read_row(struct price_book *book, const char *file, long line,
                     const char *const field[COLUMNS], struct diagnostics *diagnostics)
{
    const size_t errors = diagnostics->errors;
    struct price price = {.tier_to = INT64_MAX};
    const enum column needed[] = {SERVICE, SKU, REGION, UNIT, SOURCE};

    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (*field[needed[i]] == '\0')
            diagnostics_error(diagnostics, file, line, "%s is empty", column_name[needed[i]]);
    price.unknown = strcmp(field[PRICE], "unknown") == 0;
    if (!price.unknown && !money_parse(field[PRICE], &price.price))
        diagnostics_error(diagnostics, file, line,
                          "price_usd: \"%s\" is no amount: digits with at most 12 decimals, or "
                          "unknown",
                          field[PRICE]);
    if (!parse_tier(field[TIER_FROM], 0, &price.tier_from))
        diagnostics_error(diagnostics, file, line, "tier_from: \"%s\" is no whole number",
                          field[TIER_FROM]);
    if (!parse_tier(field[TIER_TO], INT64_MAX, &price.tier_to))
        diagnostics_error(diagnostics, file, line, "tier_to: \"%s\" is no whole number",
                          field[TIER_TO]);
    if (!parse_day(field[EFFECTIVE_FROM], DATE_MIN, &price.from_day))
        diagnostics_error(diagnostics, file, line, "effective_from: \"%s\" is no date YYYY-MM-DD",
                          field[EFFECTIVE_FROM]);
    if (!parse_day(field[EFFECTIVE_TO], DATE_MAX, &price.to_day))
        diagnostics_error(diagnostics, file, line, "effective_to: \"%s\" is no date YYYY-MM-DD",
                          field[EFFECTIVE_TO]);
    if (!known_confidence(field[CONFIDENCE]))
        diagnostics_error(diagnostics, file, line,
                          "confidence: \"%s\" is none of doc, measured, third-party, inferred, "
                          "recalled",
                          field[CONFIDENCE]);
    if (diagnostics->errors > errors)
        return;
    if (price.tier_to <= price.tier_from)
        diagnostics_error(diagnostics, file, line,
                          "tier_to %" PRId64 " is not above tier_from %" PRId64, price.tier_to,
                          price.tier_from);
    if (price.to_day <= price.from_day)
        diagnostics_error(diagnostics, file, line, "effective_to %s is not after effective_from %s",
                          field[EFFECTIVE_TO], field[EFFECTIVE_FROM]);
    if (diagnostics->errors > errors)
        return;

    const char *text[COLUMNS];
    price.service = pack(field, text);
    price.sku = text[SKU];
    price.region = text[REGION];
    price.unit = text[UNIT];
    price.effective_from = *text[EFFECTIVE_FROM] == '\0' ? "unknown" : text[EFFECTIVE_FROM];
    price.source = text[SOURCE];
    price.confidence = text[CONFIDENCE];
    book->row = mem_grow(book->row, &book->capacity, book->count, sizeof *book->row);
    book->row[book->count++] = (struct row){price, file, line, book->layer};
}

static bool find_columns(const struct csv_reader *reader, const char *file, size_t column[COLUMNS],
                         struct diagnostics *diagnostics)
{
    const size_t errors = diagnostics->errors;
    for (int i = 0; i < COLUMNS; i++) {
        const long index = csv_find_column(reader, column_name[i]);
        column[i] = (size_t)index;
        if (index < 0)
            diagnostics_error(diagnostics, file, 1, "column %s is missing", column_name[i]);
    }
    for (size_t i = 0; i < csv_columns(reader); i++) {
        const char *const name = csv_column_name(reader, i);
        bool known = false;
        for (int k = 0; k < COLUMNS; k++)
            known = known || strcmp(name, column_name[k]) == 0;
        if (known)
            continue;
        const char *const near = text_near_miss(name, column_name, COLUMNS);
        diagnostics_error(diagnostics, file, 1, "unknown column \"%s\"%s%s%s", name,
                          near == NULL ? "" : " (did you mean ", near == NULL ? "" : near,
                          near == NULL ? "" : "?)");
    }
    return diagnostics->errors == errors;
}

static void read_file(struct price_book *book, const char *file, struct diagnostics *diagnostics)
{
    struct csv_reader *const reader = csv_open(file, diagnostics);
    if (reader == NULL)
        return;
    size_t column[COLUMNS];
    if (find_columns(reader, file, column, diagnostics)) {
        const char *const *row = NULL;
        long line = 0;
        while (csv_next(reader, &row, &line) > 0) {
            const char *field[COLUMNS];
            for (int i = 0; i < COLUMNS; i++)
                field[i] = row[column[i]];
            read_row(book, file, line, field, diagnostics);
        }
    }
    csv_close(reader);
}

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The *.csv files of the folder, sorted by name: the order of directories is the machine's. */
static void find_files(struct price_book *book, const char *folder, struct diagnostics *diagnostics)
{
    DIR *const directory = opendir(folder);
    if (directory == NULL) {
        diagnostics_error(diagnostics, folder, 0, "cannot read the folder of prices: %s",
                          strerror(errno));
        return;
    }
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        const size_t length = strlen(entry->d_name);
        if (length < 5 || entry->d_name[0] == '.' ||
            strcmp(entry->d_name + length - 4, ".csv") != 0)
            continue;
        book->file = mem_grow(book->file, &book->file_capacity, book->files, sizeof *book->file);
        book->file[book->files++] = text_format("%s/%s", folder, entry->d_name);
    }
    closedir(directory);
    if (book->files == 0)
        diagnostics_error(diagnostics, folder, 0, "there is no *.csv file with prices");
    else
        qsort(book->file, book->files, sizeof *book->file, compare_text);
}

static int compare_series(const struct price *a, const char *service, const char *sku,
                          const char *region)
{
    int order = strcmp(a->service, service);
    if (order == 0)
        order = strcmp(a->sku, sku);
    return order != 0 ? order : strcmp(a->region, region);
}

static int compare_rows(const void *left, const void *right)
{
    const struct row *const row_a = *(const struct row *const *)left;
    const struct row *const row_b = *(const struct row *const *)right;
    const struct price *const a = &row_a->price, *const b = &row_b->price;
    const int order = compare_series(a, b->service, b->sku, b->region);
    if (order != 0)
        return order;
    if (row_a->layer != row_b->layer)
        return row_a->layer > row_b->layer ? -1 : 1;
    if (a->from_day != b->from_day)
        return a->from_day < b->from_day ? -1 : 1;
    if (a->tier_from != b->tier_from)
        return a->tier_from < b->tier_from ? -1 : 1;
    return 0;
}

static bool valid_on(const struct price *price, int32_t day)
{
    return price->from_day <= day && day < price->to_day;
}

static int compare_tiers(const void *a, const void *b)
{
    const struct row *const left = *(const struct row *const *)a;
    const struct row *const right = *(const struct row *const *)b;
    return (left->price.tier_from > right->price.tier_from) -
           (left->price.tier_from < right->price.tier_from);
}

static const char *day_text(int32_t day, char text[16])
{
    return day == DATE_MIN ? "the beginning" : date_format(day, text);
}

/* Tiers of one day must start at 0 and join; the last one may end (nothing is known above). */
static bool check_day(const struct row *const *series, size_t count, int32_t day,
                      const struct row **valid, struct diagnostics *diagnostics)
{
    size_t tiers = 0;
    int64_t expected = 0;
    char text[16];

    for (size_t i = 0; i < count; i++)
        if (valid_on(&series[i]->price, day))
            valid[tiers++] = series[i];
    qsort(valid, tiers, sizeof *valid, compare_tiers);
    for (size_t i = 0; i < tiers; i++) {
        const struct price *const price = &valid[i]->price;
        if (price->tier_from > expected) {
            diagnostics_error(diagnostics, valid[i]->file, valid[i]->line,
                              "%s %s in %s: no tier covers %" PRId64 " to %" PRId64 " from %s on",
                              price->service, price->sku, price->region, expected, price->tier_from,
                              day_text(day, text));
            return false;
        }
        if (price->tier_from < expected) {
            diagnostics_error(diagnostics, valid[i]->file, valid[i]->line,
                              "%s %s in %s: overlaps %s:%ld in tier and time on %s", price->service,
                              price->sku, price->region, valid[i - 1]->file, valid[i - 1]->line,
                              day_text(day, text));
            return false;
        }
        expected = price->tier_to;
    }
    return true;
}

static void check_series(const struct row *const *series, size_t count,
                         struct diagnostics *diagnostics)
{
    const struct price *const first = &series[0]->price;
    if (count > ROWS_PER_SERIES) {
        diagnostics_error(diagnostics, series[0]->file, series[0]->line,
                          "%s %s in %s has more than %d rows", first->service, first->sku,
                          first->region, ROWS_PER_SERIES);
        return;
    }
    const struct row **const valid = mem_alloc(count, sizeof *valid);
    bool good = true;
    /* Validity changes only where a row starts or ends. */
    for (size_t i = 0; good && i < count; i++) {
        const struct price *const price = &series[i]->price;
        if (i == 0 || price->from_day != series[i - 1]->price.from_day)
            good = check_day(series, count, price->from_day, valid, diagnostics);
        if (good && price->to_day != DATE_MAX)
            good = check_day(series, count, price->to_day, valid, diagnostics);
    }
    free(valid);
}

static void check_book(struct price_book *book, struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < book->count;) {
        const struct price *const first = &book->sorted[i]->price;
        size_t end = i + 1;
        while (end < book->count && book->sorted[end]->layer == book->sorted[i]->layer &&
               compare_series(&book->sorted[end]->price, first->service, first->sku,
                              first->region) == 0)
            end++;
        check_series(book->sorted + i, end - i, diagnostics);
        i = end;
    }
}

static void sort_rows(struct price_book *book)
{
    free(book->sorted);
    book->sorted = mem_alloc(book->count, sizeof *book->sorted);
    for (size_t i = 0; i < book->count; i++)
        book->sorted[i] = &book->row[i];
    qsort(book->sorted, book->count, sizeof *book->sorted, compare_rows);
}

static void list_regions(struct price_book *book)
{
    book->regions = 0;
    for (size_t i = 0; i < book->count; i++) {
        const struct price *const price = &book->row[i].price;
        size_t at = book->regions;
        while (at > 0 && strcmp(book->region[at - 1], price->region) > 0)
            at--;
        if (price->unknown || strcmp(price->region, "global") == 0 ||
            (at > 0 && strcmp(book->region[at - 1], price->region) == 0))
            continue;
        book->region =
            mem_grow(book->region, &book->region_capacity, book->regions, sizeof *book->region);
        memmove(&book->region[at + 1], &book->region[at],
                (book->regions++ - at) * sizeof *book->region);
        book->region[at] = price->region;
    }
}

struct price_book *price_book_load(const char *data_dir, struct diagnostics *diagnostics)
{
    const size_t errors = diagnostics->errors;
    struct price_book *book = mem_alloc(1, sizeof *book);
    char *const folder = text_format("%s/prices", data_dir);

    find_files(book, folder, diagnostics);
    for (size_t i = 0; i < book->files; i++)
        read_file(book, book->file[i], diagnostics);
    sort_rows(book);
    list_regions(book);
    check_book(book, diagnostics);
    if (diagnostics->errors > errors) {
        price_book_destroy(book);
        book = NULL;
    }
    free(folder);
    return book;
}

int price_book_add_file(struct price_book *book, const char *path, struct diagnostics *diagnostics)
{
    const size_t errors = diagnostics->errors;
    book->layer++;
    book->file = mem_grow(book->file, &book->file_capacity, book->files, sizeof *book->file);
    book->file[book->files] = mem_strdup(path);
    read_file(book, book->file[book->files++], diagnostics);
    sort_rows(book); /* rows may have moved */
    list_regions(book);
    if (diagnostics->errors == errors)
        check_book(book, diagnostics);
    return diagnostics->errors > errors ? -1 : 0;
}

struct price_book *price_book_over(const struct price_book *below)
{
    struct price_book *const book = mem_alloc(1, sizeof *book);
    *book = *below;
    book->borrowed = true;
    book->found = NULL;
    book->found_capacity = 0;
    book->override = mem_alloc(below->overrides, sizeof *book->override);
    book->override_capacity = below->overrides;
    book->inherited = below->overrides;
    for (size_t i = 0; i < below->overrides; i++)
        book->override[i] = below->override[i];
    return book;
}

static void free_text(const char *text)
{
    free((void *)(uintptr_t)text);
}

static void free_rows(struct price_book *book)
{
    for (size_t i = 0; i < book->count; i++)
        free_text(book->row[i].price.service);
    for (size_t i = 0; i < book->files; i++)
        free(book->file[i]);
    free(book->row);
    free(book->sorted);
    free(book->region);
    free(book->file);
}

void price_book_destroy(struct price_book *book)
{
    if (book == NULL)
        return;
    for (size_t i = book->inherited; i < book->overrides; i++) {
        free_text(book->override[i]->service);
        free_text((const char *)book->override[i]);
    }
    free(book->override);
    free(book->found);
    if (!book->borrowed)
        free_rows(book);
    free(book);
}

/* The last one given: earlier ones stay allocated, because bills may point to them. */
static const struct price *find_override(const struct price_book *book, const char *service,
                                         const char *sku, const char *region)
{
    for (size_t i = book->overrides; i-- > 0;)
        if (compare_series(book->override[i], service, sku, region) == 0)
            return book->override[i];
    return NULL;
}

void price_book_override(struct price_book *book, const char *service, const char *sku,
                         const char *region, money_pusd price)
{
    const char *unit = "";
    for (size_t i = 0; i < book->count && *unit == '\0'; i++)
        if (compare_series(&book->row[i].price, service, sku, book->row[i].price.region) == 0)
            unit = book->row[i].price.unit;

    const char *text[COLUMNS];
    const char *const field[COLUMNS] = {
        service, sku, region, unit, "", "", "", "", "", "given in the scenario", "doc"};
    struct price *const row = mem_alloc(1, sizeof *row);
    row->service = pack(field, text);
    row->sku = text[SKU];
    row->region = text[REGION];
    row->unit = text[UNIT];
    row->price = price;
    row->tier_to = INT64_MAX;
    row->from_day = DATE_MIN;
    row->to_day = DATE_MAX;
    row->effective_from = "override";
    row->source = text[SOURCE];
    row->confidence = text[CONFIDENCE];

    book->override =
        mem_grow(book->override, &book->override_capacity, book->overrides, sizeof *book->override);
    book->override[book->overrides++] = row;
}

static size_t find_in_region(struct price_book *book, const char *service, const char *sku,
                             const char *region, int32_t day)
{
    const struct price *const override = find_override(book, service, sku, region);
    if (override != NULL) {
        book->found = mem_grow(book->found, &book->found_capacity, 0, sizeof *book->found);
        book->found[0] = override;
        return 1;
    }
    size_t low = 0, high = book->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (compare_series(&book->sorted[middle]->price, service, sku, region) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    size_t count = 0;
    int layer = 0;
    for (size_t i = low; i < book->count; i++) {
        const struct price *const price = &book->sorted[i]->price;
        if (compare_series(price, service, sku, region) != 0 ||
            (count > 0 && book->sorted[i]->layer != layer))
            break;
        if (!valid_on(price, day))
            continue;
        layer = book->sorted[i]->layer;
        book->found = mem_grow(book->found, &book->found_capacity, count, sizeof *book->found);
        size_t at = count++;
        for (; at > 0 && book->found[at - 1]->tier_from > price->tier_from; at--)
            book->found[at] = book->found[at - 1];
        book->found[at] = price;
    }
    return count;
}

size_t price_book_find(struct price_book *book, const char *service, const char *sku,
                       const char *region, int32_t day, const struct price *const **ret)
{
    size_t count = find_in_region(book, service, sku, region, day);
    if (count == 0)
        count = find_in_region(book, service, sku, "global", day);
    *ret = book->found;
    return count;
}

const char *const *price_book_regions(const struct price_book *book, size_t *ret_count)
{
    *ret_count = book->regions;
    return book->region;
}

int32_t price_book_newest_day(const struct price_book *book)
{
    int32_t day = DATE_MIN;
    for (size_t i = 0; i < book->count; i++)
        if (!book->row[i].price.unknown && book->row[i].price.from_day > day)
            day = book->row[i].price.from_day;
    return day;
}

size_t price_book_count(const struct price_book *book)
{
    return book->count;
}

const struct price *price_book_at(const struct price_book *book, size_t index)
{
    return index < book->count ? &book->row[index].price : NULL;
}
