/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What each meter of <lambdaplan/usage.h> is called on AWS's price list, and how many of the
 * meter's units make one unit of the price.
 */
#ifndef PRICING_METERS_H
#define PRICING_METERS_H

#include <lambdaplan/usage.h>

#include <stdbool.h>

/* Free tiers that several meters share; each is a row of the price book at price 0. */
enum free_pool {
    POOL_NONE,
    POOL_LAMBDA_REQUESTS,
    POOL_LAMBDA_GB_SECONDS,
    POOL_DYNAMODB_STREAM_READS,
    POOL_TRANSITIONS,
    POOL_SQS_REQUESTS,
    POOL_SNS_REQUESTS,
    POOL_XRAY_TRACES,
    POOL_INTERNET_OUT,
    POOL_LOGS,
    POOL_COUNT
};

enum sku_rule {
    SKU_AS_IS,
    SKU_WITH_DETAIL, /* sku + detail: "linux-ondemand:" "m5.large" */
    SKU_WITH_FAMILY, /* sku + detail up to its point: "surplus-credits:" "t3" */
};

struct meter_price {
    const char *what; /* for sentences: "provisioned concurrency" */
    const char *service, *sku;
    enum sku_rule rule;
    const char *unit;
    int64_t per_unit; /* meter units in one price unit; a monthly price: without the milliseconds */
    bool monthly;     /* per_unit is multiplied by the month's milliseconds */
    enum free_pool pool;
    const char *plan_sku; /* under a Compute Savings Plan, with its term after it; NULL: none */
};

struct pool_price {
    const char *service, *sku, *unit;
    int64_t per_unit; /* of every meter in the pool */
};

const struct meter_price *meter_price_of(enum meter meter);
const struct pool_price *pool_price_of(enum free_pool pool);

/* Whether some meter, perhaps with a detail, is billed by this SKU: a price of another SKU would
 * never be used. */
bool meter_bills(const char *service, const char *sku);

/* The SKU of a meter and detail, under a Compute Savings Plan of this term ("1yr-no-upfront"; NULL:
 * none); free() it. */
char *meter_sku(enum meter meter, const char *detail, const char *plan);

#endif
