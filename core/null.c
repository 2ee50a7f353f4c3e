/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The null mechanism does the least that the seam allows, so that what a
 * workload costs on it is the harness's own cost.  It hands out the frames of
 * a window of the asked node in rotation, never fails, keeps no track of what
 * is in use, and therefore lacks PGA_CAP_REAL: two live blocks may overlap.
 *
 * One operation is one addition to a line that only the CPU's driver writes;
 * the position in the window follows from the number of frames handed out.
 */
#include "core/null.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define EXTENT_ALIGN 4096u
#define LINE 128u /* two cache lines: the prefetcher fetches pairs */

/*
 * The frames that stand for a node: start .. start + mask, all of them RAM of
 * one zone.  A node without memory shares the window of its nearest one.
 */
struct null_window {
	pga_pfn_t start;
	uint32_t mask; /* frames - 1; frames is a power of two */
	int16_t node;  /* of the frames, not of the request */
	uint16_t zone;
};

struct null_cpu {
	uint64_t allocated, freed; /* frames */
	uint16_t node;
} __attribute__((aligned(LINE)));

struct pga {
	const struct pga_conf *conf;
	unsigned nr_orders;
	struct null_cpu *cpus;
	struct null_window windows[PGA_MAX_NODES];
};

static uint32_t overlap(struct pga_range r, const struct pga_zone_conf *z)
{
	pga_pfn_t lo = r.start > z->start ? r.start : z->start;
	pga_pfn_t hi = r.end < z->start + z->span ? r.end : z->start + z->span;

	return lo < hi ? hi - lo : 0;
}

static uint32_t frames_in(const struct pga_range *r, unsigned nr, const struct pga_zone_conf *z)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < nr; i++)
		sum += overlap(r[i], z);
	return sum;
}

/* The largest aligned power of two of frames inside one piece of RAM. */
static uint32_t window_of(struct pga_range r, const struct pga_zone_conf *z, pga_pfn_t *start)
{
	pga_pfn_t lo = r.start > z->start ? r.start : z->start;
	uint32_t len = overlap(r, z);

	for (uint32_t size = 1u << 31; size; size >>= 1) {
		pga_pfn_t skew = (lo - z->block_base) & (size - 1);
		uint32_t skip = skew ? size - skew : 0;

		if (len < size || skip > len - size)
			continue;
		*start = lo + skip;
		return size;
	}
	return 0;
}

/* The node's own largest window; false when it has no memory. */
static bool find_window(const struct pga_conf *c, unsigned node, struct null_window *w)
{
	uint32_t best = 0;

	for (unsigned z = 0; z < c->nr_zones; z++) {
		for (unsigned i = 0; c->zones[z].node == node && i < c->nr_boot; i++) {
			pga_pfn_t start = 0;
			uint32_t size = window_of(c->boot[i], &c->zones[z], &start);

			if (size <= best)
				continue;
			best = size;
			*w = (struct null_window){ start, size - 1, (int16_t)node, (uint16_t)z };
		}
	}
	return best != 0;
}

static bool find_nearest_window(const struct pga_conf *c, unsigned node, struct null_window *w)
{
	unsigned best = UINT16_MAX + 1u;
	struct null_window other;

	if (find_window(c, node, w))
		return true;
	for (unsigned n = 0; n < c->nr_nodes; n++) {
		unsigned dist = c->dist[node * c->nr_nodes + n];

		if (dist >= best || !find_window(c, n, &other))
			continue;
		best = dist;
		*w = other;
	}
	return best <= UINT16_MAX;
}

static size_t round_up(size_t bytes)
{
	return (bytes + EXTENT_ALIGN - 1) / EXTENT_ALIGN * EXTENT_ALIGN;
}

static int null_meta_plan(const struct pga_conf *conf, struct pga_extent *ext, unsigned max,
			  char *why, size_t why_len)
{
	struct null_window w;
	unsigned nr = 0;

	if (!conf->nr_nodes || conf->nr_nodes > PGA_MAX_NODES ||
	    !find_nearest_window(conf, 0, &w)) {
		snprintf(why, why_len, "no node has memory");
		return -EINVAL;
	}
	if (max < conf->nr_cpus + 1u)
		return -E2BIG;
	ext[nr++] = (struct pga_extent){ .len = round_up(sizeof(struct pga)),
					 .part = PGA_PART_SHARED,
					 .what = "windows" };
	for (unsigned cpu = 0; cpu < conf->nr_cpus; cpu++, nr++)
		ext[nr] = (struct pga_extent){ .off = ext[nr - 1].off + ext[nr - 1].len,
					       .len = EXTENT_ALIGN,
					       .part = PGA_PART_CPU,
					       .id = (uint16_t)cpu,
					       .what = "counts" };
	return (int)nr;
}

