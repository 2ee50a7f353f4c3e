/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * node-churn: threads move from node to node while their memory stays.  In each
 * round every thread sits on the CPU of another one, and replaces a part of its
 * blocks there: the old ones are freed by a CPU of another node than their own,
 * the new ones are local for as long as the thread stays.
 *
 * What is local has a closed form.  Of a thread's blocks a share s(v) is on
 * node v; on node w, with a part p replaced at random, s(v) becomes
 * (1 - p) s(v), and s(w) grows by p.  The share found local after each move,
 * over all threads and rounds, must be what this gives, within five standard
 * deviations of as many draws as there are blocks.
 */
#include "workloads/nodes.h"
#include "workloads/own_step.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

enum { P_FILL = WL_P_OWN, P_MOVES, P_REPLACE };

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[P_FILL] = { "fill", WL_PERCENT, 25, 1, 75, NULL, "%",
		     "memory that all threads together keep" },
	[P_MOVES] = { "moves", WL_INT, 8, 1, 1000, NULL, "", "times that each thread moves" },
	[P_REPLACE] = { "replace", WL_PERCENT, 25, 1, 100, NULL, "%",
			"blocks of a thread that it replaces where it sits" },
	{ .name = NULL },
};

enum { PH_FILL, PH_LOOK, PH_REPLACE, PH_RELEASE };

static const struct wl_phase phases[] = {
	[PH_FILL] = { "fill", false, false, WL_OP_ALLOC },
	[PH_LOOK] = { "look", false, false, WL_OP_ALLOC },
	[PH_REPLACE] = { "replace", true, false, WL_OP_PAIR },
	[PH_RELEASE] = { "release", false, false, WL_OP_FREE },
	{ .name = NULL },
};

/* own[]: rounds begun; after moves, blocks looked at, and of them local; on another node. */
enum { OWN_ROUND, OWN_SEEN, OWN_LOCAL, OWN_ELSEWHERE };

struct seats {
	unsigned shift;
	uint16_t node[]; /* [nr_threads] of each thread's CPU at first */
};

static size_t churn_slots(const struct wl_run *run, unsigned index)
{
	return wl_fill_blocks(run, index, run->param[P_FILL]);
}

static unsigned churn_rounds(const struct wl_run *run)
{
	return (unsigned)run->param[P_MOVES] + 1;
}

static int churn_setup(struct wl_run *run, char *why, size_t len)
{
	struct seats *s;
	unsigned nr_remote;
	int rc = wl_shared_new(run, sizeof(struct seats) + run->nr_threads * sizeof(uint16_t), why,
			       len);

	if (rc)
		return rc;
	s = run->shared;
	s->shift = wl_remote_shift(run, &nr_remote);
	for (unsigned i = 0; i < run->nr_threads; i++)
		s->node[i] = (uint16_t)wl_thread_node(&run->threads[i]);
	if (s->shift)
		return 0;
	snprintf(why, len, "node-churn: the CPUs of all %u threads are on node %u", run->nr_threads,
		 s->node[0]);
	return -EOPNOTSUPP;
}

static unsigned churn_seat(const struct wl_run *run, unsigned index, unsigned round)
{
	const struct seats *s = run->shared;

	return (unsigned)((index + (uint64_t)round * s->shift) % run->nr_threads);
}

/* Where the blocks are, seen from the new seat. */
static void look(struct wl_thread *t)
{
	unsigned here = wl_thread_node(t);

	if (!t->own[OWN_ROUND]++)
		return;
	for (size_t i = 0; i < t->used; i++)
		t->own[OWN_LOCAL] += wl_node_of(t->run->conf, t->slots[i]) == here;
	t->own[OWN_SEEN] += t->used;
}

