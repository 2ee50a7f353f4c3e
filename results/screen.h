/* SPDX-License-Identifier: GPL-2.0-only */
/* What a run ends with: who is faster, what an allocation costs, who fragments less. */
#ifndef RESULTS_SCREEN_H
#define RESULTS_SCREEN_H

#include "results/sinks.h"

/* A path class, cheapest first; name NULL ends the list. */
struct screen_path {
	const char *name;
	bool slow; /* below the line */
};

/**
 * screen_paths - what an allocation costs: shares of the path classes of all
 * samples that count, by variant, and their costs where some were measured
 * A cost is the median over the samples, each weighted by the operations that
 * it has of the class.  Prints nothing when no sample has paths.
 */
void screen_paths(const struct run_data *run, const struct cmp_table *t,
		  const struct screen_path *paths, unsigned width, FILE *f);

/**
 * screen_places - which nodes did not serve and what is left of them; only with several nodes
 * @width: of a line, as of struct sink_style
 */
void screen_places(const struct run_data *run, unsigned width, FILE *f);

/**
 * screen_frag_next - the tables of who fragments less, one by one
 * @next: 0 for the first; moved on
 * @out: to be freed by cmp_free(); NULL at the end
 * Return: 0, or as cmp_build() with one line in @err.
 */
int screen_frag_next(const struct run_data *run, unsigned *next, struct cmp_table **out, char *err,
		     size_t len);

/**
 * screen_print - the closing tables of a run
 * @paths: the path classes in the order of their cost; others are left out
 * Blocks without data are left out.
 * Return: 0, or as cmp_build() with one line in @err.
 */
int screen_print(const struct run_data *run, const struct screen_path *paths,
		 const struct sink_style *style, FILE *f, char *err, size_t len);

#endif
