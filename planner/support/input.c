/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/input.h"

#include "core/memory.h"
#include "support/text.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef HAVE_ZLIB
#include <zlib.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#define BUFFER_SIZE ((size_t)128 * 1024)
#define RAW_SIZE ((size_t)64 * 1024)
#define HEAD_SIZE ((size_t)64 * 1024)
#define MAGIC_SIZE 6
#define CHARACTER_MAX 4    /* bytes of UTF-8 */
#define ZSTD_WINDOW_LOG 26 /* 64 MiB: what decompression may hold of an archive's past */

enum packing { PACKING_NONE, PACKING_GZIP, PACKING_ZSTD };

struct input {
    struct diagnostics *diagnostics;
    char *name; /* for messages */
    int fd;
    bool own_fd;
    bool ended;           /* nothing more comes behind the buffer */
    bool failed;          /* an error was reported */
    bool damaged_is_fine; /* a broken archive ends where it breaks */

    char *buffer; /* content; one byte more than its capacity, for a NUL */
    size_t capacity, begin, end;
    size_t feedless; /* so many bytes from `begin` on hold no "\n" */
    long line;       /* number of the last line */
    bool skip_rest;  /* the last line was cut: the rest of it is to be dropped */
    bool unfinished; /* the last line had no end */

    enum packing packing;
    unsigned char *raw; /* of an archive; the first bytes of any file */
    size_t raw_begin, raw_end;
    bool raw_ended;
    uint64_t raw_offset; /* of raw[raw_begin] in the file */
    bool in_member;      /* an archive's member has begun and not ended */

    char *wide; /* UTF-16 that is not decoded yet; NULL: the content is as it is */
    size_t wide_begin, wide_end;
    bool wide_ended;
    uint64_t wide_offset; /* of wide[wide_begin] in the text */
    iconv_t decoder;
#ifdef HAVE_ZLIB
    z_stream gzip;
    bool gzip_ready;
#endif
#ifdef HAVE_ZSTD
    ZSTD_DStream *zstd;
#endif
};

static int fail(struct input *input)
{
    input->failed = true;
    input->ended = true;
    return -1;
}

/* Up to `size` bytes of the file as it is: 0 at the end, -1 after an error. */
static ssize_t read_raw(struct input *input, void *buffer, size_t size)
{
    ssize_t got;
    do
        got = read(input->fd, buffer, size);
    while (got < 0 && errno == EINTR);
    if (got < 0) {
        diagnostics_error(input->diagnostics, NULL, 0, "cannot read %s: %s", input->name,
                          strerror(errno));
        return fail(input);
    }
    return got;
}

/* A broken archive or text: 0 where its content is to end here, with a warning, -1 otherwise. */
static int end_broken(struct input *input, char *what)
{
    if (input->damaged_is_fine)
        diagnostics_warning(input->diagnostics, input->name, 0,
                            "%s: what stands before that is read, the rest is missing", what);
    else
        diagnostics_error(input->diagnostics, input->name, 0, "%s", what);
    free(what);
    if (!input->damaged_is_fine)
        return fail(input);
    input->ended = true;
    input->raw_begin = input->raw_end;
    input->raw_ended = true;
    input->in_member = false;
    return 0;
}

#if defined HAVE_ZLIB || defined HAVE_ZSTD
static int fill_raw(struct input *input)
{
    const ssize_t got = read_raw(input, input->raw, RAW_SIZE);
    if (got < 0)
        return -1;
    input->raw_begin = 0;
    input->raw_end = (size_t)got;
    input->raw_ended = got == 0;
    return 0;
}

static void consume_raw(struct input *input, size_t size)
{
    input->raw_begin += size;
    input->raw_offset += size;
}

static int archive_error(struct input *input, const char *kind, const char *what)
{
    return end_broken(input, text_format("the %s archive is broken at byte %" PRIu64 ": %s", kind,
                                         input->raw_offset, what));
}

static int archive_cut(struct input *input, const char *kind)
{
    return end_broken(input, text_format("the %s archive is cut: it ends at byte %" PRIu64
                                         ", in the middle",
                                         kind, input->raw_offset));
}
#endif

