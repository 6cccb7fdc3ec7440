/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/breakeven.h"

#include "core/memory.h"
#include "pricing/meters.h"
#include "studies/hidden.h"
#include "studies/jump.h"
#include "studies/study.h"
#include "support/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESOLUTION CURVE_RESOLUTION
#define PINCH 1.002       /* closer than that when around a zero */
#define BETWEEN_POINTS 60 /* looked at for crossings that hide each other, of a burstiness */

/* A way to pay: for the instances of a baseline, and for Lambda. */
struct deal {
    const char *purchase;
    double usd_per_hour; /* of an instance; NAN: not known */
    size_t plan;         /* that Lambda is under; SIZE_MAX: none */
};

struct tariff {
    struct deal *deal; /* on demand first */
    size_t deals;
};

/* Two neighbours on the curve between which the cheaper one changes. */
struct bracket {
    size_t baseline, purchase;
    struct curve_point *low, *high;
    bool slow;         /* the line did not halve it */
    struct jump *jump; /* of the number of servers between them; NULL: they are as many */
};

struct breakeven {
    const struct breakeven_request *request;
    struct curve curve;
    struct tariff *tariff; /* by baseline */
    struct bracket *bracket;
    size_t brackets, capacity;
    struct jump *jump;
    size_t jumps;
    struct diagnostics *notes;
    const struct breakeven_hooks *hooks;
    double best; /* where the first crossing seems to be; NAN: not known yet */
};

void breakeven_want(struct task_base *base, const struct scenario *scenario)
{
    curve_want(base, scenario);
}

static bool is_asked(const struct breakeven *b, size_t baseline)
{
    return b->request->option == NULL ||
           strcmp(b->request->option, b->request->scenario->baseline[baseline].name) == 0;
}

/* --- prices --------------------------------------------------------------------------------- */

static double hourly(const struct breakeven *b, enum meter meter, const char *detail)
{
    const struct scenario *const s = b->request->scenario;
    const struct price *const *tier;
    char *const sku = meter_sku(meter, detail, NULL);
    const size_t tiers = price_book_find(b->request->world->prices, meter_price_of(meter)->service,
                                         sku, s->region, s->as_of_day, &tier);
    free(sku);
    return tiers == 0 || tier[0]->unknown ? NAN : money_to_double(tier[0]->price);
}

static double price_of(const struct breakeven *b, const char *type, const char *purchase)
{
    const size_t prefix = strlen(SAVINGS_PLAN_PREFIX);
    const bool planned = strncmp(purchase, SAVINGS_PLAN_PREFIX, prefix) == 0;
    if (strcmp(purchase, "on-demand") == 0)
        return hourly(b, METER_EC2_INSTANCE_MS, type);
    char *const detail = text_format("%s:%s", type, purchase + (planned ? prefix : 0));
    const double usd = hourly(
        b, planned ? METER_EC2_SAVINGS_PLAN_INSTANCE_MS : METER_EC2_RESERVED_INSTANCE_MS, detail);
    free(detail);
    return usd;
}

static bool since(const struct breakeven *b, const char *key)
{
    return limits_or(b->request->world->limits, key, b->request->scenario->as_of_day, 0) > 0;
}

/* Lambda's Compute Savings Plan of the same term and payment; SIZE_MAX: there is none. */
static size_t plan_like(const struct breakeven *b, const char *purchase)
{
    static const char compute[] = SAVINGS_PLAN_PREFIX "compute-";
    const bool planned = strncmp(purchase, compute, sizeof compute - 1) == 0;
    for (size_t i = 0; i < b->curve.plans && since(b, "since.lambda_savings_plan"); i++)
        if (strcmp(b->curve.plan[i], purchase + (planned ? sizeof compute - 1 : 0)) == 0)
            return i;
    return SIZE_MAX;
}

