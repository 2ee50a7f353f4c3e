/* SPDX-License-Identifier: GPL-2.0-only */
/* What a drawing of a machine says, as text and as parts of nodes. */
#include "harness/view/topo_view.h"

#include "harness/engine/engine.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Appends to a text, cutting it. */
static void add(char *text, size_t len, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void add(char *text, size_t len, const char *fmt, ...)
{
	size_t at = strlen(text);
	va_list args;

	va_start(args, fmt);
	vsnprintf(text + at, len - at, fmt, args);
	va_end(args);
}

static void read_zones(struct topo_view *v, const struct engine *e)
{
	for (unsigned z = 0; e->ops->zone_info && z < v->m->conf.nr_zones; z++) {
		struct pga_zone_info info = { 0 };

		e->ops->zone_info(e->pga, z, &info);
		v->list[z].high = info.pcp_high;
		v->list[z].batch = info.pcp_batch;
	}
}

static void read_zonelists(struct topo_view *v, const struct engine *e)
{
	uint16_t zones[PGA_MAX_ZONES];

	for (unsigned n = 0; e->ops->zonelist && n < v->m->conf.nr_nodes; n++) {
		unsigned nr = e->ops->zonelist(e->pga, n, false, zones, PGA_MAX_ZONES);

		for (unsigned i = 0; i < nr; i++)
			v->falls[n] |= 1ull << v->m->conf.zones[zones[i]].node;
	}
}

/* What the variant's own code sets up: an instance is asked, over frames of numbers. */
static void ask_instance(struct topo_view *v)
{
	struct engine e;
	char why[100] = "";
	int rc = engine_open(&e, &v->cell, v->t, 1, NULL, why, sizeof(why));

	if (!rc)
		rc = engine_init(&e, why, sizeof(why));
	if (rc) {
		snprintf(v->lists_why, sizeof(v->lists_why), "not known: %s", why);
	} else {
		read_zones(v, &e);
		read_zonelists(v, &e);
	}
	engine_close(&e);
}

int topo_view_open(struct topo_view *v, const struct topo *t, const struct matrix_cell *mc,
		   char *why, size_t len)
{
	*v = (struct topo_view){ .t = t, .cell = mc->cell };
	snprintf(v->memory, sizeof(v->memory), "%s", mc->memory);
	snprintf(v->params, sizeof(v->params), "%s", mc->params);
	v->cell.memory.backing = BACK_NONE;
	v->cell.memory.touch = WL_TOUCH_NONE;
	v->cell.memory.follow = FOLLOW_NO;
	v->cell.memory.huge = TOPO_HUGE_NO;
	int rc = machine_conf_make(&v->m, v->cell.variant.ops, v->cell.variant.policy, &v->cell, t,
				   why, len);

	if (!rc)
		rc = placement_make(&v->place, v->cell.placement, v->m, why, len);
	if (!rc)
		ask_instance(v);
	return rc;
}

void topo_view_close(struct topo_view *v)
{
	placement_free(&v->place);
	machine_conf_free(v->m);
}

void topo_view_title(const struct topo_view *v, char *text, size_t len)
{
	const struct bench_cell *c = &v->cell;

	snprintf(text, len, "%s   %s%s%s, %u thread%s, %s, %s", c->variant.name, c->wl->name,
		 *v->params ? " " : "", v->params, c->threads, c->threads == 1 ? "" : "s",
		 *c->placement ? c->placement : "local", v->memory);
}

void topo_view_bytes(uint64_t bytes, char *text, size_t len)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double value = (double)bytes;
	unsigned u = 0;

	while (value >= 1024 && u + 1 < sizeof(units) / sizeof(units[0])) {
		value /= 1024;
		u++;
	}
	bool whole = value == (double)(uint64_t)value;

	snprintf(text, len, "%.*f %s", whole ? 0 : 1, value, units[u]);
}

