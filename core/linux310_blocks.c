/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-3.10: types of pageblocks, the reserve, and isolation. */
#include "core/linux310_int.h"

#include <errno.h>

#define RESERVE_BLOCKS 2u /* most of a zone */

/* Sets of frame states. */
#define UNUSABLE (1u << PGA_FRAME_HOLE | 1u << PGA_FRAME_RESERVED)
#define UNMOVABLE (UNUSABLE | 1u << PGA_FRAME_USED)

/* Without grouping every type that is set becomes UNMOVABLE. */
bool l310_set_type(struct pga *self, pga_pfn_t pfn, unsigned type)
{
	unsigned now = self->grouping ? type : PGA_UNMOVABLE;
	unsigned before = pga_block_type(&self->blocks, pfn);

	if (now != before)
		pga_block_set_type(&self->blocks, pfn, now);
	return now != before;
}

/*
 * All or nothing at the zone's end, from pfn upward at its start: the frames
 * beyond belong to another lock.
 */
uint32_t l310_move_block(struct pga *self, struct l310_zone *z, pga_pfn_t pfn, unsigned type)
{
	pga_pfn_t start = pga_block_start(&self->blocks, pfn);
	uint64_t end = (uint64_t)start + pga_block_frames(&self->blocks), at;
	struct pga_frame *unit = self->map.unit;
	uint32_t moved = 0, step;

	if (end > z->end)
		return 0;
	for (at = start < z->start ? pfn : start; at < end; at += step) {
		pga_link_t link = pga_link(&self->map, (pga_pfn_t)at);
		uint32_t flags = pga_load(&unit[link].flags);

		step = 1;
		if (pga_flags_state(flags) != PGA_FRAME_FREE)
			continue;
		step = 1u << pga_flags_order(flags);
		pga_buddy_move(&z->buddy, unit, link, type);
		moved += step;
	}
	return moved;
}

static bool state_is(const struct pga *self, pga_pfn_t pfn, unsigned states)
{
	uint32_t flags = pga_load(&self->map.unit[pga_link(&self->map, pfn)].flags);

	return states >> pga_flags_state(flags) & 1;
}

/* Does a block hold a frame that no allocation can ever get? */
static bool has_unusable(const struct pga *self, pga_pfn_t start, pga_pfn_t end)
{
	for (pga_pfn_t pfn = start; pfn < end; pfn++)
		if (state_is(self, pfn, UNUSABLE))
			return true;
	return false;
}

static void retype(struct pga *self, struct l310_zone *z, pga_pfn_t pfn, unsigned type)
{
	l310_set_type(self, pfn, type);
	l310_move_block(self, z, pfn, type);
}

/*
 * Keeps the first pageblocks of a zone for requests that would fail otherwise,
 * so that short-lived ones do not spoil the others; more than two are not worth
 * their memory.
 */
void l310_setup_reserve_blocks(struct pga *self, struct l310_zone *z)
{
	uint32_t size = pga_block_frames(&self->blocks);
	uint32_t want = z->mark[PGA_WMARK_MIN] / size + (z->mark[PGA_WMARK_MIN] % size != 0);
	uint64_t pfn = ((uint64_t)z->start + size - 1) & ~(uint64_t)(size - 1);

	want = want < RESERVE_BLOCKS ? want : RESERVE_BLOCKS;
	pga_lock(&z->lock);
	for (; pfn < z->end; pfn += size) {
		pga_pfn_t at = (pga_pfn_t)pfn;
		unsigned type = pga_block_type(&self->blocks, at);

		if (!want && type == PGA_RESERVE)
			retype(self, z, at, PGA_MOVABLE);
		if (!want || (type != PGA_RESERVE && type != PGA_MOVABLE))
			continue;
		if (has_unusable(self, at, z->end - at < size ? z->end : at + size))
			continue;
		if (type == PGA_MOVABLE)
			retype(self, z, at, PGA_RESERVE);
		want--;
	}
	pga_unlock(&z->lock);
}

/* A frame of no zone belongs to nobody and hinders nobody; what is on a list can move. */
static bool has_unmovable(const struct pga *self, pga_pfn_t pfn)
{
	uint64_t at = pga_block_start(&self->blocks, pfn);

	for (uint64_t end = at + pga_block_frames(&self->blocks); at < end; at++) {
		pga_link_t link = pga_link(&self->map, (pga_pfn_t)at);

		if (pga_conf_zone_at(self->conf, (pga_pfn_t)at) >= 0 &&
		    state_is(self, (pga_pfn_t)at, UNMOVABLE) &&
		    !(pga_load(&self->map.unit[link].flags) & PGA_F_LRU))
			return true;
	}
	return false;
}

/* Isolated free frames do not count as free, whatever list they came from. */
static void post(struct pga *self, struct l310_zone *z, unsigned cpu, unsigned type, int32_t frames)
{
	struct l310_local *l = &self->cpu[cpu]->local[z->id];

	pga_count_post(&z->nr_free, &l->diff_free, z->threshold, frames);
	if (type == PGA_CMA)
		pga_count_post(&z->nr_cma, &l->diff_cma, z->threshold, frames);
}

int l310_isolate(struct pga *self, pga_pfn_t pfn, unsigned cpu)
{
	int zone = pga_conf_zone_at(self->conf, pfn);
	struct l310_zone *z;
	unsigned type;

	if (zone < 0 || cpu >= self->nr_cpus)
		return -EINVAL;
	z = self->zone[zone];
	type = pga_block_type(&self->blocks, pfn);
	if (z->type != PGA_ZONE_MOVABLE && type != PGA_MOVABLE && type != PGA_CMA &&
	    has_unmovable(self, pfn))
		return -EBUSY;
	pga_store(&self->isolated, true);
	pga_lock(&z->lock);
	l310_set_type(self, pfn, PGA_ISOLATE);
	post(self, z, cpu, type, -(int32_t)l310_move_block(self, z, pfn, PGA_ISOLATE));
	pga_unlock(&z->lock);
	l310_drain_all(self, cpu);
	return 0;
}

void l310_unisolate(struct pga *self, pga_pfn_t pfn, enum pga_type type)
{
	int zone = pga_conf_zone_at(self->conf, pfn);
	struct l310_zone *z;

	if (zone < 0 || pga_block_type(&self->blocks, pfn) != PGA_ISOLATE)
		return;
	z = self->zone[zone];
	pga_lock(&z->lock);
	post(self, z, 0, type, (int32_t)l310_move_block(self, z, pfn, type));
	l310_set_type(self, pfn, type);
	pga_unlock(&z->lock);
}
