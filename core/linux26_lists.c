/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-2.6.9: frames between the buddy lists and the CPUs. */
#include "core/linux26_int.h"

static void frames_left(struct l26_zone *z, uint64_t n)
{
	pga_store(&z->nr_free, z->nr_free - n);
}

/* What was scanned in vain means nothing once frames came back. */
static void frames_came(struct l26_zone *z, uint64_t n)
{
	pga_store(&z->nr_free, z->nr_free + n);
	pga_store(&z->scanned, 0);
	pga_store(&z->unreclaimable, false);
}

pga_link_t l26_take_block(struct pga *self, struct l26_zone *z, unsigned order, uint32_t *path)
{
	struct pga_frame *unit = self->map.unit;
	unsigned found;
	pga_link_t at;

	pga_lock(&z->lock);
	at = pga_bitbuddy_take(&z->buddy, unit, order, &found);
	if (at) {
		/* Off the list, but not yet out of the lock: check() counts it from now on. */
		pga_store(&unit[at].flags, pga_flags(z->id, order, PGA_FRAME_USED, 0));
		frames_left(z, 1ull << order);
		*path |= found > order ? PGA_PATH(SPLIT) : PGA_PATH(BUDDY);
	}
	pga_unlock(&z->lock);
	return at;
}

/* Ascending frames to the tail of a CPU's list. */
static void chain(struct pga *self, struct l26_set *set, const struct l26_zone *z, pga_link_t at,
		  uint32_t n)
{
	const uint32_t flags = pga_flags(z->id, 0, PGA_FRAME_PCP, 0);
	struct pga_frame *unit = self->map.unit;
	pga_link_t last = set->list.prev, head = set->list.flags;

	for (; n; n--, at++) {
		pga_store(&unit[at].flags, flags);
		unit[last].next = at;
		unit[at].prev = last;
		last = at;
	}
	unit[last].next = head;
	set->list.prev = last;
}

/*
 * Gives up to @want first frames of an unlisted block to the CPU and the rest to
 * the lists.  That is what taking single frames does, one after the other, when
 * there is no smaller block: each next one is the lowest frame of what the last
 * one left.  Of each pair of the rest one is free, so each turns its bit on.
 */
static uint32_t chain_block(struct pga *self, struct l26_set *set, struct l26_zone *z,
			    pga_link_t at, unsigned order, uint32_t want)
{
	uint32_t size = 1u << order, n = want < size ? want : size;
	struct pga_buddy *lists = &z->buddy.lists;

	chain(self, set, z, at, n);
	for (uint32_t i = n; i < size; i += i & -i) {
		unsigned o = (unsigned)__builtin_ctz(i);

		pga_buddy_add(lists, self->map.unit, at + i, o, 0, false);
		pga_bitbuddy_flip(&z->buddy, at + i - lists->origin, o);
	}
	return n;
}

void l26_refill(struct pga *self, struct l26_set *set, struct l26_zone *z, uint32_t *path)
{
	uint32_t got = 0;
	unsigned found;

	pga_lock(&z->lock);
	while (got < set->batch) {
		pga_link_t at = pga_bitbuddy_take_whole(&z->buddy, self->map.unit, 0, &found);

		if (!at)
			break;
		got += chain_block(self, set, z, at, found, set->batch - got);
		*path |= found ? PGA_PATH(SPLIT) : PGA_PATH(BUDDY);
	}
	frames_left(z, got);
	pga_add(&z->refills, got > 0);
	pga_unlock(&z->lock);
	set->count += got;
}

void l26_release(struct pga *self, struct l26_set *set, struct l26_zone *z, uint32_t n)
{
	struct pga_frame *unit = self->map.unit;
	pga_link_t head = set->list.flags, at = set->list.prev;

	n = n < set->count ? n : set->count;
	if (!n)
		return;
	set->count -= n;
	pga_lock(&z->lock);
	for (uint32_t i = 0; i < n; i++) {
		pga_link_t prev = unit[at].prev;

		__builtin_prefetch(&unit[prev], 1);
		pga_bitbuddy_free(&z->buddy, unit, at, 0);
		at = prev;
	}
	unit[at].next = head;
	unit[head].prev = at;
	frames_came(z, n);
	pga_add(&z->drains, 1);
	pga_unlock(&z->lock);
}

static void free_block(struct pga *self, struct l26_zone *z, pga_link_t at, unsigned order)
{
	pga_lock(&z->lock);
	pga_bitbuddy_free(&z->buddy, self->map.unit, at, order);
	frames_came(z, 1ull << order);
	pga_unlock(&z->lock);
}

void l26_free_slow(struct pga *self, pga_pfn_t pfn, unsigned order, unsigned cpu, unsigned flags)
{
	struct pga_frame *unit = self->map.unit;
	pga_link_t at = pga_link(&self->map, pfn);
	unsigned zone = pga_flags_zone(pga_load(&unit[at].flags));
	struct l26_cpu *c = self->cpu[cpu];
	struct l26_local *l = &c->local[zone];
	struct l26_set *set = &l->set[flags & PGA_FREE_COLD ? L26_COLD : L26_HOT];

	pga_assert(1, (pga_load(&unit[at].flags) & PGA_F_BUDDY) ==
			      pga_flags(zone, order, PGA_FRAME_USED, 0));
	if (pga_load(&c->request))
		l26_serve(self, c);
	if (!l26_unprepare(self, at, order))
		return;
	pga_add(&l->freed, 1ull << order);
	if (order >= self->pcp_orders) {
		free_block(self, self->zone[zone], at, order);
		return;
	}
	if (set->count >= set->high)
		l26_release(self, set, self->zone[zone], set->batch);
	pga_store(&unit[at].flags, pga_flags(zone, 0, PGA_FRAME_PCP, 0));
	pga_list_insert(unit, at, set->list.flags, set->list.next);
	set->count++;
}
