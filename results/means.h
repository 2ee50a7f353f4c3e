/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Geometric means of ratios by axis: what a variant is worth over all rows with
 * one value of an axis.  A row takes part when every judged column has only
 * values above 0 there, so that all means of a line are of the same rows.
 *
 * Threads: as a comparison.  Out of memory ends the process, as there.
 */
#ifndef RESULTS_MEANS_H
#define RESULTS_MEANS_H

#include "results/compare.h"

struct mean {
	double value;	/* of the ratios of medians to the baseline; NaN: none */
	double lo, hi;	/* NaN: none, or the metric is pooled */
	char flags[16]; /* of the cells that took part, the baseline's too */
};

struct mean_line {
	const char *axis, *label; /* of the table; NULL: over all rows */
	size_t rows, of;	  /* that took part, of those with this label */
	bool mixed;		  /* one that took part mixes unlike cells */
	struct mean *col;	  /* [nr_cols] of the table; nothing where it is a reference */
};

struct means {
	size_t nr; /* 0: a mean would say nothing */
	struct mean_line *line;
	struct mean *mean; /* of all lines */
};

/**
 * means_build - all rows, then each axis by its values, in the order that rows have
 * An axis of which each value has one row is left out, as the table has it, and
 * so are all when no row takes part.  There is no line at all with one row, with
 * one judged column, without a value of the baseline, for metrics without a
 * direction, and for counters of what happened, which are 0 as a rule.
 *
 * The interval is a percentile bootstrap: the samples of each cell are drawn
 * anew, each on its own, and the mean is taken again; it covers 1 - alpha.  The
 * random numbers are those of the seed and the cell: the same in every line.
 */
void means_build(struct means *m, const struct cmp_table *t, unsigned metric);
void means_free(struct means *m);

#endif
