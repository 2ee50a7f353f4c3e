/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * frag: memory is filled with single frames, a random half goes; then iterations
 * of: a random tenth of what is held goes, and as much is taken again.  A
 * protocol of LLFree (ATC 2023); with a share of unmovable frames as there.
 *
 * After each iteration is looked at: free huge frames against those that the free
 * frames would fill, frames to move until that is so (two fingers), huge frames
 * polluted by what cannot move against the least possible, and blocks of order 9
 * that a request really gets.
 */
#include "workloads/own_step.h"
#include "workloads/pool.h"

#include <math.h>
#include <stdio.h>

#define HUGE_ORDER 9u
#define MOST_BLOCKS 4096u /* asked for in a look */

enum { P_FREE = WL_P_OWN, P_PART, P_ITERATIONS, P_UNMOVABLE };

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[P_FREE] = { "free", WL_PERCENT, 50, 5, 95, NULL, "%",
		     "frames of those taken that go at first" },
	[P_PART] = { "part", WL_PERCENT, 10, 1, 100, NULL, "%",
		     "frames held that each iteration replaces" },
	[P_ITERATIONS] = { "iterations", WL_INT, 100, 1, 10000, NULL, "", "iterations" },
	[P_UNMOVABLE] = { "unmovable", WL_PERCENT, 0, 0, 100, NULL, "%",
			  "requests that cannot be moved" },
	{ .name = NULL },
};

enum { PH_TAKE, PH_THIN, PH_FREE, PH_ALLOC, PH_LOOK };

static const struct wl_phase phases[] = {
	[PH_TAKE] = { "take", false, false, WL_OP_ALLOC },
	[PH_THIN] = { "thin", false, false, WL_OP_FREE },
	[PH_FREE] = { "free", true, false, WL_OP_FREE },
	[PH_ALLOC] = { "alloc", true, false, WL_OP_ALLOC },
	[PH_LOOK] = { "look", false, true, WL_OP_FREE },
	{ .name = NULL },
};

/* What one look found. */
struct look {
	double free_huge; /* NaN: no free frame */
	uint64_t moves, polluted, least, got;
};

/* Written by thread 0; levels by each thread for itself. */
struct frag_run {
	struct wl_fragmap map;
	pga_pfn_t blocks[MOST_BLOCKS];
	struct look first, last;
	double sum; /* of free_huge */
	uint64_t looks, counted;
	uint64_t level[]; /* frames that each thread holds; 0: not yet thinned */
};

static struct frag_run *shared(const struct wl_thread *t)
{
	return t->run->shared;
}

static unsigned frag_rounds(const struct wl_run *run)
{
	return (unsigned)run->param[P_ITERATIONS];
}

static int frag_setup(struct wl_run *run, char *why, size_t len)
{
	return wl_shared_new(run, sizeof(struct frag_run) + run->nr_threads * sizeof(uint64_t), why,
			     len);
}

static uint64_t fill(struct wl_thread *t, uint64_t goal)
{
	uint32_t fixed = (uint32_t)t->run->param[P_UNMOVABLE];
	const struct wl_mix both[] = { { 100 - fixed, 0, WL_MOVABLE },
				       { fixed, 0, WL_UNMOVABLE },
				       { 0, 0, 0 } };
	const struct wl_mix all[] = { { 1, 0, WL_UNMOVABLE }, { 0, 0, 0 } };

	return wl_pool_fill(t, fixed == 100 ? all : both, goal);
}

