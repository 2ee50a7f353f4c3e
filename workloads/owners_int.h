/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the owners share; nobody else includes it. */
#ifndef WORKLOADS_OWNERS_INT_H
#define WORKLOADS_OWNERS_INT_H

#include "core/atomic.h"
#include "workloads/owners.h"
#include "workloads/spin.h"

/*
 * word: the lock and the state.  LOCK guards the rest of the entry and the
 * contents of its frame; LINKED, next and prev belong to the group's lock.
 * REF alone is set without the lock.
 *
 * Invariants: PRESENT iff pfn is the handle's and rmap[pfn] is the handle;
 * LISTED only with PRESENT; WRITE: exactly one request of the device bears the
 * handle; SWAP: one swap frame is taken for it.  Data are clean when ver ==
 * disk, which DIRTY mirrors for files.
 */
enum {
	H_LOCK = 1u << 0,
	H_USED = 1u << 1,
	H_PRESENT = 1u << 2,
	H_LISTED = 1u << 3, /* on the allocator's lists */
	H_REF = 1u << 4,
	H_DIRTY = 1u << 5,
	H_WRITE = 1u << 6, /* the device has it */
	H_SWAP = 1u << 7,
	H_DEAD = 1u << 8, /* its task was killed */
	H_MLOCK = 1u << 9,
	H_LINKED = 1u << 10,
	H_ZOMBIE = 1u << 11, /* freed; recycled when the device is done */
};
#define H_ONDISK (1u << 20) /* the device has written it at least once */
#define H_KIND_SHIFT 12
#define H_ORDER_SHIFT 16

struct own_handle {
	uint32_t word;
	pga_pfn_t pfn;
	uint32_t next, prev;	  /* in the group, or next of a free list */
	uint32_t ver, disk, wver; /* data now, on the device, being written */
	uint16_t group, pins;
};
_Static_assert(sizeof(struct own_handle) == 32, "two handles for each cache line");

/* A task, a file, the kernel objects of a CPU, the caches of a node. */
struct own_group {
	struct own_spin lock;
	uint32_t head, tail; /* handles, oldest first */
	uint32_t killed;
	uint64_t frames, swap; /* present, swapped; atomic */
} PGA_LINE_ALIGNED;

struct own_cpu {
	uint32_t free, nr_free; /* handles, linked by next */
	uint32_t task;		/* of the request under way, OWN_NONE */
	uint32_t requests;	/* so far */
	uint64_t ticked;	/* tick of the last periodic work */
	uint32_t fruitless;	/* waits without progress */
	uint64_t seen;		/* progress at the last wait */
	uint64_t stat[OWN_NR_STATS];
} PGA_LINE_ALIGNED;

/* Requests of a CPU between two looks at the time; as many take one virtual tick. */
#define OWN_BEAT 256u

/* Handles that go from the common pool to a CPU's own, or back. */
#define OWN_BATCH 32u

struct own {
	struct own_conf conf;
	const struct pga_ops *ops;
	struct pga *pga;
	struct dev *dev;
	uint32_t nr_handles, nr_groups;
	uint32_t frames;		   /* one above the last frame */
	uint32_t first_kernel, first_slab; /* groups */
	struct own_handle *handle;	   /* [nr_handles] */
	struct own_group *group;	   /* [nr_groups] */
	struct own_cpu *cpu;		   /* [conf.conf->nr_cpus] */
	uint32_t *rmap;			   /* [frames] handle + 1; atomic */
	uint64_t *tags;			   /* [frames] when frames are not backed */
	char *content;			   /* of frame 0 */
	size_t stride;			   /* bytes of a frame's contents that move */
	unsigned words;			   /* 64-bit words that are filled and verified */
	struct own_spin pool_lock;
	uint32_t pool; /* free handles, linked by next */
	struct own_spin oom_lock;
	uint64_t ticks;		     /* virtual time; atomic */
	uint64_t swap_used;	     /* atomic */
	uint64_t progress;	     /* writes ended and frames evicted; atomic */
	uint64_t last_kill;	     /* frames of the last kill; under oom_lock */
	uint64_t draws;		     /* of faults; atomic */
	uint32_t hand;		     /* of own_flush; atomic */
	uint64_t stat[OWN_NR_STATS]; /* where no CPU is known; atomic */
};

