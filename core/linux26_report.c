/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-2.6.9: what can be seen from outside, and the invariants, tested. */
#include "core/linux26_int.h"
#include "core/tally.h"

#include <errno.h>
#include <string.h>

static void add_cpu(const struct l26_zone *z, const struct l26_cpu *c, uint64_t *val)
{
	const struct l26_local *l = &c->local[z->id];

	pga_vmstat_add_words(&(struct pga_vm_words){ .event = l->event,
						     .freed = &l->freed,
						     .extra = &l->extra,
						     .vm = l->vm,
						     .local = z->node == c->node },
			     val);
}

void l26_stats(struct pga *self, int zone, uint64_t *val)
{
	unsigned first = zone < 0 ? 0 : (unsigned)zone;
	unsigned end = zone < 0 ? self->nr_zones : first + 1;

	memset(val, 0, PGA_NR_STATS * sizeof(*val));
	for (unsigned i = first; i < end; i++) {
		const struct l26_zone *z = self->zone[i];

		val[PGA_STAT_nr_free_pages] += pga_load(&z->nr_free);
		val[PGA_STAT_pcp_refill] += pga_load(&z->refills);
		val[PGA_STAT_pcp_drain] += pga_load(&z->drains);
		pga_vmstat_add_lru(&z->lru, val);
		for (unsigned c = 0; c < self->nr_cpus; c++)
			add_cpu(z, self->cpu[c], val);
	}
	for (unsigned c = 0; c < self->nr_cpus; c++)
		val[PGA_STAT_drain_unserved] += pga_load(&self->cpu[c]->request);
}

/* Zone types that this kernel does not know have the class of the next one that it knows. */
static const uint8_t class_of_type[PGA_NR_ZONE_TYPES] = {
	[PGA_ZONE_DMA] = L26_DMA,	  [PGA_ZONE_DMA32] = L26_DMA,
	[PGA_ZONE_NORMAL] = L26_NORMAL,	  [PGA_ZONE_MOVABLE] = L26_HIGHMEM,
	[PGA_ZONE_HIGHMEM] = L26_HIGHMEM,
};

void l26_zone_info(struct pga *self, unsigned zone, struct pga_zone_info *info)
{
	const struct l26_set *set = self->cpu[0]->local[zone].set;
	const struct l26_zone *z = self->zone[zone];

	memset(info, 0, sizeof(*info));
	info->present = z->present;
	info->managed = z->managed;
	memcpy(info->wmark, z->mark, sizeof(info->wmark));
	for (unsigned t = 0; t < PGA_NR_ZONE_TYPES; t++)
		info->lowmem_reserve[t] = z->protection[class_of_type[t]];
	info->pcp_low = set[L26_HOT].low;
	info->pcp_high = set[L26_HOT].high;
	info->pcp_batch = set[L26_HOT].batch;
	info->cold_low = set[L26_COLD].low;
	info->cold_high = set[L26_COLD].high;
	info->cold_batch = set[L26_COLD].batch;
}

void l26_zone_snap(struct pga *self, unsigned zone, struct pga_zone_snap *snap)
{
	struct l26_zone *z = self->zone[zone];

	memset(snap, 0, sizeof(*snap));
	pga_lock(&z->lock);
	snap->nr_free = snap->nr_free_exact = z->nr_free;
	for (unsigned o = 0; o < self->nr_orders; o++)
		snap->nr_blocks[0][o] = z->buddy.lists.head[o][0].count;
	pga_unlock(&z->lock);
}

void l26_pcp_count(struct pga *self, unsigned cpu, unsigned zone, uint32_t *count)
{
	const struct l26_set *set = self->cpu[cpu]->local[zone].set;

	memset(count, 0, PGA_MAX_TYPES * sizeof(*count));
	for (unsigned h = 0; h < L26_NR_HEATS; h++)
		count[h] = set[h].count;
}

void l26_frame(struct pga *self, pga_pfn_t pfn, struct pga_frame_info *info)
{
	int zone = pga_conf_zone_at(self->conf, pfn);
	const struct pga_frame *frame;
	uint32_t refs;

	memset(info, 0, sizeof(*info));
	info->state = PGA_FRAME_HOLE;
	info->zone = UINT16_MAX;
	info->head = pfn;
	if (zone < 0 || pfn < self->span.start || pfn >= self->span.end)
		return;
	frame = &self->map.unit[pga_link(&self->map, pfn)];
	info->state = pga_flags_state(pga_load(&frame->flags));
	info->order = (uint8_t)pga_flags_order(pga_load(&frame->flags));
	info->zone = (uint16_t)zone;
	info->head = pga_pfn(&self->map, l26_head(self, pga_link(&self->map, pfn)));
	refs = info->state == PGA_FRAME_USED ? pga_load(&frame->count) : 0;
	info->refs = (uint8_t)(refs < UINT8_MAX ? refs : UINT8_MAX);
}

