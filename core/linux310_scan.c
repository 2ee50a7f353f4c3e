/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-3.10: which lists of a zone are scanned, and how far. */
#include "core/linux310_scan.h"

#include "core/linux310.h"

#define SPENT_ROUNDS 6u		     /* whole scans without a frame for the buddy lists */
#define ISOLATED_WAITS 10u	     /* before too many isolated frames are put up with */
#define WEIGHTS 200u		     /* swappiness is of so many */
#define WRITEOUT_SLACK(n) ((n) / 10) /* written frames beyond the dirty limit */

#define NR_EVICTABLE 4u /* lists; UNEVICTABLE is the last */

static void release(struct pga *self, pga_pfn_t pfn, unsigned cpu)
{
	pga_linux310.free(self, pfn, 0, cpu, PGA_FREE_COLD);
}

bool l310_reclaim_able(const struct pga *self)
{
	return self->policy[L310_RECLAIM] && (self->host.evict || self->host.shrink);
}

struct l310_scan l310_scan_start(struct pga *self, enum l310_scanner who, unsigned cpu,
				 unsigned order, uint32_t gfp)
{
	return (struct l310_scan){
		.r = { .map = &self->map,
		       .host = &self->host,
		       .release = release,
		       .self = self,
		       .cpu = cpu,
		       .may_unmap = true,
		       .may_swap = gfp & PGA_GFP_IO,
		       .may_write = true,
		       .may_write_anon = gfp & PGA_GFP_IO },
		.who = who,
		.order = order,
		.gfp = gfp,
		.priority = PGA_RECLAIM_PRIORITY,
		.want = PGA_RECLAIM_BATCH,
	};
}

static uint64_t swap_room(const struct pga *self)
{
	if (!self->host.evict)
		return 0;
	return self->host.swap_room ? self->host.swap_room(self->host.data) : UINT64_MAX;
}

int64_t l310_exact_free(const struct pga *self, const struct l310_zone *z)
{
	int64_t free = pga_load(&z->nr_free);

	for (unsigned c = 0; c < self->nr_cpus; c++)
		free += pga_load(&self->cpu[c]->local[z->id].diff_free);
	return free < 0 ? 0 : free;
}

bool l310_above(const struct pga *self, const struct l310_zone *z, unsigned order, uint64_t mark,
		unsigned classzone)
{
	return l310_keeps(self, z, l310_exact_free(self, z), order, (int64_t)mark,
			  z->reserve[classzone], false);
}

bool l310_compacts(const struct pga *self)
{
	return self->policy[L310_COMPACTION] != L310_COMPACT_OFF;
}

enum pga_compact_result l310_could_compact(struct pga *self, struct l310_zone *z, unsigned order)
{
	struct pga_compact c = { .at = l310_compact_place(self, z), .order = (int)order };

	return pga_compact_suitable(&c);
}

static uint64_t pair(const struct l310_zone *z, enum pga_lru_kind kind)
{
	return pga_lru_frames(&z->lru, 2u * kind) + pga_lru_frames(&z->lru, 2u * kind + 1);
}

uint64_t l310_reclaimable(const struct pga *self, const struct l310_zone *z)
{
	return pair(z, PGA_LRU_FILE) + (swap_room(self) ? pair(z, PGA_LRU_ANON) : 0);
}

/* What was scanned in vain means nothing once frames came back. */
static void refresh(struct l310_zone *z)
{
	uint64_t returns = pga_load(&z->drains) + pga_load(&z->returns);

	if (returns == pga_load(&z->pressure.returns))
		return;
	pga_store(&z->pressure.returns, returns);
	pga_store(&z->pressure.scanned, 0);
	pga_store(&z->pressure.hopeless, false);
}

bool l310_hopeless(struct l310_zone *z)
{
	refresh(z);
	return pga_load(&z->pressure.hopeless);
}

bool l310_spent(const struct pga *self, struct l310_zone *z)
{
	refresh(z);
	return pga_load(&z->pressure.scanned) >= SPENT_ROUNDS * l310_reclaimable(self, z);
}

