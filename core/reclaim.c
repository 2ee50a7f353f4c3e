/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/reclaim.h"

#include <errno.h>

/* A frame under work, and what becomes of it. */
enum fate { KEEP, ACTIVATE, DEACTIVATE, FREE };
struct item {
	pga_link_t at;
	enum fate fate;
};

static unsigned isolate_tail(struct pga_lru_set *s, struct pga_frame *unit, enum pga_lru list,
			     unsigned nr, struct item *item)
{
	pga_link_t head = s->heads + (pga_link_t)list;
	unsigned n;

	pga_lock(&s->lock);
	for (n = 0; n < nr && !pga_list_empty(unit, head); n++) {
		item[n].at = unit[head].prev;
		pga_lru_isolate(s, unit, item[n].at);
	}
	s->recent_scanned[pga_lru_kind(list)] += n;
	pga_unlock(&s->lock);
	return n;
}

bool pga_reclaim_used(const struct pga_reclaim *r, pga_link_t at)
{
	return r->host->referenced && r->host->referenced(r->host->data, pga_pfn(r->map, at));
}

int pga_reclaim_evict(const struct pga_reclaim *r, pga_link_t at)
{
	if (!r->host->evict)
		return -EAGAIN;
	return r->host->evict(r->host->data, pga_pfn(r->map, at));
}

/* Completion may be told before writeback() returns, so the marks come first. */
int pga_reclaim_write(const struct pga_reclaim *r, struct pga_lru_set *s, pga_link_t at,
		      uint32_t marks)
{
	struct pga_frame *unit = r->map->unit;
	int rc;

	if (!r->host->writeback)
		return -EAGAIN;
	pga_lru_mark(s, unit, at, marks);
	rc = r->host->writeback(r->host->data, pga_pfn(r->map, at));
	if (rc != -EINPROGRESS)
		pga_lru_unmark(s, unit, at, marks | (rc ? 0 : PGA_F_DIRTY));
	return rc;
}

/* What the use of a frame says about it. */
enum usage { UNUSED, USED_ONCE, USED_AGAIN, TOUCHED };

/*
 * Files are read once by many: their first use keeps them, only the second one
 * makes them active.  A mark without a use is weak evidence.
 */
static enum usage usage(struct pga_reclaim *r, struct pga_lru_set *s, pga_link_t at, bool file)
{
	struct pga_frame *unit = r->map->unit;
	bool used = pga_reclaim_used(r, at);
	bool marked = pga_lru_unmark(s, unit, at, PGA_F_REFERENCED) & PGA_F_REFERENCED;

	if (used && (!file || marked || r->use_activates))
		return USED_AGAIN;
	if (marked && !file && r->use_activates)
		return USED_AGAIN;
	if (used) {
		pga_lru_mark(s, unit, at, PGA_F_REFERENCED);
		return USED_ONCE;
	}
	return marked && file ? TOUCHED : UNUSED;
}

/* The owner says that the frame is dirty. */
static enum fate clean(struct pga_reclaim *r, struct pga_lru_set *s, pga_link_t at, bool file,
		       bool touched, struct pga_shrunk *sum)
{
	int rc;

	sum->dirty++;
	pga_lru_mark(s, r->map->unit, at, PGA_F_DIRTY);
	if (!(file ? r->may_write_file : r->may_write_anon)) {
		pga_lru_mark(s, r->map->unit, at, PGA_F_RECLAIM);
		return KEEP;
	}
	if (touched || !r->may_write)
		return KEEP;
	rc = pga_reclaim_write(r, s, at, PGA_F_WRITEBACK | PGA_F_RECLAIM);
	sum->congested += rc == -EAGAIN;
	sum->written += rc == -EINPROGRESS || !rc;
	return !rc && !pga_reclaim_evict(r, at) ? FREE : KEEP;
}

static enum fate judge(struct pga_reclaim *r, struct pga_lru_set *s, pga_link_t at,
		       struct pga_shrunk *sum)
{
	uint32_t flags = pga_load(&r->map->unit[at].flags);
	bool file = pga_lru_kind(pga_flags_list(flags)) == PGA_LRU_FILE;
	enum usage use;
	int rc;

	r->scanned++;
	if (!file && !r->may_unmap)
		return KEEP;
	r->scanned += !file;
	if (flags & PGA_F_WRITEBACK) {
		pga_lru_mark(s, r->map->unit, at, PGA_F_RECLAIM);
		sum->writeback++;
		return KEEP;
	}
	use = usage(r, s, at, file);
	if (use == USED_AGAIN)
		return ACTIVATE;
	if (use == USED_ONCE || (!file && !r->may_swap))
		return KEEP;
	rc = pga_reclaim_evict(r, at);
	if (rc == -EBUSY)
		return clean(r, s, at, file, use == TOUCHED, sum);
	/* No room in swap: it is not a candidate for long. */
	return !rc ? FREE : rc == -ENOSPC ? ACTIVATE : KEEP;
}

