/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Imports of queues: attributes, mappings and events of every format, and what SQS does not allow.
 */
#include "harness.h"
#include "unit/import_case.h"

#define QUEUE(attributes)                                                                          \
    "{\"Attributes\": {\"QueueArn\": \"arn:aws:sqs:eu-west-1:123456789012:jobs\"" attributes "}}"
#define MAPPING(function, more)                                                                    \
    "{\"EventSourceMappings\": [{\"UUID\": \"1\", \"State\": \"Enabled\", \"FunctionArn\": "       \
    "\"arn:aws:lambda:eu-west-1:123456789012:function:" function "\", \"EventSourceArn\": "        \
    "\"arn:aws:sqs:eu-west-1:123456789012:jobs\"" more "}]}"

START_TEST(attributes_of_queues)
{
    struct imported i;
    one(&i, AWSCLI "sqs_get-queue-attributes.1.json");
    text_is(&i, "region", "us-east-1");
    size_is(&i, "queues", 2);
    number_is(&i, "queues/MyNewQueue/visibility_timeout_seconds", 30);
    number_is(&i, "queues/MyNewQueue/message_retention_seconds", 345600);
    number_is(&i, "queues/MyNewQueue/delay_seconds", 0);
    text_is(&i, "queues/MyNewQueue/redrive_policy/dead_letter_queue", "queue:MyDeadLetterQueue");
    number_is(&i, "queues/MyNewQueue/redrive_policy/max_receive_count", 1000);
    text_is(&i, "workloads/MyNewQueue/to", "queue:MyNewQueue"); /* a placeholder, ... */
    size_is(&i, "workloads", 1);                                /* ... not for dead letters */
    end(&i);
    one(&i, AWSCLI "sqs_get-queue-attributes.2.json");
    number_is(&i, "queues/queue/visibility_timeout_seconds", 30);
    warned(&i, "attributes: the answer does not say whose it is; taken as that of queue `queue`");
    end(&i);
    begin(&i);
    add(&i, RECORDED "test_arn_resolve_resources.sqs.GetQueueAttributes_1.json");
    add(&i, RECORDED "test_arn_resolve_resources.sqs.GetQueueAttributes_2.json");
    build(&i, (struct import_request){.as_of = "2025-01-01"});
    size_is(&i, "queues", 2);
    ck_assert_ptr_nonnull(at(&i, "queues/origin-dev-test"));
    end(&i);
    one_text(&i, QUEUE(", \"FifoQueue\": \"true\", \"FifoThroughputLimit\": \"perMessageGroupId\", "
                       "\"RedrivePolicy\": \"{]\", \"Colour\": 3"));
    ck_assert(cJSON_IsTrue(at(&i, "queues/jobs/fifo_queue")));
    ck_assert_str_eq(at(&i, "queues/jobs/fifo_throughput_limit")->valuestring, "perMessageGroupId");
    ck_assert_ptr_null(at(&i, "queues/jobs/redrive_policy"));
    warned(&i, "queue jobs: its RedrivePolicy does not say where messages go after how many");
    warned(&i, "queue jobs: `Colour` is not known to import");
    end(&i);
    one_text(&i, QUEUE(", \"RedrivePolicy\": {\"deadLetterTargetArn\": "
                       "\"arn:aws:sqs:eu-west-1:123456789012:jobs\", \"maxReceiveCount\": 3}"));
    ck_assert_ptr_null(at(&i, "queues/jobs/redrive_policy")); /* a queue is not its own */
    end(&i);
    one_text(&i, QUEUE(", \"FifoQueue\": \"true\", \"RedrivePolicy\": {\"deadLetterTargetArn\": "
                       "\"arn:aws:sqs:eu-west-1:123456789012:dead\", \"maxReceiveCount\": 3}"));
    ck_assert(cJSON_IsTrue(at(&i, "queues/dead/fifo_queue"))); /* as the queue's */
    end(&i);
    one_text(&i, "{\"Attributes\": {\"VisibilityTimeout\": \"9\", \"RedrivePolicy\": "
                 "{\"deadLetterTargetArn\": \"arn:aws:sqs:eu-west-1:123456789012:dead\", "
                 "\"maxReceiveCount\": 3}}}");
    number_is(&i, "queues/dead/visibility_timeout_seconds", 9);
    warned(&i, "queue dead: it cannot be its own dead-letter queue: left out");
    end(&i);
}
END_TEST

