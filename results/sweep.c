/* SPDX-License-Identifier: GPL-2.0-only */
#include "results/sweep.h"

#include "results/cmp_priv.h"
#include "results/hist.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RESAMPLES 400u

/* The last is what a value like a batch makes dearer each time, and rarer. */
const struct sweep_metric sweep_metrics[] = {
	{ .id = "mops", .title = "throughput", .unit = "Mop/s", .brief = "Mop/s", .field = "mops" },
	{ .id = "p99.alloc",
	  .title = "p99 of an allocation",
	  .unit = "ns",
	  .brief = "p99 alloc, ns",
	  .hist = REC_HIST_ALLOC,
	  .one_in = 100 },
	{ .id = "p99.free",
	  .title = "p99 of a free",
	  .unit = "ns",
	  .brief = "p99 free, ns",
	  .hist = REC_HIST_FREE,
	  .one_in = 100 },
	{ .id = "p50.split",
	  .title = "median, if it splits",
	  .unit = "ns",
	  .brief = "p50 split, ns",
	  .hist = "split",
	  .one_in = 2 },
	{ .id = NULL },
};

/* The override number @n of a variant's name: "pcp.batch=15"; NULL: it has no more. */
static const char *override_of(const char *variant, unsigned n, size_t *len)
{
	const char *at = strchr(variant, ',');

	while (at && n--)
		at = strchr(at + 1, ',');
	if (!at)
		return NULL;
	*len = strcspn(at + 1, ",");
	return at + 1;
}

/* Splits a name at one override, whose value must be a number. */
static bool split(const char *variant, unsigned n, struct sweep *key, double *x)
{
	size_t len;
	const char *at = override_of(variant, n, &len);
	const char *equals = at ? memchr(at, '=', len) : NULL;
	char *end;

	if (!equals || equals == at || (size_t)(equals - at) >= sizeof(key->tunable))
		return false;
	*x = strtod(equals + 1, &end);
	if (end == equals + 1 || end != at + len || !isfinite(*x))
		return false;
	memcpy(key->tunable, at, (size_t)(equals - at));
	key->tunable[equals - at] = 0;
	snprintf(key->base, sizeof(key->base), "%.*s%s", (int)(at - 1 - variant), variant,
		 at + len);
	return true;
}

static struct sweep *sweep_of(struct sweep_data *d, const struct sweep *key)
{
	for (unsigned i = 0; i < d->nr; i++)
		if (!strcmp(d->of[i].base, key->base) && !strcmp(d->of[i].tunable, key->tunable))
			return &d->of[i];
	if (d->nr == SWEEP_MAX)
		return NULL;
	d->of[d->nr] = *key;
	d->of[d->nr].nr = 0;
	return &d->of[d->nr++];
}

/* In the order of x, the base before all. */
static void add_point(struct sweep *s, const char *variant, double x)
{
	unsigned i = 0;

	for (; i < s->nr; i++)
		if (!strcmp(s->at[i].variant, variant))
			return;
	if (s->nr == SWEEP_MAX_POINTS)
		return;
	for (i = s->nr; i && !isnan(s->at[i - 1].x) && (isnan(x) || s->at[i - 1].x > x); i--)
		s->at[i] = s->at[i - 1];
	s->at[i] = (struct sweep_point){ variant, x };
	s->nr++;
}

static bool same_row(const struct record *a, const struct record *b)
{
	return a->order == b->order && a->threads == b->threads &&
	       !strcmp(a->workload, b->workload) && !strcmp(a->params, b->params) &&
	       !strcmp(a->placement, b->placement) && !strcmp(a->memory, b->memory);
}

static void add_row(struct sweep_data *d, const struct record *r)
{
	for (unsigned i = 0; i < d->nr_rows; i++)
		if (same_row(d->row[i], r))
			return;
	if (d->nr_rows < SWEEP_MAX_ROWS)
		d->row[d->nr_rows++] = r;
}

/* One value is no sweep. */
static void drop_single(struct sweep_data *d)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < d->nr; i++)
		if (d->of[i].nr > 1)
			d->of[kept++] = d->of[i];
	d->nr = kept;
}

void sweep_gather(struct sweep_data *d, const struct run_data *run, double alpha)
{
	struct sweep key;
	struct sweep *s;
	double x;

	*d = (struct sweep_data){ .alpha = alpha };
	d->latest = cmp_zalloc(run->nr, sizeof(struct record *));
	d->nr_latest = store_latest(run, d->latest);
	for (size_t i = 0; i < d->nr_latest; i++) {
		const char *variant = d->latest[i]->variant;

		for (unsigned n = 0; n < 16; n++)
			if (split(variant, n, &key, &x) && (s = sweep_of(d, &key)))
				add_point(s, variant, x);
		add_row(d, d->latest[i]);
	}
	drop_single(d);
	for (unsigned k = 0; k < d->nr; k++)
		for (size_t i = 0; i < d->nr_latest; i++)
			if (!strcmp(d->latest[i]->variant, d->of[k].base))
				add_point(&d->of[k], d->latest[i]->variant, (double)NAN);
}

