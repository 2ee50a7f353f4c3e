/* SPDX-License-Identifier: GPL-2.0-only */
/* The slow path and compaction of linux-3.10: each way out and each turn, with a scripted host. */
#include "core/linux310_slow.h"
#include "tests/support/t_instance.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ONE "zone=0:Normal:0+4096 cpus=0,0"
#define LOW "zone=0:DMA:0+4096 zone=0:Normal:4096+4096 cpus=0,0"
#define TWO "zone=0:Normal:0+4096 zone=1:Normal:4096+4096 cpus=0,1"
#define AREA "zone=0:Normal:0+8192 cma=4096+2048 cpus=0,0"
#define EXACT "linux-3.10,vmstat=exact,pcp.enable=no"
#define FRAMES 8192u
#define NOBODY 0u

/* The host: owners of single frames, each with contents that follow it. */
static struct {
	struct t_instance in;
	/* The script. */
	enum pga_answer answer; /* of wait, while waits_left; then GIVE_UP */
	unsigned waits_left;
	bool no_kill_hook, no_victim;
	bool evicts;			    /* owners give their frames back */
	bool lets_go_before, lets_go_after; /* free in the middle of a move */
	bool pinned[FRAMES];
	/* State. */
	uint32_t contents[FRAMES]; /* NOBODY: not on the lists */
	pga_pfn_t held[FRAMES];	   /* without an owner; the last ones are a victim's */
	unsigned nr_held, nr_victim;
	/* What happened. */
	unsigned waits, kills, wakes, moves, refused, events[PGA_NR_EVENTS];
	struct pga_event failure;
} h;

static void let_go(pga_pfn_t pfn)
{
	h.contents[pfn] = NOBODY;
	if (h.in.ops->lru_del(h.in.pga, pfn, 0) != -EBUSY)
		h.in.ops->free(h.in.pga, pfn, 0, 0, 0);
}

static int on_migrate(void *data, pga_pfn_t from, pga_pfn_t to, unsigned order)
{
	(void)data;
	cr_assert_eq(order, 0u);
	if (h.lets_go_before)
		let_go(from);
	if (h.contents[from] == NOBODY || h.pinned[from]) {
		h.refused++;
		return -EAGAIN;
	}
	cr_assert_eq(h.contents[to], NOBODY, "the target has an owner");
	h.contents[to] = h.contents[from];
	h.contents[from] = NOBODY;
	h.moves++;
	if (h.lets_go_after)
		let_go(to);
	return 0;
}

static int on_evict(void *data, pga_pfn_t pfn)
{
	(void)data;
	if (!h.evicts || h.contents[pfn] == NOBODY)
		return -EAGAIN;
	h.contents[pfn] = NOBODY;
	return 0;
}

static uint64_t on_oom_kill(void *data, uint32_t gfp, unsigned order, unsigned cpu)
{
	unsigned n = h.nr_victim;

	(void)data;
	(void)gfp;
	(void)order;
	if (h.no_victim)
		return 0;
	h.kills++;
	for (; h.nr_victim; h.nr_victim--)
		h.in.ops->free(h.in.pga, h.held[--h.nr_held], 0, cpu, 0);
	return n;
}

static enum pga_answer on_wait(void *data, enum pga_wait kind, uint32_t ticks, unsigned cpu)
{
	(void)data;
	(void)kind;
	(void)cpu;
	h.waits++;
	h.in.ticks += ticks;
	if (!h.waits_left)
		return PGA_GIVE_UP;
	h.waits_left--;
	return h.answer;
}

static void on_wake(void *data, unsigned daemon, unsigned node)
{
	(void)data;
	(void)daemon;
	(void)node;
	h.wakes++;
}

static void on_event(void *data, const struct pga_event *event)
{
	(void)data;
	h.events[event->id]++;
	if (event->id == PGA_EVENT_alloc_failure)
		h.failure = *event;
}

