/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/buddy.h"
#include "tests/support/t_seed.h"
#include "workloads/rng.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define ORDERS 6u
#define FRAMES 1024u
#define ZONE 3u

/* A buddy system of one zone at the start of a range, frames behind it. */
struct world {
	struct pga_map map;
	struct pga_buddy *b;
};

static void up(struct world *w)
{
	size_t head = (sizeof(struct pga_buddy) + 4095) & ~(size_t)4095;

	w->map.unit = aligned_alloc(4096, head + FRAMES * sizeof(struct pga_frame));
	cr_assert_not_null(w->map.unit);
	memset(w->map.unit, 0, head + FRAMES * sizeof(struct pga_frame));
	w->map.zero = (pga_link_t)(head / sizeof(struct pga_frame));
	w->b = (struct pga_buddy *)(void *)w->map.unit;
	pga_buddy_init(w->b, w->map.unit, w->map.zero, ZONE, ORDERS);
	for (pga_pfn_t i = 0; i < FRAMES; i++)
		w->map.unit[pga_link(&w->map, i)].flags = pga_flags(ZONE, 0, PGA_FRAME_TAIL, 0);
}

static void down(struct world *w)
{
	free(w->map.unit);
}

static void sound(struct world *w)
{
	char why[200];

	cr_assert_eq(pga_buddy_check(w->b, &w->map, why, sizeof(why)), 0, "%s", why);
}

static void give(struct world *w, pga_pfn_t pfn, unsigned order, unsigned type)
{
	pga_buddy_free(w->b, w->map.unit, pga_link(&w->map, pfn), order, type);
}

/* As a mechanism does: smallest that fits, cut down. Frame, or PGA_NIL. */
static pga_pfn_t take(struct world *w, unsigned order, unsigned type)
{
	int o = pga_buddy_smallest(w->b, order, type);
	pga_link_t at;

	if (o < 0)
		return PGA_NIL;
	at = w->b->head[o][type].next;
	pga_buddy_del(w->b, w->map.unit, at, (unsigned)o, type);
	pga_store(&w->map.unit[at].flags, pga_flags(ZONE, order, PGA_FRAME_USED, 0));
	pga_buddy_split(w->b, w->map.unit, at, order, (unsigned)o, type);
	return pga_pfn(&w->map, at);
}

static pga_pfn_t first(struct world *w, unsigned order, unsigned type)
{
	return pga_pfn(&w->map, w->b->head[order][type].next);
}

static pga_pfn_t last(struct world *w, unsigned order, unsigned type)
{
	return pga_pfn(&w->map, w->b->head[order][type].prev);
}

Test(buddy, merges_to_the_top)
{
	struct world w;

	up(&w);
	for (pga_pfn_t i = 0; i < FRAMES; i++)
		give(&w, i, 0, PGA_MOVABLE);
	sound(&w);
	for (unsigned o = 0; o < ORDERS; o++)
		cr_expect_eq(w.b->nr_free[o], o == ORDERS - 1 ? FRAMES >> o : 0, "order %u", o);
	cr_expect_eq(w.b->nonempty[PGA_MOVABLE], 1u << (ORDERS - 1));
	down(&w);
}

Test(buddy, split_keeps_the_low_half)
{
	struct world w;

	up(&w);
	give(&w, 64, 5, PGA_UNMOVABLE);
	cr_expect_eq(take(&w, 2, PGA_UNMOVABLE), 64);
	cr_expect_eq(first(&w, 2, PGA_UNMOVABLE), 68);
	cr_expect_eq(first(&w, 3, PGA_UNMOVABLE), 72);
	cr_expect_eq(first(&w, 4, PGA_UNMOVABLE), 80);
	cr_expect_eq(take(&w, 0, PGA_MOVABLE), PGA_NIL, "lists of other types are not touched");
	sound(&w);
	down(&w);
}

