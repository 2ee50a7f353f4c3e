/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unmovable-drip: movable memory that turns over, into which unmovable frames
 * fall slowly, one in many requests, as socket buffers and page tables do on a
 * busy machine.  Where they fall decides how much of memory can ever be had in
 * one piece again: reported are Fu(9), mixed pageblocks, pageblocks without an
 * unmovable frame, and what is free in blocks of order 9, now and when all that
 * moves is gone.
 */
#include "workloads/own_step.h"

#include <stdio.h>

enum { P_PEAK = WL_P_OWN, P_FILL, P_DRIP, P_EVERY, P_TURNOVER };

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[P_PEAK] = { "peak", WL_PERCENT, 95, 1, 97, NULL, "%",
		     "memory that movable frames use at first" },
	[P_FILL] = { "fill", WL_PERCENT, 60, 1, 97, NULL, "%",
		     "memory that they use then; at most the peak" },
	[P_DRIP] = { "drip", WL_PERCENT, 8, 1, 50, NULL, "%",
		     "memory that unmovable frames use at the end" },
	[P_EVERY] = { "every", WL_INT, 32, 1, 65536, NULL, "requests",
		      "one request in so many is unmovable" },
	[P_TURNOVER] = { "turnover", WL_PERCENT, 25, 0, 90, NULL, "%",
			 "unmovable requests that replace an earlier one" },
	{ .name = NULL },
};

#define BURST 1024u /* requests between two looks at what is to be freed */

enum { PH_FILL, PH_SHRINK, PH_DRIP, PH_LEAVE, PH_RELEASE };

static const struct wl_phase phases[] = {
	[PH_FILL] = { "fill", true, false, WL_OP_ALLOC },
	[PH_SHRINK] = { "shrink", false, false, WL_OP_FREE },
	[PH_DRIP] = { "drip", true, false, WL_OP_PAIR },
	[PH_LEAVE] = { "leave", true, false, WL_OP_FREE },
	[PH_RELEASE] = { "release", true, false, WL_OP_FREE },
	{ .name = NULL },
};

/* own[]: movable slots in use. */
enum { OWN_LIVE };

static size_t share(const struct wl_run *run, unsigned index, unsigned param)
{
	return wl_share(run, index, run->param[param]);
}

/* Slots [0, movable) hold what moves, OWN_NONE where nothing does; what drips in follows. */
static size_t movable(const struct wl_run *run, unsigned index)
{
	return share(run, index, P_PEAK);
}

static size_t dripped(const struct wl_run *run, unsigned index)
{
	return share(run, index, P_DRIP);
}

static size_t drip_slots(const struct wl_run *run, unsigned index)
{
	size_t drops = dripped(run, index);

	return drops ? movable(run, index) + drops : 0;
}

static void drip_owners(const struct wl_run *run, struct own_conf *conf)
{
	uint64_t used = 0;

	for (unsigned i = 0; i < run->nr_threads; i++)
		used += drip_slots(run, i);
	conf->nr_handles = wl_own_handles(run, used);
	conf->nr_tasks = run->nr_threads;
	conf->nr_files = run->nr_threads;
}

/* Half of what moves is anonymous, half page cache. */
static void get_movable(struct wl_thread *t, size_t slot)
{
	const struct own_req req = wl_own_req(t, slot & 1 ? OWN_ANON : OWN_FILE, t->index);

	wl_own_get(t, &req, &t->slots[slot]);
	t->own[OWN_LIVE] += t->slots[slot] != OWN_NONE;
}

static uint64_t shrink(struct wl_thread *t)
{
	size_t keep = share(t->run, t->index, P_FILL);
	uint64_t n = t->own[OWN_LIVE] > keep ? t->own[OWN_LIVE] - keep : 0;

	if (n > WL_BATCH)
		n = WL_BATCH;
	wl_own_drop(t, movable(t->run, t->index), n);
	t->own[OWN_LIVE] -= n;
	return n;
}

static uint64_t fill(struct wl_thread *t)
{
	uint64_t n = movable(t->run, t->index) - t->used;

	if (n > WL_BATCH)
		n = WL_BATCH;
	for (uint64_t i = 0; i < n; i++)
		get_movable(t, t->used++);
	return n;
}

