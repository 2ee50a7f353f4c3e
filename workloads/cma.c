/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cma: a CMA area lends its frames to movable memory; then a device claims
 * contiguous ranges of it, so that what lies there has to move away.
 *
 * All of the area is claimed piece by piece.  With no frame pinned each piece
 * must be had as long as there is room elsewhere; with `pinned` a share of the
 * frames stays where it is, and pieces that hold one are refused.
 */
#include "workloads/own_step.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { P_AREA = WL_P_OWN, P_RANGE, P_PEAK, P_FILL, P_PINNED };

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[P_AREA] = { "area", WL_PERCENT, 25, 1, 75, NULL, "%", "memory that is a CMA area" },
	[P_RANGE] = { "range", WL_BYTES, 4 << 20, 4096, 1 << 30, NULL, "bytes",
		      "contiguous range of one claim" },
	[P_PEAK] = { "peak", WL_PERCENT, 95, 1, 97, NULL, "%",
		     "memory in movable frames at first: the area is used when the rest is full" },
	[P_FILL] = { "fill", WL_PERCENT, 55, 1, 97, NULL, "%",
		     "memory in movable frames before the claims; at most the peak" },
	[P_PINNED] = { "pinned", WL_INT, 0, 0, 1000000, NULL, "ppm",
		       "of a million movable frames, how many are pinned" },
	{ .name = NULL },
};

enum { PH_FILL, PH_SHRINK, PH_PIN, PH_CLAIM, PH_GIVE_BACK, PH_RELEASE };

static const struct wl_phase phases[] = {
	[PH_FILL] = { "fill", true, false, WL_OP_ALLOC },
	[PH_SHRINK] = { "shrink", false, false, WL_OP_FREE },
	[PH_PIN] = { "pin", false, false, WL_OP_PAIR },
	[PH_CLAIM] = { "claim", false, true, WL_OP_ALLOC },
	[PH_GIVE_BACK] = { "give back", false, true, WL_OP_FREE },
	[PH_RELEASE] = { "release", true, false, WL_OP_FREE },
	{ .name = NULL },
};

/* own[]: frames held, and of them pinned. */
enum { OWN_LIVE, OWN_PINNED };

/* Pieces of all areas, and which of them are claimed. */
struct claims {
	const struct pga_step *take, *give;
	unsigned nr, next, got, lent; /* lent: frames in use in the areas before */
	struct piece {
		struct pga_range range;
		bool claimed;
	} piece[];
};

static uint64_t cma_area(const int64_t *param, uint64_t frames)
{
	return frames * (uint64_t)param[P_AREA] / 100;
}

static size_t cma_slots(const struct wl_run *run, unsigned index)
{
	return wl_share(run, index, run->param[P_PEAK]);
}

static void cma_owners(const struct wl_run *run, struct own_conf *conf)
{
	uint64_t used = 0;

	for (unsigned i = 0; i < run->nr_threads; i++)
		used += cma_slots(run, i);
	conf->nr_handles = wl_own_handles(run, used);
	conf->nr_tasks = run->nr_threads;
}

static const struct pga_step *find_step(const struct pga_ops *ops, const char *name)
{
	const struct pga_step *s = ops->steps;

	while (s && s->name && strcmp(s->name, name) != 0)
		s++;
	return s && s->name ? s : NULL;
}

static uint32_t frames_of_range(const struct wl_run *run)
{
	return (uint32_t)(run->param[P_RANGE] >> run->conf->page_shift);
}

static int cma_setup(struct wl_run *run, char *why, size_t len)
{
	const struct pga_conf *conf = run->conf;
	uint32_t range = frames_of_range(run);
	unsigned nr = 0;

	for (unsigned i = 0; i < conf->nr_cma; i++)
		nr += (conf->cma[i].end - conf->cma[i].start) / range;
	struct claims *c = calloc(1, sizeof(*c) + nr * sizeof(c->piece[0]));

	run->shared = c;
	if (!c) {
		snprintf(why, len, "cma: no memory for %u ranges", nr);
		return -ENOMEM;
	}
	c->take = find_step(run->ops, "alloc_contig");
	c->give = find_step(run->ops, "free_contig");
	if (!c->take || !c->give || !nr) {
		snprintf(why, len, "cma: %s",
			 nr ? "the mechanism cannot claim ranges" : "no range fits into the area");
		return -EOPNOTSUPP;
	}
	for (unsigned i = 0; i < conf->nr_cma; i++)
		for (pga_pfn_t at = conf->cma[i].start; at + range <= conf->cma[i].end; at += range)
			c->piece[c->nr++].range = (struct pga_range){ at, at + range };
	return 0;
}

static uint64_t fill(struct wl_thread *t)
{
	const struct own_req req = wl_own_req(t, OWN_ANON, t->index);
	uint64_t n = t->nr_slots - t->used;

	if (n > WL_BATCH)
		n = WL_BATCH;
	for (uint64_t i = 0; i < n; i++) {
		uint32_t *slot = &t->slots[t->used++];

		wl_own_get(t, &req, slot);
		t->own[OWN_LIVE] += *slot != OWN_NONE;
	}
	return n;
}

