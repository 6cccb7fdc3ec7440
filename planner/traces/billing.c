/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traces/billing.h"

#include "core/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#define INTEGER_DIGITS 15
#define EXPONENT_MAX 99

static bool parse_exponent(const char *text, int *ret)
{
    const bool minus = *text == '-';
    if (*text == '+' || *text == '-')
        text++;
    if (!isdigit((unsigned char)*text))
        return false;
    int value = 0;
    for (; isdigit((unsigned char)*text); text++)
        if ((value = value * 10 + (*text - '0')) > EXPONENT_MAX)
            return false;
    *ret = minus ? -value : value;
    return *text == '\0';
}

/* Digits are taken one by one, so that an amount of any length is rounded only once. */
bool billing_decimal(const char *text, int power, int128 *ret)
{
    const bool minus = *text == '-';
    if (*text == '+' || *text == '-')
        text++;
    const char *const digits = text;
    int whole = 0, all = 0, exponent = 0;
    for (; isdigit((unsigned char)*text); text++)
        whole++;
    all = whole;
    if (*text == '.')
        for (text++; isdigit((unsigned char)*text); text++)
            if (++all > 1000)
                return false;
    if (all == 0 || whole > 1000)
        return false;
    if ((*text == 'e' || *text == 'E') && !parse_exponent(text + 1, &exponent))
        return false;
    if (*text != '\0' && *text != 'e' && *text != 'E')
        return false;

    const int wanted = whole + exponent + power; /* digits that count, from the first one on */
    int128 value = 0;
    int taken = 0;
    bool up = false;
    for (const char *c = digits; taken < all && taken <= wanted; c++) {
        if (*c == '.')
            continue;
        if (taken == wanted)
            up = *c >= '5';
        else if ((value = value * 10 + (*c - '0')) > (int128)1 << 110)
            return false;
        taken++;
    }
    int128 limit = 1;
    for (int i = 0; i < INTEGER_DIGITS + power; i++)
        limit *= 10;
    for (; taken < wanted && value != 0; taken++)
        if ((value *= 10) > limit)
            return false;
    if (value >= limit)
        return false;
    value += up;
    *ret = minus ? -value : value;
    return true;
}

/* The prefixes of usage types by region, as they stand in AWS's price lists. */
static const struct {
    const char *prefix, *region;
} prefixes[] = {
    {"USE1", "us-east-1"},      {"USE2", "us-east-2"},      {"USW1", "us-west-1"},
    {"USW2", "us-west-2"},      {"CAN1", "ca-central-1"},   {"CAW1", "ca-west-1"},
    {"EU", "eu-west-1"},        {"EUW1", "eu-west-1"},      {"EUW2", "eu-west-2"},
    {"EUW3", "eu-west-3"},      {"EUC1", "eu-central-1"},   {"EUC2", "eu-central-2"},
    {"EUN1", "eu-north-1"},     {"EUS1", "eu-south-1"},     {"EUS2", "eu-south-2"},
    {"APN1", "ap-northeast-1"}, {"APN2", "ap-northeast-2"}, {"APN3", "ap-northeast-3"},
    {"APS1", "ap-southeast-1"}, {"APS2", "ap-southeast-2"}, {"APS3", "ap-south-1"},
    {"APS4", "ap-southeast-3"}, {"APS5", "ap-south-2"},     {"APS6", "ap-southeast-4"},
    {"APE1", "ap-east-1"},      {"SAE1", "sa-east-1"},      {"AFS1", "af-south-1"},
    {"MES1", "me-south-1"},     {"MEC1", "me-central-1"},   {"ILC1", "il-central-1"},
    {"UGW1", "us-gov-west-1"},  {"UGE1", "us-gov-east-1"},
};

