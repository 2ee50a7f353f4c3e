/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spill: all threads ask one node for more frames than it has, so that the
 * rest must come from other nodes, the nearest first.
 *
 * Two tests show that it went by distance.  While allocating, the distance of
 * what a thread gets never falls.  At the end, every node nearer than one that
 * served is full: its free frames are no more than its high mark, its reserve
 * against the request's zone, and what per-CPU lists and counters may hide.
 */
#include "workloads/step.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { P_NODE = WL_P_OWN, P_AMOUNT };

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[P_NODE] = { "node", WL_INT, 0, 0, PGA_MAX_NODES - 1, NULL, "",
		     "node that all requests name" },
	[P_AMOUNT] = { "amount", WL_PERCENT, 150, 1, 6400, NULL, "%",
		       "frames asked for, of the frames of that node" },
	{ .name = NULL },
};

enum { PH_ALLOC, PH_FREE };

static const struct wl_phase phases[] = {
	[PH_ALLOC] = { "alloc", true, false, WL_OP_ALLOC },
	[PH_FREE] = { "free", true, false, WL_OP_FREE },
	{ .name = NULL },
};

/* One thread's tally, on lines of its own. */
struct tally {
	uint64_t frames[PGA_MAX_NODES];
	uint64_t steps_back; /* results nearer than the one before */
	unsigned last;	     /* distance of the last result */
} __attribute__((aligned(128)));

static uint64_t node_frames(const struct pga_conf *conf, unsigned node)
{
	uint64_t frames = 0;

	for (unsigned z = 0; z < conf->nr_zones; z++)
		if (conf->zones[z].node == node)
			frames += conf->zones[z].span;
	return frames;
}

/* At most an equal part of all memory: more could not be served. */
static size_t spill_slots(const struct wl_run *run, unsigned index)
{
	uint64_t goal = node_frames(run->conf, (unsigned)run->param[P_NODE]);

	(void)index;
	goal = goal * (uint64_t)run->param[P_AMOUNT] / 100;
	if (goal > run->frames)
		goal = run->frames;
	return (size_t)(goal / run->nr_threads);
}

/* Do requests that name a node ever get frames of another one? */
static bool falls_back(const struct wl_run *run, unsigned node)
{
	uint16_t zones[PGA_MAX_ZONES];
	unsigned nr;

	if (!run->ops->zonelist)
		return true;
	nr = run->ops->zonelist(run->pga, node, false, zones, PGA_MAX_ZONES);
	for (unsigned i = 0; i < nr; i++)
		if (run->conf->zones[zones[i]].node != node)
			return true;
	return false;
}

static int spill_setup(struct wl_run *run, char *why, size_t len)
{
	size_t bytes = run->nr_threads * sizeof(struct tally);

	if (!falls_back(run, (unsigned)run->param[P_NODE])) {
		snprintf(why, len, "spill: %s serves who names a node from that node alone",
			 run->ops->name);
		return -EOPNOTSUPP;
	}
	run->shared = aligned_alloc(_Alignof(struct tally), bytes);
	if (!run->shared) {
		snprintf(why, len, "spill: no memory for %zu bytes of tallies", bytes);
		return -ENOMEM;
	}
	memset(run->shared, 0, bytes);
	for (unsigned i = 0; i < run->nr_threads; i++)
		run->threads[i].req.node = (int8_t)run->param[P_NODE];
	return 0;
}

WL_INLINE uint64_t spill_body(struct wl_thread *t, uint64_t n, unsigned mode)
{
	const struct wl_hot h = wl_hot(t);
	const struct pga_conf *conf = t->run->conf;
	const uint16_t *dist = conf->dist + (unsigned)t->req.node * conf->nr_nodes;
	struct tally *tally = (struct tally *)t->run->shared + t->index;

	for (uint64_t i = 0; i < n; i++) {
		struct pga_res res = wl_get_res(t, &h, mode);

		if (__builtin_expect(res.pfn == PGA_NIL, 0))
			continue;
		unsigned far = dist[res.node];

		t->slots[t->used++] = res.pfn;
		tally->frames[res.node]++;
		tally->steps_back += far < tally->last;
		tally->last = far;
	}
	return n;
}

