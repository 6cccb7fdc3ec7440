/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/digest.h"

#include "core/memory.h"
#include "support/text.h"

#include <dirent.h>
#include <errno.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const folders[] = {"instances", "limits", "prices", "runtimes"};

/* With its end, so that two texts in a row cannot be two others. */
static void add_text(SHA2_CTX *sha, const char *text)
{
    const char *const shown = text == NULL ? "" : text;
    SHA256Update(sha, (const uint8_t *)shown, strlen(shown) + 1);
}

static int add_file(SHA2_CTX *sha, const char *name, const char *path,
                    struct diagnostics *diagnostics)
{
    char block[65536];
    struct stat info;
    size_t size;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return 0; /* whoever needs it will say so */
    FILE *const file = fopen(path, "rb");
    if (file == NULL)
        return 0;
    add_text(sha, name);
    while ((size = fread(block, 1, sizeof block, file)) > 0)
        SHA256Update(sha, (const uint8_t *)block, size);
    const bool failed = ferror(file);
    if (failed)
        diagnostics_error(diagnostics, NULL, 0, "%s: cannot be read: %s", path, strerror(errno));
    fclose(file);
    return failed ? -1 : 0;
}

static int is_csv(const struct dirent *entry)
{
    const size_t length = strlen(entry->d_name);
    return length > 4 && strcmp(entry->d_name + length - 4, ".csv") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_folder(SHA2_CTX *sha, const char *data_dir, const char *name,
                      struct diagnostics *diagnostics)
{
    struct dirent **entry = NULL;
    char *const folder = text_format("%s/%s", data_dir, name);
    const int count = scandir(folder, &entry, is_csv, by_name);
    int status = 0;
    for (int i = 0; i < count; i++) {
        char *const path = text_format("%s/%s", folder, entry[i]->d_name);
        status |= add_file(sha, entry[i]->d_name, path, diagnostics);
        free(path);
        free(entry[i]);
    }
    free(entry);
    free(folder);
    return status;
}

/* Every "file" of the scenario: traces, profiles, distributions. */
static int add_named_files(SHA2_CTX *sha, const cJSON *json, const char *folder,
                           struct diagnostics *diagnostics)
{
    int status = 0;
    if (cJSON_IsString(json) && json->string != NULL && strcmp(json->string, "file") == 0) {
        char *const path = json->valuestring[0] == '/'
                               ? mem_strdup(json->valuestring)
                               : text_format("%s%s", folder, json->valuestring);
        status = add_file(sha, json->valuestring, path, diagnostics);
        free(path);
    }
    for (const cJSON *child = json->child; child != NULL; child = child->next)
        status |= add_named_files(sha, child, folder, diagnostics);
    return status;
}

static void add_scenario(SHA2_CTX *sha, const cJSON *root)
{
    cJSON *const copy = cJSON_Duplicate(root, true);
    cJSON *const run = cJSON_GetObjectItemCaseSensitive(copy, "run");
    if (run != NULL)
        cJSON_DeleteItemFromObjectCaseSensitive(run, "replications");
    char *const text = json_canonical(copy);
    add_text(sha, text);
    free(text);
    cJSON_Delete(copy);
}

int digest_inputs(const struct design_base *base, uint8_t ret[DIGEST_SIZE],
                  struct diagnostics *diagnostics)
{
    SHA2_CTX sha;
    const struct world *const world = base->world;
    const char *const slash = strrchr(base->path, '/');
    char *const folder =
        text_format("%.*s", slash == NULL ? 0 : (int)(slash - base->path) + 1, base->path);
    int status = 0;
    SHA256Init(&sha);
    add_scenario(&sha, base->root);
    add_text(&sha, base->overrides.as_of);
    add_text(&sha, base->overrides.region);
    add_text(&sha, base->overrides.seed);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        status |= add_folder(&sha, world->data_dir, folders[i], diagnostics);
    if (world->prices_file != NULL)
        status |= add_file(&sha, "", world->prices_file, diagnostics);
    status |= add_named_files(&sha, base->root, folder, diagnostics);
    SHA256Final(ret, &sha);
    free(folder);
    return status;
}
