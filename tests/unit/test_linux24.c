/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-2.4: marks, boot, the phases of a request, nodes, and pressure. */
#include "core/linux24.h"
#include "tests/support/t_pages.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

/* Marks of both zones: 10, 20, 30. */
#define SMALL "zone=0:DMA:0+64 zone=0:Normal:64+128 cpus=0"
#define NODES                                                            \
	"zone=0:DMA:0+512 zone=0:Normal:512+512 zone=1:Normal:1024+512 " \
	"zone=2:Normal:1536+512 cpus=0,1,2"
#define DMA 0u
#define NORMAL 1u
#define MIN 10u
#define LOW 20u
#define HIGH 30u

#define WAIT_IO (PGA_GFP_WAIT | PGA_GFP_IO)
#define ATOMIC PGA_GFP_HIGH
#define FREES (PGA_GFP_PF_MEMALLOC) /* takes everything, waits for nothing */

enum { KSWAPD, KRECLAIMD, BDFLUSH };

static struct t_pages t;
static pga_pfn_t held[4][2048];
static unsigned nr_held[4];

static void up(const char *variant, const char *machine)
{
	cr_assert_eq(t_pages_up(&t, variant, machine), 0, "%s", t.in.why);
}

static struct pga_res ask(int node, unsigned order, uint32_t gfp)
{
	return t_alloc(&t.in, 0, node, order, gfp);
}

static uint64_t stat_of(enum pga_stat s)
{
	return t_pages_stat(&t, s);
}

static uint32_t nr_free(unsigned zone)
{
	struct pga_zone_snap snap;

	t.in.ops->zone_snap(t.in.pga, zone, &snap);
	return (uint32_t)snap.nr_free;
}

/* Takes all there is, but for @left frames of each zone. */
static void fill(uint32_t dma, uint32_t normal)
{
	const uint32_t left[] = { dma, normal };
	struct pga_res res;

	memset(nr_held, 0, sizeof(nr_held));
	while (!(res = ask(0, 0, FREES)).err)
		held[res.zone][nr_held[res.zone]++] = res.pfn;
	for (unsigned z = 0; z < 2; z++)
		for (uint32_t i = 0; i < left[z]; i++)
			t_free(&t.in, 0, held[z][--nr_held[z]], 0);
	memset(t.woken, 0, sizeof(t.woken));
	memset(t.waited, 0, sizeof(t.waited));
}

static int64_t step(const char *name, pga_pfn_t pfn)
{
	const struct pga_step_arg arg = { .zone = -1, .range = { pfn, pfn + 1 } };

	for (const struct pga_step *s = t.in.ops->steps; s->name; s++)
		if (!strcmp(s->name, name))
			return s->run(t.in.pga, &arg);
	cr_assert_fail("no step %s", name);
	return -1;
}

/* The last frames held of a zone are cached, clean and unused. */
static void cache(unsigned zone, unsigned nr)
{
	while (nr--) {
		pga_pfn_t pfn = held[zone][--nr_held[zone]];

		t.page[pfn] = (struct t_page){ .owned = true, .list = PGA_LRU_INACTIVE_FILE };
		cr_assert_eq(step("cache_clean", pfn), 0);
	}
}

static bool was(struct pga_res res, uint32_t stages)
{
	return (res.path & stages) == stages;
}

#define P(id) PGA_PATH(id)

/* --- marks and boot --- */

Test(linux24, marks_follow_the_balance_ratios)
{
	struct pga_zone_info dma, normal, high;

	up("linux-2.4",
	   "zone=0:DMA:0+1024 zone=0:Normal:1024+4096 zone=0:HighMem:5120+65536 cpus=0");
	t.in.ops->zone_info(t.in.pga, 0, &dma);
	t.in.ops->zone_info(t.in.pga, 1, &normal);
	t.in.ops->zone_info(t.in.pga, 2, &high);
	cr_expect_eq(dma.wmark[0], 32, "one in 32");
	cr_expect_eq(normal.wmark[0], 32, "one in 128");
	cr_expect_eq(normal.wmark[1], 64);
	cr_expect_eq(normal.wmark[2], 96);
	cr_expect_eq(high.wmark[0], 255, "no more than that");
	t_pages_down(&t);
	up("linux-2.4,balance.ratio.normal=64,balance.min.dma=7,balance.max.normal=1", SMALL);
	t.in.ops->zone_info(t.in.pga, DMA, &dma);
	t.in.ops->zone_info(t.in.pga, NORMAL, &normal);
	cr_expect_eq(dma.wmark[0], 7);
	cr_expect_eq(normal.wmark[0], 1);
	t_pages_down(&t);
}