const char *billing_strip_prefix(const char *usage_type, const char **ret_region)
{
    size_t length = 0;
    *ret_region = NULL;
    while (length < 5 && (isupper((unsigned char)usage_type[length]) ||
                          (length > 1 && isdigit((unsigned char)usage_type[length]))))
        length++;
    if (length < 2 || length > 4 || usage_type[length] != '-')
        return usage_type;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (strlen(prefixes[i].prefix) == length &&
            memcmp(prefixes[i].prefix, usage_type, length) == 0)
            *ret_region = prefixes[i].region;
    /* A region that is not listed yet has a digit at its end; "RDS-" and the like have none. */
    if (*ret_region == NULL && !isdigit((unsigned char)usage_type[length - 1]))
        return usage_type;
    return usage_type + length + 1;
}

static const struct {
    const char *code, *name, *service;
} products[] = {
    {"AWSLambda", "AWS Lambda", "lambda"},
    {"AmazonKinesis", "Amazon Kinesis", "kinesis"},
    {"AmazonKinesis", "Amazon Kinesis Data Streams", "kinesis"},
    {"AmazonEC2", "Amazon Elastic Compute Cloud", "ec2"},
    {"AmazonVPC", "Amazon Virtual Private Cloud", "vpc"},
    {"AWSELB", "Elastic Load Balancing", "elb"},
    {"AWSQueueService", "Amazon Simple Queue Service", "sqs"},
    {"AmazonSNS", "Amazon Simple Notification Service", "sns"},
    {"AmazonS3", "Amazon Simple Storage Service", "s3"},
    {"AmazonCloudWatch", "AmazonCloudWatch", "cloudwatch"},
    {"AmazonCloudWatch", "Amazon CloudWatch", "cloudwatch"},
    {"AWSEvents", "Amazon EventBridge", "eventbridge"},
    {"AmazonStates", "AWS Step Functions", "stepfunctions"},
    {"AmazonApiGateway", "Amazon API Gateway", "apigateway"},
    {"AmazonECS", "Amazon Elastic Container Service", "fargate"},
    {"AWSXRay", "AWS X-Ray", "xray"},
};

static const char *service_of(const char *product)
{
    for (size_t i = 0; i < sizeof products / sizeof *products; i++)
        if (strcmp(product, products[i].code) == 0 || strcmp(product, products[i].name) == 0)
            return products[i].service;
    return NULL;
}

enum match { EXACT, BEGINS, EXACT_LINUX };

struct usage_rule {
    const char *service, *usage_type, *operation; /* operation NULL: any */
    enum match match;
    const char *our_service, *sku; /* ending in ':' or '.': the rest of the usage type follows */
};

