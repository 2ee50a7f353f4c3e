/* SPDX-License-Identifier: GPL-2.0-only */
/* Questions about struct pga_conf that every mechanism asks. */
#ifndef CORE_CONF_H
#define CORE_CONF_H

#include "core/pga.h"

/**
 * pga_conf_check - can a mechanism rely on this conf?
 * @conf: anything
 * @tunables: of the mechanism; each value of conf->policy must be in range
 * @why: gets one line naming the thing and the value; @len bytes
 *
 * Tests counts, order of zones, that ranges are ordered and disjoint, that boot
 * ranges and CMA areas are RAM of some zone and not reserved.  Any thread.
 * Return: 0 or -EINVAL.
 */
int pga_conf_check(const struct pga_conf *conf, const struct pga_tunable *tunables, char *why,
		   size_t len);

/* Frames of a zone. */
struct pga_zone_size {
	uint32_t present; /* RAM */
	uint32_t managed; /* handed to the allocator at boot */
};
void pga_conf_zone_size(const struct pga_conf *conf, unsigned zone, struct pga_zone_size *size);

/** pga_conf_zone_at - the zone that spans a frame, -1 if none */
int pga_conf_zone_at(const struct pga_conf *conf, pga_pfn_t pfn);

/**
 * pga_conf_span - frames that a frame table has to cover: all zones, rounded
 * outward to blocks of the highest order, so that the buddy of any frame of a
 * zone is in the table
 */
void pga_conf_span(const struct pga_conf *conf, uint64_t *start, uint64_t *end);

static inline uint64_t pga_zone_end(const struct pga_zone_conf *z)
{
	return (uint64_t)z->start + z->span;
}

#endif