static pga_pfn_t told[256];
static unsigned nr_told;

static void tell(void *data, const struct pga_event *event)
{
	(void)data;
	if (event->id == PGA_EVENT_mm_page_free && nr_told < 256)
		told[nr_told++] = event->pfn;
}

static int make_listener(struct t_instance *in, struct pga_host *host, void *data)
{
	static const struct pga_range bootmap[] = { { 3, 4 } };

	(void)data;
	in->conf.bootmap = bootmap;
	in->conf.nr_bootmap = 1;
	*host = (struct pga_host){ .event = tell };
	return 0;
}

Test(linux24, boot_frees_bitmaps_last)
{
	struct pga_res res;

	cr_assert_eq(t_up_with(&t.in, "linux-2.4",
			       "zone=0:DMA:0+64 zone=0:Normal:64+64 zone=0:HighMem:128+64 res=0+1 "
			       "cpus=0",
			       make_listener, NULL),
		     0, "%s", t.in.why);
	cr_assert_eq(nr_told, 191);
	cr_expect_eq(told[0], 1);
	cr_expect_eq(told[2], 4);
	cr_expect_eq(told[126], 3, "the low zones' bitmap after the low zones");
	cr_expect_eq(told[127], 128, "and high memory at last");
	/* 2 and 3 became neighbours when 3 came: 1 alone, at the head of its list. */
	res = t_alloc(&t.in, 0, 0, 0, FREES | PGA_GFP_DMA);
	cr_expect_eq(res.pfn, 1);
	t_down(&t.in);
}

Test(linux24, one_node_only_when_flat)
{
	cr_expect_neq(t_up(&t.in, "linux-2.4,nodes=flat", NODES), 0);
	cr_expect_not_null(strstr(t.in.why, "nodes=flat"), "%s", t.in.why);
	cr_expect_eq(t_up(&t.in, "linux-2.4,nodes=flat", SMALL), 0);
	t_down(&t.in);
}

/* --- the phases --- */

Test(linux24, plenty_is_served_by_the_first_walk)
{
	struct pga_res res;

	up("linux-2.4", SMALL);
	res = ask(0, 3, WAIT_IO);
	cr_expect_eq(res.zone, NORMAL);
	cr_expect_eq(res.path, P(SPLIT));
	cr_expect_eq(res.pfn, 64 + 128 - 8, "the upper end of the block is given");
	cr_expect_eq(ask(0, 3, WAIT_IO).path, P(BUDDY));
	cr_expect_eq(ask(0, 0, WAIT_IO | PGA_GFP_DMA).zone, DMA);
	cr_expect_eq(t.wakes, 0);
	t_pages_down(&t);
}

Test(linux24, next_zone_before_less_than_plenty)
{
	struct pga_res res;

	up("linux-2.4", SMALL);
	fill(LOW, LOW - 1);
	res = ask(0, 0, ATOMIC);
	cr_expect_eq(res.zone, DMA);
	cr_expect(was(res, P(NEXT_ZONE)) && !was(res, P(LIMIT)), "path %#x", res.path);
	cr_expect_eq(t.woken[KRECLAIMD], 0, "above the min mark");
	t_pages_down(&t);
}

Test(linux24, kreclaimd_is_woken_below_the_min_mark)
{
	up("linux-2.4", SMALL);
	fill(LOW, MIN - 1);
	ask(0, 0, ATOMIC);
	cr_expect_eq(t.woken[KRECLAIMD], 1);
	t_pages_down(&t);
}

Test(linux24, limit_counts_clean_frames)
{
	struct pga_res res;

	up("linux-2.4", SMALL);
	fill(LOW - 1, LOW - 1);
	cache(DMA, HIGH - LOW + 2);
	res = ask(0, 0, ATOMIC);
	cr_expect_eq(res.zone, DMA, "above high with its clean frames, Normal is not");
	cr_expect(was(res, P(LIMIT) | P(NEXT_ZONE)) && !was(res, P(CLEAN)), "path %#x", res.path);
	cr_expect_eq(stat_of(PGA_STAT_nr_inactive_clean), HIGH - LOW + 2, "none was taken");
	t_pages_down(&t);
}

