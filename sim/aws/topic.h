/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Something that pushes what is published to every subscriber: an SNS topic, an EventBridge bus, or
 * a service that calls a function asynchronously (S3, CloudWatch Logs, SES), which is a topic with
 * one subscriber. Each subscriber gets its own copy, unless its filter policy or rule does not
 * match. Delivery is at least once: now and then a message is delivered twice.
 *
 * A function's asynchronous queue and an SQS queue take whatever comes, so that the sources' own
 * retries (SNS for 23 days, EventBridge for 24 h) never come into play.
 */
#ifndef AWS_TOPIC_H
#define AWS_TOPIC_H

#include "aws/destination.h"
#include "aws/part.h"
#include "aws/simulation.h"

/* Whose names its time series have in CloudWatch. */
enum topic_kind { TOPIC_OTHER, TOPIC_SNS, TOPIC_EVENTBRIDGE }; /* other: it has none */

struct topic_config {
    enum topic_kind kind;
    const char *entity; /* "topic:orders" */
    int64_t latency_ns; /* from publishing to every delivery */
    double duplicate_probability;
    const double *fraction; /* per subscriber: of the messages that it gets */
    size_t subscribers;
    bool billed; /* publishing is: by `meter`, one a chunk of a message */
    enum meter meter;
    int64_t chunk_bytes; /* 0: one a message */
};

struct topic;

extern const struct part_class topic_class; /* struct topic */

struct topic *topic_create(struct simulation *simulation, const struct topic_config *config);
struct destination *topic_destination(struct topic *topic);
/* Once everything is there: one a subscriber. Copies the list. */
void topic_subscribe(struct topic *topic, struct destination *const *subscriber);

#endif
