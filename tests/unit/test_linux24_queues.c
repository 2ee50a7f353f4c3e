/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-2.4: queues of cached frames, ageing, laundering, and the daemons. */
#include "tests/support/t_pages.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#define MACHINE "zone=0:DMA:0+1024 zone=0:Normal:1024+3072 cpus=0"
#define NORMAL 1u

/* Indices of ops->queues, plus 1, as frame() tells. */
enum { NOWHERE, ACTIVE, DIRTY, CLEAN };
enum { KSWAPD, KRECLAIMD, BDFLUSH };

static struct t_pages t;

static void up(const char *variant)
{
	t.swap = 100000;
	cr_assert_eq(t_pages_up(&t, variant, MACHINE), 0, "%s", t.in.why);
}

static void end(void)
{
	t_pages_check(&t);
	t_pages_free_all(&t);
	t_pages_down(&t);
}

static int64_t step_of(const char *name, pga_pfn_t pfn, int8_t order, uint32_t gfp)
{
	const struct pga_step_arg arg = {
		.zone = -1, .order = order, .gfp = gfp, .range = { pfn, pfn + 1 }
	};

	for (const struct pga_step *s = t.in.ops->steps; s->name; s++)
		if (!strcmp(s->name, name))
			return s->run(t.in.pga, &arg);
	cr_assert_fail("no step %s", name);
	return -1;
}

static int64_t step(const char *name, pga_pfn_t pfn)
{
	return step_of(name, pfn, 0, PGA_GFP_KERNEL);
}

static bool daemon_step(unsigned daemon)
{
	return t.in.ops->daemons[daemon].step(t.in.pga, 0, 0);
}

static int queue_of(pga_pfn_t pfn)
{
	struct pga_frame_info info;

	t.in.ops->frame(t.in.pga, pfn, &info);
	return info.queue;
}

static pga_pfn_t add(enum pga_lru list)
{
	pga_pfn_t pfn = t_page_add(&t, 0, -1, list);

	cr_assert_neq(pfn, PGA_NIL);
	return pfn;
}

/* A frame of a file on one of the queues. */
static pga_pfn_t add_to(const char *where)
{
	pga_pfn_t pfn = add(PGA_LRU_INACTIVE_FILE);

	cr_assert_eq(step(where, pfn), 0);
	return pfn;
}

static uint64_t stat_of(enum pga_stat s)
{
	return t_pages_stat(&t, s);
}

/* Until single requests find no more than this free. */
static void fill(uint32_t left)
{
	while (stat_of(PGA_STAT_nr_free_pages) > left)
		cr_assert_eq(t_alloc(&t.in, 0, -1, 0, PGA_GFP_PF_MEMALLOC).err, 0);
}

/* --- owners --- */

Test(linux24_queues, lent_frames_are_active)
{
	static const enum pga_lru lists[] = { PGA_LRU_INACTIVE_ANON, PGA_LRU_ACTIVE_FILE,
					      PGA_LRU_INACTIVE_FILE, PGA_LRU_UNEVICTABLE };
	uint64_t count[PGA_NR_LRU];
	pga_pfn_t pfn = PGA_NIL;

	up("linux-2.4");
	for (size_t i = 0; i < 4; i++) {
		pfn = add(lists[i]);
		cr_expect_eq(queue_of(pfn), ACTIVE);
	}
	t.in.ops->lru_count(t.in.pga, NORMAL, count);
	cr_expect_eq(count[PGA_LRU_ACTIVE_ANON], 1);
	cr_expect_eq(count[PGA_LRU_ACTIVE_FILE], 2);
	cr_expect_eq(count[PGA_LRU_UNEVICTABLE], 1);
	cr_expect_eq(stat_of(PGA_STAT_nr_active), 4);
	t_page_free(&t, pfn, 0);
	cr_expect_eq(stat_of(PGA_STAT_nr_active), 3);
	cr_expect_eq(queue_of(pfn), NOWHERE);
	end();
}

struct seen {
	struct pga_list_entry entry[8];
	unsigned nr;
};

static void collect(void *data, const struct pga_list_entry *e)
{
	struct seen *s = data;

	if (s->nr < 8)
		s->entry[s->nr++] = *e;
}

