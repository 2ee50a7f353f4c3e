/* SPDX-License-Identifier: GPL-2.0-only */
/* Synthetic results for tests: records, run directories, and scratch folders. */
#ifndef TESTS_SUPPORT_T_RUN_H
#define TESTS_SUPPORT_T_RUN_H

#include "results/store.h"
#include "tests/support/t_seed.h"

/** t_scratch - a new empty folder under $TMPDIR or /tmp; path in @dir. */
void t_scratch(char *dir, size_t len);
/** t_remove - remove a folder and all that it holds. */
void t_remove(const char *dir);
/** t_write - @text and a newline into @path below @folder; makes the folders between. */
void t_write(const char *folder, const char *path, const char *text);

/* One cell of a synthetic run: @n samples around a median. */
struct t_cell {
	const char *variant, *workload;
	unsigned order, threads;
	double median; /* of ns_op */
	double spread; /* standard deviation as a share of the median; below 0: no
			  chance, samples evenly spaced over +- its absolute value */
	unsigned n;
	const char *status; /* NULL = ok */
	const char *flags;  /* NULL = none */
};

/**
 * t_latency - histograms of operations that take @ns, two and three times as
 * long by their path, and one in fifty of each twenty times that
 */
void t_latency(struct record *r, double ns);

/** t_record - a whole, plausible record: sample @i of @c, drawn from @seed. */
void t_record(struct record *r, const struct t_cell *c, unsigned i, uint64_t seed);

/**
 * t_run_fill - a run in memory with the samples of @nr cells, interleaved
 * The caller releases it with store_release().
 */
void t_run_fill(struct run_data *run, const struct t_cell *cells, unsigned nr, uint64_t seed);

/** t_run_write - the same as a run directory; aborts with a message on failure. */
void t_run_write(const char *dir, const struct t_cell *cells, unsigned nr, uint64_t seed);

/** t_manifest - a manifest with a whole environment; new reference. */
json_t *t_manifest(void);

#endif
