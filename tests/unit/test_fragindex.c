/* SPDX-License-Identifier: GPL-2.0-only */
/* The fragmentation indices: golden values and identities. */
#include "workloads/fragindex.h"
#include "workloads/rng.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

struct golden {
	const char *name;
	struct wl_frag frag;
	unsigned order;
	int fu, fi;
};

static const struct golden golden[] = {
	{ "64 of order 0", { { [0] = 64 } }, 4, 1000, 922 },
	{ "one frame", { { [0] = 1 } }, 9, 1000, -1 },
	{ "512 of order 0", { { [0] = 512 } }, 9, 1000, 997 },
	{ "one of order 8", { { [8] = 1 } }, 9, 1000, -500 },
	{ "255 of order 8", { { [8] = 255 } }, 9, 1000, 497 },
	{ "100 of order 0, 10 of order 3", { { [0] = 100, [3] = 10 } }, 9, 1000, 988 },
	{ "nothing free", { { 0 } }, 9, 1000, 0 },
	{ "one of order 9, 512 of order 0", { { [0] = 512, [9] = 1 } }, 9, 500, -1000 },
};

Test(fragindex, golden)
{
	for (size_t i = 0; i < sizeof(golden) / sizeof(golden[0]); i++) {
		const struct golden *g = &golden[i];

		cr_assert_eq(wl_frag_fu(&g->frag, g->order), g->fu, "Fu of %s: %d", g->name,
			     wl_frag_fu(&g->frag, g->order));
		cr_assert_eq(wl_frag_fi(&g->frag, g->order), g->fi, "Fi of %s: %d", g->name,
			     wl_frag_fi(&g->frag, g->order));
	}
}

/* For random free lists; the seed is printed and ZB_SEED sets it. */
Test(fragindex, identities)
{
	const char *env = getenv("ZB_SEED");
	uint64_t seed = env ? strtoull(env, NULL, 0) : 1;
	struct rng rng;

	printf("# seed %llu\n", (unsigned long long)seed);
	rng_seed(&rng, seed, 0);
	for (int round = 0; round < 20000; round++) {
		struct wl_frag f = { { 0 } };
		unsigned filled = rng_below(&rng, 4), top = 0;
		uint64_t frames = 0;

		for (unsigned i = 0; i < filled; i++)
			f.blocks[rng_below(&rng, 11)] += rng_below(&rng, 1000);
		for (unsigned i = 0; i < 11; i++) {
			frames += f.blocks[i] << i;
			top = f.blocks[i] ? i : top;
		}
		cr_assert_eq(wl_frag_fu(&f, 0), frames ? 0 : 1000);
		for (unsigned j = 0; j < 11; j++) {
			cr_assert(j == 0 || wl_frag_fu(&f, j) >= wl_frag_fu(&f, j - 1));
			cr_assert_eq(wl_frag_fi(&f, j) == -1000, frames && top >= j,
				     "round %d order %u", round, j);
		}
	}
}

Test(fragindex, sums_types_and_zones)
{
	struct pga_zone_snap a = { 0 }, b = { 0 };
	struct wl_frag f = { { 0 } };

	a.nr_blocks[PGA_MOVABLE][3] = 2;
	a.nr_blocks[PGA_UNMOVABLE][3] = 1;
	b.nr_blocks[PGA_RESERVE][10] = 4;
	wl_frag_add(&f, &a);
	wl_frag_add(&f, &b);
	cr_assert_eq(f.blocks[3], 3);
	cr_assert_eq(f.blocks[10], 4);
}
