/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traces/parallel.h"

#include "core/memory.h"
#include "traces/rejects.h"
#include "traces/table.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define THREADS_MAX 64
#define SLOTS_MORE 6                   /* chunks than threads, so that a slow one holds up none */
#define REJECTS_MAX 1000               /* kept of a chunk; with more it is read again when merged */
#define LOOK_MAX ((size_t)1 << 20)     /* for the first row of a chunk */
#define BLOCK_SIZE ((size_t)128 << 10) /* of counting quotes */
#define NO_GUESS UINT64_MAX
#define HEAP_PAD (32 << 20) /* bytes of address space, not of memory */

struct kept_reject {
    long line; /* from 1 at the chunk's beginning */
    const char *reason;
    char *row;
    size_t size;
};

/* Bytes of the file from a place on. */
struct source {
    int fd, error;
    uint64_t offset, limit; /* behind the limit few bytes are needed */
};

struct chunk {
    bool busy, done;
    uint64_t begin, limit; /* of the file; `begin` is a guess */
    uint64_t end;          /* where the first row behind it begins */
    long lines;
    void *part;
    uint64_t others;
    struct record_tally tally;
    int result;
    int error; /* errno of reading */
    bool overflow;
    struct kept_reject *reject;
    size_t rejects, reject_capacity;
};

struct work {
    const struct record_parts *parts;
    const struct table *table;
    const char *path, *function; /* the function: as in struct read_options */
    struct rejects *rejects;
    struct diagnostics *diagnostics;
    int fd;
    size_t size;    /* of a chunk */
    uint64_t first; /* the first row behind the header */
    uint64_t chunks;

    pthread_mutex_t mutex;
    pthread_cond_t change;
    struct chunk *slot;
    uint64_t slots;
    uint64_t given, merged; /* chunks */
    bool merging;
    int result; /* non-zero: stop */

    bool quoted;      /* a guess was wrong: quotes are counted */
    uint64_t counted; /* up to here … */
    bool odd;         /* … since a row's beginning they are odd in number */
    char *block;

    /* Of merging. */
    uint64_t at; /* the first row that was not merged */
    long line;
    uint64_t others;
    struct record_tally tally;
};

bool parallel_fits(const char *path, size_t chunk)
{
    struct stat info;
    unsigned char magic[4] = {0};
    if (strcmp(path, "-") == 0 || stat(path, &info) != 0 || !S_ISREG(info.st_mode) ||
        (uint64_t)info.st_size <= chunk)
        return false;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    const ssize_t got = read(fd, magic, sizeof magic);
    close(fd);
    const bool gzip = magic[0] == 0x1f && magic[1] == 0x8b;
    const bool zstd = memcmp(magic, "\x28\xb5\x2f\xfd", 4) == 0 ||
                      (memcmp(magic + 1, "\x2a\x4d\x18", 3) == 0 && (magic[0] & 0xf0) == 0x50);
    const bool utf16 =
        (magic[0] == 0xff && magic[1] == 0xfe) || (magic[0] == 0xfe && magic[1] == 0xff);
    return got == (ssize_t)sizeof magic && !gzip && !zstd && !utf16;
}

static ssize_t read_at(int fd, char *buffer, size_t size, uint64_t offset)
{
    ssize_t got;
    do
        got = pread(fd, buffer, size, (off_t)offset);
    while (got < 0 && errno == EINTR);
    return got;
}

static ssize_t read_source(void *context, char *buffer, size_t size)
{
    struct source *const source = context;
    const uint64_t before = source->offset < source->limit ? source->limit - source->offset : 0;
    const uint64_t wanted = before > 0 ? before : BLOCK_SIZE;
    const ssize_t got =
        read_at(source->fd, buffer, wanted < size ? (size_t)wanted : size, source->offset);
    if (got < 0)
        source->error = errno;
    else
        source->offset += (uint64_t)got;
    return got;
}

static bool odd_quotes(const char *text, size_t size)
{
    unsigned odd = 0;
    for (size_t i = 0; i < size; i++)
        odd ^= text[i] == '"';
    return odd != 0;
}

/* Where the first row of the chunk that begins at `start` begins: behind the first line end, or the
 * first that quotes leave outside. */
static uint64_t guess_row(struct work *work, uint64_t start)
{
    while (work->quoted && work->counted < start - 1) {
        const uint64_t left = start - 1 - work->counted;
        const ssize_t got = read_at(work->fd, work->block,
                                    left < BLOCK_SIZE ? (size_t)left : BLOCK_SIZE, work->counted);
        if (got <= 0)
            return NO_GUESS;
        work->odd ^= odd_quotes(work->block, (size_t)got);
        work->counted += (uint64_t)got;
    }
    bool inside = work->quoted && work->odd;
    for (uint64_t at = start - 1; at < start + LOOK_MAX;) {
        const ssize_t got = read_at(work->fd, work->block, BLOCK_SIZE, at);
        if (got <= 0)
            return NO_GUESS;
        for (ssize_t i = 0; i < got; i++) {
            inside ^= work->quoted && work->block[i] == '"';
            if (work->block[i] == '\n' && !inside)
                return at + (uint64_t)i + 1;
        }
        at += (uint64_t)got;
    }
    return NO_GUESS;
}

