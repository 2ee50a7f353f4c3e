/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-2.6.9: boot, per-CPU lists, marks, walks and their ends, blocks in use. */
#include "tests/support/t_instance.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FRAMES 8192u
#define QUIET (PGA_GFP_KERNEL | PGA_GFP_NORETRY | PGA_GFP_NOWARN)

static struct {
	struct t_instance in;
	struct pga_range bootmap;
	/* Boot, as told: "pfn order count" of adjacent blocks. */
	char boot[512];
	pga_pfn_t next;
	unsigned order, count;
	/* What else the host was asked. */
	unsigned waits, waits_left, wakes[T_MAX_NODES], kills, victims;
	enum pga_wait kind;
	pga_pfn_t zeroed;
	unsigned zeroed_order;
	bool no_kill_hook, timeless;
	pga_pfn_t held[FRAMES];
	unsigned nr_held;
} h;

static void tell_run(void)
{
	size_t used = strlen(h.boot);

	if (h.count)
		snprintf(h.boot + used, sizeof(h.boot) - used, "%s%u %u %u", used ? ", " : "",
			 h.next - (h.count << h.order), h.order, h.count);
	h.count = 0;
}

static void on_event(void *data, const struct pga_event *e)
{
	(void)data;
	if (e->id != PGA_EVENT_mm_page_free)
		return;
	if (e->pfn != h.next || e->order != h.order)
		tell_run();
	h.next = e->pfn + (1u << e->order);
	h.order = e->order;
	h.count++;
}

static enum pga_answer on_wait(void *data, enum pga_wait kind, uint32_t ticks, unsigned cpu)
{
	(void)data;
	(void)cpu;
	h.kind = kind;
	h.in.ticks += ticks;
	return ++h.waits > h.waits_left ? PGA_GIVE_UP : PGA_GO_ON;
}

static void on_wake(void *data, unsigned daemon, unsigned node)
{
	(void)data;
	cr_assert_eq(daemon, 0u);
	h.wakes[node]++;
}

static uint64_t on_kill(void *data, uint32_t gfp, unsigned order, unsigned cpu)
{
	(void)data;
	(void)gfp;
	(void)order;
	(void)cpu;
	h.kills++;
	return h.victims ? h.victims-- : 0;
}

static void on_zero(void *data, pga_pfn_t pfn, unsigned order)
{
	(void)data;
	h.zeroed = pfn;
	h.zeroed_order = order;
}

static uint64_t now(void *data)
{
	(void)data;
	return h.in.ticks;
}

static int make_host(struct t_instance *in, struct pga_host *host, void *data)
{
	(void)data;
	*host = (struct pga_host){
		.clock = h.timeless ? NULL : now,
		.event = on_event,
		.wait = on_wait,
		.wake = on_wake,
		.oom_kill = h.no_kill_hook ? NULL : on_kill,
		.zero = on_zero,
	};
	in->conf.bootmap = &h.bootmap;
	in->conf.nr_bootmap = h.bootmap.end > h.bootmap.start;
	return 0;
}

static void up(const char *variant, const char *machine)
{
	cr_assert_eq(t_up_with(&h.in, variant, machine, make_host, NULL), 0, "%s", h.in.why);
	tell_run();
	t_drive(&h.in, 0);
}

static void sound(void)
{
	char why[256] = "";

	cr_assert_eq(h.in.ops->check(h.in.pga, why, sizeof(why)), 0, "%s", why);
}

static void down(void)
{
	while (h.nr_held)
		t_free(&h.in, 0, h.held[--h.nr_held], 0);
	sound();
	t_down(&h.in);
}

static uint64_t stat_of(enum pga_stat stat)
{
	uint64_t val[PGA_NR_STATS];

	h.in.ops->stats(h.in.pga, -1, val);
	return val[stat];
}

static uint64_t nr_free(unsigned zone)
{
	struct pga_zone_snap snap;

	h.in.ops->zone_snap(h.in.pga, zone, &snap);
	return snap.nr_free;
}

static struct pga_zone_info info_of(unsigned zone)
{
	struct pga_zone_info info;

	h.in.ops->zone_info(h.in.pga, zone, &info);
	return info;
}

