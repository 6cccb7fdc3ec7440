/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/aws_names.h"
#include "scenario/kinds.h"
#include "scenario/reader.h"

#include "core/memory.h"
#include "support/date.h"
#include "support/text.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static_assert(sizeof(enum arrival_process) == sizeof(int), "enums are stored as int");

static void mark_unsound(struct reader *reader, const cJSON *json, const char *key)
{
    if (json != NULL)
        lookup_add(&reader->unsound, json, key, reader);
}

static void report(struct reader *reader, bool warning, const cJSON *at, const char *key,
                   const char *format, va_list arguments)
{
    char text[900];
    if (reader->whole != NULL &&
        (at == NULL || at == reader->whole || reader_is_unsound(reader, at)))
        return;
    reader->failed = reader->failed || !warning;
    if (!warning)
        mark_unsound(reader, at, "");
    vsnprintf(text, sizeof text, format, arguments);
    const char *const dot = reader->path_length > 0 && key != NULL && key[0] != '[' ? "." : "";
    const char *const colon = reader->path_length > 0 || key != NULL ? ": " : "";
    const char *const tail = key == NULL ? "" : key;
    if (warning)
        diagnostics_warning(reader->diagnostics, reader->file, json_line(at), "%s%s%s%s%s",
                            reader->path, dot, tail, colon, text);
    else
        diagnostics_error(reader->diagnostics, reader->file, json_line(at), "%s%s%s%s%s",
                          reader->path, dot, tail, colon, text);
}

void reader_error(struct reader *reader, const cJSON *at, const char *key, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    report(reader, false, at, key, format, arguments);
    va_end(arguments);
}

void reader_warning(struct reader *reader, const cJSON *at, const char *key, const char *format,
                    ...)
{
    va_list arguments;
    va_start(arguments, format);
    report(reader, true, at, key, format, arguments);
    va_end(arguments);
}

static size_t enter(struct reader *reader, const char *separator, const char *part)
{
    const size_t mark = reader->path_length;
    const int added = snprintf(reader->path + mark, sizeof reader->path - mark, "%s%s",
                               mark > 0 ? separator : "", part);
    reader->path_length = mark + (size_t)added;
    if (reader->path_length >= sizeof reader->path)
        reader->path_length = sizeof reader->path - 1;
    return mark;
}

size_t reader_enter(struct reader *reader, const char *part)
{
    return enter(reader, ".", part);
}

size_t reader_enter_index(struct reader *reader, size_t index)
{
    char text[32];
    snprintf(text, sizeof text, "[%zu]", index);
    return enter(reader, "", text);
}

void reader_leave(struct reader *reader, size_t mark)
{
    reader->path_length = mark;
    reader->path[mark] = '\0';
}

double reader_limit(const struct reader *reader, const char *key)
{
    return limits_at(reader->data->limits, key, reader->day_known ? reader->day : DATE_MAX);
}

double reader_limit_or(const struct reader *reader, const char *key, double otherwise)
{
    if (!reader->day_known || key == NULL)
        return otherwise;
    return limits_or(reader->data->limits, key, reader->day, otherwise);
}

char *reader_limit_text(const struct reader *reader, const char *key, char text[READER_LIMIT_SIZE])
{
    static const struct {
        const char *prefix, *name;
    } services[] = {{"kinesis.", "Kinesis"},
                    {"apigateway.", "API Gateway"},
                    {"alb.", "ELB"},
                    {"dynamodb.", "DynamoDB"},
                    {"fargate.", "Fargate"},
                    {"eventbridge.", "EventBridge"},
                    {"sns.", "SNS"},
                    {"sqs.", "SQS"},
                    {"stepfunctions.", "Step Functions"}};
    const char *who = "Lambda";
    for (size_t i = 0; i < sizeof services / sizeof *services; i++)
        if (strncmp(key, services[i].prefix, strlen(services[i].prefix)) == 0)
            who = services[i].name;
    const int32_t since = limits_since(reader->data->limits, key, reader->day);
    char day[16];
    if (since == DATE_MIN)
        snprintf(text, READER_LIMIT_SIZE, " (%s limit)", who);
    else
        snprintf(text, READER_LIMIT_SIZE, " (%s limit since %s)", who, date_format(since, day));
    return text;
}

