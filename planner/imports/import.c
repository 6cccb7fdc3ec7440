/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "imports/import.h"

#include "core/memory.h"
#include "imports/readers.h"
#include "imports/yaml_tree.h"
#include "scenario/json.h"
#include "support/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

int import_text(struct inventory *inventory, const char *text, size_t size, const char *file,
                const char *name)
{
    const struct source source = {inventory, inventory_file(inventory, file), name};
    cJSON *const tree = looks_like_json(text, size)
                            ? json_parse(text, size, source.file, inventory->diagnostics)
                            : yaml_parse(text, size, source.file, inventory->diagnostics);
    char shown[TREE_SHOWN_SIZE];
    if (tree == NULL)
        return -1;
    const bool found = read_power_tuning(&source, tree) > 0 || read_serverless(&source, tree) > 0 ||
                       read_template(&source, tree) > 0 || read_aws_answer(&source, tree) > 0;
    if (!found)
        inventory_warning(inventory, source_place(&source, tree),
                          "%s is none of the formats that import reads (answers of the AWS CLI, "
                          "SAM, CloudFormation, serverless.yml, results of "
                          "aws-lambda-power-tuning): left out",
                          tree_show(tree, shown));
    cJSON_Delete(tree);
    return found ? 0 : 1;
}

int import_file(struct inventory *inventory, const char *argument)
{
    const char *const equals = strchr(argument, '=');
    const bool named = equals != NULL && equals != argument && access(argument, F_OK) != 0;
    const char *const path = named ? equals + 1 : argument;
    char *const name = named ? text_format("%.*s", (int)(equals - argument), argument) : NULL;
    size_t size;
    int result = -1;
    char *const text = text_read_file(path, JSON_MAX_BYTES, &size, inventory->diagnostics);
    if (text != NULL)
        result = import_text(inventory, text, size,
                             strcmp(path, "-") == 0 ? "standard input" : path, name);
    free(text);
    free(name);
    return result;
}