/* Every purchase against Lambda on demand, and against Lambda under such a plan. */
static void find_tariff(struct breakeven *b, size_t baseline)
{
    const struct baseline_spec *const spec = &b->request->scenario->baseline[baseline];
    struct tariff *const t = &b->tariff[baseline];
    size_t purchases;
    char *const path = text_format("baselines.%s.purchase", spec->name);
    const char *const *const purchase = curve_choices(b->request->root, path, &purchases);
    free(path);
    t->deal = mem_alloc(2 * purchases, sizeof *t->deal);
    for (size_t i = 0; i < purchases; i++) {
        const bool plan =
            strncmp(purchase[i], SAVINGS_PLAN_PREFIX, strlen(SAVINGS_PLAN_PREFIX)) == 0;
        if (plan && !since(b, "since.savings_plan"))
            continue;
        const bool fargate = spec->task_cpu > 0;
        if (fargate && i > 0) /* the first is on demand */
            break;
        const double usd = fargate ? 0 : price_of(b, spec->instance_type, purchase[i]);
        const size_t like = plan_like(b, purchase[i]);
        t->deal[t->deals++] = (struct deal){purchase[i], usd, SIZE_MAX};
        if (like != SIZE_MAX && !isnan(usd))
            t->deal[t->deals++] = (struct deal){purchase[i], usd, like};
    }
}

/* Whether all its prices are known: Lambda's plans as the first point shows. */
static bool is_known(const struct breakeven *b, const struct deal *deal)
{
    const size_t n = b->request->replications;
    return !isnan(deal->usd_per_hour) &&
           (deal->plan == SIZE_MAX || !isinf(b->curve.point[0]->lambda.planned[deal->plan * n]));
}

/* USD a month of a sample if the instances that are always there were bought that way. */
static double cost_of(const struct breakeven *b, const struct curve_sample *sample, size_t baseline,
                      size_t purchase, unsigned replication)
{
    const struct scenario *const s = b->request->scenario;
    const struct baseline_spec *const spec = &s->baseline[baseline];
    const struct deal *const deal = b->tariff[baseline].deal;
    const double cost = sample->cost[replication], hours = sample->hours[replication];
    if (purchase == 0)
        return cost;
    const bool tracking = spec->sizing == FLEET_TARGET_TRACKING;
    const unsigned always = tracking           ? spec->min_size
                            : sample->size > 0 ? sample->size
                                               : spec->desired_capacity;
    const double bought = always * s->account.month_hours;
    const double others = tracking ? fmax(hours - bought, 0) : 0;
    return cost + bought * deal[purchase].usd_per_hour - (hours - others) * deal[0].usd_per_hour;
}

static struct estimate lambda_estimate(const struct breakeven *b, const struct curve_point *p,
                                       const struct deal *deal)
{
    const unsigned n = b->request->replications;
    double *const cost = mem_alloc(n, sizeof *cost);
    for (unsigned i = 0; i < n; i++)
        cost[i] = curve_lambda_cost(&b->curve, p, deal->plan, i);
    const struct estimate e = estimate_of(cost, n);
    free(cost);
    return e;
}

/* Lambda less the baseline: replication by replication. */
static struct estimate difference(const struct breakeven *b, const struct curve_point *p,
                                  size_t baseline, size_t purchase)
{
    const unsigned n = b->request->replications;
    double *const value = mem_alloc(n, sizeof *value);
    for (unsigned i = 0; i < n; i++)
        value[i] = curve_lambda_cost(&b->curve, p, b->tariff[baseline].deal[purchase].plan, i) -
                   cost_of(b, &p->baseline[baseline], baseline, purchase, i);
    const struct estimate e = estimate_of(value, n);
    free(value);
    return e;
}

/* --- crossings ------------------------------------------------------------------------------ */

static int compare_points(const void *a, const void *b)
{
    const struct curve_point *const x = *(struct curve_point *const *)a;
    const struct curve_point *const y = *(struct curve_point *const *)b;
    return (x->factor > y->factor) - (x->factor < y->factor);
}

/* The points of a burstiness by rising traffic, only those with the baseline unless it is SIZE_MAX;
 * `all`: those without the Lambda design, too. free() it. */
static struct curve_point **choose_points(const struct breakeven *b, double burstiness,
                                          size_t baseline, bool all, size_t *ret_count)
{
    const struct curve *const c = &b->curve;
    struct curve_point **const list = mem_alloc(c->points + 1, sizeof(struct curve_point *));
    size_t n = 0;
    for (size_t i = 0; i < c->points; i++) {
        struct curve_point *const p = c->point[i];
        if (curve_same(p->burstiness, burstiness) && (all || p->lambda.there) &&
            (baseline == SIZE_MAX || p->baseline[baseline].there))
            list[n++] = p;
    }
    qsort(list, n, sizeof *list, compare_points);
    *ret_count = n;
    return list;
}

