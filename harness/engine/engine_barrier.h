/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The barrier between phases: threads spin for a while, so that they leave it
 * together, then sleep.  Threads that share a core do not spin.
 */
#ifndef HARNESS_ENGINE_BARRIER_H
#define HARNESS_ENGINE_BARRIER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct eng_barrier {
	unsigned nr;	/* threads that meet */
	unsigned spins; /* polls before sleeping */
	_Atomic uint32_t arrived;
	_Atomic uint32_t sleepers;
	_Atomic uint32_t generation; /* how often all have met; what sleepers wait on */
};

void eng_barrier_init(struct eng_barrier *b, unsigned nr, bool may_spin);
/** eng_barrier_wait - until all have come; what they wrote before is visible. */
void eng_barrier_wait(struct eng_barrier *b);

/* Start signal: workers wait on it until it is no longer 0. */
struct eng_gate {
	_Atomic uint32_t state;
};
uint32_t eng_gate_wait(struct eng_gate *g);
void eng_gate_open(struct eng_gate *g, uint32_t state);

#endif
