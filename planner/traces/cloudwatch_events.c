/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CloudWatch Logs in JSON: `aws logs filter-log-events` and `get-log-events` (events[]), what a
 * subscription delivers (logEvents[], perhaps many such objects behind each other), the bare array
 * of events, and events line by line. A scanner cuts each event's object out of the text, which is
 * never loaded whole; cJSON reads the few that say something of use. Where a subscription's log
 * group stands behind its events (keys were sorted), these few are held back until it is known.
 */
#define _GNU_SOURCE /* memmem */
#include "traces/cloudwatch_events.h"

#include "core/memory.h"
#include "support/input.h"
#include "support/text.h"
#include "traces/file_names.h"
#include "traces/formats.h"
#include "traces/lambda_log.h"
#include "traces/rejects.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of an object. A message has at most 1 MB (CloudWatch Logs quotas), more when it is escaped. */
#define OBJECT_MAX ((size_t)4000000)
#define GROUP_MAX 512
#define EPOCH_MS_MIN 1e11 /* a smaller number is a time in seconds */
#define EPOCH_MS_MAX 9e12

/* An event that waits for its envelope's log group: its text in `held`. */
struct held_event {
    size_t at, size;
    long line;
};

struct events {
    const char *file;
    struct lambda_log *log;
    struct rejects *rejects;
    char group[GROUP_MAX + 1]; /* of the envelope: the function, or the log group; "": unknown */

    char *object; /* the text of the one that is open, as far as it is kept */
    size_t size, capacity;
    bool open;      /* inside an object's text */
    bool too_large; /* the rest of it is not kept */
    bool envelope;  /* events were found in it: it is none itself */
    bool in_events; /* between an envelope's events */
    bool in_string, escaped, stray;
    size_t depth; /* of the open object's brackets; inside `in_events` of an event's */
    long line, object_line;

    bool hold;
    char *held;
    size_t held_size, held_capacity;
    struct held_event *waiting;
    size_t waits, wait_capacity;
};

static int reject(struct events *events, long line, const char *reason)
{
    const size_t shown = events->size < OBJECT_MAX ? events->size : OBJECT_MAX;
    return rejects_add(events->rejects, events->file, line, reason,
                       events->object != NULL ? events->object : "", shown);
}

