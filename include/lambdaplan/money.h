/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Money: integer pico-dollars (1e-12 USD) in 128 bits, so that AWS's smallest price
 * (0.0000000309 USD) times a year of a large account is exact. No double ever holds money that is
 * added up.
 */
#ifndef LAMBDAPLAN_MONEY_H
#define LAMBDAPLAN_MONEY_H

#include <stdbool.h>
#include <stddef.h>

__extension__ typedef __int128 money_pusd;

#define MONEY_PUSD_PER_USD 1000000000000LL
#define MONEY_INTEGER_DIGITS 15 /* of a parsed amount: below a thousand trillion USD */
#define MONEY_TEXT_SIZE 48      /* the most negative amount, with separators, fits */

/* "0.0000166667": 1 to 15 digits, then perhaps a point and 1 to 12 digits; no sign, no exponent, no
 * blanks. False when it is not that. */
bool money_parse(const char *text, money_pusd *ret);
/* All digits, no trailing zeros: "213.540029856", "0", "-1.5". Returns `text`. */
char *money_format(money_pusd amount, char text[MONEY_TEXT_SIZE]);
/* Rounded half away from zero to cents, thousands separated: "1,234.50". Returns `text`. */
char *money_format_cents(money_pusd amount, char text[MONEY_TEXT_SIZE]);
double money_to_double(money_pusd amount); /* USD; for ratios and intervals only */

#endif
