/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace: the allocations and frees that a running kernel recorded, replayed.
 * Each recorded CPU's requests are one thread's, in their order; a free that
 * another CPU made waits for its allocation, and for nothing else.  What is
 * replayed is decided before the first phase (workloads/trace_plan.c).
 *
 * The replay is cut where the recorded live set is largest: memory is looked
 * at there and at the end, and order-9 blocks are asked for, as many as the
 * free frames could hold.
 */
#include "workloads/fragindex.h"
#include "workloads/own_step.h"
#include "workloads/spin.h"
#include "workloads/step.h"
#include "workloads/trace_int.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { P_FILE = WL_P_OWN, P_PACE, P_LIMIT, P_FIT, P_PRIOR, P_ROUNDS };
enum { PRIOR_DROP, PRIOR_FILL };

static const char *const fit_words[] = { "clip", "thin", NULL };
static const char *const prior_words[] = { "drop", "fill", NULL };

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[P_FILE] = { "file", WL_FILE, 0, 0, 0, NULL, "",
		     "the trace: one of the delivered ones by name, or a file with its path" },
	[P_PACE] = { "pace", WL_PERCENT, 0, 0, 10000, NULL, "%",
		     "of the recorded speed; 0% = as fast as possible" },
	[P_LIMIT] = { "limit", WL_PERCENT, 90, 1, 100, NULL, "%",
		      "memory that the live set may use; the rest is dropped, see fit" },
	[P_FIT] = { "fit", WL_WORD, WL_TRACE_CLIP, 0, 1, fit_words, "",
		    "what is dropped: allocations that would exceed the limit, or blocks drawn by "
		    "lot until the peak fits" },
	[P_PRIOR] = { "prior", WL_WORD, PRIOR_DROP, 0, 1, prior_words, "",
		      "frees of blocks from before the recording: dropped, or their blocks are "
		      "allocated beforehand, as movable ones" },
	[P_ROUNDS] = { "rounds", WL_INT, 1, 1, 65536, NULL, "", "times that it is replayed" },
	{ .name = NULL },
};

enum { PH_BEFORE, PH_RISE, PH_PEAK, PH_FALL, PH_END, PH_CLEAR };

static const struct wl_phase phases[] = {
	[PH_BEFORE] = { "before", false, false, WL_OP_ALLOC },
	[PH_RISE] = { "to the peak", true, false, WL_OP_HALF },
	[PH_PEAK] = { "look at the peak", false, true, WL_OP_ALLOC },
	[PH_FALL] = { "from the peak", true, false, WL_OP_HALF },
	[PH_END] = { "look at the end", false, true, WL_OP_ALLOC },
	[PH_CLEAR] = { "clear", false, false, WL_OP_FREE },
	{ .name = NULL },
};

#define HUGE_ORDER 9u
#define NS_PER_S 1000000000ull
#define NS_AT_ONE_PERCENT 100000u /* of real time, for 1 us of the recording */
#define NAP_NS 2000000		  /* longest sleep of a paced thread before it looks at stop */

static size_t trace_slots(const struct wl_run *run, unsigned index)
{
	(void)index;
	return run->trace ? wl_trace_plan_slots(run->trace) : 0;
}

static unsigned trace_rounds(const struct wl_run *run)
{
	return (unsigned)run->param[P_ROUNDS];
}

static int no_memory(char *why, size_t len)
{
	snprintf(why, len, "trace: no memory for the plan");
	return -ENOMEM;
}

