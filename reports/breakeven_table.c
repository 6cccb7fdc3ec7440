/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Break-even traffic for a reader, on a terminal or in Markdown: the same sentences and tables. */
#include "reports/breakeven_exporters.h"

#include "core/memory.h"
#include "reports/human.h"
#include "reports/page.h"
#include "support/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is said of one burstiness, baseline and purchase. */
struct place {
    const struct breakeven_result *result;
    double burstiness;
    size_t baseline, purchase;
};

static bool same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static bool varies_bursts(const struct breakeven_result *r)
{
    return r->burstinesses > 1 || !isnan(r->burstiness[0]);
}

static char *factor_text(double factor)
{
    char number[HUMAN_SIZE];
    return text_format("x %s", human_count(factor, number));
}

/* --- sentences ------------------------------------------------------------------------------ */

static char *scope_text(const struct breakeven_result *r)
{
    char low[HUMAN_SIZE], high[HUMAN_SIZE], run[HUMAN_SIZE];
    const struct breakeven_point *const last = &r->point[r->points - 1];
    char *const whose = *r->workload == '\0' ? mem_strdup("all traffic")
                                             : text_format("the traffic of %s", r->workload);
    char *const text = text_format(
        "%s as of %s; %s x %s to x %s%s; %s simulated, %zu replication%s; free tier applied: %s; "
        "seed %llu",
        r->run.region, r->run.as_of, whose, human_count(r->point[0].traffic, low),
        human_count(last->traffic, high), r->shards ? ", shards in proportion" : "",
        human_duration(r->run.duration_s, run), r->run.replications,
        r->run.replications == 1 ? "" : "s", r->run.free_tier ? "yes" : "no",
        (unsigned long long)r->run.seed);
    free(whose);
    return text;
}

static char *append(char *list, char *item)
{
    char *const longer = list == NULL ? text_format("%s", item) : text_format("%s, %s", list, item);
    free(list);
    free(item);
    return longer;
}

/* Where an option does not serve; `baseline` SIZE_MAX: Lambda. NULL: it serves all along. */
static char *failing_text(const struct breakeven_result *r, double burstiness, size_t baseline)
{
    char number[HUMAN_SIZE], *list = NULL;
    for (size_t i = 0; i < r->points; i++) {
        const struct breakeven_point *const p = &r->point[i];
        const bool serves = baseline == SIZE_MAX
                                ? p->lambda_serves
                                : !p->sample[baseline].there || p->sample[baseline].serves;
        if (p->scanned && same(p->burstiness, burstiness) && !serves)
            list = append(list, factor_text(p->traffic));
    }
    if (list == NULL)
        return NULL;
    char *const at = isnan(burstiness)
                         ? mem_strdup("")
                         : text_format(" (burstiness %s)", human_count(burstiness, number));
    char *const text =
        text_format("%s misses an objective or refuses work at %s%s: no crossing is looked for "
                    "there.",
                    baseline == SIZE_MAX ? "Lambda" : r->baseline[baseline].name, list, at);
    free(at);
    free(list);
    return text;
}

static void put_failing(const struct page *page, const struct breakeven_result *r)
{
    for (size_t i = 0; i < r->burstinesses; i++)
        for (size_t k = 0; k <= r->baselines; k++) {
            char *const text = failing_text(r, r->burstiness[i], k == 0 ? SIZE_MAX : k - 1);
            if (text != NULL)
                page_put(page, text);
        }
}

/* Of one baseline: what it cannot be bought by, then Lambda's plans, so that no term is read as the
 * other's. */
static char *unknown_text(const struct breakeven_baseline *b)
{
    char *servers = NULL, *lambda = NULL;
    size_t plans = 0;
    for (size_t i = 0; i < b->purchases; i++) {
        const struct breakeven_purchase *const p = &b->purchase[i];
        if (p->known)
            continue;
        if (strncmp(p->name, "savings-plan-", 13) == 0)
            plans++;
        else if (strcmp(p->lambda_name, "on-demand") == 0)
            servers = append(servers, mem_strdup(p->name));
        else
            lambda = append(lambda, mem_strdup(p->lambda_name));
    }
    if (plans > 0)
        servers = append(servers, text_format("%zu savings plans", plans));
    char *const text = text_format(
        "%s%s%s%s", servers == NULL ? "" : servers, servers == NULL || lambda == NULL ? "" : "; ",
        lambda == NULL ? "" : "of Lambda's savings plans ", lambda == NULL ? "" : lambda);
    free(servers);
    free(lambda);
    return text;
}

