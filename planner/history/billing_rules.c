/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/billing_rules.h"

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

struct billing_rules billing_rules_of(const struct limits *limits, int32_t day)
{
    return (struct billing_rules){
        .day = day,
        .granularity_ns = (int64_t)limits_at(limits, "lambda.bill.granularity", day) * NS_PER_MS,
        .timeout_ns = (int64_t)limits_at(limits, "lambda.timeout.max", day) * NS_PER_S,
        .init_is_billed = limits_or(limits, "lambda.init.billed_zip_managed_ondemand", day, 0) > 0,
    };
}

static int64_t round_up(int64_t value, int64_t step)
{
    return (value + step - 1) / step * step;
}

static int64_t known(int64_t time_ns)
{
    return time_ns > 0 ? time_ns : 0;
}

static int64_t bill(const struct billing_rules *rules, int64_t run_ns)
{
    return round_up(run_ns > 0 ? run_ns : 1, rules->granularity_ns);
}

int64_t billing_rules_compute(const struct billing_rules *rules,
                              const struct invocation_record *record)
{
    const int64_t init = rules->init_is_billed ? known(record->init_ns) : 0;
    return bill(rules, record->duration_ns + init + known(record->billed_restore_ns));
}

int64_t billing_rules_start(const struct invocation_record *record, int64_t billed_ns)
{
    const int64_t run = record->duration_ns;
    const int64_t start = known(record->init_ns) + known(record->billed_restore_ns);
    if (start == 0 || run < 0 || billed_ns < run + start || billed_ns == round_up(run, NS_PER_MS) ||
        billed_ns == round_up(run, 100 * NS_PER_MS))
        return 0;
    return start;
}

int64_t billing_rules_convert(const struct billing_rules *rules, const struct billing_rules *own,
                              const struct invocation_record *record,
                              enum billing_conversion *ret_how)
{
    const int64_t billed = record->billed_ns;
    const bool alike =
        own != NULL ? own->granularity_ns == rules->granularity_ns &&
                          (own->init_is_billed == rules->init_is_billed || record->init_ns <= 0)
                    : billed % rules->granularity_ns == 0;
    *ret_how = BILLING_AS_PRINTED;
    if (alike || billed <= 0)
        return billed;
    *ret_how = record->duration_ns < 0 ? BILLING_WITHOUT_DURATION : BILLING_COMPUTED;
    if (record->duration_ns < 0)
        return round_up(billed, rules->granularity_ns);
    const int64_t start = billing_rules_start(record, billed);
    const int64_t restored = start > 0 ? known(record->billed_restore_ns) : 0;
    /* Billed before all inits were: a container image's or an own runtime's. */
    const bool always = start > restored && own != NULL && !own->init_is_billed;
    const int64_t init = rules->init_is_billed || always ? known(record->init_ns) : 0;
    const int64_t run = record->duration_ns < billed ? record->duration_ns : billed;
    return bill(rules, run + init + restored);
}

bool billing_rules_overlong(const struct billing_rules *rules,
                            const struct invocation_record *record, int64_t billed_ns)
{
    return billed_ns - billing_rules_start(record, billed_ns) > rules->timeout_ns + NS_PER_S;
}

int64_t billing_rules_memory(const struct limits *limits, int32_t day, int64_t memory_mb)
{
    const int64_t step = (int64_t)limits_at(limits, "lambda.memory.step", day);
    const int64_t least = (int64_t)limits_at(limits, "lambda.memory.min", day);
    const int64_t most = (int64_t)limits_at(limits, "lambda.memory.max", day);
    if (memory_mb > most)
        return memory_mb;
    const int64_t size = round_up(memory_mb, step);
    return size < least ? least : size > most ? most : size;
}
