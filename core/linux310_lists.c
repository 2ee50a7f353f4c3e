/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-3.10: frames between the buddy lists and the CPUs. */
#include "core/linux310_int.h"

#define NONE PGA_NR_TYPES

/* Where a type looks when its own lists have nothing, in this order. */
static const uint8_t fallbacks[PGA_PCP_LISTS][4] = {
	[PGA_UNMOVABLE] = { PGA_RECLAIMABLE, PGA_MOVABLE, NONE },
	[PGA_RECLAIMABLE] = { PGA_UNMOVABLE, PGA_MOVABLE, NONE },
	[PGA_MOVABLE] = { PGA_CMA, PGA_RECLAIMABLE, PGA_UNMOVABLE, NONE },
};

/* Highest order first: what is broken up is then as little as possible mixed. */
static int find_fallback(const struct pga_buddy *b, unsigned order, unsigned type, unsigned *from)
{
	unsigned all = 0;
	int top;

	for (const uint8_t *t = fallbacks[type]; *t != NONE; t++)
		all |= b->nonempty[*t];
	if (!(all >> order))
		return -1;
	top = 31 - __builtin_clz(all);
	for (const uint8_t *t = fallbacks[type]; *t != NONE; t++) {
		if (b->nonempty[*t] >> top & 1) {
			*from = *t;
			break;
		}
	}
	return top;
}

/*
 * A large block brings the free rest of its pageblock along, and the pageblock
 * itself if half of it was free: later requests of this type then find room
 * there instead of mixing into another one.
 */
static pga_link_t take_fallback(struct pga *self, struct l310_zone *z, unsigned order,
				unsigned type, uint32_t *path)
{
	unsigned from = 0, half = pga_block_frames(&self->blocks) / 2;
	struct pga_frame *unit = self->map.unit;
	struct pga_buddy *b = &z->buddy;
	int top = find_fallback(b, order, type, &from);
	bool claimed = false;
	pga_link_t at;
	pga_pfn_t pfn;

	if (top < 0)
		return 0;
	at = b->head[top][from].next;
	pfn = pga_pfn(&self->map, at);
	if (from != PGA_CMA &&
	    (top >= self->blocks.order / 2 || type == PGA_RECLAIMABLE || !self->grouping)) {
		uint32_t moved = l310_move_block(self, z, pfn, type);

		if (moved >= half || !self->grouping)
			claimed = l310_set_type(self, pfn, type);
	}
	pga_buddy_del(b, unit, at, (unsigned)top, pga_flags_type(pga_load(&unit[at].flags)));
	if (from != PGA_CMA && top >= self->blocks.order)
		for (pga_pfn_t i = 0; i < 1u << top; i += pga_block_frames(&self->blocks))
			claimed |= l310_set_type(self, pfn + i, type);
	pga_buddy_split(b, unit, at, order, (unsigned)top, from == PGA_CMA ? from : type);
	*path |= PGA_PATH(STEAL) | (claimed ? PGA_PATH(CLAIM) : 0);
	pga_add(claimed ? &z->claims : &z->steals, 1);
	if (pga_unlikely(self->host.event != NULL)) {
		z->untold = true;
		z->fallback = (struct pga_event){
			.id = PGA_EVENT_mm_page_alloc_extfrag,
			.zone = z->id,
			.order = (uint8_t)order,
			.type = (uint8_t)type,
			.pfn = pfn,
			.a = (uint64_t)top,
			.b = from,
			.c = claimed,
		};
	}
	return at;
}

/* Takes the smallest block that is large enough, uncut; *found gets its order. */
static pga_link_t take_own(struct pga *self, struct l310_zone *z, unsigned order, unsigned type,
			   unsigned *found)
{
	struct pga_buddy *b = &z->buddy;
	int o = pga_buddy_smallest(b, order, type);
	pga_link_t at;

	if (o < 0)
		return 0;
	at = b->head[o][type].next;
	pga_buddy_del(b, self->map.unit, at, (unsigned)o, type);
	*found = (unsigned)o;
	return at;
}

static pga_link_t take_foreign(struct pga *self, struct l310_zone *z, unsigned order, unsigned type,
			       uint32_t *path)
{
	pga_link_t at = take_fallback(self, z, order, type, path);
	unsigned found;

	if (at)
		return at;
	at = take_own(self, z, order, PGA_RESERVE, &found);
	if (!at)
		return 0;
	pga_buddy_split(&z->buddy, self->map.unit, at, order, found, PGA_RESERVE);
	*path |= PGA_PATH(RESERVE);
	return at;
}

