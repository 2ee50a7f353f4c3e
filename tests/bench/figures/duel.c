/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sides in turns, in one process, each turn from fresh metadata on pages of the same
 * kind.  A core has fast and slow times, for its sibling's sake or its neighbours';
 * they last longer than a round, so all sides of a ratio see the same one.
 */
#include "harness/engine/sample.h"
#include "results/stats.h"
#include "tests/bench/figures/figures.h"

#include <math.h>
#include <stdio.h>

#define MAX_SIDES 4u
#define ROUNDS 9u /* undisturbed ones that suffice */
#define TRIES 36u
#define OVERLAP 0.95 /* of the threads of a turn */

struct side {
	struct bench_cell cell;
	struct engine engine;
};

static bool open_side(struct side *s, const char *variant, const char *workload, unsigned threads,
		      uint64_t ops, struct figures *f)
{
	if (!fig_cell(&s->cell, variant, workload, 0, threads, f->why, sizeof(f->why)))
		return false;
	s->cell.max_ops = ops;
	return !engine_open(&s->engine, &s->cell, fig.topo, 1, NULL, f->why, sizeof(f->why));
}

/*
 * Pairs per nanosecond of one turn.  NaN when a thread was interrupted, or when the
 * threads worked one after the other for more than a small part of the time.
 */
static double turn(struct side *s, struct figures *f)
{
	struct engine_pass pass = { .kind = PASS_TIME };
	struct sample_cost cost;

	f->ok = f->ok && !engine_run(&s->engine, &pass, f->why, sizeof(f->why));
	if (!f->ok || pass.off_cpu > SAMPLE_OFF_CPU_MAX)
		return NAN;
	sample_cost(s->cell.wl, &pass, &cost);
	/* Of N threads all the time, a pair every cost.ns_op / N. */
	if (cost.mops * cost.ns_op < 1e3 * OVERLAP * s->cell.threads)
		return NAN;
	return cost.mops / 1e3;
}

/*
 * Rounds until enough were undisturbed.  rate[side][i]: of the i-th of these.
 * Return: how many.
 */
static unsigned rounds(struct side *s, unsigned sides, double rate[][ROUNDS], struct figures *f)
{
	unsigned nr = 0;

	for (unsigned try = 0; f->ok && try < TRIES && nr < ROUNDS; try++) {
		bool whole = true;

		for (unsigned i = 0; f->ok && whole && i < sides; i++) {
			unsigned side = (try + i) % sides;

			rate[side][nr] = turn(&s[side], f);
			whole = !isnan(rate[side][nr]);
		}
		nr += f->ok && whole;
	}
	if (f->ok && !nr)
		snprintf(f->why, sizeof(f->why), "each of %u rounds was interrupted", TRIES);
	f->ok = f->ok && nr;
	return nr;
}

/* Median of how much faster side @a is than side @b; NaN when no round was undisturbed. */
static double faster(double rate[][ROUNDS], unsigned a, unsigned b, unsigned nr)
{
	double ratio[ROUNDS];

	for (unsigned i = 0; i < nr; i++)
		ratio[i] = rate[a][i] / rate[b][i];
	stats_sort(ratio, nr);
	return nr ? stats_median(ratio, nr) : NAN;
}

void fig_duel(const struct row *row, struct figures *f)
{
	struct side s[2] = { 0 };
	double rate[2][ROUNDS];
	unsigned nr;

	f->ok = open_side(&s[0], row->variant, row->workload, 1, FIG_PAIRS, f) &&
		open_side(&s[1], row->other, row->workload, 1, FIG_PAIRS, f);
	nr = rounds(s, 2, rate, f);
	f->ratio = faster(rate, 1, 0, nr);
	engine_close(&s[0].engine);
	engine_close(&s[1].engine);
}

/*
 * Turns of a few milliseconds, so that some end before the scheduler looks; the list
 * does more pairs in that time.
 */
void fig_scaling(const struct row *row, struct figures *f)
{
	struct side s[MAX_SIDES] = { 0 };
	double rate[MAX_SIDES][ROUNDS];
	char lists[32];
	unsigned nr;

	snprintf(lists, sizeof(lists), "%s,lists=%u", row->other, row->threads);
	f->ok = open_side(&s[0], row->variant, row->workload, 1, 200000, f) &&
		open_side(&s[1], row->variant, row->workload, row->threads, 200000, f) &&
		open_side(&s[2], row->other, row->workload, 1, 1000000, f) &&
		open_side(&s[3], lists, row->workload, row->threads, 1000000, f);
	f->core_ghz = fig_core_ghz();
	nr = rounds(s, MAX_SIDES, rate, f);
	for (unsigned i = 0; i < 2; i++)
		f->scaling[i] = faster(rate, 2 * i + 1, 2 * i, nr);
	stats_sort(rate[0], nr);
	f->ns = 1 / stats_median(rate[0], nr);
	for (unsigned i = 0; i < MAX_SIDES; i++)
		engine_close(&s[i].engine);
}
