/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/cell.h"

const struct bench_placement_info bench_placements[PLACE_NR] = {
	[PLACE_LOCAL] = { "local",
			  "the node of the thread's CPU, others by distance when it is full" },
	[PLACE_BIND] = { "bind", "the node of the thread's CPU and no other" },
	[PLACE_PREFERRED] = { "preferred", "node 0, others by distance when it is full" },
	[PLACE_INTERLEAVE] = { "interleave",
			       "each request asks for the next node that has memory" },
};