START_TEST(mappings_of_queues)
{
    static const char *const files[] = {AWSCLI "lambda_list-event-source-mappings.1.json",
                                        AWSCLI "lambda_get-event-source-mapping.1.json"};
    struct imported i;
    for (size_t k = 0; k < 2; k++) {
        one(&i, files[k]);
        text_is(&i, "event_source_mappings/mySQSqueue-my-function/event_source",
                "queue:mySQSqueue");
        number_is(&i, "event_source_mappings/mySQSqueue-my-function/batch_size", 5);
        text_is(&i, "workloads/mySQSqueue/to", "queue:mySQSqueue");
        number_is(&i, "queues/mySQSqueue/visibility_timeout_seconds", 18); /* 6 x 3 s */
        end(&i);
    }
    one_text(&i, MAPPING("work", ", \"BatchSize\": 500, \"MaximumBatchingWindowInSeconds\": 5, "
                                 "\"FunctionResponseTypes\": [\"ReportBatchItemFailures\"], "
                                 "\"ScalingConfig\": {\"MaximumConcurrency\": 40}, "
                                 "\"MaximumRetryAttempts\": -1"));
    number_is(&i, "event_source_mappings/jobs-work/batch_size", 500);
    number_is(&i, "event_source_mappings/jobs-work/maximum_batching_window_in_seconds", 5);
    number_is(&i, "event_source_mappings/jobs-work/scaling_config/maximum_concurrency", 40);
    text_is(&i, "event_source_mappings/jobs-work/function_response_types/0",
            "ReportBatchItemFailures");
    ck_assert_ptr_null(at(&i, "event_source_mappings/jobs-work/maximum_retry_attempts"));
    end(&i);
}
END_TEST

/* What CreateEventSourceMapping refuses is brought to what it takes, and said. */
START_TEST(what_queues_do_not_allow)
{
    struct imported i;
    one_text(&i, MAPPING("work", ", \"BatchSize\": 500"));
    number_is(&i, "event_source_mappings/jobs-work/batch_size", 10);
    warned(&i,
           "mapping jobs-work: more than 10 messages in a batch need a batching window: 10 are");
    end(&i);
    begin(&i);
    add_text(&i, QUEUE(", \"FifoQueue\": \"true\", \"VisibilityTimeout\": \"20\""));
    add_text(&i, MAPPING("work", ", \"BatchSize\": 50, \"MaximumBatchingWindowInSeconds\": 5"));
    add_text(&i, MAPPING("audit", ""));
    add_text(&i, "{\"FunctionName\": \"work\", \"Timeout\": 60}");
    build(&i, (struct import_request){.as_of = "2025-01-01"});
    number_is(&i, "event_source_mappings/jobs-work/batch_size", 10);
    ck_assert_ptr_null(
        at(&i, "event_source_mappings/jobs-work/maximum_batching_window_in_seconds"));
    warned(&i, "10 messages in a batch need a batching window, which FIFO queues have not");
    number_is(&i, "queues/jobs/visibility_timeout_seconds", 60);
    warned(&i, "visibility timeout of 20 s is below the function's timeout of 60 s");
    ck_assert_ptr_null(at(&i, "event_source_mappings/jobs-audit"));
    warned(&i, "mapping jobs-audit: another reads queue jobs already");
    text_is(&i, "workloads/audit/to", "function:audit");
    end(&i);
}
END_TEST