/* A list pair of n GiB keeps sqrt(10 n) active frames for each inactive one. */
static uint64_t active_share(const struct pga *self, const struct l310_zone *z)
{
	uint64_t gib = (uint64_t)z->managed >> (30 - self->conf->page_shift), share = 1;

	while ((share + 1) * (share + 1) <= 10 * gib)
		share++;
	return share;
}

static bool inactive_is_low(const struct pga *self, const struct l310_zone *z,
			    enum pga_lru_kind kind)
{
	uint64_t inactive = pga_lru_frames(&z->lru, 2u * kind);
	uint64_t active = pga_lru_frames(&z->lru, 2u * kind + 1);

	if (kind == PGA_LRU_FILE)
		return active > inactive;
	return swap_room(self) && inactive * active_share(self, z) < active;
}

static void shrink_active(struct pga *self, struct l310_zone *z, struct l310_scan *sc,
			  enum pga_lru list, unsigned nr)
{
	struct l310_cpu *c = self->cpu[sc->r.cpu];
	unsigned moved;

	l310_vm_add(c, z, PGA_STAT_pgrefill, pga_shrink_active(&sc->r, &z->lru, list, nr, &moved));
	l310_vm_add(c, z, PGA_STAT_pgdeactivate, moved);
}

void l310_age_anon(struct pga *self, struct l310_zone *z, struct l310_scan *sc)
{
	if (inactive_is_low(self, z, PGA_LRU_ANON))
		shrink_active(self, z, sc, PGA_LRU_ACTIVE_ANON, PGA_RECLAIM_BATCH);
}

void l310_nap(struct pga *self, struct l310_zone *z, struct l310_scan *sc, bool fruitless)
{
	bool pending = pga_lru_marked(&z->lru.writeback) || pga_lru_marked(&z->lru.dirty);

	if (!pga_load(&z->pressure.congested) && !(fruitless && pending))
		return;
	pga_store(&z->pressure.congested, false);
	pga_reclaim_wait(&sc->r, PGA_WAIT_CONGESTION, L310_NAP(self));
}

/*
 * Others work on most of the inactive frames already; more hands would only
 * make the lists look empty.  Who may start I/O leaves room to those who may not.
 */
static bool too_many_isolated(const struct l310_zone *z, const struct l310_scan *sc)
{
	uint64_t inactive = pga_lru_frames(&z->lru, PGA_LRU_INACTIVE_ANON) +
			    pga_lru_frames(&z->lru, PGA_LRU_INACTIVE_FILE);

	if (sc->who != L310_SCAN_DIRECT)
		return false;
	if (sc->gfp & PGA_GFP_IO && sc->gfp & PGA_GFP_FS)
		inactive >>= 3;
	return pga_load(&z->lru.isolated) > inactive;
}

static void account(struct pga *self, struct l310_zone *z, struct l310_scan *sc,
		    const struct pga_shrunk *sum)
{
	struct l310_cpu *c = self->cpu[sc->r.cpu];
	bool daemon = sc->who == L310_SCAN_KSWAPD;

	l310_vm_add(c, z, daemon ? PGA_STAT_pgscan_kswapd : PGA_STAT_pgscan_direct, sum->taken);
	l310_vm_add(c, z, daemon ? PGA_STAT_pgsteal_kswapd : PGA_STAT_pgsteal_direct,
		    sum->reclaimed);
	l310_vm_add(c, z, PGA_STAT_pgactivate, sum->activated);
	l310_vm_add(c, z, PGA_STAT_nr_vmscan_write, sum->written);
	if (sc->who != L310_SCAN_LOCAL)
		__atomic_fetch_add(&z->pressure.scanned, sum->taken, __ATOMIC_RELAXED);
	if (sum->dirty && sum->dirty == sum->congested)
		pga_store(&z->pressure.congested, true);
}

static void shrink_inactive(struct pga *self, struct l310_zone *z, struct l310_scan *sc,
			    enum pga_lru list, unsigned nr)
{
	struct pga_shrunk sum;

