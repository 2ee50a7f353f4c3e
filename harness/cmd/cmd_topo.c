/* SPDX-License-Identifier: GPL-2.0-only */
/* zonebench topo: the machine as a benchmark sees it. */
#include "harness/cmd/cmd_topo.h"

#include "harness/cmd/cmd.h"
#include "harness/matrix/cell_filter.h"
#include "harness/matrix/matrix_open.h"
#include "harness/measure/topo_measure.h"
#include "harness/view/topo_view.h"
#include "numa/topo.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
	const char *topo, *distances;
	const char *svg;
	bool json, measure, brief, draw;
	struct opt_list filter;
};

static const struct opt table[] = {
	{ "topo", 't', OPT_TEXT, offsetof(struct options, topo), "SPEC",
	  "'synthetic:TEXT' in hwloc's syntax (sizes as 64MiB: 64MB is 64,000,000), 'flat', or an "
	  "XML file of hwloc; default: this machine",
	  0, 0, NULL },
	{ "distances", 'd', OPT_TEXT, offsetof(struct options, distances), "MATRIX",
	  "distances between nodes, rows by '/' and columns by ',': 10,21/21,10; default: the "
	  "firmware's, else 10 and 20",
	  0, 0, NULL },
	{ "measure", 'm', OPT_FLAG, offsetof(struct options, measure), NULL,
	  "measure latency and bandwidth from node to node, at most about a minute, and keep them "
	  "for runs on this machine",
	  0, 0, NULL },
	{ "brief", 'b', OPT_FLAG, offsetof(struct options, brief), NULL,
	  "with --measure: the short version, about two seconds", 0, 0, NULL },
	{ "draw", 0, OPT_FLAG, offsetof(struct options, draw), NULL,
	  "draw the machine as a cell of a matrix uses it: zones, caches, lists of CPUs, where "
	  "threads are pinned; the cell with the most threads of MATRIX.yaml, or of the default "
	  "matrix",
	  0, 0, NULL },
	{ "filter", 'f', OPT_LIST, offsetof(struct options, filter), "KEY=VALUE",
	  "with --draw: only cells with this value of variant, workload, params, order, threads, "
	  "placement or memory",
	  0, 0, NULL },
	{ "svg", 0, OPT_TEXT, offsetof(struct options, svg), "FILE",
	  "with --measure: heat maps of what was measured; with --draw: the drawing", 0, 0, NULL },
	{ "json", 'j', OPT_FLAG, offsetof(struct options, json), NULL, "print one JSON object", 0,
	  0, NULL },
	{ .name = NULL },
};
const struct opt_cmd opt_topo = {
	.name = "topo",
	.args = "[MATRIX.yaml]",
	.summary = "Show nodes, CPUs, caches, distances and the memory that may be spent; or, by "
		   "--draw, how a matrix uses them.",
	.table = table,
	.max_args = 1,
};

/* "works, proven", "refused: Operation not permitted", "works, not proven: ..." */
static void say(const char *what, int refused, bool proven, const char *why_not)
{
	if (refused)
		printf("%s: refused: %s\n", what, strerror(refused));
	else
		printf("%s: %s%s\n", what,
		       proven ? "works, proven" : "accepted, not proven: ", proven ? "" : why_not);
}

static void print_abilities(const struct topo *t, const struct topo_abilities *able)
{
	if (t->simulated)
		printf("binding: simulated, nothing is bound\n");
	else
		say("binding", able->bind, able->bind_proven,
		    able->prove ? strerror(able->prove) : "the page lies elsewhere");
	say("pinning", able->pin, able->pin_proven, "the thread was not seen to stay");
}

static json_t *refusal(int why)
{
	return why ? json_string(strerror(why)) : json_null();
}

static int print_json(const struct topo *t, const struct topo_abilities *able,
		      const struct topo_measured *m)
{
	json_t *json = topo_to_json(t);
	json_t *part =
		json_pack("{s:o, s:b, s:o, s:o, s:b}", "bind_refused", refusal(able->bind),
			  "bind_proven", able->bind_proven, "prove_refused", refusal(able->prove),
			  "pin_refused", refusal(able->pin), "pin_proven", able->pin_proven);
	int rc = !json || json_object_set_new(json, "abilities", part) ||
		 json_object_set_new(json, "measured",
				     m->pair ? topo_measured_to_json(m, t) : json_null()) ||
		 json_dumpf(json, stdout, JSON_INDENT(2));

	json_decref(json);
	putchar('\n');
	return rc;
}

