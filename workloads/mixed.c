/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mixed: blocks of mixed orders at a steady level: random ones go, others of
 * random orders come.  Two distributions: that of the LLFree evaluation (weights
 * of a thousand), and the requests counted during a real kernel build.
 */
#include "workloads/own_step.h"
#include "workloads/pool.h"

#include <math.h>
#include <stdio.h>

enum { P_LEVEL = WL_P_OWN, P_MIX, P_TURNS };

static const char *const mix_words[] = { "llfree", "build", NULL };
static const struct wl_mix mixes[][8] = {
	{ { 700, 0, WL_MOVABLE },
	  { 100, 1, WL_MOVABLE },
	  { 70, 2, WL_MOVABLE },
	  { 80, 3, WL_MOVABLE },
	  { 20, 4, WL_MOVABLE },
	  { 10, 5, WL_MOVABLE },
	  { 20, 9, WL_MOVABLE },
	  { 0, 0, 0 } },
	{ { 83947238, 0, WL_MOVABLE },
	  { 183784, 1, WL_MOVABLE },
	  { 995, 2, WL_MOVABLE },
	  { 5076, 3, WL_MOVABLE },
	  { 44105, 9, WL_MOVABLE },
	  { 0, 0, 0 } },
};
#define HIGHEST 9u

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[P_LEVEL] = { "level", WL_PERCENT, 80, 1, 97, NULL, "%", "memory held" },
	[P_MIX] = { "mix", WL_WORD, 0, 0, 1, mix_words, "",
		    "orders asked for: as LLFree was evaluated, or as a kernel build asks" },
	[P_TURNS] = { "turns", WL_INT, 4, 1, 10000, NULL, "",
		      "times that the blocks held are replaced" },
	{ .name = NULL },
};

enum { PH_FILL, PH_MIXED, PH_RELEASE };

static const struct wl_phase phases[] = {
	[PH_FILL] = { "fill", true, false, WL_OP_ALLOC },
	[PH_MIXED] = { "mixed", true, false, WL_OP_PAIR },
	[PH_RELEASE] = { "release", true, false, WL_OP_FREE },
	{ .name = NULL },
};

/* Blocks held when the mixed phase began. */
enum { OWN_BLOCKS = POOL_SEEN };

static size_t mixed_slots(const struct wl_run *run, unsigned index)
{
	return run->conf->nr_orders > HIGHEST ? wl_pool_slots(run, index) : 0;
}

static uint64_t mixed_step(struct wl_thread *t, unsigned phase)
{
	const struct wl_mix *mix = mixes[t->run->param[P_MIX]];
	uint64_t level = wl_share(t->run, t->index, t->run->param[P_LEVEL]);

	switch (phase) {
	case PH_FILL:
		return wl_pool_fill(t, mix, level);
	case PH_MIXED:
		if (!t->own[OWN_BLOCKS])
			t->own[OWN_BLOCKS] = t->used;
		return wl_pool_replace(
			t, mix, t->own[OWN_BLOCKS] * (uint64_t)t->run->param[P_TURNS], level);
	default:
		return wl_pool_drain(t);
	}
}

static void mixed_target(struct wl_run *run, struct wl_target *target)
{
	uint64_t fails = 0;
	struct wl_pool_sum sum;
	struct wl_frag frag;

	for (unsigned i = 0; i < run->nr_threads; i++)
		fails += run->threads[i].fails;
	wl_pool_sum(run, &sum);
	wl_frag_take(&frag, run->ops, run->pga, run->conf);
	target->has = true;
	target->wanted = (double)run->param[P_LEVEL] / 100;
	target->got = (double)sum.held / (double)run->frames;
	target->reached = fabs(target->got - target->wanted) <= 0.01;
	snprintf(target->text, sizeof(target->text),
		 "%.1f %% of memory held (+- 1), got %.1f %%; Fu(9) %.3f; %llu requests refused",
		 100 * target->wanted, 100 * target->got, wl_frag_fu(&frag, HIGHEST) / 1000.0,
		 (unsigned long long)fails);
	wl_metric(target, "refused", (double)fails);
	wl_pool_metrics(run, target);
}

const struct wl_ops wl_mixed = {
	.name = "mixed",
	.summary = "blocks of mixed orders come and go at a steady level (LLFree's protocol)",
	.version = 1,
	.params = params,
	.phases = phases,
	.min_threads = 1,
	.threads_multiple = 1,
	.min_nodes = 1,
	.needs = PGA_CAP_REAL | PGA_CAP_ORDERS,
	.has_placement = true,
	.slots = mixed_slots,
	.step = mixed_step,
	.target = mixed_target,
	.target_phase = PH_MIXED,
	.teardown = wl_pool_teardown,
};