#define own_atomic_add(p, n) __atomic_fetch_add((p), (n), __ATOMIC_RELAXED)
#define own_atomic_sub(p, n) __atomic_fetch_sub((p), (n), __ATOMIC_RELAXED)

static inline void own_count(struct own *o, enum own_stat s)
{
	own_atomic_add(&o->stat[s], 1u);
}

static inline struct own_handle *own_lock(struct own *o, uint32_t h)
{
	uint32_t *word = &o->handle[h].word;
	unsigned polls = 0;

	while (__atomic_fetch_or(word, H_LOCK, __ATOMIC_ACQUIRE) & H_LOCK)
		while (pga_load(word) & H_LOCK)
			own_spin_pause(&polls);
	return &o->handle[h];
}

static inline void own_unlock(struct own_handle *e)
{
	__atomic_fetch_and(&e->word, ~(uint32_t)H_LOCK, __ATOMIC_RELEASE);
}

static inline void own_set(struct own_handle *e, uint32_t bits)
{
	__atomic_fetch_or(&e->word, bits, __ATOMIC_RELAXED);
}

static inline void own_clear(struct own_handle *e, uint32_t bits)
{
	__atomic_fetch_and(&e->word, ~bits, __ATOMIC_RELAXED);
}

static inline bool own_is(const struct own_handle *e, uint32_t bit)
{
	return pga_load(&e->word) & bit;
}

static inline enum own_kind own_kind_of(const struct own_handle *e)
{
	return (enum own_kind)(pga_load(&e->word) >> H_KIND_SHIFT & 3u);
}

static inline unsigned own_order_of(const struct own_handle *e)
{
	return pga_load(&e->word) >> H_ORDER_SHIFT & 15u;
}

static inline char *own_bytes_of(const struct own *o, pga_pfn_t pfn)
{
	return o->content + (size_t)pfn * o->stride;
}

/* Contents; the caller holds the handle's lock or alone knows the frame. */
void own_fill(struct own *o, uint32_t h, pga_pfn_t pfn, unsigned order, uint32_t ver);
bool own_verify(struct own *o, uint32_t h, pga_pfn_t pfn, unsigned order, uint32_t ver);

/*
 * own_detach - take the frame from the handle, locked and present
 * Return: the frame, the caller's to free after unlocking; PGA_NIL: it has
 * become its isolator's.
 */
pga_pfn_t own_detach(struct own *o, uint32_t h, unsigned cpu);
/* own_place - the block becomes the handle's, locked, and goes where its kind belongs. */
void own_place(struct own *o, uint32_t h, pga_pfn_t pfn, unsigned cpu);
/* own_drop_swap - release the handle's swap frame, if any; locked. */
void own_drop_swap(struct own *o, struct own_handle *e);
/* own_tell_dirty - set_dirty of a frame on the lists; locked. */
int own_tell_dirty(struct own *o, struct own_handle *e, bool dirty);
/* own_write - start to write; locked, present. As host->writeback. */
int own_write(struct own *o, uint32_t h);

/* own_pass - let up to @ticks go by; false: the run is being stopped. */
bool own_pass(struct own *o, enum pga_wait kind, uint32_t ticks, unsigned cpu);
/* own_take - take frame and swap of a handle away from its user; frames freed. */
uint64_t own_take(struct own *o, uint32_t h, uint32_t mark, unsigned cpu);

/* own_link - into the group; false: the group was killed. No lock held. */
bool own_link(struct own *o, uint32_t h, unsigned group);
void own_unlink(struct own *o, uint32_t h);
/* own_recycle - the handle is free again; cpu OWN_NONE: into the common pool. */
void own_recycle(struct own *o, uint32_t h, uint32_t cpu);
/* own_release - free a frame and count it. */
void own_release(struct own *o, pga_pfn_t pfn, unsigned order, unsigned cpu);
/* own_forget - own_free of a handle that is in no group any more; frames freed. */
uint64_t own_forget(struct own *o, uint32_t h, unsigned cpu);
/* own_shrink, own_oom_kill - as the hooks. */
uint64_t own_shrink(struct own *o, unsigned node, uint64_t want, unsigned cpu);
uint64_t own_oom_kill(struct own *o, unsigned cpu);
/* own_group_exit - forget all handles of a group; frames freed. */
uint64_t own_group_exit(struct own *o, unsigned group, unsigned cpu);

#endif
