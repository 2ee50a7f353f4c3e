/* SPDX-License-Identifier: GPL-2.0-only */
/* When the fragmentation pass looks at its instance; parts of engine_run. */
#ifndef HARNESS_ENGINE_FRAG_H
#define HARNESS_ENGINE_FRAG_H

#include "harness/engine/engine.h"

/** eng_frag_tick - between two batches of thread 0: a sample, if one is due. */
void eng_frag_tick(struct engine *e, const struct wl_run *run, unsigned phase);
/**
 * eng_frag_phase - at the end of a phase, all CPUs parked: a sample if one is
 * due, and the state that counts if it is this
 * @last: the last round
 */
void eng_frag_phase(struct engine *e, const struct wl_run *run, unsigned phase, bool last);

#endif
