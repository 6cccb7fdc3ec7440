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
    text_is(&i, "functions/resize/tracing_config/mode", "Active");
    not_warned(&i, "Tracing");
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

/* --- of any size ------------------------------------------------------------------------------ */

#define HEAD "{\"terraform_version\": \"1.9.5\", \"planned_values\": {\"root_module\": "
#define CONFIGURED "}, \"configuration\": {\"root_module\": "

struct written {
    FILE *file;
    char *text;
    size_t size;
};

static FILE *write_text(struct written *w)
{
    w->file = open_memstream(&w->text, &w->size);
    ck_assert_ptr_nonnull(w->file);
    return w->file;
}

static void read_written(struct imported *i, struct written *w)
{
    ck_assert_int_eq(fclose(w->file), 0);
    one_text(i, w->text);
    free(w->text);
}

/* What nobody reads between them costs nothing, and no reference is lost. */
START_TEST(every_reference_of_a_large_plan)
{
    enum { MAPPINGS = 1500, OTHERS = 5000 };
    struct imported i;
    struct written w;
    FILE *const f = write_text(&w);
    fputs(HEAD "{\"resources\": [", f);
    for (int k = 0; k < OTHERS; k++)
        fprintf(f,
                "{\"address\": \"aws_iam_role.r%d\", \"type\": \"aws_iam_role\", \"values\": {}},",
                k);
    for (int k = 0; k < MAPPINGS; k++)
        fprintf(f,
                "{\"address\": \"aws_lambda_event_source_mapping.m%d\", \"type\": "
                "\"aws_lambda_event_source_mapping\", \"values\": {\"function_name\": null}},"
                "{\"address\": \"aws_sqs_queue.q%d\", \"type\": \"aws_sqs_queue\", \"values\": "
                "{\"name\": \"queue-%d\"}},"
                "{\"address\": \"aws_lambda_function.f%d\", \"type\": \"aws_lambda_function\", "
                "\"values\": {\"function_name\": \"function-%d\"}}%s",
                k, k, k, k, k, k == MAPPINGS - 1 ? "" : ",");
    fputs("]}" CONFIGURED "{\"resources\": [", f);
    for (int k = MAPPINGS - 1; k >= 0; k--)
        fprintf(f,
                "{\"address\": \"aws_lambda_event_source_mapping.m%d\", \"expressions\": "
                "{\"event_source_arn\": {\"references\": [\"aws_sqs_queue.q%d.arn\", "
                "\"aws_sqs_queue.q%d\"]}, \"function_name\": {\"references\": "
                "[\"aws_lambda_function.f%d.arn\", \"aws_lambda_function.f%d\"]}}}%s",
                k, k, k, k, k, k == 0 ? "" : ",");
    fputs("]}}}", f);
    read_written(&i, &w);
    not_warned(&i, "does not say");
    warned(&i, "aws_iam_role is not read from Terraform: left out (5000 resources)");
    size_is(&i, "event_source_mappings", MAPPINGS);
    text_is(&i, "event_source_mappings/queue-1499-function-1499/event_source", "queue:queue-1499");
    text_is(&i, "event_source_mappings/queue-0-function-0/function_name", "function-0");
    end(&i);
}
END_TEST

