/* SPDX-License-Identifier: GPL-2.0-only */
/* Pairs.  Golden values: R 4.2.2, wilcox.test(..., conf.int = TRUE) and the calls beside them. */
#include "results/stats_stop.h"

#include "tests/support/t_run.h"

#include <criterion/criterion.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

#define NEAR(got, want, tolerance)                                                            \
	cr_expect_lt(fabs((got) - (want)), tolerance, "got %.12g, want %.12g", (double)(got), \
		     (double)(want))

static gsl_rng *new_rng(void)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);

	gsl_rng_set(rng, (unsigned long)t_seed());
	return rng;
}

/* R's help page of wilcox.test: Hamilton's depression scale of nine patients. */
Test(stats_pair, exact_as_r_computes_it)
{
	const double x[] = { 1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30 };
	const double y[] = { 0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29 };
	double d[9], lo, hi;

	for (unsigned i = 0; i < 9; i++)
		d[i] = x[i] - y[i];
	NEAR(stats_signed_rank(d, 9), 0.0390625, 1e-12);
	NEAR(stats_hodges_lehmann(d, 9), 0.46, 1e-9);
	cr_assert(stats_walsh_interval(d, 9, 0.05, &lo, &hi));
	NEAR(lo, 0.01, 1e-9);
	NEAR(hi, 0.786, 1e-9);
}

/* set.seed(3); round(rnorm(14, .3, 1), 4) */
Test(stats_pair, exact_of_fourteen_as_r_computes_it)
{
	const double d[] = { -0.6619, 0.0075,  0.5588, -0.8521, 0.4958,	 0.3301,  0.3854,
			     1.4166,  -0.9189, 1.5674, -0.4448, -0.8312, -0.4164, 0.5527 };
	double lo, hi;

	NEAR(stats_signed_rank(d, 14), 0.9515380859375, 1e-12);
	NEAR(stats_hodges_lehmann(d, 14), 0.0255, 1e-9);
	cr_assert(stats_walsh_interval(d, 14, 0.05, &lo, &hi));
	NEAR(lo, -0.4223, 1e-9);
	NEAR(hi, 0.52425, 1e-9);
}

/* set.seed(4), round(rnorm(60, .2, 1), 3); 60 whole numbers with ties and zeros, 54 of them not 0.
 */
Test(stats_pair, approximate_as_r_computes_it)
{
	const double plain[] = {
		0.417,	-0.342, 1.091,	0.796,	1.836,	0.889,	-1.081, -0.013, 2.097,	1.977,
		0.767,	0.216,	0.583,	0.155,	0.234,	0.369,	1.365,	0.156,	0.1,	-0.083,
		1.741,	0.365,	1.508,	1.488,	0.793,	-0.083, 1.456,	1.11,	-0.728, 1.44,
		0.353,	1.252,	-0.554, -1.282, 1.061,	-0.205, -0.027, 1.134,	-0.266, -0.438,
		1.544,	0.382,	1.493,	-1.488, -0.621, -0.662, 0.299,	-0.176, 0.924,	-1.597,
		-0.464, -0.424, 0.12,	0.636,	2.171,	-0.397, -0.353, 0.896,	0.044,	1.549,
	};
	const double tied[] = {
		-2, 3,	-2, 5, 1, 0,  0, 2, 1, 0, 1, -1, -2, 1,	 2,  0, 1, -1, -1, 0,
		3,  0,	-1, 1, 2, -1, 3, 2, 4, 5, 1, -3, 2,  4,	 -1, 2, 5, 3,  -2, 1,
		2,  -1, 4,  3, 2, 1,  1, 2, 5, 3, 2, -2, 1,  -1, 4,  3, 2, 6,  -3, 1,
	};

	NEAR(stats_signed_rank(plain, 60), 0.00160784982524697, 1e-12);
	NEAR(stats_signed_rank(tied, 60), 0.000163065799453159, 1e-10);
}

/* All assignments of signs, counted one by one. */
static double enumerate(const double *d, unsigned n)
{
	double rank[12], sum = 0, below = 0, above = 0, total = 0;

	for (unsigned i = 0; i < n; i++) {
		rank[i] = 0.5;
		for (unsigned j = 0; j < n; j++) {
			double a = fabs(d[i]), b = fabs(d[j]);

			rank[i] += (b < a) + 0.5 * (b <= a && b >= a);
		}
		sum += d[i] > 0 ? rank[i] : 0;
	}
	for (unsigned set = 0; set < 1u << n; set++) {
		double s = 0;

		for (unsigned i = 0; i < n; i++)
			s += set >> i & 1 ? rank[i] : 0;
		total++;
		below += s <= sum + 1e-9;
		above += s >= sum - 1e-9;
	}
	return fmin(1, 2 * fmin(below, above) / total);
}

