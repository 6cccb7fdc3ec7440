/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/result_reader.h"

#include "core/memory.h"
#include "engine/charts.h"
#include "scenario/json.h"
#include "support/csv.h"
#include "support/date.h"
#include "support/text.h"

#include <lambdaplan/money.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DECIMALS_MAX 15 /* bill_format_quantity's */
#define MONTHS_MAX 1200 /* of a bill */
#define MONTH_DAYS (730 / 24.0)
#define DIGITS_MAX 37 /* of a quantity: 10^37 is in an int128 */

struct reading {
    struct result *result;
    const char *path; /* of the file that is read */
    struct diagnostics *diagnostics;
};

static const char *const not_ours =
    "the file is not one that this version of lambdaplan wrote, or not whole";

/* --- members of run.json: each reports what is wrong and yields something harmless ------------ */

static const cJSON *complain(const struct reading *r, const cJSON *object, const char *name,
                             const char *what)
{
    diagnostics_error(r->diagnostics, r->path, json_line(object), "`%s` is missing or no %s; %s",
                      name, what, not_ours);
    return NULL;
}

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const char *text_of(const struct reading *r, const cJSON *object, const char *name)
{
    const cJSON *const item = member(object, name);
    if (cJSON_IsString(item))
        return item->valuestring;
    complain(r, object, name, "text");
    return "";
}

static char *text(const struct reading *r, const cJSON *object, const char *name)
{
    return mem_strdup(text_of(r, object, name));
}

/* Text that a bill line does not own. */
static const char *keep(struct result *result, const char *text)
{
    result->kept = mem_resize(result->kept, result->kepts + 1, sizeof *result->kept);
    result->kept[result->kepts++] = mem_strdup(text);
    return result->kept[result->kepts - 1];
}

static const char *kept_text(const struct reading *r, const cJSON *object, const char *name)
{
    return keep(r->result, text_of(r, object, name));
}

/* null is NAN: never observed. */
static double number(const struct reading *r, const cJSON *object, const char *name)
{
    const cJSON *const item = member(object, name);
    if (cJSON_IsNumber(item))
        return item->valuedouble;
    if (!cJSON_IsNull(item))
        complain(r, object, name, "number");
    return NAN;
}

static uint64_t whole(const struct reading *r, const cJSON *object, const char *name)
{
    const cJSON *const item = member(object, name);
    if (cJSON_IsNumber(item) && item->valuedouble >= 0 && item->valuedouble <= 9007199254740992.0 &&
        item->valuedouble == floor(item->valuedouble))
        return (uint64_t)item->valuedouble;
    complain(r, object, name, "whole number");
    return 0;
}

static bool flag(const struct reading *r, const cJSON *object, const char *name)
{
    const cJSON *const item = member(object, name);
    if (!cJSON_IsBool(item))
        complain(r, object, name, "true or false");
    return cJSON_IsTrue(item);
}

static money_pusd money(const struct reading *r, const cJSON *object, const char *name)
{
    money_pusd amount = 0;
    const cJSON *const item = member(object, name);
    if (!cJSON_IsString(item) || !money_parse(item->valuestring, &amount))
        complain(r, object, name, "amount in USD");
    return amount;
}

/* An estimate in USD: a number as text, or null. */
static double usd(const struct reading *r, const cJSON *object, const char *name)
{
    double amount = NAN;
    const cJSON *const item = member(object, name);
    if (!cJSON_IsNull(item) &&
        (!cJSON_IsString(item) || !csv_to_double(item->valuestring, &amount)))
        complain(r, object, name, "amount in USD");
    return amount;
}

static const cJSON *list(const struct reading *r, const cJSON *object, const char *name)
{
    const cJSON *const item = member(object, name);
    return cJSON_IsArray(item) ? item : complain(r, object, name, "list");
}

static struct result_estimate estimate(const struct reading *r, const cJSON *object)
{
    return (struct result_estimate){number(r, object, "mean"), number(r, object, "ci95_low"),
                                    number(r, object, "ci95_high"),
                                    whole(r, object, "replications")};
}

static struct result_estimate estimate_at(const struct reading *r, const cJSON *object,
                                          const char *name)
{
    const cJSON *const item = member(object, name);
    if (cJSON_IsObject(item))
        return estimate(r, item);
    complain(r, object, name, "estimate");
    return (struct result_estimate){NAN, NAN, NAN, 0};
}

