/* SPDX-License-Identifier: GPL-2.0-only */
/* From a matrix to its cells on one machine. */
#include "harness/matrix/matrix.h"
#include "harness/trace/trace_load.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const huge_text[] = {
	[TOPO_HUGE_NO] = "",
	[TOPO_HUGE_2M] = " huge=2MiB",
	[TOPO_HUGE_1G] = " huge=1GiB",
};
static const char *const touch_text[] = {
	[WL_TOUCH_NONE] = "",
	[WL_TOUCH_LINE] = " touch=line",
	[WL_TOUCH_PAGE] = " touch=page",
};

struct context {
	const struct matrix *m;
	const struct topo *t;
	const struct matrix_limits *limits;
	struct matrix_cells *out;
	size_t capacity;
	unsigned threads[MATRIX_MAX_VALUES]; /* resolved, without doubles */
	unsigned nr_threads;
};

/* Fowler, Noll and Vo's 1a, 64 bits: names cells, protects nothing. */
__attribute__((format(printf, 2, 3))) static void mix(uint64_t *hash, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (const char *c = text; *c; c++)
		*hash = (*hash ^ (unsigned char)*c) * 0x100000001b3u;
	*hash = (*hash ^ '\n') * 0x100000001b3u;
}

static void mix_topology(uint64_t *hash, const struct topo *t)
{
	mix(hash, "topo %s simulated=%d nodes=%u cpus=%u", t->source, t->simulated, t->nr_nodes,
	    t->nr_cpus);
	for (unsigned i = 0; i < t->nr_nodes * t->nr_nodes; i++)
		mix(hash, "%u", t->dist[i]);
}

/* Distances count where a policy goes by them: another measurement is another cell. */
static void mix_measured(uint64_t *hash, const struct topo *t, const struct bench_cell *cell)
{
	int i = pga_tunable_index(cell->variant.ops, "zonelist");

	if (!t->dist_measured || i < 0 || !cell->variant.policy[i])
		return;
	for (unsigned k = 0; k < t->nr_nodes * t->nr_nodes; k++)
		mix(hash, "measured %u", t->dist_measured[k]);
}

/* A file stands for its contents: their number is the process's own. */
static long long hashed_value(const struct bench_cell *cell, unsigned i)
{
	char why[256];
	const struct wl_trace *trace = NULL;

	if (cell->wl->params[i].type == WL_FILE)
		trace = trace_get(cell->param[i], why, sizeof(why));
	return trace ? (long long)trace->id : (long long)cell->param[i];
}

static void hash_cell(struct matrix_cell *mc, const struct context *c)
{
	const struct bench_cell *cell = &mc->cell;
	uint64_t hash = 0xcbf29ce484222325u;

	mix(&hash, "build=%s plugin=%llx schema=%d seed=%llu", c->limits->build_id,
	    (unsigned long long)c->limits->plugin_hash, REC_SCHEMA, (unsigned long long)c->m->seed);
	mix(&hash, "variant %s mechanism=%s", cell->variant.name, cell->variant.ops->name);
	for (unsigned i = 0; cell->variant.ops->tunables[i].name; i++)
		mix(&hash, "%s=%lld", cell->variant.ops->tunables[i].name,
		    (long long)cell->variant.policy[i]);
	mix(&hash, "workload %s version=%u order=%u threads=%u placement=%s memory=%s max-ops=%llu",
	    cell->wl->name, cell->wl->version, cell->order, cell->threads, cell->placement,
	    mc->memory, (unsigned long long)cell->max_ops);
	for (unsigned i = 0; cell->wl->params[i].name; i++)
		mix(&hash, "%s=%lld", cell->wl->params[i].name, hashed_value(cell, i));
	for (unsigned i = 0; cell->groups[i]; i++)
		mix(&hash, "counters %s", cell->groups[i]);
	mix(&hash, "passes=%x frag-every=%llu", cell->passes, (unsigned long long)cell->frag_every);
	mix_topology(&hash, c->t);
	mix_measured(&hash, c->t, cell);
	snprintf(mc->hash, sizeof(mc->hash), "%016llx", (unsigned long long)hash);
}

static void params_text(struct matrix_cell *mc)
{
	const struct bench_cell *cell = &mc->cell;
	size_t used = 0;
	char value[64];

	for (unsigned i = 0; cell->wl->params[i].name && used < sizeof(mc->params); i++) {
		const struct wl_param *p = &cell->wl->params[i];

		if (cell->param[i] == p->def)
			continue;
		matrix_value_text(p, cell->param[i], value, sizeof(value));
		used += (size_t)snprintf(mc->params + used, sizeof(mc->params) - used, "%s%s=%s",
					 used ? "," : "", p->name, value);
	}
}

