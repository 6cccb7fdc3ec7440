/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * YAML into the same tree that scenario/json.h makes of JSON, over libyaml's events: every value
 * keeps its line. Only the first document is read.
 *
 * Plain scalars become numbers, booleans and null where JSON would spell them so; everything else
 * is text ("yes", 0123 and 2012-10-17 too: templates mean text). CloudFormation's short tags become
 * their long form: !Ref x is {"Ref": x}, !GetAtt a.b is {"Fn::GetAtt": ["a", "b"]}, !Sub x is
 * {"Fn::Sub": x}, any other !Tag x is {"Fn::Tag": x}; so one reader serves both spellings. Anchors,
 * aliases and merge keys (<<) are expanded, within limits: a bomb is an error.
 */
#ifndef IMPORTS_YAML_TREE_H
#define IMPORTS_YAML_TREE_H

#include <lambdaplan/diagnostics.h>

#include <cjson/cJSON.h>
#include <stddef.h>

#define YAML_MAX_BYTES ((size_t)16 << 20) /* of text */
/* Of what all aliases of a file together expand to, in bytes of memory, roughly. */
#define YAML_MAX_EXPANSION ((size_t)16 << 20)

/* NULL after errors with `file` and line; else free with cJSON_Delete. At most YAML_MAX_BYTES and
 * JSON_MAX_DEPTH. */
cJSON *yaml_parse(const char *text, size_t size, const char *file, struct diagnostics *diagnostics);

#endif
