/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/support/t_seed.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

uint64_t t_seed(void)
{
	static atomic_flag printed = ATOMIC_FLAG_INIT;
	const char *text = getenv("ZB_SEED");
	uint64_t seed = text ? strtoull(text, NULL, 0) : 1;

	if (!atomic_flag_test_and_set(&printed))
		fprintf(stderr, "# ZB_SEED=%llu\n", (unsigned long long)seed);
	return seed;
}
