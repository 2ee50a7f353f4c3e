/* SPDX-License-Identifier: GPL-2.0-only */
/* Topologies: their shape, distances, the choice of CPUs, and bad input. */
#include "numa/topo.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GOLDEN "tests/golden/topo/"
#define GIB (1ull << 30)

static struct topo *load(const char *spec, const char *distances)
{
	struct topo *t;
	char err[512] = "";
	int rc = topo_load(&t, spec, distances, err, sizeof(err));

	cr_assert_eq(rc, 0, "%s: %d %s", spec, rc, err);
	return t;
}

static const struct shape {
	const char *spec;
	unsigned nodes, packages, cores, cpus;
	unsigned smt; /* hardware threads per core */
} shapes[] = {
	{ "synthetic:pu:1", 1, 1, 1, 1, 1 },
	{ "synthetic:core:1 pu:2", 1, 1, 1, 2, 2 },
	{ "synthetic:package:1 core:2 pu:1", 1, 1, 2, 2, 1 },
	{ "synthetic:package:2 [numa] core:2 pu:2", 2, 2, 4, 8, 2 },
	{ "synthetic:numa:4 core:1 pu:1", 4, 1, 4, 4, 1 },
	{ "synthetic:package:2 numa:2 l3:1 core:4 pu:2", 4, 2, 16, 32, 2 },
	{ GOLDEN "memory-less.xml", 2, 2, 4, 8, 2 },
	{ GOLDEN "memory-only.xml", 3, 2, 4, 8, 2 },
	{ GOLDEN "memory-only-apart.xml", 3, 2, 4, 8, 2 },
};
#define NR_SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* Each CPU is in one node; nodes count their CPUs; siblings share core, package and node. */
static void check_cpus(const struct topo *t, const struct shape *s)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < t->nr_nodes; i++) {
		sum += t->nodes[i].nr_cpus;
		cr_assert_eq(t->nodes[i].has_cpus, t->nodes[i].nr_cpus > 0, "%s", s->spec);
	}
	cr_assert_eq(sum, t->nr_cpus, "%s", s->spec);
	for (unsigned i = 0; i < t->nr_cpus; i++) {
		const struct topo_cpu *c = &t->cpus[i];

		cr_assert_eq(c->smt, i % s->smt, "%s: cpu %u", s->spec, i);
		cr_assert_eq(c->core, i / s->smt, "%s: cpu %u", s->spec, i);
		cr_assert_lt(c->node, t->nr_nodes, "%s: cpu %u", s->spec, i);
		cr_assert_lt(c->package, t->nr_packages, "%s: cpu %u", s->spec, i);
		cr_assert_eq(c->node, t->cpus[i - c->smt].node, "%s: cpu %u", s->spec, i);
		cr_assert_eq(c->package, t->cpus[i - c->smt].package, "%s: cpu %u", s->spec, i);
	}
}

Test(topo, shapes)
{
	for (size_t i = 0; i < NR_SHAPES; i++) {
		const struct shape *s = &shapes[i];
		struct topo *t = load(s->spec, NULL);

		cr_assert(t->simulated, "%s", s->spec);
		cr_assert_str_eq(t->source, s->spec);
		cr_assert_eq(t->nr_nodes, s->nodes, "%s: %u nodes", s->spec, t->nr_nodes);
		cr_assert_eq(t->nr_packages, s->packages, "%s: %u", s->spec, t->nr_packages);
		cr_assert_eq(t->nr_cores, s->cores, "%s: %u cores", s->spec, t->nr_cores);
		cr_assert_eq(t->nr_cpus, s->cpus, "%s: %u CPUs", s->spec, t->nr_cpus);
		check_cpus(t, s);
		topo_free(t);
	}
}

Test(topo, given_sizes)
{
	struct topo *t = load("synthetic:package:2 [numa(memory=64MiB)] core:1 pu:1", NULL);

	for (unsigned i = 0; i < 2; i++) {
		cr_assert_eq(t->nodes[i].mem_bytes, 64ull << 20);
		cr_assert_str_eq(t->nodes[i].mem_bound, "given");
	}
	topo_free(t);
}