static void put_unknown(const struct page *page, const struct breakeven_result *r)
{
    for (size_t k = 0; k < r->baselines; k++) {
        const struct breakeven_baseline *const b = &r->baseline[k];
        char *const list = r->point[0].sample[k].there ? unknown_text(b) : mem_strdup("");
        if (*list != '\0')
            page_put(page, text_format("%s: prices that are not known: %s.", b->name, list));
        free(list);
    }
}

/* --- crossings ------------------------------------------------------------------------------ */

/* As many as tell the ends of the interval apart; three digits without one. */
static int decimals_of(const struct result_estimate *e)
{
    const double width = e->high - e->low;
    const double least = isfinite(width) && width > 0 ? width / 2 : e->mean / 100;
    const double decimals = ceil(-log10(least));
    return decimals < 0 ? 0 : decimals > 6 ? 6 : (int)decimals;
}

static char *interval_text(const struct result_estimate *e)
{
    char low[TEXT_NUMBER_SIZE], high[TEXT_NUMBER_SIZE];
    const int decimals = decimals_of(e);
    if (isnan(e->low))
        return mem_strdup("–");
    if (e->low == 0 && isinf(e->high))
        return mem_strdup("all of the curve");
    if (e->low == 0)
        return text_format("up to x %s", text_number(e->high, decimals, high));
    if (isinf(e->high))
        return text_format("from x %s on", text_number(e->low, decimals, low));
    return text_format("x %s to x %s", text_number(e->low, decimals, low),
                       text_number(e->high, decimals, high));
}

/* Why there is none. */
static const char *reason_text(const struct place *at)
{
    const struct breakeven_result *const r = at->result;
    size_t cheaper = 0, dearer = 0, failing = 0;
    for (size_t i = 0; i < r->points; i++) {
        const struct breakeven_point *const p = &r->point[i];
        const struct breakeven_sample *const sample = &p->sample[at->baseline];
        if (!same(p->burstiness, at->burstiness) || !sample->there)
            continue;
        if (!p->lambda_serves || !sample->serves)
            failing++;
        else
            *(sample->cost[at->purchase].difference_usd.mean > 0 ? &dearer : &cheaper) += 1;
    }
    return cheaper == 0 && dearer == 0 ? "never do both serve"
           : dearer == 0               ? (failing > 0 ? "Lambda is cheaper where both serve"
                                                      : "Lambda is cheaper all along")
           : cheaper == 0
               ? (failing > 0 ? "Lambda is dearer where both serve" : "Lambda is dearer all along")
               : "not where both serve";
}

static void add_place(struct text_table *table, const struct place *at)
{
    char number[HUMAN_SIZE];
    const struct breakeven_baseline *const b = &at->result->baseline[at->baseline];
    text_table_add(table, STYLE_PLAIN,
                   isnan(at->burstiness) ? "" : human_count(at->burstiness, number));
    char *const name = human_clean(b->name);
    text_table_add(table, STYLE_PLAIN, name);
    text_table_add(table, STYLE_PLAIN, b->purchase[at->purchase].name);
    text_table_add(table, STYLE_PLAIN, b->purchase[at->purchase].lambda_name);
    free(name);
}

static void add_crossing(struct text_table *table, const struct place *at,
                         const struct breakeven_crossing *c)
{
    char arrivals[TEXT_NUMBER_SIZE], usd[HUMAN_SIZE], number[TEXT_NUMBER_SIZE];
    char *const traffic =
        text_format("x %s", text_number(c->traffic.mean, decimals_of(&c->traffic), number));
    char *const interval = interval_text(&c->traffic);
    add_place(table, at);
    text_table_add(table, STYLE_BOLD, traffic);
    text_table_add(table, STYLE_PLAIN, interval);
    text_table_add(table, STYLE_PLAIN, text_number(c->arrivals, 0, arrivals));
    text_table_add(table, STYLE_PLAIN, human_usd(c->monthly_cost_usd, usd));
    char *const side =
        text_format("%s%s", c->lambda_dearer_above ? "below" : "above", c->jump ? "; a jump" : "");
    text_table_add(table, STYLE_PLAIN, side);
    free(side);
    free(interval);
    free(traffic);
}

static bool add_crossings(struct text_table *table, const struct place *at)
{
    const struct breakeven_result *const r = at->result;
    bool any = false, jump = false;
    for (size_t i = 0; i < r->crossings; i++) {
        const struct breakeven_crossing *const c = &r->crossing[i];
        if (!same(c->burstiness, at->burstiness) || c->baseline != at->baseline ||
            c->purchase != at->purchase)
            continue;
        add_crossing(table, at, c);
        any = true;
        jump = jump || c->jump;
    }
    if (any)
        return jump;
    add_place(table, at);
    text_table_add(table, STYLE_PLAIN, "none");
    text_table_add(table, STYLE_PLAIN, "");
    text_table_add(table, STYLE_PLAIN, "");
    text_table_add(table, STYLE_PLAIN, "");
    text_table_add(table, STYLE_PLAIN, reason_text(at));
    return false;
}

