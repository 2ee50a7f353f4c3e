/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of the slow path share: an instance with a scripted host, and its owners. */
#ifndef TESTS_UNIT_SLOWPATH_SUITE_H
#define TESTS_UNIT_SLOWPATH_SUITE_H

#include "core/linux310_slow.h"
#include "tests/support/t_instance.h"

#include <criterion/criterion.h>
#include <errno.h>

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

static inline void let_go(pga_pfn_t pfn)
{
	h.contents[pfn] = NOBODY;
	if (h.in.ops->lru_del(h.in.pga, pfn, 0) != -EBUSY)
		h.in.ops->free(h.in.pga, pfn, 0, 0, 0);
}

static inline int on_migrate(void *data, pga_pfn_t from, pga_pfn_t to, unsigned order)
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

static inline int on_evict(void *data, pga_pfn_t pfn)
{
	(void)data;
	if (!h.evicts || h.contents[pfn] == NOBODY)
		return -EAGAIN;
	h.contents[pfn] = NOBODY;
	return 0;
}

static inline uint64_t on_oom_kill(void *data, uint32_t gfp, unsigned order, unsigned cpu)
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

static inline enum pga_answer on_wait(void *data, enum pga_wait kind, uint32_t ticks, unsigned cpu)
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

static inline void on_wake(void *data, unsigned daemon, unsigned node)
{
	(void)data;
	(void)daemon;
	(void)node;
	h.wakes++;
}

static inline void on_event(void *data, const struct pga_event *event)
{
	(void)data;
	h.events[event->id]++;
	if (event->id == PGA_EVENT_alloc_failure)
		h.failure = *event;
}

static inline int make_host(struct t_instance *in, struct pga_host *host, void *data)
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

static inline void up(const char *variant, const char *machine)
{
	cr_assert_eq(t_up_with(&h.in, variant, machine, make_host, NULL), 0, "%s", h.in.why);
	t_drive(&h.in, 0);
}

static inline void sound(void)
{
	char why[256];

	cr_assert_eq(h.in.ops->check(h.in.pga, why, sizeof(why)), 0, "%s", why);
}

/* Everything goes back: nothing may be lost. */
static inline void down(void)
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

static inline uint64_t stat_of(enum pga_stat stat)
{
	uint64_t val[PGA_NR_STATS];

	h.in.ops->stats(h.in.pga, -1, val);
	return val[stat];
}

static inline struct pga_res ask(unsigned order, uint32_t gfp, const struct pga_ctx *ctx)
{
	struct pga_req req = { .gfp = gfp, .node = -1, .order = (uint8_t)order };

	return h.in.ops->alloc(h.in.pga, req, ctx);
}

static inline bool keep(struct pga_res res)
{
	if (!res.err)
		h.held[h.nr_held++] = res.pfn;
	return !res.err;
}

/* All frames, to the last. */
static inline void hold_all(void)
{
	const uint32_t gfp = PGA_GFP_MEMALLOC | PGA_GFP_NOWARN | PGA_GFP_MOVABLE;

	while (keep(ask(0, gfp, NULL)) || keep(ask(0, gfp | PGA_GFP_DMA, NULL)))
		;
}

/* All but every other frame, so that no two free ones are buddies. */
static inline void hold_half(void)
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

static inline pga_pfn_t own(struct pga_res res, enum pga_lru list)
{
	static uint32_t next = 1;

	cr_assert_eq(res.err, 0);
	h.contents[res.pfn] = next++;
	h.in.ops->lru_add(h.in.pga, res.pfn, list, 0);
	return res.pfn;
}

/* Half of memory in owners' hands, every other frame free. */
static inline void own_half(void)
{
	hold_half();
	for (unsigned i = 0; i < h.nr_held; i++) {
		h.contents[h.held[i]] = 1 + i;
		h.in.ops->lru_add(h.in.pga, h.held[i], PGA_LRU_ACTIVE_ANON, 0);
	}
	h.nr_held = 0;
}

#endif
