/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tiering: more pages than a fast node holds, so the rest lie on a slow one; a
 * part of them is hot.  A policy may promote pages of the slow node that were
 * used often, and demote pages of the fast one that were not, to make room.
 *
 * Each page has a heat: its accesses, halved once for as many accesses as there
 * are pages.  So the heat tells of the recent past however often room is sought.
 * At a heat of `threshold` a page of the slow node is promoted.  When the fast
 * node has no frame to give, a hand goes round and demotes pages without heat,
 * `batch` of them.
 *
 * The pages first lie by their numbers, hot ones at random among them, so the
 * hot share on the fast node is at first what the fast node holds of all pages.
 */
#include "workloads/nodes.h"
#include "workloads/own_step.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	P_FAST = WL_P_OWN,
	P_SLOW,
	P_SIZE,
	P_HOT,
	P_HOT_SHARE,
	P_ACCESSES,
	P_POLICY,
	P_THRESHOLD,
	P_BATCH,
	P_GOAL
};
#define FIRST_PERCENT 96u /* of the fast node that is filled at first */

enum { POLICY_NONE, POLICY_PROMOTE, POLICY_BOTH };

static const char *const policy_words[] = { "none", "promote", "promote-demote", NULL };
static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[P_FAST] = { "fast", WL_INT, 0, 0, PGA_MAX_NODES - 1, NULL, "", "the fast node" },
	[P_SLOW] = { "slow", WL_INT, 1, 0, PGA_MAX_NODES - 1, NULL, "", "the slow node" },
	[P_SIZE] = { "size", WL_PERCENT, 150, 10, 1600, NULL, "%",
		     "pages, of the frames of the fast node; at most 90 % of both nodes" },
	[P_HOT] = { "hot", WL_PERCENT, 10, 1, 100, NULL, "%", "pages that are hot" },
	[P_HOT_SHARE] = { "hot-accesses", WL_PERCENT, 90, 0, 100, NULL, "%",
			  "accesses that go to hot pages" },
	[P_ACCESSES] = { "accesses", WL_INT, 16, 1, 10000, NULL, "", "accesses for each page" },
	[P_POLICY] = { "policy", WL_WORD, POLICY_BOTH, 0, 2, policy_words, "",
		       "what is moved: nothing, hot pages to the fast node, cold ones from it "
		       "too" },
	[P_THRESHOLD] = { "threshold", WL_INT, 4, 1, 100, NULL, "accesses",
			  "heat at which a page is promoted" },
	[P_BATCH] = { "batch", WL_INT, 32, 1, 4096, NULL, "pages",
		      "pages demoted when the fast node is full" },
	[P_GOAL] = { "goal", WL_PERCENT, 90, 1, 100, NULL, "%",
		     "hot pages that shall lie on the fast node at the end; policy "
		     "promote-demote" },
	{ .name = NULL },
};

enum { PH_FILL, PH_LOOK, PH_ACCESS, PH_RELEASE };

static const struct wl_phase phases[] = {
	[PH_FILL] = { "fill", false, false, WL_OP_ALLOC },
	[PH_LOOK] = { "look", false, true, WL_OP_ALLOC },
	[PH_ACCESS] = { "access", true, false, WL_OP_PAIR },
	[PH_RELEASE] = { "release", true, false, WL_OP_FREE },
	{ .name = NULL },
};

/* One thread's, on lines of its own. */
struct tier {
	uint8_t *heat; /* [nr_slots] */
	size_t hand;   /* where the search for pages to demote goes on */
	size_t cooled; /* the page whose heat was halved last */
	bool full;     /* filling: the fast node serves no more */
	uint64_t fast, slow, promoted, demoted, refused;
} __attribute__((aligned(128)));

struct tiers {
	struct tier *tier; /* [nr_threads] */
	double hot_first;  /* hot share on the fast node before the accesses, % */
};

static unsigned fast_node(const struct wl_run *run)
{
	return (unsigned)run->param[P_FAST];
}

static size_t tiering_slots(const struct wl_run *run, unsigned index)
{
	uint64_t fast = wl_node_frames(run->conf, fast_node(run));
	uint64_t slow = wl_node_frames(run->conf, (unsigned)run->param[P_SLOW]);
	uint64_t pages = fast * (uint64_t)run->param[P_SIZE] / 100;
	uint64_t most = (fast + slow) * 9 / 10;

	(void)index;
	if (!fast || !slow || run->param[P_FAST] == run->param[P_SLOW])
		return 0;
	return (size_t)((pages < most ? pages : most) / run->nr_threads);
}

static void tiering_owners(const struct wl_run *run, struct own_conf *conf)
{
	conf->nr_handles = wl_own_handles(run, tiering_slots(run, 0) * run->nr_threads);
	conf->nr_tasks = run->nr_threads;
}

