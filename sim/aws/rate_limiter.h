/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A token bucket in integer arithmetic: the generic cell rate algorithm (ITU-T I.371). A bucket of
 * B tokens refilled at R a second is interval = 1/R and burst = B/R. `due_ns` is the time at which
 * the bucket would be full again.
 */
#ifndef AWS_RATE_LIMITER_H
#define AWS_RATE_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

struct rate_limiter {
    int64_t interval_ns; /* of one token; 0: no limit */
    int64_t burst_ns;    /* tokens x interval */
    int64_t due_ns;
};

static inline struct rate_limiter rate_limiter_make(double tokens, double refill_per_s)
{
    const int64_t interval_ns = (int64_t)(1e9 / refill_per_s + 0.5);
    /* Of the rounded interval, so that a full bucket holds every one of its tokens. */
    return (struct rate_limiter){interval_ns, (int64_t)(tokens * (double)interval_ns + 0.5), 0};
}

/* Other figures from now on: what has been taken from the bucket stays taken, in time. */
static inline void rate_limiter_change(struct rate_limiter *limiter, double tokens,
                                       double refill_per_s)
{
    const int64_t due_ns = limiter->due_ns;
    *limiter = rate_limiter_make(tokens, refill_per_s);
    limiter->due_ns = due_ns;
}

static inline bool rate_limiter_take_ns(struct rate_limiter *limiter, int64_t now_ns,
                                        int64_t cost_ns)
{
    const int64_t due = limiter->due_ns > now_ns ? limiter->due_ns : now_ns;
    if (due + cost_ns - now_ns > limiter->burst_ns)
        return limiter->interval_ns == 0;
    limiter->due_ns = due + cost_ns;
    return true;
}

/* Takes one token; false when there is none. */
static inline bool rate_limiter_take(struct rate_limiter *limiter, int64_t now_ns)
{
    return rate_limiter_take_ns(limiter, now_ns, limiter->interval_ns);
}

/* Takes a part of a token, or several. */
static inline bool rate_limiter_take_share(struct rate_limiter *limiter, int64_t now_ns,
                                           double tokens)
{
    return rate_limiter_take_ns(limiter, now_ns,
                                (int64_t)((double)limiter->interval_ns * tokens + 0.5));
}

/* For costs that are known only afterwards (bytes read): passes while the bucket is not in debt. */
static inline bool rate_limiter_ready(const struct rate_limiter *limiter, int64_t now_ns)
{
    return limiter->due_ns - now_ns < limiter->burst_ns || limiter->burst_ns == 0;
}

static inline void rate_limiter_charge(struct rate_limiter *limiter, int64_t now_ns,
                                       int64_t cost_ns)
{
    limiter->due_ns = (limiter->due_ns > now_ns ? limiter->due_ns : now_ns) + cost_ns;
}

#endif
