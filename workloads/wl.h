/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The workload seam: a seeded generator of requests, in phases, with
 * parameters, a stated target and a check that the target was reached.
 *
 * A workload is run by nr_threads threads, each driving one logical CPU.  The
 * phases are executed in order; all threads meet at a barrier between them.
 * Within a phase every thread calls step() until it returns 0.  The harness
 * reads its clock and its counters around phases marked timed (batch clock:
 * never inside), so step() must contain nothing but the work.
 *
 * The request stream depends on the seed, the thread's index and the
 * parameters alone, never on time or on addresses.
 *
 * Threads: setup, verify and teardown are called once, by one thread, while
 * no other runs; step is called by each thread for its own struct wl_thread,
 * except in phases marked single, where only thread 0 is called.
 */
#ifndef WORKLOADS_WL_H
#define WORKLOADS_WL_H

#include "core/pga.h"
#include "workloads/rng.h"

#define WL_MAX_PARAMS 16u
#define WL_MAX_PHASES 12u

enum wl_param_type { WL_INT, WL_BYTES, WL_PERCENT, WL_WORD };
struct wl_param {
	const char *name; /* NULL ends the table */
	enum wl_param_type type;
	int64_t def, min, max;	  /* WORD: indices into words */
	const char *const *words; /* WORD only */
	const char *unit;	  /* "", "frames", "%" ... never NULL */
	const char *help;
};

/* What one operation of a timed phase is. */
enum wl_op { WL_OP_PAIR, WL_OP_ALLOC, WL_OP_FREE };

struct wl_phase {
	const char *name; /* "fill", "pairs", "alloc", "free", "shuffle" */
	bool timed;	  /* clocked and counted */
	bool single;	  /* thread 0 alone */
	enum wl_op op;	  /* timed phases: what is counted as one operation */
};

enum wl_touch { WL_TOUCH_NONE, WL_TOUCH_LINE, WL_TOUCH_PAGE };

/* Everything that is common to the threads of one sample. */
struct wl_run {
	const struct wl_ops *wl;
	const struct pga_ops *ops;
	struct pga *pga;
	const struct pga_conf *conf;
	const int64_t *param; /* [WL_MAX_PARAMS], order of wl->params */
	unsigned order;	      /* of the requests, where the workload has one */
	unsigned nr_threads;
	uint64_t seed;
	uint64_t frames;  /* frames managed by the instance, all nodes */
	uint64_t max_ops; /* bound for open-ended phases, per thread */
	enum wl_touch touch;
	char *backing; /* address of frame `backing_base`; NULL when
			  frames are not backed or not touched */
	pga_pfn_t backing_base;
	struct wl_thread *threads; /* [nr_threads] */
	void *shared;		   /* the workload's own, from setup */
};

/* One thread's view.  Written only by its thread; cache-line aligned. */
struct wl_thread {
	struct wl_run *run;
	unsigned index;	  /* 0 .. nr_threads - 1 */
	uint16_t cpu;	  /* logical CPU it drives */
	int8_t node;	  /* node to ask for: from the placement; -1 = local */
	bool count_paths; /* path pass: fill path[]; otherwise leave it alone */
	struct rng rng;
	uint32_t *slots;	       /* pfns held; from the harness, slots_bytes() long */
	size_t nr_slots;	       /* capacity */
	size_t used;		       /* slots in use */
	uint64_t done;		       /* operations so far in this phase */
	uint64_t fails;		       /* failed allocations in this sample */
	uint64_t path[PGA_NR_STAGES];  /* operations by path class */
	uint64_t stage[PGA_NR_STAGES]; /* operations that passed a stage */
	void *priv;
} __attribute__((aligned(128)));

/* Whether the workload reached the state it aims at. */
struct wl_target {
	bool has; /* false: the workload states no target */
	bool reached;
	double wanted, got; /* in the unit that text names */
	char text[160];	    /* "Fu(9) >= 0.99 (closed form 1.000), got 0.998" */
};

struct wl_ops {
	const char *name;	       /* Required. */
	const char *summary;	       /* Required. One line. */
	unsigned version;	       /* raised when the request stream changes */
	const struct wl_param *params; /* Required. ends with name NULL */
	const struct wl_phase *phases; /* Required. ends with name NULL */
	unsigned min_threads;	       /* 1, or 2 for prodcons */
	uint32_t needs;		       /* PGA_CAP_* it cannot do without */
	bool has_order;		       /* honours the order axis */
	/* Required. Slots that thread `index` needs. */
	size_t (*slots)(const struct wl_run *run, unsigned index);
	/* Optional. 0 or -errno with one line in why; allocates run->shared. */
	int (*setup)(struct wl_run *run, char *why, size_t len);
	/* Required. A bounded batch of phase `phase`; operations done, 0 = over. */
	uint64_t (*step)(struct wl_thread *t, unsigned phase);
	/* Optional. Fill in the target; called right after the last phase that
	   comes before the frames are given back: phase number target_phase. */
	void (*target)(struct wl_run *run, struct wl_target *target);
	unsigned target_phase;
	/* Optional. Return what is still held; called when a run is cut short too. */
	void (*teardown)(struct wl_run *run);
};

extern const struct wl_ops *const wl_table[]; /* NULL-terminated; workloads/table.c */

/** wl_find - by name, NULL if unknown. */
const struct wl_ops *wl_find(const char *name);
/** wl_param_index - position of a parameter in wl's table, -1 if unknown. */
int wl_param_index(const struct wl_ops *wl, const char *name);
/**
 * wl_registry_check - unique names, complete tables.
 * Return: 0, or -EINVAL with the first defect in @why.
 */
int wl_registry_check(char *why, size_t len);

#endif
