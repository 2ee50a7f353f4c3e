/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-3.10: which zone serves a request. */
#include "core/events.h"
#include "core/linux310_reclaim.h"
#include "core/linux310_slow.h"

#include <errno.h>

/* Interrupts, victims and requests for one node are beyond what a cpuset is to limit. */
static bool cpuset_allows(const struct l310_try *t, const struct l310_zone *z)
{
	return t->req.gfp & (PGA_GFP_IN_IRQ | PGA_GFP_THISNODE | PGA_GFP_OOM_VICTIM) ||
	       l310_in_mask(l310_cpuset(t), z->node);
}

static bool allowed(const struct l310_try *t, const struct l310_pass *p, const struct l310_zone *z)
{
	return !t->ctx ||
	       (l310_in_mask(t->ctx->nodemask, z->node) && (!p->cpuset || cpuset_allows(t, z)));
}

/*
 * For higher orders, blocks that are too small do not count, and each order
 * needs only half of what the one below needed.
 */
bool l310_keeps(const struct pga *self, const struct l310_zone *z, int64_t free, unsigned order,
		int64_t limit, uint32_t reserve, bool cma)
{
	int64_t unusable = 0;

	free -= (1 << order) - 1;
	if (self->has_cma && !cma)
		unusable = l310_clamped(&z->nr_cma);
	if (free - unusable <= limit + reserve)
		return false;
	for (unsigned k = 0; k < order; k++) {
		free -= (int64_t)pga_load(&z->buddy.nr_free[k]) << k;
		limit >>= 1;
		if (free <= limit)
			return false;
	}
	return true;
}

bool l310_zone_ok(const struct pga *self, const struct l310_zone *z, unsigned order, int64_t limit,
		  uint32_t reserve, bool cma)
{
	return l310_keeps(self, z, l310_clamped(&z->nr_free), order, limit, reserve, cma);
}

static bool wmark_ok(const struct l310_try *t, const struct l310_pass *p, const struct l310_zone *z)
{
	return l310_zone_ok(t->self, z, t->req.order,
			    pga_wmark_limit(z->mark[p->mark], p->high, p->harder),
			    z->reserve[t->preferred->type], t->class.type == PGA_MOVABLE);
}

static pga_link_t take_pcp(struct l310_try *t, struct l310_zone *z)
{
	struct l310_local *l = &t->c->local[z->id];
	pga_link_t head = l310_pcp_head(t->self, l, t->class.type), at;
	struct pga_frame *unit = t->self->map.unit;
	bool cold = t->req.gfp & PGA_GFP_COLD, empty = pga_list_empty(unit, head);

	if (empty)
		l310_refill(t->self, l, z, t->class.type, cold, &t->path);
	at = cold ? unit[head].prev : unit[head].next;
	if (at == head)
		return 0;
	pga_list_remove(unit, at);
	l->pcp.count--;
	t->path |= empty ? PGA_PATH(PCP_REFILL) : PGA_PATH(PCP_HIT);
	return at;
}

static pga_link_t take_buddy(struct l310_try *t, struct l310_zone *z)
{
	struct l310_local *l = &t->c->local[z->id];
	int32_t frames = 1 << t->req.order;
	struct pga *self = t->self;
	pga_link_t at;

	pga_lock(&z->lock);
	at = l310_take_block(self, z, t->req.order, t->class.type, &t->path);
	if (at) {
		/* Off the list, but not yet out of the lock: no other CPU may merge it. */
		pga_store(&self->map.unit[at].flags,
			  pga_flags(z->id, t->req.order, PGA_FRAME_USED, 0));
		pga_count_post(&z->nr_free, &l->diff_free, z->threshold, -frames);
		if (pga_block_type(&self->blocks, pga_pfn(&self->map, at)) == PGA_CMA)
			pga_count_post(&z->nr_cma, &l->diff_cma, z->threshold, -frames);
		if (pga_unlikely(self->host.event != NULL))
			l310_tell_fallback(self, z, l);
	}
	pga_unlock(&z->lock);
	return at;
}

static bool take(struct l310_try *t, struct l310_zone *z, pga_link_t *at)
{
	*at = t->req.order < t->self->pcp_orders ? take_pcp(t, z) : take_buddy(t, z);
	return *at != 0;
}

static bool zlc_full(const struct l310_zlc *zlc, unsigned zone)
{
	return zlc && pga_load(&zlc->full[zone / 64]) >> zone % 64 & 1;
}

static void zlc_mark(struct l310_zlc *zlc, unsigned zone)
{
	if (zlc && !zlc_full(zlc, zone))
		__atomic_fetch_or(&zlc->full[zone / 64], 1ull << zone % 64, __ATOMIC_RELAXED);
}

/* What was full a second ago may have been freed since. */
static void zlc_expire(const struct pga *self, struct l310_zlc *zlc)
{
	uint64_t now = self->host.clock ? self->host.clock(self->host.data) : 0;

	if (now <= pga_load(&zlc->wiped) + self->conf->hz)
		return;
	for (unsigned i = 0; i < PGA_MAX_ZONES / 64; i++)
		pga_store(&zlc->full[i], 0);
	pga_store(&zlc->wiped, now);
}

/* What becomes of a zone that is short of free frames. */
enum verdict { TAKE_IT, NEXT, FULL };

/*
 * Frames of page cache here may be worth less than nearness: reclaim before
 * going on to the next node, where that is wanted.
 */
static enum verdict reclaim_local(struct l310_try *t, const struct l310_pass *p,
				  struct l310_zone *z)
{
	enum l310_zone_reclaimed got;

