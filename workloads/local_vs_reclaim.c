/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * local-vs-reclaim: each thread's node is full of clean page cache that nobody
 * uses any more; then its task asks for memory.  Either the requests go to
 * another node, or they reclaim the cache and stay local (zone_reclaim_mode).
 * The share of frames that came from the local node is reported.
 *
 * The cache grows until its next frame would come from elsewhere: with that the
 * node is full, whatever its marks are.
 */
#include "workloads/own_step.h"

#include <stdio.h>

enum { P_CACHE = WL_P_OWN, P_ASK };

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[P_CACHE] = { "cache", WL_PERCENT, 95, 10, 99, NULL, "%",
		      "frames of the node that its cache fills, as far as it can" },
	[P_ASK] = { "ask", WL_PERCENT, 40, 1, 90, NULL, "%",
		    "frames of the node that are asked for then" },
	{ .name = NULL },
};

enum { PH_CACHE, PH_ASK, PH_RELEASE };

static const struct wl_phase phases[] = {
	[PH_CACHE] = { "cache", false, false, WL_OP_ALLOC },
	[PH_ASK] = { "ask", true, false, WL_OP_ALLOC },
	[PH_RELEASE] = { "release", true, false, WL_OP_FREE },
	{ .name = NULL },
};

/* own[]: the node is full; frames got then, and of them local; the cache cannot grow. */
enum { OWN_FULL, OWN_GOT, OWN_LOCAL, OWN_ENDED };

static unsigned node_of(const struct wl_thread *t)
{
	return t->run->conf->cpu_node[t->req.cpu];
}

/* @percent of a node of average size. */
static size_t part(const struct wl_run *run, int64_t percent)
{
	return (size_t)(run->frames / run->conf->nr_nodes * (uint64_t)percent / 100);
}

/* All threads together ask for a part of one node. */
static size_t nr_asked(const struct wl_run *run)
{
	return part(run, run->param[P_ASK]) / run->nr_threads;
}

static size_t lvr_slots(const struct wl_run *run, unsigned index)
{
	size_t ask = nr_asked(run);

	(void)index;
	return ask ? part(run, run->param[P_CACHE]) + ask : 0;
}

static void lvr_owners(const struct wl_run *run, struct own_conf *conf)
{
	uint64_t used = 0;

	for (unsigned i = 0; i < run->nr_threads; i++)
		used += lvr_slots(run, i);
	conf->nr_handles = wl_own_handles(run, used);
	conf->nr_tasks = run->nr_threads;
	conf->nr_files = run->nr_threads;
}

/* The cache ends with the first frame that would have to come from elsewhere. */
static uint64_t cache(struct wl_thread *t)
{
	const size_t goal = part(t->run, t->run->param[P_CACHE]);
	const struct own_req req = wl_own_req(t, OWN_FILE, t->index);
	uint64_t n = 0;

	for (; n < WL_BATCH && t->used < goal && !t->own[OWN_ENDED]; n++) {
		uint32_t handle;
		struct pga_res res = wl_own_get(t, &req, &handle);

		t->own[OWN_ENDED] = res.pfn == PGA_NIL || (unsigned)res.node != node_of(t);
		if (!t->own[OWN_ENDED])
			t->slots[t->used++] = handle;
		else if (handle != OWN_NONE)
			own_free(t->run->own, handle, t->req.cpu);
	}
	t->own[OWN_FULL] = t->own[OWN_ENDED] || t->used == goal;
	return n;
}

static uint64_t ask(struct wl_thread *t)
{
	uint64_t n = nr_asked(t->run) - t->done;
	const struct own_req req = wl_own_req(t, OWN_ANON, t->index);

	if (n > WL_BATCH)
		n = WL_BATCH;
	for (uint64_t i = 0; i < n; i++) {
		struct pga_res res = wl_own_get(t, &req, &t->slots[t->used++]);

		if (res.pfn == PGA_NIL)
			continue;
		t->own[OWN_GOT]++;
		t->own[OWN_LOCAL] += (unsigned)res.node == node_of(t);
	}
	return n;
}

static uint64_t lvr_step(struct wl_thread *t, unsigned phase)
{
	switch (phase) {
	case PH_CACHE:
		return cache(t);
	case PH_ASK:
		return ask(t);
	default:
		return wl_own_drain_step(t);
	}
}

static void lvr_target(struct wl_run *run, struct wl_target *target)
{
	uint64_t full = 0, asked = nr_asked(run) * run->nr_threads, got = 0, local = 0;

	for (unsigned i = 0; i < run->nr_threads; i++) {
		full += run->threads[i].own[OWN_FULL];
		got += run->threads[i].own[OWN_GOT];
		local += run->threads[i].own[OWN_LOCAL];
	}
	target->has = true;
	target->wanted = run->nr_threads;
	target->got = (double)full;
	target->reached = full == run->nr_threads && got == asked && wl_own_whole(run);
	snprintf(target->text, sizeof(target->text),
		 "cache fills the node of %.0f threads, got %.0f; of %llu requests %llu served, "
		 "%llu locally; contents %s",
		 target->wanted, target->got, (unsigned long long)asked, (unsigned long long)got,
		 (unsigned long long)local, wl_own_contents(run));
	wl_metric(target, "local_share", got ? 100.0 * (double)local / (double)got : 0);
	wl_metric(target, "evicted", (double)wl_own_stat(run, OWN_STAT_evicted));
}

const struct wl_ops wl_local_vs_reclaim = {
	.name = "local-vs-reclaim",
	.summary = "a node full of clean cache: do requests go elsewhere, or reclaim it?",
	.version = 1,
	.params = params,
	.phases = phases,
	.alone = true,
	.min_threads = 1,
	.threads_multiple = 1,
	.min_nodes = 2,
	.needs = PGA_CAP_REAL | PGA_CAP_NODES | PGA_CAP_RECLAIM,
	.needs_host = true,
	.owners = lvr_owners,
	.slots = lvr_slots,
	.step = lvr_step,
	.target = lvr_target,
	.target_phase = PH_ASK,
	.teardown = wl_own_teardown,
};