/* hwloc's order is another one here: its first node is the kernel's node 1. */
Test(topo, nodes_come_in_the_order_of_the_kernels_numbers)
{
	struct topo *t = load("synthetic:numa:2(indexes=1,0) core:1 pu:2", "10,21/21,10");

	cr_assert_eq(t->nodes[0].os_index, 0);
	cr_assert_eq(t->nodes[1].os_index, 1);
	cr_assert_eq(t->cpus[0].node, 1);
	cr_assert_eq(t->cpus[3].node, 0);
	topo_free(t);
}

Test(topo, memory_less_node_keeps_its_cpus)
{
	struct topo *t = load(GOLDEN "memory-less.xml", NULL);

	cr_assert_eq(t->nodes[0].mem_bytes, 2 * GIB);
	cr_assert_eq(t->nodes[1].mem_bytes, 0);
	cr_assert_eq(t->nodes[1].nr_cpus, 4);
	cr_assert_eq(t->cpus[7].node, 1);
	topo_free(t);
}

/* hwloc lends a memory-only node all CPUs, or none where nothing is near. */
Test(topo, memory_only_node_has_no_cpus)
{
	static const char *const files[] = { GOLDEN "memory-only.xml",
					     GOLDEN "memory-only-apart.xml" };

	for (unsigned f = 0; f < 2; f++) {
		struct topo *t = load(files[f], NULL);

		for (unsigned i = 0; i < t->nr_nodes; i++) {
			const struct topo_node *n = &t->nodes[i];

			cr_assert_eq(n->has_cpus, n->os_index != 2, "%s", files[f]);
			cr_assert_eq(n->nr_cpus, n->os_index == 2 ? 0 : 4, "%s", files[f]);
			cr_assert_eq(n->mem_bytes, (n->os_index == 2 ? 16 : 8) * GIB);
		}
		topo_free(t);
	}
}

Test(topo, caches)
{
	struct topo *t =
		load("synthetic:package:2 l3:1(size=8MiB) l2:4(size=1MiB) l1d:1(size=32KiB)"
		     " core:1 pu:2",
		     NULL);
	static const struct topo_cache wanted[] = {
		{ 1, 'd', 32 << 10, 8, 2 },
		{ 2, 'u', 1 << 20, 8, 2 },
		{ 3, 'u', 8 << 20, 2, 8 },
	};

	cr_assert_eq(t->nr_caches, 3, "%u", t->nr_caches);
	for (unsigned i = 0; i < 3; i++) {
		const struct topo_cache *c = &t->caches[i], *w = &wanted[i];

		cr_assert(c->level == w->level && c->type == w->type && c->bytes == w->bytes &&
				  c->count == w->count && c->nr_cpus == w->nr_cpus,
			  "L%u%c %llu bytes, %u of them, %u CPUs", c->level, c->type,
			  (unsigned long long)c->bytes, c->count, c->nr_cpus);
	}
	topo_free(t);
}

Test(topo, distances_given)
{
	static const uint16_t wanted[] = { 10, 21, 31, 28, 21, 10, 21, 38,
					   31, 21, 10, 38, 28, 38, 38, 10 };
	struct topo *t = load("synthetic:numa:4 core:1 pu:1",
			      "10,21,31,28/21,10,21,38 / 31, 21, 10, 38/28,38,38,10\n");

	cr_assert_str_eq(t->dist_source, "given");
	cr_assert_arr_eq(t->dist, wanted, sizeof(wanted));
	topo_free(t);
}

Test(topo, distances_assumed)
{
	struct topo *t = load("synthetic:numa:3 core:1 pu:1", NULL);

	cr_assert_str_eq(t->dist_source, "assumed");
	for (unsigned i = 0; i < 9; i++)
		cr_assert_eq(t->dist[i], i % 4 ? 20 : 10);
	topo_free(t);
}

