/* SPDX-License-Identifier: GPL-2.0-only */
/* What an allocation costs, by path. */
#include "results/cmp_priv.h"
#include "results/screen.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Mean cost of a class in one sample, and the operations that it stands for. */
struct cost {
	double value, weight;
};
enum { COST_NS, COST_CYCLES, NR_COSTS };
static const char *const cost_names[NR_COSTS] = { "ns", "cycles" };

/*
 * A path class of one variant, over all samples that count; or a stage that is
 * no allocation's costliest one.
 */
struct tally {
	double ops;
	size_t nr[NR_COSTS];
	struct cost *cost[NR_COSTS]; /* [samples] */
};

struct paths {
	const struct cmp_table *t; /* its columns are the variants */
	const struct screen_path *path;
	size_t nr_paths, nr_samples;
	struct tally *tally; /* [nr_paths * cols] */
	double *all;	     /* [cols] */
	bool *passed;	     /* [nr_paths] a stage, passed on the way */
	bool costs;	     /* some sample has some */
};

static struct tally *tally_at(const struct paths *s, size_t path, unsigned col)
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

static double cost_of(const struct record *r, const char *path, const char *what)
{
	char name[80];

	snprintf(name, sizeof(name), "%s.%s", path, what);
	for (unsigned i = 0; i < r->nr_costs; i++)
		if (!strcmp(r->costs[i].name, name))
			return r->costs[i].value;
	return (double)NAN;
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

static void add_class(struct paths *s, struct tally *y, const struct record *r, const char *path,
		      double ops)
{
	y->ops += ops;
	for (unsigned k = 0; k < NR_COSTS; k++) {
		double value = cost_of(r, path, cost_names[k]);

		if (isnan(value))
			continue;
		if (!y->cost[k])
			y->cost[k] = cmp_zalloc(s->nr_samples, sizeof(*y->cost[k]));
		y->cost[k][y->nr[k]++] = (struct cost){ value, ops };
		s->costs = true;
	}
}

/* The null variant takes no path worth a column. */
static bool shown(const struct paths *s, unsigned col)
{
	return s->all[col] > 0 && strcmp(s->t->cols[col].label, "null") != 0;
}

/* Stages that are nobody's class, for example a refill: it takes from the buddy lists too. */
static void add_stages(struct paths *s, const struct record *r)
{
	unsigned col = col_of(s->t, r->variant);
	char name[80];

	/* A column that is not shown has its classes already: no room for more. */
	if (strcmp(r->status, "ok") != 0 || col == s->t->nr_cols || !shown(s, col))
		return;
	for (size_t p = 0; p < s->nr_paths; p++) {
		double ops = stat_of(r, "stage.", s->path[p].name);

		if (!s->passed[p] || !(ops > 0))
			continue;
		snprintf(name, sizeof(name), "stage.%s", s->path[p].name);
		add_class(s, tally_at(s, p, col), r, name, ops);
	}
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
		add_class(s, tally_at(s, p, col), r, s->path[p].name, ops);
		s->all[col] += ops;
	}
}

static int by_value(const void *a, const void *b)
{
	double x = ((const struct cost *)a)->value, y = ((const struct cost *)b)->value;

	return (x > y) - (x < y);
}

/* The value below and above which half of the weight lies; NaN without values. */
static double weighted_median(struct cost *cost, size_t nr)
{
	double total = 0, below = 0;

	if (!nr)
		return (double)NAN;
	qsort(cost, nr, sizeof(*cost), by_value);
	for (size_t i = 0; i < nr; i++)
		total += cost[i].weight;
	for (size_t i = 0; i < nr; i++) {
		below += cost[i].weight;
		if (2 * below >= total)
			return cost[i].value;
	}
	return cost[nr - 1].value;
}

static bool path_used(const struct paths *s, size_t path)
{
	for (unsigned c = 0; c < s->t->nr_cols; c++)
		if (shown(s, c) && tally_at(s, path, c)->ops > 0)
			return true;
	return false;
}

#define COST_WIDTH 9  /* of a number of nanoseconds or cycles */
#define SHARE_WIDTH 9 /* of "100.0000%" */
#define LEAST_SHARE 0.0001

static int col_width(const struct paths *s, unsigned col)
{
	int least = SHARE_WIDTH + (s->costs ? NR_COSTS * (COST_WIDTH + 2) : 0);
	int n = (int)strlen(s->t->cols[col].label);

	return n > least ? n : least;
}

