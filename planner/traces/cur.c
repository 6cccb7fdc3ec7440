/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traces/cur.h"

#include "support/date.h"
#include "traces/billing.h"

#include <string.h>

enum {
    START,
    END,
    PRODUCT,
    USAGE_TYPE,
    OPERATION,
    RESOURCE,
    REGION,
    REGION_CODE,
    UNIT,
    LINE_TYPE,
    AMOUNT,
    RATE,
    COST,
    CURRENCY,
    DESCRIPTION,
    ID,
    ACCOUNT,
    PAYER,
    COLUMNS
};

static const struct billing_column columns[COLUMNS] = {
    [START] = {"lineItem/UsageStartDate", "line_item_usage_start_date", true},
    [END] = {"lineItem/UsageEndDate", "line_item_usage_end_date", false},
    [PRODUCT] = {"lineItem/ProductCode", "line_item_product_code", true},
    [USAGE_TYPE] = {"lineItem/UsageType", "line_item_usage_type", true},
    [OPERATION] = {"lineItem/Operation", "line_item_operation", false},
    [RESOURCE] = {"lineItem/ResourceId", "line_item_resource_id", false},
    [REGION] = {"product/region", "product_region", false},
    [REGION_CODE] = {"product/regionCode", "product_region_code", false},
    [UNIT] = {"pricing/unit", "pricing_unit", false},
    [LINE_TYPE] = {"lineItem/LineItemType", "line_item_line_item_type", false},
    [AMOUNT] = {"lineItem/UsageAmount", "line_item_usage_amount", true},
    [RATE] = {"lineItem/UnblendedRate", "line_item_unblended_rate", false},
    [COST] = {"lineItem/UnblendedCost", "line_item_unblended_cost", true},
    [CURRENCY] = {"lineItem/CurrencyCode", "line_item_currency_code", false},
    [DESCRIPTION] = {"lineItem/LineItemDescription", "line_item_line_item_description", false},
    [ID] = {"identity/LineItemId", "identity_line_item_id", false},
    [ACCOUNT] = {"lineItem/UsageAccountId", "line_item_usage_account_id", false},
    [PAYER] = {"bill/PayerAccountId", "bill_payer_account_id", false},
};

static const char *text_or_null(const char *text)
{
    return *text == '\0' ? NULL : text;
}

static const char *region_of(const struct billing_row *row)
{
    const char *const code = billing_field(row, REGION_CODE);
    const char *const region = *code != '\0' ? code : billing_field(row, REGION);
    const char *by_prefix = NULL;
    if (*region != '\0')
        return region;
    const char *const usage_type = billing_field(row, USAGE_TYPE);
    const char *const name = billing_strip_prefix(usage_type, &by_prefix);
    /* AWS gives us-east-1, its first region, no prefix. */
    return by_prefix != NULL || *usage_type == '\0' || name != usage_type ? by_prefix : "us-east-1";
}

static const char *make_line(const struct billing_row *row, struct cost_line *ret,
                             char buffer[BILLING_SKU_SIZE])
{
    const char *const currency = billing_field(row, CURRENCY);
    const char *const amount = billing_field(row, AMOUNT);
    const char *const end = billing_field(row, END);
    int128 value = 0;
    if (!timestamp_parse_iso(billing_field(row, START), &ret->start_ns))
        return "the usage start is no date";
    ret->end_ns = ret->start_ns;
    if (*end != '\0' && !timestamp_parse_iso(end, &ret->end_ns))
        return "the usage end is no date";
    if (*currency != '\0' && strcmp(currency, "USD") != 0)
        return "the currency is not USD";
    if (*amount != '\0' && !billing_decimal(amount, 12, &value))
        return "the usage amount is no number";
    if (!billing_decimal(billing_field(row, COST), 12, &value))
        return "the unblended cost is no number";
    ret->cost = value;
    ret->negative = value < 0;
    ret->quantity = *amount == '\0' ? "0" : amount;
    ret->rate = text_or_null(billing_field(row, RATE));
    ret->product = text_or_null(billing_field(row, PRODUCT));
    ret->usage_type = text_or_null(billing_field(row, USAGE_TYPE));
    ret->operation = text_or_null(billing_field(row, OPERATION));
    ret->resource = text_or_null(billing_field(row, RESOURCE));
    ret->unit = text_or_null(billing_field(row, UNIT));
    ret->line_type = text_or_null(billing_field(row, LINE_TYPE));
    ret->id = text_or_null(billing_field(row, ID));
    ret->account = text_or_null(billing_field(row, ACCOUNT));
    ret->payer = text_or_null(billing_field(row, PAYER));
    ret->description = text_or_null(billing_field(row, DESCRIPTION));
    ret->region = region_of(row);
    billing_identify(ret->product, ret->usage_type, ret->operation, NULL, &ret->service, &ret->sku,
                     buffer);
    return NULL;
}

static bool recognise(const char *head, size_t size)
{
    static const char *const legacy[] = {"lineItem/UsageType", "lineItem/UnblendedCost"};
    static const char *const modern[] = {"line_item_usage_type", "line_item_unblended_cost"};
    return billing_header_has(head, size, legacy, 2) || billing_header_has(head, size, modern, 2);
}

static int read_lines(struct input *input, const struct read_options *options,
                      const struct record_sink *sink, struct rejects *rejects,
                      struct diagnostics *diagnostics)
{
    (void)options;
    return billing_read(input, columns, COLUMNS, make_line, sink, rejects, diagnostics);
}

const struct trace_format cur_format = {
    .name = "cur",
    .description = "AWS Cost and Usage Report: legacy CSV, or CUR 2.0 of Data Exports",
    .recognise = recognise,
    .read = read_lines,
};
