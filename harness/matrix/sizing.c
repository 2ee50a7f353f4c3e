/* SPDX-License-Identifier: GPL-2.0-only */
/* What a cell needs. */
#include "harness/matrix/sizing.h"
#include "harness/engine/engine_owners.h"
#include "harness/engine/follow.h"
#include "harness/engine/placement.h"
#include "harness/trace/trace_load.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int lacks(char *why, size_t len, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static int lacks(char *why, size_t len, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, len, fmt, ap);
	va_end(ap);
	return -EOPNOTSUPP;
}

/* Capabilities as they are called when one is missing. */
static const struct {
	uint32_t cap;
	const char *what;
} cap_words[] = {
	{ PGA_CAP_THREADS, "several threads" },
	{ PGA_CAP_ORDERS, "orders above 0" },
	{ PGA_CAP_NODES, "NUMA nodes" },
	{ PGA_CAP_ZONES, "zones" },
	{ PGA_CAP_MOBILITY, "mobility types" },
	{ PGA_CAP_ISOLATE, "isolation" },
	{ PGA_CAP_RECLAIM, "reclaim and daemons" },
	{ PGA_CAP_REAL, "handing out real frames" },
};

static uint32_t caps_needed(const struct bench_cell *cell, const struct machine_conf *m)
{
	return cell->wl->needs | (cell->threads > 1 ? PGA_CAP_THREADS : 0) |
	       (cell->order > 0 ? PGA_CAP_ORDERS : 0) | (m->conf.nr_nodes > 1 ? PGA_CAP_NODES : 0);
}

/* Counters that are exact are plain words: right with one thread only. */
static bool counts_exactly(const struct pga_variant *v)
{
	int i = pga_tunable_index(v->ops, "vmstat");

	return i >= 0 && v->ops->tunables[i].type == PGA_TUN_WORD &&
	       !strcmp(v->ops->tunables[i].words[v->policy[i]], "exact");
}

static int threads_supported(const struct bench_cell *cell, const struct machine_conf *m, char *why,
			     size_t len)
{
	const struct wl_ops *wl = cell->wl;

	if (cell->threads < wl->min_threads || cell->threads % wl->threads_multiple)
		return lacks(why, len,
			     "%s needs at least %u threads, a multiple of %u; asked for %u",
			     wl->name, wl->min_threads, wl->threads_multiple, cell->threads);
	if (m->oversubscribed && !cell->oversubscribe)
		return lacks(why, len, "%u threads on %u CPUs: --oversubscribe allows it",
			     cell->threads, m->nr_real_cpus);
	if (cell->threads > 1 && counts_exactly(&cell->variant))
		return lacks(why, len, "vmstat=exact is for one thread; asked for %u",
			     cell->threads);
	return 0;
}

static int placement_supported(const struct bench_cell *cell, const struct machine_conf *m,
			       char *why, size_t len)
{
	struct placement p;
	int rc;

	if (!cell->wl->has_placement && *cell->placement && strcmp(cell->placement, "local") != 0)
		return lacks(why, len, "%s places its requests itself: only placement local",
			     cell->wl->name);
	rc = placement_make(&p, cell->placement, m, why, len);
	for (unsigned i = 0; !rc && i < cell->threads; i++) {
		unsigned node = m->cpu_node[m->threads[i].cpu];

		if (!placement_reach(&p, m, i, node))
			rc = lacks(why, len, "placement %s: node %u of CPU %u has no memory",
				   cell->placement, node, m->threads[i].real);
	}
	placement_free(&p);
	return rc;
}

/* Pages move between real nodes alone, and only frames that the steps themselves touch. */
static int follow_supported(const struct bench_cell *cell, const struct machine_conf *m,
			    const struct topo *t, char *why, size_t len)
{
	const char *how = bench_follow_words[cell->memory.follow];

	if (cell->memory.follow == FOLLOW_NO)
		return 0;
	if (cell->wl->needs_host)
		return lacks(why, len, "follow=%s: the frames of %s are touched by their owners",
			     how, cell->wl->name);
	if (t->simulated)
		return lacks(why, len, "follow=%s needs real nodes; these are simulated", how);
	if (m->nr_mem_nodes < 2)
		return lacks(why, len, "follow=%s: one node with memory, so no page can follow",
			     how);
	return 0;
}

/* The trace that a cell names, if its workload takes one; -1 with @why: it cannot be read. */
static int trace_of(const struct bench_cell *cell, const struct wl_trace **trace, char *why,
		    size_t len)
{
	*trace = NULL;
	for (unsigned i = 0; cell->wl->params[i].name; i++) {
		if (cell->wl->params[i].type != WL_FILE)
			continue;
		*trace = trace_get(cell->param[i], why, len);
		return *trace ? 0 : -1;
	}
	return 0;
}

