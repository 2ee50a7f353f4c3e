/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-3.10: its tunables, and the numbers that follow from them. */
#include "core/linux310_int.h"

#include <errno.h>

static const char *const mobility_words[] = { "auto", "on", "off", NULL };
static const char *const order_words[] = { "default", "node", "zone", NULL };
static const char *const compaction_words[] = { "on", "off", "async", NULL };
static const char *const vmstat_words[] = { "percpu", "exact", NULL };

#define FRAMES_MAX (1 << 24)

#define BOOL(text, on, note)                                                             \
	{                                                                                \
		.name = (text), .type = PGA_TUN_BOOL, .def = (on), .max = 1, .unit = "", \
		.help = (note)                                                           \
	}
#define WORD(text, list, last, note)                                                              \
	{                                                                                         \
		.name = (text), .type = PGA_TUN_WORD, .max = (last), .words = (list), .unit = "", \
		.help = (note)                                                                    \
	}
#define INT(text, value, low, high, of, note)                                                     \
	{                                                                                         \
		.name = (text), .type = PGA_TUN_INT, .def = (value), .min = (low), .max = (high), \
		.unit = (of), .help = (note), .runtime = true                                     \
	}

const struct pga_tunable l310_tunables[L310_NR_TUNABLES + 1] = {
	[L310_PCP_ENABLE] = BOOL("pcp.enable", 1, "single frames go through per-CPU lists"),
	[L310_PCP_HIGH] =
		INT("pcp.high", 0, 0, FRAMES_MAX, "frames",
		    "a CPU's list set returns a batch at so many; 0 = from the zone size"),
	[L310_PCP_BATCH] = INT("pcp.batch", 0, 0, FRAMES_MAX, "frames",
			       "moved between CPU and zone at once; 0 = from the zone size"),
	[L310_PCP_FRACTION] = INT("percpu_pagelist_fraction", 0, 0, INT32_MAX, "",
				  "a CPU keeps one frame in so many of a zone; 0 = off"),
	[L310_MOBILITY] = WORD("mobility", mobility_words, L310_MOBILITY_OFF,
			       "group by mobility type; auto = unless memory is tiny"),
	[L310_LIST_ORDER] = WORD("zonelist.order", order_words, PGA_LIST_ZONE,
				 "exhaust a node first, or a zone type"),
	[L310_VMSTAT] = WORD("vmstat", vmstat_words, L310_VMSTAT_EXACT,
			     "free counters with a difference for each CPU, or exact"),
	[L310_ZLC] = BOOL("zlc", 1, "remember for a second which zones were full"),
	[L310_MIN_FREE] = INT("min_free_kbytes", -1, -1, INT32_MAX, "KiB",
			      "the marks follow from it; -1 = from the memory size"),
	[L310_RATIO_DMA] = INT("lowmem_reserve_ratio.dma", 256, 0, INT32_MAX, "",
			       "DMA keeps one in so many frames of the zones above"),
	[L310_RATIO_DMA32] = INT("lowmem_reserve_ratio.dma32", 256, 0, INT32_MAX, "",
				 "DMA32 keeps one in so many frames of the zones above"),
	[L310_RATIO_NORMAL] = INT("lowmem_reserve_ratio.normal", 32, 0, INT32_MAX, "",
				  "Normal keeps one in so many frames of the zones above"),
	[L310_RECLAIM] = BOOL("reclaim", 1, "take frames back from their owners"),
	[L310_SWAPPINESS] = INT("swappiness", 60, 0, 100, "",
				"weight of anonymous frames against files', of 200"),
	[L310_DIRTY_RATIO] = INT("dirty_ratio", 20, 0, 100, "%",
				 "who dirties beyond this part of memory is told to pause"),
	[L310_ZONE_RECLAIM] =
		INT("zone_reclaim_mode", 0, 0, 7, "",
		    "reclaim a near zone before the next is used: 1 on, +2 write, +4 swap"),
	[L310_WMARK_SCALE] = INT("watermark_scale", 0, 0, 1000, "",
				 "more frames between the marks, in 1/10000 of a zone"),
	[L310_COMPACTION] = { .name = "compaction",
			      .type = PGA_TUN_WORD,
			      .max = L310_COMPACT_ASYNC,
			      .words = compaction_words,
			      .unit = "",
			      .help = "requests that need a block may compact; async = never wait",
			      .runtime = true },
	[L310_EXTFRAG] = INT("extfrag_threshold", 500, 0, 1000, "1/1000",
			     "compact when failures are due to fragmentation by more than this"),
	[L310_DEFER_SHIFT] = INT("compact_defer_shift", 6, 0, 20, "log2",
				 "at most 2^n requests in a row are denied compaction"),
	[L310_DISTANCES] = WORD("zonelist", pga_list_distance_words, PGA_LIST_MEASURED,
				PGA_LIST_DISTANCE_HELP),
};

