/* SPDX-License-Identifier: GPL-2.0-only */
/* The samples of a run, one child each, in the order of the schedule. */
#ifndef HARNESS_CMD_RUN_LOOP_H
#define HARNESS_CMD_RUN_LOOP_H

#include "harness/cmd/cmd_run_dir.h"
#include "harness/matrix/until.h"
#include "harness/view/progress.h"

struct run_counts {
	size_t computed; /* samples measured now */
	size_t reused;	 /* measured earlier */
	size_t failed;	 /* crashed, timeout, out-of-memory, failed */
	size_t skipped;	 /* samples of cells that cannot be served */
	size_t invalid;	 /* of computed: measured, target missed */
};

struct run_loop {
	const struct matrix_job *job;
	struct store *store;
	const char *events; /* file that events are appended to, NULL = none */
	char maps[600];	    /* the run's file of memory maps */
	struct sched sched;
	struct sched_times times;
	struct progress progress;
	struct run_counts counts;
	struct until until; /* open when the run has rounds beyond the fixed ones */
	bool self_check;    /* its rates are printed at the end */
	bool out_of_budget; /* it ended before all intervals were narrow enough */
};

/**
 * run_loop - measure what the schedule still wants
 * Return: 0 = went through; -EINTR = asked to stop; another -errno = results
 * could not be stored, after one line on stderr.  What is finished is stored.
 */
int run_loop(struct run_loop *loop);

/**
 * run_loop_until - after run_loop: rounds of the time pass alone, for the cells
 * that need them, until none does or the budget is spent
 * Return: as run_loop.
 */
int run_loop_until(struct run_loop *loop);

/** run_loop_skip - store one record for each unsupported cell that has none. */
int run_loop_skip(struct run_loop *loop, const struct run_dir *dir);

#endif
