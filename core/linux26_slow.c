/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux-2.6.9: the slow path, what follows when the first walk found nothing.
 *
 *   wake the daemons; walk at the min mark, as far below it as the request may;
 *   without marks for who frees memory itself; then reclaim, walk and wait for
 *   writeback, again and again
 *
 * Each way out is counted (slow_*).  The loop ends with the host: it is asked to
 * wait, and can say stop.
 */
#include "core/events.h"
#include "core/linux26_reclaim.h"

#define CONGESTION_WAITS 50u /* per second */

static bool has(const struct l26_try *t, uint32_t flags)
{
	return t->req.gfp & flags;
}

static void count(struct l26_try *t, enum pga_stat stat)
{
	l26_vm_add(t->c, t->preferred, stat, 1);
}

static void wake_daemons(const struct l26_try *t)
{
	const struct pga_host *h = &t->self->host;

	for (unsigned i = 0; h->wake && i < t->list->nr; i++) {
		struct l26_zone *z = l26_usable(t, i);

		if (!z || pga_load(&z->nr_free) > z->mark[PGA_WMARK_LOW])
			continue;
		pga_emit(h, .id = PGA_EVENT_mm_vmscan_wakeup_kswapd, .cpu = t->req.cpu,
			 .zone = z->id, .order = t->req.order, .pfn = PGA_NIL, .a = z->node);
		h->wake(h->data, L26_DAEMON_KSWAPD, z->node);
	}
}

/*
 * The caller frees memory, or is about to: everything is its to take.  Flags of
 * a request that say so themselves came later; they count as those of the caller.
 */
static bool ignores_marks(const struct l26_try *t)
{
	if (has(t, PGA_GFP_NOMEMALLOC))
		return false;
	return has(t, PGA_GFP_MEMALLOC) ||
	       (has(t, PGA_GFP_PF_MEMALLOC | PGA_GFP_OOM_VICTIM) && !has(t, PGA_GFP_IN_IRQ));
}

static struct l26_zone *retry(struct l26_try *t)
{
	const struct l26_pass p = {
		.mark = PGA_WMARK_MIN,
		.high = has(t, PGA_GFP_HIGH),
		.harder = !has(t, PGA_GFP_WAIT) ||
			  (has(t, PGA_GFP_RT_TASK) && !has(t, PGA_GFP_IN_IRQ)),
	};

	t->path |= PGA_PATH(RETRY_MIN);
	return l26_walk(t, &p);
}

static bool retries(const struct l26_try *t)
{
	return !has(t, PGA_GFP_NORETRY) &&
	       (t->req.order <= L26_COSTLY_ORDER || has(t, PGA_GFP_REPEAT | PGA_GFP_NOFAIL));
}

/* false: the host says stop. */
static bool wait(struct l26_try *t)
{
	const struct pga_host *h = &t->self->host;

	t->path |= PGA_PATH(WAIT);
	return h->wait && h->wait(h->data, PGA_WAIT_CONGESTION,
				  t->self->conf->hz / CONGESTION_WAITS, t->req.cpu) != PGA_GIVE_UP;
}

static struct l26_zone *leave(struct l26_try *t, enum pga_stat way)
{
	count(t, way);
	if (has(t, PGA_GFP_NOWARN))
		return NULL;
	count(t, PGA_STAT_alloc_failure);
	pga_emit(&t->self->host, .id = PGA_EVENT_alloc_failure, .cpu = t->req.cpu,
		 .zone = t->preferred->id, .order = t->req.order, .pfn = PGA_NIL, .a = t->req.gfp,
		 .b = pga_load(&t->preferred->nr_free));
	return NULL;
}

static struct l26_zone *rebalance(struct l26_try *t)
{
	for (;;) {
		enum l26_reclaimed got = l26_direct_reclaim(t);
		struct l26_zone *z = retry(t);

		if (z)
			return z;
		if (!retries(t))
			return leave(t, PGA_STAT_slow_no_retry);
		/* Where this kernel would panic the request fails. */
		if (got == L26_NO_KILLER)
			return leave(t, PGA_STAT_slow_oom_off);
		if (got == L26_NO_VICTIM)
			return leave(t, PGA_STAT_slow_no_victim);
		if (!wait(t)) {
			/* Abandoned inside the wait: whoever waits there reports no failure. */
			count(t, PGA_STAT_slow_gave_up);
			return NULL;
		}
	}
}

struct l26_zone *l26_slow_path(struct l26_try *t)
{
	const struct l26_pass all = { .mark = L26_NO_MARK };
	struct l26_zone *z;

	wake_daemons(t);
	z = retry(t);
	if (z)
		return z;
	if (ignores_marks(t)) {
		t->path |= PGA_PATH(NO_WATERMARK);
		z = l26_walk(t, &all);
		if (z)
			return z;
		return leave(t, has(t, PGA_GFP_OOM_VICTIM) ? PGA_STAT_slow_victim
							   : PGA_STAT_slow_in_reclaim);
	}
	return has(t, PGA_GFP_WAIT) ? rebalance(t) : leave(t, PGA_STAT_slow_no_wait);
}
