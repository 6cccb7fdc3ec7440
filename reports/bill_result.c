/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The end of a result of `bill`. */
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
