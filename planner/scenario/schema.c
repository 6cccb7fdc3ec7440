/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The JSON Schema (draft 2020-12) of the tables: one definition an object. Ranges are the widest of
 * all eras; the program knows more (eras, references, sums) and says so.
 */
#include "scenario/internal.h"

#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>

#define MOST_OBJECTS 64

struct writer {
    FILE *out;
    int depth;
    bool first; /* nothing stands in the present container yet */
    const struct object *object[MOST_OBJECTS];
    size_t objects;
};

static void new_item(struct writer *writer, const char *key)
{
    if (!writer->first)
        putc(',', writer->out);
    fprintf(writer->out, "\n%*s", writer->depth * 2, "");
    if (key != NULL)
        fprintf(writer->out, "\"%s\": ", key);
    writer->first = false;
}

static void begin(struct writer *writer, const char *key, char bracket)
{
    new_item(writer, key);
    putc(bracket, writer->out);
    writer->depth++;
    writer->first = true;
}

static void end(struct writer *writer, char bracket)
{
    writer->depth--;
    if (!writer->first)
        fprintf(writer->out, "\n%*s", writer->depth * 2, "");
    putc(bracket, writer->out);
    writer->first = false;
}

static void put_quoted(struct writer *writer, const char *text)
{
    putc('"', writer->out);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            putc('\\', writer->out);
        putc(*text, writer->out);
    }
    putc('"', writer->out);
}

static void put_string(struct writer *writer, const char *key, const char *text)
{
    new_item(writer, key);
    put_quoted(writer, text);
}

static void put_number(struct writer *writer, const char *key, double number)
{
    char text[JSON_NUMBER_SIZE];
    new_item(writer, key);
    fputs(json_number(number, text), writer->out);
}

static void put_word(struct writer *writer, const char *key, const char *word)
{
    new_item(writer, key);
    fputs(word, writer->out);
}

static void put_reference(struct writer *writer, const char *key, const struct object *object)
{
    new_item(writer, key);
    fprintf(writer->out, "\"#/$defs/%s\"", object->name);
}

static void put_choices(struct writer *writer, const char *const *choice)
{
    new_item(writer, "enum");
    putc('[', writer->out);
    for (size_t i = 0; choice[i] != NULL; i++) {
        fputs(i == 0 ? "" : ", ", writer->out);
        put_quoted(writer, choice[i]);
    }
    putc(']', writer->out);
}

static void put_description(struct writer *writer, const struct field *field)
{
    new_item(writer, "description");
    char *text = NULL;
    size_t size = 0;
    FILE *const out = open_memstream(&text, &size);
    if (out == NULL)
        return;
    fputs(field->doc, out);
    if (field->unit != NULL)
        fprintf(out, " Unit: %s.", field->unit);
    if (field->maximum_key != NULL)
        fprintf(out, " Its limit depends on as_of (%s).", field->maximum_key);
    if (field->since_key != NULL)
        fprintf(out, " Exists from a date on (%s).", field->since_key);
    fclose(out);
    put_quoted(writer, text);
    free(text);
}

static void put_text_rule(struct writer *writer, enum text_kind kind)
{
    put_string(writer, "type", "string");
    put_number(writer, "minLength", 1);
    if (text_rules[kind].pattern != NULL)
        put_string(writer, "pattern", text_rules[kind].pattern);
}

static void put_references(struct writer *writer, const struct field *field)
{
    char pattern[400] = "^(";
    size_t length = 2;
    if (field->plain) {
        put_text_rule(writer, TEXT_NAME);
        return;
    }
    for (unsigned kind = ENTITY_NONE + 1; kind < ENTITY_KINDS && length < sizeof pattern; kind++)
        if ((field->references >> kind & 1) != 0)
            length += (size_t)snprintf(pattern + length, sizeof pattern - length, "%s%s",
                                       length == 2 ? "" : "|", scenario_kinds[kind].prefix);
    snprintf(pattern + length, sizeof pattern - length, "):[A-Za-z0-9._-]{1,64}$%s",
             field->arn ? "|^arn(:[^:]*){4}:." : "");
    put_string(writer, "type", "string");
    put_string(writer, "pattern", pattern);
}

static void put_range(struct writer *writer, const struct field *field)
{
    put_string(writer, "type", field->type == FIELD_INTEGER ? "integer" : "number");
    put_number(writer, "minimum", field->minimum);
    put_number(writer, "maximum", field_maximum(field));
}

