/* SPDX-License-Identifier: GPL-2.0-only */
/* Matrix files: what is accepted, what is refused and how, and the cells. */
#include "harness/matrix/matrix.h"
#include "tests/support/t_run.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "variants: [\"null\"]\n"
#define TAIL "workloads:\n  - {name: repeat}\n"

static char dir[256], path[300];

static void write_matrix(const char *text)
{
	t_scratch(dir, sizeof(dir));
	snprintf(path, sizeof(path), "%s/m.yaml", dir);
	FILE *f = fopen(path, "w");

	cr_assert_not_null(f);
	fputs(text, f);
	cr_assert_eq(fclose(f), 0);
}

static struct matrix *load(const char *text)
{
	struct matrix *m = NULL;
	char err[768] = "";

	write_matrix(text);
	int rc = matrix_load(&m, path, NULL, err, sizeof(err));

	t_remove(dir);
	cr_assert_eq(rc, 0, "%s", err);
	return m;
}

static void expand(struct matrix_cells *cells, const struct matrix *m,
		   const struct matrix_limits *limits, const char *spec)
{
	struct topo *t;
	char err[768] = "";

	cr_assert_eq(topo_load(&t, spec, NULL, err, sizeof(err)), 0, "%s", err);
	cr_assert_eq(matrix_expand(cells, m, t, limits, err, sizeof(err)), 0, "%s", err);
	topo_free(t);
}

static const struct matrix_limits plenty = {
	.spendable = 1ull << 50,
	.bound = "test",
	.build_id = "b1",
};
#define MACHINE "synthetic:numa:1(memory=64GiB) core:2 pu:2"

