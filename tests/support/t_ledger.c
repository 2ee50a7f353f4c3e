/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/support/t_ledger.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define PAGE 4096u
#define MAX_CPUS 64u

struct pga {
	const struct pga_conf *conf;
	pthread_mutex_t lock; /* everything below */
	bool running[MAX_CPUS];
	uint64_t frees;
	uint32_t used[PGA_MAX_ZONES]; /* frames */
	uint32_t hand[PGA_MAX_ZONES]; /* where the search goes on */
	uint8_t order_of[];	      /* per frame: 0 free, 1 + order of a head, 0xff tail */
};

#define TAIL 0xffu

struct t_ledger_log t_ledger_log;

static const char *const vmstat_words[] = { "percpu", "exact", NULL };
static const struct pga_tunable tunables[] = {
	[T_LEDGER_LOSE] = { .name = "lose", .max = 1000000, .unit = "frees", .help = "one in n" },
	[T_LEDGER_LIMIT] = { .name = "limit", .def = 100, .max = 100, .unit = "%", .help = "use" },
	[T_LEDGER_FAR] = { .name = "far", .type = PGA_TUN_BOOL, .max = 1, .unit = "", .help = "" },
	[T_LEDGER_VMSTAT] = { .name = "vmstat",
			      .type = PGA_TUN_WORD,
			      .max = 1,
			      .words = vmstat_words,
			      .unit = "",
			      .help = "" },
	{ .name = NULL },
};

static uint32_t end_of(const struct pga_conf *c)
{
	const struct pga_zone_conf *last = &c->zones[c->nr_zones - 1];

	return last->start + last->span;
}

static int ledger_plan(const struct pga_conf *c, struct pga_extent *ext, unsigned max, char *why,
		       size_t len)
{
	if (!max || !c->nr_zones || c->nr_cpus > MAX_CPUS) {
		snprintf(why, len, "needs one extent, a zone, and at most %u CPUs", MAX_CPUS);
		return -EINVAL;
	}
	ext[0] = (struct pga_extent){
		.len = (sizeof(struct pga) + end_of(c) + PAGE - 1) / PAGE * PAGE, .what = "ledger"
	};
	return 1;
}

static int ledger_init(struct pga **self, const struct pga_conf *c, const struct pga_host *host,
		       void *base)
{
	struct pga *p = base;

	(void)host;
	p->conf = c;
	pthread_mutex_init(&p->lock, NULL);
	memset(&t_ledger_log, 0, sizeof(t_ledger_log));
	*self = p;
	return 0;
}

static void ledger_fini(struct pga *p)
{
	pthread_mutex_destroy(&p->lock);
}

static uint32_t find(struct pga *p, unsigned z, unsigned order)
{
	const struct pga_zone_conf *zone = &p->conf->zones[z];
	uint32_t size = 1u << order, blocks = zone->span >> order;
	uint64_t limit = (uint64_t)zone->span * (uint64_t)p->conf->policy[T_LEDGER_LIMIT] / 100;

	if (p->used[z] + size > limit)
		return PGA_NIL;
	for (uint32_t tried = 0; tried < blocks; tried++) {
		uint32_t pfn = zone->start + (p->hand[z] % blocks << order), k = 0;

		p->hand[z]++;
		while (k < size && !p->order_of[pfn + k])
			k++;
		if (k == size)
			return pfn;
	}
	return PGA_NIL;
}

/* The usable zone that is nearest (or farthest) and not nearer than `from`. */
static int next_zone(struct pga *p, unsigned node, unsigned rank)
{
	const struct pga_conf *c = p->conf;
	bool far = c->policy[T_LEDGER_FAR];
	uint64_t taken[PGA_MAX_ZONES / 64] = { 0 };
	int best = -1;

	for (unsigned r = 0; r <= rank; r++) {
		best = -1;
		for (unsigned z = 0; z < c->nr_zones; z++) {
			if (taken[z / 64] >> z % 64 & 1)
				continue;
			unsigned d = c->dist[node * c->nr_nodes + c->zones[z].node];
			unsigned b =
				best < 0 ? 0 : c->dist[node * c->nr_nodes + c->zones[best].node];

			if (best < 0 || (far ? d > b : d < b))
				best = (int)z;
		}
		if (best < 0)
			return -1;
		taken[best / 64] |= 1ull << best % 64;
	}
	return best;
}

static void log_call(unsigned cpu, uint64_t word)
{
	if (cpu == 0)
		t_ledger_log.stream = (t_ledger_log.stream ^ word) * 1099511628211u;
}

