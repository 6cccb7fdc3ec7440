/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/figures.h"

#include "reports/human.h"

#include "core/memory.h"
#include "support/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum figure_kind { FIGURE_NAME, FIGURE_COUNT, FIGURE_NUMBER, FIGURE_PERCENT, FIGURE_MS, FIGURE_S };

struct figure {
    struct text_column column;
    const char *metric;
    enum figure_kind kind;
};

#define NAME(heading_text)                                                                         \
    {                                                                                              \
        {heading_text, false, false}, NULL, FIGURE_NAME                                            \
    }
#define ALWAYS(heading_text, metric, kind)                                                         \
    {                                                                                              \
        {heading_text, true, false}, metric, kind                                                  \
    }
#define WHERE_ANY(heading_text, metric, kind)                                                      \
    {                                                                                              \
        {heading_text, true, true}, metric, kind                                                   \
    }

static const struct figure function_figures[] = {
    NAME("function"),
    ALWAYS("invocations", "invocations", FIGURE_COUNT),
    ALWAYS("cold starts", "cold_start_ratio", FIGURE_PERCENT),
    WHERE_ANY("throttles", "throttles", FIGURE_COUNT),
    WHERE_ANY("errors", "errors", FIGURE_COUNT),
    WHERE_ANY("timeouts", "timeouts", FIGURE_COUNT),
    WHERE_ANY("duration p50", "duration_ms.p50", FIGURE_MS),
    WHERE_ANY("p99", "duration_ms.p99", FIGURE_MS),
    WHERE_ANY("concurrency max", "concurrent_executions.max", FIGURE_COUNT),
};

/* What successful requests went through before and in their run, at the 99th percentile of each. */
static const struct figure stage_figures[] = {
    NAME("stages, p99 of each"),
    ALWAYS("run", "stage_run_ms.p99", FIGURE_MS),
    WHERE_ANY("in the source", "stage_wait_ms.p99", FIGURE_MS),
    WHERE_ANY("throttled", "stage_throttle_ms.p99", FIGURE_MS),
    WHERE_ANY("cold start", "stage_init_ms.p99", FIGURE_MS),
    WHERE_ANY("failed tries", "stage_retry_ms.p99", FIGURE_MS),
    WHERE_ANY("calls, failed ones too", "call_wait_ms.p99", FIGURE_MS),
};

static const struct figure downstream_figures[] = {
    NAME("downstream"),
    ALWAYS("calls", "calls", FIGURE_COUNT),
    WHERE_ANY("failed", "calls_failed", FIGURE_COUNT),
    WHERE_ANY("timed out", "calls_timed_out", FIGURE_COUNT),
    WHERE_ANY("no connection", "connections_refused", FIGURE_COUNT),
    WHERE_ANY("utilization", "utilization", FIGURE_PERCENT),
    WHERE_ANY("waiting max", "queue_length.max", FIGURE_COUNT),
    WHERE_ANY("latency p50", "latency_ms.p50", FIGURE_MS),
    WHERE_ANY("p99", "latency_ms.p99", FIGURE_MS),
};

/* Of workloads whose caller waits. */
static const struct figure caller_figures[] = {
    NAME("caller"),
    ALWAYS("tries", "attempts", FIGURE_COUNT),
    ALWAYS("a request", "attempts_per_request", FIGURE_NUMBER),
    ALWAYS("answered", "succeeded", FIGURE_COUNT),
    WHERE_ANY("failed", "failed", FIGURE_COUNT),
    WHERE_ANY("throttled", "throttled", FIGURE_COUNT),
    WHERE_ANY("run for nobody", "abandoned", FIGURE_COUNT),
    WHERE_ANY("latency p50", "latency_ms.p50", FIGURE_MS),
    WHERE_ANY("p99", "latency_ms.p99", FIGURE_MS),
};

