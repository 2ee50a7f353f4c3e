/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames that their owner lets be aged, moved and taken back: lists of one
 * zone, linked through the frames.
 *
 * Where a frame is, is in its flags word:
 *   LRU       on a list of its zone; anybody may isolate it
 *   ISOLATED  taken off by compaction or reclaim, who works on it and puts it
 *             back, or frees it in the end
 *   ORPHAN    isolated, and its owner has let go of it meanwhile: whoever
 *             isolated it frees it at put-back
 * These three, and the links of a frame on a list, change under the zone's LRU
 * lock only.  Other bits of the word change by atomic and and or while the
 * frame is one of the three, because marks are set without the lock.
 *
 * Locking: the LRU lock and the zone lock are never held together.  An owner
 * may hold its own lock when it calls add and del, so no hook of the owner is
 * ever called with an LRU lock held.
 *
 * Invariants, tested by pga_lru_check():
 *   head[l].count == entries of list l
 *   each entry: flags say LRU, list l, state USED, order 0, the zone's number
 */
#ifndef CORE_LRU_H
#define CORE_LRU_H

#include "core/frame.h"
#include "core/lock.h"

#define PGA_F_LRU (1u << 19)
#define PGA_F_ISOLATED (1u << 20)
#define PGA_F_ORPHAN (1u << 21)
#define PGA_F_LIST_SHIFT 22
#define PGA_F_LIST (7u << PGA_F_LIST_SHIFT) /* enum pga_lru; kept while isolated */
#define PGA_F_LRU_ALL (PGA_F_LRU | PGA_F_ISOLATED | PGA_F_ORPHAN | PGA_F_LIST)
/* Marks: bits 25 and up. */

struct pga_lru_set {
	struct pga_lock lock;
	uint8_t zone;
	pga_link_t heads;  /* link of head[0] */
	uint32_t isolated; /* frames that somebody works on */
	struct pga_frame head[PGA_NR_LRU];
};

/** pga_lru_init - empty lists; @s lies in the metadata range at @unit */
void pga_lru_init(struct pga_lru_set *s, struct pga_frame *unit, unsigned zone);

/** pga_lru_add - put an allocated frame at the head of @list; takes the lock */
void pga_lru_add(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at, enum pga_lru list);

/**
 * pga_lru_del - the owner lets go of a frame; takes the lock
 * Return: 0, it is off its list and the owner's to free; -EBUSY, it was
 * isolated and now belongs to whoever isolated it.  A frame that was never
 * added is the owner's.
 */
int pga_lru_del(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at);

/**
 * pga_lru_isolate - take a frame off its list to work on it; under the lock
 * Return: was it on a list?
 */
bool pga_lru_isolate(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at);

/**
 * pga_lru_putback - the work is done; takes the lock
 * Puts the frame at the head of the list that its flags name.
 * Return: false if its owner has let go of it: the caller frees it, its flags
 * are as if it had never been added.
 */
bool pga_lru_putback(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at);

/**
 * pga_lru_adopt - mark an allocated frame, on no list yet, as isolated, of @list
 * So the target of a migration has its isolator from the start: an owner that
 * frees it at once makes an orphan of it.
 */
void pga_lru_adopt(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at, enum pga_lru list);

/** pga_lru_disown - an isolated frame was taken from its owner: a plain frame again */
void pga_lru_disown(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at);

/** pga_lru_check - test the invariants. Return: 0 or -EUCLEAN with the first violation in @why */
int pga_lru_check(const struct pga_lru_set *s, const struct pga_map *map, char *why, size_t len);

static inline enum pga_lru pga_flags_list(uint32_t flags)
{
	return (enum pga_lru)((flags & PGA_F_LIST) >> PGA_F_LIST_SHIFT);
}

#endif
