/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Strict JSON with comments, over cJSON. The text is first checked byte by byte against RFC 8259
 * (// and block comments are allowed between tokens), because cJSON lets too much through: leading
 * zeros, "1.", raw control characters, invalid UTF-8, \u0000, lone surrogates, duplicate keys,
 * numbers beyond a double. Every value keeps the line it stands on (a member: the line of its key)
 * in cJSON's otherwise unused `valueint`.
 */
#ifndef SCENARIO_JSON_H
#define SCENARIO_JSON_H

#include <lambdaplan/diagnostics.h>

#include <cjson/cJSON.h>
#include <stddef.h>

#define JSON_MAX_BYTES ((size_t)64 << 20)
#define JSON_MAX_DEPTH 100
/* Whole numbers up to here are exact in a double; a larger literal is an error, not a surprise. */
#define JSON_MAX_WHOLE "9007199254740992"

/* NULL after errors in `diagnostics`, with `file` and line; else free with cJSON_Delete. */
cJSON *json_parse(const char *text, size_t size, const char *file, struct diagnostics *diagnostics);
/* The same of a part of a file that begins on `line`. */
cJSON *json_parse_part(const char *text, size_t size, const char *file, long line,
                       struct diagnostics *diagnostics);
/* "-" is standard input. */
cJSON *json_read_file(const char *path, struct diagnostics *diagnostics);

long json_line(const cJSON *value);

/* Keys sorted by bytes, shortest numbers that read back the same, no blanks: the same bytes for the
 * same content, for a hash. free() it. */
char *json_canonical(const cJSON *value);

/* A string of the user's for a message: cut (with "…") when it is long. Returns `text`. */
#define JSON_SHOWN_SIZE 68
char *json_shown(const char *string, char text[JSON_SHOWN_SIZE]);

/* The shortest text that reads back as `number` (finite). Returns `text`. */
#define JSON_NUMBER_SIZE 40
char *json_number(double number, char text[JSON_NUMBER_SIZE]);

#endif