	for (unsigned i = 0; i < ISOLATED_WAITS && too_many_isolated(z, sc); i++) {
		pga_reclaim_wait(&sc->r, PGA_WAIT_CONGESTION, L310_NAP(self));
		if (sc->r.stop)
			return;
	}
	refresh(z);
	sum = pga_shrink_inactive(&sc->r, &z->lru, list, nr);
	account(self, z, sc, &sum);
	/* The tail is full of what is being written: scanning on would only burn time. */
	if (sum.writeback &&
	    sum.writeback >= sum.taken >> ((int)PGA_RECLAIM_PRIORITY - sc->priority))
		pga_reclaim_wait(&sc->r, PGA_WAIT_CONGESTION, L310_NAP(self));
}

static void shrink_list(struct pga *self, struct l310_zone *z, struct l310_scan *sc,
			enum pga_lru list, unsigned nr)
{
	if (!(list & PGA_LRU_ACTIVE))
		shrink_inactive(self, z, sc, list, nr);
	else if (inactive_is_low(self, z, pga_lru_kind(list)))
		shrink_active(self, z, sc, list, nr);
}

/* How much of each kind's lists is scanned: num[kind] / den of a round's share. */
struct share {
	uint64_t num[PGA_LRU_KINDS], den;
};

/*
 * The kind of which fewer frames were found in use lately gets the more
 * attention, weighed by swappiness.  What is long ago fades by halves.
 */
static struct share by_use(struct pga *self, struct l310_zone *z)
{
	uint64_t weight = (uint64_t)self->policy[L310_SWAPPINESS];
	struct pga_lru_set *s = &z->lru;
	struct share share;

	pga_lock(&s->lock);
	for (unsigned k = 0; k < PGA_LRU_KINDS; k++) {
		if (s->recent_scanned[k] > pair(z, k) / 4) {
			s->recent_scanned[k] /= 2;
			s->recent_rotated[k] /= 2;
		}
		share.num[k] = (k == PGA_LRU_ANON ? weight : WEIGHTS - weight) *
			       (s->recent_scanned[k] + 1) / (s->recent_rotated[k] + 1);
	}
	pga_unlock(&s->lock);
	share.den = share.num[PGA_LRU_ANON] + share.num[PGA_LRU_FILE] + 1;
	return share;
}

static const struct share only_file = { { 0, 1 }, 1 }, only_anon = { { 1, 0 }, 1 },
			  both = { { 1, 1 }, 1 };

static struct share balance(struct pga *self, struct l310_zone *z, const struct l310_scan *sc)
{
	int64_t weight = self->policy[L310_SWAPPINESS];
	bool local = sc->who == L310_SCAN_LOCAL;

	if (!swap_room(self) || (local && !weight))
		return only_file;
	if (!sc->priority && weight)
		return both;
	/* Files alone could not fill the zone. */
	if (!local &&
	    pair(z, PGA_LRU_FILE) + (uint64_t)l310_clamped(&z->nr_free) <= z->mark[PGA_WMARK_HIGH])
		return only_anon;
	if (!inactive_is_low(self, z, PGA_LRU_FILE))
		return only_file;
	return by_use(self, z);
}

static bool plan(struct pga *self, struct l310_zone *z, const struct l310_scan *sc,
		 uint64_t nr[NR_EVICTABLE])
{
	struct share share = balance(self, z, sc);
	bool force =
		sc->who == L310_SCAN_LOCAL || (sc->who == L310_SCAN_KSWAPD && l310_hopeless(z));
	bool any = false;

	for (unsigned list = 0; list < NR_EVICTABLE; list++) {
		uint64_t size = pga_lru_frames(&z->lru, list);

		nr[list] = size >> sc->priority;
		if (!nr[list] && force)
			nr[list] = size < PGA_RECLAIM_BATCH ? size : PGA_RECLAIM_BATCH;
		nr[list] = (uint64_t)((unsigned __int128)nr[list] * share.num[pga_lru_kind(list)] /
				      share.den);
		any |= list != PGA_LRU_ACTIVE_ANON && nr[list];
	}
	return any;
}

