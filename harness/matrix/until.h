/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rounds beyond the fixed ones, `samples: until` of a matrix: cells whose ratio
 * to the baseline is not known well enough are measured again, with the
 * baseline beside them.  See results/stats_stop.h for what is enough.
 *
 * Threads: belongs to the thread that runs the matrix.
 */
#ifndef HARNESS_UNTIL_H
#define HARNESS_UNTIL_H

#include "harness/matrix/matrix_open.h"
#include "results/stats_stop.h"
#include "results/store.h"

#define UNTIL_NR_ENDS 4
enum until_end { UNTIL_MORE, UNTIL_NARROW, UNTIL_MAX, UNTIL_BUDGET };

struct until {
	const struct matrix_job *job;
	struct stats_stop stop;
	double *value;	/* [cells][stop.max]; NaN: not measured */
	uint32_t *base; /* [cells]: the cell that it is compared with; itself: with none */
};

/** until_wanted - does this run have rounds beyond the fixed ones? */
bool until_wanted(const struct matrix_job *job);

/** until_open - 0 or -ENOMEM; until_close in any case. */
int until_open(struct until *u, const struct matrix_job *job);
void until_close(struct until *u);

/** until_note - a finished record of a cell, now or from an earlier start. */
void until_note(struct until *u, size_t cell, const struct record *r);

/**
 * until_needs - is round @round of this cell wanted?
 * Of a cell that is compared: while its interval is too wide.  Of a baseline:
 * while a cell that is compared with it wants the round.  Not when the round
 * has a value.
 */
bool until_needs(const struct until *u, size_t cell, unsigned round);

/** until_json - rounds, half of the interval and why it ended, by cell; new reference. */
json_t *until_json(const struct until *u, bool budget);
/** until_print - the same in a line or two. */
void until_print(const struct until *u, bool budget, FILE *f);

#endif
