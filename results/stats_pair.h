/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Statistics of pairs: the two sides of a row in the same round of an
 * interleaved run.  What disturbs a whole round is on both sides of its pair
 * and leaves their ratio alone.  docs/METHOD.md says when pairs are used.
 *
 * Pure functions of their arguments, as in results/stats.h.
 */
#ifndef RESULTS_STATS_PAIR_H
#define RESULTS_STATS_PAIR_H

#include "results/stats.h"

#include <stdbool.h>

/* Up to this many pairs the signed-rank test is exact. */
#define STATS_EXACT_PAIRS 50

/**
 * stats_signed_rank - two-sided Wilcoxon signed-rank test of differences
 * @d: differences of pairs, in any order; those of 0 are left out
 * Ties get their mean rank.  Up to STATS_EXACT_PAIRS the p-value comes from
 * all assignments of signs to the observed ranks, ties or not; beyond from the
 * normal approximation with tie and continuity correction.
 * Return: p, 1 when no difference is left.
 */
double stats_signed_rank(const double *d, size_t n);

/** stats_hodges_lehmann - median of the means of all two of @d, each with itself too; NaN for 0. */
double stats_hodges_lehmann(const double *d, size_t n);

/**
 * stats_walsh_interval - the values that the signed-rank test does not reject
 * @level: of the test, two-sided
 * Its ends are order statistics of the means of two.  How wide it is does not
 * change when the same number is added to all of @d.
 * Return: false when so few values can not exclude anything at this level.
 */
bool stats_walsh_interval(const double *d, size_t n, double level, double *lo, double *hi);

/**
 * stats_min_pairs - pairs that let the exact signed-rank test pass Holm
 * @m: comparisons of the family, at least 1
 * Return: the smallest n with 2 / 2^n < alpha / m.
 */
unsigned stats_min_pairs(size_t m, double alpha);

/**
 * stats_compare_pairs - as stats_compare, of pairs
 * @a, @b: values of @n rounds, at least 1, the same round at the same index
 * The ratio is the Hodges-Lehmann estimate of the ratios by round, on the
 * scale of logarithms; its interval a percentile bootstrap that draws rounds.
 * The difference is estimated in the same way; without a ratio (values of 0
 * or below in @a or @b) it takes the ratio's place in the test.
 */
void stats_compare_pairs(const double *a, const double *b, size_t n, const struct stats_conf *conf,
			 uint64_t key, struct stats_cmp *out);

#endif
