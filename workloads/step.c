/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of the workloads' loops that need not be inlined. */
#include "workloads/step.h"

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

size_t wl_fill_blocks(const struct wl_run *run, unsigned index, int64_t percent)
{
	return (size_t)(run->threads[index].frames * (uint64_t)percent / 100 >> run->order);
}

unsigned wl_rounds_to_match(const struct wl_run *run, int64_t percent)
{
	uint64_t share = wl_fill_blocks(run, 0, percent);
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
