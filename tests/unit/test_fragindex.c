/* SPDX-License-Identifier: GPL-2.0-only */
/* The fragmentation indices: golden values and identities. */
#include "workloads/fragindex.h"
#include "workloads/rng.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct golden {
	const char *name;
	struct wl_frag frag;
	unsigned order;
	int fu, fi;
	double fmfi; /* NaN: there is none */
};

static const struct golden golden[] = {
	{ "64 of order 0", { { [0] = 64 } }, 4, 1000, 922, 0.9375 },
	{ "one frame", { { [0] = 1 } }, 9, 1000, -1, 0.998046875 },
	{ "512 of order 0", { { [0] = 512 } }, 9, 1000, 997, 0.998046875 },
	{ "one of order 8", { { [8] = 1 } }, 9, 1000, -500, 0.5 },
	{ "255 of order 8", { { [8] = 255 } }, 9, 1000, 497, 0.5 },
	{ "100 of order 0, 10 of order 3",
	  { { [0] = 100, [3] = 10 } },
	  9,
	  1000,
	  988,
	  0.99680397727 },
	{ "nothing free", { { 0 } }, 9, 1000, 0, (double)NAN },
	{ "one of order 9, 512 of order 0",
	  { { [0] = 512, [9] = 1 } },
	  9,
	  500,
	  -1000,
	  0.99610136452 },
};

Test(fragindex, golden)
{
	for (size_t i = 0; i < sizeof(golden) / sizeof(golden[0]); i++) {
		const struct golden *g = &golden[i];

		cr_assert_eq(wl_frag_fu(&g->frag, g->order), g->fu, "Fu of %s: %d", g->name,
			     wl_frag_fu(&g->frag, g->order));
		cr_assert_eq(wl_frag_fi(&g->frag, g->order), g->fi, "Fi of %s: %d", g->name,
			     wl_frag_fi(&g->frag, g->order));
		double fmfi = wl_frag_fmfi(&g->frag, g->order);

		cr_assert(isnan(g->fmfi) ? isnan(fmfi) : fabs(fmfi - g->fmfi) < 1e-9,
			  "FMFI of %s: %f", g->name, fmfi);
		cr_assert_eq(wl_frag_extfrag(&g->frag, g->order),
			     wl_frag_frames(&g->frag) ? (unsigned)g->fu / 10 : 0);
	}
}

/* By hand: the same lists in the other metrics of free lists. */
Test(fragindex, blocks)
{
	struct wl_frag f = { { [0] = 100, [3] = 10, [9] = 2 } }, none = { { 0 } };

	cr_assert_eq(wl_frag_frames(&f), 100 + 80 + 1024);
	cr_assert_eq(wl_frag_nr_blocks(&f), 112);
	cr_assert_eq(wl_frag_suitable(&f, 9), 2);
	cr_assert_eq(wl_frag_suitable(&f, 3), 10 + 128);
	cr_assert_eq(wl_frag_extfrag(&f, 9), 14, "180 of 1204");
	cr_assert_float_eq(wl_frag_largest(&f), 1 - 512 / 1204.0, 1e-12);
	cr_assert_float_eq(wl_frag_squares(&f), 1 - sqrt(100 + 640 + 2 * 262144) / 1204, 1e-12);
	cr_assert(isnan(wl_frag_largest(&none)) && isnan(wl_frag_squares(&none)));
	cr_assert_float_eq(wl_frag_internal(16, 12), 0.25, 1e-12);
	cr_assert(isnan(wl_frag_internal(0, 0)));
	cr_assert_float_eq(wl_frag_robson(10), 6, 1e-12);
}

/* Integer arithmetic of the kernel: zone * percent / (node + 1). */
Test(fragindex, score)
{
	struct wl_frag f = { { [0] = 100, [9] = 1 } };
	unsigned low, high;

	cr_assert_eq(wl_frag_extfrag(&f, 9), 16);
	cr_assert_eq(wl_frag_score(&f, 1000, 1000), 15, "the + 1 makes it less than 16");
	cr_assert_eq(wl_frag_score(&f, 500, 1000), 7);
	wl_frag_score_marks(20, &low, &high);
	cr_assert(low == 80 && high == 90);
	wl_frag_score_marks(100, &low, &high);
	cr_assert(low == 5 && high == 15);
	wl_frag_score_marks(0, &low, &high);
	cr_assert(low == 100 && high == 100);
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
