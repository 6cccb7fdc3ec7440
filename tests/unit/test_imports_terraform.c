/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Imports of Terraform: a plan whose ARNs are not known yet, a state, and what is neither. */
#include "harness.h"
#include "unit/files.h"
#include "unit/import_case.h"

START_TEST(a_plan)
{
    struct imported i;
    one(&i, OWN "terraform-plan.json");
    text_is(&i, "region", "eu-west-1");
    size_is(&i, "functions", 2);
    size_is(&i, "queues", 2);
    size_is(&i, "streams", 1);
    size_is(&i, "tables", 1);
    size_is(&i, "topics", 1);
    size_is(&i, "event_buses", 1);
    size_is(&i, "state_machines", 1);
    size_is(&i, "event_source_mappings", 3);
    size_is(&i, "workloads", 7);
    number_is(&i, "functions/resize/memory_size", 512);
    text_is(&i, "functions/resize/architecture", "arm64");
    number_is(&i, "functions/resize/ephemeral_storage", 1024);
    ck_assert_ptr_null(at(&i, "functions/resize/reserved_concurrent_executions")); /* -1 */
    text_is(&i, "functions/resize/dead_letter_config/target", "queue:lost");
    number_is(&i, "functions/resize/event_invoke_config/maximum_event_age_in_seconds", 900);
    number_is(&i, "functions/resize/event_invoke_config/maximum_retry_attempts", 1);
    text_is(&i, "functions/resize/event_invoke_config/destination_config/on_failure/destination",
            "topic:alerts");
    number_is(&i, "streams/clicks/retention_period", 48);
    number_is(&i, "queues/jobs/visibility_timeout_seconds", 180);
    text_is(&i, "queues/jobs/redrive_policy/dead_letter_queue", "queue:lost");
    number_is(&i, "event_source_mappings/jobs-resize/scaling_config/maximum_concurrency", 5);
    text_is(&i, "event_source_mappings/clicks-resize/event_source", "stream:clicks");
    number_is(&i, "event_source_mappings/clicks-resize/parallelization_factor", 2);
    text_is(&i, "event_source_mappings/clicks-resize/destination_config/on_failure/destination_arn",
            "queue:lost");
    text_is(&i, "event_source_mappings/orders-other/event_source",
            "table:orders"); /* of a module */
    number_is(&i, "tables/orders/write_capacity", 7);
    text_is(&i, "topics/alerts/subscriptions/0/endpoint", "function:resize");
    text_is(&i, "event_buses/shop/rules/0/target", "queue:jobs");
    text_is(&i, "state_machines/chain/steps/0/task", "function:resize");
    text_is(&i, "workloads/resize/through", "function_url");
    text_is(&i, "workloads/resize-2/source", "s3");
    text_is(&i, "workloads/resize-3/arrivals/expression", "cron(0 3 * * ? *)");
    text_is(&i, "baselines/web/instance_type", "m5.large"); /* names are known after apply */
    number_is(&i, "baselines/web/desired_capacity", 3);
    number_is(&i, "baselines/web/default_cooldown", 120);
    ck_assert(cJSON_IsTrue(at(&i, "baselines/web/detailed_monitoring")));
    not_warned(&i, "no auto scaling group that was imported uses it");
    warned(&i, "aws_iam_role is not read from Terraform: left out (2 resources)");
    warned(&i, "function resize: TracingConfig {Mode …} is not simulated");
    end(&i);
}
END_TEST

START_TEST(a_state)
{
    struct imported i;
    one(&i, OWN "terraform.tfstate");
    text_is(&i, "region", "eu-central-1");
    size_is(&i, "functions", 1);
    size_is(&i, "queues", 2);
    size_is(&i, "workloads", 2);
    number_is(&i, "functions/resize/memory_size", 1024);
    number_is(&i, "functions/resize/reserved_concurrent_executions", 20);
    number_is(&i, "functions/resize/provisioned_concurrent_executions", 4);
    text_is(&i, "functions/resize/dead_letter_config/target", "queue:lost");
    number_is(&i, "queues/jobs/redrive_policy/max_receive_count", 2);
    text_is(&i, "workloads/resize/arrivals/expression", "rate(6 hours)");
    warned(&i, "tfstate:38: function resize: `NewThing` is not known to import: left out");
    end(&i);
}
END_TEST

START_TEST(what_is_not_known)
{
    static const char head[] = "{\"terraform_version\": \"1.9.5\", \"planned_values\": "
                               "{\"root_module\": {\"resources\": [";
    static const char *const unknown[][2] = {
        {"aws_lambda_function", "a function does not say its name (known after apply?)"},
        {"aws_lambda_event_source_mapping", "a mapping does not say its event source"},
        {"aws_lambda_function_event_invoke_config",
         "an event invoke config does not say its function"},
        {"aws_lambda_function_url", "a function URL does not say its function"},
        {"aws_lambda_provisioned_concurrency_config", "provisioned concurrency does not say its"},
        {"aws_kinesis_stream", "a stream does not say its name"},
        {"aws_sqs_queue", "a queue does not say its name"},
        {"aws_sns_topic", "a topic does not say its name"},
        {"aws_sns_topic_subscription", "a subscription does not say its topic"},
        {"aws_cloudwatch_event_rule", "a rule does not say its name"},
        {"aws_cloudwatch_event_target", "a target does not say its rule"},
        {"aws_cloudwatch_event_bus", "an event bus does not say its name"},
        {"aws_autoscaling_group", "an auto scaling group does not say its name"},
        {"aws_launch_template", "what instances are launched from does not say its name"},
        {"aws_scheduler_schedule", "a schedule does not say its target"},
        {"aws_sfn_state_machine", "a state machine does not say its name"}};
    for (size_t k = 0; k < sizeof unknown / sizeof *unknown; k++) {
        struct imported i;
        char *const text =
            text_format("%s{\"address\": \"%s.x\", \"type\": \"%s\", \"values\": {}}]}}}", head,
                        unknown[k][0], unknown[k][0]);
        begin(&i);
        add_text(&i, text);
        ck_assert_int_eq(i.status, 0);
        warned(&i, unknown[k][1]);
        end(&i);
        free(text);
    }
}
END_TEST

/* HCL has its own sentence, in the words of who has to do something. */
START_TEST(the_language_itself)
{
    struct imported i;
    struct temporary file;
    temporary_write(&file, "resource \"aws_sqs_queue\" \"q\" {\n}\n", 33);
    char *const named = text_format("%s.tf", file.path);
    ck_assert_int_eq(rename(file.path, named), 0);
    begin(&i);
    add(&i, named);
    ck_assert_int_eq(i.status, -1);
    ck_assert(said(&i, false,
                   ".tf: Terraform's own language is not read: give the output of `terraform"));
    end(&i);
    ck_assert_int_eq(remove(named), 0);
    free(named);
}
END_TEST

TEST_MAIN("unit_imports_terraform", a_plan, a_state, what_is_not_known, the_language_itself)
