/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The yardstick of `make bench`: free frames on one linked list per core, and
 * nothing else: no lock, no statistics, no orders, no merging, no bounds.
 * Each list gets an equal part of all frames when its CPU is first unparked.
 */
#ifndef TESTS_T_BARE_H
#define TESTS_T_BARE_H

#include "core/pga.h"

struct t_bare_node {
	struct t_bare_node *next;
};

/* As a mechanism; tunable "lists": how many CPUs share the frames. */
extern const struct pga_ops t_bare;
enum { T_BARE_LISTS };

/** t_bare_link - a list of @nr nodes in ascending order; its head. */
struct t_bare_node *t_bare_link(struct t_bare_node *nodes, size_t nr);

#endif
