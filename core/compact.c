/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/compact.h"
#include "core/events.h"

#include <errno.h>

#define NOTHING (-1000) /* index: there is a block of the order */
#define LOCK_FRAMES 32u /* scanned before others get a chance at the LRU lock */
#define WAITS 10u	/* per second, for frames that others have isolated */
#define MAX_TRIES 5u	/* to move a frame out of a range that has to be empty */

static uint64_t block_end(const struct pga_compact *c, pga_pfn_t pfn)
{
	return (uint64_t)pga_block_start(c->at.blocks, pfn) + pga_block_frames(c->at.blocks);
}

static uint32_t flags_of(const struct pga_compact *c, pga_link_t at)
{
	return pga_load(&c->at.map->unit[at].flags);
}

static void push(const struct pga_compact *c, struct pga_compact_stack *s, pga_link_t at)
{
	c->at.map->unit[at].next = s->top;
	s->top = at;
	s->nr++;
}

static pga_link_t pop(const struct pga_compact *c, struct pga_compact_stack *s)
{
	pga_link_t at = s->top;

	if (at) {
		s->top = c->at.map->unit[at].next;
		s->nr--;
	}
	return at;
}

/*
 * Asynchronous runs are optimists: a lock that is taken ends them, and one that
 * has met such a lock takes no other.  Return: is it taken now?
 */
static bool lock_or_leave(struct pga_compact *c, struct pga_lock *lock)
{
	if (c->contended)
		return false;
	if (c->sync)
		pga_lock(lock);
	else
		c->contended = !pga_trylock(lock);
	return !c->contended;
}

/* --- whether it is worth it, and when it is done --- */

/*
 * Towards 0 a failure is for want of memory, towards 1000 it is because the
 * memory is in pieces.
 */
int pga_compact_index(const struct pga_buddy *b, unsigned order)
{
	uint64_t frames = 0, blocks = 0;

	for (unsigned o = 0; o <= b->top; o++) {
		uint64_t nr = pga_load(&b->nr_free[o]);

		if (nr && o >= order)
			return NOTHING;
		frames += nr << o;
		blocks += nr;
	}
	if (!blocks)
		return 0;
	return 1000 - (int)((1000 + frames * 1000 / (1u << order)) / blocks);
}

enum pga_compact_result pga_compact_suitable(const struct pga_compact *c)
{
	uint32_t extra;
	int index;

	if (c->order < 0)
		return PGA_COMPACT_CONTINUE;
	extra = 2u << c->order;
	if (!c->at.ops->enough(c, 0, extra))
		return PGA_COMPACT_SKIPPED;
	index = pga_compact_index(c->at.buddy, (unsigned)c->order);
	if (index >= 0 && (uint32_t)index <= c->at.policy->threshold)
		return PGA_COMPACT_SKIPPED;
	if (index == NOTHING && c->at.ops->enough(c, (unsigned)c->order, extra))
		return PGA_COMPACT_PARTIAL;
	return PGA_COMPACT_CONTINUE;
}

/* Read without the lock: whoever wants the block finds out anyway. */
static bool has_block(const struct pga_compact *c)
{
	const struct pga_buddy *b = c->at.buddy;

	for (unsigned o = (unsigned)c->order; o <= b->top; o++) {
		if (pga_load(&b->nonempty[c->type]) >> o & 1)
			return true;
		if (c->order >= c->at.blocks->order && pga_load(&b->nr_free[o]))
			return true;
	}
	return false;
}

static enum pga_compact_result finished(struct pga_compact *c)
{
	if (c->dying)
		return PGA_COMPACT_PARTIAL;
	if (c->free <= c->migrate) {
		if (!c->background)
			pga_store(&c->at.state->flush, true);
		return PGA_COMPACT_COMPLETE;
	}
	if (c->order < 0 || !c->at.ops->enough(c, (unsigned)c->order, 1u << c->order))
		return PGA_COMPACT_CONTINUE;
	return has_block(c) ? PGA_COMPACT_PARTIAL : PGA_COMPACT_CONTINUE;
}

/* --- deferral --- */

bool pga_compact_deferred(struct pga_compact_state *s, unsigned order)
{
	uint32_t limit = 1u << pga_load(&s->defer_shift), considered;

	if (order < pga_load(&s->order_failed))
		return false;
	considered = pga_load(&s->considered) + 1;
	considered = considered < limit ? considered : limit;
	pga_store(&s->considered, considered);
	return considered < limit;
}

