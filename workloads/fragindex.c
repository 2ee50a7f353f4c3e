/* SPDX-License-Identifier: GPL-2.0-only */
/* Indices of fragmentation from the numbers of free blocks. */
#include "workloads/fragindex.h"

#include <math.h>

#define HUGE_ORDER 9u /* what proactive compaction keeps free */
/* Below this the kernel does not let the low mark fall; it compacts between the marks. */
#define SCORE_LOW_MIN 5u
#define SCORE_GAP 10u

struct totals {
	uint64_t frames, blocks; /* F and B */
	uint64_t usable;	 /* frames in blocks of the order or larger */
};

static struct totals totals(const struct wl_frag *f, unsigned order)
{
	struct totals t = { 0 };

	for (unsigned i = 0; i < PGA_MAX_ORDERS; i++) {
		t.blocks += f->blocks[i];
		t.frames += f->blocks[i] << i;
		if (i >= order)
			t.usable += f->blocks[i] << i;
	}
	return t;
}

void wl_frag_add(struct wl_frag *f, const struct pga_zone_snap *snap)
{
	for (unsigned type = 0; type < PGA_MAX_TYPES; type++)
		for (unsigned i = 0; i < PGA_MAX_ORDERS; i++)
			f->blocks[i] += snap->nr_blocks[type][i];
}

void wl_frag_take(struct wl_frag *f, const struct pga_ops *ops, struct pga *pga,
		  const struct pga_conf *conf)
{
	*f = (struct wl_frag){ 0 };
	for (unsigned zone = 0; zone < conf->nr_zones; zone++) {
		struct pga_zone_snap snap = { 0 };

		ops->zone_snap(pga, zone, &snap);
		wl_frag_add(f, &snap);
	}
}

void wl_frag_take_types(struct wl_frag_types *t, const struct pga_ops *ops, struct pga *pga,
			const struct pga_conf *conf)
{
	*t = (struct wl_frag_types){ 0 };
	for (unsigned zone = 0; zone < conf->nr_zones; zone++) {
		struct pga_zone_snap snap = { 0 };

		ops->zone_snap(pga, zone, &snap);
		for (unsigned type = 0; type < PGA_MAX_TYPES; type++) {
			t->pageblocks[type] += snap.pageblocks[type];
			for (unsigned i = 0; i < PGA_MAX_ORDERS; i++)
				t->blocks[type][i] += snap.nr_blocks[type][i];
		}
	}
}

int wl_frag_fu(const struct wl_frag *f, unsigned order)
{
	struct totals t = totals(f, order);

	return t.frames ? (int)((t.frames - t.usable) * 1000 / t.frames) : 1000;
}

int wl_frag_fi(const struct wl_frag *f, unsigned order)
{
	struct totals t = totals(f, order);

	if (!t.blocks)
		return 0;
	if (t.usable)
		return -1000;
	return (int)(1000 - (int64_t)((1000 + (t.frames * 1000 >> order)) / t.blocks));
}

uint64_t wl_frag_frames(const struct wl_frag *f)
{
	return totals(f, 0).frames;
}

uint64_t wl_frag_nr_blocks(const struct wl_frag *f)
{
	return totals(f, 0).blocks;
}

uint64_t wl_frag_suitable(const struct wl_frag *f, unsigned order)
{
	return totals(f, order).usable >> order;
}

double wl_frag_fmfi(const struct wl_frag *f, unsigned order)
{
	struct totals t = totals(f, order);

	if (!t.blocks)
		return (double)NAN;
	return 1 - ldexp((double)t.frames, -(int)order) / (double)t.blocks;
}

unsigned wl_frag_extfrag(const struct wl_frag *f, unsigned order)
{
	struct totals t = totals(f, order);

	return t.frames ? (unsigned)((t.frames - t.usable) * 100 / t.frames) : 0;
}

uint64_t wl_frag_score(const struct wl_frag *f, uint64_t zone, uint64_t node)
{
	return zone * wl_frag_extfrag(f, HUGE_ORDER) / (node + 1);
}

void wl_frag_score_marks(unsigned proactiveness, unsigned *low, unsigned *high)
{
	unsigned mark = proactiveness < 100 ? 100 - proactiveness : 0;

	*low = mark > SCORE_LOW_MIN ? mark : SCORE_LOW_MIN;
	*high = *low + SCORE_GAP < 100 ? *low + SCORE_GAP : 100;
}

double wl_frag_largest(const struct wl_frag *f)
{
	uint64_t frames = totals(f, 0).frames, largest = 0;

	for (unsigned i = 0; i < PGA_MAX_ORDERS; i++)
		if (f->blocks[i])
			largest = 1ull << i;
	return frames ? 1 - (double)largest / (double)frames : (double)NAN;
}

double wl_frag_squares(const struct wl_frag *f)
{
	uint64_t frames = totals(f, 0).frames;
	double squares = 0;

	for (unsigned i = 0; i < PGA_MAX_ORDERS; i++)
		squares += ldexp((double)f->blocks[i], 2 * (int)i);
	return frames ? 1 - sqrt(squares) / (double)frames : (double)NAN;
}

double wl_frag_internal(uint64_t granted, uint64_t asked)
{
	return granted ? (double)(granted - asked) / (double)granted : (double)NAN;
}

double wl_frag_robson(unsigned order)
{
	return order / 2.0 + 1;
}
