/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/engine/engine_frag.h"

#include "harness/engine/daemons.h"
#include "harness/measure/clock.h"
#include "harness/measure/frag.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void hold(const struct engine *e)
{
	if (e->daemons)
		daemons_hold(e->daemons);
}

static void release(const struct engine *e)
{
	if (e->daemons)
		daemons_release(e->daemons);
}

void eng_frag_tick(struct engine *e, const struct wl_run *run, unsigned phase)
{
	bool alone = run->nr_threads == 1 || run->wl->phases[phase].single;

	if (!frag_due(e->frag))
		return;
	if (alone)
		hold(e);
	frag_sample(e->frag, alone);
	if (alone)
		release(e);
}

/* The phase at whose end the state counts; see harness/measure/frag.h. */
static unsigned phase_that_counts(const struct wl_ops *wl)
{
	unsigned counts = 0, nr = 0;
	bool found = false;

	if (wl->target)
		return wl->target_phase;
	for (; wl->phases[nr].name; nr++) {
		if (!wl->phases[nr].timed || wl->phases[nr].op == WL_OP_FREE)
			continue;
		counts = nr;
		found = true;
	}
	return found ? counts : nr - 1;
}

static const struct pga_step *compact_step(const struct pga_ops *ops)
{
	for (const struct pga_step *s = ops->steps; s && s->name; s++)
		if (!strcmp(s->name, "compact"))
			return s;
	return NULL;
}

static int fu9(const struct engine *e)
{
	struct wl_frag frag;

	wl_frag_take(&frag, e->ops, e->pga, &e->m->conf);
	return wl_frag_fu(&frag, FRAG_HUGE);
}

static uint64_t migrated(const struct engine *e)
{
	uint64_t stats[PGA_NR_STATS];

	e->ops->stats(e->pga, -1, stats);
	return stats[PGA_STAT_pgmigrate_success];
}

static void compact_all(const struct engine *e, const struct pga_step *step, uint16_t cpu)
{
	for (unsigned n = 0; n < e->m->conf.nr_nodes; n++) {
		const struct pga_step_arg arg = {
			.zone = -1,
			.node = (uint16_t)n,
			.cpu = cpu,
			.order = -1,
			.sync = true,
			.gfp = PGA_GFP_USER_MOVABLE,
		};

		if (machine_frames_of(e->m, n))
			step->run(e->pga, &arg);
	}
}

static void recover(struct engine *e, uint16_t cpu)
{
	const struct pga_step *step = compact_step(e->ops);
	struct frag_recovery *r = &e->frag->state.recovery;
	int before = fu9(e), after;

	if (!step || !e->own) {
		snprintf(r->why, sizeof(r->why), "%s",
			 step ? "the frames of this workload have no owner that could move them"
			      : "the mechanism does not compact");
		return;
	}
	uint64_t moved = migrated(e), start = clk_ns();

	compact_all(e, step, cpu);
	double seconds = (double)(clk_ns() - start) / 1e9;

	hold(e);
	after = fu9(e);
	r->moved = migrated(e) - moved;
	release(e);
	r->fu9 = after / 1000.0;
	if (before < FRAG_RECOVERED)
		snprintf(r->why, sizeof(r->why), "Fu(9) was below 0.5 before");
	else if (after >= FRAG_RECOVERED)
		snprintf(r->why, sizeof(r->why), "Fu(9) did not fall below 0.5");
	else
		r->seconds = seconds;
}

/* The state, then what could be had of it: each question changes it a little. */
static void take_state(struct engine *e, const struct wl_run *run)
{
	uint16_t cpu = run->threads[0].req.cpu;

	hold(e);
	frag_sample(e->frag, true);
	frag_take_state(e->frag);
	if (e->ops->unpark)
		e->ops->unpark(e->pga, cpu);
	frag_probe_now(e->frag, cpu);
	release(e);
	recover(e, cpu);
	hold(e);
	frag_probe_user(e->frag, cpu);
	if (e->ops->park)
		e->ops->park(e->pga, cpu);
	release(e);
}

void eng_frag_phase(struct engine *e, const struct wl_run *run, unsigned phase, bool last)
{
	if (e->frag->state.has)
		return;
	frag_phase_over(e->frag, run->wl->phases[phase].name);
	if (last && phase == phase_that_counts(run->wl)) {
		take_state(e, run);
		return;
	}
	if (!frag_due(e->frag))
		return;
	hold(e);
	frag_sample(e->frag, true);
	release(e);
}
