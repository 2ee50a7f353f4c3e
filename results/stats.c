/* SPDX-License-Identifier: GPL-2.0-only */
#include "results/stats.h"

#include "results/stats_pair.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

void stats_sort(double *v, size_t n)
{
	gsl_sort(v, 1, n);
}

double stats_median(const double *sorted, size_t n)
{
	return n ? gsl_stats_median_from_sorted_data(sorted, 1, n) : (double)NAN;
}

double stats_quantile(const double *sorted, size_t n, double q)
{
	return n ? gsl_stats_quantile_from_sorted_data(sorted, 1, n, q) : (double)NAN;
}

double stats_mape(const double *sorted, size_t n)
{
	double median = stats_median(sorted, n), out = (double)NAN;
	double *off = n && median != 0 ? malloc(n * sizeof(*off)) : NULL;

	for (size_t i = 0; off && i < n; i++)
		off[i] = fabs((sorted[i] - median) / median);
	if (off) {
		stats_sort(off, n);
		out = stats_median(off, n);
	}
	free(off);
	return out;
}

double stats_geomean(const double *v, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		if (!(v[i] > 0))
			return (double)NAN;
		sum += log(v[i]);
	}
	return n ? exp(sum / (double)n) : (double)NAN;
}

/*
 * Both sides ranked together: twice the mean rank of each value, which is
 * whole even with ties, and what the corrections need.
 */
struct ranks {
	size_t n;
	unsigned *twice; /* [n], ascending */
	bool *of_a;	 /* [n] */
	double ties;	 /* sum of t^3 - t over groups of t equal values */
};

static void rank_group(struct ranks *r, size_t first, size_t end)
{
	double t = (double)(end - first);

	for (size_t i = first; i < end; i++)
		r->twice[i] = (unsigned)(first + end + 1);
	r->ties += t * t * t - t;
}

static bool rank_all(struct ranks *r, const double *a, size_t na, const double *b, size_t nb)
{
	size_t n = na + nb;
	double *all = calloc(n, sizeof(*all));
	size_t *order = malloc(n * sizeof(*order));

	*r = (struct ranks){ .n = n, .twice = calloc(n, sizeof(unsigned)), .of_a = calloc(n, 1) };
	bool ok = all && order && r->twice && r->of_a;

	for (size_t i = 0; ok && i < n; i++)
		all[i] = i < na ? a[i] : b[i - na];
	if (ok)
		gsl_sort_index(order, all, 1, n);
	for (size_t i = 0, end; ok && i < n; i = end) {
		for (end = i + 1; end < n && all[order[end]] <= all[order[i]];)
			end++;
		rank_group(r, i, end);
		for (size_t k = i; k < end; k++)
			r->of_a[k] = order[k] < na;
	}
	free(all);
	free(order);
	return ok;
}

/*
 * Every choice of k of the n ranks is equally likely when the sides do not
 * differ.  ways[j][s] counts the choices of j ranks so far that sum to s.
 */
static double exact_p(const struct ranks *r, size_t k, size_t sum)
{
	size_t width = r->n * (r->n + 1) + 1; /* all ranks, doubled, and zero */
	double *ways = calloc((k + 1) * width, sizeof(*ways));
	double below = 0, above = 0, total = 0;
	size_t reach = 0;

	if (!ways)
		return 1;
	ways[0] = 1;
	for (size_t i = 0; i < r->n; i++) {
		size_t rank = r->twice[i];

		reach += rank;
		for (size_t j = i + 1 < k ? i + 1 : k; j > 0; j--)
			for (size_t s = reach; s >= rank; s--)
				ways[j * width + s] += ways[(j - 1) * width + s - rank];
	}
	for (size_t s = 0; s < width; s++) {
		double w = ways[k * width + s];

		total += w;
		below += s <= sum ? w : 0;
		above += s >= sum ? w : 0;
	}
	free(ways);
	return fmin(1, 2 * fmin(below, above) / total);
}

static double normal_p(const struct ranks *r, size_t na, size_t nb, double rank_sum)
{
	double a = (double)na, b = (double)nb, n = a + b;
	double u = rank_sum - a * (a + 1) / 2;
	double variance = a * b / 12 * (n + 1 - r->ties / (n * (n - 1)));
	double off = fabs(u - a * b / 2) - 0.5; /* continuity */

	if (off <= 0 || variance <= 0)
		return 1;
	return fmin(1, 2 * gsl_cdf_ugaussian_Q(off / sqrt(variance)));
}

double stats_rank_sum(const double *a, size_t na, const double *b, size_t nb)
{
	struct ranks r;
	size_t twice_sum = 0;
	double p = 1;

	if (!na || !nb)
		return 1;
	if (rank_all(&r, a, na, b, nb)) {
		for (size_t i = 0; i < r.n; i++)
			twice_sum += r.of_a[i] ? r.twice[i] : 0;
		p = r.n <= STATS_EXACT_MAX ? exact_p(&r, na, twice_sum)
					   : normal_p(&r, na, nb, (double)twice_sum / 2);
	}
	free(r.twice);
	free(r.of_a);
	return p;
}

struct ordered_p {
	double *p;
};

static int by_p(const void *x, const void *y)
{
	double a = *((const struct ordered_p *)x)->p, b = *((const struct ordered_p *)y)->p;

	return (a > b) - (a < b);
}

void stats_holm(double *p, size_t m)
{
	struct ordered_p *family = malloc((m ? m : 1) * sizeof(*family));
	size_t n = 0;
	double least = 0;

	for (size_t i = 0; i < m; i++) {
		if (isnan(p[i]))
			continue;
		if (family)
			family[n++].p = &p[i];
		else
			p[i] = 1; /* no correction, no claim */
	}
	if (!family)
		return;
	qsort(family, n, sizeof(*family), by_p);
	for (size_t i = 0; i < n; i++) {
		least = fmin(1, fmax(least, *family[i].p * (double)(n - i)));
		*family[i].p = least;
	}
	free(family);
}

