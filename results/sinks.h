/* SPDX-License-Identifier: GPL-2.0-only */
/* Formats that a comparison is printed in; the table is results/sinks.c. */
#ifndef RESULTS_SINKS_H
#define RESULTS_SINKS_H

#include "results/compare.h"

#include <stdio.h>

struct sink_style {
	const char *title; /* goes before the heading of a metric; NULL = none */
	bool colour;	   /* term only */
	bool quiet;	   /* term only: no footnotes, no legend */
	bool brief;	   /* term only: no intervals, the baseline only once */
	bool means;	   /* geometric means by axis too; trackers have no place for them */
	unsigned width;	   /* term only: columns of the screen, 0 = no limit */
};

struct sink {
	const char *name; /* NULL ends the table */
	const char *summary;
	void (*print)(const struct cmp_table *t, const struct sink_style *style, FILE *f);
};
extern const struct sink sinks[];

/** sink_find - by name; NULL if unknown. */
const struct sink *sink_find(const char *name);

/** sink_legend - one line with the letters of @flags and their meaning; nothing for "". */
void sink_legend(const char *flags, FILE *f);
/** sink_flags - the letters that a table holds, in the order of rec_flags. */
void sink_flags(const struct cmp_table *t, char out[16]);

#define SINK_NUMBER 32
/** sink_number - four significant digits, no exponent between 0.001 and 10^7. */
const char *sink_number(char out[SINK_NUMBER], double value);

/** sink_csv_text, sink_csv_number - a field of CSV; of a number with the comma before it. */
void sink_csv_text(const char *text, FILE *f);
void sink_csv_number(double value, FILE *f);

/** sink_reason - what stands where a cell has no value: null, a status, or "-". */
const char *sink_reason(const struct cmp_cell *c);

/** sink_term_means - geometric means by axis of all metrics that have some; see results/means.h. */
void sink_term_means(const struct cmp_table *t, const struct sink_style *style, FILE *f);

/* The sinks themselves. */
void sink_term(const struct cmp_table *t, const struct sink_style *style, FILE *f);
void sink_markdown(const struct cmp_table *t, const struct sink_style *style, FILE *f);
void sink_csv(const struct cmp_table *t, const struct sink_style *style, FILE *f);
void sink_json(const struct cmp_table *t, const struct sink_style *style, FILE *f);
void sink_lkml(const struct cmp_table *t, const struct sink_style *style, FILE *f);
void sink_github_smaller(const struct cmp_table *t, const struct sink_style *style, FILE *f);
void sink_github_bigger(const struct cmp_table *t, const struct sink_style *style, FILE *f);
void sink_bencher(const struct cmp_table *t, const struct sink_style *style, FILE *f);

#endif
