/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of bench_sample (harness/matrix/cell.h), and the thresholds that decide
 * on flags.
 */
#ifndef HARNESS_SAMPLE_H
#define HARNESS_SAMPLE_H

#include "harness/engine/engine.h"
#include "harness/measure/noise.h"
#include "harness/measure/quiet.h"
#include "harness/measure/touch_cost.h"

/*
 * Flag n, noisy: a thread was off its CPU for more than this share of the time
 * it was timed (preempted, or waiting for a core that it shares), or the
 * middle half of the epochs of a steady phase differs by more than this share
 * of their median.
 */
#define SAMPLE_OFF_CPU_MAX 0.02
#define SAMPLE_SPREAD_MAX 0.20

/* Operations per thread of the null run, and how often it is run (median). */
#define SAMPLE_NULL_OPS (1u << 18)
#define SAMPLE_NULL_RUNS 3u

/* Costs of a pass; NaN where the workload has no such phase. */
struct sample_cost {
	double ns_op, ns_alloc, ns_free, mops, tsc_op;
	uint64_t ops;
};

/**
 * sample_cost - costs from the phases of a time pass
 * One operation is a pair: pairs done, halves done by two, and the larger of
 * allocations and frees of phases that only allocate or free.
 */
void sample_cost(const struct wl_ops *wl, const struct engine_pass *p, struct sample_cost *c);

/** sample_note - append a reason to r->reason, "; " between two. */
void sample_note(struct record *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** sample_report - what the workload tells of its phases. */
void sample_report(const struct engine_pass *p, struct record *r);
/** sample_time - numbers of the time pass, and whether it was noisy. */
void sample_time(const struct engine *e, const struct engine_pass *p, struct record *r);
/** sample_quiet - after sample_time: what the repeats of the time pass say. */
void sample_quiet(const struct quiet *q, struct record *r);
/** sample_noise - what else went on between the two looks; flag n. */
void sample_noise(const struct noise_look *a, const struct noise_look *b, struct record *r);
/** sample_place - where threads and memory were, from the first pass; flags and proofs. */
void sample_place(const struct engine *e, const struct engine_pass *p, struct record *r);
/** sample_paths - shares of path classes and stages, allocator statistics. */
void sample_paths(const struct engine_pass *p, struct record *r);
/** sample_costs - what one call of each kind costs, and how that was measured. */
void sample_costs(const struct engine_pass *p, struct record *r);
/** sample_touch - what a touch of a near and of a far frame costs. */
void sample_touch(const struct touch_cost *c, struct record *r);
/** sample_target - target and its values, fu9, and status invalid when it was missed or cut short.
 */
void sample_target(const struct engine_pass *p, struct record *r);

#endif