void topo_view_node(const struct topo_view *v, unsigned node, char *text, size_t len)
{
	const struct topo_node *n = &v->t->nodes[node];
	char size[24], usable[24];

	topo_view_bytes(n->size_bytes, size, sizeof(size));
	topo_view_bytes(n->mem_bytes, usable, sizeof(usable));
	snprintf(text, len, "node %u", node);
	if (n->os_index != node)
		add(text, len, " (os %u)", n->os_index);
	if (!n->size_bytes)
		add(text, len, ": no memory");
	else if (n->forbidden)
		add(text, len, ": %s, forbidden to this process", size);
	else if (n->mem_bytes == n->size_bytes)
		add(text, len, ": %s", size);
	else
		add(text, len, ": %s, usable %s", size, usable);
	if (!n->has_cpus)
		add(text, len, ", no CPUs");
	else if (!n->nr_cpus)
		add(text, len, ", none of its CPUs usable");
}

void topo_view_list(const struct topo_view *v, unsigned zone, char *text, size_t len)
{
	if (*v->lists_why)
		snprintf(text, len, "lists: %s", v->lists_why);
	else if (!v->list[zone].batch)
		snprintf(text, len, "no lists of CPUs");
	else
		snprintf(text, len, "lists: high %u, batch %u", v->list[zone].high,
			 v->list[zone].batch);
}

void topo_view_cache(const struct topo_cache *c, char *text, size_t len)
{
	const char letter[] = { c->type == 'u' ? '\0' : c->type, '\0' };
	char size[24];

	topo_view_bytes(c->bytes, size, sizeof(size));
	snprintf(text, len, "L%u%s %s", c->level, letter, size);
}

static unsigned cache_of(const struct topo *t, unsigned cpu, unsigned kind)
{
	return t->cpu_cache ? t->cpu_cache[(size_t)cpu * t->nr_caches + kind] : TOPO_NO_CACHE;
}

/* Does a CPU of another core have this cache, too? */
static bool is_shared(const struct topo *t, unsigned cpu, unsigned kind)
{
	unsigned which = cache_of(t, cpu, kind);

	for (unsigned i = 0; i < t->nr_cpus; i++)
		if (t->cpus[i].core != t->cpus[cpu].core && cache_of(t, i, kind) == which)
			return true;
	return false;
}

void topo_view_caches(const struct topo_view *v, unsigned cpu, char *text, size_t len)
{
	text[0] = '\0';
	for (unsigned k = v->t->nr_caches; k-- > 0;) {
		char cache[40];

		if (cache_of(v->t, cpu, k) == TOPO_NO_CACHE || is_shared(v->t, cpu, k))
			continue;
		topo_view_cache(&v->t->caches[k], cache, sizeof(cache));
		add(text, len, "%s%s", *text ? ", " : "", cache);
	}
}

void topo_view_pinned(const struct topo_view *v, unsigned cpu, unsigned *threads, char *text,
		      size_t len)
{
	const struct machine_conf *m = v->m;

	text[0] = '\0';
	*threads = 0;
	for (unsigned i = 0; i < v->cell.threads; i++)
		if (m->threads[i].real == cpu)
			add(text, len, (*threads)++ ? ", %u" : "thread %u", i);
	for (unsigned d = 0; d < m->nr_daemons; d++)
		if (m->daemons[d].real == cpu)
			add(text, len, "%s%s%u", *text ? ", " : "",
			    v->cell.variant.ops->daemons[m->daemons[d].daemon].name,
			    m->daemons[d].node);
}

static void add_nodes(char *text, size_t len, uint64_t mask)
{
	const char *before = mask & (mask - 1) ? "nodes " : "node ";

	for (unsigned n = 0; n < PGA_MAX_NODES; n++)
		if (mask >> n & 1) {
			add(text, len, "%s%u", before, n);
			before = ",";
		}
}

