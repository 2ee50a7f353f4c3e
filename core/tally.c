/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/tally.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

int pga_violated(char *why, size_t len, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, len, fmt, ap);
	va_end(ap);
	return -EUCLEAN;
}

static int check_tails(const struct pga_map *map, const struct pga_zone_conf *z, unsigned id,
		       unsigned nr_orders, pga_pfn_t pfn, unsigned order, char *why, size_t len)
{
	uint32_t want = pga_flags(id, 0, PGA_FRAME_TAIL, 0);

	if (order >= nr_orders || pga_zone_end(z) - pfn < 1u << order)
		return pga_violated(why, len, "frame %u: block of order %u leaves zone %u", pfn,
				    order, id);
	for (uint32_t i = 1; i < 1u << order; i++)
		if ((pga_load(&map->unit[pga_link(map, pfn + i)].flags) &
		     (PGA_F_ZONE | PGA_F_STATE)) != want)
			return pga_violated(why, len, "frame %u: no tail inside the block at %u",
					    pfn + i, pfn);
	return 0;
}

int pga_tally_zone(const struct pga_map *map, const struct pga_zone_conf *z, unsigned id,
		   unsigned nr_orders, struct pga_tally *t, char *why, size_t len)
{
	uint32_t step;

	for (pga_pfn_t pfn = z->start; pfn < pga_zone_end(z); pfn += step) {
		uint32_t flags = pga_load(&map->unit[pga_link(map, pfn)].flags);
		enum pga_frame_state state = pga_flags_state(flags);
		unsigned order = pga_flags_order(flags);

		step = 1;
		if (pga_flags_zone(flags) != id)
			return pga_violated(why, len, "frame %u: zone %u instead of %u", pfn,
					    pga_flags_zone(flags), id);
		if (state == PGA_FRAME_TAIL || state > PGA_FRAME_USED)
			return pga_violated(why, len, "frame %u: state %u outside a block", pfn,
					    (unsigned)state);
		if (state == PGA_FRAME_FREE || state == PGA_FRAME_USED) {
			if (check_tails(map, z, id, nr_orders, pfn, order, why, len))
				return -EUCLEAN;
			step = 1u << order;
		}
		t->frames[state] += step;
	}
	return 0;
}

int pga_tally_list(const struct pga_map *map, unsigned id, pga_link_t head, uint32_t max,
		   uint32_t *seen, char *why, size_t len)
{
	const struct pga_frame *unit = map->unit;
	pga_link_t prev = head;

	for (pga_link_t at = unit[head].next; at != head; prev = at, at = unit[at].next) {
		uint32_t flags = pga_load(&unit[at].flags);

		if ((*seen)++ == max)
			return pga_violated(why, len,
					    "zone %u: a CPU's lists are longer than their "
					    "count %u",
					    id, max);
		if (unit[at].prev != prev || pga_flags_zone(flags) != id ||
		    pga_flags_state(flags) != PGA_FRAME_PCP)
			return pga_violated(why, len,
					    "frame %u: broken link or flags %#x on a CPU's list",
					    pga_pfn(map, at), flags);
	}
	if (unit[head].prev != prev)
		return pga_violated(why, len, "zone %u: broken tail of a CPU's list", id);
	return 0;
}

int pga_tally_agrees(const struct pga_tally *t, const struct pga_tally_sums *s, unsigned id,
		     char *why, size_t len)
{
	uint64_t known = s->managed + t->frames[PGA_FRAME_RESERVED];

	if (s->listed != t->frames[PGA_FRAME_FREE])
		return pga_violated(why, len,
				    "zone %u: %" PRIu64 " frames on lists, %" PRIu64
				    " in free blocks",
				    id, s->listed, t->frames[PGA_FRAME_FREE]);
	if (s->parked != t->frames[PGA_FRAME_PCP])
		return pga_violated(why, len,
				    "zone %u: %" PRIu64 " frames on CPUs' lists, %" PRIu64
				    " marked so",
				    id, s->parked, t->frames[PGA_FRAME_PCP]);
	if (s->present != known)
		return pga_violated(
			why, len, "zone %u: %" PRIu64 " frames present, %" PRIu64 " accounted for",
			id, s->present, known);
	return 0;
}

void pga_walk_list(const struct pga_map *map, pga_link_t head, struct pga_list_entry e,
		   pga_list_fn fn, void *data)
{
	const struct pga_frame *unit = map->unit;

	for (pga_link_t at = unit[head].next; at != head; at = unit[at].next) {
		e.pfn = pga_pfn(map, at);
		fn(data, &e);
	}
}