Test(linux24, waiting_single_requests_take_clean_frames)
{
	uint64_t allocated;
	pga_pfn_t oldest;
	struct pga_res res;

	up("linux-2.4", SMALL);
	fill(0, MIN);
	oldest = held[NORMAL][nr_held[NORMAL] - 1];
	cache(NORMAL, HIGH);
	allocated = stat_of(PGA_STAT_pgalloc);
	res = ask(0, 0, WAIT_IO);
	cr_expect_eq(res.pfn, oldest, "the tail of the queue");
	cr_expect_eq(res.path, P(CLEAN) | P(LIMIT));
	cr_expect_eq(t.evicted, 1);
	cr_expect_eq(nr_free(NORMAL), MIN);
	cr_expect_eq(stat_of(PGA_STAT_pgalloc), allocated + 1);
	cr_expect_eq(stat_of(PGA_STAT_pgsteal_direct), 1);
	res = ask(0, 0, ATOMIC);
	cr_expect(!was(res, P(CLEAN)), "who may not wait takes free ones");
	res = ask(0, 0, WAIT_IO | FREES);
	cr_expect(!was(res, P(CLEAN)), "as does who frees memory");
	cr_expect_eq(t.evicted, 1);
	t_pages_check(&t);
	t_pages_down(&t);
}

Test(linux24, kswapd_is_woken_before_the_min_limit)
{
	struct pga_res res;

	up("linux-2.4", SMALL);
	fill(0, MIN + 1);
	t.waits_left = 9;
	res = ask(0, 0, PGA_GFP_WAIT);
	cr_expect_eq(res.zone, NORMAL);
	cr_expect(was(res, P(RETRY_MIN)) && !was(res, P(NO_WATERMARK)));
	cr_expect_geq(t.woken[KSWAPD], 1);
	cr_expect_eq(t.waited[PGA_WAIT_YIELD], 1);
	res = ask(0, 0, ATOMIC);
	cr_expect_eq(t.waited[PGA_WAIT_YIELD], 1, "nobody yields who may not wait");
	t_pages_down(&t);
}

/* The host has given up before: there is nothing yet to give up. */
Test(linux24, yield_ends_no_request)
{
	up("linux-2.4", SMALL);
	fill(0, MIN + 1);
	t.waits_left = 0;
	cr_expect_eq(ask(0, 0, WAIT_IO).err, 0);
	t_pages_down(&t);
}

Test(linux24, blocks_are_made_of_clean_frames)
{
	struct pga_res res;

	up("linux-2.4", SMALL);
	fill(0, 0);
	cache(NORMAL, 128);
	t.waits_left = 9;
	res = ask(0, 3, WAIT_IO);
	cr_assert_eq(res.err, 0);
	cr_expect(was(res, P(LAUNDER) | P(CLEAN)), "path %#x", res.path);
	cr_expect_eq(stat_of(PGA_STAT_page_launder), 1);
	cr_expect_lt(t.evicted, 128, "no more than were needed");
	cr_expect_eq(t.waited[PGA_WAIT_KSWAPD], 0);
	t_pages_check(&t);
	t_pages_down(&t);
}

Test(linux24, single_requests_wait_for_kswapd_and_begin_anew)
{
	struct pga_res res;

	up("linux-2.4", SMALL);
	fill(0, 0);
	t.waits_left = 6;
	res = ask(0, 0, WAIT_IO);
	cr_expect_eq(res.err, -ENOMEM);
	cr_expect(was(res, P(WAIT) | P(FAIL)) && !was(res, P(NO_WATERMARK)));
	cr_expect_eq(t.waited[PGA_WAIT_KSWAPD], 4, "3 times on, the 4th time it is told to stop");
	cr_expect_eq(t.waited[PGA_WAIT_YIELD], 4);
	cr_expect_eq(t.woken[KSWAPD], 5, "by the test at first, and with each round");
	cr_expect_eq(stat_of(PGA_STAT_slow_gave_up), 1);
	cr_expect_eq(stat_of(PGA_STAT_alloc_failure), 1, "by fill()");
	t_pages_down(&t);
}

