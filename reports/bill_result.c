/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/bill_exporters.h"

#include <stdlib.h>

void bill_result_finish(struct bill_result *result)
{
    result_command_finish(&result->command);
    for (size_t i = 0; i < result->months; i++)
        bill_finish(&result->month[i].bill);
    for (size_t i = 0; i < result->functions; i++)
        free(result->function[i].name);
    for (size_t i = 0; i < result->wastes; i++) {
        free(result->waste[i].function);
        free(result->waste[i].text);
    }
    for (size_t i = 0; i < result->what_ifs; i++)
        free(result->what_if[i].name);
    for (size_t i = 0; i < result->charges; i++) {
        struct bill_charge *const charge = &result->charge[i];
        free(charge->service);
        free(charge->usage_type);
        free(charge->region);
        free(charge->unit);
        free(charge->line_type);
        free(charge->sku);
        free(charge->price_service);
    }
    free(result->region);
    free(result->price_book);
    free(result->month);
    free(result->function);
    free(result->waste);
    free(result->what_if);
    free(result->charge);
    diagnostics_finish(&result->notes);
    *result = (struct bill_result){0};
}

static const struct {
    const char *file_name;
    bill_exporter_function *write;
} exporters[] = {
    {"bill.csv", bill_csv_write},
    {"functions.csv", bill_functions_csv_write},
    {"waste.csv", bill_waste_csv_write},
    {"what_if.csv", bill_what_if_csv_write},
    {"charges.csv", bill_charges_csv_write},
    {"run.json", bill_run_json_write}, /* last: where it is new, so is the rest */
};
#define EXPORTERS (sizeof exporters / sizeof *exporters)

int bill_reports_write(const struct bill_result *result, const char *dir,
                       struct diagnostics *diagnostics)
{
    struct output *output[EXPORTERS];
    for (size_t i = 0; i < EXPORTERS; i++) {
        output[i] = output_open(dir, exporters[i].file_name, diagnostics);
        if (output[i] == NULL) {
            while (i-- > 0)
                output_abandon(output[i]);
            return -1;
        }
        exporters[i].write(result, output[i]);
    }
    return output_commit(output, EXPORTERS, diagnostics);
}
