/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-2.4: what can be seen from outside, and the invariants of struct l24_zone, tested. */
#include "core/linux24.h"
#include "core/linux24_int.h"
#include "core/tally.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* In the order in which walk_queues() goes through them. */
const char *const l24_queue_names[] = { "active", "inactive_dirty", "inactive_clean", NULL };
static const uint8_t shown[L24_NR_QUEUES] = { L24_Q_ACTIVE, L24_Q_DIRTY, L24_Q_CLEAN };

static void add_zone(struct pga *self, const struct l24_zone *z, uint64_t *val)
{
	for (unsigned s = 0; s < PGA_NR_STATS; s++)
		val[s] += pga_load(&z->vm[s]);
	val[PGA_STAT_nr_free_pages] += pga_load(&z->free);
	val[PGA_STAT_pgalloc] += pga_load(&z->allocated);
	val[PGA_STAT_pgfree] += pga_load(&z->freed);
	val[PGA_STAT_nr_inactive_clean] += l24_queue(self, L24_Q_CLEAN, z->id);
}

/* Frames of one zone on the queues that belong to all, and their marks. */
static void add_queued(struct pga *self, unsigned zone, uint64_t *val)
{
	static const uint8_t stat[] = {
		[L24_Q_DIRTY] = PGA_STAT_nr_inactive_dirty, [L24_Q_ACTIVE] = PGA_STAT_nr_active
	};
	const struct pga_frame *unit = self->map.unit;

	pga_lock(&self->queues.lock);
	for (unsigned q = 0; q < L24_NR_QUEUES; q++) {
		pga_link_t head = pga_lru_head(&self->queues, q, zone);

		for (pga_link_t at = unit[head].next; at != head; at = unit[at].next) {
			uint32_t flags = pga_load(&unit[at].flags);

			if (pga_flags_zone(flags) != zone)
				continue;
			if (q != L24_Q_CLEAN)
				val[stat[q]]++;
			val[PGA_STAT_nr_dirty] += (flags & PGA_F_DIRTY) != 0;
			val[PGA_STAT_nr_writeback] += (flags & PGA_F_WRITEBACK) != 0;
		}
	}
	pga_unlock(&self->queues.lock);
}

void l24_stats(struct pga *self, int zone, uint64_t *val)
{
	memset(val, 0, PGA_NR_STATS * sizeof(*val));
	if (zone >= 0) {
		add_zone(self, self->zone[zone], val);
		add_queued(self, (unsigned)zone, val);
		return;
	}
	for (unsigned i = 0; i < self->nr_zones; i++)
		add_zone(self, self->zone[i], val);
	val[PGA_STAT_nr_active] = l24_queue(self, L24_Q_ACTIVE, 0);
	val[PGA_STAT_nr_inactive_dirty] = l24_queue(self, L24_Q_DIRTY, 0);
	val[PGA_STAT_nr_dirty] = pga_lru_marked(&self->queues.dirty);
	val[PGA_STAT_nr_writeback] = pga_lru_marked(&self->queues.writeback);
	val[PGA_STAT_memory_pressure] = pga_load(&self->pressure.memory);
}

void l24_zone_info(struct pga *self, unsigned zone, struct pga_zone_info *info)
{
	const struct l24_zone *z = self->zone[zone];

	memset(info, 0, sizeof(*info));
	info->present = z->present;
	info->managed = z->managed;
	memcpy(info->wmark, z->mark, sizeof(info->wmark));
}

void l24_zone_snap(struct pga *self, unsigned zone, struct pga_zone_snap *snap)
{
	uint32_t block = 1u << self->conf->pageblock_order, span = self->conf->zones[zone].span;
	struct l24_zone *z = self->zone[zone];

	memset(snap, 0, sizeof(*snap));
	pga_lock(&z->lock);
	snap->nr_free = pga_load(&z->free);
	for (unsigned o = 0; o < self->nr_orders; o++)
		snap->nr_blocks[PGA_UNMOVABLE][o] = z->buddy.lists.head[o][0].count;
	pga_unlock(&z->lock);
	snap->nr_free_exact = snap->nr_free;
	snap->pageblocks[PGA_UNMOVABLE] = span / block + (span % block != 0);
}

void l24_frame(struct pga *self, pga_pfn_t pfn, struct pga_frame_info *info)
{
	int zone = pga_conf_zone_at(self->conf, pfn);
	uint32_t flags;

	*info = (struct pga_frame_info){ .state = PGA_FRAME_HOLE, .zone = UINT16_MAX, .head = pfn };
	if (zone < 0)
		return;
	flags = pga_load(&self->map.unit[pga_link(&self->map, pfn)].flags);
	info->state = pga_flags_state(flags);
	info->order = (uint8_t)pga_flags_order(flags);
	info->zone = (uint16_t)zone;
	for (unsigned i = 0; flags & PGA_F_LRU && i < L24_NR_QUEUES; i++)
		if (shown[i] == (unsigned)pga_flags_list(flags))
			info->queue = (int8_t)(i + 1);
}

void l24_walk_lists(struct pga *self, pga_list_fn fn, void *data)
{
	for (unsigned i = 0; i < self->nr_zones; i++) {
		struct pga_list_entry e = { .zone = (uint16_t)i, .cpu = -1 };

		for (e.order = 0; e.order < self->nr_orders; e.order++)
			pga_walk_list(&self->map,
				      pga_buddy_head(&self->zone[i]->buddy.lists, e.order, 0), e,
				      fn, data);
	}
}

