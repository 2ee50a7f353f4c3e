/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux-3.10: the slow path, what follows when the first attempt found nothing.
 *
 *   restart:    wake the daemons, decide what the request may dig into
 *   rebalance:  walk at the min mark; without marks for who frees memory itself;
 *               compact; reclaim; kill; wait, and rebalance
 *
 * Each way out is counted (slow_*).  Loops end with the host: no progress means
 * that it is asked to wait, or to kill, and both answers can say stop.
 */
#include "core/linux310_slow.h"
#include "core/events.h"
#include "core/linux310_reclaim.h"

#define CONGESTION_WAITS 50u /* per second */

/* A slab cache that asks for one node only has a better plan than to wait here. */
#define FAIL_AT_ONCE (PGA_GFP_THISNODE | PGA_GFP_NORETRY | PGA_GFP_NOWARN)
/* What compaction needs: it may sleep, and owners may have to write. */
#define MAY_MOVE (PGA_GFP_WAIT | PGA_GFP_IO | PGA_GFP_FS)

struct slow {
	struct l310_try *t;
	unsigned node;		  /* whose list is walked */
	struct l310_pass pass;	  /* at the min mark */
	bool no_marks;		  /* may ignore them */
	bool sync;		  /* compaction waits */
	bool deferred, contended; /* compaction did not run, or gave up */
	uint64_t reclaimed;	  /* frames so far */
	struct l310_zone *zone;	  /* that served the last walk, and */
	pga_link_t at;		  /* the block from there */
};

enum verdict { SERVED, FAILED, REBALANCE, RESTART };

static void count(struct slow *s, enum pga_stat stat)
{
	l310_vm_add(s->t->c, s->t->preferred, stat, 1);
}

static enum verdict leave(struct slow *s, enum pga_stat way)
{
	count(s, way);
	return FAILED;
}

static bool has(const struct slow *s, uint32_t flags)
{
	return s->t->req.gfp & flags;
}

/* --- allowances --- */

/* The caller frees memory, or is about to: everything is its to take. */
static bool ignores_marks(uint32_t gfp)
{
	if (gfp & PGA_GFP_NOMEMALLOC)
		return false;
	return gfp & PGA_GFP_MEMALLOC ||
	       (gfp & (PGA_GFP_PF_MEMALLOC | PGA_GFP_OOM_VICTIM) && !(gfp & PGA_GFP_IN_IRQ));
}

static bool tries_harder(uint32_t gfp)
{
	if (!(gfp & PGA_GFP_WAIT))
		return !(gfp & PGA_GFP_NOMEMALLOC);
	return gfp & PGA_GFP_RT_TASK && !(gfp & PGA_GFP_IN_IRQ);
}

static void set_pass(struct slow *s)
{
	s->pass = l310_pass_on(s->t, s->node, PGA_WMARK_MIN);
	s->pass.high = has(s, PGA_GFP_HIGH);
	s->pass.harder = tries_harder(s->t->req.gfp);
	/* Better beyond the cpuset than to fail where nobody can wait. */
	s->pass.cpuset = has(s, PGA_GFP_WAIT);
}

/* One wake-up for each zone: the daemon of a node learns of all that are short. */
static void wake_daemons(struct slow *s)
{
	const struct l310_try *t = s->t;
	const struct pga_zonelist *list = s->pass.list;

	for (unsigned i = 0; i < list->nr; i++)
		l310_wake_kswapd(t->self, t->self->zone[t->self->entry[list->at + i]], t->req.order,
				 t->preferred->type, t->req.cpu);
}

static void prepare(struct slow *s)
{
	struct l310_try *t = s->t;

	set_pass(s);
	if (!has(s, PGA_GFP_NO_KSWAPD))
		wake_daemons(s);
	s->no_marks = ignores_marks(t->req.gfp);
	if (!s->pass.cpuset && !l310_nodemask(t))
		t->preferred = l310_first_zone(t->self, s->pass.list, NULL);
}

/* --- attempts --- */

static bool walk(struct slow *s, const struct l310_pass *p)
{
	s->zone = l310_walk(s->t, p, &s->at);
	return s->zone != NULL;
}

/* Up to @ticks.  false: the host says stop. */
static bool wait(struct slow *s, enum pga_wait kind, uint32_t ticks)
{
	const struct pga_host *h = &s->t->self->host;
	enum pga_answer answer = PGA_GIVE_UP;

	if (h->wait)
		answer = h->wait(h->data, kind, ticks, s->t->req.cpu);
	if (answer == PGA_NOW_MEMALLOC) {
		s->t->req.gfp |= PGA_GFP_OOM_VICTIM;
		s->no_marks = ignores_marks(s->t->req.gfp);
	}
	if (answer != PGA_GIVE_UP)
		s->t->path |= PGA_PATH(WAIT);
	return answer != PGA_GIVE_UP;
}

static uint32_t congestion_ticks(const struct slow *s)
{
	return s->t->self->conf->hz / CONGESTION_WAITS;
}

