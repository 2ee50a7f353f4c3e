/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux-2.4: who moves frames towards being free.
 *
 *   active  --refill_inactive_scan: aged to 0, not mapped-->  inactive dirty
 *   active  --swap_out: aged to 0, not used, unmapped------>  inactive dirty
 *   inactive dirty  --page_launder: clean, or written------>  inactive clean
 *   any inactive  --used meanwhile------------------------->  active
 *
 * That kernel finds mapped frames by walking the page tables of tasks.  Here a
 * hand goes round the frame table; whether a task used a frame, its owner says.
 * Where a frame that is looked at and stays is on its queue, is its head.
 */
#include "core/linux24_int.h"

#include <errno.h>

#define MAX_LAUNDER 64u	 /* files' frames written in one pass; bdflush does the rest */
#define CLUSTER 16u	 /* frames that a request refills, as the kernel swaps at once */
#define LEAST_LOOKED 64u /* frame table entries for swap_out, at least */
#define NAP_TICKS(hz) ((hz) / 10)

bool l24_reclaims(const struct pga *self)
{
	return self->policy[L24_RECLAIM];
}

static uint32_t flags_of(const struct pga *self, pga_link_t at)
{
	return pga_load(&self->map.unit[at].flags);
}

static void progress(struct pga *self, uint64_t n)
{
	__atomic_fetch_add(&self->work.progress, n, __ATOMIC_RELAXED);
}

/* --- page_launder --- */

/* One pass over the inactive dirty queue. */
struct launder {
	struct pga_reclaim r;
	bool write;	 /* dirty frames are written, else passed over */
	uint32_t budget; /* of files' frames to be written */
	uint64_t cleaned, started;
};

/* A frame that is dirty: what becomes of it? */
static enum l24_queue wash(struct pga *self, struct launder *l, pga_link_t at, bool anon)
{
	int rc;

	if (!l->write || (!anon && !l->budget))
		return L24_Q_DIRTY;
	l->budget -= !anon;
	rc = pga_reclaim_write(&l->r, &self->queues, at, PGA_F_WRITEBACK);
	if (!rc)
		return L24_Q_CLEAN;
	if (rc == -EINPROGRESS) {
		l->started++;
		l24_count(self, l24_zone_of(self, at), PGA_STAT_nr_vmscan_write, 1);
	}
	/* A failed write: the frame is of no use here. */
	return rc == -EIO ? L24_Q_ACTIVE : L24_Q_DIRTY;
}

static enum l24_queue judge(struct pga *self, struct launder *l, pga_link_t at)
{
	struct pga_lru_set *q = &self->queues;
	bool marked = pga_lru_unmark(q, self->map.unit, at, PGA_F_REFERENCED) & PGA_F_REFERENCED;
	bool used = pga_reclaim_used(&l->r, at);
	uint32_t flags = flags_of(self, at);
	bool anon = flags & L24_F_ANON;

	if (used && anon)
		pga_lru_mark(q, self->map.unit, at, L24_F_MAPPED);
	if (used || marked || pga_load(&self->map.unit[at].count)) {
		l24_count(self, l24_zone_of(self, at), PGA_STAT_pgactivate, 1);
		return L24_Q_ACTIVE;
	}
	if (flags & PGA_F_WRITEBACK)
		return L24_Q_DIRTY;
	return flags & PGA_F_DIRTY ? wash(self, l, at, anon) : L24_Q_CLEAN;
}

static void launder_pass(struct pga *self, struct launder *l)
{
	for (uint32_t left = l24_queue(self, L24_Q_DIRTY, 0); left; left--) {
		pga_link_t at = l24_take_tail(self, L24_Q_DIRTY);
		enum l24_queue to;

		if (!at)
			break;
		to = judge(self, l, at);
		l->cleaned += to == L24_Q_CLEAN;
		l24_put(self, at, to, l->r.cpu);
	}
}

/*
 * First what is clean already.  If that is too little, what is dirty is written;
 * who needs memory now and has got none waits for some of it.
 */
