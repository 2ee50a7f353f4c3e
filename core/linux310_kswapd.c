/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux-3.10: kswapd.  Woken when a zone of its node is below the low mark, it
 * reclaims until all zones up to the class that is wanted are above the high
 * mark, or given up.  One step is one round at one priority.
 */
#include "core/events.h"
#include "core/linux310_reclaim.h"
#include "core/linux310_scan.h"

#define ENOUGH_NODE(n) ((n) / 4) /* part of a node that must have a block of high order */
#define FRUITLESS_RUNS 16u	 /* whole runs without a frame more, then sleep */
#define TOP_CLASS (PGA_LIST_TYPES - 1)

/* Zone i when it is one of @node with frames, else NULL. */
static struct l310_zone *zone_of(const struct pga *self, unsigned node, unsigned i)
{
	struct l310_zone *z = self->zone[i];

	return z->node == node && z->managed ? z : NULL;
}

void l310_kswapd_init(struct pga *self)
{
	for (unsigned n = 0; n < self->nr_nodes; n++) {
		self->kswapd[n]->wanted = (struct l310_balance){ 0, TOP_CLASS };
		self->kswapd[n]->asleep = true;
	}
}

/*
 * A larger order is remembered even when nobody is to be woken: the daemon
 * looks before it sleeps.
 */
void l310_wake_kswapd(struct pga *self, struct l310_zone *z, unsigned order, unsigned classzone,
		      unsigned cpu)
{
	struct l310_kswapd *k = self->kswapd[z->node];
	bool asleep;

	if (!self->host.wake || !z->managed || !self->policy[L310_RECLAIM])
		return;
	pga_lock(&k->lock);
	if (k->wanted.order < order) {
		k->wanted.order = (uint8_t)order;
		if (k->wanted.class > classzone)
			k->wanted.class = (uint8_t)classzone;
	}
	asleep = k->asleep;
	pga_unlock(&k->lock);
	if (!asleep || l310_above(self, z, order, z->mark[PGA_WMARK_LOW], PGA_ZONE_DMA))
		return;
	pga_emit(&self->host, .id = PGA_EVENT_mm_vmscan_wakeup_kswapd, .cpu = (uint16_t)cpu,
		 .zone = z->id, .order = (uint8_t)order, .pfn = PGA_NIL, .a = z->node);
	self->host.wake(self->host.data, L310_DAEMON_KSWAPD, z->node);
}

/* A zone that lacks the frames to be compacted lacks them for blocks. */
static bool zone_balanced(struct pga *self, struct l310_zone *z, unsigned order, uint64_t gap,
			  unsigned class)
{
	if (!l310_above(self, z, order, z->mark[PGA_WMARK_HIGH] + gap, class))
		return false;
	return !order || !l310_compacts(self) ||
	       l310_could_compact(self, z, order) != PGA_COMPACT_SKIPPED;
}

/*
 * A node is balanced for single frames when each zone is; for blocks, when zones
 * that hold a part of its memory are.  Zones that were given up do not count
 * against it.
 */
static bool node_balanced(struct pga *self, unsigned node, struct l310_balance b)
{
	uint64_t managed = 0, balanced = 0;

	for (unsigned i = 0; i < self->nr_zones; i++) {
		struct l310_zone *z = zone_of(self, node, i);

		if (!z || z->type > b.class)
			continue;
		managed += z->managed;
		if (l310_hopeless(z) || zone_balanced(self, z, b.order, 0, z->type))
			balanced += z->managed;
		else if (!b.order)
			return false;
	}
	return balanced >= (b.order ? ENOUGH_NODE(managed) : managed);
}

static bool passed_over(struct l310_zone *z, const struct l310_scan *sc)
{
	return l310_hopeless(z) && sc->priority != (int)PGA_RECLAIM_PRIORITY;
}

/* The highest zone that needs work, or -1; on the way the anonymous lists age. */
static int highest_needy(struct pga *self, unsigned node, struct l310_scan *sc)
{
	for (unsigned i = self->nr_zones; i-- > 0;) {
		struct l310_zone *z = zone_of(self, node, i);

		if (!z || passed_over(z, sc))
			continue;
		l310_age_anon(self, z, sc);
		if (!zone_balanced(self, z, sc->order, 0, PGA_ZONE_DMA))
			return z->type;
		pga_store(&z->pressure.congested, false);
	}
	return -1;
}