int sizing_supported(const struct bench_cell *cell, const struct machine_conf *m,
		     const struct topo *t, char *why, size_t len)
{
	const struct wl_ops *wl = cell->wl;
	uint32_t missing = caps_needed(cell, m) & ~cell->variant.ops->caps;
	const struct wl_trace *trace;

	for (size_t i = 0; i < sizeof(cap_words) / sizeof(cap_words[0]); i++)
		if (missing & cap_words[i].cap)
			return lacks(why, len, "%s lacks %s", cell->variant.ops->name,
				     cap_words[i].what);
	if (cell->order >= m->conf.nr_orders)
		return lacks(why, len, "%s offers orders 0 to %u; asked for %u",
			     cell->variant.ops->name, m->conf.nr_orders - 1u, cell->order);
	if (cell->order && !wl->has_order)
		return lacks(why, len, "%s uses order 0 alone; asked for %u", wl->name,
			     cell->order);
	if (wl->needs_host && (cell->param[WL_P_TYPE] || cell->param[WL_P_TOUCH_BY]))
		return lacks(why, len, "%s: type and touch-by are its owners' to choose", wl->name);
	if (m->nr_mem_nodes < wl->min_nodes)
		return lacks(why, len, "%s needs %u nodes with memory; here are %u", wl->name,
			     wl->min_nodes, m->nr_mem_nodes);
	if (trace_of(cell, &trace, why, len))
		return -EOPNOTSUPP;
	int rc = threads_supported(cell, m, why, len);

	if (!rc)
		rc = placement_supported(cell, m, why, len);
	return rc ? rc : follow_supported(cell, m, t, why, len);
}

/* Each node's frames are shared equally by the threads that can reach it. */
static void share_frames(struct wl_run *run, const struct bench_cell *cell,
			 const struct machine_conf *m)
{
	unsigned users[PGA_MAX_NODES] = { 0 };
	struct placement p;
	char why[64];

	if (placement_make(&p, cell->placement, m, why, sizeof(why)))
		p.nr = 0; /* refused elsewhere */
	for (unsigned pass = 0; p.nr && pass < 2; pass++) {
		for (unsigned i = 0; i < cell->threads; i++) {
			unsigned node = m->cpu_node[m->threads[i].cpu];
			uint64_t reach = placement_reach(&p, m, i, node);

			for (; reach; reach &= reach - 1) {
				unsigned n = (unsigned)__builtin_ctzll(reach);

				if (!pass)
					users[n]++;
				else
					run->threads[i].frames +=
						machine_frames_of(m, n) / users[n];
			}
		}
	}
	placement_free(&p);
}

void sizing_run(struct wl_run *run, const struct bench_cell *cell, const struct machine_conf *m)
{
	char why[256];

	trace_of(cell, &run->trace, why, sizeof(why));
	run->wl = cell->wl;
	run->conf = &m->conf;
	run->param = cell->param;
	run->order = cell->order;
	run->nr_threads = cell->threads;
	run->frames = m->frames;
	run->max_ops = cell->max_ops;
	for (unsigned i = 0; i < cell->threads; i++) {
		run->threads[i].run = run;
		run->threads[i].index = i;
		run->threads[i].req.cpu = m->threads[i].cpu;
	}
	share_frames(run, cell, m);
}

struct wl_thread *sizing_threads(unsigned nr)
{
	struct wl_thread *t = aligned_alloc(_Alignof(struct wl_thread), nr * sizeof(*t));

	if (t)
		memset(t, 0, nr * sizeof(*t));
	return t;
}

unsigned sizing_extent_node(const struct machine_conf *m, const struct pga_extent *ext)
{
	if (ext->part == PGA_PART_NODE)
		return machine_memory_node(m, ext->id);
	if (ext->part == PGA_PART_CPU)
		return machine_memory_node(m, m->cpu_node[ext->id]);
	for (unsigned n = 0; n < m->conf.nr_nodes; n++)
		if (machine_frames_of(m, n))
			return n;
	return 0;
}

static int add_meta(struct bench_need *need, const struct bench_cell *cell,
		    const struct machine_conf *m, char *why, size_t len)
{
	struct pga_extent *ext = calloc(PGA_MAX_EXTENTS, sizeof(*ext));
	int nr = ext ? cell->variant.ops->meta_plan(&m->conf, ext, PGA_MAX_EXTENTS, why, len)
		     : -ENOMEM;

	for (int i = 0; i < nr; i++)
		need->per_node[sizing_extent_node(m, &ext[i])] += ext[i].len;
	need->meta = pga_meta_bytes(ext, nr);
	free(ext);
	if (nr == -E2BIG)
		snprintf(why, len, "metadata of more than %u pieces", PGA_MAX_EXTENTS);
	return nr < 0 ? -EINVAL : 0;
}