static int make_host(struct t_instance *in, struct pga_host *host, void *data)
{
	(void)in;
	(void)data;
	*host = (struct pga_host){
		.migrate = on_migrate,
		.evict = on_evict,
		.oom_kill = h.no_kill_hook ? NULL : on_oom_kill,
		.wait = on_wait,
		.wake = on_wake,
		.event = on_event,
	};
	return 0;
}

static void up(const char *variant, const char *machine)
{
	cr_assert_eq(t_up_with(&h.in, variant, machine, make_host, NULL), 0, "%s", h.in.why);
	t_drive(&h.in, 0);
}

static void sound(void)
{
	char why[256];

	cr_assert_eq(h.in.ops->check(h.in.pga, why, sizeof(why)), 0, "%s", why);
}

/* Everything goes back: nothing may be lost. */
static void down(void)
{
	uint64_t stat[PGA_NR_STATS];

	sound();
	for (pga_pfn_t pfn = 0; pfn < h.in.end; pfn++)
		if (h.contents[pfn] != NOBODY)
			let_go(pfn);
	while (h.nr_held)
		t_free(&h.in, 0, h.held[--h.nr_held], 0);
	sound();
	h.in.ops->stats(h.in.pga, -1, stat);
	cr_assert_eq(stat[PGA_STAT_pgalloc], stat[PGA_STAT_pgfree], "%llu allocated, %llu freed",
		     (unsigned long long)stat[PGA_STAT_pgalloc],
		     (unsigned long long)stat[PGA_STAT_pgfree]);
	t_down(&h.in);
}

static uint64_t stat_of(enum pga_stat stat)
{
	uint64_t val[PGA_NR_STATS];

	h.in.ops->stats(h.in.pga, -1, val);
	return val[stat];
}

static struct pga_res ask(unsigned order, uint32_t gfp, const struct pga_ctx *ctx)
{
	struct pga_req req = { .gfp = gfp, .node = -1, .order = (uint8_t)order };

	return h.in.ops->alloc(h.in.pga, req, ctx);
}

static bool keep(struct pga_res res)
{
	if (!res.err)
		h.held[h.nr_held++] = res.pfn;
	return !res.err;
}

/* All frames, to the last. */
static void hold_all(void)
{
	const uint32_t gfp = PGA_GFP_MEMALLOC | PGA_GFP_NOWARN | PGA_GFP_MOVABLE;

	while (keep(ask(0, gfp, NULL)) || keep(ask(0, gfp | PGA_GFP_DMA, NULL)))
		;
}

/* All but every other frame, so that no two free ones are buddies. */
static void hold_half(void)
{
	unsigned n = 0;

	hold_all();
	for (unsigned i = 0; i < h.nr_held; i++) {
		if (h.held[i] & 1)
			t_free(&h.in, 0, h.held[i], 0);
		else
			h.held[n++] = h.held[i];
	}
	h.nr_held = n;
}

static pga_pfn_t own(struct pga_res res, enum pga_lru list)
{
	static uint32_t next = 1;

	cr_assert_eq(res.err, 0);
	h.contents[res.pfn] = next++;
	h.in.ops->lru_add(h.in.pga, res.pfn, list, 0);
	return res.pfn;
}

/* Half of memory in owners' hands, every other frame free. */
static void own_half(void)
{
	hold_half();
	for (unsigned i = 0; i < h.nr_held; i++) {
		h.contents[h.held[i]] = 1 + i;
		h.in.ops->lru_add(h.in.pga, h.held[i], PGA_LRU_ACTIVE_ANON, 0);
	}
	h.nr_held = 0;
}

/* --- ways out --- */

