/* SPDX-License-Identifier: GPL-2.0-only */
/* The slow path of linux-3.10: each way out and each turn. */
#include "tests/unit/slowpath_suite.h"

#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>

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
