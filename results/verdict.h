/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The answers of a run in plain words: who is fastest, who fragments least,
 * what the slow path costs.  Each is a sentence and what it rests on, or says
 * why there is none.
 *
 * Threads: as a comparison, whose table each is about.
 */
#ifndef RESULTS_VERDICT_H
#define RESULTS_VERDICT_H

#include "results/compare.h"
#include "results/screen.h"

struct verdict {
	bool told;	  /* there is an answer; else it says so, and @why why */
	char answer[640]; /* without a full stop */
	char why[960];	  /* sentences */
};

/** verdict_judged - columns that are judged: all but references. */
unsigned verdict_judged(const struct cmp_table *t);
/**
 * verdict_mean - a column over the rows in which every judged one has a value
 * @ratio: geometric mean of the medians' ratios to the baseline, which needs
 *	   positive values; else the mean of the medians
 * @rows: gets their number
 * Return: NaN without such rows.
 */
double verdict_mean(const struct cmp_table *t, unsigned col, bool ratio, size_t *rows);
/** verdict_words - rows of a column with that word. */
size_t verdict_words(const struct cmp_table *t, unsigned col, enum cmp_word word);

/** verdict_fastest - from the first metric of a table of times. */
void verdict_fastest(const struct cmp_table *t, struct verdict *v);
/** verdict_fragments - from the first metric of a table of fragmentation; NULL: there is none. */
void verdict_fragments(const struct cmp_table *t, struct verdict *v);

/* Of one variant, over the samples in which the slow path served somebody. */
struct verdict_slow {
	double share;	   /* of all allocations, served on the slow path; NaN: no paths known */
	double fast, slow; /* ns of an allocation in those samples */
	double ratio;	   /* slow by fast, in the same sample */
	double timed;	   /* slow allocations that were timed */
};
/* Fewer timed ones give no cost. */
#define VERDICT_SLOW_TIMED 30

/**
 * verdict_slow - what the slow path costs, against a fast one of the same samples
 * A cost is a mean over a sample's classes, and of the samples the median,
 * weighted by their slow allocations.  Failed allocations are not counted.
 * @t: its columns are the variants
 * @path: as of screen_print()
 * @cols: [t->nr_cols], filled in
 */
void verdict_slow(const struct run_data *run, const struct cmp_table *t,
		  const struct screen_path *path, struct verdict *v, struct verdict_slow *cols);

#endif
