/* SPDX-License-Identifier: GPL-2.0-only */
/* The readings of the pass of costs: the time-stamp counter, and a group's events. */
#ifndef HARNESS_PATH_METER_H
#define HARNESS_PATH_METER_H

#include "harness/counters/counters.h"
#include "harness/measure/path_cost.h"

#define PATH_GROUP "paths" /* the group whose events are counted by path */

/**
 * path_meter_open - for the calling thread
 * Lane n is event n - 1 of @g.  Events that would have to be multiplexed are
 * left out: a window is too short for them to take turns.  What is missing has
 * its reason in meter->why; the time-stamp counter alone is a meter, too.
 * Return: the set that counts, or NULL; the caller starts, stops and closes it.
 */
struct cnt_set *path_meter_open(struct path_meter *meter, const struct cnt_group *g);

#endif
