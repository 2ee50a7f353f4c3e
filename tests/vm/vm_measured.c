/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * measured JSON: `zonebench topo --measure --json` has a number, with its
 * spread, for each node with CPUs by each node with memory, from pinned threads
 * and bound memory, and a reason for each other pair.  How large they are means
 * nothing here: emulation has no distances.
 *
 * order MATRIX: an allocator that goes by those latencies serves who asks for a
 * node from each node with memory, one after the other, nearest first.
 */
#include "harness/engine/engine.h"
#include "harness/matrix/matrix_open.h"
#include "numa/measure.h"
#include "tests/vm/vm.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Kernels add up to this to a distance: for nodes with CPUs, and with lower numbers. */
#define PENALTIES 2u

static bool is_spread(const json_t *v)
{
	double median = json_number_value(json_object_get(v, "median"));

	return median > 0 && json_number_value(json_object_get(v, "p5")) <= median &&
	       json_number_value(json_object_get(v, "p95")) >= median &&
	       json_integer_value(json_object_get(v, "n")) > 1;
}

/* All of them; but a node's one CPU has no other to load it, which the reason says. */
static bool has_numbers(const json_t *pair, bool one_cpu)
{
	const char *reason = json_string_value(json_object_get(pair, "reason"));

	for (unsigned q = 0; q < TOPO_NR_QUANTITIES; q++) {
		const char *name = topo_quantities[q].name;
		const json_t *v = json_object_get(pair, name);
		bool excused = q == TOPO_LOADED && one_cpu && json_is_null(v) && reason &&
			       !strncmp(reason, name, strlen(name));

		if (!is_spread(v) && !excused)
			return false;
	}
	return true;
}

static bool has_reason(const json_t *pair)
{
	const char *reason = json_string_value(json_object_get(pair, "reason"));

	for (unsigned q = 0; q < TOPO_NR_QUANTITIES; q++)
		if (!json_is_null(json_object_get(pair, topo_quantities[q].name)))
			return false;
	return reason && *reason;
}

static unsigned os_of(const json_t *nodes, const json_t *pair, const char *end)
{
	size_t i = (size_t)json_integer_value(json_object_get(pair, end));

	return (unsigned)json_integer_value(json_object_get(json_array_get(nodes, i), "os"));
}

static void check_pair(const struct vm_shape *shape, const json_t *nodes, const json_t *pair)
{
	unsigned from = os_of(nodes, pair, "from"), to = os_of(nodes, pair, "to");
	const char *flags = json_string_value(json_object_get(pair, "flags"));
	char *text = json_dumps(pair, JSON_COMPACT);

	if (from >= shape->nr_nodes || to >= shape->nr_nodes || !text || !flags)
		vm_die("a pair of no nodes: %s", text ? text : "");
	if (shape->node[from].cpus && shape->node[to].mib)
		vm_check(has_numbers(pair,
				     !(shape->node[from].cpus & (shape->node[from].cpus - 1))) &&
				 !strpbrk(flags, "mu"),
			 text, "from node %u to node %u is measured, pinned and bound", from, to);
	else
		vm_check(has_reason(pair), text, "from node %u to node %u: why not", from, to);
	free(text);
}

void vm_prove_measured(const struct vm_shape *shape, int argc, char **argv)
{
	json_error_t error;
	json_t *topo = argc == 1 ? json_load_file(argv[0], 0, &error) : NULL;
	const json_t *nodes = json_object_get(topo, "nodes"), *pair;
	const json_t *pairs = json_object_get(json_object_get(topo, "measured"), "pairs");
	size_t i;

	if (!topo)
		vm_die("measured needs the JSON of topo --measure");
	vm_check(json_array_size(pairs) == (size_t)shape->nr_nodes * shape->nr_nodes,
		 "other numbers", "%u by %u pairs", shape->nr_nodes, shape->nr_nodes);
	json_array_foreach(pairs, i, pair) check_pair(shape, nodes, pair);
	json_decref(topo);
}

/* Nodes in the order in which they begin to serve who asks for @node from its CPU. */
static unsigned serve_all(struct engine *e, unsigned node, unsigned *order)
{
	struct pga_req req = { .gfp = PGA_GFP_USER_MOVABLE, .node = (int8_t)node };
	uint64_t seen = 0;
	unsigned nr = 0;
	char why[200];

	if (engine_init(e, why, sizeof(why)))
		vm_die("%s", why);
	for (;;) {
		struct pga_res res = e->ops->alloc(e->pga, req, NULL);

		if (res.err)
			return nr;
		if (seen >> res.node & 1)
			continue;
		seen |= 1ull << res.node;
		order[nr++] = (unsigned)res.node;
	}
}

static void prove_lists(const struct vm_shape *shape, struct engine *e, const char *variant)
{
	const struct machine_conf *m = e->m;
	unsigned order[PGA_MAX_NODES];

	for (unsigned node = 0; node < m->conf.nr_nodes; node++) {
		unsigned nr = serve_all(e, node, order);
		const uint16_t *dist = m->conf.dist + (size_t)node * m->conf.nr_nodes;
		bool nearest = true;
		char text[256];
		size_t at = (size_t)snprintf(text, sizeof(text), "order:");

		for (unsigned i = 0; i < nr; i++) {
			at += (size_t)snprintf(text + at, sizeof(text) - at, " %u (%u)", order[i],
					       dist[order[i]]);
			nearest &= !i || dist[order[i]] + PENALTIES >= dist[order[i - 1]];
		}
		vm_check(nr == (unsigned)__builtin_popcountll(vm_with_memory(shape)), text,
			 "%s, node %u: each node with memory serves, once in the order", variant,
			 node);
		vm_check(nearest && (!machine_frames_of(m, node) || order[0] == node), text,
			 "%s, node %u: itself, then by what was measured", variant, node);
	}
}

void vm_prove_order(const struct vm_shape *shape, int argc, char **argv)
{
	struct matrix_opts options = { .seed = -1 };
	struct matrix_job job;
	char why[200] = "";

	if (argc != 1 || matrix_open(&job, &options, argv[0]))
		vm_die("order needs a matrix file");
	for (size_t i = 0; i < job.cells.nr; i++) {
		const struct matrix_cell *mc = &job.cells.cell[i];
		struct engine e;

		if (!vm_check(mc->supported, mc->reason, "%s is accepted", mc->cell.variant.name))
			continue;
		if (engine_open(&e, &mc->cell, job.topo, 1, NULL, why, sizeof(why)))
			vm_die("%s", why);
		prove_lists(shape, &e, mc->cell.variant.name);
		engine_close(&e);
	}
	matrix_close(&job);
}
