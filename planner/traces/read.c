/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files and folders to records, each in its own format. */
#include "core/memory.h"
#include "support/folder.h"
#include "support/input.h"
#include "support/text.h"
#include "traces/ahead.h"
#include "traces/file_names.h"
#include "traces/formats.h"
#include "traces/mapped_csv.h"
#include "traces/parallel.h"
#include "traces/record.h"
#include "traces/rejects.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct reading {
    const struct read_options *options;
    const struct trace_format *format; /* NULL: each file's own */
    struct record_sink sink;           /* of the caller */
    struct record_sink counting;       /* hands on to it */
    uint64_t records;
    uint64_t points, costs, invocations; /* that nobody wanted */
    uint64_t unnamed;                    /* invocations of a function that nobody named */
    size_t unnamed_files;
    const char *function;             /* of the file at hand, for what names none; NULL */
    const struct record_parts *parts; /* NULL: `sink` gets all */
    unsigned threads;
    bool ahead; /* this is a file read ahead of its turn, for which big tables wait */
    struct rejects *rejects;
    struct diagnostics *diagnostics;
};

static int pass_invocation(void *context, const struct invocation_record *record)
{
    struct reading *const reading = context;
    struct invocation_record named;
    reading->records++;
    reading->unnamed += record_is_unnamed(record) && reading->function == NULL;
    return reading->sink.invocation(reading->sink.context,
                                    record_named(record, reading->function, &named));
}

static int pass_point(void *context, const struct metric_point *point)
{
    struct reading *const reading = context;
    struct metric_point named;
    reading->records++;
    return reading->sink.point(reading->sink.context,
                               point_named(point, reading->function, &named));
}

static int pass_cost(void *context, const struct cost_line *line)
{
    struct reading *const reading = context;
    reading->records++;
    return reading->sink.cost(reading->sink.context, line);
}

static int skip_invocation(void *context, const struct invocation_record *record)
{
    ((struct reading *)context)->invocations += record->count;
    return 0;
}

static int skip_point(void *context, const struct metric_point *point)
{
    (void)point;
    ((struct reading *)context)->points++;
    return 0;
}

static int skip_cost(void *context, const struct cost_line *line)
{
    (void)line;
    ((struct reading *)context)->costs++;
    return 0;
}

static int report_kind(const struct reading *reading, const char *name, bool in_folder)
{
    char *const known = formats_list();
    if (in_folder && !reading->options->strict)
        diagnostics_warning(reading->diagnostics, name, 0,
                            "left out: not a format that is known; name it with --input-format");
    else
        diagnostics_error(reading->diagnostics, name, 0,
                          "not a format that is known; known are %s; name it with --input-format",
                          known);
    free(known);
    return in_folder && !reading->options->strict ? 0 : -1;
}

static int report_empty(const struct reading *reading, const char *name, bool in_folder)
{
    if (in_folder)
        diagnostics_warning(reading->diagnostics, name, 0, "the file is empty");
    else
        diagnostics_error(reading->diagnostics, name, 0, "the file is empty");
    return in_folder ? 0 : -1;
}

static void set_sink(struct reading *reading, const struct record_sink *sink)
{
    reading->sink = *sink;
    reading->counting = (struct record_sink){
        .invocation = sink->invocation != NULL ? pass_invocation : skip_invocation,
        .point = sink->point != NULL ? pass_point : skip_point,
        .cost = sink->cost != NULL ? pass_cost : skip_cost,
        .context = reading,
    };
}

static int read_content(struct reading *reading, const struct trace_format *format,
                        struct input *input, const struct read_options *options, const char *path)
{
    const struct record_parts *const parts = reading->parts;
    reading->function = options->function;
    if (parts == NULL)
        return format->read(input, options, &reading->counting, reading->rejects,
                            reading->diagnostics);
    const bool in_chunks = format->table != NULL && parallel_fits(path, PARALLEL_CHUNK);
    if (in_chunks && reading->ahead)
        return -1; /* it gets all threads when it is its turn */
    if (in_chunks) {
        struct record_tally tally;
        const int result =
            parallel_read_table(path, format->table, options, reading->threads, PARALLEL_CHUNK,
                                parts, reading->rejects, reading->diagnostics, &tally);
        reading->records += tally.records;
        reading->invocations += tally.invocations;
        reading->points += tally.points;
        return result;
    }
    void *const part = parts->create(parts->context);
    const struct record_sink sink = parts->sink(part);
    set_sink(reading, &sink);
    const int result =
        format->read(input, options, &reading->counting, reading->rejects, reading->diagnostics);
    if (result == 0)
        return parts->merge(parts->context, part);
    parts->destroy(part);
    return result;
}

