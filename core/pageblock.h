/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pageblocks: for each physical block of 2^order frames its zone, its type, and
 * the mark by which compaction skips it, in one word that tells a free all
 * it needs without a look at the frame.  Zones under different locks can share a
 * block, so a word changes by compare-and-swap; reads are relaxed loads.
 */
#ifndef CORE_PAGEBLOCK_H
#define CORE_PAGEBLOCK_H

#include "core/atomic.h"
#include "core/pga.h"

/*
 * A block's word: type in bits 0-2, zone in bits 3-10, skip mark in bit 11, saved
 * type in bits 12-14.  The first two together are an index of what a free needs.
 */
#define PGA_BLOCK_TYPE 0x7u
#define PGA_BLOCK_ZONE_SHIFT 3
#define PGA_BLOCK_ZONE_TYPE 0x7ffu
#define PGA_BLOCK_SKIP 0x800u
#define PGA_BLOCK_SAVED_SHIFT 12
#define PGA_BLOCK_SAVED (PGA_BLOCK_TYPE << PGA_BLOCK_SAVED_SHIFT)
#define PGA_SHARED_BLOCK 0xfeu /* and above: in several zones or none, the frame knows */

struct pga_blocks {
	uint16_t *word; /* [nr] */
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

static inline uint16_t *pga_block_word(const struct pga_blocks *b, pga_pfn_t pfn)
{
	return &b->word[(pfn >> b->order) - b->first];
}

static inline unsigned pga_block_type(const struct pga_blocks *b, pga_pfn_t pfn)
{
	return pga_load(pga_block_word(b, pfn)) & PGA_BLOCK_TYPE;
}

/** pga_block_skip - does the pageblock have the mark by which compaction skips it? */
static inline bool pga_block_skip(const struct pga_blocks *b, pga_pfn_t pfn)
{
	return pga_load(pga_block_word(b, pfn)) & PGA_BLOCK_SKIP;
}

static inline void pga_block_set_skip(const struct pga_blocks *b, pga_pfn_t pfn, bool skip)
{
	uint16_t *word = pga_block_word(b, pfn);

	if (skip)
		__atomic_fetch_or(word, PGA_BLOCK_SKIP, __ATOMIC_RELAXED);
	else
		__atomic_fetch_and(word, (uint16_t)~PGA_BLOCK_SKIP, __ATOMIC_RELAXED);
}

static inline void pga_block_set_type(const struct pga_blocks *b, pga_pfn_t pfn, unsigned type)
{
	uint16_t *word = pga_block_word(b, pfn), old = pga_load(word), new;

	do {
		new = (uint16_t)((old & ~PGA_BLOCK_TYPE) | type);
	} while (!__atomic_compare_exchange_n(word, &old, new, true, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
}

/** pga_block_save - remember a type while the pageblock is isolated */
static inline void pga_block_save(const struct pga_blocks *b, pga_pfn_t pfn, unsigned type)
{
	uint16_t *word = pga_block_word(b, pfn), old = pga_load(word), new;

	do {
		new = (uint16_t)((old & ~PGA_BLOCK_SAVED) | type << PGA_BLOCK_SAVED_SHIFT);
	} while (!__atomic_compare_exchange_n(word, &old, new, true, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
}

static inline unsigned pga_block_saved(const struct pga_blocks *b, pga_pfn_t pfn)
{
	return (pga_load(pga_block_word(b, pfn)) & PGA_BLOCK_SAVED) >> PGA_BLOCK_SAVED_SHIFT;
}

#endif
