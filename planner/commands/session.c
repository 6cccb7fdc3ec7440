/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/session.h"

#include "core/memory.h"
#include "engine/executor_mpi.h"
#include "support/output_file.h"
#include "support/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int session_load(struct session *ret, const struct command *command, const struct options *options,
                 struct diagnostics *diagnostics)
{
    /* Without --shard its tasks are not known beforehand. */
    const bool in_rounds = strchr(command->accepts, 'D') == NULL || options->study.precision > 0;
    *ret = (struct session){.options = options,
                            .command = command,
                            .merging = options->study.journals > 0,
                            .in_rounds = in_rounds};
    if (ranks_open(&ret->ranks, diagnostics) < 0)
        return -1;
    if (ret->ranks != NULL && strcmp(options->argument[0], "-") == 0) {
        diagnostics_error(diagnostics, NULL, 0,
                          "under mpirun the scenario must be a file: standard input is the first "
                          "rank's only");
        return -1;
    }
    if (inputs_load(&ret->inputs, options, diagnostics) < 0)
        return -1;
    if (task_base_init(&ret->base, ret->inputs.root, ret->inputs.path, &ret->inputs.world,
                       &ret->inputs.overrides, diagnostics) < 0)
        return -1;
    ret->metric = task_base_want_objectives(&ret->base, ret->inputs.scenario);
    return 0;
}

/* --- the journal ---------------------------------------------------------------------------- */

/* The command without what only says where and how it runs, and the scenario's text: with it a
 * journal can be turned into the study's results. */
static char *title_of(const struct session *s)
{
    cJSON *const title = cJSON_CreateObject();
    cJSON_AddStringToObject(title, "command", s->command->name);
    cJSON *const arguments = cJSON_AddArrayToObject(title, "arguments");
    for (size_t i = 0; i < s->options->givens; i++)
        cJSON_AddItemToArray(arguments, cJSON_CreateString(s->options->given[i]));
    for (int i = 0; i < s->options->arguments; i++)
        cJSON_AddItemToArray(arguments, cJSON_CreateString(s->options->argument[i]));
    cJSON_AddStringToObject(title, "scenario", s->inputs.text);
    char *const text = cJSON_PrintUnformatted(title);
    cJSON_Delete(title);
    return text;
}

/* A journal with results must be asked for; a shard's must be of this very command, because it is
 * what `merge` will run. */
static int check_journal(const struct session *s, const char *title,
                         struct diagnostics *diagnostics)
{
    char number[TEXT_NUMBER_SIZE];
    const struct study_options *const study = &s->options->study;
    size_t size;
    const char *const there = journal_title(s->journal, &size);
    if (journal_count(s->journal) == 0)
        return 0;
    if (!study->resume) {
        diagnostics_error(diagnostics, journal_path(s->journal), 0,
                          "a study that was not finished left this journal: go on with it by "
                          "--resume, or remove it");
        return -1;
    }
    if (study->shard.count > 0 && (size != strlen(title) || memcmp(there, title, size) != 0)) {
        diagnostics_error(diagnostics, journal_path(s->journal), 0,
                          "another command, or another text of the scenario, began this shard: go "
                          "on with that one, or remove the journal");
        return -1;
    }
    if (!s->options->quiet)
        fprintf(stderr, "resuming: %s results are in %s\n",
                text_number((double)journal_count(s->journal), 0, number),
                journal_path(s->journal));
    return 0;
}

/* Damage is told at once: it is of this run, and nothing of the result, whose bytes stay the same.
 */
static void tell_damage(const struct session *s, struct diagnostics *found,
                        struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < found->count; i++)
        if (!found->item[i].warning)
            diagnostics_error(diagnostics, NULL, 0, "%s", found->item[i].text);
        else if (!s->options->quiet && !s->merging) /* `merge` has said so itself */
            fprintf(stderr, "warning: %s\n", found->item[i].text);
    diagnostics_finish(found);
}

/* Old results beside a journal would be taken for the new study's. */
static int clear_folder(struct session *s, const char *dir, struct diagnostics *diagnostics)
{
    const int status = earlier_begin(&s->earlier, dir, s->command,
                                     s->options->study.resume ? EARLIER_RESUMED : EARLIER_ALL,
                                     !s->options->quiet, diagnostics);
    if (s->options->study.resume)
        output_remove_leftovers(dir);
    return status;
}