static void set(const char *name, int64_t value)
{
	int i = pga_tunable_index(h.in.ops, name);

	cr_assert_eq(h.in.ops->set(h.in.pga, (unsigned)i, value), 0, "%s", name);
}

/* Single frames as long as there are some. Return: the last answer */
static struct pga_res hold_all(uint32_t gfp)
{
	struct pga_res res = t_alloc(&h.in, 0, -1, 0, gfp);

	for (; !res.err; res = t_alloc(&h.in, 0, -1, 0, gfp))
		h.held[h.nr_held++] = res.pfn;
	return res;
}

/* --- boot --- */

#define LOW_AND_HIGH \
	"zone=0:DMA:0+256 zone=0:Normal:256+256 zone=0:HighMem:512+100 res=0+1 res=130+1 cpus=0"

Test(linux26, boot_frees_words_then_the_map_then_highmem)
{
	h.bootmap = (struct pga_range){ 3, 4 };
	up("linux-2.6.9", LOW_AND_HIGH);
	cr_expect_str_eq(h.boot, "1 0 2, 4 0 60, 64 6 1, 128 0 2, 131 0 61, 192 6 5, 3 0 1, "
				 "512 0 100");
	cr_expect_eq(stat_of(PGA_STAT_pgfree), 0, "boot is no owner");
	down();
}

Test(linux26, boot_frees_one_by_one_where_words_are_not_aligned)
{
	up("linux-2.6.9", "zone=0:Normal:64+192 cpus=0");
	cr_expect_str_eq(h.boot, "64 0 192", "64 is no multiple of two words");
	down();
	memset(&h, 0, sizeof(h));
	up("linux-2.6.9", "zone=0:Normal:1048576+256 cpus=0");
	cr_expect_str_eq(h.boot, "1048576 0 256", "4 GiB: no bit is set in the low half");
	down();
}

Test(linux26, boot_of_small_orders_cuts_words)
{
	up("linux-2.6.9", "zone=0:Normal:0+128 cpus=0 orders=5 pageblock=3");
	cr_expect_str_eq(h.boot, "0 4 8");
	down();
}

/* --- per-CPU lists --- */

#define ONE "zone=0:Normal:0+4096 cpus=0"

static const uint32_t *pcp(void)
{
	static uint32_t count[PGA_MAX_TYPES];

	h.in.ops->pcp_count(h.in.pga, 0, 0, count);
	return count;
}

Test(linux26, a_hot_list_is_refilled_before_it_is_empty)
{
	struct pga_zone_info info;
	struct pga_res res;

	up("linux-2.6.9,pcp.batch=4", ONE);
	info = info_of(0);
	cr_expect_eq(info.pcp_low, 8u);
	cr_expect_eq(info.pcp_high, 24u);
	cr_expect_eq(info.cold_low, 0u);
	cr_expect_eq(info.cold_high, 8u);
	t_drain_all(&h.in);
	res = t_alloc(&h.in, 0, -1, 0, PGA_GFP_KERNEL);
	cr_expect(res.path & PGA_PATH(PCP_REFILL));
	cr_expect_eq(pcp()[0], 3u, "one batch, less one");
	t_alloc(&h.in, 0, -1, 0, PGA_GFP_KERNEL);
	cr_expect_eq(pcp()[0], 6u, "another one, though there were some");
	t_alloc(&h.in, 0, -1, 0, PGA_GFP_KERNEL);
	cr_expect_eq(pcp()[0], 9u);
	res = t_alloc(&h.in, 0, -1, 0, PGA_GFP_KERNEL);
	cr_expect_eq(res.path, PGA_PATH(PCP_HIT));
	cr_expect_eq(pcp()[0], 8u, "above the low length nothing is added");
	t_down(&h.in);
}

Test(linux26, a_full_list_gives_a_batch_back_first)
{
	uint64_t before;

	up("linux-2.6.9,pcp.batch=4", ONE);
	t_drain_all(&h.in);
	t_drive(&h.in, 0);
	for (unsigned i = 0; i < 40; i++)
		h.held[h.nr_held++] = t_alloc(&h.in, 0, -1, 0, PGA_GFP_KERNEL).pfn;
	while (pcp()[0] < 24)
		t_free(&h.in, 0, h.held[--h.nr_held], 0);
	before = nr_free(0);
	t_free(&h.in, 0, h.held[--h.nr_held], 0);
	cr_expect_eq(pcp()[0], 21u);
	cr_expect_eq(nr_free(0), before + 4);
	down();
}