Test(linux24, blocks_wait_once_and_take_what_there_is)
{
	struct pga_res res;

	up("linux-2.4", SMALL);
	fill(0, 0);
	t.waits_left = 9;
	res = ask(0, 1, WAIT_IO);
	cr_expect_eq(res.err, -ENOMEM);
	cr_expect(was(res, P(NO_WATERMARK) | P(WAIT)));
	cr_expect_eq(t.waited[PGA_WAIT_KSWAPD], 1);
	cr_expect_eq(stat_of(PGA_STAT_slow_costly), 1);
	t_pages_down(&t);
}

Test(linux24, without_io_the_caller_frees_itself)
{
	struct pga_res res;

	up("linux-2.4", SMALL);
	fill(0, 0);
	t.waits_left = 4;
	res = ask(0, 0, PGA_GFP_WAIT);
	cr_expect(was(res, P(RECLAIM)));
	cr_expect_eq(stat_of(PGA_STAT_allocstall), t.waited[PGA_WAIT_FREED]);
	cr_expect_eq(t.waited[PGA_WAIT_KSWAPD], 0);
	cr_expect_gt(t.waited[PGA_WAIT_FREED], 1);
	t_pages_down(&t);
}

/* The caller is picked to die while it waits: what is left is its, clean frames first. */
Test(linux24, whoever_becomes_memalloc_ends_with_the_reserve)
{
	struct pga_res res;

	up("linux-2.4", SMALL);
	fill(0, 1);
	t.waits_left = 9;
	t.answer = PGA_NOW_MEMALLOC;
	res = ask(0, 0, WAIT_IO);
	cr_assert_eq(res.err, 0);
	cr_expect(was(res, P(NO_WATERMARK)));
	cr_expect_eq(nr_free(NORMAL), 0);
	t_pages_down(&t);
}

Test(linux24, a_quarter_of_min_is_for_those_who_free)
{
	up("linux-2.4", SMALL);
	fill(0, MIN / 4);
	cr_expect_eq(ask(0, 0, ATOMIC).err, 0);
	cr_expect_eq(ask(0, 0, ATOMIC).err, -ENOMEM);
	cr_expect_eq(stat_of(PGA_STAT_slow_no_wait), 1);
	cr_expect_eq(ask(0, 0, FREES).err, 0);
	cr_expect_eq(ask(0, 0, FREES).err, -ENOMEM);
	cr_expect_eq(stat_of(PGA_STAT_slow_in_reclaim), 2, "fill() has met the end once");
	t_pages_down(&t);
}

Test(linux24, orders_out_of_range)
{
	uint64_t pressure;

	up("linux-2.4", SMALL " orders=11");
	pressure = stat_of(PGA_STAT_memory_pressure);
	cr_expect_eq(ask(0, 10, ATOMIC).err, -EOPNOTSUPP);
	cr_expect_eq(ask(0, 11, ATOMIC).err, -EINVAL);
	cr_expect_eq(stat_of(PGA_STAT_memory_pressure), pressure);
	t_pages_down(&t);
}

static unsigned zeroed;

static void zero(void *data, pga_pfn_t pfn, unsigned order)
{
	(void)data;
	(void)pfn;
	zeroed += 1u << order;
}

static int make_zero(struct t_instance *in, struct pga_host *host, void *data)
{
	(void)in;
	(void)data;
	*host = (struct pga_host){ .zero = zero };
	return 0;
}

Test(linux24, zeroed_blocks)
{
	cr_assert_eq(t_up_with(&t.in, "linux-2.4", SMALL, make_zero, NULL), 0);
	ask(0, 2, ATOMIC);
	cr_expect_eq(zeroed, 0);
	ask(0, 2, ATOMIC | PGA_GFP_ZERO);
	cr_expect_eq(zeroed, 4);
	t_down(&t.in);
}

/* --- nodes --- */

static int node_of(unsigned cpu, int node, uint32_t gfp)
{
	struct pga_res res = t_alloc(&t.in, cpu, node, 0, gfp);

	return res.err ? res.err : res.node;
}