static struct curve_point **points_of(const struct breakeven *b, double burstiness, size_t baseline,
                                      size_t *ret_count)
{
    return choose_points(b, burstiness, baseline, false, ret_count);
}

static struct curve_point **all_points_of(const struct breakeven *b, double burstiness,
                                          size_t baseline, size_t *ret_count)
{
    return choose_points(b, burstiness, baseline, true, ret_count);
}

static bool both_serve(const struct breakeven *b, const struct curve_point *p, size_t baseline)
{
    return p->baseline[baseline].serves && curve_lambda_serves(&b->curve, p);
}

/* A number that is short to read. */
static double rounded(double factor)
{
    char text[32];
    snprintf(text, sizeof text, "%.5g", factor);
    return strtod(text, NULL);
}

static double baseline_mean(const struct breakeven *b, const struct curve_point *p, size_t k,
                            size_t purchase)
{
    const unsigned n = b->request->replications;
    double sum = 0;
    for (unsigned i = 0; i < n; i++)
        sum += cost_of(b, &p->baseline[k], k, purchase, i);
    return sum / n;
}

static struct hidden_end end_of(const struct breakeven *b, const struct curve_point *p, size_t k,
                                size_t purchase)
{
    return (struct hidden_end){.traffic = p->factor,
                               .lambda_usd =
                                   lambda_estimate(b, p, &b->tariff[k].deal[purchase]).mean,
                               .baseline_usd = baseline_mean(b, p, k, purchase),
                               .size = p->baseline[k].size};
}

/* Where crossings may hide between neighbours, whichever way is paid; NAN: nowhere. */
static double look_next(const struct breakeven *b, const struct curve_point *low,
                        const struct curve_point *high, size_t k)
{
    const double middle = sqrt(low->factor * high->factor);
    double best = NAN;
    if (!both_serve(b, low, k) || !both_serve(b, high, k))
        return NAN;
    for (size_t j = 0; j < b->tariff[k].deals; j++) {
        if (!is_known(b, &b->tariff[k].deal[j]))
            continue;
        const struct hidden_end from = end_of(b, low, k, j), to = end_of(b, high, k, j);
        const double at = hidden_next(&from, &to, !b->request->traffic->shards);
        if (!isnan(at) && !(fabs(log(at / middle)) >= fabs(log(best / middle))))
            best = at;
    }
    return best;
}

/* Points where crossings may hide; their number, at most `most`. */
static size_t want_between(struct breakeven *b, double burstiness, size_t k, size_t most)
{
    size_t n, wanted = 0;
    struct curve_point **const p = all_points_of(b, burstiness, k, &n);
    for (size_t i = 0; i + 1 < n && wanted < most; i++) {
        const double between = look_next(b, p[i], p[i + 1], k);
        if (isnan(between))
            continue;
        struct curve_point *const at = curve_at(&b->curve, burstiness, rounded(between));
        at->baseline[k].wanted = true;
        at->lambda.wanted |= !curve_lambda_is_line(&b->curve, at);
        wanted++;
    }
    free(p);
    return wanted;
}

static void warn_hidden(struct breakeven *b, double burstiness, size_t k)
{
    size_t n;
    struct curve_point **const p = all_points_of(b, burstiness, k, &n);
    for (size_t i = 0; i + 1 < n; i++) {
        if (isnan(look_next(b, p[i], p[i + 1], k)))
            continue;
        diagnostics_warning(
            b->notes, NULL, 0,
            "baseline %s: between x %.5g and x %.5g there may be further crossings: "
            "its number of servers changes often there; ask for that part of the "
            "curve with --traffic",
            b->request->scenario->baseline[k].name, p[i]->factor, p[i + 1]->factor);
        break;
    }
    free(p);
}

static enum study_status look_between(struct breakeven *b, double burstiness,
                                      struct diagnostics *diagnostics)
{
    enum study_status status = STUDY_DONE;
    size_t left = BETWEEN_POINTS;
    for (size_t n = 1; n > 0 && status == STUDY_DONE; left -= n) {
        n = 0;
        for (size_t k = 0; k < b->request->scenario->baselines; k++)
            n += want_between(b, burstiness, k, left - n);
        if (n > 0)
            status = curve_run(&b->curve, diagnostics);
    }
    for (size_t k = 0; k < b->request->scenario->baselines && status == STUDY_DONE; k++)
        warn_hidden(b, burstiness, k);
    return status;
}

