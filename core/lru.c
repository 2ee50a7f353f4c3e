/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/lru.h"

#include <errno.h>
#include <stdio.h>

void pga_lru_init(struct pga_lru_set *s, struct pga_frame *unit, unsigned zone)
{
	s->zone = (uint8_t)zone;
	s->heads = (pga_link_t)(&s->head[0] - unit);
	for (unsigned l = 0; l < PGA_NR_LRU; l++)
		pga_list_init(unit, s->heads + l);
}

static void set_bits(struct pga_frame *unit, pga_link_t at, uint32_t clear, uint32_t set)
{
	__atomic_fetch_and(&unit[at].flags, ~clear, __ATOMIC_RELAXED);
	__atomic_fetch_or(&unit[at].flags, set, __ATOMIC_RELAXED);
}

/* Under the lock. */
static void link_in(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at, enum pga_lru list)
{
	pga_link_t head = s->heads + (pga_link_t)list;

	pga_list_insert(unit, at, head, unit[head].next);
	pga_add(&unit[head].count, 1);
	set_bits(unit, at, PGA_F_LRU_ALL, PGA_F_LRU | (uint32_t)list << PGA_F_LIST_SHIFT);
}

static void unlink_from(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at)
{
	pga_link_t head = s->heads + (pga_link_t)pga_flags_list(pga_load(&unit[at].flags));

	pga_list_remove(unit, at);
	pga_add(&unit[head].count, (uint32_t)-1);
}

void pga_lru_add(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at, enum pga_lru list)
{
	pga_lock(&s->lock);
	link_in(s, unit, at, list);
	pga_unlock(&s->lock);
}

int pga_lru_del(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at)
{
	uint32_t flags;
	int rc = 0;

	pga_lock(&s->lock);
	flags = pga_load(&unit[at].flags);
	if (flags & PGA_F_ISOLATED) {
		set_bits(unit, at, 0, PGA_F_ORPHAN);
		rc = -EBUSY;
	} else if (flags & PGA_F_LRU) {
		unlink_from(s, unit, at);
		set_bits(unit, at, PGA_F_LRU_ALL, 0);
	}
	pga_unlock(&s->lock);
	return rc;
}

bool pga_lru_isolate(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at)
{
	if (!(pga_load(&unit[at].flags) & PGA_F_LRU))
		return false;
	unlink_from(s, unit, at);
	set_bits(unit, at, PGA_F_LRU, PGA_F_ISOLATED);
	pga_add(&s->isolated, 1);
	return true;
}

bool pga_lru_putback(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at)
{
	uint32_t flags;

	pga_lock(&s->lock);
	flags = pga_load(&unit[at].flags);
	pga_add(&s->isolated, (uint32_t)-1);
	if (flags & PGA_F_ORPHAN)
		set_bits(unit, at, PGA_F_LRU_ALL, 0);
	else
		link_in(s, unit, at, pga_flags_list(flags));
	pga_unlock(&s->lock);
	return !(flags & PGA_F_ORPHAN);
}

void pga_lru_adopt(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at, enum pga_lru list)
{
	pga_lock(&s->lock);
	set_bits(unit, at, PGA_F_LRU_ALL, PGA_F_ISOLATED | (uint32_t)list << PGA_F_LIST_SHIFT);
	pga_add(&s->isolated, 1);
	pga_unlock(&s->lock);
}

void pga_lru_disown(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at)
{
	pga_lock(&s->lock);
	set_bits(unit, at, PGA_F_LRU_ALL, 0);
	pga_add(&s->isolated, (uint32_t)-1);
	pga_unlock(&s->lock);
}

static int bad(const struct pga_lru_set *s, unsigned list, const char *what, uint64_t value,
	       char *why, size_t len)
{
	snprintf(why, len, "zone %u LRU list %u: %s (%llu)", s->zone, list, what,
		 (unsigned long long)value);
	return -EUCLEAN;
}

static int check_list(const struct pga_lru_set *s, const struct pga_map *map, unsigned list,
		      char *why, size_t len)
{
	const uint32_t want =
		pga_flags(s->zone, 0, PGA_FRAME_USED, 0) | PGA_F_LRU | list << PGA_F_LIST_SHIFT;
	const uint32_t mask = PGA_F_BUDDY | PGA_F_LRU_ALL;
	const struct pga_frame *unit = map->unit;
	pga_link_t head = s->heads + list, prev = head;
	uint32_t seen = 0;

	for (pga_link_t at = unit[head].next; at != head; prev = at, at = unit[at].next) {
		if (seen++ == unit[head].count)
			return bad(s, list, "longer than its count", unit[head].count, why, len);
		if (unit[at].prev != prev)
			return bad(s, list, "broken link before frame", pga_pfn(map, at), why, len);
		if ((pga_load(&unit[at].flags) & mask) != want)
			return bad(s, list, "wrong flags of frame", pga_pfn(map, at), why, len);
	}
	if (seen != unit[head].count || unit[head].prev != prev)
		return bad(s, list, "shorter than its count", unit[head].count, why, len);
	return 0;
}

int pga_lru_check(const struct pga_lru_set *s, const struct pga_map *map, char *why, size_t len)
{
	for (unsigned l = 0; l < PGA_NR_LRU; l++)
		if (check_list(s, map, l, why, len))
			return -EUCLEAN;
	return 0;
}
