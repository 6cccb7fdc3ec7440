/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Imports: every sample with what it says, and templates of our own with what templates do.
 * Whatever comes out is read back as a scenario.
 */
#include "imports/yaml_tree.h"

#include "core/memory.h"
#include "harness.h"
#include "unit/files.h"
#include "unit/import_case.h"

#include <time.h>

/* --- AWS CLI -------------------------------------------------------------------------------- */

START_TEST(test_functions)
{
    struct imported i;
    one(&i, AWSCLI "lambda_list-functions.1.json");
    text_is(&i, "region", "us-west-2");
    text_is(&i, "as_of", "2025-01-01");
    size_is(&i, "functions", 3);
    number_is(&i, "functions/helloworld/memory_size", 128);
    number_is(&i, "functions/my-function/memory_size", 256);
    number_is(&i, "functions/my-function/timeout", 3);
    text_is(&i, "functions/my-python-function/runtime", "python3.11");
    text_is(&i, "functions/helloworld/runtime", "nodejs22.x");
    number_is(&i, "functions/helloworld/duration_ms", 100);
    ck_assert_ptr_nonnull(
        strstr(at(&i, "functions/helloworld/comment")->valuestring, "Assumption: duration_ms"));
    size_is(&i, "workloads", 3);
    text_is(&i, "workloads/helloworld/to", "function:helloworld");
    number_is(&i, "workloads/helloworld/arrivals/rate_per_s", 0);
    warned(&i, "3 workloads are placeholders");
    ck_assert_uint_eq(i.diagnostics.warnings, 1);
    end(&i);
    one(&i, AWSCLI "lambda_get-function-configuration.1.json");
    number_is(&i, "functions/my-function/memory_size", 256);
    text_is(&i, "functions/my-function/runtime", "nodejs10.x");
    end(&i);
    one(&i, RECORDED "test_arn_resolve_resources.lambda.GetFunction_1.json");
    text_is(&i, "region", "us-east-1");
    number_is(&i, "functions/custodian-sg-modified/memory_size", 512);
    number_is(&i, "functions/custodian-sg-modified/timeout", 900);
    text_is(&i, "functions/custodian-sg-modified/package_type", "Zip");
    end(&i);
    one(&i, RECORDED "test_arn_resolve_resources.lambda.GetFunction_2.json");
    text_is(&i, "functions/custodian-s3-tag-creator/runtime", "python3.8");
    end(&i);
    one(&i, RECORDED "test_cloudwatch_log_subscription.lambda.GetFunctionConfiguration_1.json");
    text_is(&i, "functions/custodian-ec2-run-check/architecture", "x86_64");
    end(&i);
    one(&i, RECORDED "test_account_missing_region_resource.lambda.ListFunctions_2.json");
    text_is(&i, "functions/c7n-s3-encrypt/runtime", "python2.7");
    number_is(&i, "functions/c7n-s3-encrypt/timeout", 30);
    end(&i);
    one(&i, RECORDED "test_aws_lambda_check_permission_deleted_role.lambda.ListFunctions_1.json");
    number_is(&i, "functions/c7n_test_check_permissions/memory_size", 128);
    end(&i);
}
END_TEST

START_TEST(test_concurrency)
{
    struct imported i;
    one(&i, AWSCLI "lambda_get-function-concurrency.1.json");
    number_is(&i, "functions/function/reserved_concurrent_executions", 250);
    warned(&i, "does not say whose it is; taken as that of function `function`");
    again(&i);
    add(&i, "my-function=" AWSCLI "lambda_get-function-concurrency.1.json");
    add(&i, AWSCLI "lambda_list-functions.1.json");
    build(&i, (struct import_request){.as_of = "2025-01-01"});
    number_is(&i, "functions/my-function/reserved_concurrent_executions", 250);
    ck_assert_ptr_null(at(&i, "functions/helloworld/reserved_concurrent_executions"));
    not_warned(&i, "whose it is");
    again(&i); /* three functions: it could be anyone's */
    add(&i, AWSCLI "lambda_get-function-concurrency.1.json");
    add(&i, AWSCLI "lambda_list-functions.1.json");
    build(&i, (struct import_request){.as_of = "2025-01-01"});
    warned(&i, "there are 3 functions: left out; give it as NAME=FILE");
    end(&i);
    one(&i, AWSCLI "lambda_list-provisioned-concurrency-configs.1.json");
    number_is(&i, "functions/my-function/provisioned_concurrent_executions", 200); /* two aliases */
    text_is(&i, "region", "us-east-2");
    end(&i);
    one(&i, AWSCLI "lambda_get-account-settings.1.json");
    number_is(&i, "account/concurrent_executions", 1000);
    size_is(&i, "workloads", 1);
    const cJSON *const made_up = at(&i, "workloads")->child;
    ck_assert_str_eq(made_up->string, "work");
    ck_assert_str_eq(made_up->child->string, "to");
    ck_assert_str_eq(made_up->child->valuestring, "function:work");
    warned(&i, "a function `work` is made up");
    end(&i);
    one_text(
        &i, "{\"Functions\": [{\"FunctionName\": \"a\", \"Timeout\": 3}, {\"Configuration\": 1}]}");
    warned(&i, "text:1: this is no entry of Functions");
    end(&i);
}
END_TEST

