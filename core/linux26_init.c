/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-2.6.9: layout of the metadata, and the state before boot. */
#include "core/boot.h"
#include "core/linux26.h"
#include "core/linux26_boot.h"
#include "core/linux26_int.h"
#include "core/reclaim.h"

#include <errno.h>
#include <string.h>

/* Offsets of the shared extent's tables, in bytes. */
struct tables {
	size_t zone, cpu, kswapd, list, entry, end;
};

static void lay_tables(const struct pga_conf *c, struct tables *t)
{
	size_t lists = (size_t)c->nr_nodes * PGA_LIST_KINDS * L26_NR_CLASSES;
	size_t at = sizeof(struct pga);

	t->zone = at = pga_round_up(at, PGA_LINE);
	at += c->nr_zones * sizeof(struct l26_zone *);
	t->cpu = at;
	at += c->nr_cpus * sizeof(struct l26_cpu *);
	t->kswapd = at;
	at += c->nr_nodes * sizeof(struct l26_kswapd *);
	t->list = at = pga_round_up(at, PGA_LINE);
	at += lists * sizeof(struct pga_zonelist);
	t->entry = at;
	t->end = at + lists * c->nr_zones;
}

/* Blocks are aligned to the zone's base; bits count from the last boundary before the zone. */
static uint64_t origin_of(const struct pga_conf *c, unsigned zone)
{
	const struct pga_zone_conf *z = &c->zones[zone];
	uint64_t part = (1ull << (c->nr_orders - 1)) - 1;

	return z->block_base + ((z->start - z->block_base) & ~part);
}

static uint32_t span_of(const struct pga_conf *c, unsigned zone)
{
	return (uint32_t)(pga_zone_end(&c->zones[zone]) - origin_of(c, zone));
}

static size_t zones_bytes(const struct pga_conf *c, unsigned node)
{
	size_t zones = 0;

	for (unsigned i = 0; i < c->nr_zones; i++)
		zones += c->zones[i].node == node;
	return sizeof(struct l26_kswapd) + zones * sizeof(struct l26_zone);
}

static size_t maps_bytes(const struct pga_conf *c, unsigned node)
{
	size_t bytes = 0;

	for (unsigned i = 0; i < c->nr_zones; i++)
		if (c->zones[i].node == node)
			bytes += pga_bitbuddy_bytes(span_of(c, i), c->nr_orders, false);
	return bytes;
}

static size_t way_offset(const struct pga_conf *c)
{
	return sizeof(struct l26_cpu) + c->nr_zones * sizeof(struct l26_local);
}

static size_t cpu_bytes(const struct pga_conf *c)
{
	return way_offset(c) + (c->nr_nodes + 1u) * L26_NR_WAYS * sizeof(struct l26_way);
}

static void lay_out(const struct pga_conf *c, struct pga_layout *l)
{
	struct tables t;

	lay_tables(c, &t);
	pga_layout_emit(l, t.end, PGA_PART_SHARED, 0, "tables");
	for (unsigned n = 0; n < c->nr_nodes; n++) {
		pga_layout_emit(l, zones_bytes(c, n), PGA_PART_NODE, n, "zones");
		if (maps_bytes(c, n))
			pga_layout_emit(l, maps_bytes(c, n), PGA_PART_NODE, n, "bitmaps");
	}
	for (unsigned i = 0; i < c->nr_cpus; i++)
		pga_layout_emit(l, cpu_bytes(c), PGA_PART_CPU, i, "pcp");
	pga_layout_frames(l, c);
}

static const struct pga_layout_rule rule = { .ops = &pga_linux26, .emit = lay_out };

int l26_plan(const struct pga_conf *conf, struct pga_extent *ext, unsigned max, char *why,
	     size_t len)
{
	return pga_layout_plan(&rule, conf, ext, max, why, len);
}

static void place_tables(struct pga *self, const struct tables *t)
{
	char *base = (char *)self;

	self->zone = (struct l26_zone **)(void *)(base + t->zone);
	self->cpu = (struct l26_cpu **)(void *)(base + t->cpu);
	self->kswapd = (struct l26_kswapd **)(void *)(base + t->kswapd);
	self->list = (struct pga_zonelist *)(void *)(base + t->list);
	self->entry = (uint8_t *)(base + t->entry);
}

