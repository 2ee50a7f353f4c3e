/* SPDX-License-Identifier: GPL-2.0-only */
/* What the replays of a trace share, with owners of its frames and without. */
#ifndef WORKLOADS_TRACE_INT_H
#define WORKLOADS_TRACE_INT_H

#include "workloads/owners.h"
#include "workloads/trace.h"
#include "workloads/wl.h"

#include <sched.h>

/* What memory looked like. */
struct look {
	double fu9, success9; /* NaN: not known */
	uint64_t asked, free;
};

struct replay {
	struct wl_trace_plan *plan;
	struct look peak, end;
	uint32_t *huge; /* [nr_huge] blocks asked for in a look */
	size_t nr_huge;
	uint64_t before[PGA_NR_STATS]; /* when the replay began, for thread 0's sake */
	bool begun;
};

#define TRACE_POLLS 4096u /* before the core is given away */

/* Until the frame is there; WL_REPLAY_EMPTY when the run is being stopped. */
static inline uint32_t wait_frame(struct wl_thread *t, uint32_t *cross)
{
	uint32_t pfn;
	unsigned polls = 0;

	while ((pfn = __atomic_load_n(cross, __ATOMIC_ACQUIRE)) == WL_REPLAY_EMPTY) {
		if (atomic_load_explicit(&t->run->stop, memory_order_relaxed))
			break;
		if (++polls % TRACE_POLLS == 0)
			sched_yield();
	}
	return pfn;
}

/**
 * trace_owned - the next @n operations of the thread's lane, by owners
 * Slots and cross[] hold handles instead of frames.
 * Return: operations done; fewer only when the run is being stopped.
 */
uint64_t trace_owned(struct wl_thread *t, uint64_t n);
/** trace_owners - ops.owners of it. */
void trace_owners(const struct wl_run *run, struct own_conf *conf);

#endif
