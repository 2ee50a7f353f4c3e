/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the linux-2.4 mechanism share; nobody else includes it. */
#ifndef CORE_LINUX24_INT_H
#define CORE_LINUX24_INT_H

#include "core/bitbuddy.h"
#include "core/conf.h"
#include "core/layout.h"
#include "core/lock.h"
#include "core/lru.h"
#include "core/reclaim.h"
#include "core/wmark.h"

enum l24_tunable {
	L24_NODES,
	L24_RATIO_DMA,
	L24_RATIO_NORMAL,
	L24_RATIO_HIGHMEM,
	L24_MIN_DMA,
	L24_MIN_NORMAL,
	L24_MIN_HIGHMEM,
	L24_MAX_DMA,
	L24_MAX_NORMAL,
	L24_MAX_HIGHMEM,
	L24_PHYSPAGES,
	L24_FLOOR,
	L24_RECLAIM,
	L24_DIRTY_RATIO,
	L24_NR_TUNABLES
};
extern const struct pga_tunable l24_tunables[L24_NR_TUNABLES + 1];

/* How a request without a node is served. */
enum l24_nodes { L24_FLAT, L24_DISCONTIG, L24_NUMA };

#define L24_ORDERS 10u

/* Request classes, and the zones that they are named after: from there downwards. */
enum l24_class { L24_DMA, L24_NORMAL, L24_HIGHMEM, L24_NR_CLASSES };

/*
 * The queues.  Frames that owners lend are in one of them, but while somebody
 * works on them.  PGA_LRU_ACTIVE marks the active one, as in enum pga_lru.
 */
enum l24_queue {
	L24_Q_DIRTY = 0,  /* all zones: to be cleaned; clean ones, too, nobody has looked yet */
	L24_Q_ACTIVE = 1, /* all zones: in use lately, or mapped by a task */
	L24_Q_CLEAN = 2,  /* one for each zone: can be taken at once */
	L24_NR_QUEUES
};

/*
 * Bits of a frame on a queue.  Mapped frames stay active until swap_out has
 * unmapped them; anonymous ones need room in swap for that, locked ones never are.
 */
#define L24_F_ANON (1u << 29)
#define L24_F_MAPPED (1u << 30)
#define L24_F_LOCKED (1u << 31)
_Static_assert((L24_F_ANON | L24_F_MAPPED | L24_F_LOCKED) == PGA_F_PRIVATE, "the private bits");

/* A frame's age is in its count word; under the queues' lock, or while isolated. */
#define L24_AGE_START 2u
#define L24_AGE_STEP 3u
#define L24_AGE_MAX 64u

#define L24_PRIORITY 6 /* the first round looks at a 64th */

/*
 * Locks.  Nobody holds two of these at a time, and no hook of the host is
 * called with one held:
 *   zone->lock      buddy lists, bitmaps, counts of free frames
 *   queues.lock     all queues, and whose work an isolated frame is
 */

/*
 * A zone.  What every allocation reads is on lines of its own.
 *
 * Invariants, tested by check():
 *   free == frames in free blocks
 *   every frame is exactly one of: hole, reserved, in one free block, in one
 *     allocated block
 *   present == managed + reserved frames
 */
struct l24_zone {
	uint32_t mark[PGA_NR_WMARKS];
	uint32_t present, managed;
	uint8_t id, node, class;

	PGA_LINE_ALIGNED uint32_t free; /* frames; written under the lock */

	PGA_LINE_ALIGNED struct pga_lock lock;
	uint64_t allocated, freed; /* frames */
	struct pga_bitbuddy buddy;

	PGA_LINE_ALIGNED uint64_t vm[PGA_NR_STATS]; /* events of the slow path; atomic */
} PGA_LINE_ALIGNED;

/* The zones of a node that a class may use, best first. */
struct l24_list {
	uint8_t nr, zone[L24_NR_CLASSES];
};
struct l24_node {
	struct l24_list list[L24_NR_CLASSES];
	bool present; /* it has a zone with frames */
};

/* Words that every allocation writes, without a lock: updates get lost, as in that kernel. */
struct l24_pressure {
	uint32_t memory;
	uint32_t rotor; /* discontig: requests so far; atomic */
} PGA_LINE_ALIGNED;

