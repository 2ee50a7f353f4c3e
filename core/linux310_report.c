/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-3.10: what can be seen from outside. */
#include "core/linux310_int.h"
#include "core/tally.h"

#include <string.h>

static void add_cpu(const struct l310_zone *z, const struct l310_cpu *c, uint64_t *val)
{
	const struct l310_local *l = &c->local[z->id];

	pga_vmstat_add_words(&(struct pga_vm_words){ .event = l->event,
						     .freed = &l->freed,
						     .extra = &l->extra,
						     .vm = l->vm,
						     .local = z->node == c->node },
			     val);
}

void l310_stats(struct pga *self, int zone, uint64_t *val)
{
	unsigned first = zone < 0 ? 0 : (unsigned)zone;
	unsigned end = zone < 0 ? self->nr_zones : first + 1;

	memset(val, 0, PGA_NR_STATS * sizeof(*val));
	for (unsigned i = first; i < end; i++) {
		const struct l310_zone *z = self->zone[i];

		val[PGA_STAT_nr_free_pages] += (uint64_t)l310_clamped(&z->nr_free);
		val[PGA_STAT_nr_free_cma] += (uint64_t)l310_clamped(&z->nr_cma);
		val[PGA_STAT_pcp_refill] += pga_load(&z->refills);
		val[PGA_STAT_pcp_drain] += pga_load(&z->drains);
		val[PGA_STAT_extfrag_steal] += pga_load(&z->steals);
		val[PGA_STAT_extfrag_claim] += pga_load(&z->claims);
		pga_vmstat_add_lru(&z->lru, val);
		for (unsigned c = 0; c < self->nr_cpus; c++)
			add_cpu(z, self->cpu[c], val);
	}
	for (unsigned c = 0; c < self->nr_cpus; c++)
		val[PGA_STAT_drain_unserved] += pga_load(&self->cpu[c]->request);
}

void l310_zone_info(struct pga *self, unsigned zone, struct pga_zone_info *info)
{
	const struct l310_zone *z = self->zone[zone];

	memset(info, 0, sizeof(*info));
	info->present = z->present;
	info->managed = z->managed;
	memcpy(info->wmark, z->mark, sizeof(info->wmark));
	memcpy(info->lowmem_reserve, z->reserve, sizeof(z->reserve));
	info->pcp_high = self->cpu[0]->local[zone].pcp.high;
	info->pcp_batch = self->cpu[0]->local[zone].pcp.batch;
	info->stat_threshold = (uint32_t)z->threshold;
}

void l310_zone_snap(struct pga *self, unsigned zone, struct pga_zone_snap *snap)
{
	uint32_t size = pga_block_frames(&self->blocks);
	struct l310_zone *z = self->zone[zone];
	int64_t exact = pga_load(&z->nr_free);

	memset(snap, 0, sizeof(*snap));
	for (unsigned c = 0; c < self->nr_cpus; c++)
		exact += pga_load(&self->cpu[c]->local[zone].diff_free);
	snap->nr_free = (uint64_t)l310_clamped(&z->nr_free);
	snap->nr_free_exact = exact < 0 ? 0 : (uint64_t)exact;
	snap->nr_free_cma = (uint64_t)l310_clamped(&z->nr_cma);
	snap->compact.migrate = pga_load(&z->compact.migrate);
	snap->compact.free = pga_load(&z->compact.free);
	snap->compact.considered = pga_load(&z->compact.considered);
	snap->compact.defer_shift = (uint8_t)pga_load(&z->compact.defer_shift);
	snap->compact.order_failed = (uint8_t)pga_load(&z->compact.order_failed);
	snap->compact.flush = pga_load(&z->compact.flush);
	pga_lock(&z->lock);
	for (unsigned o = 0; o < self->nr_orders; o++)
		for (unsigned t = 0; t < PGA_NR_TYPES; t++)
			snap->nr_blocks[t][o] = z->buddy.head[o][t].count;
	pga_unlock(&z->lock);
	for (uint64_t pfn = z->start; pfn < z->end; pfn += size)
		snap->pageblocks[pga_block_type(&self->blocks, (pga_pfn_t)pfn)]++;
}

void l310_pcp_count(struct pga *self, unsigned cpu, unsigned zone, uint32_t *count)
{
	const struct l310_local *l = &self->cpu[cpu]->local[zone];
	const struct pga_frame *unit = self->map.unit;

	memset(count, 0, PGA_MAX_TYPES * sizeof(*count));
	for (unsigned t = 0; t < PGA_PCP_LISTS; t++) {
		pga_link_t head = l310_pcp_head(self, l, t);

		for (pga_link_t at = unit[head].next; at != head; at = unit[at].next)
			count[t]++;
	}
}

void l310_frame(struct pga *self, pga_pfn_t pfn, struct pga_frame_info *info)
{
	int zone = pga_conf_zone_at(self->conf, pfn);
	uint32_t flags;

	memset(info, 0, sizeof(*info));
	info->state = PGA_FRAME_HOLE;
	info->zone = UINT16_MAX;
	if (pfn < self->span.start || pfn >= self->span.end)
		return;
	info->type = (uint8_t)pga_block_type(&self->blocks, pfn);
	info->skip = pga_block_skip(&self->blocks, pfn);
	if (zone < 0)
		return;
	flags = pga_load(&self->map.unit[pga_link(&self->map, pfn)].flags);
	info->state = pga_flags_state(flags);
	info->order = (uint8_t)pga_flags_order(flags);
	info->zone = (uint16_t)zone;
}

void l310_walk_lists(struct pga *self, pga_list_fn fn, void *data)
{
	for (unsigned i = 0; i < self->nr_zones; i++) {
		const struct pga_buddy *b = &self->zone[i]->buddy;
		struct pga_list_entry e = { .zone = (uint16_t)i, .cpu = -1 };

		for (e.order = 0; e.order < self->nr_orders; e.order++)
			for (e.type = 0; e.type < PGA_NR_TYPES; e.type++)
				pga_walk_list(&self->map, pga_buddy_head(b, e.order, e.type), e, fn,
					      data);
		e.order = 0;
		for (unsigned c = 0; c < self->nr_cpus; c++) {
			e.cpu = (int16_t)c;
			for (e.type = 0; e.type < PGA_PCP_LISTS; e.type++)
				pga_walk_list(&self->map,
					      l310_pcp_head(self, &self->cpu[c]->local[i], e.type),
					      e, fn, data);
		}
	}
}

unsigned l310_zonelist(struct pga *self, unsigned node, bool this_node, uint16_t *zones,
		       unsigned max)
{
	const struct pga_zonelist *l = &self->list[pga_zonelist_index(
		node, this_node ? PGA_LIST_THISNODE : PGA_LIST_FALLBACK, PGA_LIST_TYPES - 1)];

	return pga_zonelist_copy(l, self->entry, zones, max);
}
