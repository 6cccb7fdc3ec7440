/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What holds for every bill, on random usage with a fixed seed. */
#include "fixture.h"
#include "harness.h"

#include <stdio.h>

#define ENTITIES 5
#define ROUNDS 400

static uint64_t state;

/* Below `bound`, 0 and small values more often than uniform. */
static int64_t draw(int64_t bound)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    const uint64_t shift = state >> 59;
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int64_t)((state >> 1 >> shift) % (uint64_t)bound);
}

static const char *detail_of(enum meter meter)
{
    static const char *const types[] = {"m5.large", "c5.large", "t3.micro"};
    switch (meter) {
    case METER_EC2_INSTANCE_MS:
        return types[draw(3)];
    case METER_EC2_RESERVED_INSTANCE_MS:
        return draw(2) ? "m5.large:1yr-all-upfront" : "t3.micro:3yr-no-upfront";
    case METER_EC2_CREDIT_VCPU_MS:
        return draw(2) ? "t3.micro" : "t3.large";
    case METER_EBS_MB_MS:
        return draw(2) ? "gp2" : "gp3";
    default:
        return NULL;
    }
}

/* The higher tiers of FIFO queues have no known price. */
static int64_t most_of(enum meter meter, int bits)
{
    return INT64_C(1) << (meter == METER_SQS_FIFO_REQUESTS ? 30 : bits);
}

/* Every meter, up to sizes that cross the tiers. */
static void draw_usage(struct usage *usage)
{
    const int lines = 1 + (int)draw(60);
    for (int i = 0; i < lines; i++) {
        const enum meter drawn = (enum meter)draw(METER_COUNT);
        const enum meter meter = drawn == METER_EC2_SAVINGS_PLAN_INSTANCE_MS /* no known price */
                                     ? METER_EC2_INSTANCE_MS
                                     : drawn;
        char entity[16];
        snprintf(entity, sizeof entity, "entity:%d", (int)draw(ENTITIES));
        const bool lambda = meter <= METER_LAMBDA_EPHEMERAL_MB_MS && meter > METER_LAMBDA_REQUESTS;
        usage_add(usage, entity, meter, detail_of(meter),
                  (usage_quantity)draw(most_of(meter, 50)) * (lambda && draw(2) ? 40 : 1));
    }
}

static usage_quantity billed(const struct bill *bill, const struct usage_line *line, bool only_free)
{
    usage_quantity sum = 0;
    for (size_t i = 0; i < bill->count; i++) {
        const struct bill_line *const b = &bill->line[i];
        if (b->meter == line->meter && strcmp(b->entity, line->entity) == 0 &&
            strcmp(b->detail, line->detail) == 0)
            sum += only_free ? b->free_quantity : b->quantity;
    }
    return sum;
}

static usage_quantity free_sum(const struct bill *bill, enum meter a, enum meter b)
{
    usage_quantity sum = 0;
    for (size_t i = 0; i < bill->count; i++)
        if (bill->line[i].meter == a || bill->line[i].meter == b)
            sum += bill->line[i].free_quantity;
    return sum;
}

static usage_quantity least(usage_quantity a, usage_quantity b)
{
    return a < b ? a : b;
}

START_TEST(usage_on_the_meter_is_usage_on_the_bill)
{
    struct fixture fixture;
    fixture_init(&fixture, "2026-11-01");
    state = 1;
    for (int round = 0; round < ROUNDS; round++) {
        fixture_clear(&fixture);
        fixture.options.free_tier = draw(2) == 1;
        draw_usage(&fixture.usage);
        fixture_bill(&fixture);
        money_pusd total = 0;
        for (size_t i = 0; i < fixture.bill.count; i++) {
            const struct bill_line *const line = &fixture.bill.line[i];
            ck_assert(line->quantity > 0);
            ck_assert(line->free_quantity >= 0 && line->free_quantity <= line->quantity);
            ck_assert(line->cost >= 0);
            /* |cost - paid x price / per_unit| <= 1/2 pico-dollar */
            const usage_quantity paid = line->quantity - line->free_quantity;
            const usage_quantity off = 2 * (line->cost * line->per_unit - paid * line->unit_price);
            ck_assert(off <= line->per_unit && off >= -line->per_unit);
            total += line->cost;
        }
        ck_assert(total == fixture.bill.total);
        for (size_t i = 0; i < fixture.usage.count; i++)
            ck_assert(billed(&fixture.bill, &fixture.usage.line[i], false) ==
                      fixture.usage.line[i].quantity);

        const usage_quantity requests = usage_total(&fixture.usage, METER_LAMBDA_REQUESTS);
        const usage_quantity duration = usage_total(&fixture.usage, METER_LAMBDA_X86_MB_MS) +
                                        usage_total(&fixture.usage, METER_LAMBDA_ARM64_MB_MS);
        const bool granted = fixture.options.free_tier;
        ck_assert(free_sum(&fixture.bill, METER_LAMBDA_REQUESTS, METER_LAMBDA_REQUESTS) ==
                  (granted ? least(requests, 1000000) : 0));
        ck_assert(free_sum(&fixture.bill, METER_LAMBDA_X86_MB_MS, METER_LAMBDA_ARM64_MB_MS) ==
                  (granted ? least(duration, (usage_quantity)400000 * GB_S) : 0));
    }
    fixture_finish(&fixture);
}
END_TEST

