/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How far a machine can be trusted: a variant against itself, and against
 * itself made slower, from a run of `zonebench run --self-check`.
 */
#ifndef RESULTS_SELFCHECK_H
#define RESULTS_SELFCHECK_H

#include "results/stats.h"
#include "results/store.h"

/* What the names of the variants end with that are the baseline once more, and slowed down. */
#define SELFCHECK_AGAIN ",again"
#define SELFCHECK_PLANT ",plant="

/**
 * selfcheck_print - rates of false alarms and of detection, with Wilson's intervals
 * A reading: nothing in it passes or fails.
 * Return: 0; -ENODATA with @err when the run has no variant twice, -ENOMEM.
 */
int selfcheck_print(const struct run_data *run, const struct stats_conf *conf, FILE *f, char *err,
		    size_t len);

#endif