void l310_setup_pcp(struct pga *self)
{
	uint32_t fraction = (uint32_t)self->policy[L310_PCP_FRACTION];
	unsigned shift = self->conf->page_shift;

	for (unsigned i = 0; i < self->nr_zones; i++) {
		uint32_t managed = self->zone[i]->managed, high, batch;

		batch = fraction ? pga_pcp_fraction(managed, fraction, shift, &high)
				 : pga_pcp_batch(managed, shift, &high);
		if (self->policy[L310_PCP_HIGH])
			high = (uint32_t)self->policy[L310_PCP_HIGH];
		if (self->policy[L310_PCP_BATCH])
			batch = (uint32_t)self->policy[L310_PCP_BATCH];
		for (unsigned c = 0; c < self->nr_cpus; c++) {
			self->cpu[c]->local[i].pcp.high = high;
			self->cpu[c]->local[i].pcp.batch = batch;
		}
	}
}

static uint64_t ratio(const struct pga *self, unsigned type)
{
	static const uint8_t tunable[PGA_LIST_TYPES] = { L310_RATIO_DMA, L310_RATIO_DMA32,
							 L310_RATIO_NORMAL, L310_RATIO_NORMAL };
	int64_t value = self->policy[tunable[type]];

	return value < 1 ? 1 : (uint64_t)value;
}

/* What a zone keeps back from requests that could have used a higher zone of its node. */
void l310_setup_reserves(struct pga *self)
{
	for (unsigned i = 0; i < self->nr_zones; i++) {
		struct l310_zone *z = self->zone[i];
		uint64_t above[PGA_LIST_TYPES] = { 0 }, sum = 0;

		for (unsigned j = i + 1; j < self->nr_zones; j++)
			if (self->zone[j]->node == z->node)
				above[self->zone[j]->type] = self->zone[j]->managed;
		for (unsigned type = 0; type < PGA_LIST_TYPES; type++) {
			sum += above[type];
			z->reserve[type] =
				type > z->type ? (uint32_t)(sum / ratio(self, z->type)) : 0;
		}
	}
}

void l310_setup_marks(struct pga *self)
{
	uint64_t total = 0, unmovable = 0, extra;

	for (unsigned i = 0; i < self->nr_zones; i++) {
		total += self->zone[i]->managed;
		if (self->zone[i]->type != PGA_ZONE_MOVABLE)
			unmovable += self->zone[i]->managed;
	}
	self->min_free = self->policy[L310_MIN_FREE] < 0
				 ? pga_min_free_kbytes(unmovable << self->conf->page_shift >> 10)
				 : (uint32_t)self->policy[L310_MIN_FREE];
	for (unsigned i = 0; i < self->nr_zones; i++) {
		struct l310_zone *z = self->zone[i];

		pga_wmark_set(z->mark, (uint64_t)self->min_free << 10 >> self->conf->page_shift,
			      z->managed, total);
		extra = (uint64_t)z->managed * (uint64_t)self->policy[L310_WMARK_SCALE] / 10000;
		z->mark[PGA_WMARK_LOW] += (uint32_t)extra;
		z->mark[PGA_WMARK_HIGH] += 2 * (uint32_t)extra;
		l310_setup_reserve_blocks(self, z);
	}
}

int l310_set(struct pga *self, unsigned idx, int64_t value)
{
	static void (*const setup[L310_NR_TUNABLES])(struct pga *) = {
		[L310_PCP_HIGH] = l310_setup_pcp,	   [L310_PCP_BATCH] = l310_setup_pcp,
		[L310_PCP_FRACTION] = l310_setup_pcp,	   [L310_MIN_FREE] = l310_setup_marks,
		[L310_RATIO_DMA] = l310_setup_reserves,	   [L310_RATIO_DMA32] = l310_setup_reserves,
		[L310_RATIO_NORMAL] = l310_setup_reserves, [L310_WMARK_SCALE] = l310_setup_marks,
		[L310_EXTFRAG] = l310_setup_compact,	   [L310_DEFER_SHIFT] = l310_setup_compact,
	};

	if (idx >= L310_NR_TUNABLES || !l310_tunables[idx].runtime)
		return -EPERM;
	if (value < l310_tunables[idx].min || value > l310_tunables[idx].max)
		return -ERANGE;
	self->policy[idx] = value;
	if (setup[idx])
		setup[idx](self);
	return 0;
}

/* Per-zone values differ; zone_info() has them. */
int64_t l310_get(struct pga *self, unsigned idx)
{
	switch (idx) {
	case L310_MOBILITY:
		return self->grouping ? L310_MOBILITY_ON : L310_MOBILITY_OFF;
	case L310_LIST_ORDER:
		return self->policy[idx] == PGA_LIST_DEFAULT ? pga_zonelist_order(self->conf)
							     : self->policy[idx];
	case L310_MIN_FREE:
		return self->min_free;
	default:
		return self->policy[idx];
	}
}
