/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory of an engine: mapped, bound, populated, verified, proven. */
#include "harness/engine/engine.h"
#include "harness/kernel/events.h"
#include "harness/matrix/sizing.h"
#include "harness/measure/clock.h"
#include "harness/measure/frag.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAME_SAMPLES 64u /* pages looked at per node, or per proof window */
#define META_SAMPLES 16u  /* pages looked at per extent */
#define NS_PER_S 1e9

static int out_of_memory(char *why, size_t len, const char *what, size_t bytes, int rc)
{
	snprintf(why, len, "%s: %zu bytes: %s", what, bytes, strerror(-rc));
	return rc == -EINVAL ? -EINVAL : -ENOMEM;
}

static void bind(struct engine *e, void *addr, size_t bytes, unsigned node, const char *what)
{
	int why = 0;

	if (!bytes || topo_bind_range(e->topo, addr, bytes, node, &why) != TOPO_UNBOUND)
		return;
	if (!e->unbound)
		snprintf(e->unbound_why, sizeof(e->unbound_why), "%s not bound to node %u: %s",
			 what, node, strerror(why));
	e->unbound = true;
}

static size_t page_up(size_t bytes)
{
	size_t page = (size_t)1 << MACHINE_PAGE_SHIFT;

	return (bytes + page - 1) / page * page;
}

/*
 * A kernel maps its frame descriptors with huge pages too, whatever its users
 * get; the cell's choice of huge pages for the frames holds for both.
 */
static int map_meta(struct engine *e)
{
	const struct bench_memory *m = &e->cell->memory;

	return m->huge == TOPO_HUGE_NO && !m->meta_small
		       ? topo_map_advised(&e->meta, e->meta_bytes)
		       : topo_map(&e->meta, e->meta_bytes, m->huge);
}

/* Share of the populated metadata that huge pages back; NaN: not known. */
static double meta_huge(const struct engine *e)
{
	int64_t bytes = topo_huge_bytes(e->meta.addr, e->meta.len);

	return bytes < 0 ? NAN : (double)bytes / (double)e->meta.len;
}

static int open_meta(struct engine *e, char *why, size_t len)
{
	e->ext = calloc(PGA_MAX_EXTENTS, sizeof(*e->ext));
	if (!e->ext)
		return out_of_memory(why, len, "extents", sizeof(*e->ext), -ENOMEM);
	e->nr_ext = e->ops->meta_plan(&e->m->conf, e->ext, PGA_MAX_EXTENTS, why, len);
	if (e->nr_ext < 0)
		return -EINVAL;
	e->meta_bytes = pga_meta_bytes(e->ext, e->nr_ext);
	int rc = map_meta(e);

	if (rc)
		return out_of_memory(why, len, "metadata", e->meta_bytes, rc);
	for (int i = 0; i < e->nr_ext; i++)
		bind(e, (char *)e->meta.addr + e->ext[i].off, e->ext[i].len,
		     sizing_extent_node(e->m, &e->ext[i]), "metadata");
	uint64_t start = clk_ns();

	rc = topo_populate(e->meta.addr, e->meta_bytes);
	e->populate_s = (double)(clk_ns() - start) / NS_PER_S;
	e->meta_huge = meta_huge(e);
	return rc ? out_of_memory(why, len, "populating metadata", e->meta_bytes, rc) : 0;
}

/* Each thread's slots on pages of their own, on the thread's node. */
static int open_slots(struct engine *e, char *why, size_t len)
{
	unsigned nr = e->cell->threads;
	struct wl_run run = { 0 };
	size_t total = 0, at = 0;

	run.threads = sizing_threads(nr);
	e->nr_slots = calloc(nr, sizeof(*e->nr_slots));
	if (!run.threads || !e->nr_slots) {
		free(run.threads);
		return out_of_memory(why, len, "threads", nr * sizeof(*run.threads), -ENOMEM);
	}
	sizing_run(&run, e->cell, e->m);
	for (unsigned i = 0; i < nr; i++) {
		e->nr_slots[i] = e->cell->wl->slots(&run, i);
		total += page_up(e->nr_slots[i] * sizeof(uint32_t));
	}
	free(run.threads);
	if (!total) {
		snprintf(why, len, "%s of order %u does not fit", e->cell->wl->name,
			 e->cell->order);
		return -EOPNOTSUPP;
	}
	int rc = topo_map(&e->slots, total, TOPO_HUGE_NO);

	if (rc)
		return out_of_memory(why, len, "slots", total, rc);
	for (unsigned i = 0; i < nr; i++) {
		size_t bytes = page_up(e->nr_slots[i] * sizeof(uint32_t));

		bind(e, (char *)e->slots.addr + at, bytes,
		     machine_memory_node(e->m, e->m->cpu_node[e->m->threads[i].cpu]), "slots");
		at += bytes;
	}
	rc = topo_populate(e->slots.addr, total);
	return rc ? out_of_memory(why, len, "populating slots", total, rc) : 0;
}

