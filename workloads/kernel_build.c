/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel-build: builds, one after the other: each asks for short-lived frames of
 * mixed orders and types, keeps a few of them (object files, inodes), and ends in
 * a burst of huge pages, as a linker with transparent huge pages has them.  When
 * what is kept fills memory up, random parts of it go.  In the end memory is
 * thinned out to what is aimed at.
 *
 * The orders are those counted during a real kernel build; the types of each
 * order are an assumption.
 */
#include "workloads/own_step.h"
#include "workloads/pool.h"

#define HUGE_ORDER 9u

enum { P_BUILDS = WL_POOL_P_OWN, P_JOB, P_KEEP, P_BURST };

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[WL_POOL_P_PEAK] = { "peak", WL_PERCENT, 95, 20, 97, NULL, "%", "memory held at most" },
	[WL_POOL_P_FREE] = { "free", WL_PERCENT, 30, 3, 80, NULL, "%", "memory free in the end" },
	[WL_POOL_P_GOAL] = { "goal", WL_PERCENT, 80, 0, 100, NULL, "%", "Fu(9) aimed at" },
	[P_BUILDS] = { "builds", WL_INT, 12, 1, 10000, NULL, "",
		       "builds; each asks for as many blocks as memory has frames" },
	[P_JOB] = { "job", WL_INT, 512, 1, 65536, NULL, "blocks",
		    "blocks that live at the same time, of compilers that run side by side" },
	[P_KEEP] = { "keep", WL_PERCENT, 10, 1, 100, NULL, "%", "of these, kept after the job" },
	[P_BURST] = { "burst", WL_PERCENT, 10, 0, 90, NULL, "%",
		      "memory asked for in huge pages at the end of a build" },
	{ .name = NULL },
};

/* 83,947,238 requests of order 0, 183,784 of order 1, 995 and 5,076; huge pages are the burst. */
static const struct wl_mix mix[] = {
	{ 77231459, 0, WL_MOVABLE },	{ 4197362, 0, WL_UNMOVABLE },
	{ 2518417, 0, WL_RECLAIMABLE }, { 128649, 1, WL_UNMOVABLE },
	{ 55135, 1, WL_RECLAIMABLE },	{ 995, 2, WL_UNMOVABLE },
	{ 5076, 3, WL_RECLAIMABLE },	{ 0, 0, 0 },
};

enum { PH_BUILD, PH_BURST, PH_BURST_END, PH_THIN };

static const struct wl_phase phases[] = {
	[PH_BUILD] = { "build", true, false, WL_OP_PAIR },
	[PH_BURST] = { "burst", true, false, WL_OP_ALLOC },
	[PH_BURST_END] = { "burst end", true, false, WL_OP_FREE },
	[PH_THIN] = { "thin", true, false, WL_OP_FREE },
	{ .name = NULL },
};

/* Of each thread: builds done; blocks held when the burst began; huge pages asked for, got. */
struct build {
	uint64_t done, kept, asked, got;
} __attribute__((aligned(64)));

static struct build *build_of(const struct wl_thread *t)
{
	return (struct build *)t->run->shared + t->index;
}

static unsigned build_rounds(const struct wl_run *run)
{
	return (unsigned)run->param[P_BUILDS];
}

static int build_setup(struct wl_run *run, char *why, size_t len)
{
	return wl_shared_new(run, run->nr_threads * sizeof(struct build), why, len);
}

/* One job: requests, then most of what it got goes; of what is too much in all, random parts. */
WL_INLINE uint64_t job_body(struct wl_thread *t, uint64_t n, unsigned mode)
{
	const int64_t *param = t->run->param;
	uint64_t peak = wl_share(t->run, t->index, param[WL_POOL_P_PEAK]);
	struct wl_hot h = wl_hot(t);
	size_t first = t->used;

	for (uint64_t i = 0; i < n && t->own[POOL_HELD] + 8 <= peak; i++) {
		const struct wl_mix *m = wl_mix_draw(&t->rng, mix);

		wl_pool_get(t, &h, mode, m->order, m->type);
	}
	for (size_t i = t->used; i > first; i--)
		if (!wl_chance(&t->rng, param[P_KEEP]))
			wl_pool_put(t, &h, mode, i - 1);
	while (t->used && t->own[POOL_HELD] + n > peak)
		wl_pool_put(t, &h, mode, rng_below(&t->rng, t->used));
	return n;
}

static uint64_t build(struct wl_thread *t)
{
	uint64_t n = t->frames - t->done, job = (uint64_t)t->run->param[P_JOB];

	return n ? WL_SPECIALISE(job_body, t, n > job ? job : n) : 0;
}

WL_INLINE uint64_t burst_body(struct wl_thread *t, uint64_t n, unsigned mode)
{
	struct wl_hot h = wl_hot(t);

	for (uint64_t i = 0; i < n; i++)
		build_of(t)->got += wl_pool_get(t, &h, mode, HUGE_ORDER, WL_MOVABLE);
	build_of(t)->asked += n;
	return n;
}

static uint64_t burst(struct wl_thread *t)
{
	uint64_t goal = wl_share(t->run, t->index, t->run->param[P_BURST]) >> HUGE_ORDER;
	uint64_t n = goal - t->done;

	if (!t->done)
		build_of(t)->kept = t->used;
	return n ? WL_SPECIALISE(burst_body, t, n > WL_BATCH ? WL_BATCH : n) : 0;
}

WL_INLINE uint64_t burst_end_body(struct wl_thread *t, uint64_t n, unsigned mode)
{
	struct wl_hot h = wl_hot(t);
	uint64_t i = 0;

	for (; i < n && t->used > build_of(t)->kept; i++)
		wl_pool_put(t, &h, mode, t->used - 1);
	return i;
}

static uint64_t build_step(struct wl_thread *t, unsigned phase)
{
	const int64_t *param = t->run->param;

	switch (phase) {
	case PH_BUILD:
		return build(t);
	case PH_BURST:
		return burst(t);
	case PH_BURST_END:
		return WL_SPECIALISE(burst_end_body, t, WL_BATCH);
	default:
		if (!t->done && ++build_of(t)->done < build_rounds(t->run))
			return 0;
		return wl_pool_shrink(t, wl_share(t->run, t->index, 100 - param[WL_POOL_P_FREE]));
	}
}

static void build_target(struct wl_run *run, struct wl_target *target)
{
	uint64_t asked = 0, got = 0;

	for (unsigned i = 0; i < run->nr_threads; i++) {
		asked += build_of(&run->threads[i])->asked;
		got += build_of(&run->threads[i])->got;
	}
	wl_pool_aged_target(run, target);
	if (asked)
		wl_metric(target, "burst_success", 100 * (double)got / (double)asked);
}

const struct wl_ops wl_kernel_build = {
	.name = "kernel-build",
	.summary = "builds with short-lived mixed orders and types, and bursts of huge pages",
	.version = 1,
	.params = params,
	.phases = phases,
	.min_threads = 1,
	.threads_multiple = 1,
	.min_nodes = 1,
	.needs = PGA_CAP_REAL | PGA_CAP_ORDERS,
	.has_placement = true,
	.slots = wl_pool_slots,
	.rounds = build_rounds,
	.setup = build_setup,
	.step = build_step,
	.target = build_target,
	.target_phase = PH_THIN,
	.teardown = wl_pool_teardown,
};
