/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * oom: tasks grow, some faster than others, until memory is gone and the
 * largest is killed; its frames come back, it starts again, and so on.
 *
 * With no swap, anonymous memory cannot be reclaimed: T frames allocated and
 * not given back by kills can never exceed memory, so after G allocations at
 * least G - M frames came back by kills.
 */
#include "workloads/own_step.h"

#include <errno.h>
#include <stdio.h>

enum { P_TASKS = WL_P_OWN, P_KILLS, P_SWAP };

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[P_TASKS] = { "tasks", WL_INT, 8, 1, 1024, NULL, "tasks", "tasks of each thread" },
	[P_KILLS] = { "kills", WL_INT, 4, 1, 1000, NULL, "tasks",
		      "kills of all threads' tasks after which it ends" },
	[P_SWAP] = { "swap", WL_PERCENT, 0, 0, 400, NULL, "%", "swap, of memory" },
	{ .name = NULL },
};

enum { PH_GROW, PH_EXIT };

static const struct wl_phase phases[] = {
	[PH_GROW] = { "grow", true, false, WL_OP_ALLOC },
	[PH_EXIT] = { "exit", true, false, WL_OP_FREE },
	{ .name = NULL },
};

/* own[]: frames got; frames given back at exits; requests refused to the killed; tasks gone. */
enum { OWN_GOT, OWN_BACK, OWN_REFUSED, OWN_GONE };

static size_t oom_slots(const struct wl_run *run, unsigned index)
{
	return (size_t)run->param[P_TASKS] <= run->threads[index].frames ? 1 : 0;
}

static void oom_owners(const struct wl_run *run, struct own_conf *conf)
{
	uint64_t tasks = (uint64_t)run->param[P_TASKS] * run->nr_threads;
	uint64_t swap = run->frames * (uint64_t)run->param[P_SWAP] / 100;

	/* Handles of the killed stay until their task has exited. */
	conf->nr_handles = wl_own_handles(run, 2 * run->frames + swap);
	conf->nr_tasks = tasks > OWN_MAX_GROUPS / 2 ? OWN_MAX_GROUPS / 2 : (uint32_t)tasks;
	conf->swap_frames = swap;
}

static unsigned nr_tasks(const struct wl_run *run)
{
	unsigned most = OWN_MAX_GROUPS / 2 / run->nr_threads, want = (unsigned)run->param[P_TASKS];

	return want < most ? want : most;
}

static unsigned task_of(const struct wl_thread *t, unsigned k)
{
	return t->index * nr_tasks(t->run) + k;
}

/* Task k of n grows n - k times as fast as the last one. */
static unsigned pick(struct wl_thread *t)
{
	unsigned n = nr_tasks(t->run);
	uint32_t a = rng_below(&t->rng, n), b = rng_below(&t->rng, n);

	return task_of(t, a < b ? a : b);
}

static void grow_one(struct wl_thread *t)
{
	unsigned task = pick(t);
	const struct own_req req = wl_own_req(t, OWN_ANON, task);
	uint32_t handle;
	struct pga_res res = wl_own_get(t, &req, &handle);

	t->own[OWN_GOT] += res.pfn != PGA_NIL;
	if (res.err != -ESRCH)
		return;
	t->own[OWN_REFUSED]++;
	t->own[OWN_BACK] += own_task_exit(t->run->own, task, t->req.cpu);
}

/* Enough for every kill even if each took a task of average size. */
static uint64_t most_requests(const struct wl_run *run)
{
	return 4 * run->frames * (uint64_t)(run->param[P_KILLS] + 1);
}

static uint64_t grow(struct wl_thread *t)
{
	if (wl_own_stat(t->run, OWN_STAT_kills) >= (uint64_t)t->run->param[P_KILLS] ||
	    t->done >= most_requests(t->run))
		return 0;
	for (unsigned i = 0; i < 256; i++)
		grow_one(t);
	return 256;
}

static uint64_t leave(struct wl_thread *t)
{
	unsigned k = (unsigned)t->own[OWN_GONE]++;

	if (k >= nr_tasks(t->run))
		return 0;
	uint64_t frames = own_task_exit(t->run->own, task_of(t, k), t->req.cpu);

	t->own[OWN_BACK] += frames;
	return frames ? frames : 1;
}

static uint64_t oom_step(struct wl_thread *t, unsigned phase)
{
	return phase == PH_GROW ? grow(t) : leave(t);
}

static void oom_target(struct wl_run *run, struct wl_target *target)
{
	uint64_t kills = wl_own_stat(run, OWN_STAT_kills), got = 0, fails = 0, refused = 0;
	uint64_t killed = wl_own_stat(run, OWN_STAT_killed_frames), left = own_frames(run->own);

	for (unsigned i = 0; i < run->nr_threads; i++) {
		got += run->threads[i].own[OWN_GOT];
		fails += run->threads[i].fails;
		refused += run->threads[i].own[OWN_REFUSED];
	}
	target->has = true;
	target->wanted = (double)run->param[P_KILLS];
	target->got = (double)kills;
	target->reached = kills >= (uint64_t)run->param[P_KILLS] && !left && wl_own_whole(run);
	snprintf(target->text, sizeof(target->text),
		 "%.0f tasks killed at least, got %.0f, %llu frames back by that; %llu frames "
		 "left after all tasks have ended; contents %s",
		 target->wanted, target->got, (unsigned long long)killed, (unsigned long long)left,
		 wl_own_contents(run));
	wl_metric(target, "kills", (double)kills);
	wl_metric(target, "killed_frames", (double)killed);
	wl_metric(target, "grown_frames", (double)got);
	wl_metric(target, "refused_to_killed", (double)refused);
	wl_metric(target, "failed", (double)fails);
}

const struct wl_ops wl_oom = {
	.name = "oom",
	.summary = "tasks grow until the killer runs, and all comes back",
	.version = 1,
	.params = params,
	.phases = phases,
	.alone = true,
	.min_threads = 1,
	.threads_multiple = 1,
	.min_nodes = 1,
	.needs = PGA_CAP_REAL | PGA_CAP_RECLAIM,
	.needs_host = true,
	.owners = oom_owners,
	.slots = oom_slots,
	.step = oom_step,
	.target = oom_target,
	.target_phase = PH_EXIT,
	.teardown = wl_own_teardown,
};
