/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-3.10: what compaction needs to know of its zones. */
#include "core/linux310_int.h"

/* Requests without MOVABLE could not use free CMA frames, so nothing here counts them. */
static bool enough(const struct pga_compact *c, unsigned order, uint32_t extra)
{
	const struct l310_zone *z = c->at.zone;

	return l310_zone_ok(c->at.self, z, order, (int64_t)z->mark[PGA_WMARK_LOW] + extra,
			    z->reserve[PGA_ZONE_DMA], false);
}

/* A large block becomes movable: what moves there keeps the other blocks clean. */
static void claim(struct pga *self, pga_pfn_t pfn, unsigned order)
{
	uint32_t size = pga_block_frames(&self->blocks);

	for (uint32_t i = 0; i + 1 < 1u << order; i += size) {
		unsigned type = pga_block_type(&self->blocks, pfn + i);

		if (type != PGA_ISOLATE && type != PGA_CMA)
			l310_set_type(self, pfn + i, PGA_MOVABLE);
	}
}

static bool take(struct pga_compact *c, pga_link_t at, unsigned order)
{
	struct pga *self = c->at.self;
	struct l310_zone *z = c->at.zone;
	struct l310_local *l = &self->cpu[c->cpu]->local[z->id];
	pga_pfn_t pfn = pga_pfn(&self->map, at);
	unsigned type = pga_block_type(&self->blocks, pfn);
	struct pga_frame *unit = self->map.unit;
	int32_t frames = 1 << order;

	if (type != PGA_ISOLATE) {
		if (!enough(c, 0, (uint32_t)frames))
			return false;
		pga_count_post(&z->nr_free, &l->diff_free, z->threshold, -frames);
		if (type == PGA_CMA)
			pga_count_post(&z->nr_cma, &l->diff_cma, z->threshold, -frames);
	}
	pga_buddy_del(&z->buddy, unit, at, order, pga_flags_type(pga_load(&unit[at].flags)));
	for (int32_t i = 0; i < frames; i++)
		pga_store(&unit[at + (pga_link_t)i].flags, z->used);
	if (order + 1u >= self->blocks.order)
		claim(self, pfn, order);
	pga_add(&l->extra, (uint64_t)frames);
	return true;
}

static void give(struct pga_compact *c, pga_link_t at)
{
	l310_free_slow(c->at.self, pga_pfn(c->at.map, at), 0, c->cpu, 0);
}

static struct pga_lru_set *lru_of(const struct pga_compact *c, pga_link_t at)
{
	return &c->at.self->zone[pga_flags_zone(pga_load(&c->at.map->unit[at].flags))]->lru;
}

static void count(const struct pga_compact *c, enum pga_stat stat, uint64_t n)
{
	l310_vm_add(c->at.self->cpu[c->cpu], c->at.zone, stat, n);
}

static const struct pga_compact_ops ops = {
	.enough = enough,
	.take = take,
	.give = give,
	.lru_of = lru_of,
	.count = count,
};

void l310_setup_compact(struct pga *self)
{
	self->compact = (struct pga_compact_policy){
		.threshold = (uint32_t)self->policy[L310_EXTFRAG],
		.cluster = 32,
		.passes = 10,
		.max_shift = (uint32_t)self->policy[L310_DEFER_SHIFT],
	};
}

struct pga_compact_place l310_compact_place(struct pga *self, struct l310_zone *z)
{
	return (struct pga_compact_place){
		.self = self,
		.zone = z,
		.map = &self->map,
		.blocks = &self->blocks,
		.host = &self->host,
		.ops = &ops,
		.policy = &self->compact,
		.state = &z->compact,
		.lru = &z->lru,
		.buddy = &z->buddy,
		.lock = &z->lock,
		.start = z->start,
		.end = z->end,
		.hz = self->conf->hz,
		.id = z->id,
	};
}
