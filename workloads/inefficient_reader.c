/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inefficient-reader: many small files are created and read, together larger than
 * memory, so that page cache (movable) alternates with the slabs of their inodes
 * (reclaimable) and with what else the kernel keeps for them (unmovable), and
 * reclaim makes room all the time.  Then random pages of the cache go.
 * After fio-random-reader-inefficient of mmtests.
 */
#include "workloads/fragindex.h"
#include "workloads/own_step.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

enum { P_AMOUNT = WL_P_OWN, P_FILE, P_SLAB, P_KERNEL, P_AGAIN, P_FREE, P_GOAL };

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[P_AMOUNT] = { "amount", WL_INT, 150, 110, 1000, NULL, "% of memory",
		       "pages of all files together" },
	[P_FILE] = { "file", WL_INT, 16, 1, 65536, NULL, "pages", "pages of a file" },
	[P_SLAB] = { "slab", WL_INT, 4, 1, 65536, NULL, "files",
		     "a frame of slabs for so many files" },
	[P_KERNEL] = { "kernel", WL_INT, 16, 1, 65536, NULL, "files",
		       "an unmovable frame for so many files" },
	[P_AGAIN] = { "again", WL_INT, 8, 0, 65536, NULL, "pages",
		      "random pages of earlier files that are read again with each file" },
	[P_FREE] = { "free", WL_PERCENT, 30, 5, 60, NULL, "%", "memory free in the end" },
	[P_GOAL] = { "goal", WL_PERCENT, 80, 0, 100, NULL, "%", "Fu(9) aimed at" },
	{ .name = NULL },
};

enum { PH_READ, PH_DROP, PH_RELEASE };

static const struct wl_phase phases[] = {
	[PH_READ] = { "read", true, false, WL_OP_ALLOC },
	[PH_DROP] = { "drop", true, true, WL_OP_FREE },
	[PH_RELEASE] = { "release", true, false, WL_OP_FREE },
	{ .name = NULL },
};

/* own[]: frames to drop, +1 when known. */
enum { OWN_DROP };

#define TOLERANCE 0.03 /* of the free share: daemons go on reclaiming */

static uint64_t files_of(const struct wl_run *run, unsigned index)
{
	return run->threads[index].frames * (uint64_t)run->param[P_AMOUNT] / 100 /
	       (uint64_t)run->param[P_FILE];
}

/* Slot k of a file: [0, file) pages, then its slab, then its kernel frame, where it has one. */
static size_t places_of_file(const struct wl_run *run)
{
	return (size_t)run->param[P_FILE] + 2;
}

static size_t reader_slots(const struct wl_run *run, unsigned index)
{
	return files_of(run, index) * places_of_file(run);
}

static void reader_owners(const struct wl_run *run, struct own_conf *conf)
{
	uint64_t used = 0;

	for (unsigned i = 0; i < run->nr_threads; i++)
		used += reader_slots(run, i);
	conf->nr_handles = wl_own_handles(run, used);
	conf->nr_tasks = run->nr_threads;
	conf->nr_files = run->nr_threads;
}

/* Opened, then read: the inode comes first. */
static void read_file(struct wl_thread *t)
{
	const int64_t *param = t->run->param;
	uint64_t file = t->used / places_of_file(t->run), pages = (uint64_t)param[P_FILE];
	const struct own_req page = wl_own_req(t, OWN_FILE, t->index);
	const struct own_req slab = wl_own_req(t, OWN_SLAB, 0);
	const struct own_req kernel = wl_own_req(t, OWN_KERNEL, 0);
	uint32_t *slot = t->slots + t->used;

	slot[pages] = slot[pages + 1] = OWN_NONE;
	if (file % (uint64_t)param[P_SLAB] == 0)
		wl_own_get(t, &slab, &slot[pages]);
	if (file % (uint64_t)param[P_KERNEL] == 0)
		wl_own_get(t, &kernel, &slot[pages + 1]);
	for (uint64_t i = 0; i < pages; i++)
		wl_own_get(t, &page, &slot[i]);
	t->used += pages + 2;
}

static bool is_page(const struct wl_thread *t, size_t slot)
{
	return slot % places_of_file(t->run) < (size_t)t->run->param[P_FILE];
}

/*
 * Pages that were read again are not the next to be reclaimed: so reclaim leaves
 * holes, where it would follow the order of the frames otherwise.
 */
static uint64_t read_again(struct wl_thread *t)
{
	uint64_t pages = (uint64_t)t->run->param[P_AGAIN];

	for (uint64_t i = 0; i < pages; i++) {
		size_t at = rng_below(&t->rng, t->used);
		uint32_t handle = t->slots[at];

		if (is_page(t, at) && handle != OWN_NONE &&
		    own_touch(t->run->own, handle) == -ENOENT)
			wl_own_fault(t, handle);
	}
	return pages;
}

