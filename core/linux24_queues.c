/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux-2.4: the queues of cached frames, what owners do to them, and the frames
 * that are taken from the clean ones.
 *
 * The clean queues belong to zones, because that is where memory is missing; the
 * others belong to all.  One lock is for all of them, as in that kernel.
 */
#include "core/linux24_int.h"

#include <errno.h>

struct pga_reclaim l24_run(struct pga *self, unsigned cpu)
{
	return (struct pga_reclaim){
		.map = &self->map, .host = &self->host, .self = self, .cpu = cpu
	};
}

/* --- age --- */

static void set_age(struct pga *self, pga_link_t at, uint32_t age)
{
	pga_store(&self->map.unit[at].count, age);
}

static uint32_t age_of(const struct pga *self, pga_link_t at)
{
	return pga_load(&self->map.unit[at].count);
}

uint32_t l24_older(struct pga *self, pga_link_t at)
{
	uint32_t age = age_of(self, at) / 2;

	set_age(self, at, age);
	return age;
}

void l24_younger(struct pga *self, pga_link_t at)
{
	uint32_t age = age_of(self, at) + L24_AGE_STEP;

	set_age(self, at, age < L24_AGE_MAX ? age : L24_AGE_MAX);
}

/* --- moving frames --- */

pga_link_t l24_take_tail(struct pga *self, enum l24_queue queue)
{
	struct pga_frame *unit = self->map.unit;
	pga_link_t head = pga_lru_head(&self->queues, queue, 0), at = 0;

	pga_lock(&self->queues.lock);
	if (!pga_list_empty(unit, head)) {
		at = unit[head].prev;
		pga_lru_isolate(&self->queues, unit, at);
	}
	pga_unlock(&self->queues.lock);
	return at;
}

/* false: its owner has let go of it. */
static bool put(struct pga *self, pga_link_t at, enum l24_queue queue)
{
	bool owned;

	pga_lock(&self->queues.lock);
	owned = pga_lru_return(&self->queues, self->map.unit, at, (enum pga_lru)queue, false);
	pga_unlock(&self->queues.lock);
	return owned;
}

void l24_put(struct pga *self, pga_link_t at, enum l24_queue queue, unsigned cpu)
{
	if (!put(self, at, queue))
		l24_free(self, pga_pfn(&self->map, at), 0, cpu, 0);
}

/* --- taking clean frames --- */

/* Whoever uses an anonymous frame again has mapped it again. */
static void rejuvenate(struct pga *self, pga_link_t at)
{
	struct pga_frame *unit = self->map.unit;

	l24_count(self, l24_zone_of(self, at), PGA_STAT_pgactivate, 1);
	l24_younger(self, at);
	if (pga_load(&unit[at].flags) & L24_F_ANON)
		pga_lru_mark(&self->queues, unit, at, L24_F_MAPPED);
}

/*
 * The last frame of the zone's clean queue, isolated, after those that turn out
 * not to be clean and unused any more have gone where they belong.
 */
static pga_link_t last_clean(struct pga *self, struct l24_zone *z, uint32_t *left)
{
	struct pga_frame *unit = self->map.unit;
	pga_link_t head = pga_lru_head(&self->queues, L24_Q_CLEAN, z->id), at = 0;

	pga_lock(&self->queues.lock);
	while (!at && *left && !pga_list_empty(unit, head)) {
		pga_link_t tail = unit[head].prev;
		uint32_t flags = pga_load(&unit[tail].flags);

		(*left)--;
		if (flags & PGA_F_REFERENCED || age_of(self, tail)) {
			pga_lru_unmark(&self->queues, unit, tail, PGA_F_REFERENCED);
			pga_lru_move(&self->queues, unit, tail, (enum pga_lru)L24_Q_ACTIVE);
			l24_count(self, z, PGA_STAT_pgactivate, 1);
		} else if (flags & (PGA_F_DIRTY | PGA_F_WRITEBACK)) {
			pga_lru_move(&self->queues, unit, tail, (enum pga_lru)L24_Q_DIRTY);
		} else {
			pga_lru_isolate(&self->queues, unit, tail);
			at = tail;
		}
	}
	pga_unlock(&self->queues.lock);
	return at;
}

/* Ask the owner for an isolated frame. true: it is ours, because he agreed or let go of it. */
static bool win(struct pga *self, pga_link_t at, unsigned cpu)
{
	struct pga_reclaim r = l24_run(self, cpu);
	enum l24_queue to = L24_Q_ACTIVE;
	int rc;

	if (pga_reclaim_used(&r, at)) {
		rejuvenate(self, at);
		return !put(self, at, to);
	}
	rc = pga_reclaim_evict(&r, at);
	if (!rc) {
		pga_lru_disown(&self->queues, self->map.unit, at);
		return true;
	}
	if (rc == -EBUSY) {
		pga_lru_mark(&self->queues, self->map.unit, at, PGA_F_DIRTY);
		to = L24_Q_DIRTY;
	} else {
		rejuvenate(self, at);
	}
	return !put(self, at, to);
}

