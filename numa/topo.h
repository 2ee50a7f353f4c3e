/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine: nodes, CPUs, distances, memory limits; arenas bound to a node
 * and proof of where they lie; threads pinned to a CPU and proof of where they
 * ran.  hwloc discovers, libnuma binds.
 *
 * Logical numbers: nodes are numbered 0.. in the order of the kernel's numbers,
 * CPUs 0.. in hwloc's logical order; os_index is the kernel's number.  A
 * topology that is not this machine (synthetic string, XML of another machine)
 * is `simulated`: binding and proof are then no-ops that say so, and threads
 * are placed modulo the real CPUs.
 *
 * Threads: a struct topo is read-only after topo_load and may be shared.
 */
#ifndef NUMA_TOPO_H
#define NUMA_TOPO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TOPO_MAX_NODES 1024u /* as many as a kernel can have */
#define TOPO_MAX_CPUS 65535u /* a logical CPU fits 16 bits */

struct topo_node {
	unsigned os_index;
	bool has_cpus;	     /* a memory-only node (CXL) has none */
	unsigned nr_cpus;    /* of those, CPUs that this process may use */
	uint64_t size_bytes; /* what the node is said to hold, used or free; 0 = memory-less */
	/* What one process may still touch on this node alone: the minimum of
	   the bounds, head-room taken off; 0 = memory-less.  The nodes together
	   may offer less than their sum: see topo_spendable. */
	uint64_t mem_bytes;
	bool forbidden; /* a cpuset keeps its memory from this process: mem_bytes is 0 */
	/* Which bound won: "cpuset" (forbidden), "hwloc" (the node's own size less
	   what is in use there), "sysconf" (the flat topology's size where sysfs
	   is silent), a bound of topo_spendable, or "given" (a simulated topology
	   states sizes). */
	const char *mem_bound;
};

struct topo_cpu {
	unsigned os_index;
	unsigned node; /* logical; CPUs of a memory-less node keep that node */
	unsigned core; /* logical core; SMT siblings share it */
	unsigned package;
	unsigned smt; /* 0 = first usable hardware thread of its core */
};

struct topo_cache {
	unsigned level;
	char type; /* 'u' unified, 'd' data, 'i' instruction */
	uint64_t bytes;
	unsigned count;	  /* how many of this kind */
	unsigned nr_cpus; /* CPUs that share one */
};

#define TOPO_NO_CACHE UINT16_MAX

