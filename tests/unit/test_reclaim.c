/* SPDX-License-Identifier: GPL-2.0-only */
/* Reclaim of linux-3.10, rule by rule, with a scripted owner of the frames. */
#include "tests/unit/reclaim_suite.h"

#include <stdlib.h>

Test(reclaim, unused_clean_file_frames_go_at_once, .fini = down)
{
	up(EXACT, ONE);
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE, 10);
	uint64_t before = t_pages_free_frames(&t, 0);
	struct pga_shrunk sum = shrink(PGA_LRU_INACTIVE_FILE, 32);

	cr_expect_eq(sum.taken, 10u);
	cr_expect_eq(sum.reclaimed, 10u);
	cr_expect_eq(t_pages_free_frames(&t, 0), before + 10);
	t_pages_check(&t);
}

Test(reclaim, the_tail_goes_first, .fini = down)
{
	up(EXACT, ONE);
	pga_pfn_t old = t_page_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE);
	pga_pfn_t new = t_page_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE);

	cr_expect_eq(shrink(PGA_LRU_INACTIVE_FILE, 1).reclaimed, 1u);
	cr_expect(!t.page[old].owned);
	cr_expect(t.page[new].owned);
}

Test(reclaim, a_file_frame_needs_two_uses_to_become_active, .fini = down)
{
	up(EXACT, ONE);
	pga_pfn_t pfn = t_page_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE);

	t.page[pfn].used = true;
	shrink(PGA_LRU_INACTIVE_FILE, 1);
	cr_expect_eq(t_pages_list(&t, 0, PGA_LRU_INACTIVE_FILE), 1u, "kept after the first use");
	t.page[pfn].used = true;
	cr_expect_eq(shrink(PGA_LRU_INACTIVE_FILE, 1).activated, 1u);
	cr_expect_eq(t_pages_list(&t, 0, PGA_LRU_ACTIVE_FILE), 1u, "active after the second");
	cr_expect_eq(t.page[pfn].asked, 0u, "nobody asked to evict it");
}

Test(reclaim, an_anonymous_frame_needs_one, .fini = down)
{
	up(EXACT, ONE);
	t.page[t_page_add(&t, 0, -1, PGA_LRU_INACTIVE_ANON)].used = true;
	cr_expect_eq(shrink(PGA_LRU_INACTIVE_ANON, 1).activated, 1u);
	cr_expect_eq(t_pages_list(&t, 0, PGA_LRU_ACTIVE_ANON), 1u);
}

Test(reclaim, a_marked_file_frame_is_taken_only_clean, .fini = down)
{
	up(EXACT, ONE);
	struct l310_scan sc = scan(L310_SCAN_KSWAPD);
	pga_pfn_t pfn = t_page_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE);

	sc.r.may_write_file = true;
	t.write = -EINPROGRESS;
	t.in.ops->mark_accessed(t.in.pga, pfn);
	t_page_dirty(&t, pfn);
	pga_shrink_inactive(&sc.r, &t.in.pga->zone[0]->lru, PGA_LRU_INACTIVE_FILE, 1);
	cr_expect_eq(t.writes, 0u, "it was touched: not worth a write yet");
	pga_shrink_inactive(&sc.r, &t.in.pga->zone[0]->lru, PGA_LRU_INACTIVE_FILE, 1);
	cr_expect_eq(t.writes, 1u, "the mark is gone");
	t_pages_written(&t);
	t.in.ops->mark_accessed(t.in.pga, pfn);
	cr_expect_eq(shrink(PGA_LRU_INACTIVE_FILE, 1).reclaimed, 1u, "marked and clean");
}