/* Decimal digits with at most 15 behind the point: a quantity in units of 1 / *ret_per_unit. */
static bool parse_quantity(const char *digits, usage_quantity *ret, int64_t *ret_per_unit)
{
    const size_t before = strspn(digits, "0123456789");
    const char *const point = digits + before;
    const size_t behind = *point == '.' ? strspn(point + 1, "0123456789") : 0;
    if (before == 0 || before + behind > DIGITS_MAX || behind > DECIMALS_MAX ||
        (*point == '.' && behind == 0) || point[behind + (*point == '.')] != '\0')
        return false;
    *ret = 0;
    *ret_per_unit = 1;
    for (const char *c = digits; *c != '\0'; c++)
        if (*c != '.')
            *ret = *ret * 10 + (*c - '0');
    for (size_t i = 0; i < behind; i++)
        *ret_per_unit *= 10;
    return true;
}

/* Both quantities in the finer one's unit. */
static void read_quantities(const struct reading *r, const cJSON *object, struct bill_line *ret)
{
    int64_t free_per_unit = 1;
    ret->per_unit = 1;
    if (!parse_quantity(text_of(r, object, "quantity"), &ret->quantity, &ret->per_unit))
        complain(r, object, "quantity", "quantity");
    if (!parse_quantity(text_of(r, object, "free_quantity"), &ret->free_quantity, &free_per_unit))
        complain(r, object, "free_quantity", "quantity");
    usage_quantity *const coarse =
        free_per_unit < ret->per_unit ? &ret->free_quantity : &ret->quantity;
    const int64_t factor = free_per_unit < ret->per_unit ? ret->per_unit / free_per_unit
                                                         : free_per_unit / ret->per_unit;
    if (__builtin_mul_overflow(*coarse, (usage_quantity)factor, coarse))
        complain(r, object, "quantity", "quantity");
    ret->per_unit = free_per_unit > ret->per_unit ? free_per_unit : ret->per_unit;
}

static void read_line(const struct reading *r, const cJSON *object, struct result_option *option)
{
    struct bill *const bill = &option->bill;
    bill->line = mem_grow(bill->line, &bill->capacity, bill->count, sizeof *bill->line);
    struct bill_line *const line = &bill->line[bill->count];
    *line = (struct bill_line){.entity = text(r, object, "entity"),
                               .detail = mem_strdup(""),
                               .service = kept_text(r, object, "service"),
                               .sku = kept_text(r, object, "sku"),
                               .region = kept_text(r, object, "region"),
                               .unit = kept_text(r, object, "unit"),
                               .effective_from = kept_text(r, object, "price_effective_from"),
                               .unit_price = money(r, object, "unit_price_usd"),
                               .tier_from = (int64_t)whole(r, object, "tier_from"),
                               .cost = money(r, object, "cost_usd")};
    read_quantities(r, object, line);
    option->common = mem_resize(option->common, bill->count + 1, sizeof *option->common);
    option->common[bill->count++] = flag(r, object, "common");
    bill->total += line->cost;
}

static void read_objective(const struct reading *r, const cJSON *object,
                           struct result_objective *ret)
{
    const bool at_most = member(object, "at_most") != NULL;
    *ret = (struct result_objective){.text = text(r, object, "text"),
                                     .metric = text(r, object, "metric"),
                                     .unit = text(r, object, "unit"),
                                     .at_most = at_most,
                                     .bound = number(r, object, at_most ? "at_most" : "at_least"),
                                     .value = estimate(r, object),
                                     .known = flag(r, object, "known"),
                                     .met = flag(r, object, "met"),
                                     .sure = flag(r, object, "sure")};
    if (cJSON_IsTrue(member(object, "unfinished"))) /* JSON has no infinity */
        ret->value.high = INFINITY;
}

