/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-2.6.9: how far the lists of a zone are scanned, and what stays on them. */
#include "core/linux26.h"
#include "core/linux26_reclaim.h"

static void release(struct pga *self, pga_pfn_t pfn, unsigned cpu)
{
	pga_linux26.free(self, pfn, 0, cpu, PGA_FREE_COLD);
}

bool l26_reclaim_able(const struct pga *self)
{
	return self->policy[L26_RECLAIM] && (self->host.evict || self->host.shrink);
}

/* Files are written by whoever reclaims: there is no other writer to leave them to. */
struct l26_scan l26_scan_start(struct pga *self, bool daemon, unsigned cpu, uint32_t gfp)
{
	return (struct l26_scan){
		.r = { .map = &self->map,
		       .host = &self->host,
		       .release = release,
		       .self = self,
		       .cpu = cpu,
		       .may_unmap = true,
		       .may_swap = gfp & PGA_GFP_IO,
		       .may_write = true,
		       .may_write_anon = gfp & PGA_GFP_IO,
		       .may_write_file = gfp & PGA_GFP_FS,
		       .use_activates = true,
		       .keep_used = true },
		.daemon = daemon,
		.priority = PGA_RECLAIM_PRIORITY,
	};
}

static uint64_t both(const struct l26_zone *z, enum pga_lru list)
{
	return pga_lru_frames(&z->lru, list) + pga_lru_frames(&z->lru, list + 2u);
}

uint64_t l26_on_lists(const struct l26_zone *z)
{
	return both(z, PGA_LRU_INACTIVE_ANON) + both(z, PGA_LRU_ACTIVE_ANON);
}

static bool has_swap(const struct pga *self)
{
	if (!self->host.evict)
		return false;
	return !self->host.swap_room || self->host.swap_room(self->host.data);
}

/*
 * Is unmapping worth it?  The more so the more is mapped, the more swappiness says
 * so, and the more distress there was: 100, when the last run came to the end.
 */
static bool unmaps(const struct pga *self, const struct l26_zone *z)
{
	uint64_t memory = 0, mapped = 0, tendency;

	for (unsigned i = 0; i < self->nr_zones; i++) {
		memory += self->zone[i]->managed;
		mapped += pga_lru_frames(&self->zone[i]->lru, PGA_LRU_INACTIVE_ANON) +
			  pga_lru_frames(&self->zone[i]->lru, PGA_LRU_ACTIVE_ANON);
	}
	tendency = mapped * 100 / (memory ? memory : 1) / 2;
	tendency += 100u >> pga_load(&z->prev_priority);
	return tendency + (uint64_t)self->policy[L26_SWAPPINESS] >= 100;
}

static void refill_inactive(struct pga *self, struct l26_zone *z, struct l26_scan *sc, unsigned nr)
{
	struct l26_cpu *c = self->cpu[sc->r.cpu];
	unsigned looked, moved;

	sc->r.keep_anon = !unmaps(self, z) || !has_swap(self);
	looked = pga_shrink_active(&sc->r, &z->lru, PGA_LRU_ACTIVE_ANON, nr, &moved);
	__atomic_fetch_add(&z->scanned, looked, __ATOMIC_RELAXED);
	l26_vm_add(c, z, PGA_STAT_pgrefill, looked);
	l26_vm_add(c, z, PGA_STAT_pgdeactivate, moved);
}

static unsigned shrink_cache(struct pga *self, struct l26_zone *z, struct l26_scan *sc, unsigned nr)
{
	struct pga_shrunk sum = pga_shrink_inactive(&sc->r, &z->lru, PGA_LRU_INACTIVE_ANON, nr);
	struct l26_cpu *c = self->cpu[sc->r.cpu];

	__atomic_fetch_add(&z->scanned, sum.taken, __ATOMIC_RELAXED);
	l26_vm_add(c, z, sc->daemon ? PGA_STAT_pgscan_kswapd : PGA_STAT_pgscan_direct, sum.taken);
	l26_vm_add(c, z, sc->daemon ? PGA_STAT_pgsteal_kswapd : PGA_STAT_pgsteal_direct,
		   sum.reclaimed);
	l26_vm_add(c, z, PGA_STAT_pgactivate, sum.activated);
	l26_vm_add(c, z, PGA_STAT_nr_vmscan_write, sum.written);
	return sum.reclaimed;
}

/* A list's share of a round, one frame at least; saved up until it is a batch. */
static uint64_t due(uint64_t *owed, uint64_t frames, int priority)
{
	uint64_t n = pga_load(owed) + (frames >> priority) + 1;
	bool batch = n >= PGA_RECLAIM_BATCH;

	pga_store(owed, batch ? 0 : n);
	return batch ? n : 0;
}

static unsigned next_batch(uint64_t *left)
{
	unsigned n = *left < PGA_RECLAIM_BATCH ? (unsigned)*left : PGA_RECLAIM_BATCH;

	*left -= n;
	return n;
}

void l26_shrink_zone(struct pga *self, struct l26_zone *z, struct l26_scan *sc)
{
	uint64_t active = due(&z->scan_active, both(z, PGA_LRU_ACTIVE_ANON), sc->priority);
	uint64_t inactive = due(&z->scan_inactive, both(z, PGA_LRU_INACTIVE_ANON), sc->priority);
	unsigned reclaimed = 0;

	while ((active || inactive) && reclaimed < PGA_RECLAIM_BATCH) {
		if (active)
			refill_inactive(self, z, sc, next_batch(&active));
		if (inactive)
			reclaimed += shrink_cache(self, z, sc, next_batch(&inactive));
	}
}

void l26_at_priority(struct l26_zone *z, const struct l26_scan *sc)
{
	uint32_t priority = (uint32_t)sc->priority;

	pga_store(&z->temp_priority, priority);
	if (pga_load(&z->prev_priority) > priority)
		pga_store(&z->prev_priority, priority);
}

void l26_shrink_node(struct pga *self, unsigned node, struct l26_scan *sc, uint64_t scanned,
		     uint64_t lists)
{
	struct l26_zone *bearer = self->zone[0];
	uint64_t asked;

	for (unsigned i = 0; i < self->nr_zones; i++)
		if (self->zone[i]->node == node)
			bearer = self->zone[i];
	pga_shrink_caches(&sc->r, node, scanned, lists, &asked);
	l26_vm_add(self->cpu[sc->r.cpu], bearer, PGA_STAT_slabs_scanned, asked);
}
