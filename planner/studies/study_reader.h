/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The folder of a study, read back: what it printed stands in its run.json. */
#ifndef STUDIES_STUDY_READER_H
#define STUDIES_STUDY_READER_H

#include <lambdaplan/diagnostics.h>
#include <lambdaplan/result.h>

struct study_page {
    char *command, *scenario; /* "sweep", the scenario's name */
    struct result_shown shown;
};

/* 1: `dir` is of a study. 0: it is none, or cannot be read at all, which others may tell. -1 after
 * an error: it is not as it was written, a study that is not at its end, or of a command whose
 * results are not kept as texts. study_page_finish in any case. */
int study_page_read(struct study_page *ret, const char *dir, struct diagnostics *diagnostics);
void study_page_finish(struct study_page *page);

#endif
