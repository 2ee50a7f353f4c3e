/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small, complete, correct allocator: copy it and make it yours.
 * docs/ADDING-AN-ALLOCATOR.md leads from here to a measured comparison.
 *
 * The design: each zone keeps its free frames on one stack behind one lock.
 * Single frames only.  Knows core/pga.h and libc, as a plug-in does.
 *
 * Invariants, tested by skel_check():
 *   frames on the stack of a zone = nr_free
 *   frames of the zone that are neither hole nor reserved = managed
 *   managed - nr_free = allocated - freed
 */
#include "core/pga.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define PAGE 4096u

/* Values of link[] besides the offset of the next free frame. */
#define LINK_END UINT32_MAX	     /* last free frame of the stack */
#define LINK_USED (UINT32_MAX - 1)   /* handed out */
#define LINK_ABSENT (UINT32_MAX - 2) /* hole or reserved */

/* A zone.  Lies on the node of its frames, followed by one link per frame. */
struct skel_zone {
	pthread_spinlock_t lock;	    /* guards everything below and link[] */
	uint32_t top;			    /* offset from the zone's start, or LINK_END */
	uint32_t nr_free, present, managed; /* frames */
	uint64_t allocated, freed;	    /* frames since init */
	uint32_t link[];
};

/* What never changes after init, except the policy, which set() changes. */
struct pga {
	const struct pga_conf *conf;
	int64_t policy[PGA_MAX_TUNABLES];
	struct skel_zone *zones[PGA_MAX_ZONES];
	uint16_t order[]; /* [nr_nodes][nr_zones]: zones as a node prefers them */
};

/* Tunables: enum and table go together; the index is what set() gets. */
enum { TUN_FALLBACK, TUN_RESERVE };
static const struct pga_tunable skel_tunables[] = {
	[TUN_FALLBACK] = { .name = "fallback",
			   .type = PGA_TUN_BOOL,
			   .def = 1,
			   .max = 1,
			   .unit = "",
			   .help = "serve a request from another node when its own is empty",
			   .runtime = true },
	[TUN_RESERVE] = { .name = "reserve",
			  .type = PGA_TUN_INT,
			  .max = 65536,
			  .unit = "frames",
			  .help = "kept free in each zone for requests with HIGH or MEMALLOC",
			  .runtime = true },
	{ .name = NULL },
};

/* A zone may serve requests for zones of its own rank and above. */
static const uint8_t zone_rank[PGA_NR_ZONE_TYPES] = {
	[PGA_ZONE_DMA] = 0,	[PGA_ZONE_DMA32] = 1,	[PGA_ZONE_NORMAL] = 2,
	[PGA_ZONE_HIGHMEM] = 3, [PGA_ZONE_MOVABLE] = 4,
};

static unsigned highest_rank(uint32_t gfp)
{
	if (gfp & PGA_GFP_DMA)
		return zone_rank[PGA_ZONE_DMA];
	if (gfp & PGA_GFP_DMA32)
		return zone_rank[PGA_ZONE_DMA32];
	if (!(gfp & PGA_GFP_HIGHMEM))
		return zone_rank[PGA_ZONE_NORMAL];
	return zone_rank[gfp & PGA_GFP_MOVABLE ? PGA_ZONE_MOVABLE : PGA_ZONE_HIGHMEM];
}

static size_t round_up(size_t bytes)
{
	return (bytes + PAGE - 1) / PAGE * PAGE;
}

static size_t shared_bytes(const struct pga_conf *c)
{
	return round_up(sizeof(struct pga) + sizeof(uint16_t) * c->nr_nodes * c->nr_zones);
}

static size_t zone_bytes(const struct pga_zone_conf *z)
{
	return round_up(sizeof(struct skel_zone) + sizeof(uint32_t) * z->span);
}

/*
 * meta_plan: say how much metadata the instance needs and where each piece
 * should lie.  Pure: the same conf gives the same plan, and init() relies on
 * it.  What a CPU writes often belongs into a PGA_PART_CPU extent of its own;
 * this allocator has nothing of the kind, and that is the first thing to
 * improve.  Refuse here, in words, what you cannot serve.  Required.
 */