/* A matrix that is refused: the line and the words that the message must have. */
static const struct bad {
	const char *text, *line, *words[4];
} bad[] = {
	{ "", "1", { "not a matrix" } },
	{ "[1, 2]\n", "1", { "not a matrix" } },
	{ "a: [\n", "2", { "not YAML" } },
	{ HEAD TAIL "thread: [1]\n", "4", { "'thread'", "did you mean 'threads'?" } },
	{ HEAD TAIL "zzzzzzzz: 1\n", "4", { "'zzzzzzzz'", "valid keys", "time-limit" } },
	{ TAIL, "1", { "'variants'", "missing" } },
	{ HEAD, "1", { "'workloads'", "missing" } },
	{ HEAD TAIL "seed: 1\nseed: 2\n", "5", { "'seed'", "twice" } },
	{ "variants: linux\n" TAIL, "1", { "'variants'", "wants a list", "[linux]" } },
	{ "variants: []\n" TAIL, "1", { "'variants'", "empty" } },
	{ "variants: [nul]\n" TAIL, "1", { "nul", "'null'" } },
	{ "variants: [\"null\", \"null\"]\n" TAIL, "1", { "null", "twice" } },
	{ "variants:\n  - \"null\"\n  - {a: b}\n" TAIL, "3", { "not a plain value" } },
	{ HEAD TAIL "threads: [0]\n", "4", { "threads", "0", "from 1 to 4096" } },
	{ HEAD TAIL "threads: [core]\n", "4", { "core", "did you mean 'cores'?" } },
	{ HEAD TAIL "threads:\n  - 1\n  - 2x\n", "6", { "2x", "from 1 to 4096" } },
	{ HEAD TAIL "placement: [locl]\n", "4", { "locl", "did you mean 'local'?" } },
	{ HEAD TAIL "placement: [local, local]\n", "4", { "local", "twice" } },
	{ HEAD TAIL "memory: {zones: \"moveable=25%\"}\n", "4", { "moveable=25%", "movable" } },
	{ HEAD TAIL "memory: {zones: \"dma=16MiB,dma=1%\"}\n", "4", { "once each" } },
	{ HEAD TAIL "memory: {zones: \"movable=100%\"}\n", "4", { "from 1% to 99%" } },
	{ HEAD TAIL "memory: {zones: \"movable=1%,highmem=1%\"}\n", "4", { "not both" } },
	{ HEAD TAIL "placement: [\"interleav:0\"]\n", "4", { "did you mean 'interleave'?" } },
	{ HEAD TAIL "placement: [\"bind:0,x\"]\n", "4", { "bind:0,x", "0,2-3" } },
	{ HEAD TAIL "memory: 1GiB\n", "4", { "'memory'", "wants a mapping" } },
	{ HEAD TAIL "memory: {per-node: 1G}\n", "4", { "memory.per-node", "1G", "256MiB" } },
	{ HEAD TAIL "memory: {per-node: 1KiB}\n", "4", { "1KiB", "from 1MiB to 15TiB" } },
	{ HEAD TAIL "memory: {pernode: 1GiB}\n", "4", { "did you mean 'per-node'?" } },
	{ HEAD TAIL "memory:\n  backing: bond\n", "5", { "bond", "did you mean 'bound'?" } },
	{ HEAD TAIL "memory: {hugepages: 4MiB}\n", "4", { "4MiB", "no 2MiB 1GiB" } },
	{ HEAD TAIL "memory: {metapages: 4KB}\n", "4", { "4KB", "did you mean '4KiB'?" } },
	{ HEAD TAIL "memory: {hugepages: 2MiB, metapages: 4KiB}\n",
	  "4",
	  { "memory.metapages", "hugepages: no" } },
	{ HEAD TAIL "memory: {backing: none, touch: page}\n", "4", { "nothing to touch" } },
	{ HEAD TAIL "memory: {follow: next-touch}\n", "4", { "not touched", "memory.follow" } },
	{ HEAD TAIL "memory: {touch: line, follow: next-tuch}\n", "4", { "next-touch" } },
	{ HEAD TAIL "memory: {touch: page, hugepages: 2MiB, follow: first-touch}\n",
	  "4",
	  { "hugepages: no" } },
	{ HEAD TAIL "samples: {min: 0}\n", "4", { "samples.min", "from 1 to 1000" } },
	{ HEAD TAIL "samples: {min: 9, max: 8}\n", "4", { "samples.max", "from 9 to 1000" } },
	{ HEAD TAIL "samples: {min: 8, until: 1}\n", "4", { "samples.until", "such as 2.5%" } },
	{ HEAD TAIL "samples: {min: 8, budget: 9s}\n", "4", { "samples.budget", "until too" } },
	{ HEAD TAIL "scenario: x.yaml\n", "4", { "'scenario'", "goes into the list" } },
	{ HEAD TAIL "counters: [cots]\n", "4", { "counters", "cots", "cost" } },
	{ HEAD TAIL "baseline: nul\n", "4", { "baseline", "did you mean 'null'?" } },
	{ HEAD TAIL "seed: -1\n", "4", { "seed", "-1", "from 0" } },
	{ HEAD TAIL "max-ops: 1e6\n", "4", { "max-ops", "1e6", "from 1" } },
	{ HEAD TAIL "time-limit: 60\n", "4", { "time-limit", "60", "60s" } },
	{ HEAD TAIL "time-limit: 3d\n", "4", { "3d", "500ms" } },
	{ HEAD TAIL "name: a/b\n", "4", { "a/b", "letters" } },
	{ HEAD "workloads: repeat\n", "2", { "'workloads'", "list of mappings" } },
	{ HEAD "workloads:\n  - repeat\n", "3", { "mapping" } },
	{ HEAD "workloads:\n  - {order: 0}\n", "3", { "name", "missing" } },
	{ HEAD "workloads:\n  - {name: repaet}\n", "3", { "repaet", "'repeat'" } },
	{ HEAD "workloads:\n  - {scenario: a.yaml}\n", "3", { "scenario a.yaml", "No such file" } },
	{ HEAD "workloads:\n  - {scenario: a.yaml, order: 1}\n", "3", { "stands alone" } },
	{ HEAD "workloads:\n  - name: repeat\n    oder: 1\n", "4", { "oder", "'order'" } },
	{ HEAD "workloads:\n  - {name: repeat, order: 16}\n", "3", { "16", "0 to 15" } },
	{ HEAD "workloads:\n  - {name: repeat, order: [0, 3, 0]}\n", "3", { "order", "twice" } },
	{ HEAD "workloads:\n  - {name: repeat, order: []}\n", "3", { "order", "empty" } },
	{ HEAD "workloads:\n  - {name: repeat, fill: 20}\n", "3", { "fill", "20%" } },
	{ HEAD "workloads:\n  - {name: repeat, fill: 120%}\n", "3", { "120%", "0% to 95%" } },
	{ HEAD "workloads:\n  - {name: repeat, fill: 1%, fill: 2%}\n", "3", { "fill", "twice" } },
	{ HEAD "workloads:\n  - {name: outstanding, live: 64MiB}\n", "3", { "whole number" } },
	{ HEAD "workloads:\n  - {name: outstanding, free: old}\n",
	  "3",
	  { "old", "oldest newest" } },
	{ HEAD "workloads:\n  - {name: holes, order: 1}\n", "3", { "no order" } },
};

