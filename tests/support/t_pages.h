/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A scripted owner of single frames for tests of reclaim: one record for each
 * frame, answers that the test sets, counts of what it was asked.  Of one
 * thread.
 */
#ifndef TESTS_T_PAGES_H
#define TESTS_T_PAGES_H

#include "tests/support/t_instance.h"

#define T_MAX_DAEMONS 4

struct t_page {
	bool owned, dirty, used, pinned, writing;
	bool orphan_on_evict; /* let go of while reclaim asks for it */
	enum pga_lru list;
	unsigned asked; /* evictions asked for */
};

struct t_pages {
	struct t_instance in;
	struct t_page *page; /* [in.end] */
	/* The script. */
	uint32_t gfp;		/* of t_page_add; 0: as user memory */
	uint64_t swap;		/* frames of room */
	int write;		/* what writeback answers when the frame is dirty */
	bool write_at_once;	/* completions come before writeback answers */
	bool deaf;		/* completions never come */
	bool always_used;	/* referenced says yes to every frame */
	enum pga_answer answer; /* of wait */
	uint64_t waits_left;	/* then GIVE_UP */
	bool no_daemons;	/* no wake hook */
	bool dead_shrinker;	/* has frames and gives none */
	bool no_victim;		/* nobody to kill */
	/* Frames of a cache, given back by shrink; frames of a victim. */
	pga_pfn_t *cache, *victim;
	unsigned nr_cache, nr_victim;
	/* What happened. */
	uint64_t evicted, migrated, writes, waits, shrinks, flushes, kills, wakes,
		events[PGA_NR_EVENTS];
	uint64_t asked_of_cache, asked_nodes; /* bits */
	uint64_t waited[PGA_WAIT_FREED + 1], woken[T_MAX_DAEMONS];
	unsigned woken_node;
};

/** t_pages_up - as t_up; the script is set before, in->why says what failed */
int t_pages_up(struct t_pages *t, const char *variant, const char *machine);
void t_pages_down(struct t_pages *t);

/** t_page_add - allocate a frame of @node on @cpu and put it on @list; PGA_NIL: no memory */
pga_pfn_t t_page_add(struct t_pages *t, unsigned cpu, int node, enum pga_lru list);
/** t_pages_add - so many; fails the test when there are not */
void t_pages_add(struct t_pages *t, unsigned cpu, int node, enum pga_lru list, unsigned nr);
/** t_page_dirty - the owner dirties a frame. Return: as set_dirty */
int t_page_dirty(struct t_pages *t, pga_pfn_t pfn);
/** t_page_free - the owner frees a frame, as the protocol wants it */
void t_page_free(struct t_pages *t, pga_pfn_t pfn, unsigned cpu);
/** t_pages_written - all writes under way end. Return: how many */
unsigned t_pages_written(struct t_pages *t);
/** t_pages_owned - frames that still have an owner */
uint64_t t_pages_owned(const struct t_pages *t);
/** t_pages_free - every frame goes back; then check() has to be clean */
void t_pages_free_all(struct t_pages *t);

/** t_pages_stat - one statistic, of all zones */
uint64_t t_pages_stat(struct t_pages *t, enum pga_stat stat);
/** t_pages_list - frames on a list of a zone */
uint64_t t_pages_list(struct t_pages *t, unsigned zone, enum pga_lru list);
/** t_pages_check - check() and that each owned frame is on a list; fails the test */
void t_pages_check(struct t_pages *t);
/** t_pages_free_frames - exact count of free frames of a zone, per-CPU lists included */
uint64_t t_pages_free_frames(struct t_pages *t, unsigned zone);

#endif