static int skel_meta_plan(const struct pga_conf *conf, struct pga_extent *ext, unsigned max,
			  char *why, size_t why_len)
{
	size_t off = shared_bytes(conf);

	if (!conf->nr_zones || conf->nr_zones > PGA_MAX_ZONES) {
		snprintf(why, why_len, "%u zones, not 1..%u", conf->nr_zones, PGA_MAX_ZONES);
		return -EINVAL;
	}
	if (max < conf->nr_zones + 1u)
		return -E2BIG;
	ext[0] = (struct pga_extent){ .len = off, .part = PGA_PART_SHARED, .what = "zone order" };
	for (unsigned z = 0; z < conf->nr_zones; z++) {
		ext[z + 1] = (struct pga_extent){ .off = off,
						  .len = zone_bytes(&conf->zones[z]),
						  .part = PGA_PART_NODE,
						  .id = conf->zones[z].node,
						  .what = "zone" };
		off += ext[z + 1].len;
	}
	return conf->nr_zones + 1;
}

static bool in_ranges(const struct pga_range *r, unsigned nr, pga_pfn_t pfn)
{
	for (unsigned i = 0; i < nr; i++)
		if (pfn >= r[i].start && pfn < r[i].end)
			return true;
	return false;
}

/* Put the frames of a range that lie in zone z on its stack, lowest on top. */
static void add_range(struct skel_zone *zone, const struct pga_zone_conf *z, struct pga_range r)
{
	pga_pfn_t lo = r.start > z->start ? r.start : z->start;
	pga_pfn_t hi = r.end < z->start + z->span ? r.end : z->start + z->span;

	for (pga_pfn_t pfn = hi; pfn > lo; pfn--) {
		zone->link[pfn - 1 - z->start] = zone->top;
		zone->top = pfn - 1 - z->start;
		zone->managed++;
	}
}

static void init_zone(struct skel_zone *zone, const struct pga_conf *c,
		      const struct pga_zone_conf *z)
{
	pthread_spin_init(&zone->lock, PTHREAD_PROCESS_PRIVATE);
	zone->top = LINK_END;
	for (uint32_t i = 0; i < z->span; i++)
		zone->link[i] = LINK_ABSENT;
	for (unsigned i = c->nr_cma; i > 0; i--)
		add_range(zone, z, c->cma[i - 1]);
	for (unsigned i = c->nr_boot; i > 0; i--)
		add_range(zone, z, c->boot[i - 1]);
	zone->nr_free = zone->managed;
	for (unsigned i = 0; i < c->nr_mem; i++) {
		pga_pfn_t lo = c->mem[i].start > z->start ? c->mem[i].start : z->start;
		pga_pfn_t end = z->start + z->span;
		pga_pfn_t hi = c->mem[i].end < end ? c->mem[i].end : end;

		zone->present += lo < hi ? hi - lo : 0;
	}
}

/* Does node prefer zone a to zone b?  Near nodes first, high zones first. */
static bool prefers(const struct pga_conf *c, unsigned node, unsigned a, unsigned b)
{
	const struct pga_zone_conf *za = &c->zones[a], *zb = &c->zones[b];
	unsigned da = c->dist[node * c->nr_nodes + za->node];
	unsigned db = c->dist[node * c->nr_nodes + zb->node];

	if (za->node == zb->node)
		return zone_rank[za->type] > zone_rank[zb->type];
	if ((za->node == node) != (zb->node == node))
		return za->node == node;
	return da != db ? da < db : za->node < zb->node;
}

static void sort_zones(const struct pga_conf *c, unsigned node, uint16_t *order)
{
	for (unsigned z = 0; z < c->nr_zones; z++) {
		unsigned at = z;

		for (; at > 0 && prefers(c, node, z, order[at - 1]); at--)
			order[at] = order[at - 1];
		order[at] = (uint16_t)z;
	}
}

/*
 * init: build the instance in the zeroed metadata at base, laid out as
 * meta_plan() said.  Afterwards every frame of conf.boot and conf.cma is free,
 * every other frame is not.  Neither here nor later may a hook call malloc or
 * the system.  conf stays valid until fini().  Required.
 */
