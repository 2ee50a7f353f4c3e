/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the command line of plan and run to the cells: plug-in, topology,
 * matrix, sweeps, limits, filters.
 */
#ifndef HARNESS_MATRIX_OPEN_H
#define HARNESS_MATRIX_OPEN_H

#include "harness/matrix/matrix.h"
#include "harness/matrix/schedule.h"

#include <jansson.h>

struct matrix_opts {
	bool quick, oversubscribe, force, no_colour, self_check;
	const char *events; /* file, NULL = none */
	struct opt_list filter, sweep;
	const char *dir, *topo, *distances, *plugin;
	int64_t seed;	 /* -1 = the matrix's */
	int64_t samples; /* 0 = as the matrix and the rank test ask */
	const char *passes;
	int64_t frag_every; /* 0 = the pass's own choice */
};

/* Rows of the option tables of plan and run. */
#define MATRIX_OPTIONS                                                                             \
	{ "quick",  0,                                                                             \
	  OPT_FLAG, offsetof(struct matrix_opts, quick),                                           \
	  NULL,	    "the quick matrix instead of the default one",                                 \
	  0,	    0,                                                                             \
	  NULL },                                                                                  \
		{ "filter",                                                                        \
		  'f',                                                                             \
		  OPT_LIST,                                                                        \
		  offsetof(struct matrix_opts, filter),                                            \
		  "KEY=VALUE",                                                                     \
		  "only cells with this value of variant, workload, params, order, threads, "      \
		  "placement "                                                                     \
		  "or memory; several values of one key are alternatives",                         \
		  0,                                                                               \
		  0,                                                                               \
		  NULL },                                                                          \
		{ "sweep",                                                                         \
		  0,                                                                               \
		  OPT_LIST,                                                                        \
		  offsetof(struct matrix_opts, sweep),                                             \
		  "TUNABLE=A,B,C",                                                                 \
		  "add a variant for each value, for each variant that has the tunable",           \
		  0,                                                                               \
		  0,                                                                               \
		  NULL },                                                                          \
		{ "output",                                                                        \
		  'o',                                                                             \
		  OPT_TEXT,                                                                        \
		  offsetof(struct matrix_opts, dir),                                               \
		  "DIR",                                                                           \
		  "the run directory; resumed when it exists; default results/runs/NAME-DATE",     \
		  0,                                                                               \
		  0,                                                                               \
		  NULL },                                                                          \
		{ "topo",   0,                                                                     \
		  OPT_TEXT, offsetof(struct matrix_opts, topo),                                    \
		  "SPEC",   "another topology: synthetic:STRING, flat, or an hwloc XML file",      \
		  0,	    0,                                                                     \
		  NULL },                                                                          \
		{ "distances", 0,                                                                  \
		  OPT_TEXT,    offsetof(struct matrix_opts, distances),                            \
		  "ROWS",      "distances between nodes, such as 10,21/21,10",                     \
		  0,	       0,                                                                  \
		  NULL },                                                                          \
		{ "plugin",  0,                                                                    \
		  OPT_TEXT,  offsetof(struct matrix_opts, plugin),                                 \
		  "FILE.so", "load an allocator, usable as a variant by its name",                 \
		  0,	     0,                                                                    \
		  NULL },                                                                          \
		{ "seed",  0,                                                                      \
		  OPT_INT, offsetof(struct matrix_opts, seed),                                     \
		  "N",	   "seed of request streams and schedule; default: the matrix's",          \
		  0,	   INT64_MAX,                                                              \
		  NULL },                                                                          \
		{ "samples",                                                                       \
		  'n',                                                                             \
		  OPT_INT,                                                                         \
		  offsetof(struct matrix_opts, samples),                                           \
		  "N",                                                                             \
		  "samples of each cell, 1 to 1000; default: the matrix's minimum, or as many as " \
		  "the "                                                                           \
		  "rank test needs",                                                               \
		  1,                                                                               \
		  MATRIX_MAX_SAMPLES,                                                              \
		  NULL },                                                                          \
		{ "passes",                                                                        \
		  0,                                                                               \
		  OPT_TEXT,                                                                        \
		  offsetof(struct matrix_opts, passes),                                            \
		  "PASS,...",                                                                      \
		  "what to measure: time, paths, costs, counters, frag, latency (default: all)",   \
		  0,                                                                               \
		  0,                                                                               \
		  NULL },                                                                          \
		{ "frag-every",                                                                    \
		  0,                                                                               \
		  OPT_INT,                                                                         \
		  offsetof(struct matrix_opts, frag_every),                                        \
		  "N",                                                                             \
		  "allocations and frees between two samples of fragmentation, doubled as often "  \
		  "as needed to keep at most 64 of them; default 4096",                            \
		  1,                                                                               \
		  INT64_MAX / 4,                                                                   \
		  NULL },                                                                          \
	{                                                                                          \
		"oversubscribe", 0, OPT_FLAG, offsetof(struct matrix_opts, oversubscribe), NULL,   \
			"allow more threads than CPUs; rows are flagged o", 0, 0, NULL             \
	}

struct matrix_job {
	struct matrix *m;
	struct topo *topo;
	struct matrix_cells cells;
	struct matrix_limits limits;
	char path[4096]; /* of the matrix file */
	char build_id[65];
	json_t *env;
	json_t *measured;	/* measured distances, NULL = there are none: */
	char not_measured[256]; /* why */
	unsigned samples;	/* of each cell */
	double until;		/* of the matrix; 0 when the command line gave the number */
	unsigned samples_min;	/* that the rank test needs to pass Holm */
	unsigned comparisons;	/* that Holm corrects for */
};

/**
 * matrix_open - resolve the options
 * @file: the positional argument, NULL = the default or quick matrix
 * Return: EXIT_OK; EXIT_USAGE or EXIT_FAILED after one line on stderr.
 * matrix_close() in any case.
 */
int matrix_open(struct matrix_job *job, const struct matrix_opts *o, const char *file);
void matrix_close(struct matrix_job *job);

/** matrix_count_skipped - unsupported cells; *too_big of them for memory. */
size_t matrix_count_skipped(const struct matrix_job *job, size_t *too_big);

/** matrix_print_plan - "matrix NAME: 4 variants x ... = 48 cells x 8 samples, about 3 min, ..." */
void matrix_print_plan(const struct matrix_job *job, double seconds, FILE *f);

#endif
