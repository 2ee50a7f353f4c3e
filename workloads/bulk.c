/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bulk: every thread allocates its share of half of memory; all meet; every
 * thread frees its share in the order of allocation.  Higher orders repeat the
 * whole so often that every order does the same number of operations.
 */
#include "workloads/step.h"

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[WL_P_FILL] = { "fill", WL_PERCENT, 50, 1, 95, NULL, "%",
			"memory that all threads together take" },
	{ .name = NULL },
};

enum { PH_ALLOC, PH_FREE };

static const struct wl_phase phases[] = {
	[PH_ALLOC] = { "alloc", true, false, WL_OP_ALLOC },
	[PH_FREE] = { "free", true, false, WL_OP_FREE },
	{ .name = NULL },
};

static uint64_t bulk_step(struct wl_thread *t, unsigned phase)
{
	return phase == PH_ALLOC ? wl_fill_step(t, t->nr_slots) : wl_drain_step(t);
}

const struct wl_ops wl_bulk = {
	.name = "bulk",
	.summary = "each thread allocates its share of half of memory, then frees it",
	.version = 1,
	.params = params,
	.phases = phases,
	.min_threads = 1,
	.threads_multiple = 1,
	.min_nodes = 1,
	.has_order = true,
	.has_placement = true,
	.slots = wl_fill_slots,
	.rounds = wl_fill_rounds,
	.step = bulk_step,
	.teardown = wl_release_slots,
};
