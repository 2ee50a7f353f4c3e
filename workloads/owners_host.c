/* SPDX-License-Identifier: GPL-2.0-only */
/* What the allocator asks of the owners: the hooks of struct pga_host. */
#include "workloads/owners_int.h"

#include <errno.h>
#include <string.h>

/*
 * The handle of a frame, locked; NULL when the frame is nobody's.  What rmap
 * says is a hint until the handle is locked.
 */
static struct own_handle *find(struct own *o, pga_pfn_t pfn, uint32_t *handle)
{
	uint32_t mapped = pga_load(&o->rmap[pfn]);

	if (!mapped)
		return NULL;
	struct own_handle *e = own_lock(o, mapped - 1);

	if (own_is(e, H_PRESENT) && e->pfn == pfn) {
		*handle = mapped - 1;
		return e;
	}
	own_unlock(e);
	return NULL;
}

static bool draw(struct own *o, uint32_t ppm)
{
	return ppm && own_draw(o->conf.seed, own_atomic_add(&o->draws, 1u), ppm);
}

pga_pfn_t own_detach(struct own *o, uint32_t h, unsigned cpu)
{
	struct own_handle *e = &o->handle[h];
	pga_pfn_t pfn = e->pfn;
	bool listed = own_is(e, H_LISTED);

	/* Before lru_del: after it the frame may soon be another handle's. */
	pga_store(&o->rmap[pfn], 0u);
	pga_store(&e->pfn, PGA_NIL);
	own_atomic_sub(&o->group[e->group].frames, (uint64_t)1 << own_order_of(e));
	own_clear(e, H_PRESENT | H_LISTED | H_REF | H_DIRTY);
	if (!listed || o->ops->lru_del(o->pga, pfn, cpu) != -EBUSY)
		return pfn;
	own_count(o, OWN_STAT_orphans);
	return PGA_NIL;
}

void own_drop_swap(struct own *o, struct own_handle *e)
{
	if (!own_is(e, H_SWAP))
		return;
	own_clear(e, H_SWAP);
	own_atomic_sub(&o->swap_used, 1u);
	own_atomic_sub(&o->group[e->group].swap, 1u);
}

/* Swap for an anonymous frame, one frame each; files have their place. */
static bool has_place(struct own *o, struct own_handle *e)
{
	if (own_kind_of(e) != OWN_ANON || own_is(e, H_SWAP))
		return true;
	if (own_atomic_add(&o->swap_used, 1u) >= o->conf.swap_frames) {
		own_atomic_sub(&o->swap_used, 1u);
		return false;
	}
	own_atomic_add(&o->group[e->group].swap, 1u);
	own_set(e, H_SWAP);
	return true;
}

int own_tell_dirty(struct own *o, struct own_handle *e, bool dirty)
{
	return own_is(e, H_LISTED) && o->ops->set_dirty ? o->ops->set_dirty(o->pga, e->pfn, dirty)
							: 0;
}

static void now_clean(struct own *o, struct own_handle *e)
{
	own_clear(e, H_DIRTY);
	own_tell_dirty(o, e, false);
}

int own_write(struct own *o, uint32_t h)
{
	struct own_handle *e = &o->handle[h];

	if (own_is(e, H_WRITE))
		return -EINPROGRESS;
	if (e->ver == e->disk)
		return 0;
	if (!has_place(o, e))
		return -EAGAIN;
	if (!o->dev) {
		e->disk = e->ver;
		own_count(o, OWN_STAT_writes);
		now_clean(o, e);
		return 0;
	}
	if (dev_submit(o->dev, own_now(o), h, h, own_bytes_of(o, e->pfn))) {
		own_count(o, OWN_STAT_congested);
		return -EAGAIN;
	}
	own_count(o, OWN_STAT_writes);
	own_set(e, H_WRITE);
	e->wver = e->ver;
	return -EINPROGRESS;
}

/* The device has ended a write; the data may have changed or gone meanwhile. */
static void written(void *data, uint64_t token, int err)
{
	struct own *o = data;
	uint32_t h = (uint32_t)token;
	struct own_handle *e = own_lock(o, h);

	own_clear(e, H_WRITE);
	if (err) {
		own_count(o, OWN_STAT_write_errors);
	} else {
		e->disk = e->wver;
		own_set(e, H_ONDISK);
	}
	bool zombie = own_is(e, H_ZOMBIE);

	if (own_is(e, H_PRESENT) && e->disk == e->ver)
		now_clean(o, e);
	else
		own_tell_dirty(o, e, true);
	own_unlock(e);
	if (zombie)
		own_recycle(o, h, OWN_NONE);
}