void pga_compact_failed(struct pga_compact_state *s, const struct pga_compact_policy *p,
			unsigned order)
{
	uint32_t shift = pga_load(&s->defer_shift) + 1;

	pga_store(&s->considered, 0);
	pga_store(&s->defer_shift, shift < p->max_shift ? shift : p->max_shift);
	if (order < pga_load(&s->order_failed))
		pga_store(&s->order_failed, order);
}

void pga_compact_succeeded(struct pga_compact_state *s, unsigned order)
{
	pga_store(&s->flush, false);
	pga_store(&s->considered, 0);
	pga_store(&s->defer_shift, 0);
	if (order >= pga_load(&s->order_failed))
		pga_store(&s->order_failed, order + 1);
}

/* After so many deferred requests memory may look different. */
static bool restarting(const struct pga_compact *c)
{
	const struct pga_compact_state *s = c->at.state;
	uint32_t most = c->at.policy->max_shift;

	return c->order >= 0 && (uint32_t)c->order >= pga_load(&s->order_failed) &&
	       pga_load(&s->defer_shift) == most && pga_load(&s->considered) >= 1u << most;
}

void pga_compact_reset(const struct pga_compact_place *at)
{
	uint32_t size = pga_block_frames(at->blocks);

	pga_store(&at->state->migrate, at->start);
	pga_store(&at->state->free, at->end);
	pga_store(&at->state->flush, false);
	for (uint64_t pfn = at->start; pfn < at->end; pfn += size) {
		pga_link_t link = pga_link(at->map, (pga_pfn_t)pfn);

		if (pga_flags_zone(pga_load(&at->map->unit[link].flags)) == at->id)
			pga_block_set_skip(at->blocks, (pga_pfn_t)pfn, false);
	}
}

/* --- the migrate scanner --- */

static bool movable_block(const struct pga_compact *c, pga_pfn_t pfn)
{
	unsigned type = pga_block_type(c->at.blocks, pfn);

	return type == PGA_MOVABLE || type == PGA_CMA;
}

static bool skipped(const struct pga_compact *c, pga_pfn_t pfn)
{
	return !c->ignore_skip && pga_block_skip(c->at.blocks, pfn);
}

/* Takes the lock if it is not *locked.  false: contended. */
static bool isolate(struct pga_compact *c, pga_link_t at, bool *locked)
{
	if (!*locked && !lock_or_leave(c, &c->at.lru->lock))
		return false;
	*locked = true;
	/* What nobody may take back is not moved for convenience, only to empty a range. */
	if (!c->target && pga_flags_list(flags_of(c, at)) == PGA_LRU_UNEVICTABLE)
		return true;
	if (!pga_lru_isolate(c->at.lru, c->at.map->unit, at))
		return true;
	c->has_isolated = true;
	push(c, &c->isolated, at);
	return true;
}

/* A scan of at most one pageblock. */
struct scan {
	uint64_t pfn, end;
	pga_pfn_t first; /* frame of the zone that was looked at */
	bool any;	 /* is there one? */
	uint64_t looked;
};

/* One frame. false: the round ends before it. */
static bool scan_frame(struct pga_compact *c, struct scan *s, bool *locked)
{
	pga_pfn_t pfn = (pga_pfn_t)s->pfn;
	pga_link_t at = pga_link(c->at.map, pfn);
	uint32_t flags = flags_of(c, at);

	s->looked++;
	if (pga_flags_zone(flags) != c->at.id)
		return true;
	if (!s->any)
		s->first = pfn;
	s->any = true;
	if (skipped(c, pfn)) {
		s->pfn = s->end - 1;
		return true;
	}
	if (pga_flags_state(flags) == PGA_FRAME_FREE)
		return true;
	if (!c->sync && !movable_block(c, pfn)) {
		c->has_isolated = true;
		s->pfn = s->end - 1;
		return true;
	}
	return !(flags & PGA_F_LRU) || (isolate(c, at, locked) && !c->dying);
}

static void scan_block(struct pga_compact *c, struct scan *s)
{
	bool locked = false;

	for (; s->pfn < s->end; s->pfn++) {
		if (locked && !((s->pfn + 1) % LOCK_FRAMES)) {
			pga_unlock(&c->at.lru->lock);
			locked = false;
		}
		if (!scan_frame(c, s, &locked))
			break;
		if (c->isolated.nr >= c->at.policy->cluster) {
			s->pfn++;
			break;
		}
	}
	if (locked)
		pga_unlock(&c->at.lru->lock);
}

