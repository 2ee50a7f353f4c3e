/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux-2.6.9: blocks in use, their references and parts.
 *
 * frame.count of a block's first frame counts its references; it is 0 while the
 * block is not in use.  The other frames of a compound block say so in their
 * flags and name the first one in `prev`; those of other blocks say nothing.
 */
#include "core/linux26.h"
#include "core/linux26_int.h"

#define PART (1u << 29) /* in flags, next to the marks of core/lru.h: of a compound block */

static void join(struct pga *self, const struct l26_zone *z, pga_link_t at, unsigned order)
{
	const uint32_t flags = pga_flags(z->id, 0, PGA_FRAME_TAIL, 0) | PART;
	struct pga_frame *unit = self->map.unit;

	for (pga_link_t i = at + 1; i < at + (1u << order); i++) {
		pga_store(&unit[i].flags, flags);
		unit[i].prev = at;
	}
}

static void part(struct pga *self, pga_link_t at, unsigned order)
{
	struct pga_frame *unit = self->map.unit;

	for (pga_link_t i = at + 1; i < at + (1u << order); i++)
		pga_store(&unit[i].flags, pga_load(&unit[i].flags) & ~PART);
}

void l26_prepare(struct pga *self, const struct l26_zone *z, pga_link_t at, unsigned order,
		 uint32_t gfp)
{
	bool compound = order && gfp & PGA_GFP_COMP;
	struct pga_frame *unit = self->map.unit;

	pga_store(&unit[at].count, 1);
	pga_store(&unit[at].flags,
		  pga_flags(z->id, order, PGA_FRAME_USED, 0) | (compound ? PART : 0));
	if (compound)
		join(self, z, at, order);
	if (gfp & PGA_GFP_ZERO && self->host.zero)
		self->host.zero(self->host.data, pga_pfn(&self->map, at), order);
}

bool l26_unprepare(struct pga *self, pga_link_t at, unsigned order)
{
	struct pga_frame *frame = &self->map.unit[at];

	pga_assert(1, pga_load(&frame->count));
	/* What others did with the block comes before its next use. */
	if (__atomic_sub_fetch(&frame->count, 1, __ATOMIC_ACQ_REL))
		return false;
	if (pga_load(&frame->flags) & PART) {
		pga_store(&frame->flags, pga_load(&frame->flags) & ~PART);
		part(self, at, order);
	}
	return true;
}

pga_link_t l26_head(const struct pga *self, pga_link_t at)
{
	uint32_t flags = pga_load(&self->map.unit[at].flags);

	return flags & PART && pga_flags_state(flags) == PGA_FRAME_TAIL ? self->map.unit[at].prev
									: at;
}

void l26_get_page(struct pga *self, pga_pfn_t pfn)
{
	pga_link_t at = l26_head(self, pga_link(&self->map, pfn));

	pga_assert(1, pga_load(&self->map.unit[at].count));
	__atomic_fetch_add(&self->map.unit[at].count, 1, __ATOMIC_RELAXED);
}

bool l26_put_page(struct pga *self, pga_pfn_t pfn, unsigned cpu)
{
	pga_link_t at = l26_head(self, pga_link(&self->map, pfn));
	struct pga_frame *frame = &self->map.unit[at];
	unsigned order = pga_flags_order(pga_load(&frame->flags));

	if (__atomic_load_n(&frame->count, __ATOMIC_ACQUIRE) != 1) {
		if (__atomic_sub_fetch(&frame->count, 1, __ATOMIC_ACQ_REL))
			return false;
		/* It was the last one after all. */
		pga_store(&frame->count, 1);
	}
	pga_linux26.free(self, pga_pfn(&self->map, at), order, cpu, 0);
	return true;
}
