/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * holes: nearly all memory is taken in single frames, then all but one frame
 * of every group of N is given back, so that no huge block can form.
 *
 * The end has a closed form.  Let T be the frames taken and R = frames - T the
 * remainder that the watermarks and reserves held back.  A group that was
 * taken whole keeps exactly one frame, and at most R groups were not, so
 *   | kept - T / N | <= R
 *   used share = kept / frames
 *   Fu(9) >= 1 - R / (frames - kept)
 * because only the remainder can still hold blocks of order 9 (N <= 512).
 */
#include "workloads/fragindex.h"
#include "workloads/step.h"

#include <stdio.h>
#include <stdlib.h>

enum { P_KEEP = WL_P_OWN, P_WHICH, P_FILL };
enum { WHICH_FIRST, WHICH_RANDOM };

static const char *const which_words[] = { "first", "random", NULL };
static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[P_KEEP] = { "keep-one-in", WL_INT, 4, 2, 512, NULL, "frames",
		     "one frame of so many is kept; aligned groups" },
	[P_WHICH] = { "which", WL_WORD, WHICH_FIRST, 0, 1, which_words, "",
		      "frame of its group that is kept" },
	[P_FILL] = { "fill", WL_PERCENT, 100, 50, 100, NULL, "%",
		     "memory to take at first; ends early when a request fails" },
	{ .name = NULL },
};

enum { PH_TAKE, PH_PUNCH, PH_RELEASE };

static const struct wl_phase phases[] = {
	[PH_TAKE] = { "take", true, false, WL_OP_ALLOC },
	[PH_PUNCH] = { "punch", true, false, WL_OP_FREE },
	[PH_RELEASE] = { "release", true, false, WL_OP_FREE },
	{ .name = NULL },
};

/* own[]: frames taken; a request has failed; slots looked at while punching. */
enum { OWN_TAKEN, OWN_FULL, OWN_SEEN, OWN_KEPT };

static size_t holes_slots(const struct wl_run *run, unsigned index)
{
	return wl_fill_blocks(run, index, run->param[P_FILL]);
}

WL_INLINE uint64_t take_body(struct wl_thread *t, uint64_t n, unsigned mode)
{
	const struct wl_hot h = wl_hot(t);

	for (uint64_t i = 0; i < n; i++) {
		pga_pfn_t pfn = wl_get(t, &h, mode);

		if (__builtin_expect(pfn == PGA_NIL, 0)) {
			t->own[OWN_FULL] = 1;
			return i + 1;
		}
		t->slots[t->used++] = pfn;
	}
	return n;
}

/* Position in its group of the frame that is kept. */
WL_INLINE uint32_t kept_position(const struct wl_run *run, uint32_t group, uint32_t size)
{
	uint64_t x = run->seed ^ (group + 1) * 0x9e3779b97f4a7c15u;

	if (run->param[P_WHICH] == WHICH_FIRST)
		return 0;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	return (uint32_t)((x >> 32) * size >> 32);
}

/*
 * Slots [0, kept) hold what stays, [kept, seen) is stale, [seen, used) is yet
 * to be looked at.
 */
WL_INLINE uint64_t punch_body(struct wl_thread *t, uint64_t n, unsigned mode)
{
	const struct wl_hot h = wl_hot(t);
	uint32_t size = (uint32_t)t->run->param[P_KEEP];
	uint64_t done = 0, seen = t->own[OWN_SEEN], kept = t->own[OWN_KEPT];

	for (; done < n && seen < t->used; seen++) {
		uint32_t pfn = t->slots[seen];

		if (pfn % size == kept_position(t->run, pfn / size, size)) {
			t->slots[kept++] = pfn;
		} else {
			wl_put(t, &h, pfn, mode);
			done++;
		}
	}
	t->own[OWN_SEEN] = seen;
	t->own[OWN_KEPT] = kept;
	return done;
}