pga_link_t l310_take_block(struct pga *self, struct l310_zone *z, unsigned order, unsigned type,
			   uint32_t *path)
{
	unsigned found;
	pga_link_t at = take_own(self, z, order, type, &found);

	if (pga_unlikely(!at))
		return take_foreign(self, z, order, type, path);
	pga_buddy_split(&z->buddy, self->map.unit, at, order, found, type);
	*path |= found > order ? PGA_PATH(SPLIT) : PGA_PATH(BUDDY);
	return at;
}

/* Of a refill whose frames need a look each: cold ones, or those of a zone with CMA blocks. */
struct refill {
	struct pga *self;
	struct l310_local *l;
	struct l310_zone *z;
	unsigned type;
	bool cold;
};

/* The type that a frame on the CPU's list remembers. */
static unsigned remembered(const struct refill *r, pga_link_t at)
{
	unsigned type;

	if (!r->self->has_cma)
		return r->type;
	type = pga_block_type(&r->self->blocks, pga_pfn(&r->self->map, at));
	if (type == PGA_CMA)
		pga_count_post(&r->z->nr_cma, &r->l->diff_cma, r->z->threshold, -1);
	return type == PGA_CMA || type == PGA_ISOLATE ? type : r->type;
}

/*
 * Both chain functions put @n ascending frames behind @last, the end of the chain so
 * far, or before it if they are cold.  Return: the new end.
 */
static __attribute__((noinline)) pga_link_t chain_each(const struct refill *r, pga_link_t last,
						       pga_link_t at, uint32_t n)
{
	struct pga_frame *unit = r->self->map.unit;

	for (; n; n--, at++) {
		pga_store(&unit[at].flags,
			  pga_flags(r->z->id, 0, PGA_FRAME_PCP, remembered(r, at)));
		if (r->cold)
			pga_list_insert(unit, at, unit[last].prev, last);
		else
			pga_list_insert(unit, at, last, unit[last].next);
		last = at;
	}
	return last;
}

/* The common chain: all get the same flags. */
static inline pga_link_t chain_plain(struct pga_frame *unit, pga_link_t last, pga_link_t at,
				     uint32_t n, uint32_t flags)
{
	/* Neither link passes the end of its range, so both grow in one addition. */
	const uint64_t both = pga_links(1, 1);
	uint64_t links = pga_links(at + 1, at - 1);
	pga_link_t next = unit[last].next;

	unit[last].next = at;
	for (struct pga_frame *f = &unit[at], *end = f + n; f < end; f++) {
		pga_store(&f->flags, flags);
		pga_list_point(f, links);
		links += both;
	}
	unit[at].prev = last;
	last = at + n - 1;
	unit[last].next = next;
	unit[next].prev = last;
	return last;
}

/*
 * Gives the rest of an unlisted block, of which the first @n frames are taken, to the
 * lists.  That is what taking single frames does, one after the other, when no
 * smaller block of the type exists: each next one is the lowest frame of what the
 * last one left.
 */
static inline void list_rest(struct pga_buddy *b, struct pga_frame *unit, pga_link_t at, uint32_t n,
			     unsigned order, unsigned type)
{
	for (uint32_t i = n; i < 1u << order; i += i & -i)
		pga_buddy_add(b, unit, at + i, (unsigned)__builtin_ctz(i), type, false);
}

void l310_refill(struct pga *self, struct l310_local *l, struct l310_zone *z, unsigned type,
		 bool cold, uint32_t *path)
{
	const uint32_t flags = pga_flags(z->id, 0, PGA_FRAME_PCP, type);
	const struct refill each = { self, l, z, type, cold };
	const bool plain = !cold && !self->has_cma;
	struct pga_frame *unit = self->map.unit;
	pga_link_t last = l310_pcp_head(self, l, type);
	uint32_t got = 0, want = l->pcp.batch;

	pga_lock(&z->lock);
	while (got < want) {
		unsigned order = 0;
		pga_link_t at = take_own(self, z, 0, type, &order);
		uint32_t n;

		if (pga_unlikely(!at)) {
			/* What a fallback moves can be smaller than what it leaves. */
			at = take_foreign(self, z, 0, type, path);
			if (!at)
				break;
		} else {
			*path |= order ? PGA_PATH(SPLIT) : PGA_PATH(BUDDY);
		}
		n = want - got < 1u << order ? want - got : 1u << order;
		got += n;
		last = pga_likely(plain) ? chain_plain(unit, last, at, n, flags)
					 : chain_each(&each, last, at, n);
		list_rest(&z->buddy, unit, at, n, order, type);
		/* Lets go of the lock: everything is on a list again. */
		if (pga_unlikely(self->host.event != NULL))
			l310_tell_fallback(self, z, l);
	}
	pga_count_post(&z->nr_free, &l->diff_free, z->threshold, -(int32_t)got);
	pga_add(&z->refills, 1);
	pga_unlock(&z->lock);
	l->pcp.count += got;
}

