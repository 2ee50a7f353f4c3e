/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one allocation costs, by path class: a wrapper around a mechanism's
 * alloc and free for the pass of costs.
 *
 * The calls of a thread are cut into windows of random length.  In some of them
 * each call is bracketed by two readings; in the others calls are only counted
 * by class, and the windows' totals are for a regression (harness/measure/path_result.h).
 * So neither way carries the other's instruments.  Nothing that is decided here
 * depends on what was read: means are unbiased.
 *
 * What is read is a row of lanes: the time-stamp counter, and events.
 *
 * Threads: a path_cost belongs to the thread that called path_cost_open; only
 * one mechanism is wrapped at a time in a process.
 */
#ifndef HARNESS_PATH_COST_H
#define HARNESS_PATH_COST_H

#include "core/pga.h"

#define PATH_LANES 6u		       /* lane 0 is the time-stamp counter */
#define PATH_FREE PGA_NR_STAGES	       /* frees, after the classes of allocations */
#define PATH_KINDS (PGA_NR_STAGES + 1) /* of calls */

/*
 * Calls of a window: the logarithm of its length is evenly spread, 209 calls in
 * the mean.  Short windows are what tells paths apart that come at even distances.
 */
#define PATH_WINDOW_MIN 8u
#define PATH_WINDOW_MAX 1024u	 /* below 2^16 */
#define PATH_ROWS 16384u	 /* windows kept for the regression, all threads */
#define PATH_BRACKETED_SHARE 0.5 /* of the windows, where a reading costs little */

/* Time-stamp cycles that brackets may add to the mean call. */
#define PATH_BUDGET 250.0

#define PATH_WHY 96 /* bytes, as struct rec_value.note */

/* Where the readings come from. */
struct path_meter {
	unsigned nr; /* events that are read, at most PATH_LANES - 1 */
	/* Their values, growing; 0, or negative: they are lost. */
	int (*read)(void *data, long long *value);
	void *data;
	uint64_t (*ticks)(void);	 /* the time-stamp counter */
	uint64_t (*switches)(void);	 /* times that the thread has lost its CPU */
	char why[PATH_LANES][PATH_WHY];	 /* why a lane is not counted, or "" */
	char note[PATH_LANES][PATH_WHY]; /* what to know of one that is, or "" */
};

/* One window: calls by kind, and what was read over it. */
struct path_row {
	uint16_t n[PATH_KINDS];
	float total[PATH_LANES];
};

/* Brackets of one kind of call, the readings' own cost included. */
struct path_sum {
	uint64_t n;
	uint64_t interrupted; /* more calls, left out: the thread lost its CPU in them */
	double sum[PATH_LANES], squares[PATH_LANES];
};

/* What measuring costs here, calibrated by each thread for itself. */
struct path_overhead {
	double read[PATH_LANES];       /* what an empty bracket shows */
	double read_error[PATH_LANES]; /* standard error of that */
	double alloc[PATH_LANES];      /* what counting adds to an allocation, */
	double free[PATH_LANES];       /* and to a free */
	double ticks;		       /* time of one reading of all lanes */
};

struct path_cost {
	struct path_meter meter;
	const struct pga_ops *ops; /* what is wrapped */
	struct path_overhead own;
	struct path_sum kind[PATH_KINDS];
	struct path_sum passed[PGA_NR_STAGES]; /* allocations that passed a stage */
	struct path_row *row;		       /* [nr_rows], an even choice of all windows */
	size_t nr_rows, max_rows;
	uint64_t windows;  /* that were counted */
	uint64_t switched; /* that were thrown away: the thread lost its CPU in them */
	bool lost;	   /* events: a reading failed */
	/* The window that is open. */
	bool bracketing;
	uint32_t left; /* calls until it ends */
	uint32_t n[PATH_KINDS];
	long long start[PATH_LANES];
	uint64_t switches;
	uint64_t random;
	uint32_t bracket_share; /* of 2^32 windows */
} __attribute__((aligned(128)));

/**
 * path_cost_wrap - a copy of @ops that measures; @wrapped and @ops outlive its use
 * What a thread calls that has not started is passed on.
 */
void path_cost_wrap(struct pga_ops *wrapped, const struct pga_ops *ops);
/**
 * path_cost_open - calibrate, and make room for @max_rows windows
 * @c: zeroed by the caller; @meter is copied, its events are counting
 * Return: 0; -ENOMEM.
 */
int path_cost_open(struct path_cost *c, const struct path_meter *meter, const struct pga_ops *ops,
		   size_t max_rows, uint64_t seed);
void path_cost_close(struct path_cost *c);
/** path_cost_start - what this thread calls from now on is added to @c. */
void path_cost_start(struct path_cost *c);
/** path_cost_stop - no longer. */
void path_cost_stop(void);

#endif