uint64_t l24_page_launder(struct pga *self, unsigned cpu, uint32_t gfp, bool sync)
{
	struct launder l = { .r = l24_run(self, cpu), .budget = MAX_LAUNDER };

	l24_count(self, NULL, PGA_STAT_page_launder, 1);
	if (!l24_reclaims(self))
		return 0;
	launder_pass(self, &l);
	if (gfp & PGA_GFP_IO && l24_free_shortage(self)) {
		l.write = true;
		l24_wake(self, L24_BDFLUSH);
		launder_pass(self, &l);
		l.write = false;
		if (sync && !l.cleaned && l.started) {
			pga_reclaim_wait(&l.r, PGA_WAIT_CONGESTION, NAP_TICKS(self->conf->hz));
			launder_pass(self, &l);
		}
	}
	progress(self, l.cleaned + l.started);
	return l.cleaned;
}

/* --- refill_inactive_scan --- */

/*
 * Ages frames at the tail for which their flags are enough: marked or mapped
 * ones, which stay.  The first whose owner has to be asked is isolated; frames of
 * files are not mapped here, so their use shows at once.  0: a batch is through.
 */
static pga_link_t age_flagged(struct pga *self, uint32_t most, uint32_t *looked)
{
	struct pga_lru_set *q = &self->queues;
	struct pga_frame *unit = self->map.unit;
	pga_link_t head = pga_lru_head(q, L24_Q_ACTIVE, 0), at = 0;

	most = most < PGA_RECLAIM_BATCH ? most : PGA_RECLAIM_BATCH;
	pga_lock(&q->lock);
	for (; !at && most && !pga_list_empty(unit, head); most--) {
		pga_link_t tail = unit[head].prev;
		uint32_t flags = flags_of(self, tail);

		++*looked;
		if (flags & PGA_F_REFERENCED) {
			pga_lru_unmark(q, unit, tail, PGA_F_REFERENCED);
			l24_younger(self, tail);
		} else if (flags & L24_F_MAPPED) {
			l24_older(self, tail);
		} else {
			pga_lru_isolate(q, unit, tail);
			at = tail;
			continue;
		}
		pga_list_remove(unit, tail);
		pga_list_insert(unit, tail, head, unit[head].next);
	}
	pga_unlock(&q->lock);
	return at;
}

/* An isolated frame that is neither marked nor mapped. */
static bool stays(struct pga *self, struct pga_reclaim *r, pga_link_t at)
{
	if (pga_reclaim_used(r, at)) {
		l24_younger(self, at);
		return true;
	}
	return l24_older(self, at);
}

static void deactivate(struct pga *self, pga_link_t at, unsigned cpu)
{
	struct l24_zone *z = l24_zone_of(self, at);

	pga_store(&self->map.unit[at].count, 0);
	l24_count(self, z, PGA_STAT_pgdeactivate, 1);
	progress(self, 1);
	l24_put(self, at, L24_Q_DIRTY, cpu);
}

bool l24_refill_inactive_scan(struct pga *self, unsigned cpu, int priority, bool oneshot)
{
	struct pga_reclaim r = l24_run(self, cpu);
	uint32_t left = l24_queue(self, L24_Q_ACTIVE, 0) >> priority, looked = 0;
	bool any = false;

	if (!l24_reclaims(self))
		return false;
	while (looked < left && !(any && oneshot)) {
		uint32_t before = looked;
		pga_link_t at = age_flagged(self, left - looked, &looked);

		if (looked == before)
			break;
		if (!at)
			continue;
		if (stays(self, &r, at)) {
			l24_put(self, at, L24_Q_ACTIVE, cpu);
			continue;
		}
		deactivate(self, at, cpu);
		any = true;
	}
	l24_count(self, NULL, PGA_STAT_pgrefill, looked);
	return any;
}

/* --- swap_out --- */

static bool isolate(struct pga *self, pga_link_t at)
{
	const uint32_t want = PGA_F_LRU | L24_F_MAPPED;
	bool got = false;

	pga_lock(&self->queues.lock);
	if ((flags_of(self, at) & (want | L24_F_LOCKED)) == want)
		got = pga_lru_isolate(&self->queues, self->map.unit, at);
	pga_unlock(&self->queues.lock);
	return got;
}

