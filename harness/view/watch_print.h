/* SPDX-License-Identifier: GPL-2.0-only */
/* A watched run as a picture for a terminal. */
#ifndef HARNESS_WATCH_PRINT_H
#define HARNESS_WATCH_PRINT_H

#include "harness/view/watch.h"

#include <stdio.h>

struct watch_style {
	unsigned width;	 /* columns, 0 = no limit */
	unsigned height; /* lines, 0 = no limit */
	bool colour;
	bool utf8; /* blocks for the sparklines; else ASCII */
};

/**
 * watch_print - how far it is, and a table of medians
 * Loads are lines and variants are columns.  Sparklines go first when the width
 * is short, then the last columns; lines around the last sample stay when the
 * height is short.  What is left out is said.
 */
void watch_print(const struct watch *w, const struct watch_style *style, FILE *f);

#endif
