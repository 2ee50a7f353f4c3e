/* SPDX-License-Identifier: GPL-2.0-only */
/* What users of a handle do: allocate, touch, change, fault, pin, free. */
#include "workloads/owners_int.h"

#include <errno.h>

/* By kind: flags of the request, list of frames of order 0. */
static const struct {
	uint32_t gfp;
	bool listed;
	enum pga_lru list;
} kinds[OWN_NR_KINDS] = {
	[OWN_ANON] = { PGA_GFP_USER_MOVABLE, true, PGA_LRU_ACTIVE_ANON },
	[OWN_FILE] = { PGA_GFP_USER_MOVABLE, true, PGA_LRU_INACTIVE_FILE },
	[OWN_KERNEL] = { PGA_GFP_KERNEL, false, PGA_LRU_UNEVICTABLE },
	[OWN_SLAB] = { PGA_GFP_SLAB_RECLAIMABLE, false, PGA_LRU_UNEVICTABLE },
};

static void cpu_count(struct own *o, unsigned cpu, enum own_stat s)
{
	pga_add(&o->cpu[cpu].stat[s], 1u);
}

static uint32_t pool_get(struct own *o, struct own_cpu *c)
{
	own_spin_lock(&o->pool_lock);
	while (c->nr_free < OWN_BATCH && o->pool != OWN_NONE) {
		uint32_t h = o->pool;

		o->pool = o->handle[h].next;
		o->handle[h].next = c->free;
		c->free = h;
		c->nr_free++;
	}
	own_spin_unlock(&o->pool_lock);
	return c->free;
}

static void pool_put(struct own *o, uint32_t h)
{
	own_spin_lock(&o->pool_lock);
	o->handle[h].next = o->pool;
	o->pool = h;
	own_spin_unlock(&o->pool_lock);
}

static uint32_t take_handle(struct own *o, unsigned cpu)
{
	struct own_cpu *c = &o->cpu[cpu];
	uint32_t h = c->free != OWN_NONE ? c->free : pool_get(o, c);

	if (h == OWN_NONE)
		return h;
	c->free = o->handle[h].next;
	c->nr_free--;
	return h;
}

void own_recycle(struct own *o, uint32_t h, uint32_t cpu)
{
	struct own_cpu *c = cpu == OWN_NONE ? NULL : &o->cpu[cpu];

	/* A hook that came too late may hold the lock. */
	__atomic_store_n(&own_lock(o, h)->word, 0u, __ATOMIC_RELEASE);
	if (!c || c->nr_free >= 2 * OWN_BATCH) {
		pool_put(o, h);
		return;
	}
	o->handle[h].next = c->free;
	c->free = h;
	c->nr_free++;
}

void own_release(struct own *o, pga_pfn_t pfn, unsigned order, unsigned cpu)
{
	o->ops->free(o->pga, pfn, order, cpu, 0);
	cpu_count(o, cpu, OWN_STAT_frees);
}

/* What a timer interrupt does: writes end, and once a second counters are folded. */
static void beat(struct own *o, unsigned cpu)
{
	struct own_cpu *c = &o->cpu[cpu];

	if (!o->conf.env.clock)
		own_atomic_add(&o->ticks, 1u);
	own_poll(o);
	if (!o->ops->tick || own_now(o) - c->ticked < o->conf.conf->hz)
		return;
	c->ticked = own_now(o);
	o->ops->tick(o->pga, cpu);
}

/* One request, all locks free; between requests daemons may have their turn. */
static struct pga_res attempt(struct own *o, struct pga_req req, const struct pga_ctx *ctx,
			      uint32_t task)
{
	struct own_cpu *c = &o->cpu[req.cpu];

	c->fruitless = 0;
	c->task = task;
	struct pga_res res = o->ops->alloc(o->pga, req, ctx);

	c->task = OWN_NONE;
	if (++c->requests % OWN_BEAT == 0)
		beat(o, req.cpu);
	else if (pga_stages[pga_path_class(res.path)].slow)
		own_poll(o);
	if (o->conf.env.breathe)
		o->conf.env.breathe(o->conf.env.data, req.cpu);
	return res;
}

void own_place(struct own *o, uint32_t h, pga_pfn_t pfn, unsigned cpu)
{
	struct own_handle *e = &o->handle[h];
	unsigned order = own_order_of(e);
	enum own_kind kind = own_kind_of(e);

	pga_store(&e->pfn, pfn);
	pga_store(&o->rmap[pfn], h + 1);
	own_atomic_add(&o->group[e->group].frames, (uint64_t)1 << order);
	own_set(e, H_PRESENT);
	if (order || !kinds[kind].listed || !o->ops->lru_add)
		return;
	own_set(e, H_LISTED);
	o->ops->lru_add(o->pga, pfn, own_is(e, H_MLOCK) ? PGA_LRU_UNEVICTABLE : kinds[kind].list,
			cpu);
}

