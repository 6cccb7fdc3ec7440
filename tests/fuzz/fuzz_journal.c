/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as a journal. Either there is an error, or it can be asked and written to, and what was
 * written is there when it is read again.
 */
#include "engine/journal.h"
#include "fuzz.h"

static const char title[] = "title";
static const uint8_t key[JOURNAL_KEY_SIZE] = {7, 1};

/* Without the lock, and without a change to the file. */
static size_t read_only(const char *path, bool *ret_good)
{
    struct diagnostics d;
    double value[3];
    size_t size, count = 0;
    const char *notes;
    diagnostics_init(&d);
    struct journal *const journal = journal_read(path, &d);
    REQUIRE_TEXT((journal == NULL) == (d.errors > 0), fuzz_first_error(&d));
    *ret_good = journal != NULL;
    if (journal != NULL) {
        REQUIRE(journal_title(journal, &size) != NULL);
        count = journal_count(journal);
        journal_find(journal, key, value, 3, &notes);
    }
    journal_close(journal);
    diagnostics_finish(&d);
    return count;
}

static void append(const char *path)
{
    static const double wanted[] = {1.5, -0.0, 1e300};
    const struct journal_payload payload = {wanted, 3, "a note"};
    struct diagnostics d;
    double value[3];
    const char *notes = NULL;
    diagnostics_init(&d);
    struct journal *journal = journal_open(path, title, sizeof title - 1, &d);
    REQUIRE_TEXT(journal != NULL && d.errors == 0, fuzz_first_error(&d));
    const bool there = journal_find(journal, key, value, 3, &notes);
    if (!there)
        REQUIRE(journal_append(journal, key, &payload, &d) == 0);
    journal_close(journal);
    journal = journal_read(path, &d);
    REQUIRE_TEXT(journal != NULL && d.errors == 0, fuzz_first_error(&d));
    REQUIRE(journal_find(journal, key, value, 3, &notes));
    REQUIRE(there || (memcmp(value, wanted, sizeof wanted) == 0 && strcmp(notes, "a note") == 0));
    journal_close(journal);
    diagnostics_finish(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *const path = fuzz_file(data, size);
    bool good;
    read_only(path, &good);
    if (good)
        append(path);
    return 0;
}
