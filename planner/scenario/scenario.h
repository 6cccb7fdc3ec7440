/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A scenario as the user wrote it: checked, with defaults of its era filled in, in the user's own
 * units (the unit is in the name; Terraform's names keep Terraform's units: MB, s, h). The tables
 * in fields.c are the one description of the vocabulary: the reader, the error messages and the
 * JSON Schema come from them. planner/plan/plan.c turns this into a model of the simulator.
 *
 * Everything lives in the scenario's own memory and is freed by scenario_destroy.
 */
#ifndef SCENARIO_SCENARIO_H
#define SCENARIO_SCENARIO_H

#include "core/distribution.h"
#include "scenario/cron.h"
#include "scenario/instances.h"
#include "scenario/limits.h"
#include "scenario/runtimes.h"

#include <lambdaplan/diagnostics.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cJSON;

#define UNSET_NUMBER (-1.0) /* an optional number that was not given */

enum arrival_process {
    ARRIVALS_POISSON,  /* rate_per_s */
    ARRIVALS_CONSTANT, /* rate_per_s, evenly spaced */
    ARRIVALS_PROFILE,  /* points (time_s, rate_per_s), linear between them; Poisson around it */
    ARRIVALS_BURSTS,   /* two states with exponential lengths (MMPP-2) */
    ARRIVALS_COUNTS,   /* counts per bin from a CSV */
    ARRIVALS_TRACE,    /* exact arrivals from a CSV */
    ARRIVALS_SCHEDULE, /* expression */
};

enum count_spread { SPREAD_UNIFORM, SPREAD_EVEN }; /* inside a bin: at random, or equally spaced */

struct arrival_source; /* aws/arrivals.h */

enum trace_time_unit { TIME_UNIT_S, TIME_UNIT_MS, TIME_UNIT_US, TIME_UNIT_ISO8601 };

struct rate_point {
    double time_s, rate_per_s;
};

struct arrivals_spec {
    enum arrival_process process;
    double rate_per_s;
    struct rate_point *point; /* profile: given in the scenario or read from `file` */
    size_t points;
    double period_s; /* profile repeats after this (86,400 day, 604,800 week); 0: last rate stays */
    double base_rate_per_s, burst_rate_per_s, mean_base_s, mean_burst_s; /* bursts */
    char *file;                       /* as resolved against the scenario's folder */
    char *time_column, *value_column; /* counts, profile from a file */
    double bin_s;                     /* counts; UNSET_NUMBER: the most frequent gap of rows */
    enum count_spread spread;
    char *size_column, *key_column, *duration_column; /* trace; NULL when not used */
    enum trace_time_unit time_unit, duration_unit;    /* of the columns */
    double rate_scale;                                /* more or fewer of the same arrivals; 1 */
    double time_scale;                                /* 2: everything takes twice as long; 1 */
    bool repeat;                                      /* start over at the end of the file */
    char *expression;                                 /* schedule: as EventBridge writes it … */
    struct cron cron; /* … and as it is understood; the run begins at 00:00 UTC of as_of, … */
    unsigned concurrency; /* schedule: arrivals at each of its times */
    bool has_zero;   /* … unless a study says when; of traces, where several tell dates, … */
    int64_t zero_ns; /* … ns of the epoch at which the run begins; else with the first row */
    /* A trace that a study brings along instead of a file; no scenario says it. */
    int (*open)(void *context, struct arrival_source *ret);
    void *open_context;
};

enum key_kind { KEYS_UNIFORM, KEYS_ZIPF, KEYS_LIST };

struct key_spec {
    enum key_kind kind; /* uniform: evenly over the hash range, as many distinct keys give */
    size_t count;       /* zipf: number of keys "PREFIX0" … */
    double zipf_exponent;
    char *prefix;
    char **key; /* list: each equally likely */
    size_t keys;
};

struct poison_spec {
    double at_s;
    char *key; /* NULL: a random place */
};

enum invocation_type { INVOKE_REQUEST_RESPONSE, INVOKE_EVENT };

/* What a reference such as "stream:orders" may name. */
enum entity_kind {
    ENTITY_NONE,
    ENTITY_STREAM,
    ENTITY_FUNCTION,
    ENTITY_QUEUE,
    ENTITY_TABLE,
    ENTITY_DOWNSTREAM,
    ENTITY_TOPIC,
    ENTITY_BUS,
    ENTITY_STATE_MACHINE,
    ENTITY_KINDS
};