struct topo_priv;
struct topo {
	char source[256]; /* "this machine", "synthetic:...", file name, "flat" */
	bool simulated;	  /* not this machine: no binding, no latency claims */
	char note[256];	  /* one line on what was missing, "" if nothing */
	unsigned nr_nodes, nr_cpus, nr_cores, nr_packages, nr_caches;
	struct topo_node *nodes;   /* [nr_nodes] */
	struct topo_cpu *cpus;	   /* [nr_cpus]; only CPUs this process may use */
	struct topo_cache *caches; /* [nr_caches] */
	uint16_t *cpu_cache;	   /* [nr_cpus * nr_caches]: which cache of a kind a CPU is
				      below, TOPO_NO_CACHE; NULL: not known */
	uint16_t *dist;		   /* [nr_nodes * nr_nodes], 10 = local */
	const char *dist_source;   /* "firmware", "given", "assumed" */
	uint16_t *dist_measured;   /* by latency, as dist; NULL = not measured; owned */
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
 * this machine the flat one serves, and out->note says so.  Load it before
 * any thread is pinned: CPUs outside the process's affinity are left out, and
 * so is a node of this machine without one of them whose memory is forbidden.
 * Return: 0, -EINVAL (bad text), -ENOENT (no such file), -ENOMEM, -EIO.
 */
int topo_load(struct topo **out, const char *spec, const char *distances, char *err, size_t len);
void topo_free(struct topo *t);

/** topo_print - human view (sizes in MiB, which memory bound won, distances). */
void topo_print(const struct topo *t, FILE *f);
/** topo_print_json - the same facts as one JSON object. */
void topo_print_json(const struct topo *t, FILE *f);
struct json_t;
/** topo_to_json - that object (new reference), NULL on -ENOMEM. */
struct json_t *topo_to_json(const struct topo *t);

/**
 * topo_spendable - bytes this process may still touch on the real machine
 * @bound: gets the name of the bound that won, static text; may be NULL
 * The minimum of the machine's nodes together ("nodes"), MemAvailable
 * ("meminfo"), the control groups, version 1 and 2, up to the root ("cgroup"),
 * the address-space and data limits ("rlimit") and, where the kernel refuses
 * to overcommit, the commit limit ("commit"); then one eighth of it, at least
 * 32 MiB and at most 1 GiB, is left as head-room.  Read anew with each call.
 * Any thread.
 */
uint64_t topo_spendable(const char **bound);

/* What this machine lets this process do; each 0 or the errno of the refusal. */
struct topo_abilities {
	int bind;		      /* mbind of a page to the first node with memory */
	int prove;		      /* move_pages on that page */
	int pin;		      /* a thread to the first CPU */
	bool bind_proven, pin_proven; /* done, and seen to be so */
};
/**
 * topo_try - try binding, proof and pinning once, on a page and a thread of
 * its own.  On a simulated topology only pinning is tried.
 */
void topo_try(const struct topo *t, struct topo_abilities *able);

/* The nodes that a list may name: 0 to nr - 1, at most 64; those with memory. */
struct topo_node_set {
	unsigned nr;
	uint64_t usable;
};
/**
 * topo_parse_nodes - a list of nodes in numactl's syntax
 * @text: "0,2-3" logical numbers; "!1" all with memory but those; "+0" counted
 *        among the nodes with memory; "!+0"; "all"
 * @of: the machine's nodes
 * @mask: gets the set, bit n for node n
 * Return: 0; -EINVAL not such a list; -ERANGE a node that is not there, or has
 * no memory, or none left; -ENOMEM; with one line in @why.  Any thread.
 */
int topo_parse_nodes(const char *text, const struct topo_node_set *of, uint64_t *mask, char *why,
		     size_t len);

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
	size_t len; /* bytes, as mapped: len asked, rounded up to whole pages */
	int node;   /* logical; -1 none asked */
	enum topo_bind bind;
	int bind_errno;	     /* why UNBOUND */
	enum topo_huge huge; /* what was obtained, may be less than asked */
	bool advised;	     /* huge pages are advice: topo_huge_bytes measures them */
};

/**
 * topo_map - reserve address space (no memory yet, no swap reservation)
 * @huge: asked backing.  Tried in turn: reserved huge pages of that size, then
 *        transparent ones (2M), then none; a->huge and a->advised say what came.
 *        With NO the kernel is told to use no huge pages at all.
 * The mapping starts on a boundary of the page size obtained; a->node is -1.
 * Return: 0, -EINVAL (len 0 or beyond the address space), or -errno of mmap.
 * Unmap with topo_unmap.
 */
int topo_map(struct topo_arena *a, size_t len, enum topo_huge huge);
/**
 * topo_map_advised - the same with transparent huge pages where the kernel has them
 * Never reserved ones, so that any whole small pages of it can be bound apart.
 */
int topo_map_advised(struct topo_arena *a, size_t len);
void topo_unmap(struct topo_arena *a);

/**
 * topo_huge_bytes - bytes of a populated range that huge pages back, by smaps
 * Mappings that reach beyond the range count with at most the part inside.
 * Return: bytes, or -errno when smaps cannot be read.
 */
int64_t topo_huge_bytes(const void *addr, size_t len);

