/* SPDX-License-Identifier: GPL-2.0-only */
/* Figures as SVG by gnuplot, when it is there. */
#ifndef HARNESS_GNUPLOT_H
#define HARNESS_GNUPLOT_H

#include <stddef.h>
#include <stdio.h>

/** gnuplot_quote - a text in the quotes that gnuplot takes literally. */
void gnuplot_quote(const char *text, FILE *f);

/**
 * gnuplot_draw - one file by a script
 * @write: writes the script, which sets its output to the path that it is given
 * Return: 0; -ENOENT gnuplot is not there; -errno of the file; -EIO gnuplot
 * failed; with one line in @err, and no file left behind.
 */
int gnuplot_draw(void (*write)(const void *what, const char *path, FILE *f), const void *what,
		 const char *path, char *err, size_t len);

#endif