bool reader_exists(const struct reader *reader, const char *since_key)
{
    double value;
    return !reader->day_known || limits_get(reader->data->limits, since_key, reader->day, &value);
}

char *reader_since(const struct reader *reader, const char *since_key, char text[16])
{
    return date_format(limits_first_day(reader->data->limits, since_key), text);
}

const cJSON *reader_member(const cJSON *json, const char *key)
{
    return cJSON_IsObject(json) ? cJSON_GetObjectItemCaseSensitive(json, key) : NULL;
}

bool reader_is_unsound(const struct reader *reader, const cJSON *json)
{
    return json != NULL && lookup_find(&reader->unsound, json, "") != NULL;
}

bool reader_is_told(const struct reader *reader, const cJSON *json, const char *key)
{
    const cJSON *const member = reader_member(json, key);
    return member != NULL ? reader_is_unsound(reader, member)
                          : lookup_find(&reader->unsound, json, key) != NULL;
}

bool reader_is_lost(const struct reader *reader, const char *section, const char *name)
{
    const cJSON *const all = reader_member(reader->root, section);
    if (all == NULL)
        return reader_is_told(reader, reader->root, section);
    return !cJSON_IsObject(all) || reader_member(all, name) != NULL;
}

static const char *type_name(const cJSON *json)
{
    if (cJSON_IsNumber(json))
        return "a number";
    if (cJSON_IsString(json))
        return "a string";
    if (cJSON_IsBool(json))
        return "a boolean";
    if (cJSON_IsObject(json))
        return "an object";
    return cJSON_IsArray(json) ? "a list" : "null";
}

static bool wrong_type(struct reader *reader, const cJSON *json, const char *wanted)
{
    reader_error(reader, json, NULL, "must be %s, not %s", wanted, type_name(json));
    return false;
}

/* The feature's first day; `what` is how the message calls it. */
static void check_since(struct reader *reader, const cJSON *json, const char *since_key,
                        const char *what)
{
    char first[16], day[16];
    if (reader_exists(reader, since_key))
        return;
    reader_error(reader, json, NULL, "%s exists since %s; as_of is %s", what,
                 reader_since(reader, since_key, first), date_format(reader->day, day));
}

static void store_number(const struct field *field, char *place, double number)
{
    switch (field->store) {
    case STORE_UNSIGNED:
        *(unsigned *)(void *)place = (unsigned)number;
        break;
    case STORE_LONG:
        *(long *)(void *)place = (long)number;
        break;
    case STORE_UINT64:
        *(uint64_t *)(void *)place = (uint64_t)number;
        break;
    case STORE_ENUM: {
        const int index = (int)number;
        memcpy(place, &index, sizeof index);
        break;
    }
    case STORE_BOOL:
        *(bool *)(void *)place = number != 0;
        break;
    default:
        *(double *)(void *)place = number;
    }
}

static double initial_number(const struct reader *reader, const struct field *field)
{
    return field->initial_key != NULL ? reader_limit(reader, field->initial_key) : field->initial;
}

static bool in_range(struct reader *reader, const struct field *field, const cJSON *json,
                     double number)
{
    char shown[JSON_NUMBER_SIZE], bound_text[JSON_NUMBER_SIZE], limit[READER_LIMIT_SIZE] = "";
    double bound = field->minimum;
    const char *const blank = field->unit == NULL ? "" : " ";
    const char *const unit = field->unit == NULL ? "" : field->unit;
    double dated = reader_limit_or(reader, field->minimum_key, bound);
    if (number < fmax(dated, bound)) {
        if (field->minimum_key != NULL && dated >= bound && reader->day_known)
            reader_limit_text(reader, field->minimum_key, limit);
        reader_error(reader, json, NULL, "%s is below %s%s%s%s", json_number(number, shown),
                     json_number(fmax(dated, bound), bound_text), blank, unit, limit);
        return false;
    }
    bound = field_maximum(field);
    dated = reader_limit_or(reader, field->maximum_key, INFINITY);
    if (number > fmin(dated, bound)) {
        if (dated <= bound)
            reader_limit_text(reader, field->maximum_key, limit);
        reader_error(reader, json, NULL, "%s is above %s%s%s%s", json_number(number, shown),
                     json_number(fmin(dated, bound), bound_text), blank, unit, limit);
        return false;
    }
    return true;
}

