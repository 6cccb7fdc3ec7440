/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CloudFormation's intrinsic functions, as far as a file alone answers them: Ref to a parameter
 * with a Default or to a resource of the file, Fn::GetAtt to such a resource, Fn::Sub and Fn::Join
 * of these. Everything else (Fn::If, Fn::FindInMap, Fn::ImportValue …) stays as it is, so that what
 * needed it is reported by whoever reads it.
 *
 * A Ref to a resource becomes its name; a GetAtt an ARN without region and account, so that the
 * readers of AWS's answers understand it.
 */
#ifndef IMPORTS_INTRINSICS_H
#define IMPORTS_INTRINSICS_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#define INTRINSICS_MAX_TEXT 2000 /* of a resolved text: longer ones stay unresolved */

/* Resolves everything below `tree`; `template` holds Parameters and Resources. False when there was
 * too much to do, as in a file that is made to be slow, so that some of it was left. */
bool intrinsics_resolve(const cJSON *template, cJSON *tree);

/* The name that a resource gives itself, or its logical id. */
const char *intrinsics_name(const cJSON *resource);

#endif
