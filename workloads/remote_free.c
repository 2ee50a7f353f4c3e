/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * remote-free: every thread allocates on its own node, and a thread on another
 * node frees.  A mechanism with lists of frames for each CPU then keeps frames
 * of one node on the lists of another node's CPUs.
 *
 * How much must be remote has a closed form.  Thread i + shift takes what
 * thread i frees (wl_remote_shift); of N threads R meet another node, all ask
 * for as many frames, and while no node is full each frame is of its
 * allocator's node: R / N of all frees are remote.  The CPUs of a node without
 * memory get frames of the node that their list begins with, so it is that one
 * which the freer must not be on; where there is no such list, the thread does
 * not count to the R.
 */
#include "workloads/nodes.h"
#include "workloads/own_step.h"

#include <errno.h>
#include <stdio.h>

enum { P_BATCH = WL_P_OWN };

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[P_BATCH] = { "batch", WL_INT, 512, 1, 65536, NULL, "blocks",
		      "blocks that a thread allocates before another one frees them" },
	{ .name = NULL },
};

enum { PH_ALLOC, PH_FREE };

static const struct wl_phase phases[] = {
	[PH_ALLOC] = { "alloc", true, false, WL_OP_ALLOC },
	[PH_FREE] = { "free", true, false, WL_OP_FREE },
	{ .name = NULL },
};

/* own[]: blocks got, and of them on another node than the CPU that will free them. */
enum { OWN_GOT, OWN_REMOTE };

struct pairs {
	unsigned shift, nr_remote;
};

static size_t remote_slots(const struct wl_run *run, unsigned index)
{
	uint64_t batch = (uint64_t)run->param[P_BATCH];

	return batch <= run->threads[index].frames / 2 >> run->order ? batch : 0;
}

static unsigned remote_rounds(const struct wl_run *run)
{
	uint64_t rounds = run->max_ops / (uint64_t)run->param[P_BATCH];

	return rounds < 1 ? 1 : rounds > WL_MAX_ROUNDS ? WL_MAX_ROUNDS : (unsigned)rounds;
}

/* The node that a thread's frames come from, while it has any; -1: not known. */
static int home_of(const struct wl_run *run, const struct wl_thread *t)
{
	unsigned node = wl_thread_node(t);
	uint16_t zone;

	if (wl_node_frames(run->conf, node))
		return (int)node;
	if (!run->ops->zonelist || !run->ops->zonelist(run->pga, node, false, &zone, 1))
		return -1;
	return run->conf->zones[zone].node;
}

static const struct wl_thread *freer_of(const struct wl_run *run, const struct wl_thread *t)
{
	const struct pairs *p = run->shared;

	return &run->threads[(t->index + run->nr_threads - p->shift) % run->nr_threads];
}

static unsigned count_remote(const struct wl_run *run)
{
	unsigned nr = 0;

	for (unsigned i = 0; i < run->nr_threads; i++) {
		const struct wl_thread *t = &run->threads[i];
		int home = home_of(run, t);

		nr += home >= 0 && home != (int)wl_thread_node(freer_of(run, t));
	}
	return nr;
}

static int remote_setup(struct wl_run *run, char *why, size_t len)
{
	struct pairs *p;
	int rc = wl_shared_new(run, sizeof(struct pairs), why, len);

	if (rc)
		return rc;
	p = run->shared;
	p->shift = wl_remote_shift(run, &p->nr_remote);
	if (p->shift) {
		p->nr_remote = count_remote(run);
		return 0;
	}
	snprintf(why, len, "remote-free: the CPUs of all %u threads are on node %u",
		 run->nr_threads, wl_thread_node(run->threads));
	return -EOPNOTSUPP;
}

