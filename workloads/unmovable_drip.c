/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unmovable-drip: movable memory that turns over, into which unmovable frames
 * fall slowly, one in many requests, as socket buffers and page tables do on a
 * busy machine.  Where they fall decides how much of memory can ever be had in
 * one piece again: reported are Fu(9), mixed pageblocks, pageblocks without an
 * unmovable frame, and what is free in blocks of order 9.
 */
#include "workloads/own_step.h"

#include <stdio.h>

enum { P_FILL = WL_P_OWN, P_DRIP, P_EVERY, P_TURNOVER };

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[P_FILL] = { "fill", WL_PERCENT, 80, 1, 95, NULL, "%", "memory that movable frames use" },
	[P_DRIP] = { "drip", WL_PERCENT, 8, 1, 50, NULL, "%",
		     "memory that unmovable frames use at the end" },
	[P_EVERY] = { "every", WL_INT, 32, 1, 65536, NULL, "requests",
		      "one request in so many is unmovable" },
	[P_TURNOVER] = { "turnover", WL_PERCENT, 25, 0, 90, NULL, "%",
			 "unmovable requests that replace an earlier one" },
	{ .name = NULL },
};

enum { PH_FILL, PH_DRIP, PH_RELEASE };

static const struct wl_phase phases[] = {
	[PH_FILL] = { "fill", true, false, WL_OP_ALLOC },
	[PH_DRIP] = { "drip", true, false, WL_OP_PAIR },
	[PH_RELEASE] = { "release", true, false, WL_OP_FREE },
	{ .name = NULL },
};

/* Slots [0, movable) hold what moves, what drips in follows. */
static size_t movable(const struct wl_run *run, unsigned index)
{
	return (size_t)(run->threads[index].frames * (uint64_t)run->param[P_FILL] / 100);
}

static size_t dripped(const struct wl_run *run, unsigned index)
{
	return (size_t)(run->threads[index].frames * (uint64_t)run->param[P_DRIP] / 100);
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

static void let_go(struct wl_thread *t, size_t slot)
{
	if (t->slots[slot] != OWN_NONE)
		own_free(t->run->own, t->slots[slot], t->req.cpu);
}

static void drop(struct wl_thread *t)
{
	const struct own_req req = wl_own_req(t, OWN_KERNEL, 0);
	size_t first = movable(t->run, t->index), held = t->used - first, slot = t->used;

	if (held && wl_chance(&t->rng, t->run->param[P_TURNOVER])) {
		slot = first + rng_below(&t->rng, held);
		let_go(t, slot);
	} else {
		t->used++;
	}
	wl_own_get(t, &req, &t->slots[slot]);
}

static uint64_t drip(struct wl_thread *t)
{
	uint64_t every = (uint64_t)t->run->param[P_EVERY], n = 0;
	size_t moving = movable(t->run, t->index);

	for (; n < WL_BATCH && t->used < t->nr_slots; n++) {
		if ((t->done + n) % every == 0 || !moving) {
			drop(t);
		} else {
			size_t slot = rng_below(&t->rng, moving);

			let_go(t, slot);
			get_movable(t, slot);
		}
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
		 target->got, wl_own_whole(run) ? "intact" : "DAMAGED");
	if (!wl_blocks_take(run, is_drop, &blocks)) {
		wl_metric(target, "mixed_blocks", (double)blocks.mixed);
		wl_metric(target, "clean_blocks",
			  100.0 - 100.0 * (double)blocks.fixed / (double)blocks.nr);
	}
	wl_metric(target, "avail_order9", 100.0 * wl_free_share(run, 9));
}

const struct wl_ops wl_unmovable_drip = {
	.name = "unmovable-drip",
	.summary = "unmovable frames drip into movable memory that turns over",
	.version = 1,
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
	.teardown = wl_own_teardown,
};
