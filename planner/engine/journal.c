/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/journal.h"

#include "core/memory.h"
#include "support/text.h"

#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * The file: MAGIC, then records of
 *
 *   4  MARK, where a reader that lost its way begins again
 *   4  size of the payload
 *   32 key (zeros: the title)
 *   …  payload: 4 number of values, 8 each, the notes' text
 *   8  the first bytes of SHA-256 over all of the record before them
 */
#define MAGIC "lambdaplan journal 1\n"
#define MAGIC_SIZE (sizeof MAGIC - 1)
#define MARK "\xffLpR" /* no text has it */
#define MARK_SIZE 4
#define HEAD_SIZE (MARK_SIZE + 4 + JOURNAL_KEY_SIZE)
#define CHECK_SIZE 8
#define WASTE_MAX ((size_t)1 << 28) /* bytes of damage that are looked at, over and over */
#define PAYLOAD_MAX ((uint32_t)(JOURNAL_TITLE_MAX + 4))

struct entry {
    const uint8_t *key;
    const uint8_t *payload;
    uint32_t size;
};

struct journal {
    char *path;
    int fd;        /* to append; -1: read only */
    uint8_t *data; /* as it was when it was opened */
    size_t size;
    struct entry *entry; /* by key */
    size_t entries, capacity;
    struct entry title;
    size_t appended;
    uint8_t *record; /* where records are put together */
    size_t record_size;
};

static const uint8_t title_key[JOURNAL_KEY_SIZE];

/* --- numbers -------------------------------------------------------------------------------- */

