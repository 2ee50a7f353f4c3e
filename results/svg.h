/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Drawings as SVG, without a program that draws: a picture stands alone as a
 * file, or inside of a page.  Colours follow the reader's light or dark scheme
 * where the viewer knows one; a viewer that does not shows the light one.
 */
#ifndef RESULTS_SVG_H
#define RESULTS_SVG_H

#include <stddef.h>
#include <stdio.h>

/*
 * Classes of the common style, for shapes and for text:
 *   zb-bg zb-card zb-sub   ground of the page, of a part, of a part of that
 *   zb-g0 .. zb-g5         grounds that are told apart with any colour vision
 *   zb-gap                 a line in the colour of the page around
 *   zb-t zb-b zb-s         text, bold text, soft text
 *   zb-dark zb-light       text on a colour that the scheme does not change
 * and for where text begins: zb-mid (centred), zb-end (ends there).
 */

/** svg_begin - the picture's head, style and ground; sizes in pixels. */
void svg_begin(FILE *f, double width, double height, const char *title);
void svg_end(FILE *f);

/** svg_rect - a box; @fill NULL: as its class says, else a colour #rrggbb. */
void svg_rect(FILE *f, const char *class, const char *fill, double x, double y, double w, double h);

/** svg_text - one line with its base at @y; what is no text of SVG is escaped. */
void svg_text(FILE *f, const char *class, double x, double y, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/** svg_text_up - the same, turned to run upwards through its middle. */
void svg_text_up(FILE *f, const char *class, double x, double y, const char *text);
/**
 * svg_text_in - the same, cut to the width with an ellipsis where it is too long
 * How wide letters are is estimated: a viewer's font is not known.
 */
void svg_text_in(FILE *f, const char *class, double x, double y, double width, const char *text);

/**
 * svg_file - write a file by a function
 * Return: 0, or -errno with one line in @err; no part of a file is left behind.
 */
int svg_file(const char *path, void (*write)(const void *what, FILE *f), const void *what,
	     char *err, size_t len);

#endif
