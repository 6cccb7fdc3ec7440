/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The end of a search for break-even traffic. */
#include <lambdaplan/breakeven.h>

#include <stdlib.h>

void breakeven_result_finish(struct breakeven_result *result)
{
    for (size_t i = 0; i < result->points; i++) {
        for (size_t k = 0; k < result->baselines; k++)
            free(result->point[i].sample[k].cost);
        free(result->point[i].sample);
    }
    for (size_t k = 0; k < result->baselines; k++) {
        struct breakeven_baseline *const b = &result->baseline[k];
        for (size_t i = 0; i < b->purchases; i++) {
            free(b->purchase[i].name);
            free(b->purchase[i].lambda_name);
        }
        free(b->purchase);
        free(b->name);
        free(b->note);
    }
    free(result->baseline);
    free(result->point);
    free(result->crossing);
    free(result->burstiness);
    free(result->workload);
    result_finish(&result->run);
    *result = (struct breakeven_result){0};
}
