/* SPDX-License-Identifier: GPL-2.0-only */
/* Noting who holds which frame, and what happens on the way. */
#include "harness/measure/frag.h"
#include "harness/measure/clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the wrapped operations and hooks, which know the instance alone, write to. */
static struct frag *noting;

static uint64_t read_count(const uint64_t *count)
{
	return __atomic_load_n(count, __ATOMIC_RELAXED);
}

/* Of one writer, but read by others meanwhile. */
static void count_up(uint64_t *count)
{
	__atomic_store_n(count, *count + 1, __ATOMIC_RELAXED);
}

static uint64_t end_of(const struct pga_conf *conf)
{
	uint64_t end = 0;

	for (unsigned z = 0; z < conf->nr_zones; z++) {
		uint64_t e = (uint64_t)conf->zones[z].start + conf->zones[z].span;

		end = e > end ? e : end;
	}
	return end;
}

static unsigned points_for(uint64_t frames)
{
	uint64_t nr = frames ? FRAG_WALK_FRAMES / frames : FRAG_POINTS;

	if (frames > FRAG_MAP_FRAMES || nr > FRAG_POINTS)
		return FRAG_POINTS;
	return nr > FRAG_POINTS_MIN ? (unsigned)nr : FRAG_POINTS_MIN;
}

struct frag *frag_new(const struct pga_ops *ops, const struct pga_conf *conf, uint64_t every)
{
	struct frag *f = calloc(1, sizeof(*f));
	bool ok = f != NULL;

	if (!f)
		return NULL;
	f->ops = ops;
	f->conf = conf;
	f->frames = end_of(conf);
	for (unsigned i = 0; i < PGA_NR_STAGES; i++)
		f->slow_stages |= pga_stages[i].slow ? 1u << i : 0;
	f->every = every ? every : FRAG_EVERY;
	f->next = f->every;
	f->max_points = points_for(f->frames);
	f->cpu = aligned_alloc(_Alignof(struct frag_cpu), conf->nr_cpus * sizeof(*f->cpu));
	if (f->cpu)
		memset(f->cpu, 0, conf->nr_cpus * sizeof(*f->cpu));
	ok &= f->cpu != NULL;
	if (f->frames <= FRAG_MAP_FRAMES) {
		f->held = calloc(f->frames + 1, 1);
		f->map = frag_map_new(conf, ops->caps & PGA_CAP_MOBILITY);
		ok &= f->held && f->map;
	}
	if (ok)
		return f;
	frag_free(f);
	return NULL;
}

void frag_free(struct frag *f)
{
	if (!f)
		return;
	if (noting == f)
		noting = NULL;
	frag_map_free(f->map);
	free(f->held);
	free(f->cpu);
	free(f);
}

static void note_held(struct frag *f, pga_pfn_t pfn, uint8_t held)
{
	if (f->held && pfn < f->frames)
		__atomic_store_n(&f->held[pfn], held, __ATOMIC_RELAXED);
}

uint64_t frag_requests(const struct frag *f)
{
	uint64_t sum = 0;

	for (unsigned c = 0; c < f->conf->nr_cpus; c++)
		sum += read_count(&f->cpu[c].requests);
	return sum;
}

/* The preferred node had the memory, in pieces that were too small; or it had not. */
static bool was_fragmented(const struct frag *f, struct pga_req req)
{
	const struct pga_conf *conf = f->conf;
	unsigned node = req.node < 0 ? conf->cpu_node[req.cpu] : (unsigned)req.node;
	struct wl_frag frag = { { 0 } };

	for (unsigned z = 0; z < conf->nr_zones; z++) {
		struct pga_zone_snap snap = { 0 };

		if (conf->zones[z].node != node)
			continue;
		f->ops->zone_snap(f->pga, z, &snap);
		wl_frag_add(&frag, &snap);
	}
	return wl_frag_fi(&frag, req.order) >= 500;
}

static void note_failure(struct frag *f, struct frag_cpu *c, unsigned order)
{
	if (!c->failed[order]) {
		c->fail_requests[order] = frag_requests(f);
		c->fail_ns[order] = clk_ns() - f->start_ns - f->paused_ns;
	}
	count_up(&c->failed[order]);
}

static struct pga_res noted_alloc(struct pga *self, struct pga_req req, const struct pga_ctx *ctx)
{
	struct frag *f = noting;
	struct frag_cpu *c = &f->cpu[req.cpu];
	unsigned order = req.order < PGA_MAX_ORDERS ? req.order : PGA_MAX_ORDERS - 1;
	struct pga_res res = f->ops->alloc(self, req, ctx);

	count_up(&c->requests);
	count_up(&c->asked[order]);
	count_up(&c->allocs);
	if (res.path & f->slow_stages)
		count_up(&c->slow);
	if (res.pfn == PGA_NIL) {
		note_failure(f, c, order);
		return res;
	}
	note_held(f, res.pfn, wl_held(req.gfp));
	if (res.path & PGA_PATH(REMOTE_NODE))
		count_up(was_fragmented(f, req) ? &c->remote_fragmented : &c->remote_full);
	return res;
}

static void noted_free(struct pga *self, pga_pfn_t pfn, unsigned order, unsigned cpu,
		       unsigned flags)
{
	struct frag *f = noting;

	count_up(&f->cpu[cpu].requests);
	note_held(f, pfn, WL_HELD_UNKNOWN);
	f->ops->free(self, pfn, order, cpu, flags);
}

static int noted_migrate(void *data, pga_pfn_t from, pga_pfn_t to, unsigned order)
{
	struct frag *f = noting;
	uint8_t held = f->held && from < f->frames
			       ? __atomic_load_n(&f->held[from], __ATOMIC_RELAXED)
			       : WL_HELD_UNKNOWN;
	int rc;

	/* Its owner may free the block at its new place as soon as it is there. */
	note_held(f, to, held);
	rc = f->host.migrate(data, from, to, order);
	note_held(f, rc ? to : from, WL_HELD_UNKNOWN);
	return rc;
}

static int noted_evict(void *data, pga_pfn_t pfn)
{
	int rc = noting->host.evict(data, pfn);

	if (!rc)
		note_held(noting, pfn, WL_HELD_UNKNOWN);
	return rc;
}

static void noted_event(void *data, const struct pga_event *event)
{
	struct frag *f = noting;
	unsigned asked = event->type % PGA_MAX_TYPES, taken = (unsigned)event->b % PGA_MAX_TYPES;

	if (f->host.event)
		f->host.event(data, event);
	if (event->id != PGA_EVENT_mm_page_alloc_extfrag)
		return;
	atomic_fetch_add_explicit(event->c ? &f->events.claim[asked][taken]
					   : &f->events.steal[asked][taken],
				  1, memory_order_relaxed);
	if (event->a < f->conf->pageblock_order)
		atomic_fetch_add_explicit(&f->events.fragmenting, 1, memory_order_relaxed);
}

void frag_host(struct frag *f, struct pga_host *host)
{
	noting = f;
	f->host = *host;
	if (host->migrate)
		host->migrate = noted_migrate;
	if (host->evict)
		host->evict = noted_evict;
	host->event = noted_event;
}

const struct pga_ops *frag_wrap(struct frag *f, struct pga *pga)
{
	noting = f;
	f->pga = pga;
	f->start_ns = clk_ns();
	f->wrapped = *f->ops;
	f->wrapped.alloc = noted_alloc;
	f->wrapped.free = noted_free;
	return &f->wrapped;
}