static void find_brackets(struct breakeven *b, double burstiness, size_t k, size_t purchase)
{
    size_t n;
    struct curve_point **const p = all_points_of(b, burstiness, k, &n);
    for (size_t i = 0; i + 1 < n; i++) {
        if (!both_serve(b, p[i], k) && !both_serve(b, p[i + 1], k))
            continue;
        const bool below = difference(b, p[i], k, purchase).mean > 0;
        const bool above = difference(b, p[i + 1], k, purchase).mean > 0;
        if (below == above)
            continue;
        b->bracket = mem_grow(b->bracket, &b->capacity, b->brackets, sizeof *b->bracket);
        b->bracket[b->brackets++] = (struct bracket){k, purchase, p[i], p[i + 1], false, NULL};
    }
    free(p);
}

static void find_all_brackets(struct breakeven *b)
{
    const struct breakeven_request *const r = b->request;
    b->brackets = 0;
    for (size_t i = 0; i < r->burstinesses; i++)
        for (size_t k = 0; k < r->scenario->baselines; k++)
            for (size_t j = 0; is_asked(b, k) && j < b->tariff[k].deals; j++)
                if (is_known(b, &b->tariff[k].deal[j]))
                    find_brackets(b, r->burstiness[i], k, j);
}

static bool holds_zero(struct estimate e)
{
    return e.low <= 0 && e.high >= 0;
}

static double zero_between(double x0, double y0, double x1, double y1)
{
    return y1 == y0 ? x0 : x0 + (x1 - x0) * -y0 / (y1 - y0);
}

/* Of the line between both ends. */
static double zero_of(const struct breakeven *b, const struct bracket *bracket)
{
    const struct curve_point *const low = bracket->low, *const high = bracket->high;
    return zero_between(low->factor, difference(b, low, bracket->baseline, bracket->purchase).mean,
                        high->factor,
                        difference(b, high, bracket->baseline, bracket->purchase).mean);
}

static bool all_serve(const struct breakeven *b, const struct bracket *bracket)
{
    const size_t k = bracket->baseline;
    return both_serve(b, bracket->low, k) && both_serve(b, bracket->high, k);
}

static bool as_many_serve(const struct bracket *bracket)
{
    const size_t k = bracket->baseline;
    return bracket->low->baseline[k].size == bracket->high->baseline[k].size;
}

/* Both serve at both ends, by as many servers: costs are nearly a line. */
static bool is_smooth(const struct breakeven *b, const struct bracket *bracket)
{
    return all_serve(b, bracket) && as_many_serve(bracket);
}

/* The crossing is a jump, whose place no cost tells, and is the same one however it is paid. */
static bool is_jump(const struct breakeven *b, const struct bracket *bracket)
{
    return all_serve(b, bracket) && !as_many_serve(bracket);
}

/* The difference at a neighbour of the bracket's ends, if it is of the same line as they are. */
static struct curve_place place_of(const struct breakeven *b, const struct bracket *bracket,
                                   const struct curve_point *p)
{
    const size_t k = bracket->baseline;
    if (!both_serve(b, p, k) || p->baseline[k].size != bracket->low->baseline[k].size)
        return (struct curve_place){NAN, NAN};
    return (struct curve_place){p->factor, difference(b, p, k, bracket->purchase).mean};
}

/* Its neighbours show that it does not bend so much that the zero would be elsewhere. Whole shards
 * make steps, and so do groups that scale: of them neighbours tell nothing. */
static bool is_line(const struct breakeven *b, const struct bracket *bracket)
{
    const struct breakeven_request *const r = b->request;
    struct curve_place place[4];
    size_t n, low = 0;
    if (r->traffic->shards ||
        r->scenario->baseline[bracket->baseline].sizing == FLEET_TARGET_TRACKING)
        return false;
    struct curve_point **const p =
        all_points_of(b, bracket->low->burstiness, bracket->baseline, &n);
    while (p[low] != bracket->low)
        low++;
    for (size_t i = 0; i < 4; i++)
        place[i] = low + i < 1 || low + i > n ? (struct curve_place){NAN, NAN}
                                              : place_of(b, bracket, p[low + i - 1]);
    free(p);
    const double slope = (place[2].y - place[1].y) / (place[2].x - place[1].x);
    return curve_off_line(place) <= fabs(slope) * (RESOLUTION - 1) * zero_of(b, bracket);
}

