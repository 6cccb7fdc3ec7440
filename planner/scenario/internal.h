/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tables, the distribution reader and the checks share. */
#ifndef SCENARIO_INTERNAL_H
#define SCENARIO_INTERNAL_H

#include "scenario/fields.h"
#include "scenario/kinds.h"
#include "scenario/reader.h"

/* How a table is written: fields.c and fields_*.c. */
#define AT(type, member) .offset = offsetof(type, member)
#define COUNT_AT(type, member) .extra = offsetof(type, member)
#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define FIELDS(array) .field = array, .fields = LENGTH(array)
#define BIT(choice) (1u << (choice))

#define LONGEST_S 315360000.0 /* ten years: far inside the simulator's int64 nanoseconds */
#define MOST_PER_S 1e9

/* Of the files fields_*.c. */
extern const struct object object_alarm;            /* struct alarm_spec */
extern const struct object object_uncertain;        /* struct uncertain_spec */
extern const struct object object_queue;            /* struct queue_spec */
extern const struct object object_scheduled_action; /* struct scheduled_action_spec */
extern const struct object object_table;            /* struct table_spec */
/* Parts of struct function_spec. */
extern const struct object object_task_definition; /* part of struct baseline_spec */
extern const struct object object_baseline;        /* struct baseline_spec */
extern const struct object object_vpc, object_tracing, object_transfer;
extern const struct object object_downstream;    /* struct downstream_spec */
extern const struct object object_call;          /* struct call_spec */
extern const struct object object_state_machine; /* struct state_machine_spec */
extern const struct object object_client;        /* struct client_spec */
extern const struct object object_gateway;       /* struct gateway_spec */
extern const struct object object_event_invoke, object_dead_letter, object_hand_on, object_polls;
extern const struct object object_emit; /* struct emit_spec */
extern const char *const recursive_loop_choices[];
extern const struct object object_fault;             /* struct fault_spec */
extern const struct object object_topic, object_bus; /* struct topic_spec */
extern const char *const event_sources[];

struct quantile_point {
    double probability, value;
};

struct component_input {
    double weight;
    struct distribution value;
};

/* A distribution as the user wrote it, before its parameters become struct distribution's. */
struct distribution_input {
    enum distribution_kind kind;
    double value, min, max, mean, sd, median, sigma, shape, scale, minimum, alpha, shift;
    struct quantile_point *quantile;
    size_t quantiles;
    char *file, *column;
    struct component_input *component;
    size_t components;
};

/* `finish` of the tables: what one object must fulfil beyond its fields. */
void finish_run(struct reader *reader, const cJSON *json, void *base, uint64_t given);
void finish_arrivals(struct reader *reader, const cJSON *json, void *base, uint64_t given);
void finish_keys(struct reader *reader, const cJSON *json, void *base, uint64_t given);
void finish_workload(struct reader *reader, const cJSON *json, void *base, uint64_t given);
void finish_stream(struct reader *reader, const cJSON *json, void *base, uint64_t given);
void finish_function(struct reader *reader, const cJSON *json, void *base, uint64_t given);
void finish_mapping(struct reader *reader, const cJSON *json, void *base, uint64_t given);
void finish_baseline(struct reader *reader, const cJSON *json, void *base, uint64_t given);
void finish_price(struct reader *reader, const cJSON *json, void *base, uint64_t given);

/* What the data of runtimes and instances say of a function and of a baseline's type (may be NULL);
 * nothing without that data. */
void checks_environments(struct reader *reader, const cJSON *json,
                         const struct function_spec *function);
void checks_instance_type(struct reader *reader, const cJSON *json, const char *type);
/* A baseline on Fargate; gives it the name of its size. */
void checks_task_definition(struct reader *reader, const cJSON *json,
                            struct baseline_spec *baseline);
/* The region needs a price from somewhere; `option`: it is the command line's. */
void checks_region(struct reader *reader, const struct scenario *scenario, bool option);

/* As far as the scenario itself says; what a file brings is seen when it is replayed. */
bool checks_never_arrives(const struct arrivals_spec *arrivals, const cJSON *json);

/* Who stands between services and a function. */
void checks_source(struct reader *reader, const cJSON *json, struct workload_spec *workload);

/* Entities of a kind; each one's struct begins with its name. */
struct entities {
    const void *array;
    size_t count, size;
    const char *section, *kind;
    const struct lookup *names; /* in the array's scope 1 + the index; NULL: not looked up */
};
#define ENTITIES(scenario, member, section, kind)                                                  \
    {                                                                                              \
        (scenario)->member, (scenario)->member##s, sizeof *(scenario)->member, section, kind, NULL \
    }
/* The index of a name; -1 after an error at member `key` of `at`, unless it was told that what it
 * names is unreadable. */
long checks_find(struct reader *reader, const struct entities *entities, const char *name,
                 const cJSON *at, const char *key);

/* Of all entities, for references between them; `from` has the key. False, too, where what it names
 * is unsound: nothing can be said of both. */
struct world;
bool checks_resolve(struct reader *reader, const struct world *world, enum entity_kind from,
                    size_t index, const char *key, struct reference *reference);
/* Whether what is sent to such an entity (a function: asynchronously, if `event`) is not too large;
 * else `text` says by which limit. Only constant sizes are known before a run. */
#define CHECKS_TEXT_SIZE 200
bool checks_payload(const struct reader *reader, enum entity_kind to, bool event,
                    const struct distribution *size, char text[CHECKS_TEXT_SIZE]);
void checks_complain(struct reader *reader, const struct world *world, enum entity_kind kind,
                     size_t index, const char *key, const char *text);
void checks_warn(struct reader *reader, const struct world *world, enum entity_kind kind,
                 size_t index, const char *key, const char *text);
/* What functions, topics and buses send: marks what is sent to and where an end is meant. */
void checks_events(struct reader *reader, const struct world *world, struct scenario *scenario,
                   bool **fed, bool **read);

/* A mapping whose event source is a queue. */
void checks_queue_mapping(struct reader *reader, const cJSON *json, struct mapping_spec *mapping);
/* The same of a table; what holds of streams is checked besides. */
void checks_table_mapping(struct reader *reader, const cJSON *json,
                          const struct mapping_spec *mapping);

/* A function's VPC, traces and data transfer. */
void checks_network(struct reader *reader, const cJSON *json, struct function_spec *function);
/* The functions' calls and what they go to. */
void checks_downstreams(struct reader *reader, struct scenario *scenario);

/* What a workload's front door and caller must fulfil, and what they have by default. */
void checks_front_door(struct reader *reader, const cJSON *json, struct workload_spec *workload);

/* What faults name; a poison fault becomes its workload's. */
void checks_faults(struct reader *reader, struct scenario *scenario);

/* Callers and the functions that they call. */
void checks_callers(struct reader *reader, const struct scenario *scenario);

/* What holds between the entities of a scenario; its objects have been read. */
void checks_run(struct reader *reader, struct scenario *scenario);
/* Warns of schedules that come more or less often in the run than in a month. Without errors. */
void checks_schedules(struct reader *reader, const struct scenario *scenario);

/* True for a regular file that can be opened; else an error at `json`. */
bool checks_file(struct reader *reader, const cJSON *json, const char *key, const char *path);
/* An error that lists the columns that there are. */
struct csv_reader;
void checks_no_column(struct reader *reader, const cJSON *json, const char *key,
                      const struct csv_reader *csv, const char *path, const char *column);

#endif
