/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Proofs inside of a virtual machine whose nodes are known beforehand.  Each
 * prints TAP lines.  Where memory lies and where a thread runs is asked of the
 * kernel by other calls than the code under test makes.
 */
#ifndef TESTS_VM_VM_H
#define TESTS_VM_VM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VM_MAX_NODES 8u
#define VM_MAX_CPUS 16u
#define VM_MIB_SHIFT 20u
#define VM_MIB ((size_t)1 << VM_MIB_SHIFT)
#define VM_PAGE ((size_t)4096)

struct vm_node {
	uint64_t cpus; /* bitmap of the kernel's CPU numbers */
	unsigned mib;
	unsigned dist[VM_MAX_NODES];
};

/* What the machine was given; a node's index is the kernel's number of it. */
struct vm_shape {
	unsigned nr_nodes, nr_cpus;
	struct vm_node node[VM_MAX_NODES];
};

/** vm_shape_read - the lines of one machine from a file; false with a message. */
bool vm_shape_read(struct vm_shape *shape, const char *path, const char *name);
/** vm_list - "0-1,3" as a bitmap; "-" is empty.  False when it is no such list. */
bool vm_list(const char *text, uint64_t *set);
/** vm_node_of - the node of a CPU. */
unsigned vm_node_of(const struct vm_shape *shape, unsigned cpu);
/** vm_nearest - the nearest node with memory of @allowed; ties: any.  As a bitmap. */
uint64_t vm_nearest(const struct vm_shape *shape, unsigned from, uint64_t allowed);
/** vm_with_memory - the nodes with memory. */
uint64_t vm_with_memory(const struct vm_shape *shape);

/** vm_check - one result; the name, then what was found when it failed. */
bool vm_check(bool good, const char *detail, const char *name, ...)
	__attribute__((format(printf, 3, 4)));
/** vm_skip - a result that this kernel cannot give. */
void vm_skip(const char *reason, const char *name);
/** vm_die - give up: what the proof needs is not there. */
_Noreturn void vm_die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** vm_run_on - move the calling thread to one CPU, by the plain system call. */
void vm_run_on(unsigned cpu);

/* Pages of a range by the node that the kernel says they are on. */
struct vm_pages {
	uint64_t on[VM_MAX_NODES];
	uint64_t nowhere; /* no page there, or the kernel does not answer */
};
/** vm_pages_count - ask get_mempolicy for each page; untouched pages are populated. */
void vm_pages_count(const void *addr, size_t len, struct vm_pages *pages);
/** vm_numa_maps - the line of /proc/self/numa_maps of the mapping at @addr. */
bool vm_numa_maps(const void *addr, char *line, size_t len);
/** vm_pages_text - for messages: "node0 3 node1 5". */
const char *vm_pages_text(const struct vm_pages *pages);

/* The proofs; argv holds what follows their name. */
void vm_prove_topo(const struct vm_shape *shape, int argc, char **argv);
void vm_prove_arenas(const struct vm_shape *shape, int argc, char **argv);
void vm_prove_full(const struct vm_shape *shape, int argc, char **argv);
void vm_prove_pins(const struct vm_shape *shape, int argc, char **argv);
void vm_prove_places(const struct vm_shape *shape, int argc, char **argv);
void vm_prove_follow(const struct vm_shape *shape, int argc, char **argv);
void vm_prove_record(const struct vm_shape *shape, int argc, char **argv);
void vm_prove_kernel(const struct vm_shape *shape, int argc, char **argv);
void vm_prove_measured(const struct vm_shape *shape, int argc, char **argv);
void vm_prove_order(const struct vm_shape *shape, int argc, char **argv);
/** vm_hold - fill one node but for some MiB, say so, wait until stdin ends. */
void vm_hold(const struct vm_shape *shape, int argc, char **argv);

#endif