/* Names as in AWS's price lists and Cost and Usage Reports. */
static const struct usage_rule rules[] = {
    {"lambda", "Lambda-GB-Second", NULL, EXACT, "lambda", "duration-x86"},
    {"lambda", "Lambda-GB-Second-ARM", NULL, EXACT, "lambda", "duration-arm64"},
    {"lambda", "Request", NULL, EXACT, "lambda", "request"},
    {"lambda", "Request-ARM", NULL, EXACT, "lambda", "request"},
    {"lambda", "Lambda-Provisioned-Concurrency", NULL, EXACT, "lambda",
     "provisioned-concurrency-x86"},
    {"lambda", "Lambda-Provisioned-Concurrency-ARM", NULL, EXACT, "lambda",
     "provisioned-concurrency-arm64"},
    {"lambda", "Lambda-Provisioned-GB-Second", NULL, EXACT, "lambda", "provisioned-duration-x86"},
    {"lambda", "Lambda-Provisioned-GB-Second-ARM", NULL, EXACT, "lambda",
     "provisioned-duration-arm64"},
    {"lambda", "Lambda-Storage-GB-Second", NULL, EXACT, "lambda", "ephemeral-storage-over-512MB"},
    {"lambda", "Lambda-Storage-GB-Second-ARM", NULL, EXACT, "lambda",
     "ephemeral-storage-over-512MB"},
    {"lambda", "Lambda-SnapStart-Cached-GB-S", NULL, EXACT, "lambda", "snapstart-cache"},
    {"lambda", "Lambda-SnapStart-Restored-GB", NULL, EXACT, "lambda", "snapstart-restore"},
    {"lambda", "Lambda-Streaming-Response-Processed-Bytes", NULL, EXACT, "lambda",
     "response-stream"},
    {"lambda", "Lambda-Streaming-Response-Processed-Bytes-ARM", NULL, EXACT, "lambda",
     "response-stream"},
    {"lambda", "Global-Request", NULL, EXACT, "lambda", "free-requests"},
    {"lambda", "Global-Lambda-GB-Second", NULL, EXACT, "lambda", "free-gb-seconds"},
    {"lambda", "Lambda-Edge-Request", NULL, EXACT, "lambda-edge", "request"},
    {"lambda", "Lambda-Edge-GB-Second", NULL, EXACT, "lambda-edge", "duration"},
    {"kinesis", "Storage-ShardHour", NULL, EXACT, "kinesis", "shard-hour"},
    {"kinesis", "Extended-ShardHour", NULL, EXACT, "kinesis", "extended-retention-24h-7d"},
    {"kinesis", "LongTermRetention-ByteHrs", NULL, EXACT, "kinesis", "long-term-retention"},
    {"kinesis", "LongTermRetention-ReadBytes", NULL, EXACT, "kinesis", "long-term-retrieval"},
    {"kinesis", "PutRequestPayloadUnits", NULL, EXACT, "kinesis", "put-payload-unit-25KB"},
    {"kinesis", "EnhancedFanoutHour", NULL, EXACT, "kinesis", "efo-consumer-shard-hour"},
    {"kinesis", "ReadBytes", NULL, EXACT, "kinesis", "efo-data"},
    {"kinesis", "OnDemand-StreamHour", NULL, EXACT, "kinesis", "ondemand-stream-hour"},
    {"kinesis", "OnDemand-BilledIncomingBytes", NULL, EXACT, "kinesis", "ondemand-ingest"},
    {"kinesis", "OnDemand-BilledOutgoingBytes", NULL, EXACT, "kinesis", "ondemand-retrieval"},
    {"kinesis", "OnDemand-BilledOutgoingEFOBytes", NULL, EXACT, "kinesis", "ondemand-efo"},
    {"kinesis", "OnDemand-ExtendedRetention-ByteHrs", NULL, EXACT, "kinesis",
     "ondemand-retention-24h-7d"},
    {"kinesis", "OnDemand-LongTermRetention-ByteHrs", NULL, EXACT, "kinesis",
     "ondemand-long-term-retention"},
    {"ec2", "BoxUsage:", NULL, EXACT_LINUX, "ec2", "linux-ondemand:"},
    {"ec2", "CPUCredits:", NULL, BEGINS, "ec2", "surplus-credits:"},
    {"ec2", "EBS:VolumeUsage.gp2", NULL, EXACT, "ebs", "gp2"},
    {"ec2", "EBS:VolumeUsage.gp3", NULL, EXACT, "ebs", "gp3"},
    {"ec2", "EBS:VolumeUsage.piops", NULL, EXACT, "ebs", "io1"},
    {"ec2", "EBS:VolumeP-IOPS.piops", NULL, EXACT, "ebs", "io1-iops"},
    {"ec2", "NatGateway-Hours", NULL, EXACT, "nat", "hour"},
    {"ec2", "NatGateway-Bytes", NULL, EXACT, "nat", "gb"},
    {"ec2", "LoadBalancerUsage", "LoadBalancing:Application", EXACT, "elb", "alb-hour"},
    {"ec2", "LCUUsage", "LoadBalancing:Application", EXACT, "elb", "alb-lcu-hour"},
    {"ec2", "LoadBalancerUsage", "LoadBalancing:Network", EXACT, "elb", "nlb-hour"},
    {"ec2", "LCUUsage", "LoadBalancing:Network", EXACT, "elb", "nlb-lcu-hour"},
    {"ec2", "LoadBalancerUsage", "LoadBalancing", EXACT, "elb", "clb-hour"},
    {"elb", "LoadBalancerUsage", "LoadBalancing:Application", EXACT, "elb", "alb-hour"},
    {"elb", "LCUUsage", "LoadBalancing:Application", EXACT, "elb", "alb-lcu-hour"},
    {"elb", "LoadBalancerUsage", "LoadBalancing:Network", EXACT, "elb", "nlb-hour"},
    {"elb", "LCUUsage", "LoadBalancing:Network", EXACT, "elb", "nlb-lcu-hour"},
    {"elb", "LoadBalancerUsage", "LoadBalancing", EXACT, "elb", "clb-hour"},
    {"sqs", "Requests-FIFO", NULL, BEGINS, "sqs", "request-fifo"},
    {"sqs", "Requests", NULL, BEGINS, "sqs", "request-standard"},
    {"sns", "Requests-Tier1", NULL, EXACT, "sns", "publish-standard"},
    {"sns", "DeliveryAttempts-HTTP", NULL, EXACT, "sns", "delivery-http"},
    {"s3", "Requests-Tier1", NULL, EXACT, "s3", "put"},
    {"s3", "Requests-Tier2", NULL, EXACT, "s3", "get"},
    {"s3", "TimedStorage-ByteHrs", NULL, EXACT, "s3", "standard-storage"},
    {"cloudwatch", "DataProcessing-Bytes", NULL, EXACT, "cloudwatch-logs", "ingest-standard"},
    /* Since 2025-05-01 Lambda's logs are billed as vended logs, by their tiers:
     * aws.amazon.com/blogs/compute/aws-lambda-introduces-tiered-pricing-for-amazon-cloudwatch-logs
     */
    {"cloudwatch", "VendedLog-Bytes", NULL, EXACT, "cloudwatch-logs", "ingest-lambda-logs"},
    {"cloudwatch", "TimedStorage-ByteHrs", NULL, EXACT, "cloudwatch-logs", "storage"},
    {"cloudwatch", "DataScanned-Bytes", NULL, EXACT, "cloudwatch-logs", "insights-scan"},
    {"eventbridge", "Event-64K-Chunks", NULL, EXACT, "eventbridge", "custom-event"},
    {"stepfunctions", "StateTransition", NULL, EXACT, "stepfunctions", "standard-transition"},
    {"apigateway", "ApiGatewayRequest", NULL, EXACT, "apigateway", "rest-request"},
    {"apigateway", "ApiGatewayHttpRequest", NULL, EXACT, "apigateway", "http-request"},
    {"fargate", "Fargate-vCPU-Hours:perCPU", NULL, EXACT, "fargate", "vcpu-hour"},
    {"fargate", "Fargate-GB-Hours", NULL, EXACT, "fargate", "gb-hour"},
    {"xray", "XRay-TracesStored", NULL, EXACT, "xray", "trace-recorded"},
};

