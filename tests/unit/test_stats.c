/* SPDX-License-Identifier: GPL-2.0-only */
#include "results/stats.h"

#include "tests/support/t_run.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>

#define NEAR(got, want, tolerance)                                                            \
	cr_expect_lt(fabs((got) - (want)), tolerance, "got %.12g, want %.12g", (double)(got), \
		     (double)(want))

static gsl_rng *new_rng(void)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);

	gsl_rng_set(rng, (unsigned long)t_seed());
	return rng;
}

/* n sorted values around a median, as a share of it. */
static void draw(gsl_rng *rng, double *v, size_t n, double median, double spread)
{
	for (size_t i = 0; i < n; i++)
		v[i] = median * (1 + gsl_ran_gaussian(rng, spread));
	stats_sort(v, n);
}

Test(stats, median_of_odd_and_even)
{
	const double v[] = { 1, 2, 3, 4, 5 };

	cr_expect_eq(stats_median(v, 5), 3);
	cr_expect_eq(stats_median(v, 4), 2.5);
	cr_expect_eq(stats_median(v, 1), 1);
	cr_expect(isnan(stats_median(v, 0)));
}

/* R, quantile(c(1, 2, 4, 8, 16), c(0, .1, .5, .9, 1)): 1.0 1.4 4.0 12.8 16.0 */
Test(stats, quantiles_as_r_type_7)
{
	const double v[] = { 1, 2, 4, 8, 16 };

	NEAR(stats_quantile(v, 5, 0), 1.0, 1e-12);
	NEAR(stats_quantile(v, 5, 0.1), 1.4, 1e-12);
	NEAR(stats_quantile(v, 5, 0.5), 4.0, 1e-12);
	NEAR(stats_quantile(v, 5, 0.9), 12.8, 1e-12);
	NEAR(stats_quantile(v, 5, 1), 16.0, 1e-12);
}

/* By hand: |v - 4| / 4 of 1 2 4 8 16 is .75 .5 0 1 3, median .75. */
Test(stats, spread_and_geometric_mean)
{
	const double v[] = { 1, 2, 4, 8, 16 }, zero[] = { 0, 1 };

	NEAR(stats_mape(v, 5), 0.75, 1e-12);
	NEAR(stats_geomean(v, 5), 4, 1e-12);
	cr_expect(isnan(stats_geomean(zero, 2)));
	cr_expect(isnan(stats_mape(zero, 0)));
}

/*
 * R's help page of wilcox.test, permeability constants of the human
 * chorioamnion (Hollander and Wolfe 1973): W = 35, one-sided p = 0.1272; from
 * all 3,003 assignments 382 reach W, so two-sided 764 / 3003.
 */
Test(stats, rank_sum_exact_golden)
{
	const double x[] = { 0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46 };
	const double y[] = { 1.15, 0.88, 0.90, 0.74, 1.21 };

	NEAR(stats_rank_sum(x, 10, y, 5), 764.0 / 3003, 1e-12);
	NEAR(stats_rank_sum(y, 5, x, 10), 764.0 / 3003, 1e-12);
}

/*
 * R's help page of wilcox.test, airquality, ozone of May and August:
 * W = 127.5, p-value = 0.0001208 (52 values with ties: normal approximation).
 */
Test(stats, rank_sum_approximate_golden)
{
	const double may[] = { 41, 36, 12, 18, 28, 23, 19, 8, 7,  16, 11, 14,  18,
			       14, 34, 6,  30, 11, 1,  11, 4, 32, 23, 45, 115, 37 };
	const double august[] = { 39, 9,  16, 78, 35, 66, 122, 89,  110, 44, 28,  65, 22,
				  59, 23, 31, 44, 21, 9,  45,  168, 73,	 76, 118, 84, 85 };

	NEAR(stats_rank_sum(may, 26, august, 26), 0.0001208, 5e-8);
}