/* An end was simulated so close to the zero of the line that the line cannot be far off there, or
 * the line is known to be good. */
static bool is_near(const struct breakeven *b, const struct bracket *bracket)
{
    const double zero = zero_of(b, bracket);
    return is_smooth(b, bracket) &&
           (zero <= RESOLUTION * bracket->low->factor ||
            bracket->high->factor <= RESOLUTION * zero || is_line(b, bracket));
}

static bool is_open(const struct breakeven *b, const struct bracket *bracket)
{
    const size_t k = bracket->baseline;
    if (!both_serve(b, bracket->low, k) && !both_serve(b, bracket->high, k))
        return false; /* nor between them */
    if (is_near(b, bracket))
        return false;
    const struct estimate low = difference(b, bracket->low, bracket->baseline, bracket->purchase);
    const struct estimate high = difference(b, bracket->high, bracket->baseline, bracket->purchase);
    return bracket->high->factor > RESOLUTION * bracket->low->factor &&
           !(holds_zero(low) && holds_zero(high));
}

/* Where to look next: at the zero of the line between both ends or, where it may bend, close around
 * it; after that was not enough, and for a jump, in the middle. Their number. */
static size_t propose(const struct breakeven *b, const struct bracket *bracket, double ret[2])
{
    const double low = bracket->low->factor, high = bracket->high->factor;
    const double zero = zero_of(b, bracket);
    const bool smooth = is_smooth(b, bracket);
    const double around[] = {rounded(smooth ? zero : zero / PINCH), rounded(zero * PINCH)};
    size_t n = 0;
    const bool halve = bracket->slow || is_jump(b, bracket);
    for (size_t i = 0; i < (smooth ? 1 : 2) && !halve; i++)
        if (around[i] > low && around[i] < high)
            ret[n++] = around[i];
    if (n == 0)
        ret[n++] = rounded(sqrt(low * high));
    return n;
}

static void narrow(struct breakeven *b, struct bracket *bracket, struct curve_point *at)
{
    if (at->factor <= bracket->low->factor || at->factor >= bracket->high->factor)
        return;
    const bool below = difference(b, bracket->low, bracket->baseline, bracket->purchase).mean > 0;
    const bool here = difference(b, at, bracket->baseline, bracket->purchase).mean > 0;
    *(here == below ? &bracket->low : &bracket->high) = at;
}

/* By what was simulated for others. */
static void narrow_by_all(struct breakeven *b, struct bracket *bracket)
{
    size_t n;
    struct curve_point **const p =
        all_points_of(b, bracket->low->burstiness, bracket->baseline, &n);
    for (size_t i = 0; i < n; i++)
        narrow(b, bracket, p[i]);
    free(p);
}

static double width(const struct bracket *bracket)
{
    return log(bracket->high->factor / bracket->low->factor);
}

/* The points that a bracket is narrowed by. */
struct proposal {
    struct curve_point *at[2];
    size_t count;
};

/* All brackets together, so that they share points and threads have enough to do. */
static bool propose_all(struct breakeven *b, struct proposal *proposal)
{
    bool any = false;
    b->best = b->brackets > 0 ? zero_of(b, &b->bracket[0]) : NAN;
    for (size_t i = 0; i < b->brackets; i++) {
        struct bracket *const bracket = &b->bracket[i];
        double factor[2];
        narrow_by_all(b, bracket);
        proposal[i].count = is_open(b, bracket) ? propose(b, bracket, factor) : 0;
        for (size_t k = 0; k < proposal[i].count; k++) {
            struct curve_point *const at = curve_at(&b->curve, bracket->low->burstiness, factor[k]);
            at->lambda.wanted |= is_smooth(b, bracket) || !curve_lambda_is_line(&b->curve, at);
            at->baseline[bracket->baseline].wanted = true;
            proposal[i].at[k] = at;
            any = true;
        }
    }
    return any;
}

static enum study_status bisect(struct breakeven *b, struct diagnostics *diagnostics)
{
    enum study_status status = STUDY_DONE;
    struct proposal *const proposal = mem_alloc(b->brackets, sizeof *proposal);
    while (status == STUDY_DONE && propose_all(b, proposal)) {
        status = curve_run(&b->curve, diagnostics);
        for (size_t i = 0; i < b->brackets && status == STUDY_DONE; i++) {
            struct bracket *const bracket = &b->bracket[i];
            const double before = width(bracket);
            for (size_t k = 0; k < proposal[i].count; k++)
                narrow(b, bracket, proposal[i].at[k]);
            bracket->slow = !bracket->slow && width(bracket) > before / 2;
        }
    }
    free(proposal);
    return status;
}