Test(stats_pair, ties_are_counted_as_by_enumeration)
{
	gsl_rng *rng = new_rng();

	for (unsigned round = 0; round < 100; round++) {
		double d[12];
		unsigned n = 1 + (unsigned)gsl_rng_uniform_int(rng, 11);
		unsigned long values = 2 + gsl_rng_uniform_int(rng, 12);

		for (unsigned i = 0; i < n; i++)
			d[i] = (1 + (double)gsl_rng_uniform_int(rng, values)) *
			       (gsl_rng_uniform_int(rng, 2) ? 1 : -1);
		NEAR(stats_signed_rank(d, n), enumerate(d, n), 1e-12);
	}
	gsl_rng_free(rng);
}

/* What the interval excludes is what the test rejects. */
Test(stats_pair, the_interval_is_the_tests)
{
	gsl_rng *rng = new_rng();
	unsigned excluded = 0;

	for (unsigned round = 0; round < 300; round++) {
		double d[20], lo, hi;
		unsigned n = 6 + (unsigned)gsl_rng_uniform_int(rng, 14);

		for (unsigned i = 0; i < n; i++)
			d[i] = 0.7 + gsl_ran_gaussian(rng, 1);
		cr_assert(stats_walsh_interval(d, n, 0.05, &lo, &hi));
		bool out = lo > 0 || hi < 0;

		cr_expect_eq(out, stats_signed_rank(d, n) <= 0.05, "n %u: %g .. %g", n, lo, hi);
		excluded += out;
	}
	cr_expect_gt(excluded, 0);
	cr_expect_lt(excluded, 300);
	gsl_rng_free(rng);
}

/* The stopping rule rests on this: a shift of all values leaves the width alone. */
Test(stats_pair, width_of_the_interval_knows_no_shift)
{
	gsl_rng *rng = new_rng();

	for (unsigned n = 6; n <= 120; n += 19) {
		double d[120], moved[120], lo, hi, lo2, hi2;

		for (unsigned i = 0; i < n; i++) {
			d[i] = gsl_ran_gaussian(rng, 1);
			moved[i] = d[i] + 3;
		}
		cr_assert(stats_walsh_interval(d, n, 0.05, &lo, &hi));
		cr_assert(stats_walsh_interval(moved, n, 0.05, &lo2, &hi2));
		NEAR(hi - lo, hi2 - lo2, 1e-9);
	}
	gsl_rng_free(rng);
}

Test(stats_pair, few_pairs_exclude_nothing)
{
	const double d[] = { 1, 2, 3, 4, 5, 6 };
	double lo, hi;

	cr_expect_not(stats_walsh_interval(d, 5, 0.05, &lo, &hi)); /* 2 / 2^5 > 0.05 */
	cr_expect(stats_walsh_interval(d, 6, 0.05, &lo, &hi));
	cr_expect_eq(stats_signed_rank(d, 0), 1);
	cr_expect(isnan(stats_hodges_lehmann(d, 0)));
}

/* 2 / 2^n < 0.05 / m by hand. */
Test(stats_pair, pairs_needed)
{
	static const struct {
		size_t m;
		unsigned n;
	} want[] = { { 1, 6 }, { 7, 9 }, { 53, 12 }, { 80, 12 }, { 321, 14 } };

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		cr_expect_eq(stats_min_pairs(want[i].m, 0.05), want[i].n, "%zu comparisons",
			     want[i].m);
}

