/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Imports of what pushes events (topics, buckets, rules, URLs) and of what becomes of asynchronous
 * ones (retries, age, destinations, dead letters), from every format that says it.
 */
#include "harness.h"
#include "unit/files.h"
#include "unit/import_case.h"

#define CLI OWN "events-cli/"

START_TEST(events_of_sam)
{
    struct imported i;
    one(&i, OWN "events-sam.yaml");
    size_is(&i, "functions", 2);
    size_is(&i, "queues", 2);
    size_is(&i, "topics", 1);
    size_is(&i, "event_buses", 1);
    size_is(&i, "workloads", 5);
    const char *const config = "functions/orders/event_invoke_config/";
    char path[120];
    snprintf(path, sizeof path, "%smaximum_event_age_in_seconds", config);
    number_is(&i, path, 3600);
    snprintf(path, sizeof path, "%smaximum_retry_attempts", config);
    number_is(&i, path, 0);
    snprintf(path, sizeof path, "%sdestination_config/on_success/destination", config);
    text_is(&i, path, "function:audit");
    snprintf(path, sizeof path, "%sdestination_config/on_failure/destination", config);
    text_is(&i, path, "queue:orders-on-failure"); /* SAM makes it */
    text_is(&i, "functions/orders/dead_letter_config/target", "queue:Lost");
    text_is(&i, "topics/alerts/subscriptions/0/endpoint", "function:orders");
    text_is(&i, "event_buses/shop/rules/0/target", "function:orders");
    text_is(&i, "workloads/alerts/to", "topic:alerts");
    text_is(&i, "workloads/shop/to", "event_bus:shop");
    text_is(&i, "workloads/orders/through", "function_url");
    text_is(&i, "workloads/orders-2/source", "s3");
    text_is(&i, "workloads/orders-3/source", "eventbridge");
    warned(&i, "sam.yaml:9: topic alerts: its subscription by email is not simulated: left out");
    warned(&i, "the filter policy for function:orders lets through is not known: all are taken to");
    warned(&i, "rule shop/orders-Placed: which share of its bus's events match is not known");
    warned(&i, "rule orders-Placed: DeadLetterConfig is not simulated");
    warned(&i, "function orders: a disabled schedule is left out");
    warned(&i, "event Phone of type IoTRule is not simulated; a workload can stand for it");
    end(&i);
}
END_TEST

START_TEST(events_of_cloudformation)
{
    struct imported i;
    one(&i, OWN "events-cloudformation.json");
    size_is(&i, "functions", 1); /* an alias is its function */
    size_is(&i, "queues", 2);
    size_is(&i, "topics", 2);
    size_is(&i, "event_buses", 1);
    size_is(&i, "workloads", 7);
    number_is(&i, "functions/resize/event_invoke_config/maximum_retry_attempts", 1);
    size_is(&i, "functions/resize/event_invoke_config", 1);
    text_is(&i, "functions/resize/dead_letter_config/target", "topic:lost");
    size_is(&i, "topics/News/subscriptions", 2);
    text_is(&i, "topics/News/subscriptions/1/endpoint", "queue:jobs");
    text_is(&i, "event_buses/default/rules/0/target", "topic:News");
    text_is(&i, "workloads/jobs/arrivals/expression", "rate(1 hour)");
    text_is(&i, "workloads/resize-2/arrivals/expression", "rate(7 days)");
    text_is(&i, "workloads/resize-3/source", "s3");
    text_is(&i, "workloads/resize-4/arrivals/expression", "rate(1 hour)");
    warned(&i,
           "json:12: function resize: MaximumEventAgeInSeconds 30 is not a whole number from 60");
    warned(&i, "json:15: function resize: OnFailure: archive (s3) is not simulated: left out");
    warned(&i, "rule default/Hourly: its target: cluster/c (ecs) is not simulated: left out");
    warned(&i, "rule default/paid: its target: RetryPolicy is not simulated");
    warned(&i, "rule default/Off: it is disabled: left out");
    warned(&i, "rule default/Idle: nothing that was imported names a target of it: left out");
    warned(&i, "function resize: queue ordered.fifo is FIFO, which gets no such events: left out");
    warned(&i, "topic News: queue ordered.fifo is FIFO, which gets no such events: left out");
    warned(&i, "AWS::S3::Bucket is not simulated: left out (1 resource)"); /* that sends nothing */
    end(&i);
}
END_TEST

