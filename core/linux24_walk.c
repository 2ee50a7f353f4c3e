/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux-2.4: one request, from the first walk to the last.
 *
 *   walk         zones with plenty of free memory
 *   limit        zones with enough free and clean memory; clean frames are taken
 *                from their owners before the last free ones are
 *   make_room    whoever may wait launders, or lets kswapd work, and single
 *                frames begin anew
 *   last_resort  anything, but for a reserve that is for those who free memory
 *
 * A request that names no node goes from node to node with all of this, one
 * after the other.  So a node that has to be waited for keeps the request, and
 * the others are not asked.
 */
#include "core/events.h"
#include "core/linux24_int.h"

#include <errno.h>

#define DIRECT_BELOW(min) ((min) + 8u) /* free frames below which clean ones are taken first */
#define RESERVE(min) ((min) / 4)       /* left to those who free memory */
#define KSWAPD_TICKS(hz) ((hz) / 50)   /* longest wait for kswapd at a time */

struct
try {
	struct pga *self;
	const struct l24_list *list;
	uint32_t gfp, path;
	uint16_t cpu;
	uint8_t order;
	bool memalloc;			   /* everything is its to take */
	bool direct;			   /* may take clean frames itself */
	struct l24_zone *preferred, *zone; /* zone: that served, and */
	pga_link_t at;			   /* the block from there */
};

enum verdict { SERVED, AGAIN, GO_ON, FAILED, ABANDONED };

static struct l24_zone *zone_at(const struct try *t, unsigned i)
{
	return t->self->zone[t->list->zone[i]];
}

static void count(struct try *t, enum pga_stat stat)
{
	l24_count(t->self, t->preferred, stat, 1);
}

/* --- pressure --- */

static void press(struct try *t)
{
	pga_add(&t->self->pressure.memory, 1);
}

static void wake_kswapd(struct try *t)
{
	pga_emit(&t->self->host, .id = PGA_EVENT_mm_vmscan_wakeup_kswapd, .cpu = t->cpu,
		 .zone = t->preferred ? t->preferred->id : 0, .order = t->order, .pfn = PGA_NIL);
	l24_wake(t->self, L24_KSWAPD);
}

/* Both kinds short: kswapd.  Laundering alone would do: bdflush. */
static void test_shortage(struct try *t)
{
	struct pga *self = t->self;
	uint64_t dirty, free;

	if (l24_inactive_shortage(self) > l24_inactive_target(self) / 2 &&
	    l24_free_shortage(self)) {
		wake_kswapd(t);
		return;
	}
	dirty = l24_queue(self, L24_Q_DIRTY, 0);
	free = l24_free_shortage(self);
	if (free && dirty > free && dirty >= self->pages[PGA_WMARK_HIGH])
		l24_wake(self, L24_BDFLUSH);
}

/* --- attempts --- */

static bool served(struct try *t, struct l24_zone *z, pga_link_t at)
{
	if (!at)
		return false;
	t->zone = z;
	t->at = at;
	if (z != t->preferred)
		t->path |= PGA_PATH(NEXT_ZONE);
	if (z->node != t->preferred->node)
		t->path |= PGA_PATH(REMOTE_NODE);
	return true;
}

static bool take(struct try *t, struct l24_zone *z)
{
	struct pga_frame *unit = t->self->map.unit;
	unsigned found = 0;
	pga_link_t at;

	pga_lock(&z->lock);
	at = pga_bitbuddy_take(&z->buddy, unit, t->order, &found);
	if (at) {
		pga_store(&unit[at].flags, pga_flags(z->id, t->order, PGA_FRAME_USED, 0));
		pga_add(&z->free, -(1u << t->order));
		pga_add(&z->allocated, 1u << t->order);
	}
	pga_unlock(&z->lock);
	if (at)
		t->path |= found == t->order ? PGA_PATH(BUDDY) : PGA_PATH(SPLIT);
	return served(t, z, at);
}

/* It changes hands: freed and allocated at once. */
static bool take_clean(struct try *t, struct l24_zone *z)
{
	pga_link_t at = l24_reclaim_page(t->self, z, t->cpu, false);

	if (!at)
		return false;
	l24_count(t->self, z, PGA_STAT_pgalloc, 1);
	l24_count(t->self, z, PGA_STAT_pgfree, 1);
	t->path |= PGA_PATH(CLEAN);
	return served(t, z, at);
}

static bool walk(struct try *t)
{
	for (unsigned i = 0; i < t->list->nr; i++) {
		struct l24_zone *z = zone_at(t, i);
		uint32_t free = pga_load(&z->free);

		if (free >= z->mark[PGA_WMARK_LOW]) {
			if (take(t, z))
				return true;
		} else if (free < z->mark[PGA_WMARK_MIN]) {
			l24_wake(t->self, L24_KRECLAIMD);
		}
	}
	return false;
}

