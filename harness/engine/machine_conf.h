/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a machine to the allocator's view of it.
 *
 * Frame numbers start at 0 and run through the nodes with memory one after the
 * other, without holes; so frame i of bound memory is page i of one arena.
 *
 * Zones.  A node has one zone, Normal, except that the first node with memory
 * is cut as x86-64 cuts it, into DMA (to 16 MiB), DMA32 (to 4 GiB) and Normal,
 * when it is larger than 4 GiB and the mechanism knows zones.  A smaller node
 * stands for the Normal zone of a larger machine: cut in the same way it would
 * have no Normal zone at all, and other nodes' Normal zones would come before
 * its own memory.  A type that the mechanism does not know (ops->zone_types) is
 * part of the next one.  The cell may ask for cuts at shares of the node instead, so
 * that a small one has all three (ZONES_SCALED), or state what the zones take
 * (ZONES_GIVEN): DMA and DMA32 are the beginning of the first node, Movable or
 * HighMem the end of every node, in whole pageblocks; Normal is the rest, and
 * gets what a mechanism without such a type would put there.
 *
 * CMA.  A workload may ask for an area in each node; it is the end of the
 * node's memory, in whole pageblocks, and not handed over at boot.
 *
 * CPUs.  All CPUs of the machine are there, as in a kernel, whether a thread
 * runs on them or not.  When more threads than CPUs are asked for, each
 * further thread gets a logical CPU of its own, beyond the machine's, on the
 * node of the real CPU that it shares: one thread drives one logical CPU.
 *
 * Daemons.  For a workload whose frames have owners, each daemon of the
 * mechanism gets a logical CPU of its own for each node with memory, beyond
 * those of the threads, and is pinned to a CPU of its node: one that no thread
 * is pinned to, if there is one, else the node's last.  So such a machine has
 * more CPUs than the same machine without daemons, which per-CPU lists and the
 * thresholds of counters show.
 *
 * Threads: a machine_conf is read-only after machine_conf_make.
 */
#ifndef HARNESS_MACHINE_CONF_H
#define HARNESS_MACHINE_CONF_H

#include "harness/matrix/cell.h"

#define MACHINE_PAGE_SHIFT 12u
#define MACHINE_MAX_CPUS 960u /* one extent each, of PGA_MAX_EXTENTS */

struct machine_thread {
	uint16_t cpu;  /* logical CPU of conf that the thread drives */
	uint16_t real; /* logical CPU of the topology that it is pinned to */
};

/* One daemon of one node. */
struct machine_daemon {
	uint16_t cpu;  /* logical CPU of conf that it drives */
	uint16_t real; /* logical CPU of the topology that it is pinned to */
	uint16_t node;
	uint16_t daemon; /* index into ops->daemons */
};

struct machine_conf {
	struct pga_conf conf;
	struct machine_thread *threads; /* [cell->threads] */
	struct machine_daemon *daemons; /* [nr_daemons] */
	unsigned nr_daemons;
	bool oversubscribed;
	uint64_t frames;			  /* all nodes */
	struct pga_range node_mem[PGA_MAX_NODES]; /* empty for a memory-less node */
	unsigned nr_mem_nodes, nr_real_cpus;
	/* What conf points to. */
	struct pga_zone_conf zones[2 * PGA_MAX_NODES + 2];
	struct pga_range mem[PGA_MAX_NODES], boot[2 * PGA_MAX_NODES], cma[PGA_MAX_NODES];
	uint16_t *cpu_node, *dist;
};

/**
 * machine_conf_make - the configuration that @cell's variant gets on @t
 * @policy: values of the variant's tunables; kept, not copied
 * Free with machine_conf_free, which may also be called after a failure.
 * Return: 0; -EINVAL, -ENOMEM, -EOPNOTSUPP with one line in @why.
 */
int machine_conf_make(struct machine_conf **out, const struct pga_ops *ops, const int64_t *policy,
		      const struct bench_cell *cell, const struct topo *t, char *why, size_t len);
void machine_conf_free(struct machine_conf *m);

/** machine_frames_of - frames of the node of a range of PFNs, 0 = memory-less. */
static inline uint64_t machine_frames_of(const struct machine_conf *m, unsigned node)
{
	return m->node_mem[node].end - m->node_mem[node].start;
}

/**
 * machine_memory_node - the node itself, or the nearest one if it has no memory
 * Where what belongs to a CPU or a node without memory is put.
 */
unsigned machine_memory_node(const struct machine_conf *m, unsigned node);

#endif
