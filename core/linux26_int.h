/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the linux-2.6.9 mechanism share; nobody else includes it. */
#ifndef CORE_LINUX26_INT_H
#define CORE_LINUX26_INT_H

#include "core/bitbuddy.h"
#include "core/layout.h"
#include "core/lock.h"
#include "core/lru.h"
#include "core/vmstat.h"
#include "core/wmark.h"
#include "core/zonelist.h"

enum l26_tunable {
	L26_PCP_ENABLE,
	L26_PCP_BATCH,
	L26_LIST_NODES,
	L26_CPU_PENALTY,
	L26_MAX_NODES,
	L26_MIN_FREE,
	L26_LOWER_ZONE,
	L26_RECLAIM,
	L26_SWAPPINESS,
	L26_DIRTY_RATIO,
	L26_OOM_PATIENCE,
	L26_DISTANCES,
	L26_NR_TUNABLES
};
extern const struct pga_tunable l26_tunables[L26_NR_TUNABLES + 1];

enum l26_nodes { L26_NODES_DISTANCE, L26_NODES_RING };

/*
 * Locks.  Nobody holds two of these at a time, and no hook of the host is
 * called with one held, so that owners may take theirs outside of them:
 *   zone->lock      buddy lists and bitmaps, free counter
 *   zone->lru.lock  LRU lists and whose work an isolated frame is
 *   oom.lock        when requests failed and tasks were killed
 * A CPU that is drained by another (core/cpugate.h) counts as held by it; the
 * drainer takes zone locks inside, and waits for no other CPU.
 */

#define L26_COSTLY_ORDER 3u /* above, a request does not wait unless it says so */

/* Request classes, and the type that is highest in each; a zone's own class is that of its type. */
enum l26_class { L26_DMA, L26_NORMAL, L26_HIGHMEM, L26_NR_CLASSES };

/*
 * A zone.  Groups on lines of their own: every allocation reads the constants
 * and the free counter; who refills or releases writes the others.
 *
 * Invariants, tested by check():
 *   nr_free == frames in free blocks
 *   every frame is exactly one of: hole, reserved, in one free block, on one
 *     CPU's list, in one allocated block
 *   present == managed + reserved frames
 */
struct l26_zone {
	uint32_t mark[PGA_NR_WMARKS];
	uint32_t protection[L26_NR_CLASSES]; /* frames kept back, by class of the preferred zone */
	pga_pfn_t start, end;
	uint32_t present, managed;
	uint32_t used; /* flags of a single frame in use */
	uint8_t id, node, type, class;

	PGA_LINE_ALIGNED uint64_t nr_free; /* exact; written under the lock, read without */

	PGA_LINE_ALIGNED struct pga_lock lock;
	bool unreclaimable; /* scanned often in vain, until frames come back */
	uint64_t scanned;   /* frames of its LRU lists, since frames came back; by atomic add */
	uint64_t refills, drains;

	PGA_LINE_ALIGNED struct pga_bitbuddy buddy;

	/* One active and one inactive list, of frames of all kinds. */
	PGA_LINE_ALIGNED struct pga_lru_set lru;
	/* Hints, changed without a lock. */
	uint64_t scan_active, scan_inactive; /* owed to the lists: less than a batch */
	uint32_t temp_priority;		     /* that reclaim is at, and */
	uint32_t prev_priority;		     /* came to last time: the lower, the more distress */
};

/* Frames that one CPU keeps of one zone: those in its cache and others. */
enum l26_heat { L26_HOT, L26_COLD, L26_NR_HEATS };
struct l26_set {
	struct pga_frame list;
	uint32_t count;
	uint32_t low;	/* frames; at so few an allocation takes a batch first */
	uint32_t high;	/* at so many a free returns a batch first */
	uint32_t batch; /* frames moved from or to the buddy lists at once */
};

/* One CPU's share of one zone; lines that only this CPU writes. */
struct l26_local {
	PGA_LINE_ALIGNED struct l26_set set[L26_NR_HEATS];

	PGA_LINE_ALIGNED uint64_t event[PGA_NR_NUMA_EVENTS];
	uint64_t freed; /* frames */
	uint64_t extra; /* frames allocated beyond one for each allocation */

