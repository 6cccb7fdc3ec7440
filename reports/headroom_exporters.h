/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the headroom of a scenario is turned into; the same bytes for the same seed. */
#ifndef REPORTS_HEADROOM_EXPORTERS_H
#define REPORTS_HEADROOM_EXPORTERS_H

#include "support/output_file.h"

#include <lambdaplan/headroom.h>

/* headroom.csv: one row a limit, the first to be met first. */
void headroom_csv_write(const struct headroom_result *result, struct output *output);
void headroom_json_write(const struct headroom_result *result, struct output *output);
/* For a reader: the first limit, and all of them. */
void headroom_table_write(const struct headroom_result *result, struct output *output, bool color);
void headroom_markdown_write(const struct headroom_result *result, struct output *output);

#endif
