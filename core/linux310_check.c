/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-3.10: the invariants of struct l310_zone, pga_buddy and pga_pcp, tested. */
#include "core/linux310_int.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

/* Frames of one zone by where they are. */
struct tally {
	uint64_t frames[PGA_FRAME_USED + 1]; /* by state; FREE and USED count whole blocks */
};

static int violated(char *why, size_t len, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int violated(char *why, size_t len, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, len, fmt, ap);
	va_end(ap);
	return -EUCLEAN;
}

static int check_tails(const struct pga *self, const struct l310_zone *z, pga_pfn_t pfn,
		       unsigned order, char *why, size_t len)
{
	uint32_t want = pga_flags(z->id, 0, PGA_FRAME_TAIL, 0);

	if (order >= self->nr_orders || z->end - pfn < 1u << order)
		return violated(why, len, "frame %u: block of order %u leaves zone %u", pfn, order,
				z->id);
	for (uint32_t i = 1; i < 1u << order; i++)
		if ((pga_load(&self->map.unit[pga_link(&self->map, pfn + i)].flags) &
		     (PGA_F_ZONE | PGA_F_STATE)) != want)
			return violated(why, len, "frame %u: no tail inside the block at %u",
					pfn + i, pfn);
	return 0;
}

static int tally_zone(const struct pga *self, const struct l310_zone *z, struct tally *t, char *why,
		      size_t len)
{
	uint32_t step;

	for (pga_pfn_t pfn = z->start; pfn < z->end; pfn += step) {
		uint32_t flags = pga_load(&self->map.unit[pga_link(&self->map, pfn)].flags);
		enum pga_frame_state state = pga_flags_state(flags);
		unsigned order = pga_flags_order(flags);

		step = 1;
		if (pga_flags_zone(flags) != z->id)
			return violated(why, len, "frame %u: zone %u instead of %u", pfn,
					pga_flags_zone(flags), z->id);
		if (state == PGA_FRAME_TAIL || state > PGA_FRAME_USED)
			return violated(why, len, "frame %u: state %u outside a block", pfn,
					(unsigned)state);
		if (state == PGA_FRAME_FREE || state == PGA_FRAME_USED) {
			if (check_tails(self, z, pfn, order, why, len))
				return -EUCLEAN;
			step = 1u << order;
		}
		t->frames[state] += step;
	}
	return 0;
}

static int check_pcp_list(const struct pga *self, const struct l310_zone *z, pga_link_t head,
			  uint32_t max, uint32_t *seen, char *why, size_t len)
{
	const struct pga_frame *unit = self->map.unit;
	pga_link_t prev = head;

	for (pga_link_t at = unit[head].next; at != head; prev = at, at = unit[at].next) {
		uint32_t flags = pga_load(&unit[at].flags);

		if ((*seen)++ == max)
			return violated(why, len,
					"zone %u: a CPU's lists are longer than their "
					"count %u",
					z->id, max);
		if (unit[at].prev != prev || pga_flags_zone(flags) != z->id ||
		    pga_flags_state(flags) != PGA_FRAME_PCP)
			return violated(why, len,
					"frame %u: broken link or flags %#x on a CPU's list",
					pga_pfn(&self->map, at), flags);
	}
	if (unit[head].prev != prev)
		return violated(why, len, "zone %u: broken tail of a CPU's list", z->id);
	return 0;
}

static int check_pcp(const struct pga *self, const struct l310_zone *z, uint64_t *frames, char *why,
		     size_t len)
{
	for (unsigned c = 0; c < self->nr_cpus; c++) {
		const struct l310_local *l = &self->cpu[c]->local[z->id];
		uint32_t seen = 0;

		for (unsigned t = 0; t < PGA_PCP_LISTS; t++)
			if (check_pcp_list(self, z, l310_pcp_head(self, l, t), l->pcp.count, &seen,
					   why, len))
				return -EUCLEAN;
		if (seen != l->pcp.count)
			return violated(why, len,
					"zone %u cpu %u: lists hold %u frames, count is %u", z->id,
					c, seen, l->pcp.count);
		*frames += seen;
	}
	return 0;
}

static int check_sums(const struct pga *self, const struct l310_zone *z, const struct tally *t,
		      uint64_t pcp, char *why, size_t len)
{
	uint64_t free = 0, cma = 0;
	int64_t counter = pga_load(&z->nr_free);
	unsigned long long known;

	for (unsigned o = 0; o < self->nr_orders; o++)
		free += (uint64_t)z->buddy.nr_free[o] << o;
	for (unsigned c = 0; c < self->nr_cpus; c++)
		counter += pga_load(&self->cpu[c]->local[z->id].diff_free);
	for (unsigned i = 0; i < self->conf->nr_cma; i++)
		if (self->conf->cma[i].start >= z->start && self->conf->cma[i].start < z->end)
			cma += self->conf->cma[i].end - self->conf->cma[i].start;
	if (free != t->frames[PGA_FRAME_FREE])
		return violated(why, len, "zone %u: %llu frames on lists, %llu in free blocks",
				z->id, (unsigned long long)free,
				(unsigned long long)t->frames[PGA_FRAME_FREE]);
	if (pcp != t->frames[PGA_FRAME_PCP])
		return violated(why, len, "zone %u: %llu frames on CPUs' lists, %llu marked so",
				z->id, (unsigned long long)pcp,
				(unsigned long long)t->frames[PGA_FRAME_PCP]);
	known = z->managed + cma + t->frames[PGA_FRAME_RESERVED];
	if (z->present != known)
		return violated(why, len, "zone %u: %u frames present, %llu accounted for", z->id,
				z->present, known);
	if (!self->isolated && counter != (int64_t)free)
		return violated(why, len, "zone %u: free counter %lld, free frames %llu", z->id,
				(long long)counter, (unsigned long long)free);
	return 0;
}

int l310_check(struct pga *self, char *why, size_t len)
{
	for (unsigned i = 0; i < self->nr_zones; i++) {
		const struct l310_zone *z = self->zone[i];
		struct tally t = { { 0 } };
		uint64_t pcp = 0;

		if (pga_buddy_check(&z->buddy, &self->map, why, len) ||
		    pga_lru_check(&z->lru, &self->map, why, len) ||
		    tally_zone(self, z, &t, why, len) || check_pcp(self, z, &pcp, why, len) ||
		    check_sums(self, z, &t, pcp, why, len))
			return -EUCLEAN;
	}
	return 0;
}
