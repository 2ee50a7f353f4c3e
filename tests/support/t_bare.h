/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The yardstick of `make bench`: free frames on one linked list per core, and
 * nothing else: no lock, no statistics, no orders, no merging, no bounds.
 * Each list gets an equal part of all frames when its CPU is first unparked.
 *
 * A link is the first word of a descriptor of 64 bytes, as large as the kernel's:
 * that is the per-core list of the LLFree evaluation (USENIX ATC'23), from which
 * the project's bars come.  With descriptors of 8 bytes, links and nothing else,
 * eight frames share a line, which no allocator with descriptors can have: a
 * lower bound of another kind.
 */
#ifndef TESTS_T_BARE_H
#define TESTS_T_BARE_H

#include "core/pga.h"

struct t_bare_node {
	struct t_bare_node *next;
};

#define T_BARE_SHIFT 6u /* log2 of the bytes of a descriptor */

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
