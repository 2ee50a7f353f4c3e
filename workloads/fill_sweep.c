/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fill-sweep: one random frame is replaced again and again while memory is 0, 50,
 * 75, 90, 95 and 99 % full.  A protocol of LLFree (ATC 2023).
 *
 * Full is what the allocator hands out at all, found out by asking, so that marks
 * and reserves do not turn the last levels into failures; what it held back is
 * part of the target.
 */
#include "workloads/own_step.h"
#include "workloads/pool.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { P_SINGLES = WL_P_OWN };

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[P_SINGLES] = { "pairs", WL_INT, 20000, 1, 100000000, NULL, "pairs",
			"frames that each thread replaces at a level; at most max-ops" },
	{ .name = NULL },
};

#define LAST_LEVEL 99u

/* Levels in percent, in the order of the phases. */
static const uint64_t levels[] = { 0, 50, 75, 90, 95, LAST_LEVEL };

enum { PH_TRY, PH_BACK, PH_REPLACE_0, PH_FILL_50, PH_REPLACE_99 = PH_FILL_50 + 9 };
_Static_assert(PH_REPLACE_99 < WL_MAX_PHASES, "two phases for a level, one for the first");

static const struct wl_phase phases[] = {
	[PH_TRY] = { "try", false, false, WL_OP_ALLOC },
	[PH_BACK] = { "back", false, false, WL_OP_FREE },
	[PH_REPLACE_0] = { "replace 0 %", true, false, WL_OP_PAIR },
	[PH_FILL_50] = { "fill 50 %", false, false, WL_OP_ALLOC },
	{ "replace 50 %", true, false, WL_OP_PAIR },
	{ "fill 75 %", false, false, WL_OP_ALLOC },
	{ "replace 75 %", true, false, WL_OP_PAIR },
	{ "fill 90 %", false, false, WL_OP_ALLOC },
	{ "replace 90 %", true, false, WL_OP_PAIR },
	{ "fill 95 %", false, false, WL_OP_ALLOC },
	{ "replace 95 %", true, false, WL_OP_PAIR },
	{ "fill 99 %", false, false, WL_OP_ALLOC },
	[PH_REPLACE_99] = { "replace 99 %", true, false, WL_OP_PAIR },
	{ .name = NULL },
};

static const struct wl_mix single[] = { { 1, 0, WL_MOVABLE }, { 0, 0, 0 } };

WL_INLINE uint64_t replace_body(struct wl_thread *t, uint64_t n, unsigned mode)
{
	struct wl_hot h = wl_hot(t);

	for (uint64_t i = 0; i < n; i++) {
		if (t->used)
			wl_pool_put(t, &h, mode, rng_below(&t->rng, t->used));
		wl_pool_get(t, &h, mode, 0, WL_MOVABLE);
	}
	return n;
}

static uint64_t replace(struct wl_thread *t)
{
	uint64_t goal = (uint64_t)t->run->param[P_SINGLES];

	if (goal > t->run->max_ops)
		goal = t->run->max_ops;
	uint64_t n = goal - t->done;

	return n ? WL_SPECIALISE(replace_body, t, n > WL_BATCH ? WL_BATCH : n) : 0;
}

static uint64_t sweep_step(struct wl_thread *t, unsigned phase)
{
	/* own[POOL_PEAK] says from then on what full is. */
	if (phase == PH_TRY)
		return wl_pool_fill(t, single, t->frames);
	if (phase == PH_BACK)
		return wl_pool_drain(t);
	/* Two phases for a level: the even ones replace. */
	if (phase % 2 == 0)
		return replace(t);
	return wl_pool_fill(t, single, t->own[POOL_PEAK] * levels[phase / 2] / 100);
}

static void sweep_target(struct wl_run *run, struct wl_target *target)
{
	uint64_t fails = 0;
	struct wl_pool_sum sum;

	/* The try ends in one refusal by thread, if any. */
	for (unsigned i = 0; i < run->nr_threads; i++)
		fails += run->threads[i].fails > 1 ? run->threads[i].fails - 1 : 0;
	wl_pool_sum(run, &sum);
	double peak = (double)sum.peak / (double)run->frames;

	target->has = true;
	target->wanted = LAST_LEVEL / 100.0;
	target->got = sum.peak ? (double)sum.held / (double)sum.peak : 0;
	target->reached = peak >= 0.9 && !fails && fabs(target->got - target->wanted) <= 0.001;
	snprintf(target->text, sizeof(target->text),
		 "%.1f %% (+- 0.1) of what can be had, got %.1f %%; to be had were %.1f %% of "
		 "memory "
		 "(at least 90); %llu requests refused",
		 100 * target->wanted, 100 * target->got, 100 * peak, (unsigned long long)fails);
	wl_metric(target, "obtainable", 100 * peak);
}

const struct wl_ops wl_fill_sweep = {
	.name = "fill-sweep",
	.summary = "replace single frames while memory is 0, 50, 75, 90, 95 and 99 % full "
		   "(LLFree's protocol)",
	.version = 1,
	.params = params,
	.phases = phases,
	.min_threads = 1,
	.threads_multiple = 1,
	.min_nodes = 1,
	.needs = PGA_CAP_REAL | PGA_CAP_ORDERS,
	.has_placement = true,
	.slots = wl_pool_slots,
	.step = sweep_step,
	.target = sweep_target,
	.target_phase = PH_REPLACE_99,
	.teardown = wl_pool_teardown,
};
