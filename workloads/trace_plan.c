/* SPDX-License-Identifier: GPL-2.0-only */
/* From a trace to the operations of each thread. */
#include "workloads/spin.h"
#include "workloads/trace.h"

#include <stdlib.h>
#include <string.h>

#define NO_THREAD UINT16_MAX
#define PPM 1000000u

/* What becomes of each life; index: its number. */
struct fate {
	uint32_t *slot;
	uint16_t *by;	/* thread that allocates; NO_THREAD: dropped */
	uint16_t *till; /* thread that frees; NO_THREAD: never */
};

struct build {
	const struct wl_trace *trace;
	const struct wl_trace_plan_conf *conf;
	struct wl_trace_plan *plan;
	struct fate fate;
	uint32_t **spare; /* for each lane a stack of slots given back */
	uint32_t *nr_spare;
	uint32_t keep_ppm; /* of the lives */
	uint64_t last;	   /* operations of the trace before this one are looked at */
	uint64_t peak_at;  /* the live set is largest after this many of them */
};

static uint16_t thread_of(const struct build *b, const struct wl_trace_op *op)
{
	return (uint16_t)(op->cpu % b->conf->nr_threads);
}

static uint64_t frames_of(const struct wl_trace_op *op)
{
	return (uint64_t)1 << op->order;
}

static bool drop_order(struct build *b, const struct wl_trace_op *op)
{
	bool lacking = op->order >= b->conf->nr_orders;

	b->plan->dropped.order += lacking;
	return lacking;
}

static bool drop_thin(struct build *b, const struct wl_trace_op *op)
{
	bool out = b->keep_ppm < PPM && !own_draw(b->conf->seed, op->life, b->keep_ppm);

	b->plan->dropped.thin += out;
	return out;
}

static bool admit(struct build *b, const struct wl_trace_op *op, uint64_t live)
{
	if (drop_order(b, op) || drop_thin(b, op))
		return false;
	if (live + frames_of(op) <= b->conf->limit_frames)
		return true;
	b->plan->dropped.clip++;
	return false;
}

/* Blocks that were there before; returns their frames. */
static uint64_t choose_prior(struct build *b)
{
	uint64_t live = 0;

	for (size_t i = 0; i < b->trace->nr_ops; i++) {
		const struct wl_trace_op *op = &b->trace->op[i];

		if (op->kind != WL_TRACE_FREE_PRIOR)
			continue;
		if (!b->conf->fill_prior) {
			b->plan->dropped.prior++;
			continue;
		}
		if (!admit(b, op, live))
			continue;
		uint16_t by = thread_of(b, op);

		live += frames_of(op);
		b->fate.by[op->life] = by;
		b->plan->lane[by].nr_prior++;
		b->plan->lane[by].nr++;
	}
	return live;
}

/* Which lives are replayed, by which threads, and where the live set is largest. */
static void choose(struct build *b)
{
	struct wl_trace_plan *plan = b->plan;
	uint64_t live = choose_prior(b);
	size_t i = 0;

	plan->peak_frames = live;
	for (; i < b->trace->nr_ops && plan->nr_ops < b->conf->max_ops; i++) {
		const struct wl_trace_op *op = &b->trace->op[i];
		uint16_t thread = thread_of(b, op);

		if (op->kind == WL_TRACE_ALLOC) {
			if (!admit(b, op, live))
				continue;
			b->fate.by[op->life] = thread;
			live += frames_of(op);
		} else {
			if (b->fate.by[op->life] == NO_THREAD)
				continue;
			b->fate.till[op->life] = thread;
			live -= frames_of(op);
		}
		plan->lane[thread].nr++;
		plan->nr_ops++;
		if (live > plan->peak_frames) {
			plan->peak_frames = live;
			plan->peak_us = op->ns / 1000;
			b->peak_at = i + 1;
		}
	}
	b->last = i;
	plan->dropped.cut = b->trace->nr_ops - i;
}

static bool is_cross(const struct build *b, uint32_t life)
{
	return b->fate.till[life] != NO_THREAD && b->fate.till[life] != b->fate.by[life];
}

/*
 * Slots of lives that one thread begins and ends are used again: the thread's
 * own order keeps them apart.  A slot that passes a frame to another thread is
 * used once, so that its reader cannot see an earlier frame.
 */
static uint32_t take_slot(struct build *b, struct wl_replay_lane *lane, unsigned thread, bool cross)
{
	if (cross)
		return b->plan->nr_cross++;
	if (b->nr_spare[thread])
		return b->spare[thread][--b->nr_spare[thread]];
	return lane->nr_slots++;
}

static void append(struct wl_replay_lane *lane, const struct wl_trace_op *op, uint32_t slot,
		   enum wl_replay_kind kind)
{
	uint64_t us = op->ns / 1000;

	lane->op[lane->next] = (struct wl_replay_op){
		.slot = slot,
		.gfp = op->gfp,
		.order = op->order,
		.kind = (uint8_t)kind,
	};
	lane->due_us[lane->next++] = us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
}

static void append_alloc(struct build *b, const struct wl_trace_op *op)
{
	uint16_t by = b->fate.by[op->life];
	bool cross = is_cross(b, op->life);
	uint32_t slot = take_slot(b, &b->plan->lane[by], by, cross);

	b->fate.slot[op->life] = slot;
	append(&b->plan->lane[by], op, slot, cross ? WL_REPLAY_ALLOC_CROSS : WL_REPLAY_ALLOC);
}

