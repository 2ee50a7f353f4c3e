/* SPDX-License-Identifier: GPL-2.0-only */
/* Parts of the workloads that fragment on purpose. */
#include "workloads/pool.h"
#include "workloads/own_step.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define BURST 64u /* blocks that go before others come */
#define LOOKS 64u /* blocks looked at for one that is small enough */

/* Of the words of the parameter "type". */
static const uint32_t type_gfp[] = {
	[WL_MOVABLE] = PGA_GFP_USER_MOVABLE,
	[WL_UNMOVABLE] = PGA_GFP_KERNEL,
	[WL_RECLAIMABLE] = PGA_GFP_SLAB_RECLAIMABLE,
};

static const uint8_t type_held[] = {
	[WL_MOVABLE] = WL_HELD_MOVABLE,
	[WL_UNMOVABLE] = WL_HELD_UNMOVABLE,
	[WL_RECLAIMABLE] = WL_HELD_RECLAIMABLE,
};

const struct wl_mix *wl_mix_draw(struct rng *rng, const struct wl_mix *mix)
{
	uint64_t total = 0;

	for (const struct wl_mix *m = mix; m->weight; m++)
		total += m->weight;
	uint32_t at = rng_below(rng, total);

	while (at >= mix->weight)
		at -= mix++->weight;
	return mix;
}

size_t wl_pool_slots(const struct wl_run *run, unsigned index)
{
	size_t slots = sizeof(struct wl_block) / sizeof(uint32_t);

	return run->threads[index].frames < 1u << run->conf->pageblock_order
		       ? 0
		       : run->threads[index].frames * slots;
}

uint32_t wl_pool_gfp(const struct wl_thread *t, unsigned order, unsigned type)
{
	uint32_t gfp =
		t->run->param[WL_P_TYPE] ? t->req.gfp : (type_gfp[type] | t->more) & ~t->less;

	return order ? gfp | PGA_GFP_COMP | PGA_GFP_NOWARN | PGA_GFP_NORETRY : gfp;
}

struct job {
	const struct wl_mix *mix;
	uint64_t goal, level, n;
	bool (*goes)(const struct wl_thread *t, size_t i, const struct wl_block *b);
};

/* By @mix; what does not fit into @room is of the first row instead.  False: that was refused. */
WL_INLINE bool get_some(struct wl_thread *t, struct wl_hot *h, unsigned mode,
			const struct wl_mix *mix, uint64_t room)
{
	const struct wl_mix *m = wl_mix_draw(&t->rng, mix);

	if (1ull << m->order > room)
		m = mix;
	return wl_pool_get(t, h, mode, m->order, m->type) || m != mix;
}

WL_INLINE uint64_t fill_body(struct wl_thread *t, const struct job *j, unsigned mode)
{
	struct wl_hot h = wl_hot(t);
	uint64_t i = 0;

	for (; i < j->n && t->own[POOL_HELD] < j->goal; i++) {
		if (!get_some(t, &h, mode, j->mix, j->goal - t->own[POOL_HELD])) {
			t->own[POOL_FULL] = 1;
			return i + 1;
		}
	}
	return i;
}

uint64_t wl_pool_fill(struct wl_thread *t, const struct wl_mix *mix, uint64_t goal)
{
	const struct job j = { .mix = mix, .goal = goal, .n = WL_BATCH };

	if (t->own[POOL_FULL]) {
		t->own[POOL_FULL] = 0;
		return 0;
	}
	return WL_SPECIALISE(fill_body, t, &j);
}

/* A random block of at most @most frames, or used: none was found. */
static size_t pick(struct wl_thread *t, uint64_t most)
{
	size_t i = t->used ? rng_below(&t->rng, t->used) : 0;

	for (unsigned k = 0; k < LOOKS && t->used; k++) {
		if (1ull << wl_pool(t)[i].order <= most)
			return i;
		i = i + 1 < t->used ? i + 1 : 0;
	}
	return t->used;
}

