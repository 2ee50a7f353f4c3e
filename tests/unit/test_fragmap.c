/* SPDX-License-Identifier: GPL-2.0-only */
/* Metrics of the map of frames: maps made by hand, and those of instances. */
#include "tests/support/t_instance.h"
#include "workloads/fragmap.h"
#include "workloads/rng.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define HUGE 512u
#define MAX_PFN 65536u

static struct wl_fragmap m;

static void start(void)
{
	wl_fragmap_start(&m, 12, 9, 10);
}

static void hold(uint64_t pfn, uint64_t nr, enum wl_held held, unsigned type)
{
	wl_fragmap_add(&m, pfn, nr, WL_FR_USED, held, type);
}

static void leave(uint64_t pfn, uint64_t nr, unsigned type)
{
	wl_fragmap_add(&m, pfn, nr, WL_FR_FREE, WL_HELD_UNKNOWN, type);
}

Test(fragmap, nothing)
{
	start();
	wl_fragmap_end(&m);
	cr_assert_eq(m.huge, 0);
	cr_assert_eq(m.moves, 0);
	cr_assert(isnan(wl_fragmap_free_huge(&m)) && isnan(wl_fragmap_squares(&m)));
	cr_assert(isnan(wl_fragmap_clean(&m.spread[0])) && isnan(wl_fragmap_footprint(&m)));
}

/* Eight huge frames, one frame in four kept: 3072 free frames are worth six of them. */
Test(fragmap, one_in_four)
{
	start();
	for (uint64_t pfn = 0; pfn < 8 * HUGE; pfn += 4) {
		hold(pfn, 1, WL_HELD_MOVABLE, PGA_MOVABLE);
		leave(pfn + 1, 3, PGA_MOVABLE);
	}
	wl_fragmap_end(&m);
	cr_assert_eq(m.frames[WL_FR_FREE], 3072);
	cr_assert_eq(m.used[WL_HELD_MOVABLE], 1024);
	cr_assert_eq(m.huge, 8);
	cr_assert_eq(m.huge_free, 0);
	cr_assert_eq(m.fill[7], 8, "384 of 512 are free");
	cr_assert_eq(m.moves, 6 * 128);
	cr_assert_float_eq(wl_fragmap_free_huge(&m), 0, 1e-12);
	cr_assert_eq(m.extents, 1024);
	cr_assert_eq(m.longest, 3);
	cr_assert_float_eq(wl_fragmap_squares(&m), 1 - sqrt(1024 * 9) / 3072, 1e-12);
	cr_assert_eq(m.spread[0].regions, 8);
	cr_assert_eq(m.spread[0].tainted, 0);
	cr_assert_eq(m.polluted[PGA_MOVABLE] + m.hybrid, 0);
	cr_assert_float_eq(wl_fragmap_footprint(&m), 4, 1e-12);
}

/* The emptiest huge frames are emptied first, and only as many as can be had. */
Test(fragmap, moves_are_the_fewest)
{
	static const unsigned used[] = { 500, 12, 300, 212 };

	start();
	for (unsigned i = 0; i < 4; i++) {
		hold(i * HUGE, used[i], WL_HELD_MOVABLE, PGA_MOVABLE);
		leave(i * HUGE + used[i], HUGE - used[i], PGA_MOVABLE);
	}
	wl_fragmap_end(&m);
	cr_assert_eq(m.frames[WL_FR_FREE], 1024, "two huge frames");
	cr_assert_eq(m.moves, 12 + 212);
	cr_assert(m.fill[1] == 1 && m.fill[4] == 1 && m.fill[5] == 1 && m.fill[8] == 1);
}

Test(fragmap, bins_of_the_fill_histogram)
{
	static const unsigned is_free[] = { 0, 1, 63, 64, 448, 511, 512 };
	static const unsigned bin[] = { 0, 1, 1, 2, 8, 8, 9 };

	for (unsigned i = 0; i < 7; i++) {
		start();
		if (is_free[i])
			leave(0, is_free[i], PGA_MOVABLE);
		if (is_free[i] < HUGE)
			hold(is_free[i], HUGE - is_free[i], WL_HELD_MOVABLE, PGA_MOVABLE);
		wl_fragmap_end(&m);
		cr_assert_eq(m.fill[bin[i]], 1, "%u free frames", is_free[i]);
	}
}