static void append_free(struct build *b, const struct wl_trace_op *op)
{
	uint16_t till = b->fate.till[op->life];
	uint32_t slot = b->fate.slot[op->life];
	bool cross = is_cross(b, op->life);

	append(&b->plan->lane[till], op, slot, cross ? WL_REPLAY_FREE_CROSS : WL_REPLAY_FREE);
	if (!cross)
		b->spare[till][b->nr_spare[till]++] = slot;
}

static void mark_peaks(struct build *b)
{
	for (unsigned i = 0; i < b->plan->nr_lanes; i++)
		b->plan->lane[i].peak = b->plan->lane[i].next;
}

static void emit(struct build *b)
{
	const struct wl_trace_op *const ops = b->trace->op;

	for (size_t i = 0; b->conf->fill_prior && i < b->trace->nr_ops; i++) {
		struct wl_trace_op op = ops[i];

		if (op.kind != WL_TRACE_FREE_PRIOR || b->fate.by[op.life] == NO_THREAD)
			continue;
		op.ns = 0;
		append_alloc(b, &op);
	}
	for (size_t i = 0; i < b->last; i++) {
		if (i == b->peak_at)
			mark_peaks(b);
		if (b->fate.by[ops[i].life] == NO_THREAD)
			continue;
		if (ops[i].kind == WL_TRACE_ALLOC)
			append_alloc(b, &ops[i]);
		else
			append_free(b, &ops[i]);
	}
	if (b->peak_at >= b->last)
		mark_peaks(b);
	for (unsigned i = 0; i < b->plan->nr_lanes; i++)
		b->plan->lane[i].next = 0;
}

/* calloc, for which a count of 0 is one element. */
static void *zeroed(size_t nr, size_t size)
{
	return calloc(nr ? nr : 1, size);
}

static bool open_fate(struct build *b)
{
	size_t nr = b->trace->nr_lives, threads = b->conf->nr_threads;

	b->fate.slot = zeroed(nr, sizeof(*b->fate.slot));
	b->fate.by = malloc((nr + 1) * sizeof(*b->fate.by));
	b->fate.till = malloc((nr + 1) * sizeof(*b->fate.till));
	b->spare = zeroed(threads, sizeof(*b->spare));
	b->nr_spare = zeroed(threads, sizeof(*b->nr_spare));
	if (!b->fate.slot || !b->fate.by || !b->fate.till || !b->spare || !b->nr_spare)
		return false;
	memset(b->fate.by, 0xff, (nr + 1) * sizeof(*b->fate.by));
	memset(b->fate.till, 0xff, (nr + 1) * sizeof(*b->fate.till));
	for (unsigned i = 0; i < threads; i++) {
		b->spare[i] = malloc(wl_trace_plan_slots(b->trace) * sizeof(**b->spare));
		if (!b->spare[i])
			return false;
	}
	return true;
}

static void close_fate(struct build *b)
{
	for (unsigned i = 0; b->spare && i < b->conf->nr_threads; i++)
		free(b->spare[i]);
	free(b->spare);
	free(b->nr_spare);
	free(b->fate.slot);
	free(b->fate.by);
	free(b->fate.till);
}

static bool open_lanes(struct wl_trace_plan *plan)
{
	for (unsigned i = 0; i < plan->nr_lanes; i++) {
		struct wl_replay_lane *lane = &plan->lane[i];

		lane->op = zeroed(lane->nr, sizeof(*lane->op));
		lane->due_us = zeroed(lane->nr, sizeof(*lane->due_us));
		if (!lane->op || !lane->due_us)
			return false;
	}
	return true;
}

static bool open_cross(struct wl_trace_plan *plan)
{
	plan->cross = zeroed(plan->nr_cross, sizeof(*plan->cross));
	for (uint32_t i = 0; plan->cross && i < plan->nr_cross; i++)
		plan->cross[i] = WL_REPLAY_EMPTY;
	return plan->cross;
}

static bool build(struct build *b)
{
	uint64_t peak = b->trace->peak_frames;

	if (b->conf->fill_prior)
		peak += b->trace->prior_frames;
	b->keep_ppm = PPM;
	if (b->conf->fit == WL_TRACE_THIN && peak > b->conf->limit_frames)
		b->keep_ppm = (uint32_t)(b->conf->limit_frames * PPM / peak);
	if (!open_fate(b))
		return false;
	choose(b);
	if (!open_lanes(b->plan))
		return false;
	emit(b);
	return open_cross(b->plan);
}

struct wl_trace_plan *wl_trace_plan_new(const struct wl_trace *trace,
					const struct wl_trace_plan_conf *conf)
{
	struct wl_trace_plan *plan = calloc(1, sizeof(*plan));
	size_t bytes = conf->nr_threads * sizeof(*plan->lane);

	if (!plan)
		return NULL;
	plan->trace = trace;
	plan->lane = aligned_alloc(_Alignof(struct wl_replay_lane), bytes);
	if (plan->lane) {
		struct build b = { .trace = trace, .conf = conf, .plan = plan };

		memset(plan->lane, 0, bytes);
		plan->nr_lanes = conf->nr_threads;
		bool whole = build(&b);

		close_fate(&b);
		if (whole)
			return plan;
	}
	wl_trace_plan_free(plan);
	return NULL;
}

void wl_trace_plan_free(struct wl_trace_plan *plan)
{
	for (unsigned i = 0; plan && i < plan->nr_lanes; i++) {
		free(plan->lane[i].op);
		free(plan->lane[i].due_us);
	}
	if (plan) {
		free(plan->lane);
		free(plan->cross);
	}
	free(plan);
}

size_t wl_trace_plan_slots(const struct wl_trace *trace)
{
	return (size_t)trace->peak_blocks + 1;
}
