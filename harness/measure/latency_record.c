/* SPDX-License-Identifier: GPL-2.0-only */
/* From the histograms of the latency pass to a record. */
#include "harness/measure/clock.h"
#include "harness/measure/latency.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_value(struct record *r, const char *what, const char *class, double value,
		      const char *note)
{
	char name[64];

	snprintf(name, sizeof(name), "%s.%s", what, class);
	rec_add_latency(r, name, value, note);
}

/* NaN with the reason where too few operations were timed for a level. */
static double level_of(const struct hist *h, const struct hist_level *level, char *why, size_t len)
{
	uint64_t needs = hist_needs(level);

	*why = '\0';
	if (h->n >= needs)
		return hist_quantile(h, level->one_in);
	snprintf(why, len, "%" PRIu64 " timed, needs %" PRIu64, h->n, needs);
	return (double)NAN;
}

static void add_class(struct record *r, const char *class, const struct hist *h)
{
	char why[96];

	for (unsigned i = 0; i < HIST_NR_LEVELS; i++) {
		double ns = level_of(h, &hist_levels[i], why, sizeof(why));

		add_value(r, hist_levels[i].name, class, ns, why);
	}
	add_value(r, "max", class, hist_max(h), h->n ? "" : "none was timed");
	add_value(r, "timed", class, (double)h->n, "");
}

static const char *class_name(unsigned class)
{
	return class == LATENCY_FREE ? REC_HIST_FREE : pga_stages[class].name;
}

static void add_region(const struct latency *l, struct hist *h, struct record *r)
{
	const char *why = clk_has_tsc() ? "" : "no cycle counter: CLOCK_MONOTONIC";

	for (unsigned i = 0; i < l->nr_threads; i++)
		hist_merge(h, &l->thread[i].empties);
	rec_add_latency(r, "every", LATENCY_EVERY, "");
	rec_add_latency(r, "empty", hist_quantile(h, 2), why);
	rec_add_latency(r, "tick", l->tick_ns, why);
}

/* The classes in their order, frees, and all allocations. */
static void add_histograms(const struct latency *l, struct hist *h, struct hist *alloc,
			   struct record *r)
{
	for (unsigned class = 0; class < LATENCY_NR; class ++) {
		memset(h, 0, sizeof(*h));
		for (unsigned i = 0; i < l->nr_threads; i++)
			hist_merge(h, &l->thread[i].of[class]);
		if (class != LATENCY_FREE)
			hist_merge(alloc, h);
		if (!h->n && class != LATENCY_FREE)
			continue;
		add_class(r, class_name(class), h);
		if (h->n && !rec_hist_put(&r->hists, class_name(class), h))
			add_value(r, "histogram", class_name(class), (double)NAN, "no room for it");
	}
	add_class(r, REC_HIST_ALLOC, alloc);
}

/* Timed operations of an interval, added to @h. */
static uint64_t add_interval(const struct latency *l, unsigned point, bool alloc, struct hist *h)
{
	uint64_t before = h->n;

	for (unsigned i = 0; i < l->nr_threads; i++) {
		const struct latency_interval *v = &l->thread[i].interval[point];

		hist_merge(h, alloc ? &v->alloc : &v->free);
	}
	return h->n - before;
}

/*
 * A column of the series.  Neighbouring intervals are taken together until
 * enough of their operations were timed; the value is that of each of them.
 * NaN where none was timed, or too few are left at the end.
 */
static bool add_column(const struct latency *l, bool alloc, struct hist *h, struct record *r)
{
	const struct hist_level *p99 = &hist_levels[2];
	struct rec_series *s = &r->series;
	unsigned col = s->nr_cols++, since = 0, known = 0;
	bool any[REC_MAX_POINTS];

	snprintf(s->col[col], sizeof(s->col[col]), "%s.%s", p99->name,
		 alloc ? REC_HIST_ALLOC : REC_HIST_FREE);
	memset(h, 0, sizeof(*h));
	for (unsigned p = 0; p < l->nr_points; p++) {
		any[p] = add_interval(l, p, alloc, h) > 0;
		s->point[p][col] = (double)NAN;
		if (h->n < hist_needs(p99))
			continue;
		for (; since <= p; since++) {
			if (!any[since])
				continue;
			s->point[since][col] = hist_quantile(h, p99->one_in);
			known++;
		}
		memset(h, 0, sizeof(*h));
	}
	return known == l->nr_points;
}

static void add_columns(const struct latency *l, struct hist *h, struct record *r)
{
	struct rec_series *s = &r->series;
	size_t at = strlen(s->note);
	bool all = true;

	if (!l->nr_points || s->nr_points != l->nr_points || s->nr_cols + 2 > REC_MAX_COLS)
		return;
	all &= add_column(l, true, h, r);
	all &= add_column(l, false, h, r);
	if (!all)
		snprintf(s->note + at, sizeof(s->note) - at,
			 "%sa p99 needs %" PRIu64 " timed operations", at ? "; " : "",
			 hist_needs(&hist_levels[2]));
}

void latency_report(const struct latency *l, struct record *r)
{
	struct hist *h = calloc(2, sizeof(*h));

	if (!h) {
		rec_add_latency(r, "p99.alloc", (double)NAN, "no memory for a histogram");
		return;
	}
	add_region(l, &h[0], r);
	add_histograms(l, &h[0], &h[1], r);
	add_columns(l, &h[0], r);
	free(h);
}
