/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE /* memmem */
#include "traces/lambda_log.h"

#include "core/memory.h"
#include "support/date.h"
#include "support/input.h"
#include "support/text.h"
#include "traces/file_names.h"
#include "traces/formats.h"
#include "traces/lambda_json_log.h"
#include "traces/lambda_report.h"
#include "traces/monitoring.h"
#include "traces/rejects.h"

#include <stdlib.h>
#include <string.h>

#define REPORT_MARK "REPORT RequestId:"
#define HELD 32             /* invocations held back for what lines behind them tell */
#define SEEN ((size_t)4096) /* requests begun and not ended; a power of two */
#define FUNCTION_MAX 512    /* bytes of a log group's name */
#define PREFIX_MAX 1024     /* what may stand before a platform line in its line */
#define NS_PER_MS INT64_C(1000000)

struct held {
    struct lambda_report report;
    uint64_t hash;
    bool has_function;
    char function[FUNCTION_MAX + 1];
};

/* What lines before its REPORT told of a request. */
struct seen {
    uint64_t hash; /* of its id; 0: free */
    int64_t start_ns;
    enum invocation_status status;
};

/* How the environment of a log stream began. */
struct environment {
    uint64_t stream; /* hash of its name; 0: free, or where streams are not told */
    bool provisioned, on_demand;
};

struct lambda_log {
    const char *file;
    const struct record_sink *sink;
    struct rejects *rejects;
    struct diagnostics *diagnostics;
    struct held held[HELD];
    size_t first, held_count;
    struct seen seen[SEEN];
    struct environment environment[SEEN], any; /* by stream; where none is told */
    uint64_t unclear; /* invocations of provisioned environments or others: not told which */
    uint64_t reports, rejected, points, others;
    struct monitoring_line monitoring;
};

/* One line with what is known of it. */
struct line {
    const char *text, *end;
    struct lambda_place place;
    size_t function_length;
    bool unfinished; /* the file ends in it */
    bool joined;     /* another one begins in it */
};

struct lambda_log *lambda_log_create(const char *file, const struct record_sink *sink,
                                     struct rejects *rejects, struct diagnostics *diagnostics)
{
    struct lambda_log *const log = mem_alloc(1, sizeof *log);
    log->file = file;
    log->sink = sink;
    log->rejects = rejects;
    log->diagnostics = diagnostics;
    return log;
}

void lambda_log_destroy(struct lambda_log *log)
{
    free(log);
}

/* Eight bytes at a time; ids are random already. Never 0. */
static uint64_t hash_id(const char *id, size_t length)
{
    uint64_t hash = length * UINT64_C(0x9e3779b97f4a7c15), word = 0;
    for (; length >= 8; id += 8, length -= 8) {
        memcpy(&word, id, 8);
        hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
        hash ^= hash >> 32;
    }
    word = 0;
    memcpy(&word, id, length);
    hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
    hash ^= hash >> 32;
    return hash != 0 ? hash : 1;
}

/* The request's slot, freed from an older one that never ended. */
static struct seen *see(struct lambda_log *log, uint64_t hash)
{
    struct seen *const seen = &log->seen[hash & (SEEN - 1)];
    if (seen->hash != hash)
        *seen = (struct seen){.hash = hash, .start_ns = UNKNOWN_VALUE};
    return seen;
}

/* Freed from another stream's, which is forgotten. */
static struct environment *environment_of(struct lambda_log *log, const char *stream)
{
    if (stream == NULL)
        return &log->any;
    const uint64_t hash = hash_id(stream, strlen(stream));
    struct environment *const environment = &log->environment[hash & (SEEN - 1)];
    if (environment->stream != hash)
        *environment = (struct environment){.stream = hash};
    return environment;
}

static void begin_environment(struct lambda_log *log, const char *stream, bool provisioned)
{
    struct environment *const environment = environment_of(log, stream);
    environment->provisioned = environment->provisioned || provisioned;
    environment->on_demand = environment->on_demand || !provisioned;
}