pga_link_t l24_reclaim_page(struct pga *self, struct l24_zone *z, unsigned cpu, bool daemon)
{
	uint32_t left = l24_queue(self, L24_Q_CLEAN, z->id), before = left;
	pga_link_t at;

	pga_add(&self->pressure.memory, 1);
	do {
		at = last_clean(self, z, &left);
	} while (at && !win(self, at, cpu));
	if (before != left)
		l24_count(self, z, daemon ? PGA_STAT_pgscan_kswapd : PGA_STAT_pgscan_direct,
			  before - left);
	if (at) {
		l24_count(self, z, daemon ? PGA_STAT_pgsteal_kswapd : PGA_STAT_pgsteal_direct, 1);
		__atomic_fetch_add(&self->work.progress, 1, __ATOMIC_RELAXED);
	}
	return at;
}

bool l24_reclaim_to_free(struct pga *self, struct l24_zone *z, unsigned cpu, bool daemon)
{
	pga_link_t at = l24_reclaim_page(self, z, cpu, daemon);

	if (at)
		l24_free(self, pga_pfn(&self->map, at), 0, cpu, 0);
	return at != 0;
}

/* --- what owners do --- */

/* New ones begin with some age, so that they are looked at twice before they go. */
void l24_lru_add(struct pga *self, pga_pfn_t pfn, enum pga_lru list, unsigned cpu)
{
	static const uint32_t bits[PGA_NR_LRU] = {
		[PGA_LRU_INACTIVE_ANON] = L24_F_ANON | L24_F_MAPPED,
		[PGA_LRU_ACTIVE_ANON] = L24_F_ANON | L24_F_MAPPED,
		[PGA_LRU_UNEVICTABLE] = L24_F_ANON | L24_F_MAPPED | L24_F_LOCKED,
	};
	pga_link_t at = pga_link(&self->map, pfn);

	(void)cpu;
	set_age(self, at, L24_AGE_START);
	pga_lru_mark(&self->queues, self->map.unit, at, bits[list]);
	pga_lru_add(&self->queues, self->map.unit, at, (enum pga_lru)L24_Q_ACTIVE);
}

int l24_lru_del(struct pga *self, pga_pfn_t pfn, unsigned cpu)
{
	(void)cpu;
	return pga_lru_del(&self->queues, self->map.unit, pga_link(&self->map, pfn));
}

void l24_mark_accessed(struct pga *self, pga_pfn_t pfn)
{
	pga_link_t at = pga_link(&self->map, pfn);

	if (pga_load(&self->map.unit[at].flags) & (PGA_F_LRU | PGA_F_ISOLATED))
		pga_lru_mark(&self->queues, self->map.unit, at, PGA_F_REFERENCED);
}

int l24_set_dirty(struct pga *self, pga_pfn_t pfn, bool dirty)
{
	uint64_t limit, now;

	pga_lru_set_dirty(&self->queues, self->map.unit, pga_link(&self->map, pfn), dirty);
	if (!dirty || !l24_reclaims(self))
		return 0;
	limit = l24_nr_free_buffer(self) * (uint64_t)self->policy[L24_DIRTY_RATIO] / 100;
	now = pga_lru_marked(&self->queues.dirty);
	if (now > limit)
		l24_wake(self, L24_BDFLUSH);
	return now > 2 * limit ? -EAGAIN : 0;
}

int l24_place(struct pga *self, pga_pfn_t pfn, enum l24_queue queue, bool dirty)
{
	pga_link_t at = pga_link(&self->map, pfn);
	struct pga_frame *unit = self->map.unit;
	uint32_t flags;

	if (pfn < self->span.start || pfn >= self->span.end)
		return -EINVAL;
	flags = pga_load(&unit[at].flags);
	if (pga_flags_state(flags) != PGA_FRAME_USED || pga_flags_order(flags) ||
	    flags & PGA_F_ISOLATED)
		return -EINVAL;
	pga_lru_del(&self->queues, unit, at);
	set_age(self, at, 0);
	pga_lru_add(&self->queues, unit, at, (enum pga_lru)queue);
	if (dirty)
		pga_lru_mark(&self->queues, unit, at, PGA_F_DIRTY);
	return 0;
}

/* Which list of enum pga_lru comes nearest. */
static enum pga_lru nearest_list(uint32_t flags)
{
	bool active = pga_flags_list(flags) == (enum pga_lru)L24_Q_ACTIVE;

	if (flags & L24_F_LOCKED)
		return PGA_LRU_UNEVICTABLE;
	if (flags & L24_F_ANON)
		return active ? PGA_LRU_ACTIVE_ANON : PGA_LRU_INACTIVE_ANON;
	return active ? PGA_LRU_ACTIVE_FILE : PGA_LRU_INACTIVE_FILE;
}

/* By walking: the queues of all zones are not counted by zone. */
void l24_lru_count(struct pga *self, unsigned zone, uint64_t *count)
{
	const struct pga_frame *unit = self->map.unit;

	for (unsigned l = 0; l < PGA_NR_LRU; l++)
		count[l] = 0;
	pga_lock(&self->queues.lock);
	for (unsigned q = 0; q < L24_NR_QUEUES; q++) {
		pga_link_t head = pga_lru_head(&self->queues, q, zone);

		for (pga_link_t at = unit[head].next; at != head; at = unit[at].next) {
			uint32_t flags = pga_load(&unit[at].flags);

			if (pga_flags_zone(flags) == zone)
				count[nearest_list(flags)]++;
		}
	}
	pga_unlock(&self->queues.lock);
}
