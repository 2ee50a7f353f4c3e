/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking frames back from their owners: what mechanisms with active and
 * inactive lists have in common.  How much is looked at, and when, is theirs;
 * what becomes of a frame that is looked at follows from what the run may do.
 *
 * Frames are worked on in batches: taken off the tail of a list under the LRU
 * lock, judged without any lock, since that asks the owner, and put back at the
 * head.  So whoever is looked at and stays has waited a whole round.
 */
#ifndef CORE_RECLAIM_H
#define CORE_RECLAIM_H

#include "core/lru.h"

#define PGA_RECLAIM_BATCH 32u	 /* frames worked on at once */
#define PGA_RECLAIM_PRIORITY 12u /* a round looks at one frame in 2^priority */

/* One run of reclaim; of one thread. */
struct pga_reclaim {
	const struct pga_map *map;
	const struct pga_host *host;
	/* Give an evicted frame to the free ones; called without locks. */
	void (*release)(struct pga *self, pga_pfn_t pfn, unsigned cpu);
	struct pga *self;
	unsigned cpu;	     /* the caller drives it */
	bool may_unmap;	     /* anonymous frames, too */
	bool may_swap;	     /* start I/O on swap */
	bool may_write;	     /* write at all */
	bool may_write_anon; /* dirty anonymous frames */
	bool may_write_file; /* dirty files */
	bool use_activates;  /* one use makes a file's frame active, too; and an anonymous
				one's mark counts as a use */
	bool keep_used;	     /* frames in use stay on the active list */
	bool keep_anon;	     /* with keep_used: anonymous ones anyhow, and are not asked about */
	/* What it has done. */
	uint64_t scanned;   /* frames looked at; those that are mapped count twice */
	uint64_t reclaimed; /* frames */
	bool stop;	    /* the host ended a wait: return with what there is */
};

/* What became of one batch, in frames. */
struct pga_shrunk {
	unsigned taken, reclaimed, activated;
	unsigned dirty, congested; /* not written because the device had no room */
	unsigned writeback;	   /* under way already */
	unsigned written;	   /* started */
};

/*
 * Lists that are merged (core/lru.h) are named by the first of the pair; what is
 * said of a kind goes for each frame of it.
 */

/**
 * pga_shrink_inactive - work on up to @nr (<= PGA_RECLAIM_BATCH) frames of an inactive list
 * A frame that was used goes on: an anonymous one becomes active, a file's one
 * when it was used before, too.  A file's frame that was marked accessed once is
 * taken only if that needs no writing.
 */
struct pga_shrunk pga_shrink_inactive(struct pga_reclaim *r, struct pga_lru_set *s,
				      enum pga_lru list, unsigned nr);

/**
 * pga_shrink_active - move up to @nr (<= PGA_RECLAIM_BATCH) frames from the tail of
 * an active list to the inactive one; those in use have their second chance
 * there, if keep_used does not say otherwise
 * Return: frames looked at; *@moved: frames deactivated.
 */
unsigned pga_shrink_active(struct pga_reclaim *r, struct pga_lru_set *s, enum pga_lru list,
			   unsigned nr, unsigned *moved);

/**
 * pga_shrink_caches - have caches of a node shrink as much as the lists were looked at
 * @scanned, @lists: frames looked at (none counts as a batch), and frames on the lists
 * @asked: gets the frames that were asked for
 * Return: frames freed; also added to r->reclaimed.
 */
uint64_t pga_shrink_caches(struct pga_reclaim *r, unsigned node, uint64_t scanned, uint64_t lists,
			   uint64_t *asked);

/*
 * What is asked about one frame that the caller has isolated, without any lock;
 * a missing hook answers as core/pga.h says.
 */
/** pga_reclaim_used - was it used since asked last? */
bool pga_reclaim_used(const struct pga_reclaim *r, pga_link_t at);
/** pga_reclaim_evict - take it from its owner. Return: as host->evict */
int pga_reclaim_evict(const struct pga_reclaim *r, pga_link_t at);
/**
 * pga_reclaim_write - have its owner write it
 * @marks: PGA_F_WRITEBACK, and PGA_F_RECLAIM for the tail of its list when it is clean
 * Return: as host->writeback
 */
int pga_reclaim_write(const struct pga_reclaim *r, struct pga_lru_set *s, pga_link_t at,
		      uint32_t marks);

/** pga_reclaim_wait - let up to @ticks pass for writeback; sets r->stop when told to end */
void pga_reclaim_wait(struct pga_reclaim *r, enum pga_wait kind, uint32_t ticks);

#endif
