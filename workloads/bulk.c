/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bulk: every thread allocates its share of half of memory; all meet; every
 * thread frees its share in the order of allocation.  Higher orders repeat the
 * whole so often that every order does the same number of operations.
 */
#include "workloads/step.h"

enum { P_FILL = WL_P_OWN };

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[P_FILL] = { "fill", WL_PERCENT, 50, 1, 95, NULL, "%",
		     "memory that all threads together take" },
	{ .name = NULL },
};

enum { PH_ALLOC, PH_FREE };

static const struct wl_phase phases[] = {
	[PH_ALLOC] = { "alloc", true, false, WL_OP_ALLOC },
	[PH_FREE] = { "free", true, false, WL_OP_FREE },
	{ .name = NULL },
};

static size_t bulk_slots(const struct wl_run *run, unsigned index)
{
	return wl_fill_blocks(run, index, run->param[P_FILL]);
}

static unsigned bulk_rounds(const struct wl_run *run)
{
	return wl_rounds_to_match(run, run->param[P_FILL]);
}

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
	.slots = bulk_slots,
	.rounds = bulk_rounds,
	.step = bulk_step,
	.teardown = wl_release_slots,
};
