/* SPDX-License-Identifier: GPL-2.0-only */
#include "results/stats_pair.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

/* Sizes of the differences that are not 0, ranked; twice the mean rank is whole. */
struct sizes {
	size_t n;
	unsigned *twice; /* [n] */
	size_t positive; /* twice the sum of the ranks of positive differences */
	double ties;	 /* sum of t^3 - t over groups of t equal sizes */
};

static bool rank_sizes(struct sizes *s, const double *d, size_t n)
{
	double *size = malloc((n + 1) * sizeof(*size)), *kept = malloc((n + 1) * sizeof(*kept));
	size_t *order = malloc((n + 1) * sizeof(*order));

	*s = (struct sizes){ .twice = malloc((n + 1) * sizeof(unsigned)) };
	bool ok = size && kept && order && s->twice;

	for (size_t i = 0; ok && i < n; i++) {
		if (d[i] > 0 || d[i] < 0) {
			kept[s->n] = d[i];
			size[s->n++] = fabs(d[i]);
		}
	}
	if (ok && s->n)
		gsl_sort_index(order, size, 1, s->n);
	for (size_t i = 0, end; ok && i < s->n; i = end) {
		for (end = i + 1; end < s->n && size[order[end]] <= size[order[i]];)
			end++;
		double t = (double)(end - i);

		s->ties += t * t * t - t;
		for (size_t k = i; k < end; k++) {
			s->twice[k] = (unsigned)(i + end + 1);
			s->positive += kept[order[k]] > 0 ? s->twice[k] : 0;
		}
	}
	free(size);
	free(kept);
	free(order);
	return ok;
}

/*
 * Each rank has either sign with equal chance when the sides do not differ:
 * ways[x] counts the assignments whose positive ranks, doubled, sum to x.
 * Doubles hold counts up to 2^53 exactly.
 */
static double *sign_ways(const unsigned *twice, size_t n, size_t *width)
{
	size_t reach = 0;
	double *ways = calloc(n * (n + 1) + 1, sizeof(*ways));

	*width = n * (n + 1) + 1;
	if (!ways)
		return NULL;
	ways[0] = 1;
	for (size_t i = 0; i < n; i++) {
		reach += twice[i];
		for (size_t x = reach; x >= twice[i]; x--)
			ways[x] += ways[x - twice[i]];
	}
	return ways;
}

static double exact_p(const struct sizes *s)
{
	size_t width;
	double *ways = sign_ways(s->twice, s->n, &width);
	double below = 0, above = 0;

	if (!ways)
		return 1;
	for (size_t x = 0; x < width; x++) {
		below += x <= s->positive ? ways[x] : 0;
		above += x >= s->positive ? ways[x] : 0;
	}
	free(ways);
	return fmin(1, 2 * fmin(below, above) / exp2((double)s->n));
}

static double normal_p(const struct sizes *s)
{
	double n = (double)s->n, sum = (double)s->positive / 2;
	double variance = n * (n + 1) * (2 * n + 1) / 24 - s->ties / 48;
	double off = fabs(sum - n * (n + 1) / 4) - 0.5; /* continuity */

	if (off <= 0 || variance <= 0)
		return 1;
	return fmin(1, 2 * gsl_cdf_ugaussian_Q(off / sqrt(variance)));
}

double stats_signed_rank(const double *d, size_t n)
{
	struct sizes s;
	double p = 1;

	if (rank_sizes(&s, d, n) && s.n)
		p = s.n <= STATS_EXACT_PAIRS ? exact_p(&s) : normal_p(&s);
	free(s.twice);
	return p;
}

/* Means of all two values, each with itself too, in no order; NULL = no memory. */
static double *walsh(const double *d, size_t n, size_t *nr)
{
	double *w = malloc((n * (n + 1) / 2 + 1) * sizeof(*w));

	*nr = 0;
	for (size_t i = 0; w && i < n; i++)
		for (size_t k = i; k < n; k++)
			w[(*nr)++] = (d[i] + d[k]) / 2;
	return w;
}

double stats_hodges_lehmann(const double *d, size_t n)
{
	size_t nr;
	double *w = n ? walsh(d, n, &nr) : NULL;
	double out = (double)NAN;

	if (w) {
		stats_sort(w, nr);
		out = stats_median(w, nr);
	}
	free(w);
	return out;
}

/* How many of the means at either end the test excludes at this level, without ties. */
static size_t excluded(size_t n, double level)
{
	double ways[STATS_EXACT_PAIRS * (STATS_EXACT_PAIRS + 1) / 4 + 1] = { 1 };
	double count = (double)n, sum = 0;
	size_t half = n * (n + 1) / 4, out = 0;

	if (n > STATS_EXACT_PAIRS) {
		double sd = sqrt(count * (count + 1) * (2 * count + 1) / 24);
		double low = count * (count + 1) / 4 - 0.5 - gsl_cdf_ugaussian_Qinv(level / 2) * sd;

		return low > 0 ? (size_t)low + 1 : 0;
	}
	for (size_t rank = 1; rank <= n; rank++)
		for (size_t x = half; x >= rank; x--)
			ways[x] += ways[x - rank];
	for (; out <= half; out++) {
		sum += ways[out];
		if (sum > level / 2 * exp2(count))
			break;
	}
	return out;
}

/* The value that stands at @place when sorted; turns the order of @v over. */
static double select_place(double *v, size_t nr, size_t place)
{
	size_t low = 0, high = nr - 1;

	while (low < high) {
		double pivot = v[low + (high - low) / 2];
		size_t i = low, k = high;

		for (;; i++, k--) {
			while (v[i] < pivot)
				i++;
			while (v[k] > pivot)
				k--;
			if (i >= k)
				break;
			double swap = v[i];

			v[i] = v[k];
			v[k] = swap;
		}
		if (place <= k)
			high = k;
		else
			low = k + 1;
	}
	return v[place];
}

