/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A histogram of durations with log-linear buckets, as HdrHistogram has them:
 * each power of two is cut into HIST_SUB buckets of equal width.
 *
 * A duration is rounded to units of a quarter of a nanosecond.  Below
 * 2 * HIST_SUB units each has a bucket of its own.  Above, a bucket whose least
 * number of units is s has at most s / HIST_SUB of them, so its middle is off
 * by at most half of that, the rounding included:
 *
 *	(width - 1) / 2 + 1 / 2 <= s / (2 * HIST_SUB),   a relative error of 1 / 64.
 *
 * A quantile is that middle: right within 1/64 of it, or an eighth of a
 * nanosecond where that is more.  What does not fit below HIST_TOP is counted
 * in `over`, and the greatest duration is kept as it was.
 *
 * Histograms can be added up; percentiles cannot.  Threads: none.
 */
#ifndef RESULTS_HIST_H
#define RESULTS_HIST_H

#include <stdint.h>

#define HIST_SUB 32u
#define HIST_SUB_SHIFT 5u
#define HIST_TOP_SHIFT 32u		  /* 2^32 units: 1.07 s */
#define HIST_TOP (1ull << HIST_TOP_SHIFT) /* units */
#define HIST_BUCKETS (HIST_SUB * (1 + HIST_TOP_SHIFT - HIST_SUB_SHIFT))
#define HIST_PER_NS 4u			  /* units of a nanosecond */
#define HIST_ERROR (1.0 / (2 * HIST_SUB)) /* of a quantile, relative */
#define HIST_ERROR_NS (0.5 / HIST_PER_NS) /* the same, at least */

struct hist {
	uint64_t n, over; /* durations, those of HIST_TOP or more included; these */
	uint64_t max;	  /* units */
	uint64_t count[HIST_BUCKETS];
};

/** hist_bucket - number of the bucket of a duration in units; HIST_BUCKETS: over. */
static inline unsigned hist_bucket(uint64_t units)
{
	if (units < HIST_SUB)
		return (unsigned)units;
	if (units >= HIST_TOP)
		return HIST_BUCKETS;
	unsigned shift = 63 - (unsigned)__builtin_clzll(units) - HIST_SUB_SHIFT;

	return shift * HIST_SUB + (unsigned)(units >> shift);
}

/** hist_add - one duration, in units. */
static inline void hist_add(struct hist *h, uint64_t units)
{
	unsigned bucket = hist_bucket(units);

	h->n++;
	if (bucket < HIST_BUCKETS)
		h->count[bucket]++;
	else
		h->over++;
	h->max = units > h->max ? units : h->max;
}

/** hist_units - nanoseconds, not negative and below 1e18, rounded to units. */
static inline uint64_t hist_units(double ns)
{
	return (uint64_t)(ns * HIST_PER_NS + 0.5);
}

/** hist_low - the least duration of a bucket, in nanoseconds; HIST_BUCKETS: of `over`. */
double hist_low(unsigned bucket);
/** hist_middle - what stands for the durations in a bucket, in nanoseconds. */
double hist_middle(unsigned bucket);
/** hist_merge - add @from to @to. */
void hist_merge(struct hist *to, const struct hist *from);

/*
 * A quantile: all but one in `one_in` durations are no longer.  It is told of
 * a sample in which at least HIST_ABOVE durations are expected beyond it.
 */
struct hist_level {
	const char *name;
	uint64_t one_in;
};
#define HIST_ABOVE 10u
#define HIST_NR_LEVELS 5u
extern const struct hist_level hist_levels[HIST_NR_LEVELS]; /* p50 to p99.99 */

/** hist_needs - durations that a sample needs for a level. */
uint64_t hist_needs(const struct hist_level *level);
/**
 * hist_quantile - by nearest rank, in nanoseconds: the least duration that
 * all but floor(n / one_in) do not exceed
 * Return: NaN for an empty histogram.
 */
double hist_quantile(const struct hist *h, uint64_t one_in);
/** hist_max - nanoseconds; NaN for an empty histogram. */
double hist_max(const struct hist *h);

#endif
