/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pricing/meters.h"

#include "support/text.h"

#include <assert.h>
#include <string.h>

/* On every example of AWS's Lambda pricing page 1 GB is 1,024 MB. Kinesis' and CloudWatch's
 * examples divide KB by 1,048,576 likewise: GB is 2^30 bytes. */
#define GB_S INT64_C(1024000) /* MB-ms in a GB-second */
#define HOUR INT64_C(3600000)
#define GIB (INT64_C(1) << 30)

static const struct meter_price table[METER_COUNT] = {
    [METER_LAMBDA_REQUESTS] = {"a Lambda request", "lambda", "request", SKU_AS_IS, "request", 1,
                               false, POOL_LAMBDA_REQUESTS},
    [METER_LAMBDA_X86_MB_MS] = {"Lambda duration on x86", "lambda", "duration-x86", SKU_AS_IS,
                                "GB-second", GB_S, false, POOL_LAMBDA_GB_SECONDS,
                                "savings-plan-duration-x86:"},
    [METER_LAMBDA_ARM64_MB_MS] = {"Lambda duration on arm64", "lambda", "duration-arm64", SKU_AS_IS,
                                  "GB-second", GB_S, false, POOL_LAMBDA_GB_SECONDS,
                                  "savings-plan-duration-arm64:"},
    [METER_LAMBDA_PROVISIONED_X86_MB_MS] = {"provisioned concurrency", "lambda",
                                            "provisioned-concurrency-x86", SKU_AS_IS, "GB-second",
                                            GB_S, false, POOL_NONE,
                                            "savings-plan-provisioned-concurrency-x86:"},
    [METER_LAMBDA_PROVISIONED_ARM64_MB_MS] = {"provisioned concurrency on arm64", "lambda",
                                              "provisioned-concurrency-arm64", SKU_AS_IS,
                                              "GB-second", GB_S, false, POOL_NONE,
                                              "savings-plan-provisioned-concurrency-arm64:"},
    [METER_LAMBDA_PROVISIONED_DURATION_X86_MB_MS] = {"duration on provisioned concurrency",
                                                     "lambda", "provisioned-duration-x86",
                                                     SKU_AS_IS, "GB-second", GB_S, false, POOL_NONE,
                                                     "savings-plan-provisioned-duration-x86:"},
    [METER_LAMBDA_PROVISIONED_DURATION_ARM64_MB_MS] = {"duration on provisioned concurrency on "
                                                       "arm64",
                                                       "lambda", "provisioned-duration-arm64",
                                                       SKU_AS_IS, "GB-second", GB_S, false,
                                                       POOL_NONE,
                                                       "savings-plan-provisioned-duration-arm64:"},
    [METER_LAMBDA_EPHEMERAL_MB_MS] = {"ephemeral storage above 512 MB", "lambda",
                                      "ephemeral-storage-over-512MB", SKU_AS_IS, "GB-second", GB_S,
                                      false, POOL_NONE},
    [METER_KINESIS_SHARD_MS] = {"a Kinesis shard", "kinesis", "shard-hour", SKU_AS_IS, "shard-hour",
                                HOUR, false, POOL_NONE},
    [METER_KINESIS_PUT_UNITS] = {"a Kinesis PUT payload unit", "kinesis", "put-payload-unit-25KB",
                                 SKU_AS_IS, "unit", 1, false, POOL_NONE},
    [METER_KINESIS_EXTENDED_RETENTION_SHARD_MS] = {"Kinesis extended retention", "kinesis",
                                                   "extended-retention-24h-7d", SKU_AS_IS,
                                                   "shard-hour", HOUR, false, POOL_NONE},
    [METER_KINESIS_LONG_RETENTION_BYTE_MS] = {"Kinesis long-term retention", "kinesis",
                                              "long-term-retention", SKU_AS_IS, "GB-month", GIB,
                                              true, POOL_NONE},
    [METER_KINESIS_FAN_OUT_SHARD_MS] = {"Kinesis enhanced fan-out", "kinesis",
                                        "efo-consumer-shard-hour", SKU_AS_IS, "consumer-shard-hour",
                                        HOUR, false, POOL_NONE},
    [METER_KINESIS_FAN_OUT_BYTES] = {"data over Kinesis enhanced fan-out", "kinesis", "efo-data",
                                     SKU_AS_IS, "GB", GIB, false, POOL_NONE},
    [METER_KINESIS_ON_DEMAND_STREAM_MS] = {"a Kinesis on-demand stream", "kinesis",
                                           "ondemand-stream-hour", SKU_AS_IS, "stream-hour", HOUR,
                                           false, POOL_NONE},
    [METER_KINESIS_ON_DEMAND_IN_BYTES] = {"data into Kinesis on-demand streams", "kinesis",
                                          "ondemand-ingest", SKU_AS_IS, "GB", GIB, false,
                                          POOL_NONE},
    [METER_KINESIS_ON_DEMAND_OUT_BYTES] = {"data out of Kinesis on-demand streams", "kinesis",
                                           "ondemand-retrieval", SKU_AS_IS, "GB", GIB, false,
                                           POOL_NONE},
    [METER_KINESIS_ON_DEMAND_FAN_OUT_BYTES] = {"enhanced fan-out of Kinesis on-demand streams",
                                               "kinesis", "ondemand-efo", SKU_AS_IS, "GB", GIB,
                                               false, POOL_NONE},
    [METER_KINESIS_ON_DEMAND_RETENTION_BYTE_MS] = {"extended retention of Kinesis on-demand "
                                                   "streams",
                                                   "kinesis", "ondemand-retention-24h-7d",
                                                   SKU_AS_IS, "GB-month", GIB, true, POOL_NONE},
    [METER_DYNAMODB_STREAM_READS] = {"a read of a DynamoDB stream", "dynamodb-streams",
                                     "read-request-unit", SKU_AS_IS, "unit", 1, false,
                                     POOL_DYNAMODB_STREAM_READS},
    [METER_DYNAMODB_STREAM_LAMBDA_READS] = {"Lambda's reads of a DynamoDB stream",
                                            "dynamodb-streams", "read-request-unit-lambda",
                                            SKU_AS_IS, "unit", 1, false, POOL_NONE},
    [METER_EC2_INSTANCE_MS] = {"an EC2 instance", "ec2", "linux-ondemand:", SKU_WITH_DETAIL, "hour",
                               HOUR, false, POOL_NONE},
    [METER_EC2_RESERVED_INSTANCE_MS] = {"a reserved EC2 instance", "ec2", "linux-reserved:",
                                        SKU_WITH_DETAIL, "hour", HOUR, false, POOL_NONE},
    [METER_EC2_SAVINGS_PLAN_INSTANCE_MS] = {"an EC2 instance on a savings plan", "ec2",
                                            "linux-savings-plan:", SKU_WITH_DETAIL, "hour", HOUR,
                                            false, POOL_NONE},
    [METER_FARGATE_CPU_MS] = {"a Fargate vCPU", "fargate", "vcpu-hour", SKU_AS_IS, "vCPU-hour",
                              1024 * HOUR, false, POOL_NONE},
    [METER_FARGATE_MB_MS] = {"memory of Fargate tasks", "fargate", "gb-hour", SKU_AS_IS, "GB-hour",
                             1024 * HOUR, false, POOL_NONE},
    [METER_EC2_CREDIT_VCPU_MS] = {"an EC2 surplus CPU credit", "ec2", "surplus-credits:",
                                  SKU_WITH_FAMILY, "vCPU-hour", HOUR, false, POOL_NONE},
    [METER_EBS_MB_MS] = {"an EBS volume", "ebs", "", SKU_WITH_DETAIL, "GB-month", 1024, true,
                         POOL_NONE},
    [METER_CLOUDWATCH_METRIC_MS] = {"CloudWatch detailed monitoring", "cloudwatch",
                                    "detailed-monitoring-metric", SKU_AS_IS, "metric-month", 1,
                                    true, POOL_NONE},
    [METER_ALB_MS] = {"a load balancer", "elb", "alb-hour", SKU_AS_IS, "hour", HOUR, false,
                      POOL_NONE},
    [METER_ALB_LCU_MS] = {"a load balancer capacity unit", "elb", "alb-lcu-hour", SKU_AS_IS,
                          "LCU-hour", HOUR, false, POOL_NONE},
    [METER_APIGATEWAY_REST_REQUESTS] = {"a request to a REST API", "apigateway", "rest-request",
                                        SKU_AS_IS, "request", 1, false, POOL_NONE},
    [METER_APIGATEWAY_HTTP_UNITS] = {"512 KB of a request to an HTTP API", "apigateway",
                                     "http-request", SKU_AS_IS, "request(512KB)", 1, false,
                                     POOL_NONE},
    [METER_STEP_FUNCTIONS_TRANSITIONS] = {"a state transition", "stepfunctions",
                                          "standard-transition", SKU_AS_IS, "transition", 1, false,
                                          POOL_TRANSITIONS},
    [METER_STEP_FUNCTIONS_EXPRESS_REQUESTS] = {"a request to an Express state machine",
                                               "stepfunctions", "express-request", SKU_AS_IS,
                                               "request", 1, false, POOL_NONE},
    [METER_STEP_FUNCTIONS_EXPRESS_MB_MS] = {"duration of Express state machines", "stepfunctions",
                                            "express-gb-hour", SKU_AS_IS, "GB-hour", 1024 * HOUR,
                                            false, POOL_NONE},
    [METER_SQS_REQUESTS] = {"an SQS request", "sqs", "request-standard", SKU_AS_IS, "request", 1,
                            false, POOL_SQS_REQUESTS},
    [METER_SQS_FIFO_REQUESTS] = {"a request to a FIFO queue", "sqs", "request-fifo", SKU_AS_IS,
                                 "request", 1, false, POOL_SQS_REQUESTS},
    [METER_XRAY_TRACES] = {"an X-Ray trace", "xray", "trace-recorded", SKU_AS_IS, "trace", 1, false,
                           POOL_XRAY_TRACES},
    [METER_NAT_MS] = {"a NAT gateway", "nat", "hour", SKU_AS_IS, "hour", HOUR, false, POOL_NONE},
    [METER_NAT_BYTES] = {"data through a NAT gateway", "nat", "gb", SKU_AS_IS, "GB", GIB, false,
                         POOL_NONE},
    [METER_PUBLIC_IPV4_MS] = {"a public IPv4 address", "vpc", "public-ipv4-address", SKU_AS_IS,
                              "hour", HOUR, false, POOL_NONE},
    [METER_TRANSFER_INTERNET_BYTES] = {"data out to the internet", "datatransfer", "internet-out",
                                       SKU_AS_IS, "GB", GIB, false, POOL_INTERNET_OUT},
    [METER_TRANSFER_REGION_BYTES] = {"data out to another region", "datatransfer",
                                     "inter-region-out", SKU_AS_IS, "GB", GIB, false, POOL_NONE},
    [METER_TRANSFER_ZONE_BYTES] = {"data between availability zones", "datatransfer",
                                   "inter-az-each-direction", SKU_AS_IS, "GB", GIB, false,
                                   POOL_NONE},
    [METER_SNS_REQUESTS] = {"publishing to SNS", "sns", "publish-standard", SKU_AS_IS, "request", 1,
                            false, POOL_SNS_REQUESTS},
    [METER_EVENTBRIDGE_EVENTS] = {"an EventBridge custom event", "eventbridge", "custom-event",
                                  SKU_AS_IS, "event", 1, false, POOL_NONE},
    [METER_S3_PUT_REQUESTS] = {"an S3 PUT request", "s3", "put", SKU_AS_IS, "request", 1, false,
                               POOL_NONE},
    [METER_LOGS_BYTES] = {"ingestion of Lambda's logs", "cloudwatch-logs", "ingest-lambda-logs",
                          SKU_AS_IS, "GB", GIB, false, POOL_LOGS},
};

