/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A trace replayed by owners.  A recording says when a frame was freed, and not
 * when it was used: so single movable frames are owned by a task that has them
 * locked, which are moved and never evicted; all others stay where they are.
 */
#include "workloads/own_step.h"
#include "workloads/trace_int.h"

static struct own_req request(const struct wl_thread *t, const struct wl_replay_op *op,
			      const struct wl_trace *trace)
{
	uint32_t gfp = trace->gfp[op->gfp];
	bool moves = gfp & PGA_GFP_MOVABLE && !op->order;
	struct own_req req = wl_own_req(t, moves ? OWN_ANON : OWN_KERNEL, moves ? t->index : 0);

	req.order = op->order;
	req.mlocked = moves;
	req.gfp = gfp;
	return req;
}

/* Waits for what another lane allocates; WL_REPLAY_EMPTY: the run is being stopped. */
static uint32_t take(struct wl_thread *t, const struct wl_replay_op *op, uint32_t *cross)
{
	uint32_t *at = op->kind == WL_REPLAY_FREE ? &t->slots[op->slot] : &cross[op->slot];
	uint32_t handle = op->kind == WL_REPLAY_FREE ? *at : wait_frame(t, at);

	if (handle != WL_REPLAY_EMPTY)
		*at = OWN_NONE;
	return handle;
}

uint64_t trace_owned(struct wl_thread *t, uint64_t n)
{
	const struct replay *r = t->run->shared;
	const struct wl_replay_lane *lane = &r->plan->lane[t->index];
	const struct wl_replay_op *op = lane->op + lane->next;
	uint32_t *const cross = r->plan->cross;

	for (uint64_t i = 0; i < n; i++) {
		bool passed_on = op[i].kind == WL_REPLAY_ALLOC_CROSS;
		uint32_t handle = OWN_NONE;

		if (passed_on || op[i].kind == WL_REPLAY_ALLOC) {
			const struct own_req req = request(t, &op[i], r->plan->trace);

			wl_own_get(t, &req, &handle);
			if (passed_on)
				__atomic_store_n(&cross[op[i].slot], handle, __ATOMIC_RELEASE);
			else
				t->slots[op[i].slot] = handle;
			continue;
		}
		handle = take(t, &op[i], cross);
		if (handle == WL_REPLAY_EMPTY)
			return i;
		if (handle != OWN_NONE)
			own_free(t->run->own, handle, t->req.cpu);
	}
	return n;
}

void trace_owners(const struct wl_run *run, struct own_conf *conf)
{
	conf->nr_handles = wl_own_handles(run, run->trace ? run->trace->peak_blocks : 1);
	conf->nr_tasks = run->nr_threads;
	conf->nr_files = 0;
}
