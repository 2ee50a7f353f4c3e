/* SPDX-License-Identifier: GPL-2.0-only */
#include "results/paths.h"

#include "results/cmp_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct paths_column paths_columns[PATHS_NR_COSTS] = {
	[PATHS_NS] = { "ns/op", "ns", 1 },
	[PATHS_CYCLES] = { "cycles/op", "cycles", 1 },
	[PATHS_INSTRUCTIONS] = { "instructions/op", "instructions", 1 },
	[PATHS_DTLB] = { "dTLB/kop", "dtlb_misses", 1000 },
	[PATHS_P99] = { "p99 ns", NULL, 1 },
};

#define P99 (&hist_levels[2])

const struct paths_mark paths_marks[] = {
	{ 'r', "regression",
	  "by regression: the call among others, with the loop around it; and "
	  "with its free, where frees keep step" },
	{ '~', "a reading takes", "a reading takes more than 5 % of what it brackets" },
	{ .mark = 0 },
};

const char paths_free_help[] = "frees to a list of the CPU and to the buddy lists together; in no "
			       "share. Means by the pass "
			       "of costs, p99 by the latency pass";

struct paths_tally *paths_at(const struct paths *s, size_t path, unsigned col)
{
	return &s->tally[path * s->t->nr_cols + col];
}

static unsigned col_of(const struct cmp_table *t, const char *variant)
{
	unsigned c = 0;

	while (c < t->nr_cols && strcmp(t->cols[c].label, variant) != 0)
		c++;
	return c;
}

static const struct rec_value *cost_of(const struct record *r, const char *path, const char *what)
{
	char name[80];

	snprintf(name, sizeof(name), "%s.%s", path, what);
	for (unsigned i = 0; i < r->nr_costs; i++)
		if (!strcmp(r->costs[i].name, name))
			return &r->costs[i];
	return NULL;
}

static char mark_of(const char *note)
{
	const struct paths_mark *m = paths_marks;

	while (m->mark && !strstr(note, m->text))
		m++;
	return m->mark ? m->mark : ' ';
}

static double stat_of(const struct record *r, const char *prefix, const char *name)
{
	char text[80];

	snprintf(text, sizeof(text), "%s%s", prefix, name);
	for (unsigned i = 0; i < r->nr_stats; i++)
		if (!strcmp(r->stats[i].name, text))
			return r->stats[i].value;
	return 0;
}

/* What the shares of a sample are shares of; more than its operations where a load goes along. */
static double allocations(const struct record *r)
{
	double n = stat_of(r, "", "allocations");

	return n > 0 ? n : (double)r->ops;
}

/* @why: the reasons of what is null, the first of each column */
static void add_class(struct paths *s, struct paths_tally *y, const struct record *r,
		      const char *path, double ops, const char **why)
{
	y->ops += ops;
	for (unsigned k = 0; k < PATHS_NR_COSTS; k++) {
		if (!paths_columns[k].name)
			continue;
		const struct rec_value *v = cost_of(r, path, paths_columns[k].name);

		if (!v || isnan(v->value)) {
			if (v && v->note[0] && !why[k])
				why[k] = v->note;
			continue;
		}
		if (!y->cost[k])
			y->cost[k] = cmp_zalloc(s->nr_samples, sizeof(*y->cost[k]));
		y->cost[k][y->nr[k]++] = (struct paths_cost){ v->value * paths_columns[k].scale,
							      ops, mark_of(v->note) };
		s->costs = s->has[k] = true;
		s->tsc |= k == PATHS_CYCLES && strstr(v->note, "time-stamp counter");
	}
}

/* The null variant takes no path worth a column. */
bool paths_shown(const struct paths *s, unsigned col)
{
	return s->all[col] > 0 && strcmp(s->t->cols[col].label, "null") != 0;
}

