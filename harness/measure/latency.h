/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The latency pass: how long single operations take, by path class.
 *
 * A wrapper around a mechanism's alloc and free hooks times one operation in
 * LATENCY_EVERY, at random gaps, so that no period of the workload or of the
 * per-CPU lists can hide from it.  The next operation to be timed is chosen
 * before it is known how long any takes, and each has the same chance: a
 * stalled one counts once, like any other.  The counter is read with fences on
 * both sides; what such a region takes when it is empty is subtracted.  That
 * changes with what else the core does, so it is measured anew between
 * operations: the median of LATENCY_EMPTIES, after each LATENCY_CALIBRATE that
 * were timed.  Operations that are called inside a timed one are part of it.
 *
 * The histograms are of timed phases.  Beside them each interval between two
 * points of the fragmentation pass's series has one of all phases; where few
 * operations lie between two points, several are taken together.
 *
 * Threads: one latency at a time in a process.  latency_start, _tick and _stop:
 * by the thread of that index; the wrapped operations as the mechanism's; the
 * rest when nothing else runs.
 */
#ifndef HARNESS_LATENCY_H
#define HARNESS_LATENCY_H

#include "core/pga.h"
#include "results/record.h"
#include "workloads/rng.h"

#define LATENCY_GAP 15u				/* longest distance of two timed operations */
#define LATENCY_EVERY ((1 + LATENCY_GAP) / 2.0) /* mean distance */
#define LATENCY_EMPTIES 9u
#define LATENCY_CALIBRATE 256u

/* Path classes of allocations, by stage, and frees. */
enum { LATENCY_FREE = PGA_NR_STAGES, LATENCY_NR };

/* Written by the driver of a CPU, read by all. */
struct latency_cpu {
	uint64_t requests; /* allocations and frees, timed or not */
} __attribute__((aligned(128)));

struct latency_interval {
	struct hist alloc, free;
};

struct latency_thread {
	struct rng rng;
	uint32_t gap;			   /* operations until the next that is timed */
	unsigned calibrate;		   /* timed operations until the next calibration */
	uint64_t empty;			   /* ticks of an empty region, as of the last */
	struct hist empties;		   /* of all */
	bool counts;			   /* in a timed phase */
	unsigned point;			   /* of the series: the interval that ends there */
	struct latency_interval *interval; /* [nr_points] */
	struct hist of[LATENCY_NR];
} __attribute__((aligned(128)));

struct latency {
	const struct pga_ops *ops;
	struct pga_ops wrapped;
	double tick_ns;
	unsigned nr_cpus, nr_threads, nr_points;
	uint64_t axis[REC_MAX_POINTS]; /* requests at each point */
	struct latency_cpu *cpu;       /* [nr_cpus] */
	struct latency_thread *thread; /* [nr_threads] */
};

/**
 * latency_new - for instances of @ops
 * @seed: of the gaps
 * @series: of the fragmentation pass of the same request stream, its points are
 *          the ends of the intervals; without points there are none
 * Return: NULL without memory.
 */
struct latency *latency_new(const struct pga_ops *ops, unsigned nr_cpus, unsigned nr_threads,
			    uint64_t seed, const struct rec_series *series);
void latency_free(struct latency *l);

/** latency_wrap - the operations for the workload. */
const struct pga_ops *latency_wrap(struct latency *l);
/** latency_start - from now on operations of the calling thread may be timed; @timed: a timed phase
 */
void latency_start(struct latency *l, unsigned thread, bool timed);
/** latency_stop - no longer. */
void latency_stop(void);
/** latency_tick - between two batches: has an interval ended? */
void latency_tick(struct latency *l, unsigned thread);

/**
 * latency_report - percentiles, histograms, and the columns p99.alloc and
 * p99.free of the series, which is that given to latency_new
 */
void latency_report(const struct latency *l, struct record *r);

#endif