static char *node_addr(const struct engine *e, unsigned node)
{
	return (char *)e->frames.addr + ((size_t)e->m->node_mem[node].start << MACHINE_PAGE_SHIFT);
}

static size_t node_bytes(const struct engine *e, unsigned node)
{
	return (size_t)machine_frames_of(e->m, node) << MACHINE_PAGE_SHIFT;
}

/* Window number w of a node: spread from its start to its end. */
static char *window_addr(const struct engine *e, unsigned node, unsigned w)
{
	size_t room = node_bytes(e, node) - PROOF_WINDOW_BYTES;
	size_t pages = room / (PROOF_WINDOWS - 1) * w >> MACHINE_PAGE_SHIFT;

	return node_addr(e, node) + (pages << MACHINE_PAGE_SHIFT);
}

static bool proves_windows(const struct engine *e, unsigned node)
{
	return e->cell->memory.touch == WL_TOUCH_NONE && node_bytes(e, node) > PROOF_WINDOW_BYTES;
}

static int populate_node(const struct engine *e, unsigned node)
{
	int rc = 0;

	if (!proves_windows(e, node))
		return topo_populate(node_addr(e, node), node_bytes(e, node));
	for (unsigned w = 0; !rc && w < PROOF_WINDOWS; w++)
		rc = topo_populate(window_addr(e, node, w), PROOF_WINDOW_BYTES);
	return rc;
}

static int open_frames(struct engine *e, const struct engine *donor, char *why, size_t len)
{
	size_t bytes = (size_t)e->m->frames << MACHINE_PAGE_SHIFT;
	int rc;

	if (e->cell->memory.backing == BACK_NONE)
		return 0;
	if (donor) {
		e->frames = donor->frames;
		e->frames_borrowed = true;
		return 0;
	}
	rc = topo_map(&e->frames, bytes, e->cell->memory.huge);
	if (rc)
		return out_of_memory(why, len, "frames", bytes, rc);
	if (e->cell->memory.follow == FOLLOW_FIRST)
		return 0;
	for (unsigned n = 0; n < e->m->conf.nr_nodes; n++) {
		if (!machine_frames_of(e->m, n))
			continue;
		bind(e, node_addr(e, n), node_bytes(e, n), n, "frames");
		rc = populate_node(e, n);
		if (rc)
			return out_of_memory(why, len, "populating frames", node_bytes(e, n), rc);
	}
	return 0;
}

void engine_settle(struct engine *e)
{
	if (e->cell->memory.follow == FOLLOW_FIRST) {
		int rc = topo_forget(e->frames.addr, e->frames.len);

		if (rc && !e->unbound)
			snprintf(e->unbound_why, sizeof(e->unbound_why),
				 "frames may not be where they are first touched: %s",
				 strerror(-rc));
		e->unbound |= rc != 0;
		return;
	}
	for (unsigned n = 0; n < e->m->conf.nr_nodes; n++)
		if (machine_frames_of(e->m, n))
			bind(e, node_addr(e, n), node_bytes(e, n), n, "frames");
}

int engine_open(struct engine *e, const struct bench_cell *cell, const struct topo *t,
		uint64_t seed, const struct engine *donor, char *why, size_t len)
{
	*e = (struct engine){ .cell = cell, .topo = t, .ops = cell->variant.ops, .seed = seed };
	int rc = machine_conf_make(&e->m, e->ops, cell->variant.policy, cell, t, why, len);

	if (!rc)
		rc = sizing_supported(cell, e->m, t, why, len);
	if (!rc)
		rc = open_meta(e, why, len);
	if (!rc)
		rc = open_slots(e, why, len);
	if (!rc)
		rc = open_frames(e, donor, why, len);
	return rc;
}

void engine_close(struct engine *e)
{
	if (e->meta.addr)
		topo_unmap(&e->meta);
	if (e->slots.addr)
		topo_unmap(&e->slots);
	if (e->frames.addr && !e->frames_borrowed)
		topo_unmap(&e->frames);
	free(e->ext);
	free(e->nr_slots);
	machine_conf_free(e->m);
	*e = (struct engine){ 0 };
}

/* Free frames of all zones, counters of all CPUs folded in. */
static uint64_t free_frames(const struct engine *e)
{
	uint64_t frames = 0;

	for (unsigned z = 0; z < e->m->conf.nr_zones; z++) {
		struct pga_zone_snap snap = { 0 };

		e->ops->zone_snap(e->pga, z, &snap);
		frames += snap.nr_free_exact;
	}
	return frames;
}

static uint64_t host_clock(void *data)
{
	const struct engine *e = data;

	return (clk_ns() - e->init_ns) / (1000000000u / e->m->conf.hz);
}

static void host_event(void *data, const struct pga_event *event)
{
	events_hook(((struct engine *)data)->events, event);
}

