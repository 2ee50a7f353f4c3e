/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Zone counters of which each CPU keeps back a small signed difference.  The
 * global value takes over the whole difference when that would leave
 * -threshold..threshold; with threshold 0 the global value is exact.
 * Writers hold the zone lock; readers do not.
 */
#ifndef CORE_VMCOUNT_H
#define CORE_VMCOUNT_H

#include "core/atomic.h"

#include <stdbool.h>
#include <stdint.h>

/** pga_count_post - one change by @delta */
static inline void pga_count_post(int64_t *global, int32_t *diff, int32_t threshold, int32_t delta)
{
	int32_t x = pga_load(diff) + delta;

	if (x > threshold || x < -threshold) {
		pga_add(global, x);
		x = 0;
	}
	pga_store(diff, x);
}

/**
 * pga_count_post_ones - @n changes by one each
 * The difference wraps from threshold to 0, so it is a remainder.
 */
static inline void pga_count_post_ones(int64_t *global, int32_t *diff, int32_t threshold,
				       uint32_t n)
{
	int64_t x = (int64_t)pga_load(diff) + n;
	int64_t left = x > threshold ? x % (threshold + 1) : x;

	if (x != left)
		pga_add(global, x - left);
	pga_store(diff, (int32_t)left);
}

/** pga_count_fold - hand the difference over. Return: was there one? */
static inline bool pga_count_fold(int64_t *global, int32_t *diff)
{
	int32_t x = pga_load(diff);

	if (!x)
		return false;
	pga_add(global, x);
	pga_store(diff, 0);
	return true;
}

/**
 * pga_events_pending - would a kernel CPU have something to fold?
 * @events: events of one kind since the last fold
 *
 * An event counter runs 0, 1 .. threshold and then from -floor(threshold / 2)
 * up again.  zonebench counts events in wide words of the CPU's own, without a
 * global value to write; where that counter would stand follows from their
 * number alone.
 */
static inline bool pga_events_pending(uint64_t events, int32_t threshold)
{
	uint64_t t = (uint64_t)threshold, half = t / 2;

	return events <= t ? events != 0 : (events - t - 1) % (t + 1 + half) != half;
}

#endif
