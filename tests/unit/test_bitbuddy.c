/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bitmap buddies against an oracle that has no bitmaps: it keeps each list as an
 * array and looks for the buddy in it.
 */
#include "core/bitbuddy.h"
#include "tests/support/t_seed.h"
#include "workloads/rng.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ORDERS 6u
#define TOP (ORDERS - 1)
#define SPAN 1000u /* the last block of the highest order is not whole */
#define ROOM 1024u
#define ZONE 3u
#define OPERATIONS 20000u

struct policy {
	bool give_upper, top_bits;
};

struct world {
	struct pga_map map;
	struct pga_bitbuddy *b;
	/* The oracle: free blocks by order, head first; pairs of the highest order, parity. */
	uint32_t list[ORDERS][SPAN], nr[ORDERS];
	bool top_bit[SPAN];
};

static void up(struct world *w, struct policy p)
{
	size_t maps = pga_bitbuddy_bytes(SPAN, ORDERS, p.top_bits);
	size_t head = (sizeof(struct pga_bitbuddy) + maps + 4095) & ~(size_t)4095;
	size_t bytes = head + ROOM * sizeof(struct pga_frame);

	memset(w, 0, sizeof(*w));
	w->map.unit = aligned_alloc(4096, (bytes + 4095) & ~(size_t)4095);
	cr_assert_not_null(w->map.unit);
	memset(w->map.unit, 0, bytes);
	w->map.zero = (pga_link_t)(head / sizeof(struct pga_frame));
	w->b = (struct pga_bitbuddy *)(void *)w->map.unit;
	w->b->give_upper = p.give_upper;
	w->b->top_bits = p.top_bits;
	pga_bitbuddy_init(w->b, w->map.unit, w->map.zero, ZONE, SPAN, ORDERS,
			  (uint64_t *)(void *)(w->b + 1));
	for (pga_pfn_t i = 0; i < SPAN; i++)
		w->map.unit[pga_link(&w->map, i)].flags = pga_flags(ZONE, 0, PGA_FRAME_TAIL, 0);
	for (pga_pfn_t i = SPAN; i < ROOM; i++)
		w->map.unit[pga_link(&w->map, i)].flags =
			pga_flags(PGA_NO_ZONE, 0, PGA_FRAME_HOLE, 0);
}

static void down(struct world *w)
{
	free(w->map.unit);
}

static int defect(struct world *w, char *why, size_t len)
{
	return pga_bitbuddy_check(w->b, &w->map, why, len);
}

static void give(struct world *w, uint32_t rel, unsigned order)
{
	pga_bitbuddy_free(w->b, w->map.unit, pga_link(&w->map, rel), order);
}

/* As a mechanism does. Frame, or PGA_NIL. */
static uint32_t take(struct world *w, unsigned order, unsigned *found)
{
	pga_link_t at = pga_bitbuddy_take(w->b, w->map.unit, order, found);

	if (!at)
		return PGA_NIL;
	pga_store(&w->map.unit[at].flags, pga_flags(ZONE, order, PGA_FRAME_USED, 0));
	return pga_pfn(&w->map, at);
}

/* --- the oracle --- */

static void push(struct world *w, uint32_t rel, unsigned order)
{
	memmove(&w->list[order][1], &w->list[order][0], w->nr[order]++ * sizeof(uint32_t));
	w->list[order][0] = rel;
}

static bool pull(struct world *w, uint32_t rel, unsigned order)
{
	for (uint32_t i = 0; i < w->nr[order]; i++) {
		if (w->list[order][i] != rel)
			continue;
		w->nr[order]--;
		memmove(&w->list[order][i], &w->list[order][i + 1],
			(w->nr[order] - i) * sizeof(uint32_t));
		return true;
	}
	return false;
}

static void oracle_give(struct world *w, uint32_t rel, unsigned order)
{
	while (order < TOP && pull(w, rel ^ 1u << order, order))
		rel &= ~(1u << order++);
	push(w, rel, order);
}

static uint32_t oracle_take(struct world *w, struct policy p, unsigned order, unsigned *found)
{
	uint32_t rel;

	for (*found = order; *found < ORDERS && !w->nr[*found];)
		++*found;
	if (*found == ORDERS)
		return PGA_NIL;
	rel = w->list[*found][0];
	pull(w, rel, *found);
	if (*found == TOP)
		w->top_bit[rel >> ORDERS] ^= 1;
	for (unsigned o = *found; o-- > order;) {
		push(w, p.give_upper ? rel : rel + (1u << o), o);
		rel += p.give_upper ? 1u << o : 0;
	}
	return rel;
}

