/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Placements: which nodes a thread asks for, in the words of numactl(8).
 *
 *   local | bind[:NODES] | preferred[:NODE] | preferred-many:NODES |
 *   interleave[:NODES] | weighted-interleave:NODES=WEIGHT,...
 *
 * NODES as topo_parse_nodes reads them.  Several placements with '/' between
 * them are those of thread 0, 1, ..., from the first again when there are more
 * threads.
 *
 * A placement is a policy of the requests alone: it fills in the node, the
 * mask and the flags of struct pga_req and pga_ctx, and the allocator's own
 * zonelists do the rest.  docs/MATRIX.md has the rules of fallback.
 */
#ifndef HARNESS_PLACEMENT_H
#define HARNESS_PLACEMENT_H

#include "harness/engine/machine_conf.h"

#define PLACE_MAX_PARTS 16u
#define PLACE_MAX_WEIGHT 255u /* as in the kernel */

enum placement_kind {
	PLACE_LOCAL,
	PLACE_BIND,
	PLACE_PREFERRED,
	PLACE_PREFERRED_MANY,
	PLACE_INTERLEAVE,
	PLACE_WEIGHTED,
	PLACE_NR
};
struct placement_info {
	const char *name, *help;
	unsigned takes;	     /* set of placement.c's PL_ bits */
	uint32_t more, less; /* flags added to and taken from the requests' own */
};
extern const struct placement_info placement_infos[PLACE_NR];

/* One part, resolved on a machine. */
struct placement_part {
	const struct placement_info *info;
	uint64_t mask; /* nodes with memory that it names; 0 = the CPU's node */
	int8_t *nodes; /* asked for in turn; NULL */
	unsigned nr_nodes;
};
struct placement {
	unsigned nr;
	struct placement_part part[PLACE_MAX_PARTS];
	struct pga_ctx ctx[PLACE_MAX_PARTS]; /* points to the masks */
};

/**
 * placement_check - is the text a placement, on whatever machine?
 * Return: 0, or -EINVAL with what is wrong, and the nearest valid word, in @why.
 */
int placement_check(const char *text, char *why, size_t len);

/**
 * placement_make - resolve a text on a machine
 * @p: gets it; free with placement_free, also after a failure
 * Return: 0; -EINVAL bad text; -EOPNOTSUPP nodes that this machine lacks, or
 * that have no memory; -ENOMEM; with one line in @why.
 */
int placement_make(struct placement *p, const char *text, const struct machine_conf *m, char *why,
		   size_t len);
void placement_free(struct placement *p);

/**
 * placement_reach - the nodes that a thread can ever get frames from
 * @node: of the thread's CPU
 * Return: bit n for node n; all nodes with memory unless it is bound.
 */
uint64_t placement_reach(const struct placement *p, const struct machine_conf *m, unsigned thread,
			 unsigned node);

/** placement_turns - does the placement of a thread interleave? */
bool placement_turns(const struct placement *p, unsigned thread);

/**
 * placement_apply - what it means for the requests of a thread
 * @t: its req (cpu and gfp set), nodes, next_node, ctx, more, less, again are
 *     filled in; @p must outlive it
 */
void placement_apply(const struct placement *p, const struct machine_conf *m, struct wl_thread *t);

#endif
