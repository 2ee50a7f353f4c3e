/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The allocator seam: what a page allocator offers to zonebench, and what it
 * may ask of its owner.  core/ knows libc and nothing else: no NUMA call, no
 * I/O, no clock, no thread creation.
 *
 * Words: a *mechanism* is code (struct pga_ops), a *policy* is data (values of
 * the mechanism's tunables), a *variant* is a named pair (core/variants.h).
 * PFNs are indices: the same code serves bound memory, a fake 1 TiB range and
 * a test of 1,024 frames.
 *
 * Ownership.  The caller owns every byte.  meta_plan() says how the metadata
 * is laid out in ONE contiguous virtual range as page-aligned extents, each
 * belonging to a node, to a CPU, or shared; the caller maps the range, places
 * each extent (topo_*), and hands its zeroed base to init().  After init() no
 * hook calls malloc or the system.
 *
 * Concurrency.  One thread drives one logical CPU at a time.  "own" = may run
 * at the same time as anything but must be called by the thread that drives
 * the CPU named in the call; "any" = any thread, any time; "quiet" = no other
 * hook of this instance may run; "init" = before any other hook.
 *
 *   alloc free                own (cpu argument)
 *   park unpark               own (cpu argument)
 *   drain                     own (by_cpu argument); see drain below
 *   tick                      own (cpu argument)
 *   stats zone_snap pcp_count any, but exact only when quiet
 *   isolate unisolate         quiet
 *   set check walk_* frame    quiet
 *   zone_info zonelist get    any (zonelist_class too)
 *   put_page                  own (cpu argument)
 *   get_page                  any, by who has a reference
 *   lru_add lru_del steps     own (cpu argument)
 *   daemons                   own (cpu argument), and one thread for each node's
 *   mark_accessed set_dirty   any, by the owner of the frame
 *   lru_count                 any, but exact only when quiet
 *   meta_plan                 pure
 *   init fini                 init / quiet
 */
#ifndef CORE_PGA_H
#define CORE_PGA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PGA_ABI 3u	   /* raised with every incompatible change of this file */
#define PGA_NIL UINT32_MAX /* "no frame" */

#define PGA_MAX_NODES 64u
#define PGA_MAX_ZONES 256u
#define PGA_MAX_ORDERS 16u
#define PGA_MAX_TYPES 8u
#define PGA_MAX_TUNABLES 48u
#define PGA_MAX_EXTENTS 1024u

typedef uint32_t pga_pfn_t;

/*
 * Request flags: the union of all mechanisms' gfp flags plus the caller's own
 * state.  The bits that choose zone and type come first, so that a mechanism
 * can translate them with one small table.
 */
#define PGA_GFP_FLAGS(X)                                               \
	X(DMA, "zone DMA or below")                                    \
	X(HIGHMEM, "HighMem, or Movable together with MOVABLE")        \
	X(DMA32, "zone DMA32 or below")                                \
	X(MOVABLE, "the owner lets the frame be migrated")             \
	X(RECLAIMABLE, "the owner can give the frame back on request") \
	X(THISNODE, "the asked node only")                             \
	X(WAIT, "the caller may sleep")                                \
	X(HIGH, "may dig into the emergency pools")                    \
	X(IO, "may start I/O")                                         \
	X(FS, "may call into the file system")                         \
	X(COLD, "a cache-cold frame is welcome")                       \
	X(NOWARN, "no failure report")                                 \
	X(REPEAT, "try hard, may fail")                                \
	X(NOFAIL, "never fail")                                        \
	X(NORETRY, "do not retry")                                     \
	X(MEMALLOC, "no watermarks")                                   \
	X(NOMEMALLOC, "never without watermarks")                      \
	X(HARDWALL, "keep to the cpuset")                              \
	X(COMP, "compound frame")                                      \
	X(ZERO, "zeroed frame")                                        \
	X(NO_KSWAPD, "do not wake kswapd")                             \
	X(OTHER_NODE, "account to the preferred zone's node")          \
	X(PF_MEMALLOC, "the caller itself frees memory")               \
	X(OOM_VICTIM, "the caller was chosen by the OOM killer")       \
	X(RT_TASK, "the caller is a real-time task")                   \
	X(IN_IRQ, "the caller is an interrupt handler")

enum pga_gfp_bit {
#define X(name, help) PGA_GFP_BIT_##name,
	PGA_GFP_FLAGS(X)
#undef X
		PGA_NR_GFP_BITS
};
enum pga_gfp {
#define X(name, help) PGA_GFP_##name = 1u << PGA_GFP_BIT_##name,
	PGA_GFP_FLAGS(X)
#undef X
};

/* Request classes that workloads use, composed as the kernel composes them. */
#define PGA_GFP_KERNEL (PGA_GFP_WAIT | PGA_GFP_IO | PGA_GFP_FS)
#define PGA_GFP_USER_MOVABLE (PGA_GFP_KERNEL | PGA_GFP_HARDWALL | PGA_GFP_HIGHMEM | PGA_GFP_MOVABLE)
#define PGA_GFP_SLAB_RECLAIMABLE (PGA_GFP_KERNEL | PGA_GFP_RECLAIMABLE)
#define PGA_GFP_ATOMIC PGA_GFP_HIGH

/*
 * Stages of one allocation, cheapest first: a path is a set of stages, and its
 * class is the costliest one, the highest bit set (pga_path_class).  The fast
 * path is what the first attempt serves; stages marked slow exist only after
 * the first attempt has failed.
 */
#define PGA_PATH_STAGES(X)                                                         \
	X(PCP_HIT, "pcp_hit", 0, "served from the CPU's own list")                 \
	X(PCP_REFILL, "pcp_refill", 0, "the CPU's list was refilled first")        \
	X(BUDDY, "buddy", 0, "a free block of the exact order and type")           \
	X(SPLIT, "split", 0, "a larger block of the own type was split")           \
	X(STEAL, "steal", 0, "taken from a block of another type")                 \
	X(CLAIM, "claim", 0, "a pageblock changed its type")                       \
	X(RESERVE, "reserve", 0, "taken from a reserve block")                     \
	X(NEXT_ZONE, "next_zone", 0, "not the preferred zone")                     \
	X(REMOTE_NODE, "remote_node", 0, "not the preferred zone's node")          \
	X(LIMIT, "limit", 1, "a zone that counts its clean cached frames as free") \
	X(RETRY_MIN, "retry_min", 1, "retried at the min mark, kswapd woken")      \
	X(NO_WATERMARK, "no_watermark", 1, "walked without watermarks")            \
	X(CLEAN, "clean", 1, "a clean cached frame was taken from its owner")      \
	X(COMPACT_ASYNC, "compact_async", 1, "asynchronous direct compaction")     \
	X(COMPACT_SYNC, "compact_sync", 1, "synchronous direct compaction")        \
	X(RECLAIM_LOCAL, "reclaim_local", 1,                                       \
	  "zone_reclaim: the zone was reclaimed before going on")                  \
	X(LAUNDER, "launder", 1, "dirty cached frames were written first")         \
	X(RECLAIM, "reclaim", 1, "direct reclaim")                                 \
	X(WAIT, "wait", 1, "waited for congestion, and tried again")               \
	X(OOM, "oom", 1, "the out-of-memory killer ran")                           \
	X(FAIL, "fail", 1, "the request failed")

enum pga_stage {
#define X(id, name, slow, help) PGA_ST_##id,
	PGA_PATH_STAGES(X)
#undef X
		PGA_NR_STAGES
};
#define PGA_PATH(id) (1u << PGA_ST_##id)

struct pga_stage_info {
	const char *name; /* as in every sink */
	const char *help;
	bool slow; /* only after the first attempt has failed */
};
extern const struct pga_stage_info pga_stages[PGA_NR_STAGES];

/** pga_path_class - costliest stage of a path; path must not be 0. */
static inline enum pga_stage pga_path_class(uint32_t path)
{
	return (enum pga_stage)(31 - __builtin_clz(path));
}

/* 8 bytes, one register. */
struct pga_req {
	uint32_t gfp;  /* enum pga_gfp */
	uint16_t cpu;  /* logical CPU of conf; the caller drives it */
	int8_t node;   /* node of conf, -1 = the node of cpu */
	uint8_t order; /* block of 2^order frames */
};

/* 16 bytes, two registers. */
struct pga_res {
	pga_pfn_t pfn; /* first frame, PGA_NIL on failure */
	uint32_t path; /* set of PGA_PATH(); never 0 */
	int16_t err;   /* 0; -ENOMEM no memory; -EINVAL order, cpu or node
			  out of conf's range; -EOPNOTSUPP order not offered */
	int16_t node;  /* node of the frame, -1 on failure */
	uint16_t zone; /* zone of the frame, index into conf.zones */
	uint16_t spare;
};
_Static_assert(sizeof(struct pga_req) == 8, "request is one register");
_Static_assert(sizeof(struct pga_res) == 16, "result is two registers");

/* Beyond the request: NULL on the common path. */
struct pga_ctx {
	const uint64_t *nodemask; /* PGA_MAX_NODES bits, NULL = all nodes */
	uint64_t owner;		  /* the caller's handle of the frame's owner */
	const uint64_t *cpuset;	  /* nodes that the caller's cpuset allows, NULL = all:
				     HARDWALL and waiting requests keep to it */
	bool oom_disabled;	  /* the OOM killer must not run for this request */
	bool dumping_core;	  /* the caller is about to die: no OOM kill either */
};

#define PGA_FREE_COLD 1u /* free(): the frame is cache-cold */

enum pga_zone_type {
	PGA_ZONE_DMA,
	PGA_ZONE_DMA32,
	PGA_ZONE_NORMAL,
	PGA_ZONE_MOVABLE,
	PGA_ZONE_HIGHMEM,
	PGA_NR_ZONE_TYPES
};
#define PGA_ZONE_BIT(type) (1u << PGA_ZONE_##type)
extern const char *const pga_zone_type_names[PGA_NR_ZONE_TYPES];

/* Mobility types; a mechanism without grouping uses only UNMOVABLE. */
#define PGA_TYPES(X)                       \
	X(UNMOVABLE, "Unmovable", 'U')     \
	X(RECLAIMABLE, "Reclaimable", 'E') \
	X(MOVABLE, "Movable", 'M')         \
	X(RESERVE, "Reserve", 'R')         \
	X(CMA, "CMA", 'C')                 \
	X(ISOLATE, "Isolate", 'I')
enum pga_type {
#define X(id, name, letter) PGA_##id,
	PGA_TYPES(X)
#undef X
		PGA_NR_TYPES
};
struct pga_type_info {
	const char *name; /* as in /proc/pagetypeinfo */
	char letter;
};
extern const struct pga_type_info pga_types[PGA_NR_TYPES];

struct pga_range {
	pga_pfn_t start, end; /* end exclusive */
};

struct pga_zone_conf {
	uint8_t node;
	uint8_t type; /* enum pga_zone_type */
	pga_pfn_t start;
	uint32_t span;	      /* frames, holes included */
	pga_pfn_t block_base; /* buddy alignment is relative to this frame */
};

/*
 * The machine that an instance serves, and its policy.  Zones are sorted by
 * node, then by type.  The caller keeps conf and all that it points to alive
 * until fini.
 */
struct pga_conf {
	uint8_t nr_orders;	 /* a count: orders 0 .. nr_orders - 1 */
	uint8_t page_shift;	 /* log2 of bytes per frame */
	uint8_t pageblock_order; /* grouping granularity */
	uint8_t long_bits;	 /* word size of the modelled kernel: 32 or 64 */
	uint16_t nr_nodes, nr_cpus, nr_zones;
	uint16_t nr_mem, nr_reserved, nr_cma, nr_boot, nr_bootmap;
	uint32_t hz;			   /* ticks per second of host->clock */
	const struct pga_zone_conf *zones; /* [nr_zones] */
	const uint16_t *cpu_node;	   /* [nr_cpus] node of each CPU */
	const uint16_t *dist;		   /* [nr_nodes * nr_nodes] from row to column */
	const struct pga_range *mem;	   /* RAM; frames of a zone outside are holes */
	const struct pga_range *reserved;  /* RAM kept back for ever */
	const struct pga_range *cma;	   /* CMA areas, whole pageblocks */
	const struct pga_range *boot;	   /* handed to the allocator, in this order */
	const struct pga_range *bootmap;   /* parts of boot that held the boot-time bitmaps:
					      mechanisms that use those release them last */
	const uint16_t *node_order;	   /* [nr_nodes] the global list of nodes, for mechanisms
					      that walk it; NULL: ascending */
	const int64_t *policy;		   /* [number of ops->tunables], same order */
};

/* One parameter of a mechanism's policy. */
enum pga_tunable_type { PGA_TUN_INT, PGA_TUN_BOOL, PGA_TUN_WORD };
struct pga_tunable {
	const char *name; /* "pcp.batch"; NULL ends the table */
	enum pga_tunable_type type;
	int64_t def, min, max;	  /* WORD: indices into words */
	const char *const *words; /* WORD only, NULL-terminated */
	const char *unit;	  /* "frames", "KiB", ""; never NULL */
	const char *help;
	bool runtime; /* set() takes it after init */
};

enum pga_part { PGA_PART_SHARED, PGA_PART_NODE, PGA_PART_CPU };

/* One page-aligned piece of the metadata range. */
struct pga_extent {
	size_t off, len;    /* bytes; multiples of 4096 */
	enum pga_part part; /* who uses it most */
	uint16_t id;	    /* node, or logical CPU; 0 for SHARED */
	const char *what;   /* static text: "frames", "zones", "pcp" */
};

struct pga; /* an instance; lives in its own metadata */

/* Lists of frames that the owner lets be aged, moved and taken back. */
#define PGA_LRU_LISTS(X)                     \
	X(INACTIVE_ANON, "nr_inactive_anon") \
	X(ACTIVE_ANON, "nr_active_anon")     \
	X(INACTIVE_FILE, "nr_inactive_file") \
	X(ACTIVE_FILE, "nr_active_file")     \
	X(UNEVICTABLE, "nr_unevictable")
enum pga_lru {
#define X(id, name) PGA_LRU_##id,
	PGA_LRU_LISTS(X)
#undef X
		PGA_NR_LRU
};

/* Why the slow path pauses, and what it is told. */
enum pga_wait {
	PGA_WAIT_CONGESTION, /* for writeback to make room */
	PGA_WAIT_KSWAPD,     /* for a daemon that was woken */
	PGA_WAIT_YIELD,	     /* for other tasks */
	PGA_WAIT_FREED,	     /* for nothing: it has freed memory itself, and tries again */
};
enum pga_answer { PGA_GO_ON, PGA_GIVE_UP, PGA_NOW_MEMALLOC };

/*
 * An event with the name and the fields of the kernel's tracepoint; what a, b,
 * c and d are is said by pga_event_infos.
 */
struct pga_event {
	uint16_t id; /* enum pga_event_id */
	uint16_t cpu;
	uint16_t zone;
	uint8_t order, type;
	pga_pfn_t pfn;
	uint64_t a, b, c, d;
};
#define PGA_EVENTS(X)                                                                              \
	X(mm_page_alloc, "gfp_flags", "path", "", "")                                              \
	X(mm_page_free, "", "", "", "")                                                            \
	X(mm_page_pcpu_drain, "count", "", "", "")                                                 \
	X(mm_page_alloc_extfrag, "fallback_order", "fallback_migratetype", "change_ownership", "") \
	X(mm_compaction_begin, "zone_start", "migrate_start", "free_start", "zone_end")            \
	X(mm_compaction_end, "status", "", "", "")                                                 \
	X(mm_compaction_migratepages, "nr_migrated", "nr_failed", "", "")                          \
	X(mm_vmscan_wakeup_kswapd, "nid", "", "", "")                                              \
	X(mm_vmscan_kswapd_wake, "nid", "", "", "")                                                \
	X(mm_vmscan_kswapd_sleep, "nid", "", "", "")                                               \
	X(mm_vmscan_direct_reclaim_begin, "gfp_flags", "", "", "")                                 \
	X(mm_vmscan_direct_reclaim_end, "nr_reclaimed", "", "", "")                                \
	X(oom_kill, "frames", "", "", "")                                                          \
	X(alloc_failure, "gfp_flags", "free", "", "")
enum pga_event_id {
#define X(id, a, b, c, d) PGA_EVENT_##id,
	PGA_EVENTS(X)
#undef X
		PGA_NR_EVENTS
};
struct pga_event_info {
	const char *name;
	const char *field[4]; /* "" = not used */
};
extern const struct pga_event_info pga_event_infos[PGA_NR_EVENTS];

/*
 * What the allocator may ask of its owner.  `data` is passed back.  Every hook
 * is optional: a missing clock stands still at 0, a missing migrate, evict or
 * writeback refuses (-EAGAIN), a missing referenced says no, a missing shrink
 * or oom_kill frees nothing, a missing flush, zero or wake does nothing, a
 * missing wait says GIVE_UP.
 *
 * Hooks are called without any lock of the allocator held, by the thread that
 * runs the slow path, the step or the daemon; they may call free, lru_add,
 * lru_del, mark_accessed and set_dirty for the CPU that they are given.
 */
struct pga_host {
	void *data;
	uint64_t (*clock)(void *data); /* ticks since init, conf.hz per second; any thread */
	/*
	 * Copy the contents of block @from to @to and make the owner's handle
	 * point there.  0, then @from is the allocator's again and @to is the
	 * owner's; -EAGAIN: pinned, busy, or no longer owned: nothing changed.
	 */
	int (*migrate)(void *data, pga_pfn_t from, pga_pfn_t to, unsigned order);
	/* Was the frame used since asked last?  Clears the mark. */
	bool (*referenced)(void *data, pga_pfn_t pfn);
	/*
	 * Take the frame from its owner for good: its contents are clean, or
	 * anonymous with room in swap.  0, then the frame is the allocator's;
	 * -EAGAIN pinned or busy; -EBUSY dirty: write it back first; -ENOSPC no
	 * swap left.
	 */
	int (*evict)(void *data, pga_pfn_t pfn);
	/*
	 * Start to write a dirty frame.  0 it is clean already; -EINPROGRESS:
	 * it will become clean, the owner calls set_dirty(false) then, or
	 * set_dirty(true) when the write has failed; -EAGAIN the device is
	 * congested; -EIO the device failed: it stays dirty.
	 */
	int (*writeback)(void *data, pga_pfn_t pfn);
	/* Give back up to @nr frames of caches on @node; frames freed. */
	uint64_t (*shrink)(void *data, unsigned node, uint64_t nr, unsigned cpu);
	/* Frames that shrink could give back on @node; missing: as many as are on the lists. */
	uint64_t (*shrinkable)(void *data, unsigned node);
	/* Room in swap, in frames; missing: unknown, evict says -ENOSPC. */
	uint64_t (*swap_room)(void *data);
	/*
	 * Begin to write about @nr dirty frames of the host's choice, as flusher
	 * threads would; must not block.
	 */
	void (*flush)(void *data, uint64_t nr, unsigned cpu);
	/* Kill the largest task.  Frames it will have freed; 0: nobody to kill. */
	uint64_t (*oom_kill)(void *data, uint32_t gfp, unsigned order, unsigned cpu);
	/* Clear the contents of a block that is handed out for a request with ZERO. */
	void (*zero)(void *data, pga_pfn_t pfn, unsigned order);
	/* Every sleep of the slow path: up to @ticks. core/ itself never sleeps. */
	enum pga_answer (*wait)(void *data, enum pga_wait kind, uint32_t ticks, unsigned cpu);
	/* A daemon of @node has work (index into ops->daemons); must not block. */
	void (*wake)(void *data, unsigned daemon, unsigned node);
	/* Set when events are wanted; NULL costs one test on slow paths, none on the fast ones. */
	void (*event)(void *data, const struct pga_event *event);
};

/* What a step works on; fields that a step does not use are ignored. */
struct pga_step_arg {
	int zone; /* -1: every zone of node */
	uint16_t node;
	uint16_t cpu; /* the caller drives it */
	int8_t order; /* -1: none, the whole range */
	bool sync;
	uint32_t gfp;
	struct pga_range range; /* frames, for CMA */
};
/* A single step of the slow path, by name: daemons, tests and verify call the same ones. */
struct pga_step {
	const char *name; /* "compact", "reset_scanners", "reclaim"; NULL ends the table */
	const char *help;
	/* Result of the step (its help says what), or -errno. own (arg->cpu). */
	int64_t (*run)(struct pga *self, const struct pga_step_arg *arg);
};
/* Work that a mechanism leaves to daemons, one for each node or one for all. */
struct pga_daemon {
	const char *name; /* "kswapd"; NULL ends the table */
	const char *help;
	bool global; /* one, for the whole machine; its node is the first with memory */
	/*
	 * Do a bounded piece of work as CPU @cpu of @node.  true: more is to be
	 * done now; false: sleep until host->wake.
	 */
	bool (*step)(struct pga *self, unsigned node, unsigned cpu);
};

/* Counters with the names of /proc/vmstat and /proc/zoneinfo. */
#define PGA_STATS(X)                                                               \
	X(nr_free_pages, "free frames as the watermark test sees them")            \
	X(nr_free_cma, "free frames in CMA blocks")                                \
	X(numa_hit, "allocations from the preferred zone's node")                  \
	X(numa_miss, "allocations from another node than preferred")               \
	X(numa_foreign, "allocations preferred here, served elsewhere")            \
	X(numa_local, "allocations by CPUs of the zone's node")                    \
	X(numa_other, "allocations by CPUs of other nodes")                        \
	X(pgalloc, "frames allocated")                                             \
	X(pgfree, "frames freed")                                                  \
	X(pcp_refill, "refills of per-CPU lists")                                  \
	X(pcp_drain, "releases from per-CPU lists to the buddy lists")             \
	X(extfrag_steal, "fallbacks that left the block's type")                   \
	X(extfrag_claim, "fallbacks that changed the block's type")                \
	X(nr_active, "frames in the queue of pages in use")                        \
	X(nr_inactive_dirty, "frames in the queue of pages to be cleaned")         \
	X(nr_inactive_clean, "cached frames that can be taken at once")            \
	X(memory_pressure, "requests and reclaims lately, decaying by the second") \
	X(page_launder, "passes that clean the queue of pages to be cleaned")      \
	X(drain_unserved, "drain requests that a running CPU has not served")      \
	X(allocstall, "requests that entered direct reclaim")                      \
	X(pgscan_kswapd, "frames looked at by kswapd")                             \
	X(pgscan_direct, "frames looked at by direct reclaim")                     \
	X(pgsteal_kswapd, "frames reclaimed by kswapd")                            \
	X(pgsteal_direct, "frames reclaimed by direct reclaim")                    \
	X(pgactivate, "frames moved to an active list")                            \
	X(pgdeactivate, "frames moved to an inactive list")                        \
	X(pgrefill, "frames of active lists that were looked at")                  \
	X(pgrotated, "frames put back at the tail after their writeback")          \
	X(nr_dirty, "frames that their owner called dirty")                        \
	X(nr_writeback, "frames being written for reclaim")                        \
	X(nr_vmscan_write, "frames whose writeback reclaim started")               \
	X(slabs_scanned, "frames that caches were asked for")                      \
	X(zone_reclaim_failed, "zone reclaims that freed too little")              \
	X(pageoutrun, "rounds of kswapd")                                          \
	X(compact_stall, "requests that entered direct compaction")                \
	X(compact_fail, "direct compactions after which the request failed")       \
	X(compact_success, "direct compactions after which the request succeeded") \
	X(compact_migrate_scanned, "frames looked at by the migrate scanner")      \
	X(compact_free_scanned, "frames looked at by the free scanner")            \
	X(compact_isolated, "frames isolated by compaction")                       \
	X(pgmigrate_success, "frames migrated")                                    \
	X(pgmigrate_fail, "frames that their owner did not let migrate")           \
	X(oom_kill, "tasks killed for want of memory")                             \
	X(alloc_failure, "failed requests that wanted a report")                   \
	X(slow_thisnode, "slow path left: this node only, and no retry")           \
	X(slow_no_wait, "slow path left: the caller may not sleep")                \
	X(slow_in_reclaim, "slow path left: the caller itself frees memory")       \
	X(slow_victim, "slow path left: the caller was chosen to die")             \
	X(slow_deferred, "slow path left: compaction deferred or contended")       \
	X(slow_oom_off, "slow path left: the OOM killer is disabled")              \
	X(slow_core_dump, "slow path left: the caller dumps core")                 \
	X(slow_costly, "slow path left: no progress for a costly order")           \
	X(slow_lowmem, "slow path left: no progress for low memory")               \
	X(slow_no_victim, "slow path left: nobody to kill")                        \
	X(slow_no_retry, "slow path left: the retry rule says no")                 \
	X(slow_gave_up, "slow path left: told to give up while waiting")
enum pga_stat {
#define X(id, help) PGA_STAT_##id,
	PGA_STATS(X)
#undef X
		PGA_NR_STATS
};
struct pga_stat_info {
	const char *name;
	const char *help;
};
extern const struct pga_stat_info pga_stat_infos[PGA_NR_STATS];

/* Constants of a zone, and its marks in frames. */
struct pga_zone_info {
	uint32_t present, managed;		    /* frames */
	uint32_t wmark[3];			    /* min, low, high */
	uint32_t lowmem_reserve[PGA_NR_ZONE_TYPES]; /* by type of the preferred zone */
	uint32_t pcp_low, pcp_high, pcp_batch;
	uint32_t cold_low, cold_high, cold_batch; /* of a separate cold list; 0 = there is none */
	uint32_t stat_threshold;		  /* 0 = counters exact */
};

/* State of a zone's free memory. */
struct pga_zone_snap {
	uint64_t nr_free;	/* the counter that watermark tests see */
	uint64_t nr_free_exact; /* including what CPUs have not folded yet */
	uint64_t nr_free_cma;
	uint32_t nr_blocks[PGA_MAX_TYPES][PGA_MAX_ORDERS]; /* free blocks */
	uint32_t pageblocks[PGA_MAX_TYPES];		   /* sampled at zone start + k blocks */
	struct {
		pga_pfn_t migrate, free; /* where the scanners go on */
		uint32_t considered;	 /* requests since the last failure */
		uint8_t defer_shift;	 /* 2^n requests are turned away */
		uint8_t order_failed;	 /* lowest order that is turned away */
		bool flush;		 /* scanners met: marks are to be cleared */
	} compact;
};

enum pga_frame_state {
	PGA_FRAME_HOLE,	    /* no RAM, or in no zone */
	PGA_FRAME_RESERVED, /* RAM that is never handed out */
	PGA_FRAME_FREE,	    /* head of a free block */
	PGA_FRAME_TAIL,	    /* other frame of a free or allocated block */
	PGA_FRAME_PCP,	    /* on a CPU's list */
	PGA_FRAME_USED	    /* head of an allocated block */
};
struct pga_frame_info {
	enum pga_frame_state state;
	uint8_t order; /* FREE, USED */
	uint8_t type;  /* type of the pageblock it lies in */
	uint16_t zone;
	bool skip;	/* compaction passes over the pageblock */
	uint8_t refs;	/* USED: reference count, where the mechanism keeps one (255: or more) */
	int8_t queue;	/* index into ops->queues + 1; 0: in none */
	pga_pfn_t head; /* TAIL of a compound block: its first frame; else the frame itself */
};

/* One entry of a list, as walk_lists reports it. */
struct pga_list_entry {
	uint16_t zone;
	int16_t cpu;   /* -1: a buddy list */
	uint8_t order; /* buddy lists */
	uint8_t type;  /* per-CPU lists of a mechanism without types: 0 hot, 1 cold;
			  walk_queues: index into ops->queues */
	pga_pfn_t pfn;
};
typedef void (*pga_list_fn)(void *data, const struct pga_list_entry *entry);

/* Capabilities: what a variant of this mechanism can be asked to do. */
#define PGA_CAP_THREADS (1u << 0)  /* more than one CPU at a time */
#define PGA_CAP_ORDERS (1u << 1)   /* orders above 0 */
#define PGA_CAP_NODES (1u << 2)	   /* honours req.node and THISNODE */
#define PGA_CAP_ZONES (1u << 3)	   /* several zones per node */
#define PGA_CAP_MOBILITY (1u << 4) /* pageblocks and types */
#define PGA_CAP_ISOLATE (1u << 5)  /* isolate, unisolate, CMA */
#define PGA_CAP_RECLAIM (1u << 7)  /* lists, steps, daemons: a real slow path */
#define PGA_CAP_REAL                                     \
	(1u << 6) /* hands out distinct frames; the null \
		     allocator does not */

/*
 * A mechanism.  const, shared by all instances.  Hooks marked Required must be
 * set; Optional ones may be NULL, where a capability demands them they are
 * checked by pga_ops_check().
 */
struct pga_ops {
	const char *name;    /* Required. "linux-3.10"; letters, digits, ".-_" */
	const char *summary; /* Required. One line. */
	uint32_t abi;	     /* Required. PGA_ABI */
	uint32_t ops_size;   /* Required. sizeof(struct pga_ops) */
	uint32_t caps;	     /* PGA_CAP_* */
	uint8_t nr_orders;   /* Required. orders it offers, a count */
	uint8_t zone_types;  /* Required with CAP_ZONES. PGA_ZONE_BIT() of those it knows */
	bool zone_blocks;    /* it aligns blocks to the start of their zone: conf must set
				block_base to it */
	const struct pga_tunable *tunables; /* Required. ends with name NULL */

	/*
	 * Required. Layout of the metadata for conf: fills ext[] in ascending
	 * order of off without overlap and returns their number; total size =
	 * end of the last.  -EINVAL: conf is not servable, why says so;
	 * -E2BIG: more than max extents.
	 */
	int (*meta_plan)(const struct pga_conf *conf, struct pga_extent *ext, unsigned max,
			 char *why, size_t why_len);
	/*
	 * Required. base: zeroed range of the planned size, 4096-aligned.
	 * host is copied, may be NULL.  All CPUs start parked.
	 * 0, or -EINVAL as meta_plan.
	 */
	int (*init)(struct pga **self, const struct pga_conf *conf, const struct pga_host *host,
		    void *base);
	/* Required. The metadata may be unmapped afterwards. */
	void (*fini)(struct pga *self);

	/* Required. Never sleeps, never allocates memory of its own. */
	struct pga_res (*alloc)(struct pga *self, struct pga_req req, const struct pga_ctx *ctx);
	/* Required. pfn and order exactly as allocated; flags PGA_FREE_*. */
	void (*free)(struct pga *self, pga_pfn_t pfn, unsigned order, unsigned cpu, unsigned flags);

	/*
	 * Optional; Required with CAP_THREADS.  A CPU that is parked promises
	 * not to call alloc or free until it is unparked, so others may drain
	 * its lists.  Park before every barrier, wait and exit.
	 */
	void (*park)(struct pga *self, unsigned cpu);
	void (*unpark)(struct pga *self, unsigned cpu);
	/*
	 * Optional. Return the frames on cpu's lists (zone -1: all zones,
	 * ascending) to the buddy lists, at most nr frames per zone (0: all).
	 * Called by the driver of by_cpu.  Another CPU's lists are drained at
	 * once when it is parked; otherwise it is asked to do so at its next
	 * call and the request is counted (drain_unserved) until it did.
	 * Returns 0, or -EAGAIN when only asked.
	 */
	int (*drain)(struct pga *self, unsigned cpu, int zone, unsigned nr, unsigned by_cpu);
	/* Optional. Periodic work of a CPU: fold counters, expire remote lists. */
	void (*tick)(struct pga *self, unsigned cpu);
	/*
	 * Optional. Change tunable number idx of the table.  -EPERM: not a
	 * run-time tunable; -ERANGE: outside min..max.
	 */
	int (*set)(struct pga *self, unsigned idx, int64_t value);
	/*
	 * Optional; Required with CAP_ISOLATE. Isolate the pageblock at pfn;
	 * -EBUSY when it holds frames that cannot move; end the isolation.
	 */
	int (*isolate)(struct pga *self, pga_pfn_t pfn, unsigned cpu);
	void (*unisolate)(struct pga *self, pga_pfn_t pfn, enum pga_type type);

	/* Required. zone -1 = sum of all zones; val[PGA_NR_STATS]. */
	void (*stats)(struct pga *self, int zone, uint64_t *val);
	/* Required with CAP_REAL. */
	void (*zone_info)(struct pga *self, unsigned zone, struct pga_zone_info *info);
	void (*zone_snap)(struct pga *self, unsigned zone, struct pga_zone_snap *snap);
	/* Optional. Frames on cpu's lists of zone, by type [PGA_MAX_TYPES]. */
	void (*pcp_count)(struct pga *self, unsigned cpu, unsigned zone, uint32_t *count);
	/* Required with CAP_REAL. State of one frame. */
	void (*frame)(struct pga *self, pga_pfn_t pfn, struct pga_frame_info *info);
	/*
	 * Optional. All lists, each from head to tail: for each zone its buddy
	 * lists by order and type, then its per-CPU lists by CPU and type.
	 */
	void (*walk_lists)(struct pga *self, pga_list_fn fn, void *data);
	/*
	 * Optional; Required with CAP_NODES. Zones of a node's list in order, for
	 * requests that name the node; this_node selects the THISNODE list, and
	 * where no request for a node ever leaves it, both are the node's own
	 * zones.  Returns their number.
	 */
	unsigned (*zonelist)(struct pga *self, unsigned node, bool this_node, uint16_t *zones,
			     unsigned max);
	/*
	 * Required. Test the invariants stated above the mechanism's structs.
	 * 0, or -EUCLEAN with the first violation in why.
	 */
	int (*check)(struct pga *self, char *why, size_t why_len);
	/*
	 * Optional. Value in effect of tunable number idx: what an automatic
	 * default was resolved to, the last set() included.
	 */
	int64_t (*get)(struct pga *self, unsigned idx);

	/*
	 * Optional; all of them Required with CAP_RECLAIM.  Frames that the
	 * owner lets be aged, moved and evicted.  lru_add and lru_del: own
	 * (cpu); the frame is allocated, of order 0, and the caller's.
	 *
	 * lru_del returns 0: the frame is off its list and stays the caller's;
	 * -EBUSY: somebody is working on it; it now belongs to him, who will
	 * free it, and the caller must forget it.  An owner calls lru_del before
	 * it frees a frame that it once added, under the lock that its migrate
	 * and evict hooks take too.
	 */
	void (*lru_add)(struct pga *self, pga_pfn_t pfn, enum pga_lru list, unsigned cpu);
	int (*lru_del)(struct pga *self, pga_pfn_t pfn, unsigned cpu);
	/* any; the caller owns the frame. */
	void (*mark_accessed)(struct pga *self, pga_pfn_t pfn);
	/*
	 * 0, or -EAGAIN: the frame is dirty now, and more of memory is than the
	 * mechanism's limit (tunable dirty_ratio): the caller should write back
	 * or wait before it dirties more.
	 */
	int (*set_dirty)(struct pga *self, pga_pfn_t pfn, bool dirty);
	/* any; frames on each list of a zone, [PGA_NR_LRU]. */
	void (*lru_count)(struct pga *self, unsigned zone, uint64_t *count);
	const struct pga_step *steps;	  /* ends with name NULL */
	const struct pga_daemon *daemons; /* ends with name NULL */

	/*
	 * Optional. Names of the queues of cached frames, NULL-terminated, of a
	 * mechanism whose queues are not the lists of enum pga_lru; and a walk
	 * through them, each from head to tail, one queue after the other, those
	 * that each zone has of its own by zone.  quiet
	 */
	const char *const *queues;
	void (*walk_queues)(struct pga *self, pga_list_fn fn, void *data);
	/*
	 * Optional. Bits of the pair bitmap of an order, bit i in byte i / 8;
	 * *nr_bits gets their number.  NULL: the order has none.  quiet
	 */
	const uint8_t *(*pair_map)(struct pga *self, unsigned zone, unsigned order,
				   uint32_t *nr_bits);
	/*
	 * Optional, of a mechanism that keeps a list for each request class: the
	 * zones, in order, that a request with these flags (enum pga_gfp) walks
	 * when it asks for the node.  Returns their number.  any
	 */
	unsigned (*zonelist_class)(struct pga *self, unsigned node, uint32_t gfp, uint16_t *zones,
				   unsigned max);
	/*
	 * Optional, both or none, of a mechanism that counts references to blocks.
	 * alloc hands a block out with one; who has one may take another, of any
	 * frame of a compound block: of the whole block.  put_page and free drop
	 * one, and the last one to go frees the block (put_page: return true).
	 */
	void (*get_page)(struct pga *self, pga_pfn_t pfn);
	bool (*put_page)(struct pga *self, pga_pfn_t pfn, unsigned cpu);
};

/**
 * pga_ops_check - is this vtable usable?
 * @ops: any pointer to a vtable
 * @why: gets the first defect; @len bytes
 *
 * Tests the ABI, the names, the tunables' tables (default inside its range) and
 * each hook that is required for the declared capabilities.
 * Return: 0, or -EINVAL with the reason in @why.
 */
int pga_ops_check(const struct pga_ops *ops, char *why, size_t len);

/** pga_meta_bytes - end of the last extent in bytes. */
static inline size_t pga_meta_bytes(const struct pga_extent *ext, int nr)
{
	return nr > 0 ? ext[nr - 1].off + ext[nr - 1].len : 0;
}

#endif
