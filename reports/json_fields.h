/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JSON out, over cJSON: exact where cJSON is not. Numbers are the CSV files' text, 64-bit integers
 * keep all digits, money is a string, what was never observed is null, and text that is not UTF-8
 * gets replacement characters, so that what comes out is always JSON.
 */
#ifndef REPORTS_JSON_FIELDS_H
#define REPORTS_JSON_FIELDS_H

#include "support/output_file.h"

#include <lambdaplan/result.h>

#include <cjson/cJSON.h>

struct json_writer {
    cJSON *root;
    bool failed; /* memory ran out, or a raw text is not JSON */
};

void json_begin(struct json_writer *writer); /* the root is an object */
/* Prints the root, or makes the output fail. */
void json_end(struct json_writer *writer, struct output *output);

/* `name` NULL: the parent is an array. */
cJSON *json_put_object(struct json_writer *writer, cJSON *parent, const char *name);
cJSON *json_put_array(struct json_writer *writer, cJSON *parent, const char *name);
void json_put_text(struct json_writer *writer, cJSON *parent, const char *name, const char *text);
void json_put_number(struct json_writer *writer, cJSON *parent, const char *name, double value);
void json_put_integer(struct json_writer *writer, cJSON *parent, const char *name, uint64_t value);
void json_put_bool(struct json_writer *writer, cJSON *parent, const char *name, bool value);
void json_put_money(struct json_writer *writer, cJSON *parent, const char *name, money_pusd amount);
/* A dollar amount that is an estimate: a string too; null for NAN. */
void json_put_usd(struct json_writer *writer, cJSON *parent, const char *name, double usd);
/* Text that is JSON already, to the byte. */
void json_put_raw(struct json_writer *writer, cJSON *parent, const char *name, const char *json);
/* As member "command" of the root. */
void json_put_command(struct json_writer *writer, const struct result_command *command);
/* The sentences, and how many more there were. */
void json_put_warnings(struct json_writer *writer, cJSON *parent, const char *name,
                       const struct diagnostics *diagnostics);

#endif