/* What the daemons remember; each word has one writer, or is atomic. */
struct l24_work {
	uint64_t second;    /* tick at which the pressure decayed last; by exchange */
	uint32_t waiters;   /* requests that wait for kswapd; atomic */
	uint32_t fruitless; /* kswapd's steps in a row without progress */
	uint64_t progress;  /* frames cleaned, deactivated, taken; atomic */
	uint64_t hand;	    /* swap_out goes on here, index into the frame table */
} PGA_LINE_ALIGNED;

struct pga {
	struct pga_map map;
	struct l24_zone **zone;	 /* [nr_zones] */
	struct l24_node *node;	 /* [nr_nodes] */
	uint8_t *order;		 /* [nr_order] nodes with memory, as the kernel lists them */
	uint8_t *place;		 /* [nr_nodes] index into order */
	struct pga_frame *heads; /* of the queues */
	uint16_t nr_zones, nr_nodes, nr_cpus, nr_order;
	uint8_t nr_orders;
	uint32_t pages[PGA_NR_WMARKS]; /* the marks of all zones together */
	uint32_t physpages, floor;     /* values in effect */
	struct pga_span span;	       /* frames in the table */
	int64_t policy[L24_NR_TUNABLES];
	const struct pga_conf *conf;
	struct pga_host host;
	struct l24_pressure pressure;
	struct l24_work work;
	PGA_LINE_ALIGNED struct pga_lru_set queues;
};

enum l24_daemon { L24_KSWAPD, L24_KRECLAIMD, L24_BDFLUSH };

/* --- linux24_init.c --- */
int l24_plan(const struct pga_conf *conf, struct pga_extent *ext, unsigned max, char *why,
	     size_t len);
int l24_init(struct pga **out, const struct pga_conf *conf, const struct pga_host *host,
	     void *base);
void l24_fini(struct pga *self);

/* --- linux24_setup.c: from tunables to numbers --- */
void l24_setup(struct pga *self);
int l24_set(struct pga *self, unsigned idx, int64_t value);
int64_t l24_get(struct pga *self, unsigned idx);
enum l24_class l24_class_of(uint32_t gfp);

/* --- linux24_count.c: memory that is there, and memory that is missing; frames; any thread --- */
uint64_t l24_nr_free(const struct pga *self);
uint64_t l24_nr_inactive_clean(const struct pga *self);
uint64_t l24_nr_free_buffer(const struct pga *self);
uint64_t l24_nr_free_high(const struct pga *self);
/** l24_inactive_target - inactive frames that there should be, by the pressure */
uint32_t l24_inactive_target(const struct pga *self);
/** l24_free_shortage - free and clean frames that are missing, 0: none are */
uint64_t l24_free_shortage(const struct pga *self);
/** l24_inactive_shortage - the same for all inactive frames */
uint64_t l24_inactive_shortage(const struct pga *self);

/* --- linux24_walk.c: one request --- */
struct pga_res l24_alloc(struct pga *self, struct pga_req req, const struct pga_ctx *ctx);

/* --- linux24_queues.c: queues of cached frames --- */
/** l24_queue - frames on a queue; @zone: of that zone, where each has its own */
static inline uint32_t l24_queue(const struct pga *self, unsigned queue, unsigned zone)
{
	return pga_load(&self->map.unit[pga_lru_head(&self->queues, queue, zone)].count);
}
/**
 * l24_reclaim_page - take the first clean frame of a zone that nobody uses
 * It is in use, of order 0, and the caller's.  @daemon: for one. Return: 0 if there is none
 */