START_TEST(test_schedules)
{
    struct imported i;
    one(&i, OWN "scheduled-actions.json");
    size_is(&i, "functions/web/provisioned_concurrency_schedule", 2);
    text_is(&i, "functions/web/provisioned_concurrency_schedule/0/at", "07:00");
    number_is(&i, "functions/web/provisioned_concurrency_schedule/0/value", 5);
    text_is(&i, "functions/web/provisioned_concurrency_schedule/1/at", "08:30");
    number_is(&i, "functions/web/provisioned_concurrency_schedule/1/value", 250);
    warned(&i, "target tracking from 250 to 300 at 08:30 is not simulated: 250 are taken");
    warned(&i, "its schedule's 08:30 is of Europe/Berlin; it is taken as a time of the run");
    warned(&i, "the scheduled action cron(0 9 ? * MON *) is not one of every day");
    warned(&i, "scheduled scaling of dynamodb:table:ReadCapacityUnits is not simulated");
    end(&i);
    begin(&i);
    add(&i, OWN "scheduled-actions.json");
    add_text(&i, "{\"FunctionName\": \"web\", \"Timeout\": 60, "
                 "\"ReservedConcurrentExecutions\": 100}");
    build(&i, (struct import_request){.as_of = "2025-01-01"});
    number_is(&i, "functions/web/provisioned_concurrency_schedule/1/value", 100);
    warned(&i, "250 provisioned executions are more than the 100 reserved ones: 100 are taken");
    end(&i);
    one_text(&i, "Resources:\n"
                 "  Web: {Type: 'AWS::Lambda::Function', Properties: {FunctionName: web}}\n"
                 "  Target:\n"
                 "    Type: AWS::ApplicationAutoScaling::ScalableTarget\n"
                 "    Properties:\n"
                 "      ResourceId: !Sub 'function:${Web}:live'\n"
                 "      ScalableDimension: lambda:function:ProvisionedConcurrency\n"
                 "      ServiceNamespace: lambda\n"
                 "      ScheduledActions:\n"
                 "        - Schedule: cron(0 8 * * ? *)\n"
                 "          ScalableTargetAction: {MinCapacity: 950, MaxCapacity: 950}\n"
                 "        - Schedule: rate(1 day)\n"
                 "          ScalableTargetAction: {MinCapacity: 1}\n");
    number_is(&i, "functions/web/provisioned_concurrency_schedule/0/value", 950);
    number_is(&i, "account/concurrent_executions", 1050); /* 100 stay unreserved */
    warned(&i, "the scheduled action rate(1 day) is not one of every day");
    end(&i);
}
END_TEST

START_TEST(test_reservations_fit)
{
    struct imported i;
    begin(&i);
    add_text(&i, "{\"Configuration\": {\"FunctionName\": \"a\", \"MemorySize\": 128},"
                 " \"Concurrency\": {\"ReservedConcurrentExecutions\": 2000}}");
    add_text(&i,
             "{\"ProvisionedConcurrencyConfigs\": [{\"FunctionArn\": \"arn:aws:lambda:eu-west-1:"
             "1:function:a:x\", \"RequestedProvisionedConcurrentExecutions\": 3000}]}");
    build(&i, (struct import_request){.as_of = "2025-01-01"});
    number_is(&i, "functions/a/reserved_concurrent_executions", 2000);
    number_is(&i, "functions/a/provisioned_concurrent_executions", 2000);
    number_is(&i, "account/concurrent_executions", 2100);
    warned(&i, "3000 provisioned executions are more than the 2000 reserved ones");
    warned(&i, "an account of 1000 does not give");
    end(&i);
}
END_TEST

START_TEST(test_mappings)
{
    struct imported i;
    one(&i, RECORDED "test_aws_lambda_event_source_mapping.lambda.ListEventSourceMappings_1.json");
    size_is(&i, "functions", 3);
    warned(&i, "test-queue to function test-sqs is disabled: left out");
    number_is(&i, "functions/test-jerry/memory_size", 128);
    end(&i);
    one(&i, RECORDED "test_mu_sqs_subscriber.lambda.ListEventSourceMappings_1.json");
    size_is(&i, "functions", 1);
    end(&i);
    one(&i, OWN "wrapped.json");
    text_is(&i, "region", "eu-west-1");
    size_is(&i, "event_source_mappings", 2);
    text_is(&i, "event_source_mappings/orders-ingest/event_source", "stream:orders");
    text_is(&i, "event_source_mappings/orders-ingest/function_name", "ingest");
    number_is(&i, "event_source_mappings/orders-ingest/batch_size", 500);
    number_is(&i, "event_source_mappings/orders-ingest/maximum_batching_window_in_seconds", 2);
    number_is(&i, "event_source_mappings/orders-ingest/parallelization_factor", 3);
    number_is(&i, "event_source_mappings/orders-ingest/maximum_retry_attempts", 10);
    text_is(&i, "event_source_mappings/orders-ingest/function_response_types/0",
            "ReportBatchItemFailures");
    text_is(&i, "event_source_mappings/orders-ingest/destination_config/on_failure/destination_arn",
            "arn:aws:sqs:eu-west-1:123456789012:dead");
    ck_assert(cJSON_IsTrue(at(&i, "event_source_mappings/orders-audit/enhanced_fan_out")));
    ck_assert_ptr_null(at(&i, "event_source_mappings/orders-ingest/enhanced_fan_out"));
    ck_assert_ptr_null(at(&i, "event_source_mappings/orders-audit/destination_config"));
    warned(&i, "mapping orders-audit: its on-failure destination dead is not an ARN: left out");
    warned(&i, "wrapped.json:4: mapping of stream orders to ingest: StartingPosition");
    warned(&i, "wrapped.json:6: mapping of stream orders to ingest: TumblingWindowInSeconds 30");
    warned(&i, "stream/old to function audit is disabled: left out");
    warned(&i, "stream orders: nothing says how many shards it has");
    end(&i);
}
END_TEST

