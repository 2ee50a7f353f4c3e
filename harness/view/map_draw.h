/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory map over time (results/rec_map.h), on a terminal and as SVG. */
#ifndef HARNESS_MAP_DRAW_H
#define HARNESS_MAP_DRAW_H

#include "results/rec_map.h"

#include <stdio.h>

/* What the screen can show. */
struct map_style {
	unsigned width, rows; /* of characters: of a line; of the picture, about */
	bool colour;	      /* of 256, by escape sequences */
	bool utf8;
};

/**
 * map_print - time to the right, memory downwards
 * One column for each point, two where there is room; where there is none for
 * all points, some of them, the last always.  One row for as many pageblocks
 * as make the picture fit.
 */
void map_print(const struct rec_map *m, const struct map_style *style, FILE *f);

/**
 * map_svg - the same along the axis of requests, and eight points of it with
 * every cell for itself
 * @title: above it
 */
void map_svg(const struct rec_map *m, const char *title, FILE *f);

/** map_point - number of the @i-th of @shown points that stand for all; the last is the last. */
unsigned map_point(const struct rec_map *m, unsigned i, unsigned shown);

/* A row of the picture: some cells of one zone. */
struct map_row {
	unsigned first, nr; /* cells */
	unsigned zone;
};
/**
 * map_rows - cut the cells into about @want rows
 * @row: room for @want + m->nr_zones of them
 * Return: how many there are.
 */
unsigned map_rows(const struct rec_map *m, unsigned want, struct map_row *row);

#endif