Test(linux26, cold_frames_have_a_list_of_their_own)
{
	struct pga_res hot, cold;

	up("linux-2.6.9,pcp.batch=4", ONE);
	t_drain_all(&h.in);
	hot = t_alloc(&h.in, 0, -1, 0, PGA_GFP_KERNEL);
	cold = t_alloc(&h.in, 0, -1, 0, PGA_GFP_KERNEL | PGA_GFP_COLD);
	cr_expect_eq(pcp()[1], 3u);
	cr_expect(cold.path & PGA_PATH(PCP_REFILL));
	h.in.ops->free(h.in.pga, hot.pfn, 0, 0, PGA_FREE_COLD);
	cr_expect_eq(pcp()[1], 4u);
	cr_expect_eq(t_alloc(&h.in, 0, -1, 0, PGA_GFP_KERNEL | PGA_GFP_COLD).pfn, hot.pfn,
		     "the head of the cold list");
	/* nr counts over both lists, hot frames first. */
	cr_expect_eq(pcp()[0], 3u);
	h.in.ops->drain(h.in.pga, 0, 0, 5, 0);
	cr_expect_eq(pcp()[0], 0u);
	cr_expect_eq(pcp()[1], 1u);
	t_down(&h.in);
}

/* --- marks and protection --- */

#define THREE                                                               \
	"zone=0:DMA:0+1024 zone=0:Normal:1024+2048 zone=0:HighMem:3072+300" \
	" cpus=0"

Test(linux26, marks_follow_from_the_size_of_memory)
{
	struct pga_zone_info dma, normal, high;

	up("linux-2.6.9", THREE);
	dma = info_of(0);
	normal = info_of(1);
	high = info_of(2);
	/* sqrt(3072 frames * 4 KiB) = 110: the least is 128 KiB, 32 frames. */
	cr_expect_eq(
		h.in.ops->get(h.in.pga, (unsigned)pga_tunable_index(h.in.ops, "min_free_kbytes")),
		128);
	cr_expect_eq(dma.wmark[0], 10u);
	cr_expect_eq(normal.wmark[0], 21u);
	cr_expect_eq(normal.wmark[1], 42u);
	cr_expect_eq(normal.wmark[2], 63u);
	cr_expect_eq(high.wmark[0], 32u, "at least so many, whatever the size");
	set("min_free_kbytes", 1024);
	cr_expect_eq(info_of(0).wmark[0], 85u);
	cr_expect_eq(info_of(2).wmark[0], 32u);
	set("min_free_kbytes", 0);
	cr_expect_eq(info_of(0).wmark[0], 10u);
	down();
}

Test(linux26, zones_keep_frames_back_from_requests_for_higher_ones)
{
	struct pga_zone_info dma, normal;

	up("linux-2.6.9", THREE);
	cr_expect_eq(info_of(0).lowmem_reserve[PGA_ZONE_HIGHMEM], 0u);
	set("lower_zone_protection", 4);
	dma = info_of(0);
	normal = info_of(1);
	cr_expect_eq(normal.lowmem_reserve[PGA_ZONE_NORMAL], 0u);
	cr_expect_eq(normal.lowmem_reserve[PGA_ZONE_HIGHMEM], 4 * 64u);
	cr_expect_eq(dma.lowmem_reserve[PGA_ZONE_DMA], 0u);
	cr_expect_eq(dma.lowmem_reserve[PGA_ZONE_NORMAL], 4 * 42u);
	cr_expect_eq(dma.lowmem_reserve[PGA_ZONE_HIGHMEM], 4 * (42u + 64u));
	down();
}

