/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/json_fields.h"

#include "reports/csv_fields.h"
#include "reports/human.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

void json_begin(struct json_writer *writer)
{
    *writer = (struct json_writer){.root = cJSON_CreateObject()};
    writer->failed = writer->root == NULL;
}

void json_end(struct json_writer *writer, struct output *output)
{
    char *const text = writer->failed ? NULL : cJSON_Print(writer->root);
    if (text == NULL) {
        output_fail(output, writer->root == NULL || !writer->failed ? ENOMEM : EINVAL);
    } else {
        output_text(output, text);
        output_text(output, "\n");
    }
    cJSON_free(text);
    cJSON_Delete(writer->root);
    *writer = (struct json_writer){0};
}

static cJSON *put(struct json_writer *writer, cJSON *parent, const char *name, cJSON *item)
{
    const bool added = item != NULL && parent != NULL &&
                       (name == NULL ? cJSON_AddItemToArray(parent, item)
                                     : cJSON_AddItemToObject(parent, name, item));
    if (added)
        return item;
    cJSON_Delete(item);
    writer->failed = true;
    return NULL;
}

cJSON *json_put_object(struct json_writer *writer, cJSON *parent, const char *name)
{
    return put(writer, parent, name, cJSON_CreateObject());
}

cJSON *json_put_array(struct json_writer *writer, cJSON *parent, const char *name)
{
    return put(writer, parent, name, cJSON_CreateArray());
}

void json_put_text(struct json_writer *writer, cJSON *parent, const char *name, const char *text)
{
    char *const valid = human_utf8(text);
    put(writer, parent, name, cJSON_CreateString(valid));
    free(valid);
}

void json_put_number(struct json_writer *writer, cJSON *parent, const char *name, double value)
{
    char text[NUMBER_TEXT_SIZE];
    put(writer, parent, name,
        isfinite(value) ? cJSON_CreateRaw(number_format(value, text)) : cJSON_CreateNull());
}

void json_put_integer(struct json_writer *writer, cJSON *parent, const char *name, uint64_t value)
{
    char text[NUMBER_TEXT_SIZE];
    snprintf(text, sizeof text, "%" PRIu64, value);
    put(writer, parent, name, cJSON_CreateRaw(text));
}

void json_put_bool(struct json_writer *writer, cJSON *parent, const char *name, bool value)
{
    put(writer, parent, name, cJSON_CreateBool(value));
}

void json_put_money(struct json_writer *writer, cJSON *parent, const char *name, money_pusd amount)
{
    char text[MONEY_TEXT_SIZE];
    put(writer, parent, name, cJSON_CreateString(money_format(amount, text)));
}

void json_put_usd(struct json_writer *writer, cJSON *parent, const char *name, double usd)
{
    char text[NUMBER_TEXT_SIZE];
    put(writer, parent, name,
        isfinite(usd) ? cJSON_CreateString(number_format(usd, text)) : cJSON_CreateNull());
}

void json_put_raw(struct json_writer *writer, cJSON *parent, const char *name, const char *json)
{
    cJSON *const parsed = cJSON_ParseWithOpts(json, NULL, true);
    if (parsed == NULL)
        writer->failed = true;
    else
        put(writer, parent, name, cJSON_CreateRaw(json));
    cJSON_Delete(parsed);
}

void json_put_command(struct json_writer *writer, const struct result_command *command)
{
    cJSON *const array = json_put_array(writer, writer->root, "command");
    for (size_t i = 0; i < command->words; i++)
        json_put_text(writer, array, NULL, command->word[i]);
}

void json_put_warnings(struct json_writer *writer, cJSON *parent, const char *name,
                       const struct diagnostics *diagnostics)
{
    cJSON *const array = json_put_array(writer, parent, name);
    for (size_t i = 0; i < diagnostics->count; i++)
        json_put_text(writer, array, NULL, diagnostics->item[i].text);
    const size_t all = diagnostics->errors + diagnostics->warnings;
    if (all > diagnostics->count) {
        char text[64];
        snprintf(text, sizeof text, "and %zu further warnings", all - diagnostics->count);
        json_put_text(writer, array, NULL, text);
    }
}