static int read_file(struct reading *reading, const char *path, const char *function,
                     bool in_folder)
{
    const char *head;
    const uint64_t unnamed = reading->unnamed;
    const size_t errors = reading->diagnostics->errors;
    struct input *const input = in_folder && !reading->options->strict
                                    ? input_open_damaged(path, reading->diagnostics)
                                    : input_open(path, reading->diagnostics);
    if (input == NULL) /* in a folder an archive of another kind is left out */
        return reading->diagnostics->errors > errors ? -1 : 0;
    const size_t size = input_head(input, &head);
    const struct trace_format *const format = reading->format != NULL ? reading->format
                                              : reading->options->maps > 0
                                                  ? &mapped_csv_format
                                                  : formats_recognise(head, size);
    struct read_options options = *reading->options;
    char *const exported = function == NULL ? export_function(path) : NULL;
    options.in_folder = in_folder;
    options.function = function != NULL ? function : exported;
    int result;
    if (size == 0)
        result = input_failed(input) ? -1 : report_empty(reading, input_path(input), in_folder);
    else if (format == NULL)
        result = input_failed(input) ? -1 : report_kind(reading, input_path(input), in_folder);
    else
        result = read_content(reading, format, input, &options, path);
    reading->unnamed_files += reading->unnamed > unnamed;
    input_close(input);
    free(exported);
    return result;
}

/* --- several files ---------------------------------------------------------------------------- */

struct list {
    struct reading *reading;
    const char *const *path;
    char *const *function; /* of each, NULL where none is given … */
    const char *all;       /* … and of all files of a folder */
    bool in_folder;
};

static const char *list_function(const struct list *list, size_t index)
{
    return list->in_folder ? list->all : list->function[index];
}

/* A file that was read ahead of its turn; `good`: it said nothing, and can be merged. */
struct file_ahead {
    struct reading reading;
    struct diagnostics diagnostics;
    const struct list *list;
    struct record_parts parts;
    void *part;
    bool good;
};

static void *create_ahead(void *context)
{
    const struct record_parts *const parts = ((struct file_ahead *)context)->list->reading->parts;
    return parts->create(parts->context);
}

static int keep_ahead(void *context, void *part)
{
    ((struct file_ahead *)context)->part = part;
    return 0;
}

/* Whatever is not plain (a pipe, a word to be said) is read again in its turn, as one thread reads.
 */
static void *read_ahead(void *context, size_t index)
{
    const struct list *const list = context;
    const struct record_parts *const parts = list->reading->parts;
    const char *const path = list->path[index];
    struct file_ahead *const file = mem_alloc(1, sizeof *file);
    struct stat info;
    diagnostics_init(&file->diagnostics);
    file->list = list;
    file->parts =
        (struct record_parts){create_ahead, parts->sink, keep_ahead, parts->destroy, file};
    file->reading = (struct reading){.options = list->reading->options,
                                     .format = list->reading->format,
                                     .parts = &file->parts,
                                     .threads = 1,
                                     .ahead = true,
                                     .rejects = rejects_keep(),
                                     .diagnostics = &file->diagnostics};
    file->good =
        stat(path, &info) == 0 && S_ISREG(info.st_mode) &&
        read_file(&file->reading, path, list_function(list, index), list->in_folder) == 0 &&
        file->diagnostics.errors + file->diagnostics.warnings == 0;
    return file;
}

static void drop_ahead(void *context, void *result)
{
    const struct list *const list = context;
    struct file_ahead *const file = result;
    if (file->part != NULL)
        list->reading->parts->destroy(file->part);
    rejects_drop(file->reading.rejects);
    diagnostics_finish(&file->diagnostics);
    free(file);
}

