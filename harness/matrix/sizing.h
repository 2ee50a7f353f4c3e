/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a cell needs of the machine, worked out from data alone: bench_need of
 * harness/matrix/cell.h, and the shares that the engine uses too, so that the plan
 * and the sample agree.
 *
 * Pure: any thread.
 */
#ifndef HARNESS_SIZING_H
#define HARNESS_SIZING_H

#include "harness/engine/machine_conf.h"

/* Pages of each of three windows per node that are populated when a workload
   touches nothing, so that binding can be proven. */
#define PROOF_WINDOWS 3u
#define PROOF_WINDOW_BYTES (64u << MACHINE_PAGE_SHIFT)

/* Process, libraries, stacks, results; and of each thread, its histograms of latencies. */
#define SIZING_ALLOWANCE (64ull << 20)
#define SIZING_PER_THREAD (1ull << 20)

/**
 * sizing_run - fill in what wl->slots() and wl->rounds() may read
 * @run: zeroed; run->threads: [cell->threads], zeroed; of each thread index and
 *       frames are set: its equal part of the frames that its placement can
 *       reach
 */
void sizing_run(struct wl_run *run, const struct bench_cell *cell, const struct machine_conf *m);

/** sizing_threads - @nr zeroed threads, aligned; NULL; free() returns them. */
struct wl_thread *sizing_threads(unsigned nr);

/** sizing_extent_node - the node with memory that an extent belongs on. */
unsigned sizing_extent_node(const struct machine_conf *m, const struct pga_extent *ext);

/**
 * sizing_supported - can the variant serve the cell on this machine?
 * Return: 0, or -EOPNOTSUPP with what it lacks in @why.
 */
int sizing_supported(const struct bench_cell *cell, const struct machine_conf *m,
		     const struct topo *t, char *why, size_t len);

#endif