static uint64_t read_files(struct wl_thread *t)
{
	uint64_t n = 0;

	while (n < WL_BATCH && t->used < t->nr_slots) {
		read_file(t);
		n += (uint64_t)t->run->param[P_FILE] + read_again(t);
	}
	return n;
}

static bool present(const struct wl_thread *t, size_t slot)
{
	return t->slots[slot] != OWN_NONE && own_present(t->run->own, t->slots[slot]);
}

/* Over the slots of all threads. */
struct place {
	struct wl_thread *t;
	size_t slot;
};

static size_t all_slots(const struct wl_run *run)
{
	size_t nr = 0;

	for (unsigned i = 0; i < run->nr_threads; i++)
		nr += run->threads[i].used;
	return nr;
}

static struct place place_at(const struct wl_run *run, size_t at)
{
	struct wl_thread *t = run->threads;

	for (; at >= t->used; t++)
		at -= t->used;
	return (struct place){ t, at };
}

static uint64_t too_many(const struct wl_run *run)
{
	uint64_t keep = run->frames * (uint64_t)(100 - run->param[P_FREE]) / 100, have = 0;

	for (unsigned i = 0; i < run->nr_threads; i++)
		for (size_t k = 0; k < run->threads[i].used; k++)
			have += present(&run->threads[i], k);
	return have > keep ? have - keep : 0;
}

/* Random pages go, of all threads; by thread 0, which gives up after a look at each. */
static uint64_t drop_pages(struct wl_thread *t)
{
	size_t nr = all_slots(t->run);
	uint64_t n = 0;

	if (!t->own[OWN_DROP])
		t->own[OWN_DROP] = too_many(t->run) + 1;
	for (; n < WL_BATCH && t->own[OWN_DROP] > 1; n++) {
		size_t at = rng_below(&t->rng, nr), looks = 0;
		struct place p = place_at(t->run, at);

		while (looks++ < nr && !(is_page(p.t, p.slot) && present(p.t, p.slot)))
			p = place_at(t->run, (at + looks) % nr);
		if (looks > nr)
			return n;
		own_free(t->run->own, p.t->slots[p.slot], t->req.cpu);
		p.t->slots[p.slot] = OWN_NONE;
		t->own[OWN_DROP]--;
	}
	return n;
}

static uint64_t reader_step(struct wl_thread *t, unsigned phase)
{
	switch (phase) {
	case PH_READ:
		return read_files(t);
	case PH_DROP:
		return drop_pages(t);
	default:
		return wl_own_drain_step(t);
	}
}

static bool is_fixed(const struct wl_thread *t, size_t slot)
{
	return !is_page(t, slot);
}

static void reader_target(struct wl_run *run, struct wl_target *target)
{
	double frames = (double)run->frames, wanted = (double)run->param[P_FREE] / 100;
	double beyond = (double)(run->param[P_AMOUNT] - 100) / 100;
	double evicted = (double)wl_own_stat(run, OWN_STAT_evicted) / frames;
	double left = 1 - (double)own_frames(run->own) / frames;
	struct wl_blocks blocks;
	struct wl_frag frag;

	wl_frag_take(&frag, run->ops, run->pga, run->conf);
	target->has = true;
	target->wanted = (double)run->param[P_GOAL] / 100;
	target->got = wl_frag_fu(&frag, 9) / 1000.0;
	target->reached = target->got >= target->wanted && evicted >= 0.9 * beyond &&
			  fabs(left - wanted) <= TOLERANCE && wl_own_whole(run);
	snprintf(target->text, sizeof(target->text),
		 "Fu(9) >= %.3f at %.1f %% free (+- %.0f), got %.3f at %.1f %%; evicted %.1f %% of "
		 "memory (at least %.1f); contents %s",
		 target->wanted, 100 * wanted, 100 * TOLERANCE, target->got, 100 * left,
		 100 * evicted, 90 * beyond, wl_own_contents(run));
	if (!wl_blocks_take(run, is_fixed, &blocks)) {
		wl_metric(target, "mixed_blocks", (double)blocks.mixed);
		wl_metric(target, "clean_blocks",
			  100.0 - 100.0 * (double)blocks.fixed / (double)blocks.nr);
	}
	wl_metric(target, "evicted", evicted * frames);
	wl_metric(target, "avail_order9", 100.0 * wl_free_share(run, 9));
}

const struct wl_ops wl_inefficient_reader = {
	.name = "inefficient-reader",
	.summary = "small files larger than memory: page cache between slabs, with reclaim",
	.version = 2,
	.params = params,
	.phases = phases,
	.min_threads = 1,
	.threads_multiple = 1,
	.min_nodes = 1,
	.needs = PGA_CAP_REAL | PGA_CAP_RECLAIM,
	.needs_host = true,
	.owners = reader_owners,
	.slots = reader_slots,
	.step = reader_step,
	.target = reader_target,
	.target_phase = PH_DROP,
	.teardown = wl_own_teardown,
};
