/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux-2.6.9: what direct reclaim and kswapd share.  All of it is called by the
 * driver of the CPU, with no lock held.
 */
#ifndef CORE_LINUX26_RECLAIM_H
#define CORE_LINUX26_RECLAIM_H

#include "core/linux26_slow.h"
#include "core/reclaim.h"

#define L26_PRIORITY_TROUBLE ((int)PGA_RECLAIM_PRIORITY - 2) /* below: naps */
#define L26_NAP(self) ((self)->conf->hz / 10)		     /* ticks */

/* One run over zones. */
struct l26_scan {
	struct pga_reclaim r;
	bool daemon;
	int priority; /* a round looks at one frame in 2^priority */
};

/** l26_reclaim_able - is there anybody who could give frames back? */
bool l26_reclaim_able(const struct pga *self);

/** l26_scan_start - a run that may do what @gfp allows */
struct l26_scan l26_scan_start(struct pga *self, bool daemon, unsigned cpu, uint32_t gfp);

/** l26_at_priority - a run looks at a zone at sc->priority: more distress than before? */
void l26_at_priority(struct l26_zone *z, const struct l26_scan *sc);

/** l26_shrink_zone - one round over a zone's lists, at sc->priority */
void l26_shrink_zone(struct pga *self, struct l26_zone *z, struct l26_scan *sc);

/** l26_shrink_node - have the caches of a node shrink; @lists: frames of the lists scanned */
void l26_shrink_node(struct pga *self, unsigned node, struct l26_scan *sc, uint64_t scanned,
		     uint64_t lists);

/** l26_on_lists - frames of a zone that could be scanned */
uint64_t l26_on_lists(const struct l26_zone *z);

/* What became of a request's own reclaim. */
enum l26_reclaimed {
	L26_ENOUGH,	/* a batch came back */
	L26_TOO_LITTLE, /* and it is too early to kill, or somebody was killed */
	L26_NO_KILLER,	/* out of memory, and killing is off */
	L26_NO_VICTIM,	/* out of memory, and nobody left to kill */
};
/** l26_direct_reclaim - free frames for a request; adds the stages to its path */
enum l26_reclaimed l26_direct_reclaim(struct l26_try *t);

#endif
