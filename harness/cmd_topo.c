/* SPDX-License-Identifier: GPL-2.0-only */
/* zonebench topo: the machine as a benchmark sees it. */
#include "harness/cmd_topo.h"

#include "harness/cell_filter.h"
#include "harness/cmd.h"
#include "harness/topo_measure.h"
#include "numa/topo.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

struct options {
	const char *topo, *distances;
	const char *svg;
	bool json, measure, brief;
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
	{ "svg", 0, OPT_TEXT, offsetof(struct options, svg), "FILE",
	  "with --measure: heat maps of what was measured", 0, 0, NULL },
	{ "json", 'j', OPT_FLAG, offsetof(struct options, json), NULL, "print one JSON object", 0,
	  0, NULL },
	{ .name = NULL },
};
const struct opt_cmd opt_topo = {
	.name = "topo",
	.args = "",
	.summary = "Show nodes, CPUs, caches, distances and the memory that may be spent.",
	.table = table,
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

int cmd_topo(int argc, char **argv)
{
	struct options o = { 0 };
	struct topo_abilities able;
	struct topo *t;
	const char *args[1];
	struct topo_measured measured = { .pair = NULL };
	int code = EXIT_OK;
	char err[512];
	int rc = opt_parse(&opt_topo, argc, argv, &o, args);

	if (rc < 0)
		return rc == -2 ? EXIT_OK : EXIT_USAGE;
	if (!o.measure && (o.brief || o.svg)) {
		bench_err("topo: --%s goes with --measure", o.brief ? "brief" : "svg");
		return EXIT_USAGE;
	}
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
