/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/progress.h"

#include "reports/human.h"
#include "support/clock.h"
#include "support/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_DRAW_NS INT64_C(1000000000)
#define REDRAW_NS INT64_C(100000000)
#define ADVICE_AFTER_S 5
#define ADVICE_FROM_S 60
#define BAR_WIDTH 20
#define PART_WIDTH 8  /* of a part's bar, which is named */
#define LINE_WIDTH 79 /* one less than the narrowest terminal: a full line would wrap */

static bool is_capable_terminal(FILE *stream)
{
    const char *const term = getenv("TERM");
    return isatty(fileno(stream)) && term != NULL && *term != '\0' && strcmp(term, "dumb") != 0;
}

void progress_init(struct progress *progress, enum progress_mode mode, FILE *stream)
{
    const bool wanted =
        mode == PROGRESS_ALWAYS || (mode == PROGRESS_AUTO && is_capable_terminal(stream));
    *progress = (struct progress){.stream = wanted ? stream : NULL, .start_ns = clock_now_ns()};
    progress->part_ns = progress->start_ns;
}

void progress_part(struct progress *progress, const char *part)
{
    progress->part_ns = clock_now_ns();
    snprintf(progress->part, sizeof progress->part, "%s%s", part == NULL ? "" : " in ",
             part == NULL ? "" : part);
}

static void format_rate(double per_s, char *text, size_t size)
{
    if (per_s >= 1e6)
        snprintf(text, size, ", %.1f M events/s", per_s / 1e6);
    else
        snprintf(text, size, ", %.0f events/s", per_s);
}

static void format_left(double left_s, char *text, size_t size)
{
    if (left_s < 90)
        snprintf(text, size, ", %.0f s left", left_s);
    else if (left_s < 5400)
        snprintf(text, size, ", %.0f min left", left_s / 60);
    else
        snprintf(text, size, ", %.1f h left", left_s / 3600);
}

static void draw(struct progress *progress, double fraction, const char *label, uint64_t events,
                 double elapsed_s)
{
    char bar[BAR_WIDTH + 1], rate[40] = "", left[40] = "";
    const int width = progress->part[0] == '\0' ? BAR_WIDTH : PART_WIDTH;
    const int filled = (int)(fraction * width);
    for (int i = 0; i < width; i++)
        bar[i] = i < filled ? '#' : '.';
    bar[width] = '\0';
    if (events > 0)
        format_rate((double)events / elapsed_s, rate, sizeof rate);
    if (fraction > 0)
        format_left(elapsed_s * (1 - fraction) / fraction, left, sizeof left);
    char line[4 * LINE_WIDTH];
    const int fixed = snprintf(line, sizeof line, "[%s] %3.0f %%%s%s%s", bar, floor(fraction * 100),
                               left, progress->part, rate);
    const int room = LINE_WIDTH - fixed - 2;
    if (room > 0)
        snprintf(line + fixed, sizeof line - (size_t)fixed, ", %.*s", room, label);
    for (char *c = line; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = '?';
    fprintf(progress->stream, "\r\033[K%.*s", LINE_WIDTH, line);
    fflush(progress->stream);
    progress->shown = true;
}

void progress_update(struct progress *progress, double fraction, const char *label, uint64_t events)
{
    if (progress->stream == NULL)
        return;
    const int64_t now_ns = clock_now_ns();
    if (now_ns - progress->start_ns < FIRST_DRAW_NS || now_ns - progress->drawn_ns < REDRAW_NS)
        return;
    progress->drawn_ns = now_ns;
    const double elapsed_s = (double)(now_ns - progress->part_ns) / 1e9;
    draw(progress, fraction > 0 ? fmin(fraction, 1) : 0, label, events, elapsed_s);
}

char *progress_advice(double elapsed_s, double fraction, unsigned replications, unsigned least)
{
    char all[HUMAN_SIZE], few[HUMAN_SIZE];
    const double total_s = fraction > 0 ? elapsed_s / fraction : 0;
    if (elapsed_s < ADVICE_AFTER_S || total_s < ADVICE_FROM_S || replications <= least)
        return NULL;
    return text_format("%u replications will take about %s; --replications %u, the fewest for this "
                       "confidence, about %s",
                       replications, human_duration(total_s, all), least,
                       human_duration(total_s * least / replications, few));
}

double progress_elapsed_s(const struct progress *progress)
{
    return clock_since_s(progress->start_ns);
}

void progress_finish(struct progress *progress)
{
    if (progress->shown) {
        fputs("\r\033[K", progress->stream);
        fflush(progress->stream);
    }
    progress->shown = false;
}
