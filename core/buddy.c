/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/buddy.h"

#include <errno.h>
#include <stdio.h>

void pga_buddy_init(struct pga_buddy *b, struct pga_frame *unit, pga_link_t origin, unsigned zone,
		    unsigned nr_orders)
{
	b->origin = origin;
	b->heads = (pga_link_t)(&b->head[0][0] - unit);
	b->zone = (uint8_t)zone;
	b->top = (uint8_t)(nr_orders - 1);
	for (unsigned o = 0; o < PGA_MAX_ORDERS; o++)
		for (unsigned t = 0; t < PGA_MAX_TYPES; t++)
			pga_list_init(unit, pga_buddy_head(b, o, t));
}

static int bad(const struct pga_buddy *b, char *why, size_t len, const char *what, unsigned order,
	       unsigned type, uint64_t value)
{
	snprintf(why, len, "zone %u order %u type %u: %s (%llu)", b->zone, order, type, what,
		 (unsigned long long)value);
	return -EUCLEAN;
}

/* Count is the bound: a cycle of foreign links ends there. */
static int check_list(const struct pga_buddy *b, const struct pga_map *map, unsigned order,
		      unsigned type, char *why, size_t len)
{
	const struct pga_frame *unit = map->unit, *h = &b->head[order][type];
	pga_link_t head = pga_buddy_head(b, order, type), prev = head;
	uint32_t want = pga_flags(b->zone, order, PGA_FRAME_FREE, type), seen = 0;

	for (pga_link_t at = h->next; at != head; prev = at, at = unit[at].next) {
		uint32_t rel = at - b->origin;

		if (seen++ == h->count)
			return bad(b, why, len, "list is longer than its count", order, type,
				   h->count);
		if (unit[at].prev != prev)
			return bad(b, why, len, "broken link before frame", order, type,
				   pga_pfn(map, at));
		if (pga_load(&unit[at].flags) != want)
			return bad(b, why, len, "wrong flags of frame", order, type,
				   pga_pfn(map, at));
		if (rel & ((1u << order) - 1))
			return bad(b, why, len, "misaligned block at frame", order, type,
				   pga_pfn(map, at));
		if (order < b->top && (pga_load(&unit[b->origin + (rel ^ 1u << order)].flags) &
				       PGA_F_BUDDY) == (want & PGA_F_BUDDY))
			return bad(b, why, len, "unmerged buddies at frame", order, type,
				   pga_pfn(map, at));
	}
	if (seen != h->count || h->prev != prev)
		return bad(b, why, len, "list is shorter than its count", order, type, h->count);
	return 0;
}

int pga_buddy_check(const struct pga_buddy *b, const struct pga_map *map, char *why, size_t len)
{
	for (unsigned o = 0; o < PGA_MAX_ORDERS; o++) {
		uint64_t sum = 0;

		for (unsigned t = 0; t < PGA_MAX_TYPES; t++) {
			uint32_t count = b->head[o][t].count;

			if (o > b->top && count)
				return bad(b, why, len, "order is not offered", o, t, count);
			if ((b->nonempty[t] >> o & 1) != (count > 0))
				return bad(b, why, len, "wrong bit for count", o, t, count);
			if (check_list(b, map, o, t, why, len))
				return -EUCLEAN;
			sum += count;
		}
		if (sum != b->nr_free[o])
			return bad(b, why, len, "nr_free differs from the lists", o, 0, sum);
	}
	return 0;
}