static bool limit(struct try *t, enum pga_wmark mark)
{
	t->path |= PGA_PATH(LIMIT);
	for (unsigned i = 0; i < t->list->nr; i++) {
		struct l24_zone *z = zone_at(t, i);
		uint32_t free = pga_load(&z->free);

		if (free + l24_queue(t->self, L24_Q_CLEAN, z->id) <= z->mark[mark])
			continue;
		if (t->direct && free < DIRECT_BELOW(z->mark[PGA_WMARK_MIN]) && take_clean(t, z))
			return true;
		if (take(t, z))
			return true;
	}
	return false;
}

/*
 * Only who becomes one that frees memory while it waits can take clean frames
 * here: the others have taken them before.
 */
static enum verdict last_resort(struct try *t)
{
	t->path |= PGA_PATH(NO_WATERMARK);
	for (unsigned i = 0; i < t->list->nr; i++) {
		struct l24_zone *z = zone_at(t, i);

		if (t->direct && take_clean(t, z))
			return SERVED;
		if (pga_load(&z->free) < RESERVE(z->mark[PGA_WMARK_MIN]) && !t->memalloc)
			continue;
		if (take(t, z))
			return SERVED;
	}
	return FAILED;
}

/* --- waiting --- */

/* false: the host says stop. */
static bool wait(struct try *t, enum pga_wait kind, uint32_t ticks)
{
	const struct pga_host *h = &t->self->host;
	enum pga_answer answer = PGA_GIVE_UP;

	if (h->wait)
		answer = h->wait(h->data, kind, ticks, t->cpu);
	if (answer == PGA_NOW_MEMALLOC)
		t->memalloc = true;
	return answer != PGA_GIVE_UP;
}

static bool wait_for_kswapd(struct try *t)
{
	uint32_t *waiters = &t->self->work.waiters;
	bool on;

	__atomic_fetch_add(waiters, 1, __ATOMIC_RELAXED);
	on = wait(t, PGA_WAIT_KSWAPD, KSWAPD_TICKS(t->self->conf->hz));
	__atomic_fetch_sub(waiters, 1, __ATOMIC_RELAXED);
	return on;
}

static bool free_some(struct try *t)
{
	struct pga *self = t->self;

	t->path |= PGA_PATH(RECLAIM);
	count(t, PGA_STAT_allocstall);
	pga_emit(&self->host, .id = PGA_EVENT_mm_vmscan_direct_reclaim_begin, .cpu = t->cpu,
		 .order = t->order, .pfn = PGA_NIL, .a = t->gfp);
	l24_try_to_free(self, t->cpu, t->gfp, true);
	pga_emit(&self->host, .id = PGA_EVENT_mm_vmscan_direct_reclaim_end, .cpu = t->cpu,
		 .order = t->order, .pfn = PGA_NIL);
	return wait(t, PGA_WAIT_FREED, 0);
}

/* Clean frames back to the buddy lists, one by one, until the block is there. */
static bool launder(struct try *t)
{
	t->path |= PGA_PATH(LAUNDER);
	l24_page_launder(t->self, t->cpu, t->gfp, true);
	for (unsigned i = 0; i < t->list->nr; i++) {
		struct l24_zone *z = zone_at(t, i);

		while (l24_queue(t->self, L24_Q_CLEAN, z->id) &&
		       l24_reclaim_to_free(t->self, z, t->cpu, false)) {
			t->path |= PGA_PATH(CLEAN);
			if (take(t, z))
				return true;
		}
	}
	return false;
}

/*
 * kswapd may free what this caller can not, so it is waited for; without IO it
 * may need what the caller holds.  It can not make blocks, so only single frames
 * are worth another try.
 */
static enum verdict make_room(struct try *t)
{
	if (!(t->gfp & PGA_GFP_WAIT))
		return GO_ON;
	if (t->order && launder(t))
		return SERVED;
	t->path |= PGA_PATH(WAIT);
	if (!(t->gfp & PGA_GFP_IO ? wait_for_kswapd(t) : free_some(t)))
		return ABANDONED;
	press(t);
	return t->order ? GO_ON : AGAIN;
}

/* --- one node --- */

static enum verdict attempt(struct try *t)
{
	if (walk(t) || limit(t, PGA_WMARK_HIGH) || limit(t, PGA_WMARK_LOW))
		return SERVED;
	wake_kswapd(t);
	/* Others may go first: their freeing is what helps.  There is nothing to give up yet. */
	if (t->gfp & PGA_GFP_WAIT)
		wait(t, PGA_WAIT_YIELD, 1);
	t->path |= PGA_PATH(RETRY_MIN);
	if (limit(t, PGA_WMARK_MIN))
		return SERVED;
	return t->memalloc ? GO_ON : make_room(t);
}

