/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `sensitivity`: which uncertain inputs move cost and latency, and the design least regretted. */
#include "commands/session.h"

#include "core/memory.h"
#include "reports/exporters.h"
#include "reports/sensitivity_exporters.h"
#include "studies/sensitivity.h"
#include "support/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BY 0.1
#define CONFIDENCE 0.95
#define SAMPLES 64
#define SAMPLES_MIN 8
#define INPUTS_MAX 200 /* assumed ones */

/* What the options and the scenario ask for. */
struct question {
    struct uncertain_inputs inputs;
    bool assumed;
    struct sensitivity_choice *choice;
    size_t choices;
    double confidence;
    unsigned replications;
    size_t samples;
};

/* --- inputs ----------------------------------------------------------------------------------- */

static bool is_set(const struct question *q, const char *path)
{
    for (size_t c = 0; c < q->choices; c++)
        for (size_t i = 0; i < q->choice[c].design.settings; i++)
            if (strcmp(q->choice[c].design.setting[i].path, path) == 0)
                return true;
    return false;
}

/* What a design decides is not uncertain. */
static void drop_decided(struct question *q)
{
    size_t kept = 0;
    for (size_t i = 0; i < q->inputs.count; i++) {
        if (is_set(q, q->inputs.item[i].path))
            free(q->inputs.item[i].path);
        else
            q->inputs.item[kept++] = q->inputs.item[i];
    }
    q->inputs.count = kept;
}

static int check_decided(const struct question *q, struct diagnostics *diagnostics)
{
    int status = 0;
    for (size_t i = 0; i < q->inputs.count; i++) {
        if (!is_set(q, q->inputs.item[i].path))
            continue;
        diagnostics_error(diagnostics, "--design", 0, "%s is uncertain: no design can set it",
                          q->inputs.item[i].path);
        status = -1;
    }
    return status;
}

static int assume_inputs(struct question *q, const struct session *session, double by,
                         struct diagnostics *diagnostics)
{
    q->assumed = true;
    uncertain_assume(&q->inputs, session->inputs.root, by);
    drop_decided(q);
    if (q->inputs.count > INPUTS_MAX) {
        diagnostics_error(diagnostics, NULL, 0,
                          "the scenario states %zu numbers of workloads and functions: name those "
                          "that are uncertain by --input, or in the scenario's section `uncertain`",
                          q->inputs.count);
        return -1;
    }
    uncertain_trim(&q->inputs, &session->base.design, diagnostics);
    return 0;
}

static int take_inputs(struct question *q, const struct session *session,
                       struct diagnostics *diagnostics)
{
    const struct study_options *const study = &session->options->study;
    const double by = study->by > 0 ? study->by : BY;
    int status = 0;
    for (size_t i = 0; i < study->inputs; i++)
        status |=
            uncertain_from_text(&q->inputs, study->input[i], by, session->inputs.root, diagnostics);
    if (study->inputs == 0)
        status = uncertain_from_scenario(&q->inputs, session->inputs.scenario, session->inputs.root,
                                         diagnostics);
    if (status == 0)
        status = q->inputs.count > 0 ? check_decided(q, diagnostics)
                                     : assume_inputs(q, session, by, diagnostics);
    if (status == 0 && q->inputs.count == 0) {
        diagnostics_usage(diagnostics, NULL, "nothing is uncertain: give --input PATH=LOW:HIGH");
        status = -1;
    }
    return status;
}

/* --- designs ---------------------------------------------------------------------------------- */

static int add_setting(struct sensitivity_choice *choice, const char *word, const cJSON *root,
                       struct diagnostics *diagnostics)
{
    const char *const sign = strchr(word, '=');
    if (sign == NULL) {
        diagnostics_usage(diagnostics, "--design",
                          "%s: a value is missing; write PATH=VALUE,PATH=VALUE", word);
        return -1;
    }
    struct setting setting = {.path = text_format("%.*s", (int)(sign - word), word)};
    const struct field *const field = design_field(root, setting.path, "--design", diagnostics);
    if (field != NULL)
        setting.text =
            design_value(field, setting.path, sign + 1, "--design", &setting.kind, diagnostics);
    struct setting *const all = mem_resize((void *)(uintptr_t)choice->design.setting,
                                           choice->design.settings + 1, sizeof *all);
    all[choice->design.settings++] = setting;
    choice->design.setting = all;
    return setting.text == NULL ? -1 : 0;
}

static int take_choices(struct question *q, const struct session *session,
                        struct diagnostics *diagnostics)
{
    const struct study_options *const study = &session->options->study;
    int status = 0;
    q->choice = mem_alloc(study->designs, sizeof *q->choice);
    for (size_t i = 0; i < study->designs; i++) {
        struct sensitivity_choice *const choice = &q->choice[q->choices++];
        char *const words = mem_strdup(study->design[i]);
        char *rest = NULL;
        choice->name = study->design[i];
        for (char *word = strtok_r(words, ",", &rest); word != NULL;
             word = strtok_r(NULL, ",", &rest))
            status |= add_setting(choice, word, session->inputs.root, diagnostics);
        if (status == 0 && choice->design.settings == 0) {
            diagnostics_usage(diagnostics, "--design", "is empty; write PATH=VALUE");
            status = -1;
        }
        free(words);
    }
    return status;
}