Test(reclaim, two_touches_activate, .fini = down)
{
	up(EXACT, ONE);
	pga_pfn_t pfn = t_page_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE);

	t.in.ops->mark_accessed(t.in.pga, pfn);
	cr_expect_eq(t_pages_list(&t, 0, PGA_LRU_INACTIVE_FILE), 1u);
	t.in.ops->mark_accessed(t.in.pga, pfn);
	cr_expect_eq(t_pages_list(&t, 0, PGA_LRU_ACTIVE_FILE), 1u);
	cr_expect_eq(t_pages_stat(&t, PGA_STAT_pgactivate), 1u);
	t.in.ops->mark_accessed(t.in.pga, pfn);
	t.in.ops->mark_accessed(t.in.pga, pfn);
	cr_expect_eq(t_pages_list(&t, 0, PGA_LRU_ACTIVE_FILE), 1u, "active stays active");
	t_pages_check(&t);
}

Test(reclaim, unevictable_frames_are_never_asked, .fini = down)
{
	up(EXACT, ONE);
	pga_pfn_t pfn = t_page_add(&t, 0, -1, PGA_LRU_UNEVICTABLE);

	t.in.ops->mark_accessed(t.in.pga, pfn);
	t.in.ops->mark_accessed(t.in.pga, pfn);
	cr_expect_eq(step(0), 0);
	cr_expect_eq(t.page[pfn].asked, 0u);
	cr_expect_eq(t_pages_list(&t, 0, PGA_LRU_UNEVICTABLE), 1u);
}

Test(reclaim, active_frames_come_back_to_the_inactive_list, .fini = down)
{
	up(EXACT, ONE);
	t_pages_add(&t, 0, -1, PGA_LRU_ACTIVE_FILE, 64);
	cr_expect_gt(step(0), 0);
	cr_expect_gt(t_pages_stat(&t, PGA_STAT_pgdeactivate), 0u);
	cr_expect_eq(t_pages_stat(&t, PGA_STAT_pgrefill), t_pages_stat(&t, PGA_STAT_pgdeactivate));
	t_pages_check(&t);
}

Test(reclaim, direct_reclaim_frees_a_batch_and_no_more_than_needed, .fini = down)
{
	up(EXACT, ONE);
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE, 2000);
	uint64_t got = direct(0, 0, PGA_GFP_KERNEL, false);

	cr_expect_geq(got, 32u);
	cr_expect_lt(got, 200u, "%llu of 2000 frames", (unsigned long long)got);
	cr_expect_eq(t.evicted, got);
	cr_expect_eq(t_pages_stat(&t, PGA_STAT_allocstall), 1u);
	cr_expect_eq(t_pages_stat(&t, PGA_STAT_pgsteal_direct), got);
	cr_expect_geq(t_pages_stat(&t, PGA_STAT_pgscan_direct), got);
	cr_expect_eq(t.events[PGA_EVENT_mm_vmscan_direct_reclaim_begin], 1u);
	cr_expect_eq(t.events[PGA_EVENT_mm_vmscan_direct_reclaim_end], 1u);
}

Test(reclaim, priorities_reach_the_last_frame, .fini = down)
{
	up(EXACT, ONE);
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE, 3);
	cr_expect_eq(direct(0, 0, PGA_GFP_KERNEL, false), 3u);
}

Test(reclaim, nothing_on_the_lists_is_no_progress, .fini = down)
{
	up(EXACT, ONE);
	cr_expect_eq(direct(0, 0, PGA_GFP_KERNEL, false), 0u);
	cr_expect_eq(t.waits, 0u);
}

Test(reclaim, pinned_frames_stay_and_hope_ends, .fini = down)
{
	up(EXACT, ONE);
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE, 100);
	for (pga_pfn_t pfn = 0; pfn < t.in.end; pfn++)
		t.page[pfn].pinned = true;
	unsigned tries = 1;

	/* Lists are to be scanned six times before a kill is worth it. */
	while (direct(0, 0, PGA_GFP_KERNEL, false) && tries < 20)
		tries++;
	cr_expect_gt(tries, 1u);
	cr_expect_lt(tries, 20u);
	cr_expect_eq(t.evicted, 0u);
	cr_expect_eq(direct(0, 0, PGA_GFP_KERNEL, true), 0u,
		     "nobody can be killed: no hope at all");
	t_pages_check(&t);
	/* A frame that comes back renews it. */
	t_page_free(&t, t_page_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE), 0);
	cr_expect_eq(direct(0, 0, PGA_GFP_KERNEL, false), 1u);
}

