/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The latency pass with several threads: each writes its own histograms and
 * reads how far all have come.  For ThreadSanitizer too.
 */
#include "harness/engine/engine.h"
#include "harness/measure/latency.h"
#include "tests/support/t_cell.h"
#include "tests/support/t_seed.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static unsigned nr_tests, failed;
static struct rec_series axis;

static void report(bool ok, const char *workload, unsigned threads, const char *why)
{
	nr_tests++;
	failed += !ok;
	printf("%sok %u - %s, %u threads%s%s\n", ok ? "" : "not ", nr_tests, workload, threads,
	       *why ? ": " : "", why);
	fflush(stdout);
}

/* All threads were timed, and came to the end of the first intervals. */
static int look(const struct latency *l, char *why, size_t len)
{
	uint64_t requests = 0, all = 0;

	for (unsigned c = 0; c < l->nr_cpus; c++)
		requests += l->cpu[c].requests;
	for (unsigned i = 0; i < l->nr_threads; i++) {
		uint64_t timed = 0;

		for (unsigned class = 0; class < LATENCY_NR; class ++)
			timed += l->thread[i].of[class].n;
		all += timed;
		if (timed && l->thread[i].point)
			continue;
		snprintf(why, len, "thread %u: %llu timed, at point %u (seed %llu)", i,
			 (unsigned long long)timed, l->thread[i].point,
			 (unsigned long long)t_seed());
		return -EUCLEAN;
	}
	if (all <= requests)
		return 0;
	snprintf(why, len, "%llu timed of %llu requests", (unsigned long long)all,
		 (unsigned long long)requests);
	return -EUCLEAN;
}

static void try(const char *workload, unsigned threads)
{
	struct topo *t = t_topo("synthetic:numa:1 core:4 pu:1", NULL);
	struct engine_pass pass = { .kind = PASS_LATENCY };
	struct bench_cell cell;
	struct engine e;
	char why[256] = "";

	t_cell_make(&cell, "linux-3.10", workload);
	cell.threads = threads;
	cell.memory.per_node = 32u << 20;
	int rc = engine_open(&e, &cell, t, t_seed(), NULL, why, sizeof(why));

	if (!rc) {
		e.latency = latency_new(e.ops, e.m->conf.nr_cpus, threads, e.seed, &axis);
		rc = e.latency ? engine_run(&e, &pass, why, sizeof(why)) : -ENOMEM;
		if (!rc)
			rc = look(e.latency, why, sizeof(why));
		latency_free(e.latency);
		e.latency = NULL;
	}
	engine_close(&e);
	topo_free(t);
	report(!rc, workload, threads, rc ? why : "");
}

int main(void)
{
	static const char *const workloads[] = { "rand", "holes", "pressure" };

	axis.nr_cols = 1;
	axis.nr_points = 3;
	for (unsigned p = 0; p < axis.nr_points; p++)
		axis.point[p][0] = (p + 1) * 1000;
	for (size_t i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++) {
		try(workloads[i], 2);
		try(workloads[i], 4);
	}
	printf("1..%u\n", nr_tests);
	return failed ? 1 : 0;
}
