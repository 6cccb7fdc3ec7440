/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls that a quota throttles, one by one: which get through, when, and what is lost. */
#include "aws/api_calls.h"

#include "harness.h"
#include "model_case.h"

#include <string.h>

struct box {
    struct destination destination;
    const struct simulation *simulation;
    int messages;
    int64_t at_ns[64];
};

static void box_send(struct destination *self, const struct message *message)
{
    struct box *const box = (struct box *)self;
    (void)message;
    box->at_ns[box->messages++] = simulation_now(box->simulation);
}

struct seen {
    double throttled, refused, waiting;
};

static void note(void *context, const char *entity, const char *metric, const char *unit,
                 double value)
{
    struct seen *const seen = context;
    ck_assert_str_eq(entity, "queue:q");
    ck_assert_str_eq(unit, "count");
    *(strcmp(metric, "sends_throttled") == 0 ? &seen->throttled
      : strcmp(metric, "sends_refused") == 0 ? &seen->refused
                                             : &seen->waiting) = value;
}

/* `count` messages at once, `in_call` in each call, of which two a second may be made. */
static struct seen call(struct box *box, bool in_batches, uint32_t in_call, int count, double end_s)
{
    struct simulation simulation = {0};
    const struct api_calls_config config = {.entity = "queue:q",
                                            .noun = "sends",
                                            .in_batches = in_batches,
                                            .retries = 2,
                                            .retry_ns = NS_PER_S};
    struct rate_limiter limiter = rate_limiter_make(2, 2);
    struct seen seen = {-1, -1, -1};
    *box = (struct box){.destination.send = box_send, .simulation = &simulation};
    event_queue_init(&simulation.queue);
    struct api_calls *const calls =
        api_calls_create(&simulation, &config, &limiter, &box->destination);
    for (int i = 0; i < count; i++)
        destination_send(api_calls_destination(calls), &(struct message){.in_call = in_call});
    event_queue_run(&simulation.queue, SECONDS(end_s));
    api_calls_class.audit(calls);
    ck_assert_str_eq(simulation.failure, "");
    api_calls_class.report(calls, &(struct metric_sink){.put = note, .context = &seen});
    ck_assert_uint_eq(api_calls_class.lost(calls), (uint64_t)seen.refused);
    api_calls_class.destroy(calls);
    event_queue_finish(&simulation.queue);
    return seen;
}

/* Nine calls: two at 0 s, two after 1 s, two after 1 + 2 s; the others are given up. */
START_TEST(throttled_calls_are_tried_again_and_given_up)
{
    static const int64_t when_s[] = {0, 1, 3};
    struct box box;
    struct seen seen = call(&box, false, 0, 9, 0.5);
    ck_assert_int_eq(box.messages, 2);
    ck_assert_double_eq(seen.throttled, 7);
    ck_assert_double_eq(seen.waiting, 7);
    ck_assert_double_eq(seen.refused, 0);
    seen = call(&box, false, 0, 9, 10);
    ck_assert_int_eq(box.messages, 6);
    for (int i = 0; i < 6; i++)
        ck_assert_int_eq(box.at_ns[i], when_s[i / 2] * NS_PER_S);
    ck_assert_double_eq(seen.throttled, 7 + 5 + 3);
    ck_assert_double_eq(seen.waiting, 0);
    ck_assert_double_eq(seen.refused, 3);
}
END_TEST

/* Ten messages of a call are one call; where each counts, they are not. */
START_TEST(messages_of_a_batch_share_a_call)
{
    struct box box;
    call(&box, true, 10, 30, 0.5);
    ck_assert_int_eq(box.messages, 20);
    call(&box, true, 0, 30, 0.5);
    ck_assert_int_eq(box.messages, 2);
    call(&box, false, 10, 30, 0.5);
    ck_assert_int_eq(box.messages, 2);
}
END_TEST

static struct case_result run_case(const struct model_config *config)
{
    struct case_result r = case_run(config, 1, 0, 0, 100);
    ck_assert_msg(r.status == MODEL_DONE, "%s", r.failure);
    return r;
}