static void put_number_type(struct writer *writer, const struct field *field)
{
    if (field->wrapped == NULL && field->word == NULL) {
        put_range(writer, field);
        return;
    }
    begin(writer, "anyOf", '[');
    begin(writer, NULL, '{');
    put_range(writer, field);
    end(writer, '}');
    begin(writer, NULL, '{');
    if (field->word != NULL) {
        put_string(writer, "const", field->word);
        end(writer, '}');
        end(writer, ']');
        return;
    }
    put_string(writer, "type", "object");
    begin(writer, "properties", '{');
    begin(writer, field->wrapped, '{');
    put_range(writer, field);
    end(writer, '}');
    end(writer, '}');
    begin(writer, "required", '[');
    put_string(writer, NULL, field->wrapped);
    end(writer, ']');
    put_word(writer, "additionalProperties", "false");
    end(writer, '}');
    end(writer, ']');
}

static void put_list_length(struct writer *writer, const struct field *field, bool map)
{
    if (field->minimum > 0)
        put_number(writer, map ? "minProperties" : "minItems", field->minimum);
    put_number(writer, map ? "maxProperties" : "maxItems",
               field->maximum > 0 ? field->maximum : 100000);
}

static void put_element(struct writer *writer, const struct object *object)
{
    if (!object->tuple) {
        put_reference(writer, "$ref", object);
        return;
    }
    begin(writer, "anyOf", '[');
    begin(writer, NULL, '{');
    put_reference(writer, "$ref", object);
    end(writer, '}');
    begin(writer, NULL, '{');
    put_string(writer, "type", "array");
    begin(writer, "prefixItems", '[');
    for (size_t i = 0; i < object->fields; i++) {
        begin(writer, NULL, '{');
        put_description(writer, &object->field[i]);
        put_number_type(writer, &object->field[i]);
        end(writer, '}');
    }
    end(writer, ']');
    put_number(writer, "minItems", (double)object->fields);
    put_number(writer, "maxItems", (double)object->fields);
    end(writer, '}');
    end(writer, ']');
}

static void put_map(struct writer *writer, const struct field *field)
{
    put_string(writer, "type", "object");
    begin(writer, "properties", '{');
    begin(writer, "comment", '{');
    end(writer, '}');
    end(writer, '}');
    begin(writer, "patternProperties", '{');
    begin(writer, text_rules[TEXT_NAME].pattern, '{');
    begin(writer, "anyOf", '[');
    begin(writer, NULL, '{');
    put_reference(writer, "$ref", field->object);
    end(writer, '}');
    begin(writer, NULL, '{');
    put_string(writer, "type", "string");
    put_string(writer, "description", "Only under the name \"comment\".");
    end(writer, '}');
    end(writer, ']');
    end(writer, '}');
    end(writer, '}');
    put_word(writer, "additionalProperties", "false");
    put_list_length(writer, field, true);
}

static void put_type(struct writer *writer, const struct field *field)
{
    switch (field->type) {
    case FIELD_NUMBER:
    case FIELD_INTEGER:
    case FIELD_BOUND:
        put_number_type(writer, field);
        break;
    case FIELD_BOOLEAN:
        put_string(writer, "type", "boolean");
        break;
    case FIELD_STRING:
        if (field->choice != NULL)
            put_choices(writer, field->choice);
        else
            put_text_rule(writer, field->kind);
        break;
    case FIELD_CHOICE:
        put_choices(writer, field->choice);
        break;
    case FIELD_DATE:
        put_string(writer, "type", "string");
        put_string(writer, "pattern", "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$");
        break;
    case FIELD_REFERENCE:
        put_references(writer, field);
        break;
    case FIELD_DISTRIBUTION:
        begin(writer, "anyOf", '[');
        begin(writer, NULL, '{');
        put_string(writer, "type", "number");
        put_number(writer, "minimum", 0);
        end(writer, '}');
        begin(writer, NULL, '{');
        put_reference(writer, "$ref", &object_distribution);
        end(writer, '}');
        end(writer, ']');
        break;
    case FIELD_STRINGS:
        put_string(writer, "type", "array");
        begin(writer, "items", '{');
        put_text_rule(writer, field->kind);
        end(writer, '}');
        put_list_length(writer, field, false);
        break;
    case FIELD_WORD:
        put_string(writer, "type", "array");
        begin(writer, "items", '{');
        put_choices(writer, field->choice);
        end(writer, '}');
        break;
    case FIELD_OBJECT:
        put_reference(writer, "$ref", field->object);
        break;
    case FIELD_LIST:
        put_string(writer, "type", "array");
        begin(writer, "items", '{');
        put_element(writer, field->object);
        end(writer, '}');
        put_list_length(writer, field, false);
        break;
    case FIELD_MAP:
        put_map(writer, field);
        break;
    }
}