/* A release in progress. */
struct release {
	struct pga *self;
	struct l310_zone *z;
	uint32_t counted, cma; /* frames that free counters shall have more */
};

/*
 * Frames that come back are looked at together with their buddies, and those
 * with their neighbours on the lists: after random frees nothing of it is in any
 * cache.  So the lines are asked for ahead, those of the buddies one release
 * before (the first two orders lie in the frame's own line), those of
 * the lists when the release begins.  Frames that come in sequence are each
 * other's buddies and need no such help.
 */
static bool scattered(const struct pga_frame *unit, pga_link_t at)
{
	return unit[at].prev - at + 8 > 16;
}

/* The buddy of a block of @size frames at @at. */
static inline pga_link_t buddy_of(const struct release *r, pga_link_t at, uint32_t size)
{
	const pga_link_t origin = r->z->buddy.origin;

	return ((at - origin) ^ size) + origin;
}

static void fetch_buddies(const struct release *r, pga_link_t head, pga_link_t at, uint32_t n)
{
	const struct pga_frame *unit = r->self->map.unit;

	if (!scattered(unit, at))
		return;
	for (; n && at != head; n--, at = unit[at].prev) {
		__builtin_prefetch(&unit[buddy_of(r, at, 4)], 1);
		__builtin_prefetch(&unit[buddy_of(r, at, 8)], 1);
	}
}

/*
 * Asks for the neighbours of single buddies that are free.  Which are follows no
 * pattern: instead of a branch the frame stands in for a buddy that is not.
 */
static void fetch_lists(const struct release *r, pga_link_t head, uint32_t n)
{
	const uint32_t free = pga_flags(r->z->id, 0, PGA_FRAME_FREE, 0);
	const struct pga_frame *unit = r->self->map.unit;
	pga_link_t at = unit[head].prev;

	if (!scattered(unit, at))
		return;
	for (; n && at != head; n--, at = unit[at].prev) {
		pga_link_t peer = buddy_of(r, at, 1);
		bool is_free = (pga_load(&unit[peer].flags) & PGA_F_BUDDY) == free;
		const struct pga_frame *f = &unit[at ^ ((at ^ peer) & -(pga_link_t)is_free)];

		__builtin_prefetch(&unit[f->next], 1);
		__builtin_prefetch(&unit[f->prev], 1);
	}
}

static bool in_isolated(const struct pga *self, pga_link_t at)
{
	return pga_block_type(&self->blocks, pga_pfn(&self->map, at)) == PGA_ISOLATE;
}

/*
 * Frees up to @max adjacent frames that remember the same type, as they follow
 * one another from @at to the head of the list; *@at gets the next one.  The head
 * itself is no frame's neighbour: the tables of a CPU end with another one.
 * Return: how many.
 */
static uint32_t release_run(struct release *r, pga_link_t *at, uint32_t max, pga_link_t step)
{
	const uint32_t held = pga_flags(r->z->id, 0, PGA_FRAME_TAIL, 0);
	struct pga_frame *unit = r->self->map.unit, *f = &unit[*at];
	const ptrdiff_t stride = (int32_t)step;
	uint32_t flags = pga_load(&f->flags), n = 1;
	pga_link_t first = *at, next = first + step;

	/* Where the next frame lies is known before the link to it has been read. */
	pga_store(&f->flags, held);
	for (; n < max && f->prev == next && pga_load(&f[stride].flags) == flags; n++) {
		f += stride;
		pga_store(&f->flags, held);
		next += step;
	}
	*at = f->prev;
	pga_buddy_free_run(&r->z->buddy, unit, step == 1 ? first : next - step, n, step != 1,
			   pga_flags_type(flags));
	r->counted += n;
	r->cma += pga_flags_type(flags) == PGA_CMA ? n : 0;
	return n;
}