/* Blocks are for compaction to make, once there are frames enough for that. */
static unsigned order_to_reclaim(struct pga *self, struct l310_zone *z, unsigned order)
{
	if (order && l310_compacts(self) &&
	    l310_could_compact(self, z, order) != PGA_COMPACT_SKIPPED)
		return 0;
	return order;
}

static void shrink_one(struct pga *self, struct l310_zone *z, struct l310_scan *sc, uint64_t lists,
		       unsigned top)
{
	unsigned order = order_to_reclaim(self, z, sc->order);
	uint64_t scanned;

	sc->r.scanned = 0;
	if (!zone_balanced(self, z, order, l310_gap(z), top)) {
		l310_shrink_zone(self, z, sc);
		scanned = sc->r.scanned;
		if (!l310_shrink_node(self, z->node, sc, scanned, lists) && l310_spent(self, z))
			pga_store(&z->pressure.hopeless, true);
	}
	if (zone_balanced(self, z, order, 0, top))
		pga_store(&z->pressure.congested, false);
}

/* One priority over the zones. Return: is the node balanced? */
static bool one_round(struct pga *self, unsigned node, struct l310_kswapd *k, struct l310_scan *sc)
{
	int top = highest_needy(self, node, sc);
	uint64_t lists = 0;

	if (top < 0)
		return true;
	for (unsigned i = 0; i < self->nr_zones; i++) {
		struct l310_zone *z = zone_of(self, node, i);

		if (z && z->type <= top)
			lists += l310_reclaimable(self, z);
	}
	for (unsigned i = 0; i < self->nr_zones; i++) {
		struct l310_zone *z = zone_of(self, node, i);

		if (!z || z->type > top || passed_over(z, sc))
			continue;
		shrink_one(self, z, sc, lists, (unsigned)top);
	}
	k->top = (uint8_t)top;
	return node_balanced(self, node, k->now);
}

static uint64_t node_free(const struct pga *self, unsigned node)
{
	uint64_t free = 0;

	for (unsigned i = 0; i < self->nr_zones; i++)
		if (zone_of(self, node, i))
			free += (uint64_t)l310_exact_free(self, self->zone[i]);
	return free;
}

static void begin_run(struct pga *self, unsigned node, unsigned cpu, struct l310_kswapd *k)
{
	k->running = true;
	k->priority = PGA_RECLAIM_PRIORITY;
	k->reclaimed = 0;
	k->top = 0;
	k->free_before = node_free(self, node);
	l310_vm_add(self->cpu[cpu], l310_node_zone(self, node), PGA_STAT_pageoutrun, 1);
}

/* Takes over what wakers want. */
static void begin(struct pga *self, unsigned node, unsigned cpu, struct l310_kswapd *k)
{
	bool woken;

	pga_lock(&k->lock);
	k->now = k->wanted;
	k->wanted = (struct l310_balance){ 0, TOP_CLASS };
	woken = k->asleep;
	k->asleep = false;
	pga_unlock(&k->lock);
	k->fruitless = 0;
	if (woken)
		pga_emit(&self->host, .id = PGA_EVENT_mm_vmscan_kswapd_wake, .cpu = (uint16_t)cpu,
			 .order = k->now.order, .pfn = PGA_NIL, .a = node);
	begin_run(self, node, cpu, k);
}

/* Is a larger block wanted, or a lower class, than was just worked for? */
static bool wanted_more(struct l310_kswapd *k)
{
	return k->wanted.order > k->now.order || k->wanted.class < k->now.class;
}

/* One zone, in the background.  Asynchronous, so a failure defers nobody. */
static void compact_zone(struct pga *self, struct l310_zone *z, unsigned cpu, unsigned order)
{
	struct pga_compact c = { .at = l310_compact_place(self, z),
				 .order = (int)order,
				 .cpu = cpu,
				 .background = true };

	if (pga_compact_deferred(&z->compact, order))
		return;
	pga_compact_run(&c);
	if (l310_above(self, z, order, z->mark[PGA_WMARK_LOW], PGA_ZONE_DMA) &&
	    order >= pga_load(&z->compact.order_failed))
		pga_store(&z->compact.order_failed, order + 1);
}

