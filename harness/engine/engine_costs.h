/* SPDX-License-Identifier: GPL-2.0-only */
/* One thread's part of the pass of costs. */
#ifndef HARNESS_ENGINE_COSTS_H
#define HARNESS_ENGINE_COSTS_H

#include "harness/measure/path_meter.h"
#include "harness/measure/path_result.h"

/* Of one thread, in its own memory; zeroed at first. */
struct eng_costs {
	struct path_cost cost;
	struct cnt_set *set; /* events; NULL: the time-stamp counter alone */
	int rc;		     /* -ENOMEM: nothing is measured */
};

/**
 * eng_costs_open - calibrate; by the thread, before the first phase
 * @threads: of the pass, which share the room for windows
 * @index: of the thread, for its own draws
 */
void eng_costs_open(struct eng_costs *k, const struct cnt_group *g, const struct pga_ops *ops,
		    unsigned threads, uint64_t seed, unsigned index);
/** eng_costs_start, eng_costs_stop - around a timed phase; by the thread. */
void eng_costs_start(struct eng_costs *k);
void eng_costs_stop(struct eng_costs *k);
/** eng_costs_end - by the thread: its events are closed, what was measured stays. */
void eng_costs_end(struct eng_costs *k);
/** eng_costs_free - the rest; by anyone. */
void eng_costs_free(struct eng_costs *k);

#endif
