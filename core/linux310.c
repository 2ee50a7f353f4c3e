/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-3.10: the fast paths and the table of operations. */
#include "core/linux310.h"
#include "core/linux310_int.h"
#include "core/reqbits.h"

/* What only the walk serves, besides masks and some classes, as a request is laid out. */
static const union {
	struct pga_req req;
	uint64_t bits;
} walk_only = { .req = { .gfp = PGA_GFP_COLD | PGA_GFP_OTHER_NODE, .order = UINT8_MAX } };

/* Takes @at, the first frame of the way's list. */
static inline struct pga_res take(struct pga *self, const struct l310_way *way, pga_link_t at,
				  uint32_t path)
{
	struct pga_frame *unit = self->map.unit, *frame = &unit[at];
	struct l310_local *l = way->local;
	pga_link_t next = frame->next;

	pga_assert(1, pga_flags_state(pga_load(&frame->flags)) == PGA_FRAME_PCP);
	way->list->next = next;
	unit[next].prev = frame->prev;
	l->pcp.count--;
	pga_store(&frame->flags, way->zone->used);
	pga_add(&l->event[PGA_NUMA_EV_DIRECT], 1);
	return (struct pga_res){ .pfn = pga_pfn(&self->map, at),
				 .path = path,
				 .node = way->node,
				 .zone = way->zone_id };
}

/*
 * What the fast path does not serve.  Only an empty list of a zone above its mark
 * stands between many of these and the fast path: filled, it serves.
 */
static __attribute__((noinline)) struct pga_res alloc_refill(struct pga *self, struct pga_req req,
							     const struct l310_way *way)
{
	uint32_t path = PGA_PATH(PCP_REFILL);
	struct l310_local *l = way->local;
	struct l310_zone *z = way->zone;

	if (!l || way->list->next >= self->frames || pga_load(&self->cpu[req.cpu]->request) ||
	    pga_load(&z->nr_free) <= z->mark[PGA_WMARK_LOW])
		return l310_alloc_walk(self, req, NULL);
	l310_refill(self, l, z, (unsigned)(way->list - l->pcp.list), false, &path);
	if (way->list->next < self->frames)
		return l310_alloc_walk(self, req, NULL);
	return take(self, way, way->list->next, path);
}

/*
 * The way of most requests: the preferred zone is above its low mark and the
 * CPU's list for it holds a frame.  No lock, no atomic read-modify-write; lines
 * that other CPUs write are only read.  The low mark needs no reserve here: a
 * zone keeps none back from requests that prefer it.  Nothing is changed before
 * it is clear that this way serves, and every other way is a tail call, so that
 * no register has to be saved.
 */
static struct pga_res l310_alloc(struct pga *self, struct pga_req req, const struct pga_ctx *ctx)
{
	const uint64_t bits = pga_req_bits(req);
	const unsigned cpu = PGA_REQ_FIELD(bits, cpu);
	/* Of no node: 0. */
	const unsigned row = (uint8_t)(PGA_REQ_FIELD(bits, node) + 1);
	const struct l310_way *way;
	struct l310_zone *z;
	struct l310_cpu *c;
	pga_link_t at;

	if (pga_unlikely((bits & walk_only.bits) | (uintptr_t)ctx) ||
	    pga_unlikely(cpu >= self->nr_cpus) || pga_unlikely(row > self->nr_nodes))
		return l310_alloc_walk(self, req, ctx);
	c = self->cpu[cpu];
	way = &c->way[row * L310_NR_CLASSES + (PGA_REQ_FIELD(bits, gfp) & L310_CLASS_BITS)];
	z = way->zone;
	at = way->list->next;
	if (pga_unlikely(at < self->frames) || pga_unlikely(pga_load(&c->request)) ||
	    pga_unlikely(pga_load(&z->nr_free) <= z->mark[PGA_WMARK_LOW]))
		return alloc_refill(self, req, way);
	return take(self, way, at, PGA_PATH(PCP_HIT));
}

/*
 * The way of most frees: one hot frame to the head of the CPU's list.  The frame
 * may be in nobody's cache: it is only written here, which waits for nothing.
 *
 * Most frees go where the last one went.  A comparison says so, which the processor
 * foretells: it then knows the list before it has read the word of the pageblock,
 * and an allocation right after need not wait until that is read.
 */
static void l310_free(struct pga *self, pga_pfn_t pfn, unsigned order, unsigned cpu, unsigned flags)
{
	struct l310_cpu *c = self->cpu[cpu];
	struct pga_frame *unit, *list;
	const struct l310_back *back;
	struct l310_local *l;
	pga_link_t at, next;
	unsigned block;

	if (pga_unlikely(order | flags | pga_load(&c->request)))
		goto slow;
	block = pga_load(pga_block_word(&self->blocks, pfn));
	block &= PGA_BLOCK_ZONE_TYPE;
	back = c->recent;
	if (pga_unlikely(block != c->recent_block)) {
		if (pga_unlikely(block >= self->nr_backs))
			goto slow;
		back = &c->back[block];
		if (pga_unlikely(!back->list))
			goto slow;
		c->recent = back;
		c->recent_block = block;
	}
	list = back->list;
	unit = self->map.unit;
	at = pga_link(&self->map, pfn);
	pga_assert(1, (pga_load(&unit[at].flags) & PGA_F_BUDDY) ==
			      pga_flags(block >> PGA_BLOCK_ZONE_SHIFT, 0, PGA_FRAME_USED, 0));
	next = list->next;
	pga_list_point(&unit[at], pga_links(next, 0) | back->links);
	pga_store(&unit[at].flags, back->flags);
	list->next = at;
	unit[next].prev = at;
	l = back->local;
	pga_add(&l->freed, 1);
	if (pga_unlikely(++l->pcp.count >= l->pcp.high))
		l310_release(self, l, self->zone[block >> PGA_BLOCK_ZONE_SHIFT], l->pcp.batch);
	return;
slow:
	l310_free_slow(self, pfn, order, cpu, flags);
}

const struct pga_ops pga_linux310 = {
	.name = "linux-3.10",
	.summary = "list buddies by mobility type, zones with watermarks, per-CPU pages",
	.abi = PGA_ABI,
	.ops_size = sizeof(struct pga_ops),
	.caps = PGA_CAP_THREADS | PGA_CAP_ORDERS | PGA_CAP_NODES | PGA_CAP_ZONES |
		PGA_CAP_MOBILITY | PGA_CAP_ISOLATE | PGA_CAP_REAL | PGA_CAP_RECLAIM,
	.nr_orders = 11,
	.zone_types = PGA_ZONE_BIT(DMA) | PGA_ZONE_BIT(DMA32) | PGA_ZONE_BIT(NORMAL) |
		      PGA_ZONE_BIT(MOVABLE),
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
	.daemons = l310_daemons,
	.steps = l310_steps,
};