	PGA_LINE_ALIGNED uint64_t vm[PGA_NR_VM]; /* see l26_vm_add() */
};
_Static_assert(sizeof(struct l26_set) * L26_NR_HEATS == PGA_LINE, "both sets are one line");

/* What the low bits of gfp choose. */
#define L26_CLASS_BITS                                                                           \
	(PGA_GFP_DMA | PGA_GFP_HIGHMEM | PGA_GFP_DMA32 | PGA_GFP_MOVABLE | PGA_GFP_RECLAIMABLE | \
	 PGA_GFP_THISNODE)
#define L26_NR_WAYS 64u
_Static_assert(L26_CLASS_BITS == L26_NR_WAYS - 1, "class bits are the lowest of gfp");

/*
 * Where the fast path finds what a request prefers.  Made once, at init: one row
 * for requests without a node, then one for each node.
 */
struct l26_way {
	struct l26_local *local; /* without frames for ever where only the walk may serve */
	struct l26_zone *zone;
	struct pga_res res; /* but for the frame */
};

struct l26_cpu {
	uint32_t gate;	     /* enum pga_gate */
	uint32_t request;    /* another CPU asks for a drain; polled at every call */
	struct l26_way *way; /* [(1 + nr_nodes) * L26_NR_WAYS] */
	uint16_t node;
	PGA_LINE_ALIGNED struct l26_local local[];
};

/* A node's kswapd; its own. */
struct l26_kswapd {
	bool running;	    /* a run is under way */
	uint8_t priority;   /* of the next round */
	uint64_t scanned;   /* frames in this run */
	uint64_t reclaimed; /* frames in this run */
} PGA_LINE_ALIGNED;

/* What the OOM killer remembers; ticks. */
struct l26_oom {
	struct pga_lock lock;
	unsigned failures;
	uint64_t first, last; /* of the failures */
	uint64_t killed;      /* the last task; 0: none yet */
} PGA_LINE_ALIGNED;

/* The instance: read-mostly, and in the shared extent with the tables. */
struct pga {
	struct pga_map map;
	struct l26_zone **zone;	    /* [nr_zones] */
	struct l26_cpu **cpu;	    /* [nr_cpus] */
	struct l26_kswapd **kswapd; /* [nr_nodes] */
	struct pga_zonelist *list;  /* [nr_nodes * PGA_LIST_KINDS * L26_NR_CLASSES] */
	uint8_t *entry;		    /* of the lists */
	uint16_t nr_zones, nr_cpus, nr_nodes;
	uint8_t nr_orders;
	uint8_t pcp_orders;		 /* orders below this use per-CPU lists: 1, or 0 */
	uint32_t min_free;		 /* KiB */
	struct pga_span span;		 /* frames in the table */
	int64_t policy[L26_NR_TUNABLES]; /* as given */
	const struct pga_conf *conf;
	struct pga_host host;
	struct l26_local none; /* no frames, for ways that do not serve */
	struct l26_oom oom;
};

/* --- linux26_init.c --- */
int l26_plan(const struct pga_conf *conf, struct pga_extent *ext, unsigned max, char *why,
	     size_t len);
int l26_init(struct pga **out, const struct pga_conf *conf, const struct pga_host *host,
	     void *base);
void l26_fini(struct pga *self);

/* --- linux26_setup.c: from tunables to numbers; init and quiet --- */
void l26_setup_pcp(struct pga *self);
void l26_setup_marks(struct pga *self);
void l26_setup_lists(struct pga *self);
int l26_set(struct pga *self, unsigned idx, int64_t value);
int64_t l26_get(struct pga *self, unsigned idx);
/** l26_class_of - request class of @gfp */
enum l26_class l26_class_of(uint32_t gfp);
/** l26_list - the list that a request for @node walks */
const struct pga_zonelist *l26_list(const struct pga *self, unsigned node, uint32_t gfp);

/* --- linux26_lists.c: between per-CPU lists and buddy lists --- */

/** l26_take_block - a block from the buddy lists, marked as in use; takes the lock; 0: none */
pga_link_t l26_take_block(struct pga *self, struct l26_zone *z, unsigned order, uint32_t *path);
/** l26_refill - add up to a batch to the tail of a CPU's set; takes the lock */
void l26_refill(struct pga *self, struct l26_set *set, struct l26_zone *z, uint32_t *path);
/** l26_release - return up to @n frames from the tail of a CPU's set; takes the lock */
void l26_release(struct pga *self, struct l26_set *set, struct l26_zone *z, uint32_t n);
/** l26_free_slow - every free, without the fast path's assumptions */
void l26_free_slow(struct pga *self, pga_pfn_t pfn, unsigned order, unsigned cpu, unsigned flags);

