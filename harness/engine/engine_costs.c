/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/engine/engine_costs.h"

#define ROWS_MIN 256u /* windows kept of each thread, however many there are */

void eng_costs_open(struct eng_costs *k, const struct cnt_group *g, const struct pga_ops *ops,
		    unsigned threads, uint64_t seed, unsigned index)
{
	struct path_meter meter;
	size_t rows = PATH_ROWS / threads;

	k->set = path_meter_open(&meter, g);
	/* Calibrated while counting, as it will be used. */
	if (k->set && cnt_start(k->set))
		k->cost.lost = true;
	k->rc = path_cost_open(&k->cost, &meter, ops, rows > ROWS_MIN ? rows : ROWS_MIN,
			       seed * 0x9e3779b97f4a7c15u + index);
	if (k->set)
		cnt_stop(k->set);
}

void eng_costs_start(struct eng_costs *k)
{
	if (k->rc)
		return;
	if (k->set && cnt_start(k->set))
		k->cost.lost = true;
	path_cost_start(&k->cost);
}

void eng_costs_stop(struct eng_costs *k)
{
	path_cost_stop();
	if (!k->rc && k->set && cnt_stop(k->set))
		k->cost.lost = true;
}

void eng_costs_end(struct eng_costs *k)
{
	cnt_close(k->set);
	k->set = NULL;
}

void eng_costs_free(struct eng_costs *k)
{
	path_cost_close(&k->cost);
}
