/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-3.10: layout of the metadata, and the state after boot. */
#include "core/boot.h"
#include "core/linux310.h"
#include "core/linux310_int.h"

#include <errno.h>
#include <string.h>

#define DESCRIPTOR_BYTES 64u /* of the modelled kernel, per frame */

/* Offsets of the shared extent's tables, in bytes. */
struct tables {
	size_t zone, cpu, zlc, kswapd, list, entry, blocks, end;
};

static void lay_tables(const struct pga_conf *c, uint32_t nr_blocks, struct tables *t)
{
	size_t at = sizeof(struct pga);

	t->zone = at = pga_round_up(at, PGA_LINE);
	at += c->nr_zones * sizeof(struct l310_zone *);
	t->cpu = at;
	at += c->nr_cpus * sizeof(struct l310_cpu *);
	t->zlc = at;
	at += c->nr_nodes * sizeof(struct l310_zlc *);
	t->kswapd = at;
	at += c->nr_nodes * sizeof(struct l310_kswapd *);
	t->list = at = pga_round_up(at, PGA_LINE);
	at += c->nr_nodes * PGA_LISTS_PER_NODE * sizeof(struct pga_zonelist);
	t->entry = at;
	at += pga_zonelist_entries(c);
	/* Claims write the blocks: not on a line with what is only read. */
	t->blocks = at = pga_round_up(at, PGA_LINE);
	t->end = at + nr_blocks * sizeof(uint16_t);
}

static size_t node_bytes(const struct pga_conf *c, unsigned node)
{
	size_t zones = 0;

	for (unsigned i = 0; i < c->nr_zones; i++)
		zones += c->zones[i].node == node;
	return sizeof(struct l310_zlc) + sizeof(struct l310_kswapd) +
	       zones * sizeof(struct l310_zone);
}

static size_t way_offset(const struct pga_conf *c)
{
	return sizeof(struct l310_cpu) + c->nr_zones * sizeof(struct l310_local);
}

static size_t back_offset(const struct pga_conf *c)
{
	return way_offset(c) + (c->nr_nodes + 1u) * L310_NR_CLASSES * sizeof(struct l310_way);
}

static size_t cpu_bytes(const struct pga_conf *c)
{
	return back_offset(c) + c->nr_zones * PGA_MAX_TYPES * sizeof(struct l310_back);
}

static void lay_out(const struct pga_conf *c, struct pga_layout *l)
{
	struct pga_blocks blocks;
	struct tables t;

	pga_blocks_span(&blocks, l->span.start, l->span.end, c->pageblock_order);
	lay_tables(c, blocks.nr, &t);
	pga_layout_emit(l, t.end, PGA_PART_SHARED, 0, "tables");
	for (unsigned n = 0; n < c->nr_nodes; n++)
		pga_layout_emit(l, node_bytes(c, n), PGA_PART_NODE, n, "zones");
	for (unsigned i = 0; i < c->nr_cpus; i++)
		pga_layout_emit(l, cpu_bytes(c), PGA_PART_CPU, i, "pcp");
	pga_layout_frames(l, c);
}

static const struct pga_layout_rule rule = { .ops = &pga_linux310, .emit = lay_out };

int l310_plan(const struct pga_conf *conf, struct pga_extent *ext, unsigned max, char *why,
	      size_t len)
{
	return pga_layout_plan(&rule, conf, ext, max, why, len);
}

static void place_tables(struct pga *self, const struct tables *t)
{
	char *base = (char *)self;

	self->zone = (struct l310_zone **)(void *)(base + t->zone);
	self->cpu = (struct l310_cpu **)(void *)(base + t->cpu);
	self->zlc = (struct l310_zlc **)(void *)(base + t->zlc);
	self->kswapd = (struct l310_kswapd **)(void *)(base + t->kswapd);
	self->list = (struct pga_zonelist *)(void *)(base + t->list);
	self->entry = (uint8_t *)(base + t->entry);
	self->blocks.word = (uint16_t *)(void *)(base + t->blocks);
}

