/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is published reaches every subscriber once, late by as much as it should, and is billed. */
#include "harness.h"
#include "model_case.h"

#include "aws/series.h"
#include "aws/topic.h"

#include <math.h>
#include <string.h>

/* A subscriber that counts. */
struct box {
    struct destination destination;
    struct simulation *simulation;
    struct message last;
    int64_t last_ns;
    int messages;
};

static void box_send(struct destination *self, const struct message *message)
{
    struct box *const box = (struct box *)self;
    box->last = *message;
    box->last_ns = simulation_now(box->simulation);
    box->messages++;
}

struct rig {
    struct simulation simulation;
    struct topic_config config;
    double fraction[3];
    struct box box[3];
    struct topic *topic;
};

static void begin(struct rig *r)
{
    struct destination *to[3];
    event_queue_init(&r->simulation.queue);
    r->config.entity = "topic:t";
    r->config.fraction = r->fraction;
    r->config.subscribers = 3;
    r->topic = topic_create(&r->simulation, &r->config);
    for (int i = 0; i < 3; i++) {
        r->box[i].destination.send = box_send;
        r->box[i].simulation = &r->simulation;
        to[i] = &r->box[i].destination;
    }
    topic_subscribe(r->topic, to);
}

static struct rig rig_of(int64_t latency_ns)
{
    return (struct rig){.config = {.latency_ns = latency_ns,
                                   .billed = true,
                                   .meter = METER_SNS_REQUESTS,
                                   .chunk_bytes = 65536},
                        .fraction = {1, 1, 1}};
}

static void publish(struct rig *r, int64_t bytes, int count)
{
    for (int i = 0; i < count; i++)
        destination_send(
            topic_destination(r->topic),
            &(struct message){
                .origin_ns = -7, .bytes = bytes, .group = 5, .hops = 3, .in_call = 10});
}

struct wanted {
    const char *metric;
    double value;
};

static void find(void *context, const char *entity, const char *metric, const char *unit,
                 double value)
{
    struct wanted *const wanted = context;
    (void)unit;
    ck_assert_str_eq(entity, "topic:t");
    if (strcmp(metric, wanted->metric) == 0)
        wanted->value = value;
}

static double metric(const struct rig *r, const char *name)
{
    struct wanted wanted = {name, NAN};
    topic_class.report(r->topic, &(struct metric_sink){.put = find, .context = &wanted});
    ck_assert_msg(!isnan(wanted.value), "%s", name);
    return wanted.value;
}

static int64_t billed(const struct rig *r)
{
    struct usage usage;
    usage_init(&usage);
    topic_class.usage(r->topic, &usage);
    const int64_t quantity = (int64_t)usage_total(&usage, METER_SNS_REQUESTS);
    usage_finish(&usage);
    return quantity;
}

static void end(struct rig *r)
{
    topic_class.audit(r->topic);
    ck_assert_str_eq(r->simulation.failure, "");
    topic_class.destroy(r->topic);
    event_queue_finish(&r->simulation.queue);
}

START_TEST(every_subscriber_gets_a_copy)
{
    struct rig r = rig_of(50 * NS_PER_MS);
    begin(&r);
    publish(&r, 1000, 40);
    ck_assert_double_eq(metric(&r, "messages_in_flight"), 40);
    ck_assert_int_eq(r.box[0].messages, 0);
    event_queue_run(&r.simulation.queue, NS_PER_S);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(r.box[i].messages, 40);
        ck_assert_int_eq(r.box[i].last_ns, 50 * NS_PER_MS);
        ck_assert_int_eq(r.box[i].last.origin_ns, -7);
        ck_assert_int_eq(r.box[i].last.bytes, 1000);
        ck_assert_uint_eq(r.box[i].last.hops, 3);
        ck_assert_uint_eq(r.box[i].last.in_call, 0); /* delivered one by one */
    }
    ck_assert_double_eq(metric(&r, "messages_published"), 40);
    ck_assert_double_eq(metric(&r, "messages_delivered"), 120);
    ck_assert_double_eq(metric(&r, "messages_in_flight"), 0);
    end(&r);
}
END_TEST

START_TEST(filters_let_a_share_through)
{
    struct rig r = rig_of(0);
    r.fraction[1] = 0.3;
    r.fraction[2] = 0;
    begin(&r);
    publish(&r, 1000, 10000);
    ck_assert_int_eq(r.box[0].messages, 10000);
    ck_assert_double_eq_tol(r.box[1].messages, 3000, 4 * sqrt(2100));
    ck_assert_int_eq(r.box[2].messages, 0);
    ck_assert_double_eq(metric(&r, "messages_filtered"), 20000 - r.box[1].messages);
    end(&r);
}
END_TEST

