/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * repeat: half of memory is allocated first; then every thread allocates one
 * block and frees it at once, again and again.  The best case of per-CPU
 * lists.
 */
#include "workloads/step.h"

enum { P_FILL = WL_P_OWN };

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[P_FILL] = { "fill", WL_PERCENT, 50, 0, 95, NULL, "%",
		     "memory in use while pairs are timed" },
	{ .name = NULL },
};

enum { PH_FILL, PH_PAIRS, PH_DRAIN };

static const struct wl_phase phases[] = {
	[PH_FILL] = { "fill", false, false, WL_OP_ALLOC },
	[PH_PAIRS] = { "pairs", true, false, WL_OP_PAIR },
	[PH_DRAIN] = { "drain", false, false, WL_OP_FREE },
	{ .name = NULL },
};

/* One slot more than it fills: with fill=0 the memory is still large enough. */
static size_t repeat_slots(const struct wl_run *run, unsigned index)
{
	return run->threads[index].frames >> run->order
		       ? wl_fill_blocks(run, index, run->param[P_FILL]) + 1
		       : 0;
}

WL_INLINE uint64_t pairs_body(struct wl_thread *t, uint64_t n, unsigned mode)
{
	const struct wl_hot h = wl_hot(t);

	for (uint64_t i = 0; i < n; i++) {
		pga_pfn_t pfn = wl_get(t, &h, mode);

		if (__builtin_expect(pfn != PGA_NIL, 1))
			wl_put(t, &h, pfn, mode);
	}
	return n;
}

static uint64_t repeat_step(struct wl_thread *t, unsigned phase)
{
	uint64_t n = t->run->max_ops - t->done;

	switch (phase) {
	case PH_FILL:
		return wl_fill_step(t, t->nr_slots - 1);
	case PH_DRAIN:
		return wl_drain_step(t);
	default:
		if (n > WL_BATCH)
			n = WL_BATCH;
		return n ? WL_SPECIALISE(pairs_body, t, n) : 0;
	}
}

const struct wl_ops wl_repeat = {
	.name = "repeat",
	.summary = "allocate one block and free it at once, with half of memory in use",
	.version = 1,
	.params = params,
	.phases = phases,
	.min_threads = 1,
	.threads_multiple = 1,
	.min_nodes = 1,
	.has_order = true,
	.has_placement = true,
	.slots = repeat_slots,
	.step = repeat_step,
	.teardown = wl_release_slots,
};
