/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux-2.6.9: the end of boot.
 *
 * The boot-time allocator has a bitmap of a node's memory below HighMem and gives
 * it back by the words of that map: a word of available frames as one block, if
 * the node lies so that these are aligned, other frames one by one.  The map's own
 * frames follow, and after all nodes HighMem.
 */
#include "core/linux26_boot.h"
#include "core/events.h"
#include "core/linux26.h"

static uint32_t flags_of(const struct pga *self, uint64_t pfn)
{
	return pga_load(&self->map.unit[pga_link(&self->map, (pga_pfn_t)pfn)].flags);
}

static bool available(const struct pga *self, uint64_t pfn)
{
	return pga_flags_state(flags_of(self, pfn)) == PGA_FRAME_TAIL;
}

static void release(struct pga *self, uint64_t pfn, unsigned order)
{
	struct pga_frame *f = &self->map.unit[pga_link(&self->map, (pga_pfn_t)pfn)];
	unsigned zone = pga_flags_zone(f->flags);

	pga_emit(&self->host, .id = PGA_EVENT_mm_page_free, .zone = (uint16_t)zone,
		 .order = (uint8_t)order, .pfn = (pga_pfn_t)pfn);
	f->flags = pga_flags(zone, order, PGA_FRAME_USED, 0);
	f->count = 1;
	pga_linux26.free(self, (pga_pfn_t)pfn, order, 0, 0);
}

/* A node's memory below HighMem; start == end: it has none. */
struct low {
	unsigned node;
	uint64_t start, end;
	bool words; /* whole words may go as blocks */
};

static struct low low_memory(const struct pga *self, unsigned node)
{
	const unsigned shift = self->conf->page_shift;
	struct low low = { .node = node, .start = UINT64_MAX };

	for (unsigned i = 0; i < self->nr_zones; i++) {
		const struct l26_zone *z = self->zone[i];

		if (z->node != node || z->class == L26_HIGHMEM)
			continue;
		low.start = z->start < low.start ? z->start : low.start;
		low.end = z->end > low.end ? z->end : low.end;
	}
	if (!low.end)
		low.start = 0;
	/* The kernel looks at the lowest bit of an int: it sees none at 4 GiB. */
	low.words = !low.start ||
		    (!(low.start % (2u * self->conf->long_bits)) && (uint32_t)(low.start << shift));
	return low;
}

/* Is the word at @pfn one piece of one zone that is free and aligned as a block? */
static bool whole_word(const struct pga *self, const struct low *low, uint64_t pfn)
{
	uint32_t word = self->conf->long_bits;
	const struct pga_zone_conf *z;

	if (!low->words || pfn + word > low->end || !available(self, pfn))
		return false;
	z = &self->conf->zones[pga_flags_zone(flags_of(self, pfn))];
	if ((pfn - z->block_base) % word || z->node != low->node)
		return false;
	for (uint32_t i = 1; i < word; i++)
		if (flags_of(self, pfn + i) != flags_of(self, pfn))
			return false;
	return true;
}

static bool is_low(const struct pga *self, const struct low *low, uint64_t pfn)
{
	const struct l26_zone *z;

	if (pfn >= low->end || !available(self, pfn))
		return false;
	z = self->zone[pga_flags_zone(flags_of(self, pfn))];
	return z->node == low->node && z->class != L26_HIGHMEM;
}

static void release_word(struct pga *self, const struct low *low, uint64_t pfn)
{
	uint32_t word = self->conf->long_bits, size = 1u << (self->nr_orders - 1);
	bool whole = whole_word(self, low, pfn);

	size = !whole ? 1 : word < size ? word : size;
	for (uint32_t i = 0; i < word; i += size)
		if (whole || is_low(self, low, pfn + i))
			release(self, pfn + i, (unsigned)__builtin_ctz(size));
}

/* Keep the maps' frames back until their node's memory is freed, then let them follow. */
static void set_state(struct pga *self, const struct pga_range *r, enum pga_frame_state from,
		      enum pga_frame_state to)
{
	for (uint64_t pfn = r->start; pfn < r->end; pfn++) {
		struct pga_frame *f = &self->map.unit[pga_link(&self->map, (pga_pfn_t)pfn)];

		if (pga_conf_zone_at(self->conf, (pga_pfn_t)pfn) >= 0 &&
		    pga_flags_state(f->flags) == from)
			f->flags = pga_flags(pga_flags_zone(f->flags), 0, to, 0);
	}
}

static void release_maps(struct pga *self, unsigned node)
{
	for (unsigned i = 0; i < self->conf->nr_bootmap; i++) {
		const struct pga_range *r = &self->conf->bootmap[i];
		int zone = pga_conf_zone_at(self->conf, r->start);

		if (zone < 0 || self->zone[zone]->node != node)
			continue;
		for (uint64_t pfn = r->start; pfn < r->end; pfn++)
			release(self, pfn, 0);
	}
}

static void release_highmem(struct pga *self, const struct l26_zone *z)
{
	for (uint64_t pfn = z->start; pfn < z->end; pfn++)
		if (available(self, pfn))
			release(self, pfn, 0);
}

void l26_boot(struct pga *self)
{
	const struct pga_conf *c = self->conf;

	for (unsigned i = 0; i < c->nr_bootmap; i++)
		set_state(self, &c->bootmap[i], PGA_FRAME_TAIL, PGA_FRAME_RESERVED);
	for (unsigned n = 0; n < self->nr_nodes; n++) {
		struct low low = low_memory(self, n);

		for (uint64_t pfn = low.start; pfn < low.end; pfn += c->long_bits)
			release_word(self, &low, pfn);
		release_maps(self, n);
	}
	for (unsigned i = 0; i < self->nr_zones; i++)
		if (self->zone[i]->class == L26_HIGHMEM)
			release_highmem(self, self->zone[i]);
	/* Statistics are about what owners do: what was allocated and what came back. */
	for (unsigned i = 0; i < self->nr_zones; i++)
		self->cpu[0]->local[i].freed = 0;
}