static void init_zone(struct pga *self, const struct pga_conf *c, unsigned i, uint64_t *maps)
{
	static const uint8_t class_of[PGA_NR_ZONE_TYPES] = {
		[PGA_ZONE_DMA] = L26_DMA,
		[PGA_ZONE_NORMAL] = L26_NORMAL,
		[PGA_ZONE_HIGHMEM] = L26_HIGHMEM,
	};
	const struct pga_zone_conf *zc = &c->zones[i];
	struct l26_zone *z = self->zone[i];
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
	z->class = class_of[zc->type];
	z->buddy.give_upper = false;
	z->buddy.top_bits = false;
	pga_bitbuddy_init(&z->buddy, self->map.unit,
			  pga_link(&self->map, (pga_pfn_t)origin_of(c, i)), i, span_of(c, i),
			  c->nr_orders, maps);
	pga_lru_init_merged(&z->lru, self->map.unit, i);
	z->temp_priority = z->prev_priority = PGA_RECLAIM_PRIORITY;
}

static void init_set(struct pga *self, struct l26_local *l)
{
	for (unsigned h = 0; h < L26_NR_HEATS; h++)
		pga_list_init(self->map.unit, l26_set_head(self, &l->set[h]));
}

static void init_cpu(struct pga *self, const struct pga_conf *c, unsigned i)
{
	self->cpu[i]->node = c->cpu_node[i];
	for (unsigned z = 0; z < c->nr_zones; z++)
		init_set(self, &self->cpu[i]->local[z]);
}

/* The same order as lay_out(): nodes with their zones and maps, then CPUs. */
static void place_parts(struct pga *self, const struct pga_conf *c, const struct tables *t)
{
	char *at = (char *)self + pga_round_up(t->end, PGA_META_PAGE);

	for (unsigned n = 0; n < c->nr_nodes; n++) {
		struct l26_zone *z;
		uint64_t *maps;

		self->kswapd[n] = (struct l26_kswapd *)(void *)at;
		z = (struct l26_zone *)(void *)(self->kswapd[n] + 1);
		at += pga_round_up(zones_bytes(c, n), PGA_META_PAGE);
		maps = (uint64_t *)(void *)at;
		at += pga_round_up(maps_bytes(c, n), PGA_META_PAGE);
		for (unsigned i = 0; i < c->nr_zones; i++) {
			if (c->zones[i].node != n)
				continue;
			self->zone[i] = z++;
			init_zone(self, c, i, maps);
			maps += pga_bitbuddy_bytes(span_of(c, i), c->nr_orders, false) /
				sizeof(*maps);
		}
	}
	for (unsigned i = 0; i < c->nr_cpus; i++) {
		self->cpu[i] = (struct l26_cpu *)(void *)at;
		self->cpu[i]->way = (struct l26_way *)(void *)(at + way_offset(c));
		init_cpu(self, c, i);
		at += pga_round_up(cpu_bytes(c), PGA_META_PAGE);
	}
}

static void init_way(struct pga *self, unsigned cpu, struct l26_way *way, unsigned node,
		     uint32_t gfp)
{
	const struct pga_zonelist *l = l26_list(self, node, gfp);

	way->local = &self->none;
	way->zone = self->zone[0];
	if (!self->pcp_orders || !l->nr)
		return;
	way->local = &self->cpu[cpu]->local[l->first];
	way->zone = self->zone[l->first];
	way->res = (struct pga_res){ .path = PGA_PATH(PCP_HIT),
				     .node = way->zone->node,
				     .zone = l->first };
}

static void init_ways(struct pga *self)
{
	init_set(self, &self->none);
	for (unsigned cpu = 0; cpu < self->nr_cpus; cpu++) {
		struct l26_way *way = self->cpu[cpu]->way;

		for (unsigned row = 0; row <= self->nr_nodes; row++) {
			unsigned node = row ? row - 1 : self->cpu[cpu]->node;

			for (uint32_t gfp = 0; gfp < L26_NR_WAYS; gfp++)
				init_way(self, cpu, way++, node, gfp);
		}
	}
}

int l26_init(struct pga **out, const struct pga_conf *conf, const struct pga_host *host, void *base)
{
	struct pga *self = base;
	struct pga_layout l;
	struct tables t;

	if (pga_layout_place(&rule, conf, base, &l, &self->map))
		return -EINVAL;
	lay_tables(conf, &t);
	self->span = l.span;
	self->conf = conf;
	if (host)
		self->host = *host;
	self->nr_zones = conf->nr_zones;
	self->nr_cpus = conf->nr_cpus;
	self->nr_nodes = conf->nr_nodes;
	self->nr_orders = conf->nr_orders;
	memcpy(self->policy, conf->policy, sizeof(self->policy));
	self->pcp_orders = self->policy[L26_PCP_ENABLE] ? 1 : 0;
	place_tables(self, &t);
	place_parts(self, conf, &t);
	l26_setup_lists(self);
	l26_setup_pcp(self);
	init_ways(self);
	pga_boot_fill(conf, &self->map);
	l26_boot(self);
	l26_setup_marks(self);
	*out = self;
	return 0;
}

/* Everything lives in the caller's range; nothing is held besides. */
void l26_fini(struct pga *self)
{
	(void)self;
}
