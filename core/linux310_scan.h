/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-3.10: what direct reclaim, zone_reclaim and kswapd share. */
#ifndef CORE_LINUX310_SCAN_H
#define CORE_LINUX310_SCAN_H

#include "core/linux310_int.h"
#include "core/reclaim.h"

/* Priorities below this are trouble: more is allowed, and naps are taken. */
#define L310_PRIORITY_TROUBLE ((int)PGA_RECLAIM_PRIORITY - 2)
#define L310_NAP(self) ((self)->conf->hz / 10 + 1) /* ticks */

enum l310_scanner { L310_SCAN_DIRECT, L310_SCAN_KSWAPD, L310_SCAN_LOCAL };

/* One run over zones. */
struct l310_scan {
	struct pga_reclaim r;
	enum l310_scanner who;
	unsigned order;
	uint32_t gfp;
	int priority;  /* a round looks at one frame in 2^priority */
	uint64_t want; /* frames */
};

/** l310_scan_start - a run that may do what @gfp allows */
struct l310_scan l310_scan_start(struct pga *self, enum l310_scanner who, unsigned cpu,
				 unsigned order, uint32_t gfp);

/** l310_reclaim_able - is there anybody who could give frames back? */
bool l310_reclaim_able(const struct pga *self);

/** l310_shrink_zone - one round over a zone's lists, at sc->priority */
void l310_shrink_zone(struct pga *self, struct l310_zone *z, struct l310_scan *sc);

/** l310_shrink_node - have the caches of a node shrink; @lists: frames of the lists scanned */
uint64_t l310_shrink_node(struct pga *self, unsigned node, struct l310_scan *sc, uint64_t scanned,
			  uint64_t lists);

/** l310_node_zone - the zone that bears the statistics of its node; of any, if it has none */
struct l310_zone *l310_node_zone(const struct pga *self, unsigned node);

/** l310_age_anon - keep frames coming to the inactive anonymous list */
void l310_age_anon(struct pga *self, struct l310_zone *z, struct l310_scan *sc);

/**
 * l310_nap - let writeback go on: when the device had no room for the zone's frames,
 * or a @fruitless round left nothing to hope for but what is or should be written
 */
void l310_nap(struct pga *self, struct l310_zone *z, struct l310_scan *sc, bool fruitless);

/** l310_reclaimable - frames on lists that can be reclaimed at all */
uint64_t l310_reclaimable(const struct pga *self, const struct l310_zone *z);

/**
 * l310_spent - were the lists scanned so often that there is no hope?
 * Forgotten when frames come back to the zone's buddy lists.
 */
bool l310_spent(const struct pga *self, struct l310_zone *z);

/** l310_hopeless - has kswapd given the zone up, and no frame come back since? */
bool l310_hopeless(struct l310_zone *z);

/** l310_exact_free - free frames, what CPUs keep back included */
int64_t l310_exact_free(const struct pga *self, const struct l310_zone *z);

/** l310_above - would the zone keep more than @mark with 2^order frames less? Exact counters. */
bool l310_above(const struct pga *self, const struct l310_zone *z, unsigned order, uint64_t mark,
		unsigned classzone);

/** l310_compacts - is there compaction at all? */
bool l310_compacts(const struct pga *self);
/** l310_could_compact - SKIPPED: not now; CONTINUE: compaction makes sense; PARTIAL: no need */
enum pga_compact_result l310_could_compact(struct pga *self, struct l310_zone *z, unsigned order);

/** l310_gap - frames beyond the high mark that make the zones of a node empty at one pace */
static inline uint64_t l310_gap(const struct l310_zone *z)
{
	uint64_t part = ((uint64_t)z->managed + 99) / 100;

	return part < z->mark[PGA_WMARK_LOW] ? part : z->mark[PGA_WMARK_LOW];
}

#endif
