/* SPDX-License-Identifier: GPL-2.0-only */
/* Compaction of linux-3.10 and contiguous ranges: what moves, what stays, what is refused. */
#include "core/linux310_int.h"
#include "tests/unit/slowpath_suite.h"

#include <string.h>

static int64_t compact(int order, bool sync, uint32_t gfp)
{
	struct pga_step_arg arg = { .order = (int8_t)order, .sync = sync, .gfp = gfp };

	for (const struct pga_step *s = h.in.ops->steps; s->name; s++)
		if (!strcmp(s->name, "compact"))
			return s->run(h.in.pga, &arg);
	return -ENOSYS;
}

/* Sum of all contents and of their squares: who loses or doubles one changes them. */
static uint64_t digest(void)
{
	uint64_t sum = 0;

	for (pga_pfn_t pfn = 0; pfn < h.in.end; pfn++)
		sum += h.contents[pfn] + ((uint64_t)h.contents[pfn] * h.contents[pfn] << 20);
	return sum;
}

Test(compaction, compaction_serves_what_fragmentation_denied, .fini = down)
{
	struct pga_res res;
	uint64_t before;

	up(EXACT, ONE);
	own_half();
	before = digest();
	res = ask(4, PGA_GFP_KERNEL, NULL);
	cr_assert_eq(res.err, 0);
	cr_expect(res.path & PGA_PATH(COMPACT_ASYNC));
	cr_expect_eq(pga_path_class(res.path), PGA_ST_COMPACT_ASYNC);
	cr_expect_eq(stat_of(PGA_STAT_compact_stall), 1u);
	cr_expect_eq(stat_of(PGA_STAT_compact_success), 1u);
	cr_expect_eq(stat_of(PGA_STAT_pgmigrate_success), h.moves);
	cr_expect(h.moves > 0);
	cr_expect_eq(digest(), before, "contents were lost");
	cr_expect_eq(h.events[PGA_EVENT_mm_compaction_begin], 1u);
	cr_expect_eq(h.events[PGA_EVENT_mm_compaction_end], 1u);
	cr_expect(h.events[PGA_EVENT_mm_compaction_migratepages] > 0);
	t_free(&h.in, 0, res.pfn, 4);
}

Test(compaction, compaction_off_moves_nothing, .fini = down)
{
	up(EXACT ",compaction=off", ONE);
	own_half();
	cr_expect_eq(ask(4, PGA_GFP_KERNEL, NULL).err, -ENOMEM);
	cr_expect_eq(h.moves, 0u);
	cr_expect_eq(stat_of(PGA_STAT_compact_stall), 0u);
}

Test(compaction, asynchronous_compaction_never_waits, .fini = down)
{
	struct pga_res res;

	up(EXACT ",compaction=async", ONE);
	hold_half();
	res = ask(4, PGA_GFP_KERNEL | PGA_GFP_NORETRY, NULL);
	cr_expect_eq(res.err, -ENOMEM);
	cr_expect(res.path & PGA_PATH(COMPACT_ASYNC));
	cr_expect_eq(res.path & PGA_PATH(COMPACT_SYNC), 0u);
}

/* A round can end well although the free scanner met a lock: what was freed needs no place. */
Test(compaction, a_run_that_met_a_taken_lock_takes_no_other, .fini = down)
{
	struct pga_compact c = { .order = -1, .type = PGA_MOVABLE, .contended = true };
	struct l310_zone *z;

	up(EXACT, ONE);
	own_half();
	z = h.in.pga->zone[0];
	c.at = l310_compact_place(h.in.pga, z);
	for (pga_pfn_t pfn = z->start; pfn < z->end; pfn += pga_block_frames(c.at.blocks)) {
		c.at.state->migrate = pfn;
		pga_compact_run(&c);
		cr_assert(pga_trylock(&z->lru.lock), "from frame %u on", pfn);
		pga_unlock(&z->lru.lock);
		cr_assert(pga_trylock(&z->lock), "from frame %u on", pfn);
		pga_unlock(&z->lock);
	}
	cr_expect_eq(h.moves, 0u);
}

Test(compaction, a_request_that_may_not_do_io_does_not_compact, .fini = down)
{
	up(EXACT, ONE);
	own_half();
	cr_expect_eq(ask(4, PGA_GFP_WAIT | PGA_GFP_NORETRY, NULL).err, -ENOMEM);
	cr_expect_eq(h.moves, 0u);
}

