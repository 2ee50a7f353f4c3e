/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/layout.h"

#include <errno.h>
#include <stdio.h>

size_t pga_layout_emit(struct pga_layout *l, size_t bytes, enum pga_part part, unsigned id,
		       const char *what)
{
	struct pga_extent e = { l->at, pga_round_up(bytes, PGA_META_PAGE), part, (uint16_t)id,
				what };

	if (l->nr < l->max)
		l->ext[l->nr] = e;
	l->nr++;
	l->at += e.len;
	return e.off;
}

/* The zone with the lowest start at or above pfn, or -1. */
static int zone_from(const struct pga_conf *c, uint64_t pfn)
{
	int best = -1;

	for (unsigned i = 0; i < c->nr_zones; i++)
		if (c->zones[i].start >= pfn &&
		    (best < 0 || c->zones[i].start < c->zones[best].start))
			best = (int)i;
	return best;
}

void pga_layout_frames(struct pga_layout *l, const struct pga_conf *c, uint64_t start, uint64_t end)
{
	size_t total = (size_t)(end - start) * sizeof(struct pga_frame), done = 0;
	int zone = zone_from(c, 0);
	unsigned node = c->zones[zone].node;

	for (; zone >= 0; zone = zone_from(c, pga_zone_end(&c->zones[zone]))) {
		const struct pga_zone_conf *z = &c->zones[zone];
		size_t border = (size_t)(z->start - start) * sizeof(struct pga_frame);

		border -= border % PGA_META_PAGE;
		if (z->node == node)
			continue;
		if (border > done)
			pga_layout_emit(l, border - done, PGA_PART_NODE, node, "frames");
		done = border > done ? border : done;
		node = z->node;
	}
	pga_layout_emit(l, total - done, PGA_PART_NODE, node, "frames");
}

/* What is not frames takes far less than a 16th of the links. */
int pga_layout_check(const struct pga_conf *c, char *why, size_t len)
{
	uint64_t start, end;

	pga_conf_span(c, &start, &end);
	if (end - start <= UINT32_MAX - UINT32_MAX / 16)
		return 0;
	snprintf(why, len, "zones span %llu frames, more than %u",
		 (unsigned long long)(end - start), UINT32_MAX - UINT32_MAX / 16);
	return -EINVAL;
}
