/* SPDX-License-Identifier: GPL-2.0-only */
/* What the workloads across nodes ask of a machine and of its memory. */
#ifndef WORKLOADS_NODES_H
#define WORKLOADS_NODES_H

#include "workloads/wl.h"

/** wl_node_frames - frames of a node, 0 = it has no memory. Pure. */
uint64_t wl_node_frames(const struct pga_conf *conf, unsigned node);
/** wl_node_of - the node that a frame lies on. Pure. */
unsigned wl_node_of(const struct pga_conf *conf, pga_pfn_t pfn);
/** wl_node_free - free frames of a node, without those on lists of CPUs; quiet. */
uint64_t wl_node_free(const struct wl_run *run, unsigned node);
/**
 * wl_node_slack - frames that a node may keep back from requests, at most
 * Its zones' high marks, the largest reserves, and what lists of CPUs and
 * counters may hide.  quiet.
 */
uint64_t wl_node_slack(const struct wl_run *run, unsigned node);
/** wl_node_is_full - does every zone have no more than it may keep back?  quiet. */
bool wl_node_is_full(const struct wl_run *run, unsigned node);

/** wl_falls_back - do requests that name a node ever get frames of another one? */
bool wl_falls_back(const struct wl_run *run, unsigned node);

/**
 * wl_remote_shift - a shift that pairs threads across nodes
 * Thread i with thread i + shift, round the end: the least shift by which most
 * of them meet a thread whose CPU is on another node.
 * @nr_remote: gets how many do
 * Return: 0 when all CPUs are on one node.
 */
unsigned wl_remote_shift(const struct wl_run *run, unsigned *nr_remote);

/** wl_thread_node - the node of the CPU that a thread drives. */
static inline unsigned wl_thread_node(const struct wl_thread *t)
{
	return t->run->conf->cpu_node[t->req.cpu];
}

#endif
