/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/measure/touch_cost.h"

#include "harness/measure/clock.h"
#include "workloads/rng.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOUCHES 16384u /* frames of one round: more lines than a second-level cache has */
#define ROUNDS 5u

struct probe {
	const struct engine *e;
	struct touch_cost *cost;
};

/* Offsets of a line in the frame differ, or all would fall into few sets of a cache. */
static double one_round(const struct engine *e, unsigned node, struct rng *rng)
{
	const struct pga_range *r = &e->m->node_mem[node];
	char *base = e->frames.addr;
	uint64_t begin = clk_ns();
	int drained = 0;

	for (unsigned i = 0; i < TOUCHES; i++) {
		uint64_t pfn = r->start + rng_below(rng, r->end - r->start);

		*(volatile uint64_t *)(base + (pfn << MACHINE_PAGE_SHIFT) + i % 64 * 64) = i;
	}
	/* Stores retire before their lines arrive: an ordered exchange waits for the last ones. */
	__atomic_exchange_n(&drained, 1, __ATOMIC_SEQ_CST);
	return (double)(clk_ns() - begin) / TOUCHES;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median_of(const struct engine *e, unsigned node, struct rng *rng)
{
	double ns[ROUNDS];

	for (unsigned i = 0; i < ROUNDS; i++)
		ns[i] = one_round(e, node, rng);
	qsort(ns, ROUNDS, sizeof(ns[0]), by_value);
	return ns[ROUNDS / 2];
}

static void *probe_main(void *arg)
{
	const struct probe *p = arg;
	const struct engine *e = p->e;
	unsigned own = e->m->cpu_node[e->m->threads[0].cpu], others = 0;
	double sum = 0;
	struct rng rng;

	if (topo_pin(e->topo, e->m->threads[0].real)) {
		snprintf(p->cost->why, sizeof(p->cost->why), "the thread could not be pinned");
		return NULL;
	}
	rng_seed(&rng, e->seed, 0);
	if (machine_frames_of(e->m, own))
		p->cost->local_ns = median_of(e, own, &rng);
	for (unsigned n = 0; n < e->m->conf.nr_nodes; n++) {
		if (n == own || !machine_frames_of(e->m, n))
			continue;
		sum += median_of(e, n, &rng);
		others++;
	}
	p->cost->remote_ns = others ? sum / others : NAN;
	return NULL;
}

static const char *why_not(const struct engine *e)
{
	if (e->topo->simulated)
		return "simulated nodes have no distance";
	if (e->m->nr_mem_nodes < 2)
		return "one node with memory: nothing is remote";
	if (e->cell->memory.touch == WL_TOUCH_NONE)
		return "frames are not touched (memory: touch)";
	if (e->cell->memory.follow != FOLLOW_NO)
		return "pages follow users (memory: follow)";
	return e->unbound ? "frames are not bound to their nodes" : NULL;
}

void touch_cost(const struct engine *e, struct touch_cost *cost)
{
	struct probe p = { e, cost };
	const char *why = why_not(e);
	pthread_t thread;

	*cost = (struct touch_cost){ .local_ns = NAN, .remote_ns = NAN };
	if (why) {
		snprintf(cost->why, sizeof(cost->why), "%s", why);
		return;
	}
	if (pthread_create(&thread, NULL, probe_main, &p))
		snprintf(cost->why, sizeof(cost->why), "no thread could be started");
	else
		pthread_join(thread, NULL);
}
