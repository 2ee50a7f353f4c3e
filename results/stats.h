/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The statistics that a comparison rests on; docs/METHOD.md says why these.
 * Pure functions of their arguments: any thread, and the same seed gives the
 * same answer on every machine.
 */
#ifndef RESULTS_STATS_H
#define RESULTS_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Up to this many samples, both sides together, the rank test is exact. */
#define STATS_EXACT_MAX 50

/** stats_sort - ascending, in place; NaN must not be among the values. */
void stats_sort(double *v, size_t n);
/** stats_median - of sorted values; the mean of the middle two when @n is even; NaN for 0. */
double stats_median(const double *sorted, size_t n);
/** stats_quantile - of sorted values, linear between order statistics; @q in 0..1. */
double stats_quantile(const double *sorted, size_t n, double q);
/** stats_mape - median of |value - median| / median: the spread as a share. */
double stats_mape(const double *sorted, size_t n);
/** stats_geomean - geometric mean; NaN when a value is not positive. */
double stats_geomean(const double *v, size_t n);

/**
 * stats_rank_sum - two-sided Wilcoxon rank-sum (Mann-Whitney) test, unpaired
 * Ties get their mean rank.  Up to STATS_EXACT_MAX samples the p-value comes
 * from all assignments of the observed ranks, ties or not; beyond from the
 * normal approximation with tie and continuity correction.
 * Return: p, 1 when a side is empty.
 */
double stats_rank_sum(const double *a, size_t na, const double *b, size_t nb);

/** stats_holm - adjust @m p-values in place; NaN is not of the family and stays. */
void stats_holm(double *p, size_t m);

/**
 * stats_min_samples - samples per side that let the exact rank test pass Holm
 * @m: comparisons of the family, at least 1
 * @alpha: level, 0 < alpha < 1
 * Return: the smallest n with 2 / C(2n, n) < alpha / m.
 */
unsigned stats_min_samples(size_t m, double alpha);

struct stats_conf {
	double alpha;	    /* level of the test; the interval covers 1 - alpha */
	double margin;	    /* ratios within 1/(1+margin) .. 1+margin are "same" */
	unsigned resamples; /* of the bootstrap */
	uint64_t seed;
};
#define STATS_CONF_DEFAULT                                                  \
	{                                                                   \
		.alpha = 0.05, .margin = 0.02, .resamples = 2000, .seed = 1 \
	}

/* Side b against side a, the baseline. */
struct stats_cmp {
	size_t na, nb;
	bool paired; /* by rounds, see results/stats_pair.h */
	double median_a, median_b;
	double ratio, lo, hi;	       /* of medians b / a; NaN when a holds values <= 0 */
	double diff, diff_lo, diff_hi; /* of medians b - a */
	double p;		       /* rank test, as it stands alone */
	double p_holm;		       /* after stats_holm over the family */
};

/**
 * stats_compare - everything but the correction
 * @a, @b: sorted; @na, @nb at least 1
 * @key: tells the comparisons of a family apart, so that each has its own
 *       random numbers, whatever others are beside it
 * Percentile bootstrap of the ratio and the difference of the medians.
 */
void stats_compare(const double *a, size_t na, const double *b, size_t nb,
		   const struct stats_conf *conf, uint64_t key, struct stats_cmp *out);

/** stats_wilson - Wilson's score interval of a share, @k of @n; 0..1 when @n is 0. */
void stats_wilson(size_t k, size_t n, double level, double *lo, double *hi);

/** stats_key_seed - a seed of its own for each comparison of a family. */
unsigned long stats_key_seed(uint64_t seed, uint64_t key);

enum stats_verdict { STATS_NOT_SEPARATED, STATS_SAME, STATS_LOWER, STATS_HIGHER };

/**
 * stats_verdict - what may be said of side b
 * @m: comparisons of the family that c->p_holm was corrected for
 * Fewer samples than stats_min_samples(m, alpha) on either side, or fewer
 * pairs than stats_min_pairs(m, alpha): not separated.  Otherwise same when the interval lies
 * within the margin; lower or higher when p_holm < alpha and the interval excludes 1; else not
 * separated.  Without a ratio the interval of the difference and 0 take its
 * place, and same means that all values are equal.
 */
enum stats_verdict stats_verdict(const struct stats_cmp *c, size_t m,
				 const struct stats_conf *conf);

#endif