/* Too many isolated at a time leave reclaim nothing to work with. */
static bool too_many_isolated(const struct pga_compact *c)
{
	const struct pga_lru_set *l = c->at.lru;
	uint64_t listed = 0;

	for (unsigned i = 0; i < PGA_LRU_UNEVICTABLE; i++)
		listed += pga_load(&l->head[i].count);
	return pga_load(&l->isolated) > listed / 2 && listed;
}

static bool wait_for_others(const struct pga_compact *c)
{
	const struct pga_host *h = c->at.host;

	while (too_many_isolated(c)) {
		if (!c->sync || c->dying || !h->wait ||
		    h->wait(h->data, PGA_WAIT_CONGESTION, c->at.hz / WAITS, c->cpu) == PGA_GIVE_UP)
			return false;
	}
	return true;
}

/* Nothing to be had in the pageblock: let others know, and later runs begin behind it. */
static void note_empty(struct pga_compact *c, pga_pfn_t first, pga_pfn_t *cached, bool upward)
{
	if (c->ignore_skip)
		return;
	pga_block_set_skip(c->at.blocks, first, true);
	if (upward ? c->has_isolated : c->has_targets)
		return;
	if (upward ? first > pga_load(cached) : first < pga_load(cached))
		pga_store(cached, first);
}

/* Isolates from [start, end) of one pageblock. Return: where it stopped. */
static uint64_t isolate_range(struct pga_compact *c, pga_pfn_t start, uint64_t end)
{
	struct scan s = { .pfn = start, .end = end };
	uint32_t before = c->isolated.nr;

	scan_block(c, &s);
	c->at.ops->count(c, PGA_STAT_compact_migrate_scanned, s.looked);
	c->at.ops->count(c, PGA_STAT_compact_isolated, c->isolated.nr - before);
	if (s.pfn == end && s.any && c->isolated.nr == before)
		note_empty(c, s.first, &c->at.state->migrate, true);
	return s.pfn;
}

enum round { ROUND_ABORT, ROUND_NONE, ROUND_ISOLATED };

static enum round migrate_round(struct pga_compact *c)
{
	pga_pfn_t start = c->migrate > c->at.start ? c->migrate : c->at.start;
	uint64_t end = block_end(c, start);

	if (end > c->free) {
		c->migrate = end < UINT32_MAX ? (pga_pfn_t)end : UINT32_MAX;
		return ROUND_NONE;
	}
	if (!wait_for_others(c))
		return ROUND_ABORT;
	c->migrate = (pga_pfn_t)isolate_range(c, start, end);
	return c->contended ? ROUND_ABORT : ROUND_ISOLATED;
}

/* --- the free scanner --- */

/* Reserves stay, and so does what is about to be taken away altogether. */
static bool target_block(const struct pga_compact *c, pga_pfn_t pfn)
{
	unsigned type = pga_block_type(c->at.blocks, pfn);
	uint32_t flags = flags_of(c, pga_link(c->at.map, pfn));

	if (type == PGA_RESERVE || type == PGA_ISOLATE)
		return false;
	if (pga_flags_state(flags) == PGA_FRAME_FREE &&
	    pga_flags_order(flags) >= c->at.blocks->order)
		return true;
	return type == PGA_MOVABLE || type == PGA_CMA;
}

/* Takes one free block, under the lock. Return: frames passed, at least one; 0: stop here. */
static uint32_t take_block(struct pga_compact *c, pga_pfn_t pfn)
{
	pga_link_t at = pga_link(c->at.map, pfn);
	uint32_t flags = flags_of(c, at);
	unsigned order = pga_flags_order(flags);

	if (pga_flags_state(flags) != PGA_FRAME_FREE)
		return 1;
	if (!target_block(c, pfn))
		return 0;
	if (!c->at.ops->take(c, at, order))
		return 1;
	for (uint32_t i = 0; i < 1u << order; i++)
		push(c, &c->targets, at + i);
	return 1u << order;
}