__attribute__((format(printf, 2, 3))) static void refuse(struct matrix_cell *mc, const char *fmt,
							 ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(mc->reason, sizeof(mc->reason), fmt, ap);
	va_end(ap);
	mc->supported = false;
}

static double gib(uint64_t bytes)
{
	return (double)bytes / (double)(1ull << 30);
}

static void check_memory(struct matrix_cell *mc, const struct context *c)
{
	const struct topo *t = c->t;

	if (mc->need.total > c->limits->spendable) {
		refuse(mc, "needs %.2f GiB; %.2f GiB may be spent (bound: %s)", gib(mc->need.total),
		       gib(c->limits->spendable), c->limits->bound);
		mc->too_big = true;
		return;
	}
	/* The nodes of a simulated topology hold nothing of this machine. */
	for (unsigned n = 0; n < t->nr_nodes && n < PGA_MAX_NODES && !t->simulated; n++) {
		if (mc->need.per_node[n] <= t->nodes[n].mem_bytes)
			continue;
		refuse(mc, "needs %.2f GiB on node %u, which has %.2f GiB (bound: %s)",
		       gib(mc->need.per_node[n]), n, gib(t->nodes[n].mem_bytes),
		       t->nodes[n].mem_bound);
		mc->too_big = true;
		return;
	}
}

static void check_support(struct matrix_cell *mc, const struct context *c)
{
	char why[REC_TEXT] = "";

	mc->supported = true;
	if (mc->cell.threads > c->t->nr_cpus && !c->limits->oversubscribe)
		refuse(mc, "%u threads on %u CPUs; --oversubscribe allows it", mc->cell.threads,
		       c->t->nr_cpus);
	else if (bench_need(&mc->cell, c->t, &mc->need, why, sizeof(why)))
		refuse(mc, "%s", why);
	else
		check_memory(mc, c);
}

/* Only where it matters, and only what is not the default. */
static void owners_text(struct matrix_cell *mc)
{
	const struct bench_device *d = &mc->cell.device;
	size_t at = strlen(mc->memory), len = sizeof(mc->memory) - at;

	if (!mc->cell.wl->needs_host)
		return;
	if (mc->cell.daemons != DAEMONS_THREADED)
		at += (size_t)snprintf(mc->memory + at, len, " daemons=%s",
				       bench_daemons[mc->cell.daemons].name);
	if (d->latency == DEVICE_LATENCY && d->bandwidth == DEVICE_BANDWIDTH && !d->error_ppm &&
	    !d->file)
		return;
	snprintf(mc->memory + at, sizeof(mc->memory) - at, " device=%ums,%u/ms,%uppm%s", d->latency,
		 d->bandwidth, d->error_ppm, d->file ? ",file" : "");
}

static int add_cell(struct context *c, const struct bench_cell *cell, unsigned group)
{
	struct matrix_cells *out = c->out;

	if (out->nr == c->capacity) {
		size_t capacity = c->capacity ? 2 * c->capacity : 64;

		if (out->nr >= MATRIX_MAX_CELLS)
			return -E2BIG;
		void *grown = realloc(out->cell, capacity * sizeof(out->cell[0]));

		if (!grown)
			return -ENOMEM;
		out->cell = grown;
		c->capacity = capacity;
	}
	struct matrix_cell *mc = &out->cell[out->nr++];

	memset(mc, 0, sizeof(*mc));
	mc->cell = *cell;
	mc->group = group;
	char size[32], follow[32] = "", zones[ZONES_TEXT + 8] = "";

	matrix_size_text(cell->memory.per_node, size, sizeof(size));
	if (cell->memory.zones == ZONES_GIVEN)
		snprintf(zones, sizeof(zones), " zones=%s", cell->memory.zone_text);
	else if (cell->memory.zones == ZONES_SCALED)
		strcpy(zones, " zones=scaled");
	if (cell->memory.follow != FOLLOW_NO)
		snprintf(follow, sizeof(follow), " follow=%s",
			 bench_follow_words[cell->memory.follow]);
	snprintf(mc->memory, sizeof(mc->memory), "%s %s%s%s%s%s%s", size,
		 cell->memory.backing == BACK_BOUND ? "bound" : "none",
		 huge_text[cell->memory.huge], touch_text[cell->memory.touch], follow, zones,
		 cell->memory.meta_small ? " metapages=4KiB" : "");
	owners_text(mc);
	params_text(mc);
	hash_cell(mc, c);
	check_support(mc, c);
	return 0;
}

static int add_group(struct context *c, struct bench_cell *cell)
{
	unsigned group = c->out->nr_groups++;

	for (unsigned v = 0; v < c->m->nr_variants; v++) {
		cell->variant = c->m->variants[v];
		int rc = add_cell(c, cell, group);

		if (rc)
			return rc;
		c->out->cell[c->out->nr - 1].swept = v >= c->m->nr_variants - c->m->nr_swept;
	}
	return 0;
}