static const struct exit_case {
	const char *name;
	unsigned order;
	uint32_t gfp;
	enum pga_stat stat;
	struct pga_ctx ctx;
	bool no_kill_hook, no_victim;
	uint32_t stages, without; /* of the path */
} exits[] = {
	{ .name = "this node only",
	  .gfp = PGA_GFP_KERNEL | PGA_GFP_THISNODE | PGA_GFP_NORETRY | PGA_GFP_NOWARN,
	  .stat = PGA_STAT_slow_thisnode,
	  .without = PGA_PATH(RETRY_MIN) },
	{ .name = "may not sleep",
	  .gfp = PGA_GFP_ATOMIC,
	  .stat = PGA_STAT_slow_no_wait,
	  .stages = PGA_PATH(RETRY_MIN),
	  .without = PGA_PATH(RECLAIM) },
	{ .name = "frees memory itself",
	  .gfp = PGA_GFP_KERNEL | PGA_GFP_PF_MEMALLOC,
	  .stat = PGA_STAT_slow_in_reclaim,
	  .stages = PGA_PATH(NO_WATERMARK),
	  .without = PGA_PATH(RECLAIM) },
	{ .name = "victim",
	  .gfp = PGA_GFP_KERNEL | PGA_GFP_OOM_VICTIM,
	  .stat = PGA_STAT_slow_victim,
	  .stages = PGA_PATH(NO_WATERMARK),
	  .without = PGA_PATH(RECLAIM) },
	{ .name = "no killer",
	  .gfp = PGA_GFP_KERNEL,
	  .stat = PGA_STAT_slow_oom_off,
	  .no_kill_hook = true,
	  .stages = PGA_PATH(RECLAIM),
	  .without = PGA_PATH(OOM) },
	{ .name = "killer disabled",
	  .gfp = PGA_GFP_KERNEL,
	  .stat = PGA_STAT_slow_oom_off,
	  .ctx = { .oom_disabled = true },
	  .without = PGA_PATH(OOM) },
	{ .name = "core dump",
	  .gfp = PGA_GFP_KERNEL,
	  .stat = PGA_STAT_slow_core_dump,
	  .ctx = { .dumping_core = true },
	  .without = PGA_PATH(OOM) },
	{ .name = "costly order",
	  .order = 4,
	  .gfp = PGA_GFP_KERNEL,
	  .stat = PGA_STAT_slow_costly,
	  .without = PGA_PATH(OOM) },
	{ .name = "low memory",
	  .gfp = PGA_GFP_KERNEL | PGA_GFP_DMA,
	  .stat = PGA_STAT_slow_lowmem,
	  .without = PGA_PATH(OOM) },
	{ .name = "nobody to kill",
	  .gfp = PGA_GFP_KERNEL,
	  .stat = PGA_STAT_slow_no_victim,
	  .no_victim = true,
	  .stages = PGA_PATH(OOM) },
	{ .name = "no retry",
	  .gfp = PGA_GFP_KERNEL | PGA_GFP_NORETRY,
	  .stat = PGA_STAT_slow_no_retry,
	  .stages = PGA_PATH(RECLAIM),
	  .without = PGA_PATH(OOM) },
	{ .name = "told to give up",
	  .gfp = PGA_GFP_WAIT | PGA_GFP_IO,
	  .stat = PGA_STAT_slow_gave_up,
	  .stages = PGA_PATH(RECLAIM),
	  .without = PGA_PATH(OOM) },
};

ParameterizedTestParameters(slowpath, exits)
{
	static char names[sizeof(exits) / sizeof(exits[0])][32];

	for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++)
		snprintf(names[i], sizeof(names[i]), "%s", exits[i].name);
	return cr_make_param_array(char[32], names, sizeof(exits) / sizeof(exits[0]));
}

