/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pageblocks: for each physical block of 2^order frames its type, and later the
 * mark by which compaction skips it.  Zones under different locks can share a
 * block, so a block's byte changes by compare-and-swap; reads are relaxed loads.
 */
#ifndef CORE_PAGEBLOCK_H
#define CORE_PAGEBLOCK_H

#include "core/atomic.h"
#include "core/pga.h"

#define PGA_BLOCK_TYPE 0x07u
#define PGA_SHARED_BLOCK 0xfeu /* and above: no number of a zone */

struct pga_blocks {
	uint8_t *state; /* [nr] */
	uint8_t *zone;	/* [nr] the zone with frames in the block, PGA_SHARED_BLOCK or more if not
			   one */
	uint32_t first; /* number of the first block */
	uint32_t nr;
	uint8_t order;
};

/** pga_blocks_span - set first, nr and order for the frames [start, end) */
static inline void pga_blocks_span(struct pga_blocks *b, uint64_t start, uint64_t end,
				   unsigned order)
{
	b->order = (uint8_t)order;
	b->first = (uint32_t)(start >> order);
	b->nr = (uint32_t)((end - 1) >> order) - b->first + 1;
}

static inline pga_pfn_t pga_block_start(const struct pga_blocks *b, pga_pfn_t pfn)
{
	return pfn >> b->order << b->order;
}

static inline uint32_t pga_block_frames(const struct pga_blocks *b)
{
	return 1u << b->order;
}

static inline uint8_t *pga_block_state(const struct pga_blocks *b, pga_pfn_t pfn)
{
	return &b->state[(pfn >> b->order) - b->first];
}

/**
 * pga_block_zone - zone of a frame without a look at the frame itself
 * Return: the zone's number; from PGA_SHARED_BLOCK up: ask the frame.
 */
static inline unsigned pga_block_zone(const struct pga_blocks *b, pga_pfn_t pfn)
{
	return b->zone[(pfn >> b->order) - b->first];
}

static inline unsigned pga_block_type(const struct pga_blocks *b, pga_pfn_t pfn)
{
	return pga_load(pga_block_state(b, pfn)) & PGA_BLOCK_TYPE;
}

static inline void pga_block_set_type(const struct pga_blocks *b, pga_pfn_t pfn, unsigned type)
{
	uint8_t *state = pga_block_state(b, pfn), old = pga_load(state), new;

	do {
		new = (uint8_t)((old & ~PGA_BLOCK_TYPE) | type);
	} while (!__atomic_compare_exchange_n(state, &old, new, true, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
}

#endif