/* From the CPU's own node: such requests are the system's, no policy of a user's. */
static bool without_marks(struct slow *s)
{
	struct l310_pass p;

	s->node = s->t->c->node;
	s->t->path |= PGA_PATH(NO_WATERMARK);
	p = l310_pass_on(s->t, s->node, L310_NO_MARK);
	p.cpuset = false;
	set_pass(s);
	do {
		if (walk(s, &p))
			return true;
	} while (has(s, PGA_GFP_NOFAIL) && wait(s, PGA_WAIT_CONGESTION, congestion_ticks(s)));
	return false;
}

static enum pga_compact_result compact_zones(struct slow *s)
{
	struct l310_try *t = s->t;
	enum pga_compact_result best = PGA_COMPACT_SKIPPED;
	const struct pga_zonelist *list = s->pass.list;

	for (unsigned i = 0; i < list->nr; i++) {
		struct l310_zone *z = t->self->zone[t->self->entry[list->at + i]];
		struct pga_compact c = {
			.at = l310_compact_place(t->self, z),
			.order = t->req.order,
			.type = t->class.type,
			.cpu = t->req.cpu,
			.sync = s->sync,
			.dying = has(s, PGA_GFP_OOM_VICTIM),
		};
		enum pga_compact_result result;

		if (!l310_in_mask(l310_nodemask(t), z->node))
			continue;
		result = pga_compact_run(&c);
		best = result > best ? result : best;
		s->contended = c.contended;
		if (l310_zone_ok(t->self, z, t->req.order, z->mark[PGA_WMARK_LOW],
				 z->reserve[PGA_ZONE_DMA], t->class.type == PGA_MOVABLE))
			break;
	}
	return best;
}

static bool compact(struct slow *s)
{
	struct l310_try *t = s->t;
	struct pga_compact_state *state = &t->preferred->compact;

	if (!t->req.order || t->self->policy[L310_COMPACTION] == L310_COMPACT_OFF ||
	    (t->req.gfp & MAY_MOVE) != MAY_MOVE)
		return false;
	if (pga_compact_deferred(state, t->req.order)) {
		s->deferred = true;
		return false;
	}
	t->path |= s->sync ? PGA_PATH(COMPACT_SYNC) : PGA_PATH(COMPACT_ASYNC);
	count(s, PGA_STAT_compact_stall);
	if (compact_zones(s) == PGA_COMPACT_SKIPPED)
		return false;
	/* What was moved went to this CPU's lists: only on the zone's it can merge. */
	l310_drain(t->self, t->req.cpu, -1, 0, t->req.cpu);
	if (walk(s, &s->pass)) {
		pga_compact_succeeded(&t->preferred->compact, t->req.order);
		count(s, PGA_STAT_compact_success);
		return true;
	}
	count(s, PGA_STAT_compact_fail);
	/* An asynchronous run has seen only a part. */
	if (s->sync)
		pga_compact_failed(state, &t->self->compact, t->req.order);
	return false;
}

static bool oom_off(const struct slow *s)
{
	const struct l310_try *t = s->t;

	return !t->self->host.oom_kill || (t->ctx && t->ctx->oom_disabled);
}

static void forget_full_zones(const struct l310_pass *p)
{
	for (unsigned i = 0; p->zlc && i < PGA_MAX_ZONES / 64; i++)
		pga_store(&p->zlc->full[i], 0);
}

static bool reclaim(struct slow *s, uint64_t *progress)
{
	struct l310_try *t = s->t;
	const struct l310_reclaim r = {
		.cpu = t->req.cpu,
		.list = s->pass.list,
		.nodemask = l310_nodemask(t),
		.cpuset = s->pass.cpuset ? l310_cpuset(t) : NULL,
		.order = t->req.order,
		.gfp = t->req.gfp,
		.oom_off = oom_off(s),
	};

	t->path |= PGA_PATH(RECLAIM);
	*progress = l310_direct_reclaim(t->self, &r);
	if (!*progress)
		return false;
	forget_full_zones(&s->pass);
	if (walk(s, &s->pass))
		return true;
	/* It may sit on the lists of CPUs. */
	l310_drain_all(t->self, t->req.cpu);
	return walk(s, &s->pass);
}

/* --- out of memory --- */

/* One killer at a time; the others wait for what it frees. */
static uint64_t kill(struct slow *s)
{
	struct l310_try *t = s->t;
	const struct pga_host *h = &t->self->host;
	uint64_t frames;

	t->path |= PGA_PATH(OOM);
	frames = h->oom_kill(h->data, t->req.gfp, t->req.order, t->req.cpu);
	if (frames) {
		count(s, PGA_STAT_oom_kill);
		pga_emit(h, .id = PGA_EVENT_oom_kill, .cpu = t->req.cpu, .zone = t->preferred->id,
			 .order = t->req.order, .pfn = PGA_NIL, .a = frames);
	}
	return frames;
}

/* Has another request's kill helped already?  Far above the mark, or it is too early to say. */
static bool already_helped(struct slow *s)
{
	struct l310_pass p = l310_pass_on(s->t, s->node, PGA_WMARK_HIGH);

	return walk(s, &p);
}