/* --- linux26_page.c: blocks in use --- */

/** l26_prepare - a block leaves for its user: in use, with one reference, and as @gfp wants it */
void l26_prepare(struct pga *self, const struct l26_zone *z, pga_link_t at, unsigned order,
		 uint32_t gfp);
/**
 * l26_unprepare - a block comes back, once nobody refers to it
 * Return: false, there are other references; it stays in use.
 */
bool l26_unprepare(struct pga *self, pga_link_t at, unsigned order);
void l26_get_page(struct pga *self, pga_pfn_t pfn);
bool l26_put_page(struct pga *self, pga_pfn_t pfn, unsigned cpu);
/** l26_head - first frame of the compound block that @at is in; else @at */
pga_link_t l26_head(const struct pga *self, pga_link_t at);

/* --- linux26_walk.c: zonelists and marks; see core/linux26_slow.h --- */
struct pga_res l26_alloc_walk(struct pga *self, struct pga_req req, const struct pga_ctx *ctx);

/* --- linux26_lru.c: frames that owners let be taken back --- */
void l26_lru_add(struct pga *self, pga_pfn_t pfn, enum pga_lru list, unsigned cpu);
int l26_lru_del(struct pga *self, pga_pfn_t pfn, unsigned cpu);
void l26_lru_count(struct pga *self, unsigned zone, uint64_t *count);
void l26_mark_accessed(struct pga *self, pga_pfn_t pfn);
int l26_set_dirty(struct pga *self, pga_pfn_t pfn, bool dirty);

/* --- linux26_kswapd.c and linux26_reclaim.c --- */
enum l26_daemon { L26_DAEMON_KSWAPD };
extern const struct pga_daemon l26_daemons[];
extern const struct pga_step l26_steps[];

/* --- linux26_cpu.c: parking and draining --- */
void l26_park(struct pga *self, unsigned cpu);
void l26_unpark(struct pga *self, unsigned cpu);
int l26_drain(struct pga *self, unsigned cpu, int zone, unsigned nr, unsigned by_cpu);
void l26_serve(struct pga *self, struct l26_cpu *c);
void l26_tick(struct pga *self, unsigned cpu);

/* --- linux26_report.c --- */
void l26_stats(struct pga *self, int zone, uint64_t *val);
void l26_zone_info(struct pga *self, unsigned zone, struct pga_zone_info *info);
void l26_zone_snap(struct pga *self, unsigned zone, struct pga_zone_snap *snap);
void l26_pcp_count(struct pga *self, unsigned cpu, unsigned zone, uint32_t *count);
void l26_frame(struct pga *self, pga_pfn_t pfn, struct pga_frame_info *info);
void l26_walk_lists(struct pga *self, pga_list_fn fn, void *data);
unsigned l26_zonelist(struct pga *self, unsigned node, bool this_node, uint16_t *zones,
		      unsigned max);
unsigned l26_zonelist_class(struct pga *self, unsigned node, uint32_t gfp, uint16_t *zones,
			    unsigned max);
const uint8_t *l26_pair_map(struct pga *self, unsigned zone, unsigned order, uint32_t *nr_bits);
int l26_check(struct pga *self, char *why, size_t len);

static inline pga_link_t l26_set_head(const struct pga *self, const struct l26_set *set)
{
	return (pga_link_t)(&set->list - self->map.unit);
}

static inline uint64_t l26_numa_count(const struct l26_cpu *c, const struct l26_zone *z,
				      enum pga_numa kind)
{
	return pga_numa_count(c->local[z->id].event, z->node == c->node, kind);
}

/** l26_vm_add - count @n events of the slow path, of CPU @c in @z; driver of the CPU */
static inline void l26_vm_add(struct l26_cpu *c, const struct l26_zone *z, enum pga_stat stat,
			      uint64_t n)
{
	pga_add(&c->local[z->id].vm[stat - PGA_VM_FIRST], n);
}

#endif
