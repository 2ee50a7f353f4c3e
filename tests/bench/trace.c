/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What replaying a trace costs beyond its requests: one million events by the
 * workload trace, against the same allocations and frees from a plain array
 * that is made in memory, on linux-3.10, in turns.  Reading the file happens
 * before either; its cost is printed apart.  Speed is never asserted.
 */
#include "harness/engine/engine.h"
#include "harness/measure/clock.h"
#include "harness/trace/trace_load.h"
#include "tests/support/t_cell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS 1000000u
#define REPS 15u
#define BAR 1.5
#define MEMORY (1ull << 30)

struct request {
	uint32_t slot, gfp;
	uint8_t order;
	bool frees;
};

static char why[512];

static void must(int rc, const char *what)
{
	if (!rc)
		return;
	fprintf(stderr, "bench trace: %s: %s\n", what, why);
	exit(1);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The same operations, a slot for each life. */
static struct request *make_requests(const struct wl_trace *t, size_t *nr)
{
	struct request *r = calloc(t->nr_ops, sizeof(*r));

	*nr = 0;
	for (size_t i = 0; r && i < t->nr_ops; i++)
		if (t->op[i].kind != WL_TRACE_FREE_PRIOR)
			r[(*nr)++] = (struct request){ .slot = t->op[i].life,
						       .gfp = t->gfp[t->op[i].gfp],
						       .order = t->op[i].order,
						       .frees = t->op[i].kind == WL_TRACE_FREE };
	return r;
}

static uint64_t play(struct engine *e, const struct request *r, size_t nr, uint32_t *pfn)
{
	struct pga_req req = { .cpu = 0, .node = -1 };
	uint64_t start = clk_ns();

	for (size_t i = 0; i < nr; i++) {
		if (r[i].frees) {
			e->ops->free(e->pga, pfn[r[i].slot], r[i].order, 0, 0);
			continue;
		}
		req.gfp = r[i].gfp;
		req.order = r[i].order;
		pfn[r[i].slot] = e->ops->alloc(e->pga, req, NULL).pfn;
	}
	return clk_ns() - start;
}

/* Nanoseconds per event of the plain array. */
static double generated(struct engine *e, const struct request *r, size_t nr, unsigned rounds,
			uint32_t *pfn)
{
	uint64_t ns = 0;

	must(engine_init(e, why, sizeof(why)), "init");
	e->ops->unpark(e->pga, 0);
	for (unsigned i = 0; i < rounds; i++)
		ns += play(e, r, nr, pfn);
	e->ops->park(e->pga, 0);
	e->ops->fini(e->pga);
	return (double)ns / (double)nr / rounds;
}

/* Nanoseconds per event of the workload. */
static double replayed(struct engine *e)
{
	struct engine_pass p = { .kind = PASS_TIME };
	double ns = 0;
	uint64_t ops = 0;

	must(engine_run(e, &p, why, sizeof(why)), "replay");
	for (unsigned i = 0; e->cell->wl->phases[i].name; i++) {
		ns += p.phase[i].ns;
		ops += p.phase[i].ops;
	}
	return ns / (double)ops;
}

int main(void)
{
	uint64_t start = clk_ns();
	const struct wl_trace *t = trace_get(0, why, sizeof(why));

	must(!t, "the delivered trace");
	double decode = (double)(clk_ns() - start) / (double)t->nr_ops, ratio[REPS],
	       cost[2] = { 0 };
	struct topo *topo = t_topo("", NULL);
	struct bench_cell cell;
	struct engine e;
	size_t nr;
	struct request *requests = make_requests(t, &nr);
	uint32_t *pfn = calloc(t->nr_lives, sizeof(*pfn));
	unsigned rounds = (unsigned)((EVENTS + nr - 1) / nr);

	must(!requests || !pfn, "memory");
	t_cell_make(&cell, "linux-3.10", "trace");
	t_cell_param(&cell, "rounds", rounds);
	cell.memory.per_node = MEMORY;
	cell.max_ops = UINT64_MAX;
	must(engine_open(&e, &cell, topo, 1, NULL, why, sizeof(why)), "open");
	for (unsigned i = 0; i < REPS; i++) {
		double b = generated(&e, requests, nr, rounds, pfn), a = replayed(&e);

		ratio[i] = a / b;
		cost[0] += a / REPS;
		cost[1] += b / REPS;
	}
	engine_close(&e);
	topo_free(topo);
	free(requests);
	free(pfn);
	qsort(ratio, REPS, sizeof(ratio[0]), by_value);
	printf("replaying %zu events (trace %s, %u rounds) against the same operations from an "
	       "array in memory\n",
	       nr * rounds, t->name, rounds);
	printf("  ns per event: %.1f against %.1f; ratio: median %.3f, quartiles %.3f to %.3f, "
	       "bar %.1f: %s\n",
	       cost[0], cost[1], ratio[REPS / 2], ratio[REPS / 4], ratio[REPS - 1 - REPS / 4], BAR,
	       ratio[REPS / 2] <= BAR ? "met" : "not met");
	printf("  reading the file beforehand: %.1f ns per event\n", decode);
	return 0;
}