/* What disturbs both sides of a round leaves the ratio alone; unpaired it hides it. */
Test(stats_pair, a_disturbance_of_whole_rounds_does_not_count)
{
	struct stats_conf conf = STATS_CONF_DEFAULT;
	gsl_rng *rng = new_rng();
	double a[16], b[16];
	struct stats_cmp c;

	for (unsigned i = 0; i < 16; i++) {
		double round = 1 + gsl_rng_uniform(rng);

		a[i] = 10 * round * (1 + gsl_ran_gaussian(rng, 0.005));
		b[i] = 10.5 * round * (1 + gsl_ran_gaussian(rng, 0.005));
	}
	stats_compare_pairs(a, b, 16, &conf, 1, &c);
	c.p_holm = c.p * 53;
	cr_expect(c.paired);
	cr_expect_lt(c.p, 1e-4);
	cr_expect_gt(c.lo, 1.04);
	cr_expect_lt(c.hi, 1.06);
	cr_expect_eq(stats_verdict(&c, 53, &conf), STATS_HIGHER);
	stats_compare_pairs(b, a, 16, &conf, 1, &c);
	c.p_holm = c.p * 53;
	cr_expect_eq(stats_verdict(&c, 53, &conf), STATS_LOWER);
	stats_sort(a, 16);
	stats_sort(b, 16);
	stats_compare(a, 16, b, 16, &conf, 1, &c);
	cr_expect_not(c.paired);
	cr_expect_gt(c.p, 0.001);
	gsl_rng_free(rng);
}

/* Of 400 intervals at 95 % about 380 hold the truth; bootstraps of 12 rounds fall a bit short. */
Test(stats_pair, the_bootstrap_covers)
{
	struct stats_conf conf = STATS_CONF_DEFAULT;
	gsl_rng *rng = new_rng();
	unsigned held = 0;
	struct stats_cmp c;
	double a[20], b[20];

	conf.resamples = 400;
	for (unsigned round = 0; round < 400; round++) {
		for (unsigned i = 0; i < 20; i++) {
			a[i] = exp(gsl_ran_gaussian(rng, 0.02));
			b[i] = 1.03 * exp(gsl_ran_gaussian(rng, 0.02));
		}
		stats_compare_pairs(a, b, 20, &conf, round, &c);
		cr_assert_leq(c.lo, c.ratio);
		cr_assert_geq(c.hi, c.ratio);
		held += c.lo <= 1.03 && c.hi >= 1.03;
	}
	cr_expect_geq(held, 350);
	gsl_rng_free(rng);
}

Test(stats_pair, equal_rounds_and_rounds_of_zero)
{
	struct stats_conf conf = STATS_CONF_DEFAULT;
	const double a[] = { 3, 1, 2 }, zero[] = { 0, 0, 0 }, up[] = { 1, 2, 3 };
	struct stats_cmp c;

	stats_compare_pairs(a, a, 3, &conf, 1, &c);
	cr_expect_eq(c.ratio, 1);
	cr_expect_eq(c.p, 1);
	stats_compare_pairs(zero, zero, 3, &conf, 1, &c);
	cr_expect_eq(c.ratio, 1);
	cr_expect_eq(stats_verdict(&c, 1, &conf), STATS_NOT_SEPARATED); /* three pairs */
	stats_compare_pairs(zero, up, 3, &conf, 1, &c);
	cr_expect(isnan(c.ratio));
	cr_expect_eq(c.diff, 2);
	cr_expect_geq(c.diff_lo, 1);
	cr_expect_leq(c.diff_hi, 3);
}

/* Signs turned, or a shift: the same answer.  Only the width decides. */
Test(stats_stop, a_shift_or_a_turn_changes_nothing)
{
	const struct stats_stop stop = { .min = 12, .max = 40, .halfwidth = 0.01, .level = 0.05 };
	gsl_rng *rng = new_rng();
	unsigned seen[3] = { 0 };

	for (unsigned round = 0; round < 60; round++) {
		double d[40], moved[40], turned[40];
		unsigned n = 6 + (unsigned)gsl_rng_uniform_int(rng, 35);
		double spread = 0.005 + 0.05 * gsl_rng_uniform(rng);

		for (unsigned i = 0; i < n; i++) {
			d[i] = gsl_ran_gaussian(rng, spread);
			moved[i] = d[i] + 0.5;
			turned[i] = -d[i];
		}
		enum stats_enough e = stats_stop_look(&stop, d, n);

		cr_expect_eq(stats_stop_look(&stop, moved, n), e);
		cr_expect_eq(stats_stop_look(&stop, turned, n), e);
		cr_expect((n >= 12 && n % 2 == 0) || e == STATS_MORE);
		cr_expect_eq(n == 40, e == STATS_MAX, "n %u", n);
		cr_expect(e != STATS_NARROW || stats_halfwidth(d, n, 0.05) <= 0.01);
		seen[e]++;
	}
	cr_expect(seen[STATS_MORE] && seen[STATS_NARROW]);
	cr_expect(isinf(stats_halfwidth((const double[]){ 1, 2 }, 2, 0.05)),
		  "too few exclude nothing");
	gsl_rng_free(rng);
}
