/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Isolation, for every variant that offers it and can mark pageblocks.  The pieces are as large and
 * aligned as the largest block, because a free block that reaches out of the
 * isolated pageblocks need not be isolated whole; and the lists of CPUs are
 * empty, because their frames need not be.
 */
#include "tests/conformance/suite.h"

static const char *const machines[] = { "one",	    "x86",     "two",	       "holes", "cma",
					"reserved", "movable", "small-orders", NULL };

static unsigned piece_frames(void)
{
	unsigned order = t_orders(&f.in) - 1;

	return 1u << (order > f.in.conf.pageblock_order ? order : f.in.conf.pageblock_order);
}

static unsigned pageblock_type(pga_pfn_t pfn)
{
	struct pga_frame_info info;

	f.in.ops->frame(f.in.pga, pfn, &info);
	return info.type;
}

/* A piece whose frames are all in this state, its first at or above `from`. */
static pga_pfn_t find_piece(pga_pfn_t from, char state)
{
	unsigned n = piece_frames();

	for (unsigned z = 0; z < f.in.conf.nr_zones; z++) {
		pga_pfn_t pfn = (f.in.zones[z].start + n - 1) / n * n;

		for (; pfn + n <= f.in.zones[z].start + f.in.zones[z].span; pfn += n) {
			unsigned i = 0;

			while (pfn >= from && i < n && f.o.frames[pfn + i] == state)
				i++;
			if (i == n)
				return pfn;
		}
	}
	return PGA_NIL;
}

static unsigned blocks_per_piece(void)
{
	return piece_frames() >> f.in.conf.pageblock_order;
}

static int isolate_piece(pga_pfn_t pfn, unsigned *types)
{
	for (unsigned b = 0; b < blocks_per_piece(); b++) {
		pga_pfn_t at = pfn + (b << f.in.conf.pageblock_order);
		int rc;

		types[b] = pageblock_type(at);
		t_drive(&f.in, 0);
		rc = f.in.ops->isolate(f.in.pga, at, 0);
		if (rc)
			return rc;
	}
	return 0;
}

static void unisolate_piece(pga_pfn_t pfn, const unsigned *types)
{
	for (unsigned b = 0; b < blocks_per_piece(); b++)
		f.in.ops->unisolate(f.in.pga, pfn + (b << f.in.conf.pageblock_order),
				    (enum pga_type)types[b]);
}

static void up_to_isolate(const struct point *p)
{
	const char *machine = p->machine;

	up(p, machine);
	ok(find_piece(0, 'f') != PGA_NIL, "no whole piece of %u frames", piece_frames());
}

static void take_all(const char *machine)
{
	while (take(request(0, -1, 0, PGA_GFP_USER_MOVABLE | PGA_GFP_MEMALLOC), NULL, machine))
		;
	t_drain_all(&f.in);
}

/* Free frames of an isolated piece are out of reach until isolation ends. */
ParameterizedTestParameters(isolation, free_frames_are_out_of_reach)
{
	return points_on(PGA_CAP_ISOLATE | PGA_CAP_MOBILITY, machines);
}
ParameterizedTest(struct point *p, isolation, free_frames_are_out_of_reach)
{
	const char *machine = p->machine;
	unsigned types[64], n;

	up_to_isolate(p);
	n = piece_frames();
	for (pga_pfn_t pfn = find_piece(0, 'f'); pfn != PGA_NIL; pfn = find_piece(pfn + n, 'f')) {
		ok(isolate_piece(pfn, types) == 0, "free piece at %u refused", pfn);
		ok(pageblock_type(pfn) == PGA_ISOLATE, "the pageblock at %u has type %u", pfn,
		   pageblock_type(pfn));
		agrees(n);
		take_all(machine);
		ok(f.o.live_frames == f.o.managed - n, "piece %u: %llu of %llu frames could be had",
		   pfn, (unsigned long long)f.o.live_frames, (unsigned long long)f.o.managed - n);
		for (unsigned i = 0; i < n; i++)
			ok(f.o.frames[pfn + i] == 'f', "isolated frame %u was given", pfn + i);
		agrees(n);
		unisolate_piece(pfn, types);
		agrees(0);
		take_all(machine);
		ok(f.o.live_frames == f.o.managed, "frames are missing after isolation ended");
		give_all();
		t_drain_all(&f.in);
		agrees(0);
	}
	end(machine);
}

/* What is freed into an isolated piece stays there. */
ParameterizedTestParameters(isolation, frees_stay_inside)
{
	return points_on(PGA_CAP_ISOLATE | PGA_CAP_MOBILITY, machines);
}
ParameterizedTest(struct point *p, isolation, frees_stay_inside)
{
	const char *machine = p->machine;
	unsigned types[64], n;
	bool any = false;

	up_to_isolate(p);
	n = piece_frames();
	take_all(machine);
	for (pga_pfn_t pfn = find_piece(0, 'u'); pfn != PGA_NIL && !any;
	     pfn = find_piece(pfn + n, 'u')) {
		bool movable = true;

		for (unsigned b = 0; b < blocks_per_piece(); b++) {
			unsigned t = pageblock_type(pfn + (b << f.in.conf.pageblock_order));

			movable &= t == PGA_MOVABLE || t == PGA_CMA;
		}
		if (!movable)
			continue;
		any = true;
		ok(isolate_piece(pfn, types) == 0, "movable piece at %u refused", pfn);
		agrees(0);
		give_all();
		t_drain_all(&f.in);
		agrees(n);
		unisolate_piece(pfn, types);
		agrees(0);
	}
	if (!any)
		cr_skip_test("%s on %s: no piece is movable", p->variant, machine);
	end(machine);
}

/* Pageblocks with frames that cannot move are refused and left as they were. */
ParameterizedTestParameters(isolation, unmovable_frames_refuse)
{
	return points_on(PGA_CAP_ISOLATE | PGA_CAP_MOBILITY, machines);
}
ParameterizedTest(struct point *p, isolation, unmovable_frames_refuse)
{
	const char *machine = p->machine;
	unsigned block, busy = 0;

	up_to_isolate(p);
	block = 1u << f.in.conf.pageblock_order;
	while (take(request(0, -1, 0, PGA_GFP_KERNEL | PGA_GFP_MEMALLOC), NULL, machine))
		;
	t_drain_all(&f.in);
	for (unsigned z = 0; z < f.in.conf.nr_zones; z++) {
		const struct pga_zone_conf *zc = &f.in.zones[z];
		pga_pfn_t pfn = (zc->start + block - 1) / block * block;

		for (; pfn + block <= zc->start + zc->span; pfn += block) {
			unsigned type = pageblock_type(pfn);

			if (zc->type == PGA_ZONE_MOVABLE || f.o.frames[pfn] != 'u' ||
			    (type != PGA_UNMOVABLE && type != PGA_RECLAIMABLE))
				continue;
			t_drive(&f.in, 0);
			ok(f.in.ops->isolate(f.in.pga, pfn, 0) == -EBUSY,
			   "pageblock %u of type %u with frames in use was isolated", pfn, type);
			ok(pageblock_type(pfn) == type, "the refusal changed pageblock %u", pfn);
			busy++;
		}
	}
	agrees(0);
	if (!busy)
		cr_skip_test("%s on %s: no pageblock is unmovable", p->variant, machine);
	end(machine);
}
