/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine: nodes, CPUs, distances, memory limits; arenas bound to a node
 * and proof of where they lie; threads pinned to a CPU and proof of where they
 * ran.  hwloc discovers, libnuma binds.
 *
 * Logical numbers: nodes and CPUs are numbered 0.. in hwloc's logical order;
 * os_index is the kernel's number.  A topology that is not this machine
 * (synthetic string, XML of another machine) is `simulated`: binding and
 * proof are then no-ops that say so, and threads are placed modulo the real
 * CPUs.
 *
 * Threads: a struct topo is read-only after topo_load and may be shared.
 */
#ifndef NUMA_TOPO_H
#define NUMA_TOPO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct topo_node {
	unsigned os_index;
	bool has_cpus; /* a memory-only node (CXL) has none */
	unsigned nr_cpus;
	uint64_t mem_bytes;    /* usable: the minimum of the bounds below; 0 = memory-less */
	const char *mem_bound; /* which bound won: "hwloc", "meminfo", "cgroup", "given" */
};

struct topo_cpu {
	unsigned os_index;
	unsigned node; /* logical; CPUs of a memory-less node keep that node */
	unsigned core; /* logical core; SMT siblings share it */
	unsigned package;
	unsigned smt; /* 0 = first hardware thread of its core */
};

struct topo_cache {
	unsigned level;
	char type; /* 'u' unified, 'd' data, 'i' instruction */
	uint64_t bytes;
	unsigned count;	  /* how many of this kind */
	unsigned nr_cpus; /* CPUs that share one */
};

struct topo_priv;
struct topo {
	char source[256]; /* "this machine", "synthetic:...", file name, "flat" */
	bool simulated;	  /* not this machine: no binding, no latency claims */
	char note[256];	  /* one line on what was missing, "" if nothing */
	unsigned nr_nodes, nr_cpus, nr_cores, nr_packages, nr_caches;
	struct topo_node *nodes;   /* [nr_nodes] */
	struct topo_cpu *cpus;	   /* [nr_cpus]; only CPUs this process may use */
	struct topo_cache *caches; /* [nr_caches] */
	uint16_t *dist;		   /* [nr_nodes * nr_nodes], 10 = local */
	const char *dist_source;   /* "firmware", "given", "assumed" */
	struct topo_priv *priv;	   /* backend's */
};

/**
 * topo_load - discover a topology
 * @out: the topology, freed with topo_free
 * @spec: NULL or "" = this machine; "synthetic:STRING" (hwloc's syntax);
 *        "flat" (one node, from sysconf); anything else: an hwloc XML file
 * @distances: NULL, or rows by '/' and columns by ',': "10,21/21,10"
 * @err: one line on failure; @len bytes
 * Backends are tried in the order of numa/backends.c.  When hwloc fails on
 * this machine the flat one serves, and out->note says so.
 * Return: 0, -EINVAL (bad text), -ENOENT (no such file), -EIO.
 */
int topo_load(struct topo **out, const char *spec, const char *distances, char *err, size_t len);
void topo_free(struct topo *t);

/** topo_print - human view (sizes in MiB, which memory bound won, distances). */
void topo_print(const struct topo *t, FILE *f);
/** topo_print_json - the same facts as one JSON object. */
void topo_print_json(const struct topo *t, FILE *f);

/**
 * topo_select_cpus - CPUs for @nr threads, spread as a benchmark wants it
 * @cpus: gets @nr logical CPUs: first hardware threads of distinct cores
 *        first, nodes filled one after the other, then SMT siblings; beyond
 *        the number of CPUs it starts over
 * Return: true if more threads than real CPUs were asked (oversubscribed).
 */
bool topo_select_cpus(const struct topo *t, unsigned nr, uint16_t *cpus);

/* How memory came to where it is. */
enum topo_bind { TOPO_BOUND, TOPO_UNBOUND, TOPO_SIMULATED };
enum topo_huge { TOPO_HUGE_NO, TOPO_HUGE_2M, TOPO_HUGE_1G };

struct topo_arena {
	void *addr;
	size_t len; /* bytes, as mapped */
	int node;   /* logical; -1 none asked */
	enum topo_bind bind;
	int bind_errno;	     /* why UNBOUND */
	enum topo_huge huge; /* what was obtained, may be less than asked */
};

/**
 * topo_map - reserve address space (no memory yet, no swap reservation)
 * @huge: asked backing; falls back to NO, a->huge says what came
 * Return: 0, or -errno.  Unmap with topo_unmap.
 */
int topo_map(struct topo_arena *a, size_t len, enum topo_huge huge);
void topo_unmap(struct topo_arena *a);

/**
 * topo_bind_range - bind part of an arena to exactly one node, no fallback
 * @addr, @len: page-aligned range, best before its first touch
 * Return: TOPO_BOUND, TOPO_UNBOUND with *why = errno (EPERM, ENOSYS, EINVAL
 * for a memory-less node), or TOPO_SIMULATED.
 */
enum topo_bind topo_bind_range(const struct topo *t, void *addr, size_t len, unsigned node,
			       int *why);

/** topo_populate - touch every page of a range; 0 or -errno (-ENOMEM). */
int topo_populate(void *addr, size_t len);

/* Where sampled pages lie. */
struct topo_proof {
	unsigned asked;	    /* logical node */
	unsigned sampled;   /* pages looked at */
	unsigned on_node;   /* found where asked */
	unsigned elsewhere; /* found on another node */
	unsigned absent;    /* not populated */
	int err;	    /* errno of the refusal, 0 = the kernel answered */
	bool simulated;
};

/**
 * topo_prove - ask the kernel where up to @samples evenly spread pages lie
 * Only pages already populated count; the query populates nothing.
 */
void topo_prove(const struct topo *t, const void *addr, size_t len, unsigned node, unsigned samples,
		struct topo_proof *proof);

/**
 * topo_pin - bind the calling thread to one logical CPU
 * On a simulated topology: to real CPU (cpu modulo real CPUs).
 * Return: 0, or -errno of the refusal (the thread then runs unpinned).
 */
int topo_pin(const struct topo *t, unsigned cpu);

/* What a thread's CPU was, taken at start and at end of the timed part. */
struct topo_pin_proof {
	int asked;	 /* OS CPU, -1 = not pinned */
	int seen;	 /* OS CPU at the end */
	long migrations; /* seen by the kernel between begin and end, -1 unknown */
	long switches;	 /* involuntary context switches between begin and end */
	bool moved;	 /* asked != seen at either end, or migrations > 0 */
};
void topo_pin_begin(const struct topo *t, unsigned cpu, struct topo_pin_proof *p);
void topo_pin_end(struct topo_pin_proof *p);

#endif