START_TEST(test_streams)
{
    struct imported i;
    one(&i, AWSCLI "kinesis_describe-stream.1.json");
    number_is(&i, "streams/samplestream/shard_count", 3);
    number_is(&i, "streams/samplestream/retention_period", 24);
    text_is(&i, "workloads/samplestream/to", "stream:samplestream");
    not_warned(&i, "equally wide");
    end(&i);
    one(&i, AWSCLI "kinesis_describe-stream-summary.1.json");
    number_is(&i, "streams/samplestream/shard_count", 3);
    number_is(&i, "streams/samplestream/retention_period", 48);
    again(&i); /* the later file wins, and both are named */
    add(&i, AWSCLI "kinesis_describe-stream-summary.1.json");
    add(&i, AWSCLI "kinesis_describe-stream.1.json");
    build(&i, (struct import_request){.as_of = "2025-01-01"});
    number_is(&i, "streams/samplestream/retention_period", 24);
    warned(&i, "retention_period is 24 here and 48 in");
    end(&i);
    one(&i, AWSCLI "kinesis_list-shards.1.json");
    number_is(&i, "streams/stream/shard_count", 2);
    again(&i);
    add(&i, "clicks=" AWSCLI "kinesis_list-shards.1.json");
    build(&i, (struct import_request){.as_of = "2025-01-01"});
    number_is(&i, "streams/clicks/shard_count", 2);
    end(&i);
    one(&i, RECORDED "test_config_poll_rule_evaluation.kinesis.DescribeStream_1.json");
    number_is(&i, "streams/dev1/shard_count", 1);
    warned(&i, "its hash keys are not a range of 128-bit numbers");
    end(&i);
    one_text(
        &i, "{\"StreamDescription\": {\"StreamName\": \"s\", \"HasMoreShards\": true, \"Shards\": ["
            "{\"ShardId\": \"a\", \"HashKeyRange\": {\"StartingHashKey\": \"0\", "
            "\"EndingHashKey\": \"9\"},"
            " \"SequenceNumberRange\": {\"StartingSequenceNumber\": \"1\", "
            "\"EndingSequenceNumber\": \"2\"}},"
            "{\"ShardId\": \"b\", \"HashKeyRange\": {\"StartingHashKey\": \"0\", "
            "\"EndingHashKey\": \"100\"}},"
            "{\"ShardId\": \"c\", \"HashKeyRange\": {\"StartingHashKey\": \"101\", "
            "\"EndingHashKey\": \"401\"}}"
            "], \"StreamModeDetails\": {\"StreamMode\": \"ON_DEMAND\"}}}");
    number_is(&i, "streams/s/shard_count", 2); /* one is closed */
    text_is(&i, "streams/s/stream_mode", "ON_DEMAND");
    warned(&i, "the widest open shard has 3 times the hash keys of the narrowest");
    warned(&i, "HasMoreShards");
    end(&i);
}
END_TEST

START_TEST(test_groups)
{
    struct imported i;
    one(&i, AWSCLI "autoscaling_describe-auto-scaling-groups.1.json");
    text_is(&i, "baselines/my-asg/instance_type", "t2.micro");
    text_is(&i, "baselines/my-asg/sizing", "fixed");
    number_is(&i, "baselines/my-asg/min_size", 0);
    number_is(&i, "baselines/my-asg/max_size", 1);
    number_is(&i, "baselines/my-asg/desired_capacity", 1);
    number_is(&i, "baselines/my-asg/default_cooldown", 300);
    text_is(&i, "baselines/my-asg/load_balancer", "none");
    end(&i);
    one(&i, AWSCLI "autoscaling_describe-auto-scaling-groups.2.json"); /* a bare list */
    text_is(&i, "baselines/my-asg/instance_type", "t2.micro");
    again(&i);
    add(&i, AWSCLI "autoscaling_describe-policies.1.json");
    add(&i, AWSCLI "autoscaling_describe-auto-scaling-groups.1.json");
    build(&i, (struct import_request){.as_of = "2025-01-01"});
    text_is(&i, "baselines/my-asg/sizing", "target_tracking");
    number_is(&i, "baselines/my-asg/target_cpu_utilization", 40);
    warned(&i, "target tracking of ALBRequestCountPerTarget is not simulated");
    again(&i);
    add(&i, RECORDED "test_asg_config_filter.autoscaling.DescribeAutoScalingGroups_1.json");
    add(&i, RECORDED "test_asg_config_filter.autoscaling.DescribeLaunchConfigurations_1.json");
    build(&i, (struct import_request){.as_of = "2025-01-01"});
    text_is(&i, "baselines/CustodianASG/instance_type", "m3.medium");
    number_is(&i, "baselines/CustodianASG/desired_capacity", 3);
    number_is(&i, "baselines/CustodianASG/ebs_gb", 8);
    text_is(&i, "baselines/CustodianASG/ebs_type", "gp2");
    ck_assert(cJSON_IsFalse(at(&i, "baselines/CustodianASG/detailed_monitoring")));
    text_is(&i, "region", "us-west-2");
    end(&i);
    one(&i, RECORDED "test_asg_delete.autoscaling.DescribeAutoScalingGroups_1.json");
    ck_assert_ptr_null(at(&i, "baselines/ContainersFTW"));
    warned(&i, "auto scaling group ContainersFTW is no baseline: nothing says which instances");
    end(&i);
    static const char *const launches[][2] = {
        {AWSCLI "autoscaling_describe-launch-configurations.1.json", "my-launch-config"},
        {RECORDED "test_asg_image_age_filter_template.ec2.DescribeLaunchTemplateVersions_1.json",
         "test"},
        {RECORDED "test_asg_image_filter_from_launch_template.ec2.DescribeLaunchTemplateVersions_1"
                  ".json",
         "custodian-test-lt-1"},
    };
    for (size_t k = 0; k < 3; k++) {
        char part[100];
        one(&i, launches[k][0]);
        snprintf(part, sizeof part, "launch configuration %s: no auto scaling group",
                 launches[k][1]);
        warned(&i, part);
        end(&i);
    }
    begin(&i); /* asleep: nothing that a tracked CPU could wake */
    add_text(&i, "{\"AutoScalingGroups\": [{\"AutoScalingGroupName\": \"g\", \"MinSize\": 0, "
                 "\"MaxSize\": 4, "
                 "\"DesiredCapacity\": 0, \"Instances\": [{\"InstanceType\": \"m5.large\"}]}]}");
    add_text(&i,
             "{\"ScalingPolicies\": [{\"AutoScalingGroupName\": \"g\", \"PolicyType\": "
             "\"TargetTrackingScaling\", \"TargetTrackingConfiguration\": {\"TargetValue\": 50, "
             "\"Predefined"
             "MetricSpecification\": {\"PredefinedMetricType\": \"ASGAverageCPUUtilization\"}}}]}");
    build(&i, (struct import_request){.as_of = "2024-01-01"});
    ck_assert_ptr_null(at(&i, "baselines/g"));
    warned(&i, "auto scaling group g is no baseline: it has no instances");
    again(&i); /* a template by its id */
    add_text(&i, "{\"AutoScalingGroups\": [{\"AutoScalingGroupName\": \"g\", \"MinSize\": 1, "
                 "\"MaxSize\": 2, "
                 "\"DesiredCapacity\": 1, \"LaunchTemplate\": {\"LaunchTemplateId\": "
                 "\"lt-1234567890abcdef1\"}}]}");
    add(&i, launches[2][0]);
    build(&i, (struct import_request){.as_of = "2025-01-01"});
    text_is(&i, "baselines/g/instance_type", "t3.small");
    not_warned(&i, "no auto scaling group that was imported uses it");
    end(&i);
}
END_TEST

