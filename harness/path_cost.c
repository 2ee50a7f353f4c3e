/* SPDX-License-Identifier: GPL-2.0-only */
/* Allocations bracketed by the time-stamp counter. */
#include "harness/path_cost.h"
#include "harness/clock.h"

#include <math.h>

typedef struct pga_res (*alloc_fn)(struct pga *, struct pga_req, const struct pga_ctx *);

static alloc_fn real_alloc;
static __thread struct path_cost *mine;

/* A linear congruential generator (Knuth's MMIX) is plenty for gaps. */
static uint32_t next_gap(struct path_cost *c)
{
	c->random = c->random * 6364136223846793005u + 1442695040888963407u;
	return 1 + (uint32_t)(c->random >> 33) % PATH_COST_GAP;
}

static struct pga_res timed_alloc(struct pga *self, struct pga_req req, const struct pga_ctx *ctx)
{
	struct path_cost *c = mine;

	if (!c)
		return real_alloc(self, req, ctx);
	uint64_t start = clk_tsc();
	struct pga_res res = real_alloc(self, req, ctx);
	enum pga_stage stage = pga_path_class(res.path);
	bool turn = --c->gap == 0;

	if (turn || stage != PGA_ST_PCP_HIT) {
		c->ticks[stage] += clk_tsc() - start;
		c->timed[stage]++;
	}
	if (turn)
		c->gap = next_gap(c);
	return res;
}

void path_cost_wrap(struct pga_ops *wrapped, const struct pga_ops *ops)
{
	*wrapped = *ops;
	wrapped->alloc = timed_alloc;
	real_alloc = ops->alloc;
}

void path_cost_start(struct path_cost *c)
{
	if (!c->gap)
		c->gap = next_gap(c);
	mine = c;
}

void path_cost_stop(void)
{
	mine = NULL;
}

void path_cost_add(struct path_cost *sum, const struct path_cost *c)
{
	for (unsigned s = 0; s < PGA_NR_STAGES; s++) {
		sum->ticks[s] += c->ticks[s];
		sum->timed[s] += c->timed[s];
	}
}

double path_cost_mean(const struct path_cost *c, unsigned stage)
{
	double n = (double)c->timed[stage], mean;

	if (!c->timed[stage] || !clk_has_tsc())
		return NAN;
	mean = (double)c->ticks[stage] / n - clk_cost()->pair_tsc;
	return mean > 0 ? mean : 0;
}
