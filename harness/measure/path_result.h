/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From brackets and windows to what one call of each kind costs.
 *
 * Bracketed: the mean of the brackets, less what an empty one shows.  It is the
 * call alone.  Regression: the windows' totals on their counts of calls by kind
 * (harness/measure/fit.h), weighted by one over the number of calls.  It is the call
 * and the loop around it; where frees go along with allocations too evenly to
 * be told apart, their cost is in the allocations' and that is said.
 *
 * For each kind and lane the way is chosen from the data: bracketed where the
 * mean call takes at least PATH_READS readings; otherwise the way that is less
 * uncertain, by half its interval and, for brackets, a whole reading.  A value
 * that is bracketed although a reading is not small says so.
 */
#ifndef HARNESS_PATH_RESULT_H
#define HARNESS_PATH_RESULT_H

#include "harness/measure/path_cost.h"

#define PATH_READS 20.0 /* a reading may be 5 % of what it brackets */

enum path_way { PATH_BRACKETED, PATH_REGRESSION, PATH_NR_WAYS };
extern const char *const path_way_names[PATH_NR_WAYS];

/* In the lane's unit, of one call; NaN with a reason. Limits NaN: one call alone. */
struct path_value {
	double mean, lo, hi; /* limits of the 95 % interval */
	char why[PATH_WHY];  /* NaN: why; otherwise what to know of it, or "" */
};

struct path_result {
	uint64_t seen[PATH_KINDS];	  /* calls, bracketed or in a window that was kept */
	uint64_t timed[PATH_KINDS];	  /* calls that were bracketed */
	uint64_t interrupted[PATH_KINDS]; /* left out of these */
	uint64_t passed_timed[PGA_NR_STAGES];
	struct path_value by[PATH_KINDS][PATH_LANES][PATH_NR_WAYS];
	struct path_value passed[PGA_NR_STAGES][PATH_LANES]; /* bracketed */
	enum path_way way[PATH_KINDS][PATH_LANES];	     /* chosen */
	char why[PATH_LANES][PATH_WHY];			     /* why a lane has no value, or "" */
	char note[PATH_LANES][PATH_WHY]; /* what to know of one that has, or "" */
	double read[PATH_LANES];	 /* what an empty bracket shows, mean of the threads */
	double ticks;			 /* time of a reading of all lanes, time-stamp cycles */
	uint64_t windows, switched;	 /* of the regression, as in struct path_cost */
	double condition;		 /* of the design that was taken, or refused; NaN: none */
	bool frees_in;			 /* allocations by regression: with their frees */
};

/**
 * path_result - of the threads of a pass
 * @c: [nr]
 * Return: 0; -ENOMEM.
 */
int path_result(struct path_result *r, const struct path_cost *const *c, unsigned nr);
/** path_chosen - the value of the way that was chosen. */
const struct path_value *path_chosen(const struct path_result *r, unsigned kind, unsigned lane);

#endif
