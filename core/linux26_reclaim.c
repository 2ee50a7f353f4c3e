/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-2.6.9: reclaim by those who want memory, and the end of all hope. */
#include "core/linux26_reclaim.h"

#include "core/events.h"

#include <errno.h>

/* --- out of memory --- */

#define OOM_FAILURES 10u /* in a row, over more than a second */
#define OOM_CALM 5u	 /* seconds without failure end the row; and between two kills */

/* One more request has reclaimed in vain.  Is it time to kill? */
static bool patience_ends(struct pga *self, uint64_t now)
{
	struct l26_oom *oom = &self->oom;
	const uint64_t second = self->conf->hz;
	bool kill = false, begin;

	pga_lock(&oom->lock);
	begin = !oom->last || now - oom->last > OOM_CALM * second;
	oom->last = now;
	if (!begin && now - oom->first >= second && ++oom->failures >= OOM_FAILURES &&
	    (!oom->killed || now - oom->killed >= OOM_CALM * second)) {
		oom->killed = now;
		kill = true;
	}
	if (begin || kill) {
		oom->first = now;
		oom->failures = 0;
	}
	pga_unlock(&oom->lock);
	return kill;
}

static bool time_to_kill(struct pga *self)
{
	const struct pga_host *h = &self->host;

	/* Tick 0 would read as "never". */
	return !h->clock || !self->policy[L26_OOM_PATIENCE] ||
	       patience_ends(self, h->clock(h->data) + 1);
}

static enum l26_reclaimed out_of_memory(struct l26_try *t)
{
	const struct pga_host *h = &t->self->host;
	uint64_t frames;

	if (!time_to_kill(t->self))
		return L26_TOO_LITTLE;
	if (!h->oom_kill || (t->ctx && t->ctx->oom_disabled))
		return L26_NO_KILLER;
	t->path |= PGA_PATH(OOM);
	frames = h->oom_kill(h->data, t->req.gfp, t->req.order, t->req.cpu);
	if (!frames)
		return L26_NO_VICTIM;
	l26_vm_add(t->c, t->preferred, PGA_STAT_oom_kill, 1);
	pga_emit(h, .id = PGA_EVENT_oom_kill, .cpu = t->req.cpu, .zone = t->preferred->id,
		 .order = t->req.order, .pfn = PGA_NIL, .a = frames);
	return L26_TOO_LITTLE;
}

/* --- direct reclaim --- */

static uint64_t begin(struct l26_try *t)
{
	uint64_t lists = 0;

	for (unsigned i = 0; i < t->list->nr; i++) {
		struct l26_zone *z = l26_usable(t, i);

		if (!z)
			continue;
		pga_store(&z->temp_priority, PGA_RECLAIM_PRIORITY);
		lists += l26_on_lists(z);
	}
	return lists;
}

static void end(struct l26_try *t)
{
	for (unsigned i = 0; i < t->list->nr; i++) {
		struct l26_zone *z = l26_usable(t, i);

		if (z)
			pga_store(&z->prev_priority, pga_load(&z->temp_priority));
	}
}

/* One priority over the zones of the list, then over the caches of their nodes. */
static void one_round(struct l26_try *t, struct l26_scan *sc, uint64_t lists)
{
	uint64_t nodes = 0, scanned;

	sc->r.scanned = sc->r.reclaimed = 0;
	for (unsigned i = 0; i < t->list->nr; i++) {
		struct l26_zone *z = l26_usable(t, i);

		if (!z || !z->present)
			continue;
		nodes |= 1ull << z->node;
		l26_at_priority(z, sc);
		if (pga_load(&z->unreclaimable) && sc->priority != (int)PGA_RECLAIM_PRIORITY)
			continue;
		l26_shrink_zone(t->self, z, sc);
	}
	scanned = sc->r.scanned;
	for (unsigned node = 0; node < t->self->nr_nodes; node++)
		if (nodes >> node & 1)
			l26_shrink_node(t->self, node, sc, scanned, lists);
}

