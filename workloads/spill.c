/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spill: all threads ask one node for more frames than it has, so that the
 * rest must come from other nodes, the nearest first.  The imbalance says how
 * many of the requests name that node; the others name all nodes in turn.
 *
 * Three tests show that it went by distance.  While allocating, the distance of
 * what a thread gets never falls for a node asked.  At the end, every node
 * nearer than one that served is full: its free frames are no more than it may
 * keep back (wl_node_slack).  And what each node served is what a flow gives:
 * each node asked is a stream of constant rate into the nearest node that has
 * room, until all has been asked for; the nodes that serve change only when one
 * becomes full, so it is piecewise linear.
 */
#include "workloads/nodes.h"
#include "workloads/own_step.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { P_NODE = WL_P_OWN, P_AMOUNT, P_IMBALANCE };

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[P_NODE] = { "node", WL_INT, 0, 0, PGA_MAX_NODES - 1, NULL, "",
		     "node that all requests name" },
	[P_AMOUNT] = { "amount", WL_PERCENT, 150, 1, 6400, NULL, "%",
		       "frames asked for, of the frames of that node" },
	[P_IMBALANCE] = { "imbalance", WL_PERCENT, 100, 0, 100, NULL, "%",
			  "requests that name the node; the others name all nodes with memory in "
			  "turn" },
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
	uint64_t steps_back;	      /* results nearer than the one before */
	unsigned last[PGA_MAX_NODES]; /* distance of the last result, by node asked */
	unsigned turn;		      /* the next of struct spill's nodes */
} __attribute__((aligned(128)));

struct spill {
	struct tally *tally; /* [nr_threads] */
	unsigned nr_nodes;
	int8_t nodes[PGA_MAX_NODES];	/* those with memory */
	uint64_t room[PGA_MAX_NODES];	/* free frames at first */
	double expected[PGA_MAX_NODES]; /* frames that each node serves */
};

/* At most an equal part of all memory: more could not be served. */
static size_t spill_slots(const struct wl_run *run, unsigned index)
{
	uint64_t goal = wl_node_frames(run->conf, (unsigned)run->param[P_NODE]);

	(void)index;
	goal = goal * (uint64_t)run->param[P_AMOUNT] / 100;
	if (goal > run->frames)
		goal = run->frames;
	return (size_t)(goal / run->nr_threads);
}

static void look_at_nodes(const struct wl_run *run, struct spill *s)
{
	for (unsigned n = 0; n < run->conf->nr_nodes; n++) {
		if (!wl_node_frames(run->conf, n))
			continue;
		s->nodes[s->nr_nodes++] = (int8_t)n;
		s->room[n] = wl_node_free(run, n);
	}
}

static int spill_setup(struct wl_run *run, char *why, size_t len)
{
	size_t bytes = run->nr_threads * sizeof(struct tally);
	struct spill *s;

	if (!wl_falls_back(run, (unsigned)run->param[P_NODE])) {
		snprintf(why, len, "spill: %s serves who names a node from that node alone",
			 run->ops->name);
		return -EOPNOTSUPP;
	}
	run->shared = s = calloc(1, sizeof(*s));
	if (s)
		s->tally = aligned_alloc(_Alignof(struct tally), bytes);
	if (!s || !s->tally) {
		snprintf(why, len, "spill: no memory for %zu bytes of tallies", bytes);
		return -ENOMEM;
	}
	memset(s->tally, 0, bytes);
	look_at_nodes(run, s);
	return 0;
}

/* Of every 100 requests `imbalance` name the node, spread evenly. */
WL_INLINE int8_t node_to_ask(const struct wl_thread *t, const struct spill *s, struct tally *tally,
			     uint64_t nr)
{
	const int64_t *param = t->run->param;
	uint64_t percent = (uint64_t)param[P_IMBALANCE];

	if ((nr + 1) * percent / 100 != nr * percent / 100)
		return (int8_t)param[P_NODE];
	unsigned turn = tally->turn;

	tally->turn = turn + 1 == s->nr_nodes ? 0 : turn + 1;
	return s->nodes[turn];
}

