/* SPDX-License-Identifier: GPL-2.0-only */
/* The configuration of an instance on a machine. */
#include "harness/engine/machine_conf.h"
#include "core/zonelist.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Zones of the first node end here: in bytes as on x86-64, or at a share of the
 * node; the last one takes the rest.
 */
static const struct {
	enum pga_zone_type type;
	uint64_t end;  /* bytes */
	unsigned part; /* sixteenths of the node */
} x86_zones[] = {
	{ PGA_ZONE_DMA, 16ull << 20, 1 },
	{ PGA_ZONE_DMA32, 4ull << 30, 12 },
	{ PGA_ZONE_NORMAL, UINT64_MAX, 16 },
};

#define NR_X86_ZONES (sizeof(x86_zones) / sizeof(x86_zones[0]))
#define KERNEL_ORDERS 11u
#define PAGEBLOCK_ORDER 9u
#define KERNEL_HZ 1000u

static void add_zone(struct machine_conf *m, const struct pga_ops *ops, unsigned node,
		     enum pga_zone_type type, uint64_t start, uint64_t end)
{
	m->zones[m->conf.nr_zones++] = (struct pga_zone_conf){
		.node = (uint8_t)node,
		.type = (uint8_t)type,
		.start = (pga_pfn_t)start,
		.span = (uint32_t)(end - start),
		.block_base = ops->zone_blocks ? (pga_pfn_t)start : 0,
	};
}

/* A type that the mechanism does not know is part of the next one. */
static void cut_node(struct machine_conf *m, const struct pga_ops *ops, unsigned node, bool scaled)
{
	uint8_t types = ops->caps & PGA_CAP_ZONES ? ops->zone_types : 0;
	struct pga_range r = m->node_mem[node];
	uint64_t start = r.start;

	if (!types || r.start ||
	    (!scaled && (uint64_t)r.end << MACHINE_PAGE_SHIFT <= x86_zones[NR_X86_ZONES - 2].end)) {
		add_zone(m, ops, node, PGA_ZONE_NORMAL, r.start, r.end);
		return;
	}
	for (size_t i = 0; i < NR_X86_ZONES; i++) {
		uint64_t end = scaled ? (uint64_t)r.end * x86_zones[i].part / 16
				      : x86_zones[i].end >> MACHINE_PAGE_SHIFT;

		if (!(types & 1u << x86_zones[i].type))
			continue;
		if (end > r.end)
			end = r.end;
		add_zone(m, ops, node, x86_zones[i].type, start, end);
		start = end;
	}
}

/* Whole pageblocks, so that no block belongs to two zones. */
static uint64_t size_of(const struct bench_memory *mem, const struct pga_ops *ops,
			enum pga_zone_type type, uint64_t frames)
{
	const struct bench_zone_size *z = &mem->zone[type];
	uint64_t size = z->bytes ? z->bytes >> MACHINE_PAGE_SHIFT : frames * z->percent / 100;

	if (!(ops->caps & PGA_CAP_ZONES) || !(ops->zone_types & 1u << type))
		return 0;
	return size >> PAGEBLOCK_ORDER << PAGEBLOCK_ORDER;
}

static int cut_as_given(struct machine_conf *m, const struct pga_ops *ops, unsigned node,
			const struct bench_memory *mem, char *why, size_t len)
{
	static const enum pga_zone_type first[] = { PGA_ZONE_DMA, PGA_ZONE_DMA32 };
	static const enum pga_zone_type last[] = { PGA_ZONE_MOVABLE, PGA_ZONE_HIGHMEM };
	struct pga_range r = m->node_mem[node];
	uint64_t frames = r.end - r.start, taken = 0, start = r.start, end = r.end;

	for (unsigned i = 0; i < 2; i++) {
		taken += r.start ? 0 : size_of(mem, ops, first[i], frames);
		taken += size_of(mem, ops, last[i], frames);
	}
	if (taken >= frames) {
		snprintf(why, len, "zones %s take all of a node of %llu bytes; Normal needs some",
			 mem->zone_text, (unsigned long long)frames << MACHINE_PAGE_SHIFT);
		return -EINVAL;
	}
	for (unsigned i = 0; i < 2 && !r.start; i++) {
		uint64_t size = size_of(mem, ops, first[i], frames);

		if (size)
			add_zone(m, ops, node, first[i], start, start + size);
		start += size;
	}
	for (unsigned i = 0; i < 2; i++)
		end -= size_of(mem, ops, last[i], frames);
	add_zone(m, ops, node, PGA_ZONE_NORMAL, start, end);
	for (unsigned i = 0; i < 2; i++)
		if (size_of(mem, ops, last[i], frames))
			add_zone(m, ops, node, last[i], end, r.end);
	return 0;
}