static bool read_number(struct reader *reader, const struct field *field, const cJSON *json,
                        char *base)
{
    const bool whole = field->type == FIELD_INTEGER;
    const char *const wanted = whole ? "a whole number" : "a number";
    char shown[JSON_NUMBER_SIZE];
    if (field->wrapped != NULL && cJSON_IsObject(json)) {
        const cJSON *const inner = reader_member(json, field->wrapped);
        if (inner == NULL || json->child->next != NULL) {
            reader_error(reader, json, NULL, "must be %s or {\"%s\": …}", wanted, field->wrapped);
            return false;
        }
        json = inner;
    }
    if (field->word != NULL && cJSON_IsString(json) &&
        strcmp(json->valuestring, field->word) == 0) {
        *(bool *)(void *)(base + field->extra) = true;
        return true;
    }
    if (!cJSON_IsNumber(json) && field->word != NULL) {
        reader_error(reader, json, NULL, "must be %s or \"%s\"", wanted, field->word);
        return false;
    }
    if (!cJSON_IsNumber(json))
        return wrong_type(reader, json, wanted);
    const double number = json->valuedouble;
    if (whole && floor(number) != number) {
        reader_error(reader, json, NULL, "must be a whole number; %s is not",
                     json_number(number, shown));
        return false;
    }
    if (!in_range(reader, field, json, number))
        return false;
    if (field->since_key != NULL && number != initial_number(reader, field))
        check_since(reader, json, field->since_key, field->key);
    store_number(field, base + field->offset, number);
    if (field->type == FIELD_BOUND)
        *(bool *)(void *)(base + field->extra) = strcmp(field->key, "at_most") == 0;
    return true;
}

static bool read_boolean(struct reader *reader, const struct field *field, const cJSON *json,
                         char *base)
{
    if (!cJSON_IsBool(json))
        return wrong_type(reader, json, "true or false");
    const bool value = cJSON_IsTrue(json);
    if (field->since_key != NULL && value != (field->initial != 0))
        check_since(reader, json, field->since_key, field->key);
    *(bool *)(void *)(base + field->offset) = value;
    return true;
}

static size_t count_choices(const char *const *choice)
{
    size_t count = 0;
    while (choice[count] != NULL)
        count++;
    return count;
}

/* "…; did you mean `x`?", or all that there is to choose from. */
void reader_suggest(const struct reader *reader, const char *word, const char *const *candidate,
                    size_t count, char quote, char *text, size_t size)
{
    text[0] = '\0';
    if (reader->diagnostics->errors >= DIAGNOSTICS_MAX)
        return; /* nobody will read it, and it is dear */
    const char *const near = text_near_miss(word, candidate, count);
    if (near != NULL) {
        snprintf(text, size, "; did you mean %c%s%c?", quote, near, quote);
        return;
    }
    size_t length = 0;
    for (size_t i = 0; i < count; i++) {
        if (length + strlen(candidate[i]) + 24 > size) {
            snprintf(text + length, size - length, " …");
            break;
        }
        length += (size_t)snprintf(text + length, size - length, "%s%c%s%c",
                                   i == 0 ? "; there is " : ", ", quote, candidate[i], quote);
    }
}

/* "one of "Zip", "Image"" */
static void list_choices(const char *const *choice, char *ret, size_t size)
{
    size_t length = 0;
    for (size_t i = 0; choice[i] != NULL && length < size; i++)
        length += (size_t)snprintf(ret + length, size - length, "%s\"%s\"",
                                   i == 0 ? "one of " : ", ", choice[i]);
}