static uint64_t spill_step(struct wl_thread *t, unsigned phase)
{
	uint64_t n = t->nr_slots - t->done;

	if (phase == PH_FREE)
		return wl_drain_step(t);
	if (n > WL_BATCH)
		n = WL_BATCH;
	return n ? WL_SPECIALISE(spill_body, t, n) : 0;
}

/* Is a node so empty that its list cannot be asked for more? */
static bool node_is_full(const struct wl_run *run, unsigned node)
{
	const struct pga_conf *conf = run->conf;

	for (unsigned z = 0; z < conf->nr_zones; z++) {
		struct pga_zone_info info = { 0 };
		struct pga_zone_snap snap = { 0 };
		uint64_t reserve = 0, hidden;

		if (conf->zones[z].node != node)
			continue;
		run->ops->zone_info(run->pga, z, &info);
		run->ops->zone_snap(run->pga, z, &snap);
		for (unsigned t = 0; t < PGA_NR_ZONE_TYPES; t++)
			if (info.lowmem_reserve[t] > reserve)
				reserve = info.lowmem_reserve[t];
		hidden = (uint64_t)conf->nr_cpus * (info.pcp_batch + info.stat_threshold);
		if (snap.nr_free_exact > info.wmark[2] + reserve + hidden)
			return false;
	}
	return true;
}

/* Frames that came from a node although a nearer one had room. */
static uint64_t frames_too_far(const struct wl_run *run, unsigned asked, const uint64_t *frames)
{
	const struct pga_conf *conf = run->conf;
	const uint16_t *dist = conf->dist + asked * conf->nr_nodes;
	uint64_t bad = 0;

	for (unsigned n = 0; n < conf->nr_nodes; n++)
		for (unsigned near = 0; near < conf->nr_nodes; near++)
			if (frames[n] && dist[near] < dist[n] && !node_is_full(run, near)) {
				bad += frames[n];
				break;
			}
	return bad;
}

static void describe(struct wl_target *target, unsigned nr_nodes, const uint64_t *frames,
		     uint64_t total)
{
	size_t at = strlen(target->text);

	for (unsigned n = 0; n < nr_nodes && target->nr_values < WL_MAX_VALUES; n++) {
		struct wl_value *v = &target->values[target->nr_values++];

		snprintf(v->name, sizeof(v->name), "share.node%u", n);
		v->value = (double)frames[n] / (double)total;
		if (at < sizeof(target->text))
			at += (size_t)snprintf(target->text + at, sizeof(target->text) - at,
					       "%s node%u %.1f %%", n ? "," : ";", n,
					       100.0 * v->value);
	}
}

static void spill_target(struct wl_run *run, struct wl_target *target)
{
	const struct tally *tally = run->shared;
	unsigned asked = (unsigned)run->param[P_NODE], nr_nodes = run->conf->nr_nodes;
	uint64_t frames[PGA_MAX_NODES] = { 0 }, total = 0, back = 0, remote, bad;

	for (unsigned i = 0; i < run->nr_threads; i++) {
		back += tally[i].steps_back;
		for (unsigned n = 0; n < nr_nodes; n++) {
			frames[n] += tally[i].frames[n];
			total += tally[i].frames[n];
		}
	}
	remote = total - frames[asked];
	bad = frames_too_far(run, asked, frames) + back;
	target->has = true;
	target->wanted = 1.0;
	target->got = remote ? bad > remote ? 0.0 : 1.0 - (double)bad / (double)remote : 0.0;
	target->reached = remote > 0 && bad == 0;
	snprintf(target->text, sizeof(target->text),
		 "remote frames in order of distance: 100 %% wanted, %.1f %% got",
		 100 * target->got);
	describe(target, nr_nodes, frames, total ? total : 1);
}

static void spill_teardown(struct wl_run *run)
{
	wl_release_slots(run);
	free(run->shared);
	run->shared = NULL;
}

const struct wl_ops wl_spill = {
	.name = "spill",
	.summary = "ask a node for more than it has; the rest comes by distance",
	.version = 1,
	.params = params,
	.phases = phases,
	.alone = true,
	.min_threads = 1,
	.threads_multiple = 1,
	.min_nodes = 2,
	.needs = PGA_CAP_REAL | PGA_CAP_NODES,
	.slots = spill_slots,
	.setup = spill_setup,
	.step = spill_step,
	.target = spill_target,
	.target_phase = PH_ALLOC,
	.teardown = spill_teardown,
};
