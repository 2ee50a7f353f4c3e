/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * antagonist: kernel pages fill memory, go at random down to what they hold from
 * then on, and turn over.  Then user space takes what it can, huge pages first and
 * single frames where there are none, while the kernel pages go on turning over:
 * fragmentation by its effect (page-alloc-bench: available bytes).
 */
#include "workloads/own_step.h"
#include "workloads/pool.h"

#define HUGE_ORDER 9u
#define BURST 32u /* requests of one side, then of the other */

enum { P_PEAK = WL_P_OWN, P_HOLD, P_TURNS, P_GOAL };

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[P_PEAK] = { "peak", WL_PERCENT, 95, 20, 97, NULL, "%", "memory of kernel pages at first" },
	[P_HOLD] = { "hold", WL_PERCENT, 30, 1, 80, NULL, "%", "memory of kernel pages then" },
	[P_TURNS] = { "turns", WL_INT, 2, 0, 10000, NULL, "",
		      "times that kernel pages are replaced before user space asks" },
	[P_GOAL] = { "goal", WL_PERCENT, 80, 0, 100, NULL, "%", "Fu(9) aimed at before it asks" },
	{ .name = NULL },
};

/* An assumption: slabs and page tables. */
static const struct wl_mix mix[] = {
	{ 700, 0, WL_UNMOVABLE },  { 200, 0, WL_RECLAIMABLE }, { 60, 1, WL_UNMOVABLE },
	{ 30, 2, WL_RECLAIMABLE }, { 10, 3, WL_UNMOVABLE },    { 0, 0, 0 },
};

enum { PH_FILL, PH_THIN, PH_TURN, PH_USER, PH_RELEASE };

static const struct wl_phase phases[] = {
	[PH_FILL] = { "fill", false, false, WL_OP_ALLOC },
	[PH_THIN] = { "thin", false, false, WL_OP_FREE },
	[PH_TURN] = { "turn over", true, false, WL_OP_PAIR },
	[PH_USER] = { "user", true, false, WL_OP_ALLOC },
	[PH_RELEASE] = { "release", false, false, WL_OP_FREE },
	{ .name = NULL },
};

/* Of each thread. */
struct sides {
	size_t kernel;	     /* places [0, kernel) are the kernel's; 0: not yet known */
	uint64_t huge, base; /* blocks of order 9 and single frames that user space got */
	bool no_huge, over;
};

static struct sides *sides_of(const struct wl_thread *t)
{
	return (struct sides *)t->run->shared + t->index;
}

static int antagonist_setup(struct wl_run *run, char *why, size_t len)
{
	return wl_shared_new(run, run->nr_threads * sizeof(struct sides), why, len);
}

static size_t antagonist_slots(const struct wl_run *run, unsigned index)
{
	return run->conf->nr_orders > HUGE_ORDER ? wl_pool_slots(run, index) : 0;
}

/* New kernel pages come, then random ones of before go. */
WL_INLINE void turn_over(struct wl_thread *t, struct wl_hot *h, uint64_t n, unsigned mode)
{
	size_t kernel = sides_of(t)->kernel;
	uint64_t got = 0;

	for (uint64_t i = 0; i < n && wl_pool_room(t); i++) {
		const struct wl_mix *m = wl_mix_draw(&t->rng, mix);

		got += wl_pool_get(t, h, mode, m->order, m->type);
	}
	while (got--)
		wl_pool_succeed(t, h, mode, rng_below(&t->rng, kernel));
}

WL_INLINE uint64_t turn_body(struct wl_thread *t, uint64_t n, unsigned mode)
{
	struct wl_hot h = wl_hot(t);

	turn_over(t, &h, n, mode);
	return n;
}

WL_INLINE uint64_t user_body(struct wl_thread *t, uint64_t n, unsigned mode)
{
	struct sides *s = sides_of(t);
	struct wl_hot h = wl_hot(t);
	uint64_t i = 0;

	turn_over(t, &h, n, mode);
	for (; i < n && !s->over; i++) {
		if (!s->no_huge && wl_pool_get(t, &h, mode, HUGE_ORDER, WL_MOVABLE)) {
			s->huge++;
			continue;
		}
		/* A refusal is final: the kernel side gives back what it took. */
		s->no_huge = true;
		if (wl_pool_room(t) && wl_pool_get(t, &h, mode, 0, WL_MOVABLE))
			s->base++;
		else
			s->over = true;
	}
	return i;
}

static uint64_t antagonist_step(struct wl_thread *t, unsigned phase)
{
	const int64_t *param = t->run->param;
	struct sides *s = sides_of(t);
	uint64_t n;

	switch (phase) {
	case PH_FILL:
		return wl_pool_fill(t, mix, wl_share(t->run, t->index, param[P_PEAK]));
	case PH_THIN:
		return wl_pool_shrink(t, wl_share(t->run, t->index, param[P_HOLD]));
	case PH_TURN:
		if (!s->kernel)
			s->kernel = t->used;
		n = s->kernel * (uint64_t)param[P_TURNS] - t->done;
		return n ? WL_SPECIALISE(turn_body, t, n > BURST ? BURST : n) : 0;
	case PH_USER:
		return s->over ? 0 : WL_SPECIALISE(user_body, t, BURST);
	default:
		return wl_pool_drain(t);
	}
}

static void antagonist_target(struct wl_run *run, struct wl_target *target)
{
	const struct wl_pool_goal goal = {
		.order = HUGE_ORDER,
		.fu = (double)run->param[P_GOAL] / 100,
		.free = 1 - (double)run->param[P_HOLD] / 100,
		.peak = (double)run->param[P_PEAK] / 100,
	};

	wl_pool_target(run, target, &goal);
}

static void antagonist_late(struct wl_run *run, struct wl_target *target)
{
	uint64_t huge = 0, base = 0;

	for (unsigned i = 0; i < run->nr_threads; i++) {
		huge += sides_of(&run->threads[i])->huge << HUGE_ORDER;
		base += sides_of(&run->threads[i])->base;
	}
	wl_metric(target, "available_bytes", (double)((huge + base) << run->conf->page_shift));
	wl_metric(target, "available_share", 100 * (double)(huge + base) / (double)run->frames);
	if (huge + base)
		wl_metric(target, "available_huge", 100 * (double)huge / (double)(huge + base));
}

const struct wl_ops wl_antagonist = {
	.name = "antagonist",
	.summary = "kernel pages turn over all over memory; how much can user space still get?",
	.version = 1,
	.params = params,
	.phases = phases,
	.min_threads = 1,
	.threads_multiple = 1,
	.min_nodes = 1,
	.needs = PGA_CAP_REAL | PGA_CAP_ORDERS,
	.has_placement = true,
	.slots = antagonist_slots,
	.setup = antagonist_setup,
	.step = antagonist_step,
	.target = antagonist_target,
	.target_phase = PH_TURN,
	.late = antagonist_late,
	.late_phase = PH_USER,
	.teardown = wl_pool_teardown,
};
