/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linear regression of totals on counts, for costs per path: weighted least
 * squares by a singular value decomposition (GSL), fitted twice: the errors of
 * the first time say how much a column adds to the variance of a row, which
 * are the weights of the second time.  Intervals hold also when that model of
 * the variance does not (HC3: MacKinnon and White 1985).  What cannot be told
 * apart is refused.
 *
 * Touches only its arguments; any thread.
 */
#ifndef HARNESS_FIT_H
#define HARNESS_FIT_H

#include <stddef.h>

/*
 * Ratio of the largest to the smallest singular value, columns scaled to unit
 * length.  Beyond 30 columns hang together strongly (Belsley, Kuh, Welsch
 * 1980); the intervals show what that costs.  Beyond this limit small errors of
 * the model decide the answer, and the intervals do not show it.
 */
#define FIT_CONDITION_MAX 100.0
#define FIT_LEVEL 0.95	 /* of the intervals */
#define FIT_ROWS_MIN 20u /* rows in which a column is not 0, and more than columns */

struct fit;
struct fit_value {
	double mean, lo, hi;
};

/**
 * fit_open - decompose a design
 * @x: [rows][cols], counts; outlives the fit
 * @out: the fit, NULL on failure
 * @weight: [rows], one over the variance of a row up to a factor: a first guess
 * @condition: the condition number, INFINITY for columns that depend on each other
 * Return: 0; -EDOM ill-conditioned; -ENODATA too few rows, @condition NaN; -ENOMEM.
 */
int fit_open(struct fit **out, const double *x, const double *weight, size_t rows, size_t cols,
	     double *condition);
/**
 * fit_solve - coefficients of @y: [rows], @v: [cols]
 * Return: 0, -ENOMEM.
 */
int fit_solve(const struct fit *f, const double *y, struct fit_value *v);
/** fit_close - NULL is allowed. */
void fit_close(struct fit *f);

/** fit_quantile - half an interval of FIT_LEVEL in standard errors; NaN without freedom. */
double fit_quantile(double freedom);

#endif
