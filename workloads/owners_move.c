/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames that their owners have moved to another node. */
#include "workloads/owners_int.h"

#include <errno.h>
#include <string.h>

/* A frame of the node, or PGA_NIL; one of another node goes back at once. */
static pga_pfn_t frame_on(struct own *o, unsigned node, unsigned cpu)
{
	const struct pga_req req = {
		.gfp = PGA_GFP_USER_MOVABLE | PGA_GFP_THISNODE | PGA_GFP_NORETRY | PGA_GFP_NOWARN |
		       PGA_GFP_NO_KSWAPD,
		.cpu = (uint16_t)cpu,
		.node = (int8_t)node,
	};
	struct pga_res res = o->ops->alloc(o->pga, req, NULL);

	if (res.pfn != PGA_NIL && res.node != (int)node) {
		o->ops->free(o->pga, res.pfn, 0, cpu, 0);
		return PGA_NIL;
	}
	return res.pfn;
}

/* Locked and present: the data go to frame @to; the old frame to free, or PGA_NIL. */
static pga_pfn_t replace(struct own *o, uint32_t h, pga_pfn_t to, unsigned cpu)
{
	struct own_handle *e = &o->handle[h];
	bool dirty = own_is(e, H_DIRTY), used = own_is(e, H_REF);

	memcpy(own_bytes_of(o, to), own_bytes_of(o, e->pfn), o->stride);
	pga_pfn_t from = own_detach(o, h, cpu);

	own_place(o, h, to, cpu);
	if (used)
		own_set(e, H_REF);
	if (dirty) {
		own_set(e, H_DIRTY);
		own_tell_dirty(o, e, true);
	}
	return from;
}

int own_move(struct own *o, uint32_t handle, unsigned node, unsigned cpu)
{
	pga_pfn_t to = frame_on(o, node, cpu), from = to;
	int rc = 0;

	if (to == PGA_NIL)
		return -ENOMEM;
	struct own_handle *e = own_lock(o, handle);
	enum own_kind kind = own_kind_of(e);

	if (!own_is(e, H_PRESENT))
		rc = -ENOENT;
	else if (own_order_of(e) || (kind != OWN_ANON && kind != OWN_FILE))
		rc = -EINVAL;
	else if (e->pins || own_is(e, H_WRITE))
		rc = -EAGAIN;
	else
		from = replace(o, handle, to, cpu);
	own_unlock(e);
	own_count(o, rc ? OWN_STAT_migrate_refused : OWN_STAT_migrated);
	if (from != PGA_NIL)
		o->ops->free(o->pga, from, 0, cpu, 0);
	return rc;
}
