/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/axes.h"

#include "core/memory.h"
#include "support/text.h"

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

/* "functions.NAME" of a path to its `key`, in new memory; NULL: it is another's. */
static char *function_of(const char *path, const char *key)
{
    const size_t length = strlen(path), ending = strlen(key);
    if (strncmp(path, "functions.", strlen("functions.")) != 0 || length <= ending ||
        strcmp(path + length - ending, key) != 0)
        return NULL;
    return text_format("%.*s", (int)(length - ending), path);
}

/* Whether an axis goes to this key of the function, or into it. */
static bool varies(const struct axis *axis, size_t axes, const char *function, const char *key)
{
    char *const path = text_format("%s.%s", function, key);
    bool found = false;
    for (size_t i = 0; i < axes; i++)
        found = found || strncmp(axis[i].path, path, strlen(path)) == 0;
    free(path);
    return found;
}

static void warn_of_memory(const cJSON *root, const struct axis *axis, size_t axes,
                           const char *function, struct diagnostics *diagnostics)
{
    char *const path = text_format("%s.reference_memory_size", function);
    if (design_node(root, path) == NULL && !varies(axis, axes, function, "reference_memory_size") &&
        !varies(axis, axes, function, "duration_ms"))
        diagnostics_warning(diagnostics, "--vary", 0,
                            "%s has no reference_memory_size: its durations are the same at every "
                            "memory_size; give the size where duration_ms was measured",
                            function);
    free(path);
}

/* Right-sizing is a question of durations. */
static void warn_of_durations(const cJSON *root, const struct axis *axis, size_t axes,
                              struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < axes; i++) {
        char *const sized = function_of(axis[i].path, ".memory_size");
        char *const moved = function_of(axis[i].path, ".architecture");
        if (sized != NULL)
            warn_of_memory(root, axis, axes, sized, diagnostics);
        if (moved != NULL && !varies(axis, axes, moved, "duration_ms"))
            diagnostics_warning(diagnostics, "--vary", 0,
                                "%s: same durations on both architectures; only prices differ",
                                moved);
        free(sized);
        free(moved);
    }
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
    if (parse_axes(study, root, axis, diagnostics) == 0) {
        warn_of_durations(root, axis, study->varies, diagnostics);
        return axis;
    }
    axes_free(axis, options);
    return NULL;
}

void axes_free(struct axis *axis, const struct options *options)
{
    for (size_t i = 0; axis != NULL && i < options->study.varies; i++)
        axis_finish(&axis[i]);
    free(axis);
}