#ifdef HAVE_ZLIB
/* Between members: another one, zeros that fill a tape's block, or the end. */
static int begin_gzip_member(struct input *input)
{
    if (input->raw[input->raw_begin] == 0) {
        consume_raw(input, 1);
        return 0;
    }
    if (input->raw[input->raw_begin] != 0x1f)
        return archive_error(input, "gzip", "what follows is not gzip");
    const int result = input->gzip_ready ? inflateReset(&input->gzip)
                                         : inflateInit2(&input->gzip, 15 + 16); /* gzip only */
    if (result != Z_OK)
        return archive_error(input, "gzip", "no memory for it");
    input->gzip_ready = true;
    input->in_member = true;
    return 0;
}

static ssize_t inflate_some(struct input *input, char *buffer, size_t size)
{
    z_stream *const z = &input->gzip;
    z->next_out = (unsigned char *)buffer;
    z->avail_out = (unsigned)size;
    while (z->avail_out == (unsigned)size) {
        if (input->raw_begin == input->raw_end && !input->raw_ended && fill_raw(input) != 0)
            return -1;
        if (input->raw_begin == input->raw_end)
            return input->in_member ? archive_cut(input, "gzip") : 0;
        if (!input->in_member) {
            if (begin_gzip_member(input) != 0)
                return -1;
            continue;
        }
        const size_t available = input->raw_end - input->raw_begin;
        z->next_in = input->raw + input->raw_begin;
        z->avail_in = (unsigned)available;
        const int result = inflate(z, Z_NO_FLUSH);
        consume_raw(input, available - z->avail_in);
        if (result == Z_STREAM_END)
            input->in_member = false;
        else if (result != Z_OK && result != Z_BUF_ERROR &&
                 archive_error(input, "gzip", z->msg != NULL ? z->msg : "it makes no sense") != 0)
            return -1;
        else if (input->ended)
            break; /* with what it held up to here */
    }
    return (ssize_t)(size - z->avail_out);
}
#endif

#ifdef HAVE_ZSTD
static ssize_t decompress_zstd(struct input *input, char *buffer, size_t size)
{
    ZSTD_outBuffer out = {.dst = buffer, .size = size};
    while (out.pos == 0) {
        if (input->raw_begin == input->raw_end && !input->raw_ended && fill_raw(input) != 0)
            return -1;
        const size_t available = input->raw_end - input->raw_begin;
        if (available == 0 && !input->in_member)
            return 0;
        ZSTD_inBuffer in = {.src = input->raw + input->raw_begin, .size = available};
        const size_t result = ZSTD_decompressStream(input->zstd, &out, &in);
        consume_raw(input, in.pos);
        if (ZSTD_isError(result))
            return archive_error(input, "Zstandard", ZSTD_getErrorName(result));
        input->in_member = result != 0;
        if (available == 0 && out.pos == 0) /* nothing went in, nothing came out */
            return input->in_member ? archive_cut(input, "Zstandard") : 0;
    }
    return (ssize_t)out.pos;
}
#endif

static ssize_t read_packed(struct input *input, char *buffer, size_t size)
{
    switch (input->packing) {
#ifdef HAVE_ZLIB
    case PACKING_GZIP:
        return inflate_some(input, buffer, size);
#endif
#ifdef HAVE_ZSTD
    case PACKING_ZSTD:
        return decompress_zstd(input, buffer, size);
#endif
    default:
        break;
    }
    const size_t begun = input->raw_end - input->raw_begin;
    if (begun == 0)
        return input->raw_ended ? 0 : read_raw(input, buffer, size);
    const size_t taken = begun < size ? begun : size;
    memcpy(buffer, input->raw + input->raw_begin, taken);
    input->raw_begin += taken;
    return (ssize_t)taken;
}

static int text_broken(struct input *input, const char *what)
{
    input->wide_begin = input->wide_end;
    input->wide_ended = true;
    return end_broken(input, text_format("the UTF-16 text is broken at byte %" PRIu64 ": %s",
                                         input->wide_offset, what));
}

