/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The engine: one variant's memory on one machine, and passes of one workload
 * over it.  engine.c maps, binds and verifies; engine_run.c drives the threads.
 *
 * Each pass starts from a freshly initialised instance and the same seed, so
 * the request stream of all passes is the same.
 *
 * Threads: an engine belongs to the thread that opened it.
 */
#ifndef HARNESS_ENGINE_H
#define HARNESS_ENGINE_H

#include "harness/counters/counter_package.h"
#include "harness/counters/counters.h"
#include "harness/engine/engine_places.h"
#include "harness/engine/follow.h"
#include "harness/engine/machine_conf.h"
#include "harness/measure/path_result.h"
#include "workloads/owners.h"

/* Longest that a phase may last; it ends at the next batch, the sample is invalid. */
#define ENGINE_PHASE_NS (20ull * 1000000000)

struct daemons;
struct stretches;
struct events;
struct frag;
struct latency;

struct engine {
	const struct bench_cell *cell;
	const struct topo *topo;
	const struct pga_ops *ops;
	uint64_t seed;
	struct machine_conf *m;
	struct pga_extent *ext; /* [nr_ext] */
	int nr_ext;
	struct topo_arena meta, slots, frames; /* addr NULL: not mapped */
	bool frames_borrowed;		       /* from another engine */
	size_t *nr_slots;		       /* [cell->threads] */
	struct pga *pga;
	struct own *own;	 /* during a pass of a workload that needs it, */
	struct daemons *daemons; /* else NULL */
	struct events *events;	 /* of the next pass, NULL = none; the caller's */
	struct frag *frag;	 /* the same, for the fragmentation pass */
	struct latency *latency; /* the same, for the latency pass */
	bool has_device;	 /* device_fd is open, during a pass */
	int device_fd;		 /* of cell->device.file */
	bool used;		 /* the metadata is no longer zero */
	bool unbound;		 /* binding was refused somewhere */
	char unbound_why[128];
	double populate_s, init_s;
	double meta_huge; /* share of the metadata on huge pages; NaN */
	uint64_t init_ns; /* when the last init began: the instance's tick 0 */
	uint64_t meta_bytes;
	uint64_t free_at_start; /* frames free after init, exact */
};

/**
 * engine_open - map and bind what a cell needs, metadata and slots populated
 * @donor: an engine of the same cell whose backing is used, or NULL
 * A refused binding is remembered, not an error.
 * Return: 0; -ENOMEM, -EINVAL, -EOPNOTSUPP with @why.  engine_close in any case.
 */
int engine_open(struct engine *e, const struct bench_cell *cell, const struct topo *t,
		uint64_t seed, const struct engine *donor, char *why, size_t len);
void engine_close(struct engine *e);

/** engine_settle - before a pass whose pages follow users: all pages at their start. */
void engine_settle(struct engine *e);

/** engine_init - a fresh instance in zeroed metadata; init_s is that of the first. */
int engine_init(struct engine *e, char *why, size_t len);

/**
 * engine_verify - is everything back where it was?  After teardown: drains all
 * CPUs, then compares free frames, allocations with frees, and runs check().
 * Mechanisms without PGA_CAP_REAL are not asked.
 * Return: 0, or -EUCLEAN with @why.
 */
int engine_verify(struct engine *e, char *why, size_t len);

/* Shares of sampled pages found on the node asked for; NaN: not known. */
struct engine_proof {
	double frames_ok, meta_ok;
	double pcp_ok; /* of the metadata: of CPUs' caches alone */
	char why[128]; /* why NaN, "" */
};
void engine_prove(const struct engine *e, struct engine_proof *p);

/* What is measured in a pass. */
enum engine_pass_kind { PASS_TIME, PASS_PATHS, PASS_COUNTERS, PASS_FRAG, PASS_LATENCY, PASS_COSTS };

/* One phase, summed over rounds and threads. */
struct engine_phase {
	uint64_t ops;
	double ns, tsc; /* thread time, clock cost subtracted */
	double wall_ns; /* from the first start to the last end */
};

struct engine_pass {
	enum engine_pass_kind kind;
	const struct cnt_group *group; /* COUNTERS, COSTS */
	struct stretches *stretches;   /* [threads], the caller's; NULL: not noted */
	uint64_t bound_ns;	       /* of a phase; 0 = as the cell says */
	/* Results. */
	struct engine_phase phase[WL_MAX_PHASES];
	uint64_t fails;
	uint64_t path[PGA_NR_STAGES], stage[PGA_NR_STAGES];
	struct eng_places places; /* PATHS */
	struct follow_sum follow;
	struct path_result costs;     /* COSTS */
	double ns_per_tsc;	      /* over the pass; NaN without a counter */
	uint64_t stats[PGA_NR_STATS]; /* before anything was returned by teardown */
	bool has_own;		      /* the workload has owners and daemons */
	uint64_t own[OWN_NR_STATS];
	uint64_t daemon_steps, daemon_wakes;
	unsigned daemon_seats, daemons_placed; /* threads; those seen on a CPU of their node */
	struct wl_report report;	       /* TIME, PATHS */
	struct cnt_total counters;
	struct cnt_package_total packages;
	struct wl_target target;
	double fu9; /* at target_phase; NaN */
	bool cut;   /* a phase reached its time bound */
	char cut_phase[32];
	uint64_t switches;  /* involuntary, in timed phases */
	double off_cpu;	    /* share of timed wall time not on the CPU, worst thread */
	double spread;	    /* interquartile range over median of the epochs'
			       ns per operation, worst thread; NaN: too few */
	unsigned pinned_ok; /* threads whose CPU seen was the CPU asked */
	unsigned moved;	    /* threads seen elsewhere */
	uint64_t migrations;
	int pin_errno; /* first refusal, 0 */
};

/**
 * engine_run - one pass: init, setup, all phases, teardown, verify
 * @pass: kind, group, stretches and bound_ns given, the rest is filled in
 * Return: 0; -EUCLEAN the instance is damaged; -EINVAL, -ENOMEM, -EAGAIN with @why.
 */
int engine_run(struct engine *e, struct engine_pass *pass, char *why, size_t len);

#endif