WL_INLINE uint64_t spill_body(struct wl_thread *t, uint64_t n, unsigned mode)
{
	struct wl_hot h = wl_hot(t);
	const struct pga_conf *conf = t->run->conf;
	const struct spill *s = t->run->shared;
	struct tally *tally = &s->tally[t->index];

	for (uint64_t i = 0; i < n; i++) {
		h.req.node = node_to_ask(t, s, tally, t->done + i);
		struct pga_res res = wl_get_res(t, &h, mode);

		if (__builtin_expect(res.pfn == PGA_NIL, 0))
			continue;
		unsigned asked = (unsigned)h.req.node;
		unsigned far = conf->dist[asked * conf->nr_nodes + (unsigned)res.node];

		t->slots[t->used++] = res.pfn;
		tally->frames[res.node]++;
		tally->steps_back += far < tally->last[asked];
		tally->last[asked] = far;
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

/* Frames that came from a node although a nearer one had room; all name one node. */
static uint64_t frames_too_far(const struct wl_run *run, unsigned asked, const uint64_t *frames)
{
	const struct pga_conf *conf = run->conf;
	const uint16_t *dist = conf->dist + asked * conf->nr_nodes;
	uint64_t bad = 0;

	for (unsigned n = 0; n < conf->nr_nodes; n++)
		for (unsigned near = 0; near < conf->nr_nodes; near++)
			if (frames[n] && dist[near] < dist[n] && !wl_node_is_full(run, near)) {
				bad += frames[n];
				break;
			}
	return bad;
}

/* The nearest node that has room, -1: none has. */
static int nearest_with_room(const struct wl_run *run, const struct spill *s, unsigned asked,
			     const double *room)
{
	const uint16_t *dist = run->conf->dist + asked * run->conf->nr_nodes;
	int best = -1;

	for (unsigned i = 0; i < s->nr_nodes; i++) {
		unsigned n = (unsigned)s->nodes[i];

		if (room[n] > 0 && (best < 0 || dist[n] < dist[best]))
			best = (int)n;
	}
	return best;
}

/* Frames for each frame asked for that flow into each node now. */
static void rates(const struct wl_run *run, const struct spill *s, const double *room, double *rate)
{
	double named = (double)run->param[P_IMBALANCE] / 100.0;

	memset(rate, 0, PGA_MAX_NODES * sizeof(*rate));
	for (unsigned i = 0; i < s->nr_nodes; i++) {
		unsigned asked = (unsigned)s->nodes[i];
		int to = nearest_with_room(run, s, asked, room);

		if (to >= 0)
			rate[to] += (1.0 - named) / s->nr_nodes +
				    (asked == (unsigned)run->param[P_NODE] ? named : 0);
	}
}

/* One straight piece for each node that becomes full. */
static void expect(const struct wl_run *run, struct spill *s, double asked)
{
	double room[PGA_MAX_NODES] = { 0 }, rate[PGA_MAX_NODES];

	for (unsigned n = 0; n < run->conf->nr_nodes; n++)
		room[n] = (double)s->room[n];
	memset(s->expected, 0, sizeof(s->expected));
	for (unsigned piece = 0; piece <= s->nr_nodes && asked > 0; piece++) {
		double length = asked;

		rates(run, s, room, rate);
		for (unsigned n = 0; n < run->conf->nr_nodes; n++)
			if (rate[n] > 0 && room[n] / rate[n] < length)
				length = room[n] / rate[n];
		for (unsigned n = 0; n < run->conf->nr_nodes; n++) {
			s->expected[n] += rate[n] * length;
			room[n] -= rate[n] * length;
			if (room[n] < 0.5)
				room[n] = 0;
		}
		asked -= length;
	}
}

/* Frames by which a node is farthest from what is expected of it. */
static double farthest(const struct wl_run *run, const struct spill *s, const uint64_t *frames)
{
	double most = 0;

	for (unsigned n = 0; n < run->conf->nr_nodes; n++) {
		double off = (double)frames[n] - s->expected[n];

		if (off < 0)
			off = -off;
		if (off > most)
			most = off;
	}
	return most;
}

static void describe(struct wl_target *target, const struct wl_run *run, const struct spill *s,
		     const uint64_t *frames, uint64_t total)
{
	size_t at = strlen(target->text);

	for (unsigned n = 0; n < run->conf->nr_nodes; n++) {
		char name[32];
		double share = (double)frames[n] / (double)total;

		snprintf(name, sizeof(name), "share.node%u", n);
		wl_metric(target, name, share);
		if (at < sizeof(target->text))
			at += (size_t)snprintf(target->text + at, sizeof(target->text) - at,
					       "%s node%u %.1f %%", n ? "," : ";", n,
					       100.0 * share);
	}
	for (unsigned n = 0; n < run->conf->nr_nodes; n++) {
		char name[32];

		snprintf(name, sizeof(name), "expected.node%u", n);
		wl_metric(target, name, s->expected[n] / (double)total);
	}
}

static void spill_target(struct wl_run *run, struct wl_target *target)
{
	struct spill *s = run->shared;
	unsigned asked = (unsigned)run->param[P_NODE], nr_nodes = run->conf->nr_nodes;
	uint64_t frames[PGA_MAX_NODES] = { 0 }, total = 0, back = 0, remote, bad, slack = 0;

	for (unsigned i = 0; i < run->nr_threads; i++) {
		back += s->tally[i].steps_back;
		for (unsigned n = 0; n < nr_nodes; n++) {
			frames[n] += s->tally[i].frames[n];
			total += s->tally[i].frames[n];
		}
	}
	for (unsigned i = 0; i < s->nr_nodes; i++)
		slack += wl_node_slack(run, (unsigned)s->nodes[i]);
	/* Each thread may be one request ahead of the flow into each node. */
	slack += (uint64_t)run->nr_threads * s->nr_nodes;
	expect(run, s, (double)total);
	remote = total - frames[asked];
	bad = back + (run->param[P_IMBALANCE] == 100 ? frames_too_far(run, asked, frames) : 0);
	target->has = true;
	target->wanted = 1.0;
	target->got = remote ? bad > remote ? 0.0 : 1.0 - (double)bad / (double)remote : 0.0;
	double off = farthest(run, s, frames);

	target->reached = remote > 0 && bad == 0 && off <= (double)slack;
	snprintf(target->text, sizeof(target->text),
		 "by distance 100 %%, got %.1f %%; at most %llu frames off, got %.0f",
		 100 * target->got, (unsigned long long)slack, off);
	describe(target, run, s, frames, total ? total : 1);
}

static void spill_teardown(struct wl_run *run)
{
	struct spill *s = run->shared;

	wl_release_slots(run);
	if (s)
		free(s->tally);
	free(s);
	run->shared = NULL;
}

const struct wl_ops wl_spill = {
	.name = "spill",
	.summary = "ask a node for more than it has; the rest comes by distance",
	.version = 2,
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