static const struct pool_price pools[POOL_COUNT] = {
    [POOL_LAMBDA_REQUESTS] = {"lambda", "free-requests", "request", 1},
    [POOL_LAMBDA_GB_SECONDS] = {"lambda", "free-gb-seconds", "GB-second", GB_S},
    [POOL_DYNAMODB_STREAM_READS] = {"dynamodb-streams", "free-read-request-units", "unit", 1},
    [POOL_TRANSITIONS] = {"stepfunctions", "free-transitions", "transition", 1},
    [POOL_SQS_REQUESTS] = {"sqs", "free-requests", "request", 1},
    [POOL_SNS_REQUESTS] = {"sns", "free-publish-standard", "request", 1},
    [POOL_XRAY_TRACES] = {"xray", "free-traces-recorded", "trace", 1},
    [POOL_INTERNET_OUT] = {"datatransfer", "free-internet-out", "GB", GIB},
    [POOL_LOGS] = {"cloudwatch-logs", "free-ingest", "GB", GIB},
};

const struct meter_price *meter_price_of(enum meter meter)
{
    assert((unsigned)meter < METER_COUNT);
    return &table[meter];
}

const struct pool_price *pool_price_of(enum free_pool pool)
{
    assert(pool > POOL_NONE && pool < POOL_COUNT);
    return &pools[pool];
}

bool meter_bills(const char *service, const char *sku)
{
    for (size_t i = 0; i < METER_COUNT; i++) {
        const struct meter_price *const price = &table[i];
        const size_t prefix = strlen(price->sku);
        if (strcmp(service, price->service) != 0)
            continue;
        const size_t plan = price->plan_sku != NULL ? strlen(price->plan_sku) : 0;
        if (plan > 0 && strncmp(sku, price->plan_sku, plan) == 0 && sku[plan] != '\0')
            return true;
        if (price->rule == SKU_AS_IS ? strcmp(sku, price->sku) == 0
                                     : strncmp(sku, price->sku, prefix) == 0 && sku[prefix] != '\0')
            return true;
    }
    return false;
}

char *meter_sku(enum meter meter, const char *detail, const char *plan)
{
    const struct meter_price *const price = meter_price_of(meter);
    if (plan != NULL && price->plan_sku != NULL)
        return text_format("%s%s", price->plan_sku, plan);
    const size_t added = price->rule == SKU_AS_IS         ? 0
                         : price->rule == SKU_WITH_FAMILY ? strcspn(detail, ".")
                                                          : strlen(detail);
    return text_format("%s%.*s", price->sku, (int)added, detail);
}
