/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/support/t_oracle.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool object(struct t_oracle *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static bool object(struct t_oracle *o, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(o->why, sizeof(o->why), fmt, ap);
	va_end(ap);
	return false;
}

static void mark_free(struct t_oracle *o, const struct pga_range *r, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++) {
		memset(o->frames + r[i].start, 'f', r[i].end - r[i].start);
		o->managed += r[i].end - r[i].start;
	}
}

/* Frames that the counters say were allocated and not freed, modulo 2^64. */
static uint64_t balance(struct t_instance *in)
{
	uint64_t v[PGA_NR_STATS] = { 0 };

	in->ops->stats(in->pga, -1, v);
	return v[PGA_STAT_pgalloc] - v[PGA_STAT_pgfree];
}

int t_oracle_init(struct t_oracle *o, struct t_instance *in)
{
	*o = (struct t_oracle){ .in = in,
				.frames = malloc(in->end),
				.live = malloc(in->end * sizeof(*o->live)) };
	if (!o->frames || !o->live)
		return -ENOMEM;
	memset(o->frames, 'a', in->end);
	mark_free(o, in->conf.boot, in->conf.nr_boot);
	o->booted = o->managed;
	o->gone = balance(in);
	mark_free(o, in->conf.cma, in->conf.nr_cma);
	return 0;
}

void t_oracle_fini(struct t_oracle *o)
{
	free(o->frames);
	free(o->live);
}

static unsigned rank(unsigned type)
{
	static const uint8_t ranks[PGA_NR_ZONE_TYPES] = {
		[PGA_ZONE_DMA] = 0,	[PGA_ZONE_DMA32] = 1,	[PGA_ZONE_NORMAL] = 2,
		[PGA_ZONE_HIGHMEM] = 3, [PGA_ZONE_MOVABLE] = 4,
	};

	return ranks[type];
}

static unsigned rank_asked(uint32_t gfp)
{
	if (gfp & PGA_GFP_DMA)
		return rank(PGA_ZONE_DMA);
	if (gfp & PGA_GFP_DMA32)
		return rank(PGA_ZONE_DMA32);
	if (!(gfp & PGA_GFP_HIGHMEM))
		return rank(PGA_ZONE_NORMAL);
	return rank(gfp & PGA_GFP_MOVABLE ? PGA_ZONE_MOVABLE : PGA_ZONE_HIGHMEM);
}

/* A request that names a node keeps to the zones of that node's list. */
static bool listed(const struct t_instance *in, unsigned node, struct pga_req req, unsigned zone)
{
	uint16_t list[PGA_MAX_ZONES];
	unsigned nr;

	if (req.gfp & PGA_GFP_THISNODE)
		return in->zones[zone].node == node;
	if (req.node < 0)
		return true;
	nr = in->ops->zonelist(in->pga, node, false, list, PGA_MAX_ZONES);
	while (nr && list[nr - 1] != zone)
		nr--;
	return nr > 0;
}

/* May a request be served from a zone at all? */
static bool usable(const struct t_instance *in, struct pga_req req, const struct pga_ctx *ctx,
		   unsigned zone)
{
	const struct pga_zone_conf *z = &in->zones[zone];
	unsigned node = req.node < 0 ? in->cpu_node[req.cpu] : (unsigned)req.node;

	if ((in->ops->caps & PGA_CAP_ZONES) && rank(z->type) > rank_asked(req.gfp))
		return false;
	if (!(in->ops->caps & PGA_CAP_NODES))
		return true;
	if (!listed(in, node, req, zone))
		return false;
	return !ctx || !ctx->nodemask || (ctx->nodemask[z->node / 64] >> z->node % 64 & 1);
}

bool t_oracle_took(struct t_oracle *o, struct pga_req req, const struct pga_ctx *ctx,
		   struct pga_res res)
{
	const struct t_instance *in = o->in;
	uint32_t n = 1u << req.order;