static int take_ahead(struct list *list, struct file_ahead *file, size_t index)
{
    struct reading *const reading = list->reading;
    const struct record_parts *const parts = reading->parts;
    if (!file->good || (reading->options->strict && rejects_count(file->reading.rejects) > 0))
        return read_file(reading, list->path[index], list_function(list, index), list->in_folder);
    const int result = rejects_replay(reading->rejects, file->reading.rejects);
    if (result != 0)
        return result;
    reading->records += file->reading.records;
    reading->points += file->reading.points;
    reading->costs += file->reading.costs;
    reading->invocations += file->reading.invocations;
    void *const part = file->part;
    file->part = NULL;
    return part == NULL ? 0 : parts->merge(parts->context, part);
}

static int read_list(struct list *list, size_t count)
{
    struct reading *const reading = list->reading;
    int result = 0;
    if (reading->parts == NULL || reading->threads < 2 || count < 2) {
        for (size_t i = 0; i < count && result == 0; i++)
            result = read_file(reading, list->path[i], list_function(list, i), list->in_folder);
        return result;
    }
    struct ahead *const ahead = ahead_start(count, reading->threads, read_ahead, list);
    for (size_t i = 0; i < count && result == 0; i++) {
        struct file_ahead *const file = ahead_take(ahead);
        result = take_ahead(list, file, i);
        drop_ahead(list, file);
    }
    ahead_stop(ahead, drop_ahead);
    return result;
}

static int read_folder(struct reading *reading, const char *path, const char *function)
{
    struct folder folder;
    int result = folder_list(&folder, path, reading->diagnostics);
    struct list list = {.reading = reading,
                        .path = (const char *const *)folder.path,
                        .all = function,
                        .in_folder = true};
    if (result == 0)
        result = read_list(&list, folder.count);
    folder_finish(&folder);
    return result;
}