/* Return: frames taken from the pageblock. */
static uint32_t scan_free(struct pga_compact *c, pga_pfn_t start)
{
	uint32_t before = c->targets.nr, step;
	uint64_t pfn = start, end = block_end(c, start);
	bool locked = false;

	end = end < c->at.end ? end : c->at.end;
	for (; pfn < end; pfn += step) {
		pga_link_t at = pga_link(c->at.map, (pga_pfn_t)pfn);

		step = 1;
		if (pga_flags_state(flags_of(c, at)) != PGA_FRAME_FREE)
			continue;
		if (!locked && !lock_or_leave(c, c->at.lock))
			break;
		locked = true;
		step = take_block(c, (pga_pfn_t)pfn);
		if (!step)
			break;
	}
	if (locked)
		pga_unlock(c->at.lock);
	c->at.ops->count(c, PGA_STAT_compact_free_scanned, (pfn < end ? pfn : end) - start);
	c->at.ops->count(c, PGA_STAT_compact_isolated, c->targets.nr - before);
	if (pfn >= end && c->targets.nr == before)
		note_empty(c, start, &c->at.state->free, false);
	return c->targets.nr - before;
}

/* Frames of zones that meet in a pageblock must not be mixed up. */
static bool in_zone(const struct pga_compact *c, pga_pfn_t pfn)
{
	return pfn >= c->at.start && pfn < c->at.end &&
	       pga_flags_zone(flags_of(c, pga_link(c->at.map, pfn))) == c->at.id;
}

static void find_targets(struct pga_compact *c, uint32_t want)
{
	uint64_t low = (uint64_t)c->migrate + pga_block_frames(c->at.blocks);
	pga_pfn_t pfn = c->free;
	uint64_t high = low < pfn ? low : pfn;

	for (; pfn > low && c->targets.nr < want && !c->contended;
	     pfn -= pga_block_frames(c->at.blocks)) {
		if (!in_zone(c, pfn) || skipped(c, pfn) || !target_block(c, pfn))
			continue;
		if (!scan_free(c, pfn))
			continue;
		c->has_targets = true;
		high = high > pfn ? high : pfn;
	}
	c->free = (pga_pfn_t)high;
}

/* --- moving --- */

/* The owner keeps the frame, unless it has let go of it meanwhile. */
static void put_back(struct pga_compact *c, struct pga_lru_set *lru, pga_link_t at)
{
	if (!pga_lru_putback(lru, c->at.map->unit, at))
		c->at.ops->give(c, at);
}

static void put_back_all(struct pga_compact *c)
{
	pga_link_t at;

	while ((at = pop(c, &c->isolated)))
		put_back(c, c->at.lru, at);
}

static pga_link_t next_target(struct pga_compact *c, uint32_t want)
{
	if (c->target)
		return c->target(c);
	if (!c->targets.top)
		find_targets(c, want);
	return pop(c, &c->targets);
}

/* 0 moved or gone; -EAGAIN the owner says no; -ENOMEM. */
static int move(struct pga_compact *c, pga_link_t from, uint32_t want)
{
	const struct pga_host *h = c->at.host;
	const struct pga_map *m = c->at.map;
	uint32_t flags = flags_of(c, from);
	struct pga_lru_set *lru = c->at.lru;
	pga_link_t to;

	if (flags & PGA_F_ORPHAN) {
		put_back(c, c->at.lru, from);
		return 0;
	}
	to = next_target(c, want);
	if (!to)
		return -ENOMEM;
	if (c->target)
		lru = c->at.ops->lru_of(c, to);
	/* From the other side of migrate() on the owner may free it at any time. */
	pga_lru_adopt(lru, m->unit, to, pga_flags_list(flags));
	pga_lru_inherit(lru, m->unit, to, from);
	if (!h->migrate || h->migrate(h->data, pga_pfn(m, from), pga_pfn(m, to), 0)) {
		pga_lru_disown(lru, m->unit, to);
		c->at.ops->give(c, to);
		return -EAGAIN;
	}
	pga_lru_disown(c->at.lru, m->unit, from);
	c->at.ops->give(c, from);
	put_back(c, lru, to);
	c->migrated++;
	return 0;
}

