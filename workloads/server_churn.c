/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * server-churn: a server whose objects live for heavy-tailed times: half of them
 * very short, each class of twice the lifetime half as often (a Pareto
 * distribution with exponent 1, in octaves, cut off at the top; Harchol-Balter
 * and Downey 1997 found it for processes).  Load first holds memory at a peak,
 * then falls: random objects end without being replaced.
 *
 * No clock is needed: class k is a ring of places, and a new object of the class
 * succeeds its oldest.  All rings are equally long, so an object of class k lives
 * for 2^(k + 1) times the length of a ring, counted in requests.
 */
#include "workloads/pool.h"

#define BURST 32u /* objects that begin before others end */
#define MAX_CLASSES 32u

enum { P_CLASSES = WL_POOL_P_OWN, P_TURNS };

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[WL_POOL_P_PEAK] = { "peak", WL_PERCENT, 95, 20, 97, NULL, "%", "memory held under load" },
	[WL_POOL_P_FREE] = { "free", WL_PERCENT, 30, 5, 80, NULL, "%",
			     "memory free when load has fallen" },
	[WL_POOL_P_GOAL] = { "goal", WL_PERCENT, 80, 0, 100, NULL, "%", "Fu(9) aimed at" },
	[P_CLASSES] = { "classes", WL_INT, 12, 1, MAX_CLASSES, NULL, "", "classes of lifetimes" },
	[P_TURNS] = { "turns", WL_INT, 4, 0, 10000, NULL, "",
		      "times that as many objects come as there are" },
	{ .name = NULL },
};

/* An assumption: pages of caches, buffers, slabs. */
static const struct wl_mix mix[] = {
	{ 700, 0, WL_MOVABLE },
	{ 150, 0, WL_UNMOVABLE },
	{ 100, 0, WL_RECLAIMABLE },
	{ 30, 1, WL_UNMOVABLE },
	{ 15, 2, WL_UNMOVABLE },
	{ 5, 3, WL_UNMOVABLE },
	{ 0, 0, 0 },
};

enum { PH_FILL, PH_CHURN, PH_FALL, PH_RELEASE };

static const struct wl_phase phases[] = {
	[PH_FILL] = { "fill", true, false, WL_OP_ALLOC },
	[PH_CHURN] = { "churn", true, false, WL_OP_PAIR },
	[PH_FALL] = { "fall", true, false, WL_OP_FREE },
	[PH_RELEASE] = { "release", true, false, WL_OP_FREE },
	{ .name = NULL },
};

/* Of each thread: place p is in ring p mod classes. */
struct rings {
	uint64_t length; /* of each; 0: load has not begun */
	uint64_t oldest[MAX_CLASSES];
};

static int churn_setup(struct wl_run *run, char *why, size_t len)
{
	return wl_shared_new(run, run->nr_threads * sizeof(struct rings), why, len);
}

static struct rings *rings_of(const struct wl_thread *t)
{
	return (struct rings *)t->run->shared + t->index;
}

/* The place that an object of a random class takes: class k with 2^-(k + 1). */
static size_t draw_place(struct wl_thread *t)
{
	struct rings *r = rings_of(t);
	unsigned classes = (unsigned)t->run->param[P_CLASSES];
	unsigned k = (unsigned)__builtin_ctzll(rng_next(&t->rng) >> 32 | 1ull << (classes - 1));
	uint64_t at = r->oldest[k];

	r->oldest[k] = at + 1 < r->length ? at + 1 : 0;
	return at * classes + k;
}

WL_INLINE uint64_t churn_body(struct wl_thread *t, uint64_t n, unsigned mode)
{
	struct wl_hot h = wl_hot(t);
	uint64_t got = 0;

	for (uint64_t i = 0; i < n && wl_pool_room(t); i++) {
		const struct wl_mix *m = wl_mix_draw(&t->rng, mix);

		got += wl_pool_get(t, &h, mode, m->order, m->type);
	}
	while (got--)
		wl_pool_succeed(t, &h, mode, draw_place(t));
	return n;
}

static uint64_t churn(struct wl_thread *t)
{
	struct rings *r = rings_of(t);

	if (!r->length)
		r->length = t->used / (uint64_t)t->run->param[P_CLASSES];
	if (!r->length)
		return 0;
	uint64_t n = t->used * (uint64_t)t->run->param[P_TURNS];

	n = n > t->done ? n - t->done : 0;
	return n ? WL_SPECIALISE(churn_body, t, n > BURST ? BURST : n) : 0;
}

static uint64_t churn_step(struct wl_thread *t, unsigned phase)
{
	const int64_t *param = t->run->param;

	switch (phase) {
	case PH_FILL:
		return wl_pool_fill(t, mix, wl_share(t->run, t->index, param[WL_POOL_P_PEAK]));
	case PH_CHURN:
		return churn(t);
	case PH_FALL:
		return wl_pool_shrink(t, wl_share(t->run, t->index, 100 - param[WL_POOL_P_FREE]));
	default:
		return wl_pool_drain(t);
	}
}

const struct wl_ops wl_server_churn = {
	.name = "server-churn",
	.summary = "objects with heavy-tailed lifetimes at a peak of load, then load falls",
	.version = 1,
	.params = params,
	.phases = phases,
	.min_threads = 1,
	.threads_multiple = 1,
	.min_nodes = 1,
	.needs = PGA_CAP_REAL | PGA_CAP_ORDERS,
	.has_placement = true,
	.slots = wl_pool_slots,
	.setup = churn_setup,
	.step = churn_step,
	.target = wl_pool_aged_target,
	.target_phase = PH_FALL,
	.teardown = wl_pool_teardown,
};
