/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-2.6.9: what becomes of frames on its lists, direct reclaim, and kswapd. */
#include "core/linux26_reclaim.h"
#include "tests/support/t_pages.h"

#include <criterion/criterion.h>
#include <errno.h>

#define ONE "zone=0:Normal:0+4096 cpus=0,0"
#define NOPCP "linux-2.6.9-nopcp"

static struct t_pages t;

static void up(const char *variant)
{
	t = (struct t_pages){ .answer = PGA_GO_ON, .waits_left = 1000, .swap = 100000 };
	cr_assert_eq(t_pages_up(&t, variant, ONE), 0, "%s", t.in.why);
}

static void down(void)
{
	t_pages_free_all(&t);
	t_pages_down(&t);
}

static struct l26_zone *zone(void)
{
	return t.in.pga->zone[0];
}

static uint64_t on(enum pga_lru list)
{
	return t_pages_list(&t, 0, list);
}

static struct pga_shrunk shrink(uint32_t gfp, unsigned nr)
{
	struct l26_scan sc = l26_scan_start(t.in.pga, false, 0, gfp);

	return pga_shrink_inactive(&sc.r, &zone()->lru, PGA_LRU_INACTIVE_ANON, nr);
}

/* One round at a priority, of the active list one batch and its share. */
static void round_at(int priority)
{
	struct l26_scan sc = l26_scan_start(t.in.pga, false, 0, PGA_GFP_KERNEL);

	sc.priority = priority;
	zone()->scan_active = PGA_RECLAIM_BATCH;
	l26_shrink_zone(t.in.pga, zone(), &sc);
}

/* Frames of @list until the zone is at its low mark. */
static unsigned fill(enum pga_lru list)
{
	unsigned n = 0;

	for (; zone()->nr_free > zone()->mark[PGA_WMARK_LOW]; n++)
		cr_assert_neq(t_page_add(&t, 0, 0, list), PGA_NIL);
	return n;
}

static struct pga_res take(uint32_t gfp)
{
	struct pga_res res = t_alloc(&t.in, 0, -1, 0, gfp);

	if (!res.err)
		t.victim[t.nr_victim++] = res.pfn;
	return res;
}

static void give_taken(void)
{
	while (t.nr_victim)
		t_free(&t.in, 0, t.victim[--t.nr_victim], 0);
}

static unsigned kswapd_runs(void)
{
	unsigned steps = 1;

	while (t.in.ops->daemons[0].step(t.in.pga, 0, 0) && steps < 1000)
		steps++;
	cr_assert_lt(steps, 1000u, "kswapd does not come to rest");
	return steps;
}

/* --- lists --- */

Test(linux26_reclaim, both_kinds_wait_in_one_line)
{
	pga_pfn_t file, anon;

	up(NOPCP);
	file = t_page_add(&t, 0, 0, PGA_LRU_INACTIVE_FILE);
	anon = t_page_add(&t, 0, 0, PGA_LRU_INACTIVE_ANON);
	cr_expect_eq(on(PGA_LRU_INACTIVE_FILE), 1);
	cr_expect_eq(on(PGA_LRU_INACTIVE_ANON), 1);
	t_pages_check(&t);
	cr_expect_eq(shrink(PGA_GFP_KERNEL, 1).reclaimed, 1u);
	cr_expect_not(t.page[file].owned, "who came first goes first, of whatever kind");
	cr_expect(t.page[anon].owned);
	cr_expect_eq(on(PGA_LRU_INACTIVE_FILE), 0);
	cr_expect_eq(on(PGA_LRU_INACTIVE_ANON), 1);
	down();
}

Test(linux26_reclaim, one_use_makes_a_frame_active)
{
	pga_pfn_t file, anon;

	up(NOPCP);
	file = t_page_add(&t, 0, 0, PGA_LRU_INACTIVE_FILE);
	anon = t_page_add(&t, 0, 0, PGA_LRU_INACTIVE_ANON);
	t.page[file].used = t.page[anon].used = true;
	cr_expect_eq(shrink(PGA_GFP_KERNEL, 2).activated, 2u);
	cr_expect_eq(on(PGA_LRU_ACTIVE_FILE), 1);
	cr_expect_eq(on(PGA_LRU_ACTIVE_ANON), 1);
	down();
}