/* Distinct blocks: those replaced in this round go to the front. */
WL_INLINE uint64_t replace_body(struct wl_thread *t, uint64_t n, unsigned mode)
{
	const struct wl_hot h = wl_hot(t);
	int here = (int)wl_thread_node(t);

	for (uint64_t i = t->done; i < t->done + n && i < t->used; i++) {
		size_t old = i + rng_below(&t->rng, t->used - i);
		struct pga_res res = wl_get_res(t, &h, mode);

		if (__builtin_expect(res.pfn == PGA_NIL, 0))
			continue;
		t->own[OWN_ELSEWHERE] += res.node != here;
		wl_put(t, &h, t->slots[old], mode);
		t->slots[old] = t->slots[i];
		t->slots[i] = res.pfn;
	}
	return n;
}

static uint64_t replace(struct wl_thread *t)
{
	uint64_t n = t->used * (uint64_t)t->run->param[P_REPLACE] / 100 - t->done;

	if (n > WL_BATCH)
		n = WL_BATCH;
	return n ? WL_SPECIALISE(replace_body, t, n) : 0;
}

static uint64_t churn_step(struct wl_thread *t, unsigned phase)
{
	switch (phase) {
	case PH_FILL:
		return t->own[OWN_ROUND] ? 0 : wl_fill_step(t, t->nr_slots);
	case PH_LOOK:
		look(t);
		return 0;
	case PH_REPLACE:
		return replace(t);
	default:
		return t->own[OWN_ROUND] > (uint64_t)t->run->param[P_MOVES] ? wl_drain_step(t) : 0;
	}
}

/* Share of a thread's blocks that are local after a move, the mean of all moves. */
static double expected_local(const struct wl_run *run, unsigned index)
{
	const struct seats *s = run->shared;
	double share[PGA_MAX_NODES] = { 0 }, sum = 0;
	double part = (double)run->param[P_REPLACE] / 100.0;
	unsigned rounds = churn_rounds(run);

	for (unsigned round = 0; round < rounds; round++) {
		unsigned here = s->node[churn_seat(run, index, round)];

		if (!round)
			share[here] = 1;
		else
			sum += share[here];
		for (unsigned n = 0; n < run->conf->nr_nodes; n++)
			share[n] *= 1.0 - part;
		share[here] += part;
	}
	return sum / (rounds - 1);
}

static void churn_target(struct wl_run *run, struct wl_target *target)
{
	uint64_t seen = 0, local = 0, blocks = 0, elsewhere = 0;
	double wanted = 0, off;

	for (unsigned i = 0; i < run->nr_threads; i++) {
		const struct wl_thread *t = &run->threads[i];

		seen += t->own[OWN_SEEN];
		local += t->own[OWN_LOCAL];
		elsewhere += t->own[OWN_ELSEWHERE];
		blocks += t->used;
		wanted += expected_local(run, i) * (double)t->used;
	}
	target->has = true;
	target->wanted = blocks ? 100.0 * wanted / (double)blocks : 0;
	target->got = seen ? 100.0 * (double)local / (double)seen : 0;
	off = blocks ? 5 * 50.0 / sqrt((double)blocks) : 0;
	target->reached = blocks && fabs(target->got - target->wanted) <= off;
	snprintf(target->text, sizeof(target->text),
		 "%.1f %% local after a move (closed form, +- %.1f), got %.1f %%; %llu new blocks "
		 "came from elsewhere",
		 target->wanted, off, target->got, (unsigned long long)elsewhere);
	wl_metric(target, "local_after_move", target->got);
	wl_metric(target, "replaced_elsewhere", (double)elsewhere);
}

const struct wl_ops wl_node_churn = {
	.name = "node-churn",
	.summary = "threads move between nodes while their memory stays",
	.version = 1,
	.params = params,
	.phases = phases,
	.min_threads = 2,
	.threads_multiple = 1,
	.min_nodes = 2,
	.needs = PGA_CAP_REAL | PGA_CAP_NODES | PGA_CAP_THREADS,
	.has_order = true,
	.slots = churn_slots,
	.rounds = churn_rounds,
	.seat = churn_seat,
	.setup = churn_setup,
	.step = churn_step,
	.target = churn_target,
	.target_phase = PH_REPLACE,
	.teardown = wl_release_all,
};