/* The end of a node in whole blocks, as the workload asks; at most all but one. */
static void carve_cma(struct machine_conf *m, const struct bench_cell *cell, unsigned node,
		      unsigned pageblock_order)
{
	struct pga_range r = m->node_mem[node];
	uint64_t want = cell->wl->cma ? cell->wl->cma(cell->param, r.end - r.start) : 0;
	pga_pfn_t block = 1u << pageblock_order, end = r.end / block * block, start;

	m->boot[m->conf.nr_boot++] = r;
	if (want < block || end <= r.start + 2 * block)
		return;
	start = want < end - r.start - block ? end - (pga_pfn_t)want : r.start + block;
	start = (start + block - 1) / block * block;
	m->cma[m->conf.nr_cma++] = (struct pga_range){ start, end };
	m->boot[m->conf.nr_boot - 1].end = start;
	if (end < r.end)
		m->boot[m->conf.nr_boot++] = (struct pga_range){ end, r.end };
}

static int lay_out_memory(struct machine_conf *m, const struct pga_ops *ops,
			  const struct bench_cell *cell, const struct topo *t, char *why,
			  size_t len)
{
	uint64_t frames = cell->memory.per_node >> MACHINE_PAGE_SHIFT, next = 0;

	for (unsigned n = 0; n < t->nr_nodes; n++) {
		if (!t->nodes[n].mem_bytes)
			continue;
		if (!frames || next + frames >= PGA_NIL) {
			snprintf(why, len,
				 "memory per node of %llu bytes: from one page to 16 TiB for all "
				 "nodes",
				 (unsigned long long)cell->memory.per_node);
			return -EINVAL;
		}
		m->node_mem[n] = (struct pga_range){ (pga_pfn_t)next, (pga_pfn_t)(next + frames) };
		m->mem[m->nr_mem_nodes++] = m->node_mem[n];
		carve_cma(m, cell, n, m->conf.pageblock_order);
		next += frames;
		int rc = 0;

		if (cell->memory.zones == ZONES_GIVEN)
			rc = cut_as_given(m, ops, n, &cell->memory, why, len);
		else
			cut_node(m, ops, n, cell->memory.zones == ZONES_SCALED);
		if (rc)
			return rc;
	}
	m->frames = next;
	if (next)
		return 0;
	snprintf(why, len, "no node of %s has memory", t->source);
	return -EINVAL;
}

/* Daemons for each node. */
static unsigned daemons_wanted(const struct pga_ops *ops, const struct bench_cell *cell)
{
	unsigned nr = 0;

	if (!cell->wl->needs_host || cell->daemons == DAEMONS_OFF)
		return 0;
	while (ops->daemons && ops->daemons[nr].name)
		nr++;
	return nr;
}

static bool has_thread(const struct machine_conf *m, const struct bench_cell *cell, unsigned real)
{
	for (unsigned i = 0; i < cell->threads; i++)
		if (m->threads[i].real == real)
			return true;
	return false;
}

/* A CPU of the node, idle if possible; of any node when it has none. */
static uint16_t daemon_cpu(const struct machine_conf *m, const struct bench_cell *cell,
			   const struct topo *t, unsigned node)
{
	unsigned best = t->nr_cpus - 1;

	for (unsigned cpu = t->nr_cpus; cpu--;) {
		if (t->cpus[cpu].node != node)
			continue;
		if (!has_thread(m, cell, cpu))
			return (uint16_t)cpu;
		if (t->cpus[best].node != node)
			best = cpu;
	}
	return (uint16_t)best;
}

static unsigned seat_daemons(struct machine_conf *m, const struct pga_ops *ops,
			     const struct bench_cell *cell, const struct topo *t, uint16_t *next)
{
	unsigned seat = 0;

	for (unsigned d = 0; d < daemons_wanted(ops, cell); d++) {
		unsigned first = seat;

		for (unsigned node = 0; node < t->nr_nodes; node++) {
			if (!machine_frames_of(m, node) || (ops->daemons[d].global && seat > first))
				continue;
			m->cpu_node[*next] = (uint16_t)node;
			m->daemons[seat++] = (struct machine_daemon){
				.cpu = (*next)++,
				.real = daemon_cpu(m, cell, t, node),
				.node = (uint16_t)node,
				.daemon = (uint16_t)d,
			};
		}
	}
	return seat;
}