static int find_format(struct reading *reading, const char *name)
{
    if (name == NULL)
        return 0;
    reading->format = formats_find(name);
    if (reading->format != NULL)
        return 0;
    const size_t count = formats_count();
    const char **const names = mem_alloc(count, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = formats_get(i)->name;
    const char *const near = text_near_miss(name, names, count);
    char *const known = formats_list();
    if (near != NULL)
        diagnostics_error(reading->diagnostics, NULL, 0,
                          "there is no input format \"%.100s\": did you mean %s?", name, near);
    else
        diagnostics_error(reading->diagnostics, NULL, 0,
                          "there is no input format \"%.100s\"; known are %s", name, known);
    free(known);
    free(names);
    return -1;
}

/* What there is instead of what is needed: someone gave the wrong file. */
static void report_nothing(const struct reading *reading, const char *path)
{
    const struct record_sink *const sink = &reading->sink;
    const bool known = sink->invocation != NULL || sink->point != NULL || sink->cost != NULL;
    const char *const others = reading->points > 0        ? ": these are metrics"
                               : reading->costs > 0       ? ": these are lines of a bill of AWS"
                               : reading->invocations > 0 ? ": these are invocations"
                                                          : "";
    const char *const and_points = sink->invocation != NULL ? " and no" : "";
    const char *const and_costs = sink->invocation != NULL || sink->point != NULL ? " and no" : "";
    char *const needed =
        known
            ? text_format("no%s%s%s%s%s", sink->invocation != NULL ? " invocation" : "",
                          sink->point != NULL ? and_points : "",
                          sink->point != NULL ? " metric" : "", sink->cost != NULL ? and_costs : "",
                          sink->cost != NULL ? " line of a bill" : "")
            : text_format("no record of the kind that is needed here");
    diagnostics_error(reading->diagnostics, path, 0, "nothing was read: there is %s%s%s", needed,
                      rejects_count(reading->rejects) > 0 ? " that can be read" : "", others);
    free(needed);
}

/* Files and folders in their order, neighbouring files together. */
static int read_paths(struct reading *reading, const char *const *path, char *const *function,
                      size_t paths)
{
    int result = 0;
    for (size_t i = 0, files = 0; i < paths && result == 0; i += files) {
        struct list list = {.reading = reading, .path = path + i, .function = function + i};
        files = 0;
        while (i + files < paths && !folder_is(path[i + files]))
            files++;
        result = files > 0 ? read_list(&list, files) : read_folder(reading, path[i], function[i]);
        files += files == 0;
    }
    if (result == 0 && reading->records == 0) {
        report_nothing(reading, paths == 1 ? path[0] : NULL);
        result = -1;
    }
    return result;
}

/* What an argument is, whatever its path: of two that are one, the first in order is first. */
struct identity {
    dev_t device;
    ino_t inode;
    const char *function; /* "" where none is given */
    size_t index;
};

static int compare_identities(const void *left, const void *right)
{
    const struct identity *const a = left, *const b = right;
    const int functions = strcmp(a->function, b->function);
    if (a->device != b->device)
        return a->device < b->device ? -1 : 1;
    if (a->inode != b->inode)
        return a->inode < b->inode ? -1 : 1;
    return functions != 0 ? functions : a->index < b->index ? -1 : a->index > b->index;
}

static bool same_identity(const struct identity *a, const struct identity *b)
{
    return a->device == b->device && a->inode == b->inode && strcmp(a->function, b->function) == 0;
}

/* A file or folder that is given twice, as overlapping patterns of a shell do, is read once. How
 * many are left. */
static size_t drop_given_twice(const char **path, char **function, size_t count,
                               struct diagnostics *diagnostics)
{
    struct identity *const identity = mem_alloc(count, sizeof *identity);
    size_t known = 0, left = 0;
    for (size_t i = 0; i < count; i++) {
        struct stat info;
        if (strcmp(path[i], "-") == 0 || stat(path[i], &info) != 0 ||
            !(S_ISREG(info.st_mode) || S_ISDIR(info.st_mode)))
            continue;
        identity[known++] =
            (struct identity){info.st_dev, info.st_ino, function[i] != NULL ? function[i] : "", i};
    }
    if (known > 0)
        qsort(identity, known, sizeof *identity, compare_identities);
    bool *const again = mem_alloc(count, sizeof *again);
    for (size_t i = 1; i < known; i++)
        again[identity[i].index] = same_identity(&identity[i - 1], &identity[i]);
    free(identity);
    for (size_t i = 0; i < count; i++) {
        if (again[i]) {
            diagnostics_warning(diagnostics, path[i], 0, "is given twice: it is read once");
            free(function[i]);
            continue;
        }
        path[left] = path[i];
        function[left++] = function[i];
    }
    free(again);
    return left;
}

static int read_arguments(struct reading *reading, const char *const *argument, size_t arguments)
{
    const char **const path = mem_alloc(arguments, sizeof *path);
    char **const function = mem_alloc(arguments, sizeof *function);
    for (size_t i = 0; i < arguments; i++)
        path[i] = file_named(argument[i], &function[i]);
    const size_t paths = drop_given_twice(path, function, arguments, reading->diagnostics);
    const int result = read_paths(reading, path, function, paths);
    for (size_t i = 0; i < paths; i++)
        free(function[i]);
    free(function);
    free(path);
    return result;
}

static int read_all(struct reading *reading, const char *const *path, size_t paths,
                    const char *rejects_path)
{
    if (find_format(reading, reading->options->format) != 0)
        return -1;
    reading->rejects = rejects_open(rejects_path, reading->options->strict, reading->diagnostics);
    if (reading->rejects == NULL)
        return -1;
    int result = read_arguments(reading, path, paths);
    if (reading->options->counts != NULL)
        *reading->options->counts = (struct read_counts){
            reading->records, rejects_count(reading->rejects), reading->unnamed_files};
    if (rejects_finish(reading->rejects) != 0 && result == 0)
        result = -1;
    return result;
}

int read_records(const char *const *path, size_t paths, const struct read_options *options,
                 const struct record_sink *sink, const char *rejects_path,
                 struct diagnostics *diagnostics)
{
    struct reading reading = {.options = options, .diagnostics = diagnostics};
    set_sink(&reading, sink);
    return read_all(&reading, path, paths, rejects_path);
}

int read_records_parallel(const char *const *path, size_t paths, const struct read_options *options,
                          unsigned threads, const struct record_parts *parts,
                          const char *rejects_path, struct diagnostics *diagnostics)
{
    struct reading reading = {
        .options = options, .parts = parts, .threads = threads, .diagnostics = diagnostics};
    void *const part = parts->create(parts->context); /* shows what kinds are wanted */
    const struct record_sink wanted = parts->sink(part);
    parts->destroy(part);
    set_sink(&reading, &wanted);
    return read_all(&reading, path, paths, rejects_path);
}
