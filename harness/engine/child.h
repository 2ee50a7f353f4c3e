/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One sample in a process of its own: whatever happens in there, a record
 * comes back that says so, and the caller goes on.
 *
 * The child leads its own process group, dies with its parent, and is killed
 * together with everything it started when its time is over.  While it works
 * the parent sleeps: no polling that would disturb the measurement.
 *
 * Threads: the process that calls child_run must have no other threads, and no
 * other children that end meanwhile are reaped.
 */
#ifndef HARNESS_CHILD_H
#define HARNESS_CHILD_H

#include "results/record.h"

#include <stdint.h>

struct child_limits {
	uint64_t ms;	  /* wall time; > 0 */
	uint64_t mapped;  /* bytes of private memory that it may map, > 0 */
	uint64_t touched; /* bytes that a sound sample touches at most; a child that
			     fails above this failed for want of memory */
};

/* Works in the child: fills the record.  The child ends when it returns. */
typedef void (*child_fn)(void *arg, struct record *r);

/**
 * child_run - call fn(arg, r) in a child
 * @r: in: what the child starts from; out: what it made of it.  When the child
 *     did not deliver: the same as in, with status
 *       timeout        its time was over
 *       out-of-memory  it came to its memory limit, or the kernel killed it
 *       crashed        a signal ended it; reason names the signal
 *       failed         it ended without a result
 *     and the reason.
 * Return: 0; -EINTR when child_stop_signal() was set meanwhile: @r is as it
 * was; or the -errno of fork or pipe, with status failed.
 */
int child_run(child_fn fn, void *arg, struct record *r, const struct child_limits *limits);

/**
 * child_signals_init - take SIGINT and SIGTERM: the first stops child_run
 * Call once, before the first child_run.
 */
void child_signals_init(void);
/** child_stop_signal - the signal that asked to stop, 0 = none yet. */
int child_stop_signal(void);

#endif
