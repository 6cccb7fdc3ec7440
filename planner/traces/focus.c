/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traces/focus.h"

#include "support/date.h"
#include "traces/billing.h"

#include <string.h>

enum {
    START,
    END,
    SERVICE,
    USAGE_TYPE,
    OPERATION,
    RESOURCE,
    REGION,
    PRICING_UNIT,
    PRICING_QUANTITY,
    CONSUMED_UNIT,
    CONSUMED_QUANTITY,
    CATEGORY,
    LIST_PRICE,
    COST,
    CURRENCY,
    DESCRIPTION,
    ACCOUNT,
    PAYER,
    COLUMNS
};

static const struct billing_column columns[COLUMNS] = {
    [START] = {"ChargePeriodStart", NULL, true},
    [END] = {"ChargePeriodEnd", NULL, false},
    [SERVICE] = {"ServiceName", NULL, true},
    [USAGE_TYPE] = {"x_UsageType", NULL, false},
    [OPERATION] = {"x_Operation", NULL, false},
    [RESOURCE] = {"ResourceId", NULL, false},
    [REGION] = {"RegionId", "Region", false},
    [PRICING_UNIT] = {"PricingUnit", NULL, false},
    [PRICING_QUANTITY] = {"PricingQuantity", NULL, false},
    [CONSUMED_UNIT] = {"ConsumedUnit", NULL, false},
    [CONSUMED_QUANTITY] = {"ConsumedQuantity", NULL, false},
    [CATEGORY] = {"ChargeCategory", NULL, false},
    [LIST_PRICE] = {"ListUnitPrice", NULL, false},
    [COST] = {"BilledCost", NULL, true},
    [CURRENCY] = {"BillingCurrency", NULL, false},
    [DESCRIPTION] = {"ChargeDescription", NULL, false},
    [ACCOUNT] = {"SubAccountId", NULL, false},
    [PAYER] = {"BillingAccountId", NULL, false},
};

static const char *text_or_null(const char *text)
{
    return *text == '\0' ? NULL : text;
}

static const char *make_line(const struct billing_row *row, struct cost_line *ret,
                             char buffer[BILLING_SKU_SIZE])
{
    const char *const currency = billing_field(row, CURRENCY);
    const char *const end = billing_field(row, END);
    const char *const description = billing_field(row, DESCRIPTION);
    const bool priced = *billing_field(row, PRICING_QUANTITY) != '\0';
    const char *const quantity =
        billing_field(row, priced ? (size_t)PRICING_QUANTITY : (size_t)CONSUMED_QUANTITY);
    const char *unit = billing_field(row, priced ? (size_t)PRICING_UNIT : (size_t)CONSUMED_UNIT);
    int128 value = 0;
    if (!timestamp_parse_iso(billing_field(row, START), &ret->start_ns))
        return "ChargePeriodStart is no date";
    ret->end_ns = ret->start_ns;
    if (*end != '\0' && !timestamp_parse_iso(end, &ret->end_ns))
        return "ChargePeriodEnd is no date";
    if (*currency != '\0' && strcmp(currency, "USD") != 0)
        return "the currency is not USD";
    if (*quantity != '\0' && !billing_decimal(quantity, 12, &value))
        return "the quantity is no number";
    if (!billing_decimal(billing_field(row, COST), 12, &value))
        return "BilledCost is no number";
    ret->cost = value;
    ret->negative = value < 0;
    ret->quantity = *quantity == '\0' ? "0" : quantity;
    ret->rate = text_or_null(billing_field(row, LIST_PRICE));
    ret->product = text_or_null(billing_field(row, SERVICE));
    ret->usage_type = text_or_null(billing_field(row, USAGE_TYPE));
    ret->operation = text_or_null(billing_field(row, OPERATION));
    ret->resource = text_or_null(billing_field(row, RESOURCE));
    ret->line_type = text_or_null(billing_field(row, CATEGORY));
    ret->region = text_or_null(billing_field(row, REGION));
    ret->account = text_or_null(billing_field(row, ACCOUNT));
    ret->payer = text_or_null(billing_field(row, PAYER));
    ret->description = text_or_null(description);
    billing_identify(ret->product, ret->usage_type, ret->operation, description, &ret->service,
                     &ret->sku, buffer);
    if (ret->service != NULL && strcmp(ret->service, "lambda") == 0 &&
        (strcmp(unit, "Seconds") == 0 || strcmp(unit, "Second") == 0))
        unit = "GB-second";
    ret->unit = text_or_null(unit);
    if (ret->usage_type == NULL)
        ret->usage_type = text_or_null(description);
    return NULL;
}

static bool recognise(const char *head, size_t size)
{
    static const char *const names[] = {"BilledCost", "ChargePeriodStart", "ServiceName"};
    return billing_header_has(head, size, names, 3);
}

static int read_lines(struct input *input, const struct read_options *options,
                      const struct record_sink *sink, struct rejects *rejects,
                      struct diagnostics *diagnostics)
{
    (void)options;
    return billing_read(input, columns, COLUMNS, make_line, sink, rejects, diagnostics);
}

const struct trace_format focus_format = {
    .name = "focus",
    .description = "FOCUS 1.0 bill, CSV",
    .recognise = recognise,
    .read = read_lines,
};