/* Whether Lambda's cost at all ends is a run's; it is wanted there. */
static bool ends_are_there(struct breakeven *b)
{
    bool all_there = true;
    for (size_t i = 0; i < b->brackets; i++) {
        struct curve_point *const end[] = {b->bracket[i].low, b->bracket[i].high};
        for (size_t k = 0; k < 2; k++) {
            end[k]->lambda.wanted = true;
            all_there = all_there && end[k]->lambda.there;
        }
    }
    return all_there;
}

/* Crossings by Lambda's line first; where they seem to be it runs, until all are between runs. */
static enum study_status find_crossings(struct breakeven *b, struct diagnostics *diagnostics)
{
    for (;;) {
        find_all_brackets(b);
        enum study_status status = bisect(b, diagnostics);
        if (status == STUDY_DONE && ends_are_there(b))
            return STUDY_DONE;
        if (status == STUDY_DONE)
            status = curve_run(&b->curve, diagnostics);
        if (status != STUDY_DONE)
            return status;
    }
}

/* Rising through 0, whichever is dearer above. */
static struct estimate rising(const struct breakeven *b, const struct bracket *bracket,
                              const struct curve_point *p)
{
    const struct estimate e = difference(b, p, bracket->baseline, bracket->purchase);
    const bool up = difference(b, bracket->high, bracket->baseline, bracket->purchase).mean > 0;
    return up ? e : (struct estimate){-e.mean, -e.high, -e.low, e.half_width, e.count};
}

/* Where the interval of the difference begins and ends to hold 0, around the bracket. */
static void find_interval(const struct breakeven *b, const struct bracket *bracket, double *ret_low,
                          double *ret_high)
{
    size_t n, low = 0;
    struct curve_point **const p = points_of(b, bracket->low->burstiness, bracket->baseline, &n);
    *ret_low = *ret_high = NAN;
    if (b->request->replications > 1) {
        *ret_low = 0;
        *ret_high = INFINITY;
        while (p[low] != bracket->low)
            low++;
        for (size_t i = low + 1; i-- > 0;) {
            const struct estimate e = rising(b, bracket, p[i]), next = rising(b, bracket, p[i + 1]);
            if (e.high >= 0)
                continue;
            *ret_low = zero_between(p[i]->factor, e.high, p[i + 1]->factor, next.high);
            break;
        }
        for (size_t i = low + 1; i < n; i++) {
            const struct estimate e = rising(b, bracket, p[i]), last = rising(b, bracket, p[i - 1]);
            if (e.low <= 0)
                continue;
            *ret_high = zero_between(p[i - 1]->factor, last.low, p[i]->factor, e.low);
            break;
        }
    }
    free(p);
}

/* One for all brackets around the same change of size, however it is paid. */
static struct jump *jump_of(struct breakeven *b, const struct bracket *bracket)
{
    const struct curve_point *const low = bracket->low, *const high = bracket->high;
    const size_t k = bracket->baseline;
    const struct breakeven_request *const r = b->request;
    for (size_t i = 0; i < b->jumps; i++)
        if (b->jump[i].baseline == k && b->jump[i].size == low->baseline[k].size &&
            curve_same(b->jump[i].burstiness, low->burstiness))
            return &b->jump[i];
    struct jump *const jump = &b->jump[b->jumps++];
    *jump = (struct jump){.burstiness = low->burstiness,
                          .baseline = k,
                          .size = low->baseline[k].size,
                          .below = low->factor,
                          .above = high->factor,
                          .least = r->factor[0],
                          .most = r->factor[r->factors - 1]};
    return jump;
}

static enum study_status find_jumps(struct breakeven *b, struct diagnostics *diagnostics)
{
    b->jump = mem_alloc(b->brackets, sizeof *b->jump);
    for (size_t i = 0; i < b->brackets; i++) {
        struct bracket *const bracket = &b->bracket[i];
        if (is_jump(b, bracket))
            bracket->jump = jump_of(b, bracket);
    }
    return b->request->replications > 1
               ? jumps_look_around(&b->curve, b->jump, b->jumps, diagnostics)
               : STUDY_DONE;
}