WL_INLINE uint64_t alloc_body(struct wl_thread *t, uint64_t n, unsigned mode)
{
	const struct wl_run *run = t->run;
	const struct wl_hot h = wl_hot(t);
	int freer = (int)wl_thread_node(freer_of(run, t));

	for (uint64_t i = 0; i < n; i++) {
		struct pga_res res = wl_get_res(t, &h, mode);

		if (__builtin_expect(res.pfn == PGA_NIL, 0))
			continue;
		t->slots[t->used++] = res.pfn;
		t->own[OWN_GOT]++;
		t->own[OWN_REMOTE] += res.node != freer;
	}
	return n;
}

/* The slots are another thread's, which does not use them in this phase. */
WL_INLINE uint64_t free_body(struct wl_thread *t, uint64_t n, unsigned mode)
{
	const struct wl_run *run = t->run;
	const struct pairs *p = run->shared;
	struct wl_thread *peer = &run->threads[(t->index + p->shift) % run->nr_threads];
	const struct wl_hot h = wl_hot(t);

	for (uint64_t i = 0; i < n; i++)
		wl_put(t, &h, peer->slots[peer->freed++], mode);
	return n;
}

static uint64_t remote_step(struct wl_thread *t, unsigned phase)
{
	const struct pairs *p = t->run->shared;
	struct wl_thread *peer = &t->run->threads[(t->index + p->shift) % t->run->nr_threads];
	uint64_t n = phase == PH_ALLOC ? t->nr_slots - t->done : peer->used - peer->freed;

	if (!n) {
		if (phase == PH_FREE)
			peer->used = peer->freed = 0;
		return 0;
	}
	if (n > WL_BATCH)
		n = WL_BATCH;
	return phase == PH_ALLOC ? WL_SPECIALISE(alloc_body, t, n) : WL_SPECIALISE(free_body, t, n);
}

/* Frames on the lists of CPUs: all, and those of other nodes than the CPU's. */
static void count_cached(const struct wl_run *run, uint64_t *all, uint64_t *foreign)
{
	const struct pga_conf *conf = run->conf;

	for (unsigned cpu = 0; cpu < conf->nr_cpus; cpu++) {
		for (unsigned z = 0; z < conf->nr_zones; z++) {
			uint32_t count[PGA_MAX_TYPES] = { 0 };

			run->ops->pcp_count(run->pga, cpu, z, count);
			for (unsigned k = 0; k < PGA_MAX_TYPES; k++) {
				*all += count[k];
				*foreign +=
					conf->zones[z].node == conf->cpu_node[cpu] ? 0 : count[k];
			}
		}
	}
}

static void remote_target(struct wl_run *run, struct wl_target *target)
{
	const struct pairs *p = run->shared;
	uint64_t got = 0, remote = 0, cached = 0, foreign = 0;

	for (unsigned i = 0; i < run->nr_threads; i++) {
		got += run->threads[i].own[OWN_GOT];
		remote += run->threads[i].own[OWN_REMOTE];
	}
	target->has = true;
	target->wanted = 100.0 * p->nr_remote / run->nr_threads;
	target->got = got ? 100.0 * (double)remote / (double)got : 0;
	target->reached = got && target->got >= target->wanted;
	snprintf(target->text, sizeof(target->text),
		 "%.1f %% of frees of frames of another node, got %.1f %%", target->wanted,
		 target->got);
	wl_metric(target, "remote_frees", target->got);
	if (!run->ops->pcp_count)
		return;
	count_cached(run, &cached, &foreign);
	wl_metric(target, "pcp_frames", (double)cached);
	wl_metric(target, "pcp_foreign", (double)foreign);
}

const struct wl_ops wl_remote_free = {
	.name = "remote-free",
	.summary = "allocate on one node, free by a CPU of another",
	.version = 1,
	.params = params,
	.phases = phases,
	.min_threads = 2,
	.threads_multiple = 1,
	.min_nodes = 2,
	.needs = PGA_CAP_REAL | PGA_CAP_NODES | PGA_CAP_THREADS,
	.has_order = true,
	.slots = remote_slots,
	.rounds = remote_rounds,
	.setup = remote_setup,
	.step = remote_step,
	.target = remote_target,
	.target_phase = PH_FREE,
	.teardown = wl_release_all,
};
