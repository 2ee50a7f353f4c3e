/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The progress line of a run: rewritten in place on a terminal, a plain line
 * now and then elsewhere.
 */
#ifndef HARNESS_PROGRESS_H
#define HARNESS_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct progress {
	FILE *f;
	bool live; /* rewritten in place */
	bool colour;
	unsigned width; /* columns of the terminal */
	size_t total;
	double last;	  /* seconds, when the last line was printed */
	size_t last_done; /* what it said */
	bool shown;	  /* a live line stands at the cursor */
};

/**
 * progress_init - @total samples on @f
 * In place when @f is a terminal; colour too, unless NO_COLOR is set (to
 * anything but "") or @no_colour asks for none.
 */
void progress_init(struct progress *p, FILE *f, size_t total, bool no_colour);

/**
 * progress_step - say how far it is
 * @done: samples finished or in work
 * @what: "linux-3.10   bulk order 0   2 threads   sample 3/8"
 * @elapsed, @left: seconds
 * Elsewhere than on a terminal a line appears with the first and the last
 * sample, and when 5 seconds or 5 % have passed since the last one.
 */
void progress_step(struct progress *p, size_t done, const char *what, double elapsed, double left);

/** progress_clear - take the live line away, before other output. */
void progress_clear(struct progress *p);

/** progress_time - "1:04", "1:02:03"; negative and NaN are "?:??". */
void progress_time(double seconds, char *text, size_t len);

#endif