unsigned stats_min_samples(size_t m, double alpha)
{
	double choices = 1; /* C(2n, n) */
	unsigned n = 0;

	do {
		n++;
		choices *= 2 * (2 * (double)n - 1) / (double)n;
	} while (2 / choices >= alpha / (double)m);
	return n;
}

/*
 * The median of n draws with replacement, by counting how often each sorted
 * value was drawn.
 */
static double resampled_median(const double *sorted, size_t n, unsigned *count, gsl_rng *rng)
{
	size_t low = (n - 1) / 2, high = n / 2, seen = 0, i = 0;
	double first;

	for (size_t k = 0; k < n; k++)
		count[k] = 0;
	for (size_t k = 0; k < n; k++)
		count[gsl_rng_uniform_int(rng, n)]++;
	while (seen + count[i] <= low)
		seen += count[i++];
	first = sorted[i];
	while (seen + count[i] <= high)
		seen += count[i++];
	return (first + sorted[i]) / 2;
}

/* Murmur's finaliser: neighbouring keys get unlike seeds. */
static unsigned long mix(uint64_t x)
{
	x ^= x >> 33;
	x *= UINT64_C(0xff51afd7ed558ccd);
	x ^= x >> 33;
	x *= UINT64_C(0xc4ceb9fe1a85ec53);
	return (unsigned long)((x ^ x >> 33) & 0xffffffff);
}

unsigned long stats_key_seed(uint64_t seed, uint64_t key)
{
	return mix(seed * UINT64_C(0x9e3779b97f4a7c15) ^ key);
}

static void bootstrap(const double *a, const double *b, const struct stats_conf *conf, uint64_t key,
		      struct stats_cmp *out)
{
	size_t n = conf->resamples, most = out->na > out->nb ? out->na : out->nb;
	double *ratio = malloc(n * sizeof(*ratio)), *diff = malloc(n * sizeof(*diff));
	unsigned *count = calloc(most, sizeof(*count));
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	double tail = conf->alpha / 2;

	if (ratio && diff && count && rng) {
		gsl_rng_set(rng, stats_key_seed(conf->seed, key));
		for (size_t i = 0; i < n; i++) {
			double ma = resampled_median(a, out->na, count, rng);
			double mb = resampled_median(b, out->nb, count, rng);

			ratio[i] = mb / (ma > 0 ? ma : 1); /* unused when a has values <= 0 */
			diff[i] = mb - ma;
		}
		stats_sort(ratio, n);
		stats_sort(diff, n);
		out->diff_lo = stats_quantile(diff, n, tail);
		out->diff_hi = stats_quantile(diff, n, 1 - tail);
		if (!isnan(out->ratio)) {
			out->lo = stats_quantile(ratio, n, tail);
			out->hi = stats_quantile(ratio, n, 1 - tail);
		}
	}
	if (rng)
		gsl_rng_free(rng);
	free(count);
	free(ratio);
	free(diff);
}

void stats_compare(const double *a, size_t na, const double *b, size_t nb,
		   const struct stats_conf *conf, uint64_t key, struct stats_cmp *out)
{
	const double none = (double)NAN;
	double ma = stats_median(a, na), mb = stats_median(b, nb);
	bool equal = a[0] <= b[0] && a[0] >= b[0] && a[na - 1] <= b[0] && b[nb - 1] <= a[0];

	*out = (struct stats_cmp){ .na = na,
				   .nb = nb,
				   .median_a = ma,
				   .median_b = mb,
				   .ratio = a[0] > 0 ? mb / ma : none,
				   .lo = none,
				   .hi = none,
				   .diff = mb - ma,
				   .diff_lo = none,
				   .diff_hi = none,
				   .p = 1,
				   .p_holm = none };
	if (equal) { /* zero among them: the ratio of equals is 1 all the same */
		out->ratio = out->lo = out->hi = 1;
		out->diff_lo = out->diff_hi = 0;
		return;
	}
	out->p = stats_rank_sum(a, na, b, nb);
	bootstrap(a, b, conf, key, out);
}

enum stats_verdict stats_verdict(const struct stats_cmp *c, size_t m, const struct stats_conf *conf)
{
	size_t least =
		c->paired ? stats_min_pairs(m, conf->alpha) : stats_min_samples(m, conf->alpha);
	double low = isnan(c->ratio) ? c->diff_lo : c->lo - 1;
	double high = isnan(c->ratio) ? c->diff_hi : c->hi - 1;

	if (c->na < least || c->nb < least || isnan(low) || isnan(high))
		return STATS_NOT_SEPARATED;
	if (!isnan(c->ratio) && c->lo >= 1 / (1 + conf->margin) && c->hi <= 1 + conf->margin)
		return STATS_SAME;
	if (!(c->p_holm < conf->alpha))
		return STATS_NOT_SEPARATED;
	if (low > 0)
		return STATS_HIGHER;
	return high < 0 ? STATS_LOWER : STATS_NOT_SEPARATED;
}

void stats_wilson(size_t k, size_t n, double level, double *lo, double *hi)
{
	double z = gsl_cdf_ugaussian_Qinv(level / 2), all = (double)n, p = (double)k / all;
	double centre = p + z * z / (2 * all), scale = 1 + z * z / all;
	double half = z * sqrt(p * (1 - p) / all + z * z / (4 * all * all));

	*lo = n ? fmax(0, (centre - half) / scale) : 0;
	*hi = n ? fmin(1, (centre + half) / scale) : 1;
}
