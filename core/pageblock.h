/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pageblocks: four bits for each physical block of 2^order frames, three for
 * its type and one for the mark by which compaction skips it.  Zones under
 * different locks can share a block, and always share words, so words change
 * by compare-and-swap; reads are relaxed loads.
 */
#ifndef CORE_PAGEBLOCK_H
#define CORE_PAGEBLOCK_H

#include "core/atomic.h"
#include "core/pga.h"

#define PGA_BLOCK_BITS 4u
#define PGA_BLOCK_PER_WORD (32u / PGA_BLOCK_BITS)
#define PGA_BLOCK_TYPE 7u

struct pga_blocks {
	uint32_t *word;
	uint32_t first; /* number of the first block, a multiple of PGA_BLOCK_PER_WORD */
	uint32_t nr;	/* blocks, a multiple of PGA_BLOCK_PER_WORD */
	uint8_t order;
};

/** pga_blocks_span - set first and nr for the frames [start, end) */
static inline void pga_blocks_span(struct pga_blocks *b, uint64_t start, uint64_t end,
				   unsigned order)
{
	uint64_t last = (end - 1) >> order;

	b->order = (uint8_t)order;
	b->first = (uint32_t)((start >> order) & ~(uint64_t)(PGA_BLOCK_PER_WORD - 1));
	b->nr = (uint32_t)((last - b->first + PGA_BLOCK_PER_WORD) &
			   ~(uint64_t)(PGA_BLOCK_PER_WORD - 1));
}

static inline pga_pfn_t pga_block_start(const struct pga_blocks *b, pga_pfn_t pfn)
{
	return pfn >> b->order << b->order;
}

static inline uint32_t pga_block_frames(const struct pga_blocks *b)
{
	return 1u << b->order;
}

static inline unsigned pga_block_type(const struct pga_blocks *b, pga_pfn_t pfn)
{
	uint32_t i = (pfn >> b->order) - b->first;

	return pga_load(&b->word[i / PGA_BLOCK_PER_WORD]) >>
		       (i % PGA_BLOCK_PER_WORD * PGA_BLOCK_BITS) &
	       PGA_BLOCK_TYPE;
}

static inline void pga_block_set_type(const struct pga_blocks *b, pga_pfn_t pfn, unsigned type)
{
	uint32_t i = (pfn >> b->order) - b->first, old, new;
	uint32_t *word = &b->word[i / PGA_BLOCK_PER_WORD];
	unsigned shift = i % PGA_BLOCK_PER_WORD * PGA_BLOCK_BITS;

	old = pga_load(word);
	do {
		new = (old & ~(PGA_BLOCK_TYPE << shift)) | type << shift;
	} while (!__atomic_compare_exchange_n(word, &old, new, true, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
}

#endif
