/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Binary buddies on bitmaps, as kernels before mobility types had them: for each
 * order one list of free blocks and one bit per pair of neighbours.  A bit is 1
 * when exactly one of the pair is a free block of that order, so flipping it on
 * every change of either tells whether the other one is free: no look at the
 * neighbour's frame is needed.  Everything here runs under the lock of the zone.
 *
 * The lists are those of struct pga_buddy, with the one type 0.
 *
 * Invariants, tested by pga_bitbuddy_check():
 *   those of the lists
 *   below the highest order: bit == exactly one of the pair is free in that order
 */
#ifndef CORE_BITBUDDY_H
#define CORE_BITBUDDY_H

#include "core/buddy.h"

struct pga_bitbuddy {
	struct pga_buddy lists;
	/* Policy. */
	bool give_upper; /* a split lists the lower half and cuts the upper one further */
	bool top_bits;	 /* the highest order has bits, which only taking a block flips */
	uint32_t nr_bits[PGA_MAX_ORDERS]; /* 0: the order has none */
	uint64_t *map[PGA_MAX_ORDERS];
};

/** pga_bitbuddy_bytes - size of the bitmaps of a zone of @span frames; a multiple of 8 */
size_t pga_bitbuddy_bytes(uint32_t span, unsigned nr_orders, bool top_bits);

/**
 * pga_bitbuddy_init - empty lists and zeroed bitmaps
 * @b: lies in the metadata range at @unit; its policy is set already
 * @origin: link of the zone's first frame, which alignment counts from; the frame
 *          table goes on to the end of the last block of the highest order, so
 *          counted, that the zone reaches into
 * @maps: pga_bitbuddy_bytes() of zeroed memory, aligned to 8
 */
void pga_bitbuddy_init(struct pga_bitbuddy *b, struct pga_frame *unit, pga_link_t origin,
		       unsigned zone, uint32_t span, unsigned nr_orders, uint64_t *maps);

/**
 * pga_bitbuddy_check - test the invariants above; takes time of the order of the zone's size
 * Return: 0, or -EUCLEAN with the first violation in @why.
 */
int pga_bitbuddy_check(const struct pga_bitbuddy *b, const struct pga_map *map, char *why,
		       size_t len);

/** pga_bitbuddy_flip - change the bit of the pair that @rel lies in. Return: what it was */
static inline bool pga_bitbuddy_flip(struct pga_bitbuddy *b, uint32_t rel, unsigned order)
{
	uint32_t bit = rel >> (order + 1);
	uint64_t *word = &b->map[order][bit / 64], mask = 1ull << bit % 64;

	*word ^= mask;
	return !(*word & mask);
}

/** pga_bitbuddy_free - give a block back, merging upward; the result goes to the list's head */
static inline void pga_bitbuddy_free(struct pga_bitbuddy *b, struct pga_frame *unit, pga_link_t at,
				     unsigned order)
{
	struct pga_buddy *l = &b->lists;
	const uint32_t held = pga_flags(l->zone, 0, PGA_FRAME_TAIL, 0);
	uint32_t rel = at - l->origin;

	pga_assert(1, !(rel & ((1u << order) - 1)));
	for (; order < l->top && pga_bitbuddy_flip(b, rel, order); order++) {
		uint32_t peer = rel ^ 1u << order;

		pga_buddy_del(l, unit, l->origin + peer, order, 0);
		pga_store(&unit[l->origin + (rel | peer)].flags, held);
		rel &= peer;
	}
	pga_buddy_add(l, unit, l->origin + rel, order, 0, false);
}

/**
 * pga_bitbuddy_take_whole - take the smallest block of at least 2^@order frames, uncut
 * @found: gets its order
 * Return: its first frame, whose flags the caller rewrites; 0: there is none.
 */
static inline pga_link_t pga_bitbuddy_take_whole(struct pga_bitbuddy *b, struct pga_frame *unit,
						 unsigned order, unsigned *found)
{
	struct pga_buddy *l = &b->lists;
	int high = pga_buddy_smallest(l, order, 0);
	pga_link_t at;

	if (high < 0)
		return 0;
	*found = (unsigned)high;
	at = l->head[high][0].next;
	pga_buddy_del(l, unit, at, *found, 0);
	if (*found < l->top || b->top_bits)
		pga_bitbuddy_flip(b, at - l->origin, *found);
	return at;
}

/**
 * pga_bitbuddy_take - take a block of 2^@order frames off the lists
 * @found: gets the order of the block that it was cut from
 * Return: its first frame, whose flags the caller rewrites; 0: there is none.
 */
static inline pga_link_t pga_bitbuddy_take(struct pga_bitbuddy *b, struct pga_frame *unit,
					   unsigned order, unsigned *found)
{
	pga_link_t at = pga_bitbuddy_take_whole(b, unit, order, found), rest;
	struct pga_buddy *l = &b->lists;

	if (!at)
		return 0;
	for (unsigned o = *found; o-- > order;) {
		rest = at + (1u << o);
		if (b->give_upper) {
			rest = at;
			at += 1u << o;
		}
		pga_buddy_add(l, unit, rest, o, 0, false);
		pga_bitbuddy_flip(b, at - l->origin, o);
	}
	return at;
}

#endif