unsigned own_poll(struct own *o)
{
	unsigned nr;

	if (!o->dev)
		return 0;
	nr = dev_poll(o->dev, own_now(o), written, o);
	if (nr)
		own_atomic_add(&o->progress, nr);
	return nr;
}

unsigned own_flush(struct own *o, unsigned nr)
{
	const uint32_t mask = H_PRESENT | H_DIRTY | H_WRITE;
	unsigned started = 0;

	for (uint32_t looks = o->nr_handles; looks && started < nr; looks--) {
		uint32_t h = own_atomic_add(&o->hand, 1u) % o->nr_handles;

		if ((pga_load(&o->handle[h].word) & mask) != (H_PRESENT | H_DIRTY))
			continue;
		struct own_handle *e = own_lock(o, h);
		int rc = own_is(e, H_PRESENT) && own_is(e, H_DIRTY) ? own_write(o, h) : 0;

		own_unlock(e);
		if (rc == -EAGAIN)
			break;
		started += rc == -EINPROGRESS;
	}
	return started;
}

uint64_t own_now(struct own *o)
{
	const struct own_env *env = &o->conf.env;

	return env->clock ? env->clock(env->data) : pga_load(&o->ticks);
}

uint64_t own_next(struct own *o)
{
	return o->dev ? dev_next(o->dev) : UINT64_MAX;
}

bool own_pass(struct own *o, enum pga_wait kind, uint32_t ticks, unsigned cpu)
{
	const struct own_env *env = &o->conf.env;

	if (!env->clock)
		own_atomic_add(&o->ticks, ticks);
	return !env->pause || env->pause(env->data, kind, ticks, cpu);
}

void own_settle(struct own *o)
{
	unsigned polls = 0;

	while (o->dev && dev_busy(o->dev)) {
		uint64_t now = own_now(o), next = own_next(o);

		if (own_poll(o) || next == UINT64_MAX || next <= now)
			continue;
		own_pass(o, PGA_WAIT_CONGESTION, (uint32_t)(next - now), OWN_NONE);
		own_spin_pause(&polls);
	}
}

static uint64_t host_clock(void *data)
{
	return own_now(data);
}

static int host_migrate(void *data, pga_pfn_t from, pga_pfn_t to, unsigned order)
{
	struct own *o = data;
	uint32_t h;
	struct own_handle *e = find(o, from, &h);
	int rc = -EAGAIN;

	if (e) {
		if (!e->pins && !own_is(e, H_WRITE) && order == own_order_of(e) &&
		    !draw(o, o->conf.faults.migrate_ppm)) {
			memcpy(own_bytes_of(o, to), own_bytes_of(o, from), o->stride << order);
			pga_store(&o->rmap[from], 0u);
			pga_store(&o->rmap[to], h + 1);
			pga_store(&e->pfn, to);
			rc = 0;
		}
		own_unlock(e);
	}
	own_count(o, rc ? OWN_STAT_migrate_refused : OWN_STAT_migrated);
	return rc;
}

static bool host_referenced(void *data, pga_pfn_t pfn)
{
	struct own *o = data;
	uint32_t h;
	struct own_handle *e = find(o, pfn, &h);
	bool used = false;

	if (e) {
		used = own_is(e, H_REF) || e->pins;
		own_clear(e, H_REF);
		own_unlock(e);
	}
	return used;
}

/* May a present frame be given up?  0, or the answer to the allocator. */
static int evictable(struct own *o, struct own_handle *e)
{
	if (e->pins || own_is(e, H_MLOCK) || draw(o, o->conf.faults.evict_ppm))
		return -EAGAIN;
	if (!has_place(o, e))
		return -ENOSPC;
	if (own_is(e, H_WRITE) || (e->disk != e->ver && o->dev))
		return -EBUSY;
	return e->disk == e->ver || own_kind_of(e) == OWN_ANON ? 0 : -EBUSY;
}

static void count_eviction(struct own *o, int rc)
{
	own_count(o, rc == 0	     ? OWN_STAT_evicted
		     : rc == -EBUSY  ? OWN_STAT_evict_dirty
		     : rc == -ENOSPC ? OWN_STAT_evict_noswap
				     : OWN_STAT_evict_refused);
}