/* The index of the choice; -1 after an error (unless `quiet`). */
static int find_choice(struct reader *reader, const struct field *field, const cJSON *json,
                       bool quiet)
{
    char suggestion[400], shown[JSON_SHOWN_SIZE];
    if (cJSON_IsString(json))
        for (int i = 0; field->choice[i] != NULL; i++)
            if (strcmp(field->choice[i], json->valuestring) == 0)
                return i;
    if (quiet)
        return -1;
    if (!cJSON_IsString(json)) {
        list_choices(field->choice, suggestion, sizeof suggestion);
        wrong_type(reader, json, suggestion);
        return -1;
    }
    reader_suggest(reader, json->valuestring, field->choice, count_choices(field->choice), '"',
                   suggestion, sizeof suggestion);
    reader_error(reader, json, NULL, "\"%s\" is not known%s", json_shown(json->valuestring, shown),
                 suggestion);
    return -1;
}

static void check_choice_since(struct reader *reader, const struct field *field, const cJSON *json,
                               int index)
{
    char what[100];
    const bool dated = field->since_choices != 0 ? (field->since_choices >> index & 1) != 0
                                                 : index != (int)field->initial;
    if (field->since_key == NULL || !dated)
        return;
    snprintf(what, sizeof what, "%s \"%s\"", field->key, field->choice[index]);
    check_since(reader, json, field->since_key, what);
}

static bool read_choice(struct reader *reader, const struct field *field, const cJSON *json,
                        char *base)
{
    const int index = find_choice(reader, field, json, false);
    if (index < 0)
        return false;
    check_choice_since(reader, field, json, index);
    store_number(field, base + field->offset,
                 field->choice_value == NULL ? index : field->choice_value[index]);
    return true;
}

static bool check_text(struct reader *reader, enum text_kind kind, const cJSON *json)
{
    const struct text_rule *const rule = &text_rules[kind];
    char shown[JSON_SHOWN_SIZE];
    if (!cJSON_IsString(json))
        return wrong_type(reader, json, "a string");
    const size_t length = strlen(json->valuestring);
    if (length > rule->longest) {
        reader_error(reader, json, NULL, "is %zu bytes long; at most %zu are allowed", length,
                     rule->longest);
        return false;
    }
    if (length == 0 || (rule->check != NULL && !rule->check(json->valuestring))) {
        reader_error(reader, json, NULL, "\"%s\" %s", json_shown(json->valuestring, shown),
                     length == 0 ? "must not be empty" : rule->sentence);
        return false;
    }
    return true;
}

static bool read_string(struct reader *reader, const struct field *field, const cJSON *json,
                        char *base)
{
    char **const place = (char **)(void *)(base + field->offset);
    const int index = field->choice != NULL ? find_choice(reader, field, json, false) : 0;
    if (index < 0 || !check_text(reader, field->kind, json))
        return false;
    if (field->choice != NULL)
        check_choice_since(reader, field, json, index);
    else if (field->since_key != NULL)
        check_since(reader, json, field->since_key, field->key);
    free(*place);
    *place = field->kind == TEXT_FILE && json->valuestring[0] != '/'
                 ? text_format("%s%s", reader->folder, json->valuestring)
                 : mem_strdup(json->valuestring);
    return true;
}

static bool read_date(struct reader *reader, const struct field *field, const cJSON *json,
                      char *base)
{
    char shown[JSON_SHOWN_SIZE];
    int32_t day;
    if (!cJSON_IsString(json))
        return wrong_type(reader, json, "a date, \"YYYY-MM-DD\"");
    if (!date_parse(json->valuestring, &day) || day < date_from_civil(2006, 1, 1) ||
        day > date_from_civil(2099, 12, 31)) {
        reader_error(reader, json, NULL, "\"%s\" is not a date from 2006 to 2099 (YYYY-MM-DD)",
                     json_shown(json->valuestring, shown));
        return false;
    }
    *(int32_t *)(void *)(base + field->offset) = day;
    return true;
}

/* "\"stream:NAME\" or \"function:NAME\"" */
static void list_references(const struct field *field, char *ret, size_t size)
{
    size_t length = 0;
    *ret = '\0';
    for (unsigned kind = ENTITY_NONE + 1; kind < ENTITY_KINDS && length < size; kind++) {
        const bool last = field->references >> (kind + 1) == 0;
        if ((field->references >> kind & 1) != 0)
            length += (size_t)snprintf(ret + length, size - length, "%s\"%s:NAME\"",
                                       length == 0 ? ""
                                       : last      ? " or "
                                                   : ", ",
                                       scenario_kinds[kind].prefix);
    }
}

/* arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE */
static bool is_arn(const char *text)
{
    size_t colons = 0;
    for (const char *c = strchr(text, ':'); c != NULL && c[1] != '\0'; c = strchr(c + 1, ':'))
        colons++;
    return strncmp(text, "arn:", 4) == 0 && colons >= 5;
}

static bool read_reference(struct reader *reader, const struct field *field, const cJSON *json,
                           char *base)
{
    struct reference *const reference = (struct reference *)(void *)(base + field->offset);
    char shown[JSON_SHOWN_SIZE], kinds[400];
    if (!cJSON_IsString(json))
        return wrong_type(reader, json, "a string");
    if (!check_text(reader, field->plain ? TEXT_NAME : TEXT_ANY, json))
        return false;
    if (field->since_key != NULL)
        check_since(reader, json, field->since_key, field->key);
    const char *const text = json->valuestring;
    if (field->arn && is_arn(text)) {
        *reference = (struct reference){ENTITY_NONE, mem_strdup(text), 0};
        return true;
    }
    for (unsigned kind = ENTITY_NONE + 1; kind < ENTITY_KINDS; kind++) {
        const size_t prefix = field->plain ? 0 : strlen(scenario_kinds[kind].prefix) + 1;
        if ((field->references >> kind & 1) == 0)
            continue;
        if (!field->plain && (strncmp(text, scenario_kinds[kind].prefix, prefix - 1) != 0 ||
                              text[prefix - 1] != ':'))
            continue;
        if (!text_rules[TEXT_NAME].check(text + prefix))
            break;
        *reference = (struct reference){(enum entity_kind)kind, mem_strdup(text + prefix), 0};
        return true;
    }
    list_references(field, kinds, sizeof kinds);
    reader_error(reader, json, NULL, "\"%s\" must be %s%s", json_shown(text, shown), kinds,
                 field->arn ? ", or an ARN" : "");
    return false;
}

static void store_distribution(const struct field *field, char *base,
                               const struct distribution *distribution)
{
    char *const place = base + field->offset;
    if (field->store == STORE_POINTER) {
        struct distribution *const copy = mem_alloc(1, sizeof *copy);
        *copy = *distribution;
        *(struct distribution **)(void *)place = copy;
    } else {
        *(struct distribution *)(void *)place = *distribution;
    }
}

static bool read_distribution(struct reader *reader, const struct field *field, const cJSON *json,
                              char *base)
{
    struct distribution distribution = {0};
    const size_t before = reader->diagnostics->errors;
    reader_distribution(reader, json, &distribution);
    store_distribution(field, base, &distribution);
    return reader->diagnostics->errors == before;
}

static size_t list_length(struct reader *reader, const struct field *field, const cJSON *json)
{
    const double most = field->maximum > 0 ? field->maximum : 100000;
    size_t count = 0;
    for (const cJSON *child = json->child; child != NULL; child = child->next)
        count++;
    if ((double)count > most) {
        reader_error(reader, json, NULL, "has %zu entries; at most %.0f are allowed", count, most);
        return 0;
    }
    if ((double)count < field->minimum)
        reader_error(reader, json, NULL, "needs at least %.0f %s", field->minimum,
                     field->minimum == 1 ? "entry" : "entries");
    return count;
}

static bool read_strings(struct reader *reader, const struct field *field, const cJSON *json,
                         char *base)
{
    if (!cJSON_IsArray(json))
        return wrong_type(reader, json, "a list of strings");
    const size_t most = list_length(reader, field, json);
    char **const list = mem_alloc(most + 1, sizeof *list);
    size_t count = 0;
    size_t index = 0;
    for (const cJSON *child = json->child; child != NULL && most > 0; child = child->next) {
        const size_t mark = reader_enter_index(reader, index++);
        if (check_text(reader, field->kind, child))
            list[count++] = mem_strdup(child->valuestring);
        reader_leave(reader, mark);
    }
    *(char ***)(void *)(base + field->offset) = list;
    *(size_t *)(void *)(base + field->extra) = count;
    return true;
}