/* The same order as lay_out(): nodes with their zones, then CPUs. */
static void place_parts(struct pga *self, const struct pga_conf *c, const struct tables *t)
{
	char *at = (char *)self + pga_round_up(t->end, PGA_META_PAGE);

	for (unsigned n = 0; n < c->nr_nodes; n++) {
		struct l310_zone *z;

		self->zlc[n] = (struct l310_zlc *)(void *)at;
		self->kswapd[n] = (struct l310_kswapd *)(void *)(at + sizeof(struct l310_zlc));
		z = (struct l310_zone *)(void *)(self->kswapd[n] + 1);
		for (unsigned i = 0; i < c->nr_zones; i++)
			if (c->zones[i].node == n)
				self->zone[i] = z++;
		at += pga_round_up(node_bytes(c, n), PGA_META_PAGE);
	}
	for (unsigned i = 0; i < c->nr_cpus; i++) {
		self->cpu[i] = (struct l310_cpu *)(void *)at;
		self->cpu[i]->way = (struct l310_way *)(void *)(at + way_offset(c));
		self->cpu[i]->back = (struct l310_back *)(void *)(at + back_offset(c));
		self->cpu[i]->recent_block = UINT32_MAX;
		at += pga_round_up(cpu_bytes(c), PGA_META_PAGE);
	}
}

static void init_zones(struct pga *self, const struct pga_conf *c)
{
	for (unsigned i = 0; i < c->nr_zones; i++) {
		const struct pga_zone_conf *zc = &c->zones[i];
		struct l310_zone *z = self->zone[i];
		struct pga_zone_size size;

		pga_conf_zone_size(c, i, &size);
		z->start = zc->start;
		z->end = (pga_pfn_t)pga_zone_end(zc);
		z->present = size.present;
		z->managed = size.managed;
		z->id = (uint8_t)i;
		z->used = pga_flags(i, 0, PGA_FRAME_USED, 0);
		z->node = zc->node;
		z->type = zc->type;
		pga_buddy_init(&z->buddy, self->map.unit, pga_link(&self->map, zc->block_base), i,
			       c->nr_orders);
		pga_lru_init(&z->lru, self->map.unit, i);
		/* The kernel's 0 for "never set" is a position in a zone that begins there. */
		z->compact.free = z->start ? 0 : PGA_NIL;
	}
}

static void init_cpus(struct pga *self, const struct pga_conf *c)
{
	for (unsigned i = 0; i < c->nr_cpus; i++) {
		struct l310_cpu *cpu = self->cpu[i];

		cpu->node = c->cpu_node[i];
		for (unsigned z = 0; z < c->nr_zones; z++)
			for (unsigned t = 0; t < PGA_PCP_LISTS; t++)
				pga_list_init(self->map.unit,
					      l310_pcp_head(self, &cpu->local[z], t));
	}
}

/* What a kernel of that time would find usable: RAM less its frame descriptors. */
static uint64_t usable(const struct l310_zone *z, unsigned page_shift)
{
	uint64_t span = z->end - z->start, present = z->present, cost;

	cost = (span > present + present / 16 ? present : span) * DESCRIPTOR_BYTES;
	cost = (cost + (1ull << page_shift) - 1) >> page_shift;
	return cost < present ? present - cost : present;
}

static bool grouping_pays(struct pga *self, const struct pga_conf *c)
{
	const struct pga_zonelist *l = &self->list[pga_zonelist_index(
		c->cpu_node[0], PGA_LIST_FALLBACK, PGA_LIST_TYPES - 1)];
	unsigned types = self->has_cma ? PGA_NR_TYPES : PGA_NR_TYPES - 1;
	uint64_t total = 0;

	for (unsigned i = 0; i < l->nr; i++)
		total += usable(self->zone[self->entry[l->at + i]], c->page_shift);
	return total >= (uint64_t)pga_block_frames(&self->blocks) * types;
}

static void decide(struct pga *self, const struct pga_conf *c)
{
	enum pga_list_order order = (enum pga_list_order)l310_get(self, L310_LIST_ORDER);
	int64_t mobility = self->policy[L310_MOBILITY];

	self->has_cma = c->nr_cma > 0;
	self->pcp_orders = self->policy[L310_PCP_ENABLE] ? 1 : 0;
	self->zlc_on = self->policy[L310_ZLC];
	pga_zonelist_build(c, order, self->list, self->entry);
	self->grouping = mobility == L310_MOBILITY_AUTO ? grouping_pays(self, c)
							: mobility == L310_MOBILITY_ON;
}

