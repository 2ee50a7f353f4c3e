/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the requests of a run's cells asked and which nodes served them: what
 * the group "places" of the records holds, cell by cell, over all samples that
 * count.  Only runs with several nodes have it.
 *
 * Threads: none of its own; the run must outlive what points into it.
 */
#ifndef RESULTS_PLACES_H
#define RESULTS_PLACES_H

#include "results/heatmap.h"
#include "results/store.h"

#define PLACES_MAX_NODES 64u

struct places_node {
	double free;	  /* frames, median; NaN: not known */
	double fu9;	  /* median; NaN: nothing was free */
	double exhausted; /* requests of a thread until it did not serve, median of the samples
			     where that came; NaN: it never came */
};

struct places {
	const struct record *first; /* a sample of the cell: its key, its flags */
	unsigned nr_samples, nr_nodes;
	double requests;				   /* served, of all samples */
	double share[PLACES_MAX_NODES * PLACES_MAX_NODES]; /* %, by node asked for and server,
							      rows of nr_nodes */
	struct places_node node[PLACES_MAX_NODES];
	char title[REC_TEXT], note[5 * REC_TEXT]; /* the cell in words, for a map */
	char unit[64];
};

/**
 * places_latest - the samples of a run that count, cell by cell in the order of their keys
 * Return: to be freed; never NULL.
 */
const struct record **places_latest(const struct run_data *run, size_t *nr);

/**
 * places_next - the next cell with several nodes
 * @latest: as of places_latest()
 * @next: 0 for the first cell; moved on
 * Return: false at the end.
 */
bool places_next(struct places *p, const struct record *const *latest, size_t nr, size_t *next);

/** places_value - median of a value of the group "places" over the cell's samples; NaN: none. */
double places_value(const struct places *p, const struct record *const *latest, size_t nr,
		    const char *name);

/** places_map - the heat map of nodes asked for by nodes that served; points into @p. */
void places_map(const struct places *p, struct heatmap *map);

/**
 * places_print - a cell on the terminal: shares, the map, each node's state
 * What was not measured is left out, or says why.
 */
void places_print(const struct places *p, const struct record *const *latest, size_t nr, bool utf8,
		  FILE *f);

#endif
