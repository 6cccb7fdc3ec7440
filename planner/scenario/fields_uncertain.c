/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The vocabulary of uncertain inputs: what `sensitivity` varies. Where a path leads is for
 * studies/uncertainty.c to check, which walks designs. */
#include "scenario/internal.h"

static const char *const distributions[] = {[UNCERTAIN_TRIANGULAR] = "triangular",
                                            [UNCERTAIN_PERT] = "pert",
                                            [UNCERTAIN_UNIFORM] = "uniform",
                                            NULL};

static void finish_uncertain(struct reader *reader, const cJSON *json, void *base, uint64_t given)
{
    struct uncertain_spec *const u = base;
    (void)given;
    if (reader_member(json, "low") == NULL || reader_member(json, "high") == NULL)
        return; /* said already */
    if (reader_member(json, "mid") == NULL)
        u->mid = u->low + (u->high - u->low) / 2;
    if (!(u->low < u->high))
        reader_error(reader, reader_member(json, "high"), "high", "%.10g is not above low, %.10g",
                     u->high, u->low);
    else if (u->mid < u->low || u->mid > u->high)
        reader_error(reader, reader_member(json, "mid"), "mid", "%.10g is not from low to high",
                     u->mid);
}

#define U(member) AT(struct uncertain_spec, member)
static const struct field uncertain_fields[] = {
    {"path", FIELD_STRING, U(path), .mandatory = true,
     .doc = "Of a number, as --vary has it: \"functions.NAME.duration_ms.mean\"."},
    {"low", FIELD_NUMBER, U(low), .minimum = -1e15, .mandatory = true, .dynamic = true,
     .doc = "The least that it may be."},
    {"mid", FIELD_NUMBER, U(mid), .minimum = -1e15, .dynamic = true,
     .doc = "The likeliest; default: halfway from low to high."},
    {"high", FIELD_NUMBER, U(high), .minimum = -1e15, .mandatory = true, .dynamic = true,
     .doc = "The most that it may be."},
    {"distribution", FIELD_CHOICE, STORE_ENUM, U(distribution), .choice = distributions,
     .doc = "Between them: triangular; pert, which is narrower around mid; uniform."},
};
const struct object object_uncertain = {.name = "uncertain",
                                        .doc = "An input that is known only to a range.",
                                        FIELDS(uncertain_fields),
                                        .size = sizeof(struct uncertain_spec),
                                        .has_line = true,
                                        .line_offset = offsetof(struct uncertain_spec, line),
                                        .finish = finish_uncertain};