static int tiering_setup(struct wl_run *run, char *why, size_t len)
{
	struct tiers *s = calloc(1, sizeof(*s));
	size_t bytes = run->nr_threads * sizeof(struct tier), nr = tiering_slots(run, 0);
	bool whole = s && nr && (s->tier = aligned_alloc(_Alignof(struct tier), bytes));

	run->shared = s;
	for (unsigned i = 0; whole && i < run->nr_threads; i++)
		s->tier[i] = (struct tier){ 0 };
	for (unsigned i = 0; whole && i < run->nr_threads; i++)
		whole = (s->tier[i].heat = calloc(nr, 1)) != NULL;
	if (whole)
		return 0;
	snprintf(why, len, "tiering: no memory for the heat of %zu pages", nr * run->nr_threads);
	return -ENOMEM;
}

static struct tier *tier_of(const struct wl_thread *t)
{
	return ((struct tiers *)t->run->shared)->tier + t->index;
}

/*
 * Pages of each thread that lie on the fast node at first: an equal part of it,
 * and no more than the marks let through, whichever thread comes first.
 */
static size_t first_on_fast(const struct wl_run *run)
{
	return (size_t)(wl_node_frames(run->conf, fast_node(run)) * FIRST_PERCENT / 100 /
			run->nr_threads);
}

/* The fast node while it serves, up to the thread's part, then the slow one. */
static uint64_t fill(struct wl_thread *t)
{
	struct own_req req = wl_own_req(t, OWN_ANON, t->index);
	struct tier *tier = tier_of(t);
	uint64_t n = wl_batch(t->nr_slots - t->used);

	for (uint64_t i = 0; i < n; i++) {
		tier->full |= t->used >= first_on_fast(t->run);
		req.node = (int8_t)t->run->param[tier->full ? P_SLOW : P_FAST];
		struct pga_res res = wl_own_get(t, &req, &t->slots[t->used]);

		/* A mechanism may serve who names a node from that node alone. */
		if (!tier->full && res.pfn == PGA_NIL) {
			req.node = (int8_t)t->run->param[P_SLOW];
			wl_own_get(t, &req, &t->slots[t->used]);
		}
		tier->full |= res.node != t->run->param[P_FAST];
		t->used++;
	}
	return n;
}

/* A page keeps its temperature for ever: the seed, the thread and its number give it. */
static bool is_hot(const struct wl_thread *t, size_t slot)
{
	uint64_t x = (t->run->seed ^ (t->index + 1) * 0xd1342543de82ef95u) +
		     (slot + 1) * 0x9e3779b97f4a7c15u;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return ((x ^ (x >> 31)) >> 32) % 100 < (uint64_t)t->run->param[P_HOT];
}

static bool on_fast(const struct wl_thread *t, size_t slot)
{
	pga_pfn_t pfn = t->slots[slot] == OWN_NONE ? PGA_NIL : own_pfn(t->run->own, t->slots[slot]);

	return pfn != PGA_NIL && wl_node_of(t->run->conf, pfn) == fast_node(t->run);
}

/* Share of the hot pages that lie on the fast node, %; quiet. */
static double hot_on_fast(const struct wl_run *run)
{
	uint64_t hot = 0, fast = 0;

	for (unsigned k = 0; k < run->nr_threads; k++) {
		const struct wl_thread *t = &run->threads[k];

		for (size_t i = 0; i < t->used; i++) {
			if (!is_hot(t, i))
				continue;
			hot++;
			fast += on_fast(t, i);
		}
	}
	return hot ? 100.0 * (double)fast / (double)hot : 0;
}

/* The hand goes on until it has demoted a batch, at most once round. */
static void demote(struct wl_thread *t, struct tier *tier)
{
	int64_t left = t->run->param[P_BATCH];

	for (size_t looks = t->used; looks && left > 0; looks--) {
		size_t slot = tier->hand;

		tier->hand = slot + 1 < t->used ? slot + 1 : 0;
		if (tier->heat[slot] || !on_fast(t, slot))
			continue;
		if (own_move(t->run->own, t->slots[slot], (unsigned)t->run->param[P_SLOW],
			     t->req.cpu))
			continue;
		tier->demoted++;
		left--;
	}
}

static void promote(struct wl_thread *t, struct tier *tier, size_t slot)
{
	struct own *own = t->run->own;
	int rc = own_move(own, t->slots[slot], fast_node(t->run), t->req.cpu);

	if (rc == -ENOMEM && t->run->param[P_POLICY] == POLICY_BOTH) {
		demote(t, tier);
		rc = own_move(own, t->slots[slot], fast_node(t->run), t->req.cpu);
	}
	tier->promoted += !rc;
	tier->refused += rc != 0;
}