static bool read_words(struct reader *reader, const struct field *field, const cJSON *json,
                       char *base)
{
    if (!cJSON_IsArray(json))
        return wrong_type(reader, json, "a list of strings");
    bool found = false;
    size_t index = 0;
    for (const cJSON *child = json->child; child != NULL; child = child->next) {
        const size_t mark = reader_enter_index(reader, index++);
        found |= find_choice(reader, field, child, false) >= 0;
        reader_leave(reader, mark);
    }
    if (found && field->since_key != NULL)
        check_since(reader, json, field->since_key, field->choice[0]);
    *(bool *)(void *)(base + field->offset) = found;
    return true;
}

static void read_tuple(struct reader *reader, const struct object *object, const cJSON *json,
                       char *base);

static bool read_list(struct reader *reader, const struct field *field, const cJSON *json,
                      char *base)
{
    const struct object *const object = field->object;
    if (!cJSON_IsArray(json))
        return wrong_type(reader, json, "a list");
    const size_t count = list_length(reader, field, json);
    if (count > 0 && field->since_key != NULL)
        check_since(reader, json, field->since_key, field->key);
    char *const list = mem_alloc(count + 1, object->size);
    *(void **)(void *)(base + field->offset) = list;
    *(size_t *)(void *)(base + field->extra) = count;
    const cJSON *child = json->child;
    for (size_t i = 0; i < count; i++, child = child->next) {
        const size_t mark = reader_enter_index(reader, i);
        char *const place = list + i * object->size;
        if (object->tuple && cJSON_IsArray(child))
            read_tuple(reader, object, child, place);
        else
            reader_object(reader, object, child, place);
        reader_leave(reader, mark);
    }
    return count > 0;
}

static bool read_map(struct reader *reader, const struct field *field, const cJSON *json,
                     char *base)
{
    const struct object *const object = field->object;
    char shown[JSON_SHOWN_SIZE];
    if (!cJSON_IsObject(json))
        return wrong_type(reader, json, "an object by name");
    const size_t most = list_length(reader, field, json);
    char *const list = mem_alloc(most + 1, object->size);
    size_t count = 0;
    for (const cJSON *child = json->child; child != NULL && most > 0; child = child->next) {
        if (strcmp(child->string, "comment") == 0 && cJSON_IsString(child))
            continue;
        if (!text_rules[TEXT_NAME].check(child->string)) {
            reader_error(reader, child, NULL, "the name \"%s\" %s",
                         json_shown(child->string, shown), text_rules[TEXT_NAME].sentence);
            continue;
        }
        const size_t mark = reader_enter(reader, child->string);
        char *const place = list + count++ * object->size;
        *(char **)(void *)place = mem_strdup(child->string);
        reader_object(reader, object, child, place);
        reader_leave(reader, mark);
    }
    *(void **)(void *)(base + field->offset) = list;
    *(size_t *)(void *)(base + field->extra) = count;
    return true;
}

static bool read_field(struct reader *reader, const struct field *field, const cJSON *json,
                       char *base)
{
    switch (field->type) {
    case FIELD_NUMBER:
    case FIELD_INTEGER:
    case FIELD_BOUND:
        return read_number(reader, field, json, base);
    case FIELD_BOOLEAN:
        return read_boolean(reader, field, json, base);
    case FIELD_STRING:
        return read_string(reader, field, json, base);
    case FIELD_CHOICE:
        return read_choice(reader, field, json, base);
    case FIELD_DATE:
        return read_date(reader, field, json, base);
    case FIELD_REFERENCE:
        return read_reference(reader, field, json, base);
    case FIELD_DISTRIBUTION:
        return read_distribution(reader, field, json, base);
    case FIELD_STRINGS:
        return read_strings(reader, field, json, base);
    case FIELD_WORD:
        return read_words(reader, field, json, base);
    case FIELD_LIST:
        return read_list(reader, field, json, base);
    case FIELD_MAP:
        return read_map(reader, field, json, base);
    case FIELD_OBJECT:
        if (field->since_key != NULL && cJSON_IsObject(json))
            check_since(reader, json, field->since_key, field->key);
        reader_object(reader, field->object, json, base + field->offset);
        return cJSON_IsObject(json);
    }
    return false;
}