struct reference {
    enum entity_kind kind; /* ENTITY_NONE: not given */
    char *name;
    size_t index; /* in the scenario's array of this kind */
};

/* Between the caller of a workload and the function. */
enum front_door {
    DOOR_NONE,
    DOOR_ALB,
    DOOR_API_GATEWAY_REST,
    DOOR_API_GATEWAY_HTTP,
    DOOR_FUNCTION_URL,
    DOOR_SDK,
    DOOR_COGNITO,
    DOOR_ALEXA,
    DOORS
};
/* "api_gateway_rest" …; NULL at the end */
extern const char *const scenario_front_doors[DOORS + 1];
/* The limits that say how long they wait, in s; NULL: as long as it takes. */
extern const char *const scenario_front_door_timeouts[DOORS];

enum retry_policy { RETRY_NONE, RETRY_FIXED, RETRY_EXPONENTIAL };

/* What the caller of a workload does while it waits. */
struct client_spec {
    enum retry_policy policy;
    unsigned retries;     /* after the first try */
    double base_s, max_s; /* before the first retry; at most */
    bool full_jitter;
    double budget;    /* retries that a request earns; UNSET_NUMBER: no budget */
    double timeout_s; /* of a try; UNSET_NUMBER: waits as long as it takes */
};

struct gateway_spec {
    double timeout_ms, overhead_ms;                       /* UNSET_NUMBER: the door's own */
    double throttling_rate_limit, throttling_burst_limit; /* UNSET_NUMBER: the account's alone */
};

/* The service that calls a function asynchronously. */
enum event_source {
    SOURCE_SDK,
    SOURCE_S3,
    SOURCE_SNS,
    SOURCE_EVENTBRIDGE,
    SOURCE_LOGS,
    SOURCE_SES,
    SOURCES
};

struct workload_spec {
    char *name;
    struct reference to;
    enum invocation_type invocation_type;
    enum event_source source;
    bool source_billed;
    double duplicate_probability; /* of events of `source`; UNSET_NUMBER: the era's */
    struct arrivals_spec arrivals;
    struct distribution record_bytes; /* record or request payload; key bytes included */
    double response_bytes;
    struct key_spec partition_keys;
    unsigned records_per_put;  /* 1..500 */
    bool drop_on_throttle;     /* producer: drop throttled records instead of retrying */
    double producer_max_age_s; /* gives up on a record after this; KPL's RecordTtl default 30 s */
    enum front_door through;
    struct client_spec client;
    struct gateway_spec gateway;
    struct distribution *duration_ms; /* of its work, as the function's own; NULL: that */
    struct poison_spec *poison;
    size_t poisons;
};

struct shard_update_spec {
    double at_s;
    unsigned target_shard_count;
};

struct stream_spec {
    char *name;
    unsigned shard_count;
    double retention_period_h;
    bool on_demand;
    struct shard_update_spec *update;
    size_t updates;
};

struct queue_spec {
    char *name;
    bool fifo, high_throughput;
    double visibility_timeout_s, message_retention_s, delay_s;
    struct reference dead_letters;
    unsigned max_receive_count; /* 0: no dead-letter queue */
};

/* A DynamoDB table as an event source: its stream. */
struct table_spec {
    char *name;
    double write_capacity; /* WCU; UNSET_NUMBER: not provisioned */
    double size_gb;
    unsigned partitions;
};

enum outage_kind { OUTAGE_FAILS, OUTAGE_IS_SLOW, OUTAGE_HANGS };

struct outage_spec {
    double from_s, until_s;
    enum outage_kind mode;
    double factor; /* OUTAGE_IS_SLOW */
    double share;  /* of calls */
};

/* A database or an API that functions call. */
struct downstream_spec {
    char *name;
    struct distribution latency_ms;
    unsigned max_concurrency; /* 0: as many as come */
    double queue_capacity;
    double slowdown;
    double max_connections; /* 0: no limit */
    struct outage_spec *outage;
    size_t outages;
};

struct call_spec {
    struct reference to;
    unsigned count;
    bool per_record;
    double share;
    double timeout_ms; /* UNSET_NUMBER: none of its own */
    unsigned connections;
};

