/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A phase whose operations all cost alike is cut into epochs of equal length;
 * how far their costs differ says how much the machine disturbed the thread.
 *
 * The length of a phase is not known beforehand: when all epochs are full,
 * neighbours are merged and the epochs to come are twice as long.
 */
#ifndef HARNESS_ENGINE_EPOCHS_H
#define HARNESS_ENGINE_EPOCHS_H

#include <stdbool.h>
#include <stdint.h>

#define EPOCHS_MAX 64u
#define EPOCHS_MIN 8u /* fewer say nothing */

struct epochs {
	bool on;
	unsigned nr;	  /* complete epochs */
	unsigned batches; /* per epoch: a power of two */
	unsigned in_last; /* batches in the epoch under way */
	struct {
		uint64_t ns, ops;
	} epoch[EPOCHS_MAX + 1];
};

/** epochs_start - a phase begins; @on: its operations cost alike. */
void epochs_start(struct epochs *e, bool on);
/** epochs_add - one batch of @ops operations took @ns. */
void epochs_add(struct epochs *e, uint64_t ns, uint64_t ops);
/**
 * epochs_spread - interquartile range over median of the nanoseconds per
 * operation; NaN when fewer than EPOCHS_MIN epochs are complete.
 */
double epochs_spread(const struct epochs *e);

#endif