/* Moves what is isolated. Return: 0 everything was tried; -ENOMEM no target was left. */
static int move_all(struct pga_compact *c)
{
	uint32_t passes = c->at.host->migrate ? c->at.policy->passes : 1, want = c->isolated.nr;
	uint64_t before = c->migrated;
	int rc = 0;

	for (uint32_t pass = 0; pass < passes && c->isolated.nr && !rc; pass++) {
		struct pga_compact_stack tried = { 0, 0 };
		pga_link_t at;

		while (!rc && (at = pop(c, &c->isolated))) {
			int moved = move(c, at, want);

			if (moved)
				push(c, &tried, at);
			if (moved == -ENOMEM)
				rc = -ENOMEM;
		}
		/* In the order in which they were. */
		while ((at = pop(c, &tried)))
			push(c, &c->isolated, at);
	}
	c->failed += c->isolated.nr;
	c->at.ops->count(c, PGA_STAT_pgmigrate_success, c->migrated - before);
	c->at.ops->count(c, PGA_STAT_pgmigrate_fail, c->isolated.nr);
	pga_emit(c->at.host, .id = PGA_EVENT_mm_compaction_migratepages, .cpu = (uint16_t)c->cpu,
		 .zone = c->at.id, .pfn = PGA_NIL, .a = c->migrated - before, .b = c->isolated.nr);
	return rc;
}

/* --- a run --- */

static void load_positions(struct pga_compact *c)
{
	struct pga_compact_state *s = c->at.state;

	c->migrate = pga_load(&s->migrate);
	c->free = pga_load(&s->free);
	if (c->free < c->at.start || c->free > c->at.end) {
		c->free = pga_block_start(c->at.blocks, c->at.end);
		pga_store(&s->free, c->free);
	}
	if (c->migrate < c->at.start || c->migrate > c->at.end) {
		c->migrate = c->at.start;
		pga_store(&s->migrate, c->migrate);
	}
	if (!c->background && restarting(c))
		pga_compact_reset(&c->at);
}

/* One round. CONTINUE, or why the run ends. */
static enum pga_compact_result round_of(struct pga_compact *c)
{
	int rc = 0;

	switch (migrate_round(c)) {
	case ROUND_NONE:
		return PGA_COMPACT_CONTINUE;
	case ROUND_ABORT:
		put_back_all(c);
		return PGA_COMPACT_PARTIAL;
	case ROUND_ISOLATED:
		break;
	}
	if (c->isolated.nr)
		rc = move_all(c);
	put_back_all(c);
	return rc == -ENOMEM ? PGA_COMPACT_PARTIAL : PGA_COMPACT_CONTINUE;
}

static void give_targets(struct pga_compact *c)
{
	pga_link_t at;

	while ((at = pop(c, &c->targets)))
		c->at.ops->give(c, at);
}

enum pga_compact_result pga_compact_run(struct pga_compact *c)
{
	enum pga_compact_result result = pga_compact_suitable(c);

	if (result != PGA_COMPACT_CONTINUE)
		return result;
	load_positions(c);
	pga_emit(c->at.host, .id = PGA_EVENT_mm_compaction_begin, .cpu = (uint16_t)c->cpu,
		 .zone = c->at.id, .order = (uint8_t)c->order, .type = (uint8_t)c->type,
		 .pfn = PGA_NIL, .a = c->at.start, .b = c->migrate, .c = c->free, .d = c->at.end);
	while ((result = finished(c)) == PGA_COMPACT_CONTINUE) {
		result = round_of(c);
		if (result != PGA_COMPACT_CONTINUE)
			break;
	}
	give_targets(c);
	pga_emit(c->at.host, .id = PGA_EVENT_mm_compaction_end, .cpu = (uint16_t)c->cpu,
		 .zone = c->at.id, .order = (uint8_t)c->order, .type = (uint8_t)c->type,
		 .pfn = PGA_NIL, .a = result);
	return result;
}

int pga_compact_evacuate(struct pga_compact *c, pga_pfn_t start, pga_pfn_t end)
{
	uint64_t pfn = start;
	unsigned tries = 0;
	int rc = 0;

	while (!rc && (pfn < end || c->isolated.nr)) {
		if (c->dying) {
			rc = -EINTR;
		} else if (!c->isolated.nr) {
			uint64_t stop = block_end(c, (pga_pfn_t)pfn);

			pfn = isolate_range(c, (pga_pfn_t)pfn, stop < end ? stop : end);
			tries = 0;
		} else if (++tries == MAX_TRIES) {
			rc = -EBUSY;
		} else {
			rc = move_all(c);
		}
	}
	put_back_all(c);
	return rc;
}