static struct pga_res ledger_alloc(struct pga *p, struct pga_req req, const struct pga_ctx *ctx)
{
	struct pga_res res = { PGA_NIL, PGA_PATH(FAIL), -ENOMEM, -1, 0, 0 };
	unsigned node = req.node < 0 ? p->conf->cpu_node[req.cpu] : (unsigned)req.node;

	pthread_mutex_lock(&p->lock);
	log_call(req.cpu, 1u + req.order * 2u + ((uint64_t)req.gfp << 8) + ((uint64_t)node << 40));
	t_ledger_log.parked_calls += !p->running[req.cpu];
	for (unsigned rank = 0; res.pfn == PGA_NIL; rank++) {
		int z = next_zone(p, node, rank);

		if (z < 0)
			break;
		if ((req.gfp & PGA_GFP_THISNODE) && p->conf->zones[z].node != node)
			continue;
		if (ctx && ctx->nodemask && !(ctx->nodemask[0] >> p->conf->zones[z].node & 1))
			continue;
		uint32_t pfn = find(p, (unsigned)z, req.order);

		if (pfn == PGA_NIL)
			continue;
		bool local = p->conf->zones[z].node == node;

		memset(p->order_of + pfn, TAIL, (size_t)1 << req.order);
		p->order_of[pfn] = (uint8_t)(1 + req.order);
		p->used[z] += 1u << req.order;
		res = (struct pga_res){
			pfn,	     PGA_PATH(BUDDY) | (local ? 0 : PGA_PATH(REMOTE_NODE)),
			0,	     (int16_t)p->conf->zones[z].node,
			(uint16_t)z, 0
		};
	}
	if (res.err) {
		t_ledger_log.fails++;
	} else {
		t_ledger_log.allocs += 1u << req.order;
		t_ledger_log.live += 1u << req.order;
	}
	if (t_ledger_log.live > t_ledger_log.most_live)
		t_ledger_log.most_live = t_ledger_log.live;
	pthread_mutex_unlock(&p->lock);
	return res;
}

static unsigned zone_of(const struct pga *p, pga_pfn_t pfn)
{
	unsigned z = 0;

	while (pfn >= p->conf->zones[z].start + p->conf->zones[z].span)
		z++;
	return z;
}

static void ledger_free(struct pga *p, pga_pfn_t pfn, unsigned order, unsigned cpu, unsigned flags)
{
	int64_t lose = p->conf->policy[T_LEDGER_LOSE];

	(void)flags;
	pthread_mutex_lock(&p->lock);
	log_call(cpu, 2u + order * 2u);
	if (cpu == 0)
		t_ledger_log.freed = (t_ledger_log.freed ^ pfn) * 1099511628211u;
	t_ledger_log.parked_calls += !p->running[cpu];
	if (pfn >= end_of(p->conf) || p->order_of[pfn] != 1 + order) {
		t_ledger_log.bad_frees++;
	} else if (!lose || ++p->frees % (uint64_t)lose) {
		memset(p->order_of + pfn, 0, (size_t)1 << order);
		p->used[zone_of(p, pfn)] -= 1u << order;
		t_ledger_log.frees += 1u << order;
		t_ledger_log.live -= 1u << order;
	}
	pthread_mutex_unlock(&p->lock);
}

static void set_running(struct pga *p, unsigned cpu, bool running)
{
	pthread_mutex_lock(&p->lock);
	t_ledger_log.parked_calls += p->running[cpu] == running;
	p->running[cpu] = running;
	pthread_mutex_unlock(&p->lock);
}

static void ledger_park(struct pga *p, unsigned cpu)
{
	set_running(p, cpu, false);
}

static void ledger_unpark(struct pga *p, unsigned cpu)
{
	set_running(p, cpu, true);
}

static void ledger_stats(struct pga *p, int zone, uint64_t *val)
{
	(void)p;
	(void)zone;
	memset(val, 0, PGA_NR_STATS * sizeof(*val));
	val[PGA_STAT_pgalloc] = t_ledger_log.allocs;
	val[PGA_STAT_pgfree] = t_ledger_log.frees;
}

static void ledger_zone_info(struct pga *p, unsigned zone, struct pga_zone_info *info)
{
	uint32_t span = p->conf->zones[zone].span;

	*info = (struct pga_zone_info){ .present = span, .managed = span };
}

/* Free frames count as single frames: nothing about larger blocks is known. */
static void ledger_zone_snap(struct pga *p, unsigned zone, struct pga_zone_snap *snap)
{
	uint32_t nr_free = p->conf->zones[zone].span - p->used[zone];

	*snap = (struct pga_zone_snap){ .nr_free = nr_free, .nr_free_exact = nr_free };
	snap->nr_blocks[PGA_MOVABLE][0] = nr_free;
}