WL_INLINE uint64_t shrink_body(struct wl_thread *t, const struct job *j, unsigned mode)
{
	struct wl_hot h = wl_hot(t);
	uint64_t n = 0;

	for (; n < j->n && t->own[POOL_HELD] > j->goal; n++) {
		size_t i = pick(t, t->own[POOL_HELD] - j->goal);

		if (i == t->used)
			break;
		wl_pool_put(t, &h, mode, i);
	}
	return n;
}

uint64_t wl_pool_shrink(struct wl_thread *t, uint64_t goal)
{
	const struct job j = { .goal = goal, .n = WL_BATCH };

	return WL_SPECIALISE(shrink_body, t, &j);
}

WL_INLINE uint64_t replace_body(struct wl_thread *t, const struct job *j, unsigned mode)
{
	struct wl_hot h = wl_hot(t);
	uint64_t n = 0;

	for (; n < j->n && t->used; n++)
		wl_pool_put(t, &h, mode, rng_below(&t->rng, t->used));
	while (t->own[POOL_HELD] < j->level &&
	       get_some(t, &h, mode, j->mix, j->level - t->own[POOL_HELD]))
		;
	return n;
}

uint64_t wl_pool_replace(struct wl_thread *t, const struct wl_mix *mix, uint64_t goal,
			 uint64_t level)
{
	uint64_t n = goal > t->done ? goal - t->done : 0;
	const struct job j = { .mix = mix, .level = level, .n = n > BURST ? BURST : n };

	return n ? WL_SPECIALISE(replace_body, t, &j) : 0;
}

/*
 * From the last block down: what takes the place of one that goes comes from
 * above, so the places below are as they were.
 */
WL_INLINE uint64_t sieve_body(struct wl_thread *t, const struct job *j, unsigned mode)
{
	struct wl_hot h = wl_hot(t);
	uint64_t n = 0, left = t->own[POOL_SEEN];

	while (left > 1 && n < j->n) {
		size_t i = --left - 1;

		if (!j->goes(t, i, &wl_pool(t)[i]))
			continue;
		wl_pool_put(t, &h, mode, i);
		n++;
	}
	t->own[POOL_SEEN] = left;
	return n;
}

uint64_t wl_pool_sieve(struct wl_thread *t,
		       bool (*goes)(const struct wl_thread *, size_t, const struct wl_block *))
{
	const struct job j = { .goes = goes, .n = WL_BATCH };

	if (!t->own[POOL_SEEN])
		t->own[POOL_SEEN] = t->used + 1;
	uint64_t n = WL_SPECIALISE(sieve_body, t, &j);

	if (!n)
		t->own[POOL_SEEN] = 0;
	return n;
}

WL_INLINE uint64_t drain_body(struct wl_thread *t, const struct job *j, unsigned mode)
{
	struct wl_hot h = wl_hot(t);
	uint64_t n = 0;

	for (; n < j->n && t->used; n++)
		wl_pool_put(t, &h, mode, t->used - 1);
	return n;
}

uint64_t wl_pool_drain(struct wl_thread *t)
{
	const struct job j = { .n = WL_BATCH };

	return WL_SPECIALISE(drain_body, t, &j);
}

void wl_pool_teardown(struct wl_run *run)
{
	for (unsigned i = 0; i < run->nr_threads; i++) {
		struct wl_thread *t = &run->threads[i];

		for (; t->used; t->used--) {
			const struct wl_block *b = &wl_pool(t)[t->used - 1];

			run->ops->free(run->pga, b->pfn, b->order, t->req.cpu, 0);
		}
	}
	free(run->shared);
	run->shared = NULL;
}

void wl_pool_sum(const struct wl_run *run, struct wl_pool_sum *sum)
{
	*sum = (struct wl_pool_sum){ 0 };
	for (unsigned i = 0; i < run->nr_threads; i++) {
		const struct wl_thread *t = &run->threads[i];

		sum->held += t->own[POOL_HELD];
		sum->peak += t->own[POOL_PEAK];
		for (size_t k = 0; k < t->used; k++)
			sum->by_type[wl_pool(t)[k].type] += 1ull << wl_pool(t)[k].order;
	}
}

