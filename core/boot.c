/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/boot.h"

/* Calls for the parts of a range by zone, ascending. */
struct part {
	unsigned zone;
	pga_pfn_t start, end;
};

static bool next_part(const struct pga_conf *c, const struct pga_range *r, struct part *p)
{
	uint64_t pos = p->end, best = UINT64_MAX;

	for (unsigned i = 0; i < c->nr_zones; i++) {
		uint64_t start = c->zones[i].start, end = pga_zone_end(&c->zones[i]);

		start = start > pos ? start : pos;
		end = end < r->end ? end : r->end;
		if (start >= end || start >= best)
			continue;
		best = start;
		*p = (struct part){ i, (pga_pfn_t)start, (pga_pfn_t)end };
	}
	return best != UINT64_MAX;
}

/* Frames that already have a state keep it: boot first, then RAM, then the rest. */
static void fill_part(const struct pga_map *map, const struct part *p, enum pga_frame_state state)
{
	uint32_t flags = pga_flags(p->zone, 0, state, 0);
	struct pga_frame *f = &map->unit[pga_link(map, p->start)];

	for (pga_pfn_t n = p->end - p->start; n; n--, f++)
		if (!f->flags)
			f->flags = flags;
}

static void fill_ranges(const struct pga_conf *c, const struct pga_map *map,
			const struct pga_range *r, unsigned nr, enum pga_frame_state state)
{
	for (unsigned i = 0; i < nr; i++) {
		struct part p = { .end = r[i].start };

		while (next_part(c, &r[i], &p))
			fill_part(map, &p, state);
	}
}

static void fill_edges(const struct pga_conf *c, const struct pga_map *map,
		       const struct pga_zone_conf *z)
{
	uint64_t part = (1ull << (c->nr_orders - 1)) - 1, base = z->block_base;
	uint64_t first = base + ((z->start - base) & ~part);
	uint64_t last = base + ((pga_zone_end(z) - base + part) & ~part);
	bool dma0 = c->zones[0].node == 0 && c->zones[0].type == PGA_ZONE_DMA;
	uint32_t flags = pga_flags(dma0 ? 0 : PGA_NO_ZONE, 0, PGA_FRAME_HOLE, 0);

	for (uint64_t pfn = first; pfn < z->start; pfn++)
		if (pga_conf_zone_at(c, (pga_pfn_t)pfn) < 0)
			map->unit[pga_link(map, (pga_pfn_t)pfn)].flags = flags;
	for (uint64_t pfn = pga_zone_end(z); pfn < last; pfn++)
		if (pga_conf_zone_at(c, (pga_pfn_t)pfn) < 0)
			map->unit[pga_link(map, (pga_pfn_t)pfn)].flags = flags;
}

void pga_boot_fill(const struct pga_conf *c, const struct pga_map *map)
{
	fill_ranges(c, map, c->boot, c->nr_boot, PGA_FRAME_TAIL);
	fill_ranges(c, map, c->cma, c->nr_cma, PGA_FRAME_TAIL);
	fill_ranges(c, map, c->mem, c->nr_mem, PGA_FRAME_RESERVED);
	for (unsigned i = 0; i < c->nr_zones; i++) {
		const struct pga_zone_conf *z = &c->zones[i];
		struct part whole = { i, z->start, (pga_pfn_t)pga_zone_end(z) };

		fill_part(map, &whole, PGA_FRAME_HOLE);
		fill_edges(c, map, z);
	}
}

static void release_part(const struct pga_conf *c, const struct part *p, pga_boot_fn fn, void *data)
{
	unsigned order = c->long_bits == 64 ? 6 : 5;
	pga_pfn_t base = c->zones[p->zone].block_base, pos = p->start, size, left;

	order = order < c->nr_orders ? order : c->nr_orders - 1u;
	size = 1u << order;
	while (pos < p->end) {
		bool whole;

		left = p->end - pos;
		whole = !((pos - base) & (size - 1)) && left >= size;
		fn(data, p->zone, pos, whole ? order : 0);
		pos += whole ? size : 1;
	}
}

void pga_boot_release(const struct pga_conf *c, pga_boot_fn fn, void *data)
{
	for (unsigned i = 0; i < c->nr_boot; i++) {
		struct part p = { .end = c->boot[i].start };

		while (next_part(c, &c->boot[i], &p))
			release_part(c, &p, fn, data);
	}
}
