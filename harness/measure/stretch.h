/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The timed phases of one thread in one pass, cut into stretches by operations.
 * Where a stretch ends depends on the operations alone, so repeats of the same
 * work are cut alike.  One thread writes; it is read when the pass is over.
 */
#ifndef HARNESS_STRETCH_H
#define HARNESS_STRETCH_H

#include <stdbool.h>
#include <stdint.h>

#define STRETCH_MAX 512u

struct stretches {
	unsigned nr;	/* complete ones; the one under way is at this place */
	uint64_t least; /* operations that complete one; doubled when all places are used */
	struct stretch {
		double ns;
		uint64_t ops;
	} v[STRETCH_MAX + 1];
};

/** stretch_start - a pass begins; @least: operations that complete a stretch, above 0. */
void stretch_start(struct stretches *s, uint64_t least);
/** stretch_add - the next @ops operations took @ns. */
void stretch_add(struct stretches *s, double ns, uint64_t ops);

/* What repeats of one thread's work say together; added to over threads. */
struct stretch_sum {
	double ns;	    /* quiet time: of each stretch the least, or the median */
	uint64_t slow, all; /* stretches of all repeats; those far above their quiet time */
};

/**
 * stretch_quiet - compare repeats of the same work of one thread
 * @s: the first of them; the others are @step behind one another, @nr in all
 * @median: the median of each stretch, else the least
 * @slow: a stretch is slow above this multiple of its quiet time
 * Return: false, with nothing added, when the repeats were not cut alike.
 */
bool stretch_quiet(const struct stretches *s, unsigned step, unsigned nr, bool median, double slow,
		   struct stretch_sum *sum);

#endif
