/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The end of a result, of its options and of its command line. */
#include <lambdaplan/result.h>

#include <stdlib.h>

void result_option_finish(struct result_option *option)
{
    free(option->name);
    free(option->note);
    bill_finish(&option->bill);
    free(option->common);
    for (size_t i = 0; i < option->objectives; i++) {
        free(option->objective[i].text);
        free(option->objective[i].metric);
        free(option->objective[i].unit);
    }
    free(option->objective);
    for (size_t i = 0; i < option->metrics; i++) {
        free(option->metric[i].entity);
        free(option->metric[i].metric);
        free(option->metric[i].unit);
    }
    free(option->metric);
    free(option->samples.value);
    free(option->samples.error);
    *option = (struct result_option){0};
}

void result_command_finish(struct result_command *command)
{
    for (size_t i = 0; i < command->words; i++)
        free(command->word[i]);
    free(command->word);
    *command = (struct result_command){0};
}

void result_finish(struct result *result)
{
    result_command_finish(&result->command);
    free(result->shown.table);
    free(result->shown.markdown);
    free(result->shown.json);
    free(result->scenario_path);
    free(result->scenario_name);
    free(result->description);
    free(result->region);
    free(result->scenario_json);
    free(result->price_book);
    free(result->limits);
    for (size_t i = 0; i < result->options; i++)
        result_option_finish(&result->option[i]);
    free(result->option);
    for (size_t i = 0; i < result->alarms; i++) {
        free(result->alarm[i].name);
        free(result->alarm[i].text);
        free(result->alarm[i].change);
    }
    free(result->alarm);
    diagnostics_finish(&result->notes);
    for (size_t i = 0; i < result->facts; i++)
        free(result->fact[i]);
    free(result->fact);
    for (size_t i = 0; i < result->charts; i++)
        for (size_t k = 0; k < result->chart[i].count; k++) {
            free(result->chart[i].series[k].entity);
            free(result->chart[i].series[k].value);
        }
    for (size_t i = 0; i < result->charts; i++)
        free(result->chart[i].series);
    free(result->chart);
    for (size_t i = 0; i < result->kepts; i++)
        free(result->kept[i]);
    free(result->kept);
    *result = (struct result){0};
}