ParameterizedTestParameters(matrix, refused)
{
	static size_t index[sizeof(bad) / sizeof(bad[0])];
	const size_t nr = sizeof(bad) / sizeof(bad[0]);

	for (size_t i = 0; i < nr; i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, nr);
}

ParameterizedTest(size_t *index, matrix, refused)
{
	const struct bad *b = &bad[*index];
	struct matrix *m = NULL;
	char err[768] = "", where[340];

	write_matrix(b->text);
	int rc = matrix_load(&m, path, NULL, err, sizeof(err));

	t_remove(dir);
	cr_assert_eq(rc, -EINVAL, "accepted: %s", b->text);
	snprintf(where, sizeof(where), "%s:%s: ", path, b->line);
	cr_expect_eq(strncmp(err, where, strlen(where)), 0, "line %s wanted: %s", b->line, err);
	cr_expect_null(strchr(err, '\n'), "more than one line: %s", err);
	for (size_t i = 0; i < 4 && b->words[i]; i++)
		cr_expect_not_null(strstr(err, b->words[i]), "'%s' not in: %s", b->words[i], err);
}

Test(matrix, absent_file)
{
	struct matrix *m;
	char err[768] = "";

	cr_assert_eq(matrix_load(&m, "/nowhere/m.yaml", NULL, err, sizeof(err)), -ENOENT);
	cr_expect_not_null(strstr(err, "/nowhere/m.yaml"), "%s", err);
}

Test(matrix, defaults)
{
	struct matrix *m = load(HEAD TAIL);

	cr_expect_str_eq(m->name, "m");
	cr_expect_str_eq(m->baseline, "null");
	cr_expect_eq(m->nr_threads, 1);
	cr_expect_eq(m->threads[0].nr, 1);
	cr_expect_str_eq(m->placements[0], "local");
	cr_expect_eq(m->memory.per_node, 256ull << 20);
	cr_expect_eq(m->memory.backing, BACK_BOUND);
	cr_expect_eq(m->samples_min, 8);
	cr_expect_eq(m->seed, 1);
	cr_expect_eq(m->nr_groups, 0);
	free(m);
}

Test(matrix, every_key)
{
	struct matrix *m = load("name: all\nvariants: [null]\nthreads: [3, smt]\n"
				"placement: [bind, \"weighted-interleave:0=3,1\"]\n"
				"memory: {per-node: 1GiB, backing: none, hugepages: 2MiB}\n"
				"workloads:\n  - {name: repeat, order: [0, 9], fill: [10%, 20%]}\n"
				"samples: {min: 9, max: 12}\ncounters: [cost, tlb]\n"
				"baseline: null\nseed: 7\nmax-ops: 5000\ntime-limit: 2min\n");

	cr_expect_str_eq(m->name, "all");
	cr_expect_eq(m->threads[1].word, THREADS_SMT);
	cr_expect_eq(m->nr_placements, 2);
	cr_expect_eq(m->memory.per_node, 1ull << 30);
	cr_expect_eq(m->memory.backing, BACK_NONE);
	cr_expect_eq(m->memory.huge, TOPO_HUGE_2M);
	cr_expect_not(m->memory.meta_small);
	cr_expect_eq(m->workloads[0].order.v[1], 9);
	cr_expect_eq(m->workloads[0].param[wl_param_index(wl_find("repeat"), "fill")].v[1], 20);
	cr_expect_eq(m->samples_min, 9);
	cr_expect_eq(m->samples_max, 12);
	cr_expect_str_eq(m->groups[1], "tlb");
	cr_expect_eq(m->seed, 7);
	cr_expect_eq(m->max_ops, 5000);
	cr_expect_eq(m->time_limit_ms, 120000);
	free(m);
}