struct subscription_spec {
    struct reference endpoint;
    double fraction; /* of the messages, that its filter policy or rule lets through */
};

/* An SNS topic, or an EventBridge bus with its rules. */
struct topic_spec {
    char *name;
    struct subscription_spec *subscription;
    size_t subscriptions;
};

/* Messages that a function sends at the end of invocations. */
struct emit_spec {
    struct reference to;
    bool per_record, on_failure;
    double probability;
    struct distribution count, bytes;
    unsigned records_per_put;
};

enum trouble_kind {
    TROUBLE_ERROR_RATE,
    TROUBLE_SCALING,
    TROUBLE_DEPLOY,
    TROUBLE_POISON,
    TROUBLE_CONSUMER,
    TROUBLE_SURGE,
    TROUBLE_ZONE
};

/* Something that goes wrong; names are NULL where they do not apply. */
struct fault_spec {
    enum trouble_kind kind;
    double at_s, until_s;
    char *function, *mapping, *workload, *partition_key, *baseline;
    double error_rate, factor;
    unsigned zones;
    double replaced_after_s;
};

enum state_machine_spec_type {
    STATE_MACHINE_STANDARD_TYPE,
    STATE_MACHINE_EXPRESS_TYPE,
    STATE_MACHINE_CALLER_TYPE,
};

/* Of each item: a task, or steps (of which none has steps inside). */
struct map_spec {
    struct distribution items;
    unsigned max_concurrency;
    struct reference task;
    struct distribution *work_ms; /* of all items; NULL: each as the function says */
    struct step_spec *step;
    size_t steps;
};

/* The same of a branch. */
struct branch_spec {
    struct reference task;
    struct step_spec *step;
    size_t steps;
};

/* One of: a task, a map, branches, or a wait. */
struct step_spec {
    struct reference task;
    struct map_spec map;
    struct branch_spec *branch;
    size_t branches;
    double wait_s;
};

struct state_machine_spec {
    char *name;
    enum state_machine_spec_type type;
    struct step_spec *step;
    size_t steps;
    unsigned max_attempts; /* after the first */
    double interval_s, backoff_rate, max_delay_s;
    double transition_ms; /* UNSET_NUMBER: by type */
    double memory_mb;     /* EXPRESS */
};

bool scenario_step_is_map(const struct step_spec *step);

struct memory_point {
    double memory_size, duration_ms;
};

struct scheduled_action_spec {
    double at_s; /* of the run; if daily of the day */
    char *at;    /* "HH:MM"; NULL: once */
    bool daily;
    double value; /* provisioned concurrency from then on */
};

struct function_spec {
    char *name;
    double memory_size; /* MB */
    double timeout_s;
    bool arm64;
    char *runtime; /* "python3.12"; NULL when not given */
    bool image;    /* package_type Image */
    double ephemeral_storage_mb;
    double reserved_concurrent_executions;          /* UNSET_NUMBER: none */
    double provisioned_concurrent_executions;       /* 0: none */
    struct scheduled_action_spec *scheduled_action; /* as written */
    size_t scheduled_actions;
    struct distribution duration_ms; /* one invocation (plus per_record_ms x records), warm, at
                                        reference_memory_size */
    double reference_memory_size;    /* default: memory_size */
    double cpu_fraction;             /* share of duration that scales with CPU; default 1 */
    double threads;                  /* vCPUs that it can use; default 1 */
    double cpu_period_ms;            /* CPU bandwidth period of the scheduler; 0: smooth share */
    struct memory_point *duration_point; /* measured instead of scaled, by rising memory */
    size_t duration_points;
    double per_record_ms;                    /* 0 */
    struct distribution *cold_duration_ms;   /* replaces duration_ms on a cold start; NULL */
    struct distribution *init_duration_ms;   /* NULL: by runtime and memory from data/runtimes */
    struct distribution *keep_alive_s;       /* NULL: keep_alive_profile */
    char *keep_alive_profile;                /* NULL: the era's */
    struct distribution *max_lifetime_s;     /* NULL: the era's; replaced after it */
    struct distribution *max_memory_used_mb; /* NULL: never out of memory */
    double error_rate;                       /* 0..1 */
    struct call_spec *call;
    size_t calls;
    double log_bytes_per_invocation; /* the application's own lines */
    double maximum_event_age_s;      /* of asynchronous invocations */
    unsigned event_retry_attempts;   /* of them */
    struct reference on_success, on_failure, dead_letters;
    bool vpc;                      /* attached to one */
    struct distribution *attach_s; /* NULL: the era's */
    struct {
        bool active;
        unsigned reservoir_size; /* requests a second */
        double fixed_rate;
    } tracing;
    struct {
        double internet, other_region, other_zone, nat; /* bytes of an invocation */
    } transfer;
    struct emit_spec *emit;
    size_t emits;
    double hand_on_after_ms, hand_on_overhead_ms; /* after 0: it does not hand on */
    bool recursion_allowed;
    struct {
        struct reference queue; /* ENTITY_NONE: it polls none */
        unsigned call_messages, calls;
        enum self_call_choice { CALLS_NEVER, CALLS_WHILE_MESSAGES, CALLS_ALWAYS } again;
    } polls;
    double idle_at_start; /* environments; set by a study, no scenario says it */
    long line;
};