static int skel_init(struct pga **self, const struct pga_conf *conf, const struct pga_host *host,
		     void *base)
{
	struct pga *p = base;
	char *at = (char *)base + shared_bytes(conf);

	(void)host;
	p->conf = conf;
	for (unsigned i = 0; skel_tunables[i].name; i++)
		p->policy[i] = conf->policy[i];
	for (unsigned z = 0; z < conf->nr_zones; z++) {
		p->zones[z] = (struct skel_zone *)at;
		init_zone(p->zones[z], conf, &conf->zones[z]);
		at += zone_bytes(&conf->zones[z]);
	}
	for (unsigned n = 0; n < conf->nr_nodes; n++)
		sort_zones(conf, n, p->order + (size_t)n * conf->nr_zones);
	*self = p;
	return 0;
}

/*
 * fini: the end.  The caller unmaps the metadata; there is nothing else to
 * give back, because nothing else was taken.  Required.
 */
static void skel_fini(struct pga *self)
{
	for (unsigned z = 0; z < self->conf->nr_zones; z++)
		pthread_spin_destroy(&self->zones[z]->lock);
}

/* One frame of a zone, leaving `keep` frames; LINK_END when there is none. */
static uint32_t pop(struct skel_zone *zone, int64_t keep)
{
	uint32_t at = LINK_END;

	pthread_spin_lock(&zone->lock);
	if (zone->nr_free > keep) {
		at = zone->top;
		zone->top = zone->link[at];
		zone->link[at] = LINK_USED;
		zone->nr_free--;
		zone->allocated++;
	}
	pthread_spin_unlock(&zone->lock);
	return at;
}

static struct pga_res failure(int err)
{
	return (struct pga_res){
		.pfn = PGA_NIL, .path = PGA_PATH(FAIL), .err = (int16_t)err, .node = -1
	};
}

static bool usable(const struct pga *p, const struct pga_zone_conf *z, const struct pga_req *req,
		   unsigned node, const struct pga_ctx *ctx)
{
	if (zone_rank[z->type] > highest_rank(req->gfp))
		return false;
	if ((req->gfp & PGA_GFP_THISNODE || !p->policy[TUN_FALLBACK]) && z->node != node)
		return false;
	return !ctx || !ctx->nodemask || ctx->nodemask[0] >> z->node & 1;
}

/*
 * alloc: serve one request, or say why not.  The hot path: no system call, no
 * allocation of its own, no sleep.  Called at the same time by the drivers of
 * different CPUs.  Report in res.path each stage that the request went
 * through; the reports group costs by it.  Required.
 */
static struct pga_res skel_alloc(struct pga *self, struct pga_req req, const struct pga_ctx *ctx)
{
	const struct pga_conf *c = self->conf;
	uint32_t path = PGA_PATH(BUDDY);
	int preferred = -1; /* node of the first usable zone */
	unsigned node;

	if (req.cpu >= c->nr_cpus || req.order >= c->nr_orders || req.node >= c->nr_nodes)
		return failure(-EINVAL);
	if (req.order > 0)
		return failure(-EOPNOTSUPP);
	node = req.node < 0 ? c->cpu_node[req.cpu] : (unsigned)req.node;
	for (unsigned i = 0; i < c->nr_zones; i++) {
		unsigned z = self->order[(size_t)node * c->nr_zones + i];
		const struct pga_zone_conf *zc = &c->zones[z];
		int64_t keep = self->policy[TUN_RESERVE];
		uint32_t at;

		if (!usable(self, zc, &req, node, ctx))
			continue;
		if (preferred < 0)
			preferred = zc->node;
		if (zc->node != preferred)
			path |= PGA_PATH(REMOTE_NODE);
		at = pop(self->zones[z],
			 req.gfp & (PGA_GFP_HIGH | PGA_GFP_MEMALLOC | PGA_GFP_PF_MEMALLOC) ? 0
											   : keep);
		if (at != LINK_END)
			return (struct pga_res){ .pfn = zc->start + at,
						 .path = path,
						 .node = zc->node,
						 .zone = (uint16_t)z };
		path |= PGA_PATH(NEXT_ZONE);
	}
	return failure(-ENOMEM);
}