static int add_slots(struct bench_need *need, const struct bench_cell *cell,
		     const struct machine_conf *m, char *why, size_t len)
{
	struct wl_run run = { 0 };

	run.threads = sizing_threads(cell->threads);
	if (!run.threads)
		return lacks(why, len, "no memory for %u threads", cell->threads);
	sizing_run(&run, cell, m);
	for (unsigned i = 0; i < cell->threads; i++) {
		size_t slots = cell->wl->slots(&run, i);

		if (!slots) {
			free(run.threads);
			return lacks(why, len,
				     "%s of order %u does not fit: %llu frames per thread",
				     cell->wl->name, cell->order,
				     (unsigned long long)(m->frames / cell->threads));
		}
		need->slots += slots * sizeof(uint32_t);
		need->per_node[machine_memory_node(m, m->cpu_node[m->threads[i].cpu])] +=
			slots * sizeof(uint32_t);
	}
	free(run.threads);
	return 0;
}

/* Handles, and what the owners note of each frame; on the shared part's node. */
static int add_owners(struct bench_need *need, const struct bench_cell *cell,
		      const struct machine_conf *m, char *why, size_t len)
{
	struct wl_run run = { 0 };
	struct own_conf conf;

	if (!cell->wl->needs_host)
		return 0;
	run.threads = sizing_threads(cell->threads);
	if (!run.threads)
		return lacks(why, len, "no memory for %u threads", cell->threads);
	sizing_run(&run, cell, m);
	eng_owners_conf(cell, &run, &conf);
	free(run.threads);
	uint64_t bytes = own_bytes(&conf);

	need->slots += bytes;
	need->per_node[sizing_extent_node(m, &(struct pga_extent){ .part = PGA_PART_SHARED })] +=
		bytes;
	return 0;
}

static void add_frames(struct bench_need *need, const struct bench_cell *cell,
		       const struct machine_conf *m)
{
	for (unsigned n = 0; cell->memory.backing == BACK_BOUND && n < m->conf.nr_nodes; n++) {
		uint64_t bytes = machine_frames_of(m, n) << MACHINE_PAGE_SHIFT;
		uint64_t windows = PROOF_WINDOWS * PROOF_WINDOW_BYTES;

		if (cell->memory.touch == WL_TOUCH_NONE && bytes > windows)
			bytes = windows;
		need->frames += bytes;
		need->per_node[n] += bytes;
	}
}

static int add_up(struct bench_need *need, const struct bench_cell *cell,
		  const struct machine_conf *m, const struct topo *t, char *why, size_t len)
{
	unsigned shared = sizing_extent_node(m, &(struct pga_extent){ .part = PGA_PART_SHARED });
	int rc = sizing_supported(cell, m, t, why, len);

	if (!rc)
		rc = add_meta(need, cell, m, why, len);
	if (!rc)
		rc = add_slots(need, cell, m, why, len);
	if (!rc)
		rc = add_owners(need, cell, m, why, len);
	if (rc)
		return rc;
	add_frames(need, cell, m);
	if (cell->memory.follow != FOLLOW_NO) {
		need->slots += follow_bytes(m);
		need->per_node[shared] += follow_bytes(m);
	}
	uint64_t rest = SIZING_ALLOWANCE + cell->threads * SIZING_PER_THREAD;

	need->total = need->frames + need->meta + need->slots + rest;
	need->per_node[shared] += rest;
	return 0;
}

int bench_need(const struct bench_cell *cell, const struct topo *t, struct bench_need *need,
	       char *why, size_t len)
{
	struct machine_conf *m;
	int rc;

	*need = (struct bench_need){ 0 };
	if (!cell->threads || !cell->max_ops) {
		snprintf(why, len, "threads and max-ops start at 1; got %u and %llu", cell->threads,
			 (unsigned long long)cell->max_ops);
		return -EINVAL;
	}
	if (cell->memory.touch != WL_TOUCH_NONE && cell->memory.backing == BACK_NONE) {
		snprintf(why, len, "frames without backing cannot be touched");
		return -EINVAL;
	}
	rc = machine_conf_make(&m, cell->variant.ops, cell->variant.policy, cell, t, why, len);
	if (!rc)
		rc = add_up(need, cell, m, t, why, len);
	machine_conf_free(m);
	return rc;
}
