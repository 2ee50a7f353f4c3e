/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The statistics of nodes, from events that each CPU counts in words of its own
 * for each zone: every allocation is exactly one of the first five, so the fast
 * path adds to one word.
 */
#ifndef CORE_NUMASTAT_H
#define CORE_NUMASTAT_H

#include "core/atomic.h"

#include <stdbool.h>
#include <stdint.h>

enum pga_numa_event {
	PGA_NUMA_EV_DIRECT, /* from the preferred zone; local or other as CPU and zone lie */
	PGA_NUMA_EV_HIT_LOCAL,
	PGA_NUMA_EV_HIT_OTHER,
	PGA_NUMA_EV_MISS_LOCAL,
	PGA_NUMA_EV_MISS_OTHER,
	PGA_NUMA_EV_FOREIGN, /* preferred here, served on another node */
	PGA_NR_NUMA_EVENTS
};
/* In the order of PGA_STAT_numa_hit and the following. */
enum pga_numa {
	PGA_NUMA_HIT,
	PGA_NUMA_MISS,
	PGA_NUMA_FOREIGN,
	PGA_NUMA_LOCAL,
	PGA_NUMA_OTHER,
	PGA_NR_NUMA
};

/**
 * pga_numa_count - one statistic of one CPU in one zone
 * @event: [PGA_NR_NUMA_EVENTS]; @local: the zone is on the CPU's node
 */
static inline uint64_t pga_numa_count(const uint64_t *event, bool local, enum pga_numa kind)
{
	static const uint8_t events[PGA_NR_NUMA][2] = {
		[PGA_NUMA_HIT] = { PGA_NUMA_EV_HIT_LOCAL, PGA_NUMA_EV_HIT_OTHER },
		[PGA_NUMA_MISS] = { PGA_NUMA_EV_MISS_LOCAL, PGA_NUMA_EV_MISS_OTHER },
		[PGA_NUMA_FOREIGN] = { PGA_NUMA_EV_FOREIGN, PGA_NR_NUMA_EVENTS },
		[PGA_NUMA_LOCAL] = { PGA_NUMA_EV_HIT_LOCAL, PGA_NUMA_EV_MISS_LOCAL },
		[PGA_NUMA_OTHER] = { PGA_NUMA_EV_HIT_OTHER, PGA_NUMA_EV_MISS_OTHER },
	};
	enum pga_numa direct = local ? PGA_NUMA_LOCAL : PGA_NUMA_OTHER;
	uint64_t sum = 0;

	if (kind == PGA_NUMA_HIT || kind == direct)
		sum = pga_load(&event[PGA_NUMA_EV_DIRECT]);
	for (unsigned i = 0; i < 2; i++)
		if (events[kind][i] < PGA_NR_NUMA_EVENTS)
			sum += pga_load(&event[events[kind][i]]);
	return sum;
}

/**
 * pga_numa_account - count an allocation; driver of the CPU
 * @event, @preferred: the CPU's events in the zone that served and in the preferred one
 * @miss: these are on two nodes; @other: the zone is not on the CPU's node
 */
static inline void pga_numa_account(uint64_t *event, uint64_t *preferred, bool miss, bool other)
{
	pga_add(&event[PGA_NUMA_EV_HIT_LOCAL + 2 * miss + other], 1);
	if (pga_unlikely(miss))
		pga_add(&preferred[PGA_NUMA_EV_FOREIGN], 1);
}

#endif
