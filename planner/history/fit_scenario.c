/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was counted (fit.c) as a scenario. It is written function by function, because with
 * thousands of them its text is larger than all that was counted. */
#include "history/fit_writer.h"

#include "core/memory.h"
#include "history/seen_requests.h"
#include "scenario/scenario.h"
#include "support/date.h"
#include "support/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_DAY INT64_C(86400000000000)
#define MONDAY_S (3 * FIT_DAY_S) /* 1970-01-01 was a Thursday */
#define BESIDE_NS INT64_C(3600000000000)
#define MOST_CALLS 5e6 /* of a replication, where the length is ours to choose */
#define NAME_LENGTH 64
#define STEPS 100 /* of a table of quantiles */
#define MANY 1000 /* functions: more get less detail each, for the size of the scenario */
#define STEPS_OF_MANY 25

struct part {            /* of one function */
    char *name, *second; /* of its workload for bursts; NULL: left out, or none */
    struct fit_arrivals arrivals;
};

struct writing {
    struct fit_writer w;
    const char *path;
    char *head; /* JSON without its last brace */
    struct part *part;
    struct fit_row *row;
    fit_write *write;
    void *context;
};

/* Names that were given, by hash; how often each was wanted. */
struct names {
    char **name;
    unsigned *wanted;
    size_t slots; /* a power of two above what comes */
};

static size_t find_name(const struct names *names, const char *name)
{
    size_t at = (size_t)seen_requests_hash(name) & (names->slots - 1);
    while (names->name[at] != NULL && strcmp(names->name[at], name) != 0)
        at = (at + 1) & (names->slots - 1);
    return at;
}

/* A name that a scenario takes and that is not there yet; it belongs to `names`. */
static char *clean_name(struct names *names, const char *name)
{
    char clean[NAME_LENGTH + 1];
    size_t length = 0;
    for (; name[length] != '\0' && length < NAME_LENGTH; length++) {
        const char c = name[length];
        const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
        clean[length] = c;
        if (!fine)
            clean[length] = '_';
    }
    clean[length] = '\0';
    const size_t first = find_name(names, clean);
    char *result = mem_strdup(clean);
    size_t at = first;
    while (names->name[at] != NULL) {
        free(result);
        result = text_format("%.*s-%u", NAME_LENGTH - 8, clean, ++names->wanted[first] + 1);
        at = find_name(names, result);
    }
    return names->name[at] = result;
}

/* As long as what repeats. */
static enum fit_shape longest_shape(const struct writing *writing)
{
    enum fit_shape shape = writing->w.shape;
    for (size_t i = 0; i < fit_functions(writing->w.fit); i++) {
        const struct fit_clock *const clock = &writing->part[i].arrivals.clock;
        const enum fit_shape needed = clock->by_weekday ? FIT_BY_WEEK : FIT_BY_DAY;
        if (clock->expression != NULL && needed > shape)
            shape = needed;
    }
    return shape;
}

static void put_run(const struct fit_writer *w, enum fit_shape shape, cJSON *json, uint64_t calls)
{
    cJSON *const run = cJSON_AddObjectToObject(json, "run");
    const double rate = (double)calls / w->span_s;
    double length = shape == FIT_BY_WEEK  ? FIT_WEEK_S
                    : shape == FIT_BY_DAY ? FIT_DAY_S
                                          : fmax(w->span_s, 60);
    if (rate * length > MOST_CALLS)
        length = fmax(60, MOST_CALLS / rate);
    fit_put_comment(run, text_format("Assumed: %s, at most %.0f calls.",
                                     shape == FIT_BY_WEEK  ? "a week"
                                     : shape == FIT_BY_DAY ? "a day"
                                                           : "as long as the data",
                                     MOST_CALLS));
    cJSON_AddNumberToObject(run, "duration_s", ceil(length));
    cJSON_AddNumberToObject(run, "replications", 5);
    cJSON_AddNumberToObject(run, "seed", 1);
}