/* Memory is full, of frames that nobody gives back: the request fails, there and nowhere else. */
ParameterizedTest(char (*name)[32], slowpath, exits, .fini = down)
{
	const struct exit_case *e = exits;
	struct pga_res res;

	while (strcmp(e->name, *name))
		e++;
	h.no_kill_hook = e->no_kill_hook;
	h.no_victim = e->no_victim;
	h.answer = PGA_GO_ON;
	h.waits_left = e->stat == PGA_STAT_slow_gave_up ? 0 : 1000;
	up(EXACT, LOW);
	hold_all();
	for (int stat = PGA_STAT_slow_thisnode; stat < PGA_NR_STATS; stat++)
		cr_assert(stat == PGA_STAT_slow_no_wait || !stat_of((enum pga_stat)stat), "%s",
			  pga_stat_infos[stat].name);
	uint64_t before = stat_of(e->stat), failures = stat_of(PGA_STAT_alloc_failure);

	res = ask(e->order, e->gfp, &e->ctx);
	cr_expect_eq(res.err, -ENOMEM);
	cr_expect_eq(stat_of(e->stat), before + 1, "left by %s", pga_stat_infos[e->stat].name);
	for (int stat = PGA_STAT_slow_thisnode; stat < PGA_NR_STATS; stat++)
		cr_expect(stat == (int)e->stat || stat == PGA_STAT_slow_no_wait ||
				  !stat_of((enum pga_stat)stat),
			  "left by %s", pga_stat_infos[stat].name);
	cr_expect_eq(res.path & (e->stages | PGA_PATH(FAIL)), e->stages | PGA_PATH(FAIL),
		     "path %#x", res.path);
	cr_expect_eq(res.path & e->without, 0u, "path %#x", res.path);
	cr_expect_eq(h.kills, 0u);
	cr_expect_eq(stat_of(PGA_STAT_alloc_failure) - failures, !(e->gfp & PGA_GFP_NOWARN),
		     "reported unless told not to");
	if (!(e->gfp & PGA_GFP_NOWARN)) {
		cr_expect_eq(h.failure.a, e->gfp);
		cr_expect_eq(h.failure.order, e->order);
	}
}

Test(slowpath, an_order_beyond_the_highest_is_refused, .fini = down)
{
	struct pga_res res;

	up(EXACT, ONE);
	res = ask(11, PGA_GFP_KERNEL, NULL);
	cr_expect_eq(res.err, -EINVAL);
	cr_expect_eq(res.path, PGA_PATH(FAIL));
}

/* --- daemons, allowances --- */

Test(slowpath, kswapd_is_woken_unless_the_request_says_no, .fini = down)
{
	up(EXACT, ONE);
	hold_all();
	cr_expect(h.wakes > 0);
	h.wakes = 0;
	ask(0, PGA_GFP_NO_KSWAPD | PGA_GFP_NOWARN, NULL);
	cr_expect_eq(h.wakes, 0u);
}

Test(slowpath, a_request_outside_its_cpuset_only_when_it_cannot_wait, .fini = down)
{
	const uint64_t near[PGA_MAX_NODES / 64] = { 1 };
	const struct pga_ctx ctx = { .cpuset = near };
	struct pga_res res;

	up(EXACT, TWO);
	while (keep(ask(0, PGA_GFP_MEMALLOC | PGA_GFP_THISNODE | PGA_GFP_NOWARN, NULL)))
		;
	res = ask(0, PGA_GFP_KERNEL | PGA_GFP_NORETRY, &ctx);
	cr_expect_eq(res.err, -ENOMEM, "a waiting one keeps to it");
	res = ask(0, PGA_GFP_ATOMIC, &ctx);
	cr_expect(keep(res));
	cr_expect_eq(res.node, 1);
	cr_expect(res.path & PGA_PATH(RETRY_MIN), "and not in the first attempt");
}

Test(slowpath, without_its_cpuset_the_preferred_zone_is_picked_anew, .fini = down)
{
	const uint64_t far[PGA_MAX_NODES / 64] = { 2 };
	const struct pga_ctx ctx = { .cpuset = far };
	struct pga_res res;

	up(EXACT, TWO);
	while (keep(t_alloc(&h.in, 1, 1, 0, PGA_GFP_MEMALLOC | PGA_GFP_THISNODE | PGA_GFP_NOWARN)))
		;
	t_drive(&h.in, 0);
	res = ask(0, PGA_GFP_ATOMIC, &ctx);
	cr_expect(keep(res));
	cr_expect_eq(res.node, 0);
	cr_expect_eq(res.path & (PGA_PATH(NEXT_ZONE) | PGA_PATH(REMOTE_NODE)), 0u,
		     "node 0 is preferred now: path %#x", res.path);
}

