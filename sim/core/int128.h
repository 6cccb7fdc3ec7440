/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one 128-bit integer type: event keys, level-times-time integrals, pico-dollars. */
#ifndef CORE_INT128_H
#define CORE_INT128_H

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

#endif