static void put_head(const struct fit_writer *w, cJSON *json, const char *name)
{
    char day[16], first[16], last[16];
    const int64_t days[2] = {fit_first_ns(w->fit) / NS_PER_DAY, fit_last_ns(w->fit) / NS_PER_DAY};
    cJSON_AddStringToObject(json, "name", name);
    if (fit_relative(w->fit))
        fit_put_comment(json,
                        text_format("Fitted by lambdaplan to %llu calls in %.6g s; their times "
                                    "count from the beginning, which is taken for Monday, 00:00. "
                                    "as_of is as given.",
                                    (unsigned long long)fit_count(w->fit), w->span_s));
    else
        fit_put_comment(
            json,
            text_format("Fitted by lambdaplan to %llu calls from %s to %s. as_of is "
                        "%s.",
                        (unsigned long long)fit_count(w->fit), date_format((int32_t)days[0], first),
                        date_format((int32_t)days[1], last),
                        w->options->has_as_of ? "as given" : "the day of the last call"));
    cJSON_AddStringToObject(json, "region", w->options->region);
    cJSON_AddStringToObject(json, "as_of", date_format(w->day, day));
}

static bool is_left_out(const struct fit_function *f)
{
    return f->measured->calls == 0 || f->timed == 0;
}

static void begin_row(const struct fit_function *f, double span_s, struct fit_row *ret)
{
    *ret = (struct fit_row){.name = f->name,
                            .calls = f->calls,
                            .rate_per_s = (double)f->timed / span_s,
                            .dispersion = NAN,
                            .cold_ratio = NAN,
                            .error_ratio = NAN,
                            .memory_mb = NAN,
                            .most_at_once = fit_most_at_once(f)};
    if (is_left_out(f))
        return;
    if (f->cold + f->warm > 0)
        ret->cold_ratio = (double)f->cold / (double)(f->cold + f->warm);
    if (f->with_status > 0)
        ret->error_ratio = (double)(f->errors + f->timeouts) / (double)f->calls;
}

/* "512 MB (1,234 calls), 1024 MB (5 calls)", by when they were last seen; free() it. */
static char *list_sizes(const struct fit_function *f)
{
    char number[TEXT_NUMBER_SIZE];
    char *text = mem_strdup("");
    bool listed[FIT_SIZES] = {false};
    for (size_t n = 0; n < f->sizes; n++) {
        size_t next = FIT_SIZES;
        for (size_t i = 0; i < f->sizes; i++)
            if (!listed[i] && (next == FIT_SIZES || f->size[i].last_ns < f->size[next].last_ns))
                next = i;
        listed[next] = true;
        char *const longer = text_format("%s%s%lld MB (%s calls)", text, n > 0 ? ", " : "",
                                         (long long)f->size[next].memory_mb,
                                         text_number((double)f->size[next].calls, 0, number));
        free(text);
        text = longer;
    }
    return text;
}

/* Sizes that follow each other were changed; those that go on beside each other for long are of
 * several versions, or several functions. */
static void tell_sizes(const struct fit_writer *w, const struct fit_function *f)
{
    const struct fit_size *const at = f->measured;
    bool beside = false;
    if (f->sizes < 2)
        return;
    for (size_t i = 0; i < f->sizes; i++)
        beside = beside || (&f->size[i] != at && f->size[i].first_ns + BESIDE_NS < at->last_ns &&
                            at->first_ns + BESIDE_NS < f->size[i].last_ns);
    char *const sizes = list_sizes(f);
    diagnostics_warning(w->diagnostics, NULL, 0,
                        "function %s: its calls ran with %s: durations, cold starts and memory "
                        "used are those with %lld MB%s%s",
                        f->name, sizes, (long long)at->memory_mb,
                        at->memory_mb == f->memory_mb ? "" : ", because the last are too few",
                        beside ? "; they ran beside each other: if these are several functions, "
                                 "give each its file, NAME=FILE"
                               : "");
    free(sizes);
}

/* Names, arrivals and rows of all functions. Names of bursts come last, so that no function loses
 * its own to them. */
