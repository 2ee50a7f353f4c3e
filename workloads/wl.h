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
 * Threads: setup, target and teardown are called once, by one thread, while
 * no other runs; step is called by each thread for its own struct wl_thread,
 * except in phases marked single, where only thread 0 is called.  A step that
 * waits for another thread (prodcons) gives up when run->stop is set.
 */
#ifndef WORKLOADS_WL_H
#define WORKLOADS_WL_H

#include "core/pga.h"
#include "workloads/rng.h"

#include <stdatomic.h>

#define WL_MAX_PARAMS 16u
#define WL_MAX_PHASES 20u
#define WL_MAX_VALUES 40u
#define WL_MAX_ROUNDS 65536u

/* FILE: a number that the harness gives to the file that a text names. */
enum wl_param_type { WL_INT, WL_BYTES, WL_PERCENT, WL_WORD, WL_FILE };
struct wl_param {
	const char *name; /* NULL ends the table */
	enum wl_param_type type;
	int64_t def, min, max;	  /* WORD: indices into words; FILE: 0, the default */
	const char *const *words; /* WORD only */
	const char *unit;	  /* "", "frames", "%" ... never NULL */
	const char *help;
};

/* Parameters that every workload has, in this order, before its own. */
enum wl_common_param { WL_P_TYPE, WL_P_TOUCH_BY, WL_P_OWN };
extern const char *const wl_type_words[];     /* movable unmovable reclaimable */
extern const uint32_t wl_type_gfp[];	      /* flags of these */
extern const char *const wl_touch_by_words[]; /* allocator freer */
enum wl_touch_by { WL_BY_ALLOCATOR, WL_BY_FREER };
/* clang-format off */
#define WL_COMMON_PARAMS                                                       \
	[WL_P_TYPE] = { "type", WL_WORD, 0, 0, 2, wl_type_words, "",           \
		"mobility of the requests" },                                  \
	[WL_P_TOUCH_BY] = { "touch-by", WL_WORD, 0, 0, 1, wl_touch_by_words, "", \
		"who touches a frame: its allocator at once, or the thread that " \
		"frees it, just before" }
/* clang-format on */

/*
 * What one operation of a timed phase is.  HALF: a pair is split between two
 * threads, each of which counts its half.  MIX: what a workload's cost() says.
 */
enum wl_op { WL_OP_PAIR, WL_OP_ALLOC, WL_OP_FREE, WL_OP_HALF, WL_OP_MIX, WL_NR_OPS };

struct wl_phase {
	const char *name; /* "fill", "pairs", "alloc", "free", "shuffle" */
	bool timed;	  /* clocked and counted */
	bool single;	  /* thread 0 alone */
	enum wl_op op;	  /* timed phases: what is counted as one operation */
};

enum wl_touch { WL_TOUCH_NONE, WL_TOUCH_LINE, WL_TOUCH_PAGE };

struct wl_thread;
struct own;	 /* workloads/owners.h */
struct wl_trace; /* workloads/trace.h */
struct own_conf; /* workloads/owners.h */

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
	uint64_t frames;  /* frames of conf, all nodes */
	uint64_t max_ops; /* bound for open-ended phases, per thread */
	atomic_bool stop; /* the time bound has passed: give up waiting */
	enum wl_touch touch;
	char *backing; /* address of frame `backing_base`; NULL when
			  frames are not backed or not touched */
	pga_pfn_t backing_base;
	/* Called before frames are written; NULL = it is not. */
	void (*before_touch)(void *data, const struct wl_thread *t, pga_pfn_t pfn, unsigned nr);
	void *touch_data;
	const uint8_t *held; /* by frame number, enum wl_held (workloads/fragmap.h): who holds
				it; NULL except in the fragmentation pass */
	struct own *own;     /* with needs_host; else NULL */
	unsigned first_task, first_file; /* of the owners' groups, of this run's group 0 */
	uint64_t (*clock)(void);	 /* nanoseconds; for the bounds of scenarios alone */
	const struct wl_trace *trace;	 /* what a parameter of type FILE names, or NULL */
	struct wl_thread *threads;	 /* [nr_threads] */
	void *shared;			 /* the workload's own, from setup */
};