	if (res.err || !res.path || (res.path & PGA_PATH(FAIL)))
		return object(o, "success with err %d and path %#x", res.err, res.path);
	if (res.zone >= in->conf.nr_zones)
		return object(o, "zone %u of %u", res.zone, in->conf.nr_zones);
	const struct pga_zone_conf *z = &in->zones[res.zone];

	if (res.pfn < z->start || res.pfn - z->start > z->span - n || z->span < n)
		return object(o, "block %u+%u is not inside zone %u", res.pfn, n, res.zone);
	if (res.node != z->node)
		return object(o, "node %d for zone %u of node %u", res.node, res.zone, z->node);
	if (!usable(in, req, ctx, res.zone))
		return object(o, "zone %u may not serve gfp %#x, cpu %u, node %d", res.zone,
			      req.gfp, req.cpu, req.node);
	if ((res.pfn - z->block_base) & (n - 1))
		return object(o, "block %u of order %u is not aligned", res.pfn, req.order);
	for (uint32_t i = 0; i < n; i++)
		if (o->frames[res.pfn + i] != 'f')
			return object(o, "frame %u of block %u+%u is %s", res.pfn + i, res.pfn, n,
				      o->frames[res.pfn + i] == 'u' ? "in use" : "absent");
	memset(o->frames + res.pfn, 'u', n);
	o->live[o->nr_live++] = (struct t_block){ res.pfn, req.order };
	o->live_frames += n;
	o->allocations++;
	return true;
}

struct t_block t_oracle_gave(struct t_oracle *o, size_t i)
{
	struct t_block b = o->live[i];

	o->live[i] = o->live[--o->nr_live];
	memset(o->frames + b.pfn, 'f', 1u << b.order);
	o->live_frames -= 1u << b.order;
	return b;
}

static bool is_cma(const struct t_instance *in, pga_pfn_t pfn)
{
	for (unsigned i = 0; i < in->conf.nr_cma; i++)
		if (pfn >= in->cma[i].start && pfn < in->cma[i].end)
			return true;
	return false;
}

/* Frames of a zone in aligned free pieces of an order. */
static uint64_t free_at_order(const struct t_oracle *o, unsigned zone, unsigned order, bool cma)
{
	const struct pga_zone_conf *z = &o->in->zones[zone];
	uint32_t n = 1u << order;
	uint32_t skew = (z->start - z->block_base) & (n - 1);
	uint64_t sum = 0;

	for (uint64_t pfn = z->start + (skew ? n - skew : 0); pfn + n <= z->start + z->span;
	     pfn += n) {
		uint32_t i = 0;

		while (i < n && o->frames[pfn + i] == 'f' &&
		       (cma || !is_cma(o->in, (pga_pfn_t)pfn + i)))
			i++;
		sum += i == n ? n : 0;
	}
	return sum;
}

bool t_oracle_refused(struct t_oracle *o, struct pga_req req, const struct pga_ctx *ctx,
		      struct pga_res res)
{
	struct t_instance *in = o->in;

	if (res.pfn != PGA_NIL || res.node != -1 || !(res.path & PGA_PATH(FAIL)) ||
	    res.err != -ENOMEM)
		return object(o, "failure with pfn %u, node %d, path %#x, err %d", res.pfn,
			      res.node, res.path, res.err);
	/* Told to give up while it waited for its node, it need not have asked others. */
	if (req.node < 0 && (res.path & PGA_PATH(WAIT)))
		req.node = (int8_t)in->cpu_node[req.cpu];
	for (unsigned z = 0; z < in->conf.nr_zones; z++) {
		struct pga_zone_info info = { 0 };
		uint64_t reserve = 0, free;

		if (!usable(in, req, ctx, z))
			continue;
		in->ops->zone_info(in->pga, z, &info);
		for (unsigned t = 0; t < PGA_NR_ZONE_TYPES; t++)
			if (info.lowmem_reserve[t] > reserve)
				reserve = info.lowmem_reserve[t];
		reserve += info.wmark[2];
		free = free_at_order(o, z, req.order, req.gfp & PGA_GFP_MOVABLE);
		if (free >= reserve + (2u << req.order))
			return object(
				o,
				"order %u gfp %#x cpu %u node %d refused: zone %u has %" PRIu64
				" frames of that order, keeps at most %" PRIu64,
				req.order, req.gfp, req.cpu, req.node, z, free, reserve);
	}
	return true;
}

