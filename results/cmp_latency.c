/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Percentiles of a cell: of all operations of its samples together.  Theirs can
 * not be averaged, so histograms are added up, also in each draw of the
 * bootstrap.  Only the spread and the ranks are of single samples; for these a
 * percentile of few operations will do, whereas a cell needs its number of them.
 */
#include "results/cmp_priv.h"

#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The histograms of a cell's samples, summed up from the first bucket on. */
struct pool {
	size_t nr;
	uint64_t one_in; /* of the percentile; 0: the longest */
	uint64_t timed;	 /* of all samples */
	uint64_t *n, *max;
	uint64_t (*upto)[HIST_BUCKETS];
	unsigned *count; /* how often each sample was drawn */
};

/* The level that "p99.9.free" names, and where its class begins; NULL: it is no percentile. */
static const char *class_of(const struct cmp_metric *m, uint64_t *one_in)
{
	size_t n;

	if (!m->group || strcmp(m->group->prefix, "latency") != 0)
		return NULL;
	*one_in = 0;
	if (!strncmp(m->in_group, "max.", 4))
		return m->in_group + 4;
	for (unsigned i = 0; i < HIST_NR_LEVELS; i++) {
		n = strlen(hist_levels[i].name);
		*one_in = hist_levels[i].one_in;
		if (!strncmp(m->in_group, hist_levels[i].name, n) && m->in_group[n] == '.' &&
		    !strchr(m->in_group + n + 1, '.'))
			return m->in_group + n + 1;
	}
	return NULL;
}

static void open_pool(struct pool *p, const struct cmp_cell *c, const char *class, uint64_t one_in)
{
	struct hist *h = cmp_zalloc(1, sizeof(*h));

	*p = (struct pool){ .nr = c->n, .one_in = one_in };
	p->n = cmp_zalloc(c->n, sizeof(*p->n));
	p->max = cmp_zalloc(c->n, sizeof(*p->max));
	p->upto = cmp_zalloc(c->n, sizeof(*p->upto));
	p->count = cmp_zalloc(c->n, sizeof(*p->count));
	for (size_t i = 0; i < c->n; i++) {
		uint64_t sum = 0;

		memset(h, 0, sizeof(*h));
		rec_hist_add(h, &c->rounds[i].r->hists, class);
		p->n[i] = h->n;
		p->timed += h->n;
		p->max[i] = h->max;
		for (unsigned b = 0; b < HIST_BUCKETS; b++)
			p->upto[i][b] = sum += h->count[b];
	}
	free(h);
}

static void close_pool(struct pool *p)
{
	free(p->n);
	free(p->max);
	free(p->upto);
	free(p->count);
}

static uint64_t drawn_upto(const struct pool *p, unsigned bucket)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < p->nr; i++)
		sum += p->count[i] * p->upto[i][bucket];
	return sum;
}

/* Of the samples as often as they were drawn; NaN when none of them has a histogram. */
static double drawn_percentile(const struct pool *p)
{
	unsigned low = 0, high = HIST_BUCKETS;
	uint64_t n = 0, max = 0;

	for (size_t i = 0; i < p->nr; i++) {
		n += p->count[i] * p->n[i];
		if (p->count[i] && p->max[i] > max)
			max = p->max[i];
	}
	if (!n)
		return (double)NAN;
	double longest = (double)max / HIST_PER_NS;

	if (!p->one_in)
		return longest;
	while (low < high) { /* the first bucket in which the rank is reached */
		unsigned middle = (low + high) / 2;

		if (drawn_upto(p, middle) < n - n / p->one_in)
			low = middle + 1;
		else
			high = middle;
	}
	return low < HIST_BUCKETS && hist_middle(low) < longest ? hist_middle(low) : longest;
}

static double percentile(struct pool *p)
{
	for (size_t i = 0; i < p->nr; i++)
		p->count[i] = 1;
	return drawn_percentile(p);
}

double cmp_latency_value(const struct cmp_metric *m, const struct record *r)
{
	uint64_t one_in;
	const char *class = class_of(m, &one_in);
	struct hist *h = class ? cmp_zalloc(1, sizeof(*h)) : NULL;
	double value = (double)NAN;

	if (h && rec_hist_add(h, &r->hists, class))
		value = one_in ? hist_quantile(h, one_in) : hist_max(h);
	free(h);
	return value;
}

/* No sample has a value for want of operations, and all of them together neither. */
static void too_few(struct cmp_metric *m, struct cmp_cell *c)
{
	cmp_value(m, c->rounds[0].r, &c->why);
	c->nulls += (unsigned)c->n;
	c->n = 0;
	c->median = c->spread = (double)NAN;
}