Test(topo, distances_of_the_firmware)
{
	struct topo *t = load(GOLDEN "memory-only.xml", NULL);
	static const uint16_t by_os[3][3] = { { 10, 21, 17 }, { 21, 10, 28 }, { 17, 28, 10 } };

	cr_assert_str_eq(t->dist_source, "firmware");
	for (unsigned i = 0; i < 3; i++)
		for (unsigned j = 0; j < 3; j++)
			cr_assert_eq(t->dist[i * 3 + j],
				     by_os[t->nodes[i].os_index][t->nodes[j].os_index]);
	topo_free(t);
}

Test(topo, distances_of_another_scale_are_not_believed)
{
	struct topo *t = load(GOLDEN "distances-in-ns.xml", NULL);

	cr_assert_str_eq(t->dist_source, "assumed");
	cr_assert_eq(t->dist[1], 20);
	cr_assert(strstr(t->note, "distances"), "note: '%s'", t->note);
	topo_free(t);
}

static const struct bad {
	const char *spec, *distances;
	int rc;
	const char *says; /* part of the message */
} bad[] = {
	{ "no-such-file.xml", NULL, -ENOENT, "no-such-file.xml" },
	{ GOLDEN "not-hwloc.xml", NULL, -EINVAL, "not an XML file" },
	{ GOLDEN "truncated.xml", NULL, -EINVAL, "not an XML file" },
	{ "synthetic:", NULL, -EINVAL, "example" },
	{ "synthetic:nummer:4", NULL, -EINVAL, "nummer" },
	{ "synthetic:numa:2 pu:0", NULL, -EINVAL, "numa:2 pu:0" },
	{ "synthetic:numa:2 pu:1", "10,20", -EINVAL, "fewer rows" },
	{ "synthetic:numa:2 pu:1", "10,20/20,10/20,20", -EINVAL, "more rows" },
	{ "synthetic:numa:2 pu:1", "10,20,30/20,10,30", -EINVAL, "row 1: ',' after column 2" },
	{ "synthetic:numa:2 pu:1", "10/20", -EINVAL, "row 1 has 1 of 2 columns" },
	{ "synthetic:numa:2 pu:1", "10,20/20", -EINVAL, "row 2 has 1 of 2 columns" },
	{ "synthetic:numa:2 pu:1", "10,20/20,11", -EINVAL, "row 2, column 2" },
	{ "synthetic:numa:2 pu:1", "10,9/20,10", -EINVAL, "row 1, column 2" },
	{ "synthetic:numa:2 pu:1", "10,256/20,10", -EINVAL, "'256' is not a whole number" },
	{ "synthetic:numa:2 pu:1", "10,99999999999999999999/20,10", -EINVAL, "row 1, column 2" },
	{ "synthetic:numa:2 pu:1", "10,-20/20,10", -EINVAL, "'-20'" },
	{ "synthetic:numa:2 pu:1", "10,20x/20,10", -EINVAL, "'x' after column 2" },
	{ "synthetic:numa:2 pu:1", "10,/20,10", -EINVAL, "row 1, column 2" },
	{ "synthetic:numa:2 pu:1", "", -EINVAL, "row 1, column 1" },
};

Test(topo, bad_input_is_named)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct topo *t = (struct topo *)1;
		char err[512] = "";
		int rc = topo_load(&t, bad[i].spec, bad[i].distances, err, sizeof(err));

		cr_expect_eq(rc, bad[i].rc, "%s %s: %d", bad[i].spec, bad[i].distances, rc);
		cr_expect_null(t);
		cr_expect(strstr(err, bad[i].says), "'%s' lacks '%s'", err, bad[i].says);
		cr_expect(!strchr(err, '\n'), "one line: '%s'", err);
	}
}

static void select_is(const struct topo *t, unsigned nr, const uint16_t *wanted)
{
	uint16_t got[32];

	topo_select_cpus(t, nr, got);
	for (unsigned i = 0; i < nr; i++)
		cr_assert_eq(got[i], wanted[i], "%s: thread %u of %u on CPU %u, wanted %u",
			     t->source, i, nr, got[i], wanted[i]);
}

