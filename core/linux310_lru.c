/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-3.10: frames that owners let be moved and taken back. */
#include "core/linux310_int.h"

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