static int measure(const struct topo *t, const struct options *o, struct topo_measured *m)
{
	struct topo_measure_plan plan;
	char err[512];
	int rc = topo_measure_plan(t, o->brief, &plan, err, sizeof(err));

	if (rc) {
		bench_err("topo --measure: %s", err);
		return t->simulated ? EXIT_USAGE : EXIT_FAILED;
	}
	if (!o->json) {
		printf("\nmeasuring %u pair%s of nodes: about %.0f s at most, %llu MiB on one node "
		       "at a time\n",
		       plan.pairs, plan.pairs == 1 ? "" : "s", plan.seconds + 0.5,
		       (unsigned long long)(plan.memory >> 20));
		fflush(stdout);
	}
	rc = topo_measure(t, &plan, m, err, sizeof(err));
	if (rc) {
		bench_err("topo --measure: %s", err);
		return EXIT_FAILED;
	}
	if (!o->json) {
		topo_measured_print(m, t, stdout);
		measure_heatmaps(m, term_utf8(), stdout);
	}
	if (measure_keep(m, t, err, sizeof(err)))
		bench_err("topo --measure: not kept for runs: %s", err);
	if (o->svg && measure_svg(m, o->svg, err, sizeof(err))) {
		bench_err("topo --svg: %s", err);
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

/* Of the cells that the machine can lay out, the first with the most threads. */
static const struct matrix_cell *choose(const struct matrix_job *job)
{
	const struct matrix_cell *best = NULL;

	for (size_t i = 0; i < job->cells.nr; i++) {
		const struct matrix_cell *mc = &job->cells.cell[i];

		if ((mc->supported || mc->too_big) &&
		    (!best || mc->cell.threads > best->cell.threads))
			best = mc;
	}
	return best;
}

static int draw_cell(const struct matrix_job *job, const char *svg)
{
	const struct matrix_cell *mc = choose(job);
	struct topo_view *v = calloc(1, sizeof(*v));
	char err[512];
	int rc = EXIT_FAILED;

	if (!v)
		bench_err("topo --draw: out of memory");
	else if (!mc)
		bench_err("topo --draw: no cell of matrix %s can be run here: %s", job->m->name,
			  job->cells.cell[0].reason);
	else if (topo_view_open(v, job->topo, mc, err, sizeof(err)))
		bench_err("topo --draw: %s", err);
	else {
		topo_view_print(v, stdout);
		rc = EXIT_OK;
	}
	if (rc == EXIT_OK && svg && topo_view_svg(v, svg, err, sizeof(err))) {
		fflush(stdout);
		bench_err("topo --svg: %s", err);
		rc = EXIT_FAILED;
	}
	if (v)
		topo_view_close(v);
	free(v);
	return rc;
}

static int draw(const struct options *o, const char *matrix)
{
	const struct matrix_opts opts = { .topo = o->topo,
					  .distances = o->distances,
					  .filter = o->filter,
					  .seed = -1,
					  .oversubscribe = true };
	struct matrix_job job;
	int rc = matrix_open(&job, &opts, matrix);

	if (rc == EXIT_OK)
		rc = draw_cell(&job, o->svg);
	matrix_close(&job);
	return rc;
}

/* Options that mean something only with another one. */
static int check_options(const struct options *o, const char *matrix)
{
	const char *lone =
		o->brief && !o->measure		     ? "--brief goes with --measure"
		: o->svg && !o->measure && !o->draw  ? "--svg goes with --measure or --draw"
		: o->filter.nr && !o->draw	     ? "--filter goes with --draw"
		: matrix && !o->draw		     ? "a matrix goes with --draw"
		: o->draw && (o->measure || o->json) ? "--draw goes without --measure and --json"
						     : NULL;

	if (lone)
		bench_err("topo: %s", lone);
	return lone ? EXIT_USAGE : EXIT_OK;
}

int cmd_topo(int argc, char **argv)
{
	struct options o = { 0 };
	struct topo_abilities able;
	struct topo *t;
	const char *args[1] = { NULL };
	struct topo_measured measured = { .pair = NULL };
	int code = EXIT_OK;
	char err[512];
	int rc = opt_parse(&opt_topo, argc, argv, &o, args);

	if (rc < 0)
		return rc == -2 ? EXIT_OK : EXIT_USAGE;
	if (check_options(&o, args[0]))
		return EXIT_USAGE;
	if (o.draw)
		return draw(&o, args[0]);
	rc = topo_load(&t, o.topo, o.distances, err, sizeof(err));
	if (rc) {
		bench_err("%s", err);
		return rc == -EINVAL || rc == -ENOENT ? EXIT_USAGE : EXIT_FAILED;
	}
	topo_try(t, &able);
	if (!o.json) {
		topo_print(t, stdout);
		print_abilities(t, &able);
	}
	if (o.measure)
		code = measure(t, &o, &measured);
	if (o.json && code == EXIT_OK)
		rc = print_json(t, &able, &measured);
	topo_measured_free(&measured);
	topo_free(t);
	if (code != EXIT_OK)
		return code;
	if (rc || fflush(stdout) || ferror(stdout)) {
		bench_err("topo: cannot write the answer: %s", strerror(errno));
		return EXIT_FAILED;
	}
	return EXIT_OK;
}