static struct null_cpu *cpu_of(struct pga *p, unsigned cpu)
{
	return (struct null_cpu *)((char *)p->cpus + (size_t)cpu * EXTENT_ALIGN);
}

static int null_init(struct pga **self, const struct pga_conf *conf, const struct pga_host *host,
		     void *base)
{
	struct pga *p = base;

	(void)host;
	p->conf = conf;
	p->nr_orders = conf->nr_orders;
	p->cpus = (struct null_cpu *)((char *)base + round_up(sizeof(*p)));
	for (unsigned n = 0; n < conf->nr_nodes; n++)
		if (!find_nearest_window(conf, n, &p->windows[n]))
			return -EINVAL;
	for (unsigned cpu = 0; cpu < conf->nr_cpus; cpu++)
		cpu_of(p, cpu)->node = conf->cpu_node[cpu];
	*self = p;
	return 0;
}

static void null_fini(struct pga *self)
{
	(void)self;
}

static struct pga_res null_alloc(struct pga *self, struct pga_req req, const struct pga_ctx *ctx)
{
	struct null_cpu *c = cpu_of(self, req.cpu);
	const struct null_window *w;
	uint32_t frames = 1u << req.order;
	uint64_t at = c->allocated;

	(void)ctx;
	if (__builtin_expect(req.order >= self->nr_orders, 0))
		return (struct pga_res){
			.pfn = PGA_NIL, .path = PGA_PATH(FAIL), .err = -EINVAL, .node = -1
		};
	w = &self->windows[req.node < 0 ? c->node : (unsigned)req.node];
	c->allocated = at + frames;
	return (struct pga_res){ .pfn = w->start + ((uint32_t)at & w->mask & ~(frames - 1)),
				 .path = PGA_PATH(PCP_HIT),
				 .node = w->node,
				 .zone = w->zone };
}

static void null_free(struct pga *self, pga_pfn_t pfn, unsigned order, unsigned cpu, unsigned flags)
{
	(void)pfn;
	(void)flags;
	cpu_of(self, cpu)->freed += 1u << order;
}

static void null_park(struct pga *self, unsigned cpu)
{
	(void)self;
	(void)cpu;
}

/* Zones are not told apart while allocating: a zone's own counts stay 0. */
static void null_stats(struct pga *self, int zone, uint64_t *val)
{
	memset(val, 0, PGA_NR_STATS * sizeof(*val));
	for (unsigned cpu = 0; zone < 0 && cpu < self->conf->nr_cpus; cpu++) {
		val[PGA_STAT_pgalloc] += cpu_of(self, cpu)->allocated;
		val[PGA_STAT_pgfree] += cpu_of(self, cpu)->freed;
	}
}

static void null_zone_info(struct pga *self, unsigned zone, struct pga_zone_info *info)
{
	const struct pga_conf *c = self->conf;

	*info = (struct pga_zone_info){
		.present = frames_in(c->mem, c->nr_mem, &c->zones[zone]),
		.managed = frames_in(c->boot, c->nr_boot, &c->zones[zone]) +
			   frames_in(c->cma, c->nr_cma, &c->zones[zone]),
	};
}

static unsigned null_zonelist(struct pga *self, unsigned node, bool this_node, uint16_t *zones,
			      unsigned max)
{
	(void)this_node;
	if (!max)
		return 0;
	zones[0] = self->windows[node].zone;
	return 1;
}

static int null_check(struct pga *self, char *why, size_t why_len)
{
	for (unsigned n = 0; n < self->conf->nr_nodes; n++) {
		const struct null_window *w = &self->windows[n];

		if (!(w->mask & (w->mask + 1)))
			continue;
		snprintf(why, why_len, "window of node %u: %u frames are no power of two", n,
			 w->mask + 1);
		return -EUCLEAN;
	}
	return 0;
}

static const struct pga_tunable null_tunables[] = {
	{ .name = NULL },
};

const struct pga_ops pga_null = {
	.name = "null",
	.summary = "does nothing: what it costs is the harness's own cost",
	.abi = PGA_ABI,
	.ops_size = sizeof(struct pga_ops),
	.caps = PGA_CAP_THREADS | PGA_CAP_ORDERS | PGA_CAP_NODES,
	.nr_orders = PGA_MAX_ORDERS,
	.tunables = null_tunables,
	.meta_plan = null_meta_plan,
	.init = null_init,
	.fini = null_fini,
	.alloc = null_alloc,
	.free = null_free,
	.park = null_park,
	.unpark = null_park,
	.stats = null_stats,
	.zone_info = null_zone_info,
	.zonelist = null_zonelist,
	.check = null_check,
};
