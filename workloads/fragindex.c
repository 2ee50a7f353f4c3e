/* SPDX-License-Identifier: GPL-2.0-only */
/* The fragmentation indices. */
#include "workloads/fragindex.h"

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
