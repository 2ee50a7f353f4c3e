/* SPDX-License-Identifier: GPL-2.0-only */
/* From hwloc's tree to the flat arrays of struct topo. */
#include "numa/backend.h"

#include <errno.h>
#include <stdlib.h>

unsigned topo_node_of_os(const struct topo *t, unsigned os_index)
{
	unsigned n = 0;

	while (n < t->nr_nodes && t->nodes[n].os_index != os_index)
		n++;
	return n;
}

static void fill_node(struct topo *t, unsigned i, const struct hwloc_obj *obj)
{
	struct topo_node *n = &t->nodes[i];

	n->os_index = obj->os_index;
	n->size_bytes = obj->attr->numanode.local_memory;
	n->has_cpus = t->simulated || topo_node_has_cpus("", n->os_index) != 0;
	topo_set_memory(t, n, "hwloc");
}

/*
 * In the order of the kernel's numbers, which are the user's too; hwloc's order
 * puts a memory-only node next to the CPUs that it belongs to.
 */
static void fill_nodes(struct topo *t, hwloc_topology_t hw)
{
	hwloc_const_bitmap_t set = hwloc_topology_get_topology_nodeset(hw);
	unsigned i = 0;

	for (int os = hwloc_bitmap_first(set); os >= 0; os = hwloc_bitmap_next(set, os)) {
		hwloc_obj_t obj = hwloc_get_numanode_obj_by_os_index(hw, (unsigned)os);

		if (obj && i < t->nr_nodes)
			fill_node(t, i++, obj);
	}
}

static bool narrower(const struct hwloc_obj *a, const struct hwloc_obj *b)
{
	int wa = hwloc_bitmap_weight(a->cpuset), wb = hwloc_bitmap_weight(b->cpuset);

	return wa != wb ? wa < wb : a->os_index < b->os_index;
}

/*
 * The node that owns a CPU, nr_nodes if none does.  The kernel puts a CPU into
 * one node only, while hwloc lends a CPU-less node the CPUs of its neighbours.
 * sysfs tells them apart on this machine (has_cpus); elsewhere the node with
 * the narrowest set of CPUs owns them, and among equals the one with the lowest
 * number, as memory-only nodes are numbered last.
 */
static unsigned owner_of(const struct topo *t, hwloc_topology_t hw, unsigned os_cpu)
{
	hwloc_obj_t best = NULL;

	for (unsigned i = 0; i < t->nr_nodes; i++) {
		hwloc_obj_t obj = hwloc_get_numanode_obj_by_os_index(hw, t->nodes[i].os_index);

		if (hwloc_bitmap_isset(obj->cpuset, os_cpu) && t->nodes[i].has_cpus &&
		    (!best || narrower(obj, best)))
			best = obj;
	}
	return best ? topo_node_of_os(t, best->os_index) : t->nr_nodes;
}

/* Logical number of the object of a type around a PU, or @none. */
static unsigned around(hwloc_topology_t hw, hwloc_obj_t pu, hwloc_obj_type_t type, unsigned none)
{
	hwloc_obj_t obj = hwloc_get_ancestor_obj_by_type(hw, type, pu);

	return obj ? obj->logical_index : none;
}

static unsigned count_or(hwloc_topology_t hw, hwloc_obj_type_t type, unsigned none)
{
	int nr = hwloc_get_nbobjs_by_type(hw, type);

	return nr > 0 ? (unsigned)nr : none;
}

static int fill_cpus(struct topo *t, hwloc_topology_t hw)
{
	t->nr_packages = count_or(hw, HWLOC_OBJ_PACKAGE, 1);
	t->nr_cores = count_or(hw, HWLOC_OBJ_CORE, t->nr_cpus);
	unsigned *threads = calloc((size_t)t->nr_cores + t->nr_cpus, sizeof(*threads));

	if (!threads)
		return -ENOMEM;
	for (unsigned i = 0; i < t->nr_cpus; i++) {
		hwloc_obj_t pu = hwloc_get_obj_by_type(hw, HWLOC_OBJ_PU, i);
		struct topo_cpu *c = &t->cpus[i];

		c->os_index = pu->os_index;
		c->core = around(hw, pu, HWLOC_OBJ_CORE, i);
		c->package = around(hw, pu, HWLOC_OBJ_PACKAGE, 0);
		c->smt = threads[c->core]++;
		c->node = owner_of(t, hw, pu->os_index);
		if (c->node == t->nr_nodes) {
			snprintf(t->note, sizeof(t->note),
				 "no node owns CPU %u: it is counted to the first node",
				 pu->os_index);
			c->node = 0;
		}
		t->nodes[c->node].nr_cpus++;
	}
	free(threads);
	return 0;
}

