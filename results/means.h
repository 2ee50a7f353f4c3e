/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Geometric means of ratios by axis: what a variant is worth over all rows with
 * one value of an axis.
 *
 * Threads: as a comparison.  Out of memory ends the process, as there.
 */
#ifndef RESULTS_MEANS_H
#define RESULTS_MEANS_H

#include "results/compare.h"

struct mean {
	size_t rows;	      /* that took part: both sides positive; 0: no mean */
	double value, lo, hi; /* of the ratios of medians to the baseline; NaN: none */
};

/**
 * means_of - over the rows whose label of the axis is @label; NULL: over all
 * @axis: index into t->axes
 * The interval is a percentile bootstrap: the samples of each cell are drawn
 * anew, each on its own, and the mean is taken again; it covers 1 - alpha.
 */
struct mean means_of(const struct cmp_table *t, unsigned col, unsigned axis, const char *label);

/** means_label - the n-th value that rows have of an axis; NULL at the end. */
const char *means_label(const struct cmp_table *t, unsigned axis, unsigned n);

#endif