/* What a walk over all frames finds. */
struct tally {
	uint64_t blocks[PGA_MAX_ORDERS], free, pcp, used;
};

static bool walk_frames(struct t_oracle *o, struct tally *zones)
{
	const struct t_instance *in = o->in;
	struct pga_frame_info info;
	pga_pfn_t next = 0;

	for (pga_pfn_t pfn = 0; pfn < in->end; pfn++) {
		in->ops->frame(in->pga, pfn, &info);
		bool absent = info.state == PGA_FRAME_HOLE || info.state == PGA_FRAME_RESERVED;
		bool tail = pfn < next;

		if (absent != (o->frames[pfn] == 'a'))
			return object(o, "frame %u has state %d, the oracle says %c", pfn,
				      info.state, o->frames[pfn]);
		if (tail != (info.state == PGA_FRAME_TAIL))
			return object(o, "frame %u has state %d, a block ends at %u", pfn,
				      info.state, next);
		if (absent || tail)
			continue;
		if ((info.state == PGA_FRAME_USED) != (o->frames[pfn] == 'u'))
			return object(o, "frame %u has state %d, the oracle says %c", pfn,
				      info.state, o->frames[pfn]);
		if (info.zone >= in->conf.nr_zones || info.order >= PGA_MAX_ORDERS)
			return object(o, "frame %u: zone %u, order %u", pfn, info.zone, info.order);
		struct tally *t = &zones[info.zone];
		uint64_t n = info.state == PGA_FRAME_PCP ? 1 : 1u << info.order;

		*(info.state == PGA_FRAME_PCP	 ? &t->pcp
		  : info.state == PGA_FRAME_USED ? &t->used
						 : &t->free) += n;
		if (info.state == PGA_FRAME_FREE)
			t->blocks[info.order]++;
		next = pfn + (pga_pfn_t)n;
	}
	return true;
}

static bool zone_agrees(struct t_oracle *o, unsigned zone, const struct tally *t)
{
	struct t_instance *in = o->in;
	uint64_t pcp = t_pcp_frames(in, zone);
	uint32_t blocks[PGA_MAX_ORDERS];

	t_free_blocks(in, zone, blocks);
	for (unsigned order = 0; order < PGA_MAX_ORDERS; order++)
		if (blocks[order] != t->blocks[order])
			return object(
				o, "zone %u: snapshot has %u blocks of order %u, frames %" PRIu64,
				zone, blocks[order], order, t->blocks[order]);
	if (pcp != t->pcp)
		return object(o, "zone %u: CPUs hold %" PRIu64 " frames, frames say %" PRIu64, zone,
			      pcp, t->pcp);
	return true;
}

/* Lists as walk_lists tells them, held against the frames' own states. */
struct list_walk {
	struct t_oracle *o;
	uint32_t blocks[T_MAX_ZONES][PGA_MAX_TYPES][PGA_MAX_ORDERS];
	uint32_t pcp[T_MAX_ZONES][T_MAX_CPUS][PGA_MAX_TYPES];
	bool ok;
};

static void see_entry(void *data, const struct pga_list_entry *e)
{
	struct list_walk *w = data;
	struct t_instance *in = w->o->in;
	struct pga_frame_info info;

	if (!w->ok)
		return;
	in->ops->frame(in->pga, e->pfn, &info);
	if (info.state != (e->cpu < 0 ? PGA_FRAME_FREE : PGA_FRAME_PCP) || info.zone != e->zone ||
	    (e->cpu < 0 && info.order != e->order))
		w->ok = object(w->o, "list entry %u (zone %u, cpu %d, order %u): frame state %d",
			       e->pfn, e->zone, e->cpu, e->order, info.state);
	else if (e->cpu < 0)
		w->blocks[e->zone][e->type][e->order]++;
	else
		w->pcp[e->zone][e->cpu][e->type]++;
}