/* To its list or, evicted or forgotten by its owner, out; under the lock. */
static bool stays(struct pga_reclaim *r, struct pga_lru_set *s, const struct item *item)
{
	struct pga_frame *unit = r->map->unit;
	unsigned list = pga_flags_list(pga_load(&unit[item->at].flags));

	if (item->fate == FREE) {
		pga_lru_drop(s, unit, item->at);
		return false;
	}
	if (item->fate == ACTIVATE) {
		list |= PGA_LRU_ACTIVE;
		s->recent_rotated[pga_lru_kind(list)]++;
	}
	if (item->fate == DEACTIVATE)
		list &= ~PGA_LRU_ACTIVE;
	return pga_lru_return(s, unit, item->at, (enum pga_lru)list, false);
}

/* Puts a batch back; the frames that are free now go to the front of item[]. */
static unsigned put_back(struct pga_reclaim *r, struct pga_lru_set *s, struct item *item,
			 unsigned nr)
{
	unsigned out = 0;

	pga_lock(&s->lock);
	for (unsigned i = 0; i < nr; i++)
		if (!stays(r, s, &item[i]))
			item[out++] = item[i];
	pga_unlock(&s->lock);
	return out;
}

static void release(struct pga_reclaim *r, const struct item *item, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++)
		r->release(r->self, pga_pfn(r->map, item[i].at), r->cpu);
}

struct pga_shrunk pga_shrink_inactive(struct pga_reclaim *r, struct pga_lru_set *s,
				      enum pga_lru list, unsigned nr)
{
	struct item item[PGA_RECLAIM_BATCH];
	struct pga_shrunk sum = { .taken = isolate_tail(s, r->map->unit, list, nr, item) };

	for (unsigned i = 0; i < sum.taken; i++) {
		item[i].fate = judge(r, s, item[i].at, &sum);
		sum.activated += item[i].fate == ACTIVATE;
	}
	/* Orphans come back, too, whoever wanted them to. */
	sum.reclaimed = put_back(r, s, item, sum.taken);
	release(r, item, sum.reclaimed);
	r->reclaimed += sum.reclaimed;
	return sum;
}

static enum fate judge_active(struct pga_reclaim *r, pga_link_t at, unsigned *rotated)
{
	bool anon = pga_lru_kind(pga_flags_list(pga_load(&r->map->unit[at].flags))) == PGA_LRU_ANON;
	bool used;

	if (r->keep_used && r->keep_anon && anon)
		return KEEP;
	used = pga_reclaim_used(r, at);
	*rotated += used;
	return r->keep_used && used ? KEEP : DEACTIVATE;
}

unsigned pga_shrink_active(struct pga_reclaim *r, struct pga_lru_set *s, enum pga_lru list,
			   unsigned nr, unsigned *moved)
{
	struct item item[PGA_RECLAIM_BATCH];
	unsigned n = isolate_tail(s, r->map->unit, list, nr, item), out, rotated = 0;

	*moved = 0;
	for (unsigned i = 0; i < n; i++) {
		item[i].fate = judge_active(r, item[i].at, &rotated);
		*moved += item[i].fate == DEACTIVATE;
	}
	out = put_back(r, s, item, n);
	release(r, item, out);
	for (unsigned i = 0; i < out; i++)
		*moved -= item[i].fate == DEACTIVATE;
	if (rotated) {
		pga_lock(&s->lock);
		s->recent_rotated[pga_lru_kind(list)] += rotated;
		pga_unlock(&s->lock);
	}
	return n;
}

/* As the kernel weighs caches that cost two seeks to build again. */
#define CACHE_WEIGHT 2u

uint64_t pga_shrink_caches(struct pga_reclaim *r, unsigned node, uint64_t scanned, uint64_t lists,
			   uint64_t *asked)
{
	const struct pga_host *h = r->host;
	uint64_t held, freed;

	*asked = 0;
	if (!h->shrink)
		return 0;
	held = h->shrinkable ? h->shrinkable(h->data, node) : lists + PGA_RECLAIM_BATCH;
	scanned = scanned ? scanned : PGA_RECLAIM_BATCH;
	*asked = (uint64_t)((unsigned __int128)CACHE_WEIGHT * scanned * held / (lists + 1));
	*asked = *asked > 2 * held ? 2 * held : *asked;
	if (!*asked)
		return 0;
	freed = h->shrink(h->data, node, *asked, r->cpu);
	r->reclaimed += freed;
	return freed;
}

void pga_reclaim_wait(struct pga_reclaim *r, enum pga_wait kind, uint32_t ticks)
{
	const struct pga_host *h = r->host;

	if (!h->wait || h->wait(h->data, kind, ticks, r->cpu) != PGA_GO_ON)
		r->stop = true;
}
