/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pressure: a page cache larger than memory.  Each thread reads its file once,
 * page by page, then at random, most accesses going to a hot part; some write.
 *
 * What must have happened has a closed form: of P distinct pages read, memory
 * of M frames holds at most M, so at least P - M were evicted, and no read may
 * have failed: clean page cache is always there to be reclaimed.
 */
#include "workloads/own_step.h"

#include <errno.h>
#include <stdio.h>

enum { P_SIZE = WL_P_OWN, P_DIRTY, P_HOT, P_HOT_SHARE };

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[P_SIZE] = { "size", WL_PERCENT, 150, 10, 1600, NULL, "%",
		     "pages of the files, of memory" },
	[P_DIRTY] = { "dirty", WL_PERCENT, 10, 0, 100, NULL, "%", "random accesses that write" },
	[P_HOT] = { "hot", WL_PERCENT, 20, 1, 100, NULL, "%", "pages that are hot" },
	[P_HOT_SHARE] = { "hot-accesses", WL_PERCENT, 80, 0, 100, NULL, "%",
			  "random accesses that go to hot pages" },
	{ .name = NULL },
};

enum { PH_READ, PH_CHURN, PH_DROP };

static const struct wl_phase phases[] = {
	[PH_READ] = { "read", true, false, WL_OP_ALLOC },
	[PH_CHURN] = { "churn", true, false, WL_OP_PAIR },
	[PH_DROP] = { "drop", true, false, WL_OP_FREE },
	{ .name = NULL },
};

/* own[]: accesses that found their page, that did not. */
enum { OWN_HITS, OWN_MISSES };

static size_t pressure_slots(const struct wl_run *run, unsigned index)
{
	return wl_share(run, index, run->param[P_SIZE]);
}

static void pressure_owners(const struct wl_run *run, struct own_conf *conf)
{
	uint64_t pages = run->frames * (uint64_t)run->param[P_SIZE] / 100;

	conf->nr_handles = wl_own_handles(run, pages + run->nr_threads);
	conf->nr_files = run->nr_threads;
}

static uint64_t read_once(struct wl_thread *t)
{
	const struct own_req req = wl_own_req(t, OWN_FILE, t->index);
	uint64_t n = t->nr_slots - t->used;

	if (n > WL_BATCH)
		n = WL_BATCH;
	for (uint64_t i = 0; i < n; i++)
		wl_own_get(t, &req, &t->slots[t->used++]);
	return n;
}

static size_t pick(struct wl_thread *t)
{
	const int64_t *param = t->run->param;
	uint64_t hot = t->used * (uint64_t)param[P_HOT] / 100;

	return rng_below(&t->rng, hot && wl_chance(&t->rng, param[P_HOT_SHARE]) ? hot : t->used);
}

static void access_page(struct wl_thread *t, uint32_t *slot, bool write)
{
	const struct own_req req = wl_own_req(t, OWN_FILE, t->index);
	struct own *own = t->run->own;
	int rc;

	if (*slot == OWN_NONE) {
		t->own[OWN_MISSES]++;
		wl_own_get(t, &req, slot);
		return;
	}
	rc = write ? own_dirty(own, *slot) : own_touch(own, *slot);
	t->own[rc ? OWN_MISSES : OWN_HITS]++;
	if (rc == -ENOENT && wl_own_fault(t, *slot).err == 0 && write)
		own_dirty(own, *slot);
}

static uint64_t churn(struct wl_thread *t)
{
	uint64_t n = t->run->max_ops - t->done;

	if (n > WL_BATCH)
		n = WL_BATCH;
	for (uint64_t i = 0; i < n; i++) {
		size_t at = pick(t);

		access_page(t, &t->slots[at], wl_chance(&t->rng, t->run->param[P_DIRTY]));
	}
	return n;
}

static uint64_t pressure_step(struct wl_thread *t, unsigned phase)
{
	switch (phase) {
	case PH_READ:
		return read_once(t);
	case PH_CHURN:
		return churn(t);
	default:
		return wl_own_drain_step(t);
	}
}

static void pressure_target(struct wl_run *run, struct wl_target *target)
{
	uint64_t pages = 0, hits = 0, misses = 0, fails = 0;
	uint64_t evicted = wl_own_stat(run, OWN_STAT_evicted);

	for (unsigned i = 0; i < run->nr_threads; i++) {
		pages += run->threads[i].used;
		hits += run->threads[i].own[OWN_HITS];
		misses += run->threads[i].own[OWN_MISSES];
		fails += run->threads[i].fails;
	}
	target->has = true;
	target->wanted = pages > run->frames ? (double)(pages - run->frames) : 0;
	target->got = (double)evicted;
	target->reached = target->got >= target->wanted && !fails && wl_own_whole(run);
	snprintf(target->text, sizeof(target->text),
		 "%.0f frames evicted at least, got %.0f; %llu requests failed, none may; contents "
		 "%s",
		 target->wanted, target->got, (unsigned long long)fails, wl_own_contents(run));
	wl_metric(target, "evicted", (double)evicted);
	wl_metric(target, "hit_share",
		  hits + misses ? 100.0 * (double)hits / (double)(hits + misses) : 0);
}

const struct wl_ops wl_pressure = {
	.name = "pressure",
	.summary = "page cache larger than memory: read once, then at random",
	.version = 1,
	.params = params,
	.phases = phases,
	.min_threads = 1,
	.threads_multiple = 1,
	.min_nodes = 1,
	.needs = PGA_CAP_REAL | PGA_CAP_RECLAIM,
	.needs_host = true,
	.has_placement = true,
	.owners = pressure_owners,
	.slots = pressure_slots,
	.step = pressure_step,
	.target = pressure_target,
	.target_phase = PH_CHURN,
	.teardown = wl_own_teardown,
};