/*
 * Until here has_cpus said "may own".  A node whose CPUs are all forbidden to
 * this process still has them; where sysfs is silent the tree decides.
 */
static void settle_cpus(struct topo *t)
{
	for (unsigned i = 0; i < t->nr_nodes; i++) {
		struct topo_node *n = &t->nodes[i];

		if (t->simulated || topo_node_has_cpus("", n->os_index) < 0)
			n->has_cpus = n->nr_cpus > 0;
	}
}

static char cache_type(const struct hwloc_obj *obj)
{
	static const char letters[] = {
		[HWLOC_OBJ_CACHE_UNIFIED] = 'u',
		[HWLOC_OBJ_CACHE_DATA] = 'd',
		[HWLOC_OBJ_CACHE_INSTRUCTION] = 'i',
	};

	return letters[obj->attr->cache.type];
}

/* Caches of one kind have the same level, type, size and sharing. */
static struct topo_cache kind_of(const struct hwloc_obj *obj)
{
	return (struct topo_cache){
		.level = obj->attr->cache.depth,
		.type = cache_type(obj),
		.bytes = obj->attr->cache.size,
		.nr_cpus = (unsigned)hwloc_bitmap_weight(obj->cpuset),
		.count = 1,
	};
}

/* The kind's number, nr_caches if it is new. */
static unsigned find_kind(const struct topo *t, const struct topo_cache *kind)
{
	unsigned i = 0;

	while (i < t->nr_caches &&
	       (t->caches[i].level != kind->level || t->caches[i].type != kind->type ||
		t->caches[i].bytes != kind->bytes || t->caches[i].nr_cpus != kind->nr_cpus))
		i++;
	return i;
}

/* Count one cache with its kind. */
static int add_cache(struct topo *t, const struct hwloc_obj *obj)
{
	struct topo_cache kind = kind_of(obj);
	unsigned known = find_kind(t, &kind);

	if (known < t->nr_caches) {
		t->caches[known].count++;
		return 0;
	}
	struct topo_cache *grown =
		realloc(t->caches, ((size_t)t->nr_caches + 1) * sizeof(t->caches[0]));

	if (!grown)
		return -ENOMEM;
	t->caches = grown;
	t->caches[t->nr_caches++] = kind;
	return 0;
}

/* From the deepest level outwards: L1 comes first. */
static int fill_caches(struct topo *t, hwloc_topology_t hw)
{
	for (int depth = hwloc_topology_get_depth(hw) - 1; depth >= 0; depth--) {
		if (!hwloc_obj_type_is_cache(hwloc_get_depth_type(hw, depth)))
			continue;
		for (unsigned i = 0; i < hwloc_get_nbobjs_by_depth(hw, depth); i++)
			if (add_cache(t, hwloc_get_obj_by_depth(hw, depth, i)))
				return -ENOMEM;
	}
	return 0;
}

/* Which caches each CPU is below. */
static int seat_caches(struct topo *t, hwloc_topology_t hw)
{
	size_t nr = (size_t)t->nr_cpus * t->nr_caches;

	t->cpu_cache = calloc(nr + 1, sizeof(*t->cpu_cache));
	if (!t->cpu_cache)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++)
		t->cpu_cache[i] = TOPO_NO_CACHE;
	for (unsigned i = 0; i < t->nr_cpus; i++) {
		hwloc_obj_t obj = hwloc_get_obj_by_type(hw, HWLOC_OBJ_PU, i)->parent;

		for (; obj; obj = obj->parent) {
			if (!hwloc_obj_type_is_cache(obj->type))
				continue;
			struct topo_cache kind = kind_of(obj);

			t->cpu_cache[(size_t)i * t->nr_caches + find_kind(t, &kind)] =
				(uint16_t)obj->logical_index;
		}
	}
	return 0;
}

int topo_extract(struct topo *t, hwloc_topology_t hw, char *err, size_t len)
{
	int rc = topo_alloc(t, count_or(hw, HWLOC_OBJ_NUMANODE, 0), count_or(hw, HWLOC_OBJ_PU, 0),
			    err, len);

	if (rc)
		return rc;
	fill_nodes(t, hw);
	if (fill_cpus(t, hw) || fill_caches(t, hw) || seat_caches(t, hw) ||
	    topo_dist_hwloc(t, hw)) {
		snprintf(err, len, "topology %s: out of memory", t->source);
		return -ENOMEM;
	}
	settle_cpus(t);
	return 0;
}