/* From one frame in 2^priority to all. Return: did a round bring a batch? */
static bool rounds(struct l26_try *t, struct l26_scan *sc)
{
	const struct pga_host *h = &t->self->host;
	uint64_t lists = begin(t), total = 0;
	bool enough = false;

	for (; sc->priority >= 0 && !sc->r.stop; sc->priority--) {
		one_round(t, sc, lists);
		enough = sc->r.reclaimed >= PGA_RECLAIM_BATCH;
		if (enough)
			break;
		total += sc->r.scanned;
		if (total > PGA_RECLAIM_BATCH + PGA_RECLAIM_BATCH / 2 && h->flush)
			h->flush(h->data, total, t->req.cpu);
		if (sc->r.scanned && sc->priority < L26_PRIORITY_TROUBLE)
			pga_reclaim_wait(&sc->r, PGA_WAIT_CONGESTION, L26_NAP(t->self));
	}
	end(t);
	return enough;
}

enum l26_reclaimed l26_direct_reclaim(struct l26_try *t)
{
	struct l26_scan sc = l26_scan_start(t->self, false, t->req.cpu, t->req.gfp);
	bool may_kill = (t->req.gfp & (PGA_GFP_FS | PGA_GFP_NORETRY)) == PGA_GFP_FS;
	const struct pga_host *h = &t->self->host;

	t->path |= PGA_PATH(RECLAIM);
	l26_vm_add(t->c, t->preferred, PGA_STAT_allocstall, 1);
	if (!t->self->policy[L26_RECLAIM])
		return L26_TOO_LITTLE;
	pga_emit(h, .id = PGA_EVENT_mm_vmscan_direct_reclaim_begin, .cpu = t->req.cpu,
		 .zone = t->preferred->id, .order = t->req.order, .pfn = PGA_NIL, .a = t->req.gfp);
	if (l26_reclaim_able(t->self) && rounds(t, &sc))
		may_kill = false;
	pga_emit(h, .id = PGA_EVENT_mm_vmscan_direct_reclaim_end, .cpu = t->req.cpu,
		 .zone = t->preferred->id, .order = t->req.order, .pfn = PGA_NIL,
		 .a = sc.r.reclaimed);
	if (sc.r.reclaimed >= PGA_RECLAIM_BATCH)
		return L26_ENOUGH;
	/* Told to end: not the one to kill another. */
	return may_kill && !sc.r.stop ? out_of_memory(t) : L26_TOO_LITTLE;
}

/* --- steps --- */

static bool in_arg(const struct l26_zone *z, const struct pga_step_arg *arg)
{
	return arg->zone < 0 ? z->node == arg->node : z->id == arg->zone;
}

static bool valid(const struct pga *self, const struct pga_step_arg *arg)
{
	return arg->cpu < self->nr_cpus && arg->zone < self->nr_zones &&
	       (arg->zone >= 0 || arg->node < self->nr_nodes);
}

static int64_t step_reclaim(struct pga *self, const struct pga_step_arg *arg)
{
	struct l26_scan sc = l26_scan_start(self, false, arg->cpu, arg->gfp);
	uint64_t lists;

	if (!valid(self, arg))
		return -EINVAL;
	if (!l26_reclaim_able(self))
		return 0;
	for (; sc.priority >= 0 && !sc.r.stop && sc.r.reclaimed < PGA_RECLAIM_BATCH;
	     sc.priority--) {
		sc.r.scanned = lists = 0;
		for (unsigned i = 0; i < self->nr_zones; i++) {
			if (!in_arg(self->zone[i], arg))
				continue;
			lists += l26_on_lists(self->zone[i]);
			l26_shrink_zone(self, self->zone[i], &sc);
		}
		l26_shrink_node(self, arg->zone < 0 ? arg->node : self->zone[arg->zone]->node, &sc,
				sc.r.scanned, lists);
	}
	return (int64_t)sc.r.reclaimed;
}

const struct pga_step l26_steps[] = {
	{ "reclaim", "reclaim a zone, or all of a node, by one batch: frames", step_reclaim },
	{ .name = NULL },
};