/* --- the result ----------------------------------------------------------------------------- */

static struct result_estimate reported(struct estimate e)
{
    return (struct result_estimate){e.mean, e.low, e.high, e.count};
}

static void put_crossing(struct breakeven_result *ret, const struct breakeven *b,
                         const struct bracket *bracket)
{
    const struct curve_point *const low = bracket->low, *const high = bracket->high;
    const size_t k = bracket->baseline;
    const double below = rising(b, bracket, low).mean, above = rising(b, bracket, high).mean;
    const double at = zero_between(low->factor, below, high->factor, above);
    const double part = (at - low->factor) / (high->factor - low->factor);
    const struct deal *const deal = &b->tariff[k].deal[bracket->purchase];
    const double cost = lambda_estimate(b, low, deal).mean;
    struct breakeven_crossing *const c = &ret->crossing[ret->crossings++];
    *c = (struct breakeven_crossing){
        .burstiness = low->burstiness,
        .baseline = k,
        .purchase = bracket->purchase,
        .traffic = {at, NAN, NAN, b->request->replications},
        .arrivals = low->arrivals + part * (high->arrivals - low->arrivals),
        .monthly_cost_usd = cost + part * (lambda_estimate(b, high, deal).mean - cost),
        .lambda_dearer_above = difference(b, high, k, bracket->purchase).mean > 0,
        .jump = bracket->jump != NULL};
    if (bracket->jump == NULL || b->request->replications == 1) {
        find_interval(b, bracket, &c->traffic.low, &c->traffic.high);
    } else {
        c->traffic.low = bracket->jump->low;
        c->traffic.high = bracket->jump->high;
    }
}

static void put_sample(struct breakeven_sample *ret, const struct breakeven *b,
                       const struct curve_point *p, size_t k)
{
    const struct tariff *const t = &b->tariff[k];
    const struct curve_sample *const sample = &p->baseline[k];
    const unsigned n = b->request->replications;
    if (!sample->there)
        return;
    *ret = (struct breakeven_sample){.there = true,
                                     .serves = sample->serves,
                                     .instances = sample->instances,
                                     .cost = mem_alloc(t->deals, sizeof *ret->cost)};
    double *const cost = mem_alloc(n, sizeof *cost);
    for (size_t i = 0; i < t->deals; i++) {
        if (!is_known(b, &t->deal[i]))
            continue;
        for (unsigned r = 0; r < n; r++)
            cost[r] = cost_of(b, sample, k, i, r);
        ret->cost[i] = (struct breakeven_cost){reported(lambda_estimate(b, p, &t->deal[i])),
                                               reported(estimate_of(cost, n)),
                                               reported(difference(b, p, k, i))};
    }
    free(cost);
}

static void put_points(struct breakeven_result *ret, const struct breakeven *b, double burstiness)
{
    size_t n;
    struct curve_point **const p = points_of(b, burstiness, SIZE_MAX, &n);
    for (size_t i = 0; i < n; i++) {
        struct breakeven_point *const point = &ret->point[ret->points++];
        *point = (struct breakeven_point){
            .burstiness = burstiness,
            .traffic = p[i]->factor,
            .arrivals = p[i]->arrivals,
            .scanned = p[i]->scanned,
            .lambda_usd = reported(estimate_of(p[i]->lambda.cost, b->request->replications)),
            .lambda_serves = p[i]->lambda.serves,
            .sample = mem_alloc(ret->baselines, sizeof *point->sample)};
        for (size_t k = 0; k < ret->baselines; k++)
            put_sample(&point->sample[k], b, p[i], k);
    }
    free(p);
}

static char *note_of(const struct baseline_spec *s)
{
    switch (s->sizing) {
    case FLEET_FIXED:
        return text_format("always %u x %s", s->desired_capacity, s->instance_type);
    case FLEET_SMALLEST:
        return text_format("the fewest %s that serve, fixed", s->instance_type);
    case FLEET_TARGET_TRACKING:
        break;
    }
    return text_format("%u to %u x %s, target tracking %g %% CPU", s->min_size, s->max_size,
                       s->instance_type, s->target_cpu_utilization);
}