void l26_walk_lists(struct pga *self, pga_list_fn fn, void *data)
{
	for (unsigned i = 0; i < self->nr_zones; i++) {
		const struct pga_buddy *b = &self->zone[i]->buddy.lists;
		struct pga_list_entry e = { .zone = (uint16_t)i, .cpu = -1 };

		for (e.order = 0; e.order < self->nr_orders; e.order++)
			pga_walk_list(&self->map, pga_buddy_head(b, e.order, 0), e, fn, data);
		e.order = 0;
		for (unsigned c = 0; c < self->nr_cpus; c++) {
			e.cpu = (int16_t)c;
			for (e.type = 0; e.type < L26_NR_HEATS; e.type++)
				pga_walk_list(
					&self->map,
					l26_set_head(self, &self->cpu[c]->local[i].set[e.type]), e,
					fn, data);
			e.type = 0;
		}
	}
}

unsigned l26_zonelist_class(struct pga *self, unsigned node, uint32_t gfp, uint16_t *zones,
			    unsigned max)
{
	const struct pga_zonelist *l = l26_list(self, node, gfp);

	return pga_zonelist_copy(l, self->entry, zones, max);
}

unsigned l26_zonelist(struct pga *self, unsigned node, bool this_node, uint16_t *zones,
		      unsigned max)
{
	return l26_zonelist_class(self, node, PGA_GFP_HIGHMEM | (this_node ? PGA_GFP_THISNODE : 0),
				  zones, max);
}

const uint8_t *l26_pair_map(struct pga *self, unsigned zone, unsigned order, uint32_t *nr_bits)
{
	const struct pga_bitbuddy *b = &self->zone[zone]->buddy;

	*nr_bits = order < self->nr_orders ? b->nr_bits[order] : 0;
	return *nr_bits ? (const uint8_t *)b->map[order] : NULL;
}

/* --- check --- */

static int check_pcp(const struct pga *self, const struct l26_zone *z, uint64_t *frames, char *why,
		     size_t len)
{
	for (unsigned c = 0; c < self->nr_cpus; c++) {
		for (unsigned h = 0; h < L26_NR_HEATS; h++) {
			const struct l26_set *set = &self->cpu[c]->local[z->id].set[h];
			uint32_t seen = 0;

			if (pga_tally_list(&self->map, z->id, l26_set_head(self, set), set->count,
					   &seen, why, len))
				return -EUCLEAN;
			if (seen != set->count)
				return pga_violated(why, len,
						    "zone %u cpu %u: the %s list holds %u frames, "
						    "its count is %u",
						    z->id, c, h == L26_HOT ? "hot" : "cold", seen,
						    set->count);
			*frames += seen;
		}
	}
	return 0;
}

static int check_sums(const struct pga *self, const struct l26_zone *z, const struct pga_tally *t,
		      uint64_t pcp, char *why, size_t len)
{
	struct pga_tally_sums sums = { .parked = pcp,
				       .present = z->present,
				       .managed = z->managed };

	for (unsigned o = 0; o < self->nr_orders; o++)
		sums.listed += (uint64_t)z->buddy.lists.nr_free[o] << o;
	if (pga_tally_agrees(t, &sums, z->id, why, len))
		return -EUCLEAN;
	if (z->nr_free != sums.listed)
		return pga_violated(why, len, "zone %u: free counter %llu, free frames %llu", z->id,
				    (unsigned long long)z->nr_free,
				    (unsigned long long)sums.listed);
	return 0;
}

int l26_check(struct pga *self, char *why, size_t len)
{
	for (unsigned i = 0; i < self->nr_zones; i++) {
		const struct l26_zone *z = self->zone[i];
		struct pga_tally t = { { 0 } };
		uint64_t pcp = 0;

		if (pga_bitbuddy_check(&z->buddy, &self->map, why, len) ||
		    pga_lru_check(&z->lru, &self->map, why, len) ||
		    pga_tally_zone(&self->map, &self->conf->zones[i], i, self->nr_orders, &t, why,
				   len) ||
		    check_pcp(self, z, &pcp, why, len) || check_sums(self, z, &t, pcp, why, len))
			return -EUCLEAN;
	}
	return 0;
}
