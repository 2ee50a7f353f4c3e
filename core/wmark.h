/* SPDX-License-Identifier: GPL-2.0-only */
/* Watermarks, lowmem reserves, and sizes of per-CPU lists, as functions of zone sizes. */
#ifndef CORE_WMARK_H
#define CORE_WMARK_H

#include <stdbool.h>
#include <stdint.h>

enum pga_wmark { PGA_WMARK_MIN, PGA_WMARK_LOW, PGA_WMARK_HIGH, PGA_NR_WMARKS };

/** pga_root - integer part of the square root */
uint64_t pga_root(uint64_t v);

/** pga_min_free_kbytes - the default, from the KiB that requests without MOVABLE can use */
uint32_t pga_min_free_kbytes(uint64_t kbytes);

/**
 * pga_wmark_set - marks of one zone
 * @mark: gets min, low, high in frames
 * @min_frames: the machine's min_free_kbytes, in frames
 * @managed: frames of the zone; @total: of all zones
 */
void pga_wmark_set(uint32_t mark[PGA_NR_WMARKS], uint64_t min_frames, uint64_t managed,
		   uint64_t total);

/** pga_pcp_batch - frames moved at once; *@high gets the limit of a list set */
uint32_t pga_pcp_batch(uint32_t managed, unsigned page_shift, uint32_t *high);

/** pga_pcp_fraction - the same when a CPU may keep managed / @fraction frames */
uint32_t pga_pcp_fraction(uint32_t managed, uint32_t fraction, unsigned page_shift, uint32_t *high);

/** pga_stat_threshold - difference that a CPU may keep back for a zone */
uint32_t pga_stat_threshold(unsigned nr_cpus, uint32_t managed, unsigned page_shift);

/**
 * pga_wmark_limit - what must stay free before the reserve for other classes
 * @high: may use half of the mark; @harder: a quarter of the rest, too
 */
static inline int64_t pga_wmark_limit(uint32_t mark, bool high, bool harder)
{
	int64_t m = mark;

	if (high)
		m -= m / 2;
	if (harder)
		m -= m / 4;
	return m;
}

#endif