/* Stages that are nobody's class, for example a refill: it takes from the buddy lists too. */
static void add_stages(struct paths *s, const struct record *r)
{
	unsigned col = col_of(s->t, r->variant);
	char name[80];

	/* A column that is not shown has its classes already: no room for more. */
	if (strcmp(r->status, "ok") != 0 || col == s->t->nr_cols || !paths_shown(s, col))
		return;
	for (size_t p = 0; p < s->nr_paths; p++) {
		double ops = stat_of(r, "stage.", s->path[p].name);

		if (!s->passed[p] || !(ops > 0))
			continue;
		snprintf(name, sizeof(name), "stage.%s", s->path[p].name);
		add_class(s, paths_at(s, p, col), r, name, ops, s->why);
	}
}

static void add_latency(struct paths_tally *y, const struct record *r, const char *path)
{
	if (!y->latency)
		y->latency = cmp_zalloc(1, sizeof(*y->latency));
	rec_hist_add(y->latency, &r->hists, path);
}

/* Frees by whatever way: no record tells those to a list of the CPU from others. */
static void add_frees(struct paths *s, const struct record *r, unsigned col)
{
	struct paths_tally *y = paths_at(s, PATHS_FREES(s), col);

	add_class(s, y, r, PATHS_FREE_NAME, allocations(r), s->why_free);
	add_latency(y, r, REC_HIST_FREE);
}

static void finish_frees(struct paths *s, bool passed)
{
	bool any = false;

	for (unsigned c = 0; c < s->t->nr_cols; c++) {
		const struct paths_tally *y = paths_at(s, PATHS_FREES(s), c);

		any |= y->latency && y->latency->n;
	}
	s->why_free[PATHS_P99] = any	  ? "p99 where fewer than 1,000 were timed"
				 : passed ? "the latency pass timed none"
					  : "the latency pass was not run";
}

/* All samples are in. */
static void finish_latency(struct paths *s)
{
	bool any = false;

	for (size_t i = 0; i < (s->nr_paths + 1) * s->t->nr_cols; i++) {
		struct paths_tally *y = &s->tally[i];

		any |= y->latency && y->latency->n;
		y->nr[PATHS_P99] = y->latency && y->latency->n >= hist_needs(P99);
		s->has[PATHS_P99] |= y->nr[PATHS_P99];
	}
	s->costs |= s->has[PATHS_P99];
	s->why[PATHS_P99] = any ? "p99 of a path of which fewer than 1,000 operations were timed"
				: "the latency pass was not run";
	finish_frees(s, any);
}

static void add_record(struct paths *s, const struct record *r)
{
	unsigned col = col_of(s->t, r->variant);

	if (strcmp(r->status, "ok") != 0 || col == s->t->nr_cols)
		return;
	for (unsigned i = 0; i < r->nr_paths; i++) {
		double ops = r->paths[i].value * allocations(r);
		size_t p = 0;

		while (p < s->nr_paths && strcmp(s->path[p].name, r->paths[i].name) != 0)
			p++;
		if (p == s->nr_paths || !(ops > 0))
			continue;
		add_class(s, paths_at(s, p, col), r, s->path[p].name, ops, s->why);
		add_latency(paths_at(s, p, col), r, s->path[p].name);
		s->all[col] += ops;
	}
	if (r->nr_paths)
		add_frees(s, r, col);
}

static int by_value(const void *a, const void *b)
{
	double x = ((const struct paths_cost *)a)->value, y = ((const struct paths_cost *)b)->value;

	return (x > y) - (x < y);
}

/* The value below and above which half of the weight lies; NULL without values. */
static const struct paths_cost *weighted_median(struct paths_cost *cost, size_t nr)
{
	double total = 0, below = 0;

	if (!nr)
		return NULL;
	qsort(cost, nr, sizeof(*cost), by_value);
	for (size_t i = 0; i < nr; i++)
		total += cost[i].weight;
	for (size_t i = 0; i < nr; i++) {
		below += cost[i].weight;
		if (2 * below >= total)
			return &cost[i];
	}
	return &cost[nr - 1];
}