/* Type of all requests, when the parameter "type" names one. */
static uint8_t held_by(const struct wl_run *run, const struct wl_block *b)
{
	return type_held[run->param[WL_P_TYPE] ? run->param[WL_P_TYPE] : b->type];
}

static uint64_t end_of(const struct pga_conf *conf)
{
	const struct pga_zone_conf *last = &conf->zones[conf->nr_zones - 1];

	return (uint64_t)last->start + last->span;
}

int wl_pool_map(const struct wl_run *run, struct wl_fragmap *map)
{
	uint8_t *held = calloc(end_of(run->conf), 1);

	if (!held)
		return -ENOMEM;
	for (unsigned i = 0; i < run->nr_threads; i++) {
		const struct wl_thread *t = &run->threads[i];

		for (size_t k = 0; k < t->used; k++) {
			const struct wl_block *b = &wl_pool(t)[k];

			for (uint32_t f = 0; f < 1u << b->order; f++)
				held[b->pfn + f] = held_by(run, b);
		}
	}
	wl_fragmap_take(map, run->ops, run->pga, run->conf, held);
	free(held);
	return 0;
}

static void metric_if(struct wl_target *target, const char *name, double value)
{
	if (!isnan(value))
		wl_metric(target, name, value);
}

void wl_pool_metrics(struct wl_run *run, struct wl_target *target)
{
	struct wl_fragmap *map = malloc(sizeof(*map));
	uint64_t least, fixed;

	if (!map || wl_pool_map(run, map)) {
		free(map);
		return;
	}
	fixed = map->used[WL_HELD_UNMOVABLE] + map->used[WL_HELD_RECLAIMABLE] +
		map->used[WL_HELD_UNKNOWN];
	least = (fixed + map->huge_frames - 1) / map->huge_frames;
	metric_if(target, "free_huge", wl_fragmap_free_huge(map));
	wl_metric(target, "two_finger_moves", (double)map->moves);
	wl_metric(target, "polluted_blocks", (double)map->spread[0].tainted);
	wl_metric(target, "polluted_least", (double)least);
	free(map);
}

void wl_pool_target(struct wl_run *run, struct wl_target *target, const struct wl_pool_goal *goal)
{
	double frames = (double)run->frames, left, peak;
	struct wl_pool_sum sum;
	struct wl_frag frag;

	wl_pool_sum(run, &sum);
	wl_frag_take(&frag, run->ops, run->pga, run->conf);
	left = 1.0 - (double)sum.held / frames;
	peak = (double)sum.peak / frames;
	target->has = true;
	target->wanted = goal->fu;
	target->got = wl_frag_fu(&frag, goal->order) / 1000.0;
	target->reached = target->got >= goal->fu && peak >= 0.9 * goal->peak &&
			  fabs(left - goal->free) <= WL_POOL_TOLERANCE;
	snprintf(target->text, sizeof(target->text),
		 "Fu(%u) >= %.3f at %.1f %% free (+- %.0f), got %.3f at %.1f %%; peak %.1f %% of "
		 "%.1f %%",
		 goal->order, goal->fu, 100 * goal->free, 100 * WL_POOL_TOLERANCE, target->got,
		 100 * left, 100 * peak, 100 * goal->peak);
	wl_pool_metrics(run, target);
}

void wl_pool_aged_target(struct wl_run *run, struct wl_target *target)
{
	const struct wl_pool_goal goal = {
		.order = 9,
		.fu = (double)run->param[WL_POOL_P_GOAL] / 100,
		.free = (double)run->param[WL_POOL_P_FREE] / 100,
		.peak = (double)run->param[WL_POOL_P_PEAK] / 100,
	};

	wl_pool_target(run, target, &goal);
}
