/* SPDX-License-Identifier: GPL-2.0-only */
/* Scenario files: what is refused and how; scenarios: what they do. */
#include "harness/engine/engine.h"
#include "harness/matrix/scenario_file.h"
#include "tests/support/t_cell.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOP "name: x\nphases:\n"
#define ACTOR "    actors: [{workload: repeat, fill: 0%}]\n"
#define GOOD TOP "  - name: p\n    measure: true\n" ACTOR

static struct scenario scenario;

static int parse(const char *text, char *why, size_t len)
{
	int rc =
		scenario_parse(&scenario, (const unsigned char *)text, strlen(text), "f", why, len);

	return rc ? rc : scn_make(&scenario, why, len);
}

static const struct wl_ops *make(const char *text)
{
	char why[768] = "";

	cr_assert_eq(parse(text, why, sizeof(why)), 0, "%s", why);
	return &scenario.ops;
}

struct bad_file {
	char text[400];
	char says[2][64];
};

static struct bad_file bad[] = {
	{ "", { "f:1:1", "wants a mapping" } },
	{ "name: [\n", { "f:2:1", "not YAML" } },
	{ "name: x\n", { "phases", "missing" } },
	{ GOOD "nmae: y\n", { "f:6:1", "did you mean 'name'?" } },
	{ GOOD "name: y\n", { "f:6:1", "given twice" } },
	{ "name: repeat\n", { "f:1:7", "a workload has this name" } },
	{ "name: a b\nphases: []\n", { "f:1:7", "letters" } },
	{ "name: x\nphases: []\n", { "f:2:9", "list of mappings" } },
	{ TOP "  - name: p\n    mesure: true\n" ACTOR, { "f:4:5", "'measure'" } },
	{ TOP "  - name: p\n    measure: yes\n" ACTOR, { "f:4:14", "false true" } },
	{ TOP "  - name: p\n" ACTOR, { "no phase is measured", "" } },
	{ TOP "  - name: p\n    until: {fu9: 2}\n" ACTOR, { "f:4:18", "from 0.001 to 1" } },
	{ TOP "  - name: p\n    until: {free: 2%}\n" ACTOR, { "f:4:19", "goes with fu9" } },
	{ TOP "  - name: p\n    until: {seconds: nan}\n" ACTOR, { "f:4:22", "seconds from" } },
	{ TOP "  - name: p\n    until: {op: 1}\n" ACTOR, { "f:4:13", "did you mean 'ops'?" } },
	{ TOP "  - name: p\n    measure: true\n    until: {fu9: 0.5}\n" ACTOR,
	  { "phase p", "costs time" } },
	{ TOP "  - name: p\n    measure: true\n    meet: true\n" ACTOR, { "phase p", "meet" } },
	{ TOP "  - name: p\n    actors: [{workload: repaet}]\n", { "f:4:25", "'repeat'" } },
	{ TOP "  - name: p\n    actors: [{workload: prodcons}]\n", { "f:4:25", "alone" } },
	{ TOP "  - name: p\n    actors: [{threads: 1}]\n", { "workload", "missing" } },
	{ TOP "  - name: p\n    actors: [{workload: trace, threads: 1, file: compielr}]\n",
	  { "f:4:50", "did you mean 'compiler'" } },
	{ TOP "  - name: p\n    measure: true\n    actors: [{workload: trace}]\n",
	  { "phase p", "trace wants threads: 1" } },
	{ TOP "  - name: p\n    actors: [{workload: repeat, filll: 1%}]\n",
	  { "f:4:33", "did you mean 'fill'?" } },
	{ TOP "  - name: p\n    actors: [{workload: repeat, fill: 99%}]\n",
	  { "f:4:39", "0% to 95%" } },
	{ TOP "  - name: p\n    actors: [{workload: repeat, threads: 0}]\n",
	  { "f:4:42", "from 1 to 4096" } },
	{ TOP "  - name: p\n    actors: [{workload: holes, order: 1}]\n",
	  { "f:4:39", "no order" } },
	{ TOP "  - name: p\n    actors: [{workload: holes, last: punhc}]\n",
	  { "f:4:38", "'punch'" } },
	{ TOP "  - name: p\n    actors: [{workload: repeat, background: true}]\n",
	  { "background", "no end" } },
	{ TOP "  - name: p\n    actors: [{workload: repeat}, {workload: holes}]\n",
	  { "phase p", "rest of the threads" } },
	{ TOP "  - name: p\n    actors: [{workload: repeat, threads: 1}, {workload: repeat}]\n",
	  { "two actors", "repeat" } },
	{ TOP "  - name: p\n    actors: [{workload: highalloc, type: unmovable}]\n",
	  { "f:4:14", "its owners'" } },
};