static bool is_provisioned(struct lambda_log *log, const char *stream)
{
    const struct environment *const environment = environment_of(log, stream);
    log->unclear += environment->provisioned && environment->on_demand;
    return environment->provisioned && !environment->on_demand;
}

static int reject(struct lambda_log *log, const struct line *line, const char *reason)
{
    log->rejected++;
    return rejects_add(log->rejects, log->file, line->place.line, reason, line->text,
                       (size_t)(line->end - line->text));
}

static int hand_over_first(struct lambda_log *log)
{
    struct held *const held = &log->held[log->first];
    log->first = (log->first + 1) % HELD;
    log->held_count--;
    if (log->sink->invocation == NULL)
        return 0;
    struct invocation_record *const record = &held->report.record;
    record->request_id = held->report.request_id;
    record->function = held->has_function ? held->function : NULL;
    lambda_report_judge_cold(record);
    return log->sink->invocation(log->sink->context, record);
}

/* Holds the report in the ring's next place, which the caller has filled. */
static int hold(struct lambda_log *log, struct held *held, const struct line *line)
{
    struct invocation_record *const record = &held->report.record;
    held->hash = hash_id(held->report.request_id, held->report.id_length);
    held->has_function = line->place.function != NULL;
    if (held->has_function) {
        const size_t length =
            line->function_length < FUNCTION_MAX ? line->function_length : FUNCTION_MAX;
        memcpy(held->function, line->place.function, length);
        held->function[length] = '\0';
    }
    if (line->place.time_ns != UNKNOWN_VALUE)
        record->time_ns = line->place.time_ns;
    struct seen *const seen = &log->seen[held->hash & (SEEN - 1)];
    if (seen->hash == held->hash) {
        if (seen->start_ns != UNKNOWN_VALUE) {
            record->time_ns = seen->start_ns;
            record->at_start = true;
        }
        if (seen->status != INVOCATION_UNKNOWN && record->status != INVOCATION_TIMEOUT)
            record->status = seen->status;
        seen->hash = 0;
    }
    log->reports++;
    log->held_count++;
    return 0;
}

static struct held *next_place(struct lambda_log *log, int *ret_result)
{
    *ret_result = log->held_count == HELD ? hand_over_first(log) : 0;
    return &log->held[(log->first + log->held_count) % HELD];
}

/* Lines are short, and these words begin with a letter that is rare in them: a memchr or two beats
 * memmem, which prepares a table for each call (bench_readers). */
static inline const char *find(const char *s, const char *end, const char *word, size_t length)
{
    while (s < end && (s = memchr(s, word[0], (size_t)(end - s))) != NULL) {
        if ((size_t)(end - s) < length)
            return NULL;
        if (memcmp(s, word, length) == 0)
            return s;
        s++;
    }
    return NULL;
}

/* Whether a word may begin at `s`: not in the middle of another, but an escaped tab may end there,
 * or any control byte (a NUL of a file that was preallocated). */