static uint64_t holes_step(struct wl_thread *t, unsigned phase)
{
	uint64_t n = t->nr_slots - t->used;

	switch (phase) {
	case PH_TAKE:
		if (!n || t->own[OWN_FULL]) {
			t->own[OWN_TAKEN] = t->used;
			return 0;
		}
		n = n > WL_BATCH ? WL_BATCH : n;
		return WL_SPECIALISE(take_body, t, n);
	case PH_PUNCH:
		n = WL_SPECIALISE(punch_body, t, WL_BATCH);
		if (!n)
			t->used = t->own[OWN_SEEN] = t->own[OWN_KEPT];
		return n;
	default:
		return wl_drain_step(t);
	}
}

/* Frames in use as the instance counts them. */
static uint64_t frames_in_use(struct wl_run *run)
{
	uint64_t used = 0;

	for (unsigned zone = 0; zone < run->conf->nr_zones; zone++) {
		struct pga_zone_info info;
		struct pga_zone_snap snap = { 0 };

		run->ops->zone_info(run->pga, zone, &info);
		run->ops->zone_snap(run->pga, zone, &snap);
		used += info.managed - snap.nr_free_exact;
		for (unsigned cpu = 0; run->ops->pcp_count && cpu < run->conf->nr_cpus; cpu++) {
			uint32_t count[PGA_MAX_TYPES] = { 0 };

			run->ops->pcp_count(run->pga, cpu, zone, count);
			for (unsigned type = 0; type < PGA_MAX_TYPES; type++)
				used -= count[type];
		}
	}
	return used;
}

static void holes_target(struct wl_run *run, struct wl_target *target)
{
	uint64_t taken = 0, kept = 0, keep = (uint64_t)run->param[P_KEEP];
	struct wl_frag frag;

	for (unsigned i = 0; i < run->nr_threads; i++) {
		taken += run->threads[i].own[OWN_TAKEN];
		kept += run->threads[i].used;
	}
	uint64_t rest = run->frames - taken, used = frames_in_use(run);
	uint64_t expected = taken / keep, off = kept > expected ? kept - expected : expected - kept;
	bool whole = taken >= run->frames / 100 * (uint64_t)run->param[P_FILL] / 10 * 9;

	wl_frag_take(&frag, run->ops, run->pga, run->conf);
	target->has = true;
	/* A thousandth off: the index is rounded down. */
	target->wanted = 1.0 - (double)rest / (double)(run->frames - kept) - 0.001;
	target->got = wl_frag_fu(&frag, 9) / 1000.0;
	target->reached = whole && off <= rest + 1 && used == kept && target->got >= target->wanted;
	snprintf(target->text, sizeof(target->text),
		 "Fu(9) >= %.3f, got %.3f; took %.1f %%; used %.2f %% of memory, closed form %.2f "
		 "%%; "
		 "%llu frames in use, %llu kept",
		 target->wanted, target->got, 100.0 * (double)taken / (double)run->frames,
		 100.0 * (double)used / (double)run->frames,
		 100.0 * (double)expected / (double)run->frames, (unsigned long long)used,
		 (unsigned long long)kept);
}

/* Cut short while punching, the slots between kept and seen are stale. */
static void holes_teardown(struct wl_run *run)
{
	for (unsigned i = 0; i < run->nr_threads; i++) {
		struct wl_thread *t = &run->threads[i];
		size_t kept = t->own[OWN_KEPT], seen = t->own[OWN_SEEN];

		if (!t->used)
			continue;
		for (size_t k = seen; k < t->used; k++)
			t->slots[kept++] = t->slots[k];
		t->used = kept;
	}
	wl_release_slots(run);
}

const struct wl_ops wl_holes = {
	.name = "holes",
	.summary = "take nearly all memory, keep one frame in four of every huge block",
	.version = 1,
	.params = params,
	.phases = phases,
	.min_threads = 1,
	.threads_multiple = 1,
	.min_nodes = 1,
	.needs = PGA_CAP_REAL | PGA_CAP_ORDERS,
	.has_placement = true,
	.slots = holes_slots,
	.step = holes_step,
	.target = holes_target,
	.target_phase = PH_PUNCH,
	.teardown = holes_teardown,
};
