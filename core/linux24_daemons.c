/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux-2.4: the daemons, one of each for all nodes, and single steps.
 *
 *   kswapd     keeps up the number of free and inactive frames; kills when there
 *              is nothing to be had
 *   kreclaimd  refills the buddy lists of zones from their clean queues
 *   bdflush    has dirty frames written early
 */
#include "core/events.h"
#include "core/linux24.h"
#include "core/linux24_int.h"

#include <errno.h>

#define DECAY_SHIFT 6	    /* a 64th of the pressure each second */
#define FRUITLESS_STEPS 16u /* of kswapd in a row, then it sleeps until it is woken */
#define FLUSH_FRAMES 64u    /* that the owners are asked to write at once */

#define GFP_KSWAPD PGA_GFP_IO
#define GFP_BDFLUSH (PGA_GFP_HIGH | PGA_GFP_WAIT)

void l24_wake(struct pga *self, enum l24_daemon daemon)
{
	const struct pga_host *h = &self->host;

	if (h->wake && self->nr_order)
		h->wake(h->data, daemon, self->conf->zones[0].node);
}

/* --- time --- */

static void decay(struct pga *self)
{
	uint32_t *memory = &self->pressure.memory, now = pga_load(memory);

	pga_store(memory, now - (now >> DECAY_SHIFT));
}

/* A second at a time, by whoever comes first. */
static void pass_time(struct pga *self)
{
	const struct pga_host *h = &self->host;
	uint64_t now = h->clock ? h->clock(h->data) : 0, last = pga_load(&self->work.second);

	if (now - last >= self->conf->hz &&
	    __atomic_compare_exchange_n(&self->work.second, &last, now, false, __ATOMIC_RELAXED,
					__ATOMIC_RELAXED))
		decay(self);
}

void l24_tick(struct pga *self, unsigned cpu)
{
	(void)cpu;
	pass_time(self);
}

/* --- kswapd --- */

static bool out_of_memory(const struct pga *self)
{
	uint64_t free = l24_nr_free(self);

	return free <= self->pages[PGA_WMARK_MIN] &&
	       free + l24_nr_inactive_clean(self) <= self->pages[PGA_WMARK_LOW] &&
	       !l24_swap_left(self);
}

static void kill(struct pga *self, unsigned cpu)
{
	const struct pga_host *h = &self->host;
	uint64_t frames = h->oom_kill ? h->oom_kill(h->data, PGA_GFP_KERNEL, 0, cpu) : 0;

	if (!frames)
		return;
	__atomic_fetch_add(&self->work.progress, frames, __ATOMIC_RELAXED);
	l24_count(self, NULL, PGA_STAT_oom_kill, 1);
	pga_emit(h, .id = PGA_EVENT_oom_kill, .cpu = (uint16_t)cpu, .pfn = PGA_NIL, .a = frames);
}

static bool is_short(const struct pga *self)
{
	return l24_inactive_shortage(self) && l24_free_shortage(self);
}

/*
 * That kernel goes on for as long as memory is short of both kinds.  Here it
 * stops when many steps in a row have moved nothing; requests wake it again, for
 * one step each until one moves something.
 */
static bool kswapd(struct pga *self, unsigned node, unsigned cpu)
{
	uint64_t before = pga_load(&self->work.progress);

	(void)node;
	if (!l24_reclaims(self))
		return false;
	l24_count(self, NULL, PGA_STAT_pageoutrun, 1);
	if (l24_inactive_shortage(self) || l24_free_shortage(self))
		l24_try_to_free(self, cpu, GFP_KSWAPD, pga_load(&self->work.waiters) > 0);
	l24_refill_inactive_scan(self, cpu, L24_PRIORITY, false);
	pass_time(self);
	if (!is_short(self)) {
		self->work.fruitless = 0;
		return false;
	}
	if (out_of_memory(self))
		kill(self, cpu);
	if (pga_load(&self->work.progress) != before)
		self->work.fruitless = 0;
	else if (self->work.fruitless < FRUITLESS_STEPS)
		self->work.fruitless++;
	return self->work.fruitless < FRUITLESS_STEPS;
}

/* --- kreclaimd --- */

static void refill_zone(struct pga *self, struct l24_zone *z, unsigned cpu)
{
	while (pga_load(&z->free) < z->mark[PGA_WMARK_LOW] &&
	       l24_reclaim_to_free(self, z, cpu, true))
		;
}

static bool kreclaimd(struct pga *self, unsigned node, unsigned cpu)
{
	(void)node;
	for (unsigned n = 0; n < self->nr_order; n++)
		for (unsigned i = 0; i < self->nr_zones; i++)
			if (self->zone[i]->node == self->order[n] && self->zone[i]->present)
				refill_zone(self, self->zone[i], cpu);
	return false;
}

/* --- bdflush --- */

static bool bdflush(struct pga *self, unsigned node, unsigned cpu)
{
	const struct pga_host *h = &self->host;

	(void)node;
	if (!l24_reclaims(self))
		return false;
	if (h->flush && pga_lru_marked(&self->queues.dirty))
		h->flush(h->data, FLUSH_FRAMES, cpu);
	if (l24_free_shortage(self))
		l24_page_launder(self, cpu, GFP_BDFLUSH, false);
	return false;
}

