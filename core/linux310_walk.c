/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-3.10: which zone serves a request, and what follows when none does. */
#include "core/linux310_int.h"

#include <errno.h>

/* One request under way. */
struct
try {
	struct pga *self;
	struct l310_cpu *c;
	struct pga_req req;
	const uint64_t *nodemask;
	struct l310_class class;
	struct l310_zone *preferred;
	uint32_t path;
};

/* One walk along a zonelist. */
struct pass {
	const struct pga_zonelist *list;
	int mark; /* enum pga_wmark, or NO_MARK */
	bool high, harder;
	struct l310_zlc *zlc; /* NULL: no cache for this list */
};
#define NO_MARK (-1)

static bool allowed(const struct try *t, const struct l310_zone *z)
{
	return !t->nodemask || t->nodemask[z->node / 64] >> z->node % 64 & 1;
}

/*
 * Would @z keep enough free?  For higher orders, blocks that are too small do
 * not count, and each order needs only half of what the one below needed.
 */
static bool wmark_ok(const struct try *t, const struct pass *p, const struct l310_zone *z)
{
	int64_t limit = pga_wmark_limit(z->mark[p->mark], p->high, p->harder);
	int64_t free = l310_clamped(&z->nr_free) - ((1 << t->req.order) - 1), cma = 0;

	if (t->self->has_cma && t->class.type != PGA_MOVABLE)
		cma = l310_clamped(&z->nr_cma);
	if (free - cma <= limit + z->reserve[t->preferred->type])
		return false;
	for (unsigned k = 0; k < t->req.order; k++) {
		free -= (int64_t)pga_load(&z->buddy.nr_free[k]) << k;
		limit >>= 1;
		if (free <= limit)
			return false;
	}
	return true;
}

static pga_link_t take_pcp(struct try *t, struct l310_zone *z)
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

static pga_link_t take_buddy(struct try *t, struct l310_zone *z)
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
	}
	pga_unlock(&z->lock);
	return at;
}

static bool take(struct try *t, struct l310_zone *z, pga_link_t *at)
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

/* *cached: skip zones that are marked full once a test has failed; cleared if none did. */
static struct l310_zone *scan(struct try *t, const struct pass *p, bool *cached, pga_link_t *at)
{
	struct pga *self = t->self;
	bool active = false;

	for (unsigned i = 0; i < p->list->nr; i++) {
		struct l310_zone *z = self->zone[self->entry[p->list->at + i]];

		if (!allowed(t, z) || (active && zlc_full(p->zlc, z->id)))
			continue;
		if (p->mark != NO_MARK && !wmark_ok(t, p, z)) {
			if (*cached && !active) {
				zlc_expire(self, p->zlc);
				active = true;
			}
		} else if (take(t, z, at)) {
			return z;
		}
		zlc_mark(p->zlc, z->id);
	}
	*cached = active;
	return NULL;
}

static struct l310_zone *walk(struct try *t, const struct pass *p, pga_link_t *at)
{
	bool cached = p->zlc != NULL, again;
	struct l310_zone *z;

	z = scan(t, p, &cached, at);
	again = !z && cached;
	cached = false;
	return again ? scan(t, p, &cached, at) : z;
}

/* The attempts after the first one, in order. */
struct step {
	uint32_t stage;
	int mark;
	bool of_cpu; /* the list of the CPU's node, not of the asked one */
	bool (*applies)(uint32_t gfp);
};

static bool always(uint32_t gfp)
{
	(void)gfp;
	return true;
}

/* The caller frees memory, or is about to: everything is its to take. */
static bool ignores_marks(uint32_t gfp)
{
	if (gfp & PGA_GFP_NOMEMALLOC)
		return false;
	return gfp & PGA_GFP_MEMALLOC ||
	       (gfp & (PGA_GFP_PF_MEMALLOC | PGA_GFP_OOM_VICTIM) && !(gfp & PGA_GFP_IN_IRQ));
}

static bool tries_harder(uint32_t gfp)
{
	if (!(gfp & PGA_GFP_WAIT))
		return !(gfp & PGA_GFP_NOMEMALLOC);
	return gfp & PGA_GFP_RT_TASK && !(gfp & PGA_GFP_IN_IRQ);
}

static const struct step steps[] = {
	{ PGA_PATH(RETRY_MIN), PGA_WMARK_MIN, false, always },
	{ PGA_PATH(NO_WATERMARK), NO_MARK, true, ignores_marks },
};

/* A slab cache that asks for one node only has a better plan than to wait here. */
#define FAIL_AT_ONCE (PGA_GFP_THISNODE | PGA_GFP_NORETRY | PGA_GFP_NOWARN)

static struct pass pass_on(const struct try *t, unsigned node, int mark)
{
	const struct pga *self = t->self;
	bool fallback = t->class.list / PGA_LIST_TYPES == PGA_LIST_FALLBACK;

	return (struct pass){
		.list = &self->list[node * PGA_LISTS_PER_NODE + t->class.list],
		.mark = mark,
		.zlc = self->zlc_on && self->nr_nodes > 1 && fallback ? self->zlc[node] : NULL,
	};
}

/*
 * A stand-in for the slow path, without reclaim, compaction and OOM killer:
 * allowances at the min mark, then none at all for who may, then failure.
 */
static struct l310_zone *slow_path(struct try *t, unsigned node, pga_link_t *at)
{
	if ((t->req.gfp & FAIL_AT_ONCE) == FAIL_AT_ONCE)
		return NULL;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		const struct step *s = &steps[i];
		struct pass p = pass_on(t, s->of_cpu ? t->c->node : node, s->mark);
		struct l310_zone *z;

		if (!s->applies(t->req.gfp))
			continue;
		p.high = t->req.gfp & PGA_GFP_HIGH;
		p.harder = tries_harder(t->req.gfp);
		t->path |= s->stage;
		z = walk(t, &p, at);
		if (z)
			return z;
	}
	return NULL;
}

static struct l310_zone *find_preferred(const struct try *t, const struct pga_zonelist *list)
{
	for (unsigned i = 0; i < list->nr; i++) {
		struct l310_zone *z = t->self->zone[t->self->entry[list->at + i]];

		if (allowed(t, z))
			return z;
	}
	return NULL;
}

static struct pga_res served(struct try *t, struct l310_zone *z, pga_link_t at)
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
	struct try t = { .self = self, .req = req, .nodemask = ctx ? ctx->nodemask : NULL };
	struct l310_zone *z = NULL;
	struct pass first;
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
	first = pass_on(&t, node, PGA_WMARK_LOW);
	t.preferred = find_preferred(&t, first.list);
	if (t.preferred) {
		z = walk(&t, &first, &at);
		if (!z)
			z = slow_path(&t, node, &at);
	}
	return z ? served(&t, z, at) : failed(t.path, -ENOMEM);
}