static int print_head(const struct paths *s, FILE *f)
{
	const struct cmp_table *t = s->t;
	int width = 14;

	fprintf(f,
		"\nWHAT AN ALLOCATION COSTS, BY PATH   share of allocations%s, all workloads; fast "
		"path above the line, slow path below%s\n%-14s",
		s->costs ? ", ns and cycles (time-stamp counter) of one" : "",
		t->simulated ? "; simulated" : "", s->costs ? "" : "path");
	for (unsigned c = 0; c < t->nr_cols; c++)
		if (shown(s, c))
			width += fprintf(f, "  %*s", col_width(s, c), t->cols[c].label);
	fputc('\n', f);
	if (!s->costs)
		return width;
	fprintf(f, "%-14s", "path");
	for (unsigned c = 0; c < t->nr_cols; c++)
		if (shown(s, c))
			fprintf(f, "  %*s  %*s  %*s", col_width(s, c) - NR_COSTS * (COST_WIDTH + 2),
				"share", COST_WIDTH, "ns/op", COST_WIDTH, "cycles/op");
	fputc('\n', f);
	return width;
}

static void print_cell(const struct paths *s, size_t path, unsigned col, FILE *f)
{
	struct tally *y = tally_at(s, path, col);
	int width = col_width(s, col) - (s->costs ? NR_COSTS * (COST_WIDTH + 2) : 0);

	double share = 100 * y->ops / s->all[col];

	if (y->ops > 0 && share < LEAST_SHARE)
		fprintf(f, "  %*s", width, "<0.0001%");
	else
		fprintf(f, "  %*.4f%%", width - 1, share);
	for (unsigned k = 0; s->costs && k < NR_COSTS; k++) {
		double cost = weighted_median(y->cost[k], y->nr[k]);
		char text[SINK_NUMBER];

		fprintf(f, "  %*s", COST_WIDTH, isnan(cost) ? "-" : sink_number(text, cost));
	}
}

static void print_line(int width, FILE *f)
{
	for (int i = 0; i < width; i++)
		fputc('-', f);
	fputc('\n', f);
}

static void print_paths(const struct paths *s, FILE *f)
{
	int width = print_head(s, f);
	bool line = false, any = false;

	for (size_t p = 0; p < s->nr_paths; p++) {
		if (!path_used(s, p))
			continue;
		if (s->path[p].slow && !line) {
			print_line(width, f);
			line = true;
		}
		any |= s->passed[p];
		fprintf(f, "%s%-*s", s->path[p].name, 14 - (int)strlen(s->path[p].name),
			s->passed[p] ? " *" : "");
		for (unsigned c = 0; c < s->t->nr_cols; c++)
			if (shown(s, c))
				print_cell(s, p, c, f);
		fputc('\n', f);
	}
	if (!line)
		fputs("slow path: never entered\n", f);
	if (any)
		fputs("* passed on the way to a costlier stage, in whose line it counts too\n", f);
}

void screen_paths(const struct run_data *run, const struct cmp_table *t,
		  const struct screen_path *paths, FILE *f)
{
	const struct record **latest = cmp_zalloc(run->nr, sizeof(struct record *));
	struct paths s = { .t = t, .path = paths, .nr_samples = store_latest(run, latest) };
	bool any = false;

	while (paths[s.nr_paths].name)
		s.nr_paths++;
	s.tally = cmp_zalloc(s.nr_paths * t->nr_cols, sizeof(*s.tally));
	s.all = cmp_zalloc(t->nr_cols, sizeof(*s.all));
	s.passed = cmp_zalloc(s.nr_paths, sizeof(*s.passed));
	for (size_t i = 0; i < s.nr_samples; i++)
		add_record(&s, latest[i]);
	for (size_t p = 0; p < s.nr_paths; p++)
		s.passed[p] = !path_used(&s, p);
	for (size_t i = 0; i < s.nr_samples; i++)
		add_stages(&s, latest[i]);
	for (unsigned c = 0; c < t->nr_cols; c++)
		any |= shown(&s, c);
	if (any)
		print_paths(&s, f);
	for (size_t i = 0; i < s.nr_paths * t->nr_cols; i++)
		for (unsigned k = 0; k < NR_COSTS; k++)
			free(s.tally[i].cost[k]);
	free(s.tally);
	free(s.all);
	free(s.passed);
	free(latest);
}
