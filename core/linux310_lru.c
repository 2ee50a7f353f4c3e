/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-3.10: frames that owners let be moved and taken back. */
#include "core/linux310_int.h"

#include <errno.h>

static struct pga_lru_set *set_of(struct pga *self, pga_link_t at)
{
	return &self->zone[pga_flags_zone(pga_load(&self->map.unit[at].flags))]->lru;
}

void l310_lru_add(struct pga *self, pga_pfn_t pfn, enum pga_lru list, unsigned cpu)
{
	pga_link_t at = pga_link(&self->map, pfn);

	(void)cpu;
	pga_lru_add(set_of(self, at), self->map.unit, at, list);
}

int l310_lru_del(struct pga *self, pga_pfn_t pfn, unsigned cpu)
{
	pga_link_t at = pga_link(&self->map, pfn);

	(void)cpu;
	return pga_lru_del(set_of(self, at), self->map.unit, at);
}

void l310_lru_count(struct pga *self, unsigned zone, uint64_t *count)
{
	const struct pga_lru_set *s = &self->zone[zone]->lru;

	for (unsigned l = 0; l < PGA_NR_LRU; l++)
		count[l] = pga_load(&s->head[l].count);
}

void l310_mark_accessed(struct pga *self, pga_pfn_t pfn)
{
	pga_link_t at = pga_link(&self->map, pfn);

	pga_lru_accessed(set_of(self, at), self->map.unit, at);
}

/* Frames that nobody may fill with dirty data: what a zone keeps back from everyone. */
static uint64_t kept_back(const struct l310_zone *z)
{
	uint64_t most = 0;

	for (unsigned t = 0; t < PGA_LIST_TYPES; t++)
		most = z->reserve[t] > most ? z->reserve[t] : most;
	return most + z->mark[PGA_WMARK_HIGH];
}

/*
 * dirty_ratio percent of what could be dirty: free frames beyond what zones keep
 * back, and the page cache.
 */
uint64_t l310_dirty_limit(const struct pga *self)
{
	uint64_t could = 0;

	for (unsigned i = 0; i < self->nr_zones; i++) {
		const struct l310_zone *z = self->zone[i];
		uint64_t free = (uint64_t)l310_clamped(&z->nr_free), kept = kept_back(z);

		could += pga_lru_frames(&z->lru, PGA_LRU_INACTIVE_FILE) +
			 pga_lru_frames(&z->lru, PGA_LRU_ACTIVE_FILE);
		could += free > kept ? free - kept : 0;
	}
	return could * (uint64_t)self->policy[L310_DIRTY_RATIO] / 100;
}

uint64_t l310_dirty_frames(const struct pga *self)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < self->nr_zones; i++)
		sum += pga_lru_marked(&self->zone[i]->lru.dirty);
	return sum;
}

int l310_set_dirty(struct pga *self, pga_pfn_t pfn, bool dirty)
{
	pga_link_t at = pga_link(&self->map, pfn);

	pga_lru_set_dirty(set_of(self, at), self->map.unit, at, dirty);
	return dirty && l310_dirty_frames(self) > l310_dirty_limit(self) ? -EAGAIN : 0;
}