static void begin_parts(struct writing *writing, struct names *names)
{
    const struct fit_writer *const w = &writing->w;
    const size_t functions = fit_functions(w->fit);
    for (size_t i = 0; i < functions; i++) {
        const struct fit_function *const f = fit_function(w->fit, i);
        struct part *const part = &writing->part[i];
        begin_row(f, w->span_s, &writing->row[i]);
        if (is_left_out(f)) {
            diagnostics_warning(w->diagnostics, NULL, 0,
                                "function %s: no call tells %s: it is left out", f->name,
                                f->timed == 0 ? "when it was" : "its duration");
            continue;
        }
        tell_sizes(w, f);
        part->name = clean_name(names, f->name);
        writing->row[i].in_scenario = mem_strdup(part->name);
        fit_arrivals_find(w, f, &part->arrivals);
        writing->row[i].dispersion = part->arrivals.dispersion;
    }
    for (size_t i = 0; i < functions; i++) {
        struct part *const part = &writing->part[i];
        if (part->name == NULL || !fit_arrivals_are_two(&part->arrivals))
            continue;
        char *const name = text_format("%.*s-bursts", NAME_LENGTH - 16, part->name);
        part->second = clean_name(names, name);
        free(name);
    }
}

static char *printed(cJSON *json)
{
    char *const text = cJSON_Print(json);
    char *const copy = mem_strdup(text != NULL ? text : "");
    cJSON_free(text);
    cJSON_Delete(json);
    return copy;
}

/* One member of a section, a tab deeper with each brace around it. */
static void write_member(const struct writing *writing, bool *first, const char *name,
                         const char *text)
{
    char *const key = text_format("%s\n\t\t\"%s\":\t", *first ? "" : ",", name);
    writing->write(writing->context, key);
    free(key);
    *first = false;
    char line[256];
    for (const char *s = text; *s != '\0';) {
        size_t length = strcspn(s, "\n");
        length += s[length] == '\n';
        length = length < sizeof line ? length : sizeof line - 1;
        snprintf(line, sizeof line, "%.*s", (int)length, s);
        writing->write(writing->context, line);
        s += length;
        if (s[-1] == '\n')
            writing->write(writing->context, "\t\t");
    }
}

static char *workload_text(const struct writing *writing, size_t i, bool second)
{
    const struct part *const part = &writing->part[i];
    return printed(fit_workload_json(&writing->w, fit_function(writing->w.fit, i), &part->arrivals,
                                     part->name, second));
}

/* A scenario of one function alone must be one, or we have made a mistake. */
static void check(const struct writing *writing, size_t i, const char *function)
{
    static const struct scenario_overrides none = {NULL, NULL, NULL};
    const struct scenario_data data = {.limits = writing->w.options->limits};
    const struct part *const part = &writing->part[i];
    struct diagnostics found;
    char *const first = workload_text(writing, i, false);
    char *const second = part->second == NULL ? mem_strdup("") : workload_text(writing, i, true);
    char *const text = text_format(
        "%s, \"workloads\": {\"a\": %s%s%s}, \"functions\": {\"%s\": %s}}", writing->head, first,
        part->second == NULL ? "" : ", \"b\": ", second, part->name, function);
    diagnostics_init(&found);
    struct scenario *const scenario =
        scenario_parse(text, strlen(text), writing->path, &data, &none, &found);
    for (size_t k = 0; k < found.count; k++)
        if (!found.item[k].warning)
            diagnostics_error(writing->w.diagnostics, NULL, 0, "function %s, as fitted: %s",
                              part->name, found.item[k].text);
    diagnostics_finish(&found);
    scenario_destroy(scenario);
    free(text);
    free(second);
    free(first);
}

static void write_workloads(const struct writing *writing)
{
    bool first = true;
    writing->write(writing->context, ",\n\t\"workloads\":\t{");
    for (size_t i = 0; i < fit_functions(writing->w.fit); i++) {
        const struct part *const part = &writing->part[i];
        for (int second = 0; second < 2; second++) {
            if ((second ? part->second : part->name) == NULL)
                continue;
            char *const text = workload_text(writing, i, second);
            write_member(writing, &first, second ? part->second : part->name, text);
            free(text);
        }
    }
    writing->write(writing->context, "\n\t}");
}