static void read_option(const struct reading *r, const cJSON *object, struct result_option *ret)
{
    const char *const kind = text_of(r, object, "kind");
    ret->kind = strcmp(kind, "ec2") == 0       ? "ec2"
                : strcmp(kind, "fargate") == 0 ? "fargate"
                                               : "lambda";
    if (strcmp(kind, ret->kind) != 0)
        complain(r, object, "kind", "kind of option");
    ret->name = text(r, object, "name");
    ret->note = text(r, object, "note");
    const cJSON *const bill = list(r, object, "bill");
    for (const cJSON *line = bill != NULL ? bill->child : NULL; line != NULL; line = line->next)
        read_line(r, line, ret);
    if (ret->bill.total != money(r, object, "monthly_cost_usd"))
        diagnostics_error(r->diagnostics, r->path, json_line(object),
                          "`monthly_cost_usd` is not the sum of the bill's lines; %s", not_ours);
    ret->monthly_cost_usd = (struct result_estimate){
        money_to_double(ret->bill.total), usd(r, object, "monthly_cost_usd_ci95_low"),
        usd(r, object, "monthly_cost_usd_ci95_high"), r->result->replications};
    ret->relative_cost = number(r, object, "relative_cost");
    ret->latency_ms_p50 = estimate_at(r, object, "latency_ms_p50");
    ret->latency_ms_p95 = estimate_at(r, object, "latency_ms_p95");
    ret->latency_ms_p99 = estimate_at(r, object, "latency_ms_p99");
    ret->lost = estimate_at(r, object, "lost");
    ret->utilization = estimate_at(r, object, "utilization");
    ret->meets_objectives = flag(r, object, "meets_objectives");
    const cJSON *const objectives = list(r, object, "objectives");
    ret->objective = mem_alloc((size_t)cJSON_GetArraySize(objectives), sizeof *ret->objective);
    for (const cJSON *o = objectives != NULL ? objectives->child : NULL; o != NULL; o = o->next)
        read_objective(r, o, &ret->objective[ret->objectives++]);
}

static enum result_alarm_state state_of(const struct reading *r, const cJSON *object)
{
    static const char *const states[] = {[RESULT_ALARM_INSUFFICIENT_DATA] = "INSUFFICIENT_DATA",
                                         [RESULT_ALARM_OK] = "OK",
                                         [RESULT_ALARM_ALARM] = "ALARM"};
    const char *const state = text_of(r, object, "state");
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (strcmp(states[i], state) == 0)
            return (enum result_alarm_state)i;
    complain(r, object, "state", "state of an alarm");
    return RESULT_ALARM_INSUFFICIENT_DATA;
}

static void read_alarm(const struct reading *r, const cJSON *object, struct result_alarm *ret)
{
    enum result_alarm_state before = RESULT_ALARM_INSUFFICIENT_DATA;
    const cJSON *const changes = list(r, object, "changes");
    *ret = (struct result_alarm){.name = text(r, object, "name"),
                                 .text = text(r, object, "rule"),
                                 .fired = whole(r, object, "fired"),
                                 .alarm_s = number(r, object, "alarm_s"),
                                 .last = state_of(r, object)};
    ret->change = mem_alloc((size_t)cJSON_GetArraySize(changes), sizeof *ret->change);
    for (const cJSON *c = changes != NULL ? changes->child : NULL; c != NULL; c = c->next) {
        struct result_alarm_change *const change = &ret->change[ret->changes++];
        *change = (struct result_alarm_change){number(r, c, "time_s"), before, state_of(r, c),
                                               number(r, c, "value")};
        before = change->to;
    }
    ret->all = ret->changes + whole(r, object, "changes_not_listed");
}

static void read_limits(const struct reading *r, const cJSON *root)
{
    const cJSON *const limits = member(root, "limits");
    char *lines = mem_strdup("");
    if (!cJSON_IsObject(limits))
        complain(r, root, "limits", "object");
    for (const cJSON *item = limits != NULL ? limits->child : NULL; item != NULL;
         item = item->next) {
        char *const longer = text_format("%s%s=%s\n", lines, item->string,
                                         cJSON_IsString(item) ? item->valuestring : "");
        free(lines);
        lines = longer;
    }
    r->result->limits = lines;
}