/* --- out of memory, waiting --- */

Test(slowpath, a_kill_brings_memory_back, .fini = down)
{
	struct pga_res res;

	up(EXACT, ONE);
	h.answer = PGA_GO_ON;
	h.waits_left = 10;
	hold_all();
	h.nr_victim = 1000;
	res = ask(0, PGA_GFP_KERNEL, NULL);
	cr_expect(keep(res));
	cr_expect(res.path & PGA_PATH(OOM));
	cr_expect_eq(h.kills, 1u);
	cr_expect_eq(stat_of(PGA_STAT_oom_kill), 1u);
	cr_expect_eq(h.events[PGA_EVENT_oom_kill], 1u);
}

Test(slowpath, who_is_killed_while_it_waits_needs_no_marks, .fini = down)
{
	struct pga_res res;

	up(EXACT, ONE);
	h.answer = PGA_NOW_MEMALLOC;
	h.waits_left = 1000;
	hold_all();
	t_free(&h.in, 0, h.held[--h.nr_held], 0);
	h.nr_victim = 0;
	res = ask(0, PGA_GFP_WAIT | PGA_GFP_IO, NULL);
	cr_expect(keep(res));
	cr_expect(res.path & PGA_PATH(NO_WATERMARK));
}

static void nofail_ends_with_the_host(uint32_t gfp)
{
	up(EXACT, ONE);
	h.answer = PGA_GO_ON;
	h.waits_left = 5;
	hold_all();
	cr_expect_eq(ask(0, gfp | PGA_GFP_NOFAIL, NULL).err, -ENOMEM);
	cr_expect_eq(h.waits, 6u, "asked %u times", h.waits);
}

Test(slowpath, nofail_waits_as_long_as_the_host_says_so, .fini = down)
{
	nofail_ends_with_the_host(PGA_GFP_WAIT | PGA_GFP_IO);
}

Test(slowpath, nofail_without_marks_waits_too, .fini = down)
{
	nofail_ends_with_the_host(PGA_GFP_MEMALLOC);
}

/* Every second frame is held for good, so that no reclaim makes a block. */
static uint32_t path_of_costly(uint32_t gfp)
{
	struct pga_res res;

	up(EXACT ",compaction=off", ONE);
	h.answer = PGA_GO_ON;
	h.waits_left = 1000;
	h.evicts = true;
	hold_all();
	for (unsigned i = 0; i < h.nr_held; i++) {
		if (!(h.held[i] & 1))
			continue;
		h.contents[h.held[i]] = 1 + i;
		h.in.ops->lru_add(h.in.pga, h.held[i], PGA_LRU_INACTIVE_FILE, 0);
	}
	for (unsigned i = h.nr_held, n = h.nr_held = 0; n < i; n++)
		if (!(h.held[n] & 1))
			h.held[h.nr_held++] = h.held[n];
	res = ask(6, PGA_GFP_KERNEL | gfp, NULL);
	cr_expect_eq(res.err, -ENOMEM);
	return res.path;
}

Test(slowpath, a_costly_request_does_not_retry, .fini = down)
{
	cr_expect_eq(path_of_costly(0) & PGA_PATH(WAIT), 0u);
	cr_expect_eq(stat_of(PGA_STAT_slow_no_retry), 1u);
}

Test(slowpath, repeat_retries_until_as_much_was_reclaimed, .fini = down)
{
	cr_expect(path_of_costly(PGA_GFP_REPEAT) & PGA_PATH(WAIT));
	cr_expect_eq(stat_of(PGA_STAT_slow_no_retry), 1u);
}

/* --- compaction --- */

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

Test(slowpath, compaction_serves_what_fragmentation_denied, .fini = down)
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

