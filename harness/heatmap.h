/* SPDX-License-Identifier: GPL-2.0-only */
/* Heat maps, node by node: on the terminal, and as SVG by gnuplot. */
#ifndef HARNESS_HEATMAP_H
#define HARNESS_HEATMAP_H

#include <stddef.h>
#include <stdio.h>

struct heatmap {
	const char *title; /* "idle latency" */
	const char *unit;
	const char *rows, *columns; /* what they are: "CPUs of node" */
	const char *note;	    /* below the title; "" */
	unsigned nr;		    /* of rows and of columns */
	const double *value;	    /* [nr * nr], row by row; NaN = none */
};

/** heatmap_print - values with a shade each, the largest darkest. */
void heatmap_print(const struct heatmap *h, FILE *f);

/**
 * heatmap_svg - one file with all maps, one below the other
 * Return: 0; -ENOENT gnuplot is not there; -errno of the file; -EIO gnuplot
 * failed; with one line in @err.
 */
int heatmap_svg(const struct heatmap *maps, unsigned nr, const char *path, char *err, size_t len);

#endif