/* The block becomes the handle's, with version disk of its data; false: killed. */
static bool install(struct own *o, uint32_t h, pga_pfn_t pfn, unsigned cpu, bool first)
{
	struct own_handle *e = own_lock(o, h);
	bool dead = own_is(e, H_DEAD);

	if (!dead) {
		own_fill(o, h, pfn, own_order_of(e), e->ver);
		cpu_count(o, cpu, first ? OWN_STAT_allocs : OWN_STAT_refaults);
		own_place(o, h, pfn, cpu);
	}
	own_unlock(e);
	return !dead;
}

static unsigned group_of(const struct own *o, const struct own_req *req)
{
	switch ((enum own_kind)req->kind) {
	case OWN_ANON:
		return req->group;
	case OWN_FILE:
		return o->conf.nr_tasks + req->group;
	case OWN_KERNEL:
	case OWN_SLAB:
	case OWN_NR_KINDS:
		break;
	}
	return o->first_kernel + req->cpu;
}

/* File data begin as they are on the device, all others with a first write. */
static void prepare(struct own *o, uint32_t h, const struct own_req *req)
{
	struct own_handle *e = own_lock(o, h);

	e->pfn = PGA_NIL;
	e->ver = 1;
	e->disk = req->kind == OWN_FILE;
	e->pins = 0;
	own_set(e, (uint32_t)H_USED | (uint32_t)req->kind << H_KIND_SHIFT |
			   (uint32_t)req->order << H_ORDER_SHIFT |
			   (uint32_t)(req->mlocked ? H_MLOCK : 0));
	own_unlock(e);
}

static struct pga_res refuse(struct pga_res res, int err)
{
	res.pfn = PGA_NIL;
	res.err = (int16_t)err;
	res.node = -1;
	return res;
}

/* Slabs are in the group of their node while they are present. */
static bool settle_in(struct own *o, uint32_t h, const struct pga_res *res, unsigned cpu,
		      bool first)
{
	enum own_kind kind = own_kind_of(&o->handle[h]);
	uint32_t node = (uint32_t)res->node;

	if (kind == OWN_SLAB) {
		struct own_handle *e = own_lock(o, h);

		e->group = (uint16_t)(o->first_slab + node);
		own_unlock(e);
	}
	if (!install(o, h, res->pfn, cpu, first))
		return false;
	if (kind == OWN_SLAB)
		own_link(o, h, o->first_slab + node);
	return true;
}

static uint32_t gfp_of(const struct own_req *req, enum own_kind kind)
{
	return ((req->gfp ? req->gfp : kinds[kind].gfp) & ~req->less) | req->more;
}

struct pga_res own_alloc(struct own *o, const struct own_req *req, uint32_t *handle)
{
	const struct pga_req ask = {
		.gfp = gfp_of(req, (enum own_kind)req->kind),
		.cpu = req->cpu,
		.node = req->node,
		.order = req->order,
	};
	unsigned group = group_of(o, req);
	struct pga_res res = { .pfn = PGA_NIL, .path = PGA_PATH(FAIL), .node = -1 };
	uint32_t h = take_handle(o, req->cpu);

	*handle = OWN_NONE;
	if (h == OWN_NONE)
		return refuse(res, -ENFILE);
	prepare(o, h, req);
	if (req->kind != OWN_SLAB && !own_link(o, h, group)) {
		own_recycle(o, h, req->cpu);
		return refuse(res, -ESRCH);
	}
	res = attempt(o, ask, req->ctx, req->kind == OWN_ANON ? group : OWN_NONE);
	if (res.pfn != PGA_NIL && settle_in(o, h, &res, req->cpu, true)) {
		*handle = h;
		return res;
	}
	if (res.pfn != PGA_NIL) {
		o->ops->free(o->pga, res.pfn, req->order, req->cpu, 0);
		res = refuse(res, -ESRCH);
	}
	own_unlink(o, h);
	own_recycle(o, h, req->cpu);
	return res;
}

/* Read what the device has; with a file, its bytes are the proof. */
static void read_back(struct own *o, uint32_t h, pga_pfn_t pfn)
{
	struct own_handle *e = own_lock(o, h);

	if (own_kind_of(e) != OWN_SLAB && e->disk != e->ver && !own_is(e, H_DEAD)) {
		own_count(o, OWN_STAT_lost);
	} else if (own_is(e, H_ONDISK) && o->dev && !dev_read(o->dev, h, own_bytes_of(o, pfn))) {
		own_verify(o, h, pfn, 0, e->disk);
	}
	own_unlock(e);
}