pga_link_t l24_reclaim_page(struct pga *self, struct l24_zone *z, unsigned cpu, bool daemon);
/** l24_reclaim_to_free - reclaim_page, and free it. Return: was there one? */
bool l24_reclaim_to_free(struct pga *self, struct l24_zone *z, unsigned cpu, bool daemon);
/** l24_take_tail - isolate the last frame of a queue of all zones; 0: it is empty */
pga_link_t l24_take_tail(struct pga *self, enum l24_queue queue);
/** l24_put - an isolated frame to the head of a queue, or, if its owner let go of it, free */
void l24_put(struct pga *self, pga_link_t at, enum l24_queue queue, unsigned cpu);
/** l24_older - one step of age. Return: the age now */
uint32_t l24_older(struct pga *self, pga_link_t at);
void l24_younger(struct pga *self, pga_link_t at);
/** l24_run - for the hooks of the host, on behalf of @cpu */
struct pga_reclaim l24_run(struct pga *self, unsigned cpu);
/** l24_place - put a frame that is allocated, or on a queue, to the head of one, clean or dirty */
int l24_place(struct pga *self, pga_pfn_t pfn, enum l24_queue queue, bool dirty);
void l24_lru_add(struct pga *self, pga_pfn_t pfn, enum pga_lru list, unsigned cpu);
int l24_lru_del(struct pga *self, pga_pfn_t pfn, unsigned cpu);
void l24_mark_accessed(struct pga *self, pga_pfn_t pfn);
int l24_set_dirty(struct pga *self, pga_pfn_t pfn, bool dirty);
void l24_lru_count(struct pga *self, unsigned zone, uint64_t *count);

/* --- linux24_scan.c: who moves frames towards being free --- */
/** l24_reclaims - may and can frames be taken from their owners by writing and unmapping? */
bool l24_reclaims(const struct pga *self);
/**
 * l24_page_launder - clean the inactive dirty queue
 * @gfp: IO: may write; @sync: may wait for writes. Return: frames cleaned
 */
uint64_t l24_page_launder(struct pga *self, unsigned cpu, uint32_t gfp, bool sync);
/** l24_refill_inactive_scan - age the active queue; @oneshot: one frame. Return: any inactive? */
bool l24_refill_inactive_scan(struct pga *self, unsigned cpu, int priority, bool oneshot);
/** l24_swap_left - can anonymous frames be evicted at all? */
bool l24_swap_left(const struct pga *self);
/** l24_swap_out - unmap one frame. Return: was there one? */
bool l24_swap_out(struct pga *self, unsigned cpu, int priority);
/**
 * l24_try_to_free - launder, and refill the inactive queues, as far as there is a shortage
 * @user: for a request, which is served with less. Return: has it moved anything?
 */
bool l24_try_to_free(struct pga *self, unsigned cpu, uint32_t gfp, bool user);

/* --- linux24_daemons.c --- */
extern const struct pga_daemon l24_daemons[];
extern const struct pga_step l24_steps[];
void l24_wake(struct pga *self, enum l24_daemon daemon);
void l24_tick(struct pga *self, unsigned cpu);

/* --- linux24_report.c --- */
extern const char *const l24_queue_names[];
void l24_stats(struct pga *self, int zone, uint64_t *val);
void l24_zone_info(struct pga *self, unsigned zone, struct pga_zone_info *info);
void l24_zone_snap(struct pga *self, unsigned zone, struct pga_zone_snap *snap);
void l24_frame(struct pga *self, pga_pfn_t pfn, struct pga_frame_info *info);
void l24_walk_lists(struct pga *self, pga_list_fn fn, void *data);
void l24_walk_queues(struct pga *self, pga_list_fn fn, void *data);
const uint8_t *l24_pair_map(struct pga *self, unsigned zone, unsigned order, uint32_t *nr_bits);
unsigned l24_zonelist(struct pga *self, unsigned node, bool this_node, uint16_t *zones,
		      unsigned max);
unsigned l24_zonelist_class(struct pga *self, unsigned node, uint32_t gfp, uint16_t *zones,
			    unsigned max);
int l24_check(struct pga *self, char *why, size_t len);

/* --- linux24.c --- */
void l24_free(struct pga *self, pga_pfn_t pfn, unsigned order, unsigned cpu, unsigned flags);

/** l24_count - count @n events of the slow path; NULL: of no zone in particular */
static inline void l24_count(struct pga *self, struct l24_zone *z, enum pga_stat stat, uint64_t n)
{
	z = z ? z : self->zone[0];
	__atomic_fetch_add(&z->vm[stat], n, __ATOMIC_RELAXED);
}

static inline struct l24_zone *l24_zone_of(const struct pga *self, pga_link_t at)
{
	return self->zone[pga_flags_zone(pga_load(&self->map.unit[at].flags))];
}

#endif