static void read_run(const struct reading *r, const cJSON *root)
{
    struct result *const ret = r->result;
    int32_t day;
    ret->scenario_path = mem_strdup(r->path);
    ret->scenario_name = text(r, root, "name");
    ret->description = mem_strdup("");
    ret->region = text(r, root, "region");
    ret->price_book = text(r, root, "price_book");
    const cJSON *const scenario = member(root, "scenario");
    if (!cJSON_IsObject(scenario))
        complain(r, root, "scenario", "object");
    ret->scenario_json = scenario != NULL ? json_canonical(scenario) : mem_strdup("{}");
    snprintf(ret->scenario_sha256, sizeof ret->scenario_sha256, "%s",
             text_of(r, root, "scenario_sha256"));
    snprintf(ret->as_of, sizeof ret->as_of, "%s", text_of(r, root, "as_of"));
    if (!date_parse(ret->as_of, &day))
        complain(r, root, "as_of", "date");
    read_limits(r, root);
    ret->seed = whole(r, root, "seed");
    ret->replications = whole(r, root, "replications");
    ret->duration_s = number(r, root, "duration_s");
    ret->warm_up_s = number(r, root, "warm_up_s");
    ret->month_hours = number(r, root, "month_hours");
    ret->free_tier = flag(r, root, "free_tier");
    ret->events = whole(r, root, "events");
    ret->invocations = whole(r, root, "invocations");
    ret->wall_time_s = number(r, root, "wall_time_s");
    const cJSON *const warnings = list(r, root, "warnings"), *const facts = list(r, root, "facts");
    for (const cJSON *w = warnings != NULL ? warnings->child : NULL; w != NULL; w = w->next)
        if (cJSON_IsString(w))
            diagnostics_warning(&ret->notes, NULL, 0, "%s", w->valuestring);
    ret->fact = mem_alloc((size_t)cJSON_GetArraySize(facts), sizeof *ret->fact);
    for (const cJSON *f = facts != NULL ? facts->child : NULL; f != NULL; f = f->next)
        ret->fact[ret->facts++] = mem_strdup(cJSON_IsString(f) ? f->valuestring : "");
    const cJSON *const alarms = list(r, root, "alarms");
    ret->alarm = mem_alloc((size_t)cJSON_GetArraySize(alarms), sizeof *ret->alarm);
    for (const cJSON *a = alarms != NULL ? alarms->child : NULL; a != NULL; a = a->next)
        read_alarm(r, a, &ret->alarm[ret->alarms++]);
    const cJSON *const options = list(r, root, "options");
    if (options != NULL && cJSON_GetArraySize(options) == 0)
        complain(r, root, "options", "list with the Lambda design");
    ret->option = mem_alloc((size_t)cJSON_GetArraySize(options), sizeof *ret->option);
    for (const cJSON *o = options != NULL ? options->child : NULL; o != NULL; o = o->next)
        read_option(r, o, &ret->option[ret->options++]);
}

/* --- summary.csv ------------------------------------------------------------------------------ */

/* What a baseline measures belongs to "baseline:NAME". */
static struct result_option *option_of(struct result *result, const char *entity)
{
    for (size_t i = 1; i < result->options && strncmp(entity, "baseline:", 9) == 0; i++)
        if (strcmp(entity + 9, result->option[i].name) == 0)
            return &result->option[i];
    return &result->option[0];
}

static double field_number(const struct reading *r, const char *field, long line)
{
    double value = NAN;
    if (*field != '\0' && !csv_to_double(field, &value))
        diagnostics_error(r->diagnostics, r->path, line, "\"%.40s\" is not a number; %s", field,
                          not_ours);
    return value;
}

static bool find_columns(const struct reading *r, const struct csv_reader *csv,
                         const char *const *name, size_t count, long *ret)
{
    for (size_t i = 0; i < count; i++) {
        ret[i] = csv_find_column(csv, name[i]);
        if (ret[i] >= 0)
            continue;
        diagnostics_error(r->diagnostics, r->path, 1, "there is no column %s; %s", name[i],
                          not_ours);
        return false;
    }
    return true;
}

/* The upper end of an interval: "inf" where the quantity had not ended with the run. */
static double field_high(const struct reading *r, const char *field, long line)
{
    return strcmp(field, "inf") == 0 ? INFINITY : field_number(r, field, line);
}