static void ledger_frame(struct pga *p, pga_pfn_t pfn, struct pga_frame_info *info)
{
	unsigned v = p->order_of[pfn];

	*info = (struct pga_frame_info){
		.state = !v	     ? PGA_FRAME_FREE
			 : v == TAIL ? PGA_FRAME_TAIL
				     : PGA_FRAME_USED,
		.order = v && v != TAIL ? (uint8_t)(v - 1) : 0,
		.zone = (uint16_t)zone_of(p, pfn),
	};
}

static unsigned ledger_zonelist(struct pga *p, unsigned node, bool this_node, uint16_t *zones,
				unsigned max)
{
	unsigned nr = 0;

	for (unsigned rank = 0; nr < max; rank++) {
		int z = next_zone(p, node, rank);

		if (z < 0)
			break;
		if (!this_node || p->conf->zones[z].node == node)
			zones[nr++] = (uint16_t)z;
	}
	return nr;
}

static int ledger_check(struct pga *p, char *why, size_t len)
{
	(void)p;
	if (!t_ledger_log.bad_frees)
		return 0;
	snprintf(why, len, "%llu bad frees", (unsigned long long)t_ledger_log.bad_frees);
	return -EUCLEAN;
}

static void ledger_lru_add(struct pga *p, pga_pfn_t pfn, enum pga_lru list, unsigned cpu)
{
	(void)p;
	(void)pfn;
	(void)list;
	(void)cpu;
}

static int ledger_lru_del(struct pga *p, pga_pfn_t pfn, unsigned cpu)
{
	(void)p;
	(void)pfn;
	(void)cpu;
	return 0;
}

static void ledger_mark_accessed(struct pga *p, pga_pfn_t pfn)
{
	(void)p;
	(void)pfn;
}

static int ledger_set_dirty(struct pga *p, pga_pfn_t pfn, bool dirty)
{
	(void)p;
	(void)pfn;
	(void)dirty;
	return 0;
}

static void ledger_lru_count(struct pga *p, unsigned zone, uint64_t *count)
{
	(void)p;
	(void)zone;
	memset(count, 0, PGA_NR_LRU * sizeof(*count));
}

static int ledger_isolate(struct pga *p, pga_pfn_t pfn, unsigned cpu)
{
	(void)p;
	(void)pfn;
	(void)cpu;
	return -EBUSY;
}

static void ledger_unisolate(struct pga *p, pga_pfn_t pfn, enum pga_type type)
{
	(void)p;
	(void)pfn;
	(void)type;
}

static int64_t ledger_no_range(struct pga *p, const struct pga_step_arg *arg)
{
	(void)p;
	(void)arg;
	return -EBUSY;
}

static const struct pga_step steps[] = {
	{ "alloc_contig", "no range can be had", ledger_no_range },
	{ "free_contig", "nor given back", ledger_no_range },
	{ .name = NULL },
};
static const struct pga_daemon no_daemons[] = { { .name = NULL } };

#define CAPS (PGA_CAP_THREADS | PGA_CAP_ORDERS | PGA_CAP_NODES | PGA_CAP_ZONES | PGA_CAP_REAL)
/* What both ledgers have. */
/* clang-format off */
#define LEDGER_OPS                                \
	.abi = PGA_ABI,                           \
	.zone_types = (1u << PGA_NR_ZONE_TYPES) - 1, \
	.ops_size = sizeof(struct pga_ops),       \
	.nr_orders = 11, \
	.tunables = tunables, \
	.meta_plan = ledger_plan, \
	.init = ledger_init, \
	.fini = ledger_fini, \
	.alloc = ledger_alloc, \
	.free = ledger_free, \
	.park = ledger_park, \
	.unpark = ledger_unpark, \
	.stats = ledger_stats, \
	.zone_info = ledger_zone_info, \
	.zone_snap = ledger_zone_snap, \
	.frame = ledger_frame, \
	.zonelist = ledger_zonelist, \
	.check = ledger_check
/* clang-format on */

const struct pga_ops t_ledger = {
	LEDGER_OPS,
	.name = "ledger",
	.summary = "keeps a ledger of every frame, for tests",
	.caps = CAPS,
};

const struct pga_ops t_ledger_owned = {
	LEDGER_OPS,
	.name = "ledger-owned",
	.summary = "keeps a ledger of every frame, for tests with owners",
	.caps = CAPS | PGA_CAP_RECLAIM | PGA_CAP_ISOLATE,
	.lru_add = ledger_lru_add,
	.lru_del = ledger_lru_del,
	.mark_accessed = ledger_mark_accessed,
	.set_dirty = ledger_set_dirty,
	.lru_count = ledger_lru_count,
	.isolate = ledger_isolate,
	.unisolate = ledger_unisolate,
	.steps = steps,
	.daemons = no_daemons,
};
