/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of numa/: what a source of topologies offers, and helpers of all. */
#ifndef NUMA_BACKEND_H
#define NUMA_BACKEND_H

#include "numa/limits.h"
#include "numa/topo.h"

#include <hwloc.h>

struct topo_priv {
	hwloc_topology_t machine; /* this machine, for pinning; NULL = raw sched_setaffinity */
	unsigned nr_real;
	unsigned *real_cpus;	   /* [nr_real] OS numbers this process may use */
	int bind_refused;	   /* errno that every binding gets, 0 = ask the kernel */
	struct topo_bounds bounds; /* of this machine, read at load */
};

struct topo_backend {
	const char *name; /* NULL ends the table */
	const char *summary;
	/* Does this row take the spec?  "" stands for this machine. */
	bool (*serves)(const char *spec);
	/*
	 * Fill in everything but dist_source "given" and the bounds.  t->priv
	 * is there, with its real CPUs.  0 or -errno with one line in err; what
	 * was allocated so far stays in t, topo_free takes it.
	 */
	int (*load)(struct topo *t, const char *spec, char *err, size_t len);
};
extern const struct topo_backend topo_backends[]; /* numa/backends.c */

/* Rows of the table. */
bool topo_machine_serves(const char *spec);
int topo_machine_load(struct topo *t, const char *spec, char *err, size_t len);
bool topo_synthetic_serves(const char *spec);
int topo_synthetic_load(struct topo *t, const char *spec, char *err, size_t len);
bool topo_flat_serves(const char *spec);
int topo_flat_load(struct topo *t, const char *spec, char *err, size_t len);
bool topo_xml_serves(const char *spec);
int topo_xml_load(struct topo *t, const char *spec, char *err, size_t len);

/** topo_extract - fill t from a loaded hwloc topology (numa/extract.c). */
int topo_extract(struct topo *t, hwloc_topology_t hw, char *err, size_t len);

/** topo_node_of_os - the logical number of a node that is filled in, or nr_nodes. */
unsigned topo_node_of_os(const struct topo *t, unsigned os_index);

/**
 * topo_set_memory - mem_bytes and mem_bound of a node from its size_bytes
 * @own: name of the bound that the size itself is, "hwloc" or "sysconf"
 */
void topo_set_memory(const struct topo *t, struct topo_node *n, const char *own);

/** topo_real_cpus - the OS CPUs this process may use; 0 or -ENOMEM. */
int topo_real_cpus(struct topo_priv *p);

/** topo_dist_assume - 10 on the diagonal, 20 elsewhere; 0 or -ENOMEM. */
int topo_dist_assume(struct topo *t);
/** topo_dist_parse - the user's matrix; 0 or -EINVAL, -ENOMEM with @err. */
int topo_dist_parse(struct topo *t, const char *text, char *err, size_t len);
/** topo_dist_hwloc - hwloc's matrix where it is usable, else assumed; 0 or -ENOMEM. */
int topo_dist_hwloc(struct topo *t, hwloc_topology_t hw);

/** topo_is_reserved - the mapping around addr takes its pages from the reserved huge ones. */
bool topo_is_reserved(const void *addr);

/** topo_alloc - the arrays of nodes and CPUs, zeroed; 0, -EINVAL (too many), -ENOMEM. */
int topo_alloc(struct topo *t, unsigned nr_nodes, unsigned nr_cpus, char *err, size_t len);

#endif