static const struct {
	const char *who;
	uint32_t gfp;
	uint32_t left; /* frames, of a min mark of 100 */
} depths[] = {
	{ "waits", PGA_GFP_KERNEL, 100 },
	{ "has high priority", PGA_GFP_KERNEL | PGA_GFP_HIGH, 50 },
	{ "can not wait", PGA_GFP_FS, 75 },
	{ "both", PGA_GFP_HIGH, 38 },
	{ "is a real-time task", PGA_GFP_KERNEL | PGA_GFP_RT_TASK, 75 },
	{ "interrupts a real-time task", PGA_GFP_KERNEL | PGA_GFP_RT_TASK | PGA_GFP_IN_IRQ, 100 },
	{ "frees memory", PGA_GFP_KERNEL | PGA_GFP_PF_MEMALLOC, 0 },
	{ "interrupts who frees memory", PGA_GFP_PF_MEMALLOC | PGA_GFP_IN_IRQ, 75 },
	{ "was chosen to die", PGA_GFP_KERNEL | PGA_GFP_OOM_VICTIM, 0 },
};

Test(linux26, how_deep_a_request_may_dig)
{
	for (size_t i = 0; i < sizeof(depths) / sizeof(depths[0]); i++) {
		up("linux-2.6.9-nopcp,min_free_kbytes=400,reclaim=no", ONE);
		hold_all(depths[i].gfp | PGA_GFP_NORETRY | PGA_GFP_NOWARN);
		cr_expect_eq(nr_free(0), depths[i].left, "who %s: %llu left", depths[i].who,
			     (unsigned long long)nr_free(0));
		down();
	}
}

Test(linux26, protection_counts_by_the_first_zone_of_the_list)
{
	up("linux-2.6.9-nopcp,reclaim=no", THREE);
	set("lower_zone_protection", 2);
	hold_all(QUIET | PGA_GFP_HIGHMEM);
	cr_expect_eq(nr_free(2), 32u);
	cr_expect_eq(nr_free(1), 21u + 2 * 64u);
	cr_expect_eq(nr_free(0), 10u + 2 * (64u + 42u));
	hold_all(QUIET);
	cr_expect_eq(nr_free(1), 21u);
	cr_expect_eq(nr_free(0), 10u + 2 * 42u);
	hold_all(QUIET | PGA_GFP_DMA);
	cr_expect_eq(nr_free(0), 10u);
	down();
}

/* --- the walk and its ends --- */

#define TWO "zone=0:Normal:0+2048 zone=1:Normal:2048+2048 cpus=0,1"

Test(linux26, daemons_of_all_zones_at_their_low_marks_are_woken)
{
	struct pga_res res;

	up("linux-2.6.9-nopcp,reclaim=no", TWO);
	while (nr_free(0) > info_of(0).wmark[1])
		h.held[h.nr_held++] =
			t_alloc(&h.in, 0, -1, 0, PGA_GFP_KERNEL | PGA_GFP_THISNODE).pfn;
	cr_expect_eq(h.wakes[0], 0u);
	res = t_alloc(&h.in, 0, -1, 0, PGA_GFP_KERNEL);
	cr_expect_eq(res.node, 1, "the next node is above its low mark");
	cr_expect_eq(h.wakes[0], 0u);
	h.held[h.nr_held++] = res.pfn;
	hold_all(PGA_GFP_FS | PGA_GFP_NOWARN);
	cr_expect_gt(h.wakes[0], 0u);
	cr_expect_gt(h.wakes[1], 0u);
	down();
}

static const struct exit_case {
	const char *name;
	uint32_t gfp;
	unsigned order;
	enum pga_stat stat;
	uint32_t stages, without;
} exits[] = {
	{ "may not wait", PGA_GFP_FS, 0, PGA_STAT_slow_no_wait, PGA_PATH(RETRY_MIN),
	  PGA_PATH(RECLAIM) },
	{ "frees memory itself", PGA_GFP_KERNEL | PGA_GFP_PF_MEMALLOC, 11 - 1,
	  PGA_STAT_slow_in_reclaim, PGA_PATH(NO_WATERMARK), PGA_PATH(RECLAIM) },
	{ "is to die", PGA_GFP_KERNEL | PGA_GFP_OOM_VICTIM, 11 - 1, PGA_STAT_slow_victim,
	  PGA_PATH(NO_WATERMARK), PGA_PATH(RECLAIM) },
	{ "does not retry", PGA_GFP_KERNEL | PGA_GFP_NORETRY, 0, PGA_STAT_slow_no_retry,
	  PGA_PATH(RECLAIM), PGA_PATH(WAIT) },
	{ "is too large to retry", PGA_GFP_KERNEL, 4, PGA_STAT_slow_no_retry, PGA_PATH(RECLAIM),
	  PGA_PATH(WAIT) },
};