static bool low_memory(const struct slow *s)
{
	return s->t->class.list % PGA_LIST_TYPES < PGA_ZONE_NORMAL;
}

static enum verdict out_of_memory(struct slow *s)
{
	struct l310_try *t = s->t;
	struct l310_zone *z = t->preferred;
	bool nofail = has(s, PGA_GFP_NOFAIL);
	uint64_t frames = 1;

	if (oom_off(s))
		return leave(s, PGA_STAT_slow_oom_off);
	if (t->ctx && t->ctx->dumping_core && !nofail)
		return leave(s, PGA_STAT_slow_core_dump);
	if (!__atomic_exchange_n(&z->oom, true, __ATOMIC_ACQUIRE)) {
		bool helped = already_helped(s);
		bool may_kill = nofail || (t->req.order <= L310_COSTLY_ORDER && !low_memory(s) &&
					   !has(s, PGA_GFP_THISNODE));

		if (!helped && may_kill)
			frames = kill(s);
		__atomic_store_n(&z->oom, false, __ATOMIC_RELEASE);
		if (helped)
			return SERVED;
	}
	if (!nofail && t->req.order > L310_COSTLY_ORDER)
		return leave(s, PGA_STAT_slow_costly);
	if (!nofail && low_memory(s))
		return leave(s, PGA_STAT_slow_lowmem);
	if (!nofail && !frames)
		return leave(s, PGA_STAT_slow_no_victim);
	return wait(s, PGA_WAIT_YIELD, 1) ? RESTART : leave(s, PGA_STAT_slow_gave_up);
}

/* --- the flow --- */

static bool retries(const struct slow *s)
{
	if (has(s, PGA_GFP_NORETRY))
		return false;
	if (has(s, PGA_GFP_NOFAIL) || s->t->req.order <= L310_COSTLY_ORDER)
		return true;
	return has(s, PGA_GFP_REPEAT) && s->reclaimed < 1ull << s->t->req.order;
}

/* Those who must not or cannot reclaim. 0: go on. */
static enum pga_stat way_out(const struct slow *s)
{
	if (!has(s, PGA_GFP_WAIT))
		return PGA_STAT_slow_no_wait;
	if (has(s, PGA_GFP_PF_MEMALLOC))
		return PGA_STAT_slow_in_reclaim;
	return has(s, PGA_GFP_OOM_VICTIM) && !has(s, PGA_GFP_NOFAIL) ? PGA_STAT_slow_victim : 0;
}

static enum verdict rebalance(struct slow *s)
{
	uint64_t progress = 0;
	enum pga_stat way;

	s->t->path |= PGA_PATH(RETRY_MIN);
	if (walk(s, &s->pass) || (s->no_marks && without_marks(s)))
		return SERVED;
	way = way_out(s);
	if (way)
		return leave(s, way);
	if (compact(s))
		return SERVED;
	s->sync = s->t->self->policy[L310_COMPACTION] == L310_COMPACT_ON;
	if ((s->deferred || s->contended) && has(s, PGA_GFP_NO_KSWAPD))
		return leave(s, PGA_STAT_slow_deferred);
	if (reclaim(s, &progress))
		return SERVED;
	if (!progress && has(s, PGA_GFP_FS) && !has(s, PGA_GFP_NORETRY))
		return out_of_memory(s);
	s->reclaimed += progress;
	if (retries(s))
		return wait(s, PGA_WAIT_CONGESTION, congestion_ticks(s))
			       ? REBALANCE
			       : leave(s, PGA_STAT_slow_gave_up);
	/* Reclaim has made room: without a retry this is the last chance to use it. */
	return compact(s) ? SERVED : leave(s, PGA_STAT_slow_no_retry);
}

static void report(struct slow *s)
{
	const struct l310_try *t = s->t;

	if (has(s, PGA_GFP_NOWARN))
		return;
	count(s, PGA_STAT_alloc_failure);
	pga_emit(&t->self->host, .id = PGA_EVENT_alloc_failure, .cpu = t->req.cpu,
		 .zone = t->preferred->id, .order = t->req.order, .type = t->class.type,
		 .pfn = PGA_NIL, .a = t->req.gfp,
		 .b = (uint64_t)l310_clamped(&t->preferred->nr_free));
}

struct l310_zone *l310_slow_path(struct l310_try *t, unsigned node, pga_link_t *at)
{
	struct slow s = { .t = t, .node = node };
	enum verdict verdict = RESTART;

	if ((t->req.gfp & FAIL_AT_ONCE) == FAIL_AT_ONCE)
		verdict = leave(&s, PGA_STAT_slow_thisnode);
	while (verdict == RESTART || verdict == REBALANCE) {
		if (verdict == RESTART)
			prepare(&s);
		verdict = rebalance(&s);
	}
	if (verdict == FAILED) {
		report(&s);
		return NULL;
	}
	*at = s.at;
	return s.zone;
}