/*
 * How a step makes its requests: a set, constant during a phase.  Steps are
 * specialised by it (workloads/step.h), so what is off costs nothing.
 */
#define WL_COUNT 1u  /* path pass: fill path[] and stage[] */
#define WL_PLACED 2u /* the next of nodes[] for each request, with ctx */
#define WL_TOUCH 4u  /* frames are touched */

/* One thread's view.  Written only by its thread; cache-line aligned. */
struct wl_thread {
	struct wl_run *run;
	unsigned index;		      /* 0 .. nr_threads - 1 */
	unsigned mode;		      /* set of the above; from the harness, per phase */
	struct pga_req req;	      /* type, placement, CPU and order filled in */
	unsigned nr_nodes, next_node; /* PLACED; 0 = req.node alone */
	const int8_t *nodes;	      /* [nr_nodes] asked for in turn, -1 = the CPU's */
	const struct pga_ctx *ctx;    /* PLACED: of each request; may be NULL */
	uint32_t more, less;	      /* flags that the placement adds to and takes from req.gfp */
	uint32_t again;		      /* PLACED: what was refused is asked once more with these
					 flags and no ctx; 0 = it is not */
	uint64_t *served;	      /* COUNT: requests by node asked for (the CPU's when none
					 is named) and node that served, [conf->nr_nodes] each;
					 NULL = not counted */
	uint64_t *exhausted;	      /* COUNT: number of the request, from 1, that the node asked
					 for was the first time not to serve; 0 = none */
	uint64_t local;		      /* COUNT: requests served by the node of their CPU */
	uint64_t in_turn;	      /* COUNT: requests served by the node whose turn it was */
	struct rng rng;
	uint64_t frames;	       /* its share of the frames that it can reach */
	uint32_t *slots;	       /* pfns held; from the harness, as slots() asked */
	size_t nr_slots;	       /* capacity */
	size_t used;		       /* slots filled */
	size_t freed;		       /* leading slots already given back */
	uint64_t done;		       /* operations so far in this phase and round */
	uint64_t own[4];	       /* the workload's; zero when a pass starts */
	uint64_t fails;		       /* failed allocations in this sample */
	uint64_t path[PGA_NR_STAGES];  /* operations by path class */
	uint64_t stage[PGA_NR_STAGES]; /* operations that passed a stage */
} __attribute__((aligned(128)));

/* Whether the workload reached the state it aims at. */
struct wl_target {
	bool has; /* false: the workload states no target */
	bool reached;
	double wanted, got; /* in the unit that text names */
	char text[160];	    /* "Fu(9) >= 0.99 (closed form 1.000), got 0.998" */
	unsigned nr_values; /* more numbers, for the record's metrics */
	struct wl_value {
		char name[32];
		double value;
	} values[WL_MAX_VALUES];
};

/* Numbers by phase of what several workloads did at once. */
#define WL_MAX_REPORT 96u
struct wl_report {
	unsigned nr;
	struct {
		char name[64]; /* PHASE.ACTOR.NUMBER */
		double value;  /* NaN = not known */
	} v[WL_MAX_REPORT];
};
#define WL_REPORT_TIME 1u
#define WL_REPORT_PATHS 2u

