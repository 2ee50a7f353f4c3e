/* SPDX-License-Identifier: GPL-2.0-only */
/* What an allocation costs, by path. */
#include "results/paths.h"
#include "results/sinks.h"

#include <math.h>
#include <string.h>

#define COST_WIDTH 9  /* of a number of nanoseconds or cycles */
#define SHARE_WIDTH 9 /* of "100.0000%" */
#define LEAST_SHARE 0.0001

static int col_width(const struct paths *s, unsigned col)
{
	int least = SHARE_WIDTH + (s->costs ? PATHS_NR_COSTS * (COST_WIDTH + 2) : 0);
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
		if (paths_shown(s, c))
			width += fprintf(f, "  %*s", col_width(s, c), t->cols[c].label);
	fputc('\n', f);
	if (!s->costs)
		return width;
	fprintf(f, "%-14s", "path");
	for (unsigned c = 0; c < t->nr_cols; c++)
		if (paths_shown(s, c))
			fprintf(f, "  %*s  %*s  %*s",
				col_width(s, c) - PATHS_NR_COSTS * (COST_WIDTH + 2), "share",
				COST_WIDTH, "ns/op", COST_WIDTH, "cycles/op");
	fputc('\n', f);
	return width;
}

static void print_cell(const struct paths *s, size_t path, unsigned col, FILE *f)
{
	struct paths_tally *y = paths_at(s, path, col);
	int width = col_width(s, col) - (s->costs ? PATHS_NR_COSTS * (COST_WIDTH + 2) : 0);

	double share = 100 * y->ops / s->all[col];

	if (y->ops > 0 && share < LEAST_SHARE)
		fprintf(f, "  %*s", width, "<0.0001%");
	else
		fprintf(f, "  %*.4f%%", width - 1, share);
	for (unsigned k = 0; s->costs && k < PATHS_NR_COSTS; k++) {
		double cost = paths_median(s, path, col, k);
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
		if (!paths_used(s, p))
			continue;
		if (s->path[p].slow && !line) {
			print_line(width, f);
			line = true;
		}
		any |= s->passed[p];
		fprintf(f, "%s%-*s", s->path[p].name, 14 - (int)strlen(s->path[p].name),
			s->passed[p] ? " *" : "");
		for (unsigned c = 0; c < s->t->nr_cols; c++)
			if (paths_shown(s, c))
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
	struct paths s;
	bool any = false;

	paths_gather(&s, run, t, paths);
	for (unsigned c = 0; c < t->nr_cols; c++)
		any |= paths_shown(&s, c);
	if (any)
		print_paths(&s, f);
	paths_free(&s);
}