static enum pga_stat way_out(const struct try *t)
{
	if (t->memalloc)
		return PGA_STAT_slow_in_reclaim;
	return t->gfp & PGA_GFP_WAIT ? PGA_STAT_slow_costly : PGA_STAT_slow_no_wait;
}

static void report(struct try *t)
{
	count(t, way_out(t));
	count(t, PGA_STAT_alloc_failure);
	pga_emit(&t->self->host, .id = PGA_EVENT_alloc_failure, .cpu = t->cpu,
		 .zone = t->preferred ? t->preferred->id : 0, .order = t->order, .pfn = PGA_NIL,
		 .a = t->gfp, .b = t->preferred ? pga_load(&t->preferred->free) : 0);
}

static enum verdict on_node(struct try *t, unsigned node)
{
	enum verdict v = AGAIN;

	t->list = &t->self->node[node].list[l24_class_of(t->gfp)];
	if (!t->preferred && t->list->nr)
		t->preferred = zone_at(t, 0);
	t->direct = !t->order && t->gfp & PGA_GFP_WAIT && !t->memalloc;
	press(t);
	test_shortage(t);
	while (v == AGAIN)
		v = attempt(t);
	if (v == GO_ON)
		v = last_resort(t);
	if (v == FAILED)
		report(t);
	if (v == ABANDONED)
		count(t, PGA_STAT_slow_gave_up);
	return v;
}

/* --- the nodes of a request --- */

static bool in_mask(const uint64_t *mask, unsigned node)
{
	return !mask || mask[node / 64] >> node % 64 & 1;
}

/* That kernel had neither masks nor cpusets: they leave nodes out here. */
static bool allowed(const struct pga *self, const struct pga_ctx *ctx, uint32_t gfp, unsigned node)
{
	if (!self->node[node].present)
		return false;
	if (!ctx)
		return true;
	return in_mask(ctx->nodemask, node) &&
	       (!(gfp & (PGA_GFP_HARDWALL | PGA_GFP_WAIT)) || in_mask(ctx->cpuset, node));
}

static unsigned first_place(struct pga *self, const struct pga_req *req)
{
	if (self->policy[L24_NODES] == L24_DISCONTIG)
		return __atomic_fetch_add(&self->pressure.rotor, 1, __ATOMIC_RELAXED) %
		       self->nr_order;
	return self->place[self->conf->cpu_node[req->cpu]];
}

static enum verdict round_of_nodes(struct try *t, const struct pga_req *req,
				   const struct pga_ctx *ctx)
{
	struct pga *self = t->self;
	unsigned first = self->nr_order ? first_place(self, req) : 0;
	enum verdict v = FAILED;

	for (unsigned i = 0; i < self->nr_order && v == FAILED; i++) {
		unsigned node = self->order[(first + i) % self->nr_order];

		if (allowed(self, ctx, t->gfp, node))
			v = on_node(t, node);
	}
	return v;
}

static struct pga_res refusal(int err, uint32_t path)
{
	return (struct pga_res){
		.pfn = PGA_NIL, .path = path | PGA_PATH(FAIL), .err = (int16_t)err, .node = -1
	};
}

static struct pga_res result(const struct try *t)
{
	const struct pga *self = t->self;
	pga_pfn_t pfn = pga_pfn(&self->map, t->at);

	if (t->gfp & PGA_GFP_ZERO && self->host.zero)
		self->host.zero(self->host.data, pfn, t->order);
	return (struct pga_res){
		.pfn = pfn, .path = t->path, .node = t->zone->node, .zone = t->zone->id
	};
}

#define MEMALLOC (PGA_GFP_PF_MEMALLOC | PGA_GFP_MEMALLOC | PGA_GFP_OOM_VICTIM)

struct pga_res l24_alloc(struct pga *self, struct pga_req req, const struct pga_ctx *ctx)
{
	struct try t = { .self = self,
			 .gfp = req.gfp,
			 .cpu = req.cpu,
			 .order = req.order,
			 .memalloc = req.gfp & MEMALLOC };
	enum verdict v = FAILED;
	int node = req.node < 0 ? -1 : (uint8_t)req.node;

	if (req.order >= self->conf->nr_orders || req.cpu >= self->nr_cpus ||
	    node >= self->nr_nodes)
		return refusal(-EINVAL, 0);
	if (req.order >= self->nr_orders)
		return refusal(-EOPNOTSUPP, 0);
	if (node < 0 && req.gfp & PGA_GFP_THISNODE)
		node = self->conf->cpu_node[req.cpu];
	if (node < 0)
		v = round_of_nodes(&t, &req, ctx);
	else if (allowed(self, ctx, req.gfp, (unsigned)node))
		v = on_node(&t, (unsigned)node);
	return v == SERVED ? result(&t) : refusal(-ENOMEM, t.path);
}
