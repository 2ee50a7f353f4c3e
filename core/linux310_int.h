/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the linux-3.10 mechanism share; nobody else includes it. */
#ifndef CORE_LINUX310_INT_H
#define CORE_LINUX310_INT_H

#include "core/buddy.h"
#include "core/compact.h"
#include "core/layout.h"
#include "core/lock.h"
#include "core/lru.h"
#include "core/pageblock.h"
#include "core/pcp.h"
#include "core/vmcount.h"
#include "core/vmstat.h"
#include "core/wmark.h"
#include "core/zonelist.h"

enum l310_tunable {
	L310_PCP_ENABLE,
	L310_PCP_HIGH,
	L310_PCP_BATCH,
	L310_PCP_FRACTION,
	L310_MOBILITY,
	L310_LIST_ORDER,
	L310_VMSTAT,
	L310_ZLC,
	L310_MIN_FREE,
	L310_RATIO_DMA,
	L310_RATIO_DMA32,
	L310_RATIO_NORMAL,
	L310_RECLAIM,
	L310_SWAPPINESS,
	L310_DIRTY_RATIO,
	L310_ZONE_RECLAIM,
	L310_WMARK_SCALE,
	L310_COMPACTION,
	L310_EXTFRAG,
	L310_DEFER_SHIFT,
	L310_DISTANCES,
	L310_NR_TUNABLES
};
extern const struct pga_tunable l310_tunables[L310_NR_TUNABLES + 1];

enum l310_mobility { L310_MOBILITY_AUTO, L310_MOBILITY_ON, L310_MOBILITY_OFF };
enum l310_compaction { L310_COMPACT_ON, L310_COMPACT_OFF, L310_COMPACT_ASYNC };
enum l310_vmstat { L310_VMSTAT_PERCPU, L310_VMSTAT_EXACT };

/*
 * Locks.  Nobody holds two of these at a time, and no hook of the host is
 * called with one held, so that owners may take theirs outside of them:
 *   zone->lock            buddy lists, free counters, types of free blocks
 *   zone->lru.lock        LRU lists and whose work an isolated frame is
 *   kswapd->lock          what the daemon of a node is wanted for
 * A CPU that is drained by another (DRAINING, core/cpugate.h) counts as held by it; the
 * drainer takes zone locks inside, and waits for no other CPU.  zone->oom and
 * pressure.busy are tried, never waited for.
 */

#define L310_COSTLY_ORDER 3u /* above, failure is expected and handled */

/* What reclaim remembers of a zone: hints, changed without a lock. */
struct l310_pressure {
	uint64_t scanned; /* frames, since frames came back to the buddy lists */
	uint64_t returns; /* drains and returns of the zone at that time */
	bool congested;	  /* the device had no room for the zone's dirty frames */
	bool hopeless;	  /* kswapd has given the zone up, until frames come back */
	uint32_t busy;	  /* zone_reclaim is at it; by atomic exchange */
};

/*
 * A zone.  Three groups on lines of their own: every allocation reads the
 * constants and the free counters, so they must not share a line with the lock
 * and the lists, which whoever refills or releases writes all the time.
 *
 * Invariants, tested by check():
 *   nr_free + sum over CPUs of diff_free == frames in free blocks,
 *     until a pageblock was isolated: then frames that return to a
 *     list other than that of their pageblock part the two, as in this kernel
 *   every frame is exactly one of: hole, reserved, in one free block, on one
 *     CPU's list, in one allocated block
 *   present == managed + CMA frames + reserved frames
 */
struct l310_zone {
	uint32_t mark[PGA_NR_WMARKS];
	uint32_t reserve[PGA_LIST_TYPES]; /* by type of the preferred zone */
	int32_t threshold;		  /* of counter differences, 0 = exact */
	pga_pfn_t start, end;
	uint32_t present, managed;
	uint32_t used; /* flags of a single frame in use */
	uint8_t id, node, type;

	PGA_LINE_ALIGNED int64_t nr_free; /* global values: see core/vmcount.h */
	int64_t nr_cma;

	PGA_LINE_ALIGNED struct pga_lock lock;
	bool untold; /* fallback is to be told when the lock is free */
	struct pga_event fallback;
	uint64_t refills, drains, steals, claims;
	uint64_t returns; /* blocks that came back other than by drains */

	PGA_LINE_ALIGNED struct pga_buddy buddy;

	PGA_LINE_ALIGNED struct pga_lru_set lru;
	struct l310_pressure pressure;