struct pga_res own_fault_at(struct own *o, uint32_t handle, const struct own_req *as)
{
	struct pga_res res = { .pfn = PGA_NIL, .node = -1 };
	struct own_handle *e = own_lock(o, handle);
	enum own_kind kind = own_kind_of(e);
	struct pga_req req = { .gfp = gfp_of(as, kind), .cpu = as->cpu, .node = as->node };
	bool present = own_is(e, H_PRESENT), dead = own_is(e, H_DEAD);
	uint32_t task = kind == OWN_ANON ? e->group : OWN_NONE;

	req.order = (uint8_t)own_order_of(e);
	own_unlock(e);
	if (present)
		return res;
	if (dead)
		return refuse(res, -ESRCH);
	res = attempt(o, req, as->ctx, task);
	if (res.pfn == PGA_NIL)
		return res;
	read_back(o, handle, res.pfn);
	if (settle_in(o, handle, &res, as->cpu, false))
		return res;
	o->ops->free(o->pga, res.pfn, req.order, as->cpu, 0);
	return refuse(res, -ESRCH);
}

struct pga_res own_fault(struct own *o, uint32_t handle, unsigned cpu)
{
	return own_fault_at(o, handle, &(struct own_req){ .cpu = (uint16_t)cpu, .node = -1 });
}

/* Look at a handle that must be present; 0 with the lock held, or why not. */
static int enter(struct own *o, uint32_t handle, struct own_handle **out)
{
	struct own_handle *e = own_lock(o, handle);
	int rc = own_is(e, H_DEAD) ? -ESRCH : own_is(e, H_PRESENT) ? 0 : -ENOENT;

	if (rc)
		own_unlock(e);
	*out = e;
	return rc;
}

static void use(struct own *o, struct own_handle *e)
{
	if (own_kind_of(e) == OWN_FILE && own_is(e, H_LISTED) && o->ops->mark_accessed)
		o->ops->mark_accessed(o->pga, e->pfn);
	else
		own_set(e, H_REF);
}

int own_touch(struct own *o, uint32_t handle)
{
	struct own_handle *e;
	int rc = enter(o, handle, &e);

	if (rc)
		return rc;
	if (!own_verify(o, handle, e->pfn, own_order_of(e), e->ver))
		rc = -EBADMSG;
	use(o, e);
	own_unlock(e);
	return rc;
}

/* A writer above the limit of dirty memory sees to it that some is written. */
static void throttle(struct own *o)
{
	own_count(o, OWN_STAT_throttled);
	own_flush(o, OWN_BATCH);
	own_pass(o, PGA_WAIT_CONGESTION, 1, OWN_NONE);
	own_poll(o);
}

int own_dirty(struct own *o, uint32_t handle)
{
	struct own_handle *e;
	bool over = false;
	int rc = enter(o, handle, &e);

	if (rc)
		return rc;
	if (!own_verify(o, handle, e->pfn, own_order_of(e), e->ver))
		rc = -EBADMSG;
	e->ver++;
	own_fill(o, handle, e->pfn, own_order_of(e), e->ver);
	use(o, e);
	if (own_kind_of(e) == OWN_FILE) {
		own_set(e, H_DIRTY);
		over = own_tell_dirty(o, e, true) == -EAGAIN;
	}
	own_unlock(e);
	if (over)
		throttle(o);
	return rc;
}

bool own_present(struct own *o, uint32_t handle)
{
	return own_is(&o->handle[handle], H_PRESENT);
}

pga_pfn_t own_pfn(struct own *o, uint32_t handle)
{
	return own_present(o, handle) ? pga_load(&o->handle[handle].pfn) : PGA_NIL;
}

int own_pin(struct own *o, uint32_t handle)
{
	struct own_handle *e;
	int rc = enter(o, handle, &e);

	if (rc)
		return rc;
	e->pins++;
	own_unlock(e);
	return 0;
}

void own_unpin(struct own *o, uint32_t handle)
{
	struct own_handle *e = own_lock(o, handle);

	e->pins--;
	own_unlock(e);
}

uint64_t own_forget(struct own *o, uint32_t h, unsigned cpu)
{
	struct own_handle *e = own_lock(o, h);
	unsigned order = own_order_of(e);
	pga_pfn_t pfn = own_is(e, H_PRESENT) ? own_detach(o, h, cpu) : PGA_NIL;

	own_drop_swap(o, e);
	bool busy = own_is(e, H_WRITE);

	if (busy)
		own_set(e, H_ZOMBIE);
	own_unlock(e);
	if (pfn != PGA_NIL)
		own_release(o, pfn, order, cpu);
	if (!busy)
		own_recycle(o, h, cpu);
	return pfn == PGA_NIL ? 0 : (uint64_t)1 << order;
}

void own_free(struct own *o, uint32_t handle, unsigned cpu)
{
	own_unlink(o, handle);
	own_forget(o, handle, cpu);
}
