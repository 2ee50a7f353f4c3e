/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-2.4: layout of the metadata, and the state after boot. */
#include "core/boot.h"
#include "core/events.h"
#include "core/linux24.h"
#include "core/linux24_int.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Offsets of the shared extent's tables, in bytes. */
struct tables {
	size_t zone, node, order, place, heads, end;
};

static unsigned orders(const struct pga_conf *c)
{
	return c->nr_orders < L24_ORDERS ? c->nr_orders : L24_ORDERS;
}

/* The first frame of the block of the highest order that the zone begins in. */
static pga_pfn_t origin(const struct pga_conf *c, const struct pga_zone_conf *z)
{
	return z->block_base + ((z->start - z->block_base) & ~((1u << (orders(c) - 1)) - 1));
}

static uint32_t span_of(const struct pga_conf *c, const struct pga_zone_conf *z)
{
	return z->start - origin(c, z) + z->span;
}

static void lay_tables(const struct pga_conf *c, struct tables *t)
{
	size_t at = pga_round_up(sizeof(struct pga), PGA_LINE);

	t->zone = at;
	at += c->nr_zones * sizeof(struct l24_zone *);
	t->node = at;
	at += c->nr_nodes * sizeof(struct l24_node);
	t->order = at;
	at += c->nr_nodes;
	t->place = at;
	at += c->nr_nodes;
	/* The heads' counts are written all the time: not on a line with what is only read. */
	t->heads = at = pga_round_up(at, PGA_LINE);
	t->end = at + (L24_NR_QUEUES - 1u + c->nr_zones) * sizeof(struct pga_frame);
}

static size_t zone_bytes(const struct pga_conf *c, const struct pga_zone_conf *z)
{
	return pga_round_up(sizeof(struct l24_zone) +
				    pga_bitbuddy_bytes(span_of(c, z), orders(c), true),
			    PGA_LINE);
}

static size_t node_bytes(const struct pga_conf *c, unsigned node)
{
	size_t bytes = 0;

	for (unsigned i = 0; i < c->nr_zones; i++)
		if (c->zones[i].node == node)
			bytes += zone_bytes(c, &c->zones[i]);
	return bytes;
}

static void lay_out(const struct pga_conf *c, struct pga_layout *l)
{
	struct tables t;

	lay_tables(c, &t);
	pga_layout_emit(l, t.end, PGA_PART_SHARED, 0, "tables");
	for (unsigned n = 0; n < c->nr_nodes; n++)
		if (node_bytes(c, n))
			pga_layout_emit(l, node_bytes(c, n), PGA_PART_NODE, n, "zones, bitmaps");
	pga_layout_frames(l, c);
}

static int check_nodes(const struct pga_conf *c, char *why, size_t len)
{
	if (c->policy[L24_NODES] != L24_FLAT || c->nr_nodes <= 1)
		return 0;
	snprintf(why, len, "tunable nodes=flat is for one node, and there are %u", c->nr_nodes);
	return -EINVAL;
}

static const struct pga_layout_rule rule = {
	.ops = &pga_linux24,
	.emit = lay_out,
	.check = check_nodes,
};

int l24_plan(const struct pga_conf *conf, struct pga_extent *ext, unsigned max, char *why,
	     size_t len)
{
	return pga_layout_plan(&rule, conf, ext, max, why, len);
}

/* The same order as lay_out(): tables, nodes with their zones, frames. */
static void place(struct pga *self, const struct pga_conf *c, const struct tables *t)
{
	char *base = (char *)self, *at = base + pga_round_up(t->end, PGA_META_PAGE);

	self->zone = (struct l24_zone **)(void *)(base + t->zone);
	self->node = (struct l24_node *)(void *)(base + t->node);
	self->order = (uint8_t *)(base + t->order);
	self->place = (uint8_t *)(base + t->place);
	self->heads = (struct pga_frame *)(void *)(base + t->heads);
	for (unsigned n = 0; n < c->nr_nodes; n++) {
		char *zone = at;

		for (unsigned i = 0; i < c->nr_zones; i++) {
			if (c->zones[i].node != n)
				continue;
			self->zone[i] = (struct l24_zone *)(void *)zone;
			zone += zone_bytes(c, &c->zones[i]);
		}
		at += pga_round_up(node_bytes(c, n), PGA_META_PAGE);
	}
}