Test(topo, threads_get_cores_before_siblings)
{
	struct topo *t = load("synthetic:package:2 [numa] core:2 pu:2", NULL);
	static const uint16_t wanted[] = { 0, 2, 4, 6, 1, 3, 5, 7, 0, 2, 4, 6 };

	for (unsigned nr = 1; nr <= 12; nr++)
		select_is(t, nr, wanted);
	topo_free(t);
}

Test(topo, more_threads_than_cpus_is_said)
{
	struct topo *t = load(NULL, NULL);
	unsigned nr = t->nr_cpus;
	uint16_t *cpus = calloc(nr + 1, sizeof(*cpus));

	cr_assert_not(topo_select_cpus(t, nr, cpus));
	cr_assert(topo_select_cpus(t, nr + 1, cpus));
	cr_assert_eq(cpus[nr], cpus[0]);
	free(cpus);
	topo_free(t);
}

Test(topo, this_machine)
{
	struct topo *t = load("", NULL);

	cr_assert(!t->simulated);
	cr_assert_str_eq(t->source, "this machine");
	for (unsigned i = 0; i < t->nr_nodes; i++) {
		cr_assert_leq(t->nodes[i].mem_bytes, t->nodes[i].size_bytes);
		cr_assert_neq(t->nodes[i].mem_bound, NULL);
	}
	cr_assert_gt(topo_spendable(NULL), 0);
	topo_free(t);
}

Test(topo, flat)
{
	struct topo *t = load("flat", NULL), *machine = load(NULL, NULL);

	cr_assert(!t->simulated);
	cr_assert_eq(t->nr_nodes, 1);
	cr_assert_eq(t->nr_cpus, machine->nr_cpus);
	cr_assert_eq(t->dist[0], 10);
	cr_assert_gt(t->nodes[0].mem_bytes, 0);
	topo_free(t);
	topo_free(machine);
}

/* hwloc with all its sources switched off cannot load. */
Test(topo, flat_serves_where_hwloc_fails)
{
	setenv("HWLOC_COMPONENTS", "stop", 1);
	struct topo *t = load(NULL, NULL);

	cr_assert_str_eq(t->source, "flat");
	cr_assert(strstr(t->note, "hwloc"), "note: '%s'", t->note);
	cr_assert(!t->simulated);
	topo_free(t);
}

/* hwloc's own variables replace the machine behind our back. */
Test(topo, environment_makes_it_simulated)
{
	setenv("HWLOC_SYNTHETIC", "numa:2 pu:2", 1);
	struct topo *t = load(NULL, NULL);

	cr_assert(t->simulated);
	cr_assert_eq(t->nr_nodes, 2);
	cr_assert_neq(t->note[0], '\0');
	topo_free(t);
}

static json_int_t integer(const json_t *json, const char *key)
{
	const json_t *value = json_object_get(json, key);

	cr_assert(json_is_integer(value), "%s", key);
	return json_integer_value(value);
}

Test(topo, json_says_the_same)
{
	struct topo *t = load(GOLDEN "memory-only.xml", NULL);
	json_t *json = topo_to_json(t), *nodes = json_object_get(json, "nodes");

	cr_assert_not_null(json);
	cr_assert(json_is_true(json_object_get(json, "simulated")));
	cr_assert_eq(json_array_size(nodes), t->nr_nodes);
	for (unsigned i = 0; i < t->nr_nodes; i++) {
		json_t *n = json_array_get(nodes, i);

		cr_assert_eq(integer(n, "os"), t->nodes[i].os_index);
		cr_assert_eq(integer(n, "usable_bytes"), (json_int_t)t->nodes[i].mem_bytes);
		cr_assert_eq(json_array_size(json_object_get(n, "cpus")), t->nodes[i].nr_cpus);
	}
	cr_assert_eq(json_array_size(json_object_get(json, "cpus")), t->nr_cpus);
	json_decref(json);
	topo_free(t);
}