static void read_metrics(const struct reading *r, struct csv_reader *csv)
{
    enum { ENTITY, METRIC, UNIT, MEAN, LOW, HIGH, COUNT, COLUMNS };
    static const char *const names[COLUMNS] = {"entity",   "metric",    "unit",        "mean",
                                               "ci95_low", "ci95_high", "replications"};
    long column[COLUMNS], line;
    const char *const *field;
    if (!find_columns(r, csv, names, COLUMNS, column))
        return;
    while (csv_next(csv, &field, &line) == 1) {
        struct result_option *const option = option_of(r->result, field[column[ENTITY]]);
        const double count = field_number(r, field[column[COUNT]], line);
        option->metric = mem_grow(option->metric, &option->metric_capacity, option->metrics,
                                  sizeof *option->metric);
        option->metric[option->metrics++] = (struct result_metric){
            mem_strdup(field[column[ENTITY]]),
            mem_strdup(field[column[METRIC]]),
            mem_strdup(field[column[UNIT]]),
            {field_number(r, field[column[MEAN]], line), field_number(r, field[column[LOW]], line),
             field_high(r, field[column[HIGH]], line),
             count >= 0 && count <= 1e9 ? (size_t)count : 0}};
    }
}

/* --- bill.csv --------------------------------------------------------------------------------- */

/* With a minus: a refund. */
static bool parse_signed(const char *text, money_pusd *ret)
{
    const bool negative = *text == '-';
    const bool good = money_parse(text + negative, ret);
    *ret = negative ? -*ret : *ret;
    return good;
}

static money_pusd field_money(const struct reading *r, const char *field, long line)
{
    money_pusd amount = 0;
    if (!parse_signed(field, &amount))
        diagnostics_error(r->diagnostics, r->path, line, "\"%.40s\" is no amount in USD; %s", field,
                          not_ours);
    return amount;
}

static money_pusd signed_money(const struct reading *r, const cJSON *object, const char *name)
{
    money_pusd amount = 0;
    if (!parse_signed(text_of(r, object, name), &amount))
        complain(r, object, name, "amount in USD");
    return amount;
}

/* Rows stand month by month. */
static void read_bill_lines(const struct reading *r, struct csv_reader *csv, size_t *ret_months)
{
    enum { MONTH, ENTITY, SERVICE, SKU, REGION, UNIT, QUANTITY, COST, COLUMNS };
    static const char *const names[COLUMNS] = {"option", "entity", "service",  "sku",
                                               "region", "unit",   "quantity", "cost_usd"};
    struct bill *const bill = &r->result->option[0].bill;
    long column[COLUMNS], line;
    const char *const *field;
    const char *month = NULL;
    if (!find_columns(r, csv, names, COLUMNS, column))
        return;
    while (csv_next(csv, &field, &line) == 1) {
        bill->line = mem_grow(bill->line, &bill->capacity, bill->count, sizeof *bill->line);
        struct bill_line *const to = &bill->line[bill->count++];
        *to = (struct bill_line){.entity = mem_strdup(field[column[ENTITY]]),
                                 .detail = mem_strdup(""),
                                 .service = keep(r->result, field[column[SERVICE]]),
                                 .sku = keep(r->result, field[column[SKU]]),
                                 .region = keep(r->result, field[column[REGION]]),
                                 .unit = keep(r->result, field[column[UNIT]]),
                                 .effective_from = "",
                                 .per_unit = 1,
                                 .cost = field_money(r, field[column[COST]], line)};
        const char *const quantity = field[column[QUANTITY]];
        if (!parse_quantity(*quantity == '-' ? quantity + 1 : quantity, &to->quantity,
                            &to->per_unit))
            diagnostics_error(r->diagnostics, r->path, line, "\"%.40s\" is no quantity; %s",
                              quantity, not_ours);
        to->quantity = *quantity == '-' ? -to->quantity : to->quantity;
        bill->total += to->cost;
        if (month == NULL || strcmp(month, field[column[MONTH]]) != 0) {
            month = keep(r->result, field[column[MONTH]]);
            ++*ret_months;
        }
    }
}

static money_pusd part_of(money_pusd amount, size_t months)
{
    const money_pusd half = (money_pusd)(months / 2);
    return (amount < 0 ? amount - half : amount + half) / (money_pusd)months;
}

/* From the sum of the months to their mean. */
static void take_mean(struct bill *bill, size_t months)
{
    bill->total = 0;
    for (size_t i = 0; i < bill->count; i++) {
        struct bill_line *const line = &bill->line[i];
        line->cost = part_of(line->cost, months);
        line->per_unit *= (int64_t)months;
        bill->total += line->cost;
    }
}

