/* SPDX-License-Identifier: GPL-2.0-only */
/* Reclaim at work: kswapd between its marks, requests that reclaim, compact, kill. */
#include "tests/unit/reclaim_suite.h"

Test(reclaim_requests, kswapd_works_from_low_to_high, .fini = down)
{
	pga_pfn_t held[4096];

	up(EXACT, ONE);
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE, 1000);
	struct l310_zone *z = t.in.pga->zone[0];

	l310_wake_kswapd(t.in.pga, z, 0, PGA_ZONE_NORMAL, 0);
	cr_expect_eq(t.wakes, 0u, "nobody is woken above the low mark");
	unsigned n = hold_down_to(0, mark_of(0, PGA_WMARK_LOW), held);

	l310_wake_kswapd(t.in.pga, z, 0, PGA_ZONE_NORMAL, 0);
	cr_expect_eq(t.wakes, 1u);
	cr_expect_eq(t.events[PGA_EVENT_mm_vmscan_wakeup_kswapd], 1u);
	kswapd_runs(0, 100);
	uint64_t free = t_pages_free_frames(&t, 0), high = mark_of(0, PGA_WMARK_HIGH);

	cr_expect_gt(free, high);
	cr_expect_lt(free, high + 200, "%llu free, high mark %llu", (unsigned long long)free,
		     (unsigned long long)high);
	cr_expect_eq(t_pages_stat(&t, PGA_STAT_pgsteal_kswapd), t.evicted);
	cr_expect_gt(t_pages_stat(&t, PGA_STAT_pageoutrun), 0u);
	cr_expect_eq(t.events[PGA_EVENT_mm_vmscan_kswapd_wake], 1u);
	cr_expect_eq(t.events[PGA_EVENT_mm_vmscan_kswapd_sleep], 1u);
	cr_expect(!kswapd(0), "there is nothing more to do");
	let_go(held, n);
}

Test(reclaim_requests, kswapd_gives_a_zone_up_until_frames_come_back, .fini = down)
{
	pga_pfn_t held[4096];

	up(EXACT, ONE);
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE, 100);
	for (pga_pfn_t pfn = 0; pfn < t.in.end; pfn++)
		t.page[pfn].pinned = true;
	unsigned n = hold_down_to(0, mark_of(0, PGA_WMARK_MIN), held);

	kswapd_runs(0, 1000);
	cr_expect(l310_hopeless(t.in.pga->zone[0]));
	t_free(&t.in, 0, held[--n], 0);
	cr_expect(!l310_hopeless(t.in.pga->zone[0]));
	let_go(held, n);
}

Test(reclaim_requests, kswapd_looks_after_its_node_only, .fini = down)
{
	pga_pfn_t held[8192];

	up(EXACT, TWO);
	t_pages_add(&t, 0, 0, PGA_LRU_INACTIVE_FILE, 300);
	t_pages_add(&t, 0, 1, PGA_LRU_INACTIVE_FILE, 300);
	unsigned n = hold_down_to(1, mark_of(1, PGA_WMARK_MIN), held);

	kswapd_runs(0, 100);
	cr_expect_eq(t.evicted, 0u);
	t_drive(&t.in, 1);
	kswapd_runs(1, 100);
	cr_expect_gt(t.evicted, 0u);
	cr_expect_eq(t_pages_list(&t, 0, PGA_LRU_INACTIVE_FILE), 300u);
	let_go(held, n);
}

Test(reclaim_requests, kswapd_leaves_no_frames_on_its_own_lists, .fini = down)
{
	pga_pfn_t held[4096];
	uint32_t count[PGA_MAX_TYPES];

	up("linux-3.10", "zone=0:Normal:0+4096 cpus=0,0");
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE, 1000);
	unsigned n = hold_down_to(0, mark_of(0, PGA_WMARK_MIN), held);

	t_drive(&t.in, 1);
	for (unsigned i = 0; t.in.ops->daemons[0].step(t.in.pga, 0, 1); i++)
		cr_assert_lt(i, 100u);
	cr_expect_gt(t.evicted, 0u);
	t.in.ops->pcp_count(t.in.pga, 1, 0, count);
	for (unsigned k = 0; k < PGA_MAX_TYPES; k++)
		cr_expect_eq(count[k], 0u);
	let_go(held, n);
}

Test(reclaim_requests, requests_reclaim_before_they_fail, .fini = down)
{
	uint32_t seen = 0;

	up(EXACT, ONE);
	fill_node(0, PGA_LRU_INACTIVE_FILE);
	/* More than was free: the page cache has to give way. */
	for (unsigned i = 0; i < 2000; i++) {
		struct pga_res res = take(-1, PGA_GFP_KERNEL);

		cr_assert_eq(res.err, 0, "request %u", i);
		seen |= res.path;
	}
	cr_expect(seen & PGA_PATH(RETRY_MIN));
	cr_expect(seen & PGA_PATH(RECLAIM));
	cr_expect_eq(t.kills, 0u);
	cr_expect_gt(t.wakes, 0u);
	t_pages_check(&t);
	give_taken();
}

Test(reclaim_requests, a_woken_kswapd_spares_requests_the_reclaim, .fini = down)
{
	up(EXACT, ONE);
	fill_node(0, PGA_LRU_INACTIVE_FILE);
	for (unsigned i = 0; i < 2000; i++) {
		struct pga_res res = take(-1, PGA_GFP_KERNEL);

		cr_assert_eq(res.err, 0);
		cr_assert(!(res.path & PGA_PATH(RECLAIM)), "request %u", i);
		if (t.wakes) {
			kswapd_runs(0, 100);
			t.wakes = 0;
		}
	}
	cr_expect_eq(t_pages_stat(&t, PGA_STAT_allocstall), 0u);
	give_taken();
}