void l24_walk_queues(struct pga *self, pga_list_fn fn, void *data)
{
	const struct pga_frame *unit = self->map.unit;

	for (unsigned i = 0; i < L24_NR_QUEUES; i++) {
		unsigned heads = shown[i] == L24_Q_CLEAN ? self->nr_zones : 1;

		for (unsigned z = 0; z < heads; z++) {
			pga_link_t head = pga_lru_head(&self->queues, shown[i], z);

			for (pga_link_t at = unit[head].next; at != head; at = unit[at].next)
				fn(data, &(const struct pga_list_entry){
						 .zone = (uint16_t)pga_flags_zone(
							 pga_load(&unit[at].flags)),
						 .cpu = -1,
						 .type = (uint8_t)i,
						 .pfn = pga_pfn(&self->map, at) });
		}
	}
}

const uint8_t *l24_pair_map(struct pga *self, unsigned zone, unsigned order, uint32_t *nr_bits)
{
	const struct pga_bitbuddy *b = &self->zone[zone]->buddy;

	*nr_bits = order < self->nr_orders ? b->nr_bits[order] : 0;
	return *nr_bits ? (const uint8_t *)b->map[order] : NULL;
}

static unsigned copy_list(const struct l24_list *l, uint16_t *zones, unsigned max)
{
	for (unsigned i = 0; i < l->nr && i < max; i++)
		zones[i] = l->zone[i];
	return l->nr;
}

/* A node's list ends with the node, asked for or not. */
unsigned l24_zonelist(struct pga *self, unsigned node, bool this_node, uint16_t *zones,
		      unsigned max)
{
	(void)this_node;
	return copy_list(&self->node[node].list[L24_HIGHMEM], zones, max);
}

unsigned l24_zonelist_class(struct pga *self, unsigned node, uint32_t gfp, uint16_t *zones,
			    unsigned max)
{
	return copy_list(&self->node[node].list[l24_class_of(gfp)], zones, max);
}

/* --- the free-area report --- */

/* Text that may be cut off; len counts on. */
struct text {
	char *buf;
	size_t room, len;
};

static void say(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void say(struct text *t, const char *fmt, ...)
{
	size_t at = t->len < t->room ? t->len : t->room;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->buf + at, t->room - at, fmt, ap);
	va_end(ap);
	t->len += n > 0 ? (size_t)n : 0;
}

static uint64_t kilobytes(const struct pga *self, uint64_t frames)
{
	return frames << self->conf->page_shift >> 10;
}

static void say_zone(struct pga *self, unsigned i, struct text *t)
{
	struct pga_zone_snap snap;

	l24_zone_snap(self, i, &snap);
	say(t, "node %u %s:", self->zone[i]->node, pga_zone_type_names[self->conf->zones[i].type]);
	for (unsigned o = 0; o < self->nr_orders; o++)
		say(t, " %" PRIu32 "*%" PRIu64 "kB", snap.nr_blocks[0][o],
		    kilobytes(self, 1ull << o));
	say(t, " = %" PRIu64 "kB\n", kilobytes(self, snap.nr_free));
}

size_t pga_linux24_report(struct pga *self, char *buf, size_t len)
{
	struct text t = { .buf = buf, .room = len };

	say(&t, "free %" PRIu64 "kB, of it high memory %" PRIu64 "kB\n",
	    kilobytes(self, l24_nr_free(self)), kilobytes(self, l24_nr_free_high(self)));
	say(&t,
	    "frames: active %" PRIu32 ", inactive dirty %" PRIu32 ", inactive clean %" PRIu64
	    ", free %" PRIu64 " (min %" PRIu32 ", low %" PRIu32 ", high %" PRIu32 ")\n",
	    l24_queue(self, L24_Q_ACTIVE, 0), l24_queue(self, L24_Q_DIRTY, 0),
	    l24_nr_inactive_clean(self), l24_nr_free(self), self->pages[PGA_WMARK_MIN],
	    self->pages[PGA_WMARK_LOW], self->pages[PGA_WMARK_HIGH]);
	for (unsigned i = 0; i < self->nr_zones; i++)
		say_zone(self, i, &t);
	return t.len;
}

/* --- check --- */

static int check_zone(const struct pga *self, unsigned i, char *why, size_t len)
{
	const struct l24_zone *z = self->zone[i];
	struct pga_tally_sums sums = { .listed = z->free,
				       .present = z->present,
				       .managed = z->managed };
	struct pga_tally t = { { 0 } };

	if (pga_bitbuddy_check(&z->buddy, &self->map, why, len) ||
	    pga_tally_zone(&self->map, &self->conf->zones[i], i, self->nr_orders, &t, why, len))
		return -EUCLEAN;
	return pga_tally_agrees(&t, &sums, i, why, len);
}

int l24_check(struct pga *self, char *why, size_t len)
{
	if (pga_lru_check(&self->queues, &self->map, why, len))
		return -EUCLEAN;
	for (unsigned i = 0; i < self->nr_zones; i++)
		if (check_zone(self, i, why, len))
			return -EUCLEAN;
	return 0;
}
