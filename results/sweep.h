/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sweeps: variants of a run that differ in the number that one tunable has, as
 * `run --sweep pcp.batch=15,31,63` makes them.  They are shown as studies of
 * such a tunable show them: throughput and tail latency by its value.
 *
 * A point is the median of the samples' values with the distribution-free
 * interval of a median (between order statistics); of a percentile it is that
 * of all samples' operations together, as percentiles can not be averaged,
 * with a bootstrap interval over the samples.
 *
 * Threads: none.  Out of memory ends the process, as in a comparison.
 */
#ifndef RESULTS_SWEEP_H
#define RESULTS_SWEEP_H

#include "results/sinks.h"
#include "results/store.h"

#define SWEEP_MAX_POINTS 32
#define SWEEP_MAX 16
#define SWEEP_MAX_ROWS 64

struct sweep_point {
	const char *variant; /* borrowed from the run */
	double x;	     /* NaN: the variant without the override */
};

struct sweep {
	char base[REC_TEXT], tunable[64];
	unsigned nr;
	struct sweep_point at[SWEEP_MAX_POINTS]; /* the base first, if the run has it */
};

/* What is shown of each point. */
struct sweep_metric {
	const char *id, *title, *unit;
	const char *brief; /* head of a column: short, with the unit */
	const char *hist;  /* name of the histogram, for a percentile; NULL: */
	unsigned one_in;   /* of its operations is longer: 100 for a 99th percentile */
	const char *field; /* of the record */
};
extern const struct sweep_metric sweep_metrics[]; /* id NULL ends it */

struct sweep_value {
	size_t n;	      /* samples; 0: none has a value */
	double value, lo, hi; /* NaN: none */
	bool range; /* too few samples for an interval: lo and hi are the least and most */
};

struct sweep_data {
	const struct record **latest; /* owned, the samples that count */
	size_t nr_latest;
	unsigned nr, nr_rows;
	struct sweep of[SWEEP_MAX];
	const struct record *row[SWEEP_MAX_ROWS]; /* one sample of each, for its coordinates */
	double alpha;				  /* intervals cover 1 - alpha */
};

/** sweep_gather - all sweeps of a run, which must outlive @d; free with sweep_release(). */
void sweep_gather(struct sweep_data *d, const struct run_data *run, double alpha);
void sweep_release(struct sweep_data *d);
/** sweep_row_name - "bulk order 0, 2 threads". */
void sweep_row_name(const struct sweep_data *d, unsigned row, char *text, size_t len);
/** sweep_at - a point of a row. */
struct sweep_value sweep_at(const struct sweep_data *d, unsigned row, const char *variant,
			    const struct sweep_metric *m);

/** sweep_print - all sweeps of a run, one table for each row; false: it has none. */
bool sweep_print(const struct run_data *run, const struct sink_style *style, FILE *f);

#endif
