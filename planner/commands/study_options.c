/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/study_options.h"

#include "commands/command.h"
#include "commands/traffic_options.h"
#include "core/memory.h"
#include "support/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLICATIONS_MAX 10000 /* as run.replications */
#define SHARDS_MAX 100000
#define MOST 64u    /* replications, unless --max-replications says more or less */
#define BELIEVED 3u /* where a scenario asks for fewer than an interval takes */

/* A whole number of 1 .. most, and nothing behind it. */
static bool parse_count(const char *text, unsigned most, unsigned *ret)
{
    const size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 9 || text[digits] != '\0')
        return false;
    *ret = (unsigned)strtoul(text, NULL, 10);
    return *ret >= 1 && *ret <= most;
}

static int take_count(const char *name, const char *text, unsigned most, unsigned *ret)
{
    if (parse_count(text, most, ret))
        return 0;
    complain("--%s %s is not a whole number from 1 to %u", name, text, most);
    return -1;
}

/* "1%" or "0.01". */
static int take_precision(const char *text, double *ret)
{
    const size_t length = strlen(text);
    const bool percent = length > 1 && text[length - 1] == '%';
    char number[40] = "";
    if (length < sizeof number)
        memcpy(number, text, length - percent);
    if (csv_to_double(number, ret)) {
        *ret /= percent ? 100 : 1;
        if (*ret > 0 && *ret < 1)
            return 0;
    }
    complain("--precision %s is not a part of the mean such as 1%% or 0.01", text);
    return -1;
}

bool study_percent(const char *text, double least, double most, double *ret)
{
    char *end;
    const double percent = strtod(text, &end);
    if (end == text || strspn(text, "0123456789.") != (size_t)(end - text) ||
        (*end != '\0' && strcmp(end, "%") != 0) || !(percent >= least && percent <= most))
        return false;
    *ret = percent / 100;
    return true;
}

static int take_by(const char *text, double *ret)
{
    if (study_percent(text, 0.1, 99, ret))
        return 0;
    complain("--by %s is no percentage from 0.1 to 99", text);
    return -1;
}

static void append(const char ***list, size_t *count, const char *value)
{
    *list = mem_resize(*list, *count + 1, sizeof **list);
    (*list)[(*count)++] = value;
}

static int take_vary(struct study_options *options, const char *text)
{
    if (strchr(text, '=') == NULL || text[0] == '=') {
        complain("--vary %s: write PATH=VALUES, as in functions.NAME.memory_size=128,256,512",
                 text);
        return -1;
    }
    append(&options->vary, &options->varies, text);
    return 0;
}

static int take_warm_up(const char *text, const char **ret)
{
    double seconds;
    *ret = text;
    if (strcmp(text, "auto") == 0 || (csv_to_double(text, &seconds) && seconds >= 0))
        return 0;
    complain("--warm-up %s is neither auto nor a number of seconds", text);
    return -1;
}

static int take_shard(struct study_options *options, const char *text)
{
    unsigned index = 0, count = 0;
    const char *const slash = strchr(text, '/');
    char first[16] = "";
    if (slash != NULL && slash - text < (long)sizeof first)
        memcpy(first, text, (size_t)(slash - text));
    if (slash == NULL || !parse_count(first, SHARDS_MAX, &index) ||
        !parse_count(slash + 1, SHARDS_MAX, &count) || index > count) {
        complain("--shard %s is not I/N, as 1/4 … 4/4 for four of them", text);
        return -1;
    }
    options->shard.index = index - 1;
    options->shard.count = count;
    return 0;
}

int study_option_take(struct study_options *options, char letter, const char *value)
{
    unsigned sample;
    switch (letter) {
    case 'V':
        return take_vary(options, value);
    case '4':
        return take_by(value, &options->by);
    case '5':
        append(&options->input, &options->inputs, value);
        return 0;
    case '6':
        append(&options->design, &options->designs, value);
        return 0;
    case 'L':
        if (take_count("sample", value, 10000000, &sample) < 0)
            return -1;
        options->sample = sample;
        return 0;
    case 'B':
        options->option = value;
        return 0;
    case 'y':
    case 'l':
    case 'g':
    case 'Q':
    case 'Z':
    case 'H':
    case 'b':
        return traffic_option_take(options, letter, value);
    case 'n':
        return take_count("replications", value, REPLICATIONS_MAX, &options->replications);
    case 'e':
        return take_precision(value, &options->precision);
    case 'x':
        return take_count("max-replications", value, REPLICATIONS_MAX, &options->max_replications);
    case 'U':
        return take_warm_up(value, &options->warm_up);
    case 'u':
        options->resume = true;
        return 0;
    case 'k':
        options->keep_journal = true;
        return 0;
    default:
        return take_shard(options, value);
    }
}

/* What is wrong with the numbers of replications; NULL: nothing. */
static const char *wrong_replications(const struct study_options *o)
{
    if (o->by_intervals && o->replications == 1)
        return "--replications 1 gives no interval, and this command judges by intervals; at least "
               "2";
    if (o->max_replications > 0 && o->precision <= 0)
        return "--max-replications bounds what --precision asks for, which is missing; for a "
               "number of your own give --replications";
    if (o->max_replications == 1)
        return "--max-replications 1 gives no interval, so no --precision; at least 2";
    if (o->max_replications > 0 && o->replications > o->max_replications)
        return "--replications is what --precision begins with; it is more than --max-replications "
               "allows";
    return NULL;
}

int study_options_check(const struct study_options *options, bool has_output)
{
    const bool shard = options->shard.count > 0;
    const char *const wrong = wrong_replications(options);
    if (shard && options->precision > 0)
        complain("--shard needs a study whose tasks are known beforehand: give --replications "
                 "instead of --precision");
    else if (shard && !has_output)
        complain("--shard needs --output DIR for its journal");
    else if (options->resume && !has_output)
        complain("--resume needs --output DIR, where the journal is");
    else if (options->from != NULL && options->growth <= 0)
        complain("--from says when --growth begins, which is missing");
    else if (wrong != NULL)
        complain("%s", wrong);
    else
        return 0;
    return -1;
}

unsigned study_replications(const struct study_options *options, unsigned asked)
{
    if (options->replications > 0)
        return options->replications;
    return options->by_intervals && asked < 2 ? BELIEVED : asked;
}

unsigned study_max_replications(const struct study_options *options, unsigned first)
{
    if (options->max_replications > 0)
        return options->max_replications;
    return MOST > first ? MOST : first;
}

void study_options_finish(struct study_options *options)
{
    free(options->traffic.value);
    free(options->burstiness.value);
    free(options->vary);
    free(options->input);
    free(options->design);
    *options = (struct study_options){0};
}
