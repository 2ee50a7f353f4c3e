/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Binary buddies on lists: for each order and type a list of free blocks.
 * Everything here runs under the lock of the zone that owns the lists.
 *
 * Invariants, tested by pga_buddy_check():
 *   for each order o:  nr_free[o] == sum over types of head[o][t].count
 *   for each list:     head.count == entries; bit o of nonempty[t] == (count > 0)
 *   for each entry:    state FREE, order o, type t, the zone's own number, and
 *                      (frame - origin) is a multiple of 2^o
 *   no two free blocks of one order below the highest are buddies
 */
#ifndef CORE_BUDDY_H
#define CORE_BUDDY_H

#include "core/assert.h"
#include "core/frame.h"

struct pga_buddy {
	pga_link_t origin;		  /* link of the frame that alignment counts from */
	pga_link_t heads;		  /* link of head[0][0] */
	uint8_t zone;			  /* number of the zone in flags */
	uint8_t top;			  /* highest order */
	uint16_t nonempty[PGA_MAX_TYPES]; /* by type: bit per order; compaction looks without the
					     lock */
	uint32_t nr_free[PGA_MAX_ORDERS]; /* read without the lock by watermark tests */
	struct pga_frame head[PGA_MAX_ORDERS][PGA_MAX_TYPES];
};

/** pga_buddy_init - empty lists; @b lies in the metadata range at @unit */
void pga_buddy_init(struct pga_buddy *b, struct pga_frame *unit, pga_link_t origin, unsigned zone,
		    unsigned nr_orders);

/**
 * pga_buddy_check - test the invariants above
 * Return: 0, or -EUCLEAN with the first violation in @why.
 */
int pga_buddy_check(const struct pga_buddy *b, const struct pga_map *map, char *why, size_t len);

static inline pga_link_t pga_buddy_head(const struct pga_buddy *b, unsigned order, unsigned type)
{
	return b->heads + order * PGA_MAX_TYPES + type;
}

/** pga_buddy_add - put a free block on the list of @type, at its @tail or head */
static inline void pga_buddy_add(struct pga_buddy *b, struct pga_frame *unit, pga_link_t at,
				 unsigned order, unsigned type, bool tail)
{
	struct pga_frame *h = &b->head[order][type];

	pga_list_insert_end(unit, at, h, tail);
	pga_store(&unit[at].flags, pga_flags(b->zone, order, PGA_FRAME_FREE, type));
	pga_add(&b->nr_free[order], 1);
	if (!h->count++)
		pga_store(&b->nonempty[type], (uint16_t)(b->nonempty[type] | 1u << order));
}

/** pga_buddy_del - take a block off its list; the caller rewrites its flags */
static inline void pga_buddy_del(struct pga_buddy *b, struct pga_frame *unit, pga_link_t at,
				 unsigned order, unsigned type)
{
	struct pga_frame *h = &b->head[order][type];

	pga_list_remove(unit, at);
	pga_add(&b->nr_free[order], (uint32_t)-1);
	if (!--h->count)
		pga_store(&b->nonempty[type], (uint16_t)(b->nonempty[type] & ~(1u << order)));
}

/** pga_buddy_move - move a free block to the head of the list of @to */
static inline void pga_buddy_move(struct pga_buddy *b, struct pga_frame *unit, pga_link_t at,
				  unsigned to)
{
	uint32_t flags = pga_load(&unit[at].flags);

	pga_buddy_del(b, unit, at, pga_flags_order(flags), pga_flags_type(flags));
	pga_buddy_add(b, unit, at, pga_flags_order(flags), to, false);
}

/** pga_buddy_smallest - smallest order >= @order with a block of @type, or -1 */
static inline int pga_buddy_smallest(const struct pga_buddy *b, unsigned order, unsigned type)
{
	unsigned fits = (unsigned)b->nonempty[type] >> order;

	return fits ? (int)order + __builtin_ctz(fits) : -1;
}

/**
 * pga_buddy_split - cut an unlisted block of order @high down to its first
 * 2^@low frames; each upper half goes to the head of its list of @type
 */
static inline void pga_buddy_split(struct pga_buddy *b, struct pga_frame *unit, pga_link_t at,
				   unsigned low, unsigned high, unsigned type)
{
	while (high > low) {
		high--;
		pga_buddy_add(b, unit, at + (1u << high), high, type, false);
	}
}