/* Counted by hand-written enumeration of all choices: 20 of 252, 22 of 210. */
Test(stats, rank_sum_with_ties_is_exact)
{
	const double a[] = { 1, 1, 2, 2, 3 }, b[] = { 2, 3, 3, 4, 5 };
	const double c[] = { 1, 2, 2, 3 }, d[] = { 2, 2, 4, 5, 5, 7 };
	const double same[] = { 7, 7, 7, 7 };

	NEAR(stats_rank_sum(a, 5, b, 5), 20.0 / 252, 1e-12);
	NEAR(stats_rank_sum(c, 4, d, 6), 22.0 / 210, 1e-12);
	cr_expect_eq(stats_rank_sum(same, 4, same, 4), 1);
	cr_expect_eq(stats_rank_sum(a, 5, b, 0), 1);
}

/* Every choice of the ranks, one bit a value: an independent count. */
static double enumerate(const double *all, unsigned n, unsigned k)
{
	double rank[16], sum = 0, below = 0, above = 0, total = 0;

	for (unsigned i = 0; i < n; i++) {
		rank[i] = 0.5;
		for (unsigned j = 0; j < n; j++)
			rank[i] += (all[j] < all[i]) + 0.5 * (all[j] <= all[i] && all[j] >= all[i]);
		sum += i < k ? rank[i] : 0;
	}
	for (unsigned set = 0; set < 1u << n; set++) {
		double s = 0;

		if ((unsigned)__builtin_popcount(set) != k)
			continue;
		for (unsigned i = 0; i < n; i++)
			s += set >> i & 1 ? rank[i] : 0;
		total++;
		below += s <= sum + 1e-9;
		above += s >= sum - 1e-9;
	}
	return fmin(1, 2 * fmin(below, above) / total);
}

Test(stats, rank_sum_equals_enumeration)
{
	gsl_rng *rng = new_rng();

	for (int round = 0; round < 100; round++) {
		double all[12];
		unsigned n = 2 + (unsigned)gsl_rng_uniform_int(rng, 11);
		unsigned k = 1 + (unsigned)gsl_rng_uniform_int(rng, n - 1);
		unsigned long values = 2 + gsl_rng_uniform_int(rng, 40); /* few: many ties */

		for (unsigned i = 0; i < n; i++)
			all[i] = (double)gsl_rng_uniform_int(rng, values);
		NEAR(stats_rank_sum(all, k, all + k, n - k), enumerate(all, n, k), 1e-12);
	}
	gsl_rng_free(rng);
}

/* The two ways agree where they meet. */
Test(stats, rank_sum_has_no_step_at_the_border)
{
	double a[26], b[26];

	for (int i = 0; i < 26; i++) {
		a[i] = i;
		b[i] = i + 5.5;
	}
	double exact = stats_rank_sum(a, 25, b, 25), approximate = stats_rank_sum(a, 26, b, 26);

	cr_expect_lt(fabs(log(exact / approximate)), 0.2, "%g %g", exact, approximate);
}

/* R, p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm"): 0.03 0.06 0.06 0.02 */
Test(stats, holm_golden)
{
	double p[] = { 0.01, (double)NAN, 0.04, 0.03, 0.005 }, big[] = { 0.9, 0.8 };

	stats_holm(p, 5);
	NEAR(p[0], 0.03, 1e-12);
	cr_expect(isnan(p[1]));
	NEAR(p[2], 0.06, 1e-12);
	NEAR(p[3], 0.06, 1e-12);
	NEAR(p[4], 0.02, 1e-12);
	stats_holm(big, 2);
	cr_expect_eq(big[0], 1);
	cr_expect_eq(big[1], 1);
	stats_holm(p, 0);
}