Test(linux24, numa_begins_with_the_cpus_node)
{
	up("linux-2.4", NODES);
	cr_expect_eq(node_of(2, -1, ATOMIC), 2);
	cr_expect_eq(node_of(1, -1, ATOMIC), 1);
	cr_expect_eq(node_of(1, 0, ATOMIC), 0);
	t_pages_down(&t);
}

Test(linux24, nodes_one_after_the_other)
{
	struct pga_res res;

	up("linux-2.4", NODES);
	while (node_of(1, 1, FREES) == 1)
		;
	cr_expect_eq(node_of(1, 1, ATOMIC), -ENOMEM, "a node that is named is the only one");
	res = t_alloc(&t.in, 1, -1, 0, ATOMIC);
	cr_expect_eq(res.node, 2, "the next of the list");
	cr_expect(was(res, P(REMOTE_NODE) | P(NEXT_ZONE)));
	cr_expect_eq(node_of(1, -1, ATOMIC | PGA_GFP_THISNODE), -ENOMEM);
	t_pages_down(&t);
}

/* A request that waits stays with its first node: that kernel asks no other one meanwhile. */
Test(linux24, waiting_keeps_to_the_first_node)
{
	up("linux-2.4", NODES);
	while (node_of(1, 1, FREES) == 1)
		;
	t.waits_left = 9;
	cr_expect_eq(node_of(1, -1, WAIT_IO), -ENOMEM);
	cr_expect_eq(stat_of(PGA_STAT_slow_gave_up), 1);
	t_pages_down(&t);
}

Test(linux24, discontig_takes_turns)
{
	up("linux-2.4,nodes=discontig", NODES);
	for (int i = 0; i < 6; i++)
		cr_expect_eq(node_of(1, -1, ATOMIC), i % 3);
	cr_expect_eq(node_of(2, 0, ATOMIC), 0, "a node that is named takes no turn");
	cr_expect_eq(node_of(1, -1, ATOMIC), 0);
	t_pages_down(&t);
}

Test(linux24, masks_leave_nodes_out)
{
	const uint64_t two[1] = { 1ull << 2 }, none[1] = { 1ull << 5 };
	const struct pga_ctx mask = { .nodemask = two }, set = { .cpuset = two },
			     empty = { .nodemask = none };
	struct pga_req req = { .gfp = ATOMIC, .node = -1 };

	up("linux-2.4", NODES);
	cr_expect_eq(t.in.ops->alloc(t.in.pga, req, &mask).node, 2);
	cr_expect_eq(t.in.ops->alloc(t.in.pga, req, &empty).err, -ENOMEM);
	cr_expect_eq(t.in.ops->alloc(t.in.pga, req, &set).node, 0, "cpusets bind those who wait");
	req.gfp |= PGA_GFP_HARDWALL;
	cr_expect_eq(t.in.ops->alloc(t.in.pga, req, &set).node, 2);
	req.node = 1;
	cr_expect_eq(t.in.ops->alloc(t.in.pga, req, &mask).err, -ENOMEM);
	t_pages_down(&t);
}

Test(linux24, lists_by_class)
{
	uint16_t zones[4];

	up("linux-2.4", "zone=0:DMA:0+64 zone=0:Normal:64+64 zone=0:HighMem:128+64 cpus=0");
	cr_assert_eq(t.in.ops->zonelist_class(t.in.pga, 0, PGA_GFP_HIGHMEM, zones, 4), 3);
	cr_expect_eq(zones[0], 2);
	cr_expect_eq(zones[2], 0);
	cr_assert_eq(t.in.ops->zonelist_class(t.in.pga, 0, PGA_GFP_KERNEL, zones, 4), 2);
	cr_expect_eq(zones[0], 1);
	cr_assert_eq(t.in.ops->zonelist_class(t.in.pga, 0, PGA_GFP_DMA | PGA_GFP_HIGHMEM, zones, 4),
		     1);
	cr_assert_eq(t.in.ops->zonelist_class(t.in.pga, 0, PGA_GFP_DMA32, zones, 4), 1);
	cr_expect_eq(t.in.ops->zonelist(t.in.pga, 0, true, zones, 4), 3);
	t_pages_down(&t);
}

/* --- pressure, shortages, counts --- */