/* The same usage of one entity: the same quantities in each tier, and the same money but for the
 * half pico-dollar that each line may be off. */
START_TEST(entities_add_up_to_the_account)
{
    struct fixture fixture;
    fixture_init(&fixture, "2026-11-01");
    state = 2;
    for (int round = 0; round < ROUNDS; round++) {
        fixture_clear(&fixture);
        draw_usage(&fixture.usage);
        fixture_bill(&fixture);

        struct usage merged;
        struct bill account;
        usage_init(&merged);
        for (size_t i = 0; i < fixture.usage.count; i++)
            usage_add(&merged, "account", fixture.usage.line[i].meter, fixture.usage.line[i].detail,
                      fixture.usage.line[i].quantity);
        ck_assert_int_eq(
            bill_compute(&account, &merged, fixture.book, &fixture.options, &fixture.diagnostics),
            0);
        const money_pusd off = account.total - fixture.bill.total;
        const money_pusd slack = (money_pusd)(account.count + fixture.bill.count);
        ck_assert(off <= slack && off >= -slack);
        for (size_t i = 0; i < account.count; i++) {
            const struct bill_line *const line = &account.line[i];
            usage_quantity in_tier = 0, mine = 0;
            for (size_t k = 0; k < fixture.bill.count; k++)
                if (strcmp(fixture.bill.line[k].sku, line->sku) == 0 &&
                    fixture.bill.line[k].meter == line->meter &&
                    fixture.bill.line[k].tier_from == line->tier_from)
                    in_tier += fixture.bill.line[k].quantity;
            for (size_t k = 0; k < account.count; k++) /* details may share a SKU */
                if (strcmp(account.line[k].sku, line->sku) == 0 &&
                    account.line[k].meter == line->meter &&
                    account.line[k].tier_from == line->tier_from)
                    mine += account.line[k].quantity;
            ck_assert(in_tier == mine);
        }
        bill_finish(&account);
        usage_finish(&merged);
    }
    fixture_finish(&fixture);
}
END_TEST

START_TEST(more_usage_never_costs_less)
{
    struct fixture fixture;
    fixture_init(&fixture, "2026-11-01");
    state = 3;
    for (int round = 0; round < ROUNDS; round++) {
        fixture_clear(&fixture);
        draw_usage(&fixture.usage);
        fixture_bill(&fixture);
        const money_pusd before = fixture.bill.total;
        const size_t lines = fixture.bill.count;

        const struct usage_line more = fixture.usage.line[draw((int64_t)fixture.usage.count)];
        usage_add(&fixture.usage, more.entity, more.meter, more.detail,
                  1 + draw(most_of(more.meter, 45)));
        fixture_bill(&fixture);
        /* Shares of other entities may shift by a unit: half a pico-dollar a line. */
        ck_assert(fixture.bill.total + (money_pusd)(lines + fixture.bill.count) >= before);

        const money_pusd with = fixture.bill.total;
        fixture.options.free_tier = false;
        fixture_bill(&fixture);
        ck_assert(fixture.bill.total + (money_pusd)(2 * fixture.bill.count) >= with);
        fixture.options.free_tier = true;
    }
    fixture_finish(&fixture);
}
END_TEST

/* The order in which usage was added changes the order of lines, not what they say. */
START_TEST(order_does_not_matter_to_the_total)
{
    struct fixture fixture;
    fixture_init(&fixture, "2026-11-01");
    state = 4;
    for (int round = 0; round < ROUNDS; round++) {
        fixture_clear(&fixture);
        draw_usage(&fixture.usage);
        fixture_bill(&fixture);
        struct usage reversed;
        struct bill bill;
        usage_init(&reversed);
        for (size_t i = fixture.usage.count; i-- > 0;)
            usage_add(&reversed, fixture.usage.line[i].entity, fixture.usage.line[i].meter,
                      fixture.usage.line[i].detail, fixture.usage.line[i].quantity);
        ck_assert_int_eq(
            bill_compute(&bill, &reversed, fixture.book, &fixture.options, &fixture.diagnostics),
            0);
        const money_pusd off = bill.total - fixture.bill.total;
        const money_pusd slack = (money_pusd)(2 * bill.count);
        ck_assert(off <= slack && off >= -slack);
        bill_finish(&bill);
        usage_finish(&reversed);
    }
    fixture_finish(&fixture);
}
END_TEST

TEST_MAIN("bills_properties", usage_on_the_meter_is_usage_on_the_bill,
          entities_add_up_to_the_account, more_usage_never_costs_less,
          order_does_not_matter_to_the_total)
