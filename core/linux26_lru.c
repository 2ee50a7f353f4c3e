/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-2.6.9: frames that owners let be taken back. */
#include "core/linux26_int.h"

#include <errno.h>

#define LEAST_DIRTY_RATIO 5u

static struct pga_lru_set *set_of(struct pga *self, pga_link_t at)
{
	return &self->zone[pga_flags_zone(pga_load(&self->map.unit[at].flags))]->lru;
}

void l26_lru_add(struct pga *self, pga_pfn_t pfn, enum pga_lru list, unsigned cpu)
{
	pga_link_t at = pga_link(&self->map, pfn);

	(void)cpu;
	pga_lru_add(set_of(self, at), self->map.unit, at, list);
}

int l26_lru_del(struct pga *self, pga_pfn_t pfn, unsigned cpu)
{
	pga_link_t at = pga_link(&self->map, pfn);

	(void)cpu;
	return pga_lru_del(set_of(self, at), self->map.unit, at);
}

void l26_lru_count(struct pga *self, unsigned zone, uint64_t *count)
{
	for (unsigned l = 0; l < PGA_NR_LRU; l++)
		count[l] = pga_lru_frames(&self->zone[zone]->lru, l);
}

void l26_mark_accessed(struct pga *self, pga_pfn_t pfn)
{
	pga_link_t at = pga_link(&self->map, pfn);

	pga_lru_accessed(set_of(self, at), self->map.unit, at);
}

/*
 * The more of memory is mapped, the less of it may be dirty: at most half of what
 * is not mapped.
 */
static bool too_dirty(const struct pga *self)
{
	uint64_t memory = 0, mapped = 0, dirty = 0, ratio = (uint64_t)self->policy[L26_DIRTY_RATIO];
	uint64_t most;

	for (unsigned i = 0; i < self->nr_zones; i++) {
		const struct l26_zone *z = self->zone[i];

		memory += z->managed > z->mark[PGA_WMARK_HIGH]
				  ? z->managed - z->mark[PGA_WMARK_HIGH]
				  : 0;
		mapped += pga_lru_frames(&z->lru, PGA_LRU_INACTIVE_ANON) +
			  pga_lru_frames(&z->lru, PGA_LRU_ACTIVE_ANON);
		dirty += pga_lru_marked(&z->lru.dirty) + pga_lru_marked(&z->lru.writeback);
	}
	most = memory > mapped ? (100 - mapped * 100 / memory) / 2 : 0;
	ratio = ratio < most ? ratio : most;
	ratio = ratio < LEAST_DIRTY_RATIO ? LEAST_DIRTY_RATIO : ratio;
	return dirty > memory * ratio / 100;
}

int l26_set_dirty(struct pga *self, pga_pfn_t pfn, bool dirty)
{
	pga_link_t at = pga_link(&self->map, pfn);

	pga_lru_set_dirty(set_of(self, at), self->map.unit, at, dirty);
	return dirty && too_dirty(self) ? -EAGAIN : 0;
}
