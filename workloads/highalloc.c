/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * highalloc: can large blocks still be had?  After the stress-highalloc test
 * of mmtests: a load of page cache, anonymous memory, kernel objects and slabs
 * grows to its peak, replaces itself a number of times, and shrinks to what it
 * keeps, so that what is free is scattered.  Then blocks of a high order are
 * asked for three times:
 *   load     while the load goes on replacing its frames
 *   second   the same again, after all blocks were given back
 *   rest     with the load ended: its tasks and half of its kernel objects are
 *            gone, page cache and slabs stay
 * The success rate of each is reported.  One operation is one request; the
 * time of the load between two requests is part of it in the first two phases,
 * and is the same stream for every variant.
 */
#include "workloads/own_step.h"

#include <errno.h>
#include <stdio.h>

enum { P_HIGH = WL_P_OWN, P_ASK, P_PEAK, P_FILL, P_ANON, P_KERNEL, P_SLAB, P_MIX, P_AGE, P_GFP };
enum { GFP_PLAIN, GFP_REPEAT, GFP_THP };

static const char *const gfp_words[] = { "plain", "repeat", "thp", NULL };
static const uint32_t gfps[] = {
	[GFP_PLAIN] = PGA_GFP_USER_MOVABLE | PGA_GFP_NOWARN | PGA_GFP_COMP,
	[GFP_REPEAT] = PGA_GFP_USER_MOVABLE | PGA_GFP_NOWARN | PGA_GFP_COMP | PGA_GFP_REPEAT,
	[GFP_THP] = PGA_GFP_USER_MOVABLE | PGA_GFP_NOWARN | PGA_GFP_COMP | PGA_GFP_NORETRY |
		    PGA_GFP_NOMEMALLOC | PGA_GFP_NO_KSWAPD,
};

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[P_HIGH] = { "high", WL_INT, 9, 1, PGA_MAX_ORDERS - 1, NULL, "", "order of the blocks" },
	[P_ASK] = { "ask", WL_PERCENT, 50, 1, 100, NULL, "%",
		    "memory asked for in such blocks, each time" },
	[P_PEAK] = { "peak", WL_PERCENT, 95, 10, 97, NULL, "%",
		     "memory that the load uses at first" },
	[P_FILL] = { "fill", WL_PERCENT, 80, 10, 97, NULL, "%",
		     "memory that it uses then; at most the peak" },
	[P_ANON] = { "anon", WL_PERCENT, 30, 0, 100, NULL, "%",
		     "frames of the load that are anonymous" },
	[P_KERNEL] = { "kernel", WL_PERCENT, 8, 0, 100, NULL, "%",
		       "frames of the load that are kernel objects: unmovable" },
	[P_SLAB] = { "slab", WL_PERCENT, 8, 0, 100, NULL, "%",
		     "frames of the load that are slabs: reclaimable; the rest is page cache" },
	[P_MIX] = { "mix", WL_INT, 64, 0, 65536, NULL, "frames",
		    "frames that the load replaces between two requests" },
	[P_AGE] = { "age", WL_INT, 4, 0, 1000, NULL, "",
		    "times that the load replaces itself before the first request" },
	[P_GFP] = { "gfp", WL_WORD, GFP_PLAIN, 0, 2, gfp_words, "",
		    "how hard a block is tried for: plain, repeat, or as transparent huge pages" },
	{ .name = NULL },
};

enum {
	PH_FILL,
	PH_AGE,
	PH_SHRINK,
	PH_LOOK,
	PH_LOAD,
	PH_BACK_1,
	PH_SECOND,
	PH_BACK_2,
	PH_END,
	PH_REST,
	PH_BACK_3
};

static const struct wl_phase phases[] = {
	[PH_FILL] = { "fill", false, false, WL_OP_ALLOC },
	[PH_AGE] = { "age", false, false, WL_OP_PAIR },
	[PH_SHRINK] = { "shrink", false, false, WL_OP_FREE },
	[PH_LOOK] = { "look", false, true, WL_OP_FREE },
	[PH_LOAD] = { "load", true, false, WL_OP_ALLOC },
	[PH_BACK_1] = { "back", false, false, WL_OP_FREE },
	[PH_SECOND] = { "second", true, false, WL_OP_ALLOC },
	[PH_BACK_2] = { "back again", false, false, WL_OP_FREE },
	[PH_END] = { "end of load", false, false, WL_OP_FREE },
	[PH_REST] = { "rest", true, false, WL_OP_ALLOC },
	[PH_BACK_3] = { "back at last", false, false, WL_OP_FREE },
	{ .name = NULL },
};

/* own[]: blocks got in each of the three; slots that the load uses. */
enum { OWN_LOAD, OWN_SECOND, OWN_REST, OWN_LIVE };

/* What memory looked like before the first request. */
struct look {
	uint64_t live; /* slots in use */
	struct wl_blocks blocks;
};

static size_t share(const struct wl_run *run, unsigned index, unsigned param)
{
	return wl_share(run, index, run->param[param]);
}