START_TEST(events_of_the_cli)
{
    struct imported i;
    begin(&i);
    add(&i, CLI "event-invoke-configs.json");
    add(&i, CLI "function-urls.json");
    add(&i, CLI "subscriptions.json");
    add(&i, CLI "notification.json");
    add(&i, CLI "rules.json");
    add(&i, CLI "targets.json");
    add(&i, "nightly=" CLI "targets.json");
    add(&i, "shop/paid=" CLI "targets.json");
    ck_assert_int_eq(i.status, 0);
    build(&i, (struct import_request){.as_of = "2025-01-01"});
    text_is(&i, "region", "eu-west-1");
    size_is(&i, "functions", 2);
    size_is(&i, "topics", 2);
    size_is(&i, "event_buses", 1);
    size_is(&i, "workloads", 5);
    number_is(&i, "functions/orders/event_invoke_config/maximum_event_age_in_seconds", 7200);
    text_is(&i, "functions/orders/event_invoke_config/destination_config/on_failure/destination",
            "topic:lost");
    warned(&i, "event_invoke_config.maximum_retry_attempts is 2 here and 1 in");
    text_is(&i, "topics/news/subscriptions/0/endpoint", "function:orders");
    text_is(&i, "event_buses/shop/rules/0/target", "function:orders");
    text_is(&i, "workloads/orders/through", "function_url");
    text_is(&i, "workloads/orders-2/arrivals/expression", "cron(0 3 * * ? *)");
    text_is(&i, "workloads/thumbs/source", "s3");
    warned(&i, "subscriptions.json:5: topic news: its subscription by https is not simulated");
    warned(&i, "these targets do not say of which rule they are: left out");
    again(&i);
    add_text(&i, "{\"FunctionName\": \"f\", \"Timeout\": 3, \"DeadLetterConfig\": {\"TargetArn\": "
                 "\"arn:aws:sqs:eu-west-1:1:dead\"}}");
    add_text(&i, "{\"Attributes\": {\"TopicArn\": \"arn:aws:sns:eu-west-1:1:news\"}}");
    add_text(&i, "{\"Topics\": [{\"TopicArn\": \"arn:aws:sns:eu-west-1:1:news\"}]}");
    build(&i, (struct import_request){.as_of = "2025-01-01"});
    text_is(&i, "functions/f/dead_letter_config/target", "queue:dead");
    size_is(&i, "queues", 1);
    size_is(&i, "topics", 1);
    again(&i); /* the answers of get-function-event-invoke-config, get-function-url-config,
                  describe-rule */
    add_text(
        &i, "{\"FunctionArn\": \"arn:aws:lambda:eu-west-1:1:function:f:$LATEST\", "
            "\"MaximumRetryAttempts\": 0, \"DestinationConfig\": {\"OnSuccess\": {\"Destination\": "
            "\"arn:aws:events:eu-west-1:1:event-bus/shop\"}, \"OnFailure\": {}}}");
    add_text(&i, "{\"FunctionArn\": \"arn:aws:lambda:eu-west-1:1:function:f\", \"FunctionUrl\": "
                 "\"https://x/\"}");
    add_text(&i,
             "{\"Name\": \"r\", \"State\": \"ENABLED\", \"ScheduleExpression\": \"rate(1 day)\"}");
    add(&i, CLI "targets.json"); /* of the only rule that there is */
    build(&i, (struct import_request){.as_of = "2025-01-01"});
    number_is(&i, "functions/f/event_invoke_config/maximum_retry_attempts", 0);
    text_is(&i, "functions/f/event_invoke_config/destination_config/on_success/destination",
            "event_bus:shop");
    text_is(&i, "workloads/f/through", "function_url");
    text_is(&i, "workloads/orders/arrivals/expression", "rate(1 day)");
    size_is(&i, "workloads", 2); /* the bus is fed by the function */
    end(&i);
}
END_TEST