Test(reclaim, without_oom_killer_hope_is_no_progress, .fini = down)
{
	up(EXACT, ONE);
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE, 10);
	t.always_used = true;
	cr_expect_eq(direct(0, 0, PGA_GFP_KERNEL, true), 0u);
}

Test(reclaim, without_swap_anonymous_frames_are_not_scanned, .fini = down)
{
	up(EXACT, ONE);
	t.swap = 0;
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_ANON, 50);
	cr_expect_eq(direct(0, 0, PGA_GFP_KERNEL, false), 0u);
	cr_expect_eq(t_pages_stat(&t, PGA_STAT_pgscan_direct), 0u);
}

Test(reclaim, swap_is_a_budget, .fini = down)
{
	up(EXACT, ONE);
	t.swap = 7;
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_ANON, 50);
	struct pga_shrunk sum = shrink(PGA_LRU_INACTIVE_ANON, 32);

	cr_expect_eq(sum.reclaimed, 7u);
	cr_expect_eq(sum.activated, 25u, "no room in swap: not a candidate for long");
	t_pages_check(&t);
}

Test(reclaim, anonymous_frames_need_io, .fini = down)
{
	up(EXACT, ONE);
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_ANON, 50);
	cr_expect_eq(direct(0, 0, PGA_GFP_WAIT, true), 0u);
	cr_expect_eq(t.evicted, 0u);
	cr_expect_geq(direct(0, 0, PGA_GFP_WAIT | PGA_GFP_IO, true), 32u);
}

/* Frames of both kinds, of which the anonymous ones are all in use. */
static uint64_t anon_share(const char *variant)
{
	up(variant, ONE);
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_ANON, 1000);
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE, 500);
	t_pages_add(&t, 0, -1, PGA_LRU_ACTIVE_FILE, 700);
	for (unsigned i = 0; i < 8; i++)
		direct(0, 0, PGA_GFP_KERNEL, false);

	uint64_t anon = 1000 - t_pages_list(&t, 0, PGA_LRU_INACTIVE_ANON) -
			t_pages_list(&t, 0, PGA_LRU_ACTIVE_ANON);
	down();
	return anon;
}

Test(reclaim, swappiness_shifts_the_balance)
{
	uint64_t none = anon_share(EXACT ",swappiness=0"), some = anon_share(EXACT),
		 most = anon_share(EXACT ",swappiness=100");

	cr_expect_eq(none, 0u);
	cr_expect_gt(some, none);
	cr_expect_gt(most, some);
}

Test(reclaim, files_alone_are_scanned_while_many_are_inactive, .fini = down)
{
	up(EXACT, ONE);
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_ANON, 500);
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE, 500);
	direct(0, 0, PGA_GFP_KERNEL, false);
	cr_expect_eq(t_pages_list(&t, 0, PGA_LRU_INACTIVE_ANON), 500u);
}

Test(reclaim, direct_reclaim_writes_no_files, .fini = down)
{
	up(EXACT, ONE);
	t.write = -EINPROGRESS;
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE, 200);
	for (pga_pfn_t pfn = 0; pfn < t.in.end; pfn++)
		if (t.page[pfn].owned)
			t_page_dirty(&t, pfn);
	cr_expect_eq(t_pages_stat(&t, PGA_STAT_nr_dirty), 200u);
	cr_expect_eq(direct(0, 0, PGA_GFP_KERNEL, true), 0u);
	cr_expect_eq(t.writes, 0u);
	cr_expect_gt(t.flushes, 0u, "but it has flushers begin");
	cr_expect_gt(t.waits, 0u, "and naps");
	/* Flushers clean some: they were wanted, so they go to the tail. */
	unsigned cleaned = 0;
	for (pga_pfn_t pfn = 0; pfn < t.in.end && cleaned < 40; pfn++) {
		if (!t.page[pfn].owned)
			continue;
		t.page[pfn].dirty = false;
		t.in.ops->set_dirty(t.in.pga, pfn, false);
		cleaned++;
	}
	cr_expect_eq(t_pages_stat(&t, PGA_STAT_pgrotated), 40u);
	cr_expect_eq(shrink(PGA_LRU_INACTIVE_FILE, 32).reclaimed, 32u);
	t_pages_check(&t);
}