static bool rule_fits(const struct usage_rule *rule, const char *service, const char *name,
                      const char *operation)
{
    const size_t length = strlen(rule->usage_type);
    if (strcmp(rule->service, service) != 0 || strncmp(name, rule->usage_type, length) != 0)
        return false;
    if (rule->match == EXACT && name[length] != '\0')
        return false;
    /* RunInstances:0002 is Windows, :0010 Red Hat …: other prices than Linux'. */
    if (rule->match == EXACT_LINUX && operation != NULL && *operation != '\0' &&
        strcmp(operation, "RunInstances") != 0)
        return false;
    return rule->operation == NULL ||
           (operation != NULL && strcmp(operation, rule->operation) == 0);
}

static bool by_usage_type(const char *usage_type, const char *operation, const char **service,
                          const char **ret_sku, char buffer[BILLING_SKU_SIZE])
{
    const char *region;
    const char *const name = billing_strip_prefix(usage_type, &region);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        const struct usage_rule *const rule = &rules[i];
        if (!rule_fits(rule, *service, name, operation))
            continue;
        *service = rule->our_service;
        *ret_sku = rule->sku;
        if (rule->sku[strlen(rule->sku) - 1] == ':') {
            snprintf(buffer, BILLING_SKU_SIZE, "%s%.60s", rule->sku,
                     name + strlen(rule->usage_type));
            *ret_sku = buffer;
        }
        return true;
    }
    return false;
}

