/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Things by text, each in a scope of its own (any address; NULL, too): found, added and removed in
 * logarithmic time whatever the texts are, so that a file with very many names stays fast to read.
 */
#ifndef CORE_LOOKUP_H
#define CORE_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>

/* All zeros: empty. */
struct lookup {
    void *root;
};

/* Neither text nor thing is copied: both must outlive the entry. False when the scope has the text
 * already: the first one stays. */
bool lookup_add(struct lookup *lookup, const void *scope, const char *text, void *thing);
/* The same of a text's first `length` bytes. */
bool lookup_add_part(struct lookup *lookup, const void *scope, const char *text, size_t length,
                     void *thing);
/* NULL: none. */
void *lookup_find(const struct lookup *lookup, const void *scope, const char *text);
void *lookup_find_part(const struct lookup *lookup, const void *scope, const char *text,
                       size_t length);
void lookup_remove(struct lookup *lookup, const void *scope, const char *text);
/* Looks at no text and no thing: they may be gone. */
void lookup_finish(struct lookup *lookup);

#endif