Test(fragmap, types)
{
	start();
	hold(0, 10, WL_HELD_MOVABLE, PGA_MOVABLE);
	hold(10, 1, WL_HELD_UNMOVABLE, PGA_MOVABLE); /* polluted and hybrid */
	leave(11, HUGE - 11, PGA_MOVABLE);
	hold(HUGE, HUGE, WL_HELD_RECLAIMABLE, PGA_UNMOVABLE); /* polluted alone */
	hold(2 * HUGE, HUGE, WL_HELD_MOVABLE, PGA_CMA);	      /* at home */
	hold(3 * HUGE, HUGE, WL_HELD_UNMOVABLE, PGA_UNMOVABLE);
	wl_fragmap_end(&m);
	cr_assert_eq(m.blocks[PGA_MOVABLE], 1);
	cr_assert_eq(m.blocks[PGA_UNMOVABLE], 2);
	cr_assert_eq(m.polluted[PGA_MOVABLE], 1);
	cr_assert_eq(m.polluted[PGA_UNMOVABLE], 1);
	cr_assert_eq(m.polluted[PGA_CMA], 0);
	cr_assert_eq(m.hybrid, 1);
	cr_assert_eq(m.spread[0].tainted, 3);
	cr_assert_float_eq(wl_fragmap_clean(&m.spread[0]), 0.25, 1e-12);
}

/* Regions count when they lie wholly in memory; what is reserved cannot be moved. */
Test(fragmap, regions)
{
	start();
	leave(0, 2 * 8192, PGA_MOVABLE); /* 64 MiB */
	wl_fragmap_add(&m, 2 * 8192, 1, WL_FR_RESERVED, 0, PGA_MOVABLE);
	leave(2 * 8192 + 1, 8191, PGA_MOVABLE);
	leave(3 * 8192, 100, PGA_MOVABLE);
	wl_fragmap_end(&m);
	cr_assert_eq(m.spread[1].regions, 3);
	cr_assert_eq(m.spread[1].tainted, 1);
	cr_assert_eq(m.spread[2].regions, 0);
	cr_assert_eq(m.spread[0].regions, 48);
	cr_assert_eq(m.extents, 2);
	cr_assert_eq(m.longest, 2 * 8192);
}

/* Frames on CPUs' lists are neither free nor used: they hide huge frames. */
Test(fragmap, parked_frames)
{
	start();
	leave(0, 500, PGA_MOVABLE);
	wl_fragmap_add(&m, 500, 12, WL_FR_PCP, 0, PGA_MOVABLE);
	wl_fragmap_add(&m, HUGE, 1, WL_FR_PCP, 0, PGA_MOVABLE);
	hold(HUGE + 1, HUGE - 1, WL_HELD_MOVABLE, PGA_MOVABLE);
	wl_fragmap_end(&m);
	cr_assert_eq(m.frames[WL_FR_PCP], 13);
	cr_assert_eq(m.huge_parked, 1);
	cr_assert_eq(m.huge_free, 0);
	cr_assert_eq(m.footprint, 2 * HUGE);
}

/* A hole ends extents, and what holds it is no whole huge frame. */
Test(fragmap, holes)
{
	start();
	leave(0, 100, PGA_MOVABLE);
	leave(200, 3 * HUGE - 200, PGA_MOVABLE);
	wl_fragmap_end(&m);
	cr_assert_eq(m.huge, 2);
	cr_assert_eq(m.extents, 2);
}

static uint64_t free_of(struct t_instance *in)
{
	uint64_t frames = 0;

	for (unsigned z = 0; z < in->conf.nr_zones; z++) {
		struct pga_zone_snap snap = { 0 };

		in->ops->zone_snap(in->pga, z, &snap);
		frames += snap.nr_free_exact;
	}
	return frames;
}

struct held_block {
	pga_pfn_t pfn;
	uint8_t order, held;
};

/* Random requests; the map agrees with what was asked and with the free lists. */
static void check_instance(struct t_instance *in, const char *variant, const char *machine)
{
	static const uint32_t gfp[] = { PGA_GFP_KERNEL, PGA_GFP_SLAB_RECLAIMABLE,
					PGA_GFP_USER_MOVABLE };
	static uint8_t held[MAX_PFN];
	static struct held_block block[4000];
	uint64_t used[WL_HELD_NR] = { 0 }, pcp = 0;
	struct wl_frag frag;
	struct rng rng;
	unsigned nr = 0;

	rng_seed(&rng, t_seed(), 0);
	cr_assert_leq(in->end, MAX_PFN);
	for (unsigned i = 0; i < 4000; i++) {
		unsigned order = rng_below(&rng, 8) ? 0 : rng_below(&rng, t_orders(in));
		uint32_t flags = gfp[rng_below(&rng, 3)];
		struct pga_res res = t_alloc(in, 0, -1, order, flags & ~(uint32_t)PGA_GFP_WAIT);

		if (res.pfn == PGA_NIL)
			continue;
		held[res.pfn] = wl_held(flags);
		block[nr++] = (struct held_block){ res.pfn, (uint8_t)order, wl_held(flags) };
		unsigned victim = rng_below(&rng, nr);

		if (rng_below(&rng, 3))
			continue;
		t_free(in, 0, block[victim].pfn, block[victim].order);
		block[victim] = block[--nr];
	}
	for (unsigned i = 0; i < nr; i++)
		used[block[i].held] += 1ull << block[i].order;
	wl_fragmap_take(&m, in->ops, in->pga, &in->conf, held);
	wl_frag_take(&frag, in->ops, in->pga, &in->conf);
	for (unsigned z = 0; z < in->conf.nr_zones; z++)
		pcp += t_pcp_frames(in, z);
	cr_assert_eq(m.frames[WL_FR_FREE], wl_frag_frames(&frag), "%s %s", variant, machine);
	cr_assert_eq(m.frames[WL_FR_FREE], free_of(in));
	cr_assert_eq(m.frames[WL_FR_PCP], pcp, "%s %s", variant, machine);
	for (unsigned h = 0; h < WL_HELD_NR; h++)
		cr_assert_eq(m.used[h], used[h], "%s %s: held %u: %llu, not %llu", variant, machine,
			     h, (unsigned long long)m.used[h], (unsigned long long)used[h]);
	cr_assert_eq(m.has_types, (in->ops->caps & PGA_CAP_MOBILITY) != 0);
	while (nr--)
		t_free(in, 0, block[nr].pfn, block[nr].order);
}

