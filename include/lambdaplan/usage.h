/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Usage: what was consumed, in integers, by whom. The simulator (or a reader of logs) writes it,
 * pricing reads it; neither sees the other. Adding a meter: one line here, one in
 * planner/pricing/meters.c.
 *
 * A part of the simulator makes a line for everything that its configuration is going to use, at 0
 * too, and for nothing else: prices are looked up before a run.
 */
#ifndef LAMBDAPLAN_USAGE_H
#define LAMBDAPLAN_USAGE_H

#include <stddef.h>
#include <stdint.h>

__extension__ typedef __int128 usage_quantity;

enum meter {
    METER_LAMBDA_REQUESTS,
    METER_LAMBDA_X86_MB_MS,
    METER_LAMBDA_ARM64_MB_MS,
    METER_LAMBDA_PROVISIONED_X86_MB_MS, /* provisioned concurrency configured */
    METER_LAMBDA_PROVISIONED_ARM64_MB_MS,
    METER_LAMBDA_PROVISIONED_DURATION_X86_MB_MS, /* executed on it */
    METER_LAMBDA_PROVISIONED_DURATION_ARM64_MB_MS,
    METER_LAMBDA_EPHEMERAL_MB_MS, /* above 512 MB, over billed duration */
    METER_KINESIS_SHARD_MS,
    METER_KINESIS_PUT_UNITS,                   /* 25 KB each */
    METER_KINESIS_EXTENDED_RETENTION_SHARD_MS, /* 24 h to 7 d */
    METER_KINESIS_LONG_RETENTION_BYTE_MS,      /* beyond 7 d: bytes stored x ms */
    METER_KINESIS_FAN_OUT_SHARD_MS,            /* consumer x shard x ms */
    METER_KINESIS_FAN_OUT_BYTES,
    METER_KINESIS_ON_DEMAND_STREAM_MS,
    METER_KINESIS_ON_DEMAND_IN_BYTES, /* each record rounded up to 1 KB */
    METER_KINESIS_ON_DEMAND_OUT_BYTES,
    METER_KINESIS_ON_DEMAND_FAN_OUT_BYTES,
    METER_KINESIS_ON_DEMAND_RETENTION_BYTE_MS, /* 24 h to 7 d */
    METER_DYNAMODB_STREAM_READS,               /* GetRecords calls */
    METER_DYNAMODB_STREAM_LAMBDA_READS,        /* the same by Lambda: free */
    METER_EC2_INSTANCE_MS,                     /* detail: instance type; already rounded by era */
    METER_EC2_RESERVED_INSTANCE_MS,            /* detail: "m5.large:1yr-no-upfront" */
    METER_EC2_SAVINGS_PLAN_INSTANCE_MS,        /* detail: "m5.large:compute-1yr-no-upfront" */
    METER_FARGATE_CPU_MS,                      /* CPU units (1,024 a vCPU) x ms */
    METER_FARGATE_MB_MS,
    METER_EC2_CREDIT_VCPU_MS,   /* surplus CPU credits; detail: instance type */
    METER_EBS_MB_MS,            /* detail: volume type */
    METER_CLOUDWATCH_METRIC_MS, /* detailed monitoring: metrics x ms */
    METER_ALB_MS,
    METER_ALB_LCU_MS, /* load balancer capacity units x ms, by AWS's maximum of dimensions an hour
                       */
    METER_APIGATEWAY_REST_REQUESTS,
    METER_APIGATEWAY_HTTP_UNITS, /* 512 KB of a request each */
    METER_STEP_FUNCTIONS_TRANSITIONS,
    METER_STEP_FUNCTIONS_EXPRESS_REQUESTS,
    METER_STEP_FUNCTIONS_EXPRESS_MB_MS, /* of executions, rounded up to 100 ms */
    METER_SQS_REQUESTS,                 /* API calls, in chunks of 64 KB */
    METER_SQS_FIFO_REQUESTS,
    METER_SNS_REQUESTS,       /* published, in chunks of 64 KB */
    METER_EVENTBRIDGE_EVENTS, /* custom ones, in chunks of 64 KB */
    METER_S3_PUT_REQUESTS,
    METER_XRAY_TRACES,             /* recorded */
    METER_NAT_MS,                  /* NAT gateways x ms */
    METER_NAT_BYTES,               /* through them, there and back */
    METER_PUBLIC_IPV4_MS,          /* public IPv4 addresses x ms */
    METER_TRANSFER_INTERNET_BYTES, /* out */
    METER_TRANSFER_REGION_BYTES,   /* out to another region */
    METER_TRANSFER_ZONE_BYTES,     /* out of one availability zone, and into one */
    METER_LOGS_BYTES,              /* CloudWatch Logs ingestion */
    METER_COUNT
};

struct usage_line {
    const char *entity; /* "function:ingest"; owned by the usage */
    enum meter meter;
    const char *detail; /* "" where the meter has none; owned */
    usage_quantity quantity;
};

struct usage {
    struct usage_line *line;
    size_t count, capacity;
};

void usage_init(struct usage *usage);
void usage_finish(struct usage *usage);
/* Adds to the line of (entity, meter, detail), making it on first use; detail may be NULL. */
void usage_add(struct usage *usage, const char *entity, enum meter meter, const char *detail,
               usage_quantity quantity);
/* 0 where there is no such line. */
usage_quantity usage_total(const struct usage *usage, enum meter meter);

#endif
