/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every format of records with what happens to files: a byte order mark, line ends of other
 * systems, a last line without an end or cut off, a NUL, a line break inside quotes, a file of
 * another kind. What can be read is read, what cannot is said.
 */
#include "harness.h"

#include "files.h"
#include "traces/formats.h"
#include "traces/mapped_csv.h"

#define REPORT(id)                                                                                 \
    "REPORT RequestId: " id                                                                        \
    "\tDuration: 1.50 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 48 MB\t"
#define ESCAPED(id)                                                                                \
    "REPORT RequestId: " id "\\tDuration: 1.50 ms\\tBilled Duration: 2 ms\\tMemory Size: 128 MB"   \
    "\\tMax Memory Used: 48 MB\\t\\n"
#define TELEMETRY(id)                                                                              \
    "{\"time\":\"2024-03-13T18:56:24.279Z\",\"type\":\"platform.report\",\"record\":{"             \
    "\"requestId\":\"" id "\",\"metrics\":{\"durationMs\":1.5,\"billedDurationMs\":2,"             \
    "\"memorySizeMB\":128,\"maxMemoryUsedMB\":48}}}\n"
#define CUR_ROW(amount, note)                                                                      \
    "Usage,2024-02-01T00:00:00Z,2024-02-01T01:00:00Z,AWSLambda,Request,Invoke," amount             \
    ",USD,0.2,us-east-1," note "\n"
#define FOCUS_ROW(amount, note)                                                                    \
    "2024-02-01T00:00:00Z,2024-02-01T01:00:00Z,0.2,USD,Usage,AWS Lambda," amount ",us-east-1,"     \
    "AWS Lambda - Total Requests " note ",AWS,Requests\n"

/* Three records; the middle one has a "note" (in a field that is text) and a '5' that is a digit of
 * a number; where the last one is cut, less than a record is left of it. */
static const struct sample {
    const char *format, *map, *text;
    bool quoted;       /* CSV: the note may be quoted and hold a line break */
    bool cut_is_error; /* a document: cut off, it has no end */
    bool nul_is_error; /* rows behind a NUL are not read */
} samples[] = {
    {.format = "lambda-log",
     .text = REPORT("a") "\n2024 INFO note\n" REPORT("b") "\n" REPORT("c") "\n"},
    {.format = "lambda-json-log", .text = TELEMETRY("a") TELEMETRY("note") TELEMETRY("c")},
    {.format = "monitoring",
     .text = "MONITORING|1489795335|1|gauge|a|#functionname:f\n"
             "MONITORING|1489795335|2.5|gauge|note|#functionname:f\n"
             "MONITORING|1489795335|3|gauge|c|#functionname:f\n"},
    {.format = "cloudwatch-events",
     .text = "{\"events\": [\n{\"timestamp\": 1591284559098, \"message\": \"" ESCAPED(
         "a") "\"},\n{\"timestamp\": 1591284559098, \"message\": \"" ESCAPED("note") "\"},\n{"
                                                                                     "\"timestamp\""
                                                                                     ": "
                                                                                     "1591284559098"
                                                                                     ", "
                                                                                     "\"message\": "
                                                                                     "\"" ESCAPED(
                                                                                         "c") "\"}"
                                                                                              "\n]}"
                                                                                              "\n"},
    {.format = "splunk-csv",
     .text = "_time,note,_raw\n2020-06-04T15:29:19.098Z,x," REPORT(
         "a") "\n2020-06-04T15:29:19.098Z,note," REPORT("b") "\n2020-06-04T15:29:19.098Z,"
                                                             "x," REPORT("c") "\n",
     .quoted = true,
     .nul_is_error = true},
    {.format = "insights-csv",
     .text = "@timestamp,@requestId,@type,@duration,@billedDuration,@memorySize,@logStream\n"
             "2023-11-14 22:13:20.123,a,REPORT,12.5,13,1.28E8,x\n"
             "2023-11-14 22:13:20.123,b,REPORT,12.5,13,1.28E8,note\n"
             "2023-11-14 22:13:20.123,c,REPORT,12.5,13,1.28E8,x\n",
     .quoted = true},
    {.format = "insights-json",
     .text = "[{\"@duration\": \"1.5\", \"@type\": \"REPORT\", \"@requestId\": \"a\"},\n"
             "{\"@duration\": \"1.5\", \"@type\": \"REPORT\", \"@requestId\": \"note\"},\n"
             "{\"@duration\": \"1.5\", \"@type\": \"REPORT\", \"@requestId\": \"c\"}]\n",
     .cut_is_error = true},
    {.format = "azure-functions-2021",
     .text = "app,func,end_timestamp,duration\nx,a,10.5,0.25\nx,note,11.5,0.25\nx,c,12.5,0.25\n",
     .quoted = true},
    {.format = "pacslab-csv",
     .text = "client_start_time,aws_duration,aws_billed_duration,is_cold,aws_max_mem,other\n"
             "1590355883.5,10.5,100,True,40,x\n1590355884.5,10.5,100,False,40,note\n"
             "1590355885.5,10.5,100,False,40,x\n",
     .quoted = true},
    {.format = "mapped-csv",
     .map = "start_s=when,duration_ms=took,function=who",
     .text = "when,took,who\n1590355883.5,10.5,x\n1590355884.5,10.5,note\n1590355885.5,10.5,x\n",
     .quoted = true},
    {.format = "metric-csv",
     .text = "timestamp,value,other\n2014-04-10 00:04:00,94.5,x\n2014-04-10 00:09:00,94.5,note\n"
             "2014-04-10 00:14:00,94.5,x\n",
     .quoted = true},
    {.format = "cur",
     .text = "lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,"
             "lineItem/ProductCode,lineItem/UsageType,lineItem/Operation,lineItem/UsageAmount,"
             "lineItem/CurrencyCode,lineItem/UnblendedCost,product/region,"
             "lineItem/LineItemDescription\n" CUR_ROW("15", "x") CUR_ROW("15", "note")
                 CUR_ROW("15", "x"),
     .quoted = true,
     .nul_is_error = true},
    {.format = "focus",
     .text = "ChargePeriodStart,ChargePeriodEnd,BilledCost,BillingCurrency,ChargeCategory,"
             "ServiceName,PricingQuantity,RegionId,ChargeDescription,ProviderName,"
             "PricingUnit\n" FOCUS_ROW("15", "x") FOCUS_ROW("15", "note") FOCUS_ROW("15", "x"),
     .quoted = true,
     .nul_is_error = true},
};
#define SAMPLES (sizeof samples / sizeof *samples)

