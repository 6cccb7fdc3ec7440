/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <lambdaplan/optimize.h>

#include <stdlib.h>

void optimize_result_finish(struct optimize_result *result)
{
    sweep_result_finish(&result->tried);
    free(result->metric);
    free(result->unit);
    free(result->value);
    free(result->relaxation);
    *result = (struct optimize_result){0};
}
