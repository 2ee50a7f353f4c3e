/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-2.6.9: which zone serves a request. */
#include "core/linux26_slow.h"

#include <errno.h>

static bool in_mask(const uint64_t *mask, unsigned node)
{
	return !mask || mask[node / 64] >> node % 64 & 1;
}

/*
 * In this kernel a request under a memory policy had a list of its own, without
 * the zones of other nodes: leaving those out comes to the same.  Its list is
 * cut to the caller's cpuset in the same way, which came later.
 */
struct l26_zone *l26_usable(const struct l26_try *t, unsigned i)
{
	struct l26_zone *z = t->self->zone[t->self->entry[t->list->at + i]];
	bool bound = t->req.gfp & (PGA_GFP_HARDWALL | PGA_GFP_WAIT);

	if (!t->ctx)
		return z;
	return in_mask(t->ctx->nodemask, z->node) && (!bound || in_mask(t->ctx->cpuset, z->node))
		       ? z
		       : NULL;
}

static struct l26_zone *first_usable(const struct l26_try *t)
{
	for (unsigned i = 0; i < t->list->nr; i++)
		if (l26_usable(t, i))
			return l26_usable(t, i);
	return NULL;
}

/* What has to be free, the block itself included. */
static uint64_t need(const struct l26_try *t, const struct l26_pass *p, const struct l26_zone *z)
{
	uint64_t mark = z->mark[p->mark];

	mark = p->high ? mark / 2 : mark;
	mark -= p->harder ? mark / 4 : 0;
	return mark + (1ull << t->req.order) + z->protection[t->preferred->class];
}

static pga_link_t take_pcp(struct l26_try *t, struct l26_zone *z)
{
	struct l26_set *set =
		&t->c->local[z->id].set[t->req.gfp & PGA_GFP_COLD ? L26_COLD : L26_HOT];
	uint32_t before = set->count;
	pga_link_t at;

	if (before <= set->low)
		l26_refill(t->self, set, z, &t->path);
	if (!set->count)
		return 0;
	t->path |= set->count > before ? PGA_PATH(PCP_REFILL) : PGA_PATH(PCP_HIT);
	at = set->list.next;
	pga_list_remove(t->self->map.unit, at);
	set->count--;
	return at;
}

static bool take(struct l26_try *t, struct l26_zone *z)
{
	t->at = t->req.order < t->self->pcp_orders
			? take_pcp(t, z)
			: l26_take_block(t->self, z, t->req.order, &t->path);
	return t->at != 0;
}

struct l26_zone *l26_walk(struct l26_try *t, const struct l26_pass *p)
{
	for (unsigned i = 0; i < t->list->nr; i++) {
		struct l26_zone *z = l26_usable(t, i);

		if (!z || (p->mark != L26_NO_MARK && pga_load(&z->nr_free) < need(t, p, z)))
			continue;
		if (take(t, z))
			return z;
	}
	return NULL;
}

static struct pga_res served(struct l26_try *t, struct l26_zone *z)
{
	const struct l26_zone *p = t->preferred;
	struct l26_local *l = &t->c->local[z->id];

	l26_prepare(t->self, z, t->at, t->req.order, t->req.gfp);
	pga_numa_account(l->event, t->c->local[p->id].event, z->node != p->node,
			 z->node != t->c->node);
	if (t->req.order)
		pga_add(&l->extra, (1ull << t->req.order) - 1);
	if (z != p)
		t->path |= PGA_PATH(NEXT_ZONE);
	if (z->node != p->node)
		t->path |= PGA_PATH(REMOTE_NODE);
	return (struct pga_res){ .pfn = pga_pfn(&t->self->map, t->at),
				 .path = t->path,
				 .node = z->node,
				 .zone = z->id };
}

static struct pga_res failed(uint32_t path, int err)
{
	return (struct pga_res){
		.pfn = PGA_NIL, .path = path | PGA_PATH(FAIL), .err = (int16_t)err, .node = -1
	};
}

struct pga_res l26_alloc_walk(struct pga *self, struct pga_req req, const struct pga_ctx *ctx)
{
	const struct l26_pass first = { .mark = PGA_WMARK_LOW };
	struct l26_try t = { .self = self, .req = req, .ctx = ctx };
	struct l26_zone *z = NULL;

	if (req.cpu >= self->nr_cpus || req.node >= self->nr_nodes || req.node < -1 ||
	    req.order >= self->nr_orders)
		return failed(0, -EINVAL);
	t.c = self->cpu[req.cpu];
	if (pga_load(&t.c->request))
		l26_serve(self, t.c);
	t.list = l26_list(self, req.node < 0 ? t.c->node : (unsigned)req.node, req.gfp);
	t.preferred = first_usable(&t);
	if (t.preferred) {
		z = l26_walk(&t, &first);
		if (!z)
			z = l26_slow_path(&t);
	}
	return z ? served(&t, z) : failed(t.path, -ENOMEM);
}