/* Words of AWS's descriptions, the more special ones first. */
static const struct {
    const char *service, *words, *our_service, *sku;
} phrases[] = {
    {"lambda", "Lambda - Total Compute - Provisioned", NULL, NULL},
    {"lambda", "Provisioned Concurrency", NULL, NULL},
    {"lambda", "Lambda - Compute Free Tier", "lambda", "duration-x86"},
    {"lambda", "Total Compute (arm64)", "lambda", "duration-arm64"},
    {"lambda", "Total Compute - ARM", "lambda", "duration-arm64"},
    {"lambda", "Total Compute", "lambda", "duration-x86"},
    {"lambda", "Total Requests", "lambda", "request"},
    {"kinesis", "shard-hour", "kinesis", "shard-hour"},
    {"kinesis", "PUT Payload Unit", "kinesis", "put-payload-unit-25KB"},
    {"ec2", "provisioned IOPS-month", NULL, NULL},
    {"ec2", "(gp3) provisioned storage", "ebs", "gp3"},
    {"ec2", "(gp2) provisioned storage", "ebs", "gp2"},
    {"ec2", "Data Processed by NAT Gateways", "nat", "gb"},
    {"ec2", "NAT Gateway Hour", "nat", "hour"},
    {"ec2", "regional data transfer", "datatransfer", "inter-az-each-direction"},
    {"ec2", "month data transfer out", "datatransfer", "internet-out"},
    {"elb", "Application LoadBalancer-hour", "elb", "alb-hour"},
    {"elb", "Application load balancer capacity unit", "elb", "alb-lcu-hour"},
    {"elb", "Network LoadBalancer-hour", "elb", "nlb-hour"},
    {"elb", "Network load balancer capacity unit", "elb", "nlb-lcu-hour"},
    {"elb", "Gateway", NULL, NULL},
    {"elb", "per LoadBalancer-hour", "elb", "clb-hour"},
    {"elb", "month data transfer out", "datatransfer", "internet-out"},
    {"sqs", "FIFO requests", "sqs", "request-fifo"},
    {"sqs", "standard requests", "sqs", "request-standard"},
    {"s3", "GET and all other requests", "s3", "get"},
    {"s3", "PUT, COPY, POST", "s3", "put"},
    {"cloudwatch", "log storage", "cloudwatch-logs", "storage"},
    {"vpc", "month data transfer out", "datatransfer", "internet-out"},
    {"apigateway", "month data transfer out", "datatransfer", "internet-out"},
};

static void by_description(const char *description, const char **service, const char **ret_sku,
                           char buffer[BILLING_SKU_SIZE])
{
    static const char linux_words[] = "per On Demand Linux ";
    const char *const box = strstr(description, linux_words);
    if (box != NULL && strcmp(*service, "ec2") == 0) {
        const char *const type = box + sizeof linux_words - 1;
        snprintf(buffer, BILLING_SKU_SIZE, "linux-ondemand:%.*s",
                 (int)(strcspn(type, " ") < 60 ? strcspn(type, " ") : 60), type);
        *ret_sku = buffer;
        return;
    }
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++) {
        if (strcmp(phrases[i].service, *service) != 0 ||
            strstr(description, phrases[i].words) == NULL)
            continue;
        if (phrases[i].sku != NULL)
            *service = phrases[i].our_service;
        *ret_sku = phrases[i].sku;
        return;
    }
}

void billing_identify(const char *product, const char *usage_type, const char *operation,
                      const char *description, const char **ret_service, const char **ret_sku,
                      char buffer[BILLING_SKU_SIZE])
{
    *ret_service = product == NULL ? NULL : service_of(product);
    *ret_sku = NULL;
    if (*ret_service == NULL)
        return;
    if (usage_type != NULL)
        by_usage_type(usage_type, operation, ret_service, ret_sku, buffer);
    else if (description != NULL)
        by_description(description, ret_service, ret_sku, buffer);
}