/**
 * topo_bind_range - bind part of an arena to exactly one node, no fallback
 * @addr, @len: page-aligned range, best before its first touch; pages already
 *              there are moved
 * @why: gets 0 or the errno; may be NULL
 * Return: TOPO_BOUND, TOPO_UNBOUND with *why = errno (EPERM, ENOSYS, EINVAL
 * for a memory-less node or one that does not exist, EIO when a page would not
 * move, EOPNOTSUPP when the flat topology hides several nodes), or
 * TOPO_SIMULATED.
 */
enum topo_bind topo_bind_range(const struct topo *t, void *addr, size_t len, unsigned node,
			       int *why);
/** topo_bind - the same for a whole arena; records node, bind and bind_errno. */
enum topo_bind topo_bind(const struct topo *t, struct topo_arena *a, unsigned node);

/**
 * topo_populate - give every page of a range its memory, contents kept
 * Checks the machine's and the bound nodes' free memory as it goes, so that a
 * range that does not fit is refused before the out-of-memory killer wakes.
 * Return: 0, -ENOMEM (part of the range may be populated), -EINVAL, or another
 * -errno of madvise.
 */
int topo_populate(void *addr, size_t len);

/* Where sampled pages lie. */
struct topo_proof {
	unsigned asked;	    /* logical node */
	unsigned sampled;   /* pages looked at */
	unsigned on_node;   /* found where asked */
	unsigned elsewhere; /* found on another node */
	unsigned absent;    /* not populated, or only the shared zero page */
	int err;	    /* errno of the refusal, 0 = the kernel answered */
	bool simulated;
};

/**
 * topo_prove - ask the kernel where up to @samples evenly spread pages lie
 * Only pages already populated count; the query populates nothing.
 */
void topo_prove(const struct topo *t, const void *addr, size_t len, unsigned node, unsigned samples,
		struct topo_proof *proof);

#define TOPO_MOVE_MAX 512u
/**
 * topo_move - move pages to a node, or ask where they are
 * @page: their addresses, at most TOPO_MOVE_MAX
 * @node: logical; -1 moves nothing
 * @at: gets the logical node that each is on then, or -errno: -ENOENT it has no
 *      memory yet, another one why it is not known or would not move
 * A page of a range that is bound elsewhere moves too, until it is bound again.
 * Return: 0; -EOPNOTSUPP for simulated nodes; -EINVAL; or -errno of the refusal.
 */
int topo_move(const struct topo *t, void **page, unsigned nr, int node, int *at);

/**
 * topo_forget - bind a range to no node and give its pages back
 * The next page is on the node of the CPU that first writes to it, if it has room.
 * Where mbind is refused the pages are given back all the same, and the next
 * ones are where the process's own policy puts them.
 * Return: 0, or -errno of the refusal.
 */
int topo_forget(void *addr, size_t len);

/**
 * topo_pin - bind the calling thread to one logical CPU
 * On a simulated topology: to real CPU (cpu modulo real CPUs).
 * Return: 0, -EINVAL (no such CPU), or -errno of the refusal (the thread then
 * runs unpinned).
 */
int topo_pin(const struct topo *t, unsigned cpu);

/*
 * What a thread's CPU was, taken at start and at end of the timed part, both
 * by that thread.
 */
struct topo_pin_proof {
	int asked;	 /* OS CPU, -1 = not pinned to it at begin */
	int seen;	 /* OS CPU at the end */
	long migrations; /* counted by the kernel between begin and end, -1 unknown */
	long switches;	 /* involuntary context switches between begin and end */
	bool moved;	 /* asked != seen at either end, or migrations > 0; when
			    not pinned: first CPU != last, or migrations > 0 */
	int seen_begin;	 /* OS CPU at begin */
	long migrations_begin, switches_begin; /* the thread's totals at begin */
};
void topo_pin_begin(const struct topo *t, unsigned cpu, struct topo_pin_proof *p);
void topo_pin_end(struct topo_pin_proof *p);

#endif