/* A reference without an index is to the first instance; modules do not see into each other. */
START_TEST(instances_in_modules)
{
#define QUEUE "type: aws_sqs_queue, values: {name: "
#define FUNCTION                                                                                   \
    "type: aws_lambda_function, values: {dead_letter_config: [{target_arn: null}], "               \
    "function_name: "
#define LETTERS "expressions: {dead_letter_config: [{target_arn: {references: "
    struct imported i;
    one_text(
        &i, "terraform_version: 1.9.5\n"
            "planned_values:\n"
            "  root_module:\n"
            "    resources:\n"
            "    - {address: 'aws_sqs_queue.q[1]', " QUEUE "one}}\n"
            "    - {address: 'aws_sqs_queue.q[0]', " QUEUE "none}}\n"
            "    - {address: aws_lambda_function.first, " FUNCTION "first}}\n"
            "    - {address: aws_lambda_function.second, " FUNCTION "second}}\n"
            "    child_modules:\n"
            "    - address: module.m[\"aws_sqs_queue.q\"]\n"
            "      resources:\n"
            "      - {address: 'module.m[\"aws_sqs_queue.q\"].aws_sqs_queue.q[\"k[0]\"]', " QUEUE
            "inner}}\n"
            "      - {address: 'module.m[\"aws_sqs_queue.q\"].aws_lambda_function.third', " FUNCTION
            "third}}\n"
            "configuration:\n"
            "  root_module:\n"
            "    resources:\n"
            "    - {address: aws_lambda_function.first, " LETTERS
            "[aws_sqs_queue.q.arn, aws_sqs_queue.q]}}]}}\n"
            "    - {address: aws_lambda_function.second, " LETTERS
            "['aws_sqs_queue.q[0].arn', 'aws_sqs_queue.q[0]']}}]}}\n"
            "    module_calls:\n"
            "      m:\n"
            "        module:\n"
            "          resources:\n"
            "          - {address: aws_lambda_function.third, " LETTERS
            "[aws_sqs_queue.q.arn, aws_sqs_queue.q]}}]}}\n");
    text_is(&i, "functions/first/dead_letter_config/target", "queue:one");
    text_is(&i, "functions/second/dead_letter_config/target", "queue:none");
    text_is(&i, "functions/third/dead_letter_config/target", "queue:inner");
    end(&i);
}
END_TEST

/* Resources that name each other, a name that is a book, more keys than any resource has. */
START_TEST(made_to_be_slow)
{
    enum { KEYS = 30000, NAME = 100000 };
    struct imported i;
    struct written w;
    FILE *const f = write_text(&w);
    fputs(HEAD "{\"resources\": ["
               "{\"address\": \"aws_sqs_queue.a\", \"type\": \"aws_sqs_queue\", \"name\": \"a\", "
               "\"values\": {\"name\": null}}, "
               "{\"address\": \"aws_sqs_queue.b\", \"type\": \"aws_sqs_queue\", \"name\": \"b\", "
               "\"values\": {\"name\": null}}, "
               "{\"address\": \"aws_sqs_queue.book\", \"type\": \"aws_sqs_queue\", \"values\": "
               "{\"name\": \"",
          f);
    for (int k = 0; k < NAME; k++)
        fputc('x', f);
    fputs("\"}}, {\"address\": \"aws_lambda_function.f\", \"type\": \"aws_lambda_function\", "
          "\"values\": {\"function_name\": \"f\"",
          f);
    for (int k = 0; k < KEYS; k++)
        fprintf(f, ", \"unknown_%d\": null", k);
    fputs(", \"dead_letter_config\": [{\"target_arn\": null}]}}]}" CONFIGURED "{\"resources\": ["
          "{\"address\": \"aws_sqs_queue.a\", \"expressions\": {\"name\": {\"references\": "
          "[\"aws_sqs_queue.b\"]}}}, "
          "{\"address\": \"aws_sqs_queue.b\", \"expressions\": {\"name\": {\"references\": "
          "[\"aws_sqs_queue.a\"]}}}, "
          "{\"address\": \"aws_lambda_function.f\", \"expressions\": {",
          f);
    for (int k = 0; k < KEYS; k++)
        fprintf(f, "\"unknown_%d\": {\"references\": [\"aws_sqs_queue.book\"]}, ", k);
    fputs(
        "\"dead_letter_config\": [{\"target_arn\": {\"references\": [\"aws_sqs_queue.a\"]}}]}}]}}}",
        f);
    read_written(&i, &w);
    not_warned(&i, "Unknown0"); /* a name that is none of AWS's goes nowhere */
    text_is(&i, "functions/f/dead_letter_config/target", "queue:a");
    end(&i);
}
END_TEST

TEST_MAIN("unit_imports_terraform", a_plan, a_state, what_is_not_known, the_language_itself,
          every_reference_of_a_large_plan, instances_in_modules, made_to_be_slow)
