/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * highorder-frag: all memory is taken in single frames, a random half goes, and
 * blocks of an order are asked for until there are none; then they go on to be
 * asked for, so that failures are timed too.  A protocol of LLFree (ATC 2023).
 *
 * Closed form.  A free frame is in a free group of 2^k when its 2^k - 1
 * neighbours are free too: Fu(k) = 1 - 2^-(2^k - 1), up to the frames that could
 * not be taken.
 */
#include "workloads/own_step.h"
#include "workloads/pool.h"

#include <math.h>

enum { P_FREE = WL_P_OWN, P_FAILURES };

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[P_FREE] = { "free", WL_PERCENT, 50, 5, 95, NULL, "%", "frames of those taken that go" },
	[P_FAILURES] = { "failures", WL_INT, 1000, 1, 1000000, NULL, "requests",
			 "requests that each thread sees refused" },
	{ .name = NULL },
};

enum { PH_TAKE, PH_THIN, PH_EXHAUST, PH_RELEASE };

static const struct wl_phase phases[] = {
	[PH_TAKE] = { "take", false, false, WL_OP_ALLOC },
	[PH_THIN] = { "thin", false, false, WL_OP_FREE },
	[PH_EXHAUST] = { "exhaust", true, false, WL_OP_ALLOC },
	[PH_RELEASE] = { "release", false, false, WL_OP_FREE },
	{ .name = NULL },
};

/* Not used by the pool any more when memory has been taken: refused, got. */
enum { OWN_FAILED = POOL_SEEN, OWN_GOT = POOL_FULL };

static const struct wl_mix single[] = { { 1, 0, WL_MOVABLE }, { 0, 0, 0 } };

/* Over too when it holds as many blocks as its share has frames: others get the rest. */
WL_INLINE uint64_t exhaust_body(struct wl_thread *t, uint64_t n, unsigned mode)
{
	struct wl_hot h = wl_hot(t);
	uint64_t most = (uint64_t)t->run->param[P_FAILURES], i = 0;

	for (; i < n && t->own[OWN_FAILED] < most && wl_pool_room(t); i++)
		t->own[wl_pool_get(t, &h, mode, t->run->order, WL_MOVABLE) ? OWN_GOT
									   : OWN_FAILED]++;
	return i;
}

static uint64_t exhaust_step(struct wl_thread *t, unsigned phase)
{
	uint64_t left = 100 - (uint64_t)t->run->param[P_FREE];

	switch (phase) {
	case PH_TAKE:
		return wl_pool_fill(t, single, t->frames);
	case PH_THIN:
		return wl_pool_shrink(t, t->own[POOL_PEAK] * left / 100);
	case PH_EXHAUST:
		return WL_SPECIALISE(exhaust_body, t, WL_BATCH);
	default:
		return wl_pool_drain(t);
	}
}

static void exhaust_target(struct wl_run *run, struct wl_target *target)
{
	double frames = (double)run->frames, part = (double)run->param[P_FREE] / 100;
	struct wl_pool_sum sum;
	struct wl_frag frag;

	wl_pool_sum(run, &sum);
	wl_frag_take(&frag, run->ops, run->pga, run->conf);
	double rest = frames - (double)sum.peak;
	double expected = 1.0 - pow(part, (double)((1ull << run->order) - 1));
	const struct wl_pool_goal goal = {
		.order = run->order,
		.fu = fmax(expected - rest / (double)wl_frag_frames(&frag) - 0.02, 0),
		.free = 1.0 - (double)sum.peak / frames * (1 - part),
		.peak = 1.0,
	};

	wl_pool_target(run, target, &goal);
	wl_metric(target, "blocks_expected", (double)wl_frag_suitable(&frag, run->order));
}

static void exhaust_late(struct wl_run *run, struct wl_target *target)
{
	uint64_t got = 0;

	for (unsigned i = 0; i < run->nr_threads; i++)
		got += run->threads[i].own[OWN_GOT];
	wl_metric(target, "blocks_got", (double)got);
}

const struct wl_ops wl_highorder_frag = {
	.name = "highorder-frag",
	.summary = "half of all frames go at random, then an order is asked for to exhaustion",
	.version = 1,
	.params = params,
	.phases = phases,
	.min_threads = 1,
	.threads_multiple = 1,
	.min_nodes = 1,
	.needs = PGA_CAP_REAL | PGA_CAP_ORDERS,
	.has_placement = true,
	.has_order = true,
	.slots = wl_pool_slots,
	.step = exhaust_step,
	.target = exhaust_target,
	.target_phase = PH_THIN,
	.late = exhaust_late,
	.late_phase = PH_EXHAUST,
	.teardown = wl_pool_teardown,
};