static void init_zones(struct pga *self, const struct pga_conf *c)
{
	for (unsigned i = 0; i < c->nr_zones; i++) {
		const struct pga_zone_conf *zc = &c->zones[i];
		struct l24_zone *z = self->zone[i];
		struct pga_zone_size size;

		pga_conf_zone_size(c, i, &size);
		z->present = size.present;
		z->id = (uint8_t)i;
		z->node = zc->node;
		z->buddy.give_upper = true;
		z->buddy.top_bits = true;
		pga_bitbuddy_init(&z->buddy, self->map.unit, pga_link(&self->map, origin(c, zc)), i,
				  span_of(c, zc), self->nr_orders, (uint64_t *)(void *)(z + 1));
	}
}

/*
 * The kernel frees frame by frame.  Ascending, that comes to the same as freeing
 * the whole blocks that they make up: bits of pairs inside are flipped twice.
 */
static void release(struct pga *self, struct l24_zone *z, pga_pfn_t start, pga_pfn_t end)
{
	pga_pfn_t size;

	for (pga_pfn_t pfn = start; pfn < end; pfn += size) {
		pga_link_t at = pga_link(&self->map, pfn);
		unsigned order = 0;

		while (order < z->buddy.lists.top && end - pfn >= 2u << order &&
		       !((at - z->buddy.lists.origin) & ((2u << order) - 1)))
			order++;
		pga_bitbuddy_free(&z->buddy, self->map.unit, at, order);
		size = 1u << order;
	}
	z->free += end - start;
	z->managed += end - start;
	for (pga_pfn_t pfn = start; self->host.event && pfn < end; pfn++)
		pga_emit(&self->host, .id = PGA_EVENT_mm_page_free, .zone = z->id, .pfn = pfn);
}

static bool in_bootmap(const struct pga_conf *c, pga_pfn_t pfn)
{
	for (unsigned i = 0; i < c->nr_bootmap; i++)
		if (pfn >= c->bootmap[i].start && pfn < c->bootmap[i].end)
			return true;
	return false;
}

/* Runs of frames of a zone that are for use; @bootmap: those of the boot bitmaps, or the rest. */
static void release_zone(struct pga *self, unsigned i, bool bootmap)
{
	const struct pga_zone_conf *z = &self->conf->zones[i];
	const struct pga_frame *f = &self->map.unit[pga_link(&self->map, z->start)];
	pga_pfn_t end = (pga_pfn_t)pga_zone_end(z), run = end;

	for (pga_pfn_t pfn = z->start; pfn < end; pfn++, f++) {
		bool mine = pga_flags_state(f->flags) == PGA_FRAME_TAIL &&
			    in_bootmap(self->conf, pfn) == bootmap;

		if (mine && run == end)
			run = pfn;
		if (mine || run == end)
			continue;
		release(self, self->zone[i], run, pfn);
		run = end;
	}
	if (run < end)
		release(self, self->zone[i], run, end);
}

/* Low zones of a node by address, its bitmaps' frames after them; high memory after all nodes. */
static void boot(struct pga *self, const struct pga_conf *c)
{
	for (unsigned n = 0; n < c->nr_nodes; n++)
		for (unsigned late = 0; late < 2; late++)
			for (unsigned i = 0; i < c->nr_zones && (!late || c->nr_bootmap); i++)
				if (c->zones[i].node == n && c->zones[i].type != PGA_ZONE_HIGHMEM)
					release_zone(self, i, late);
	for (unsigned i = 0; i < c->nr_zones; i++)
		for (unsigned late = 0; late < 2; late++)
			if (c->zones[i].type == PGA_ZONE_HIGHMEM)
				release_zone(self, i, late);
}

int l24_init(struct pga **out, const struct pga_conf *conf, const struct pga_host *host, void *base)
{
	struct pga *self = base;
	struct pga_layout l;
	struct tables t;

	if (pga_layout_place(&rule, conf, base, &l, &self->map))
		return -EINVAL;
	self->span = l.span;
	lay_tables(conf, &t);
	place(self, conf, &t);
	self->conf = conf;
	if (host)
		self->host = *host;
	self->nr_zones = conf->nr_zones;
	self->nr_cpus = conf->nr_cpus;
	self->nr_nodes = conf->nr_nodes;
	self->nr_orders = (uint8_t)orders(conf);
	memcpy(self->policy, conf->policy, sizeof(self->policy));
	init_zones(self, conf);
	pga_lru_init_queues(&self->queues, self->map.unit, self->heads, L24_NR_QUEUES,
			    conf->nr_zones);
	l24_setup(self);
	pga_boot_fill(conf, &self->map);
	boot(self, conf);
	*out = self;
	return 0;
}

/* Everything lives in the caller's range; nothing is held besides. */
void l24_fini(struct pga *self)
{
	(void)self;
}
