/* SPDX-License-Identifier: GPL-2.0-only */
/* The seed of everything random in tests. */
#ifndef TESTS_SUPPORT_T_SEED_H
#define TESTS_SUPPORT_T_SEED_H

#include <stdint.h>

/** t_seed - $ZB_SEED, or 1; printed once on stderr as a reproducer. */
uint64_t t_seed(void);

#endif