/* C(8,4) = 70: 2/70 < .05; C(14,7) = 3432; C(16,8) = 12870; C(18,9) = 48620. */
Test(stats, least_number_of_samples)
{
	cr_expect_eq(stats_min_samples(1, 0.05), 4);
	cr_expect_eq(stats_min_samples(6, 0.05), 5);
	cr_expect_eq(stats_min_samples(7, 0.05), 6);
	cr_expect_eq(stats_min_samples(48, 0.05), 7);
	cr_expect_eq(stats_min_samples(321, 0.05), 8);
	cr_expect_eq(stats_min_samples(322, 0.05), 9);
	cr_expect_eq(stats_min_samples(10000, 0.05), 11);
	/* and separation by that many is enough, by one fewer it is not */
	const double a[] = { 1, 2, 3, 4, 5, 6, 7 }, b[] = { 11, 12, 13, 14, 15, 16, 17 };

	cr_expect_lt(48 * stats_rank_sum(a, 7, b, 7), 0.05);
	cr_expect_geq(48 * stats_rank_sum(a, 6, b, 6), 0.05);
}

static double mean_width(gsl_rng *rng, size_t n)
{
	const struct stats_conf conf = { 0.05, 0.02, 1000, 1 };
	double *a = malloc(n * sizeof(*a)), *b = malloc(n * sizeof(*b)), sum = 0;

	for (uint64_t round = 0; round < 150; round++) {
		struct stats_cmp c;

		draw(rng, a, n, 100, 0.05);
		draw(rng, b, n, 100, 0.05);
		stats_compare(a, n, b, n, &conf, round, &c);
		sum += c.hi - c.lo;
	}
	free(a);
	free(b);
	return sum / 150;
}

Test(stats, interval_shrinks_with_the_root_of_n)
{
	gsl_rng *rng = new_rng();
	double ratio = mean_width(rng, 400) / (mean_width(rng, 100) / 2);

	cr_expect(ratio > 0.9 && ratio < 1.1, "%g", ratio);
	gsl_rng_free(rng);
}

/* The interval covers the truth about as often as it says. */
Test(stats, interval_covers)
{
	const struct stats_conf conf = { 0.05, 0.02, 1000, 1 };
	gsl_rng *rng = new_rng();
	int covered = 0;

	for (uint64_t round = 0; round < 400; round++) {
		double a[10], b[10];
		struct stats_cmp c;

		draw(rng, a, 10, 100, 0.02);
		draw(rng, b, 10, 130, 0.02);
		stats_compare(a, 10, b, 10, &conf, round, &c);
		covered += c.lo <= 1.3 && 1.3 <= c.hi;
	}
	cr_expect_geq(covered, 360, "%d of 400", covered);
	gsl_rng_free(rng);
}

Test(stats, the_seed_decides_the_interval)
{
	struct stats_conf conf = STATS_CONF_DEFAULT;
	gsl_rng *rng = new_rng();
	double a[20], b[20];
	struct stats_cmp one, two, other;

	draw(rng, a, 20, 100, 0.02);
	draw(rng, b, 20, 110, 0.02);
	stats_compare(a, 20, b, 20, &conf, 7, &one);
	stats_compare(a, 20, b, 20, &conf, 7, &two);
	cr_expect(one.lo <= two.lo && one.lo >= two.lo && one.hi <= two.hi && one.hi >= two.hi);
	conf.seed = 2;
	stats_compare(a, 20, b, 20, &conf, 7, &other);
	cr_expect(one.lo < other.lo || one.lo > other.lo || one.hi < other.hi || one.hi > other.hi);
	gsl_rng_free(rng);
}

static enum stats_verdict judge(const double *a, const double *b, size_t n, size_t m)
{
	const struct stats_conf conf = STATS_CONF_DEFAULT;
	struct stats_cmp c;

	stats_compare(a, n, b, n, &conf, 1, &c);
	c.p_holm = fmin(1, c.p * (double)m);
	return stats_verdict(&c, m, &conf);
}

