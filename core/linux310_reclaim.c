/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-3.10: reclaim by those who want memory. */
#include "core/linux310_reclaim.h"

#include "core/events.h"
#include "core/linux310_scan.h"
#include "core/linux310_slow.h"

#include <errno.h>

_Static_assert(PGA_MAX_NODES <= 64, "a word has a bit for each node");

#define NEAR 30u		     /* distance up to which a zone is reclaimed first */
#define LOCAL_PRIORITY 4	     /* zone_reclaim begins with a 16th of the lists */
#define UNMAPPED_PART(n) ((n) / 100) /* of a zone: page cache not worth a zone_reclaim */
#define THROTTLE_WAITS 8u	     /* for kswapd to refill the emergency reserve */

/* Bits of zone_reclaim_mode. */
#define MODE_ON 1
#define MODE_WRITE 2
#define MODE_SWAP 4

/* Zone i of the request's list, NULL when the caller may not use it. */
static struct l310_zone *usable(const struct pga *self, const struct l310_reclaim *req, unsigned i)
{
	struct l310_zone *z = self->zone[self->entry[req->list->at + i]];

	return l310_in_mask(req->nodemask, z->node) && l310_in_mask(req->cpuset, z->node) ? z
											  : NULL;
}

static struct l310_zone *first_usable(const struct pga *self, const struct l310_reclaim *req)
{
	for (unsigned i = 0; i < req->list->nr; i++)
		if (usable(self, req, i))
			return usable(self, req, i);
	return NULL;
}

/* Half of the min marks of the zones that everybody needs has to be there. */
static bool emergency(const struct pga *self, unsigned node)
{
	uint64_t reserve = 0, free = 0;

	for (unsigned i = 0; i < self->nr_zones; i++) {
		const struct l310_zone *z = self->zone[i];

		if (z->node != node || z->type > PGA_ZONE_NORMAL)
			continue;
		reserve += z->mark[PGA_WMARK_MIN];
		free += (uint64_t)l310_clamped(&z->nr_free);
	}
	return reserve && free <= reserve / 2;
}

/*
 * Who frees memory by writing needs some to do so: the others let kswapd go
 * first when the reserve runs low.  A caller that holds locks of a file system
 * waits once only.
 */
static void throttle(struct pga *self, const struct l310_reclaim *req, struct l310_zone *first,
		     struct l310_scan *sc)
{
	unsigned waits = req->gfp & PGA_GFP_FS ? THROTTLE_WAITS : 1;

	if (!self->host.wake)
		return;
	for (unsigned i = 0; i < waits && !sc->r.stop && emergency(self, first->node); i++) {
		l310_wake_kswapd(self, first, 0, PGA_ZONE_NORMAL, req->cpu);
		pga_reclaim_wait(&sc->r, PGA_WAIT_KSWAPD, self->conf->hz);
	}
}

/*
 * There is enough for compaction of this zone to begin: more frames would not
 * make it better.
 */
static bool leave_to_compaction(struct pga *self, struct l310_zone *z, const struct l310_scan *sc)
{
	uint64_t mark = z->mark[PGA_WMARK_HIGH] + l310_gap(z) + (2ull << sc->order);

	if (sc->order <= L310_COSTLY_ORDER || !l310_compacts(self) ||
	    !l310_above(self, z, 0, mark, PGA_ZONE_DMA))
		return false;
	return pga_compact_deferred(&z->compact, sc->order) ||
	       l310_could_compact(self, z, sc->order) != PGA_COMPACT_SKIPPED;
}

