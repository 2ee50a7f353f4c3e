/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/bitbuddy.h"

#include <errno.h>
#include <stdio.h>

static uint32_t nr_bits(uint32_t span, unsigned order, unsigned nr_orders, bool top_bits)
{
	if (order + 1 == nr_orders && !top_bits)
		return 0;
	return (uint32_t)((span + (2ull << order) - 1) >> (order + 1));
}

size_t pga_bitbuddy_bytes(uint32_t span, unsigned nr_orders, bool top_bits)
{
	size_t words = 0;

	for (unsigned o = 0; o < nr_orders; o++)
		words += (nr_bits(span, o, nr_orders, top_bits) + 63u) / 64u;
	return words * sizeof(uint64_t);
}

void pga_bitbuddy_init(struct pga_bitbuddy *b, struct pga_frame *unit, pga_link_t origin,
		       unsigned zone, uint32_t span, unsigned nr_orders, uint64_t *maps)
{
	pga_buddy_init(&b->lists, unit, origin, zone, nr_orders);
	for (unsigned o = 0; o < nr_orders; o++) {
		b->nr_bits[o] = nr_bits(span, o, nr_orders, b->top_bits);
		b->map[o] = maps;
		maps += (b->nr_bits[o] + 63u) / 64u;
	}
}

static bool is_free(const struct pga_bitbuddy *b, const struct pga_map *map, uint32_t rel,
		    unsigned order)
{
	uint32_t flags = pga_load(&map->unit[b->lists.origin + rel].flags);

	return (flags & PGA_F_BUDDY) == pga_flags(b->lists.zone, order, PGA_FRAME_FREE, 0);
}

static int check_order(const struct pga_bitbuddy *b, const struct pga_map *map, unsigned order,
		       char *why, size_t len)
{
	for (uint32_t i = 0; i < b->nr_bits[order]; i++) {
		uint32_t rel = i << (order + 1);
		bool one =
			is_free(b, map, rel, order) != is_free(b, map, rel + (1u << order), order);

		if (one == !!(b->map[order][i / 64] >> i % 64 & 1))
			continue;
		snprintf(why, len, "zone %u order %u: bit %u says %d, the lists say %d",
			 b->lists.zone, order, i, !one, one);
		return -EUCLEAN;
	}
	return 0;
}

int pga_bitbuddy_check(const struct pga_bitbuddy *b, const struct pga_map *map, char *why,
		       size_t len)
{
	int rc = pga_buddy_check(&b->lists, map, why, len);

	for (unsigned o = 0; !rc && o < b->lists.top; o++)
		rc = check_order(b, map, o, why, len);
	return rc;
}