/* Nothing movable: a synchronous failure defers, longer and longer, up to the limit. */
Test(compaction, failures_defer_and_deferred_requests_leave, .fini = down)
{
	const uint32_t thp = PGA_GFP_USER_MOVABLE | PGA_GFP_NORETRY | PGA_GFP_NOWARN;
	struct pga_zone_snap snap;
	struct pga_res res;

	up(EXACT ",compact_defer_shift=2", ONE);
	hold_half();
	res = ask(4, thp, NULL);
	cr_expect(res.path & PGA_PATH(COMPACT_SYNC));
	cr_expect_eq(stat_of(PGA_STAT_compact_fail), 2u, "once asynchronous, once not");
	h.in.ops->zone_snap(h.in.pga, 0, &snap);
	cr_expect_eq(snap.compact.defer_shift, 1u);
	cr_expect_eq(snap.compact.order_failed, 0u);
	res = ask(4, thp | PGA_GFP_NO_KSWAPD, NULL);
	cr_expect_eq(res.err, -ENOMEM);
	cr_expect_eq(stat_of(PGA_STAT_slow_deferred), 1u);
	cr_expect_eq(res.path & (PGA_PATH(COMPACT_ASYNC) | PGA_PATH(RECLAIM)), 0u);
	for (int i = 0; i < 20; i++)
		ask(4, thp, NULL);
	h.in.ops->zone_snap(h.in.pga, 0, &snap);
	cr_expect_eq(snap.compact.defer_shift, 2u, "the limit");
}

Test(compaction, contention_ends_an_asynchronous_run, .fini = down)
{
	const uint32_t thp =
		PGA_GFP_USER_MOVABLE | PGA_GFP_NORETRY | PGA_GFP_NOWARN | PGA_GFP_NO_KSWAPD;
	struct pga_res res;

	up(EXACT, ONE);
	own_half();
	pga_lock(&h.in.pga->zone[0]->lru.lock);
	cr_expect_eq(compact(4, false, PGA_GFP_USER_MOVABLE), PGA_COMPACT_PARTIAL);
	res = ask(4, thp, NULL);
	pga_unlock(&h.in.pga->zone[0]->lru.lock);
	cr_expect_eq(res.err, -ENOMEM);
	cr_expect_eq(stat_of(PGA_STAT_slow_deferred), 1u);
	cr_expect_eq(h.moves, 0u);
}

Test(compaction, contention_with_the_free_lists_ends_it_too, .fini = down)
{
	up(EXACT, ONE);
	own_half();
	pga_lock(&h.in.pga->zone[0]->lock);
	cr_expect_eq(compact(4, false, PGA_GFP_USER_MOVABLE), PGA_COMPACT_PARTIAL);
	pga_unlock(&h.in.pga->zone[0]->lock);
	cr_expect_eq(h.moves, 0u);
}

Test(compaction, who_is_about_to_die_does_not_compact, .fini = down)
{
	up(EXACT, ONE);
	own_half();
	cr_expect_eq(compact(-1, true, PGA_GFP_OOM_VICTIM), PGA_COMPACT_PARTIAL);
	cr_expect_eq(h.moves, 0u);
}

Test(compaction, pinned_frames_stay_and_are_counted, .fini = down)
{
	unsigned stayed = 0, pinned = 0;
	uint64_t before;

	up(EXACT, ONE);
	own_half();
	before = digest();
	for (pga_pfn_t pfn = 0; pfn < h.in.end; pfn += 8)
		h.pinned[pfn] = h.contents[pfn] != NOBODY;
	compact(-1, true, 0);
	for (pga_pfn_t pfn = 0; pfn < h.in.end; pfn++) {
		pinned += h.pinned[pfn];
		stayed += h.pinned[pfn] && h.contents[pfn] != NOBODY;
	}
	cr_expect(pinned > 100);
	cr_expect_eq(stayed, pinned);
	cr_expect(h.moves > 0);
	cr_expect(stat_of(PGA_STAT_pgmigrate_fail) > 0);
	cr_expect_eq(digest(), before);
}

Test(compaction, a_frame_that_is_freed_before_its_move_is_not_lost, .fini = down)
{
	up(EXACT, ONE);
	own_half();
	h.lets_go_before = true;
	compact(-1, true, 0);
	h.lets_go_before = false;
	cr_expect_eq(h.moves, 0u);
	cr_expect(h.refused > 100);
}