/* The zone that a frame lies in, -1 if none. */
static int zone_of(const struct pga_conf *c, pga_pfn_t pfn)
{
	for (unsigned z = 0; z < c->nr_zones; z++)
		if (pfn - c->zones[z].start < c->zones[z].span)
			return (int)z;
	return -1;
}

/*
 * free: take a block back, on any CPU, not only the one that allocated it.
 * pfn and order are exactly those of the allocation; there is no way to
 * refuse.  Required.
 */
static void skel_free(struct pga *self, pga_pfn_t pfn, unsigned order, unsigned cpu, unsigned flags)
{
	int z = zone_of(self->conf, pfn);

	(void)order;
	(void)cpu;
	(void)flags;
	assert(z >= 0);
	struct skel_zone *zone = self->zones[z];
	uint32_t at = pfn - self->conf->zones[z].start;

	pthread_spin_lock(&zone->lock);
	assert(zone->link[at] == LINK_USED);
	zone->link[at] = zone->top;
	zone->top = at;
	zone->nr_free++;
	zone->freed++;
	pthread_spin_unlock(&zone->lock);
}

/*
 * park, unpark: the CPU promises to keep away from alloc and free until it is
 * unparked, so that others may empty its lists meanwhile.  Nothing to do
 * without lists of its own.  Required with PGA_CAP_THREADS.
 */
static void skel_park(struct pga *self, unsigned cpu)
{
	(void)self;
	(void)cpu;
}

/*
 * set: change a tunable of a live instance; no other hook runs meanwhile.
 * Optional; needed when a tunable is marked runtime.
 */
static int skel_set(struct pga *self, unsigned idx, int64_t value)
{
	if (!skel_tunables[idx].runtime)
		return -EPERM;
	if (value < skel_tunables[idx].min || value > skel_tunables[idx].max)
		return -ERANGE;
	self->policy[idx] = value;
	return 0;
}

/*
 * stats: counters with the names of /proc/vmstat, one zone's or the sum of
 * all.  pgalloc - pgfree is what is in use: the harness tests that after each
 * sample.  Counters that you do not keep stay 0.  Required.
 */
static void skel_stats(struct pga *self, int zone, uint64_t *val)
{
	memset(val, 0, PGA_NR_STATS * sizeof(*val));
	for (int i = 0; i < self->conf->nr_zones; i++) {
		struct skel_zone *z = self->zones[i];

		if (zone >= 0 && zone != i)
			continue;
		pthread_spin_lock(&z->lock);
		val[PGA_STAT_nr_free_pages] += z->nr_free;
		val[PGA_STAT_pgalloc] += z->allocated;
		val[PGA_STAT_pgfree] += z->freed;
		pthread_spin_unlock(&z->lock);
	}
}

/*
 * zone_info: constants of a zone and its marks.  A frame may be refused only
 * below the marks; the conformance tests hold you to it.  Required with
 * PGA_CAP_REAL.
 */
static void skel_zone_info(struct pga *self, unsigned zone, struct pga_zone_info *info)
{
	uint32_t mark = (uint32_t)self->policy[TUN_RESERVE];

	*info = (struct pga_zone_info){
		.present = self->zones[zone]->present,
		.managed = self->zones[zone]->managed,
		.wmark = { mark, mark, mark },
	};
}

/*
 * zone_snap: the free blocks of a zone by type and order; fragmentation
 * metrics come from here.  Without mobility grouping everything is Unmovable.
 * Required with PGA_CAP_REAL.
 */
static void skel_zone_snap(struct pga *self, unsigned zone, struct pga_zone_snap *snap)
{
	const struct pga_conf *c = self->conf;
	uint32_t block = 1u << c->pageblock_order;

	memset(snap, 0, sizeof(*snap));
	pthread_spin_lock(&self->zones[zone]->lock);
	snap->nr_free = self->zones[zone]->nr_free;
	pthread_spin_unlock(&self->zones[zone]->lock);
	snap->nr_free_exact = snap->nr_free;
	snap->nr_blocks[PGA_UNMOVABLE][0] = (uint32_t)snap->nr_free;
	snap->pageblocks[PGA_UNMOVABLE] = (c->zones[zone].span + block - 1) / block;
}

