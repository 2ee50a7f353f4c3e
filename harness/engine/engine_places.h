/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Locality of one path pass: where requests asked and where they were served,
 * and in what state each node's memory was when the workload had done its
 * work (at its target, where it states one, else at its end).
 *
 * Threads: used by the engine alone, between the phases.
 */
#ifndef HARNESS_ENGINE_PLACES_H
#define HARNESS_ENGINE_PLACES_H

#include "core/pga.h"
#include "workloads/wl.h"

struct engine;

/* One node; of one without memory only the requests mean something. */
struct eng_node {
	uint64_t free;	       /* frames */
	double fu9;	       /* share of them in blocks below order 9; NaN: none free */
	uint64_t exhausted_at; /* the thread's request that it was the first not to serve; 0:
				  none, the least of all threads */
};

struct eng_places {
	bool counted;	/* the rest means something */
	bool has_nodes; /* node[].free and fu9 do */
	bool has_turns; /* the placement interleaves */
	unsigned nr_nodes;
	uint64_t in_turn; /* requests served by the node whose turn it was */
	uint64_t local;	  /* requests served by the node of their CPU */
	uint64_t total;	  /* requests served */
	uint64_t served[PGA_MAX_NODES * PGA_MAX_NODES]; /* by node asked for and server, rows of
							   nr_nodes */
	struct eng_node node[PGA_MAX_NODES];
};

/** eng_places_nodes - look at the free memory of each node; the instance must be quiet. */
void eng_places_nodes(struct eng_places *p, const struct engine *e);

/** eng_places_gather - add up the threads' counts. */
void eng_places_gather(struct eng_places *p, const struct wl_run *run);

#endif