Test(reclaim, kswapd_writes_at_the_tail_when_in_trouble, .fini = down)
{
	pga_pfn_t held[4096];

	up(EXACT, ONE);
	t.write = -EINPROGRESS;
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE, 500);
	for (pga_pfn_t pfn = 0; pfn < t.in.end; pfn++)
		if (t.page[pfn].owned)
			t_page_dirty(&t, pfn);
	unsigned n = hold_down_to(0, mark_of(0, PGA_WMARK_MIN), held);

	kswapd_runs(0, 1000);
	cr_expect_gt(t.writes, 0u);
	cr_expect_gt(t.evicted, 0u);
	cr_expect_gt(t.waits, 0u);
	cr_expect_eq(t_pages_stat(&t, PGA_STAT_nr_vmscan_write), t.writes);
	cr_expect_gt(t_pages_free_frames(&t, 0), (uint64_t)mark_of(0, PGA_WMARK_HIGH));
	let_go(held, n);
}

Test(reclaim, kswapd_writes_no_files_without_trouble, .fini = down)
{
	up(EXACT, ONE);
	t.write = -EIO;
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE, 2500);
	for (pga_pfn_t pfn = 0; pfn < t.in.end; pfn++)
		if (t.page[pfn].owned)
			t_page_dirty(&t, pfn);
	round_at(L310_SCAN_KSWAPD, 10);
	cr_expect_eq(t.writes, 0u);
	round_at(L310_SCAN_DIRECT, 9);
	cr_expect_eq(t.writes, 0u);
	round_at(L310_SCAN_KSWAPD, 9);
	cr_expect_gt(t.writes, 0u);
}

Test(reclaim, a_round_scans_one_frame_in_2_to_the_priority, .fini = down)
{
	up(EXACT, ONE);
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE, 2048);
	round_at(L310_SCAN_DIRECT, 11);
	cr_expect_eq(t_pages_stat(&t, PGA_STAT_pgscan_direct), 1u);
	round_at(L310_SCAN_DIRECT, 4);
	cr_expect_eq(t_pages_stat(&t, PGA_STAT_pgscan_direct), 1u + 2047 / 16);
}

/* Written while it was isolated: there was no list yet to rotate it on. */
Test(reclaim, a_frame_written_at_once_is_next_to_go, .fini = down)
{
	up(EXACT, ONE);
	struct l310_scan sc = scan(L310_SCAN_KSWAPD);
	struct pga_lru_set *lru = &t.in.pga->zone[0]->lru;
	pga_pfn_t old = t_page_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE);
	pga_pfn_t new = t_page_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE);

	sc.r.may_write_file = true;
	t.write = -EINPROGRESS;
	t.write_at_once = true;
	t_page_dirty(&t, old);
	cr_expect_eq(pga_shrink_inactive(&sc.r, lru, PGA_LRU_INACTIVE_FILE, 1).written, 1u);
	cr_expect_eq(t_pages_stat(&t, PGA_STAT_pgrotated), 1u);
	cr_expect_eq(pga_shrink_inactive(&sc.r, lru, PGA_LRU_INACTIVE_FILE, 1).reclaimed, 1u);
	cr_expect(!t.page[old].owned);
	cr_expect(t.page[new].owned);
}

