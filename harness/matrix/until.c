/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/matrix/until.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ALPHA 0.05 /* of a comparison at its default settings */

static const char *const ends[UNTIL_NR_ENDS] = {
	[UNTIL_MORE] = "not ended",
	[UNTIL_NARROW] = "interval reached",
	[UNTIL_MAX] = "max reached",
	[UNTIL_BUDGET] = "budget ended",
};

bool until_wanted(const struct matrix_job *job)
{
	unsigned passes = job->limits.passes;

	return job->until > 0 && job->m->samples_max > job->samples &&
	       (!passes || passes & 1u << BENCH_TIME);
}

static bool judged(const struct matrix_cell *mc)
{
	return mc->supported && mc->cell.variant.ops->caps & PGA_CAP_REAL;
}

static void find_bases(struct until *u)
{
	const struct matrix_cells *cells = &u->job->cells;

	for (size_t i = 0; i < cells->nr; i++) {
		u->base[i] = (uint32_t)i;
		for (size_t k = 0; judged(&cells->cell[i]) && k < cells->nr; k++)
			if (cells->cell[k].group == cells->cell[i].group &&
			    cells->cell[k].supported &&
			    !strcmp(cells->cell[k].cell.variant.name, u->job->m->baseline))
				u->base[i] = (uint32_t)k;
	}
}

int until_open(struct until *u, const struct matrix_job *job)
{
	size_t comparisons = job->comparisons ? job->comparisons : 1, nr;
	unsigned min = stats_min_pairs(comparisons, ALPHA);

	*u = (struct until){ .job = job };
	u->stop = (struct stats_stop){
		.min = min > job->samples ? min : job->samples,
		.max = job->m->samples_max,
		.halfwidth = job->until,
		.level = ALPHA / (double)comparisons,
	};
	nr = job->cells.nr * u->stop.max;
	u->value = malloc((nr + 1) * sizeof(*u->value));
	u->base = calloc(job->cells.nr + 1, sizeof(*u->base));
	if (!u->value || !u->base)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++)
		u->value[i] = (double)NAN;
	find_bases(u);
	return 0;
}

void until_close(struct until *u)
{
	free(u->value);
	free(u->base);
	memset(u, 0, sizeof(*u));
}

/* A sample that missed its target is measured, and not compared. */
void until_note(struct until *u, size_t cell, const struct record *r)
{
	if (!u->value || r->sample >= u->stop.max || strcmp(r->status, "ok") != 0)
		return;
	u->value[cell * u->stop.max + r->sample] =
		isnan(r->quiet_ns_op) ? r->ns_op : r->quiet_ns_op;
}

static double value_of(const struct until *u, size_t cell, unsigned round)
{
	return u->value[cell * u->stop.max + round];
}

/* Logarithms of the ratios to the baseline, of the rounds that both have. */
static size_t ratios(const struct until *u, size_t cell, double *out)
{
	size_t nr = 0;

	for (unsigned r = 0; r < u->stop.max; r++) {
		double a = value_of(u, u->base[cell], r), b = value_of(u, cell, r);

		if (a > 0 && b > 0)
			out[nr++] = log(b / a);
	}
	return nr;
}

static enum until_end look(const struct until *u, size_t cell, size_t *rounds, double *halfwidth)
{
	static const enum until_end end[] = {
		[STATS_MORE] = UNTIL_MORE, [STATS_NARROW] = UNTIL_NARROW, [STATS_MAX] = UNTIL_MAX
	};
	double v[MATRIX_MAX_SAMPLES];

	*rounds = ratios(u, cell, v);
	*halfwidth = stats_halfwidth(v, *rounds, u->stop.level);
	return end[stats_stop_look(&u->stop, v, *rounds)];
}

/* Cells that can not be measured at all would be wanted for ever: the fixed rounds tell. */
static bool compared(const struct until *u, size_t cell)
{
	double v[MATRIX_MAX_SAMPLES];

	return u->base[cell] != cell && ratios(u, cell, v) > 0;
}

static bool wants(const struct until *u, size_t cell)
{
	size_t rounds;
	double halfwidth;

	return compared(u, cell) && look(u, cell, &rounds, &halfwidth) == UNTIL_MORE;
}

bool until_needs(const struct until *u, size_t cell, unsigned round)
{
	if (round >= u->stop.max || !isnan(value_of(u, cell, round)))
		return false;
	if (wants(u, cell))
		return true;
	for (size_t i = 0; i < u->job->cells.nr; i++)
		if (u->base[i] == cell && i != cell && wants(u, i))
			return true;
	return false;
}

static enum until_end end_of(const struct until *u, size_t cell, bool budget, size_t *rounds,
			     double *halfwidth)
{
	enum until_end e = look(u, cell, rounds, halfwidth);

	return e == UNTIL_MORE && budget ? UNTIL_BUDGET : e;
}

json_t *until_json(const struct until *u, bool budget)
{
	json_t *list = json_array();

	for (size_t i = 0; i < u->job->cells.nr; i++) {
		const struct matrix_cell *mc = &u->job->cells.cell[i];
		const struct bench_cell *c = &mc->cell;
		size_t rounds;
		double halfwidth;

		if (!compared(u, i))
			continue;
		enum until_end e = end_of(u, i, budget, &rounds, &halfwidth);

		json_array_append_new(
			list, json_pack("{s:s, s:s, s:s, s:i, s:i, s:s, s:s, s:i, s:o, s:s}",
					"variant", c->variant.name, "workload", c->wl->name,
					"params", mc->params, "order", (int)c->order, "threads",
					(int)c->threads, "placement", c->placement, "cell",
					mc->hash, "rounds", (int)rounds, "halfwidth",
					isfinite(halfwidth) ? json_real(halfwidth) : json_null(),
					"end", ends[e]));
	}
	return json_pack("{s:f, s:f, s:i, s:i, s:f, s:o}", "halfwidth", u->stop.halfwidth, "level",
			 u->stop.level, "min", (int)u->stop.min, "max", (int)u->stop.max,
			 "budget_s", (double)u->job->m->budget_ms / 1e3, "cells", list);
}

void until_print(const struct until *u, bool budget, FILE *f)
{
	size_t nr[UNTIL_NR_ENDS] = { 0 }, all = 0, most = 0, least = SIZE_MAX;
	const char *comma = "";

	for (size_t i = 0; i < u->job->cells.nr; i++) {
		size_t rounds;
		double halfwidth;

		if (!compared(u, i))
			continue;
		nr[end_of(u, i, budget, &rounds, &halfwidth)]++;
		most = rounds > most ? rounds : most;
		least = rounds < least ? rounds : least;
		all++;
	}
	if (!all)
		return;
	fprintf(f,
		"rounds: %zu to %zu of a comparison, until its interval is within %.2g %%: ", least,
		most, 100 * u->stop.halfwidth);
	for (unsigned e = 0; e < UNTIL_NR_ENDS; e++) {
		if (!nr[e])
			continue;
		fprintf(f, "%s%zu %s", comma, nr[e], ends[e]);
		comma = ", ";
	}
	fputc('\n', f);
}
