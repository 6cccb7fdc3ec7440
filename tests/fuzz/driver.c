/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs a libFuzzer harness without libFuzzer, as a test: DRIVER ITERATIONS SEED... feeds the seeds
 * as they are, then so many mutations of them. A seed is a file, or a folder of such: a corpus. A
 * file NAME.dict is none: its words, in libFuzzer's format, go into the mutations. Deterministic:
 * the same arguments give the same inputs, and with LAMBDAPLAN_FUZZ_SECONDS the same ones go on
 * until that time is over. Prints TAP.
 *
 * Every input is written to PROGRAM.input in the present folder before it is tried; where the
 * harness dies or hangs for a minute, that file is the culprit, and one for its corpus.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SEEDS_MAX 200
#define INPUT_MAX 16384 /* of a seed file's beginning: short inputs make many runs */
#define WORDS_MAX 1024  /* of a dictionary */
#define WORD_MAX 64     /* bytes, as libFuzzer has it */
#define HANG_S 60

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    uint8_t byte[INPUT_MAX];
    size_t size;
};

static uint64_t next_random(uint64_t *state) /* xorshift64 (Marsaglia 2003) */
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static size_t below(uint64_t *state, size_t bound)
{
    return bound == 0 ? 0 : (size_t)((next_random(state) >> 11) % bound);
}

static void insert(struct input *input, size_t at, const void *bytes, size_t size)
{
    const size_t fitting = size < INPUT_MAX - input->size ? size : INPUT_MAX - input->size;
    memmove(input->byte + at + fitting, input->byte + at, input->size - at);
    memcpy(input->byte + at, bytes, fitting);
    input->size += fitting;
}

static void delete (struct input *input, size_t at, size_t size)
{
    memmove(input->byte + at, input->byte + at + size, input->size - at - size);
    input->size -= size;
}

/* What parsers of text stumble over. */
static const char *const token[] = {"\"",
                                    "\"\"",
                                    ",",
                                    "\n",
                                    "\r",
                                    "\r\n",
                                    "\n\n",
                                    "\xef\xbb\xbf",
                                    "\xff",
                                    "-",
                                    "nan",
                                    "inf",
                                    "1e9",
                                    "1e99",
                                    "e-9",
                                    "0.5",
                                    "-1",
                                    "9223372036854775808",
                                    "{",
                                    "}",
                                    "[",
                                    "]",
                                    ":",
                                    "\\",
                                    "\\u0000",
                                    "//",
                                    "/*",
                                    "*/",
                                    "null",
                                    "true",
                                    " ",
                                    "\t",
                                    "0000",
                                    ".",
                                    "2014-04-10 00:04:00",
                                    "2262-04-12",
                                    "Z",
                                    "+02:00"};

struct dictionary {
    struct word {
        char byte[WORD_MAX];
        size_t size;
    } word[WORDS_MAX];
    size_t words;
};

static void insert_word(struct input *input, size_t at, const struct dictionary *dictionary,
                        uint64_t *state)
{
    const size_t tokens = sizeof token / sizeof *token;
    /* A dictionary knows its format better than the list above. */
    if (dictionary->words > 0 && below(state, 4) > 0) {
        const struct word *const word = &dictionary->word[below(state, dictionary->words)];
        insert(input, at, word->byte, word->size);
    } else {
        const char *const text = token[below(state, tokens)];
        insert(input, at, text, strlen(text));
    }
}

static void mutate(struct input *input, const struct input *other,
                   const struct dictionary *dictionary, uint64_t *state)
{
    const size_t at = below(state, input->size + 1);
    const size_t rest = input->size - at;
    switch (below(state, 8)) {
    case 0: /* another byte */
        if (rest > 0)
            input->byte[at] = (uint8_t)next_random(state);
        break;
    case 1: /* another bit */
        if (rest > 0)
            input->byte[at] ^= (uint8_t)(1u << below(state, 8));
        break;
    case 2:
        delete (input, at, below(state, rest < 64 ? rest + 1 : 64));
        break;
    case 3: { /* twice */
        uint8_t copy[64];
        const size_t size = below(state, rest < sizeof copy ? rest + 1 : sizeof copy);
        memcpy(copy, input->byte + at, size);
        insert(input, at, copy, size);
        break;
    }
    case 4: { /* a part of another seed */
        const size_t from = below(state, other->size + 1);
        const size_t left = other->size - from;
        insert(input, at, other->byte + from, below(state, left < 256 ? left + 1 : 256));
        break;
    }
    case 5: /* cut */
        if (below(state, 8) == 0)
            input->size = at;
        break;
    case 6:
        insert(input, at, "", 1); /* NUL */
        break;
    default:
        insert_word(input, at, dictionary, state);
    }
}

static int load(const char *path, struct input *ret)
{
    FILE *const in = fopen(path, "rb");
    if (in == NULL) {
        printf("Bail out! cannot read %s: %s\n", path, strerror(errno));
        return -1;
    }
    ret->size = fread(ret->byte, 1, sizeof ret->byte, in);
    fclose(in);
    return 0;
}