const char *billing_field(const struct billing_row *row, size_t index)
{
    const long column = row->column[index];
    if (column < 0 || (size_t)column >= row->count || strcmp(row->field[column], "NULL") == 0)
        return "";
    return row->field[column];
}

static int find_columns(const struct csv_reader *reader, const char *path,
                        const struct billing_column *column, size_t columns, long *ret,
                        struct diagnostics *diagnostics)
{
    int status = 0;
    for (size_t i = 0; i < columns; i++) {
        ret[i] = csv_find_column(reader, column[i].name);
        if (ret[i] < 0 && column[i].otherwise != NULL)
            ret[i] = csv_find_column(reader, column[i].otherwise);
        if (ret[i] >= 0 || !column[i].needed)
            continue;
        diagnostics_error(diagnostics, path, 1, "column %s%s%s is missing", column[i].name,
                          column[i].otherwise != NULL ? " or " : "",
                          column[i].otherwise != NULL ? column[i].otherwise : "");
        status = -1;
    }
    return status;
}

/* The row again, as far as a reader of the rejects needs it. */
static int reject(struct rejects *rejects, const char *path, long line, const char *reason,
                  const struct billing_row *row)
{
    char text[1001];
    size_t size = 0;
    for (size_t i = 0; i < row->count && size < sizeof text - 1; i++) {
        const int got =
            snprintf(text + size, sizeof text - size, "%s%s", i > 0 ? "," : "", row->field[i]);
        size += got < 0 ? 0 : (size_t)got;
    }
    return rejects_add(rejects, path, line, reason, text,
                       size < sizeof text ? size : sizeof text - 1);
}

int billing_read(struct input *input, const struct billing_column *column, size_t columns,
                 billing_line_function *make, const struct record_sink *sink,
                 struct rejects *rejects, struct diagnostics *diagnostics)
{
    const char *const path = input_path(input);
    struct csv_reader *const reader = csv_open_over(path, input_csv_read, input, diagnostics);
    if (reader == NULL)
        return -1;
    long *const index = mem_alloc(columns, sizeof *index);
    struct billing_row row = {.column = index};
    long line = 0;
    int status = find_columns(reader, path, column, columns, index, diagnostics);
    while (status == 0) {
        char buffer[BILLING_SKU_SIZE];
        struct cost_line cost = {0};
        const int got = csv_next_any(reader, &row.field, &row.count, &line);
        if (got <= 0) {
            status = got;
            break;
        }
        const char *reason = got == 2 ? "the row has more or fewer columns than the header"
                                      : make(&row, &cost, buffer);
        if (reason == NULL && cost.end_ns < cost.start_ns)
            reason = "it ends before it begins";
        if (reason != NULL)
            status = reject(rejects, path, line, reason, &row) != 0 ? -1 : 0;
        else if (sink->cost != NULL)
            status = sink->cost(sink->context, &cost);
    }
    free(index);
    csv_close(reader);
    return status;
}

bool billing_header_has(const char *head, size_t size, const char *const *name, size_t names)
{
    const char *const end_of_line = memchr(head, '\n', size);
    const size_t length = end_of_line == NULL ? size : (size_t)(end_of_line - head);
    for (size_t i = 0; i < names; i++) {
        const size_t wanted = strlen(name[i]);
        bool found = false;
        for (size_t at = 0; !found && at + wanted <= length; at++) {
            const char *const c = head + at;
            const bool begins = at == 0 || strchr(",\"\xbf", c[-1]) != NULL;
            const bool ends = at + wanted == length || strchr(",\"\r", c[wanted]) != NULL;
            found = begins && ends && memcmp(c, name[i], wanted) == 0;
        }
        if (!found)
            return false;
    }
    return true;
}
