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

void pga_layout_frames(struct pga_layout *l, const struct pga_conf *c)
{
	uint64_t start = l->span.start;
	size_t total = PGA_FRAMES_SHIFT + (size_t)(l->span.end - start) * sizeof(struct pga_frame);
	size_t done = 0;
	int zone = zone_from(c, 0);
	unsigned node = c->zones[zone].node;

	l->frames = l->at + PGA_FRAMES_SHIFT;
	for (; zone >= 0; zone = zone_from(c, pga_zone_end(&c->zones[zone]))) {
		const struct pga_zone_conf *z = &c->zones[zone];
		size_t border = (size_t)(z->start - start) * sizeof(struct pga_frame);

		border += PGA_FRAMES_SHIFT;
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

static int check_zone_types(const struct pga_ops *ops, const struct pga_conf *c, char *why,
			    size_t len)
{
	for (unsigned i = 0; i < c->nr_zones; i++) {
		if (ops->zone_types >> c->zones[i].type & 1)
			continue;
		snprintf(why, len, "zone %u: %s has no zone type %s", i, ops->name,
			 pga_zone_type_names[c->zones[i].type]);
		return -EINVAL;
	}
	return 0;
}

/* What is not frames takes far less than a 16th of the links. */
static int check_span(const struct pga_conf *c, char *why, size_t len)
{
	struct pga_span s;

	pga_conf_span(c, &s.start, &s.end);
	if (s.end - s.start <= UINT32_MAX - UINT32_MAX / 16)
		return 0;
	snprintf(why, len, "zones span %llu frames, more than %u",
		 (unsigned long long)(s.end - s.start), UINT32_MAX - UINT32_MAX / 16);
	return -EINVAL;
}

static int check(const struct pga_layout_rule *rule, const struct pga_conf *c, char *why,
		 size_t len)
{
	if (pga_conf_check(c, rule->ops->tunables, why, len) ||
	    check_zone_types(rule->ops, c, why, len))
		return -EINVAL;
	if (c->nr_cma && !(rule->ops->caps & PGA_CAP_ISOLATE)) {
		snprintf(why, len, "%s knows no CMA areas", rule->ops->name);
		return -EINVAL;
	}
	if (rule->check && rule->check(c, why, len))
		return -EINVAL;
	return check_span(c, why, len);
}

static void lay_out(const struct pga_layout_rule *rule, const struct pga_conf *c,
		    struct pga_layout *l)
{
	pga_conf_span(c, &l->span.start, &l->span.end);
	l->span.start -= l->span.start % PGA_FRAMES_PER_PAGE;
	rule->emit(c, l);
}

int pga_layout_plan(const struct pga_layout_rule *rule, const struct pga_conf *c,
		    struct pga_extent *ext, unsigned max, char *why, size_t len)
{
	struct pga_layout l = { .ext = ext, .max = max };

	if (check(rule, c, why, len))
		return -EINVAL;
	lay_out(rule, c, &l);
	if (l.nr > max) {
		snprintf(why, len, "metadata has %u extents, more than %u", l.nr, max);
		return -E2BIG;
	}
	return (int)l.nr;
}

int pga_layout_place(const struct pga_layout_rule *rule, const struct pga_conf *c, void *base,
		     struct pga_layout *l, struct pga_map *map)
{
	char why[128];

	if (check(rule, c, why, sizeof(why)))
		return -EINVAL;
	*l = (struct pga_layout){ .max = 0 };
	lay_out(rule, c, l);
	map->unit = base;
	map->zero = (pga_link_t)(l->frames / sizeof(struct pga_frame) - l->span.start);
	return 0;
}