static int expand_places(struct context *c, struct bench_cell *cell)
{
	for (unsigned t = 0; t < c->nr_threads; t++) {
		cell->threads = c->threads[t];
		cell->oversubscribe = c->limits->oversubscribe;
		for (unsigned p = 0; p < c->m->nr_placements; p++) {
			strcpy(cell->placement, c->m->placements[p]);
			int rc = add_group(c, cell);

			if (rc)
				return rc;
		}
	}
	return 0;
}

/* An odometer over the parameters' axes, the last one turning fastest. */
static bool next_params(const struct matrix_workload *w, unsigned *at)
{
	for (unsigned i = WL_MAX_PARAMS; i-- > 0;) {
		if (++at[i] < w->param[i].nr)
			return true;
		at[i] = 0;
	}
	return false;
}

static int expand_workload(struct context *c, const struct matrix_workload *w,
			   struct bench_cell *cell)
{
	unsigned at[WL_MAX_PARAMS] = { 0 };
	unsigned nr_orders = w->order.nr ? w->order.nr : 1;

	cell->wl = w->wl;
	do {
		memset(cell->param, 0, sizeof(cell->param));
		for (unsigned i = 0; i < WL_MAX_PARAMS && w->wl->params[i].name; i++)
			cell->param[i] =
				w->param[i].nr ? w->param[i].v[at[i]] : w->wl->params[i].def;
		for (unsigned o = 0; o < nr_orders; o++) {
			cell->order = w->order.nr ? (unsigned)w->order.v[o] : 0;
			int rc = expand_places(c, cell);

			if (rc)
				return rc;
		}
	} while (next_params(w, at));
	return 0;
}

static unsigned nodes_with_cpus(const struct topo *t)
{
	unsigned nr = 0;

	for (unsigned n = 0; n < t->nr_nodes; n++)
		nr += t->nodes[n].has_cpus;
	return nr;
}

/* On a small machine several words can mean the same number. */
static void resolve_threads(struct context *c)
{
	for (unsigned i = 0; i < c->m->nr_threads; i++) {
		const unsigned numbers[THREADS_NR] = {
			[THREADS_NUMBER] = c->m->threads[i].nr,
			[THREADS_CORES] = c->t->nr_cores,
			[THREADS_NODES] = nodes_with_cpus(c->t),
			[THREADS_SMT] = c->t->nr_cpus,
		};
		unsigned nr = numbers[c->m->threads[i].word], j = 0;

		while (j < c->nr_threads && c->threads[j] != nr)
			j++;
		if (j == c->nr_threads)
			c->threads[c->nr_threads++] = nr;
	}
}

int matrix_expand(struct matrix_cells *out, const struct matrix *m, const struct topo *t,
		  const struct matrix_limits *limits, char *err, size_t len)
{
	struct context c = { .m = m, .t = t, .limits = limits, .out = out };
	struct bench_cell cell = { .memory = m->memory,
				   .daemons = m->daemons,
				   .device = m->device,
				   .max_ops = m->max_ops,
				   .passes = limits->passes,
				   .frag_every = limits->frag_every };
	int rc = 0;

	memset(out, 0, sizeof(*out));
	for (unsigned i = 0; i < m->nr_groups; i++)
		cell.groups[i] = m->groups[i];
	resolve_threads(&c);
	for (unsigned w = 0; w < m->nr_workloads && !rc; w++)
		rc = expand_workload(&c, &m->workloads[w], &cell);
	if (!rc)
		return 0;
	if (rc == -E2BIG)
		snprintf(err, len, "matrix %s means more than %d cells", m->name, MATRIX_MAX_CELLS);
	else
		snprintf(err, len, "matrix %s: out of memory", m->name);
	matrix_cells_free(out);
	return rc;
}

void matrix_cells_free(struct matrix_cells *cells)
{
	free(cells->cell);
	memset(cells, 0, sizeof(*cells));
}

void matrix_key(const struct matrix_cell *mc, struct record *r)
{
	const struct bench_cell *cell = &mc->cell;

	rec_init(r);
	snprintf(r->variant, sizeof(r->variant), "%s", cell->variant.name);
	snprintf(r->workload, sizeof(r->workload), "%s", cell->wl->name);
	r->workload_version = cell->wl->version;
	snprintf(r->params, sizeof(r->params), "%s", mc->params);
	r->order = cell->order;
	r->threads = cell->threads;
	snprintf(r->placement, sizeof(r->placement), "%s", cell->placement);
	snprintf(r->memory, sizeof(r->memory), "%s", mc->memory);
	snprintf(r->cell, sizeof(r->cell), "%s", mc->hash);
}