/* "NAME=\"WORD\"" or "\"WORD\"" with \\, \" and \xHH in it. False when it is not that. */
static bool parse_word(const char *line, struct word *ret)
{
    const char *s = strchr(line, '"');
    if (s == NULL)
        return false;
    for (ret->size = 0, s++; *s != '"' && *s != '\0'; ret->size++) {
        unsigned byte = (unsigned char)*s++;
        int used = 0;
        if (byte == '\\' && (*s == '\\' || *s == '"'))
            byte = (unsigned char)*s++;
        else if (byte == '\\' && (sscanf(s, "x%2x%n", &byte, &used) != 1 || used != 3))
            return false;
        s += used;
        if (ret->size == WORD_MAX)
            return false;
        ret->byte[ret->size] = (char)byte;
    }
    return *s == '"' && ret->size > 0;
}

static int load_dictionary(const char *path, struct dictionary *ret)
{
    char line[512];
    int result = 0;
    FILE *const in = fopen(path, "r");
    if (in == NULL) {
        printf("Bail out! cannot read %s: %s\n", path, strerror(errno));
        return -1;
    }
    while (result == 0 && fgets(line, sizeof line, in) != NULL) {
        if (line[0] == '#' || line[0] == '\n')
            continue;
        if (ret->words == WORDS_MAX || !parse_word(line, &ret->word[ret->words++])) {
            printf("Bail out! %s: no word of a dictionary, or one too many: %s\n", path, line);
            result = -1;
        }
    }
    fclose(in);
    return result;
}

static bool is_dictionary(const char *path)
{
    const size_t length = strlen(path);
    return length > 5 && strcmp(path + length - 5, ".dict") == 0;
}

/* What is tried now; `size` SIZE_MAX: nothing more. */
static void note_input(const char *program, const uint8_t *byte, size_t size)
{
    static int fd = -1;
    static char path[256];
    if (fd < 0) {
        const char *const slash = strrchr(program, '/');
        snprintf(path, sizeof path, "%s.input", slash == NULL ? program : slash + 1);
        fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    }
    if (fd < 0)
        return; /* a folder that cannot be written to is no reason to test nothing */
    if (size == SIZE_MAX)
        unlink(path);
    else if (pwrite(fd, byte, size, 0) != (ssize_t)size || ftruncate(fd, (off_t)size) != 0)
        fprintf(stderr, "%s is not the whole input: %s\n", path, strerror(errno));
}

static void try_input(const char *program, const struct input *input)
{
    note_input(program, input->byte, input->size);
    alarm(HANG_S);
    /* In memory of its own size: the sanitizer sees a read behind its end. */
    uint8_t *const copy = malloc(input->size + (input->size == 0));
    if (copy == NULL)
        abort();
    memcpy(copy, input->byte, input->size);
    LLVMFuzzerTestOneInput(copy, input->size);
    free(copy);
    alarm(0);
}

static struct input seed[SEEDS_MAX];
static size_t seeds;
static struct dictionary dictionary;

static int add_seed(const char *path)
{
    if (is_dictionary(path))
        return load_dictionary(path, &dictionary);
    if (seeds == SEEDS_MAX) {
        printf("Bail out! more than %d seeds\n", SEEDS_MAX);
        return -1;
    }
    return load(path, &seed[seeds++]);
}

/* The files of a folder by name, or the file itself. */
static int add_seeds(const char *path)
{
    struct dirent **entry;
    const int entries = scandir(path, &entry, NULL, alphasort);
    int result = entries < 0 ? add_seed(path) : 0;
    for (int i = 0; i < entries; i++) {
        char file[4096];
        snprintf(file, sizeof file, "%s/%s", path, entry[i]->d_name);
        if (result == 0 && entry[i]->d_name[0] != '.')
            result = add_seed(file);
        free(entry[i]);
    }
    if (entries >= 0)
        free(entry);
    return result;
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    static struct input input;
    const char *const seconds = getenv("LAMBDAPLAN_FUZZ_SECONDS");
    const double end_s = now_s() + (seconds != NULL ? strtod(seconds, NULL) : 0);
    if (argc < 3) {
        fprintf(stderr, "usage: %s ITERATIONS SEED...\n", argv[0]);
        return 2;
    }
    const long least = strtol(argv[1], NULL, 10);
    uint64_t state = 0x9e3779b97f4a7c15;
    puts("1..1");
    fflush(stdout); /* what follows may crash */
    for (int i = 2; i < argc; i++)
        if (add_seeds(argv[i]) != 0)
            return EXIT_FAILURE;
    if (seeds == 0) {
        puts("Bail out! no seed");
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < seeds; i++)
        try_input(argv[0], &seed[i]);
    long tried = 0;
    for (; tried < least || now_s() < end_s; tried++) {
        input = seed[below(&state, seeds)];
        for (size_t n = 1 + below(&state, 6); n > 0; n--)
            mutate(&input, &seed[below(&state, seeds)], &dictionary, &state);
        try_input(argv[0], &input);
    }
    note_input(argv[0], NULL, SIZE_MAX);
    printf("ok 1 - %ld mutations of %zu seeds\n", tried, seeds);
    return EXIT_SUCCESS;
}