/* Slots [0, load) are the load's, OWN_NONE where it uses none; the blocks follow. */
static size_t load_slots(const struct wl_run *run, unsigned index)
{
	return share(run, index, P_PEAK);
}

static size_t live_slots(const struct wl_run *run, unsigned index)
{
	size_t fill = share(run, index, P_FILL), peak = load_slots(run, index);

	return fill < peak ? fill : peak;
}

static size_t block_slots(const struct wl_run *run, unsigned index)
{
	return share(run, index, P_ASK) >> run->param[P_HIGH];
}

static size_t highalloc_slots(const struct wl_run *run, unsigned index)
{
	size_t blocks = run->param[P_HIGH] < run->conf->nr_orders ? block_slots(run, index) : 0;

	return blocks ? load_slots(run, index) + blocks : 0;
}

static void highalloc_owners(const struct wl_run *run, struct own_conf *conf)
{
	uint64_t used = 0;

	for (unsigned i = 0; i < run->nr_threads; i++)
		used += highalloc_slots(run, i);
	conf->nr_handles = wl_own_handles(run, used);
	conf->nr_tasks = run->nr_threads;
	conf->nr_files = run->nr_threads;
}

/* A slot keeps its kind, and whether it outlives the load, for ever. */
static uint64_t draw(const struct wl_thread *t, size_t slot)
{
	uint64_t x = (t->run->seed ^ t->index * 0xd1342543de82ef95u) + slot * 0x9e3779b97f4a7c15u;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	return x ^ (x >> 31);
}

static enum own_kind kind_of(const struct wl_thread *t, size_t slot)
{
	const int64_t *param = t->run->param;
	int64_t percent = (int64_t)(draw(t, slot) % 100);

	if (percent < param[P_ANON])
		return OWN_ANON;
	percent -= param[P_ANON];
	if (percent < param[P_KERNEL])
		return OWN_KERNEL;
	return percent - param[P_KERNEL] < param[P_SLAB] ? OWN_SLAB : OWN_FILE;
}

/* A task that was killed is over; its share of the load becomes page cache. */
static void renew(struct wl_thread *t, size_t slot)
{
	struct own_req req = wl_own_req(t, kind_of(t, slot), t->index);
	struct pga_res res = wl_own_get(t, &req, &t->slots[slot]);

	if (res.err == -ESRCH) {
		req.kind = OWN_FILE;
		wl_own_get(t, &req, &t->slots[slot]);
	}
	t->own[OWN_LIVE] += t->slots[slot] != OWN_NONE;
}

static void let_go(struct wl_thread *t, uint64_t n)
{
	if (n > t->own[OWN_LIVE])
		n = t->own[OWN_LIVE];
	wl_own_drop(t, load_slots(t->run, t->index), n);
	t->own[OWN_LIVE] -= n;
}

/* All frees come first, so that the per-CPU lists do not just hand them out again. */
static void replace(struct wl_thread *t, uint64_t n)
{
	size_t peak = load_slots(t->run, t->index);

	let_go(t, n);
	for (; n && t->own[OWN_LIVE] < peak; n--)
		renew(t, wl_own_pick(t, peak, false));
}

static uint64_t batch_of(uint64_t n)
{
	return n > WL_BATCH ? WL_BATCH : n;
}

static uint64_t fill(struct wl_thread *t)
{
	uint64_t n = batch_of(load_slots(t->run, t->index) - t->used);

	for (uint64_t i = 0; i < n; i++)
		renew(t, t->used++);
	return n;
}

static uint64_t age(struct wl_thread *t)
{
	uint64_t goal = load_slots(t->run, t->index) * (uint64_t)t->run->param[P_AGE];
	uint64_t n = batch_of(goal - t->done);

	replace(t, n);
	return n;
}

static uint64_t shrink(struct wl_thread *t)
{
	size_t keep = live_slots(t->run, t->index);
	uint64_t n = t->own[OWN_LIVE] > keep ? batch_of(t->own[OWN_LIVE] - keep) : 0;

	let_go(t, n);
	return n;
}

static bool cannot_move(const struct wl_thread *t, size_t slot)
{
	enum own_kind kind = kind_of(t, slot);

	return kind == OWN_KERNEL || kind == OWN_SLAB;
}

/* By thread 0, while the others are parked. */
static uint64_t look(struct wl_thread *t)
{
	struct look *l = t->run->shared;

	l->live = 0;
	for (unsigned i = 0; i < t->run->nr_threads; i++)
		l->live += t->run->threads[i].own[OWN_LIVE];
	wl_blocks_take(t->run, cannot_move, &l->blocks);
	return 0;
}

/* One request for a block, after what the load does meanwhile. */
static void ask(struct wl_thread *t, bool load, unsigned phase_of_own)
{
	struct own_req req = wl_own_req(t, OWN_KERNEL, 0);

	req.order = (uint8_t)t->run->param[P_HIGH];
	req.gfp = gfps[t->run->param[P_GFP]];
	if (load)
		replace(t, (uint64_t)t->run->param[P_MIX]);
	struct pga_res res = wl_own_get(t, &req, &t->slots[t->used++]);

	t->own[phase_of_own] += res.pfn != PGA_NIL;
}

