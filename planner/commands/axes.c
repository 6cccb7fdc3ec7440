/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/axes.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

static int parse_axes(const struct study_options *study, const cJSON *root, struct axis *ret,
                      struct diagnostics *diagnostics)
{
    int status = 0;
    for (size_t i = 0; i < study->varies; i++) {
        status |= axis_parse(&ret[i], root, study->vary[i], "--vary", diagnostics);
        for (size_t k = 0; k < i; k++)
            if (ret[i].path != NULL && ret[k].path != NULL &&
                strcmp(ret[i].path, ret[k].path) == 0) {
                diagnostics_usage(diagnostics, "--vary", "%s varies twice", ret[i].path);
                status = -1;
            }
    }
    return status;
}

struct axis *axes_parse(const struct options *options, const cJSON *root,
                        struct diagnostics *diagnostics)
{
    const struct study_options *const study = &options->study;
    if (study->varies == 0) {
        diagnostics_usage(diagnostics, NULL,
                          "nothing varies; give --vary PATH=VALUES, as in "
                          "--vary functions.NAME.memory_size=128,256,512");
        return NULL;
    }
    struct axis *const axis = mem_alloc(study->varies, sizeof *axis);
    if (parse_axes(study, root, axis, diagnostics) == 0)
        return axis;
    axes_free(axis, options);
    return NULL;
}

void axes_free(struct axis *axis, const struct options *options)
{
    for (size_t i = 0; axis != NULL && i < options->study.varies; i++)
        axis_finish(&axis[i]);
    free(axis);
}
