/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frame table and the lists through it.
 *
 * A link is the distance of a 16-byte unit from the start of the metadata
 * range.  Frames and list heads are such units, so a list needs no test for
 * its ends and a link is half as long as a pointer.
 *
 * Who may write a frame: the holder of the zone lock while it is free, the
 * driver of the CPU while it is on that CPU's lists, its user while it is
 * allocated.  `flags` alone may be read by others at any time (the merge looks
 * at neighbours that it does not own), so every access to it is a relaxed
 * atomic; a stale value can not look free, because frames become and cease to
 * be free under the zone lock only.
 */
#ifndef CORE_FRAME_H
#define CORE_FRAME_H

#include "core/atomic.h"
#include "core/pga.h"

#include <string.h>

typedef uint32_t pga_link_t;

struct pga_frame {
	pga_link_t next, prev;
	uint32_t flags; /* frames: pga_flags(); heads: the head's own link */
	uint32_t count; /* heads of buddy lists: entries; frames: the user's */
} __attribute__((aligned(16)));
_Static_assert(sizeof(struct pga_frame) == 16, "links count units of 16 bytes");

/*
 * Where frames lie.  unit: start of the metadata range; zero: link of frame 0
 * modulo 2^32, which need not exist.
 */
struct pga_map {
	struct pga_frame *unit;
	pga_link_t zero;
};

static inline pga_link_t pga_link(const struct pga_map *m, pga_pfn_t pfn)
{
	return pfn + m->zero;
}

static inline pga_pfn_t pga_pfn(const struct pga_map *m, pga_link_t link)
{
	return link - m->zero;
}

/* flags: zone 0-7, order 8-11, state 12-14 (enum pga_frame_state), type 16-18. */
#define PGA_F_ZONE 0xffu
#define PGA_F_ORDER_SHIFT 8
#define PGA_F_ORDER (0xfu << PGA_F_ORDER_SHIFT)
#define PGA_F_STATE_SHIFT 12
#define PGA_F_STATE (0x7u << PGA_F_STATE_SHIFT)
#define PGA_F_TYPE_SHIFT 16
#define PGA_F_TYPE (0x7u << PGA_F_TYPE_SHIFT)
/* What has to agree for a neighbour to be a buddy. */
#define PGA_F_BUDDY (PGA_F_ZONE | PGA_F_ORDER | PGA_F_STATE)

#define PGA_NO_ZONE 0xffu

/* type: of the list for FREE, of the list to return to for PCP; else 0. */
static inline uint32_t pga_flags(unsigned zone, unsigned order, enum pga_frame_state state,
				 unsigned type)
{
	return zone | order << PGA_F_ORDER_SHIFT | (uint32_t)state << PGA_F_STATE_SHIFT |
	       type << PGA_F_TYPE_SHIFT;
}

static inline unsigned pga_flags_zone(uint32_t flags)
{
	return flags & PGA_F_ZONE;
}

static inline unsigned pga_flags_order(uint32_t flags)
{
	return (flags & PGA_F_ORDER) >> PGA_F_ORDER_SHIFT;
}

static inline enum pga_frame_state pga_flags_state(uint32_t flags)
{
	return (enum pga_frame_state)((flags & PGA_F_STATE) >> PGA_F_STATE_SHIFT);
}

static inline unsigned pga_flags_type(uint32_t flags)
{
	return (flags & PGA_F_TYPE) >> PGA_F_TYPE_SHIFT;
}

static inline void pga_list_init(struct pga_frame *unit, pga_link_t head)
{
	unit[head].next = head;
	unit[head].prev = head;
	unit[head].flags = head;
}

/** pga_links - both links of a frame as they lie in it, for pga_list_point() */
static inline uint64_t pga_links(pga_link_t next, pga_link_t prev)
{
	const pga_link_t links[2] = { next, prev };
	uint64_t both;

	memcpy(&both, links, sizeof(both));
	return both;
}

/** pga_list_point - set both links of a frame by one store; loads of either find theirs in it */
static inline void pga_list_point(struct pga_frame *f, uint64_t links)
{
	_Static_assert(offsetof(struct pga_frame, next) == 0 &&
			       offsetof(struct pga_frame, prev) == sizeof(pga_link_t),
		       "next, then prev, first of all");
	memcpy(f, &links, sizeof(links));
}

static inline bool pga_list_empty(const struct pga_frame *unit, pga_link_t head)
{
	return unit[head].next == head;
}

/** pga_list_insert - put @at between the neighbours @prev and @next. */
static inline void pga_list_insert(struct pga_frame *unit, pga_link_t at, pga_link_t prev,
				   pga_link_t next)
{
	unit[at].prev = prev;
	unit[at].next = next;
	unit[prev].next = at;
	unit[next].prev = at;
}

/* The link to one side: 0 next, 1 prev. */
static inline pga_link_t *pga_list_side(struct pga_frame *f, unsigned side)
{
	_Static_assert(offsetof(struct pga_frame, prev) == sizeof(pga_link_t), "next, then prev");
	return (pga_link_t *)((char *)f + side * sizeof(pga_link_t));
}

/**
 * pga_list_insert_end - put @at first on the list of @head, or last if @tail is 1
 * Which it is often follows no pattern: without a branch.
 */
static inline void pga_list_insert_end(struct pga_frame *unit, pga_link_t at,
				       struct pga_frame *head, unsigned tail)
{
	pga_link_t *from = pga_list_side(head, tail), other = *from;
	pga_link_t self = head->flags;

	*pga_list_side(&unit[at], tail) = other;
	*pga_list_side(&unit[at], tail ^ 1) = self;
	*pga_list_side(&unit[other], tail ^ 1) = at;
	*from = at;
}

static inline void pga_list_remove(struct pga_frame *unit, pga_link_t at)
{
	pga_link_t prev = unit[at].prev, next = unit[at].next;

	unit[prev].next = next;
	unit[next].prev = prev;
}

#endif
