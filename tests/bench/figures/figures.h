/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of `make bench` share: rows are measured one by one, each in a
 * process of its own, repetition after repetition; medians are judged afterwards.
 */
#ifndef TESTS_BENCH_FIGURES_H
#define TESTS_BENCH_FIGURES_H

#include "harness/engine/engine.h"
#include "harness/matrix/cell.h"
#include "numa/topo.h"

#define FIG_MAX_REPS 101u
#define FIG_PAIRS 2000000u /* of one pass */

/* What a repetition of a row found; a row fills what it is for. */
struct figures {
	bool ok, noisy, real_time;
	char why[160];
	double ns, null_ns;	     /* per pair */
	double tsc;		     /* reference cycles per pair */
	double cycles, instructions; /* counted; NaN */
	double core_ghz;	     /* of the core just before */
	double init_s, populate_s, meta;
	double ratio;		       /* to the other side of a duel */
	double scaling[2];	       /* of all threads to one: linux-3.10, bare */
	double p99_ok, p99_fail, took; /* ns, ns, blocks */
};

struct row {
	const char *variant, *workload;
	unsigned order, threads;
	void (*measure)(const struct row *row, struct figures *f);
	const char *other; /* side of a duel */
	unsigned share;	   /* of the bench's memory is a 1/share, 0 = all */
	bool apart;	   /* has figures of its own, below the table of pairs */
};
extern const struct row fig_rows[];
extern const size_t fig_nr_rows;

/* Set by main() before anything is measured. */
struct fig_bench {
	struct topo *topo;
	uint64_t mib; /* of frames per node */
	unsigned reps;
	const char *only; /* part of the names of the workloads to measure; NULL = all */
};
extern struct fig_bench fig;

/* --- sample.c: one variant, one workload --- */

/** fig_cell - @cell for a run of @workload on @variant. Return: false, with @why */
bool fig_cell(struct bench_cell *cell, const char *variant, const char *workload, unsigned order,
	      unsigned threads, char *why, size_t len);
/** fig_core_ghz - the clock of the core that the caller is on */
double fig_core_ghz(void);
void fig_sample(const struct row *row, struct figures *f);
void fig_setup(const struct row *row, struct figures *f);
/** fig_plain - the list as plain code: no call, no request, no result */
void fig_plain(const struct row *row, struct figures *f);

/* --- duel.c: two and four sides in turns --- */

/** fig_duel - row->variant against row->other */
void fig_duel(const struct row *row, struct figures *f);
/** fig_scaling - one thread and two on linux-3.10, the same on the bare list */
void fig_scaling(const struct row *row, struct figures *f);

/* --- high.c: single requests of order 3 in scattered memory --- */
void fig_high(const struct row *row, struct figures *f);

/* --- rows.c --- */

/** fig_measure_all - all repetitions, in turns; 0, or 1 without memory for them */
int fig_measure_all(void);
/** fig_asked - is the row to be measured? */
bool fig_asked(const struct row *row);
/** fig_get - what repetition @rep of row @row found */
const struct figures *fig_get(unsigned rep, size_t row);
/** fig_real_time - did the measuring processes run at real-time priority? */
bool fig_real_time(void);

/* --- print.c: medians, the table, the bars --- */
void fig_print_rows(void);
void fig_print_bars(void);

#endif