START_TEST(test_not_simulated)
{
    struct imported i;
    static const char *const others[][2] = {
        {AWSCLI "autoscaling_describe-scaling-activities.1.json", "history"},
        {AWSCLI "autoscaling_describe-scaling-activities.2.json", "history"},
        {AWSCLI "autoscaling_describe-scheduled-actions.1.json", "scheduled scaling"},
        {AWSCLI "ec2_describe-instance-types.1.json", "data/instances"},
        {AWSCLI "ec2_describe-instance-types.2.json", "none of the formats"},
        {AWSCLI "kinesis_describe-limits.1.json", "data/limits"},
        {RECORDED "test_config_poll_rule_evaluation.kinesis.ListStreams_1.json", "names alone"},
    };
    for (size_t k = 0; k < sizeof others / sizeof *others; k++) {
        begin(&i);
        add(&i, others[k][0]);
        ck_assert_uint_eq(i.inventory.understood, 0);
        ck_assert_uint_eq(i.diagnostics.errors, 0);
        warned(&i, others[k][1]);
        end(&i);
    }
    begin(&i);
    add_text(&i, "{\"status_code\": 403, \"data\": {\"Error\": {}}}");
    warned(&i, "a recorded answer with status 403");
    end(&i);
}
END_TEST

START_TEST(test_power_tuning)
{
    struct imported i;
    begin(&i);
    add(&i, "helloworld=" OWN "power-tuning.json");
    add(&i, AWSCLI "lambda_list-functions.1.json");
    build(&i, (struct import_request){.as_of = "2025-01-01"});
    size_is(&i, "functions/helloworld/duration_points", 3);
    number_is(&i, "functions/helloworld/duration_points/0/0", 128);
    number_is(&i, "functions/helloworld/duration_points/0/1", 4100.5);
    number_is(&i, "functions/helloworld/duration_points/2/0", 1024);
    number_is(&i, "functions/helloworld/reference_memory_size", 512);
    number_is(&i, "functions/helloworld/duration_ms", 1010.25);
    number_is(&i, "functions/my-function/duration_ms", 100);
    end(&i);
    one_text(&i, "{\"stats\": [{\"value\": 256, \"averageDuration\": 7.5}, {\"value\": 1e6,"
                 " \"averageDuration\": 1}, {\"value\": 256, \"averageDuration\": 8}]}");
    number_is(&i, "functions/function/duration_ms", 7.5);
    number_is(&i, "functions/function/reference_memory_size", 256);
    ck_assert_ptr_null(at(&i, "functions/function/duration_points"));
    warned(&i, "256 MB is there twice");
    warned(&i, "this has no value from 64 to 10240 MB");
    end(&i);
}
END_TEST

/* --- templates ------------------------------------------------------------------------------ */

