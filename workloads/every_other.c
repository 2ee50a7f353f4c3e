/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * every-other: all memory is taken in blocks of one order, and by address all
 * but one of every N blocks go: the worst checkerboard.
 *
 * Closed form.  Let R be the frames that could not be taken.  Any 2^m >= N
 * neighbouring blocks contain one that is kept, so blocks of order + m can only
 * come from the remainder: Fu(order + m) >= 1 - R / F.
 */
#include "workloads/pool.h"

enum { P_KEEP = WL_P_OWN };

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[P_KEEP] = { "keep-one-in", WL_INT, 2, 2, 512, NULL, "blocks",
		     "one block of so many is kept, by address" },
	{ .name = NULL },
};

enum { PH_TAKE, PH_THIN, PH_RELEASE };

static const struct wl_phase phases[] = {
	[PH_TAKE] = { "take", true, false, WL_OP_ALLOC },
	[PH_THIN] = { "thin", true, false, WL_OP_FREE },
	[PH_RELEASE] = { "release", true, false, WL_OP_FREE },
	{ .name = NULL },
};

/* The order of which nothing shall be left. */
static unsigned lost_order(const struct wl_run *run)
{
	unsigned m = 0;

	while (1ll << m < run->param[P_KEEP])
		m++;
	return run->order + m;
}

static size_t every_slots(const struct wl_run *run, unsigned index)
{
	return lost_order(run) < run->conf->nr_orders ? wl_pool_slots(run, index) : 0;
}

static bool goes(const struct wl_thread *t, size_t i, const struct wl_block *b)
{
	(void)i;
	return (b->pfn >> b->order) % (uint32_t)t->run->param[P_KEEP] != 0;
}

static uint64_t every_step(struct wl_thread *t, unsigned phase)
{
	const struct wl_mix mix[] = { { 1, (uint8_t)t->run->order, WL_MOVABLE }, { 0, 0, 0 } };

	switch (phase) {
	case PH_TAKE:
		return wl_pool_fill(t, mix, t->frames);
	case PH_THIN:
		return wl_pool_sieve(t, goes);
	default:
		return wl_pool_drain(t);
	}
}

static void every_target(struct wl_run *run, struct wl_target *target)
{
	double frames = (double)run->frames, keep = (double)run->param[P_KEEP];
	struct wl_pool_sum sum;
	struct wl_frag frag;

	wl_pool_sum(run, &sum);
	wl_frag_take(&frag, run->ops, run->pga, run->conf);
	double rest = frames - (double)sum.peak;
	const struct wl_pool_goal goal = {
		.order = lost_order(run),
		/* A thousandth off: the index is rounded down. */
		.fu = 1.0 - rest / (double)wl_frag_frames(&frag) - 0.001,
		.free = 1.0 - (double)sum.peak / keep / frames,
		.peak = 1.0,
	};

	wl_pool_target(run, target, &goal);
}

const struct wl_ops wl_every_other = {
	.name = "every-other",
	.summary = "take all memory, by address give back all but every N-th block",
	.version = 1,
	.params = params,
	.phases = phases,
	.min_threads = 1,
	.threads_multiple = 1,
	.min_nodes = 1,
	.needs = PGA_CAP_REAL | PGA_CAP_ORDERS,
	.has_placement = true,
	.has_order = true,
	.slots = every_slots,
	.step = every_step,
	.target = every_target,
	.target_phase = PH_THIN,
	.teardown = wl_pool_teardown,
};
