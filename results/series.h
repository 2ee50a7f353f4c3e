/* SPDX-License-Identifier: GPL-2.0-only */
/* The series of all samples of a run, for other programs. */
#ifndef RESULTS_SERIES_H
#define RESULTS_SERIES_H

#include "results/compare.h"

#include <stdio.h>

/**
 * series_print - every point of every sample that counts and has a series
 * @conf: its filters choose the samples
 * @format: "csv": one line for each point, the axes first, an empty field is
 *          null; "json": one array, an object for each sample
 * Return: 0; -EINVAL for another format or a wrong filter, -ENODATA when no
 * sample has a series, or as cmp_build(), with one line in @err.
 */
int series_print(const struct run_data *const *runs, unsigned nr_runs, const struct cmp_conf *conf,
		 const char *format, FILE *f, char *err, size_t len);

#endif