static void set_default(struct reader *reader, const struct field *field, char *base)
{
    char *const place = base + field->offset;
    switch (field->type) {
    case FIELD_NUMBER:
    case FIELD_INTEGER:
    case FIELD_BOOLEAN:
        if (field->type == FIELD_BOOLEAN)
            *(bool *)(void *)place = field->initial != 0;
        else
            store_number(field, place, initial_number(reader, field));
        break;
    case FIELD_CHOICE:
        store_number(field, place,
                     field->choice_value == NULL ? field->initial
                                                 : field->choice_value[(int)field->initial]);
        break;
    case FIELD_STRING:
        *(char **)(void *)place = mem_strdup(field->text);
        break;
    case FIELD_DISTRIBUTION:
        if (field->store != STORE_POINTER)
            distribution_constant((struct distribution *)(void *)place, field->initial);
        break;
    case FIELD_OBJECT:
        reader_object(reader, field->object, NULL, place);
        break;
    default: /* nothing, an empty list */
        break;
    }
}

/* What an unknown key most likely is. */
static void suggest_key(const struct reader *reader, const struct object *object, const char *key,
                        char *text, size_t size)
{
    const char *candidate[65];
    char plain[80];
    const struct aws_name *const name = aws_name_find(object->name, key);
    aws_name_plain(key, plain, sizeof plain);
    for (size_t i = 0; i < object->fields; i++)
        candidate[i] = object->field[i].key;
    if (name == NULL)
        reader_suggest(reader, plain, candidate, object->fields, '`', text, size);
    else if (name->ours == NULL)
        snprintf(text, size, "%s", name->more);
    else
        snprintf(text, size, "; here it is `%s`%s", name->ours,
                 name->more == NULL ? "" : name->more);
}

/* The key that an unknown one most likely is; NULL: none. */
static const char *meant_key(const struct object *object, const char *key)
{
    const char *candidate[65];
    char plain[80];
    const struct aws_name *const name = aws_name_find(object->name, key);
    if (name != NULL)
        return name->ours;
    aws_name_plain(key, plain, sizeof plain);
    for (size_t i = 0; i < object->fields; i++)
        candidate[i] = object->field[i].key;
    return text_near_miss(plain, candidate, object->fields);
}

static void check_key(struct reader *reader, const struct object *object, const cJSON *json,
                      const cJSON *member)
{
    char suggestion[640], shown[JSON_SHOWN_SIZE];
    if (strcmp(member->string, "comment") == 0 || fields_find(object, member->string) >= 0) {
        if (strcmp(member->string, "comment") == 0 && !cJSON_IsString(member))
            reader_error(reader, member, "comment", "must be a string, not %s", type_name(member));
        return;
    }
    if (strcmp(member->string, "$schema") == 0 && object == &object_scenario)
        return;
    suggest_key(reader, object, member->string, suggestion, sizeof suggestion);
    const bool kept =
        reader->diagnostics->errors < DIAGNOSTICS_MAX; /* else it is dear for nobody */
    const char *const meant = kept ? meant_key(object, member->string) : NULL;
    if (meant != NULL)
        mark_unsound(reader, json, meant); /* it is not missing */
    reader_error(reader, member, NULL, "unknown key `%s`%s", json_shown(member->string, shown),
                 suggestion);
}

/* Of the selector's choice; -1 when it is missing or wrong, so that nothing depends on it. */
static int selected(struct reader *reader, const struct object *object, const cJSON *json)
{
    if (object->selector == NULL)
        return -1;
    const struct field *const field = &object->field[fields_find(object, object->selector)];
    const cJSON *const member = reader_member(json, object->selector);
    if (member == NULL)
        return field->mandatory || reader_is_told(reader, json, object->selector)
                   ? -1
                   : (int)field->initial;
    return find_choice(reader, field, member, true);
}

