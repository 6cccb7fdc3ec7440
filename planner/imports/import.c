/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "imports/import.h"

#include "imports/readers.h"
#include "imports/yaml_tree.h"
#include "scenario/json.h"
#include "support/folder.h"
#include "support/input.h"
#include "traces/file_names.h"

#include <stdlib.h>
#include <string.h>

/* JSON begins with a bracket, or with a comment that it allows. */
static bool looks_like_json(const char *text, size_t size)
{
    size_t at = size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (at < size && strchr(" \t\r\n", text[at]) != NULL && text[at] != '\0')
        at++;
    if (at >= size)
        return false;
    return text[at] == '{' || text[at] == '[' ||
           (text[at] == '/' && at + 1 < size && (text[at + 1] == '/' || text[at + 1] == '*'));
}

static cJSON *parse(const char *text, size_t size, const char *file,
                    struct diagnostics *diagnostics)
{
    return looks_like_json(text, size) ? json_parse(text, size, file, diagnostics)
                                       : yaml_parse(text, size, file, diagnostics);
}

/* Takes the tree. 0 or, when it is none of ours, 1. */
static int take_tree(const struct source *source, cJSON *tree)
{
    char shown[TREE_SHOWN_SIZE];
    const bool found = read_power_tuning(source, tree) > 0 || read_serverless(source, tree) > 0 ||
                       read_template(source, tree) > 0 || read_definition(source, tree) > 0 ||
                       read_terraform(source, tree) > 0 || read_aws_answer(source, tree) > 0;
    if (!found)
        inventory_warning(
            source->inventory, source_place(source, tree),
            "%s is none of the formats that import reads (answers of the AWS CLI, "
            "SAM, CloudFormation, serverless.yml, `terraform show -json`, state machines, "
            "results of aws-lambda-power-tuning): left out",
            tree_show(tree, shown));
    cJSON_Delete(tree);
    if (!found)
        inventory_forget_file(source->inventory);
    return found ? 0 : 1;
}

int import_text(struct inventory *inventory, const char *text, size_t size, const char *file,
                const char *name)
{
    const struct source source = {inventory, inventory_file(inventory, file), name};
    cJSON *const tree = parse(text, size, source.file, inventory->diagnostics);
    return tree == NULL ? -1 : take_tree(&source, tree);
}

static bool is_hcl(const char *file)
{
    const char *const dot = strrchr(file, '.');
    return dot != NULL && strcmp(dot, ".tf") == 0;
}

/* `diagnostics` gets what makes a file unreadable; what it says goes to the inventory's. */
static int import_path(struct inventory *inventory, const char *path, const char *name,
                       struct diagnostics *diagnostics)
{
    struct input *const input = input_open(path, diagnostics);
    size_t size;
    if (input == NULL)
        return -1;
    if (is_hcl(path)) {
        diagnostics_error(
            diagnostics, path, 0,
            "Terraform's own language is not read: give the output of `terraform show "
            "-json` (of a plan or a state)");
        input_close(input);
        return -1;
    }
    const struct source source = {inventory, inventory_file(inventory, input_path(input)), name};
    char *const text = input_read_all(input, JSON_MAX_BYTES, &size);
    input_close(input);
    cJSON *const tree = text == NULL ? NULL : parse(text, size, source.file, diagnostics);
    free(text);
    if (tree != NULL)
        return take_tree(&source, tree);
    inventory_forget_file(inventory);
    return -1;
}

/* In a folder lies what is none of ours: licences, programs. It is named and left out. */
static void import_from_folder(struct inventory *inventory, const char *path)
{
    struct diagnostics broken;
    diagnostics_init(&broken);
    if (import_path(inventory, path, NULL, &broken) < 0 && broken.count > 0)
        diagnostics_warning(inventory->diagnostics, NULL, 0, "%s: left out", broken.item[0].text);
    diagnostics_finish(&broken);
}

static int import_folder(struct inventory *inventory, const char *path)
{
    struct folder folder;
    const int result = folder_list(&folder, path, inventory->diagnostics);
    for (size_t i = 0; i < folder.count && result == 0; i++)
        import_from_folder(inventory, folder.path[i]);
    folder_finish(&folder);
    return result;
}

int import_file(struct inventory *inventory, const char *argument)
{
    char *name;
    const char *const path = file_named(argument, &name);
    const int result = name == NULL && folder_is(path)
                           ? import_folder(inventory, path)
                           : import_path(inventory, path, name, inventory->diagnostics);
    free(name);
    return result;
}
