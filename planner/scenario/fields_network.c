/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The vocabulary of what a function costs and waits for beside Lambda: a VPC, data that leave it,
 * traces. */
#include "scenario/internal.h"

#define F(member) AT(struct function_spec, member)
static const struct field vpc_fields[] = {
    {"attach_s", FIELD_DISTRIBUTION, STORE_POINTER, F(attach_s), .unit = "s", .dynamic = true,
     .doc = "How long a new environment waits for its network interface; default: 8 to 15 s before "
            "2019-09-03, nothing since."},
};
const struct object object_vpc = {
    .name = "vpc_config", .doc = "The function is attached to a VPC.", FIELDS(vpc_fields)};

static const char *const tracing_modes[] = {"PassThrough", "Active", NULL};
static const struct field tracing_fields[] = {
    {"mode", FIELD_CHOICE, STORE_BOOL, F(tracing.active), .choice = tracing_modes,
     .since_key = "since.xray", .mandatory = true,
     .doc = "Active: Lambda samples requests for X-Ray."},
    {"reservoir_size", FIELD_INTEGER, STORE_UNSIGNED, F(tracing.reservoir_size), .initial = 1,
     .maximum = 1e6, .unit = "per s", .doc = "Requests of each second that are all traced."},
    {"fixed_rate", FIELD_NUMBER, F(tracing.fixed_rate), .initial = 0.05, .maximum = 1,
     .doc = "Share of the other requests that is traced."},
};
const struct object object_tracing = {
    .name = "tracing_config", .doc = "Traces for X-Ray.", FIELDS(tracing_fields)};

static const struct field transfer_fields[] = {
    {"internet", FIELD_INTEGER, F(transfer.internet), .maximum = 1e12, .unit = "bytes",
     .doc = "Out to the internet."},
    {"other_region", FIELD_INTEGER, F(transfer.other_region), .maximum = 1e12, .unit = "bytes",
     .doc = "Out to another region."},
    {"other_zone", FIELD_INTEGER, F(transfer.other_zone), .maximum = 1e12, .unit = "bytes",
     .doc = "To and from another availability zone, such as a database's."},
    {"nat", FIELD_INTEGER, F(transfer.nat), .maximum = 1e12, .unit = "bytes",
     .doc = "To and from the VPC's NAT gateway; with internet if it goes there."},
};
const struct object object_transfer = {
    .name = "bytes_per_invocation",
    .doc = "Data on paths that AWS bills. Servers send the same, but not through NAT gateways.",
    FIELDS(transfer_fields)};

void checks_network(struct reader *reader, const cJSON *json, struct function_spec *function)
{
    const cJSON *const vpc = reader_member(json, "vpc_config");
    char first[16];
    function->vpc = vpc != NULL;
    if (vpc != NULL && !reader_exists(reader, "since.vpc"))
        reader_error(reader, vpc, "vpc_config", "functions can be in a VPC since %s",
                     reader_since(reader, "since.vpc", first));
    if (vpc == NULL && function->transfer.nat > 0 && !reader_is_told(reader, json, "vpc_config"))
        reader_error(reader, reader_member(json, "bytes_per_invocation"), "bytes_per_invocation",
                     "nat: only a function with vpc_config sends through a NAT gateway");
}