void cmp_latency_pool(struct cmp_table *t)
{
	size_t per_metric = t->nr_rows * t->nr_cols;

	for (size_t i = 0; i < t->nr_metrics * per_metric; i++) {
		struct cmp_metric *m = &t->metrics[i / per_metric];
		struct cmp_cell *c = &t->cells[i];
		uint64_t one_in;
		const char *class = class_of(m, &one_in);
		struct pool p;

		if (!class || !c->n)
			continue;
		open_pool(&p, c, class, one_in);
		double pooled = percentile(&p);

		if (p.timed < HIST_ABOVE * one_in) {
			too_few(m, c);
		} else if (!isnan(pooled)) {
			c->median = pooled;
			m->pooled = true;
		}
		close_pool(&p);
	}
}

/* Rounds of both sides, or each of its own. */
struct sides {
	struct pool a, b;
	size_t pairs;	     /* 0: unpaired */
	size_t *in_a, *in_b; /* [pairs] */
};

static void find_pairs(struct sides *s, const struct cmp_cell *a, const struct cmp_cell *b)
{
	for (size_t i = 0, k = 0; i < a->n && k < b->n;) {
		uint64_t x = a->rounds[i].sample, y = b->rounds[k].sample;

		if (x == y) {
			s->in_a[s->pairs] = i;
			s->in_b[s->pairs++] = k;
		}
		i += x <= y;
		k += y <= x;
	}
}

static void draw(struct sides *s, gsl_rng *rng)
{
	memset(s->a.count, 0, s->a.nr * sizeof(*s->a.count));
	memset(s->b.count, 0, s->b.nr * sizeof(*s->b.count));
	for (size_t i = 0; i < s->pairs; i++) {
		size_t pair = gsl_rng_uniform_int(rng, s->pairs);

		s->a.count[s->in_a[pair]]++;
		s->b.count[s->in_b[pair]]++;
	}
	for (size_t i = 0; !s->pairs && i < s->a.nr; i++)
		s->a.count[gsl_rng_uniform_int(rng, s->a.nr)]++;
	for (size_t i = 0; !s->pairs && i < s->b.nr; i++)
		s->b.count[gsl_rng_uniform_int(rng, s->b.nr)]++;
}

/* As the bootstrap of medians, but each draw adds up histograms. */
static void intervals(struct sides *s, const struct stats_conf *conf, uint64_t key,
		      struct stats_cmp *out)
{
	double *ratio = cmp_zalloc(conf->resamples, sizeof(*ratio));
	double *diff = cmp_zalloc(conf->resamples, sizeof(*diff));
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	size_t n = 0;

	if (rng)
		gsl_rng_set(rng, stats_key_seed(conf->seed, key));
	for (unsigned i = 0; rng && i < conf->resamples; i++) {
		draw(s, rng);
		double a = drawn_percentile(&s->a), b = drawn_percentile(&s->b);

		if (isnan(a) || isnan(b))
			continue;
		ratio[n] = b / (a > 0 ? a : 1); /* unused where a is 0 */
		diff[n++] = b - a;
	}
	if (rng)
		gsl_rng_free(rng);
	stats_sort(ratio, n);
	stats_sort(diff, n);
	out->diff_lo = stats_quantile(diff, n, conf->alpha / 2);
	out->diff_hi = stats_quantile(diff, n, 1 - conf->alpha / 2);
	out->lo = isnan(out->ratio) ? out->ratio : stats_quantile(ratio, n, conf->alpha / 2);
	out->hi = isnan(out->ratio) ? out->ratio : stats_quantile(ratio, n, 1 - conf->alpha / 2);
	free(ratio);
	free(diff);
}

void cmp_latency_compare(const struct cmp_metric *m, const struct stats_conf *conf,
			 const struct cmp_cell *base, struct cmp_cell *c)
{
	struct stats_cmp *out = &c->cmp;
	struct sides s = { .pairs = 0 };
	uint64_t one_in;
	const char *class = class_of(m, &one_in);

	if (!class)
		return;
	open_pool(&s.a, base, class, one_in);
	open_pool(&s.b, c, class, one_in);
	double a = percentile(&s.a), b = percentile(&s.b);

	s.in_a = cmp_zalloc(base->n, sizeof(*s.in_a));
	s.in_b = cmp_zalloc(base->n, sizeof(*s.in_b));
	if (out->paired)
		find_pairs(&s, base, c);
	if (!isnan(a) && !isnan(b)) {
		out->median_a = a;
		out->median_b = b;
		out->ratio = a > 0 ? b / a : (double)NAN;
		out->diff = b - a;
		intervals(&s, conf, c->key, out);
	}
	free(s.in_a);
	free(s.in_b);
	close_pool(&s.a);
	close_pool(&s.b);
}