static const char *text_of(const cJSON *object, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

/* Lambda's own log groups name the function; of another one its own name has to do. */
static void set_group(char group[GROUP_MAX + 1], const char *name)
{
    size_t length;
    const char *const function = lambda_log_function(name, strlen(name), &length);
    if (function == NULL)
        length = strlen(name);
    length = length < GROUP_MAX ? length : GROUP_MAX;
    memcpy(group, function != NULL ? function : name, length);
    group[length] = '\0';
}

static int64_t time_of(const cJSON *event)
{
    const cJSON *const item = cJSON_GetObjectItemCaseSensitive(event, "timestamp");
    if (!cJSON_IsNumber(item))
        return UNKNOWN_VALUE;
    const double ms = item->valuedouble * (item->valuedouble < EPOCH_MS_MIN ? 1000.0 : 1.0);
    return ms > 0 && ms < EPOCH_MS_MAX ? llround(ms) * INT64_C(1000000) : UNKNOWN_VALUE;
}

/* filter-log-events of a group that functions share; free() it. */
static char *name_of_stream(const cJSON *event)
{
    size_t length = 0;
    const char *const stream = text_of(event, "logStreamName");
    const char *const name =
        stream == NULL ? NULL : stream_function(stream, strlen(stream), '/', &length);
    return name == NULL ? NULL : text_format("%.*s", (int)length, name);
}

static int take_message(struct events *events, const cJSON *event, const char *text, size_t size,
                        const struct lambda_place *place)
{
    const cJSON *const message = cJSON_GetObjectItemCaseSensitive(event, "message");
    const char *const said = cJSON_GetStringValue(message);
    if (said != NULL)
        return lambda_log_take(events->log, said, strlen(said), place);
    if (!cJSON_IsObject(message)) /* an event of Lambda's telemetry, without an envelope */
        return lambda_log_take(events->log, text, size, place);
    char *const printed = cJSON_PrintUnformatted(message);
    if (printed == NULL)
        return 0;
    const int result = lambda_log_take(events->log, printed, strlen(printed), place);
    cJSON_free(printed);
    return result;
}

/* An event's object: `text`. */
static int take_event(struct events *events, const cJSON *event, const char *text, size_t size,
                      long line)
{
    char group[GROUP_MAX + 1];
    const char *const name = text_of(event, "logGroup");
    struct lambda_place place = {
        .line = line, .time_ns = time_of(event), .stream = text_of(event, "logStreamName")};
    memcpy(group, events->group, sizeof group);
    if (name != NULL)
        set_group(group, name);
    if (group[0] != '\0')
        place.function = group;
    char *const of_stream = group[0] == '\0' ? name_of_stream(event) : NULL;
    if (of_stream != NULL)
        place.function = of_stream;
    const int result = take_message(events, event, text, size, &place);
    free(of_stream);
    return result;
}

static int take_text(struct events *events, const char *text, size_t size, long line)
{
    cJSON *const event = cJSON_ParseWithLength(text, size);
    if (event == NULL)
        return rejects_add(events->rejects, events->file, line, "this is no valid JSON", text,
                           size);
    const int result = take_event(events, event, text, size, line);
    cJSON_Delete(event);
    return result;
}

static int release_held(struct events *events)
{
    int result = 0;
    for (size_t i = 0; i < events->waits && result == 0; i++) {
        const struct held_event *const event = &events->waiting[i];
        result = take_text(events, events->held + event->at, event->size, event->line);
    }
    events->waits = events->held_size = 0;
    events->hold = false;
    return result;
}

/* An envelope has at most 1 MB: one with more is a made-up one, and its events go on without. */
static int hold_back(struct events *events)
{
    if (events->size > OBJECT_MAX - events->held_size) {
        const int result = release_held(events);
        return result != 0 ? result
                           : take_text(events, events->object, events->size, events->object_line);
    }
    events->held =
        mem_grow(events->held, &events->held_capacity, events->held_size + events->size, 1);
    memcpy(events->held + events->held_size, events->object, events->size);
    events->waiting =
        mem_grow(events->waiting, &events->wait_capacity, events->waits, sizeof *events->waiting);
    events->waiting[events->waits++] =
        (struct held_event){events->held_size, events->size, events->object_line};
    events->held_size += events->size;
    return 0;
}

/* The log group among an envelope's members, if they are sound. */
static void read_group(struct events *events, const char *members, size_t size)
{
    cJSON *const envelope = cJSON_ParseWithLength(members, size);
    const char *const name = text_of(envelope, "logGroup");
    if (name != NULL)
        set_group(events->group, name);
    cJSON_Delete(envelope);
}

/* Behind its events an envelope goes on with a comma, or ends. */
static int end_envelope(struct events *events)
{
    if (events->hold && !events->too_large) {
        size_t at = 0;
        while (at < events->size && memchr(" \t\r\n", events->object[at], 4) != NULL)
            at++;
        if (at < events->size && events->object[at] == ',') {
            events->object[at] = '{';
            read_group(events, events->object + at, events->size - at);
        }
    }
    const int result = release_held(events);
    events->envelope = false;
    events->group[0] = '\0';
    return result;
}

static int end_object(struct events *events)
{
    events->open = false;
    if (events->envelope)
        return end_envelope(events);
    if (events->too_large)
        return reject(events, events->object_line, "an object has more than 4,000,000 bytes");
    if (!lambda_log_of_use(events->object, events->size)) {
        const struct lambda_place place = {.line = events->object_line, .time_ns = UNKNOWN_VALUE};
        return lambda_log_take(events->log, "", 0, &place); /* counted */
    }
    return events->hold ? hold_back(events)
                        : take_text(events, events->object, events->size, events->object_line);
}

/* The text before the bracket at its end, without blanks. */
static size_t trim(const char *text, size_t size)
{
    while (size > 0 && memchr(" \t\r\n", text[size - 1], 4) != NULL)
        size--;
    return size;
}

/* Whether the array that opens is an envelope's events; `ret_size` is where their key begins. */
static bool opens_events(const struct events *events, size_t *ret_size)
{
    static const char *const key[] = {"\"logEvents\"", "\"events\""};
    size_t size = trim(events->object, events->size);
    if (size == 0 || events->object[size - 1] != ':')
        return false;
    size = trim(events->object, size - 1);
    for (size_t i = 0; i < sizeof key / sizeof *key; i++) {
        const size_t length = strlen(key[i]);
        if (size >= length && memcmp(events->object + size - length, key[i], length) == 0) {
            *ret_size = size - length;
            return true;
        }
    }
    return false;
}

/* What the envelope said before its events, whose key begins at `size`: closed, it is an object. */
static void read_envelope(struct events *events, size_t size)
{
    events->hold = events->object[size + 1] == 'l'; /* only logEvents have a group */
    size = trim(events->object, size);
    if (size > 0 && events->object[size - 1] == ',')
        size--;
    events->object[size] = '}'; /* where the key or the comma was */
    read_group(events, events->object, size + 1);
    events->hold = events->hold && events->group[0] == '\0';
}

static void keep(struct events *events, const char *text, size_t size)
{
    if (size > OBJECT_MAX - events->size) {
        events->too_large = true;
        return;
    }
    if (events->size + size >= events->capacity)
        events->object = mem_grow(events->object, &events->capacity, events->size + size, 1);
    memcpy(events->object + events->size, text, size);
    events->size += size;
}

static void begin_object(struct events *events)
{
    events->open = true;
    events->too_large = events->in_string = events->escaped = events->stray = false;
    events->size = 0;
    events->depth = 1;
    events->object_line = events->line;
    keep(events, "{", 1);
}

/* Outside of any object. */
static int take_between(struct events *events, char c)
{
    if (c == '{') {
        begin_object(events);
    } else if (c == ']' && events->in_events) {
        /* What follows is the envelope's tail. */
        events->in_events = events->too_large = events->in_string = events->escaped = false;
        events->open = events->envelope = true;
        events->size = 0;
        events->depth = 1;
    } else if (c == '\n') {
        events->stray = false;
    } else if (memchr(" \t\r,[]", c, 6) == NULL && !events->stray) {
        events->stray = true; /* once a line */
        events->size = 0;
        keep(events, &c, 1);
        return reject(events, events->line, "there is text outside of any JSON object");
    }
    return 0;
}

static int take_in_string(struct events *events, char c)
{
    if (c == '\n' && !events->envelope) {
        /* No JSON string spans lines: the line is cut, and the next one may be whole. */
        events->open = false;
        return reject(events, events->object_line, "a string does not end on its line");
    }
    if (events->escaped)
        events->escaped = false;
    else if (c == '\\')
        events->escaped = true;
    else if (c == '"')
        events->in_string = false;
    return 0;
}

static int take_inside(struct events *events, char c)
{
    size_t key;
    switch (c) {
    case '"':
        events->in_string = true;
        break;
    case '[':
        if (events->depth == 1 && !events->in_events && !events->too_large &&
            opens_events(events, &key)) {
            read_envelope(events, key);
            events->in_events = true;
            events->open = false;
            return 0;
        }
        events->depth++;
        break;
    case '{':
        events->depth++;
        break;
    case ']':
    case '}':
        if (--events->depth == 0) {
            keep(events, &c, 1);
            return end_object(events);
        }
        break;
    default:
        break;
    }
    return 0;
}

/* How many characters from here on change nothing in an object. */
static size_t plain_run(const struct events *events, const char *text, size_t size)
{
    size_t i = 0;
    if (!events->open || events->escaped)
        return 0;
    if (events->in_string)
        while (i < size && text[i] != '"' && text[i] != '\\' && text[i] != '\n')
            i++;
    else
        while (i < size && text[i] != '"' && text[i] != '\n' && text[i] != '{' && text[i] != '}' &&
               text[i] != '[' && text[i] != ']')
            i++;
    return i;
}

static int take_chunk(struct events *events, const char *text, size_t size)
{
    const char *const end = text + size;
    int result = 0;
    while (text < end && result == 0) {
        const size_t run = plain_run(events, text, (size_t)(end - text));
        if (run > 0) {
            keep(events, text, run);
            text += run;
            continue;
        }
        const char c = *text++;
        if (!events->open) {
            result = take_between(events, c);
        } else {
            result = events->in_string ? take_in_string(events, c) : take_inside(events, c);
            if (events->open)
                keep(events, &c, 1);
        }
        events->line += c == '\n';
    }
    return result;
}

static int finish(struct events *events)
{
    const int result = release_held(events);
    if (result != 0)
        return result;
    if (events->open && !events->envelope)
        return reject(events, events->object_line, "the file ends inside this object");
    if (events->in_events || events->open)
        return rejects_add(events->rejects, events->file, events->line,
                           "the file ends before its array of events does", "", 0);
    return 0;
}

static int read_events(struct input *input, const struct read_options *options,
                       const struct record_sink *sink, struct rejects *rejects,
                       struct diagnostics *diagnostics)
{
    struct events *const events = mem_alloc(1, sizeof *events);
    events->file = input_path(input);
    events->rejects = rejects;
    events->line = 1;
    events->log = lambda_log_create(events->file, sink, rejects, diagnostics);
    const char *text;
    ssize_t size;
    int result = 0;
    while (result == 0 && (size = input_chunk(input, &text)) != 0)
        result = size < 0 ? -1 : take_chunk(events, text, (size_t)size);
    if (result == 0)
        result = finish(events);
    if (result == 0)
        result = lambda_log_finish(events->log, options->in_folder);
    lambda_log_destroy(events->log);
    free(events->object);
    free(events->held);
    free(events->waiting);
    free(events);
    return result;
}

static bool recognise(const char *head, size_t size)
{
    size_t i = 0;
    while (i < size && memchr(" \t\r\n", head[i], 4) != NULL)
        i++;
    if (i == size || (head[i] != '{' && head[i] != '['))
        return false;
    return formats_contains(head, size, "\"logEvents\"") ||
           (formats_contains(head, size, "\"events\"") &&
            (formats_contains(head, size, "\"message\"") ||
             formats_contains(head, size, "\"searchedLogStreams\"") ||
             formats_contains(head, size, "\"nextForwardToken\""))) ||
           (formats_contains(head, size, "\"message\"") &&
            formats_contains(head, size, "\"timestamp\"")) ||
           (head[i] == '[' && formats_contains(head, size, "\"platform."));
}

const struct trace_format cloudwatch_events_format = {
    .name = "cloudwatch-events",
    .description = "CloudWatch Logs in JSON: filter-log-events, get-log-events, subscriptions",
    .recognise = recognise,
    .read = read_events,
};