struct counting {
    struct record_sink sink;
    const char *function; /* as in struct read_options */
    struct record_tally tally;
};

static int count_invocation(void *context, const struct invocation_record *record)
{
    struct counting *const counting = context;
    if (counting->sink.invocation == NULL) {
        counting->tally.invocations += record->count;
        return 0;
    }
    struct invocation_record named;
    counting->tally.records++;
    return counting->sink.invocation(counting->sink.context,
                                     record_named(record, counting->function, &named));
}

static int count_point(void *context, const struct metric_point *point)
{
    struct counting *const counting = context;
    if (counting->sink.point == NULL) {
        counting->tally.points++;
        return 0;
    }
    struct metric_point named;
    counting->tally.records++;
    return counting->sink.point(counting->sink.context,
                                point_named(point, counting->function, &named));
}

static int keep_reject(void *context, long line, const char *reason, const char *row, size_t size)
{
    struct chunk *const chunk = context;
    if (chunk->rejects == REJECTS_MAX) {
        chunk->overflow = true;
        return -1;
    }
    struct kept_reject kept = {.line = line, .reason = reason};
    kept.size = size < ROW_SCAN_SHOWN + 1 ? size : ROW_SCAN_SHOWN + 1; /* one more: it is cut */
    kept.row = mem_alloc(kept.size + 1, 1);
    memcpy(kept.row, row, kept.size);
    chunk->reject =
        mem_grow(chunk->reject, &chunk->reject_capacity, chunk->rejects, sizeof *chunk->reject);
    chunk->reject[chunk->rejects++] = kept;
    return 0;
}

struct reject_place {
    struct work *work;
    long line; /* of the chunk's beginning */
};

static int add_reject(void *context, long line, const char *reason, const char *row, size_t size)
{
    const struct reject_place *const place = context;
    return rejects_add(place->work->rejects, place->work->path, place->line + line - 1, reason, row,
                       size);
}

/* The rows from chunk->begin on, into a new part. */
static void read_chunk(const struct work *work, struct chunk *chunk, table_reject *reject,
                       void *context)
{
    struct source source = {.fd = work->fd, .offset = chunk->begin, .limit = chunk->limit};
    struct row_scanner *const scanner = row_scanner_create(read_source, &source, false);
    chunk->part = work->parts->create(work->parts->context);
    struct counting counting = {.sink = work->parts->sink(chunk->part), .function = work->function};
    const struct record_sink sink = {
        .invocation = count_invocation,
        .point = count_point,
        .context = &counting,
    };
    const uint64_t limit = chunk->limit == UINT64_MAX ? UINT64_MAX : chunk->limit - chunk->begin;
    chunk->others = 0;
    chunk->result = table_rows(work->table, scanner, limit, &sink, reject, context, &chunk->others);
    chunk->tally = counting.tally;
    chunk->error = source.error;
    chunk->end = chunk->begin + row_scanner_offset(scanner);
    chunk->lines = row_scanner_line(scanner) - 1;
    row_scanner_destroy(scanner);
}

static void drop_part(const struct work *work, struct chunk *chunk)
{
    if (chunk->part != NULL)
        work->parts->destroy(chunk->part);
    chunk->part = NULL;
}

static void drop_rejects(struct chunk *chunk)
{
    for (size_t i = 0; i < chunk->rejects; i++)
        free(chunk->reject[i].row);
    free(chunk->reject);
    chunk->reject = NULL;
    chunk->rejects = chunk->reject_capacity = 0;
}

static int add_kept_rejects(struct work *work, const struct chunk *chunk)
{
    for (size_t i = 0; i < chunk->rejects; i++)
        if (rejects_add(work->rejects, work->path, work->line + chunk->reject[i].line - 1,
                        chunk->reject[i].reason, chunk->reject[i].row, chunk->reject[i].size) != 0)
            return -1;
    return 0;
}

/* The next chunk in the order of the file, by one thread at a time. 0 or why to stop. */
static int merge(struct work *work, struct chunk *chunk, bool *ret_missed)
{
    int result = 0;
    *ret_missed = chunk->begin != work->at;
    if (work->at >= chunk->limit)
        return 0; /* one row reaches over all of it */
    if (chunk->begin != work->at || chunk->overflow) {
        drop_part(work, chunk);
        drop_rejects(chunk);
        struct reject_place place = {work, work->line};
        chunk->begin = work->at;
        read_chunk(work, chunk, add_reject, &place);
    } else {
        result = add_kept_rejects(work, chunk);
    }
    if (chunk->error != 0) {
        diagnostics_error(work->diagnostics, NULL, 0, "cannot read %s: %s", work->path,
                          strerror(chunk->error));
        return -1;
    }
    if (result == 0)
        result = chunk->result;
    if (result != 0)
        return result;
    work->at = chunk->end;
    work->line += chunk->lines;
    work->tally.records += chunk->tally.records;
    work->tally.invocations += chunk->tally.invocations;
    work->tally.points += chunk->tally.points;
    work->others += chunk->others;
    void *const part = chunk->part;
    chunk->part = NULL;
    return work->parts->merge(work->parts->context, part);
}