Test(linux26, each_way_out_is_counted)
{
	for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++) {
		const struct exit_case *e = &exits[i];
		struct pga_res res;

		memset(&h, 0, sizeof(h));
		up("linux-2.6.9-nopcp,reclaim=no", ONE);
		hold_all(PGA_GFP_FS | PGA_GFP_NOWARN);
		cr_expect_eq(stat_of(PGA_STAT_alloc_failure), 0);
		res = t_alloc(&h.in, 0, -1, e->order, e->gfp);
		cr_expect_eq(res.err, -ENOMEM, "who %s", e->name);
		cr_expect_eq(res.path & e->stages, e->stages, "who %s: %x", e->name, res.path);
		cr_expect_eq(res.path & e->without, 0u, "who %s: %x", e->name, res.path);
		cr_expect_gt(stat_of(e->stat), 0, "who %s", e->name);
		cr_expect_eq(stat_of(PGA_STAT_alloc_failure), 1, "who %s", e->name);
		down();
	}
}

Test(linux26, a_request_waits_as_long_as_the_host_says_so)
{
	struct pga_res res;

	h.waits_left = 3;
	up("linux-2.6.9-nopcp,reclaim=no", ONE);
	hold_all(QUIET);
	res = t_alloc(&h.in, 0, -1, 0, PGA_GFP_KERNEL);
	cr_expect_eq(res.err, -ENOMEM);
	cr_expect_eq(res.path,
		     PGA_PATH(RETRY_MIN) | PGA_PATH(RECLAIM) | PGA_PATH(WAIT) | PGA_PATH(FAIL));
	cr_expect_eq(h.waits, 4u);
	cr_expect_eq(h.kind, PGA_WAIT_CONGESTION);
	cr_expect_eq(stat_of(PGA_STAT_slow_gave_up), 1);
	cr_expect_eq(stat_of(PGA_STAT_alloc_failure), 0, "abandoned while it waits");
	cr_expect_eq(stat_of(PGA_STAT_allocstall), 4 + 1, "one by the request that found the end");
	h.waits = 0;
	t_alloc(&h.in, 0, -1, 5, PGA_GFP_KERNEL | PGA_GFP_REPEAT);
	t_alloc(&h.in, 0, -1, 5, PGA_GFP_KERNEL | PGA_GFP_NOFAIL);
	cr_expect_eq(h.waits, 4u + 1u, "large ones wait if they say so");
	down();
}

Test(linux26, bad_requests_change_nothing)
{
	uint64_t before[PGA_NR_STATS], after[PGA_NR_STATS];

	up("linux-2.6.9", TWO);
	h.in.ops->stats(h.in.pga, -1, before);
	cr_expect_eq(t_alloc(&h.in, 0, -1, 11, PGA_GFP_KERNEL).err, -EINVAL);
	cr_expect_eq(t_alloc(&h.in, 0, 2, 0, PGA_GFP_KERNEL).err, -EINVAL);
	cr_expect_eq(t_alloc(&h.in, 0, -1, 0, PGA_GFP_DMA).err, -ENOMEM, "an empty list");
	h.in.ops->stats(h.in.pga, -1, after);
	cr_expect_arr_eq(before, after, sizeof(before));
	down();
}

/* --- zonelists --- */

static const char *list(unsigned node, uint32_t gfp)
{
	static char out[100];
	uint16_t zones[T_MAX_ZONES];
	unsigned nr = h.in.ops->zonelist_class(h.in.pga, node, gfp, zones, T_MAX_ZONES);

	out[0] = '\0';
	for (unsigned i = 0; i < nr; i++)
		sprintf(out + strlen(out), i ? " %u" : "%u", zones[i]);
	return out;
}

