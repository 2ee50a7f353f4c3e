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
	pga_link_t head = pga_buddy_head(b, order, type);
	struct pga_frame *h = &b->head[order][type];
	uint32_t mask;

	/* Which end it is follows no pattern: selected by a mask, not by a branch. */
	mask = -(uint32_t)tail;
	pga_list_insert(unit, at, head ^ ((head ^ h->prev) & mask),
			h->next ^ ((h->next ^ head) & mask));
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
	const pga_link_t origin = b->origin;
	const uint32_t held = pga_flags(b->zone, 0, PGA_FRAME_TAIL, 0);
	uint32_t rel = at - origin, flags;
	bool tail = false;

	pga_assert(1, !(rel & ((1u << order) - 1)));
	pga_assert(2, pga_buddy_whole(b, unit, at, order));
	for (; order < b->top; order++) {
		uint32_t peer = rel ^ 1u << order;

		flags = pga_load(&unit[origin + peer].flags);
		if ((flags & PGA_F_BUDDY) != pga_flags(b->zone, order, PGA_FRAME_FREE, 0))
			break;
		pga_buddy_del(b, unit, origin + peer, order, pga_flags_type(flags));
		pga_store(&unit[origin + (rel | peer)].flags, held);
		rel &= peer;
	}
	if (order + 1 < b->top) {
		/* The zone that counts is that of the parent's first frame. */
		uint32_t parent = rel & ~(1u << order);
		unsigned zone = pga_flags_zone(pga_load(&unit[origin + parent].flags));

		flags = pga_load(&unit[origin + (parent ^ 2u << order)].flags);
		tail = (flags & PGA_F_BUDDY) == pga_flags(zone, order + 1, PGA_FRAME_FREE, 0);
	}
	pga_buddy_add(b, unit, origin + rel, order, type, tail);
}

/*
 * A sequence of frees, each of which may leave later ones unaffected.  Blocks
 * that follow one another in the sequence and are buddies become one block
 * before it meets the lists: that is what freeing them one by one comes to,
 * because until the last of them is free nothing outside can merge with any,
 * and what the others put on lists the last one takes off again.
 *
 * The newest block is held apart, where a compiler keeps it in registers; older
 * ones that can still merge wait below it: their orders descend, and each lies
 * in the buddy of the one before.  What can not merge any more is given back in
 * the order in which it came.
 */
struct pga_buddy_block {
	pga_link_t at;
	uint16_t order, type;
};
struct pga_buddy_seq {
	struct pga_buddy_block top; /* valid if nr */
	unsigned nr;		    /* blocks, top included */
	struct pga_buddy_block below[PGA_MAX_ORDERS];
};

/** pga_buddy_seq_flush - give back what is still held; ends a sequence */
static inline void pga_buddy_seq_flush(struct pga_buddy_seq *s, struct pga_buddy *b,
				       struct pga_frame *unit)
{
	for (unsigned i = 0; i + 1 < s->nr; i++)
		pga_buddy_free(b, unit, s->below[i].at, s->below[i].order, s->below[i].type);
	if (s->nr)
		pga_buddy_free(b, unit, s->top.at, s->top.order, s->top.type);
	s->nr = 0;
}

/** pga_buddy_seq_free - append the free of one frame */
static inline void pga_buddy_seq_free(struct pga_buddy_seq *s, struct pga_buddy *b,
				      struct pga_frame *unit, pga_link_t at, unsigned type)
{
	const uint32_t held = pga_flags(b->zone, 0, PGA_FRAME_TAIL, 0);
	struct pga_buddy_block new = { at, 0, (uint16_t)type };

	if (s->nr) {
		uint32_t apart = (at - b->origin) ^ (s->top.at - b->origin);

		if (apart >> s->top.order != 1 || s->top.order == b->top)
			pga_buddy_seq_flush(s, b, unit);
	}
	while (s->nr && s->top.order == new.order &&new.order < b->top) {
		pga_link_t low = new.at < s->top.at ? new.at : s->top.at;

		pga_store(&unit[new.at ^ s->top.at ^ low].flags, held);
		new.at = low;
		new.order++;
		if (--s->nr)
			s->top = s->below[s->nr - 1];
	}
	if (s->nr)
		s->below[s->nr - 1] = s->top;
	s->top = new;
	s->nr++;
}

#endif
