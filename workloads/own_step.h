/* SPDX-License-Identifier: GPL-2.0-only */
/* What the loops of the workloads share whose frames have owners. */
#ifndef WORKLOADS_OWN_STEP_H
#define WORKLOADS_OWN_STEP_H

#include "workloads/owners.h"
#include "workloads/step.h"

/**
 * wl_own_get - own_alloc, counted as the pass wants it
 * wl_own_fault - own_fault, the same
 * A refusal that never reached the allocator is no path.  Both place the frame
 * as the thread's placement says; of two attempts the second one counts.
 */
struct pga_res wl_own_get(struct wl_thread *t, const struct own_req *req, uint32_t *handle);
struct pga_res wl_own_fault(struct wl_thread *t, uint32_t handle);

/** wl_own_req - a request of a thread: its CPU, its placement, order 0. */
struct own_req wl_own_req(const struct wl_thread *t, enum own_kind kind, unsigned group);

/**
 * wl_own_drain_step - a batch of a phase that frees the handles in all slots, in
 * their order; slots may hold OWN_NONE. Operations done, 0 = over.
 */
uint64_t wl_own_drain_step(struct wl_thread *t);

/**
 * wl_own_pick - a random one of the first @nr slots that is in use, or not; there
 * must be one
 * wl_own_drop - give back @n of them at random
 */
size_t wl_own_pick(struct wl_thread *t, size_t nr, bool used);
void wl_own_drop(struct wl_thread *t, size_t nr, uint64_t n);

/** wl_own_handles - handles to ask for when @used are used at a time: CPUs keep some back. */
uint32_t wl_own_handles(const struct wl_run *run, uint64_t used);

/** wl_own_stat - one counter of the owners. */
uint64_t wl_own_stat(const struct wl_run *run, enum own_stat stat);
/** wl_own_whole - nothing that an owner has was corrupt or lost. */
bool wl_own_whole(const struct wl_run *run);
/** wl_own_contents - the same in a word, for the text of a target. */
const char *wl_own_contents(const struct wl_run *run);

/** wl_own_teardown - what the owners hold is given back for them; frees run->shared. */
void wl_own_teardown(struct wl_run *run);

/** wl_metric - add one number to the metrics of the record. */
void wl_metric(struct wl_target *target, const char *name, double value);

/* What the pageblocks of an instance hold, of the frames that handles name. */
struct wl_blocks {
	uint64_t used;	/* pageblocks with any of them */
	uint64_t mixed; /* with frames of both sorts */
	uint64_t fixed; /* with frames that cannot move */
	uint64_t nr;	/* pageblocks of the machine */
};
/** wl_blocks_take - quiet. @fixed tells for slot i of thread t whether its frame cannot move. */
int wl_blocks_take(const struct wl_run *run, bool (*fixed)(const struct wl_thread *t, size_t i),
		   struct wl_blocks *blocks);

/** wl_free_share - share of memory in free blocks of @order and above; quiet. */
double wl_free_share(const struct wl_run *run, unsigned order);

/** wl_chance - true for @percent of the calls. */
static inline bool wl_chance(struct rng *rng, int64_t percent)
{
	return rng_below(rng, 100) < (uint64_t)percent;
}

#endif