static unsigned highest_type(uint32_t gfp)
{
	if (gfp & PGA_GFP_DMA)
		return PGA_ZONE_DMA;
	if (gfp & PGA_GFP_DMA32)
		return PGA_ZONE_DMA32;
	return gfp & PGA_GFP_HIGHMEM && gfp & PGA_GFP_MOVABLE ? PGA_ZONE_MOVABLE : PGA_ZONE_NORMAL;
}

static unsigned request_type(uint32_t gfp)
{
	if (gfp & PGA_GFP_MOVABLE)
		return PGA_MOVABLE;
	return gfp & PGA_GFP_RECLAIMABLE ? PGA_RECLAIMABLE : PGA_UNMOVABLE;
}

static void init_classes(struct pga *self)
{
	for (uint32_t gfp = 0; gfp < L310_NR_CLASSES; gfp++) {
		struct l310_class *class = &self->class[gfp];
		enum pga_list_kind kind =
			gfp & PGA_GFP_THISNODE ? PGA_LIST_THISNODE : PGA_LIST_FALLBACK;

		class->list = (uint8_t)pga_zonelist_index(0, kind, highest_type(gfp));
		class->type = (uint8_t)(self->grouping ? request_type(gfp) : PGA_UNMOVABLE);
		class->direct = self->pcp_orders && (!self->has_cma || class->type == PGA_MOVABLE);
	}
}

static void init_way(struct pga *self, unsigned cpu, struct l310_way *way, unsigned node,
		     const struct l310_class *class)
{
	const struct pga_zonelist *l = &self->list[node * PGA_LISTS_PER_NODE + class->list];
	struct l310_local *local = &self->cpu[cpu]->local[l->first];

	way->list = &self->none;
	if (!class->direct || !l->nr)
		return;
	way->list = &local->pcp.list[class->type];
	way->local = local;
	way->zone = self->zone[l->first];
	way->node = way->zone->node;
	way->zone_id = l->first;
}

static void init_ways(struct pga *self)
{
	pga_list_init(self->map.unit, (pga_link_t)(&self->none - self->map.unit));
	for (unsigned cpu = 0; cpu < self->nr_cpus; cpu++) {
		struct l310_way *way = self->cpu[cpu]->way;

		for (unsigned row = 0; row <= self->nr_nodes; row++) {
			unsigned node = row ? row - 1 : self->cpu[cpu]->node;

			for (unsigned i = 0; i < L310_NR_CLASSES; i++)
				init_way(self, cpu, way++, node, &self->class[i]);
		}
	}
}

/* Reserve and CMA frames wait with the movable ones, but remember. */
static void init_backs(struct pga *self)
{
	self->nr_backs = self->nr_zones * PGA_MAX_TYPES;
	for (unsigned i = 0; i < self->nr_cpus * (unsigned)self->nr_backs; i++) {
		struct l310_cpu *c = self->cpu[i / self->nr_backs];
		unsigned at = i % self->nr_backs, type = at % PGA_MAX_TYPES;
		unsigned zone = at / PGA_MAX_TYPES;
		struct l310_local *l = &c->local[zone];
		unsigned list = type < PGA_PCP_LISTS ? type : PGA_MOVABLE;

		if (type >= PGA_NR_TYPES || type == PGA_ISOLATE)
			continue;
		c->back[at] = (struct l310_back){
			.list = &l->pcp.list[list],
			.local = l,
			.links = pga_links(0, l310_pcp_head(self, l, list)),
			.flags = pga_flags(zone, 0, PGA_FRAME_PCP, type),
		};
	}
}

/*
 * A block begins as of no zone; the second zone with frames in it makes it a
 * shared one.  Without per-CPU lists all are, so that every free takes the slow way.
 */