/* What leaves memory is verified: nothing wrong goes into swap or file. */
static int host_evict(void *data, pga_pfn_t pfn)
{
	struct own *o = data;
	uint32_t h;
	struct own_handle *e = find(o, pfn, &h);
	int rc = e ? evictable(o, e) : -EAGAIN;

	if (!rc) {
		own_verify(o, h, pfn, own_order_of(e), e->ver);
		e->disk = e->ver;
		pga_store(&o->rmap[pfn], 0u);
		pga_store(&e->pfn, PGA_NIL);
		own_atomic_sub(&o->group[e->group].frames, (uint64_t)1 << own_order_of(e));
		own_clear(e, H_PRESENT | H_LISTED | H_REF | H_DIRTY);
		own_atomic_add(&o->progress, 1u);
	}
	if (e)
		own_unlock(e);
	count_eviction(o, rc);
	return rc;
}

static int host_writeback(void *data, pga_pfn_t pfn)
{
	struct own *o = data;
	uint32_t h;
	struct own_handle *e = find(o, pfn, &h);
	int rc = -EAGAIN;

	if (e) {
		rc = own_write(o, h);
		own_unlock(e);
	}
	return rc;
}

static uint64_t host_shrink(void *data, unsigned node, uint64_t nr, unsigned cpu)
{
	struct own *o = data;

	return o->conf.faults.dead_shrinker ? 0 : own_shrink(o, node, nr, cpu);
}

static uint64_t host_shrinkable(void *data, unsigned node)
{
	struct own *o = data;

	return pga_load(&o->group[o->first_slab + node].frames);
}

static uint64_t host_swap_room(void *data)
{
	struct own *o = data;
	uint64_t used = own_swapped(o);

	return used < o->conf.swap_frames ? o->conf.swap_frames - used : 0;
}

static void host_flush(void *data, uint64_t nr, unsigned cpu)
{
	(void)cpu;
	own_flush(data, nr < UINT32_MAX ? (unsigned)nr : UINT32_MAX);
}

static uint64_t host_oom_kill(void *data, uint32_t gfp, unsigned order, unsigned cpu)
{
	(void)gfp;
	(void)order;
	return own_oom_kill(data, cpu);
}

/* Anything that gives memory back, or will, since somebody last asked. */
static uint64_t progress(const struct own *o)
{
	uint64_t sum = pga_load(&o->progress) + pga_load(&o->stat[OWN_STAT_shrunk]) +
		       pga_load(&o->stat[OWN_STAT_kills]);

	for (unsigned c = 0; c < o->conf.conf->nr_cpus; c++)
		sum += pga_load(&o->cpu[c].stat[OWN_STAT_frees]);
	return sum;
}

/*
 * A request of a task that has been killed meanwhile shall end, and may use
 * what is left for that.  A request that waits in vain gives up at last.
 */
static enum pga_answer host_wait(void *data, enum pga_wait kind, uint32_t ticks, unsigned cpu)
{
	struct own *o = data;
	struct own_cpu *c = &o->cpu[cpu];

	own_count(o, OWN_STAT_waits);
	own_poll(o);
	/* Where nothing is being written there is no congestion to wait for. */
	if (kind == PGA_WAIT_CONGESTION && own_next(o) == UINT64_MAX)
		ticks = 1;
	bool goes_on = own_pass(o, kind, ticks, cpu);

	own_poll(o);
	uint64_t now = progress(o);

	c->fruitless = now == c->seen ? c->fruitless + 1 : 0;
	c->seen = now;
	if (c->task != OWN_NONE && own_task_killed(o, c->task))
		return PGA_NOW_MEMALLOC;
	if (goes_on && c->fruitless < o->conf.patience)
		return PGA_GO_ON;
	own_count(o, OWN_STAT_gave_up);
	return PGA_GIVE_UP;
}

static void host_wake(void *data, unsigned daemon, unsigned node)
{
	const struct own_env *env = &((struct own *)data)->conf.env;

	if (env->wake)
		env->wake(env->data, daemon, node);
}

static void host_event(void *data, const struct pga_event *event)
{
	const struct own_env *env = &((struct own *)data)->conf.env;

	env->event(env->event_data, event);
}

void own_host(struct own *o, struct pga_host *host)
{
	*host = (struct pga_host){
		.data = o,
		.clock = host_clock,
		.migrate = host_migrate,
		.referenced = host_referenced,
		.evict = host_evict,
		.writeback = host_writeback,
		.shrink = host_shrink,
		.shrinkable = host_shrinkable,
		.swap_room = host_swap_room,
		.flush = host_flush,
		.oom_kill = host_oom_kill,
		.wait = host_wait,
		.wake = host_wake,
		.event = o->conf.env.event ? host_event : NULL,
	};
}