START_TEST(test_sam)
{
    struct imported i;
    one(&i, OWN "sam.yaml");
    size_is(&i, "functions", 2);
    number_is(&i, "functions/prod-count/memory_size", 1024);
    number_is(&i, "functions/prod-count/timeout", 20); /* Globals */
    text_is(&i, "functions/prod-count/runtime", "nodejs20.x");
    text_is(&i, "functions/prod-count/architecture", "arm64");
    number_is(&i, "functions/prod-count/ephemeral_storage", 1024);
    number_is(&i, "functions/prod-count/provisioned_concurrent_executions", 5);
    number_is(&i, "functions/Work/memory_size", 256);
    text_is(&i, "streams/prod-clicks/stream_mode", "ON_DEMAND");
    number_is(&i, "streams/prod-clicks/retention_period", 72);
    number_is(&i, "streams/OtherStreamArn/shard_count", 1);
    number_is(&i, "event_source_mappings/prod-clicks-prod-count/batch_size", 250); /* a parameter */
    ck_assert(
        cJSON_IsTrue(at(&i, "event_source_mappings/prod-clicks-prod-count/enhanced_fan_out")));
    text_is(&i, "event_source_mappings/prod-clicks-prod-count/starting_position", "LATEST");
    text_is(&i, "event_source_mappings/OtherStreamArn-Work/event_source", "stream:OtherStreamArn");
    warned(&i, "sam.yaml:49: mapping of stream prod-clicks to prod-count: FilterCriteria");
    text_is(&i, "workloads/prod-count/through", "api_gateway_http");
    warned(&i, "sam.yaml:51: Work has the condition IsProd");
    warned(&i, "sam.yaml:56: function Work: Timeout {Fn::If …} is not evaluated");
    text_is(&i, "event_source_mappings/Jobs-Work/event_source", "queue:Jobs");
    end(&i);
    one(&i, DATA_DIR "/templates/orders-sam.yaml"); /* the one that ships says all that it needs */
    number_is(&i, "streams/orders/shard_count", 4);
    number_is(&i, "functions/ingest/memory_size", 512);
    number_is(&i, "event_source_mappings/orders-ingest/parallelization_factor", 2);
    ck_assert_uint_eq(i.diagnostics.warnings, 2); /* region, rates */
    end(&i);
}
END_TEST

START_TEST(test_cloudformation)
{
    struct imported i;
    one(&i, OWN "cloudformation.json");
    number_is(&i, "streams/Stream/shard_count", 6); /* "6" by a parameter */
    number_is(&i, "functions/worker/memory_size", 768);
    number_is(&i, "functions/worker/timeout", 45);
    number_is(&i, "functions/worker/reserved_concurrent_executions", 20);
    number_is(&i, "functions/worker/provisioned_concurrent_executions", 7);
    number_is(&i, "event_source_mappings/Stream-worker/batch_size", 50);
    number_is(&i, "event_source_mappings/Stream-worker/maximum_record_age_in_seconds", 3600);
    text_is(&i, "baselines/Group/instance_type", "m5.large");
    text_is(&i, "baselines/Group/sizing", "target_tracking");
    number_is(&i, "baselines/Group/target_cpu_utilization", 55);
    number_is(&i, "baselines/Group/min_size", 2);
    number_is(&i, "baselines/Group/max_size", 8);
    number_is(&i, "baselines/Group/default_cooldown", 120);
    number_is(&i, "baselines/Group/ebs_gb", 30);
    text_is(&i, "baselines/Group/load_balancer", "alb");
    not_warned(&i, "VpcConfig");
    ck_assert(cJSON_IsObject(at(&i, "functions/worker/vpc_config")));
    warned(&i, "cloudformation.json:40: mapping Unknown: its event source {Fn::ImportValue …}");
    warned(&i, "AWS::Logs::LogGroup is not simulated: left out (2 resources)");
    not_warned(&i, "Tags");
    end(&i);
}
END_TEST

START_TEST(test_serverless)
{
    struct imported i;
    one(&i, OWN "serverless.yml");
    text_is(&i, "region", "eu-central-1");
    size_is(&i, "functions", 3);
    number_is(&i, "functions/shop-dev-ingest/memory_size", 512); /* ${self:custom.memory.dev} */
    number_is(&i, "functions/shop-dev-ingest/timeout", 6);
    number_is(&i, "functions/shop-dev-ingest/reserved_concurrent_executions", 30);
    text_is(&i, "functions/shop-dev-ingest/architecture", "arm64");
    number_is(&i, "functions/shop-dev-resize/memory_size", 2048);
    number_is(&i, "functions/shop-dev-resize/provisioned_concurrent_executions", 2);
    text_is(&i, "functions/shop-dev-legacy/package_type", "Image");
    ck_assert_ptr_null(at(&i, "functions/shop-dev-legacy/runtime"));
    number_is(&i, "streams/shop-dev-events/shard_count", 2);
    const char *const mapping = "event_source_mappings/shop-dev-events-shop-dev-ingest/";
    char path[150];
    snprintf(path, sizeof path, "%sbatch_size", mapping);
    number_is(&i, path, 300);
    snprintf(path, sizeof path, "%smaximum_batching_window_in_seconds", mapping);
    number_is(&i, path, 5);
    snprintf(path, sizeof path, "%sfunction_response_types/0", mapping);
    text_is(&i, path, "ReportBatchItemFailures");
    snprintf(path, sizeof path, "%senhanced_fan_out", mapping);
    ck_assert(cJSON_IsTrue(at(&i, path)));
    text_is(&i, "event_source_mappings/pictures-shop-dev-resize/event_source", "stream:pictures");
    text_is(&i, "workloads/shop-dev-ingest/through", "api_gateway_rest");
    text_is(&i, "event_source_mappings/t-shop-dev-resize/event_source", "table:t");
    warned(&i, "serverless.yml:39: function shop-dev-legacy: timeout \"${env:TIMEOUT}\"");
    end(&i);
    /* Of a service that is cut off from its resources, in a list, with a variable that calls
     * itself. */
    one_text(&i, "service: {name: s}\ncustom: {a: '${self:custom.a}'}\n"
                 "provider: {name: aws, memorySize: '${self:custom.a}'}\n"
                 "functions:\n- f: {handler: h, timeout: '${opt:t, ''30''}'}\n- ${file(x.yml)}\n");
    number_is(&i, "functions/s-dev-f/timeout", 30);
    number_is(&i, "functions/s-dev-f/memory_size", 1024);
    warned(&i, "provider: memorySize \"${self:custom.a}\" is not evaluated");
    warned(&i, "functions may be missing");
    end(&i);
    one_text(&i, "service: s\nprovider: {name: aws, tracing: {apiGateway: true, lambda: true}}\n"
                 "functions:\n  f: {handler: h}\n  g: {handler: h, tracing: PassThrough}\n");
    text_is(&i, "functions/s-dev-f/tracing_config/mode", "Active");
    ck_assert_ptr_null(at(&i, "functions/s-dev-g/tracing_config"));
    end(&i);
}
END_TEST