ParameterizedTestParameters(scenario, refused)
{
	return cr_make_param_array(struct bad_file, bad, sizeof(bad) / sizeof(bad[0]));
}

ParameterizedTest(struct bad_file *b, scenario, refused)
{
	char why[768] = "";

	cr_assert_eq(parse(b->text, why, sizeof(why)), -EINVAL, "%s", b->text);
	for (unsigned i = 0; i < 2; i++)
		cr_expect(strstr(why, b->says[i]), "%s\nnot in: %s", b->says[i], why);
}

Test(scenario, phases_of_the_engine)
{
	const struct wl_ops *wl =
		make(TOP "  - name: a\n" ACTOR "  - name: b\n    measure: true\n" ACTOR);
	static const char *const names[] = { "a", "a: end", "b: prepare", "b", "b: end" };

	for (unsigned i = 0; i < 5; i++) {
		cr_expect_str_eq(wl->phases[i].name, names[i]);
		cr_expect_eq(wl->phases[i].timed, i == 3);
	}
	cr_expect_null(wl->phases[5].name);
	cr_expect_eq(wl->min_threads, 1);
}

Test(scenario, those_of_the_project)
{
	char why[768] = "";

	cr_assert(scenario_get("aged-then-highalloc.yaml", "harness/matrices/m.yaml", why,
			       sizeof(why)),
		  "%s", why);
	const struct wl_ops *wl =
		scenario_get("drip-then-repeat.yaml", "harness/scenarios/m.yaml", why, sizeof(why));

	cr_assert(wl, "%s", why);
	cr_expect_eq(wl, scenario_get("drip-then-repeat.yaml", "harness/scenarios/m.yaml", why,
				      sizeof(why)));
	cr_assert(
		scenario_get("cache-then-build.yaml", "harness/matrices/m.yaml", why, sizeof(why)),
		"%s", why);
	cr_expect_null(scenario_get("none.yaml", "harness/matrices/m.yaml", why, sizeof(why)));
	cr_expect(strstr(why, "none.yaml"), "%s", why);
}

static uint64_t node_bytes = 32u << 20;

static void run(const struct wl_ops *wl, unsigned threads, struct engine_pass *pass)
{
	struct topo *t = t_topo("synthetic:numa:2(memory=1GiB) core:2 pu:1", NULL);
	struct bench_cell cell;
	struct engine e;
	char why[256] = "";

	t_cell_make(&cell, "linux-3.10", "repeat");
	cell.wl = wl;
	cell.threads = threads;
	cell.memory.per_node = node_bytes;
	cell.daemons = DAEMONS_STEPPED;
	cell.max_ops = 20000;
	wl_param_defaults(wl, cell.param);
	int rc = engine_open(&e, &cell, t, 7, NULL, why, sizeof(why));

	cr_assert_eq(rc, 0, "%s", why);
	rc = engine_run(&e, pass, why, sizeof(why));
	cr_assert_eq(rc, 0, "%s", why);
	engine_close(&e);
	topo_free(t);
}

static double told(const struct engine_pass *p, const char *name);

