/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * order-fallback: a network driver keeps a ring of receive buffers.  For each it
 * asks for a block of a high order, without waiting, and takes single frames when
 * there is none; buffers go in any order, as their readers are done with them.
 * Memory was filled and thinned out at random before, so mostly there is none.
 * After the page_bench tests of the kernel's networking (mlx4's receive path).
 */
#include "workloads/own_step.h"
#include "workloads/pool.h"

#include <math.h>
#include <stdio.h>

#define BURST 16u /* buffers that come before others go */

enum { P_HIGH = WL_P_OWN, P_FREE, P_RING, P_TURNS, P_GOAL };

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[P_HIGH] = { "high", WL_INT, 3, 1, 5, NULL, "", "order that is asked for first" },
	[P_FREE] = { "free", WL_PERCENT, 30, 10, 60, NULL, "%",
		     "memory free when the driver starts" },
	[P_RING] = { "ring", WL_PERCENT, 5, 1, 9, NULL, "%", "memory that buffers use" },
	[P_TURNS] = { "turns", WL_INT, 8, 1, 10000, NULL, "", "times that the ring is renewed" },
	[P_GOAL] = { "goal", WL_PERCENT, 50, 0, 100, NULL, "%",
		     "buffers made of single frames, aimed at" },
	{ .name = NULL },
};

/* An assumption: page cache, and a tenth that cannot be moved. */
static const struct wl_mix mix[] = {
	{ 90, 0, WL_MOVABLE },
	{ 10, 0, WL_UNMOVABLE },
	{ 0, 0, 0 },
};

enum { PH_FILL, PH_THIN, PH_DRIVE, PH_RELEASE };

static const struct wl_phase phases[] = {
	[PH_FILL] = { "fill", false, false, WL_OP_ALLOC },
	[PH_THIN] = { "thin", false, false, WL_OP_FREE },
	[PH_DRIVE] = { "drive", true, false, WL_OP_PAIR },
	[PH_RELEASE] = { "release", false, false, WL_OP_FREE },
	{ .name = NULL },
};

/* Of each thread. */
struct driver {
	size_t first;	      /* place of the first block of the ring */
	uint64_t level;	      /* frames held by others */
	uint64_t asked, fell; /* buffers, of these made of single frames */
};

static struct driver *driver_of(const struct wl_thread *t)
{
	return (struct driver *)t->run->shared + t->index;
}

static int fallback_setup(struct wl_run *run, char *why, size_t len)
{
	return wl_shared_new(run, run->nr_threads * sizeof(struct driver), why, len);
}

/* Neither waits nor is it retried; single frames may be missing too. */
WL_INLINE void get_buffer(struct wl_thread *t, struct wl_hot *h, unsigned mode)
{
	const uint32_t atomic = ((uint32_t)PGA_GFP_ATOMIC | t->more) & ~t->less;
	unsigned order = (unsigned)t->run->param[P_HIGH];

	driver_of(t)->asked++;
	if (wl_pool_get_gfp(t, h, mode, order, WL_UNMOVABLE,
			    atomic | PGA_GFP_COMP | PGA_GFP_NOWARN | PGA_GFP_NORETRY))
		return;
	driver_of(t)->fell++;
	for (unsigned i = 0; i < 1u << order; i++)
		wl_pool_get_gfp(t, h, mode, 0, WL_UNMOVABLE, atomic | PGA_GFP_NOWARN);
}

WL_INLINE uint64_t drive_body(struct wl_thread *t, uint64_t n, unsigned mode)
{
	struct driver *d = driver_of(t);
	uint64_t most = d->level + wl_share(t->run, t->index, t->run->param[P_RING]);
	struct wl_hot h = wl_hot(t);

	for (uint64_t i = 0; i < n && wl_pool_room(t) >> t->run->param[P_HIGH]; i++)
		get_buffer(t, &h, mode);
	while (t->own[POOL_HELD] > most && t->used > d->first)
		wl_pool_put(t, &h, mode, d->first + rng_below(&t->rng, t->used - d->first));
	return n;
}

static uint64_t drive(struct wl_thread *t)
{
	struct driver *d = driver_of(t);
	uint64_t ring = wl_share(t->run, t->index, t->run->param[P_RING]);
	uint64_t goal = (ring >> t->run->param[P_HIGH]) * (uint64_t)t->run->param[P_TURNS];

	if (!d->asked) {
		d->first = t->used;
		d->level = t->own[POOL_HELD];
	}
	uint64_t n = goal - t->done;

	return n ? WL_SPECIALISE(drive_body, t, n > BURST ? BURST : n) : 0;
}

static uint64_t fallback_step(struct wl_thread *t, unsigned phase)
{
	switch (phase) {
	case PH_FILL:
		return wl_pool_fill(t, mix, t->frames);
	case PH_THIN:
		return wl_pool_shrink(t, wl_share(t->run, t->index, 100 - t->run->param[P_FREE]));
	case PH_DRIVE:
		return drive(t);
	default:
		return wl_pool_drain(t);
	}
}

static void fallback_target(struct wl_run *run, struct wl_target *target)
{
	double frames = (double)run->frames, left, wanted_left = (double)run->param[P_FREE] / 100;
	uint64_t asked = 0, fell = 0, level = 0;
	struct wl_pool_sum sum;

	for (unsigned i = 0; i < run->nr_threads; i++) {
		asked += driver_of(&run->threads[i])->asked;
		fell += driver_of(&run->threads[i])->fell;
		level += driver_of(&run->threads[i])->level;
	}
	wl_pool_sum(run, &sum);
	left = 1 - (double)level / frames;
	target->has = true;
	target->wanted = (double)run->param[P_GOAL];
	target->got = asked ? 100 * (double)fell / (double)asked : 0;
	target->reached = target->got >= target->wanted && (double)sum.peak >= 0.9 * frames &&
			  fabs(left - wanted_left) <= WL_POOL_TOLERANCE;
	snprintf(target->text, sizeof(target->text),
		 "%.0f %% of buffers in single frames at %.1f %% free (+- %.0f), got %.1f %% at "
		 "%.1f %%; peak %.1f %% (at least 90)",
		 target->wanted, 100 * wanted_left, 100 * WL_POOL_TOLERANCE, target->got,
		 100 * left, 100 * (double)sum.peak / frames);
	wl_metric(target, "fallback_share", target->got);
	wl_pool_metrics(run, target);
}

const struct wl_ops wl_order_fallback = {
	.name = "order-fallback",
	.summary = "a driver asks for order 3 in fragmented memory and falls back to single frames",
	.version = 1,
	.params = params,
	.phases = phases,
	.min_threads = 1,
	.threads_multiple = 1,
	.min_nodes = 1,
	.needs = PGA_CAP_REAL | PGA_CAP_ORDERS,
	.has_placement = true,
	.slots = wl_pool_slots,
	.setup = fallback_setup,
	.step = fallback_step,
	.target = fallback_target,
	.target_phase = PH_DRIVE,
	.teardown = wl_pool_teardown,
};