int engine_init(struct engine *e, char *why, size_t len)
{
	struct pga_host host = { .data = e, .clock = host_clock };

	if (e->events)
		host.event = host_event;

	if (e->own)
		own_host(e->own, &host);
	if (e->frag)
		frag_host(e->frag, &host);
	if (e->used)
		memset(e->meta.addr, 0, e->meta_bytes);
	e->init_ns = clk_ns();
	int rc = e->ops->init(&e->pga, &e->m->conf, &host, e->meta.addr);

	if (!e->used)
		e->init_s = (double)(clk_ns() - e->init_ns) / NS_PER_S;
	e->used = true;
	if (rc) {
		snprintf(why, len, "init of %s: %s", e->ops->name, strerror(-rc));
		return -EINVAL;
	}
	if (e->ops->caps & PGA_CAP_REAL)
		e->free_at_start = free_frames(e);
	return 0;
}

int engine_verify(struct engine *e, char *why, size_t len)
{
	unsigned by = e->m->threads[0].cpu;
	uint64_t stats[PGA_NR_STATS] = { 0 };
	char what[160] = "";

	if (!(e->ops->caps & PGA_CAP_REAL))
		return 0;
	if (e->ops->unpark)
		e->ops->unpark(e->pga, by);
	for (unsigned cpu = 0; e->ops->drain && cpu < e->m->conf.nr_cpus; cpu++)
		e->ops->drain(e->pga, cpu, -1, 0, by);
	if (e->ops->park)
		e->ops->park(e->pga, by);
	e->ops->stats(e->pga, -1, stats);
	uint64_t now = free_frames(e);

	if (now != e->free_at_start) {
		snprintf(why, len, "%lld frames lost: %llu free at the start, %llu at the end",
			 (long long)(e->free_at_start - now), (unsigned long long)e->free_at_start,
			 (unsigned long long)now);
		return -EUCLEAN;
	}
	if (stats[PGA_STAT_pgalloc] != stats[PGA_STAT_pgfree]) {
		snprintf(why, len, "pgalloc %llu, pgfree %llu after everything was freed",
			 (unsigned long long)stats[PGA_STAT_pgalloc],
			 (unsigned long long)stats[PGA_STAT_pgfree]);
		return -EUCLEAN;
	}
	if (e->ops->check(e->pga, what, sizeof(what))) {
		snprintf(why, len, "check: %s", what);
		return -EUCLEAN;
	}
	return 0;
}

/* Tally of several proofs. */
struct found {
	unsigned sampled, on_node;
	int err;
	bool simulated;
};

static void look(const struct engine *e, const void *addr, size_t bytes, unsigned node,
		 unsigned samples, struct found *f)
{
	struct topo_proof p = { 0 };

	topo_prove(e->topo, addr, bytes, node, samples, &p);
	f->sampled += p.on_node + p.elsewhere;
	f->on_node += p.on_node;
	f->simulated |= p.simulated;
	if (p.err)
		f->err = p.err;
}

static double share(const struct found *f, const char *what, struct engine_proof *p)
{
	if (f->sampled && !f->err && !f->simulated)
		return (double)f->on_node / f->sampled;
	if (!*p->why)
		snprintf(p->why, sizeof(p->why), "%s not proven: %s", what,
			 f->simulated ? "simulated topology"
			 : f->err     ? strerror(f->err)
				      : "nothing populated");
	return NAN;
}

void engine_prove(const struct engine *e, struct engine_proof *p)
{
	struct found meta = { 0 }, frames = { 0 }, pcp = { 0 };

	*p = (struct engine_proof){ .frames_ok = NAN, .pcp_ok = NAN };
	for (int i = 0; i < e->nr_ext; i++) {
		unsigned node = sizing_extent_node(e->m, &e->ext[i]);
		char *addr = (char *)e->meta.addr + e->ext[i].off;

		look(e, addr, e->ext[i].len, node, META_SAMPLES, &meta);
		if (e->ext[i].part == PGA_PART_CPU)
			look(e, addr, e->ext[i].len, node, META_SAMPLES, &pcp);
	}
	p->meta_ok = share(&meta, "metadata", p);
	if (pcp.sampled)
		p->pcp_ok = share(&pcp, "per-CPU caches", p);
	if (!e->frames.addr)
		return;
	if (e->cell->memory.follow != FOLLOW_NO) {
		snprintf(p->why, sizeof(p->why), "frames not proven: their pages follow users");
		return;
	}
	for (unsigned n = 0; n < e->m->conf.nr_nodes; n++) {
		if (!machine_frames_of(e->m, n))
			continue;
		if (!proves_windows(e, n))
			look(e, node_addr(e, n), node_bytes(e, n), n, FRAME_SAMPLES, &frames);
		for (unsigned w = 0; proves_windows(e, n) && w < PROOF_WINDOWS; w++)
			look(e, window_addr(e, n, w), PROOF_WINDOW_BYTES, n, FRAME_SAMPLES,
			     &frames);
	}
	p->frames_ok = share(&frames, "frames", p);
}
