/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The vocabulary. Names follow Terraform's arguments for the same thing; what Terraform does not
 * know bears its unit. Ranges are those of the AWS API references (CreateFunction,
 * CreateEventSourceMapping, UpdateShardCount, PutRecords); what changed over time stands in
 * data/limits under the keys named here.
 */
#include "scenario/fields.h"

#include "scenario/internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

static bool name_check(const char *text)
{
    const size_t length = strspn(text, NAME_LETTERS);
    return text[length] == '\0' && length >= 1 && length <= 64;
}

static bool runtime_check(const char *text)
{
    return text[strspn(text, NAME_LETTERS ":")] == '\0';
}

static bool region_check(const char *text)
{
    const size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return text[length] == '\0' && strchr(text, '-') != NULL && text[0] != '-' &&
           text[length - 1] != '-';
}

static bool instance_type_check(const char *text)
{
    static const char set[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    const size_t family = strspn(text, set);
    if (family == 0 || text[family] != '.')
        return false;
    const size_t size = strspn(text + family + 1, set);
    return size > 0 && text[family + 1 + size] == '\0';
}

static bool money_check(const char *text)
{
    const size_t whole = strspn(text, "0123456789");
    if (whole == 0 || whole > 15)
        return false;
    if (text[whole] == '\0')
        return true;
    const size_t decimals = strspn(text + whole + 1, "0123456789");
    return text[whole] == '.' && decimals >= 1 && decimals <= 12 &&
           text[whole + 1 + decimals] == '\0';
}

static bool time_of_day_check(const char *text)
{
    return strlen(text) == 5 && strspn(text, "0123456789") == 2 && text[2] == ':' &&
           strspn(text + 3, "0123456789") == 2 && strncmp(text, "24", 2) < 0 && text[3] < '6';
}

static bool file_check(const char *text)
{
    return strcmp(text, "-") != 0; /* standard input cannot be read twice */
}

const struct text_rule text_rules[TEXT_KINDS] = {
    [TEXT_ANY] = {NULL, NULL, 2000, NULL},
    [TEXT_NAME] = {"^[A-Za-z0-9._-]{1,64}$", "must be 1 to 64 letters, digits, '-', '_' or '.'", 64,
                   name_check},
    [TEXT_RUNTIME] = {"^[A-Za-z0-9._:-]{1,64}$",
                      "is not a runtime such as \"python3.12\" or \"provided.al2023:rust\"", 64,
                      runtime_check},
    [TEXT_REGION] = {"^[a-z0-9][a-z0-9-]*-[a-z0-9-]*[a-z0-9]$",
                     "is not a region such as \"us-east-1\"", 40, region_check},
    [TEXT_INSTANCE_TYPE] = {"^[a-z0-9-]+\\.[a-z0-9-]+$",
                            "is not an instance type such as \"m5.large\"", 40,
                            instance_type_check},
    [TEXT_MONEY] = {"^[0-9]{1,15}(\\.[0-9]{1,12})?$",
                    "is not a price in USD such as \"0.0000166667\" (at most 12 decimals)", 40,
                    money_check},
    [TEXT_TIME_OF_DAY] = {"^([01][0-9]|2[0-3]):[0-5][0-9]$",
                          "is not a time of day such as \"08:30\"", 40, time_of_day_check},
    [TEXT_FILE] = {NULL, "is no file: standard input cannot be read twice", 4000, file_check},
};

/* Distributions. The order of the choices is that of enum distribution_kind. */

static const char *const distribution_kinds[] = {"constant",  "uniform", "exponential", "normal",
                                                 "lognormal", "gamma",   "weibull",     "pareto",
                                                 "empirical", "mixture", NULL};

static const struct field quantile_fields[] = {
    {"probability", FIELD_NUMBER, AT(struct quantile_point, probability), .maximum = 1,
     .mandatory = true, .doc = "Cumulative probability."},
    {"value", FIELD_NUMBER, AT(struct quantile_point, value), .mandatory = true,
     .doc = "The value that is not exceeded with this probability."},
};
static const struct object object_quantile = {.name = "quantile",
                                              .doc = "A point of a cumulative distribution.",
                                              FIELDS(quantile_fields),
                                              .size = sizeof(struct quantile_point),
                                              .tuple = true};

static const struct field component_fields[] = {
    {"weight", FIELD_NUMBER, AT(struct component_input, weight), .maximum = 1e9, .mandatory = true,
     .doc = "How often it is drawn, in proportion to the other weights."},
    {"value", FIELD_DISTRIBUTION, AT(struct component_input, value), .mandatory = true,
     .doc = "What is drawn then."},
};
static const struct object object_component = {.name = "component",
                                               .doc = "A part of a mixture.",
                                               FIELDS(component_fields),
                                               .size = sizeof(struct component_input)};

#define D(member) AT(struct distribution_input, member)
static const struct field distribution_fields[] = {
    {"distribution", FIELD_CHOICE, STORE_ENUM, D(kind), .choice = distribution_kinds,
     .mandatory = true, .doc = "The family."},
    {"value", FIELD_NUMBER, D(value), .needed = BIT(DISTRIBUTION_CONSTANT),
     .allowed = BIT(DISTRIBUTION_CONSTANT), .doc = "Always this."},
    {"min", FIELD_NUMBER, D(min), .needed = BIT(DISTRIBUTION_UNIFORM),
     .allowed = BIT(DISTRIBUTION_UNIFORM), .doc = "Smallest value."},
    {"max", FIELD_NUMBER, D(max), .needed = BIT(DISTRIBUTION_UNIFORM),
     .allowed = BIT(DISTRIBUTION_UNIFORM), .doc = "Largest value."},
    {"mean", FIELD_NUMBER, D(mean), .initial = UNSET_NUMBER, .dynamic = true,
     .needed = BIT(DISTRIBUTION_EXPONENTIAL) | BIT(DISTRIBUTION_NORMAL),
     .allowed = BIT(DISTRIBUTION_EXPONENTIAL) | BIT(DISTRIBUTION_NORMAL) |
                BIT(DISTRIBUTION_LOGNORMAL) | BIT(DISTRIBUTION_GAMMA),
     .doc = "Mean; of a normal: before values below 0 are drawn again."},
    {"sd", FIELD_NUMBER, D(sd), .initial = UNSET_NUMBER, .dynamic = true,
     .needed = BIT(DISTRIBUTION_NORMAL),
     .allowed = BIT(DISTRIBUTION_NORMAL) | BIT(DISTRIBUTION_LOGNORMAL) | BIT(DISTRIBUTION_GAMMA),
     .doc = "Standard deviation; with mean."},
    {"median", FIELD_NUMBER, D(median), .initial = UNSET_NUMBER, .dynamic = true,
     .allowed = BIT(DISTRIBUTION_LOGNORMAL), .doc = "Median; with sigma."},
    {"sigma", FIELD_NUMBER, D(sigma), .initial = UNSET_NUMBER, .dynamic = true, .maximum = 10,
     .allowed = BIT(DISTRIBUTION_LOGNORMAL),
     .doc = "Standard deviation of the logarithm; with median."},
    {"shape", FIELD_NUMBER, D(shape), .initial = UNSET_NUMBER, .dynamic = true, .minimum = 0.01,
     .maximum = 1e6, .needed = BIT(DISTRIBUTION_WEIBULL),
     .allowed = BIT(DISTRIBUTION_GAMMA) | BIT(DISTRIBUTION_WEIBULL), .doc = "Shape; with scale."},
    {"scale", FIELD_NUMBER, D(scale), .initial = UNSET_NUMBER, .dynamic = true,
     .needed = BIT(DISTRIBUTION_WEIBULL),
     .allowed = BIT(DISTRIBUTION_GAMMA) | BIT(DISTRIBUTION_WEIBULL), .doc = "Scale; with shape."},
    {"minimum", FIELD_NUMBER, D(minimum), .needed = BIT(DISTRIBUTION_PARETO),
     .allowed = BIT(DISTRIBUTION_PARETO), .doc = "Smallest value."},
    {"alpha", FIELD_NUMBER, D(alpha), .minimum = 0.01, .maximum = 1e6, .dynamic = true,
     .needed = BIT(DISTRIBUTION_PARETO), .allowed = BIT(DISTRIBUTION_PARETO),
     .doc = "Tail exponent; there is no mean at 1 and below."},
    {"quantiles", FIELD_LIST, D(quantile), COUNT_AT(struct distribution_input, quantiles),
     .minimum = 2, .object = &object_quantile, .allowed = BIT(DISTRIBUTION_EMPIRICAL),
     .doc = "[probability, value] pairs from 0 to 1, both rising; linear between them."},
    {"file", FIELD_STRING, D(file), .kind = TEXT_FILE, .allowed = BIT(DISTRIBUTION_EMPIRICAL),
     .doc = "A CSV file with samples, at most 1,000,000; with column."},
    {"column", FIELD_STRING, D(column), .allowed = BIT(DISTRIBUTION_EMPIRICAL),
     .doc = "The column of the file."},
    {"components", FIELD_LIST, D(component), COUNT_AT(struct distribution_input, components),
     .minimum = 1, .maximum = 100, .object = &object_component, .needed = BIT(DISTRIBUTION_MIXTURE),
     .allowed = BIT(DISTRIBUTION_MIXTURE), .doc = "What is mixed."},
    {"shift", FIELD_NUMBER, D(shift), .doc = "Is added to every value."},
};
const struct object object_distribution = {
    .name = "distribution",
    .selector = "distribution",
    FIELDS(distribution_fields),
    .size = sizeof(struct distribution_input),
    .doc = "A random quantity that is never negative, in the unit of its key."};

/* Workloads */

static const char *const processes[] = {"poisson", "constant", "profile",  "bursts",
                                        "counts",  "trace",    "schedule", NULL};
static const char *const periods[] = {"none", "day", "week", NULL};
static const double period_seconds[] = {0, 86400, 604800};
static const char *const time_units[] = {"s", "ms", "us", "iso8601", NULL};
static const char *const duration_units[] = {"s", "ms", "us", NULL};
static const char *const spreads[] = {"uniform", "even", NULL};

#define FROM_FILE (BIT(ARRIVALS_PROFILE) | BIT(ARRIVALS_COUNTS) | BIT(ARRIVALS_TRACE))

static const struct field point_fields[] = {
    {"time_s", FIELD_NUMBER, AT(struct rate_point, time_s), .maximum = LONGEST_S, .unit = "s",
     .mandatory = true, .doc = "Time since the start of the run or of the period."},
    {"rate_per_s", FIELD_NUMBER, AT(struct rate_point, rate_per_s), .maximum = MOST_PER_S,
     .unit = "per s", .mandatory = true, .doc = "Arrivals per second then."},
};
static const struct object object_point = {.name = "rate_point",
                                           .doc = "A point of a rate profile.",
                                           FIELDS(point_fields),
                                           .size = sizeof(struct rate_point),
                                           .tuple = true};

#define A(member) AT(struct arrivals_spec, member)
static const struct field column_fields[] = {
    {"time", FIELD_STRING, A(time_column), .dynamic = true,
     .doc = "Time; default \"timestamp\", of a profile \"time_s\"."},
    {"value", FIELD_STRING, A(value_column), .dynamic = true,
     .doc = "Count or rate; default \"value\", of a profile \"rate_per_s\"."},
    {"size", FIELD_STRING, A(size_column), .doc = "Bytes of the record or request."},
    {"key", FIELD_STRING, A(key_column), .doc = "Partition key."},
    {"duration", FIELD_STRING, A(duration_column), .doc = "Duration of the work."},
};
static const struct object object_columns = {
    .name = "columns", .doc = "Which columns of the CSV file are meant.", FIELDS(column_fields)};

static const struct field arrivals_fields[] = {
    {"process", FIELD_CHOICE, STORE_ENUM, A(process), .choice = processes, .mandatory = true,
     .since_key = "since.schedule", .since_choices = BIT(ARRIVALS_SCHEDULE),
     .doc = "poisson and constant: rate_per_s; profile: points or a file; bursts: two rates in "
            "turn; counts: arrivals per bin from a file; trace: single arrivals from a file; "
            "schedule: an expression of EventBridge."},
    {"expression", FIELD_STRING, A(expression), .needed = BIT(ARRIVALS_SCHEDULE),
     .allowed = BIT(ARRIVALS_SCHEDULE),
     .doc =
         "\"rate(5 minutes)\" or \"cron(0 12 * * ? *)\", UTC; the run begins at 00:00 of as_of."},
    {"concurrency", FIELD_INTEGER, STORE_UNSIGNED, A(concurrency), .initial = 1, .minimum = 1,
     .maximum = 100000, .unit = "arrivals", .allowed = BIT(ARRIVALS_SCHEDULE),
     .doc = "So many at once, each time: a warmer's pings."},
    {"rate_per_s", FIELD_NUMBER, A(rate_per_s), .maximum = MOST_PER_S, .unit = "per s",
     .needed = BIT(ARRIVALS_POISSON) | BIT(ARRIVALS_CONSTANT),
     .allowed = BIT(ARRIVALS_POISSON) | BIT(ARRIVALS_CONSTANT), .doc = "Arrivals per second."},
    {"points", FIELD_LIST, A(point), COUNT_AT(struct arrivals_spec, points), .minimum = 1,
     .object = &object_point, .allowed = BIT(ARRIVALS_PROFILE),
     .doc = "[time_s, rate_per_s] by rising time; linear between them."},
    {"period", FIELD_CHOICE, A(period_s), .choice = periods, .choice_value = period_seconds,
     .allowed = BIT(ARRIVALS_PROFILE),
     .doc = "The profile repeats daily or weekly; none: the last rate stays."},
    {"base_rate_per_s", FIELD_NUMBER, A(base_rate_per_s), .maximum = MOST_PER_S, .unit = "per s",
     .needed = BIT(ARRIVALS_BURSTS), .allowed = BIT(ARRIVALS_BURSTS),
     .doc = "Arrivals per second outside bursts."},
    {"burst_rate_per_s", FIELD_NUMBER, A(burst_rate_per_s), .maximum = MOST_PER_S, .unit = "per s",
     .needed = BIT(ARRIVALS_BURSTS), .allowed = BIT(ARRIVALS_BURSTS),
     .doc = "Arrivals per second in a burst."},
    {"mean_base_s", FIELD_NUMBER, A(mean_base_s), .minimum = 0.001, .maximum = LONGEST_S,
     .unit = "s", .dynamic = true, .needed = BIT(ARRIVALS_BURSTS), .allowed = BIT(ARRIVALS_BURSTS),
     .doc = "Mean time between bursts (exponential)."},
    {"mean_burst_s", FIELD_NUMBER, A(mean_burst_s), .minimum = 0.001, .maximum = LONGEST_S,
     .unit = "s", .dynamic = true, .needed = BIT(ARRIVALS_BURSTS), .allowed = BIT(ARRIVALS_BURSTS),
     .doc = "Mean length of a burst (exponential)."},
    {"file", FIELD_STRING, A(file), .kind = TEXT_FILE,
     .needed = BIT(ARRIVALS_COUNTS) | BIT(ARRIVALS_TRACE), .allowed = FROM_FILE,
     .doc = "A CSV file, relative to the scenario, or for counts an answer of CloudWatch in JSON "
            "(Sum). Its first time is the run's beginning; where "
            "several traces tell dates (ISO 8601, Unix time), the first of them all is."},
    {"columns", FIELD_OBJECT, .offset = 0, .object = &object_columns, .allowed = FROM_FILE,
     .doc = "The names of its columns."},
    {"time_unit", FIELD_CHOICE, STORE_ENUM, A(time_unit), .choice = time_units, .dynamic = true,
     .allowed = FROM_FILE,
     .doc = "Unit of the time column; default iso8601 for counts, s otherwise."},
    {"duration_unit", FIELD_CHOICE, STORE_ENUM, A(duration_unit), .choice = duration_units,
     .initial = TIME_UNIT_MS, .allowed = BIT(ARRIVALS_TRACE),
     .doc = "Unit of the duration column."},
    {"bin_s", FIELD_NUMBER, A(bin_s), .minimum = 0.001, .maximum = LONGEST_S, .unit = "s",
     .initial = UNSET_NUMBER, .dynamic = true, .allowed = BIT(ARRIVALS_COUNTS),
     .doc = "Length of a bin; default: the most frequent gap between rows."},
    {"spread", FIELD_CHOICE, STORE_ENUM, A(spread), .choice = spreads,
     .allowed = BIT(ARRIVALS_COUNTS), .doc = "Inside a bin: at random, or equally spaced."},
    {"rate_scale", FIELD_NUMBER, A(rate_scale), .initial = 1, .minimum = 1e-9, .maximum = 1e9,
     .allowed = BIT(ARRIVALS_SCHEDULE) - 1,
     .doc = "More (or, below 1, fewer) of the same arrivals."},
    {"time_scale", FIELD_NUMBER, A(time_scale), .initial = 1, .minimum = 1e-6, .maximum = 1e6,
     .allowed = BIT(ARRIVALS_SCHEDULE) - 1, .doc = "2: everything takes twice as long."},
    {"repeat", FIELD_BOOLEAN, A(repeat), .allowed = BIT(ARRIVALS_COUNTS) | BIT(ARRIVALS_TRACE),
     .doc = "Starts over at the end of the file."},
};
static const struct object object_arrivals = {.name = "arrivals",
                                              .doc = "When work arrives.",
                                              FIELDS(arrivals_fields),
                                              .selector = "process",
                                              .finish = finish_arrivals};

static const char *const key_kinds[] = {"uniform", "zipf", "list", NULL};

#define K(member) AT(struct key_spec, member)
static const struct field key_fields[] = {
    {"distribution", FIELD_CHOICE, STORE_ENUM, K(kind), .choice = key_kinds,
     .doc = "uniform: evenly over all shards; zipf: a few keys are popular; list: these keys."},
    {"count", FIELD_INTEGER, STORE_UINT64, K(count), .minimum = 1, .maximum = 1e7, .dynamic = true,
     .needed = BIT(KEYS_ZIPF), .allowed = BIT(KEYS_ZIPF), .unit = "keys",
     .doc = "How many keys there are."},
    {"exponent", FIELD_NUMBER, K(zipf_exponent), .initial = 1, .maximum = 10,
     .allowed = BIT(KEYS_ZIPF), .doc = "Key k has a share in proportion to 1 / k^exponent."},
    {"prefix", FIELD_STRING, K(prefix), .text = "key-", .allowed = BIT(KEYS_ZIPF),
     .doc = "Keys are the prefix and a number."},
    {"keys", FIELD_STRINGS, K(key), COUNT_AT(struct key_spec, keys), .minimum = 1,
     .needed = BIT(KEYS_LIST), .allowed = BIT(KEYS_LIST), .doc = "Each is equally likely."},
};
static const struct object object_keys = {.name = "partition_keys",
                                          .doc = "How records spread over shards.",
                                          FIELDS(key_fields),
                                          .selector = "distribution",
                                          .finish = finish_keys};
static_assert(sizeof(size_t) == sizeof(uint64_t), "key_spec.count is stored as uint64_t");

static const char *const on_throttle[] = {"retry", "drop", NULL};
static const struct field producer_fields[] = {
    {"on_throttle", FIELD_CHOICE, STORE_BOOL, AT(struct workload_spec, drop_on_throttle),
     .choice = on_throttle, .doc = "What happens to records that a shard does not take."},
    {"max_age_s", FIELD_NUMBER, AT(struct workload_spec, producer_max_age_s), .initial = 30,
     .maximum = LONGEST_S, .unit = "s",
     .doc = "A record is given up after this (the Kinesis Producer Library's RecordTtl)."},
};
static const struct object object_producer = {
    .name = "producer", .doc = "Who puts the records.", FIELDS(producer_fields)};

static const struct field poison_fields[] = {
    {"at_s", FIELD_NUMBER, AT(struct poison_spec, at_s), .maximum = LONGEST_S, .unit = "s",
     .mandatory = true, .doc = "When it arrives."},
    {"partition_key", FIELD_STRING, AT(struct poison_spec, key), .dynamic = true,
     .doc = "Its key; default: any place."},
};
static const struct object object_poison = {.name = "poison_record",
                                            .doc = "A record whose batch always fails.",
                                            FIELDS(poison_fields),
                                            .size = sizeof(struct poison_spec)};

static const char *const invocation_types[] = {"RequestResponse", "Event", NULL};

#define W(member) AT(struct workload_spec, member)
static const struct field workload_fields[] = {
    {"to", FIELD_REFERENCE, W(to), .references = KINDS_SENT_TO, .mandatory = true,
     .doc = "Where it goes."},
    {"invocation_type", FIELD_CHOICE, STORE_ENUM, W(invocation_type), .choice = invocation_types,
     .dynamic = true,
     .doc = "How a function is called: the caller waits, or Lambda queues it; default: "
            "RequestResponse, by a schedule Event."},
    {"source", FIELD_CHOICE, STORE_ENUM, W(source), .choice = event_sources,
     .doc = "Who calls the function; all but sdk call it asynchronously, a little later."},
    {"source_billed", FIELD_BOOLEAN, W(source_billed),
     .doc = "What makes the events is on the bill: S3's PUT requests, publishing to SNS, "
            "EventBridge's custom events."},
    {"duplicate_probability", FIELD_NUMBER, W(duplicate_probability), .initial = UNSET_NUMBER,
     .maximum = 1, .dynamic = true,
     .doc = "Share of events that the source delivers twice; default: source.*.duplicates of "
            "data/limits, which is 0: nobody says how often it happens."},
    {"arrivals", FIELD_OBJECT, W(arrivals), .object = &object_arrivals, .mandatory = true,
     .doc = "When work arrives."},
    {"record_bytes", FIELD_DISTRIBUTION, W(record_bytes), .initial = 1024, .unit = "bytes",
     .doc = "Size of a record (its key included) or of a request."},
    {"duration_ms", FIELD_DISTRIBUTION, STORE_POINTER, W(duration_ms), .unit = "ms",
     .dynamic = true,
     .doc = "Duration of its work, warm and at the function's reference memory; default: the "
            "function's."},
    {"response_bytes", FIELD_NUMBER, W(response_bytes), .maximum = 2e8, .unit = "bytes",
     .doc =
         "Size of an answer; through API Gateway, a load balancer or a function URL it is data out "
         "to the internet."},
    {"partition_keys", FIELD_OBJECT, W(partition_keys), .object = &object_keys,
     .doc = "How records spread over shards."},
    {"records_per_put", FIELD_INTEGER, STORE_UNSIGNED, W(records_per_put), .initial = 1,
     .minimum = 1, .maximum = 500, .maximum_key = "kinesis.PutRecords.max", .unit = "records",
     .doc = "Records in one PutRecords call."},
    {"producer", FIELD_OBJECT, .offset = 0, .object = &object_producer,
     .doc = "Who puts the records."},
    {"through", FIELD_CHOICE, STORE_ENUM, W(through), .choice = scenario_front_doors,
     .doc = "What the caller calls: an API, a load balancer (before every baseline, too) …"},
    {"gateway", FIELD_OBJECT, W(gateway), .object = &object_gateway, .doc = "Its settings."},
    {"client", FIELD_OBJECT, W(client), .object = &object_client,
     .doc = "What the caller does while it waits, and after a failure."},
    {"poison_records", FIELD_LIST, W(poison), COUNT_AT(struct workload_spec, poisons),
     .maximum = 10000, .object = &object_poison, .doc = "Records whose batches always fail."},
};
static const struct object object_workload = {.name = "workload",
                                              .doc = "Work that arrives.",
                                              FIELDS(workload_fields),
                                              .size = sizeof(struct workload_spec),
                                              .finish = finish_workload};

/* Streams */

static const struct field update_fields[] = {
    {"at_s", FIELD_NUMBER, AT(struct shard_update_spec, at_s), .maximum = LONGEST_S, .unit = "s",
     .mandatory = true, .doc = "When UpdateShardCount is called."},
    {"target_shard_count", FIELD_INTEGER, STORE_UNSIGNED,
     AT(struct shard_update_spec, target_shard_count), .minimum = 1, .maximum = 100000,
     .maximum_key = "kinesis.UpdateShardCount.max", .unit = "shards", .mandatory = true,
     .dynamic = true, .doc = "From half to twice the shards of then."},
};
static const struct object object_update = {.name = "shard_update",
                                            .doc = "A change of the number of shards.",
                                            FIELDS(update_fields),
                                            .size = sizeof(struct shard_update_spec)};

static const char *const stream_modes[] = {"PROVISIONED", "ON_DEMAND", NULL};

#define S(member) AT(struct stream_spec, member)
static const struct field stream_fields[] = {
    {"shard_count", FIELD_INTEGER, STORE_UNSIGNED, S(shard_count), .minimum = 1, .maximum = 100000,
     .unit = "shards", .dynamic = true, .needed = BIT(0),
     .doc = "Open shards at the start; default of an on-demand stream: 4."},
    {"retention_period", FIELD_INTEGER, S(retention_period_h), .initial = 24, .minimum = 24,
     .maximum = 8760, .maximum_key = "kinesis.retention.max", .unit = "h",
     .doc = "How long records can be read."},
    {"stream_mode", FIELD_CHOICE, STORE_BOOL, S(on_demand), .choice = stream_modes,
     .since_key = "since.on_demand_stream", .doc = "Who decides on the number of shards."},
    {"update_shard_count", FIELD_LIST, S(update), COUNT_AT(struct stream_spec, updates),
     .maximum = 10000, .since_key = "since.update_shard_count", .object = &object_update,
     .allowed = BIT(0), .doc = "Changes of the number of shards, by time."},
};
static const struct object object_stream = {.name = "stream",
                                            .doc = "A Kinesis data stream.",
                                            FIELDS(stream_fields),
                                            .selector = "stream_mode",
                                            .size = sizeof(struct stream_spec),
                                            .finish = finish_stream};

/* Functions */

static const char *const architectures[] = {"x86_64", "arm64", NULL};
static const char *const package_types[] = {"Zip", "Image", NULL};

static const struct field memory_point_fields[] = {
    {"memory_size", FIELD_INTEGER, AT(struct memory_point, memory_size), .minimum = 64,
     .maximum = 10240, .unit = "MB", .mandatory = true, .dynamic = true, .doc = "Memory."},
    {"duration_ms", FIELD_NUMBER, AT(struct memory_point, duration_ms), .minimum = 0.001,
     .maximum = 1e9, .unit = "ms", .mandatory = true, .dynamic = true,
     .doc = "Mean duration measured there."},
};
static const struct object object_memory_point = {.name = "memory_point",
                                                  .doc = "A measured duration.",
                                                  FIELDS(memory_point_fields),
                                                  .size = sizeof(struct memory_point),
                                                  .tuple = true};

#define F(member) AT(struct function_spec, member)
static const struct field function_fields[] = {
    {"memory_size", FIELD_INTEGER, F(memory_size), .initial = 128, .minimum = 128, .maximum = 10240,
     .minimum_key = "lambda.memory.min", .maximum_key = "lambda.memory.max", .unit = "MB",
     .doc = "Memory; CPU comes with it. Steps of 64 MB before 2020-12-01."},
    {"timeout", FIELD_INTEGER, F(timeout_s), .initial = 3, .minimum = 1, .maximum = 900,
     .maximum_key = "lambda.timeout.max", .unit = "s", .doc = "An invocation ends after this."},
    {"architecture", FIELD_CHOICE, STORE_BOOL, F(arm64), .choice = architectures,
     .since_key = "since.arm64", .doc = "Instruction set."},
    {"runtime", FIELD_STRING, F(runtime), .kind = TEXT_RUNTIME,
     .doc = "\"python3.12\", \"provided.al2023:rust\" …, of data/runtimes/names.csv: decides how "
            "long a cold start takes."},
    {"package_type", FIELD_CHOICE, STORE_BOOL, F(image), .choice = package_types,
     .since_key = "since.image_package", .doc = "Zip archive or container image."},
    {"ephemeral_storage", FIELD_INTEGER, F(ephemeral_storage_mb), .initial = 512, .minimum = 512,
     .maximum = 10240, .unit = "MB", .wrapped = "size", .since_key = "since.ephemeral_storage",
     .doc = "Size of /tmp."},
    {"reserved_concurrent_executions", FIELD_INTEGER, F(reserved_concurrent_executions),
     .initial = UNSET_NUMBER, .minimum = -1, .maximum = 1e7, .unit = "executions",
     .since_key = "since.reserved_concurrency",
     .doc = "A part of the account's concurrency that is this function's own and its limit; "
            "-1: none."},
    {"provisioned_concurrent_executions", FIELD_INTEGER, F(provisioned_concurrent_executions),
     .maximum = 1e7, .unit = "executions", .since_key = "since.provisioned_concurrency",
     .doc = "Environments that are always ready; with daily actions in the schedule those decide."},
    {"provisioned_concurrency_schedule", FIELD_LIST, F(scheduled_action),
     COUNT_AT(struct function_spec, scheduled_actions), .maximum = 10000,
     .since_key = "since.provisioned_concurrency", .object = &object_scheduled_action,
     .doc = "Scheduled actions that change it: [{\"at\": \"08:00\", \"value\": 20}, "
            "{\"at\": \"18:00\", \"value\": 0}]."},
    {"duration_ms", FIELD_DISTRIBUTION, F(duration_ms), .unit = "ms", .mandatory = true,
     .doc = "Duration of a warm invocation at reference_memory_size."},
    {"reference_memory_size", FIELD_INTEGER, F(reference_memory_size), .initial = UNSET_NUMBER,
     .minimum = 64, .maximum = 10240, .unit = "MB", .dynamic = true,
     .doc = "Where duration_ms was measured; default: memory_size."},
    {"cpu_fraction", FIELD_NUMBER, F(cpu_fraction), .initial = 1, .maximum = 1,
     .doc = "Share of duration_ms that gets shorter with more CPU."},
    {"threads", FIELD_NUMBER, F(threads), .initial = 1, .minimum = 0.1, .maximum = 64,
     .unit = "vCPU", .doc = "As many vCPUs can the function use."},
    {"cpu_period_ms", FIELD_NUMBER, F(cpu_period_ms), .maximum = 10000, .unit = "ms",
     .doc = "Period in which the scheduler hands out CPU time; 0: evenly."},
    {"duration_points", FIELD_LIST, F(duration_point),
     COUNT_AT(struct function_spec, duration_points), .minimum = 2, .maximum = 1000,
     .object = &object_memory_point,
     .doc = "Durations measured at several memory sizes, instead of scaling by CPU."},
    {"per_record_ms", FIELD_NUMBER, F(per_record_ms), .maximum = 1e9, .unit = "ms",
     .doc = "Is added for each record of a batch."},
    {"cold_duration_ms", FIELD_DISTRIBUTION, STORE_POINTER, F(cold_duration_ms), .unit = "ms",
     .dynamic = true, .doc = "Duration of the first invocation; default: duration_ms."},
    {"init_duration_ms", FIELD_DISTRIBUTION, STORE_POINTER, F(init_duration_ms), .unit = "ms",
     .dynamic = true, .doc = "Cold start before the handler; default: by runtime and memory."},
    {"keep_alive_s", FIELD_DISTRIBUTION, STORE_POINTER, F(keep_alive_s), .unit = "s",
     .dynamic = true, .doc = "An idle environment lives so long; default: keep_alive_profile."},
    {"keep_alive_profile", FIELD_STRING, F(keep_alive_profile), .kind = TEXT_NAME, .dynamic = true,
     .doc = "A profile of data/runtimes/keep_alive.csv; default: the era's."},
    {"max_lifetime_s", FIELD_DISTRIBUTION, STORE_POINTER, F(max_lifetime_s), .unit = "s",
     .dynamic = true, .doc = "An environment is replaced after this; default: the era's."},
    {"max_memory_used_mb", FIELD_DISTRIBUTION, STORE_POINTER, F(max_memory_used_mb), .unit = "MB",
     .dynamic = true, .doc = "Peak memory; above memory_size the invocation fails."},
    {"error_rate", FIELD_NUMBER, F(error_rate), .maximum = 1,
     .doc = "Share of invocations that fail."},
    {"calls", FIELD_LIST, F(call), COUNT_AT(struct function_spec, calls), .maximum = 8,
     .object = &object_call, .doc = "What it calls once its own work is done, and waits for."},
    {"log_bytes_per_invocation", FIELD_NUMBER, F(log_bytes_per_invocation), .maximum = 1e9,
     .unit = "bytes", .doc = "What the application itself logs."},
    {"vpc_config", FIELD_OBJECT, .offset = 0, .object = &object_vpc,
     .doc = "The function is attached to a VPC."},
    {"tracing_config", FIELD_OBJECT, .offset = 0, .object = &object_tracing,
     .doc = "Traces for X-Ray."},
    {"bytes_per_invocation", FIELD_OBJECT, .offset = 0, .object = &object_transfer,
     .doc = "Data on paths that AWS bills."},
    {"event_invoke_config", FIELD_OBJECT, .offset = 0, .object = &object_event_invoke,
     .since_key = "since.async_destinations",
     .doc = "How events of asynchronous invocations are treated."},
    {"emits", FIELD_LIST, F(emit), COUNT_AT(struct function_spec, emits), .maximum = 1000,
     .object = &object_emit, .doc = "What the function sends at the end of invocations."},
    {"polls", FIELD_OBJECT, .offset = 0, .object = &object_polls,
     .doc = "The function receives messages of a queue itself, as before 2018-06-28."},
    {"hand_on", FIELD_OBJECT, .offset = 0, .object = &object_hand_on,
     .doc = "A long task calls its own function with the rest of the work."},
    {"recursive_loop", FIELD_CHOICE, STORE_BOOL, F(recursion_allowed),
     .choice = recursive_loop_choices, .since_key = "since.recursion_config",
     .doc = "Terminate: Lambda stops a chain that calls the function more than 16 times (since "
            "2023-07); Allow: it does not."},
    {"dead_letter_config", FIELD_OBJECT, .offset = 0, .object = &object_dead_letter,
     .since_key = "since.dead_letter_queue",
     .doc = "Where asynchronous events go that were given up."},
};
static const struct object object_function = {.name = "function",
                                              .doc = "A Lambda function.",
                                              FIELDS(function_fields),
                                              .size = sizeof(struct function_spec),
                                              .has_line = true,
                                              .line_offset = offsetof(struct function_spec, line),
                                              .finish = finish_function};

/* Event source mappings */

static const char *const starting_positions[] = {"TRIM_HORIZON", "LATEST", "AT_TIMESTAMP", NULL};
static const char *const response_types[] = {"ReportBatchItemFailures", NULL};

#define M(member) AT(struct mapping_spec, member)
static const struct field on_failure_fields[] = {
    {"destination_arn", FIELD_REFERENCE, M(on_failure),
     .references = BIT(ENTITY_QUEUE) | BIT(ENTITY_TOPIC), .arn = true, .mandatory = true,
     .since_key = "since.on_failure_destination",
     .doc =
         "Gets a description of each discarded batch; what an ARN ends with may be the name of a "
         "queue or topic here, else the batches are only counted."},
};
static const struct object object_on_failure = {
    .name = "on_failure", .doc = "What happens to discarded batches.", FIELDS(on_failure_fields)};
static const struct field destination_fields[] = {
    {"on_failure", FIELD_OBJECT, .offset = 0, .object = &object_on_failure, .mandatory = true,
     .doc = "What happens to discarded batches."},
};
static const struct object object_destination = {
    .name = "destination_config", .doc = "Where results go.", FIELDS(destination_fields)};

static const struct field scaling_fields[] = {
    {"maximum_concurrency", FIELD_INTEGER, STORE_UNSIGNED, M(maximum_concurrency), .minimum = 2,
     .maximum = 1000, .since_key = "esm.sqs.MaximumConcurrency.max", .dynamic = true,
     .doc = "Most batches of a queue at the same time; default: no limit of its own."},
};
static const struct object object_scaling = {
    .name = "scaling_config", .doc = "How far a queue's mapping scales.", FIELDS(scaling_fields)};

static const struct field mapping_fields[] = {
    {"event_source", FIELD_REFERENCE, M(event_source), .references = KINDS_READ, .mandatory = true,
     .doc = "\"stream:NAME\", \"queue:NAME\" or \"table:NAME\"."},
    {"function_name", FIELD_REFERENCE, M(function), .references = BIT(ENTITY_FUNCTION),
     .plain = true, .mandatory = true, .doc = "The function that gets the batches."},
    {"batch_size", FIELD_INTEGER, STORE_UNSIGNED, M(batch_size), .minimum = 1, .maximum = 10000,
     .maximum_key = "esm.stream.BatchSize.max.kinesis", .unit = "records", .dynamic = true,
     .doc = "Most records in one invocation; default: 100 of a stream, 10 of a queue."},
    {"maximum_batching_window_in_seconds", FIELD_NUMBER, M(maximum_batching_window_s),
     .maximum = 300, .unit = "s", .since_key = "since.batching_window",
     .doc = "A batch that is not full waits so long."},
    {"parallelization_factor", FIELD_INTEGER, STORE_UNSIGNED, M(parallelization_factor),
     .initial = 1, .minimum = 1, .maximum = 10, .since_key = "since.parallelization_factor",
     .doc = "Batches of one shard at the same time; in order by partition key."},
    {"created_s", FIELD_NUMBER, M(created_s), .maximum = LONGEST_S, .unit = "s",
     .doc = "When of the run it begins to read; minutes after its creation with AWS."},
    {"starting_position", FIELD_CHOICE, STORE_ENUM, M(starting_position),
     .choice = starting_positions, .since_key = "since.at_timestamp",
     .since_choices = BIT(START_AT_TIMESTAMP),
     .doc = "TRIM_HORIZON: with the oldest record that the stream keeps at created_s; LATEST: with "
            "the first one after it; AT_TIMESTAMP: of starting_position_timestamp_s or later."},
    {"starting_position_timestamp_s", FIELD_NUMBER, M(starting_position_timestamp_s),
     .maximum = LONGEST_S, .unit = "s", .needed = BIT(START_AT_TIMESTAMP),
     .allowed = BIT(START_AT_TIMESTAMP),
     .doc = "Records that came before this time of the run are not read."},
    {"maximum_retry_attempts", FIELD_INTEGER, STORE_LONG, M(maximum_retry_attempts), .initial = -1,
     .minimum = -1, .maximum = 10000, .since_key = "since.maximum_retry_attempts",
     .doc = "A failing batch is discarded after this; -1: tried until its records expire."},
    {"maximum_record_age_in_seconds", FIELD_INTEGER, M(maximum_record_age_s), .initial = -1,
     .minimum = -1, .maximum = 604800, .unit = "s", .since_key = "since.maximum_record_age",
     .doc = "Older records are discarded; -1: none are. From 60."},
    {"bisect_batch_on_function_error", FIELD_BOOLEAN, M(bisect_batch_on_function_error),
     .since_key = "since.bisect", .doc = "A failing batch is split in two."},
    {"function_response_types", FIELD_WORD, M(report_batch_item_failures), .choice = response_types,
     .since_key = "since.report_batch_item_failures",
     .doc = "The function tells which record failed; what came before it is not repeated."},
    {"destination_config", FIELD_OBJECT, .offset = 0, .object = &object_destination,
     .doc = "Where discarded batches go."},
    {"enhanced_fan_out", FIELD_BOOLEAN, M(enhanced_fan_out), .since_key = "since.enhanced_fan_out",
     .doc = "Its own 2 MB/s of each shard, pushed."},
    {"scaling_config", FIELD_OBJECT, .offset = 0, .object = &object_scaling,
     .doc = "How far a queue's mapping scales."},
};
static const struct object object_mapping = {
    .name = "event_source_mapping",
    .doc = "Lambda reads a stream or a queue and calls a function.",
    FIELDS(mapping_fields),
    .selector = "starting_position",
    .size = sizeof(struct mapping_spec),
    .finish = finish_mapping};

/* The rest */

#define O(member) AT(struct objective_spec, member)
static const struct field objective_fields[] = {
    {"metric", FIELD_STRING, O(metric), .mandatory = true,
     .doc = "A metric of summary.csv, such as \"iterator_age_ms\"."},
    {"entity", FIELD_STRING, O(entity), .mandatory = true,
     .doc = "\"function:NAME\", \"stream:NAME\", \"esm:NAME\", \"workload:NAME\" or \"account\"; "
            "\"baseline:NAME\" binds that baseline only."},
    {"statistic", FIELD_STRING, O(statistic), .doc = "\"p99\", \"max\" …: put after the metric."},
    {"at_most", FIELD_BOUND, O(bound), COUNT_AT(struct objective_spec, at_most), .minimum = -1e15,
     .doc = "Upper bound."},
    {"at_least", FIELD_BOUND, O(bound), COUNT_AT(struct objective_spec, at_most), .minimum = -1e15,
     .doc = "Lower bound."},
};
static const char *const objective_bounds[] = {"at_most", "at_least", NULL};
static const struct object object_objective = {.name = "objective",
                                               .doc = "What the design must keep.",
                                               FIELDS(objective_fields),
                                               .size = sizeof(struct objective_spec),
                                               .exactly_one = objective_bounds,
                                               .has_line = true,
                                               .line_offset =
                                                   offsetof(struct objective_spec, line)};

#define P(member) AT(struct price_override_spec, member)
static const struct field price_fields[] = {
    {"service", FIELD_STRING, P(service), .mandatory = true, .doc = "As in data/prices."},
    {"sku", FIELD_STRING, P(sku), .mandatory = true, .doc = "As in data/prices."},
    {"price_usd", FIELD_STRING, P(price_usd), .kind = TEXT_MONEY, .mandatory = true,
     .doc = "USD per unit, as a string: money is exact."},
};
static const struct object object_price = {.name = "price",
                                           .doc =
                                               "A price of your own, instead of the price book's.",
                                           FIELDS(price_fields),
                                           .size = sizeof(struct price_override_spec),
                                           .finish = finish_price};

#define X(member) AT(struct scenario, member)
static const char *const savings_plans[] = {
    "none",           "1yr-no-upfront",      "1yr-partial-upfront", "1yr-all-upfront",
    "3yr-no-upfront", "3yr-partial-upfront", "3yr-all-upfront",     NULL};
static const struct field account_fields[] = {
    {"concurrent_executions", FIELD_INTEGER, X(account.concurrent_executions), .minimum = 1,
     .maximum = 1e7, .initial_key = "lambda.concurrency.account", .dynamic = true,
     .unit = "executions", .doc = "Limit of the region; default: the era's (100, then 1000)."},
    {"free_tier", FIELD_BOOLEAN, X(account.free_tier), .initial = true,
     .doc = "The free tier is this scenario's to use."},
    {"month_hours", FIELD_NUMBER, X(account.month_hours), .initial = 730, .minimum = 1,
     .maximum = 8784, .unit = "h", .doc = "What the bill calls a month."},
    {"nat_gateways", FIELD_INTEGER, X(account.nat_gateways), .initial = UNSET_NUMBER,
     .maximum = 1000, .unit = "gateways", .dynamic = true,
     .doc = "NAT gateways of the functions' VPCs, one a zone; default: 1 if a function sends "
            "through one."},
    {"api_rate_limit", FIELD_NUMBER, X(account.api_rate_limit), .minimum = 1, .maximum = MOST_PER_S,
     .initial_key = "apigateway.throttle.rate", .dynamic = true, .unit = "per s",
     .doc = "Throttle of all APIs of API Gateway together; default: the era's."},
    {"api_burst_limit", FIELD_NUMBER, X(account.api_burst_limit), .minimum = 1,
     .maximum = MOST_PER_S, .initial_key = "apigateway.throttle.burst", .dynamic = true,
     .unit = "requests", .doc = "And so many at once."},
    {"count_logs", FIELD_BOOLEAN, X(account.count_logs),
     .doc = "CloudWatch Logs ingestion is on the bill."},
    {"savings_plan", FIELD_STRING, X(account.savings_plan), .choice = savings_plans, .text = "none",
     .since_key = "since.lambda_savings_plan", .since_choices = ~BIT(0),
     .doc = "A Compute Savings Plan over Lambda's duration and provisioned concurrency, as though "
            "its commitment fit every hour."},
};
static const struct object object_account = {
    .name = "account", .doc = "The account in its region.", FIELDS(account_fields)};

static const struct field run_fields[] = {
    {"duration_s", FIELD_NUMBER, X(run.duration_s), .minimum = 1, .maximum = LONGEST_S, .unit = "s",
     .mandatory = true, .dynamic = true, .doc = "Simulated time."},
    {"warm_up_s", FIELD_NUMBER, X(run.warm_up_s), COUNT_AT(struct scenario, run.warm_up_auto),
     .word = "auto", .maximum = LONGEST_S, .unit = "s",
     .doc = "What happens before this is not counted; auto: as long as one replication shows."},
    {"replications", FIELD_INTEGER, STORE_UNSIGNED, X(run.replications), .initial = 5, .minimum = 1,
     .maximum = 10000, .doc = "Independent runs; intervals need two."},
    {"seed", FIELD_INTEGER, STORE_UINT64, X(run.seed), .initial = 1, .maximum = 9007199254740992.0,
     .doc = "Of the random numbers: the same seed gives the same files."},
    {"timeseries_period_s", FIELD_NUMBER, X(run.timeseries_period_s), .initial = 60,
     .maximum = 86400, .unit = "s", .doc = "Of timeseries.csv, in whole minutes; 0: none."},
};
static const struct object object_run = {.name = "run",
                                         .doc = "How long and how often is simulated.",
                                         FIELDS(run_fields),
                                         .finish = finish_run};

static const struct field scenario_fields[] = {
    {"name", FIELD_STRING, X(name), .dynamic = true, .doc = "Default: the file's name."},
    {"description", FIELD_STRING, X(description), .doc = "What it is about."},
    {"region", FIELD_STRING, X(region), .kind = TEXT_REGION, .text = "us-east-1",
     .doc = "Region of prices and limits."},
    {"as_of", FIELD_DATE, X(as_of_day), .mandatory = true,
     .doc = "Whose day's prices, limits and features hold."},
    {"account", FIELD_OBJECT, .offset = 0, .object = &object_account, .doc = "The account."},
    {"run", FIELD_OBJECT, .offset = 0, .object = &object_run, .mandatory = true,
     .doc = "How long and how often is simulated."},
    {"workloads", FIELD_MAP, X(workload), COUNT_AT(struct scenario, workloads), .minimum = 1,
     .maximum = 10000, .object = &object_workload, .mandatory = true,
     .doc = "Work that arrives, by name."},
    {"streams", FIELD_MAP, X(stream), COUNT_AT(struct scenario, streams), .maximum = 10000,
     .object = &object_stream, .doc = "Kinesis data streams by name."},
    {"queues", FIELD_MAP, X(queue), COUNT_AT(struct scenario, queues), .maximum = 10000,
     .object = &object_queue, .doc = "SQS queues by name."},
    {"tables", FIELD_MAP, X(table), COUNT_AT(struct scenario, tables), .maximum = 10000,
     .object = &object_table, .doc = "DynamoDB tables with streams by name."},
    {"functions", FIELD_MAP, X(function), COUNT_AT(struct scenario, functions), .maximum = 10000,
     .object = &object_function, .doc = "Lambda functions by name."},
    {"topics", FIELD_MAP, X(topic), COUNT_AT(struct scenario, topics), .maximum = 10000,
     .object = &object_topic, .doc = "SNS topics by name."},
    {"event_buses", FIELD_MAP, X(bus), COUNT_AT(struct scenario, buses), .maximum = 10000,
     .object = &object_bus, .doc = "EventBridge buses by name."},
    {"downstreams", FIELD_MAP, X(downstream), COUNT_AT(struct scenario, downstreams),
     .maximum = 10000, .object = &object_downstream,
     .doc = "Databases and APIs that functions call, by name."},
    {"state_machines", FIELD_MAP, X(state_machine), COUNT_AT(struct scenario, state_machines),
     .maximum = 10000, .object = &object_state_machine,
     .doc = "State machines of Step Functions by name."},
    {"event_source_mappings", FIELD_MAP, X(mapping), COUNT_AT(struct scenario, mappings),
     .maximum = 10000, .object = &object_mapping, .doc = "Who reads which stream, by name."},
    {"baselines", FIELD_MAP, X(baseline), COUNT_AT(struct scenario, baselines), .maximum = 1000,
     .object = &object_baseline, .doc = "The same work elsewhere, by name."},
    {"objectives", FIELD_LIST, X(objective), COUNT_AT(struct scenario, objectives), .maximum = 1000,
     .object = &object_objective, .doc = "What the design must keep."},
    {"alarms", FIELD_MAP, X(alarm), COUNT_AT(struct scenario, alarms), .maximum = 1000,
     .object = &object_alarm, .doc = "Alarms to try, by name."},
    {"faults", FIELD_LIST, X(fault), COUNT_AT(struct scenario, faults), .maximum = 1000,
     .object = &object_fault, .doc = "What goes wrong, and when."},
    {"uncertain", FIELD_LIST, X(uncertain), COUNT_AT(struct scenario, uncertains), .maximum = 1000,
     .object = &object_uncertain, .doc = "Inputs that `sensitivity` varies."},
    {"prices", FIELD_LIST, X(price), COUNT_AT(struct scenario, prices), .maximum = 10000,
     .object = &object_price, .doc = "Prices of your own."},
};
const struct object object_scenario = {.name = "scenario",
                                       .doc = "A scenario of lambdaplan.",
                                       FIELDS(scenario_fields),
                                       .size = sizeof(struct scenario)};

int fields_find(const struct object *object, const char *key)
{
    for (size_t i = 0; i < object->fields; i++)
        if (strcmp(object->field[i].key, key) == 0)
            return (int)i;
    return -1;
}

double field_maximum(const struct field *field)
{
    return field->maximum != 0 ? field->maximum : 1e15;
}

static void finish_list(const struct field *field, char *base)
{
    const size_t count = *(size_t *)(void *)(base + field->extra);
    if (field->type == FIELD_STRINGS) {
        char **const list = *(char ***)(void *)(base + field->offset);
        for (size_t i = 0; i < count; i++)
            free(list[i]);
        free(list);
        return;
    }
    char *const list = *(char **)(void *)(base + field->offset);
    for (size_t i = 0; i < count; i++) {
        char *const item = list + i * field->object->size;
        fields_finish(field->object, item);
        if (field->type == FIELD_MAP)
            free(*(char **)(void *)item);
    }
    free(list);
}

static void finish_distribution(const struct field *field, char *place)
{
    if (field->store != STORE_POINTER) {
        distribution_finish((struct distribution *)(void *)place);
        return;
    }
    struct distribution *const distribution = *(struct distribution **)(void *)place;
    if (distribution != NULL)
        distribution_finish(distribution);
    free(distribution);
}

void fields_finish(const struct object *object, void *base)
{
    for (size_t i = 0; i < object->fields; i++) {
        const struct field *const field = &object->field[i];
        char *const place = (char *)base + field->offset;
        switch (field->type) {
        case FIELD_STRING:
            free(*(char **)(void *)place);
            break;
        case FIELD_REFERENCE:
            free(((struct reference *)(void *)place)->name);
            break;
        case FIELD_DISTRIBUTION:
            finish_distribution(field, place);
            break;
        case FIELD_STRINGS:
        case FIELD_LIST:
        case FIELD_MAP:
            finish_list(field, base);
            break;
        case FIELD_OBJECT:
            fields_finish(field->object, place);
            break;
        default:
            break;
        }
    }
}
