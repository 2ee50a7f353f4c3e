/* SPDX-License-Identifier: GPL-2.0-only */
/* How a sample went: what its series says on one axis, on the terminal and as SVG. */
#ifndef HARNESS_TIMELINE_H
#define HARNESS_TIMELINE_H

#include "results/record.h"

#include <stdio.h>

enum timeline_row { TL_FU9, TL_FREE, TL_STEALS, TL_SLOW, TL_P99, TL_RATE, TL_NR };
struct timeline_info {
	const char *name, *unit;
	bool since;		      /* of what happened since the point before */
	const char *column, *without; /* of the series; why it may lack that, NULL: an old one */
};
extern const struct timeline_info timeline_infos[TL_NR];

struct timeline {
	const struct record *r;
	unsigned nr;
	double requests[REC_MAX_POINTS], seconds[REC_MAX_POINTS];
	double row[TL_NR][REC_MAX_POINTS]; /* NaN: not known */
};

/**
 * timeline_make - from the series of the fragmentation pass
 * Steals, shares and rates are of the requests since the point before.
 * Return: 0; -ENODATA: the record has no series, or one without an axis.
 */
int timeline_make(struct timeline *t, const struct record *r);

/** timeline_head - the sample in one line of the terminal. */
void timeline_head(const struct timeline *t, FILE *f);

/** timeline_print - a line of eighths of blocks for each row; @utf8 false: of digits. */
void timeline_print(const struct timeline *t, bool utf8, FILE *f);

/** timeline_title - a sample in one line. */
void timeline_title(const struct record *r, char *title, size_t len);

/** timeline_svg - the rows below one another, by gnuplot; errors as gnuplot_draw(). */
int timeline_svg(const struct timeline *t, const char *path, char *err, size_t len);

#endif
