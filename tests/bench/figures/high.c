/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests of order 3, one by one, in memory of which a random half is free. */
#include "harness/measure/clock.h"
#include "results/stats.h"
#include "tests/bench/figures/figures.h"

#include <math.h>
#include <stdlib.h>

#define HIGH_FAILS 20000u /* failures that are timed */

/* Times one request in TSC cycles, what timing itself takes subtracted. */
static double timed_alloc(const struct engine *e, struct pga_req req, pga_pfn_t *pfn)
{
	uint64_t start = clk_tsc(), end;

	*pfn = e->ops->alloc(e->pga, req, NULL).pfn;
	end = clk_tsc();
	return fmax((double)(end - start) - clk_cost()->pair_tsc, 0);
}

/* Order-3 requests that may not wait, to exhaustion and beyond. */
static void time_high(const struct engine *e, double *cycles, size_t max, struct figures *f)
{
	struct pga_req req = { .gfp = PGA_GFP_MOVABLE, .node = -1, .order = 3 };
	struct clk a = clk_read(), b;
	size_t taken = 0, failed = 0;
	pga_pfn_t pfn = 0;
	double ns;

	while (taken < max && (cycles[taken] = timed_alloc(e, req, &pfn), pfn != PGA_NIL))
		taken++;
	b = clk_read();
	ns = (double)(b.ns - a.ns) / (double)(b.tsc - a.tsc);
	stats_sort(cycles, (unsigned)taken);
	f->took = (double)taken;
	f->p99_ok = taken ? stats_quantile(cycles, (unsigned)taken, 0.99) * ns : NAN;
	for (; failed < HIGH_FAILS && failed < max; failed++)
		cycles[failed] = timed_alloc(e, req, &pfn);
	stats_sort(cycles, (unsigned)failed);
	f->p99_fail = stats_quantile(cycles, (unsigned)failed, 0.99) * ns;
}

/* Single frames everywhere, a random half of them free again. */
static size_t fill_half(const struct engine *e, uint32_t *slots, size_t max)
{
	struct pga_req req = { .gfp = PGA_GFP_MOVABLE, .node = -1 };
	struct rng rng;
	size_t nr = 0;

	rng_seed(&rng, 1, 0);
	while (nr < max && (slots[nr] = e->ops->alloc(e->pga, req, NULL).pfn) != PGA_NIL)
		nr++;
	for (size_t left = nr; left > nr / 2; left--) {
		size_t k = (size_t)rng_below(&rng, left);

		e->ops->free(e->pga, slots[k], 0, 0, 0);
		slots[k] = slots[left - 1];
	}
	return nr;
}

void fig_high(const struct row *row, struct figures *f)
{
	struct bench_cell cell;
	uint32_t *slots = NULL;
	double *cycles = NULL;
	size_t frames = 0;
	struct engine e;

	if (!clk_has_tsc() || topo_pin(fig.topo, 0) ||
	    !fig_cell(&cell, row->variant, "repeat", 0, 1, f->why, sizeof(f->why)))
		return;
	cell.memory.per_node /= row->share;
	f->ok = !engine_open(&e, &cell, fig.topo, 1, NULL, f->why, sizeof(f->why)) &&
		!engine_init(&e, f->why, sizeof(f->why));
	if (f->ok) {
		frames = (size_t)e.m->frames;
		slots = calloc(frames, sizeof(*slots));
		cycles = calloc(frames, sizeof(*cycles));
	}
	if (slots && cycles) {
		e.ops->unpark(e.pga, 0);
		fill_half(&e, slots, frames);
		time_high(&e, cycles, frames, f);
		e.ops->park(e.pga, 0);
	}
	f->ok = f->ok && slots && cycles;
	free(slots);
	free(cycles);
	engine_close(&e);
}
