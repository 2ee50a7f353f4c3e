/* SPDX-License-Identifier: GPL-2.0-only */
/* Heat maps, node by node: on the terminal, and as SVG. */
#ifndef RESULTS_HEATMAP_H
#define RESULTS_HEATMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct heatmap {
	const char *title; /* "idle latency" */
	const char *unit;
	const char *rows, *columns; /* what they are: "CPUs of node" */
	const char *note;	    /* below the title; "" */
	unsigned nr;		    /* of rows and of columns */
	const double *value;	    /* [nr * nr], row by row; NaN = none */
	double from, to;	    /* of the scale; both 0: the values' own */
};

/** heatmap_print - values with a shade each, the largest darkest; @utf8 false: of ASCII. */
void heatmap_print(const struct heatmap *h, bool utf8, FILE *f);

/** heatmap_draw - all maps in one <svg>, which may stand in a page; none without values. */
void heatmap_draw(const struct heatmap *maps, unsigned nr, FILE *f);

/** heatmap_svg - the same as a file; 0, or -errno of the file with one line in @err. */
int heatmap_svg(const struct heatmap *maps, unsigned nr, const char *path, char *err, size_t len);

#endif