/* From the data to a month of 730 h. */
static void take_month(struct bill *bill, double factor)
{
    bill->total = 0;
    for (size_t i = 0; i < bill->count; i++) {
        struct bill_line *const line = &bill->line[i];
        line->cost = (money_pusd)((long double)line->cost * factor);
        line->quantity = (usage_quantity)((long double)line->quantity * factor);
        bill->total += line->cost;
    }
}

/* A month's bill of what the data cost; what that took as a note. */
static char *make_monthly(const struct reading *run, const cJSON *root, struct bill *bill,
                          size_t months)
{
    const cJSON *const charges = list(run, root, "charges");
    const double factor = number(run, root, "month_factor");
    const double days = MONTH_DAYS / factor;
    const bool dated = *text_of(run, root, "first") != '\0';
    const bool of_aws = charges != NULL && charges->child != NULL;
    if (!(factor > 0 && factor <= MONTH_DAYS * 24 * 1.000001))
        complain(run, root, "month_factor", "factor");
    else if (dated && !of_aws && factor != 1) {
        take_month(bill, factor);
        run->result->scaled = true;
        return text_format("%.1f d of data %s a month of 730 h", days,
                           factor > 1 ? "scaled up to" : "as");
    }
    if (months > 1)
        take_mean(bill, months);
    return !dated && !of_aws ? mem_strdup("without dates: the sum is taken as a month's")
           : !of_aws         ? mem_strdup("less than an hour of data, taken as a month's")
           : months == 1     ? mem_strdup("one month as AWS billed it so far")
                         : text_format("the mean of %zu months as AWS billed them so far", months);
}

static void read_bill(const struct reading *run, const struct reading *lines, const cJSON *root)
{
    struct result *const ret = run->result;
    const size_t errors = run->diagnostics->errors;
    size_t months = 0;
    ret->scenario_path = mem_strdup(run->path);
    ret->scenario_name = mem_strdup("");
    ret->description = mem_strdup("");
    ret->limits = mem_strdup("");
    ret->scenario_json = mem_strdup("{}");
    ret->region = text(run, root, "region");
    ret->price_book = text(run, root, "price_book");
    ret->free_tier = flag(run, root, "free_tier");
    snprintf(ret->as_of, sizeof ret->as_of, "%s", text_of(run, root, "as_of"));
    ret->option = mem_alloc(1, sizeof *ret->option);
    ret->options = 1;
    struct result_option *const option = &ret->option[0];
    *option = (struct result_option){
        .name = mem_strdup("bill"), .kind = "bill", .meets_objectives = true};
    const cJSON *const functions = list(run, root, "functions");
    const cJSON *const charges = list(run, root, "charges");
    if (functions != NULL && functions->child != NULL && charges != NULL && charges->child != NULL)
        diagnostics_error(
            run->diagnostics, run->path, 0,
            "is of logs and of a bill of AWS, which are the same spending twice: give "
            "`bill` the logs or the bill of AWS, each with an --output of its own");
    const money_pusd whole_bill =
        signed_money(run, root, "cost_usd") + signed_money(run, root, "charged_usd");
    struct csv_reader *const csv =
        run->diagnostics->errors == errors ? csv_open(lines->path, run->diagnostics) : NULL;
    if (csv != NULL)
        read_bill_lines(lines, csv, &months);
    csv_close(csv);
    if (run->diagnostics->errors == errors && option->bill.total != whole_bill)
        diagnostics_error(run->diagnostics, lines->path, 0,
                          "the lines do not add up to run.json's `cost_usd` and `charged_usd`; %s",
                          not_ours);
    if (months > MONTHS_MAX)
        diagnostics_error(run->diagnostics, lines->path, 0, "%zu months; %s", months, not_ours);
    option->note = run->diagnostics->errors == errors
                       ? make_monthly(run, root, &option->bill, months)
                       : mem_strdup("");
    const double total = money_to_double(option->bill.total);
    option->monthly_cost_usd = (struct result_estimate){total, NAN, NAN, 1};
}

/* --- folders ---------------------------------------------------------------------------------- */

static void read_summary(struct result *result, const char *path, struct diagnostics *diagnostics)
{
    const struct reading reading = {result, path, diagnostics};
    struct csv_reader *const csv = csv_open(path, diagnostics);
    if (csv != NULL)
        read_metrics(&reading, csv);
    csv_close(csv);
}