Test(slowpath, compaction_off_moves_nothing, .fini = down)
{
	up(EXACT ",compaction=off", ONE);
	own_half();
	cr_expect_eq(ask(4, PGA_GFP_KERNEL, NULL).err, -ENOMEM);
	cr_expect_eq(h.moves, 0u);
	cr_expect_eq(stat_of(PGA_STAT_compact_stall), 0u);
}

Test(slowpath, asynchronous_compaction_never_waits, .fini = down)
{
	struct pga_res res;

	up(EXACT ",compaction=async", ONE);
	hold_half();
	res = ask(4, PGA_GFP_KERNEL | PGA_GFP_NORETRY, NULL);
	cr_expect_eq(res.err, -ENOMEM);
	cr_expect(res.path & PGA_PATH(COMPACT_ASYNC));
	cr_expect_eq(res.path & PGA_PATH(COMPACT_SYNC), 0u);
}

Test(slowpath, a_request_that_may_not_do_io_does_not_compact, .fini = down)
{
	up(EXACT, ONE);
	own_half();
	cr_expect_eq(ask(4, PGA_GFP_WAIT | PGA_GFP_NORETRY, NULL).err, -ENOMEM);
	cr_expect_eq(h.moves, 0u);
}

/* Nothing movable: a synchronous failure defers, longer and longer, up to the limit. */
Test(slowpath, failures_defer_and_deferred_requests_leave, .fini = down)
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

Test(slowpath, contention_ends_an_asynchronous_run, .fini = down)
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

Test(slowpath, contention_with_the_free_lists_ends_it_too, .fini = down)
{
	up(EXACT, ONE);
	own_half();
	pga_lock(&h.in.pga->zone[0]->lock);
	cr_expect_eq(compact(4, false, PGA_GFP_USER_MOVABLE), PGA_COMPACT_PARTIAL);
	pga_unlock(&h.in.pga->zone[0]->lock);
	cr_expect_eq(h.moves, 0u);
}

Test(slowpath, who_is_about_to_die_does_not_compact, .fini = down)
{
	up(EXACT, ONE);
	own_half();
	cr_expect_eq(compact(-1, true, PGA_GFP_OOM_VICTIM), PGA_COMPACT_PARTIAL);
	cr_expect_eq(h.moves, 0u);
}

Test(slowpath, pinned_frames_stay_and_are_counted, .fini = down)
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

Test(slowpath, a_frame_that_is_freed_before_its_move_is_not_lost, .fini = down)
{
	up(EXACT, ONE);
	own_half();
	h.lets_go_before = true;
	compact(-1, true, 0);
	h.lets_go_before = false;
	cr_expect_eq(h.moves, 0u);
	cr_expect(h.refused > 100);
}

Test(slowpath, a_frame_that_is_freed_right_after_its_move_is_not_lost, .fini = down)
{
	up(EXACT, ONE);
	own_half();
	h.lets_go_after = true;
	compact(-1, true, 0);
	h.lets_go_after = false;
	cr_expect(h.moves > 100);
	cr_expect_eq(stat_of(PGA_STAT_pgmigrate_success), h.moves);
}

Test(slowpath, unevictable_frames_are_left_alone, .fini = down)
{
	up(EXACT, ONE);
	for (int i = 0; i < 100; i++)
		own(ask(0, PGA_GFP_USER_MOVABLE, NULL), PGA_LRU_UNEVICTABLE);
	compact(-1, true, 0);
	cr_expect_eq(h.moves, 0u);
}

Test(slowpath, the_index_tells_short_from_split, .fini = down)
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

Test(slowpath, a_contiguous_range_is_emptied_and_taken, .fini = down)
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

Test(slowpath, a_pinned_frame_refuses_its_range_and_nothing_is_lost, .fini = down)
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

Test(slowpath, ranges_that_are_none_are_refused, .fini = down)
{
	up(EXACT, ONE);
	cr_expect_eq(contig("alloc_contig", 10, 10), -EINVAL);
	cr_expect_eq(contig("alloc_contig", 4000, 5000), -EINVAL);
	cr_expect_eq(contig("free_contig", 9000, 9001), -EINVAL);
}