Test(compaction, a_frame_that_is_freed_right_after_its_move_is_not_lost, .fini = down)
{
	up(EXACT, ONE);
	own_half();
	h.lets_go_after = true;
	compact(-1, true, 0);
	h.lets_go_after = false;
	cr_expect(h.moves > 100);
	cr_expect_eq(stat_of(PGA_STAT_pgmigrate_success), h.moves);
}

Test(compaction, unevictable_frames_are_left_alone, .fini = down)
{
	up(EXACT, ONE);
	for (int i = 0; i < 100; i++)
		own(ask(0, PGA_GFP_USER_MOVABLE, NULL), PGA_LRU_UNEVICTABLE);
	compact(-1, true, 0);
	cr_expect_eq(h.moves, 0u);
}

Test(compaction, the_index_tells_short_from_split, .fini = down)
{
	const struct pga_buddy *b;

	up(EXACT, ONE);
	b = &h.in.pga->zone[0]->buddy;
	cr_expect_eq(pga_compact_index(b, 4), -1000, "there is a block");
	hold_half();
	cr_expect(pga_compact_index(b, 4) > 500, "split");
	hold_all();
	cr_expect_eq(pga_compact_index(b, 4), 0, "nothing is free");
}

/* --- contiguous ranges --- */

static int64_t contig(const char *name, pga_pfn_t start, pga_pfn_t end)
{
	struct pga_step_arg arg = { .range = { start, end } };

	for (const struct pga_step *s = h.in.ops->steps; s->name; s++)
		if (!strcmp(s->name, name))
			return s->run(h.in.pga, &arg);
	return -ENOSYS;
}

/* So many that the area lends frames, too. */
static void fill_area(void)
{
	unsigned lent = 0;

	up(EXACT, AREA);
	for (int i = 0; i < 6600; i++)
		own(ask(0, PGA_GFP_USER_MOVABLE, NULL), PGA_LRU_ACTIVE_ANON);
	for (pga_pfn_t pfn = 4096; pfn < 6144; pfn++)
		lent += h.contents[pfn] != NOBODY;
	cr_assert(lent > 100, "the area lends %u frames", lent);
	for (pga_pfn_t pfn = 0; pfn < 4096; pfn += 2)
		if (h.contents[pfn] != NOBODY)
			let_go(pfn);
}

Test(compaction, a_contiguous_range_is_emptied_and_taken, .fini = down)
{
	uint64_t before;
	struct pga_frame_info info;

	fill_area();
	before = digest();
	cr_assert_eq(contig("alloc_contig", 4196, 5900), 0);
	cr_expect_eq(digest(), before);
	for (pga_pfn_t pfn = 4196; pfn < 5900; pfn++) {
		h.in.ops->frame(h.in.pga, pfn, &info);
		cr_assert_eq(info.state, PGA_FRAME_USED, "frame %u", pfn);
		cr_assert_eq(info.type, PGA_CMA, "frame %u", pfn);
		cr_assert_eq(h.contents[pfn], NOBODY, "frame %u", pfn);
	}
	sound();
	cr_expect_eq(contig("free_contig", 4196, 5900), 0);
}

Test(compaction, a_pinned_frame_refuses_its_range_and_nothing_is_lost, .fini = down)
{
	uint64_t before;
	pga_pfn_t pin = 4096;

	fill_area();
	before = digest();
	while (h.contents[pin] == NOBODY)
		pin++;
	h.pinned[pin] = true;
	cr_expect_eq(contig("alloc_contig", 4096, 6144), -EBUSY);
	cr_expect_eq(digest(), before);
	cr_expect(h.contents[pin] != NOBODY);
	for (pga_pfn_t pfn = 4096; pfn < 6144; pfn += 512) {
		struct pga_frame_info info;

		h.in.ops->frame(h.in.pga, pfn, &info);
		cr_expect_eq(info.type, PGA_CMA, "pageblock %u", pfn);
	}
}

Test(compaction, ranges_that_are_none_are_refused, .fini = down)
{
	up(EXACT, ONE);
	cr_expect_eq(contig("alloc_contig", 10, 10), -EINVAL);
	cr_expect_eq(contig("alloc_contig", 4000, 5000), -EINVAL);
	cr_expect_eq(contig("free_contig", 9000, 9001), -EINVAL);
}
