/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux-2.6.9: kswapd.  Woken when a zone of its node is at its low mark, it
 * reclaims until all zones are above the high mark, or given up.  One step is one
 * round at one priority.
 */
#include "core/events.h"
#include "core/linux26_reclaim.h"

#define HOPELESS_ROUNDS 4u /* whole scans without a frame for the buddy lists */

/* Zone i when it is one of @node with frames that the round may look at, else NULL. */
static struct l26_zone *zone_of(const struct pga *self, unsigned node, unsigned i, int priority)
{
	struct l26_zone *z = self->zone[i];

	if (z->node != node || !z->present)
		return NULL;
	return pga_load(&z->unreclaimable) && priority != (int)PGA_RECLAIM_PRIORITY ? NULL : z;
}

static bool needy(const struct l26_zone *z)
{
	return pga_load(&z->nr_free) <= z->mark[PGA_WMARK_HIGH];
}

static int highest_needy(const struct pga *self, unsigned node, int priority)
{
	for (unsigned i = self->nr_zones; i-- > 0;) {
		const struct l26_zone *z = zone_of(self, node, i, priority);

		if (z && needy(z))
			return (int)i;
	}
	return -1;
}

/* All zones up to the highest needy one, so that they empty at one pace. */
static void shrink_one(struct pga *self, struct l26_zone *z, struct l26_scan *sc, uint64_t lists)
{
	l26_at_priority(z, sc);
	sc->r.scanned = 0;
	l26_shrink_zone(self, z, sc);
	l26_shrink_node(self, z->node, sc, sc->r.scanned, lists);
	if (pga_load(&z->scanned) >= HOPELESS_ROUNDS * l26_on_lists(z))
		pga_store(&z->unreclaimable, true);
}

/* Return: was each zone above its high mark already? */
static bool one_round(struct pga *self, unsigned node, struct l26_kswapd *k, struct l26_scan *sc)
{
	int top = highest_needy(self, node, sc->priority);
	uint64_t lists = 0;
	bool all_ok = true;

	for (int i = 0; i <= top; i++)
		if (self->zone[i]->node == node)
			lists += l26_on_lists(self->zone[i]);
	for (int i = 0; i <= top; i++) {
		struct l26_zone *z = zone_of(self, node, (unsigned)i, sc->priority);

		if (!z)
			continue;
		all_ok &= !needy(z);
		shrink_one(self, z, sc, lists);
		k->scanned += sc->r.scanned;
	}
	k->reclaimed += sc->r.reclaimed;
	return all_ok;
}

static void begin_run(struct pga *self, unsigned node, unsigned cpu, struct l26_kswapd *k)
{
	struct l26_zone *bearer = self->zone[0];

	for (unsigned i = 0; i < self->nr_zones; i++) {
		if (self->zone[i]->node != node)
			continue;
		bearer = self->zone[i];
		pga_store(&bearer->temp_priority, PGA_RECLAIM_PRIORITY);
	}
	k->priority = PGA_RECLAIM_PRIORITY;
	k->scanned = k->reclaimed = 0;
	l26_vm_add(self->cpu[cpu], bearer, PGA_STAT_pageoutrun, 1);
}

static void end_run(struct pga *self, unsigned node)
{
	for (unsigned i = 0; i < self->nr_zones; i++)
		if (self->zone[i]->node == node)
			pga_store(&self->zone[i]->prev_priority,
				  pga_load(&self->zone[i]->temp_priority));
}

/*
 * What waits on this CPU's own lists would wait for as long as the daemon sleeps,
 * because it allocates nothing.
 */
static bool fall_asleep(struct pga *self, unsigned node, unsigned cpu, struct l26_kswapd *k)
{
	end_run(self, node);
	k->running = false;
	l26_drain(self, cpu, -1, 0, cpu);
	pga_emit(&self->host, .id = PGA_EVENT_mm_vmscan_kswapd_sleep, .cpu = (uint16_t)cpu,
		 .pfn = PGA_NIL, .a = node);
	return false;
}

static bool kswapd_step(struct pga *self, unsigned node, unsigned cpu)
{
	struct l26_scan sc = l26_scan_start(self, true, cpu, PGA_GFP_KERNEL);
	struct l26_kswapd *k = self->kswapd[node];

	if (!l26_reclaim_able(self))
		return false;
	if (!k->running) {
		pga_emit(&self->host, .id = PGA_EVENT_mm_vmscan_kswapd_wake, .cpu = (uint16_t)cpu,
			 .pfn = PGA_NIL, .a = node);
		k->running = true;
		begin_run(self, node, cpu, k);
	}
	sc.priority = k->priority;
	if (one_round(self, node, k, &sc))
		return fall_asleep(self, node, cpu, k);
	if (k->scanned && sc.priority < L26_PRIORITY_TROUBLE)
		pga_reclaim_wait(&sc.r, PGA_WAIT_CONGESTION, L26_NAP(self));
	/* A batch is progress: begin again gently, others free memory, too. */
	if (k->reclaimed >= PGA_RECLAIM_BATCH || !k->priority--) {
		end_run(self, node);
		begin_run(self, node, cpu, k);
	}
	return true;
}

const struct pga_daemon l26_daemons[] = {
	[L26_DAEMON_KSWAPD] = { .name = "kswapd",
				.help = "reclaims a node from its low to its high marks",
				.step = kswapd_step },
	{ .name = NULL },
};