Test(linux26_reclaim, a_marked_file_is_taken_unless_it_is_dirty)
{
	pga_pfn_t clean, dirty;

	up(NOPCP);
	clean = t_page_add(&t, 0, 0, PGA_LRU_INACTIVE_FILE);
	dirty = t_page_add(&t, 0, 0, PGA_LRU_INACTIVE_FILE);
	t.in.ops->mark_accessed(t.in.pga, clean);
	t.in.ops->mark_accessed(t.in.pga, dirty);
	t_page_dirty(&t, dirty);
	cr_expect_eq(shrink(PGA_GFP_KERNEL, 2).reclaimed, 1u);
	cr_expect(t.page[dirty].owned);
	cr_expect_eq(t.writes, 0u);
	shrink(PGA_GFP_KERNEL, 1);
	cr_expect_eq(t.writes, 1u, "without the mark it is written, by any reclaimer");
	down();
}

Test(linux26_reclaim, who_may_not_call_file_systems_writes_no_files)
{
	up(NOPCP);
	t_page_dirty(&t, t_page_add(&t, 0, 0, PGA_LRU_INACTIVE_FILE));
	shrink(PGA_GFP_WAIT | PGA_GFP_IO, 1);
	cr_expect_eq(t.writes, 0u);
	shrink(PGA_GFP_WAIT | PGA_GFP_IO | PGA_GFP_FS, 1);
	cr_expect_eq(t.writes, 1u);
	down();
}

Test(linux26_reclaim, files_leave_the_active_list_before_mapped_frames)
{
	up(NOPCP);
	t_pages_add(&t, 0, 0, PGA_LRU_ACTIVE_ANON, 32);
	t_pages_add(&t, 0, 0, PGA_LRU_ACTIVE_FILE, 32);
	round_at(0);
	cr_expect_eq(on(PGA_LRU_ACTIVE_ANON), 32, "little is mapped, and there is no distress");
	cr_expect_eq(on(PGA_LRU_ACTIVE_FILE), 0);
	zone()->prev_priority = 0;
	t_pages_add(&t, 0, 0, PGA_LRU_ACTIVE_FILE, 32);
	round_at(0);
	cr_expect_eq(on(PGA_LRU_ACTIVE_ANON), 0, "in distress they go, too");
	down();
}

Test(linux26_reclaim, swappiness_lets_mapped_frames_go)
{
	up("linux-2.6.9-nopcp,swappiness=100");
	t.page[t_page_add(&t, 0, 0, PGA_LRU_ACTIVE_ANON)].used = true;
	t_pages_add(&t, 0, 0, PGA_LRU_ACTIVE_ANON, 32);
	round_at(PGA_RECLAIM_PRIORITY);
	cr_expect_eq(on(PGA_LRU_ACTIVE_ANON), 1, "but for one in use");
	t.swap = 0;
	t_pages_add(&t, 0, 0, PGA_LRU_ACTIVE_ANON, 31);
	round_at(PGA_RECLAIM_PRIORITY);
	cr_expect_eq(on(PGA_LRU_ACTIVE_ANON), 32, "without swap they have nowhere to go");
	down();
}

/* --- requests --- */

Test(linux26_reclaim, a_request_reclaims_what_it_needs)
{
	struct pga_res res;

	up(NOPCP);
	t.no_daemons = true;
	fill(PGA_LRU_INACTIVE_FILE);
	while (!(res = take(PGA_GFP_KERNEL)).err && !(res.path & PGA_PATH(RECLAIM)))
		;
	cr_expect_eq(res.err, 0);
	cr_expect_eq(res.path & ~(PGA_PATH(BUDDY) | PGA_PATH(SPLIT)),
		     PGA_PATH(RETRY_MIN) | PGA_PATH(RECLAIM));
	cr_expect_geq(t.evicted, PGA_RECLAIM_BATCH);
	cr_expect_eq(t_pages_stat(&t, PGA_STAT_allocstall), 1);
	cr_expect_eq(t_pages_stat(&t, PGA_STAT_pgsteal_direct), t.evicted);
	give_taken();
	down();
}

Test(linux26_reclaim, in_vain_it_naps_flushes_and_asks_for_a_victim)
{
	struct pga_res res;

	up("linux-2.6.9-nopcp,oom.patience=no");
	t.always_used = true;
	fill(PGA_LRU_INACTIVE_ANON);
	while (!take(PGA_GFP_FS | PGA_GFP_NOWARN).err)
		;
	res = t_alloc(&t.in, 0, -1, 0, PGA_GFP_KERNEL);
	cr_expect_eq(res.err, 0, "the victim's frames");
	cr_expect(res.path & PGA_PATH(OOM));
	cr_expect_eq(t.kills, 1u);
	cr_expect_gt(t.waits, 0u);
	cr_expect_gt(t.flushes, 0u);
	t_free(&t.in, 0, res.pfn, 0);
	t_drive(&t.in, 0);
	down();
}