static bool begins_word(const struct line *line, const char *s)
{
    if (s == line->text)
        return true;
    const char c = s[-1];
    if (c == 't' || c == 'n')
        return s - line->text >= 2 && s[-2] == '\\';
    return (unsigned char)c <= ' ' || c == '"' || c == '|' || c == ']' || c == ',' || c == ':';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *token_end(const char *s, const char *end)
{
    while (s < end && *s != ' ' && *s != '\t' && *s != '"' && *s != ',' && *s != ']')
        s++;
    return s;
}

/* A timestamp at `s`: ISO 8601, its date and time perhaps apart, or an epoch in ms. Returns where
 * it ends, NULL when there is none. */
static const char *take_time(const char *s, const char *end, int64_t *ret_ns)
{
    char copy[48];
    const char *stop = token_end(s, end);
    if (stop - s == 13 && s[0] == '1') {
        int64_t ms = 0;
        for (int i = 0; i < 13 && is_digit(s[i]); i++)
            ms = ms * 10 + (s[i] - '0');
        if (ms < INT64_C(1000000000000))
            return NULL;
        *ret_ns = ms * NS_PER_MS;
        return stop;
    }
    if (stop - s < 10 || s[4] != '-' || s[7] != '-' || !is_digit(s[0]))
        return NULL;
    if (stop - s == 10 && stop + 1 < end && *stop == ' ' && is_digit(stop[1]))
        stop = token_end(stop + 1, end);
    /* Log4j writes "12:34:56,789". */
    if (stop < end && *stop == ',' && stop + 1 < end && is_digit(stop[1]))
        stop = token_end(stop + 1, end);
    if ((size_t)(stop - s) >= sizeof copy)
        return NULL;
    memcpy(copy, s, (size_t)(stop - s));
    copy[stop - s] = '\0';
    return timestamp_parse_iso(copy, ret_ns) ? stop : NULL;
}

const char *lambda_log_function(const char *text, size_t size, size_t *ret_length)
{
    static const char group[] = "/aws/lambda/";
    const char *const found = memmem(text, size, group, sizeof group - 1);
    if (found == NULL)
        return NULL;
    const char *const name = found + sizeof group - 1, *const end = text + size;
    const char *s = name;
    while (s < end && (is_digit(*s) || (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
                       *s == '-' || *s == '_' || *s == '.'))
        s++;
    *ret_length = (size_t)(s - name);
    return s > name ? name : NULL;
}

/* A date and time in ISO 8601 that begins anywhere in the text, even within a word; NULL: none. */
static const char *find_stamp(const char *s, const char *end)
{
    int64_t time_ns;
    for (; end - s >= 16; s++)
        if (s[4] == '-' && s[7] == '-' && (s[10] == 'T' || s[10] == ' ') && s[13] == ':' &&
            take_time(s, end, &time_ns) != NULL)
            return s;
    return NULL;
}

/* The stream that `aws logs tail` puts before a line, if it has the function's name. */
static const char *name_of_stream(const char *text, const char *end, size_t *ret_length)
{
    const char *const bracket = memchr(text, '[', (size_t)(end - text));
    const char *begin = bracket;
    while (begin != NULL && begin > text && begin[-1] != ' ' && begin[-1] != '\t')
        begin--;
    return begin == NULL ? NULL : stream_function(begin, (size_t)(end - begin), '/', ret_length);
}

/* What stands before a platform line: its timestamp, its log group. */
static void read_prefix(struct line *line, const char *prefix_end)
{
    if (prefix_end - line->text > PREFIX_MAX || prefix_end == line->text)
        return;
    if (line->place.function == NULL)
        line->place.function = lambda_log_function(line->text, (size_t)(prefix_end - line->text),
                                                   &line->function_length);
    if (line->place.function == NULL)
        line->place.function = name_of_stream(line->text, prefix_end, &line->function_length);
    for (const char *s = line->text; s < prefix_end && line->place.time_ns == UNKNOWN_VALUE;) {
        s += *s == '[' || *s == '"';
        const char *const stop = take_time(s, prefix_end, &line->place.time_ns);
        s = (stop != NULL ? stop : token_end(s, prefix_end)) + 1;
    }
    /* Behind what is left of a line that was cut. */
    const char *const stamp =
        line->place.time_ns == UNKNOWN_VALUE ? find_stamp(line->text, prefix_end) : NULL;
    if (stamp != NULL)
        take_time(stamp, prefix_end, &line->place.time_ns);
}

static int take_one_report(struct lambda_log *log, struct line *line, const char *report)
{
    const char *reason;
    int result;
    struct held *const held = next_place(log, &result);
    if (result != 0)
        return result;
    if (!lambda_report_parse(report, (size_t)(line->end - report), &held->report, &reason))
        return reject(log, line, reason);
    if ((line->unfinished || line->joined) && !held->report.whole)
        return reject(log, line,
                      line->joined ? "cut off: another REPORT begins within this line"
                                   : "cut off: the file ends within this line");
    read_prefix(line, report);
    return hold(log, held, line);
}

/* Whether both reports are of one request: then the line tells of it twice, as some exports do. */
static bool same_request(const char *a, const char *b, const char *end)
{
    a += sizeof REPORT_MARK - 1;
    b += sizeof REPORT_MARK - 1;
    a += a < end && *a == ' ';
    b += b < end && *b == ' ';
    const size_t length = (size_t)(token_end(a, end) - a);
    return (size_t)(token_end(b, end) - b) == length && memcmp(a, b, length) == 0;
}

/* A line may hold several: files without an end of their last line were put together. */
static int take_report(struct lambda_log *log, const struct line *line, const char *report)
{
    struct line one = *line;
    for (const char *next = report; next != NULL; report = next) {
        do
            next = find(next + 1, line->end, REPORT_MARK, sizeof REPORT_MARK - 1);
        while (next != NULL && same_request(report, next, line->end));
        const char *begin = NULL;
        if (next != NULL) {
            begin = find_stamp(next - report > PREFIX_MAX ? next - PREFIX_MAX : report, next);
            begin = begin != NULL ? begin : next;
        }
        one.end = begin != NULL ? begin : line->end;
        one.joined = next != NULL;
        const int result = take_one_report(log, &one, report);
        if (result != 0)
            return result;
        one = *line;
        one.text = begin;
    }
    return 0;
}

static void take_start(struct lambda_log *log, struct line *line, const char *start, const char *id)
{
    read_prefix(line, start);
    const uint64_t hash = hash_id(id, (size_t)(token_end(id, line->end) - id));
    struct seen *const seen = see(log, hash);
    /* The same id again is a retry: what was seen of its last attempt is past. */
    *seen = (struct seen){.hash = hash, .start_ns = line->place.time_ns};
}

/* The invocation may have reported already. */
static void take_status(struct lambda_log *log, const char *id, size_t length,
                        enum invocation_status status)
{
    const uint64_t hash = hash_id(id, length);
    for (size_t i = log->held_count; i-- > 0;) {
        struct held *const held = &log->held[(log->first + i) % HELD];
        if (held->hash == hash) {
            if (held->report.record.status != INVOCATION_TIMEOUT)
                held->report.record.status = status;
            return;
        }
    }
    struct seen *const seen = see(log, hash);
    if (seen->status != INVOCATION_TIMEOUT)
        seen->status = status;
}

static bool follows(const char *s, const char *end, const char *text)
{
    const size_t length = strlen(text);
    return (size_t)(end - s) >= length && memcmp(s, text, length) == 0;
}

/* Whether `word` ends at `s` and begins the line or stands behind a boundary. */
static const char *behind_word(const struct line *line, const char *s, const char *word)
{
    const size_t length = strlen(word);
    if ((size_t)(s - line->text) < length || memcmp(s - length, word, length) != 0)
        return NULL;
    s -= length;
    return begins_word(line, s) ? s : NULL;
}

/* "RequestId: ID Error: Runtime exited…", "RequestId: ID Process exited before completing
 * request": what Lambda itself says of a request that failed. */
static void take_failure(struct lambda_log *log, const struct line *line, const char *id)
{
    const char *const stop = token_end(id, line->end);
    if (stop < line->end &&
        (follows(stop, line->end, " Error: ") || follows(stop, line->end, " Process exited")))
        take_status(log, id, (size_t)(stop - id), INVOCATION_ERROR);
}

/* "ID Task timed out after 3.00 seconds"; Node.js: "ID\tERROR\tInvoke Error": `mark` begins at
 * the first blank. */
static bool take_ending(struct lambda_log *log, const struct line *line, const char *begin,
                        const char *mark, enum invocation_status status)
{
    const size_t before = (size_t)(strstr(mark, begin) - mark);
    const char *found = find(line->text, line->end, begin, strlen(begin));
    if (found == NULL || (size_t)(found - line->text) < before ||
        !follows(found - before, line->end, mark))
        return false;
    found -= before;
    const char *id = found;
    while (id > line->text && id[-1] != ' ' && id[-1] != '\t')
        id--;
    if (id < found)
        take_status(log, id, (size_t)(found - id), status);
    return true;
}

static int take_json(struct lambda_log *log, struct line *line, const char *object)
{
    const char *reason;
    int result;
    struct held *const held = next_place(log, &result);
    if (result != 0)
        return result;
    switch (lambda_json_parse(object, (size_t)(line->end - object), &held->report, &reason)) {
    case LAMBDA_JSON_BAD:
        return reject(log, line, reason);
    case LAMBDA_JSON_REPORT:
        read_prefix(line, object);
        if (held->report.record.time_ns != UNKNOWN_VALUE)
            line->place.time_ns = held->report.record.time_ns;
        held->report.record.provisioned =
            held->report.record.provisioned || is_provisioned(log, line->place.stream);
        return hold(log, held, line);
    case LAMBDA_JSON_INIT:
        begin_environment(log, line->place.stream, held->report.record.provisioned);
        break;
    case LAMBDA_JSON_START: {
        const int64_t time_ns = held->report.record.time_ns;
        read_prefix(line, object);
        see(log, hash_id(held->report.request_id, held->report.id_length))->start_ns =
            time_ns != UNKNOWN_VALUE ? time_ns : line->place.time_ns;
        break;
    }
    default:
        break;
    }
    log->others++;
    return 0;
}

static int take_monitoring(struct lambda_log *log, struct line *line, const char *mark)
{
    const char *reason;
    char function[FUNCTION_MAX + 1];
    if (!monitoring_parse(mark, (size_t)(line->end - mark), &log->monitoring, &reason))
        return reject(log, line, reason);
    log->points++;
    if (log->sink->point == NULL)
        return 0;
    read_prefix(line, mark);
    struct metric_point *const point = &log->monitoring.point;
    if (point->entity == NULL && line->place.function != NULL) {
        const size_t length =
            line->function_length < FUNCTION_MAX ? line->function_length : FUNCTION_MAX;
        memcpy(function, line->place.function, length);
        function[length] = '\0';
        point->entity = function;
    }
    return log->sink->point(log->sink->context, point);
}

/* A line without "RequestId:". */
static int take_other(struct lambda_log *log, struct line *line)
{
    const size_t size = (size_t)(line->end - line->text);
    const char *const mark =
        find(line->text, line->end, MONITORING_MARK, sizeof MONITORING_MARK - 1);
    if (mark != NULL && begins_word(line, mark))
        return take_monitoring(log, line, mark);
    const char *const object = memchr(line->text, '{', size);
    if (object != NULL && memmem(object, (size_t)(line->end - object), "\"platform.", 10) != NULL)
        return take_json(log, line, object);
    if (!take_ending(log, line, "Task timed out", " Task timed out after ", INVOCATION_TIMEOUT))
        take_ending(log, line, "Invoke Error", "\tERROR\tInvoke Error", INVOCATION_ERROR);
    log->others++;
    return 0;
}

static int take_line(struct lambda_log *log, struct line *line)
{
    static const char request[] = "RequestId:";
    const struct lambda_place place = line->place;
    const char *s = line->text, *started = NULL;
    while ((s = find(s, line->end, request, sizeof request - 1)) != NULL) {
        const char *const report = behind_word(line, s, "REPORT ");
        if (report != NULL) {
            if (started != NULL) { /* a line was joined to START's */
                const char *const stamp = find_stamp(started, report);
                line->text = stamp != NULL ? stamp : report;
                line->place = place;
            }
            return take_report(log, line, report);
        }
        const char *const start = behind_word(line, s, "START ");
        const char *id = s + sizeof request - 1;
        id += id < line->end && *id == ' ';
        if (start != NULL && started == NULL)
            take_start(log, line, start, id);
        else if (behind_word(line, s, "") != NULL)
            take_failure(log, line, id);
        s = id;
        started = start != NULL ? id : started;
    }
    if (started != NULL) {
        log->others++;
        return 0;
    }
    return take_other(log, line);
}

int lambda_log_take(struct lambda_log *log, const char *text, size_t size,
                    const struct lambda_place *place)
{
    const char *const end = text + size;
    const size_t function_length = place->function != NULL ? strlen(place->function) : 0;
    int result = 0;
    do {
        const char *const feed = memchr(text, '\n', (size_t)(end - text));
        struct line line = {.text = text,
                            .end = feed != NULL ? feed : end,
                            .place = *place,
                            .function_length = function_length};
        result = take_line(log, &line);
        text = line.end + 1;
    } while (result == 0 && text < end);
    return result;
}

bool lambda_log_of_use(const char *text, size_t size)
{
    static const char *const mark[] = {"RequestId:",           "\"platform.",  MONITORING_MARK,
                                       "Task timed out after", "Invoke Error", "\\\"platform."};
    for (size_t i = 0; i < sizeof mark / sizeof *mark; i++)
        if (memmem(text, size, mark[i], strlen(mark[i])) != NULL)
            return true;
    return false;
}

int lambda_log_finish(struct lambda_log *log, bool in_folder)
{
    char others[TEXT_NUMBER_SIZE], rejected[TEXT_NUMBER_SIZE];
    while (log->held_count > 0) {
        const int result = hand_over_first(log);
        if (result != 0)
            return result;
    }
    if (log->unclear > 0)
        diagnostics_warning(log->diagnostics, log->file, 0,
                            "%s invocation%s of environments of which some were of provisioned "
                            "concurrency and some on demand, and no log stream tells which: all of "
                            "them are taken as on demand",
                            text_number((double)log->unclear, 0, others),
                            log->unclear == 1 ? " is" : "s are");
    if (log->reports > 0 || log->points > 0)
        return 0;
    text_number((double)log->others, 0, others);
    text_number((double)log->rejected, 0, rejected);
    char *const what = log->rejected > 0
                           ? text_format("none of its %s REPORT lines can be read", rejected)
                           : text_format("there is no REPORT line in it, only %s other line%s",
                                         others, log->others == 1 ? "" : "s");
    if (in_folder)
        diagnostics_warning(log->diagnostics, log->file, 0, "%s", what);
    else
        diagnostics_error(log->diagnostics, log->file, 0, "%s", what);
    free(what);
    return in_folder ? 0 : -1;
}

int lambda_log_read(struct input *input, const struct read_options *options,
                    const struct record_sink *sink, struct rejects *rejects,
                    struct diagnostics *diagnostics)
{
    struct lambda_log *const log = lambda_log_create(input_path(input), sink, rejects, diagnostics);
    struct line line = {0};
    const char *text;
    size_t length;
    bool cut;
    int result;
    while ((result = input_line(input, &text, &length, &line.place.line, &cut)) == 1) {
        line = (struct line){.text = text,
                             .end = text + length,
                             .place = {.line = line.place.line, .time_ns = UNKNOWN_VALUE},
                             .unfinished = input_line_unfinished(input)};
        result = take_line(log, &line);
        if (result != 0)
            break;
    }
    if (result == 0)
        result = lambda_log_finish(log, options->in_folder);
    lambda_log_destroy(log);
    return result;
}

static bool recognise(const char *head, size_t size)
{
    return formats_contains(head, size, "REPORT RequestId:") ||
           formats_contains(head, size, "START RequestId:") ||
           formats_contains(head, size, "END RequestId:") ||
           formats_contains(head, size, "INIT_START Runtime Version:");
}

const struct trace_format lambda_log_format = {
    .name = "lambda-log",
    .description = "Lambda text logs with REPORT lines",
    .recognise = recognise,
    .read = lambda_log_read,
};
