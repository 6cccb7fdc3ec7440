/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The vocabulary for people: every key with its path, type, unit, range, default, date and meaning,
 * from the same tables as the reader and the JSON Schema.
 */
#include "scenario/internal.h"

#include "core/memory.h"
#include "scenario/limits.h"
#include "support/date.h"
#include "support/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INDENT 4
#define RIGHT_EDGE 100

struct page {
    FILE *out;
    const struct limits *limits;
};

static void put_object(const struct page *page, const struct object *object, const char *path);

/* Words to lines. */
static void put_wrapped(FILE *out, const char *sentence)
{
    char *const text = mem_strdup(sentence);
    size_t column = 0;
    char *rest = NULL;
    for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        const size_t width = strlen(word);
        const bool fits = column > 0 && column + 1 + width <= RIGHT_EDGE;
        if (column > 0)
            putc(fits ? ' ' : '\n', out);
        column = fits ? column + 1 : INDENT;
        if (!fits)
            fprintf(out, "%*s", INDENT, "");
        fputs(word, out);
        column += width;
    }
    putc('\n', out);
    free(text);
}

static void put_number(FILE *out, double number)
{
    char text[JSON_NUMBER_SIZE];
    fputs(json_number(number, text), out);
}

/* "a, b, c": those of the choices whose bit is set. */
static void put_choices(FILE *out, const char *const *choice, unsigned bits)
{
    const char *before = "";
    for (size_t i = 0; choice[i] != NULL; i++) {
        if ((bits >> i & 1) == 0)
            continue;
        fprintf(out, "%s%s", before, choice[i]);
        before = ", ";
    }
}

/* "1024 at first, 1536 since 2015-06-01": nothing where it never changed. */
static void put_history(const struct page *page, FILE *out, const char *what, const char *key)
{
    double value;
    int32_t since;
    if (key == NULL || !limits_change(page->limits, key, 1, &value, &since))
        return;
    fprintf(out, " (%s by as_of: ", what);
    for (size_t i = 0; limits_change(page->limits, key, i, &value, &since); i++) {
        char day[16];
        fputs(i == 0 ? "" : ", ", out);
        put_number(out, value);
        if (i == 0)
            fputs(" at first", out);
        else
            fprintf(out, " since %s", date_format(since, day));
    }
    putc(')', out);
}

static void put_references(FILE *out, const struct field *field)
{
    const char *before = field->plain ? "the name of a " : "\"";
    for (unsigned kind = ENTITY_NONE + 1; kind < ENTITY_KINDS; kind++) {
        if ((field->references >> kind & 1) == 0)
            continue;
        fprintf(out, "%s%s%s", before, scenario_kinds[kind].prefix, field->plain ? "" : ":NAME\"");
        before = field->plain ? " or " : " or \"";
    }
    if (field->arn)
        fputs(" or an ARN", out);
}

static void put_type(FILE *out, const struct field *field)
{
    switch (field->type) {
    case FIELD_NUMBER:
    case FIELD_BOUND:
        fputs("number", out);
        break;
    case FIELD_INTEGER:
        fputs("whole number", out);
        break;
    case FIELD_BOOLEAN:
        fputs("true or false", out);
        break;
    case FIELD_STRING:
    case FIELD_CHOICE:
        fputs(field->choice != NULL ? "one of " : field->kind == TEXT_FILE ? "file" : "text", out);
        if (field->choice != NULL)
            put_choices(out, field->choice, ~0u);
        break;
    case FIELD_DATE:
        fputs("date, YYYY-MM-DD", out);
        break;
    case FIELD_REFERENCE:
        put_references(out, field);
        break;
    case FIELD_DISTRIBUTION:
        fputs("number or DISTRIBUTION", out);
        break;
    case FIELD_STRINGS:
        fputs("list of texts", out);
        break;
    case FIELD_WORD:
        fputs("list of ", out);
        put_choices(out, field->choice, ~0u);
        break;
    case FIELD_OBJECT:
        fputs("object", out);
        break;
    case FIELD_LIST:
        fputs("list of objects", out);
        for (size_t i = 0; field->object->tuple && i < field->object->fields; i++)
            fprintf(out, "%s%s%s", i == 0 ? " or of [" : ", ", field->object->field[i].key,
                    i + 1 == field->object->fields ? "]" : "");
        break;
    case FIELD_MAP:
        fputs("objects by name", out);
        break;
    }
    if (field->word != NULL)
        fprintf(out, " or \"%s\"", field->word);
    if (field->wrapped != NULL)
        fprintf(out, " or {\"%s\": number}", field->wrapped);
    if (field->unit != NULL)
        fprintf(out, " (%s)", field->unit);
}

