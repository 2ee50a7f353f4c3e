/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The owners of frames: address-space tasks, page cache, kernel objects and
 * reclaimable caches.  They are the host behind struct pga_host: what they own
 * can be moved, written back, evicted, shrunk and killed.
 *
 * A frame is reached through a *handle*, the index of a table entry, so that
 * compaction can move the contents behind the owner's back; whoever uses a
 * handle finds its data at the new place.  The contents of every frame follow
 * from the seed, the handle and the version of the data, so each access can
 * verify them: in the frame itself when frames are backed, else in a 64-bit
 * tag for each frame that moves as the contents would.
 *
 * kind     mobility     on the lists   moved  evicted        taken back by
 * ANON     movable      active anon    yes    into swap      own_free, exit, kill
 * FILE     movable      inactive file  yes    when clean     own_free, exit (drop)
 * KERNEL   unmovable    no             no     no             own_free
 * SLAB     reclaimable  no             no     by shrink      own_free
 *
 * Only frames of order 0 are put on the lists; larger blocks stay where they
 * are until they are freed.  A handle outlives its frame: after an eviction,
 * a shrink or a kill it is *absent* until own_fault() or own_free().
 *
 * Ownership of a frame on the lists is settled by the lock of its handle: the
 * owner calls lru_del under it before it frees, the hooks migrate and evict
 * take it before they look.  When lru_del says -EBUSY the frame has become its
 * isolator's, and the owner forgets it.
 *
 * Locks, outermost first: OOM, group, handle, then the allocator's own.  No
 * lock is held while alloc is called, so that each hook may take any of them.
 *
 * Threads: a handle is used (alloc to free) by one thread at a time, hooks and
 * kills may come at any time from any thread.  `cpu` is always a logical CPU
 * that the caller drives.  own_new .. own_attach, own_check and own_delete are
 * quiet: nothing else runs.
 */
#ifndef WORKLOADS_OWNERS_H
#define WORKLOADS_OWNERS_H

#include "core/pga.h"
#include "workloads/device.h"

#define OWN_NONE UINT32_MAX /* no handle */
#define OWN_MAX_GROUPS 4096u

enum own_kind { OWN_ANON, OWN_FILE, OWN_KERNEL, OWN_SLAB, OWN_NR_KINDS };

/* How much of a backed frame is filled and verified. */
enum own_content { OWN_LINE, OWN_PAGE };

/*
 * What surrounds the owners; the harness or a test answers.  Each may be NULL:
 * no clock: virtual ticks, which wait() lets pass, and 256 requests of a CPU; no wake: no daemons;
 * no pause: waiting costs virtual time alone; no breathe: nothing.
 */
struct own_env {
	void *data;
	uint64_t (*clock)(void *data);
	void (*wake)(void *data, unsigned daemon, unsigned node);
	/* Sleep up to @ticks, cpu OWN_NONE: of no CPU; false: the run is being stopped. */
	bool (*pause)(void *data, enum pga_wait kind, uint32_t ticks, unsigned cpu);
	/* Between two operations of the caller: stepped daemons run here. */
	void (*breathe)(void *data, unsigned cpu);
	void (*event)(void *event_data, const struct pga_event *event);
	void *event_data;
};

/* Faults to inject; of a million calls, how many are refused. */
struct own_faults {
	uint32_t migrate_ppm, evict_ppm;
	bool dead_shrinker; /* finds nothing to free, for ever */
};

struct own_conf {
	uint32_t nr_handles;
	uint32_t nr_tasks, nr_files; /* groups of ANON and of FILE */
	uint64_t swap_frames;	     /* anonymous frames that can be evicted at a time */
	struct dev_conf device;	     /* for files and for swap */
	bool no_device;		     /* writes are done at once, without error */
	struct own_faults faults;
	uint32_t patience; /* fruitless waits of a request before it gives up; 0 = 64 */
	uint64_t seed;
	enum own_content content;
	struct own_env env;
	/* The machine: as in struct wl_run. */
	const struct pga_conf *conf;
	char *backing; /* address of frame 0; NULL: tags */
};

/* Counters, and their names in the record's statistics. */
#define OWN_STATS(X)                                                    \
	X(allocs, "blocks allocated by owners")                         \
	X(frees, "blocks freed by owners")                              \
	X(orphans, "frees left to the isolator of the frame")           \
	X(migrated, "frames moved")                                     \
	X(migrate_refused, "moves refused")                             \
	X(evicted, "frames evicted")                                    \
	X(evict_refused, "evictions refused: pinned or busy")           \
	X(evict_dirty, "evictions put off: dirty")                      \
	X(evict_noswap, "evictions refused: swap is full")              \
	X(writes, "frames handed to the device")                        \
	X(write_errors, "writes that the device failed")                \
	X(congested, "writes refused: the queue is full")               \
	X(shrunk, "frames given back by shrink")                        \
	X(refaults, "absent frames brought back")                       \
	X(kills, "tasks killed for want of memory")                     \
	X(killed_frames, "frames given back by kills")                  \
	X(waits, "times that the slow path waited")                     \
	X(throttled, "writers stopped above the limit of dirty memory") \
	X(gave_up, "waits that told a request to give up")              \
	X(corrupt, "contents that were not what they should be")        \
	X(lost, "evicted data that the device does not have")
enum own_stat {
#define X(id, help) OWN_STAT_##id,
	OWN_STATS(X)
#undef X
		OWN_NR_STATS
};
struct own_stat_info {
	const char *name, *help;
};
extern const struct own_stat_info own_stat_infos[OWN_NR_STATS];

struct own; /* opaque */

/** own_bytes - memory that own_new will take for @conf. Pure. */
uint64_t own_bytes(const struct own_conf *conf);

