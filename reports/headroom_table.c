/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Headroom for a reader, on a terminal or in Markdown: the same sentences and table. */
#include "reports/headroom_exporters.h"

#include "core/memory.h"
#include "reports/human.h"
#include "reports/page.h"
#include "support/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static char *scope_text(const struct headroom_result *r)
{
    char run[HUMAN_SIZE], up_to[HUMAN_SIZE], growth[HUMAN_SIZE];
    char *const whose = *r->workload == '\0' ? mem_strdup("all traffic grows")
                                             : text_format("the traffic of %s grows", r->workload);
    char *const rate = r->growth > 0 ? text_format(" by %s a month from %s",
                                                   human_percent(r->growth, growth), r->from)
                                     : mem_strdup("");
    char *const text = text_format(
        "%s as of %s; %s%s; %s simulated at each traffic up to x %s, %zu replication%s; seed %llu",
        r->run.region, r->run.as_of, whose, rate, human_duration(r->run.duration_s, run),
        human_count(r->up_to, up_to), r->run.replications, r->run.replications == 1 ? "" : "s",
        (unsigned long long)r->run.seed);
    free(rate);
    free(whose);
    return text;
}

static char *factor_text(const struct headroom_limit *l)
{
    char number[HUMAN_SIZE];
    if (l->how == HEADROOM_ALREADY)
        return mem_strdup(l->price ? "passed" : "reached already");
    return text_format("%sx %s", l->how == HEADROOM_PROPORTION ? "about " : "",
                       human_count(l->factor, number));
}

/* The limit, or the change of price, that growth meets first; NULL: none was met in a simulation.
 */
static const struct headroom_limit *first_met(const struct headroom_result *r, bool price)
{
    for (size_t i = 0; i < r->limits; i++) {
        const struct headroom_limit *const l = &r->limit[i];
        if (l->price == price &&
            (l->how == HEADROOM_SIMULATED || (l->how == HEADROOM_ALREADY && !price)))
            return l;
    }
    return NULL;
}

static char *first_text(const struct headroom_result *r)
{
    const struct headroom_limit *const l = first_met(r, false);
    char number[HUMAN_SIZE];
    if (l == NULL)
        return text_format("No limit is reached up to x %s.", human_count(r->up_to, number));
    const char *const now = *l->now != '\0' ? "; now " : "";
    if (l->how == HEADROOM_ALREADY)
        return text_format("Reached by today's traffic: %s (%s%s%s)", l->what, l->entity, now,
                           l->now);
    return text_format("First: %s (%s%s%s), at x %s today's traffic%s%s", l->what, l->entity, now,
                       l->now, human_count(l->factor, number), *l->date != '\0' ? ", " : "",
                       l->date);
}

static void put_remedy(const struct page *page, const struct headroom_result *r)
{
    const struct headroom_limit *const l = first_met(r, false);
    if (l != NULL && *l->remedy != '\0')
        page_put(page, text_format("What helps: %s.", l->remedy));
}

/* A free tier that ends or a price tier stops nothing, so that it is never the first limit; but one
 * that comes before it is worth a sentence. */
static void put_price(const struct page *page, const struct headroom_result *r)
{
    const struct headroom_limit *const p = first_met(r, true), *const l = first_met(r, false);
    char number[HUMAN_SIZE];
    if (p == NULL || (l != NULL && (l->how == HEADROOM_ALREADY || l->factor < p->factor)))
        return;
    page_put(page,
             text_format("%s the price changes: %s (%s), at x %s%s%s; nothing is refused "
                         "there.",
                         l != NULL ? "Before that" : "On the way", p->what, p->entity,
                         human_count(p->factor, number), *p->date != '\0' ? ", " : "", p->date));
}

static void add_row(struct text_table *table, const struct headroom_result *r, size_t i)
{
    const struct headroom_limit *const l = &r->limit[i];
    char today[HUMAN_SIZE], number[HUMAN_SIZE];
    const enum text_style style = l->how == HEADROOM_ALREADY && !l->price ? STYLE_BAD
                                  : l == first_met(r, false)              ? STYLE_BOLD
                                                                          : STYLE_PLAIN;
    char *const what = human_clean(l->what), *const entity = human_clean(l->entity);
    char *const factor = factor_text(l);
    char *const all =
        isnan(l->all) ? mem_strdup("") : text_format("x %s", human_count(l->all, number));
    text_table_add(table, style, what);
    text_table_add(table, STYLE_PLAIN, entity);
    text_table_add(table, STYLE_PLAIN, human_percent(l->today, today));
    text_table_add(table, style, factor);
    text_table_add(table, STYLE_PLAIN, all);
    text_table_add(table, STYLE_PLAIN, l->date);
    free(all);
    free(factor);
    free(entity);
    free(what);
}

/* "scaling rate (6), retention (6)": what is not met, with how often it is there. */
static void put_not_met(const struct page *page, const struct headroom_result *r)
{
    char up_to[HUMAN_SIZE], *list = NULL;
    for (size_t i = 0; i < r->limits; i++) {
        const char *const what = r->limit[i].what;
        size_t first = 0, count = 0;
        while (r->limit[first].how != HEADROOM_NOT_MET || strcmp(r->limit[first].what, what) != 0)
            if (++first > i)
                break;
        for (size_t k = i; k < r->limits && first == i; k++)
            count += r->limit[k].how == HEADROOM_NOT_MET && strcmp(r->limit[k].what, what) == 0;
        if (count == 0)
            continue;
        char *const longer = text_format("%s%s%s (%zu)", list == NULL ? "" : list,
                                         list == NULL ? "" : ", ", what, count);
        free(list);
        list = longer;
    }
    if (list != NULL)
        page_put(page, text_format("Not reached up to x %s: %s; by entity in headroom.csv.",
                                   human_count(r->up_to, up_to), list));
    free(list);
}

static void put_page(const struct page *page, const struct headroom_result *r)
{
    static const struct text_column column[] = {
        {"limit", false, false},     {"of", false, false},        {"used today", true, true},
        {"reached at", true, false}, {"by all runs", true, true}, {"on", true, true}};
    struct text_table table;
    page_put_title(page, r->run.scenario_name);
    page_put(page, scope_text(r));
    output_text(page->output, page->markdown ? "" : "\n");
    page_put_verdict(page, STYLE_BOLD, first_text(r));
    put_remedy(page, r);
    put_price(page, r);
    output_text(page->output, page->markdown ? "" : "\n");
    text_table_init(&table, column, sizeof column / sizeof *column);
    for (size_t i = 0; i < r->limits; i++)
        if (r->limit[i].how != HEADROOM_NOT_MET)
            add_row(&table, r, i);
    page_put_table(page, &table);
    put_not_met(page, r);
    page_put(
        page,
        mem_strdup("reached at: where the first replication reaches it, simulated to 1 %; about: "
                   "not simulated, by the line through its loads at traffic that reaches "
                   "no limit, as though the others were raised"));
    if (r->run.replications == 1)
        page_put(page, mem_strdup(HUMAN_NO_INTERVAL ": how far others would differ is not known"));
    page_put_warnings(page, &r->run.notes);
}

void headroom_table_write(const struct headroom_result *result, struct output *output, bool color)
{
    put_page(&(struct page){output, false, color}, result);
}

void headroom_markdown_write(const struct headroom_result *result, struct output *output)
{
    put_page(&(struct page){output, true, false}, result);
}