START_TEST(duplicates_reach_everyone)
{
    struct rig r = rig_of(NS_PER_S);
    r.config.duplicate_probability = 0.2;
    begin(&r);
    publish(&r, 1000, 5000);
    event_queue_run(&r.simulation.queue, 2 * NS_PER_S);
    const double twice = metric(&r, "messages_duplicated");
    ck_assert_double_eq_tol(twice, 1000, 4 * sqrt(800));
    ck_assert_double_eq(r.box[2].messages, 5000 + twice);
    ck_assert_int_eq(billed(&r), 5000); /* nobody pays for those */
    end(&r);
}
END_TEST

START_TEST(requests_are_of_64_kb)
{
    struct rig r = rig_of(0);
    begin(&r);
    publish(&r, 0, 1);
    ck_assert_int_eq(billed(&r), 1);
    publish(&r, 65536, 1);
    ck_assert_int_eq(billed(&r), 2);
    publish(&r, 65537, 1);
    ck_assert_int_eq(billed(&r), 4);
    publish(&r, 262144, 1);
    ck_assert_int_eq(billed(&r), 8);
    end(&r);
}
END_TEST

/* The warm-up ends while messages are on their way. */
START_TEST(what_is_on_its_way_is_not_forgotten)
{
    struct rig r = rig_of(NS_PER_S);
    begin(&r);
    publish(&r, 1, 10);
    topic_class.reset(r.topic);
    publish(&r, 1, 3);
    event_queue_run(&r.simulation.queue, 2 * NS_PER_S);
    ck_assert_double_eq(metric(&r, "messages_published"), 3);
    ck_assert_double_eq(metric(&r, "messages_delivered"), 39);
    end(&r);
}
END_TEST

struct told {
    const char *metric;
    double sum;
};

static void tell(void *context, int64_t time_ns, const char *entity, const char *metric,
                 const char *statistic, const char *unit, double value)
{
    (void)time_ns;
    ck_assert_str_eq(entity, "topic:t");
    ck_assert_str_eq(statistic, "Sum");
    ck_assert_str_eq(unit, "Count");
    for (struct told *told = context; told->metric != NULL; told++)
        if (strcmp(told->metric, metric) == 0) {
            told->sum = value;
            return;
        }
    ck_abort_msg("%s", metric);
}