static void put_default(struct writer *writer, const struct field *field)
{
    if (field->mandatory || field->dynamic || field->needed != 0)
        return;
    switch (field->type) {
    case FIELD_NUMBER:
    case FIELD_INTEGER:
        put_number(writer, "default", field->initial);
        break;
    case FIELD_DISTRIBUTION:
        put_number(writer, "default", field->initial);
        break;
    case FIELD_BOOLEAN:
        put_word(writer, "default", field->initial != 0 ? "true" : "false");
        break;
    case FIELD_CHOICE:
        put_string(writer, "default", field->choice[(int)field->initial]);
        break;
    case FIELD_STRING:
        if (field->text != NULL)
            put_string(writer, "default", field->text);
        break;
    default:
        break;
    }
}

/* For each choice of the selector: which keys must be there, which must not. */
static void put_conditions(struct writer *writer, const struct object *object)
{
    const struct field *const selector = &object->field[fields_find(object, object->selector)];
    begin(writer, "allOf", '[');
    for (int choice = 0; selector->choice[choice] != NULL; choice++) {
        begin(writer, NULL, '{');
        begin(writer, "if", '{');
        begin(writer, "properties", '{');
        begin(writer, selector->key, '{');
        put_string(writer, "const", selector->choice[choice]);
        end(writer, '}');
        end(writer, '}');
        if (selector->mandatory || choice != (int)selector->initial) {
            begin(writer, "required", '[');
            put_string(writer, NULL, selector->key);
            end(writer, ']');
        }
        end(writer, '}');
        begin(writer, "then", '{');
        begin(writer, "required", '[');
        for (size_t i = 0; i < object->fields; i++)
            if ((object->field[i].needed >> choice & 1) != 0)
                put_string(writer, NULL, object->field[i].key);
        end(writer, ']');
        begin(writer, "properties", '{');
        for (size_t i = 0; i < object->fields; i++)
            if (object->field[i].allowed != 0 && (object->field[i].allowed >> choice & 1) == 0)
                put_word(writer, object->field[i].key, "false");
        end(writer, '}');
        end(writer, '}');
        end(writer, '}');
    }
    end(writer, ']');
}

static void put_object(struct writer *writer, const struct object *object)
{
    put_string(writer, "description", object->doc);
    put_string(writer, "type", "object");
    begin(writer, "properties", '{');
    if (object == &object_scenario) {
        begin(writer, "$schema", '{');
        put_string(writer, "type", "string");
        end(writer, '}');
    }
    begin(writer, "comment", '{');
    put_string(writer, "description", "Anything: an assumption, a source. It is not used.");
    put_string(writer, "type", "string");
    end(writer, '}');
    for (size_t i = 0; i < object->fields; i++) {
        const struct field *const field = &object->field[i];
        begin(writer, field->key, '{');
        put_description(writer, field);
        put_type(writer, field);
        put_default(writer, field);
        end(writer, '}');
    }
    end(writer, '}');
    begin(writer, "required", '[');
    for (size_t i = 0; i < object->fields; i++)
        if (object->field[i].mandatory)
            put_string(writer, NULL, object->field[i].key);
    end(writer, ']');
    put_word(writer, "additionalProperties", "false");
    if (object->selector != NULL)
        put_conditions(writer, object);
    if (object->exactly_one == NULL)
        return;
    begin(writer, "oneOf", '[');
    for (size_t i = 0; object->exactly_one[i] != NULL; i++) {
        begin(writer, NULL, '{');
        begin(writer, "required", '[');
        put_string(writer, NULL, object->exactly_one[i]);
        end(writer, ']');
        end(writer, '}');
    }
    end(writer, ']');
}

/* Every object that can be reached, once, in the order in which it is met. */
static void collect(struct writer *writer, const struct object *object)
{
    for (size_t i = 0; i < writer->objects; i++)
        if (writer->object[i] == object)
            return;
    if (writer->objects == MOST_OBJECTS)
        return;
    writer->object[writer->objects++] = object;
    for (size_t i = 0; i < object->fields; i++) {
        if (object->field[i].object != NULL)
            collect(writer, object->field[i].object);
        if (object->field[i].type == FIELD_DISTRIBUTION)
            collect(writer, &object_distribution);
    }
}

char *scenario_schema(void)
{
    char *text = NULL;
    size_t size = 0;
    struct writer writer = {.out = open_memstream(&text, &size), .depth = 1, .first = true};
    if (writer.out == NULL)
        return mem_strdup("");
    collect(&writer, &object_scenario);
    putc('{', writer.out);
    put_string(&writer, "$schema", "https://json-schema.org/draft/2020-12/schema");
    put_string(&writer, "title", "lambdaplan scenario");
    put_object(&writer, &object_scenario);
    begin(&writer, "$defs", '{');
    for (size_t i = 1; i < writer.objects; i++) {
        begin(&writer, writer.object[i]->name, '{');
        put_object(&writer, writer.object[i]);
        end(&writer, '}');
    }
    end(&writer, '}');
    fputs("\n}\n", writer.out);
    fclose(writer.out);
    return text;
}
