/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Imports of who calls functions: schedules and APIs of templates become workloads. */
#include "harness.h"
#include "unit/import_case.h"

#include "core/memory.h"
#include "support/text.h"

#define SAM(events)                                                                                \
    "{\"AWSTemplateFormatVersion\": \"2010-09-09\", \"Transform\": "                               \
    "\"AWS::Serverless-2016-10-31\", \"Resources\": {\"tool\": {\"Type\": "                        \
    "\"AWS::Serverless::Function\", \"Properties\": {\"Events\": {" events "}}}}}"
#define FRAMEWORK(events)                                                                          \
    "service: s\nprovider: {name: aws, runtime: python3.12}\nfunctions:\n  tool:\n"                \
    "    name: tool\n    handler: h.h\n    events:\n" events

START_TEST(schedules_of_templates)
{
    struct imported i;
    one_text(&i, SAM("\"a\": {\"Type\": \"Schedule\", \"Properties\": {\"Schedule\": "
                     "\"rate(5 minutes)\"}}, \"b\": {\"Type\": \"ScheduleV2\", \"Properties\": "
                     "{\"ScheduleExpression\": \"cron(0 12 * * ? *)\"}}"));
    size_is(&i, "workloads", 2); /* and no placeholder */
    text_is(&i, "workloads/tool/to", "function:tool");
    text_is(&i, "workloads/tool/arrivals/process", "schedule");
    text_is(&i, "workloads/tool/arrivals/expression", "rate(5 minutes)");
    text_is(&i, "workloads/tool-2/arrivals/expression", "cron(0 12 * * ? *)");
    end(&i);
    one_text(&i, SAM("\"a\": {\"Type\": \"Schedule\", \"Properties\": {\"Schedule\": "
                     "\"cron(0 25 * * ? *)\"}}, \"b\": {\"Type\": \"Schedule\", \"Properties\": "
                     "{\"Schedule\": {\"Ref\": \"Often\"}}}"));
    text_is(&i, "workloads/tool/arrivals/process", "poisson");
    warned(&i, "function tool: its schedule \"cron(0 25 * * ? *)\" is left out: the hours `25` are "
               "not from 0 to 23");
    warned(&i, "function tool: its schedule {Ref …} is not evaluated: left out");
    end(&i);
}
END_TEST

START_TEST(apis_of_templates)
{
    struct imported i;
    one_text(&i, SAM("\"web\": {\"Type\": \"Api\", \"Properties\": {\"Path\": \"/\"}}, "
                     "\"more\": {\"Type\": \"Api\"}"));
    size_is(&i, "workloads", 1);
    text_is(&i, "workloads/tool/through", "api_gateway_rest");
    number_is(&i, "workloads/tool/arrivals/rate_per_s", 0);
    warned(&i, "1 workload is a placeholder: nothing arrives until you give rates");
    end(&i);
    /* An API beside a mapping is somebody else who calls. */
    one_text(&i, SAM("\"web\": {\"Type\": \"HttpApi\"}, \"q\": {\"Type\": \"SQS\", "
                     "\"Properties\": {\"Queue\": "
                     "\"arn:aws:sqs:eu-west-1:123456789012:jobs\"}}"));
    text_is(&i, "workloads/tool/through", "api_gateway_http");
    size_is(&i, "event_source_mappings", 1);
    end(&i);
}
END_TEST

START_TEST(events_of_the_serverless_framework)
{
    struct imported i;
    one_text(&i, FRAMEWORK("      - schedule: rate(1 hour)\n"
                           "      - schedule: {rate: ['cron(0 1 * * ? *)', 'cron(0 2 * * ? *)']}\n"
                           "      - httpApi: 'GET /'\n"));
    size_is(&i, "workloads", 4);
    text_is(&i, "workloads/tool/arrivals/expression", "rate(1 hour)");
    text_is(&i, "workloads/tool-3/arrivals/expression", "cron(0 2 * * ? *)");
    text_is(&i, "workloads/tool-4/through", "api_gateway_http");
    end(&i);
    one_text(&i, FRAMEWORK("      - http: {path: /, method: get}\n      - iot: {sql: x}\n"));
    text_is(&i, "workloads/tool/through", "api_gateway_rest");
    warned(&i, "event iot is not simulated; a workload can stand for it");
    end(&i);
}
END_TEST

START_TEST(no_end_of_schedules)
{
    struct imported i;
    char *text = mem_strdup("");
    for (int k = 0; k < 400; k++) {
        char *const more = text_format("%s      - schedule: rate(%d minutes)\n", text, k + 2);
        free(text);
        text = more;
    }
    char *const whole = text_format(FRAMEWORK("%s"), text);
    one_text(&i, whole);
    size_is(&i, "workloads", 300);
    warned(&i, "function tool has more than 300 schedules: the others are left out");
    end(&i);
    free(whole);
    free(text);
}
END_TEST

/* What did not exist then is left out of a scenario of then. */
START_TEST(before_there_were_any)
{
    struct imported i;
    begin(&i);
    add_text(&i, SAM("\"web\": {\"Type\": \"HttpApi\"}, \"s\": {\"Type\": \"Schedule\", "
                     "\"Properties\": {\"Schedule\": \"rate(1 day)\"}}"));
    build(&i, (struct import_request){.as_of = "2018-06-01"});
    size_is(&i, "workloads", 1);
    text_is(&i, "workloads/tool/arrivals/expression", "rate(1 day)");
    end(&i);
}
END_TEST

TEST_MAIN("unit_imports_callers", schedules_of_templates, apis_of_templates,
          events_of_the_serverless_framework, no_end_of_schedules, before_there_were_any)