static void write_functions(const struct writing *writing)
{
    struct diagnostics *const diagnostics = writing->w.diagnostics;
    bool first = true;
    writing->write(writing->context, ",\n\t\"functions\":\t{");
    for (size_t i = 0; i < fit_functions(writing->w.fit) && diagnostics->errors == 0; i++) {
        struct fit_function *const f = fit_function(writing->w.fit, i);
        if (writing->part[i].name == NULL)
            continue;
        char *const text = printed(fit_function_json(&writing->w, f, &writing->row[i]));
        check(writing, i, text);
        fit_function_forget(f);
        write_member(writing, &first, writing->part[i].name, text);
        free(text);
    }
    writing->write(writing->context, "\n\t}\n}\n");
    if (first && diagnostics->errors == 0)
        diagnostics_error(diagnostics, NULL, 0,
                          "no call tells both when it was and how long it took");
}

/* The file's own name without ".json"; free() it. */
static char *scenario_name(const char *path)
{
    const char *const slash = strrchr(path, '/');
    char *const name = mem_strdup(slash != NULL ? slash + 1 : path);
    const size_t length = strlen(name);
    if (length > 5 && strcmp(name + length - 5, ".json") == 0)
        name[length - 5] = '\0';
    return name;
}

static void write_all(struct writing *writing)
{
    const struct fit_writer *const w = &writing->w;
    cJSON *const json = cJSON_CreateObject();
    char *const name = scenario_name(writing->path);
    put_head(w, json, name);
    put_run(w, longest_shape(writing), json, fit_count(w->fit));
    free(name);
    writing->head = printed(json);
    writing->head[strlen(writing->head) - strlen("\n}")] = '\0';
    writing->write(writing->context, writing->head);
    write_workloads(writing);
    write_functions(writing);
    free(writing->head);
}

double fit_covered_s(const struct fit *fit)
{
    const double hour_ns = FIT_HOUR_S * 1e9;
    return (floor((double)fit_last_ns(fit) / hour_ns) + 1 -
            floor((double)fit_first_ns(fit) / hour_ns)) *
           FIT_HOUR_S;
}

bool fit_tells_weekdays(const struct fit *fit)
{
    return fit_covered_s(fit) >= 2 * FIT_WEEK_S - FIT_DAY_S;
}

static enum fit_shape shape_of(const struct fit *fit, bool many)
{
    const double covered_s = fit_covered_s(fit);
    return fit_tells_weekdays(fit) && !many    ? FIT_BY_WEEK
           : covered_s >= 2 * FIT_DAY_S        ? FIT_BY_DAY
           : fit_span_s(fit) >= 2 * FIT_HOUR_S ? FIT_SPAN
                                               : FIT_FLAT;
}

int fit_scenario(struct fit *fit, const struct fit_options *options, const char *path,
                 struct fit_row *ret_row, fit_write *write, void *context,
                 struct diagnostics *diagnostics)
{
    const double first_s = (double)fit_first_ns(fit) / 1e9 + (fit_relative(fit) ? 0 : MONDAY_S);
    const size_t functions = fit_functions(fit);
    const bool many = functions > MANY;
    struct names names = {.slots = 2};
    struct writing writing = {
        .w = {.fit = fit,
              .options = options,
              .day = options->has_as_of ? options->as_of : (int32_t)(fit_last_ns(fit) / NS_PER_DAY),
              .first_s = fmod(fmod(first_s, FIT_WEEK_S) + FIT_WEEK_S, FIT_WEEK_S),
              .span_s = fit_span_s(fit),
              .shape = shape_of(fit, many),
              .steps = many ? STEPS_OF_MANY : STEPS,
              .diagnostics = diagnostics},
        .path = path,
        .part = mem_alloc(functions, sizeof *writing.part),
        .row = ret_row,
        .write = write,
        .context = context,
    };
    while (names.slots < 4 * functions)
        names.slots *= 2;
    names.name = mem_alloc(names.slots, sizeof *names.name);
    names.wanted = mem_alloc(names.slots, sizeof *names.wanted);
    begin_parts(&writing, &names);
    write_all(&writing);
    for (size_t i = 0; i < functions; i++) {
        free(writing.part[i].name);
        free(writing.part[i].second);
        free(writing.part[i].arrivals.clock.expression);
    }
    free(writing.part);
    free(names.name);
    free(names.wanted);
    return diagnostics->errors > 0 ? -1 : 0;
}

void fit_row_finish(struct fit_row *row)
{
    free(row->in_scenario);
    free(row->duration);
    free(row->keep_alive);
}