static void put_crossings(const struct page *page, const struct breakeven_result *r)
{
    static const struct text_column column[] = {
        {"burstiness", true, true},       {"baseline", false, false},
        {"paid", false, false},           {"Lambda", false, false},
        {"traffic", true, false},         {"95 % interval", true, true},
        {"arrivals a month", true, true}, {"a month", true, true},
        {"Lambda cheaper", false, false}};
    struct text_table table;
    bool jump = false;
    text_table_init(&table, column, sizeof column / sizeof *column);
    for (size_t i = 0; i < r->burstinesses; i++)
        for (size_t k = 0; k < r->baselines; k++)
            for (size_t j = 0; j < r->baseline[k].purchases; j++)
                if (r->baseline[k].purchase[j].known && r->point[0].sample[k].there)
                    jump |= add_crossings(&table, &(struct place){r, r->burstiness[i], k, j});
    page_put_heading(page, "Where Lambda and servers cost the same");
    page_put_table(page, &table);
    if (jump)
        page_put(page, mem_strdup("a jump: there the baseline takes another number of servers, and "
                                  "its cost jumps over Lambda's"));
}

/* --- the curve ------------------------------------------------------------------------------ */

#define NO_PRICE "*" /* before the cost of an option that does not serve all that comes */

static void add_option(struct text_table *table, const struct result_estimate *usd, bool serves)
{
    char *const amount = page_amount(usd, "USD", NAN);
    char *const text = text_format("%s%s", serves ? "" : NO_PRICE " ", amount);
    text_table_add(table, serves ? STYLE_PLAIN : STYLE_BAD, text);
    free(text);
    free(amount);
}

static void put_curve(const struct page *page, const struct breakeven_result *r)
{
    struct text_column *const column = mem_alloc(r->baselines + 3, sizeof *column);
    struct text_table table;
    column[0] = (struct text_column){"traffic", true, false};
    column[1] = (struct text_column){"arrivals a month", true, false};
    column[2] = (struct text_column){"Lambda", true, false};
    for (size_t k = 0; k < r->baselines; k++)
        column[k + 3] = (struct text_column){r->baseline[k].name, true, true};
    text_table_init(&table, column, r->baselines + 3);
    bool all_serve = true;
    for (size_t i = 0; i < r->points; i++) {
        const struct breakeven_point *const p = &r->point[i];
        char arrivals[TEXT_NUMBER_SIZE];
        if (!p->scanned)
            continue;
        char *const traffic = factor_text(p->traffic);
        text_table_add(&table, STYLE_PLAIN, traffic);
        text_table_add(&table, STYLE_PLAIN, text_number(p->arrivals, 0, arrivals));
        free(traffic);
        add_option(&table, &p->lambda_usd, p->lambda_serves);
        all_serve = all_serve && p->lambda_serves;
        for (size_t k = 0; k < r->baselines; k++)
            if (p->sample[k].there) {
                add_option(&table, &p->sample[k].cost[0].baseline_usd, p->sample[k].serves);
                all_serve = all_serve && p->sample[k].serves;
            } else
                text_table_add(&table, STYLE_PLAIN, "");
    }
    page_put_heading(page, "The curve: a month, servers on demand");
    page_put_table(page, &table);
    if (!all_serve)
        page_put(page, mem_strdup(NO_PRICE " misses an objective or refuses work: not the price of "
                                           "that traffic"));
    free(column);
}

/* --- pages ---------------------------------------------------------------------------------- */

static void put_page(const struct page *page, const struct breakeven_result *r)
{
    page_put_title(page, r->run.scenario_name);
    page_put(page, scope_text(r));
    for (size_t k = 0; k < r->baselines; k++)
        if (r->point[0].sample[k].there)
            page_put_item(page, text_format("%s: %s", r->baseline[k].name, r->baseline[k].note));
    output_text(page->output, "\n");
    put_crossings(page, r);
    put_failing(page, r);
    put_unknown(page, r);
    if (!varies_bursts(r)) {
        output_text(page->output, page->markdown ? "" : "\n");
        put_curve(page, r);
    }
    page_put(page,
             mem_strdup(r->run.replications > 1
                            ? "± is the 95 % interval; that of a crossing is where the paired "
                              "interval of the difference holds 0"
                            : HUMAN_NO_INTERVAL));
    page_put_warnings(page, &r->run.notes);
}

void breakeven_table_write(const struct breakeven_result *result, struct output *output, bool color)
{
    put_page(&(struct page){output, false, color}, result);
}

void breakeven_markdown_write(const struct breakeven_result *result, struct output *output)
{
    put_page(&(struct page){output, true, false}, result);
}