START_TEST(test_intrinsics)
{
    struct imported i;
    one_text(&i, "Parameters: {N: {Default: base}, E: {Type: String}}\n"
                 "Resources:\n"
                 "  F:\n    Type: AWS::Lambda::Function\n    Properties:\n"
                 "      FunctionName: !Join ['-', [!Ref N, fn]]\n"
                 "      MemorySize: !FindInMap [A, B, C]\n"
                 "      Timeout: {Ref: E}\n"
                 "  G:\n    Type: AWS::Lambda::Function\n    Properties:\n"
                 "      FunctionName: !Sub ['${A}-${!raw}-g', {A: !Ref N}]\n"
                 "  M:\n    Type: AWS::Lambda::EventSourceMapping\n    Properties:\n"
                 "      EventSourceArn: !Sub 'arn:${AWS::Partition}:kinesis:${AWS::Region}:"
                 "${AWS::AccountId}:stream/x'\n"
                 "      FunctionName: !GetAtt F.Arn\n"
                 "  S: {Type: AWS::Kinesis::Stream, Properties: {Name: x, ShardCount: 2}}\n");
    number_is(&i, "functions/base-fn/memory_size", 128);
    ck_assert_ptr_nonnull(at(&i, "functions/base-_raw_-g"));
    ck_assert_ptr_nonnull(strstr(at(&i, "functions/base-_raw_-g/comment")->valuestring,
                                 "Its name is \"base-${raw}-g\"."));
    text_is(&i, "event_source_mappings/x-base-fn/event_source", "stream:x");
    number_is(&i, "streams/x/shard_count", 2);
    warned(&i, "text:7: function base-fn: MemorySize {Fn::FindInMap …} is not evaluated");
    warned(&i, "text:8: function base-fn: Timeout {Ref …} is not evaluated");
    end(&i);
    /* Names made of each other end somewhere. */
    one_text(&i,
             "Resources:\n  A: {Type: AWS::Lambda::Function, Properties: {FunctionName: !Ref B}}\n"
             "  B: {Type: AWS::Lambda::Function, Properties: {FunctionName: !Ref A}}\n");
    ck_assert_int_ge(cJSON_GetArraySize(at(&i, "functions")), 1);
    end(&i);
}
END_TEST

/* --- YAML ----------------------------------------------------------------------------------- */

START_TEST(test_yaml_values)
{
    struct imported i;
    one(&i, OWN "functions.yaml");
    text_is(&i, "region", "ap-southeast-2");
    number_is(&i, "functions/a/ephemeral_storage", 2048);
    text_is(&i, "functions/a/runtime", "go1.x");
    number_is(&i, "functions/b/memory_size", 128);
    ck_assert_ptr_null(at(&i, "functions/b/runtime"));
    warned(&i, "functions.yaml:15: function b: MemorySize 20000 is not a whole number from 128");
    warned(&i, "functions.yaml:19: function b: SnapStart {ApplyOn …} is not simulated");
    warned(&i, "functions.yaml:20: function b: `Novelty` is not known to import");
    warned(&i, "functions.yaml:21: this answer goes on (NextMarker)");
    warned(&i, "runtime cobol85 is not in data/runtimes");
    end(&i);
    /* Anchors, merge keys (what is said here wins), a BOM, CRLF, a second document, an unknown tag.
     */
    one_text(&i, "\xef\xbb\xbf"
                 "common: &c {MemorySize: 512, Timeout: 7}\r\n"
                 "Resources:\r\n  A:\r\n    Type: AWS::Lambda::Function\r\n    Properties:\r\n"
                 "      <<: *c\r\n      Timeout: 9\r\n      Description: !Secret x\r\n"
                 "  B: {Type: AWS::Lambda::Function, Properties: *c}\r\n---\r\nmore: 1\r\n");
    number_is(&i, "functions/A/memory_size", 512);
    number_is(&i, "functions/A/timeout", 9);
    number_is(&i, "functions/B/timeout", 7);
    warned(&i, "text:10: only the first document of this file is read");
    end(&i);
}
END_TEST

static void refuses(const char *text, size_t size, const char *part)
{
    struct imported i;
    begin(&i);
    ck_assert_int_eq(import_text(&i.inventory, text, size, "text", NULL), -1);
    ck_assert_msg(said(&i, false, part), "no error has \"%s\"; the first: %s", part,
                  i.diagnostics.count > 0 ? i.diagnostics.item[0].text : "(none)");
    end(&i);
}

static void refuses_text(const char *text, const char *part)
{
    refuses(text, strlen(text), part);
}

START_TEST(test_yaml_mistakes)
{
    refuses_text("", "there is nothing in it");
    refuses_text("# only this\n", "there is nothing in it");
    refuses_text("a:\n\tb: 1\n", "text:2: column 1: ");
    refuses_text("a: [1, 2\nb: 3\n", "text:");
    refuses_text("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n",
                 "text:5: key `c` appears twice in one mapping (first in line 3)");
    refuses_text("a: 1\nb: \xff\xfe\n", "text:2: this is not UTF-8 text");
    refuses_text("a: *nobody\n", "text:1: column 4: there is no anchor &nobody");
    refuses_text("a: &x [1, *x]\n", "*x stands inside what it refers to");
    refuses_text("? [a, b]\n: 1\n", "a key must be a word");
    refuses_text("a: \"x\\0y\"\n", "a NUL character in a text");
    refuses_text("a: {<<: 3}\n", "`<<` takes a mapping");
    refuses("a: 1\n\0b: 2\n", 11, "text:2: this is not UTF-8 text");
    refuses_text("{\"Functions\": [}", "text:1: column 16: ");
    refuses_text("{\"a\": 1, \"a\": 2}", "appears twice");
}
END_TEST

