/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pictures of the HTML report, as SVG inside the page. */
#include "reports/html.h"

#include "reports/human.h"
#include "reports/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 860
#define BAR_LEFT 150
#define BAR_RIGHT 640
#define BAR_STEP 34
#define BAR_HEIGHT 22
#define CHART_LEFT 72
#define CHART_TOP 8
#define CHART_HEIGHT 150
#define LEGEND_STEP 18

/* Colours that colour-blind people can tell apart (Okabe and Ito, 2008); the last is for the rest.
 */
static const char *const palette[] = {"#0072b2", "#e69f00", "#009e73", "#cc79a7",
                                      "#56b4e9", "#d55e00", "#b8a800", "#888888"};
#define COLORS (sizeof palette / sizeof *palette)
#define REST (COLORS - 1)

/* Not negative, to a tenth, whatever the locale. */
static void put_tenths(struct output *output, double value)
{
    const long tenths = lround(value * 10);
    output_format(output, "%ld.%ld", tenths / 10, tenths % 10);
}

static void open_svg(struct output *output, const char *about, size_t height)
{
    output_format(output, "<svg viewBox=\"0 0 %d %zu\" role=\"img\" aria-label=\"", WIDTH, height);
    html_text(output, about);
    output_text(output, "\">\n");
}

static void put_label(struct output *output, double x, double y, const char *anchor,
                      const char *text)
{
    output_text(output, "<text x=\"");
    put_tenths(output, x);
    output_text(output, "\" y=\"");
    put_tenths(output, y);
    output_format(output, "\" text-anchor=\"%s\" fill=\"currentColor\">", anchor);
    html_text(output, text);
    output_text(output, "</text>\n");
}

static void put_box(struct output *output, double x, double y, double width, double height,
                    size_t color)
{
    output_text(output, "<rect x=\"");
    put_tenths(output, x);
    output_text(output, "\" y=\"");
    put_tenths(output, y);
    output_text(output, "\" width=\"");
    put_tenths(output, width);
    output_text(output, "\" height=\"");
    put_tenths(output, height);
    output_format(output, "\" fill=\"%s\" stroke=\"#fff\" stroke-width=\"0.5\">", palette[color]);
}

/* --- what makes the cost -------------------------------------------------------------------- */

/* What gets a colour: what is paid for, whoever uses it. */
struct colors {
    const struct bill_line *line[REST];
    size_t count;
    bool rest; /* was used */
};

static size_t color_of(struct colors *colors, const struct bill_line *line)
{
    for (size_t i = 0; i < colors->count; i++)
        if (strcmp(colors->line[i]->service, line->service) == 0 &&
            strcmp(colors->line[i]->sku, line->sku) == 0)
            return i;
    if (colors->count < REST) {
        colors->line[colors->count] = line;
        return colors->count++;
    }
    colors->rest = true;
    return REST;
}

static void put_bar(struct output *output, const struct result_option *option, double y,
                    double usd_width, struct colors *colors)
{
    char text[HUMAN_SIZE], explained[BILL_EXPLAIN_SIZE];
    double x = BAR_LEFT;
    size_t *const order = bill_by_cost(&option->bill);
    put_label(output, BAR_LEFT - 8, y + 16, "end", option->name);
    for (size_t i = 0; i < option->bill.count; i++) {
        const struct bill_line *const line = &option->bill.line[order[i]];
        const double width = money_to_double(line->cost) * usd_width;
        if (width < 0.05)
            continue;
        put_box(output, x, y, width, BAR_HEIGHT, color_of(colors, line));
        output_text(output, "<title>");
        html_text(output, line->entity);
        output_text(output, ": ");
        html_text(output, bill_explain(line, explained));
        output_text(output, "</title></rect>\n");
        x += width;
    }
    free(order);
    put_label(output, x + 8, y + 16, "start", human_money(option->bill.total, text));
}

static void put_legend_entry(struct output *output, size_t place, size_t color, const char *service,
                             const char *sku)
{
    const double y = 6 + (double)place * LEGEND_STEP;
    put_box(output, BAR_LEFT, y, 10, 10, color);
    output_format(output, "</rect>\n<text x=\"%d\" y=\"", BAR_LEFT + 16);
    put_tenths(output, y + 10);
    output_text(output, "\" fill=\"currentColor\">");
    html_text(output, service);
    output_text(output, " ");
    html_text(output, sku);
    output_text(output, "</text>\n");
}

void html_cost_bars(struct output *output, const struct result *result)
{
    struct colors colors = {.count = 0};
    double most = 0;
    for (size_t i = 0; i < result->options; i++)
        most = fmax(most, money_to_double(result->option[i].bill.total));
    if (most <= 0)
        return;
    open_svg(output, "Cost of a month by option", result->options * BAR_STEP + 8);
    for (size_t i = 0; i < result->options; i++)
        put_bar(output, &result->option[i], 4 + (double)i * BAR_STEP, (BAR_RIGHT - BAR_LEFT) / most,
                &colors);
    output_text(output, "</svg>\n");
    open_svg(output, "What the colours are", (colors.count + colors.rest) * LEGEND_STEP + 8);
    for (size_t i = 0; i < colors.count; i++)
        put_legend_entry(output, i, i, colors.line[i]->service, colors.line[i]->sku);
    if (colors.rest)
        put_legend_entry(output, colors.count, REST, "the", "rest");
    output_text(output, "</svg>\n");
}

/* --- the time series ------------------------------------------------------------------------ */

/* 1, 2 or 5 times a power of ten, at least `value`. */
static double round_up(double value)
{
    const double power = pow(10, floor(log10(value)));
    const double digit = value / power;
    return (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10) * power;
}