START_TEST(queues_of_templates)
{
    struct imported i;
    one_text(&i, "AWSTemplateFormatVersion: '2010-09-09'\n"
                 "Resources:\n"
                 "  Dead: {Type: 'AWS::SQS::Queue'}\n"
                 "  Jobs:\n"
                 "    Type: AWS::SQS::Queue\n"
                 "    Properties:\n"
                 "      QueueName: jobs\n"
                 "      VisibilityTimeout: 360\n"
                 "      RedrivePolicy:\n"
                 "        deadLetterTargetArn: !GetAtt Dead.Arn\n"
                 "        maxReceiveCount: 5\n"
                 "  Work:\n"
                 "    Type: AWS::Serverless::Function\n"
                 "    Properties:\n"
                 "      Timeout: 30\n"
                 "      Events:\n"
                 "        Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn, BatchSize: 7}}\n"
                 "  More: {Type: 'AWS::Lambda::Function', Properties: {Timeout: 9}}\n"
                 "  Map:\n"
                 "    Type: AWS::Lambda::EventSourceMapping\n"
                 "    Properties:\n"
                 "      EventSourceArn: !GetAtt Dead.Arn\n"
                 "      FunctionName: !Ref More\n"
                 "      ScalingConfig: {MaximumConcurrency: 2}\n");
    number_is(&i, "queues/jobs/visibility_timeout_seconds", 360);
    text_is(&i, "queues/jobs/redrive_policy/dead_letter_queue", "queue:Dead");
    number_is(&i, "queues/jobs/redrive_policy/max_receive_count", 5);
    number_is(&i, "event_source_mappings/jobs-Work/batch_size", 7);
    text_is(&i, "event_source_mappings/Dead-More/event_source", "queue:Dead");
    number_is(&i, "event_source_mappings/Dead-More/scaling_config/maximum_concurrency", 2);
    number_is(&i, "queues/Dead/visibility_timeout_seconds", 54);
    size_is(&i, "workloads", 1);
    text_is(&i, "workloads/jobs/to", "queue:jobs");
    not_warned(&i, "is not simulated");
    end(&i);
}
END_TEST

START_TEST(queues_of_serverless)
{
    struct imported i;
    one_text(&i, "service: shop\n"
                 "provider: {name: aws, runtime: nodejs20.x}\n"
                 "functions:\n"
                 "  work:\n"
                 "    handler: a.b\n"
                 "    events:\n"
                 "      - sqs: arn:aws:sqs:eu-central-1:123456789012:q\n"
                 "  more:\n"
                 "    handler: a.c\n"
                 "    events:\n"
                 "      - sqs:\n"
                 "          arn: {Fn::GetAtt: [Jobs, Arn]}\n"
                 "          batchSize: 100\n"
                 "          maximumBatchingWindow: 20\n"
                 "          maximumConcurrency: 9\n"
                 "          functionResponseType: ReportBatchItemFailures\n"
                 "      - sqs: {arn: '${file(x.yml):arn}'}\n"
                 "resources:\n"
                 "  Resources:\n"
                 "    Jobs: {Type: 'AWS::SQS::Queue', Properties: {QueueName: jobs}}\n");
    text_is(&i, "event_source_mappings/q-shop-dev-work/event_source", "queue:q");
    number_is(&i, "event_source_mappings/jobs-shop-dev-more/batch_size", 100);
    number_is(&i, "event_source_mappings/jobs-shop-dev-more/maximum_batching_window_in_seconds",
              20);
    number_is(&i, "event_source_mappings/jobs-shop-dev-more/scaling_config/maximum_concurrency", 9);
    warned(&i, "the queue \"${file(x.yml):arn}\" cannot be told from the file: left out");
    end(&i);
}
END_TEST

TEST_MAIN("unit_imports_queues", attributes_of_queues, mappings_of_queues, what_queues_do_not_allow,
          queues_of_templates, queues_of_serverless)