/* Nine levels of nine aliases would be 387 million values. */
START_TEST(test_yaml_bombs)
{
    char text[4000] = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
    size_t length = strlen(text);
    for (int level = 1; level < 9; level++) {
        length +=
            (size_t)snprintf(text + length, sizeof text - length, "a%d: &a%d [", level, level);
        for (int k = 0; k < 9; k++)
            length += (size_t)snprintf(text + length, sizeof text - length, "%s*a%d",
                                       k > 0 ? ", " : "", level - 1);
        length += (size_t)snprintf(text + length, sizeof text - length, "]\n");
    }
    refuses_text(text, "the aliases of this file expand to more than 16 MB");
    char *const deep = mem_alloc(100001, 1);
    memset(deep, '[', 100000);
    refuses_text(deep, "nested more than 100 levels deep");
    memset(deep, '{', 100000);
    refuses_text(deep, "text:1: column "); /* JSON by its look */
    for (size_t k = 0; k < 100000; k += 2)
        memcpy(deep + k, "- ", 2);
    refuses_text(deep, "nested more than 100 levels deep");
    free(deep);
}
END_TEST

/* Chains of anchors that each nest the one before go deep without going wide. */
START_TEST(test_yaml_deep_aliases)
{
    char *text = text_format("a0: &a0 [x]\n");
    for (int k = 1; k < 60; k++) {
        char brackets[2][91];
        memset(brackets[0], '[', 90);
        memset(brackets[1], ']', 90);
        brackets[0][90] = brackets[1][90] = '\0';
        char *const longer =
            text_format("%sa%d: &a%d %s*a%d%s\n", text, k, k, brackets[0], k - 1, brackets[1]);
        free(text);
        text = longer;
    }
    refuses_text(text, "aliases are nested too deep");
    free(text);
}
END_TEST

START_TEST(test_large)
{
    /* 10 MB of functions: read, and cut where a scenario ends. */
    const size_t rows = 120000;
    char *const text = mem_alloc(rows * 100 + 100, 1);
    size_t length = (size_t)sprintf(text, "Functions:\n");
    for (size_t k = 0; k < rows; k++)
        length += (size_t)sprintf(text + length,
                                  "- FunctionName: f%zu\n  MemorySize: 256\n  Timeout: 3\n"
                                  "  Description: some words to fill it\n",
                                  k % 20000);
    ck_assert_uint_gt(length, 10u << 20);
    struct imported i;
    begin(&i);
    const clock_t before = clock();
    ck_assert_int_eq(import_text(&i.inventory, text, length, "text", NULL), 0);
    ck_assert_double_lt((double)(clock() - before) / CLOCKS_PER_SEC, 120);
    ck_assert_uint_eq(i.inventory.items[ITEM_FUNCTION], INVENTORY_MAX_ITEMS);
    warned(&i, "more than 10000 functions: the others are left out");
    end(&i);
    char *const too_large = mem_alloc(YAML_MAX_BYTES + 2, 1);
    memset(too_large, 'a', YAML_MAX_BYTES + 1);
    refuses(too_large, YAML_MAX_BYTES + 1, "more than 16777216 bytes of YAML");
    free(too_large);
    free(text);
}
END_TEST

/* References that multiply, and names that are looked for among many. */
START_TEST(test_slow_templates)
{
    struct imported i;
    char *text = text_format("\"\"");
    for (int k = 0; k < 24; k++) {
        char *const longer =
            text_format("{\"Fn::Sub\": [\"${a}${a}${a}${a}\", {\"a\": %s}]}", text);
        free(text);
        text = longer;
    }
    char *const template =
        text_format("{\"Resources\": {\"F\": {\"Type\": \"AWS::Lambda::Function\","
                    " \"Properties\": {\"FunctionName\": %s}}}}",
                    text);
    one_text(&i, template);
    ck_assert_ptr_nonnull(at(&i, "functions/F"));
    warned(&i, "so many references that not all of them are followed");
    end(&i);
    free(template);
    free(text);
}
END_TEST

/* --- merging and naming --------------------------------------------------------------------- */

START_TEST(test_merge)
{
    struct imported i;
    begin(&i);
    add(&i, AWSCLI "lambda_list-functions.1.json");
    build(&i, (struct import_request){.merge = OWN "fitted.json", .output = OWN "new.json"});
    text_is(&i, "as_of", "2023-05-01");
    number_is(&i, "run/seed", 9);
    number_is(&i, "functions/helloworld/memory_size", 128); /* the import's */
    ck_assert_ptr_nonnull(strstr(at(&i, "functions/helloworld/comment")->valuestring,
                                 "memory_size is 128 by what was imported, no longer 512"));
    ck_assert_ptr_null(at(&i, "functions/helloworld/runtime")); /* later than the log */
    warned(&i, "function helloworld: runtime nodejs22.x exists since 2024-11-22 only: left out");
    number_is(&i, "functions/helloworld/duration_ms/mean", 40); /* the fit's */
    number_is(&i, "functions/helloworld/error_rate", 0.01);
    number_is(&i, "functions/helloworld/init_duration_ms", 180);
    number_is(&i, "functions/helloworld/reference_memory_size", 512);
    warned(&i, "its durations are of 512 MB, its memory is 128 MB now");
    number_is(&i, "functions/only-in-the-log/memory_size", 256);
    text_is(&i, "workloads/calls/arrivals/file", "counts.csv"); /* same folder */
    size_is(&i, "workloads", 4);                                /* calls, and three placeholders */
    ck_assert_ptr_null(at(&i, "workloads/helloworld"));
    again(&i); /* to another folder: the file is still found */
    add(&i, "helloworld=" OWN "power-tuning.json");
    build(&i, (struct import_request){.merge = OWN "fitted.json", .as_of = "2024-02-03"});
    text_is(&i, "as_of", "2024-02-03");
    const char *const file = at(&i, "workloads/calls/arrivals/file")->valuestring;
    ck_assert_int_eq(file[0], '/');
    ck_assert_int_eq(access(file, R_OK), 0);
    number_is(&i, "functions/helloworld/duration_ms/mean", 40);
    size_is(&i, "functions/helloworld/duration_points", 3);
    end(&i);
}
END_TEST