Test(linux24, requests_press_and_frees_relieve)
{
	pga_pfn_t pfn[8];

	up("linux-2.4,pressure.floor=3", SMALL);
	for (unsigned i = 0; i < 8; i++)
		pfn[i] = ask(0, 0, ATOMIC).pfn;
	cr_expect_eq(stat_of(PGA_STAT_memory_pressure), 8);
	for (unsigned i = 0; i < 8; i++)
		t_free(&t.in, 0, pfn[i], 0);
	cr_expect_eq(stat_of(PGA_STAT_memory_pressure), 3, "not below the floor");
	t_pages_down(&t);
}

Test(linux24, pressure_decays_by_the_second)
{
	up("linux-2.4", SMALL);
	for (unsigned i = 0; i < 128; i++)
		t_free(&t.in, 0, ask(0, 0, ATOMIC).pfn, 0);
	for (unsigned i = 0; i < 128; i++)
		ask(0, 0, ATOMIC);
	cr_expect_eq(stat_of(PGA_STAT_memory_pressure), 129);
	step("second", 0);
	cr_expect_eq(stat_of(PGA_STAT_memory_pressure), 127);
	t.in.ops->tick(t.in.pga, 0);
	cr_expect_eq(stat_of(PGA_STAT_memory_pressure), 127, "no second has passed");
	t.in.ticks += t.in.conf.hz;
	t.in.ops->tick(t.in.pga, 0);
	t.in.ops->tick(t.in.pga, 0);
	cr_expect_eq(stat_of(PGA_STAT_memory_pressure), 126);
	t_pages_down(&t);
}

Test(linux24, shortages)
{
	up("linux-2.4", SMALL);
	cr_expect_eq(step("free_shortage", 0), 0);
	cr_expect_eq(step("inactive_shortage", 0), 0);
	fill(10, 12);
	cr_expect_eq(step("inactive_target", 0), 2, "171 of pressure");
	cr_expect_eq(step("free_shortage", 0), 60 + 2 / 3 - 22);
	cr_expect_eq(step("inactive_shortage", 0), 60 + 2 - 22);
	cache(NORMAL, 38);
	cr_expect_eq(step("inactive_shortage", 0), 2);
	cr_expect_eq(step("free_shortage", 0), 1, "enough in all, but DMA is at its mark");
	step("cache_dirty", held[DMA][0]);
	cr_expect_eq(step("inactive_shortage", 0), 1, "dirty ones count as inactive");
	cr_expect_eq(step("free_shortage", 0), 1, "but not as free");
	t_pages_down(&t);
}

Test(linux24, bdflush_is_woken_when_laundering_would_do)
{
	up("linux-2.4", SMALL);
	fill(10, 12);
	while (nr_held[NORMAL] > 40)
		cr_assert_eq(step("cache_dirty", held[NORMAL][--nr_held[NORMAL]]), 0);
	t.woken[BDFLUSH] = 0;
	ask(0, 0, ATOMIC);
	cr_expect_eq(t.woken[BDFLUSH], 1);
	t_pages_down(&t);
}

Test(linux24, counts_and_the_report)
{
	char text[600], cut[20];
	size_t len;

	up("linux-2.4", "zone=0:DMA:0+64 zone=0:Normal:64+64 zone=0:HighMem:128+64 cpus=0");
	ask(0, 0, ATOMIC | PGA_GFP_HIGHMEM);
	cr_expect_eq(step("nr_free_highpages", 0), 63);
	cr_expect_eq(step("nr_free_buffer_pages", 0), 191);
	fill(0, 0);
	cr_expect_eq(step("nr_free_buffer_pages", 0), 90 + step("inactive_target", 0),
		     "at least what should be free");
	len = pga_linux24_report(t.in.pga, text, sizeof(text));
	cr_assert_eq(len, strlen(text));
	cr_expect_not_null(strstr(text, "of it high memory 252kB"), "%s", text);
	cr_expect_not_null(strstr(text, "free 63 (min 30, low 60, high 90)"), "%s", text);
	cr_expect_not_null(strstr(text, "node 0 HighMem: 1*4kB 1*8kB 1*16kB 1*32kB 1*64kB 1*128kB "
					"0*256kB 0*512kB 0*1024kB 0*2048kB = 252kB"),
			   "%s", text);
	cr_expect_eq(pga_linux24_report(t.in.pga, cut, sizeof(cut)), len);
	cr_expect_eq(strlen(cut), sizeof(cut) - 1);
	t_pages_down(&t);
}