/* What a task has not used, and the scans have aged, it has to fetch back if need be. */
static bool unmap(struct pga *self, struct pga_reclaim *r, pga_link_t at)
{
	if (pga_reclaim_used(r, at))
		l24_younger(self, at);
	else if (!pga_load(&self->map.unit[at].count)) {
		pga_lru_unmark(&self->queues, self->map.unit, at, L24_F_MAPPED);
		/* Its copy in swap is old, if there is one. */
		pga_lru_mark(&self->queues, self->map.unit, at, PGA_F_DIRTY);
		deactivate(self, at, r->cpu);
		return true;
	}
	l24_put(self, at, L24_Q_ACTIVE, r->cpu);
	return false;
}

bool l24_swap_left(const struct pga *self)
{
	const struct pga_host *h = &self->host;

	return h->evict && (!h->swap_room || h->swap_room(h->data));
}

bool l24_swap_out(struct pga *self, unsigned cpu, int priority)
{
	struct pga_reclaim r = l24_run(self, cpu);
	uint64_t frames = self->span.end - self->span.start, nr = frames >> priority;
	uint64_t hand = pga_load(&self->work.hand);
	bool found = false;

	if (!l24_reclaims(self) || !l24_queue(self, L24_Q_ACTIVE, 0) || !l24_swap_left(self))
		return false;
	nr = nr < LEAST_LOOKED ? LEAST_LOOKED : nr;
	for (; nr && !found; nr--) {
		pga_link_t at = pga_link(&self->map, (pga_pfn_t)(self->span.start + hand));

		hand = hand + 1 < frames ? hand + 1 : 0;
		if ((flags_of(self, at) & (PGA_F_LRU | L24_F_MAPPED)) ==
			    (PGA_F_LRU | L24_F_MAPPED) &&
		    isolate(self, at))
			found = unmap(self, &r, at);
	}
	pga_store(&self->work.hand, hand);
	return found;
}

/* --- all together --- */

/* Caches of kernel objects shrink as much as the queues are looked at. */
static uint64_t shrink_caches(struct pga *self, unsigned cpu, int priority)
{
	struct pga_reclaim r = l24_run(self, cpu);
	uint64_t lists = l24_queue(self, L24_Q_ACTIVE, 0) + l24_queue(self, L24_Q_DIRTY, 0);
	uint64_t asked, freed = 0;

	for (unsigned i = 0; i < self->nr_order; i++) {
		freed += pga_shrink_caches(&r, self->order[i], lists >> priority, lists, &asked);
		l24_count(self, NULL, PGA_STAT_slabs_scanned, asked);
	}
	progress(self, freed);
	return freed;
}

/* Deactivate up to *left frames at one priority. Return: any? */
static bool refill_round(struct pga *self, unsigned cpu, int priority, uint64_t *left)
{
	uint64_t before = *left;

	while (*left && l24_refill_inactive_scan(self, cpu, priority, true))
		--*left;
	if (*left)
		shrink_caches(self, cpu, priority);
	while (*left && l24_swap_out(self, cpu, priority))
		--*left;
	return *left != before;
}

/* Until both shortages together are made up, or one of them is over; harder if nothing moves. */
static bool refill_inactive(struct pga *self, unsigned cpu, bool user)
{
	uint64_t want = user ? CLUSTER : l24_inactive_shortage(self) + l24_free_shortage(self);
	uint64_t left = want;
	int priority = L24_PRIORITY;

	while (left && priority >= 0) {
		bool moved = refill_round(self, cpu, priority, &left);

		if (!l24_inactive_shortage(self) || !l24_free_shortage(self))
			return left < want;
		priority -= !moved;
	}
	while (left && l24_refill_inactive_scan(self, cpu, 0, true))
		left--;
	return left < want;
}

bool l24_try_to_free(struct pga *self, unsigned cpu, uint32_t gfp, bool user)
{
	bool moved = false;

	if (!l24_reclaims(self))
		return false;
	if (l24_free_shortage(self) ||
	    l24_queue(self, L24_Q_DIRTY, 0) > l24_nr_free(self) + l24_nr_inactive_clean(self))
		moved |= l24_page_launder(self, cpu, gfp, user) > 0;
	if (!l24_free_shortage(self) && !l24_inactive_shortage(self))
		return moved;
	moved |= shrink_caches(self, cpu, L24_PRIORITY) > 0;
	moved |= refill_inactive(self, cpu, user);
	return moved;
}