/* One round over the zones and caches. Return: was a zone left to compaction? */
static bool shrink_zones(struct pga *self, const struct l310_reclaim *req, struct l310_scan *sc)
{
	uint64_t lists = 0, nodes = 0, scanned;
	bool left = false;

	sc->r.scanned = 0;
	for (unsigned i = 0; i < req->list->nr && !sc->r.stop; i++) {
		struct l310_zone *z = usable(self, req, i);

		if (!z)
			continue;
		lists += l310_reclaimable(self, z);
		nodes |= 1ull << z->node;
		if (l310_hopeless(z) && sc->priority != (int)PGA_RECLAIM_PRIORITY)
			continue;
		if (leave_to_compaction(self, z, sc))
			left = true;
		else
			l310_shrink_zone(self, z, sc);
	}
	scanned = sc->r.scanned;
	for (unsigned node = 0; node < self->nr_nodes && !sc->r.stop; node++)
		if (l310_in_mask(&nodes, node))
			l310_shrink_node(self, node, sc, scanned, lists);
	return left;
}

/* Is there a zone whose lists were not scanned to the end yet? */
static bool hope(struct pga *self, const struct l310_reclaim *req)
{
	for (unsigned i = 0; i < req->list->nr; i++) {
		struct l310_zone *z = usable(self, req, i);

		if (z && !l310_spent(self, z) && !l310_hopeless(z))
			return true;
	}
	return false;
}

static uint64_t progress(struct pga *self, const struct l310_reclaim *req,
			 const struct l310_scan *sc, bool left)
{
	if (sc->r.reclaimed)
		return sc->r.reclaimed;
	if (req->oom_off || !self->host.oom_kill)
		return 0;
	/* Told to end: not the one to kill another. */
	return left || sc->r.stop || hope(self, req);
}

static bool rounds(struct pga *self, const struct l310_reclaim *req, struct l310_zone *first,
		   struct l310_scan *sc)
{
	uint64_t total = 0, before;
	bool left = false;

	for (; sc->priority >= 0 && !sc->r.stop; sc->priority--) {
		before = sc->r.reclaimed;
		left = shrink_zones(self, req, sc);
		total += sc->r.scanned;
		if (sc->r.reclaimed >= sc->want)
			break;
		if (total > sc->want + sc->want / 2 && self->host.flush)
			self->host.flush(self->host.data, total, req->cpu);
		if (sc->r.scanned && sc->priority < L310_PRIORITY_TROUBLE)
			l310_nap(self, first, sc, sc->r.reclaimed == before);
	}
	return left;
}

uint64_t l310_direct_reclaim(struct pga *self, const struct l310_reclaim *req)
{
	struct l310_scan sc =
		l310_scan_start(self, L310_SCAN_DIRECT, req->cpu, req->order, req->gfp);
	struct l310_zone *first = first_usable(self, req);
	bool left;

	if (!first || !l310_reclaim_able(self))
		return 0;
	throttle(self, req, first, &sc);
	l310_vm_add(self->cpu[req->cpu], first, PGA_STAT_allocstall, 1);
	pga_emit(&self->host, .id = PGA_EVENT_mm_vmscan_direct_reclaim_begin,
		 .cpu = (uint16_t)req->cpu, .zone = first->id, .order = (uint8_t)req->order,
		 .pfn = PGA_NIL, .a = req->gfp);
	left = rounds(self, req, first, &sc);
	pga_emit(&self->host, .id = PGA_EVENT_mm_vmscan_direct_reclaim_end,
		 .cpu = (uint16_t)req->cpu, .zone = first->id, .order = (uint8_t)req->order,
		 .pfn = PGA_NIL, .a = sc.r.reclaimed);
	return progress(self, req, &sc, left);
}