/* After a run for blocks: when no zone that needed work has one, make some. */
static void compact_node(struct pga *self, unsigned node, unsigned cpu, const struct l310_kswapd *k)
{
	for (unsigned i = 0; i < self->nr_zones; i++) {
		struct l310_zone *z = zone_of(self, node, i);

		if (z && z->type <= k->top &&
		    l310_above(self, z, k->now.order, z->mark[PGA_WMARK_LOW], k->now.class))
			return;
	}
	for (unsigned i = 0; i < self->nr_zones; i++)
		if (zone_of(self, node, i))
			compact_zone(self, self->zone[i], cpu, k->now.order);
}

/* Where the scanners have met, they may begin anew when there is nothing else to do. */
static void reset_scanners(struct pga *self, unsigned node)
{
	for (unsigned i = 0; i < self->nr_zones; i++) {
		struct l310_zone *z = zone_of(self, node, i);
		struct pga_compact_place at;

		if (!z || !pga_load(&z->compact.flush))
			continue;
		at = l310_compact_place(self, z);
		pga_compact_reset(&at);
	}
}

static bool set_asleep(struct l310_kswapd *k, bool asleep)
{
	bool more;

	pga_lock(&k->lock);
	more = wanted_more(k);
	k->asleep = asleep && !more;
	pga_unlock(&k->lock);
	return more;
}

/*
 * Frames on this CPU's own lists would wait there for as long as the daemon
 * sleeps, because it allocates nothing.  A waker that did not see it asleep
 * yet has not woken it, so it looks once more at what wakers look at.
 */
static bool try_to_sleep(struct pga *self, unsigned node, unsigned cpu, struct l310_kswapd *k)
{
	bool more;

	if (k->now.order && l310_compacts(self))
		compact_node(self, node, cpu, k);
	reset_scanners(self, node);
	l310_drain(self, cpu, -1, 0, cpu);
	k->running = false;
	more = set_asleep(k, true);
	if (!more && k->fruitless < FRUITLESS_RUNS && !node_balanced(self, node, k->now)) {
		set_asleep(k, false);
		more = true;
	}
	if (!more)
		pga_emit(&self->host, .id = PGA_EVENT_mm_vmscan_kswapd_sleep, .cpu = (uint16_t)cpu,
			 .pfn = PGA_NIL, .a = node);
	return more;
}

/*
 * All priorities are through, or a batch was freed: begin again.  When even
 * that freed nothing, blocks are out of reach, and single frames must do.
 */
static bool end_run(struct pga *self, unsigned node, unsigned cpu, struct l310_kswapd *k)
{
	if (k->reclaimed < PGA_RECLAIM_BATCH)
		k->now.order = 0;
	k->fruitless = node_free(self, node) > k->free_before ? 0 : k->fruitless + 1;
	if (k->fruitless >= FRUITLESS_RUNS)
		return try_to_sleep(self, node, cpu, k);
	begin_run(self, node, cpu, k);
	return true;
}

bool l310_kswapd_step(struct pga *self, unsigned node, unsigned cpu)
{
	struct l310_kswapd *k = self->kswapd[node];
	struct l310_scan sc;

	if (!l310_reclaim_able(self))
		return false;
	if (!k->running)
		begin(self, node, cpu, k);
	sc = l310_scan_start(self, L310_SCAN_KSWAPD, cpu, k->now.order, PGA_GFP_KERNEL);
	sc.priority = k->priority;
	sc.want = UINT64_MAX;
	sc.r.reclaimed = k->reclaimed;
	if (one_round(self, node, k, &sc))
		return try_to_sleep(self, node, cpu, k);
	k->reclaimed = sc.r.reclaimed;
	if (k->reclaimed >= PGA_RECLAIM_BATCH || !k->priority--)
		return end_run(self, node, cpu, k);
	return true;
}

const struct pga_daemon l310_daemons[] = {
	[L310_DAEMON_KSWAPD] = { .name = "kswapd",
				 .help = "reclaims a node from its low to its high marks",
				 .step = l310_kswapd_step },
	{ .name = NULL },
};