Test(reclaim, the_owner_may_find_out_that_a_frame_is_clean, .fini = down)
{
	up(EXACT, ONE);
	struct l310_scan sc = scan(L310_SCAN_KSWAPD);
	pga_pfn_t pfn = t_page_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE);

	sc.r.may_write_file = true;
	t_page_dirty(&t, pfn);
	cr_expect_eq(pga_shrink_inactive(&sc.r, &t.in.pga->zone[0]->lru, PGA_LRU_INACTIVE_FILE, 1)
			     .reclaimed,
		     1u);
	cr_expect_eq(t_pages_stat(&t, PGA_STAT_nr_dirty), 0u);
}

struct fault {
	const char *name;
	int write;
	bool deaf;
};

static const struct fault faults[] = {
	{ "device-fails", -EIO, false },
	{ "device-congested", -EAGAIN, false },
	{ "completions-lost", -EINPROGRESS, true },
};

Test(reclaim, failing_writeback_loses_nothing_and_ends)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		pga_pfn_t held[4096];

		up(EXACT, ONE);
		t.write = faults[i].write;
		t.deaf = faults[i].deaf;
		t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE, 300);
		for (pga_pfn_t pfn = 0; pfn < t.in.end; pfn++)
			if (t.page[pfn].owned)
				t_page_dirty(&t, pfn);
		unsigned n = hold_down_to(0, mark_of(0, PGA_WMARK_MIN), held);

		kswapd_runs(0, 5000);
		for (unsigned k = 0; k < 20; k++)
			direct(0, 0, PGA_GFP_KERNEL, false);
		cr_expect_eq(direct(0, 0, PGA_GFP_KERNEL, false), 0u, "%s", faults[i].name);
		cr_expect_eq(t.evicted, 0u, "%s", faults[i].name);
		cr_expect_gt(t.writes, 0u, "%s", faults[i].name);
		cr_expect_eq(t_pages_owned(&t), 300u, "%s", faults[i].name);
		t_pages_check(&t);
		let_go(held, n);
		down();
	}
}

Test(reclaim, a_wait_that_is_told_to_give_up_ends_the_run, .fini = down)
{
	up(EXACT, ONE);
	t.waits_left = 0;
	t.write = -EINPROGRESS;
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE, 300);
	for (pga_pfn_t pfn = 0; pfn < t.in.end; pfn++)
		if (t.page[pfn].owned)
			t_page_dirty(&t, pfn);
	direct(0, 0, PGA_GFP_KERNEL, true);
	cr_expect_eq(t.waits, 1u);
}

Test(reclaim, an_owner_that_lets_go_meanwhile_leaves_an_orphan, .fini = down)
{
	up(EXACT, ONE);
	uint64_t before = t_pages_free_frames(&t, 0);

	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE, 20);
	for (pga_pfn_t pfn = 0; pfn < t.in.end; pfn++)
		t.page[pfn].orphan_on_evict = t.page[pfn].owned;
	struct pga_shrunk sum = shrink(PGA_LRU_INACTIVE_FILE, 32);

	cr_expect_eq(sum.reclaimed, 20u, "its isolator frees it");
	cr_expect_eq(t.evicted, 0u);
	cr_expect_eq(t_pages_free_frames(&t, 0), before);
	t_pages_check(&t);
}

Test(reclaim, caches_shrink_in_proportion, .fini = down)
{
	up(EXACT, ONE);
	for (unsigned i = 0; i < 400; i++)
		t.cache[t.nr_cache++] = t_alloc(&t.in, 0, -1, 0, PGA_GFP_SLAB_RECLAIMABLE).pfn;
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE, 1000);
	uint64_t got = direct(0, 0, PGA_GFP_KERNEL, false), slabs = 400 - t.nr_cache;

	cr_expect_gt(slabs, 0u);
	cr_expect_eq(got, t.evicted + slabs);
	cr_expect_lt(slabs, 200u, "%llu", (unsigned long long)slabs);
	cr_expect_eq(t_pages_stat(&t, PGA_STAT_slabs_scanned), t.asked_of_cache);
	while (t.nr_cache)
		t_free(&t.in, 0, t.cache[--t.nr_cache], 0);
}

