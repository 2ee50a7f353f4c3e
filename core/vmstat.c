/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/vmstat.h"

void pga_vmstat_add_words(const struct pga_vm_words *w, uint64_t *val)
{
	for (unsigned k = 0; k < PGA_NR_NUMA; k++)
		val[PGA_STAT_numa_hit + k] += pga_numa_count(w->event, w->local, (enum pga_numa)k);
	val[PGA_STAT_pgalloc] += pga_numa_count(w->event, w->local, PGA_NUMA_HIT) +
				 pga_numa_count(w->event, w->local, PGA_NUMA_MISS) +
				 pga_load(w->extra);
	val[PGA_STAT_pgfree] += pga_load(w->freed);
	for (unsigned k = 0; k < PGA_NR_VM; k++)
		val[PGA_VM_FIRST + k] += pga_load(&w->vm[k]);
}

void pga_vmstat_add_lru(const struct pga_lru_set *lru, uint64_t *val)
{
	val[PGA_STAT_pgactivate] += pga_load(&lru->activated);
	val[PGA_STAT_pgrotated] += pga_load(&lru->rotated);
	val[PGA_STAT_nr_dirty] += pga_lru_marked(&lru->dirty);
	val[PGA_STAT_nr_writeback] += pga_lru_marked(&lru->writeback);
}
