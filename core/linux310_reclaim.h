/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux-3.10: what the slow path asks of reclaim.  All of it is called by the
 * driver of the CPU, with no lock held.
 */
#ifndef CORE_LINUX310_RECLAIM_H
#define CORE_LINUX310_RECLAIM_H

#include "core/linux310_int.h"

/* What a request that reclaims directly may use. */
struct l310_reclaim {
	unsigned cpu;			 /* logical CPU of the caller */
	const struct pga_zonelist *list; /* of the request; entries in self->entry */
	const uint64_t *nodemask;	 /* NULL: all nodes */
	const uint64_t *cpuset;		 /* NULL: all nodes */
	unsigned order;
	uint32_t gfp;
	bool oom_off; /* nobody can be killed for this request */
};

/**
 * l310_direct_reclaim - free frames for a request
 * Return: frames reclaimed; 1 when there were none but lists are not scanned
 * to the end yet, or the host ended a wait, so that it is too early to kill; 0,
 * no progress.
 */
uint64_t l310_direct_reclaim(struct pga *self, const struct l310_reclaim *r);

/** l310_step_reclaim - the step "reclaim": of a zone or node, for arg->order and arg->gfp */
int64_t l310_step_reclaim(struct pga *self, const struct pga_step_arg *arg);

enum l310_zone_reclaimed {
	L310_ZR_NOSCAN = -2, /* nothing was tried: not allowed, or not worth it */
	L310_ZR_FULL = -1,   /* there is nothing to reclaim */
	L310_ZR_SOME = 0,    /* fewer frames than the request needs */
	L310_ZR_SUCCESS = 1,
};
/** l310_zone_reclaim_applies - reclaim @z before going on along the list of @preferred? */
bool l310_zone_reclaim_applies(const struct pga *self, const struct l310_zone *preferred,
			       const struct l310_zone *z);
/** l310_zone_reclaim - reclaim unused page cache of one zone */
enum l310_zone_reclaimed l310_zone_reclaim(struct pga *self, struct l310_zone *z, unsigned cpu,
					   unsigned order, uint32_t gfp);

/**
 * l310_wake_kswapd - tell the daemon of the zone's node, unless the zone is balanced
 * @order: that the request wants
 * @classzone: type of the preferred zone
 */
void l310_wake_kswapd(struct pga *self, struct l310_zone *z, unsigned order, unsigned classzone,
		      unsigned cpu);

#endif
