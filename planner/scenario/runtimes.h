/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How long an execution environment takes to start and how long it is kept while idle: measured by
 * others, by runtime and date, read from data/runtimes.
 *
 * init.csv: Init Duration by runtime ("*": the generic one), package, architecture and memory. A
 * row with minimum, median, mean and maximum becomes a quantile table through (0, min), (0.2, y),
 * (0.5, median), (0.8, x), (1, max): y and x lie on the straight lines, then both move by the same
 * share of their room, up or down, until the mean agrees. A row with median and standard deviation
 * becomes a lognormal. Between two memory sizes the parameters are interpolated (every quantile;
 * mu and sigma), beyond the outermost they stay.
 *
 * names.csv: AWS's identifiers. `provided.al2023:rust` and the like are our own names for what runs
 * on a custom runtime. `like`: whose measurements stand in for a runtime that nobody measured.
 * `introduced`: before it no function can have the runtime. `deprecated`: from then on AWS neither
 * patches nor supports it and, at dates that were moved more than once, blocks new functions and
 * then updates; functions that have it "continue to be invoked indefinitely" (Lambda developer
 * guide, runtime deprecation policy).
 *
 * keep_alive.csv: survival of an idle environment by profile. "step": the fraction still warm drops
 * at each point, a mixture of constants. "linear": it falls along straight lines between the
 * points, a quantile table. A profile is the default at the days of its validity; without any
 * validity it is used by name only. Any profile can be named at any date.
 */
#ifndef SCENARIO_RUNTIMES_H
#define SCENARIO_RUNTIMES_H

#include "core/distribution.h"

#include <lambdaplan/diagnostics.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct runtimes;

/* NULL: errors. */
struct runtimes *runtimes_load(const char *data_dir, struct diagnostics *diagnostics);
void runtimes_destroy(struct runtimes *runtimes);

/* Its first day and the first one on which it is deprecated (DATE_MAX: no date is known). False:
 * the runtime is not known; nothing is returned. */
bool runtimes_dates(const struct runtimes *runtimes, const char *runtime, int32_t *ret_introduced,
                    int32_t *ret_deprecated);
/* For near misses; owned by `runtimes`. */
const char *const *runtimes_names(const struct runtimes *runtimes, size_t *ret_count);
const char *const *runtimes_profile_names(const struct runtimes *runtimes, size_t *ret_count);

/*
 * Init duration in ms. `runtime` NULL: the generic one of the era. 0: measured for this runtime,
 * package, architecture and date. 1: something else stands in, and `ret_source` says what, for a
 * warning. -1: the runtime is not known; nothing is returned. Preferred in this order: the
 * runtime's own figures of the day, its latest earlier ones, the generic ones of the day, the
 * runtime's next later ones, the generic ones of another day.
 * `ret` is the caller's to finish; `ret_source` belongs to `runtimes`.
 */
int runtimes_init(const struct runtimes *runtimes, const char *runtime, bool image, bool arm64,
                  double memory_mb, int32_t day, struct distribution *ret_ms,
                  const char **ret_source);

/*
 * Idle time in s after which an environment is taken away. `profile` NULL: the default of the day.
 * 0, or -1 when there is no such profile. `ret_name` (may be NULL) belongs to `runtimes`.
 */
int runtimes_keep_alive(const struct runtimes *runtimes, const char *profile, int32_t day,
                        struct distribution *ret_s, const char **ret_name);

#endif