static uint64_t shrink(struct wl_thread *t)
{
	uint64_t keep = t->frames * (uint64_t)t->run->param[P_FILL] / 100;
	uint64_t n = t->own[OWN_LIVE] > keep ? t->own[OWN_LIVE] - keep : 0;

	if (n > WL_BATCH)
		n = WL_BATCH;
	wl_own_drop(t, t->used, n);
	t->own[OWN_LIVE] -= n;
	return n;
}

static uint64_t pin(struct wl_thread *t)
{
	uint64_t n = t->used - t->done;

	if (n > WL_BATCH)
		n = WL_BATCH;
	for (uint64_t i = t->done; i < t->done + n; i++) {
		if (t->slots[i] == OWN_NONE ||
		    rng_below(&t->rng, 1000000) >= (uint64_t)t->run->param[P_PINNED])
			continue;
		t->own[OWN_PINNED] += !own_pin(t->run->own, t->slots[i]);
	}
	return n;
}

/* Frames of the areas that movable memory uses. */
static unsigned count_lent(const struct wl_run *run)
{
	unsigned lent = 0;

	for (unsigned k = 0; k < run->nr_threads; k++) {
		const struct wl_thread *t = &run->threads[k];

		for (size_t i = t->freed; i < t->used; i++) {
			pga_pfn_t pfn =
				t->slots[i] == OWN_NONE ? PGA_NIL : own_pfn(run->own, t->slots[i]);

			for (unsigned a = 0; a < run->conf->nr_cma; a++)
				lent += pfn >= run->conf->cma[a].start &&
					pfn < run->conf->cma[a].end;
		}
	}
	return lent;
}

static int64_t run_step(const struct wl_thread *t, const struct pga_step *step,
			struct pga_range range)
{
	const struct pga_step_arg arg = {
		.zone = -1,
		.cpu = t->req.cpu,
		.order = -1,
		.sync = true,
		.gfp = PGA_GFP_KERNEL,
		.range = range,
	};

	return step->run(t->run->pga, &arg);
}

static uint64_t claim(struct wl_thread *t)
{
	struct claims *c = t->run->shared;

	if (!c->next)
		c->lent = count_lent(t->run);
	if (c->next == c->nr)
		return 0;
	struct piece *p = &c->piece[c->next++];

	p->claimed = run_step(t, c->take, p->range) >= 0;
	c->got += p->claimed;
	return 1;
}

static uint64_t give_back(struct wl_thread *t)
{
	struct claims *c = t->run->shared;

	if (!c->next)
		return 0;
	struct piece *p = &c->piece[--c->next];

	if (p->claimed)
		run_step(t, c->give, p->range);
	p->claimed = false;
	return 1;
}

static uint64_t cma_step(struct wl_thread *t, unsigned phase)
{
	switch (phase) {
	case PH_FILL:
		return fill(t);
	case PH_SHRINK:
		return shrink(t);
	case PH_PIN:
		return pin(t);
	case PH_CLAIM:
		return claim(t);
	case PH_GIVE_BACK:
		return give_back(t);
	default:
		return wl_own_drain_step(t);
	}
}

static void cma_target(struct wl_run *run, struct wl_target *target)
{
	const struct claims *c = run->shared;
	uint64_t pinned = 0;

	for (unsigned i = 0; i < run->nr_threads; i++)
		pinned += run->threads[i].own[OWN_PINNED];
	target->has = true;
	target->wanted = pinned ? 0 : 100;
	target->got = 100.0 * c->got / c->nr;
	target->reached = target->got >= target->wanted && c->lent && wl_own_whole(run);
	snprintf(target->text, sizeof(target->text),
		 "%.0f %% of %u ranges claimed at least, got %.1f %%; %u of their frames were in "
		 "use before, %llu pinned; contents %s",
		 target->wanted, c->nr, target->got, c->lent, (unsigned long long)pinned,
		 wl_own_contents(run));
	wl_metric(target, "claimed_ranges", target->got);
	wl_metric(target, "moved", (double)wl_own_stat(run, OWN_STAT_migrated));
}

/* Cut short, claimed ranges have to go back too. */
static void cma_teardown(struct wl_run *run)
{
	while (run->shared && give_back(&run->threads[0]))
		;
	wl_own_teardown(run);
}

const struct wl_ops wl_cma = {
	.name = "cma",
	.summary = "a CMA area in use by movable frames is claimed in contiguous ranges",
	.version = 1,
	.params = params,
	.phases = phases,
	.alone = true,
	.min_threads = 1,
	.threads_multiple = 1,
	.min_nodes = 1,
	.needs = PGA_CAP_REAL | PGA_CAP_ISOLATE | PGA_CAP_RECLAIM,
	.needs_host = true,
	.owners = cma_owners,
	.cma = cma_area,
	.slots = cma_slots,
	.setup = cma_setup,
	.step = cma_step,
	.target = cma_target,
	.target_phase = PH_CLAIM,
	.teardown = cma_teardown,
};
