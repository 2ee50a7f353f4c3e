/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many rounds are enough.  A cell is measured again until the interval of
 * its ratio to the baseline's is narrow enough.  Only how wide it is counts:
 * a rule that looked at the sign or at p would stop where chance has made a
 * difference, and find differences where there are none.
 *
 * The interval is the one that the hardest step of Holm's correction asks for,
 * at alpha / comparisons: a ratio that is further from 1 than its half is told
 * apart, in whatever way the rounds scatter.
 */
#ifndef RESULTS_STATS_STOP_H
#define RESULTS_STATS_STOP_H

#include "results/stats_pair.h"

struct stats_stop {
	unsigned min, max; /* rounds; min lets a test by pairs pass Holm */
	double halfwidth;  /* asked for, as a share: 0.015 is 1.5 % */
	double level;	   /* of the interval: alpha by the number of comparisons */
};

enum stats_enough { STATS_MORE, STATS_NARROW, STATS_MAX };

/** stats_halfwidth - half of the ratio's interval, as a share; infinite for too few rounds. */
double stats_halfwidth(const double *log_ratio, size_t n, double level);

/**
 * stats_stop_look - after a round: go on, or why not
 * It looks after every second round, from 24 on every fourth, from 48 on every
 * eighth: in between it always goes on.
 */
enum stats_enough stats_stop_look(const struct stats_stop *s, const double *log_ratio, size_t n);

#endif
