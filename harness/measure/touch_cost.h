/* SPDX-License-Identifier: GPL-2.0-only */
/* What it costs to touch a frame of the own node, and one of another. */
#ifndef HARNESS_TOUCH_COST_H
#define HARNESS_TOUCH_COST_H

#include "harness/engine/engine.h"

struct touch_cost {
	double local_ns, remote_ns; /* of one line of one frame, medians; NaN */
	char why[96];		    /* why NaN, "" */
};

/**
 * touch_cost - measure it, on the CPU of the first thread
 * Writes one line in each of some thousand frames of each node, in random
 * order; the frames must be backed and populated, and hold nothing any more.
 * Only real nodes have a cost: else NaN, with the reason.
 */
void touch_cost(const struct engine *e, struct touch_cost *cost);

#endif