Test(reclaim, a_dead_shrinker_hangs_nobody, .fini = down)
{
	pga_pfn_t held[4096];

	up(EXACT, ONE);
	t.dead_shrinker = true;
	for (unsigned i = 0; i < 400; i++)
		t.cache[t.nr_cache++] = t_alloc(&t.in, 0, -1, 0, PGA_GFP_SLAB_RECLAIMABLE).pfn;
	unsigned n = hold_down_to(0, mark_of(0, PGA_WMARK_MIN), held);

	kswapd_runs(0, 1000);
	cr_expect_eq(direct(0, 0, PGA_GFP_KERNEL, false), 0u);
	cr_expect_gt(t.shrinks, 0u);
	cr_expect_eq(t.nr_cache, 400u);
	let_go(held, n);
	while (t.nr_cache)
		t_free(&t.in, 0, t.cache[--t.nr_cache], 0);
}

Test(reclaim, watermark_scale_widens_the_marks)
{
	uint32_t low, high;

	up(EXACT, ONE);
	low = mark_of(0, PGA_WMARK_LOW);
	high = mark_of(0, PGA_WMARK_HIGH);
	down();
	up(EXACT ",watermark_scale=100", ONE);
	cr_expect_eq(mark_of(0, PGA_WMARK_LOW), low + 40, "a hundredth of 4096 frames");
	cr_expect_eq(mark_of(0, PGA_WMARK_HIGH), high + 80);
	down();
}

Test(reclaim, dirtying_beyond_the_limit_is_told, .fini = down)
{
	unsigned ok = 0;

	up(EXACT ",dirty_ratio=10", ONE);
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE, 1000);
	uint64_t limit = l310_dirty_limit(t.in.pga);

	for (pga_pfn_t pfn = 0; pfn < t.in.end; pfn++)
		if (t.page[pfn].owned)
			ok += t_page_dirty(&t, pfn) == 0;
	cr_expect_eq(ok, limit);
	cr_expect_gt(limit, 300u);
	cr_expect_lt(limit, 410u, "a tenth of 4096 frames less what is kept back");
	t_pages_check(&t);
}

Test(reclaim, a_frame_that_leaves_takes_its_marks_along, .fini = down)
{
	up(EXACT, ONE);
	pga_pfn_t pfn = t_page_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE);

	t_page_dirty(&t, pfn);
	cr_expect_eq(t_pages_stat(&t, PGA_STAT_nr_dirty), 1u);
	t_page_free(&t, pfn, 0);
	cr_expect_eq(t_pages_stat(&t, PGA_STAT_nr_dirty), 0u);
	t_pages_check(&t);
}

Test(reclaim, zone_reclaim_takes_clean_cache_of_near_zones, .fini = down)
{
	up(EXACT ",zone_reclaim_mode=1", TWO);
	struct pga *self = t.in.pga;
	struct l310_zone *local = self->zone[0], *remote = self->zone[1];

	cr_expect(l310_zone_reclaim_applies(self, local, local));
	cr_expect_eq(l310_zone_reclaim(self, local, 0, 0, PGA_GFP_KERNEL), L310_ZR_FULL,
		     "no cache");
	t_pages_add(&t, 0, 0, PGA_LRU_INACTIVE_FILE, 300);
	t_pages_add(&t, 0, 0, PGA_LRU_INACTIVE_ANON, 300);
	t_pages_add(&t, 0, 1, PGA_LRU_INACTIVE_FILE, 300);
	cr_expect_eq(l310_zone_reclaim(self, local, 0, 0, PGA_GFP_HIGH), L310_ZR_NOSCAN,
		     "may not wait");
	cr_expect_eq(l310_zone_reclaim(self, local, 0, 0, PGA_GFP_KERNEL | PGA_GFP_PF_MEMALLOC),
		     L310_ZR_NOSCAN, "frees memory itself");
	cr_expect_eq(l310_zone_reclaim(self, remote, 0, 0, PGA_GFP_KERNEL), L310_ZR_NOSCAN,
		     "another node with CPUs of its own");
	cr_expect_eq(l310_zone_reclaim(self, local, 0, 0, PGA_GFP_KERNEL), L310_ZR_SUCCESS);
	cr_expect_gt(t.evicted, 0u);
	cr_expect_eq(t_pages_list(&t, 0, PGA_LRU_INACTIVE_ANON), 300u, "mapped frames stay");
	for (pga_pfn_t pfn = 0; pfn < t.in.end; pfn++)
		t.page[pfn].pinned = true;
	cr_expect_eq(l310_zone_reclaim(self, local, 0, 0, PGA_GFP_KERNEL), L310_ZR_SOME);
	cr_expect_eq(t_pages_stat(&t, PGA_STAT_zone_reclaim_failed), 1u);
}

