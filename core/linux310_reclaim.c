/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-3.10: reclaim.  Nothing is on the lists yet, so nothing is ever reclaimed. */
#include "core/linux310_reclaim.h"

uint64_t l310_direct_reclaim(struct pga *self, const struct l310_reclaim *r)
{
	(void)self;
	(void)r;
	return 0;
}

bool l310_zone_reclaim_applies(const struct pga *self, const struct l310_zone *preferred,
			       const struct l310_zone *z)
{
	(void)self;
	(void)preferred;
	(void)z;
	return false;
}

enum l310_zone_reclaimed l310_zone_reclaim(struct pga *self, struct l310_zone *z, unsigned cpu,
					   unsigned order, uint32_t gfp)
{
	(void)self;
	(void)z;
	(void)cpu;
	(void)order;
	(void)gfp;
	return L310_ZR_NOSCAN;
}

void l310_wake_kswapd(struct pga *self, struct l310_zone *z, unsigned order, unsigned classzone,
		      unsigned cpu)
{
	(void)order;
	(void)classzone;
	(void)cpu;
	if (self->host.wake)
		self->host.wake(self->host.data, 0, z->node);
}
