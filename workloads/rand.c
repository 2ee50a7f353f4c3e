/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rand: half of memory is allocated, the blocks are shuffled across all
 * threads, and every thread frees what it was dealt.  A thread so frees what
 * others allocated, in an order that no list remembers.
 */
#include "workloads/step.h"

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[WL_P_FILL] = { "fill", WL_PERCENT, 50, 1, 95, NULL, "%",
			"memory that all threads together take" },
	{ .name = NULL },
};

enum { PH_ALLOC, PH_SHUFFLE, PH_FREE };

static const struct wl_phase phases[] = {
	[PH_ALLOC] = { "alloc", true, false, WL_OP_ALLOC },
	[PH_SHUFFLE] = { "shuffle", false, true, WL_OP_PAIR },
	[PH_FREE] = { "free", true, false, WL_OP_FREE },
	{ .name = NULL },
};

/* Slot number i of all threads' slots laid end to end. */
static uint32_t *slot_at(struct wl_run *run, uint64_t i)
{
	struct wl_thread *t = run->threads;

	for (; i >= t->used; t++)
		i -= t->used;
	return &t->slots[i];
}

/* Fisher and Yates over the slots of all threads. */
static void shuffle_all(struct wl_run *run, struct rng *rng)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < run->nr_threads; i++)
		total += run->threads[i].used;
	for (uint64_t left = total; left > 1; left--) {
		uint32_t *a = slot_at(run, left - 1), *b = slot_at(run, rng_below(rng, left));
		uint32_t pfn = *a;

		*a = *b;
		*b = pfn;
	}
}

static uint64_t rand_step(struct wl_thread *t, unsigned phase)
{
	switch (phase) {
	case PH_ALLOC:
		return wl_fill_step(t, t->nr_slots);
	case PH_SHUFFLE:
		shuffle_all(t->run, &t->rng);
		return 0;
	default:
		return wl_drain_step(t);
	}
}

const struct wl_ops wl_rand = {
	.name = "rand",
	.summary = "allocate half of memory, shuffle across all threads, free",
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
	.step = rand_step,
	.teardown = wl_release_slots,
};