static int open_journal(struct session *s, struct diagnostics *diagnostics)
{
    struct diagnostics found;
    const struct study_options *const study = &s->options->study;
    const char *const dir = s->options->output;
    if (output_make_directory(dir, diagnostics) < 0)
        return -1;
    char *const path = study->shard.count == 0
                           ? text_format("%s/journal", dir)
                           : text_format("%s/shard-%u-of-%u.journal", dir, study->shard.index + 1,
                                         study->shard.count);
    char *const title = title_of(s);
    diagnostics_init(&found);
    s->journal = journal_open(path, title, strlen(title), &found);
    tell_damage(s, &found, diagnostics);
    int status = s->journal == NULL ? -1 : check_journal(s, title, diagnostics);
    if (status == 0 && study->shard.count == 0) /* the journal is locked: nobody else writes here */
        status = clear_folder(s, dir, diagnostics);
    free(title);
    free(path);
    return status;
}

static int open_parts(struct session *s, struct diagnostics *diagnostics)
{
    const struct study_options *const study = &s->options->study;
    s->part = mem_alloc(study->journals, sizeof *s->part);
    for (size_t i = 0; i < study->journals; i++) {
        struct diagnostics found;
        diagnostics_init(&found);
        struct journal *const journal = journal_read(study->journal[i], &found);
        tell_damage(s, &found, diagnostics);
        if (journal == NULL)
            return -1;
        if (s->journal == NULL) {
            s->journal = journal;
            continue;
        }
        s->part[s->parts++] = journal;
        if (journal_add(s->journal, journal, diagnostics) < 0)
            return -1;
    }
    return 0;
}

/* Whether all ranks have the same before them. */
static int agree(struct session *s, bool good, bool *ret_first, struct diagnostics *diagnostics)
{
    uint8_t key[TASK_KEY_SIZE] = {0};
    s->agreed = true;
    if (good)
        task_key(&s->base, &(struct task){0}, key);
    return ranks_agree(s->ranks, good, key, ret_first, diagnostics);
}

int session_start(struct session *session, struct diagnostics *diagnostics)
{
    const struct options *const options = session->options;
    struct study_shard shard = {options->study.shard.index, options->study.shard.count};
    const bool first = session->ranks == NULL || ranks_is_first(session->ranks);
    unsigned jobs = options->jobs;
    bool ignored;
    if (task_base_describe(&session->base, diagnostics) < 0 ||
        (options->study.option != NULL &&
         task_base_describe_option(&session->base, options->study.option, diagnostics) < 0))
        return -1;
    poll_interruption(); /* from here on there is something to tidy up */
    if (session->merging) {
        shard = (struct study_shard){1, 1}; /* nothing is run */
        if (open_parts(session, diagnostics) < 0)
            return -1;
    } else if (first && options->output != NULL && open_journal(session, diagnostics) < 0) {
        return -1;
    }
    if (session->ranks != NULL) {
        jobs = jobs > 0 ? jobs : 1; /* mpirun was told how many processes */
        if (agree(session, true, &ignored, diagnostics) < 0)
            return -1;
        if (!first) {
            ranks_serve(session->ranks, &session->base, jobs);
            session->served = true;
            return -1;
        }
    }
    session->executor =
        executor_create(&session->base, jobs, session->journal, shard, session->ranks);
    progress_init(&session->progress, options->progress, stderr);
    return 0;
}

/* --- while it runs -------------------------------------------------------------------------- */

static void begin_round(struct session *session, size_t round)
{
    char text[24];
    snprintf(text, sizeof text, "round %zu", round);
    progress_part(&session->progress, session->in_rounds ? text : NULL);
    session->round = round;
}

bool session_keep_on(struct session *session, const struct executor_progress *progress,
                     const char *best)
{
    char done[TEXT_NUMBER_SIZE], tasks[TEXT_NUMBER_SIZE], rate[TEXT_NUMBER_SIZE];
    const size_t ran = progress->done - progress->journaled;
    const double per_s = progress->elapsed_s > 0 ? (double)ran / progress->elapsed_s : 0;
    if (progress->round != session->round)
        begin_round(session, progress->round);
    char *const label = text_format(
        "%s of %s %s, %s/s%s%s", text_number((double)progress->done, 0, done),
        text_number((double)progress->tasks, 0, tasks),
        progress->checking ? "designs read" : "tasks", text_number(per_s, per_s < 10 ? 1 : 0, rate),
        best != NULL ? ", best " : "", best != NULL ? best : "");
    progress_update(&session->progress, progress->part, label, 0);
    free(label);
    return !interrupted();
}

/* False: nothing is. */
static bool say_kept(const struct session *session, const char *why)
{
    char number[TEXT_NUMBER_SIZE];
    const size_t kept =
        session->journal == NULL || session->merging ? 0 : journal_count(session->journal);
    if (kept > 0)
        complain("%s%s results are kept in %s; the same command with --resume goes on", why,
                 text_number((double)kept, 0, number), journal_path(session->journal));
    return kept > 0;
}

