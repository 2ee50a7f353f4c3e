/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Distances measured: from the CPUs of a node to the memory of a node, idle
 * latency, bandwidth, and latency under load.
 *
 * Latency is a chase of pointers through one random cycle over all cache lines
 * of a buffer larger than the caches: each load needs the one before it.
 * Bandwidth is what loops of plain vector loads and stores move, as the
 * program counts it: a store that first fetches its line counts once.  Loaded
 * latency is the chase while the other CPUs of the node read.
 *
 * Memory is bound to its node and backed by huge pages where they can be had;
 * threads are pinned.  A value that could not be measured is NaN, with the
 * reason of its pair.
 *
 * Threads: topo_measure starts its own and joins them; nothing is shared
 * between calls.
 */
#ifndef NUMA_MEASURE_H
#define NUMA_MEASURE_H

#include "numa/topo.h"

/* Quantiles of repeated readings; n 0: none, all NaN. */
struct topo_spread {
	double median, p5, p95;
	unsigned n;
};

/* What a pair of nodes is measured for; the table names unit and meaning. */
enum topo_quantity {
	TOPO_LATENCY,
	TOPO_LOADED,
	TOPO_READ_ONE,
	TOPO_WRITE_ONE,
	TOPO_MIXED_ONE,
	TOPO_READ_ALL,
	TOPO_WRITE_ALL,
	TOPO_MIXED_ALL,
	TOPO_NR_QUANTITIES
};
struct topo_quantity_info {
	const char *name, *unit, *help;
};
extern const struct topo_quantity_info topo_quantities[TOPO_NR_QUANTITIES];

struct topo_pair {
	struct topo_spread value[TOPO_NR_QUANTITIES];
	char flags[8];	  /* n noisy, m a thread moved or was not pinned, u not bound */
	char reason[128]; /* why values are missing, "" */
};

struct topo_measured {
	unsigned nr_nodes;
	struct topo_pair *pair; /* [nr_nodes * nr_nodes], from row to column */
	uint64_t buffer;	/* bytes of one buffer; two are in use at a time */
	double seconds;		/* that it took */
	bool quick;
	char when[32];	/* UTC, "2024-05-01T12:00:00Z" */
	char huge[8];	/* what backed the buffers: "no", "2MiB", "1GiB" */
	char note[128]; /* what limits the figures, "" */
};

/* How long and how large, known beforehand. */
struct topo_measure_plan {
	uint64_t buffer;  /* bytes of one buffer */
	uint64_t memory;  /* bytes on one node at a time, everything */
	unsigned repeats; /* readings of each quantity */
	unsigned pairs;	  /* that have CPUs and memory */
	double seconds;	  /* at most, about */
	bool quick;
	char note[128]; /* what limits the figures, "" */
};

/**
 * topo_measure_plan - what a measurement would take
 * @quick: the short version: fewer readings
 * Return: 0; -EOPNOTSUPP: a simulated topology, or too little memory, with @why.
 */
int topo_measure_plan(const struct topo *t, bool quick, struct topo_measure_plan *plan, char *why,
		      size_t len);

/**
 * topo_measure - do it
 * @m: gets the values; free with topo_measured_free
 * Return: 0; -ENOMEM; -EAGAIN no thread could be started; with @why.
 */
int topo_measure(const struct topo *t, const struct topo_measure_plan *plan,
		 struct topo_measured *m, char *why, size_t len);
void topo_measured_free(struct topo_measured *m);

/**
 * topo_measured_dist - distances from measured latencies, 10 for the node itself, 12 at
 * least for others
 * @dist: [nr_nodes * nr_nodes]; a row without CPUs is the column's mirror, what
 *        was measured in neither direction is as declared in @t
 */
void topo_measured_dist(const struct topo_measured *m, const struct topo *t, uint16_t *dist);

/** topo_measured_print - tables for the reader, declared distances beside them. */
void topo_measured_print(const struct topo_measured *m, const struct topo *t, FILE *f);

struct json_t;
/** topo_measured_to_json - new reference, NULL on -ENOMEM. */
struct json_t *topo_measured_to_json(const struct topo_measured *m, const struct topo *t);
/** topo_measured_from_json - the reverse; 0, -EINVAL (not one, or of other nodes), -ENOMEM. */
int topo_measured_from_json(struct topo_measured *m, const struct json_t *json, unsigned nr_nodes);

#endif
