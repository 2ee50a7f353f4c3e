/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compaction of one zone: a scanner that goes up from the bottom isolates
 * frames whose owners let them move, another that goes down from the top takes
 * free frames, and the contents go from the ones to the others until the
 * scanners meet or the zone has what was asked for.
 *
 * The mechanism says what its watermarks and free lists mean (struct
 * pga_compact_ops); numbers that kernels differ in are data (struct
 * pga_compact_policy).
 *
 * Locking: the migrate scanner takes the zone's LRU lock, the free scanner its
 * zone lock, never both; hooks of the host are called with neither.  Several
 * CPUs may compact one zone at a time: each has its own run, and what they
 * share (struct pga_compact_state) are hints that may be stale.
 */
#ifndef CORE_COMPACT_H
#define CORE_COMPACT_H

#include "core/buddy.h"
#include "core/lru.h"
#include "core/pageblock.h"

/* In the order of what they are worth: the best of several zones counts. */
enum pga_compact_result {
	PGA_COMPACT_SKIPPED,  /* not worth it: too little memory, or not fragmented */
	PGA_COMPACT_CONTINUE, /* not done yet; never the result of a run */
	PGA_COMPACT_PARTIAL,  /* stopped early: there is a block, or no target, or contention */
	PGA_COMPACT_COMPLETE, /* the scanners met */
};

struct pga_compact_policy {
	uint32_t threshold; /* fragmentation index up to which memory is too short, not split */
	uint32_t cluster;   /* frames isolated in one round, at most */
	uint32_t passes;    /* over the frames of a round while owners say "busy" */
	uint32_t max_shift; /* at most 2^n requests are deferred after a failure */
};

/* What a zone remembers between runs. */
struct pga_compact_state {
	pga_pfn_t migrate, free; /* where the scanners go on; outside the zone: at its ends */
	uint32_t considered;	 /* requests since the last failure */
	uint32_t defer_shift;
	uint32_t order_failed; /* orders below have not failed */
	bool flush;	       /* the scanners met: clear the marks when there is time */
};

/* A zone, as compaction sees it.  Constant. */
struct pga_compact_place {
	struct pga *self;
	void *zone; /* the mechanism's */
	const struct pga_map *map;
	const struct pga_blocks *blocks;
	const struct pga_host *host;
	const struct pga_compact_ops *ops;
	const struct pga_compact_policy *policy;
	struct pga_compact_state *state;
	struct pga_lru_set *lru;
	struct pga_buddy *buddy;
	struct pga_lock *lock; /* of buddy */
	pga_pfn_t start, end;
	uint32_t hz; /* ticks of host->wait per second */
	uint16_t id;
};

/* Isolated frames, linked through next. */
struct pga_compact_stack {
	pga_link_t top; /* 0: empty */
	uint32_t nr;
};

/* One run.  The caller fills in the first part and zeroes the rest. */
struct pga_compact {
	struct pga_compact_place at;
	int order;	 /* that is wanted; -1: compact everything */
	unsigned type;	 /* mobility of the request */
	unsigned cpu;	 /* the caller drives it */
	bool sync;	 /* scan all pageblocks, wait for locks */
	bool dying;	 /* the caller is about to be killed: stop soon */
	bool background; /* run by a daemon: leave marks and flush flag alone */
	bool ignore_skip;
	/* Where contents go; NULL: where the free scanner says.  0: no memory. */
	pga_link_t (*target)(struct pga_compact *c);

	bool contended;			/* an asynchronous run met a lock that was taken */
	bool has_isolated, has_targets; /* this run found something: positions are not cached */
	pga_pfn_t migrate, free;	/* positions */
	struct pga_compact_stack isolated, targets;
	uint64_t migrated, failed; /* frames */
};

struct pga_compact_ops {
	/* Would the zone stay above its low mark and @extra frames with 2^order less? */
	bool (*enough)(const struct pga_compact *c, unsigned order, uint32_t extra);
	/*
	 * Take a free block off its list and make single allocated frames of
	 * it; under the zone lock.  false: the zone cannot spare it.
	 */
	bool (*take)(struct pga_compact *c, pga_link_t at, unsigned order);
	/* Free an allocated frame on the run's CPU; no lock held. */
	void (*give)(struct pga_compact *c, pga_link_t at);
	/* The lists of the zone that a frame from c->target lies in. */
	struct pga_lru_set *(*lru_of)(const struct pga_compact *c, pga_link_t at);
	void (*count)(const struct pga_compact *c, enum pga_stat stat, uint64_t n);
};

/** pga_compact_index - fragmentation index of the free blocks for @order, in 1/1000; -1000 when
 * there is a block of it */
int pga_compact_index(const struct pga_buddy *b, unsigned order);

/** pga_compact_suitable - is the zone worth compacting?  CONTINUE: yes; PARTIAL: no need to */
enum pga_compact_result pga_compact_suitable(const struct pga_compact *c);

/** pga_compact_run - compact the zone as far as the request needs it */
enum pga_compact_result pga_compact_run(struct pga_compact *c);

/**
 * pga_compact_evacuate - move all movable frames out of [start, end)
 * Return: 0; -EBUSY some did not move; -EINTR the caller is dying, -ENOMEM no
 * target.  What does not move stays in place.
 */
int pga_compact_evacuate(struct pga_compact *c, pga_pfn_t start, pga_pfn_t end);

/** pga_compact_deferred - is a request to be turned away, after failures? Counts it. */
bool pga_compact_deferred(struct pga_compact_state *s, unsigned order);
/** pga_compact_failed - a synchronous run did not help: turn away twice as many */
void pga_compact_failed(struct pga_compact_state *s, const struct pga_compact_policy *p,
			unsigned order);
/** pga_compact_succeeded - a run helped: turn nobody away */
void pga_compact_succeeded(struct pga_compact_state *s, unsigned order);
/** pga_compact_reset - forget positions and skip marks of a zone */
void pga_compact_reset(const struct pga_compact_place *at);

#endif