/* UTF-16 to UTF-8; `size` is at least CHARACTER_MAX. */
static ssize_t decode_some(struct input *input, char *buffer, size_t size)
{
    char *out = buffer;
    size_t left = size;
    for (;;) {
        char *in = input->wide + input->wide_begin;
        size_t have = input->wide_end - input->wide_begin;
        const size_t before = have;
        const bool bad =
            iconv(input->decoder, &in, &have, &out, &left) == (size_t)-1 && errno == EILSEQ;
        input->wide_begin += before - have;
        input->wide_offset += before - have;
        if (left < size)
            return (ssize_t)(size - left);
        if (bad)
            return text_broken(input, "this is no character");
        if (input->wide_ended)
            return have == 0 ? 0 : text_broken(input, "it ends within a character");
        memmove(input->wide, input->wide + input->wide_begin, have);
        input->wide_begin = 0;
        const ssize_t got = read_packed(input, input->wide + have, BUFFER_SIZE - have);
        if (got < 0)
            return -1;
        input->wide_ended = got == 0;
        input->wide_end = have + (size_t)got;
    }
}

static ssize_t read_content(struct input *input, char *buffer, size_t size)
{
    return input->wide != NULL ? decode_some(input, buffer, size)
                               : read_packed(input, buffer, size);
}

/* Brings more behind what the buffer holds, which may move. 0 unless an error was reported. */
static int more(struct input *input)
{
    if (input->begin > 0) {
        memmove(input->buffer, input->buffer + input->begin, input->end - input->begin);
        input->end -= input->begin;
        input->begin = 0;
    }
    if (input->capacity - input->end < CHARACTER_MAX) {
        input->capacity *= 2;
        input->buffer = mem_resize(input->buffer, input->capacity + 1, 1);
    }
    const ssize_t got =
        read_content(input, input->buffer + input->end, input->capacity - input->end);
    if (got < 0)
        return -1;
    input->ended = got == 0;
    input->end += (size_t)got;
    return 0;
}

static bool starts(const struct input *input, const char *magic, size_t size)
{
    return input->raw_end >= size && memcmp(input->raw, magic, size) == 0;
}

#define STARTS(input, magic) starts(input, magic, sizeof(magic) - 1)

static int cannot_unpack(struct input *input, const char *kind)
{
    if (input->damaged_is_fine)
        diagnostics_warning(input->diagnostics, input->name, 0,
                            "left out: this is %s, which cannot be read here: unpack it", kind);
    else
        diagnostics_error(input->diagnostics, input->name, 0,
                          "this is %s, which cannot be read here: unpack it first, perhaps into a "
                          "pipe to \"-\"",
                          kind);
    return fail(input);
}

static int open_gzip(struct input *input)
{
#ifdef HAVE_ZLIB
    input->packing = PACKING_GZIP;
    return 0;
#else
    return cannot_unpack(input, "a gzip archive (the program was built without zlib)");
#endif
}

static int open_zstd(struct input *input)
{
#ifdef HAVE_ZSTD
    input->packing = PACKING_ZSTD;
    input->zstd = ZSTD_createDStream();
    if (input->zstd == NULL)
        return archive_error(input, "Zstandard", "no memory for it");
    ZSTD_DCtx_setParameter(input->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG);
    return 0;
#else
    return cannot_unpack(input, "a Zstandard archive (the program was built without libzstd)");
#endif
}

/* A pipe may deliver the first bytes one by one. */
static int read_magic(struct input *input)
{
    while (input->raw_end < MAGIC_SIZE && !input->raw_ended) {
        const ssize_t got = read_raw(input, input->raw + input->raw_end, RAW_SIZE - input->raw_end);
        if (got < 0)
            return -1;
        input->raw_end += (size_t)got;
        input->raw_ended = got == 0;
    }
    return 0;
}

/* By the first bytes: RFC 1952, RFC 8878 (frames and skippable frames), and what others have. */
static int recognise_packing(struct input *input)
{
    if (STARTS(input, "\x1f\x8b"))
        return open_gzip(input);
    if (STARTS(input, "\x28\xb5\x2f\xfd") ||
        (input->raw_end >= 4 && (input->raw[0] & 0xf0) == 0x50 &&
         memcmp(input->raw + 1, "\x2a\x4d\x18", 3) == 0))
        return open_zstd(input);
    if (STARTS(input, "BZh"))
        return cannot_unpack(input, "a bzip2 archive");
    if (STARTS(input, "\xfd"
                      "7zXZ"))
        return cannot_unpack(input, "an xz archive");
    if (STARTS(input, "PK\x03\x04"))
        return cannot_unpack(input, "a zip archive");
    return 0;
}