/* By thread 0 alone: the answers of a moment. */
static void look(struct wl_thread *t)
{
	struct frag_run *f = shared(t);
	struct wl_fragmap *m = &f->map;
	struct pga_req req = t->req;
	struct look l = { 0 };

	if (wl_pool_map(t->run, m))
		return;
	uint64_t fixed = m->used[WL_HELD_UNMOVABLE] + m->used[WL_HELD_RECLAIMABLE] +
			 m->used[WL_HELD_UNKNOWN];

	l.free_huge = wl_fragmap_free_huge(m);
	l.moves = m->moves;
	l.polluted = m->spread[0].tainted;
	l.least = (fixed + m->huge_frames - 1) / m->huge_frames;
	req.order = HUGE_ORDER;
	req.gfp = wl_pool_gfp(t, HUGE_ORDER, WL_MOVABLE) & ~(uint32_t)PGA_GFP_WAIT;
	l.got = wl_frag_probe(t->run->ops, t->run->pga, req, MOST_BLOCKS, f->blocks);
	if (!f->looks++)
		f->first = l;
	f->last = l;
	if (!isnan(l.free_huge)) {
		f->sum += l.free_huge;
		f->counted++;
	}
}

static uint64_t frag_step(struct wl_thread *t, unsigned phase)
{
	uint64_t *level = &shared(t)->level[t->index];
	const int64_t *param = t->run->param;

	switch (phase) {
	case PH_TAKE:
		return *level ? 0 : fill(t, t->frames);
	case PH_THIN:
		if (*level)
			return 0;
		return wl_pool_shrink(t, t->own[POOL_PEAK] * (100 - (uint64_t)param[P_FREE]) / 100);
	case PH_FREE:
		if (!*level)
			*level = t->own[POOL_HELD];
		return wl_pool_shrink(t, *level - *level * (uint64_t)param[P_PART] / 100);
	case PH_ALLOC:
		return fill(t, *level);
	default:
		look(t);
		return 0;
	}
}

static void add_look(struct wl_target *target, const struct look *l, const char *when)
{
	const struct {
		const char *name;
		double value;
	} rows[] = {
		{ "free_huge", l->free_huge },
		{ "two_finger_moves", (double)l->moves },
		{ "polluted_blocks", (double)l->polluted },
		{ "polluted_least", (double)l->least },
		{ "order9_got", (double)l->got },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char name[32];

		snprintf(name, sizeof(name), "%s%s", rows[i].name, when);
		if (!isnan(rows[i].value))
			wl_metric(target, name, rows[i].value);
	}
}

/* The level is what it aims at: what fragmentation comes of it is the allocator's. */
static void frag_target(struct wl_run *run, struct wl_target *target)
{
	const struct frag_run *f = run->shared;
	double part = (double)run->param[P_FREE] / 100, frames = (double)run->frames;
	struct wl_pool_sum sum;

	wl_pool_sum(run, &sum);
	target->has = true;
	target->wanted = 1 - part;
	target->got = sum.peak ? (double)sum.held / (double)sum.peak : 0;
	target->reached = f->looks == frag_rounds(run) && (double)sum.peak >= 0.9 * frames &&
			  fabs(target->got - target->wanted) <= 0.005;
	snprintf(target->text, sizeof(target->text),
		 "%.1f %% held (+- 0.5) of %.1f %% taken (at least 90), got %.1f %%; free huge "
		 "%.3f at first, %.3f at last",
		 100 * target->wanted, 100 * (double)sum.peak / frames, 100 * target->got,
		 f->first.free_huge, f->last.free_huge);
	add_look(target, &f->first, "_first");
	add_look(target, &f->last, "");
	if (f->counted)
		wl_metric(target, "free_huge_mean", f->sum / (double)f->counted);
}

const struct wl_ops wl_frag = {
	.name = "frag",
	.summary =
		"fill, let a random half go, replace a tenth a hundred times (LLFree's protocol)",
	.version = 1,
	.params = params,
	.phases = phases,
	.min_threads = 1,
	.threads_multiple = 1,
	.min_nodes = 1,
	.needs = PGA_CAP_REAL | PGA_CAP_ORDERS,
	.has_placement = true,
	.slots = wl_pool_slots,
	.rounds = frag_rounds,
	.setup = frag_setup,
	.step = frag_step,
	.target = frag_target,
	.target_phase = PH_LOOK,
	.teardown = wl_pool_teardown,
};