/**
 * own_new - owners without frames
 * @conf: copied; what it points to is kept
 * Return: NULL with one line in @why: no memory, or a value out of its range.
 */
struct own *own_new(const struct own_conf *conf, char *why, size_t len);
/** own_host - the hooks to give to init(); data is the owners. */
void own_host(struct own *o, struct pga_host *host);
/** own_attach - the instance that was initialised with own_host. */
void own_attach(struct own *o, const struct pga_ops *ops, struct pga *pga);
/** own_delete - frames still owned are not given back: own_free_all first. */
void own_delete(struct own *o);

/* One allocation. */
struct own_req {
	uint8_t kind; /* enum own_kind */
	uint8_t order;
	int8_t node;  /* -1: of the CPU */
	bool mlocked; /* ANON: never evicted, still moved */
	uint16_t cpu;
	uint16_t group;	     /* ANON: task, FILE: file; else ignored */
	uint32_t gfp;	     /* 0: as the kind asks; else exactly these flags */
	uint32_t more, less; /* flags added to and taken from those */
	const struct pga_ctx *ctx;
};

/**
 * own_alloc - allocate a block, fill it, and put it where its kind belongs
 * @handle: gets the handle, OWN_NONE on failure
 * Return: the allocator's result; pfn is where the block lies now, the hooks
 * may move it at once.  err besides the allocator's own: -ENFILE no handle is
 * free, -ESRCH the task has been killed (path is then that of the attempt).
 */
struct pga_res own_alloc(struct own *o, const struct own_req *req, uint32_t *handle);
/** own_free - give the block back if it is present, and the handle. */
void own_free(struct own *o, uint32_t handle, unsigned cpu);

/**
 * own_touch - use the data: verify it, mark it used
 * Return: 0; -ENOENT absent, own_fault brings it back; -ESRCH its task was
 * killed; -EBADMSG contents wrong, counted as corrupt.
 */
int own_touch(struct own *o, uint32_t handle);
/** own_dirty - change the data; else as own_touch. */
int own_dirty(struct own *o, uint32_t handle);
/**
 * own_fault - bring an absent block back with its data, from swap, file or
 * anew (slab); the result as of own_alloc, err -ESRCH for a killed task, 0 and
 * path 0 when it is present.
 */
struct pga_res own_fault(struct own *o, uint32_t handle, unsigned cpu);
/** own_fault_at - the same; cpu, node, gfp, more, less and ctx of @as tell how to ask. */
struct pga_res own_fault_at(struct own *o, uint32_t handle, const struct own_req *as);
/** own_present - does the handle have a frame at this moment? */
bool own_present(struct own *o, uint32_t handle);
/** own_pfn - first frame, PGA_NIL when absent; a hint: it may move at once. */
pga_pfn_t own_pfn(struct own *o, uint32_t handle);

/**
 * own_move - move the frame of a handle of kind ANON or FILE to another node
 * The request for the new frame never waits and reclaims nothing.
 * Return: 0; -ENOMEM the node has no frame to give; -ENOENT absent; -EAGAIN
 * pinned or being written; -EINVAL another kind, or larger than a frame.
 */
int own_move(struct own *o, uint32_t handle, unsigned node, unsigned cpu);

/** own_pin - nobody moves or evicts it until as many own_unpin; 0, -ENOENT. */
int own_pin(struct own *o, uint32_t handle);
void own_unpin(struct own *o, uint32_t handle);

/**
 * own_task_exit - free all frames and handles of a task, which can be used anew
 * own_file_drop - the same for a file
 * Nobody else uses their handles.  Return: frames freed.
 */
uint64_t own_task_exit(struct own *o, unsigned task, unsigned cpu);
uint64_t own_file_drop(struct own *o, unsigned file, unsigned cpu);
/**
 * own_kill - take a task's frames and swap; its handles become absent for ever
 * and stay their users' to free.  Requests of the task fail with -ESRCH until
 * own_task_exit.  Return: frames freed.
 */
uint64_t own_kill(struct own *o, unsigned task, unsigned cpu);
bool own_task_killed(struct own *o, unsigned task);
/** own_task_score - frames and swap; the largest is killed for want of memory. */
uint64_t own_task_score(struct own *o, unsigned task);
/** own_task_frames - frames present, of a task; own_file_frames: of a file. */
uint64_t own_task_frames(struct own *o, unsigned task);
uint64_t own_file_frames(struct own *o, unsigned file);

/** own_flush - hand up to @nr dirty frames of files to the device; how many. */
unsigned own_flush(struct own *o, unsigned nr);
/** own_poll - end the writes whose time has come; how many. Any thread. */
unsigned own_poll(struct own *o);
/** own_settle - let time pass until no write is under way; quiet. */
void own_settle(struct own *o);
/** own_now - tick of the environment's clock, or virtual. */
uint64_t own_now(struct own *o);
/** own_next - tick at which own_poll has something to do; UINT64_MAX: none. */
uint64_t own_next(struct own *o);

/** own_free_all - give back everything, handles too; for teardown. quiet. */
void own_free_all(struct own *o, unsigned cpu);

/** own_stats - the counters, val[OWN_NR_STATS]; exact when quiet. */
void own_stats(struct own *o, uint64_t *val);
/** own_frames - frames owned at this moment; exact when quiet. */
uint64_t own_frames(struct own *o);
/** own_swapped - swap frames taken. */
uint64_t own_swapped(struct own *o);

/**
 * own_check - every present handle has its own frame, which the allocator
 * calls used, with the right contents; groups and swap add up; nothing was
 * corrupt or lost so far.  quiet.
 * Return: 0, or -EUCLEAN with the first violation in @why.
 */
int own_check(struct own *o, char *why, size_t len);

#endif
