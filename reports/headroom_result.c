/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The end of a study of headroom. */
#include <lambdaplan/headroom.h>

#include <stdlib.h>

void headroom_result_finish(struct headroom_result *result)
{
    for (size_t i = 0; i < result->limits; i++) {
        free(result->limit[i].what);
        free(result->limit[i].entity);
        free(result->limit[i].now);
        free(result->limit[i].remedy);
    }
    free(result->limit);
    free(result->workload);
    result_finish(&result->run);
    *result = (struct headroom_result){0};
}
