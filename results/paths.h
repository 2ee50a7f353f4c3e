/* SPDX-License-Identifier: GPL-2.0-only */
/* Path classes of a run: how many allocations went which way, and at what cost. */
#ifndef RESULTS_PATHS_H
#define RESULTS_PATHS_H

#include "results/compare.h"
#include "results/screen.h"

/* Mean cost of a class in one sample, and the operations that it stands for. */
struct paths_cost {
	double value, weight;
	char mark; /* of paths_marks */
};
enum { PATHS_NS, PATHS_CYCLES, PATHS_INSTRUCTIONS, PATHS_DTLB, PATHS_P99, PATHS_NR_COSTS };
struct paths_column {
	const char *label; /* "dTLB/kop" */
	const char *name;  /* in the group "costs", after the class; NULL: from the histograms */
	double scale;	   /* from the group's unit to the label's */
};
extern const struct paths_column paths_columns[PATHS_NR_COSTS];

/* What a value's note says about how it was measured. */
struct paths_mark {
	char mark;
	const char *text; /* in the note */
	const char *help;
};
extern const struct paths_mark paths_marks[]; /* mark 0 ends it */

/*
 * A path class of one variant, over all samples that count; or a stage that is
 * no allocation's costliest one; or its frees, whose ops are the allocations of
 * the samples: a weight, no share of anything.
 */
struct paths_tally {
	double ops;
	size_t nr[PATHS_NR_COSTS];
	struct hist *latency;			 /* of all samples together; NULL: none has one */
	struct paths_cost *cost[PATHS_NR_COSTS]; /* [samples] */
};

struct paths {
	const struct cmp_table *t; /* its columns are the variants */
	const struct screen_path *path;
	size_t nr_paths, nr_samples;
	struct paths_tally *tally;	      /* [(nr_paths + 1) * cols], frees last */
	double *all;			      /* [cols] */
	bool *passed;			      /* [nr_paths] a stage, passed on the way */
	bool costs;			      /* some sample has some */
	bool has[PATHS_NR_COSTS];	      /* of this column */
	bool tsc;			      /* cycles are those of the time-stamp counter */
	const char *why[PATHS_NR_COSTS];      /* why a value is null; NULL: none is */
	const char *why_free[PATHS_NR_COSTS]; /* the same of frees */
};
/* Index of the frees of all paths, after the classes and stages: no allocations, in no share. */
#define PATHS_FREES(s) ((s)->nr_paths)
#define PATHS_FREE_NAME REC_HIST_FREE /* in the group "costs", and of its line */
extern const char paths_free_help[];

/**
 * paths_gather - of all samples of @run that count
 * @t: its columns are the variants; it and @run outlive @s
 * @path: name NULL ends it
 */
void paths_gather(struct paths *s, const struct run_data *run, const struct cmp_table *t,
		  const struct screen_path *path);
void paths_free(struct paths *s);
struct paths_tally *paths_at(const struct paths *s, size_t path, unsigned col);
/** paths_shown - has the variant allocated at all; the null variant is left out. */
bool paths_shown(const struct paths *s, unsigned col);
/** paths_used - has any variant that is shown gone this way, or freed, with costs known? */
bool paths_used(const struct paths *s, size_t path);
/** paths_dash - lacks a variant that went this way the value of a column that others have? */
bool paths_dash(const struct paths *s, size_t path, unsigned what);
/** paths_why_free - why the line of frees lacks a value of that column; NULL: it lacks none. */
const char *paths_why_free(const struct paths *s, unsigned what);
/**
 * paths_median - cost of one allocation: the median over the samples, each
 * weighted by its operations of the class; of the values that were measured in
 * the way that most are, over all variants: variants are compared by one way
 * PATHS_P99 is that of all operations of the class that were timed in any sample.
 * @path: a class, a stage, or PATHS_FREES
 * @what: index into paths_columns
 * @mark: how the median's sample was measured, ' ' or of paths_marks; may be NULL
 * Return: NaN where none was measured.
 */
double paths_median(const struct paths *s, size_t path, unsigned col, unsigned what, char *mark);

#endif
