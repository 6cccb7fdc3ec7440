/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a function costs and waits for beside Lambda: its VPC, data that leave it, traces. */
#include "plan/plan_internal.h"

static struct transfer_config transfer_of(const struct function_spec *f)
{
    return (struct transfer_config){.internet = (int64_t)f->transfer.internet,
                                    .other_region = (int64_t)f->transfer.other_region,
                                    .other_zone = (int64_t)f->transfer.other_zone,
                                    .nat = (int64_t)f->transfer.nat};
}

/* Servers do not stand behind NAT gateways. */
struct transfer_config plan_servers_transfer(const struct function_spec *f)
{
    struct transfer_config transfer = transfer_of(f);
    transfer.nat = 0;
    return transfer;
}

int64_t plan_nat_gateways(const struct scenario *s)
{
    if (s->account.nat_gateways >= 0)
        return (int64_t)s->account.nat_gateways;
    for (size_t i = 0; i < s->functions; i++)
        if (s->function[i].transfer.nat > 0)
            return 1;
    return 0;
}

/* How long a new environment waits for its place in the VPC: evenly between the era's limits. */
static void attach_of(struct plan *p, const struct function_spec *f, struct function_config *c)
{
    const double min_s = limit_or(p, "lambda.vpc.attach.min", 0);
    const double max_s = limit_or(p, "lambda.vpc.attach.max", 0);
    c->has_attach = f->attach_s != NULL || max_s > 0;
    if (f->attach_s != NULL)
        c->attach_ns = scaled_copy(f->attach_s, 1e9);
    else if (max_s > 0)
        distribution_empirical(&c->attach_ns, (const double[]){0, 1},
                               (const double[]){min_s * 1e9, max_s * 1e9}, 2);
}

void plan_network(struct plan *p, const struct function_spec *f, struct function_config *c)
{
    c->transfer = transfer_of(f);
    c->tracing = (struct trace_config){.active = f->tracing.active,
                                       .reservoir = f->tracing.reservoir_size,
                                       .rate = f->tracing.fixed_rate};
    if (f->vpc)
        attach_of(p, f, c);
}
