/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hole-punch: memory is mapped from the first page to the last, and holes are
 * punched into the mapping, one of so many pages in each stride of it.  A huge
 * page under the mapping goes only when a hole covers all of it: then nothing is
 * fragmented, which the target says (a known trap of such tests).
 */
#include "workloads/pool.h"

#define HUGE_ORDER 9u

enum { P_PEAK = WL_P_OWN, P_STRIDE, P_HOLE, P_PAGES, P_GOAL };
enum { PAGES_BASE, PAGES_HUGE };

static const char *const pages_words[] = { "base", "huge", NULL };
static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[P_PEAK] = { "peak", WL_PERCENT, 95, 20, 97, NULL, "%", "memory that is mapped" },
	[P_STRIDE] = { "stride", WL_INT, 8, 2, 65536, NULL, "pages",
		       "pages of the mapping from hole to hole" },
	[P_HOLE] = { "hole", WL_INT, 3, 1, 65536, NULL, "pages", "pages of a hole" },
	[P_PAGES] = { "pages", WL_WORD, PAGES_BASE, 0, 1, pages_words, "",
		      "what the mapping is made of: single frames or blocks of order 9" },
	[P_GOAL] = { "goal", WL_PERCENT, 80, 0, 100, NULL, "%", "Fu(9) aimed at" },
	{ .name = NULL },
};

enum { PH_MAP, PH_PUNCH, PH_RELEASE };

static const struct wl_phase phases[] = {
	[PH_MAP] = { "map", true, false, WL_OP_ALLOC },
	[PH_PUNCH] = { "punch", true, false, WL_OP_FREE },
	[PH_RELEASE] = { "release", true, false, WL_OP_FREE },
	{ .name = NULL },
};

static const struct wl_mix base[] = { { 1, 0, WL_MOVABLE }, { 0, 0, 0 } };
static const struct wl_mix huge[] = { { 1, HUGE_ORDER, WL_MOVABLE }, { 0, 0, 0 } };

static size_t punch_slots(const struct wl_run *run, unsigned index)
{
	return run->param[P_HOLE] < run->param[P_STRIDE] && run->conf->nr_orders > HUGE_ORDER
		       ? wl_pool_slots(run, index)
		       : 0;
}

static bool goes(const struct wl_thread *t, size_t i, const struct wl_block *b)
{
	uint64_t stride = (uint64_t)t->run->param[P_STRIDE];
	uint64_t page = (uint64_t)i << b->order;

	return page % stride + (1ull << b->order) <= (uint64_t)t->run->param[P_HOLE];
}

static uint64_t punch_step(struct wl_thread *t, unsigned phase)
{
	const int64_t *param = t->run->param;
	uint64_t peak = wl_share(t->run, t->index, param[P_PEAK]);

	switch (phase) {
	case PH_MAP:
		if (param[P_PAGES] == PAGES_HUGE)
			return wl_pool_fill(t, huge, peak >> HUGE_ORDER << HUGE_ORDER);
		return wl_pool_fill(t, base, peak);
	case PH_PUNCH:
		return wl_pool_sieve(t, goes);
	default:
		return wl_pool_drain(t);
	}
}

static void punch_target(struct wl_run *run, struct wl_target *target)
{
	double peak = (double)run->param[P_PEAK] / 100;
	double hole = (double)run->param[P_HOLE] / (double)run->param[P_STRIDE];
	const struct wl_pool_goal goal = {
		.order = HUGE_ORDER,
		.fu = (double)run->param[P_GOAL] / 100,
		.free = 1.0 - peak * (1.0 - hole),
		.peak = peak,
	};

	wl_pool_target(run, target, &goal);
}

const struct wl_ops wl_hole_punch = {
	.name = "hole-punch",
	.summary = "map nearly all memory, punch holes into the mapping",
	.version = 1,
	.params = params,
	.phases = phases,
	.min_threads = 1,
	.threads_multiple = 1,
	.min_nodes = 1,
	.needs = PGA_CAP_REAL | PGA_CAP_ORDERS,
	.has_placement = true,
	.slots = punch_slots,
	.step = punch_step,
	.target = punch_target,
	.target_phase = PH_PUNCH,
	.teardown = wl_pool_teardown,
};
