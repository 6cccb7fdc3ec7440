/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures of the Lambda design's entities that a reader looks at first, as tables. */
#ifndef REPORTS_FIGURES_H
#define REPORTS_FIGURES_H

#include "reports/text_table.h"

#include <lambdaplan/result.h>

enum figures_kind {
    FIGURES_CALLERS,
    FIGURES_STATE_MACHINES,
    FIGURES_STREAMS,
    FIGURES_TABLES,
    FIGURES_TOPICS,
    FIGURES_BUSES,
    FIGURES_QUEUES,
    FIGURES_MAPPINGS,
    FIGURES_FUNCTIONS,
    FIGURES_EVENTS,
    FIGURES_CHAINS,
    FIGURES_STAGES,
    FIGURES_DOWNSTREAMS,
    FIGURES_KINDS
};

/* One row an entity of the kind, the busiest first, at most `most`; *ret_more are left out. */
void figures_table(struct text_table *ret, const struct result_option *option,
                   enum figures_kind kind, size_t most, size_t *ret_more);
/* "In the 24 h simulated (means of …)"; free() it. */
char *figures_title(const struct result *result);

#endif