#define FOUR                                                                 \
	"zone=0:DMA:0+1024 zone=0:Normal:1024+1024 zone=1:Normal:2048+1024 " \
	"zone=2:Normal:3072+1024 zone=3:Normal:4096+1024 cpus=0,0,1,1,2,2 "  \
	"dist=10,20,40,40/20,10,40,40/40,40,10,20/40,40,20,10"

Test(linux26, lists_go_by_distance_and_take_turns)
{
	up("linux-2.6.9", FOUR);
	cr_expect_str_eq(list(0, 0), "1 0 2 4 3", "node 3 has no CPU");
	cr_expect_str_eq(list(2, 0), "3 4 1 0 2");
	cr_expect_str_eq(list(3, 0), "4 3 2 1 0", "node 1 was the second of fewer lists");
	cr_expect_str_eq(list(3, PGA_GFP_DMA), "0");
	cr_expect_str_eq(list(3, PGA_GFP_DMA32), "0", "there is no DMA32 yet");
	cr_expect_str_eq(list(3, PGA_GFP_THISNODE), "4");
	down();
	up("linux-2.6.9,zonelist.nodes=ring", FOUR);
	cr_expect_str_eq(list(2, PGA_GFP_HIGHMEM), "3 4 1 0 2");
	cr_expect_str_eq(list(3, 0), "4 1 0 2 3");
	down();
}

/* --- blocks in use --- */

static struct pga_frame_info frame(pga_pfn_t pfn)
{
	struct pga_frame_info info;

	h.in.ops->frame(h.in.pga, pfn, &info);
	return info;
}

Test(linux26, parts_of_a_compound_block_know_its_head)
{
	struct pga_res c, plain;

	up("linux-2.6.9", ONE);
	c = t_alloc(&h.in, 0, -1, 3, PGA_GFP_KERNEL | PGA_GFP_COMP);
	plain = t_alloc(&h.in, 0, -1, 3, PGA_GFP_KERNEL);
	for (pga_pfn_t i = 0; i < 8; i++) {
		cr_expect_eq(frame(c.pfn + i).head, c.pfn);
		cr_expect_eq(frame(plain.pfn + i).head, plain.pfn + i);
	}
	cr_expect_eq(frame(c.pfn).refs, 1);
	sound();
	t_free(&h.in, 0, c.pfn, 3);
	for (pga_pfn_t i = 0; i < 8; i++)
		cr_expect_eq(frame(c.pfn + i).head, c.pfn + i, "nothing is left of it");
	t_free(&h.in, 0, plain.pfn, 3);
	down();
}

Test(linux26, the_last_reference_frees)
{
	struct pga_res c, one;
	uint64_t before;

	up("linux-2.6.9", ONE);
	before = nr_free(0);
	c = t_alloc(&h.in, 0, -1, 2, PGA_GFP_KERNEL | PGA_GFP_COMP);
	h.in.ops->get_page(h.in.pga, c.pfn + 3);
	h.in.ops->get_page(h.in.pga, c.pfn);
	cr_expect_eq(frame(c.pfn).refs, 3, "of the whole block");
	cr_expect_eq(frame(c.pfn + 3).refs, 0);
	t_free(&h.in, 0, c.pfn, 2);
	cr_expect_eq(frame(c.pfn).refs, 2);
	cr_expect_eq(stat_of(PGA_STAT_pgfree), 0);
	cr_expect_not(h.in.ops->put_page(h.in.pga, c.pfn + 1, 0));
	cr_expect(h.in.ops->put_page(h.in.pga, c.pfn + 2, 0));
	cr_expect_eq(nr_free(0), before);
	cr_expect_eq(stat_of(PGA_STAT_pgfree), 4);
	one = t_alloc(&h.in, 0, -1, 0, PGA_GFP_KERNEL);
	h.in.ops->get_page(h.in.pga, one.pfn);
	t_free(&h.in, 0, one.pfn, 0);
	cr_expect_eq(frame(one.pfn).state, PGA_FRAME_USED);
	cr_expect(h.in.ops->put_page(h.in.pga, one.pfn, 0));
	cr_expect_eq(frame(one.pfn).state, PGA_FRAME_PCP);
	cr_expect_eq(frame(one.pfn).refs, 0);
	down();
}