Test(buddy, takes_the_type_of_the_last_free)
{
	struct world w;

	up(&w);
	give(&w, 0, 0, PGA_MOVABLE);
	give(&w, 1, 0, PGA_UNMOVABLE);
	cr_expect_eq(w.b->head[0][PGA_MOVABLE].count, 0);
	cr_expect_eq(w.b->head[1][PGA_UNMOVABLE].count, 1);
	sound(&w);
	down(&w);
}

Test(buddy, likely_merges_wait_at_the_tail)
{
	struct world w;

	up(&w);
	give(&w, 8, 0, PGA_MOVABLE);
	give(&w, 32, 0, PGA_MOVABLE);
	cr_expect_eq(first(&w, 0, PGA_MOVABLE), 32, "nothing around is free: head");
	give(&w, 18, 1, PGA_MOVABLE);
	give(&w, 16, 0, PGA_MOVABLE);
	cr_expect_eq(last(&w, 0, PGA_MOVABLE), 16, "17 would make 16-17, beside the free 18-19");
	give(&w, 48, 4, PGA_MOVABLE);
	give(&w, 40, 3, PGA_MOVABLE);
	cr_expect_eq(first(&w, 3, PGA_MOVABLE), 40);
	sound(&w);
	down(&w);
}

Test(buddy, highest_orders_go_to_the_head)
{
	struct world w;

	up(&w);
	give(&w, 0, ORDERS - 1, PGA_MOVABLE);
	give(&w, 64, ORDERS - 2, PGA_MOVABLE);
	give(&w, 32 * 5, ORDERS - 1, PGA_MOVABLE);
	give(&w, 32 * 7, ORDERS - 2, PGA_MOVABLE);
	cr_expect_eq(first(&w, ORDERS - 1, PGA_MOVABLE), 32 * 5);
	cr_expect_eq(first(&w, ORDERS - 2, PGA_MOVABLE), 32 * 7,
		     "one below the top has no order up");
	sound(&w);
	down(&w);
}

Test(buddy, alignment_counts_from_the_origin)
{
	struct world w;

	up(&w);
	pga_buddy_init(w.b, w.map.unit, pga_link(&w.map, 3), ZONE, ORDERS);
	for (pga_pfn_t i = 3; i < 3 + 64; i++)
		give(&w, i, 0, PGA_MOVABLE);
	cr_expect_eq(w.b->nr_free[5], 2);
	cr_expect_eq(first(&w, 5, PGA_MOVABLE), 35);
	sound(&w);
	down(&w);
}

Test(buddy, foreign_frames_do_not_merge)
{
	struct world w;

	up(&w);
	give(&w, 0, 0, PGA_MOVABLE);
	w.map.unit[pga_link(&w.map, 3)].flags = pga_flags(ZONE + 1, 0, PGA_FRAME_FREE, PGA_MOVABLE);
	give(&w, 2, 0, PGA_MOVABLE);
	cr_expect_eq(w.b->nr_free[0], 2, "3 is free, but of another zone");
	down(&w);
}

/* Random traffic keeps the invariants, and all of it comes back. */
Test(buddy, random_traffic)
{
	struct block {
		pga_pfn_t pfn;
		unsigned order;
	} live[FRAMES];
	unsigned nr = 0;
	struct world w;
	struct rng rng;

	up(&w);
	rng_seed(&rng, t_seed(), 1);
	for (pga_pfn_t i = 0; i < FRAMES; i += 1u << (ORDERS - 1))
		give(&w, i, ORDERS - 1, PGA_MOVABLE);
	for (unsigned step = 0; step < 20000; step++) {
		unsigned order = (unsigned)rng_below(&rng, ORDERS);
		pga_pfn_t pfn = rng_below(&rng, 5) < 3 ? take(&w, order, PGA_MOVABLE) : PGA_NIL;

		if (pfn != PGA_NIL) {
			live[nr++] = (struct block){ pfn, order };
		} else if (nr) {
			unsigned i = (unsigned)rng_below(&rng, nr);

			give(&w, live[i].pfn, live[i].order, PGA_MOVABLE);
			live[i] = live[--nr];
		}
		if (step % 97 == 0)
			sound(&w);
	}
	while (nr--)
		give(&w, live[nr].pfn, live[nr].order, PGA_MOVABLE);
	sound(&w);
	cr_expect_eq(w.b->nr_free[ORDERS - 1], FRAMES >> (ORDERS - 1));
	down(&w);
}

