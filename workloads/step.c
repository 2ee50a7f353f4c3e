/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of the workloads' loops that need not be inlined. */
#include "workloads/step.h"

#include "core/atomic.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const wl_type_words[] = { "movable", "unmovable", "reclaimable", NULL };
const uint32_t wl_type_gfp[] = {
	PGA_GFP_USER_MOVABLE,
	PGA_GFP_KERNEL,
	PGA_GFP_SLAB_RECLAIMABLE,
};
const char *const wl_touch_by_words[] = { "allocator", "freer", NULL };

void wl_touch_block(const struct wl_thread *t, pga_pfn_t pfn, unsigned order)
{
	const struct wl_run *run = t->run;
	unsigned nr = run->touch == WL_TOUCH_PAGE ? 1u << order : 1;
	size_t shift = run->conf->page_shift;
	char *addr = run->backing + ((size_t)(pfn - run->backing_base) << shift);

	if (run->before_touch)
		run->before_touch(run->touch_data, t, pfn, nr);
	if (run->touch == WL_TOUCH_PAGE)
		memset(addr, (int)(pfn & 0xff), (size_t)1 << (shift + order));
	else
		*(volatile uint64_t *)addr = pfn;
}

static uint64_t requests_of(const struct wl_thread *t)
{
	uint64_t nr = 0;

	for (unsigned s = 0; s < PGA_NR_STAGES; s++)
		nr += t->path[s];
	return nr;
}

void wl_count(struct wl_thread *t, struct pga_req req, const struct pga_res *res)
{
	const struct pga_conf *conf = t->run->conf;
	unsigned asked = req.node < 0 ? conf->cpu_node[req.cpu] : (unsigned)req.node;

	t->path[pga_path_class(res->path)]++;
	for (uint32_t path = res->path; path; path &= path - 1)
		t->stage[__builtin_ctz(path)]++;
	if (t->exhausted && !t->exhausted[asked] && res->node != (int)asked)
		t->exhausted[asked] = requests_of(t);
	if (res->pfn == PGA_NIL)
		return;
	t->local += res->node == (int)conf->cpu_node[req.cpu];
	t->in_turn += t->nr_nodes && req.node >= 0 && res->node == req.node;
	if (t->served)
		t->served[asked * conf->nr_nodes + (unsigned)res->node]++;
}

struct pga_res wl_ask_again(const struct wl_thread *t, struct pga_req req)
{
	req.gfp = t->again;
	return t->run->ops->alloc(t->run->pga, req, NULL);
}

void wl_release_slots(struct wl_run *run)
{
	for (unsigned i = 0; i < run->nr_threads; i++) {
		struct wl_thread *t = &run->threads[i];

		for (size_t k = t->freed; k < t->used; k++)
			run->ops->free(run->pga, t->slots[k], t->req.order, t->req.cpu, 0);
		t->used = 0;
		t->freed = 0;
	}
}

int wl_shared_new(struct wl_run *run, size_t bytes, char *why, size_t len)
{
	size_t lines = (bytes + PGA_LINE - 1) / PGA_LINE;

	run->shared = aligned_alloc(PGA_LINE, lines * PGA_LINE);
	if (!run->shared) {
		snprintf(why, len, "%s: no memory for %zu bytes", run->wl->name, bytes);
		return -ENOMEM;
	}
	memset(run->shared, 0, lines * PGA_LINE);
	return 0;
}

void wl_release_all(struct wl_run *run)
{
	wl_release_slots(run);
	free(run->shared);
	run->shared = NULL;
}

size_t wl_fill_blocks(const struct wl_run *run, unsigned index, int64_t percent)
{
	return (size_t)(wl_share(run, index, percent) >> run->order);
}

size_t wl_fill_slots(const struct wl_run *run, unsigned index)
{
	return wl_fill_blocks(run, index, run->param[WL_P_FILL]);
}

unsigned wl_fill_rounds(const struct wl_run *run)
{
	uint64_t share = wl_fill_slots(run, 0);
	uint64_t goal = share << run->order;
	uint64_t rounds;

	if (goal > run->max_ops)
		goal = run->max_ops;
	rounds = share ? goal / share : 1;
	return rounds < 1 ? 1 : rounds > WL_MAX_ROUNDS ? WL_MAX_ROUNDS : (unsigned)rounds;
}

uint64_t wl_fill_step(struct wl_thread *t, uint64_t goal)
{
	uint64_t n = goal - t->done;

	if (n > WL_BATCH)
		n = WL_BATCH;
	return n ? WL_SPECIALISE(wl_fill_body, t, n) : 0;
}

uint64_t wl_drain_step(struct wl_thread *t)
{
	uint64_t n = t->used - t->freed;

	if (!n) {
		t->used = 0;
		t->freed = 0;
		return 0;
	}
	if (n > WL_BATCH)
		n = WL_BATCH;
	return WL_SPECIALISE(wl_drain_body, t, n);
}
