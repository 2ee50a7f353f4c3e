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

static void add(struct path_cost *c, uint32_t path, enum pga_stage class, uint64_t ticks)
{
	c->ticks[class] += ticks;
	c->timed[class]++;
	for (; path; path &= path - 1) {
		c->passed_ticks[__builtin_ctz(path)] += ticks;
		c->passed[__builtin_ctz(path)]++;
	}
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

	if (turn || stage != PGA_ST_PCP_HIT)
		add(c, res.path, stage, clk_tsc() - start);
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
		sum->passed_ticks[s] += c->passed_ticks[s];
		sum->passed[s] += c->passed[s];
	}
}

static double mean_of(uint64_t ticks, uint64_t n)
{
	double mean;

	if (!n || !clk_has_tsc())
		return NAN;
	mean = (double)ticks / (double)n - clk_cost()->pair_tsc;
	return mean > 0 ? mean : 0;
}

double path_cost_mean(const struct path_cost *c, unsigned stage)
{
	return mean_of(c->ticks[stage], c->timed[stage]);
}

double path_cost_passed(const struct path_cost *c, unsigned stage)
{
	return mean_of(c->passed_ticks[stage], c->passed[stage]);
}