Test(reclaim_requests, with_nobody_to_kill_a_request_fails, .fini = down)
{
	struct pga_res res = { .err = 0 };

	up(EXACT, ONE);
	t.swap = 0;
	t.no_victim = true;
	fill_node(0, PGA_LRU_ACTIVE_ANON);
	for (unsigned i = 0; i < 4096 && !res.err; i++)
		res = take(-1, PGA_GFP_KERNEL);
	cr_expect_eq(res.err, -ENOMEM);
	cr_expect(res.path & PGA_PATH(OOM));
	cr_expect(res.path & PGA_PATH(FAIL));
	cr_expect_eq(t_pages_stat(&t, PGA_STAT_slow_no_victim), 1u);
	give_taken();
}

Test(reclaim_requests, the_memory_of_a_victim_comes_back, .fini = down)
{
	struct pga_res res = { .path = 0 };

	up(EXACT, ONE);
	t.swap = 0;
	while (t.nr_victim < 1000)
		cr_assert_eq(take(-1, PGA_GFP_KERNEL).err, 0);
	fill_node(0, PGA_LRU_ACTIVE_ANON);
	for (unsigned i = 0; i < 4096 && !t.kills; i++)
		res = take(-1, PGA_GFP_KERNEL);
	cr_expect_eq(res.err, 0);
	cr_expect(res.path & PGA_PATH(OOM));
	cr_expect_eq(t.kills, 1u);
	cr_expect_eq(t_pages_stat(&t, PGA_STAT_oom_kill), 1u);
	cr_expect_eq(t.events[PGA_EVENT_oom_kill], 1u);
	cr_expect_gt(t_pages_free_frames(&t, 0), 900u);
	give_taken();
}

Test(reclaim_requests, a_victim_may_use_the_reserve, .fini = down)
{
	pga_pfn_t held[4096];

	up(EXACT, ONE);
	unsigned n = hold_down_to(0, 10, held);
	struct pga_res res = take(-1, PGA_GFP_KERNEL | PGA_GFP_OOM_VICTIM);

	cr_expect_eq(res.err, 0);
	cr_expect(res.path & PGA_PATH(NO_WATERMARK));
	give_taken();
	let_go(held, n);
}

Test(reclaim_requests, zone_reclaim_stays_local)
{
	static const struct {
		const char *variant;
		int node;
	} cases[] = { { EXACT, 1 }, { EXACT ",zone_reclaim_mode=1", 0 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		up(cases[i].variant, TWO);
		fill_node(0, PGA_LRU_INACTIVE_FILE);
		struct pga_res res = take(0, PGA_GFP_KERNEL);

		cr_expect_eq(res.err, 0);
		cr_expect_eq(res.node, cases[i].node, "%s", cases[i].variant);
		cr_expect_eq(!!(res.path & PGA_PATH(RECLAIM_LOCAL)), !cases[i].node);
		cr_expect_eq(!!t.evicted, !cases[i].node);
		give_taken();
		down();
	}
}

/* Every second frame of the page cache, so that there is room but no block. */
static void fragment(void)
{
	fill_node(0, PGA_LRU_ACTIVE_FILE);
	for (pga_pfn_t pfn = 0; pfn < t.in.end; pfn += 2)
		if (t.page[pfn].owned)
			t_page_free(&t, pfn, 0);
}

/* The node has blocks, but none in the zones that kswapd had to look after. */
Test(reclaim_requests, kswapd_compacts_zones_without_blocks, .fini = down)
{
	up(EXACT, "zone=0:DMA32:4096+16384 zone=0:Normal:20480+16384 cpus=0,0");
	t.gfp = PGA_GFP_KERNEL | PGA_GFP_DMA32 | PGA_GFP_MOVABLE;
	fragment();
	l310_wake_kswapd(t.in.pga, t.in.pga->zone[0], 9, PGA_ZONE_NORMAL, 0);
	cr_expect_eq(t.wakes, 1u);
	kswapd_runs(0, 1000);
	cr_expect_gt(t.migrated, 0u);
	cr_expect_lt(t.evicted, 2048u, "there was room enough");
	t_pages_check(&t);
}

Test(reclaim_requests, without_compaction_blocks_are_reclaimed_for, .fini = down)
{
	up("linux-3.10-nocompact,vmstat=exact,pcp.enable=no", "zone=0:Normal:0+16384 cpus=0,0");
	fragment();
	l310_wake_kswapd(t.in.pga, t.in.pga->zone[0], 9, PGA_ZONE_NORMAL, 0);
	kswapd_runs(0, 1000);
	cr_expect_eq(t.migrated, 0u);
	cr_expect_gt(t.evicted, 0u);
	t_pages_check(&t);
}

Test(reclaim_requests, direct_reclaim_leaves_a_zone_that_can_be_compacted, .fini = down)
{
	up(EXACT, "zone=0:Normal:0+16384 cpus=0,0");
	fragment();
	cr_expect_eq(direct(0, 9, PGA_GFP_KERNEL, false), 1u, "go on: it is up to compaction");
	cr_expect_eq(t.evicted, 0u);
	cr_expect_geq(direct(0, 3, PGA_GFP_KERNEL, false), 32u, "small blocks are worth it");
}
