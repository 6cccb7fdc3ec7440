/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What differs between two results: settings of the scenario, the month's cost line by line,
 * objectives, metrics; and whether a budget holds. Plain data, computed elsewhere; what is not its
 * own memory points into the two results.
 */
#ifndef LAMBDAPLAN_DIFF_H
#define LAMBDAPLAN_DIFF_H

#include <lambdaplan/result.h>

struct diff_setting {
    char *path;           /* "functions.index.memory_size" */
    char *before, *after; /* as JSON; NULL: it is not there */
};

/* A line of the bills; tiers of one price are one line. */
struct diff_line {
    const char *option, *entity, *service, *sku, *region, *unit;
    double quantity_before, quantity_after; /* of `unit` a month */
    bool is_before, is_after;               /* the bill has it */
    money_pusd before, after;
};

/* The Lambda design or a baseline; one of the two NULL: it was added or taken away. */
struct diff_option {
    const char *name;
    const struct result_option *before, *after;
    struct result_estimate difference; /* USD a month more; paired where both were simulated */
};

struct diff_objective {
    const char *option;
    const struct result_objective *before, *after; /* NULL: not asked for on that side */
    bool newly_failing, newly_met;
};

struct diff_metric {
    const char *option;
    const struct result_metric *before, *after; /* NULL: nothing of the name on that side */
    struct result_estimate difference;
    bool moved; /* the difference's interval leaves 0 out */
};

/* What the user allows; each only if asked for. */
struct diff_limits {
    const char *option; /* that is judged: "lambda" or a baseline's name */
    bool has_budget, has_increase;
    money_pusd budget;   /* a month, of `after` */
    double max_increase; /* 0.05: 5 % */
};

struct diff_result {
    struct result_command command;
    struct result before, after;
    char *path_before, *path_after; /* as the user gave them */
    bool bills;  /* of logs: the data made a month of 730 h, as the note of the option says */
    bool paired; /* both were simulated, on the same random numbers */
    struct diff_limits limits;
    struct diff_setting *setting;
    size_t settings;
    struct diff_option *option; /* the judged one first */
    size_t options;
    struct diff_line *line;
    size_t lines;
    struct diff_objective *objective;
    size_t objectives;
    struct diff_metric *metric;
    size_t metrics, moved;
    double increase; /* of the judged option: 0.05 is 5 % more; INFINITY: from nothing */
    bool over_budget, over_increase;
    size_t newly_failing; /* objectives of the judged option */
    struct diagnostics notes;
};

void diff_result_finish(struct diff_result *result);

#endif