static const struct figure state_machine_figures[] = {
    NAME("state machine"),
    ALWAYS("executions", "executions_started", FIGURE_COUNT),
    WHERE_ANY("starts throttled", "starts_throttled", FIGURE_COUNT),
    WHERE_ANY("refused", "starts_refused", FIGURE_COUNT),
    WHERE_ANY("failed", "executions_failed", FIGURE_COUNT),
    WHERE_ANY("timed out", "executions_timed_out", FIGURE_COUNT),
    WHERE_ANY("tasks", "tasks", FIGURE_COUNT),
    WHERE_ANY("retries", "task_retries", FIGURE_COUNT),
    WHERE_ANY("time p50", "execution_time_ms.p50", FIGURE_MS),
    WHERE_ANY("p99", "execution_time_ms.p99", FIGURE_MS),
};

static const struct figure stream_figures[] = {
    NAME("stream"),
    ALWAYS("records in", "records_in", FIGURE_COUNT),
    WHERE_ANY("expired", "records_expired", FIGURE_COUNT),
    WHERE_ANY("write throttles", "write_throttles", FIGURE_COUNT),
    WHERE_ANY("read throttles", "read_throttles", FIGURE_COUNT),
    WHERE_ANY("utilization", "utilization", FIGURE_PERCENT),
};

static const struct figure table_figures[] = {
    NAME("table"),
    ALWAYS("writes in", "records_in", FIGURE_COUNT),
    WHERE_ANY("write throttles", "write_throttles", FIGURE_COUNT),
    WHERE_ANY("read throttles", "read_throttles", FIGURE_COUNT),
    WHERE_ANY("utilization", "utilization", FIGURE_PERCENT),
};

#define PUSHED                                                                                     \
    ALWAYS("published", "messages_published", FIGURE_COUNT),                                       \
        WHERE_ANY("delivered", "messages_delivered", FIGURE_COUNT),                                \
        WHERE_ANY("filtered", "messages_filtered", FIGURE_COUNT),                                  \
        WHERE_ANY("twice", "messages_duplicated", FIGURE_COUNT)

static const struct figure topic_figures[] = {NAME("topic"), PUSHED};
static const struct figure bus_figures[] = {NAME("event bus"), PUSHED};

/* What became of events that call functions asynchronously. */
static const struct figure event_figures[] = {
    NAME("called by events"),
    ALWAYS("events", "async_events_received", FIGURE_COUNT),
    WHERE_ANY("succeeded", "async_events_succeeded", FIGURE_COUNT),
    WHERE_ANY("tried again", "async_retries", FIGURE_COUNT),
    WHERE_ANY("to destination", "async_events_failed_to_destination", FIGURE_COUNT),
    WHERE_ANY("dead letters", "async_events_dead_lettered", FIGURE_COUNT),
    WHERE_ANY("dropped", "async_events_dropped", FIGURE_COUNT),
    WHERE_ANY("expired", "async_events_expired", FIGURE_COUNT),
    WHERE_ANY("waiting at the end", "async_events_in_flight", FIGURE_COUNT),
    WHERE_ANY("backlog", "backlog.max", FIGURE_COUNT),
    WHERE_ANY("gone after", "backlog_drain_s", FIGURE_S),
};

/* From the first event of a chain to the end of a function that it reaches. */
static const struct figure chain_figures[] = {
    NAME("end to end"),
    ALWAYS("p50", "end_to_end_ms.p50", FIGURE_MS),
    ALWAYS("p99", "end_to_end_ms.p99", FIGURE_MS),
    ALWAYS("max", "end_to_end_ms.max", FIGURE_MS),
};

static const struct figure queue_figures[] = {
    NAME("queue"),
    ALWAYS("messages sent", "messages_sent", FIGURE_COUNT),
    WHERE_ANY("moved in", "messages_moved_in", FIGURE_COUNT),
    WHERE_ANY("redelivered", "messages_redelivered", FIGURE_COUNT),
    WHERE_ANY("dead letters", "messages_dead_lettered", FIGURE_COUNT),
    WHERE_ANY("expired", "messages_expired", FIGURE_COUNT),
    WHERE_ANY("waiting max", "messages_visible.max", FIGURE_COUNT),
    WHERE_ANY("waiting at the end", "messages_waiting", FIGURE_COUNT),
    WHERE_ANY("backlog", "backlog.max", FIGURE_COUNT),
    WHERE_ANY("gone after", "backlog_drain_s", FIGURE_S),
};