START_TEST(test_merge_mistakes)
{
    struct imported i;
    struct temporary bad;
    temporary_write(&bad, "{\"as_of\": 3}", 12);
    begin(&i);
    add(&i, AWSCLI "lambda_list-functions.1.json");
    struct import_request request = {
        .data = {.limits = i.limits, .runtimes = i.runtimes, .instances = i.instances},
        .today = "2025-01-01",
        .merge = bad.path};
    ck_assert_ptr_null(import_scenario(&i.inventory, &request));
    ck_assert(said(&i, false, "as_of: must be"));
    end(&i);
    temporary_remove(&bad);
    begin(&i); /* a date that the functions do not fit is no reason to write something else */
    add(&i, AWSCLI "lambda_list-functions.1.json");
    request = (struct import_request){
        .data = {.limits = i.limits, .runtimes = i.runtimes, .instances = i.instances},
        .as_of = "2010-01-01"};
    ck_assert_ptr_null(import_scenario(&i.inventory, &request));
    ck_assert(said(&i, false, "Lambda exists since 2014-11-01; as_of is 2010-01-01"));
    end(&i);
}
END_TEST

START_TEST(test_rates_and_region)
{
    struct imported i;
    begin(&i);
    add(&i, AWSCLI "lambda_list-functions.1.json");
    add(&i, AWSCLI "lambda_list-provisioned-concurrency-configs.1.json");
    build(&i, (struct import_request){.rate_per_s = 12.5, .region = "eu-west-3"});
    number_is(&i, "workloads/my-function/arrivals/rate_per_s", 12.5);
    text_is(&i, "region", "eu-west-3");
    text_is(&i, "as_of", "2025-01-01"); /* today's */
    warned(&i, "this is of us-east-2, what came before");
    not_warned(&i, "placeholder");
    end(&i);
}
END_TEST

START_TEST(test_names)
{
    struct imported i;
    char text[1000], first[80], second[80];
    memset(first, 'x', 69);
    strcpy(first + 69, "1");
    memcpy(second, first, sizeof second);
    second[69] = '2';
    snprintf(text, sizeof text,
             "Functions:\n- {FunctionName: '%s', Timeout: 3}\n"
             "- {FunctionName: '%s', Timeout: 4}\n- {FunctionName: 'a b/c', Timeout: 5}\n",
             first, second);
    one_text(&i, text);
    size_is(&i, "functions", 3);
    number_is(&i, "functions/a_b_c/timeout", 5);
    const cJSON *const functions = at(&i, "functions");
    ck_assert_uint_le(strlen(functions->child->next->string), 64);
    ck_assert_str_ne(functions->child->string, functions->child->next->string);
    end(&i);
}
END_TEST

/* Whatever nobody reads, and refers to each other, takes nothing from what is read. */
START_TEST(every_reference_of_a_large_template)
{
    enum { FUNCTIONS = 200, OTHERS = 21000 };
    struct imported i;
    char *text;
    size_t size;
    FILE *const f = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(f);
    fputs("{\"Transform\": \"AWS::Serverless-2016-10-31\", \"Resources\": {", f);
    for (int k = 0; k < OTHERS; k++)
        fprintf(
            f,
            "\"R%d\": {\"Type\": \"AWS::IAM::Role\", \"Properties\": {\"X\": {\"Ref\": \"R%d\"}}},",
            k, OTHERS - 1 - k);
    for (int k = 0; k < FUNCTIONS; k++)
        fprintf(
            f,
            "\"Q%d\": {\"Type\": \"AWS::SQS::Queue\", \"Properties\": {\"QueueName\": "
            "\"queue-%d\"}}, "
            "\"F%d\": {\"Type\": \"AWS::Serverless::Function\", \"Properties\": {\"FunctionName\": "
            "\"function-%d\", \"Events\": {\"E\": {\"Type\": \"SQS\", \"Properties\": {\"Queue\": "
            "{\"Fn::GetAtt\": [\"Q%d\", \"Arn\"]}}}}}}%s",
            k, k, k, k, k, k == FUNCTIONS - 1 ? "" : ",");
    fputs("}}", f);
    ck_assert_int_eq(fclose(f), 0);
    one_text(&i, text);
    not_warned(&i, "so many references");
    size_is(&i, "event_source_mappings", FUNCTIONS);
    text_is(&i, "event_source_mappings/queue-199-function-199/event_source", "queue:queue-199");
    end(&i);
    free(text);
}
END_TEST

TEST_MAIN("unit_imports", test_functions, test_concurrency, test_schedules, test_reservations_fit,
          test_mappings, test_streams, test_groups, test_not_simulated, test_power_tuning, test_sam,
          test_cloudformation, test_serverless, test_intrinsics, test_yaml_values,
          test_yaml_mistakes, test_yaml_bombs, test_yaml_deep_aliases, test_large,
          test_slow_templates, test_merge, test_merge_mistakes, test_rates_and_region, test_names,
          every_reference_of_a_large_template)
