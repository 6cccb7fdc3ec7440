/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What `bill` found: invocations priced month by month, what was paid for nothing, what another
 * design would have cost; or the lines of a bill that AWS sent. Plain data, computed by studies.
 */
#ifndef LAMBDAPLAN_BILL_RESULT_H
#define LAMBDAPLAN_BILL_RESULT_H

#include <lambdaplan/bill.h>
#include <lambdaplan/diagnostics.h>
#include <lambdaplan/result.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bill_month {
    char name[16];      /* "2026-10" or "undated" */
    char priced_on[16]; /* the day whose prices were used */
    uint64_t invocations;
    struct bill bill;
};

/* A function over all months. */
struct bill_function {
    char *name;
    uint64_t invocations, cold_starts, errors, timeouts, retries;
    int64_t memory_mb_min, memory_mb_max, max_memory_used_mb; /* -1: not known */
    double gb_seconds;
    money_pusd cost;
};

/* A kind of waste and its functions: the first of a kind is the sum, with `function` NULL. */
struct bill_waste {
    const char *kind;        /* "memory" … */
    const char *explanation; /* a sentence for the kind */
    char *function;
    char *text;            /* what of this function: "512 MB bought, 96 MB used at most: …" */
    money_pusd cost;       /* in the data, on top of what the free tier gives; kinds overlap */
    money_pusd list_cost;  /* before the free tier */
    money_pusd month_cost; /* a month: of a longer span the mean, of a shorter one scaled up */
};

struct bill_what_if {
    char *name; /* "memory_size 512, same duration" */
    money_pusd total, difference;
};

/* Lines of AWS's own bill that are alike, in one month. */
struct bill_charge {
    char month[16];
    char *service;                                /* ours, or the bill's word */
    char *usage_type, *region, *unit, *line_type; /* "" where the bill says nothing */
    char *sku;                                    /* ours; "" where it is not one that we price */
    char *price_service;                          /* of the sku; "" without one */
    uint64_t lines;
    usage_quantity quantity_e12; /* 1e-12 of a unit */
    money_pusd cost;
    bool has_bill_price;   /* the bill's unit cost is defined */
    money_pusd bill_price; /* cost / quantity */
    bool has_our_price;
    money_pusd our_price;
    const char *effective_from; /* owned by the price book; NULL without a price */
    money_pusd difference;      /* cost - quantity x our price */
    const char *verdict;        /* "agrees", "differs" …; static */
};

struct bill_result {
    struct result_command command;
    char *region, *price_book;
    const char *architecture;
    char as_of[16]; /* "" when each month has its own day */
    bool free_tier;
    uint64_t invocations;
    uint64_t rows, rejected;  /* of the input: all that should be records, and what was left out */
    char first[32], last[32]; /* "" without dates */
    double span_months;       /* of 730 h */
    bool has_month;           /* all is dated, and an hour or more */
    money_pusd month_cost;    /* `total` for a month: scaled up, or the mean of a longer span */
    double month_factor;      /* a month by the data's span; 1 where they cover less than an hour */
    bool files;               /* the tables are in files, too */
    money_pusd total;
    struct bill_month *month;
    size_t months;
    struct bill_function *function; /* dearest first */
    size_t functions;
    struct bill_waste *waste;
    size_t wastes;
    struct bill_what_if *what_if;
    size_t what_ifs;
    struct bill_charge *charge; /* by month, service, usage type */
    size_t charges;
    money_pusd charged; /* their sum */
    struct diagnostics notes;
    double wall_time_s;
};

void bill_result_finish(struct bill_result *result);

#endif
