/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one allocation costs, by path class: a wrapper around a mechanism's
 * alloc hook for the paths pass.
 *
 * Which path an allocation takes is known when it is over, so the time-stamp
 * counter is read before each; the second read is left out only for most of
 * the commonest class, pcp_hit.  Its turns come at random gaps, so that no
 * period of the workload or of the per-CPU lists can hide from them.  The
 * decision never depends on the time taken: the mean of a class is unbiased.
 *
 * Threads: a path_cost belongs to the thread that called path_cost_start; only
 * one mechanism is wrapped at a time in a process.
 */
#ifndef HARNESS_PATH_COST_H
#define HARNESS_PATH_COST_H

#include "core/pga.h"

#define PATH_COST_GAP 64u /* longest gap between two turns of pcp_hit */

struct path_cost {
	/* Of the time-stamp counter, its own cost included; by class, and by stage passed. */
	uint64_t ticks[PGA_NR_STAGES], passed_ticks[PGA_NR_STAGES];
	uint64_t timed[PGA_NR_STAGES], passed[PGA_NR_STAGES]; /* allocations that were timed */
	uint64_t random;
	uint32_t gap; /* allocations until the next turn */
} __attribute__((aligned(128)));

/** path_cost_wrap - a copy of @ops that measures; @wrapped outlives its use. */
void path_cost_wrap(struct pga_ops *wrapped, const struct pga_ops *ops);
/** path_cost_start - what this thread allocates from now on is added to @c. */
void path_cost_start(struct path_cost *c);
/** path_cost_stop - no longer. */
void path_cost_stop(void);
/** path_cost_add - add @c to @sum. */
void path_cost_add(struct path_cost *sum, const struct path_cost *c);
/**
 * path_cost_mean - ticks of one allocation of a class, the reads' cost subtracted; NaN
 * path_cost_passed - of one that passed a stage, whatever its class
 */
double path_cost_mean(const struct path_cost *c, unsigned stage);
double path_cost_passed(const struct path_cost *c, unsigned stage);

#endif