/* Does a block that comes back hold nothing but its own frames? */
static inline bool pga_buddy_whole(const struct pga_buddy *b, const struct pga_frame *unit,
				   pga_link_t at, unsigned order)
{
	const uint32_t tail = pga_flags(b->zone, 0, PGA_FRAME_TAIL, 0);

	for (uint32_t i = 1; i < 1u << order; i++)
		if (pga_load(&unit[at + i].flags) != tail)
			return false;
	return true;
}

/**
 * pga_buddy_free - give a block back, merging upward, to the list of @type
 *
 * The result goes to the head of its list, or to the tail when one more merge
 * is likely: when the buddy of the block that this merge would make is free.
 */
static inline void pga_buddy_free(struct pga_buddy *b, struct pga_frame *unit, pga_link_t at,
				  unsigned order, unsigned type)
{
	const uint32_t step = 1u << PGA_F_ORDER_SHIFT, last = 1u << b->top;
	/* What a buddy that is free has in its flags. */
	uint32_t free = pga_flags(b->zone, order, PGA_FRAME_FREE, 0);
	uint32_t rel = (at - b->origin) & (last - 1), size = 1u << order, flags, tail = 0;
	/* The largest block that this can become; it may begin before the table does. */
	struct pga_frame *frames = unit + ((int64_t)at - rel), *row = b->head[order];
	uint32_t *nr_free = &b->nr_free[order];

	at -= rel;
	pga_assert(1, !(rel & (size - 1)));
	pga_assert(2, pga_buddy_whole(b, unit, at + rel, order));
	for (; size < last; size <<= 1, free += step, row += PGA_MAX_TYPES) {
		struct pga_frame *peer = &frames[rel ^ size];
		pga_link_t prev, next;

		flags = pga_load(&peer->flags);
		if ((flags & PGA_F_BUDDY) != free)
			break;
		flags = pga_flags_type(flags);
		prev = peer->prev;
		next = peer->next;
		unit[prev].next = next;
		unit[next].prev = prev;
		pga_add(nr_free, (uint32_t)-1);
		nr_free++;
		if (!--row[flags].count)
			pga_store(&b->nonempty[flags], (uint16_t)(b->nonempty[flags] & ~size));
		pga_store(&frames[rel | size].flags, pga_flags(b->zone, 0, PGA_FRAME_TAIL, 0));
		rel &= ~size;
	}
	if (size << 1 < last) {
		/* The zone that counts is that of the parent's first frame. */
		uint32_t parent = rel & ~size;

		flags = pga_load(&frames[parent].flags) & PGA_F_ZONE;
		flags |= (free & ~PGA_F_ZONE) + step;
		tail = ((pga_load(&frames[parent ^ size << 1].flags) ^ flags) & PGA_F_BUDDY) == 0;
	}
	pga_list_insert_end(unit, at + rel, &row[type], tail);
	pga_store(&frames[rel].flags, free | type << PGA_F_TYPE_SHIFT);
	pga_add(nr_free, 1);
	if (!row[type].count++)
		pga_store(&b->nonempty[type], (uint16_t)(b->nonempty[type] | size));
}

/**
 * pga_buddy_free_run - give @nr adjacent frames back, as freeing them one by one
 * @low: the lowest; @down: the highest comes first, not the lowest.  Their flags
 * are PGA_FRAME_TAIL by now.
 *
 * The run falls into aligned blocks.  Until the last frame of such a block is
 * free nothing outside can merge with any of it, and what the others put on lists
 * the last one takes off again: so it comes to freeing the block at once.
 */
static inline void pga_buddy_free_run(struct pga_buddy *b, struct pga_frame *unit, pga_link_t low,
				      uint32_t nr, bool down, unsigned type)
{
	uint32_t from = low - b->origin, end = from + nr;

	while (from < end) {
		unsigned fits = 31 - (unsigned)__builtin_clz(end - from);
		unsigned even = (unsigned)__builtin_ctz((down ? end : from) | 1u << b->top);
		unsigned order = fits < even ? fits : even;
		uint32_t at = down ? end - (1u << order) : from;

		pga_buddy_free(b, unit, b->origin + at, order, type);
		from += down ? 0 : 1u << order;
		end -= down ? 1u << order : 0;
	}
}

#endif
