/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * outstanding: allocate N blocks, then free all N, again and again.  With N
 * above what a per-CPU list holds, every batch goes to the buddy lists and
 * back: what the list saves is defeated.
 */
#include "workloads/step.h"

enum { P_LIVE = WL_P_OWN, P_ORDER_OF_FREES };
enum { FREE_OLDEST, FREE_NEWEST };

static const char *const free_words[] = { "oldest", "newest", NULL };
static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[P_LIVE] = { "live", WL_INT, 1024, 1, 4096, NULL, "blocks",
		     "blocks that each thread holds before it frees them" },
	[P_ORDER_OF_FREES] = { "free", WL_WORD, FREE_OLDEST, 0, 1, free_words, "",
			       "which block is freed first" },
	{ .name = NULL },
};

static const struct wl_phase phases[] = {
	{ "pairs", true, false, WL_OP_PAIR },
	{ .name = NULL },
};

static size_t outstanding_slots(const struct wl_run *run, unsigned index)
{
	uint64_t live = (uint64_t)run->param[P_LIVE];

	return live <= run->threads[index].frames / 2 >> run->order ? live : 0;
}

WL_INLINE uint64_t live_body(struct wl_thread *t, uint64_t n, unsigned mode)
{
	const struct wl_hot h = wl_hot(t);
	size_t got = 0;

	for (uint64_t i = 0; i < n; i++) {
		pga_pfn_t pfn = wl_get(t, &h, mode);

		t->slots[got] = pfn;
		got += pfn != PGA_NIL;
	}
	if (t->run->param[P_ORDER_OF_FREES] == FREE_OLDEST)
		for (size_t i = 0; i < got; i++)
			wl_put(t, &h, t->slots[i], mode);
	else
		while (got > 0)
			wl_put(t, &h, t->slots[--got], mode);
	return n;
}

static uint64_t outstanding_step(struct wl_thread *t, unsigned phase)
{
	uint64_t n = t->run->max_ops - t->done;

	(void)phase;
	if (n > t->nr_slots)
		n = t->nr_slots;
	return n ? WL_SPECIALISE(live_body, t, n) : 0;
}

const struct wl_ops wl_outstanding = {
	.name = "outstanding",
	.summary = "hold N blocks before freeing them: defeats per-CPU lists",
	.version = 1,
	.params = params,
	.phases = phases,
	.min_threads = 1,
	.threads_multiple = 1,
	.min_nodes = 1,
	.has_order = true,
	.has_placement = true,
	.slots = outstanding_slots,
	.step = outstanding_step,
	.teardown = wl_release_slots,
};
