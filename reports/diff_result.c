/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The end of a comparison of two results. */
#include <lambdaplan/diff.h>

#include <stdlib.h>

void diff_result_finish(struct diff_result *result)
{
    result_command_finish(&result->command);
    for (size_t i = 0; i < result->settings; i++) {
        free(result->setting[i].path);
        free(result->setting[i].before);
        free(result->setting[i].after);
    }
    free(result->setting);
    free(result->option);
    free(result->line);
    free(result->objective);
    free(result->metric);
    free(result->path_before);
    free(result->path_after);
    diagnostics_finish(&result->notes);
    result_finish(&result->before);
    result_finish(&result->after);
    *result = (struct diff_result){0};
}