/* A replay in memory that another actor left: its numbers are its own. */
Test(scenario, a_trace_in_memory_full_of_page_cache)
{
	struct engine_pass time = { .kind = PASS_TIME }, paths = { .kind = PASS_PATHS };
	char why[768] = "";
	const struct wl_ops *wl =
		scenario_get("cache-then-build.yaml", "harness/matrices/m.yaml", why, sizeof(why));

	cr_assert(wl, "%s", why);
	run(wl, 1, &time);
	cr_expect(time.target.reached, "%s", time.target.text);
	cr_expect_gt(told(&time, "build.trace.ops"), 60000, "pairs of one allocation and one free");
	cr_expect_gt(told(&time, "build.trace.ns_op"), 0);
	run(wl, 1, &paths);
	cr_expect_gt(told(&paths, "build.trace.slow"), 0);
	cr_expect_lt(told(&paths, "build.trace.slow"), 1);
	cr_expect_gt(paths.own[OWN_STAT_evicted], 0, "room is made");
	cr_expect_eq(paths.own[OWN_STAT_corrupt] + paths.own[OWN_STAT_lost], 0);
}

static double told(const struct engine_pass *p, const char *name)
{
	for (unsigned i = 0; i < p->report.nr; i++)
		if (!strcmp(p->report.v[i].name, name))
			return p->report.v[i].value;
	cr_assert(false, "%s is not told", name);
	return NAN;
}

/* Files of the project, played whole: memory is aged, and all who are measured work. */
static void play_file(const char *file, const char *const *actors)
{
	struct engine_pass p = { .kind = PASS_TIME };
	char why[768] = "", name[64];
	const struct wl_ops *wl = scenario_get(file, "harness/matrices/m.yaml", why, sizeof(why));

	cr_assert(wl, "%s", why);
	node_bytes = 64u << 20;
	run(wl, 4, &p);
	cr_expect(p.target.reached, "%s", p.target.text);
	cr_expect_not(p.cut);
	cr_expect_geq(told(&p, "age.fu9"), 0.8);
	for (; *actors; actors++) {
		snprintf(name, sizeof(name), "measure.%s.ops", *actors);
		cr_expect_gt(told(&p, name), 0, "%s", name);
	}
	cr_expect_eq(p.own[OWN_STAT_corrupt] + p.own[OWN_STAT_lost], 0);
}

Test(scenario, aged_then_highalloc_beside_repeat)
{
	play_file("aged-then-highalloc.yaml", (const char *const[]){ "highalloc", "repeat", NULL });
}

Test(scenario, four_fragmenters_at_once_on_two_nodes)
{
	play_file("fragmenters-on-nodes.yaml",
		  (const char *const[]){ "highalloc", "near", "far", NULL });
}

#define AGED                                                                             \
	TOP "  - name: age\n    until: {fu9: 80%, free: 30%}\n"                          \
	    "    actors: [{workload: holes, keep-one-in: 4, last: punch, keep: true}]\n" \
	    "  - name: m\n    measure: true\n"

Test(scenario, memory_stays_aged)
{
	struct engine_pass a = { .kind = PASS_TIME }, b = { .kind = PASS_TIME };

	make(AGED ACTOR);
	run(&scenario.ops, 1, &a);
	cr_expect(a.target.has && a.target.reached, "%s", a.target.text);
	cr_expect_geq(told(&a, "age.fu9"), 0.8);
	cr_expect_geq(told(&a, "age.free"), 0.3);
	cr_expect_geq(told(&a, "m.fu9"), 0.8);
	cr_expect_eq(told(&a, "m.repeat.ops"), 20000);
	cr_expect_eq(a.phase[3].ops, 20000, "phase m");
	cr_expect_gt(a.phase[3].ns, 0);
	run(&scenario.ops, 1, &b);
	for (unsigned s = 0; s < PGA_NR_STATS; s++)
		cr_expect_eq(a.stats[s], b.stats[s], "the same seed, other statistics: %u", s);
}

Test(scenario, missed_target)
{
	struct engine_pass p = { .kind = PASS_TIME };

	make(TOP "  - name: age\n    until: {fu9: 80%, free: 99%}\n"
		 "    actors: [{workload: holes, last: punch, keep: true}]\n"
		 "  - name: m\n    measure: true\n" ACTOR);
	run(&scenario.ops, 1, &p);
	cr_expect(p.target.has && !p.target.reached, "%s", p.target.text);
}