Test(linux24_queues, walked_head_first_and_by_zone)
{
	struct seen s = { .nr = 0 };
	pga_pfn_t want[6];
	struct pga_res dma;

	up("linux-2.4");
	want[5] = add_to("cache_clean");
	want[4] = add_to("cache_clean");
	dma = t_alloc(&t.in, 0, -1, 0, PGA_GFP_DMA);
	step("cache_clean", dma.pfn);
	want[3] = dma.pfn;
	want[2] = add_to("cache_dirty");
	want[1] = add(PGA_LRU_ACTIVE_FILE);
	want[0] = add(PGA_LRU_ACTIVE_FILE);
	t.in.ops->walk_queues(t.in.pga, collect, &s);
	cr_assert_eq(s.nr, 6);
	for (unsigned i = 0; i < 6; i++) {
		cr_expect_eq(s.entry[i].pfn, want[i], "entry %u", i);
		cr_expect_eq(s.entry[i].type, i < 2 ? 0 : i < 3 ? 1 : 2, "entry %u", i);
		cr_expect_eq(s.entry[i].zone, i == 3 ? 0 : NORMAL, "entry %u", i);
	}
	cr_expect_eq(t.in.ops->lru_del(t.in.pga, dma.pfn, 0), 0);
	t_free(&t.in, 0, dma.pfn, 0);
	end();
}

Test(linux24_queues, steps_want_single_frames_in_use)
{
	struct pga_res block;

	up("linux-2.4");
	block = t_alloc(&t.in, 0, -1, 1, PGA_GFP_KERNEL);
	cr_expect_eq(step("cache_clean", block.pfn), -EINVAL, "a block");
	cr_expect_eq(step("cache_dirty", block.pfn + 1), -EINVAL, "a part of one");
	cr_expect_eq(step("laundered", 5), -EINVAL, "a free frame");
	cr_expect_eq(step("cache_clean", 1u << 30), -EINVAL, "none at all");
	end();
}

/* --- ageing --- */

Test(linux24_queues, unused_frames_become_inactive_with_the_third_look)
{
	pga_pfn_t pfn;

	up("linux-2.4");
	pfn = add(PGA_LRU_INACTIVE_FILE);
	cr_expect_eq(step("refill_inactive", 0), 0, "age 2 to 1");
	cr_expect_eq(queue_of(pfn), ACTIVE);
	cr_expect_eq(step("refill_inactive", 0), 1, "age 1 to 0");
	cr_expect_eq(queue_of(pfn), DIRTY, "clean or not");
	cr_expect_eq(stat_of(PGA_STAT_pgdeactivate), 1);
	end();
}

Test(linux24_queues, use_makes_frames_younger)
{
	pga_pfn_t marked, used;

	up("linux-2.4");
	marked = add(PGA_LRU_INACTIVE_FILE);
	used = add(PGA_LRU_INACTIVE_FILE);
	step("refill_inactive", 0);
	t.in.ops->mark_accessed(t.in.pga, marked);
	t.page[used].used = true;
	step("refill_inactive", 0);
	/* Age 1 + 3 now: 2, 1, 0. */
	step("refill_inactive", 0);
	step("refill_inactive", 0);
	cr_expect_eq(queue_of(marked), ACTIVE);
	cr_expect_eq(queue_of(used), ACTIVE);
	cr_expect_eq(step("refill_inactive", 0), 1);
	cr_expect_eq(queue_of(marked), DIRTY);
	cr_expect_eq(queue_of(used), DIRTY);
	end();
}

Test(linux24_queues, a_round_looks_at_a_part)
{
	up("linux-2.4");
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE, 128);
	step_of("refill_inactive", 0, 6, 0);
	cr_expect_eq(stat_of(PGA_STAT_pgrefill), 2);
	end();
}

Test(linux24_queues, mapped_frames_wait_for_swap_out)
{
	pga_pfn_t pfn;

	up("linux-2.4");
	pfn = add(PGA_LRU_ACTIVE_ANON);
	cr_expect_eq(step("swap_out", 0), 0, "it has its age");
	for (int i = 0; i < 4; i++)
		cr_expect_eq(step("refill_inactive", 0), 0, "it is mapped");
	t.page[pfn].used = true;
	cr_expect_eq(step("swap_out", 0), 0, "it was used");
	step("refill_inactive", 0);
	step("refill_inactive", 0);
	cr_expect_eq(queue_of(pfn), ACTIVE);
	cr_expect_eq(step("swap_out", 0), 1);
	cr_expect_eq(queue_of(pfn), DIRTY);
	cr_expect_eq(stat_of(PGA_STAT_nr_dirty), 1, "swap has no copy of it");
	end();
}