/* One of the unit in seconds; 0: it is no time. */
static double unit_in_s(const char *unit)
{
    return strcmp(unit, "Milliseconds") == 0 ? 0.001 : strcmp(unit, "Seconds") == 0 ? 1 : 0;
}

/* The top of an axis, round in the unit that it is shown in. */
static double axis_top(double most, const char *unit)
{
    static const struct {
        double up_to_s, shown_s;
    } scales[] = {{100, 1}, {6000, 60}, {360000, 3600}, {INFINITY, 86400}};
    const double unit_s = unit_in_s(unit);
    size_t i = 0;
    if (unit_s == 0)
        return round_up(most);
    while (most * unit_s > scales[i].up_to_s)
        i++;
    const double step = scales[i].shown_s / unit_s;
    return round_up(most / step) * step;
}

static char *show(double value, const char *unit, char text[HUMAN_SIZE])
{
    if (unit_in_s(unit) > 0)
        return human_duration(value * unit_in_s(unit), text);
    if (strcmp(unit, "Percent") == 0)
        return human_percent(value / 100, text);
    return human_count(value, text);
}

static void put_axes(struct output *output, const struct result *result, double top,
                     const char *unit)
{
    char text[HUMAN_SIZE];
    const double end_s = result->chart_step_s * (double)result->chart_points;
    for (int i = 0; i <= 2; i++) {
        const double y = CHART_TOP + CHART_HEIGHT * (1 - i / 2.0);
        output_format(output, "<path d=\"M%d ", CHART_LEFT);
        put_tenths(output, y);
        output_format(output, "H%d\" stroke=\"#8886\" fill=\"none\"/>\n", WIDTH - 8);
        put_label(output, CHART_LEFT - 6, y + 4, "end", show(top * i / 2, unit, text));
    }
    for (int i = 0; i <= 4; i++)
        put_label(output, CHART_LEFT + (WIDTH - 8.0 - CHART_LEFT) * i / 4,
                  CHART_TOP + CHART_HEIGHT + 16,
                  i == 0   ? "start"
                  : i == 4 ? "end"
                           : "middle",
                  human_duration(end_s * i / 4, text));
}

/* Points that follow each other are joined; where nothing was observed the line is broken. */
static void put_line(struct output *output, const struct result *result,
                     const struct result_series *series, double top, size_t color)
{
    const double x_step = (WIDTH - 8.0 - CHART_LEFT) / (double)result->chart_points;
    const double gap = 1.5 * fmax(1, result->chart_period_s / result->chart_step_s);
    double last = -INFINITY;
    output_format(output,
                  "<path stroke=\"%s\" fill=\"none\" stroke-width=\"1.5\" "
                  "stroke-linecap=\"round\" stroke-linejoin=\"round\" d=\"",
                  palette[color]);
    for (size_t i = 0; i < result->chart_points; i++) {
        const double value = series->value[i];
        if (isnan(value))
            continue;
        const bool joined = (double)i - last <= gap;
        output_text(output, joined ? "L" : "M");
        put_tenths(output, CHART_LEFT + ((double)i + 0.5) * x_step);
        output_text(output, " ");
        put_tenths(output, CHART_TOP + CHART_HEIGHT * (1 - value / top));
        output_text(output, joined ? "" : "h0"); /* a dot, if it stays alone */
        last = (double)i;
    }
    output_text(output, "\"><title>");
    html_text(output, series->entity);
    output_text(output, "</title></path>\n");
}

static void put_names(struct output *output, const struct result_chart *chart)
{
    output_text(output, "<p>");
    for (size_t i = 0; i < chart->count; i++) {
        output_format(output, "%s<span style=\"color:%s\">■</span> ", i == 0 ? "" : " ",
                      palette[i]);
        html_text(output, chart->series[i].entity);
    }
    if (chart->left_out > 0 || chart->more)
        output_format(output, " and %zu%s with less", chart->left_out,
                      chart->more ? " or more" : "");
    output_text(output, "</p>\n");
}

static void put_chart(struct output *output, const struct result *result,
                      const struct result_chart *chart)
{
    char period[HUMAN_SIZE];
    double most = 0;
    for (size_t i = 0; i < chart->count; i++)
        for (size_t k = 0; k < result->chart_points; k++)
            most = fmax(most, chart->series[i].value[k]); /* NAN does not count */
    const double top = axis_top(most, chart->unit);
    output_text(output, "<h3>");
    html_text(output, chart->title);
    if (chart->sum)
        output_format(output, " in %s", human_duration(result->chart_period_s, period));
    output_text(output, "</h3>\n");
    put_names(output, chart);
    open_svg(output, chart->title, CHART_TOP + CHART_HEIGHT + 22);
    put_axes(output, result, top, chart->unit);
    for (size_t i = 0; i < chart->count; i++)
        put_line(output, result, &chart->series[i], top, i < REST ? i : REST);
    output_text(output, "</svg>\n");
}

void html_line_charts(struct output *output, const struct result *result)
{
    char step[HUMAN_SIZE];
    if (result->charts == 0)
        return;
    output_text(output, "<h2>Time series of the first replication</h2>\n<p>One possible history, "
                        "not an average.");
    if (result->chart_step_s > result->chart_period_s)
        output_format(output,
                      " A point stands for %s: the mean of its periods, of maxima the "
                      "largest.",
                      human_duration(result->chart_step_s, step));
    output_text(output, "</p>\n");
    for (size_t i = 0; i < result->charts; i++)
        put_chart(output, result, &result->chart[i]);
}
