/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fragmentation as the map of all frames shows it: which frames are free, which
 * are held and by a request of what type, in pageblocks of what type.
 *
 * How to call it.  In a workload's target(), or wherever the instance is quiet:
 *
 *	static struct wl_fragmap m;
 *	wl_fragmap_take(&m, run->ops, run->pga, run->conf, run->held);
 *	m.polluted[PGA_MOVABLE], m.moves, m.fill[0], m.spread[0].clean ...
 *
 * @held says of each frame number which type of request holds its block
 * (wl_held(gfp)); the engine keeps it in the fragmentation pass, a workload may
 * keep its own.  NULL: not known; m.has_held is false then, and what depends on
 * it is to be shown as null.  A walk costs some nanoseconds per frame, so it
 * belongs to targets and samples, never into a step.
 *
 * The same numbers can be made from any source of frames, in ascending order
 * without overlap: wl_fragmap_start, wl_fragmap_add for each run, wl_fragmap_end.
 *
 * Sources: LLFree, ATC 2023 (moves, free huge frames, fill); Illuminator,
 * ASPLOS 2018 (hybrid blocks); Contiguitas, ISCA 2023 (spread).
 */
#ifndef WORKLOADS_FRAGMAP_H
#define WORKLOADS_FRAGMAP_H

#include "workloads/fragindex.h"

enum wl_frame_class {
	WL_FR_FREE,	/* in a free block of the buddy lists */
	WL_FR_PCP,	/* parked on a list of a CPU */
	WL_FR_USED,	/* allocated */
	WL_FR_RESERVED, /* never handed out: counts as used and not movable */
	WL_FR_NR
};

/* What is known of the request that holds a frame. */
enum wl_held {
	WL_HELD_UNKNOWN, /* counts as one that cannot be moved */
	WL_HELD_UNMOVABLE,
	WL_HELD_RECLAIMABLE,
	WL_HELD_MOVABLE,
	WL_HELD_NR
};

/** wl_held - from the flags of a request. */
static inline uint8_t wl_held(uint32_t gfp)
{
	return gfp & PGA_GFP_MOVABLE	   ? WL_HELD_MOVABLE
	       : gfp & PGA_GFP_RECLAIMABLE ? WL_HELD_RECLAIMABLE
					   : WL_HELD_UNMOVABLE;
}

/* Bins of the fill histogram: none free, 1..63, 64..127, ..., 448..511, all free. */
#define WL_FILL_BINS 10u
/* Regions whose contiguity is looked at: 2 MiB, 32 MiB, 1 GiB. */
#define WL_SPREADS 3u
extern const char *const wl_spread_names[WL_SPREADS]; /* "2MiB" ... */

#define WL_MAX_HUGE 4096u /* frames of a huge frame (2 MiB), at most */

/* Runs of frames inside an aligned block of 2^order frames. */
struct wl_tally {
	uint8_t order;
	uint64_t block; /* number of the block that is being looked at */
	uint32_t seen;
	uint32_t by_class[WL_FR_NR];
	uint32_t by_held[WL_HELD_NR]; /* of the used ones */
	uint8_t type;		      /* of the pageblock */
};
enum { WL_T_HUGE, WL_T_PAGEBLOCK, WL_T_32M, WL_T_1G, WL_T_LARGEST, WL_T_NR };

struct wl_spread {
	uint64_t regions; /* that lie wholly in memory */
	uint64_t tainted; /* of these, with a frame that cannot be moved */
};

/** wl_tally_hybrid - does a pageblock hold movable and other frames? */
bool wl_tally_hybrid(const struct wl_tally *t);

/* A pageblock that has been looked at whole; its tally is gone afterwards. */
typedef void (*wl_block_fn)(void *data, const struct wl_tally *block);

