/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames that their owner lets be aged, moved and taken back: lists linked
 * through the frames, under one lock.  Either the lists of one zone, or those of
 * the whole machine, of which some may be one for each zone all the same.
 *
 * Where a frame is, is in its flags word:
 *   LRU       on a list of its zone; anybody may isolate it
 *   ISOLATED  taken off by compaction or reclaim, who works on it and puts it
 *             back, or frees it in the end
 *   ORPHAN    isolated, and its owner has let go of it meanwhile: whoever
 *             isolated it frees it at put-back
 * These three, and the links of a frame on a list, change under the zone's LRU
 * lock only.  All bits of the word change by atomic read-modify-write while the
 * frame is one of the three, because marks are set without the lock.
 *
 * What is known of it are its marks:
 *   REFERENCED  used once since it was looked at last
 *   DIRTY       as its owner said last; a hint, the owner's evict has the truth
 *   WRITEBACK   reclaim has its owner write it
 *   RECLAIM     reclaim wants it: to the tail as soon as it is clean
 *
 * Locking: the LRU lock and the zone lock are never held together.  An owner
 * may hold its own lock when it calls add and del, so no hook of the owner is
 * ever called with an LRU lock held.
 *
 * Invariants, tested by pga_lru_check():
 *   head[l].count == entries of list l; of merged lists: entries whose flags say l
 *   each entry: flags say LRU, list l, state USED, order 0, the zone's number
 *   quiet: isolated == 0; dirty and writeback == entries with that mark
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
#define PGA_F_REFERENCED (1u << 25)
#define PGA_F_DIRTY (1u << 26)
#define PGA_F_WRITEBACK (1u << 27)
#define PGA_F_RECLAIM (1u << 28)
#define PGA_F_PRIVATE (7u << 29) /* the mechanism's own; as the marks */
#define PGA_F_MARKS (PGA_F_REFERENCED | PGA_F_DIRTY | PGA_F_WRITEBACK | PGA_F_RECLAIM)

/* Lists come in pairs: an active one has the number of the inactive one, plus 1. */
#define PGA_LRU_ACTIVE 1u
_Static_assert(PGA_LRU_ACTIVE_ANON == (PGA_LRU_INACTIVE_ANON | PGA_LRU_ACTIVE) &&
		       PGA_LRU_ACTIVE_FILE == (PGA_LRU_INACTIVE_FILE | PGA_LRU_ACTIVE),
	       "active is a bit of the list");
enum pga_lru_kind { PGA_LRU_ANON, PGA_LRU_FILE, PGA_LRU_KINDS };

struct pga_lru_set {
	struct pga_lock lock;
	uint8_t zone;  /* PGA_NO_ZONE: of the whole machine */
	uint8_t split; /* list that is one for each zone; PGA_NR_LRU: none */
	bool merged;   /* both kinds are linked as one pair of lists, counted apart */
	uint16_t nr_heads;
	pga_link_t heads;	   /* link of the first head: head[0], or elsewhere */
	uint32_t isolated;	   /* frames that somebody works on */
	uint32_t dirty, writeback; /* frames with the mark; by atomic add */
	/* Frames looked at and found in use lately, by kind; under the lock. */
	uint64_t recent_scanned[PGA_LRU_KINDS], recent_rotated[PGA_LRU_KINDS];
	/* Frames that went to an active list by use, and to a tail when clean; under the lock. */
	uint64_t activated, rotated;
	struct pga_frame head[PGA_NR_LRU];
};

/** pga_lru_init - empty lists; @s lies in the metadata range at @unit */
void pga_lru_init(struct pga_lru_set *s, struct pga_frame *unit, unsigned zone);

/**
 * pga_lru_init_merged - empty lists of which those of both kinds are one pair
 * Frames keep the list that they were added to, or its partner, in their flags;
 * they are linked through the heads of the first pair in the order of their coming.
 */
void pga_lru_init_merged(struct pga_lru_set *s, struct pga_frame *unit, unsigned zone);