Test(linux26, zeroed_blocks_are_cleared_by_the_host)
{
	struct pga_res res;

	h.zeroed = PGA_NIL;
	up("linux-2.6.9", ONE);
	res = t_alloc(&h.in, 0, -1, 0, PGA_GFP_KERNEL);
	t_free(&h.in, 0, res.pfn, 0);
	cr_expect_eq(h.zeroed, PGA_NIL);
	res = t_alloc(&h.in, 0, -1, 0, PGA_GFP_KERNEL | PGA_GFP_ZERO);
	cr_expect_eq(h.zeroed, res.pfn);
	t_free(&h.in, 0, res.pfn, 0);
	res = t_alloc(&h.in, 0, -1, 4, PGA_GFP_KERNEL | PGA_GFP_ZERO);
	cr_expect_eq(h.zeroed, res.pfn);
	cr_expect_eq(h.zeroed_order, 4u);
	t_free(&h.in, 0, res.pfn, 4);
	down();
}

Test(linux26, node_statistics)
{
	uint64_t val[PGA_NR_STATS];
	struct pga_res res;

	up("linux-2.6.9", TWO);
	res = t_alloc(&h.in, 0, 1, 0, PGA_GFP_KERNEL);
	cr_expect_eq(res.zone, 1u);
	h.in.ops->stats(h.in.pga, 1, val);
	cr_expect_eq(val[PGA_STAT_numa_hit], 1);
	cr_expect_eq(val[PGA_STAT_numa_other], 1);
	t_free(&h.in, 0, res.pfn, 0);
	while (t_alloc(&h.in, 0, -1, 0, QUIET).node == 0)
		;
	h.in.ops->stats(h.in.pga, 0, val);
	cr_expect_eq(val[PGA_STAT_numa_foreign], 1);
	h.in.ops->stats(h.in.pga, 1, val);
	cr_expect_eq(val[PGA_STAT_numa_miss], 1);
	t_down(&h.in);
}

/* --- out of memory --- */

Test(linux26, the_killer_is_patient)
{
	uint64_t start;

	h.waits_left = 100000;
	h.victims = 1;
	up("linux-2.6.9-nopcp", ONE);
	hold_all(PGA_GFP_FS | PGA_GFP_NOWARN);
	start = h.in.ticks;
	cr_expect_eq(t_alloc(&h.in, 0, -1, 0, PGA_GFP_KERNEL).err, -ENOMEM);
	cr_expect_eq(h.kills, 2u);
	cr_expect_eq(stat_of(PGA_STAT_oom_kill), 1);
	cr_expect_eq(stat_of(PGA_STAT_slow_no_victim), 1);
	cr_expect_geq(h.in.ticks - start, 6 * h.in.conf.hz, "a second, and five after the first");
	cr_expect_leq(h.in.ticks - start, 8 * h.in.conf.hz);
	down();
}

Test(linux26, the_killer_is_impatient_where_time_stands_still)
{
	h.waits_left = 100000;
	h.timeless = true;
	up("linux-2.6.9-nopcp", ONE);
	hold_all(PGA_GFP_FS | PGA_GFP_NOWARN);
	cr_expect(t_alloc(&h.in, 0, -1, 0, PGA_GFP_KERNEL).path & PGA_PATH(OOM));
	cr_expect_eq(h.kills, 1u);
	cr_expect_eq(h.waits, 0u);
	/* Who can not call into file systems, or gives up anyhow, kills nobody. */
	h.waits_left = 0;
	t_alloc(&h.in, 0, -1, 0, PGA_GFP_WAIT | PGA_GFP_IO);
	t_alloc(&h.in, 0, -1, 0, PGA_GFP_KERNEL | PGA_GFP_NORETRY);
	cr_expect_eq(h.kills, 1u);
	down();
}

Test(linux26, without_a_killer_the_request_fails)
{
	h.waits_left = 100000;
	h.no_kill_hook = true;
	up("linux-2.6.9-nopcp,oom.patience=no", ONE);
	hold_all(PGA_GFP_FS | PGA_GFP_NOWARN);
	cr_expect_eq(t_alloc(&h.in, 0, -1, 0, PGA_GFP_KERNEL).err, -ENOMEM);
	cr_expect_eq(stat_of(PGA_STAT_slow_oom_off), 1);
	down();
}