	PGA_LINE_ALIGNED struct pga_compact_state compact;
	bool oom; /* somebody runs the OOM killer for this zone; exchanged */
};

/* One CPU's share of one zone; lines that only this CPU writes. */
struct l310_local {
	struct pga_pcp pcp;

	PGA_LINE_ALIGNED uint64_t event[PGA_NR_NUMA_EVENTS];
	uint64_t freed; /* frames */
	uint64_t extra; /* frames allocated beyond one for each allocation */

	PGA_LINE_ALIGNED uint64_t folded[PGA_NR_NUMA]; /* events at the last fold */
	int32_t diff_free, diff_cma;

	PGA_LINE_ALIGNED uint64_t vm[PGA_NR_VM]; /* see l310_vm_add() */
};

/*
 * Where the fast path finds what a request prefers.  Made once, at init: one row
 * of classes for requests without a node, then one for each node.
 */
struct l310_way {
	struct pga_frame *list; /* always empty where only the walk may serve */
	struct l310_local *local;
	struct l310_zone *zone;
	int16_t node; /* of the zone, for the answer */
	uint16_t zone_id;
} __attribute__((aligned(32)));

/*
 * Where the fast path puts a frame that comes back, by zone and type of its
 * pageblock.  Made once, at init.
 */
struct l310_back {
	struct pga_frame *list; /* NULL where only the slow path may free */
	struct l310_local *local;
	uint64_t links; /* of a frame that is first and last on the list, but for the next */
	uint32_t flags; /* of the frame on the list */
} __attribute__((aligned(32)));

struct l310_cpu {
	uint32_t state;		/* enum pga_gate */
	uint32_t request;	/* another CPU asks for a drain; polled at every call */
	struct l310_way *way;	/* [(1 + nr_nodes) * L310_NR_CLASSES] */
	struct l310_back *back; /* [nr_zones * PGA_MAX_TYPES] */
	/* The entry that served last, and its number.  The driver's, as the lists are. */
	const struct l310_back *recent;
	uint32_t recent_block;
	uint16_t node;
	PGA_LINE_ALIGNED struct l310_local local[];
};

/* What a node is to be balanced for. */
struct l310_balance {
	uint8_t order; /* blocks of it have to be there */
	uint8_t class; /* highest zone type that is wanted */
};

/* A node's kswapd. */
struct l310_kswapd {
	struct pga_lock lock;	    /* of the next two; innermost */
	struct l310_balance wanted; /* by wakers, since it last looked */
	bool asleep;
	/* The daemon's own. */
	struct l310_balance now;
	bool running;	      /* a run is under way */
	uint8_t priority;     /* of the next round */
	uint8_t top;	      /* highest zone type that needed work */
	uint32_t fruitless;   /* runs that freed nothing, in a row */
	uint64_t reclaimed;   /* frames in this run */
	uint64_t free_before; /* frames free when it began */
} PGA_LINE_ALIGNED;
enum l310_daemon { L310_DAEMON_KSWAPD };

/* Zones that a node's fallback list need not try again soon. */
struct l310_zlc {
	uint64_t full[PGA_MAX_ZONES / 64];
	uint64_t wiped; /* tick */
} PGA_LINE_ALIGNED;

/* What the low bits of gfp choose. */
#define L310_CLASS_BITS                                                                          \
	(PGA_GFP_DMA | PGA_GFP_HIGHMEM | PGA_GFP_DMA32 | PGA_GFP_MOVABLE | PGA_GFP_RECLAIMABLE | \
	 PGA_GFP_THISNODE)
#define L310_NR_CLASSES 64u
_Static_assert(L310_CLASS_BITS == L310_NR_CLASSES - 1, "class bits are the lowest of gfp");
struct l310_class {
	uint8_t list; /* pga_zonelist_index() without the node */
	uint8_t type;
	bool direct; /* the fast path may serve it */
	uint8_t spare;
};