Test(linux24_queues, locked_frames_and_full_swap)
{
	pga_pfn_t locked, plain;

	up("linux-2.4");
	locked = add(PGA_LRU_UNEVICTABLE);
	plain = add(PGA_LRU_ACTIVE_ANON);
	for (int i = 0; i < 4; i++)
		step("refill_inactive", 0);
	t.swap = 0;
	cr_expect_eq(step("swap_out", 0), 0, "no room in swap");
	t.swap = 1;
	cr_expect_eq(step("swap_out", 0), 1);
	cr_expect_eq(step("swap_out", 0), 0);
	cr_expect_eq(queue_of(locked), ACTIVE);
	cr_expect_eq(queue_of(plain), DIRTY);
	end();
}

/* --- page_launder --- */

Test(linux24_queues, clean_frames_are_sorted_out)
{
	pga_pfn_t pfn;

	up("linux-2.4");
	pfn = add(PGA_LRU_INACTIVE_FILE);
	step("refill_inactive", 0);
	step("refill_inactive", 0);
	cr_expect_eq(step("page_launder", 0), 1);
	cr_expect_eq(queue_of(pfn), CLEAN);
	cr_expect_eq(t.writes, 0);
	end();
}

Test(linux24_queues, dirty_frames_are_written_only_when_short)
{
	pga_pfn_t pfn;

	up("linux-2.4");
	t.write = -EINPROGRESS;
	pfn = add_to("cache_dirty");
	t.page[pfn].dirty = true;
	step("page_launder", 0);
	cr_expect_eq(t.writes, 0, "there is no shortage");
	fill(40);
	step_of("page_launder", 0, 0, PGA_GFP_WAIT);
	cr_expect_eq(t.writes, 0, "the caller may not write");
	step("page_launder", 0);
	cr_expect_eq(t.writes, 1);
	cr_expect_eq(queue_of(pfn), DIRTY);
	cr_expect_eq(stat_of(PGA_STAT_nr_writeback), 1);
	step("page_launder", 0);
	cr_expect_eq(t.writes, 1, "once is enough");
	t_pages_written(&t);
	cr_expect_eq(step("page_launder", 0), 1);
	cr_expect_eq(queue_of(pfn), CLEAN);
	cr_expect_geq(t.woken[BDFLUSH], 1);
	end();
}

Test(linux24_queues, what_the_device_answers)
{
	static const struct {
		int answer, queue;
	} rows[] = { { 0, CLEAN }, { -EAGAIN, DIRTY }, { -EIO, ACTIVE } };

	up("linux-2.4");
	fill(60);
	for (size_t i = 0; i < 3; i++) {
		pga_pfn_t pfn = add_to("cache_dirty");

		t.page[pfn].dirty = true;
		t.write = rows[i].answer;
		step("page_launder", 0);
		cr_expect_eq(queue_of(pfn), rows[i].queue, "answer %d: queue %d", rows[i].answer,
			     queue_of(pfn));
		t_page_free(&t, pfn, 0);
	}
	end();
}

Test(linux24_queues, used_frames_are_not_laundered)
{
	pga_pfn_t marked, used;

	up("linux-2.4");
	marked = add_to("cache_dirty");
	used = add_to("cache_dirty");
	t.in.ops->mark_accessed(t.in.pga, marked);
	t.page[used].used = true;
	step("page_launder", 0);
	cr_expect_eq(queue_of(marked), ACTIVE);
	cr_expect_eq(queue_of(used), ACTIVE);
	end();
}

Test(linux24_queues, files_are_written_in_portions)
{
	up("linux-2.4");
	for (int i = 0; i < 100; i++)
		t.page[add_to("cache_dirty")].dirty = true;
	fill(40);
	t.write = -EINPROGRESS;
	step("page_launder", 0);
	cr_expect_eq(t.writes, 64);
	end();
}

Test(linux24_queues, who_needs_memory_waits_for_what_was_written)
{
	const struct pga_step_arg arg = { .zone = -1, .gfp = PGA_GFP_KERNEL, .sync = true };
	const struct pga_step *s;
	pga_pfn_t pfn;

	up("linux-2.4");
	pfn = add_to("cache_dirty");
	t.page[pfn].dirty = true;
	fill(40);
	t.write = -EINPROGRESS;
	for (s = t.in.ops->steps; strcmp(s->name, "page_launder") != 0; s++)
		;
	cr_expect_eq(s->run(t.in.pga, &arg), 1, "the write ended while it waited");
	cr_expect_eq(t.waited[PGA_WAIT_CONGESTION], 1);
	cr_expect_eq(queue_of(pfn), CLEAN);
	end();
}

