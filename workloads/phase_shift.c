/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * phase-shift: programs take turns, each with orders and types of its own: nearly
 * all that one held goes, at random, then the next one fills memory up.  What
 * each leaves behind stands in the way of those that follow (phase behaviour as
 * in Wilson, Johnstone, Neely and Boles 1995).
 */
#include "workloads/pool.h"

enum { P_SHIFTS = WL_POOL_P_OWN, P_STAY };

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[WL_POOL_P_PEAK] = { "peak", WL_PERCENT, 95, 20, 97, NULL, "%",
			     "memory that each program fills" },
	[WL_POOL_P_FREE] = { "free", WL_PERCENT, 30, 3, 80, NULL, "%", "memory free in the end" },
	[WL_POOL_P_GOAL] = { "goal", WL_PERCENT, 80, 0, 100, NULL, "%", "Fu(9) aimed at" },
	[P_SHIFTS] = { "shifts", WL_INT, 8, 1, 10000, NULL, "", "programs, one after the other" },
	[P_STAY] = { "stay", WL_PERCENT, 15, 0, 90, NULL, "%",
		     "memory that stays from shift to shift" },
	{ .name = NULL },
};

/* In turn; an assumption: a reader of files, a network server, a copier, a builder. */
static const struct wl_mix mixes[][5] = {
	{ { 90, 0, WL_MOVABLE }, { 10, 0, WL_RECLAIMABLE }, { 0, 0, 0 } },
	{ { 50, 0, WL_UNMOVABLE }, { 30, 1, WL_UNMOVABLE }, { 20, 3, WL_UNMOVABLE }, { 0, 0, 0 } },
	{ { 60, 0, WL_MOVABLE }, { 40, 2, WL_MOVABLE }, { 0, 0, 0 } },
	{ { 70, 0, WL_MOVABLE }, { 20, 0, WL_UNMOVABLE }, { 10, 1, WL_RECLAIMABLE }, { 0, 0, 0 } },
};
#define NR_MIXES 4u

enum { PH_LEAVE, PH_COME, PH_THIN };

static const struct wl_phase phases[] = {
	[PH_LEAVE] = { "leave", true, false, WL_OP_FREE },
	[PH_COME] = { "come", true, false, WL_OP_ALLOC },
	[PH_THIN] = { "thin", true, false, WL_OP_FREE },
	{ .name = NULL },
};

/* Shifts that have ended; the pool is never sieved. */
enum { OWN_SHIFT = POOL_SEEN };

static unsigned shift_rounds(const struct wl_run *run)
{
	return (unsigned)run->param[P_SHIFTS];
}

static uint64_t shift_step(struct wl_thread *t, unsigned phase)
{
	const struct wl_run *run = t->run;
	const int64_t *param = run->param;

	switch (phase) {
	case PH_LEAVE:
		return wl_pool_shrink(t, wl_share(run, t->index, param[P_STAY]));
	case PH_COME:
		return wl_pool_fill(t, mixes[t->own[OWN_SHIFT] % NR_MIXES],
				    wl_share(run, t->index, param[WL_POOL_P_PEAK]));
	default:
		if (!t->done && ++t->own[OWN_SHIFT] < shift_rounds(run))
			return 0;
		return wl_pool_shrink(t, wl_share(run, t->index, 100 - param[WL_POOL_P_FREE]));
	}
}

const struct wl_ops wl_phase_shift = {
	.name = "phase-shift",
	.summary = "programs of different orders and types take turns in memory",
	.version = 1,
	.params = params,
	.phases = phases,
	.min_threads = 1,
	.threads_multiple = 1,
	.min_nodes = 1,
	.needs = PGA_CAP_REAL | PGA_CAP_ORDERS,
	.has_placement = true,
	.slots = wl_pool_slots,
	.rounds = shift_rounds,
	.step = shift_step,
	.target = wl_pool_aged_target,
	.target_phase = PH_THIN,
	.teardown = wl_pool_teardown,
};