/* What the buffer holds is UTF-16 with a BOM, as PowerShell's ">" writes it: it is decoded. */
static int begin_decoding(struct input *input)
{
    const bool little = input->buffer[0] == '\xff';
    const iconv_t decoder = iconv_open("UTF-8", little ? "UTF-16LE" : "UTF-16BE");
    if (decoder == (iconv_t)-1) { /* a C library without its tables */
        diagnostics_error(input->diagnostics, input->name, 0,
                          "this is UTF-16 text, as PowerShell's \">\" writes it: save it as UTF-8");
        return fail(input);
    }
    input->decoder = decoder;
    input->wide = mem_alloc(BUFFER_SIZE, 1);
    memcpy(input->wide, input->buffer, input->end); /* nothing has made the buffer grow yet */
    input->wide_begin = input->wide_offset = 2;
    input->wide_end = input->end;
    input->wide_ended = input->ended;
    input->end = 0;
    input->ended = false;
    return 0;
}

/* The first bytes of the content: a BOM goes. */
static int begin_content(struct input *input)
{
    while (input->end < 3 && !input->ended)
        if (more(input) != 0)
            return -1;
    const char *const start = input->buffer;
    if (input->end >= 2 && (memcmp(start, "\xff\xfe", 2) == 0 || memcmp(start, "\xfe\xff", 2) == 0))
        return begin_decoding(input);
    if (input->end >= 3 && memcmp(start, "\xef\xbb\xbf", 3) == 0)
        input->begin = 3;
    return 0;
}

static struct input *open_input(const char *path, bool damaged_is_fine,
                                struct diagnostics *diagnostics)
{
    const bool standard_input = strcmp(path, "-") == 0;
    const char *const name = standard_input ? "standard input" : path;
    const int fd = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        diagnostics_error(diagnostics, NULL, 0, "cannot read %s: %s", name, strerror(errno));
        return NULL;
    }
    struct input *const input = mem_alloc(1, sizeof *input);
    input->diagnostics = diagnostics;
    input->name = mem_strdup(name);
    input->fd = fd;
    input->own_fd = !standard_input;
    input->damaged_is_fine = damaged_is_fine;
    input->capacity = BUFFER_SIZE;
    input->buffer = mem_alloc(BUFFER_SIZE + 1, 1);
    input->raw = mem_alloc(RAW_SIZE, 1);
    if (read_magic(input) != 0 || recognise_packing(input) != 0 || begin_content(input) != 0) {
        input_close(input);
        return NULL;
    }
    return input;
}

struct input *input_open(const char *path, struct diagnostics *diagnostics)
{
    return open_input(path, false, diagnostics);
}

struct input *input_open_damaged(const char *path, struct diagnostics *diagnostics)
{
    return open_input(path, true, diagnostics);
}

void input_close(struct input *input)
{
    if (input == NULL)
        return;
    if (input->own_fd)
        close(input->fd);
#ifdef HAVE_ZLIB
    if (input->gzip_ready)
        inflateEnd(&input->gzip);
#endif
#ifdef HAVE_ZSTD
    ZSTD_freeDStream(input->zstd);
#endif
    if (input->wide != NULL)
        iconv_close(input->decoder);
    free(input->wide);
    free(input->raw);
    free(input->buffer);
    free(input->name);
    free(input);
}

const char *input_path(const struct input *input)
{
    return input->name;
}

bool input_failed(const struct input *input)
{
    return input->failed;
}

size_t input_head(struct input *input, const char **ret)
{
    while (input->end - input->begin < HEAD_SIZE && !input->ended && more(input) == 0) {
    }
    const size_t size = input->end - input->begin;
    *ret = input->buffer + input->begin;
    return size < HEAD_SIZE ? size : HEAD_SIZE;
}

ssize_t input_read(struct input *input, char *buffer, size_t size)
{
    if (input->begin == input->end && !input->ended && more(input) != 0)
        return -1;
    const size_t left = input->end - input->begin;
    if (left == 0)
        return input->failed ? -1 : 0;
    const size_t taken = left < size ? left : size;
    memcpy(buffer, input->buffer + input->begin, taken);
    input->begin += taken;
    return (ssize_t)taken;
}

