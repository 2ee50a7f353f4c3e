/* SPDX-License-Identifier: GPL-2.0-only */
/* What an existing run directory says to a run that resumes it. */
#ifndef HARNESS_CMD_RUN_DIR_H
#define HARNESS_CMD_RUN_DIR_H

#include "harness/matrix/matrix_open.h"
#include "results/store.h"

struct run_dir {
	struct run_data data; /* empty when the directory is not there yet */
	const struct record **latest;
	size_t nr; /* of latest */
};

/**
 * run_dir_read - records of a directory; an absent one has none
 * Return: 0, or -errno with one line in @err.  run_dir_release() after 0.
 */
int run_dir_read(struct run_dir *d, const char *dir, char *err, size_t len);
void run_dir_release(struct run_dir *d);

/** run_dir_times - learn how long the samples of each cell took. */
void run_dir_times(const struct run_dir *d, const struct matrix_cells *cells,
		   struct sched_times *times);

/** run_dir_has - is there a record of this cell with this status? */
bool run_dir_has(const struct run_dir *d, const struct matrix_cell *mc, const char *status);

/**
 * run_dir_check - may this run go on in that directory?
 * Not when it holds another matrix, or was measured on another machine.
 * Return: 0, or -EINVAL with one line in @err.
 */
int run_dir_check(const struct run_dir *d, const json_t *manifest, char *err, size_t len);

#endif