#define ASK_BATCH 16u

static uint64_t ask_all(struct wl_thread *t, bool load, unsigned phase_of_own)
{
	uint64_t n = t->nr_slots - t->used;

	if (n > ASK_BATCH)
		n = ASK_BATCH;
	for (uint64_t i = 0; i < n; i++)
		ask(t, load, phase_of_own);
	return n;
}

static uint64_t give_back(struct wl_thread *t)
{
	uint64_t n = t->used - load_slots(t->run, t->index);

	for (uint64_t i = 0; i < n; i++) {
		uint32_t handle = t->slots[--t->used];

		if (handle != OWN_NONE)
			own_free(t->run->own, handle, t->req.cpu);
	}
	return n;
}

static bool outlives(const struct wl_thread *t, size_t slot)
{
	switch (kind_of(t, slot)) {
	case OWN_FILE:
	case OWN_SLAB:
		return true;
	case OWN_KERNEL:
		return draw(t, slot) >> 32 & 1;
	case OWN_ANON:
	case OWN_NR_KINDS:
		break;
	}
	return false;
}

static uint64_t end_load(struct wl_thread *t)
{
	size_t last = load_slots(t->run, t->index);
	uint64_t n = last - t->done;

	if (n > WL_BATCH)
		n = WL_BATCH;
	for (size_t i = t->done; i < t->done + n; i++) {
		if (outlives(t, i) || t->slots[i] == OWN_NONE)
			continue;
		own_free(t->run->own, t->slots[i], t->req.cpu);
		t->slots[i] = OWN_NONE;
		t->own[OWN_LIVE]--;
	}
	return n;
}

static uint64_t highalloc_step(struct wl_thread *t, unsigned phase)
{
	switch (phase) {
	case PH_FILL:
		return fill(t);
	case PH_AGE:
		return age(t);
	case PH_SHRINK:
		return shrink(t);
	case PH_LOOK:
		return look(t);
	case PH_LOAD:
		return ask_all(t, true, OWN_LOAD);
	case PH_SECOND:
		return ask_all(t, true, OWN_SECOND);
	case PH_END:
		return end_load(t);
	case PH_REST:
		return ask_all(t, false, OWN_REST);
	default:
		return give_back(t);
	}
}

static int highalloc_setup(struct wl_run *run, char *why, size_t len)
{
	return wl_shared_new(run, sizeof(struct look), why, len);
}

static void highalloc_target(struct wl_run *run, struct wl_target *target)
{
	static const char *const names[] = { "success_load", "success_second", "success_rest" };
	const struct look *l = run->shared;
	uint64_t asked = 0, got[3] = { 0 }, live = 0;

	for (unsigned i = 0; i < run->nr_threads; i++) {
		const struct wl_thread *t = &run->threads[i];

		asked += block_slots(run, i);
		live += live_slots(run, i);
		for (unsigned k = 0; k < 3; k++)
			got[k] += t->own[OWN_LOAD + k];
	}
	target->has = true;
	target->wanted = 100.0 * (double)live / (double)run->frames;
	target->got = 100.0 * (double)l->live / (double)run->frames;
	target->reached = l->live == live && wl_own_whole(run);
	for (unsigned k = 0; k < 3; k++)
		wl_metric(target, names[k], 100.0 * (double)got[k] / (double)asked);
	wl_metric(target, "mixed_blocks", (double)l->blocks.mixed);
	wl_metric(target, "clean_blocks",
		  100.0 - 100.0 * (double)l->blocks.fixed / (double)l->blocks.nr);
	wl_metric(target, "moved", (double)wl_own_stat(run, OWN_STAT_migrated));
	wl_metric(target, "evicted", (double)wl_own_stat(run, OWN_STAT_evicted));
	snprintf(target->text, sizeof(target->text),
		 "load on %.1f %% of memory, got %.1f %%; of %llu blocks %llu, %llu, %llu; "
		 "contents %s",
		 target->wanted, target->got, (unsigned long long)asked, (unsigned long long)got[0],
		 (unsigned long long)got[1], (unsigned long long)got[2], wl_own_contents(run));
}

const struct wl_ops wl_highalloc = {
	.name = "highalloc",
	.summary = "large blocks under load, once more, and at rest: how many can be had?",
	.version = 1,
	.params = params,
	.phases = phases,
	.min_threads = 1,
	.threads_multiple = 1,
	.min_nodes = 1,
	.needs = PGA_CAP_REAL | PGA_CAP_ORDERS | PGA_CAP_RECLAIM,
	.needs_host = true,
	.owners = highalloc_owners,
	.slots = highalloc_slots,
	.setup = highalloc_setup,
	.step = highalloc_step,
	.target = highalloc_target,
	.target_phase = PH_REST,
	.teardown = wl_own_teardown,
};