static void put_u32(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t get_u32(const uint8_t *from)
{
    return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
           (uint32_t)from[3] << 24;
}

static void put_double(uint8_t *to, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_u32(to, (uint32_t)bits);
    put_u32(to + 4, (uint32_t)(bits >> 32));
}

static double get_double(const uint8_t *from)
{
    const uint64_t bits = get_u32(from) | (uint64_t)get_u32(from + 4) << 32;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* --- reading -------------------------------------------------------------------------------- */

static void checksum(const uint8_t *record, size_t size, uint8_t ret[CHECK_SIZE])
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA2_CTX sha;
    SHA256Init(&sha);
    SHA256Update(&sha, record, size);
    SHA256Final(digest, &sha);
    memcpy(ret, digest, CHECK_SIZE);
}

/* The whole record at `at`, its size; 0: there is none, or none that is right. `wasted` grows by
 * the bytes that were looked at in vain. */
static size_t record_at(const uint8_t *data, size_t size, size_t at, struct entry *ret,
                        size_t *wasted)
{
    uint8_t check[CHECK_SIZE];
    const uint8_t *const record = data + at;
    if (size - at < HEAD_SIZE + CHECK_SIZE || memcmp(record, MARK, MARK_SIZE) != 0)
        return 0;
    const uint32_t payload = get_u32(record + MARK_SIZE);
    if (payload > PAYLOAD_MAX || size - at - HEAD_SIZE - CHECK_SIZE < payload || payload < 4)
        return 0;
    checksum(record, HEAD_SIZE + payload, check);
    if (memcmp(check, record + HEAD_SIZE + payload, CHECK_SIZE) != 0) {
        *wasted += payload;
        return 0;
    }
    *ret = (struct entry){record + MARK_SIZE + 4, record + HEAD_SIZE, payload};
    const uint32_t values = get_u32(ret->payload);
    return (payload - 4) / 8 < values ? 0 : HEAD_SIZE + payload + CHECK_SIZE;
}

static int by_key(const void *a, const void *b)
{
    const struct entry *const x = a, *const y = b;
    const int order = memcmp(x->key, y->key, JOURNAL_KEY_SIZE);
    if (order != 0)
        return order;
    return (x->key > y->key) - (x->key < y->key); /* the first stays first */
}

static void add_entry(struct journal *j, const struct entry *entry)
{
    j->entry = mem_grow(j->entry, &j->capacity, j->entries, sizeof *j->entry);
    j->entry[j->entries++] = *entry;
}

/* Sorted; of several with one key the first. */
static void sort_entries(struct journal *j)
{
    size_t kept = 0;
    if (j->entries > 0)
        qsort(j->entry, j->entries, sizeof *j->entry, by_key);
    for (size_t i = 0; i < j->entries; i++)
        if (kept == 0 || memcmp(j->entry[kept - 1].key, j->entry[i].key, JOURNAL_KEY_SIZE) != 0)
            j->entry[kept++] = j->entry[i];
    j->entries = kept;
}

/* Every record that is right. Returns where the last one ends; what is wrong before it is damage,
 * what is behind it was torn off. 0: there is so much damage that looking on would take for ever.
 */
static size_t scan(struct journal *j, size_t *ret_damaged)
{
    size_t at = MAGIC_SIZE, end = at, wasted = 0;
    bool lost = false;
    *ret_damaged = 0;
    while (at < j->size) {
        struct entry entry;
        const size_t size = record_at(j->data, j->size, at, &entry, &wasted);
        if (wasted > WASTE_MAX)
            return 0;
        if (size == 0) {
            const uint8_t *const next = memchr(j->data + at + 1, MARK[0] & 0xff, j->size - at - 1);
            at = next == NULL ? j->size : (size_t)(next - j->data);
            lost = true;
            continue;
        }
        *ret_damaged += lost;
        lost = false;
        if (memcmp(entry.key, title_key, JOURNAL_KEY_SIZE) != 0)
            add_entry(j, &entry);
        else if (j->title.key == NULL)
            j->title = entry;
        at += size;
        end = at;
    }
    sort_entries(j);
    return end;
}

static int fail(const struct journal *j, const char *what, struct diagnostics *diagnostics)
{
    diagnostics_error(diagnostics, j->path, 0, "%s", what);
    return -1;
}

static int fail_errno(const struct journal *j, const char *what, struct diagnostics *diagnostics)
{
    diagnostics_error(diagnostics, j->path, 0, "%s: %s", what, strerror(errno));
    return -1;
}

static int read_all(struct journal *j, int fd, struct diagnostics *diagnostics)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return fail_errno(j, "cannot be read", diagnostics);
    if (!S_ISREG(info.st_mode))
        return fail(j, "is no file", diagnostics);
    j->data = mem_alloc((size_t)info.st_size + 1, 1);
    while (j->size < (size_t)info.st_size) {
        const ssize_t got = read(fd, j->data + j->size, (size_t)info.st_size - j->size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_errno(j, "cannot be read", diagnostics);
        if (got == 0)
            break;
        j->size += (size_t)got;
    }
    return 0;
}

/* `ret_end`: where new records go. */
static int load(struct journal *j, int fd, size_t *ret_end, struct diagnostics *diagnostics)
{
    size_t damaged;
    *ret_end = 0;
    if (read_all(j, fd, diagnostics) < 0)
        return -1;
    const size_t known = j->size < MAGIC_SIZE ? j->size : MAGIC_SIZE;
    if (memcmp(j->data, MAGIC, known) != 0)
        return fail(j,
                    strncmp((const char *)j->data, MAGIC, strlen("lambdaplan journal ")) == 0
                        ? "is a journal of another version of lambdaplan"
                        : "is no journal of lambdaplan",
                    diagnostics);
    if (j->size < MAGIC_SIZE)
        return 0;
    *ret_end = scan(j, &damaged);
    if (*ret_end == 0)
        return fail(j, "is damaged beyond repair", diagnostics);
    if (damaged > 0)
        diagnostics_warning(diagnostics, j->path, 0,
                            "is damaged in %zu place%s; what stood there is run again", damaged,
                            damaged == 1 ? "" : "s");
    return 0;
}

/* --- writing -------------------------------------------------------------------------------- */

static int write_all(const struct journal *j, const uint8_t *data, size_t size,
                     struct diagnostics *diagnostics)
{
    size_t written = 0;
    while (written < size) {
        const ssize_t got = write(j->fd, data + written, size - written);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            if (got == 0)
                errno = ENOSPC;
            return fail_errno(j, "cannot be written", diagnostics);
        }
        written += (size_t)got;
    }
    return 0;
}

static int append(struct journal *j, const uint8_t *key, const double *value, size_t values,
                  const char *text, size_t text_size, struct diagnostics *diagnostics)
{
    const size_t payload = 4 + 8 * values + text_size;
    const size_t size = HEAD_SIZE + payload + CHECK_SIZE;
    if (text_size > JOURNAL_TITLE_MAX || payload > PAYLOAD_MAX)
        return fail(j, "a record is too large", diagnostics);
    if (size > j->record_size) {
        j->record = mem_resize(j->record, size, 1);
        j->record_size = size;
    }
    uint8_t *at = j->record;
    memcpy(at, MARK, MARK_SIZE);
    put_u32(at + MARK_SIZE, (uint32_t)payload);
    memcpy(at + MARK_SIZE + 4, key, JOURNAL_KEY_SIZE);
    at += HEAD_SIZE;
    put_u32(at, (uint32_t)values);
    at += 4;
    for (size_t i = 0; i < values; i++, at += 8)
        put_double(at, value[i]);
    if (text_size > 0)
        memcpy(at, text, text_size);
    checksum(j->record, HEAD_SIZE + payload, at + text_size);
    return write_all(j, j->record, size, diagnostics);
}

