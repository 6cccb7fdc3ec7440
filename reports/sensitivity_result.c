/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The end of a sensitivity analysis. */
#include <lambdaplan/sensitivity.h>

#include <stdlib.h>

void sensitivity_result_finish(struct sensitivity_result *result)
{
    for (size_t i = 0; i < result->inputs; i++) {
        free(result->input[i].path);
        free(result->input[i].low);
        free(result->input[i].mid);
        free(result->input[i].high);
        free(result->input[i].effect);
    }
    free(result->input);
    for (size_t i = 0; i < result->figures; i++) {
        free(result->figure[i].entity);
        free(result->figure[i].metric);
        free(result->figure[i].unit);
    }
    free(result->figure);
    for (size_t i = 0; i < result->designs; i++)
        free(result->design[i].name);
    free(result->design);
    free(result->option);
    result_finish(&result->run);
    *result = (struct sensitivity_result){0};
}