/**
 * pga_lru_init_queues - empty lists of the whole machine
 * @heads: in the metadata range; list l has head l, but the last list one head for
 *         each zone, from head @nr - 1 on
 * @nr: lists; an odd number means an active one, as in enum pga_lru
 */
void pga_lru_init_queues(struct pga_lru_set *s, struct pga_frame *unit, struct pga_frame *heads,
			 unsigned nr, unsigned nr_zones);

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
 * pga_lru_return - putback to a list of choice; under the lock
 * @list: where it belongs now; @tail: first to be looked at again
 * A frame that became clean since reclaim asked for it goes to the tail anyhow.
 */
bool pga_lru_return(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at, enum pga_lru list,
		    bool tail);

/**
 * pga_lru_adopt - mark an allocated frame, on no list yet, as isolated, of @list
 * So the target of a migration has its isolator from the start: an owner that
 * frees it at once makes an orphan of it.
 */
void pga_lru_adopt(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at, enum pga_lru list);

/** pga_lru_inherit - an adopted frame takes over what is known of the one it replaces */
void pga_lru_inherit(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at, pga_link_t from);

/** pga_lru_move - from one list to the head of another, or of its own; under the lock */
void pga_lru_move(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at, enum pga_lru list);

/** pga_lru_drop - an isolated frame was taken from its owner: plain again; under the lock */
void pga_lru_drop(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at);

/** pga_lru_disown - drop; takes the lock */
void pga_lru_disown(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at);

/** pga_lru_mark - set marks of a frame that is LRU or ISOLATED. Return: its flags before */
uint32_t pga_lru_mark(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at, uint32_t marks);
/** pga_lru_unmark - clear marks. Return: its flags before */
uint32_t pga_lru_unmark(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at,
			uint32_t marks);

/**
 * pga_lru_accessed - the owner used a frame: the second time since it was
 * looked at last, an inactive one becomes active; takes the lock then
 */
void pga_lru_accessed(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at);

/**
 * pga_lru_set_dirty - the owner has dirtied a frame, or it has become clean
 * Either ends its writeback.  May take the lock.
 */
void pga_lru_set_dirty(struct pga_lru_set *s, struct pga_frame *unit, pga_link_t at, bool dirty);

/** pga_lru_counter - head with the count of a list, of @zone's where each zone has its own */
static inline pga_link_t pga_lru_counter(const struct pga_lru_set *s, unsigned list, unsigned zone)
{
	return s->heads + list + (list == s->split ? zone : 0);
}

/** pga_lru_head - that the frames of a list are linked through */
static inline pga_link_t pga_lru_head(const struct pga_lru_set *s, unsigned list, unsigned zone)
{
	if (s->merged && list < PGA_LRU_UNEVICTABLE)
		return s->heads + (list & PGA_LRU_ACTIVE);
	return pga_lru_counter(s, list, zone);
}

/** pga_lru_check - test the invariants. Return: 0 or -EUCLEAN with the first violation in @why */
int pga_lru_check(const struct pga_lru_set *s, const struct pga_map *map, char *why, size_t len);

/** pga_lru_frames - on a list */
static inline uint64_t pga_lru_frames(const struct pga_lru_set *s, unsigned list)
{
	return pga_load(&s->head[list].count);
}

/** pga_lru_marked - a sum of marks; it lags behind them, so it can be below 0 for a moment */
static inline uint32_t pga_lru_marked(const uint32_t *sum)
{
	int32_t v = (int32_t)pga_load(sum);

	return v < 0 ? 0 : (uint32_t)v;
}

/** pga_lru_kind - of any list but UNEVICTABLE */
static inline enum pga_lru_kind pga_lru_kind(unsigned list)
{
	return (enum pga_lru_kind)(list / 2);
}

static inline enum pga_lru pga_flags_list(uint32_t flags)
{
	return (enum pga_lru)((flags & PGA_F_LIST) >> PGA_F_LIST_SHIFT);
}

#endif
