/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of reclaim share: one instance of linux-3.10 with a scripted owner. */
#ifndef TESTS_UNIT_RECLAIM_SUITE_H
#define TESTS_UNIT_RECLAIM_SUITE_H

#include "core/linux310_reclaim.h"
#include "core/linux310_scan.h"
#include "tests/support/t_pages.h"

#include <criterion/criterion.h>
#include <errno.h>

#define ONE "zone=0:Normal:0+4096 cpus=0,0"
#define TWO "zone=0:Normal:0+4096 zone=1:Normal:4096+4096 cpus=0,1"
#define EXACT "linux-3.10,vmstat=exact,pcp.enable=no"

static struct t_pages t;

static inline void up(const char *variant, const char *machine)
{
	t = (struct t_pages){ .answer = PGA_GO_ON, .waits_left = 1000, .swap = 100000 };
	cr_assert_eq(t_pages_up(&t, variant, machine), 0, "%s", t.in.why);
}

static inline void down(void)
{
	t_pages_free_all(&t);
	t_pages_down(&t);
}

static inline struct l310_scan scan(enum l310_scanner who)
{
	struct l310_scan sc = l310_scan_start(t.in.pga, who, 0, 0, PGA_GFP_KERNEL);

	return sc;
}

static inline struct pga_shrunk shrink(enum pga_lru list, unsigned nr)
{
	struct l310_scan sc = scan(L310_SCAN_DIRECT);

	return pga_shrink_inactive(&sc.r, &t.in.pga->zone[0]->lru, list, nr);
}

static inline uint64_t direct(unsigned node, unsigned order, uint32_t gfp, bool oom_off)
{
	struct pga *self = t.in.pga;
	struct l310_reclaim req = {
		.cpu = 0,
		.list = &self->list[pga_zonelist_index(node, PGA_LIST_FALLBACK, PGA_ZONE_MOVABLE)],
		.order = order,
		.gfp = gfp,
		.oom_off = oom_off,
	};

	return l310_direct_reclaim(self, &req);
}

static inline int64_t step(int zone)
{
	struct pga_step_arg arg = { .zone = zone, .order = -1, .gfp = PGA_GFP_KERNEL };

	return l310_step_reclaim(t.in.pga, &arg);
}

/* Single frames until the zone is at @mark; of no list. */
static inline unsigned hold_down_to(unsigned zone, uint32_t mark, pga_pfn_t *held)
{
	struct pga_zone_snap snap;
	unsigned n = 0;

	for (;;) {
		struct pga_res res;

		t.in.ops->zone_snap(t.in.pga, zone, &snap);
		if (snap.nr_free_exact <= mark)
			return n;
		res = t_alloc(&t.in, 0, t.in.zones[zone].node, 0,
			      PGA_GFP_KERNEL | PGA_GFP_THISNODE | PGA_GFP_MEMALLOC);
		cr_assert_eq(res.err, 0);
		held[n++] = res.pfn;
	}
}

static inline void let_go(const pga_pfn_t *held, unsigned n)
{
	while (n)
		t_free(&t.in, 0, held[--n], 0);
}

static inline bool kswapd(unsigned node)
{
	return t.in.ops->daemons[0].step(t.in.pga, node, node);
}

/* Steps until the daemon sleeps. */
static inline unsigned kswapd_runs(unsigned node, unsigned most)
{
	unsigned steps = 1;

	while (kswapd(node) && steps < most)
		steps++;
	cr_assert_lt(steps, most, "kswapd does not come to rest");
	return steps;
}

static inline uint32_t mark_of(unsigned zone, unsigned mark)
{
	struct pga_zone_info info;

	t.in.ops->zone_info(t.in.pga, zone, &info);
	return info.wmark[mark];
}

static inline void round_at(enum l310_scanner who, int priority)
{
	struct l310_scan sc = scan(who);

	sc.priority = priority;
	sc.want = UINT64_MAX;
	l310_shrink_zone(t.in.pga, t.in.pga->zone[0], &sc);
}

/* Frames of @list on @node until a request for one more would leave the fast path. */
static inline unsigned fill_node(int node, enum pga_lru list)
{
	struct pga_zone_snap snap;
	unsigned n = 0;

	for (;; n++) {
		t.in.ops->zone_snap(t.in.pga, (unsigned)node, &snap);
		if (snap.nr_free_exact <= mark_of((unsigned)node, PGA_WMARK_LOW))
			return n;
		cr_assert_neq(t_page_add(&t, 0, node, list), PGA_NIL);
	}
}

/* A frame for good, as a kernel object. */
static inline struct pga_res take(int node, uint32_t gfp)
{
	struct pga_res res = t_alloc(&t.in, 0, node, 0, gfp);

	if (!res.err)
		t.victim[t.nr_victim++] = res.pfn;
	return res;
}

static inline void give_taken(void)
{
	while (t.nr_victim)
		t_free(&t.in, 0, t.victim[--t.nr_victim], 0);
}

#endif