static void drop(struct wl_thread *t)
{
	const struct own_req req = wl_own_req(t, OWN_KERNEL, 0);
	size_t first = movable(t->run, t->index), held = t->used - first, slot = t->used;

	if (held && wl_chance(&t->rng, t->run->param[P_TURNOVER])) {
		slot = first + rng_below(&t->rng, held);
		if (t->slots[slot] != OWN_NONE)
			own_free(t->run->own, t->slots[slot], t->req.cpu);
	} else {
		t->used++;
	}
	wl_own_get(t, &req, &t->slots[slot]);
}

/*
 * What moves turns over in bursts: one frame after the other would only come
 * and go through the per-CPU lists.
 */
static void turn_over(struct wl_thread *t, uint64_t n)
{
	size_t nr = movable(t->run, t->index);

	if (n > t->own[OWN_LIVE])
		n = t->own[OWN_LIVE];
	wl_own_drop(t, nr, n);
	t->own[OWN_LIVE] -= n;
	for (; n; n--)
		get_movable(t, wl_own_pick(t, nr, false));
}

/* A burst of movable requests, and the unmovable ones that fall into it. */
static uint64_t drip(struct wl_thread *t)
{
	uint64_t every = (uint64_t)t->run->param[P_EVERY], n = 0, drops = 0;

	for (; n < BURST && t->used + drops < t->nr_slots; n++)
		drops += (t->done + n) % every == 0;
	turn_over(t, n - drops);
	for (uint64_t i = 0; i < drops; i++)
		drop(t);
	return n;
}

/* All that moves goes, in the order of its slots. */
static uint64_t leave(struct wl_thread *t)
{
	uint64_t n = movable(t->run, t->index) - t->done;

	if (n > WL_BATCH)
		n = WL_BATCH;
	for (size_t slot = t->done; slot < t->done + n; slot++) {
		if (t->slots[slot] == OWN_NONE)
			continue;
		own_free(t->run->own, t->slots[slot], t->req.cpu);
		t->slots[slot] = OWN_NONE;
	}
	return n;
}

static uint64_t drip_step(struct wl_thread *t, unsigned phase)
{
	switch (phase) {
	case PH_FILL:
		return fill(t);
	case PH_DRIP:
		return drip(t);
	case PH_SHRINK:
		return shrink(t);
	case PH_LEAVE:
		return leave(t);
	default:
		return wl_own_drain_step(t);
	}
}

static bool is_drop(const struct wl_thread *t, size_t slot)
{
	return slot >= movable(t->run, t->index);
}

static void drip_target(struct wl_run *run, struct wl_target *target)
{
	uint64_t drops = 0, got = 0;
	struct wl_blocks blocks;

	for (unsigned i = 0; i < run->nr_threads; i++) {
		const struct wl_thread *t = &run->threads[i];

		drops += dripped(run, i);
		for (size_t k = movable(run, i); k < t->used; k++)
			got += t->slots[k] != OWN_NONE;
	}
	target->has = true;
	target->wanted = 100.0 * (double)drops / (double)run->frames;
	target->got = 100.0 * (double)got / (double)run->frames;
	target->reached = got == drops && wl_own_whole(run);
	snprintf(target->text, sizeof(target->text),
		 "unmovable frames on %.2f %% of memory, got %.2f %%; contents %s", target->wanted,
		 target->got, wl_own_contents(run));
	if (!wl_blocks_take(run, is_drop, &blocks)) {
		wl_metric(target, "mixed_blocks", (double)blocks.mixed);
		wl_metric(target, "clean_blocks",
			  100.0 - 100.0 * (double)blocks.fixed / (double)blocks.nr);
	}
	wl_metric(target, "avail_order9", 100.0 * wl_free_share(run, 9));
}

static void drip_late(struct wl_run *run, struct wl_target *target)
{
	wl_metric(target, "left_order9", 100.0 * wl_free_share(run, 9));
}

const struct wl_ops wl_unmovable_drip = {
	.name = "unmovable-drip",
	.summary = "unmovable frames drip into movable memory that turns over",
	.version = 2,
	.params = params,
	.phases = phases,
	.min_threads = 1,
	.threads_multiple = 1,
	.min_nodes = 1,
	.needs = PGA_CAP_REAL | PGA_CAP_RECLAIM,
	.needs_host = true,
	.owners = drip_owners,
	.slots = drip_slots,
	.step = drip_step,
	.target = drip_target,
	.target_phase = PH_DRIP,
	.late = drip_late,
	.late_phase = PH_LEAVE,
	.teardown = wl_own_teardown,
};