int journal_append(struct journal *journal, const uint8_t key[JOURNAL_KEY_SIZE],
                   const struct journal_payload *payload, struct diagnostics *diagnostics)
{
    const size_t notes = payload->notes == NULL ? 0 : strlen(payload->notes) + 1;
    if (append(journal, key, payload->value, payload->values, payload->notes, notes, diagnostics) <
        0)
        return -1;
    journal->appended++;
    return 0;
}

int journal_sync(struct journal *journal, struct diagnostics *diagnostics)
{
    if (journal->fd >= 0 && fsync(journal->fd) != 0 && errno != EINVAL && errno != EROFS)
        return fail_errno(journal, "cannot be written", diagnostics);
    return 0;
}

/* --- opening -------------------------------------------------------------------------------- */

static struct journal *create(const char *path)
{
    struct journal *const j = mem_alloc(1, sizeof *j);
    j->path = mem_strdup(path);
    j->fd = -1;
    return j;
}

static int open_to_append(struct journal *j, const char *title, size_t title_size,
                          struct diagnostics *diagnostics)
{
    size_t end;
    j->fd = open(j->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (j->fd < 0)
        return fail_errno(j, "cannot be written", diagnostics);
    if (flock(j->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return fail(j, "another process is at this study", diagnostics);
    if (load(j, j->fd, &end, diagnostics) < 0)
        return -1;
    if (j->entries == 0) { /* of no use to any study: it becomes this one's */
        j->title = (struct entry){0};
        end = 0;
    }
    if (end < j->size && ftruncate(j->fd, (off_t)end) != 0)
        return fail_errno(j, "cannot be written", diagnostics);
    if (end == 0 && write_all(j, (const uint8_t *)MAGIC, MAGIC_SIZE, diagnostics) < 0)
        return -1;
    if (j->title.key != NULL)
        return 0;
    return append(j, title_key, NULL, 0, title, title_size, diagnostics);
}

struct journal *journal_open(const char *path, const char *title, size_t title_size,
                             struct diagnostics *diagnostics)
{
    struct journal *const j = create(path);
    if (open_to_append(j, title, title_size, diagnostics) == 0)
        return j;
    journal_close(j);
    return NULL;
}

struct journal *journal_read(const char *path, struct diagnostics *diagnostics)
{
    struct journal *const j = create(path);
    size_t end;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    int status = fd < 0 ? fail_errno(j, "cannot be read", diagnostics) : 0;
    if (status == 0)
        status = load(j, fd, &end, diagnostics);
    if (fd >= 0)
        close(fd);
    if (status == 0)
        return j;
    journal_close(j);
    return NULL;
}

void journal_close(struct journal *journal)
{
    if (journal == NULL)
        return;
    if (journal->fd >= 0)
        close(journal->fd);
    free(journal->path);
    free(journal->data);
    free(journal->entry);
    free(journal->record);
    free(journal);
}

/* --- asking --------------------------------------------------------------------------------- */

const char *journal_title(const struct journal *journal, size_t *ret_size)
{
    *ret_size = journal->title.key == NULL ? 0 : journal->title.size - 4;
    return journal->title.key == NULL ? "" : (const char *)journal->title.payload + 4;
}

const char *journal_path(const struct journal *journal)
{
    return journal->path;
}

size_t journal_count(const struct journal *journal)
{
    return journal->entries + journal->appended;
}

/* Among the first `count` entries, which are sorted. */
static const struct entry *find(const struct journal *j, size_t count, const uint8_t *key)
{
    size_t low = 0, high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = memcmp(j->entry[middle].key, key, JOURNAL_KEY_SIZE);
        if (order == 0)
            return &j->entry[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

bool journal_find(const struct journal *journal, const uint8_t key[JOURNAL_KEY_SIZE], double *ret,
                  size_t values, const char **ret_notes)
{
    const struct entry *const entry = find(journal, journal->entries, key);
    if (entry == NULL || get_u32(entry->payload) != values)
        return false;
    for (size_t i = 0; i < values; i++)
        ret[i] = get_double(entry->payload + 4 + 8 * i);
    const size_t before = 4 + 8 * values;
    const bool ends = entry->size > before && entry->payload[entry->size - 1] == '\0';
    *ret_notes = ends ? (const char *)entry->payload + before : NULL;
    return true;
}

int journal_add(struct journal *journal, const struct journal *other,
                struct diagnostics *diagnostics)
{
    const size_t sorted = journal->entries;
    for (size_t i = 0; i < other->entries; i++) {
        const struct entry *const entry = &other->entry[i];
        const struct entry *const known = find(journal, sorted, entry->key);
        if (known == NULL)
            add_entry(journal, entry);
        else if (known->size != entry->size ||
                 memcmp(known->payload, entry->payload, entry->size) != 0)
            return fail(other,
                        "has other results than the journals before it for the same tasks: were "
                        "they made by different builds of lambdaplan?",
                        diagnostics);
    }
    sort_entries(journal);
    return 0;
}
