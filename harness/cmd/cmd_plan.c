/* SPDX-License-Identifier: GPL-2.0-only */
/* zonebench plan: what a run would do. */
#include "harness/cmd/cmd_plan.h"

#include "harness/cmd/cmd.h"
#include "harness/cmd/cmd_run_dir.h"
#include "harness/engine/machine_conf.h"
#include "harness/matrix/matrix_open.h"
#include "harness/matrix/until.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct opt table[] = {
	MATRIX_OPTIONS,
	{ .name = NULL },
};
const struct opt_cmd opt_plan = {
	.name = "plan",
	.args = "[MATRIX.yaml]",
	.summary = "Show the cells of a matrix, the time and memory they take, and what will be "
		   "skipped and why.",
	.table = table,
	.max_args = 1,
};

static double mib(uint64_t bytes)
{
	return (double)bytes / (1 << 20);
}

static void print_samples(const struct matrix_job *job)
{
	printf("samples: %u of each cell; with %u comparison%s the rank test needs %u to be able "
	       "to pass Holm's correction at 0.05\n",
	       job->samples, job->comparisons, job->comparisons == 1 ? "" : "s", job->samples_min);
	if (until_wanted(job))
		printf("until:   more rounds of the time pass, up to %u, for cells whose ratio's "
		       "interval is not within %.3g %%, for at most %.0f s more\n",
		       job->m->samples_max, 100 * job->until, (double)job->m->budget_ms / 1e3);
	if (job->samples < job->samples_min)
		printf("         with fewer every row will be 'not separated'\n");
}

/* What is asked for; what came of it is meta_huge in the results. */
static const char *metapages(const struct matrix *m)
{
	return m->memory.huge != TOPO_HUGE_NO ? "pages as the frames"
	       : m->memory.meta_small	      ? "4 KiB pages"
					      : "transparent 2 MiB pages where the kernel has them";
}

static void print_memory(const struct matrix_job *job)
{
	const struct topo *t = job->topo;

	printf("memory:  %.0f MiB may be spent (bound: %s)", mib(job->limits.spendable),
	       job->limits.bound);
	for (unsigned n = 0; n < t->nr_nodes; n++)
		printf("; node %u: %.0f MiB (bound: %s)", n, mib(t->nodes[n].mem_bytes),
		       t->nodes[n].mem_bound);
	printf("; metadata on %s", metapages(job->m));
	printf("%s\n", t->simulated ? "; simulated nodes, held by this machine's memory" : "");
}

static uint64_t most_on_a_node(const struct matrix_cell *mc)
{
	uint64_t most = 0;

	for (unsigned n = 0; n < PGA_MAX_NODES; n++)
		if (mc->need.per_node[n] > most)
			most = mc->need.per_node[n];
	return most;
}

/* Metadata of a cell for each frame, in bytes. */
static double per_frame(const struct matrix_job *job, const struct matrix_cell *mc)
{
	unsigned nodes = 0;

	for (unsigned n = 0; n < job->topo->nr_nodes; n++)
		nodes += job->topo->nodes[n].mem_bytes > 0;
	return (double)mc->need.meta /
	       (double)(nodes * (mc->cell.memory.per_node >> MACHINE_PAGE_SHIFT));
}

/* Did an earlier cell have this variant, and can be served? */
static bool is_repeated(const struct matrix_job *job, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (job->cells.cell[k].supported && !strcmp(job->cells.cell[k].cell.variant.name,
							    job->cells.cell[i].cell.variant.name))
			return true;
	return false;
}

/* Of each variant's first cell. */
static void print_metadata(const struct matrix_job *job)
{
	const char *before = "metadata, bytes per frame: ";

	for (size_t i = 0; i < job->cells.nr; i++) {
		const struct matrix_cell *mc = &job->cells.cell[i];

		if (!mc->supported || is_repeated(job, i) ||
		    !(mc->cell.variant.ops->caps & PGA_CAP_REAL))
			continue;
		printf("%s%s %.2f", before, mc->cell.variant.name, per_frame(job, mc));
		before = ", ";
	}
	if (*before == ',')
		printf("\n");
}

static int placement_width(const struct matrix_job *job)
{
	size_t width = strlen("placement");

	for (size_t i = 0; i < job->cells.nr; i++)
		if (strlen(job->cells.cell[i].cell.placement) > width)
			width = strlen(job->cells.cell[i].cell.placement);
	return (int)width;
}