Test(reclaim, zone_reclaim_mode_says_what_may_go, .fini = down)
{
	up(EXACT ",zone_reclaim_mode=5", ONE);
	struct pga *self = t.in.pga;

	t_pages_add(&t, 0, 0, PGA_LRU_INACTIVE_FILE, 50);
	t_pages_add(&t, 0, 0, PGA_LRU_INACTIVE_ANON, 300);
	cr_expect_eq(l310_zone_reclaim(self, self->zone[0], 0, 8, PGA_GFP_KERNEL), L310_ZR_SUCCESS);
	cr_expect_lt(t_pages_list(&t, 0, PGA_LRU_INACTIVE_ANON), 300u);
}

Test(reclaim, far_zones_are_not_reclaimed_first, .fini = down)
{
	up(EXACT ",zone_reclaim_mode=1", TWO " dist=10,31/20,10");
	cr_expect(!l310_zone_reclaim_applies(t.in.pga, t.in.pga->zone[0], t.in.pga->zone[1]));
	cr_expect(l310_zone_reclaim_applies(t.in.pga, t.in.pga->zone[1], t.in.pga->zone[0]));
}

Test(reclaim, noreclaim_leaves_owners_alone, .fini = down)
{
	up("linux-3.10-noreclaim", ONE);
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE, 100);
	cr_expect_eq(direct(0, 0, PGA_GFP_KERNEL, false), 0u);
	cr_expect_eq(step(0), 0);
	cr_expect(!kswapd(0));
	l310_wake_kswapd(t.in.pga, t.in.pga->zone[0], 0, PGA_ZONE_NORMAL, 0);
	cr_expect_eq(t.wakes, 0u);
	cr_expect_eq(t_pages_owned(&t), 100u);
}

Test(reclaim, the_step_names_what_is_wrong, .fini = down)
{
	struct pga_step_arg arg = { .zone = 9, .order = -1 };

	up(EXACT, ONE);
	cr_expect_eq(l310_step_reclaim(t.in.pga, &arg), -EINVAL);
}

Test(reclaim, the_emergency_reserve_throttles_direct_reclaim, .fini = down)
{
	pga_pfn_t held[4096];

	up(EXACT, ONE);
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE, 100);
	unsigned n = hold_down_to(0, mark_of(0, PGA_WMARK_MIN) / 2, held);

	cr_expect_gt(direct(0, 0, PGA_GFP_KERNEL, true), 0u);
	cr_expect_gt(t.waits, 1u, "until there is some again, or patience ends");
	cr_expect_gt(t.wakes, 0u);
	let_go(held, n);
}

Test(reclaim, others_at_work_are_waited_for_but_not_for_ever, .fini = down)
{
	up(EXACT, ONE);
	struct pga_lru_set *lru = &t.in.pga->zone[0]->lru;

	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE, 320);
	lru->isolated += 400;
	cr_expect_geq(direct(0, 0, PGA_GFP_KERNEL, false), 32u);
	cr_expect_gt(t.waits, 0u, "more frames are isolated than an eighth of the list");
	uint64_t waits = t.waits;

	lru->isolated -= 400 - 100;
	cr_expect_geq(direct(0, 0, PGA_GFP_WAIT, false), 32u);
	cr_expect_eq(t.waits, waits, "who may not start I/O goes first");
	lru->isolated -= 100;
}

