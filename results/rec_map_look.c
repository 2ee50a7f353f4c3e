/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory map over time: how a cell looks. */
#include "results/rec_map.h"

/* A block with one frame in use has this share of its colour, in per cent. */
#define LIGHTEST 30u

/*
 * Three of Okabe and Ito's colours for the types that requests have; the others
 * differ in lightness too, so that nearly everybody tells them apart.
 */
const struct rec_map_look rec_map_looks[REC_MAP_LOOKS] = {
	[REC_MAP_UNMOVABLE] = { "unmovable", 'u', { 0xd5, 0x5e, 0x00 }, 166 },
	[REC_MAP_RECLAIMABLE] = { "reclaimable", 'e', { 0x00, 0x9e, 0x73 }, 36 },
	[REC_MAP_MOVABLE] = { "movable", 'm', { 0x00, 0x72, 0xb2 }, 25 },
	[REC_MAP_RESERVE] = { "reserve", 'r', { 0x6b, 0x42, 0x26 }, 58 },
	[REC_MAP_CMA] = { "CMA", 'c', { 0xc7, 0xb8, 0x00 }, 178 },
	[REC_MAP_ISOLATE] = { "isolate", 'i', { 0x22, 0x22, 0x22 }, 235 },
	[REC_MAP_NONE] = { "no type", 'n', { 0x30, 0x30, 0x30 }, 238 },
	[REC_MAP_HOLE] = { "no memory", '-', { 0xff, 0xff, 0xff }, 231 },
	[REC_MAP_MIXED] = { "mixed", 'x', { 0xb0, 0x3a, 0x8c }, 132 },
	[REC_MAP_FREE] = { "free", '.', { 0xee, 0xee, 0xe6 }, 255 },
};

unsigned rec_map_look(const struct rec_map_cell *c)
{
	if (c->kind == REC_MAP_HOLE)
		return REC_MAP_HOLE;
	if (!c->most)
		return REC_MAP_FREE;
	return c->mixed && c->kind != REC_MAP_NONE ? REC_MAP_MIXED : c->kind;
}

void rec_map_colour(const struct rec_map_cell *c, unsigned char rgb[3])
{
	unsigned look = rec_map_look(c);
	bool flat = look == REC_MAP_HOLE || look == REC_MAP_FREE;
	unsigned part = flat ? 100 : LIGHTEST + (100 - LIGHTEST) * c->fill / REC_MAP_FULL;

	for (unsigned i = 0; i < 3; i++)
		rgb[i] = (unsigned char)((rec_map_looks[look].rgb[i] * part + 255 * (100 - part)) /
					 100);
}

struct rec_map_cell rec_map_merge(const struct rec_map_cell *cells, unsigned nr)
{
	struct rec_map_cell out = { .kind = REC_MAP_HOLE };
	unsigned count[REC_MAP_NR_KINDS] = { 0 }, fill = 0, there = 0;

	for (unsigned i = 0; i < nr; i++) {
		if (cells[i].kind == REC_MAP_HOLE)
			continue;
		there++;
		fill += cells[i].fill;
		out.mixed |= cells[i].mixed;
		out.most = cells[i].most > out.most ? cells[i].most : out.most;
		count[cells[i].kind]++;
	}
	for (unsigned k = 0; k < REC_MAP_HOLE; k++)
		if (count[k] && (out.kind == REC_MAP_HOLE || count[k] > count[out.kind]))
			out.kind = (uint8_t)k;
	out.fill = (uint8_t)(there ? fill / there : 0);
	return out;
}
