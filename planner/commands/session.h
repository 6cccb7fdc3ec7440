/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A session: what every command that runs a study needs around it. It loads the scenario, keeps a
 * journal in the output folder, runs tasks, shows how far they are, and says how to go on when it
 * is interrupted.
 */
#ifndef COMMANDS_SESSION_H
#define COMMANDS_SESSION_H

#include "commands/earlier.h"
#include "commands/inputs.h"
#include "commands/publish.h"

#include "engine/executor.h"

struct session {
    const struct options *options;
    const struct command *command;
    struct inputs inputs;
    struct task_base base;
    size_t *metric; /* of the scenario's objectives: task_base_want_objectives */
    struct executor *executor;

    struct journal *journal; /* NULL: nothing is kept */
    struct journal **part;   /* that are merged into it */
    size_t parts;
    bool merging;
    struct earlier earlier; /* what was in the output folder */
    struct progress progress;
    bool in_rounds;      /* what comes next depends on results: nobody knows how long all takes */
    size_t round;        /* that progress is of */
    struct ranks *ranks; /* of an mpirun; NULL: this process alone */
    bool agreed;         /* the ranks have told each other whether they could load */
    bool served;         /* this is another rank than the first, and its work is done */
};

/* Scenario and data; further metrics may then be wanted of `base`. 0, or -1 after errors;
 * session_end in both cases. */
int session_load(struct session *ret, const struct command *command, const struct options *options,
                 struct diagnostics *diagnostics);
/* Units of the metrics, journal, executor. 0: run the study. -1 after errors: a metric that there
 * is not, a journal that is in the way; and on all ranks but the first, when they have served it.
 */
int session_start(struct session *session, struct diagnostics *diagnostics);

/* For hooks: draws "1,234 of 10,000 tasks, 210/s, BEST"; `best` NULL: nothing yet. False: the user
 * has interrupted. */
bool session_keep_on(struct session *session, const struct executor_progress *progress,
                     const char *best);
/* Ends the line of progress and says what is kept where a study did not end: the exit code. */
int session_stopped(struct session *session, enum study_status status);
/* Files, then standard output; warnings so far go with the result. The exit code: EXIT_DONE where
 * it is `met`, else EXIT_NOT_MET; EXIT_DATA after an error. With the files the journal has done its
 * work. */
int session_publish(struct session *session, struct publication *what, bool met,
                    struct diagnostics *diagnostics);
/* Where `missing` tasks are other shards': says where this one's results are and how to put them
 * together, or, merging, that some are lacking. True: then there is nothing but `ret_code`. */
bool session_is_part(const struct session *session, size_t missing, int *ret_code,
                     struct diagnostics *diagnostics);
/* Prints what is wrong, frees all. Returns the exit code: `code` but for ranks that only served,
 * and but for EXIT_USAGE where the command line is to blame. */
int session_end(struct session *session, int code, struct diagnostics *diagnostics);

/* Replications of a study: the command line's or the scenario's; at most with --precision. */
unsigned session_replications(const struct session *session);
unsigned session_max_replications(const struct session *session);

#endif