START_TEST(events_of_serverless)
{
    struct imported i;
    one_text(&i, "service: shop\n"
                 "provider: {name: aws, runtime: nodejs20.x}\n"
                 "functions:\n"
                 "  resize:\n"
                 "    handler: a.b\n"
                 "    maximumEventAge: 600\n"
                 "    maximumRetryAttempts: 1\n"
                 "    onError: arn:aws:sns:eu-west-1:1:lost\n"
                 "    url: true\n"
                 "    destinations: {onSuccess: next, onFailure: 'arn:aws:sqs:eu-west-1:1:dead'}\n"
                 "    events:\n"
                 "      - sns: {topicName: news, filterPolicy: {a: [b]}}\n"
                 "      - sns: arn:aws:sns:eu-west-1:1:alerts\n"
                 "      - s3: pictures\n"
                 "      - eventBridge: {eventBus: bus, pattern: {source: [shop]}}\n"
                 "      - eventBridge: {schedule: rate(2 hours)}\n"
                 "      - cloudwatchEvent: {event: {source: [aws.ec2]}}\n"
                 "      - schedule: {rate: rate(1 hour), enabled: false}\n"
                 "      - websocket: $connect\n"
                 "  next: {handler: a.c}\n");
    size_is(&i, "functions", 2);
    size_is(&i, "topics", 3);
    size_is(&i, "queues", 1);
    size_is(&i, "workloads", 7);
    number_is(&i, "functions/shop-dev-resize/event_invoke_config/maximum_event_age_in_seconds",
              600);
    number_is(&i, "functions/shop-dev-resize/event_invoke_config/maximum_retry_attempts", 1);
    text_is(
        &i,
        "functions/shop-dev-resize/event_invoke_config/destination_config/on_success/destination",
        "function:shop-dev-next");
    text_is(
        &i,
        "functions/shop-dev-resize/event_invoke_config/destination_config/on_failure/destination",
        "queue:dead");
    text_is(&i, "functions/shop-dev-resize/dead_letter_config/target", "topic:lost");
    text_is(&i, "topics/news/subscriptions/0/endpoint", "function:shop-dev-resize");
    text_is(&i, "topics/alerts/subscriptions/0/endpoint", "function:shop-dev-resize");
    text_is(&i, "event_buses/bus/rules/0/target", "function:shop-dev-resize");
    text_is(&i, "workloads/shop-dev-resize/through", "function_url");
    text_is(&i, "workloads/shop-dev-resize-2/source", "s3");
    text_is(&i, "workloads/shop-dev-resize-3/arrivals/expression", "rate(2 hours)");
    text_is(&i, "workloads/shop-dev-resize-4/source", "eventbridge");
    warned(&i, "a disabled schedule is left out");
    warned(&i, "event websocket is not simulated");
    end(&i);
}
END_TEST

START_TEST(notifications_of_the_cdk)
{
    struct imported i;
    one_text(&i,
             "{\"Resources\": {\"F\": {\"Type\": \"AWS::Lambda::Function\"}, \"N\": {\"Type\": "
             "\"Custom::S3BucketNotifications\", \"Properties\": {\"NotificationConfiguration\": "
             "{\"LambdaFunctionConfigurations\": [{\"LambdaFunctionArn\": {\"Fn::GetAtt\": "
             "[\"F\", \"Arn\"]}}]}}}}}");
    text_is(&i, "workloads/F/source", "s3");
    size_is(&i, "workloads", 1);
    end(&i);
}
END_TEST

