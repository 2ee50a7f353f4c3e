/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-3.10: the fast paths and the table of operations. */
#include "core/linux310.h"
#include "core/linux310_int.h"

#include <errno.h>

/* The way of most requests: the preferred zone is above its low mark and the
 * CPU's list for it holds a frame.  No lock, no atomic read-modify-write; lines
 * that other CPUs write are only read.  The low mark needs no reserve here: a
 * zone keeps none back from requests that prefer it.
 */
static struct pga_res l310_alloc(struct pga *self, struct pga_req req, const struct pga_ctx *ctx)
{
	const struct l310_class class = self->class[req.gfp & L310_CLASS_BITS];
	struct pga_frame *unit = self->map.unit;
	const struct pga_zonelist *zl;
	struct l310_local *l;
	struct l310_zone *z;
	struct l310_cpu *c;
	pga_link_t head, at;
	unsigned node;

	if (pga_unlikely(req.cpu >= self->nr_cpus || req.node >= self->nr_nodes || req.node < -1 ||
			 req.order >= self->nr_orders))
		return (struct pga_res){
			.pfn = PGA_NIL, .path = PGA_PATH(FAIL), .err = -EINVAL, .node = -1
		};
	c = self->cpu[req.cpu];
	if (pga_unlikely(pga_load(&c->request)))
		l310_serve(self, c);
	node = req.node < 0 ? c->node : (unsigned)req.node;
	zl = &self->list[node * PGA_LISTS_PER_NODE + class.list];
	if (pga_unlikely(req.order || !class.direct || ctx || !zl->nr))
		return l310_alloc_walk(self, req, ctx);
	z = self->zone[zl->first];
	l = &c->local[zl->first];
	head = l310_pcp_head(self, l, class.type);
	at = req.gfp & PGA_GFP_COLD ? unit[head].prev : unit[head].next;
	if (pga_unlikely(at == head || pga_load(&z->nr_free) <= z->mark[PGA_WMARK_LOW]))
		return l310_alloc_walk(self, req, ctx);
	pga_list_remove(unit, at);
	l->pcp.count--;
	pga_assert(1, pga_flags_state(pga_load(&unit[at].flags)) == PGA_FRAME_PCP);
	pga_store(&unit[at].flags, pga_flags(z->id, 0, PGA_FRAME_USED, 0));
	l310_account(c, z, z, req.gfp);
	return (struct pga_res){ .pfn = pga_pfn(&self->map, at),
				 .path = PGA_PATH(PCP_HIT),
				 .node = z->node,
				 .zone = zl->first };
}

static void l310_free(struct pga *self, pga_pfn_t pfn, unsigned order, unsigned cpu, unsigned flags)
{
	struct pga_frame *unit = self->map.unit;
	pga_link_t at = pga_link(&self->map, pfn), head;
	unsigned zone = pga_flags_zone(pga_load(&unit[at].flags));
	unsigned type = pga_block_type(&self->blocks, pfn);
	struct l310_cpu *c = self->cpu[cpu];
	struct l310_local *l = &c->local[zone];

	pga_assert(1, (pga_load(&unit[at].flags) & PGA_F_BUDDY) ==
			      pga_flags(zone, order, PGA_FRAME_USED, 0));
	if (pga_unlikely(pga_load(&c->request)))
		l310_serve(self, c);
	pga_add(&l->freed, 1ull << order);
	if (pga_unlikely(order >= self->pcp_orders || type == PGA_ISOLATE)) {
		l310_free_block(self, l, self->zone[zone], at, order, type);
		return;
	}
	/* Reserve and CMA frames wait with the movable ones, but remember. */
	head = l310_pcp_head(self, l, type < PGA_PCP_LISTS ? type : PGA_MOVABLE);
	pga_store(&unit[at].flags, pga_flags(zone, 0, PGA_FRAME_PCP, type));
	if (pga_unlikely(flags & PGA_FREE_COLD))
		pga_list_insert(unit, at, unit[head].prev, head);
	else
		pga_list_insert(unit, at, head, unit[head].next);
	if (pga_unlikely(++l->pcp.count >= l->pcp.high))
		l310_release(self, l, self->zone[zone], l->pcp.batch);
}

const struct pga_ops pga_linux310 = {
	.name = "linux-3.10",
	.summary = "list buddies by mobility type, zones with watermarks, per-CPU pages",
	.abi = PGA_ABI,
	.ops_size = sizeof(struct pga_ops),
	.caps = PGA_CAP_THREADS | PGA_CAP_ORDERS | PGA_CAP_NODES | PGA_CAP_ZONES |
		PGA_CAP_MOBILITY | PGA_CAP_ISOLATE | PGA_CAP_REAL,
	.nr_orders = 11,
	.tunables = l310_tunables,
	.meta_plan = l310_plan,
	.init = l310_init,
	.fini = l310_fini,
	.alloc = l310_alloc,
	.free = l310_free,
	.park = l310_park,
	.unpark = l310_unpark,
	.drain = l310_drain,
	.tick = l310_tick,
	.set = l310_set,
	.get = l310_get,
	.isolate = l310_isolate,
	.unisolate = l310_unisolate,
	.stats = l310_stats,
	.zone_info = l310_zone_info,
	.zone_snap = l310_zone_snap,
	.pcp_count = l310_pcp_count,
	.frame = l310_frame,
	.walk_lists = l310_walk_lists,
	.zonelist = l310_zonelist,
	.check = l310_check,
	.lru_add = l310_lru_add,
	.lru_del = l310_lru_del,
	.lru_count = l310_lru_count,
	.mark_accessed = l310_mark_accessed,
	.set_dirty = l310_set_dirty,
};