/* --- reclaim_page --- */

Test(linux24_queues, taking_sorts_out_what_changed)
{
	pga_pfn_t marked, used, dirty, pinned, clean;

	up("linux-2.4");
	marked = add_to("cache_clean");
	used = add_to("cache_clean");
	dirty = add_to("cache_clean");
	pinned = add_to("cache_clean");
	clean = add_to("cache_clean");
	t.in.ops->mark_accessed(t.in.pga, marked);
	t.page[used].used = true;
	t_page_dirty(&t, dirty);
	t.page[pinned].pinned = true;
	fill(10);
	step("kreclaimd", 0);
	cr_expect_eq(queue_of(marked), ACTIVE);
	cr_expect_eq(queue_of(used), ACTIVE);
	cr_expect_eq(queue_of(dirty), DIRTY);
	cr_expect_eq(queue_of(pinned), ACTIVE);
	cr_expect_not(t.page[clean].owned);
	cr_expect_eq(t.evicted, 1);
	cr_expect_eq(stat_of(PGA_STAT_pgsteal_kswapd), 1);
	cr_expect_eq(stat_of(PGA_STAT_pgscan_kswapd), 5);
	t.page[pinned].pinned = false;
	end();
}

/* What the mark did not say, the owner does. */
Test(linux24_queues, secretly_dirty_frames_go_back)
{
	pga_pfn_t pfn;

	up("linux-2.4");
	pfn = add_to("cache_clean");
	t.page[pfn].dirty = true;
	fill(10);
	step("kreclaimd", 0);
	cr_expect_eq(queue_of(pfn), DIRTY);
	cr_expect_eq(stat_of(PGA_STAT_nr_dirty), 1);
	end();
}

Test(linux24_queues, orphans_are_taken)
{
	uint64_t free;
	pga_pfn_t pfn;

	up("linux-2.4");
	pfn = add_to("cache_clean");
	t.page[pfn].orphan_on_evict = true;
	fill(10);
	free = stat_of(PGA_STAT_nr_free_pages);
	step("kreclaimd", 0);
	cr_expect_eq(stat_of(PGA_STAT_nr_free_pages), free + 1);
	cr_expect_eq(stat_of(PGA_STAT_nr_inactive_clean), 0);
	end();
}

Test(linux24_queues, kreclaimd_stops_at_the_low_mark)
{
	struct pga_zone_info info;
	struct pga_zone_snap snap;

	up("linux-2.4");
	for (int i = 0; i < 200; i++)
		add_to("cache_clean");
	fill(10);
	cr_expect_not(daemon_step(KRECLAIMD));
	t.in.ops->zone_info(t.in.pga, NORMAL, &info);
	t.in.ops->zone_snap(t.in.pga, NORMAL, &snap);
	cr_expect_eq(snap.nr_free, info.wmark[1]);
	end();
}

/* --- kswapd and bdflush --- */

static unsigned run_kswapd(void)
{
	unsigned steps = 1;

	while (daemon_step(KSWAPD) && steps < 10000)
		steps++;
	return steps;
}

Test(linux24_queues, kswapd_ages_launders_and_swaps)
{
	int64_t missing;

	up("linux-2.4");
	t_pages_add(&t, 0, -1, PGA_LRU_ACTIVE_ANON, 800);
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE, 800);
	fill(30);
	cr_expect_lt(run_kswapd(), 10000);
	cr_expect_gt(stat_of(PGA_STAT_nr_inactive_dirty), 0);
	missing = step("free_shortage", 0);
	cr_expect_gt(missing, 0);
	cr_expect_eq(step("inactive_shortage", 0), 0, "one of the two is enough to sleep");
	run_kswapd();
	cr_expect_gt(stat_of(PGA_STAT_nr_inactive_clean), 0);
	cr_expect_lt(step("free_shortage", 0), missing);
	cr_expect_gt(stat_of(PGA_STAT_pageoutrun), 0);
	cr_expect_eq(t.kills, 0);
	end();
}