void topo_view_thread(const struct topo_view *v, unsigned thread, char *text, size_t len)
{
	const struct machine_thread *seat = &v->m->threads[thread];
	unsigned node = v->m->cpu_node[seat->cpu];
	uint64_t reach = placement_reach(&v->place, v->m, thread, node), asked = 0, falls = 0;
	struct wl_thread t = { .index = thread, .req = { .cpu = seat->cpu } };

	placement_apply(&v->place, v->m, &t);
	for (unsigned i = 0; i < t.nr_nodes; i++)
		asked |= 1ull << (t.nodes[i] < 0 ? node : (unsigned)t.nodes[i]);
	if (!t.nr_nodes)
		asked = 1ull << (t.req.node < 0 ? node : (unsigned)t.req.node);
	for (unsigned n = 0; n < PGA_MAX_NODES; n++)
		falls |= asked >> n & 1 ? v->falls[n] : 0;
	/* Kernels differ in where a request that names a node may go from there. */
	if ((t.nr_nodes || t.req.node >= 0) && falls)
		reach &= falls;
	snprintf(text, len, "thread %u: CPU %u (os %u) of node %u", thread, seat->real,
		 v->t->cpus[seat->real].os_index, node);
	if (!v->cell.wl->has_placement) {
		add(text, len, "; the workload places its requests itself");
		return;
	}
	add(text, len, "; asks for ");
	add_nodes(text, len, asked);
	add(text, len, "%s, can get ", asked & (asked - 1) ? " in turn" : "");
	add_nodes(text, len, reach);
}

int topo_view_package(const struct topo_view *v, unsigned node)
{
	int package = -1;

	for (unsigned i = 0; i < v->t->nr_cpus; i++) {
		if (v->t->cpus[i].node != node)
			continue;
		if (package >= 0 && package != (int)v->t->cpus[i].package)
			return -1;
		package = (int)v->t->cpus[i].package;
	}
	return package;
}

/* The widest first: a cache that more CPUs share holds the others. */
static void add_level(const struct topo *t, struct topo_view_cut *cut, unsigned kind)
{
	unsigned at = cut->nr_levels;

	if (at == TOPO_VIEW_MOST_LEVELS)
		return;
	for (; at && cut->level[at - 1] != TOPO_VIEW_PACKAGE &&
	       t->caches[cut->level[at - 1]].nr_cpus <= t->caches[kind].nr_cpus;
	     at--)
		cut->level[at] = cut->level[at - 1];
	cut->level[at] = kind;
	cut->nr_levels++;
}

int topo_view_cut(const struct topo_view *v, unsigned node, struct topo_view_cut *cut)
{
	const struct topo *t = v->t;

	*cut = (struct topo_view_cut){ .cpu = calloc(t->nr_cpus, sizeof(*cut->cpu)) };
	if (!cut->cpu)
		return -ENOMEM;
	for (unsigned i = 0; i < t->nr_cpus; i++)
		if (t->cpus[i].node == node)
			cut->cpu[cut->nr_cpus++] = i;
	if (cut->nr_cpus && topo_view_package(v, node) < 0)
		cut->level[cut->nr_levels++] = TOPO_VIEW_PACKAGE;
	for (unsigned k = 0; k < t->nr_caches; k++)
		for (unsigned i = 0; i < cut->nr_cpus; i++)
			if (cache_of(t, cut->cpu[i], k) != TOPO_NO_CACHE &&
			    is_shared(t, cut->cpu[i], k)) {
				add_level(t, cut, k);
				break;
			}
	return 0;
}

static unsigned part_of(const struct topo *t, unsigned cpu, unsigned level)
{
	return level == TOPO_VIEW_PACKAGE ? t->cpus[cpu].package : cache_of(t, cpu, level);
}

unsigned topo_view_part(const struct topo_view *v, const struct topo_view_cut *cut, unsigned level,
			unsigned from, unsigned to, bool *shared)
{
	unsigned which = part_of(v->t, cut->cpu[from], cut->level[level]), end = from;

	*shared = cut->level[level] == TOPO_VIEW_PACKAGE || which != TOPO_NO_CACHE;
	while (end < to && part_of(v->t, cut->cpu[end], cut->level[level]) == which)
		end++;
	return end;
}

unsigned topo_view_core(const struct topo_view *v, const struct topo_view_cut *cut, unsigned from,
			unsigned to)
{
	unsigned end = from;

	while (end < to && v->t->cpus[cut->cpu[end]].core == v->t->cpus[cut->cpu[from]].core)
		end++;
	return end;
}