void sweep_release(struct sweep_data *d)
{
	free(d->latest);
}

void sweep_row_name(const struct sweep_data *d, unsigned row, char *text, size_t len)
{
	const struct record *r = d->row[row];
	bool places = false, memories = false;

	for (unsigned i = 0; i < d->nr_rows; i++) {
		places |= strcmp(d->row[i]->placement, r->placement) != 0;
		memories |= strcmp(d->row[i]->memory, r->memory) != 0;
	}
	snprintf(text, len, "%s%s%s order %llu, %llu thread%s%s%s%s%s", r->workload,
		 r->params[0] ? " " : "", r->params, (unsigned long long)r->order,
		 (unsigned long long)r->threads, r->threads == 1 ? "" : "s", places ? ", " : "",
		 places ? r->placement : "", memories ? ", " : "", memories ? r->memory : "");
}

/*
 * The interval of a median between two order statistics: of @n samples less
 * than k lie on one side of it with the probability of less than k heads in n
 * throws.  0: no pair covers 1 - @alpha.
 */
static size_t order_of(size_t n, double alpha)
{
	size_t k = 0;

	while (2 * (k + 1) <= n && 2 * gsl_cdf_binomial_P((unsigned)k, 0.5, (unsigned)n) <= alpha)
		k++;
	return k;
}

static struct sweep_value median_of(double *v, size_t n, double alpha)
{
	struct sweep_value out = { .n = n, .value = (double)NAN, .lo = (double)NAN };
	size_t k = order_of(n, alpha);

	out.hi = (double)NAN;
	if (!n)
		return out;
	stats_sort(v, n);
	out.value = stats_median(v, n);
	out.range = !k;
	out.lo = v[k ? k - 1 : 0];
	out.hi = v[k ? n - k : n - 1];
	return out;
}

static double level_of(const struct hist *const *hist, const size_t *pick, size_t n,
		       unsigned one_in)
{
	struct hist *sum = cmp_zalloc(1, sizeof(*sum));

	for (size_t i = 0; i < n; i++)
		hist_merge(sum, hist[pick ? pick[i] : i]);
	double v =
		sum->n >= (uint64_t)one_in * HIST_ABOVE ? hist_quantile(sum, one_in) : (double)NAN;

	free(sum);
	return v;
}

static struct sweep_value percentile_of(const struct hist *const *hist, size_t n, unsigned one_in,
					double alpha)
{
	struct sweep_value out = { .n = n,
				   .value = level_of(hist, NULL, n, one_in),
				   .lo = (double)NAN };
	size_t *pick = cmp_zalloc(n, sizeof(*pick)), nr = 0;
	double *v = cmp_zalloc(RESAMPLES, sizeof(*v));
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);

	out.hi = (double)NAN;
	if (isnan(out.value))
		out.n = 0;
	for (unsigned b = 0; out.n > 1 && b < RESAMPLES; b++) {
		for (size_t i = 0; i < n; i++)
			pick[i] = gsl_rng_uniform_int(rng, n);
		v[nr] = level_of(hist, pick, n, one_in);
		nr += isnan(v[nr]) ? 0 : 1;
	}
	if (nr) {
		stats_sort(v, nr);
		out.lo = stats_quantile(v, nr, alpha / 2);
		out.hi = stats_quantile(v, nr, 1 - alpha / 2);
	}
	gsl_rng_free(rng);
	free(pick);
	free(v);
	return out;
}

struct sweep_value sweep_at(const struct sweep_data *d, unsigned row, const char *variant,
			    const struct sweep_metric *m)
{
	const struct rec_field *field = m->field ? rec_field_find(m->field) : NULL;
	double *value = cmp_zalloc(d->nr_latest, sizeof(*value));
	struct hist **hist = cmp_zalloc(d->nr_latest, sizeof(struct hist *));
	size_t n = 0;

	for (size_t i = 0; i < d->nr_latest; i++) {
		const struct record *r = d->latest[i];

		if (strcmp(r->variant, variant) != 0 || strcmp(r->status, "ok") != 0 ||
		    !same_row(r, d->row[row]))
			continue;
		if (field) {
			value[n] = *(const double *)(const void *)((const char *)r + field->offset);
			n += isnan(value[n]) ? 0 : 1;
			continue;
		}
		hist[n] = cmp_zalloc(1, sizeof(struct hist));
		if (rec_hist_add(hist[n], &r->hists, m->hist))
			n++;
		else
			free(hist[n]);
	}
	struct sweep_value out =
		field ? median_of(value, n, d->alpha)
		      : percentile_of((const struct hist *const *)hist, n, m->one_in, d->alpha);

	for (size_t i = 0; !field && i < n; i++)
		free(hist[i]);
	free(hist);
	free(value);
	return out;
}
