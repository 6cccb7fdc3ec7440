/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Calls counted in windows of the clock, from a second to an hour, and the bursts that the counts
 * tell: a process of two states, each with a rate, of exponential lengths (a Markov-modulated
 * Poisson process). Its parameters are those whose moments the counts have (as Gusella 1991 and
 * Heffes and Lucantoni 1986 fit it): the mean rate, how the variance rises with the window, the
 * skewness at the length of a change of state.
 *
 * A rate that varies from hour to hour is no burst. What the counts of a window vary with the hour
 * is taken off: over windows t of hours H it is (t/H)^2 of the hours' variance and (t/H)^3 of their
 * third cumulant, beyond Poisson's part. So states are found that last from some seconds to a
 * quarter of an hour.
 */
#ifndef HISTORY_FIT_COUNTS_H
#define HISTORY_FIT_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

#define FIT_WINDOWS 9
#define FIT_MINUTE 4 /* index of the window of a minute */
#define FIT_HOUR 8

struct fit_window {
    double calls, square, cube; /* in the one at hand; sums over those that ended */
    double first, last;
    int64_t first_index, last_index;
    bool any;
};

/* Zeroed, it is empty. */
struct fit_counts {
    struct fit_window window[FIT_WINDOWS];
    double calls, most_in_minute;
    int64_t second;  /* at hand */
    unsigned finest; /* window that holds the span of every record */
    bool any;
};

/* Times never fall. The calls are spread over the span, which may be 0. */
void fit_counts_add(struct fit_counts *counts, int64_t time_ns, int64_t span_ns, uint64_t calls);
void fit_counts_end(struct fit_counts *counts); /* after the last; once */

/* Over the windows that lie in [first_ns, last_ns] as a whole. */
struct fit_moments {
    double windows, mean, variance, third; /* the third central moment */
    int64_t begin, end;                    /* indices: times of the window since 1970 */
};

/* False: fewer than three such windows. */
bool fit_counts_moments(const struct fit_counts *counts, unsigned window, int64_t first_ns,
                        int64_t last_ns, struct fit_moments *ret);

enum fit_burstiness {
    FIT_BURSTS_NONE, /* no more than Poisson's, or not surely */
    FIT_BURSTS_SLOW, /* the rate changes within the longest windows, but too slowly for states */
    FIT_BURSTS_FAST, /* calls come in groups of less than the finest window */
    FIT_BURSTS_FEW,  /* too few calls, windows or changes for an estimate */
    FIT_BURSTS_KNOWN,
};

struct fit_bursts {
    enum fit_burstiness kind;
    double base_per_s, burst_per_s, mean_base_s, mean_burst_s; /* where it is known */
    double dispersion, window_s; /* the largest index within hours, and of which windows */
    double changes;              /* bursts in the data, about */
};

#define FIT_BURSTS_LEAST 30   /* bursts for an estimate */
#define FIT_BURSTS_MATTER 1.5 /* index of dispersion */

void fit_counts_bursts(const struct fit_counts *counts, int64_t first_ns, int64_t last_ns,
                       struct fit_bursts *ret);

/* The variance over the mean of counts in windows of so many seconds, of these bursts alone. */
double fit_bursts_dispersion(const struct fit_bursts *bursts, double window_s);

#endif
