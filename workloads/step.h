/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the loops of the workloads share.  A loop is written once, as an
 * always-inline body with the mode as a constant argument, and WL_SPECIALISE
 * picks the copy for the thread's mode once per batch: the time pass carries
 * neither path counting nor a test for it.
 */
#ifndef WORKLOADS_STEP_H
#define WORKLOADS_STEP_H

#include "workloads/wl.h"

/* Operations of one step: long against a clock read, short against the time bound. */
#define WL_BATCH 4096u

#define WL_INLINE static inline __attribute__((always_inline))

/* The calls of a loop in locals, so that they stay in registers. */
struct wl_hot {
	struct pga_res (*alloc)(struct pga *, struct pga_req, const struct pga_ctx *);
	void (*free)(struct pga *, pga_pfn_t, unsigned, unsigned, unsigned);
	struct pga *pga;
	struct pga_req req;
};

WL_INLINE struct wl_hot wl_hot(const struct wl_thread *t)
{
	return (struct wl_hot){ t->run->ops->alloc, t->run->ops->free, t->run->pga, t->req };
}

/* As many of @n operations as one step does. */
static inline uint64_t wl_batch(uint64_t n)
{
	return n < WL_BATCH ? n : WL_BATCH;
}

/** wl_touch_block - write to a block as run->touch says, by thread @t. */
void wl_touch_block(const struct wl_thread *t, pga_pfn_t pfn, unsigned order);
/** wl_count - add the answer to @req to path[], stage[], served[] and in_turn. */
void wl_count(struct wl_thread *t, struct pga_req req, const struct pga_res *res);
/** wl_ask_again - the second attempt of a request that was refused; t->again is not 0. */
struct pga_res wl_ask_again(const struct wl_thread *t, struct pga_req req);
/** wl_release_slots - free the slots not yet given back of every thread; for teardown. */
void wl_release_slots(struct wl_run *run);
/**
 * wl_shared_new - run->shared of @bytes, zeroed, on cache lines of its own
 * Return: 0, or -ENOMEM with a line in @why.
 */
int wl_shared_new(struct wl_run *run, size_t bytes, char *why, size_t len);
/** wl_release_all - wl_release_slots(), and run->shared is freed; for teardown. */
void wl_release_all(struct wl_run *run);
/** wl_share - @percent of thread @index's frames. */
static inline uint64_t wl_share(const struct wl_run *run, unsigned index, int64_t percent)
{
	return run->threads[index].frames * (uint64_t)percent / 100;
}

/** wl_fill_blocks - blocks of the run's order in @percent of thread @index's frames. */
size_t wl_fill_blocks(const struct wl_run *run, unsigned index, int64_t percent);

/*
 * Of workloads that fill memory and empty it again, the first parameter of their
 * own is WL_P_FILL, per cent of memory: slots() and rounds() for them.  Higher
 * orders get so many rounds that every order does as many operations as order 0.
 */
enum { WL_P_FILL = WL_P_OWN };
size_t wl_fill_slots(const struct wl_run *run, unsigned index);
unsigned wl_fill_rounds(const struct wl_run *run);

WL_INLINE struct pga_res wl_get_res(struct wl_thread *t, const struct wl_hot *h, unsigned mode)
{
	struct pga_req req = h->req;

	if (mode & WL_PLACED) {
		unsigned next = t->next_node;

		req.node = t->nodes[next];
		t->next_node = next + 1 == t->nr_nodes ? 0 : next + 1;
	}
	struct pga_res res = h->alloc(h->pga, req, mode & WL_PLACED ? t->ctx : NULL);

	if ((mode & WL_PLACED) && __builtin_expect(res.pfn == PGA_NIL, 0) && t->again)
		res = wl_ask_again(t, req);
	if (mode & WL_COUNT)
		wl_count(t, req, &res);
	if (__builtin_expect(res.pfn == PGA_NIL, 0))
		t->fails++;
	else if ((mode & WL_TOUCH) && t->run->param[WL_P_TOUCH_BY] == WL_BY_ALLOCATOR)
		wl_touch_block(t, res.pfn, req.order);
	return res;
}

/* One allocation; PGA_NIL when it failed. */
WL_INLINE pga_pfn_t wl_get(struct wl_thread *t, const struct wl_hot *h, unsigned mode)
{
	return wl_get_res(t, h, mode).pfn;
}

WL_INLINE void wl_put(struct wl_thread *t, const struct wl_hot *h, pga_pfn_t pfn, unsigned mode)
{
	if ((mode & WL_TOUCH) && t->run->param[WL_P_TOUCH_BY] == WL_BY_FREER)
		wl_touch_block(t, pfn, h->req.order);
	h->free(h->pga, pfn, h->req.order, h->req.cpu, 0);
}

/* body(t, n, mode) with mode a constant; the value of the body. */
#define WL_SPECIALISE(body, t, n)                                            \
	({                                                                   \
		uint64_t wl_r_;                                              \
		switch ((t)->mode) {                                         \
		case 0:                                                      \
			wl_r_ = body(t, n, 0);                               \
			break;                                               \
		case WL_COUNT:                                               \
			wl_r_ = body(t, n, WL_COUNT);                        \
			break;                                               \
		case WL_PLACED:                                              \
			wl_r_ = body(t, n, WL_PLACED);                       \
			break;                                               \
		case WL_PLACED | WL_COUNT:                                   \
			wl_r_ = body(t, n, WL_PLACED | WL_COUNT);            \
			break;                                               \
		case WL_TOUCH:                                               \
			wl_r_ = body(t, n, WL_TOUCH);                        \
			break;                                               \
		case WL_TOUCH | WL_COUNT:                                    \
			wl_r_ = body(t, n, WL_TOUCH | WL_COUNT);             \
			break;                                               \
		case WL_TOUCH | WL_PLACED:                                   \
			wl_r_ = body(t, n, WL_TOUCH | WL_PLACED);            \
			break;                                               \
		default:                                                     \
			wl_r_ = body(t, n, WL_TOUCH | WL_PLACED | WL_COUNT); \
			break;                                               \
		}                                                            \
		wl_r_;                                                       \
	})

/* Allocate into the thread's slots, up to n blocks; operations done. */
WL_INLINE uint64_t wl_fill_body(struct wl_thread *t, uint64_t n, unsigned mode)
{
	const struct wl_hot h = wl_hot(t);
	uint32_t *slot = t->slots + t->used, *const first = slot;

	for (uint64_t i = 0; i < n; i++) {
		pga_pfn_t pfn = wl_get(t, &h, mode);

		*slot = pfn;
		slot += pfn != PGA_NIL;
	}
	t->used += (size_t)(slot - first);
	return n;
}

/* Free the thread's slots from the first one on; operations done. */
WL_INLINE uint64_t wl_drain_body(struct wl_thread *t, uint64_t n, unsigned mode)
{
	const struct wl_hot h = wl_hot(t);
	const uint32_t *slot = t->slots + t->freed;

	for (uint64_t i = 0; i < n; i++)
		wl_put(t, &h, slot[i], mode);
	t->freed += n;
	return n;
}

/**
 * wl_fill_step - a batch of a phase that allocates @goal blocks into the slots
 * wl_drain_step - a batch of a phase that frees all slots in their order
 * Both return the operations done, 0 = over.
 */
uint64_t wl_fill_step(struct wl_thread *t, uint64_t goal);
uint64_t wl_drain_step(struct wl_thread *t);

#endif