Test(matrix, lists_are_axes)
{
	struct matrix *m = load("variants: [null]\nthreads: [1, cores, 2, smt]\n"
				"placement: [local, bind]\nmemory: {backing: none}\nworkloads:\n"
				"  - {name: repeat, order: [0, 3], fill: [10%, 50%, 90%]}\n");
	struct matrix_cells cells;

	expand(&cells, m, &plenty, MACHINE);
	/* cores and 2 are the same number here: 1, 2 and 4 threads remain */
	cr_assert_eq(cells.nr, 3u * 2 * 3 * 2);
	cr_expect_eq(cells.nr_groups, cells.nr);
	for (size_t i = 0; i < cells.nr; i++)
		for (size_t j = 0; j < i; j++)
			cr_expect_str_neq(cells.cell[i].hash, cells.cell[j].hash);
	/* 50 % is the default and does not show */
	cr_expect_str_eq(cells.cell[0].params, "fill=10%");
	cr_expect_str_eq(cells.cell[12].params, "");
	cr_expect_str_eq(cells.cell[24].params, "fill=90%");
	cr_expect_str_eq(cells.cell[0].memory, "256MiB none");
	matrix_cells_free(&cells);
	free(m);
}

static void first_hash(const char *text, const struct matrix_limits *limits, const char *spec,
		       char *hash)
{
	struct matrix *m = load(text);
	struct matrix_cells cells;

	expand(&cells, m, limits, spec);
	snprintf(hash, sizeof(cells.cell[0].hash), "%s", cells.cell[0].hash);
	matrix_cells_free(&cells);
	free(m);
}

Test(matrix, hash_of_what_matters)
{
	static const char base[] = HEAD TAIL;
	static const char *const others[] = {
		HEAD TAIL "seed: 2\n",
		HEAD TAIL "max-ops: 7\n",
		HEAD TAIL "threads: [2]\n",
		HEAD TAIL "placement: [bind]\n",
		HEAD TAIL "counters: [cost]\n",
		HEAD TAIL "memory: {per-node: 64MiB}\n",
		HEAD TAIL "memory: {backing: none}\n",
		HEAD TAIL "memory: {touch: line}\n",
		HEAD TAIL "memory: {touch: line, follow: next-touch}\n",
		HEAD TAIL "memory: {touch: line, follow: migrate-on-use}\n",
		HEAD TAIL "memory: {hugepages: 2MiB}\n",
		HEAD TAIL "memory: {metapages: 4KiB}\n",
		HEAD "workloads:\n  - {name: repeat, order: 1}\n",
		HEAD "workloads:\n  - {name: repeat, fill: 40%}\n",
		HEAD "workloads:\n  - {name: bulk}\n",
	};
	static const char *const alike[] = {
		HEAD TAIL "name: other\n",
		HEAD TAIL "samples: {min: 20}\n",
		HEAD TAIL "time-limit: 5s\n",
		HEAD TAIL "threads: [1, 2]\n",
	};
	struct matrix_limits built = plenty, plugged = plenty;
	char want[24], got[24];

	first_hash(base, &plenty, MACHINE, want);
	cr_assert_eq(strlen(want), 16);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		first_hash(others[i], &plenty, MACHINE, got);
		cr_expect_str_neq(got, want, "%s", others[i]);
	}
	for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]); i++) {
		first_hash(alike[i], &plenty, MACHINE, got);
		cr_expect_str_eq(got, want, "%s", alike[i]);
	}
	built.build_id = "b2";
	first_hash(base, &built, MACHINE, got);
	cr_expect_str_neq(got, want, "build id");
	plugged.plugin_hash = 1;
	first_hash(base, &plugged, MACHINE, got);
	cr_expect_str_neq(got, want, "plug-in");
	first_hash(base, &plenty, "synthetic:numa:1(memory=64GiB) core:4 pu:1", got);
	cr_expect_str_neq(got, want, "topology");
}