/* Formats that need more than three lines: tests/unit/test_tabular.c has their files. */
static const char *const elsewhere[] = {"azure-functions-2019", "cloudwatch-metrics"};

struct outcome {
    struct diagnostics d;
    size_t records;
    int result;
};

static int on_invocation(void *context, const struct invocation_record *record)
{
    ((struct outcome *)context)->records += record->duration_ns > 0;
    return 0;
}

static int on_point(void *context, const struct metric_point *point)
{
    ((struct outcome *)context)->records += point->value > 0;
    return 0;
}

static int on_cost(void *context, const struct cost_line *line)
{
    ((struct outcome *)context)->records += line->cost > 0;
    return 0;
}

static struct outcome read_bytes(const struct sample *sample, const char *bytes, size_t size)
{
    struct outcome ret = {.records = 0};
    struct temporary file;
    struct column_mapping *map = NULL;
    char *error = NULL;
    struct read_options options = {.format = sample->format};
    const struct record_sink sink = {on_invocation, on_point, on_cost, &ret};
    const char *path = file.path;
    if (sample->map != NULL)
        ck_assert_int_eq(column_mapping_parse(sample->map, &map, &options.maps, &error), 0);
    options.map = map;
    temporary_write(&file, bytes, size);
    diagnostics_init(&ret.d);
    ret.result = read_records(&path, 1, &options, &sink, NULL, &ret.d);
    temporary_remove(&file);
    column_mapping_free(map, options.maps);
    return ret;
}

static void expect_all(const struct sample *sample, const char *bytes, size_t size)
{
    struct outcome o = read_bytes(sample, bytes, size);
    ck_assert_msg(o.result == 0 && o.d.errors == 0, "%s: %s", sample->format,
                  o.d.count > 0 ? o.d.item[0].text : "");
    for (size_t i = 0; i < o.d.count; i++) /* what the log is besides is no matter here */
        ck_assert_msg(strstr(o.d.item[i].text, "left out") == NULL, "%s: %s", sample->format,
                      o.d.item[i].text);
    ck_assert_msg(o.records == 3, "%s: %zu records", sample->format, o.records);
    diagnostics_finish(&o.d);
}

/* One record is missing and that is said; or it is an error, with its line. */
static void expect_rest(const struct sample *sample, const char *bytes, size_t size, bool is_error,
                        size_t line)
{
    char place[32];
    struct outcome o = read_bytes(sample, bytes, size);
    ck_assert_msg(is_error ? o.result == -1 && o.d.errors == 1 : o.result == 0 && o.records == 2,
                  "%s: result %d, %zu records, %s", sample->format, o.result, o.records,
                  o.d.count > 0 ? o.d.item[0].text : "no word");
    ck_assert_msg(o.d.count > 0, "%s: no word", sample->format);
    snprintf(place, sizeof place, ":%zu: ", line);
    ck_assert_msg(strstr(o.d.item[0].text, place) != NULL, "%s: \"%s\" lacks %s", sample->format,
                  o.d.item[0].text, place);
    diagnostics_finish(&o.d);
}

static size_t line_of(const char *text, const char *at)
{
    size_t line = 1;
    for (; text < at; text++)
        line += *text == '\n';
    return line;
}

