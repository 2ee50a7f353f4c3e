/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/support/t_planted.h"

#include "harness/counters/counter_backend.h"
#include "workloads/rng.h"

#include <math.h>

#define MILLION 1000000u

/* Slow calls are hundreds of readings long, fast ones about one. */
const struct t_planted t_planted[] = {
	{ PGA_ST_PCP_HIT, 0, { 30, 24, 60, 0.01 } },
	{ PGA_ST_BUDDY, 40000, { 200, 160, 300, 0.5 } },
	{ PGA_ST_COMPACT_ASYNC, 8000, { 8000, 7000, 12000, 20 } },
	{ PGA_ST_RECLAIM, 3000, { 40000, 30000, 50000, 90 } },
	{ PATH_FREE, 0, { 25, 20, 40, 0.02 } },
	{ PATH_KINDS, 0, { 0 } },
};

static const char *const events[T_PLANTED_LANES] = { "", "PAPI_TOT_CYC", "PAPI_TOT_INS",
						     "PAPI_TLB_DM" };

static _Thread_local struct rng rng;
static _Thread_local double clock_now, owed[T_PLANTED_LANES];

static double uniform(void)
{
	return ((double)(rng_next(&rng) >> 11) + 0.5) / 9007199254740992.0;
}

void t_planted_seed(uint64_t seed)
{
	rng_seed(&rng, seed, 0);
}

uint64_t t_planted_ticks(void)
{
	clock_now += T_PLANTED_READ * (0.75 + 0.5 * uniform());
	return (uint64_t)clock_now;
}

uint64_t t_planted_switches(void)
{
	return 0;
}

/* Half of a cost is certain, half is drawn from an exponential distribution. */
static void pay(const struct t_planted *p)
{
	double factor = 0.5 - 0.5 * log(uniform());
	const struct cnt_backend *b = cnt_backend();

	clock_now += p->cost[0] * factor;
	for (unsigned l = 1; b && b->plant && l < T_PLANTED_LANES; l++) {
		owed[l] += p->cost[l] * factor;
		b->plant(events[l], (long long)owed[l]);
		owed[l] -= floor(owed[l]);
	}
}

static const struct t_planted *draw(void)
{
	const struct t_planted *p = t_planted;

	uint32_t at = (uint32_t)(rng_next(&rng) % MILLION);

	for (const struct t_planted *q = p; q->kind != PATH_KINDS; q++) {
		if (at < q->share)
			return q;
		at -= q->share;
	}
	return p;
}

static struct pga_res planted_alloc(struct pga *self, struct pga_req req, const struct pga_ctx *ctx)
{
	const struct t_planted *p = draw();

	(void)self, (void)req, (void)ctx;
	pay(p);
	/* The stages on the way do not matter: the costliest one is the class. */
	return (struct pga_res){ .path = 1u << p->kind | PGA_PATH(PCP_HIT) };
}

static void planted_free(struct pga *self, pga_pfn_t pfn, unsigned order, unsigned cpu,
			 unsigned flags)
{
	const struct t_planted *p = t_planted;

	(void)self, (void)pfn, (void)order, (void)cpu, (void)flags;
	while (p->kind != PATH_FREE)
		p++;
	pay(p);
}

const struct pga_ops t_planted_ops = {
	.name = "planted",
	.alloc = planted_alloc,
	.free = planted_free,
};