Test(matrix, too_many_threads)
{
	struct matrix *m = load(HEAD TAIL "threads: [1, 5]\nmemory: {backing: none}\n");
	struct matrix_limits over = plenty;
	struct matrix_cells cells;

	expand(&cells, m, &plenty, MACHINE);
	cr_assert_eq(cells.nr, 2);
	cr_expect(cells.cell[0].supported, "%s", cells.cell[0].reason);
	cr_expect_not(cells.cell[1].supported);
	cr_expect_not_null(strstr(cells.cell[1].reason, "5 threads on 4 CPUs"), "%s",
			   cells.cell[1].reason);
	matrix_cells_free(&cells);
	over.oversubscribe = true;
	expand(&cells, m, &over, MACHINE);
	cr_expect(cells.cell[1].supported, "%s", cells.cell[1].reason);
	cr_expect(cells.cell[1].cell.oversubscribe);
	matrix_cells_free(&cells);
	free(m);
}

Test(matrix, memory_that_does_not_fit)
{
	struct matrix *m = load(HEAD TAIL "memory: {per-node: 64MiB}\n");
	struct matrix_limits tight = plenty;
	struct matrix_cells cells;

	tight.spendable = 64ull << 20;
	expand(&cells, m, &tight, MACHINE);
	cr_assert_eq(cells.nr, 1);
	cr_expect_not(cells.cell[0].supported);
	cr_expect(cells.cell[0].too_big);
	cr_expect_not_null(strstr(cells.cell[0].reason, "0.06 GiB may be spent (bound: test)"),
			   "%s", cells.cell[0].reason);
	cr_expect_gt(cells.cell[0].need.total, 64ull << 20);
	matrix_cells_free(&cells);
	free(m);
}

Test(matrix, filter_by_variant_keeps_what_is_derived_from_it)
{
	struct matrix *m =
		load("variants: [linux-3.10, linux-3.10-nopcp]\nthreads: [1]\n"
		     "memory: {backing: none}\nworkloads:\n  - {name: bulk, order: 0}\n");
	const struct opt_list list = { 1, { "variant=linux-3.10" } };
	struct matrix_cells cells;
	char err[768] = "";

	cr_assert_eq(matrix_sweep(m, "pcp.batch=7,31", NULL, err, sizeof(err)), 0, "%s", err);
	expand(&cells, m, &plenty, MACHINE);
	cr_assert_eq(cells.nr, 6);
	cr_assert_eq(matrix_filter(&cells, &list, err, sizeof(err)), 0, "%s", err);
	cr_expect_eq(cells.nr, 3, "the row itself and its two sweeps, not linux-3.10-nopcp");
	matrix_cells_free(&cells);
	free(m);
}

Test(matrix, filters)
{
	struct matrix *m = load("variants: [null]\nthreads: [1, 2]\nmemory: {backing: none}\n"
				"workloads:\n  - {name: repeat, order: [0, 3, 9]}\n"
				"  - {name: bulk, order: [0, 3]}\n");
	const struct opt_list none = { .nr = 0 };
	const struct opt_list some = { 3, { "order=0", "threads=2", "order=9" } };
	static const struct {
		struct opt_list list;
		const char *words;
	} wrong[] = {
		{ { 1, { "order" } }, "KEY=VALUE" },
		{ { 1, { "oder=0" } }, "did you mean 'order'?" },
		{ { 1, { "order=5" } }, "'0', '3', '9'" },
		{ { 2, { "workload=bulk", "order=9" } }, "together" },
	};
	struct matrix_cells cells;
	char err[768] = "";

	expand(&cells, m, &plenty, MACHINE);
	cr_assert_eq(cells.nr, 10);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		cr_expect_eq(matrix_filter(&cells, &wrong[i].list, err, sizeof(err)), -EINVAL);
		cr_expect_not_null(strstr(err, wrong[i].words), "%s", err);
		cr_expect_eq(cells.nr, 10);
	}
	cr_expect_eq(matrix_filter(&cells, &none, err, sizeof(err)), 0);
	cr_expect_eq(cells.nr, 10);
	cr_expect_eq(matrix_filter(&cells, &some, err, sizeof(err)), 0, "%s", err);
	cr_expect_eq(cells.nr, 3);
	for (size_t i = 0; i < cells.nr; i++) {
		cr_expect_eq(cells.cell[i].cell.threads, 2);
		cr_expect_neq(cells.cell[i].cell.order, 3);
	}
	matrix_cells_free(&cells);
	free(m);
}

