/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recorded requests, ready to be replayed: what the harness makes of a trace
 * file, and the plan that the workload makes of it for a number of threads and
 * an amount of memory.  No file is read here.
 *
 * A *life* is one block from its allocation to its free.  Operations are in the
 * order of their recorded time, so that each free follows its allocation.
 *
 * Threads: a trace is constant once it was made.  A plan is built by one
 * thread; each lane of it is then its thread's own, except cross[].
 */
#ifndef WORKLOADS_TRACE_H
#define WORKLOADS_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wl_trace_kind {
	WL_TRACE_ALLOC,
	WL_TRACE_FREE,
	WL_TRACE_FREE_PRIOR /* of a block that was there before the recording */
};

/* 24 bytes. */
struct wl_trace_op {
	uint64_t ns;   /* since the first event of the recording */
	uint32_t life; /* number of the block */
	uint16_t gfp;  /* ALLOC: index into gfp[] */
	uint16_t cpu;  /* CPUs that recorded something, counted from 0 */
	uint8_t order;
	uint8_t kind; /* enum wl_trace_kind */
};

struct wl_trace {
	const char *name; /* as the user named it */
	uint64_t id;	  /* of the contents: differs where the replay differs */
	const struct wl_trace_op *op;
	size_t nr_ops;
	const uint32_t *gfp; /* [nr_gfp] enum pga_gfp; [0]: of PRIOR blocks */
	unsigned nr_gfp, nr_cpus;
	uint32_t nr_lives;	/* PRIOR ones included */
	uint32_t peak_blocks;	/* most lives at a time, PRIOR ones included */
	uint64_t peak_frames;	/* most frames at a time, without PRIOR ones */
	uint64_t prior_frames;	/* of the blocks that were there before */
	uint64_t failed;	/* recorded allocations that failed: not replayed */
	uint64_t lost;		/* events that the recording lost, as far as it knows */
	uint64_t frees_assumed; /* an allocation of a frame still live: its free was lost */
};

/* What the memory is too small for, see wl_trace_plan_conf.fit. */
enum wl_trace_fit { WL_TRACE_CLIP, WL_TRACE_THIN };

struct wl_trace_plan_conf {
	unsigned nr_threads;
	unsigned nr_orders;    /* blocks of these orders and above are dropped */
	uint64_t limit_frames; /* the live set stays within them */
	uint64_t max_ops;      /* operations of all threads together */
	uint64_t seed;	       /* of the draw of WL_TRACE_THIN */
	/*
	 * CLIP: an allocation that would exceed the limit is dropped, its free
	 * too.  THIN: first, lives are drawn by lot so that the recorded peak
	 * fits: orders, types and lifetimes keep their mix; then as CLIP.
	 */
	enum wl_trace_fit fit;
	bool fill_prior; /* blocks that were there before are allocated beforehand */
};

enum wl_replay_kind {
	WL_REPLAY_ALLOC,
	WL_REPLAY_FREE,
	WL_REPLAY_ALLOC_CROSS, /* freed by another thread */
	WL_REPLAY_FREE_CROSS   /* allocated by another thread: wait for it */
};
struct wl_replay_op {
	uint32_t slot; /* of the lane; CROSS: of cross[] */
	uint16_t gfp;  /* index into the trace's gfp[] */
	uint8_t order;
	uint8_t kind; /* enum wl_replay_kind */
};
_Static_assert(sizeof(struct wl_replay_op) == 8, "an operation is one load");

#define WL_REPLAY_EMPTY (UINT32_MAX - 1) /* cross[]: not allocated yet */

/* One thread's operations. */
struct wl_replay_lane {
	struct wl_replay_op *op; /* [nr] */
	uint32_t *due_us;	 /* [nr] since the first operation of the trace */
	size_t nr, next;
	size_t peak;	 /* operations up to the largest live set */
	size_t nr_prior; /* leading operations that come before the recording */
	uint32_t nr_slots;
} __attribute__((aligned(128)));

struct wl_trace_plan {
	const struct wl_trace *trace;
	unsigned nr_lanes;
	struct wl_replay_lane *lane; /* [nr_lanes] */
	uint32_t *cross;	     /* [nr_cross] frames passed from thread to thread; atomic */
	uint32_t nr_cross;
	uint64_t nr_ops;      /* of all lanes, prior allocations not included */
	uint64_t peak_frames; /* largest live set of the plan, */
	uint64_t peak_us;     /* and when it was recorded */
	struct {
		uint64_t order; /* allocations of orders that the variant lacks */
		uint64_t clip, thin;
		uint64_t prior; /* frees of blocks that were there before */
		uint64_t cut;	/* operations beyond max_ops */
	} dropped;
};

/**
 * wl_trace_plan_new - decide what is replayed, by whom and in which order
 * Thread i gets the operations of the recorded CPUs i, i + nr_threads, ...
 * The same arguments give the same plan.
 * Return: NULL without memory; wl_trace_plan_free returns it.
 */
struct wl_trace_plan *wl_trace_plan_new(const struct wl_trace *trace,
					const struct wl_trace_plan_conf *conf);
void wl_trace_plan_free(struct wl_trace_plan *plan);

/** wl_trace_plan_slots - slots that a lane needs at most. Pure. */
size_t wl_trace_plan_slots(const struct wl_trace *trace);

#endif