static int variant_width(const struct matrix_job *job)
{
	size_t width = strlen("variant");

	for (size_t i = 0; i < job->cells.nr; i++)
		if (strlen(job->cells.cell[i].cell.variant.name) > width)
			width = strlen(job->cells.cell[i].cell.variant.name);
	return (int)width;
}

static void print_cells(const struct matrix_job *job, const struct sched_times *times)
{
	int width = variant_width(job), places = placement_width(job);

	printf("\n%-*s  %-11s %5s %4s %-*s %-20s %10s %10s %10s  %s\n", width, "variant",
	       "workload", "order", "thr", places, "placement", "memory", "MiB/node", "MiB in all",
	       "s/sample", "parameters");
	for (size_t i = 0; i < job->cells.nr; i++) {
		const struct matrix_cell *mc = &job->cells.cell[i];
		const struct bench_cell *c = &mc->cell;

		printf("%-*s  %-11s ", width, c->variant.name, c->wl->name);
		if (c->wl->has_order)
			printf("%5u", c->order);
		else
			printf("%5s", "-");
		printf(" %4u %-*s %-20s ", c->threads, places, c->placement, mc->memory);
		if (mc->supported)
			printf("%10.0f %10.0f %10.2f%s%s\n", mib(most_on_a_node(mc)),
			       mib(mc->need.total), sched_estimate(times, i),
			       *mc->params ? "  " : "", mc->params);
		else
			printf("   skipped: %s%s%s\n", mc->reason, *mc->params ? "   " : "",
			       mc->params);
	}
}

/* Times of an earlier run in the directory that was named. */
static int take_times(const struct matrix_opts *o, const struct matrix_job *job,
		      struct sched_times *times, struct sched *s)
{
	struct run_dir dir;
	char err[768];

	if (!o->dir)
		return 0;
	if (run_dir_read(&dir, o->dir, err, sizeof(err))) {
		bench_err("%s", err);
		return -1;
	}
	run_dir_times(&dir, &job->cells, times);
	int rc = sched_resume(s, &job->cells, dir.latest, dir.nr);

	run_dir_release(&dir);
	return rc;
}

static int verdict(const struct matrix_job *job)
{
	const struct matrix_cell *worst = NULL;
	size_t too_big, skipped = matrix_count_skipped(job, &too_big);

	for (size_t i = 0; i < job->cells.nr; i++) {
		const struct matrix_cell *mc = &job->cells.cell[i];

		if (mc->too_big && (!worst || mc->need.total > worst->need.total))
			worst = mc;
	}
	if (worst) {
		bench_err("%zu of %zu cells do not fit; the largest, %s %s with %u threads, %s",
			  too_big, job->cells.nr, worst->cell.variant.name, worst->cell.wl->name,
			  worst->cell.threads, worst->reason);
		return EXIT_FAILED;
	}
	if (skipped == job->cells.nr) {
		bench_err("no cell of matrix %s can be run here: %s", job->m->name,
			  job->cells.cell[0].reason);
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

static int plan(const struct matrix_opts *o, struct matrix_job *job)
{
	struct sched_times times = { .cells = NULL };
	struct sched s = { .nr = 0 };
	int rc = EXIT_FAILED;

	if (sched_times_init(&times, &job->cells) ||
	    sched_build(&s, &job->cells, job->samples, job->m->seed))
		bench_err("plan: out of memory");
	else if (!take_times(o, job, &times, &s))
		rc = EXIT_OK;
	if (rc == EXIT_OK) {
		matrix_print_plan(job, sched_left(&times, &s, 0), stdout);
		if (s.nr_done)
			printf("%s: %zu of %zu samples are there; the time is that of the rest\n",
			       o->dir, s.nr_done, s.nr);
		else if (!times.all.nr)
			printf("time:    a rough guess before anything was measured\n");
		print_samples(job);
		print_memory(job);
		print_metadata(job);
		print_cells(job, &times);
		fflush(stdout);
		rc = verdict(job);
	}
	sched_free(&s);
	sched_times_free(&times);
	return rc;
}

int cmd_plan(int argc, char **argv)
{
	struct matrix_opts o = { .seed = -1 };
	const char *args[1] = { NULL };
	struct matrix_job job;
	int rc = opt_parse(&opt_plan, argc, argv, &o, args);

	if (rc < 0)
		return rc == -2 ? EXIT_OK : EXIT_USAGE;
	rc = matrix_open(&job, &o, rc ? args[0] : NULL);
	if (rc == EXIT_OK)
		rc = plan(&o, &job);
	matrix_close(&job);
	return rc;
}