static int check_folder(const char *dir, const char *run, struct diagnostics *diagnostics)
{
    struct stat info;
    if (stat(dir, &info) < 0)
        diagnostics_error(diagnostics, NULL, 0, "cannot read %s: %s", dir, strerror(errno));
    else if (!S_ISDIR(info.st_mode))
        diagnostics_error(diagnostics, dir, 0,
                          "is a file: results are the folder that --output DIR has written");
    else if (access(run, F_OK) < 0)
        diagnostics_error(diagnostics, dir, 0, "has no run.json: there are no results in it");
    else
        return 0;
    return -1;
}

/* Of another command than those two. */
static bool is_of_others(const cJSON *root, const char *dir, struct diagnostics *diagnostics)
{
    const cJSON *const command = cJSON_GetArrayItem(member(root, "command"), 0);
    if (!cJSON_IsString(command) || strcmp(command->valuestring, "simulate") == 0 ||
        strcmp(command->valuestring, "bill") == 0)
        return false;
    diagnostics_error(diagnostics, dir, 0,
                      "is of `%s`: two of simulate, or two of bill, can be compared",
                      command->valuestring);
    return true;
}

/* `ret_bill` NULL: only of `simulate`. */
static int read_folder(struct result *ret, const char *dir, bool *ret_bill,
                       struct diagnostics *diagnostics)
{
    const size_t errors = diagnostics->errors;
    *ret = (struct result){0};
    diagnostics_init(&ret->notes);
    char *const run = text_format("%s/run.json", dir);
    char *const summary = text_format("%s/summary.csv", dir);
    char *const bill = text_format("%s/bill.csv", dir);
    const struct reading reading = {ret, run, diagnostics}, lines = {ret, bill, diagnostics};
    cJSON *const root =
        check_folder(dir, run, diagnostics) == 0 ? json_read_file(run, diagnostics) : NULL;
    const bool is_bill = ret_bill != NULL && member(root, "charged_usd") != NULL;
    const bool others = ret_bill != NULL && is_of_others(root, dir, diagnostics);
    if (root != NULL && is_bill)
        read_bill(&reading, &lines, root);
    else if (root != NULL && !others)
        read_run(&reading, root);
    if (root != NULL && !is_bill && !others && diagnostics->errors == errors)
        read_summary(ret, summary, diagnostics);
    cJSON_Delete(root);
    if (ret_bill != NULL)
        *ret_bill = is_bill;
    free(run);
    free(summary);
    free(bill);
    return diagnostics->errors == errors ? 0 : -1;
}

int result_read(struct result *ret, const char *dir, struct diagnostics *diagnostics)
{
    return read_folder(ret, dir, NULL, diagnostics);
}

int result_read_any(struct result *ret, const char *dir, bool *ret_bill,
                    struct diagnostics *diagnostics)
{
    return read_folder(ret, dir, ret_bill, diagnostics);
}

static void read_series(const struct reading *r, struct csv_reader *csv)
{
    enum { TIME, ENTITY, METRIC, STATISTIC, VALUE, COLUMNS };
    static const char *const names[COLUMNS] = {"time_s", "entity", "metric", "statistic", "value"};
    long column[COLUMNS], line;
    const char *const *field;
    if (!find_columns(r, csv, names, COLUMNS, column))
        return;
    struct charts *const charts = charts_create(r->result->duration_s + r->result->warm_up_s);
    while (csv_next(csv, &field, &line) == 1)
        charts_put(charts, field_number(r, field[column[TIME]], line), field[column[ENTITY]],
                   field[column[METRIC]], field[column[STATISTIC]],
                   field_number(r, field[column[VALUE]], line));
    charts_take(charts, r->result);
    charts_destroy(charts);
}

int result_read_charts(struct result *result, const char *dir, struct diagnostics *diagnostics)
{
    const size_t errors = diagnostics->errors;
    char *const path = text_format("%s/timeseries.csv", dir);
    const struct reading reading = {result, path, diagnostics};
    struct csv_reader *const csv = csv_open(path, diagnostics);
    if (csv != NULL)
        read_series(&reading, csv);
    csv_close(csv);
    free(path);
    return diagnostics->errors == errors ? 0 : -1;
}
