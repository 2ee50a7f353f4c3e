/* SPDX-License-Identifier: GPL-2.0-only */
/* Loading a topology, and what needs nothing but the loaded struct. */
#include "numa/backend.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Affinity masks are asked for at this size: far above any kernel's NR_CPUS. */
#define MASK_CPUS 65536u

int topo_alloc(struct topo *t, unsigned nr_nodes, unsigned nr_cpus, char *err, size_t len)
{
	if (!nr_nodes || nr_nodes > TOPO_MAX_NODES || !nr_cpus || nr_cpus > TOPO_MAX_CPUS) {
		snprintf(err, len,
			 "topology %s: %u nodes and %u CPUs; from 1 to %u and from 1 to %u are "
			 "possible",
			 t->source, nr_nodes, nr_cpus, TOPO_MAX_NODES, TOPO_MAX_CPUS);
		return -EINVAL;
	}
	t->nodes = calloc(nr_nodes, sizeof(t->nodes[0]));
	t->cpus = calloc(nr_cpus, sizeof(t->cpus[0]));
	if (!t->nodes || !t->cpus) {
		snprintf(err, len, "topology %s: out of memory", t->source);
		return -ENOMEM;
	}
	t->nr_nodes = nr_nodes;
	t->nr_cpus = nr_cpus;
	return 0;
}

/* The CPUs of the affinity mask; all that are online when it is refused. */
int topo_real_cpus(struct topo_priv *p)
{
	size_t size = CPU_ALLOC_SIZE(MASK_CPUS);
	cpu_set_t *mask = CPU_ALLOC(MASK_CPUS);

	if (!mask)
		return -ENOMEM;
	CPU_ZERO_S(size, mask);
	if (sched_getaffinity(getpid(), size, mask) || !CPU_COUNT_S(size, mask)) {
		long online = sysconf(_SC_NPROCESSORS_ONLN);

		for (size_t i = 0; i < (size_t)(online > 0 ? online : 1); i++)
			CPU_SET_S(i, size, mask);
	}
	p->real_cpus = calloc((size_t)CPU_COUNT_S(size, mask), sizeof(p->real_cpus[0]));
	for (unsigned i = 0; p->real_cpus && i < MASK_CPUS; i++)
		if (CPU_ISSET_S(i, size, mask))
			p->real_cpus[p->nr_real++] = i;
	CPU_FREE(mask);
	return p->real_cpus ? 0 : -ENOMEM;
}

void topo_set_memory(const struct topo *t, struct topo_node *n, const char *own)
{
	struct topo_bounds b = t->priv->bounds;
	enum topo_bound which;

	if (t->simulated) {
		n->mem_bytes = n->size_bytes;
		n->mem_bound = "given";
		return;
	}
	n->forbidden = n->size_bytes && !topo_node_allowed("", n->os_index);
	if (n->forbidden) {
		n->mem_bytes = 0;
		n->mem_bound = "cpuset";
		return;
	}
	/* In the place of all nodes together stands this one. */
	b.bytes[TOPO_NODES] = topo_node_usable("", n->os_index, n->size_bytes);
	n->mem_bytes = topo_headroom(topo_bounds_min(&b, &which));
	n->mem_bound = which == TOPO_NODES ? own : topo_bound_name(which);
}

/* Give back what a backend filled in; source, note and priv stay. */
static void clear_shape(struct topo *t)
{
	free(t->nodes);
	free(t->cpus);
	free(t->caches);
	free(t->cpu_cache);
	free(t->dist);
	free(t->dist_measured);
	t->nodes = NULL;
	t->cpus = NULL;
	t->caches = NULL;
	t->cpu_cache = NULL;
	t->dist = NULL;
	t->dist_measured = NULL;
	t->nr_nodes = t->nr_cpus = t->nr_cores = t->nr_packages = t->nr_caches = 0;
}

void topo_free(struct topo *t)
{
	if (!t)
		return;
	clear_shape(t);
	if (t->priv) {
		if (t->priv->machine)
			hwloc_topology_destroy(t->priv->machine);
		free(t->priv->real_cpus);
	}
	free(t->priv);
	free(t);
}

static struct topo *new_topo(void)
{
	struct topo *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->priv = calloc(1, sizeof(*t->priv));
	if (!t->priv || topo_real_cpus(t->priv)) {
		topo_free(t);
		return NULL;
	}
	topo_bounds_read("", &t->priv->bounds);
	return t;
}

/*
 * The first row that serves the spec and can.  Only this machine has a second
 * row to turn to.
 */
static int load_shape(struct topo *t, const char *spec, char *err, size_t len)
{
	int rc = -EINVAL;

	snprintf(err, len, "topology '%s': nothing here can read it", spec);
	for (const struct topo_backend *b = topo_backends; b->name; b++) {
		if (!b->serves(spec))
			continue;
		clear_shape(t);
		rc = b->load(t, spec, err, len);
		if (!rc || *spec)
			return rc;
		snprintf(t->note, sizeof(t->note), "%s", err);
	}
	return rc;
}

int topo_load(struct topo **out, const char *spec, const char *distances, char *err, size_t len)
{
	struct topo *t = new_topo();

	*out = NULL;
	if (!t) {
		snprintf(err, len, "topology: out of memory");
		return -ENOMEM;
	}
	int rc = load_shape(t, spec ? spec : "", err, len);

	if (!rc && distances)
		rc = topo_dist_parse(t, distances, err, len);
	if (rc) {
		topo_free(t);
		return rc;
	}
	*out = t;
	return 0;
}

bool topo_select_cpus(const struct topo *t, unsigned nr, uint16_t *cpus)
{
	unsigned found = 0;

	/* Rank by rank of hardware threads; within a rank node by node. */
	for (unsigned smt = 0; found < nr && found < t->nr_cpus; smt++)
		for (unsigned node = 0; node < t->nr_nodes; node++)
			for (unsigned i = 0; i < t->nr_cpus && found < nr; i++)
				if (t->cpus[i].smt == smt && t->cpus[i].node == node)
					cpus[found++] = (uint16_t)i;
	for (unsigned i = found; i < nr; i++)
		cpus[i] = cpus[i - found];
	return nr > t->priv->nr_real;
}