static const struct figure mapping_figures[] = {
    NAME("mapping"),
    ALWAYS("processed", "records_processed", FIGURE_COUNT),
    WHERE_ANY("expired", "records_expired", FIGURE_COUNT),
    WHERE_ANY("discarded", "records_discarded", FIGURE_COUNT),
    WHERE_ANY("retries", "retries", FIGURE_COUNT),
    WHERE_ANY("read throttles", "read_throttles", FIGURE_COUNT),
    WHERE_ANY("returned", "records_returned", FIGURE_COUNT),
    WHERE_ANY("a batch", "batch_records.mean", FIGURE_COUNT),
    WHERE_ANY("age p99", "iterator_age_ms.p99", FIGURE_MS),
    WHERE_ANY("age max", "iterator_age_ms.max", FIGURE_MS),
    WHERE_ANY("backlog", "backlog.max", FIGURE_COUNT),
    WHERE_ANY("gone after", "backlog_drain_s", FIGURE_S),
};

/* An entity's metrics stand together: from `first` until another entity's. */
static const struct result_estimate *find_estimate(const struct result_option *option, size_t first,
                                                   const char *metric)
{
    static const struct result_estimate none = {NAN, NAN, NAN, 0};
    const char *const entity = option->metric[first].entity;
    for (size_t i = first; i < option->metrics; i++) {
        if (strcmp(option->metric[i].entity, entity) != 0)
            break;
        if (strcmp(option->metric[i].metric, metric) == 0)
            return &option->metric[i].value;
    }
    return &none;
}

static double find_metric(const struct result_option *option, size_t first, const char *metric)
{
    return find_estimate(option, first, metric)->mean;
}

static void add_figure(struct text_table *table, const struct result_option *option, size_t first,
                       const char *name, const struct figure *figure)
{
    char text[HUMAN_SIZE];
    if (figure->kind == FIGURE_NAME) {
        text_table_add(table, STYLE_PLAIN, name);
        return;
    }
    const struct result_estimate *const estimate = find_estimate(option, first, figure->metric);
    const double value = estimate->mean;
    if (figure->kind == FIGURE_COUNT)
        human_count(value, text);
    else if (figure->kind == FIGURE_NUMBER)
        snprintf(text, sizeof text, "%.3g", value);
    else if (figure->kind == FIGURE_PERCENT)
        human_percent(value, text);
    else
        human_duration(figure->kind == FIGURE_S ? value : value / 1000, text);
    char *const said = text_format("%s%s", result_is_open(estimate) ? "> " : "", text);
    text_table_add(table, STYLE_PLAIN, said);
    free(said);
}

struct ranked_entity {
    size_t first; /* metric */
    double rank;
};

/* The largest first; equal ones as they stand. */
static int compare_ranks(const void *left, const void *right)
{
    const struct ranked_entity *const a = left;
    const struct ranked_entity *const b = right;
    if (a->rank != b->rank)
        return a->rank < b->rank ? 1 : -1;
    return a->first < b->first ? -1 : a->first > b->first;
}

/* Where requests were delayed by more than their source's rhythm. */
static bool is_delayed(const struct result_option *option, size_t first)
{
    return find_metric(option, first, "stage_throttle_ms.p99") > 0 ||
           find_metric(option, first, "stage_retry_ms.p99") > 0 ||
           find_metric(option, first, "call_wait_ms.p99") > 0;
}

/* The entities whose name begins with `prefix` and that have the metric `rank`, by it; free()
 * them. */
