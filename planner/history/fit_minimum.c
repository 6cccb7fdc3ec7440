/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/fit_minimum.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_min.h>
#include <math.h>
#include <stddef.h>

#define GRID 80
#define ROUNDS 100
#define CLOSE 1e-8

double fit_minimum(double (*loss)(double, void *), void *context, double low, double high,
                   double *ret_loss)
{
    gsl_function function = {loss, context};
    const double step = (high - low) / GRID;
    int best = 0;
    double least = INFINITY;
    for (int i = 0; i <= GRID; i++) {
        const double here = loss(low + i * step, context);
        if (here < least) {
            least = here;
            best = i;
        }
    }
    double at = low + best * step;
    gsl_min_fminimizer *const minimizer =
        best > 0 && best < GRID ? gsl_min_fminimizer_alloc(gsl_min_fminimizer_brent) : NULL;
    gsl_error_handler_t *const handler = gsl_set_error_handler_off();
    if (minimizer != NULL &&
        gsl_min_fminimizer_set(minimizer, &function, at, at - step, at + step) == GSL_SUCCESS) {
        for (int i = 0; i < ROUNDS; i++) {
            const double a = gsl_min_fminimizer_x_lower(minimizer);
            const double b = gsl_min_fminimizer_x_upper(minimizer);
            if (b - a < CLOSE || gsl_min_fminimizer_iterate(minimizer) != GSL_SUCCESS)
                break;
        }
        at = gsl_min_fminimizer_x_minimum(minimizer);
    }
    gsl_set_error_handler(handler);
    if (minimizer != NULL)
        gsl_min_fminimizer_free(minimizer);
    if (ret_loss != NULL)
        *ret_loss = loss(at, context);
    return at;
}