Test(fragmap, instances_of_all_variants)
{
	unsigned checked = 0;

	for (const struct pga_variant_row *v = t_rows(); v->name; v++) {
		for (const struct t_machine *t = t_machines; t->name; t++) {
			static struct t_instance in;

			if (!(v->ops->caps & PGA_CAP_REAL) || t_up(&in, v->name, t->name))
				continue;
			check_instance(&in, v->name, t->name);
			t_down(&in);
			checked++;
		}
	}
	cr_assert_gt(checked, 0);
}

/*
 * Movable frames fill memory and leave single holes.  Requests for unmovable
 * frames, more than one pageblock has, then take holes, too small to claim their
 * pageblocks, onto the CPU's list, which is of another type than they are.
 */
Test(fragmap, mismatches_are_what_the_lists_hold)
{
	static struct t_instance in;
	static pga_pfn_t taken[16384];
	struct wl_mismatch x;
	unsigned nr = 0;

	cr_assert_eq(t_up(&in, "linux-3.10", "zone=0:Normal:0+16384 cpus=0"), 0, "%s", in.why);
	cr_assert_eq(wl_frag_mismatch(&x, in.ops, in.pga), 0);
	cr_assert_eq(x.free_blocks + x.pcp_frames, 0, "nothing is out of place at boot");
	for (pga_pfn_t pfn;; taken[nr++] = pfn) {
		pfn = t_alloc(&in, 0, -1, 0, PGA_GFP_USER_MOVABLE & ~(uint32_t)PGA_GFP_WAIT).pfn;
		if (pfn == PGA_NIL)
			break;
	}
	cr_assert_gt(nr, 8192);
	wl_fragmap_take(&m, in.ops, in.pga, &in.conf, NULL);
	cr_assert_not(m.has_held);
	cr_assert_eq(m.used[WL_HELD_UNKNOWN], nr);
	for (unsigned i = 0; i < nr; i++)
		if (taken[i] % 4 == 0)
			t_free(&in, 0, taken[i], 0);
	t_drain_all(&in);
	for (unsigned i = 0; i < 601; i++)
		cr_assert_neq(t_alloc(&in, 0, -1, 0, PGA_GFP_KERNEL & ~(uint32_t)PGA_GFP_WAIT).pfn,
			      PGA_NIL);
	cr_assert_eq(wl_frag_mismatch(&x, in.ops, in.pga), 0);
	cr_assert_gt(x.pcp_frames, 0);
	cr_assert_eq(x.pcp_frames, t_pcp_frames(&in, 0));
	t_down(&in);
	cr_assert_eq(t_up(&in, "skeleton", "zone=0:Normal:0+4096 cpus=0"), 0, "%s", in.why);
	cr_assert_lt(wl_frag_mismatch(&x, in.ops, in.pga), 0, "it has no types");
	t_down(&in);
}

Test(fragmap, a_probe_gives_all_back)
{
	static struct t_instance in;
	static pga_pfn_t slots[64];
	struct pga_req req = { .gfp = PGA_GFP_USER_MOVABLE & ~(uint32_t)PGA_GFP_WAIT,
			       .node = -1,
			       .order = 9 };

	cr_assert_eq(t_up(&in, "linux-3.10", "zone=0:Normal:0+16384 cpus=0"), 0, "%s", in.why);
	t_drive(&in, 0);
	uint64_t before = free_of(&in), got = wl_frag_probe(in.ops, in.pga, req, 64, slots);

	cr_assert(got > 24 && got < 32, "%llu of 32, less what the marks keep",
		  (unsigned long long)got);
	cr_assert_eq(free_of(&in), before);
	cr_assert_eq(wl_frag_probe(in.ops, in.pga, req, 3, slots), 3);
	t_down(&in);
}
