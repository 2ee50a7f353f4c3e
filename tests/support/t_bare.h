/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The yardstick of `make bench`: free frames on one linked list per core, and
 * nothing else: no lock, no statistics, no orders, no merging, no bounds.
 * Each list gets an equal part of all frames when its CPU is first unparked.
 *
 * A link is the first word of a descriptor of 16 bytes, as large as those of
 * linux-3.10 here: both walk the same memory, and what is compared is the work.
 * With 64 bytes, as large as the kernel's, it is the per-core list of the LLFree
 * evaluation (USENIX ATC'23), which memory slows down; with 8 bytes, links and
 * nothing else, it is denser than any allocator with descriptors can be.
 */
#ifndef TESTS_T_BARE_H
#define TESTS_T_BARE_H

#include "core/pga.h"

struct t_bare_node {
	struct t_bare_node *next;
};

#define T_BARE_SHIFT 4u /* log2 of the bytes of a descriptor */

/*
 * As a mechanism; tunables "lists": how many CPUs share the frames, "shift":
 * log2 of the bytes of a descriptor.
 */
extern const struct pga_ops t_bare;
enum { T_BARE_LISTS, T_BARE_POLICY_SHIFT };

/** t_bare_node - descriptor number @i of an array of those of 2^@shift bytes */
static inline struct t_bare_node *t_bare_node(void *nodes, size_t i, unsigned shift)
{
	return (struct t_bare_node *)(void *)((char *)nodes + (i << shift));
}

/** t_bare_link - a list of @nr nodes in ascending order; its head. */
struct t_bare_node *t_bare_link(void *nodes, size_t nr, unsigned shift);

#endif