/* frame: the state of one frame, for tests and maps.  Required with PGA_CAP_REAL. */
static void skel_frame(struct pga *self, pga_pfn_t pfn, struct pga_frame_info *info)
{
	const struct pga_conf *c = self->conf;
	int z = zone_of(c, pfn);

	*info = (struct pga_frame_info){ .state = PGA_FRAME_HOLE };
	if (z < 0 || !in_ranges(c->mem, c->nr_mem, pfn))
		return;
	uint32_t link = self->zones[z]->link[pfn - c->zones[z].start];

	info->zone = (uint16_t)z;
	info->state = link == LINK_ABSENT ? PGA_FRAME_RESERVED
		      : link == LINK_USED ? PGA_FRAME_USED
					  : PGA_FRAME_FREE;
}

/*
 * zonelist: the zones that a node's requests try, in order.  Required with
 * PGA_CAP_NODES.
 */
static unsigned skel_zonelist(struct pga *self, unsigned node, bool this_node, uint16_t *zones,
			      unsigned max)
{
	const struct pga_conf *c = self->conf;
	unsigned nr = 0;

	for (unsigned i = 0; i < c->nr_zones && nr < max; i++) {
		uint16_t z = self->order[(size_t)node * c->nr_zones + i];

		if (!this_node || c->zones[z].node == node)
			zones[nr++] = z;
	}
	return nr;
}

static int broken(char *why, size_t len, unsigned zone, const char *what, uint64_t got,
		  uint64_t want)
{
	snprintf(why, len, "zone %u: %s is %llu, not %llu", zone, what, (unsigned long long)got,
		 (unsigned long long)want);
	return -EUCLEAN;
}

/*
 * check: test your invariants, all of them, and say which one broke.  Nothing
 * else runs meanwhile, and time does not matter.  Required.
 */
static int skel_check(struct pga *self, char *why, size_t why_len)
{
	for (unsigned i = 0; i < self->conf->nr_zones; i++) {
		const struct skel_zone *z = self->zones[i];
		uint32_t span = self->conf->zones[i].span, there = 0, stacked = 0;

		for (uint32_t at = 0; at < span; at++)
			there += z->link[at] != LINK_ABSENT;
		for (uint32_t at = z->top; at < span && stacked <= span; at = z->link[at])
			stacked++;
		if (there != z->managed)
			return broken(why, why_len, i, "frames present", there, z->managed);
		if (stacked != z->nr_free)
			return broken(why, why_len, i, "length of the stack", stacked, z->nr_free);
		if (z->allocated - z->freed != z->managed - z->nr_free)
			return broken(why, why_len, i, "frames in use", z->allocated - z->freed,
				      z->managed - z->nr_free);
	}
	return 0;
}

/*
 * The vtable.  Claim in caps only what you keep: each capability brings tests.
 * A plug-in calls this object pga_plugin_ops.
 */
extern const struct pga_ops pga_skeleton;
const struct pga_ops pga_skeleton = {
	.name = "skeleton",
	.summary = "one stack of free frames per zone behind a lock; single frames only",
	.abi = PGA_ABI,
	.ops_size = sizeof(struct pga_ops),
	.caps = PGA_CAP_REAL | PGA_CAP_THREADS | PGA_CAP_NODES | PGA_CAP_ZONES,
	.nr_orders = 1,
	.zone_types = (1u << PGA_NR_ZONE_TYPES) - 1,
	.tunables = skel_tunables,
	.meta_plan = skel_meta_plan,
	.init = skel_init,
	.fini = skel_fini,
	.alloc = skel_alloc,
	.free = skel_free,
	.park = skel_park,
	.unpark = skel_park,
	.set = skel_set,
	.stats = skel_stats,
	.zone_info = skel_zone_info,
	.zone_snap = skel_zone_snap,
	.frame = skel_frame,
	.zonelist = skel_zonelist,
	.check = skel_check,
};