/* With another line end before every line feed, or before every second one. */
static void expect_with_returns(const struct sample *sample, size_t every)
{
    char bytes[4000];
    size_t size = 0, line = 0;
    for (const char *c = sample->text; *c != '\0'; c++) {
        if (*c == '\n' && line++ % every == 0)
            bytes[size++] = '\r';
        bytes[size++] = *c;
    }
    expect_all(sample, bytes, size);
}

static void try_marks_and_line_ends(const struct sample *sample)
{
    char bytes[4000];
    const int size = snprintf(bytes, sizeof bytes, "\xef\xbb\xbf%s", sample->text);
    expect_all(sample, bytes + 3, (size_t)size - 3);
    expect_all(sample, bytes, (size_t)size);
    expect_all(sample, bytes, (size_t)size - 1); /* no end of the last line */
    expect_with_returns(sample, 1);
    expect_with_returns(sample, 2);
}

static void try_a_cut_last_line(const struct sample *sample)
{
    const char *const text = sample->text;
    const char *last = text + strlen(text) - 1;
    while (last[-1] != '\n' || strchr("]}", last[0]) != NULL) /* the last record's line */
        last--;
    const size_t keep = (size_t)(last - text) + strcspn(last, "\n") * 2 / 5;
    expect_rest(sample, text, keep, sample->cut_is_error, line_of(text, last));
}

static void try_a_nul(const struct sample *sample)
{
    char bytes[4000];
    const size_t size = strlen(sample->text);
    memcpy(bytes, sample->text, size + 1);
    char *row = strstr(bytes, "note");
    for (char *next; (next = strstr(row + 1, "note")) != NULL;) /* a column may be called so */
        row = next;
    const size_t line = line_of(bytes, row);
    row[1] = '\0';
    if (strcmp(sample->format, "lambda-log") == 0) /* its note is the application's own line */
        expect_all(sample, bytes, size);
    else
        expect_rest(sample, bytes, size, sample->nul_is_error, line);
}

static void try_a_line_break_inside_quotes(const struct sample *sample)
{
    char bytes[4000];
    const char *note = strstr(sample->text, "note");
    for (const char *next; (next = strstr(note + 1, "note")) != NULL;)
        note = next;
    if (!sample->quoted)
        return;
    const char *field = note;
    while (field[-1] != ',')
        field--;
    const size_t before = (size_t)(field - sample->text), words = (size_t)(note - field);
    const int size = snprintf(bytes, sizeof bytes, "%.*s\"%.*sno \"\"\r\n,\nte\"%s", (int)before,
                              sample->text, (int)words, field, note + 4);
    expect_all(sample, bytes, (size_t)size);
}

static void try_files_of_another_kind(const struct sample *sample)
{
    static const struct {
        const char *bytes;
        size_t size;
    } kinds[] = {
        {"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0", 20},
        {"\x7f"
         "ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0>\0",
         20},
        {"<!DOCTYPE html>\n<html><body>Access Denied</body></html>\n", 56},
        {"# A list\n\n- of things, that are\n- no data\n", 41},
        {"\xff\xfe"
         "a\0,\0b\0\n\0",
         10},
        {"\n\n\n", 3},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct outcome o = read_bytes(sample, kinds[i].bytes, kinds[i].size);
        ck_assert_msg(o.result == -1 && o.records == 0 && o.d.errors > 0,
                      "%s, kind %zu: result %d, %zu errors, %s", sample->format, i, o.result,
                      o.d.errors, o.d.count > 0 ? o.d.item[0].text : "no word");
        diagnostics_finish(&o.d);
    }
}

START_TEST(every_format_is_here)
{
    for (size_t i = 0; i < formats_count(); i++) {
        bool found = false;
        for (size_t k = 0; k < SAMPLES; k++)
            found = found || strcmp(samples[k].format, formats_get(i)->name) == 0;
        for (size_t k = 0; k < sizeof elsewhere / sizeof *elsewhere; k++)
            found = found || strcmp(elsewhere[k], formats_get(i)->name) == 0;
        ck_assert_msg(found, "%s is not", formats_get(i)->name);
    }
}
END_TEST

#define OF_EVERY_FORMAT(name)                                                                      \
    START_TEST(name)                                                                               \
    {                                                                                              \
        for (size_t i = 0; i < SAMPLES; i++)                                                       \
            try_##name(&samples[i]);                                                               \
    }                                                                                              \
    END_TEST

OF_EVERY_FORMAT(marks_and_line_ends)
OF_EVERY_FORMAT(a_cut_last_line)
OF_EVERY_FORMAT(a_nul)
OF_EVERY_FORMAT(a_line_break_inside_quotes)
OF_EVERY_FORMAT(files_of_another_kind)

TEST_MAIN("unit_hostile", every_format_is_here, marks_and_line_ends, a_cut_last_line, a_nul,
          a_line_break_inside_quotes, files_of_another_kind)