/* The instance: read-mostly, and in the shared extent with the tables. */
struct pga {
	struct pga_map map;
	struct pga_blocks blocks;
	struct l310_zone **zone;     /* [nr_zones] */
	struct l310_cpu **cpu;	     /* [nr_cpus] */
	struct pga_zonelist *list;   /* [nr_nodes * PGA_LISTS_PER_NODE] */
	uint8_t *entry;		     /* of the lists */
	struct l310_zlc **zlc;	     /* [nr_nodes] */
	struct l310_kswapd **kswapd; /* [nr_nodes] */
	uint16_t nr_zones, nr_cpus, nr_nodes;
	uint32_t nr_backs; /* entries of each CPU's table */
	uint8_t nr_orders;
	uint8_t pcp_orders; /* orders below this use per-CPU lists: 1, or 0 */
	bool grouping;	    /* pageblocks have types of their own */
	bool has_cma;
	bool zlc_on;
	uint32_t min_free;    /* KiB */
	bool isolated;	      /* a pageblock was, at some time; atomic */
	bool claiming;	      /* somebody empties a range; exchanged */
	pga_link_t frames;    /* links from here on are frames, below are heads */
	struct pga_span span; /* frames in the table */
	struct l310_class class[L310_NR_CLASSES];
	struct pga_compact_policy compact;
	struct pga_frame none;		  /* a list that stays empty */
	int64_t policy[L310_NR_TUNABLES]; /* as given */
	const struct pga_conf *conf;
	struct pga_host host;
};

/* --- linux310_init.c --- */
int l310_plan(const struct pga_conf *conf, struct pga_extent *ext, unsigned max, char *why,
	      size_t len);
int l310_init(struct pga **out, const struct pga_conf *conf, const struct pga_host *host,
	      void *base);
void l310_fini(struct pga *self);

/* --- linux310_setup.c: from tunables to numbers; init and quiet --- */
void l310_setup_pcp(struct pga *self);
void l310_setup_reserves(struct pga *self);
void l310_setup_marks(struct pga *self);
int l310_set(struct pga *self, unsigned idx, int64_t value);
int64_t l310_get(struct pga *self, unsigned idx);

/* --- linux310_lists.c: between per-CPU lists and buddy lists --- */

/** l310_take_block - take a block of @type under the zone lock; 0 if there is none */
pga_link_t l310_take_block(struct pga *self, struct l310_zone *z, unsigned order, unsigned type,
			   uint32_t *path);
/**
 * l310_tell_fallback - tell the last fallback of the zone, if it was not told
 * Called with the zone's lock held and only when the host wants events: lets
 * go of the lock meanwhile.  @l: of the CPU that took the block
 */
void l310_tell_fallback(struct pga *self, struct l310_zone *z, const struct l310_local *l);
/** l310_tell_drain - tell that a CPU's list gave @count frames back, @at first; no lock */
void l310_tell_drain(struct pga *self, const struct l310_zone *z, const struct l310_local *l,
		     pga_link_t at, uint32_t count);

/** l310_refill - fill the CPU's empty list of @type by one batch; takes the lock */
void l310_refill(struct pga *self, struct l310_local *l, struct l310_zone *z, unsigned type,
		 bool cold, uint32_t *path);
/** l310_release - return up to @n frames of the CPU's lists; takes the lock */
void l310_release(struct pga *self, struct l310_local *l, struct l310_zone *z, uint32_t n);
/** l310_free_block - give one block back to the list of @type; takes the lock */
void l310_free_block(struct pga *self, struct l310_local *l, struct l310_zone *z, pga_link_t at,
		     unsigned order, unsigned type);
/** l310_free_slow - every free, without the fast path's assumptions */
void l310_free_slow(struct pga *self, pga_pfn_t pfn, unsigned order, unsigned cpu, unsigned flags);

/* --- linux310_blocks.c: pageblocks; under the zone lock or quiet --- */

/** l310_set_type - give a pageblock a type. Return: did it change? */
bool l310_set_type(struct pga *self, pga_pfn_t pfn, unsigned type);
/**
 * l310_move_block - move the free blocks of a pageblock to the lists of @type
 * @pfn: where to begin when the pageblock begins outside the zone
 * Return: frames moved.
 */
uint32_t l310_move_block(struct pga *self, struct l310_zone *z, pga_pfn_t pfn, unsigned type);
void l310_setup_reserve_blocks(struct pga *self, struct l310_zone *z);
int l310_isolate(struct pga *self, pga_pfn_t pfn, unsigned cpu);
void l310_unisolate(struct pga *self, pga_pfn_t pfn, enum pga_type type);

/* --- linux310_walk.c: zonelists and watermarks; see core/linux310_slow.h --- */
struct pga_res l310_alloc_walk(struct pga *self, struct pga_req req, const struct pga_ctx *ctx);
/**
 * l310_zone_ok - does @z keep more than a limit after 2^@order frames are taken?
 * @limit: frames, without the reserve for other classes, @reserve
 * @cma: do free CMA frames count?
 */
bool l310_zone_ok(const struct pga *self, const struct l310_zone *z, unsigned order, int64_t limit,
		  uint32_t reserve, bool cma);
