/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * prodcons: threads work in pairs; the even one allocates and passes each
 * block through a ring to the odd one, which frees it.  Per-CPU lists then run
 * dry on one core and over on the other.
 */
#include "workloads/step.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { P_RING = WL_P_OWN };

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[P_RING] = { "ring", WL_INT, 512, 1, 65536, NULL, "blocks",
		     "blocks in flight in each pair" },
	{ .name = NULL },
};

static const struct wl_phase phases[] = {
	{ "pass", true, false, WL_OP_HALF },
	{ .name = NULL },
};

/*
 * One producer, one consumer.  Each index is written by one side only and has
 * a line of its own, so that a side that finds work does not disturb the
 * other; the blocks lie in the producer's slots.  Indices only grow:
 *   head - tail = blocks in flight, 0 <= head - tail <= size
 */
struct ring {
	_Atomic uint64_t head __attribute__((aligned(128))); /* the producer's */
	_Atomic uint64_t tail __attribute__((aligned(128))); /* the consumer's */
};

/* An index is published once for a part of the ring: 1/CHUNKS, at least one block. */
#define CHUNKS 4u
/* Polls before the core is yielded: matters only when threads share a core. */
#define POLLS 4096u

static size_t prodcons_slots(const struct wl_run *run, unsigned index)
{
	uint64_t size = (uint64_t)run->param[P_RING];

	return size <= run->threads[index].frames / 2 >> run->order ? size : 0;
}

static int prodcons_setup(struct wl_run *run, char *why, size_t len)
{
	size_t bytes = run->nr_threads / 2 * sizeof(struct ring);

	run->shared = aligned_alloc(_Alignof(struct ring), bytes);
	if (!run->shared) {
		snprintf(why, len, "prodcons: no memory for %zu bytes of rings", bytes);
		return -ENOMEM;
	}
	memset(run->shared, 0, bytes);
	return 0;
}

/* Until the other side's index is no longer `seen`; its value now. */
static uint64_t wait_change(struct wl_thread *t, _Atomic uint64_t *index, uint64_t seen)
{
	uint64_t now;
	unsigned polls = 0;

	while ((now = atomic_load_explicit(index, memory_order_acquire)) == seen) {
		if (atomic_load_explicit(&t->run->stop, memory_order_relaxed))
			break;
		if (++polls % POLLS == 0)
			sched_yield();
	}
	return now;
}

WL_INLINE uint64_t produce_body(struct wl_thread *t, uint64_t n, unsigned mode)
{
	struct ring *ring = (struct ring *)t->run->shared + t->index / 2;
	const struct wl_hot h = wl_hot(t);
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	uint64_t size = t->nr_slots, at = head % size;

	for (uint64_t i = 0; i < n; i++) {
		pga_pfn_t pfn = wl_get(t, &h, mode);

		t->slots[at] = pfn;
		at = at + 1 == size ? 0 : at + 1;
	}
	atomic_store_explicit(&ring->head, head + n, memory_order_release);
	return n;
}

WL_INLINE uint64_t consume_body(struct wl_thread *t, uint64_t n, unsigned mode)
{
	struct ring *ring = (struct ring *)t->run->shared + t->index / 2;
	const uint32_t *slots = t[-1].slots;
	const struct wl_hot h = wl_hot(t);
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	uint64_t size = t[-1].nr_slots, at = tail % size;

	for (uint64_t i = 0; i < n; i++) {
		pga_pfn_t pfn = slots[at];

		if (__builtin_expect(pfn != PGA_NIL, 1))
			wl_put(t, &h, pfn, mode);
		at = at + 1 == size ? 0 : at + 1;
	}
	atomic_store_explicit(&ring->tail, tail + n, memory_order_release);
	return n;
}

static uint64_t prodcons_step(struct wl_thread *t, unsigned phase)
{
	struct ring *ring = (struct ring *)t->run->shared + t->index / 2;
	bool produces = t->index % 2 == 0;
	uint64_t size = t[produces ? 0 : -1].nr_slots, chunk = (size + CHUNKS - 1) / CHUNKS;
	uint64_t n = t->run->max_ops - t->done, room;

	(void)phase;
	if (!n)
		return 0;
	if (produces) {
		uint64_t full = t->done - size; /* wraps while there is room anyway */

		room = wait_change(t, &ring->tail, full) + size - t->done;
	} else {
		room = wait_change(t, &ring->head, t->done) - t->done;
	}
	if (n > room)
		n = room;
	if (n > chunk)
		n = chunk;
	if (!n)
		return 0;
	return produces ? WL_SPECIALISE(produce_body, t, n) : WL_SPECIALISE(consume_body, t, n);
}

static void prodcons_teardown(struct wl_run *run)
{
	struct ring *rings = run->shared;

	for (unsigned i = 0; rings && i + 1 < run->nr_threads; i += 2) {
		struct wl_thread *t = &run->threads[i];
		uint64_t head = atomic_load(&rings[i / 2].head);

		for (uint64_t k = atomic_load(&rings[i / 2].tail); k < head; k++)
			if (t->slots[k % t->nr_slots] != PGA_NIL)
				run->ops->free(run->pga, t->slots[k % t->nr_slots], t->req.order,
					       t->req.cpu, 0);
	}
	free(rings);
	run->shared = NULL;
}

const struct wl_ops wl_prodcons = {
	.name = "prodcons",
	.summary = "allocate on one core, free on another, in pairs of threads",
	.version = 1,
	.params = params,
	.phases = phases,
	.alone = true,
	.min_threads = 2,
	.threads_multiple = 2,
	.min_nodes = 1,
	.needs = PGA_CAP_THREADS,
	.has_order = true,
	.has_placement = true,
	.slots = prodcons_slots,
	.setup = prodcons_setup,
	.step = prodcons_step,
	.teardown = prodcons_teardown,
};
