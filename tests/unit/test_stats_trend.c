/* SPDX-License-Identifier: GPL-2.0-only */
#include "results/stats_trend.h"

#include <criterion/criterion.h>
#include <math.h>

#define NEAR(got, want, tolerance)                                                            \
	cr_expect_lt(fabs((got) - (want)), tolerance, "got %.12g, want %.12g", (double)(got), \
		     (double)(want))

static const double rising[] = { 10.1, 10.4, 10.3, 10.9, 11.2, 11.0, 11.5, 11.9, 11.7, 12.3 };

/* R 4.2.2: cor.test(v, 1:10, method = "kendall", exact = FALSE, continuity = TRUE); medians of
 * slopes. */
Test(stats_trend, as_r_computes_it)
{
	const double tied[] = { 1, 2, 2, 3, 3, 3, 2, 4, 5, 4 };

	NEAR(stats_mann_kendall(rising, 10), 0.000676764180121, 1e-10);
	NEAR(stats_mann_kendall(tied, 10), 0.00725562227678, 1e-10);
	NEAR(stats_theil_sen(rising, 10), 0.233333333333, 1e-10);
}

Test(stats_trend, no_trend_in_equal_or_few_values)
{
	const double same[] = { 3, 3, 3, 3, 3, 3 };

	cr_expect_eq(stats_mann_kendall(same, 6), 1);
	cr_expect_eq(stats_mann_kendall(rising, 3), 1);
	cr_expect(isnan(stats_theil_sen(rising, 1)));
	cr_expect_eq(stats_theil_sen(same, 6), 0);
}

Test(stats_trend, a_first_round_that_is_apart)
{
	double v[] = { 15, 10.1, 10, 9.9, 10.2, 10, 9.8, 10.1 };

	cr_expect(stats_warms_up(v, 8));
	v[0] = 5;
	cr_expect(stats_warms_up(v, 8), "below all others");
	v[0] = 10.25;
	cr_expect_not(stats_warms_up(v, 8), "above all others, and no further than they are");
	v[0] = 15;
	cr_expect_not(stats_warms_up(v, 5), "too few");
	v[3] = 16;
	cr_expect_not(stats_warms_up(v, 8), "another is as high");
}
