/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/study_reader.h"

#include "core/memory.h"
#include "scenario/json.h"
#include "support/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* NULL: it is no text. */
static char *text_at(const cJSON *item)
{
    return cJSON_IsString(item) ? mem_strdup(item->valuestring) : NULL;
}

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

/* JSON is printed as it is, so that it must be nothing else. */
static bool is_json(const char *text, const char *path)
{
    struct diagnostics unheard;
    diagnostics_init(&unheard);
    cJSON *const root = json_parse(text, strlen(text), path, &unheard);
    cJSON_Delete(root);
    diagnostics_finish(&unheard);
    return root != NULL;
}

static int read_page(struct study_page *ret, const cJSON *root, const cJSON *shown,
                     const char *path, struct diagnostics *diagnostics)
{
    ret->command = text_at(cJSON_GetArrayItem(member(root, "command"), 0));
    ret->scenario = text_at(member(root, "name"));
    ret->shown =
        (struct result_shown){text_at(member(shown, "table")), text_at(member(shown, "markdown")),
                              text_at(member(shown, "json"))};
    if (ret->command != NULL && ret->scenario != NULL && ret->shown.table != NULL &&
        ret->shown.markdown != NULL && strchr(ret->command, '/') == NULL &&
        (ret->shown.json == NULL || is_json(ret->shown.json, path)))
        return 1;
    diagnostics_error(diagnostics, path, json_line(shown),
                      "the study's texts are not whole; the file is not one that this version of "
                      "lambdaplan wrote");
    return -1;
}

static int check_unfinished(const char *dir, struct diagnostics *diagnostics)
{
    char *const journal = text_format("%s/journal", dir);
    const bool there = access(journal, F_OK) == 0;
    if (there)
        diagnostics_error(diagnostics, journal, 0,
                          "the study is not at its end: the same command with --resume goes on");
    free(journal);
    return there ? -1 : 0;
}

/* By what only their run.json has. */
static int check_others(const cJSON *root, const char *dir, struct diagnostics *diagnostics)
{
    static const char *const others[][2] = {
        {"charged_usd", "bill"}, {"outside_by_chance", "backtest"}, {"paired", "diff"}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (member(root, others[i][0]) != NULL) {
            diagnostics_error(diagnostics, dir, 0,
                              "is of `%s`: report prints the results of simulate and of studies; "
                              "%s/%s.csv has the figures",
                              others[i][1], dir, others[i][1]);
            return -1;
        }
    return 0;
}

int study_page_read(struct study_page *ret, const char *dir, struct diagnostics *diagnostics)
{
    struct diagnostics unheard;
    char *const path = text_format("%s/run.json", dir);
    int status = 0;
    *ret = (struct study_page){0};
    diagnostics_init(&unheard);
    cJSON *const root = json_read_file(path, &unheard);
    const cJSON *const shown = member(root, "shown");
    if (root == NULL && access(path, F_OK) != 0)
        status = check_unfinished(dir, diagnostics);
    else if (cJSON_IsObject(shown))
        status = read_page(ret, root, shown, path, diagnostics);
    else
        status = check_others(root, dir, diagnostics);
    cJSON_Delete(root);
    diagnostics_finish(&unheard);
    free(path);
    return status;
}

void study_page_finish(struct study_page *page)
{
    free(page->command);
    free(page->scenario);
    free(page->shown.table);
    free(page->shown.markdown);
    free(page->shown.json);
    *page = (struct study_page){0};
}