bool stats_walsh_interval(const double *d, size_t n, double level, double *lo, double *hi)
{
	size_t nr, out = excluded(n, level);
	double *w = out ? walsh(d, n, &nr) : NULL;

	if (!w)
		return false;
	*lo = select_place(w, nr, out - 1);
	*hi = select_place(w, nr, nr - out);
	free(w);
	return true;
}

unsigned stats_min_pairs(size_t m, double alpha)
{
	unsigned n = 1;

	while (exp2(1 - (double)n) >= alpha / (double)m)
		n++;
	return n;
}

/* The means of two as places in the values that they come from. */
struct two {
	double mean;
	unsigned i, k;
};

static int by_mean(const void *x, const void *y)
{
	double a = ((const struct two *)x)->mean, b = ((const struct two *)y)->mean;

	return (a > b) - (a < b);
}

static struct two *all_twos(const double *d, size_t n, size_t *nr)
{
	struct two *t = malloc(n * (n + 1) / 2 * sizeof(*t));

	*nr = 0;
	for (unsigned i = 0; t && i < n; i++)
		for (unsigned k = i; k < n; k++)
			t[(*nr)++] = (struct two){ (d[i] + d[k]) / 2, i, k };
	if (t)
		qsort(t, *nr, sizeof(*t), by_mean);
	return t;
}

/*
 * The estimate of a drawing, in which value i is count[i] times: its means of
 * two are those of the sample, so often as the counts say.
 */
static double drawn_estimate(const struct two *t, size_t nr, const unsigned *count, size_t n)
{
	size_t total = n * (n + 1) / 2, low = (total - 1) / 2, high = total / 2, seen = 0;
	double first = 0;
	bool have = false;

	for (size_t x = 0; x < nr; x++) {
		size_t c = count[t[x].i], k = count[t[x].k];

		seen += t[x].i == t[x].k ? c * (c + 1) / 2 : c * k;
		if (!have && seen > low) {
			first = t[x].mean;
			have = true;
		}
		if (seen > high)
			return (first + t[x].mean) / 2;
	}
	return first;
}

/* Percentile bootstrap over rounds. */
static void bootstrap(const double *d, size_t n, const struct stats_conf *conf, unsigned long seed,
		      double *lo, double *hi)
{
	size_t nr;
	struct two *t = all_twos(d, n, &nr);
	double *drawn = malloc(conf->resamples * sizeof(*drawn));
	unsigned *count = calloc(n, sizeof(*count));
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);

	if (t && drawn && count && rng) {
		gsl_rng_set(rng, seed);
		for (unsigned r = 0; r < conf->resamples; r++) {
			for (size_t i = 0; i < n; i++)
				count[i] = 0;
			for (size_t i = 0; i < n; i++)
				count[gsl_rng_uniform_int(rng, n)]++;
			drawn[r] = drawn_estimate(t, nr, count, n);
		}
		stats_sort(drawn, conf->resamples);
		*lo = stats_quantile(drawn, conf->resamples, conf->alpha / 2);
		*hi = stats_quantile(drawn, conf->resamples, 1 - conf->alpha / 2);
	}
	if (rng)
		gsl_rng_free(rng);
	free(count);
	free(drawn);
	free(t);
}

static double median_of(const double *v, size_t n, double *scratch)
{
	for (size_t i = 0; i < n; i++)
		scratch[i] = v[i];
	stats_sort(scratch, n);
	return stats_median(scratch, n);
}

/* Differences, or logarithms of ratios: false when a value has none. */
static bool differences(const double *a, const double *b, size_t n, bool ratio, double *d)
{
	for (size_t i = 0; i < n; i++) {
		if (ratio && (!(a[i] > 0) || !(b[i] > 0)))
			return false;
		d[i] = ratio ? log(b[i] / a[i]) : b[i] - a[i];
	}
	return true;
}

static bool all_zero(const double *d, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (d[i] > 0 || d[i] < 0)
			return false;
	return true;
}

void stats_compare_pairs(const double *a, const double *b, size_t n, const struct stats_conf *conf,
			 uint64_t key, struct stats_cmp *out)
{
	const double none = (double)NAN;
	double *d = malloc(n * sizeof(*d));
	unsigned long seed = stats_key_seed(conf->seed, key);

	*out = (struct stats_cmp){
		.na = n,
		.nb = n,
		.paired = true,
		.median_a = none,
		.median_b = none,
		.ratio = none,
		.lo = none,
		.hi = none,
		.diff = none,
		.diff_lo = none,
		.diff_hi = none,
		.p = 1,
		.p_holm = none,
	};
	if (!d)
		return;
	out->median_a = median_of(a, n, d);
	out->median_b = median_of(b, n, d);
	differences(a, b, n, false, d);
	if (all_zero(d, n)) { /* zero among them: the ratio of equals is 1 all the same */
		out->ratio = out->lo = out->hi = 1;
		out->diff = out->diff_lo = out->diff_hi = 0;
		free(d);
		return;
	}
	out->diff = stats_hodges_lehmann(d, n);
	bootstrap(d, n, conf, seed, &out->diff_lo, &out->diff_hi);
	out->p = stats_signed_rank(d, n);
	if (differences(a, b, n, true, d)) {
		out->p = stats_signed_rank(d, n);
		out->ratio = exp(stats_hodges_lehmann(d, n));
		bootstrap(d, n, conf, seed, &out->lo, &out->hi);
		out->lo = exp(out->lo);
		out->hi = exp(out->hi);
	}
	free(d);
}