START_TEST(state_machines)
{
    struct imported i;
    one(&i, OWN "thumbnails.asl.json");
    size_is(&i, "functions", 5);
    size_is(&i, "workloads", 1);
    text_is(&i, "workloads/thumbnails/to", "state_machine:thumbnails");
    size_is(&i, "state_machines/thumbnails/steps", 4);
    text_is(&i, "state_machines/thumbnails/steps/0/task", "function:list");
    size_is(&i, "state_machines/thumbnails/steps/1/map/steps", 2);
    text_is(&i, "state_machines/thumbnails/steps/1/map/steps/0/task", "function:load");
    text_is(&i, "state_machines/thumbnails/steps/1/map/steps/1/task", "function:shrink");
    number_is(&i, "state_machines/thumbnails/steps/1/map/max_concurrency", 5);
    size_is(&i, "state_machines/thumbnails/steps/2/parallel", 2);
    text_is(&i, "state_machines/thumbnails/steps/2/parallel/1/task", "function:index");
    number_is(&i, "state_machines/thumbnails/steps/3/wait_s", 60);
    number_is(&i, "state_machines/thumbnails/retry/max_attempts", 4);
    number_is(&i, "state_machines/thumbnails/retry/interval_seconds", 5);
    number_is(&i, "state_machines/thumbnails/retry/backoff_rate", 1.5);
    warned(&i, "asl.json:5: state machine thumbnails: List: TimeoutSeconds is not simulated");
    warned(&i,
           "asl.json:9: state machine thumbnails: Any: a Choice is not simulated: each execution "
           "is taken to go on with Each");
    warned(&i, "Each: how many items it has is not in the definition: 1 is taken; fill it in");
    not_warned(&i, "follow each other");
    warned(&i, "Shrink: its Retry differs from that of the machine's first task");
    not_warned(&i, "Store: its Retry differs"); /* once is enough */
    warned(&i, "Tell: arn:aws:states:::sns:publish is no function");
    warned(&i, "Until: how long it waits is not a number of seconds");
    warned(&i, "Check: which function it calls cannot be told from the file");
    warned(&i, "Check: it goes back to List: a loop is not simulated");
    warned(&i, "1 state (Pass, Choice and the like) call nothing");
    end(&i);
    one_text(
        &i, "{\"stateMachineArn\": \"arn:aws:states:eu-west-1:1:stateMachine:m\", \"name\": \"m\", "
            "\"type\": \"EXPRESS\", \"definition\": \"{\\\"StartAt\\\":\\\"A\\\",\\\"States\\\":{"
            "\\\"A\\\":{\\\"Type\\\":\\\"Task\\\",\\\"Resource\\\":"
            "\\\"arn:aws:lambda:eu-west-1:1:function:f\\\",\\\"End\\\":true}}}\"}");
    text_is(&i, "state_machines/m/type", "EXPRESS");
    text_is(&i, "state_machines/m/steps/0/task", "function:f");
    number_is(&i, "state_machines/m/retry/max_attempts",
              0); /* Step Functions retries what it is told */
    size_is(&i, "workloads", 1);
    end(&i);
}
END_TEST

#define TASK "Type: Task, Resource: 'arn:aws:lambda:eu-west-1:1:function:"

/* What follows each other, maps and parallel ones inside of a branch; deeper it ends. */
START_TEST(states_inside_of_states)
{
    struct imported i;
    one_text(&i, "StartAt: P\n"
                 "States:\n"
                 "  P:\n"
                 "    Type: Parallel\n"
                 "    Next: M\n"
                 "    Branches:\n"
                 "    - {StartAt: a, States: {a: {" TASK "a', End: true}}}\n"
                 "    - StartAt: b\n"
                 "      States:\n"
                 "        b: {" TASK "b', Next: W}\n"
                 "        W: {Type: Wait, Seconds: 7, Next: In}\n"
                 "        In:\n"
                 "          Type: Map\n"
                 "          MaxConcurrency: 3\n"
                 "          Iterator: {StartAt: c, States: {c: {" TASK "c', End: true}}}\n"
                 "          Next: Q\n"
                 "        Q:\n"
                 "          Type: Parallel\n"
                 "          Branches:\n"
                 "          - {StartAt: d, States: {d: {" TASK "d', End: true}}}\n"
                 "          - StartAt: e\n"
                 "            States:\n"
                 "              e: {" TASK "e', Next: Z}\n"
                 "              Z: {Type: Wait, Seconds: 1, Next: f}\n"
                 "              f: {" TASK "f', End: true}\n"
                 "          End: true\n"
                 "  M:\n"
                 "    Type: Map\n"
                 "    Iterator: {StartAt: N, States: {N: {Type: Pass, End: true}}}\n"
                 "    End: true\n");
#define B "state_machines/text/steps/0/parallel/1/steps"
    size_is(&i, "state_machines/text/steps", 1);
    text_is(&i, "state_machines/text/steps/0/parallel/0/task", "function:a");
    size_is(&i, B, 4);
    text_is(&i, B "/0/task", "function:b");
    number_is(&i, B "/1/wait_s", 7);
    text_is(&i, B "/2/map/task", "function:c");
    number_is(&i, B "/2/map/max_concurrency", 3);
    size_is(&i, B "/3/parallel", 3);
    text_is(&i, B "/3/parallel/2/task", "function:f");
#undef B
    warned(&i, "Z: a Wait within a map or branch inside of another is not simulated");
    warned(&i, "Q: 2 functions follow each other in a branch inside of another: each is taken as");
    warned(&i, "M: a map without a function is not simulated: left out");
    end(&i);
}
END_TEST

