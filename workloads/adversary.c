/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * adversary: the program that Robson (1971, 1974) proved no allocator that does
 * not move blocks can serve well.  Never more than M frames are held.  First
 * single frames are taken; then for each order k up to n: blocks that hold an
 * address that is f modulo 2^k stay, all others go, and as many blocks of order k
 * are taken as M allows.  f is the earlier one or that plus 2^(k - 1), whichever
 * keeps more memory from being of use.
 *
 * Against the bound: M (n / 2 + 1) frames are enough for some allocator, and
 * nearly as many can be forced on any.  Counted are aligned blocks of order n with
 * a frame in use.
 */
#include "workloads/own_step.h"
#include "workloads/pool.h"

#include <stdio.h>
#include <stdlib.h>

enum { P_HIGH = WL_P_OWN, P_LIVE, P_GOAL };

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[P_HIGH] = { "high", WL_INT, 6, 1, PGA_MAX_ORDERS - 1, NULL, "", "largest order, n" },
	[P_LIVE] = { "live", WL_PERCENT, 20, 1, 50, NULL, "%", "memory held at most, M" },
	[P_GOAL] = { "goal", WL_PERCENT, 60, 1, 100, NULL, "%", "of Robson's bound, aimed at" },
	{ .name = NULL },
};

enum { PH_TAKE, PH_KEEP };

static const struct wl_phase phases[] = {
	[PH_TAKE] = { "take", true, false, WL_OP_ALLOC },
	[PH_KEEP] = { "keep", true, false, WL_OP_FREE },
	{ .name = NULL },
};

/* Of each thread: the order of this round, and f. */
struct state {
	unsigned order;
	uint32_t f;
	bool chosen; /* f is that of the next order already */
};

static struct state *state_of(const struct wl_thread *t)
{
	return (struct state *)t->run->shared + t->index;
}

static unsigned robson_rounds(const struct wl_run *run)
{
	return (unsigned)run->param[P_HIGH] + 1;
}

static int robson_setup(struct wl_run *run, char *why, size_t len)
{
	return wl_shared_new(run, run->nr_threads * sizeof(struct state), why, len);
}

static size_t robson_slots(const struct wl_run *run, unsigned index)
{
	return run->param[P_HIGH] < run->conf->nr_orders ? wl_pool_slots(run, index) : 0;
}

/* Does a block hold an address that is f modulo 2^order? */
static bool holds(const struct wl_block *b, uint32_t f, unsigned order)
{
	return ((f - b->pfn) & ((1u << order) - 1)) < 1u << b->order;
}

static bool goes(const struct wl_thread *t, size_t i, const struct wl_block *b)
{
	(void)i;
	return !holds(b, state_of(t)->f, state_of(t)->order + 1);
}

/* Frames that a choice of f makes useless: the rest of each group it keeps a block in. */
static uint64_t worth(const struct wl_thread *t, uint32_t f, unsigned order)
{
	uint64_t frames = 0;

	for (size_t i = 0; i < t->used; i++)
		if (holds(&wl_pool(t)[i], f, order))
			frames += (1u << order) - (1u << wl_pool(t)[i].order);
	return frames;
}

static uint64_t keep(struct wl_thread *t)
{
	struct state *s = state_of(t);

	if (s->order == (unsigned)t->run->param[P_HIGH])
		return 0;
	if (!s->chosen) {
		uint32_t other = s->f + (1u << s->order);

		if (worth(t, other, s->order + 1) > worth(t, s->f, s->order + 1))
			s->f = other;
		s->chosen = true;
	}
	uint64_t n = wl_pool_sieve(t, goes);

	if (!n) {
		s->order++;
		s->chosen = false;
	}
	return n;
}

static uint64_t robson_step(struct wl_thread *t, unsigned phase)
{
	unsigned order = state_of(t)->order;
	const struct wl_mix mix[] = { { 1, (uint8_t)order, WL_MOVABLE }, { 0, 0, 0 } };
	uint64_t most = wl_share(t->run, t->index, t->run->param[P_LIVE]);

	if (phase == PH_KEEP)
		return keep(t);
	/* Whole blocks within M. */
	return wl_pool_fill(t, mix,
			    t->own[POOL_HELD] + ((most - t->own[POOL_HELD]) >> order << order));
}

/* Aligned groups of 2^n frames in which any thread holds a block; 0: no memory to count. */
static uint64_t groups_in_use(const struct wl_run *run)
{
	const struct pga_zone_conf *last = &run->conf->zones[run->conf->nr_zones - 1];
	unsigned high = (unsigned)run->param[P_HIGH];
	uint8_t *used = calloc(((last->start + last->span) >> high) + 1, 1);
	uint64_t nr = 0;

	if (!used)
		return 0;
	for (unsigned i = 0; i < run->nr_threads; i++) {
		const struct wl_thread *t = &run->threads[i];

		for (size_t k = 0; k < t->used; k++) {
			uint8_t *u = &used[wl_pool(t)[k].pfn >> high];

			nr += !*u;
			*u = 1;
		}
	}
	free(used);
	return nr;
}

static void robson_target(struct wl_run *run, struct wl_target *target)
{
	double bound = wl_frag_robson((unsigned)run->param[P_HIGH]), live = 0;
	uint64_t fails = 0;

	for (unsigned i = 0; i < run->nr_threads; i++) {
		live += (double)wl_share(run, i, run->param[P_LIVE]);
		fails += run->threads[i].fails;
	}
	target->has = true;
	target->wanted = bound * (double)run->param[P_GOAL] / 100;
	target->got = (double)(groups_in_use(run) << run->param[P_HIGH]) / live;
	target->reached = target->got >= target->wanted;
	snprintf(target->text, sizeof(target->text),
		 "footprint >= %.2f times the memory held, got %.2f; bound %.2f; %llu requests "
		 "refused",
		 target->wanted, target->got, bound, (unsigned long long)fails);
	wl_metric(target, "footprint_ratio", target->got);
	wl_metric(target, "footprint_of_bound", 100 * target->got / bound);
}

const struct wl_ops wl_adversary = {
	.name = "adversary",
	.summary = "Robson's program: little is held, and much of memory is of no use",
	.version = 1,
	.params = params,
	.phases = phases,
	.min_threads = 1,
	.threads_multiple = 1,
	.min_nodes = 1,
	.needs = PGA_CAP_REAL | PGA_CAP_ORDERS,
	.has_placement = true,
	.slots = robson_slots,
	.rounds = robson_rounds,
	.setup = robson_setup,
	.step = robson_step,
	.target = robson_target,
	.target_phase = PH_TAKE,
	.teardown = wl_pool_teardown,
};
