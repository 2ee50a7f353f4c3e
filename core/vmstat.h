/* SPDX-License-Identifier: GPL-2.0-only */
/* What the statistics of mechanisms with per-CPU words have in common. */
#ifndef CORE_VMSTAT_H
#define CORE_VMSTAT_H

#include "core/lru.h"
#include "core/numastat.h"
#include "core/pga.h"

/* Events of the slow path: every statistic from allocstall on. */
#define PGA_VM_FIRST PGA_STAT_allocstall
#define PGA_NR_VM (PGA_NR_STATS - PGA_VM_FIRST)

/* One CPU's words for one zone; written by the driver of the CPU, read by any thread. */
struct pga_vm_words {
	const uint64_t *event; /* [PGA_NR_NUMA_EVENTS] */
	const uint64_t *freed; /* frames */
	const uint64_t *extra; /* frames allocated beyond one for each allocation */
	const uint64_t *vm;    /* [PGA_NR_VM] */
	bool local;	       /* the zone is on the CPU's node */
};

/** pga_vmstat_add_words - add a CPU's words to @val [PGA_NR_STATS] */
void pga_vmstat_add_words(const struct pga_vm_words *w, uint64_t *val);

/** pga_vmstat_add_lru - add what a zone's lists of pages in use count; a racy look */
void pga_vmstat_add_lru(const struct pga_lru_set *lru, uint64_t *val);

#endif