const struct pga_daemon l24_daemons[] = {
	[L24_KSWAPD] = { .name = "kswapd",
			 .help = "launders, deactivates and unmaps frames while memory is short",
			 .global = true,
			 .step = kswapd },
	[L24_KRECLAIMD] = { .name = "kreclaimd",
			    .help = "refills the buddy lists from the clean queues",
			    .global = true,
			    .step = kreclaimd },
	[L24_BDFLUSH] = { .name = "bdflush",
			  .help = "has dirty frames written",
			  .global = true,
			  .step = bdflush },
	{ .name = NULL },
};

/* --- steps --- */

static int64_t step_clean(struct pga *self, const struct pga_step_arg *arg)
{
	return l24_place(self, arg->range.start, L24_Q_CLEAN, false);
}

static int64_t step_dirty(struct pga *self, const struct pga_step_arg *arg)
{
	return l24_place(self, arg->range.start, L24_Q_DIRTY, true);
}

static int64_t step_kreclaimd(struct pga *self, const struct pga_step_arg *arg)
{
	kreclaimd(self, arg->node, arg->cpu);
	return 0;
}

static int64_t step_second(struct pga *self, const struct pga_step_arg *arg)
{
	(void)arg;
	decay(self);
	return 0;
}

static int64_t step_reclaim(struct pga *self, const struct pga_step_arg *arg)
{
	int64_t freed = 0;

	if (arg->cpu >= self->nr_cpus || arg->node >= self->nr_nodes || arg->zone >= self->nr_zones)
		return -EINVAL;
	l24_try_to_free(self, arg->cpu, arg->gfp, true);
	for (unsigned i = 0; i < self->nr_zones; i++) {
		struct l24_zone *z = self->zone[i];

		if (arg->zone < 0 ? z->node != arg->node : (int)i != arg->zone)
			continue;
		while (freed < (int64_t)PGA_RECLAIM_BATCH &&
		       l24_reclaim_to_free(self, z, arg->cpu, false))
			freed++;
	}
	return freed;
}

static int64_t step_launder(struct pga *self, const struct pga_step_arg *arg)
{
	return (int64_t)l24_page_launder(self, arg->cpu, arg->gfp, arg->sync);
}

static int priority_of(const struct pga_step_arg *arg)
{
	return arg->order < 0 ? 0 : arg->order > L24_PRIORITY ? L24_PRIORITY : arg->order;
}

static int64_t step_refill(struct pga *self, const struct pga_step_arg *arg)
{
	return l24_refill_inactive_scan(self, arg->cpu, priority_of(arg), false);
}

static int64_t step_swap_out(struct pga *self, const struct pga_step_arg *arg)
{
	return l24_swap_out(self, arg->cpu, priority_of(arg));
}

static int64_t step_free_buffer(struct pga *self, const struct pga_step_arg *arg)
{
	(void)arg;
	return (int64_t)l24_nr_free_buffer(self);
}

static int64_t step_free_high(struct pga *self, const struct pga_step_arg *arg)
{
	(void)arg;
	return (int64_t)l24_nr_free_high(self);
}

static int64_t step_free_shortage(struct pga *self, const struct pga_step_arg *arg)
{
	(void)arg;
	return (int64_t)l24_free_shortage(self);
}

static int64_t step_inactive_shortage(struct pga *self, const struct pga_step_arg *arg)
{
	(void)arg;
	return (int64_t)l24_inactive_shortage(self);
}

static int64_t step_inactive_target(struct pga *self, const struct pga_step_arg *arg)
{
	(void)arg;
	return l24_inactive_target(self);
}

const struct pga_step l24_steps[] = {
	{ "cache_clean", "a single frame in use becomes cached and clean; 0, -EINVAL", step_clean },
	{ "cache_dirty", "a single frame in use becomes cached and dirty; 0, -EINVAL", step_dirty },
	{ "laundered", "a dirty cached frame was cleaned; 0, -EINVAL", step_clean },
	{ "kreclaimd", "one pass of kreclaimd over all zones; 0", step_kreclaimd },
	{ "second", "a second passes for the memory pressure; 0", step_second },
	{ "reclaim", "free up to a batch of frames of a zone, or of a node: frames", step_reclaim },
	{ "page_launder", "clean the dirty queue: frames cleaned", step_launder },
	{ "refill_inactive", "age a 2^-order part of the active queue: 1 if any got inactive",
	  step_refill },
	{ "swap_out", "unmap a frame, after looking at a 2^-order part of all: 1 if there was one",
	  step_swap_out },
	{ "nr_free_buffer_pages", "frames that buffers may fill", step_free_buffer },
	{ "nr_free_highpages", "free frames of high memory", step_free_high },
	{ "free_shortage", "free and clean frames that are missing", step_free_shortage },
	{ "inactive_shortage", "inactive frames that are missing", step_inactive_shortage },
	{ "inactive_target", "inactive frames wanted for the pressure", step_inactive_target },
	{ .name = NULL },
};
