/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ageing: memory is filled by a mix of requests, a random part goes, and the
 * rest is replaced at random, a part in each iteration, as on a machine that has
 * been up for long.  Aimed at: Fu(9) at a share of free memory.
 */
#include "workloads/pool.h"

enum { P_ITERATIONS = WL_POOL_P_OWN, P_PART };

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[WL_POOL_P_PEAK] = { "peak", WL_PERCENT, 95, 20, 97, NULL, "%", "memory held at first" },
	[WL_POOL_P_FREE] = { "free", WL_PERCENT, 30, 3, 80, NULL, "%", "memory free in the end" },
	[WL_POOL_P_GOAL] = { "goal", WL_PERCENT, 80, 0, 100, NULL, "%", "Fu(9) aimed at" },
	[P_ITERATIONS] = { "iterations", WL_INT, 10, 0, 100000, NULL, "",
			   "times that a part is replaced" },
	[P_PART] = { "part", WL_PERCENT, 10, 1, 100, NULL, "%",
		     "of that level: blocks that each iteration replaces" },
	{ .name = NULL },
};

/* An assumption, not a measurement: mostly single movable frames, some slabs of two to eight. */
static const struct wl_mix mix[] = {
	{ 780, 0, WL_MOVABLE },
	{ 100, 0, WL_UNMOVABLE },
	{ 60, 0, WL_RECLAIMABLE },
	{ 30, 1, WL_UNMOVABLE },
	{ 15, 2, WL_UNMOVABLE },
	{ 15, 3, WL_RECLAIMABLE },
	{ 0, 0, 0 },
};

enum { PH_FILL, PH_THIN, PH_AGE, PH_RELEASE };

static const struct wl_phase phases[] = {
	[PH_FILL] = { "fill", true, false, WL_OP_ALLOC },
	[PH_THIN] = { "thin", true, false, WL_OP_FREE },
	[PH_AGE] = { "age", true, false, WL_OP_PAIR },
	[PH_RELEASE] = { "release", true, false, WL_OP_FREE },
	{ .name = NULL },
};

static uint64_t ageing_step(struct wl_thread *t, unsigned phase)
{
	const int64_t *param = t->run->param;
	uint64_t level = wl_share(t->run, t->index, 100 - param[WL_POOL_P_FREE]);

	switch (phase) {
	case PH_FILL:
		return wl_pool_fill(t, mix, wl_share(t->run, t->index, param[WL_POOL_P_PEAK]));
	case PH_THIN:
		return wl_pool_shrink(t, level);
	case PH_AGE:
		return wl_pool_replace(
			t, mix, level * (uint64_t)(param[P_ITERATIONS] * param[P_PART]) / 100,
			level);
	default:
		return wl_pool_drain(t);
	}
}

const struct wl_ops wl_ageing = {
	.name = "ageing",
	.summary = "fill, let a random part go, replace the rest again and again",
	.version = 1,
	.params = params,
	.phases = phases,
	.min_threads = 1,
	.threads_multiple = 1,
	.min_nodes = 1,
	.needs = PGA_CAP_REAL | PGA_CAP_ORDERS,
	.has_placement = true,
	.slots = wl_pool_slots,
	.step = ageing_step,
	.target = wl_pool_aged_target,
	.target_phase = PH_AGE,
	.teardown = wl_pool_teardown,
};