static void put_range(const struct page *page, FILE *out, const struct field *field)
{
    const bool list =
        field->type == FIELD_STRINGS || field->type == FIELD_LIST || field->type == FIELD_MAP;
    const double most = list && field->maximum == 0 ? 100000 : field->maximum;
    if (!list && field->type != FIELD_NUMBER && field->type != FIELD_INTEGER)
        return;
    fputs(most != 0 ? "; " : "; at least ", out);
    put_number(out, field->minimum);
    if (most != 0) {
        fputs(" to ", out);
        put_number(out, most);
    }
    fputs(list ? " of them" : "", out);
    put_history(page, out, "least", field->minimum_key);
    put_history(page, out, "most", field->maximum_key);
}

static void put_default(const struct page *page, FILE *out, const struct field *field)
{
    if (field->mandatory) {
        fputs("; required", out);
        return;
    }
    if (field->needed != 0)
        return;
    put_history(page, out, "default", field->initial_key);
    if (field->dynamic)
        return;
    switch (field->type) {
    case FIELD_NUMBER:
    case FIELD_INTEGER:
    case FIELD_DISTRIBUTION:
        fputs("; default ", out);
        put_number(out, field->initial);
        break;
    case FIELD_BOOLEAN:
        fprintf(out, "; default %s", field->initial != 0 ? "true" : "false");
        break;
    case FIELD_CHOICE:
        fprintf(out, "; default %s", field->choice[(int)field->initial]);
        break;
    case FIELD_STRING:
        if (field->text != NULL)
            fprintf(out, "; default \"%s\"", field->text);
        break;
    default:
        break;
    }
}

/* Which other keys decide about this one. */
static void put_conditions(FILE *out, const struct object *object, const struct field *field)
{
    const char *const *const selector =
        object->selector != NULL ? object->field[fields_find(object, object->selector)].choice
                                 : NULL;
    const bool both = field->allowed == field->needed;
    if (selector != NULL && field->needed != 0) {
        fprintf(out, "; required %swith %s ", both ? "and only " : "", object->selector);
        put_choices(out, selector, field->needed);
    }
    if (selector != NULL && field->allowed != 0 && !both) {
        fprintf(out, "; only with %s ", object->selector);
        put_choices(out, selector, field->allowed);
    }
    bool alternative = false;
    for (size_t i = 0; object->exactly_one != NULL && object->exactly_one[i] != NULL; i++)
        alternative = alternative || strcmp(object->exactly_one[i], field->key) == 0;
    for (size_t i = 0; alternative && object->exactly_one[i] != NULL; i++)
        fprintf(out, "%s%s", i == 0 ? "; exactly one of " : ", ", object->exactly_one[i]);
}

static void put_since(const struct page *page, FILE *out, const struct field *field)
{
    char day[16];
    if (field->since_key == NULL)
        return;
    const int32_t first = limits_first_day(page->limits, field->since_key);
    if (first == DATE_MIN)
        return;
    fputs("; ", out);
    if (field->since_choices != 0) {
        put_choices(out, field->choice, field->since_choices);
        putc(' ', out);
    }
    if (first == DATE_MAX)
        fputs("never", out);
    else
        fprintf(out, "since %s", date_format(first, day));
}

static void put_field(const struct page *page, const struct object *object,
                      const struct field *field, const char *path)
{
    char *text = NULL;
    size_t size = 0;
    FILE *const out = open_memstream(&text, &size);
    fprintf(page->out, "%s\n", path);
    if (out == NULL)
        return;
    put_type(out, field);
    put_range(page, out, field);
    put_default(page, out, field);
    put_conditions(out, object, field);
    put_since(page, out, field);
    fclose(out);
    put_wrapped(page->out, field->doc);
    put_wrapped(page->out, text);
    free(text);
    if (field->object == NULL)
        return;
    char *const below = text_format("%s%s", path,
                                    field->type == FIELD_MAP    ? ".NAME"
                                    : field->type == FIELD_LIST ? "[]"
                                                                : "");
    put_object(page, field->object, below);
    free(below);
}

static void put_object(const struct page *page, const struct object *object, const char *path)
{
    for (size_t i = 0; i < object->fields; i++) {
        const struct field *const field = &object->field[i];
        char *const below = text_format("%s%s%s", path, *path == '\0' ? "" : ".", field->key);
        put_field(page, object, field, below);
        free(below);
    }
}

char *scenario_keys(const struct limits *limits)
{
    char *text = NULL;
    size_t size = 0;
    const struct page page = {open_memstream(&text, &size), limits};
    if (page.out == NULL)
        return mem_strdup("");
    fputs(
        "The keys of a scenario. NAME is a name of your own, [] an item of a list; every object\n"
        "takes a \"comment\" too. What exists since a date is an error where as_of is before it.\n"
        "\n",
        page.out);
    put_object(&page, &object_scenario, "");
    fprintf(page.out, "\nDISTRIBUTION\n%*s%s\n", INDENT, "", object_distribution.doc);
    put_object(&page, &object_distribution, "DISTRIBUTION");
    fclose(page.out);
    return text;
}