/* Two topics share the quota of their kind, a bus has its own; what a service publishes, none. */
START_TEST(topics_share_a_quota)
{
    static const double all[] = {1};
    static const struct model_reference to[] = {{MODEL_FUNCTION, 0}};
    struct model_topic topic[4];
    struct model_direct direct[4];
    struct function_config function = case_function("f", case_constant(1e6));
    static const char *const name[] = {"topic:a", "topic:b", "event_bus:e", "workload:z"};
    static const char *const workload[] = {"w", "x", "y", "z"};
    for (size_t i = 0; i < 4; i++) {
        topic[i] = (struct model_topic){.config = {.kind = i == 2 ? TOPIC_EVENTBRIDGE : TOPIC_SNS,
                                                   .entity = name[i],
                                                   .fraction = all,
                                                   .subscribers = 1},
                                        .published = i < 3,
                                        .to = to};
        direct[i] = case_every(workload[i], 10);
        direct[i].to = (struct model_reference){MODEL_TOPIC, i};
    }
    struct model_config config = case_model(&function, 1, direct, 4);
    config.topic = topic;
    config.topics = 4;
    config.sdk = (struct api_calls_config){.retries = 2, .retry_ns = NS_PER_S};
    struct case_result r = run_case(&config);
    for (size_t i = 0; i < 4; i++)
        ck_assert_double_eq(case_metric(&r, name[i], "messages_published"), 1000);
    case_result_finish(&r);
    config.publish_limit[TOPIC_SNS] = (struct model_api_limit){5, 5};
    config.publish_limit[TOPIC_EVENTBRIDGE] = (struct model_api_limit){8, 8};
    r = run_case(&config);
    const double a = case_metric(&r, name[0], "messages_published");
    const double b = case_metric(&r, name[1], "messages_published");
    const double e = case_metric(&r, name[2], "messages_published");
    ck_assert_double_eq(a + b, 5 + 499); /* refilled since the first, at 0.05 s */
    ck_assert_double_eq(e, 8 + 799);
    ck_assert_double_eq(case_metric(&r, name[3], "messages_published"), 1000);
    ck_assert_double_eq(a + case_metric(&r, name[0], "publishes_refused") +
                            case_metric(&r, name[0], "publishes_waiting"),
                        1000);
    ck_assert_double_ge((double)r.lost, 1000);
    case_result_finish(&r);
}
END_TEST

/* Of each queue; without it (high throughput, or standard) all is taken. */
START_TEST(each_fifo_queue_has_its_own)
{
    struct model_queue queue[3];
    struct model_direct direct[3];
    struct function_config function = case_function("f", case_constant(1e6));
    static const char *const name[] = {"a", "b", "c"};
    static const char *const entity[] = {"queue:a", "queue:b", "queue:c"};
    for (size_t i = 0; i < 3; i++) {
        queue[i] = (struct model_queue){.config = {.name = name[i],
                                                   .fifo = true,
                                                   .visibility_timeout_ns = 30 * NS_PER_S,
                                                   .retention_ns = NS_PER_HOUR,
                                                   .in_flight_max = 100,
                                                   .chunk_bytes = 65536},
                                        .sends_limited = i < 2};
        direct[i] = case_every(name[i], 10);
        direct[i].to = (struct model_reference){MODEL_QUEUE, i};
    }
    direct[1].config.in_call = 2;
    struct model_config config = case_model(&function, 1, direct, 3);
    config.queue = queue;
    config.queues = 3;
    config.fifo_send_limit = (struct model_api_limit){5, 5};
    struct case_result r = run_case(&config);
    ck_assert_double_eq(case_metric(&r, entity[0], "messages_sent"), 5 + 499);
    ck_assert_double_gt(case_metric(&r, entity[0], "sends_refused"), 480);
    ck_assert_double_eq(case_metric(&r, entity[1], "messages_sent"), 1000);
    ck_assert_double_eq(case_metric(&r, entity[2], "messages_sent"), 1000);
    case_result_finish(&r);
}
END_TEST

TEST_MAIN("unit_api_calls", throttled_calls_are_tried_again_and_given_up,
          messages_of_a_batch_share_a_call, topics_share_a_quota, each_fifo_queue_has_its_own)
