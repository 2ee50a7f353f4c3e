/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The order in which samples are taken.  Groups of cells that differ in the
 * variant alone come in a shuffled order; inside a group the variants are
 * interleaved, forwards and backwards in turn (A B C C B A A B C ...), so that
 * a drift of the machine meets all of them alike.  The order is a function of
 * the cells and the seed, so a resumed run continues it.
 */
#ifndef HARNESS_SCHEDULE_H
#define HARNESS_SCHEDULE_H

#include "harness/matrix/matrix.h"

struct sched_slot {
	uint32_t cell;	 /* index into the cells */
	uint32_t sample; /* number of the repetition, from 0 */
	bool done;	 /* a finished record exists */
};

struct sched {
	size_t nr;		 /* samples of supported cells */
	size_t nr_done;		 /* of these */
	struct sched_slot *slot; /* the turn is the index */
};

/** sched_build - order the samples; 0 or -ENOMEM.  Free with sched_free. */
int sched_build(struct sched *s, const struct matrix_cells *cells, unsigned samples, uint64_t seed);
void sched_free(struct sched *s);

/** sched_append - one more sample, after all others; 0 or -ENOMEM. */
int sched_append(struct sched *s, uint32_t cell, uint32_t sample);

/**
 * sched_resume - mark what need not be done again
 * @have: @nr records, as of store_latest()
 * Done is a sample whose cell has the same hash and whose status says that it
 * was measured: ok, or invalid (measured, target missed).
 * Return: 0 or -ENOMEM.
 */
int sched_resume(struct sched *s, const struct matrix_cells *cells,
		 const struct record *const *have, size_t nr);

/** sched_finished - does a record with this status count as measured? */
bool sched_finished(const char *status);

/** sched_seed - seed of the request streams of repetition @sample. */
uint64_t sched_seed(uint64_t seed, unsigned sample);

/*
 * How long samples take: the mean of what was seen of the cell, of its group,
 * or of all, and a prior when nothing was seen.
 */
struct sched_times {
	const struct matrix_cells *cells;
	struct sched_mean {
		double sum;
		unsigned nr;
	} all, *cell, *group;
};
/** sched_times_init - 0 or -ENOMEM; free with sched_times_free. */
int sched_times_init(struct sched_times *t, const struct matrix_cells *cells);
void sched_times_free(struct sched_times *t);
void sched_times_add(struct sched_times *t, size_t cell, double seconds);
/** sched_left - expected seconds of the slots from @from that are not done. */
double sched_left(const struct sched_times *t, const struct sched *s, size_t from);
/** sched_estimate - expected seconds of one sample of a cell. */
double sched_estimate(const struct sched_times *t, size_t cell);

#endif