Test(linux26_reclaim, caches_shrink_as_the_lists_are_scanned)
{
	uint64_t asked;

	up(NOPCP);
	t_pages_add(&t, 0, 0, PGA_LRU_INACTIVE_FILE, 100);
	for (; t.nr_cache < 50; t.nr_cache++)
		t.cache[t.nr_cache] = t_alloc(&t.in, 0, -1, 0, PGA_GFP_KERNEL).pfn;
	cr_expect_gt(t.in.ops->steps[0].run(
			     t.in.pga, &(struct pga_step_arg){ .zone = 0, .gfp = PGA_GFP_KERNEL }),
		     0);
	asked = t_pages_stat(&t, PGA_STAT_slabs_scanned);
	cr_expect_eq(asked, t.asked_of_cache);
	cr_expect_gt(asked, 0);
	while (t.nr_cache)
		t_free(&t.in, 0, t.cache[--t.nr_cache], 0);
	down();
}

Test(linux26_reclaim, without_reclaim_owners_keep_their_frames)
{
	up("linux-2.6.9-nopcp,reclaim=no");
	fill(PGA_LRU_INACTIVE_FILE);
	while (!take(PGA_GFP_KERNEL | PGA_GFP_NORETRY | PGA_GFP_NOWARN).err)
		;
	cr_expect_eq(t.evicted, 0u);
	cr_expect_eq(t_pages_stat(&t, PGA_STAT_allocstall), 1, "counted all the same");
	cr_expect_not(t.in.ops->daemons[0].step(t.in.pga, 0, 0));
	give_taken();
	down();
}

Test(linux26_reclaim, dirty_frames_have_a_limit)
{
	int rc = 0;
	unsigned n = 0;

	up(NOPCP);
	while (!rc && n < 4000) {
		rc = t_page_dirty(&t, t_page_add(&t, 0, 0, PGA_LRU_INACTIVE_FILE));
		n++;
	}
	cr_expect_eq(rc, -EAGAIN);
	cr_expect_eq(n, (4096 - zone()->mark[PGA_WMARK_HIGH]) * 40 / 100 + 1);
	down();
	up(NOPCP);
	t_pages_add(&t, 0, 0, PGA_LRU_ACTIVE_ANON, 3000);
	for (n = 0, rc = 0; !rc && n < 1000; n++)
		rc = t_page_dirty(&t, t_page_add(&t, 0, 0, PGA_LRU_INACTIVE_FILE));
	cr_expect_leq(n, 4096u * 14 / 100, "most is mapped: half of the rest");
	down();
}

/* --- kswapd --- */

Test(linux26_reclaim, kswapd_goes_on_to_the_high_mark)
{
	up(NOPCP);
	fill(PGA_LRU_INACTIVE_FILE);
	cr_expect_eq(t.wakes, 0u);
	cr_expect_eq(take(PGA_GFP_KERNEL).err, 0);
	cr_expect_eq(t.wakes, 1u);
	kswapd_runs();
	cr_expect_gt(zone()->nr_free, zone()->mark[PGA_WMARK_HIGH]);
	cr_expect_leq(zone()->nr_free, zone()->mark[PGA_WMARK_HIGH] + 2 * PGA_RECLAIM_BATCH);
	cr_expect_eq(t_pages_stat(&t, PGA_STAT_pgsteal_kswapd), t.evicted);
	cr_expect_eq(t.events[PGA_EVENT_mm_vmscan_kswapd_wake], 1u);
	cr_expect_eq(t.events[PGA_EVENT_mm_vmscan_kswapd_sleep], 1u);
	cr_expect_eq(kswapd_runs(), 1u, "there is nothing to do");
	give_taken();
	down();
}

Test(linux26_reclaim, kswapd_gives_a_zone_up_until_frames_come_back)
{
	up(NOPCP);
	t.always_used = true;
	fill(PGA_LRU_INACTIVE_ANON);
	take(PGA_GFP_KERNEL);
	kswapd_runs();
	cr_expect(zone()->unreclaimable);
	cr_expect_leq(zone()->nr_free, zone()->mark[PGA_WMARK_HIGH]);
	give_taken();
	cr_expect_not(zone()->unreclaimable);
	t.always_used = false;
	kswapd_runs();
	cr_expect_gt(zone()->nr_free, zone()->mark[PGA_WMARK_HIGH]);
	down();
}
