/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Imports of DynamoDB tables and the mappings of their streams, of every format. */
#include "harness.h"
#include "unit/import_case.h"

START_TEST(mappings_of_tables)
{
    struct imported i;
    one_text(
        &i, "{\"EventSourceMappings\": [{\"UUID\": \"1\", \"State\": \"Enabled\", \"FunctionArn\": "
            "\"arn:aws:lambda:eu-west-1:123456789012:function:react\", \"BatchSize\": 50, "
            "\"MaximumRetryAttempts\": 4, \"StartingPosition\": \"LATEST\", \"EventSourceArn\": "
            "\"arn:aws:dynamodb:eu-west-1:123456789012:table/users/stream/2020-01-01T00\"}]}");
    text_is(&i, "region", "eu-west-1");
    size_is(&i, "tables", 1);
    ck_assert_ptr_nonnull(at(&i, "tables/users"));
    size_is(&i, "streams", 0);
    text_is(&i, "event_source_mappings/users-react/event_source", "table:users");
    text_is(&i, "event_source_mappings/users-react/function_name", "react");
    text_is(&i, "event_source_mappings/users-react/starting_position", "LATEST");
    number_is(&i, "event_source_mappings/users-react/batch_size", 50);
    number_is(&i, "event_source_mappings/users-react/maximum_retry_attempts", 4);
    text_is(&i, "workloads/users/to", "table:users");
    end(&i);
    /* Another service of DynamoDB's, such as an index, is none. */
    one_text(
        &i, "{\"EventSourceMappings\": [{\"UUID\": \"1\", \"State\": \"Enabled\", \"FunctionArn\": "
            "\"arn:aws:lambda:eu-west-1:123456789012:function:react\", \"EventSourceArn\": "
            "\"arn:aws:dynamodb:eu-west-1:123456789012:table/\"}]}");
    warned(&i, "(dynamodb) is not simulated");
    end(&i);
}
END_TEST

START_TEST(tables_of_templates)
{
    struct imported i;
    one_text(&i,
             "{\"AWSTemplateFormatVersion\": \"2010-09-09\", \"Transform\": "
             "\"AWS::Serverless-2016-10-31\", \"Resources\": {\n"
             "\"Users\": {\"Type\": \"AWS::DynamoDB::Table\", \"Properties\": {\"TableName\": "
             "\"users\", \"ProvisionedThroughput\": {\"ReadCapacityUnits\": 5, "
             "\"WriteCapacityUnits\": \"1500\"}, \"StreamSpecification\": {\"StreamViewType\": "
             "\"NEW_IMAGE\"}}},\n"
             "\"Silent\": {\"Type\": \"AWS::DynamoDB::Table\", \"Properties\": {}},\n"
             "\"React\": {\"Type\": \"AWS::Serverless::Function\", \"Properties\": {\"Runtime\": "
             "\"python3.12\", \"FunctionName\": \"react\", \"Events\": {\"E\": {\"Type\": "
             "\"DynamoDB\", \"Properties\": {\"Stream\": {\"Fn::GetAtt\": [\"Users\", "
             "\"StreamArn\"]}, \"StartingPosition\": \"TRIM_HORIZON\", \"BatchSize\": 7}}}}}}}");
    size_is(&i, "tables", 1);
    number_is(&i, "tables/users/write_capacity", 1500);
    size_is(&i, "event_source_mappings", 1);
    text_is(&i, "event_source_mappings/users-react/event_source", "table:users");
    number_is(&i, "event_source_mappings/users-react/batch_size", 7);
    end(&i);
}
END_TEST

START_TEST(tables_of_serverless)
{
    struct imported i;
    one(&i, TESTS_DIR "/data/imports/own/serverless.yml");
    ck_assert_ptr_nonnull(at(&i, "tables/t"));
    end(&i);
}
END_TEST

TEST_MAIN("unit_imports_tables", mappings_of_tables, tables_of_templates, tables_of_serverless)