/* Writers are held back when far more is being written than may be dirty. */
static void throttle_writeout(struct pga *self, struct l310_scan *sc)
{
	uint64_t limit, written = 0;

	for (unsigned i = 0; i < self->nr_zones; i++)
		written += pga_lru_marked(&self->zone[i]->lru.writeback);
	if (!written)
		return;
	limit = l310_dirty_limit(self);
	if (written > limit + WRITEOUT_SLACK(limit))
		pga_reclaim_wait(&sc->r, PGA_WAIT_CONGESTION, L310_NAP(self));
}

static void shrink_lists(struct pga *self, struct l310_zone *z, struct l310_scan *sc)
{
	uint64_t before = sc->r.reclaimed, nr[NR_EVICTABLE];
	bool more = plan(self, z, sc, nr);

	sc->r.may_write_file = sc->who == L310_SCAN_KSWAPD && sc->priority < L310_PRIORITY_TROUBLE;
	while (more && !sc->r.stop) {
		for (unsigned list = 0; list < NR_EVICTABLE && !sc->r.stop; list++) {
			unsigned n = nr[list] < PGA_RECLAIM_BATCH ? (unsigned)nr[list]
								  : PGA_RECLAIM_BATCH;

			nr[list] -= n;
			if (n)
				shrink_list(self, z, sc, (enum pga_lru)list, n);
		}
		if (sc->r.reclaimed - before >= sc->want &&
		    sc->priority < (int)PGA_RECLAIM_PRIORITY)
			break;
		more = nr[PGA_LRU_INACTIVE_ANON] || nr[PGA_LRU_ACTIVE_FILE] ||
		       nr[PGA_LRU_INACTIVE_FILE];
	}
	l310_age_anon(self, z, sc);
	throttle_writeout(self, sc);
}

/*
 * Frames for compaction: go on with this zone until it has twice the block, or
 * a round brings nothing, or compaction could begin.
 */
static bool goes_on(struct pga *self, struct l310_zone *z, const struct l310_scan *sc,
		    uint64_t reclaimed, uint64_t scanned)
{
	uint64_t want = 2ull << sc->order, inactive;

	if (!sc->order || !l310_compacts(self) ||
	    (sc->order <= L310_COSTLY_ORDER && sc->priority >= L310_PRIORITY_TROUBLE))
		return false;
	if (!reclaimed && (!(sc->gfp & PGA_GFP_REPEAT) || !scanned || l310_spent(self, z)))
		return false;
	inactive = pga_lru_frames(&z->lru, PGA_LRU_INACTIVE_FILE);
	if (swap_room(self))
		inactive += pga_lru_frames(&z->lru, PGA_LRU_INACTIVE_ANON);
	return (sc->r.reclaimed < want && inactive > want) ||
	       l310_could_compact(self, z, sc->order) == PGA_COMPACT_SKIPPED;
}

void l310_shrink_zone(struct pga *self, struct l310_zone *z, struct l310_scan *sc)
{
	uint64_t reclaimed, scanned;

	do {
		reclaimed = sc->r.reclaimed;
		scanned = sc->r.scanned;
		shrink_lists(self, z, sc);
	} while (!sc->r.stop &&
		 goes_on(self, z, sc, sc->r.reclaimed - reclaimed, sc->r.scanned - scanned));
}

struct l310_zone *l310_node_zone(const struct pga *self, unsigned node)
{
	for (unsigned i = 0; i < self->nr_zones; i++)
		if (self->zone[i]->node == node)
			return self->zone[i];
	return self->zone[0];
}

uint64_t l310_shrink_node(struct pga *self, unsigned node, struct l310_scan *sc, uint64_t scanned,
			  uint64_t lists)
{
	uint64_t asked, freed = pga_shrink_caches(&sc->r, node, scanned, lists, &asked);

	l310_vm_add(self->cpu[sc->r.cpu], l310_node_zone(self, node), PGA_STAT_slabs_scanned,
		    asked);
	return freed;
}
