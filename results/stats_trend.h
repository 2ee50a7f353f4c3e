/* SPDX-License-Identifier: GPL-2.0-only */
/* Does a cell change along its rounds?  Pure functions, as in results/stats.h. */
#ifndef RESULTS_STATS_TREND_H
#define RESULTS_STATS_TREND_H

#include <stdbool.h>
#include <stddef.h>

/** stats_mann_kendall - two-sided p of no trend along the order; ties corrected; 1 below 4 values.
 */
double stats_mann_kendall(const double *v, size_t n);
/** stats_theil_sen - median slope of all two of @v, by place; NaN below 2 values. */
double stats_theil_sen(const double *v, size_t n);
/**
 * stats_warms_up - is the first value apart from all others?
 * Above or below all of them, and further from their median than five times
 * their median deviation from it and than 2 % of it.  False below 6 values.
 */
bool stats_warms_up(const double *v, size_t n);

#endif
