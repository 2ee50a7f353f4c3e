/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux-2.4: bitmap buddies behind one lock for each zone, three queues of
 * cached pages behind another, and no list that belongs to a CPU.  Every call
 * takes the zone's lock, and every allocation adds up all zones.
 */
#include "core/linux24.h"
#include "core/linux24_int.h"

void l24_free(struct pga *self, pga_pfn_t pfn, unsigned order, unsigned cpu, unsigned flags)
{
	struct pga_frame *unit = self->map.unit;
	pga_link_t at = pga_link(&self->map, pfn);
	struct l24_zone *z = l24_zone_of(self, at);
	uint32_t pressure;

	(void)cpu;
	(void)flags;
	pga_assert(1, (pga_load(&unit[at].flags) & PGA_F_BUDDY) ==
			      pga_flags(z->id, order, PGA_FRAME_USED, 0));
	pga_lock(&z->lock);
	pga_bitbuddy_free(&z->buddy, unit, at, order);
	pga_add(&z->free, 1u << order);
	pga_add(&z->freed, 1u << order);
	pga_unlock(&z->lock);
	pressure = pga_load(&self->pressure.memory);
	if (pressure > self->floor)
		pga_store(&self->pressure.memory, pressure - 1);
}

/* Nothing belongs to a CPU. */
static void l24_park(struct pga *self, unsigned cpu)
{
	(void)self;
	(void)cpu;
}

const struct pga_ops pga_linux24 = {
	.name = "linux-2.4",
	.summary = "bitmap buddies, zones with balance ratios, three queues of cached pages",
	.abi = PGA_ABI,
	.ops_size = sizeof(struct pga_ops),
	.caps = PGA_CAP_THREADS | PGA_CAP_ORDERS | PGA_CAP_NODES | PGA_CAP_ZONES | PGA_CAP_REAL |
		PGA_CAP_RECLAIM,
	.nr_orders = L24_ORDERS,
	.zone_types = PGA_ZONE_BIT(DMA) | PGA_ZONE_BIT(NORMAL) | PGA_ZONE_BIT(HIGHMEM),
	.zone_blocks = true,
	.tunables = l24_tunables,
	.meta_plan = l24_plan,
	.init = l24_init,
	.fini = l24_fini,
	.alloc = l24_alloc,
	.free = l24_free,
	.park = l24_park,
	.unpark = l24_park,
	.tick = l24_tick,
	.set = l24_set,
	.get = l24_get,
	.stats = l24_stats,
	.zone_info = l24_zone_info,
	.zone_snap = l24_zone_snap,
	.frame = l24_frame,
	.walk_lists = l24_walk_lists,
	.zonelist = l24_zonelist,
	.zonelist_class = l24_zonelist_class,
	.check = l24_check,
	.lru_add = l24_lru_add,
	.lru_del = l24_lru_del,
	.lru_count = l24_lru_count,
	.mark_accessed = l24_mark_accessed,
	.set_dirty = l24_set_dirty,
	.steps = l24_steps,
	.daemons = l24_daemons,
	.queues = l24_queue_names,
	.walk_queues = l24_walk_queues,
	.pair_map = l24_pair_map,
};
