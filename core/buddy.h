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

/*
 * Where blocks come back to: what would be read again after each store to a list.
 * base: the frame that alignment counts from, which need not exist.
 */
struct pga_buddy_place {
	struct pga_buddy *b;
	struct pga_frame *unit, *base;
	uint32_t zone;
	unsigned top;
};

static inline struct pga_buddy_place pga_buddy_place(struct pga_buddy *b, struct pga_frame *unit,
						     pga_link_t at)
{
	return (struct pga_buddy_place){
		.b = b,
		.unit = unit,
		.base = unit + ((int64_t)at - (int64_t)(at - b->origin)),
		.zone = b->zone,
		.top = b->top,
	};
}

/*
 * Takes free buddies of the block @*rel off their lists and makes them part of it.
 * Return: its order then; *rel is its first frame.
 */
static inline unsigned pga_buddy_merge(const struct pga_buddy_place *p, uint32_t *rel,
				       unsigned order)
{
	const uint32_t tail = pga_flags(p->zone, 0, PGA_FRAME_TAIL, 0);
	uint32_t at = *rel, size = 1u << order;
	struct pga_buddy *b = p->b;

	for (; order < p->top; order++, size <<= 1) {
		struct pga_frame *peer = &p->base[at ^ size], *row;
		uint32_t flags = pga_load(&peer->flags);
		pga_link_t prev, next;
		unsigned type;

		if ((flags & PGA_F_BUDDY) != pga_flags(p->zone, order, PGA_FRAME_FREE, 0))
			break;
		type = pga_flags_type(flags);
		prev = peer->prev;
		next = peer->next;
		p->unit[prev].next = next;
		p->unit[next].prev = prev;
		pga_add(&b->nr_free[order], (uint32_t)-1);
		row = &b->head[order][type];
		if (!--row->count)
			pga_store(&b->nonempty[type], (uint16_t)(b->nonempty[type] & ~size));
		pga_store(&p->base[at | size].flags, tail);
		at &= ~size;
	}
	*rel = at;
	return order;
}

/*
 * Puts a block that has no free buddy on the list of @type: at the head, or at the
 * tail when one more merge is likely: when the buddy of the block that this merge
 * would make is free.
 */
static inline __attribute__((always_inline)) void pga_buddy_put(const struct pga_buddy_place *p,
								uint32_t rel, unsigned order,
								unsigned type)
{
	const uint32_t mine = pga_flags(p->zone, order, PGA_FRAME_FREE, 0), size = 1u << order;
	struct pga_frame *row = &p->b->head[order][type];
	struct pga_buddy *b = p->b;
	uint32_t tail = 0;

	if (order + 1 < p->top) {
		/* The zone that counts is that of the parent's first frame. */
		uint32_t parent = rel & ~size, like;

		like = (mine & ~PGA_F_ZONE) + (1u << PGA_F_ORDER_SHIFT);
		like |= pga_load(&p->base[parent].flags) & PGA_F_ZONE;
		tail = ((pga_load(&p->base[parent ^ size << 1].flags) ^ like) & PGA_F_BUDDY) == 0;
	}
	pga_list_insert_end(p->unit, b->origin + rel, row, tail);
	pga_store(&p->base[rel].flags, mine | type << PGA_F_TYPE_SHIFT);
	pga_add(&b->nr_free[order], 1);
	if (!row->count++)
		pga_store(&b->nonempty[type], (uint16_t)(b->nonempty[type] | size));
}

/** pga_buddy_free - give a block back, merging upward, to the list of @type */
static inline void pga_buddy_free(struct pga_buddy *b, struct pga_frame *unit, pga_link_t at,
				  unsigned order, unsigned type)
{
	const struct pga_buddy_place p = pga_buddy_place(b, unit, at);
	uint32_t rel = at - b->origin;

	pga_assert(1, !(rel & ((1u << order) - 1)));
	pga_assert(2, pga_buddy_whole(b, unit, at, order));
	order = pga_buddy_merge(&p, &rel, order);
	pga_buddy_put(&p, rel, order, type);
}

/*
 * Cuts the next aligned block off a run [*from, *end): the largest that fits.
 * Return: its order; *at is its first frame.
 */
static inline unsigned pga_buddy_cut(const struct pga_buddy_place *p, uint32_t *from, uint32_t *end,
				     bool down, uint32_t *at)
{
	unsigned even = (unsigned)__builtin_ctz((down ? *end : *from) | 1u << p->top);
	unsigned fits = (unsigned)__builtin_clz(*end - *from) ^ 31;
	unsigned order = fits < even ? fits : even;

	*at = down ? *end - (1u << order) : *from;
	*from += down ? 0 : 1u << order;
	*end -= down ? 1u << order : 0;
	return order;
}

/**
 * pga_buddy_free_run - give @nr adjacent frames back, as freeing them one by one
 * @low: the lowest; @down: the highest comes first, not the lowest.  Their flags
 * are PGA_FRAME_TAIL by now.
 *
 * The run falls into aligned blocks.  Until the last frame of such a block is
 * free nothing outside can merge with any of it, and what the others put on lists
 * the last one takes off again: so it comes to freeing the block at once.  For the
 * same reason a block that merges with the next of the run sees no list before.
 */
static inline void pga_buddy_free_run(struct pga_buddy *b, struct pga_frame *unit, pga_link_t low,
				      uint32_t nr, bool down, unsigned type)
{
	const struct pga_buddy_place p = pga_buddy_place(b, unit, low);
	uint32_t from = low - b->origin, end = from + nr, rel, at;
	unsigned order, next;

	if (!nr)
		return;
	order = pga_buddy_cut(&p, &from, &end, down, &rel);
	for (;;) {
		order = pga_buddy_merge(&p, &rel, order);
		if (from == end)
			break;
		next = pga_buddy_cut(&p, &from, &end, down, &at);
		if (next == order && (rel ^ at) == 1u << order && order < p.top) {
			pga_store(&p.base[rel | at].flags, pga_flags(p.zone, 0, PGA_FRAME_TAIL, 0));
			rel &= at;
			order++;
			continue;
		}
		pga_buddy_put(&p, rel, order, type);
		rel = at;
		order = next;
	}
	pga_buddy_put(&p, rel, order, type);
}

#endif
