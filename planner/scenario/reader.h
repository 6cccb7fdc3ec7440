/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads JSON into structs by the tables of fields.h. Every mistake is reported with line and path
 * and reading goes on: all errors of a file come in one go. Where a value is wrong its default is
 * stored, so that later checks find nothing half-made. What is wrong, or has a part that is, is
 * unsound: it is said once, and of an unsound object no more than what is wrong with a sound
 * member, as the rest would come from the same mistake.
 */
#ifndef SCENARIO_READER_H
#define SCENARIO_READER_H

#include "core/lookup.h"
#include "scenario/fields.h"
#include "scenario/json.h"
#include "scenario/scenario.h"

struct reader {
    const char *file; /* for messages */
    char *folder;     /* that files are relative to: "" or with a slash at its end */
    const struct scenario_data *data;
    struct diagnostics *diagnostics;
    const cJSON *root;
    bool day_known; /* false: as_of is missing or wrong, so that no era is checked */
    int32_t day;
    struct lookup unsound; /* JSON that is; in its scope "" and the keys that are missing */
    const cJSON *whole;    /* an unsound object that is checked; NULL: none */
    bool failed;           /* there was an error */
    unsigned mixtures;     /* how deep in mixtures the reader is */
    size_t path_length;
    char path[512];
};

/* JSON NULL stands for an object that was left out: all defaults. `base` is zeroed memory. */
void reader_object(struct reader *reader, const struct object *object, const cJSON *json,
                   void *base);

/* A distribution; on errors the constant 0 is stored. */
void reader_distribution(struct reader *reader, const cJSON *json, struct distribution *ret);

/* Something was wrong in it, and has been said. */
bool reader_is_unsound(const struct reader *reader, const cJSON *json);
/* The same of an object's member, which may also be misspelt, or missing where it must not. */
bool reader_is_told(const struct reader *reader, const cJSON *json, const char *key);
/* An entity that is not among those read is in the file all the same, or was to be in a section
 * that is missing or unreadable: that has been said, so that no more is to be said of its name. */
bool reader_is_lost(const struct reader *reader, const char *section, const char *name);

/* "file:line: PATH.key: text", PATH being where the reader is; `key` may be NULL. */
__attribute__((format(printf, 4, 5))) void reader_error(struct reader *reader, const cJSON *at,
                                                        const char *key, const char *format, ...);
__attribute__((format(printf, 4, 5))) void reader_warning(struct reader *reader, const cJSON *at,
                                                          const char *key, const char *format, ...);

/* Goes into a part ("." is put before names) and, with the mark that this returns, back. */
size_t reader_enter(struct reader *reader, const char *part);
size_t reader_enter_index(struct reader *reader, size_t index);
void reader_leave(struct reader *reader, size_t mark);

/* A dated value as limits_at; the newest when the day is not known. */
double reader_limit(const struct reader *reader, const char *key);
/* As limits_or; `otherwise` also when the day is not known or `key` is NULL. */
double reader_limit_or(const struct reader *reader, const char *key, double otherwise);
/* " (Lambda limit since 2020-12-01)"; returns `text`. */
#define READER_LIMIT_SIZE 64
char *reader_limit_text(const struct reader *reader, const char *key, char text[READER_LIMIT_SIZE]);
/* Whether a feature exists in the era; true when the day is not known. */
bool reader_exists(const struct reader *reader, const char *since_key);
/* Its first day; returns `text`. */
char *reader_since(const struct reader *reader, const char *since_key, char text[16]);

/* Writes "; did you mean `x`?", or "; there is …" with all candidates, or nothing. */
void reader_suggest(const struct reader *reader, const char *word, const char *const *candidate,
                    size_t count, char quote, char *text, size_t size);

/* The member of an object, or NULL; `json` may be NULL. */
const cJSON *reader_member(const cJSON *json, const char *key);

#endif
