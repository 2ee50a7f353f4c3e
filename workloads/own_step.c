/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts that workloads with owners share. */
#include "workloads/own_step.h"
#include "workloads/fragindex.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static void count(struct wl_thread *t, int8_t node, const struct pga_res *res)
{
	if (res->err == -ESRCH || res->err == -ENFILE || !res->path)
		return;
	if (t->mode & WL_COUNT)
		wl_count(t, (struct pga_req){ .cpu = t->req.cpu, .node = node }, res);
	t->fails += res->pfn == PGA_NIL;
}

static int8_t next_node(struct wl_thread *t, int8_t node)
{
	if (!t->nr_nodes)
		return node;
	node = t->nodes[t->next_node];
	t->next_node = t->next_node + 1 == t->nr_nodes ? 0 : t->next_node + 1;
	return node;
}

/* Only the placement's first attempt was made, and memory is what it lacked. */
static bool ask_again(const struct wl_thread *t, const struct pga_res *res)
{
	return t->again && res->pfn == PGA_NIL && res->err == -ENOMEM;
}

static void lift(struct own_req *req)
{
	req->more = req->less = 0;
	req->ctx = NULL;
}

struct pga_res wl_own_get(struct wl_thread *t, const struct own_req *req, uint32_t *handle)
{
	struct own_req ask = *req;

	ask.node = next_node(t, req->node);
	struct pga_res res = own_alloc(t->run->own, &ask, handle);

	if (ask_again(t, &res)) {
		lift(&ask);
		res = own_alloc(t->run->own, &ask, handle);
	}
	count(t, ask.node, &res);
	return res;
}

struct pga_res wl_own_fault(struct wl_thread *t, uint32_t handle)
{
	struct own_req ask = wl_own_req(t, OWN_KERNEL, 0);

	ask.node = next_node(t, ask.node);
	struct pga_res res = own_fault_at(t->run->own, handle, &ask);

	if (ask_again(t, &res)) {
		lift(&ask);
		res = own_fault_at(t->run->own, handle, &ask);
	}
	count(t, ask.node, &res);
	return res;
}

struct own_req wl_own_req(const struct wl_thread *t, enum own_kind kind, unsigned group)
{
	unsigned first = kind == OWN_ANON   ? t->run->first_task
			 : kind == OWN_FILE ? t->run->first_file
					    : 0;

	return (struct own_req){
		.kind = (uint8_t)kind,
		.node = t->req.node,
		.cpu = t->req.cpu,
		.group = (uint16_t)(first + group),
		.more = t->more,
		.less = t->less,
		.ctx = t->ctx,
	};
}

uint64_t wl_own_drain_step(struct wl_thread *t)
{
	uint64_t n = t->used - t->freed;

	if (!n) {
		t->used = 0;
		t->freed = 0;
		return 0;
	}
	if (n > WL_BATCH)
		n = WL_BATCH;
	for (uint64_t i = 0; i < n; i++) {
		uint32_t handle = t->slots[t->freed++];

		if (handle != OWN_NONE)
			own_free(t->run->own, handle, t->req.cpu);
	}
	return n;
}

size_t wl_own_pick(struct wl_thread *t, size_t nr, bool used)
{
	size_t slot = rng_below(&t->rng, nr);

	while ((t->slots[slot] != OWN_NONE) != used)
		slot = slot + 1 < nr ? slot + 1 : 0;
	return slot;
}

void wl_own_drop(struct wl_thread *t, size_t nr, uint64_t n)
{
	for (; n; n--) {
		size_t slot = wl_own_pick(t, nr, true);

		own_free(t->run->own, t->slots[slot], t->req.cpu);
		t->slots[slot] = OWN_NONE;
	}
}

/* A CPU keeps up to two batches of handles, and one request takes one. */
#define SPARE_PER_CPU 128u

uint32_t wl_own_handles(const struct wl_run *run, uint64_t used)
{
	return (uint32_t)(used + (uint64_t)run->conf->nr_cpus * SPARE_PER_CPU);
}

uint64_t wl_own_stat(const struct wl_run *run, enum own_stat stat)
{
	uint64_t val[OWN_NR_STATS];

	own_stats(run->own, val);
	return val[stat];
}

bool wl_own_whole(const struct wl_run *run)
{
	return !wl_own_stat(run, OWN_STAT_corrupt) && !wl_own_stat(run, OWN_STAT_lost);
}

const char *wl_own_contents(const struct wl_run *run)
{
	return wl_own_whole(run) ? "intact" : "DAMAGED";
}

void wl_own_teardown(struct wl_run *run)
{
	free(run->shared);
	run->shared = NULL;
}

void wl_metric(struct wl_target *target, const char *name, double value)
{
	if (target->nr_values == WL_MAX_VALUES)
		return;
	struct wl_value *v = &target->values[target->nr_values++];

	snprintf(v->name, sizeof(v->name), "%s", name);
	v->value = value;
}

int wl_blocks_take(const struct wl_run *run, bool (*fixed)(const struct wl_thread *t, size_t i),
		   struct wl_blocks *blocks)
{
	enum { MOVES = 1, STAYS = 2 };
	unsigned shift = run->conf->pageblock_order;
	uint64_t nr = (run->frames >> shift) + 1;
	unsigned char *holds = calloc(nr, 1);

	*blocks = (struct wl_blocks){ .nr = run->frames >> shift };
	if (!holds)
		return -ENOMEM;
	for (unsigned k = 0; k < run->nr_threads; k++) {
		const struct wl_thread *t = &run->threads[k];

		for (size_t i = t->freed; i < t->used; i++) {
			pga_pfn_t pfn =
				t->slots[i] == OWN_NONE ? PGA_NIL : own_pfn(run->own, t->slots[i]);

			if (pfn != PGA_NIL)
				holds[pfn >> shift] |= fixed(t, i) ? STAYS : MOVES;
		}
	}
	for (uint64_t b = 0; b < nr; b++) {
		blocks->used += holds[b] != 0;
		blocks->mixed += holds[b] == (MOVES | STAYS);
		blocks->fixed += (holds[b] & STAYS) != 0;
	}
	free(holds);
	return 0;
}

double wl_free_share(const struct wl_run *run, unsigned order)
{
	struct wl_frag frag;
	uint64_t frames = 0;

	wl_frag_take(&frag, run->ops, run->pga, run->conf);
	for (unsigned k = order; k < run->conf->nr_orders; k++)
		frames += frag.blocks[k] << k;
	return (double)frames / (double)run->frames;
}