Test(linux24_queues, kswapd_only_ages_when_there_is_enough)
{
	up("linux-2.4");
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE, 128);
	cr_expect_eq(run_kswapd(), 1);
	cr_expect_eq(stat_of(PGA_STAT_pgrefill), 2);
	end();
}

Test(linux24_queues, kswapd_kills_when_nothing_can_be_had)
{
	up("linux-2.4");
	t_pages_add(&t, 0, -1, PGA_LRU_ACTIVE_ANON, 100);
	for (; t.nr_victim < 400; t.nr_victim++)
		t.victim[t.nr_victim] = t_alloc(&t.in, 0, -1, 0, PGA_GFP_KERNEL).pfn;
	fill(5);
	t.swap = 0;
	run_kswapd();
	cr_expect_eq(t.kills, 1);
	cr_expect_eq(stat_of(PGA_STAT_oom_kill), 1);
	end();
}

Test(linux24_queues, kswapd_sleeps_when_it_can_not_help)
{
	up("linux-2.4");
	fill(5);
	t.no_victim = true;
	t.swap = 0;
	cr_expect_eq(run_kswapd(), 16);
	end();
}

Test(linux24_queues, caches_shrink)
{
	up("linux-2.4");
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE, 200);
	for (; t.nr_cache < 400; t.nr_cache++)
		t.cache[t.nr_cache] = t_alloc(&t.in, 0, -1, 0, PGA_GFP_KERNEL).pfn;
	fill(20);
	run_kswapd();
	cr_expect_gt(t.shrinks, 0);
	cr_expect_lt(t.nr_cache, 400);
	cr_expect_gt(stat_of(PGA_STAT_slabs_scanned), 0);
	end();
}

Test(linux24_queues, bdflush_flushes_and_launders)
{
	pga_pfn_t pfn;

	up("linux-2.4");
	cr_expect_not(daemon_step(BDFLUSH));
	cr_expect_eq(t.flushes, 0, "nothing is dirty");
	pfn = add_to("cache_dirty");
	fill(20);
	cr_expect_not(daemon_step(BDFLUSH));
	cr_expect_eq(t.flushes, 1);
	cr_expect_eq(stat_of(PGA_STAT_page_launder), 1);
	t.in.ops->set_dirty(t.in.pga, pfn, false);
	daemon_step(BDFLUSH);
	cr_expect_eq(queue_of(pfn), CLEAN);
	end();
}

Test(linux24_queues, who_dirties_too_much_is_told)
{
	int soft = -1, hard = -1;

	up("linux-2.4,dirty_ratio=10");
	t_pages_add(&t, 0, -1, PGA_LRU_INACTIVE_FILE, 3000);
	for (pga_pfn_t pfn = 0; pfn < t.in.end && hard < 0; pfn++) {
		if (!t.page[pfn].owned)
			continue;
		if (t_page_dirty(&t, pfn) == -EAGAIN)
			hard = (int)stat_of(PGA_STAT_nr_dirty);
		if (soft < 0 && t.woken[BDFLUSH])
			soft = (int)stat_of(PGA_STAT_nr_dirty);
	}
	cr_expect_gt(soft, 0);
	cr_expect_gt(hard, 2 * soft - 3);
	cr_expect_lt(hard, 2 * soft + 3);
	end();
}

Test(linux24_queues, reclaim_off)
{
	pga_pfn_t pfn;

	up("linux-2.4,reclaim=no");
	pfn = add(PGA_LRU_INACTIVE_FILE);
	fill(20);
	for (int i = 0; i < 4; i++) {
		step("refill_inactive", 0);
		step("page_launder", 0);
		step("swap_out", 0);
		cr_expect_not(daemon_step(KSWAPD));
		cr_expect_not(daemon_step(BDFLUSH));
	}
	cr_expect_eq(queue_of(pfn), ACTIVE);
	cr_expect_eq(stat_of(PGA_STAT_page_launder), 4, "it is called all the same");
	step("cache_clean", pfn);
	step("kreclaimd", 0);
	cr_expect_eq(t.evicted, 1, "clean ones can be taken");
	end();
}

Test(linux24_queues, step_reclaim_frees_a_batch)
{
	up("linux-2.4");
	for (int i = 0; i < 100; i++)
		add_to("cache_clean");
	cr_expect_eq(step("reclaim", 0), 32);
	cr_expect_eq(t.evicted, 32);
	end();
}
