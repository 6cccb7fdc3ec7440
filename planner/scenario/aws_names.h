/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the AWS CLI, CloudFormation, SAM and serverless.yml call what a scenario calls otherwise
 * (its names are Terraform's), so that a key that was copied from there is told its name here.
 */
#ifndef SCENARIO_AWS_NAMES_H
#define SCENARIO_AWS_NAMES_H

#include <stddef.h>

struct aws_name {
    const char *object; /* of the vocabulary: struct object */
    const char *theirs; /* in snake case */
    const char *ours;   /* NULL: a scenario has no such key */
    const char *more;   /* what else there is to say; NULL: nothing */
};

/* Of a key as it was written: "VisibilityTimeout", "visibility_timeout". NULL: not known. */
const struct aws_name *aws_name_find(const char *object, const char *key);
/* "MemorySize", "memory-size" -> "memory_size"; cut off where `size` ends. */
void aws_name_plain(const char *key, char *ret, size_t size);

const struct aws_name *aws_name_at(size_t index); /* NULL: there are no more */

#endif
