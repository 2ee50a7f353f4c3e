/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A run directory as it fills: what a reader beside the run knows of it.  Lines
 * are read once, as they are completed, so that looking costs the run little.
 * One thread.
 */
#ifndef HARNESS_WATCH_H
#define HARNESS_WATCH_H

#include "results/record.h"

#include <sys/types.h>

struct watch_sample {
	uint64_t number;
	bool finished; /* measured; else it failed */
	double ns_op;  /* NaN = null */
	double seconds;
};

/* A cell that has records. */
struct watch_cell {
	char variant[REC_TEXT];
	char load[5 * REC_TEXT]; /* the other axes, in words */
	int brief;		 /* of these, bytes before placement and memory */
	char hash[REC_TEXT];	 /* of the records that count */
	char flags[16];		 /* of all samples */
	bool unsupported;
	unsigned nr, room;
	struct watch_sample *sample; /* owned; by number */
};

enum watch_state { WATCH_RUNNING, WATCH_FINISHED, WATCH_STOPPED };

struct watch {
	char dir[512];
	char name[64];	  /* of the matrix */
	unsigned samples; /* of each cell, 0 = not said */
	size_t wanted;	  /* samples that the last start asked for, 0 = not said */
	enum watch_state state;
	size_t nr, room;
	struct watch_cell *cell; /* owned; in the order of their first record */
	size_t last;		 /* cell of the last record; nr when there is none */
	size_t finished, failed;
	double seconds; /* that the samples took, all together */
	/* Private. */
	struct record *record;
	off_t at;    /* of the first byte that was not read */
	size_t line; /* lines read */
};

/** watch_open - 0, or -ENOMEM; watch_close() afterwards. */
int watch_open(struct watch *w, const char *dir);
void watch_close(struct watch *w);

/**
 * watch_read - take in what was added since the last time
 * A half line at the end is left for the next time.
 * Return: 0; -ENOENT (no run directory), -EINVAL (damaged), -ENOMEM, -EIO with
 * one line in @err.
 */
int watch_read(struct watch *w, char *err, size_t len);

/** watch_left - samples that are still to come, by what the manifest says. */
size_t watch_left(const struct watch *w);

/** watch_median - of ns_op over the finished samples; NaN when there is none. */
double watch_median(const struct watch_cell *c);

#endif
