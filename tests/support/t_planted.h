/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A mechanism whose calls cost what was planted: on a made-up time-stamp
 * counter, and with the fake counters (ZB_COUNTERS_BACKEND=fake) on events.
 * It hands out no memory.  Any thread; what it costs is the thread's own.
 */
#ifndef TESTS_SUPPORT_T_PLANTED_H
#define TESTS_SUPPORT_T_PLANTED_H

#include "harness/measure/path_cost.h"

#define T_PLANTED_LANES 4u  /* ticks, cycles, instructions, dtlb_misses */
#define T_PLANTED_READ 20.0 /* mean ticks of a reading of the made-up counter */

struct t_planted {
	unsigned kind;		      /* path class, or PATH_FREE */
	unsigned share;		      /* of a million allocations; 0 for frees */
	double cost[T_PLANTED_LANES]; /* means; each call's own is drawn */
};
/* What is planted; kind PATH_KINDS ends it. */
extern const struct t_planted t_planted[];
extern const struct pga_ops t_planted_ops;

/** t_planted_seed - of this thread's draws. */
void t_planted_seed(uint64_t seed);
/** t_planted_ticks - the made-up counter of this thread; to read it takes some ticks, too. */
uint64_t t_planted_ticks(void);
/** t_planted_switches - none: what the machine does to the test is not to decide it. */
uint64_t t_planted_switches(void);

#endif
