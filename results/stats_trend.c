/* SPDX-License-Identifier: GPL-2.0-only */
#include "results/stats_trend.h"

#include "results/stats.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define APART 5.0	 /* median deviations */
#define APART_LEAST 0.02 /* of the median */

/* Sum over groups of t equal values of t (t - 1) (2 t + 5); @sorted. */
static double ties(const double *sorted, size_t n)
{
	double sum = 0;

	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && sorted[end] <= sorted[i];)
			end++;
		double t = (double)(end - i);

		sum += t * (t - 1) * (2 * t + 5);
	}
	return sum;
}

double stats_mann_kendall(const double *v, size_t n)
{
	double *sorted = n >= 4 ? malloc(n * sizeof(*sorted)) : NULL, s = 0, count = (double)n;

	if (!sorted)
		return 1;
	memcpy(sorted, v, n * sizeof(*sorted));
	stats_sort(sorted, n);
	double variance = (count * (count - 1) * (2 * count + 5) - ties(sorted, n)) / 18;

	free(sorted);
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			s += (v[k] > v[i]) - (v[k] < v[i]);
	if (fabs(s) < 1 || variance <= 0)
		return 1;
	return fmin(1, 2 * gsl_cdf_ugaussian_Q((fabs(s) - 1) / sqrt(variance)));
}

double stats_theil_sen(const double *v, size_t n)
{
	double *slope = n > 1 ? malloc(n * (n - 1) / 2 * sizeof(*slope)) : NULL;
	double out = (double)NAN;
	size_t nr = 0;

	for (size_t i = 0; slope && i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			slope[nr++] = (v[k] - v[i]) / (double)(k - i);
	if (slope) {
		stats_sort(slope, nr);
		out = stats_median(slope, nr);
	}
	free(slope);
	return out;
}

bool stats_warms_up(const double *v, size_t n)
{
	double *rest = n >= 6 ? malloc((n - 1) * sizeof(*rest)) : NULL;

	if (!rest)
		return false;
	memcpy(rest, v + 1, (n - 1) * sizeof(*rest));
	stats_sort(rest, n - 1);
	double median = stats_median(rest, n - 1), off = fabs(v[0] - median);
	bool outside = v[0] < rest[0] || v[0] > rest[n - 2];
	double spread = stats_mape(rest, n - 1) * fabs(median);

	free(rest);
	return outside && off > APART * spread && off > APART_LEAST * fabs(median);
}
