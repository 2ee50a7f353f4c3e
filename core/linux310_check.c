/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-3.10: the invariants of struct l310_zone, pga_buddy and pga_pcp, tested. */
#include "core/linux310_int.h"
#include "core/tally.h"

#include <errno.h>

static int check_pcp(const struct pga *self, const struct l310_zone *z, uint64_t *frames, char *why,
		     size_t len)
{
	for (unsigned c = 0; c < self->nr_cpus; c++) {
		const struct l310_local *l = &self->cpu[c]->local[z->id];
		uint32_t seen = 0;

		for (unsigned t = 0; t < PGA_PCP_LISTS; t++)
			if (pga_tally_list(&self->map, z->id, l310_pcp_head(self, l, t),
					   l->pcp.count, &seen, why, len))
				return -EUCLEAN;
		if (seen != l->pcp.count)
			return pga_violated(why, len,
					    "zone %u cpu %u: lists hold %u frames, count is %u",
					    z->id, c, seen, l->pcp.count);
		*frames += seen;
	}
	return 0;
}

static int check_sums(const struct pga *self, const struct l310_zone *z, const struct pga_tally *t,
		      uint64_t pcp, char *why, size_t len)
{
	struct pga_tally_sums sums = { .parked = pcp,
				       .present = z->present,
				       .managed = z->managed };
	int64_t counter = pga_load(&z->nr_free);

	for (unsigned o = 0; o < self->nr_orders; o++)
		sums.listed += (uint64_t)z->buddy.nr_free[o] << o;
	for (unsigned c = 0; c < self->nr_cpus; c++)
		counter += pga_load(&self->cpu[c]->local[z->id].diff_free);
	for (unsigned i = 0; i < self->conf->nr_cma; i++)
		if (self->conf->cma[i].start >= z->start && self->conf->cma[i].start < z->end)
			sums.managed += self->conf->cma[i].end - self->conf->cma[i].start;
	if (pga_tally_agrees(t, &sums, z->id, why, len))
		return -EUCLEAN;
	if (!self->isolated && counter != (int64_t)sums.listed)
		return pga_violated(why, len, "zone %u: free counter %lld, free frames %llu", z->id,
				    (long long)counter, (unsigned long long)sums.listed);
	return 0;
}

int l310_check(struct pga *self, char *why, size_t len)
{
	for (unsigned i = 0; i < self->nr_zones; i++) {
		const struct l310_zone *z = self->zone[i];
		struct pga_tally t = { { 0 } };
		uint64_t pcp = 0;

		if (pga_buddy_check(&z->buddy, &self->map, why, len) ||
		    pga_lru_check(&z->lru, &self->map, why, len) ||
		    pga_tally_zone(&self->map, &self->conf->zones[i], i, self->nr_orders, &t, why,
				   len) ||
		    check_pcp(self, z, &pcp, why, len) || check_sums(self, z, &t, pcp, why, len))
			return -EUCLEAN;
	}
	return 0;
}