static void check_presence(struct reader *reader, const struct object *object, const cJSON *json,
                           const struct field *field, const cJSON *member, int choice)
{
    if (member == NULL && reader_is_told(reader, json, field->key))
        return;
    if (member == NULL && field->mandatory) {
        reader_error(reader, json, NULL, "%s is missing", field->key);
        mark_unsound(reader, json, field->key);
    }
    if (choice < 0)
        return;
    const char *const name = object->field[fields_find(object, object->selector)].choice[choice];
    if (member == NULL && (field->needed >> choice & 1) != 0)
        reader_error(reader, json, NULL, "%s \"%s\" needs %s", object->selector, name, field->key);
    if (member != NULL && field->allowed != 0 && (field->allowed >> choice & 1) == 0)
        reader_error(reader, member, field->key, "%s \"%s\" does not use it", object->selector,
                     name);
}

static void check_exactly_one(struct reader *reader, const struct object *object, const cJSON *json)
{
    char keys[200] = "";
    size_t length = 0, there = 0;
    for (size_t i = 0; object->exactly_one[i] != NULL; i++) {
        if (reader_is_told(reader, json, object->exactly_one[i]))
            return;
        there += reader_member(json, object->exactly_one[i]) != NULL;
        length += (size_t)snprintf(keys + length, sizeof keys - length, "%s%s",
                                   i == 0 ? "" : " and ", object->exactly_one[i]);
    }
    if (there != 1)
        reader_error(reader, json, NULL, "needs exactly one of %s", keys);
}

void reader_object(struct reader *reader, const struct object *object, const cJSON *json,
                   void *base)
{
    const size_t before = reader->diagnostics->errors;
    uint64_t given = 0;
    bool usable = json != NULL;
    if (json != NULL && !cJSON_IsObject(json)) {
        wrong_type(reader, json, "an object");
        usable = false;
    }
    if (usable)
        for (const cJSON *member = json->child; member != NULL; member = member->next)
            check_key(reader, object, json, member);
    const int choice = selected(reader, object, usable ? json : NULL);
    for (size_t i = 0; i < object->fields; i++) {
        const struct field *const field = &object->field[i];
        const cJSON *const member = usable ? reader_member(json, field->key) : NULL;
        if (usable)
            check_presence(reader, object, json, field, member, choice);
        if (member == NULL || field->type != FIELD_OBJECT)
            if (field->type != FIELD_BOUND)
                set_default(reader, field, base);
        if (member == NULL)
            continue;
        const size_t mark = reader_enter(reader, field->key);
        if (read_field(reader, field, member, base))
            given |= UINT64_C(1) << i;
        reader_leave(reader, mark);
    }
    if (usable && object->exactly_one != NULL)
        check_exactly_one(reader, object, json);
    if (object->has_line)
        *(long *)(void *)((char *)base + object->line_offset) = json_line(json);
    const cJSON *const whole = reader->whole;
    reader->whole = reader->diagnostics->errors > before ? json : NULL;
    if (object->finish != NULL)
        object->finish(reader, json, base, given);
    reader->whole = whole;
    if (reader->diagnostics->errors > before)
        mark_unsound(reader, json, "");
}

static void read_tuple(struct reader *reader, const struct object *object, const cJSON *json,
                       char *base)
{
    const size_t before = reader->diagnostics->errors;
    const cJSON *child = json->child;
    size_t count = 0;
    for (const cJSON *c = child; c != NULL; c = c->next)
        count++;
    for (size_t i = 0; i < object->fields; i++, child = child == NULL ? NULL : child->next) {
        set_default(reader, &object->field[i], base);
        if (count != object->fields || child == NULL)
            continue;
        const size_t mark = reader_enter_index(reader, i);
        read_field(reader, &object->field[i], child, base);
        reader_leave(reader, mark);
    }
    if (count != object->fields)
        reader_error(reader, json, NULL, "must have %zu numbers, [%s, %s]", object->fields,
                     object->field[0].key, object->field[1].key);
    if (reader->diagnostics->errors > before)
        mark_unsound(reader, json, "");
}