Test(stats, verdicts)
{
	const double base[] = { 100, 101, 102, 103, 104, 105, 106, 107 };
	const double low[] = { 50, 51, 52, 53, 54, 55, 56, 57 };
	const double near[] = { 100.1, 101.1, 102.1, 103.1, 104.1, 105.1, 106.1, 107.1 };
	const double tight[] = { 100, 100, 100, 100, 100, 100, 100, 100 };
	const double tight_up[] = { 101, 101, 101, 101, 101, 101, 101, 101 };
	const double zero[] = { 0, 0, 0, 0, 0, 0, 0, 0 };

	cr_expect_eq(judge(base, low, 8, 10), STATS_LOWER);
	cr_expect_eq(judge(low, base, 8, 10), STATS_HIGHER);
	cr_expect_eq(judge(base, near, 8, 10), STATS_NOT_SEPARATED, "overlapping and wide");
	cr_expect_eq(judge(tight, tight_up, 8, 10), STATS_SAME, "a real change below the margin");
	cr_expect_eq(judge(base, low, 8, 322), STATS_NOT_SEPARATED, "8 are too few for 322 rows");
	cr_expect_eq(judge(tight, tight, 3, 1), STATS_NOT_SEPARATED, "too few even when equal");
	cr_expect_eq(judge(zero, zero, 8, 1), STATS_SAME);
	cr_expect_eq(judge(zero, low, 8, 1), STATS_HIGHER, "no ratio to zero, a difference");
	cr_expect_eq(judge(low, zero, 8, 1), STATS_LOWER);
}

/* A against A: alarms of a family of 53 rows, 200 times; 5 % of 200 is 10. */
Test(stats, false_alarms_stay_below_alpha)
{
	enum { ROWS = 53, FAMILIES = 200, N = 8 };
	const struct stats_conf conf = { 0.05, 0.02, 400, 1 };
	gsl_rng *rng = new_rng();
	int alarms = 0;

	for (int family = 0; family < FAMILIES; family++) {
		struct stats_cmp c[ROWS];
		double p[ROWS];
		int alarm = 0;

		for (int row = 0; row < ROWS; row++) {
			double a[N], b[N];

			draw(rng, a, N, 100, 0.02);
			draw(rng, b, N, 100, 0.02);
			stats_compare(a, N, b, N, &conf, (uint64_t)row, &c[row]);
			p[row] = c[row].p;
		}
		stats_holm(p, ROWS);
		for (int row = 0; row < ROWS; row++) {
			c[row].p_holm = p[row];
			alarm |= stats_verdict(&c[row], ROWS, &conf) >= STATS_LOWER;
		}
		alarms += alarm;
	}
	cr_expect_leq(alarms, 16, "%d of 200", alarms);
	gsl_rng_free(rng);
}

/* One row of 53 is 5 % slower, samples spread by 1.5 %. */
Test(stats, a_planted_change_is_found)
{
	enum { ROWS = 53, TRIALS = 100, N = 10 };
	const struct stats_conf conf = { 0.05, 0.02, 1000, 1 };
	gsl_rng *rng = new_rng();
	int found = 0;

	for (uint64_t trial = 0; trial < TRIALS; trial++) {
		struct stats_cmp c;
		double p[ROWS], a[N], b[N];

		for (int row = 1; row < ROWS; row++) {
			draw(rng, a, N, 100, 0.015);
			draw(rng, b, N, 100, 0.015);
			p[row] = stats_rank_sum(a, N, b, N);
		}
		draw(rng, a, N, 100, 0.015);
		draw(rng, b, N, 105, 0.015);
		stats_compare(a, N, b, N, &conf, trial, &c);
		p[0] = c.p;
		stats_holm(p, ROWS);
		c.p_holm = p[0];
		found += stats_verdict(&c, ROWS, &conf) == STATS_HIGHER;
	}
	cr_expect_geq(found, 95, "%d of 100", found);
	gsl_rng_free(rng);
}

/* R 4.2.2: prop.test(10, 200, correct = FALSE), prop.test(0, 20, correct = FALSE) */
Test(stats, interval_of_a_share_as_r_computes_it)
{
	double lo, hi;

	stats_wilson(10, 200, 0.05, &lo, &hi);
	NEAR(lo, 0.0273826456008, 1e-10);
	NEAR(hi, 0.0895781481388, 1e-10);
	stats_wilson(0, 20, 0.05, &lo, &hi);
	NEAR(lo, 0, 1e-10);
	NEAR(hi, 0.161125158053, 1e-10);
	stats_wilson(0, 0, 0.05, &lo, &hi);
	cr_expect(lo <= 0 && hi >= 1);
}