char *input_read_all(struct input *input, size_t limit, size_t *ret_size)
{
    char *text = NULL;
    size_t size = 0, capacity = 0;
    ssize_t got = 1;
    while (got > 0 && size <= limit) {
        text = mem_grow(text, &capacity, size + BUFFER_SIZE, 1);
        got = input_read(input, text + size, BUFFER_SIZE);
        size += got > 0 ? (size_t)got : 0;
    }
    if (size > limit)
        diagnostics_error(input->diagnostics, NULL, 0, "cannot read %s: it has more than %zu bytes",
                          input->name, limit);
    if (got < 0 || size > limit) {
        free(text);
        return NULL;
    }
    text[size] = '\0';
    *ret_size = size;
    return text;
}

ssize_t input_csv_read(void *context, char *buffer, size_t size)
{
    return input_read(context, buffer, size);
}

ssize_t input_chunk(struct input *input, const char **ret)
{
    if (input->begin == input->end && !input->ended && more(input) != 0)
        return -1;
    const size_t size = input->end - input->begin;
    if (size == 0)
        return input->failed ? -1 : 0;
    *ret = input->buffer + input->begin;
    input->begin = input->end;
    return (ssize_t)size;
}

static void consume_line(struct input *input, size_t size)
{
    input->begin += size;
    input->feedless -= size < input->feedless ? size : input->feedless;
}

/* The "\n" or lone "\r" that ends the line at `begin`; NULL: not in the buffer. Before
 * `*searched` there is none; a "\r" at the very end is judged when its successor is there. */
static char *find_line_end(struct input *input, size_t *searched)
{
    char *const start = input->buffer + input->begin;
    const size_t have = input->end - input->begin;
    char *const feed = memchr(start + input->feedless, '\n', have - input->feedless);
    char *const end = feed != NULL ? feed : start + have;
    input->feedless = (size_t)(end - start);
    char *const back = memchr(start + *searched, '\r', (size_t)(end - start) - *searched);
    if (back != NULL && back + 1 < end)
        return back;
    *searched = back != NULL ? (size_t)(back - start) : (size_t)(end - start);
    return feed;
}

/* Drops what is left of a line that was cut. 0 unless an error was reported. */
static int drop_rest(struct input *input)
{
    while (input->skip_rest) {
        size_t searched = 0;
        const char *const end = find_line_end(input, &searched);
        input->line += end != NULL && *end == '\n';
        consume_line(input,
                     end != NULL ? (size_t)(end + 1 - (input->buffer + input->begin)) : searched);
        if (end != NULL || input->ended)
            input->skip_rest = false;
        else if (more(input) != 0)
            return -1;
    }
    return 0;
}

int input_line(struct input *input, const char **ret_line, size_t *ret_length, long *ret_number,
               bool *ret_cut)
{
    size_t searched = 0;
    char *end;
    if (input->skip_rest && drop_rest(input) != 0)
        return -1;
    while ((end = find_line_end(input, &searched)) == NULL && !input->ended &&
           input->end - input->begin <= INPUT_LINE_MAX + 1 && more(input) == 0) {
    }
    char *const start = input->buffer + input->begin;
    if (end == NULL && input->failed)
        return -1; /* what is left of a broken file is no line */
    if (end == NULL && input->begin == input->end)
        return 0;
    size_t length = end != NULL ? (size_t)(end - start) : input->end - input->begin;
    const size_t used = length + (end != NULL);
    *ret_number = input->line + 1;
    input->line += end != NULL && *end == '\n';
    if (length > 0 && start[length - 1] == '\r' && (end != NULL || input->ended))
        length--;
    const bool cut = length > INPUT_LINE_MAX;
    if (cut) {
        length = INPUT_LINE_MAX;
        input->skip_rest = end == NULL;
    }
    start[length] = '\0';
    consume_line(input, used);
    *ret_line = start;
    *ret_length = length;
    *ret_cut = cut;
    input->unfinished = cut || end == NULL;
    return 1;
}

bool input_line_unfinished(const struct input *input)
{
    return input->unfinished;
}

bool input_is_json(const char *path)
{
    struct stat info;
    char head[64] = "";
    if (strcmp(path, "-") == 0 || stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return false;
    FILE *const file = fopen(path, "re");
    if (file == NULL)
        return false;
    head[fread(head, 1, sizeof head - 1, file)] = '\0';
    fclose(file);
    const char *const text = strncmp(head, "\xef\xbb\xbf", 3) == 0 ? head + 3 : head;
    return text[strspn(text, " \t\r\n")] == '{';
}
