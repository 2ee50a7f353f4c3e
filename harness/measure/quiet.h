/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The time of a pass without short disturbances.  The time pass is run several
 * times: the same requests in the same order from the same state.  Its timed
 * phases are cut into stretches (harness/measure/stretch.h), so stretch i of a thread
 * is the same work in every repeat, and what differs is not the allocator's.
 *
 * With one thread the least of each stretch is taken: disturbance only adds.
 * With several the median: waiting for each other is part of the work, and the
 * least would be the luckiest interleaving.
 */
#ifndef HARNESS_QUIET_H
#define HARNESS_QUIET_H

#include "harness/engine/engine.h"
#include "harness/measure/stretch.h"

#define QUIET_MAX 31u		  /* repeats, the first included */
#define QUIET_MIN 7u		  /* unless one takes long */
#define QUIET_NS 60000000.0	  /* repeated until this much undisturbed time of a thread */
#define QUIET_LONG_NS 250000000.0 /* passes that take a thread longer are taken once */
#define QUIET_WALL_NS 600000000u  /* no repeat begins later than this */
#define QUIET_SLOW 1.2		  /* this much longer than its quiet time a stretch is slow */

struct quiet {
	struct stretches *s; /* [QUIET_MAX][threads]; NULL: the work can not be repeated alike */
	unsigned threads, repeats;
	uint64_t begin_ns; /* of the first */
	double total_ns;   /* thread time of the timed phases of all repeats */
	double least_ns;   /* the same of the shortest repeat, a thread's share */
	/* Results. */
	double quiet_ns;  /* thread time of one pass without disturbance; NaN: not known */
	double disturbed; /* share of total_ns that lies above it */
	double slow;	  /* share of all stretches that are slow */
};

/**
 * quiet_open - make room for the repeats of a cell's time pass
 * Workloads that state times of their own, have owners and daemons, or whose
 * pages move are not repeated; neither is anything when there is no memory.
 */
void quiet_open(struct quiet *q, const struct engine *e);
/** quiet_next - where the next pass shall note its stretches; NULL: nowhere. */
struct stretches *quiet_next(struct quiet *q);
/** quiet_done - that pass is over; returns whether another is wanted. */
bool quiet_done(struct quiet *q, const struct engine_pass *p);
/** quiet_close - fill in the results; frees. */
void quiet_close(struct quiet *q);

#endif