/* Logical CPUs of the threads; beyond the machine's for those that share one. */
static int seat_threads(struct machine_conf *m, const struct pga_ops *ops,
			const struct bench_cell *cell, const struct topo *t)
{
	uint16_t *real = calloc(cell->threads, sizeof(*real));
	unsigned daemons = daemons_wanted(ops, cell) * m->nr_mem_nodes;
	uint16_t next = (uint16_t)t->nr_cpus;

	m->threads = calloc(cell->threads, sizeof(*m->threads));
	m->daemons = calloc(daemons + 1u, sizeof(*m->daemons));
	m->cpu_node = calloc(t->nr_cpus + cell->threads + daemons, sizeof(*m->cpu_node));
	if (!real || !m->threads || !m->daemons || !m->cpu_node) {
		free(real);
		return -ENOMEM;
	}
	for (unsigned cpu = 0; cpu < t->nr_cpus; cpu++)
		m->cpu_node[cpu] = (uint16_t)t->cpus[cpu].node;
	m->oversubscribed = topo_select_cpus(t, cell->threads, real);
	for (unsigned i = 0; i < cell->threads; i++) {
		bool shares = i >= t->nr_cpus;

		m->threads[i].real = real[i];
		m->threads[i].cpu = shares ? next++ : real[i];
		m->cpu_node[m->threads[i].cpu] = (uint16_t)t->cpus[real[i]].node;
	}
	m->nr_daemons = seat_daemons(m, ops, cell, t, &next);
	m->conf.nr_cpus = next;
	m->nr_real_cpus = t->nr_cpus;
	free(real);
	return 0;
}

/* The variant says which distances it goes by, where it goes by any. */
static int choose_distances(struct machine_conf *m, const struct pga_ops *ops,
			    const int64_t *policy, const struct topo *t, char *why, size_t len)
{
	int i = pga_tunable_index(ops, "zonelist");
	bool measured = i >= 0 && ops->tunables[i].words == pga_list_distance_words &&
			policy[i] == PGA_LIST_MEASURED;

	if (measured && !t->dist_measured) {
		snprintf(why, len, "zonelist=measured: %s",
			 t->simulated
				 ? "a simulated topology has no latencies"
				 : "this machine was not measured yet; topo --measure does it");
		return -EOPNOTSUPP;
	}
	memcpy(m->dist, measured ? t->dist_measured : t->dist,
	       (size_t)t->nr_nodes * t->nr_nodes * sizeof(*m->dist));
	return 0;
}

unsigned machine_memory_node(const struct machine_conf *m, unsigned node)
{
	const uint16_t *dist = m->dist + (size_t)node * m->conf.nr_nodes;
	unsigned best = node;

	if (machine_frames_of(m, node))
		return node;
	for (unsigned n = 0; n < m->conf.nr_nodes; n++)
		if (machine_frames_of(m, n) && (best == node || dist[n] < dist[best]))
			best = n;
	return best;
}

static int make(struct machine_conf *m, const struct pga_ops *ops, const int64_t *policy,
		const struct bench_cell *cell, const struct topo *t, char *why, size_t len)
{
	struct pga_conf *c = &m->conf;
	size_t dist_bytes = (size_t)t->nr_nodes * t->nr_nodes * sizeof(*m->dist);

	unsigned daemons = daemons_wanted(ops, cell) * t->nr_nodes;

	if (t->nr_nodes > PGA_MAX_NODES ||
	    t->nr_cpus + cell->threads + daemons > MACHINE_MAX_CPUS) {
		snprintf(why, len,
			 "%u nodes, %u CPUs, %u threads and %u daemons: at most %u nodes and %u "
			 "CPUs",
			 t->nr_nodes, t->nr_cpus, cell->threads, daemons, PGA_MAX_NODES,
			 MACHINE_MAX_CPUS);
		return -EOPNOTSUPP;
	}
	c->nr_orders = (uint8_t)(ops->nr_orders < KERNEL_ORDERS ? ops->nr_orders : KERNEL_ORDERS);
	c->pageblock_order =
		(uint8_t)(c->nr_orders > PAGEBLOCK_ORDER ? PAGEBLOCK_ORDER : c->nr_orders - 1u);
	int rc = lay_out_memory(m, ops, cell, t, why, len);

	if (rc)
		return rc;
	m->dist = malloc(dist_bytes);
	if (!m->dist || seat_threads(m, ops, cell, t)) {
		snprintf(why, len, "no memory for the configuration");
		return -ENOMEM;
	}
	rc = choose_distances(m, ops, policy, t, why, len);
	if (rc)
		return rc;
	c->page_shift = MACHINE_PAGE_SHIFT;
	c->long_bits = 64;
	c->hz = KERNEL_HZ;
	c->nr_nodes = (uint16_t)t->nr_nodes;
	c->nr_mem = (uint16_t)m->nr_mem_nodes;
	c->zones = m->zones;
	c->cpu_node = m->cpu_node;
	c->dist = m->dist;
	c->mem = m->mem;
	c->boot = m->boot;
	c->cma = m->cma;
	c->policy = policy;
	return 0;
}

int machine_conf_make(struct machine_conf **out, const struct pga_ops *ops, const int64_t *policy,
		      const struct bench_cell *cell, const struct topo *t, char *why, size_t len)
{
	*out = calloc(1, sizeof(**out));
	if (!*out) {
		snprintf(why, len, "no memory for the configuration");
		return -ENOMEM;
	}
	return make(*out, ops, policy, cell, t, why, len);
}

void machine_conf_free(struct machine_conf *m)
{
	if (!m)
		return;
	free(m->threads);
	free(m->daemons);
	free(m->cpu_node);
	free(m->dist);
	free(m);
}