struct wl_ops {
	const char *name;	       /* Required. */
	const char *summary;	       /* Required. One line. */
	unsigned version;	       /* raised when the request stream changes */
	const struct wl_param *params; /* Required. ends with name NULL */
	const struct wl_phase *phases; /* Required. ends with name NULL */
	unsigned min_threads;	       /* 1, or 2 for prodcons */
	unsigned threads_multiple;     /* 1, or 2: threads work in pairs */
	unsigned min_nodes;	       /* nodes with memory: 1, or 2 for spill */
	uint32_t needs;		       /* PGA_CAP_* it cannot do without */
	bool has_order;		       /* honours the order axis; otherwise 0 */
	bool has_placement;	       /* honours the placement; otherwise only local */
	/*
	 * Its frames belong to owners (workloads/owners.h): run->own is there
	 * from setup to teardown, the mechanism's daemons run, and what the
	 * owners still hold after teardown is given back for them.
	 */
	bool needs_host;
	bool alone;	 /* cannot be one of several workloads (workloads/scenario.h) */
	bool one_thread; /* as one of several it has one thread: its threads wait for others */
	/*
	 * Optional; with needs_host. Change what the harness proposes: handles,
	 * tasks, files, swap, device, faults, patience.  Pure; reads of run what
	 * slots() may read.
	 */
	void (*owners)(const struct wl_run *run, struct own_conf *conf);
	/* Optional. Frames of a CMA area at the end of a node of @frames frames. Pure. */
	uint64_t (*cma)(const int64_t *param, uint64_t frames);
	/*
	 * Required. Slots that thread `index` needs; 0 = the memory is too
	 * small.  Pure: reads of run only wl, conf, param, order, nr_threads,
	 * frames, max_ops, trace and each thread's frames.
	 */
	size_t (*slots)(const struct wl_run *run, unsigned index);
	/* Optional. How often the sequence of phases is run; NULL = once. Pure. */
	unsigned (*rounds)(const struct wl_run *run);
	/*
	 * Optional. The thread whose first CPU thread @index drives in a round, from
	 * its beginning; of each round a permutation, of round 0 each its own.  The
	 * harness moves the threads between rounds, all CPUs parked.  Asked after
	 * setup.
	 */
	unsigned (*seat)(const struct wl_run *run, unsigned index, unsigned round);
	/* Optional. 0 or -errno with one line in why; allocates run->shared. */
	int (*setup)(struct wl_run *run, char *why, size_t len);
	/*
	 * Required. A bounded batch (WL_BATCH operations or fewer) of phase
	 * `phase`; operations done, 0 = over.  t->done counts those before.
	 */
	uint64_t (*step)(struct wl_thread *t, unsigned phase);
	/*
	 * Optional. Fill in the target; called once, after phase number
	 * target_phase of the last round, all CPUs parked.
	 */
	void (*target)(struct wl_run *run, struct wl_target *target);
	unsigned target_phase;
	/*
	 * Optional. Add metrics to the target; called once, in the same way, after
	 * the later phase number late_phase.
	 */
	void (*late)(struct wl_run *run, struct wl_target *target);
	unsigned late_phase;
	/*
	 * Optional; for phases of WL_OP_MIX. Operations and thread time (ns) of a
	 * timed phase, all threads; called once at the end.
	 */
	void (*cost)(const struct wl_run *run, unsigned phase, uint64_t *ops, double *ns);
	/* Optional. A set of WL_REPORT_*: what this pass can tell; called once at the end. */
	void (*report)(const struct wl_run *run, unsigned parts, struct wl_report *report);
	/*
	 * Required. Return every frame still held and free what setup took;
	 * called after setup in any case, also when a run is cut short.  The
	 * caller has unparked all CPUs of the run and drives them.
	 */
	void (*teardown)(struct wl_run *run);
};

extern const struct wl_ops *const wl_table[]; /* NULL-terminated; workloads/table.c */

/** wl_find - by name, NULL if unknown. */
const struct wl_ops *wl_find(const char *name);
/** wl_param_index - position of a parameter in wl's table, -1 if unknown. */
int wl_param_index(const struct wl_ops *wl, const char *name);
/** wl_param_defaults - fill param[WL_MAX_PARAMS] with wl's defaults. */
void wl_param_defaults(const struct wl_ops *wl, int64_t *param);
/**
 * wl_registry_check - unique names, complete tables.
 * Return: 0, or -EINVAL with the first defect in @why.
 */
int wl_registry_check(char *why, size_t len);

#endif