static bool lists_agree(struct t_oracle *o)
{
	struct t_instance *in = o->in;
	struct list_walk *w = calloc(1, sizeof(*w));
	struct pga_zone_snap snap;
	uint32_t count[PGA_MAX_TYPES];
	bool ok = w != NULL;

	if (!in->ops->walk_lists || !w) {
		free(w);
		return true;
	}
	*w = (struct list_walk){ .o = o, .ok = true };
	in->ops->walk_lists(in->pga, see_entry, w);
	ok = w->ok;
	for (unsigned z = 0; ok && z < in->conf.nr_zones; z++) {
		in->ops->zone_snap(in->pga, z, &snap);
		if (memcmp(snap.nr_blocks, w->blocks[z], sizeof(snap.nr_blocks)))
			ok = object(o, "zone %u: free lists and snapshot differ", z);
		for (unsigned cpu = 0; ok && in->ops->pcp_count && cpu < in->conf.nr_cpus; cpu++) {
			memset(count, 0, sizeof(count));
			in->ops->pcp_count(in->pga, cpu, z, count);
			if (memcmp(count, w->pcp[z][cpu], sizeof(count)))
				ok = object(o, "zone %u cpu %u: lists and pcp_count differ", z,
					    cpu);
		}
	}
	free(w);
	return ok;
}

static bool counts_agree(struct t_oracle *o, uint64_t isolated)
{
	struct t_instance *in = o->in;
	uint64_t v[PGA_NR_STATS] = { 0 }, sum = 0, managed = 0;

	for (unsigned z = 0; z < in->conf.nr_zones; z++) {
		struct pga_zone_snap snap;
		struct pga_zone_info info;

		in->ops->zone_snap(in->pga, z, &snap);
		in->ops->zone_info(in->pga, z, &info);
		sum += snap.nr_free_exact + t_pcp_frames(in, z);
		managed += info.managed;
	}
	if (managed != o->booted && managed != o->managed)
		return object(o, "managed is %" PRIu64 ", frames %" PRIu64, managed, o->managed);
	if (sum + o->live_frames + isolated != o->managed)
		return object(o,
			      "free and cached %" PRIu64 " + live %" PRIu64 " + isolated %" PRIu64
			      " is not %" PRIu64,
			      sum, o->live_frames, isolated, o->managed);
	in->ops->stats(in->pga, -1, v);
	if (balance(in) - o->gone != o->live_frames)
		return object(o, "pgalloc %" PRIu64 " - pgfree %" PRIu64 " is not %" PRIu64,
			      v[PGA_STAT_pgalloc], v[PGA_STAT_pgfree], o->live_frames);
	if (v[PGA_STAT_numa_hit] + v[PGA_STAT_numa_miss] !=
	    v[PGA_STAT_numa_local] + v[PGA_STAT_numa_other])
		return object(o, "numa_hit + miss is not local + other");
	if (v[PGA_STAT_numa_miss] != v[PGA_STAT_numa_foreign])
		return object(o, "numa_miss %" PRIu64 ", numa_foreign %" PRIu64,
			      v[PGA_STAT_numa_miss], v[PGA_STAT_numa_foreign]);
	return true;
}

bool t_oracle_agrees(struct t_oracle *o, uint64_t isolated)
{
	struct t_instance *in = o->in;
	struct tally zones[T_MAX_ZONES] = { 0 };
	char why[200];

	if (in->ops->check(in->pga, why, sizeof(why)))
		return object(o, "check: %s", why);
	if (!walk_frames(o, zones))
		return false;
	for (unsigned z = 0; z < in->conf.nr_zones; z++)
		if (!zone_agrees(o, z, &zones[z]))
			return false;
	return lists_agree(o) && counts_agree(o, isolated);
}