/* A number of the temperature asked for, from a random one on. */
static size_t pick(struct wl_thread *t, bool hot)
{
	size_t slot = rng_below(&t->rng, t->used), looks = t->used;

	while (is_hot(t, slot) != hot && --looks)
		slot = slot + 1 < t->used ? slot + 1 : 0;
	return slot;
}

/* One page for each access. */
static void cool(const struct wl_thread *t, struct tier *tier)
{
	tier->cooled = tier->cooled + 1 < t->used ? tier->cooled + 1 : 0;
	tier->heat[tier->cooled] /= 2;
}

static void access_page(struct wl_thread *t, struct tier *tier)
{
	size_t slot = pick(t, wl_chance(&t->rng, t->run->param[P_HOT_SHARE]));
	bool fast = on_fast(t, slot);

	if (t->slots[slot] == OWN_NONE)
		return;
	own_touch(t->run->own, t->slots[slot]);
	tier->fast += fast;
	tier->slow += !fast;
	if (tier->heat[slot] < UINT8_MAX)
		tier->heat[slot]++;
	if (!fast && t->run->param[P_POLICY] != POLICY_NONE &&
	    tier->heat[slot] >= t->run->param[P_THRESHOLD])
		promote(t, tier, slot);
}

static uint64_t access_pages(struct wl_thread *t)
{
	uint64_t n = t->used * (uint64_t)t->run->param[P_ACCESSES] - t->done;
	struct tier *tier = tier_of(t);

	n = wl_batch(n);
	for (uint64_t i = 0; i < n; i++) {
		cool(t, tier);
		access_page(t, tier);
	}
	return n;
}

static uint64_t tiering_step(struct wl_thread *t, unsigned phase)
{
	switch (phase) {
	case PH_FILL:
		return fill(t);
	case PH_LOOK:
		((struct tiers *)t->run->shared)->hot_first = hot_on_fast(t->run);
		return 0;
	case PH_ACCESS:
		return access_pages(t);
	default:
		return wl_own_drain_step(t);
	}
}

static void sum_up(const struct wl_run *run, struct tier *sum)
{
	const struct tiers *s = run->shared;

	*sum = (struct tier){ 0 };
	for (unsigned i = 0; i < run->nr_threads; i++) {
		sum->fast += s->tier[i].fast;
		sum->slow += s->tier[i].slow;
		sum->promoted += s->tier[i].promoted;
		sum->demoted += s->tier[i].demoted;
		sum->refused += s->tier[i].refused;
	}
}

static void tiering_target(struct wl_run *run, struct wl_target *target)
{
	const struct tiers *s = run->shared;
	struct tier sum;
	double all;

	sum_up(run, &sum);
	all = (double)(sum.fast + sum.slow);
	target->has = true;
	target->wanted =
		run->param[P_POLICY] == POLICY_BOTH ? (double)run->param[P_GOAL] : s->hot_first;
	target->got = hot_on_fast(run);
	target->reached = target->got >= target->wanted && all > 0 && wl_own_whole(run);
	snprintf(target->text, sizeof(target->text),
		 "%.1f %% of hot pages on the fast node at least, got %.1f %%, at first %.1f %%; "
		 "contents %s",
		 target->wanted, target->got, s->hot_first, wl_own_contents(run));
	wl_metric(target, "hot_on_fast", target->got);
	wl_metric(target, "hot_on_fast_first", s->hot_first);
	wl_metric(target, "served_fast", all > 0 ? 100.0 * (double)sum.fast / all : 0);
	wl_metric(target, "accesses_fast", (double)sum.fast);
	wl_metric(target, "accesses_slow", (double)sum.slow);
	wl_metric(target, "promoted", (double)sum.promoted);
	wl_metric(target, "demoted", (double)sum.demoted);
	wl_metric(target, "promote_refused", (double)sum.refused);
}

static void tiering_teardown(struct wl_run *run)
{
	struct tiers *s = run->shared;

	for (unsigned i = 0; s && s->tier && i < run->nr_threads; i++)
		free(s->tier[i].heat);
	if (s)
		free(s->tier);
	wl_own_teardown(run);
}

const struct wl_ops wl_tiering = {
	.name = "tiering",
	.summary = "hot and cold pages on a fast and a slow node, moved by a policy",
	.version = 1,
	.params = params,
	.phases = phases,
	.min_threads = 1,
	.threads_multiple = 1,
	.min_nodes = 2,
	.needs = PGA_CAP_REAL | PGA_CAP_NODES | PGA_CAP_RECLAIM,
	.needs_host = true,
	.owners = tiering_owners,
	.slots = tiering_slots,
	.setup = tiering_setup,
	.step = tiering_step,
	.target = tiering_target,
	.target_phase = PH_ACCESS,
	.teardown = tiering_teardown,
};