Test(scenario, paths_by_actor)
{
	struct engine_pass p = { .kind = PASS_PATHS };
	uint64_t sum = 0;
	double shares = 0;

	make(TOP
	     "  - name: m\n    measure: true\n    actors: [{workload: repeat, order: 9, fill: 0%, "
	     "max-ops: 500}]\n");
	run(&scenario.ops, 1, &p);
	for (unsigned s = 0; s < PGA_NR_STAGES; s++)
		sum += p.path[s];
	cr_expect_eq(sum, 500);
	for (unsigned i = 0; i < p.report.nr; i++)
		if (!strncmp(p.report.v[i].name, "m.repeat.path.", 14))
			shares += p.report.v[i].value;
	cr_expect_float_eq(shares, 1, 1e-9);
}

Test(scenario, background_ends_with_the_others)
{
	struct engine_pass p = { .kind = PASS_TIME };

	make(TOP "  - name: m\n    measure: true\n    actors:\n"
		 "      - {workload: repeat, name: front, node: 0, threads: 1, fill: 10%}\n"
		 "      - {workload: repeat, name: back, node: 1, fill: 0%, background: true}\n");
	run(&scenario.ops, 4, &p);
	cr_expect_not(p.cut);
	cr_expect_eq(told(&p, "m.front.ops"), 20000);
}

/* More threads than cores: the foreground waits until the background had its turn. */
Test(scenario, background_is_not_starved)
{
	const uint64_t batches = 1000000 / 4096, turns = batches / 64;
	struct topo *t = t_topo("synthetic:numa:1(memory=1GiB) core:1 pu:1", NULL);
	struct engine_pass p = { .kind = PASS_TIME };
	struct bench_cell cell;
	struct engine e;
	char why[256] = "";

	make(TOP "  - name: m\n    measure: true\n    actors:\n"
		 "      - {workload: repeat, name: front, threads: 1, max-ops: 1000000}\n"
		 "      - {workload: repeat, name: back, background: true}\n");
	t_cell_make(&cell, "linux-3.10", "repeat");
	cell.wl = &scenario.ops;
	cell.threads = 4;
	cell.oversubscribe = true;
	wl_param_defaults(cell.wl, cell.param);
	cr_assert_eq(engine_open(&e, &cell, t, 7, NULL, why, sizeof(why)), 0, "%s", why);
	cr_assert_eq(engine_run(&e, &p, why, sizeof(why)), 0, "%s", why);
	cr_expect_eq(told(&p, "m.front.ops"), 1000000);
	cr_expect_geq(told(&p, "m.back.ops"), 3 * 4096 * (double)turns,
		      "a batch of each thread in each turn");
	cr_expect_geq(told(&p, "m.front.waits"), 0);
	engine_close(&e);
	topo_free(t);
}

Test(scenario, bound_of_operations)
{
	struct engine_pass p = { .kind = PASS_TIME };

	make(TOP "  - name: m\n    measure: true\n    until: {ops: 5000}\n" ACTOR);
	run(&scenario.ops, 2, &p);
	cr_expect_eq(told(&p, "m.repeat.ops"), 2 * 8192, "whole batches of 4096");
}

Test(scenario, more_actors_than_threads)
{
	struct topo *t = t_topo("synthetic:numa:1(memory=1GiB) core:2 pu:1", NULL);
	struct bench_cell cell;
	struct bench_need need;
	char why[256] = "";

	make(TOP "  - name: m\n    measure: true\n    actors:\n"
		 "      - {workload: repeat, name: a, threads: 2}\n      - {workload: repeat}\n");
	t_cell_make(&cell, "linux-3.10", "repeat");
	cell.wl = &scenario.ops;
	cell.threads = 2;
	cr_expect_eq(bench_need(&cell, t, &need, why, sizeof(why)), -EOPNOTSUPP);
	cr_expect(strstr(why, "at least 3 threads"), "%s", why);
	topo_free(t);
}