static int trace_setup(struct wl_run *run, char *why, size_t len)
{
	const struct wl_trace_plan_conf conf = {
		.nr_threads = run->nr_threads,
		.nr_orders = run->conf->nr_orders,
		.limit_frames = run->frames * (uint64_t)run->param[P_LIMIT] / 100,
		.max_ops = run->max_ops * run->nr_threads,
		.seed = run->seed,
		.fit = (enum wl_trace_fit)run->param[P_FIT],
		.fill_prior = run->param[P_PRIOR] == PRIOR_FILL,
	};
	struct replay *r = calloc(1, sizeof(*r));

	if (run->param[WL_P_TYPE]) {
		free(r);
		snprintf(why, len, "trace: the types of the requests are the trace's");
		return -EINVAL;
	}
	run->shared = r;
	if (!r)
		return no_memory(why, len);
	r->peak = r->end = (struct look){ .fu9 = (double)NAN, .success9 = (double)NAN };
	r->nr_huge = (size_t)(run->frames >> HUGE_ORDER) + 1;
	r->huge = malloc(r->nr_huge * sizeof(*r->huge));
	r->plan = wl_trace_plan_new(run->trace, &conf);
	if (!r->huge || !r->plan)
		return no_memory(why, len);
	for (unsigned i = 0; i < run->nr_threads; i++) {
		struct wl_thread *t = &run->threads[i];

		if (r->plan->lane[i].nr_slots > t->nr_slots)
			return no_memory(why, len);
		t->used = r->plan->lane[i].nr_slots;
		for (size_t k = 0; k < t->used; k++)
			t->slots[k] = PGA_NIL;
	}
	return 0;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

/* Returns fewer than n only when the run is being stopped. */
WL_INLINE uint64_t replay_body(struct wl_thread *t, uint64_t n, unsigned mode)
{
	const struct replay *r = t->run->shared;
	const struct wl_replay_lane *lane = &r->plan->lane[t->index];
	const struct wl_replay_op *op = lane->op + lane->next;
	const uint32_t *gfp = r->plan->trace->gfp, more = t->more, less = t->less;
	uint32_t *const slots = t->slots, *const cross = r->plan->cross;
	struct wl_hot h = wl_hot(t);

	for (uint64_t i = 0; i < n; i++) {
		uint32_t slot = op[i].slot, pfn;

		h.req.order = op[i].order;
		switch (op[i].kind) {
		case WL_REPLAY_ALLOC:
			h.req.gfp = (gfp[op[i].gfp] & ~less) | more;
			slots[slot] = wl_get(t, &h, mode);
			break;
		case WL_REPLAY_FREE:
			if (slots[slot] != PGA_NIL)
				wl_put(t, &h, slots[slot], mode);
			slots[slot] = PGA_NIL;
			break;
		case WL_REPLAY_ALLOC_CROSS:
			h.req.gfp = (gfp[op[i].gfp] & ~less) | more;
			pfn = wl_get(t, &h, mode);
			__atomic_store_n(&cross[slot], pfn, __ATOMIC_RELEASE);
			break;
		default:
			pfn = wait_frame(t, &cross[slot]);
			if (pfn == WL_REPLAY_EMPTY)
				return i;
			if (pfn != PGA_NIL)
				wl_put(t, &h, pfn, mode);
			cross[slot] = PGA_NIL;
			break;
		}
	}
	return n;
}

/* own[]: when the recording's first event was due, and for which phase that was set. */
enum { OWN_BASE, OWN_PHASE };

/*
 * Operations of the next n that are due; waits until there is one.  All lanes
 * begin a phase together, where the recording was then.
 */
static uint64_t paced(struct wl_thread *t, const struct wl_replay_lane *lane, unsigned phase,
		      uint64_t n)
{
	const struct replay *r = t->run->shared;
	uint64_t pace = (uint64_t)t->run->param[P_PACE], ready = 0;

	if (t->own[OWN_PHASE] != phase) {
		uint64_t start = phase == PH_FALL ? r->plan->peak_us : 0;

		t->own[OWN_PHASE] = phase;
		t->own[OWN_BASE] = now_ns() - start * NS_AT_ONE_PERCENT / pace;
	}
	for (;;) {
		uint64_t us = (now_ns() - t->own[OWN_BASE]) * pace / NS_AT_ONE_PERCENT;

		while (ready < n && lane->due_us[lane->next + ready] <= us)
			ready++;
		if (ready || atomic_load_explicit(&t->run->stop, memory_order_relaxed))
			return ready;
		uint64_t left = (lane->due_us[lane->next] - us) * NS_AT_ONE_PERCENT / pace;

		nanosleep(&(struct timespec){ .tv_nsec = left < NAP_NS ? (long)left : NAP_NS },
			  NULL);
	}
}

static bool is_owned(const struct wl_thread *t)
{
	return t->run->wl->needs_host;
}

static uint64_t replay_until(struct wl_thread *t, unsigned phase, size_t goal)
{
	struct replay *r = t->run->shared;
	struct wl_replay_lane *lane = &r->plan->lane[t->index];
	uint64_t n = goal > lane->next ? goal - lane->next : 0;

	if (n > WL_BATCH)
		n = WL_BATCH;
	if (n && phase != PH_BEFORE && t->run->param[P_PACE])
		n = paced(t, lane, phase, n);
	if (!n)
		return 0;
	n = is_owned(t) ? trace_owned(t, n) : WL_SPECIALISE(replay_body, t, n);
	lane->next += n;
	return n;
}

static void free_block(struct wl_thread *t, uint32_t block, unsigned order)
{
	if (is_owned(t))
		own_free(t->run->own, block, t->req.cpu);
	else
		t->run->ops->free(t->run->pga, block, order, t->req.cpu, 0);
}

/*
 * Free what a lane allocated and nobody freed, and go back to its start.  No
 * lane replays meanwhile: what another one should have freed and did not is
 * still in cross[].
 */
static void clear_lane(struct wl_thread *t)
{
	const struct replay *r = t->run->shared;
	struct wl_replay_lane *lane = &r->plan->lane[t->index];

	/* Going backwards, a slot is met first by the life that it holds. */
	while (lane->next) {
		const struct wl_replay_op *op = &lane->op[--lane->next];
		bool own = op->kind == WL_REPLAY_ALLOC;
		uint32_t *at = own ? &t->slots[op->slot] : &r->plan->cross[op->slot];

		if (!own && op->kind != WL_REPLAY_ALLOC_CROSS)
			continue;
		if (*at != PGA_NIL && *at != WL_REPLAY_EMPTY)
			free_block(t, *at, op->order);
		*at = own ? PGA_NIL : WL_REPLAY_EMPTY;
	}
	t->own[OWN_PHASE] = PH_BEFORE;
}

static uint64_t free_frames(const struct wl_frag *frag)
{
	uint64_t frames = 0;

	for (unsigned i = 0; i < PGA_MAX_ORDERS; i++)
		frames += frag->blocks[i] << i;
	return frames;
}

/* By thread 0, while the others are parked. */
static uint64_t take_look(struct wl_thread *t, struct look *look)
{
	const struct wl_run *run = t->run;
	const struct replay *r = run->shared;
	struct pga_req req = t->req;
	struct wl_frag frag;
	size_t got = 0, asked;

	if (!(run->ops->caps & PGA_CAP_REAL) || run->conf->nr_orders <= HUGE_ORDER)
		return 0;
	wl_frag_take(&frag, run->ops, run->pga, run->conf);
	look->free = free_frames(&frag);
	look->fu9 = wl_frag_fu(&frag, HUGE_ORDER) / 1000.0;
	look->asked = asked = (size_t)(look->free >> HUGE_ORDER);
	req.order = HUGE_ORDER;
	req.gfp = PGA_GFP_USER_MOVABLE | PGA_GFP_COMP | PGA_GFP_NOWARN | PGA_GFP_NORETRY |
		  PGA_GFP_NOMEMALLOC;
	for (size_t i = 0; i < asked && i < r->nr_huge; i++) {
		struct pga_res res = run->ops->alloc(run->pga, req, NULL);

		if (res.pfn != PGA_NIL)
			r->huge[got++] = res.pfn;
	}
	if (asked)
		look->success9 = 100.0 * (double)got / (double)asked;
	while (got)
		run->ops->free(run->pga, r->huge[--got], HUGE_ORDER, t->req.cpu, 0);
	return 0;
}

/* What happened before is not this replay's doing. */
static void note_begin(const struct wl_thread *t, struct replay *r)
{
	if (t->index || r->begun)
		return;
	r->begun = true;
	t->run->ops->stats(t->run->pga, -1, r->before);
}

static uint64_t trace_step(struct wl_thread *t, unsigned phase)
{
	struct replay *r = t->run->shared;
	const struct wl_replay_lane *lane = &r->plan->lane[t->index];

	switch (phase) {
	case PH_BEFORE:
		note_begin(t, r);
		return replay_until(t, phase, lane->nr_prior);
	case PH_RISE:
		return replay_until(t, phase, lane->peak);
	case PH_PEAK:
		return take_look(t, &r->peak);
	case PH_FALL:
		return replay_until(t, phase, lane->nr);
	case PH_END:
		return take_look(t, &r->end);
	default:
		clear_lane(t);
		return 0;
	}
}

static uint64_t dropped(const struct wl_trace_plan *plan)
{
	return plan->trace->nr_ops - plan->nr_ops;
}

static void tell_look(struct wl_target *target, const struct look *look, const char *fu,
		      const char *success)
{
	if (!isnan(look->fu9))
		wl_metric(target, fu, look->fu9);
	if (!isnan(look->success9))
		wl_metric(target, success, look->success9);
}

/* What the allocator did meanwhile, where it can do such things at all. */
static const struct {
	const char *name;
	uint16_t stat;
	uint32_t needs;
} told_stats[] = {
	{ "steals", PGA_STAT_extfrag_steal, PGA_CAP_MOBILITY },
	{ "claims", PGA_STAT_extfrag_claim, PGA_CAP_MOBILITY },
	{ "allocstall", PGA_STAT_allocstall, PGA_CAP_RECLAIM },
};

static void trace_target(struct wl_run *run, struct wl_target *target)
{
	const struct replay *r = run->shared;
	const struct wl_trace_plan *plan = r->plan;
	uint64_t stats[PGA_NR_STATS] = { 0 }, done = 0, planned = 0, fails = 0;

	for (unsigned i = 0; i < run->nr_threads; i++) {
		done += plan->lane[i].next;
		planned += plan->lane[i].nr;
		fails += run->threads[i].fails;
	}
	run->ops->stats(run->pga, -1, stats);
	target->has = true;
	target->wanted = (double)planned;
	target->got = (double)done;
	target->reached = done == planned && planned;
	wl_metric(target, "recorded", (double)plan->trace->nr_ops);
	wl_metric(target, "replayed", (double)plan->nr_ops);
	wl_metric(target, "dropped_orders", (double)plan->dropped.order);
	wl_metric(target, "dropped_clip", (double)plan->dropped.clip);
	wl_metric(target, "dropped_thin", (double)plan->dropped.thin);
	wl_metric(target, "dropped_prior", (double)plan->dropped.prior);
	wl_metric(target, "dropped_cut", (double)plan->dropped.cut);
	wl_metric(target, "passed_on", (double)plan->nr_cross);
	wl_metric(target, "failed", (double)fails);
	wl_metric(target, "peak_live", 100.0 * (double)plan->peak_frames / (double)run->frames);
	for (size_t i = 0; i < sizeof(told_stats) / sizeof(told_stats[0]); i++)
		if (!(told_stats[i].needs & ~run->ops->caps))
			wl_metric(target, told_stats[i].name,
				  (double)(stats[told_stats[i].stat] -
					   r->before[told_stats[i].stat]));
	tell_look(target, &r->peak, "fu9_peak", "success9_peak");
	tell_look(target, &r->end, "fu9_end", "success9_end");
	snprintf(target->text, sizeof(target->text),
		 "%s: %llu of %llu operations replayed (%llu recorded, %llu dropped), %llu failed; "
		 "live set at most %.1f %% of memory",
		 plan->trace->name, (unsigned long long)done, (unsigned long long)planned,
		 (unsigned long long)plan->trace->nr_ops, (unsigned long long)dropped(plan),
		 (unsigned long long)fails,
		 100.0 * (double)plan->peak_frames / (double)run->frames);
}

static void trace_teardown(struct wl_run *run)
{
	struct replay *r = run->shared;

	for (unsigned i = 0; r && r->plan && i < run->nr_threads; i++)
		clear_lane(&run->threads[i]);
	if (r) {
		wl_trace_plan_free(r->plan);
		free(r->huge);
	}
	free(r);
	run->shared = NULL;
}

const struct wl_ops wl_trace = {
	.name = "trace",
	.summary = "allocations and frees that a running kernel recorded, replayed",
	.version = 1,
	.params = params,
	.phases = phases,
	.one_thread = true,
	.min_threads = 1,
	.threads_multiple = 1,
	.min_nodes = 1,
	.has_placement = true,
	.slots = trace_slots,
	.rounds = trace_rounds,
	.setup = trace_setup,
	.step = trace_step,
	.target = trace_target,
	.target_phase = PH_END,
	.teardown = trace_teardown,
};

const struct wl_ops wl_trace_owned = {
	.name = "trace-owned",
	.summary = "the same, with owners: movable frames can be moved, none is evicted",
	.version = 1,
	.params = params,
	.phases = phases,
	.one_thread = true,
	.min_threads = 1,
	.threads_multiple = 1,
	.min_nodes = 1,
	.has_placement = true,
	.needs = PGA_CAP_REAL | PGA_CAP_RECLAIM,
	.needs_host = true,
	.owners = trace_owners,
	.slots = trace_slots,
	.rounds = trace_rounds,
	.setup = trace_setup,
	.step = trace_step,
	.target = trace_target,
	.target_phase = PH_END,
	.teardown = trace_teardown,
};
