/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a sweep varies, and its end. */
#include <lambdaplan/sweep.h>

#include <stdlib.h>
#include <string.h>

void sweep_result_finish(struct sweep_result *result)
{
    for (size_t i = 0; i < result->points; i++) {
        for (size_t k = 0; k < result->paths; k++)
            free(result->point[i].value[k]);
        free(result->point[i].value);
        free(result->point[i].objective);
        free(result->point[i].met);
    }
    for (size_t i = 0; i < result->objectives; i++) {
        free(result->objective[i].entity);
        free(result->objective[i].metric);
        free(result->objective[i].unit);
    }
    for (size_t i = 0; i < result->paths; i++)
        free(result->path[i]);
    free(result->point);
    free(result->objective);
    free(result->path);
    free(result->option);
    result_finish(&result->run);
    *result = (struct sweep_result){0};
}

bool sweep_result_varies(const struct sweep_result *result, const char *path)
{
    for (size_t i = 0; i < result->paths; i++)
        if (strcmp(result->path[i], path) == 0)
            return true;
    return false;
}
