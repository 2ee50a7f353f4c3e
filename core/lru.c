/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/lru.h"

#include <errno.h>
#include <stdio.h>

void pga_lru_init(struct pga_lru_set *s, struct pga_frame *unit, unsigned zone)
{
	s->zone = (uint8_t)zone;
	s->split = PGA_NR_LRU;
	s->nr_heads = PGA_NR_LRU;
	s->heads = (pga_link_t)(&s->head[0] - unit);
	for (unsigned l = 0; l < PGA_NR_LRU; l++)
		pga_list_init(unit, s->heads + l);
}

void pga_lru_init_merged(struct pga_lru_set *s, struct pga_frame *unit, unsigned zone)
{
	pga_lru_init(s, unit, zone);
	s->merged = true;
}

void pga_lru_init_queues(struct pga_lru_set *s, struct pga_frame *unit, struct pga_frame *heads,
			 unsigned nr, unsigned nr_zones)
{
	s->zone = PGA_NO_ZONE;
	s->split = (uint8_t)(nr - 1);
	s->nr_heads = (uint16_t)(s->split + nr_zones);
	s->heads = (pga_link_t)(heads - unit);
	for (unsigned i = 0; i < s->nr_heads; i++)
		pga_list_init(unit, s->heads + i);
}

static uint32_t change(struct pga_frame *unit, pga_link_t at, uint32_t clear, uint32_t set)
{
	uint32_t old = pga_load(&unit[at].flags);

	while (!__atomic_compare_exchange_n(&unit[at].flags, &old, (old & ~clear) | set, true,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
	return old;
}

/* Keep the sums of marks that were (not) there before. */
static void sum_marks(struct pga_lru_set *s, uint32_t marks, uint32_t by)
{
	if (marks & PGA_F_DIRTY)
		__atomic_fetch_add(&s->dirty, by, __ATOMIC_RELAXED);
	if (marks & PGA_F_WRITEBACK)
		__atomic_fetch_add(&s->writeback, by, __ATOMIC_RELAXED);
}

uint32_t pga_lru_mark(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at, uint32_t marks)
{
	uint32_t old = change(unit, at, 0, marks);

	sum_marks(s, marks & ~old, 1);
	return old;
}

uint32_t pga_lru_unmark(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at,
			uint32_t marks)
{
	uint32_t old = change(unit, at, marks, 0);

	sum_marks(s, marks & old, (uint32_t)-1);
	return old;
}

/* A plain frame again. */
static void forget(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at)
{
	pga_lru_unmark(s, unit, at, PGA_F_MARKS);
	change(unit, at, PGA_F_LRU_ALL | PGA_F_PRIVATE, 0);
}

static pga_link_t head_for(const struct pga_lru_set *s, const struct pga_frame *unit, pga_link_t at,
			   enum pga_lru list)
{
	return pga_lru_head(s, list, pga_flags_zone(pga_load(&unit[at].flags)));
}

static void add_count(const struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at,
		      enum pga_lru list, uint32_t by)
{
	unsigned zone = pga_flags_zone(pga_load(&unit[at].flags));

	pga_add(&unit[pga_lru_counter(s, list, zone)].count, by);
}

/* Under the lock. */
static void link_in(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at, enum pga_lru list,
		    bool tail)
{
	pga_link_t head = head_for(s, unit, at, list);

	if (tail)
		pga_list_insert(unit, at, unit[head].prev, head);
	else
		pga_list_insert(unit, at, head, unit[head].next);
	add_count(s, unit, at, list, 1);
	change(unit, at, PGA_F_LRU_ALL, PGA_F_LRU | (uint32_t)list << PGA_F_LIST_SHIFT);
}

static void unlink_from(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at)
{
	pga_list_remove(unit, at);
	add_count(s, unit, at, pga_flags_list(pga_load(&unit[at].flags)), (uint32_t)-1);
}

void pga_lru_add(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at, enum pga_lru list)
{
	pga_lock(&s->lock);
	link_in(s, unit, at, list, false);
	pga_unlock(&s->lock);
}

int pga_lru_del(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at)
{
	uint32_t flags;
	int rc = 0;

	pga_lock(&s->lock);
	flags = pga_load(&unit[at].flags);
	if (flags & PGA_F_ISOLATED) {
		change(unit, at, 0, PGA_F_ORPHAN);
		rc = -EBUSY;
	} else if (flags & PGA_F_LRU) {
		unlink_from(s, unit, at);
		forget(s, unit, at);
	}
	pga_unlock(&s->lock);
	return rc;
}

/* Did reclaim want it, and is it clean now? */
static bool wanted(uint32_t flags)
{
	return (flags & (PGA_F_RECLAIM | PGA_F_DIRTY | PGA_F_WRITEBACK)) == PGA_F_RECLAIM;
}

bool pga_lru_isolate(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at)
{
	if (!(pga_load(&unit[at].flags) & PGA_F_LRU))
		return false;
	unlink_from(s, unit, at);
	change(unit, at, PGA_F_LRU, PGA_F_ISOLATED);
	pga_add(&s->isolated, 1);
	return true;
}

bool pga_lru_return(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at, enum pga_lru list,
		    bool tail)
{
	uint32_t flags = pga_load(&unit[at].flags);

	pga_add(&s->isolated, (uint32_t)-1);
	if (flags & PGA_F_ORPHAN) {
		forget(s, unit, at);
		return false;
	}
	if (wanted(flags) && !(list & PGA_LRU_ACTIVE)) {
		pga_lru_unmark(s, unit, at, PGA_F_RECLAIM);
		pga_add(&s->rotated, 1);
		tail = true;
	}
	link_in(s, unit, at, list, tail);
	return true;
}

bool pga_lru_putback(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at)
{
	bool owned;

	pga_lock(&s->lock);
	owned = pga_lru_return(s, unit, at, pga_flags_list(pga_load(&unit[at].flags)), false);
	pga_unlock(&s->lock);
	return owned;
}

void pga_lru_adopt(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at, enum pga_lru list)
{
	pga_lock(&s->lock);
	change(unit, at, PGA_F_LRU_ALL, PGA_F_ISOLATED | (uint32_t)list << PGA_F_LIST_SHIFT);
	pga_add(&s->isolated, 1);
	pga_unlock(&s->lock);
}

void pga_lru_move(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at, enum pga_lru list)
{
	unlink_from(s, unit, at);
	link_in(s, unit, at, list, false);
}

/* What is being written does not move, so that mark is never there to take over. */
void pga_lru_inherit(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at, pga_link_t from)
{
	pga_lru_mark(s, unit, at, pga_load(&unit[from].flags) & PGA_F_MARKS & ~PGA_F_WRITEBACK);
}

void pga_lru_drop(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at)
{
	forget(s, unit, at);
	pga_add(&s->isolated, (uint32_t)-1);
}

void pga_lru_disown(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at)
{
	pga_lock(&s->lock);
	pga_lru_drop(s, unit, at);
	pga_unlock(&s->lock);
}

static bool is_inactive(uint32_t flags)
{
	return flags & PGA_F_LRU && pga_flags_list(flags) != PGA_LRU_UNEVICTABLE &&
	       !(pga_flags_list(flags) & PGA_LRU_ACTIVE);
}

static void activate(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at)
{
	uint32_t flags;

	pga_lock(&s->lock);
	flags = pga_load(&unit[at].flags);
	if (is_inactive(flags)) {
		enum pga_lru list = pga_flags_list(flags);

		unlink_from(s, unit, at);
		pga_lru_unmark(s, unit, at, PGA_F_REFERENCED);
		link_in(s, unit, at, (enum pga_lru)(list | PGA_LRU_ACTIVE), false);
		s->recent_scanned[pga_lru_kind(list)]++;
		s->recent_rotated[pga_lru_kind(list)]++;
		pga_add(&s->activated, 1);
	}
	pga_unlock(&s->lock);
}

void pga_lru_accessed(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at)
{
	uint32_t flags = pga_load(&unit[at].flags);

	if (!(flags & (PGA_F_LRU | PGA_F_ISOLATED)))
		return;
	if (!(flags & PGA_F_REFERENCED))
		pga_lru_mark(s, unit, at, PGA_F_REFERENCED);
	else if (is_inactive(flags))
		activate(s, unit, at);
}

static void rotate(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at)
{
	uint32_t flags;

	pga_lock(&s->lock);
	flags = pga_load(&unit[at].flags);
	if (is_inactive(flags) && wanted(flags)) {
		unlink_from(s, unit, at);
		pga_lru_unmark(s, unit, at, PGA_F_RECLAIM);
		link_in(s, unit, at, pga_flags_list(flags), true);
		pga_add(&s->rotated, 1);
	}
	pga_unlock(&s->lock);
}

void pga_lru_set_dirty(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at, bool dirty)
{
	if (!(pga_load(&unit[at].flags) & (PGA_F_LRU | PGA_F_ISOLATED)))
		return;
	if (dirty) {
		pga_lru_unmark(s, unit, at, PGA_F_WRITEBACK | PGA_F_RECLAIM);
		pga_lru_mark(s, unit, at, PGA_F_DIRTY);
		return;
	}
	if (pga_lru_unmark(s, unit, at, PGA_F_DIRTY | PGA_F_WRITEBACK) & PGA_F_RECLAIM)
		rotate(s, unit, at);
}

static int bad(const struct pga_lru_set *s, unsigned list, const char *what, uint64_t value,
	       char *why, size_t len)
{
	char where[24] = "";

	if (s->zone != PGA_NO_ZONE)
		snprintf(where, sizeof(where), "zone %u ", s->zone);
	snprintf(why, len, "%sLRU list %u: %s (%llu)", where, list, what,
		 (unsigned long long)value);
	return -EUCLEAN;
}

/* Entries with a mark. */
struct marked {
	uint32_t dirty, writeback;
};

/* What the flags of entries of a head have to be: *@want in the bits of the result. */
static uint32_t entry_flags(const struct pga_lru_set *s, unsigned head, uint32_t *want)
{
	unsigned list = head < s->split ? head : s->split;
	unsigned zone = list < s->split ? s->zone : head - s->split;
	uint32_t mask = PGA_F_BUDDY | PGA_F_LRU_ALL;

	if (list < s->split && s->zone == PGA_NO_ZONE) {
		mask &= ~PGA_F_ZONE;
		zone = 0;
	}
	/* Of either kind. */
	if (s->merged && list < PGA_LRU_UNEVICTABLE)
		mask &= ~((uint32_t)PGA_LRU_INACTIVE_FILE << PGA_F_LIST_SHIFT);
	*want = pga_flags(zone, 0, PGA_FRAME_USED, 0) | PGA_F_LRU | list << PGA_F_LIST_SHIFT;
	return mask;
}

/* Frames that are to be found behind a head. */
static uint32_t entries(const struct pga_lru_set *s, const struct pga_frame *unit, unsigned head)
{
	if (!s->merged || head >= PGA_LRU_UNEVICTABLE)
		return unit[s->heads + head].count;
	return head > PGA_LRU_ACTIVE
		       ? 0
		       : unit[s->heads + head].count + unit[s->heads + head + 2].count;
}

static int check_list(const struct pga_lru_set *s, const struct pga_map *map, unsigned nr,
		      struct marked *marked, char *why, size_t len)
{
	uint32_t want, mask = entry_flags(s, nr, &want), seen = 0;
	const struct pga_frame *unit = map->unit;
	const uint32_t count = entries(s, unit, nr);
	pga_link_t head = s->heads + nr, prev = head;

	for (pga_link_t at = unit[head].next; at != head; prev = at, at = unit[at].next) {
		uint32_t flags = pga_load(&unit[at].flags);

		if (seen++ == count)
			return bad(s, nr, "longer than its count", count, why, len);
		if (unit[at].prev != prev)
			return bad(s, nr, "broken link before frame", pga_pfn(map, at), why, len);
		if ((flags & mask) != want)
			return bad(s, nr, "wrong flags of frame", pga_pfn(map, at), why, len);
		marked->dirty += (flags & PGA_F_DIRTY) != 0;
		marked->writeback += (flags & PGA_F_WRITEBACK) != 0;
	}
	if (seen != count || unit[head].prev != prev)
		return bad(s, nr, "shorter than its count", count, why, len);
	return 0;
}

int pga_lru_check(const struct pga_lru_set *s, const struct pga_map *map, char *why, size_t len)
{
	struct marked marked = { 0, 0 };

	for (unsigned i = 0; i < s->nr_heads; i++)
		if (check_list(s, map, i, &marked, why, len))
			return -EUCLEAN;
	if (s->isolated)
		return bad(s, 0, "frames are isolated, by nobody", s->isolated, why, len);
	if (marked.dirty != s->dirty || marked.writeback != s->writeback) {
		snprintf(why, len, "%u frames dirty and %u written, counted %u and %u",
			 marked.dirty, marked.writeback, s->dirty, s->writeback);
		return -EUCLEAN;
	}
	return 0;
}