struct wl_fragmap {
	bool has_types; /* the mechanism has types of pageblocks */
	bool has_held;	/* it is known what requests hold */
	uint64_t frames[WL_FR_NR];
	uint64_t used[WL_HELD_NR];
	/* Huge frames that lie wholly in memory. */
	uint64_t huge;			   /* their number */
	uint64_t huge_free;		   /* with every frame free */
	uint64_t huge_parked;		   /* that would be, were it not for lists of CPUs */
	uint64_t fill[WL_FILL_BINS];	   /* by free frames */
	uint64_t by_used[WL_MAX_HUGE + 1]; /* by used frames */
	uint64_t moves; /* frames to move until all free memory is in huge frames */
	/* Pageblocks, whole or not. */
	uint64_t blocks[PGA_MAX_TYPES];	  /* by type */
	uint64_t polluted[PGA_MAX_TYPES]; /* of these, with a used frame of another type */
	uint64_t hybrid; /* with movable and other used frames, whatever the type */
	struct wl_spread spread[WL_SPREADS];
	/* Free extents: runs of free frames, which may be longer than any block. */
	uint64_t extents, longest;
	double squares;	    /* sum of their squared lengths */
	uint64_t footprint; /* frames of blocks of the largest order that hold a used one */
	/* While it is being made. */
	uint32_t huge_frames;
	uint64_t next, run;
	wl_block_fn on_block; /* NULL: nobody wants to know */
	void *data;
	struct wl_tally tally[WL_T_NR];
};

/**
 * wl_fragmap_start - an empty map
 * @page_shift, @pageblock_order, @max_order: of the machine; log2 of bytes per
 * frame, and of frames
 */
void wl_fragmap_start(struct wl_fragmap *m, unsigned page_shift, unsigned pageblock_order,
		      unsigned max_order);
/**
 * wl_fragmap_add - a run of @nr like frames from @pfn on
 * @held: enum wl_held, for used frames; @type: of the pageblock(s) it lies in
 */
void wl_fragmap_add(struct wl_fragmap *m, uint64_t pfn, uint64_t nr, enum wl_frame_class class,
		    enum wl_held held, unsigned type);
/** wl_fragmap_end - after the last frame: the sums are right now. */
void wl_fragmap_end(struct wl_fragmap *m);
/** wl_fragmap_take - the map of an instance with PGA_CAP_REAL; quiet. @held: by pfn, or NULL. */
void wl_fragmap_take(struct wl_fragmap *m, const struct pga_ops *ops, struct pga *pga,
		     const struct pga_conf *conf, const uint8_t *held);

/** wl_fragmap_take_blocks - the same; tells @fn of each pageblock, in the order of zones. */
void wl_fragmap_take_blocks(struct wl_fragmap *m, const struct pga_ops *ops, struct pga *pga,
			    const struct pga_conf *conf, const uint8_t *held, wl_block_fn fn,
			    void *data);

/** wl_fragmap_free_huge - wholly free huge frames / those that F frames would fill; NaN: none. */
double wl_fragmap_free_huge(const struct wl_fragmap *m);
/** wl_fragmap_clean - share of whole regions without an unmovable frame; NaN: no region. */
double wl_fragmap_clean(const struct wl_spread *s);
/** wl_fragmap_squares - 1 - sqrt(sum of squared free extents) / F; NaN when F = 0. */
double wl_fragmap_squares(const struct wl_fragmap *m);
/** wl_fragmap_footprint - frames of blocks in use / frames in use; NaN: none in use. */
double wl_fragmap_footprint(const struct wl_fragmap *m);

/* Frames on a list whose type is not that of their pageblock. */
struct wl_mismatch {
	uint64_t free_blocks, free_frames, pcp_frames;
};
/**
 * wl_frag_mismatch - count them; quiet
 * Return: 0, or -EOPNOTSUPP: the mechanism has no types, or shows no lists.
 */
int wl_frag_mismatch(struct wl_mismatch *x, const struct pga_ops *ops, struct pga *pga);

/**
 * wl_frag_probe - how many blocks does a request get, asked again and again?
 * Asks up to @max times, stops at the first failure, and gives all back.
 * @slots: room for @max frame numbers
 * The caller drives req.cpu; neither threads nor daemons may work meanwhile if
 * the answer shall be that of one moment.
 */
uint64_t wl_frag_probe(const struct pga_ops *ops, struct pga *pga, struct pga_req req, uint64_t max,
		       pga_pfn_t *slots);

#endif
