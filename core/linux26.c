/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-2.6.9: the fast paths and the table of operations. */
#include "core/linux26.h"
#include "core/linux26_int.h"

/* What only the walk knows about, besides orders and masks. */
#define WALK_GFP (PGA_GFP_COLD | PGA_GFP_ZERO)

/*
 * The way of most requests: the preferred zone is above its low mark and the
 * CPU's hot list is above the length at which it is refilled.  No lock, no atomic
 * read-modify-write.  No protection is to be added: a zone keeps none back from
 * requests that prefer it.  Nothing is changed before it is clear that this way
 * serves.
 */
static struct pga_res l26_alloc(struct pga *self, struct pga_req req, const struct pga_ctx *ctx)
{
	struct pga_frame *unit = self->map.unit, *frame;
	unsigned row = (unsigned)(req.node + 1);
	const struct l26_way *way;
	struct l26_local *l;
	struct l26_set *set;
	struct l26_zone *z;
	struct l26_cpu *c;
	struct pga_res res;
	pga_link_t at, next;

	if (pga_unlikely(req.cpu >= self->nr_cpus || row > self->nr_nodes))
		return l26_alloc_walk(self, req, ctx);
	if (pga_unlikely(req.order | (req.gfp & WALK_GFP) | (uintptr_t)ctx))
		return l26_alloc_walk(self, req, ctx);
	c = self->cpu[req.cpu];
	way = &c->way[row * L26_NR_WAYS + (req.gfp & L26_CLASS_BITS)];
	l = way->local;
	set = &l->set[L26_HOT];
	z = way->zone;
	if (pga_unlikely(set->count <= set->low || pga_load(&c->request) ||
			 pga_load(&z->nr_free) <= z->mark[PGA_WMARK_LOW]))
		return l26_alloc_walk(self, req, ctx);
	at = set->list.next;
	frame = &unit[at];
	pga_assert(1, pga_flags_state(pga_load(&frame->flags)) == PGA_FRAME_PCP);
	next = frame->next;
	set->list.next = next;
	unit[next].prev = frame->prev;
	set->count--;
	pga_store(&frame->flags, z->used);
	pga_store(&frame->count, 1);
	pga_add(&l->event[PGA_NUMA_EV_DIRECT], 1);
	res = way->res;
	res.pfn = pga_pfn(&self->map, at);
	return res;
}

/*
 * The way of most frees: one frame that nobody else refers to, to the head of the
 * CPU's hot list.  Who sees one reference has it, so it can not grow meanwhile.
 */
static void l26_free(struct pga *self, pga_pfn_t pfn, unsigned order, unsigned cpu, unsigned flags)
{
	struct pga_frame *unit = self->map.unit;
	pga_link_t at = pga_link(&self->map, pfn), head, next;
	unsigned zone = pga_flags_zone(pga_load(&unit[at].flags));
	struct l26_cpu *c = self->cpu[cpu];
	struct l26_local *l = &c->local[zone];
	struct l26_set *set = &l->set[L26_HOT];

	if (pga_unlikely(order >= self->pcp_orders || flags || pga_load(&c->request) ||
			 __atomic_load_n(&unit[at].count, __ATOMIC_ACQUIRE) != 1 ||
			 set->count >= set->high)) {
		l26_free_slow(self, pfn, order, cpu, flags);
		return;
	}
	pga_assert(1, (pga_load(&unit[at].flags) & PGA_F_BUDDY) ==
			      pga_flags(zone, 0, PGA_FRAME_USED, 0));
	head = set->list.flags;
	next = set->list.next;
	pga_store(&unit[at].flags, pga_flags(zone, 0, PGA_FRAME_PCP, 0));
	pga_store(&unit[at].count, 0);
	unit[at].next = next;
	unit[at].prev = head;
	set->list.next = at;
	unit[next].prev = at;
	set->count++;
	pga_add(&l->freed, 1);
}

const struct pga_ops pga_linux26 = {
	.name = "linux-2.6.9",
	.summary = "bitmap buddies, zones with marks and protection, hot and cold per-CPU lists",
	.abi = PGA_ABI,
	.ops_size = sizeof(struct pga_ops),
	.caps = PGA_CAP_THREADS | PGA_CAP_ORDERS | PGA_CAP_NODES | PGA_CAP_ZONES | PGA_CAP_REAL |
		PGA_CAP_RECLAIM,
	.nr_orders = 11,
	.zone_types = PGA_ZONE_BIT(DMA) | PGA_ZONE_BIT(NORMAL) | PGA_ZONE_BIT(HIGHMEM),
	.zone_blocks = true,
	.tunables = l26_tunables,
	.meta_plan = l26_plan,
	.init = l26_init,
	.fini = l26_fini,
	.alloc = l26_alloc,
	.free = l26_free,
	.park = l26_park,
	.unpark = l26_unpark,
	.drain = l26_drain,
	.tick = l26_tick,
	.set = l26_set,
	.get = l26_get,
	.stats = l26_stats,
	.zone_info = l26_zone_info,
	.zone_snap = l26_zone_snap,
	.pcp_count = l26_pcp_count,
	.frame = l26_frame,
	.walk_lists = l26_walk_lists,
	.zonelist = l26_zonelist,
	.zonelist_class = l26_zonelist_class,
	.pair_map = l26_pair_map,
	.check = l26_check,
	.lru_add = l26_lru_add,
	.lru_del = l26_lru_del,
	.lru_count = l26_lru_count,
	.mark_accessed = l26_mark_accessed,
	.set_dirty = l26_set_dirty,
	.daemons = l26_daemons,
	.steps = l26_steps,
	.get_page = l26_get_page,
	.put_page = l26_put_page,
};