START_TEST(state_machines_of_templates)
{
    struct imported i;
    begin(&i);
    add(&i, OWN "state-machines.yaml");
    add(&i, "Elsewhere=" OWN "thumbnails.asl.json");
    build(&i, (struct import_request){.as_of = "2025-01-01"});
    size_is(&i, "state_machines", 3);
    size_is(&i, "functions", 7);
    size_is(&i, "workloads", 3);
    text_is(&i, "state_machines/chain/type", "EXPRESS");
    text_is(&i, "state_machines/chain/steps/0/task", "function:resize");
    text_is(&i, "state_machines/chain/steps/1/task", "function:more");
    text_is(&i, "workloads/chain/arrivals/expression", "rate(1 day)");
    text_is(&i, "state_machines/Text/steps/0/task", "function:resize");
    text_is(&i, "state_machines/Text/steps/1/map/task", "function:more");
    size_is(&i, "state_machines/Elsewhere/steps", 4);
    not_warned(&i, "its definition is not in what was imported");
    warned(&i, "yaml:42: state machine Nothing: nothing of it can be simulated: left out");
    warned(&i, "rule shop/chain-Shop: a bus that starts a state machine is not simulated");
    again(&i);
    add(&i, OWN "state-machines.yaml");
    build(&i, (struct import_request){.as_of = "2025-01-01"});
    size_is(&i, "state_machines", 2);
    warned(&i,
           "yaml:39: state machine Elsewhere: its definition is not in what was imported (give it");
    again(&i);
    add(&i, OWN "thumbnails.asl.json");
    build(&i, (struct import_request){.as_of = "2016-01-01"});
    ck_assert_ptr_null(at(&i, "state_machines/thumbnails"));
    warned(&i, "state machine thumbnails: there were none on the scenario's date: left out");
    end(&i);
}
END_TEST

/* What did not exist on the scenario's day is left out, with a word. */
START_TEST(events_of_another_day)
{
    struct imported i;
    begin(&i);
    add(&i, OWN "events-sam.yaml");
    build(&i, (struct import_request){.as_of = "2017-01-01"});
    ck_assert_ptr_null(at(&i, "functions/orders/event_invoke_config"));
    ck_assert_ptr_null(at(&i, "event_buses"));
    text_is(&i, "functions/orders/dead_letter_config/target", "queue:Lost");
    warned(&i,
           "function orders: event_invoke_config did not exist on the scenario's date: left out");
    warned(&i, "function orders: function_url did not exist on the scenario's date: left out");
    warned(&i, "event buses did not exist on the scenario's date: they are left out");
    end(&i);
}
END_TEST

/* A scenario that is merged into keeps its subscriptions; the same one is not put twice. */
START_TEST(events_are_merged)
{
    struct imported i;
    struct temporary made;
    one(&i, OWN "events-sam.yaml");
    temporary_write(&made, i.text, strlen(i.text));
    again(&i);
    add(&i, OWN "events-sam.yaml");
    build(&i,
          (struct import_request){.as_of = "2025-01-01", .merge = made.path, .output = made.path});
    size_is(&i, "topics/alerts/subscriptions", 1);
    size_is(&i, "event_buses/shop/rules", 1);
    size_is(&i, "workloads", 5);
    end(&i);
    temporary_remove(&made);
}
END_TEST

TEST_MAIN("unit_imports_events", events_of_sam, events_of_cloudformation, events_of_the_cli,
          events_of_serverless, notifications_of_the_cdk, state_machines, states_inside_of_states,
          state_machines_of_templates, events_of_another_day, events_are_merged)
