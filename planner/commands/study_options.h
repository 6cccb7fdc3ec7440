/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options that only studies have: what varies, how surely, and how a study is cut, kept and put
 * together. */
#ifndef COMMANDS_STUDY_OPTIONS_H
#define COMMANDS_STUDY_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct numbers {
    double *value; /* NULL: not given */
    size_t count;
};

struct study_options {
    const char **vary; /* PATH=VALUES, in order */
    size_t varies;
    const char **input; /* PATH or PATH=LOW:MID:HIGH, in order */
    size_t inputs;
    const char **design; /* PATH=VALUE,PATH=VALUE, in order */
    size_t designs;
    double by;                          /* part by which inputs are uncertain; 0: not given */
    size_t sample;                      /* 0: not given */
    const char *option;                 /* a baseline; NULL: the Lambda design */
    unsigned replications;              /* 0: as the scenario says */
    bool by_intervals;                  /* as the command is */
    double precision;                   /* 0: not given */
    unsigned max_replications;          /* 0: not given */
    struct numbers traffic, burstiness; /* rising, each once */
    const char *workload;               /* NULL: not given */
    double growth;                      /* a month: 0.05; 0: not given */
    const char *from;                   /* a date; NULL: not given */
    double up_to;                       /* 0: not given */
    bool scale_shards;
    const char *warm_up; /* "auto" or seconds; NULL: as the scenario says */
    bool resume, keep_journal;
    struct {
        unsigned index, count; /* from 0; count 0: not given */
    } shard;
    /* What `merge` gives to the command whose journals it puts together. */
    char **journal;
    size_t journals;
    const char *scenario; /* its text */
    size_t scenario_size;
};

/* The letters of these options in the table of options.c. */
#define STUDY_OPTIONS "VLBnexUukD"
#define TRAFFIC_OPTIONS "ylbHgQZ"

/* "70%" or "70": a share; false where it is none of [least, most] percent. */
bool study_percent(const char *text, double least, double most, double *ret);

/* 0, or -1 after a message. Also those that only `sensitivity` has: '4', '5', '6'. */
int study_option_take(struct study_options *options, char letter, const char *value);
/* What does not go together. 0, or -1 after a message. */
int study_options_check(const struct study_options *options, bool has_output);
/* How many replications: the command line's, or what the scenario asks for. One gives no interval:
 * a command that judges by intervals refuses --replications 1 and takes 3 where a scenario asks for
 * 1; the others run once and say that there is no interval. */
unsigned study_replications(const struct study_options *options, unsigned asked);
/* For --precision, beginning with `first`; an option that is smaller wins. */
unsigned study_max_replications(const struct study_options *options, unsigned first);
void study_options_finish(struct study_options *options);

#endif