enum starting_position { START_TRIM_HORIZON, START_LATEST, START_AT_TIMESTAMP };

struct mapping_spec {
    char *name;
    struct reference event_source, function;
    unsigned batch_size;
    double maximum_batching_window_s;
    unsigned parallelization_factor;
    double created_s;
    enum starting_position starting_position;
    double starting_position_timestamp_s; /* START_AT_TIMESTAMP: of the run, like created_s */
    long maximum_retry_attempts;          /* -1: no end */
    double maximum_record_age_s;          /* -1: no end */
    bool bisect_batch_on_function_error;
    bool report_batch_item_failures;
    unsigned maximum_concurrency; /* of a queue; 0: no own limit */
    /* A queue or a topic; without a kind: something outside of the scenario; without a name: none.
     */
    struct reference on_failure;
    bool enhanced_fan_out;
};

#define SAVINGS_PLAN_PREFIX "savings-plan-" /* of a purchase; then "compute-1yr-no-upfront" … */

enum fleet_sizing { FLEET_FIXED, FLEET_SMALLEST, FLEET_TARGET_TRACKING };

struct baseline_spec {
    char *name;
    char *instance_type;             /* of a Fargate task: its size in words */
    double task_cpu, task_memory_mb; /* CPU units (1,024 a vCPU) and MB of a task; 0: EC2 */
    enum fleet_sizing sizing;
    unsigned min_size, max_size, desired_capacity;
    double target_cpu_utilization; /* percent */
    double default_instance_warmup_s, default_cooldown_s;
    struct distribution boot_s;    /* launch to first request */
    unsigned workers_per_instance; /* 0: vCPUs */
    double queue_capacity;         /* waiting requests of the group; others are lost */
    double cpu_speed;              /* of one vCPU, against a Lambda vCPU; default data/instances */
    double ebs_gb;
    char *ebs_type; /* "gp3" */
    bool detailed_monitoring;
    bool load_balancer; /* an ALB, where requests come from outside */
    char *purchase;     /* "on-demand", "1yr-no-upfront", "savings-plan-…" … */
    long line;
};

struct objective_spec {
    char *metric, *entity, *statistic; /* statistic NULL: the metric itself */
    bool at_most;                      /* else at_least */
    double bound;
    long line;
};

enum alarm_comparison { ALARM_ABOVE, ALARM_AT_LEAST, ALARM_BELOW, ALARM_AT_MOST };
enum alarm_missing { ALARM_MISSING, ALARM_IGNORE, ALARM_BREACHING, ALARM_NOT_BREACHING };

/* A CloudWatch alarm on a metric of the time series. */
struct alarm_spec {
    char *name;
    char *entity, *metric_name;
    char *statistic, *extended_statistic;             /* one of them; the other is NULL */
    double percentile;                                /* of extended_statistic, 0 to 1; else NAN */
    unsigned period_s;                                /* a multiple of 60 */
    unsigned evaluation_periods, datapoints_to_alarm; /* N and M of "M out of N" */
    unsigned further_datapoints;                      /* beyond N, when some are missing */
    double threshold;
    enum alarm_comparison comparison;
    enum alarm_missing treat_missing_data;
    long line;
};

enum uncertainty { UNCERTAIN_TRIANGULAR, UNCERTAIN_PERT, UNCERTAIN_UNIFORM };

