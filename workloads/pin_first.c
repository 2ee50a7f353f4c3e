/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pin-first: of a share of all groups of 2^k frames the first frame is kept,
 * everything else goes: as a driver that splits large blocks, keeps a page of
 * each and gives the rest back.
 *
 * Closed form.  With K groups pinned, no free frame of theirs is in a block of
 * order k: of F free frames K (2^k - 1) are lost, up to the R that could not be
 * taken and the H on lists of CPUs: Fu(k) >= (K (2^k - 1) - R - H) / F.  A group whose first frame
 * could not be taken is not pinned; most of those meant to be must be.
 */
#include "workloads/pool.h"

enum { P_HIGH = WL_P_OWN, P_SHARE };

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[P_HIGH] = { "high", WL_INT, 9, 1, PGA_MAX_ORDERS - 1, NULL, "", "order of the groups" },
	[P_SHARE] = { "share", WL_PERCENT, 90, 1, 100, NULL, "%",
		      "groups of which a frame is kept" },
	{ .name = NULL },
};

enum { PH_TAKE, PH_SPLIT, PH_RELEASE };

static const struct wl_phase phases[] = {
	[PH_TAKE] = { "take", true, false, WL_OP_ALLOC },
	[PH_SPLIT] = { "split", true, false, WL_OP_FREE },
	[PH_RELEASE] = { "release", true, false, WL_OP_FREE },
	{ .name = NULL },
};

static const struct wl_mix single[] = { { 1, 0, WL_MOVABLE }, { 0, 0, 0 } };

static size_t pin_slots(const struct wl_run *run, unsigned index)
{
	return run->param[P_HIGH] < run->conf->nr_orders ? wl_pool_slots(run, index) : 0;
}

/* Evenly: of any hundred neighbours exactly so many; the seed says which. */
static bool pinned(const struct wl_run *run, uint64_t group)
{
	uint64_t share = (uint64_t)run->param[P_SHARE];

	return (group * share + run->seed % 100) % 100 < share;
}

static bool goes(const struct wl_thread *t, size_t i, const struct wl_block *b)
{
	unsigned k = (unsigned)t->run->param[P_HIGH];

	(void)i;
	return b->pfn & ((1u << k) - 1) || !pinned(t->run, b->pfn >> k);
}

static uint64_t pin_step(struct wl_thread *t, unsigned phase)
{
	switch (phase) {
	case PH_TAKE:
		return wl_pool_fill(t, single, t->frames);
	case PH_SPLIT:
		return wl_pool_sieve(t, goes);
	default:
		return wl_pool_drain(t);
	}
}

#define MOST 0.8 /* of the groups that are to be pinned */

static void pin_target(struct wl_run *run, struct wl_target *target)
{
	double share = (double)run->param[P_SHARE] / 100, frames = (double)run->frames;
	double size = (double)(1u << run->param[P_HIGH]);
	struct wl_pool_sum sum;
	struct wl_frag frag;

	wl_pool_sum(run, &sum);
	wl_frag_take(&frag, run->ops, run->pga, run->conf);
	double rest = frames - (double)sum.peak, pinned_groups = (double)sum.held;
	double listed = (double)wl_frag_frames(&frag), hidden = frames - pinned_groups - listed;
	const struct wl_pool_goal goal = {
		.order = (unsigned)run->param[P_HIGH],
		/* A thousandth off: the index is rounded down. */
		.fu = (pinned_groups * (size - 1) - rest - hidden) / listed - 0.001,
		.free = 1 - share / size,
		.peak = 1.0,
	};

	wl_pool_target(run, target, &goal);
	target->reached = target->reached && pinned_groups >= MOST * share * frames / size;
}

const struct wl_ops wl_pin_first = {
	.name = "pin-first",
	.summary = "keep the first frame of most groups of 512, give back the rest",
	.version = 1,
	.params = params,
	.phases = phases,
	.min_threads = 1,
	.threads_multiple = 1,
	.min_nodes = 1,
	.needs = PGA_CAP_REAL | PGA_CAP_ORDERS,
	.has_placement = true,
	.slots = pin_slots,
	.step = pin_step,
	.target = pin_target,
	.target_phase = PH_SPLIT,
	.teardown = wl_pool_teardown,
};