extern const struct pga_ops pga_skeleton;

Test(matrix, sweeps)
{
	const struct pga_ops *extra = &pga_skeleton;
	struct matrix *m;
	char err[768] = "";

	write_matrix("variants: [null, skeleton]\n" TAIL);
	cr_assert_eq(matrix_load(&m, path, extra, err, sizeof(err)), 0, "%s", err);
	t_remove(dir);
	cr_expect_eq(matrix_sweep(m, "reserve=1,16,1", extra, err, sizeof(err)), 0, "%s", err);
	cr_assert_eq(m->nr_variants, 4);
	cr_expect_str_eq(m->variants[2].name, "skeleton,reserve=1");
	cr_expect_str_eq(m->variants[3].name, "skeleton,reserve=16");
	cr_expect_eq(matrix_sweep(m, "resrve=1", extra, err, sizeof(err)), -EINVAL);
	cr_expect_not_null(strstr(err, "'reserve'"), "%s", err);
	cr_expect_eq(matrix_sweep(m, "reserve", extra, err, sizeof(err)), -EINVAL);
	cr_expect_not_null(strstr(err, "TUNABLE=A,B,C"), "%s", err);
	cr_expect_eq(matrix_sweep(m, "reserve=x", extra, err, sizeof(err)), -EINVAL);
	free(m);
}

Test(matrix, key_of_a_record)
{
	struct matrix *m =
		load("variants: [null]\nplacement: [bind]\nmemory: {backing: none}\n"
		     "threads: [2]\nworkloads:\n  - {name: repeat, order: 3, fill: 10%}\n");
	struct record *r = malloc(sizeof(*r));
	struct matrix_cells cells;

	expand(&cells, m, &plenty, MACHINE);
	matrix_key(&cells.cell[0], r);
	cr_expect_str_eq(r->variant, "null");
	cr_expect_str_eq(r->workload, "repeat");
	cr_expect_str_eq(r->params, "fill=10%");
	cr_expect_str_eq(r->placement, "bind");
	cr_expect_str_eq(r->memory, "256MiB none");
	cr_expect_str_eq(r->cell, cells.cell[0].hash);
	cr_expect_eq(r->order, 3);
	cr_expect_eq(r->threads, 2);
	matrix_cells_free(&cells);
	free(r);
	free(m);
}

/* Every value that a parameter can have survives the way to text and back. */
Test(matrix, values_both_ways)
{
	for (const struct wl_ops *const *w = wl_table; *w; w++)
		for (const struct wl_param *p = (*w)->params; p->name; p++) {
			const int64_t values[] = { p->min, p->def, p->max };

			for (size_t i = 0; i < 3; i++) {
				char text[64], why[256] = "";
				int64_t got = -1;

				matrix_value_text(p, values[i], text, sizeof(text));
				cr_expect_eq(matrix_value(p, text, &got, why, sizeof(why)), 0,
					     "%s %s: %s", (*w)->name, p->name, why);
				cr_expect_eq(got, values[i], "%s %s=%s", (*w)->name, p->name, text);
			}
		}
}

/* They are read from where the tests run: the root of the project. */
Test(matrix, all_that_are_delivered_can_be_read)
{
	glob_t files;
	char err[512] = "";

	cr_assert_eq(glob("harness/matrices/*.yaml", 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		struct matrix *m = NULL;

		cr_expect_eq(matrix_load(&m, files.gl_pathv[i], NULL, err, sizeof(err)), 0, "%s",
			     err);
		free(m);
	}
	globfree(&files);
}