/* An input that is known only to a range; `sensitivity` varies it. */
struct uncertain_spec {
    char *path;
    double low, mid, high;
    enum uncertainty distribution;
    long line;
};

struct price_override_spec {
    char *service, *sku, *price_usd; /* money as text */
};

struct scenario {
    char *path, *name, *description, *region;
    char *canonical_json; /* sorted keys, as given */
    struct cJSON *json;   /* for scenario_place */
    int32_t as_of_day;
    struct {
        double concurrent_executions;
        bool free_tier;
        double month_hours;
        char *savings_plan;  /* "1yr-no-upfront"; "none" */
        double nat_gateways; /* UNSET_NUMBER: one if a function sends through it */
        double api_rate_limit, api_burst_limit; /* of all APIs of API Gateway together */
        bool count_logs; /* CloudWatch Logs bytes of START/END/REPORT and the application */
    } account;
    struct {
        double duration_s, warm_up_s;
        bool warm_up_auto; /* to be found; warm_up_s is 0 */
        unsigned replications;
        uint64_t seed;
        double timeseries_period_s; /* 60; 0: no time series */
    } run;
    struct workload_spec *workload;
    struct stream_spec *stream;
    struct queue_spec *queue;
    struct table_spec *table;
    struct function_spec *function;
    struct downstream_spec *downstream;
    struct topic_spec *topic, *bus;
    struct state_machine_spec *state_machine;
    struct mapping_spec *mapping;
    struct baseline_spec *baseline;
    struct objective_spec *objective;
    struct alarm_spec *alarm;
    struct fault_spec *fault;
    struct uncertain_spec *uncertain;
    struct price_override_spec *price;
    size_t workloads, streams, queues, tables, functions, mappings, baselines, objectives, alarms,
        prices;
    size_t topics, buses;
    size_t downstreams, state_machines, faults, uncertains;
};

/* What the command line overrides before the checks run; NULL or negative: not given. */
struct scenario_overrides {
    const char *as_of, *region;
    const char *seed;
};

/* What a scenario is checked against; limits are a must. What is NULL is not checked; without
 * runtimes and instances nothing can be planned with the scenario. */
struct scenario_data {
    const struct limits *limits;
    const struct runtimes *runtimes;
    const struct instances *instances;
    bool (*billed)(const char *service, const char *sku); /* whether anything is */
    const char *const *region;                            /* those with prices */
    size_t regions;                                       /* 0: not checked */
};

/* Reads and checks a scenario file. NULL after errors; warnings may come with a scenario. */
struct scenario *scenario_load(const char *path, const struct scenario_data *data,
                               const struct scenario_overrides *overrides,
                               struct diagnostics *diagnostics);
/* The same of a text in memory, for what is going to be written to `path`: the path is in messages,
 * and files that the scenario names are looked for beside it. */
struct scenario *scenario_parse(const char *text, size_t size, const char *path,
                                const struct scenario_data *data,
                                const struct scenario_overrides *overrides,
                                struct diagnostics *diagnostics);
/* The same of a tree that json_parse made and others may have changed; takes it. NULL is given back
 * as NULL. */
struct scenario *scenario_read(struct cJSON *root, const char *path,
                               const struct scenario_data *data,
                               const struct scenario_overrides *overrides,
                               struct diagnostics *diagnostics);
void scenario_destroy(struct scenario *scenario);

/* The line of an entity ("function:ingest") and its path ("functions.ingest"), for messages; 0 and
 * the entity itself where the scenario does not name it. Returns the line. */
#define SCENARIO_PLACE_SIZE 128
long scenario_place(const struct scenario *scenario, const char *entity,
                    char path[SCENARIO_PLACE_SIZE]);

/* The JSON Schema (draft 2020-12) of the vocabulary, from the same tables; free() it. */
char *scenario_schema(void);
/* The same for people: each key with path, type, unit, range, default, date and meaning, with the
 * dates of `limits`; free() it. */
char *scenario_keys(const struct limits *limits);

/* Provisioned concurrency when the run begins (that of the last daily action of the day before,
 * where there is one), and the highest of all times. */
double scenario_provisioned_at_start(const struct function_spec *function);
double scenario_provisioned_at_most(const struct function_spec *function);

#endif