/* Ten messages to two subscribers of three; one rule never matches. */
START_TEST(series_have_the_names_of_the_service)
{
    static const struct {
        enum topic_kind kind;
        double all; /* subscribers that nothing is filtered for */
        struct told told[4];
    } cases[] = {
        {TOPIC_SNS,
         2,
         {{"NumberOfMessagesPublished", 10},
          {"NumberOfNotificationsDelivered", 20},
          {"NumberOfNotificationsFilteredOut", 10},
          {NULL, 0}}},
        {TOPIC_EVENTBRIDGE,
         2,
         {{"MatchedEvents", 10}, {"TriggeredRules", 20}, {"Invocations", 20}, {NULL, 0}}},
        {TOPIC_EVENTBRIDGE, 0, {{NULL, 0}}}, /* nothing of what did not happen */
        {TOPIC_OTHER, 2, {{NULL, 0}}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rig r = rig_of(0);
        r.config.kind = cases[i].kind;
        for (int k = 0; k < 3; k++)
            r.fraction[k] = k < cases[i].all;
        begin(&r);
        publish(&r, 1000, 10);
        struct series series = {0};
        struct told told[4];
        memcpy(told, cases[i].told, sizeof told);
        for (int k = 0; told[k].metric != NULL; k++)
            told[k].sum = NAN;
        topic_class.series(r.topic, &series);
        series_end_period(&series, NS_PER_MINUTE, &(struct series_sink){tell, told}, NULL);
        for (int k = 0; told[k].metric != NULL; k++)
            ck_assert_double_eq(told[k].sum, cases[i].told[k].sum);
        series_finish(&series);
        end(&r);
    }
}
END_TEST

static void count_zero(void *context, int64_t time_ns, const char *entity, const char *metric,
                       const char *statistic, const char *unit, double value)
{
    (void)time_ns, (void)entity, (void)metric, (void)statistic, (void)unit;
    ck_assert_double_eq(value, 0);
    ++*(int *)context;
}

START_TEST(a_topic_is_active_for_six_hours)
{
    for (int hours = 6; hours <= 7; hours++) {
        struct rig r = rig_of(0);
        struct series series = {0};
        int told = 0;
        r.config.kind = TOPIC_SNS;
        begin(&r);
        event_queue_run(&r.simulation.queue, hours * NS_PER_HOUR);
        topic_class.series(r.topic, &series);
        series_end_period(&series, 0, &(struct series_sink){count_zero, &told}, NULL);
        ck_assert_int_eq(told, hours == 6 ? 3 : 0);
        series_finish(&series);
        end(&r);
    }
}
END_TEST

/* From a function through a topic into a stream's shard and a function, and back into the first:
 * the chain's time and length come along. */
START_TEST(a_chain_passes_through_a_topic_and_a_stream)
{
    struct function_config function[2] = {case_function("a", case_constant(1e9)),
                                          case_function("b", case_constant(0))};
    struct stream_workload_config sent = {
        .name = "sent",
        .arrivals = {.kind = ARRIVALS_RATE_CONSTANT, .rate_scale = 1, .time_scale = 1},
        .record_bytes = case_constant(1),
        .records_per_put = 1};
    struct stream_config stream = {.name = "s",
                                   .shard_count = 4,
                                   .retention_ns = 24 * NS_PER_HOUR,
                                   .workload = &sent,
                                   .workloads = 1,
                                   .write_records_per_s = 1000,
                                   .write_bytes_per_s = 1048576,
                                   .read_calls_per_s = 5,
                                   .read_bytes_per_s = 2 * 1048576,
                                   .read_max_records = 10000,
                                   .read_max_bytes = 10 * 1048576,
                                   .put_unit_bytes = 25600,
                                   .retry_delay_ns = NS_PER_S};
    struct model_mapping mapping = {.config = {.name = "m",
                                               .batch_size = 100,
                                               .parallelization_factor = 1,
                                               .maximum_retry_attempts = -1,
                                               .maximum_record_age_ns = -1,
                                               .poll_period_ns = NS_PER_S,
                                               .read_throttle_backoff_ns = NS_PER_S,
                                               .backoff_min_ns = NS_PER_S,
                                               .backoff_max_ns = NS_PER_S,
                                               .payload_bytes = 6 * 1048576,
                                               .envelope_bytes = 532},
                                    .stream = 0,
                                    .function = 1};
    const double fraction[1] = {1};
    const struct model_reference to_stream[1] = {{MODEL_STREAM, 0}};
    const struct model_reference to_topic[1] = {{MODEL_TOPIC, 0}};
    const struct model_topic topic = {
        {.entity = "topic:t", .latency_ns = 2 * NS_PER_S, .fraction = fraction, .subscribers = 1},
        to_stream,
        false};
    const struct emit_config emit = {
        .probability = 1, .count = case_constant(3), .bytes = case_constant(30000), .in_call = 1};
    const struct model_emitter emitter[2] = {
        {{.function = "a", .emit = &emit, .emits = 1}, to_topic},
        {{.function = "b", .end_to_end = true}, NULL}};
    struct model_direct direct = case_every("w", 1);
    direct.async = true;
    struct model_config config = case_model(function, 2, &direct, 1);
    config.stream = &stream;
    config.mapping = &mapping;
    config.topic = &topic;
    config.emitter = emitter;
    config.streams = config.mappings = config.topics = 1;
    struct case_result r = case_run(&config, 1, 0, 0, 1000);
    ck_assert_msg(r.status == MODEL_DONE, "%s", r.failure);
    ck_assert_double_eq(case_metric(&r, "stream:s", "records_in"), 3 * 997);
    ck_assert_double_eq(case_usage(&r, "stream:s", METER_KINESIS_PUT_UNITS), 2 * 3 * 997);
    ck_assert_double_gt(case_metric(&r, "function:b", "end_to_end_ms.min"), 2999);
    ck_assert_double_lt(case_metric(&r, "function:b", "end_to_end_ms.max"), 4200);
    ck_assert_double_lt(case_metric(&r, "esm:m", "latency_ms.max"), 1100);
    case_result_finish(&r);
    /* b calls a again, and what a makes of that is stopped at b: three functions were before. */
    const struct emit_config back = {
        .probability = 1, .count = case_constant(1), .bytes = case_constant(1), .in_call = 1};
    const struct model_reference to_a[1] = {{MODEL_FUNCTION, 0}};
    const struct model_emitter loop[2] = {
        emitter[0], {{.function = "b", .emit = &back, .emits = 1, .max_hops = 2}, to_a}};
    config.emitter = loop;
    r = case_run(&config, 1, 0, 0, 1000);
    const double ran = case_metric(&r, "function:b", "invocations");
    const double again = case_metric(&r, "function:a", "invocations") - 999;
    ck_assert_double_gt(again, 900);
    ck_assert_double_le(again, ran);
    ck_assert_double_gt(case_metric(&r, "function:b", "recursive_records_dropped"), 3 * 900);
    case_result_finish(&r);
}
END_TEST

TEST_MAIN("unit_topic", every_subscriber_gets_a_copy, filters_let_a_share_through,
          series_have_the_names_of_the_service, a_topic_is_active_for_six_hours,
          duplicates_reach_everyone, requests_are_of_64_kb, what_is_on_its_way_is_not_forgotten,
          a_chain_passes_through_a_topic_and_a_stream)
