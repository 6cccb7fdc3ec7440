/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Offer files of AWS's Price List, one price at a time: CSV (rows about the file, then a header;
 * columns by name) or JSON ("products" by SKU, then "terms" by SKU, with the prices). Both say the
 * same in other words; here they are the same fields.
 *
 * Files are streamed. Of a JSON file the products are kept that are wanted, so memory grows with
 * those.
 * https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-service-price-list-files.html
 */
#ifndef IMPORTS_PRICE_OFFER_H
#define IMPORTS_PRICE_OFFER_H

#include <lambdaplan/diagnostics.h>

#include <stdbool.h>

enum offer_field {
    /* of the term and its price */
    OFFER_TERM_TYPE, /* "OnDemand", "Reserved" */
    OFFER_EFFECTIVE_DATE,
    OFFER_STARTING_RANGE,
    OFFER_ENDING_RANGE,
    OFFER_UNIT,
    OFFER_PRICE_PER_UNIT,
    OFFER_CURRENCY,
    OFFER_LEASE,
    OFFER_PURCHASE_OPTION,
    OFFER_OFFERING_CLASS,
    /* of the product */
    OFFER_FAMILY,
    OFFER_SERVICE_CODE,
    OFFER_LOCATION_TYPE,
    OFFER_INSTANCE_TYPE,
    OFFER_TENANCY,
    OFFER_OPERATING_SYSTEM,
    OFFER_SOFTWARE,
    OFFER_CAPACITY_STATUS,
    OFFER_USAGE_TYPE,
    OFFER_OPERATION,
    OFFER_REGION_CODE,
    OFFER_FIELDS
};
#define OFFER_PRODUCT_FIELDS OFFER_FAMILY /* they are the fields from here on */
#define OFFER_CODE_MAX 60

struct offer {
    const char *path;              /* for messages */
    char code[OFFER_CODE_MAX + 1]; /* "AmazonEC2", or "" */
    char published[16];            /* YYYY-MM-DD */
};

struct offer_row {
    const struct offer *offer;
    const char *field[OFFER_FIELDS]; /* "" where the file does not say */
    long line;
};

struct offer_sink {
    /* Whether prices of this product are wanted; of the row's fields there are the product's, and
     * of a JSON file perhaps not yet the day it was published. Called once for every row of a CSV
     * file, once for every product of a JSON file. */
    bool (*wanted)(void *context, const struct offer_row *row);
    /* A price of a wanted product; -1 after an error that it has reported. */
    int (*row)(void *context, const struct offer_row *row);
    void *context;
};

/* "-" is standard input, packed or not. 0, or -1 after an error. */
int offer_read(const char *path, const struct offer_sink *sink, struct diagnostics *diagnostics);

#endif