static int take_numbers(struct question *q, const struct session *session,
                        struct diagnostics *diagnostics)
{
    const struct options *const options = session->options;
    q->samples = options->study.sample > 0 ? options->study.sample : SAMPLES;
    q->confidence = options->confidence > 0 ? options->confidence : CONFIDENCE;
    if (q->samples < SAMPLES_MIN)
        diagnostics_usage(diagnostics, "--sample",
                          "%zu tells nothing of a distribution; at least %d", q->samples,
                          SAMPLES_MIN);
    q->replications = session_replications(session);
    return q->samples < SAMPLES_MIN ? -1 : 0;
}

static void question_finish(struct question *q)
{
    for (size_t c = 0; c < q->choices; c++) {
        const struct design *const design = &q->choice[c].design;
        for (size_t i = 0; i < design->settings; i++) {
            free((void *)(uintptr_t)design->setting[i].path);
            free((void *)(uintptr_t)design->setting[i].text);
        }
        free((void *)(uintptr_t)design->setting);
    }
    free(q->choice);
    uncertain_finish(&q->inputs);
}

/* --- results ---------------------------------------------------------------------------------- */

static void write_file(const void *result, size_t file, struct output *output)
{
    const struct sensitivity_result *const r = result;
    if (file == 0)
        sensitivity_csv_write(r, output);
    else if (file == 1)
        sensitivity_distribution_csv_write(r, output);
    else if (file == 2)
        sensitivity_regret_csv_write(r, output);
    else
        run_json_write(&r->run, output);
}

static void print(const void *result, enum output_format format, struct output *output, bool color)
{
    if (format == FORMAT_JSON)
        sensitivity_json_write(result, output);
    else if (format == FORMAT_MARKDOWN)
        sensitivity_markdown_write(result, output);
    else
        sensitivity_table_write(result, output, color);
}

static int conclude(struct session *session, struct sensitivity_result *result, size_t missing,
                    struct diagnostics *diagnostics)
{
    int code;
    if (session_is_part(session, missing, &code, diagnostics))
        return code;
    struct publication what = {
        .result = result, .run = &result->run, .write = write_file, .print = print};
    const bool met = result->designs > 0 ? result->enough : result->base_meets;
    return session_publish(session, &what, met, diagnostics);
}

static bool keep_on(void *context, const struct executor_progress *progress)
{
    return session_keep_on(context, progress, NULL);
}

static int run_question(struct session *session, const struct question *q,
                        struct diagnostics *diagnostics)
{
    const struct study_options *const study = &session->options->study;
    const struct sensitivity_request request = {.scenario = session->inputs.scenario,
                                                .metric = session->metric,
                                                .inputs = &q->inputs,
                                                .by = !q->assumed     ? 0
                                                      : study->by > 0 ? study->by
                                                                      : BY,
                                                .choice = q->choice,
                                                .choices = q->choices,
                                                .option = study->option,
                                                .replications = q->replications,
                                                .samples = q->samples,
                                                .confidence = q->confidence};
    const struct sensitivity_hooks hooks = {keep_on, session};
    struct sensitivity_result result;
    size_t missing;
    const enum study_status status =
        sensitivity_run(&result, session->executor, &request, &hooks, &missing, diagnostics);
    int code = session_stopped(session, status);
    if (status == STUDY_DONE)
        code = conclude(session, &result, missing, diagnostics);
    sensitivity_result_finish(&result);
    return code;
}

static int sensitivity(const struct options *options)
{
    struct diagnostics diagnostics;
    struct session session;
    struct question question = {0};
    int code = EXIT_DATA;
    diagnostics_init(&diagnostics);
    if (session_load(&session, &command_sensitivity, options, &diagnostics) == 0 &&
        take_numbers(&question, &session, &diagnostics) == 0 &&
        take_choices(&question, &session, &diagnostics) == 0 &&
        take_inputs(&question, &session, &diagnostics) == 0 &&
        session_start(&session, &diagnostics) == 0)
        code = run_question(&session, &question, &diagnostics);
    code = session_end(&session, code, &diagnostics);
    question_finish(&question);
    return code;
}

const struct command command_sensitivity = {
    .name = "sensitivity",
    .run = sensitivity,
    .summary = "Which uncertain inputs move cost and latency most, and the design least regretted.",
    .usage = "SCENARIO [--input PATH=LOW:MID:HIGH …] [--design PATH=VALUE,… …] [options]",
    .details = "Inputs are those of --input, or else of the scenario's section `uncertain`, or "
               "else\nevery number that it states of its workloads and functions, less and more "
               "by --by.",
    .example = "lambdaplan sensitivity data/scenarios/s3-region-sync.json --by 20% --sample 8 "
               "--design functions.sync.memory_size=256 --output results",
    .by_intervals = true,
    .accepts = "ofsarjpP3456cBnUukD",
    .least_arguments = 1,
    .most_arguments = 1,
    .files = {"sensitivity.csv", "distribution.csv", "regret.csv", "run.json"},
};
