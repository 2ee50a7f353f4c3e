/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Per-CPU pages of one zone: three lists linked through the frames, hot frames
 * at the heads and cold ones at the tails.  One line, written by the driver of
 * the CPU alone (or by a drainer while the CPU is parked).
 *
 * Invariant: count == sum of the lengths of the lists.
 */
#ifndef CORE_PCP_H
#define CORE_PCP_H

#include "core/frame.h"

#define PGA_PCP_LISTS 3u /* UNMOVABLE, RECLAIMABLE, MOVABLE */

struct pga_pcp {
	struct pga_frame list[PGA_PCP_LISTS];
	uint32_t count;
	uint32_t high;	/* frames; at so many a free returns a batch */
	uint32_t batch; /* frames moved from or to the buddy lists at once */
	uint32_t idle;	/* ticks until a remote zone's frames are returned, 0 = none pending */
} PGA_LINE_ALIGNED;
_Static_assert(sizeof(struct pga_pcp) == PGA_LINE, "per-CPU pages are one line");

/**
 * pga_pcp_walk - the order in which lists give frames back
 *
 * Lists are visited cyclically from the second.  Each visit, to an empty list
 * too, lets one frame more leave than the one before, and what a list could not
 * give is kept for the next.  An allowance that comes to exactly the number of
 * lists at a list with frames is a sign that the others are empty: that list
 * then gives all.
 */
struct pga_pcp_walk {
	uint32_t left; /* frames still to be returned */
	uint32_t allowance;
	uint32_t list;
};

/** pga_pcp_next - step to the next list with frames; there must be one */
static inline unsigned pga_pcp_next(struct pga_pcp_walk *w, const struct pga_frame *unit,
				    pga_link_t lists)
{
	do {
		w->list = w->list + 1 == PGA_PCP_LISTS ? 0 : w->list + 1;
		w->allowance++;
	} while (pga_list_empty(unit, lists + w->list));
	if (w->allowance == PGA_PCP_LISTS)
		w->allowance = w->left;
	return w->list;
}

/** pga_pcp_only - the one list with frames; PGA_PCP_LISTS if there are several or none */
static inline unsigned pga_pcp_only(const struct pga_frame *unit, pga_link_t lists)
{
	unsigned only = PGA_PCP_LISTS, nr = 0;

	for (unsigned i = 0; i < PGA_PCP_LISTS; i++) {
		bool has = !pga_list_empty(unit, lists + i);

		only = has ? i : only;
		nr += has;
	}
	return nr == 1 ? only : PGA_PCP_LISTS;
}

#endif
