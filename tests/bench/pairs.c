/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The figures of `make bench`: linux-3.10 beside the null variant and a bare
 * list per core, in one run, repetitions interleaved, each in a process of its
 * own; medians, and the bars that the project sets itself.
 *
 * pairs                               the whole table
 * pairs VARIANT WORKLOAD ORDER OPS    one time pass, for instruction counts
 *
 * ZB_BENCH_REPS sets the repetitions, ZB_BENCH_MIB the frames in MiB, ZB_BENCH_ONLY
 * is a part of the names of the workloads to measure.  Where it is allowed the
 * measuring processes run at real-time priority, so that other programs do not
 * interrupt them; ZB_BENCH_RT=no leaves that out.
 */
#include "harness/counters/counters.h"
#include "tests/bench/figures/figures.h"

#include <stdio.h>
#include <stdlib.h>

struct fig_bench fig = { .mib = 4096, .reps = 9 };

static int one_pass(char **argv)
{
	struct engine_pass pass = { .kind = PASS_TIME };
	struct bench_cell cell;
	struct engine e;
	char why[256];
	int rc;

	if (!wl_find(argv[2]) ||
	    !fig_cell(&cell, argv[1], argv[2], (unsigned)strtoul(argv[3], NULL, 0), 1, why,
		      sizeof(why))) {
		fprintf(stderr, "pairs: no such variant or workload: %s %s\n", argv[1], argv[2]);
		return 2;
	}
	cell.max_ops = strtoull(argv[4], NULL, 0);
	rc = engine_open(&e, &cell, fig.topo, 1, NULL, why, sizeof(why));
	if (!rc)
		rc = engine_run(&e, &pass, why, sizeof(why));
	if (rc)
		fprintf(stderr, "pairs: %s\n", why);
	engine_close(&e);
	return rc ? 1 : 0;
}

static void print_head(void)
{
	struct cnt_machine machine = { 0 };
	char why[256] = "";

	if (!cnt_init(why, sizeof(why)))
		cnt_calibrate(&machine);
	printf("%llu MiB of frames per node without backing, %u interleaved repetitions, medians\n"
	       "TSC cyc: the time-stamp counter's; core cyc~: nanoseconds times the core's clock,\n"
	       "which a chain of dependent additions shows; cycles, instr: counted.\n"
	       "null ns: the same loop on the allocator that does nothing; noisy: repetitions in "
	       "which\n"
	       "something else ran.  counters: %s\n",
	       (unsigned long long)fig.mib, fig.reps, *why ? why : machine.line);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	const char *reps = getenv("ZB_BENCH_REPS"), *size = getenv("ZB_BENCH_MIB");
	char why[256] = "";

	if (size && strtoull(size, NULL, 0) >= 64)
		fig.mib = strtoull(size, NULL, 0);
	if (reps && strtoul(reps, NULL, 0) >= 1 && strtoul(reps, NULL, 0) <= FIG_MAX_REPS)
		fig.reps = (unsigned)strtoul(reps, NULL, 0);
	fig.only = getenv("ZB_BENCH_ONLY");
	if (topo_load(&fig.topo, NULL, NULL, why, sizeof(why))) {
		fprintf(stderr, "pairs: %s\n", why);
		return 1;
	}
	fig.mib /= fig.topo->nr_nodes ? fig.topo->nr_nodes : 1;
	if (argc == 5)
		return one_pass(argv);
	print_head();
	if (fig_measure_all())
		return 1;
	printf("real-time priority: %s\n\n", fig_real_time() ? "yes" : "no");
	fig_print_rows();
	fig_print_bars();
	return 0;
}
