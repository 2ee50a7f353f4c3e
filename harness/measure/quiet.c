/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/measure/quiet.h"

#include "harness/measure/clock.h"
#include "workloads/step.h"

#include <math.h>
#include <stdlib.h>

static bool repeatable(const struct bench_cell *cell)
{
	return !cell->wl->cost && !cell->wl->owners && cell->memory.follow == FOLLOW_NO;
}

void quiet_open(struct quiet *q, const struct engine *e)
{
	*q = (struct quiet){ .threads = e->cell->threads, .begin_ns = clk_ns() };
	q->quiet_ns = q->disturbed = q->slow = (double)NAN;
	if (repeatable(e->cell))
		q->s = calloc((size_t)QUIET_MAX * q->threads, sizeof(*q->s));
}

struct stretches *quiet_next(struct quiet *q)
{
	struct stretches *s = q->s ? q->s + (size_t)q->repeats * q->threads : NULL;

	for (unsigned i = 0; s && i < q->threads; i++)
		stretch_start(&s[i], WL_BATCH);
	return s;
}

static double timed_ns(const struct engine_pass *p)
{
	double ns = 0;

	for (unsigned i = 0; i < WL_MAX_PHASES; i++)
		ns += p->phase[i].ns;
	return ns;
}

/* A pass that was cut off is not the same work. */
bool quiet_done(struct quiet *q, const struct engine_pass *p)
{
	double ns = timed_ns(p) / q->threads;

	if (!q->s || p->cut)
		return false;
	q->least_ns = !q->repeats || ns < q->least_ns ? ns : q->least_ns;
	q->total_ns += ns * q->threads;
	q->repeats++;
	if (q->least_ns > QUIET_LONG_NS || q->repeats == QUIET_MAX ||
	    clk_ns() - q->begin_ns > QUIET_WALL_NS)
		return false;
	return q->repeats < QUIET_MIN || q->repeats * q->least_ns < QUIET_NS;
}

void quiet_close(struct quiet *q)
{
	struct stretch_sum sum = { 0 };
	bool ok = q->repeats > 0;

	for (unsigned i = 0; ok && i < q->threads; i++)
		ok = stretch_quiet(q->s + i, q->threads, q->repeats, q->threads > 1, QUIET_SLOW,
				   &sum);
	if (ok && q->total_ns > 0) {
		q->quiet_ns = sum.ns;
		q->disturbed = 1 - sum.ns * q->repeats / q->total_ns;
		q->slow = sum.all ? (double)sum.slow / (double)sum.all : (double)NAN;
	}
	free(q->s);
	q->s = NULL;
}
