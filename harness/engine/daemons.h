/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemons of a mechanism (ops->daemons), one for each node with memory,
 * and the environment of owners that lets the slow path wait for them.
 *
 * threaded  each daemon is a thread pinned to a core of its node; it sleeps
 *           until host->wake.  Time is real: waits end early when a daemon has
 *           done a piece of work, or a write has ended.
 * stepped   woken daemons run inside the next wait, or between two operations
 *           of the owner, in the thread that is there, a bounded number of
 *           steps at a time.  Time is virtual: it passes when somebody waits,
 *           and a tick with every 256 requests of a CPU.  With one thread, equal seeds
 *           give equal results.
 * off       nobody answers a wake.  Time is real.
 *
 * Each daemon drives a logical CPU of its own, beyond those of the threads
 * (struct machine_daemon), in threaded and in stepped mode alike, so that the
 * two see the same machine.  Its CPU is parked while it sleeps.
 *
 * Threads: daemons_wake and what daemons_env hands out: any; the rest: the
 * thread that made the daemons.
 */
#ifndef HARNESS_DAEMONS_H
#define HARNESS_DAEMONS_H

#include "harness/engine/machine_conf.h"
#include "workloads/owners.h"

struct daemons_conf {
	enum bench_daemons mode;
	const struct topo *topo; /* NULL: threads are not pinned */
	const struct machine_daemon *seats;
	unsigned nr_seats;
	uint32_t hz;		 /* ticks per second of real time */
	const atomic_bool *stop; /* set: waits answer "give up"; may be NULL */
};

struct daemons; /* opaque */

/** daemons_new - not running yet; what conf points to is kept. NULL: no memory. */
struct daemons *daemons_new(const struct daemons_conf *conf);
/** daemons_env - the environment for own_conf. */
void daemons_env(struct daemons *d, struct own_env *env);
/**
 * daemons_start - from now on wakes are answered; earlier ones are remembered
 * Return: 0, or -EAGAIN: a thread could not be started, none runs.
 */
int daemons_start(struct daemons *d, const struct pga_ops *ops, struct pga *pga, struct own *own);

/** daemons_hold - wait until no daemon runs, and let none start; not in a daemon. */
void daemons_hold(struct daemons *d);
/** daemons_release - the end of daemons_hold. */
void daemons_release(struct daemons *d);

/**
 * daemons_stop - end the threads; waits answer "give up" from now on
 * A daemon ends at its next step; work not done yet is dropped.
 */
void daemons_stop(struct daemons *d);
/** daemons_free - stops them if need be; NULL is allowed. */
void daemons_free(struct daemons *d);

/** daemons_steps - steps taken so far; exact when held or stopped. */
uint64_t daemons_steps(const struct daemons *d);
/** daemons_placed - threads that kept to a CPU of their node, of *nr, 0 on simulated nodes; after
 * daemons_stop. */
unsigned daemons_placed(const struct daemons *d, unsigned *nr);
/** daemons_wakes - wakes so far that found the daemon asleep. */
uint64_t daemons_wakes(const struct daemons *d);

#endif
