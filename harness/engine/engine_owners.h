/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The owners of frames and the daemons of a pass, for workloads that need
 * them; for all others every call does nothing.
 *
 * Order: up, engine_init, start, the phases, stop, the workload's teardown,
 * clear, engine_verify, down.
 */
#ifndef HARNESS_ENGINE_OWNERS_H
#define HARNESS_ENGINE_OWNERS_H

#include "harness/engine/engine.h"
#include "workloads/owners.h"

/**
 * eng_owners_conf - what owners of @cell get
 * A handle for each frame, a task and a file for each thread, no swap, the
 * cell's device without its file; then as the workload changes it.  Pure;
 * @run as for wl->slots().
 */
void eng_owners_conf(const struct bench_cell *cell, const struct wl_run *run,
		     struct own_conf *conf);

/**
 * eng_owners_up - owners and daemons, not running yet
 * @stop: set when waiting has to end
 * Return: 0; -ENOMEM, -EINVAL with @why.
 */
int eng_owners_up(struct engine *e, const atomic_bool *stop, char *why, size_t len);
/** eng_owners_start - attach the fresh instance, called through @ops. 0, or -EAGAIN with @why. */
int eng_owners_start(struct engine *e, const struct pga_ops *ops, char *why, size_t len);
/**
 * eng_owners_stop - end the daemons and all writes, count, check the contents
 * Return: 0, or -EUCLEAN with @why: something was corrupt, lost, or miscounted.
 */
int eng_owners_stop(struct engine *e, struct engine_pass *pass, char *why, size_t len);
/** eng_owners_clear - give back what is still owned, as thread 0's CPU, unparked. */
void eng_owners_clear(struct engine *e);
void eng_owners_down(struct engine *e);

#endif