Test(reclaim, too_much_under_way_holds_back_who_reclaims, .fini = down)
{
	up(EXACT ",dirty_ratio=1", ONE);
	struct l310_scan sc = scan(L310_SCAN_KSWAPD);

	t.write = -EINPROGRESS;
	t.deaf = true;
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE, 64);
	for (pga_pfn_t pfn = 0; pfn < t.in.end; pfn++)
		if (t.page[pfn].owned)
			t_page_dirty(&t, pfn);
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE, 200);
	sc.r.may_write_file = true;
	for (unsigned i = 0; i < 2; i++)
		pga_shrink_inactive(&sc.r, &t.in.pga->zone[0]->lru, PGA_LRU_INACTIVE_FILE, 32);
	cr_assert_eq(t_pages_stat(&t, PGA_STAT_nr_writeback), 64u);
	round_at(L310_SCAN_DIRECT, 12);
	cr_expect_eq(t.waits, 1u, "a tenth more than the limit");
	t.deaf = false;
	t_pages_written(&t);
	round_at(L310_SCAN_DIRECT, 12);
	cr_expect_eq(t.waits, 1u);
}

Test(reclaim, tunables_take_effect_while_it_runs, .fini = down)
{
	up(EXACT, ONE);
	int swappiness = pga_tunable_index(t.in.ops, "swappiness");
	int reclaim = pga_tunable_index(t.in.ops, "reclaim");

	cr_assert_geq(swappiness, 0);
	cr_expect_eq(t.in.ops->set(t.in.pga, (unsigned)swappiness, 0), 0);
	cr_expect_eq(t.in.ops->get(t.in.pga, (unsigned)swappiness), 0);
	cr_expect_eq(t.in.ops->set(t.in.pga, (unsigned)swappiness, 101), -ERANGE);
	cr_expect_eq(t.in.ops->set(t.in.pga, (unsigned)reclaim, 0), -EPERM);
}

Test(reclaim, who_asks_for_blocks_gets_twice_as_many_frames, .fini = down)
{
	up(EXACT, "zone=0:Normal:4096+16384 cpus=0,0");
	pga_pfn_t *held = calloc(16384, sizeof(*held));

	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE, 8000);
	unsigned n = hold_down_to(0, mark_of(0, PGA_WMARK_LOW), held);
	uint64_t single = direct(0, 0, PGA_GFP_KERNEL, false);
	uint64_t block = direct(0, 9, PGA_GFP_KERNEL, false);

	cr_expect_lt(single, 100u);
	cr_expect_geq(block, 1024u);
	cr_expect_lt(block, 2500u, "%llu", (unsigned long long)block);
	let_go(held, n);
	free(held);
}

Test(reclaim, caches_of_nodes_that_do_not_help_are_left_alone, .fini = down)
{
	up(EXACT, TWO);
	struct pga *self = t.in.pga;
	uint64_t only_one = 2;
	struct l310_reclaim req = { .gfp = PGA_GFP_KERNEL };

	t.dead_shrinker = true;
	t.nr_cache = 100;
	req.list = &self->list[pga_zonelist_index(0, PGA_LIST_THISNODE, PGA_ZONE_NORMAL)];
	l310_direct_reclaim(self, &req);
	cr_expect_eq(t.asked_nodes, 1u);
	t.asked_nodes = 0;
	req.list = &self->list[pga_zonelist_index(0, PGA_LIST_FALLBACK, PGA_ZONE_NORMAL)];
	l310_direct_reclaim(self, &req);
	cr_expect_eq(t.asked_nodes, 3u);
	t.asked_nodes = 0;
	req.nodemask = &only_one;
	l310_direct_reclaim(self, &req);
	cr_expect_eq(t.asked_nodes, 2u);
	t.asked_nodes = 0;
	req.nodemask = NULL;
	req.cpuset = &only_one;
	l310_direct_reclaim(self, &req);
	cr_expect_eq(t.asked_nodes, 2u);
	t.nr_cache = 0;
}