/* Frees up to @max frames from the tail of a list that has some; how many. */
static uint32_t release_list(struct release *r, pga_link_t head, uint32_t max)
{
	bool isolated = pga_load(&r->self->isolated);
	struct pga_frame *unit = r->self->map.unit;
	pga_link_t at = unit[head].prev;
	uint32_t left = max;

	fetch_lists(r, head, max);
	do {
		pga_link_t prev = unit[at].prev, step = prev - at;

		if (pga_unlikely(step + 1 <= 2) && !isolated) {
			left -= release_run(r, &at, left, step);
			continue;
		}
		unsigned type = pga_flags_type(pga_load(&unit[at].flags));

		pga_buddy_free(&r->z->buddy, unit, at, 0, type);
		if (pga_likely(!isolated) || !in_isolated(r->self, at)) {
			r->counted++;
			r->cma += type == PGA_CMA;
		}
		at = prev;
		left--;
	} while (left && at != head);
	unit[at].next = head;
	unit[head].prev = at;
	fetch_buddies(r, head, at, max);
	return max - left;
}

void l310_release(struct pga *self, struct l310_local *l, struct l310_zone *z, uint32_t n)
{
	struct pga_pcp_walk w = { .left = n < l->pcp.count ? n : l->pcp.count };
	pga_link_t lists = l310_pcp_head(self, l, 0), first = 0;
	struct release r = { .self = self, .z = z };
	unsigned only = pga_pcp_only(self->map.unit, lists);
	uint32_t count = w.left;

	if (!w.left)
		return;
	l->pcp.count -= w.left;
	pga_lock(&z->lock);
	if (pga_likely(only < PGA_PCP_LISTS)) {
		/* Every visit is to this list. */
		first = self->map.unit[lists + only].prev;
		release_list(&r, lists + only, w.left);
		w.left = 0;
	}
	while (w.left) {
		pga_link_t head = lists + pga_pcp_next(&w, self->map.unit, lists);
		uint32_t max = w.allowance < w.left ? w.allowance : w.left, gone;

		first = first ? first : self->map.unit[head].prev;
		gone = release_list(&r, head, max);
		w.left -= gone;
		w.allowance -= gone;
	}
	pga_count_post_ones(&z->nr_free, &l->diff_free, z->threshold, r.counted);
	if (r.cma)
		pga_count_post_ones(&z->nr_cma, &l->diff_cma, z->threshold, r.cma);
	pga_add(&z->drains, 1);
	pga_unlock(&z->lock);
	if (pga_unlikely(self->host.event != NULL))
		l310_tell_drain(self, z, l, first, count);
}

void l310_free_block(struct pga *self, struct l310_local *l, struct l310_zone *z, pga_link_t at,
		     unsigned order, unsigned type)
{
	int32_t frames = 1 << order;

	pga_lock(&z->lock);
	pga_buddy_free(&z->buddy, self->map.unit, at, order, type);
	pga_add(&z->returns, 1);
	if (type != PGA_ISOLATE)
		pga_count_post(&z->nr_free, &l->diff_free, z->threshold, frames);
	if (type == PGA_CMA)
		pga_count_post(&z->nr_cma, &l->diff_cma, z->threshold, frames);
	pga_unlock(&z->lock);
}

void l310_free_slow(struct pga *self, pga_pfn_t pfn, unsigned order, unsigned cpu, unsigned flags)
{
	struct pga_frame *unit = self->map.unit;
	pga_link_t at = pga_link(&self->map, pfn), head;
	unsigned zone = pga_flags_zone(pga_load(&unit[at].flags));
	unsigned type = pga_block_type(&self->blocks, pfn);
	struct l310_cpu *c = self->cpu[cpu];
	struct l310_local *l = &c->local[zone];

	pga_assert(1, (pga_load(&unit[at].flags) & PGA_F_BUDDY) ==
			      pga_flags(zone, order, PGA_FRAME_USED, 0));
	if (pga_load(&c->request))
		l310_serve(self, c);
	pga_add(&l->freed, 1ull << order);
	if (order >= self->pcp_orders || type == PGA_ISOLATE) {
		l310_free_block(self, l, self->zone[zone], at, order, type);
		return;
	}
	/* Reserve and CMA frames wait with the movable ones, but remember. */
	head = l310_pcp_head(self, l, type < PGA_PCP_LISTS ? type : PGA_MOVABLE);
	pga_store(&unit[at].flags, pga_flags(zone, 0, PGA_FRAME_PCP, type));
	if (flags & PGA_FREE_COLD)
		pga_list_insert(unit, at, unit[head].prev, head);
	else
		pga_list_insert(unit, at, head, unit[head].next);
	if (++l->pcp.count >= l->pcp.high)
		l310_release(self, l, self->zone[zone], l->pcp.batch);
}
