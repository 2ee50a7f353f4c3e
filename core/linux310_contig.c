/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux-3.10: ranges of frames for those who need them contiguous.  Their
 * pageblocks are isolated, so that nobody gets a free frame of them any more,
 * what can move moves away, and the range is taken off the lists.
 *
 * Isolation covers whole blocks of the highest order: no free block then lies
 * half inside, and frames that come back merge with nothing outside.
 */
#include "core/linux310_int.h"

#include <errno.h>

/* Where the contents of the range go: anywhere but into it. */
static pga_link_t target(struct pga_compact *c)
{
	const struct pga_req req = {
		.gfp = PGA_GFP_USER_MOVABLE | PGA_GFP_NOWARN,
		.cpu = (uint16_t)c->cpu,
		.node = -1,
	};
	struct pga_res res = l310_alloc_walk(c->at.self, req, NULL);

	return res.err ? 0 : pga_link(c->at.map, res.pfn);
}

struct claim {
	struct pga *self;
	struct l310_zone *z;
	unsigned cpu;
	pga_pfn_t start, end;	 /* asked for */
	pga_pfn_t first, behind; /* isolated */
};

static int find(struct pga *self, const struct pga_step_arg *arg, struct claim *k)
{
	pga_pfn_t start = arg->range.start, end = arg->range.end;
	uint32_t most = 1u << (self->nr_orders - 1), size = pga_block_frames(&self->blocks);
	int zone = start < end ? pga_conf_zone_at(self->conf, start) : -1;
	uint64_t behind;

	if (arg->cpu >= self->nr_cpus || zone < 0 || end > self->zone[zone]->end)
		return -EINVAL;
	/* Without types a pageblock cannot be isolated: what moves away would come back. */
	if (!self->grouping)
		return -EOPNOTSUPP;
	most = most > size ? most : size;
	*k = (struct claim){
		.self = self, .z = self->zone[zone], .cpu = arg->cpu, .start = start, .end = end
	};
	k->first = start & ~(most - 1);
	k->first = k->first > k->z->start ? k->first : k->z->start;
	behind = ((uint64_t)end + most - 1) & ~(uint64_t)(most - 1);
	k->behind = behind < k->z->end ? (pga_pfn_t)behind : k->z->end;
	return 0;
}

static pga_pfn_t next_block(const struct pga *self, pga_pfn_t pfn)
{
	return pga_block_start(&self->blocks, pfn) + pga_block_frames(&self->blocks);
}

/* Pageblocks from the first up to @behind get the types back that they had. */
static void end_isolation(const struct claim *k, pga_pfn_t behind)
{
	for (pga_pfn_t pfn = k->first; pfn < behind; pfn = next_block(k->self, pfn))
		l310_unisolate(k->self, pfn, (enum pga_type)pga_block_saved(&k->self->blocks, pfn));
}

static int isolate(const struct claim *k)
{
	const struct pga_blocks *b = &k->self->blocks;

	for (pga_pfn_t pfn = k->first; pfn < k->behind; pfn = next_block(k->self, pfn)) {
		unsigned type = pga_block_type(b, pfn);

		if (type != PGA_ISOLATE)
			pga_block_save(b, pfn, type);
		if (type == PGA_ISOLATE || l310_isolate(k->self, pfn, k->cpu)) {
			end_isolation(k, pfn);
			return -EBUSY;
		}
	}
	return 0;
}

static int evacuate(const struct claim *k, const struct pga_step_arg *arg)
{
	struct pga_compact c = {
		.at = l310_compact_place(k->self, k->z),
		.order = -1,
		.type = PGA_MOVABLE,
		.cpu = k->cpu,
		.sync = true,
		.ignore_skip = true,
		.dying = arg->gfp & PGA_GFP_OOM_VICTIM,
		.target = target,
	};

	return pga_compact_evacuate(&c, k->start, k->end);
}

static uint32_t flags_at(const struct claim *k, pga_pfn_t pfn)
{
	return pga_load(&k->self->map.unit[pga_link(&k->self->map, pfn)].flags);
}

static bool is_free(const struct claim *k, pga_pfn_t pfn)
{
	return pga_flags_state(flags_at(k, pfn)) == PGA_FRAME_FREE;
}

/* The free block that @pfn lies in begins there or at a multiple of more and more. */
static pga_pfn_t head_of(const struct claim *k)
{
	pga_link_t origin = k->z->buddy.origin;
	uint32_t rel = pga_link(&k->self->map, k->start) - origin;

	for (unsigned order = 0; order < k->self->nr_orders; order++) {
		pga_pfn_t pfn;

		rel &= ~0u << order;
		pfn = pga_pfn(&k->self->map, rel + origin);
		if (pfn < k->first || pfn > k->start)
			break;
		if (is_free(k, pfn))
			return pfn;
	}
	return PGA_NIL;
}

/* Takes the free blocks from @at to beyond the range; all, or none. Under the lock. */
static int take_all(const struct claim *k, struct pga_compact *c, pga_pfn_t at, pga_pfn_t *behind)
{
	pga_pfn_t pfn = at;

	for (; pfn < k->end; pfn += 1u << pga_flags_order(flags_at(k, pfn)))
		if (!is_free(k, pfn))
			return -EBUSY;
	*behind = pfn;
	for (pfn = at; pfn < *behind;) {
		unsigned order = pga_flags_order(flags_at(k, pfn));

		c->at.ops->take(c, pga_link(&k->self->map, pfn), order);
		pfn += 1u << order;
	}
	return 0;
}

static int take(const struct claim *k)
{
	struct pga_compact c = { .at = l310_compact_place(k->self, k->z), .cpu = k->cpu };
	pga_pfn_t at, behind = k->end;
	int rc = -EBUSY;

	l310_drain_all(k->self, k->cpu);
	pga_lock(&k->z->lock);
	at = head_of(k);
	if (at != PGA_NIL)
		rc = take_all(k, &c, at, &behind);
	pga_unlock(&k->z->lock);
	if (rc)
		return rc;
	for (; at < k->start; at++)
		l310_free_slow(k->self, at, 0, k->cpu, 0);
	for (at = k->end; at < behind; at++)
		l310_free_slow(k->self, at, 0, k->cpu, 0);
	return 0;
}

int64_t l310_step_alloc_contig(struct pga *self, const struct pga_step_arg *arg)
{
	struct claim k;
	int rc = find(self, arg, &k);

	if (rc)
		return rc;
	if (__atomic_exchange_n(&self->claiming, true, __ATOMIC_ACQUIRE))
		return -EAGAIN;
	rc = isolate(&k);
	if (!rc) {
		rc = evacuate(&k, arg);
		if (!rc)
			rc = take(&k);
		end_isolation(&k, k.behind);
	}
	__atomic_store_n(&self->claiming, false, __ATOMIC_RELEASE);
	return rc;
}

int64_t l310_step_free_contig(struct pga *self, const struct pga_step_arg *arg)
{
	struct claim k;
	int rc = find(self, arg, &k);

	if (rc)
		return rc;
	for (pga_pfn_t pfn = k.start; pfn < k.end; pfn++)
		l310_free_slow(self, pfn, 0, arg->cpu, 0);
	return 0;
}
