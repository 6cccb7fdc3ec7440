/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The minimum of a function of one parameter, for the fits that have no closed form. */
#ifndef HISTORY_FIT_MINIMUM_H
#define HISTORY_FIT_MINIMUM_H

/* Where the loss is least in [low, high]: the best place of a grid, refined between its neighbours
 * by Brent's method. `ret_loss` may be NULL. */
double fit_minimum(double (*loss)(double, void *), void *context, double low, double high,
                   double *ret_loss);

#endif