/** l310_keeps - the same when @free frames are free, for who knows better than the counter */
bool l310_keeps(const struct pga *self, const struct l310_zone *z, int64_t free, unsigned order,
		int64_t limit, uint32_t reserve, bool cma);

/* --- linux310_compact.c --- */
void l310_setup_compact(struct pga *self);
/** l310_compact_place - @z as compaction sees it */
struct pga_compact_place l310_compact_place(struct pga *self, struct l310_zone *z);

/* --- linux310_contig.c: steps that take and give back contiguous ranges --- */
int64_t l310_step_alloc_contig(struct pga *self, const struct pga_step_arg *arg);
int64_t l310_step_free_contig(struct pga *self, const struct pga_step_arg *arg);

/* --- linux310_steps.c --- */
extern const struct pga_step l310_steps[];

/* --- linux310_cpu.c: parking, draining, folding --- */
void l310_park(struct pga *self, unsigned cpu);
void l310_unpark(struct pga *self, unsigned cpu);
int l310_drain(struct pga *self, unsigned cpu, int zone, unsigned nr, unsigned by_cpu);
void l310_drain_all(struct pga *self, unsigned by_cpu);
void l310_serve(struct pga *self, struct l310_cpu *c);
void l310_tick(struct pga *self, unsigned cpu);

/* --- linux310_lru.c: frames that owners let be moved and taken back --- */
void l310_lru_add(struct pga *self, pga_pfn_t pfn, enum pga_lru list, unsigned cpu);
int l310_lru_del(struct pga *self, pga_pfn_t pfn, unsigned cpu);
void l310_lru_count(struct pga *self, unsigned zone, uint64_t *count);
void l310_mark_accessed(struct pga *self, pga_pfn_t pfn);
int l310_set_dirty(struct pga *self, pga_pfn_t pfn, bool dirty);
/** l310_dirty_frames, l310_dirty_limit - dirty frames of all zones, and how many there should be */
uint64_t l310_dirty_frames(const struct pga *self);
uint64_t l310_dirty_limit(const struct pga *self);

/* --- linux310_kswapd.c --- */
extern const struct pga_daemon l310_daemons[];
void l310_kswapd_init(struct pga *self);
bool l310_kswapd_step(struct pga *self, unsigned node, unsigned cpu);

/* --- linux310_report.c and linux310_check.c --- */
static inline uint64_t l310_numa_count(const struct l310_cpu *c, const struct l310_zone *z,
				       enum pga_numa kind)
{
	return pga_numa_count(c->local[z->id].event, z->node == c->node, kind);
}
void l310_stats(struct pga *self, int zone, uint64_t *val);
void l310_zone_info(struct pga *self, unsigned zone, struct pga_zone_info *info);
void l310_zone_snap(struct pga *self, unsigned zone, struct pga_zone_snap *snap);
void l310_pcp_count(struct pga *self, unsigned cpu, unsigned zone, uint32_t *count);
void l310_frame(struct pga *self, pga_pfn_t pfn, struct pga_frame_info *info);
void l310_walk_lists(struct pga *self, pga_list_fn fn, void *data);
unsigned l310_zonelist(struct pga *self, unsigned node, bool this_node, uint16_t *zones,
		       unsigned max);
int l310_check(struct pga *self, char *why, size_t len);

static inline pga_link_t l310_pcp_head(const struct pga *self, const struct l310_local *l,
				       unsigned list)
{
	return (pga_link_t)(&l->pcp.list[list] - self->map.unit);
}

/** l310_clamped - a counter as watermark tests read it: never below 0 */
static inline int64_t l310_clamped(const int64_t *counter)
{
	int64_t v = pga_load(counter);

	return v < 0 ? 0 : v;
}

/** l310_account - count one allocation of CPU @c from @z for preferred zone @p */
static inline void l310_account(struct l310_cpu *c, const struct l310_zone *z,
				const struct l310_zone *p, uint32_t gfp)
{
	bool miss = z->node != p->node;
	bool other = z->node != (gfp & PGA_GFP_OTHER_NODE ? p->node : c->node);

	pga_numa_account(c->local[z->id].event, c->local[p->id].event, miss, other);
}

/** l310_vm_add - count @n events of the slow path, of CPU @c in @z; driver of the CPU */
static inline void l310_vm_add(struct l310_cpu *c, const struct l310_zone *z, enum pga_stat stat,
			       uint64_t n)
{
	pga_add(&c->local[z->id].vm[stat - PGA_VM_FIRST], n);
}

#endif