static void init_block_zone(struct pga *self, unsigned zone, uint64_t pfn)
{
	uint16_t *word = pga_block_word(&self->blocks, (pga_pfn_t)pfn);
	unsigned before = (*word & PGA_BLOCK_ZONE_TYPE) >> PGA_BLOCK_ZONE_SHIFT;

	zone = before == PGA_NO_ZONE && self->pcp_orders ? zone : PGA_SHARED_BLOCK;
	*word = (uint16_t)(zone << PGA_BLOCK_ZONE_SHIFT | (*word & PGA_BLOCK_TYPE));
}

static void init_blocks(struct pga *self, const struct pga_conf *c)
{
	uint64_t size = pga_block_frames(&self->blocks);

	for (uint32_t i = 0; i < self->blocks.nr; i++)
		self->blocks.word[i] = PGA_NO_ZONE << PGA_BLOCK_ZONE_SHIFT;
	for (unsigned i = 0; i < c->nr_zones; i++) {
		uint64_t end = pga_zone_end(&c->zones[i]), pfn = c->zones[i].start & ~(size - 1);

		for (; pfn < end; pfn += size) {
			init_block_zone(self, i, pfn);
			if (pfn >= c->zones[i].start)
				pga_block_set_type(&self->blocks, (pga_pfn_t)pfn, PGA_MOVABLE);
		}
	}
}

static void release(void *data, unsigned zone, pga_pfn_t pfn, unsigned order)
{
	struct pga *self = data;
	struct l310_zone *z = self->zone[zone];
	unsigned type = pga_block_type(&self->blocks, pfn);

	pga_buddy_free(&z->buddy, self->map.unit, pga_link(&self->map, pfn), order, type);
	z->nr_free += 1 << order;
	if (type == PGA_CMA)
		z->nr_cma += 1 << order;
}

static void release_cma(struct pga *self, const struct pga_conf *c)
{
	uint32_t size = pga_block_frames(&self->blocks);

	for (unsigned i = 0; i < c->nr_cma; i++) {
		struct l310_zone *z = self->zone[pga_conf_zone_at(c, c->cma[i].start)];

		for (pga_pfn_t pfn = c->cma[i].start; pfn < c->cma[i].end; pfn += size) {
			l310_set_type(self, pfn, PGA_CMA);
			release(self, z->id, pfn, self->blocks.order);
		}
	}
}

static void init_thresholds(struct pga *self, const struct pga_conf *c)
{
	bool exact = self->policy[L310_VMSTAT] == L310_VMSTAT_EXACT;

	for (unsigned i = 0; i < c->nr_zones; i++)
		self->zone[i]->threshold =
			exact ? 0
			      : (int32_t)pga_stat_threshold(c->nr_cpus, self->zone[i]->managed,
							    c->page_shift);
}

int l310_init(struct pga **out, const struct pga_conf *conf, const struct pga_host *host,
	      void *base)
{
	struct pga *self = base;
	struct pga_layout l;
	struct tables t;

	if (pga_layout_place(&rule, conf, base, &l, &self->map))
		return -EINVAL;
	self->span = l.span;
	self->frames = (pga_link_t)(l.frames / sizeof(struct pga_frame));
	pga_blocks_span(&self->blocks, l.span.start, l.span.end, conf->pageblock_order);
	lay_tables(conf, self->blocks.nr, &t);
	place_tables(self, &t);
	place_parts(self, conf, &t);
	self->conf = conf;
	if (host)
		self->host = *host;
	self->nr_zones = conf->nr_zones;
	self->nr_cpus = conf->nr_cpus;
	self->nr_nodes = conf->nr_nodes;
	self->nr_orders = conf->nr_orders;
	memcpy(self->policy, conf->policy, sizeof(self->policy));
	init_zones(self, conf);
	init_cpus(self, conf);
	decide(self, conf);
	init_classes(self);
	init_ways(self);
	init_backs(self);
	init_blocks(self, conf);
	pga_boot_fill(conf, &self->map);
	pga_boot_release(conf, release, self);
	release_cma(self, conf);
	l310_setup_pcp(self);
	init_thresholds(self, conf);
	l310_setup_marks(self);
	l310_setup_reserves(self);
	l310_kswapd_init(self);
	l310_setup_compact(self);
	*out = self;
	return 0;
}

/* Everything lives in the caller's range; nothing is held besides. */
void l310_fini(struct pga *self)
{
	(void)self;
}
