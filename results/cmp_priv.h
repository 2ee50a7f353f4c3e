/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files that make a comparison; nobody else includes it. */
#ifndef RESULTS_CMP_PRIV_H
#define RESULTS_CMP_PRIV_H

#include "results/compare.h"

/* A sample that was chosen. */
struct cmp_item {
	const struct record *r;
	unsigned run;
	size_t row;
	unsigned col;
};

struct cmp_work {
	const struct cmp_conf *conf;
	const struct run_data *const *runs;
	unsigned nr_runs;
	struct cmp_table *t;
	struct cmp_item *items;
	size_t nr_items, superseded;
	unsigned row_axis[CMP_MAX_AXES]; /* numbers of t->axes */
	unsigned long mixed;		 /* bit i: axis i of the key varies inside a row */
	char *err;
	size_t len;
};

/* The axes: fields of the key in their order, then "run". */
#define CMP_AXIS_RUN 7u
const char *cmp_axis_name(unsigned axis);
/** cmp_axis_value - text of a sample's coordinate; @buf of REC_TEXT bytes. */
const char *cmp_axis_value(const struct cmp_work *w, const struct cmp_item *it, unsigned axis,
			   char *buf);

/** cmp_axis_find - number of the axis called @name, @n bytes; -EINVAL with w->err. */
int cmp_axis_find(struct cmp_work *w, const char *name, size_t n);

/** cmp_zalloc - zeroed memory, never NULL; @n may be 0. */
void *cmp_zalloc(size_t n, size_t size);
/** cmp_note - add a footnote. */
void cmp_note(struct cmp_table *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** cmp_near - the name that differs least from @word, or NULL. */
const char *cmp_near(const char *word, const char *const *names, size_t nr);

/* The steps of cmp_build; 0 or -errno with w->err. */
int cmp_select(struct cmp_work *w);  /* items: latest, filtered, of one kind */
int cmp_layout(struct cmp_work *w);  /* rows and columns */
int cmp_metrics(struct cmp_work *w); /* what is compared */
/** cmp_value - a metric of a sample; NaN with the reason in *why. */
double cmp_value(const struct cmp_metric *m, const struct record *r, const char **why);
/**
 * cmp_latency_value - a percentile of a sample, however few operations it has; NaN
 * cmp_latency_pool - percentiles of all cells that are compared by one
 * cmp_latency_compare - ratio, difference and intervals of such cells; others stay
 */
double cmp_latency_value(const struct cmp_metric *m, const struct record *r);
void cmp_latency_pool(struct cmp_table *t);
void cmp_latency_compare(const struct cmp_metric *m, const struct stats_conf *conf,
			 const struct cmp_cell *base, struct cmp_cell *c);
void cmp_notes(struct cmp_work *w); /* all that a reader must know */

#endif