/* By weight, over all variants that are shown: what most calls of a path were measured by. */
static char usual_mark(const struct paths *s, size_t path, unsigned what)
{
	double weight[256] = { 0 };
	unsigned char most = ' ';

	for (unsigned c = 0; c < s->t->nr_cols; c++) {
		const struct paths_tally *y = paths_at(s, path, c);

		for (size_t i = 0; paths_shown(s, c) && i < y->nr[what]; i++) {
			unsigned char mark = (unsigned char)y->cost[what][i].mark;

			weight[mark] += y->cost[what][i].weight;
			if (weight[mark] > weight[most])
				most = mark;
		}
	}
	return (char)most;
}

/* Values measured in the usual way; all, where there are none. */
static size_t keep_usual(struct paths_cost *cost, size_t nr, char usual)
{
	size_t kept = 0;

	for (size_t i = 0; i < nr; i++) {
		if (cost[i].mark != usual)
			continue;
		struct paths_cost swap = cost[kept];

		cost[kept++] = cost[i];
		cost[i] = swap;
	}
	return kept ? kept : nr;
}

bool paths_used(const struct paths *s, size_t path)
{
	/* Of frees nothing is known but what they cost. */
	if (path == PATHS_FREES(s) && !s->costs)
		return false;
	for (unsigned c = 0; c < s->t->nr_cols; c++)
		if (paths_shown(s, c) && paths_at(s, path, c)->ops > 0)
			return true;
	return false;
}

bool paths_dash(const struct paths *s, size_t path, unsigned what)
{
	for (unsigned c = 0; s->has[what] && c < s->t->nr_cols; c++)
		if (paths_shown(s, c) && paths_at(s, path, c)->ops > 0 &&
		    !paths_at(s, path, c)->nr[what])
			return true;
	return false;
}

const char *paths_why_free(const struct paths *s, unsigned what)
{
	const char *why = s->why_free[what] ? s->why_free[what] : "none was measured";

	return paths_used(s, PATHS_FREES(s)) && paths_dash(s, PATHS_FREES(s), what) ? why : NULL;
}

double paths_median(const struct paths *s, size_t path, unsigned col, unsigned what, char *mark)
{
	struct paths_tally *y = paths_at(s, path, col);

	if (mark)
		*mark = ' ';
	if (what == PATHS_P99)
		return y->nr[what] ? hist_quantile(y->latency, P99->one_in) : (double)NAN;
	size_t nr = keep_usual(y->cost[what], y->nr[what], usual_mark(s, path, what));
	const struct paths_cost *c = weighted_median(y->cost[what], nr);

	if (mark)
		*mark = c ? c->mark : ' ';
	return c ? c->value : (double)NAN;
}

void paths_gather(struct paths *s, const struct run_data *run, const struct cmp_table *t,
		  const struct screen_path *path)
{
	const struct record **latest = cmp_zalloc(run->nr, sizeof(struct record *));

	*s = (struct paths){ .t = t, .path = path, .nr_samples = store_latest(run, latest) };
	while (path[s->nr_paths].name)
		s->nr_paths++;
	s->tally = cmp_zalloc((s->nr_paths + 1) * t->nr_cols, sizeof(*s->tally));
	s->all = cmp_zalloc(t->nr_cols, sizeof(*s->all));
	s->passed = cmp_zalloc(s->nr_paths, sizeof(*s->passed));
	for (size_t i = 0; i < s->nr_samples; i++)
		add_record(s, latest[i]);
	for (size_t p = 0; p < s->nr_paths; p++)
		s->passed[p] = !paths_used(s, p);
	for (size_t i = 0; i < s->nr_samples; i++)
		add_stages(s, latest[i]);
	finish_latency(s);
	free(latest);
}

void paths_free(struct paths *s)
{
	for (size_t i = 0; i < (s->nr_paths + 1) * s->t->nr_cols; i++) {
		for (unsigned k = 0; k < PATHS_NR_COSTS; k++)
			free(s->tally[i].cost[k]);
		free(s->tally[i].latency);
	}
	free(s->tally);
	free(s->all);
	free(s->passed);
}