static void describe(struct breakeven_result *ret, const struct breakeven *b)
{
    const struct breakeven_request *const r = b->request;
    const char *const workload = r->traffic->workload;
    study_describe(&ret->run, r->scenario, r->world);
    ret->run.replications = r->replications;
    ret->workload = mem_strdup(workload == NULL ? "" : workload);
    ret->shards = r->traffic->shards;
    ret->burstiness = mem_alloc(r->burstinesses, sizeof *ret->burstiness);
    for (size_t i = 0; i < r->burstinesses; i++)
        ret->burstiness[ret->burstinesses++] = r->burstiness[i];
    ret->baseline = mem_alloc(r->scenario->baselines, sizeof *ret->baseline);
    for (size_t k = 0; k < r->scenario->baselines; k++) {
        const struct tariff *const t = &b->tariff[k];
        struct breakeven_baseline *const baseline = &ret->baseline[ret->baselines++];
        *baseline = (struct breakeven_baseline){
            .name = mem_strdup(r->scenario->baseline[k].name),
            .note = note_of(&r->scenario->baseline[k]),
            .purchase = mem_alloc(t->deals, sizeof *baseline->purchase)};
        for (size_t i = 0; i < t->deals; i++) {
            const struct deal *const d = &t->deal[i];
            baseline->purchase[baseline->purchases++] = (struct breakeven_purchase){
                mem_strdup(d->purchase),
                mem_strdup(d->plan == SIZE_MAX ? "on-demand" : b->curve.plan[d->plan]),
                is_known(b, d)};
        }
    }
}

static void conclude(struct breakeven_result *ret, const struct breakeven *b)
{
    ret->point = mem_alloc(b->curve.points, sizeof *ret->point);
    for (size_t i = 0; i < b->request->burstinesses; i++)
        put_points(ret, b, b->request->burstiness[i]);
    ret->crossing = mem_alloc(b->brackets, sizeof *ret->crossing);
    for (size_t i = 0; i < b->brackets; i++)
        if (all_serve(b, &b->bracket[i]))
            put_crossing(ret, b, &b->bracket[i]);
}

/* --- the whole ------------------------------------------------------------------------------ */

static enum study_status scan(struct breakeven *b, struct diagnostics *diagnostics)
{
    const struct breakeven_request *const r = b->request;
    for (size_t i = 0; i < r->burstinesses; i++)
        for (size_t j = 0; j < r->factors; j++) {
            struct curve_point *const p = curve_at(&b->curve, r->burstiness[i], r->factor[j]);
            p->scanned = p->lambda.wanted = true;
            for (size_t k = 0; k < r->scenario->baselines; k++)
                p->baseline[k].wanted = is_asked(b, k);
        }
    return curve_run(&b->curve, diagnostics);
}

static bool keep_on(void *context, const struct executor_progress *progress)
{
    const struct breakeven *const b = context;
    return b->hooks->keep_on == NULL || b->hooks->keep_on(b->hooks->context, progress, b->best);
}

enum study_status breakeven_run(struct breakeven_result *ret, struct executor *executor,
                                const struct breakeven_request *request,
                                const struct breakeven_hooks *hooks,
                                struct diagnostics *diagnostics)
{
    const size_t baselines = request->scenario->baselines;
    struct breakeven b = {.request = request,
                          .tariff = mem_alloc(baselines, sizeof *b.tariff),
                          .notes = &ret->run.notes,
                          .hooks = hooks,
                          .best = NAN};
    const struct trials_hooks watched = {.keep_on = keep_on, .context = &b};
    *ret = (struct breakeven_result){0};
    diagnostics_init(&ret->run.notes);
    curve_init(&b.curve, executor, request, &watched);
    for (size_t k = 0; k < baselines; k++)
        find_tariff(&b, k);
    enum study_status status = scan(&b, diagnostics);
    for (size_t i = 0; i < request->burstinesses && status == STUDY_DONE; i++)
        status = look_between(&b, request->burstiness[i], diagnostics);
    if (status == STUDY_DONE)
        status = find_crossings(&b, diagnostics);
    if (status == STUDY_DONE)
        status = find_jumps(&b, diagnostics);
    if (status == STUDY_DONE) {
        describe(ret, &b);
        conclude(ret, &b);
    }
    for (size_t k = 0; k < baselines; k++)
        free(b.tariff[k].deal);
    free(b.tariff);
    free(b.bracket);
    free(b.jump);
    curve_finish(&b.curve);
    return status;
}