	t->path |= PGA_PATH(RECLAIM_LOCAL);
	got = l310_zone_reclaim(t->self, z, t->req.cpu, t->req.order, t->req.gfp);
	if (got == L310_ZR_NOSCAN || got == L310_ZR_FULL)
		return NEXT;
	if (wmark_ok(t, p, z))
		return TAKE_IT;
	return p->mark == PGA_WMARK_MIN || got == L310_ZR_SOME ? FULL : NEXT;
}

/* *active: skip zones that are marked full, now that a test has failed. */
static enum verdict judge(struct l310_try *t, const struct l310_pass *p, struct l310_zone *z,
			  bool cached, bool *active)
{
	if (p->mark == L310_NO_MARK || wmark_ok(t, p, z))
		return TAKE_IT;
	if (cached && !*active) {
		zlc_expire(t->self, p->zlc);
		*active = true;
	}
	if (pga_likely(!l310_zone_reclaim_applies(t->self, t->preferred, z)))
		return FULL;
	return *active && zlc_full(p->zlc, z->id) ? NEXT : reclaim_local(t, p, z);
}

/* *cached: skip zones that are marked full once a test has failed; cleared if none did. */
static struct l310_zone *scan(struct l310_try *t, const struct l310_pass *p, bool *cached,
			      pga_link_t *at)
{
	struct pga *self = t->self;
	bool active = false;

	for (unsigned i = 0; i < p->list->nr; i++) {
		struct l310_zone *z = self->zone[self->entry[p->list->at + i]];
		enum verdict verdict;

		if ((active && zlc_full(p->zlc, z->id)) || !allowed(t, p, z))
			continue;
		verdict = judge(t, p, z, *cached, &active);
		if (verdict == TAKE_IT && take(t, z, at))
			return z;
		if (verdict != NEXT)
			zlc_mark(p->zlc, z->id);
	}
	*cached = active;
	return NULL;
}

struct l310_zone *l310_walk(struct l310_try *t, const struct l310_pass *p, pga_link_t *at)
{
	bool cached = p->zlc != NULL, again;
	struct l310_zone *z;

	z = scan(t, p, &cached, at);
	again = !z && cached;
	cached = false;
	return again ? scan(t, p, &cached, at) : z;
}

struct l310_pass l310_pass_on(const struct l310_try *t, unsigned node, int mark)
{
	const struct pga *self = t->self;
	bool fallback = t->class.list / PGA_LIST_TYPES == PGA_LIST_FALLBACK;

	return (struct l310_pass){
		.list = &self->list[node * PGA_LISTS_PER_NODE + t->class.list],
		.mark = mark,
		.cpuset = true,
		.zlc = self->zlc_on && self->nr_nodes > 1 && fallback ? self->zlc[node] : NULL,
	};
}

struct l310_zone *l310_first_zone(const struct pga *self, const struct pga_zonelist *list,
				  const uint64_t *mask)
{
	for (unsigned i = 0; i < list->nr; i++) {
		struct l310_zone *z = self->zone[self->entry[list->at + i]];

		if (l310_in_mask(mask, z->node))
			return z;
	}
	return NULL;
}

static struct pga_res served(struct l310_try *t, struct l310_zone *z, pga_link_t at)
{
	struct l310_local *l = &t->c->local[z->id];
	struct pga *self = t->self;

	pga_store(&self->map.unit[at].flags, pga_flags(z->id, t->req.order, PGA_FRAME_USED, 0));
	l310_account(t->c, z, t->preferred, t->req.gfp);
	if (t->req.order)
		pga_add(&l->extra, (1ull << t->req.order) - 1);
	if (z != t->preferred)
		t->path |= PGA_PATH(NEXT_ZONE);
	if (z->node != t->preferred->node)
		t->path |= PGA_PATH(REMOTE_NODE);
	return (struct pga_res){
		.pfn = pga_pfn(&self->map, at), .path = t->path, .node = z->node, .zone = z->id
	};
}

static struct pga_res failed(uint32_t path, int err)
{
	return (struct pga_res){
		.pfn = PGA_NIL, .path = path | PGA_PATH(FAIL), .err = (int16_t)err, .node = -1
	};
}

struct pga_res l310_alloc_walk(struct pga *self, struct pga_req req, const struct pga_ctx *ctx)
{
	struct l310_try t = { .self = self, .req = req, .ctx = ctx };
	struct l310_zone *z = NULL;
	struct l310_pass first;
	const uint64_t *mask;
	pga_link_t at;
	unsigned node;

	if (req.cpu >= self->nr_cpus || req.node >= self->nr_nodes || req.node < -1 ||
	    req.order >= self->nr_orders)
		return failed(0, -EINVAL);
	t.c = self->cpu[req.cpu];
	t.class = self->class[req.gfp & L310_CLASS_BITS];
	if (pga_load(&t.c->request))
		l310_serve(self, t.c);
	node = req.node < 0 ? t.c->node : (unsigned)req.node;
	first = l310_pass_on(&t, node, PGA_WMARK_LOW);
	mask = l310_nodemask(&t) ? l310_nodemask(&t) : l310_cpuset(&t);
	t.preferred = l310_first_zone(self, first.list, mask);
	if (t.preferred) {
		z = l310_walk(&t, &first, &at);
		if (!z)
			z = l310_slow_path(&t, node, &at);
	}
	return z ? served(&t, z, at) : failed(t.path, -ENOMEM);
}
