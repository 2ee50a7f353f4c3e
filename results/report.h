/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The report of a run: one HTML page that needs nothing else, and a gnuplot
 * script for each of its figures.
 *
 * Threads: a report belongs to one thread; the run must outlive it unchanged.
 * Out of memory ends the process with one line, as in a comparison.
 */
#ifndef RESULTS_REPORT_H
#define RESULTS_REPORT_H

#include "results/screen.h"

struct report;

/**
 * report_build - gather what the page shows
 * @paths: the path classes in the order of their cost, as of screen_print()
 * Return: 0, or as cmp_build() with one line in @err.
 */
int report_build(struct report **out, const struct run_data *run, const struct screen_path *paths,
		 char *err, size_t len);
void report_free(struct report *r);

/** report_figure - name of the n-th figure that the run has data for; NULL at the end. */
const char *report_figure(const struct report *r, unsigned n);
/**
 * report_gnuplot - the n-th figure as a script that holds its data
 * Run in its folder, it writes NAME.svg and NAME.pdf there; of "nodes" the PDF
 * alone, see report_nodes_svg().
 */
void report_gnuplot(const struct report *r, unsigned n, FILE *f);
/**
 * report_nodes_svg - the heat maps of nodes as a file; none is written where there are none
 * Return: 0, or -errno with one line in @err.
 */
int report_nodes_svg(const struct report *r, const char *path, char *err, size_t len);
/**
 * report_html - the page
 * @raw: address of the run directory, as seen from the page; "" gives no links
 * @figures_why: why there are no figure files; NULL: they lie in figures/
 */
void report_html(const struct report *r, const char *raw, const char *figures_why, FILE *f);

#endif