static void compare(struct world *w, struct policy p)
{
	const struct pga_frame *unit = w->map.unit;
	char why[200];

	cr_assert_eq(defect(w, why, sizeof(why)), 0, "%s", why);
	for (unsigned o = 0; o < ORDERS; o++) {
		pga_link_t head = pga_buddy_head(&w->b->lists, o, 0), at = unit[head].next;

		for (uint32_t i = 0; i < w->nr[o]; i++, at = unit[at].next)
			cr_assert_eq(pga_pfn(&w->map, at), w->list[o][i], "order %u, entry %u", o,
				     i);
		cr_assert_eq(at, head, "order %u is longer than %u", o, w->nr[o]);
	}
	for (uint32_t i = 0; p.top_bits && i < w->b->nr_bits[TOP]; i++)
		cr_assert_eq(w->b->map[TOP][i / 64] >> i % 64 & 1, w->top_bit[i], "top bit %u", i);
}

/* --- both against each other --- */

static void agree(struct policy p)
{
	static uint32_t held[SPAN];
	static uint8_t orders[SPAN];
	static struct world w;
	struct rng rng;
	uint32_t nr = 0;

	rng_seed(&rng, t_seed(), 0);
	up(&w, p);
	for (uint32_t rel = 0; rel < SPAN; rel++) {
		give(&w, rel, 0);
		oracle_give(&w, rel, 0);
	}
	compare(&w, p);
	for (unsigned op = 0; op < OPERATIONS; op++) {
		unsigned order = rng_below(&rng, 3) ? 0 : rng_below(&rng, ORDERS), found, want;
		bool grow = rng_below(&rng, 100) < (op / 2000 % 2 ? 35u : 65u);
		uint32_t rel;

		if (grow || !nr) {
			rel = oracle_take(&w, p, order, &want);
			cr_assert_eq(take(&w, order, &found), rel, "operation %u", op);
			if (rel == PGA_NIL)
				continue;
			cr_assert_eq(found, want, "operation %u", op);
			held[nr] = rel;
			orders[nr++] = (uint8_t)order;
		} else {
			uint32_t i = rng_below(&rng, nr--);

			give(&w, held[i], orders[i]);
			oracle_give(&w, held[i], orders[i]);
			held[i] = held[nr];
			orders[i] = orders[nr];
		}
		if (op % 100 == 0)
			compare(&w, p);
	}
	compare(&w, p);
	down(&w);
}

ParameterizedTestParameters(bitbuddy, agrees_with_the_oracle)
{
	static struct policy policies[] = {
		{ false, false }, { false, true }, { true, false }, { true, true }
	};

	return cr_make_param_array(struct policy, policies, 4);
}
ParameterizedTest(struct policy *p, bitbuddy, agrees_with_the_oracle)
{
	agree(*p);
}

/* --- the rules one by one --- */

Test(bitbuddy, size_of_the_bitmaps)
{
	/* Bits per order: 500, 250, 125, 63, 32 and 16; in words of 64. */
	cr_expect_eq(pga_bitbuddy_bytes(SPAN, ORDERS, false), 8u * (8 + 4 + 2 + 1 + 1));
	cr_expect_eq(pga_bitbuddy_bytes(SPAN, ORDERS, true), 8u * (8 + 4 + 2 + 1 + 1 + 1));
}

Test(bitbuddy, upper_or_lower_part_is_given)
{
	static struct world w;
	unsigned found;

	up(&w, (struct policy){ .give_upper = true });
	give(&w, 32, 5);
	cr_expect_eq(take(&w, 2, &found), 60);
	cr_expect_eq(found, 5);
	cr_expect_eq(take(&w, 4, &found), 32, "the lower half stayed whole");
	down(&w);
	up(&w, (struct policy){ .give_upper = false });
	give(&w, 32, 5);
	cr_expect_eq(take(&w, 2, &found), 32);
	cr_expect_eq(take(&w, 4, &found), 48);
	cr_expect_eq(take(&w, 5, &found), PGA_NIL);
	down(&w);
}

Test(bitbuddy, top_bits_count_what_was_taken)
{
	static struct world w;
	unsigned found;

	up(&w, (struct policy){ .give_upper = true, .top_bits = true });
	give(&w, 0, 5);
	cr_expect_eq(w.b->map[TOP][0], 0, "a free does not flip");
	take(&w, 5, &found);
	cr_expect_eq(w.b->map[TOP][0], 1);
	give(&w, 0, 5);
	cr_expect_eq(w.b->map[TOP][0], 1);
	take(&w, 0, &found);
	cr_expect_eq(w.b->map[TOP][0], 0, "a split takes it, too");
	down(&w);
}

Test(bitbuddy, top_blocks_do_not_merge)
{
	static struct world w;

	up(&w, (struct policy){ .top_bits = true });
	give(&w, 0, 5);
	give(&w, 32, 5);
	cr_expect_eq(w.b->lists.nr_free[TOP], 2);
	down(&w);
}

Test(bitbuddy, check_finds_a_wrong_bit)
{
	static struct world w;
	char why[200];

	up(&w, (struct policy){ .top_bits = true });
	give(&w, 4, 1);
	cr_assert_eq(defect(&w, why, sizeof(why)), 0, "%s", why);
	w.b->map[1][0] ^= 2;
	cr_expect_eq(defect(&w, why, sizeof(why)), -EUCLEAN);
	cr_expect_not_null(strstr(why, "order 1: bit 1"), "%s", why);
	down(&w);
}
