/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Comparison of samples by axes: rows are points of some axes, columns the
 * values of one, and every cell is compared with the baseline's cell of its
 * row.  docs/METHOD.md says what the words mean.
 *
 * Threads: one table belongs to one thread; the runs must outlive it unchanged.
 * Out of memory ends the process with one line: a comparison has nothing to lose.
 */
#ifndef RESULTS_COMPARE_H
#define RESULTS_COMPARE_H

#include "results/stats.h"
#include "results/store.h"

#define CMP_MAX_AXES 8
#define CMP_MAX_METRICS 32
#define CMP_MAX_RUNS 2

struct cmp_conf {
	/* Names of axes: fields of direction 'k', and "run". NULL ends a list. */
	const char *const *rows;    /* NULL: workload, order, threads, and what else varies */
	const char *col;	    /* NULL: variant; "run" with two runs */
	const char *baseline;	    /* value of col; NULL: the manifest's, else the first */
	const char *const *metrics; /* field, or "PREFIX:NAME" of a group; NULL: ns_op */
	const char *const *filters; /* "axis=value": of one axis any, of several all */
	struct stats_conf stats;
	double threshold; /* a change up to this share is no regression */
	bool force;	  /* compare unlike machines, with a note */
	bool drop_empty;  /* leave rows out that have no value at all */
};

/* Statuses of a sample, in the order in which they are counted. */
enum cmp_status {
	CMP_INVALID,
	CMP_UNSUPPORTED,
	CMP_CRASHED,
	CMP_TIMEOUT,
	CMP_OOM,
	CMP_FAILED,
	CMP_NR_STATUS
};
extern const char *const cmp_status_names[CMP_NR_STATUS];

enum cmp_word {
	CMP_NOT_COMPARED, /* the baseline itself, a reference, or nothing to compare */
	CMP_FASTER,
	CMP_SLOWER,
	CMP_BETTER,
	CMP_WORSE,
	CMP_SAME,
	CMP_NOT_SEPARATED,
	CMP_NR_WORDS
};
extern const char *const cmp_words[CMP_NR_WORDS];

struct cmp_metric {
	char name[80]; /* as asked */
	const char *unit;
	char better; /* '<', '>', or '-': shown, never judged */
	bool time;   /* its words are faster and slower */
	bool pooled; /* a cell's value is of all its samples' operations, no median of theirs */
	/* Internal: where the value lies. */
	const struct rec_group *group;
	const char *in_group;
	const struct rec_field *field;
};

/** cmp_better - "lower", "higher" or "neither". */
static inline const char *cmp_better(const struct cmp_metric *m)
{
	return m->better == '<' ? "lower" : m->better == '>' ? "higher" : "neither";
}

/* A value and the round of the schedule that it comes from. */
struct cmp_round {
	uint64_t sample;
	double value;
	const struct record *r;
};

/** cmp_summary - what a cell's value is of those of its samples. */
static inline const char *cmp_summary(const struct cmp_metric *m)
{
	return m->pooled ? "all samples" : "median";
}

struct cmp_cell {
	size_t n;			/* samples with a value */
	double *values;			/* [n], sorted; owned */
	struct cmp_round *rounds;	/* [n], by sample; owned */
	unsigned status[CMP_NR_STATUS]; /* samples that do not count, by status */
	unsigned nulls;			/* valid samples without this value */
	char flags[16];			/* of all samples that count */
	uint64_t key;			/* of the cell's coordinates, for the bootstrap */
	const char *reason;    /* of the first sample that does not count; NULL: none is given */
	const char *why;       /* why there is no value; NULL: nothing was run */
	double median, spread; /* median: or pooled, see cmp_metric; spread: see stats_mape */
	bool compared;	       /* cmp and word are set, and it is of the family */
	struct stats_cmp cmp;
	enum cmp_word word;
	bool regression; /* slower or worse by more than the threshold */
};

struct cmp_row {
	char label[CMP_MAX_AXES][REC_TEXT];
	bool mixed; /* cells of unlike axes came together here */
};

struct cmp_col {
	char label[REC_TEXT];
	bool reference; /* shown, never judged: the null variant */
};

struct cmp_table {
	unsigned nr_axes, nr_cols, nr_metrics;
	size_t nr_rows;
	const char *axes[CMP_MAX_AXES]; /* of the rows */
	const char *col_axis;
	struct cmp_row *rows;
	struct cmp_col *cols; /* the baseline is column 0 */
	struct cmp_metric metrics[CMP_MAX_METRICS];
	struct cmp_cell *cells; /* see cmp_at */
	struct stats_conf stats;
	size_t family;	      /* comparisons that Holm corrected for */
	size_t paired;	      /* of these: by pairs of rounds */
	unsigned min_samples; /* a side, so that one of them can be separated */
	size_t words[CMP_NR_WORDS];
	size_t regressions;
	size_t lost; /* cells without a sample that counts where the baseline has some */
	bool simulated;
	char **notes; /* [nr_notes], footnotes */
	size_t nr_notes;
};

static inline struct cmp_cell *cmp_at(const struct cmp_table *t, unsigned metric, size_t row,
				      unsigned col)
{
	return &t->cells[(metric * t->nr_rows + row) * t->nr_cols + col];
}

/**
 * cmp_build - compare
 * @runs: one run, or two; with two the first is the baseline unless conf says else
 * @err: one line on failure
 * Return: 0; -EINVAL for an unknown axis, value or metric; -ENODATA when no
 * sample is left; -EPERM when the runs must not be compared: simulated with
 * real ones, or, without conf->force, of unlike machines.
 */
int cmp_build(struct cmp_table **out, const struct run_data *const *runs, unsigned nr_runs,
	      const struct cmp_conf *conf, char *err, size_t len);
void cmp_free(struct cmp_table *t);

#endif
