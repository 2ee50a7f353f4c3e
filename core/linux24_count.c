/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux-2.4: how much memory there is, and how much is missing.  Nothing is
 * kept up to date for it: each question adds the zones up, and every
 * allocation asks.
 */
#include "core/linux24_int.h"

#define PRESSURE_SHIFT 6	   /* pressure over inactive frames wanted */
#define TARGET_PART(n) ((n) / 3)   /* of them, those to be free or clean */
#define PHYS_PART(n) ((n) / 4)	   /* of memory, the most to be inactive */
#define ACTIVE_SHARE(n) ((n) >> 4) /* of frames in use, those that may be dirty */

uint64_t l24_nr_free(const struct pga *self)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < self->nr_zones; i++)
		sum += pga_load(&self->zone[i]->free);
	return sum;
}

uint64_t l24_nr_inactive_clean(const struct pga *self)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < self->nr_zones; i++)
		sum += l24_queue(self, L24_Q_CLEAN, i);
	return sum;
}

/*
 * Memory that buffers may fill: what is free or nearly so, at least as much as
 * should be, and a share of what is in use.
 */
uint64_t l24_nr_free_buffer(const struct pga *self)
{
	uint64_t least = (uint64_t)self->pages[PGA_WMARK_HIGH] + l24_inactive_target(self);
	uint64_t sum =
		l24_nr_free(self) + l24_nr_inactive_clean(self) + l24_queue(self, L24_Q_DIRTY, 0);

	return (sum < least ? least : sum) + ACTIVE_SHARE(l24_queue(self, L24_Q_ACTIVE, 0));
}

uint64_t l24_nr_free_high(const struct pga *self)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < self->nr_zones; i++)
		if (self->zone[i]->class == L24_HIGHMEM)
			sum += pga_load(&self->zone[i]->free);
	return sum;
}

uint32_t l24_inactive_target(const struct pga *self)
{
	uint32_t wanted = pga_load(&self->pressure.memory) >> PRESSURE_SHIFT;

	return wanted < PHYS_PART(self->physpages) ? wanted : PHYS_PART(self->physpages);
}

static uint64_t missing(uint64_t want, uint64_t have)
{
	return want > have ? want - have : 0;
}

/* Frames that zones lack to be above their min marks. */
static uint64_t zone_shortage(const struct pga *self)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < self->nr_zones; i++)
		if (self->zone[i]->present)
			sum += missing(self->zone[i]->mark[PGA_WMARK_MIN] + 1u,
				       (uint64_t)pga_load(&self->zone[i]->free) +
					       l24_queue(self, L24_Q_CLEAN, i));
	return sum;
}

uint64_t l24_free_shortage(const struct pga *self)
{
	uint64_t want = self->pages[PGA_WMARK_HIGH] + TARGET_PART(l24_inactive_target(self));
	uint64_t sum = missing(want, l24_nr_free(self) + l24_nr_inactive_clean(self));

	return sum ? sum : zone_shortage(self);
}

uint64_t l24_inactive_shortage(const struct pga *self)
{
	uint64_t want = (uint64_t)self->pages[PGA_WMARK_HIGH] + l24_inactive_target(self);

	return missing(want, l24_nr_free(self) + l24_nr_inactive_clean(self) +
				     l24_queue(self, L24_Q_DIRTY, 0));
}