int session_stopped(struct session *session, enum study_status status)
{
    const bool stopped = status == STUDY_STOPPED;
    progress_finish(&session->progress);
    if (status == STUDY_DONE)
        return EXIT_DONE;
    if (!say_kept(session, stopped ? "interrupted; " : "") && stopped)
        complain("interrupted; nothing was kept%s",
                 session->journal == NULL ? ": with --output DIR a study can be resumed" : "");
    return stopped ? EXIT_RESUMABLE : EXIT_DATA;
}

/* --- the end -------------------------------------------------------------------------------- */

static void drop_journal(const struct session *session)
{
    const struct study_options *const study = &session->options->study;
    if (session->journal != NULL && !session->merging && study->shard.count == 0 &&
        !study->keep_journal)
        unlink(journal_path(session->journal));
}

int session_publish(struct session *session, struct publication *what, bool met,
                    struct diagnostics *diagnostics)
{
    what->command = session->command;
    what->notes = &what->run->notes;
    take_notes(diagnostics, what->notes);
    what->run->command = options_words(session->options, session->command->name);
    if (session->options->output != NULL)
        publish_keep(what);
    what->color = session->ranks == NULL && may_color(); /* mpirun gives a rank a terminal */
    if (publish_files(what, session->options, diagnostics) < 0) {
        say_kept(session, "");
        return EXIT_DATA;
    }
    drop_journal(session);
    if (publish_print(what, session->options, diagnostics) < 0)
        return EXIT_DATA;
    return met ? EXIT_DONE : EXIT_NOT_MET;
}

bool session_is_part(const struct session *session, size_t missing, int *ret_code,
                     struct diagnostics *diagnostics)
{
    char number[TEXT_NUMBER_SIZE];
    const struct options *const options = session->options;
    if (missing == 0)
        return false;
    *ret_code = session->merging ? EXIT_DATA : EXIT_DONE;
    if (session->merging)
        diagnostics_error(diagnostics, NULL, 0,
                          "%zu tasks are in none of the journals: is a shard missing or not "
                          "finished, or are the data or the program other ones?",
                          missing);
    else if (!options->quiet)
        fprintf(stderr,
                "shard %u of %u: %s results are in %s; put all together with\n"
                "  lambdaplan merge --output DIR %s/shard-*.journal\n",
                options->study.shard.index + 1, options->study.shard.count,
                text_number((double)journal_count(session->journal), 0, number),
                journal_path(session->journal), options->output);
    return true;
}

/* All ranks find the same mistakes; the first tells them. What only another rank finds is that
 * one's to tell. */
static bool may_speak(struct session *session, struct diagnostics *diagnostics)
{
    bool first_good = true;
    if (session->ranks == NULL)
        return true;
    if (!session->agreed)
        agree(session, false, &first_good, diagnostics);
    if (ranks_is_first(session->ranks))
        return true;
    if (first_good && diagnostics->errors > 0)
        complain("%s:", ranks_name(session->ranks));
    return first_good && diagnostics->errors > 0;
}

/* A study that failed before its first result leaves no journal in the way of the next. */
static void leave_nothing(struct session *session)
{
    if (session->journal == NULL || session->merging || journal_count(session->journal) > 0)
        return;
    unlink(journal_path(session->journal));
    earlier_end(&session->earlier, false);
    output_remove_temporaries(); /* the folders that were made for it, if nothing else is in them */
}

int session_end(struct session *session, int code, struct diagnostics *diagnostics)
{
    progress_finish(&session->progress);
    if (may_speak(session, diagnostics))
        print_diagnostics(diagnostics, session->options->quiet);
    const bool misused = diagnostics->usage > 0 && code == EXIT_DATA;
    diagnostics_finish(diagnostics);
    executor_destroy(session->executor);
    ranks_close(session->ranks);
    leave_nothing(session);
    journal_close(session->journal);
    for (size_t i = 0; i < session->parts; i++)
        journal_close(session->part[i]);
    free(session->part);
    free(session->earlier.aside);
    free(session->metric);
    task_base_finish(&session->base);
    inputs_finish(&session->inputs);
    return session->served ? EXIT_DONE : misused ? EXIT_USAGE : code;
}

unsigned session_replications(const struct session *session)
{
    return study_replications(&session->options->study, session->inputs.scenario->run.replications);
}

unsigned session_max_replications(const struct session *session)
{
    return study_max_replications(&session->options->study, session_replications(session));
}