static void same_lists(struct world *a, struct world *b)
{
	for (unsigned o = 0; o < ORDERS; o++)
		for (unsigned t = 0; t < PGA_NR_TYPES; t++) {
			pga_link_t x = a->b->head[o][t].next, y = b->b->head[o][t].next;
			pga_link_t end = pga_buddy_head(a->b, o, t);

			for (; x != end && x == y; x = a->map.unit[x].next, y = b->map.unit[y].next)
				;
			cr_assert_eq(x, y, "lists of order %u type %u differ", o, t);
		}
}

/* Ends of a run of frames that nobody has freed yet, or none of at least one. */
static uint32_t free_run(const bool *freed, pga_pfn_t at, uint32_t max)
{
	uint32_t n = 0;

	while (n < max && at + n < FRAMES && !freed[at + n])
		n++;
	return n;
}

/* A run leaves the lists exactly as the same frees one by one do, either way round. */
Test(buddy, a_run_is_as_its_frees)
{
	static bool freed[FRAMES];
	struct rng rng;

	rng_seed(&rng, t_seed(), 2);
	for (unsigned round = 0; round < 300; round++) {
		struct world one, run;

		up(&one);
		up(&run);
		memset(freed, 0, sizeof(freed));
		for (uint32_t left = FRAMES; left;) {
			unsigned type = (unsigned)rng_below(&rng, 40) ? PGA_MOVABLE : PGA_UNMOVABLE;
			uint32_t max = 1 + (uint32_t)rng_below(&rng, round % 2 ? 7 : FRAMES);
			pga_pfn_t low = (pga_pfn_t)rng_below(&rng, FRAMES);
			uint32_t n = free_run(freed, low, max);
			bool back = rng_below(&rng, 2);

			for (uint32_t i = 0; i < n; i++) {
				pga_pfn_t pfn = low + (back ? n - 1 - i : i);

				give(&one, pfn, 0, type);
				run.map.unit[pga_link(&run.map, pfn)].flags =
					pga_flags(ZONE, 0, PGA_FRAME_TAIL, 0);
				freed[pfn] = true;
			}
			pga_buddy_free_run(run.b, run.map.unit, pga_link(&run.map, low), n, back,
					   type);
			same_lists(&one, &run);
			left -= n;
		}
		sound(&run);
		cr_expect_eq(run.b->nr_free[ORDERS - 1], FRAMES >> (ORDERS - 1));
		down(&one);
		down(&run);
	}
}

/* The check is worth something: each kind of damage is found. */
Test(buddy, check_finds_damage)
{
	for (unsigned kind = 0; kind < 7; kind++) {
		struct world w;
		pga_link_t at;
		char why[200];

		up(&w);
		give(&w, 0, 2, PGA_MOVABLE);
		give(&w, 8, 2, PGA_MOVABLE);
		at = pga_link(&w.map, 8);
		switch (kind) {
		case 0:
			w.b->nr_free[2]++;
			break;
		case 1:
			w.b->head[2][PGA_MOVABLE].count++;
			break;
		case 2:
			w.map.unit[at].prev = at;
			break;
		case 3:
			w.map.unit[at].flags ^= 1u << PGA_F_STATE_SHIFT;
			break;
		case 4:
			w.b->nonempty[PGA_MOVABLE] = 0;
			break;
		case 5:
			w.map.unit[at].next = at;
			break;
		case 6:
			pga_buddy_add(w.b, w.map.unit, pga_link(&w.map, 12), 2, PGA_MOVABLE, false);
			break;
		}
		cr_expect_neq(pga_buddy_check(w.b, &w.map, why, sizeof(why)), 0, "kind %u", kind);
		down(&w);
	}
}