static struct ranked_entity *
rank_entities(const struct result_option *option, const char *prefix, const char *rank,
              bool (*shown)(const struct result_option *option, size_t first), size_t *ret_count)
{
    struct ranked_entity *entity = NULL;
    size_t count = 0, capacity = 0;
    const char *last = "";
    for (size_t i = 0; i < option->metrics; i++) {
        const char *const name = option->metric[i].entity;
        if (strncmp(name, prefix, strlen(prefix)) != 0 || strcmp(name, last) == 0)
            continue;
        last = name;
        const double value = find_metric(option, i, rank);
        if (isnan(value) || (shown != NULL && !shown(option, i)))
            continue;
        entity = mem_grow(entity, &capacity, count, sizeof *entity);
        entity[count++] = (struct ranked_entity){i, value};
    }
    if (count > 0)
        qsort(entity, count, sizeof *entity, compare_ranks);
    *ret_count = count;
    return entity;
}

static const struct {
    const char *prefix;
    const struct figure *figure;
    size_t figures;
    bool (*shown)(const struct result_option *option, size_t first); /* NULL: all are */
} tables[FIGURES_KINDS] = {
    [FIGURES_CALLERS] = {"workload:", caller_figures,
                         sizeof caller_figures / sizeof *caller_figures},
    [FIGURES_STATE_MACHINES] = {"state_machine:", state_machine_figures,
                                sizeof state_machine_figures / sizeof *state_machine_figures},
    [FIGURES_STREAMS] = {"stream:", stream_figures, sizeof stream_figures / sizeof *stream_figures},
    [FIGURES_TABLES] = {"table:", table_figures, sizeof table_figures / sizeof *table_figures},
    [FIGURES_TOPICS] = {"topic:", topic_figures, sizeof topic_figures / sizeof *topic_figures},
    [FIGURES_BUSES] = {"event_bus:", bus_figures, sizeof bus_figures / sizeof *bus_figures},
    [FIGURES_EVENTS] = {"function:", event_figures, sizeof event_figures / sizeof *event_figures},
    [FIGURES_CHAINS] = {"function:", chain_figures, sizeof chain_figures / sizeof *chain_figures},
    [FIGURES_QUEUES] = {"queue:", queue_figures, sizeof queue_figures / sizeof *queue_figures},
    [FIGURES_MAPPINGS] = {"esm:", mapping_figures,
                          sizeof mapping_figures / sizeof *mapping_figures},
    [FIGURES_FUNCTIONS] = {"function:", function_figures,
                           sizeof function_figures / sizeof *function_figures},
    [FIGURES_STAGES] = {"function:", stage_figures, sizeof stage_figures / sizeof *stage_figures,
                        is_delayed},
    [FIGURES_DOWNSTREAMS] = {"downstream:", downstream_figures,
                             sizeof downstream_figures / sizeof *downstream_figures},
};

/* figure[1] says how busy an entity is. */
void figures_table(struct text_table *ret, const struct result_option *option,
                   enum figures_kind kind, size_t most, size_t *ret_more)
{
    const char *const prefix = tables[kind].prefix;
    const struct figure *const figure = tables[kind].figure;
    const size_t figures = tables[kind].figures;
    size_t entities;
    struct ranked_entity *const entity =
        rank_entities(option, prefix, figure[1].metric, tables[kind].shown, &entities);
    struct text_column *const column = mem_alloc(figures, sizeof *column);
    for (size_t i = 0; i < figures; i++)
        column[i] = figure[i].column;
    text_table_init(ret, column, figures);
    free(column);
    for (size_t i = 0; i < entities && i < most; i++) {
        const char *const name = option->metric[entity[i].first].entity + strlen(prefix);
        for (size_t j = 0; j < figures; j++)
            add_figure(ret, option, entity[i].first, name, &figure[j]);
    }
    *ret_more = entities > most ? entities - most : 0;
    free(entity);
}

char *figures_title(const struct result *result)
{
    char duration[HUMAN_SIZE];
    human_duration(result->duration_s, duration);
    return result->replications > 1
               ? text_format("In the %s simulated (means of %zu replications, of maxima too; "
                             "intervals: summary.csv)",
                             duration, result->replications)
               : text_format("In the %s simulated", duration);
}
