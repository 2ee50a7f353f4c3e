/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * topo JSON [MEMS CPUS]: what `zonebench topo --json` found is what the machine
 * was given; with MEMS and CPUS, lists, what the process's control group left.
 * What may still be spent is on the nodes that may be used.
 */
#include "tests/vm/vm.h"

#include <jansson.h>
#include <string.h>

/* A kernel keeps some of a node for itself: its image, maps, firmware's. */
#define SHARE_MIN 70u /* % of what was given */

static uint64_t all_nodes(const struct vm_shape *shape)
{
	return (1ull << shape->nr_nodes) - 1;
}

static uint64_t all_cpus(const struct vm_shape *shape)
{
	return (1ull << shape->nr_cpus) - 1;
}

static json_int_t integer(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_integer(value) ? json_integer_value(value) : -1;
}

/* 0 for what is no number of a node or CPU. */
static uint64_t bit(json_int_t number)
{
	return number < 0 || number > 63 ? 0 : 1ull << (unsigned)number;
}

/* The kernel's numbers of the CPUs that a node is said to own. */
static uint64_t cpus_of(const json_t *topo, const json_t *node)
{
	const json_t *all = json_object_get(topo, "cpus"), *one;
	uint64_t set = 0;
	size_t i;

	json_array_foreach(json_object_get(node, "cpus"), i, one) set |=
		bit(integer(json_array_get(all, (size_t)json_integer_value(one)), "os"));
	return set;
}

static void check_node(const struct vm_shape *shape, const json_t *topo, const json_t *node,
		       uint64_t mems, uint64_t cpus)
{
	unsigned os = (unsigned)integer(node, "os");
	const struct vm_node *want = &shape->node[os];
	json_int_t size = integer(node, "size_bytes"), usable = integer(node, "usable_bytes");
	json_int_t given = (json_int_t)want->mib << VM_MIB_SHIFT;
	bool allowed = mems >> os & 1;
	uint64_t found = cpus_of(topo, node);
	char text[128];

	snprintf(text, sizeof(text), "CPUs %#llx, wanted %#llx", (unsigned long long)found,
		 (unsigned long long)(want->cpus & cpus));
	vm_check(found == (want->cpus & cpus), text, "node %u has its CPUs", os);
	vm_check(json_is_true(json_object_get(node, "has_cpus")) == (want->cpus != 0),
		 "it does not", "node %u knows whether it has CPUs", os);
	snprintf(text, sizeof(text), "%lld bytes, %lld usable, of %lld", (long long)size,
		 (long long)usable, (long long)given);
	vm_check(size <= given && size >= given / 100 * SHARE_MIN && usable <= size &&
			 (usable > 0) == (given > 0 && allowed) &&
			 json_is_true(json_object_get(node, "forbidden")) ==
				 (given > 0 && !allowed),
		 text, "node %u has its memory", os);
}

static bool distances_match(const struct vm_shape *shape, const json_t *topo)
{
	const json_t *nodes = json_object_get(topo, "nodes");
	const json_t *rows = json_object_get(json_object_get(topo, "distances"), "matrix");
	const json_t *from, *to;
	size_t i, j;

	json_array_foreach(nodes, i, from)
	{
		json_array_foreach(nodes, j, to)
		{
			json_int_t dist =
				json_integer_value(json_array_get(json_array_get(rows, i), j));

			if (dist != shape->node[integer(from, "os")].dist[integer(to, "os")])
				return false;
		}
	}
	return true;
}

/* The bound "nodes" is the sum over the nodes that may be used, and no other. */
static void check_bound(const struct vm_shape *shape, const json_t *topo, uint64_t mems)
{
	const json_t *bounds = json_object_get(json_object_get(topo, "memory"), "bounds_bytes");
	json_int_t bound = integer(bounds, "nodes"), given = 0;
	char text[96];

	for (unsigned n = 0; n < shape->nr_nodes; n++)
		given += mems >> n & 1 ? (json_int_t)shape->node[n].mib << VM_MIB_SHIFT : 0;
	snprintf(text, sizeof(text), "%lld bytes of %lld", (long long)bound, (long long)given);
	vm_check(bound > given / 2 && bound <= given, text,
		 "what may be spent is on nodes that may be used");
}

static void check_cpus(const json_t *topo, uint64_t cpus)
{
	const json_t *cpu;
	uint64_t found = 0;
	size_t i;
	char text[96];

	json_array_foreach(json_object_get(topo, "cpus"), i, cpu) found |= bit(integer(cpu, "os"));
	snprintf(text, sizeof(text), "%#llx, wanted %#llx", (unsigned long long)found,
		 (unsigned long long)cpus);
	vm_check(found == cpus, text, "the CPUs are those that may be used");
}

void vm_prove_topo(const struct vm_shape *shape, int argc, char **argv)
{
	uint64_t mems = all_nodes(shape), cpus = all_cpus(shape), found = 0, useful = 0;
	json_error_t error;
	const json_t *node;
	size_t i;
	char text[96];

	json_t *topo = argc ? json_load_file(argv[0], 0, &error) : NULL;

	if (!topo || (argc == 3 && (!vm_list(argv[1], &mems) || !vm_list(argv[2], &cpus))))
		vm_die("topo needs JSON, and takes lists of nodes and of CPUs");
	vm_check(json_is_false(json_object_get(topo, "simulated")), "it says simulated",
		 "the machine is real");
	json_array_foreach(json_object_get(topo, "nodes"), i, node)
	{
		json_int_t os = integer(node, "os");

		if (os < 0 || os >= (json_int_t)shape->nr_nodes) {
			vm_check(false, "no such node", "node %lld", (long long)os);
			continue;
		}
		found |= 1ull << os;
		check_node(shape, topo, node, mems, cpus);
	}
	/* A node stays when it has memory or a CPU that may be used. */
	for (unsigned n = 0; n < shape->nr_nodes; n++)
		if (mems >> n & 1 || shape->node[n].cpus & cpus)
			useful |= 1ull << n;
	snprintf(text, sizeof(text), "%#llx, wanted %#llx", (unsigned long long)found,
		 (unsigned long long)useful);
	vm_check(found == useful, text, "the nodes are those that may be used");
	check_cpus(topo, cpus);
	check_bound(shape, topo, mems);
	vm_check(distances_match(shape, topo), "they differ",
		 "distances are those that were given");
	/* A node alone has no distances: nothing was to be told. */
	if (!(found & (found - 1))) {
		json_decref(topo);
		return;
	}
	vm_check(!strcmp(json_string_value(
				 json_object_get(json_object_get(topo, "distances"), "source")),
			 "firmware"),
		 "another source", "distances are the firmware's");
	json_decref(topo);
}
