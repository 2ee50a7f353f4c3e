/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/measure/frag_map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the pageblocks of a cell add up to while a point is looked at. */
struct cell_sum {
	uint64_t used, seen;
	uint32_t kinds[REC_MAP_NR_KINDS];
	uint8_t most;
	bool mixed;
};

struct zone_part {
	uint64_t first, nr; /* pageblocks: the first's number, how many */
	uint64_t index;	    /* of the first in the picture */
};

struct frag_map {
	const struct pga_conf *conf;
	bool typed;
	uint64_t blocks;
	unsigned group, nr_cells, nr_points;
	struct zone_part *part; /* [nr_zones] */
	struct cell_sum *sum;	/* [nr_cells] */
	double requests[REC_MAX_POINTS];
	struct rec_map_cell *at[REC_MAX_POINTS]; /* NULL: never used yet */
	bool looked[REC_MAX_POINTS];
};

/* Types of pageblocks as the file names them. */
static const uint8_t kinds[PGA_MAX_TYPES] = {
	[PGA_UNMOVABLE] = REC_MAP_UNMOVABLE,
	[PGA_RECLAIMABLE] = REC_MAP_RECLAIMABLE,
	[PGA_MOVABLE] = REC_MAP_MOVABLE,
	[PGA_RESERVE] = REC_MAP_RESERVE,
	[PGA_CMA] = REC_MAP_CMA,
	[PGA_ISOLATE] = REC_MAP_ISOLATE,
};

/* Two zones can share a pageblock; it is in the picture once. */
static void number_blocks(struct frag_map *m)
{
	const struct pga_conf *c = m->conf;

	for (unsigned z = 0; z < c->nr_zones; z++) {
		const struct pga_zone_conf *zone = &c->zones[z];
		struct zone_part *part = &m->part[z];
		uint64_t end = (uint64_t)zone->start + zone->span;

		part->first = zone->start >> c->pageblock_order;
		if (zone->span)
			part->nr = ((end - 1) >> c->pageblock_order) - part->first + 1;
		if (z && part->nr && part[-1].nr && part[-1].first + part[-1].nr == part->first + 1)
			m->blocks--;
		part->index = m->blocks;
		m->blocks += part->nr;
	}
}

struct frag_map *frag_map_new(const struct pga_conf *conf, bool typed)
{
	struct frag_map *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->conf = conf;
	m->typed = typed;
	m->part = calloc(conf->nr_zones + 1u, sizeof(*m->part));
	if (m->part)
		number_blocks(m);
	m->group = (unsigned)((m->blocks + REC_MAP_CELLS - 1) / REC_MAP_CELLS);
	m->group = m->group ? m->group : 1;
	m->nr_cells = (unsigned)((m->blocks + m->group - 1) / m->group);
	m->sum = calloc(m->nr_cells + 1u, sizeof(*m->sum));
	if (m->part && m->sum)
		return m;
	frag_map_free(m);
	return NULL;
}

void frag_map_free(struct frag_map *m)
{
	if (!m)
		return;
	for (unsigned p = 0; p < REC_MAX_POINTS; p++)
		free(m->at[p]);
	free(m->part);
	free(m->sum);
	free(m);
}

void frag_map_begin(struct frag_map *m, uint64_t requests, bool looked)
{
	unsigned p = m->nr_points;

	m->requests[p] = (double)requests;
	if (looked && !m->at[p])
		m->at[p] = malloc(m->nr_cells * sizeof(*m->at[p]));
	m->looked[p] = looked && m->at[p];
	memset(m->sum, 0, m->nr_cells * sizeof(*m->sum));
	if (!looked)
		m->nr_points++;
}

static struct cell_sum *sum_of(struct frag_map *m, uint64_t block)
{
	for (unsigned z = 0; z < m->conf->nr_zones; z++) {
		const struct zone_part *part = &m->part[z];

		if (block >= part->first && block - part->first < part->nr)
			return &m->sum[(part->index + block - part->first) / m->group];
	}
	return NULL;
}

void frag_map_block(void *data, const struct wl_tally *block)
{
	struct frag_map *m = data;
	struct cell_sum *sum = sum_of(m, block->block);
	uint64_t used = block->seen - block->by_class[WL_FR_FREE];
	uint8_t level = rec_map_level(used, block->seen);

	if (!sum)
		return;
	sum->used += used;
	sum->seen += block->seen;
	sum->kinds[m->typed ? kinds[block->type % PGA_MAX_TYPES] : REC_MAP_NONE]++;
	sum->most = level > sum->most ? level : sum->most;
	sum->mixed |= wl_tally_hybrid(block);
}

void frag_map_end(struct frag_map *m)
{
	struct rec_map_cell *cells = m->at[m->nr_points];

	for (unsigned i = 0; m->looked[m->nr_points] && i < m->nr_cells; i++) {
		const struct cell_sum *sum = &m->sum[i];

		cells[i] = (struct rec_map_cell){
			.kind = sum->seen ? 0 : REC_MAP_HOLE,
			.mixed = sum->mixed,
			.fill = rec_map_level(sum->used, sum->seen),
			.most = sum->most,
		};
		for (unsigned k = 1; k < REC_MAP_HOLE; k++)
			if (sum->seen && sum->kinds[k] > sum->kinds[cells[i].kind])
				cells[i].kind = (uint8_t)k;
	}
	m->nr_points++;
}

void frag_map_thin(struct frag_map *m)
{
	for (unsigned p = 0; 2 * p + 1 < m->nr_points; p++) {
		struct rec_map_cell *cells = m->at[p];

		m->at[p] = m->at[2 * p + 1];
		m->at[2 * p + 1] = cells;
		m->looked[p] = m->looked[2 * p + 1];
		m->requests[p] = m->requests[2 * p + 1];
	}
	m->nr_points /= 2;
}

static void show_zones(const struct frag_map *m, struct rec_map *out)
{
	for (unsigned z = 0; z < m->conf->nr_zones && out->nr_zones < REC_MAP_ZONES; z++) {
		const struct pga_zone_conf *zone = &m->conf->zones[z];

		if (!m->part[z].nr)
			continue;
		snprintf(out->zone[out->nr_zones].name, sizeof(out->zone[0].name), "node %u %s",
			 zone->node, pga_zone_type_names[zone->type]);
		out->zone[out->nr_zones++].first = (unsigned)(m->part[z].index / m->group);
	}
}

void frag_map_show(const struct frag_map *m, struct rec_map *out)
{
	out->typed = m->typed;
	out->blocks = m->blocks;
	out->block_frames = 1u << m->conf->pageblock_order;
	out->group = m->group;
	out->nr_cells = m->nr_cells;
	out->nr_points = 0;
	out->nr_zones = 0;
	show_zones(m, out);
	for (unsigned p = 0; p < m->nr_points; p++) {
		if (!m->looked[p])
			continue;
		out->requests[out->nr_points] = m->requests[p];
		out->at[out->nr_points++] = m->at[p];
	}
}
