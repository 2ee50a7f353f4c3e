/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pools: blocks of several orders and types that a thread holds.  A block takes
 * two slots, so that its order and type stay with its frame number; the blocks
 * held are always [0, used) of the pool, in any state that a cut can leave, and
 * wl_pool_teardown() returns them.
 *
 * Workloads that fragment on purpose are made of these parts: fill, shrink,
 * replace, sieve, drain.  A part is a batch of a phase: it returns operations
 * done, 0 = over.
 *
 * Threads: each function with a struct wl_thread is called by that thread;
 * those with a struct wl_run by one thread while no other runs.
 */
#ifndef WORKLOADS_POOL_H
#define WORKLOADS_POOL_H

#include "workloads/fragmap.h"
#include "workloads/step.h"

struct wl_block {
	uint32_t pfn;
	uint8_t order;
	uint8_t type; /* enum wl_pool_type */
	uint16_t spare;
};

/* As the words of the common parameter "type". */
enum wl_pool_type { WL_MOVABLE, WL_UNMOVABLE, WL_RECLAIMABLE };

/*
 * What a pool keeps in own[]: frames held; a fill was refused its smallest block;
 * the most frames held; where a sieve stands (0 = at its start).
 */
enum { POOL_HELD, POOL_FULL, POOL_PEAK, POOL_SEEN };

/*
 * A distribution of requests; weight 0 ends it.  The first row, of the smallest
 * order, is asked for where another would not fit, and memory is full when it is
 * refused.
 */
struct wl_mix {
	uint32_t weight;
	uint8_t order, type;
};

/** wl_mix_draw - a row at random, by weight. */
const struct wl_mix *wl_mix_draw(struct rng *rng, const struct wl_mix *mix);

/** wl_pool - the first block of a thread's pool. */
static inline struct wl_block *wl_pool(const struct wl_thread *t)
{
	return (struct wl_block *)(void *)t->slots;
}

/** wl_pool_room - blocks that can still be added. */
static inline size_t wl_pool_room(const struct wl_thread *t)
{
	return t->nr_slots * sizeof(uint32_t) / sizeof(struct wl_block) - t->used;
}

/** wl_pool_slots - for slots(): room for all frames of thread @index, one by one. */
size_t wl_pool_slots(const struct wl_run *run, unsigned index);

/**
 * wl_pool_gfp - flags of a request
 * Types of a mix hold when the parameter "type" is at its default; else all
 * requests are of that type.  Larger blocks are compound and not retried.
 */
uint32_t wl_pool_gfp(const struct wl_thread *t, unsigned order, unsigned type);

/* Add a block to the pool, which must have room; false: refused. */
WL_INLINE bool wl_pool_get_gfp(struct wl_thread *t, struct wl_hot *h, unsigned mode, unsigned order,
			       unsigned type, uint32_t gfp)
{
	h->req.order = (uint8_t)order;
	h->req.gfp = gfp;
	pga_pfn_t pfn = wl_get(t, h, mode);

	if (pfn == PGA_NIL)
		return false;
	wl_pool(t)[t->used++] =
		(struct wl_block){ .pfn = pfn, .order = (uint8_t)order, .type = (uint8_t)type };
	t->own[POOL_HELD] += 1ull << order;
	if (t->own[POOL_HELD] > t->own[POOL_PEAK])
		t->own[POOL_PEAK] = t->own[POOL_HELD];
	return true;
}

/* The same, with the flags that order and type mean. */
WL_INLINE bool wl_pool_get(struct wl_thread *t, struct wl_hot *h, unsigned mode, unsigned order,
			   unsigned type)
{
	return wl_pool_get_gfp(t, h, mode, order, type, wl_pool_gfp(t, order, type));
}

/* Give block @i back; the last one takes its place. */
WL_INLINE void wl_pool_put(struct wl_thread *t, struct wl_hot *h, unsigned mode, size_t i)
{
	struct wl_block b = wl_pool(t)[i];

	wl_pool(t)[i] = wl_pool(t)[--t->used];
	t->own[POOL_HELD] -= 1ull << b.order;
	h->req.order = b.order;
	wl_put(t, h, b.pfn, mode);
}

/* The newest block takes place @i, whose block goes. */
WL_INLINE void wl_pool_succeed(struct wl_thread *t, struct wl_hot *h, unsigned mode, size_t i)
{
	struct wl_block b = wl_pool(t)[t->used - 1];

	wl_pool(t)[t->used - 1] = wl_pool(t)[i];
	wl_pool(t)[i] = b;
	wl_pool_put(t, h, mode, t->used - 1);
}

/** wl_pool_fill - requests of @mix until @goal frames are held or memory is full. */
uint64_t wl_pool_fill(struct wl_thread *t, const struct wl_mix *mix, uint64_t goal);
/** wl_pool_shrink - random blocks go until @goal frames are held, or less than a block more. */
uint64_t wl_pool_shrink(struct wl_thread *t, uint64_t goal);
/**
 * wl_pool_replace - random blocks go, and as much is requested by @mix
 * In bursts of 64, or what comes would just be what went.  @goal: blocks to
 * replace in this phase; @level: frames to hold.
 */
uint64_t wl_pool_replace(struct wl_thread *t, const struct wl_mix *mix, uint64_t goal,
			 uint64_t level);
/** wl_pool_sieve - the blocks for which @goes(t, place in the pool, block) is true go. */
uint64_t wl_pool_sieve(struct wl_thread *t,
		       bool (*goes)(const struct wl_thread *, size_t, const struct wl_block *));
/** wl_pool_drain - all blocks go, the newest first. */
uint64_t wl_pool_drain(struct wl_thread *t);
/** wl_pool_teardown - return what is held, free run->shared. */
void wl_pool_teardown(struct wl_run *run);

/* All pools of a run. */
struct wl_pool_sum {
	uint64_t held, peak; /* frames */
	uint64_t by_type[3]; /* frames held */
};
void wl_pool_sum(const struct wl_run *run, struct wl_pool_sum *sum);

/**
 * wl_pool_map - the fragmentation map, with who holds what from the pools
 * Return: 0, -ENOMEM.
 */
int wl_pool_map(const struct wl_run *run, struct wl_fragmap *map);

/* The state that most fragmenters aim at. */
struct wl_pool_goal {
	unsigned order; /* j of Fu(j) */
	double fu;	/* at least */
	double free;	/* share of memory not held, +- WL_POOL_TOLERANCE */
	double peak;	/* share of memory held at the peak, at least 0.9 of this */
};
#define WL_POOL_TOLERANCE 0.02

/** wl_pool_target - compare with @goal, and add what the map says to the metrics. */
void wl_pool_target(struct wl_run *run, struct wl_target *target, const struct wl_pool_goal *goal);
/*
 * The first parameters of workloads that age memory: filled to the peak, thinned to
 * what is free in the end, Fu(9) aimed at; per cent.
 */
enum { WL_POOL_P_PEAK = WL_P_OWN, WL_POOL_P_FREE, WL_POOL_P_GOAL, WL_POOL_P_OWN };
/** wl_pool_aged_target - wl_pool_target() of that goal. */
void wl_pool_aged_target(struct wl_run *run, struct wl_target *target);
/** wl_pool_metrics - free_huge, moves, polluted and the like; quiet. */
void wl_pool_metrics(struct wl_run *run, struct wl_target *target);

#endif