/* Takes the lock for the file's next chunk and its guess. */
static struct chunk *give(struct work *work)
{
    const uint64_t index = work->given++;
    struct chunk *const chunk = &work->slot[index % work->slots];
    *chunk = (struct chunk){.busy = true};
    const uint64_t start = work->first + index * work->size;
    chunk->limit = index + 1 == work->chunks ? UINT64_MAX : start + work->size;
    chunk->begin = index == 0 ? start : guess_row(work, start);
    return chunk;
}

static void *run(void *context)
{
    struct work *const work = context;
    pthread_mutex_lock(&work->mutex);
    while (work->result == 0 && work->merged < work->chunks) {
        struct chunk *const next = &work->slot[work->merged % work->slots];
        if (!work->merging && next->busy && next->done) {
            bool missed = false;
            work->merging = true;
            pthread_mutex_unlock(&work->mutex);
            const int result = merge(work, next, &missed);
            pthread_mutex_lock(&work->mutex);
            if (missed) {
                work->quoted = true;
                work->odd = false;
                work->counted = work->at;
            }
            drop_part(work, next);
            drop_rejects(next);
            next->busy = false;
            work->merging = false;
            work->merged++;
            work->result = result;
            pthread_cond_broadcast(&work->change);
        } else if (work->given < work->chunks && work->given - work->merged < work->slots) {
            struct chunk *const chunk = give(work);
            pthread_mutex_unlock(&work->mutex);
            if (chunk->begin < chunk->limit)
                read_chunk(work, chunk, keep_reject, chunk);
            pthread_mutex_lock(&work->mutex);
            chunk->done = true;
            pthread_cond_broadcast(&work->change);
        } else {
            pthread_cond_wait(&work->change, &work->mutex);
        }
    }
    pthread_mutex_unlock(&work->mutex);
    return NULL;
}

static void run_threads(struct work *work, unsigned threads)
{
    pthread_t other[THREADS_MAX];
    unsigned started = 0;
    /* Parts are made and freed by the dozen. Heaps that shrink and grow with each of them cost a
     * second thread a sixth of its time, in page faults under the kernel's lock. */
    if (threads > 1)
        mallopt(M_TOP_PAD, HEAP_PAD);
    pthread_mutex_init(&work->mutex, NULL);
    pthread_cond_init(&work->change, NULL);
    /* A thread that cannot be started is no loss but of speed. */
    while (started + 1 < threads && pthread_create(&other[started], NULL, run, work) == 0)
        started++;
    run(work);
    for (unsigned i = 0; i < started; i++)
        pthread_join(other[i], NULL);
    pthread_cond_destroy(&work->change);
    pthread_mutex_destroy(&work->mutex);
}

int parallel_read_table(const char *path, const struct table_format *format,
                        const struct read_options *options, unsigned threads, size_t chunk,
                        const struct record_parts *parts, struct rejects *rejects,
                        struct diagnostics *diagnostics, struct record_tally *ret)
{
    *ret = (struct record_tally){0};
    struct stat info;
    struct table table;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) != 0) {
        diagnostics_error(diagnostics, NULL, 0, "cannot read %s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    const unsigned used = threads < 1 ? 1 : threads > THREADS_MAX ? THREADS_MAX : threads;
    struct source source = {.fd = fd};
    struct row_scanner *const scanner = row_scanner_create(read_source, &source, true);
    int result = table_begin(&table, format, scanner, options, path, diagnostics);
    if (source.error != 0)
        diagnostics_error(diagnostics, NULL, 0, "cannot read %s: %s", path, strerror(source.error));
    if (result == 0) {
        struct work work = {
            .parts = parts,
            .table = &table,
            .path = path,
            .function = options->function,
            .rejects = rejects,
            .diagnostics = diagnostics,
            .fd = fd,
            .size = chunk,
            .first = row_scanner_offset(scanner),
            .slots = used + SLOTS_MORE,
            .line = row_scanner_line(scanner),
        };
        const uint64_t size = (uint64_t)info.st_size;
        const uint64_t rest = size > work.first ? size - work.first : 0;
        work.chunks = rest == 0 ? 1 : (rest + chunk - 1) / chunk;
        work.at = work.first;
        work.slot = mem_alloc(work.slots, sizeof *work.slot);
        work.block = mem_alloc(BLOCK_SIZE, 1);
        run_threads(&work, used);
        for (uint64_t i = 0; i < work.slots; i++) {
            drop_part(&work, &work.slot[i]);
            drop_rejects(&work.slot[i]);
        }
        free(work.block);
        free(work.slot);
        result = work.result;
        *ret = work.tally;
        table_tell_others(format, path, work.others, diagnostics);
        table_finish(&table);
    }
    row_scanner_destroy(scanner);
    close(fd);
    return result;
}