int64_t l310_step_reclaim(struct pga *self, const struct pga_step_arg *arg)
{
	unsigned order = arg->order < 0 ? 0 : (unsigned)arg->order;
	struct l310_scan sc = l310_scan_start(self, L310_SCAN_DIRECT, arg->cpu, order, arg->gfp);
	uint64_t lists, scanned;

	if (arg->cpu >= self->nr_cpus || arg->node >= self->nr_nodes || arg->zone >= self->nr_zones)
		return -EINVAL;
	if (!l310_reclaim_able(self))
		return 0;
	for (; sc.priority >= 0 && !sc.r.stop && sc.r.reclaimed < sc.want; sc.priority--) {
		lists = scanned = sc.r.scanned = 0;
		for (unsigned i = 0; i < self->nr_zones; i++) {
			struct l310_zone *z = self->zone[i];

			if (arg->zone < 0 ? z->node != arg->node : (int)i != arg->zone)
				continue;
			lists += l310_reclaimable(self, z);
			l310_shrink_zone(self, z, &sc);
			scanned = sc.r.scanned;
		}
		l310_shrink_node(self, arg->zone < 0 ? arg->node : self->zone[arg->zone]->node, &sc,
				 scanned, lists);
	}
	return (int64_t)sc.r.reclaimed;
}

bool l310_zone_reclaim_applies(const struct pga *self, const struct l310_zone *preferred,
			       const struct l310_zone *z)
{
	return self->policy[L310_ZONE_RECLAIM] & MODE_ON && l310_reclaim_able(self) &&
	       self->conf->dist[preferred->node * self->nr_nodes + z->node] <= NEAR;
}

/* Page cache that can go in this mode. */
static uint64_t unmapped(const struct pga *self, const struct l310_zone *z)
{
	uint64_t cache = pga_lru_frames(&z->lru, PGA_LRU_INACTIVE_FILE) +
			 pga_lru_frames(&z->lru, PGA_LRU_ACTIVE_FILE);
	uint64_t dirty =
		self->policy[L310_ZONE_RECLAIM] & MODE_WRITE ? 0 : pga_lru_marked(&z->lru.dirty);

	return cache > dirty ? cache - dirty : 0;
}

static bool node_has_cpus(const struct pga *self, unsigned node)
{
	for (unsigned c = 0; c < self->nr_cpus; c++)
		if (self->cpu[c]->node == node)
			return true;
	return false;
}

static bool local_rounds(struct pga *self, struct l310_zone *z, struct l310_scan *sc, uint64_t need)
{
	sc->r.may_write = self->policy[L310_ZONE_RECLAIM] & MODE_WRITE;
	sc->r.may_unmap = self->policy[L310_ZONE_RECLAIM] & MODE_SWAP;
	sc->want = need > PGA_RECLAIM_BATCH ? need : PGA_RECLAIM_BATCH;
	for (sc->priority = LOCAL_PRIORITY; sc->priority >= 0 && !sc->r.stop; sc->priority--) {
		l310_shrink_zone(self, z, sc);
		if (sc->r.reclaimed >= need)
			return true;
	}
	l310_shrink_node(self, z->node, sc, sc->r.scanned, l310_reclaimable(self, z));
	return sc->r.reclaimed >= need;
}

enum l310_zone_reclaimed l310_zone_reclaim(struct pga *self, struct l310_zone *z, unsigned cpu,
					   unsigned order, uint32_t gfp)
{
	struct l310_scan sc = l310_scan_start(self, L310_SCAN_LOCAL, cpu, order, gfp);
	bool enough;

	if (unmapped(self, z) <= UNMAPPED_PART(z->managed) || l310_hopeless(z))
		return L310_ZR_FULL;
	if (!(gfp & PGA_GFP_WAIT) || gfp & PGA_GFP_PF_MEMALLOC)
		return L310_ZR_NOSCAN;
	if (z->node != self->cpu[cpu]->node && node_has_cpus(self, z->node))
		return L310_ZR_NOSCAN;
	if (__atomic_exchange_n(&z->pressure.busy, 1u, __ATOMIC_ACQUIRE))
		return L310_ZR_NOSCAN;
	enough = local_rounds(self, z, &sc, 1ull << order);
	__atomic_store_n(&z->pressure.busy, 0u, __ATOMIC_RELEASE);
	if (!enough)
		l310_vm_add(self->cpu[cpu], z, PGA_STAT_zone_reclaim_failed, 1);
	return enough ? L310_ZR_SUCCESS : L310_ZR_SOME;
}
